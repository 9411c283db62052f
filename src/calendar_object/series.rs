//! A series in its calendar: the rule, the dates taken out, the occurrences with a will of their
//! own, and how all of them move along with the start.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Span, Timestamp, Zoned};

use crate::calendar_object::change::{Change, property};
use crate::calendar_object::notes::is_private;
use crate::calendar_object::time::{self, Form};
use crate::calendar_object::zones::Zones;
use crate::calendar_object::{CalendarObjectError, read};
use crate::icalendar::{Component, ContentLine, Edit};

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

/// Whether the occurrence was taken out of the series.
pub(super) fn is_excluded(master: &Component, at: &Zoned, zones: &Zones) -> bool {
    let mut lines = master.all("EXDATE");
    lines.any(|line| time::times(&line, zones).is_ok_and(|times| times.contains(at)))
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
                let lines = event.all("EXDATE");
                dropped.extend(
                    lines
                        .filter_map(|line| time::times(&line, zones).ok())
                        .flatten(),
                );
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

/// A VEVENT for one occurrence, as the rule puts it (RFC 5545 3.8.4.4).
pub(super) fn instance(
    master: &Component,
    original: &Zoned,
    zones: &Zones,
) -> Result<Component, CalendarObjectError> {
    let form = form(master, zones)?;
    let (start, end) = time::range(master, zones)?;
    let mut event = master.clone();
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
    event.add(&form.line("RECURRENCE-ID", at));
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

/// How dates of a series move along when its start does.
pub(super) struct Move {
    days: i64,
    clock: SignedDuration,
    /// Start and end of the first occurrence before.
    from: (Zoned, Zoned),
    /// The same now.
    to: (Zoned, Zoned),
    /// Whether the series had whole days before.
    was_date: bool,
    /// Where occurrences go that keep their number and not their day.
    places: HashMap<Timestamp, Zoned>,
    /// Whether original starts are other ones now, or look different.
    renames: bool,
    /// What DTSTART looks like now.
    form: Form,
}

impl Move {
    /// `before` and `form`: those of DTSTART before and after the change. `last`: original start of
    /// the last occurrence that has its own VEVENT.
    pub(super) fn of(change: &Change, before: &Form, form: Form, last: Option<&Zoned>) -> Self {
        let (old, new) = (&change.old.appointment, &change.new.appointment);
        let places = || {
            let (was, is) = (old.series.as_ref()?, new.series.as_ref()?);
            Some(was.places(is, (&old.start, &new.start), last?))
        };
        let moves = change.starts_elsewhere();
        let clock = new.start.time().duration_since(old.start.time());
        Self {
            days: days(change),
            clock,
            from: (old.start.clone(), old.end.clone()),
            to: (new.start.clone(), new.end.clone()),
            was_date: before.is_date(),
            places: if moves { places() } else { None }.unwrap_or_default(),
            renames: moves || before.is_date() != form.is_date(),
            form,
        }
    }

    /// Changes the rule of a series, and the dates that it leaves out or adds.
    pub(super) fn write_master(&self, change: &Change, master: &mut Component, zones: &Zones) {
        let (old, new) = (
            &change.old.appointment.series,
            &change.new.appointment.series,
        );
        let Some(new) = new else {
            let of_series = ["RRULE", "EXRULE", "EXDATE", "RDATE"];
            let had = old.is_some();
            master.retain_lines(|line| !had || !of_series.iter().any(|name| line.is(name)));
            return;
        };
        if old.as_ref().map(|old| &old.rule) != Some(&new.rule) {
            master.set(&property("RRULE", &new.rule));
        }
        let before = moments(old.iter().flat_map(|old| &old.excluded));
        let mut there = self.write_dates(change, &before, master, zones);
        for at in &new.excluded {
            if !before.contains(&at.timestamp()) && there.insert(at.timestamp()) {
                master.add(&self.form.line("EXDATE", std::slice::from_ref(at)));
            }
        }
    }

    /// Moves EXDATE and RDATE, and drops dates that are left out no longer. Gives those that stay.
    fn write_dates(
        &self,
        change: &Change,
        before: &HashSet<Timestamp>,
        master: &mut Component,
        zones: &Zones,
    ) -> HashSet<Timestamp> {
        let new = change.new.appointment.series.iter();
        let new = moments(new.flat_map(|new| &new.excluded));
        // Whoever changes what is left out has reckoned with the new start.
        let said = Some(&new).filter(|new| *new != before);
        let moves = change.starts_elsewhere();
        let mut there = HashSet::new();
        master.edit(|line| {
            let is_date = line.is("EXDATE") || line.is("RDATE") && !line.text().contains('/');
            let line = line.content().filter(|_| is_date);
            let times = line.as_ref().map(|line| time::times(line, zones));
            let (Some(line), Some(Ok(times))) = (line, times) else {
                return Edit::Keep;
            };
            let form = self.dates_form(&line, zones);
            let mut left = times.clone();
            match said.filter(|_| line.name == "EXDATE") {
                Some(said) => left.retain(|at| said.contains(&at.timestamp())),
                None if moves => {
                    let moved = left.iter().map(|at| self.shift(at, form.is_date()));
                    left = moved.collect();
                }
                None => {}
            }
            there.extend(moments(&left));
            match left {
                left if left.is_empty() => Edit::Remove,
                left if left == times && !moves => Edit::Keep,
                left => Edit::Say(form.line(&line.name, &left)),
            }
        });
        there
    }

    /// That of DTSTART; but some programs take out whole days of a series with times.
    fn dates_form(&self, line: &ContentLine, zones: &Zones) -> Form {
        let own = Form::of(line, zones);
        if own.is_date() && !self.was_date {
            own
        } else {
            self.form.clone()
        }
    }

    /// Moves one occurrence that has its own VEVENT. Its times stay if they are not those of the
    /// rule, and so does its length if it is not that of the series.
    pub(super) fn write_occurrence(
        &self,
        event: &mut Component,
        zones: &Zones,
    ) -> Result<(), CalendarObjectError> {
        let Some(original) = original(event, zones)? else {
            return Ok(());
        };
        let place = self.places.get(&original.timestamp());
        let moved = place.map_or_else(|| self.shift(&original, false), Zoned::clone);
        let (start, end) = time::range(event, zones)?;
        if start == original {
            let end = self.end(&moved, &start, &end);
            self.write_times(event, &moved, &end, zones)?;
        }
        if self.renames {
            self.write_original(event, moved);
        }
        Ok(())
    }

    fn write_times(
        &self,
        event: &mut Component,
        start: &Zoned,
        end: &Zoned,
        zones: &Zones,
    ) -> Result<(), CalendarObjectError> {
        if self.renames {
            event.set(&self.form.line("DTSTART", std::slice::from_ref(start)));
        }
        let has_end = event.property("DTEND").is_some();
        let (first, last) = time::range(event, zones)?;
        let is_as_long = first.duration_until(&last) == start.duration_until(end);
        if !is_as_long || has_end && self.renames {
            event.retain_lines(|line| !line.is("DURATION"));
            event.set(&self.form.line("DTEND", std::slice::from_ref(end)));
        }
        Ok(())
    }

    fn write_original(&self, event: &mut Component, original: Zoned) {
        let mut id = self.form.line("RECURRENCE-ID", &[original]);
        let range = event.property("RECURRENCE-ID");
        let parameters = range.into_iter().flat_map(|line| line.parameters);
        id.parameters
            .extend(parameters.filter(|p| p.name == "RANGE"));
        event.set(&id);
    }

    /// When an occurrence ends that starts then, and that was from `start` to `end`.
    fn end(&self, moved: &Zoned, start: &Zoned, end: &Zoned) -> Zoned {
        let (from, to) = (&self.from, &self.to);
        let on_clock = |start: &Zoned, end: &Zoned| end.datetime().duration_since(start.datetime());
        let is_as_long = start.duration_until(end) == from.0.duration_until(&from.1)
            || on_clock(start, end) == on_clock(&from.0, &from.1);
        let (start, end) = if is_as_long {
            (&to.0, &to.1)
        } else {
            (start, end)
        };
        let end = if self.form.is_date() {
            moved
                .datetime()
                .checked_add(on_clock(start, end))
                .and_then(|end| end.to_zoned(moved.time_zone().clone()))
        } else {
            moved.checked_add(start.duration_until(end))
        };
        end.unwrap_or_else(|_| moved.clone())
    }

    fn shift(&self, at: &Zoned, whole_day: bool) -> Zoned {
        let local = at
            .with_time_zone(self.from.0.time_zone().clone())
            .datetime();
        let clock = if whole_day {
            SignedDuration::ZERO
        } else {
            self.clock
        };
        let moved = local
            .checked_add(clock)
            .and_then(|local| local.checked_add(Span::new().try_days(self.days)?))
            .and_then(|local| local.to_zoned(self.to.0.time_zone().clone()));
        moved.unwrap_or_else(|_| at.clone())
    }
}

fn moments<'a>(times: impl IntoIterator<Item = &'a Zoned>) -> HashSet<Timestamp> {
    times.into_iter().map(Zoned::timestamp).collect()
}

/// A rule without its end.
fn days_of(rule: &str) -> Vec<String> {
    let rule = rule.to_ascii_uppercase();
    let parts = rule.split(';');
    let ends = |part: &&str| part.starts_with("UNTIL=") || part.starts_with("COUNT=");
    let mut parts: Vec<String> = parts
        .filter(|part| !ends(part))
        .map(str::to_owned)
        .collect();
    parts.sort();
    parts
}

/// How many days the occurrences move. A rule that names its days, or has all of them, keeps them
/// wherever the start goes; one by the week cares for the weekday alone.
fn days(change: &Change) -> i64 {
    let (old, new) = (&change.old.appointment, &change.new.appointment);
    let (Some(before), Some(after)) = (&old.series, &new.series) else {
        return 0;
    };
    let rule = before.rule.to_ascii_uppercase();
    let names_days = ["BYDAY=", "BYMONTHDAY=", "BYYEARDAY="];
    let pinned = days_of(&before.rule) == days_of(&after.rule)
        && names_days.iter().any(|part| rule.contains(part));
    if pinned || rule.contains("FREQ=DAILY") {
        return 0;
    }
    let moved = old.start.date().until(new.start.date());
    let moved = moved.map_or(0, |moved| i64::from(moved.get_days()));
    if rule.contains("FREQ=WEEKLY") {
        moved % 7
    } else {
        moved
    }
}
