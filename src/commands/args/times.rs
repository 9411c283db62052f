//! When a meeting takes place, as it is typed.

use jiff::{SignedDuration, Zoned};

use crate::app::App;
use crate::error::{Error, Result};
use crate::report::Report;
use crate::when;

/// How long a meeting lasts when nobody says.
const USUAL_LENGTH: SignedDuration = SignedDuration::from_hours(1);

/// Start and end.
pub type Range = (Zoned, Zoned);

/// Flags for start and end.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Times {
    /// When it starts: "tomorrow 10:00", "friday 9:00", "2026-03-02 10:00", +2h, RFC 3339
    #[arg(short = 't', long, value_name = "WHEN", allow_hyphen_values = true)]
    pub start: Option<String>,
    /// How long it lasts: 30m, 1h30m, 90 minutes [default: 1h, or as it is]
    #[arg(
        short,
        long,
        value_name = "SPAN",
        conflicts_with = "end",
        allow_hyphen_values = true
    )]
    pub duration: Option<String>,
    /// When it ends, instead of --duration
    #[arg(long, value_name = "WHEN")]
    pub end: Option<String>,
    /// Time zone of --start and --end, as Europe/Prague [default: the meeting's, else this computer's]
    #[arg(long, value_name = "TZ")]
    pub zone: Option<String>,
}

impl Times {
    /// Start and end of a new meeting. With a key it may have been made before, and be over.
    pub fn new_meeting(&self, has_key: bool, app: &App) -> Result<Range> {
        let now = app.now(self.zone.as_deref())?;
        let text = self.start.as_deref().unwrap_or_default();
        let (start, note) = match has_key {
            true => when::parse(text, &now)
                .map_err(Error::usage)
                .map(|read| (read.at, read.note))?,
            false => start_time(text, &now)?,
        };
        warn(app, note);
        let end = self.end(&start, USUAL_LENGTH, &now, app)?;
        Ok((start, end))
    }

    /// Start and end of a meeting that has some; none if nothing was typed. What is not said stays as
    /// it is. A weekday of what is of a series is the one in its own week.
    pub fn change(&self, before: &Range, is_of_series: bool, app: &App) -> Result<Option<Range>> {
        if self.start.is_none() && self.duration.is_none() && self.end.is_none() {
            return match self.zone {
                Some(_) => Err(Error::usage("--zone goes with --start or --end")),
                None => Ok(None),
            };
        }
        let (start, end) = before;
        let now = match &self.zone {
            Some(zone) => app.now(Some(zone))?,
            None => app.clock()?.to_zoned(start.time_zone().clone()),
        };
        let length = start.duration_until(end);
        let new_start = match self.start.as_deref() {
            None => start.clone(),
            Some(text) => {
                let from = start.with_time_zone(now.time_zone().clone());
                let read = when::parse_change(text, &from, is_of_series, &now);
                let read = read.map_err(Error::usage)?;
                // What has begun already, a series as a rule, may have begun otherwise.
                if read.at < now && *start >= now {
                    return Err(past_error(text, &read.at));
                }
                warn(app, read.note);
                read.at
            }
        };
        let new_end = self.end(&new_start, length, &now, app)?;
        Ok(Some((new_start, new_end)))
    }

    fn end(&self, start: &Zoned, usual: SignedDuration, now: &Zoned, app: &App) -> Result<Zoned> {
        if let Some(end) = &self.end {
            let (end, note) = end_time(end, start, now)?;
            warn(app, note);
            return Ok(end);
        }
        let length = self
            .duration
            .as_deref()
            .map(when::span)
            .transpose()
            .map_err(Error::usage)?;
        start
            .checked_add(length.unwrap_or(usual))
            .map_err(|_| Error::usage("the meeting is too far away"))
    }
}

/// A moment that is still to come.
pub fn start_time(text: &str, now: &Zoned) -> Result<(Zoned, Option<String>)> {
    let read = when::parse(text, now).map_err(Error::usage)?;
    match read.at < *now {
        true => Err(past_error(text, &read.at)),
        false => Ok((read.at, read.note)),
    }
}

fn past_error(text: &str, at: &Zoned) -> Error {
    let at = when::display(at);
    Error::usage(format!("--start '{text}' is {at}, which is in the past"))
}

/// A bare clock is on the day of the start, midnight at its end, `+2h` two hours after the start; days
/// relate to now.
fn end_time(text: &str, start: &Zoned, now: &Zoned) -> Result<(Zoned, Option<String>)> {
    let on_the_day = format!("{} {text}", start.date());
    let read = match text {
        _ if text.starts_with('+') || text.eq_ignore_ascii_case("midnight") => {
            when::parse(text, start)
        }
        _ if is_bare_clock(text) => when::parse(&on_the_day, start),
        _ => when::parse(text, now),
    };
    let read = read.map_err(Error::usage)?;
    if read.at <= *start {
        let end = when::display(&read.at);
        return Err(Error::usage(format!(
            "--end '{text}' is {end}, which is not after the start"
        )));
    }
    Ok((read.at.with_time_zone(start.time_zone().clone()), read.note))
}

fn is_bare_clock(text: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    let is_one_word = text.split_whitespace().count() == 1 && !text.contains(['-', '.', 'T']);
    is_one_word && (text.starts_with(is_digit) || text.eq_ignore_ascii_case("noon"))
}

fn warn(app: &App, note: Option<String>) {
    if let Some(note) = note {
        app.terminal.warn(&note);
    }
}
