//! STANDARD and DAYLIGHT, in the shapes that Outlook reads ([MS-OXCICAL] 2.1.3.1.1.19.2).

use crate::icalendar::{
    self, By, Day, End, Form, Frequency, Moment, Problem, TimeZoneError, named_zone, offset,
};
use crate::lint::object::{Calendar, Component, Property};
use crate::lint::{Check, Hits, Rule, Severity, quote};

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
        id: "unreadable-vtimezone",
        severity: Severity::Error,
        what: "a VTIMEZONE that says of no time what the clocks show",
        why: "Every program shows another hour.",
        fix: "Write it anew from current zone data.",
        evidence: &["RFC 5545 3.6.5"],
        check: Check::Calendar(unreadable_vtimezone),
    },
    Rule {
        id: "swapped-offsets",
        severity: Severity::Warning,
        what: "DAYLIGHT behind STANDARD, in a zone that nobody knows by name",
        why: "Whoever wrote it has likely swapped the two offsets: every meeting is two hours off.",
        fix: "Give STANDARD the offset of winter in TZOFFSETTO, and DAYLIGHT that of summer.",
        evidence: &["RFC 5545 3.6.5"],
        check: Check::Calendar(swapped_offsets),
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
                part.spot_of("DTSTART"),
                format!("{} has no local DTSTART.", part.name),
            );
        }
        for name in ["TZOFFSETFROM", "TZOFFSETTO"] {
            if part.value(name).is_none_or(|value| !is_offset(value)) {
                hits.add(
                    part.spot_of(name),
                    format!("{} has no good {name}.", part.name),
                );
            }
        }
    }
}

fn unreadable_vtimezone(calendar: &Calendar<'_>, hits: &mut Hits) {
    use TimeZoneError::{OneWay, TooMany};
    for found in &calendar.diagnostics {
        // What else can be wrong is told of the parts.
        if let Problem::TimeZone(OneWay(_) | TooMany) = found.problem {
            hits.tell(found);
        }
    }
}

fn swapped_offsets(calendar: &Calendar<'_>, hits: &mut Hits) {
    let is_named = |block: &Component| block.value("TZID").is_some_and(|n| named_zone(n).is_some());
    let blocks = calendar.components("VTIMEZONE");
    for block in blocks.filter(|block| block.is_swapped && !is_named(block)) {
        hits.add(
            block.line,
            "In summer the clocks are behind those of winter.",
        );
    }
}

fn observance_rdate(calendar: &Calendar<'_>, hits: &mut Hits) {
    for dates in observances(calendar).filter_map(|part| part.first("RDATE")) {
        hits.add(dates, "The change of the clock is a list of dates.");
    }
}

fn observance_rules(calendar: &Calendar<'_>, hits: &mut Hits) {
    for second in observances(calendar).filter_map(|part| part.all("RRULE").nth(1)) {
        hits.add(second, "This is a second RRULE.");
    }
}

fn observance_rule_shape(calendar: &Calendar<'_>, hits: &mut Hits) {
    for line in observances(calendar).filter_map(|part| part.first("RRULE")) {
        if let Some(trouble) = line.value.parse().ok().and_then(|rule| trouble(&rule)) {
            let message = format!("The rule {} {trouble}.", quote(&line.value));
            hits.add(line, message);
        }
    }
}

/// Why a rule is not one day a year as Outlook knows them.
fn trouble(rule: &icalendar::Rule) -> Option<&'static str> {
    let (days, numbers) = (&rule.days, rule.numbers(By::MonthDay));
    if rule.frequency != Frequency::Yearly {
        return Some("is not yearly");
    }
    if rule.numbers(By::Month).len() > 1 {
        return Some("names several months");
    }
    let is_one = |day: &Day| day.nth.is_some_and(|nth| nth.abs() <= 5);
    match (days.as_slice(), numbers.len()) {
        ([], 0) => Some("does not say on which day (BYDAY)"),
        ([], 1) => None,
        ([], _) => Some("names several days of the month"),
        ([day], 0) if is_one(day) => None,
        (_, 0) => Some("has a BYDAY that is not one ordinal and one day"),
        _ => Some("has BYDAY and BYMONTHDAY"),
    }
}

fn lonely_rule(calendar: &Calendar<'_>, hits: &mut Hits) {
    for block in calendar.components("VTIMEZONE") {
        let has_daylight = calendar.children(block).any(|part| part.name == "DAYLIGHT");
        let mut rules = calendar
            .children(block)
            .filter_map(|part| part.first("RRULE"));
        if let Some(rule) = rules.next().filter(|_| !has_daylight) {
            hits.add(rule, "There is no DAYLIGHT, but STANDARD has an RRULE.");
        }
    }
}

fn competing_rules(calendar: &Calendar<'_>, hits: &mut Hits) {
    for block in calendar.components("VTIMEZONE") {
        for kind in ["STANDARD", "DAYLIGHT"] {
            let parts = calendar.children(block).filter(|part| part.name == kind);
            let rules = parts.filter_map(|part| part.first("RRULE"));
            let mut endless = rules.filter(|line| {
                let rule: Result<icalendar::Rule, _> = line.value.parse();
                rule.is_ok_and(|rule| rule.end == End::Never)
            });
            if let Some(second) = endless.nth(1) {
                hits.add(
                    second,
                    format!("This is a second {kind} whose rule has no end."),
                );
            }
        }
    }
}

/// RFC 5545 3.3.14, as strictly as Outlook reads it.
fn is_offset(text: &str) -> bool {
    text.starts_with(['+', '-']) && [5, 7].contains(&text.len()) && offset(text).is_some()
}
