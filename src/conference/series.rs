//! A meeting that comes again.

mod end;
mod left_out;
mod on;
mod pattern;

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use crate::icalendar::{By, Day, End, Recurrence, Rule, RuleError};

pub use on::{On, OnError};
pub use pattern::{Days, Nth, Pattern, Until};

/// How many occurrences are looked at when a series moves; a daily one has so many in 27 years.
const MOST_MOVED: usize = 10_000;

/// Most rules of one series.
const MOST_RULES: usize = 16;

/// When a meeting comes again. One conference serves all its occurrences.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// RRULE without its name, `FREQ=WEEKLY;BYDAY=MO` (RFC 5545 3.3.10); empty: it comes again on single
    /// dates only.
    pub rule: String,
    /// Further rules, each of which gives its own dates. confctl makes none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_rules: Vec<String>,
    /// Starts beside those of the rules (RDATE), in the zone of the start. confctl makes none.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        with = "crate::when::kept"
    )]
    pub added: Vec<Zoned>,
    /// Starts among those that have an end of their own, and it.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        with = "crate::when::kept"
    )]
    pub own_ends: Vec<(Zoned, Zoned)>,
    /// Original starts of occurrences that were dropped (EXDATE), in the zone of the start.
    #[serde(with = "crate::when::kept")]
    pub excluded: Vec<Zoned>,
    /// Occurrences that differ, as the calendar has them: known from there each time anew.
    #[serde(skip)]
    pub changed: Vec<Changed>,
}

/// An occurrence that is not when the rule has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Where the rule has it.
    pub original: Zoned,
    /// From when to when it is; none: it was cancelled.
    pub time: Option<(Zoned, Zoned)>,
    /// Whether all that follow differ like it (RFC 5545 3.2.13).
    pub is_onward: bool,
}

impl Series {
    /// Reads a rule for a meeting that starts then, as people type it; UNTIL becomes UTC.
    pub fn parse(rule: &str, start: &Zoned) -> Result<Self, RuleError> {
        let rule = Rule::parse_typed(rule)?.in_zone(start.time_zone());
        match rule.first(start) {
            Some(_) => Ok(Self::of(&rule)),
            None => Err(RuleError::Never),
        }
    }

    /// A series without exceptions.
    pub fn of(rule: &Rule) -> Self {
        Self {
            rule: rule.to_string(),
            ..Self::default()
        }
    }

    /// When the last occurrence is over; None: the series has no end. `start` and `end` are those
    /// of the first occurrence.
    pub fn last_end(&self, start: &Zoned, end: &Zoned) -> Option<Timestamp> {
        let recurrence = self.recurrence(start);
        if !self.is_understood() || recurrence.is_endless() {
            return None;
        }
        let length = start.duration_until(end);
        let starts = self.starts(start, usize::MAX);
        let last = self.end(starts.last().unwrap_or(start), length).timestamp();
        let beyond = recurrence
            .unreached_end()
            .and_then(|until| until.checked_add(length).ok());
        Some(last.max(beyond.unwrap_or(Timestamp::MIN)))
    }

    /// The first starts of occurrences that were not dropped, at most `most`.
    pub fn starts(&self, start: &Zoned, most: usize) -> Vec<Zoned> {
        let excluded: HashSet<Timestamp> = self.excluded.iter().map(Zoned::timestamp).collect();
        let takes_place = |at: &Zoned| !excluded.contains(&at.timestamp());
        self.recurrence(start)
            .starts(Timestamp::MIN, takes_place, most)
    }

    /// Original starts of what was dropped, as far as people would expect it: a start that other programs leave
    /// out because the rules do not have it is none.
    pub fn dropped<'s>(&'s self, start: &'s Zoned) -> impl Iterator<Item = &'s Zoned> {
        let is_of_rule = self
            .rules()
            .filter_map(|rule| rule.parse::<Rule>().ok())
            .any(|rule| {
                let endless = Rule {
                    end: End::Never,
                    ..rule
                };
                endless.first(start).as_ref() == Some(start)
            });
        let is_stray = !is_of_rule && self.is_understood() && !self.added.contains(start);
        self.excluded
            .iter()
            .filter(move |at| !is_stray || *at != start)
    }

    /// From when to when it takes place for the first time: other programs leave out or move the very start
    /// of a series. `start` and `end` are those of the start that it has.
    pub fn first(&self, start: &Zoned, end: &Zoned) -> (Zoned, Zoned) {
        let first = self.times(start, end, 1).into_iter().next();
        first.unwrap_or_else(|| (start.clone(), end.clone()))
    }

