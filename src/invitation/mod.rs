//! The invitation: an appointment as people and calendars read it. Pure text; nothing is sent here.

mod block;
mod clean;
mod ics;
mod json;
mod language;
mod text;
mod timezone;

use crate::conference::{Appointment, Kind};

/// What an invitation is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
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

/// The kind of meeting where a line begins.
fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::LiveMeeting => "Live Meeting",
        Kind::ConferenceCall => "Conference call",
    }
}

#[cfg(test)]
mod tests;
