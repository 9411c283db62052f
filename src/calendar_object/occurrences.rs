//! When a meeting takes place: rules, additions, exceptions and changed occurrences resolved.

use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, Unit, Zoned};

use crate::calendar_object::Occurrence;
use crate::calendar_object::series::{self, Exclusions};
use crate::calendar_object::time::{self, Form, Value};
use crate::calendar_object::zones::Zones;
use crate::conference::Changed;
use crate::icalendar::{Component, Recurrence};

/// Most occurrences that are given at once.
const MOST: usize = 10_000;

/// When a meeting takes place: what comes again, and the occurrences that are different, with their
/// original starts. A rule that can't be read counts as none.
pub struct Timetable {
    masters: Vec<Event>,
    changed: Vec<(Zoned, Event)>,
    /// Occurrences that say of themselves how all that follow are (RFC 5545 3.2.13), in order.
    onward: Vec<(Zoned, Event)>,
    /// Whether some time is in a zone that nobody knows.
    has_unknown_zone: bool,
}

/// A VEVENT as far as its times go.
struct Event {
    recurrence: Recurrence,
    /// Ends of those starts that have one of their own.
    ends: HashMap<Timestamp, Zoned>,
    length: Length,
    exclusions: Exclusions,
    is_cancelled: bool,
    /// Whether it comes again by a rule that nobody here understands.
    has_unknown_rule: bool,
}

/// How long each occurrence lasts (RFC 5545 3.8.5.3).
#[derive(Clone)]
enum Length {
    /// From DTEND: so much time.
    Exact(SignedDuration),
    /// From DURATION, and for whole days: a day is one, however many hours it has.
    Nominal(Span),
}

