//! Rules in the words of people.

use jiff::Zoned;
use jiff::civil::Weekday;

use crate::conference::series::rule::{By, Day, End, Frequency, Rule};

const WORKING: [Weekday; 5] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
];

/// `every 2 months on the last Friday, 6 times`; None if it can't be said so simply.
pub(super) fn words(rule: &Rule, start: &Zoned) -> Option<String> {
    let words = match rule.frequency {
        Frequency::Daily => daily(rule)?,
        Frequency::Weekly => weekly(rule, start)?,
        Frequency::Monthly => monthly(rule, start)?,
        Frequency::Yearly => yearly(rule, start)?,
    };
    Some(words + &end(rule, start))
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

fn every(rule: &Rule, period: &str) -> String {
    match rule.every {
        1 => format!("every {period}"),
        every => format!("every {every} {period}s"),
    }
}

fn daily(rule: &Rule) -> Option<String> {
    let plain = rule.by.is_empty() && rule.days.is_empty();
    plain.then(|| every(rule, "day"))
}

fn weekly(rule: &Rule, start: &Zoned) -> Option<String> {
    if !rule.by.is_empty() {
        return None;
    }
    let named: Vec<Weekday> = rule.days.iter().map(|day| day.weekday).collect();
    let working = named.len() == WORKING.len() && WORKING.iter().all(|day| named.contains(day));
    Some(match (working, rule.every) {
        (true, 1) => "every weekday, Monday to Friday".to_owned(),
        (true, _) => every(rule, "week") + " from Monday to Friday",
        (false, _) if named.is_empty() => {
            format!("{} on {}", every(rule, "week"), start.strftime("%A"))
        }
        (false, _) => {
            let names: Vec<&str> = named.into_iter().map(name).collect();
            format!("{} on {}", every(rule, "week"), listed(&names))
        }
    })
}

fn monthly(rule: &Rule, start: &Zoned) -> Option<String> {
    let days = match (rule.by.as_slice(), rule.days.as_slice()) {
        ([], []) => ordinal(i16::from(start.day())),
        ([], days) => numbered(days)?,
        ([(By::MonthDay, numbers)], []) => month_days(numbers),
        _ => return None,
    };
    Some(format!("{} on the {days}", every(rule, "month")))
}

fn yearly(rule: &Rule, start: &Zoned) -> Option<String> {
    let (day, month) = match (rule.by.as_slice(), rule.days.as_slice()) {
        ([], []) => (start.day().to_string(), i16::from(start.month())),
        ([(By::Month, months), (By::MonthDay, days)], []) => {
            match (months[..].as_ref(), days[..].as_ref()) {
                (&[month], &[day]) if day > 0 => (day.to_string(), month),
                _ => return None,
            }
        }
        ([(By::Month, months)], days) => match months[..] {
            [month] => (format!("the {} of", numbered(days)?), month),
            _ => return None,
        },
        _ => return None,
    };
    let month = month_name(month)?;
    Some(format!("{} on {day} {month}", every(rule, "year")))
}

fn end(rule: &Rule, start: &Zoned) -> String {
    match (rule.end, rule.until(start.time_zone())) {
        (End::Times(1), _) => ", once".to_owned(),
        (End::Times(times), _) => format!(", {times} times"),
        (_, Some(until)) => {
            let last = until.to_zoned(start.time_zone().clone());
            format!(" until {}", last.strftime("%A %-d %B %Y"))
        }
        (_, None) => String::new(),
    }
}

/// `first Monday and last Friday`; None when a day is every one of its name.
fn numbered(days: &[Day]) -> Option<String> {
    let word = |day: &Day| {
        let nth = ordinal_word(day.nth?)?;
        Some(format!("{nth} {}", name(day.weekday)))
    };
    let words: Option<Vec<String>> = days.iter().map(word).collect();
    let words = words.filter(|words| !words.is_empty())?;
    Some(listed(&words))
}

fn ordinal_word(nth: i8) -> Option<&'static str> {
    Some(match nth {
        1 => "first",
        2 => "second",
        3 => "third",
        4 => "fourth",
        5 => "fifth",
        -1 => "last",
        -2 => "second last",
        _ => return None,
    })
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

fn month_name(month: i16) -> Option<String> {
    let first = jiff::civil::Date::new(2000, i8::try_from(month).ok()?, 1).ok()?;
    Some(first.strftime("%B").to_string())
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
