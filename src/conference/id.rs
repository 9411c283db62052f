//! The conference-id: the key of a conference on its pool.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Conference-id: 8 to 32 ASCII letters and digits ([MS-CONFPRO] 2.2.1.2). Made by the client,
/// so a repeated request can be recognised. Not the number that callers dial.
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
