//! `list`: the diary joined with what the pool has.

use std::collections::{HashMap, HashSet};

use jiff::{Timestamp, Zoned};
use serde::Serialize;

use crate::app::App;
use crate::backend::{Listed, Session};
use crate::commands::show::with_offline_hint;
use crate::conference::{MeetingId, Series};
use crate::diary::{Conferences, Diary, Meeting};
use crate::error::{Error, Kind, Result};
use crate::icalendar::Rule;
use crate::invitation::repetition;
use crate::operation::{is_to_be_renewed, renew};
use crate::report::Report;
use crate::terminal::visible;
use crate::when;

/// List meetings, and what the pool has of them
///
/// The meetings of the diary that are still to come, each with its next time and the state of its
/// conference: 'ok', 'gone' (only here), 'no entry' (only on the pool), 'unreadable' (its file can't be
/// read), 'unlisted' (not in the pool's list, which need not be complete; 50 of these are asked for, one
/// by one), 'not asked' (offline, or made for somebody else), 'other account', 'foreign' (not made here, see 'confctl adopt'),
/// 'cancelled', 'not deleted' (cancelled, and its conference is still there: 'confctl cancel' deletes
/// it). Into a pipe: tab-separated fields, the last one how often a series comes.
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

/// Most conferences that are asked for because the pool's list does not have them.
const MOST_LOOKED_UP: usize = 50;
/// What a conference is that the pool's list does not have, unless the pool says more of it.
const UNLISTED: &str = "unlisted";
/// What a cancelled meeting is whose conference is still there: another program cancelled it, or another
/// meeting had the same conference then.
const NOT_DELETED: &str = "not deleted";

/// A meeting, a conference, or both.
#[derive(Default, Serialize)]
struct Row {
    /// RFC 5545 3.8.4.7; null: no diary entry.
    uid: Option<String>,
    subject: String,
    /// `live-meeting`, `online-meeting` or `conference-call`; null: not known.
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
    /// `ok`, `gone`, `no entry`, `unreadable`, `unlisted`, `cancelled`, `not deleted`, `not asked`,
    /// `other account`, `foreign`.
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
    let (found, warnings) = context.diary.list(window.from, window.until)?;
    for sentence in warnings.sentences() {
        app.terminal.warn(&sentence);
    }
    let is_any_foreign = found.iter().any(|meeting| meeting.notes.is_none());
    if is_any_foreign && context.diary.were_lost()? {
        app.terminal.warn(
            "What confctl knew of its meetings was lost, state.sqlite: it calls them 'foreign' until 'confctl adopt CONF' takes each of them in again.",
        );
    }
    let mut session = match args.offline {
        true => None,
        false => Some(context.sessions.open(None).map_err(with_offline_hint)?),
    };
    let listing = session
        .as_mut()
        .map(|session| session.backend.list())
        .transpose()?;
    let user = session.as_ref().map(|session| session.user.as_str());
    let on_pool = listing.as_ref().map(|listing| &listing.conferences[..]);
    let in_diary = match on_pool {
        Some(_) => context.diary.conferences()?,
        None => Conferences::default(),
    };
    let mut rows = rows(&found, &in_diary, on_pool, user, args, &window);
    rows.sort_by_cached_key(|row| {
        let at = row.at.as_ref().map(Zoned::timestamp);
        (at.unwrap_or(Timestamp::MAX), row.subject.clone())
    });
    rows.truncate(args.limit.unwrap_or(usize::MAX));
    let (Some(session), Some(listing)) = (session, listing) else {
        return print(args, &rows, &window, app);
    };
    let looked_up = look_up(&mut rows, session, context.now)?;
    print(args, &rows, &window, app)?;
    if let Some(gap) = listing.gap {
        app.terminal.warn(&format!(
            "The list of conferences is not complete: {gap}. Those without an entry may be missing here."
        ));
    }
    looked_up.explain(&rows, app);
    let on_pool = [listing.conferences, looked_up.found].concat();
    renew_endless(&context.diary, &on_pool, session, context.now, app);
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
    meetings: &[Meeting],
    in_diary: &Conferences,
    on_pool: Option<&[Listed]>,
    user: Option<&str>,
    args: &Args,
    window: &Window,
) -> Vec<Row> {
    let listed = by_id(on_pool.unwrap_or_default());
    let mut rows = Vec::new();
    for meeting in meetings {
        let id = meeting.meeting_id().map(MeetingId::folded);
        let listed = id.and_then(|id| listed.get(&id).copied());
        let state = state(meeting, on_pool.is_some(), listed, in_diary, user);
        if args.all || !meeting.summary.is_cancelled || state == NOT_DELETED {
            rows.push(Row::of(meeting, listed, state));
        }
    }
    let shown: HashSet<String> = rows
        .iter()
        .filter(|row| row.state == NOT_DELETED)
        .map(|row| row.meeting_id.to_ascii_uppercase())
        .collect();
    for listed in on_pool.unwrap_or_default() {
        let in_window = window.until.is_none() || listed.expires.is_none();
        let id = listed.id.folded();
        let is_known = in_diary.in_use.contains(&id) || shown.contains(&id);
        if is_known || listed.assigned && !args.all || !in_window {
            continue;
        }
        let state = match &id {
            id if in_diary.of_unreadable.contains(id) => "unreadable",
            id if in_diary.of_cancelled.contains(id) => NOT_DELETED,
            _ => "no entry",
        };
        rows.push(Row::of_conference(listed, state));
    }
    rows
}

fn by_id(on_pool: &[Listed]) -> HashMap<String, &Listed> {
    let by_id = on_pool.iter().map(|listed| (listed.id.folded(), listed));
    by_id.collect()
}

