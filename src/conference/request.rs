//! What a user asks of the pool.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::conference::{Kind, Passcode, Person};

/// A conference to be made. Whatever can be said without the pool has been checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Meeting or call, by whichever of its names it was asked for.
    pub kind: Kind,
    /// One line, without control characters.
    pub subject: String,
    /// Assigned conference ("My Meeting") or one of its own.
    pub id: IdChoice,
    /// Who gets in, and how.
    #[serde(flatten)]
    pub options: ConferenceOptions,
    /// Everybody invited, by address; the organizer need not be among them.
    pub participants: Vec<Person>,
    /// Those of `participants` who may present.
    pub presenters: Vec<Person>,
    /// When the pool may forget the conference.
    pub expires: Timestamp,
}

/// Who gets into a conference, and how, as far as somebody said so. What is none is as it was, or at
/// first as policy and pool have it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConferenceOptions {
    /// Who is let in; none: whatever dial-in needs.
    pub access: Option<Access>,
    /// Passcode for anonymous people.
    pub passcode: Option<PasscodeChoice>,
    /// Whether people may dial in; none: when policy allows it.
    pub dial_in: Option<bool>,
    /// Dial-in region whose numbers come first; none: the organizer's.
    pub region: Option<String>,
    /// Who else becomes a presenter on joining. Lync and later.
    pub promotion: Option<Promotion>,
    /// Whether phone callers skip the lobby; none: they do, where there is one. Lync and later.
    pub lobby_bypass: Option<bool>,
}

/// The conference behind the appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdChoice {
    /// Your assigned conference ID, the same for every call
    Assigned,
    /// A new conference ID, for this meeting alone
    New,
}

/// Who is let into a conference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Everybody with an account in the organisation, and invited federated people
    Open,
    /// Only those invited
    Closed,
    /// Everybody with the details; needed by phone callers
    Anonymous,
    /// Only the organizer and presenters; everybody else waits in the lobby. Lync and later
    Locked,
}

impl Access {
    /// Who that is, for the organizer.
    pub fn words(self) -> &'static str {
        match self {
            Self::Open => "everybody in the organisation",
            Self::Closed => "only those invited",
            Self::Anonymous => "everybody with the details",
            Self::Locked => "you and the presenters, others wait in the lobby",
        }
    }
}

/// Who becomes a presenter on joining (`autopromote`). Lync and later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Promotion {
    /// Nobody but those named
    Nobody,
    /// Everybody with an account in the organisation
    Company,
    /// Everybody
    Everyone,
}

/// What to do about a passcode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PasscodeChoice {
    /// A random one, when policy demands it or anonymous people are let in.
    Auto,
    /// None, or a refusal if policy demands one.
    None,
    /// This one.
    Given(Passcode),
}
