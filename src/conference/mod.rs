//! The nouns: what a pool keeps, what a calendar keeps, and what is asked of them. Pure data.

mod account;
mod appointment;
mod capabilities;
mod id;
mod offer;
mod person;
mod plan;
mod request;
mod series;
mod ways_in;
mod wording;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use account::{account_address, account_of};
pub use appointment::{
    Appointment, Attendance, Attendee, LONGEST_NOTE, MOST_NAMED, MOST_PEOPLE, Outline, Status,
};
pub use capabilities::Capabilities;
pub use id::{DialInId, DialInIdError, MeetingId, MeetingIdError, Token, TokenError};
pub use offer::{DialInOffer, Offer, Pages};
pub use person::{AddressError, Person, in_ascii};
pub use plan::{Plan, PlannedPasscode, PolicyViolation, Slot};
pub use request::{Access, ConferenceOptions, IdChoice, PasscodeChoice, Promotion, Request};
pub(crate) use series::Recurrence;
pub use series::{
    By, Day, Days, End, Frequency, Nth, On, OnError, Pattern, Rule, RuleError, Series, Until,
};
pub use ways_in::{AccessNumber, DialIn, JoinId, Passcode, PasscodeError, WaysIn};
pub use wording::{Language, Wording};

/// What Outlook's add-in offered to schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Shared content, chat, audio and video; people join with the Live Meeting console (`meet:`)
    LiveMeeting,
    /// Audio only; people join by phone or with Communicator (`conf:`)
    ConferenceCall,
}

impl Kind {
    /// The words for people: "Live Meeting", "conference call".
    pub fn words(self) -> &'static str {
        match self {
            Self::LiveMeeting => "Live Meeting",
            Self::ConferenceCall => "conference call",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LiveMeeting => "live-meeting",
            Self::ConferenceCall => "conference-call",
        })
    }
}

/// A conference as the pool keeps it. It has no start and no end: those are the appointment's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conference {
    /// The key of it on its service, unique for its organizer.
    pub id: MeetingId,
    /// Account of whose it is, as [`account_of`] writes it.
    #[serde(default)]
    pub owner: String,
    /// The service's own address of it, to enter by hand.
    #[serde(rename = "focus")]
    pub location: String,
    /// What the conference is for; follows from its media.
    pub kind: Kind,
    /// Subject as the pool stores it.
    pub subject: String,
    /// Who is let in.
    pub access: Access,
    /// Whether this is the organizer's assigned conference ("My Meeting"), used again and again.
    pub assigned: bool,
    /// The moment after which the pool may delete the record; none: it never expires.
    pub expires: Option<Timestamp>,
    /// Mail addresses of those who may present, as the pool has them, without the organizer.
    #[serde(default)]
    pub presenters: Vec<String>,
    /// Who else becomes a presenter on joining; none: the pool does not say. Lync and later.
    #[serde(default)]
    pub promotion: Option<Promotion>,
    /// Whether phone callers skip the lobby; none: there is no lobby. Lync and later.
    #[serde(default)]
    pub lobby_bypass: Option<bool>,
    /// How people get in.
    #[serde(rename = "call_in")]
    pub ways_in: WaysIn,
}
