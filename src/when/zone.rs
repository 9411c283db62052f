//! Time zones by IANA name, and by the names that Windows and Exchange use.

use jiff::tz::{TimeZone, db};
use strsim::levenshtein;

use crate::when::windows_zones::WINDOWS;

/// What a zone is called whose rules somebody wrote down and that nobody else knows.
pub const PRIVATE_ZONE: &str = "private";

/// IANA name of a zone; none: it has only an offset, or rules of its own.
pub fn zone_name(zone: &TimeZone) -> Option<&str> {
    zone.iana_name().filter(|name| *name != PRIVATE_ZONE)
}

/// Whether others know the zone by its name.
pub fn has_name(zone: &TimeZone) -> bool {
    zone_name(zone).is_some()
}

/// The text was no time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// Nothing like it is known.
    #[error(
        "'{0}' is not a time zone: expected a name like Europe/Prague, UTC or 'Central Europe Standard Time'"
    )]
    Unknown(String),
    /// A name that is nearly one.
    #[error("'{typed}' is not a time zone: did you mean {nearest}?")]
    Nearly {
        /// What was typed.
        typed: String,
        /// The nearest IANA name.
        nearest: String,
    },
}

/// Reads an IANA name, or a Windows name, which stands for the zone that CLDR names first for it.
/// Upper and lower case are the same.
pub fn zone(text: &str) -> Result<TimeZone, ZoneError> {
    let name = text.trim();
    let iana = windows(name).unwrap_or(name);
    match TimeZone::get(iana) {
        Ok(zone) if zone.iana_name().is_some_and(is_place) => Ok(zone),
        _ => Err(refusal(name)),
    }
}

/// Zone files that say nothing about where they are.
fn is_place(name: &str) -> bool {
    !["posixrules", "localtime", "Factory"].contains(&name)
}

fn windows(name: &str) -> Option<&'static str> {
    let row = WINDOWS
        .iter()
        .find(|(windows, _)| windows.eq_ignore_ascii_case(name))?;
    Some(row.1)
}

fn refusal(name: &str) -> ZoneError {
    let typed = super::printable(name);
    match nearest_name(&typed) {
        Some(nearest) => ZoneError::Nearly { typed, nearest },
        None => ZoneError::Unknown(typed),
    }
}

/// The place whose full name or last part differs in the fewest letters, if those are few.
fn nearest_name(typed: &str) -> Option<String> {
    let typed = typed.to_ascii_lowercase().replace(' ', "_");
    let names = db().available().map(|name| name.as_str().to_owned());
    let places = names.filter(|name| name.contains('/') && !name.starts_with("Etc/"));
    let (letters, name) = places.map(|name| (difference(&typed, &name), name)).min()?;
    (letters * 4 < typed.chars().count()).then_some(name)
}

fn difference(typed: &str, name: &str) -> usize {
    let name = name.to_ascii_lowercase();
    let last = name.rsplit('/').next().unwrap_or(&name);
    levenshtein(typed, &name).min(levenshtein(typed, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> String {
        match zone(text) {
            Ok(zone) => zone.iana_name().unwrap().to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn both_kinds_of_names_are_read() {
        assert_eq!(name("europe/prague"), "Europe/Prague");
        assert_eq!(name(" UTC "), "UTC");
        assert_eq!(name("Central Europe Standard Time"), "Europe/Budapest");
        assert_eq!(name("w. europe standard time"), "Europe/Berlin");
        assert_eq!(name("GMT Standard Time"), "Europe/London");
        assert_eq!(name("AUS Eastern Standard Time"), "Australia/Sydney");
        assert_eq!(
            name("central standard time (mexico)"),
            "America/Mexico_City"
        );
        assert_eq!(name("UTC-11"), "Etc/GMT+11");
    }

    #[test]
    fn every_windows_zone_is_in_the_database_once() {
        for (windows, iana) in WINDOWS {
            assert_eq!(name(windows), iana);
        }
    }

    #[test]
    fn a_slip_gets_a_suggestion_and_nonsense_does_not() {
        assert!(name("Europe/Pargue").ends_with("did you mean Europe/Prague?"));
        assert!(name("Prague").ends_with("did you mean Europe/Prague?"));
        assert!(name("new york").ends_with("did you mean America/New_York?"));
        for text in [
            "",
            "CEST",
            "nowhere at all",
            "localtime",
            "posixrules",
            "../UTC",
            "+02:00",
        ] {
            assert_eq!(zone(text), Err(ZoneError::Unknown(text.into())));
        }
        assert!(zone(&"é".repeat(100_000)).is_err());
    }
}
