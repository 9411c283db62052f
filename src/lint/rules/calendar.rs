//! The frame: VCALENDAR, its own properties, and what is in what.

use std::collections::HashSet;

use crate::icalendar::Problem;
use crate::lint::object::{Calendar, Component};
use crate::lint::{Check, Hits, Purpose, Rule, Severity, quote};

/// RFC 5546 1.4.
const METHODS: [&str; 8] = [
    "PUBLISH",
    "REQUEST",
    "REPLY",
    "ADD",
    "CANCEL",
    "REFRESH",
    "COUNTER",
    "DECLINECOUNTER",
];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "no-calendar",
        severity: Severity::Error,
        what: "no BEGIN:VCALENDAR",
        why: "No program takes the file for a calendar.",
        fix: "Begin with BEGIN:VCALENDAR and end with END:VCALENDAR.",
        evidence: &["RFC 5545 3.4"],
        check: Check::Calendar(no_calendar),
    },
    Rule {
        id: "several-calendars",
        severity: Severity::Warning,
        what: "more than one VCALENDAR in one file",
        why: "Outlook and many importers read the first one only; CalDAV servers refuse the file.",
        fix: "Write one file for each.",
        evidence: &["RFC 5545 3.4", "RFC 4791 4.1"],
        check: Check::Calendar(several_calendars),
    },
    Rule {
        id: "missing-end",
        severity: Severity::Error,
        what: "BEGIN without END",
        why: "The file looks cut off: strict readers refuse it, others lose the component.",
        fix: "Close every component, innermost first.",
        evidence: &["RFC 5545 3.6"],
        check: Check::Calendar(missing_end),
    },
    Rule {
        id: "stray-end",
        severity: Severity::Error,
        what: "END without BEGIN",
        why: "Strict readers refuse the file.",
        fix: "Remove it, or add the BEGIN.",
        evidence: &["RFC 5545 3.6"],
        check: Check::Calendar(stray_end),
    },
    Rule {
        id: "deep-nesting",
        severity: Severity::Error,
        what: "components in components in components",
        why: "iCalendar has three levels; readers refuse more.",
        fix: "Write VEVENT into VCALENDAR and VALARM into VEVENT, no deeper.",
        evidence: &["RFC 5545 3.6"],
        check: Check::Calendar(deep_nesting),
    },
    Rule {
        id: "outside",
        severity: Severity::Error,
        what: "lines before BEGIN:VCALENDAR or after END:VCALENDAR",
        why: "Readers that expect a calendar there refuse the file.",
        fix: "Remove them.",
        evidence: &["RFC 5545 3.4"],
        check: Check::Calendar(outside),
    },
    Rule {
        id: "misplaced-component",
        severity: Severity::Error,
        what: "a component in the wrong place",
        why: "Programs do not look for it there: the event, its zone or its reminder is lost.",
        fix: "VEVENT and VTIMEZONE belong into VCALENDAR, VALARM into VEVENT, STANDARD and DAYLIGHT into VTIMEZONE.",
        evidence: &["RFC 5545 3.6"],
        check: Check::Calendar(misplaced_component),
    },
    Rule {
        id: "nothing-inside",
        severity: Severity::Error,
        what: "a VCALENDAR without any event",
        why: "There is nothing to show; a VCALENDAR must hold a component.",
        fix: "Add the VEVENT.",
        evidence: &["RFC 5545 3.6"],
        check: Check::Calendar(nothing_inside),
    },
    Rule {
        id: "missing-version",
        severity: Severity::Error,
        what: "no VERSION",
        why: "calcurse and others skip the file.",
        fix: "Write VERSION:2.0 as the first line in VCALENDAR.",
        evidence: &["RFC 5545 3.7.4"],
        check: Check::Calendar(missing_version),
    },
    Rule {
        id: "wrong-version",
        severity: Severity::Error,
        what: "a VERSION other than 2.0",
        why: "1.0 is vCalendar, another format, and read as such.",
        fix: "Write VERSION:2.0.",
        evidence: &["RFC 5545 3.7.4"],
        check: Check::Calendar(wrong_version),
    },
    Rule {
        id: "missing-prodid",
        severity: Severity::Error,
        what: "no PRODID",
        why: "vobject, ics and libical refuse or complain.",
        fix: "Write PRODID:-//your organisation//your program//EN.",
        evidence: &["RFC 5545 3.7.3"],
        check: Check::Calendar(missing_prodid),
    },
    Rule {
        id: "foreign-calendar-scale",
        severity: Severity::Error,
        what: "a CALSCALE other than GREGORIAN",
        why: "No calendar here knows another one; the file is refused or its dates are wrong.",
        fix: "Remove CALSCALE.",
        evidence: &["RFC 5545 3.7.1"],
        check: Check::Calendar(foreign_calendar_scale),
    },
    Rule {
        id: "missing-method",
        severity: Severity::Error,
        what: "an invitation without METHOD",
        why: "Outlook, Gmail and Apple Mail show an appointment or an attachment, without Accept and Decline.",
        fix: "Write METHOD:REQUEST (or CANCEL) into VCALENDAR, before VEVENT; if it is a file of a calendar, say --for caldav.",
        evidence: &["RFC 5546 1.4", "RFC 6047 2.4", "ical4j/ical4j#423"],
        check: Check::Invitation(missing_method),
    },
    Rule {
        id: "unknown-method",
        severity: Severity::Error,
        what: "a METHOD that iTIP does not have",
        why: "Mail programs show an attachment that they can not open.",
        fix: "Use REQUEST, CANCEL, PUBLISH, REPLY, ADD, REFRESH, COUNTER or DECLINECOUNTER.",
        evidence: &["RFC 5546 1.4"],
        check: Check::Calendar(unknown_method),
    },
    Rule {
        id: "misplaced-method",
        severity: Severity::Error,
        what: "METHOD inside VEVENT",
        why: "Programs look for it in VCALENDAR only, so there are no buttons.",
        fix: "Move it before BEGIN:VEVENT.",
        evidence: &["RFC 5545 3.7.2", "ical4j/ical4j#423"],
        check: Check::Calendar(misplaced_method),
    },
    Rule {
        id: "stored-method",
        severity: Severity::Error,
        what: "METHOD in what a CalDAV server should keep",
        why: "sabre (Baikal, Nextcloud) and Apple's server refuse to store it; vdirsyncer stops there.",
        fix: "Remove METHOD before the PUT.",
        evidence: &[
            "RFC 4791 4.1",
            "sabre-io/Baikal#968",
            "apple/ccs-calendarserver#281",
            "pimutils/vdirsyncer#502",
        ],
        check: Check::Stored(stored_method),
    },
    Rule {
        id: "several-uids",
        severity: Severity::Error,
        what: "several UIDs in one object",
        why: "CalDAV servers refuse it (Radicale answers 400); mail programs show the first meeting only.",
        fix: "Write one file for each UID; a series and its exceptions share theirs.",
        evidence: &["RFC 4791 4.1", "RFC 5546 3.2.2"],
        check: Check::Calendar(several_uids),
    },
    Rule {
        id: "repeated-instance",
        severity: Severity::Error,
        what: "the same occurrence, or the series itself, twice",
        why: "Programs keep one of the two, and not all the same one.",
        fix: "Keep the newer one.",
        evidence: &["RFC 5545 3.8.4.4"],
        check: Check::Calendar(repeated_instance),
    },
];

