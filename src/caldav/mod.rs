//! The organizer's calendar on a CalDAV server (RFC 4791, RFC 6638, RFC 6764): where it is, and
//! the one entry that a meeting has on it.
//!
//! ```text
//! address ─► net::dns
//!                 ├─► discovery ─► Calendar ─► entry: put, remove
//! settings ───────┘       │                      │
//!                     resource (XML)         refusal (why not, in words)
//!                         └───────► client ◄─────┘
//!                                     └─► net::http, net::sign_in
//! ```
//!
//! The password goes to one origin only, over TLS or inside this machine.

mod address;
mod client;
mod discovery;
mod entry;
mod refusal;
mod resource;
mod version;

use std::rc::Rc;
use std::time::Duration;

use reqwest::Url;
use serde::{Deserialize, Serialize};

use crate::caldav::client::Client;
use crate::error::Result;
use crate::net::http::shown_host;
use crate::net::tls::Tls;
use crate::report::Report;
use crate::secret::Secret;

pub use crate::icalendar::ScheduleAgent;
pub use entry::{Draft, PutError, There};
pub use version::{Version, content_digest};

/// What is needed to find a calendar and to sign in there.
pub struct Access {
    /// Which calendar on which server, as far as that is known.
    pub target: Target,
    /// Mail address of the organizer: whose calendar it is, and who signs in if no user is set.
    pub organizer: String,
    /// What the server's certificate is checked against.
    pub tls: Tls,
    /// Longest wait for one answer.
    pub timeout: Duration,
    /// Random bytes: Digest (RFC 7616 3.4) and DNS want something that nobody can guess.
    pub seed: [u8; 16],
    /// Asked for the password when a server wants one; its argument is the password's name in the
    /// keyring, `caldav:USER@HOST`.
    pub password: Box<PasswordOf>,
    /// Told about every request and its answer, for people who watch.
    pub report: Rc<dyn Report>,
}

/// Which calendar is meant. Everything may be left out: then the domain of the organizer's address is
/// asked (RFC 6764).
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// Address of the server, or of a calendar on it. A user in it is as good as `user`. `http://`
    /// only for this machine.
    pub url: Option<String>,
    /// Who signs in; none: the organizer's mail address.
    pub user: Option<String>,
    /// Name of the calendar as people see it, or its path on the server; none: the default one.
    pub calendar: Option<String>,
}

impl Target {
    /// Finds what can be wrong before anybody is asked anything.
    pub fn check(&self) -> Result<()> {
        let url = self.url.as_deref().map(address::parse);
        url.transpose().map(drop)
    }
}

/// Whether two addresses are of one server (RFC 6454), so that what belongs to one belongs to the
/// other.
pub fn is_same_server(one: &str, other: &str) -> bool {
    match (address::parse(one), address::parse(other)) {
        (Ok(one), Ok(other)) => one.url.origin() == other.url.origin(),
        _ => false,
    }
}

/// Finds the password of that name.
pub type PasswordOf = dyn Fn(&str) -> Result<Secret>;

/// A calendar that can be written to.
pub struct Calendar {
    client: Client,
    url: Url,
    name: String,
    schedules: bool,
}

/// The entry of a meeting on its server, as the diary remembers it.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct CalendarEntry {
    /// Address of the entry, without user or password.
    pub href: String,
    /// Version of the entry (RFC 9110 8.8.3), with its quotes.
    pub etag: String,
    /// Version without the answers of attendees (RFC 6638 3.2.10); none: the server has no such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule_tag: Option<String>,
    /// Who invites the attendees. Stays what it was at first: a change of SCHEDULE-AGENT makes a
    /// server send a cancellation, or invite once more (RFC 6638 3.2.1.2).
    pub agent: ScheduleAgent,
}

impl Calendar {
    /// Finds the calendar: the one that the settings name, else the organizer's default one, else
    /// the only one there is.
    ///
    /// # Errors
    /// `Usage`: the address can't be used. `NotFound`: there is no such calendar; the ones there
    /// are are named. `NotSignedIn`, `Refused`, `Unreachable`: as everywhere.
    pub fn find(access: Access) -> Result<Self> {
        discovery::find(access)
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Host of the server, with its port if it is not the usual one.
    pub fn host(&self) -> String {
        shown_host(&self.url)
    }

    /// Whether the server mails invitations, updates and cancellations by itself to the attendees
    /// of entries with [`ScheduleAgent::Server`] (RFC 6638 2).
    pub fn schedules_itself(&self) -> bool {
        self.schedules
    }
}

#[cfg(test)]
mod tests;
