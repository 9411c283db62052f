//! When it is: dates, times, and what belongs together.

use crate::icalendar::{Form, Moment, Problem, TIMES, duration, is_standard_duration};
use crate::lint::object::{Calendar, Component, Property};
use crate::lint::{Check, Hits, Rule, Severity, quote, words};

/// Times that say when something was written: always UTC.
const STAMPS: [&str; 4] = ["DTSTAMP", "CREATED", "LAST-MODIFIED", "COMPLETED"];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "bad-time",
        severity: Severity::Error,
        what: "a date or time that is none",
        why: "Every program refuses the event, or puts it somewhere in 1970.",
        fix: "Write 20270302T100000 with a TZID, 20270302T090000Z, or 20270302 with VALUE=DATE.",
        evidence: &["RFC 5545 3.3.4", "RFC 5545 3.3.5"],
        check: Check::Calendar(bad_time),
    },
    Rule {
        id: "undeclared-date",
        severity: Severity::Error,
        what: "a date alone without VALUE=DATE, or a time with it",
        why: "Outlook and strict readers expect a time and refuse the event.",
        fix: "Write VALUE=DATE with dates, and only with them.",
        evidence: &["RFC 5545 3.8.2.4", "RFC 5545 3.2.20"],
        check: Check::Calendar(undeclared_date),
    },
    Rule {
        id: "stamp-not-utc",
        severity: Severity::Error,
        what: "DTSTAMP, CREATED or LAST-MODIFIED that is not in UTC",
        why: "Programs compare it with what they have: an update looks hours older than the invitation and is dropped.",
        fix: "Write it in UTC, with a Z and without TZID.",
        evidence: &["RFC 5545 3.8.7.2"],
        check: Check::Calendar(stamp_not_utc),
    },
    Rule {
        id: "zone-on-utc",
        severity: Severity::Error,
        what: "a TZID on a time in UTC or on a date",
        why: "Some programs take the zone, others the Z.",
        fix: "Keep one of the two; a date has neither.",
        evidence: &["RFC 5545 3.2.19"],
        check: Check::Calendar(zone_on_utc),
    },
    Rule {
        id: "floating-time",
        severity: Severity::Warning,
        what: "an invitation to a time without a zone",
        why: "Everyone sees that clock in their own zone: people elsewhere come at another hour.",
        fix: "Write a TZID with its VTIMEZONE, or UTC.",
        evidence: &["RFC 5545 3.3.5"],
        check: Check::Invitation(floating_time),
    },
    Rule {
        id: "end-before-start",
        severity: Severity::Error,
        what: "DTEND that is not after DTSTART",
        why: "ics and calcurse refuse it; Exchange drops the meeting or makes it last no time.",
        fix: "Write an end after the start.",
        evidence: &["RFC 5545 3.8.2.2"],
        check: Check::Calendar(end_before_start),
    },
    Rule {
        id: "end-and-duration",
        severity: Severity::Error,
        what: "DTEND and DURATION together",
        why: "Only one may be there; programs take either.",
        fix: "Keep DTEND.",
        evidence: &["RFC 5545 3.6.1"],
        check: Check::Calendar(end_and_duration),
    },
    Rule {
        id: "bad-duration",
        severity: Severity::Error,
        what: "a DURATION that is none, or negative",
        why: "Programs refuse the event or lose its end.",
        fix: "Write PT1H30M, P1D or P1W.",
        evidence: &["RFC 5545 3.3.6", "RFC 5545 3.8.2.5"],
        check: Check::Calendar(bad_duration),
    },
    Rule {
        id: "end-in-other-form",
        severity: Severity::Error,
        what: "DTEND of another kind than DTSTART",
        why: "A date with a time, or a time with a zone and one without: programs refuse it or guess the zone.",
        fix: "Write both as dates, both in UTC, or both with a TZID.",
        evidence: &["RFC 5545 3.8.2.2"],
        check: Check::Calendar(end_in_other_form),
    },
];

fn times<'c>(calendar: &'c Calendar<'_>) -> impl Iterator<Item = &'c Property> {
    calendar.entry_properties().filter(|p| p.is_one_of(&TIMES))
}

