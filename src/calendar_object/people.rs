//! ORGANIZER and ATTENDEE lines (RFC 5545 3.8.4).

use std::collections::HashSet;

use percent_encoding::percent_decode_str;

use crate::calendar_object::ics;
use crate::conference::{Attendance, Attendee, Person};
use crate::icalendar::{Component, ContentLine, Line, Parameter};
use crate::invitation::clean;

/// Who invites.
pub(super) fn organizer(event: &Component) -> Option<Person> {
    person(&event.property("ORGANIZER")?)
}

/// Who sends for the organizer.
pub(super) fn sender(event: &Component) -> Option<Person> {
    let organizer = event.property("ORGANIZER")?;
    let address = mail_address(organizer.parameter("SENT-BY")?)?;
    let known = event.property("X-MS-OLK-SENDER").and_then(|l| person(&l));
    let bare = Person {
        address,
        name: None,
    };
    Some(known.filter(|known| known.is(&bare)).unwrap_or(bare))
}

/// Everybody invited who has a mail address, each once, without the organizer. Nobody is a
/// presenter: calendars don't know them.
pub(super) fn attendees(event: &Component) -> Vec<Attendee> {
    let mut known: HashSet<String> = organizer(event).iter().map(key).collect();
    let invited = event.all("ATTENDEE").filter_map(|line| {
        Some(Attendee {
            person: person(&line)?,
            attendance: attendance(&line),
            presenter: false,
        })
    });
    invited.filter(|a| known.insert(key(&a.person))).collect()
}

/// The address that an ATTENDEE line is about, as [`key`] has it.
pub(super) fn attendee_address(line: &Line) -> Option<String> {
    let content = line.is("ATTENDEE").then(|| line.content())??;
    person(&content).as_ref().map(key)
}

/// As [`Person::key`].
pub(super) fn key(person: &Person) -> String {
    person.key()
}

/// Whether a line is about that person.
pub(super) fn is_about(line: &ContentLine, person: &Person) -> bool {
    self::person(line).is_some_and(|found| found.is(person))
}

/// ORGANIZER.
pub(super) fn organizer_line(organizer: &Person) -> ContentLine {
    ContentLine {
        name: "ORGANIZER".to_owned(),
        parameters: vec![parameter("CN", organizer.label())],
        value: organizer.mailto(),
    }
}

/// ATTENDEE of somebody who is asked for an answer.
pub(super) fn attendee_line(attendee: &Attendee) -> ContentLine {
    let person = &attendee.person;
    ContentLine {
        name: "ATTENDEE".to_owned(),
        parameters: vec![
            parameter("CN", person.label()),
            parameter("CUTYPE", ics::user_type(attendee.attendance)),
            parameter("PARTSTAT", "NEEDS-ACTION"),
            parameter("ROLE", role(attendee.attendance)),
            parameter("RSVP", "TRUE"),
        ],
        value: person.mailto(),
    }
}

/// ATTENDEE of the organizer, who leads the meeting.
pub(super) fn chair_line(organizer: &Person) -> ContentLine {
    ContentLine {
        name: "ATTENDEE".to_owned(),
        parameters: vec![
            parameter("CN", organizer.label()),
            parameter("PARTSTAT", "ACCEPTED"),
            parameter("ROLE", "CHAIR"),
        ],
        value: organizer.mailto(),
    }
}

/// The line with another value of a parameter, or without it.
pub(super) fn with_parameter(line: &ContentLine, name: &str, value: Option<&str>) -> ContentLine {
    let mut line = line.clone();
    line.parameters.retain(|parameter| parameter.name != name);
    line.parameters
        .extend(value.map(|value| parameter(name, value)));
    line
}

fn parameter(name: &str, value: &str) -> Parameter {
    Parameter {
        name: name.to_owned(),
        values: vec![value.to_owned()],
    }
}

/// ROLE (RFC 5545 3.2.16).
pub(super) fn role(attendance: Attendance) -> &'static str {
    match attendance {
        Attendance::Required => "REQ-PARTICIPANT",
        Attendance::Optional => "OPT-PARTICIPANT",
        Attendance::Room => "NON-PARTICIPANT",
    }
}

