//! What a rule says, as far as people have a sentence for it.

use jiff::Zoned;
use jiff::civil::{Date, Weekday};

use crate::conference::series::Series;
use crate::icalendar::{By, Day, End, Frequency, Rule, Skip};

const WORKING: [Weekday; 5] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
];

/// A rule that can be said in one sentence of any language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Every so many periods; at least 1.
    pub every: u16,
    /// The period, and which days of it.
    pub days: Days,
    /// When it is over.
    pub until: Until,
}

/// The days of a period, in the order of the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Days {
    /// Each day.
    Day,
    /// Monday to Friday of a week.
    Working,
    /// Days of a week; at least one.
    Week(Vec<Weekday>),
    /// Days of a month, 1 to 31, or from its end -1 to -31; at least one.
    Month(Vec<i16>),
    /// Weekdays of a month; at least one.
    MonthNth(Vec<Nth>),
    /// A day, 1 to 31, of a month, 1 to 12.
    Year(i16, i16),
    /// Weekdays of a month, 1 to 12; at least one.
    YearNth(Vec<Nth>, i16),
}

/// The first to fifth of a weekday in a month, or from the end the last, -1, or second last, -2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nth {
    /// 1 to 5, -1 or -2.
    pub nth: i8,
    /// Which day of the week.
    pub weekday: Weekday,
}

/// When a series is over, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Never.
    Never,
    /// After so many occurrences; at least 1.
    Times(u16),
    /// The last day, in the zone of the start.
    Day(Date),
}

impl Series {
    /// What the rule says; None if it can't be said so simply. `start` is the first occurrence.
    pub fn pattern(&self, start: &Zoned) -> Option<Pattern> {
        let rule = self.has_one_rule().then(|| self.rule.parse().ok())??;
        Pattern::of(&rule, start)
    }
}

impl Pattern {
    fn of(rule: &Rule, start: &Zoned) -> Option<Self> {
        if rule.skip != Skip::Omit {
            return None;
        }
        let days = match rule.frequency {
            Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => return None,
            Frequency::Daily => daily_days(rule)?,
            Frequency::Weekly => weekly_days(rule, start)?,
            Frequency::Monthly => monthly_days(rule, start)?,
            Frequency::Yearly => yearly_days(rule, start)?,
        };
        Some(Self {
            every: rule.every,
            days,
            until: until(rule, start),
        })
    }
}

fn daily_days(rule: &Rule) -> Option<Days> {
    let plain = rule.by.is_empty() && rule.days.is_empty();
    plain.then_some(Days::Day)
}

fn weekly_days(rule: &Rule, start: &Zoned) -> Option<Days> {
    if !rule.by.is_empty() {
        return None;
    }
    let named: Vec<Weekday> = rule.days.iter().map(|day| day.weekday).collect();
    let working = named.len() == WORKING.len() && WORKING.iter().all(|day| named.contains(day));
    Some(match working {
        true => Days::Working,
        false if named.is_empty() => Days::Week(vec![start.weekday()]),
        false => Days::Week(named),
    })
}

fn monthly_days(rule: &Rule, start: &Zoned) -> Option<Days> {
    match (rule.by.as_slice(), rule.days.as_slice()) {
        ([], []) => Some(Days::Month(vec![i16::from(start.day())])),
        ([], days) => Some(Days::MonthNth(nths(days)?)),
        ([(By::MonthDay, numbers)], []) => Some(Days::Month(numbers.clone())),
        _ => None,
    }
}

fn yearly_days(rule: &Rule, start: &Zoned) -> Option<Days> {
    match (rule.by.as_slice(), rule.days.as_slice()) {
        ([], []) => Some(Days::Year(start.day().into(), start.month().into())),
        ([(By::Month, months), (By::MonthDay, days)], []) => {
            match (months.as_slice(), days.as_slice()) {
                (&[month], &[day]) if day > 0 => Some(Days::Year(day, month)),
                _ => None,
            }
        }
        ([(By::Month, months)], days) => match months.as_slice() {
            &[month] => Some(Days::YearNth(nths(days)?, month)),
            _ => None,
        },
        _ => None,
    }
}

/// None when a day is every one of its name, or has a number that people have no word for.
fn nths(days: &[Day]) -> Option<Vec<Nth>> {
    let numbered = |day: &Day| {
        let nth = day.nth.filter(|nth| matches!(nth, 1..=5 | -1 | -2))?;
        let weekday = day.weekday;
        Some(Nth { nth, weekday })
    };
    let days: Option<Vec<Nth>> = days.iter().map(numbered).collect();
    days.filter(|days| !days.is_empty())
}

fn until(rule: &Rule, start: &Zoned) -> Until {
    match (rule.end, rule.until(start.time_zone())) {
        (End::Times(times), _) => Until::Times(times),
        (_, Some(until)) => {
            let until = until.to_zoned(start.time_zone().clone());
            let date = until.date();
            // What ends before its time of day does not take place that day.
            Until::Day(match until.time() < start.time() {
                true => date.yesterday().unwrap_or(date),
                false => date,
            })
        }
        (_, None) => Until::Never,
    }
}
