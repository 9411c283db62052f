//! Which zones the times name, and whether the calendar describes them.

use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;

use crate::icalendar::{Form, Moment, TIMES, named_zone, unescape_text};
use crate::lint::object::{Calendar, Component, Property};
use crate::lint::{Check, Hits, Rule, Severity, quote};

/// Most different names that are looked up.
const MOST: usize = 32;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "undeclared-tzid",
        severity: Severity::Error,
        what: "a TZID without its VTIMEZONE",
        why: "Outlook takes the time as if it had no zone: the meeting is hours off for people elsewhere.",
        fix: "Add the VTIMEZONE with that TZID, or write the time in UTC.",
        evidence: &["RFC 5545 3.2.19", "owncloud-archive/calendar#687"],
        check: Check::Calendar(undeclared_tzid),
    },
    Rule {
        id: "unused-vtimezone",
        severity: Severity::Note,
        what: "a VTIMEZONE that no time uses",
        why: "Harmless, but Outlook may show the meeting in that zone.",
        fix: "Remove it.",
        evidence: &["RFC 5545 3.6.5"],
        check: Check::Calendar(unused_vtimezone),
    },
    Rule {
        id: "repeated-vtimezone",
        severity: Severity::Error,
        what: "two VTIMEZONEs with the same TZID",
        why: "Programs take the first or the last; where they differ the meeting moves.",
        fix: "Keep one for each TZID.",
        evidence: &["RFC 5545 3.6.5"],
        check: Check::Calendar(repeated_vtimezone),
    },
    Rule {
        id: "unnamed-vtimezone",
        severity: Severity::Error,
        what: "a VTIMEZONE without TZID",
        why: "No time can name it; strict readers refuse it.",
        fix: "Give it the TZID of the times.",
        evidence: &["RFC 5545 3.6.5"],
        check: Check::Calendar(unnamed_vtimezone),
    },
    Rule {
        id: "windows-tzid",
        severity: Severity::Warning,
        what: "a zone by its Windows name",
        why: "khal, Home Assistant and Nextcloud do not know it and refuse the event or show another hour.",
        fix: "Use the IANA name; Outlook reads it as well.",
        evidence: &[
            "pimutils/khal#498",
            "home-assistant/core#179613",
            "nextcloud/server#48079",
        ],
        check: Check::Calendar(windows_tzid),
    },
    Rule {
        id: "unknown-tzid",
        severity: Severity::Note,
        what: "a zone whose name is in no list",
        why: "Programs that trust names more than VTIMEZONE, as Google does, show another hour.",
        fix: "Use an IANA name such as Europe/Prague.",
        evidence: &["RFC 5545 3.8.3.1"],
        check: Check::Calendar(unknown_tzid),
    },
    Rule {
        id: "wrong-offset",
        severity: Severity::Error,
        what: "a VTIMEZONE that contradicts the zone that its TZID names",
        why: "Programs that trust the name and those that trust the rules show the meeting at different hours.",
        fix: "Write the VTIMEZONE anew from current zone data.",
        evidence: &["RFC 5545 3.6.5"],
        check: Check::Calendar(wrong_offset),
    },
    Rule {
        id: "late-observance",
        severity: Severity::Warning,
        what: "a VTIMEZONE that begins after the event",
        why: "Nothing says what the clock showed then: programs guess, or take UTC.",
        fix: "Let the first STANDARD or DAYLIGHT begin before the event; 1970 and 1601 both work.",
        evidence: &["RFC 5545 3.6.5"],
        check: Check::Calendar(late_observance),
    },
];

/// Each name that times use, with the first line that does.
fn names<'c>(calendar: &'c Calendar<'_>) -> Vec<(&'c str, &'c Property)> {
    let mut seen = HashSet::new();
    let times = calendar.entries().flat_map(|entry| {
        let alarms = calendar
            .children(entry)
            .flat_map(|alarm| alarm.all("TRIGGER"));
        entry
            .properties
            .iter()
            .filter(|p| p.is_one_of(&TIMES))
            .chain(alarms)
    });
    let named = times.filter_map(|property| Some((property.parameter("TZID")?, property)));
    named.filter(|(name, _)| seen.insert(*name)).collect()
}

