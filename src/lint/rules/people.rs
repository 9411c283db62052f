//! Who invites whom: which people METHOD asks for (RFC 5546 3.2).

use std::collections::HashSet;

use super::person::address;
use crate::lint::object::{Calendar, Component};
use crate::lint::{Check, Hits, Rule, Severity, quote};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "missing-organizer",
        severity: Severity::Error,
        what: "a request or cancellation without ORGANIZER",
        why: "libical refuses it; nobody can answer, and Outlook shows a plain appointment.",
        fix: "Write ORGANIZER;CN=…:mailto:….",
        evidence: &["RFC 5546 3.2.2", "RFC 5545 3.8.4.3"],
        check: Check::Calendar(missing_organizer),
    },
    Rule {
        id: "missing-attendee",
        severity: Severity::Error,
        what: "a request without ATTENDEE",
        why: "libical refuses it; Gmail offers 'add to calendar' instead of Yes, No and Maybe.",
        fix: "Name everyone who is invited, or send METHOD:PUBLISH.",
        evidence: &["RFC 5546 3.2.2", "icalendar/icalendar#229"],
        check: Check::Calendar(missing_attendee),
    },
    Rule {
        id: "published-attendee",
        severity: Severity::Warning,
        what: "METHOD:PUBLISH with ATTENDEE",
        why: "libical refuses it; mail programs show no buttons, so the people named can not answer.",
        fix: "Send METHOD:REQUEST to invite, or leave ATTENDEE out.",
        evidence: &["RFC 5546 3.2.1"],
        check: Check::Calendar(published_attendee),
    },
    Rule {
        id: "published-without-organizer",
        severity: Severity::Note,
        what: "METHOD:PUBLISH without ORGANIZER",
        why: "iTIP asks for one; libical complains, calendars do not.",
        fix: "Write ORGANIZER.",
        evidence: &["RFC 5546 3.2.1"],
        check: Check::Calendar(published_without_organizer),
    },
    Rule {
        id: "reply-attendees",
        severity: Severity::Error,
        what: "METHOD:REPLY with more or fewer than one ATTENDEE",
        why: "The organizer's calendar can not tell who answers and drops it.",
        fix: "Name the one who answers, and nobody else.",
        evidence: &["RFC 5546 3.2.3"],
        check: Check::Calendar(reply_attendees),
    },
    Rule {
        id: "repeated-attendee",
        severity: Severity::Warning,
        what: "the same person twice",
        why: "Their answer updates one of the two; the other stays without answer.",
        fix: "Keep one; upper and lower case are the same.",
        evidence: &["RFC 5545 3.8.4.1"],
        check: Check::Calendar(repeated_attendee),
    },
    Rule {
        id: "schedule-agent-sent",
        severity: Severity::Warning,
        what: "SCHEDULE-AGENT, -STATUS or -FORCE-SEND in mail",
        why: "It is between a program and its CalDAV server: a recipient's server may not send their answer.",
        fix: "Remove it from what is mailed.",
        evidence: &["RFC 6638 7.1", "RFC 6638 7.3"],
        check: Check::Invitation(schedule_agent_sent),
    },
    Rule {
        id: "server-invites",
        severity: Severity::Note,
        what: "attendees without SCHEDULE-AGENT in what a CalDAV server is given",
        why: "A server that schedules mails them itself; if a program does too, they are invited twice.",
        fix: "Write SCHEDULE-AGENT=CLIENT at each ATTENDEE if you mail them.",
        evidence: &["RFC 6638 7.1", "olivierlambert/calrs#141"],
        check: Check::Stored(server_invites),
    },
    Rule {
        id: "stored-without-organizer",
        severity: Severity::Warning,
        what: "a stored event with ATTENDEE and without ORGANIZER",
        why: "It is no meeting to a CalDAV server, so no answers reach it.",
        fix: "Write ORGANIZER.",
        evidence: &["RFC 5545 3.8.4.1", "RFC 6638 3.1"],
        check: Check::Stored(stored_without_organizer),
    },
];

