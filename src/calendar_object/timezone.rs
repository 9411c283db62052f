//! VTIMEZONE (RFC 5545 3.6.5) in the one shape that every calendar reads.
//!
//! Outlook takes at most one STANDARD and one DAYLIGHT, each with one yearly rule by weekday or by
//! day of the month ([MS-OXCICAL] 2.1.3.1.1.19). Of all such pairs we write the one that is right
//! for the event and for the most years after it. Where none is right for the event, or where no
//! daylight saving is to come, we write bare facts: the offset at the start and each change up to
//! the end.

use std::cmp::Reverse;

use ics::components::Component;
use ics::properties::{DtStart, RRule, TzID, TzName, TzOffsetFrom, TzOffsetTo};
use jiff::civil::{Date, DateTime, Time, Weekday, date};
use jiff::tz::{Offset, TimeZone, TimeZoneTransition};
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::icalendar;

/// How far after the start changes of the clock are looked at.
const HORIZON: SignedDuration = SignedDuration::from_hours(6 * 366 * 24);

/// Most changes looked at in that time; a zone has four a year at most.
const MOST_CHANGES: usize = 32;

/// Year of the first onset of a yearly change, or the year before an earlier event. That of everybody
/// else: readers that take a zone for UTC, or lose its first onset, do so far in the past (py-vobject
/// compares some dates after 2000, ts-ics begins with the second onset).
const FIRST_ONSET: i16 = 1970;

/// The block for the zone of `start` under the name `tzid`. The offsets that it gives from `start`
/// to `last` are the zone's, or for the first six years of a longer series.
pub(super) fn timezone(tzid: &str, start: &Zoned, last: Timestamp) -> Component<'static> {
    let event = Event {
        zone: start.time_zone(),
        start: start.timestamp(),
        end: last.min(horizon(start.timestamp())),
        year: start.year(),
    };
    let mut block = Component::new("VTIMEZONE");
    block.add_property(TzID::new(tzid.to_owned()));
    for observance in event.yearly_observances().unwrap_or_else(|| event.facts()) {
        block.add_component(observance.component());
    }
    block
}

/// The same as it goes into a calendar that is there already, with its line ends.
pub(super) fn component(
    tzid: &str,
    start: &Zoned,
    last: Timestamp,
    calendar: &icalendar::Component,
) -> Option<icalendar::Component> {
    let block = timezone(tzid, start, last);
    let text = format!("BEGIN:VCALENDAR\r\n{block}END:VCALENDAR\r\n");
    let text = text.replace("\r\n", calendar.line_end());
    let object = icalendar::Object::parse(text.as_bytes()).ok()?;
    object.calendar.components().next().cloned()
}

/// The time of an event in its zone.
struct Event<'z> {
    zone: &'z TimeZone,
    start: Timestamp,
    end: Timestamp,
    /// Year of the start on the zone's calendar.
    year: i16,
}

/// A change of the clock that happened or will happen.
#[derive(Clone)]
struct Change {
    at: Timestamp,
    shift: Shift,
}

/// From which offset to which, and what the new one is called.
#[derive(Clone)]
struct Shift {
    from: Offset,
    to: Offset,
    name: String,
}

/// A change of the clock that comes every year.
#[derive(Clone)]
struct Yearly {
    shift: Shift,
    month: i8,
    day: MonthDay,
    time: Time,
}

/// The first to fourth weekday of a month or (-1) the last one, or a day by number.
#[derive(Clone, Copy)]
enum MonthDay {
    Weekday(i8, Weekday),
    Number(i8),
}

/// STANDARD or DAYLIGHT.
struct Observance {
    /// First onset, on the clock that still shows the offset before.
    onset: DateTime,
    shift: Shift,
    rule: Option<String>,
}

