//! No meeting any more, or one occurrence less.

use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use crate::backend::Session;
use crate::calendar_object::{CalendarObject, Damaged};
use crate::conference::{Appointment, Attendee, Status};
use crate::diary::{Diary, Entry, What};
use crate::error::{Error, Kind, Result};
use crate::invitation::Branding;
use crate::operation::{
    Attempt, Context, Known, Outcome, Run, block_error, check_owner, diary_error, sequence_after,
};

/// What shall not take place.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Cancel {
    /// Which meeting.
    pub uid: String,
    /// Its subject, for people.
    #[serde(alias = "called")]
    pub subject: String,
    /// SEQUENCE that it brings.
    pub sequence: u32,
    /// When it was asked for, to the second.
    pub stamp: Timestamp,
    /// Original start of the one occurrence to be dropped; none: all of it.
    #[serde(default, with = "crate::when::kept")]
    pub occurrence: Option<Zoned>,
    /// Its people, start and end, which the diary forgets with it.
    #[serde(default, with = "crate::when::kept")]
    pub dropped: Option<(Vec<Attendee>, Zoned, Zoned)>,
}

impl Cancel {
    /// All of a meeting, asked for at that second.
    pub fn all_of(appointment: &Appointment, stamp: Timestamp) -> Self {
        Self {
            uid: appointment.uid.clone(),
            subject: appointment.subject.clone(),
            sequence: appointment.next_sequence(),
            stamp,
            occurrence: None,
            dropped: None,
        }
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.uid == other.uid && self.occurrence == other.occurrence
    }

    /// What is cancelled, as people know it.
    pub(super) fn before(&self, entry: &Entry) -> Result<Appointment> {
        let Some(original) = &self.occurrence else {
            return Ok(entry.appointment.clone());
        };
        let occurrence = entry.object.occurrence(original).map_err(block_error)?;
        let occurrence = occurrence.unwrap_or_else(|| entry.appointment.clone());
        Ok(match &self.dropped {
            Some((attendees, start, end)) if occurrence.status == Status::Cancelled => {
                Appointment {
                    attendees: attendees.clone(),
                    start: start.clone(),
                    end: end.clone(),
                    occurrence: Some(original.clone()),
                    ..occurrence
                }
            }
            _ => occurrence,
        })
    }
}

pub(super) fn apply(
    mut cancel: Cancel,
    known: Known,
    run: &mut Run,
    context: &mut Context<'_>,
) -> Result<Outcome> {
    let mut entry = known.get_entry(&cancel.uid, &cancel.subject, &context.diary)?;
    let session = context
        .sessions
        .open(run.operation().on_behalf_of.as_ref())?;
    check_owner(&entry.appointment.conference, &session.owner)?;
    let is_done = is_done(&cancel, &entry);
    if run.attempt == Attempt::New
        && (is_done || is_overtaken(&cancel, &entry, session, &context.diary)?)
    {
        // Another process has done it while this one waited.
        let what = format!("'{}' was cancelled already", cancel.subject);
        return Err(Error::new(Kind::NotFound, what));
    }
    cancel.sequence = sequence_after(
        &entry,
        cancel.sequence,
        is_done,
        run.attempt,
        &context.diary,
    )?;
    if cancel.occurrence.is_none() && has_own_conference(&entry, &context.diary)? {
        let id = &entry.appointment.conference.id;
        if !run.mutate(|| session.backend.delete(id))? {
            let service = session.backend.capabilities().name;
            let clause = format!("{service} had no such conference any more");
            context.report.step(&clause);
        }
    }
    let branding = context.resources.branding()?;
    let diary = &context.diary;
    let (operation, now) = (run.operation(), context.now);
    let appointment = diary.edit(&mut entry, |entry| {
        let appointment = match &cancel.occurrence {
            Some(original) => drop_occurrence(&cancel, original, entry),
            None => cancel_all(&cancel, entry, diary, branding),
        }?;
        let occurrence = cancel.occurrence.as_ref();
        let event = operation.event(What::Cancelled, appointment.sequence, occurrence, now);
        entry.state.events.push(event);
        Ok(appointment)
    })?;
    Ok(Outcome {
        occurrence: cancel.occurrence,
        ..Outcome::new(appointment, entry)
    })
}

fn is_done(cancel: &Cancel, entry: &Entry) -> bool {
    let Some(original) = &cancel.occurrence else {
        // A lower version was cancelled by another program, which told neither pool nor people; after the
        // highest one there is none that could tell.
        let Appointment {
            status, sequence, ..
        } = entry.appointment;
        let is_ours = sequence >= cancel.sequence && sequence < Appointment::HIGHEST_SEQUENCE;
        return status == Status::Cancelled && is_ours;
    };
    let occurrence = entry.object.occurrence(original).ok().flatten();
    occurrence.is_some_and(|occurrence| occurrence.status == Status::Cancelled)
}

/// Whether confctl has cancelled all of it since it was read. The version that was planned does not tell:
/// file, state and journal may have been read while another process wrote them.
fn is_overtaken(
    cancel: &Cancel,
    entry: &Entry,
    session: &mut Session,
    diary: &Diary,
) -> Result<bool> {
    let Appointment { status, uid, .. } = &entry.appointment;
    if cancel.occurrence.is_some()
        || *status != Status::Cancelled
        || diary.last_change(uid)? != Some(What::Cancelled)
    {
        return Ok(false);
    }
    // A pool out of a backup may have it again.
    let id = &entry.appointment.conference.id;
    Ok(!has_own_conference(entry, diary)? || session.backend.look_up_one(id)?.is_none())
}

/// Whether a meeting's conference goes with it: the assigned one outlives its meetings, and so does one
/// that another meeting has.
pub fn has_own_conference(entry: &Entry, diary: &Diary) -> Result<bool> {
    let conference = &entry.appointment.conference;
    let uid = Some(entry.object.uid());
    Ok(!conference.assigned && !diary.is_in_use(&conference.id, uid)?)
}

fn cancel_all(
    cancel: &Cancel,
    entry: &mut Entry,
    diary: &Diary,
    branding: &Branding,
) -> Result<Appointment> {
    let before = &entry.appointment;
    let appointment = Appointment {
        status: Status::Cancelled,
        sequence: before.sequence.max(cancel.sequence),
        stamp: cancel.stamp,
        ..before.clone()
    };
    let object: &mut CalendarObject = &mut entry.object;
    object
        .revise(&appointment, diary.zone(), Damaged::Append, branding)
        .map_err(|error| diary_error(&error))?;
    Ok(appointment)
}

fn drop_occurrence(cancel: &Cancel, original: &Zoned, entry: &mut Entry) -> Result<Appointment> {
    let appointment = Appointment {
        status: Status::Cancelled,
        sequence: entry.appointment.sequence.max(cancel.sequence),
        stamp: cancel.stamp,
        ..cancel.before(entry)?
    };
    entry
        .object
        .drop_occurrence(original, appointment.sequence, cancel.stamp)
        .map_err(block_error)?;
    Ok(appointment)
}
