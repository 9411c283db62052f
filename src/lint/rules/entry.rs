//! An event: what it must have, once, and what METHOD asks of it (RFC 5546 3.2).

use std::collections::HashSet;

use crate::lint::object::{Calendar, Component};
use crate::lint::{Check, Hits, Rule, Severity, quote};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "missing-uid",
        severity: Severity::Error,
        what: "an event without UID",
        why: "Radicale answers 400, vobject refuses it; updates and cancellations never find the meeting.",
        fix: "Give it a UID that stays for the life of the meeting.",
        evidence: &["RFC 5545 3.8.4.7"],
        check: Check::Calendar(missing_uid),
    },
    Rule {
        id: "missing-dtstamp",
        severity: Severity::Error,
        what: "an event without DTSTAMP",
        why: "vobject and libical refuse it; nobody can tell which of two updates is newer.",
        fix: "Write DTSTAMP with the time at which the file is written, in UTC.",
        evidence: &["RFC 5545 3.8.7.2"],
        check: Check::Calendar(missing_dtstamp),
    },
    Rule {
        id: "missing-dtstart",
        severity: Severity::Error,
        what: "an event without DTSTART",
        why: "No program knows when it is; calcurse skips it.",
        fix: "Write DTSTART.",
        evidence: &["RFC 5545 3.8.2.4"],
        check: Check::Calendar(missing_dtstart),
    },
    Rule {
        id: "missing-dtend",
        severity: Severity::Warning,
        what: "an invitation without DTEND or DURATION",
        why: "It takes no time: nobody is busy, and phones show it as a point.",
        fix: "Write DTEND.",
        evidence: &["RFC 5545 3.6.1"],
        check: Check::Invitation(missing_dtend),
    },
    Rule {
        id: "missing-summary",
        severity: Severity::Error,
        what: "a request without SUMMARY",
        why: "libical's iTIP check refuses it; calendars show an untitled meeting.",
        fix: "Write SUMMARY.",
        evidence: &["RFC 5546 3.2.2"],
        check: Check::Calendar(missing_summary),
    },
    Rule {
        id: "repeated-property",
        severity: Severity::Error,
        what: "a property twice that may be there once",
        why: "vobject, ics and libical refuse it, Radicale answers 400; others take the first or the last.",
        fix: "Keep one.",
        evidence: &["RFC 5545 3.6"],
        check: Check::Calendar(repeated_property),
    },
    Rule {
        id: "bad-sequence",
        severity: Severity::Error,
        what: "a SEQUENCE that is no number",
        why: "Programs take it for 0 and ignore the update as old.",
        fix: "Write a whole number, one more for each update.",
        evidence: &["RFC 5545 3.8.7.4"],
        check: Check::Calendar(bad_sequence),
    },
    Rule {
        id: "missing-sequence",
        severity: Severity::Error,
        what: "a cancellation without SEQUENCE",
        why: "libical's iTIP check refuses it; programs take it for older than the invitation and keep the meeting.",
        fix: "Write SEQUENCE, higher than in the last request.",
        evidence: &["RFC 5546 3.2.5"],
        check: Check::Calendar(missing_sequence),
    },
    Rule {
        id: "request-without-sequence",
        severity: Severity::Note,
        what: "a request without SEQUENCE",
        why: "It counts as 0; an update must have a higher one.",
        fix: "Write SEQUENCE:0, and one more for each update.",
        evidence: &["RFC 5546 3.2.2"],
        check: Check::Invitation(request_without_sequence),
    },
    Rule {
        id: "unknown-status",
        severity: Severity::Warning,
        what: "a STATUS that events do not have",
        why: "Programs ignore it, or the event.",
        fix: "Use TENTATIVE, CONFIRMED or CANCELLED.",
        evidence: &["RFC 5545 3.8.1.11"],
        check: Check::Calendar(unknown_status),
    },
    Rule {
        id: "request-cancelled",
        severity: Severity::Error,
        what: "METHOD:REQUEST with STATUS:CANCELLED",
        why: "The meeting and its reminders stay in calendars; libical refuses it.",
        fix: "Send METHOD:CANCEL with a higher SEQUENCE.",
        evidence: &[
            "RFC 5546 3.2.5",
            "calcom/cal.diy#29706",
            "sebbo2002/ical-generator#86",
        ],
        check: Check::Calendar(request_cancelled),
    },
    Rule {
        id: "cancel-not-cancelled",
        severity: Severity::Warning,
        what: "METHOD:CANCEL without STATUS:CANCELLED",
        why: "Programs that store what they are sent go on showing the meeting.",
        fix: "Write STATUS:CANCELLED.",
        evidence: &["RFC 5546 3.2.5"],
        check: Check::Calendar(cancel_not_cancelled),
    },
    Rule {
        id: "bad-enumeration",
        severity: Severity::Warning,
        what: "a value of TRANSP or PRIORITY that it does not have",
        why: "Programs ignore it, and the calendar shows free or busy as it likes.",
        fix: "TRANSP is OPAQUE or TRANSPARENT, PRIORITY is 0 to 9.",
        evidence: &["RFC 5545 3.8.2.7", "RFC 5545 3.8.1.9"],
        check: Check::Calendar(bad_enumeration),
    },
    Rule {
        id: "private-property",
        severity: Severity::Warning,
        what: "confctl's private notes in an invitation",
        why: "Everyone who is invited can read them; they hold what the diary knows of the conference.",
        fix: "Send what 'confctl invite' writes, not the file of the diary.",
        evidence: &["RFC 5545 3.8.8.2"],
        check: Check::Invitation(private_property),
    },
];

