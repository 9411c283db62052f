//! `show`: View Call-In Details, and the state on the pool.

mod foreign;

use jiff::Timestamp;
use serde_json::Value;

use crate::app::App;
use crate::calendar_object::{CalendarObject, Occurrence};
use crate::commands::args::meeting::{self, Found};
use crate::conference::{Appointment, Conference, Status};
use crate::diary::{Completes, Entry};
use crate::error::{Error, Kind, Result};
use crate::invitation;
use crate::operation::{Context, Difference, Resources, check_owner, differences, get_current};
use crate::settings::AccountKind;
use crate::terminal::visible;
use crate::when;

/// Show the call-in details of a meeting
///
/// Numbers, Conference ID, passcode and links, as the pool has them now, and whether they are
/// still what the invitation says.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[arg(value_name = "CONF", help = meeting::HELP, add = meeting::completer(Completes::Own))]
    conf: String,
    /// Don't ask the pool
    #[arg(long)]
    offline: bool,
    /// For programs
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  confctl show 10023
  confctl show standup --offline
  confctl show \"quarterly review\" --json | jq -r .call_in.passcode";

/// Runs the command.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let mut context = app.context()?;
    let found = meeting::look_up_any(&args.conf, None, &context.diary, app)?;
    let entry = match found {
        Some(Found::Own(entry)) => entry,
        Some(Found::Foreign(found)) => return foreign::show(args, &found, &mut context, app),
        None if args.offline => return Err(meeting::unknown_error(&args.conf)),
        None => return show_from_pool(args, &mut context, app),
    };
    let mut appointment = entry.appointment.clone();
    let there = match args.offline || appointment.status == Status::Cancelled {
        true => There::NotAsked,
        false => get_there(&appointment, &mut context)?,
    };
    let state = State::of(&appointment, &there);
    appointment.conference.expires = state.expires;
    if args.json {
        return print_json(&entry, &appointment, &state, app);
    }
    let card = invitation::text(&for_the_organizer(&appointment), app.branding()?);
    let moved = moved_occurrences(&entry.object, &appointment);
    let words = moved + &state.words(&appointment, heading(app)?);
    app.terminal
        .print_card(&format!("{card}\n{}", visible(&words)))
}

/// The organizer is who tells the passcode where the invitation does not.
fn for_the_organizer(appointment: &Appointment) -> Appointment {
    let mut shown = appointment.clone();
    shown.wording.without_passcode = false;
    shown
}

/// Without the pool there is still the diary.
pub fn with_offline_hint(error: Error) -> Error {
    match error.kind {
        Kind::Unreachable => error.hint("'--offline' shows what the diary has"),
        _ => error,
    }
}

/// What is before the words on what the service has.
fn heading(app: &App) -> Result<&'static str> {
    Ok(match app.account_kind()? {
        AccountKind::Pool => "On the pool:  ",
        AccountKind::Teams => "On Teams:     ",
    })
}

/// What the service has of a meeting.
enum There {
    NotAsked,
    /// It would not know the conference of somebody else.
    OtherAccount,
    Gone,
    Found(Box<Conference>),
}

fn get_there(appointment: &Appointment, context: &mut Context<'_>) -> Result<There> {
    let kept = &appointment.conference;
    context.sessions.prepare_to_read(kept);
    let session = context.sessions.open(appointment.manager());
    let session = session.map_err(with_offline_hint)?;
    if check_owner(kept, &session.owner).is_err() {
        return Ok(There::OtherAccount);
    }
    let there = get_current(kept, session.backend.as_mut())?;
    Ok(there.map_or(There::Gone, |there| There::Found(Box::new(there))))
}

/// Occurrences that JSON lists, as in the invitation.
const MOST_OCCURRENCES: usize = 60;
/// Occurrences that are looked at for those that were moved.
const MOST_MOVED: usize = 1000;

/// How the diary and the pool agree.
struct State {
    /// `not asked`, `other account`, `ok`, `changed`, `gone`, `cancelled`.
    name: &'static str,
    /// What differs from the invitation.
    differences: Vec<String>,
    expires: Option<Timestamp>,
}

