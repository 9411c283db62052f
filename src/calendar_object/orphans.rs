//! What a calendar says about occurrences that the series does not have.

use std::collections::HashSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::calendar_object::time::{self, Form};
use crate::calendar_object::zones::Zones;
use crate::calendar_object::{CalendarObjectError, is_master, master, master_mut, series};
use crate::icalendar::{Component, ContentLine, Edit, Object, Recurrence, Rule};

/// As [`CalendarObject::remove_orphans`](crate::calendar_object::CalendarObject::remove_orphans).
pub(super) fn drop_from(
    object: &mut Object,
    zones: &Zones,
) -> Result<Vec<Zoned>, CalendarObjectError> {
    let Some(given) = Given::of(object, zones)? else {
        return Ok(Vec::new());
    };
    master_mut(object)?.edit(|line| match line.content() {
        Some(line) if line.name == "EXDATE" => given.exclusion(line, zones),
        _ => Edit::Keep,
    });
    let mut dropped = Vec::new();
    object.calendar.retain_components(|event| {
        let stray = stray(event, &given, zones);
        let stays = stray.is_none();
        dropped.extend(stray);
        stays
    });
    dropped.sort();
    Ok(dropped)
}

/// The original start of an occurrence that the series does not have.
fn stray(event: &Component, given: &Given, zones: &Zones) -> Option<Zoned> {
    if event.name != "VEVENT" {
        return None;
    }
    let line = event.property("RECURRENCE-ID")?;
    let at = time::single_time(&line, zones).ok()?;
    (!given.has(&at, &line, zones)).then_some(at)
}

/// Those of the times asked about that the series has.
struct Given {
    moments: HashSet<Timestamp>,
    /// For programs that name whole days of a series with times.
    days: HashSet<Date>,
}

impl Given {
    /// None: nobody can tell.
    fn of(object: &Object, zones: &Zones) -> Result<Option<Self>, CalendarObjectError> {
        let Some(recurrence) = recurrence(object, zones)? else {
            return Ok(None);
        };
        let asked = original_starts(object, zones);
        let Some(first) = asked.iter().min() else {
            return Ok(None);
        };
        let zone = recurrence.start.time_zone();
        let moments: HashSet<Timestamp> = asked.iter().map(Zoned::timestamp).collect();
        let days: HashSet<Date> = asked.iter().map(Zoned::date).collect();
        let is_asked = |at: &Zoned| moments.contains(&at.timestamp()) || days.contains(&at.date());
        // A day may begin in another zone.
        let from = first
            .timestamp()
            .saturating_sub(SignedDuration::from_hours(48));
        let from = from.unwrap_or(Timestamp::MIN);
        let given = recurrence.starts(from, is_asked, usize::MAX);
        let day = |at: &Zoned| at.with_time_zone(zone.clone()).date();
        Ok(Some(Self {
            moments: given.iter().map(Zoned::timestamp).collect(),
            days: given.iter().map(day).collect(),
        }))
    }

    fn has(&self, at: &Zoned, line: &ContentLine, zones: &Zones) -> bool {
        let whole_day = Form::of(line, zones).is_date();
        self.moments.contains(&at.timestamp()) || whole_day && self.days.contains(&at.date())
    }

    /// What becomes of an EXDATE.
    fn exclusion(&self, mut line: ContentLine, zones: &Zones) -> Edit {
        let Ok(times) = time::times(&line, zones) else {
            return Edit::Keep;
        };
        let values = line
            .value
            .split(',')
            .filter(|value| !value.trim().is_empty());
        let mut stays = Vec::new();
        for (value, at) in values.zip(&times) {
            if self.has(at, &line, zones) {
                stays.push(value);
            }
        }
        if stays.len() == times.len() {
            return Edit::Keep;
        }
        if stays.is_empty() {
            return Edit::Remove;
        }
        line.value = stays.join(",");
        Edit::Say(line)
    }
}

/// Original starts that something is said about.
fn original_starts(object: &Object, zones: &Zones) -> Vec<Zoned> {
    let events = object.calendar.components().filter(|c| c.name == "VEVENT");
    let lines = events.flat_map(|event| event.all("EXDATE").chain(event.all("RECURRENCE-ID")));
    let times = lines.filter_map(|line| time::times(&line, zones).ok());
    times.flatten().collect()
}

/// When the series takes place; none: parts of that can't be read, or there are several.
fn recurrence(object: &Object, zones: &Zones) -> Result<Option<Recurrence>, CalendarObjectError> {
    let masters = object.calendar.components().filter(|c| is_master(c));
    let master = master(object)?;
    let (start, _) = time::range(master, zones)?;
    let is_day = series::form(master, zones)?.is_date();
    let rules = master.all("RRULE");
    let read: Result<Vec<Rule>, _> = rules
        .map(|line| Rule::read(&line.value, &start, is_day).map(|(rule, _)| rule))
        .collect();
    let added: Result<Vec<_>, _> = master
        .all("RDATE")
        .map(|line| time::times(&line, zones))
        .collect();
    let (Ok(rules), Ok(added)) = (read, added) else {
        return Ok(None);
    };
    let is_one = masters.count() == 1 && master.property("EXRULE").is_none();
    Ok(is_one.then(|| Recurrence {
        start,
        rules,
        added: added.into_iter().flatten().collect(),
    }))
}
