//! The mails of an undertaking: who gets which, and at most one for each person and version.

use std::collections::BTreeMap;

use jiff::Zoned;
use serde::{Deserialize, Serialize};

use crate::calendar_object::{CalendarObject, Damaged, Sending};
use crate::conference::{Appointment, Person, Status, Wording, in_ascii};
use crate::diary::Diary;
use crate::error::{Error, Result};
use crate::invitation::Branding;
use crate::undertaking::{Deed, Outcome, refresh};

/// The wish that people are told by mail, as it stands on the disk.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct MailWish {
    /// How, as `mail.via` of the settings has it; none: as the settings have it by then.
    pub route: Option<String>,
    /// Even though the meeting is on the practice pool.
    pub practice: bool,
    /// The mails become files, which nobody gets by that.
    #[serde(default)]
    pub files: bool,
}

impl MailWish {
    /// Whether a meeting of the practice pool may be mailed.
    pub fn may_practise(&self) -> bool {
        self.practice || self.files
    }
}

/// What is said to who mails a practice meeting without saying so.
pub fn practice_is_not_mailed() -> Error {
    Error::usage(
        "this is a meeting of the practice pool, which nobody can join: it is not mailed to people",
    )
    .hint("--practice mails it all the same, --send=folder:PATH writes the mails as files")
}

/// What became of the mail for one person.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// The mail server, or whatever carries mail, has it.
    Sent,
    /// It does not want it, and will not later.
    Refused(String),
    /// It did not get it; another try may help.
    Failed(String),
    /// It was being handed over when the process or the connection ended: it may have it.
    Unknown(String),
}

impl Fate {
    /// The word for tables and programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Why it was not sent, or why nobody knows.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Sent => None,
            Self::Refused(why) | Self::Failed(why) | Self::Unknown(why) => Some(why),
        }
    }
}

/// Fates of the mails of one undertaking, by [`Telling::key`].
pub type Fates = BTreeMap<String, Fate>;

/// An address as mail servers take it, in small letters.
pub fn address(person: &Person) -> String {
    let ascii = in_ascii(&person.address);
    ascii
        .unwrap_or_else(|| person.address.clone())
        .to_ascii_lowercase()
}

/// A mail to be written for one person.
pub struct Telling {
    /// To whom.
    pub to: Person,
    /// The meeting as this person is told of it.
    pub appointment: Appointment,
    /// It takes the meeting out of the calendar of somebody who is no longer invited.
    pub removal: bool,
}

impl Telling {
    /// Everybody who is concerned by what was done, each once, removed people last.
    pub fn of(outcome: &Outcome, deed: &Deed) -> Vec<Self> {
        if let Deed::Refresh(wish) = deed {
            return refresh::tellings(outcome, wish);
        }
        let told = match deed {
            Deed::Tell(tell) if tell.removal => Vec::new(),
            Deed::Tell(tell) => tell.people.clone(),
            Deed::Update(change) if change.is_about_people_alone() => {
                let invited = change.invited.iter();
                invited.map(|attendee| attendee.person.clone()).collect()
            }
            _ => everybody(&outcome.appointment),
        };
        let guests = match deed {
            Deed::Schedule(_) | Deed::Update(_) | Deed::Cancel(_) => guests(outcome, &told),
            Deed::Tell(_) | Deed::Refresh(_) => Vec::new(),
        };
        let organizer = &outcome.appointment.organizer;
        let told = told
            .into_iter()
            .filter(|person| !person.is(organizer))
            .map(|to| Self {
                to,
                appointment: outcome.appointment.clone(),
                removal: false,
            });
        let removed = outcome.removed.iter().map(|to| Self {
            to: to.clone(),
            appointment: without_place(&outcome.appointment),
            removal: true,
        });
        told.chain(guests).chain(removed).collect()
    }

    /// Its key in [`Fates`].
    pub fn key(&self) -> String {
        let address = address(&self.to);
        match &self.appointment.occurrence {
            Some(original) => format!("{address} {}", original.timestamp()),
            None => address,
        }
    }

    /// Whether it takes the meeting out of calendars.
    pub fn cancels(&self) -> bool {
        self.appointment.status == Status::Cancelled
    }

    /// The calendar that goes with it; `numbers` of the appointment are in the order for this
    /// person.
    pub fn calendar(
        &self,
        document: &CalendarObject,
        occurrence: Option<&Zoned>,
        diary: &Diary,
        branding: &Branding,
    ) -> Result<String> {
        let failed =
            |error: crate::calendar_object::CalendarObjectError| Error::failed(error.to_string());
        let people = [self.to.clone()];
        let occurrence = occurrence.or(self.appointment.occurrence.as_ref());
        let sending = match (self.removal, occurrence) {
            (true, occurrence) => Sending::Removal {
                people: &people,
                occurrence,
            },
            (false, Some(original)) => Sending::Occurrence(original),
            (false, None) => Sending::Meeting,
        };
        self.own(document, diary, branding)
            .to_send(&sending, diary.zone())
            .map_err(failed)
    }

    /// The document with the numbers in the order, and the words in the language, for this person.
    fn own(&self, document: &CalendarObject, diary: &Diary, branding: &Branding) -> CalendarObject {
        let mut own = document.clone();
        // A block with damaged fences is sent as it is.
        let _ = own.revise(
            &self.appointment,
            None,
            diary.zone(),
            Damaged::Refuse,
            branding,
        );
        own
    }
}

/// People who are invited to single occurrences only. What has been is of no interest any more, and
/// when only people are changed nothing is new for them.
fn guests(outcome: &Outcome, told: &[Person]) -> Vec<Telling> {
    let of_all = &outcome.appointment;
    let everybody = everybody(of_all);
    let only_some = told.len() != everybody.len();
    if outcome.occurrence.is_some() || of_all.series.is_none() || only_some {
        return Vec::new();
    }
    let changed = outcome.document.changed(of_all.start.time_zone());
    let occurrences = changed
        .iter()
        .filter_map(|original| outcome.document.occurrence(original).ok().flatten())
        .filter(|occurrence| occurrence.end.timestamp() > of_all.stamp);
    let mut guests = Vec::new();
    for occurrence in occurrences {
        let own = occurrence.attendees.iter().map(|attendee| &attendee.person);
        let own = own.filter(|person| !everybody.iter().any(|other| other.is(person)));
        guests.extend(own.map(|person| Telling {
            to: person.clone(),
            appointment: Appointment {
                status: of_all.status,
                ..occurrence.clone()
            },
            removal: false,
        }));
    }
    guests
}

fn everybody(appointment: &Appointment) -> Vec<Person> {
    let people = appointment.attendees.iter();
    people.map(|attendee| attendee.person.clone()).collect()
}

/// The meeting as those see it who need not come any more.
fn without_place(appointment: &Appointment) -> Appointment {
    Appointment {
        status: Status::Cancelled,
        wording: Wording {
            withdrawn: true,
            ..appointment.wording
        },
        ..appointment.clone()
    }
}
