//! People in the files of others: what is written in an odd way and can mean one thing only is written as
//! everybody reads it.

use std::collections::HashSet;

use percent_encoding::percent_decode_str;

use crate::calendar_object::people;
use crate::conference::Person;
use crate::icalendar::{Component, ContentLine, Edit, Line, Parameter};

/// What became of a line about somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Repaired {
    /// It is written otherwise now; who it is about.
    Person(Person),
    /// Nobody can tell whom it is about, or how to reach them; the line.
    Unreachable(Line),
}

/// Writes the lines of ORGANIZER and ATTENDEE as everybody reads them. Gives those that were odd.
pub(super) fn people(event: &mut Component) -> Vec<Repaired> {
    let mut odd = Vec::new();
    event.edit(|line| {
        if !line.is("ATTENDEE") && !line.is("ORGANIZER") {
            return Edit::Keep;
        }
        let content = line.content();
        if let Some(content) = content.as_ref().filter(|content| people::is_plain(content)) {
            // A mail has every address in one spelling.
            let other = people::in_ascii(content);
            return other.map_or(Edit::Keep, Edit::Say);
        }
        // A colon in a name, before which the value seems to begin.
        let content = content.filter(|content| {
            let value = content.value.to_ascii_lowercase();
            !value.contains(":mailto:") || value.starts_with("mailto:")
        });
        match content
            .or_else(|| loose_line(line.text()))
            .and_then(repaired)
        {
            Some((person, said)) => {
                odd.push(Repaired::Person(person));
                Edit::Say(said)
            }
            None => {
                odd.push(Repaired::Unreachable(line.clone()));
                Edit::Keep
            }
        }
    });
    odd
}

/// Takes out whoever is named again, in whatever spelling. Gives who that is.
pub(super) fn drop_repeated(event: &mut Component) -> Vec<Person> {
    let mut seen = HashSet::new();
    let mut repeated = Vec::new();
    event.edit(|line| {
        let attendee = line.is("ATTENDEE").then(|| line.content()).flatten();
        let Some(person) = attendee.as_ref().and_then(people::person) else {
            return Edit::Keep;
        };
        if seen.insert(person.key()) {
            return Edit::Keep;
        }
        repeated.push(person);
        Edit::Remove
    });
    repeated
}

/// The line with an address that can be read, and a name without what belongs to the address.
fn repaired(mut line: ContentLine) -> Option<(Person, ContentLine)> {
    for name in line.parameters.iter_mut().filter(|p| p.name == "CN") {
        // A comma that is not quoted.
        name.values = vec![name.values.join(",")];
    }
    let value = loose_person(&line.value);
    let person = value.or_else(|| loose_person(line.parameter("EMAIL")?));
    // Some write the address where the name should be.
    let person = person.or_else(|| loose_person(line.parameter("CN")?))?;
    let name = line
        .parameter("CN")
        .map(|name| name.trim().trim_matches('"').trim().to_owned());
    let name = name
        .filter(|name| !name.is_empty())
        .or_else(|| person.name.clone());
    line.parameters.retain(|parameter| parameter.name != "CN");
    if let Some(name) = &name {
        line.parameters.insert(
            0,
            Parameter {
                name: "CN".to_owned(),
                values: vec![name.clone()],
            },
        );
    }
    let person = Person { name, ..person };
    line.value = person.mailto();
    Some((person, line))
}

/// `mailto:<bo@example.com>`, `MAILTO: bo@example.com`, `mailto:mailto:…`, `"bo@example.com"`,
/// `Bo <bo@example.com>`, `smtp:bo@example.com`.
fn loose_person(text: &str) -> Option<Person> {
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    let mut rest = decoded.trim();
    loop {
        let before = rest;
        for scheme in ["mailto:", "smtp:", "sip:", "//"] {
            let begins = rest.get(..scheme.len());
            if begins.is_some_and(|begin| begin.eq_ignore_ascii_case(scheme)) {
                rest = rest.get(scheme.len()..)?.trim();
            }
        }
        rest = rest.trim_matches(['"', '\'', ';', ',', ' ', '\t']);
        rest = rest.strip_suffix("\\n").unwrap_or(rest);
        if let Some(inner) = rest
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix('>'))
        {
            rest = inner.trim();
        }
        if rest == before {
            break;
        }
    }
    let bare = rest
        .split(['?', '#'])
        .next()
        .unwrap_or_default()
        .trim_end_matches('>');
    let person = Person::parse(rest).or_else(|_| Person::parse(bare)).ok()?;
    let is_address = |c: char| !c.is_whitespace() && !c.is_control();
    person.address.chars().all(is_address).then_some(person)
}

/// A line whose parameters nobody can take apart as they stand: quotes inside quotes, bare colons and
/// semicolons in names. The last address counts.
fn loose_line(text: &str) -> Option<ContentLine> {
    let lower = text.to_ascii_lowercase();
    let at = match lower
        .rfind(":mailto:")
        .or_else(|| lower.rfind(":\"mailto:"))
    {
        Some(at) => at,
        None => {
            let at = text.rfind(':')?;
            text.get(at..)?.contains('@').then_some(at)?
        }
    };
    let (head, value) = (text.get(..at)?, text.get(at + 1..)?);
    let mut pieces = split_parameters(head).into_iter();
    let name = pieces.next()?.trim().to_ascii_uppercase();
    let mut parameters: Vec<Parameter> = Vec::new();
    for piece in pieces {
        let named = piece.split_once('=').filter(|(name, _)| {
            let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
            !name.is_empty() && name.chars().all(is_of_name)
        });
        match (named, parameters.last_mut()) {
            (Some((name, value)), _) => parameters.push(Parameter {
                name: name.to_ascii_uppercase(),
                values: vec![unquoted(value)],
            }),
            // A semicolon in the value before.
            (None, Some(last)) => {
                let value = last.values.last_mut()?;
                value.push(';');
                value.push_str(piece.trim_end());
            }
            (None, None) => return None,
        }
    }
    Some(ContentLine {
        name,
        parameters,
        value: value.to_owned(),
    })
}