/// The values of a list of times; a period (RFC 5545 3.3.9) counts with its start.
fn values(property: &Property) -> impl Iterator<Item = &str> {
    let is_period = property.has("VALUE", "PERIOD");
    property
        .value
        .split(',')
        .map(move |value| match value.split_once('/') {
            Some((start, _)) if is_period => start.trim(),
            _ => value.trim(),
        })
}

fn bad_time(calendar: &Calendar<'_>, hits: &mut Hits) {
    for found in &calendar.diagnostics {
        if let Problem::Time(_) = found.problem {
            hits.tell(found);
        }
    }
}

fn undeclared_date(calendar: &Calendar<'_>, hits: &mut Hits) {
    for property in times(calendar) {
        let first = values(property).next().unwrap_or_default();
        let Some(moment) = Moment::read(first, None) else {
            continue;
        };
        let is_date = moment.form == Form::Date;
        if is_date != property.has("VALUE", "DATE") {
            let (is, says) = match is_date {
                true => ("a date", "has no VALUE=DATE"),
                false => ("a time", "says VALUE=DATE"),
            };
            hits.add(property, format!("{} is {is} but {says}.", property.name));
        }
    }
}

fn stamp_not_utc(calendar: &Calendar<'_>, hits: &mut Hits) {
    for property in times(calendar).filter(|p| p.is_one_of(&STAMPS)) {
        let form = Moment::of(property).map(|moment| moment.form);
        if form.is_some_and(|form| form != Form::Utc) {
            hits.add(
                property,
                format!(
                    "{} is {}, which is not UTC.",
                    property.name,
                    quote(&property.value)
                ),
            );
        }
    }
}

fn zone_on_utc(calendar: &Calendar<'_>, hits: &mut Hits) {
    for property in times(calendar).filter(|p| p.parameter("TZID").is_some()) {
        let forms = values(property).filter_map(|value| Moment::read(value, None));
        if forms
            .map(|moment| moment.form)
            .any(|form| form != Form::Floating)
        {
            hits.add(
                property,
                format!(
                    "{} has a TZID and is {}.",
                    property.name,
                    quote(&property.value)
                ),
            );
        }
    }
}

fn floating_time(calendar: &Calendar<'_>, hits: &mut Hits) {
    for event in calendar.events() {
        for property in ["DTSTART", "DTEND"]
            .iter()
            .filter_map(|name| event.first(name))
        {
            let form = Moment::of(property).map(|moment| moment.form);
            if form == Some(Form::Floating) {
                hits.add(property, format!("{} has no zone.", property.name));
            }
        }
    }
}

fn start_and_end(event: &Component) -> Option<(Moment, Moment)> {
    Some((
        Moment::of(event.first("DTSTART")?)?,
        Moment::of(event.first("DTEND")?)?,
    ))
}

fn end_before_start(calendar: &Calendar<'_>, hits: &mut Hits) {
    for event in calendar.events() {
        let Some((start, end)) = start_and_end(event) else {
            continue;
        };
        if start.is_before(&end) == Some(false) {
            hits.add(event.spot_of("DTEND"), "The event ends before it begins.");
        }
    }
}

fn end_and_duration(calendar: &Calendar<'_>, hits: &mut Hits) {
    for event in calendar.events() {
        if event.first("DTEND").is_some() && event.first("DURATION").is_some() {
            hits.add(
                event.spot_of("DURATION"),
                "The event has DTEND and DURATION.",
            );
        }
    }
}

fn bad_duration(calendar: &Calendar<'_>, hits: &mut Hits) {
    for duration in calendar
        .entries()
        .filter_map(|entry| entry.first("DURATION"))
    {
        if !is_length(&duration.value) {
            hits.add(duration, format!("DURATION is {}.", quote(&duration.value)));
        }
    }
}

fn is_length(value: &str) -> bool {
    is_standard_duration(value) && duration(value).is_some_and(|length| !length.is_negative())
}

fn end_in_other_form(calendar: &Calendar<'_>, hits: &mut Hits) {
    for event in calendar.events() {
        let Some((start, end)) = start_and_end(event) else {
            continue;
        };
        let is_alike = match (&start.form, &end.form) {
            (Form::Zoned(_), Form::Zoned(_)) => true,
            (start, end) => start == end,
        };
        if !is_alike {
            let message = format!(
                "DTSTART is {}, DTEND is {}.",
                words(&start.form),
                words(&end.form)
            );
            hits.add(event.spot_of("DTEND"), message);
        }
    }
}
