//! How people get into a conference: links, numbers, Conference ID, passcode.

use serde::{Deserialize, Serialize};

use crate::conference::DialInId;
use crate::conference::offer::put_first;
use crate::secret::Secret;

/// Everything a person needs in order to join.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaysIn {
    /// Link for the program on the desk: `meet:sip:…` (Live Meeting) or `conf:sip:…` (Communicator,
    /// Lync, Skype for Business); empty where the web link opens it.
    pub client_link: String,
    /// Which program that is; none: noted by a version that did not tell them apart, see
    /// [`Conference::client`](crate::conference::Conference::client).
    #[serde(default)]
    pub client: Option<Client>,
    /// `https://…` join page; not on Office Communications Server.
    pub web_link: Option<String>,
    /// The telephone way in; none when dial-in is off.
    pub dial_in: Option<DialIn>,
    /// What anonymous people key in or have in their link.
    pub passcode: Option<Passcode>,
    /// For people who type at a computer instead of clicking; not on pools.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_id: Option<JoinId>,
}

/// The program on the desk that a service's meetings are joined with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Client {
    /// Live Meeting console and Communicator, up to 2007 R2: they have a field for the address of a
    /// conference.
    Communicator,
    /// Lync, Skype for Business.
    Lync,
    /// Whichever the web link opens.
    Browser,
}

/// What people type into the program on their desk. Telephones know nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinId {
    /// Meeting ID: digits, as the service gives them.
    pub id: String,
    /// What it asks for then.
    pub passcode: Option<Passcode>,
}

impl WaysIn {
    /// Puts the numbers of a dial-in region first, if there are some.
    pub fn put_region_first(&mut self, region: Option<&str>) {
        if let (Some(dial_in), Some(region)) = (&mut self.dial_in, region) {
            put_first(&mut dial_in.numbers, region);
        }
    }

    /// The same for people who are told the passcode another way: without it, and without the part of
    /// a link that holds it, `?conf-key=`, with the `?` written out or not.
    pub fn without_passcode(&self) -> Self {
        Self {
            client_link: without_key(&self.client_link),
            client: self.client,
            web_link: self.web_link.as_deref().map(without_key),
            dial_in: self.dial_in.clone(),
            passcode: None,
            join_id: self.join_id.clone().map(|join_id| JoinId {
                passcode: None,
                ..join_id
            }),
        }
    }
}

fn without_key(link: &str) -> String {
    let lower = link.to_ascii_lowercase();
    let at = ["%3fconf-key=", "?conf-key=", "&conf-key="]
        .iter()
        .find_map(|key| lower.find(key));
    at.and_then(|at| link.get(..at)).unwrap_or(link).to_owned()
}

/// The telephone way into a conference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialIn {
    /// What callers key in.
    #[serde(rename = "conference_id")]
    pub id: DialInId,
    /// Numbers to call, the organizer's region first, then in the service's order. Never empty.
    pub numbers: Vec<AccessNumber>,
    /// Dial-In Conferencing Settings page for callers: all numbers, PIN.
    pub settings_page: Option<String>,
}

/// A telephone number of the pool.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AccessNumber {
    /// As the pool writes it, for people: `+1 425 555 0100`.
    pub display: String,
    /// The dial-in region it belongs to.
    pub region: String,
    /// BCP 47 tags of the languages spoken there, the primary one first; may be empty.
    pub languages: Vec<String>,
}

impl AccessNumber {
    /// What is dialled, for `tel:` and dial strings: digits, and a `+` before an international
    /// number: `+14255550100`. Empty when the display form holds no digit.
    ///
    /// The `(0)` of `+44 (0)20 7946 0123` is left out: it is dialled inside the country only (ITU-T
    /// E.123 4). So is an extension (see [`Self::extension`]) and a second number.
    pub fn dialable(&self) -> String {
        let (number, _) = self.split();
        match number.split_once('+') {
            Some((_, abroad)) => {
                let first = abroad.split('+').next().unwrap_or_default();
                match digits(&first.replacen("(0)", "", 1)) {
                    none if none.is_empty() => none,
                    digits => format!("+{digits}"),
                }
            }
            None => digits(&number),
        }
    }

    /// The extension that a switchboard asks for, digits: `5` of `tel:+14255550100;ext=5`.
    pub fn extension(&self) -> Option<String> {
        let (_, extension) = self.split();
        let rest = extension?;
        let begins = rest.find(|c: char| c.is_ascii_digit())?;
        let run = rest.get(begins..)?;
        let ends = run.find(|c: char| !c.is_ascii_digit());
        Some(run.get(..ends.unwrap_or(run.len()))?.to_owned())
    }

    /// The number, and what follows the first mark of an extension or of a parameter (RFC 3966 3).
    fn split(&self) -> (String, Option<String>) {
        let plain: String = self.display.chars().map(narrow).collect();
        for mark in ["ext", "x", "#", ";"] {
            if let Some((number, rest)) = plain.split_once(mark)
                && number.contains(|c: char| c.is_ascii_digit())
            {
                let number = number.split(';').next().unwrap_or_default();
                return (
                    number.to_owned(),
                    Some(rest.to_owned()).filter(|_| mark != ";"),
                );
            }
        }
        (plain, None)
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// ASCII in lower case for the full-width forms of East Asian keyboards (Unicode block FF00).
fn narrow(c: char) -> char {
    let narrow = match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        c => c,
    };
    narrow.to_ascii_lowercase()
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
    fn a_dialable_number_is_what_a_telephone_can_be_told() {
        for (display, dialable, extension) in [
            ("+1 (425) 555-0100", "+14255550100", None),
            ("+44 (0)20 7946 0123", "+442079460123", None),
            ("+44(0)2079460123", "+442079460123", None),
            ("(0)20 7946 0123", "02079460123", None),
            ("+39 06 5550 0100", "+390655500100", None),
            ("tel:+14255550100;ext=5", "+14255550100", Some("5")),
            (
                "tel:+14255550100;phone-context=example.com",
                "+14255550100",
                None,
            ),
            ("+1 425 555 0100 x 22 (desk 3)", "+14255550100", Some("22")),
            ("+1 425 555 0100 Ext. 22", "+14255550100", Some("22")),
            ("+1 425 555 0100 / +44 20 7946 0123", "+14255550100", None),
            ("Toll 1: +1 425 555 0100", "+14255550100", None),
            ("＋４４ ２０ ７９４６ ０１２３", "+442079460123", None),
            ("Reception 100", "100", None),
            ("Extension 100", "100", None),
            ("Ask the reception +", "", None),
            ("", "", None),
        ] {
            let number = AccessNumber {
                display: display.into(),
                region: "North America".into(),
                languages: vec![],
            };
            assert_eq!(number.dialable(), dialable, "{display}");
            assert_eq!(number.extension().as_deref(), extension, "{display}");
        }
    }

    #[test]
    fn a_passcode_never_prints_itself() {
        let passcode = Passcode::parse("20260322").unwrap();
        assert_eq!(format!("{passcode:?}"), "Passcode((redacted))");
        assert_eq!(Passcode::parse("12a4"), Err(PasscodeError));
        assert_eq!(Passcode::parse("123"), Err(PasscodeError));
    }
}
