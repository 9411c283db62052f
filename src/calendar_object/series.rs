//! A series in its calendar: the rule, the dates taken out, the occurrences with a will of their
//! own.

mod shift;

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::calendar_object::notes::is_private;
use crate::calendar_object::time::{self, Form, Value};
use crate::calendar_object::zones::Zones;
use crate::calendar_object::{CalendarObjectError, occurrences, read};
use crate::icalendar::{Component, ContentLine, End, Rule};

pub(super) use shift::Move;

/// [MS-OXCICAL] 2.1.3.1.1.20: an exception to its series.
const EXCEPTION: &str = "3";

/// Original start of the occurrence that a VEVENT is about; none: it is about all of them.
pub(super) fn original(
    event: &Component,
    zones: &Zones,
) -> Result<Option<Zoned>, CalendarObjectError> {
    let line = event.property("RECURRENCE-ID");
    line.map(|line| time::single_time(&line, zones)).transpose()
}

/// Most rules of one meeting; calendars write one.
pub(super) const MOST_RULES: usize = 16;

/// The rules of a VEVENT, as other programs have written them; none: one of them can't be read, or they are too
/// many to be followed.
pub(super) fn rules(event: &Component, start: &Zoned, is_day: bool) -> Option<Vec<Rule>> {
    if event.all("RRULE").count() > MOST_RULES {
        return None;
    }
    let read = |line: ContentLine| Rule::read(&line.value, start, is_day).ok();
    let rules = event.all("RRULE").map(|line| Some(read(line)?.0));
    rules.collect()
}

/// What EXDATE takes out of a series.
pub(super) struct Exclusions {
    /// Original starts.
    pub(super) moments: HashSet<Timestamp>,
    /// Days on which nothing of the series takes place, in the zone of its start: some programs take out
    /// days of a series with times, and times of one with whole days.
    pub(super) days: HashSet<Date>,
    /// The zone of the start.
    zone: TimeZone,
}

impl Exclusions {
    pub(super) fn of(master: &Component, zones: &Zones) -> Result<Self, CalendarObjectError> {
        let line = master.property("DTSTART");
        let line = line.ok_or(CalendarObjectError::NoStart)?;
        let is_day = Form::of(&line, zones).is_date();
        let start = time::single_time(&line, zones)?;
        let (mut moments, mut days) = (HashSet::new(), HashSet::new());
        for line in master.all("EXDATE") {
            for value in time::values(&line, zones)? {
                match value {
                    Value::Day(day) => _ = days.insert(day),
                    Value::At(at, _) if is_day => _ = days.insert(at.date()),
                    Value::At(at, _) => _ = moments.insert(at.timestamp()),
                }
            }
        }
        Ok(Self {
            moments,
            days,
            zone: start.time_zone().clone(),
        })
    }

    /// Those lines of EXDATE that can be read.
    pub(super) fn readable(master: &Component, start: &Zoned, zones: &Zones) -> Self {
        let lines = master.all("EXDATE").flat_map(|line| {
            let values: Vec<String> = line.value.split(',').map(str::to_owned).collect();
            let one = values.into_iter().map(move |value| ContentLine {
                value,
                ..line.clone()
            });
            one.collect::<Vec<_>>()
        });
        let times = lines.filter_map(|line| time::times(&line, zones).ok());
        Self {
            moments: times.flatten().map(|at| at.timestamp()).collect(),
            days: HashSet::new(),
            zone: start.time_zone().clone(),
        }
    }

    pub(super) fn has(&self, at: &Zoned) -> bool {
        self.moments.contains(&at.timestamp())
            || !self.days.is_empty()
                && self
                    .days
                    .contains(&at.with_time_zone(self.zone.clone()).date())
    }
}

/// Whether the occurrence was taken out of the series.
pub(super) fn is_excluded(master: &Component, at: &Zoned, zones: &Zones) -> bool {
    Exclusions::of(master, zones).is_ok_and(|exclusions| exclusions.has(at))
}

/// Original starts of what was taken out of a series, in the order of the file. Of a day that was taken out
/// as a whole these are all of that day, or the time of the first start.
pub(super) fn excluded(
    master: &Component,
    zones: &Zones,
) -> Result<Vec<Zoned>, CalendarObjectError> {
    let (start, _) = time::range(master, zones)?;
    let is_day = form(master, zones)?.is_date();
    let zone = start.time_zone();
    let on = |day: Date, time| day.to_datetime(time).to_zoned(zone.clone());
    let mut excluded = Vec::new();
    let mut days = HashSet::new();
    let mut of_days = None;
    for line in master.all("EXDATE") {
        for value in time::values(&line, zones)? {
            let day = match value {
                Value::At(at, _) if !is_day => {
                    excluded.push(at);
                    continue;
                }
                Value::At(at, _) => at.date(),
                Value::Day(day) => day,
            };
            if !days.insert(day) {
                continue;
            }
            let starts = of_days.get_or_insert_with(|| {
                let mut by_day: HashMap<Date, Vec<Zoned>> = HashMap::new();
                for at in occurrences::starts_on_days(master, zones) {
                    by_day.entry(at.date()).or_default().push(at);
                }
                by_day
            });
            match starts.remove(&day) {
                Some(starts) => excluded.extend(starts),
                None => excluded.extend(on(day, start.time()).ok()),
            }
        }
    }
    Ok(excluded)
}

