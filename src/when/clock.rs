//! Times of day: `10:00`, `9:30pm`, `9 pm`, `at 10`, `noon`, `midnight`.

use jiff::civil::Time;

/// Finds the time of day at the end of the words, else at their beginning, and gives the words
/// that are left. An error is the word that looks like a time of day but is none.
pub(super) fn split<'w, 't>(words: &'w [&'t str]) -> Result<(&'w [&'t str], Option<Time>), String> {
    let (rest, found) = match words {
        [rest @ .., "at", hour] if is_number(hour) => (rest, Some(format!("{hour}:00"))),
        [rest @ .., hour, half @ ("am" | "pm")] => (rest, Some(format!("{hour}{half}"))),
        [rest @ .., word] if is_clock(word) => (rest, Some((*word).to_owned())),
        [hour, half @ ("am" | "pm"), rest @ ..] => (rest, Some(format!("{hour}{half}"))),
        [word, rest @ ..] if is_clock(word) => (rest, Some((*word).to_owned())),
        _ => (words, None),
    };
    let rest = rest.strip_suffix(&["at"]).unwrap_or(rest);
    match found {
        None => Ok((rest, None)),
        Some(word) => read(&word).map(|time| (rest, Some(time))).ok_or(word),
    }
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())
}

/// Digits with a colon or with am/pm, or a name; whether such a time exists is another question.
fn is_clock(word: &str) -> bool {
    let (digits, half) = split_half(word);
    let parts_are_numbers = digits.split(':').all(is_number);
    ["noon", "midnight"].contains(&word)
        || (parts_are_numbers && (half.is_some() || digits.contains(':')))
}

fn split_half(word: &str) -> (&str, Option<Half>) {
    match (word.strip_suffix("am"), word.strip_suffix("pm")) {
        (Some(digits), _) => (digits, Some(Half::Morning)),
        (_, Some(digits)) => (digits, Some(Half::Afternoon)),
        _ => (word, None),
    }
}

#[derive(Clone, Copy)]
enum Half {
    Morning,
    Afternoon,
}

fn read(word: &str) -> Option<Time> {
    match word {
        "noon" => return Some(Time::constant(12, 0, 0, 0)),
        "midnight" => return Some(Time::midnight()),
        _ => {}
    }
    let (digits, half) = split_half(word);
    let mut parts = digits.split(':');
    let hour: i8 = number(parts.next()?)?;
    let minute = parts.next().map_or(Some(0), number)?;
    let second = parts.next().map_or(Some(0), number)?;
    if parts.next().is_some() {
        return None;
    }
    Time::new(on_24_hours(hour, half)?, minute, second, 0).ok()
}

fn number(digits: &str) -> Option<i8> {
    Some(digits).filter(|d| d.len() <= 2)?.parse().ok()
}

/// 12am is midnight and 12pm is noon.
fn on_24_hours(hour: i8, half: Option<Half>) -> Option<i8> {
    match half {
        None => Some(hour),
        Some(_) if !(1..=12).contains(&hour) => None,
        Some(Half::Morning) => Some(hour % 12),
        Some(Half::Afternoon) => Some(hour % 12 + 12),
    }
}
