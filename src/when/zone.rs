//! Time zones by IANA name, and by the names that Windows and Exchange use.

use jiff::tz::{TimeZone, db};
use strsim::levenshtein;

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
    const SUFFIX: &str = " standard time";
    let lower = name.to_ascii_lowercase();
    let short = lower.strip_suffix(SUFFIX)?;
    let row = WINDOWS
        .iter()
        .find(|(windows, _)| windows.eq_ignore_ascii_case(short))?;
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

/// Windows names without their " Standard Time", and the zone that CLDR's `windowsZones` gives
/// for the territory 001.
const WINDOWS: [(&str, &str); 88] = [
    ("Hawaiian", "Pacific/Honolulu"),
    ("Alaskan", "America/Anchorage"),
    ("Pacific", "America/Los_Angeles"),
    ("US Mountain", "America/Phoenix"),
    ("Mountain", "America/Denver"),
    ("Central America", "America/Guatemala"),
    ("Central", "America/Chicago"),
    ("Canada Central", "America/Regina"),
    ("SA Pacific", "America/Bogota"),
    ("Eastern", "America/New_York"),
    ("US Eastern", "America/Indiana/Indianapolis"),
    ("Venezuela", "America/Caracas"),
    ("Paraguay", "America/Asuncion"),
    ("Atlantic", "America/Halifax"),
    ("SA Western", "America/La_Paz"),
    ("Pacific SA", "America/Santiago"),
    ("Newfoundland", "America/St_Johns"),
    ("E. South America", "America/Sao_Paulo"),
    ("Argentina", "America/Argentina/Buenos_Aires"),
    ("SA Eastern", "America/Cayenne"),
    ("Greenland", "America/Nuuk"),
    ("Montevideo", "America/Montevideo"),
    ("Azores", "Atlantic/Azores"),
    ("Cape Verde", "Atlantic/Cape_Verde"),
    ("GMT", "Europe/London"),
    ("Greenwich", "Atlantic/Reykjavik"),
    ("Morocco", "Africa/Casablanca"),
    ("W. Europe", "Europe/Berlin"),
    ("Central Europe", "Europe/Budapest"),
    ("Romance", "Europe/Paris"),
    ("Central European", "Europe/Warsaw"),
    ("W. Central Africa", "Africa/Lagos"),
    ("Namibia", "Africa/Windhoek"),
    ("GTB", "Europe/Bucharest"),
    ("FLE", "Europe/Kyiv"),
    ("E. Europe", "Europe/Chisinau"),
    ("Middle East", "Asia/Beirut"),
    ("Egypt", "Africa/Cairo"),
    ("Syria", "Asia/Damascus"),
    ("South Africa", "Africa/Johannesburg"),
    ("Israel", "Asia/Jerusalem"),
    ("Jordan", "Asia/Amman"),
    ("Turkey", "Europe/Istanbul"),
    ("Arabic", "Asia/Baghdad"),
    ("Arab", "Asia/Riyadh"),
    ("Russian", "Europe/Moscow"),
    ("Belarus", "Europe/Minsk"),
    ("E. Africa", "Africa/Nairobi"),
    ("Iran", "Asia/Tehran"),
    ("Arabian", "Asia/Dubai"),
    ("Azerbaijan", "Asia/Baku"),
    ("Georgian", "Asia/Tbilisi"),
    ("Caucasus", "Asia/Yerevan"),
    ("Mauritius", "Indian/Mauritius"),
    ("Afghanistan", "Asia/Kabul"),
    ("West Asia", "Asia/Tashkent"),
    ("Pakistan", "Asia/Karachi"),
    ("Ekaterinburg", "Asia/Yekaterinburg"),
    ("India", "Asia/Kolkata"),
    ("Sri Lanka", "Asia/Colombo"),
    ("Nepal", "Asia/Kathmandu"),
    ("Bangladesh", "Asia/Dhaka"),
    ("Myanmar", "Asia/Yangon"),
    ("SE Asia", "Asia/Bangkok"),
    ("N. Central Asia", "Asia/Novosibirsk"),
    ("North Asia", "Asia/Krasnoyarsk"),
    ("China", "Asia/Shanghai"),
    ("Singapore", "Asia/Singapore"),
    ("W. Australia", "Australia/Perth"),
    ("Taipei", "Asia/Taipei"),
    ("North Asia East", "Asia/Irkutsk"),
    ("Tokyo", "Asia/Tokyo"),
    ("Korea", "Asia/Seoul"),
    ("Yakutsk", "Asia/Yakutsk"),
    ("Cen. Australia", "Australia/Adelaide"),
    ("AUS Central", "Australia/Darwin"),
    ("E. Australia", "Australia/Brisbane"),
    ("AUS Eastern", "Australia/Sydney"),
    ("West Pacific", "Pacific/Port_Moresby"),
    ("Tasmania", "Australia/Hobart"),
    ("Vladivostok", "Asia/Vladivostok"),
    ("Lord Howe", "Australia/Lord_Howe"),
    ("Central Pacific", "Pacific/Guadalcanal"),
    ("New Zealand", "Pacific/Auckland"),
    ("Fiji", "Pacific/Fiji"),
    ("Tonga", "Pacific/Tongatapu"),
    ("Samoa", "Pacific/Apia"),
    ("Magadan", "Asia/Magadan"),
];

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
    }

    #[test]
    fn every_windows_zone_is_in_the_database_once() {
        for (windows, iana) in WINDOWS {
            assert_eq!(name(&format!("{windows} Standard Time")), iana);
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