/// Original starts of occurrences that were taken out or cancelled, in order, in the zone of the
/// start.
pub(super) fn dropped_occurrences(calendar: &Component, zones: &Zones) -> Vec<Zoned> {
    let mut dropped = Vec::new();
    let mut start = None;
    for event in calendar.components().filter(|c| c.name == "VEVENT") {
        match original(event, zones) {
            Ok(None) => {
                let line = event.property("DTSTART");
                start = start.or_else(|| time::single_time(&line?, zones).ok());
                dropped.extend(excluded(event, zones).unwrap_or_default());
            }
            Ok(original) if read::is_cancelled(event) => dropped.extend(original),
            _ => {}
        }
    }
    if let Some(start) = start {
        let zone = start.time_zone();
        dropped = dropped
            .iter()
            .map(|at| at.with_time_zone(zone.clone()))
            .collect();
    }
    dropped.sort();
    dropped.dedup();
    dropped
}

/// Takes one occurrence out, in the form of DTSTART (RFC 5545 3.8.5.1).
pub(super) fn exclude(
    master: &mut Component,
    at: &Zoned,
    zones: &Zones,
) -> Result<(), CalendarObjectError> {
    if !is_excluded(master, at, zones) {
        let form = form(master, zones)?;
        master.add(&form.line("EXDATE", std::slice::from_ref(at)));
    }
    Ok(())
}

/// The last occurrence up to that one that says how all that follow are (RFC 5545 3.2.13), and where the rule had
/// it.
fn onward<'c>(
    calendar: &'c Component,
    original: &Zoned,
    zones: &Zones,
) -> Option<(&'c Component, Zoned)> {
    let events = calendar.components().filter(|c| c.name == "VEVENT");
    let onward =
        events.filter(|event| occurrences::range(event).as_deref() == Some("THISANDFUTURE"));
    let begun = onward.filter_map(|event| {
        let from = self::original(event, zones).ok().flatten()?;
        (from <= *original).then_some((event, from))
    });
    begun.max_by_key(|(_, from)| from.timestamp())
}

/// A VEVENT for one occurrence, as the rule puts it (RFC 5545 3.8.4.4), or an occurrence before it that speaks for
/// all that follow.
pub(super) fn instance(
    calendar: &Component,
    master: &Component,
    original: &Zoned,
    zones: &Zones,
) -> Result<Component, CalendarObjectError> {
    let onward = onward(calendar, original, zones);
    let id = form(master, zones)?.line("RECURRENCE-ID", std::slice::from_ref(original));
    let base = onward.as_ref().map_or(master, |(event, _)| event);
    let form = form(base, zones)?;
    let (start, end) = time::range(base, zones)?;
    let original = &match &onward {
        Some((_, from)) => occurrences::shift(from, &start, original),
        None => original.clone(),
    };
    let mut event = base.clone();
    let of_all = ["RRULE", "EXRULE", "EXDATE", "RDATE", "RECURRENCE-ID"];
    event.retain_lines(|line| !is_private(line) && !of_all.iter().any(|name| line.is(name)));
    let at = std::slice::from_ref(original);
    event.set(&form.line("DTSTART", at));
    if event.property("DTEND").is_some() {
        let length = start.duration_until(&end);
        let end = original.checked_add(length);
        let end =
            end.map_err(|_| CalendarObjectError::time("DTEND", "a time after the year 9999"))?;
        event.set(&form.line("DTEND", &[end]));
    }
    event.add(&id);
    if let Some(mut kind) = event.property("X-MICROSOFT-CDO-INSTTYPE") {
        kind.value = EXCEPTION.to_owned();
        event.set(&kind);
    }
    Ok(event)
}

/// The form of DTSTART.
pub(super) fn form(master: &Component, zones: &Zones) -> Result<Form, CalendarObjectError> {
    let start = master
        .property("DTSTART")
        .ok_or(CalendarObjectError::NoStart)?;
    Ok(Form::of(&start, zones))
}

/// Whether UNTIL has the form that a start has.
pub(super) fn is_fitted(rule: &Rule, form: &Form) -> bool {
    match rule.end {
        End::On(_) => form.is_date(),
        End::OnClock(_) => form.is_floating(),
        End::At(_) => !form.is_floating() && !form.is_date(),
        End::Never | End::Times(_) => true,
    }
}

/// The same rule with UNTIL in the form of its start.
pub(super) fn fit_end(rule: Rule, start: &Zoned, form: &Form) -> Rule {
    let zone = start.time_zone();
    let Some(until) = rule.until(zone).filter(|_| !is_fitted(&rule, form)) else {
        return rule;
    };
    let clock = zone.to_datetime(until);
    let end = match form.is_date() {
        true => End::On(clock.date()),
        false if form.is_floating() => End::OnClock(clock),
        false => End::At(until),
    };
    Rule { end, ..rule }
}
