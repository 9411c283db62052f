//! A meeting as a calendar file: what is not changed stays byte for byte.
//!
//! The diary is shared with other programs and with people, so a file is never written anew from
//! what confctl understands of it. It is cut into lines, a few of them change, and the rest is
//! written back as it was read.

mod block;
mod change;
mod crowd;
mod elsewhere;
mod error;
mod former;
pub mod ics;
mod lines;
mod links;
mod mend;
mod notes;
mod occurrences;
mod orphans;
mod other_conference;
mod people;
mod read;
mod remark;
mod repair;
mod revise;
mod room;
mod send;
mod series;
mod store;
mod time;
mod times;
mod timezone;
mod unwrap;
mod zones;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde_json::Value;

use crate::calendar_object::revise::Revision;
use crate::calendar_object::zones::Zones;
use crate::conference::{Appointment, Language, Outline, Person, Series, Status};
use crate::hex::hex;
use crate::icalendar::{Component, Object, ScheduleAgent};
use crate::invitation::{Branding, clean};

pub use crowd::Crowd;
pub use error::CalendarObjectError;
pub use notes::Notes;
pub use occurrences::Timetable;
pub use remark::{About, Remark, Weight, line_number};
pub use room::TooLarge;
pub use unwrap::{Elsewhere, Listed, Wanted, list_meetings, parse_elsewhere};

/// A calendar object about one meeting: a VEVENT, and one for each occurrence that differs. With
/// notes it is a meeting of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarObject {
    object: Object,
    text: String,
    uid: String,
    notes: Option<Notes>,
}

/// What earlier versions kept in the file itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerNotes {
    /// What no calendar has a place for.
    pub notes: Notes,
    /// Who was mailed which SEQUENCE last, by address in small letters.
    pub sent: BTreeMap<String, u32>,
    /// Where the meeting is on the organizer's calendar, as whoever put it there describes it.
    pub calendar_entry: Option<Value>,
    /// What a script called the request that made the meeting, and a digest of what it asked for.
    pub key: Option<(String, String)>,
}

/// Most VEVENTs that are about all of a meeting. There should be one (RFC 4791 4.1); each may come
/// again thousands of times.
const MOST_MASTERS: usize = 16;

/// What to do about a block with one fence only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damaged {
    /// Change nothing.
    Refuse,
    /// Leave it and add a new block.
    Append,
}

impl Damaged {
    /// As people asked for, with `--new-block` or without it.
    pub fn of(new_block: bool) -> Self {
        match new_block {
            true => Self::Append,
            false => Self::Refuse,
        }
    }
}

/// What is sent to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sending<'a> {
    /// The meeting as it is: REQUEST, PUBLISH without attendees, CANCEL when it is cancelled.
    Meeting,
    /// One occurrence as it is now: REQUEST, or CANCEL when it was dropped.
    Occurrence(&'a Zoned),
    /// CANCEL for these people alone.
    Removal {
        /// Who need not come any more.
        people: &'a [Person],
        /// Original start of the one occurrence that they need not come to; none: all of the
        /// meeting.
        occurrence: Option<&'a Zoned>,
    },
}

/// One of the times at which a meeting takes place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Where the rule puts it (RECURRENCE-ID).
    pub original: Zoned,
    /// When it starts.
    pub start: Zoned,
    /// When it ends.
    pub end: Zoned,
}

impl CalendarObject {
    /// A new meeting. Fails only when the text would be larger than what is read back, or when the
    /// UID is empty.
    pub fn new(
        appointment: &Appointment,
        branding: &Branding,
    ) -> Result<Self, CalendarObjectError> {
        let written = ics::calendar(&clean::for_people(appointment), branding);
        let mut object = Object::parse(written.as_bytes())?;
        object.calendar.retain_lines(|line| !line.is("METHOD"));
        let object = Self::of(object)?;
        let notes = object.notes_of(appointment)?;
        Ok(object.with_notes(Some(notes)))
    }

    /// Reads a file of at most 4 MiB, without notes. Components beside the meeting are kept.
    pub fn parse(bytes: &[u8]) -> Result<Self, CalendarObjectError> {
        Self::of(Object::parse(bytes)?)
    }

