//! Properties of the codec as a whole: what is written is read, and nothing that comes is too odd.

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use crate::proto::c3p::*;
use crate::secret::Secret;
use crate::xml::RawXml;

fn text() -> impl Strategy<Value = String> {
    "[ -~\\t\\r\\n\u{80}-\u{D7FF}\u{10000}-\u{1F6FF}]{0,12}"
}

fn word() -> impl Strategy<Value = String> {
    "[a-z;:.&<'\"]{0,8}-x"
}

fn uri() -> impl Strategy<Value = String> {
    "sip:[a-z&'+]{1,8}@example\\.(com|org)(;gruu)?"
}

fn id() -> impl Strategy<Value = String> {
    "[A-Za-z0-9]{8,32}"
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (0..253_000_000_000_i64).prop_map(|second| Timestamp::from_second(second).unwrap())
}

fn dialect() -> impl Strategy<Value = Dialect> {
    prop::sample::select(Dialect::ALL.to_vec())
}

fn mcu() -> impl Strategy<Value = McuType> {
    prop_oneof![
        Just(McuType::Meeting),
        Just(McuType::PhoneConf),
        word().prop_map(McuType::Other)
    ]
}

fn policy() -> impl Strategy<Value = AdmissionPolicy> {
    prop_oneof![
        Just(AdmissionPolicy::ClosedAuthenticated),
        word().prop_map(AdmissionPolicy::Other)
    ]
}

fn reason() -> impl Strategy<Value = Reason> {
    prop_oneof![Just(Reason::InvalidVersion), word().prop_map(Reason::Other)]
}

fn user() -> impl Strategy<Value = User> {
    let roles = vec(
        prop_oneof![Just(Role::Attendee), word().prop_map(Role::Other)],
        0..3,
    );
    (uri(), roles).prop_map(|(entity, roles)| {
        let foreign = Vec::new();
        User {
            entity,
            roles,
            foreign,
        }
    })
}

/// At the end of a block, where it is found again.
fn foreign() -> impl Strategy<Value = Foreign> {
    (0..5_usize, text()).prop_map(|(block, text)| {
        let escaped = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        let xml =
            RawXml::parse(&format!("<f:new xmlns:f='urn:f'>{escaped}</f:new>"), 1000).unwrap();
        Foreign {
            block,
            after: 0,
            xml,
        }
    })
}

prop_compose! {
    fn description()(
        display_text in of(text()),
        subject in of(text()),
        conference_id in id(),
        conference_key in of("[A-Za-z0-9+/]{4,40}=".prop_map(Secret::new)),
        times in [of(moment()), of(moment()), of(moment())],
        is_active in of(any::<bool>()),
        admission_policy in of(policy()),
        pstn_access in of(of("[0-9]{5,12}").prop_map(|id| PstnAccess { id })),
        passcode_optional in of(any::<bool>()),
        autopromote in of(any::<u32>()),
        pstn_lobby_bypass in of(any::<bool>()),
        join_url in of(word()),
    ) -> Description {
        let [last_update, last_activate, expiry_time] = times;
        Description {
            display_text, subject, conference_id: Some(conference_id), conference_key, last_update,
            last_activate, is_active, expiry_time, admission_policy, pstn_access, passcode_optional,
            autopromote, pstn_lobby_bypass, join_url, foreign: vec![],
        }
    }
}

prop_compose! {
    fn conference()(
        entity in of(uri()),
        version in of(any::<u32>()),
        assigned in any::<bool>(),
        description in description(),
        locked in of(any::<bool>()),
        users in vec(user(), 0..3),
        views in vec(mcu().prop_map(EntityView::from), 0..4),
    ) -> ConferenceInfo {
        ConferenceInfo { entity, version, assigned, description, locked, users, views, foreign: vec![] }
    }
}

