//! The life of a conference over a socket, against the practice pool of every generation.

mod sessions;
mod strange;

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use jiff::{Span, Timestamp};
use tempfile::TempDir;

use super::making::Added;
use super::{Account, Ocs};
use crate::backend::{Assigned, Backend, Created, Listed, Listing};
use crate::conference::{
    Access, Capabilities, Conference, ConferenceOptions, IdChoice, Kind, MeetingId, Offer,
    Passcode, PasscodeChoice, Person, Plan, PlannedPasscode, Promotion, Request, Slot, Token,
};
use crate::error::{self, Error};
use crate::net::tls::Tls;
use crate::operation::get_current;
use crate::practice::{
    self, Delegate, Delegates, Faults, Listen, Options, Policy, Rule, Server, Spelling, User,
};
use crate::proto::auth::Account as Login;
use crate::proto::c3p::{ASSIGNED_ID, Command, Dialect, Foreign};
use crate::report::Recorder;
use crate::secret::Secret;
use crate::xml::RawXml;

const ANA: &str = "sip:ana@example.com";
const BO: &str = "sip:bo@example.com";
const DIALECTS: [Dialect; 3] = [Dialect::Ocs2007, Dialect::Ocs2007R2, Dialect::Lync];

/// A practice pool in a folder of its own; more of them may serve the same folder.
struct Desk {
    folder: TempDir,
    server: Server,
    dialect: Dialect,
    seed: u64,
}

thread_local! {
    /// In which spelling the pools of this thread write.
    static SPELLING: Cell<u64> = const { Cell::new(0) };
}

/// Does that with pools that write otherwise.
fn in_spelling(seed: u64, check: impl FnOnce()) {
    SPELLING.set(seed);
    check();
    SPELLING.set(0);
}

impl Desk {
    fn new(dialect: Dialect) -> Self {
        let seed = SPELLING.get();
        let folder = tempfile::tempdir().unwrap();
        let pool = pool(folder.path(), dialect, &[], &[]);
        let server = Server::new(pool.with_spelling(Spelling::new(seed)));
        Self {
            folder,
            server,
            dialect,
            seed,
        }
    }

    /// The same conferences, served by a pool that does something wrong.
    fn with(&self, rules: &[&str], faults: &[&str]) -> Server {
        let pool = pool(self.folder.path(), self.dialect, rules, faults);
        Server::new(pool.with_spelling(Spelling::new(self.seed)))
    }

    fn ana(&mut self) -> Ocs {
        sign_in(&mut self.server, ANA, None).unwrap()
    }
}

fn pool(folder: &Path, dialect: Dialect, rules: &[&str], faults: &[&str]) -> practice::Pool {
    practice::Pool::open(pool_options(folder, dialect, rules, faults)).unwrap()
}

fn pool_options(folder: &Path, dialect: Dialect, rules: &[&str], faults: &[&str]) -> Options {
    let user = |address| User::new(address, login_of(address), &Secret::from("x")).unwrap();
    let rules: Vec<Rule> = rules.iter().map(|rule| rule.parse().unwrap()).collect();
    Options {
        data: folder.to_owned(),
        users: [ANA, BO].map(user).into(),
        generation: dialect.into(),
        policy: Policy::with(&rules),
        random: practice::system_randomness(),
        faults: Faults(faults.iter().map(|fault| fault.parse().unwrap()).collect()),
    }
}

fn login_of(address: &str) -> &str {
    address.trim_start_matches("sip:")
}

/// Longer than any answer takes.
const TIMEOUT: Duration = Duration::from_secs(20);

fn sign_in(server: &mut Server, user: &str, boss: Option<&str>) -> Result<Ocs, Error> {
    sign_in_for(TIMEOUT, server, user, boss)
}

fn sign_in_for(
    timeout: Duration,
    server: &mut Server,
    user: &str,
    boss: Option<&str>,
) -> Result<Ocs, Error> {
    let listen: Listen = "tcp:127.0.0.1:0".parse().unwrap();
    let address = server.listen(&listen).unwrap();
    sign_in_at(timeout, &address.to_string(), user, boss)
}

