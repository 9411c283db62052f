//! CONF: how people name a meeting on the command line.

use clap_complete::engine::ArgValueCompleter;

use crate::app::App;
use crate::commands::complete;
use crate::commands::hand_over::HandOver;
use crate::conference::{Appointment, Status};
use crate::diary::{Diary, Entry, Named, find};
use crate::error::{Error, Kind, Result};
use crate::report::Report;
use crate::terminal::visible;
use crate::undertaking::Outcome;
use crate::when;

/// What shells offer for the argument.
pub fn completer() -> ArgValueCompleter {
    ArgValueCompleter::new(complete::conferences)
}

/// Help for the argument.
pub const HELP: &str =
    "Conference ID, meeting id, a beginning of one, join link, UID, or words of the subject";

/// The meeting in the diary that `name` stands for.
pub fn in_diary(name: &str, diary: &Diary, app: &App) -> Result<Entry> {
    look_up(name, diary, app)?.ok_or_else(|| unknown(name))
}

/// The same; none if the diary has nothing of that name.
pub fn look_up(name: &str, diary: &Diary, app: &App) -> Result<Option<Entry>> {
    let found = diary.entries()?;
    for sentence in &found.skipped {
        app.terminal.warn(sentence);
    }
    match find(&found.entries, name) {
        Named::One(entry) => Ok(Some(entry.clone())),
        Named::Several(entries) => Err(ambiguous(name, &entries)),
        Named::Nothing => Ok(None),
    }
}

/// Nothing has that name.
pub fn unknown(name: &str) -> Error {
    Error::new(
        Kind::NotFound,
        format!("no meeting in the diary is called '{name}'"),
    )
    .hint("'confctl list --all' shows all of them")
}

/// What to call a meeting so that no other one is meant.
pub fn name_of(appointment: &Appointment) -> &str {
    let conference = &appointment.conference;
    match &conference.ways_in.dial_in {
        _ if conference.assigned => &appointment.uid,
        Some(dial_in) => dial_in.id.as_str(),
        None => conference.id.as_str(),
    }
}

/// A card on the terminal tells nobody.
pub fn remind_to_tell(outcome: &Outcome, hand_over: &HandOver, app: &App) {
    if hand_over.post.sends()
        || !hand_over.shows_people(app)
        || outcome.appointment.attendees.is_empty()
    {
        return;
    }
    let name = name_of(&outcome.appointment);
    let occurrence = match &outcome.occurrence {
        Some(original) => format!(" --occurrence {}", original.date()),
        None => String::new(),
    };
    app.terminal.status(&format!(
        "Nobody has been told yet: 'confctl invite {name}{occurrence} --send' mails them."
    ));
}

fn ambiguous(name: &str, entries: &[&Entry]) -> Error {
    let error = Error::new(
        Kind::NotFound,
        format!("'{name}' can be any of {} meetings", entries.len()),
    );
    entries
        .iter()
        .take(20)
        .fold(error, |error, entry| error.hint(visible(&described(entry))))
}

/// A line that tells a meeting from others.
fn described(entry: &Entry) -> String {
    let appointment = &entry.appointment;
    let cancelled = match appointment.status {
        Status::Confirmed => "",
        Status::Cancelled => ", cancelled",
    };
    let beginning: String = appointment.uid.chars().take(12).collect();
    format!(
        "{beginning}…  {}  {}{cancelled}",
        appointment.subject,
        when::display(&appointment.start)
    )
}
