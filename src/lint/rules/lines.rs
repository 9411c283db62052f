//! Bytes: line ends, folding, characters, and lines that are none.

use crate::icalendar::LineError;
use crate::lint::object::{Calendar, Foreign, Property};
use crate::lint::physical::{self, End};
use crate::lint::{Check, Hits, Rule, Severity, quote};

/// Longest physical line in octets, without its end (RFC 5545 3.1).
const LONGEST: usize = 75;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "bare-lf",
        severity: Severity::Warning,
        what: "lines that end with LF alone",
        why: "Readers that follow the RFC see one endless line. Most others do not mind.",
        fix: "End every line with CRLF; keep editors and git from converting it.",
        evidence: &["RFC 5545 3.1", "RFC 5321 2.3.8"],
        check: Check::Calendar(bare_lf),
    },
    Rule {
        id: "bare-cr",
        severity: Severity::Error,
        what: "a carriage return without a line feed",
        why: "Some readers begin a new line there, so that text becomes properties.",
        fix: "Remove it; a line break in a text is \\n.",
        evidence: &["RFC 5545 3.1"],
        check: Check::Calendar(bare_cr),
    },
    Rule {
        id: "no-final-line-end",
        severity: Severity::Warning,
        what: "a last line without an end",
        why: "Readers that wait for the end of the line miss END:VCALENDAR.",
        fix: "End the last line with CRLF too.",
        evidence: &["RFC 5545 3.1"],
        check: Check::Calendar(no_final_line_end),
    },
    Rule {
        id: "empty-line",
        severity: Severity::Warning,
        what: "an empty line",
        why: "Strict readers refuse it, others stop there.",
        fix: "Remove it.",
        evidence: &["RFC 5545 3.1"],
        check: Check::Calendar(empty_line),
    },
    Rule {
        id: "long-line",
        severity: Severity::Warning,
        what: "a line of more than 75 octets",
        why: "Readers with a fixed buffer cut it; mail relays may break it at 998.",
        fix: "Fold it: CRLF and a space, at 75 octets (not characters).",
        evidence: &["RFC 5545 3.1"],
        check: Check::Calendar(long_line),
    },
    Rule {
        id: "split-utf8",
        severity: Severity::Warning,
        what: "a fold in the middle of a character",
        why: "Readers that decode before they unfold show two broken characters.",
        fix: "Fold between characters.",
        evidence: &["RFC 5545 3.1"],
        check: Check::Calendar(split_utf8),
    },
    Rule {
        id: "not-utf8",
        severity: Severity::Error,
        what: "bytes that are no UTF-8",
        why: "Names and texts come out garbled, or the file is refused.",
        fix: "Write UTF-8, whatever the system's own encoding is.",
        evidence: &["RFC 5545 3.1.4"],
        check: Check::Calendar(not_utf8),
    },
    Rule {
        id: "byte-order-mark",
        severity: Severity::Warning,
        what: "a byte order mark before BEGIN",
        why: "Readers that look for BEGIN:VCALENDAR in the first bytes do not find it.",
        fix: "Write UTF-8 without a mark.",
        evidence: &["RFC 5545 3.4", "RFC 3629 6"],
        check: Check::Calendar(byte_order_mark),
    },
    Rule {
        id: "control-character",
        severity: Severity::Error,
        what: "control characters other than the tab",
        why: "Readers refuse the file or cut the text there; terminals obey them.",
        fix: "Remove them.",
        evidence: &["RFC 5545 3.1"],
        check: Check::Calendar(control_character),
    },
    Rule {
        id: "not-a-line",
        severity: Severity::Error,
        what: "a line that is not NAME:value",
        why: "Strict readers refuse the whole file, others lose the line. Often a text was not folded, or its line break not escaped.",
        fix: "Begin continuations with a space; write line breaks in texts as \\n.",
        evidence: &["RFC 5545 3.1"],
        check: Check::Calendar(not_a_line),
    },
    Rule {
        id: "broken-quotes",
        severity: Severity::Error,
        what: "a double quote inside a parameter, or one that is never closed",
        why: "Radicale answers 400; vobject, ics, sabre and others refuse the file.",
        fix: "Put quotes around the whole value; write a quote inside it as ^'.",
        evidence: &["RFC 5545 3.2", "RFC 6868 3"],
        check: Check::Calendar(broken_quotes),
    },
    Rule {
        id: "broken-parameter",
        severity: Severity::Error,
        what: "a parameter that is not NAME=value",
        why: "Readers refuse the line or take the rest of it for the value. Often a name holds a semicolon and is not quoted.",
        fix: "Quote values with , ; or : in them.",
        evidence: &["RFC 5545 3.2"],
        check: Check::Calendar(broken_parameter),
    },
    Rule {
        id: "repeated-parameter",
        severity: Severity::Warning,
        what: "a parameter given twice on one line",
        why: "Some programs take the first, others the last.",
        fix: "Keep one.",
        evidence: &["RFC 5545 3.2"],
        check: Check::Calendar(repeated_parameter),
    },
];

fn bare_lf(calendar: &Calendar<'_>, hits: &mut Hits) {
    let mut bare = physical::lines(&calendar.bytes).filter(|line| line.end == End::Lf);
    let Some(first) = bare.next() else {
        return;
    };
    let lines = match bare.count() {
        0 => "This line ends".to_owned(),
        more => format!("This line and {more} more end"),
    };
    hits.add(first.number, format!("{lines} with LF instead of CRLF."));
}

