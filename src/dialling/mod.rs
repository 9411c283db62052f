//! What a telephone is told: the number, pauses, the Conference ID.

use crate::conference::{AccessNumber, DialIn, Passcode};

/// How the telephones of the people here want to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// What waits for the answer: commas, of about two seconds each.
    pub pause: String,
    /// What ends the Conference ID, `#` or nothing.
    pub terminator: String,
    /// Whether the passcode is keyed in as well. A PIN never is.
    pub passcode: bool,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            pause: ",,".to_owned(),
            terminator: "#".to_owned(),
            passcode: false,
        }
    }
}

impl Keys {
    /// `+14255550100,,1234567`: fit for a `tel:` link, where a `#` would begin a fragment.
    pub fn link(&self, number: &AccessNumber, dial_in: &DialIn) -> String {
        format!(
            "{}{}{}",
            number.dialable(),
            self.pause,
            digits(&dial_in.conference_id)
        )
    }

    /// `+14255550100,,1234567#`: for people and for the telephones that find it in a text.
    pub fn text(
        &self,
        number: &AccessNumber,
        dial_in: &DialIn,
        passcode: Option<&Passcode>,
    ) -> String {
        let mut text = self.link(number, dial_in) + &self.terminator;
        if let Some(passcode) = passcode.filter(|_| self.passcode) {
            text += &format!("{}{}{}", self.pause, passcode.digits(), self.terminator);
        }
        text
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
