//! A file as it lies there, however broken: components as far as they go, lines that are in none, and what
//! does not fit. Reading goes on behind what is broken.

use crate::icalendar::component::Item;
use crate::icalendar::line::without_end;
use crate::icalendar::{Component, Diagnostic, Line, Object, Place, Problem};

/// Deepest nesting that is read; iCalendar has three levels.
pub(super) const DEEPEST: usize = 8;

/// Longest name of a component in a message, in characters.
const LONGEST_NAME: usize = 40;

/// The components of a file, and what is wrong with them.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Byte order mark and empty lines before the first line.
    pub(super) head: String,
    /// Those that are in no other, in the order of BEGIN; one VCALENDAR, if all is well.
    pub components: Vec<Component>,
    /// Lines that are in no component.
    pub outside: Vec<Line>,
    /// What has no place in it, in the order in which that was found; more is found by [`Document::check`].
    pub diagnostics: Vec<Diagnostic>,
}

impl Document {
    /// Reads whatever it is, at most as many lines as an object may have.
    pub fn read(text: &str) -> Self {
        let start = text.find(|c: char| !matches!(c, '\u{FEFF}' | '\r' | '\n'));
        let (head, body) = text.split_at(start.unwrap_or(text.len()));
        let mut reader = Reader {
            document: Self {
                head: head.to_owned(),
                ..Self::default()
            },
            open: Vec::new(),
        };
        let mut lines = cut(body, 1 + head.matches('\n').count());
        for line in lines.by_ref().take(Object::MOST_LINES) {
            reader.take(line);
        }
        match lines.next() {
            Some(line) => reader.add(line.number(), Problem::TooLong),
            None => reader.close(0, None),
        }
        reader.document
    }
}

struct Reader {
    document: Document,
    open: Vec<Component>,
}

impl Reader {
    fn add(&mut self, line: usize, problem: Problem) {
        let place = Place::of_line(line);
        let found = Diagnostic::error(place, None, problem);
        self.document.diagnostics.push(found);
    }

    fn take(&mut self, line: Line) {
        if let Some(name) = line.mark("BEGIN") {
            match self.open.len() == DEEPEST {
                true => self.add(line.number(), Problem::Deep(DEEPEST)),
                false => self.open.push(Component::new(name, line)),
            }
        } else if let Some(name) = line.mark("END") {
            self.end(&name, line);
        } else if let Some(innermost) = self.open.last_mut() {
            innermost.items.push(Item::Line(line));
        } else {
            self.add(line.number(), Problem::Outside);
            self.document.outside.push(line);
        }
    }

    fn end(&mut self, name: &str, line: Line) {
        let Some(depth) = self.open.iter().rposition(|open| open.name == name) else {
            let open = self.open.last().map(|open| printable(&open.name));
            let name = printable(name);
            self.add(line.number(), Problem::Stray { name, open });
            return;
        };
        self.close(depth + 1, Some(name));
        if let Some(mut done) = self.open.pop() {
            done.end = line;
            self.place(done);
        }
    }

    /// Closes what has no END, down to that depth.
    fn close(&mut self, depth: usize, end: Option<&str>) {
        while self.open.len() > depth
            && let Some(unclosed) = self.open.pop()
        {
            let name = printable(&unclosed.name);
            let end = end.map(printable);
            self.add(unclosed.begin.number(), Problem::Unclosed { name, end });
            self.place(unclosed);
        }
    }

    fn place(&mut self, component: Component) {
        match self.open.last_mut() {
            Some(outer) => outer.items.push(Item::Component(component)),
            None => self.document.components.push(component),
        }
    }
}

/// The logical lines of a text, empty ones with those before them; the first is line `number` of the file.
fn cut(text: &str, number: usize) -> impl Iterator<Item = Line> + '_ {
    let mut physical = text.split_inclusive('\n').zip(number..).peekable();
    std::iter::from_fn(move || {
        let (first, number) = physical.next()?;
        let mut line = Line::read(first, number);
        while let Some((more, _)) = physical.next_if(|(more, _)| {
            let shown = without_end(more);
            shown.is_empty() || shown.starts_with([' ', '\t'])
        }) {
            line.continue_with(more);
        }
        Some(line)
    })
}

/// Fit for a message: anybody may have named a component.
fn printable(name: &str) -> String {
    let plain = name.chars().filter(|c| !c.is_control());
    plain.take(LONGEST_NAME).collect()
}
