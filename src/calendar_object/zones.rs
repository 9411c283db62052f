//! What the TZID names of a calendar stand for, whoever wrote them.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::calendar_object::occurrences::Timetable;
use crate::calendar_object::{time, timezone};
use crate::icalendar::{
    Component, Edit, NameReading, TimeZoneError, described_zone, named_zone, unescape_text,
};
use crate::when;

/// Most different names that are looked up; a meeting has one or two.
const MOST: usize = 32;

/// The zones of one calendar.
pub(super) struct Zones {
    known: Vec<(String, TimeZone)>,
    doubts: Vec<Doubt>,
    /// Zone of times without one, and of those whose zone nobody knows.
    pub(super) here: TimeZone,
}

/// Why a TZID may not mean what it is taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Nobody knows the name, and the calendar does not describe it.
    Unknown(String),
    /// Nobody knows the name, and what the calendar says of it can't be understood.
    Broken(String, TimeZoneError),
    /// It describes the zone in words.
    Likely(String, TimeZone),
    /// There are too many.
    TooMany,
}

impl Zones {
    /// Looks up every name that the meetings of a calendar use.
    pub(super) fn of(calendar: &Component, here: &TimeZone) -> Self {
        let mut zones = Self {
            known: Vec::new(),
            doubts: Vec::new(),
            here: here.clone(),
        };
        for name in used_names(calendar) {
            if zones.known.iter().any(|(known, _)| *known == name) {
                continue;
            }
            if zones.known.len() == MOST {
                zones.doubts.push(Doubt::TooMany);
                break;
            }
            let (zone, doubt) = find_zone(&name, calendar);
            zones.doubts.extend(doubt);
            zones
                .known
                .push((name, zone.unwrap_or_else(|| here.clone())));
        }
        zones
    }

    /// The zone of a name that the calendar uses.
    pub(super) fn get(&self, name: &str) -> &TimeZone {
        let found = self.known.iter().find(|(known, _)| known == name);
        found.map_or(&self.here, |(_, zone)| zone)
    }

    /// Whether the calendar uses a name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.known.iter().any(|(known, _)| known == name)
    }

    /// What is not certain.
    pub(super) fn doubts(&self) -> &[Doubt] {
        &self.doubts
    }

    /// Whether there is a name that means no zone.
    pub(super) fn has_unknown(&self) -> bool {
        let is_unknown = |doubt: &Doubt| !matches!(doubt, Doubt::Likely(..));
        self.doubts.iter().any(is_unknown)
    }

    /// Whether a name means a zone, sure or likely.
    pub(super) fn is_known(&self, name: &str) -> bool {
        let is_about = |doubt: &Doubt| match doubt {
            Doubt::Unknown(unknown) | Doubt::Broken(unknown, _) => unknown == name,
            Doubt::Likely(..) => false,
            Doubt::TooMany => self.known.iter().all(|(known, _)| known != name),
        };
        !self.doubts.iter().any(is_about)
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

fn block<'c>(name: &str, calendar: &'c Component) -> Option<&'c Component> {
    let mut blocks = calendar.components().filter(|c| c.name == "VTIMEZONE");
    blocks.find(|block| self::name(block).as_deref() == Some(name))
}

/// By its IANA or Windows name, else as the calendar describes it, else by what the name says.
fn find_zone(name: &str, calendar: &Component) -> (Option<TimeZone>, Option<Doubt>) {
    let named = named_zone(name);
    if let Some(named) = &named
        && named.reading == NameReading::Name
    {
        return (Some(named.zone.clone()), None);
    }
    let described = block(name, calendar).map(|block| (block, described_zone(block)));
    match (described, named) {
        (Some((block, Ok(described))), _) => {
            // A place that has the same clocks is a name for them.
            let place = place(block).filter(|place| has_same_clocks(place, &described));
            (Some(place.unwrap_or(described)), None)
        }
        (_, Some(named)) if named.reading == NameReading::Offset => (Some(named.zone), None),
        (_, Some(named)) => {
            let doubt = Doubt::Likely(name.to_owned(), named.zone.clone());
            (Some(named.zone), Some(doubt))
        }
        (Some((block, Err(why))), None) => match place(block) {
            Some(place) => (Some(place), None),
            None => (None, Some(Doubt::Broken(name.to_owned(), why))),
        },
        (None, None) => (None, Some(Doubt::Unknown(name.to_owned()))),
    }
}

/// Where a VTIMEZONE says that its clocks hang.
fn place(block: &Component) -> Option<TimeZone> {
    let place = block.property("X-LIC-LOCATION")?;
    when::zone(place.value.trim()).ok()
}

/// Names that the calendar describes otherwise than the places show that it gives for them; with these.
pub(super) fn false_places(calendar: &Component, zones: &Zones) -> Vec<(String, String)> {
    let described = zones.known.iter().filter_map(|(name, zone)| {
        let place = place(block(name, calendar)?)?;
        let shown = when::zone_name(&place)?.to_owned();
        (!has_same_clocks(&place, zone)).then(|| (name.clone(), shown))
    });
    described.collect()
}

/// Through the years in which people meet.
fn has_same_clocks(one: &TimeZone, other: &TimeZone) -> bool {
    let first = jiff::civil::date(2020, 1, 15).at(12, 0, 0, 0);
    let months = (0..180).filter_map(|month| {
        let at = first.checked_add(jiff::Span::new().months(month)).ok()?;
        TimeZone::UTC.to_timestamp(at).ok()
    });
    let mut months = months;
    months.all(|at| one.to_offset(at) == other.to_offset(at))
}

