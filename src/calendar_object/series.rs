//! A series in its calendar: the rule, the dates taken out, the occurrences with a will of their
//! own, and how all of them move along with the start.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, Zoned};

use crate::calendar_object::change::{Change, move_along, property};
use crate::calendar_object::notes::is_private;
use crate::calendar_object::time::{self, Form, Value};
use crate::calendar_object::zones::Zones;
use crate::calendar_object::{CalendarObjectError, occurrences, read};
use crate::conference::Series;
use crate::icalendar::{By, Component, ContentLine, Edit, End, Frequency, Rule};

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
