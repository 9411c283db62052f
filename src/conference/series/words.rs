//! Rules in the words of people.

use std::fmt;

use jiff::civil::{Date, Weekday};

use crate::conference::series::pattern::{Days, Nth, Pattern, Until};
use crate::conference::series::rule::{By, Frequency, Rule};

impl fmt::Display for Pattern {
    /// `every 2 months on the last Friday, 6 times`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", days(self), end(self.until))
    }
}

/// `months without a 31st are left out`, for rules that not every period obeys.
pub(super) fn left_out(rule: &Rule) -> Option<String> {
    let months = rule.numbers(By::Month);
    let missing: Vec<String> = match rule.frequency {
        Frequency::Yearly if months == [2] && rule.numbers(By::MonthDay) == [29] => {
            return Some("years without a 29 February are left out".to_owned());
        }
        Frequency::Yearly if rule.numbers(By::Month).is_empty() => return None,
        Frequency::Monthly | Frequency::Yearly => rare(rule).collect(),
        Frequency::Daily | Frequency::Weekly => return None,
    };
    let months = if months.is_empty() { "months" } else { "years" };
    let missing = (!missing.is_empty()).then(|| missing.join(" or "))?;
    Some(format!("{months} without a {missing} are left out"))
}

/// Days that some months do not have.
fn rare(rule: &Rule) -> impl Iterator<Item = String> {
    let numbers = rule.numbers(By::MonthDay).iter();
    let numbers = numbers
        .filter(|number| number.abs() > 28)
        .map(|number| ordinal(number.abs()));
    let fifth = rule
        .days
        .iter()
        .filter(|day| day.nth.is_some_and(|nth| nth.abs() == 5));
    numbers.chain(fifth.map(|day| format!("fifth {}", name(day.weekday))))
}

fn days(pattern: &Pattern) -> String {
    let every = |period| every(pattern.every, period);
    match &pattern.days {
        Days::Day => every("day"),
        Days::Working if pattern.every == 1 => "every weekday, Monday to Friday".to_owned(),
        Days::Working => every("week") + " from Monday to Friday",
        Days::Week(days) => {
            let names: Vec<&str> = days.iter().map(|day| name(*day)).collect();
            format!("{} on {}", every("week"), listed(&names))
        }
        Days::Month(days) => format!("{} on the {}", every("month"), month_days(days)),
        Days::MonthNth(days) => format!("{} on the {}", every("month"), numbered(days)),
        Days::Year(day, month) => format!("{} on {day} {}", every("year"), month_name(*month)),
        Days::YearNth(days, month) => {
            let month = month_name(*month);
            format!("{} on the {} of {month}", every("year"), numbered(days))
        }
    }
}

fn every(every: u16, period: &str) -> String {
    match every {
        1 => format!("every {period}"),
        every => format!("every {every} {period}s"),
    }
}

fn end(until: Until) -> String {
    match until {
        Until::Never => String::new(),
        Until::Times(1) => ", once".to_owned(),
        Until::Times(times) => format!(", {times} times"),
        Until::Day(last) => format!(" until {}", last.strftime("%A %-d %B %Y")),
    }
}

/// `first Monday and last Friday`
fn numbered(days: &[Nth]) -> String {
    let word = |day: &Nth| format!("{} {}", ordinal_word(day.nth), name(day.weekday));
    let words: Vec<String> = days.iter().map(word).collect();
    listed(&words)
}

fn ordinal_word(nth: i8) -> &'static str {
    match nth {
        1 => "first",
        2 => "second",
        3 => "third",
        4 => "fourth",
        5 => "fifth",
        -2 => "second last",
        _ => "last",
    }
}

fn month_days(numbers: &[i16]) -> String {
    let word = |number: &i16| match number {
        -1 => "last day".to_owned(),
        number if *number < 0 => format!("{} last day", ordinal(-number)),
        number => ordinal(*number),
    };
    let words: Vec<String> = numbers.iter().map(word).collect();
    listed(&words)
}

/// `1st`, `22nd`, `13th`
fn ordinal(number: i16) -> String {
    let suffix = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}

/// `a, b and c`
fn listed<T: AsRef<str>>(words: &[T]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => (*last).to_owned(),
        None => String::new(),
    }
}

fn name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn month_name(month: i16) -> String {
    let month = i8::try_from(month).unwrap_or(1);
    let first = Date::new(2000, month, 1).unwrap_or_default();
    first.strftime("%B").to_string()
}

#[cfg(test)]
mod tests {
    use crate::conference::Series;

    #[test]
    fn rules_are_said_in_words() {
        for (rule, words) in [
            ("FREQ=DAILY", "every day"),
            ("FREQ=DAILY;INTERVAL=3;COUNT=6", "every 3 days, 6 times"),
            ("FREQ=WEEKLY", "every week on Tuesday"),
            (
                "FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20261218T225959Z",
                "every week on Monday and Wednesday until Friday 18 December 2026",
            ),
            (
                "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=1",
                "every weekday, Monday to Friday, once",
            ),
            (
                "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR,TH,WE,TU,MO",
                "every 2 weeks from Monday to Friday",
            ),
            ("FREQ=MONTHLY", "every month on the 1st"),
            (
                "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR;COUNT=6",
                "every 2 months on the last Friday, 6 times",
            ),
            (
                "FREQ=MONTHLY;BYDAY=1MO,3MO,-2SU",
                "every month on the first Monday, third Monday and second last Sunday",
            ),
            (
                "FREQ=MONTHLY;BYMONTHDAY=2,11,23,31,-1",
                "every month on the 2nd, 11th, 23rd, 31st and last day",
            ),
            ("FREQ=YEARLY", "every year on 1 December"),
            (
                "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24",
                "every year on 24 December",
            ),
            (
                "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;UNTIL=20301201",
                "every year on the fourth Thursday of November until Sunday 1 December 2030",
            ),
            ("FREQ=DAILY;BYMONTH=1", "by the rule FREQ=DAILY;BYMONTH=1"),
            (
                "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1",
                "by the rule FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1",
            ),
            (
                "FREQ=YEARLY;BYDAY=20MO",
                "by the rule FREQ=YEARLY;BYDAY=20MO",
            ),
            ("nonsense", "by the rule nonsense"),
        ] {
            let series = Series {
                rule: rule.into(),
                excluded: vec![],
            };
            let start = "2026-12-01T10:00[Europe/Prague]".parse().unwrap();
            assert_eq!(series.words(&start), words);
        }
    }
}