fn calendars<'c>(calendar: &'c Calendar<'_>) -> impl Iterator<Item = &'c Component> {
    calendar
        .components("VCALENDAR")
        .filter(|c| c.parent.is_none())
}

fn no_calendar(calendar: &Calendar<'_>, hits: &mut Hits) {
    if calendars(calendar).next().is_none() {
        hits.add(1, "There is no BEGIN:VCALENDAR.");
    }
}

fn several_calendars(calendar: &Calendar<'_>, hits: &mut Hits) {
    for second in calendars(calendar).skip(1) {
        hits.add(second.line, "Another VCALENDAR begins.");
    }
}

fn missing_end(calendar: &Calendar<'_>, hits: &mut Hits) {
    for found in &calendar.diagnostics {
        if let Problem::Unclosed { .. } = found.problem {
            hits.tell(found);
        }
    }
}

fn stray_end(calendar: &Calendar<'_>, hits: &mut Hits) {
    for found in &calendar.diagnostics {
        if let Problem::Stray { .. } = found.problem {
            hits.tell(found);
        }
    }
}

fn deep_nesting(calendar: &Calendar<'_>, hits: &mut Hits) {
    for found in &calendar.diagnostics {
        if let Problem::Deep(_) = found.problem {
            hits.tell(found);
        }
    }
}

fn outside(calendar: &Calendar<'_>, hits: &mut Hits) {
    for property in calendar.outside.iter().filter(|p| p.faults.is_empty()) {
        hits.add(
            property,
            format!("{} is in no component.", quote(&property.name)),
        );
    }
}

