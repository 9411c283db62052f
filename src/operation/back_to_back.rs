//! Meetings that follow one another on the assigned conference: latecomers of one fall into the next.

use jiff::{SignedDuration, Timestamp};

use crate::conference::Status;
use crate::diary::Entry;

/// Occurrences of a series that are looked at: a year of working days.
const MOST_OCCURRENCES: usize = 260;

/// Meetings on the same conference whose times touch or overlap those of `wanted`.
pub fn back_to_back<'a>(
    entries: &'a [Entry],
    times: &[(Timestamp, Timestamp)],
    but: Option<&str>,
) -> Vec<&'a Entry> {
    let touches = |entry: &&Entry| {
        // One that ends as the first begins touches it.
        let before = |(start, _): &(Timestamp, Timestamp)| {
            start.saturating_sub(SignedDuration::from_secs(1)).ok()
        };
        let from = times.first().and_then(before);
        let zone = entry.appointment.start.time_zone().clone();
        let others =
            entry
                .object
                .occurrences(&zone, from.unwrap_or(Timestamp::MIN), MOST_OCCURRENCES);
        others.iter().any(|other| {
            let (start, end) = (other.start.timestamp(), other.end.timestamp());
            times
                .iter()
                .any(|(own, own_end)| start <= *own_end && *own <= end)
        })
    };
    entries
        .iter()
        .filter(|entry| {
            entry.appointment.conference.assigned
                && entry.appointment.status == Status::Confirmed
                && Some(entry.appointment.uid.as_str()) != but
        })
        .filter(touches)
        .collect()
}
