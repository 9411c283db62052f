//! CONF: how people name a meeting on the command line.

use clap_complete::engine::ArgValueCompleter;

use crate::app::App;
use crate::commands::complete;
use crate::conference::Status;
use crate::diary::{Diary, Entry, Named, find};
use crate::error::{Error, Kind, Result};
use crate::terminal::visible;
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
    let found = diary.entries()?;
    for sentence in &found.skipped {
        app.terminal.warn(sentence);
    }
    match find(&found.entries, name) {
        Named::One(entry) => Ok(entry.clone()),
        Named::Several(entries) => Err(ambiguous(name, &entries)),
        Named::Nothing => Err(unknown(name)),
    }
}

/// Nothing in the diary has that name.
pub fn unknown(name: &str) -> Error {
    Error::new(
        Kind::NotFound,
        format!("no meeting in the diary is called '{name}'"),
    )
    .hint("'confctl list --all' shows all of them")
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
        when::echo(&appointment.start)
    )
}
