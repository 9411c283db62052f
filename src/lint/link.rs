//! URIs that people or programs follow, wherever they stand.

use crate::icalendar::{Place, unescape_text};
use crate::lint::Spot;
use crate::lint::object::Calendar;
use crate::lint::text::{self, Text};

/// Attributes of HTML whose value is followed or fetched.
const ATTRIBUTES: [&str; 4] = ["href", "src", "action", "background"];

/// A URI to be followed.
pub(super) struct Link {
    /// Property, or attribute of HTML.
    pub(super) name: String,
    /// Where in the part.
    pub(super) spot: Spot,
    /// Whether it is in HTML.
    pub(super) is_html: bool,
    /// Without escapes.
    pub(super) uri: String,
}

impl Link {
    /// The scheme in lower case; None: it has none.
    pub(super) fn scheme(&self) -> Option<String> {
        let (scheme, _) = self.uri.split_once(':')?;
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        is_scheme.then(|| scheme.to_ascii_lowercase())
    }

    /// What is behind `tel:`.
    pub(super) fn tel(&self) -> Option<&str> {
        let (_, number) = self.uri.split_once(':')?;
        (self.scheme()? == "tel").then_some(number)
    }
}

/// Every link in the entries of a calendar, HTML in them included.
pub(super) fn of_calendar(calendar: &Calendar<'_>) -> Vec<Link> {
    let properties = calendar.entry_properties();
    let mut links: Vec<Link> = properties
        .filter_map(|property| {
            let uri = match property.name.as_str() {
                "CONFERENCE" | "URL" => property.value.clone(),
                "ATTACH" | "IMAGE" if property.parameter("ENCODING").is_none() => {
                    property.value.clone()
                }
                // Exchange escapes these like TEXT.
                "X-MICROSOFT-CONFERENCETELURI"
                | "X-MICROSOFT-ONLINEMEETINGCONFLINK"
                | "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK" => unescape_text(&property.value),
                _ => return None,
            };
            Some(Link {
                name: property.name.clone(),
                spot: property.into(),
                is_html: false,
                uri: uri.trim().to_owned(),
            })
        })
        .collect();
    for text in text::of_calendar(calendar).iter().filter(|t| t.is_html) {
        links.extend(of_html(text));
    }
    links
}

/// Every link in HTML, as browsers would read it.
pub(super) fn of_html(text: &Text) -> Vec<Link> {
    let lower = text.text.to_ascii_lowercase();
    let mut links = Vec::new();
    for attribute in ATTRIBUTES {
        let mut counted = Counter::of(text);
        for (at, _) in lower.match_indices(attribute) {
            let is_word = lower[..at].ends_with(|c: char| c.is_whitespace() || "\"'/".contains(c));
            let Some(value) = value_at(&text.text[at + attribute.len()..]).filter(|_| is_word)
            else {
                continue;
            };
            links.push(Link {
                name: attribute.to_owned(),
                spot: counted.spot(at),
                is_html: true,
                uri: decode(value),
            });
        }
    }
    links
}

/// Counts lines once, however many links there are.
struct Counter<'t> {
    text: &'t Text,
    at: usize,
    line: usize,
}

impl<'t> Counter<'t> {
    fn of(text: &'t Text) -> Self {
        let line = text.spot.place.line;
        Self { text, at: 0, line }
    }

    /// Where an octet is, which is behind those asked for before.
    fn spot(&mut self, at: usize) -> Spot {
        let text = &self.text.text;
        if !self.text.has_lines {
            return self.text.spot.clone();
        }
        self.line += text[self.at..at].matches('\n').count();
        self.at = at;
        let begin = text[..at].rfind('\n').map_or(0, |at| at + 1);
        let column = text[begin..at].chars().count() + 1;
        let line = self.line;
        Place { line, column }.into()
    }
}

/// The value of an attribute; `text` begins behind its name.
fn value_at(text: &str) -> Option<&str> {
    let value = text.trim_start().strip_prefix('=')?.trim_start();
    if let Some(quote) = value.chars().next().filter(|c| "\"'".contains(*c)) {
        let value = &value[1..];
        return Some(value.split(quote).next().unwrap_or(value));
    }
    value.split([' ', '\t', '\r', '\n', '>']).next()
}

/// Character references undone, and what browsers ignore in a URI removed.
fn decode(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        let end = after.bytes().take(10).position(|byte| byte == b';');
        let reference =
            end.and_then(|end| Some((character(after.get(..end)?)?, after.get(end + 1..)?)));
        match reference {
            Some((c, after)) => {
                text.push(c);
                rest = after;
            }
            None => {
                text.push('&');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text.retain(|c| !matches!(c, '\t' | '\r' | '\n'));
    text.trim().to_owned()
}

fn character(reference: &str) -> Option<char> {
    if let Some(number) = reference.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        return char::from_u32(code.ok()?);
    }
    match reference {
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "colon" => Some(':'),
        "num" => Some('#'),
        "Tab" => Some('\t'),
        "NewLine" => Some('\n'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_however_html_hides_them() {
        let html = "<a\nhref = 'tel:+1,,2&num;'>x</a><A HREF=java&#x73;cript:f()>y</A>\
                    <img src=\"cid:a\"><p data-href=\"no:no\">href=no</p>";
        let text = Text {
            name: "text/html".to_owned(),
            spot: 1.into(),
            has_lines: true,
            is_html: true,
            text: html.to_owned(),
        };
        let links = of_html(&text);
        let found: Vec<(usize, &str)> = links
            .iter()
            .map(|l| (l.spot.place.line, l.uri.as_str()))
            .collect();
        assert_eq!(
            found,
            [(2, "tel:+1,,2#"), (2, "javascript:f()"), (2, "cid:a")]
        );
    }
}