fn sign_in_at(
    timeout: Duration,
    address: &str,
    user: &str,
    boss: Option<&str>,
) -> Result<Ocs, Error> {
    open(account_at(timeout, address, user, boss))
}

fn account_at(timeout: Duration, address: &str, user: &str, boss: Option<&str>) -> Account {
    Account {
        user: user.to_owned(),
        on_behalf_of: boss.map(str::to_owned),
        login: Login::parse(login_of(user), Secret::from("x")).unwrap(),
        server: format!("tcp:{address}").parse().unwrap(),
        tls: Tls::default(),
        dialect: None,
        user_agent: "test".to_owned(),
        epid: "c4ec7c8b581c".to_owned(),
        timeout,
        settings_page: None,
        assigned_id: None,
        join_base: None,
        sip_domains: Vec::new(),
    }
}

fn open(account: Account) -> Result<Ocs, Error> {
    let report = Rc::new(Recorder::default());
    let random = practice::system_randomness();
    Ocs::sign_in(account, true, random, Timestamp::now().as_second(), report)
}

fn request(subject: &str) -> Request {
    let person = |address: &str| Person::parse(address).unwrap();
    Request {
        kind: Kind::LiveMeeting,
        subject: subject.to_owned(),
        id: IdChoice::New,
        options: ConferenceOptions::default(),
        participants: vec![person("bo@example.com"), person("cy@example.org")],
        presenters: vec![person("bo@example.com")],
        expires: in_days(15),
    }
}

/// Whole seconds, since the wire has no others.
fn in_days(days: i64) -> Timestamp {
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    now + Span::new().hours(days * 24)
}

#[track_caller]
fn plan((service, offer): &(Capabilities, Offer), request: Request) -> Plan {
    let slot = Slot {
        start: in_days(14),
        end: in_days(14),
    };
    request.resolve(slot, service, offer).unwrap()
}

#[track_caller]
fn offer_of(pool: &mut Ocs) -> (Capabilities, Offer) {
    (pool.capabilities(), pool.get_offer().unwrap())
}

fn backend(pool: &mut Ocs) -> &mut dyn Backend {
    pool
}

#[track_caller]
fn make(pool: &mut Ocs, plan: &Plan, id: &MeetingId) -> Conference {
    match pool.add_conference(plan, id).unwrap() {
        Added::Made(conference) => *conference,
        Added::Exists => panic!("{id} exists"),
    }
}

/// What the plan of a change says when the passcode is to stay.
fn keep_passcode(mut plan: Plan) -> Plan {
    plan.passcode = PlannedPasscode::None;
    plan
}

fn id() -> MeetingId {
    MeetingId::of_pool("7QX2M4TB").unwrap()
}

/// What the pool lists, all of it as far as it says.
#[track_caller]
fn listed(pool: &mut Ocs) -> Vec<Listed> {
    let Listing { conferences, gap } = pool.list().unwrap();
    assert_eq!(gap, None);
    conferences
}

#[test]
fn a_conference_is_made_found_listed_changed_and_deleted_in_every_generation() {
    for dialect in DIALECTS {
        check_life(dialect);
    }
}