fn missing_uid(calendar: &Calendar<'_>, hits: &mut Hits) {
    for entry in calendar
        .entries()
        .filter(|entry| entry.value("UID").is_none_or(str::is_empty))
    {
        hits.add(entry.spot_of("UID"), format!("{} has no UID.", entry.name));
    }
}

fn missing_dtstamp(calendar: &Calendar<'_>, hits: &mut Hits) {
    for entry in calendar
        .entries()
        .filter(|entry| entry.first("DTSTAMP").is_none())
    {
        hits.add(
            entry.spot_of("DTSTAMP"),
            format!("{} has no DTSTAMP.", entry.name),
        );
    }
}

fn missing_dtstart(calendar: &Calendar<'_>, hits: &mut Hits) {
    // An instance that is cancelled is named by its RECURRENCE-ID, a whole meeting by its UID.
    let optional = ["CANCEL", "REPLY", "REFRESH", "DECLINECOUNTER"];
    if calendar
        .method()
        .is_some_and(|method| optional.contains(&method.as_str()))
    {
        return;
    }
    for event in calendar
        .events()
        .filter(|event| event.first("DTSTART").is_none())
    {
        hits.add(event.spot_of("DTSTART"), "The event has no DTSTART.");
    }
}

fn missing_dtend(calendar: &Calendar<'_>, hits: &mut Hits) {
    if calendar.method().is_some_and(|method| method != "REQUEST") {
        return;
    }
    for event in calendar.events() {
        let is_day = event
            .first("DTSTART")
            .is_some_and(|start| start.value.trim().len() == 8);
        if event.first("DTEND").is_none() && event.first("DURATION").is_none() && !is_day {
            hits.add(event.spot_of("DTEND"), "The event has no end.");
        }
    }
}

fn missing_summary(calendar: &Calendar<'_>, hits: &mut Hits) {
    let needed = ["REQUEST", "PUBLISH", "ADD", "COUNTER"];
    if !calendar
        .method()
        .is_none_or(|method| needed.contains(&method.as_str()))
    {
        return;
    }
    for event in calendar
        .events()
        .filter(|event| event.value("SUMMARY").is_none_or(str::is_empty))
    {
        hits.add(event.spot_of("SUMMARY"), "The event has no SUMMARY.");
    }
}

fn repeated_property(calendar: &Calendar<'_>, hits: &mut Hits) {
    for component in &calendar.components {
        let mut seen = HashSet::new();
        for property in &component.properties {
            let is_once = single_properties(component).contains(&property.name.as_str());
            if is_once && !seen.insert(&property.name) {
                hits.add(property, format!("{} is there twice.", property.name));
            }
        }
    }
}

