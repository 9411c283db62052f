//! Values that stand in calendars as text: times on a clock, offsets.

use jiff::civil::{Date, Time};
use jiff::tz::Offset;

/// `20270302` or `20270302T100000`, without a zone; a leap second is the second before (RFC 5545 3.3.4,
/// 3.3.5).
pub fn local_time(value: &str) -> Option<(Date, Option<Time>)> {
    let (date, time) = match value.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(digits(time, 6)?)),
        None => (value, None),
    };
    let date = digits(date, 8)?;
    let year = i16::try_from(date / 10_000).ok()?;
    let date = Date::new(year, two(date / 100)?, two(date)?).ok()?;
    let time = match time {
        Some(time) => {
            let second = two(time).filter(|second| *second <= 60)?.min(59);
            Some(Time::new(two(time / 10_000)?, two(time / 100)?, second, 0).ok()?)
        }
        None => None,
    };
    Some((date, time))
}

/// A time as booking sites write it, `2026-12-10T09:00:00Z`, `20261210T090000+0100`, `20261210T0900`, in the form
/// of RFC 5545; none: it has that form, or is none.
pub fn loose_time(value: &str) -> Option<String> {
    let usual = value.strip_suffix(['Z', 'z']).unwrap_or(value);
    if local_time(usual).is_some() || value.contains('/') {
        return None;
    }
    let (local, shift) = match value.rfind(['+', '-']).filter(|at| *at > 10) {
        Some(at) => (value.get(..at)?, Some(offset(value.get(at..)?)?)),
        None => (value, None),
    };
    let bare: String = local.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    let bare = bare.replace(' ', "T");
    let (bare, is_utc) = match bare.strip_suffix(['Z', 'z']) {
        Some(bare) => (bare.to_owned(), true),
        None => (bare, false),
    };
    let zeros = match bare.len() {
        13 => "00",
        11 => "0000",
        _ => "",
    };
    let (day, time) = local_time(&(bare + zeros))?;
    let clock = day.to_datetime(time.unwrap_or_default());
    match (shift, time) {
        (Some(shift), Some(_)) if !is_utc => {
            let at = shift.to_timestamp(clock).ok()?;
            Some(at.strftime("%Y%m%dT%H%M%SZ").to_string())
        }
        (None, Some(_)) if is_utc => Some(clock.strftime("%Y%m%dT%H%M%SZ").to_string()),
        (None, Some(_)) => Some(clock.strftime("%Y%m%dT%H%M%S").to_string()),
        (None, None) if !is_utc => Some(day.strftime("%Y%m%d").to_string()),
        _ => None,
    }
}

/// `+0100`, `-033000`, `+01:00`, `+1`: hours, minutes and seconds east of Greenwich, less than a day
/// (RFC 5545 3.3.14).
pub fn offset(text: &str) -> Option<Offset> {
    let text = text.trim();
    let (sign, rest) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let parts: Vec<&str> = match rest.contains(':') {
        true => rest.split(':').collect(),
        false => match rest.len() {
            1..=2 => vec![rest],
            3 => vec![rest.get(..1)?, rest.get(1..)?],
            4 => vec![rest.get(..2)?, rest.get(2..)?],
            6 => vec![rest.get(..2)?, rest.get(2..4)?, rest.get(4..)?],
            _ => return None,
        },
    };
    if parts.len() > 3 {
        return None;
    }
    let mut seconds = 0;
    for (part, (most, unit)) in parts.iter().zip([(23, 3600), (59, 60), (59, 1)]) {
        let number: i32 = part
            .parse()
            .ok()
            .filter(|_| part.bytes().all(|b| b.is_ascii_digit()))?;
        seconds += Some(number).filter(|number| *number <= most)? * unit;
    }
    Offset::from_seconds(sign * seconds).ok()
}

fn digits(text: &str, count: usize) -> Option<u32> {
    let right = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    right.then(|| text.parse().ok()).flatten()
}

fn two(number: u32) -> Option<i8> {
    i8::try_from(number % 100).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_booking_sites_are_written_as_calendars_do() {
        for (text, written) in [
            ("2026-12-10T09:00:00Z", Some("20261210T090000Z")),
            ("2026-12-10 09:00", Some("20261210T090000")),
            ("20261210T090000+0100", Some("20261210T080000Z")),
            ("2026-12-10T09:00:00-05:30", Some("20261210T143000Z")),
            ("20261210T0900Z", Some("20261210T090000Z")),
            ("2026-12-10", Some("20261210")),
            ("20261210T090000Z", None),
            ("20261210", None),
            ("soon", None),
            ("20261210T090000Z/PT1H", None),
        ] {
            assert_eq!(loose_time(text).as_deref(), written, "{text}");
        }
    }

    #[test]
    fn offsets_are_read_in_the_spellings_that_are_about() {
        for (text, seconds) in [
            ("+0100", 3600),
            ("-0330", -12600),
            ("-033000", -12600),
            ("+01:00", 3600),
            ("\u{2212}05:30:15", -19815),
            ("5", 18000),
            ("+530", 19800),
            ("0000", 0),
        ] {
            assert_eq!(offset(text), Offset::from_seconds(seconds).ok(), "{text}");
        }
        for text in [
            "",
            "+",
            "+24",
            "+0160",
            "+01:00:00:00",
            "+00500",
            "+1x",
            "é1",
            "+01:",
        ] {
            assert_eq!(offset(text), None, "{text}");
        }
    }
}