fn state(
    meeting: &Meeting,
    asked: bool,
    listed: Option<&Listed>,
    in_diary: &Conferences,
    user: Option<&str>,
) -> &'static str {
    let Some(notes) = &meeting.notes else {
        return "foreign";
    };
    let conference = &notes.conference;
    let owner = conference.owner.as_str();
    let is_left =
        |listed: &Listed| !listed.assigned && !in_diary.in_use.contains(&listed.id.folded());
    match listed {
        Some(listed) if meeting.summary.is_cancelled && is_left(listed) => NOT_DELETED,
        _ if meeting.summary.is_cancelled => "cancelled",
        _ if !asked || meeting.has_manager() => "not asked",
        Some(_) => "ok",
        _ if !owner.is_empty() && user.is_none_or(|user| !owner.eq_ignore_ascii_case(user)) => {
            "other account"
        }
        _ => UNLISTED,
    }
}

/// What came of asking for conferences one by one.
struct LookedUp {
    /// Those that are there.
    found: Vec<Listed>,
    /// Why the pool did not say whether one is there.
    refusal: Option<Error>,
}

/// Asks for the conferences of rows that are unlisted, of meetings to come first, and takes over what
/// the pool says of each.
fn look_up(rows: &mut [Row], session: &mut Session, now: Timestamp) -> Result<LookedUp> {
    let is_past = |row: &&Row| row.at.as_ref().is_some_and(|at| at.timestamp() < now);
    let mut unlisted: Vec<&Row> = rows.iter().filter(|row| row.state == UNLISTED).collect();
    unlisted.sort_by_key(is_past);
    let mut seen = HashSet::new();
    let ids = unlisted.iter().map(|row| &row.meeting_id);
    let ids = ids.filter(|id| seen.insert(*id)).take(MOST_LOOKED_UP);
    let ids: Vec<MeetingId> = ids.filter_map(|id| MeetingId::parse(id).ok()).collect();
    let mut refusal = None;
    let mut told = HashMap::new();
    for (id, answer) in ids.iter().zip(session.backend.look_up(&ids)?) {
        match answer {
            Ok(found) => drop(told.insert(id.as_str(), found)),
            Err(error) if error.kind == Kind::NotFound => drop(told.insert(id.as_str(), None)),
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    for row in rows.iter_mut().filter(|row| row.state == UNLISTED) {
        match told.get(row.meeting_id.as_str()) {
            Some(Some(found)) => (row.state, row.expires) = ("ok", found.expires),
            Some(None) => row.state = "gone",
            None => {}
        }
    }
    let found = told.into_values().flatten().collect();
    Ok(LookedUp { found, refusal })
}

impl LookedUp {
    /// Says of how many meetings nobody knows whether their conference is there, and why.
    fn explain(&self, rows: &[Row], app: &App) {
        let meetings = match rows.iter().filter(|row| row.state == UNLISTED).count() {
            0 => return,
            1 => "1 meeting is".to_owned(),
            many => format!("{many} meetings are"),
        };
        let why = match &self.refusal {
            Some(error) => error.to_string(),
            None => format!("{MOST_LOOKED_UP} at most are asked for one by one"),
        };
        app.terminal.status(&format!(
            "{meetings} '{UNLISTED}': in no list of conferences, and {why}. 'confctl show CONF' asks for one."
        ));
    }
}

impl Row {
    fn of(meeting: &Meeting, listed: Option<&Listed>, state: &'static str) -> Self {
        let (summary, (start, end)) = (&meeting.summary, &meeting.at);
        let conference = meeting.notes.as_ref().map(|notes| &notes.conference);
        let dial_in = conference.and_then(|conference| conference.ways_in.dial_in.as_ref());
        let series = summary.series.as_ref();
        Self {
            uid: Some(summary.uid.clone()),
            subject: summary.subject.clone(),
            kind: conference.map(|conference| conference.kind.to_string()),
            start: Some(when::rfc_3339(start)),
            end: Some(when::rfc_3339(end)),
            time_zone: when::zone_name(summary.start.time_zone()).map(str::to_owned),
            repeats: series.map(|series| repetition(series, &summary.start)),
            conference_id: dial_in.map(|dial_in| dial_in.id.to_string()),
            meeting_id: meeting
                .meeting_id()
                .map(ToString::to_string)
                .unwrap_or_default(),
            assigned: conference.is_some_and(|conference| conference.assigned),
            state,
            expires: listed.map_or(
                conference.and_then(|conference| conference.expires),
                |listed| listed.expires,
            ),
            at: Some(start.clone()),
            often: series.and_then(frequency),
        }
    }

    fn of_conference(listed: &Listed, state: &'static str) -> Self {
        Self {
            subject: listed.subject.clone(),
            conference_id: listed.dial_in_id.as_ref().map(ToString::to_string),
            meeting_id: listed.id.to_string(),
            assigned: listed.assigned,
            state,
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
    diary: &Diary,
    on_pool: &[Listed],
    session: &mut Session,
    now: Timestamp,
    app: &App,
) {
    let on_pool = by_id(on_pool);
    for (uid, id) in diary.endless_series().unwrap_or_default() {
        let listed = on_pool.get(&id.folded());
        let Some(listed) = listed.filter(|listed| is_to_be_renewed(listed, now)) else {
            continue;
        };
        let Ok(Some(entry)) = diary.get(&uid) else {
            continue;
        };
        let subject = &entry.appointment.subject;
        match renew(&entry, listed, session, now) {
            Ok(true) => app.terminal.status(&format!(
                "Renewed the conference of '{subject}', which has no end."
            )),
            Err(error) => app.terminal.warn(&format!(
                "The conference of '{subject}', which has no end, could not be renewed: {error}"
            )),
            Ok(false) => {}
        }
    }
}
