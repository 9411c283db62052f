//! What Outlook's calendar kept: when, who, and which conference.

use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use crate::conference::{Conference, Person, Series, Slot, Wording, account_address};

/// A meeting in people's calendars. The pool knows nothing of it but the conference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appointment {
    /// RFC 5545 3.8.4.7; never changes over the life of the meeting.
    pub uid: String,
    /// RFC 5545 3.8.7.4; 0 at first, grows with each change that people must know of.
    pub sequence: u32,
    /// When this version was written (DTSTAMP).
    pub stamp: Timestamp,
    /// Start, in the organizer's zone.
    pub start: Zoned,
    /// End, in the same zone as the start, and after it.
    pub end: Zoned,
    /// Who invites.
    pub organizer: Person,
    /// Name of the organizer's organisation, when the pool tells it.
    pub organization: Option<String>,
    /// Everybody invited, without the organizer; each address once.
    pub attendees: Vec<Attendee>,
    /// One line.
    pub subject: String,
    /// The organizer's own words, above the call-in details; may have several lines.
    pub note: Option<String>,
    /// The conference to join.
    pub conference: Conference,
    /// True on the practice pool, whose numbers nobody can call.
    pub practice: bool,
    /// When it comes again; none: it takes place once.
    pub series: Option<Series>,
    /// Original start of the one occurrence that this is about (RECURRENCE-ID); none: all of it.
    pub occurrence: Option<Zoned>,
    /// Whether it still takes place.
    pub status: Status,
    /// Who sends for the organizer, a delegate (SENT-BY); none: the organizer.
    pub sender: Option<Person>,
    /// In which words people are told of it.
    pub wording: Wording,
}

/// Most people who can be invited: about as many as a conference has room for on a pool, and a
/// meeting in a calendar file.
pub const MOST_PEOPLE: usize = 4000;

/// Most people whom a mail to one of them names.
pub const MOST_NAMED: usize = 100;

/// Longest note, in octets: as long as a book, and it comes several times in each mail.
pub const LONGEST_NOTE: usize = 1 << 20;

impl Appointment {
    /// The highest SEQUENCE that there is (RFC 5545 3.3.8).
    pub const HIGHEST_SEQUENCE: u32 = 2_147_483_647;

    /// The SEQUENCE of the next version; the same if there is no higher one.
    pub fn next_sequence(&self) -> u32 {
        Self::HIGHEST_SEQUENCE
            .min(self.sequence.saturating_add(1))
            .max(self.sequence)
    }

    /// From when to when, the first time.
    pub fn slot(&self) -> Slot {
        Slot {
            start: self.start.timestamp(),
            end: self.end.timestamp(),
        }
    }

    /// The same in its zone; of a series the first occurrence that was not dropped.
    pub fn first_time(&self) -> (Zoned, Zoned) {
        match &self.series {
            Some(series) => series.first(&self.start, &self.end),
            None => (self.start.clone(), self.end.clone()),
        }
    }

    /// The same with other people invited.
    pub fn with_attendees(&self, attendees: Vec<Attendee>) -> Self {
        Self {
            uid: self.uid.clone(),
            sequence: self.sequence,
            stamp: self.stamp,
            start: self.start.clone(),
            end: self.end.clone(),
            organizer: self.organizer.clone(),
            organization: self.organization.clone(),
            attendees,
            subject: self.subject.clone(),
            note: self.note.clone(),
            conference: self.conference.clone(),
            practice: self.practice,
            series: self.series.clone(),
            occurrence: self.occurrence.clone(),
            status: self.status,
            sender: self.sender.clone(),
            wording: self.wording,
        }
    }

    /// The meeting for one of those who are invited, and how many others there are whom it does not
    /// name: of many people, everybody but the reader.
    pub fn for_reader(&self, reader: &Person) -> (Self, usize) {
        let all = self.attendees.len();
        if all <= MOST_NAMED {
            return (self.clone(), 0);
        }
        let own = self.attendees.iter().find(|a| a.person.is(reader));
        let own = Vec::from_iter(own.cloned());
        let others = all - own.len();
        (self.with_attendees(own), others)
    }

    /// The meeting as those see it who need not come any more.
    pub fn to_withdrawal(&self) -> Self {
        Self {
            status: Status::Cancelled,
            wording: Wording {
                withdrawn: true,
                ..self.wording
            },
            ..self.clone()
        }
    }

    /// Whose the conference is, if a delegate made it.
    pub fn manager(&self) -> Option<&Person> {
        let owner = account_address(&self.conference.owner);
        let is_owner = owner.eq_ignore_ascii_case(&self.organizer.address);
        (self.sender.is_some() && is_owner).then_some(&self.organizer)
    }
}

/// Whether a meeting takes place (RFC 5545 3.8.1.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// CONFIRMED
    Confirmed,
    /// CANCELLED
    Cancelled,
}

/// A meeting as a calendar has it, before there is a conference for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// As [`Appointment::uid`].
    pub uid: String,
    /// As [`Appointment::sequence`].
    pub sequence: u32,
    /// As [`Appointment::start`].
    pub start: Zoned,
    /// As [`Appointment::end`].
    pub end: Zoned,
    /// Who invites; calendars leave it out while nobody is invited.
    pub organizer: Option<Person>,
    /// As [`Appointment::attendees`].
    pub attendees: Vec<Attendee>,
    /// As [`Appointment::subject`]; may be empty.
    pub subject: String,
    /// As [`Appointment::series`].
    pub series: Option<Series>,
    /// As [`Appointment::status`].
    pub status: Status,
}

/// Somebody invited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    /// Who.
    pub person: Person,
    /// Whether the meeting can do without.
    pub attendance: Attendance,
    /// May share and present (Live Meeting's Presenter), not only watch.
    pub presenter: bool,
}

impl Attendee {
    /// Those who take part in the conference, which rooms do not.
    pub fn participants<'a>(attendees: impl IntoIterator<Item = &'a Self>) -> Vec<Person> {
        let joins = |attendee: &&Self| attendee.attendance != Attendance::Room;
        let joining = attendees.into_iter().filter(joins);
        joining.map(|attendee| attendee.person.clone()).collect()
    }

    /// Those who may present.
    pub fn presenters<'a>(attendees: impl IntoIterator<Item = &'a Self>) -> Vec<Person> {
        let presenting = attendees.into_iter().filter(|attendee| attendee.presenter);
        presenting.map(|attendee| attendee.person.clone()).collect()
    }
}

/// Whether the meeting can do without somebody (RFC 5545 3.2.16 ROLE).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attendance {
    /// REQ-PARTICIPANT
    Required,
    /// OPT-PARTICIPANT
    Optional,
    /// NON-PARTICIPANT: a room or a resource (CUTYPE, 3.2.3), which is no participant of the
    /// conference.
    Room,
}
