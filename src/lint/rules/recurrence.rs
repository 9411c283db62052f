//! The RRULE of an event (RFC 5545 3.3.10).

use jiff::tz::{Offset, TimeZone};

use crate::icalendar::{self, By, End, Form, Moment, Problem, RuleError, Skip};
use crate::lint::object::{Calendar, Component, Property};
use crate::lint::{Check, Hits, Rule, Severity, words};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "bad-rrule",
        severity: Severity::Error,
        what: "an RRULE that is none",
        why: "calcurse and libical refuse it, others show the first meeting only.",
        fix: "Write FREQ=…, then parts with values that RFC 5545 has.",
        evidence: &["RFC 5545 3.3.10"],
        check: Check::Calendar(bad_rrule),
    },
    Rule {
        id: "count-and-until",
        severity: Severity::Error,
        what: "COUNT and UNTIL in one rule",
        why: "libical drops the whole rule: the series becomes a single meeting.",
        fix: "Keep UNTIL.",
        evidence: &["RFC 5545 3.3.10"],
        check: Check::Calendar(count_and_until),
    },
    Rule {
        id: "until-not-utc",
        severity: Severity::Error,
        what: "an UNTIL that is not in UTC although DTSTART has a zone",
        why: "Programs take it for their own clock or for UTC, and show one occurrence more or less.",
        fix: "Write UNTIL in UTC, with a Z.",
        evidence: &["RFC 5545 3.3.10"],
        check: Check::Calendar(until_not_utc),
    },
    Rule {
        id: "until-in-other-form",
        severity: Severity::Warning,
        what: "an UNTIL that is a date where DTSTART is a time, or the other way round",
        why: "Whether the last day still counts depends on the program.",
        fix: "Write a time with times, a date with dates.",
        evidence: &["RFC 5545 3.3.10"],
        check: Check::Calendar(until_in_other_form),
    },
    Rule {
        id: "until-before-start",
        severity: Severity::Error,
        what: "an UNTIL before DTSTART",
        why: "The series has no occurrence; programs show one, or nothing.",
        fix: "Let it end at the last occurrence.",
        evidence: &["RFC 5545 3.3.10"],
        check: Check::Calendar(until_before_start),
    },
    Rule {
        id: "several-rrules",
        severity: Severity::Warning,
        what: "several RRULEs in one event",
        why: "Outlook and Google read the first one only.",
        fix: "Write one series for each rule.",
        evidence: &["RFC 5545 3.8.5.3"],
        check: Check::Calendar(several_rrules),
    },
    Rule {
        id: "exrule",
        severity: Severity::Warning,
        what: "EXRULE",
        why: "It is no longer part of iCalendar; programs that ignore it show meetings that are off.",
        fix: "Write the dates as EXDATE.",
        evidence: &["RFC 5545 8.3.2"],
        check: Check::Calendar(exrule),
    },
    Rule {
        id: "utc-series",
        severity: Severity::Note,
        what: "a series in UTC",
        why: "When the clocks change it moves by an hour for everyone who lives by another zone.",
        fix: "Write DTSTART with a TZID, unless UTC is meant.",
        evidence: &["RFC 5545 3.3.5", "RFC 5545 3.8.5.3"],
        check: Check::Calendar(utc_series),
    },
    Rule {
        id: "rrule-beyond-outlook",
        severity: Severity::Warning,
        what: "an RRULE that Outlook and Exchange have no pattern for",
        why: "They show a single meeting, or refuse the series.",
        fix: "Use DAILY, WEEKLY, MONTHLY or YEARLY with one BYMONTHDAY or one BYDAY position, one BYMONTH.",
        evidence: &["[MS-OXCICAL] 2.1.3.2.2"],
        check: Check::Calendar(rrule_beyond_outlook),
    },
    Rule {
        id: "start-not-in-rule",
        severity: Severity::Warning,
        what: "a series that begins on a day on which it does not happen",
        why: "Some programs show that first meeting, others do not.",
        fix: "Begin on the first day of the rule.",
        evidence: &["RFC 5545 3.8.5.3"],
        check: Check::Calendar(start_not_in_rule),
    },
    Rule {
        id: "count-and-exdate",
        severity: Severity::Note,
        what: "COUNT together with EXDATE",
        why: "calcurse does not count what is left out and shows one meeting too many.",
        fix: "Write UNTIL instead of COUNT.",
        evidence: &["RFC 5545 3.8.5.1"],
        check: Check::Calendar(count_and_exdate),
    },
];

/// Each series with a rule that can be read.
fn rules<'c>(
    calendar: &'c Calendar<'_>,
) -> impl Iterator<Item = (&'c Component, &'c Property, icalendar::Rule)> {
    calendar.entries().filter_map(|entry| {
        let line = entry.first("RRULE")?;
        Some((entry, line, line.value.parse().ok()?))
    })
}

fn start(entry: &Component) -> Option<Moment> {
    Moment::of(entry.first("DTSTART")?)
}

