//! The invitation: an appointment as people and calendars read it. Pure text; nothing is sent here.

mod block;
pub mod card;
mod clean;
mod document;
mod eml;
mod html;
mod ics;
mod json;
mod language;
mod letter;
mod press;
mod stationery;
mod text;
mod times;
mod timezone;
mod words;

pub use document::{Agent, Damaged, Document, DocumentError, Occurrence, Sending};
pub use eml::{Mail, MailError, Octets, message, message_id};
pub use stationery::{Settings, Stationery, StationeryError};

use serde::{Deserialize, Serialize};

use crate::conference::{Appointment, Conference, Kind, Language};
use crate::invitation::words::Words;

/// What an invitation is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// iCalendar, for every calendar and mail program
    Ics,
    /// The invitation for people to read
    Text,
    /// The same as a page
    Html,
    /// A whole mail, with text, page and calendar
    Eml,
    /// How to call in, on a card with a QR code
    Card,
    /// The card as a picture that grows
    Svg,
    /// The QR code alone
    Png,
    /// All facts, for programs
    Json,
}

/// Writes an invitation. The passcode is in it, unless its wording leaves it out; a PIN never is.
///
/// Control characters and overrides of the writing direction, wherever they come from, are in none
/// of the formats; only the note keeps its line ends. iCalendar and mail have CRLF line ends (RFC
/// 5545 3.1, RFC 5322 2.1), the other texts LF; each ends with one.
pub fn render(appointment: &Appointment, format: Format, stationery: &Stationery) -> Vec<u8> {
    let appointment = clean::told(appointment);
    let text = match format {
        Format::Ics => ics::calendar(&appointment, stationery),
        Format::Json => json::document(&appointment, &stationery.keys),
        Format::Card => card::text(&appointment, &stationery.keys, None),
        Format::Svg => card::svg(&appointment, &stationery.keys),
        Format::Html => html::page(&appointment, stationery),
        _ => text::card(&appointment, stationery),
    };
    text.into_bytes()
}

/// The invitation for people to read.
pub fn text(appointment: &Appointment, stationery: &Stationery) -> String {
    text::card(&clean::told(appointment), stationery)
}

/// All facts of it, for programs.
pub fn json(appointment: &Appointment, stationery: &Stationery) -> String {
    json::document(&clean::told(appointment), &stationery.keys)
}

/// The invitation as a page.
pub fn page(appointment: &Appointment, stationery: &Stationery) -> String {
    String::from_utf8_lossy(&render(appointment, Format::Html, stationery)).into_owned()
}

/// What stands before the subject of a mail, as `Cancelled: `; nothing before a request's.
pub fn prefix(appointment: &Appointment) -> &'static str {
    match appointment.status {
        crate::conference::Status::Cancelled => Words::of(appointment.wording.language).cancelled,
        crate::conference::Status::Confirmed => "",
    }
}

/// How to join a conference that has no appointment.
pub fn call_in_card(conference: &Conference, stationery: &Stationery) -> String {
    let conference = clean::conference(conference);
    let heading = format!("{}\n{}\n\n", conference.subject, title(conference.kind));
    heading + &block::ways_in(&conference, stationery)
}

/// The same for programs: `conference` and `call_in` as in the invitation's JSON.
pub fn call_in_json(conference: &Conference, stationery: &Stationery) -> String {
    json::conference(&clean::conference(conference), &stationery.keys)
}

/// A conference as a meeting keeps it: nothing of it ends a line or steers a terminal.
pub fn cleaned(conference: &Conference) -> Conference {
    clean::conference(conference)
}

/// The kind of meeting where a line begins, in English.
fn title(kind: Kind) -> &'static str {
    Words::of(Language::English).title(kind)
}

#[cfg(test)]
mod tests;
