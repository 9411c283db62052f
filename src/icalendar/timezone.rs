//! A VTIMEZONE as it stands: every onset of its parts, and which offset counts from there on
//! (RFC 5545 3.6.5).

use std::collections::{BTreeMap, HashSet};

use jiff::civil::{DateTime, date};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

use crate::icalendar::recurrence::Dates;
use crate::icalendar::{Component, ContentLine, Rule, local_time, offset};
use crate::when::PRIVATE_ZONE;

/// Most onsets of one zone, those of its rules included: real ones have two a year.
const MOST_ONSETS: usize = 20_000;

/// Most parts of one zone.
const MOST_PARTS: usize = 1000;

/// Most rules of one part.
const MOST_RULES: usize = 16;

/// Most different offsets of one zone: their names have to be told apart by one octet.
const MOST_OFFSETS: usize = 20;

/// How long rules without an end are followed. Series are followed for a hundred years.
const HORIZON: DateTime = date(2200, 1, 1).at(0, 0, 0, 0);

/// Why nobody can tell what the clocks of a VTIMEZONE show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeZoneError {
    /// Neither STANDARD nor DAYLIGHT.
    #[error("it has neither STANDARD nor DAYLIGHT")]
    Empty,
    /// Its clocks change every year in one direction only.
    #[error("its clocks go {0} every year and never the other way")]
    OneWay(&'static str),
    /// No place has so many.
    #[error("it has more offsets, parts or changes than any place")]
    TooMany,
    /// A property that is needed is not there.
    #[error("{0} is missing in one of its parts")]
    Missing(&'static str),
    /// A property does not hold what it should.
    #[error("'{value}' in {name} can't be understood")]
    Value {
        /// Name of the property.
        name: &'static str,
        /// What it holds, shortened.
        value: String,
    },
}

/// The zone that a VTIMEZONE describes.
pub fn described_zone(block: &Component) -> Result<TimeZone, TimeZoneError> {
    let mut onsets = BTreeMap::new();
    let mut before: Option<(i64, Offset)> = None;
    let parts = block
        .components()
        .filter(|part| ["STANDARD", "DAYLIGHT"].contains(&part.name.as_str()));
    let mut left = MOST_ONSETS;
    for (at, part) in parts.enumerate() {
        if at == MOST_PARTS {
            return Err(TimeZoneError::TooMany);
        }
        let observance = Observance::read(part)?;
        let all = observance.onsets(left)?;
        left -= all.len();
        for onset in all {
            let Ok(at) = observance.from.to_timestamp(onset) else {
                continue;
            };
            let at = at.as_second();
            if before.is_none_or(|(first, _)| at < first) {
                before = Some((at, observance.from));
            }
            onsets.insert(at, observance.to);
        }
    }
    let (_, before) = before.ok_or(TimeZoneError::Empty)?;
    check_ways(block)?;
    let mut last = before;
    // The first onset says what was before; a program may have meant nothing by that.
    let onsets: Vec<(i64, Offset)> = onsets.into_iter().collect();
    let mut changes = Vec::new();
    for (at, to) in &onsets {
        if *to != last {
            changes.push((*at, *to));
            last = *to;
        }
    }
    let mut offsets: Vec<Offset> = changes.iter().map(|(_, to)| *to).collect();
    offsets.sort();
    offsets.dedup();
    if offsets.len() > MOST_OFFSETS {
        return Err(TimeZoneError::TooMany);
    }
    Ok(match changes.as_slice() {
        [] => TimeZone::fixed(before),
        _ => TimeZone::tzif(PRIVATE_ZONE, &tzif(before, &changes))
            .map_err(|_| TimeZoneError::Empty)?,
    })
}

/// Whether the clocks of a VTIMEZONE go back for the summer, as the last DAYLIGHT and STANDARD say. In Ireland
/// they do, by name; elsewhere a program has swapped the two.
pub fn is_swapped(block: &Component) -> bool {
    let last = |name: &str| {
        let parts = block.components().filter(|part| part.name == name);
        let read = parts.filter_map(|part| Observance::read(part).ok());
        read.max_by_key(|part| part.start).map(|part| part.to)
    };
    matches!((last("DAYLIGHT"), last("STANDARD")), (Some(summer), Some(winter)) if summer < winter)
}

/// A part that comes every year and leaves an offset which nothing leads back to has lost its twin.
fn check_ways(block: &Component) -> Result<(), TimeZoneError> {
    let parts = block
        .components()
        .filter(|part| ["STANDARD", "DAYLIGHT"].contains(&part.name.as_str()));
    let parts: Vec<(Observance<'_>, bool)> = parts
        .filter_map(|part| {
            Some((
                Observance::read(part).ok()?,
                part.property("RRULE").is_some(),
            ))
        })
        .collect();
    let is_lonely = |(part, is_yearly): &&(Observance<'_>, bool)| {
        let mut others = parts.iter();
        *is_yearly && part.from != part.to && !others.any(|(other, _)| other.to == part.from)
    };
    match parts.iter().find(is_lonely) {
        Some((part, _)) if part.to > part.from => Err(TimeZoneError::OneWay("forward")),
        Some(_) => Err(TimeZoneError::OneWay("back")),
        None => Ok(()),
    }
}

/// STANDARD or DAYLIGHT.
struct Observance<'c> {
    part: &'c Component,
    start: DateTime,
    from: Offset,
    to: Offset,
}

impl<'c> Observance<'c> {
    fn read(part: &'c Component) -> Result<Self, TimeZoneError> {
        let line = |name| part.property(name).ok_or(TimeZoneError::Missing(name));
        let start = line("DTSTART")?;
        let to = line("TZOFFSETTO")?;
        let to = offset(&to.value).ok_or_else(|| wrong("TZOFFSETTO", &to.value))?;
        let from = match part.property("TZOFFSETFROM") {
            Some(line) => offset(&line.value).ok_or_else(|| wrong("TZOFFSETFROM", &line.value))?,
            None => to,
        };
        Ok(Self {
            part,
            start: onset_clock(&start.value, from).ok_or_else(|| wrong("DTSTART", &start.value))?,
            from,
            to,
        })
    }

    /// On the clock that shows the offset before; at most `most`.
    fn onsets(&self, most: usize) -> Result<Vec<DateTime>, TimeZoneError> {
        let mut onsets = vec![self.start];
        if self.part.all("RRULE").count() > MOST_RULES {
            return Err(TimeZoneError::TooMany);
        }
        for line in self.part.all("RRULE") {
            let start = self.start.to_zoned(TimeZone::fixed(self.from));
            let start = start.map_err(|_| wrong("RRULE", &line.value))?;
            let read = Rule::read(&line.value, &start, false);
            let (rule, _) = read.map_err(|_| wrong("RRULE", &line.value))?;
            // Rules that ended long ago are as good as any, so nothing is left out before.
            let until = rule.until(start.time_zone()).unwrap_or(Timestamp::MAX);
            let dates = Dates::of(&rule, self.start, self.start, HORIZON).take(most + 1);
            let is_in_force =
                |at: &DateTime| self.from.to_timestamp(*at).is_ok_and(|at| at <= until);
            onsets.extend(dates.take_while(is_in_force));
            if onsets.len() > most {
                return Err(TimeZoneError::TooMany);
            }
        }
        for line in self.part.all("RDATE") {
            for value in values(&line) {
                let value = value.split('/').next().unwrap_or(value);
                onsets.push(onset_clock(value, self.from).ok_or_else(|| wrong("RDATE", value))?);
            }
        }
        for line in self.part.all("EXDATE") {
            let left_out: HashSet<DateTime> = values(&line)
                .filter_map(|v| onset_clock(v, self.from))
                .collect();
            onsets.retain(|at| !left_out.contains(at));
        }
        match onsets.len() > most {
            true => Err(TimeZoneError::TooMany),
            false => Ok(onsets),
        }
    }
}

fn values(line: &ContentLine) -> impl Iterator<Item = &str> {
    line.value
        .split(',')
        .map(str::trim)
        .filter(|value| !value.is_empty())
}

/// The clock before an onset, which shows `from`; some programs write it in UTC.
pub fn onset_clock(value: &str, from: Offset) -> Option<DateTime> {
    let value = value.trim();
    let (local, is_utc) = match value.strip_suffix(['Z', 'z']) {
        Some(local) => (local, true),
        None => (value, false),
    };
    let (day, time) = local_time(local)?;
    let at = DateTime::from_parts(day, time.unwrap_or_default());
    match is_utc {
        true => at.checked_add(i64::from(from.seconds()).seconds()).ok(),
        false => Some(at),
    }
}

fn wrong(name: &'static str, value: &str) -> TimeZoneError {
    let printable = |c: char| if c.is_control() { '\u{FFFD}' } else { c };
    TimeZoneError::Value {
        name,
        value: value.chars().take(40).map(printable).collect(),
    }
}

/// The zone in the form of RFC 8536, in which zones are handed about.
fn tzif(before: Offset, changes: &[(i64, Offset)]) -> Vec<u8> {
    let mut types: Vec<Offset> = vec![before];
    for (_, to) in changes {
        if !types.contains(to) {
            types.push(*to);
        }
    }
    let names: Vec<String> = types.iter().map(|offset| format!("{offset}\0")).collect();
    let ends = names.iter().scan(0, |at, name| {
        *at += name.len();
        Some(*at - name.len())
    });
    let places: Vec<u8> = ends.filter_map(|at| u8::try_from(at).ok()).collect();
    let names = names.concat().into_bytes();
    let mut file = Vec::new();
    header(&mut file, 0, 1, names.len());
    file.extend([0; 6]);
    file.extend(&names);
    header(&mut file, changes.len(), types.len(), names.len());
    for (at, _) in changes {
        file.extend(at.to_be_bytes());
    }
    for (_, to) in changes {
        let kind = types
            .iter()
            .position(|known| known == to)
            .unwrap_or_default();
        file.push(u8::try_from(kind).unwrap_or_default());
    }
    for (offset, place) in types.iter().zip(places) {
        file.extend(offset.seconds().to_be_bytes());
        file.extend([0, place]);
    }
    file.extend(&names);
    file.extend(b"\n\n");
    file
}

fn header(file: &mut Vec<u8>, changes: usize, types: usize, names: usize) {
    file.extend(b"TZif2");
    file.extend([0; 15]);
    for count in [0, 0, 0, changes, types, names] {
        file.extend(u32::try_from(count).unwrap_or_default().to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::db;

    use super::*;
    use crate::icalendar::Object;

    fn block(parts: &str) -> Component {
        let text = format!(
            "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:x\n{parts}END:VTIMEZONE\nEND:VCALENDAR\n"
        );
        let object = Object::parse(text.as_bytes()).unwrap();
        let block = object.calendar.components().next().unwrap();
        block.clone()
    }

    fn part(kind: &str, start: &str, from: &str, to: &str, more: &str) -> String {
        format!(
            "BEGIN:{kind}\nDTSTART:{start}\nTZOFFSETFROM:{from}\nTZOFFSETTO:{to}\n{more}END:{kind}\n"
        )
    }

    fn offsets(parts: &str, times: &[&str]) -> Vec<i32> {
        let zone = described_zone(&block(parts)).unwrap();
        let offset = |at: &&str| zone.to_offset(at.parse::<Timestamp>().unwrap()).seconds() / 60;
        times.iter().map(offset).collect()
    }

    #[test]
    fn what_stands_there_is_evaluated() {
        let winter = "2027-01-15T12:00:00Z";
        let summer = "2027-07-15T12:00:00Z";
        // Single onsets, more of them in one line.
        let parts = part(
            "STANDARD",
            "20261025T030000",
            "+0200",
            "+0100",
            "RDATE:20261025T030000,20271031T030000\n",
        ) + &part("DAYLIGHT", "20270328T020000", "+0100", "+0200", "");
        let times = [
            winter,
            "2027-03-28T00:59:59Z",
            "2027-03-28T01:00:00Z",
            summer,
            "2027-10-31T01:00:00Z",
        ];
        assert_eq!(offsets(&parts, &times), [60, 60, 120, 120, 60]);
        // The last Sunday as a range of days, and the first Friday on or after the 23rd.
        let parts = part(
            "STANDARD",
            "19701025T030000",
            "+0200",
            "+0100",
            "RRULE:FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=25,26,27,28,29,30,31;BYDAY=SU\n",
        ) + &part(
            "DAYLIGHT",
            "19700329T020000",
            "+0100",
            "+0200",
            "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=FR;BYMONTHDAY=23,24,25,26,27,28,29\n",
        );
        let times = [
            "2027-03-26T00:59:59Z",
            "2027-03-26T01:00:00Z",
            "2027-10-31T00:59:59Z",
            "2027-10-31T01:00:00Z",
        ];
        assert_eq!(offsets(&parts, &times), [60, 120, 120, 60]);
        // A rule that has ended, and the one after it.
        let parts = part("STANDARD", "19700101T000000", "-0500", "-0500", "")
            + &part(
                "DAYLIGHT",
                "19870405T020000",
                "-0500",
                "-0400",
                "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU;UNTIL=20060402T070000Z\n",
            )
            + &part(
                "DAYLIGHT",
                "20070311T020000",
                "-0500",
                "-0400",
                "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\n",
            )
            + &part(
                "STANDARD",
                "20071104T020000",
                "-0400",
                "-0500",
                "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\n",
            );
        let times = [
            "1960-07-01T00:00:00Z",
            winter,
            "2027-03-14T07:00:00Z",
            "2027-04-01T00:00:00Z",
            "2027-11-07T06:00:00Z",
        ];
        assert_eq!(offsets(&parts, &times), [-300, -300, -240, -240, -300]);
        // One offset for ever.
        assert_eq!(
            offsets(
                &part("STANDARD", "16010101T000000", "+0530", "+0530", ""),
                &[winter, summer]
            ),
            [330, 330]
        );
    }

    #[test]
    fn what_can_not_be_understood_is_told() {
        for (parts, error) in [
            (String::new(), "neither STANDARD"),
            (
                part("STANDARD", "soon", "+0100", "+0100", ""),
                "'soon' in DTSTART",
            ),
            (
                part("STANDARD", "20270101T000000", "+0100", "east", ""),
                "'east' in TZOFFSETTO",
            ),
            (
                part(
                    "DAYLIGHT",
                    "20270101T000000",
                    "+0100",
                    "+0200",
                    "RRULE:FREQ=EASTER\n",
                ),
                "in RRULE",
            ),
            (
                "BEGIN:STANDARD\nTZOFFSETTO:+0100\nEND:STANDARD\n".to_owned(),
                "DTSTART is missing",
            ),
        ] {
            let told = described_zone(&block(&parts)).unwrap_err().to_string();
            assert!(told.contains(error), "{told}");
        }
    }

    #[test]
    fn a_zone_of_too_much_is_told_at_once() {
        let rules = "RRULE:FREQ=DAILY\n".repeat(17);
        let daily = "RRULE:FREQ=DAILY\n";
        let dates = format!("RDATE:{}\n", "20270101T000000,".repeat(30_000));
        let parts = part("STANDARD", "20270101T000000", "+0100", "+0100", "").repeat(1001);
        for parts in [
            part("STANDARD", "20270101T000000", "+0100", "+0100", &rules),
            part("STANDARD", "20270101T000000", "+0100", "+0100", daily),
            part("STANDARD", "20270101T000000", "+0100", "+0100", &dates),
            parts,
        ] {
            assert_eq!(described_zone(&block(&parts)), Err(TimeZoneError::TooMany));
        }
    }

    #[test]
    fn every_zone_comes_back_from_single_onsets() {
        for name in db().available().filter(|name| name.as_str().contains('/')) {
            let zone = TimeZone::get(name.as_str()).unwrap();
            let from: Timestamp = "2024-01-01T00:00:00Z".parse().unwrap();
            let first = zone.to_offset(from);
            let signed = |offset: Offset| {
                let (sign, s) = (
                    if offset.is_negative() { '-' } else { '+' },
                    offset.seconds().abs(),
                );
                format!("{sign}{:02}{:02}{:02}", s / 3600, s / 60 % 60, s % 60)
            };
            let mut parts = part(
                "STANDARD",
                "19000101T000000",
                &signed(first),
                &signed(first),
                "",
            );
            let mut last = first;
            let changes: Vec<_> = zone.following(from).take(12).collect();
            for change in &changes {
                let local = last
                    .to_datetime(change.timestamp())
                    .strftime("%Y%m%dT%H%M%S")
                    .to_string();
                parts += &part(
                    "DAYLIGHT",
                    &local,
                    &signed(last),
                    &signed(change.offset()),
                    "",
                );
                last = change.offset();
            }
            let read = described_zone(&block(&parts)).unwrap();
            for change in &changes {
                for at in [change.timestamp(), change.timestamp() - 1.second()] {
                    assert_eq!(
                        read.to_offset(at),
                        zone.to_offset(at),
                        "{} {at}",
                        name.as_str()
                    );
                }
            }
        }
    }
}
