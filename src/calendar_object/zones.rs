//! What the TZID names of a calendar stand for, whoever wrote them.

use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone};

use crate::calendar_object::time;
use crate::icalendar::{Component, ContentLine, unescape_text};
use crate::when;

/// Most different names that are looked up; a meeting has one or two.
const MOST: usize = 32;

/// The zones of one calendar.
pub(super) struct Zones {
    known: Vec<(String, TimeZone)>,
    /// Zone of times without one, and of those whose zone nobody knows.
    pub(super) here: TimeZone,
}

impl Zones {
    /// Looks up every name that the meetings of a calendar use.
    pub(super) fn of(calendar: &Component, here: &TimeZone) -> Self {
        let mut known: Vec<(String, TimeZone)> = Vec::new();
        for name in used_names(calendar) {
            if known.len() < MOST && known.iter().all(|(known, _)| *known != name) {
                let zone = find_zone(&name, calendar).unwrap_or_else(|| here.clone());
                known.push((name, zone));
            }
        }
        Self {
            known,
            here: here.clone(),
        }
    }

    /// The zone of a name that the calendar uses.
    pub(super) fn get(&self, name: &str) -> &TimeZone {
        let found = self.known.iter().find(|(known, _)| known == name);
        found.map_or(&self.here, |(_, zone)| zone)
    }
}

/// The TZID of every time in the meetings of a calendar.
pub(super) fn used_names(calendar: &Component) -> impl Iterator<Item = String> {
    let events = calendar.components().filter(|c| c.name == "VEVENT");
    let lines = events.flat_map(|event| event.lines());
    lines
        .filter(|line| time::NAMES.iter().any(|name| line.is(name)))
        .filter_map(|line| Some(line.content()?.parameter("TZID")?.to_owned()))
}

/// The TZID of a VTIMEZONE, as parameters have it.
pub(super) fn name(block: &Component) -> Option<String> {
    Some(unescape_text(block.property("TZID")?.value.trim()))
}

/// By its IANA name, its Windows name, the end of a path, or the calendar's own rules for it.
fn find_zone(name: &str, calendar: &Component) -> Option<TimeZone> {
    if let Some(zone) = of_path(name) {
        return Some(zone);
    }
    if let Ok(zone) = when::zone(name) {
        return Some(zone);
    }
    let mut blocks = calendar.components().filter(|c| c.name == "VTIMEZONE");
    let block = blocks.find(|block| self::name(block).as_deref() == Some(name))?;
    let place = block.property("X-LIC-LOCATION");
    let place = place.and_then(|place| when::zone(&place.value).ok());
    place.or_else(|| by_rules(block))
}

/// `/freeassociation.sourceforge.net/Europe/Prague`, `/mozilla.org/20050126_1/Europe/Prague`.
fn of_path(name: &str) -> Option<TimeZone> {
    let path = name.strip_prefix('/').filter(|path| path.len() < 200)?;
    let ends = path.match_indices('/').take(4).map(|(at, _)| at + 1);
    ends.filter_map(|at| TimeZone::get(path.get(at..)?).ok())
        .find(|zone| zone.iana_name().is_some_and(|name| name.contains('/')))
}

/// The rules that are in force, as far as two yearly changes by weekday can say them; else the
/// latest offset.
fn by_rules(block: &Component) -> Option<TimeZone> {
    let latest = |kind: &str| {
        let kinds = block.components().filter(|c| c.name == kind);
        kinds.filter_map(Observance::read).max_by_key(|o| o.onset)
    };
    match (latest("STANDARD"), latest("DAYLIGHT")) {
        (Some(standard), Some(daylight)) => {
            let both = posix_zone(&standard, &daylight);
            both.or_else(|| Some(standard.max_by_onset(daylight).fixed_zone()))
        }
        (Some(only), None) | (None, Some(only)) => Some(only.fixed_zone()),
        (None, None) => None,
    }
}

/// STANDARD or DAYLIGHT (RFC 5545 3.6.5).
struct Observance {
    onset: (Date, Time),
    offset: Offset,
    /// Month, week (5: the last) and weekday (0: Sunday) of each year's change.
    yearly: Option<(i8, i8, i8)>,
}

impl Observance {
    fn read(component: &Component) -> Option<Self> {
        let (date, time) = time::local_time(&component.property("DTSTART")?.value)?;
        let rule = component.property("RRULE");
        Some(Self {
            onset: (date, time.unwrap_or_default()),
            offset: offset(&component.property("TZOFFSETTO")?.value)?,
            yearly: rule.and_then(|rule| yearly_change(&rule, date.month())),
        })
    }

    fn max_by_onset(self, other: Self) -> Self {
        if other.onset > self.onset {
            other
        } else {
            self
        }
    }

    fn fixed_zone(&self) -> TimeZone {
        TimeZone::fixed(self.offset)
    }

    /// `M3.5.0/02:00:00` (POSIX TZ).
    fn change(&self) -> Option<String> {
        let (month, week, weekday) = self.yearly?;
        let time = self.onset.1.strftime("%H:%M:%S");
        Some(format!("M{month}.{week}.{weekday}/{time}"))
    }
}

fn posix_zone(standard: &Observance, daylight: &Observance) -> Option<TimeZone> {
    let rules = format!(
        "{}{},{},{}",
        posix_offset(standard.offset),
        posix_offset(daylight.offset),
        daylight.change()?,
        standard.change()?
    );
    TimeZone::posix(&rules).ok()
}

/// A name and the offset; POSIX counts west of Greenwich as positive.
fn posix_offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let (east, west) = if seconds < 0 { ('-', '+') } else { ('+', '-') };
    let (hours, minutes) = (seconds.abs() / 3600, seconds.abs() / 60 % 60);
    format!("<{east}{hours:02}{minutes:02}>{west}{hours:02}:{minutes:02}")
}

/// `FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU`; none: another kind of rule, or one that has ended.
fn yearly_change(rule: &ContentLine, onset_month: i8) -> Option<(i8, i8, i8)> {
    let rule = rule.value.to_ascii_uppercase();
    let part = |name: &str| {
        let mut parts = rule.split(';').filter_map(|part| part.split_once('='));
        parts.find(|(found, _)| *found == name).map(|(_, v)| v)
    };
    let ended = part("UNTIL").or(part("COUNT")).is_some();
    if ended || part("FREQ") != Some("YEARLY") {
        return None;
    }
    let month = part("BYMONTH").map_or(Some(onset_month), |month| month.parse().ok())?;
    let (week, weekday) = part("BYDAY")?.split_at_checked(part("BYDAY")?.len().checked_sub(2)?)?;
    let week = match week.parse().ok()? {
        -1 => 5,
        week @ 1..=5 => week,
        _ => return None,
    };
    const DAYS: [&str; 7] = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
    let weekday = DAYS.iter().position(|day| *day == weekday)?;
    Some((month, week, i8::try_from(weekday).ok()?))
}

/// `+0100` or `-033000` (RFC 5545 3.3.14).
fn offset(text: &str) -> Option<Offset> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let part = |range| {
        digits
            .get(range)
            .map_or(Some(0), |two: &str| two.parse().ok())
    };
    let (hours, minutes, seconds): (i32, i32, i32) = (part(0..2)?, part(2..4)?, part(4..6)?);
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60 + seconds)).ok()
}
