//! Where mails go first, as one writes it: `smtp://ana@mail.example.com`, `sendmail`, `folder:/tmp/x`.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use crate::net::is_here;

/// Message submission with STARTTLS (RFC 6409).
const SUBMISSION: u16 = 587;
/// Message submission over TLS (RFC 8314).
const SUBMISSIONS: u16 = 465;
/// The mail server of this computer.
const LOCAL: u16 = 25;
/// Where the program of that name is by tradition (Filesystem Hierarchy Standard 4.10).
const SENDMAIL: &str = "/usr/sbin/sendmail";

/// The first station of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// A mail server.
    Smtp(Smtp),
    /// A program that takes the arguments of sendmail.
    Sendmail(PathBuf),
    /// A folder that gets one `.eml` file a mail.
    Folder(PathBuf),
}

/// A mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smtp {
    /// Name in ASCII, or address; IPv6 in brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// TLS from the first byte; otherwise STARTTLS, which only this computer's server may lack.
    pub tls: bool,
    /// Who signs in; none: nobody does.
    pub user: Option<String>,
}

/// The text was no route. None of these repeats it: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// No route at all.
    #[error(
        "expected smtp://[user@]host[:port], smtps://[user@]host[:port], sendmail[:/path] or folder:/path"
    )]
    Unknown,
    /// `user:password@host`
    #[error(
        "a password does not belong into the address of the mail server, where others can read it"
    )]
    Password,
    /// Not a host, or not a port.
    #[error("the mail server's address has no valid host[:port] behind the user")]
    Place,
}

impl Route {
    /// Under which name the keyring keeps the password; none if nobody signs in.
    pub fn account(&self) -> Option<String> {
        match self {
            Self::Smtp(server) => server.account(),
            Self::Sendmail(_) | Self::Folder(_) => None,
        }
    }
}

impl Smtp {
    /// Under which name the keyring keeps the password; none if nobody signs in.
    pub fn account(&self) -> Option<String> {
        let user = self.user.as_ref()?;
        Some(format!("smtp:{user}@{}", self.host))
    }

    /// Whether it is on this computer, so that nobody can listen in between.
    pub fn is_here(&self) -> bool {
        is_here(self.bare_host())
    }

    /// Without the brackets of IPv6.
    pub fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    fn parse(rest: &str, tls: bool) -> Result<Self, RouteError> {
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (user, place) = match rest.rsplit_once('@') {
            Some((user, _)) if user.contains(':') => return Err(RouteError::Password),
            Some((user, place)) => (Some(unescape(user).ok_or(RouteError::Place)?), place),
            None => (None, rest),
        };
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (place, None),
        };
        let mut server = Self {
            host: host_name(host).ok_or(RouteError::Place)?,
            port: 0,
            tls,
            user: user.filter(|user| !user.is_empty()),
        };
        server.port = match port {
            Some(port) => port.parse().map_err(|_| RouteError::Place)?,
            None if tls => SUBMISSIONS,
            None if server.is_here() => LOCAL,
            None => SUBMISSION,
        };
        Ok(server)
    }
}

impl FromStr for Route {
    type Err = RouteError;

    fn from_str(text: &str) -> Result<Self, RouteError> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix("smtp://") {
            return Smtp::parse(rest, false).map(Self::Smtp);
        }
        if let Some(rest) = text.strip_prefix("smtps://") {
            return Smtp::parse(rest, true).map(Self::Smtp);
        }
        match text.split_once(':') {
            None if text == "sendmail" => Ok(Self::Sendmail(SENDMAIL.into())),
            Some(("sendmail", path)) if !path.is_empty() => Ok(Self::Sendmail(path.into())),
            Some(("folder", path)) if !path.is_empty() => Ok(Self::Folder(path.into())),
            _ => Err(RouteError::Unknown),
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Smtp(server) => server.fmt(f),
            Self::Sendmail(program) => write!(f, "sendmail:{}", program.display()),
            Self::Folder(folder) => write!(f, "folder:{}", folder.display()),
        }
    }
}

