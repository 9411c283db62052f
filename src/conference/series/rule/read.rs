//! Reading a rule, strictly.

use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;

use crate::conference::series::rule::{
    By, Day, End, FREQUENCIES, Frequency, LISTS, Rule, RuleError, WEEKDAYS,
};

/// Longest rule that is read, in octets; 366 days of the year fit in.
const LONGEST: usize = 2000;

impl FromStr for Rule {
    type Err = RuleError;

    /// Reads `FREQ=WEEKLY;BYDAY=MO`, with or without `RRULE:` before it, in upper or lower case.
    fn from_str(text: &str) -> Result<Self, RuleError> {
        let upper = text.trim().to_ascii_uppercase();
        let parts = upper.strip_prefix("RRULE:").unwrap_or(&upper);
        if parts.is_empty() || parts.len() > LONGEST {
            return Err(RuleError::Shape);
        }
        let mut read = Parts::default();
        parts.split(';').try_for_each(|part| read.take(part))?;
        read.rule()?.check()
    }
}

/// What has been read so far.
#[derive(Default)]
struct Parts {
    frequency: Option<Frequency>,
    every: Option<u16>,
    times: Option<End>,
    until: Option<End>,
    week_start: Option<Weekday>,
    days: Option<Vec<Day>>,
    by: Vec<(By, Vec<i16>)>,
}

impl Parts {
    fn take(&mut self, part: &str) -> Result<(), RuleError> {
        let unknown = || RuleError::Part(excerpt(part));
        let (name, value) = part.split_once('=').ok_or_else(unknown)?;
        match name {
            "FREQ" => set("FREQ", &mut self.frequency, frequency(value)?),
            "INTERVAL" => set("INTERVAL", &mut self.every, amount("INTERVAL", value)?),
            "COUNT" => set(
                "COUNT",
                &mut self.times,
                End::Times(amount("COUNT", value)?),
            ),
            "UNTIL" => set("UNTIL", &mut self.until, until(value)?),
            "WKST" => set("WKST", &mut self.week_start, week_start(value)?),
            "BYDAY" => set("BYDAY", &mut self.days, days(value)?),
            _ => {
                let list = LISTS.iter().find(|(known, ..)| *known == name);
                let (name, by, range) = list.ok_or_else(unknown)?;
                if self.by.iter().any(|(there, _)| there == by) {
                    return Err(RuleError::Twice(name));
                }
                self.by.push((*by, numbers(name, range, value)?));
                Ok(())
            }
        }
    }

    fn rule(mut self) -> Result<Rule, RuleError> {
        let end = match (self.times, self.until) {
            (Some(_), Some(_)) => return Err(RuleError::BothEnds),
            (times, until) => times.or(until).unwrap_or(End::Never),
        };
        self.by.sort_by_key(|(by, _)| *by);
        Ok(Rule {
            frequency: self.frequency.ok_or(RuleError::Shape)?,
            every: self.every.unwrap_or(1),
            days: self.days.unwrap_or_default(),
            by: self.by,
            week_start: self.week_start,
            end,
        })
    }
}

fn set<T>(name: &'static str, place: &mut Option<T>, value: T) -> Result<(), RuleError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(RuleError::Twice(name)),
    }
}

fn frequency(value: &str) -> Result<Frequency, RuleError> {
    let known = FREQUENCIES.iter().find(|(name, _)| *name == value);
    known
        .map(|(_, frequency)| *frequency)
        .ok_or_else(|| refusal("FREQ", value, "DAILY, WEEKLY, MONTHLY or YEARLY"))
}

fn amount(part: &'static str, value: &str) -> Result<u16, RuleError> {
    digits(value)
        .and_then(|number| u16::try_from(number).ok())
        .filter(|number| *number > 0)
        .ok_or_else(|| refusal(part, value, "a number from 1 to 65535"))
}

fn until(value: &str) -> Result<End, RuleError> {
    read_until(value).ok_or_else(|| refusal("UNTIL", value, "20261218 or 20261218T090000Z"))
}

