//! Times of a calendar (RFC 5545 3.3.4, 3.3.5, 3.3.6), and the form in which a property has them.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

use crate::calendar_object::CalendarObjectError;
use crate::calendar_object::zones::Zones;
use crate::icalendar::{Component, ContentLine, Parameter};

/// Properties of a meeting that hold times in its zone.
pub(super) const NAMES: [&str; 5] = ["DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE"];

/// How a property writes its times.
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// TZID, or VALUE=DATE, or nothing.
    parameters: Vec<Parameter>,
    shape: Shape,
    zone: TimeZone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Date,
    Utc,
    Local,
}

impl Form {
    /// The form of DTSTART, which those of EXDATE and RECURRENCE-ID equal (RFC 5545 3.8.5.1).
    pub(super) fn of(line: &ContentLine, zones: &Zones) -> Self {
        let value = line.value.trim();
        let shape = match value.len() {
            8 => Shape::Date,
            _ if value.ends_with(['Z', 'z']) => Shape::Utc,
            _ => Shape::Local,
        };
        let named = line.parameter("TZID").map(|name| zones.get(name));
        let kept = |parameter: &&Parameter| ["TZID", "VALUE"].contains(&parameter.name.as_str());
        Self {
            parameters: line.parameters.iter().filter(kept).cloned().collect(),
            shape,
            zone: match shape {
                Shape::Utc => TimeZone::UTC,
                Shape::Local => named.unwrap_or(&zones.here).clone(),
                Shape::Date => zones.here.clone(),
            },
        }
    }

    /// Whether this form can say the time, and in the zone that it is meant in.
    pub(super) fn holds(&self, at: &Zoned) -> bool {
        *at.time_zone() == self.zone && self.says(at)
    }

    /// Whether this form can say the moment.
    pub(super) fn says(&self, at: &Zoned) -> bool {
        time(&self.value(at), &self.zone).is_some_and(|back| back == *at)
    }

    /// Whether it has days instead of times.
    pub(super) fn is_date(&self) -> bool {
        self.shape == Shape::Date
    }

    /// Whether its times are in UTC.
    pub(super) fn is_utc(&self) -> bool {
        self.shape == Shape::Utc
    }

    /// A property in this form; `times` with commas between.
    pub(super) fn line(&self, name: &str, times: &[Zoned]) -> ContentLine {
        let values: Vec<String> = times.iter().map(|at| self.value(at)).collect();
        ContentLine {
            name: name.to_owned(),
            parameters: self.parameters.clone(),
            value: values.join(","),
        }
    }

    fn value(&self, at: &Zoned) -> String {
        let at = at.with_time_zone(self.zone.clone());
        let pattern = match self.shape {
            Shape::Date => "%Y%m%d",
            Shape::Utc => "%Y%m%dT%H%M%SZ",
            Shape::Local => "%Y%m%dT%H%M%S",
        };
        at.strftime(pattern).to_string()
    }
}

/// The times of a property, each in its zone. Periods of RDATE count by their start.
pub(super) fn times(line: &ContentLine, zones: &Zones) -> Result<Vec<Zoned>, CalendarObjectError> {
    let zone = line.parameter("TZID").map(|name| zones.get(name));
    let zone = zone.unwrap_or(&zones.here);
    let values = line.value.split(',').map(str::trim);
    values
        .filter(|value| !value.is_empty())
        .map(|value| time(value, zone).ok_or_else(|| CalendarObjectError::time(&line.name, value)))
        .collect()
}

/// The one time of DTSTART, DTEND, RECURRENCE-ID.
pub(super) fn single_time(line: &ContentLine, zones: &Zones) -> Result<Zoned, CalendarObjectError> {
    let first = times(line, zones)?.into_iter().next();
    first.ok_or_else(|| CalendarObjectError::time(&line.name, &line.value))
}

/// When a meeting starts and ends (RFC 5545 3.6.1). The end is in the zone of the start, and never
/// before it.
pub(super) fn range(
    event: &Component,
    zones: &Zones,
) -> Result<(Zoned, Zoned), CalendarObjectError> {
    let line = event
        .property("DTSTART")
        .ok_or(CalendarObjectError::NoStart)?;
    let start = single_time(&line, zones)?;
    let end = match (event.property("DTEND"), event.property("DURATION")) {
        (Some(end), _) => single_time(&end, zones)?,
        (None, Some(length)) => {
            let span = length.value.trim().parse::<Span>().ok();
            let end = span.and_then(|span| start.checked_add(span).ok());
            end.ok_or_else(|| CalendarObjectError::time("DURATION", &length.value))?
        }
        (None, None) if Form::of(&line, zones).is_date() => {
            start.tomorrow().unwrap_or_else(|_| start.clone())
        }
        (None, None) => start.clone(),
    };
    let end = end.max(start.clone());
    let end = end.with_time_zone(start.time_zone().clone());
    Ok((start, end))
}

/// A UTC time such as DTSTAMP.
pub(super) fn stamp(line: &ContentLine) -> Option<Timestamp> {
    Some(time(line.value.trim(), &TimeZone::UTC)?.timestamp())
}

/// As DTSTAMP has it.
pub(super) fn stamp_line(name: &str, stamp: Timestamp) -> ContentLine {
    ContentLine {
        name: name.to_owned(),
        parameters: Vec::new(),
        value: stamp.strftime("%Y%m%dT%H%M%SZ").to_string(),
    }
}

/// A local time that is skipped or comes twice is what RFC 5545 3.3.5 says it is.
fn time(value: &str, zone: &TimeZone) -> Option<Zoned> {
    let value = value.split_once('/').map_or(value, |(start, _)| start);
    let (zone, local_value) = match value.strip_suffix(['Z', 'z']) {
        Some(utc) => (&TimeZone::UTC, utc),
        None => (zone, value),
    };
    let (date, time) = local_time(local_value)?;
    let at = DateTime::from_parts(date, time.unwrap_or_default());
    at.to_zoned(zone.clone()).ok()
}

/// `20270302` or `20270302T100000`; a leap second is the second before.
pub(super) fn local_time(value: &str) -> Option<(Date, Option<Time>)> {
    let (date, time) = match value.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(digits(time, 6)?)),
        None => (value, None),
    };
    let date = digits(date, 8)?;
    let year = i16::try_from(date / 10_000).ok()?;
    let date = Date::new(year, two(date / 100)?, two(date)?).ok()?;
    let time = match time {
        Some(time) => {
            Some(Time::new(two(time / 10_000)?, two(time / 100)?, two(time)?.min(59), 0).ok()?)
        }
        None => None,
    };
    Some((date, time))
}

fn digits(text: &str, count: usize) -> Option<u32> {
    let right = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    right.then(|| text.parse().ok()).flatten()
}

fn two(number: u32) -> Option<i8> {
    i8::try_from(number % 100).ok()
}
