//! A component of a calendar object (RFC 5545 3.6), to be read and edited line by line.

use std::fmt;

use crate::icalendar::ContentLine;
use crate::icalendar::line::Line;

/// From a BEGIN line to its END line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// In upper case: VEVENT, VALARM.
    pub name: String,
    pub(super) begin: Line,
    pub(super) items: Vec<Item>,
    pub(super) end: Line,
}

/// What a component is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Line(Line),
    Component(Component),
}

/// What becomes of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Nothing.
    Keep,
    /// It goes.
    Remove,
    /// It says this; if it does already, its bytes stay.
    Say(ContentLine),
}

impl Component {
    pub(super) fn new(name: String, begin: Line) -> Self {
        Self {
            name,
            begin,
            items: Vec::new(),
            end: Line::default(),
        }
    }

    /// Physical line of its BEGIN in the file that it was read from, from 1.
    pub fn line_number(&self) -> usize {
        self.begin.number()
    }

    /// Gives it another name, at its beginning and at its end.
    pub fn rename(&mut self, name: &str) {
        let ending = self.ending();
        for (line, mark) in [(&mut self.begin, "BEGIN"), (&mut self.end, "END")] {
            let content = ContentLine {
                name: mark.to_owned(),
                parameters: Vec::new(),
                value: name.to_owned(),
            };
            line.say(&content, ending);
        }
        name.clone_into(&mut self.name);
    }

    /// Its property lines, without those of nested components.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.items.iter().filter_map(|item| match item {
            Item::Line(line) => Some(line),
            Item::Component(_) => None,
        })
    }

    /// Its properties of one name that are well-formed.
    pub fn all(&self, name: &str) -> impl Iterator<Item = ContentLine> {
        self.lines()
            .filter(move |line| line.is(name))
            .filter_map(Line::content)
    }

    /// The first of them.
    pub fn property(&self, name: &str) -> Option<ContentLine> {
        self.all(name).next()
    }

    /// Its property lines and its nested components.
    pub fn into_parts(self) -> (Vec<Line>, Vec<Self>) {
        let (mut lines, mut nested) = (Vec::new(), Vec::new());
        for item in self.items {
            match item {
                Item::Line(line) => lines.push(line),
                Item::Component(component) => nested.push(component),
            }
        }
        (lines, nested)
    }

    /// The nested components.
    pub fn components(&self) -> impl Iterator<Item = &Self> {
        self.items.iter().filter_map(|item| match item {
            Item::Line(_) => None,
            Item::Component(component) => Some(component),
        })
    }

    /// The same, to be changed.
    pub fn components_mut(&mut self) -> impl Iterator<Item = &mut Self> {
        self.items.iter_mut().filter_map(|item| match item {
            Item::Line(_) => None,
            Item::Component(component) => Some(component),
        })
    }

    /// Its property lines, to be changed.
    pub fn lines_mut(&mut self) -> impl Iterator<Item = &mut Line> {
        self.items.iter_mut().filter_map(|item| match item {
            Item::Line(line) => Some(line),
            Item::Component(_) => None,
        })
    }

    /// Makes the first property of that name say this; adds it if there is none. A line that says
    /// so already keeps its bytes.
    pub fn set(&mut self, content: &ContentLine) {
        let ending = self.ending();
        let mut lines = self.lines_mut();
        let there = lines.find(|line| line.is(&content.name));
        let said = there.map(|line| line.say(content, ending)).is_some();
        drop(lines);
        if !said {
            self.add(content);
        }
    }

    /// Adds a property: behind the last of its name, else behind all properties.
    pub fn add(&mut self, content: &ContentLine) {
        let line = Line::of(content, self.ending());
        let is_line = |item: &Item| matches!(item, Item::Line(_));
        let is_twin = |item: &Item| matches!(item, Item::Line(line) if line.is(&content.name));
        let twin = self.items.iter().rposition(is_twin);
        let last = || {
            let nested = self.items.iter().position(|item| !is_line(item));
            nested.unwrap_or(self.items.len())
        };
        let at = twin.map_or_else(last, |at| at + 1);
        self.items.insert(at, Item::Line(line));
    }

    /// Adds a property right behind the first one called `name`, or before all others.
    pub fn add_behind(&mut self, name: &str, content: &ContentLine) {
        let line = Line::of(content, self.ending());
        let is_it = |item: &Item| matches!(item, Item::Line(line) if line.is(name));
        let at = self.items.iter().position(is_it).map_or(0, |at| at + 1);
        self.items.insert(at, Item::Line(line));
    }

    /// Shows every line, BEGIN and END and those of nested components too, in order.
    pub fn visit(&self, show: &mut impl FnMut(&Line)) {
        show(&self.begin);
        for item in &self.items {
            match item {
                Item::Line(line) => show(line),
                Item::Component(component) => component.visit(show),
            }
        }
        show(&self.end);
    }

    /// Does to each property line what `of` says.
    pub fn edit(&mut self, mut of: impl FnMut(&Line) -> Edit) {
        let ending = self.ending();
        self.items.retain_mut(|item| {
            let Item::Line(line) = item else {
                return true;
            };
            match of(line) {
                Edit::Keep => {}
                Edit::Remove => return false,
                Edit::Say(content) => line.say(&content, ending),
            }
            true
        });
    }

    /// Keeps only the property lines that `keep` is true for.
    pub fn retain_lines(&mut self, mut keep: impl FnMut(&Line) -> bool) {
        self.edit(|line| if keep(line) { Edit::Keep } else { Edit::Remove });
    }

    /// Keeps only the nested components that `keep` is true for.
    pub fn retain_components(&mut self, mut keep: impl FnMut(&Self) -> bool) {
        self.items.retain(|item| match item {
            Item::Line(_) => true,
            Item::Component(component) => keep(component),
        });
    }

    /// Adds a component behind all others.
    pub fn append(&mut self, component: Self) {
        self.items.push(Item::Component(component));
    }

    /// Adds a component behind the last one of its name, else before all others. Its line ends
    /// should be those of this one.
    pub fn insert(&mut self, component: Self) {
        let is = |item: &Item, name: Option<&str>| match item {
            Item::Line(_) => false,
            Item::Component(nested) => name.is_none_or(|name| nested.name == name),
        };
        let items = &self.items;
        let twin = items.iter().rposition(|i| is(i, Some(&component.name)));
        let first = items.iter().position(|i| is(i, None));
        let at = twin.map(|at| at + 1).or(first).unwrap_or(items.len());
        self.items.insert(at, Item::Component(component));
    }

    /// How its lines end: CRLF, or LF.
    pub fn line_end(&self) -> &'static str {
        self.ending()
    }

    pub(super) fn ending(&self) -> &'static str {
        self.begin.ending()
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.begin.raw())?;
        for item in &self.items {
            match item {
                Item::Line(line) => f.write_str(line.raw())?,
                Item::Component(component) => component.fmt(f)?,
            }
        }
        f.write_str(self.end.raw())
    }
}
