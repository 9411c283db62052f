//! What the clock shows when a rule applies (RFC 5545 3.3.10, RFC 7529 4.1).
//!
//! The dates of a period are all its days that no part of the rule excludes; each has the times that
//! the rule lists, or that of the start.

use std::collections::VecDeque;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time, Weekday, date};

use crate::icalendar::recurrence::rule::{By, Day, End, Frequency, Rule, Skip};

/// Most periods in a row that are looked at without finding anything, a hundred years of days: a rule may be
/// one that nothing satisfies.
const MOST_EMPTY: u32 = 40_000;

const DAY: i64 = 24 * 60 * 60;

/// The dates of a rule in order, from its start on; of those before `from` some may be left out, unless
/// they are counted.
pub(in crate::icalendar) struct Dates<'r> {
    rule: &'r Rule,
    start: DateTime,
    horizon: DateTime,
    days: Days<'r>,
    times: Times,
    /// The period that is looked at next, counted in those of the frequency.
    period: i64,
    ready: VecDeque<DateTime>,
    /// How many there may still be (COUNT).
    left: u32,
    empty: u32,
}

impl<'r> Dates<'r> {
    /// `start`: that of the series. The end of the rule is for others to look at, unless it is a number of
    /// times. Nothing is given from `horizon` on.
    pub(in crate::icalendar) fn of(
        rule: &'r Rule,
        start: DateTime,
        from: DateTime,
        horizon: DateTime,
    ) -> Self {
        let counted = matches!(rule.end, End::Times(_));
        let first = period_of(rule, start);
        let step = i64::from(rule.every);
        let skipped = match counted {
            true => 0,
            // A day that is moved forward belongs to the period before.
            false => ((period_of(rule, from.max(start)) - first) / step - 1).max(0),
        };
        Self {
            rule,
            start,
            horizon,
            days: Days::of(rule, start.date()),
            times: Times::of(rule, start.time()),
            period: first + skipped * step,
            ready: VecDeque::new(),
            left: match rule.end {
                End::Times(times) => times.into(),
                _ => u32::MAX,
            },
            empty: 0,
        }
    }

    /// Looks at the next period. False: there is none.
    fn read_period(&mut self) -> bool {
        let step = i64::from(self.rule.every);
        let found = match self.rule.frequency {
            Frequency::Hourly => self.times_of_day_part(60 * 60),
            Frequency::Minutely => self.times_of_day_part(60),
            Frequency::Secondly => self.times_of_day_part(1),
            _ => {
                let Some((days, begin)) = self.days_of_period() else {
                    return false;
                };
                if begin.to_datetime(Time::midnight()) >= self.horizon {
                    return false;
                }
                self.period += step;
                let times = self.times.of_day();
                let all = days
                    .iter()
                    .flat_map(|day| times.iter().map(|time| day.to_datetime(*time)));
                Some(all.collect())
            }
        };
        let Some(found) = found else {
            return false;
        };
        let found = self.positions(found);
        self.empty = match found.is_empty() {
            true => self.empty + 1,
            false => 0,
        };
        self.ready.extend(found);
        self.empty < MOST_EMPTY
    }

    /// Those of a period that BYSETPOS wants.
    fn positions(&self, all: Vec<DateTime>) -> Vec<DateTime> {
        let wanted = self.rule.numbers(By::Position);
        if wanted.is_empty() {
            return all;
        }
        let place = |number: &i16| match usize::from(number.unsigned_abs()) {
            number_from_end if *number < 0 => all.len().checked_sub(number_from_end),
            number => number.checked_sub(1),
        };
        let mut places: Vec<usize> = wanted.iter().filter_map(place).collect();
        places.sort_unstable();
        places.dedup();
        places
            .iter()
            .filter_map(|at| all.get(*at).copied())
            .collect()
    }

