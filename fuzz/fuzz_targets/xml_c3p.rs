//! C3P from a hostile peer: what is read is written in every dialect so that it reads as it was
//! meant, and no passcode is left in a trace.
#![no_main]

use confctl::proto::c3p::{
    Answer, BODY_CAP, CapabilityNamespace, Command, ConferenceInfo, Dialect, Error, Foreign, Form,
    Request, Response, mask,
};
use confctl::xml::{RawXml, XmlError};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

const DIALECTS: [Dialect; 3] = [Dialect::Ocs2007, Dialect::Ocs2007R2, Dialect::Lync];
const SECRET: &str = "S3CR3T77";

fuzz_target!(|bytes: &[u8]| {
    if let Ok(request) = Request::decode(bytes) {
        DIALECTS
            .into_iter()
            .for_each(|dialect| request_comes_back(&request, dialect));
    }
    if let Ok(response) = Response::decode(bytes) {
        forms()
            .into_iter()
            .for_each(|form| response_comes_back(&response, form));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        is_masked(text);
    }
});

fn forms() -> [Form; 4] {
    use CapabilityNamespace::{Cccp, Msci, Msci2, Mscp};
    let form = |dialect, capabilities, entity_on_command| Form {
        dialect,
        capabilities,
        entity_on_command,
    };
    [
        form(Dialect::Ocs2007, Cccp, false),
        form(Dialect::Ocs2007R2, Mscp, true),
        form(Dialect::Lync, Msci, false),
        form(Dialect::Lync, Msci2, true),
    ]
}

fn request_comes_back(request: &Request, dialect: Dialect) {
    let Some(once) = within_bounds(Request::decode(&request.encode(dialect))) else {
        return;
    };
    let command = command_in(request.command.clone(), dialect);
    let meant = Request {
        command,
        ..request.clone()
    };
    let comparable = Request {
        command: command_in(once.command.clone(), dialect),
        ..once.clone()
    };
    assert_eq!(comparable, meant);
    assert_eq!(Request::decode(&once.encode(dialect)), Ok(once));
}

fn response_comes_back(response: &Response, form: Form) {
    let Some(once) = within_bounds(Response::decode(&response.encode(form))) else {
        return;
    };
    let reading = |response: &Response| Response {
        outcome: response
            .outcome
            .clone()
            .map(|answer| answer_in(answer, form.dialect)),
        ..response.clone()
    };
    assert_eq!(reading(&once), reading(response));
    assert_eq!(Response::decode(&once.encode(form)), Ok(once));
}

/// What is at the bounds when it is read may be beyond them with our own names around it.
fn within_bounds<T>(read: Result<T, Error>) -> Option<T> {
    match read {
        Ok(value) => Some(value),
        Err(Error::Xml(XmlError::TooComplex { .. } | XmlError::TooLong { .. })) => None,
        Err(error) => panic!("what was written is not read: {error}"),
    }
}

fn command_in(command: Command, dialect: Dialect) -> Command {
    let left = |info| by_client(in_dialect(info, dialect));
    match command {
        Command::AddConference(info) => Command::AddConference(ConferenceInfo {
            entity: None,
            ..left(info)
        }),
        Command::ModifyConference(info) => Command::ModifyConference(left(info)),
        Command::GetConferences { assigned } => Command::GetConferences {
            assigned: assigned && dialect == Dialect::Lync,
        },
        other => other,
    }
}

fn answer_in(answer: Answer, dialect: Dialect) -> Answer {
    let left = |info| in_dialect(info, dialect);
    match answer {
        Answer::AddConference(info) => Answer::AddConference(left(info)),
        Answer::ModifyConference(info) => Answer::ModifyConference(left(info)),
        Answer::GetConference(info) => Answer::GetConference(left(info)),
        Answer::GetConferences(all) => Answer::GetConferences(all.into_iter().map(left).collect()),
        Answer::GetConferencingCapabilities(mut offer) => {
            // A server always says it.
            offer.anonymous_scheduling.get_or_insert_default();
            Answer::GetConferencingCapabilities(offer)
        }
        other => other,
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
    for moment in [&mut d.last_update, &mut d.last_activate, &mut d.expiry_time] {
        *moment = moment.map(to_the_second);
    }
    d.foreign = in_order(&d.foreign);
    info.foreign = in_order(&info.foreign);
    for user in &mut info.users {
        user.foreign = in_order(&user.foreign);
    }
    for view in &mut info.views {
        view.foreign = in_order(&view.foreign);
    }
    info
}

/// What is left when clients may not say the rest.
fn by_client(mut info: ConferenceInfo) -> ConferenceInfo {
    let d = &mut info.description;
    (d.last_update, d.last_activate, d.is_active, d.join_url) = (None, None, None, None);
    d.pstn_access = d.pstn_access.take().map(|_| Default::default());
    info
}

fn to_the_second(moment: Timestamp) -> Timestamp {
    let second = moment.as_nanosecond().div_euclid(1_000_000_000);
    let second = i64::try_from(second).expect("a timestamp's seconds fit");
    Timestamp::from_second(second).unwrap_or(Timestamp::MIN)
}

/// Foreign elements in the order they are written in. The known ones they stand behind may be gone.
fn in_order(foreign: &[Foreign]) -> Vec<Foreign> {
    let mut foreign = foreign.to_vec();
    foreign.sort_by_key(|f| (f.block, f.after));
    for f in &mut foreign {
        f.after = 0;
        // A prefix of ours in it gets declared, even in a text that means something else.
        if ["ci:", "cis:", "msci:", "mscp:", "x:"]
            .iter()
            .any(|own| f.xml.as_str().contains(own))
        {
            f.xml = RawXml::parse("<changed/>", BODY_CAP).expect("it is XML");
        }
    }
    foreign
}

fn is_masked(text: &str) {
    if text.contains(SECRET) {
        return;
    }
    let half = text.char_indices().nth(text.chars().count() / 2);
    let (before, after) = text.split_at(half.map_or(0, |(at, _)| at));
    for secret in [
        format!("<conference-key>{SECRET}</conference-key>"),
        format!("<q:Conference-Key a='1'>{SECRET}</q:Conference-Key>"),
        format!("conf-key={SECRET} "),
        format!("Conf-Key%3D{SECRET}&"),
    ] {
        let masked = mask(&format!("{before}{secret}{after}"));
        assert!(!masked.contains(SECRET), "{masked}");
    }
}
