//! A warning that two calls on the assigned Conference ID touch or overlap.

use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::diary::Diary;
use crate::error::Result;
use crate::operation::back_to_back;
use crate::report::Report;
use crate::when;

/// Latecomers of one call would fall into the next one. `times` are start and end of each
/// occurrence; `own` is the UID of the meeting that they belong to.
pub fn warn(
    times: &[(Timestamp, Timestamp)],
    own: Option<&str>,
    diary: &Diary,
    app: &App,
) -> Result<()> {
    let (Some((from, _)), Some((_, until))) = (times.first(), times.last()) else {
        return Ok(());
    };
    // What ends as the first begins touches it, and what begins as the last ends.
    let second = SignedDuration::from_secs(1);
    let from = from.saturating_sub(second).unwrap_or(Timestamp::MIN);
    let until = until.saturating_add(second).unwrap_or(Timestamp::MAX);
    let entries = diary.assigned_between(from, until)?;
    for other in back_to_back(&entries, times, own) {
        app.terminal.warn(&format!(
            "'{}', {}, is on your assigned Conference ID too: latecomers of one fall into the other. '--id new' gives this one an ID of its own.",
            other.appointment.subject,
            when::display_range(&other.appointment.start, &other.appointment.end)
        ));
    }
    Ok(())
}