    /// The days of the period in order, and where it begins; none: no calendar has it.
    fn days_of_period(&self) -> Option<(Vec<Date>, Date)> {
        let whole = |first: Date, count: i64| {
            let days = (0..count).filter_map(move |n| first.checked_add(n.days()).ok());
            days.filter(|day| self.days.has(*day)).collect()
        };
        Some(match self.rule.frequency {
            Frequency::Yearly => {
                let year = i16::try_from(self.period).ok()?;
                let first = Date::new(year, 1, 1).ok()?;
                let days = match self.days.are_moved() {
                    true => self.days.moved(year, 1..=12),
                    false => self.days.of_year(year),
                };
                (days, first)
            }
            Frequency::Monthly => {
                let year = i16::try_from(self.period.div_euclid(12)).ok()?;
                let month = i8::try_from(self.period.rem_euclid(12) + 1).ok()?;
                let first = Date::new(year, month, 1).ok()?;
                let days = match self.days.are_moved() {
                    true => self.days.moved(year, month..=month),
                    false => whole(first, first.days_in_month().into()),
                };
                (days, first)
            }
            Frequency::Weekly => {
                let first = day_of(self.period * 7 + week_offset(self.rule))?;
                (whole(first, 7), first)
            }
            _ => {
                let first = day_of(self.period)?;
                (whole(first, 1), first)
            }
        })
    }

    /// The times in the hour, minute or second that is next; what is excluded as a whole is passed over.
    fn times_of_day_part(&mut self, seconds: i64) -> Option<Vec<DateTime>> {
        let step = i64::from(self.rule.every);
        let at = self.period * seconds;
        let day = day_of(at.div_euclid(DAY))?;
        if day.to_datetime(Time::midnight()) >= self.horizon {
            return None;
        }
        let pass_to = |second: i64, period: i64| {
            let ahead = (second + seconds - 1).div_euclid(seconds) - period;
            period + (ahead.max(1) + step - 1) / step * step
        };
        if !self.days.has(day) {
            self.period = pass_to((at.div_euclid(DAY) + 1) * DAY, self.period);
            return Some(Vec::new());
        }
        let of_day = at.rem_euclid(DAY);
        let hour = i16::try_from(of_day / 3600).ok()?;
        let hours = self.rule.numbers(By::Hour);
        if !hours.is_empty() && !hours.contains(&hour) {
            self.period = pass_to(at - of_day % 3600 + 3600, self.period);
            return Some(Vec::new());
        }
        let minute = i16::try_from(of_day / 60 % 60).ok()?;
        let minutes = self.rule.numbers(By::Minute);
        if seconds < 3600 && !minutes.is_empty() && !minutes.contains(&minute) {
            self.period = pass_to(at - of_day % 60 + 60, self.period);
            return Some(Vec::new());
        }
        self.period += step;
        let second = i16::try_from(of_day % 60).ok()?;
        let seconds_wanted = self.rule.numbers(By::Second);
        let one = |number: i16| i8::try_from(number).ok().map(|number| vec![number]);
        let hour = one(hour)?;
        let found = match self.rule.frequency {
            Frequency::Hourly => times(&hour, &self.times.minutes, &self.times.seconds),
            Frequency::Minutely => times(&hour, &one(minute)?, &self.times.seconds),
            _ if seconds_wanted.is_empty() || seconds_wanted.contains(&second) => {
                times(&hour, &one(minute)?, &one(second)?)
            }
            _ => Vec::new(),
        };
        Some(
            found
                .into_iter()
                .map(|time| day.to_datetime(time))
                .collect(),
        )
    }
}

impl Iterator for Dates<'_> {
    type Item = DateTime;

    fn next(&mut self) -> Option<DateTime> {
        loop {
            while let Some(at) = self.ready.pop_front() {
                if at >= self.horizon || self.left == 0 {
                    return None;
                }
                if at >= self.start {
                    self.left -= 1;
                    return Some(at);
                }
            }
            if !self.read_period() {
                return None;
            }
        }
    }
}

/// Which days the rule has.
struct Days<'r> {
    rule: &'r Rule,
    months: Vec<i16>,
    month_days: Vec<i16>,
    /// Every one of its name.
    weekdays: Vec<Weekday>,
    /// By number, in a month or a year.
    nth: Vec<(i8, Weekday)>,
    nth_in_month: bool,
}

