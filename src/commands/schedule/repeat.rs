//! `--repeat` and what goes with it: a series as it is typed.

use clap::{ArgAction, ValueEnum};
use jiff::Zoned;
use jiff::civil::Weekday;

use crate::conference::{On, Series};
use crate::error::{Error, Result};
use crate::icalendar::{By, Day, End, Frequency, Rule};
use crate::when::{self, WhenError};

/// Flags for a meeting that comes again.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Series")]
pub struct Repeat {
    /// How often it comes again; weekdays are Monday to Friday
    #[arg(
        long,
        value_name = "daily|weekdays|weekly|monthly|yearly",
        hide_possible_values = true
    )]
    repeat: Option<Often>,
    /// Only every so many days, weeks, months or years
    #[arg(
        long,
        value_name = "N",
        requires = "repeat",
        value_parser = clap::value_parser!(u16).range(1..=999),
    )]
    every: Option<u16>,
    /// On which days: mon,wed for weekly; 'first monday', -1fri or 15 for monthly [default: that of --start]
    #[arg(
        long,
        value_name = "DAYS",
        requires = "repeat",
        value_delimiter = ',',
        action = ArgAction::Append,
        allow_hyphen_values = true,
    )]
    on: Vec<String>,
    /// The last day, "18 dec", or the last moment, "18 dec 10:00"; without it or --count there is no end
    #[arg(
        long,
        value_name = "WHEN",
        requires = "repeat",
        conflicts_with = "count"
    )]
    until: Option<String>,
    /// How many times in all
    #[arg(
        long,
        value_name = "N",
        requires = "repeat",
        value_parser = clap::value_parser!(u16).range(1..=9999),
    )]
    count: Option<u16>,
    /// A rule of RFC 5545 instead, as FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1
    #[arg(
        long,
        value_name = "RULE",
        conflicts_with_all = ["repeat", "every", "on", "until", "count"],
    )]
    rrule: Option<String>,
}

/// How often a meeting comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Often {
    /// Every day
    Daily,
    /// Monday to Friday
    Weekdays,
    /// Every week
    Weekly,
    /// Every month
    Monthly,
    /// Every year
    Yearly,
}

impl Repeat {
    /// The series, its first start, and what the user may not have meant; None if nothing of the
    /// kind was typed. The start moves to the first time from `start` on that the rule gives and
    /// the clock shows, in whole seconds. Days in --until relate to `now`, in the zone of the start.
    pub fn series(
        &self,
        start: &Zoned,
        now: &Zoned,
    ) -> Result<Option<(Series, Zoned, Option<String>)>> {
        let rule = match (&self.rrule, self.repeat) {
            (Some(text), _) => Rule::parse_typed(text)
                .map_err(|error| Error::usage(format!("--rrule: {error}")))?,
            (None, Some(often)) => self.rule(often, start, now)?,
            (None, None) => return Ok(None),
        };
        let rule = rule.in_zone(start.time_zone());
        let first = rule.first(start).ok_or_else(|| {
            let start = when::display(start);
            Error::usage(format!("the series has no day from {start} on"))
                .hint("look at --on, --until and --rrule")
        })?;
        let moved = first.timestamp().as_second() != start.timestamp().as_second();
        let notes = [
            moved.then(|| format!("the first day of the series is {}", when::display(&first))),
            rule.left_out(),
        ];
        let notes: Vec<String> = notes.into_iter().flatten().collect();
        let note = Some(notes.join("; ")).filter(|note| !note.is_empty());
        Ok(Some((Series::of(&rule), first, note)))
    }

