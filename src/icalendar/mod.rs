//! iCalendar (RFC 5545), read and written: lines whose bytes stay, components, times, zones, rules; and what
//! can't be understood, as [`Diagnostic`]s. What a meeting is, is for others to know.
//!
//! How large an object may be is said in [`Object`], for those who read one and those who write one.

mod component;
mod content;
mod decode;
mod diagnostic;
mod document;
mod line;
mod moment;
mod object;
mod recurrence;
mod timezone;
mod value;
mod zone_name;

use serde::{Deserialize, Serialize};

pub use component::{Component, Edit};
pub use content::{ContentLine, LineError, LineFault, Parameter};
pub use decode::{Decoded, decode, decode_as_likely};
pub use diagnostic::{Diagnostic, Place, Problem, Severity, TIMES};
pub use document::Document;
pub use line::Line;
pub use moment::{Form, Moment, duration, is_standard_duration};
pub use object::{Object, ObjectError, Size};
pub use recurrence::{By, Day, End, Frequency, Recurrence, Rule, RuleError, RuleNote, Skip};
pub use timezone::{TimeZoneError, described_zone, is_swapped, onset_clock};
pub use value::{local_time, loose_time, offset};
pub use zone_name::{NameReading, NamedZone, named_zone};

/// Who sends invitations, updates and cancellations to the attendees.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleAgent {
    /// We do, or nobody: the server must not (SCHEDULE-AGENT=CLIENT).
    Client,
    /// The server, if it can; no parameter says so.
    Server,
}

/// Longest physical line in octets, without its CRLF (RFC 5545 3.1).
const PHYSICAL_LINE: usize = 75;

/// The lines of a document, unfolded and taken apart; empty ones are left out.
pub fn lines(document: &str) -> impl Iterator<Item = Result<ContentLine, LineError>> + '_ {
    unfold(document).map(|line| ContentLine::parse(&line))
}

/// The document with every line folded at 75 octets and ended by CRLF.
pub fn refold(document: &str) -> String {
    unfold(document).map(|line| fold(&line)).collect()
}

/// One line with its CRLF, folded at 75 octets (not characters), never inside a character.
pub fn fold(line: &str) -> String {
    let mut folded = String::with_capacity(line.len() + line.len() / 20 + 2);
    fold_onto(&mut folded, line, "\r\n");
    folded.push_str("\r\n");
    folded
}

/// Adds more of the logical line that `folded` ends with; what is there stays as it is.
fn fold_onto(folded: &mut String, more: &str, end: &str) {
    let begun = folded.len() - folded.rfind('\n').map_or(0, |at| at + 1);
    let mut room = PHYSICAL_LINE.saturating_sub(begun);
    for c in more.chars() {
        if c.len_utf8() > room {
            folded.push_str(end);
            folded.push(' ');
            room = PHYSICAL_LINE - 1;
        }
        folded.push(c);
        room -= c.len_utf8();
    }
}

/// The logical lines of a document, without their ends. Bare LF is read as a line end too.
pub fn unfold(document: &str) -> impl Iterator<Item = String> + '_ {
    let mut physical = document
        .split('\n')
        .map(|l| l.strip_suffix('\r').unwrap_or(l))
        .peekable();
    std::iter::from_fn(move || {
        let mut line = physical.find(|l| !l.is_empty())?.to_owned();
        while let Some(more) = physical.next_if(|l| l.starts_with([' ', '\t'])) {
            line.push_str(&more[1..]);
        }
        Some(line)
    })
}

/// A TEXT value (RFC 5545 3.3.11). Every kind of line end becomes `\n`; other control characters
/// but the tab are dropped.
pub fn escape_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\n' | '\r' => escaped.push_str("\\n"),
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            c if is_bare(c) => escaped.push(c),
            _ => {}
        }
    }
    escaped
}

/// The text of a TEXT value; a backslash before anything but `n` stands for what follows it.
pub fn unescape_text(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => text.push('\n'),
                other => text.push(other.unwrap_or('\\')),
            },
            c => text.push(c),
        }
    }
    text
}

