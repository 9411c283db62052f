//! The organizer's own calendar, which has the meeting because nobody mails it to oneself.

use serde::{Deserialize, Serialize};

use crate::caldav::{
    Calendar, CalendarEntry, Draft, PutError, ScheduleAgent, There, Version, content_digest,
};
use crate::calendar_object::file_name;
use crate::conference::{Appointment, Status};
use crate::diary::Entry;
use crate::error::{Error, Kind, Result};
use crate::operation::{CalendarPolicy, Context, Found, Operation, Outcome, Run};
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

/// What is known of a meeting on the organizer's calendar, as the diary keeps it for us.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct OnCalendar {
    /// Where it is, as it was noted last; none: nowhere, or it was never noted.
    #[serde(flatten)]
    entry: Option<CalendarEntry>,
    /// What was, or may have been, written there since: whatever ends the process that writes, what is
    /// there by then is known to be ours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    begun: Vec<Begun>,
}

/// A version that was about to be written.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
struct Begun {
    version: Version,
    /// What it says: others may change that, and nothing of the version.
    content: Option<String>,
    #[serde(rename = "schedule_agent")]
    agent: ScheduleAgent,
}

impl OnCalendar {
    /// None: it is not there.
    fn of(entry: &Entry) -> Option<Self> {
        let known = entry.state.calendar_entry.clone()?;
        serde_json::from_value(known).ok()
    }

    /// Who invites, as the calendar was told last.
    fn agent(&self) -> Option<ScheduleAgent> {
        let noted = self.entry.as_ref().map(|entry| entry.agent);
        noted.or(self.begun.last().map(|begun| begun.agent))
    }

    /// Where to write over what is there, if we wrote it.
    fn own_place(&self, there: &There) -> Option<CalendarEntry> {
        let is_ours = |begun: &&Begun| {
            there.version.as_ref() == Some(&begun.version) && there.content == begun.content
        };
        let begun = self.begun.iter().rfind(is_ours)?;
        Some(CalendarEntry {
            agent: begun.agent,
            ..there.place.clone()
        })
    }
}

/// Whether the calendar's server was asked to tell the attendees, if it does such things.
pub fn is_told_by_server(entry: &Entry) -> bool {
    let agent = OnCalendar::of(entry).and_then(|known| known.agent());
    agent == Some(ScheduleAgent::Server)
}

