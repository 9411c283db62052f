//! Lengths of time: `1h`, `90m`, `1h30m`, `1:30`, `90 minutes`.

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, ToSpan, Zoned};

/// Longest meeting.
const LONGEST: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The text was no length of a meeting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    /// Nothing that is understood.
    #[error(
        "'{0}' is not a length of time: expected something like 1h, 90m, 1h30m, 1:30 or '90 minutes'"
    )]
    Unknown(String),
    /// Nothing, less than nothing, or more than 30 days.
    #[error("'{0}' is no length for a meeting: expected more than nothing and at most 30 days")]
    Range(String),
}

/// Why a text does not say how long ago something was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgeError {
    /// Nothing that is understood.
    #[error("'{0}' is no age: expected something like 90d, 12w, '6 months' or 1y")]
    Unknown(String),
    /// Longer ago than calendars go.
    #[error("'{0}' is longer ago than any calendar goes")]
    Range(String),
}

/// Reads a length of more than nothing and at most 30 days; a day has 24 hours.
pub fn span(text: &str) -> Result<SignedDuration, SpanError> {
    let unknown = || SpanError::Unknown(super::printable(text));
    let read = amount(&text.trim().to_ascii_lowercase()).ok_or_else(unknown)?;
    let length = read
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| unknown())?;
    if length.is_positive() && length <= LONGEST {
        Ok(length)
    } else {
        Err(SpanError::Range(super::printable(text)))
    }
}

/// The moment so long ago, by the calendar of `now`: nothing ago is now.
pub fn ago(text: &str, now: &Zoned) -> Result<Timestamp, AgeError> {
    let unknown = || AgeError::Unknown(super::printable(text));
    let age = amount(&text.trim().to_ascii_lowercase()).ok_or_else(unknown)?;
    if age.is_negative() {
        return Err(unknown());
    }
    let then = now.checked_sub(age);
    let then = then.map_err(|_| AgeError::Range(super::printable(text)))?;
    Ok(then.timestamp())
}

/// `+2h` and `in 2 hours`, in lower case, as a length to go ahead from now.
pub(super) fn read_ahead(text: &str) -> Option<Span> {
    let length = text
        .strip_prefix('+')
        .or_else(|| text.strip_prefix("in "))?;
    amount(length.trim()).filter(|span| !span.is_negative())
}

/// `+30m` and `-1h`, in lower case, as a length to be moved by.
pub(super) fn read_shift(text: &str) -> Option<Span> {
    let (is_back, length) = match text.strip_prefix('-') {
        Some(length) => (true, length),
        None => (false, text.strip_prefix('+')?),
    };
    let length = amount(length.trim()).filter(|span| !span.is_negative())?;
    Some(if is_back { length.negate() } else { length })
}

/// Whether a length is counted in whole days, which are not equally long.
pub(super) fn has_days_alone(length: Span) -> bool {
    length.years(0).months(0).weeks(0).days(0).is_zero()
}

fn amount(text: &str) -> Option<Span> {
    if let Some((hours, minutes)) = text.split_once(':') {
        return hours_and_minutes(hours, minutes);
    }
    text.replace(" and ", " ").parse().ok()
}

fn hours_and_minutes(hours: &str, minutes: &str) -> Option<Span> {
    let number = |digits: &str| {
        digits
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| digits.parse().ok())?
    };
    let hours: i64 = number(hours).filter(|hours| *hours <= 24 * 30)?;
    let minutes = number(minutes)
        .filter(|_| minutes.len() == 2)
        .filter(|m| *m < 60)?;
    Some(hours.hours().minutes(minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read() {
        for (text, minutes) in [
            ("1h", 60),
            ("90m", 90),
            ("1h30m", 90),
            ("1h 30m", 90),
            ("1:30", 90),
            ("0:45", 45),
            ("90 Minutes", 90),
            ("1 hour and 5 minutes", 65),
            ("1.5h", 90),
            ("2 days", 2880),
            ("720:00", 43_200),
        ] {
            assert_eq!(span(text), Ok(SignedDuration::from_mins(minutes)), "{text}");
        }
    }

    #[test]
    fn other_lengths_are_refused_by_name() {
        for text in [
            "", "90", "1:5", "1:60", ":30", "1:30:00", "one hour", "1 month", "h",
        ] {
            assert_eq!(span(text), Err(SpanError::Unknown(text.into())), "{text}");
        }
        for text in ["0m", "-1h", "1h ago", "31 days", "720h1s", "999999999999h"] {
            assert!(span(text).is_err(), "{text}");
        }
        assert_eq!(span("31 days"), Err(SpanError::Range("31 days".into())));
    }
}
