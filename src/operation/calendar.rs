//! The organizer's own calendar, which has the meeting because nobody mails it to oneself.

use crate::caldav::{Calendar, CalendarEntry, Draft, PutError, ScheduleAgent};
use crate::calendar_object::file_name;
use crate::conference::{Appointment, Status};
use crate::diary::Entry;
use crate::error::{Error, Kind, Result};
use crate::operation::{CalendarPolicy, Context, Outcome, Run};
use crate::report::Report;

/// How the calendar is written.
#[derive(Clone, Copy)]
struct Writing<'a> {
    /// Who invites the attendees.
    agent: ScheduleAgent,
    /// Even over what others changed there.
    overwrites: bool,
    report: &'a dyn Report,
}

/// Whether the calendar's server was asked to tell the attendees, if it does such things.
pub fn is_told_by_server(entry: &Entry) -> bool {
    known_entry(entry).is_some_and(|known| known.agent == ScheduleAgent::Server)
}

/// Whether the meeting is on the organizer's calendar, as far as the diary knows.
pub(super) fn is_on_calendar(entry: &Entry) -> bool {
    known_entry(entry).is_some()
}

fn known_entry(entry: &Entry) -> Option<CalendarEntry> {
    let known = entry.state.calendar_entry.clone()?;
    serde_json::from_value(known).ok()
}

impl Context<'_> {
    /// Brings the calendar up to date: when that is asked for, or the meeting is there already.
    /// `mails`: confctl mails the attendees, so that the server must not. Gives whether the server
    /// mails them by itself, so that mails of ours would be the second ones.
    pub(super) fn update_calendar(
        &self,
        run: &mut Run,
        outcome: &mut Outcome,
        mails: bool,
    ) -> Result<bool> {
        let known = known_entry(&outcome.entry);
        let policy = run.operation().output.calendar;
        let is_wanted = match policy {
            Some(policy) => policy != CalendarPolicy::No,
            None => known.is_some(),
        };
        let is_gone = outcome.entry.appointment.status == Status::Cancelled;
        if !is_wanted || is_gone && known.is_none() {
            return Ok(false);
        }
        let overwrites = policy == Some(CalendarPolicy::Overwrite);
        let done = self.write_calendar(known, run, outcome, mails, overwrites);
        done.map_err(|error| {
            let what = format!("conference and diary are done, but not the calendar: {error}");
            Error::new(Kind::HalfDone, what)
                .with_hints_of(&error)
                .hint("'confctl resume' tries again; 'confctl resume --forget' leaves the calendar, and 'confctl invite CONF --calendar --overwrite' writes over what others changed there")
        })
    }

    /// Takes a meeting off the calendar that was cancelled before the diary knew of its being there.
    pub(super) fn clear_calendar(&self, run: &Run) -> Result<()> {
        let policy = run.operation().output.calendar;
        if policy.is_none_or(|policy| policy == CalendarPolicy::No) {
            return Ok(());
        }
        let own = run.operation().find_entry(&self.diary)?;
        let Some(entry) = own.filter(|own| own.appointment.status == Status::Cancelled) else {
            return Ok(());
        };
        let calendar = self.resources.open_calendar(&entry.appointment.organizer)?;
        let uid = entry.object.uid();
        match calendar.find_put(uid, &file_name(uid))? {
            Some(there) => Ok(calendar.remove(&there)?),
            None => Ok(()),
        }
    }

    fn write_calendar(
        &self,
        known: Option<CalendarEntry>,
        run: &mut Run,
        outcome: &mut Outcome,
        mails: bool,
        overwrites: bool,
    ) -> Result<bool> {
        let meeting: Appointment = outcome.entry.appointment.clone();
        let writing = Writing {
            agent: match mails || meeting.practice {
                true => ScheduleAgent::Client,
                false => ScheduleAgent::Server,
            },
            overwrites,
            report: self.report.as_ref(),
        };
        let calendar = self.resources.open_calendar(&meeting.organizer)?;
        let name = calendar.name();
        let now = run.mutate(|| match &known {
            Some(known) if meeting.status == Status::Cancelled => {
                remove(&calendar, known, writing)?;
                self.report
                    .status(&format!("It is gone from the calendar '{name}'."));
                Ok(None)
            }
            known => {
                let put = put(&calendar, known.as_ref(), outcome, writing)?;
                self.report
                    .status(&format!("It is on the calendar '{name}'."));
                Ok(Some(put))
            }
        })?;
        let there = now.as_ref().map(serde_json::to_value).transpose();
        let there = there.map_err(Error::failed)?;
        self.diary.edit(&mut outcome.entry, |entry| {
            entry.state.calendar_entry = there;
            Ok(())
        })?;
        run.record.finished.push("calendar".to_owned());
        let agent = now.as_ref().or(known.as_ref()).map(|entry| entry.agent);
        let invites = agent == Some(ScheduleAgent::Server) && !meeting.attendees.is_empty();
        let by_server = invites && calendar.schedules_itself();
        if by_server {
            self.report.status(
                "That calendar's server tells people by itself: nothing is mailed from here.",
            );
        }
        Ok(by_server)
    }
}

impl Writing<'_> {
    /// Whether to write over what somebody else changed there.
    fn may_overwrite(self) -> Result<bool> {
        let question = "Somebody else changed the meeting on your calendar. Write over it?";
        Ok(self.overwrites || self.report.can_ask() && self.report.confirm(question, false)?)
    }
}

fn remove(calendar: &Calendar, known: &CalendarEntry, writing: Writing<'_>) -> Result<()> {
    match calendar.remove(known) {
        Err(PutError::Changed { now, .. }) if writing.may_overwrite()? => {
            Ok(calendar.remove(&now)?)
        }
        removed => Ok(removed?),
    }
}

fn put(
    calendar: &Calendar,
    known: Option<&CalendarEntry>,
    outcome: &Outcome,
    writing: Writing<'_>,
) -> Result<CalendarEntry> {
    let object = &outcome.entry.object;
    let text = |agent| Ok(object.to_store(agent)?);
    let draft = Draft {
        uid: object.uid(),
        file_name: file_name(object.uid()),
        agent: writing.agent,
        text: &text,
    };
    Ok(match calendar.put(&draft, known) {
        Err(PutError::Changed { now, .. }) if writing.may_overwrite()? => {
            calendar.put(&draft, Some(&now))?
        }
        Err(PutError::Gone { .. }) => {
            let what = "Somebody had removed it from the calendar: it is there again.";
            writing.report.warn(what);
            calendar.put(&draft, None)?
        }
        put => put?,
    })
}
