//! Times of a calendar (RFC 5545 3.3.4, 3.3.5, 3.3.6), and the form in which a property has them.

use std::cmp::Ordering;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::calendar_object::CalendarObjectError;
use crate::calendar_object::zones::Zones;
use crate::icalendar::{Component, ContentLine, Parameter, duration, local_time};

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

    /// Whether a value is a time that the clocks of its zone skip or show twice.
    pub(super) fn is_between_clocks(&self, value: &str) -> bool {
        let local = local_time(value.trim()).filter(|_| self.shape == Shape::Local);
        local.is_some_and(|(day, time)| {
            let clock = DateTime::from_parts(day, time.unwrap_or_default());
            self.zone.to_ambiguous_timestamp(clock).is_ambiguous()
        })
    }

    /// Whether both write their times in the same way.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let tzid = |form: &Self| form.parameters.iter().find(|p| p.name == "TZID").cloned();
        self.shape == other.shape && tzid(self) == tzid(other)
    }

    /// Whether its times are those of whatever zone somebody is in.
    pub(super) fn is_floating(&self) -> bool {
        let has_zone = self
            .parameters
            .iter()
            .any(|parameter| parameter.name == "TZID");
        self.shape == Shape::Local && !has_zone
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

    /// A period of RDATE (RFC 5545 3.3.9).
    pub(super) fn period(&self, start: &Zoned, end: &Zoned) -> String {
        format!("{}/{}", self.value(start), self.value(end))
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

/// A value of RDATE or EXDATE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A moment, and for a period of RDATE its end.
    At(Zoned, Option<Zoned>),
    /// A day, whatever the zone.
    Day(Date),
}

/// The values of a property, each in its zone.
pub(super) fn values(line: &ContentLine, zones: &Zones) -> Result<Vec<Value>, CalendarObjectError> {
    let zone = line.parameter("TZID").map(|name| zones.get(name));
    let zone = zone.unwrap_or(&zones.here);
    let values = line.value.split(',').map(str::trim);
    values
        .filter(|value| !value.is_empty())
        .map(|text| value(text, zone).ok_or_else(|| CalendarObjectError::time(&line.name, text)))
        .collect()
}

fn value(text: &str, zone: &TimeZone) -> Option<Value> {
    if let Some((start, end)) = text.split_once('/') {
        let start = time(start, zone)?;
        let end = match duration(end) {
            Some(span) => start.checked_add(span).ok()?,
            None => time(end, zone)?.with_time_zone(start.time_zone().clone()),
        };
        return (end >= start).then_some(Value::At(start, Some(end)));
    }
    match local_time(text) {
        Some((day, None)) => Some(Value::Day(day)),
        _ => Some(Value::At(time(text, zone)?, None)),
    }
}

/// The times of a property, each in its zone: days begin at midnight, periods count by their start.
pub(super) fn times(line: &ContentLine, zones: &Zones) -> Result<Vec<Zoned>, CalendarObjectError> {
    let time = |value| match value {
        Value::At(at, _) => Ok(at),
        Value::Day(day) => (day.to_zoned(zones.here.clone()))
            .map_err(|_| CalendarObjectError::time(&line.name, &line.value)),
    };
    values(line, zones)?.into_iter().map(time).collect()
}

/// The one time of DTSTART, DTEND, RECURRENCE-ID.
pub(super) fn single_time(line: &ContentLine, zones: &Zones) -> Result<Zoned, CalendarObjectError> {
    let first = times(line, zones)?.into_iter().next();
    first.ok_or_else(|| CalendarObjectError::time(&line.name, &line.value))
}

/// What is odd about the end of a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OddEnd {
    /// It ends before it starts.
    Before,
    /// It ends when it starts, and says so.
    Same,
    /// A whole day that lasts no time.
    SameDay,
}

/// When a meeting starts and ends (RFC 5545 3.6.1). The end is in the zone of the start, and never
/// before it; a whole day is at least one.
pub(super) fn range(
    event: &Component,
    zones: &Zones,
) -> Result<(Zoned, Zoned), CalendarObjectError> {
    let (start, end, _) = range_and_fault(event, zones)?;
    Ok((start, end))
}

/// The same, and what is odd about the end.
pub(super) fn range_and_fault(
    event: &Component,
    zones: &Zones,
) -> Result<(Zoned, Zoned, Option<OddEnd>), CalendarObjectError> {
    let line = event
        .property("DTSTART")
        .ok_or(CalendarObjectError::NoStart)?;
    let start = single_time(&line, zones)?;
    let is_day = Form::of(&line, zones).is_date();
    let tomorrow = || start.tomorrow().unwrap_or_else(|_| start.clone());
    let (end, is_said) = match (event.property("DTEND"), event.property("DURATION")) {
        (Some(end), _) => (single_time(&end, zones)?, true),
        (None, Some(length)) => {
            let end = duration(&length.value).and_then(|span| start.checked_add(span).ok());
            let wrong = || CalendarObjectError::duration(&length.value);
            (end.ok_or_else(wrong)?, true)
        }
        (None, None) if is_day => (tomorrow(), false),
        (None, None) => (start.clone(), false),
    };
    let fault = match end.timestamp().cmp(&start.timestamp()) {
        Ordering::Greater => None,
        Ordering::Less => Some(OddEnd::Before),
        Ordering::Equal if is_day => Some(OddEnd::SameDay),
        Ordering::Equal => is_said.then_some(OddEnd::Same),
    };
    let end = match end <= start {
        true if is_day => tomorrow(),
        true => start.clone(),
        false => end,
    };
    let end = end.with_time_zone(start.time_zone().clone());
    Ok((start, end, fault))
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
    let (zone, local_value) = match value.strip_suffix(['Z', 'z']) {
        Some(utc) => (&TimeZone::UTC, utc),
        None => (zone, value),
    };
    let (date, time) = local_time(local_value)?;
    let at = DateTime::from_parts(date, time.unwrap_or_default());
    at.to_zoned(zone.clone()).ok()
}