/// Without the user.
impl fmt::Display for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "smtps" } else { "smtp" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

/// A host as DNS and certificates have it.
fn host_name(text: &str) -> Option<String> {
    if let Some(address) = text.strip_prefix('[') {
        let address: IpAddr = address.strip_suffix(']')?.parse().ok()?;
        return address.is_ipv6().then(|| format!("[{address}]"));
    }
    let name = idna::domain_to_ascii(text).ok()?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let good = !name.is_empty() && name.len() < 254 && name.chars().all(fits);
    good.then_some(name)
}

/// `ana%40example.com` is `ana@example.com` (RFC 3986 2.1).
fn unescape(text: &str) -> Option<String> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    let text = String::from_utf8(bytes).ok()?;
    (!text.contains(char::is_control)).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn smtp(text: &str) -> Smtp {
        match text.parse() {
            Ok(Route::Smtp(server)) => server,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn servers_have_their_ports_and_users() {
        for (text, host, port, tls, user) in [
            (
                "smtp://mail.example.com",
                "mail.example.com",
                587,
                false,
                None,
            ),
            (
                "smtps://mail.example.com/",
                "mail.example.com",
                465,
                true,
                None,
            ),
            ("smtp://localhost", "localhost", 25, false, None),
            ("smtp://[::1]:2525", "[::1]", 2525, false, None),
            (
                "smtp://ana@mail.example.com:25",
                "mail.example.com",
                25,
                false,
                Some("ana"),
            ),
            (
                "smtps://ana@example.com@mail.example.com",
                "mail.example.com",
                465,
                true,
                Some("ana@example.com"),
            ),
            (
                "smtps://ana%40example.com@mail.example.com",
                "mail.example.com",
                465,
                true,
                Some("ana@example.com"),
            ),
            (
                "smtp://Příklad.example",
                "xn--pklad-zsa96e.example",
                587,
                false,
                None,
            ),
        ] {
            let server = smtp(text);
            assert_eq!(
                (server.host.as_str(), server.port, server.tls),
                (host, port, tls),
                "{text}"
            );
            assert_eq!(server.user.as_deref(), user, "{text}");
        }
    }

    #[test]
    fn only_this_computer_is_here() {
        for (text, here) in [
            ("smtp://localhost", true),
            ("smtp://127.0.0.2:2525", true),
            ("smtp://[::1]", true),
            ("smtp://localhost.example.com", false),
            ("smtp://192.0.2.1", false),
            ("smtp://127.0.0.1.example.com", false),
        ] {
            assert_eq!(smtp(text).is_here(), here, "{text}");
        }
    }

    #[test]
    fn a_password_is_refused_and_not_repeated() {
        for text in [
            "smtp://ana:hunter2@mail.example.com",
            "smtps://ana@example.com:hunter2@mail.example.com",
            "smtp://ana:hunter2",
            "smtp://mail.example.com:hunter2",
            "hunter2",
        ] {
            let error = text.parse::<Route>().unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        let error = "smtp://ana:@mail.example.com".parse::<Route>().unwrap_err();
        assert_eq!(error, RouteError::Password);
    }

    #[test]
    fn programs_and_folders_are_routes_too() {
        for (text, shown) in [
            ("sendmail", "sendmail:/usr/sbin/sendmail"),
            ("sendmail:/opt/bin/msmtp", "sendmail:/opt/bin/msmtp"),
            ("folder:/var/tmp/out", "folder:/var/tmp/out"),
        ] {
            assert_eq!(text.parse::<Route>().unwrap().to_string(), shown);
        }
        for text in [
            "",
            "smtp:",
            "smtp://",
            "sendmail:",
            "folder",
            "http://mail.example.com",
        ] {
            assert!(text.parse::<Route>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_or_makes_a_host_with_odd_characters(text in "(smtps?://)?\\PC{0,40}") {
            if let Ok(Route::Smtp(server)) = text.parse() {
                prop_assert!(!server.host.contains(['/', '@', ' ', '\r', '\n']));
                prop_assert_eq!(smtp(&server.to_string()).host, server.host);
            }
        }
    }
}
