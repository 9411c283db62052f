//! A meeting as it was typed, checked as far as that goes without the pool.

use std::io::Read;

use jiff::{Timestamp, Zoned};

use crate::app::App;
use crate::commands::args::subject::subject;
use crate::commands::schedule::Args;
use crate::conference::{Attendee, IdChoice, Kind, LONGEST_NOTE, Person, Request, Series};
use crate::diary::Diary;
use crate::error::{Error, Result};
use crate::operation::{Schedule, expiry, expiry_after, note_error};
use crate::report::Report;
use crate::settings::AccountKind;

/// What an appointment made elsewhere brings along, or what was typed.
pub(super) struct Meeting {
    pub(super) subject: String,
    pub(super) start: Zoned,
    pub(super) end: Zoned,
    pub(super) attendees: Vec<Attendee>,
    pub(super) series: Option<Series>,
    /// End of its last occurrence, changed ones included; none: as the rule says.
    pub(super) last_end: Option<Timestamp>,
    /// The appointment as it was read.
    pub(super) appointment: Option<String>,
}

impl Meeting {
    /// An appointment made elsewhere may have occurrences behind the last one of its rule.
    fn expires(&self, now: Timestamp) -> Timestamp {
        let own = expiry(&self.start, &self.end, self.series.as_ref(), now);
        self.last_end
            .map_or(own, |last| own.max(expiry_after(last)))
    }
}

impl Args {
    /// Everything that can be checked without the pool is checked here.
    pub(super) fn schedule(&self, stamp: Timestamp, diary: &Diary, app: &App) -> Result<Schedule> {
        let missing = || Error::usage("kind, --subject and --start are needed");
        let kind = self.kind.ok_or_else(missing)?;
        let meeting = match &self.from {
            Some(file) => self.read_meeting(file, diary, app)?,
            None => self.typed_meeting(app)?,
        };
        let expires = meeting.expires(stamp);
        let attendees = meeting.attendees;
        Ok(Schedule {
            request: Request {
                kind,
                subject: meeting.subject,
                id: self.conference.id.unwrap_or(match kind {
                    Kind::LiveMeeting | Kind::OnlineMeeting => IdChoice::New,
                    Kind::ConferenceCall if app.account_kind()? == AccountKind::Pool => {
                        IdChoice::Assigned
                    }
                    Kind::ConferenceCall => IdChoice::New,
                }),
                options: self.conference.options()?,
                participants: Attendee::participants(&attendees),
                presenters: Attendee::presenters(&attendees),
                expires,
            },
            start: meeting.start,
            end: meeting.end,
            attendees,
            note: self.note_text()?,
            series: meeting.series,
            stamp,
            wording: self.worded.wording(app)?,
            is_language_asked: self.worded.is_language_asked(),
            appointment: meeting.appointment,
            is_meet_now: false,
        })
    }

    fn typed_meeting(&self, app: &App) -> Result<Meeting> {
        let (mut start, mut end) = self.times.new_meeting(self.key.is_some(), app)?;
        let now = app.now(self.times.zone.as_deref())?;
        let series = match self.repeat.series(&start, &now)? {
            None => None,
            Some((series, first, note)) => {
                if let Some(note) = note {
                    app.terminal.warn(&note);
                }
                let length = start.duration_until(&end);
                end = first
                    .checked_add(length)
                    .map_err(|_| Error::usage("the meeting is too far away"))?;
                start = first;
                Some(series)
            }
        };
        Ok(Meeting {
            subject: subject(self.subject.as_deref().unwrap_or_default())?,
            start,
            end,
            attendees: self.people.attendees()?,
            series,
            last_end: None,
            appointment: None,
        })
    }

    fn note_text(&self) -> Result<Option<String>> {
        let Some(note) = &self.note else {
            return Ok(None);
        };
        let text = if note == "-" {
            read_stdin()?
        } else {
            note.clone()
        };
        let text = text.replace("\r\n", "\n");
        let text = text.trim_matches('\n');
        if text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
        {
            return Err(Error::usage(
                "the note holds control characters: only line breaks and tabs can be in it",
            ));
        }
        Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
    }

    /// The manager that a delegate schedules for.
    pub(super) fn manager(&self) -> Result<Option<Person>> {
        let person = self.on_behalf_of.as_deref().map(Person::parse).transpose();
        person.map_err(|error| Error::usage(format!("--on-behalf-of: {error}")))
    }
}

fn read_stdin() -> Result<String> {
    let unreadable = |why: String| Error::usage(format!("can't read the note from stdin: {why}"));
    let mut bytes = Vec::new();
    let mut some = std::io::stdin().take(LONGEST_NOTE as u64 + 1);
    some.read_to_end(&mut bytes)
        .map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() > LONGEST_NOTE {
        return Err(note_error());
    }
    String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8 text".to_owned()))
}
