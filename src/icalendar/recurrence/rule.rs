//! Recurrence rules as calendars write them.

use std::collections::HashSet;
use std::fmt;
use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;

/// When something comes again (RFC 5545 3.3.10). The start is not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// FREQ
    pub frequency: Frequency,
    /// INTERVAL: every so many periods; at least 1.
    pub every: u16,
    /// BYDAY, in the order written.
    pub days: Vec<Day>,
    /// The other BY… parts, each once and in the order of [`By`]; no list is empty.
    pub by: Vec<(By, Vec<i16>)>,
    /// WKST; none: Monday.
    pub week_start: Option<Weekday>,
    /// COUNT or UNTIL.
    pub end: End,
    /// SKIP: what becomes of days that a month does not have (RFC 7529).
    pub skip: Skip,
}

/// FREQ
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frequency {
    /// SECONDLY
    Secondly,
    /// MINUTELY
    Minutely,
    /// HOURLY
    Hourly,
    /// DAILY
    Daily,
    /// WEEKLY
    Weekly,
    /// MONTHLY
    Monthly,
    /// YEARLY
    Yearly,
}

impl Frequency {
    /// Whether something may come several times a day, as no meeting does that people type.
    pub fn is_within_days(self) -> bool {
        matches!(self, Self::Hourly | Self::Minutely | Self::Secondly)
    }
}

/// What becomes of a day that a month does not have, as the 31st of April.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Skip {
    /// It is left out.
    #[default]
    Omit,
    /// It is the day before, the last of the month.
    Backward,
    /// It is the day after, the first of the next month.
    Forward,
}

/// A part that lists numbers, in the order in which they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// BYMONTH, 1 to 12
    Month,
    /// BYWEEKNO, 1 to 53, or from the end of the year -1 to -53
    WeekNumber,
    /// BYYEARDAY, 1 to 366 or -1 to -366
    YearDay,
    /// BYMONTHDAY, 1 to 31 or -1 to -31
    MonthDay,
    /// BYHOUR, 0 to 23
    Hour,
    /// BYMINUTE, 0 to 59
    Minute,
    /// BYSECOND, 0 to 60
    Second,
    /// BYSETPOS, 1 to 366 or -1 to -366: which of all that the other parts give in one period
    Position,
}

/// One day of BYDAY.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Which one of the month or year, 1 to 53, or from the end -1 to -53; none: each of them.
    pub nth: Option<i8>,
    /// The day of the week.
    pub weekday: Weekday,
}

/// When a series is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Never.
    Never,
    /// COUNT: after so many occurrences, those dropped later included; at least 1.
    Times(u16),
    /// UNTIL as a date, which is part of the series.
    On(Date),
    /// UNTIL on the clock of the meeting's zone.
    OnClock(DateTime),
    /// UNTIL in UTC, the last moment at which an occurrence may start.
    At(Timestamp),
}

/// The text was no rule for a meeting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// No FREQ, nothing at all, or far too much.
    #[error(
        "a rule must say how often, as in FREQ=WEEKLY;BYDAY=MO, and be no longer than 2000 letters"
    )]
    Shape,
    /// Something that RFC 5545 does not know.
    #[error(
        "'{0}' is no part of a rule: expected FREQ, INTERVAL, COUNT, UNTIL, WKST or one of the BY… parts, each with its =VALUE"
    )]
    Part(String),
    /// The same part again.
    #[error("{0} is there twice: a rule has each part once")]
    Twice(&'static str),
    /// A value that the part can't have.
    #[error("{part}={value} is wrong: expected {expected}")]
    Value {
        /// Name of the part.
        part: &'static str,
        /// What was written.
        value: String,
        /// What may stand there.
        expected: String,
    },
    /// Both ends at once.
    #[error("COUNT and UNTIL exclude each other: leave one of them out")]
    BothEnds,
    /// Two parts that RFC 5545 does not allow together.
    #[error("{0} does not go with {1}")]
    Apart(&'static str, &'static str),
    /// More often than anything that people meet for.
    #[error("the rule comes more than 1440 times a day, or picks one of very many times")]
    Dense,
    /// Nothing within a hundred years of the start and before UNTIL.
    #[error("the rule gives no day from the start of the meeting on")]
    Never,
}

