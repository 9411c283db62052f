//! Lines that nobody can take apart. Those of properties that mean something are refused, since
//! whoever looks for the property would take it for absent; all others stay byte for byte.

use crate::calendar_object::{CalendarObject, CalendarObjectError};
use crate::icalendar::{Component, Line, Object};
use crate::invitation::clean;

/// What a meeting, its alarms and its time zones consist of (RFC 5545 8.3.2, RFC 7986 5).
const MEANINGFUL: [&str; 46] = [
    "ACTION",
    "ATTACH",
    "ATTENDEE",
    "CATEGORIES",
    "CLASS",
    "COLOR",
    "COMMENT",
    "COMPLETED",
    "CONFERENCE",
    "CONTACT",
    "CREATED",
    "DESCRIPTION",
    "DTEND",
    "DTSTAMP",
    "DTSTART",
    "DUE",
    "DURATION",
    "EXDATE",
    "EXRULE",
    "GEO",
    "IMAGE",
    "LAST-MODIFIED",
    "LOCATION",
    "NAME",
    "ORGANIZER",
    "PERCENT-COMPLETE",
    "PRIORITY",
    "RDATE",
    "RECURRENCE-ID",
    "RELATED-TO",
    "REPEAT",
    "REQUEST-STATUS",
    "RESOURCES",
    "RRULE",
    "SEQUENCE",
    "STATUS",
    "SUMMARY",
    "TRANSP",
    "TRIGGER",
    "TZID",
    "TZNAME",
    "TZOFFSETFROM",
    "TZOFFSETTO",
    "UID",
    "URL",
    "X-ALT-DESC",
];

/// What the names of confctl's own properties, and of Microsoft's, begin with.
const MEANINGFUL_FAMILIES: [&str; 3] = ["X-CONFCTL-", "X-MICROSOFT-", "X-MS-OLK-"];

/// Longest piece of a line in a message, in characters.
const LONGEST_PIECE: usize = 60;

impl CalendarObject {
    /// What stands in the meeting and is no content line, such as the second line of a text that a
    /// program wrote without folding it; each shortened. It stays in the file, and is not sent.
    pub fn odd_lines(&self) -> Vec<String> {
        let mut odd = Vec::new();
        for event in self.events() {
            event.visit(&mut |line| {
                if line.fault().is_some() {
                    odd.push(piece(line));
                }
            });
        }
        odd
    }
}

/// Refuses a line of a meeting or of its time zones that has a meaning, if nobody knew which.
pub(super) fn check(object: &Object) -> Result<(), CalendarObjectError> {
    let components = object.calendar.components();
    let mut own = components.filter(|c| matches!(c.name.as_str(), "VEVENT" | "VTIMEZONE"));
    own.try_for_each(check_component)
}

fn check_component(component: &Component) -> Result<(), CalendarObjectError> {
    for line in component.lines().filter(|line| is_meaningful(line)) {
        if let Some(why) = line.fault() {
            let line = piece(line);
            return Err(CalendarObjectError::Line { line, why });
        }
    }
    component.components().try_for_each(check_component)
}

fn is_meaningful(line: &Line) -> bool {
    let begins = |family: &&str| {
        let beginning = line.text().get(..family.len());
        beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(family))
    };
    line.has_parameters() && (is_known(line) || MEANINGFUL_FAMILIES.iter().any(begins))
}

/// Whether a line is a property that means something.
pub(super) fn is_known(line: &Line) -> bool {
    MEANINGFUL.iter().any(|name| line.is(name))
}

fn piece(line: &Line) -> String {
    shortened(line.text(), LONGEST_PIECE)
}

/// The beginning of a text, in one line.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let shown: String = text.chars().take(most).collect();
    let rest = if shown.len() < text.len() { "…" } else { "" };
    clean::line(&shown) + rest
}
