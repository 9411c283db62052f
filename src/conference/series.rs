//! A meeting that comes again.

mod end;
mod left_out;
mod on;
mod pattern;
mod recurrence;
mod rule;

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

pub use on::{On, OnError};
pub use pattern::{Days, Nth, Pattern, Until};
pub(crate) use recurrence::Recurrence;
pub use rule::{By, Day, End, Frequency, Rule, RuleError};

/// How many occurrences are looked at when a series moves; a daily one has so many in 27 years.
const MOST_MOVED: usize = 10_000;

/// When a meeting comes again. One conference serves all its occurrences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// RRULE without its name, `FREQ=WEEKLY;BYDAY=MO` (RFC 5545 3.3.10).
    pub rule: String,
    /// Original starts of occurrences that were dropped (EXDATE), in the zone of the start.
    pub excluded: Vec<Zoned>,
}

impl Series {
    /// Reads a rule for a meeting that starts then; UNTIL becomes UTC.
    pub fn parse(rule: &str, start: &Zoned) -> Result<Self, RuleError> {
        let rule = rule.parse::<Rule>()?.in_zone(start.time_zone());
        match rule.first(start) {
            Some(_) => Ok(Self::of(&rule)),
            None => Err(RuleError::Never),
        }
    }

    /// A series without exceptions.
    pub fn of(rule: &Rule) -> Self {
        Self {
            rule: rule.to_string(),
            excluded: Vec::new(),
        }
    }

    /// When the last occurrence is over; None: the series has no end. `start` and `end` are those
    /// of the first occurrence.
    pub fn last_end(&self, start: &Zoned, end: &Zoned) -> Option<Timestamp> {
        if self.recurrence(start).is_endless() {
            return None;
        }
        let starts = self.starts(start, usize::MAX);
        let last = starts.last().unwrap_or(start).timestamp();
        let end = last.saturating_add(start.duration_until(end));
        Some(end.unwrap_or(Timestamp::MAX))
    }

    /// The first starts of occurrences that were not dropped, at most `most`.
    pub fn starts(&self, start: &Zoned, most: usize) -> Vec<Zoned> {
        let takes_place = |at: &Zoned| !self.excluded.contains(at);
        self.recurrence(start)
            .starts(Timestamp::MIN, takes_place, most)
    }

    /// A rule that can't be read counts as none.
    fn recurrence(&self, start: &Zoned) -> Recurrence {
        Recurrence {
            start: start.clone(),
            rule: self.rule.parse().ok(),
            added: Vec::new(),
        }
    }

    /// The series when its start moves from `old` to `new`. A rule that names the day of the old
    /// start and no other names that of the new one; then the dropped occurrences are the same by
    /// number. When the days of the series stay, so do those of dropped occurrences. UNTIL goes
    /// along, so that no move of the clock takes the last occurrence away or adds one.
    pub fn shift(&self, old: &Zoned, new: &Zoned) -> Self {
        let Ok(rule) = self.rule.parse::<Rule>() else {
            return self.clone();
        };
        let mut moved = shift_rule(rule.clone(), old.date(), new.date());
        let keeps_days = keeps_days(&rule, old, new);
        moved.end = end::shift(&rule, &moved, (old, new), keeps_days);
        let series = Self {
            rule: if moved == rule {
                self.rule.clone()
            } else {
                moved.to_string()
            },
            excluded: Vec::new(),
        };
        let excluded = if keeps_days {
            self.on_their_days(old, new)
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
        let Some(rule) = rule.filter(|rule| is_move && !keeps_days(rule, old, new)) else {
            return HashMap::new();
        };
        let until_last = |at: &Zoned| at <= last;
        let before = Recurrence::of(&rule, old);
        let before = before.starts(Timestamp::MIN, until_last, MOST_MOVED);
        let after = after
            .recurrence(new)
            .starts(Timestamp::MIN, |_| true, before.len());
        let before = before.iter().map(Zoned::timestamp);
        before.zip(after).collect()
    }

    /// Dropped occurrences with the time of day of the new start.
    fn on_their_days(&self, old: &Zoned, new: &Zoned) -> Vec<Zoned> {
        let day = |at: &Zoned| at.with_time_zone(old.time_zone().clone()).date();
        let moved = self
            .excluded
            .iter()
            .map(|at| day(at).to_datetime(new.time()));
        let zoned = moved.map(|at| at.to_zoned(new.time_zone().clone()));
        zoned.filter_map(Result::ok).collect()
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
        let dropped = starts
            .iter()
            .enumerate()
            .filter(|(_, at)| self.excluded.contains(at));
        dropped.map(|(number, _)| number).collect()
    }
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