#[track_caller]
fn check_life(dialect: Dialect) {
    let mut desk = Desk::new(dialect);
    let mut ana = desk.ana();
    let offer = offer_of(&mut ana);
    let has_passcodes =
        ana.capabilities().passcodes && offer.1.dial_in.allowed && dialect != Dialect::Ocs2007;
    let first = plan(&offer, request("Review"));
    let id = ana.id_of(&Token::new([7; 16]));
    assert_eq!(id, ana.id_of(&Token::new([7; 16])));
    let length = if dialect == Dialect::Lync { 8 } else { 32 };
    assert_eq!(id.as_str().len(), length);

    let added = make(&mut ana, &first, &id);
    assert_eq!(added.subject, "Review");
    assert_eq!(added.kind, super::wanted::meetings_of(dialect));
    assert_eq!(added.presenters, ["bo@example.com"]);
    assert_eq!(added.expires, Some(first.expires));
    assert_eq!(added.ways_in.passcode.is_some(), has_passcodes);
    assert_eq!(added.ways_in.dial_in.is_some(), dialect > Dialect::Ocs2007);
    let token = Token::new([7; 16]);
    assert_eq!(backend(&mut ana).create_one(&first, &token).unwrap().id, id);
    assert_eq!(
        ana.get_created(&token).unwrap(),
        Created::Made(Box::new(added.clone()))
    );
    drop(ana);

    // Another run knows it as well as the one that made it, passcode included.
    let mut ana = desk.ana();
    assert_eq!(backend(&mut ana).get_one(&id).unwrap(), Some(added.clone()));
    let short = Listed {
        id: id.clone(),
        subject: "Review".into(),
        expires: added.expires,
        dial_in_id: added.ways_in.dial_in.clone().map(|dial_in| dial_in.id),
        assigned: false,
    };
    assert_eq!(listed(&mut ana), std::slice::from_ref(&short));
    let other = MeetingId::of_pool("NOBODYS1").unwrap();
    let ids: Vec<MeetingId> = [&other; 25].into_iter().chain([&id]).cloned().collect();
    let told = ana.get(&ids).unwrap().into_iter();
    let told: Vec<Option<Conference>> = told.collect::<Result<_, _>>().unwrap();
    let (last, before) = told.split_last().unwrap();
    assert_eq!((before, last), (&vec![None; 25][..], &Some(added.clone())));
    assert_eq!(last.as_ref().map(Listed::from), Some(short));

    // A pool that refuses every change proves that none is sent.
    let mut stubborn = desk.with(&[], &["refuse=500@modifyConference"]);
    let mut other = sign_in(&mut stubborn, ANA, None).unwrap();
    let same = other.update(&id, &keep_passcode(first.clone())).unwrap();
    assert_eq!(same, added);

    let mut wanted = request("Review, moved");
    wanted.participants.remove(0);
    wanted.presenters = vec![Person::parse("cy@example.org").unwrap()];
    wanted.expires = in_days(400);
    let moved = ana
        .update(&id, &keep_passcode(plan(&offer, wanted.clone())))
        .unwrap();
    assert_eq!(moved.subject, "Review, moved");
    assert_eq!(moved.presenters, ["cy@example.org"]);
    assert_eq!(moved.expires, Some(wanted.expires));
    assert_eq!(moved.ways_in, added.ways_in, "people can join as before");
    assert_eq!(backend(&mut ana).get_one(&id).unwrap(), Some(moved.clone()));

    if has_passcodes {
        let rotated = ana.update(&id, &plan(&offer, wanted.clone())).unwrap();
        assert_ne!(rotated.ways_in.passcode, moved.ways_in.passcode);
        let chosen = Passcode::parse("20260322").unwrap();
        wanted.options.passcode = Some(PasscodeChoice::Given(chosen.clone()));
        let given = ana.update(&id, &plan(&offer, wanted.clone())).unwrap();
        assert_eq!(given.ways_in.passcode, Some(chosen));
        assert_eq!(backend(&mut ana).get_one(&id).unwrap(), Some(given));
    }

    wanted.kind = Kind::ConferenceCall;
    wanted.options.passcode = Some(PasscodeChoice::Auto);
    (wanted.options.access, wanted.options.dial_in) = (Some(Access::Closed), Some(false));
    let closed = ana.update(&id, &plan(&offer, wanted.clone())).unwrap();
    assert_eq!(closed.kind, Kind::ConferenceCall);
    assert_eq!(closed.access, Access::Closed);
    assert!(closed.ways_in.dial_in.is_none() && closed.ways_in.passcode.is_none());
    assert!(closed.ways_in.client_link.starts_with("conf:"));
    assert_eq!(backend(&mut ana).get_one(&id).unwrap(), Some(closed));

    assert!(ana.delete(&id).unwrap());
    assert!(!ana.delete(&id).unwrap(), "it is gone already");
    assert_eq!(backend(&mut ana).get_one(&id).unwrap(), None);
    assert_eq!(listed(&mut ana), []);
    let error = ana.update(&id, &first).unwrap_err();
    assert_eq!(error.kind, error::Kind::NotFound, "{error}");
}