/// A parameter value: RFC 6868 for `"`, `^` and line ends, quotes around `,` `;` `:`
/// and, for sabre/vobject 2, around `^`.
pub fn parameter_value(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 2);
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\n' | '\r' => encoded.push_str("^n"),
            '"' => encoded.push_str("^'"),
            '^' => encoded.push_str("^^"),
            c if is_bare(c) => encoded.push(c),
            _ => {}
        }
    }
    if encoded.contains([',', ';', ':', '^']) {
        format!("\"{encoded}\"")
    } else {
        encoded
    }
}

/// A URI value: written as it is, but what no URI may hold is percent-encoded and control
/// characters are dropped. Nothing is backslash-escaped (RFC 5545 3.3.13).
pub fn uri(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' ' | '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}' => {
                written.push_str(&format!("%{:02X}", u32::from(c)));
            }
            c if c.is_control() => {}
            c => written.push(c),
        }
    }
    written
}

/// Characters that may stand in a line as they are.
fn is_bare(c: char) -> bool {
    !c.is_control() || c == '\t'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_examples_of_rfc_6868_are_read_and_written() {
        let text = "BEGIN:VCALENDAR\r\nATTENDEE;CN=\"George Herman ^'Babe^' Ruth, Jr\":mailto:babe@example.com\r\n";
        let line = lines(text).nth(1).unwrap().unwrap();
        assert_eq!(
            line.parameter("CN"),
            Some("George Herman \"Babe\" Ruth, Jr")
        );
        assert_eq!(
            fold(&line.to_string()),
            text.lines().nth(1).unwrap().to_owned() + "\r\n"
        );
        assert_eq!(content::undo_carets("a^nb^^n^x^"), "a\nb^n^x^");
    }

    #[test]
    fn text_is_escaped_as_rfc_5545_says() {
        assert_eq!(
            escape_text("a,b;c\\d\r\ne\rf\u{0}\u{85}\tg"),
            "a\\,b\\;c\\\\d\\ne\\nf\tg"
        );
        assert_eq!(
            unescape_text("a\\, \\; \\\\ \\n \\N \\x \\"),
            "a, ; \\ \n \n x \\"
        );
    }

    #[test]
    fn a_line_of_75_octets_stays_whole_and_one_of_76_does_not() {
        assert_eq!(fold(&"a".repeat(75)), "a".repeat(75) + "\r\n");
        assert_eq!(fold(&"a".repeat(76)), "a".repeat(75) + "\r\n a\r\n");
        assert_eq!(fold(&("a".repeat(74) + "ž")), "a".repeat(74) + "\r\n ž\r\n");
    }

    #[test]
    fn a_uri_cannot_break_its_line() {
        assert_eq!(
            uri("meet:sip:a@b;x\r\nX-EVIL:1 \"<\\"),
            "meet:sip:a@b;xX-EVIL:1%20%22%3C%5C"
        );
    }

    fn any_line() -> impl Strategy<Value = ContentLine> {
        let name = "[A-Z][A-Z0-9-]{0,12}";
        let words = prop::collection::vec("[^\\r\\p{Cc}]{0,40}", 1..3);
        let parameter = (name, words).prop_map(|(name, values)| Parameter { name, values });
        (name, prop::collection::vec(parameter, 0..4), "\\PC{0,200}").prop_map(
            |(name, parameters, value)| ContentLine {
                name,
                parameters,
                value,
            },
        )
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_back(line in any_line()) {
            let folded = fold(&line.to_string());
            prop_assert!(folded.split("\r\n").all(|l| l.len() <= PHYSICAL_LINE));
            prop_assert_eq!(lines(&folded).collect::<Vec<_>>(), vec![Ok(line)]);
        }

        #[test]
        fn text_survives(text in "[^\\p{Cc}]{0,60}(\n[^\\p{Cc}]{0,60}){0,3}") {
            let escaped = escape_text(&text);
            prop_assert!(!escaped.contains(['\n', '\r']));
            prop_assert_eq!(unescape_text(&escaped), text);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let text = String::from_utf8_lossy(&bytes);
            let _ = lines(&text).collect::<Vec<_>>();
            let _ = (unescape_text(&text), parameter_value(&text), uri(&text), refold(&text));
        }
    }
}