/// What RFC 5545 3.6 allows once.
fn single_properties(component: &Component) -> &'static [&'static str] {
    match component.name.as_str() {
        "VCALENDAR" => &["VERSION", "PRODID", "METHOD", "CALSCALE"],
        "VTIMEZONE" => &["TZID", "LAST-MODIFIED", "TZURL"],
        "STANDARD" | "DAYLIGHT" => &["DTSTART", "TZOFFSETFROM", "TZOFFSETTO"],
        "VALARM" => &["ACTION", "TRIGGER", "DURATION", "REPEAT"],
        "VEVENT" | "VTODO" | "VJOURNAL" => &[
            "UID",
            "DTSTAMP",
            "DTSTART",
            "DTEND",
            "DURATION",
            "DUE",
            "CLASS",
            "CREATED",
            "GEO",
            "LAST-MODIFIED",
            "LOCATION",
            "ORGANIZER",
            "PRIORITY",
            "RECURRENCE-ID",
            "SEQUENCE",
            "STATUS",
            "SUMMARY",
            "TRANSP",
            "URL",
            "DESCRIPTION",
        ],
        _ => &[],
    }
}

fn bad_sequence(calendar: &Calendar<'_>, hits: &mut Hits) {
    for sequence in calendar
        .entries()
        .filter_map(|entry| entry.first("SEQUENCE"))
    {
        // Exchange keeps it in 31 bits.
        if sequence
            .value
            .trim()
            .parse::<i32>()
            .is_ok_and(|number| number >= 0)
        {
            continue;
        }
        hits.add(sequence, format!("SEQUENCE is {}.", quote(&sequence.value)));
    }
}

fn missing_sequence(calendar: &Calendar<'_>, hits: &mut Hits) {
    check_sequence("CANCEL", calendar, hits);
}

fn request_without_sequence(calendar: &Calendar<'_>, hits: &mut Hits) {
    check_sequence("REQUEST", calendar, hits);
}

fn check_sequence(method: &str, calendar: &Calendar<'_>, hits: &mut Hits) {
    let events = calendar
        .events()
        .filter(|event| event.first("SEQUENCE").is_none());
    for event in events.filter(|_| calendar.is(method)) {
        hits.add(event.spot_of("SEQUENCE"), "The event has no SEQUENCE.");
    }
}

fn unknown_status(calendar: &Calendar<'_>, hits: &mut Hits) {
    let known = ["TENTATIVE", "CONFIRMED", "CANCELLED"];
    for status in calendar.events().filter_map(|event| event.first("STATUS")) {
        let value = status.value.trim().to_ascii_uppercase();
        if !known.contains(&value.as_str()) {
            hits.add(status, format!("STATUS is {}.", quote(&status.value)));
        }
    }
}

fn is_cancelled(event: &Component) -> bool {
    event
        .value("STATUS")
        .is_some_and(|status| status.eq_ignore_ascii_case("CANCELLED"))
}

fn request_cancelled(calendar: &Calendar<'_>, hits: &mut Hits) {
    if !calendar.is("REQUEST") {
        return;
    }
    // One occurrence of a series may be cancelled inside a request.
    let whole = calendar
        .events()
        .filter(|event| event.first("RECURRENCE-ID").is_none());
    for event in whole.filter(|event| is_cancelled(event)) {
        hits.add(
            event.spot_of("STATUS"),
            "A cancelled meeting is sent as a request.",
        );
    }
}

fn cancel_not_cancelled(calendar: &Calendar<'_>, hits: &mut Hits) {
    let events = calendar.events().filter(|_| calendar.is("CANCEL"));
    for event in events.filter(|event| !is_cancelled(event)) {
        hits.add(
            event.spot_of("STATUS"),
            "The cancelled event is not STATUS:CANCELLED.",
        );
    }
}

fn bad_enumeration(calendar: &Calendar<'_>, hits: &mut Hits) {
    for property in calendar.entry_properties() {
        let value = property.value.trim().to_ascii_uppercase();
        let is_good = match property.name.as_str() {
            "TRANSP" => ["OPAQUE", "TRANSPARENT"].contains(&value.as_str()),
            "PRIORITY" => value.parse::<u8>().is_ok_and(|priority| priority < 10),
            _ => continue,
        };
        if !is_good {
            hits.add(property, format!("{} is {}.", property.name, quote(&value)));
        }
    }
}

fn private_property(calendar: &Calendar<'_>, hits: &mut Hits) {
    for property in calendar
        .properties()
        .filter(|p| p.name.starts_with("X-CONFCTL-"))
    {
        hits.add(
            property,
            format!("{} is meant for the diary alone.", property.name),
        );
    }
}
