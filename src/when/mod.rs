//! Times, lengths and zones as people type them, and as they are said back to people.

mod clock;
mod day;
mod display;
pub mod kept;
mod span;
mod windows_zones;
mod zone;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{RoundMode, Span, Timestamp, ToSpan, Unit, Zoned, ZonedRound};

pub use display::{display, display_range, echo_clock, echo_offset, echo_zone, rfc_3339};
pub use span::{AgeError, SpanError, ago, span};
pub use zone::{PRIVATE_ZONE, ZoneError, has_name, zone, zone_name};

use crate::when::day::{Day, DayError};

/// Longest text that is looked at, in octets.
const LONGEST: usize = 100;

/// A moment that somebody typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// The moment, in the zone that the text names, else in that of *now*. May lie in the past.
    pub at: Zoned,
    /// One sentence about a reading that the user may not have meant.
    pub note: Option<String>,
}

/// The text was no moment. Each message names the text and says what to type instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhenError {
    /// Nothing that is understood.
    #[error(
        "'{0}' is not a time: expected something like '2026-03-02 10:00', 'tomorrow 10:00', \
         'friday 9:00', '1 dec 10:00', '10:00', '+2h' or RFC 3339"
    )]
    Unknown(String),
    /// A day and nothing else.
    #[error("'{0}' is a day without a time: add one, as in '{0} 10:00'")]
    NoClock(String),
    /// A time of day that no clock shows.
    #[error(
        "'{clock}' in '{text}' is not a time of day: expected 00:00 to 23:59, or 9am, 9:30pm, noon, midnight"
    )]
    Clock {
        /// What was typed.
        text: String,
        /// The part of it that is wrong.
        clock: String,
    },
    /// A date that no calendar has.
    #[error("'{0}' names a day that does not exist: look at the number of days in the month")]
    NoSuchDay(String),
    /// `1/12/2026`, which is December to some and January to others.
    #[error("'{0}' can be read in two ways: write the date as 2026-12-01 or 1.12.2026")]
    Slashes(String),
    /// `2026-12-10 10:00-11:30`, which ends then to some, and is in a zone to others.
    #[error(
        "'{0}' can be read in two ways: if it ends then, give that with --end; if it is an offset from UTC, \
         write the time as 2026-12-10T10:00:00-05:00"
    )]
    Range(String),
    /// RFC 3339 offset and zone name that exclude each other.
    #[error("'{0}' has an offset that is not that of the zone it names: leave one of them out")]
    Offset(String),
    /// Beyond the year 9999.
    #[error("'{0}' is too far away: expected a time before the year 9999")]
    TooFar(String),
    /// A zone that is not known.
    #[error(transparent)]
    Zone(#[from] ZoneError),
}

/// Reads a moment; `now` gives the zone and what relative words relate to.
///
/// Understood, in upper or lower case: RFC 3339; RFC 9557 (`…[Europe/Prague]`); a day and a time
/// of day in either order; a time of day alone, the next one; `+2h` and `in 2 hours`, to the
/// minute. Days are `today`, `tomorrow`, `friday` (the coming one, today included while the time
/// is ahead), `next friday` (a week after `friday`), `in 3 days`, `2026-12-01`, `1.12.2026`,
/// `1 dec 2026`, `dec 1`; without a year the coming one is meant. A zone may follow as the last
/// word: `tomorrow 10:00 Europe/Prague`.
///
/// A local time that daylight saving skips is moved forward by the length of the gap, one that
/// happens twice is the first; either way [`When::note`] says so.
pub fn parse(text: &str, now: &Zoned) -> Result<When, WhenError> {
    let typed = printable(text);
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return Err(WhenError::Unknown(typed));
    }
    let (text, named) = split_zone(text)?;
    let zone = named.as_ref().unwrap_or(now.time_zone());
    let now = now.with_time_zone(zone.clone());
    if is_range(text) {
        return Err(WhenError::Range(typed));
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return match named.filter(|zone| !agrees(text, zone)) {
            Some(_) => Err(WhenError::Offset(typed)),
            None => Ok(When {
                at: instant.to_zoned(now.time_zone().clone()),
                note: None,
            }),
        };
    }
    let lower = text.to_ascii_lowercase();
    match span::read_ahead(&lower) {
        Some(ahead) => time_after(&now, ahead).ok_or(WhenError::TooFar(typed)),
        None => read_local(&lower, &now, typed),
    }
}

