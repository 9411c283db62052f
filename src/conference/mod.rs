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
pub use series::{Changed, Days, Nth, On, OnError, Pattern, Series, Until};
pub use ways_in::{AccessNumber, Client, DialIn, JoinId, Passcode, PasscodeError, WaysIn};
pub use wording::{Language, Wording};

/// What a conference is for. Asked for, the first two are one: which of them is made depends on the
/// service, see [`Capabilities::kind_of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Shared content, chat, audio and video: a Live Meeting, since Lync an online meeting
    LiveMeeting,
    /// The same by the name that it has on Lync, Skype for Business and Teams
    OnlineMeeting,
    /// Audio only
    ConferenceCall,
}

impl Kind {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::LiveMeeting, Self::OnlineMeeting, Self::ConferenceCall];

    /// Whether people share content there, which a call has not.
    pub fn has_content(self) -> bool {
        self != Self::ConferenceCall
    }

    /// The words for people, within a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::LiveMeeting => "Live Meeting",
            Self::OnlineMeeting => "online meeting",
            Self::ConferenceCall => "conference call",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LiveMeeting => "live-meeting",
            Self::OnlineMeeting => "online-meeting",
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

impl Conference {
    /// The program that its link is for. Where that was not noted, a web link tells pools since Lync from
    /// those before, as a rule.
    pub fn client(&self) -> Client {
        let is_lync = self.kind == Kind::OnlineMeeting
            || self.kind == Kind::ConferenceCall && self.ways_in.web_link.is_some();
        self.ways_in.client.unwrap_or(match is_lync {
            true => Client::Lync,
            false => Client::Communicator,
        })
    }
}