#[test]
fn lobby_promotion_and_lock_come_and_go_on_lync() {
    let mut desk = Desk::new(Dialect::Lync);
    let mut ana = desk.ana();
    let offer = offer_of(&mut ana);
    let mut wanted = request("Review");
    let added = make(&mut ana, &plan(&offer, wanted.clone()), &id());
    assert_eq!((added.promotion, added.lobby_bypass), (None, Some(true)));
    wanted.options.promotion = Some(Promotion::Everyone);
    wanted.options.lobby_bypass = Some(false);
    wanted.options.access = Some(Access::Locked);
    let locked = ana.update(&id(), &plan(&offer, wanted.clone())).unwrap();
    assert_eq!(locked.access, Access::Locked);
    assert_eq!(locked.promotion, Some(Promotion::Everyone));
    assert_eq!(locked.lobby_bypass, Some(false));
    assert_eq!(backend(&mut ana).get_one(&id()).unwrap(), Some(locked));
    wanted.options.promotion = None;
    wanted.options.access = Some(Access::Anonymous);
    let unlocked = ana.update(&id(), &plan(&offer, wanted)).unwrap();
    assert_eq!(unlocked.access, Access::Anonymous);
    assert_eq!(
        unlocked.promotion,
        Some(Promotion::Everyone),
        "nothing was said of it"
    );
}

#[test]
fn what_a_plan_can_not_say_survives_a_change() {
    let mut desk = Desk::new(Dialect::Ocs2007R2);
    let mut ana = desk.ana();
    let offer = offer_of(&mut ana);
    let first = plan(&offer, request("Review"));
    make(&mut ana, &first, &id());
    let mut kept = ana.read(&id()).unwrap().unwrap().info;
    kept.description.display_text = Some("At length".into());
    kept.description.foreign.push(Foreign {
        block: 0,
        after: 9,
        xml: RawXml::parse("<notification-data><a b='1'/></notification-data>", 1000).unwrap(),
    });
    ana.call(Command::ModifyConference(kept), "")
        .unwrap()
        .unwrap();
    ana.update(&id(), &keep_passcode(plan(&offer, request("Moved"))))
        .unwrap();
    let description = ana.read(&id()).unwrap().unwrap().info.description;
    assert_eq!(description.subject.as_deref(), Some("Moved"));
    assert_eq!(description.display_text.as_deref(), Some("At length"));
    let [foreign] = &description.foreign[..] else {
        panic!("{:?}", description.foreign)
    };
    assert!(foreign.xml.as_str().contains("<a b='1'/>"));
}

#[test]
fn a_change_from_an_old_reading_is_made_again_from_a_new_one() {
    let mut desk = Desk::new(Dialect::Ocs2007R2);
    let mut ana = desk.ana();
    let offer = offer_of(&mut ana);
    make(&mut ana, &plan(&offer, request("First")), &id());
    let (second, third) = (request("Second"), request("Third"));
    let old = ana.read(&id()).unwrap().unwrap();
    desk.ana()
        .update(&id(), &keep_passcode(plan(&offer, second)))
        .unwrap();
    let third = keep_passcode(plan(&offer, third));
    let stale = ana.settle_change(&id(), &third, &old.clone(), old).unwrap();
    assert!(stale.is_none());
    assert_eq!(ana.update(&id(), &third).unwrap().subject, "Third");

    let mut moody = desk.with(&[], &["reason=invalidVersion@modifyConference"]);
    let mut ana = sign_in(&mut moody, ANA, None).unwrap();
    let error = ana.update(&id(), &plan(&offer, request("Fourth")));
    let error = error.unwrap_err();
    assert_eq!(error.kind, error::Kind::Refused, "{error}");
    assert!(error.to_string().contains("changed in the meantime"));
}

