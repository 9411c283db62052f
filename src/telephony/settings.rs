//! `[dialling]` of the settings: how telephones are told where to call and what to key in.

use serde::{Deserialize, Serialize};

use crate::telephony::DialString;
use crate::when::ZoneError;

/// What telephones are told, where it is not the usual.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// 1 to 10 commas, of about two seconds each, that wait for the answer; none: two.
    pub pause: Option<Pause>,
    /// What ends the Conference ID, `#`, `*` or nothing; none: `#`.
    pub terminator: Option<Terminator>,
    /// Whether the passcode is keyed in as well; none: no.
    pub passcode: Option<bool>,
}

impl Settings {
    /// The keys that are pressed.
    pub fn dial_string(&self) -> DialString {
        let usual = DialString::default();
        DialString {
            pause: self.pause.clone().map_or(usual.pause, |pause| pause.0),
            terminator: self
                .terminator
                .clone()
                .map_or(usual.terminator, |terminator| terminator.0),
            passcode: self.passcode.unwrap_or(usual.passcode),
        }
    }
}

/// 1 to 10 commas.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct Pause(String);

/// `#`, `*` or nothing.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct Terminator(String);

/// A setting of `[dialling]` or `[people]` that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// Not 1 to 10 commas.
    #[error("the pause is '{0}': expected 1 to 10 commas, of about two seconds each")]
    Pause(String),
    /// A semicolon (google/WebFundamentals#6826).
    #[error(
        "the pause is '{0}': Android takes the digits behind a ';' for a part of the number; use commas, of about two seconds each"
    )]
    Semicolon(String),
    /// Another key than `#` and `*`, or more than one.
    #[error("the terminator is '{0}': expected \"#\", \"*\" or \"\"")]
    Terminator(String),
    /// A key of `[people]` that is nobody.
    #[error("'{0}' is nobody: expected an address, a domain, or *. and a domain")]
    Nobody(String),
    /// A telephone number without its country.
    #[error("the phone is '{0}': expected a number with + and its country code")]
    Phone(String),
    /// No time zone.
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// No language tag.
    #[error("the language is '{0}': expected a tag like en or en-GB")]
    Language(String),
}

impl TryFrom<String> for Pause {
    type Error = SettingError;

    fn try_from(text: String) -> Result<Self, SettingError> {
        match text {
            text if text.contains(';') => Err(SettingError::Semicolon(text)),
            text if (1..=10).contains(&text.len()) && text.bytes().all(|b| b == b',') => {
                Ok(Self(text))
            }
            text => Err(SettingError::Pause(text)),
        }
    }
}

impl TryFrom<String> for Terminator {
    type Error = SettingError;

    fn try_from(text: String) -> Result<Self, SettingError> {
        match text.as_str() {
            "#" | "*" | "" => Ok(Self(text)),
            _ => Err(SettingError::Terminator(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_is_two_commas_and_a_hash() {
        let settings: Settings = toml::from_str("").unwrap();
        assert_eq!(settings.dial_string(), DialString::default());
    }

    #[test]
    fn settings_are_read_and_written_back() {
        let text = "pause = \",,,\"\nterminator = \"\"\npasscode = true\n";
        let settings: Settings = toml::from_str(text).unwrap();
        let dial_string = settings.dial_string();
        assert_eq!(
            (
                dial_string.pause.as_str(),
                dial_string.terminator.as_str(),
                dial_string.passcode
            ),
            (",,,", "", true)
        );
        assert_eq!(toml::to_string(&settings).unwrap(), text);
    }

    #[test]
    fn what_telephones_can_not_be_told_is_refused_with_the_reason() {
        for (text, reason) in [
            ("pause = \";\"", "Android"),
            ("pause = \"\"", "1 to 10 commas"),
            ("pause = \",,,,,,,,,,,\"", "1 to 10 commas"),
            ("pause = \"p\"", "1 to 10 commas"),
            ("terminator = \"##\"", "expected \"#\""),
            ("terminator = \"1\"", "expected \"#\""),
            ("pin = \"1234\"", "unknown field `pin`"),
        ] {
            let error = toml::from_str::<Settings>(text).unwrap_err();
            assert!(error.message().contains(reason), "{text}: {error}");
        }
        let error = toml::from_str::<Settings>("passcode = true\npause = \";\"\n").unwrap_err();
        assert_eq!(error.span().map(|span| span.start), Some(24), "{error}");
    }
}
