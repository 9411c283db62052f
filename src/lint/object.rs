//! A calendar as the rules look at it: what the reader of `icalendar` made of a file, however broken, by
//! component, and what it is for.

use std::borrow::Cow;
use std::ops::Deref;

use jiff::tz::TimeZone;

use crate::icalendar::{
    self, ContentLine, Diagnostic, Document, Line, LineFault, Problem, decode, decode_as_likely,
    described_zone, is_swapped,
};
use crate::lint::{Purpose, Spot};

/// Most VTIMEZONEs that are evaluated.
const MOST_ZONES: usize = 32;

/// Properties that programs write into what they keep, and never into what they send.
const KEPT: [&str; 6] = [
    "X-CONFCTL-CONFERENCE",
    "X-MOZ-GENERATION",
    "X-MOZ-LASTACK",
    "X-APPLE-CALENDAR-COLOR",
    "X-APPLE-DEFAULT-ALARM",
    "X-WR-ALARMUID",
];

/// A calendar file.
pub(super) struct Calendar<'b> {
    /// The file. In another form than UTF-8 lines it has been brought into one.
    pub(super) bytes: Cow<'b, [u8]>,
    /// What was not UTF-8 lines about all of it.
    pub(super) foreign: Option<Foreign>,
    /// What it is for.
    pub(super) purpose: Purpose,
    /// Every component in the order of BEGIN.
    pub(super) components: Vec<Component>,
    /// Lines that are in no component.
    pub(super) outside: Vec<Property>,
    /// What the reader could not understand, in the order of lines.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// What a whole file can be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Foreign {
    /// Two octets a character.
    Utf16,
    /// Lines that end with CR alone.
    Cr,
}

/// What stands between BEGIN and END.
#[derive(Debug, Default)]
pub(super) struct Component {
    /// In upper case.
    pub(super) name: String,
    /// Line of its BEGIN.
    pub(super) line: usize,
    /// Which component it is in.
    pub(super) parent: Option<usize>,
    /// Which components are in it.
    pub(super) children: Vec<usize>,
    /// Its own lines.
    pub(super) properties: Vec<Property>,
    /// What a VTIMEZONE describes, if it describes anything.
    pub(super) zone: Option<TimeZone>,
    /// Whether that is behind its standard time in summer.
    pub(super) is_swapped: bool,
}

/// A line in a component, taken apart as far as it goes.
#[derive(Debug)]
pub(super) struct Property {
    content: ContentLine,
    source: Line,
    /// What is wrong with its syntax.
    pub(super) faults: Vec<LineFault>,
}

impl Deref for Property {
    type Target = ContentLine;

    fn deref(&self) -> &ContentLine {
        &self.content
    }
}

impl<'b> Calendar<'b> {
    /// Reads whatever it is; without a purpose, guesses it.
    pub(super) fn read(bytes: &'b [u8], purpose: Option<Purpose>) -> Self {
        let text = match decode(bytes) {
            Ok(text) => text,
            Err(_) => match decode_as_likely(bytes, None) {
                Ok(decoded) => decoded.text,
                Err(_) => String::from_utf8_lossy(bytes).into_owned(),
            },
        };
        let foreign = foreign(bytes);
        let document = Document::read(&text);
        let mut calendar = Self {
            diagnostics: document.check(),
            bytes: match foreign {
                None => Cow::Borrowed(bytes),
                Some(_) => Cow::Owned(text.into_bytes()),
            },
            foreign,
            purpose: Purpose::Mail,
            components: Vec::new(),
            outside: document.outside.into_iter().map(Property::of).collect(),
        };
        for component in document.components {
            calendar.place(component, None);
        }
        calendar.purpose = purpose.unwrap_or_else(|| calendar.likely_purpose());
        calendar
    }

    fn place(&mut self, component: icalendar::Component, parent: Option<usize>) {
        let at = self.components.len();
        if let Some(parent) = parent {
            self.components[parent].children.push(at);
        }
        let is_zone = component.name == "VTIMEZONE";
        let is_early = |calendar: &Self| {
            calendar.components("VTIMEZONE").take(MOST_ZONES).count() < MOST_ZONES
        };
        let zone = (is_zone && is_early(self)).then(|| described_zone(&component).ok());
        let is_swapped = is_zone && is_swapped(&component);
        let line = component.line_number();
        let name = component.name.clone();
        let (lines, nested) = component.into_parts();
        self.components.push(Component {
            name,
            line,
            parent,
            children: Vec::new(),
            properties: lines.into_iter().map(Property::of).collect(),
            zone: zone.flatten(),
            is_swapped,
        });
        for component in nested {
            self.place(component, Some(at));
        }
    }