/// Those who are only told count as optional: the meeting can do without their answer.
fn attendance(line: &ContentLine) -> Attendance {
    let kind = line.parameter("CUTYPE").unwrap_or_default();
    if ["ROOM", "RESOURCE"]
        .iter()
        .any(|room| kind.eq_ignore_ascii_case(room))
    {
        return Attendance::Room;
    }
    let role = line.parameter("ROLE").unwrap_or_default();
    let optional = ["OPT-PARTICIPANT", "NON-PARTICIPANT"];
    if optional.iter().any(|o| role.eq_ignore_ascii_case(o)) {
        Attendance::Optional
    } else {
        Attendance::Required
    }
}

/// None: somebody without a mail address. Apple writes the address as EMAIL where the value is a
/// path on a server.
pub(super) fn person(line: &ContentLine) -> Option<Person> {
    let address = mail_address(&line.value);
    let address = address.or_else(|| mail_address(line.parameter("EMAIL")?))?;
    let name = line.parameter("CN").map(clean::line);
    let name = name.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(&address));
    Some(Person { address, name })
}

/// Whether a line is about somebody with a mail address, as RFC 5545 3.3.3 writes it, or as Apple does, whose
/// value is a path on a server.
pub(super) fn is_plain(line: &ContentLine) -> bool {
    let mut names = line.parameters.iter().filter(|p| p.name == "CN");
    if names.any(|name| name.values.len() > 1) {
        return false;
    }
    let value = line.value.trim();
    let scheme = value.get(..7).filter(|s| s.eq_ignore_ascii_case("mailto:"));
    match scheme {
        Some(_) => mail_address(value).is_some(),
        None => !value.contains('@') && line.parameter("EMAIL").and_then(mail_address).is_some(),
    }
}

/// A line whose value is a path on somebody's server, with the address of its EMAIL instead, since mail
/// programs know no other; none: it has one.
pub(super) fn to_mailto(line: &Line) -> Option<ContentLine> {
    if !line.is("ATTENDEE") && !line.is("ORGANIZER") {
        return None;
    }
    let content = line.content()?;
    if mail_address(&content.value).is_some() {
        return None;
    }
    let value = person(&content)?.mailto();
    Some(ContentLine { value, ..content })
}

/// Parameters that hold addresses.
const ADDRESSES: [&str; 5] = [
    "SENT-BY",
    "EMAIL",
    "DELEGATED-TO",
    "DELEGATED-FROM",
    "MEMBER",
];

/// The same line with every domain in ASCII; none: they are.
pub(super) fn in_ascii(line: &ContentLine) -> Option<ContentLine> {
    let mut written = line.clone();
    if let Some(person) = person(line).filter(|person| !person.address.is_ascii()) {
        written.value = person.mailto();
    }
    let addresses = written.parameters.iter_mut();
    let addresses = addresses.filter(|p| ADDRESSES.contains(&p.name.as_str()));
    for value in addresses.flat_map(|parameter| &mut parameter.values) {
        let Some(address) = mail_address(value).filter(|_| !value.is_ascii()) else {
            continue;
        };
        let person = Person {
            address,
            name: None,
        };
        let has_scheme = value.contains(':');
        *value = match has_scheme {
            true => person.mailto(),
            false => person.mailto().trim_start_matches("mailto:").to_owned(),
        };
    }
    (written != *line).then_some(written)
}

/// `user@domain` of a `mailto:` URI (RFC 6068), or of a bare address.
fn mail_address(text: &str) -> Option<String> {
    let text = text.trim();
    let scheme = text.get(..7).filter(|s| s.eq_ignore_ascii_case("mailto:"));
    let rest = text.get(scheme.map_or(0, str::len)..)?;
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let address = percent_decode_str(rest).decode_utf8_lossy();
    let known = Person::parse(&address).ok()?;
    (known.address == address).then_some(known.address)
}
