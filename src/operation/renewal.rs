//! The conference of a series without end outlives the time for which it was made.

use jiff::Timestamp;

use crate::backend::{Listed, Session};
use crate::conference::{IdChoice, Status};
use crate::diary::Entry;
use crate::error::Result;
use crate::operation::update::request;
use crate::operation::{Changes, ENDLESS_DAYS, days_after};

/// Whether less than half of the year is left for which the conference of an endless series is made.
pub fn is_to_be_renewed(listed: &Listed, now: Timestamp) -> bool {
    let soon = days_after(now, ENDLESS_DAYS / 2);
    listed.expires.is_some_and(|expires| expires < soon)
}

/// Prolongs the conference of an endless series when less than half of its year is left. True if
/// it did.
pub fn renew(
    entry: &Entry,
    listed: &Listed,
    session: &mut Session,
    now: Timestamp,
) -> Result<bool> {
    let appointment = &entry.appointment;
    let Some(series) = &appointment.series else {
        return Ok(false);
    };
    let (start, end) = (&appointment.start, &appointment.end);
    let is_near = is_to_be_renewed(listed, now);
    let is_endless = series.last_end(start, end).is_none();
    if !is_near
        || !is_endless
        || appointment.conference.assigned
        || appointment.status == Status::Cancelled
    {
        return Ok(false);
    }
    let Some(there) = session.backend.get_one(&listed.id)? else {
        return Ok(false);
    };
    let changes = Changes::of(appointment, now);
    let service = session.backend.capabilities();
    let request = request(
        &changes,
        entry,
        appointment,
        Some(&there),
        IdChoice::New,
        &service,
    );
    let plan = session.plan(request, appointment.slot())??;
    session.backend.update(&listed.id, &plan)?;
    Ok(true)
}