/// Start and end of each series that has both.
fn ends<'c>(calendar: &'c Calendar<'_>) -> impl Iterator<Item = (&'c Property, Moment, Moment)> {
    rules(calendar).filter_map(|(entry, line, rule)| {
        let (form, at) = match rule.end {
            End::On(day) => (Form::Date, day.into()),
            End::OnClock(clock) => (Form::Floating, clock),
            End::At(at) => (Form::Utc, Offset::UTC.to_datetime(at)),
            End::Never | End::Times(_) => return None,
        };
        Some((line, start(entry)?, Moment { form, at }))
    })
}

fn bad_rrule(calendar: &Calendar<'_>, hits: &mut Hits) {
    for found in &calendar.diagnostics {
        if let Problem::Rule(error) = &found.problem
            && *error != RuleError::BothEnds
        {
            hits.tell(found);
        }
    }
}

fn count_and_until(calendar: &Calendar<'_>, hits: &mut Hits) {
    for found in &calendar.diagnostics {
        if found.problem == Problem::Rule(RuleError::BothEnds) {
            hits.tell(found);
        }
    }
}

fn until_not_utc(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (rule, start, until) in ends(calendar) {
        let has_zone = matches!(start.form, Form::Zoned(_) | Form::Utc);
        if has_zone && until.form == Form::Floating {
            hits.add(rule, "UNTIL has no Z, but DTSTART has a zone.");
        }
    }
}

fn until_in_other_form(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (rule, start, until) in ends(calendar) {
        let is_other = (start.form == Form::Date) != (until.form == Form::Date)
            || (start.form == Form::Floating && until.form == Form::Utc);
        if is_other {
            let (until, start) = (words(&until.form), words(&start.form));
            hits.add(rule, format!("UNTIL is {until}, DTSTART is {start}."));
        }
    }
}

fn until_before_start(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (rule, start, until) in ends(calendar) {
        let is_before = match until.form {
            Form::Utc => until.is_before(&start) == Some(true),
            Form::Date => until.at.date() < start.at.date(),
            _ => until.at < start.at,
        };
        if is_before {
            hits.add(rule, "The series ends before it begins.");
        }
    }
}

fn several_rrules(calendar: &Calendar<'_>, hits: &mut Hits) {
    for second in calendar
        .entries()
        .filter_map(|entry| entry.all("RRULE").nth(1))
    {
        hits.add(second, "This is a second RRULE.");
    }
}

fn exrule(calendar: &Calendar<'_>, hits: &mut Hits) {
    for rule in calendar.entries().filter_map(|entry| entry.first("EXRULE")) {
        hits.add(rule, "The event has an EXRULE.");
    }
}

fn utc_series(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (entry, line, rule) in rules(calendar) {
        let is_utc = start(entry).is_some_and(|start| start.form == Form::Utc);
        if is_utc && !rule.frequency.is_within_days() {
            hits.add(line, "The series is in UTC.");
        }
    }
}

fn rrule_beyond_outlook(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (_, line, rule) in rules(calendar) {
        if let Some(rare) = beyond_outlook(&rule) {
            hits.add(line, format!("Outlook has no pattern for {rare}."));
        }
    }
}

fn beyond_outlook(rule: &icalendar::Rule) -> Option<String> {
    if rule.frequency.is_within_days() {
        return Some(format!("FREQ={}", rule.frequency));
    }
    if rule.skip != Skip::Omit {
        return Some("SKIP".to_owned());
    }
    let is_rare = |(by, numbers): &&(By, Vec<i16>)| {
        matches!(by, By::Second | By::YearDay | By::WeekNumber) || numbers.len() > 1
    };
    let ordinals = rule.days.iter().filter(|day| day.nth.is_some()).count();
    match rule.by.iter().find(is_rare) {
        Some((by, numbers)) if numbers.len() > 1 => {
            Some(format!("{} with several numbers", by.name()))
        }
        Some((by, _)) => Some(by.name().to_owned()),
        None => (ordinals > 1).then(|| "BYDAY with several ordinals".to_owned()),
    }
}

fn start_not_in_rule(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (entry, line, rule) in rules(calendar) {
        let Some(start) = start(entry) else {
            continue;
        };
        // The clock on the wall counts, wherever it hangs.
        let Ok(clock) = start.at.to_zoned(TimeZone::UTC) else {
            continue;
        };
        let endless = icalendar::Rule {
            end: End::Never,
            ..rule
        };
        if endless.first(&clock).as_ref() != Some(&clock) {
            let at = start.at;
            let message = format!("{} is {:?}, not of the rule.", at.date(), at.weekday());
            hits.add(line, message);
        }
    }
}

fn count_and_exdate(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (entry, line, rule) in rules(calendar) {
        let counts = matches!(rule.end, End::Times(_));
        if counts && entry.first("EXDATE").is_some() {
            hits.add(line, "The rule counts, and EXDATE leaves some out.");
        }
    }
}
