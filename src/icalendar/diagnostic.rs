//! What is not as RFC 5545 says, as a value: the reader tells it and decides nothing.

use serde::Serialize;

use crate::icalendar::{
    Component, ContentLine, Document, Line, LineError, Moment, Rule, RuleError, TimeZoneError,
    described_zone, duration,
};

/// Something in a calendar that can't be understood, or has no place there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where it stands.
    pub place: Place,
    /// How bad it is.
    pub severity: Severity,
    /// In which property, in upper case; none: in no single one.
    pub property: Option<String>,
    /// What it is.
    pub problem: Problem,
}

impl Diagnostic {
    pub(super) fn error(place: Place, property: Option<String>, problem: Problem) -> Self {
        Self {
            place,
            severity: Severity::Error,
            property,
            problem,
        }
    }
}

/// A place in a file, lines and characters counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Physical line.
    pub line: usize,
    /// Character in it.
    pub column: usize,
}

impl Place {
    /// The beginning of a line.
    pub fn of_line(line: usize) -> Self {
        Self { line, column: 1 }
    }
}

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Somebody sees it wrong, or not all of it.
    Warning,
    /// A program refuses it, loses it, or takes it for something else.
    Error,
}

impl Severity {
    /// `error`, `warning`, `note`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What can be wrong. Pieces of the file are in it, shortened: not for a terminal as they are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// More lines than are read, from this one on.
    #[error("nothing from here on was looked at")]
    TooLong,
    /// No END for that BEGIN.
    #[error("'{name}' has no END")]
    Unclosed {
        /// Name of the component.
        name: String,
        /// Of which component an END stands where its own should be; none: the file is over.
        end: Option<String>,
    },
    /// No BEGIN for that END.
    #[error("there is no open '{name}' to end")]
    Stray {
        /// Name of the component.
        name: String,
        /// The innermost component that is open.
        open: Option<String>,
    },
    /// More levels than any calendar has.
    #[error("this is more than {0} components deep")]
    Deep(usize),
    /// A line in no component.
    #[error("the line is in no component")]
    Outside,
    /// A line that is none, or only half.
    #[error(transparent)]
    Line(LineError),
    /// No date and no time (RFC 5545 3.3.4, 3.3.5).
    #[error("'{0}' is no time")]
    Time(String),
    /// No length of time (RFC 5545 3.3.6).
    #[error("'{0}' is no length of time")]
    Duration(String),
    /// No number of versions (RFC 5545 3.8.7.4).
    #[error("'{0}' is no number")]
    Number(String),
    /// No rule (RFC 5545 3.3.10).
    #[error(transparent)]
    Rule(RuleError),
    /// A VTIMEZONE that says nothing.
    #[error(transparent)]
    TimeZone(TimeZoneError),
}

/// Properties whose value is a time, or a list of them.
pub const TIMES: [&str; 10] = [
    "DTSTART",
    "DTEND",
    "DUE",
    "RECURRENCE-ID",
    "EXDATE",
    "RDATE",
    "DTSTAMP",
    "CREATED",
    "LAST-MODIFIED",
    "COMPLETED",
];

/// Longest piece of a value in a message, in characters.
const LONGEST_VALUE: usize = 60;

/// Most VTIMEZONEs that are evaluated.
const MOST_ZONES: usize = 32;

impl Document {
    /// Everything in the file that can't be understood: structure, lines, values, zones; in the order of lines.
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut found = self.diagnostics.clone();
        self.outside
            .iter()
            .for_each(|line| check_line(line, &mut found));
        let mut zones = MOST_ZONES;
        for component in &self.components {
            check_component(component, &mut zones, &mut found);
        }
        found.sort_by_key(|diagnostic| diagnostic.place);
        found
    }
}

fn check_component(component: &Component, zones: &mut usize, found: &mut Vec<Diagnostic>) {
    for line in component.lines() {
        check_line(line, found);
        check_value(component, line, found);
    }
    if component.name == "VTIMEZONE" && *zones > 0 {
        *zones -= 1;
        if let Err(error) = described_zone(component) {
            let place = Place::of_line(component.line_number());
            found.push(Diagnostic::error(place, None, Problem::TimeZone(error)));
        }
    }
    for nested in component.components() {
        check_component(nested, zones, found);
    }
}

fn check_line(line: &Line, found: &mut Vec<Diagnostic>) {
    if line.fault().is_none() && !line.has_parameters() {
        return;
    }
    let (content, faults) = ContentLine::read(line.text());
    let name = (!content.name.is_empty()).then_some(content.name);
    // What follows the first one is likely of its making.
    if let Some(fault) = faults.first() {
        let place = line.place(fault.at);
        let problem = Problem::Line(fault.error);
        found.push(Diagnostic::error(place, name, problem));
    }
}

/// The values whose form RFC 5545 lays down.
fn check_value(component: &Component, line: &Line, found: &mut Vec<Diagnostic>) {
    let Some(content) = line.content() else {
        return;
    };
    let is_entry = ["VEVENT", "VTODO", "VJOURNAL"].contains(&component.name.as_str());
    let value = content.value.as_str();
    let wrong = match content.name.as_str() {
        name if is_entry && TIMES.contains(&name) => wrong_time(&content),
        "DURATION" if duration(value).is_none() => Some((0, Problem::Duration(excerpt(value)))),
        "RRULE" | "EXRULE" => value
            .parse::<Rule>()
            .err()
            .map(|error| (0, Problem::Rule(error))),
        "SEQUENCE" if value.trim().parse::<u32>().is_err() => {
            Some((0, Problem::Number(excerpt(value))))
        }
        _ => None,
    };
    if let Some((wrong, problem)) = wrong {
        // The value ends the line.
        let at = line.text().len().saturating_sub(value.len()) + wrong;
        let name = Some(content.name.clone());
        found.push(Diagnostic::error(line.place(at), name, problem));
    }
}

/// The first value that is no time, and at which octet it begins; a period (RFC 5545 3.3.9) counts with its start.
fn wrong_time(content: &ContentLine) -> Option<(usize, Problem)> {
    let is_period = content.has("VALUE", "PERIOD");
    let separator = match content.is_one_of(&["EXDATE", "RDATE"]) {
        true => ',',
        false => '\n',
    };
    let mut at = 0;
    for value in content.value.split(separator) {
        let start = match value.split_once('/') {
            Some((start, _)) if is_period => start,
            _ => value,
        };
        if Moment::read(start.trim(), None).is_none() {
            let blanks = start.len() - start.trim_start().len();
            return Some((at + blanks, Problem::Time(excerpt(start))));
        }
        at += value.len() + 1;
    }
    None
}

/// Fit for a message.
fn excerpt(value: &str) -> String {
    let begin: String = value.trim().chars().take(LONGEST_VALUE).collect();
    match begin.len() < value.trim().len() {
        true => begin + "…",
        false => begin,
    }
}
