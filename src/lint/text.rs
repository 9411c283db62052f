//! Text for people, wherever it stands.

use crate::icalendar::{Place, unescape_text};
use crate::lint::Spot;
use crate::lint::object::Calendar;

/// A text for people.
pub(super) struct Text {
    /// Property or MIME type.
    pub(super) name: String,
    /// Where it begins in the part.
    pub(super) spot: Spot,
    /// Whether its own lines are lines of the part.
    pub(super) has_lines: bool,
    /// HTML, or plain.
    pub(super) is_html: bool,
    /// Without the escapes of iCalendar or MIME.
    pub(super) text: String,
}

impl Text {
    /// Where in the part a place of the text is; `before` is the text up to there.
    pub(super) fn spot_after(&self, before: &str) -> Spot {
        if !self.has_lines {
            return self.spot.clone();
        }
        let begin = before.rfind('\n').map_or(0, |at| at + 1);
        let in_line = before.get(begin..).unwrap_or_default();
        Spot {
            place: Place {
                line: self.spot.place.line + before.matches('\n').count(),
                column: in_line.chars().count() + 1,
            },
            property: None,
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
            spot: property.into(),
            has_lines: false,
            is_html: property.name == "X-ALT-DESC",
            text: unescape_text(&property.value),
        })
        .collect()
}
