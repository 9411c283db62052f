//! What is noticed about a file of somebody else's, and which line of it that is about.

use crate::calendar_object::lines;
use crate::icalendar::{Component, Document, Line, Problem, decode_as_likely};

/// Something that was noticed about a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// What it comes to.
    pub weight: Weight,
    /// One sentence.
    pub text: String,
    /// What to do about it, as a clause.
    pub hint: Option<&'static str>,
    /// Which line of the file it is about; none: no single one.
    pub about: Option<About>,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// By what stands in it.
    Line {
        /// Its property; empty: any.
        property: &'static str,
        /// Some of what it says.
        text: String,
    },
    /// The first one that is in the wrong place.
    Structure,
}

impl About {
    /// A line of that property that says so. What was shortened for a message ends before its ellipsis.
    pub(super) fn new(property: &'static str, text: &str) -> Self {
        let text = text.trim().trim_end_matches('…').to_owned();
        Self::Line { property, text }
    }

    /// The line that names a zone.
    fn zone(name: &str) -> Self {
        let text = format!("TZID={}", lines::shortened(name, LONGEST_PIECE));
        Self::new("", &text)
    }

    /// Whether it is that line.
    fn is(&self, line: &Line) -> bool {
        match self {
            Self::Line { property, text } => {
                (property.is_empty() || line.is(property))
                    && line
                        .text()
                        .replace('"', "")
                        .contains(&text.replace('"', ""))
            }
            Self::Structure => false,
        }
    }
}

/// Where the first component of that name ends behind a line.
fn end_line(components: &[Component], name: &str, after: usize) -> Option<usize> {
    let mut found = None;
    for component in components {
        component.visit(&mut |line| {
            let is_end = line.is("END") && line.text().to_ascii_uppercase().ends_with(name);
            if found.is_none() && is_end && line.number() > after {
                found = Some(line.number());
            }
        });
    }
    found
}

/// Which line of a file something is about, from 1.
pub fn line_number(bytes: &[u8], charset: Option<&str>, about: &About) -> Option<usize> {
    let decoded = decode_as_likely(bytes, charset).ok()?;
    let document = Document::read(&decoded.text);
    if *about == About::Structure {
        let found = document
            .diagnostics
            .first()
            .map(|found| match &found.problem {
                Problem::Unclosed {
                    end: Some(name), ..
                } => {
                    let after = found.place.line;
                    end_line(&document.components, name, after).unwrap_or(after)
                }
                _ => found.place.line,
            });
        let second = document.components.get(1).map(Component::line_number);
        return found.or(second);
    }
    let mut number = None;
    for component in &document.components {
        component.visit(&mut |line| {
            if number.is_none() && about.is(line) {
                number = Some(line.number());
            }
        });
    }
    number
}

/// What a remark comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It is taken as it is meant.
    Note,
    /// It is taken as it is likely meant.
    Warning,
    /// Nobody can tell what is meant.
    Refusal,
}

impl Remark {
    pub(super) fn new(weight: Weight, text: String) -> Self {
        Self {
            weight,
            text,
            hint: None,
            about: None,
        }
    }

    pub(super) fn refusal(text: String, hint: &'static str) -> Self {
        Self {
            weight: Weight::Refusal,
            text,
            hint: Some(hint),
            about: None,
        }
    }

    pub(super) fn about_zone(self, name: &str) -> Self {
        Self {
            about: Some(About::zone(name)),
            ..self
        }
    }

    pub(super) fn about(self, property: &'static str, text: &str) -> Self {
        Self {
            about: Some(About::new(property, text)),
            ..self
        }
    }
}

/// Longest piece of a line in a remark, in characters.
const LONGEST_PIECE: usize = 60;

pub(super) fn piece(text: &str) -> String {
    lines::shortened(text, LONGEST_PIECE)
}