fn read_until(value: &str) -> Option<End> {
    let Some((day, clock)) = value.split_once('T') else {
        return Some(End::On(calendar_day(value)?));
    };
    let utc = clock.strip_suffix('Z');
    let at = calendar_day(day)?.to_datetime(time_of_day(utc.unwrap_or(clock))?);
    match utc {
        Some(_) => TimeZone::UTC.to_timestamp(at).ok().map(End::At),
        None => Some(End::OnClock(at)),
    }
}

fn calendar_day(text: &str) -> Option<Date> {
    let number = digits(text).filter(|_| text.len() == 8)?;
    let small = |number: u32| i8::try_from(number).ok();
    let year = i16::try_from(number / 10_000).ok()?;
    Date::new(year, small(number / 100 % 100)?, small(number % 100)?).ok()
}

fn time_of_day(text: &str) -> Option<Time> {
    let number = digits(text).filter(|_| text.len() == 6)?;
    let small = |number: u32| i8::try_from(number).ok();
    Time::new(
        small(number / 10_000)?,
        small(number / 100 % 100)?,
        small(number % 100)?,
        0,
    )
    .ok()
}

fn week_start(value: &str) -> Result<Weekday, RuleError> {
    weekday(value).ok_or_else(|| refusal("WKST", value, "MO, TU, WE, TH, FR, SA or SU"))
}

fn days(value: &str) -> Result<Vec<Day>, RuleError> {
    let days: Option<Vec<Day>> = value.split(',').map(day).collect();
    days.ok_or_else(|| {
        refusal(
            "BYDAY",
            value,
            "days such as MO, 1MO or -1FR with commas between",
        )
    })
}

fn day(text: &str) -> Option<Day> {
    let (number, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let nth = match number {
        "" => None,
        _ => Some(signed_number(number).filter(|nth| *nth != 0 && nth.abs() <= 53)?),
    };
    Some(Day {
        nth: nth.map(i8::try_from).transpose().ok()?,
        weekday: weekday(name)?,
    })
}

fn weekday(name: &str) -> Option<Weekday> {
    let known = WEEKDAYS.iter().find(|(known, _)| *known == name)?;
    Some(known.1)
}

fn numbers(
    part: &'static str,
    range: &RangeInclusive<i16>,
    value: &str,
) -> Result<Vec<i16>, RuleError> {
    let backward = *range.start() < 0;
    let read = |text: &str| {
        let number = if backward {
            signed_number(text)
        } else {
            unsigned_number(text)
        };
        number.filter(|n| range.contains(n) && !(backward && *n == 0))
    };
    let numbers: Option<Vec<i16>> = value.split(',').map(read).collect();
    numbers.ok_or_else(|| {
        let (first, last) = (range.start().max(&1), range.end());
        let expected = match (backward, range.start()) {
            (true, _) => format!("numbers from 1 to {last}, or from the end -1 to -{last}"),
            (false, 0) => format!("numbers from 0 to {last}"),
            (false, _) => format!("numbers from {first} to {last}"),
        };
        refusal(part, value, &expected)
    })
}

fn signed_number(text: &str) -> Option<i16> {
    match text.strip_prefix('-') {
        Some(number) => unsigned_number(number).map(|number| -number),
        None => unsigned_number(text.strip_prefix('+').unwrap_or(text)),
    }
}

fn unsigned_number(text: &str) -> Option<i16> {
    digits(text)?.try_into().ok()
}

fn digits(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

fn refusal(part: &'static str, value: &str, expected: &str) -> RuleError {
    RuleError::Value {
        part,
        value: excerpt(value),
        expected: expected.to_owned(),
    }
}

/// Fit to be repeated in a message.
fn excerpt(text: &str) -> String {
    let printable = |c: char| if c.is_control() { '\u{FFFD}' } else { c };
    text.chars().take(40).map(printable).collect()
}
