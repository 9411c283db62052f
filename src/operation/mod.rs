//! What changes meetings: schedule, update, cancel, invite, refresh.
//!
//! An [`Operation`] is written into the journal before anything leaves the machine, then done in
//! steps, each of which is handed what the one before found:
//!
//! ```text
//! Operation ─► journal ─► session ─► Offer ─► Plan ─► conference ─► diary ─► calendar ─► mail ─► file
//!    (Run)                                           Conference    Entry                Deliveries
//! ```
//!
//! Each step can be done again: the same token is the same conference, the diary is brought to a
//! state and not a step further, a mail's status is on the disk before and after it goes. So whatever
//! ends a process half-way, `confctl resume` or the same command finishes what it left. Only when the
//! outcome has been handed to the user as well is the record removed: a process that is killed
//! between the two must not make the next one begin anew.
//!
//! | file | what it does |
//! | --- | --- |
//! | `journal` | what is unfinished, one file each; who may do what at the same time |
//! | `context` | what operations are done with, opened once |
//! | `run` | an operation while it is done; what is left of it after an error |
//! | `perform` | the steps, one after another |
//! | `schedule`, `update`, `cancel`, `invite`, `refresh` | conference and diary, for each kind |
//! | `adopt` | a meeting that was made elsewhere |
//! | `changes` | what an update asks for |
//! | `room` | whether what is asked for could be kept |
//! | `recipients`, `stale` | who is told, and of what; who has an older version |
//! | `calendar`, `mail`, `output` | the organizer's calendar, the mails, the file |
//! | `left` | what is left of an operation, for people |
//! | `facts`, `differences`, `back_to_back`, `renewal` | questions about meetings |

mod adopt;
mod back_to_back;
mod calendar;
mod cancel;
mod changes;
mod context;
mod differences;
mod facts;
mod invite;
mod journal;
mod left;
mod mail;
mod output;
mod perform;
mod recipients;
mod refresh;
mod renewal;
mod room;
mod run;
mod schedule;
mod stale;
mod update;

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use crate::calendar_object::{CalendarObject, CalendarObjectError, Sending};
use crate::conference::{Appointment, Conference, Person, Series, Status, Token, in_ascii};
use crate::diary::{Diary, Entry, Event, What};
use crate::error::{Error, Kind, Result};
use crate::invitation::Format;

pub use adopt::Adoption;
pub use back_to_back::back_to_back;
pub use calendar::is_told_by_server;
pub use cancel::{Cancel, has_own_conference};
pub use changes::Changes;
pub use context::{Context, Known, Resources, Sessions};
pub use differences::{Difference, differences, get_all_current, get_current};
pub use invite::{Invite, get_invited};
pub use journal::{Found, Journal};
pub use left::Left;
pub use mail::{Delivery, MailOptions, Mailer, practice_is_not_mailed};
pub use output::{Rendering, write as write_document};
pub use perform::restored_warning;
pub use recipients::get_recipients;
pub use refresh::{Refresh, is_told_of};
pub use renewal::{is_to_be_renewed, renew};
pub use room::note_error;
pub use run::{Attempt, Run};
pub use schedule::Schedule;
pub use stale::{Guest, stale_guests, stale_recipients};

/// What is to be done, as it stands in the journal.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Operation {
    /// What a conference and the UID of a new meeting are made of.
    pub token: Token,
    /// When it was written down.
    pub began: Timestamp,
    /// Account of whoever signs in; none: the practice pool of this computer.
    pub account: Option<String>,
    /// The manager for whom it is done, by a delegate.
    pub on_behalf_of: Option<Person>,
    /// The idempotency key: what a script calls it, so that it is done once.
    pub key: Option<String>,
    /// What it is.
    #[serde(alias = "deed")]
    pub action: Action,
    /// Where the invitation was to go.
    #[serde(alias = "delivery")]
    pub output: Output,
}

/// What can be done.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A new conference and its meeting.
    Schedule(Box<Schedule>),
    /// Another time, other people, another conference.
    Update(Box<Changes>),
    /// No meeting, or one occurrence less.
    Cancel(Cancel),
    /// The invitation once more, by mail.
    #[serde(alias = "tell")]
    Invite(Invite),
    /// Call-in details as the pool has them now.
    Refresh(Refresh),
}

/// Where an invitation goes.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Output {
    /// Absolute path; none: stdout.
    pub file: Option<PathBuf>,
    /// As what.
    pub format: Format,
    /// By mail to those concerned.
    #[serde(default)]
    pub mail: Option<MailOptions>,
    /// Whether it goes to the organizer's calendar; none: if it is there already.
    #[serde(default)]
    pub calendar: Option<CalendarPolicy>,
}

/// What is to happen on the organizer's calendar.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum CalendarPolicy {
    /// Nothing.
    No,
    /// The meeting is there as it is here.
    Yes,
    /// Even where others changed it there.
    Overwrite,
}

