//! When a series comes again, in a sentence.

use jiff::Zoned;
use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

use crate::conference::{Days, Nth, Pattern, Series, Until};
use crate::invitation::words::times::by_weekday;
use crate::invitation::words::{Forms, Words, fill, nth, plural};

/// Most occurrences that are named one by one.
const MOST_LISTED: usize = 12;

/// How series are told.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Repeats {
    daily: Forms,
    working: Forms,
    weekly: Forms,
    monthly: Forms,
    yearly: Forms,
    yearly_nth: Forms,
    until: &'static str,
    count: Forms,
    by_rule: &'static str,
    nth: Forms,
    nth_last: Forms,
    month_day: Forms,
    month_day_last: Forms,
    on_weekdays: Option<[&'static str; 7]>,
    nth_weekdays: Option<[&'static str; 7]>,
    nth_endings: Option<[&'static str; 7]>,
    until_weekdays: Option<[&'static str; 7]>,
    nth_months: Option<[&'static str; 12]>,
}

impl Words {
    /// When something comes again; `start` is the first time.
    pub(crate) fn series(&self, series: &Series, start: &Zoned) -> String {
        let moments = |times: &[Zoned]| self.join_list(times, |at| self.on_day(at));
        match series.pattern(start) {
            Some(pattern) => self.pattern(&pattern),
            // A list says more than a rule, if it is all of it and can be overlooked.
            None => match series.starts(start, MOST_LISTED + 1) {
                times if series.is_understood() && times.len() <= MOST_LISTED => moments(&times),
                _ => {
                    let rules: Vec<&str> = series.rules().collect();
                    let rules = (!rules.is_empty())
                        .then(|| fill(self.repeats.by_rule, &[("rule", &rules.join(", "))]));
                    let (first, more) = series.added.split_at(series.added.len().min(MOST_LISTED));
                    let mut first = first.iter().map(|at| self.on_day(at)).collect::<Vec<_>>();
                    first.extend((!more.is_empty()).then(|| format!("… (+{})", more.len())));
                    let all: Vec<String> = rules.into_iter().chain(first).collect();
                    all.join(self.comma)
                }
            },
        }
    }

    fn pattern(&self, pattern: &Pattern) -> String {
        let repeats = &self.repeats;
        let weekdays = repeats.on_weekdays.unwrap_or(self.times.weekdays);
        let months = repeats.nth_months.unwrap_or(self.times.months);
        let weekday = |day: &Weekday| by_weekday(&weekdays, *day).to_owned();
        let month_day = |day: &i16| self.month_day(*day);
        let nth_weekdays = |days: &[Nth]| self.join_list(days, |day| self.nth_weekday(*day));
        let (forms, days, month) = match &pattern.days {
            Days::Day => (&repeats.daily, String::new(), 0),
            Days::Working => (&repeats.working, String::new(), 0),
            Days::Week(days) => (&repeats.weekly, self.join_list(days, weekday), 0),
            Days::Month(days) => (&repeats.monthly, self.join_list(days, month_day), 0),
            Days::MonthNth(days) => (&repeats.monthly, nth_weekdays(days), 0),
            Days::Year(day, month) => (&repeats.yearly, self.day(*day, *month), *month),
            Days::YearNth(days, month) => (&repeats.yearly_nth, nth_weekdays(days), *month),
        };
        let month = nth(&months, month.unsigned_abs().into());
        let n = pattern.every.to_string();
        let values = [("n", &*n), ("days", &days), ("month", month)];
        let series = fill(plural(forms, pattern.every.into()), &values);
        self.with_end(series, pattern.until)
    }

    fn with_end(&self, series: String, until: Until) -> String {
        let repeats = &self.repeats;
        match until {
            Until::Never => series,
            Until::Times(times) => {
                let values = [("series", &*series), ("n", &times.to_string())];
                fill(plural(&repeats.count, times.into()), &values)
            }
            Until::Day(last) => {
                let weekdays = repeats.until_weekdays.unwrap_or(self.times.weekdays);
                let date = self.date(last, &weekdays);
                fill(repeats.until, &[("series", &series), ("date", &date)])
            }
        }
    }

    /// `22nd`, `last day`
    fn month_day(&self, day: i16) -> String {
        let repeats = &self.repeats;
        let number = day.unsigned_abs();
        let n = number.to_string();
        let from_first = fill(nth(&repeats.month_day, number.into()), &[("n", &n)]);
        if day > 0 {
            return from_first;
        }
        let from_last = nth(&repeats.month_day_last, number.into());
        fill(from_last, &[("n", &n), ("day", &from_first)])
    }

    /// `second Monday`, `last Friday`
    fn nth_weekday(&self, day: Nth) -> String {
        let repeats = &self.repeats;
        let forms = if day.nth > 0 {
            &repeats.nth
        } else {
            &repeats.nth_last
        };
        let weekdays = repeats.nth_weekdays.unwrap_or(self.times.weekdays);
        let endings = repeats.nth_endings.unwrap_or_default();
        let values = [
            ("n", &*day.nth.unsigned_abs().to_string()),
            ("weekday", by_weekday(&weekdays, day.weekday)),
            ("ending", by_weekday(&endings, day.weekday)),
        ];
        fill(nth(forms, day.nth.unsigned_abs().into()), &values)
    }

    /// `a, b and c`
    fn join_list<T>(&self, items: &[T], text: impl Fn(&T) -> String) -> String {
        let items: Vec<String> = items.iter().map(text).collect();
        match items.as_slice() {
            [rest @ .., last] if !rest.is_empty() => {
                format!("{}{}{last}", rest.join(self.comma), self.and)
            }
            items => items.concat(),
        }
    }
}
