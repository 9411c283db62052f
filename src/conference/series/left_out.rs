//! What some months or years do not have.

use crate::conference::series::on::WEEKDAYS;
use crate::icalendar::{By, Frequency, Rule, Skip};

impl Rule {
    /// What some months or years do not have, `months without a 31st are left out`; None if nothing
    /// can be missed.
    pub fn left_out(&self) -> Option<String> {
        if self.skip != Skip::Omit {
            return None;
        }
        let months = self.numbers(By::Month);
        let missing: Vec<String> = match self.frequency {
            Frequency::Yearly if months == [2] && self.numbers(By::MonthDay) == [29] => {
                return Some("years without a 29 February are left out".to_owned());
            }
            Frequency::Yearly if months.is_empty() => return None,
            Frequency::Monthly | Frequency::Yearly => rare(self).collect(),
            _ => return None,
        };
        let months = if months.is_empty() { "months" } else { "years" };
        let missing = (!missing.is_empty()).then(|| missing.join(" or "))?;
        Some(format!("{months} without a {missing} are left out"))
    }
}

/// Days that some months do not have.
fn rare(rule: &Rule) -> impl Iterator<Item = String> {
    let number = |number: &i16| match number.abs() {
        31 => Some("31st".to_owned()),
        number => (number > 28).then(|| format!("{number}th")),
    };
    let numbers = rule.numbers(By::MonthDay).iter().filter_map(number);
    let days = rule.days.iter();
    let fifth = days.filter(|day| day.nth.is_some_and(|nth| nth.abs() == 5));
    let names = fifth.flat_map(|day| WEEKDAYS.iter().filter(|(_, known)| *known == day.weekday));
    numbers.chain(names.map(|(name, _)| format!("fifth {name}")))
}
