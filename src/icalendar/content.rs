//! One unfolded line, taken apart as far as it goes (RFC 5545 3.1, RFC 6868).

use std::fmt;

use crate::icalendar::{is_bare, parameter_value};

/// One unfolded line: `NAME;PARAMETER=value:value`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContentLine {
    /// Property name in upper case: letters, digits, hyphens.
    pub name: String,
    /// Parameters in the order written.
    pub parameters: Vec<Parameter>,
    /// Everything after the colon, still escaped if the property is TEXT.
    pub value: String,
}

/// `NAME=value,value` of a content line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Parameter name in upper case: letters, digits, hyphens.
    pub name: String,
    /// The values without their quotes, RFC 6868 already undone; at least one.
    pub values: Vec<String>,
}

/// What can be wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// It does not begin with a name, or the name is not followed by `;` or `:`.
    #[error("a calendar line must be NAME:value or NAME;PARAMETER=value:value")]
    Shape,
    /// A parameter without a name or a value.
    #[error("a parameter of a calendar line must be NAME=value")]
    Parameter,
    /// A double quote in a parameter is never closed, or more follows where it is.
    #[error("a calendar line has a quoted parameter without an end")]
    Quote,
    /// A double quote inside a value without quotes, which readers take as it stands.
    #[error("a calendar line has a double quote inside a parameter")]
    InnerQuote,
}

/// What is wrong with a line, and at which octet of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineFault {
    /// Counted from 0 in the unfolded line.
    pub at: usize,
    /// What it is.
    pub error: LineError,
}

impl ContentLine {
    /// Takes an unfolded line apart, however long: only a whole object has limits. Refuses what nobody knows how to
    /// read.
    pub fn parse(line: &str) -> Result<Self, LineError> {
        let (content, faults) = Self::read(line);
        let mut errors = faults.into_iter().map(|fault| fault.error);
        match errors.find(|error| *error != LineError::InnerQuote) {
            Some(error) => Err(error),
            None => Ok(content),
        }
    }

    /// What can be read of a line, and what not. Without a name that is empty; without a colon the whole line is
    /// the value.
    pub fn read(line: &str) -> (Self, Vec<LineFault>) {
        let end = line.find([';', ':']).unwrap_or(line.len());
        let (name, rest) = line.split_at(end);
        let mut reader = Reader {
            line,
            content: Self::default(),
            faults: Vec::new(),
        };
        match is_name(name) {
            true => reader.content.name = name.to_ascii_uppercase(),
            false => reader.add_fault(line, LineError::Shape),
        }
        reader.take_rest(rest);
        (reader.content, reader.faults)
    }

    /// First value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.values(name).first().map(String::as_str)
    }

    /// All values of a parameter.
    pub fn values(&self, name: &str) -> &[String] {
        let parameter = self.parameters.iter().find(|p| p.name == name);
        parameter.map_or(&[], |parameter| &parameter.values)
    }

    /// Whether a parameter has that value, in whatever case.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.parameter(name)
            .is_some_and(|found| found.eq_ignore_ascii_case(value))
    }

    /// Whether it is one of these properties.
    pub fn is_one_of(&self, names: &[&str]) -> bool {
        names.contains(&self.name.as_str())
    }
}

impl fmt::Display for ContentLine {
    /// Unfolded, without a line end. Control characters in the value are dropped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for parameter in &self.parameters {
            let values: Vec<String> = parameter
                .values
                .iter()
                .map(|v| parameter_value(v))
                .collect();
            write!(f, ";{}={}", parameter.name, values.join(","))?;
        }
        let value: String = self.value.chars().filter(|c| is_bare(*c)).collect();
        write!(f, ":{value}")
    }
}

struct Reader<'l> {
    line: &'l str,
    content: ContentLine,
    faults: Vec<LineFault>,
}

impl<'l> Reader<'l> {
    /// `rest` is the end of the line from the fault on.
    fn add_fault(&mut self, rest: &str, error: LineError) {
        let at = self.line.len() - rest.len();
        self.faults.push(LineFault { at, error });
    }