#[test]
fn a_lost_answer_is_told_as_such_and_settled_by_asking_again() {
    let faults = [
        "drop",
        "cut",
        "garbage",
        "spoil",
        "refuse=408",
        "refuse=500",
        "refuse=503",
        "refuse=504",
    ];
    std::thread::scope(|scope| {
        for fault in faults {
            scope.spawn(move || check_losses(fault, TIMEOUT));
        }
    });
    check_losses("silence", Duration::from_secs(2));
}

#[track_caller]
fn check_losses(fault: &str, timeout: Duration) {
    let mut desk = Desk::new(Dialect::Ocs2007R2);
    let mut ana = desk.ana();
    let offer = offer_of(&mut ana);
    let first = plan(&offer, request("First"));
    let second = keep_passcode(plan(&offer, request("Second")));
    let broken = |command: &str| desk.with(&[], &[&format!("{fault}@{command}")]);
    let not_known = |error: Error, what: &str| {
        assert_eq!(error.kind, error::Kind::InDoubt, "{fault}: {error}");
        let words = format!(
            "it is not known whether the pool {what} conference {}",
            id()
        );
        assert!(error.to_string().starts_with(&words), "{fault}: {error}");
    };

    let mut server = broken("addConference");
    let mut other = sign_in_for(timeout, &mut server, ANA, None).unwrap();
    offer_of(&mut other);
    not_known(
        other.add_conference(&first, &id()).map(drop).unwrap_err(),
        "made",
    );
    assert_eq!(
        backend(&mut ana).get_one(&id()).unwrap().unwrap().subject,
        "First"
    );
    drop(other);

    let mut server = broken("modifyConference");
    let mut other = sign_in_for(timeout, &mut server, ANA, None).unwrap();
    let lost = other.change_conference(&id(), &second, None).unwrap_err();
    not_known(lost, "changed");
    assert_eq!(ana.update(&id(), &second).unwrap().subject, "Second");
    drop(other);

    let mut server = broken("deleteConference");
    let mut other = sign_in_for(timeout, &mut server, ANA, None).unwrap();
    not_known(other.delete_conference(&id()).unwrap_err(), "deleted");
    assert!(!ana.delete(&id()).unwrap());
    drop(other);

    // The back end asks again by itself, on another connection.
    for command in ["addConference", "modifyConference"] {
        let mut server = broken(command);
        let mut other = sign_in_for(timeout, &mut server, ANA, None).unwrap();
        let token = Token::new([9; 16]);
        let made = backend(&mut other).create_one(&first, &token).unwrap();
        assert_eq!(other.update(&made.id, &second).unwrap().subject, "Second");
        assert!(other.delete(&made.id).unwrap());
        assert_eq!(other.get_created(&token).unwrap(), Created::Nothing);
    }
}

/// The pool's general reason, and words that nobody has seen, are given for what was done as well.
#[test]
fn a_vague_failure_is_compared_with_what_the_pool_has() {
    for reason in ["otherFailure", "requestTimeout", "serverBusy"] {
        let mut desk = Desk::new(Dialect::Ocs2007R2);
        let mut ana = desk.ana();
        let offer = offer_of(&mut ana);
        let first = plan(&offer, request("First"));
        let second = keep_passcode(plan(&offer, request("Second")));
        let faults = ["addConference", "modifyConference", "deleteConference"]
            .map(|command| format!("reason={reason}@{command}"));
        let faults: Vec<&str> = faults.iter().map(String::as_str).collect();
        let mut vague = desk.with(&[], &faults);
        let mut other = sign_in(&mut vague, ANA, None).unwrap();
        let token = Token::new([9; 16]);
        let made = backend(&mut other).create_one(&first, &token).unwrap();
        assert!(!first.lacks_passcode(&made), "{reason}");
        assert_eq!(other.update(&made.id, &second).unwrap().subject, "Second");
        assert!(other.delete(&made.id).unwrap(), "{reason}");
        assert_eq!(listed(&mut ana), []);

        make(&mut ana, &first, &id());
        let mut strict = desk.with(&["quota=0", "passcode-digits=10"], &faults);
        let mut other = sign_in(&mut strict, ANA, None).unwrap();
        let refused = backend(&mut other).create_one(&first, &token).unwrap_err();
        assert_eq!(refused.kind, error::Kind::Refused, "{reason}: {refused}");
        let mut short = request("First");
        short.options.passcode = Some(PasscodeChoice::Given(Passcode::parse("20260322").unwrap()));
        let refused = other.update(&id(), &plan(&offer, short)).unwrap_err();
        assert_eq!(refused.kind, error::Kind::Refused, "{reason}: {refused}");
        assert_eq!(listed(&mut ana).len(), 1);
    }
}

