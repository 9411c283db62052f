//! What a kind of service can do.

use crate::conference::Kind;

/// What a kind of service can do, whoever is signed in to it. What it lets this user do now is an
/// [`Offer`](crate::conference::Offer).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// What it is called within a sentence: `the pool`, `Teams`.
    pub name: &'static str,
    /// Whether Live Meetings may be asked for, if only to get what came after them.
    pub live_meetings: bool,
    /// What a meeting with shared content is there.
    pub meetings: Kind,
    /// What a conference call is there.
    pub calls: Kind,
    /// Whether a user has a conference for all calls.
    pub assigned: bool,
    /// Whether it knows passcodes for callers. Where it does, they need a conference that has one and
    /// lets anonymous people in.
    pub passcodes: bool,
    /// Whether people can be made to wait in a lobby.
    pub lobby: bool,
    /// Whether others than those named can become presenters on joining.
    pub promotion: bool,
    /// Whether the numbers are known before there is a conference, by region. Elsewhere each
    /// conference comes with its own.
    pub numbers: bool,
    /// Whether a conference can be one that nobody dials into.
    pub without_dial_in: bool,
    /// Said when callers were to be let in, and the service made a conference without a number.
    pub no_numbers: &'static str,
    /// Said when the service made an online meeting without a web link.
    pub no_web_link: &'static str,
}

impl Capabilities {
    /// What comes of a request.
    pub fn kind_of(&self, asked: Kind) -> Kind {
        match asked.has_content() {
            true => self.meetings,
            false => self.calls,
        }
    }
}
