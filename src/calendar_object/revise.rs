//! A new version of the appointment into the calendar that has the old one.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::calendar_object::block;
use crate::calendar_object::change::{Change, Version, WAYS_IN, write_version};
use crate::calendar_object::ics;
use crate::calendar_object::notes::{Notes, is_private};
use crate::calendar_object::series::{self, Move};
use crate::calendar_object::time::Form;
use crate::calendar_object::zones::{self, Zones};
use crate::calendar_object::{
    CalendarObjectError, Damaged, is_master, links, master, master_mut, occurrences, read,
};
use crate::conference::{Appointment, MeetingId};
use crate::icalendar::{Component, ContentLine, Object, unescape_text, unfold};
use crate::invitation::{Branding, clean};

/// What a revision needs to know beside the calendar.
pub(super) struct Revision<'a> {
    pub(super) new: &'a Appointment,
    /// Of the version before; none: it was not ours.
    pub(super) notes: Option<&'a Notes>,
    pub(super) zone: &'a TimeZone,
    pub(super) damaged: Damaged,
    pub(super) branding: &'a Branding,
}

impl Revision<'_> {
    /// Makes the calendar say what the new appointment says. Gives the notes that go with it.
    pub(super) fn apply(&self, object: &mut Object) -> Result<Notes, CalendarObjectError> {
        // Whatever the file came as, here it becomes an entry of a diary (RFC 4791 4.1).
        object.calendar.retain_lines(|line| !line.is("METHOD"));
        if self.notes.is_none() && is_linked(object) {
            // One meeting has one conference.
            adopt(object, self.new, self.branding)?;
        }
        let zones = Zones::of(&object.calendar, self.zone);
        let used: Vec<String> = zones::used_names(&object.calendar).collect();
        let change = match &self.new.occurrence {
            Some(original) => self.revise_one(original, object, &zones)?,
            None => self.revise(object, &zones)?,
        };
        write_timezones(object, &change, &used);
        remove_private(object);
        self.notes_of(object, &zones)
    }

    fn revise(&self, object: &mut Object, zones: &Zones) -> Result<Change, CalendarObjectError> {
        let ending = object.ending();
        let change = self.change(master(object)?, zones, ending)?;
        let last = last_original(object, zones);
        let event = master_mut(object)?;
        change.apply(event)?;
        let before = series::form(event, zones)?;
        let form = change.write_times(event, zones)?;
        let moves = Move::of(&change, &before, form, last.as_ref());
        moves.write_master(&change, event, zones);
        if self.new.series.is_none() && change.old.appointment.series.is_some() {
            let single = |c: &Component| c.name != "VEVENT" || is_master(c);
            object.calendar.retain_components(single);
        }
        for event in object.calendar.components_mut().filter(|c| is_exception(c)) {
            change.apply(event)?;
            if change.takes_other_times() {
                moves.write_occurrence(event, zones)?;
            }
        }
        Ok(change)
    }

    fn revise_one(
        &self,
        original: &Zoned,
        object: &mut Object,
        zones: &Zones,
    ) -> Result<Change, CalendarObjectError> {
        let ending = object.ending();
        check_alone(object, original, zones)?;
        if position(object, original, zones).is_none() {
            let instance = series::instance(&object.calendar, master(object)?, original, zones)?;
            object.calendar.insert(instance);
        }
        let event = of_occurrence(object, original, zones)?;
        let change = self.change(event, zones, ending)?;
        change.apply(event)?;
        change.write_times(event, zones)?;
        let new = &change.new.appointment;
        write_version(master_mut(object)?, new.sequence, new.stamp);
        Ok(change)
    }

    /// From what the event says to the new appointment.
    fn change(
        &self,
        event: &Component,
        zones: &Zones,
        ending: &str,
    ) -> Result<Change, CalendarObjectError> {
        let had_conference = self.notes.is_some();
        let notes = self.notes.cloned();
        let notes = notes.unwrap_or_else(|| Notes::of(self.new, false));
        let mut old = read::appointment(event, zones, notes)?;
        old.occurrence.clone_from(&self.new.occurrence);
        let mut new = self.new.clone();
        new.uid.clone_from(&old.uid);
        new.sequence = new.sequence.max(old.sequence);
        // Who acts for himself says nothing about those who act for him elsewhere.
        if new.sender.is_none() && old.organizer.is(&new.organizer) {
            new.sender.clone_from(&old.sender);
        }
        let note = new.note.as_deref();
        Ok(Change {
            forgets_note: note.is_some_and(|note| note.trim().is_empty()),
            old: Version::of(&old, ending, self.branding)?,
            new: Version::of(&new, ending, self.branding)?,
            had_conference,
            damaged: self.damaged,
        })
    }

    /// One occurrence changes nothing about the meeting as a whole.
    fn notes_of(&self, object: &Object, zones: &Zones) -> Result<Notes, CalendarObjectError> {
        if let (Some(_), Some(notes)) = (&self.new.occurrence, self.notes) {
            return Ok(notes.clone());
        }
        let start = master(object)?.property("DTSTART");
        let start = start.ok_or(CalendarObjectError::NoStart)?;
        let in_utc = Form::of(&start, zones).is_utc();
        Ok(Notes::of(&clean::appointment(self.new), in_utc))
    }
}

/// Takes an occurrence out of the series.
pub(super) fn drop_occurrence(
    object: &mut Object,
    original: &Zoned,
    sequence: u32,
    stamp: Timestamp,
) -> Result<(), CalendarObjectError> {
    let zones = Zones::of(&object.calendar, original.time_zone());
    check_alone(object, original, &zones)?;
    let event = master_mut(object)?;
    series::exclude(event, original, &zones)?;
    write_version(event, sequence, stamp);
    object
        .calendar
        .retain_components(|event| !is_exception(event) || !is_about(event, original, &zones));
    remove_private(object);
    Ok(())
}