/// Writes the names of those places for zones whose description can't be understood. Gives both names, and why.
pub(super) fn name_places(calendar: &mut Component) -> Vec<(String, String, TimeZoneError)> {
    let mut named = Vec::new();
    for name in used_names(calendar).collect::<BTreeSet<_>>() {
        let Some(block) = block(&name, calendar).filter(|_| named_zone(&name).is_none()) else {
            continue;
        };
        let place = place(block).and_then(|place| Some(when::zone_name(&place)?.to_owned()));
        if let (Some(place), Err(why)) = (place, described_zone(block)) {
            named.push((name, place, why));
        }
    }
    for (old, new, _) in &named {
        rename(calendar, new, |name| name == old);
        calendar.retain_components(|c| c.name != "VTIMEZONE" || name(c).as_ref() != Some(old));
    }
    named
}

/// Writes a name that everybody knows in the place of those that nobody knows.
pub(super) fn rename_unknown(calendar: &mut Component, zones: &Zones, name: &str) {
    rename(calendar, name, |tzid| !zones.is_known(tzid));
}

fn rename(calendar: &mut Component, name: &str, is_it: impl Fn(&str) -> bool) {
    for event in calendar.components_mut().filter(|c| c.name == "VEVENT") {
        event.edit(|line| {
            if !time::NAMES.iter().any(|name| line.is(name)) {
                return Edit::Keep;
            }
            let Some(mut content) = line.content() else {
                return Edit::Keep;
            };
            let mut is_renamed = false;
            for parameter in content.parameters.iter_mut().filter(|p| p.name == "TZID") {
                if parameter.values.first().is_some_and(|tzid| is_it(tzid)) {
                    parameter.values = vec![name.to_owned()];
                    is_renamed = true;
                }
            }
            match is_renamed {
                true => Edit::Say(content),
                false => Edit::Keep,
            }
        });
    }
}

/// Takes out what the calendar says of zones whose names mean another one, or nothing that can be understood:
/// they are described anew. Gives their names, and why one can't be understood.
pub(super) fn drop_false(
    calendar: &mut Component,
    zones: &Zones,
) -> Vec<(String, Option<TimeZoneError>)> {
    let last = Timetable::read(calendar, zones).last_end();
    let until_last = |months| {
        let mut moments = moments(calendar, zones, months);
        moments.retain(|at| last.is_none_or(|last| *at <= last));
        moments
    };
    let (moments, later) = (until_last(MONTHS), until_last(MOST_MONTHS));
    let (mut dropped, mut ended) = (Vec::new(), Vec::new());
    for (name, zone) in &zones.known {
        let is_named = named_zone(name).is_some_and(|named| named.reading == NameReading::Name);
        let Some(block) = block(name, calendar).filter(|_| is_named) else {
            continue;
        };
        match described_zone(block) {
            Err(why) => dropped.push((name.clone(), Some(why))),
            Ok(described) => {
                let mut moments = moments.iter();
                if moments.any(|at| described.to_offset(*at) != zone.to_offset(*at)) {
                    dropped.push((name.clone(), None));
                } else if later
                    .iter()
                    .any(|at| described.to_offset(*at) != zone.to_offset(*at))
                {
                    // It ends before the series does, as some programs let it.
                    ended.push(name.clone());
                }
            }
        }
    }
    let goes =
        |name: String| ended.contains(&name) || dropped.iter().any(|(dropped, _)| *dropped == name);
    calendar.retain_components(|block| block.name != "VTIMEZONE" || !name(block).is_some_and(goes));
    dropped
}

/// How long a series is looked at where what is said of its zone may be wrong: a year.
const MONTHS: i32 = 12;

/// The same where it may be too little.
const MOST_MONTHS: i32 = 120;

/// When the meetings take place, as far as zones are compared: what comes again, for so many months.
fn moments(calendar: &Component, zones: &Zones, months: i32) -> Vec<Timestamp> {
    let mut moments = Vec::new();
    for event in calendar.components().filter(|c| c.name == "VEVENT") {
        let Ok((start, end)) = time::range(event, zones) else {
            continue;
        };
        moments.push(end.timestamp());
        let comes_again = ["RRULE", "RDATE"]
            .iter()
            .any(|name| event.property(name).is_some());
        let months = if comes_again { months } else { 0 };
        let later = (0..=months).filter_map(|month| {
            let at = start.checked_add(jiff::Span::new().months(month)).ok()?;
            Some(at.timestamp())
        });
        moments.extend(later);
    }
    moments
}

/// Adds a VTIMEZONE for every zone that is used and known and has none: `first` and `last` are the
/// earliest and latest moments of the meeting.
pub(super) fn declare(calendar: &mut Component, zones: &Zones, first: Timestamp, last: Timestamp) {
    let used: BTreeSet<String> = used_names(calendar).collect();
    for name in used {
        if block(&name, calendar).is_some() || !zones.is_known(&name) {
            continue;
        }
        let start: Zoned = first.to_zoned(zones.get(&name).clone());
        if let Some(declared) = timezone::component(&name, &start, last, calendar) {
            calendar.insert(declared);
        }
    }
}
