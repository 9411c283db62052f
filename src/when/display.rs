//! Times said back to people, always with their zone.

use jiff::Zoned;
use jiff::tz::TimeZone;

/// `Tuesday 3 March 2026 10:00 Europe/Prague (CET, +01:00)`
pub fn display(at: &Zoned) -> String {
    format!("{} {} {}", day(at), echo_clock(at), echo_zone(at))
}

/// `Tuesday 3 March 2026 10:00–11:00 Europe/Prague (CET, +01:00)`; both days when they differ, and
/// both offsets when the clocks change in between. The end is told in the zone of the start.
pub fn display_range(start: &Zoned, end: &Zoned) -> String {
    let end = end.with_time_zone(start.time_zone().clone());
    let zone = if start.offset() == end.offset() {
        echo_zone(start)
    } else {
        format!("{}, ends in {}", echo_zone(start), echo_offset(&end))
    };
    if start.date() == end.date() {
        format!(
            "{} {}–{} {zone}",
            day(start),
            echo_clock(start),
            echo_clock(&end)
        )
    } else {
        format!(
            "{} {} – {} {} {zone}",
            day(start),
            echo_clock(start),
            day(&end),
            echo_clock(&end)
        )
    }
}

/// For programs: RFC 3339 with the offset of the moment's zone, to the second.
pub fn rfc_3339(at: &Zoned) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn day(at: &Zoned) -> String {
    at.strftime("%A %-d %B %Y").to_string()
}

/// `10:00`, or with seconds where there are some.
pub fn echo_clock(at: &Zoned) -> String {
    let format = if at.second() == 0 {
        "%H:%M"
    } else {
        "%H:%M:%S"
    };
    at.strftime(format).to_string()
}

/// `Europe/Prague (CET, +01:00)`, or `UTC`.
pub fn echo_zone(at: &Zoned) -> String {
    if *at.time_zone() == TimeZone::UTC {
        return "UTC".to_owned();
    }
    match crate::when::zone_name(at.time_zone()) {
        Some(name) => format!("{name} ({})", echo_offset(at)),
        None => format!("({})", echo_offset(at)),
    }
}

/// `CET, +01:00`; the offset alone where people have no letters for it.
pub fn echo_offset(at: &Zoned) -> String {
    let numeric = at.strftime("%:z");
    let info = at.time_zone().to_offset_info(at.timestamp());
    match info.abbreviation() {
        letters if letters.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            format!("{letters}, {numeric}")
        }
        _ => numeric.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Zoned {
        text.parse().unwrap()
    }

    #[test]
    fn a_moment_is_told_with_its_zone() {
        for (moment, words) in [
            (
                "2026-03-03T10:00[Europe/Prague]",
                "Tuesday 3 March 2026 10:00 Europe/Prague (CET, +01:00)",
            ),
            (
                "2026-03-03T10:00[America/Sao_Paulo]",
                "Tuesday 3 March 2026 10:00 America/Sao_Paulo (-03:00)",
            ),
            (
                "2026-03-03T10:00:05[UTC]",
                "Tuesday 3 March 2026 10:00:05 UTC",
            ),
            (
                "2026-03-03T10:00[+05:30]",
                "Tuesday 3 March 2026 10:00 (+05:30)",
            ),
        ] {
            assert_eq!(display(&at(moment)), words);
        }
    }

    #[test]
    fn a_range_names_what_changes() {
        let told = |start, end| display_range(&at(start), &at(end));
        assert_eq!(
            told("2026-03-03T10:00[Europe/Prague]", "2026-03-03T10:00[UTC]"),
            "Tuesday 3 March 2026 10:00–11:00 Europe/Prague (CET, +01:00)"
        );
        assert_eq!(
            told(
                "2026-10-24T23:00[Europe/Prague]",
                "2026-10-25T04:00[Europe/Prague]"
            ),
            "Saturday 24 October 2026 23:00 – Sunday 25 October 2026 04:00 \
             Europe/Prague (CEST, +02:00), ends in CET, +01:00"
        );
    }
}