impl Event<'_> {
    /// The best pair of yearly changes, if one is right for the event.
    fn yearly_observances(&self) -> Option<Vec<Observance>> {
        let ahead = self.changes_ahead();
        let daylight = self.candidates(&ahead, Shift::is_forward);
        let standard = self.candidates(&ahead, |shift| !shift.is_forward());
        let mut pairs = standard
            .iter()
            .flat_map(|s| daylight.iter().map(move |d| [s, d]));
        let pair = pairs.find(|pair| self.is_right(pair, &ahead))?;
        pair.iter()
            .map(|rule| rule.observance(FIRST_ONSET.min(self.year - 1)))
            .collect()
    }

    fn facts(&self) -> Vec<Observance> {
        let at_start = self.zone.to_offset_info(self.start);
        let always = Observance {
            onset: date(1601, 1, 1).at(0, 0, 0, 0),
            shift: Shift {
                from: at_start.offset(),
                to: at_start.offset(),
                name: at_start.abbreviation().to_owned(),
            },
            rule: None,
        };
        let inside = self
            .changes_ahead()
            .into_iter()
            .filter(|change| change.at <= self.end);
        std::iter::once(always)
            .chain(inside.map(Change::into_observance))
            .collect()
    }

    /// Changes after the start.
    fn changes_ahead(&self) -> Vec<Change> {
        let horizon = horizon(self.start);
        let changes = self.zone.following(self.start).take(MOST_CHANGES);
        let near = changes.take_while(|change| change.timestamp() <= horizon);
        near.filter_map(|change| self.change(&change)).collect()
    }

    /// The last few changes before the start.
    fn changes_behind(&self) -> impl Iterator<Item = Change> {
        let changes = self.zone.preceding(self.start).take(4);
        changes.filter_map(|change| self.change(&change))
    }

    /// None where only the name changes and not the offset.
    fn change(&self, change: &TimeZoneTransition<'_>) -> Option<Change> {
        let at = change.timestamp();
        let shift = Shift {
            from: self.zone.to_offset(second_before(at)),
            to: change.offset(),
            name: change.abbreviation().to_owned(),
        };
        (shift.from != shift.to).then_some(Change { at, shift })
    }

    /// Yearly rules that give the next change of one kind or the last ones, first those that give
    /// the most changes in a row. None if no such change is to come.
    fn candidates(&self, ahead: &[Change], kind: impl Fn(&Shift) -> bool) -> Vec<Yearly> {
        let wanted: Vec<&Change> = ahead.iter().filter(|change| kind(&change.shift)).collect();
        let Some(next) = wanted.first() else {
            return Vec::new();
        };
        let last = self.changes_behind().filter(|change| kind(&change.shift));
        let mut rules = next.rules();
        rules.extend(last.flat_map(|change| change.rules()));
        let years_right = |rule: &Yearly| {
            wanted
                .iter()
                .take_while(|change| rule.gives(change))
                .count()
        };
        rules.sort_by_cached_key(|rule| Reverse(years_right(rule)));
        rules
    }

    /// Whether the rules give the zone's offsets from the start to the end.
    fn is_right(&self, rules: &[&Yearly; 2], ahead: &[Change]) -> bool {
        let inside = ahead
            .iter()
            .map(|change| change.at)
            .take_while(|at| *at <= self.end);
        let around = inside.flat_map(|at| [second_before(at), at]);
        let mut moments = around.chain([self.start, self.end]);
        moments.all(|at| self.offset(rules, at) == Some(self.zone.to_offset(at)))
    }

    /// What a calendar makes of the rules: the latest onset decides (RFC 5545 3.6.5).
    fn offset(&self, rules: &[&Yearly; 2], at: Timestamp) -> Option<Offset> {
        let years = self.year - 1..=self.zone.to_datetime(self.end).year();
        let onsets = years.flat_map(|year| {
            rules
                .iter()
                .filter_map(move |rule| rule.onset(year).zip(Some(rule.shift.to)))
        });
        let (_, offset) = onsets
            .filter(|(onset, _)| *onset <= at)
            .max_by_key(|(onset, _)| *onset)?;
        Some(offset)
    }
}

