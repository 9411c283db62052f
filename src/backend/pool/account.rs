//! Who signs in to a pool, and where.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use reqwest::Url;

use crate::conference::MeetingId;
use crate::error::{Error, Result};
use crate::net::is_here;
use crate::net::tls::Tls;
use crate::proto::auth::Account as Login;
use crate::proto::c3p::Dialect;
use crate::proto::exchange::Transport;
use crate::proto::provisioning::dial_in_page;
use crate::secret::Secret;

/// What confctl calls itself to pools.
const USER_AGENT: &str = concat!("confctl/", env!("CARGO_PKG_VERSION"));

/// Longest wait for one answer (RFC 3261 17.1.2.2).
const TIMEOUT: Duration = Duration::from_secs(32);

/// Who signs in, and where.
#[derive(Clone)]
pub struct Account {
    /// SIP address, `sip:user@domain`.
    pub user: String,
    /// SIP address of whom conferences are made for, `sip:user@domain`; none: the user's own.
    pub on_behalf_of: Option<String>,
    /// Windows account and password.
    pub(super) login: Login,
    /// Where to connect.
    pub server: Server,
    /// How to trust it.
    pub tls: Tls,
    /// Product generation; none: found out.
    pub(super) dialect: Option<Dialect>,
    /// Pools may filter by it ([MS-OCER] 8.16).
    pub user_agent: String,
    /// Names this installation, at most 16 characters, the same over runs.
    pub epid: String,
    /// Longest wait for one answer.
    pub timeout: Duration,
    /// Address of the settings page that the user's settings put in place of the pool's.
    pub(super) settings_page: Option<String>,
    /// Meeting id that the user's settings give the assigned conference.
    pub(super) assigned_id: Option<MeetingId>,
    /// What web links begin with where the pool tells none, without a slash at the end.
    pub(super) join_base: Option<String>,
    /// Domains of the pool besides the user's own, in small letters.
    pub(super) sip_domains: Vec<String>,
}

/// A server and how to reach it, written `tls:host:port`, `tcp:host:port` or `host`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Name or address; IPv6 in brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// TLS unless TCP is asked for.
    pub(super) transport: Transport,
}

/// The text was no server.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is not a server: expected tls:HOST:PORT, tcp:HOST:PORT or HOST")]
pub struct ServerError(String);

impl Server {
    /// Whether it is this computer.
    pub fn is_on_loopback(&self) -> bool {
        is_here(self.bare_host())
    }

    /// Whether what is said there can be read on the way.
    pub fn is_in_clear(&self) -> bool {
        self.transport == Transport::Tcp
    }

    /// Without the brackets of IPv6.
    pub(super) fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }
}

impl Account {
    /// An account on a pool, with usual manners and no password so far.
    ///
    /// `user`: SIP address, `sip:user@domain`. `login`: `DOMAIN\\user` or `user@domain`. `dialect`:
    /// `ocs2007`, `ocs2007r2` or `lync`; none: found out.
    pub fn new(user: String, login: &str, server: &str, dialect: Option<&str>) -> Result<Self> {
        let dialect = dialect.map(str::parse).transpose();
        let epid = String::new();
        Ok(Self {
            on_behalf_of: None,
            login: Login::parse(login, Secret::from("")).map_err(Error::usage)?,
            server: server.parse().map_err(Error::usage)?,
            tls: Tls::default(),
            dialect: dialect.map_err(Error::usage)?,
            user_agent: USER_AGENT.to_owned(),
            epid,
            timeout: TIMEOUT,
            settings_page: None,
            assigned_id: None,
            join_base: None,
            sip_domains: Vec::new(),
            user,
        })
    }

    /// The same, with an address in place of the page that the pool tells.
    pub fn with_settings_page(self, page: Option<String>) -> Result<Self> {
        if page
            .as_deref()
            .is_some_and(|page| dial_in_page(None, page).is_none())
        {
            return Err(Error::usage(
                "the account's settings_page: expected an https:// address",
            ));
        }
        Ok(Self {
            settings_page: page,
            ..self
        })
    }

    /// The same, with the meeting id of the user's assigned conference.
    pub fn with_assigned_id(self, id: Option<&str>) -> Result<Self> {
        let id = id.map(MeetingId::of_pool).transpose();
        let assigned_id =
            id.map_err(|error| Error::usage(format!("the account's assigned_id: {error}")))?;
        Ok(Self {
            assigned_id,
            ..self
        })
    }

    /// The same, with what web links begin with where the pool tells none.
    pub fn with_join_base(self, base: Option<&str>) -> Result<Self> {
        let trimmed = base.map(|base| base.trim_end_matches('/').to_owned());
        let is_base = |base: &String| {
            let url = Url::parse(base).ok();
            url.is_some_and(|url| {
                url.scheme() == "https" && url.query().is_none() && url.fragment().is_none()
            })
        };
        if trimmed.as_ref().is_some_and(|base| !is_base(base)) {
            return Err(Error::usage(
                "the account's join_base: expected an address such as https://meet.example.com",
            ));
        }
        Ok(Self {
            join_base: trimmed,
            ..self
        })
    }

    /// The same, with domains of the pool besides the user's own.
    pub fn with_sip_domains(mut self, domains: &[String]) -> Self {
        let domains = domains.iter().map(|domain| domain.to_ascii_lowercase());
        self.sip_domains = domains.collect();
        self
    }

    /// The same, with a password.
    pub fn with_password(self, password: Secret) -> Self {
        let login = self.login.with_password(password);
        Self { login, ..self }
    }
}

impl FromStr for Server {
    type Err = ServerError;

    fn from_str(text: &str) -> Result<Self, ServerError> {
        // What stands before an @ is a password, for all we know.
        let shown = text.rsplit('@').next().unwrap_or_default();
        let refused = || ServerError(shown.to_owned());
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
