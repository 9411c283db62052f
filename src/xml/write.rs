//! Writing: elements in the order given, everything in them escaped.

use std::borrow::Cow;

use quick_xml::escape::escape;
use quick_xml::events::BytesStart;

use crate::xml::RawXml;

/// An element to be written. Names are the caller's own constants and taken as they are; values
/// and texts may be anything: they are escaped, and characters that XML 1.0 has no form for
/// (2.2: most control characters, U+FFFE, U+FFFF) are left out.
#[derive(Clone, Debug)]
pub struct Tag {
    start: BytesStart<'static>,
    content: String,
}

impl Tag {
    /// An empty element; `name` with its prefix, if it has one.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            start: BytesStart::new(name.into()),
            content: String::new(),
        }
    }

    /// Adds an attribute.
    #[must_use]
    pub fn attribute(mut self, name: &str, value: &str) -> Self {
        self.start.push_attribute((name, filter(value).as_ref()));
        self
    }

    /// Appends text.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.content.push_str(&escape(filter(text)));
        self
    }

    /// Appends an element.
    #[must_use]
    pub fn child(mut self, child: Self) -> Self {
        self.content.push_str(&child.into_text());
        self
    }

    /// Appends elements.
    #[must_use]
    pub fn children(self, children: impl IntoIterator<Item = Self>) -> Self {
        children.into_iter().fold(self, Self::child)
    }

    /// Appends an element that was read elsewhere.
    #[must_use]
    pub fn raw(mut self, xml: &RawXml) -> Self {
        self.content.push_str(xml.as_str());
        self
    }

    fn into_text(self) -> String {
        let start: &str = &self.start;
        if self.content.is_empty() {
            return format!("<{start}/>");
        }
        let name = self.start.name();
        format!("<{start}>{}</{}>", self.content, name.as_ref())
    }
}

/// A whole document in UTF-8, with the XML declaration.
pub fn document(root: Tag) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{}",
        root.into_text()
    )
    .into_bytes()
}

fn filter(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_allowed) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| is_allowed(*c)).collect())
}

/// XML 1.0, 2.2 (Char).
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::xml::Document;

    const HARD: &str = "R&D <\"q\"> 'a' ]]> \u{1F4DE}\r\n\t\u{85}";

    #[test]
    fn texts_and_attributes_are_escaped() {
        let tag = Tag::new("a")
            .attribute("b", HARD)
            .child(Tag::new("c").text(HARD));
        let bytes = document(tag);
        let document = Document::parse(&bytes, 1000).unwrap();
        assert_eq!(document.root().attribute("b"), Some(HARD));
        assert_eq!(document.root().child("c").unwrap().text(), HARD);
    }

    #[test]
    fn characters_without_a_form_in_xml_are_left_out() {
        let bytes = document(
            Tag::new("a")
                .attribute("b", "x\u{0}y\u{FFFF}")
                .text("\u{1}\u{1B}[0m\u{FFFE}"),
        );
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.ends_with("<a b=\"xy\">[0m</a>"), "{text}");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(text in any::<String>()) {
            let bytes = document(Tag::new("a").attribute("b", &text).text(&text));
            let document = Document::parse(&bytes, 1 << 20).unwrap();
            let expected = filter(&text).into_owned();
            prop_assert_eq!(document.root().attribute("b"), Some(expected.as_str()));
            prop_assert_eq!(document.root().text(), expected);
        }
    }
}
