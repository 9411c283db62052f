//! What a file is, and what a listing needs of it.

use std::path::Path;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use crate::calendar_object::{CalendarObject, CalendarObjectError, Occurrence};
use crate::conference::{MeetingId, Outline, Person, Series, Status};
use crate::diary::folder::{self, LARGEST, contains, read_bounded};

/// The end of every calendar file that is whole.
const END: &[u8] = b"END:VCALENDAR";
use crate::when;

/// What stands in every meeting with a conference, unless somebody took it out, in small letters and
/// however it is folded: a line of its call-in block, its link, or what earlier versions kept there.
const MARKS: [&[u8]; 4] = [b"(confctl)", b"focus:id:", b"focus%3aid%3a", b"x-confctl-"];

/// How far before the present occurrences are written down, and how far after it.
const BEHIND: SignedDuration = SignedDuration::from_hours(24 * 35);
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 400);

/// Most occurrences of one meeting that are written down.
const MOST: usize = 500;

/// What a file is.
pub enum Content {
    /// One meeting, with a conference or without.
    Meeting(Box<Summary>),
    /// Nothing that could be a meeting of ours; other programs' affair.
    Other,
    /// It could be one, and can't be understood; why, as a clause.
    Unreadable(String),
    /// No ordinary file.
    Special,
}

/// What a listing needs of a meeting.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Summary {
    /// RFC 5545 3.8.4.7
    pub uid: String,
    /// RFC 5545 3.8.7.4
    pub sequence: u32,
    /// DTSTAMP
    pub stamp: Timestamp,
    /// SUMMARY in one line.
    pub subject: String,
    /// Whether it takes place no more.
    pub is_cancelled: bool,
    /// First start.
    pub start: Zoned,
    /// First end.
    pub end: Zoned,
    /// When it comes again, without what is dropped.
    pub series: Option<Series>,
    /// Who invites.
    pub organizer: Option<Person>,
    /// Who sends for the organizer.
    pub sender: Option<Person>,
    /// The conferences that its links lead to.
    pub links: Vec<MeetingId>,
    /// The earliest start: an occurrence that was moved may be before the first.
    pub first: Timestamp,
    /// When the last occurrence is over; none: there is no last one.
    pub last_end: Option<Timestamp>,
    /// Whether it comes again by a rule that nobody here understands.
    pub has_unknown_rule: bool,
    /// Occurrences from `covered_from` to `covered_until`.
    #[serde(skip)]
    pub occurrences: Vec<(Zoned, Zoned)>,
    /// What ends before may be missing in the occurrences; none: nothing is.
    pub covered_from: Option<Timestamp>,
    /// What starts after may be missing; none: nothing is.
    pub covered_until: Option<Timestamp>,
}

impl Summary {
    pub(super) fn status(&self) -> Status {
        match self.is_cancelled {
            true => Status::Cancelled,
            false => Status::Confirmed,
        }
    }

    fn of(
        object: &CalendarObject,
        zone: &TimeZone,
        now: Timestamp,
    ) -> Result<Self, CalendarObjectError> {
        let outline: Outline = object.outline(zone)?;
        let timetable = object.timetable(zone);
        let from = now.saturating_sub(BEHIND).unwrap_or(Timestamp::MIN);
        let until = now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
        // One time is no window's affair.
        let is_single = timetable.is_single();
        let window = if is_single { Timestamp::MIN } else { from };
        let mut occurrences = timetable.occurrences(window, MOST);
        let mut covered_until = Timestamp::MAX;
        if occurrences.len() == MOST {
            let start = |one: &Occurrence| one.start.timestamp();
            let last = occurrences.last().map_or(until, start);
            occurrences.retain(|one| start(one) < until);
            covered_until = last.min(until);
        }
        let times = occurrences
            .into_iter()
            .map(|one| (printable(one.start), printable(one.end)));
        Ok(Self {
            occurrences: times.collect(),
            covered_from: (!is_single).then_some(from),
            covered_until: (!is_single).then_some(covered_until),
            first: timetable
                .earliest()
                .map_or(outline.start.timestamp(), |earliest| {
                    earliest.min(outline.start.timestamp())
                }),
            last_end: timetable.last_end(),
            has_unknown_rule: timetable.has_unknown_rule(),
            links: object.links(),
            sender: object.sender(),
            stamp: object.stamp(),
            uid: outline.uid,
            sequence: outline.sequence,
            subject: outline.subject,
            is_cancelled: outline.status == Status::Cancelled,
            start: printable(outline.start),
            end: printable(outline.end),
            series: outline.series.map(shortened),
            organizer: outline.organizer,
        })
    }
}