fn bare_cr(calendar: &Calendar<'_>, hits: &mut Hits) {
    if calendar.foreign == Some(Foreign::Cr) {
        hits.add(1, "The lines end with CR alone.");
    }
    for line in physical::lines(&calendar.bytes).filter(|line| line.bytes.contains(&b'\r')) {
        hits.add(line.number, "There is a carriage return inside the line.");
    }
}

fn no_final_line_end(calendar: &Calendar<'_>, hits: &mut Hits) {
    for line in physical::lines(&calendar.bytes).filter(|line| line.end == End::Nothing) {
        hits.add(line.number, "The last line has no end.");
    }
}

fn empty_line(calendar: &Calendar<'_>, hits: &mut Hits) {
    for line in physical::lines(&calendar.bytes).filter(|line| line.bytes.is_empty()) {
        hits.add(line.number, "The line is empty.");
    }
}

fn long_line(calendar: &Calendar<'_>, hits: &mut Hits) {
    for line in physical::lines(&calendar.bytes).filter(|line| line.bytes.len() > LONGEST) {
        hits.add(
            line.number,
            format!("The line has {} octets.", line.bytes.len()),
        );
    }
}

fn split_utf8(calendar: &Calendar<'_>, hits: &mut Hits) {
    for line in physical::lines(&calendar.bytes) {
        let folded = line
            .bytes
            .strip_prefix(b" ")
            .or(line.bytes.strip_prefix(b"\t"));
        if folded
            .and_then(<[u8]>::first)
            .is_some_and(|byte| byte & 0xC0 == 0x80)
        {
            hits.add(line.number, "The fold before this line splits a character.");
        }
    }
}

fn not_utf8(calendar: &Calendar<'_>, hits: &mut Hits) {
    if calendar.foreign == Some(Foreign::Utf16) {
        hits.add(1, "The file is UTF-16.");
    }
    // Lines whose fold splits a character are whole once they are unfolded.
    let mut logical: Vec<u8> = Vec::new();
    let mut begin = 1;
    for line in physical::lines(&calendar.bytes) {
        match line.bytes.first() {
            Some(b' ' | b'\t') => logical.extend_from_slice(&line.bytes[1..]),
            _ => {
                tell_encoding(&logical, begin, hits);
                logical.clear();
                logical.extend_from_slice(line.bytes);
                begin = line.number;
            }
        }
    }
    tell_encoding(&logical, begin, hits);
}

fn tell_encoding(logical: &[u8], line: usize, hits: &mut Hits) {
    if std::str::from_utf8(logical).is_err() {
        hits.add(line, "The line is no UTF-8.");
    }
}

fn byte_order_mark(calendar: &Calendar<'_>, hits: &mut Hits) {
    if calendar.bytes.starts_with(b"\xEF\xBB\xBF") {
        hits.add(1, "The file begins with a byte order mark.");
    }
}

fn control_character(calendar: &Calendar<'_>, hits: &mut Hits) {
    let is_control = |byte: &u8| (*byte < 0x20 && !b"\t\r".contains(byte)) || *byte == 0x7F;
    for line in physical::lines(&calendar.bytes) {
        if let Some(byte) = line.bytes.iter().find(|byte| is_control(byte)) {
            hits.add(
                line.number,
                format!("The line holds the control character 0x{byte:02X}."),
            );
        }
    }
}

fn not_a_line(calendar: &Calendar<'_>, hits: &mut Hits) {
    for property in with_fault(calendar, |error| error == LineError::Shape) {
        let message = format!("{} is not NAME:value.", quote(property.text()));
        hits.add(property.fault_spot(), message);
    }
}

fn broken_quotes(calendar: &Calendar<'_>, hits: &mut Hits) {
    let is_quote = |error| matches!(error, LineError::Quote | LineError::InnerQuote);
    for property in with_fault(calendar, is_quote) {
        let name = &property.name;
        let message = format!("The double quotes in the parameters of {name} do not fit.");
        hits.add(property.fault_spot(), message);
    }
}

fn broken_parameter(calendar: &Calendar<'_>, hits: &mut Hits) {
    for property in with_fault(calendar, |error| error == LineError::Parameter) {
        let message = format!("A parameter of {} is not NAME=value.", property.name);
        hits.add(property.fault_spot(), message);
    }
}

/// Lines whose first fault is such a one.
fn with_fault<'c>(
    calendar: &'c Calendar<'_>,
    is_it: impl Fn(LineError) -> bool + 'c,
) -> impl Iterator<Item = &'c Property> {
    let all = calendar.properties().chain(&calendar.outside);
    all.filter(move |property| {
        let first = property.faults.first();
        first.is_some_and(|fault| is_it(fault.error))
    })
}

fn repeated_parameter(calendar: &Calendar<'_>, hits: &mut Hits) {
    for property in calendar.properties() {
        // A line with more parameters is a flood; the pairs of these are few.
        let parameters = property
            .parameters
            .get(..32)
            .unwrap_or(&property.parameters);
        let repeated = parameters.iter().enumerate().find(|(at, parameter)| {
            parameters[..*at]
                .iter()
                .any(|before| before.name == parameter.name)
        });
        if let Some((_, parameter)) = repeated {
            hits.add(
                property,
                format!("{} has {} twice.", property.name, quote(&parameter.name)),
            );
        }
    }
}
