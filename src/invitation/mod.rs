//! The invitation: an appointment as people and calendars read it. Pure text; nothing is sent here.

mod block;
mod clean;
mod document;
mod ics;
mod json;
mod language;
mod text;
mod times;
mod timezone;

pub use document::{Damaged, Document, DocumentError, Occurrence, Sending};

use serde::{Deserialize, Serialize};

use crate::conference::{Appointment, Conference, Kind};

/// What an invitation is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// iCalendar, for every calendar and mail program
    Ics,
    /// A card for people
    Text,
    /// All facts, for programs
    Json,
}

/// Writes an invitation. The passcode is in it; a PIN never is.
///
/// Control characters and overrides of the writing direction, wherever they come from, are in none
/// of the formats; only the note keeps its line ends. iCalendar has CRLF line ends (RFC 5545 3.1),
/// the others LF; each ends with one.
pub fn render(appointment: &Appointment, format: Format) -> String {
    let appointment = clean::appointment(appointment);
    match format {
        Format::Ics => ics::calendar(&appointment),
        Format::Text => text::card(&appointment),
        Format::Json => json::document(&appointment),
    }
}

/// How to join a conference that has no appointment.
pub fn call_in_card(conference: &Conference) -> String {
    let conference = clean::conference(conference);
    let heading = format!("{}\n{}\n\n", conference.subject, title(conference.kind));
    heading + &block::ways_in(&conference)
}

/// The same for programs: `conference` and `call_in` as in the invitation's JSON.
pub fn call_in_json(conference: &Conference) -> String {
    json::conference(&clean::conference(conference))
}

/// The kind of meeting where a line begins.
fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::LiveMeeting => "Live Meeting",
        Kind::ConferenceCall => "Conference call",
    }
}

#[cfg(test)]
mod tests;
