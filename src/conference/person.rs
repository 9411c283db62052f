//! People: a mail address and perhaps a name.

use std::fmt;

use lettre::message::{Mailbox, Mailboxes};
use serde::{Deserialize, Serialize};

/// Somebody with a mail address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// `user@domain`, as given.
    pub address: String,
    /// Display name, when one is known.
    pub name: Option<String>,
}

/// The text was no mail address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a mail address: expected user@domain or \"Name <user@domain>\"")]
pub struct AddressError(pub String);

impl Person {
    /// Reads `user@domain` or `Name <user@domain>`; the name may be quoted.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let refused = || AddressError(text.to_owned());
        if text.chars().any(char::is_control) {
            return Err(refused());
        }
        let bare = text.trim();
        let bare = ["mailto:", "sip:"]
            .iter()
            .find_map(|scheme| bare.strip_prefix(scheme))
            .unwrap_or(bare);
        let mailbox: Mailbox = bare.parse().map_err(|_| refused())?;
        Ok(mailbox.into())
    }

    /// Reads several of them with commas between; an empty text names nobody.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, AddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        if !text.contains(',') {
            return Self::parse(text).map(|person| vec![person]);
        }
        let refused = || AddressError(text.to_owned());
        if text.chars().any(char::is_control) {
            return Err(refused());
        }
        let mailboxes: Mailboxes = text.parse().map_err(|_| {
            let parts = text.split(',').map(Self::parse);
            parts.filter_map(Result::err).next().unwrap_or_else(refused)
        })?;
        Ok(mailboxes.into_iter().map(Self::from).collect())
    }

    /// The name, or the address of somebody without one.
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.address)
    }

    /// The address as a URI (RFC 6068 2): its domain in ASCII, as the headers of a mail have it; what would
    /// begin another part of it, and what no URI may hold, is percent-encoded; control characters are dropped.
    pub fn mailto(&self) -> String {
        let mut uri = "mailto:".to_owned();
        let ascii = Some(&self.address).filter(|address| !address.is_ascii());
        let ascii = ascii.and_then(|address| in_ascii(address));
        for c in ascii
            .as_ref()
            .unwrap_or(&self.address)
            .chars()
            .filter(|c| !c.is_control())
        {
            match c {
                ' ' | '"' | '#' | '%' | '<' | '>' | '?' | '\\' | '^' | '`' | '{' | '|' | '}' => {
                    uri.push_str(&format!("%{:02X}", u32::from(c)));
                }
                c => uri.push(c),
            }
        }
        uri
    }

    /// Two people are the same when their addresses are, whatever the case and the spelling of the
    /// domain.
    pub fn is(&self, other: &Self) -> bool {
        let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        same(&self.address, &other.address)
            || !(self.address.is_ascii() && other.address.is_ascii())
                && match (in_ascii(&self.address), in_ascii(&other.address)) {
                    (Some(one), Some(other)) => same(&one, &other),
                    _ => false,
                }
    }

    /// What is equal where the people are the same, see [`Person::is`].
    pub fn key(&self) -> String {
        let ascii = Some(&self.address).filter(|address| !address.is_ascii());
        let ascii = ascii.and_then(|address| in_ascii(address));
        let address = ascii.unwrap_or_else(|| self.address.clone());
        address.to_ascii_lowercase()
    }
}

impl From<Mailbox> for Person {
    fn from(mailbox: Mailbox) -> Self {
        Self {
            address: mailbox.email.to_string(),
            name: mailbox.name.filter(|name| !name.trim().is_empty()),
        }
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => f.write_str(&self.address),
        }
    }
}

/// The same address with its domain in ASCII (IDNA, RFC 5890), as mail servers and headers take it;
/// none when it has no such domain.
pub fn in_ascii(address: &str) -> Option<String> {
    let (user, domain) = address.rsplit_once('@')?;
    let domain = idna::domain_to_ascii(domain).ok()?;
    (!domain.is_empty()).then(|| format!("{user}@{domain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_quoted_and_bare() {
        let quoted = Person::parse("\"Exemplar, Ana\" <ana@example.com>").unwrap();
        assert_eq!(quoted.name.as_deref(), Some("Exemplar, Ana"));
        assert_eq!(quoted.address, "ana@example.com");
        assert_eq!(
            Person::parse("bo@example.com").unwrap().label(),
            "bo@example.com"
        );
    }

    #[test]
    fn a_list_is_split_at_commas_outside_quotes() {
        let people =
            Person::parse_list("\"Exemplar, Ana\" <ana@example.com>, bo@example.com").unwrap();
        assert_eq!(people.len(), 2);
        assert_eq!(people[0].name.as_deref(), Some("Exemplar, Ana"));
        assert_eq!(Person::parse_list(" ").unwrap(), []);
        assert!(Person::parse_list("ana@example.com, bo").is_err());
    }

    #[test]
    fn people_are_the_same_where_their_keys_are() {
        let people = [
            "ana@example.com",
            "Ana@EXAMPLE.com",
            "ana@bücher.example",
            "ANA@xn--bcher-kva.example",
            "ana@BÜCHER.example",
            "ána@example.com",
            "bo@example.com",
        ];
        let person = |address: &str| Person {
            address: address.to_owned(),
            name: None,
        };
        for one in people.map(person) {
            for other in people.map(person) {
                assert_eq!(one.is(&other), one.key() == other.key(), "{one} {other}");
            }
        }
    }

    #[test]
    fn what_is_no_address_is_refused_by_name() {
        for text in [
            "ana",
            "ana@",
            "a b@example.com",
            "ana@example.com\r\nX-EVIL:1",
            "",
        ] {
            assert_eq!(Person::parse(text), Err(AddressError(text.to_owned())));
        }
    }
}