    fn of(object: Object) -> Result<Self, CalendarObjectError> {
        object.size().check()?;
        lines::check(&object)?;
        let text = object.to_string();
        let masters = object.calendar.components().filter(|c| is_master(c));
        if masters.count() > MOST_MASTERS {
            return Err(CalendarObjectError::SeveralMeetings);
        }
        let first = master(&object)?;
        let uid = read::uid(first).ok_or(CalendarObjectError::NoUid)?;
        let zones = Zones::of(&object.calendar, &TimeZone::UTC);
        for event in object.calendar.components().filter(|c| c.name == "VEVENT") {
            if read::uid(event).ok_or(CalendarObjectError::NoUid)? != uid {
                return Err(CalendarObjectError::SeveralMeetings);
            }
            time::range(event, &zones)?;
            read::check_sequence(event)?;
        }
        Ok(Self {
            uid,
            object,
            text,
            notes: None,
        })
    }

    /// The same calendar with other notes.
    pub fn with_notes(self, notes: Option<Notes>) -> Self {
        Self { notes, ..self }
    }

    /// What confctl knows of the meeting; none: it is not ours.
    pub fn notes(&self) -> Option<&Notes> {
        self.notes.as_ref()
    }

    /// What an earlier version kept in the file. Anybody can write that who can write the file.
    pub fn former_notes(&self) -> Result<Option<FormerNotes>, CalendarObjectError> {
        former::read(master(&self.object)?)
    }

    /// What is written into the diary: without METHOD (RFC 4791 4.1).
    pub fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// As [`Appointment::uid`].
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// The version of the meeting, the highest of it and its occurrences (RFC 5545 3.8.7.4).
    pub fn sequence(&self) -> u32 {
        self.events().map(read::sequence).max().unwrap_or_default()
    }

    /// When this version was written (DTSTAMP).
    pub fn stamp(&self) -> Timestamp {
        let line = master(&self.object)
            .ok()
            .and_then(|e| e.property("DTSTAMP"));
        line.and_then(|line| time::stamp(&line)).unwrap_or_default()
    }

    /// Who sends for the organizer (SENT-BY).
    pub fn sender(&self) -> Option<Person> {
        people::sender(master(&self.object).ok()?)
    }

    /// The meeting as every calendar knows it. Times without a zone, and of zones that nobody
    /// knows, are in `zone`.
    pub fn outline(&self, zone: &TimeZone) -> Result<Outline, CalendarObjectError> {
        let mut outline = read::outline(master(&self.object)?, &self.zones(zone))?;
        self.tell_changed(outline.series.as_mut(), zone);
        Ok(outline)
    }

    /// What the occurrences say of themselves.
    fn tell_changed(&self, series: Option<&mut Series>, zone: &TimeZone) {
        // Most files have none, and are read by the thousand.
        if let Some(series) = series
            && self.events().nth(1).is_some()
        {
            series.changed = self.timetable(zone).differences();
        }
    }

    /// The meeting with its conference; none if it is not ours.
    pub fn appointment(&self, zone: &TimeZone) -> Result<Option<Appointment>, CalendarObjectError> {
        let event = master(&self.object)?;
        let notes = self.notes.clone();
        let read = notes.map(|notes| read::appointment(event, &self.zones(zone), notes));
        let mut read = read.transpose()?;
        if let Some(appointment) = &mut read {
            // Programs that number occurrences by themselves may be further there, and what comes next has
            // to be above all of them.
            appointment.sequence = self.sequence();
            self.tell_changed(appointment.series.as_mut(), zone);
        }
        Ok(read)
    }

    /// One occurrence, as its own VEVENT or else the rule has it; cancelled if it was dropped.
    pub fn occurrence(&self, original: &Zoned) -> Result<Option<Appointment>, CalendarObjectError> {
        let event = master(&self.object)?;
        let Some(notes) = self.notes.clone() else {
            return Ok(None);
        };
        let zones = self.zones(original.time_zone());
        let dropped = series::is_excluded(event, original, &zones);
        let mut appointment = read::appointment(&self.event(original, &zones)?, &zones, notes)?;
        appointment.series = None;
        appointment.sequence = self.sequence();
        appointment.occurrence = Some(original.clone());
        if dropped {
            appointment.status = Status::Cancelled;
        }
        Ok(Some(appointment))
    }