/// Reads a moment to which something is moved that takes place at `from`: what is not said stays as
/// it is there. `15:00` keeps the day, `friday` the time of day, `+30m` and `-1h` shift it; all else
/// is read as by [`parse`], relative to `now`. A weekday is the coming one too, but of what belongs to
/// a series that of the week of `from`, Monday to Sunday: others are about other meetings of the
/// series. Where `from` is still to come and that day is not, it is the coming one again. The zone is
/// that of `from` unless the text names one.
pub fn parse_change(
    text: &str,
    from: &Zoned,
    is_of_series: bool,
    now: &Zoned,
) -> Result<When, WhenError> {
    let typed = printable(text);
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed.len() > LONGEST {
        return Err(WhenError::Unknown(typed));
    }
    let (bare, named) = split_zone(trimmed)?;
    let zone = named.as_ref().unwrap_or(from.time_zone());
    let (from, now) = (
        from.with_time_zone(zone.clone()),
        now.with_time_zone(zone.clone()),
    );
    let lower = bare.to_ascii_lowercase().replace(',', " ");
    if let Some(shift) = span::read_shift(&lower) {
        let shifted = match span::has_days_alone(shift) {
            true => (from.datetime().checked_add(shift).ok()).and_then(|to| resolve(to, zone)),
            false => (from.checked_add(shift).ok()).map(|at| When { at, note: None }),
        };
        return shifted.ok_or(WhenError::TooFar(typed));
    }
    let words: Vec<&str> = lower.split_whitespace().flat_map(split_iso).collect();
    let split = clock::split(&words);
    if is_of_series
        && let Ok((day, clock)) = &split
        && let Some(day) = day::read_in_week(day, from.date())
    {
        let clock = clock.unwrap_or(from.time());
        let read = on_day(&day, clock, &from).ok_or(WhenError::TooFar(typed.clone()))?;
        if read.at > now || from <= now {
            return Ok(read);
        }
    }
    match split {
        Ok(([], Some(clock))) => {
            resolve(from.date().to_datetime(clock), zone).ok_or(WhenError::TooFar(typed))
        }
        Ok((day, None)) => match day::read(day, &now) {
            Ok(day) => on_day(&day, from.time(), &now).ok_or(WhenError::TooFar(typed)),
            // It may be an instant, or a length ahead of now.
            Err(_) => parse(text, &now),
        },
        _ => parse(text, &now),
    }
}

/// Whether two times of day stand there with a dash between, as people write from when to when. Where a `T`
/// or seconds are before it, it is an instant.
fn is_range(text: &str) -> bool {
    let Some((before, end)) = text.rsplit_once(['-', '\u{2013}', '\u{2014}']) else {
        return false;
    };
    let start = before
        .trim_end()
        .rsplit([' ', '\t'])
        .next()
        .unwrap_or_default();
    let is_time = |word: &str| {
        let (hour, minute) = word.split_once(':').unwrap_or((word, "00"));
        let is_number =
            |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        is_number(hour) && is_number(minute)
    };
    let end = end.trim_start();
    let has_minutes = start.contains(':') || end.contains(':');
    has_minutes && is_time(start) && is_time(end)
}

/// Splits off a zone: in brackets, or a last word with a slash between letters, or UTC.
fn split_zone(text: &str) -> Result<(&str, Option<TimeZone>), ZoneError> {
    let bracketed = text.strip_suffix(']').and_then(|t| t.rsplit_once('['));
    let last_word = || text.rsplit_once(' ').filter(|(_, word)| is_zone_word(word));
    match bracketed.or_else(last_word) {
        Some((rest, name)) => Ok((rest.trim_end(), Some(zone(name)?))),
        None => Ok((text, None)),
    }
}