fn has_organizer(event: &Component) -> bool {
    event.first("ORGANIZER").is_some()
}

fn missing_organizer(calendar: &Calendar<'_>, hits: &mut Hits) {
    let method = calendar.method();
    let invites = method.as_deref().is_some_and(|method| method != "PUBLISH");
    for event in calendar.events().filter(|event| !has_organizer(event)) {
        let is_meeting = event.first("ATTENDEE").is_some();
        let is_invitation = calendar.purpose == crate::lint::Purpose::Mail && is_meeting;
        if invites || (is_invitation && method.is_none()) {
            hits.add(event.spot_of("ORGANIZER"), "The event has no ORGANIZER.");
        }
    }
}

fn missing_attendee(calendar: &Calendar<'_>, hits: &mut Hits) {
    let events = calendar.events().filter(|_| calendar.is("REQUEST"));
    for event in events.filter(|event| event.first("ATTENDEE").is_none()) {
        hits.add(event.spot_of("ATTENDEE"), "Nobody is invited (ATTENDEE).");
    }
}

fn published_attendee(calendar: &Calendar<'_>, hits: &mut Hits) {
    for event in calendar.events().filter(|_| calendar.is("PUBLISH")) {
        if let Some(attendee) = event.first("ATTENDEE") {
            hits.add(attendee, "What is published names people to invite.");
        }
    }
}

fn published_without_organizer(calendar: &Calendar<'_>, hits: &mut Hits) {
    let events = calendar.events().filter(|_| calendar.is("PUBLISH"));
    for event in events.filter(|event| !has_organizer(event)) {
        hits.add(event.spot_of("ORGANIZER"), "The event has no ORGANIZER.");
    }
}

fn reply_attendees(calendar: &Calendar<'_>, hits: &mut Hits) {
    for event in calendar.events().filter(|_| calendar.is("REPLY")) {
        let count = event.all("ATTENDEE").count();
        if count != 1 {
            hits.add(
                event.spot_of("ATTENDEE"),
                format!("The reply is of {count} people."),
            );
        }
    }
}

fn repeated_attendee(calendar: &Calendar<'_>, hits: &mut Hits) {
    for event in calendar.events() {
        let mut seen = HashSet::new();
        for attendee in event.all("ATTENDEE") {
            if !seen.insert(address(&attendee.value)) {
                hits.add(
                    attendee,
                    format!("{} was invited already.", quote(&attendee.value)),
                );
            }
        }
    }
}

fn schedule_agent_sent(calendar: &Calendar<'_>, hits: &mut Hits) {
    let names = ["SCHEDULE-AGENT", "SCHEDULE-STATUS", "SCHEDULE-FORCE-SEND"];
    for property in calendar.entry_properties() {
        let mut parameters = property.parameters.iter();
        if let Some(found) = parameters.find(|p| names.contains(&p.name.as_str())) {
            hits.add(property, format!("{} has {}.", property.name, found.name));
        }
    }
}

fn server_invites(calendar: &Calendar<'_>, hits: &mut Hits) {
    for event in calendar.events() {
        let mut attendees = event.all("ATTENDEE");
        let others = attendees.find(|attendee| {
            attendee.parameter("SCHEDULE-AGENT").is_none()
                && !is_organizer(attendee.value.as_str(), event)
        });
        if let Some(attendee) = others {
            hits.add(
                attendee,
                "A server that schedules would invite these people itself.",
            );
        }
    }
}

fn is_organizer(value: &str, event: &Component) -> bool {
    event
        .value("ORGANIZER")
        .is_some_and(|organizer| address(organizer) == address(value))
}

fn stored_without_organizer(calendar: &Calendar<'_>, hits: &mut Hits) {
    for event in calendar.events().filter(|event| !has_organizer(event)) {
        if let Some(attendee) = event.first("ATTENDEE") {
            hits.add(attendee, "People are invited by nobody (ORGANIZER).");
        }
    }
}