    /// From when to when it takes place, in order, changed occurrences too; at most `most`.
    pub fn times(&self, start: &Zoned, end: &Zoned, most: usize) -> Vec<(Zoned, Zoned)> {
        let length = start.duration_until(end);
        let (onward, alone): (Vec<&Changed>, Vec<&Changed>) =
            self.changed.iter().partition(|changed| changed.is_onward);
        let originals = alone.iter().map(|changed| changed.original.timestamp());
        let originals: HashSet<Timestamp> = originals.collect();
        // Those that differ may be among the first ones of the rule.
        let regular = self.starts(start, most.saturating_add(alone.len()));
        let regular = regular
            .iter()
            .filter(|at| !originals.contains(&at.timestamp()));
        let of_rule = regular.filter_map(|at| match last_before(&onward, at) {
            None => Some((at.clone(), self.end(at, length))),
            Some(changed) => changed.moved(at),
        });
        let moved = alone.iter().filter_map(|changed| changed.time.clone());
        let mut times: Vec<(Zoned, Zoned)> = of_rule.chain(moved).collect();
        times.sort_by_key(|(start, _)| start.timestamp());
        times.truncate(most);
        times
    }

    /// When the occurrence is over that starts then; `length`: that of the others.
    pub fn end(&self, at: &Zoned, length: SignedDuration) -> Zoned {
        let own = self.own_ends.iter().find(|(start, _)| start == at);
        own.map_or_else(|| at.saturating_add(length), |(_, end)| end.clone())
    }

    /// Whether one rule says all of it.
    pub fn has_one_rule(&self) -> bool {
        !self.rule.is_empty() && self.other_rules.is_empty() && self.added.is_empty()
    }

    /// Whether every rule can be read, and there are no more than anybody writes.
    pub fn is_understood(&self) -> bool {
        self.other_rules.len() < MOST_RULES && self.rules().all(|rule| rule.parse::<Rule>().is_ok())
    }

    /// Its rules as text.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        let rules = std::iter::once(&self.rule).chain(&self.other_rules);
        rules.map(String::as_str).filter(|rule| !rule.is_empty())
    }

    /// A rule that can't be read counts as none.
    fn recurrence(&self, start: &Zoned) -> Recurrence {
        Recurrence {
            start: start.clone(),
            rules: (self.rules().take(MOST_RULES))
                .filter_map(|rule| rule.parse().ok())
                .collect(),
            added: self.added.clone(),
        }
    }

    /// The series when its start moves from `old` to `new`. A rule that names the day of the old
    /// start and no other names that of the new one; then the dropped occurrences are the same by
    /// number. When the days of the series stay, so do those of dropped occurrences. UNTIL goes
    /// along, so that no move of the clock takes the last occurrence away or adds one.
    pub fn shift(&self, old: &Zoned, new: &Zoned) -> Self {
        let rules: Vec<Rule> = self.rules().filter_map(|rule| rule.parse().ok()).collect();
        let shift_end = |rule: &Rule| {
            let mut moved = shift_rule(rule.clone(), old.date(), new.date());
            moved.end = end::shift(rule, &moved, (old, new), keeps_days(rule, old, new));
            match moved == *rule {
                true => None,
                false => Some(moved.to_string()),
            }
        };
        let shift_text = |text: &String| {
            let rule = text.parse::<Rule>().ok();
            rule.and_then(|rule| shift_end(&rule))
                .unwrap_or_else(|| text.clone())
        };
        let keeps_days = !rules.is_empty() && rules.iter().all(|rule| keeps_days(rule, old, new));
        let on_their_days = |dates: &[Zoned]| on_their_days(dates, old, new);
        let series = Self {
            rule: shift_text(&self.rule),
            other_rules: self.other_rules.iter().map(shift_text).collect(),
            own_ends: (self.own_ends.iter())
                .map(|(at, end)| (shift_date(at, old, new), shift_date(end, old, new)))
                .collect(),
            added: match keeps_days {
                true => on_their_days(&self.added),
                false => self
                    .added
                    .iter()
                    .map(|at| shift_date(at, old, new))
                    .collect(),
            },
            excluded: Vec::new(),
            changed: Vec::new(),
        };
        let excluded = if keeps_days {
            on_their_days(&self.excluded)
        } else {
            series.starts_of(&self.numbers(old), new)
        };
        Self { excluded, ..series }
    }

    /// Where each occurrence up to `last` goes when the start moves from `old` to `new` and the rule
    /// becomes that of `after`. Empty when the days of the series stay, or when `after` is not this
    /// series moved.
    pub(crate) fn places(
        &self,
        after: &Self,
        (old, new): (&Zoned, &Zoned),
        last: &Zoned,
    ) -> HashMap<Timestamp, Zoned> {
        let is_move = self.shift(old, new).rule == after.rule;
        let rule = self.rule.parse::<Rule>().ok();
        if rule.is_none_or(|rule| !is_move || keeps_days(&rule, old, new)) {
            return HashMap::new();
        }
        let until_last = |at: &Zoned| at <= last;
        let before = self.recurrence(old);
        let before = before.starts(Timestamp::MIN, until_last, MOST_MOVED);
        let after = after
            .recurrence(new)
            .starts(Timestamp::MIN, |_| true, before.len());
        let before = before.iter().map(Zoned::timestamp);
        before.zip(after).collect()
    }

    /// Occurrences by their numbers, counted from 0, in order.
    fn starts_of(&self, numbers: &[usize], start: &Zoned) -> Vec<Zoned> {
        let most = numbers.last().map_or(0, |last| last + 1);
        let starts = self.starts(start, most);
        let found = numbers.iter().filter_map(|number| starts.get(*number));
        found.cloned().collect()
    }

    /// Which occurrences were dropped, counted from 0, in order.
    fn numbers(&self, start: &Zoned) -> Vec<usize> {
        let Some(last) = self.excluded.iter().max() else {
            return Vec::new();
        };
        let until_last = |at: &Zoned| at <= last;
        let starts = self
            .recurrence(start)
            .starts(Timestamp::MIN, until_last, MOST_MOVED);
        let excluded: HashSet<Timestamp> = self.excluded.iter().map(Zoned::timestamp).collect();
        let dropped = starts
            .iter()
            .enumerate()
            .filter(|(_, at)| excluded.contains(&at.timestamp()));
        dropped.map(|(number, _)| number).collect()
    }
}

