//! A session with a pool, seen from the client.

mod link;
mod pool;

pub use crate::proto::auth::Account as Login;
pub use crate::proto::c3p::Dialect;
pub(crate) use link::{Timed, connector};

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::conference::{Conference, DialInId, MeetingId, Offer, Person, Plan, Token};
use crate::error::Result;
use crate::proto::exchange::Transport;
use crate::report::Report;

/// A service that keeps conferences, with somebody signed in. Dropping it signs out.
///
/// An error of [`Kind::InDoubt`] says that it is not known whether something was done, although the
/// back end asked again; one of [`Kind::HalfDone`] that it was done, but what came of it could not be
/// read. The same call settles either later. Any other error says that it was not done.
///
/// [`Kind::InDoubt`]: crate::error::Kind::InDoubt
/// [`Kind::HalfDone`]: crate::error::Kind::HalfDone
pub trait Backend {
    /// What the user may do: numbers by region, policy, pages. Asked once.
    fn get_offer(&mut self) -> Result<Offer>;

    /// Makes a new conference. The same token is the same conference: one that an earlier attempt
    /// made is given as it is, and one that is being made is waited for.
    fn create(&mut self, plan: &Plan, token: &Token) -> Result<Conference>;

    /// What [`create`](Self::create) made of a token; none: nothing so far. Its numbers are those
    /// of that region, else of the user's, first.
    fn get_created(&mut self, token: &Token, region: Option<&str>) -> Result<Option<Conference>>;

    /// Finds the user's assigned conference; on Lync and later it is made of the token if there is
    /// none.
    fn get_or_make_assigned(&mut self, plan: &Plan, token: &Token) -> Result<Conference>;

    /// A conference of the user as the service keeps it, with its passcode, and the numbers of that
    /// region (else of the user's) first. None: there is no such conference.
    fn get(&mut self, id: &MeetingId, region: Option<&str>) -> Result<Option<Conference>>;

    /// The user's conferences in short, those that have expired left out.
    fn list(&mut self) -> Result<Listing>;

    /// The same of single conferences, expired or not, whatever the list has. None: the service says
    /// that there is no such conference. An error of one is what the service said of that one.
    fn look_up(&mut self, ids: &[MeetingId]) -> Result<Vec<Result<Option<Listed>>>>;

    /// The key of the user's assigned conference; none: there is no such conference. A key that is the
    /// same for all users is given whether or not there is one.
    fn find_assigned(&mut self) -> Result<Option<MeetingId>>;

    /// Makes a conference be what the plan says; what a plan can't say stays as it is. Nothing is
    /// sent if it is so already. A plan without passcode keeps the present one; an assigned
    /// conference is given as it is, its settings are the user's affair.
    fn update(&mut self, id: &MeetingId, plan: &Plan) -> Result<Conference>;

    /// Deletes a conference. False: there was none.
    fn delete(&mut self, id: &MeetingId) -> Result<bool>;
}

/// A back end, and who is signed in to it.
pub struct Session {
    /// The service.
    pub backend: Box<dyn Backend>,
    /// SIP address of who signed in.
    pub user: String,
    /// SIP address of whose conferences are made and changed: the user's, or a manager's.
    pub owner: String,
}

impl Session {
    /// The user as an organizer of meetings; the mail address is taken to be the SIP address.
    pub fn user(&self, offer: &Offer) -> Person {
        Person {
            address: self.user.trim_start_matches("sip:").to_owned(),
            name: offer.user_name.clone(),
        }
    }
}

/// Fills a slice with bytes that nobody can guess.
pub type Randomness = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// What a service lists of the user's conferences. That one is not among them proves nothing: only
/// [`Backend::look_up`] and [`Backend::get`] say that there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// In the service's order.
    pub conferences: Vec<Listed>,
    /// Why some are known to be missing, as a clause; none: no sign of it. C3P has neither pages nor
    /// a count, so a pool may leave some out and not say so.
    pub gap: Option<String>,
}

/// A conference in a list of the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its key on the pool.
    pub id: MeetingId,
    /// As the pool stores it; may be empty.
    pub subject: String,
    /// When the pool may forget it; none: never, or the pool does not say.
    pub expires: Option<Timestamp>,
    /// What callers key in, when the list has it.
    pub dial_in_id: Option<DialInId>,
    /// Whether it is the user's assigned conference.
    pub assigned: bool,
}

