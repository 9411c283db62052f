//! Whether a meeting has room in a calendar file, for those who ask before there is one: what is
//! written is to be read again, with what is kept in it later, and as a server gets it.

use jiff::tz::TimeZone;

use crate::calendar_object::revise::Revision;
use crate::calendar_object::{CalendarObject, CalendarObjectError, Damaged, is_master, send};
use crate::conference::Appointment;
use crate::icalendar::{Object, ObjectError, Size};
use crate::invitation::Branding;

/// Octets that are left for what changes later, such as SEQUENCE, STATUS and DTSTAMP.
const LATER: usize = 4 * 1024;

/// A meeting is larger than a calendar file may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// Also without the occurrences that differ.
    #[error(
        "the meeting would be larger than a calendar file may be: expected at most 4 MiB and \
         50,000 lines, with everybody who is invited, all text, and how to join"
    )]
    Whole,
    /// Because of the occurrences that differ, each of which tells how to join.
    #[error(
        "the series has {changed} changed occurrences, and a calendar file has room for \
         {most} like these, each with how to join"
    )]
    Occurrences {
        /// How many differ.
        changed: usize,
        /// How many may.
        most: usize,
    },
}

impl CalendarObject {
    /// Refuses what [`CalendarObject::new`] would make of the same, if it has no room.
    pub fn check_new(
        appointment: &Appointment,
        branding: &Branding,
    ) -> Result<(), CalendarObjectError> {
        match Self::new(appointment, branding) {
            Ok(new) => check(&new.object, Size::default()),
            Err(error) => Err(of_whole(error)),
        }
    }

    /// Refuses what [`CalendarObject::revise`] would make of the same, if it has no room. What
    /// becomes no larger by it may be as large as a file can be.
    pub fn check_revision(
        &self,
        new: &Appointment,
        zone: &TimeZone,
        branding: &Branding,
    ) -> Result<(), CalendarObjectError> {
        let mut object = self.object.clone();
        let revision = Revision {
            new,
            notes: self.notes.as_ref(),
            zone,
            damaged: Damaged::Append,
            branding,
        };
        revision.apply(&mut object).map_err(of_whole)?;
        check(&object, self.object.size())
    }
}

impl CalendarObjectError {
    /// Whether there is no room for something.
    pub fn is_too_large(&self) -> bool {
        matches!(self, Self::Object(ObjectError::Size) | Self::TooLarge(_))
    }
}

/// What can't even be made.
fn of_whole(error: CalendarObjectError) -> CalendarObjectError {
    match error {
        CalendarObjectError::Object(ObjectError::Size) => TooLarge::Whole.into(),
        other => other,
    }
}

fn check(object: &Object, before: Size) -> Result<(), CalendarObjectError> {
    let size = object.size();
    let kept = size.octets + LATER;
    // Lines of somebody else's are folded anew for a server.
    let sent = send::bytes(object).len();
    let needed = Size {
        octets: kept.max(sent),
        lines: size.lines,
    };
    let grows = size.octets > before.octets || size.lines > before.lines;
    if needed.check().is_ok() || !grows && size.check().is_ok() {
        return Ok(());
    }
    let changed = changed_occurrences(object);
    let own = changed.size.octets;
    let fitting = [
        changed.fitting(kept, own, Object::LARGEST),
        changed.fitting(sent, own * sent / size.octets.max(1), Object::LARGEST),
        changed.fitting(size.lines, changed.size.lines, Object::MOST_LINES),
    ];
    let fitting: Option<Vec<usize>> = fitting.into_iter().collect();
    let most = fitting.and_then(|fitting| fitting.into_iter().min());
    Err(match most {
        Some(most) => TooLarge::Occurrences {
            changed: changed.count,
            most,
        },
        None => TooLarge::Whole,
    }
    .into())
}

/// The part of a calendar that is about single occurrences.
#[derive(Default)]
struct Part {
    count: usize,
    size: Size,
}

fn changed_occurrences(object: &Object) -> Part {
    let mut part = Part::default();
    let events = object.calendar.components().filter(|c| c.name == "VEVENT");
    for event in events.filter(|event| !is_master(event)) {
        part.count += 1;
        event.visit(&mut |line| {
            part.size.octets += line.raw().len();
            part.size.lines += 1;
        });
    }
    part
}

impl Part {
    /// How many of them fit where there is room for `most`, beside the rest of `whole`, of which
    /// they are `own`; none: the rest alone does not, or there are none.
    fn fitting(&self, whole: usize, own: usize, most: usize) -> Option<usize> {
        let left = most.checked_sub(whole.saturating_sub(own))?;
        (self.count > 0).then(|| (self.count * left / own.max(1)).min(self.count))
    }
}