/// What earlier versions kept here is known elsewhere by now, and what others planted is believed
/// by nobody.
fn remove_private(object: &mut Object) {
    for component in object.calendar.components_mut() {
        component.retain_lines(|line| !is_private(line));
    }
}

/// Whether some link leads to a conference that is not known here.
fn is_linked(object: &Object) -> bool {
    let mut events = object.calendar.components().filter(|c| c.name == "VEVENT");
    events.any(|event| links::links(event).next().is_some())
}

/// Takes out every way in that is not what the new appointment's would be, and puts those in its place.
pub(super) fn adopt(
    object: &mut Object,
    new: &Appointment,
    branding: &Branding,
) -> Result<(), CalendarObjectError> {
    let version = Version::of(new, object.ending(), branding)?;
    for event in object
        .calendar
        .components_mut()
        .filter(|c| c.name == "VEVENT")
    {
        for name in WAYS_IN {
            let lines = |event: &Component| -> Vec<String> {
                let values = event.all(name).map(|line| line.value.trim().to_owned());
                let mut values: Vec<String> = values.collect();
                values.sort();
                values
            };
            let is_link = |line: ContentLine| MeetingId::of_link(&line.value).is_some();
            let is_place = |line: ContentLine| ics::is_place(&unescape_text(&line.value));
            // The organizer may have another place in mind, and another page to be read.
            let is_own = name == "LOCATION" && !event.all(name).any(is_place)
                || name == "URL" && !event.all(name).any(is_link);
            if is_own || lines(event) == lines(&version.event) {
                continue;
            }
            event.retain_lines(|line| !line.is(name));
            version.event.all(name).for_each(|line| event.add(&line));
        }
    }
    remove_private(object);
    Ok(())
}

/// Puts every way in that is not what the meeting's would be right, where there is one.
pub(super) fn restore_ways_in(
    object: &mut Object,
    own: &Appointment,
    branding: &Branding,
) -> Result<(), CalendarObjectError> {
    let version = Version::of(own, object.ending(), branding)?;
    block::remove_others(&mut object.calendar);
    let components = object.calendar.components_mut();
    for event in components.filter(|component| component.name == "VEVENT") {
        version.restore_ways_in(event);
    }
    Ok(())
}

/// Which of the VEVENTs is about that occurrence.
pub(super) fn position(object: &Object, original: &Zoned, zones: &Zones) -> Option<usize> {
    let mut events = object.calendar.components().filter(|c| c.name == "VEVENT");
    events.position(|event| is_exception(event) && is_about(event, original, zones))
}

/// Refuses an occurrence with which all that follow would change.
pub(super) fn check_alone(
    object: &Object,
    original: &Zoned,
    zones: &Zones,
) -> Result<(), CalendarObjectError> {
    let events = object.calendar.components().filter(|c| is_exception(c));
    let mut events = events.filter(|event| is_about(event, original, zones));
    match events.any(|event| occurrences::range(event).is_some()) {
        true => Err(CalendarObjectError::Range),
        false => Ok(()),
    }
}

fn of_occurrence<'a>(
    object: &'a mut Object,
    original: &Zoned,
    zones: &Zones,
) -> Result<&'a mut Component, CalendarObjectError> {
    let at = position(object, original, zones).ok_or(CalendarObjectError::NoEvent)?;
    let components = object.calendar.components_mut();
    let event = components.filter(|c| c.name == "VEVENT").nth(at);
    event.ok_or(CalendarObjectError::NoEvent)
}

fn is_exception(component: &Component) -> bool {
    component.name == "VEVENT" && component.property("RECURRENCE-ID").is_some()
}

/// The last original start of those occurrences that differ.
fn last_original(object: &Object, zones: &Zones) -> Option<Zoned> {
    let events = object.calendar.components().filter(|c| is_exception(c));
    let originals = events.filter_map(|event| series::original(event, zones).ok().flatten());
    originals.max()
}

fn is_about(event: &Component, original: &Zoned, zones: &Zones) -> bool {
    let found = series::original(event, zones).ok().flatten();
    found.is_some_and(|found| found == *original)
}

/// Every zone that the new version brings in gets its VTIMEZONE; one that was ours is renewed, one
/// that nothing uses any more goes.
fn write_timezones(object: &mut Object, change: &Change, used_before: &[String]) {
    let calendar = &mut object.calendar;
    let used: Vec<String> = zones::used_names(calendar).collect();
    // What is right for one occurrence need not be for all of them.
    let renews = change.new.appointment.occurrence.is_none();
    for block in &change.new.timezones {
        let is_same = |other: &Component| {
            other.name == block.name && zones::name(other) == zones::name(block)
        };
        let ours = |there: &Component| change.old.timezones.iter().any(|old| says(old, there));
        let is_new = zones::name(block).is_some_and(|name| used.contains(&name));
        if is_new && !calendar.components().any(is_same) {
            calendar.insert(block.clone());
        }
        let twins = calendar.components_mut().filter(|c| is_same(c));
        for twin in twins.filter(|twin| renews && ours(twin) && !says(twin, block)) {
            *twin = block.clone();
        }
    }
    calendar.retain_components(|component| {
        let name = zones::name(component).filter(|_| component.name == "VTIMEZONE");
        name.is_none_or(|name| used.contains(&name) || !used_before.contains(&name))
    });
}

/// Whether two components have the same lines, however they are folded.
fn says(one: &Component, other: &Component) -> bool {
    let lines = |component: &Component| -> Vec<String> { unfold(&component.to_string()).collect() };
    lines(one) == lines(other)
}
