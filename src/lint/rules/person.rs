//! One person: the address, and what the parameters say of them.

use crate::lint::object::{Calendar, Component, Property};
use crate::lint::{Check, Hits, Purpose, Rule, Severity, quote};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "not-mailto",
        severity: Severity::Error,
        what: "an ORGANIZER or ATTENDEE that is no mailto: address",
        why: "Outlook and Gmail show no buttons, and answers go nowhere.",
        fix: "Write mailto: before the address.",
        evidence: &["RFC 5545 3.3.3", "RFC 6047 2.3", "markuspoerschke/iCal#109"],
        check: Check::Calendar(not_mailto),
    },
    Rule {
        id: "no-mail-address",
        severity: Severity::Warning,
        what: "a room or resource without a mail address",
        why: "Nobody there is told. Exchange writes invalid:nomail for them.",
        fix: "Give the room an address, or name it in LOCATION.",
        evidence: &["RFC 5545 3.3.3", "RFC 6047 2.3"],
        check: Check::Calendar(no_mail_address),
    },
    Rule {
        id: "bad-address",
        severity: Severity::Error,
        what: "a mailto: without a good address behind it",
        why: "Answers bounce; Exchange drops the person.",
        fix: "Write name@domain, without spaces, names or brackets.",
        evidence: &["RFC 6068 2"],
        check: Check::Calendar(bad_address),
    },
    Rule {
        id: "bad-sent-by",
        severity: Severity::Error,
        what: "a SENT-BY that is no mailto: address",
        why: "The delegate is not recognised, so From and ORGANIZER seem to disagree.",
        fix: "Write SENT-BY=\"mailto:name@domain\".",
        evidence: &["RFC 5545 3.2.18"],
        check: Check::Calendar(bad_sent_by),
    },
    Rule {
        id: "unquoted-comma",
        severity: Severity::Error,
        what: "a name with a comma and without quotes",
        why: "It becomes two names: ics and strict readers refuse the line, others show half of it.",
        fix: "Put the name into double quotes.",
        evidence: &["RFC 5545 3.2", "RFC 5545 3.2.2"],
        check: Check::Calendar(unquoted_comma),
    },
    Rule {
        id: "unknown-partstat",
        severity: Severity::Warning,
        what: "a PARTSTAT that events do not have",
        why: "Programs treat it as no answer; strict ones drop the person.",
        fix: "Use NEEDS-ACTION, ACCEPTED, DECLINED, TENTATIVE or DELEGATED.",
        evidence: &["RFC 5545 3.2.12"],
        check: Check::Calendar(unknown_partstat),
    },
    Rule {
        id: "unknown-role",
        severity: Severity::Warning,
        what: "a ROLE, CUTYPE or RSVP that iCalendar does not have",
        why: "Programs take the person for a required one, or a room for a person.",
        fix: "ROLE: CHAIR, REQ-, OPT- or NON-PARTICIPANT; CUTYPE: INDIVIDUAL, GROUP, RESOURCE, ROOM; RSVP: TRUE or FALSE.",
        evidence: &["RFC 5545 3.2.16", "RFC 5545 3.2.3", "RFC 5545 3.2.17"],
        check: Check::Calendar(unknown_role),
    },
    Rule {
        id: "room-as-person",
        severity: Severity::Note,
        what: "a room or resource that is not ROLE=NON-PARTICIPANT",
        why: "Programs that go by ROLE count it among the people who should come.",
        fix: "Write ROLE=NON-PARTICIPANT.",
        evidence: &["[MS-OXCICAL] 2.1.3.1.1.20.2", "RFC 5545 3.2.16"],
        check: Check::Calendar(room_as_person),
    },
    Rule {
        id: "answer-not-asked",
        severity: Severity::Note,
        what: "people who are invited without RSVP=TRUE",
        why: "Outlook says that no response is required, so few answer.",
        fix: "Write RSVP=TRUE.",
        evidence: &["RFC 5545 3.2.17"],
        check: Check::Invitation(answer_not_asked),
    },
];

/// The address without `mailto:`, in lower case: as mail servers compare it in practice.
pub(in crate::lint) fn address(value: &str) -> String {
    let lower = value.trim().to_ascii_lowercase();
    lower
        .strip_prefix("mailto:")
        .map_or(lower.clone(), str::to_owned)
}

/// Behind `mailto:`; None: it is something else.
fn mailto(value: &str) -> Option<&str> {
    let value = value.trim();
    let scheme = value.get(..7)?;
    scheme.eq_ignore_ascii_case("mailto:").then(|| &value[7..])
}

fn people<'c>(calendar: &'c Calendar<'_>) -> impl Iterator<Item = &'c Property> {
    let people = calendar.entry_properties();
    people.filter(|p| p.is_one_of(&["ORGANIZER", "ATTENDEE"]))
}

fn attendees<'c>(calendar: &'c Calendar<'_>) -> impl Iterator<Item = &'c Property> {
    people(calendar).filter(|p| p.name == "ATTENDEE")
}

