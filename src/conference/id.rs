//! The two ids of a conference: the key on its pool, and the digits that callers key in.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The conference-id: 8 to 32 ASCII letters and digits ([MS-CONFPRO] 2.2.1.2), 32 hexadecimal digits
/// on Office Communications Server. Made by the client, so that a repeated request can be recognised.
/// Not what callers key in: that is a [`DialInId`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MeetingId(String);

/// The text was no conference-id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a conference-id: expected 8 to 32 letters and digits")]
pub struct MeetingIdError(pub String);

impl MeetingId {
    /// Accepts exactly what the pool accepts.
    pub fn parse(text: &str) -> Result<Self, MeetingIdError> {
        let right =
            (8..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
        if right {
            Ok(Self(text.to_owned()))
        } else {
            Err(MeetingIdError(text.to_owned()))
        }
    }

    /// The 32 upper-case hexadecimal digits that OCS 2007 and 2007 R2 clients use.
    pub fn hexadecimal(random: [u8; 16]) -> Self {
        Self(random.iter().map(|b| format!("{b:02X}")).collect())
    }

    /// The 8 upper-case base-36 characters that Lync and Skype for Business clients use.
    pub fn short(random: [u8; 8]) -> Self {
        const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let mut rest = u64::from_be_bytes(random);
        let mut text = String::with_capacity(8);
        for _ in 0..8 {
            text.push(char::from(ALPHABET[(rest % 36) as usize]));
            rest /= 36;
        }
        Self(text)
    }

    /// The id as it goes over the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for MeetingId {
    type Error = MeetingIdError;

    fn try_from(text: String) -> Result<Self, MeetingIdError> {
        Self::parse(&text)
    }
}

impl From<MeetingId> for String {
    fn from(id: MeetingId) -> Self {
        id.0
    }
}

impl fmt::Display for MeetingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Conference ID: the 1 to 32 digits that callers key in, assigned by the pool. Not the key of the
/// conference: that is a [`MeetingId`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DialInId(String);

/// The text was no Conference ID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a Conference ID: expected 1 to 32 digits")]
pub struct DialInIdError(pub String);

impl DialInId {
    /// Reads the digits; people write blanks and hyphens between them.
    pub fn parse(text: &str) -> Result<Self, DialInIdError> {
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let right = (1..=32).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        match right {
            true => Ok(Self(digits)),
            false => Err(DialInIdError(text.to_owned())),
        }
    }

    /// The digits, with nothing between them.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for DialInId {
    type Error = DialInIdError;

    fn try_from(text: String) -> Result<Self, DialInIdError> {
        Self::parse(&text)
    }
}

impl From<DialInId> for String {
    fn from(id: DialInId) -> Self {
        id.0
    }
}

impl fmt::Display for DialInId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_generations_of_ids_are_what_the_pool_accepts() {
        let long = MeetingId::hexadecimal([0xAB; 16]);
        assert_eq!(long.as_str(), "ABABABABABABABABABABABABABABABAB");
        let short = MeetingId::short([0xFF; 8]);
        assert_eq!(short.as_str().len(), 8);
        assert_eq!(MeetingId::parse(long.as_str()), Ok(long.clone()));
        assert_eq!(MeetingId::parse(short.as_str()), Ok(short.clone()));
    }

    #[test]
    fn what_callers_key_in_is_digits_and_nothing_else() {
        let read = |text: &str| DialInId::parse(text).map(|id| id.to_string()).ok();
        assert_eq!(read(" 123-4567 ").as_deref(), Some("1234567"));
        for text in ["", "-", "1a", "9$(touch x)", "１", "1\n", &"1".repeat(33)] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "1234567",
            "with space",
            "ÄÄÄÄÄÄÄÄ",
            &"A".repeat(33),
            "abc;defgh",
        ] {
            assert!(MeetingId::parse(text).is_err(), "{text}");
        }
    }
}
