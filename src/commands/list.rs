//! `list`: the diary joined with what the pool has.

use std::collections::HashMap;

use jiff::{Timestamp, Zoned};
use serde::Serialize;

use crate::app::App;
use crate::backend::{Listed, Session};
use crate::calendar_object::Occurrence;
use crate::commands::show::with_offline_hint;
use crate::conference::{MeetingId, Rule, Series, Status};
use crate::diary::Entry;
use crate::error::{Error, Result};
use crate::invitation::repetition;
use crate::operation::renew;
use crate::report::Report;
use crate::terminal::visible;
use crate::when;

/// List meetings, and what the pool has of them
///
/// The meetings of the diary that are still to come, each with its next time and the state of its
/// conference: 'ok', 'gone' (only here), 'no entry' (only on the pool), 'not asked' (offline, or
/// made for somebody else), 'other account', 'cancelled'. Into a pipe: tab-separated fields, the
/// last one how often a series comes.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// From when on: "monday 0:00", 2026-12-01 [default: now]
    #[arg(long, value_name = "WHEN")]
    from: Option<String>,
    /// Until when; a day alone is meant whole
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// Past and cancelled ones too, and what never expires
    #[arg(long)]
    all: bool,
    /// Don't ask the pool
    #[arg(long)]
    offline: bool,
    /// At most so many
    #[arg(short = 'n', long, value_name = "COUNT")]
    limit: Option<usize>,
    /// For programs: a JSON array
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  confctl list
  confctl list --until friday
  confctl list --all --json | jq -r '.[] | select(.state == \"gone\") | .subject'
  confctl list --offline -n 1";

/// Longest subject on a terminal, in characters.
const LONGEST_SUBJECT: usize = 40;
/// Longest id on a terminal: a Conference ID in full, the beginning of a meeting id.
const LONGEST_ID: usize = 13;

/// A meeting, a conference, or both.
#[derive(Default, Serialize)]
struct Row {
    /// RFC 5545 3.8.4.7; null: no diary entry.
    uid: Option<String>,
    subject: String,
    /// `live-meeting` or `conference-call`; null: not known.
    kind: Option<String>,
    /// Start of the next occurrence in the window, RFC 3339; null: no diary entry.
    start: Option<String>,
    /// Its end.
    end: Option<String>,
    /// IANA name of the meeting's zone.
    time_zone: Option<String>,
    /// When it comes again, in words.
    repeats: Option<String>,
    /// What callers key in.
    conference_id: Option<String>,
    /// The key of the conference on its service.
    meeting_id: String,
    assigned: bool,
    /// `ok`, `gone`, `no entry`, `cancelled`, `not asked`, `other account`.
    state: &'static str,
    /// When the pool may forget it, RFC 3339 in UTC.
    expires: Option<Timestamp>,
    #[serde(skip)]
    at: Option<Zoned>,
    /// `weekly`
    #[serde(skip)]
    often: Option<String>,
}

/// What is to be listed.
struct Window {
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    zone: jiff::tz::TimeZone,
}

/// Runs the command.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let window = args.window(app)?;
    let mut context = app.context()?;
    let found = context.diary.entries()?;
    for sentence in found.warnings() {
        app.terminal.warn(&sentence);
    }
    let mut session = match args.offline {
        true => None,
        false => Some(context.sessions.open(None).map_err(with_offline_hint)?),
    };
    let on_pool = session
        .as_mut()
        .map(|session| session.backend.list())
        .transpose()?;
    let user = session.as_ref().map(|session| session.user.as_str());
    let mut rows = rows(&found.entries, on_pool.as_deref(), user, args, &window);
    rows.sort_by_cached_key(|row| {
        let at = row.at.as_ref().map(Zoned::timestamp);
        (at.unwrap_or(Timestamp::MAX), row.subject.clone())
    });
    rows.truncate(args.limit.unwrap_or(usize::MAX));
    print(args, &rows, &window, app)?;
    if let (Some(session), Some(on_pool)) = (session, &on_pool) {
        renew_endless(&found.entries, on_pool, session, context.now, app);
    }
    Ok(())
}

impl Args {
    fn window(&self, app: &App) -> Result<Window> {
        let now = app.now(None)?;
        let moment = |text: &Option<String>, whole_days: bool| {
            text.as_deref()
                .map(|text| day_or_time(text, whole_days, &now))
                .transpose()
        };
        let from = moment(&self.from, false)?;
        let until = moment(&self.until, true)?;
        if let (Some(from), Some(until)) = (&from, &until)
            && from >= until
        {
            return Err(Error::usage(format!(
                "--from {} is not before --until {}",
                when::display(from),
                when::display(until)
            )));
        }
        let present = (!self.all).then(|| now.timestamp());
        Ok(Window {
            from: from.map(|from| from.timestamp()).or(present),
            until: until.map(|until| until.timestamp()),
            zone: now.time_zone().clone(),
        })
    }
}

/// A day alone means its beginning, or with `whole_days` its end.
fn day_or_time(text: &str, whole_days: bool, now: &Zoned) -> Result<Zoned> {
    let day = match when::parse(text, now) {
        Ok(read) => return Ok(read.at),
        Err(error) => {
            when::parse(&format!("{text} 00:00"), now).map_err(|_| Error::usage(error))?
        }
    };
    match whole_days {
        true => day.at.tomorrow().map_err(Error::usage),
        false => Ok(day.at),
    }
}

