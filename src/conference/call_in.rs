//! How people get into a conference: links, numbers, Conference ID, passcode.

use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// Everything a person needs in order to join.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallIn {
    /// Link for the program on the desk: `meet:sip:…` (Live Meeting) or `conf:sip:…` (Communicator).
    pub client_link: String,
    /// `https://…` join page; Lync and later only.
    pub web_link: Option<String>,
    /// The telephone way in; none when dial-in is off.
    pub dial_in: Option<DialIn>,
    /// What anonymous people key in or have in their link.
    pub passcode: Option<Passcode>,
}

/// The telephone way into a conference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialIn {
    /// Conference ID: the digits that callers key in. Assigned by the pool, never parsed.
    pub conference_id: String,
    /// Numbers to call, the organizer's region first, then in the pool's order. Never empty.
    pub numbers: Vec<AccessNumber>,
    /// Dial-In Conferencing Settings page for callers: all numbers, PIN.
    pub settings_page: Option<String>,
}

/// A telephone number of the pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessNumber {
    /// As the pool writes it, for people: `+1 425 555 0100`.
    pub display: String,
    /// The dial-in region it belongs to.
    pub region: String,
    /// BCP 47 tags of the languages spoken there, the primary one first; may be empty.
    pub languages: Vec<String>,
}

impl AccessNumber {
    /// The number without separators, for `tel:` and dial strings: `+14255550100`.
    pub fn dialable(&self) -> String {
        self.display
            .chars()
            .filter(|c| c.is_ascii_digit() || *c == '+')
            .collect()
    }
}

/// Passcode of a conference. Ours have 4 to 16 decimal digits, so that they can be keyed in on a
/// telephone. Written out only where the invitation is: into the diary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Passcode(Secret);

/// The text was no passcode. It is not repeated here: it may be somebody's secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the passcode must be 4 to 16 digits")]
pub struct PasscodeError;

impl Passcode {
    /// Accepts 4 to 16 ASCII digits.
    pub fn parse(text: &str) -> Result<Self, PasscodeError> {
        let right = (4..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if right {
            Ok(Self(Secret::from(text)))
        } else {
            Err(PasscodeError)
        }
    }

    /// A passcode that somebody else's program made: letters are possible without phone callers.
    pub fn of_pool(text: &str) -> Result<Self, PasscodeError> {
        let right =
            (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
        if right {
            Ok(Self(Secret::from(text)))
        } else {
            Err(PasscodeError)
        }
    }

    /// The digits, for an invitation that the user asked for.
    pub fn digits(&self) -> &str {
        self.0.expose()
    }
}

impl TryFrom<String> for Passcode {
    type Error = PasscodeError;

    fn try_from(text: String) -> Result<Self, PasscodeError> {
        Self::of_pool(&text)
    }
}

impl From<Passcode> for String {
    fn from(passcode: Passcode) -> Self {
        passcode.digits().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialable_number_keeps_digits_and_plus() {
        let number = AccessNumber {
            display: "+1 (425) 555-0100".into(),
            region: "North America".into(),
            languages: vec![],
        };
        assert_eq!(number.dialable(), "+14255550100");
    }

    #[test]
    fn a_passcode_never_prints_itself() {
        let passcode = Passcode::parse("20260322").unwrap();
        assert_eq!(format!("{passcode:?}"), "Passcode((redacted))");
        assert_eq!(Passcode::parse("12a4"), Err(PasscodeError));
        assert_eq!(Passcode::parse("123"), Err(PasscodeError));
    }
}
