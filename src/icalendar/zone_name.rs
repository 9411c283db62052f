//! What a TZID says by itself, without the VTIMEZONE that should be beside it.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone, db};
use percent_encoding::percent_decode_str;

use crate::icalendar::offset;
use crate::when;

/// A zone by one of its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedZone {
    /// The zone.
    pub zone: TimeZone,
    /// How sure that is.
    pub reading: NameReading,
}

/// How a TZID came to mean a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameReading {
    /// It is a name of IANA or of Windows, alone or at the end of a path.
    Name,
    /// It is an offset from UTC, and has no summer time.
    Offset,
    /// It describes the zone, or some of its cities.
    Description,
}

/// Longest name that is looked at, in octets.
const LONGEST: usize = 200;

/// Names that people read in programs of Microsoft, IBM and Apple, and no city in them has a zone of its
/// own name. In small letters, without an offset before them.
const DESCRIPTIONS: [(&str, &str); 64] = [
    ("abu dhabi", "Asia/Dubai"),
    ("alaska", "America/Anchorage"),
    ("arizona", "America/Phoenix"),
    ("astana", "Asia/Almaty"),
    ("atlantic time", "America/Halifax"),
    ("atlantic", "America/Halifax"),
    ("baja california", "America/Tijuana"),
    ("beijing", "Asia/Shanghai"),
    ("bern", "Europe/Zurich"),
    ("brasilia", "America/Sao_Paulo"),
    ("bratislava", "Europe/Bratislava"),
    ("canberra", "Australia/Sydney"),
    ("cape verde is.", "Atlantic/Cape_Verde"),
    ("central america", "America/Guatemala"),
    ("central time", "America/Chicago"),
    ("central", "America/Chicago"),
    ("chatham islands", "Pacific/Chatham"),
    ("chennai", "Asia/Kolkata"),
    ("chihuahua", "America/Chihuahua"),
    ("city of buenos aires", "America/Argentina/Buenos_Aires"),
    ("coordinated universal time", "UTC"),
    ("easter island", "Pacific/Easter"),
    ("eastern time", "America/New_York"),
    ("eastern", "America/New_York"),
    ("edinburgh", "Europe/London"),
    ("ekaterinburg", "Asia/Yekaterinburg"),
    ("georgetown", "America/Guyana"),
    ("greenland", "America/Nuuk"),
    ("greenwich mean time", "Europe/London"),
    ("guadalajara", "America/Mexico_City"),
    ("hanoi", "Asia/Bangkok"),
    ("harare", "Africa/Harare"),
    ("hawaii", "Pacific/Honolulu"),
    ("indiana", "America/Indiana/Indianapolis"),
    ("international date line west", "Etc/GMT+12"),
    ("islamabad", "Asia/Karachi"),
    ("kiritimati island", "Pacific/Kiritimati"),
    ("kuwait", "Asia/Kuwait"),
    ("kyiv", "Europe/Kyiv"),
    ("magadan", "Asia/Magadan"),
    ("marquesas islands", "Pacific/Marquesas"),
    ("monrovia", "Africa/Monrovia"),
    ("mountain time", "America/Denver"),
    ("mountain", "America/Denver"),
    ("mumbai", "Asia/Kolkata"),
    ("new caledonia", "Pacific/Noumea"),
    ("new delhi", "Asia/Kolkata"),
    ("newfoundland", "America/St_Johns"),
    ("nuku'alofa", "Pacific/Tongatapu"),
    ("osaka", "Asia/Tokyo"),
    ("pacific time", "America/Los_Angeles"),
    ("pacific", "America/Los_Angeles"),
    ("port louis", "Indian/Mauritius"),
    ("pretoria", "Africa/Johannesburg"),
    ("quito", "America/Guayaquil"),
    ("salvador", "America/Bahia"),
    ("saskatchewan", "America/Regina"),
    ("solomon is.", "Pacific/Guadalcanal"),
    ("sri jayawardenepura", "Asia/Colombo"),
    ("st. petersburg", "Europe/Moscow"),
    ("wellington", "Pacific/Auckland"),
    ("west central africa", "Africa/Lagos"),
    ("yangon", "Asia/Yangon"),
    ("yukon", "America/Whitehorse"),
];