/// What came of it.
pub struct Outcome {
    /// The meeting, or the occurrence that it is about.
    pub appointment: Appointment,
    /// The meeting as the diary has it.
    pub entry: Entry,
    /// The occurrence that was changed or dropped; none: the whole meeting.
    pub occurrence: Option<Zoned>,
    /// People who were invited before and are no longer.
    pub removed: Vec<Person>,
    /// What became of the mails, in the order of the invitation; empty: none were to go.
    pub deliveries: Vec<Delivery>,
    /// Whether nothing was done because the key was used before, for the same.
    pub is_repeated: bool,
}

impl Operation {
    /// Whether both are the same request, however often it is made: the same key, or without keys
    /// the same action.
    fn is_same(&self, other: &Self) -> bool {
        self.account == other.account
            && self.on_behalf_of == other.on_behalf_of
            && match (&self.key, &other.key) {
                (Some(own), Some(others)) => own == others,
                (None, None) => self.action.is_same(&other.action),
                _ => false,
            }
    }

    /// UID of the meeting that it is about, if there is one already.
    fn uid(&self) -> Option<String> {
        match &self.action {
            Action::Schedule(schedule) => {
                let text = schedule.appointment.as_deref()?;
                let object = CalendarObject::parse(text.as_bytes()).ok()?;
                Some(object.uid().to_owned())
            }
            Action::Update(changes) => Some(changes.uid.clone()),
            Action::Cancel(cancel) => Some(cancel.uid.clone()),
            Action::Invite(invite) => Some(invite.uid.clone()),
            Action::Refresh(refresh) => Some(refresh.uid.clone()),
        }
    }

    /// What locks call the meeting that it is about: the part before the `@` of its UID, which for
    /// a new one is the token.
    fn meeting(&self) -> String {
        match self.uid() {
            Some(uid) => uid.split('@').next().unwrap_or_default().to_owned(),
            None => self.token.to_string(),
        }
    }

    /// The meeting of the diary that it changes, or made.
    pub fn find_entry(&self, diary: &Diary) -> Result<Option<Entry>> {
        match self.uid() {
            Some(uid) => diary.get(&uid),
            None => diary.get_beginning(&self.token.to_string()),
        }
    }

    /// Whether an entry of the diary is the meeting that it changes, or made.
    fn is_about(&self, entry: &Entry) -> bool {
        self.is_of(entry.object.uid())
    }

    /// The same, by its UID.
    fn is_of(&self, uid: &str) -> bool {
        match self.uid() {
            Some(own) => uid == own,
            None => uid.starts_with(&self.token.to_string()),
        }
    }

    /// Whether doing it beside one that nobody understands could make a second conference, or mail
    /// somebody twice.
    fn could_double(&self) -> bool {
        let makes_conference = match &self.action {
            Action::Schedule(_) => true,
            Action::Update(changes) => changes.id.is_some(),
            Action::Cancel(_) | Action::Invite(_) | Action::Refresh(_) => false,
        };
        makes_conference || self.key.is_some() || self.output.mail.is_some()
    }

    /// What is written down about the meeting when it is done.
    fn event(
        &self,
        what: What,
        sequence: u32,
        occurrence: Option<&Zoned>,
        now: Timestamp,
    ) -> Event {
        Event {
            at: now,
            what,
            who: None,
            sequence,
            occurrence: occurrence.map(Zoned::timestamp),
            why: None,
            operation: self.token.to_string(),
        }
    }

    /// What it is, as a clause.
    pub fn words(&self) -> String {
        let subject = self.action.subject();
        match &self.action {
            Action::Invite(_) => format!("mail the invitation to '{subject}'"),
            action => format!("{} '{subject}'", action.command()),
        }
    }
}

impl Action {
    /// The command that does it.
    pub fn command(&self) -> &'static str {
        match self {
            Self::Schedule(_) => "schedule",
            Self::Update(_) => "update",
            Self::Cancel(_) => "cancel",
            Self::Invite(_) => "invite",
            Self::Refresh(_) => "refresh",
        }
    }

    /// The subject of the meeting before it is done.
    pub fn subject(&self) -> &str {
        match self {
            Self::Schedule(schedule) => &schedule.request.subject,
            Self::Update(changes) => &changes.former_subject,
            Self::Cancel(cancel) => &cancel.subject,
            Self::Invite(invite) => &invite.subject,
            Self::Refresh(refresh) => &refresh.subject,
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Schedule(own), Self::Schedule(others)) => own.is_same(others),
            (Self::Update(own), Self::Update(others)) => own.is_same(others),
            (Self::Cancel(own), Self::Cancel(others)) => own.is_same(others),
            (Self::Invite(own), Self::Invite(others)) => own == others,
            (Self::Refresh(own), Self::Refresh(others)) => own.is_same(others),
            _ => false,
        }
    }
}

impl Outcome {
    /// What came of conference and diary, before anybody was told.
    fn new(appointment: Appointment, entry: Entry) -> Self {
        Self {
            appointment,
            entry,
            occurrence: None,
            removed: Vec::new(),
            deliveries: Vec::new(),
            is_repeated: false,
        }
    }