fn not_mailto(calendar: &Calendar<'_>, hits: &mut Hits) {
    for person in people(calendar).filter(|p| mailto(&p.value).is_none()) {
        // A server knows people by paths and other URIs too (RFC 6638 2.4.1).
        let value = person.value.trim();
        let is_known = value.starts_with('/') || value.contains(':');
        let is_room = is_room(person) && value.contains(':') && !value.contains('@');
        if !is_room && (calendar.purpose == Purpose::Mail || !is_known) {
            hits.add(
                person,
                format!(
                    "{} is {}, not a mailto: address.",
                    person.name,
                    quote(value)
                ),
            );
        }
    }
}

fn no_mail_address(calendar: &Calendar<'_>, hits: &mut Hits) {
    let rooms = attendees(calendar).filter(|attendee| is_room(attendee));
    for room in rooms.filter(|room| mailto(&room.value).is_none()) {
        let value = room.value.trim();
        if value.contains(':') && !value.contains('@') && calendar.purpose == Purpose::Mail {
            hits.add(
                room,
                format!("The room is {}, no mail address.", quote(value)),
            );
        }
    }
}

fn is_address(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>,;:\"\\".contains(c);
    !local.is_empty() && !domain.is_empty() && address.chars().all(is_plain) && !local.contains('@')
}

fn bad_address(calendar: &Calendar<'_>, hits: &mut Hits) {
    for person in people(calendar) {
        if mailto(&person.value).is_some_and(|address| !is_address(address)) {
            hits.add(
                person,
                format!("{} is {}.", person.name, quote(&person.value)),
            );
        }
    }
}

fn bad_sent_by(calendar: &Calendar<'_>, hits: &mut Hits) {
    for person in people(calendar) {
        let Some(sender) = person.parameter("SENT-BY") else {
            continue;
        };
        if !mailto(sender).is_some_and(is_address) {
            hits.add(person, format!("SENT-BY is {}.", quote(sender)));
        }
    }
}

fn unquoted_comma(calendar: &Calendar<'_>, hits: &mut Hits) {
    let people = people(calendar).filter(|p| p.faults.is_empty());
    for person in people.filter(|p| p.values("CN").len() > 1) {
        hits.add(
            person,
            format!("The name of {} is cut at its comma.", quote(&person.value)),
        );
    }
}

/// Whether a value is one of these or an experiment.
fn is_known(value: &str, known: &[&str]) -> bool {
    let value = value.to_ascii_uppercase();
    value.starts_with("X-") || known.contains(&value.as_str())
}

fn unknown_partstat(calendar: &Calendar<'_>, hits: &mut Hits) {
    let of = |entry: &Component| -> &[&str] {
        match entry.name.as_str() {
            "VTODO" => &[
                "NEEDS-ACTION",
                "ACCEPTED",
                "DECLINED",
                "TENTATIVE",
                "DELEGATED",
                "COMPLETED",
                "IN-PROCESS",
            ],
            _ => &[
                "NEEDS-ACTION",
                "ACCEPTED",
                "DECLINED",
                "TENTATIVE",
                "DELEGATED",
            ],
        }
    };
    for entry in calendar.entries() {
        for attendee in entry.all("ATTENDEE") {
            if let Some(answer) = attendee
                .parameter("PARTSTAT")
                .filter(|answer| !is_known(answer, of(entry)))
            {
                hits.add(attendee, format!("PARTSTAT is {}.", quote(answer)));
            }
        }
    }
}

fn unknown_role(calendar: &Calendar<'_>, hits: &mut Hits) {
    const KNOWN: [(&str, &[&str]); 3] = [
        (
            "ROLE",
            &[
                "CHAIR",
                "REQ-PARTICIPANT",
                "OPT-PARTICIPANT",
                "NON-PARTICIPANT",
            ],
        ),
        (
            "CUTYPE",
            &["INDIVIDUAL", "GROUP", "RESOURCE", "ROOM", "UNKNOWN"],
        ),
        ("RSVP", &["TRUE", "FALSE"]),
    ];
    for attendee in attendees(calendar) {
        for (name, known) in KNOWN {
            if let Some(value) = attendee
                .parameter(name)
                .filter(|value| !is_known(value, known))
            {
                hits.add(attendee, format!("{name} is {}.", quote(value)));
            }
        }
    }
}

fn is_room(attendee: &Property) -> bool {
    attendee.has("CUTYPE", "ROOM") || attendee.has("CUTYPE", "RESOURCE")
}

fn room_as_person(calendar: &Calendar<'_>, hits: &mut Hits) {
    let rooms = attendees(calendar).filter(|attendee| is_room(attendee));
    for room in rooms.filter(|room| !room.has("ROLE", "NON-PARTICIPANT")) {
        hits.add(
            room,
            format!("{} is a room but takes part.", quote(&room.value)),
        );
    }
}

fn answer_not_asked(calendar: &Calendar<'_>, hits: &mut Hits) {
    let unanswered = attendees(calendar).filter(|attendee| {
        let answer = attendee.parameter("PARTSTAT").unwrap_or("NEEDS-ACTION");
        let takes_part = !attendee.has("ROLE", "NON-PARTICIPANT") && !attendee.has("ROLE", "CHAIR");
        takes_part && answer.eq_ignore_ascii_case("NEEDS-ACTION") && !attendee.has("RSVP", "TRUE")
    });
    for attendee in unanswered.filter(|_| calendar.is("REQUEST")) {
        hits.add(
            attendee,
            format!("{} is not asked for an answer.", quote(&attendee.value)),
        );
    }
}