/// What is left when a dialect has no word for the rest.
fn in_dialect(mut info: ConferenceInfo, dialect: Dialect) -> ConferenceInfo {
    let d = &mut info.description;
    if dialect < Dialect::Ocs2007R2 {
        (d.pstn_access, d.passcode_optional) = (None, None);
    }
    if dialect < Dialect::Lync {
        (d.autopromote, d.pstn_lobby_bypass, d.join_url) = (None, None, None);
        info.assigned = false;
    } else {
        d.conference_key = None;
    }
    info
}

/// What is left of it when a client may say it.
fn from_client(mut info: ConferenceInfo) -> ConferenceInfo {
    let d = &mut info.description;
    (d.last_update, d.last_activate, d.is_active, d.join_url) = (None, None, None, None);
    d.pstn_access = d.pstn_access.take().map(|_| PstnAccess::default());
    info
}

/// Boxed, like the answers: such large strategies outgrow a test's stack.
fn command() -> BoxedStrategy<Command> {
    let certificate = of(vec(any::<u8>(), 1..40).prop_map(|der| Certificate::from_der(&der)));
    let conference = || conference().boxed();
    prop_oneof![
        conference().prop_map(|info| Command::AddConference(ConferenceInfo {
            entity: None,
            ..info
        })),
        conference().prop_map(Command::ModifyConference),
        id().prop_map(|conference_id| Command::DeleteConference { conference_id }),
        (id(), certificate).prop_map(|(conference_id, certificate)| Command::GetConference {
            conference_id,
            certificate
        }),
        any::<bool>().prop_map(|assigned| Command::GetConferences { assigned }),
        Just(Command::GetEncryptionKey),
        Just(Command::GetAvailableMcuTypes),
        Just(Command::GetConferencingCapabilities),
    ]
    .boxed()
}

fn command_in(command: Command, dialect: Dialect) -> Command {
    let left = |info| from_client(in_dialect(info, dialect));
    match command {
        Command::AddConference(info) => Command::AddConference(left(info)),
        Command::ModifyConference(info) => Command::ModifyConference(left(info)),
        Command::GetConferences { assigned } => Command::GetConferences {
            assigned: assigned && dialect == Dialect::Lync,
        },
        other => other,
    }
}

prop_compose! {
    fn region()(name in word(), numbers in vec((word(), vec(word(), 0..3)), 0..3)) -> Region {
        let number = |(number, languages)| AccessNumber { number, languages };
        Region { name, numbers: numbers.into_iter().map(number).collect() }
    }
}

prop_compose! {
    fn bridging()(
        enabled in any::<bool>(),
        regions in vec(region(), 0..3),
        default_region in of(word()),
        urls in [of(word()), of(word())],
    ) -> PstnBridging {
        let [internal_url, external_url] = urls;
        PstnBridging { enabled, regions, default_region, internal_url, external_url }
    }
}

prop_compose! {
    fn capabilities()(
        mcu_types in vec(mcu(), 0..4),
        anonymous in any::<bool>(),
        pstn_bridging in of(bridging()),
    ) -> Capabilities {
        Capabilities { mcu_types, anonymous_scheduling: Some(anonymous), pstn_bridging }
    }
}

fn answer() -> BoxedStrategy<(CommandName, Answer)> {
    let certificate = vec(any::<u8>(), 1..40).prop_map(|der| Certificate::from_der(&der));
    let conference = || conference().boxed();
    prop_oneof![
        conference().prop_map(|info| (CommandName::AddConference, Answer::AddConference(info))),
        conference().prop_map(|info| (
            CommandName::ModifyConference,
            Answer::ModifyConference(info)
        )),
        Just((CommandName::DeleteConference, Answer::DeleteConference)),
        conference().prop_map(|info| (CommandName::GetConference, Answer::GetConference(info))),
        vec(conference(), 0..3)
            .prop_map(|all| (CommandName::GetConferences, Answer::GetConferences(all))),
        certificate.prop_map(|c| (
            CommandName::GetEncryptionKey,
            Answer::GetEncryptionKey(Some(c))
        )),
        vec(mcu(), 0..4).prop_map(|all| (
            CommandName::GetAvailableMcuTypes,
            Answer::GetAvailableMcuTypes(all)
        )),
        capabilities().prop_map(|c| (
            CommandName::GetConferencingCapabilities,
            Answer::GetConferencingCapabilities(c)
        )),
    ]
    .boxed()
}