#[test]
fn certain_refusals_are_told_as_such() {
    let mut desk = Desk::new(Dialect::Ocs2007R2);
    let mut ana = desk.ana();
    let first = plan(&offer_of(&mut ana), request("First"));
    make(&mut ana, &first, &id());
    for fault in [
        "refuse=403",
        "refuse=404",
        "refuse=480",
        "refuse=488",
        "refuse=501",
        "refuse=503/3002",
        "reason=maxConferencesExceeded",
        "reason=forbidden",
    ] {
        let commands = ["addConference", "modifyConference", "deleteConference"];
        let faults = commands.map(|command| format!("{fault}@{command}"));
        let mut server = desk.with(&[], &faults.each_ref().map(String::as_str));
        let mut other = sign_in(&mut server, ANA, None).unwrap();
        let second = plan(&offer_of(&mut other), request("Second"));
        for error in [
            backend(&mut other)
                .create_one(&first, &Token::new([9; 16]))
                .unwrap_err(),
            other.update(&id(), &second).unwrap_err(),
            other.delete(&id()).unwrap_err(),
        ] {
            assert!(!super::is_unsettled(&error), "{fault}: {error}");
            assert!(!error.to_string().contains("not known"), "{fault}: {error}");
        }
        // The practice pool did it all the same.
        drop(other);
        make(&mut ana, &first, &id());
        ana.delete(&ana.id_of(&Token::new([9; 16]))).unwrap();
    }
}

/// Until a pool has made a conference its id is taken, and the conference can't be found.
#[test]
fn a_conference_that_is_being_made_is_waited_for() {
    let mut desk = Desk::new(Dialect::Ocs2007R2);
    let mut ana = desk.ana();
    let plan = plan(&offer_of(&mut ana), request("First"));
    let token = Token::new([7; 16]);
    let mut server = desk.with(&[], &["late=10000@addConference"]);
    let mut other = sign_in_for(Duration::from_secs(1), &mut server, ANA, None).unwrap();
    other.longest_making = Duration::from_secs(1);
    let error = backend(&mut other).create_one(&plan, &token).unwrap_err();
    assert_eq!(error.kind, error::Kind::InDoubt, "{error}");
    assert!(
        error.to_string().ends_with("is not there after 1 s"),
        "{error}"
    );
    assert_eq!(ana.get_created(&token).unwrap(), Created::Nothing);
    // The same call settles it.
    other.longest_making = super::LONGEST_MAKING;
    let made = backend(&mut other).create_one(&plan, &token).unwrap();
    let created = ana.get_created(&token).unwrap();
    assert_eq!(created, Created::Made(Box::new(made)));
    assert_eq!(listed(&mut ana).len(), 1);
}

#[test]
fn what_was_made_but_not_read_back_is_half_done() {
    let mut desk = Desk::new(Dialect::Ocs2007R2);
    let mut ana = desk.ana();
    let offer = offer_of(&mut ana);
    let first = plan(&offer, request("First"));
    let mut server = desk.with(&[], &["refuse=503@getConference"]);
    let mut other = sign_in(&mut server, ANA, None).unwrap();
    let error = other.add_conference(&first, &id()).map(drop).unwrap_err();
    assert_eq!(error.kind, error::Kind::HalfDone);
    assert!(error.to_string().starts_with("the conference exists as "));
    assert!(backend(&mut ana).get_one(&id()).unwrap().is_some());
}