    /// Refuses a call-in block that has lost one of its fences.
    pub fn check_block(&self) -> Result<(), CalendarObjectError> {
        if self.events().any(block::is_damaged) {
            return Err(CalendarObjectError::DamagedBlock);
        }
        Ok(())
    }

    /// Makes the document say what `new` says, for all of the meeting or for the one occurrence
    /// that `new` is about; whatever that does not touch stays byte for byte. A note of none stays
    /// as it is, an empty one goes; the UID and a higher SEQUENCE stay. After an error, nothing has
    /// changed.
    pub fn revise(
        &mut self,
        new: &Appointment,
        zone: &TimeZone,
        damaged: Damaged,
        branding: &Branding,
    ) -> Result<(), CalendarObjectError> {
        let mut object = self.object.clone();
        let revision = Revision {
            new,
            notes: self.notes.as_ref(),
            zone,
            damaged,
            branding,
        };
        let notes = revision.apply(&mut object)?;
        *self = Self::of(object)?.with_notes(Some(notes));
        Ok(())
    }

    /// Makes the file say how to join as `own` says it, which is what is known of this meeting, whoever
    /// wrote otherwise. False: it does. A block that has lost a fence stays as it is.
    pub fn restore_ways_in(
        &mut self,
        own: &Appointment,
        branding: &Branding,
    ) -> Result<bool, CalendarObjectError> {
        let mut object = self.object.clone();
        revise::restore_ways_in(&mut object, own, branding)?;
        let object = Self::of(object)?.with_notes(self.notes.clone());
        let is_restored = object.text != self.text;
        *self = object;
        Ok(is_restored)
    }

    /// Takes over a meeting that was made elsewhere, with the conference that `new` tells of: whatever
    /// the file said about joining, it says that now.
    pub fn adopt(
        &mut self,
        new: &Appointment,
        zone: &TimeZone,
        branding: &Branding,
    ) -> Result<(), CalendarObjectError> {
        let mut object = self.object.clone();
        revise::adopt(&mut object, new, branding)?;
        let object = Self::of(object)?;
        let notes = object.notes_of(new)?;
        *self = object.with_notes(Some(notes));
        self.revise(new, zone, Damaged::Append, branding)
    }

    fn notes_of(&self, new: &Appointment) -> Result<Notes, CalendarObjectError> {
        let start = master(&self.object)?.property("DTSTART");
        let start = start.ok_or(CalendarObjectError::NoStart)?;
        Ok(Notes::of(
            &clean::appointment(new),
            start.value.ends_with('Z'),
        ))
    }

    /// In which language the call-in block speaks; none: there is none.
    pub fn block_language(&self) -> Option<Language> {
        block::language(master(&self.object).ok()?)
    }

    /// Whether the text of the meeting holds some words.
    pub fn says(&self, words: &str) -> bool {
        let description = master(&self.object)
            .ok()
            .and_then(|e| e.property("DESCRIPTION"));
        description.is_some_and(|line| line.value.contains(words))
    }

    /// Takes an occurrence out of the series (EXDATE), with what was said about it alone.
    pub fn drop_occurrence(
        &mut self,
        original: &Zoned,
        sequence: u32,
        stamp: Timestamp,
    ) -> Result<(), CalendarObjectError> {
        let mut object = self.object.clone();
        revise::drop_occurrence(&mut object, original, sequence, stamp)?;
        *self = Self::of(object)?.with_notes(self.notes.take());
        Ok(())
    }

    /// The occurrences that end after `from`, in order, at most `most`.
    pub fn occurrences(&self, zone: &TimeZone, from: Timestamp, most: usize) -> Vec<Occurrence> {
        self.timetable(zone).occurrences(from, most)
    }

    /// When it takes place, for those who ask more than one question about that.
    pub fn timetable(&self, zone: &TimeZone) -> Timetable {
        Timetable::read(&self.object.calendar, &self.zones(zone))
    }

