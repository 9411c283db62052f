//! Days: `tomorrow`, `friday`, `2026-12-01`, `1.12.2026`, `1 dec`, `in 3 days`.

use jiff::civil::{Date, Weekday};
use jiff::{ToSpan, Zoned};

const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A day that somebody named.
pub(super) struct Day {
    /// The day.
    pub(super) date: Date,
    /// The day to take instead when the time of day has gone by on `date`.
    pub(super) else_on: Option<Date>,
    /// `next friday`: the same weekday a week after the one that the other two give.
    pub(super) next: bool,
}

/// Why the words were no day.
#[derive(Clone, Copy)]
pub(super) enum DayError {
    Unknown,
    NoSuchDay,
    Slashes,
}

/// Reads lower-case words; none at all stand for today, or tomorrow when it is too late today.
pub(super) fn read(words: &[&str], now: &Zoned) -> Result<Day, DayError> {
    let today = now.date();
    match words.strip_prefix(&["on"]).unwrap_or(words) {
        [] => Day::or_later(today, today.checked_add(1.day())),
        ["today"] => Ok(Day::on(today)),
        ["tomorrow"] => days_ahead(today, 1),
        ["in", count, unit] => in_days(today, count, unit),
        ["next", word] => weekday(today, word)
            .map_or(Err(DayError::Unknown), |day| Ok(Day { next: true, ..day? })),
        [word] | ["this", word] => weekday(today, word).unwrap_or_else(|| numeric_day(word, today)),
        [day, month] => month_and_day(day, month, today),
        [day, month, year] => with_year(day, month, year),
        _ => Err(DayError::Unknown),
    }
}

/// Reads a weekday alone, as the one in the week of a date.
pub(super) fn read_in_week(words: &[&str], of: Date) -> Option<Day> {
    let monday = of.checked_sub(i64::from(of.weekday().to_monday_zero_offset()).days());
    let (next, word) = match words.strip_prefix(&["on"]).unwrap_or(words) {
        ["next", word] => (true, word),
        [word] | ["this", word] => (false, word),
        _ => return None,
    };
    let day = weekday(monday.ok()?, word)?.ok()?;
    Some(Day {
        next,
        ..Day::on(day.date)
    })
}

impl Day {
    fn on(date: Date) -> Self {
        Self {
            date,
            else_on: None,
            next: false,
        }
    }

    fn or_later(date: Date, later: Result<Date, jiff::Error>) -> Result<Self, DayError> {
        let else_on = Some(later.map_err(|_| DayError::NoSuchDay)?);
        Ok(Self {
            else_on,
            ..Self::on(date)
        })
    }
}

fn days_ahead(today: Date, days: i64) -> Result<Day, DayError> {
    let date = today.checked_add(days.days());
    date.map(Day::on).map_err(|_| DayError::NoSuchDay)
}

fn in_days(today: Date, count: &str, unit: &str) -> Result<Day, DayError> {
    let count: u16 = count.parse().map_err(|_| DayError::Unknown)?;
    match unit {
        "day" | "days" => days_ahead(today, i64::from(count)),
        "week" | "weeks" => days_ahead(today, i64::from(count) * 7),
        _ => Err(DayError::Unknown),
    }
}

/// The coming day of that name, today included.
fn weekday(today: Date, word: &str) -> Option<Result<Day, DayError>> {
    let index = position(word, &WEEKDAYS)?;
    let weekday = Weekday::from_monday_one_offset(index).ok()?;
    let date = today
        .checked_add(i64::from(today.weekday().until(weekday)).days())
        .ok()?;
    Some(Day::or_later(date, date.checked_add(1.week())))
}

/// `1 dec` and `dec 1`, this year or, when that has gone by, next year.
fn month_and_day(first: &str, second: &str, today: Date) -> Result<Day, DayError> {
    let (day, month) = named_day(first, second).ok_or(DayError::Unknown)?;
    yearless_day(day, month, today)
}

fn with_year(first: &str, second: &str, year: &str) -> Result<Day, DayError> {
    let (day, month) = named_day(first, second).ok_or(DayError::Unknown)?;
    let year = number(year, 4).ok_or(DayError::Unknown)?;
    date(year, month, day).map(Day::on)
}

fn named_day(first: &str, second: &str) -> Option<(i16, i16)> {
    let (day, month) = match position(first, &MONTHS) {
        Some(month) => (second, month),
        None => (first, position(second, &MONTHS)?),
    };
    let ordinal = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|end| day.strip_suffix(end));
    Some((number(ordinal.unwrap_or(day), 2)?, i16::from(month)))
}

/// `2026-12-01`, `1.12.2026`, `1.12.`
fn numeric_day(word: &str, today: Date) -> Result<Day, DayError> {
    if word.contains('/') && word.bytes().all(|b| b.is_ascii_digit() || b == b'/') {
        return Err(DayError::Slashes);
    }
    let dashes: Option<Vec<i16>> = word.split('-').map(|part| number(part, 4)).collect();
    let dotted = word.strip_suffix('.').unwrap_or(word);
    let dots: Option<Vec<i16>> = dotted.split('.').map(|part| number(part, 4)).collect();
    match (dashes.as_deref(), dots.as_deref()) {
        (Some(&[year, month, day]), _) if year >= 1000 => date(year, month, day).map(Day::on),
        (_, Some(&[day, month, year])) if year >= 1000 => date(year, month, day).map(Day::on),
        (_, Some(&[day, month])) => yearless_day(day, month, today),
        _ => Err(DayError::Unknown),
    }
}

fn yearless_day(day: i16, month: i16, today: Date) -> Result<Day, DayError> {
    let this_year = date(today.year(), month, day)?;
    Day::or_later(this_year, this_year.checked_add(1.year()))
}

fn date(year: i16, month: i16, day: i16) -> Result<Date, DayError> {
    let small = |n: i16| i8::try_from(n).map_err(|_| DayError::NoSuchDay);
    Date::new(year, small(month)?, small(day)?).map_err(|_| DayError::NoSuchDay)
}

fn number(digits: &str, most: usize) -> Option<i16> {
    let right = (1..=most).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|_| right)
}

/// Place of the name that begins with the word, counted from 1; three letters are enough.
fn position(word: &str, names: &[&str]) -> Option<i8> {
    let index = names
        .iter()
        .position(|name| word.len() >= 3 && name.starts_with(word))?;
    i8::try_from(index + 1).ok()
}
