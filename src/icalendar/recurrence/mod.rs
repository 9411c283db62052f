//! When something comes again (RFC 5545 3.8.5): rules, and dates beside them.
//!
//! The clock on the wall counts: what is at 10:00 is at 10:00 in summer and in winter. A time that
//! the clocks skip is moved forward by the length of the gap (RFC 5545 3.3.5), one that they show
//! twice is the first. RFC 5545 3.3.10 would drop the former; calendars do not, and people would
//! miss a meeting that their calendar shows.

mod dates;
mod read;
mod rule;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

pub(super) use dates::Dates;
pub use read::RuleNote;
pub use rule::{By, Day, End, Frequency, Rule, RuleError, Skip};

/// How many years after the wanted moment a rule is looked at.
const YEARS: i32 = 100;

/// Most dates that one rule gives, counted from its start: 270 years of days.
const MOST_DATES: usize = 100_000;

/// A start, and when it comes again.
#[derive(Clone, Debug)]
pub struct Recurrence {
    /// The first start, whether or not a rule gives it.
    pub start: Zoned,
    /// RRULE; each gives its own dates, and all of them count.
    pub rules: Vec<Rule>,
    /// RDATE: starts beside those of the rules.
    pub added: Vec<Zoned>,
}

impl Rule {
    /// The first moment from `start` on that the rule gives and the clock shows: a start that was
    /// moved out of a gap would take the whole series with it. None if there is none in a hundred
    /// years.
    pub fn first(&self, start: &Zoned) -> Option<Zoned> {
        let (zone, from) = (start.time_zone(), start.datetime());
        let until = self.until(zone).unwrap_or(Timestamp::MAX);
        let mut dates = Dates::of(self, from, from, years_after(from)).take(MOST_DATES);
        let first = dates.find_map(|date| {
            let at = on_the_wall(date, zone)?;
            (at.datetime() == date).then_some(at)
        })?;
        (first.timestamp() <= until).then_some(first)
    }
}

impl Recurrence {
    /// A rule and nothing else.
    pub fn of(rule: &Rule, start: &Zoned) -> Self {
        Self {
            start: start.clone(),
            rules: vec![rule.clone()],
            added: Vec::new(),
        }
    }

    /// Whether there is no last one, or none within the hundred years that rules are followed.
    pub fn is_endless(&self) -> bool {
        self.rules.iter().any(|rule| {
            let periods = match rule.frequency {
                Frequency::Yearly => YEARS,
                Frequency::Monthly => YEARS * 12,
                _ => i32::MAX,
            };
            match rule.end {
                End::Never => true,
                End::Times(times) => i64::from(times) * i64::from(rule.every) > i64::from(periods),
                _ => false,
            }
        })
    }

    /// The latest UNTIL of those rules of which not all dates are given, because they are very many or go on for
    /// very long.
    pub fn unreached_end(&self) -> Option<Timestamp> {
        let zone = self.start.time_zone();
        let horizon = years_after(self.start.datetime());
        let ends = self.rules.iter().filter_map(|rule| {
            let until = rule.until(zone)?;
            let clock = zone.to_datetime(until);
            let days = clock.duration_since(self.start.datetime()).as_hours() / 24 + 1;
            let dates = u64::try_from(days).unwrap_or_default() * rule.most_a_day();
            (clock >= horizon || dates > MOST_DATES as u64).then_some(until)
        });
        ends.max()
    }

    /// The starts that are wanted, in order, at most `most`; none is wanted before `from`. Each rule is
    /// followed for a hundred years after that.
    pub fn starts(
        &self,
        from: Timestamp,
        is_wanted: impl Fn(&Zoned) -> bool,
        most: usize,
    ) -> Vec<Zoned> {
        let zone = self.start.time_zone();
        let begin = zone.to_datetime(from);
        let horizon = years_after(self.start.datetime().max(begin));
        let mut added = self.added.clone();
        added.push(self.start.clone());
        added.sort();
        let mut sources: Vec<Source<'_>> = vec![Source::of(added.into_iter())];
        for rule in &self.rules {
            let until = rule.until(zone).unwrap_or(Timestamp::MAX);
            let dates = Dates::of(rule, self.start.datetime(), begin, horizon).take(MOST_DATES);
            let starts = dates.filter_map(move |date| on_the_wall(date, zone));
            let starts = starts.take_while(move |at| at.timestamp() <= until);
            sources.push(Source::of(starts));
        }
        let mut found: Vec<Zoned> = Vec::new();
        let mut last = None;
        while found.len() < most
            && let Some(at) = take_earliest(&mut sources)
        {
            if last != Some(at.timestamp()) && is_wanted(&at) {
                last = Some(at.timestamp());
                found.push(at);
            }
        }
        found
    }
}

/// Starts in order, from one of the properties.
struct Source<'a> {
    next: Option<Zoned>,
    rest: Box<dyn Iterator<Item = Zoned> + 'a>,
}

impl<'a> Source<'a> {
    fn of(mut starts: impl Iterator<Item = Zoned> + 'a) -> Self {
        Self {
            next: starts.next(),
            rest: Box::new(starts),
        }
    }
}

fn take_earliest(sources: &mut [Source<'_>]) -> Option<Zoned> {
    let ahead = sources.iter_mut().filter(|source| source.next.is_some());
    let source = ahead.min_by_key(|source| source.next.as_ref().map(Zoned::timestamp))?;
    let next = source.rest.next();
    std::mem::replace(&mut source.next, next)
}

fn years_after(from: DateTime) -> DateTime {
    from.saturating_add(YEARS.years())
}

/// What the clock on the wall shows, as a moment.
fn on_the_wall(clock: DateTime, zone: &TimeZone) -> Option<Zoned> {
    zone.to_ambiguous_zoned(clock).compatible().ok()
}

#[cfg(test)]
mod tests;