/// The blocks by the name that parameters have for them; the first of each name.
fn declared_zones<'c>(calendar: &'c Calendar<'_>) -> HashMap<String, &'c Component> {
    let mut declared = HashMap::new();
    for block in calendar.components("VTIMEZONE") {
        if let Some(name) = block.value("TZID") {
            declared.entry(unescape_text(name)).or_insert(block);
        }
    }
    declared
}

fn undeclared_tzid(calendar: &Calendar<'_>, hits: &mut Hits) {
    let declared = declared_zones(calendar);
    for (name, property) in names(calendar) {
        if !declared.contains_key(name) {
            let message = format!(
                "{} names the zone {}, which no VTIMEZONE describes.",
                property.name,
                quote(name)
            );
            hits.add(property, message);
        }
    }
}

fn unused_vtimezone(calendar: &Calendar<'_>, hits: &mut Hits) {
    let used: HashSet<&str> = names(calendar).into_iter().map(|(name, _)| name).collect();
    for block in calendar.components("VTIMEZONE") {
        let name = block.value("TZID").map(unescape_text);
        if name.is_some_and(|name| !used.contains(name.as_str())) {
            hits.add(block.line, "No time uses this zone.");
        }
    }
}

fn repeated_vtimezone(calendar: &Calendar<'_>, hits: &mut Hits) {
    let mut seen = HashSet::new();
    for name in calendar
        .components("VTIMEZONE")
        .filter_map(|block| block.first("TZID"))
    {
        if !seen.insert(name.value.trim()) {
            hits.add(name, format!("{} is described twice.", quote(&name.value)));
        }
    }
}

fn unnamed_vtimezone(calendar: &Calendar<'_>, hits: &mut Hits) {
    for block in calendar.components("VTIMEZONE") {
        if block.value("TZID").is_none_or(str::is_empty) {
            hits.add(block.spot_of("TZID"), "The VTIMEZONE has no TZID.");
        }
    }
}

fn windows_tzid(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (name, property) in names(calendar) {
        if name.ends_with(" Standard Time") || name.ends_with(" Daylight Time") {
            hits.add(
                property,
                format!("{} is a name that only Windows knows.", quote(name)),
            );
        }
    }
}

fn unknown_tzid(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (name, property) in names(calendar).into_iter().take(MOST) {
        if named_zone(name).is_none() && !name.ends_with(" Time") {
            hits.add(
                property,
                format!("{} is no zone that people know.", quote(name)),
            );
        }
    }
}

/// The first time of each zone, with the zone and the block that describes it.
fn described_zones<'c>(
    calendar: &'c Calendar<'_>,
) -> impl Iterator<Item = (&'c Property, &'c Component, TimeZone, Moment)> {
    let declared = declared_zones(calendar);
    names(calendar)
        .into_iter()
        .take(MOST)
        .filter_map(move |(name, property)| {
            let block = declared.get(name)?;
            let moment = Moment::of(property)?;
            matches!(moment.form, Form::Zoned(_)).then_some(())?;
            Some((property, *block, named_zone(name)?.zone, moment))
        })
}

fn wrong_offset(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (property, block, zone, moment) in described_zones(calendar) {
        let Ok(instant) = zone.to_timestamp(moment.at) else {
            continue;
        };
        let right = zone.to_offset(instant);
        let told = block.zone.as_ref().map(|zone| zone.to_offset(instant));
        if let Some(told) = told.filter(|told| *told != right) {
            let message = format!(
                "At {} the VTIMEZONE gives {told}, the zone of that name has {right}.",
                quote(&property.value)
            );
            hits.add(block.line, message);
        }
    }
}

fn late_observance(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (property, block, ..) in described_zones(calendar) {
        let Some(moment) = Moment::of(property) else {
            continue;
        };
        let onsets = calendar
            .children(block)
            .filter_map(|part| Moment::of(part.first("DTSTART")?));
        let first = onsets.map(|onset| onset.at).min();
        if first.is_some_and(|first| first > moment.at) {
            hits.add(
                block.line,
                format!("The VTIMEZONE begins after {}.", quote(&property.value)),
            );
        }
    }
}