impl Changed {
    /// When an occurrence after this one takes place, which speaks for all that follow; none: it does not.
    fn moved(&self, at: &Zoned) -> Option<(Zoned, Zoned)> {
        let (start, end) = self.time.as_ref()?;
        let moved = shift_date(at, &self.original, start);
        let length = start.duration_until(end);
        Some((moved.clone(), moved.saturating_add(length)))
    }
}

fn last_before<'c>(onward: &[&'c Changed], at: &Zoned) -> Option<&'c Changed> {
    let begun = onward.iter().filter(|changed| changed.original <= *at);
    begun
        .max_by_key(|changed| changed.original.timestamp())
        .copied()
}

/// Dates with the time of day of the new start.
fn on_their_days(dates: &[Zoned], old: &Zoned, new: &Zoned) -> Vec<Zoned> {
    let day = |at: &Zoned| at.with_time_zone(old.time_zone().clone()).date();
    let moved = dates.iter().map(|at| day(at).to_datetime(new.time()));
    let zoned = moved.map(|at| at.to_zoned(new.time_zone().clone()));
    zoned.filter_map(Result::ok).collect()
}

/// As far from `at` on the clock as `new` is from `old`.
fn shift_date(at: &Zoned, old: &Zoned, new: &Zoned) -> Zoned {
    let local = at.with_time_zone(old.time_zone().clone()).datetime();
    let distance = new.datetime().duration_since(old.datetime());
    let moved = local.saturating_add(distance);
    moved
        .to_zoned(new.time_zone().clone())
        .unwrap_or_else(|_| at.clone())
}

/// Whether a rule falls on the same days when its start moves.
fn keeps_days(rule: &Rule, old: &Zoned, new: &Zoned) -> bool {
    rule.has_days() && shift_rule(rule.clone(), old.date(), new.date()) == *rule
}

fn shift_rule(mut rule: Rule, old: Date, new: Date) -> Rule {
    for (by, numbers) in &mut rule.by {
        match (by, numbers.as_mut_slice()) {
            (By::Month, [month]) if *month == i16::from(old.month()) => *month = new.month().into(),
            (By::MonthDay, [day]) if *day == i16::from(old.day()) => *day = new.day().into(),
            _ => {}
        }
    }
    if let [day] = rule.days.as_mut_slice() {
        match day.nth {
            None if day.weekday == old.weekday() => day.weekday = new.weekday(),
            Some(nth) if *day == nth_day(old, nth) => *day = nth_day(new, nth),
            _ => {}
        }
    }
    rule
}

/// The weekday of a date and which one of its month it is, counted as `nth` is, from the begin or
/// from the end.
fn nth_day(date: Date, nth: i8) -> Day {
    let nth = if nth > 0 {
        (date.day() - 1) / 7 + 1
    } else {
        -((date.days_in_month() - date.day()) / 7 + 1)
    };
    Day {
        nth: Some(nth),
        weekday: date.weekday(),
    }
}

#[cfg(test)]
mod tests;
