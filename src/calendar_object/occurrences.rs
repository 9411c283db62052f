//! When a meeting takes place: rules, additions, exceptions and changed occurrences resolved.

use std::collections::HashSet;

use jiff::{SignedDuration, Span, Timestamp, Unit, Zoned};

use crate::calendar_object::Occurrence;
use crate::calendar_object::series;
use crate::calendar_object::time::{self, Form};
use crate::calendar_object::zones::Zones;
use crate::conference::{Recurrence, Rule};
use crate::icalendar::Component;

/// Most occurrences that are given at once.
const MOST: usize = 10_000;

/// When a meeting takes place: what comes again, and the occurrences that are different, with their
/// original starts. A rule that can't be read counts as none.
pub struct Timetable {
    masters: Vec<Event>,
    changed: Vec<(Zoned, Event)>,
}

/// A VEVENT as far as its times go.
struct Event {
    recurrence: Recurrence,
    length: Length,
    excluded: Vec<Zoned>,
    is_cancelled: bool,
    /// Whether it comes again by a rule that nobody here understands.
    has_unknown_rule: bool,
}

/// How long each occurrence lasts (RFC 5545 3.8.5.3).
enum Length {
    /// From DTEND: so much time.
    Exact(SignedDuration),
    /// From DURATION, and for whole days: a day is one, however many hours it has.
    Nominal(Span),
}

impl Timetable {
    pub(super) fn read(calendar: &Component, zones: &Zones) -> Self {
        let (mut masters, mut changed) = (Vec::new(), Vec::new());
        let events = calendar.components().filter(|c| c.name == "VEVENT");
        for component in events {
            let (Some(mut event), Ok(original)) = (
                Event::read(component, zones),
                series::original(component, zones),
            ) else {
                continue;
            };
            match original {
                None => masters.push(event),
                Some(original) => {
                    event.recurrence.rule = None;
                    changed.push((original, event));
                }
            }
        }
        Self { masters, changed }
    }

    /// Whether there is one time, and never another one.
    pub fn is_single(&self) -> bool {
        let is_single = |event: &Event| {
            let recurrence = &event.recurrence;
            recurrence.rule.is_none() && recurrence.added.is_empty() && !event.has_unknown_rule
        };
        self.changed.is_empty() && self.masters.len() == 1 && self.masters.iter().all(is_single)
    }

    /// Whether it comes again by a rule that nobody here understands.
    pub fn has_unknown_rule(&self) -> bool {
        let changed = self.changed.iter().map(|(_, event)| event);
        let mut all = self.masters.iter().chain(changed);
        all.any(|event| event.has_unknown_rule)
    }

    /// The earliest start that is written down: an occurrence may have been moved before the first.
    pub fn earliest(&self) -> Option<Timestamp> {
        let changed = self.changed.iter().map(|(_, event)| event);
        let starts = self.masters.iter().chain(changed).flat_map(|event| {
            let recurrence = &event.recurrence;
            std::iter::once(&recurrence.start).chain(&recurrence.added)
        });
        starts.map(Zoned::timestamp).min()
    }

    /// The occurrences that end after `from`, in order, at most `most` and never more than 10,000.
    pub fn occurrences(&self, from: Timestamp, most: usize) -> Vec<Occurrence> {
        let most = most.min(MOST);
        let is_ahead =
            |start: &Zoned, end: &Zoned| end.timestamp() > from || start.timestamp() >= from;
        let regular = self.masters.iter().flat_map(|event| {
            let left_out = self.exclusions(event);
            let is_wanted = |start: &Zoned| {
                !left_out.contains(&start.timestamp()) && is_ahead(start, &event.end(start))
            };
            let earliest = from.checked_sub(event.longest_length());
            let earliest = earliest.unwrap_or(Timestamp::MIN);
            let starts = event.recurrence.starts(earliest, is_wanted, most);
            let at = |start: Zoned| event.occurrence(start.clone(), start);
            starts.into_iter().map(at)
        });
        let changed = self.changed_times().map(|(original, event)| {
            event.occurrence(original.clone(), event.recurrence.start.clone())
        });
        let changed = changed.filter(|at| is_ahead(&at.start, &at.end));
        let mut found: Vec<Occurrence> = regular.chain(changed).collect();
        found.sort_by_key(|at| at.start.timestamp());
        found.truncate(most);
        found
    }

