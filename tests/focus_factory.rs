//! The Focus Factory of the practice pool, as a client over TCP sees it.

use std::thread;
use std::time::{Duration, Instant};

use jiff::{Span, Timestamp};

use confctl::proto::c3p::{
    ASSIGNED_ID, AccessNumber, AdmissionPolicy, Answer, CONTENT_TYPE, Capabilities, Certificate,
    Command, ConferenceInfo, Description, Dialect, EntityView, Envelope, Error, Foreign, KeyPair,
    McuType, ON_BEHALF_OF, PstnAccess, Reason, Region, Request, Response, Role, User,
    focus_factory_uri, focus_uri, seal,
};
use confctl::proto::sip::Message;
use confctl::secret::Secret;
use confctl::xml::RawXml;

use crate::caller::{ANA, BO, Caller, Person, Wire, diagnostics, shown};
use crate::desk::ServedPool;

const ID: &str = "0F3B5C7A9E1D42668B90A4C2D7E51F38";
const OTHER_ID: &str = "7QX2M4TB";
const PASSCODE: &str = "47114711";

/// Changes a conference before it is asked for.
type Edit = fn(&mut ConferenceInfo);

/// Somebody who asks the Focus Factory in one dialect.
struct Organizer {
    caller: Caller,
    dialect: Dialect,
}

impl Organizer {
    fn new(caller: Caller, dialect: Dialect) -> Self {
        Self { caller, dialect }
    }

    fn ana(pool: &ServedPool) -> Self {
        Self::new(Caller::signed_in(pool, ANA), Dialect::Ocs2007R2)
    }

    fn bo(pool: &ServedPool) -> Self {
        Self::new(Caller::signed_in(pool, BO), Dialect::Ocs2007R2)
    }

    #[track_caller]
    fn call(&mut self, command: Command) -> Result<Answer, Reason> {
        self.caller.call(self.dialect, command)
    }

