//! Dates, times and durations as properties have them, strictly (RFC 5545 3.3.4 to 3.3.6).

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::lint::object::Property;
use crate::when;

/// Properties whose value is a time, or a list of them.
pub(super) const TIMES: [&str; 10] = [
    "DTSTART",
    "DTEND",
    "DUE",
    "RECURRENCE-ID",
    "EXDATE",
    "RDATE",
    "DTSTAMP",
    "CREATED",
    "LAST-MODIFIED",
    "COMPLETED",
];

/// A date, or a date with a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Of which kind.
    pub(super) form: Form,
    /// On the clock of its zone; a date alone is its midnight.
    pub(super) at: DateTime,
}

/// The kinds of time that iCalendar has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A date alone.
    Date,
    /// UTC, with a Z.
    Utc,
    /// The same clock everywhere.
    Floating,
    /// With a TZID.
    Zoned(String),
}

impl Form {
    /// In words for a message.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Date => "a date".to_owned(),
            Self::Utc => "a time in UTC".to_owned(),
            Self::Floating => "a time without a zone".to_owned(),
            Self::Zoned(zone) => format!("a time in {}", crate::lint::quote(zone)),
        }
    }
}

impl Moment {
    /// The value of a property that has one; None: it is no time.
    pub(super) fn of(property: &Property) -> Option<Self> {
        Self::read(property.value.trim(), property.parameter("TZID"))
    }

    /// One value, with the TZID of its property.
    pub(super) fn read(value: &str, zone: Option<&str>) -> Option<Self> {
        let (clock, is_utc) = match value.strip_suffix('Z') {
            Some(clock) => (clock, true),
            None => (value, false),
        };
        let (day, time) = match clock.split_once('T') {
            Some((day, time)) => (day, Some(time)),
            None => (clock, None),
        };
        let date = date(day)?;
        let form = match (time, is_utc, zone) {
            (None, false, _) => Form::Date,
            (None, true, _) => return None,
            (_, true, _) => Form::Utc,
            (_, _, Some(zone)) => Form::Zoned(zone.to_owned()),
            _ => Form::Floating,
        };
        let [hour, minute, second] = match time {
            Some(time) => pairs(time)?,
            None => [0; 3],
        };
        // RFC 5545 3.3.12 has leap seconds; clocks do not.
        let at = DateTime::new(
            date.year(),
            date.month(),
            date.day(),
            hour,
            minute,
            second.min(59),
            0,
        );
        at.ok().filter(|_| second <= 60).map(|at| Self { form, at })
    }

    /// When it is. None: it is a date, floats, or nobody knows its zone.
    pub(super) fn instant(&self) -> Option<Timestamp> {
        let zone = match &self.form {
            Form::Utc => TimeZone::UTC,
            Form::Zoned(name) => zone(name)?,
            Form::Date | Form::Floating => return None,
        };
        zone.to_timestamp(self.at).ok()
    }

    /// Whether it is before another; None: nobody can tell.
    pub(super) fn is_before(&self, other: &Self) -> Option<bool> {
        if self.form == other.form {
            return Some(self.at < other.at);
        }
        Some(self.instant()? < other.instant()?)
    }
}

/// By its IANA name, its Windows name, or the end of a path that other programs put before it.
pub(super) fn zone(name: &str) -> Option<TimeZone> {
    if name.len() > 200 {
        return None;
    }
    if name.starts_with('/') {
        let ends = name
            .match_indices('/')
            .take(4)
            .map(|(at, _)| &name[at + 1..]);
        return ends
            .filter_map(|end| TimeZone::get(end).ok())
            .find(|zone| zone.iana_name().is_some_and(|name| name.contains('/')));
    }
    if name.ends_with("Standard Time") {
        return when::zone(name).ok();
    }
    TimeZone::get(name).ok()
}

fn date(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let year = text.get(..4)?.parse().ok()?;
    let month = text.get(4..6)?.parse().ok()?;
    Date::new(year, month, text.get(6..)?.parse().ok()?).ok()
}

fn pairs(text: &str) -> Option<[i8; 3]> {
    if text.len() != 6 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let pair = |at: usize| text.get(at..at + 2)?.parse().ok();
    Some([pair(0)?, pair(2)?, pair(4)?])
}

/// A DURATION (RFC 5545 3.3.6) in seconds; None: it is none.
pub(super) fn duration(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let rest = rest.strip_prefix('P').filter(|rest| !rest.is_empty())?;
    if let Some(weeks) = rest.strip_suffix('W') {
        return Some(sign * number(weeks)?.checked_mul(604_800)?);
    }
    let (days, clock) = match rest.split_once('T') {
        Some((days, clock)) => (days, Some(clock)),
        None => (rest, None),
    };
    let mut seconds = match days {
        "" => 0,
        days => number(days.strip_suffix('D')?)?.checked_mul(86_400)?,
    };
    if let Some(clock) = clock {
        seconds = seconds.checked_add(of_clock(clock)?)?;
    }
    Some(sign * seconds)
}

/// `1H30M`, in seconds.
fn of_clock(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut seconds = 0_i64;
    for (unit, length) in [('H', 3600), ('M', 60), ('S', 1)] {
        if let Some((count, after)) = rest.split_once(unit) {
            seconds = seconds.checked_add(number(count)?.checked_mul(length)?)?;
            rest = after;
        }
    }
    (rest.is_empty() && !text.is_empty()).then_some(seconds)
}

fn number(text: &str) -> Option<i64> {
    let is_number = !text.is_empty() && text.len() < 10 && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_strictly() {
        let form = |value, zone| Moment::read(value, zone).map(|moment| moment.form);
        assert_eq!(form("20270302", None), Some(Form::Date));
        assert_eq!(form("20270302T100000Z", None), Some(Form::Utc));
        assert_eq!(form("20270302T100000", None), Some(Form::Floating));
        assert_eq!(
            form("20270302T100000", Some("X")),
            Some(Form::Zoned("X".to_owned()))
        );
        for wrong in [
            "",
            "2027-03-02",
            "20270230",
            "20270302T1000",
            "20270302T100061",
            "20270302Z",
            "２０270302",
        ] {
            assert_eq!(form(wrong, None), None, "{wrong}");
        }
    }

    #[test]
    fn durations_are_read_strictly() {
        assert_eq!(duration("-PT15M"), Some(-900));
        assert_eq!(duration("P1DT1H"), Some(90_000));
        assert_eq!(duration("-P0DT0H30M0S"), Some(-1800));
        assert_eq!(duration("P2W"), Some(1_209_600));
        for wrong in [
            "", "P", "PT", "15M", "P1H", "PT1D", "P1W2D", "PT-1M", "PT1M2H",
        ] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}