    /// Takes out what is said about occurrences that the series does not have, or has no longer:
    /// their VEVENTs and EXDATEs. Gives the original starts of those VEVENTs, in order. All else
    /// stays byte for byte, and everything does if the series can't be understood.
    pub fn remove_orphans(&mut self, zone: &TimeZone) -> Result<Vec<Zoned>, CalendarObjectError> {
        let mut object = self.object.clone();
        let dropped = orphans::drop_from(&mut object, &self.zones(zone))?;
        *self = Self::of(object)?.with_notes(self.notes.take());
        Ok(dropped)
    }

    /// Original starts of occurrences that were dropped or cancelled, in order, each once, in the
    /// zone of the start.
    pub fn dropped_occurrences(&self, zone: &TimeZone) -> Vec<Zoned> {
        series::dropped_occurrences(&self.object.calendar, &self.zones(zone))
    }

    /// Original starts of the occurrences that are not as the series has them, in the file's order.
    pub fn changed_occurrences(&self, zone: &TimeZone) -> Vec<Zoned> {
        let zones = self.zones(zone);
        let original = |event: &Component| series::original(event, &zones).ok().flatten();
        self.events().filter_map(original).collect()
    }

    /// As [`Timetable::last_end`].
    pub fn last_end(&self, zone: &TimeZone) -> Option<Timestamp> {
        self.timetable(zone).last_end()
    }

    /// The document for people: with a METHOD, without confctl's own properties, CRLF line ends,
    /// lines of at most 75 octets.
    pub fn to_send(
        &self,
        what: &Sending<'_>,
        zone: &TimeZone,
    ) -> Result<String, CalendarObjectError> {
        send::document(self, what, zone)
    }

    /// The document for a calendar server: without METHOD (RFC 4791 4.1) and confctl's own
    /// properties, CRLF line ends, lines of at most 75 octets.
    pub fn to_store(&self, agent: ScheduleAgent) -> Result<String, CalendarObjectError> {
        store::document(self, agent)
    }

    fn zones(&self, zone: &TimeZone) -> Zones {
        Zones::of(&self.object.calendar, zone)
    }

    fn events(&self) -> impl Iterator<Item = &Component> {
        let components = self.object.calendar.components();
        components.filter(|component| component.name == "VEVENT")
    }

    /// The VEVENT of one occurrence, or what it would be.
    fn event(&self, original: &Zoned, zones: &Zones) -> Result<Component, CalendarObjectError> {
        let at = revise::position(&self.object, original, zones);
        match at.and_then(|at| self.events().nth(at)) {
            Some(event) => Ok(event.clone()),
            None => series::instance(
                &self.object.calendar,
                master(&self.object)?,
                original,
                zones,
            ),
        }
    }
}

/// What the file of a meeting is called, in the diary and on a calendar: a UID may hold what no file
/// name can.
pub fn file_name(uid: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"@._-".contains(&b);
    if uid.len() <= 120 && uid.bytes().all(plain) && !uid.starts_with('.') {
        return format!("{uid}.ics");
    }
    format!("{}.ics", hex(&openssl::sha::sha1(uid.as_bytes())))
}

fn master(object: &Object) -> Result<&Component, CalendarObjectError> {
    let mut events = object.calendar.components().filter(|c| c.name == "VEVENT");
    let first = events.next().ok_or(CalendarObjectError::NoEvent)?;
    let mut all = std::iter::once(first).chain(events);
    all.find(|c| is_master(c))
        .ok_or(CalendarObjectError::NoSeries)
}

/// The same, to be changed.
fn master_mut(object: &mut Object) -> Result<&mut Component, CalendarObjectError> {
    let mut events = object.calendar.components_mut();
    events
        .find(|c| is_master(c))
        .ok_or(CalendarObjectError::NoEvent)
}

/// Whether a component is the VEVENT about all of the meeting.
fn is_master(component: &Component) -> bool {
    component.name == "VEVENT" && component.property("RECURRENCE-ID").is_none()
}

#[cfg(test)]
mod tests;
