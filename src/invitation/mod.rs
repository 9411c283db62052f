//! The invitation: an appointment as people and calendars read it. Pure text; nothing is sent here.

pub(crate) mod block;
mod branding;
pub mod card;
pub(crate) mod clean;
mod eml;
pub(crate) mod html;
mod json;
pub(crate) mod template;
mod text;
mod view;
pub(crate) mod words;

pub use branding::{Branding, BrandingError, Settings};
pub use eml::{Mail, MailError, Mailing, Octets, message};

use jiff::Zoned;
use serde::{Deserialize, Serialize};

use crate::conference::{Appointment, Conference, Kind, Language, Series};
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
pub fn render(appointment: &Appointment, format: Format, branding: &Branding) -> Vec<u8> {
    let appointment = clean::for_people(appointment);
    let text = match format {
        Format::Json => json::document(&appointment, &branding.dial_string, &()),
        Format::Card => card::text(&appointment, &branding.dial_string, None),
        Format::Svg => card::svg(&appointment, &branding.dial_string),
        Format::Html => html::page(&appointment, 0, branding),
        _ => text::card(&appointment, 0, branding),
    };
    text.into_bytes()
}

/// The invitation for people to read.
pub fn text(appointment: &Appointment, branding: &Branding) -> String {
    text_for_one(appointment, 0, branding)
}

/// The same for one of many: so many `others` are invited whom the appointment does not name.
pub fn text_for_one(appointment: &Appointment, others: usize, branding: &Branding) -> String {
    text::card(&clean::for_people(appointment), others, branding)
}

/// All facts of it, for programs, with the fields of `more` at the end.
pub fn json(appointment: &Appointment, branding: &Branding, more: &impl Serialize) -> String {
    json::document(&clean::for_people(appointment), &branding.dial_string, more)
}

/// The invitation as a page.
pub fn page(appointment: &Appointment, branding: &Branding) -> String {
    page_for_one(appointment, 0, branding)
}

/// The same for one of many, see [`text_for_one`].
pub fn page_for_one(appointment: &Appointment, others: usize, branding: &Branding) -> String {
    html::page(&clean::for_people(appointment), others, branding)
}

/// What stands before the subject of a mail, as `Cancelled: `; nothing before a request's.
pub fn prefix(appointment: &Appointment) -> &'static str {
    match appointment.status {
        crate::conference::Status::Cancelled => Words::of(appointment.wording.language).cancelled,
        crate::conference::Status::Confirmed => "",
    }
}

/// How to join a conference that has no appointment.
pub fn call_in_card(conference: &Conference, branding: &Branding) -> String {
    let conference = clean::conference(conference);
    let heading = format!("{}\n{}\n\n", conference.subject, title(conference.kind));
    heading + &block::ways_in(&conference, branding)
}

/// The same for programs: `conference` and `call_in` as in the invitation's JSON.
pub fn call_in_json(conference: &Conference, branding: &Branding) -> String {
    json::conference(&clean::conference(conference), &branding.dial_string)
}

/// A conference as a meeting keeps it: nothing of it ends a line or steers a terminal.
pub fn clean_conference(conference: &Conference) -> Conference {
    clean::conference(conference)
}

/// When a series comes again, in English: `every week on Monday until Friday 18 December 2026`; what
/// has no words stands as it is. `start` is the first occurrence.
pub fn repetition(series: &Series, start: &Zoned) -> String {
    Words::of(Language::English).series(series, start)
}

/// The kind of meeting where a line begins, in English.
fn title(kind: Kind) -> &'static str {
    Words::of(Language::English).title(kind)
}

#[cfg(test)]
mod tests;