/// Who signs in, and where.
#[derive(Clone)]
pub struct Account {
    /// SIP address, `sip:user@domain`.
    pub user: String,
    /// SIP address of whom conferences are made for, `sip:user@domain`; none: the user's own.
    pub on_behalf_of: Option<String>,
    /// Windows account and password.
    pub login: Login,
    /// Where to connect.
    pub server: Server,
    /// How to trust it.
    pub tls: Tls,
    /// Product generation; none: found out.
    pub dialect: Option<Dialect>,
    /// Pools may filter by it ([MS-OCER] 8.16).
    pub user_agent: String,
    /// Names this installation, at most 16 characters, the same over runs.
    pub epid: String,
    /// Longest wait for one answer.
    pub timeout: Duration,
    /// Address of the settings page that the user's settings put in place of the pool's.
    pub settings_page: Option<String>,
}

/// A server and how to reach it, written `tls:host:port`, `tcp:host:port` or `host`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Name or address; IPv6 in brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// TLS unless TCP is asked for.
    pub transport: Transport,
}

/// What a TLS connection is checked against.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// Authorities to trust besides the system's, as PEM.
    pub ca_file: Option<PathBuf>,
    /// Trust `ca_file` alone. Reading the system's authorities takes longer than all the rest of a
    /// session with a practice pool.
    pub ca_file_only: bool,
    /// Allow TLS 1.0, as OCS 2007 R2 and Lync 2010 need.
    pub legacy: bool,
}

/// The text was no server.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is not a server: expected tls:HOST:PORT, tcp:HOST:PORT or HOST")]
pub struct ServerError(String);

impl Server {
    /// Whether it is this computer.
    pub fn is_on_loopback(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let ip: Result<IpAddr, _> = host.parse();
        host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
    }
}

/// Signs in. `unix_time` is now, in seconds since 1970.
pub fn open(
    account: Account,
    random: Randomness,
    unix_time: i64,
    report: Rc<dyn Report>,
) -> Result<Session> {
    let user = account.user.clone();
    let owner = account.on_behalf_of.clone();
    let backend = pool::Ocs::sign_in(account, random, unix_time, report)?;
    Ok(Session {
        backend: Box::new(backend),
        owner: owner.unwrap_or_else(|| user.clone()),
        user,
    })
}

impl FromStr for Server {
    type Err = ServerError;

    fn from_str(text: &str) -> Result<Self, ServerError> {
        let refused = || ServerError(text.to_owned());
        let (transport, place) = match text.split_once(':') {
            Some(("tls", place)) => (Transport::Tls, place),
            Some(("tcp", place)) => (Transport::Tcp, place),
            _ => (Transport::Tls, text),
        };
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, port.parse().map_err(|_| refused())?)
            }
            _ => (place, transport.default_port()),
        };
        let bracketed = host.starts_with('[') && host.ends_with(']');
        let named = !host.is_empty()
            && host
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b".-_[]:%".contains(&b))
            && (bracketed || !host.contains([':', '[', ']']));
        if !named || port == 0 {
            return Err(refused());
        }
        Ok(Self {
            host: host.to_owned(),
            port,
            transport,
        })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.transport, self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_told_from_other_places() {
        let is_here = |text: &str| text.parse::<Server>().unwrap().is_on_loopback();
        for here in [
            "tls:127.0.0.1:5061",
            "localhost",
            "tcp:[::1]:5060",
            "127.0.0.9:1",
        ] {
            assert!(is_here(here), "{here}");
        }
        for there in [
            "tls:pool.example.com",
            "localhost.example.com",
            "10.0.0.1",
            "[::2]",
        ] {
            assert!(!is_here(there), "{there}");
        }
    }

    #[test]
    fn servers_are_read_with_their_defaults() {
        let read = |text: &str| text.parse::<Server>().map(|server| server.to_string()).ok();
        assert_eq!(
            read("pool.example.com").as_deref(),
            Some("tls:pool.example.com:5061")
        );
        assert_eq!(
            read("pool.example.com:443").as_deref(),
            Some("tls:pool.example.com:443")
        );
        assert_eq!(
            read("tcp:pool.example.com").as_deref(),
            Some("tcp:pool.example.com:5060")
        );
        assert_eq!(read("tls:[::1]:5061").as_deref(), Some("tls:[::1]:5061"));
        for text in [
            "",
            "tls:",
            "udp:pool:5060",
            "tls:pool:0",
            "tls:pool:99999",
            "pool example",
            "::1",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
