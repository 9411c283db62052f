//! A whole calendar object (RFC 5545 3.4), cut into lines that keep their bytes: what is not
//! changed is written back as it was read, folds, line ends and spelling included.

use std::fmt;

use crate::icalendar::document::DEEPEST;
use crate::icalendar::{Component, Document, Line, Problem, decode};

/// One VCALENDAR and the bytes around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Byte order mark and empty lines.
    head: String,
    /// The VCALENDAR.
    pub calendar: Component,
}

/// The bytes were no calendar object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// More than 4 MiB or 50,000 lines.
    #[error("the calendar is too big: expected at most 4 MiB and 50,000 lines")]
    Size,
    /// Neither UTF-8 (RFC 5545 3.1.4) nor another charset that it is said to be in.
    #[error("the calendar is not UTF-8 text: convert it, with 'iconv -t UTF-8' for one")]
    Encoding,
    /// Something else stands where BEGIN:VCALENDAR is expected.
    #[error("this is no calendar: expected BEGIN:VCALENDAR in the first line")]
    NoCalendar,
    /// A component has no END.
    #[error("the calendar is cut off: END:{0} is missing")]
    CutOff(String),
    /// An END of another component than the innermost.
    #[error("the calendar's nesting is broken: expected END:{expected}, found END:{found}")]
    Nesting {
        /// Name of the component that is open.
        expected: String,
        /// Name in the END line, shortened.
        found: String,
    },
    /// More levels of components than any calendar has.
    #[error("the calendar's components are nested more than {DEEPEST} deep")]
    Depth,
    /// Another object, or no calendar lines at all.
    #[error("something follows the end of the calendar: expected one calendar and nothing else")]
    Trailing,
}

/// How large an object is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Octets, line ends included.
    pub octets: usize,
    /// Content lines, however often they are folded.
    pub lines: usize,
}

impl Size {
    /// Refuses what [`Object::parse`] would not read.
    pub fn check(self) -> Result<(), ObjectError> {
        match self.octets <= Object::LARGEST && self.lines <= Object::MOST_LINES {
            true => Ok(()),
            false => Err(ObjectError::Size),
        }
    }
}

impl Object {
    /// Largest object that is read or written, in octets. A line may be as long.
    pub const LARGEST: usize = 4 * 1024 * 1024;

    /// Most content lines of one, with BEGIN and END.
    pub const MOST_LINES: usize = 50_000;

    /// Reads an object of at most 4 MiB and 50,000 lines, in UTF-8 or UTF-16. Lines that are no content lines
    /// are kept; a byte order mark and other line ends are tolerated.
    pub fn parse(bytes: &[u8]) -> Result<Self, ObjectError> {
        if bytes.len() > Self::LARGEST {
            return Err(ObjectError::Size);
        }
        Self::read(&decode(bytes)?)
    }

    /// The same from its text.
    pub fn read(text: &str) -> Result<Self, ObjectError> {
        if text.len() > Self::LARGEST {
            return Err(ObjectError::Size);
        }
        let mut document = Document::read(text);
        check(&document)?;
        Ok(Self {
            head: std::mem::take(&mut document.head),
            calendar: document.components.pop().ok_or(ObjectError::NoCalendar)?,
        })
    }

    /// Its octets and content lines, as they are written.
    pub fn size(&self) -> Size {
        let (mut octets, mut lines) = (self.head.len(), 0);
        self.calendar.visit(&mut |line| {
            octets += line.raw().len();
            lines += 1;
        });
        Size { octets, lines }
    }

    /// The line end of the object: CRLF, or LF.
    pub fn ending(&self) -> &'static str {
        self.calendar.ending()
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.head)?;
        self.calendar.fmt(f)
    }
}

