//! The invitation as a page: for mail programs that show HTML, for browsers, and for paper.

use crate::conference::Appointment;
use crate::invitation::letter::Letter;
use crate::invitation::{Stationery, block, press};

/// A whole page, complete by itself; its lines end with LF.
pub(super) fn page(appointment: &Appointment, stationery: &Stationery) -> String {
    let letter = Letter::of(appointment, stationery);
    let page = stationery.page(&letter);
    let page = page.unwrap_or_else(|| press::page(&letter));
    page.trim().to_owned() + "\n"
}

/// The text of a calendar entry as a small page. It has the fences of the block, so that an update
/// finds them there too.
pub(super) fn twin(appointment: &Appointment, stationery: &Stationery) -> String {
    let note = appointment.note.as_deref().map(press::paragraphs);
    let block = block::block(appointment, stationery);
    let lines: Vec<String> = block.lines().map(press::linked).collect();
    format!(
        "<html><body>{}<pre>{}</pre></body></html>",
        note.unwrap_or_default(),
        lines.join("\n")
    )
}