fn answer_in(answer: Answer, dialect: Dialect) -> Answer {
    match answer {
        Answer::AddConference(info) => Answer::AddConference(in_dialect(info, dialect)),
        Answer::ModifyConference(info) => Answer::ModifyConference(in_dialect(info, dialect)),
        Answer::GetConference(info) => Answer::GetConference(in_dialect(info, dialect)),
        Answer::GetConferences(all) => Answer::GetConferences(
            all.into_iter()
                .map(|info| in_dialect(info, dialect))
                .collect(),
        ),
        other => other,
    }
}

fn form() -> impl Strategy<Value = Form> {
    use CapabilityNamespace::{Cccp, Msci, Msci2, Mscp};
    let namespaces = prop::sample::select(vec![Cccp, Msci, Msci2, Mscp]);
    (dialect(), namespaces, any::<bool>()).prop_map(|(dialect, capabilities, entity_on_command)| {
        Form {
            dialect,
            capabilities,
            entity_on_command,
        }
    })
}

proptest! {
    #[test]
    fn requests_are_read_as_they_were_meant(
        (id, from, to) in (any::<u32>(), uri(), uri()),
        command in command(),
        dialect in dialect(),
    ) {
        let request = Request { id, from, to, command };
        let decoded = Request::decode(&request.encode(dialect)).unwrap();
        let command = command_in(request.command.clone(), dialect);
        prop_assert_eq!(decoded, Request { command, ..request });
    }

    #[test]
    fn responses_are_read_as_they_were_meant(
        (request_id, from, to) in (any::<u32>(), uri(), uri()),
        (command, answer) in answer(),
        reason in of(reason()),
        form in form(),
    ) {
        let outcome = reason.map_or(Ok(answer), Err);
        let response = Response { request_id, from, to, command, outcome };
        let decoded = Response::decode(&response.encode(form)).unwrap();
        let outcome = response.outcome.clone().map(|answer| answer_in(answer, form.dialect));
        prop_assert_eq!(decoded, Response { outcome, ..response });
    }

    #[test]
    fn foreign_elements_survive_any_number_of_changes(
        info in conference().boxed(),
        foreign in vec(foreign(), 0..4),
    ) {
        let mut changed = info;
        changed.description.foreign = foreign.clone();
        changed.foreign = foreign.clone();
        let command = Command::ModifyConference(changed);
        let request = Request { id: 1, from: "sip:a".into(), to: "sip:b".into(), command };
        let once = Request::decode(&request.encode(Dialect::Lync)).unwrap();
        let twice = Request::decode(&once.encode(Dialect::Lync)).unwrap();
        prop_assert_eq!(&twice, &once);
        let Command::ModifyConference(info) = once.command else { panic!() };
        let mut expected = foreign;
        expected.sort_by_key(|f| f.block);
        let kept = |all: Vec<Foreign>| all.into_iter().map(|f| (f.block, f.xml)).collect::<Vec<_>>();
        let expected = kept(expected);
        prop_assert_eq!(&kept(info.description.foreign), &expected);
        prop_assert_eq!(kept(info.foreign), expected);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200)) {
        let _ = Request::decode(&bytes);
        let _ = Response::decode(&bytes);
    }

    #[test]
    fn spoilt_documents_are_read_or_refused(
        command in command(),
        (name, answer) in answer(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let request = Request { id: 1, from: "sip:a".into(), to: "sip:b".into(), command };
        let mut spoilt = request.encode(Dialect::Lync);
        let place = at.index(spoilt.len());
        spoilt[place] = byte;
        let _ = Request::decode(&spoilt);
        let mut response = request.to_response(Ok(answer));
        response.command = name;
        let mut spoilt = response.encode(Dialect::Ocs2007R2);
        let place = at.index(spoilt.len());
        spoilt[place] = byte;
        let _ = Response::decode(&spoilt);
        prop_assert!(Response::decode(&spoilt[..place]).is_err());
    }
}
