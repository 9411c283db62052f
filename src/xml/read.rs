//! Reading: a whole document at once, refused when it could cost more than its size warrants,
//! then looked at by local name whatever the namespaces and prefixes are.

use quick_xml::Reader;
use quick_xml::events::Event;
use roxmltree::{Node, ParsingOptions};

/// Levels of elements. The deepest document a pool sends has about ten.
const DEPTH: usize = 64;
/// Equals signs in the start tags of an element and all around it, so at least as many attributes
/// and namespaces as are in scope. The parser compares each with each.
const ATTRIBUTES_IN_SCOPE: usize = 128;
/// Elements, texts and comments together, and equals signs anywhere: the parser sets memory aside
/// for each.
const NODES: usize = 200_000;

/// A well-formed document within bounds.
#[derive(Debug)]
pub struct Document<'a>(roxmltree::Document<'a>);

/// Why a text was not read as XML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// Longer than the caller takes.
    #[error("expected at most {cap} bytes of XML, got {length}")]
    TooLong {
        /// Most bytes that are taken.
        cap: usize,
        /// Bytes that came.
        length: usize,
    },
    /// Another encoding, or no text at all.
    #[error("expected XML in UTF-8, got other bytes")]
    NotUtf8,
    /// A document type, with which entities could be declared.
    #[error("expected XML without a document type declaration, got one")]
    Doctype,
    /// Too deep, or too many parts.
    #[error("expected at most {limit} {what} in an XML document, got more")]
    TooComplex {
        /// Most that is taken.
        limit: usize,
        /// Of what there was more, in the plural.
        what: &'static str,
    },
    /// Not well-formed; says what and where.
    #[error("expected well-formed XML: {0}")]
    Malformed(String),
}

impl<'a> Document<'a> {
    /// Reads UTF-8 of at most `cap` bytes. Takes time and memory linear in the length.
    ///
    /// # Errors
    /// Everything of [`XmlError`]; document types are refused even when harmless.
    pub fn parse(bytes: &'a [u8], cap: usize) -> Result<Self, XmlError> {
        if bytes.len() > cap {
            let length = bytes.len();
            return Err(XmlError::TooLong { cap, length });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| XmlError::NotUtf8)?;
        check_bounds(text)?;
        let options = ParsingOptions {
            nodes_limit: NODES as u32,
            ..ParsingOptions::default()
        };
        roxmltree::Document::parse_with_options(text, options)
            .map(Self)
            .map_err(refusal)
    }

    /// The outermost element.
    pub fn root(&self) -> Element<'_> {
        Element(self.0.root_element())
    }
}

fn refusal(error: roxmltree::Error) -> XmlError {
    match error {
        roxmltree::Error::DtdDetected => XmlError::Doctype,
        roxmltree::Error::NodesLimitReached => too_complex(NODES, "nodes"),
        other => malformed(&other),
    }
}

/// Names in a parser's message may be as long as the document.
fn malformed(error: &dyn std::error::Error) -> XmlError {
    XmlError::Malformed(error.to_string().chars().take(200).collect())
}

fn too_complex(limit: usize, what: &'static str) -> XmlError {
    XmlError::TooComplex { limit, what }
}

/// A cheap first look, since the parser's own work grows with the square of what is in scope.
fn check_bounds(text: &str) -> Result<(), XmlError> {
    if equals_signs(text) > NODES {
        return Err(too_complex(NODES, "equals signs"));
    }
    let mut reader = Reader::from_str(text);
    let mut open: Vec<usize> = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                open.push(equals_signs(&tag));
                check_scope(&open, 0)?;
            }
            Ok(Event::Empty(tag)) => check_scope(&open, equals_signs(&tag))?,
            Ok(Event::End(_)) => drop(open.pop()),
            Ok(Event::DocType(_)) => return Err(XmlError::Doctype),
            Ok(Event::Eof) => return Ok(()),
            Ok(_) => {}
            Err(error) => return Err(malformed(&error)),
        }
    }
}

fn check_scope(open: &[usize], more: usize) -> Result<(), XmlError> {
    if open.len() > DEPTH {
        return Err(too_complex(DEPTH, "levels"));
    }
    if open.iter().sum::<usize>() + more > ATTRIBUTES_IN_SCOPE {
        return Err(too_complex(ATTRIBUTES_IN_SCOPE, "attributes in scope"));
    }
    Ok(())
}

fn equals_signs(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'=').count()
}

/// An element of a [`Document`]. All names are local names: pools differ in namespaces, and
/// clients that ignore them have worked for years.
#[derive(Clone, Copy, Debug)]
pub struct Element<'d>(Node<'d, 'd>);

