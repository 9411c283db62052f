//! A session with a pool, seen from the client.

mod link;
mod ocs;
mod refusal;

use std::fmt;
use std::path::PathBuf;
use std::rc::Rc;
use std::str::FromStr;
use std::time::Duration;

use crate::conference::{Conference, Offer, Plan};
use crate::error::Result;
use crate::proto::auth::Account as Login;
use crate::proto::c3p::Dialect;
use crate::proto::exchange::{Random, Transport};

/// A signed-in session. Opening it signs in; dropping it signs out.
pub trait Pool {
    /// What the user may do: numbers by region, policy, pages.
    fn offer(&mut self) -> Result<Offer>;

    /// Makes the conference, or finds the assigned one.
    fn schedule(&mut self, plan: &Plan) -> Result<Conference>;
}

/// Who signs in, and where.
#[derive(Clone)]
pub struct Account {
    /// SIP address, `sip:user@domain`.
    pub user: String,
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
    pub patience: Duration,
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

/// What a session tells of itself while it runs.
pub enum Note<'a> {
    /// A step, in words.
    Step(&'a str),
    /// What the user should not overlook, in a sentence.
    Warning(&'a str),
    /// Something has been asked for, and if we end now nobody knows what came of it; with nothing,
    /// it is known.
    AtStake(Option<&'a str>),
    /// A message as it went out, secrets masked.
    Sent(&'a str),
    /// A message as it came in, secrets masked.
    Received(&'a str),
}

/// Takes the notes of a session.
#[derive(Clone)]
pub struct Watcher {
    /// Whether messages are wanted too; masking them costs something.
    pub wire: bool,
    /// Where the notes go.
    pub tell: Rc<dyn Fn(Note<'_>)>,
}

/// The text was no server.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is not a server: expected tls:HOST:PORT, tcp:HOST:PORT or HOST")]
pub struct ServerError(String);

/// Signs in. `random` must be good enough for keys; `unix_time` is now, in seconds since 1970.
pub fn open(
    account: Account,
    random: fn() -> Random,
    unix_time: i64,
    watcher: Watcher,
) -> Result<Box<dyn Pool>> {
    Ok(Box::new(ocs::Ocs::sign_in(
        account, random, unix_time, watcher,
    )?))
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
