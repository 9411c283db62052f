//! `[people]` of the settings: where the people are whom we invite, by address or domain.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::conference::AccessNumber;
use crate::telephony::{Country, SettingError, Telephone};
use crate::when;

/// What is known of people, by their address, their domain, or a domain above it.
///
/// ```toml
/// [people."ana@example.com"]
/// phone = "+44 20 7946 0999"
///
/// [people."*.example.co.uk"]
/// region = "United Kingdom"
/// language = "en-GB"
/// ```
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct People(BTreeMap<Who, Location>);

/// Where somebody is, and what they speak.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// The dial-in region to call, as the pool names it; whatever the case.
    pub region: Option<String>,
    /// A telephone number of theirs; it is not printed anywhere.
    pub phone: Option<Phone>,
    /// Their time zone, an IANA or Windows name.
    pub zone: Option<Zone>,
    /// The language they like to hear on the telephone, a BCP 47 tag.
    pub language: Option<Tag>,
}

/// An address, a domain, or `*.` and the domain above others; lower case.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(try_from = "String")]
struct Who(String);

/// A telephone number with its country code, as typed.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct Phone(String);

/// IANA name of a time zone.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct Zone(String);

/// BCP 47 tag of a language.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct Tag(String);

/// Longest domain (RFC 1035 2.3.4).
const LONGEST_DOMAIN: usize = 253;

impl People {
    /// What is known of an address: first of itself, then of its domain, then of the domains above,
    /// the nearest first. `*.example.com` does not speak of `example.com` itself.
    pub fn locations(&self, address: &str) -> Vec<&Location> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let address = address.to_ascii_lowercase();
        let domain = domain(&address);
        let above = domain
            .match_indices('.')
            .filter_map(|(dot, _)| domain.get(dot..));
        let above = above.map(|above| format!("*{above}"));
        let names = [address.clone(), domain.to_owned()]
            .into_iter()
            .chain(above);
        names.filter_map(|name| self.0.get(&Who(name))).collect()
    }
}

/// The domain of an address; empty when it has none, or none that could be real.
pub(super) fn domain(address: &str) -> &str {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    Some(domain)
        .filter(|domain| domain.len() <= LONGEST_DOMAIN)
        .unwrap_or_default()
}

impl Location {
    /// The country of the telephone or else of the zone.
    pub fn country(&self) -> Option<Country> {
        let phone = self.phone.as_ref().and_then(Phone::country);
        phone.or_else(|| Country::of_zone(&self.zone.as_ref()?.0))
    }

    /// The BCP 47 tag of their language.
    pub fn language(&self) -> Option<&str> {
        self.language.as_ref().map(|tag| tag.0.as_str())
    }
}

impl Phone {
    fn country(&self) -> Option<Country> {
        Telephone::parse(&dialable(&self.0)).country
    }
}

/// People type their numbers as pools do.
fn dialable(display: &str) -> String {
    let number = AccessNumber {
        display: display.to_owned(),
        region: String::new(),
        languages: Vec::new(),
    };
    number.dialable()
}

impl TryFrom<String> for Who {
    type Error = SettingError;

    fn try_from(text: String) -> Result<Self, SettingError> {
        let who = text.to_ascii_lowercase();
        let place = who.strip_prefix("*.").unwrap_or(&who);
        let place = match place.split_once('@') {
            Some(("", _)) => "",
            Some((_, domain)) if place == who => domain,
            _ => place,
        };
        let odd = |c: char| c.is_whitespace() || c.is_control() || ['@', '*', '/'].contains(&c);
        let is_domain = place.split('.').all(|label| !label.is_empty()) && !place.contains(odd);
        if is_domain && place.len() <= LONGEST_DOMAIN {
            Ok(Self(who))
        } else {
            Err(SettingError::Nobody(text))
        }
    }
}

impl TryFrom<String> for Phone {
    type Error = SettingError;

    fn try_from(text: String) -> Result<Self, SettingError> {
        let dialable = dialable(&text);
        if dialable.starts_with('+') && (5..=17).contains(&dialable.len()) {
            Ok(Self(text))
        } else {
            Err(SettingError::Phone(text))
        }
    }
}

impl TryFrom<String> for Zone {
    type Error = SettingError;

    fn try_from(text: String) -> Result<Self, SettingError> {
        let zone = when::zone(&text)?;
        Ok(Self(when::zone_name(&zone).map_or(text, str::to_owned)))
    }
}

impl TryFrom<String> for Tag {
    type Error = SettingError;

    fn try_from(text: String) -> Result<Self, SettingError> {
        let mut subtags = text.split('-');
        let language = subtags.next().unwrap_or_default();
        let is_language =
            (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_alphabetic());
        let is_subtag = |tag: &str| {
            (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        if is_language && subtags.all(is_subtag) {
            Ok(Self(text))
        } else {
            Err(SettingError::Language(text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_said_first() {
        let people: People = toml::from_str(
            "[\"Ana@Example.co.uk\"]\nregion = \"1\"\n[\"example.co.uk\"]\nregion = \"2\"\n\
             [\"*.example.co.uk\"]\nregion = \"3\"\n[\"*.co.uk\"]\nregion = \"4\"\n",
        )
        .unwrap();
        let regions = |address| {
            let known = people.locations(address).into_iter();
            known
                .filter_map(|known| known.region.clone())
                .collect::<String>()
        };
        assert_eq!(regions("ana@example.CO.UK"), "124");
        assert_eq!(regions("bo@example.co.uk"), "24");
        assert_eq!(regions("bo@mail.example.co.uk"), "34");
        assert_eq!(regions("bo@anexample.co.uk"), "4");
        assert_eq!(regions("bo@example.com"), "");
        assert_eq!(regions("bo"), "");
        let again: People = toml::from_str(&toml::to_string(&people).unwrap()).unwrap();
        assert_eq!(again, people);
    }

    #[test]
    fn what_can_not_be_is_refused() {
        for (text, reason) in [
            ("[\"*\"]\nregion = \"x\"", "'*' is nobody"),
            ("[\"ana@\"]\nregion = \"x\"", "is nobody"),
            ("[\"*.ana@example.com\"]\nregion = \"x\"", "is nobody"),
            ("[\"example..com\"]\nregion = \"x\"", "is nobody"),
            (
                "[\"example.com\"]\nphone = \"020 7946 0999\"",
                "with + and its country code",
            ),
            (
                "[\"example.com\"]\nzone = \"Europe/Londn\"",
                "did you mean Europe/London?",
            ),
            ("[\"example.com\"]\nlanguage = \"English\"", "a tag like en"),
            ("[\"example.com\"]\npin = \"1234\"", "unknown field `pin`"),
        ] {
            let error = toml::from_str::<People>(text).unwrap_err();
            assert!(error.message().contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn the_telephone_says_more_of_the_country_than_the_zone() {
        for (text, country) in [
            (
                "phone = \"+44 (0)20 7946 0999\"\nzone = \"Europe/Prague\"",
                Some("GB"),
            ),
            ("zone = \"Europe/Prague\"", Some("CZ")),
            ("zone = \"GMT Standard Time\"", Some("GB")),
            ("zone = \"UTC\"", None),
            ("region = \"Czechia\"", None),
        ] {
            let known: Location = toml::from_str(text).unwrap();
            assert_eq!(known.country(), country.and_then(Country::parse), "{text}");
        }
    }
}
