//! The days of a series as people type them.

use std::str::FromStr;

use jiff::civil::Weekday;

/// One day that a series falls on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// `mon`, `Wednesday`: every one of that name.
    Weekday(Weekday),
    /// `1mon`, `first monday`, `-1fri`, `last friday`: 1 to 5, or from the end -1 to -4.
    Nth(i8, Weekday),
    /// `15`, `15th`, `-1`, `last day`: of the month, 1 to 31, or from the end -1 to -31.
    Number(i16),
}

/// The text was no day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no day of a series: expected a weekday such as mon, 'first monday' or -1fri, or a day \
     of the month such as 15 or 'last day'"
)]
pub struct OnError(String);

pub(super) const WEEKDAYS: [(&str, Weekday); 7] = [
    ("Monday", Weekday::Monday),
    ("Tuesday", Weekday::Tuesday),
    ("Wednesday", Weekday::Wednesday),
    ("Thursday", Weekday::Thursday),
    ("Friday", Weekday::Friday),
    ("Saturday", Weekday::Saturday),
    ("Sunday", Weekday::Sunday),
];

const ORDINALS: [(&str, i8); 6] = [
    ("first", 1),
    ("second", 2),
    ("third", 3),
    ("fourth", 4),
    ("fifth", 5),
    ("last", -1),
];

impl FromStr for On {
    type Err = OnError;

    /// Upper and lower case are the same; two letters of a weekday are enough.
    fn from_str(text: &str) -> Result<Self, OnError> {
        let lower = text.trim().to_ascii_lowercase();
        let words: Vec<&str> = lower.split_whitespace().collect();
        let read = match words.as_slice() {
            [nth, "day"] => ordinal(nth).map(|nth| Self::Number(nth.into())),
            [nth, name] => nth_weekday(ordinal(nth), name),
            [word] => weekday(word).map(Self::Weekday).or_else(|| read_nth(word)),
            _ => None,
        };
        let shown = || text.chars().filter(|c| !c.is_control()).take(40).collect();
        read.ok_or_else(|| OnError(shown()))
    }
}

/// `-1fri`, `15`, `15th`
fn read_nth(word: &str) -> Option<On> {
    let digits = word.trim_start_matches(['-', '+']);
    let end = digits.find(|c: char| !c.is_ascii_digit());
    let name = &digits[end.unwrap_or(digits.len())..];
    let number = number(word.strip_suffix(name)?)?;
    match name {
        "" | "st" | "nd" | "rd" | "th" => {
            let is_day = (1..=31).contains(&number.abs());
            is_day.then_some(On::Number(number))
        }
        name => nth_weekday(i8::try_from(number).ok(), name),
    }
}

fn nth_weekday(nth: Option<i8>, name: &str) -> Option<On> {
    let nth = nth.filter(|nth| (1..=5).contains(nth) || (-4..0).contains(nth))?;
    Some(On::Nth(nth, weekday(name)?))
}

fn ordinal(word: &str) -> Option<i8> {
    let known = ORDINALS.iter().find(|(name, _)| *name == word);
    let number = || match read_nth(word)? {
        On::Number(number) => i8::try_from(number).ok(),
        _ => None,
    };
    known.map(|(_, nth)| *nth).or_else(number)
}

fn weekday(word: &str) -> Option<Weekday> {
    let known = WEEKDAYS
        .iter()
        .find(|(name, _)| word.len() >= 2 && name.to_ascii_lowercase().starts_with(word))?;
    Some(known.1)
}

/// At most two digits with a sign.
fn number(text: &str) -> Option<i16> {
    text.parse().ok().filter(|_| text.len() <= 3)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_are_read() {
        for (text, day) in [
            ("mon", On::Weekday(Weekday::Monday)),
            ("WE", On::Weekday(Weekday::Wednesday)),
            (" Thursday ", On::Weekday(Weekday::Thursday)),
            ("1mon", On::Nth(1, Weekday::Monday)),
            ("-1FR", On::Nth(-1, Weekday::Friday)),
            ("+2sunday", On::Nth(2, Weekday::Sunday)),
            ("first Monday", On::Nth(1, Weekday::Monday)),
            ("last fri", On::Nth(-1, Weekday::Friday)),
            ("3rd tue", On::Nth(3, Weekday::Tuesday)),
            ("15", On::Number(15)),
            ("31st", On::Number(31)),
            ("-1", On::Number(-1)),
            ("last day", On::Number(-1)),
        ] {
            assert_eq!(text.parse(), Ok(day), "{text}");
        }
    }

    #[test]
    fn other_words_are_refused_by_name() {
        for text in [
            "",
            "m",
            "moon",
            "0",
            "32",
            "0mon",
            "6mon",
            "-5mon",
            "first",
            "first day off",
            "--1",
            "1-",
            "monday first",
            "last 15",
            "1.",
            "first monda y",
            "999999999999",
            "1thx",
        ] {
            let error = text.parse::<On>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("'{text}' is no day")), "{error}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "\\PC{0,20}|[-+]{0,2}[0-9]{0,4}(mon|th|ž)? ?(fri|day)?") {
            let _ = text.parse::<On>();
        }
    }
}