    /// What stands behind the name.
    fn take_rest(&mut self, mut rest: &'l str) {
        while let Some(after) = rest.strip_prefix(';') {
            rest = self.take_parameter(after);
        }
        match rest.strip_prefix(':') {
            Some(value) => value.clone_into(&mut self.content.value),
            None => {
                self.add_fault(rest, LineError::Shape);
                self.line.clone_into(&mut self.content.value);
            }
        }
    }

    /// Gives what is left behind the parameter.
    fn take_parameter(&mut self, text: &'l str) -> &'l str {
        let end = text.find(['=', ';', ':']).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let Some(mut rest) = rest.strip_prefix('=').filter(|_| is_name(name)) else {
            self.add_fault(text, LineError::Parameter);
            return rest.strip_prefix('=').map_or(rest, until_next);
        };
        let mut values = Vec::new();
        loop {
            let (value, after) = self.take_value(rest);
            values.push(undo_carets(value));
            match after.strip_prefix(',') {
                Some(after) => rest = after,
                None => {
                    let name = name.to_ascii_uppercase();
                    self.content.parameters.push(Parameter { name, values });
                    return after;
                }
            }
        }
    }

    fn take_value(&mut self, text: &'l str) -> (&'l str, &'l str) {
        let quoted = text.strip_prefix('"').and_then(|text| text.split_once('"'));
        if let Some((value, after)) = quoted {
            if !after.is_empty() && !after.starts_with([',', ';', ':']) {
                self.add_fault(after, LineError::Quote);
            }
            return (value, until_next(after));
        }
        let end = text.find([',', ';', ':']).unwrap_or(text.len());
        let (value, after) = text.split_at(end);
        if let Some(at) = value.find('"') {
            let error = match at {
                0 => LineError::Quote,
                _ => LineError::InnerQuote,
            };
            self.add_fault(text.get(at..).unwrap_or(text), error);
        }
        (value, after)
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// From the next character that can follow a value.
fn until_next(text: &str) -> &str {
    text.find([',', ';', ':'])
        .map_or("", |at| text.get(at..).unwrap_or_default())
}

/// RFC 6868 3.1: a caret before anything else stands for itself.
pub(super) fn undo_carets(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('^') {
        text.push_str(before);
        let (meant, skip) = match after.chars().next() {
            Some('n') => ('\n', 1),
            Some('\'') => ('"', 1),
            Some('^') => ('^', 1),
            _ => ('^', 0),
        };
        text.push(meant);
        rest = &after[skip..];
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_read_of_a_broken_line_is_read() {
        use LineError::{InnerQuote, Parameter, Quote, Shape};
        for (text, name, value, fault) in [
            ("SUMMARY:a:b", "SUMMARY", "a:b", None),
            ("x-a;P=\"a;b:c\",d:e", "X-A", "e", None),
            (
                "ATTENDEE;CN=Bo \"\":mailto:b",
                "ATTENDEE",
                "mailto:b",
                Some((15, InnerQuote)),
            ),
            (
                "ATTENDEE;CN=\"Bo:mailto:b",
                "ATTENDEE",
                "mailto:b",
                Some((12, Quote)),
            ),
            (
                "ATTENDEE;CN=\"Bo\"x:mailto:b",
                "ATTENDEE",
                "mailto:b",
                Some((16, Quote)),
            ),
            (
                "ATTENDEE;CN:mailto:b",
                "ATTENDEE",
                "mailto:b",
                Some((9, Parameter)),
            ),
            ("ATTENDEE;=a;CN=b:c", "ATTENDEE", "c", Some((9, Parameter))),
            ("NAME;:value", "NAME", "value", Some((5, Parameter))),
            ("NAME;P=a", "NAME", "NAME;P=a", Some((8, Shape))),
            ("NAME", "NAME", "NAME", Some((4, Shape))),
            (":x", "", "x", Some((0, Shape))),
            ("A B:x", "", "x", Some((0, Shape))),
            ("", "", "", Some((0, Shape))),
        ] {
            let (read, faults) = ContentLine::read(text);
            assert_eq!((read.name.as_str(), read.value.as_str()), (name, value));
            let first = faults.first().map(|fault| (fault.at, fault.error));
            assert_eq!(first, fault, "{text}");
            let error = fault
                .map(|(_, error)| error)
                .filter(|error| *error != InnerQuote);
            assert_eq!(ContentLine::parse(text).err(), error, "{text}");
        }
    }
}
