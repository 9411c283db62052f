//! A meeting as it was typed, checked as far as that goes without the pool.

use std::io::Read;

use jiff::{SignedDuration, Timestamp, ToSpan, Unit, Zoned};

use crate::app::App;
use crate::commands::schedule::Args;
use crate::conference::{
    Appointment, Attendance, Attendee, Conference, IdChoice, Kind, Offer, Passcode, PasscodeChoice,
    Person, Request,
};
use crate::error::{Error, Result};
use crate::when;

/// How long a meeting lasts when nobody says.
const USUAL_LENGTH: SignedDuration = SignedDuration::from_hours(1);
/// The pool keeps a conference that long after its end, as Outlook's add-in made it do.
const KEPT_DAYS: i32 = 14;
/// Most characters of a subject: what is longer is no heading but a mistake, such as a pasted file.
const LONGEST_SUBJECT: usize = 1000;

/// A meeting as it was typed, before the pool has been asked.
pub(super) struct Wish {
    pub(super) request: Request,
    pub(super) start: Zoned,
    pub(super) end: Zoned,
    pub(super) attendees: Vec<Attendee>,
    note: Option<String>,
    stamp: Timestamp,
}

impl Args {
    /// Everything that can be checked without the pool is checked here.
    pub(super) fn wish(&self, app: &App) -> Result<Wish> {
        let missing = || Error::usage("kind, --subject and --start are needed");
        let kind = self.kind.ok_or_else(missing)?;
        let subject = subject(self.subject.as_deref().ok_or_else(missing)?)?;
        let (start, end) = self.times(app)?;
        let (attendees, presenters) = self.attendees()?;
        let expires = end
            .checked_add(KEPT_DAYS.days())
            .map_err(|_| Error::usage("the meeting is too far away"))?
            .timestamp();
        Ok(Wish {
            request: Request {
                kind,
                subject,
                id: self.id.unwrap_or(match kind {
                    Kind::LiveMeeting => IdChoice::New,
                    Kind::ConferenceCall => IdChoice::Assigned,
                }),
                access: self.access,
                passcode: self.passcode_choice()?,
                dial_in: self.dial_in(),
                region: self.region.clone(),
                participants: attendees
                    .iter()
                    .map(|attendee| attendee.person.clone())
                    .collect(),
                presenters,
                expires,
            },
            start,
            end,
            attendees,
            note: self.note_text()?,
            stamp: whole_seconds(app.clock()?),
        })
    }

    fn times(&self, app: &App) -> Result<(Zoned, Zoned)> {
        let now = app.now(self.zone.as_deref())?;
        let text = self.start.as_deref().unwrap_or_default();
        let (start, note) = start_time(text, &now)?;
        let (end, end_note) = match &self.end {
            Some(end) => end_time(end, &start, &now)?,
            None => {
                let length = self
                    .duration
                    .as_deref()
                    .map(when::span)
                    .transpose()
                    .map_err(usage)?;
                let end = start.checked_add(length.unwrap_or(USUAL_LENGTH));
                (
                    end.map_err(|_| Error::usage("the meeting is too far away"))?,
                    None,
                )
            }
        };
        for note in [note, end_note].into_iter().flatten() {
            app.terminal.warn(&note);
        }
        Ok((start, end))
    }

    /// Everybody invited, each once, and those of them who may present.
    fn attendees(&self) -> Result<(Vec<Attendee>, Vec<Person>)> {
        let presenters = people(&self.presenter)?;
        let lists = [
            (people(&self.invite)?, Attendance::Required),
            (people(&self.optional)?, Attendance::Optional),
            (presenters.clone(), Attendance::Required),
        ];
        let mut attendees: Vec<Attendee> = Vec::new();
        for (people, attendance) in lists {
            for person in people {
                if attendees.iter().any(|attendee| attendee.person.is(&person)) {
                    continue;
                }
                attendees.push(Attendee {
                    presenter: presenters.iter().any(|presenter| presenter.is(&person)),
                    person,
                    attendance,
                });
            }
        }
        Ok((attendees, presenters))
    }

    /// Who names a region wants people to dial in.
    fn dial_in(&self) -> Option<bool> {
        match (self.no_dial_in, &self.region) {
            (true, _) => Some(false),
            (false, Some(_)) => Some(true),
            (false, None) => None,
        }
    }

