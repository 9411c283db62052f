//! Times and lengths of time as properties have them (RFC 5545 3.3.4 to 3.3.6).

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::icalendar::{ContentLine, local_time, named_zone};

/// A date, or a date with a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Of which kind.
    pub form: Form,
    /// On the clock of its zone; a date alone is its midnight.
    pub at: DateTime,
}

/// The kinds of time that iCalendar has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// A date alone.
    Date,
    /// UTC, with a Z.
    Utc,
    /// The same clock everywhere.
    Floating,
    /// With a TZID.
    Zoned(String),
}

impl Moment {
    /// The value of a property that has one; none: it is no time.
    pub fn of(property: &ContentLine) -> Option<Self> {
        Self::read(property.value.trim(), property.parameter("TZID"))
    }

    /// One value, with the TZID of its property.
    pub fn read(value: &str, zone: Option<&str>) -> Option<Self> {
        let (clock, is_utc) = match value.strip_suffix(['Z', 'z']) {
            Some(clock) => (clock, true),
            None => (value, false),
        };
        let (date, time) = local_time(clock)?;
        let form = match (time, is_utc, zone) {
            (None, false, _) => Form::Date,
            (None, true, _) => return None,
            (_, true, _) => Form::Utc,
            (_, _, Some(zone)) => Form::Zoned(zone.to_owned()),
            _ => Form::Floating,
        };
        let at = DateTime::from_parts(date, time.unwrap_or_default());
        Some(Self { form, at })
    }

    /// When it is, by the name of its zone alone. None: it is a date, floats, or nobody knows its zone.
    pub fn instant(&self) -> Option<Timestamp> {
        let zone = match &self.form {
            Form::Utc => TimeZone::UTC,
            Form::Zoned(name) => named_zone(name)?.zone,
            Form::Date | Form::Floating => return None,
        };
        zone.to_timestamp(self.at).ok()
    }

    /// Whether it is before another; none: nobody can tell.
    pub fn is_before(&self, other: &Self) -> Option<bool> {
        if self.form == other.form {
            return Some(self.at < other.at);
        }
        Some(self.instant()? < other.instant()?)
    }
}

/// DURATION (RFC 5545 3.3.6), in the order in which programs write its parts: `PT1H30M`, `P1DT0H`,
/// `PT0DT1H30M0S`.
pub fn duration(text: &str) -> Option<Span> {
    read_duration(text).map(|(span, _)| span)
}

/// Whether a length of time has its parts in the order of RFC 5545, each once.
pub fn is_standard_duration(text: &str) -> bool {
    read_duration(text).is_some_and(|(_, is_standard)| is_standard)
}

fn read_duration(text: &str) -> Option<(Span, bool)> {
    let upper = text.trim().to_ascii_uppercase();
    let (is_negative, rest) = match upper.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, upper.strip_prefix('+').unwrap_or(&upper)),
    };
    let mut rest = rest.strip_prefix('P')?;
    let mut span = Span::new();
    let mut units = String::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('T') {
            units.push('T');
            rest = after;
            continue;
        }
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest.get(..end)?.parse().ok()?;
        let unit = char::from(*rest.as_bytes().get(end)?);
        span = match unit {
            'W' => span.try_weeks(number),
            'D' => span.try_days(number),
            'H' => span.try_hours(number),
            'M' if units.contains('T') => span.try_minutes(number),
            'S' => span.try_seconds(number),
            _ => return None,
        }
        .ok()?;
        units.push(unit);
        rest = rest.get(end + 1..)?;
    }
    const STANDARD: [&str; 14] = [
        "W", "D", "DTH", "DTHM", "DTHMS", "DTM", "DTMS", "DTS", "TH", "THM", "THMS", "TM", "TMS",
        "TS",
    ];
    let is_standard = STANDARD.contains(&units.as_str());
    match units.trim_matches('T').is_empty() {
        true => None,
        false if is_negative => Some((span.negate(), is_standard)),
        false => Some((span, is_standard)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

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
    fn lengths_of_time_are_read_in_every_order_that_programs_write() {
        for (text, span, is_standard) in [
            ("-PT15M", (-15).minutes(), true),
            ("P1DT1H", 1.day().hours(1), true),
            ("-P0DT0H30M0S", (-30).minutes(), true),
            ("P2W", 2.weeks(), true),
            ("PT0DT1H30M0S", 1.hour().minutes(30), false),
            ("PT5S", 5.seconds(), true),
            ("p1d", 1.day(), true),
            ("P1W2D", 1.week().days(2), false),
            ("PT1M2H", 2.hours().minutes(1), false),
            ("P1H", 1.hour(), false),
        ] {
            let read = duration(text).map(|span| span.fieldwise());
            assert_eq!(read, Some(span.fieldwise()), "{text}");
            assert_eq!(is_standard_duration(text), is_standard, "{text}");
        }
        for wrong in ["", "P", "PT", "15M", "P1M", "PT-1M", "P1", "PTT"] {
            assert!(duration(wrong).is_none(), "{wrong}");
        }
    }
}
