//! CONF: how people name a meeting on the command line, and how we name one to them.

use std::ffi::OsStr;

use clap_complete::engine::ArgValueCompleter;

use crate::app::App;
use crate::backend::{Listed, Session};
use crate::commands::complete;
use crate::conference::{Appointment, DialInId, MeetingId, Status};
use crate::diary::{Candidate, Completes, Diary, Entry, Foreign, Named};
use crate::error::{Error, Kind, Result};
use crate::report::{Report, last_word, shell_word};
use crate::terminal::visible;
use crate::when;

/// What shells offer for the argument.
pub fn completer(which: Completes) -> ArgValueCompleter {
    ArgValueCompleter::new(move |beginning: &OsStr| complete::conferences(which, beginning))
}

/// Help for the argument.
pub const HELP: &str =
    "Conference ID, meeting id, a beginning of one, join link, UID, or words of the subject";

/// The meeting of ours in the diary that `name` stands for.
pub fn require(name: &str, diary: &Diary, app: &App) -> Result<Entry> {
    look_up(name, None, diary, app)?.ok_or_else(|| unknown_error(name))
}

/// The same, but not what an earlier request made under this key; none if the diary has nothing of
/// that name.
pub fn look_up(name: &str, key: Option<&str>, diary: &Diary, app: &App) -> Result<Option<Entry>> {
    match look_up_any(name, key, diary, app)? {
        Some(Found::Own(entry)) => Ok(Some(*entry)),
        Some(Found::Foreign(foreign)) => Err(foreign_error(&foreign)),
        None => Ok(None),
    }
}

/// A meeting of the diary.
pub enum Found {
    /// It is ours.
    Own(Box<Entry>),
    /// Nothing is known of it here but its file.
    Foreign(Box<Foreign>),
}

/// The same, foreign ones too.
pub fn look_up_any(
    name: &str,
    key: Option<&str>,
    diary: &Diary,
    app: &App,
) -> Result<Option<Found>> {
    let found = diary.find(name, key)?;
    for sentence in diary.warnings()?.sentences() {
        app.terminal.warn(&sentence);
    }
    match found {
        Named::One(entry) => {
            if let Some((own, newer)) = entry.newer_version() {
                app.terminal.warn(&format!(
                    "The diary has version {own} of '{}' (SEQUENCE), and people may have version {newer}: a backup, or another program, may have put it back.",
                    entry.appointment.subject
                ));
            }
            Ok(Some(Found::Own(entry)))
        }
        Named::Foreign(foreign) => Ok(Some(Found::Foreign(foreign))),
        Named::Several(candidates) => Err(ambiguity_error(name, &candidates)),
        Named::Nothing => Ok(None),
    }
}

/// Nothing is done with a meeting of which only a file tells.
pub fn foreign_error(foreign: &Foreign) -> Error {
    let subject = &foreign.outline.subject;
    let what = match foreign.former_conference() {
        Some(known) => format!(
            "the file of '{subject}' leads to the conference {}, and {known} is known here: another computer may have changed it, or somebody else",
            foreign.shown_links()
        ),
        None => format!("'{subject}' is in the diary, but confctl has not made it here"),
    };
    let line = command("adopt", &foreign.outline.uid, "");
    Error::new(Kind::Refused, what).hint(format!(
        "if it is yours, '{line}' takes it in, once that is confirmed"
    ))
}

/// Nothing has that name.
pub fn unknown_error(name: &str) -> Error {
    let what = format!("no meeting in the diary is called '{name}'");
    Error::new(Kind::NotFound, what).hint("'confctl list --all' shows all of them")
}

/// Whether it is worth asking the pool for a conference of that name: nobody else knows subjects.
pub fn may_be_on_pool(name: &str) -> bool {
    MeetingId::of_pool(name.trim()).is_ok() || DialInId::parse(name).is_ok()
}

/// The conference that the pool has under that meeting id or Conference ID; none: it has no such one.
pub fn find_on_pool(name: &str, session: &mut Session) -> Result<Option<Listed>> {
    let name = name.trim();
    if let Ok(id) = MeetingId::of_pool(name)
        && let Some(there) = session.backend.look_up_one(&id)?
    {
        return Ok(Some(there));
    }
    let listing = session.backend.list()?;
    let digits = DialInId::parse(name).ok();
    let is_it = |listed: &Listed| digits.is_some() && listed.dial_in_id == digits;
    let mut found = listing.conferences.into_iter().filter(is_it);
    match (found.next(), found.next(), listing.gap) {
        (Some(one), None, _) => Ok(Some(one)),
        (None, _, Some(gap)) => Err(unknown_error(name).hint(format!(
            "the list of conferences is not complete: {gap}; by its meeting id one is found"
        ))),
        _ => Ok(None),
    }
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

fn ambiguity_error(name: &str, candidates: &[Candidate]) -> Error {
    let what = format!("'{name}' can be any of {} meetings", candidates.len());
    candidates
        .iter()
        .take(20)
        .fold(Error::new(Kind::NotFound, what), |error, candidate| {
            error.hint(visible(&describe(candidate)))
        })
}

/// A line that tells a meeting from others.
fn describe(candidate: &Candidate) -> String {
    let cancelled = match candidate.status {
        Status::Confirmed => "",
        Status::Cancelled => ", cancelled",
    };
    let foreign = match candidate.is_foreign {
        true => ", foreign",
        false => "",
    };
    let beginning: String = candidate.uid.chars().take(12).collect();
    format!(
        "{beginning}…  {}  {}{cancelled}{foreign}",
        candidate.subject,
        when::display(&candidate.start)
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