    fn passcode_choice(&self) -> Result<PasscodeChoice> {
        match self.passcode.as_str() {
            "auto" => Ok(PasscodeChoice::Auto),
            "none" => Ok(PasscodeChoice::None),
            digits => Ok(PasscodeChoice::Given(Passcode::parse(digits).map_err(
                |error| {
                    Error::usage(format!("--passcode: {error}"))
                        .hint("'auto' makes a random one where one is needed, 'none' makes none")
                },
            )?)),
        }
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
}

impl Wish {
    pub(super) fn appointment(
        self,
        conference: Conference,
        organizer: Person,
        offer: Offer,
    ) -> Result<Appointment> {
        let attendees = self
            .attendees
            .into_iter()
            .filter(|attendee| !attendee.person.is(&organizer))
            .collect();
        Ok(Appointment {
            uid: uid(&organizer)?,
            sequence: 0,
            stamp: self.stamp,
            start: self.start,
            end: self.end,
            organizer,
            organization: offer.organization,
            attendees,
            subject: self.request.subject,
            note: self.note,
            conference,
            practice: offer.practice,
        })
    }
}

/// One line of text without what can't be in a heading.
pub(super) fn subject(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::usage("the subject is empty"));
    }
    if let Some(control) = text.chars().find(|c| c.is_control()) {
        let shown = control.escape_unicode();
        return Err(Error::usage(format!(
            "the subject holds a control character ({shown}): it must be one line of text"
        )));
    }
    let length = text.chars().count();
    if length > LONGEST_SUBJECT {
        return Err(Error::usage(format!(
            "the subject has {length} characters: at most {LONGEST_SUBJECT} are allowed"
        )));
    }
    Ok(text.to_owned())
}

pub(super) fn start_time(text: &str, now: &Zoned) -> Result<(Zoned, Option<String>)> {
    let read = when::parse(text, now).map_err(usage)?;
    if read.at < *now {
        return Err(Error::usage(format!(
            "--start '{text}' is {}, which is in the past",
            when::echo(&read.at)
        )));
    }
    Ok((read.at, read.note))
}

/// A bare clock is on the day of the start, `+2h` two hours after it; days relate to now.
fn end_time(text: &str, start: &Zoned, now: &Zoned) -> Result<(Zoned, Option<String>)> {
    let bare_clock = text.split_whitespace().count() == 1 && !text.contains(['-', '+', '.', 'T']);
    let on_the_day = format!("{} {text}", start.date());
    let read = match text {
        _ if bare_clock => when::parse(&on_the_day, start),
        _ if text.starts_with('+') => when::parse(text, start),
        _ => when::parse(text, now),
    };
    let read = read.map_err(usage)?;
    if read.at <= *start {
        let end = when::echo(&read.at);
        return Err(Error::usage(format!(
            "--end '{text}' is {end}, which is not after the start"
        )));
    }
    Ok((read.at.with_time_zone(start.time_zone().clone()), read.note))
}

/// Each text may hold several addresses, with commas between them.
fn people(texts: &[String]) -> Result<Vec<Person>> {
    if texts.iter().any(|text| text.trim().is_empty()) {
        return Err(Error::usage("an address is empty: expected user@domain"));
    }
    let lists: Result<Vec<_>, _> = texts.iter().map(|text| Person::parse_list(text)).collect();
    Ok(lists.map_err(usage)?.concat())
}

fn read_stdin() -> Result<String> {
    let mut text = String::new();
    let read = std::io::stdin().take(1 << 20).read_to_string(&mut text);
    read.map_err(|error| Error::usage(format!("can't read the note from stdin: {error}")))?;
    Ok(text)
}

/// iCalendar knows no fractions (RFC 5545 3.3.5).
fn whole_seconds(moment: Timestamp) -> Timestamp {
    moment.round(Unit::Second).unwrap_or(moment)
}

fn uid(organizer: &Person) -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::failed(format!("there is no randomness: {error}")))?;
    let domain = organizer
        .address
        .rsplit_once('@')
        .map_or("confctl", |(_, domain)| domain);
    Ok(format!("{}@{domain}", crate::proto::hex(&bytes)))
}

fn usage(error: impl std::error::Error) -> Error {
    Error::usage(error.to_string())
}
