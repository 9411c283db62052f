//! The ids of a conference: its key on the pool, the digits that callers key in, and the token that
//! whoever asks for a conference is known by.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::hex::hex;

/// The key of a conference on its service: 1 to 512 ASCII letters, digits and characters that stand for
/// themselves in a shell. A pool's have 8 to 32
/// letters and digits ([MS-CONFPRO] 2.2.1.2), and are made by the client. Not what callers key in: that
/// is a [`DialInId`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct MeetingId(String);

/// The text was no meeting id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a meeting id: expected {1}")]
pub struct MeetingIdError(pub String, &'static str);

impl MeetingId {
    /// Longest key of any service, in characters.
    const LONGEST: usize = 512;

    /// Accepts the key that some service gave.
    pub fn parse(text: &str) -> Result<Self, MeetingIdError> {
        let right = (1..=Self::LONGEST).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_=*+/.:@,".contains(&b));
        match right {
            true => Ok(Self(text.to_owned())),
            false => Err(MeetingIdError(
                text.to_owned(),
                "up to 512 letters, digits and -_=*+/.:@,",
            )),
        }
    }

    /// Accepts exactly what a pool accepts, which is what people type in.
    pub fn of_pool(text: &str) -> Result<Self, MeetingIdError> {
        let right =
            (8..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
        match right {
            true => Ok(Self(text.to_owned())),
            false => Err(MeetingIdError(
                text.to_owned(),
                "8 to 32 letters and digits",
            )),
        }
    }

    /// The 32 upper-case hexadecimal digits that OCS 2007 and 2007 R2 clients use.
    pub fn hexadecimal(token: &Token) -> Self {
        Self(hex(&token.0).to_ascii_uppercase())
    }

    /// The 8 upper-case base-36 characters that Lync and Skype for Business clients use.
    pub fn short(token: &Token) -> Self {
        const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let [a, b, c, d, e, f, g, h, ..] = token.0;
        let mut rest = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        let mut text = String::with_capacity(8);
        for _ in 0..8 {
            text.push(char::from(ALPHABET[(rest % 36) as usize]));
            rest /= 36;
        }
        Self(text)
    }

    /// The id in a link to a conference's focus, `meet:sip:…;opaque=app:conf:focus:id:ID`, in which
    /// characters may be percent-encoded; none: it leads to no focus.
    pub fn of_link(link: &str) -> Option<Self> {
        const MARK: &str = "focus:id:";
        let plain = link.replace("%3A", ":").replace("%3a", ":");
        let at = plain.to_ascii_lowercase().find(MARK)?;
        let rest = plain.get(at + MARK.len()..)?;
        let ends = rest.find(|c: char| !c.is_ascii_alphanumeric());
        Self::of_pool(rest.get(..ends.unwrap_or(rest.len()))?).ok()
    }

    /// In large letters, as pools compare it. Elsewhere no two differ by that alone.
    pub fn folded(&self) -> String {
        self.0.to_ascii_uppercase()
    }

    /// Whether both are the same: pools don't tell upper case from lower.
    pub fn is(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }

    /// The id as it goes over the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The idempotency key of whoever asks for a conference: 16 random bytes, written as 32 lower-case
/// hexadecimal digits. The same token is the same conference, however often it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Token([u8; 16]);

/// The text was no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a token: expected 32 hexadecimal digits")]
pub struct TokenError(pub String);

impl Token {
    /// Takes 16 random bytes.
    pub fn new(random: [u8; 16]) -> Self {
        Self(random)
    }

    /// The token of which [`MeetingId::hexadecimal`] or [`MeetingId::short`] make this id; none: they
    /// make no such id.
    pub fn of_id(id: &MeetingId) -> Option<Self> {
        if let Ok(token) = Self::try_from(id.0.to_ascii_lowercase()) {
            return Some(token);
        }
        let mut digits = id.0.bytes().rev().map(|b| char::from(b).to_digit(36));
        let number = digits.try_fold(0, |number: u64, digit| {
            number.checked_mul(36)?.checked_add(u64::from(digit?))
        })?;
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        Some(Self(bytes)).filter(|token| MeetingId::short(token) == *id)
    }

    /// The bytes.
    pub fn bytes(&self) -> [u8; 16] {
        self.0
    }
}

impl TryFrom<String> for Token {
    type Error = TokenError;

    fn try_from(text: String) -> Result<Self, TokenError> {
        let digits = text.bytes().all(|b| b.is_ascii_hexdigit());
        let number = u128::from_str_radix(&text, 16);
        match number {
            Ok(number) if digits && text.len() == 32 => Ok(Self(number.to_be_bytes())),
            _ => Err(TokenError(text)),
        }
    }
}

impl From<Token> for String {
    fn from(token: Token) -> Self {
        hex(&token.0)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl TryFrom<String> for MeetingId {
    type Error = MeetingIdError;

    fn try_from(text: String) -> Result<Self, MeetingIdError> {
        Self::parse(&text)
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
#[serde(try_from = "String")]
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
        let long = MeetingId::hexadecimal(&Token([0xAB; 16]));
        assert_eq!(long.as_str(), "ABABABABABABABABABABABABABABABAB");
        let short = MeetingId::short(&Token([0xFF; 16]));
        assert_eq!(short.as_str().len(), 8);
        assert_eq!(MeetingId::of_pool(long.as_str()), Ok(long.clone()));
        assert_eq!(MeetingId::of_pool(short.as_str()), Ok(short.clone()));
    }

    #[test]
    fn an_id_leads_back_to_a_token_that_makes_it() {
        for token in [Token([0xAB; 16]), Token([0; 16]), Token([0xFF; 16])] {
            assert_eq!(Token::try_from(token.to_string()), Ok(token));
            for id in [MeetingId::hexadecimal(&token), MeetingId::short(&token)] {
                let back = Token::of_id(&id).unwrap();
                let made = [MeetingId::hexadecimal(&back), MeetingId::short(&back)];
                assert!(made.contains(&id), "{id}");
            }
        }
        let foreign = MeetingId::parse("lowercase1").unwrap();
        assert_eq!(Token::of_id(&foreign), None);
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
            assert!(MeetingId::of_pool(text).is_err(), "{text}");
        }
        let of_teams = "MSpkYzE3Njc0Yy04MWQ5KjAqKjE5Om1lZXRpbmdf==";
        assert!(MeetingId::parse(of_teams).is_ok());
        for text in [
            "",
            "a b",
            "a\n",
            "ä",
            "a';id;'",
            "$(id)",
            "a?b",
            &"A".repeat(513),
        ] {
            assert!(MeetingId::parse(text).is_err(), "{text}");
        }
    }
}