#[test]
fn a_longer_passcode_is_made_when_the_pool_wants_one() {
    let mut desk = Desk::new(Dialect::Ocs2007R2);
    let mut ana = desk.ana();
    let offer = offer_of(&mut ana);
    make(&mut ana, &plan(&offer, request("First")), &id());
    let mut server = desk.with(&["passcode-digits=10"], &["stale-key"]);
    let mut strict = sign_in(&mut server, ANA, None).unwrap();
    let changed = strict.update(&id(), &plan(&offer, request("Second")));
    let passcode = changed.unwrap().ways_in.passcode.unwrap();
    assert_eq!(passcode.digits().len(), 12);
}

#[test]
fn the_assigned_conference_is_found_and_left_alone() {
    for dialect in [Dialect::Ocs2007R2, Dialect::Lync] {
        let mut desk = Desk::new(dialect);
        let mut ana = desk.ana();
        let offer = offer_of(&mut ana);
        let mut wanted = request("Standup");
        (wanted.kind, wanted.id) = (Kind::ConferenceCall, IdChoice::Assigned);
        wanted.presenters.clear();
        let call = plan(&offer, wanted);
        let found = ana.get_or_make(&call, &Token::new([3; 16])).unwrap();
        assert!(found.assigned && found.kind == Kind::ConferenceCall);
        assert!(found.ways_in.dial_in.is_some());
        assert_ne!(found.subject, "Standup");
        assert_eq!(ana.get_or_make(&call, &Token::new([3; 16])).unwrap(), found);
        assert_eq!(
            backend(&mut ana).get_one(&found.id).unwrap(),
            Some(found.clone())
        );
        assert_eq!(ana.update(&found.id, &call).unwrap(), found);
        assert!(listed(&mut ana).iter().all(|listed| listed.assigned));
        if dialect == Dialect::Ocs2007R2 {
            assert_eq!(found.id.as_str(), ASSIGNED_ID);
            let refused = ana.delete(&found.id).unwrap_err();
            assert_eq!(refused.kind, error::Kind::Refused);
        }
    }
}

#[test]
fn an_assigned_conference_whose_making_is_in_doubt_is_made_once() {
    for fault in [
        "late=1500@addConference",
        "drop@addConference",
        "refuse=503@addConference",
        "reason=otherFailure@addConference",
        "drop@getConference",
    ] {
        let mut desk = Desk::new(Dialect::Lync);
        let mut ana = desk.ana();
        let mut wanted = request("Standup");
        (wanted.kind, wanted.id) = (Kind::ConferenceCall, IdChoice::Assigned);
        wanted.presenters.clear();
        let call = plan(&offer_of(&mut ana), wanted);
        let token = Token::new([7; 16]);
        let mut server = desk.with(&[], &[fault]);
        let mut other = sign_in_for(Duration::from_secs(1), &mut server, ANA, None).unwrap();
        match other.get_or_make(&call, &token) {
            Ok(made) => assert_eq!(made.id, ana.id_of(&token), "{fault}"),
            Err(error) => assert_eq!(error.kind, error::Kind::InDoubt, "{fault}: {error}"),
        }
        let found = ana.get_or_make(&call, &token).unwrap();
        assert_eq!(found.id, ana.id_of(&token), "{fault}");
        assert_eq!(listed(&mut ana).len(), 1, "{fault}");
    }
}

