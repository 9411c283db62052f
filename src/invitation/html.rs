//! The invitation as a page: for mail programs that show HTML, for browsers, and for paper.

use crate::conference::Appointment;
use crate::invitation::view::View;
use crate::invitation::words::Words;
use crate::invitation::{Branding, block, template};

/// A whole page, complete by itself; its lines end with LF. `others` are invited besides the
/// attendees.
pub(crate) fn page(appointment: &Appointment, others: usize, branding: &Branding) -> String {
    let words = Words::of(appointment.wording.language);
    let view = View::of(appointment, branding).with_others(others, words);
    let page = branding.page(&view);
    let page = page.unwrap_or_else(|| template::page(&view));
    page.trim().to_owned() + "\n"
}

/// The text of a calendar entry as a small page. It has the fences of the block, so that an update
/// finds them there too.
pub(crate) fn twin(appointment: &Appointment, branding: &Branding) -> String {
    let note = appointment.note.as_deref().map(template::paragraphs);
    let block = block::block(appointment, branding);
    let lines: Vec<String> = block.lines().map(template::mark_links).collect();
    format!(
        "<html><body>{}<pre>{}</pre></body></html>",
        note.unwrap_or_default(),
        lines.join("\n")
    )
}