impl Change {
    /// The yearly rules that would give this change.
    fn rules(&self) -> Vec<Yearly> {
        let local = self.shift.from.to_datetime(self.at);
        let days = MonthDay::ways_of(local.date());
        let rule = |day| Yearly {
            shift: self.shift.clone(),
            month: local.month(),
            day,
            time: local.time(),
        };
        days.into_iter().map(rule).collect()
    }

    fn into_observance(self) -> Observance {
        Observance {
            onset: self.shift.from.to_datetime(self.at),
            shift: self.shift,
            rule: None,
        }
    }
}

impl Yearly {
    fn gives(&self, change: &Change) -> bool {
        let year = self.shift.from.to_datetime(change.at).year();
        self.onset(year) == Some(change.at) && self.shift.to == change.shift.to
    }

    fn onset(&self, year: i16) -> Option<Timestamp> {
        self.shift.from.to_timestamp(self.local_onset(year)?).ok()
    }

    fn local_onset(&self, year: i16) -> Option<DateTime> {
        Some(self.day.of(year, self.month)?.to_datetime(self.time))
    }

    fn observance(&self, first_year: i16) -> Option<Observance> {
        Some(Observance {
            onset: self.local_onset(first_year)?,
            shift: self.shift.clone(),
            rule: Some(format!(
                "FREQ=YEARLY;BYMONTH={};{}",
                self.month,
                self.day.rule()
            )),
        })
    }
}

impl MonthDay {
    /// The ways to say which day of its month a date is.
    fn ways_of(date: Date) -> Vec<Self> {
        let nth = (date.day() - 1) / 7 + 1;
        let last = date.day() + 7 > date.days_in_month();
        let mut days = Vec::with_capacity(3);
        days.extend((nth < 5).then_some(Self::Weekday(nth, date.weekday())));
        days.extend(last.then_some(Self::Weekday(-1, date.weekday())));
        days.push(Self::Number(date.day()));
        days
    }

    fn of(self, year: i16, month: i8) -> Option<Date> {
        match self {
            Self::Weekday(nth, weekday) => Date::new(year, month, 1)
                .ok()?
                .nth_weekday_of_month(nth, weekday)
                .ok(),
            Self::Number(day) => Date::new(year, month, day).ok(),
        }
    }

    /// RFC 5545 3.3.10, one of the two forms that Outlook reads.
    fn rule(self) -> String {
        const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
        match self {
            Self::Weekday(nth, weekday) => {
                let day = usize::try_from(weekday.to_monday_zero_offset()).unwrap_or_default();
                format!("BYDAY={nth}{}", DAYS[day])
            }
            Self::Number(day) => format!("BYMONTHDAY={day}"),
        }
    }
}

impl Shift {
    /// Whether the clocks go forward. The flag in the zone data is of no use: Dublin's calls the
    /// winter daylight saving.
    fn is_forward(&self) -> bool {
        self.to > self.from
    }
}

impl Observance {
    fn component(self) -> Component<'static> {
        let kind = if self.shift.is_forward() {
            "DAYLIGHT"
        } else {
            "STANDARD"
        };
        let mut component = Component::new(kind);
        component.add_property(DtStart::new(
            self.onset.strftime("%Y%m%dT%H%M%S").to_string(),
        ));
        component.add_property(TzOffsetFrom::new(utc_offset(self.shift.from)));
        component.add_property(TzOffsetTo::new(utc_offset(self.shift.to)));
        component.add_property(TzName::new(self.shift.name));
        if let Some(rule) = self.rule {
            component.add_property(RRule::new(rule));
        }
        component
    }
}

/// RFC 5545 3.3.14; seconds only where there are some.
fn utc_offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let (minutes, rest) = (seconds.abs() / 60, seconds.abs() % 60);
    let hours = format!("{sign}{:02}{:02}", minutes / 60, minutes % 60);
    if rest == 0 {
        hours
    } else {
        format!("{hours}{rest:02}")
    }
}

fn horizon(start: Timestamp) -> Timestamp {
    start.saturating_add(HORIZON).unwrap_or(Timestamp::MAX)
}

fn second_before(at: Timestamp) -> Timestamp {
    at.saturating_sub(SignedDuration::from_secs(1))
        .unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests;