/// Most dates of each kind that a listing goes by; thousands may be dropped.
const MOST_DATES: usize = 64;

/// As much of a series as its repetition is told from.
fn shortened(series: Series) -> Series {
    let first = |dates: Vec<Zoned>| dates.into_iter().take(MOST_DATES).map(printable).collect();
    let short = |dates: Vec<Zoned>| match dates.len() <= MOST_DATES {
        true => first(dates),
        false => Vec::new(),
    };
    Series {
        excluded: short(series.excluded),
        added: first(series.added),
        own_ends: Vec::new(),
        ..series
    }
}

/// The same time in a zone that can be written down: one of a calendar's own has no name.
fn printable(at: Zoned) -> Zoned {
    match when::has_name(at.time_zone()) {
        true => at,
        false => at.with_time_zone(at.offset().to_time_zone()),
    }
}

/// Reads a file. Gives the calendar object as well where it is one meeting. None: the file is gone.
pub(super) fn read(
    path: &Path,
    zone: &TimeZone,
    now: Timestamp,
) -> Option<(Content, Option<CalendarObject>)> {
    let is_special = match path.metadata() {
        Ok(there) => !there.is_file(),
        // It leads nowhere.
        Err(_) => path.is_symlink(),
    };
    if is_special {
        return Some((Content::Special, None));
    }
    let bytes = match read_bounded(path) {
        Ok(bytes) => bytes,
        // Cancelled or renamed by another program while we looked.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => return Some((Content::Unreadable(error.to_string()), None)),
    };
    Some(read_bytes(&bytes, zone, now))
}

fn read_bytes(bytes: &[u8], zone: &TimeZone, now: Timestamp) -> (Content, Option<CalendarObject>) {
    if bytes.len() as u64 > LARGEST {
        let why = "it is larger than 4 MiB".to_owned();
        return (Content::Unreadable(why), None);
    }
    let is_marked = || {
        let letters = folder::bare(bytes);
        MARKS.iter().any(|mark| contains(&letters, mark))
    };
    let read = CalendarObject::parse(bytes)
        .and_then(|object| Ok((Summary::of(&object, zone, now)?, object)));
    match read {
        Ok((summary, object)) => (Content::Meeting(Box::new(summary)), Some(object)),
        // What another program keeps here, and has written to its end, is its own affair.
        Err(_) if contains(bytes, END) && !is_marked() => (Content::Other, None),
        Err(error) => (Content::Unreadable(error.to_string()), None),
    }
}

/// Whether a file that can't be read could hold a UID or the id of a conference, by its name or its
/// bytes, however they are folded. `left` is how many bytes may still be looked through.
pub(super) fn may_hold(path: &Path, id: &str, left: &mut u64) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let is_named = contains(&folder::bare(name), &folder::bare(id.as_bytes()));
    is_named
        || match folder::holds(path, id.as_bytes(), left) {
            Ok(holds) => holds,
            Err(error) => error.kind() != std::io::ErrorKind::NotFound,
        }
}

/// The summary of an object that was just written.
pub(super) fn summarize(
    object: &CalendarObject,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Summary, CalendarObjectError> {
    Summary::of(object, zone, now)
}
