//! Signing in, and signing every message after that: what is the same on both sides of the wire.
//!
//! ```text
//! client                                              pool
//!   |  REGISTER                                         |
//!   |-------------------------------------------------->|
//!   |  401, one challenge per Scheme, with its Version  |
//!   |<--------------------------------------------------|
//!   |  REGISTER, gssapi-data=""                         |
//!   |-------------------------------------------------->|  ntlm::challenge
//!   |  401, opaque, gssapi-data=CHALLENGE               |
//!   |<--------------------------------------------------|
//!   |  ntlm::respond -> AUTHENTICATE, Keys              |
//!   |  REGISTER, gssapi-data=AUTHENTICATE, response     |
//!   |-------------------------------------------------->|  ntlm::verify -> Identity, Keys
//!   |  200, rspauth                                     |  Keys::sign
//!   |<--------------------------------------------------|
//!   |  Keys::verify, ReplayWindow::accept               |
//! ```
//!
//! From there on each side signs what it sends: [`SignatureFields::buffer`] gives the bytes,
//! [`Keys::sign`] the [`Signature`]. [`Keys`] know whose they are, so one call signs as the client
//! for the client and as the server for the server. Clock, randomness and network stay outside.

use std::str::FromStr;

mod account;
pub mod ntlm;
mod ntlm_flags;
mod ntlm_keys;
mod ntlm_messages;
mod ntlm_password;
mod ntlm_target;
mod replay;
mod signature;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod vectors_session;

use crate::proto::words::closed_words;

pub use account::{Account, LoginError};
pub use ntlm_keys::Keys;
pub use ntlm_password::NtHash;
pub use ntlm_target::{FileTime, TargetNames};
pub use replay::ReplayWindow;
pub use signature::{Signature, SignatureError, SignatureFields};

closed_words! {
    /// A way to sign in, the first word of a challenge ([MS-SIPAE] 2.2). Prints as on the wire and in
    /// the signature buffer.
    Scheme {
        /// NT LAN Manager: user name and password.
        Ntlm = "NTLM",
        /// A ticket of the Windows domain.
        Kerberos = "Kerberos",
        /// A client certificate issued by the pool; Lync 2010 and later.
        TlsDsk = "TLS-DSK",
    }
}

/// The word named no scheme of these pools.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a way to sign in: expected NTLM, Kerberos or TLS-DSK")]
pub struct UnknownScheme(pub String);

impl FromStr for Scheme {
    type Err = UnknownScheme;

    /// Reads the word in either case (RFC 3261 25.1: schemes are tokens).
    fn from_str(text: &str) -> Result<Self, UnknownScheme> {
        Self::parse_any_case(text).ok_or_else(|| UnknownScheme(text.to_owned()))
    }
}

/// Version of the authentication protocol, the `version` parameter of a challenge
/// ([MS-SIPAE] 2.2). Decides what is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// Live Communications Server 2005; the parameter is absent. 13 signed values.
    V2,
    /// OCS 2007. 16 signed values; the AUTHENTICATE message goes unsigned.
    V3,
    /// OCS 2007 after the update of KB 950559, and everything later. AUTHENTICATE is signed too.
    V4,
}

/// The `version` parameter was no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not an authentication version: expected 2, 3, 4 or a later one")]
pub struct VersionError(pub String);

impl Version {
    /// Reads the parameter; `None` stands for an absent one. Later versions are answered as 4.
    pub fn from_parameter(value: Option<&str>) -> Result<Self, VersionError> {
        let Some(text) = value else {
            return Ok(Self::V2);
        };
        match text.parse::<u32>() {
            Ok(2) => Ok(Self::V2),
            Ok(3) => Ok(Self::V3),
            // [INF] No later version is known.
            Ok(4..) => Ok(Self::V4),
            _ => Err(VersionError(text.to_owned())),
        }
    }

    /// The parameter to write, without quotes; version 2 has none.
    pub fn parameter(self) -> Option<&'static str> {
        match self {
            Self::V2 => None,
            Self::V3 => Some("3"),
            Self::V4 => Some("4"),
        }
    }

    /// Whether the message that carries AUTHENTICATE is itself signed.
    pub fn signs_authenticate(self) -> bool {
        self == Self::V4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_read_in_either_case_and_print_as_on_the_wire() {
        for &scheme in Scheme::ALL {
            assert_eq!(scheme.to_string().to_lowercase().parse(), Ok(scheme));
        }
        let printed = Scheme::ALL
            .iter()
            .map(Scheme::to_string)
            .collect::<Vec<_>>();
        assert_eq!(printed, ["NTLM", "Kerberos", "TLS-DSK"]);
        assert!("Digest".parse::<Scheme>().is_err());
    }

    #[test]
    fn an_absent_version_is_two_and_a_later_one_is_four() {
        assert_eq!(Version::from_parameter(None), Ok(Version::V2));
        assert_eq!(Version::from_parameter(Some("3")), Ok(Version::V3));
        assert_eq!(Version::from_parameter(Some("7")), Ok(Version::V4));
        for text in ["", "0", "1", "-4", "four", "99999999999"] {
            assert!(Version::from_parameter(Some(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_written_version_reads_as_itself() {
        for version in [Version::V2, Version::V3, Version::V4] {
            assert_eq!(Version::from_parameter(version.parameter()), Ok(version));
        }
    }
}