/// The zone that a TZID means; none: nobody can tell.
pub fn named_zone(name: &str) -> Option<NamedZone> {
    let name = name.trim().trim_matches(['"', '\'']).trim();
    if name.is_empty() || name.len() > LONGEST {
        return None;
    }
    let found = |reading| move |zone| NamedZone { zone, reading };
    // Names of IANA without summer time, which people write all year.
    if ["EST", "MST", "HST"]
        .iter()
        .any(|label| name.eq_ignore_ascii_case(label))
    {
        return of_name(name).map(found(NameReading::Description));
    }
    let by_name = of_name(name).or_else(|| of_path(name));
    by_name
        .map(found(NameReading::Name))
        .or_else(|| of_offset(name).map(found(NameReading::Offset)))
        .or_else(|| of_description(name).map(found(NameReading::Description)))
}

fn of_name(name: &str) -> Option<TimeZone> {
    if let Ok(zone) = when::zone(name) {
        return Some(zone);
    }
    let lower = name.to_ascii_lowercase();
    if let Some(windows) = lower.strip_suffix(" daylight time") {
        return when::zone(&format!("{windows} Standard Time")).ok();
    }
    // An IANA name in which a program put blanks.
    let is_place = name.contains('/') && name.contains(' ');
    is_place.then(|| when::zone(&name.replace(' ', "_")).ok())?
}

/// `/freeassociation.sourceforge.net/Europe/Prague`, `/America/New_York`, `tzone://Microsoft/Utc`.
fn of_path(name: &str) -> Option<TimeZone> {
    let decoded = percent_decode_str(name).decode_utf8_lossy();
    let path = match decoded.split_once("://") {
        Some((_, path)) => path,
        None => decoded.strip_prefix('/')?,
    };
    let after = path.match_indices('/').take(6).map(|(at, _)| at + 1);
    let ends = std::iter::once(0).chain(after);
    ends.filter_map(|at| of_name(path.get(at..)?)).next()
}

/// `UTC+2`, `GMT-05:30`, `(GMT+01.00)`, `+0200`, `Z`.
fn of_offset(name: &str) -> Option<TimeZone> {
    let bare = name.trim_matches(['(', ')']).trim();
    let offset = utc_offset(bare)?;
    // From Baker Island to Kiritimati.
    let is_anywhere = (-12 * 3600..=14 * 3600).contains(&offset.seconds());
    is_anywhere.then(|| TimeZone::fixed(offset))
}

fn utc_offset(text: &str) -> Option<Offset> {
    let upper = text.to_ascii_uppercase();
    let after = upper
        .strip_prefix("UTC")
        .or_else(|| upper.strip_prefix("GMT"));
    let rest = after.unwrap_or(&upper).trim().replace('.', ":");
    match rest.as_str() {
        "" | "Z" => after
            .or(Some(""))
            .filter(|_| !text.is_empty())
            .map(|_| Offset::UTC),
        rest => {
            let is_signed = rest.starts_with(['+', '-', '\u{2212}']);
            is_signed.then(|| offset(rest))?
        }
    }
}

/// `(UTC-05:00) Eastern Time (US & Canada)`, `Dublin, Edinburgh, Lisbon, London`.
fn of_description(name: &str) -> Option<TimeZone> {
    let (standard, words) = match name.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((zone, words)) => (Some(utc_offset(zone.trim())?), words),
        None => (None, name),
    };
    // What stands in brackets is about a place that the words before name already.
    let words = words.split('(').next().unwrap_or_default();
    let places = words.split([',', ';', '/']).map(str::trim);
    let zones: Vec<TimeZone> = places
        .filter_map(of_place)
        .filter(|zone| standard.is_none_or(|offset| standard_offset(zone) == offset))
        .collect();
    let same_as = |one: &TimeZone| {
        let offset = standard_offset(one);
        zones
            .iter()
            .filter(|other| standard_offset(other) == offset)
            .count()
    };
    // Some cities have left the zone that the list is about.
    let most = zones.iter().map(same_as).max()?;
    zones.iter().find(|zone| same_as(zone) == most).cloned()
}

