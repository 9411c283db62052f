//! When a series takes place.
//!
//! The clock on the wall counts: what is at 10:00 is at 10:00 in summer and in winter. A time that
//! the clocks skip is moved forward by the length of the gap (RFC 5545 3.3.5), one that they show
//! twice is the first. RFC 5545 3.3.10 would drop the former; calendars do not, and people would
//! miss a meeting that their calendar shows.

use std::collections::BTreeMap;

use calcard::{Entry, Parser};
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan, Zoned};

use crate::conference::series::rule::{By, Day, End, Frequency, Rule};

/// How many years after the wanted moment a rule is looked at, in turn until there is enough.
const YEARS: [i32; 3] = [1, 10, 100];

/// Most dates that one rule gives, counted from its start: 270 years of days.
const MOST_DATES: usize = 100_000;

/// A start, and when it comes again.
pub(crate) struct Recurrence {
    /// The first start, whether or not the rule gives it.
    pub(crate) start: Zoned,
    /// RRULE; none: it does not come again.
    pub(crate) rule: Option<Rule>,
    /// RDATE: starts beside those of the rule.
    pub(crate) added: Vec<Zoned>,
}

impl Rule {
    /// The first moment from `start` on that the rule gives and the clock shows: a start that was
    /// moved out of a gap would take the whole series with it. None if there is none in a hundred
    /// years.
    pub fn first(&self, start: &Zoned) -> Option<Zoned> {
        let (zone, from) = (start.time_zone(), start.datetime());
        let until = self.until(zone).unwrap_or(Timestamp::MAX);
        let first = YEARS.iter().find_map(|years| {
            let dates = dates(self, from, years_after(from, *years));
            let starts = dates
                .into_iter()
                .map(|date| (date, on_the_wall(date, zone)));
            let mut shown = starts.filter_map(|(date, at)| at.filter(|at| at.datetime() == date));
            shown.next()
        })?;
        (first.timestamp() <= until).then_some(first)
    }
}

impl Recurrence {
    /// A rule and nothing else.
    pub(crate) fn of(rule: &Rule, start: &Zoned) -> Self {
        Self {
            start: start.clone(),
            rule: Some(rule.clone()),
            added: Vec::new(),
        }
    }

    /// Whether there is no last one.
    pub(crate) fn is_endless(&self) -> bool {
        let rule = self.rule.as_ref();
        rule.is_some_and(|rule| rule.end == End::Never)
    }

    /// The starts that are wanted, in order, at most `most`; none is wanted before `from`.
    pub(crate) fn starts(
        &self,
        from: Timestamp,
        is_wanted: impl Fn(&Zoned) -> bool,
        most: usize,
    ) -> Vec<Zoned> {
        let mut found = Vec::new();
        for years in YEARS {
            let zone = self.start.time_zone();
            let begin = self.start.datetime().max(zone.to_datetime(from));
            let (starts, is_all) = self.starts_before(years_after(begin, years));
            let wanted = starts.into_values().filter(&is_wanted);
            found = wanted.take(most).collect();
            if is_all || found.len() >= most {
                break;
            }
        }
        found
    }

    /// The starts before a time on the clock, and whether there are no others.
    fn starts_before(&self, horizon: DateTime) -> (BTreeMap<Timestamp, Zoned>, bool) {
        let zone = self.start.time_zone();
        let mut starts = BTreeMap::from([(self.start.timestamp(), self.start.clone())]);
        let mut is_all = true;
        if let Some(rule) = &self.rule {
            let dates = dates(rule, self.start.datetime(), horizon);
            let until = rule.until(zone);
            is_all = match rule.end {
                End::Times(times) => dates.len() >= usize::from(times),
                _ => until.is_some_and(|until| zone.to_datetime(until) < horizon),
            };
            is_all |= dates.len() >= MOST_DATES;
            let given = dates.into_iter().filter_map(|date| on_the_wall(date, zone));
            let given = given.map(|start| (start.timestamp(), start));
            starts.extend(given.filter(|(at, _)| until.is_none_or(|until| *at <= until)));
        }
        let near = |added: &&Zoned| is_all || added.datetime() < horizon;
        let added = self.added.iter().filter(near);
        starts.extend(added.map(|start| (start.timestamp(), start.clone())));
        (starts, is_all)
    }
}

fn years_after(from: DateTime, years: i32) -> DateTime {
    from.saturating_add(years.years())
}

/// What the clock on the wall shows, as a moment.
fn on_the_wall(clock: DateTime, zone: &TimeZone) -> Option<Zoned> {
    zone.to_ambiguous_zoned(clock).compatible().ok()
}

/// What the clock shows when a rule applies, from `start` on and before `horizon`. The end of the
/// rule is for others to look at, unless it is a number of times.
fn dates(rule: &Rule, start: DateTime, horizon: DateTime) -> Vec<DateTime> {
    if rule.is_impossible() {
        return Vec::new();
    }
    let end = match rule.end {
        End::Times(_) => rule.end,
        _ => End::Never,
    };
    let rule = Rule {
        end,
        days: nth_days(rule),
        ..rule.clone()
    };
    // Every time is called UTC, where the clock never changes.
    let event = format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:{}Z\r\nRRULE:{rule};UNTIL={}Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        start.strftime("%Y%m%dT%H%M%S"),
        horizon.strftime("%Y%m%dT%H%M%S"),
    );
    let Entry::ICalendar(calendar) = Parser::new(&event).entry() else {
        return Vec::new();
    };
    let events = calendar
        .expand_dates(calcard::common::timezone::Tz::UTC, MOST_DATES)
        .events;
    let clock = |seconds| Some(Offset::UTC.to_datetime(Timestamp::from_second(seconds).ok()?));
    events
        .iter()
        .filter_map(|event| clock(event.start.timestamp()))
        .collect()
}

/// calcard takes what is both for `MO,1FR`: a Monday that is the first Friday. Mondays by number
/// are united with others.
fn nth_days(rule: &Rule) -> Vec<Day> {
    if rule.days.iter().all(|day| day.nth.is_none()) {
        return rule.days.clone();
    }
    let in_months = rule.frequency == Frequency::Monthly || !rule.numbers(By::Month).is_empty();
    let most = if in_months { 5 } else { 53 };
    let all = |weekday| {
        (1..=most).map(move |nth| Day {
            nth: Some(nth),
            weekday,
        })
    };
    let days = rule.days.iter().flat_map(|day| match day.nth {
        Some(_) => vec![*day],
        None => all(day.weekday).collect(),
    });
    days.collect()
}
