//! Telephones: what they are told, what a number says of its country, and whose number is local.

mod country;
mod entry;
mod local;
mod number;
mod people;
mod settings;

pub use country::Country;
pub use entry::Entry;
pub use local::Locals;
pub use number::Telephone;
pub use people::{Location, People};
pub use settings::{SettingError, Settings};

use crate::conference::{AccessNumber, DialIn, Passcode};

/// How the telephones of the people here want to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialString {
    /// What waits for the answer: commas, of about two seconds each on iOS and Android
    /// (bigbluebutton/bigbluebutton#7458).
    pub pause: String,
    /// What ends the Conference ID: `#`, `*` or nothing.
    pub terminator: String,
    /// Whether the passcode is keyed in as well. A PIN never is.
    pub passcode: bool,
}

impl Default for DialString {
    fn default() -> Self {
        Self {
            pause: ",,".to_owned(),
            terminator: "#".to_owned(),
            passcode: false,
        }
    }
}

impl DialString {
    /// `+14255550100,,1234567`: fit for a `tel:` link, where a `#` would begin a fragment and
    /// Android drops it (google/WebFundamentals#6826). A switchboard is told the extension first.
    pub fn link(&self, number: &AccessNumber, dial_in: &DialIn) -> String {
        let extension = number
            .extension()
            .map(|digits| self.pause.clone() + &digits);
        format!(
            "{}{}{}{}",
            number.dialable(),
            extension.unwrap_or_default(),
            self.pause,
            dial_in.id
        )
    }

    /// `tel:+14255550100,,1234567`: the link as a URI, for href, CONFERENCE (RFC 7986 5.11) and QR
    /// codes; none for a number without a digit.
    pub fn uri(&self, number: &AccessNumber, dial_in: &DialIn) -> Option<String> {
        (!number.dialable().is_empty()).then(|| format!("tel:{}", self.link(number, dial_in)))
    }

    /// `+14255550100,,1234567#`: for people and for the telephones that find it in a text. A
    /// passcode with letters can't be keyed in and is left out.
    pub fn text(
        &self,
        number: &AccessNumber,
        dial_in: &DialIn,
        passcode: Option<&Passcode>,
    ) -> String {
        let mut text = self.link(number, dial_in) + &self.terminator;
        let passcode = passcode.map(Passcode::digits).filter(|_| self.passcode);
        if let Some(passcode) = passcode.filter(|p| p.bytes().all(|b| b.is_ascii_digit())) {
            text += &format!("{}{passcode}{}", self.pause, self.terminator);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::DialInId;

    fn dial_in(display: &str) -> DialIn {
        DialIn {
            id: DialInId::parse("123-4567").unwrap(),
            numbers: vec![AccessNumber {
                display: display.into(),
                region: String::new(),
                languages: vec![],
            }],
            settings_page: None,
        }
    }

    fn tell(dial_string: &DialString, display: &str, passcode: &str) -> (String, Option<String>) {
        let dial_in = dial_in(display);
        let passcode = Passcode::of_pool(passcode).ok();
        let text = dial_string.text(&dial_in.numbers[0], &dial_in, passcode.as_ref());
        (text, dial_string.uri(&dial_in.numbers[0], &dial_in))
    }

    #[test]
    fn a_telephone_is_told_digits_pauses_and_the_terminator() {
        let dial_string = |pause: &str, terminator: &str, passcode| DialString {
            pause: pause.into(),
            terminator: terminator.into(),
            passcode,
        };
        for (dial_string, display, passcode, text, uri) in [
            (
                DialString::default(),
                "+1 425 555 0100",
                "2026",
                "+14255550100,,1234567#",
                "tel:+14255550100,,1234567",
            ),
            (
                dial_string(",,,,", "", false),
                "+44 (0)20 7946 0123",
                "2026",
                "+442079460123,,,,1234567",
                "tel:+442079460123,,,,1234567",
            ),
            (
                dial_string(",", "*", true),
                "020 7946 0123",
                "2026",
                "02079460123,1234567*,2026*",
                "tel:02079460123,1234567",
            ),
            (
                dial_string(",,", "#", true),
                "+1 425 555 0100",
                "a2026",
                "+14255550100,,1234567#",
                "tel:+14255550100,,1234567",
            ),
            (
                dial_string(",,", "#", true),
                "+1 425 555 0100",
                "",
                "+14255550100,,1234567#",
                "tel:+14255550100,,1234567",
            ),
            (
                DialString::default(),
                "tel:+14255550100;ext=5",
                "",
                "+14255550100,,5,,1234567#",
                "tel:+14255550100,,5,,1234567",
            ),
        ] {
            assert_eq!(
                tell(&dial_string, display, passcode),
                (text.into(), Some(uri.into()))
            );
        }
        assert_eq!(tell(&DialString::default(), "Ask at the desk", "").1, None);
    }
}
