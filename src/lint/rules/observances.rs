//! STANDARD and DAYLIGHT, in the shapes that Outlook reads ([MS-OXCICAL] 2.1.3.1.1.19.2).

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::Offset;

use super::recurrence::Parts;
use crate::lint::moment::{Form, Moment};
use crate::lint::object::{Calendar, Component, Property};
use crate::lint::{Check, Hits, Rule, Severity, quote};

/// Most onsets that are compared for one block.
const MOST_ONSETS: usize = 2000;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "empty-vtimezone",
        severity: Severity::Error,
        what: "a VTIMEZONE without STANDARD",
        why: "Outlook can not use it and ignores the zone, so that the meeting is hours off.",
        fix: "Write a STANDARD, and a DAYLIGHT if clocks change.",
        evidence: &["RFC 5545 3.6.5", "[MS-STANOICAL] 2.2.47"],
        check: Check::Calendar(empty_vtimezone),
    },
    Rule {
        id: "broken-observance",
        severity: Severity::Error,
        what: "STANDARD or DAYLIGHT without DTSTART, TZOFFSETFROM or TZOFFSETTO, or with a wrong one",
        why: "Programs can not use the zone and show another hour.",
        fix: "Write all three: a local time, and offsets like +0100.",
        evidence: &["RFC 5545 3.6.5", "RFC 5545 3.3.14"],
        check: Check::Calendar(broken_observance),
    },
    Rule {
        id: "observance-rdate",
        severity: Severity::Warning,
        what: "changes of the clock as a list of dates",
        why: "Outlook ignores the list: recurring meetings shift by an hour and the zone shows as another.",
        fix: "Write one RRULE:FREQ=YEARLY with BYMONTH and BYDAY.",
        evidence: &[
            "[MS-STANOICAL] 2.2.47",
            "iCalcreator/iCalcreator#86",
            "mangstadt/biweekly#76",
        ],
        check: Check::Calendar(observance_rdate),
    },
    Rule {
        id: "observance-rules",
        severity: Severity::Warning,
        what: "STANDARD or DAYLIGHT with several RRULEs",
        why: "Outlook reads one at most.",
        fix: "Keep the one that is in force at the time of the event.",
        evidence: &["[MS-OXCICAL] 2.1.3.1.1.19.2.2"],
        check: Check::Calendar(observance_rules),
    },
    Rule {
        id: "observance-rule-shape",
        severity: Severity::Warning,
        what: "a change of the clock by any rule but one day a year",
        why: "Outlook can not read it and shows 'not supported calendar message.ics', or another hour.",
        fix: "Write FREQ=YEARLY;BYMONTH=3 with either BYDAY=-1SU (one ordinal, one day) or BYMONTHDAY.",
        evidence: &[
            "[MS-OXCICAL] 2.1.3.1.1.19.2.2",
            "skarim/vobject#151",
            "py-vobject/vobject#11",
        ],
        check: Check::Calendar(observance_rule_shape),
    },
    Rule {
        id: "lonely-rule",
        severity: Severity::Warning,
        what: "a zone without daylight saving that has an RRULE all the same",
        why: "Outlook reads such a rule together with DAYLIGHT only, and was seen to refuse the invitation.",
        fix: "Write one STANDARD without RRULE.",
        evidence: &["[MS-OXCICAL] 2.1.3.1.1.19.2.2", "skarim/vobject#151"],
        check: Check::Calendar(lonely_rule),
    },
    Rule {
        id: "competing-rules",
        severity: Severity::Warning,
        what: "two STANDARDs, or two DAYLIGHTs, whose rules have no end",
        why: "Outlook keeps one of them, others apply both.",
        fix: "Keep the one that is in force at the time of the event.",
        evidence: &["[MS-STANOICAL] 2.2.47"],
        check: Check::Calendar(competing_rules),
    },
];

fn observances<'c>(calendar: &'c Calendar<'_>) -> impl Iterator<Item = &'c Component> {
    let is_one = |c: &&Component| ["STANDARD", "DAYLIGHT"].contains(&c.name.as_str());
    calendar.components.iter().filter(is_one)
}

