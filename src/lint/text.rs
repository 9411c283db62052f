//! Text for people, wherever it stands.

use crate::icalendar::unescape_text;
use crate::lint::object::Calendar;

/// A text for people.
pub(super) struct Text {
    /// Property or MIME type.
    pub(super) name: String,
    /// Line of its first line in the part.
    pub(super) line: usize,
    /// Whether its own lines are lines of the part.
    pub(super) has_lines: bool,
    /// HTML, or plain.
    pub(super) is_html: bool,
    /// Without the escapes of iCalendar or MIME.
    pub(super) text: String,
}

impl Text {
    /// The line of the part in which a place of the text is; `before` is the text up to there.
    pub(super) fn line_after(&self, before: &str) -> usize {
        match self.has_lines {
            true => self.line + before.matches('\n').count(),
            false => self.line,
        }
    }
}

/// Every text in the entries of a calendar.
pub(super) fn of_calendar(calendar: &Calendar<'_>) -> Vec<Text> {
    const TEXTS: [&str; 6] = [
        "SUMMARY",
        "DESCRIPTION",
        "LOCATION",
        "COMMENT",
        "CONTACT",
        "X-ALT-DESC",
    ];
    let properties = calendar.entry_properties();
    let texts = properties.filter(|property| property.is_one_of(&TEXTS));
    texts
        .map(|property| Text {
            name: property.name.clone(),
            line: property.line,
            has_lines: false,
            is_html: property.name == "X-ALT-DESC",
            text: unescape_text(&property.value),
        })
        .collect()
}