    /// When the last occurrence is over, moved and added ones included; none: the series has no
    /// end. If all were dropped, when the first would have been over.
    pub fn last_end(&self) -> Option<Timestamp> {
        let mut masters = self.masters.iter();
        // What is not understood is never over.
        if self.has_unknown_rule() || masters.any(|event| event.recurrence.is_endless()) {
            return None;
        }
        let regular = self.masters.iter().filter_map(|event| {
            let left_out = self.exclusions(event);
            let is_wanted = |start: &Zoned| !left_out.contains(&start.timestamp());
            let starts = event
                .recurrence
                .starts(Timestamp::MIN, is_wanted, usize::MAX);
            Some(event.end(starts.last()?))
        });
        let changed = self.changed_times();
        let changed = changed.map(|(_, event)| event.end(&event.recurrence.start));
        let last = regular.chain(changed).max();
        let first = || {
            let event = self.masters.first()?;
            Some(event.end(&event.recurrence.start))
        };
        Some(last.or_else(first)?.timestamp())
    }

    /// Occurrences that differ, and take place as long as the series does.
    fn changed_times(&self) -> impl Iterator<Item = &(Zoned, Event)> {
        let is_all_off = self.masters.iter().all(|event| event.is_cancelled);
        let changed = self.changed.iter();
        changed.filter(move |(_, event)| is_all_off || !event.is_cancelled)
    }

    /// Starts of a series that are not its business any more.
    fn exclusions(&self, event: &Event) -> HashSet<Timestamp> {
        let changed = self.changed.iter().map(|(original, _)| original);
        let all = event.excluded.iter().chain(changed);
        all.map(Zoned::timestamp).collect()
    }
}

impl Event {
    fn read(event: &Component, zones: &Zones) -> Option<Self> {
        let (start, end) = time::range(event, zones).ok()?;
        let rule = event.property("RRULE");
        let read = rule.as_ref().map(|rule| rule.value.parse::<Rule>());
        let mut is_unknown = read.as_ref().is_some_and(Result::is_err)
            || event.all("RRULE").count() > 1
            || applies_to_future(event);
        let mut dates = |name| {
            let lines = event.all(name);
            let times = lines.map(|line| {
                let times = time::times(&line, zones);
                is_unknown |= times.is_err();
                times.unwrap_or_default()
            });
            times.flatten().collect()
        };
        let (added, excluded) = (dates("RDATE"), dates("EXDATE"));
        let status = event.property("STATUS");
        Some(Self {
            length: length(event, &start, &end, zones),
            recurrence: Recurrence {
                start,
                rule: read.and_then(Result::ok),
                added,
            },
            excluded,
            is_cancelled: status.is_some_and(|s| s.value.eq_ignore_ascii_case("CANCELLED")),
            has_unknown_rule: is_unknown,
        })
    }

    fn occurrence(&self, original: Zoned, start: Zoned) -> Occurrence {
        Occurrence {
            original,
            end: self.end(&start),
            start,
        }
    }

    fn end(&self, start: &Zoned) -> Zoned {
        let end = match self.length {
            Length::Exact(length) => start.checked_add(length),
            Length::Nominal(span) => start.checked_add(span),
        };
        end.unwrap_or_else(|_| start.clone())
    }

    /// At least as long as every occurrence.
    fn longest_length(&self) -> SignedDuration {
        let start = &self.recurrence.start;
        let day = SignedDuration::from_hours(24);
        start.duration_until(&self.end(start)).saturating_add(day)
    }
}

/// Whether an occurrence that differs says so of all that follow (RFC 5545 3.2.13).
fn applies_to_future(event: &Component) -> bool {
    let original = event.property("RECURRENCE-ID");
    original.is_some_and(|line| line.parameter("RANGE").is_some())
}

fn length(event: &Component, start: &Zoned, end: &Zoned, zones: &Zones) -> Length {
    let first = event.property("DTSTART");
    let whole_days = first.is_some_and(|line| Form::of(&line, zones).is_date());
    let exact = Length::Exact(start.duration_until(end));
    if event.property("DTEND").is_some() && !whole_days {
        return exact;
    }
    start.until((Unit::Day, end)).map_or(exact, Length::Nominal)
}

#[cfg(test)]
mod tests;
