//! CONF: how people name a meeting on the command line, and how we name one to them.

use clap_complete::engine::ArgValueCompleter;

use crate::app::App;
use crate::commands::complete;
use crate::conference::{Appointment, Status};
use crate::diary::{Diary, Entry, Named, find};
use crate::error::{Error, Kind, Result};
use crate::report::{Report, last_word, shell_word};
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
pub fn require(name: &str, diary: &Diary, app: &App) -> Result<Entry> {
    look_up(name, None, diary, app)?.ok_or_else(|| unknown_error(name))
}

/// The same, but not what an earlier request made under this key; none if the diary has nothing of
/// that name.
pub fn look_up(name: &str, key: Option<&str>, diary: &Diary, app: &App) -> Result<Option<Entry>> {
    let found = diary.entries()?;
    for sentence in found.warnings() {
        app.terminal.warn(&sentence);
    }
    let is_other = |entry: &&Entry| key.is_none() || entry.object.key() != key;
    let others: Vec<&Entry> = found.entries.iter().filter(is_other).collect();
    match find(&others, name) {
        Named::One(entry) => Ok(Some(entry.clone())),
        Named::Several(entries) => Err(ambiguity_error(name, &entries)),
        Named::Nothing => Ok(None),
    }
}

/// Nothing has that name.
pub fn unknown_error(name: &str) -> Error {
    let what = format!("no meeting in the diary is called '{name}'");
    Error::new(Kind::NotFound, what).hint("'confctl list --all' shows all of them")
}

/// What names a meeting and no other one.
pub fn name_of(appointment: &Appointment) -> &str {
    let conference = &appointment.conference;
    match &conference.ways_in.dial_in {
        _ if conference.assigned => &appointment.uid,
        Some(dial_in) => dial_in.id.as_str(),
        None => conference.id.as_str(),
    }
}

/// A command line about the meeting of that name, whatever others called it. `flags` have a space
/// before each.
pub fn command(verb: &str, name: &str, flags: &str) -> String {
    match name.starts_with('-') {
        true => format!("confctl {verb}{flags} {}", last_word(name)),
        false => format!("confctl {verb} {}{flags}", shell_word(name)),
    }
}

fn ambiguity_error(name: &str, entries: &[&Entry]) -> Error {
    let what = format!("'{name}' can be any of {} meetings", entries.len());
    entries
        .iter()
        .take(20)
        .fold(Error::new(Kind::NotFound, what), |error, entry| {
            error.hint(visible(&describe(entry)))
        })
}

/// A line that tells a meeting from others.
fn describe(entry: &Entry) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_stand_before_a_name_that_looks_like_one() {
        for (name, line) in [
            ("10023", "confctl invite 10023 --send"),
            ("a b", "confctl invite 'a b' --send"),
            ("--yes", "confctl invite --send -- '--yes'"),
        ] {
            assert_eq!(command("invite", name, " --send"), line);
        }
    }
}