impl<'r> Days<'r> {
    fn of(rule: &'r Rule, start: Date) -> Self {
        let mut months = rule.numbers(By::Month).to_vec();
        let mut month_days = rule.numbers(By::MonthDay).to_vec();
        let mut weekdays: Vec<Weekday> = Vec::new();
        let mut nth = Vec::new();
        for Day {
            nth: number,
            weekday,
        } in &rule.days
        {
            match number {
                Some(number) => nth.push((*number, *weekday)),
                None => weekdays.push(*weekday),
            }
        }
        let has = |by| !rule.numbers(by).is_empty();
        let named = has(By::MonthDay) || has(By::YearDay) || has(By::WeekNumber);
        if !named && rule.days.is_empty() {
            match rule.frequency {
                Frequency::Yearly => {
                    if months.is_empty() {
                        months.push(start.month().into());
                    }
                    month_days.push(start.day().into());
                }
                Frequency::Monthly => month_days.push(start.day().into()),
                Frequency::Weekly => weekdays.push(start.weekday()),
                _ => {}
            }
        }
        Self {
            rule,
            nth_in_month: rule.frequency != Frequency::Yearly || !months.is_empty(),
            months,
            month_days,
            weekdays,
            nth,
        }
    }

    /// Whether days that do not exist are moved.
    fn are_moved(&self) -> bool {
        self.rule.skip != Skip::Omit && !self.month_days.is_empty()
    }

    fn has(&self, day: Date) -> bool {
        self.has_month(day) && self.has_month_day(day) && self.has_other(day)
    }

    fn has_month(&self, day: Date) -> bool {
        self.months.is_empty() || self.months.contains(&day.month().into())
    }

    fn has_month_day(&self, day: Date) -> bool {
        let from_end = i16::from(day.day()) - i16::from(day.days_in_month()) - 1;
        let is_it = |number: &i16| *number == i16::from(day.day()) || *number == from_end;
        self.month_days.is_empty() || self.month_days.iter().any(is_it)
    }

    fn has_other(&self, day: Date) -> bool {
        let year_days = self.rule.numbers(By::YearDay);
        let of_year = day.day_of_year();
        let from_end = of_year - day.days_in_year() - 1;
        if !year_days.is_empty() && !year_days.iter().any(|n| *n == of_year || *n == from_end) {
            return false;
        }
        if !self.rule.numbers(By::WeekNumber).is_empty() && !self.has_week(day) {
            return false;
        }
        if self.weekdays.is_empty() && self.nth.is_empty() {
            return true;
        }
        self.weekdays.contains(&day.weekday()) || self.nth.iter().any(|nth| self.is_nth(day, *nth))
    }

    /// `day` is the so-manyth of its name in the month or the year.
    fn is_nth(&self, day: Date, (number, weekday): (i8, Weekday)) -> bool {
        if day.weekday() != weekday {
            return false;
        }
        let (at, length) = match self.nth_in_month {
            true => (day.day().into(), day.days_in_month().into()),
            false => (day.day_of_year(), day.days_in_year()),
        };
        let forward = (at - 1) / 7 + 1;
        let backward = -((length - at) / 7 + 1);
        [forward, backward].contains(&i16::from(number))
    }

    /// A week belongs to the year that has most of its days, as its first or its last.
    fn has_week(&self, day: Date) -> bool {
        let begin = |day: Date| {
            let since = days_since(self.rule, day.weekday());
            day.checked_sub(i64::from(since).days()).ok()
        };
        let first_of = |year: i16| begin(Date::new(year, 1, 4).ok()?);
        let number = || {
            let own = begin(day)?;
            // The fourth day of a week is in its year.
            let year = own.checked_add(3.days()).ok()?.year();
            let (first, next) = (first_of(year)?, first_of(year + 1)?);
            let weeks = |to: Date, from: Date| (day_number(to) - day_number(from)) / 7;
            Some((year, weeks(own, first) + 1, weeks(own, next)))
        };
        // The days of a period are those of its year: others are of a week in the year before or after.
        let Some((_, forward, backward)) = number() else {
            return false;
        };
        let numbers = self.rule.numbers(By::WeekNumber).iter();
        numbers
            .map(|n| i64::from(*n))
            .any(|n| n == forward || n == backward)
    }

    /// Those of a year, in order.
    fn of_year(&self, year: i16) -> Vec<Date> {
        let months = (1..=12)
            .filter(|month| self.months.is_empty() || self.months.contains(&(*month).into()));
        let firsts = months.filter_map(|month| Date::new(year, month, 1).ok());
        let days = firsts.flat_map(|first| {
            (1..=first.days_in_month())
                .filter_map(move |day| Date::new(year, first.month(), day).ok())
        });
        days.filter(|day| self.has(*day)).collect()
    }

