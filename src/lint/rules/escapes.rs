//! Backslashes: where they must be and where they must not.

use crate::lint::object::{Calendar, Property};
use crate::lint::{Check, Hits, Rule, Severity};

/// Properties that are one TEXT (RFC 5545 3.3.11).
const TEXTS: [&str; 5] = ["SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CONTACT"];

/// Properties that are a list of TEXT.
const LISTS: [&str; 2] = ["CATEGORIES", "RESOURCES"];

/// Properties that are a URI or a calendar address (RFC 5545 3.3.13, 3.3.3).
const URIS: [&str; 8] = [
    "ORGANIZER",
    "ATTENDEE",
    "URL",
    "CONFERENCE",
    "IMAGE",
    "SOURCE",
    "TZURL",
    "X-MS-OLK-SENDER",
];

/// URIs that Exchange escapes like TEXT.
const EXCHANGE: [&str; 2] = [
    "X-MICROSOFT-CONFERENCETELURI",
    "X-MICROSOFT-ONLINEMEETINGCONFLINK",
];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "unescaped-text",
        severity: Severity::Warning,
        what: "a comma or semicolon in a text without a backslash",
        why: "calcurse skips the event; other strict readers cut the text there.",
        fix: "Write \\, and \\; in texts.",
        evidence: &["RFC 5545 3.3.11", "lfos/calcurse#323"],
        check: Check::Calendar(unescaped_text),
    },
    Rule {
        id: "bad-escape",
        severity: Severity::Warning,
        what: "a backslash in a text before anything but \\ ; , n N",
        why: "calcurse skips the event; others show or swallow the backslash.",
        fix: "Write a backslash as \\\\.",
        evidence: &["RFC 5545 3.3.11"],
        check: Check::Calendar(bad_escape),
    },
    Rule {
        id: "escaped-uri",
        severity: Severity::Error,
        what: "a backslash in a URI or a calendar address",
        why: "It becomes part of the address: the link opens nothing, the phone dials something else.",
        fix: "Write URIs as they are; percent-encode what they can not hold.",
        evidence: &["RFC 5545 3.3.13", "RFC 3986 2"],
        check: Check::Calendar(escaped_uri),
    },
    Rule {
        id: "unescaped-x-microsoft",
        severity: Severity::Warning,
        what: "X-MICROSOFT-CONFERENCETELURI or -CONFLINK with a bare comma or semicolon",
        why: "Exchange and the video gateways behind it read these as TEXT and may cut them there.",
        fix: "Write \\, and \\; as Exchange does.",
        evidence: &["RFC 5545 3.8.8.2", "RFC 5545 3.3.11"],
        check: Check::Calendar(unescaped_x_microsoft),
    },
];

/// A bare one of `special`, which stands for more than itself.
fn has_bare(value: &str, special: &[char]) -> bool {
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            c if special.contains(&c) => return true,
            _ => {}
        }
    }
    false
}

fn unescaped_text(calendar: &Calendar<'_>, hits: &mut Hits) {
    for property in calendar.properties() {
        let is_bare = (property.is_one_of(&TEXTS) && has_bare(&property.value, &[',', ';']))
            || (property.is_one_of(&LISTS) && has_bare(&property.value, &[';']));
        if is_bare {
            hits.add(
                property,
                format!(
                    "{} holds a comma or semicolon without a backslash.",
                    property.name
                ),
            );
        }
    }
}

fn bad_escape(calendar: &Calendar<'_>, hits: &mut Hits) {
    let mut texts = TEXTS.to_vec();
    texts.extend(LISTS);
    for property in calendar.properties().filter(|p| p.is_one_of(&texts)) {
        if let Some(escaped) = wrong_escape(property) {
            hits.add(
                property,
                format!(
                    "{} holds \\{escaped}, which stands for nothing.",
                    property.name
                ),
            );
        }
    }
}

fn wrong_escape(property: &Property) -> Option<String> {
    let mut chars = property.value.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            match chars.next() {
                Some('\\' | ';' | ',' | 'n' | 'N') => {}
                Some(other) => return Some(other.to_string()),
                None => return Some(String::new()),
            }
        }
    }
    None
}

fn escaped_uri(calendar: &Calendar<'_>, hits: &mut Hits) {
    let uris = calendar.properties().filter(|p| p.is_one_of(&URIS));
    for property in uris.filter(|p| p.value.contains('\\')) {
        hits.add(property, format!("{} holds a backslash.", property.name));
    }
}

fn unescaped_x_microsoft(calendar: &Calendar<'_>, hits: &mut Hits) {
    let uris = calendar.properties().filter(|p| p.is_one_of(&EXCHANGE));
    for property in uris.filter(|p| has_bare(&p.value, &[',', ';'])) {
        hits.add(
            property,
            format!(
                "{} holds a comma or semicolon without a backslash.",
                property.name
            ),
        );
    }
}
