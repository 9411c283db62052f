//! How the rule, the dates and the occurrences of a series move along with its start.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp, Zoned};

use crate::calendar_object::CalendarObjectError;
use crate::calendar_object::change::{Change, move_along, property};
use crate::calendar_object::series::{fit_end, is_fitted, original};
use crate::calendar_object::time::{self, Form, Value};
use crate::calendar_object::zones::Zones;
use crate::conference::Series;
use crate::icalendar::{By, Component, ContentLine, Edit, Frequency, Rule};

/// How dates of a series move along when its start does.
pub(in crate::calendar_object) struct Move {
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
    pub(in crate::calendar_object) fn of(
        change: &Change,
        before: &Form,
        form: Form,
        last: Option<&Zoned>,
    ) -> Self {
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
    pub(in crate::calendar_object) fn write_master(
        &self,
        change: &Change,
        master: &mut Component,
        zones: &Zones,
    ) {
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
        write_rules(master, old.as_ref(), new);
        if self.renames {
            self.write_ends(change, master);
        }
        let before = moments(old.iter().flat_map(|old| &old.excluded));
        // Whoever changes what is left out has reckoned with the new start.
        let is_said = moments(&new.excluded) != before;
        let said = is_said.then_some(new.excluded.as_slice());
        let mut there = self.write_dates(change, said, master, zones);
        for at in said.unwrap_or_default() {
            if there.insert(at.timestamp()) {
                master.add(&self.form.line("EXDATE", std::slice::from_ref(at)));
            }
        }
    }

    /// UNTIL has the form of the start (RFC 5545 3.3.10), whatever that has become.
    fn write_ends(&self, change: &Change, master: &mut Component) {
        let start = &change.new.appointment.start;
        master.edit(|line| {
            let rule = line.is("RRULE").then(|| line.content()).flatten();
            let rule = rule.and_then(|line| line.value.trim().parse::<Rule>().ok());
            match rule.filter(|rule| !is_fitted(rule, &self.form)) {
                Some(rule) => Edit::Say(property(
                    "RRULE",
                    &fit_end(rule, start, &self.form).to_string(),
                )),
                None => Edit::Keep,
            }
        });
    }

    /// Moves EXDATE and RDATE, and drops dates that are left out no longer: where `said` is given, all others.
    /// Gives those that stay.
    fn write_dates(
        &self,
        change: &Change,
        said: Option<&[Zoned]>,
        master: &mut Component,
        zones: &Zones,
    ) -> HashSet<Timestamp> {
        let left_out = moments(said.unwrap_or_default());
        let mut by_day: HashMap<Date, Vec<Timestamp>> = HashMap::new();
        for at in said.unwrap_or_default() {
            by_day.entry(at.date()).or_default().push(at.timestamp());
        }
        let moves = change.starts_elsewhere();
        let mut there = HashSet::new();
        master.edit(|line| {
            let is_date = line.is("EXDATE") || line.is("RDATE");
            let line = line.content().filter(|_| is_date);
            if let Some(line) = line.as_ref().filter(|line| line.value.contains('/')) {
                return match moves {
                    true => self.move_periods(line, zones),
                    false => Edit::Keep,
                };
            }
            let times = line.as_ref().map(|line| time::times(line, zones));
            let (Some(line), Some(Ok(times))) = (line, times) else {
                return Edit::Keep;
            };
            let form = self.dates_form(&line, zones);
            let mut left = times.clone();
            match said.filter(|_| line.name == "EXDATE") {
                // A day stands for all that would be on it.
                Some(_) if form.is_date() && !self.form.is_date() => {
                    left.retain(|at| by_day.contains_key(&at.date()));
                    let of_days = left.iter().filter_map(|at| by_day.get(&at.date()));
                    there.extend(of_days.flatten());
                }
                Some(_) => left.retain(|at| left_out.contains(&at.timestamp())),
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

    fn move_periods(&self, line: &ContentLine, zones: &Zones) -> Edit {
        let Ok(values) = time::values(line, zones) else {
            return Edit::Keep;
        };
        let moved = values.iter().filter_map(|value| match value {
            Value::At(at, Some(end)) => {
                let start = self.shift(at, false);
                let length = at.duration_until(end);
                let end = start.checked_add(length).ok()?;
                Some(self.form.period(&start, &end))
            }
            Value::At(at, None) => Some(self.form.line("RDATE", &[self.shift(at, false)]).value),
            Value::Day(_) => None,
        });
        let moved: Vec<String> = moved.collect();
        if self.form.is_date() || moved.len() != values.len() {
            return Edit::Keep;
        }
        let mut said = self.form.line("RDATE", &[]);
        said.value = moved.join(",");
        said.parameters.retain(|p| p.name != "VALUE");
        said.parameters.extend(
            line.parameters
                .iter()
                .filter(|p| p.name == "VALUE")
                .cloned(),
        );
        Edit::Say(said)
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
    pub(in crate::calendar_object) fn write_occurrence(
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
        let before = time::range(event, zones)?.0;
        if self.renames {
            event.set(&self.form.line("DTSTART", std::slice::from_ref(start)));
            move_along(event, before.duration_until(start), self.form.is_date());
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

/// Of the rules those that are others now; what a file says in a way of its own stays.
fn write_rules(master: &mut Component, old: Option<&Series>, new: &Series) {
    let before: Vec<&str> = old.map_or_else(Vec::new, |old| old.rules().collect());
    let after: Vec<&str> = new.rules().collect();
    if before == after {
        return;
    }
    let mut number = 0;
    master.edit(|line| {
        if !line.is("RRULE") {
            return Edit::Keep;
        }
        number += 1;
        match (before.get(number - 1), after.get(number - 1)) {
            (_, None) => Edit::Remove,
            (old, Some(new)) if old == Some(new) => Edit::Keep,
            (_, Some(new)) => Edit::Say(property("RRULE", new)),
        }
    });
    for rule in after.iter().skip(number) {
        master.add(&property("RRULE", rule));
    }
}

fn moments<'a>(times: impl IntoIterator<Item = &'a Zoned>) -> HashSet<Timestamp> {
    times.into_iter().map(Zoned::timestamp).collect()
}

/// How many days the occurrences move. A rule that names its days, or has all of them, keeps them
/// wherever the start goes; one by the week cares for the weekday alone.
fn days(change: &Change) -> i64 {
    let (old, new) = (&change.old.appointment, &change.new.appointment);
    let (Some(before), Some(after)) = (&old.series, &new.series) else {
        return 0;
    };
    let read = |series: &Series| series.rule.parse::<Rule>().ok();
    let moved = old.start.date().until(new.start.date());
    let moved = moved.map_or(0, |moved| i64::from(moved.get_days()));
    let (Some(before), Some(after)) = (read(before), read(after)) else {
        return moved;
    };
    let names_days = !before.days.is_empty()
        || [By::MonthDay, By::YearDay]
            .iter()
            .any(|by| !before.numbers(*by).is_empty());
    let is_pinned = names_days && before.has_days_of(&after);
    match before.frequency {
        _ if is_pinned => 0,
        Frequency::Daily | Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => 0,
        Frequency::Weekly => moved % 7,
        _ => moved,
    }
}
