//! Reading a rule: strictly, as people type it, or as other programs have written it.

use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::Zoned;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;

use crate::icalendar::recurrence::Recurrence;
use crate::icalendar::recurrence::rule::{
    By, Day, End, FREQUENCIES, Frequency, LISTS, Rule, RuleError, Skip, WEEKDAYS,
};
use crate::icalendar::{Form, Moment, loose_time};

/// Longest rule that is read, in octets; 366 days of the year fit in.
const LONGEST: usize = 2000;

impl FromStr for Rule {
    type Err = RuleError;

    /// Reads a rule as it is kept: `FREQ=WEEKLY;BYDAY=MO`, with or without `RRULE:` before it, in upper or lower case.
    fn from_str(text: &str) -> Result<Self, RuleError> {
        let upper = text.trim().to_ascii_uppercase();
        let parts = upper.strip_prefix("RRULE:").unwrap_or(&upper);
        if parts.is_empty() || parts.len() > LONGEST {
            return Err(RuleError::Shape);
        }
        let mut read = Parts::default();
        parts.split(';').try_for_each(|part| read.take(part))?;
        read.rule()
    }
}

/// How a rule of another program was taken that says what RFC 5545 does not allow, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleNote(pub String);

impl Rule {
    /// Reads a rule that somebody typed: what comes more often than daily is no meeting, and what RFC 5545
    /// does not allow together is a slip.
    pub fn parse_typed(text: &str) -> Result<Self, RuleError> {
        let rule = text.parse::<Self>()?.check()?;
        match rule.frequency.is_within_days() {
            true => Err(refusal(
                "FREQ",
                &rule.frequency.to_string(),
                "DAILY, WEEKLY, MONTHLY or YEARLY",
            )),
            false => Ok(rule),
        }
    }

    /// Reads what other programs have written, as calendars do: stray separators and parts of a program's own
    /// say nothing, an end is cut to the form of the start, of two ends the first counts. Gives what was
    /// taken in another way than it is written. What has no meaning that calendars agree on is refused.
    pub fn read(
        text: &str,
        start: &Zoned,
        is_whole_day: bool,
    ) -> Result<(Self, Vec<RuleNote>), RuleError> {
        let upper: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let upper = upper.to_ascii_uppercase();
        let parts = upper.strip_prefix("RRULE:").unwrap_or(&upper);
        if parts.is_empty() || parts.len() > LONGEST {
            return Err(RuleError::Shape);
        }
        let mut read = Parts::default();
        let mut notes = Notes::default();
        for part in parts.split(';').filter(|part| !part.is_empty()) {
            read.take_loosely(part, &mut notes)?;
        }
        if is_endless_until(read.until) {
            read.until = None;
        }
        if let Some(until) = &mut read.until {
            cut_until(until, is_whole_day, &mut notes);
            add_utc(until, start, &mut notes);
        }
        let until = read.until.filter(|_| read.times.is_some());
        if until.is_some() {
            read.until = None;
        }
        let mut rule = read.rule()?;
        if let Some(until) = until {
            rule.end = earlier_end(&rule, until, start);
            notes.add("COUNT and UNTIL are both there: the one counts that comes first");
        }
        rule.drop_numbers(&mut notes);
        if let Err(RuleError::Apart(one, other)) = rule.clone().check() {
            notes.add(&format!(
                "{one} beside {other} is no rule of RFC 5545: the days count that satisfy both"
            ));
        }
        Ok((rule, notes.0))
    }

    /// A weekday can have a number in months and years only.
    fn drop_numbers(&mut self, notes: &mut Notes) {
        let is_numbered = self.days.iter().any(|day| day.nth.is_some());
        let has_numbers = matches!(self.frequency, Frequency::Monthly | Frequency::Yearly)
            && self.numbers(By::WeekNumber).is_empty();
        if is_numbered && !has_numbers {
            self.days.iter_mut().for_each(|day| day.nth = None);
            notes.add(
                "numbers of weekdays mean nothing in this rule: every one of that name counts",
            );
        }
    }
}

#[derive(Default)]
struct Notes(Vec<RuleNote>);

impl Notes {
    fn add(&mut self, note: &str) {
        let note = RuleNote(note.to_owned());
        if !self.0.contains(&note) {
            self.0.push(note);
        }
    }
}

/// Programs write the last day of their calendar for a series that never ends.
fn is_endless_until(until: Option<End>) -> bool {
    matches!(until, Some(End::On(day)) if day.year() == 9999)
        || matches!(until, Some(End::OnClock(clock)) if clock.year() == 9999)
}

/// UNTIL has the form of DTSTART (RFC 5545 3.3.10). A date beside a start with a time is taken as its
/// first moment by most calendars, one with a time beside a whole day as its day by all.
fn cut_until(until: &mut End, is_whole_day: bool, notes: &mut Notes) {
    match *until {
        End::On(day) if !is_whole_day => {
            *until = End::OnClock(day.to_datetime(Time::midnight()));
            notes.add(&format!(
                "UNTIL is a day without a time: the series ends before {}",
                day.strftime("%-d %B %Y")
            ));
        }
        End::At(at) if is_whole_day => *until = End::On(TimeZone::UTC.to_datetime(at).date()),
        End::OnClock(clock) if is_whole_day => *until = End::On(clock.date()),
        _ => {}
    }
}