impl Timetable {
    pub(super) fn read(calendar: &Component, zones: &Zones) -> Self {
        let (mut masters, mut changed, mut onward) = (Vec::new(), Vec::new(), Vec::new());
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
                    event.recurrence.rules = Vec::new();
                    match range(component).as_deref() {
                        None => changed.push((original, event)),
                        Some("THISANDFUTURE") => onward.push((original, event)),
                        Some(_) => {
                            event.has_unknown_rule = true;
                            changed.push((original, event));
                        }
                    }
                }
            }
        }
        onward.sort_by_key(|(original, _)| original.timestamp());
        Self {
            masters,
            changed,
            onward,
            has_unknown_zone: zones.has_unknown(),
        }
    }

    /// Whether there is one time, and never another one.
    pub fn is_single(&self) -> bool {
        let is_single = |event: &Event| {
            let recurrence = &event.recurrence;
            recurrence.rules.is_empty() && recurrence.added.is_empty() && !event.has_unknown_rule
        };
        let is_alone = self.changed.is_empty() && self.onward.is_empty();
        is_alone && self.masters.len() == 1 && self.masters.iter().all(is_single)
    }

    /// Whether it comes again by a rule that nobody here understands, or takes place in a zone that nobody
    /// knows.
    pub fn has_unknown_rule(&self) -> bool {
        let differing = self.changed.iter().chain(&self.onward);
        let differing = differing.map(|(_, event)| event);
        let mut all = self.masters.iter().chain(differing);
        self.has_unknown_zone || all.any(|event| event.has_unknown_rule)
    }

    /// The earliest start that is written down: an occurrence may have been moved before the first.
    pub fn earliest(&self) -> Option<Timestamp> {
        let differing = self.changed.iter().chain(&self.onward);
        let differing = differing.map(|(_, event)| event);
        let starts = self.masters.iter().chain(differing).flat_map(|event| {
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
            let differing = self.differing();
            let is_wanted = |start: &Zoned| {
                !differing.contains(&start.timestamp())
                    && !event.exclusions.has(start)
                    && self
                        .place(event, start)
                        .is_some_and(|at| is_ahead(&at.start, &at.end))
            };
            let earliest = from.checked_sub(self.longest_reach(event));
            let earliest = earliest.unwrap_or(Timestamp::MIN);
            let starts = event.recurrence.starts(earliest, is_wanted, most);
            starts
                .into_iter()
                .filter_map(|start| self.place(event, &start))
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
            let differing = self.differing();
            let is_wanted = |start: &Zoned| {
                !differing.contains(&start.timestamp()) && !event.exclusions.has(start)
            };
            let starts = event
                .recurrence
                .starts(Timestamp::MIN, is_wanted, usize::MAX);
            let ends = starts.iter().filter_map(|start| self.place(event, start));
            let last = ends.map(|at| at.end).max();
            let beyond = event.recurrence.unreached_end();
            let beyond = beyond.map(|until| event.end(&until.to_zoned(event.zone())));
            last.max(beyond)
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

    /// The occurrences that are not when the rules have them, in order.
    pub(super) fn differences(&self) -> Vec<Changed> {
        let exclusions = |original: &Zoned| {
            let mut masters = self.masters.iter();
            masters.any(|event| event.exclusions.has(original))
        };
        let Some(zone) = self.masters.first().map(Event::zone) else {
            return Vec::new();
        };
        let told = |is_onward: bool| {
            let zone = zone.clone();
            move |(original, event): &(Zoned, Event)| {
                let start = event.recurrence.start.clone();
                let time = (!event.is_cancelled).then(|| (start.clone(), event.end(&start)));
                let in_zone = |at: Zoned| at.with_time_zone(zone.clone());
                Changed {
                    original: in_zone(original.clone()),
                    time: time.map(|(start, end)| (in_zone(start), in_zone(end))),
                    is_onward,
                }
            }
        };
        let alone = self.changed.iter().map(told(false));
        let onward = self.onward.iter().map(told(true));
        let mut found: Vec<Changed> = alone
            .chain(onward)
            .filter(|changed| !exclusions(&changed.original) && !self.is_regular(changed))
            .collect();
        found.sort_by_key(|changed| changed.original.timestamp());
        found
    }

    /// Whether it takes place when the rules have it: something else about it may differ.
    fn is_regular(&self, changed: &Changed) -> bool {
        let Some((start, end)) = &changed.time else {
            return false;
        };
        let others = self.onward.iter();
        let is_after_others = others
            .filter(|(from, _)| from.timestamp() < changed.original.timestamp())
            .any(|_| true);
        let of_rule = self
            .masters
            .first()
            .map(|event| event.end(&changed.original));
        let is_same = start.timestamp() == changed.original.timestamp();
        is_same && !is_after_others && of_rule.is_some_and(|own| own.timestamp() == end.timestamp())
    }

    /// What an occurrence of a series is that does not differ by itself; none: it was cancelled with all
    /// that follow.
    fn place(&self, event: &Event, original: &Zoned) -> Option<Occurrence> {
        let begun = |(from, _): &&(Zoned, Event)| from.timestamp() <= original.timestamp();
        let Some((from, other)) = self.onward.iter().rev().find(begun) else {
            return Some(event.occurrence(original.clone(), original.clone()));
        };
        if other.is_cancelled {
            return None;
        }
        let start = other.shift(from, original);
        Some(other.occurrence(original.clone(), start))
    }

    /// Occurrences that differ, and take place as long as the series does.
    fn changed_times(&self) -> impl Iterator<Item = &(Zoned, Event)> {
        let is_all_off = self.masters.iter().all(|event| event.is_cancelled);
        // Without a series nobody says which occurrences follow.
        let onward = self.onward.iter().filter(|_| self.masters.is_empty());
        let changed = self.changed.iter().chain(onward);
        // What was taken out of the series (EXDATE) does not come back by being described.
        let is_out = |original: &Zoned| {
            let mut masters = self.masters.iter();
            masters.any(|event| event.exclusions.has(original))
        };
        changed.filter(move |(original, event)| {
            (is_all_off || !event.is_cancelled) && !is_out(original)
        })
    }

    /// Starts of a series that are not its business any more.
    fn differing(&self) -> HashSet<Timestamp> {
        let changed = self.changed.iter().map(|(original, _)| original);
        changed.map(Zoned::timestamp).collect()
    }

    /// How long after an original start something may still take place.
    fn longest_reach(&self, event: &Event) -> SignedDuration {
        let onward = self.onward.iter().map(|(from, other)| {
            let shift = from.duration_until(&other.recurrence.start);
            other.longest_length().saturating_add(shift.abs())
        });
        onward.fold(event.longest_length(), SignedDuration::max)
    }
}

impl Event {
    fn read(event: &Component, zones: &Zones) -> Option<Self> {
        let (start, end) = time::range(event, zones).ok()?;
        let is_day = series::form(event, zones).ok()?.is_date();
        let rules = series::rules(event, &start, is_day);
        let mut is_unknown = rules.is_none() || event.property("EXRULE").is_some();
        let (mut added, mut ends) = (Vec::new(), HashMap::new());
        for line in event.all("RDATE") {
            let Ok(values) = time::values(&line, zones) else {
                is_unknown = true;
                continue;
            };
            for value in values {
                let (at, end) = match value {
                    Value::At(at, end) => (at, end),
                    Value::Day(day) => (day.to_zoned(start.time_zone().clone()).ok()?, None),
                };
                let at = at.with_time_zone(start.time_zone().clone());
                if let Some(end) = end {
                    ends.insert(
                        at.timestamp(),
                        end.with_time_zone(start.time_zone().clone()),
                    );
                }
                added.push(at);
            }
        }
        let exclusions = Exclusions::of(event, zones);
        is_unknown |= exclusions.is_err();
        let exclusions = exclusions.unwrap_or_else(|_| Exclusions::readable(event, &start, zones));
        Some(Self {
            length: length(event, &start, &end, zones),
            recurrence: Recurrence {
                start,
                rules: rules.unwrap_or_default(),
                added,
            },
            ends,
            exclusions,
            is_cancelled: crate::calendar_object::read::is_cancelled(event),
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
        if let Some(end) = self.ends.get(&start.timestamp()) {
            return end.clone();
        }
        let end = match self.length {
            Length::Exact(length) => start.checked_add(length),
            Length::Nominal(span) => start.checked_add(span),
        };
        end.unwrap_or_else(|_| start.clone())
    }

    /// Where an occurrence goes when this one, which was at `from`, says so of all that follow: as far on the
    /// clock, and in its zone.
    fn shift(&self, from: &Zoned, original: &Zoned) -> Zoned {
        shift(from, &self.recurrence.start, original)
    }

    fn zone(&self) -> TimeZone {
        self.recurrence.start.time_zone().clone()
    }

    /// At least as long as every occurrence.
    fn longest_length(&self) -> SignedDuration {
        let start = &self.recurrence.start;
        let day = SignedDuration::from_hours(24);
        let own = start.duration_until(&self.end(start));
        let added = self.recurrence.added.iter();
        let longest = added
            .map(|at| at.duration_until(&self.end(at)))
            .fold(own, SignedDuration::max);
        longest.saturating_add(day)
    }
}

/// The starts of a series that fall on days which EXDATE names, in the zone of the first.
pub(super) fn starts_on_days(master: &Component, zones: &Zones) -> Vec<Zoned> {
    let (Some(event), Ok(exclusions)) = (Event::read(master, zones), Exclusions::of(master, zones))
    else {
        return Vec::new();
    };
    let is_named = |at: &Zoned| exclusions.days.contains(&at.date());
    event.recurrence.starts(Timestamp::MIN, is_named, MOST)
}

/// RANGE of RECURRENCE-ID (RFC 5545 3.2.13), in capitals.
pub(super) fn range(event: &Component) -> Option<String> {
    let original = event.property("RECURRENCE-ID")?;
    Some(original.parameter("RANGE")?.trim().to_ascii_uppercase())
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

/// As far from `original` on the clock as `to` is from `from`, and in its zone.
pub(super) fn shift(from: &Zoned, to: &Zoned, original: &Zoned) -> Zoned {
    let zone = to.time_zone();
    let local = |at: &Zoned| at.with_time_zone(zone.clone()).datetime();
    let moved = local(original).saturating_add(local(to).duration_since(local(from)));
    moved
        .to_zoned(zone.clone())
        .unwrap_or_else(|_| original.clone())
}

#[cfg(test)]
mod tests;
