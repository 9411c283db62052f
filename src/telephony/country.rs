//! Countries, and which one a time zone or a domain speaks of.

use std::fmt;

use serde::{Serialize, Serializer};

/// A country or territory: its ISO 3166-1 alpha-2 code, upper case; also `XK`, `AC` and `TA`, which
/// have numbers of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Country([u8; 2]);

/// Zones of each country, one country a line, from the tz database's `zone.tab` and `backward`,
/// release 2026f. Zones that stand for no country (UTC, CET, EST5EDT) are not there.
const ZONES: &str = include_str!("zones.tsv");

/// Top-level domains of two letters that are sold everywhere or stand for more than one country, so
/// that nobody need live there.
const ANYWHERE: [&str; 41] = [
    "ac", "ad", "ag", "ai", "am", "as", "bz", "cc", "cd", "co", "cx", "dj", "eu", "fm", "gd", "gg",
    "gl", "gs", "im", "io", "la", "li", "ly", "me", "ms", "mu", "nu", "pw", "sc", "sh", "sr", "st",
    "su", "tk", "to", "tv", "vc", "vg", "vu", "ws", "gy",
];

impl Country {
    /// Reads two ASCII letters.
    pub fn parse(code: &str) -> Option<Self> {
        match code.as_bytes() {
            [a, b] if code.bytes().all(|b| b.is_ascii_alphabetic()) => {
                Some(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => None,
        }
    }

    /// The country that an IANA zone is in.
    pub fn of_zone(zone: &str) -> Option<Self> {
        ZONES.lines().find_map(|line| {
            let (code, zones) = line.split_once('\t')?;
            let is_here = zones.split(' ').any(|name| name.eq_ignore_ascii_case(zone));
            Self::parse(code).filter(|_| is_here)
        })
    }

    /// The country of a domain with a country's top-level domain: GB of `example.co.uk`.
    pub fn of_domain(domain: &str) -> Option<Self> {
        let (_, top) = domain.rsplit_once('.')?;
        let top = top.to_ascii_lowercase();
        match top.as_str() {
            "uk" => Self::parse("GB"),
            top if ANYWHERE.contains(&top) => None,
            top => Self::parse(top),
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|&b| write!(f, "{}", char::from(b)))
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(country: Option<Country>) -> Option<String> {
        country.map(|country| country.to_string())
    }

    #[test]
    fn zones_and_domains_speak_of_their_country() {
        for (zone, country) in [
            ("Europe/London", Some("GB")),
            ("Europe/Belfast", Some("GB")),
            ("Europe/Copenhagen", Some("DK")),
            ("US/Pacific", Some("US")),
            ("America/Toronto", Some("CA")),
            ("Asia/Calcutta", Some("IN")),
            ("Iceland", Some("IS")),
            ("UTC", None),
            ("CET", None),
            ("Etc/GMT+5", None),
            ("Nowhere/Town", None),
        ] {
            assert_eq!(code(Country::of_zone(zone)).as_deref(), country, "{zone}");
        }
        for (domain, country) in [
            ("example.co.uk", Some("GB")),
            ("EXAMPLE.DE", Some("DE")),
            ("example.com", None),
            ("example.eu", None),
            ("example.io", None),
            ("de", None),
            ("example.", None),
            ("příklad.čé", None),
        ] {
            assert_eq!(
                code(Country::of_domain(domain)).as_deref(),
                country,
                "{domain}"
            );
        }
    }

    #[test]
    fn each_line_of_zones_is_a_country_and_every_place_has_one() {
        for line in ZONES.lines() {
            let (code, zones) = line.split_once('\t').unwrap();
            assert!(
                Country::parse(code).is_some() && !zones.is_empty(),
                "{line}"
            );
        }
        let places = jiff::tz::db()
            .available()
            .map(|name| name.as_str().to_owned());
        let continents = [
            "Africa/",
            "America/",
            "Asia/",
            "Australia/",
            "Europe/",
            "Pacific/",
        ];
        let homeless: Vec<String> = places
            .filter(|name| continents.iter().any(|c| name.starts_with(c)))
            .filter(|name| Country::of_zone(name).is_none())
            .collect();
        assert_eq!(homeless, Vec::<String>::new());
    }
}
