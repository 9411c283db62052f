//! Occurrences of a series: those left out, added, or changed.

use std::collections::HashMap;

use crate::icalendar::{Form, Moment};
use crate::lint::object::{Calendar, Component, Property};
use crate::lint::{Check, Hits, Rule, Severity, quote, words};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "exdate-in-other-form",
        severity: Severity::Error,
        what: "an EXDATE or RDATE of another kind or zone than DTSTART",
        why: "It matches no occurrence: the meeting that was dropped stays in calendars.",
        fix: "Write it exactly as DTSTART is written: same TZID, or UTC, or dates.",
        evidence: &["RFC 5545 3.8.5.1", "[MS-OXCICAL] 2.1.3.1.1.20.13"],
        check: Check::Calendar(exdate_in_other_form),
    },
    Rule {
        id: "recurrence-id-in-other-form",
        severity: Severity::Error,
        what: "a RECURRENCE-ID of another kind or zone than the series' DTSTART",
        why: "Programs do not find the occurrence and show it twice: where it was and where it is.",
        fix: "Write the original start as DTSTART of the series is written, with the same TZID.",
        evidence: &["RFC 5545 3.8.4.4", "bitfireAT/ical4android#138"],
        check: Check::Calendar(recurrence_id_in_other_form),
    },
    Rule {
        id: "rule-in-occurrence",
        severity: Severity::Error,
        what: "RRULE, RDATE or EXDATE in one occurrence of a series",
        why: "Programs make a second series of it, or refuse it.",
        fix: "Remove them there; they belong to the series.",
        evidence: &["RFC 5545 3.8.4.4", "bitfireAT/ical4android#190"],
        check: Check::Calendar(rule_in_occurrence),
    },
    Rule {
        id: "this-and-future",
        severity: Severity::Warning,
        what: "RANGE=THISANDFUTURE",
        why: "Outlook and Google change that one occurrence only.",
        fix: "End the series before it and begin a new one.",
        evidence: &["RFC 5545 3.2.13"],
        check: Check::Calendar(this_and_future),
    },
];

fn exdate_in_other_form(calendar: &Calendar<'_>, hits: &mut Hits) {
    for entry in calendar.entries() {
        let Some(start) = entry.first("DTSTART").and_then(|start| Moment::of(start)) else {
            continue;
        };
        let dates = entry
            .properties
            .iter()
            .filter(|p| p.is_one_of(&["EXDATE", "RDATE"]));
        for property in dates.filter(|p| !p.has("VALUE", "PERIOD")) {
            let mut values = property.value.split(',');
            let other = values.find_map(|value| {
                let moment = Moment::read(value.trim(), property.parameter("TZID"))?;
                (moment.form != start.form).then_some(moment.form)
            });
            if let Some(form) = other {
                let message = format!(
                    "{} is {}, DTSTART is {}.",
                    property.name,
                    words(&form),
                    words(&start.form)
                );
                hits.add(property, message);
            }
        }
    }
}

fn ids<'c>(calendar: &'c Calendar<'_>) -> impl Iterator<Item = (&'c Component, &'c Property)> {
    calendar
        .entries()
        .filter_map(|entry| Some((entry, entry.first("RECURRENCE-ID")?)))
}

fn recurrence_id_in_other_form(calendar: &Calendar<'_>, hits: &mut Hits) {
    let starts = starts(calendar);
    for (entry, id) in ids(calendar) {
        let Some(form) = Moment::of(id).map(|moment| moment.form) else {
            continue;
        };
        let of_series = entry.value("UID").and_then(|uid| starts.get(uid));
        // Without the series, the occurrence itself is the best witness; its zone may be another.
        let own = entry
            .first("DTSTART")
            .and_then(|start| Moment::of(start))
            .map(|start| start.form);
        let (expected, is_alike) = match (of_series, own) {
            (Some(start), _) => (start.clone(), *start == form),
            (None, Some(own)) => {
                let is_alike = std::mem::discriminant(&own) == std::mem::discriminant(&form);
                (own, is_alike)
            }
            (None, None) => continue,
        };
        if !is_alike {
            let message = format!(
                "RECURRENCE-ID is {}, DTSTART is {}.",
                words(&form),
                words(&expected)
            );
            hits.add(id, message);
        }
    }
}

/// How each series writes its start, by UID.
fn starts<'c>(calendar: &'c Calendar<'_>) -> HashMap<&'c str, Form> {
    let series = calendar
        .entries()
        .filter(|entry| entry.first("RECURRENCE-ID").is_none());
    let starts = series.filter_map(|entry| {
        let start = Moment::of(entry.first("DTSTART")?)?;
        Some((entry.value("UID")?, start.form))
    });
    starts.collect()
}

fn rule_in_occurrence(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (entry, _) in ids(calendar) {
        let mut rules = entry
            .properties
            .iter()
            .filter(|p| p.is_one_of(&["RRULE", "RDATE", "EXDATE"]));
        if let Some(rule) = rules.next() {
            hits.add(rule, format!("One occurrence has {}.", rule.name));
        }
    }
}

fn this_and_future(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (_, id) in ids(calendar) {
        if let Some(range) = id.parameter("RANGE") {
            hits.add(id, format!("RECURRENCE-ID has RANGE={}.", quote(range)));
        }
    }
}
