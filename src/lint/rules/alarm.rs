//! Reminders.

use crate::icalendar::{Form, Moment, is_standard_duration};
use crate::lint::object::{Calendar, Component, Property};
use crate::lint::{Check, Hits, Rule, Severity, quote};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "broken-alarm",
        severity: Severity::Error,
        what: "a VALARM without ACTION or TRIGGER, or without what its ACTION needs",
        why: "ics and strict readers refuse the whole event; others give no reminder.",
        fix: "Write ACTION, TRIGGER, and DESCRIPTION for DISPLAY.",
        evidence: &["RFC 5545 3.6.6"],
        check: Check::Calendar(broken_alarm),
    },
    Rule {
        id: "bad-trigger",
        severity: Severity::Error,
        what: "a TRIGGER that is no duration and no time in UTC",
        why: "There is no reminder, or the event is refused.",
        fix: "Write TRIGGER:-PT15M.",
        evidence: &["RFC 5545 3.8.6.3"],
        check: Check::Calendar(bad_trigger),
    },
    Rule {
        id: "alarm-in-cancel",
        severity: Severity::Warning,
        what: "a reminder in a cancellation",
        why: "Programs that keep the event remind people of a meeting that is off.",
        fix: "Leave VALARM out.",
        evidence: &["RFC 5546 3.2.5"],
        check: Check::Calendar(alarm_in_cancel),
    },
];

fn broken_alarm(calendar: &Calendar<'_>, hits: &mut Hits) {
    for alarm in calendar.components("VALARM") {
        if let Some(missing) = missing_property(alarm) {
            hits.add(alarm.line, format!("The reminder has no {missing}."));
        }
    }
}

fn missing_property(alarm: &Component) -> Option<&'static str> {
    let lacks = |name: &&str| alarm.first(name).is_none();
    let action = alarm
        .value("ACTION")
        .unwrap_or_default()
        .to_ascii_uppercase();
    let needed: &[&str] = match action.as_str() {
        "DISPLAY" => &["TRIGGER", "DESCRIPTION"],
        "EMAIL" => &["TRIGGER", "DESCRIPTION", "SUMMARY", "ATTENDEE"],
        _ => &["ACTION", "TRIGGER"],
    };
    let repeats: &[&str] = match (alarm.first("REPEAT"), alarm.first("DURATION")) {
        (Some(_), None) => &["DURATION"],
        (None, Some(_)) => &["REPEAT"],
        _ => &[],
    };
    needed.iter().chain(repeats).copied().find(lacks)
}

fn bad_trigger(calendar: &Calendar<'_>, hits: &mut Hits) {
    for trigger in calendar
        .components("VALARM")
        .filter_map(|alarm| alarm.first("TRIGGER"))
    {
        if !is_trigger(trigger) {
            hits.add(trigger, format!("TRIGGER is {}.", quote(&trigger.value)));
        }
    }
}

fn is_trigger(trigger: &Property) -> bool {
    match trigger.has("VALUE", "DATE-TIME") {
        true => Moment::of(trigger).is_some_and(|moment| moment.form == Form::Utc),
        false => is_standard_duration(&trigger.value),
    }
}

fn alarm_in_cancel(calendar: &Calendar<'_>, hits: &mut Hits) {
    for alarm in calendar
        .components("VALARM")
        .filter(|_| calendar.is("CANCEL"))
    {
        hits.add(alarm.line, "What is cancelled has a reminder.");
    }
}
