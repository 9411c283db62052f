//! A document as a tree that can be changed: names apart from prefixes, texts without their form.

use crate::xml::{Content, Document, Element, RawXml};

/// An element. Equal trees mean the same, however they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tree {
    /// Name of its namespace.
    pub(super) namespace: Option<String>,
    /// Local name.
    pub(super) name: String,
    /// In document order.
    pub(super) attributes: Vec<Attribute>,
    /// In document order; texts that touch are one.
    pub(super) content: Vec<Part>,
}

/// An attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Attribute {
    /// Name of its namespace.
    pub(super) namespace: Option<String>,
    /// Local name.
    pub(super) name: String,
    /// Without quotes and references.
    pub(super) value: String,
}

/// Part of an element's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A child element.
    Element(Tree),
    /// Text without references.
    Text(String),
    /// A child element somebody else's, which may hold prefixes in its texts: kept as it is.
    Verbatim(String),
}

/// What the pool's own namespaces begin with.
const OWN: [&str; 3] = [
    "urn:ietf:params:xml:ns:",
    "http://schemas.microsoft.com/rtc/",
    "http://schemas.microsoft.com/2006/09/sip/",
];

/// Most bytes of a document.
const CAP: usize = 4 * 1024 * 1024;

impl Tree {
    /// None: it is no XML, or can't be taken apart.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let document = Document::parse(bytes, CAP).ok()?;
        Self::of(document.root())
    }

    fn of(element: Element<'_>) -> Option<Self> {
        let owned = |text: &str| text.to_owned();
        let attributes = element.attributes();
        let mut content: Vec<Part> = Vec::new();
        for part in element.content() {
            match (part, content.last_mut()) {
                (Content::Text(text), Some(Part::Text(before))) => before.push_str(text),
                (Content::Text(text), _) => content.push(Part::Text(text.to_owned())),
                (Content::Element(child), _) if is_own(child) => {
                    content.push(Part::Element(Self::of(child)?));
                }
                (Content::Element(child), _) => {
                    let raw = RawXml::of(child).ok()?;
                    content.push(Part::Verbatim(raw.as_str().to_owned()));
                }
            }
        }
        Some(Self {
            namespace: element.namespace().map(owned),
            name: element.name().to_owned(),
            attributes: attributes
                .map(|(namespace, name, value)| Attribute {
                    namespace: namespace.map(owned),
                    name: name.to_owned(),
                    value: value.to_owned(),
                })
                .collect(),
            content,
        })
    }

    /// An empty element.
    pub(super) fn new(namespace: Option<&str>, name: &str) -> Self {
        Self {
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
            attributes: Vec::new(),
            content: Vec::new(),
        }
    }

    /// The same with a text in it.
    pub(super) fn with_text(mut self, text: &str) -> Self {
        self.content.push(Part::Text(text.to_owned()));
        self
    }

    /// Child elements.
    pub(super) fn children(&mut self) -> impl Iterator<Item = &mut Self> {
        self.content.iter_mut().filter_map(|part| match part {
            Part::Element(child) => Some(child),
            _ => None,
        })
    }

    /// First child element of that name.
    pub(super) fn child(&mut self, name: &str) -> Option<&mut Self> {
        self.children().find(|child| child.name == name)
    }

    /// The text, when there is nothing else.
    pub(super) fn only_text(&mut self) -> Option<&mut String> {
        match self.content.as_mut_slice() {
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether white space between its children means nothing.
    pub(super) fn has_elements_only(&self) -> bool {
        let mut texts = self.content.iter();
        let elements = texts.clone().any(|part| !matches!(part, Part::Text(_)));
        elements
            && texts.all(|part| match part {
                Part::Text(text) => text.trim().is_empty(),
                _ => true,
            })
    }

    /// Removes an attribute without a namespace, and gives its value.
    pub(super) fn take_attribute(&mut self, name: &str) -> Option<String> {
        let own = |a: &Attribute| a.namespace.is_none() && a.name == name;
        let at = self.attributes.iter().position(own)?;
        Some(self.attributes.remove(at).value)
    }

    /// Calls that for the element and all below.
    pub(super) fn each(&mut self, change: &mut impl FnMut(&mut Self)) {
        change(self);
        for child in self.children() {
            child.each(change);
        }
    }
}

/// An element without a namespace belongs to whom it is in.
fn is_own(element: Element<'_>) -> bool {
    let namespace = element.namespace().unwrap_or_default();
    namespace.is_empty() || OWN.iter().any(|own| namespace.starts_with(own))
}