fn is_zone_word(word: &str) -> bool {
    let named = word.contains('/') && word.starts_with(|c: char| c.is_ascii_alphabetic());
    named || word.eq_ignore_ascii_case("utc")
}

/// Whether the offset in the text is the zone's at that time; RFC 9557 3.4 wants others refused.
fn agrees(text: &str, zone: &TimeZone) -> bool {
    let zoned = |name| format!("{text}[{name}]").parse::<Zoned>();
    zone_name(zone).is_none_or(|name| zoned(name).is_ok())
}

fn time_after(now: &Zoned, ahead: Span) -> Option<When> {
    let at = now.checked_add(ahead).ok()?;
    let minute = ZonedRound::new()
        .smallest(Unit::Minute)
        .mode(RoundMode::Trunc);
    let at = at.round(minute).ok()?;
    Some(When { at, note: None })
}

fn read_local(text: &str, now: &Zoned, typed: String) -> Result<When, WhenError> {
    let text = text.replace(',', " ");
    let words: Vec<&str> = text.split_whitespace().flat_map(split_iso).collect();
    let (day_words, clock) = match clock::split(&words) {
        Ok(split) => split,
        Err(clock) => {
            let clock = printable(&clock);
            return Err(WhenError::Clock { text: typed, clock });
        }
    };
    let day = match day::read(day_words, now) {
        Ok(day) => day,
        Err(error) => return Err(refusal(error, typed)),
    };
    let Some(clock) = clock else {
        return Err(WhenError::NoClock(typed));
    };
    on_day(&day, clock, now).ok_or(WhenError::TooFar(typed))
}

fn refusal(error: DayError, typed: String) -> WhenError {
    match error {
        DayError::Unknown => WhenError::Unknown(typed),
        DayError::NoSuchDay => WhenError::NoSuchDay(typed),
        DayError::Slashes => WhenError::Slashes(typed),
    }
}

/// `2026-03-02t10:00` is two words.
fn split_iso(word: &str) -> impl Iterator<Item = &str> {
    let iso = word.split_once('t').filter(|(date, clock)| {
        let digits = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        digits(date) && digits(clock)
    });
    let (first, second) = iso.map_or((word, None), |(date, clock)| (date, Some(clock)));
    std::iter::once(first).chain(second)
}

fn on_day(day: &Day, clock: Time, now: &Zoned) -> Option<When> {
    let resolve = |date: Date| resolve(date.to_datetime(clock), now.time_zone());
    let mut when = resolve(day.date)?;
    if let Some(date) = day.else_on.filter(|_| when.at <= *now) {
        when = resolve(date)?;
    }
    if day.next {
        when = resolve(when.at.date().checked_add(1.week()).ok()?)?;
        when.note.get_or_insert_with(|| next_week(&when.at));
    }
    Some(when)
}

/// People read `next friday` in two ways, so the user hears which one it was.
fn next_week(at: &Zoned) -> String {
    let weekday = at.strftime("%A");
    let date = at.strftime("%-d %B %Y");
    format!("'next {weekday}' is taken as the one a week after '{weekday}': {date}")
}

fn resolve(local: DateTime, zone: &TimeZone) -> Option<When> {
    let ambiguous = zone.to_ambiguous_zoned(local);
    let offset = ambiguous.offset();
    let at = ambiguous.compatible().ok()?;
    let note = match offset {
        AmbiguousOffset::Unambiguous { .. } => None,
        AmbiguousOffset::Gap { .. } => Some(format!(
            "the clocks skip {} that day: taken as {}",
            local.strftime("%H:%M"),
            display(&at)
        )),
        AmbiguousOffset::Fold { .. } => Some(format!(
            "the clocks show {} twice that day: taken as the first, {}",
            local.strftime("%H:%M"),
            display(&at)
        )),
    };
    Some(When { at, note })
}

/// What was typed, fit to be repeated in a message: short, without control characters.
fn printable(text: &str) -> String {
    const SHOWN: usize = 60;
    let text = text.trim();
    let printable = |c: char| if c.is_control() { '\u{FFFD}' } else { c };
    let mut short: String = text.chars().take(SHOWN).map(printable).collect();
    if text.chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests;