fn empty_vtimezone(calendar: &Calendar<'_>, hits: &mut Hits) {
    for block in calendar.components("VTIMEZONE") {
        if calendar.children(block).all(|part| part.name != "STANDARD") {
            hits.add(block.line, "The VTIMEZONE has no STANDARD.");
        }
    }
}

fn broken_observance(calendar: &Calendar<'_>, hits: &mut Hits) {
    for part in observances(calendar) {
        let is_local =
            |start: &Property| Moment::of(start).is_some_and(|start| start.form == Form::Floating);
        let start = part.first("DTSTART");
        if !start.is_some_and(is_local) {
            hits.add(
                part.line_of("DTSTART"),
                format!("{} has no local DTSTART.", part.name),
            );
        }
        for name in ["TZOFFSETFROM", "TZOFFSETTO"] {
            if part.value(name).and_then(utc_offset).is_none() {
                hits.add(
                    part.line_of(name),
                    format!("{} has no good {name}.", part.name),
                );
            }
        }
    }
}

fn observance_rdate(calendar: &Calendar<'_>, hits: &mut Hits) {
    for dates in observances(calendar).filter_map(|part| part.first("RDATE")) {
        hits.add(dates.line, "The change of the clock is a list of dates.");
    }
}

fn observance_rules(calendar: &Calendar<'_>, hits: &mut Hits) {
    for second in observances(calendar).filter_map(|part| part.all("RRULE").nth(1)) {
        hits.add(second.line, "This is a second RRULE.");
    }
}

fn observance_rule_shape(calendar: &Calendar<'_>, hits: &mut Hits) {
    for rule in observances(calendar).filter_map(|part| part.first("RRULE")) {
        let parts = Parts::of(&rule.value);
        let (by_day, by_number) = (parts.value("BYDAY"), parts.value("BYMONTHDAY"));
        let trouble = match (by_day, by_number) {
            _ if parts.value("FREQ") != Some("YEARLY") => "is not yearly",
            (None, None) => "does not say on which day (BYDAY)",
            (Some(_), Some(_)) => "has BYDAY and BYMONTHDAY",
            (None, Some(days)) if days.contains(',') => "names several days of the month",
            (Some(day), None) if nth_weekday(day).is_none() => {
                "has a BYDAY that is not one ordinal and one day"
            }
            _ if parts
                .value("BYMONTH")
                .is_some_and(|month| month.parse::<i8>().is_err()) =>
            {
                "names several months"
            }
            _ => continue,
        };
        hits.add(
            rule.line,
            format!("The rule {} {trouble}.", quote(&rule.value)),
        );
    }
}

fn lonely_rule(calendar: &Calendar<'_>, hits: &mut Hits) {
    for block in calendar.components("VTIMEZONE") {
        let has_daylight = calendar.children(block).any(|part| part.name == "DAYLIGHT");
        let mut rules = calendar
            .children(block)
            .filter_map(|part| part.first("RRULE"));
        if let Some(rule) = rules.next().filter(|_| !has_daylight) {
            hits.add(
                rule.line,
                "There is no DAYLIGHT, but STANDARD has an RRULE.",
            );
        }
    }
}

fn competing_rules(calendar: &Calendar<'_>, hits: &mut Hits) {
    for block in calendar.components("VTIMEZONE") {
        for kind in ["STANDARD", "DAYLIGHT"] {
            let parts = calendar.children(block).filter(|part| part.name == kind);
            let rules = parts.filter_map(|part| part.first("RRULE"));
            let mut endless = rules.filter(|rule| {
                let parts = Parts::of(&rule.value);
                parts.value("UNTIL").is_none() && parts.value("COUNT").is_none()
            });
            if let Some(second) = endless.nth(1) {
                hits.add(
                    second.line,
                    format!("This is a second {kind} whose rule has no end."),
                );
            }
        }
    }
}