impl State {
    fn of(appointment: &Appointment, there: &There) -> Self {
        let kept = &appointment.conference;
        let (name, differences) = match there {
            _ if appointment.status == Status::Cancelled => ("cancelled", Vec::new()),
            There::NotAsked => ("not asked", Vec::new()),
            There::OtherAccount => ("other account", Vec::new()),
            There::Gone => ("gone", Vec::new()),
            There::Found(there) => match differences(kept, there) {
                none if none.is_empty() => ("ok", Vec::new()),
                some => ("changed", some.iter().map(Difference::words).collect()),
            },
        };
        let expires = match there {
            There::Found(there) => there.expires,
            _ => kept.expires,
        };
        Self {
            name,
            differences,
            expires,
        }
    }

    fn words(&self, appointment: &Appointment, heading: &str) -> String {
        let conference = &appointment.conference;
        let zone = appointment.start.time_zone();
        let until = match self.expires {
            Some(expires) => format!(
                "kept until {}",
                when::display(&expires.to_zoned(zone.clone()))
            ),
            None => "never forgotten".to_owned(),
        };
        let there = match self.name {
            "ok" => format!("yes, {until}"),
            "changed" => format!("yes, {until}, but changed since the invitation"),
            "gone" => {
                let id = conference.id.as_str();
                let line = meeting::command("update", id, " --id new");
                format!("no, it is gone; '{line}' makes another")
            }
            "other account" => format!("not asked: it is a conference of {}", conference.owner),
            "cancelled" => "no, the meeting was cancelled".to_owned(),
            _ => "not asked".to_owned(),
        };
        let access = conference.access.words();
        let mut words = format!("{heading}{there}\nAccess:       {access}\n");
        for difference in &self.differences {
            words.push_str(&format!("              {difference}\n"));
        }
        words
    }
}

fn print_json(entry: &Entry, appointment: &Appointment, state: &State, app: &App) -> Result<()> {
    let document = invitation::json(&for_the_organizer(appointment), app.branding()?, &());
    let mut value: Value = serde_json::from_str(&document).map_err(Error::failed)?;
    value["pool"] = serde_json::json!({
        "state": state.name,
        "differences": state.differences,
        "expires": state.expires,
    });
    if !value["series"].is_null() {
        value["series"]["occurrences"] = occurrences(entry);
    }
    app.terminal.print_json(&value)
}

/// With those that were changed: the invitation's own list knows the rule alone.
fn occurrences(entry: &Entry) -> Value {
    let zone = entry.appointment.start.time_zone();
    let all = entry
        .object
        .occurrences(zone, Timestamp::MIN, MOST_OCCURRENCES);
    let row = |at: &Occurrence| {
        serde_json::json!({
            "start": when::rfc_3339(&at.start),
            "end": when::rfc_3339(&at.end),
            "original": when::rfc_3339(&at.original),
        })
    };
    all.iter().map(row).collect()
}

/// Occurrences that are not where the rule puts them.
fn moved_occurrences(object: &CalendarObject, appointment: &Appointment) -> String {
    if appointment.series.is_none() {
        return String::new();
    }
    let zone = appointment.start.time_zone();
    let all = object.occurrences(zone, Timestamp::MIN, MOST_MOVED);
    let moved = all.iter().filter(|at| at.start != at.original);
    moved
        .map(|at| {
            format!(
                "Moved:        {} instead of {}\n",
                when::display_range(&at.start, &at.end),
                when::display(&at.original)
            )
        })
        .collect()
}

/// A conference that no diary knows: its call-in details are all there is.
fn show_from_pool(args: &Args, context: &mut Context<'_>, app: &App) -> Result<()> {
    let session = context.sessions.open(None)?;
    let unknown = || meeting::unknown_error(&args.conf);
    let id = meeting::find_on_pool(&args.conf, session)?
        .ok_or_else(unknown)?
        .id;
    let conference = session.backend.get_one(&id)?.ok_or_else(unknown)?;
    let text = match args.json {
        true => invitation::call_in_json(&conference, app.branding()?),
        false => invitation::call_in_card(&conference, app.branding()?),
    };
    app.terminal.print(&text)
}