/// Whether the meeting is on the organizer's calendar, or may be, as far as the diary knows.
pub(super) fn is_on_calendar(entry: &Entry) -> bool {
    OnCalendar::of(entry).is_some()
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
        let known = OnCalendar::of(&outcome.entry);
        let policy = run.operation().output.calendar;
        let is_wanted = match policy {
            Some(policy) => policy != CalendarPolicy::No,
            None => known.is_some(),
        };
        if !is_wanted {
            self.forget_perhaps(&mut outcome.entry)?;
        }
        let is_gone = outcome.entry.appointment.status == Status::Cancelled;
        if !is_wanted || is_gone && known.is_none() {
            return Ok(false);
        }
        let overwrites = policy == Some(CalendarPolicy::Overwrite);
        let known = known.unwrap_or_default();
        let done = self.write_calendar(known, run, outcome, mails, overwrites);
        done.map_err(|error| {
            let what = format!("conference and diary are done, but not the calendar: {error}");
            Error::new(Kind::HalfDone, what)
                .with_hints_of(&error)
                .hint("'confctl resume' tries again; 'confctl resume --forget' leaves the calendar, and 'confctl invite CONF --calendar --overwrite' writes over what others changed there")
        })
    }

    fn write_calendar(
        &self,
        known: OnCalendar,
        run: &mut Run,
        outcome: &mut Outcome,
        mails: bool,
        overwrites: bool,
    ) -> Result<bool> {
        let meeting: Appointment = outcome.entry.appointment.clone();
        let agent = known.agent().unwrap_or(match mails || meeting.practice {
            true => ScheduleAgent::Client,
            false => ScheduleAgent::Server,
        });
        let writing = Writing {
            agent,
            overwrites,
            report: self.report.as_ref(),
        };
        let calendar = self.resources.open_calendar(&meeting.organizer)?;
        let name = calendar.name();
        let now = if meeting.status == Status::Cancelled {
            if run.mutate(|| remove(&calendar, &known, outcome, writing))? {
                self.report
                    .status(&format!("It is gone from the calendar '{name}'."));
            }
            None
        } else {
            let former = OnCalendar::of(&outcome.entry);
            let known = self.note_begun(agent, &mut outcome.entry)?;
            let entry = match run.mutate(|| put(&calendar, &known, outcome, writing)) {
                Err(error) if error.kind == Kind::Refused => {
                    // It was not written.
                    self.note(former.as_ref(), &mut outcome.entry)?;
                    return Err(error);
                }
                put => put?,
            };
            self.report
                .status(&format!("It is on the calendar '{name}'."));
            Some(OnCalendar {
                entry: Some(entry),
                begun: Vec::new(),
            })
        };
        self.note(now.as_ref(), &mut outcome.entry)?;
        run.record.finished.push("calendar".to_owned());
        let invites = agent == ScheduleAgent::Server && !meeting.attendees.is_empty();
        let by_server = invites && calendar.schedules_itself();
        if by_server {
            self.report.status(
                "That calendar's server tells people by itself: nothing is mailed from here.",
            );
        }
        Ok(by_server)
    }

    /// Notes what is about to be written.
    fn note_begun(&self, agent: ScheduleAgent, entry: &mut Entry) -> Result<OnCalendar> {
        self.diary.edit(entry, |entry| {
            let mut known = OnCalendar::of(entry).unwrap_or_default();
            let text = entry.object.to_store(agent)?;
            let version = Version::of(text.as_bytes());
            let begun = version.map(|version| Begun {
                version,
                content: content_digest(text.as_bytes()),
                agent,
            });
            known.begun.retain(|other| Some(other) != begun.as_ref());
            known.begun.extend(begun);
            entry.state.calendar_entry = Some(serde_json::to_value(&known).map_err(Error::failed)?);
            Ok(known)
        })
    }

    fn note(&self, known: Option<&OnCalendar>, entry: &mut Entry) -> Result<()> {
        let known = known.map(serde_json::to_value).transpose();
        let known = known.map_err(Error::failed)?;
        self.diary.edit(entry, |entry| {
            entry.state.calendar_entry = known;
            Ok(())
        })
    }

    /// Leaves the calendar of what was forgotten alone, if nothing else that is unfinished is about it.
    pub(super) fn forget_calendar(&self, forgotten: &Operation) -> Result<()> {
        let Some(mut entry) = forgotten.find_entry(&self.diary)? else {
            return Ok(());
        };
        let unfinished = self.journal.list_unfinished()?;
        let is_wanted = unfinished.iter().any(|found| match found {
            Found::Left(run) => run.operation().is_about(&entry),
            Found::Running(operation) => operation.is_about(&entry),
            Found::Damaged { .. } => true,
        });
        match is_wanted {
            true => Ok(()),
            false => self.forget_perhaps(&mut entry),
        }
    }

    /// Leaves a calendar that was perhaps never written alone from here on.
    fn forget_perhaps(&self, entry: &mut Entry) -> Result<()> {
        match OnCalendar::of(entry) {
            Some(OnCalendar { entry: None, .. }) => self.note(None, entry),
            _ => Ok(()),
        }
    }
}

impl Writing<'_> {
    /// Whether to write over what somebody else changed there.
    fn may_overwrite(self) -> Result<bool> {
        let question = "Somebody else changed the meeting on your calendar. Write over it?";
        Ok(self.overwrites || self.report.can_ask() && self.report.confirm(question, false)?)
    }
}

/// Takes it off the calendar; what others changed there stays, unless the user says otherwise. False:
/// it was never there.
fn remove(
    calendar: &Calendar,
    known: &OnCalendar,
    outcome: &Outcome,
    writing: Writing<'_>,
) -> Result<bool> {
    let removed = match &known.entry {
        Some(entry) => calendar.remove(entry),
        None => {
            let name = file_name(outcome.entry.object.uid());
            match calendar.find_put(&name, writing.agent)? {
                Some(there) => Err(calendar.change_error(there)),
                None => return Ok(false),
            }
        }
    };
    match removed {
        Err(PutError::Changed { there, .. }) if let Some(own) = known.own_place(&there) => {
            calendar.remove(&own)?;
        }
        Err(PutError::Changed { there, .. }) if writing.may_overwrite()? => {
            calendar.remove(&there.place)?;
        }
        removed => removed?,
    }
    Ok(true)
}

fn put(
    calendar: &Calendar,
    known: &OnCalendar,
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
    Ok(match calendar.put(&draft, known.entry.as_ref()) {
        Err(
            PutError::Changed { there, .. }
            | PutError::UidTaken {
                there: Some(there), ..
            },
        ) if let Some(own) = known.own_place(&there) => calendar.put(&draft, Some(&own))?,
        Err(PutError::Changed { there, .. }) if writing.may_overwrite()? => {
            calendar.put(&draft, Some(&there.place))?
        }
        Err(PutError::Gone { .. }) => {
            let what = "Somebody had removed it from the calendar: it is there again.";
            writing.report.warn(what);
            calendar.put(&draft, None)?
        }
        put => put?,
    })
}