    /// All of the meeting as the diary has it.
    fn of_entry(entry: Entry) -> Self {
        Self::new(entry.appointment.clone(), entry)
    }

    /// What is sent to people.
    pub fn sending(&self) -> Sending<'_> {
        match &self.occurrence {
            Some(original) => Sending::Occurrence(original),
            None => Sending::Meeting,
        }
    }
}

/// An address as mail servers take it, in small letters.
pub fn address_of(person: &Person) -> String {
    let ascii = in_ascii(&person.address);
    ascii
        .unwrap_or_else(|| person.address.clone())
        .to_ascii_lowercase()
}

/// The pool keeps a conference that long after its end, as Outlook's add-in made it do.
const KEPT_DAYS: i32 = 14;
/// How long the conference of an endless series is kept; it is renewed long before.
const ENDLESS_DAYS: i32 = 400;

/// When the pool may forget the conference of a meeting: two weeks after its last occurrence; for
/// an endless series, more than a year from `now`.
pub fn expiry(start: &Zoned, end: &Zoned, series: Option<&Series>, now: Timestamp) -> Timestamp {
    let last = match series.map(|series| series.last_end(start, end)) {
        None => end.timestamp(),
        Some(Some(last)) => last.max(end.timestamp()),
        Some(None) => days_after(now.max(end.timestamp()), ENDLESS_DAYS),
    };
    // One that is over is revived by another expiry, which must be ahead.
    expiry_after(last.max(now))
}

/// When the pool may forget a conference whose last meeting ends at `last`.
pub fn expiry_after(last: Timestamp) -> Timestamp {
    days_after(last, KEPT_DAYS)
}

fn days_after(moment: Timestamp, days: i32) -> Timestamp {
    moment
        .saturating_add(SignedDuration::from_hours(i64::from(days) * 24))
        .unwrap_or(Timestamp::MAX)
}

/// A conference can be changed by whom it belongs to, and by delegates acting for them.
pub fn check_owner(conference: &Conference, session_owner: &str) -> Result<()> {
    let owner = &conference.owner;
    if owner.is_empty() || owner.eq_ignore_ascii_case(session_owner) {
        return Ok(());
    }
    let what = format!("the conference is that of {owner}, and you are {session_owner}");
    Err(Error::new(Kind::NotSignedIn, what))
}

/// The SEQUENCE that a change brings for which `planned` was meant; `is_done` if the diary shows it
/// already. What was left unfinished must not undo what was done since.
fn sequence_after(
    entry: &Entry,
    planned: u32,
    is_done: bool,
    attempt: Attempt,
    diary: &Diary,
) -> Result<u32> {
    let now = entry.appointment.sequence;
    if now < planned || is_done && attempt != Attempt::New {
        return Ok(planned.max(now));
    }
    // Newer call-in details are nothing that it could undo.
    let is_in_time = attempt != Attempt::Resumed
        || diary.is_refreshed_alone(&entry.appointment.uid, planned..=now)?;
    match is_in_time {
        true => Ok(entry.appointment.next_sequence()),
        false => {
            let subject = &entry.appointment.subject;
            let what = format!("'{subject}' was changed again since, so this is given up");
            Err(Error::new(Kind::NotFound, what))
        }
    }
}

/// A refusal because no version could come after this one: calendars would take it for the same.
fn check_sequence(appointment: &Appointment) -> Result<()> {
    let sequence = appointment.sequence;
    if sequence < Appointment::HIGHEST_SEQUENCE {
        return Ok(());
    }
    let what = format!(
        "the SEQUENCE of '{}' is {sequence}, and calendars know no higher one: they would take no change",
        appointment.subject
    );
    Err(Error::new(Kind::Refused, what).hint("it can be cancelled, and a copy of it scheduled"))
}

/// A refusal because the meeting takes place no more.
fn check_confirmed(entry: &Entry, subject: &str) -> Result<()> {
    match entry.appointment.status {
        Status::Confirmed => Ok(()),
        Status::Cancelled => {
            let what = format!("'{subject}' was cancelled since");
            Err(Error::new(Kind::NotFound, what)
                .hint("'confctl undo CONF' takes the cancellation back"))
        }
    }
}

/// A calendar that can't be changed as asked, with what to do about it.
fn block_error(error: CalendarObjectError) -> Error {
    match error {
        CalendarObjectError::DamagedBlock => {
            Error::usage(error).hint("'--new-block' leaves it as it is and adds a new one")
        }
        // Another try can't go better.
        error if error.is_too_large() => Error::new(Kind::Refused, error),
        error => Error::usage(error),
    }
}

/// The pool is ahead of the diary.
fn diary_error(error: &impl std::fmt::Display) -> Error {
    let what = format!("the conference is done, but the diary entry could not be changed: {error}");
    Error::new(Kind::HalfDone, what)
}