/// The offset that a block gives for a moment: that of the latest onset before it (RFC 5545 3.6.5).
/// None: it says nothing about it, or in a way that is not understood.
pub(super) fn offset(calendar: &Calendar<'_>, block: &Component, at: Timestamp) -> Option<Offset> {
    let mut latest: Option<(Timestamp, Offset)> = None;
    for part in calendar.children(block).take(MOST_ONSETS) {
        let from = utc_offset(part.value("TZOFFSETFROM")?)?;
        let to = utc_offset(part.value("TZOFFSETTO")?)?;
        for onset in onsets(part, at)? {
            let onset = from.to_timestamp(onset).ok()?;
            if onset <= at && latest.is_none_or(|(before, _)| before <= onset) {
                latest = Some((onset, to));
            }
        }
    }
    latest.map(|(_, offset)| offset)
}

/// The onsets of one observance that could be the latest before a moment.
fn onsets(part: &Component, at: Timestamp) -> Option<Vec<DateTime>> {
    let first = Moment::of(part.first("DTSTART")?)?.at;
    let mut onsets = vec![first];
    for dates in part.all("RDATE").take(MOST_ONSETS) {
        let dates = dates.value.split(',').take(MOST_ONSETS);
        onsets.extend(
            dates
                .filter_map(|date| Moment::read(date.trim(), None))
                .map(|date| date.at),
        );
    }
    let Some(rule) = part.first("RRULE") else {
        return Some(onsets);
    };
    let parts = Parts::of(&rule.value);
    if parts.value("FREQ") != Some("YEARLY")
        || parts.value("COUNT").is_some()
        || parts.value("INTERVAL").is_some()
    {
        return None;
    }
    let until = match parts.value("UNTIL") {
        Some(until) => Moment::read(until, None)?.at,
        None => DateTime::MAX,
    };
    let year = Offset::UTC.to_datetime(at).year().min(until.year());
    for year in [
        year.saturating_sub(1),
        year,
        year.saturating_add(1).min(until.year()),
    ] {
        let day = onset_in(year, &parts, first)?;
        // UNTIL is in UTC, but no zone is a day from it.
        let onset = day.to_datetime(first.time());
        if onset >= first && day <= until.date() {
            onsets.push(onset);
        }
    }
    Some(onsets)
}

fn onset_in(year: i16, parts: &Parts<'_>, first: DateTime) -> Option<Date> {
    let month = match parts.value("BYMONTH") {
        Some(month) => month.parse().ok()?,
        None => first.month(),
    };
    match (parts.value("BYDAY"), parts.value("BYMONTHDAY")) {
        (Some(day), None) => {
            let (nth, weekday) = nth_weekday(day)?;
            Date::new(year, month, 1)
                .ok()?
                .nth_weekday_of_month(nth, weekday)
                .ok()
        }
        (None, Some(day)) => Date::new(year, month, day.parse().ok()?).ok(),
        (None, None) => Date::new(year, month, first.day()).ok(),
        _ => None,
    }
}

/// `-1SU`: one ordinal and one day.
fn nth_weekday(text: &str) -> Option<(i8, Weekday)> {
    const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    let at = text.len().checked_sub(2)?;
    let (nth, day) = (text.get(..at)?, text.get(at..)?);
    let day = DAYS.iter().position(|known| *known == day)?;
    let weekday = Weekday::from_monday_zero_offset(i8::try_from(day).ok()?).ok()?;
    let nth: i8 = nth.parse().ok()?;
    (nth != 0 && nth.abs() <= 5).then_some((nth, weekday))
}

/// RFC 5545 3.3.14.
fn utc_offset(text: &str) -> Option<Offset> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    if ![4, 6].contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let pair = |at: usize| {
        digits
            .get(at..at + 2)
            .map_or(Some(0), |pair| pair.parse::<i32>().ok())
    };
    let (hours, minutes, seconds) = (pair(0)?, pair(2)?, pair(4)?);
    if minutes > 59 || seconds > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60 + seconds)).ok()
}