/// Most times of a day: once a minute.
const MOST_A_DAY: u64 = 24 * 60;

/// Most times of one period that BYSETPOS picks from.
const MOST_PICKED_FROM: u64 = 20_000;

/// Name, what it lists, and how far it goes.
pub(super) const LISTS: [(&str, By, RangeInclusive<i16>); 8] = [
    ("BYMONTH", By::Month, 1..=12),
    ("BYWEEKNO", By::WeekNumber, -53..=53),
    ("BYYEARDAY", By::YearDay, -366..=366),
    ("BYMONTHDAY", By::MonthDay, -31..=31),
    ("BYHOUR", By::Hour, 0..=23),
    ("BYMINUTE", By::Minute, 0..=59),
    ("BYSECOND", By::Second, 0..=60),
    ("BYSETPOS", By::Position, -366..=366),
];

pub(super) const FREQUENCIES: [(&str, Frequency); 7] = [
    ("SECONDLY", Frequency::Secondly),
    ("MINUTELY", Frequency::Minutely),
    ("HOURLY", Frequency::Hourly),
    ("DAILY", Frequency::Daily),
    ("WEEKLY", Frequency::Weekly),
    ("MONTHLY", Frequency::Monthly),
    ("YEARLY", Frequency::Yearly),
];

pub(super) const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];

impl Rule {
    /// Once in every period, without an end.
    pub fn new(frequency: Frequency) -> Self {
        Self {
            frequency,
            every: 1,
            days: Vec::new(),
            by: Vec::new(),
            week_start: None,
            end: End::Never,
            skip: Skip::Omit,
        }
    }

    /// The numbers of one part; empty if it is not there.
    pub fn numbers(&self, by: By) -> &[i16] {
        let part = self.by.iter().find(|(name, _)| *name == by);
        part.map_or(&[], |(_, numbers)| numbers)
    }

    /// Whether the rule itself says which days, wherever the start is.
    pub fn has_days(&self) -> bool {
        self.frequency.is_within_days()
            || self.frequency == Frequency::Daily
            || !self.days.is_empty()
            || !self.by.is_empty()
    }

    /// How many different numbers a part has; none if it is not there.
    fn count(&self, by: By) -> Option<u64> {
        let numbers: HashSet<i16> = self.numbers(by).iter().copied().collect();
        (!numbers.is_empty()).then_some(numbers.len() as u64)
    }

    /// At most how many times it comes on a day.
    pub(super) fn most_a_day(&self) -> u64 {
        let every = u64::from(self.every);
        let count = |by, usual| self.count(by).unwrap_or(usual);
        let seconds = |usual| count(By::Second, usual);
        let minutes = |usual| count(By::Minute, usual);
        match self.frequency {
            Frequency::Secondly => {
                (count(By::Hour, 24) * minutes(60) * seconds(60)).div_ceil(every)
            }
            Frequency::Minutely => (count(By::Hour, 24) * minutes(60)).div_ceil(every) * seconds(1),
            Frequency::Hourly => count(By::Hour, 24).div_ceil(every) * minutes(1) * seconds(1),
            _ => count(By::Hour, 1) * minutes(1) * seconds(1),
        }
    }

    /// Whether following it would take long for nothing that is a meeting.
    pub(super) fn is_too_dense(&self) -> bool {
        let days = match self.frequency {
            Frequency::Yearly => 366,
            Frequency::Monthly => 31,
            Frequency::Weekly => 7,
            _ => 1,
        };
        let picks = !self.numbers(By::Position).is_empty();
        self.most_a_day() > MOST_A_DAY || picks && self.most_a_day() * days > MOST_PICKED_FROM
    }

    /// Whether both are the same but for their ends.
    pub fn has_days_of(&self, other: &Self) -> bool {
        let end = other.end;
        let own = Self {
            end,
            ..self.clone()
        };
        own == *other
    }

    /// The same with UNTIL in UTC, as RFC 5545 wants it beside a start with a zone. A date is over
    /// when its day is over there.
    pub fn in_zone(mut self, zone: &TimeZone) -> Self {
        if let Some(until) = self.until(zone) {
            self.end = End::At(until);
        }
        self
    }

