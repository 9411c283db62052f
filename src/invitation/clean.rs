//! Text from users, address books and pools, made fit to be printed and to stay on its line.

use crate::conference::{
    AccessNumber, Appointment, Attendee, Conference, DialIn, JoinId, Person, Series, WaysIn,
};
use crate::invitation::block;

/// Schemes of links that a browser may be sent to.
const WEB: [&str; 2] = ["https:", "http:"];

/// Schemes of links to the programs on the desk.
const DESK: [&str; 6] = ["meet:", "conf:", "sip:", "sips:", "https:", "http:"];

/// The same appointment; only the note may have several lines, and nothing has other control
/// characters.
pub(crate) fn appointment(raw: &Appointment) -> Appointment {
    Appointment {
        uid: line(&raw.uid),
        organizer: person(&raw.organizer),
        organization: optional_line(raw.organization.as_deref()),
        attendees: raw.attendees.iter().map(attendee).collect(),
        subject: line(&raw.subject),
        note: raw
            .note
            .as_deref()
            .map(note)
            .filter(|note| !note.is_empty()),
        conference: conference(&raw.conference),
        series: raw.series.as_ref().map(series),
        sender: raw.sender.as_ref().map(person),
        ..raw.clone()
    }
}

/// The same as people are told of it.
pub(crate) fn for_people(raw: &Appointment) -> Appointment {
    let mut told = appointment(raw);
    if told.wording.without_passcode {
        told.conference.ways_in = told.conference.ways_in.without_passcode();
    }
    told
}

fn series(raw: &Series) -> Series {
    Series {
        rule: line(&raw.rule),
        other_rules: raw.other_rules.iter().map(|rule| line(rule)).collect(),
        ..raw.clone()
    }
}

fn attendee(raw: &Attendee) -> Attendee {
    Attendee {
        person: person(&raw.person),
        ..raw.clone()
    }
}

fn person(raw: &Person) -> Person {
    Person {
        address: line(&raw.address),
        name: optional_line(raw.name.as_deref()),
    }
}

pub(crate) fn conference(raw: &Conference) -> Conference {
    Conference {
        owner: line(&raw.owner),
        location: line(&raw.location),
        subject: line(&raw.subject),
        ways_in: ways_in(&raw.ways_in),
        ..raw.clone()
    }
}

fn ways_in(raw: &WaysIn) -> WaysIn {
    WaysIn {
        client_link: link(&raw.client_link, &DESK).unwrap_or_default(),
        client: raw.client,
        web_link: raw.web_link.as_deref().and_then(|text| link(text, &WEB)),
        dial_in: raw.dial_in.as_ref().map(dial_in),
        passcode: raw.passcode.clone(),
        join_id: raw.join_id.clone().map(|join_id| JoinId {
            id: line(&join_id.id),
            ..join_id
        }),
    }
}

fn dial_in(raw: &DialIn) -> DialIn {
    DialIn {
        id: raw.id.clone(),
        numbers: raw.numbers.iter().map(number).collect(),
        settings_page: raw
            .settings_page
            .as_deref()
            .and_then(|text| link(text, &WEB)),
    }
}

fn number(raw: &AccessNumber) -> AccessNumber {
    AccessNumber {
        display: line(&raw.display),
        region: line(&raw.region),
        languages: raw.languages.iter().map(|tag| line(tag)).collect(),
    }
}

/// A link of one of the schemes; another one is no way to join and could be a trap.
fn link(text: &str, schemes: &[&str]) -> Option<String> {
    let link = line(text);
    let begins = |scheme: &&str| {
        let start = link.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    schemes.iter().any(begins).then_some(link)
}

fn optional_line(text: Option<&str>) -> Option<String> {
    text.map(line).filter(|line| !line.is_empty())
}

/// One line: whatever would end it, and every other control character, becomes a space.
pub(crate) fn line(text: &str) -> String {
    let shown = text.chars().filter(|c| !is_hidden(*c));
    let spaced: String = shown.map(|c| if is_control(c) { ' ' } else { c }).collect();
    spaced.trim().to_owned()
}

/// Several lines, each ended by LF alone. A line that could pass for a fence of the call-in block
/// is quoted, so that the block stays the only one.
pub(crate) fn note(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let lines: Vec<String> = text.split(ends_line).map(note_line).collect();
    lines.join("\n").trim_end().to_owned()
}

fn note_line(text: &str) -> String {
    let shown = text.replace('\t', "    ");
    let kept: String = shown
        .chars()
        .filter(|c| !is_hidden(*c) && !is_control(*c))
        .collect();
    if block::is_fence(&kept) {
        format!("> {kept}")
    } else {
        kept
    }
}

fn ends_line(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

fn is_control(c: char) -> bool {
    c.is_control() || ends_line(c)
}

/// Embeddings, overrides and isolates of the writing direction, which can make a line read as
/// another one, and the byte order mark. Right-to-left letters need none of them.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}
