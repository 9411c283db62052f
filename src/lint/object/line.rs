//! One line taken apart as far as it goes (RFC 5545 3.1), with what was wrong on the way.

/// Longest name in octets; those of programs have a third of it.
const LONGEST_NAME: usize = 128;

/// A line in a component.
#[derive(Debug, Default)]
pub(in crate::lint) struct Property {
    /// Its first physical line, from 1.
    pub(in crate::lint) line: usize,
    /// In upper case; empty if there is none.
    pub(in crate::lint) name: String,
    /// In the order written.
    pub(in crate::lint) parameters: Vec<Parameter>,
    /// Behind the colon, as written; the whole line if there is none.
    pub(in crate::lint) value: String,
    /// The first thing that is wrong with its syntax.
    pub(in crate::lint) syntax: Option<Syntax>,
}

/// `NAME=value,value`.
#[derive(Debug)]
pub(in crate::lint) struct Parameter {
    /// In upper case.
    pub(in crate::lint) name: String,
    /// Without quotes, as written otherwise.
    pub(in crate::lint) values: Vec<String>,
}

/// What can be wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lint) enum Syntax {
    /// No name, a name that is none, or no colon.
    Shape,
    /// A double quote inside a value, or one without its other half.
    Quote,
    /// A parameter without a name or a value.
    Parameter,
}

impl Property {
    /// Takes an unfolded line apart.
    pub(super) fn read(line: usize, text: &str) -> Self {
        let end = text.find([';', ':']).unwrap_or(text.len());
        let (name, mut rest) = text.split_at(end);
        let mut property = Self {
            line,
            ..Self::default()
        };
        match is_name(name) {
            true => property.name = name.to_ascii_uppercase(),
            false => property.add_flaw(Syntax::Shape),
        }
        while let Some(after) = rest.strip_prefix(';') {
            rest = property.take_parameter(after);
        }
        match rest.strip_prefix(':') {
            Some(value) => value.clone_into(&mut property.value),
            None => {
                property.add_flaw(Syntax::Shape);
                text.clone_into(&mut property.value);
            }
        }
        property
    }

    fn add_flaw(&mut self, syntax: Syntax) {
        self.syntax.get_or_insert(syntax);
    }

    /// Gives what is left behind the parameter.
    fn take_parameter<'t>(&mut self, text: &'t str) -> &'t str {
        let end = text.find(['=', ';', ':']).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let mut parameter = Parameter {
            name: name.trim().to_ascii_uppercase(),
            values: Vec::new(),
        };
        let Some(mut rest) = rest.strip_prefix('=').filter(|_| is_name(name)) else {
            self.add_flaw(Syntax::Parameter);
            return rest.strip_prefix('=').map_or(rest, until_next);
        };
        loop {
            let (value, after) = self.take_value(rest);
            parameter.values.push(value.to_owned());
            match after.strip_prefix(',') {
                Some(after) => rest = after,
                None => {
                    self.parameters.push(parameter);
                    return after;
                }
            }
        }
    }

    fn take_value<'t>(&mut self, text: &'t str) -> (&'t str, &'t str) {
        let quoted = text.strip_prefix('"').and_then(|text| text.split_once('"'));
        if let Some((value, after)) = quoted {
            if !after.is_empty() && !after.starts_with([',', ';', ':']) {
                self.add_flaw(Syntax::Quote);
            }
            return (value, until_next(after));
        }
        let end = text.find([',', ';', ':']).unwrap_or(text.len());
        let (value, after) = text.split_at(end);
        if value.contains('"') {
            self.add_flaw(Syntax::Quote);
        }
        (value, after)
    }

    /// First value of a parameter.
    pub(in crate::lint) fn parameter(&self, name: &str) -> Option<&str> {
        self.values(name).first().map(String::as_str)
    }

    /// All values of a parameter.
    pub(in crate::lint) fn values(&self, name: &str) -> &[String] {
        let parameter = self.parameters.iter().find(|p| p.name == name);
        parameter.map_or(&[], |p| &p.values)
    }

    /// Whether a parameter has that value, in whatever case.
    pub(in crate::lint) fn has(&self, name: &str, value: &str) -> bool {
        self.parameter(name)
            .is_some_and(|found| found.eq_ignore_ascii_case(value))
    }

    /// Whether it is one of these.
    pub(in crate::lint) fn is_one_of(&self, names: &[&str]) -> bool {
        names.contains(&self.name.as_str())
    }
}

fn is_name(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// From the next character that can follow a value.
fn until_next(text: &str) -> &str {
    text.find([',', ';', ':']).map_or("", |at| &text[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_read_of_a_broken_line_is_read() {
        for (text, name, value, syntax) in [
            ("SUMMARY:a:b", "SUMMARY", "a:b", None),
            ("x-a;P=\"a;b:c\",d:e", "X-A", "e", None),
            (
                "ATTENDEE;CN=Bo \"\":mailto:b",
                "ATTENDEE",
                "mailto:b",
                Some(Syntax::Quote),
            ),
            (
                "ATTENDEE;CN=\"Bo:mailto:b",
                "ATTENDEE",
                "mailto:b",
                Some(Syntax::Quote),
            ),
            (
                "ATTENDEE;CN=\"Bo\"x:mailto:b",
                "ATTENDEE",
                "mailto:b",
                Some(Syntax::Quote),
            ),
            (
                "ATTENDEE;CN:mailto:b",
                "ATTENDEE",
                "mailto:b",
                Some(Syntax::Parameter),
            ),
            (
                "ATTENDEE;=a;CN=b:c",
                "ATTENDEE",
                "c",
                Some(Syntax::Parameter),
            ),
            ("NAME", "NAME", "NAME", Some(Syntax::Shape)),
            (":x", "", "x", Some(Syntax::Shape)),
            ("A B:x", "", "x", Some(Syntax::Shape)),
        ] {
            let read = Property::read(1, text);
            assert_eq!(
                (read.name.as_str(), read.value.as_str(), read.syntax),
                (name, value, syntax),
                "{text}"
            );
        }
    }
}
