//! The organizer's own calendar, which has the meeting because nobody mails it to oneself.

use std::time::Duration;

use crate::app::{App, randomness};
use crate::caldav::{self, Access, Calendar, CalendarEntry, PutError, ScheduleAgent};
use crate::calendar_object::CalendarObject;
use crate::conference::{Appointment, Status};
use crate::diary::Diary;
use crate::error::{Error, Kind, Result};
use crate::report::Report;
use crate::secret::Secret;
use crate::undertaking::{CalendarWish, Outcome};

/// Longest wait for one answer of the calendar's server.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Who invites people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inviting {
    /// confctl, if it is asked to.
    Ours,
    /// The calendar's server: mails of ours would be the second ones.
    TheServers,
}

/// How the calendar is written.
#[derive(Clone, Copy)]
struct Verbosity {
    /// confctl mails the attendees, so that the server must not.
    mails: bool,
    /// Even over what others changed there.
    overwrite: bool,
}

/// Brings the calendar up to date: when that is wished for, or the meeting is there already.
/// `mails`: confctl mails the attendees, so that the server must not.
pub fn bring_up_to_date(
    wish: Option<CalendarWish>,
    outcome: &mut Outcome,
    mails: bool,
    diary: &Diary,
    app: &App,
) -> Result<Inviting> {
    let known: Option<CalendarEntry> = outcome.document.place();
    let (wished, overwrite) = match wish {
        Some(wish) => (wish != CalendarWish::No, wish == CalendarWish::Overwrite),
        None => (known.is_some(), false),
    };
    if !wished {
        return Ok(Inviting::Ours);
    }
    let verbosity = Verbosity { mails, overwrite };
    let done = written(known.as_ref(), outcome, verbosity, diary, app);
    done.map_err(|error| {
        let what = format!("pool and diary are done, but not the calendar: {error}");
        Error::new(Kind::HalfDone, what)
            .with_hints_of(&error)
            .hint("'confctl resume' tries again; 'confctl resume --forget' leaves the calendar, and 'confctl invite CONF --calendar --overwrite' writes over what others changed there")
    })
}

fn written(
    known: Option<&CalendarEntry>,
    outcome: &mut Outcome,
    verbosity: Verbosity,
    diary: &Diary,
    app: &App,
) -> Result<Inviting> {
    let meeting = meeting(&outcome.document, diary)?;
    let cancelled = meeting.status == Status::Cancelled;
    if cancelled && known.is_none() {
        return Ok(Inviting::Ours);
    }
    let settings = app.calendar_settings()?;
    let can_ask = app.terminal.can_ask();
    let calendar = found(&meeting.organizer.address, app, move |name| {
        caldav::password(&settings, name, can_ask)
    })?;
    let place = match known {
        Some(known) if cancelled => {
            removed(&calendar, known, verbosity, app)?;
            None
        }
        _ => Some(put(&calendar, known, outcome, &meeting, verbosity, app)?),
    };
    let agent = place.as_ref().or(known).map(|place| place.agent);
    let name = calendar.name();
    app.terminal.status(&match place {
        Some(_) => format!("It is on the calendar '{name}'."),
        None => format!("It is gone from the calendar '{name}'."),
    });
    keep(place.as_ref(), outcome, diary)?;
    let invited = agent == Some(ScheduleAgent::Server) && !meeting.attendees.is_empty();
    if invited && calendar.schedules_itself() {
        app.terminal
            .status("That calendar's server tells people by itself: nothing is mailed from here.");
        return Ok(Inviting::TheServers);
    }
    Ok(Inviting::Ours)
}

/// Whether to write over what somebody else changed there.
fn may_overwrite(verbosity: Verbosity, app: &App) -> Result<bool> {
    let question = "Somebody else changed the meeting on your calendar. Write over it?";
    Ok(verbosity.overwrite || app.terminal.can_ask() && app.terminal.confirm(question, false)?)
}

fn removed(
    calendar: &Calendar,
    known: &CalendarEntry,
    verbosity: Verbosity,
    app: &App,
) -> Result<()> {
    match calendar.remove(known) {
        Err(PutError::Changed { now, .. }) if may_overwrite(verbosity, app)? => {
            Ok(calendar.remove(&now)?)
        }
        removed => Ok(removed?),
    }
}

fn put(
    calendar: &Calendar,
    known: Option<&CalendarEntry>,
    outcome: &Outcome,
    meeting: &Appointment,
    verbosity: Verbosity,
    app: &App,
) -> Result<CalendarEntry> {
    let agent = match verbosity.mails || meeting.practice {
        true => ScheduleAgent::Client,
        false => ScheduleAgent::Server,
    };
    let put = calendar.put(&outcome.document, agent, known);
    Ok(match put {
        Err(PutError::Changed { now, .. }) if may_overwrite(verbosity, app)? => {
            calendar.put(&outcome.document, agent, Some(&now))?
        }
        Err(PutError::Gone { .. }) => {
            app.terminal
                .warn("Somebody had removed it from the calendar: it is there again.");
            calendar.put(&outcome.document, agent, None)?
        }
        put => put?,
    })
}

/// People may have edited the entry meanwhile: only where it is gets written.
fn keep(place: Option<&CalendarEntry>, outcome: &mut Outcome, diary: &Diary) -> Result<()> {
    let failed =
        |error: crate::calendar_object::CalendarObjectError| Error::failed(error.to_string());
    outcome.document.keep_place(place).map_err(failed)?;
    let Some(mut entry) = diary.with_uid(outcome.document.uid())? else {
        return Ok(());
    };
    entry.document.keep_place(place).map_err(failed)?;
    diary.put(&entry.document)
}

fn meeting(document: &CalendarObject, diary: &Diary) -> Result<Appointment> {
    let meeting = document.appointment(diary.zone());
    let meeting = meeting.map_err(|error| Error::failed(error.to_string()))?;
    meeting.ok_or_else(|| Error::failed("the meeting has no conference"))
}

/// The calendar that the settings name, or the organizer's address leads to. `password` gets the
/// name that it has in the keyring.
pub fn found(
    organizer: &str,
    app: &App,
    password: impl Fn(&str) -> Result<Secret> + 'static,
) -> Result<Calendar> {
    let mut seed = [0; 16];
    randomness()(&mut seed);
    Calendar::find(Access {
        settings: app.calendar_settings()?,
        organizer: organizer.to_owned(),
        timeout: TIMEOUT,
        seed,
        password: Box::new(password),
        report: app.report(),
    })
}