    fn rule(&self, often: Often, start: &Zoned, now: &Zoned) -> Result<Rule> {
        let mut rule = Rule::new(match often {
            Often::Daily => Frequency::Daily,
            Often::Weekdays | Often::Weekly => Frequency::Weekly,
            Often::Monthly => Frequency::Monthly,
            Often::Yearly => Frequency::Yearly,
        });
        rule.every = self.every.unwrap_or(1);
        rule.end = self.end(start, now)?;
        let on = self.on.iter().map(|text| text.parse::<On>());
        let on: Result<Vec<On>, _> = on.collect();
        let on = on.map_err(|error| Error::usage(format!("--on: {error}")))?;
        match often {
            Often::Daily | Often::Weekdays if !on.is_empty() => {
                return Err(Error::usage(
                    "--on goes with weekly, monthly and yearly only",
                ));
            }
            Often::Daily => {}
            Often::Weekdays => rule.days = days_of(&WORKING),
            Often::Weekly => rule.days = weekdays(&on, start)?,
            Often::Monthly => days_of_month(&mut rule, &on, start)?,
            Often::Yearly => {
                rule.by.push((By::Month, vec![start.month().into()]));
                days_of_month(&mut rule, &on, start)?;
            }
        }
        Ok(rule)
    }

    fn end(&self, start: &Zoned, now: &Zoned) -> Result<End> {
        match (&self.until, self.count) {
            (Some(text), _) => until(text, start, now),
            (None, Some(times)) => Ok(End::Times(times)),
            (None, None) => Ok(End::Never),
        }
    }
}

/// A day alone is meant whole.
fn until(text: &str, start: &Zoned, now: &Zoned) -> Result<End> {
    let now = now.with_time_zone(start.time_zone().clone());
    let (end, last) = match when::parse(text, &now) {
        Ok(moment) => (End::At(moment.at.timestamp()), moment.at),
        Err(WhenError::NoClock(_)) => {
            let evening = when::parse(&format!("{text} 23:59:59"), &now);
            let last = evening.map_err(|error| until_error(&error))?.at;
            (End::On(last.date()), last)
        }
        Err(error) => return Err(until_error(&error)),
    };
    if last < *start {
        let last = when::display(&last);
        let message = format!("--until '{text}' is {last}, before the first start");
        return Err(Error::usage(message));
    }
    Ok(end)
}

fn until_error(error: &WhenError) -> Error {
    Error::usage(format!("--until: {error}")).hint("a day alone will do: 2026-12-18, '18 dec'")
}

const WORKING: [Weekday; 5] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
];

fn days_of(weekdays: &[Weekday]) -> Vec<Day> {
    let day = |weekday: &Weekday| Day {
        nth: None,
        weekday: *weekday,
    };
    weekdays.iter().map(day).collect()
}

fn weekdays(on: &[On], start: &Zoned) -> Result<Vec<Day>> {
    if on.is_empty() {
        return Ok(days_of(&[start.weekday()]));
    }
    let mut named = Vec::new();
    for day in on {
        match day {
            On::Weekday(weekday) if named.contains(weekday) => {}
            On::Weekday(weekday) => named.push(*weekday),
            On::Nth(..) | On::Number(_) => {
                return Err(Error::usage(
                    "a weekly series takes weekdays alone: --on mon,wed",
                ));
            }
        }
    }
    named.sort_by_key(|weekday| weekday.to_monday_zero_offset());
    Ok(days_of(&named))
}

