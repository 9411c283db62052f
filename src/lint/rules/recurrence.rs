//! The RRULE of an event (RFC 5545 3.3.10).

use jiff::civil::Weekday;

use crate::lint::moment::{Form, Moment};
use crate::lint::object::{Calendar, Component, Property};
use crate::lint::{Check, Hits, Rule, Severity, quote};

const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

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

/// The parts of a rule.
pub(super) struct Parts<'v>(Vec<(&'v str, &'v str)>);

impl<'v> Parts<'v> {
    /// As written; what is no `NAME=value` has an empty value.
    pub(super) fn of(value: &'v str) -> Self {
        let parts = value.trim().split(';');
        Self(
            parts
                .map(|part| part.split_once('=').unwrap_or((part, "")))
                .collect(),
        )
    }

    /// The value of the first part of that name.
    pub(super) fn value(&self, name: &str) -> Option<&'v str> {
        let mut parts = self.0.iter();
        parts
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    }

    /// The first thing that RFC 5545 does not have.
    fn trouble(&self) -> Option<String> {
        if self.value("FREQ").is_none() {
            return Some("has no FREQ".to_owned());
        }
        let first = self.0.iter().take(32);
        for (at, (name, value)) in first.enumerate() {
            if self.0[..at]
                .iter()
                .any(|(before, _)| before.eq_ignore_ascii_case(name))
            {
                return Some(format!("has {} twice", quote(name)));
            }
            // RFC 5545 2: names and values of rules are the same in small letters.
            if !is_good(&name.to_ascii_uppercase(), &value.to_ascii_uppercase()) {
                return Some(format!("has {}", quote(&format!("{name}={value}"))));
            }
        }
        None
    }

    fn list(&self, name: &str) -> Vec<&'v str> {
        self.value(name)
            .map_or(Vec::new(), |value| value.split(',').collect())
    }
}

fn is_good(name: &str, value: &str) -> bool {
    let each = |good: &dyn Fn(&str) -> bool| value.split(',').all(good);
    let within =
        |most: i32| move |text: &str| number(text).is_some_and(|n| n != 0 && n.abs() <= most);
    let clock = |most: i32| move |text: &str| number(text).is_some_and(|n| (0..=most).contains(&n));
    match name {
        "FREQ" => [
            "SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY",
        ]
        .contains(&value),
        "INTERVAL" | "COUNT" => number(value).is_some_and(|n| n > 0),
        "UNTIL" => Moment::read(value, None).is_some(),
        "BYSECOND" => each(&clock(60)),
        "BYMINUTE" => each(&clock(59)),
        "BYHOUR" => each(&clock(23)),
        "BYDAY" => each(&|text| weekday(text).is_some()),
        "BYMONTHDAY" => each(&within(31)),
        "BYYEARDAY" | "BYSETPOS" => each(&within(366)),
        "BYWEEKNO" => each(&within(53)),
        // RFC 7529 adds leap months, which no Gregorian rule has.
        "BYMONTH" => each(&|text| number(text).is_some_and(|n| (1..=12).contains(&n))),
        "WKST" => DAYS.contains(&value),
        "RSCALE" => value == "GREGORIAN",
        "SKIP" => ["OMIT", "BACKWARD", "FORWARD"].contains(&value),
        _ => false,
    }
}

fn number(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// `TU`, `-1SU`: the ordinal, if there is one, and the day.
fn weekday(text: &str) -> Option<(Option<i32>, Weekday)> {
    let at = text.len().checked_sub(2)?;
    let (nth, day) = (text.get(..at)?, text.get(at..)?);
    let day = DAYS.iter().position(|known| *known == day)?;
    let day = Weekday::from_monday_zero_offset(i8::try_from(day).ok()?).ok()?;
    let nth = match nth {
        "" => None,
        nth => Some(number(nth).filter(|nth| *nth != 0 && nth.abs() <= 53)?),
    };
    Some((nth, day))
}

fn rules<'c>(
    calendar: &'c Calendar<'_>,
) -> impl Iterator<Item = (&'c Component, &'c Property, Parts<'c>)> {
    calendar.entries().filter_map(|entry| {
        let rule = entry.first("RRULE")?;
        Some((entry, rule, Parts::of(&rule.value)))
    })
}

fn start(entry: &Component) -> Option<Moment> {
    Moment::of(entry.first("DTSTART")?)
}

/// Start and end of each series that has both.
fn ends<'c>(calendar: &'c Calendar<'_>) -> impl Iterator<Item = (&'c Property, Moment, Moment)> {
    rules(calendar).filter_map(|(entry, rule, parts)| {
        Some((
            rule,
            start(entry)?,
            Moment::read(parts.value("UNTIL")?, None)?,
        ))
    })
}

