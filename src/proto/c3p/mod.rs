//! C3P, the language of the Focus Factory ([MS-CONFPRO]): requests and responses, as values and as
//! XML, for both sides. What no document or trace confirms is marked where it is, and listed in
//! [`crate::proto`].

mod address;
mod answer;
mod capabilities;
mod command;
mod conference_info;
mod description;
mod encryption_key;
mod foreign;
mod join_link;
mod mask;
mod passcode;
mod request;
mod response;
#[cfg(test)]
mod round_trip;
mod value;
mod vocabulary;

use std::str::FromStr;

use crate::proto::words::closed_words;

use crate::xml::XmlError;

pub use address::{ON_BEHALF_OF, focus_factory_uri, focus_parts, focus_uri};
pub use answer::{Answer, Form};
pub use capabilities::{AccessNumber, Capabilities, CapabilityNamespace, PstnBridging, Region};
pub use command::Command;
pub use conference_info::{ConferenceInfo, EntityView, User};
pub use description::{Description, PstnAccess};
pub use encryption_key::Certificate;
pub use foreign::Foreign;
pub use join_link::{JoinLink, Scheme};
pub use mask::mask;
pub use passcode::{Envelope, KeyPair, PasscodeError, open, seal};
pub use request::Request;
pub use response::Response;
pub use vocabulary::{AdmissionPolicy, Code, CommandName, McuType, Reason, Role};

/// Content-Type of a SIP body in C3P ([MS-CONFPRO] 4).
pub const CONTENT_TYPE: &str = "application/cccp+xml";

/// Most bytes of a request that are read.
pub const BODY_CAP: usize = 1 << 20;

/// Most bytes of an answer that are read, a list of all conferences included: as many as are taken of
/// a SIP body.
pub const ANSWER_CAP: usize = 2 << 20;
/// Most bytes of a conference that a Focus Factory keeps: what is read in one answer, less some for
/// what is around it. (GUESS)
pub const DOCUMENT_CAP: usize = BODY_CAP - 64 * 1024;

/// The reserved conference-id of everybody's assigned conference on OCS 2007 R2.
// [U] Printed with these 31 characters in Microsoft's documentation, where 32 are likely.
pub const ASSIGNED_ID: &str = "3814A82809A34ED0958CFDB60957BDF";

/// C3P envelope and commands ([MS-CONFPRO] 2.2.2).
const CCCP: &str = "urn:ietf:params:xml:ns:cccp";
/// RFC 4575 data model.
const CI: &str = "urn:ietf:params:xml:ns:conference-info";
/// The separator between product generations ([MS-CONFBAS] 6.3.1).
const CIS: &str = "urn:ietf:params:xml:ns:conference-info-separator";
/// Microsoft's extensions of the data model ([MS-CONFPRO] 2.2.2).
const MSCI: &str = "http://schemas.microsoft.com/rtc/2005/08/confinfoextensions";
/// Lync's extensions of the data model ([MS-CONFPRO] 2.2.3).
const MSCI2: &str = "http://schemas.microsoft.com/rtc/2008/12/confinfoextensions";
/// Microsoft's extensions of C3P ([MS-CONFPRO] 2.2.3).
const MSCP: &str = "http://schemas.microsoft.com/rtc/2005/08/cccpextensions";

closed_words! {
    /// The product generation that is spoken to. Later ones know all elements of earlier ones, but
    /// for the passcode, which Lync has given up.
    Dialect {
        /// Office Communications Server 2007: no dial-in, no capabilities.
        Ocs2007 = "ocs2007",
        /// Office Communications Server 2007 R2: dial-in, passcodes.
        Ocs2007R2 = "ocs2007r2",
        /// Lync Server 2010 and everything after it: lobby, join URLs, no passcodes.
        Lync = "lync",
    }
}

/// The text named no dialect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no dialect: expected ocs2007, ocs2007r2 or lync")]
pub struct DialectError(pub String);

impl FromStr for Dialect {
    type Err = DialectError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).ok_or_else(|| DialectError(text.to_owned()))
    }
}

/// Why a body was not understood. A Focus Factory answers the first four with SIP 400 and no body
/// ([MS-CONFPRO] 3.2.5.1); to a client all of them are the pool's mistake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not well-formed, or not within bounds.
    #[error("the C3P body could not be read: {0}")]
    Xml(#[from] XmlError),
    /// Another document.
    #[error("expected a C3P body with the root '{expected}', got '{found}'")]
    Root {
        /// `request` or `response`.
        expected: &'static str,
        /// Local name of the root that came.
        found: String,
    },
    /// None of the eight commands.
    #[error("'{0}' is not a C3P command known here")]
    UnknownCommand(String),
    /// A mandatory attribute, element or command is not there, or its value has no meaning.
    #[error("expected {what} in the C3P body, got {found}")]
    Syntax {
        /// Name of the attribute or element, and what it should be.
        what: &'static str,
        /// What came, cut short; `nothing` when it is missing.
        found: String,
    },
    /// A code that no Focus Factory may send ([MS-CONFPRO] 2.2.3), such as `pending`.
    #[error("expected the code success or failure from the pool, got '{0}'")]
    Code(String),
    /// The response belongs to another request.
    #[error("expected a C3P response with {what} '{expected}', got '{found}'")]
    NotOurs {
        /// Name of the attribute or element that differs.
        what: &'static str,
        /// What the request says.
        expected: String,
        /// What the response says.
        found: String,
    },
}

impl Error {
    fn missing(what: &'static str) -> Self {
        let found = "nothing".to_owned();
        Self::Syntax { what, found }
    }

    fn invalid(what: &'static str, found: &str) -> Self {
        let found = format!("'{}'", excerpt(found));
        Self::Syntax { what, found }
    }
}

/// Enough of a foreign text for a message.
fn excerpt(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_are_written_as_they_are_read() {
        for &dialect in Dialect::ALL {
            assert_eq!(dialect.to_string().parse(), Ok(dialect));
        }
        let refused = "skype".parse::<Dialect>().unwrap_err();
        assert_eq!(
            refused.to_string(),
            "'skype' is no dialect: expected ocs2007, ocs2007r2 or lync"
        );
    }
}