fn of_place(place: &str) -> Option<TimeZone> {
    let lower = place.to_ascii_lowercase();
    if let Some((_, iana)) = DESCRIPTIONS.iter().find(|(known, _)| *known == lower) {
        return TimeZone::get(iana).ok();
    }
    let wanted = lower.replace(' ', "_");
    let is_it = |name: &str| {
        let city = name.rsplit_once('/').map(|(_, city)| city);
        city.is_some_and(|city| city.eq_ignore_ascii_case(&wanted))
    };
    let mut names = db().available();
    let name = names.find(|name| is_it(name.as_str()) && !name.as_str().starts_with("Etc/"))?;
    TimeZone::get(name.as_str()).ok()
}

/// The offset that a zone has without summer time.
fn standard_offset(zone: &TimeZone) -> Offset {
    // 15 January and July 2026: one of them is winter.
    let offsets = [1_768_435_200, 1_784_073_600].map(|second| {
        let at = Timestamp::from_second(second).unwrap_or_default();
        zone.to_offset(at)
    });
    offsets[0].min(offsets[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> Option<(String, NameReading)> {
        let found = named_zone(name)?;
        let zone = found.zone.iana_name().map(str::to_owned);
        let offset = || found.zone.to_offset(Timestamp::UNIX_EPOCH).to_string();
        Some((zone.unwrap_or_else(offset), found.reading))
    }

    #[test]
    fn names_of_all_kinds_mean_a_zone() {
        use NameReading::{Description, Name, Offset};
        for (name, zone, reading) in [
            ("Europe/Prague", "Europe/Prague", Name),
            ("\"Europe/Prague\"", "Europe/Prague", Name),
            ("America/New York", "America/New_York", Name),
            ("/America/New_York", "America/New_York", Name),
            (
                "/example.org/2026/America/Indiana/Knox",
                "America/Indiana/Knox",
                Name,
            ),
            (
                "/freeassociation.sourceforge.net/Tzfile/Asia/Tokyo",
                "Asia/Tokyo",
                Name,
            ),
            ("tzone://Microsoft/Utc", "UTC", Name),
            (
                "tzone://Microsoft/W.%20Europe%20Standard%20Time",
                "Europe/Berlin",
                Name,
            ),
            ("Pacific Daylight Time", "America/Los_Angeles", Name),
            (
                "Central Standard Time (Mexico)",
                "America/Mexico_City",
                Name,
            ),
            ("UTC-11", "Etc/GMT+11", Name),
            ("GMT+0200", "+02", Offset),
            ("UTC+5:30", "+05:30", Offset),
            ("(GMT-03.30)", "-03:30", Offset),
            ("Z", "UTC", Offset),
            ("-0800", "-08", Offset),
            (
                "(UTC-05:00) Eastern Time (US & Canada)",
                "America/New_York",
                Description,
            ),
            (
                "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
                "Europe/Amsterdam",
                Description,
            ),
            (
                "Dublin, Edinburgh, Lisbon, London",
                "Europe/Dublin",
                Description,
            ),
            (
                "(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi",
                "Asia/Shanghai",
                Description,
            ),
            (
                "(GMT+01.00) Sarajevo/Warsaw/Zagreb",
                "Europe/Sarajevo",
                Description,
            ),
            ("(UTC) Coordinated Universal Time", "UTC", Description),
            ("Eastern Time", "America/New_York", Description),
        ] {
            assert_eq!(read(name), Some((zone.to_owned(), reading)), "{name}");
        }
    }

    #[test]
    fn nobody_can_tell_what_others_mean() {
        for name in [
            "",
            "CEST",
            "Customized Time Zone",
            "tzone://Microsoft/Custom",
            "Nowhere, Elsewhere",
            "(UTC+25:00) Prague",
            "(UTC+05:00) Berlin",
            "5",
            "/",
        ] {
            assert_eq!(read(name), None, "{name}");
        }
        assert_eq!(named_zone(&"é".repeat(100_000)), None);
    }
}