    /// The last moment at which an occurrence may start; none: no such moment is set.
    pub fn until(&self, zone: &TimeZone) -> Option<Timestamp> {
        let clock = match self.end {
            End::Never | End::Times(_) => return None,
            End::At(until) => return Some(until),
            End::OnClock(clock) => clock,
            End::On(day) => day.to_datetime(Time::constant(23, 59, 59, 0)),
        };
        let until = zone.to_ambiguous_zoned(clock).later();
        Some(until.map_or(Timestamp::MAX, |until| until.timestamp()))
    }

    pub(super) fn check(self) -> Result<Self, RuleError> {
        let has = |by| !self.numbers(by).is_empty();
        let monthly = matches!(self.frequency, Frequency::Monthly | Frequency::Yearly);
        let yearly = self.frequency == Frequency::Yearly;
        let numbered = self.days.iter().any(|day| day.nth.is_some());
        let only_position = self.days.is_empty() && self.by.len() == 1;
        for (wrong, one, other) in [
            (numbered && !monthly, "BYDAY with numbers", "this FREQ"),
            (
                numbered && has(By::WeekNumber),
                "BYDAY with numbers",
                "BYWEEKNO",
            ),
            (has(By::WeekNumber) && !yearly, "BYWEEKNO", "this FREQ"),
            (
                has(By::YearDay) && !yearly && !self.frequency.is_within_days(),
                "BYYEARDAY",
                "this FREQ",
            ),
            (
                has(By::MonthDay) && self.frequency == Frequency::Weekly,
                "BYMONTHDAY",
                "FREQ=WEEKLY",
            ),
            (
                has(By::Position) && only_position,
                "BYSETPOS",
                "a rule without another BY… part",
            ),
        ] {
            if wrong {
                return Err(RuleError::Apart(one, other));
            }
        }
        Ok(self)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.skip {
            Skip::Omit => {}
            Skip::Backward => f.write_str("RSCALE=GREGORIAN;SKIP=BACKWARD;")?,
            Skip::Forward => f.write_str("RSCALE=GREGORIAN;SKIP=FORWARD;")?,
        }
        write!(f, "FREQ={}", self.frequency)?;
        if self.every != 1 {
            write!(f, ";INTERVAL={}", self.every)?;
        }
        for (by, numbers) in &self.by {
            let numbers: Vec<String> = numbers.iter().map(i16::to_string).collect();
            write!(f, ";{}={}", by.name(), numbers.join(","))?;
        }
        if !self.days.is_empty() {
            let days: Vec<String> = self.days.iter().map(Day::to_string).collect();
            write!(f, ";BYDAY={}", days.join(","))?;
        }
        if let Some(weekday) = self.week_start {
            write!(f, ";WKST={}", code(weekday))?;
        }
        write!(f, "{}", self.end)
    }
}

impl By {
    /// As a rule names it: `BYMONTH`.
    pub fn name(self) -> &'static str {
        let known = LISTS.iter().find(|(_, by, _)| *by == self);
        known.map_or("", |(name, ..)| name)
    }
}

fn code(weekday: Weekday) -> &'static str {
    let known = WEEKDAYS.iter().find(|(_, known)| *known == weekday);
    known.map_or("", |(name, _)| name)
}

impl fmt::Display for Frequency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = FREQUENCIES.iter().find(|(_, known)| known == self);
        f.write_str(known.map_or("", |(name, _)| name))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.nth {
            Some(nth) => write!(f, "{nth}{}", code(self.weekday)),
            None => f.write_str(code(self.weekday)),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => Ok(()),
            Self::Times(times) => write!(f, ";COUNT={times}"),
            Self::On(day) => write!(f, ";UNTIL={}", day.strftime("%Y%m%d")),
            Self::OnClock(clock) => write!(f, ";UNTIL={}", clock.strftime("%Y%m%dT%H%M%S")),
            Self::At(until) => write!(f, ";UNTIL={}", until.strftime("%Y%m%dT%H%M%SZ")),
        }
    }
}
