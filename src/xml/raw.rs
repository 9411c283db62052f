//! An element kept as it came, so that it can be written back without being understood.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::xml::{Document, Element, XmlError};

/// Longest namespace name that is carried along. Without a bound, a long name around many small
/// elements would be copied to each of them.
const NAMESPACE_BYTES: usize = 256;

/// A well-formed element in its own bytes, with the namespaces it needs declared on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawXml(String);

impl RawXml {
    /// Reads a single element of at most `cap` bytes.
    ///
    /// # Errors
    /// As [`Document::parse`].
    pub fn parse(text: &str, cap: usize) -> Result<Self, XmlError> {
        Self::of(Document::parse(text.as_bytes(), cap)?.root())
    }

    /// Takes an element out of its document.
    ///
    /// # Errors
    /// [`XmlError::TooComplex`] when a namespace it needs has a name of over 256 bytes.
    pub fn of(element: Element<'_>) -> Result<Self, XmlError> {
        let source = element.source();
        let missing = missing_declarations(element, source)?;
        let (name, rest) = source.split_at(name_end(source));
        Ok(Self([name, &missing, rest].concat()))
    }

    /// The element as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn name_end(source: &str) -> usize {
    let ends_name = |c: char| c.is_ascii_whitespace() || c == '/' || c == '>';
    source.find(ends_name).unwrap_or(source.len())
}

/// The declarations, each after a space, that the element had from around it.
fn missing_declarations(element: Element<'_>, source: &str) -> Result<String, XmlError> {
    let present = own_attributes(source);
    let mut needed = BytesStart::new("");
    let mut default = "";
    for (prefix, uri) in element.namespaces() {
        let Some(prefix) = prefix else {
            default = uri;
            continue;
        };
        let attribute = format!("xmlns:{prefix}");
        if prefix != "xml" && !present.contains(&attribute) && is_used(prefix, source) {
            needed.push_attribute((attribute.as_str(), check_uri(uri)?));
        }
    }
    if !present.iter().any(|name| name == "xmlns") {
        needed.push_attribute(("xmlns", check_uri(default)?));
    }
    Ok(needed.to_string())
}

/// A text may hold a prefix too (`xsi:type="p:name"`), so any word `p:` counts as use.
fn is_used(prefix: &str, source: &str) -> bool {
    let in_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    source.match_indices(&format!("{prefix}:")).any(|(at, _)| {
        let before = source.get(..at).and_then(|text| text.chars().next_back());
        !before.is_some_and(in_name)
    })
}

fn check_uri(uri: &str) -> Result<&str, XmlError> {
    if uri.len() > NAMESPACE_BYTES {
        return Err(XmlError::TooComplex {
            limit: NAMESPACE_BYTES,
            what: "bytes in the name of a namespace",
        });
    }
    Ok(uri)
}

fn own_attributes(source: &str) -> Vec<String> {
    match Reader::from_str(source).read_event() {
        Ok(Event::Start(tag) | Event::Empty(tag)) => {
            let mut attributes = tag.attributes();
            let names = attributes.with_checks(false).flatten();
            names.map(|a| a.key.as_ref().to_owned()).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::{Tag, document};

    const OUTER: &str = r#"<o xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q" xmlns:r="urn:r" xmlns:k="urn:k">
        <p:data kind='q:word' xmlns:r='urn:own'><r:a/><!-- ask: kept --><b>1 &lt; 2</b></p:data></o>"#;

    fn take() -> RawXml {
        let document = Document::parse(OUTER.as_bytes(), 1000).unwrap();
        RawXml::of(document.root().child("data").unwrap()).unwrap()
    }

    #[test]
    fn the_bytes_are_kept_and_namespaces_come_along() {
        let expected = r#"<p:data xmlns:p="urn:p" xmlns:q="urn:q" xmlns="urn:d" kind='q:word' xmlns:r='urn:own'>"#;
        assert!(take().as_str().starts_with(expected), "{}", take().as_str());
        assert!(
            take()
                .as_str()
                .ends_with("<r:a/><!-- ask: kept --><b>1 &lt; 2</b></p:data>")
        );
    }

    #[test]
    fn it_means_the_same_in_another_document() {
        let bytes = document(Tag::new("x").attribute("xmlns", "urn:other").raw(&take()));
        let other = Document::parse(&bytes, 1000).unwrap();
        let again = RawXml::of(other.root().child("data").unwrap()).unwrap();
        assert_eq!(again, take());
        assert_eq!(RawXml::parse(take().as_str(), 1000), Ok(take()));
    }

    #[test]
    fn an_element_without_namespace_stays_without() {
        let raw = RawXml::parse("<a><b/></a>", 100).unwrap();
        assert_eq!(raw.as_str(), "<a xmlns=\"\"><b/></a>");
    }

    #[test]
    fn long_namespace_names_are_not_copied() {
        let text = format!("<a xmlns:n='{}'><n:b/></a>", "x".repeat(257));
        let document = Document::parse(text.as_bytes(), 1000).unwrap();
        let refused = RawXml::of(document.root().child("b").unwrap());
        assert!(matches!(refused, Err(XmlError::TooComplex { .. })));
    }
}