/// Whether a file is one calendar.
fn check(document: &Document) -> Result<(), ObjectError> {
    let mut problems = document.diagnostics.iter().map(|found| &found.problem);
    if problems.clone().any(|problem| *problem == Problem::TooLong) {
        return Err(ObjectError::Size);
    }
    let first = document.components.first().ok_or(ObjectError::NoCalendar)?;
    let begin = first.line_number();
    let is_before = |line: &Line| line.number() < begin;
    if first.name != "VCALENDAR" || document.outside.iter().any(is_before) {
        return Err(ObjectError::NoCalendar);
    }
    let nesting = |expected: &str, found: &str| ObjectError::Nesting {
        expected: expected.to_owned(),
        found: found.to_owned(),
    };
    Err(match problems.next() {
        None if document.components.len() == 1 => return Ok(()),
        Some(Problem::Deep(_)) => ObjectError::Depth,
        Some(Problem::Unclosed { name, end: None }) => ObjectError::CutOff(name.clone()),
        Some(Problem::Unclosed {
            name,
            end: Some(end),
        }) => nesting(name, end),
        Some(Problem::Stray {
            name,
            open: Some(open),
        }) => nesting(open, name),
        _ => ObjectError::Trailing,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::icalendar::ContentLine;

    fn object(text: &str) -> Object {
        Object::parse(text.as_bytes()).unwrap()
    }

    const NESTED: &str = "\u{FEFF}begin:VCALENDAR\nx-odd;A=\"b:c\":1\n 23\n\nno content line\r\n\
        BEGIN:VEVENT\r\nUID:a\r\nBEGIN:VALARM\nUID:b\nEND:VALARM\nEND:VEVENT \nEND:VCALENDAR";

    #[test]
    fn what_is_not_changed_is_written_as_it_was_read() {
        let mut object = object(NESTED);
        assert_eq!(object.to_string(), NESTED);
        assert_eq!(object.calendar.property("X-ODD").unwrap().value, "123");
        let event = object.calendar.components_mut().next().unwrap();
        assert_eq!(event.all("UID").count(), 1);
        let uid = event.property("UID").unwrap();
        event.set(&uid);
        assert_eq!(object.to_string(), NESTED);
    }

    #[test]
    fn properties_are_added_before_nested_components() {
        let mut object = object(NESTED);
        let event = object.calendar.components_mut().next().unwrap();
        event.add(&ContentLine::parse("X-NEW:1").unwrap());
        event.set(&ContentLine::parse("UID:c").unwrap());
        event.retain_components(|component| component.name != "VALARM");
        let written = event.to_string();
        assert_eq!(written, "BEGIN:VEVENT\r\nUID:c\r\nX-NEW:1\r\nEND:VEVENT \n");
    }

    #[test]
    fn broken_objects_are_told_apart() {
        let deep = "BEGIN:A\n".repeat(DEEPEST);
        let nesting = |expected: &str, found: &str| ObjectError::Nesting {
            expected: expected.to_owned(),
            found: found.to_owned(),
        };
        for (text, error) in [
            (String::new(), ObjectError::NoCalendar),
            ("\u{FEFF}\r\n".into(), ObjectError::NoCalendar),
            ("hello\n".into(), ObjectError::NoCalendar),
            ("BEGIN:VCARD\nEND:VCARD\n".into(), ObjectError::NoCalendar),
            (
                "BEGIN:VCALENDAR\nA:1".into(),
                ObjectError::CutOff("VCALENDAR".into()),
            ),
            (
                "BEGIN:VCALENDAR\nEND:X\u{7}Y\n".into(),
                nesting("VCALENDAR", "XY"),
            ),
            (
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n".into(),
                nesting("VEVENT", "VCALENDAR"),
            ),
            (
                "BEGIN:VCALENDAR\nEND:VCALENDAR\nx".into(),
                ObjectError::Trailing,
            ),
            (format!("BEGIN:VCALENDAR\n{deep}"), ObjectError::Depth),
            (
                "BEGIN:VCALENDAR\n".repeat(Object::LARGEST),
                ObjectError::Size,
            ),
            (
                format!("BEGIN:VCALENDAR\n{}", "A\n".repeat(Object::MOST_LINES)),
                ObjectError::Size,
            ),
        ] {
            assert_eq!(Object::parse(text.as_bytes()), Err(error), "{text:.40}");
        }
        assert_eq!(Object::parse(b"\xFF"), Err(ObjectError::Encoding));
    }

    #[test]
    fn a_line_is_as_long_as_the_object_lets_it_be() {
        let frame = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".len();
        for (octets, is_read) in [
            (256 * 1024, true),
            (256 * 1024 + 1, true),
            (Object::LARGEST - frame, true),
            (Object::LARGEST - frame + 1, false),
        ] {
            let value = "a".repeat(octets - "X:\r\n".len());
            let text = format!("BEGIN:VCALENDAR\r\nX:{value}\r\nEND:VCALENDAR\r\n");
            let read = Object::parse(text.as_bytes());
            assert_eq!(read.is_ok(), is_read, "{octets}");
            if let Ok(object) = read {
                assert_eq!(object.calendar.property("X").unwrap().value, value);
                assert_eq!(object.size().octets, text.len());
                assert_eq!(object.size().check(), Ok(()));
            }
        }
    }

    #[test]
    fn what_is_written_has_the_limits_of_what_is_read() {
        let mut object = object("BEGIN:VCALENDAR\nEND:VCALENDAR\n");
        let line = ContentLine::parse("X:1").unwrap();
        for lines in [Object::MOST_LINES, Object::MOST_LINES + 1] {
            while object.size().lines < lines {
                object.calendar.add(&line);
            }
            let read = Object::parse(object.to_string().as_bytes());
            assert_eq!(read.is_ok(), object.size().check().is_ok(), "{lines}");
            assert_eq!(read.is_ok(), lines == Object::MOST_LINES);
        }
    }

    proptest! {
        #[test]
        fn arbitrary_lines_come_back(
            lines in prop::collection::vec("(BEGIN:V|END:V|A|[ \t]?[:;,\"\\\\ažA-C]{0,90})(\r\n|\n|\r\r\n)", 0..20),
        ) {
            let text = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", lines.concat());
            if let Ok(object) = Object::parse(text.as_bytes()) {
                prop_assert_eq!(object.to_string(), text);
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = Object::parse(&bytes);
        }
    }
}