    /// Certificate of the Focus Factory, in DER.
    #[track_caller]
    fn key(&mut self) -> Vec<u8> {
        match self.call(Command::GetEncryptionKey) {
            Ok(Answer::GetEncryptionKey(Some(certificate))) => certificate.der().unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn sealed(&mut self, passcode: &str) -> Option<Secret> {
        let sealed = seal(&Secret::from(passcode), &self.key(), Envelope::Cms).unwrap();
        Some(Secret::from(sealed))
    }

    /// A conference as the dialect knows it: open to everybody, with dial-in where there is any.
    #[track_caller]
    fn conference(&mut self, id: &str) -> ConferenceInfo {
        let mut info = with_dial_in(id);
        if self.dialect < Dialect::Lync {
            info.description.conference_key = self.sealed(PASSCODE);
        }
        info
    }

    #[track_caller]
    fn add(&mut self, info: ConferenceInfo) -> Result<ConferenceInfo, Reason> {
        match self.call(Command::AddConference(info))? {
            Answer::AddConference(info) => Ok(info),
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn modify(&mut self, info: ConferenceInfo) -> Result<ConferenceInfo, Reason> {
        match self.call(Command::ModifyConference(info))? {
            Answer::ModifyConference(info) => Ok(info),
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn get(&mut self, id: &str) -> Result<ConferenceInfo, Reason> {
        self.get_for(id, None)
    }

    #[track_caller]
    fn get_for(
        &mut self,
        id: &str,
        certificate: Option<Certificate>,
    ) -> Result<ConferenceInfo, Reason> {
        let conference_id = id.to_owned();
        let command = Command::GetConference {
            conference_id,
            certificate,
        };
        match self.call(command)? {
            Answer::GetConference(info) => Ok(info),
            other => panic!("{other:?}"),
        }
    }

    /// Ids of all conferences, or of the assigned one.
    #[track_caller]
    fn list(&mut self, assigned: bool) -> Vec<String> {
        let Ok(Answer::GetConferences(infos)) = self.call(Command::GetConferences { assigned })
        else {
            panic!("no list");
        };
        let id = |info: ConferenceInfo| info.description.conference_id.unwrap();
        infos.into_iter().map(id).collect()
    }

    #[track_caller]
    fn delete(&mut self, id: &str) -> Result<Answer, Reason> {
        let conference_id = id.to_owned();
        self.call(Command::DeleteConference { conference_id })
    }

    #[track_caller]
    fn capabilities(&mut self) -> Capabilities {
        match self.call(Command::GetConferencingCapabilities) {
            Ok(Answer::GetConferencingCapabilities(capabilities)) => capabilities,
            other => panic!("{other:?}"),
        }
    }
}

/// For members of the organisation only, without a passcode.
fn meeting(id: &str) -> ConferenceInfo {
    ConferenceInfo {
        description: Description {
            subject: Some("R&D <budget> \"call\" \u{1F4DE}".into()),
            conference_id: Some(id.to_owned()),
            expiry_time: Some(in_hours(7)),
            admission_policy: Some(AdmissionPolicy::OpenAuthenticated),
            ..Description::default()
        },
        views: vec![
            EntityView::from(McuType::Chat),
            EntityView::from(McuType::AudioVideo),
        ],
        ..ConferenceInfo::default()
    }
}

fn with_dial_in(id: &str) -> ConferenceInfo {
    let mut info = meeting(id);
    info.description.admission_policy = Some(AdmissionPolicy::Anonymous);
    info.description.pstn_access = Some(PstnAccess::default());
    info
}

/// Whole seconds, since the wire has no others.
fn in_hours(hours: i64) -> Timestamp {
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    now + Span::new().hours(hours)
}

fn people(count: usize) -> Vec<User> {
    let person = |number| User {
        entity: format!("sip:guest{number}@example.com"),
        roles: vec![Role::Attendee],
        foreign: Vec::new(),
    };
    (0..count).map(person).collect()
}

fn digits(info: &ConferenceInfo) -> Option<String> {
    info.description.pstn_access.clone()?.id
}

const DIALECTS: [Dialect; 3] = [Dialect::Ocs2007, Dialect::Ocs2007R2, Dialect::Lync];

fn pool_of(dialect: Dialect) -> ServedPool {
    ServedPool::today(&["--dialect", &dialect.to_string()])
}

#[test]
fn a_conference_lives_in_every_dialect_and_transport() {
    for dialect in DIALECTS {
        let pool = pool_of(dialect);
        for wire in [Wire::tcp(&pool.tcp()), Wire::tls(&pool)] {
            let mut caller = Caller::new(wire, ANA);
            caller.sign_in();
            live(Organizer::new(caller, dialect));
        }
    }
}

/// From its making to its end.
#[track_caller]
fn live(mut ana: Organizer) {
    let dialect = ana.dialect;
    let asked = ana.conference(ID);
    let expiry = asked.description.expiry_time;
    let focus = focus_uri(ANA.0, ID);
    let added = ana.add(asked.clone()).unwrap();
    assert_eq!(added.entity.as_deref(), Some(focus.as_str()));

    let first = ana.get(ID).unwrap();
    let description = &first.description;
    assert_eq!(
        (first.version, first.entity),
        (Some(1), Some(focus.clone()))
    );
    assert_eq!(description.subject, asked.description.subject);
    assert_eq!(description.conference_id.as_deref(), Some(ID));
    assert_eq!(description.expiry_time, expiry);
    assert_eq!(description.is_active, Some(false));
    assert_eq!(first.views, asked.views);
    let age = Timestamp::now().duration_since(description.last_update.unwrap());
    assert!(age.as_secs().abs() < 60, "{age}");
    assert_eq!(description.join_url.is_some(), dialect == Dialect::Lync);
    let keyed_in = digits(&added);
    let is_number =
        |digits: &String| digits.len() >= 5 && digits.bytes().all(|b| b.is_ascii_digit());
    assert_eq!(keyed_in.iter().any(is_number), dialect > Dialect::Ocs2007);
    assert_eq!(
        description
            .pstn_access
            .as_ref()
            .and_then(|access| access.id.clone()),
        keyed_in
    );

    let mut changed = ana.conference(ID);
    changed.entity = Some(focus);
    changed.version = Some(1);
    changed.description.subject = Some("Moved".into());
    let answered = ana.modify(changed.clone()).unwrap();
    assert_eq!(answered.version, Some(2));
    let second = ana.get(ID).unwrap();
    assert_eq!(second.description.subject.as_deref(), Some("Moved"));
    assert_eq!((second.version, digits(&second)), (Some(2), keyed_in));

    for version in [None, Some(0), Some(1), Some(3)] {
        let stale = ConferenceInfo {
            version,
            ..changed.clone()
        };
        assert_eq!(
            ana.modify(stale),
            Err(Reason::InvalidVersion),
            "{version:?}"
        );
    }
    let mut unknown = changed.clone();
    unknown.description.conference_id = Some(OTHER_ID.into());
    assert_eq!(ana.modify(unknown), Err(Reason::ConferenceDoesNotExist));

    changed.version = Some(2);
    changed.description.pstn_access = None;
    ana.modify(changed).unwrap();
    let third = ana.get(ID).unwrap();
    assert_eq!(
        (third.version, third.description.pstn_access),
        (Some(3), None)
    );

    assert_eq!(ana.list(false), [ID]);
    assert_eq!(ana.delete(ID), Ok(Answer::DeleteConference));
    assert_eq!(ana.get(ID), Err(Reason::ConferenceDoesNotExist));
    assert_eq!(ana.delete(ID), Err(Reason::ConferenceDoesNotExist));
    assert!(ana.list(false).is_empty());
}

#[test]
fn two_users_see_only_their_own() {
    let pool = ServedPool::today(&[]);
    let (mut ana, mut bo) = (Organizer::ana(&pool), Organizer::bo(&pool));
    let anas = ana.conference(ID);
    ana.add(anas).unwrap();
    assert!(bo.list(false).is_empty());
    assert_eq!(bo.get(ID), Err(Reason::ConferenceDoesNotExist));
    assert_eq!(bo.delete(ID), Err(Reason::ConferenceDoesNotExist));
    let foreign = ConferenceInfo {
        version: Some(1),
        ..meeting(ID)
    };
    assert_eq!(bo.modify(foreign), Err(Reason::ConferenceDoesNotExist));

    let bos = bo.conference(ID);
    let added = bo.add(bos).unwrap();
    assert_eq!(added.entity, Some(focus_uri(BO.0, ID)));
    let of_ana = ana.get(ID).unwrap();
    assert_ne!(
        digits(&added),
        digits(&of_ana),
        "callers would end up together"
    );
    bo.delete(ID).unwrap();
    assert_eq!(ana.list(false), [ID]);
}

#[test]
fn what_policy_and_limits_forbid_is_named_and_not_made() {
    let pool = ServedPool::today(&[]);
    let mut ana = Organizer::ana(&pool);
    let cases: [(Reason, &[Edit]); 9] = [
        (
            Reason::InvalidConferenceId,
            &[
                |c| c.description.conference_id = Some("1234567".into()),
                |c| c.description.conference_id = Some("A".repeat(33)),
                |c| c.description.conference_id = Some("ABCD-EFGH".into()),
            ],
        ),
        (Reason::InvalidExpiryTime, &[expired, too_far_away]),
        (
            Reason::InvalidAdmissionPolicy,
            &[
                |c| c.description.admission_policy = Some(AdmissionPolicy::from("locked")),
                // Callers are anonymous, so these do not go with dial-in.
                |c| c.description.admission_policy = Some(AdmissionPolicy::OpenAuthenticated),
                |c| c.description.admission_policy = None,
            ],
        ),
        (Reason::McuTypeNotAvailable, &[with_odd_medium]),
        (Reason::MaximumMeetingSizeExceeded, &[with_a_guest_too_many]),
        (
            Reason::InvalidUserEntity,
            &[
                |c| c.users[0].entity = "bo".into(),
                |c| c.users[0].entity = "tel:+14255550100".into(),
            ],
        ),
        (
            Reason::InvalidRole,
            &[|c| c.users[0].roles = vec![Role::from("jester")]],
        ),
        (
            Reason::InvalidPasscode,
            &[
                |c| c.description.conference_key = None,
                |c| {
                    c.description.conference_key = None;
                    c.description.pstn_access = None;
                },
            ],
        ),
        (
            Reason::InvalidEncryptionKeyUsed,
            &[
                |c| c.description.conference_key = Some(Secret::from(PASSCODE)),
                sealed_for_another,
            ],
        ),
    ];
    let mut right = ana.conference(ID);
    right.users = people(1);
    for (reason, edits) in cases {
        for (number, edit) in edits.iter().enumerate() {
            let mut info = right.clone();
            edit(&mut info);
            assert_eq!(ana.add(info), Err(reason.clone()), "case {number}");
        }
    }
    assert!(ana.list(false).is_empty());
    ana.add(right.clone()).unwrap();
    assert_eq!(ana.add(right.clone()), Err(Reason::ConferenceExists));
    right.description.conference_id = Some(ID.to_lowercase());
    assert_eq!(
        ana.add(right),
        Err(Reason::ConferenceExists),
        "case does not matter"
    );
}

fn expired(info: &mut ConferenceInfo) {
    info.description.expiry_time = Some(in_hours(-1));
}

fn too_far_away(info: &mut ConferenceInfo) {
    info.description.expiry_time = Some(in_hours(10 * 365 * 24 + 1));
}

fn with_odd_medium(info: &mut ConferenceInfo) {
    info.views
        .push(EntityView::from(McuType::from("telepathy")));
}

/// The organizer counts too.
fn with_a_guest_too_many(info: &mut ConferenceInfo) {
    info.users = people(250);
}

fn sealed_for_another(info: &mut ConferenceInfo) {
    let other = KeyPair::generate("focus factory", Timestamp::now()).unwrap();
    let sealed = seal(
        &Secret::from(PASSCODE),
        &other.certificate_der().unwrap(),
        Envelope::Cms,
    );
    info.description.conference_key = Some(Secret::from(sealed.unwrap()));
}

#[test]
fn a_change_is_held_against_policy_like_a_new_conference() {
    let pool = ServedPool::today(&[]);
    let mut ana = Organizer::ana(&pool);
    let info = ana.conference(ID);
    ana.add(info).unwrap();
    let cases: [(Edit, Reason); 4] = [
        (expired, Reason::InvalidExpiryTime),
        (with_odd_medium, Reason::McuTypeNotAvailable),
        (with_a_guest_too_many, Reason::MaximumMeetingSizeExceeded),
        (sealed_for_another, Reason::InvalidEncryptionKeyUsed),
    ];
    for (edit, reason) in cases {
        let mut info = ConferenceInfo {
            version: Some(1),
            ..with_dial_in(ID)
        };
        edit(&mut info);
        assert_eq!(ana.modify(info), Err(reason));
    }
    assert_eq!(ana.get(ID).unwrap().version, Some(1));
}

#[test]
fn limits_are_taken_to_the_last_one() {
    let pool = ServedPool::today(&[]);
    let mut ana = Organizer::ana(&pool);
    let cases: [Edit; 6] = [
        |c| c.description.conference_id = Some("12345678".into()),
        |c| c.description.conference_id = Some("a".repeat(32)),
        |c| c.description.expiry_time = Some(in_hours(10 * 365 * 24 - 1)),
        |c| c.description.expiry_time = None,
        |c| c.users = people(249),
        |c| {
            c.users = people(1);
            c.users[0].entity = "SIP:Bo@Example.com".into();
        },
    ];
    for (number, edit) in cases.into_iter().enumerate() {
        let mut info = ana.conference(&format!("CONFERENCE{number}"));
        edit(&mut info);
        ana.add(info).unwrap();
    }
    assert_eq!(ana.list(false).len(), cases.len());
    let until = ana.get("CONFERENCE3").unwrap().description.expiry_time;
    let away = until.unwrap().duration_since(Timestamp::now()).as_secs();
    assert!((7 * 3600..=8 * 3600).contains(&away), "{away} s");
}

#[test]
fn passcodes_have_their_length_and_for_callers_digits_only() {
    let pool = ServedPool::today(&["--policy", "passcode-digits=6"]);
    let mut ana = Organizer::ana(&pool);
    let cases = [
        ("12345", false, false),
        ("123456", true, true),
        ("1234567890123456", true, true),
        ("12345678901234567", false, false),
        ("abc456", false, true),
    ];
    for (passcode, for_callers, for_others) in cases {
        for (dial_in, taken) in [(true, for_callers), (false, for_others)] {
            let mut info = ana.conference(ID);
            info.description.conference_key = ana.sealed(passcode);
            if !dial_in {
                info.description.pstn_access = None;
            }
            let expected = if taken {
                Ok(())
            } else {
                Err(Reason::InvalidPasscode)
            };
            assert_eq!(ana.add(info).map(drop), expected, "{passcode} {dial_in}");
            let _ = ana.delete(ID);
        }
    }
}

#[test]
fn policies_change_what_is_allowed() {
    type Case = (Edit, Result<(), Reason>);
    let without_dial_in: Edit = |c| c.description.pstn_access = None;
    let without_passcode: Edit = |c| {
        c.description.conference_key = None;
        c.description.pstn_access = None;
    };
    let with_two_guests: Edit = |c| c.users = people(2);
    let too_many = Reason::MaximumMeetingSizeExceeded;
    let cases: [(&[&str], [Case; 2]); 3] = [
        (
            &["--policy", "anonymous=off"],
            [
                (without_dial_in, Err(Reason::AnonymousUsersNotAllowed)),
                (|c| *c = meeting(ID), Ok(())),
            ],
        ),
        (
            &["--policy", "dial-in=off"],
            [(|_| (), Err(Reason::Forbidden)), (without_dial_in, Ok(()))],
        ),
        (
            &[
                "--policy",
                "passcode=optional",
                "--policy",
                "meeting-size=2",
            ],
            [(with_two_guests, Err(too_many)), (without_passcode, Ok(()))],
        ),
    ];
    for (flags, edits) in cases {
        let pool = ServedPool::today(flags);
        let mut ana = Organizer::ana(&pool);
        for (edit, expected) in edits {
            let mut info = ana.conference(ID);
            edit(&mut info);
            assert_eq!(ana.add(info).map(drop), expected, "{flags:?}");
        }
    }
}

#[test]
fn the_quota_is_each_user_s_own_and_leaves_room_for_the_assigned_conference() {
    let pool = ServedPool::today(&["--policy", "quota=2"]);
    let mut ana = Organizer::ana(&pool);
    ana.get(ASSIGNED_ID).unwrap();
    ana.add(meeting("MEETING1")).unwrap();
    ana.add(meeting("MEETING2")).unwrap();
    assert_eq!(
        ana.add(meeting("MEETING3")),
        Err(Reason::MaximumConferencesExceeded)
    );
    Organizer::bo(&pool).add(meeting("MEETING3")).unwrap();
    ana.delete("MEETING1").unwrap();
    ana.add(meeting("MEETING3")).unwrap();
}

#[test]
fn the_quota_comes_before_what_is_wrong_with_a_conference() {
    let pool = ServedPool::today(&["--policy", "quota=1"]);
    let mut ana = Organizer::ana(&pool);
    ana.add(meeting("MEETING1")).unwrap();
    for (id, reason) in [
        ("MEETING1", Reason::ConferenceExists),
        ("MEETING2", Reason::MaximumConferencesExceeded),
    ] {
        let mut info = meeting(id);
        expired(&mut info);
        assert_eq!(ana.add(info), Err(reason));
    }
}

#[test]
fn limits_can_be_set() {
    let flags = ["--policy", "expiry-years=1", "--policy", "blob-bytes=100"];
    let pool = ServedPool::today(&flags);
    let mut ana = Organizer::ana(&pool);
    let year = 365 * 24;
    for (hours, outcome) in [
        (year + 1, Err(Reason::InvalidExpiryTime)),
        (year - 1, Ok(())),
    ] {
        let mut info = meeting("MEETING1");
        info.description.expiry_time = Some(in_hours(hours));
        assert_eq!(ana.add(info).map(drop), outcome, "{hours} h");
    }
    let too_large = Err(Reason::OrganizerRoamingDataTooLarge);
    for (letters, outcome) in [(100, too_large), (1, Ok(()))] {
        let mut info = meeting("MEETING2");
        let xml = format!("<x>{}</x>", "x".repeat(letters));
        info.description.foreign.push(Foreign {
            block: 0,
            after: 2,
            xml: RawXml::parse(&xml, 1000).unwrap(),
        });
        assert_eq!(ana.add(info).map(drop), outcome, "{letters} letters");
    }
}

/// C3P has no pages, and no word for a list that goes on.
#[test]
fn a_list_too_long_to_be_read_is_refused_whole() {
    let pool = ServedPool::today(&[]);
    let mut ana = Organizer::ana(&pool);
    let ids: Vec<String> = (1..=11).map(|n| format!("MEETING{n:02}")).collect();
    for id in &ids {
        let mut info = meeting(id);
        info.description.subject = Some("x".repeat(190 << 10));
        ana.add(info).unwrap();
    }
    let list = || Command::GetConferences { assigned: false };
    assert_eq!(ana.call(list()), Err(Reason::OtherFailure));
    assert!(ana.get(&ids[0]).is_ok());
    ana.delete(&ids[10]).unwrap();
    assert_eq!(ana.list(false), ids[..10]);
}

#[test]
fn a_passcode_comes_back_sealed_for_who_asks() {
    let pool = ServedPool::today(&[]);
    let mut ana = Organizer::ana(&pool);
    let info = ana.conference(ID);
    ana.add(info).unwrap();
    let keys = KeyPair::generate("ana", Timestamp::now()).unwrap();
    let request = ana.caller.request(Command::GetConference {
        conference_id: ID.into(),
        certificate: Some(keys.certificate().unwrap()),
    });
    let answer = ana.caller.serve(&request.encode(Dialect::Ocs2007R2));
    assert!(!shown(&answer).contains(PASSCODE), "{}", shown(&answer));
    let Ok(Answer::GetConference(info)) = Response::decode(&answer.body).unwrap().outcome else {
        panic!("{}", shown(&answer));
    };
    let sealed = info.description.conference_key.unwrap();
    assert_eq!(keys.open(sealed.expose()).unwrap(), Secret::from(PASSCODE));

    assert_eq!(ana.get(ID).unwrap().description.conference_key, None);
    ana.add(meeting(OTHER_ID)).unwrap();
    for (id, odd) in [
        (ID, "(placeholder)"),
        (ID, "bm8gY2VydGlmaWNhdGU="),
        (OTHER_ID, "bm8gY2VydGlmaWNhdGU="),
    ] {
        let inside = format!(
            "<getConference><conferenceKeys conference-id='{id}'/><encryption-key>\
             <x509-certificate>{odd}</x509-certificate></encryption-key></getConference>"
        );
        let body = body(ANA.0, &focus_factory_uri(ANA.0), &inside);
        let answer = ana.caller.serve(body.as_bytes());
        let outcome = Response::decode(&answer.body).unwrap().outcome;
        assert_eq!(outcome, Err(Reason::InvalidEncryptionKey), "{id} {odd}");
    }
}

#[test]
fn a_change_without_a_passcode_keeps_the_old_one_and_one_with_it_replaces_it() {
    let pool = ServedPool::today(&[]);
    let mut ana = Organizer::ana(&pool);
    let info = ana.conference(ID);
    ana.add(info).unwrap();
    let keys = KeyPair::generate("ana", Timestamp::now()).unwrap();
    for (version, passcode, expected) in [(1, None, PASSCODE), (2, Some("08150815"), "08150815")] {
        let mut info = ConferenceInfo {
            version: Some(version),
            ..with_dial_in(ID)
        };
        info.description.conference_key = passcode.and_then(|passcode| ana.sealed(passcode));
        ana.modify(info).unwrap();
        let read = ana.get_for(ID, keys.certificate().ok()).unwrap();
        let sealed = read.description.conference_key.unwrap();
        assert_eq!(keys.open(sealed.expose()).unwrap(), Secret::from(expected));
    }
}

#[test]
fn everybody_has_one_assigned_conference_that_stays() {
    let pool = ServedPool::today(&[]);
    let mut ana = Organizer::ana(&pool);
    let keys = KeyPair::generate("ana", Timestamp::now()).unwrap();
    let mut passcode = || {
        let info = ana.get_for(ASSIGNED_ID, keys.certificate().ok()).unwrap();
        let sealed = info.description.conference_key.clone().unwrap();
        (digits(&info).unwrap(), keys.open(sealed.expose()).unwrap())
    };
    let first = passcode();
    assert_eq!(passcode(), first);
    assert!(first.1.expose().bytes().all(|b| b.is_ascii_digit()));
    assert_eq!(ana.get(ASSIGNED_ID).unwrap().description.expiry_time, None);
    let of_bo = Organizer::bo(&pool).get(ASSIGNED_ID).unwrap();
    assert_ne!(digits(&of_bo).unwrap(), first.0);
}

#[test]
fn on_lync_the_assigned_conference_is_made_once_on_request() {
    let pool = pool_of(Dialect::Lync);
    let mut ana = Organizer::ana(&pool);
    ana.dialect = Dialect::Lync;
    assert!(ana.list(true).is_empty());
    ana.add(with_dial_in(ID)).unwrap();
    assert!(ana.list(true).is_empty());
    let assigned = |id| ConferenceInfo {
        assigned: true,
        ..with_dial_in(id)
    };
    let added = ana.add(assigned(OTHER_ID)).unwrap();
    assert!(added.assigned && digits(&added).is_some(), "{added:?}");
    assert_eq!(
        ana.add(assigned("ANOTHER1")),
        Err(Reason::InvalidStaticMeetingRequest)
    );
    assert_eq!(ana.list(true), [OTHER_ID]);
    assert_eq!(ana.list(false), [ID, OTHER_ID]);
}

#[test]
fn the_assigned_conference_survives_a_change() {
    let pool = ServedPool::today(&[]);
    let mut ana = Organizer::ana(&pool);
    let before = ana.get(ASSIGNED_ID).unwrap();
    let mut changed = before.clone();
    changed.description.subject = Some("Renamed".into());
    changed.description.expiry_time = Some(in_hours(1));
    changed.version = ana.modify(changed.clone()).unwrap().version;
    changed.description.expiry_time = None;
    ana.modify(changed).unwrap();
    let after = ana.get(ASSIGNED_ID).unwrap();
    assert_eq!(after.description.subject.as_deref(), Some("Renamed"));
    assert_eq!(after.description.expiry_time, None, "it has no end");
    assert_eq!(digits(&after), digits(&before));
}

#[test]
fn nobody_can_take_the_place_of_the_assigned_conference() {
    let pool = ServedPool::today(&[]);
    let mut ana = Organizer::ana(&pool);
    let squatter = ana.conference(ASSIGNED_ID);
    assert_eq!(ana.add(squatter), Err(Reason::ConferenceExists));
    assert!(digits(&ana.get(ASSIGNED_ID).unwrap()).is_some());
}

#[test]
fn an_expired_conference_leaves_the_list_but_can_be_read_and_revived() {
    let pool = ServedPool::today(&["--policy", "quota=1"]);
    let mut ana = Organizer::ana(&pool);
    let mut info = meeting(ID);
    let soon = Timestamp::now().as_second() + 2;
    info.description.expiry_time = Timestamp::from_second(soon).ok();
    ana.add(info).unwrap();
    assert_eq!(ana.list(false), [ID]);
    let begun = Instant::now();
    while !ana.list(false).is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(5));
        thread::sleep(Duration::from_millis(100));
    }
    let mut expired = ana.get(ID).unwrap();
    assert_eq!(expired.version, Some(1));
    ana.add(meeting(OTHER_ID)).unwrap();
    ana.delete(OTHER_ID).unwrap();
    expired.description.expiry_time = Some(in_hours(1));
    ana.modify(expired).unwrap();
    assert_eq!(ana.list(false), [ID], "a later end brings it back");
}

#[test]
fn capabilities_tell_media_policy_and_numbers() {
    for (dialect, policy, dial_in) in [
        (Dialect::Ocs2007R2, "dial-in=on", true),
        (Dialect::Lync, "dial-in=off", false),
    ] {
        let name = dialect.to_string();
        let flags = [
            "--dialect",
            &name,
            "--policy",
            policy,
            "--policy",
            "anonymous=off",
        ];
        let pool = ServedPool::today(&flags);
        let mut ana = Organizer::ana(&pool);
        let offer = ana.capabilities();
        assert_eq!(offer.anonymous_scheduling, Some(false));
        assert!(offer.mcu_types.contains(&McuType::ApplicationSharing));
        let types = ana.call(Command::GetAvailableMcuTypes);
        assert_eq!(types, Ok(Answer::GetAvailableMcuTypes(offer.mcu_types)));
        let bridging = offer.pstn_bridging.unwrap();
        assert_eq!(bridging.enabled, dial_in);
        assert_eq!(bridging.external_url, Some(pool.fact("page-external")));
        assert_eq!(bridging.internal_url, Some(pool.fact("page-internal")));
        let default = bridging.default_region;
        let of_default = |region: &&Region| Some(&region.name) == default.as_ref();
        let region = bridging.regions.iter().find(of_default);
        let second = region.map(|region| region.numbers[1].clone());
        let expected = AccessNumber {
            number: "+1 425 555 0101".into(),
            languages: vec!["es-MX".into(), "en-US".into()],
        };
        assert_eq!(second, dial_in.then_some(expected));
    }
}

#[test]
fn ocs_2007_has_no_capabilities_and_ignores_dial_in() {
    let pool = pool_of(Dialect::Ocs2007);
    let mut ana = Organizer::ana(&pool);
    let request = ana.caller.request(Command::GetConferencingCapabilities);
    let answer = ana.caller.serve(&request.encode(Dialect::Ocs2007R2));
    assert_eq!(
        (answer.code(), diagnostics(&answer)),
        (Some(400), Some(3004))
    );
    assert!(answer.body.is_empty());
    let Ok(Answer::GetAvailableMcuTypes(types)) = ana.call(Command::GetAvailableMcuTypes) else {
        panic!("no types");
    };
    assert!(!types.contains(&McuType::ApplicationSharing) && types.contains(&McuType::Meeting));
    // A later client's request: what the pool does not know does no harm.
    let mut later = meeting(ID);
    later.description.pstn_access = Some(PstnAccess::default());
    assert_eq!(digits(&ana.add(later).unwrap()), None);
}

#[test]
fn on_lync_the_passcode_is_ignored_and_the_lobby_kept() {
    let pool = pool_of(Dialect::Lync);
    let mut ana = Organizer::ana(&pool);
    let mut info = ana.conference(ID);
    info.description.conference_key = Some(Secret::from("odd"));
    ana.add(info).unwrap();
    ana.dialect = Dialect::Lync;
    let keys = KeyPair::generate("ana", Timestamp::now()).unwrap();
    let mut info = ana.get_for(ID, keys.certificate().ok()).unwrap();
    assert_eq!(info.description.conference_key, None);
    info.description.autopromote = Some(0x8000_0001);
    info.description.pstn_lobby_bypass = Some(true);
    ana.modify(info).unwrap();
    let description = ana.get(ID).unwrap().description;
    assert_eq!(description.autopromote, Some(0x8000_0001));
    assert_eq!(description.pstn_lobby_bypass, Some(true));
}

/// A body with whatever command.
fn body(from: &str, to: &str, inside: &str) -> String {
    format!("<request requestId='9' from='{from}' to='{to}'>{inside}</request>")
}

#[test]
fn what_is_not_understood_is_refused_without_a_body() {
    let pool = ServedPool::today(&[]);
    let mut ana = Organizer::ana(&pool);
    let to = focus_factory_uri(ANA.0);
    let inside = |inside: &str| body(ANA.0, &to, inside);
    let nobody = "<getConferences/>";
    let no_id = "<addConference><conference-info><conference-description/></conference-info></addConference>";
    let cases = [
        (String::new(), 3006),
        ("no XML".to_owned(), 3006),
        (inside(nobody).replace("</request>", ""), 3006),
        (format!("<!DOCTYPE request>{}", inside(nobody)), 3006),
        (inside(nobody).replace("request", "response"), 3006),
        (inside(nobody).replace("requestId", "id"), 3006),
        (inside(nobody).replace("'9'", "'-9'"), 3006),
        (inside(nobody).replace("from=", "of="), 3006),
        (inside(nobody).replace("to=", "at="), 3006),
        (inside(""), 3006),
        (inside("<getConferences/><getConferences/>"), 3006),
        (inside("<getConference/>"), 3006),
        (
            inside("<deleteConference><conferenceKeys/></deleteConference>"),
            3006,
        ),
        (inside("<addConference/>"), 3006),
        (inside(no_id), 3006),
        (inside("<getWeather/>"), 3004),
        (inside("<getconferences/>"), 3004),
    ];
    for (body, id) in cases {
        let answer = ana.caller.serve(body.as_bytes());
        assert_eq!(
            (answer.code(), diagnostics(&answer)),
            (Some(400), Some(id)),
            "{body}"
        );
        assert!(answer.body.is_empty(), "{body}");
    }
    assert!(ana.list(false).is_empty(), "and the conversation goes on");
}

#[test]
fn unknown_elements_do_no_harm_and_come_back() {
    let pool = ServedPool::today(&[]);
    let mut ana = Organizer::ana(&pool);
    let odd = format!(
        "<addConference mood='good'><weather/><conference-info mood='good'><conference-description>\
         <x:weather xmlns:x='urn:x'>rain</x:weather><conference-id>{ID}</conference-id>\
         <organizer-roaming-data><a b='1'/></organizer-roaming-data>\
         </conference-description><weather/></conference-info></addConference>"
    );
    let answer = ana
        .caller
        .serve(body(ANA.0, &focus_factory_uri(ANA.0), &odd).as_bytes());
    assert!(
        Response::decode(&answer.body).unwrap().outcome.is_ok(),
        "{}",
        shown(&answer)
    );
    let info = ana.get(ID).unwrap();
    ana.modify(info).unwrap();
    let kept = ana.get(ID).unwrap().description.foreign;
    let kept: Vec<&str> = kept.iter().map(|foreign| foreign.xml.as_str()).collect();
    assert!(kept.iter().any(|xml| xml.contains("rain")), "{kept:?}");
    assert!(
        kept.iter().any(|xml| xml.contains("<a b='1'/>")),
        "{kept:?}"
    );
}

#[test]
fn what_is_too_large_to_keep_is_refused() {
    let pool = ServedPool::today(&[]);
    let mut ana = Organizer::ana(&pool);
    let to = focus_factory_uri(ANA.0);
    let add = |inside: &str| {
        let description = format!("<conference-id>{ID}</conference-id>{inside}");
        let info = format!(
            "<conference-info><conference-description>{description}</conference-description></conference-info>"
        );
        body(
            ANA.0,
            &to,
            &format!("<addConference>{info}</addConference>"),
        )
    };
    let blob = format!(
        "<organizer-roaming-data>{}</organizer-roaming-data>",
        "x".repeat(17 << 10)
    );
    let answer = ana.caller.serve(add(&blob).as_bytes());
    let outcome = Response::decode(&answer.body).unwrap().outcome;
    assert_eq!(outcome, Err(Reason::OrganizerRoamingDataTooLarge));
    // Each of these takes five times as much room once it is escaped.
    let subject = format!("<subject>{}</subject>", "\"".repeat(900 << 10));
    let answer = ana.caller.serve(add(&subject).as_bytes());
    let taken = Response::decode(&answer.body).is_ok_and(|response| response.outcome.is_ok());
    assert_eq!(ana.get(ID).is_ok(), taken, "what is made can be read");
}

#[test]
fn nobody_can_ask_for_somebody_else() {
    let pool = ServedPool::today(&[]);
    let mut ana = Organizer::ana(&pool);
    let (own, others) = (focus_factory_uri(ANA.0), focus_factory_uri(BO.0));
    let cases = [
        (
            "from somebody else",
            &own,
            body(BO.0, &own, "<getConferences/>"),
            403,
            3014,
        ),
        (
            "to another factory",
            &own,
            body(ANA.0, &others, "<getConferences/>"),
            400,
            3001,
        ),
        (
            "at another factory",
            &others,
            body(BO.0, &others, "<getConferences/>"),
            403,
            3014,
        ),
        (
            "at another factory",
            &others,
            body(ANA.0, &others, "<getConferences/>"),
            403,
            3014,
        ),
    ];
    for (case, uri, body, code, id) in cases {
        let service = Message::request("SERVICE", "").with_body(CONTENT_TYPE, body.into_bytes());
        let answer = ana.caller.ask("SERVICE", uri, service);
        assert_eq!(
            (answer.code(), diagnostics(&answer)),
            (Some(code), Some(id)),
            "{case}"
        );
        assert!(answer.body.is_empty(), "{case}");
    }
    let text = Message::request("SERVICE", "").with_body("text/plain", b"hello".to_vec());
    assert_eq!(ana.caller.ask("SERVICE", &own, text).code(), Some(415));
}

#[test]
fn a_delegate_asks_for_the_boss_and_for_nobody_else() {
    let pool = ServedPool::today(&["--delegate", "sip:bo@example.com=sip:ana@example.com"]);
    let own = Organizer::bo(&pool).conference(ID);
    Organizer::bo(&pool).add(own).unwrap();
    let asked = |person: Person, boss: &str| {
        let to = focus_factory_uri(boss);
        let service = Message::request("SERVICE", "")
            .with(ON_BEHALF_OF, format!("<{boss}>"))
            .with_body(
                CONTENT_TYPE,
                body(boss, &to, "<getConferences/>").into_bytes(),
            );
        Caller::signed_in(&pool, person).ask("SERVICE", &to, service)
    };
    let answer = asked(ANA, "sip:Bo@example.com");
    let Ok(Answer::GetConferences(infos)) = Response::decode(&answer.body).unwrap().outcome else {
        panic!("{}", shown(&answer));
    };
    assert_eq!(infos[0].description.conference_id.as_deref(), Some(ID));
    for (person, boss) in [(BO, ANA.0), (ANA, "sip:cy@example.com"), (ANA, "nobody")] {
        let answer = asked(person, boss);
        let told = (answer.code(), diagnostics(&answer));
        assert_eq!(told, (Some(403), Some(3014)), "{} for {boss}", person.0);
    }
}

/// The body of the answer to an addConference of a pool that does something wrong.
fn answered_wrongly(fault: &str) -> (Request, Message) {
    let pool = ServedPool::today(&["--fault", fault]);
    let mut ana = Organizer::ana(&pool);
    let request = ana.caller.request(Command::AddConference(meeting(ID)));
    let answer = ana.caller.serve(&request.encode(Dialect::Ocs2007R2));
    (request, answer)
}

#[test]
fn wrong_answers_on_request_are_wrong_in_that_way_only() {
    let (request, answer) = answered_wrongly("wrong-request-id@addConference");
    let response = Response::decode(&answer.body).unwrap();
    assert!(matches!(
        response.check_answers(&request),
        Err(Error::NotOurs {
            what: "the requestId",
            ..
        })
    ));
    assert!(response.outcome.is_ok());

    let (_, answer) = answered_wrongly("pending@addConference");
    assert_eq!(
        Response::decode(&answer.body),
        Err(Error::Code("pending".into()))
    );

    let (request, answer) = answered_wrongly("reason=quotaOnTuesdays@addConference");
    let response = Response::decode(&answer.body).unwrap();
    assert_eq!(response.check_answers(&request), Ok(()));
    assert_eq!(
        response.outcome,
        Err(Reason::Other("quotaOnTuesdays".into()))
    );

    let (_, answer) = answered_wrongly("spoil@SERVICE");
    assert!(matches!(Response::decode(&answer.body), Err(Error::Xml(_))));
}

#[test]
fn without_a_description_the_answer_has_the_uri_alone() {
    let (_, answer) = answered_wrongly("no-description@addConference");
    let text = String::from_utf8(answer.body.clone()).unwrap();
    let focus = focus_uri(ANA.0, ID);
    assert!(
        text.contains(&format!("<addConference entity=\"{focus}\">")),
        "{text}"
    );
    let Ok(Answer::AddConference(info)) = Response::decode(&answer.body).unwrap().outcome else {
        panic!("{text}");
    };
    assert_eq!(info.focus("sip:nobody@example.com", "x"), focus);
    assert_eq!(info.description, Description::default());
}

#[test]
fn the_first_certificate_can_be_of_a_key_long_lost() {
    let pool = ServedPool::today(&["--fault", "stale-key"]);
    for _ in 0..2 {
        let mut ana = Organizer::ana(&pool);
        let stale = ana.conference(ID);
        assert_eq!(ana.add(stale), Err(Reason::InvalidEncryptionKeyUsed));
        let fresh = ana.conference(ID);
        ana.add(fresh).unwrap();
        ana.delete(ID).unwrap();
    }
}

#[test]
fn capabilities_can_be_at_home_anywhere() {
    for (name, uri) in [
        ("cccp", "urn:ietf:params:xml:ns:cccp"),
        (
            "mscp",
            "http://schemas.microsoft.com/rtc/2005/08/cccpextensions",
        ),
        (
            "msci",
            "http://schemas.microsoft.com/rtc/2005/08/confinfoextensions",
        ),
        (
            "msci2",
            "http://schemas.microsoft.com/rtc/2008/12/confinfoextensions",
        ),
    ] {
        let pool = ServedPool::today(&["--fault", &format!("namespace={name}")]);
        let mut ana = Organizer::ana(&pool);
        assert!(ana.capabilities().pstn_bridging.is_some());
        let request = ana.caller.request(Command::GetConferencingCapabilities);
        let answer = shown(&ana.caller.serve(&request.encode(Dialect::Ocs2007R2)));
        let declared = format!("xmlns:x=\"{uri}\"");
        assert!(answer.contains(&declared), "{answer}");
    }
}

#[test]
fn descriptions_can_have_more_separators_than_they_need() {
    let pool = ServedPool::today(&["--fault", "separators@getConference"]);
    let mut ana = Organizer::ana(&pool);
    let asked = ana.conference(ID);
    ana.add(asked.clone()).unwrap();
    let request = ana.caller.request(Command::GetConference {
        conference_id: ID.into(),
        certificate: None,
    });
    let answer = shown(&ana.caller.serve(&request.encode(Dialect::Ocs2007R2)));
    assert_eq!(answer.matches("<cis:separator/>").count(), 4, "{answer}");
    let info = ana.get(ID).unwrap();
    assert_eq!(info.description.subject, asked.description.subject);
    assert!(digits(&info).is_some());
}

#[test]
fn a_strict_pool_refuses_what_is_out_of_order() {
    let pool = ServedPool::today(&["--fault", "strict"]);
    for dialect in DIALECTS {
        let mut ana = Organizer::ana(&pool);
        ana.dialect = dialect;
        let mut info = ana.conference(ID);
        if dialect != Dialect::Ocs2007R2 {
            info = meeting(ID);
        }
        ana.add(info).unwrap();
        ana.delete(ID).unwrap();
    }
    let mut ana = Organizer::ana(&pool);
    let request = ana.caller.request(Command::AddConference(meeting(ID)));
    let body = String::from_utf8(request.encode(Dialect::Ocs2007)).unwrap();
    let (before, rest) = body.split_once("<ci:subject>").unwrap();
    let (subject, rest) = rest.split_once("</ci:subject>").unwrap();
    let end = "</ci:conference-description>";
    let moved = rest.replace(end, &format!("<ci:subject>{subject}</ci:subject>{end}"));
    let answer = ana.caller.serve((before.to_owned() + &moved).as_bytes());
    assert_eq!(
        (answer.code(), diagnostics(&answer)),
        (Some(400), Some(3006))
    );
}

#[test]
fn faults_strike_the_command_they_name_and_no_other() {
    let pool = ServedPool::today(&["--fault", "refuse=503@getConferences"]);
    let mut ana = Organizer::ana(&pool);
    ana.add(meeting(ID)).unwrap();
    let request = ana
        .caller
        .request(Command::GetConferences { assigned: false });
    let answer = ana.caller.serve(&request.encode(Dialect::Ocs2007R2));
    assert_eq!(
        (answer.code(), answer.header("Retry-After")),
        (Some(503), Some("5".into()))
    );
    assert!(ana.get(ID).is_ok());
}