    /// Those of some months of a year where days that do not exist are moved (RFC 7529 4.1), in order.
    fn moved(&self, year: i16, months: std::ops::RangeInclusive<i8>) -> Vec<Date> {
        let months =
            months.filter(|month| self.months.is_empty() || self.months.contains(&(*month).into()));
        let firsts = months.filter_map(|month| Date::new(year, month, 1).ok());
        let mut days: Vec<Date> = firsts
            .flat_map(|first| {
                self.month_days
                    .iter()
                    .filter_map(move |day| self.day_of_month(first, *day))
            })
            .filter(|day| self.has_other(*day))
            .collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    fn day_of_month(&self, first: Date, number: i16) -> Option<Date> {
        let length = i16::from(first.days_in_month());
        let day = if number > 0 {
            number
        } else {
            length + 1 + number
        };
        let on = |day: i16| first.with().day(i8::try_from(day).ok()?).build().ok();
        match self.rule.skip {
            _ if (1..=length).contains(&day) => on(day),
            Skip::Backward if day > length => on(length),
            Skip::Backward => first.yesterday().ok(),
            Skip::Forward if day > length => on(length)?.tomorrow().ok(),
            Skip::Forward => Some(first),
            Skip::Omit => None,
        }
    }
}

/// What a time of a day is made of, each in order and once: what the rule lists, else that of the start.
struct Times {
    hours: Vec<i8>,
    minutes: Vec<i8>,
    seconds: Vec<i8>,
}

impl Times {
    fn of(rule: &Rule, start: Time) -> Self {
        let listed = |by, own: i8| -> Vec<i8> {
            let numbers = rule.numbers(by).iter();
            // A leap second is the second before.
            let numbers = numbers.filter_map(|number| i8::try_from(*number).ok());
            let mut numbers: Vec<i8> = numbers.map(|number| number.min(59)).collect();
            numbers.sort_unstable();
            numbers.dedup();
            match numbers.is_empty() {
                true => vec![own],
                false => numbers,
            }
        };
        Self {
            hours: listed(By::Hour, start.hour()),
            minutes: listed(By::Minute, start.minute()),
            seconds: listed(By::Second, start.second()),
        }
    }

    fn of_day(&self) -> Vec<Time> {
        times(&self.hours, &self.minutes, &self.seconds)
    }
}

fn times(hours: &[i8], minutes: &[i8], seconds: &[i8]) -> Vec<Time> {
    let mut all = Vec::with_capacity(hours.len() * minutes.len() * seconds.len());
    for hour in hours {
        for minute in minutes {
            for second in seconds {
                all.extend(Time::new(*hour, *minute, *second, 0).ok());
            }
        }
    }
    all
}

/// Days since 1 January of the year 0.
fn day_number(day: Date) -> i64 {
    let first = date(0, 1, 1);
    first
        .until(day)
        .map_or(0, |span| i64::from(span.get_days()))
}

fn day_of(number: i64) -> Option<Date> {
    date(0, 1, 1)
        .checked_add(jiff::Span::new().try_days(number).ok()?)
        .ok()
}

/// How many days a week has had when a weekday comes.
fn days_since(rule: &Rule, weekday: Weekday) -> i8 {
    weekday.since(rule.week_start.unwrap_or(Weekday::Monday))
}

/// Day number of the first begin of a week.
fn week_offset(rule: &Rule) -> i64 {
    let first = date(0, 1, 1).weekday();
    -i64::from(days_since(rule, first))
}

/// Which period of the frequency a moment is in.
fn period_of(rule: &Rule, at: DateTime) -> i64 {
    let day = || day_number(at.date());
    let second = || {
        day() * DAY
            + i64::from(at.hour()) * 3600
            + i64::from(at.minute()) * 60
            + i64::from(at.second())
    };
    match rule.frequency {
        Frequency::Yearly => at.year().into(),
        Frequency::Monthly => i64::from(at.year()) * 12 + i64::from(at.month()) - 1,
        Frequency::Weekly => (day() - week_offset(rule)).div_euclid(7),
        Frequency::Daily => day(),
        Frequency::Hourly => second().div_euclid(3600),
        Frequency::Minutely => second().div_euclid(60),
        Frequency::Secondly => second(),
    }
}