    /// From which line on nothing was looked at.
    pub(super) fn cut(&self) -> Option<usize> {
        let mut found = self.diagnostics.iter();
        let cut = found.find(|found| found.problem == Problem::TooLong)?;
        Some(cut.place.line)
    }

    /// A METHOD makes it an invitation; without one, what nobody else is in is kept, and so is what
    /// bears the marks of a calendar that keeps things.
    fn likely_purpose(&self) -> Purpose {
        if self.method().is_some() {
            return Purpose::Mail;
        }
        let mut properties = self.components.iter().flat_map(|c| &c.properties);
        let is_kept = properties.any(|property| {
            KEPT.contains(&property.name.as_str())
                || property.parameter("SCHEDULE-STATUS").is_some()
        });
        let mut events = self.components.iter().filter(|c| c.name != "VALARM");
        let has_people = events.any(|event| event.first("ATTENDEE").is_some());
        match has_people && !is_kept {
            true => Purpose::Mail,
            false => Purpose::Caldav,
        }
    }

    /// METHOD of the calendar, in upper case.
    pub(super) fn method(&self) -> Option<String> {
        let method = self
            .components("VCALENDAR")
            .find_map(|c| c.first("METHOD"))?;
        Some(method.value.trim().to_ascii_uppercase())
    }

    /// Whether that is its METHOD.
    pub(super) fn is(&self, method: &str) -> bool {
        self.method().as_deref() == Some(method)
    }

    /// Every component of that name.
    pub(super) fn components<'c>(&'c self, name: &'c str) -> impl Iterator<Item = &'c Component> {
        self.components.iter().filter(move |c| c.name == name)
    }

    /// Every VEVENT.
    pub(super) fn events(&self) -> impl Iterator<Item = &Component> {
        self.components("VEVENT")
    }

    /// VEVENT, VTODO and VJOURNAL.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Component> {
        self.components
            .iter()
            .filter(|c| ["VEVENT", "VTODO", "VJOURNAL"].contains(&c.name.as_str()))
    }

    /// What is in a component.
    pub(super) fn children<'c>(
        &'c self,
        component: &'c Component,
    ) -> impl Iterator<Item = &'c Component> {
        component.children.iter().map(|at| &self.components[*at])
    }

    /// Every line in a component.
    pub(super) fn properties(&self) -> impl Iterator<Item = &Property> {
        self.components.iter().flat_map(|c| &c.properties)
    }

    /// Every line of VEVENT, VTODO and VJOURNAL.
    pub(super) fn entry_properties(&self) -> impl Iterator<Item = &Property> {
        self.entries().flat_map(|entry| &entry.properties)
    }
}

impl Component {
    /// Its lines of that name.
    pub(super) fn all<'c>(&'c self, name: &'c str) -> impl Iterator<Item = &'c Property> {
        self.properties.iter().filter(move |p| p.name == name)
    }

    /// Its first line of that name.
    pub(super) fn first(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|p| p.name == name)
    }

    /// The value of its first line of that name.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        Some(self.first(name)?.value.trim())
    }

    /// Where that property is, or where it is missed: at BEGIN.
    pub(super) fn spot_of(&self, name: &str) -> Spot {
        match self.first(name) {
            Some(property) => property.into(),
            None => Spot {
                property: Some(name.to_owned()),
                ..self.line.into()
            },
        }
    }
}

impl Property {
    fn of(source: Line) -> Self {
        let (content, faults) = ContentLine::read(source.text());
        Self {
            content,
            source,
            faults,
        }
    }

    /// As it stands, unfolded.
    pub(super) fn text(&self) -> &str {
        self.source.text()
    }

    /// Where the first thing is that is wrong with its syntax.
    pub(super) fn fault_spot(&self) -> Spot {
        let fault = self.faults.first().map_or(0, |fault| fault.at);
        Spot {
            place: self.source.place(fault),
            ..self.into()
        }
    }
}

impl From<&Property> for Spot {
    /// Where the value begins.
    fn from(property: &Property) -> Self {
        let text = property.source.text();
        let at = text.len().saturating_sub(property.value.len());
        Self {
            place: property.source.place(at),
            property: Some(property.name.clone()).filter(|name| !name.is_empty()),
        }
    }
}

fn foreign(bytes: &[u8]) -> Option<Foreign> {
    match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, _, ..] | [_, 0, ..] => Some(Foreign::Utf16),
        _ => (bytes.contains(&b'\r') && !bytes.contains(&b'\n')).then_some(Foreign::Cr),
    }
}