#[test]
fn a_delegate_makes_conferences_of_the_boss_and_nobody_else_does() {
    let folder = tempfile::tempdir().unwrap();
    let delegate: Delegate = "sip:bo@example.com=sip:ana@example.com".parse().unwrap();
    let pool = pool(folder.path(), Dialect::Ocs2007R2, &[], &[]);
    let mut server = Server::new(pool.with_delegates(Delegates::Named(vec![delegate])));
    let mut ana = sign_in(&mut server, ANA, Some(BO)).unwrap();
    let offer = offer_of(&mut ana);
    assert_eq!(offer.1.user_name.as_deref(), Some("Ana"));
    let added = make(&mut ana, &plan(&offer, request("Board")), &id());
    assert!(added.location.starts_with("sip:bo@example.com;gruu"));
    let mut bo = sign_in(&mut server, BO, None).unwrap();
    assert_eq!(backend(&mut bo).get_one(&id()).unwrap(), Some(added));
    let mut alone = sign_in(&mut server, ANA, None).unwrap();
    assert_eq!(listed(&mut alone), []);

    for (user, boss) in [(BO, ANA), (ANA, "sip:cy@example.com")] {
        let mut nosy = sign_in(&mut server, user, Some(boss)).unwrap();
        let refused = nosy.get_offer().unwrap_err();
        assert_eq!(refused.kind, error::Kind::Refused);
        let said = format!("does not let you schedule for {}", login_of(boss));
        assert!(refused.to_string().contains(&said), "{refused}");
    }
}

#[test]
fn a_list_that_is_refused_for_its_length_has_a_gap_and_single_ones_are_told() {
    let mut desk = Desk::new(Dialect::Lync);
    let mut ana = desk.ana();
    let offer = offer_of(&mut ana);
    make(&mut ana, &plan(&offer, request("Review")), &id());
    let refused = |fault: &str| {
        let mut server = desk.with(&[], &[fault]);
        let mut ana = sign_in(&mut server, ANA, None).unwrap();
        let listing = ana.list();
        let told = ana.get(&[id()]).unwrap().remove(0);
        let told = told.map(|there| there.as_ref().map(Listed::from));
        (listing, told, ana.find())
    };
    for word in ["otherFailure", "tooMany"] {
        let (listing, told, assigned) = refused(&format!("reason={word}@getConferences"));
        let Listing { conferences, gap } = listing.unwrap();
        assert!(conferences.is_empty() && gap.unwrap().contains(word));
        assert_eq!(told.unwrap().unwrap().subject, "Review");
        assert_eq!(assigned.unwrap_err().kind, error::Kind::Refused);
    }
    let (listing, told, _) = refused("reason=forbidden@getConferences");
    assert_eq!(listing.unwrap_err().kind, error::Kind::Refused);
    assert!(told.unwrap().is_some());
    let (listing, told, _) = refused("reason=otherFailure@getConference");
    assert_eq!(listing.unwrap().conferences.len(), 1);
    assert_eq!(told.unwrap_err().kind, error::Kind::Refused);
}

/// The assigned conference of a meeting may be gone, and another one be in its place.
#[test]
fn the_assigned_conference_of_today_is_found_where_the_whole_list_is_short() {
    let mut desk = Desk::new(Dialect::Lync);
    let mut ana = desk.ana();
    assert_eq!(ana.find().unwrap(), None);
    let offer = offer_of(&mut ana);
    let call = Request {
        id: IdChoice::Assigned,
        kind: Kind::ConferenceCall,
        participants: vec![],
        presenters: vec![],
        ..request("Standup")
    };
    let call = plan(&offer, call);
    let first = ana.get_or_make(&call, &Token::new([1; 16])).unwrap();
    assert!(ana.delete(&first.id).unwrap());
    assert_eq!(get_current(&first, &mut ana).unwrap(), None);
    let second = ana.get_or_make(&call, &Token::new([2; 16])).unwrap();
    assert_eq!(ana.find().unwrap(), Some(second.id.clone()));
    let current = get_current(&first, &mut ana).unwrap();
    assert_eq!(current.map(|current| current.id), Some(second.id));
    // Whether there is another one can't be told here, and so not that there is none.
    let mut mute = desk.with(&[], &["reason=otherFailure@getConferences"]);
    let mut mute = sign_in(&mut mute, ANA, None).unwrap();
    let error = get_current(&first, &mut mute).unwrap_err();
    assert_eq!(error.kind, error::Kind::Refused, "{error}");
}
