//! A calendar as it is, however broken: lines taken apart and put into components. What does not
//! fit is kept for the rules to tell, and reading goes on behind it.

mod line;

pub(super) use line::{Property, Syntax};

use crate::lint::{Purpose, physical};

/// Most lines that are read; a year of daily exceptions has fewer.
const MOST_LINES: usize = 100_000;

/// Deepest nesting that is read; iCalendar has three levels.
const DEEPEST: usize = 8;

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
    /// The file.
    pub(super) bytes: &'b [u8],
    /// What it is for.
    pub(super) purpose: Purpose,
    /// Every component in the order of BEGIN.
    pub(super) components: Vec<Component>,
    /// Lines that are in no component.
    pub(super) outside: Vec<Property>,
    /// BEGIN and END that do not fit.
    pub(super) flaws: Vec<Flaw>,
    /// There is more than is read, from this line on.
    pub(super) cut: Option<usize>,
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
}

/// A BEGIN or END that does not fit, with its line.
#[derive(Debug)]
pub(super) enum Flaw {
    /// There is no END for this BEGIN.
    Unclosed(usize, String),
    /// There is no BEGIN for this END.
    Stray(usize, String),
    /// More levels than iCalendar has.
    Deep(usize),
}

impl<'b> Calendar<'b> {
    /// Reads whatever it is; without a purpose, guesses it.
    pub(super) fn read(bytes: &'b [u8], purpose: Option<Purpose>) -> Self {
        let mut calendar = Self {
            bytes,
            purpose: Purpose::Mail,
            components: Vec::new(),
            outside: Vec::new(),
            flaws: Vec::new(),
            cut: None,
        };
        let mut open = Vec::new();
        for (count, (number, text)) in unfold(bytes).enumerate() {
            if count == MOST_LINES {
                calendar.cut = Some(number);
                break;
            }
            calendar.take(Property::read(number, &text), &mut open);
        }
        for unclosed in open.into_iter().rev() {
            calendar.add_unclosed(unclosed);
        }
        calendar.purpose = purpose.unwrap_or_else(|| calendar.likely_purpose());
        calendar
    }

    fn take(&mut self, property: Property, open: &mut Vec<usize>) {
        match (property.name.as_str(), open.last()) {
            ("BEGIN", _) => self.begin(&property, open),
            ("END", _) => self.end(&property, open),
            (_, Some(last)) => self.components[*last].properties.push(property),
            (_, None) => self.outside.push(property),
        }
    }

    fn begin(&mut self, property: &Property, open: &mut Vec<usize>) {
        if open.len() == DEEPEST {
            self.flaws.push(Flaw::Deep(property.line));
            return;
        }
        let at = self.components.len();
        let parent = open.last().copied();
        if let Some(parent) = parent {
            self.components[parent].children.push(at);
        }
        self.components.push(Component {
            name: property.value.trim().to_ascii_uppercase(),
            line: property.line,
            parent,
            ..Component::default()
        });
        open.push(at);
    }

    fn end(&mut self, property: &Property, open: &mut Vec<usize>) {
        let name = property.value.trim().to_ascii_uppercase();
        let Some(depth) = open
            .iter()
            .rposition(|at| self.components[*at].name == name)
        else {
            self.flaws.push(Flaw::Stray(property.line, name));
            return;
        };
        for unclosed in open.drain(depth..).skip(1).collect::<Vec<_>>() {
            self.add_unclosed(unclosed);
        }
    }

    fn add_unclosed(&mut self, at: usize) {
        let component = &self.components[at];
        let flaw = Flaw::Unclosed(component.line, component.name.clone());
        self.flaws.push(flaw);
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

    /// Line of that property, or of BEGIN.
    pub(super) fn line_of(&self, name: &str) -> usize {
        self.first(name).map_or(self.line, |p| p.line)
    }
}

/// Logical lines with the number of their first physical one; empty ones are left out.
fn unfold(bytes: &[u8]) -> impl Iterator<Item = (usize, String)> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut lines = physical::lines(bytes)
        .filter(|line| !line.bytes.is_empty())
        .peekable();
    std::iter::from_fn(move || {
        let first = lines.next()?;
        let mut joined = first.bytes.to_vec();
        while let Some(more) =
            lines.next_if(|line| line.bytes.starts_with(b" ") || line.bytes.starts_with(b"\t"))
        {
            joined.extend_from_slice(more.bytes.get(1..).unwrap_or_default());
        }
        Some((first.number, String::from_utf8_lossy(&joined).into_owned()))
    })
}
