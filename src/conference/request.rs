//! What a user asks of the pool.

use jiff::Timestamp;

use crate::conference::{Kind, Passcode, Person};

/// A conference to be made. Whatever can be said without the pool has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Live Meeting or conference call.
    pub kind: Kind,
    /// One line, without control characters.
    pub subject: String,
    /// Assigned conference ("My Meeting") or one of its own.
    pub id: IdChoice,
    /// Who is let in; none: whatever dial-in needs, else the pool's default.
    pub access: Option<Access>,
    /// Passcode for anonymous people.
    pub passcode: PasscodeChoice,
    /// Whether people may dial in; none: when policy allows it.
    pub dial_in: Option<bool>,
    /// Dial-in region whose numbers come first; none: the organizer's.
    pub region: Option<String>,
    /// Everybody invited, by address; the organizer need not be among them.
    pub participants: Vec<Person>,
    /// Those of `participants` who may present.
    pub presenters: Vec<Person>,
    /// When the pool may forget the conference.
    pub expires: Timestamp,
}

/// The conference behind the appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum IdChoice {
    /// Your assigned conference ID, the same for every call
    Assigned,
    /// A new conference ID, for this meeting alone
    New,
}

/// Who is let into a conference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Access {
    /// Everybody with an account in the organisation, and invited federated people
    Open,
    /// Only those invited
    Closed,
    /// Everybody with the details; needed by phone callers
    Anonymous,
}

/// What to do about a passcode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasscodeChoice {
    /// A random one, when policy demands it or anonymous people are let in.
    Auto,
    /// None, or a refusal if policy demands one.
    None,
    /// This one.
    Given(Passcode),
}
