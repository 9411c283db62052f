//! A VTIMEZONE that can be evaluated, written as everybody reads it: Outlook takes one form only
//! ([MS-OXCICAL] 2.1.3.1.1.19).

use jiff::tz::{Offset, TimeZone};

use crate::calendar_object::change::property;
use crate::calendar_object::zones::{self, Zones};
use crate::icalendar::{Component, ContentLine, Edit, Rule, described_zone, offset, onset_clock};

/// Most of them; a meeting has one or two.
const MOST: usize = 32;

/// Writes every zone that a calendar uses as everybody reads it. What can't be evaluated stays.
pub(super) fn mend_zones(calendar: &mut Component, zones: &Zones) {
    let blocks = calendar.components_mut().filter(|c| c.name == "VTIMEZONE");
    let used = blocks.filter(|block| zones::name(block).is_some_and(|name| zones.has(&name)));
    let blocks = used
        .take(MOST)
        .filter(|block| described_zone(block).is_ok());
    for block in blocks {
        let has_standard = block.components().any(|part| part.name == "STANDARD");
        for part in block.components_mut() {
            if !has_standard && part.name == "DAYLIGHT" {
                part.rename("STANDARD");
            }
            mend_part(part);
        }
    }
}

fn mend_part(part: &mut Component) {
    let value = |part: &Component, name| part.property(name).map(|line| line.value);
    let to = value(part, "TZOFFSETTO").and_then(|value| offset(&value));
    let from = value(part, "TZOFFSETFROM").and_then(|value| offset(&value));
    let (Some(to), Some(start)) = (to, value(part, "DTSTART")) else {
        return;
    };
    let from = from.unwrap_or(to);
    set(part, "TZOFFSETFROM", &written(from));
    set(part, "TZOFFSETTO", &written(to));
    let Some(start) = onset_clock(&start, from) else {
        return;
    };
    set(
        part,
        "DTSTART",
        &start.strftime("%Y%m%dT%H%M%S").to_string(),
    );
    let Ok(start) = start.to_zoned(TimeZone::fixed(from)) else {
        return;
    };
    part.edit(|line| {
        let rule = line.is("RRULE").then(|| line.content()).flatten();
        let Some(rule) = rule.filter(|rule| rule.value.parse::<Rule>().is_err()) else {
            return Edit::Keep;
        };
        match Rule::read(&rule.value, &start, false) {
            Ok((rule, _)) => Edit::Say(property("RRULE", &rule.to_string())),
            Err(_) => Edit::Keep,
        }
    });
}

/// Unless it says that already.
fn set(part: &mut Component, name: &str, value: &str) {
    if part.property(name).is_none_or(|line| line.value != value) {
        let line: ContentLine = property(name, value);
        part.set(&line);
    }
}

/// `+0100`, and seconds if there are any (RFC 5545 3.3.14).
fn written(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let (hours, rest) = (seconds.abs() / 3600, seconds.abs() % 3600);
    match (rest / 60, rest % 60) {
        (minutes, 0) => format!("{sign}{hours:02}{minutes:02}"),
        (minutes, seconds) => format!("{sign}{hours:02}{minutes:02}{seconds:02}"),
    }
}