/// Part of an element's content.
#[derive(Clone, Copy, Debug)]
pub enum Content<'d> {
    /// A child element.
    Element(Element<'d>),
    /// Text between comments, elements and the element's own tags.
    Text(&'d str),
}

impl<'d> Element<'d> {
    /// Local name.
    pub fn name(self) -> &'d str {
        self.0.tag_name().name()
    }

    /// Name of its namespace; none when it is in none.
    pub fn namespace(self) -> Option<&'d str> {
        let namespace = self.0.tag_name().namespace();
        // `xmlns=""` takes the default namespace away again.
        namespace.filter(|name| !name.is_empty())
    }

    /// Namespace, local name and value of each attribute, in document order. Declarations of
    /// namespaces are not among them.
    pub fn attributes(self) -> impl Iterator<Item = (Option<&'d str>, &'d str, &'d str)> {
        let attributes = self.0.attributes();
        attributes.map(|a| (a.namespace(), a.name(), a.value()))
    }

    /// The elements and texts in it, in document order.
    pub fn content(self) -> impl Iterator<Item = Content<'d>> + 'd {
        self.0.children().filter_map(|node| match node.text() {
            _ if node.is_element() => Some(Content::Element(Self(node))),
            Some(text) if node.is_text() => Some(Content::Text(text)),
            _ => None,
        })
    }

    /// Value of an attribute; one without a namespace goes before its namesakes.
    pub fn attribute(self, name: &str) -> Option<&'d str> {
        let mut namesakes = self.0.attributes().filter(|a| a.name() == name);
        let first = namesakes.clone().find(|a| a.namespace().is_none());
        first.or_else(|| namesakes.next()).map(|a| a.value())
    }

    /// Child elements in document order.
    pub fn elements(self) -> impl Iterator<Item = Self> + 'd {
        self.0.children().filter(Node::is_element).map(Self)
    }

    /// Child elements of that name.
    pub fn children(self, name: &str) -> impl Iterator<Item = Self> {
        self.elements().filter(move |child| child.name() == name)
    }

    /// First child element of that name.
    pub fn child(self, name: &str) -> Option<Self> {
        self.children(name).next()
    }

    /// Follows first children of these names; namesakes elsewhere in the tree don't count.
    pub fn at(self, path: &[&str]) -> Option<Self> {
        path.iter()
            .try_fold(self, |element, name| element.child(name))
    }

    /// Elements of that name anywhere below, in document order, without those inside another one.
    pub fn descendants(self, name: &str) -> impl Iterator<Item = Self> {
        let named = move |node: &Node<'_, '_>| node.is_element() && node.tag_name().name() == name;
        let inside = move |node: &Node<'d, 'd>| {
            let mut around = node.ancestors().skip(1).take_while(|a| *a != self.0);
            around.any(|ancestor| named(&ancestor))
        };
        let all = self.0.descendants().skip(1).filter(named);
        all.filter(move |node| !inside(node)).map(Self)
    }

    /// Elements anywhere below, in document order.
    pub fn all_descendants(self) -> impl Iterator<Item = Self> {
        let below = self.0.descendants().skip(1);
        below.filter(Node::is_element).map(Self)
    }

    /// All text directly in the element, as it stands. Texts of child elements are not part of it.
    pub fn text(self) -> String {
        let texts = self.0.children().filter(Node::is_text);
        texts.filter_map(|node| node.text()).collect()
    }

    /// All text in the element and its descendants.
    pub fn all_text(self) -> String {
        let texts = self.0.descendants().filter(Node::is_text);
        texts.filter_map(|node| node.text()).collect()
    }

    /// The text without white space around it; none when nothing is left.
    pub fn token(self) -> Option<String> {
        let text = self.text();
        let trimmed = text.trim();
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }

    /// The element as it stands in the document.
    pub(super) fn source(self) -> &'d str {
        let whole = self.0.document().input_text();
        whole.get(self.0.range()).unwrap_or_default()
    }

    /// Prefixes in scope (none: the default namespace) with their namespace names.
    pub(super) fn namespaces(self) -> impl Iterator<Item = (Option<&'d str>, &'d str)> {
        self.0.namespaces().map(|n| (n.name(), n.uri()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CAP: usize = 1 << 20;

    fn error_of(text: &str) -> XmlError {
        Document::parse(text.as_bytes(), CAP).unwrap_err()
    }

    #[test]
    fn names_are_local_whatever_the_prefix() {
        let text =
            r#"<q:a xmlns:q="urn:x" xmlns="urn:y"><b q:id=" 7 "> t<!-- -->u </b><q:b/></q:a>"#;
        let document = Document::parse(text.as_bytes(), CAP).unwrap();
        let root = document.root();
        assert_eq!(root.name(), "a");
        assert_eq!(root.children("b").count(), 2);
        let b = root.at(&["b"]).unwrap();
        assert_eq!(b.attribute("id"), Some(" 7 "));
        assert_eq!(b.text(), " tu ");
        assert_eq!(b.token().as_deref(), Some("tu"));
        assert_eq!(root.children("b").nth(1).unwrap().token(), None);
    }

    #[test]
    fn an_attribute_without_namespace_goes_first() {
        let text = r#"<a xmlns:q="urn:x" q:id="far" id="near"/>"#;
        let document = Document::parse(text.as_bytes(), CAP).unwrap();
        assert_eq!(document.root().attribute("id"), Some("near"));
    }

    #[test]
    fn a_path_is_not_fooled_by_namesakes_elsewhere() {
        let text =
            "<a><x><b><c>decoy</c></b></x><c>decoy</c><b><y><c>decoy</c></y><c>it</c></b></a>";
        let document = Document::parse(text.as_bytes(), CAP).unwrap();
        let found = document.root().at(&["b", "c"]).unwrap();
        assert_eq!(found.text(), "it");
        assert!(document.root().at(&["c", "b"]).is_none());
    }

    #[test]
    fn below_finds_at_any_depth_but_not_twice() {
        let text = "<a><w><b n='1'><b n='2'/></b></w><b n='3'/></a>";
        let document = Document::parse(text.as_bytes(), CAP).unwrap();
        let numbers: Vec<_> = document
            .root()
            .descendants("b")
            .filter_map(|b| b.attribute("n"))
            .collect();
        assert_eq!(numbers, ["1", "3"]);
    }

    #[test]
    fn what_is_no_xml_is_refused_in_words() {
        assert_eq!(
            Document::parse(b"<a>\xff</a>", CAP).unwrap_err(),
            XmlError::NotUtf8
        );
        assert!(matches!(
            Document::parse(b"<abc/>", 5),
            Err(XmlError::TooLong { cap: 5, length: 6 })
        ));
        assert_eq!(
            error_of("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>"),
            XmlError::Doctype
        );
        for text in [
            "",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a>&e;</a>",
            "<a>\u{1}</a>",
            "<p:a/>",
            "<a b='1' b='2'/>",
        ] {
            assert!(matches!(error_of(text), XmlError::Malformed(_)), "{text}");
        }
    }

    #[test]
    fn byte_order_marks_and_wrong_encoding_names_are_passed_over() {
        let text = "\u{FEFF}<?xml version='1.0' encoding='utf-16'?><a>\u{E9}</a>";
        let document = Document::parse(text.as_bytes(), CAP).unwrap();
        assert_eq!(document.root().text(), "\u{E9}");
    }

    #[test]
    fn messages_stay_short() {
        let XmlError::Malformed(message) = error_of(&format!("<{}></a>", "x".repeat(9000))) else {
            panic!("expected a malformed document");
        };
        assert!(message.len() <= 200, "{message}");
    }

    #[test]
    fn costly_documents_are_refused() {
        let deep = "<a>".repeat(300_000);
        assert_eq!(error_of(&deep), too_complex(DEPTH, "levels"));
        let attributes: String = (0..50_000).map(|n| format!(" a{n}=''")).collect();
        let wide = format!("<a{attributes}/>");
        assert_eq!(
            error_of(&wide),
            too_complex(ATTRIBUTES_IN_SCOPE, "attributes in scope")
        );
        let many = format!("<a>{}</a>", "<b/>".repeat(NODES));
        assert_eq!(error_of(&many), too_complex(NODES, "nodes"));
        assert_eq!(
            error_of(&"=".repeat(CAP)),
            too_complex(NODES, "equals signs")
        );
    }

    #[test]
    fn the_worst_that_is_within_bounds_is_still_read() {
        let outer: String = (0..120).map(|n| format!(" xmlns:n{n}='{n}'")).collect();
        let text = format!("<a{outer}>{}</a>", "<b xmlns:c='d'/>".repeat(6_000));
        let document = Document::parse(text.as_bytes(), CAP).unwrap();
        assert_eq!(document.root().elements().count(), 6_000);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Document::parse(&bytes, CAP);
        }

        #[test]
        fn anything_like_markup_is_read_or_refused(text in "[<>/&;!?\\[\\]a-c:='\" -]{0,80}") {
            if let Ok(document) = Document::parse(text.as_bytes(), CAP) {
                prop_assert!(!document.root().name().is_empty());
            }
        }
    }
}
