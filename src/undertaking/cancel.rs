//! No meeting any more, or one occurrence less.

use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use crate::calendar_object::{CalendarObject, CalendarObjectError, Damaged};
use crate::conference::{Appointment, Status};
use crate::diary::Entry;
use crate::error::{Error, Result};
use crate::report::Report;
use crate::undertaking::update::{entry, is_in_use};
use crate::undertaking::{Desk, Outcome, Undertaking, left_behind, sequence_after};

/// What shall not take place.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Cancellation {
    /// Which meeting.
    pub uid: String,
    /// Its subject, for people.
    pub called: String,
    /// SEQUENCE that it brings.
    pub sequence: u32,
    /// When it was asked for, to the second.
    pub stamp: Timestamp,
    /// Original start of the one occurrence to be dropped; none: all of it.
    pub occurrence: Option<Zoned>,
}

impl Cancellation {
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.uid == other.uid && self.occurrence == other.occurrence
    }
}

pub(super) fn carry_out(
    undertaking: &Undertaking,
    mut cancellation: Cancellation,
    desk: &mut Desk<'_>,
) -> Result<Outcome> {
    let entry = entry(&cancellation.uid, &cancellation.called, desk.diary)?;
    desk.owns(&entry.appointment.conference)?;
    let is_done = is_done(&cancellation, &entry);
    cancellation.sequence =
        sequence_after(&entry, cancellation.sequence, is_done, undertaking.origin)?;
    let (appointment, document) = match &cancellation.occurrence {
        Some(original) => without_occurrence(&cancellation, original, entry)?,
        None => {
            forget_conference(&entry, desk)?;
            cancelled(&cancellation, entry, desk)?
        }
    };
    desk.diary.put(&document)?;
    Ok(Outcome {
        appointment,
        document,
        occurrence: cancellation.occurrence,
        removed: Vec::new(),
    })
}

fn is_done(cancellation: &Cancellation, entry: &Entry) -> bool {
    let Some(original) = &cancellation.occurrence else {
        return entry.appointment.status == Status::Cancelled;
    };
    let occurrence = entry.document.occurrence(original).ok().flatten();
    occurrence.is_some_and(|occurrence| occurrence.status == Status::Cancelled)
}

/// The assigned conference outlives its meetings, and so does one that another meeting has.
fn forget_conference(entry: &Entry, desk: &mut Desk<'_>) -> Result<()> {
    let Appointment {
        conference, uid, ..
    } = &entry.appointment;
    if conference.assigned || is_in_use(&conference.id, desk.diary, Some(uid))? {
        return Ok(());
    }
    if !desk.surely(|pool| pool.cancel(&conference.id))? {
        desk.app
            .terminal
            .step("the pool had no such conference any more");
    }
    Ok(())
}

fn cancelled(
    cancellation: &Cancellation,
    entry: Entry,
    desk: &Desk<'_>,
) -> Result<(Appointment, CalendarObject)> {
    let mut document = entry.document;
    let before = &entry.appointment;
    let appointment = Appointment {
        status: Status::Cancelled,
        sequence: before.sequence.max(cancellation.sequence),
        stamp: cancellation.stamp,
        ..before.clone()
    };
    document
        .revise(
            &appointment,
            None,
            desk.diary.zone(),
            Damaged::Append,
            desk.app.branding()?,
        )
        .map_err(|error| left_behind(&error))?;
    Ok((appointment, document))
}

fn without_occurrence(
    cancellation: &Cancellation,
    original: &Zoned,
    entry: Entry,
) -> Result<(Appointment, CalendarObject)> {
    let mut document = entry.document;
    let occurrence = document.occurrence(original).map_err(unreadable)?;
    let appointment = Appointment {
        status: Status::Cancelled,
        sequence: entry.appointment.sequence.max(cancellation.sequence),
        stamp: cancellation.stamp,
        ..occurrence.unwrap_or_else(|| entry.appointment.clone())
    };
    document
        .drop_occurrence(original, appointment.sequence, cancellation.stamp)
        .map_err(unreadable)?;
    Ok((appointment, document))
}

fn unreadable(error: CalendarObjectError) -> Error {
    Error::usage(error.to_string())
}