fn rows(
    entries: &[Entry],
    on_pool: Option<&[Listed]>,
    user: Option<&str>,
    args: &Args,
    window: &Window,
) -> Vec<Row> {
    let mut left: HashMap<&MeetingId, &Listed> = on_pool
        .unwrap_or_default()
        .iter()
        .map(|listed| (&listed.id, listed))
        .collect();
    let mut rows = Vec::new();
    for entry in entries {
        let conference = &entry.appointment.conference;
        let listed = on_pool
            .unwrap_or_default()
            .iter()
            .find(|listed| listed.id == conference.id);
        left.remove(&conference.id);
        let state = state(entry, on_pool.is_some(), listed, user);
        let shown = args.all || entry.appointment.status == Status::Confirmed;
        if let Some(occurrence) = next_occurrence(entry, window).filter(|_| shown) {
            rows.push(Row::of(entry, &occurrence, listed, state));
        }
    }
    let alone = left.into_values().filter(|listed| {
        let in_window = window.until.is_none() || listed.expires.is_none();
        (args.all || !listed.assigned) && in_window
    });
    rows.extend(alone.map(Row::of_conference));
    rows
}

fn state(entry: &Entry, asked: bool, listed: Option<&Listed>, user: Option<&str>) -> &'static str {
    let conference = &entry.appointment.conference;
    let owner = conference.owner.as_str();
    match (entry.appointment.status, listed) {
        (Status::Cancelled, _) => "cancelled",
        _ if !asked || entry.appointment.manager().is_some() => "not asked",
        (_, Some(_)) => "ok",
        _ if !owner.is_empty() && Some(owner) != user => "other account",
        // Nobody knows whether 2007 R2 lists the assigned conference.
        _ if conference.assigned => "ok",
        _ => "gone",
    }
}

/// The first occurrence in the window.
fn next_occurrence(entry: &Entry, window: &Window) -> Option<Occurrence> {
    let zone = entry.appointment.start.time_zone();
    let from = window.from.unwrap_or(Timestamp::MIN);
    let mut occurrences = entry.object.occurrences(zone, from, 1).into_iter();
    let first = occurrences.next()?;
    let before_end = window
        .until
        .is_none_or(|until| first.start.timestamp() < until);
    before_end.then_some(first)
}

impl Row {
    fn of(entry: &Entry, at: &Occurrence, listed: Option<&Listed>, state: &'static str) -> Self {
        let appointment = &entry.appointment;
        let conference = &appointment.conference;
        let dial_in = conference.ways_in.dial_in.as_ref();
        Self {
            uid: Some(appointment.uid.clone()),
            subject: appointment.subject.clone(),
            kind: Some(conference.kind.to_string()),
            start: Some(when::rfc_3339(&at.start)),
            end: Some(when::rfc_3339(&at.end)),
            time_zone: appointment.start.time_zone().iana_name().map(str::to_owned),
            repeats: appointment
                .series
                .as_ref()
                .map(|series| repetition(series, &appointment.start)),
            conference_id: dial_in.map(|dial_in| dial_in.id.to_string()),
            meeting_id: conference.id.to_string(),
            assigned: conference.assigned,
            state,
            expires: listed.map_or(conference.expires, |listed| listed.expires),
            at: Some(at.start.clone()),
            often: appointment.series.as_ref().and_then(frequency),
        }
    }

    fn of_conference(listed: &Listed) -> Self {
        Self {
            subject: listed.subject.clone(),
            conference_id: listed.dial_in_id.as_ref().map(ToString::to_string),
            meeting_id: listed.id.to_string(),
            assigned: listed.assigned,
            state: "no entry",
            expires: listed.expires,
            ..Self::default()
        }
    }

    fn fields(&self, window: &Window) -> [String; 6] {
        let at = self.at.as_ref().map(|at| {
            at.with_time_zone(window.zone.clone())
                .strftime("%a %Y-%m-%d %H:%M")
                .to_string()
        });
        [
            at.unwrap_or_else(|| "-".to_owned()),
            visible(&self.subject).replace(['\t', '\n'], " "),
            self.kind.clone().unwrap_or_else(|| "-".to_owned()),
            self.conference_id
                .clone()
                .unwrap_or_else(|| self.meeting_id.clone()),
            self.state.to_owned(),
            self.often.clone().unwrap_or_default(),
        ]
    }
}

/// `weekly`, from `FREQ=WEEKLY`.
fn frequency(series: &Series) -> Option<String> {
    let rule = series.rule.parse::<Rule>().ok()?;
    Some(rule.frequency.to_string().to_lowercase())
}

fn print(args: &Args, rows: &[Row], window: &Window, app: &App) -> Result<()> {
    if args.json {
        return app.terminal.print_json(rows);
    }
    let fields: Vec<[String; 6]> = rows.iter().map(|row| row.fields(window)).collect();
    if rows.is_empty() && app.terminal.shows_people() {
        app.terminal.status("No meetings.");
        return Ok(());
    }
    let headings = [
        "WHEN",
        "SUBJECT",
        "KIND",
        "CONFERENCE ID",
        "STATE",
        "REPEATS",
    ];
    let longest = [(1, LONGEST_SUBJECT), (3, LONGEST_ID)];
    app.terminal.print_rows(&headings, fields, &longest)
}

/// The conference of an endless series must outlive the year for which it was made.
fn renew_endless(
    entries: &[Entry],
    on_pool: &[Listed],
    session: &mut Session,
    now: Timestamp,
    app: &App,
) {
    for entry in entries {
        let listed = on_pool
            .iter()
            .find(|listed| listed.id == entry.appointment.conference.id);
        let subject = &entry.appointment.subject;
        match listed.map(|listed| renew(entry, listed, session, now)) {
            Some(Ok(true)) => app.terminal.status(&format!(
                "Renewed the conference of '{subject}', which has no end."
            )),
            Some(Err(error)) => app.terminal.warn(&format!(
                "The conference of '{subject}', which has no end, could not be renewed: {error}"
            )),
            Some(Ok(false)) | None => {}
        }
    }
}