fn bad_rrule(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (_, rule, parts) in rules(calendar) {
        if let Some(trouble) = parts.trouble() {
            hits.add(rule.line, format!("The rule {trouble}."));
        }
    }
}

fn count_and_until(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (_, rule, parts) in rules(calendar) {
        if parts.value("COUNT").is_some() && parts.value("UNTIL").is_some() {
            hits.add(rule.line, "The rule has COUNT and UNTIL.");
        }
    }
}

fn until_not_utc(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (rule, start, until) in ends(calendar) {
        let has_zone = matches!(start.form, Form::Zoned(_) | Form::Utc);
        if has_zone && until.form == Form::Floating {
            hits.add(rule.line, "UNTIL has no Z, but DTSTART has a zone.");
        }
    }
}

fn until_in_other_form(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (rule, start, until) in ends(calendar) {
        let is_other = (start.form == Form::Date) != (until.form == Form::Date)
            || (start.form == Form::Floating && until.form == Form::Utc);
        if is_other {
            let message = format!(
                "UNTIL is {}, DTSTART is {}.",
                until.form.words(),
                start.form.words()
            );
            hits.add(rule.line, message);
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
            hits.add(rule.line, "The series ends before it begins.");
        }
    }
}

fn several_rrules(calendar: &Calendar<'_>, hits: &mut Hits) {
    for second in calendar
        .entries()
        .filter_map(|entry| entry.all("RRULE").nth(1))
    {
        hits.add(second.line, "This is a second RRULE.");
    }
}

fn exrule(calendar: &Calendar<'_>, hits: &mut Hits) {
    for rule in calendar.entries().filter_map(|entry| entry.first("EXRULE")) {
        hits.add(rule.line, "The event has an EXRULE.");
    }
}

fn utc_series(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (entry, rule, parts) in rules(calendar) {
        let is_short =
            ["SECONDLY", "MINUTELY", "HOURLY"].contains(&parts.value("FREQ").unwrap_or_default());
        let is_utc = start(entry).is_some_and(|start| start.form == Form::Utc);
        if is_utc && !is_short {
            hits.add(rule.line, "The series is in UTC.");
        }
    }
}

fn rrule_beyond_outlook(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (_, rule, parts) in rules(calendar).filter(|(_, _, parts)| parts.trouble().is_none()) {
        let is_rare = parts.0.iter().find(|(name, value)| match *name {
            "FREQ" => ["SECONDLY", "MINUTELY", "HOURLY"].contains(value),
            "BYSECOND" | "BYYEARDAY" | "BYWEEKNO" | "RSCALE" | "SKIP" => true,
            "BYMONTHDAY" | "BYMONTH" | "BYSETPOS" | "BYHOUR" | "BYMINUTE" => value.contains(','),
            _ => false,
        });
        let ordinals = parts
            .list("BYDAY")
            .into_iter()
            .filter_map(weekday)
            .filter(|(nth, _)| nth.is_some());
        let many = (ordinals.count() > 1).then_some(&("BYDAY", "with several ordinals"));
        if let Some((name, value)) = is_rare.or(many) {
            hits.add(
                rule.line,
                format!("Outlook has no pattern for {name} {}.", quote(value)),
            );
        }
    }
}

fn start_not_in_rule(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (entry, rule, parts) in rules(calendar) {
        let Some(start) = start(entry) else {
            continue;
        };
        if !may_begin(start.at.date(), &parts) {
            hits.add(
                rule.line,
                format!(
                    "{} is on {:?}, not on a day of the rule.",
                    start.at.date(),
                    start.at.weekday()
                ),
            );
        }
    }
}

/// Whether the date is on one of the days that the rule names; what else it says is not looked at.
fn may_begin(date: jiff::civil::Date, parts: &Parts<'_>) -> bool {
    let days: Vec<_> = parts
        .list("BYDAY")
        .into_iter()
        .filter_map(weekday)
        .collect();
    let is_weekday = days.is_empty() || days.iter().any(|(_, day)| *day == date.weekday());
    let numbers: Vec<_> = parts
        .list("BYMONTHDAY")
        .into_iter()
        .filter_map(number)
        .collect();
    let from_end = i32::from(date.day()) - i32::from(date.days_in_month()) - 1;
    let is_number = numbers.is_empty()
        || numbers.contains(&i32::from(date.day()))
        || numbers.contains(&from_end);
    let months: Vec<_> = parts
        .list("BYMONTH")
        .into_iter()
        .filter_map(number)
        .collect();
    let is_month = months.is_empty() || months.contains(&i32::from(date.month()));
    is_weekday && is_number && is_month
}

fn count_and_exdate(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (entry, rule, parts) in rules(calendar) {
        if parts.value("COUNT").is_some() && entry.first("EXDATE").is_some() {
            hits.add(rule.line, "The rule counts, and EXDATE leaves some out.");
        }
    }
}