fn misplaced_component(calendar: &Calendar<'_>, hits: &mut Hits) {
    for component in &calendar.components {
        let place = match component.name.as_str() {
            "VEVENT" | "VTODO" | "VJOURNAL" | "VFREEBUSY" | "VTIMEZONE" => "VCALENDAR",
            "STANDARD" | "DAYLIGHT" => "VTIMEZONE",
            "VALARM" => "VEVENT",
            _ => continue,
        };
        let parent = component
            .parent
            .map(|at| calendar.components[at].name.as_str());
        let is_alarm_of_task = component.name == "VALARM" && parent == Some("VTODO");
        if parent != Some(place) && !is_alarm_of_task {
            let found = parent.map_or("nothing".to_owned(), quote);
            hits.add(
                component.line,
                format!("{} is in {found} instead of {place}.", component.name),
            );
        }
    }
}

fn nothing_inside(calendar: &Calendar<'_>, hits: &mut Hits) {
    for frame in calendars(calendar) {
        let mut inside = calendar.children(frame);
        if inside.all(|component| component.name == "VTIMEZONE") {
            hits.add(frame.line, "The calendar has no event.");
        }
    }
}

fn missing_version(calendar: &Calendar<'_>, hits: &mut Hits) {
    for frame in calendars(calendar).filter(|c| c.first("VERSION").is_none()) {
        hits.add(frame.spot_of("VERSION"), "The calendar has no VERSION.");
    }
}

fn wrong_version(calendar: &Calendar<'_>, hits: &mut Hits) {
    for version in calendars(calendar).filter_map(|c| c.first("VERSION")) {
        // RFC 5545 3.7.4 allows a range that ends with the version.
        if !version.value.trim().ends_with("2.0") {
            hits.add(version, format!("VERSION is {}.", quote(&version.value)));
        }
    }
}

fn missing_prodid(calendar: &Calendar<'_>, hits: &mut Hits) {
    for frame in calendars(calendar) {
        if frame.value("PRODID").is_none_or(str::is_empty) {
            hits.add(
                frame.spot_of("PRODID"),
                "The calendar does not say who made it (PRODID).",
            );
        }
    }
}

fn foreign_calendar_scale(calendar: &Calendar<'_>, hits: &mut Hits) {
    for scale in calendars(calendar).filter_map(|c| c.first("CALSCALE")) {
        if !scale.value.trim().eq_ignore_ascii_case("GREGORIAN") {
            hits.add(scale, format!("CALSCALE is {}.", quote(&scale.value)));
        }
    }
}

fn missing_method(calendar: &Calendar<'_>, hits: &mut Hits) {
    for frame in calendars(calendar).filter(|c| c.first("METHOD").is_none()) {
        hits.add(
            frame.spot_of("METHOD"),
            "The calendar has no METHOD, so it is no invitation.",
        );
    }
}

fn unknown_method(calendar: &Calendar<'_>, hits: &mut Hits) {
    for method in calendars(calendar).filter_map(|c| c.first("METHOD")) {
        let name = method.value.trim().to_ascii_uppercase();
        if !METHODS.contains(&name.as_str()) {
            hits.add(method, format!("METHOD is {}.", quote(&method.value)));
        }
    }
}

fn misplaced_method(calendar: &Calendar<'_>, hits: &mut Hits) {
    for method in calendar.entries().filter_map(|c| c.first("METHOD")) {
        hits.add(method, "METHOD is inside an event.");
    }
}

fn stored_method(calendar: &Calendar<'_>, hits: &mut Hits) {
    for method in calendars(calendar).filter_map(|c| c.first("METHOD")) {
        hits.add(
            method,
            format!("METHOD {} must not be stored.", quote(method.value.trim())),
        );
    }
}

fn several_uids(calendar: &Calendar<'_>, hits: &mut Hits) {
    // What is published may be a whole calendar.
    if calendar.purpose == Purpose::Mail && calendar.is("PUBLISH") {
        return;
    }
    let mut uids = calendar.entries().filter_map(|entry| entry.first("UID"));
    let Some(first) = uids.next() else {
        return;
    };
    for other in uids.filter(|other| other.value != first.value) {
        hits.add(
            other,
            format!(
                "{} is another UID than {}.",
                quote(&other.value),
                quote(&first.value)
            ),
        );
    }
}

fn repeated_instance(calendar: &Calendar<'_>, hits: &mut Hits) {
    let mut seen = HashSet::new();
    for entry in calendar.entries() {
        let Some(uid) = entry.value("UID") else {
            continue;
        };
        let instance = entry.value("RECURRENCE-ID");
        if !seen.insert((uid, instance)) {
            let what = instance.map_or("The meeting".to_owned(), |id| {
                format!("The occurrence {}", quote(id))
            });
            hits.add(entry.line, format!("{what} was there already."));
        }
    }
}
