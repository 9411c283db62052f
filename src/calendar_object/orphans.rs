//! What a calendar says about occurrences that the series does not have.

use std::collections::HashSet;

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};

use crate::calendar_object::time::{self, Value};
use crate::calendar_object::zones::Zones;
use crate::calendar_object::{CalendarObjectError, is_master, master, master_mut, series};
use crate::icalendar::{Component, ContentLine, Edit, Object, Recurrence};

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
    let value = time::values(&line, zones).ok()?.into_iter().next()?;
    let at = time::single_time(&line, zones).ok()?;
    (!given.has(&value)).then_some(at)
}

/// Those of the times asked about that the series has.
struct Given {
    moments: HashSet<Timestamp>,
    /// In the zone of the start.
    days: HashSet<Date>,
    /// Whether the series has whole days: whatever is said of it is about a day then, as written.
    has_days: bool,
}

impl Given {
    /// None: nobody can tell.
    fn of(object: &Object, zones: &Zones) -> Result<Option<Self>, CalendarObjectError> {
        let Some(recurrence) = recurrence(object, zones)? else {
            return Ok(None);
        };
        let has_days = series::form(master(object)?, zones)?.is_date();
        let zone = recurrence.start.time_zone();
        let (mut moments, mut days) = (HashSet::new(), HashSet::new());
        for value in values(object, zones) {
            match value {
                Value::At(at, _) if !has_days => _ = moments.insert(at.timestamp()),
                Value::At(at, _) => _ = days.insert(at.date()),
                Value::Day(day) => _ = days.insert(day),
            }
        }
        let begins = |day: &Date| Some(day.to_zoned(zone.clone()).ok()?.timestamp());
        let first = moments
            .iter()
            .copied()
            .chain(days.iter().filter_map(begins))
            .min();
        let Some(first) = first else {
            return Ok(None);
        };
        let day = |at: &Zoned| at.with_time_zone(zone.clone()).date();
        let is_asked = |at: &Zoned| moments.contains(&at.timestamp()) || days.contains(&day(at));
        let given = recurrence.starts(first, is_asked, usize::MAX);
        Ok(Some(Self {
            moments: given.iter().map(Zoned::timestamp).collect(),
            days: given.iter().map(day).collect(),
            has_days,
        }))
    }

    fn has(&self, value: &Value) -> bool {
        match value {
            Value::At(at, _) if !self.has_days => self.moments.contains(&at.timestamp()),
            Value::At(at, _) => self.days.contains(&at.date()),
            Value::Day(day) => self.days.contains(day),
        }
    }

    /// What becomes of an EXDATE.
    fn exclusion(&self, mut line: ContentLine, zones: &Zones) -> Edit {
        let Ok(values) = time::values(&line, zones) else {
            return Edit::Keep;
        };
        let written = line.value.split(',').filter(|text| !text.trim().is_empty());
        let stays = written.zip(&values).filter(|(_, value)| self.has(value));
        let stays: Vec<&str> = stays.map(|(text, _)| text).collect();
        if stays.len() == values.len() {
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
fn values(object: &Object, zones: &Zones) -> Vec<Value> {
    let events = object.calendar.components().filter(|c| c.name == "VEVENT");
    let lines = events.flat_map(|event| event.all("EXDATE").chain(event.all("RECURRENCE-ID")));
    let values = lines.filter_map(|line| time::values(&line, zones).ok());
    values.flatten().collect()
}

/// When the series takes place; none: parts of that can't be read, or there are several.
fn recurrence(object: &Object, zones: &Zones) -> Result<Option<Recurrence>, CalendarObjectError> {
    let masters = object.calendar.components().filter(|c| is_master(c));
    let master = master(object)?;
    let (start, _) = time::range(master, zones)?;
    let is_day = series::form(master, zones)?.is_date();
    let rules = series::rules(master, &start, is_day);
    let added: Result<Vec<_>, _> = master
        .all("RDATE")
        .map(|line| time::times(&line, zones))
        .collect();
    let (Some(rules), Ok(added)) = (rules, added) else {
        return Ok(None);
    };
    let is_one = masters.count() == 1 && master.property("EXRULE").is_none();
    Ok(is_one.then(|| Recurrence {
        start,
        rules,
        added: added.into_iter().flatten().collect(),
    }))
}