/// A time on the clock that no occurrence is at, and that is the time of all of them if it is in UTC, is in UTC.
fn add_utc(until: &mut End, start: &Zoned, notes: &mut Notes) {
    let End::OnClock(clock) = *until else {
        return;
    };
    let Ok(at) = TimeZone::UTC.to_timestamp(clock) else {
        return;
    };
    let local = start.time_zone().to_datetime(at);
    if clock.time() != start.time()
        && clock.time() != Time::midnight()
        && local.time() == start.time()
    {
        *until = End::At(at);
        notes.add(&format!(
            "UNTIL has no zone and is taken as UTC, in which it is the start of the last meeting, {}",
            local.strftime("%-d %B %Y")
        ));
    }
}

/// Of the number of times that the rule has and another end the one that comes first.
fn earlier_end(rule: &Rule, until: End, start: &Zoned) -> End {
    let End::Times(times) = rule.end else {
        return until;
    };
    let by_until = Rule {
        end: until,
        ..rule.clone()
    };
    let most = usize::from(times) + 1;
    let given = Recurrence::of(&by_until, start);
    let rule = given.rules.first().and_then(|rule| rule.first(start));
    // The start itself is there even if the rule does not give it.
    let beside = usize::from(rule.as_ref() != Some(start));
    let number = given
        .starts(start.timestamp(), |_| true, most + beside)
        .len();
    match number - beside.min(number) > usize::from(times) {
        true => End::Times(times),
        false => until,
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
    skip: Option<Skip>,
    has_scale: bool,
}

impl Parts {
    /// As [`Self::take`], but what is only odd is taken, and what says nothing is passed over.
    fn take_loosely(&mut self, part: &str, notes: &mut Notes) -> Result<(), RuleError> {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        if name.starts_with("X-") {
            notes.add(&format!(
                "{} is no part of a rule: passed over",
                excerpt(name)
            ));
            return Ok(());
        }
        let values: Vec<&str> = value.split(',').filter(|v| !v.is_empty()).collect();
        let value = values.join(",");
        match name {
            "INTERVAL" if value == "0" => {
                notes.add("INTERVAL=0 is taken as 1");
                Ok(())
            }
            "UNTIL" => {
                let (until, is_odd) = read_loose_until(&value)
                    .ok_or_else(|| refusal("UNTIL", &value, "20261218 or 20261218T090000Z"))?;
                if is_odd {
                    notes.add(&format!(
                        "UNTIL={} is taken as {}",
                        excerpt(&value),
                        until.to_string().trim_start_matches(";UNTIL=")
                    ));
                }
                set("UNTIL", &mut self.until, until)
            }
            _ => self.take(&format!("{name}={value}")),
        }
    }

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
            "RSCALE" if value == "GREGORIAN" => {
                self.has_scale = true;
                Ok(())
            }
            "RSCALE" => Err(refusal("RSCALE", value, "GREGORIAN")),
            "SKIP" => set("SKIP", &mut self.skip, skip(value)?),
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
        if self.skip.is_some() && !self.has_scale {
            return Err(RuleError::Apart("SKIP", "a rule without RSCALE"));
        }
        let rule = Rule {
            skip: self.skip.unwrap_or_default(),
            frequency: self.frequency.ok_or(RuleError::Shape)?,
            every: self.every.unwrap_or(1),
            days: self.days.unwrap_or_default(),
            by: self.by,
            week_start: self.week_start,
            end,
        };
        match rule.is_too_dense() {
            true => Err(RuleError::Dense),
            false => Ok(rule),
        }
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

fn skip(value: &str) -> Result<Skip, RuleError> {
    match value {
        "OMIT" => Ok(Skip::Omit),
        "BACKWARD" => Ok(Skip::Backward),
        "FORWARD" => Ok(Skip::Forward),
        _ => Err(refusal("SKIP", value, "OMIT, BACKWARD or FORWARD")),
    }
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
    let moment = Moment::read(value, None)?;
    Some(match moment.form {
        Form::Date => End::On(moment.at.date()),
        Form::Utc => End::At(TimeZone::UTC.to_timestamp(moment.at).ok()?),
        Form::Floating | Form::Zoned(_) => End::OnClock(moment.at),
    })
}

/// With dashes and colons, without seconds, or with an offset; and whether it is so. The end of the last
/// year is no moment that can be counted with, and is a time on the clock.
fn read_loose_until(value: &str) -> Option<(End, bool)> {
    let usual = match value.starts_with("9999") {
        true => value.strip_suffix('Z').unwrap_or(value),
        false => value,
    };
    match read_until(usual) {
        Some(end) => Some((end, false)),
        None => Some((read_until(&loose_time(value)?)?, true)),
    }
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