/// At semicolons that are not in quotes. A quote ends only where a parameter may end.
fn split_parameters(head: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut is_quoted = false;
    let chars: Vec<char> = head.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        let Some(piece) = pieces.last_mut() else {
            break;
        };
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        match c {
            '"' if !is_quoted && before == Some(&'=') => {
                is_quoted = true;
                piece.push('"');
            }
            '"' if is_quoted && before != Some(&'\\') => {
                is_quoted = !matches!(chars.get(at + 1), None | Some(';'));
                piece.push('"');
            }
            ';' if !is_quoted => pieces.push(String::new()),
            c => piece.push(*c),
        }
    }
    pieces
}

fn unquoted(value: &str) -> String {
    let value = value.trim();
    let inner = value
        .strip_prefix('"')
        .map(|rest| rest.strip_suffix('"').unwrap_or(rest));
    inner.unwrap_or(value).replace("\\\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::icalendar::Object;

    fn repair(line: &str) -> (Vec<Repaired>, String) {
        let text = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{line}\nEND:VEVENT\nEND:VCALENDAR\n");
        let mut object = Object::read(&text).unwrap();
        let event = object.calendar.components_mut().next().unwrap();
        let odd = people(event);
        let written = event.lines().next().unwrap().text().to_owned();
        (odd, written)
    }

    #[test]
    fn what_means_one_person_only_is_written_so() {
        for (line, written) in [
            (
                r#"ATTENDEE;CN="Bo "Nick" Example":mailto:bo@example.com"#,
                "ATTENDEE;CN=\"Bo ^'Nick^' Example\":mailto:bo@example.com",
            ),
            (
                r#"ATTENDEE;CN="Bo \"Nick\" Example";RSVP=TRUE:mailto:bo@example.com"#,
                "ATTENDEE;CN=\"Bo ^'Nick^' Example\";RSVP=TRUE:mailto:bo@example.com",
            ),
            (
                "ATTENDEE;CN=Example: Bo:mailto:bo@example.com",
                "ATTENDEE;CN=\"Example: Bo\":mailto:bo@example.com",
            ),
            (
                "ATTENDEE;CN=Example; Bo;ROLE=CHAIR:mailto:bo@example.com",
                "ATTENDEE;CN=\"Example; Bo\";ROLE=CHAIR:mailto:bo@example.com",
            ),
            (
                "ATTENDEE;CN=\"Bo:mailto:bo@example.com",
                "ATTENDEE;CN=Bo:mailto:bo@example.com",
            ),
            (
                "ATTENDEE;CN=Example, Bo;RSVP=TRUE:mailto:bo@example.com",
                "ATTENDEE;CN=\"Example, Bo\";RSVP=TRUE:mailto:bo@example.com",
            ),
            (
                "ATTENDEE:mailto:<bo@example.com>",
                "ATTENDEE:mailto:bo@example.com",
            ),
            (
                "ATTENDEE:MAILTO: bo@example.com",
                "ATTENDEE:mailto:bo@example.com",
            ),
            (
                "ATTENDEE:mailto:mailto:bo@example.com",
                "ATTENDEE:mailto:bo@example.com",
            ),
            (
                "ATTENDEE:mailto:Bo <bo@example.com>",
                "ATTENDEE;CN=Bo:mailto:bo@example.com",
            ),
            (
                "ATTENDEE:\"mailto:bo@example.com\"",
                "ATTENDEE:mailto:bo@example.com",
            ),
            (
                "ATTENDEE:smtp:bo@example.com;",
                "ATTENDEE:mailto:bo@example.com",
            ),
            (
                "ATTENDEE;CN=bo@example.com:invalid:nomail",
                "ATTENDEE;CN=bo@example.com:mailto:bo@example.com",
            ),
            (
                "ORGANIZER;CN=\"O\"Hara, Lam\":mailto:lam@example.com",
                "ORGANIZER;CN=\"O^'Hara, Lam\":mailto:lam@example.com",
            ),
        ] {
            let (odd, repaired) = repair(line);
            assert_eq!(repaired, written, "{line}");
            assert!(
                matches!(odd.as_slice(), [Repaired::Person(_)]),
                "{line}: {odd:?}"
            );
        }
    }

    #[test]
    fn what_is_right_stays_and_what_means_nobody_is_told() {
        for line in [
            "ATTENDEE;CN=Bo;X-NUM-GUESTS=0:mailto:bo@example.com",
            "ATTENDEE;CN=\"Example, Bo\":MAILTO:bo@example.com",
            "ORGANIZER:mailto:ana@example.com",
            "ATTENDEE;EMAIL=bo@example.com:/principals/1/",
            "X-ATTENDEE:nobody",
        ] {
            assert_eq!(repair(line), (Vec::new(), line.to_owned()));
        }
        for line in [
            "ATTENDEE;CN=Bo:invalid:nomail",
            "ORGANIZER:mailto:lam.example",
            "ATTENDEE:bo at example.com",
        ] {
            let (odd, written) = repair(line);
            assert!(
                matches!(odd.as_slice(), [Repaired::Unreachable(_)]),
                "{line}: {odd:?}"
            );
            assert_eq!(written, line);
        }
    }
}