fn days_of_month(rule: &mut Rule, on: &[On], start: &Zoned) -> Result<()> {
    let mut numbers = Vec::new();
    for day in on {
        match *day {
            On::Number(number) => numbers.push(number),
            On::Nth(nth, weekday) => rule.days.push(Day {
                nth: Some(nth),
                weekday,
            }),
            On::Weekday(_) => {
                return Err(
                    Error::usage("--on must say which of these days in the month")
                        .hint("for example: --on 'first monday', --on -1fri"),
                );
            }
        }
    }
    if !numbers.is_empty() && !rule.days.is_empty() {
        return Err(Error::usage(
            "--on takes weekdays or days of the month, not both",
        ));
    }
    if on.is_empty() {
        numbers.push(start.day().into());
    }
    if !numbers.is_empty() {
        rule.by.push((By::MonthDay, numbers));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        repeat: Repeat,
    }

    /// Rule, first start and note, or why not; now is the Sunday before the start.
    fn told(flags: &str) -> String {
        let flags = flags.split('|').filter(|flag| !flag.is_empty());
        let line = match Line::try_parse_from(std::iter::once("x").chain(flags)) {
            Ok(line) => line,
            Err(error) => return error.kind().to_string(),
        };
        let zoned = |text: &str| -> Zoned { text.parse().unwrap() };
        let start = zoned("2026-12-01T10:00[Europe/Prague]");
        let now = zoned("2026-11-22T09:15[UTC]");
        match line.repeat.series(&start, &now) {
            Err(error) => error.to_string(),
            Ok(None) => "once".to_owned(),
            Ok(Some((series, first, note))) => {
                let first = first.strftime("%a %F %R");
                let note = note.map(|note| format!(" ({note})")).unwrap_or_default();
                format!("{} from {first}{note}", series.rule)
            }
        }
    }

    #[test]
    fn flags_become_rules() {
        for (flags, rule) in [
            ("", "once"),
            ("--repeat=daily", "FREQ=DAILY from Tue 2026-12-01 10:00"),
            (
                "--repeat=weekly|--count=6",
                "FREQ=WEEKLY;BYDAY=TU;COUNT=6 from Tue 2026-12-01 10:00",
            ),
            (
                "--repeat=weekdays|--until=18 dec",
                "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20261218T225959Z from Tue 2026-12-01 10:00",
            ),
            (
                "--repeat=weekly|--every=2|--on=wed,mon,Wednesday|--until=2026-12-18 10:00",
                "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;UNTIL=20261218T090000Z from Wed 2026-12-02 10:00 \
                 (the first day of the series is Wednesday 2 December 2026 10:00 Europe/Prague (CET, +01:00))",
            ),
            (
                "--repeat=monthly",
                "FREQ=MONTHLY;BYMONTHDAY=1 from Tue 2026-12-01 10:00",
            ),
            (
                "--repeat=monthly|--on=last friday,1mon",
                "FREQ=MONTHLY;BYDAY=-1FR,1MO from Mon 2026-12-07 10:00 \
                 (the first day of the series is Monday 7 December 2026 10:00 Europe/Prague (CET, +01:00))",
            ),
            (
                "--repeat=monthly|--on|31|--count=2",
                "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=2 from Thu 2026-12-31 10:00 \
                 (the first day of the series is Thursday 31 December 2026 10:00 Europe/Prague (CET, +01:00); \
                 months without a 31st are left out)",
            ),
            (
                "--repeat=yearly",
                "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=1 from Tue 2026-12-01 10:00",
            ),
            (
                "--repeat=yearly|--on=1tue",
                "FREQ=YEARLY;BYMONTH=12;BYDAY=1TU from Tue 2026-12-01 10:00",
            ),
            (
                "--rrule=freq=daily;until=20261218",
                "FREQ=DAILY;UNTIL=20261218T225959Z from Tue 2026-12-01 10:00",
            ),
        ] {
            assert_eq!(told(flags), rule, "{flags}");
        }
    }

    #[test]
    fn what_makes_no_series_is_refused() {
        for (flags, fault) in [
            ("--every=2", "required arguments"),
            (
                "--repeat=weekly|--count=2|--until=tomorrow",
                "cannot be used with",
            ),
            ("--repeat=weekly|--rrule=FREQ=DAILY", "cannot be used with"),
            ("--repeat=weekly|--every=0", "value"),
            ("--repeat=hourly", "value"),
            ("--repeat=daily|--on=mon", "--on goes with weekly"),
            ("--repeat=weekly|--on=1mon", "--on mon,wed"),
            ("--repeat=weekly|--on=moonday", "--on: 'moonday' is no day"),
            ("--repeat=monthly|--on=mon", "which of these days"),
            ("--repeat=monthly|--on=1mon,15", "not both"),
            (
                "--repeat=weekly|--until=30 nov 2026",
                "before the first start",
            ),
            (
                "--repeat=weekly|--until=soon",
                "--until: 'soon' is not a time",
            ),
            ("--repeat=monthly|--on=15|--until=10 dec", "no day from"),
            ("--rrule=FREQ=DAILY;UNTIL=20261130T000000Z", "no day from"),
            ("--rrule=FREQ=HOURLY", "--rrule: FREQ=HOURLY is wrong"),
        ] {
            let message = told(flags);
            assert!(message.contains(fault), "{flags}: {message}");
        }
    }
}
