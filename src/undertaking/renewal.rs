//! The conference of a series without end outlives the time for which it was made.

use jiff::Timestamp;

use crate::app::Session;
use crate::backend::Listed;
use crate::conference::{IdChoice, Status};
use crate::diary::Entry;
use crate::error::Result;
use crate::undertaking::schedule::unsettled;
use crate::undertaking::update::request;
use crate::undertaking::{Change, ENDLESS_DAYS, days_after};

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
    let soon = days_after(now, ENDLESS_DAYS / 2);
    let near = listed.expires.is_some_and(|expires| expires < soon);
    let endless = series.last_end(start, end).is_none();
    if !near
        || !endless
        || appointment.conference.assigned
        || appointment.status == Status::Cancelled
    {
        return Ok(false);
    }
    let Some(there) = session.pool.find(&listed.id, None)? else {
        return Ok(false);
    };
    let change = Change::nothing(appointment, now);
    let request = request(&change, entry, appointment, Some(&there), IdChoice::New);
    let plan = request.resolve(&session.pool.offer()?).map_err(unsettled)?;
    session.pool.change(&listed.id, &plan)?;
    Ok(true)
}
