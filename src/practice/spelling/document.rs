//! A tree as XML, in one of the many ways that mean the same (XML 1.0, Namespaces in XML 1.0).

use std::fmt::Write as _;

use super::tree::{Attribute, Part, Tree};
use super::{Dimension, Draws, Spelling};

/// Prefixes to choose from. Clients that take names for local ones find a declaration like an attribute
/// of that name, so no attribute is called like any of these.
const PREFIXES: [&str; 8] = ["ns0", "n1", "C", "_x", "ext.a", "q-r", "conf2", "zz"];
/// Prefixes where there is no reason for other ones.
const USUAL: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// The tree as a document in UTF-8.
pub(super) fn write(spelling: Spelling, tree: &Tree) -> Vec<u8> {
    let mut writer = Writer::new(spelling, tree);
    writer.declare();
    writer.between();
    writer.element(tree, None, true);
    writer.between();
    writer.out.into_bytes()
}

struct Writer {
    out: String,
    /// Names of namespaces with the prefixes that the root declares for them.
    prefixes: Vec<(String, &'static str)>,
    /// What the default namespace is from the root on.
    default: Option<String>,
    order: Option<Draws>,
    references: Option<Draws>,
    cdata: Option<Draws>,
    comments: Option<Draws>,
    layout: Option<Draws>,
    quote: char,
    declaration: usize,
}

impl Writer {
    fn new(spelling: Spelling, tree: &Tree) -> Self {
        let draws = |dimension| {
            let varies = spelling.varies(dimension);
            varies.then(|| spelling.choices(dimension))
        };
        let names = if spelling.varies(Dimension::Prefixes) {
            PREFIXES
        } else {
            USUAL
        };
        let local = spelling.varies(Dimension::DefaultNamespaces);
        let mut prefixes = Vec::new();
        collect(tree, local, &mut prefixes);
        let turn = spelling.choices(Dimension::Prefixes).below(names.len());
        let mut prefixes: Vec<(String, &'static str)> = prefixes
            .into_iter()
            .enumerate()
            .map(|(at, namespace)| (namespace, names[(at + turn) % names.len()]))
            .take(names.len())
            .collect();
        let default = match tree.namespace.clone() {
            // All with prefixes, the root too.
            Some(_) if !local && spelling.varies(Dimension::Prefixes) => None,
            Some(own) => {
                let needed = local || has_attribute_in(tree, &own);
                prefixes.retain(|(namespace, _)| *namespace != own || needed);
                Some(own)
            }
            None => None,
        };
        Self {
            out: String::new(),
            prefixes,
            default,
            order: draws(Dimension::AttributeOrder),
            references: draws(Dimension::References),
            cdata: draws(Dimension::Cdata),
            comments: draws(Dimension::Comments),
            layout: draws(Dimension::Layout),
            quote: if spelling.varies(Dimension::Quotes) {
                '\''
            } else {
                '"'
            },
            declaration: spelling.form_of(Dimension::Declaration, 5),
        }
    }

    fn declare(&mut self) {
        self.out.push_str(match self.declaration {
            0 => "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n",
            1 => "",
            2 => "<?xml version='1.0'?>",
            3 => "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n",
            _ => "\u{FEFF}<?xml version='1.0' encoding='UTF-8'?>",
        });
    }

    /// What may stand between elements where no text is.
    fn between(&mut self) {
        if let Some(draws) = &mut self.comments
            && draws.once_in(3)
        {
            self.out.push_str(match draws.below(3) {
                0 => "<!-- <response code=\"failure\"/> -->",
                1 => "<!---->",
                _ => "<?trace level=\"1\"?>",
            });
        }
        if let Some(draws) = &mut self.layout {
            self.out
                .push_str(["\n", "\r\n  ", "\t", " ", ""][draws.below(5)]);
        }
    }

    /// `scope`: the default namespace around the element.
    fn element(&mut self, tree: &Tree, scope: Option<&str>, is_root: bool) {
        let mut declarations: Vec<(String, String)> = Vec::new();
        if is_root {
            for (namespace, prefix) in &self.prefixes {
                declarations.push((format!("xmlns:{prefix}"), namespace.clone()));
            }
        }
        let around = match is_root {
            true => self.default.clone(),
            false => scope.map(str::to_owned),
        };
        if is_root && let Some(default) = &around {
            declarations.push(("xmlns".to_owned(), default.clone()));
        }
        let mut scope = around;
        let wanted = tree.namespace.as_deref();
        let prefix = wanted.and_then(|wanted| self.prefix_of(wanted));
        let name = match prefix {
            _ if wanted == scope.as_deref() => tree.name.clone(),
            Some(prefix) if self.may_prefix(wanted) => format!("{prefix}:{}", tree.name),
            _ => {
                scope = wanted.map(str::to_owned);
                declarations.retain(|(name, _)| name != "xmlns");
                let declared = wanted.unwrap_or_default().to_owned();
                declarations.push(("xmlns".to_owned(), declared));
                tree.name.clone()
            }
        };
        self.start(&name, declarations, &tree.attributes);
        if tree.content.is_empty() && self.layout.is_none() {
            self.out.push_str("/>");
            return;
        }
        self.blank();
        self.out.push('>');
        let loose = tree.has_elements_only();
        for part in &tree.content {
            if loose {
                self.between();
            }
            match part {
                Part::Element(child) => self.element(child, scope.as_deref(), false),
                Part::Text(text) => self.text(text),
                Part::Verbatim(xml) => self.out.push_str(xml),
            }
        }
        if loose {
            self.between();
        }
        let _ = write!(self.out, "</{name}");
        self.blank();
        self.out.push('>');
    }

    fn prefix_of(&self, namespace: &str) -> Option<&'static str> {
        let found = self.prefixes.iter().find(|(known, _)| known == namespace);
        found.map(|(_, prefix)| *prefix)
    }

    /// Where there are no prefixes they are declared for attributes alone.
    fn may_prefix(&self, namespace: Option<&str>) -> bool {
        self.default.is_none() || self.default.as_deref() != namespace
    }

    fn start(&mut self, name: &str, declared: Vec<(String, String)>, attributes: &[Attribute]) {
        let named = |a: &Attribute| match a.namespace.as_deref() {
            Some("http://www.w3.org/XML/1998/namespace") => format!("xml:{}", a.name),
            Some(namespace) => match self.prefix_of(namespace) {
                Some(prefix) => format!("{prefix}:{}", a.name),
                None => a.name.clone(),
            },
            None => a.name.clone(),
        };
        let own = attributes.iter().map(|a| (named(a), a.value.clone()));
        let mut all: Vec<(String, String)> = declared.into_iter().chain(own).collect();
        if let Some(draws) = &mut self.order {
            draws.shuffle(&mut all);
        }
        let _ = write!(self.out, "<{name}");
        for (name, value) in all {
            self.out.push(' ');
            self.blank();
            let _ = write!(self.out, "{name}");
            self.blank();
            self.out.push('=');
            self.blank();
            self.out.push(self.quote);
            for c in value.chars() {
                match c {
                    c if c == self.quote => self.reference(c),
                    '<' => self.out.push_str("&lt;"),
                    '&' => self.out.push_str("&amp;"),
                    '\t' | '\n' | '\r' => self.reference(c),
                    c => self.character(c),
                }
            }
            self.out.push(self.quote);
        }
    }

    /// White space inside a tag.
    fn blank(&mut self) {
        if let Some(draws) = &mut self.layout
            && draws.once_in(4)
        {
            self.out.push_str([" ", "\n"][draws.below(2)]);
        }
    }

    fn text(&mut self, text: &str) {
        let inside = self.comments.as_mut().is_some_and(|draws| draws.once_in(4));
        let middle = text.char_indices().nth(text.chars().count() / 2);
        match middle.filter(|_| inside) {
            Some((at, _)) => {
                let (before, behind) = text.split_at(at);
                self.run(before);
                self.out.push_str("<!-- more -->");
                self.run(behind);
            }
            None => self.run(text),
        }
    }

    fn run(&mut self, text: &str) {
        // A carriage return has no form but a reference: as itself it is read as a line feed.
        let section = !text.contains(['\r', ']']) && !text.is_empty();
        if let Some(draws) = &mut self.cdata
            && section
            && draws.once_in(2)
        {
            let _ = write!(self.out, "<![CDATA[{text}]]>");
            return;
        }
        for c in text.chars() {
            match c {
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '&' => self.out.push_str("&amp;"),
                '\r' => self.reference(c),
                c => self.character(c),
            }
        }
    }

    fn character(&mut self, c: char) {
        let refers = self.references.as_mut();
        match refers.is_some_and(|draws| draws.once_in(6)) {
            true => self.reference(c),
            false => self.out.push(c),
        }
    }

    fn reference(&mut self, c: char) {
        let number = u32::from(c);
        let _ = match number % 2 {
            0 => write!(self.out, "&#{number};"),
            _ => write!(self.out, "&#x{number:X};"),
        };
    }
}

/// The namespaces that need a prefix, in document order; `local`: those of attributes alone.
fn collect(tree: &Tree, local: bool, found: &mut Vec<String>) {
    let of_attributes = tree.attributes.iter().filter_map(|a| a.namespace.as_ref());
    let own = tree.namespace.as_ref().filter(|_| !local);
    for namespace in own.into_iter().chain(of_attributes) {
        if !found.contains(namespace) && namespace != "http://www.w3.org/XML/1998/namespace" {
            found.push(namespace.clone());
        }
    }
    for part in &tree.content {
        if let Part::Element(child) = part {
            collect(child, local, found);
        }
    }
}

fn has_attribute_in(tree: &Tree, namespace: &str) -> bool {
    let own = tree.attributes.iter();
    let mut own = own.filter_map(|a| a.namespace.as_deref());
    let below = || {
        tree.content.iter().any(|part| match part {
            Part::Element(child) => has_attribute_in(child, namespace),
            _ => false,
        })
    };
    own.any(|found| found == namespace) || below()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As trees are compared: attributes have no order, and neither has white space between elements.
    fn normalised(mut tree: Tree) -> Tree {
        tree.each(&mut |element| {
            element.attributes.sort();
            if element.has_elements_only() {
                let is_text = |part: &Part| matches!(part, Part::Text(_));
                element.content.retain(|part| !is_text(part));
            }
            element
                .content
                .retain(|part| *part != Part::Text(String::new()));
        });
        tree
    }

    fn trees() -> impl Strategy<Value = Tree> {
        let namespace = || {
            prop::option::of(prop::sample::select(vec![
                "urn:ietf:params:xml:ns:cccp".to_owned(),
                "urn:ietf:params:xml:ns:conference-info".to_owned(),
                "http://schemas.microsoft.com/rtc/2005/08/confinfoextensions".to_owned(),
            ]))
        };
        let text = || "[ -~\t\n\ré\u{1F4DE}]{0,12}";
        let attribute = (namespace(), "[a-d]{2}", text());
        let attributes = prop::collection::vec(attribute, 0..4).prop_map(|list| {
            let mut attributes: Vec<Attribute> = Vec::new();
            for (namespace, name, value) in list {
                let same = |a: &Attribute| a.namespace == namespace && a.name == name;
                if !attributes.iter().any(same) {
                    attributes.push(Attribute {
                        namespace,
                        name,
                        value,
                    });
                }
            }
            attributes
        });
        let leaf = (namespace(), "[a-d]{1,3}", attributes, text()).prop_map(
            |(namespace, name, attributes, text)| Tree {
                namespace,
                name,
                attributes,
                content: vec![Part::Text(text)],
            },
        );
        leaf.prop_recursive(4, 24, 4, move |inner| {
            let children = prop::collection::vec(inner, 0..4);
            (namespace(), "[a-d]{1,3}", children, text()).prop_map(
                |(namespace, name, children, text)| {
                    let mut content: Vec<Part> = children.into_iter().map(Part::Element).collect();
                    content.push(Part::Text(text));
                    Tree {
                        namespace,
                        name,
                        attributes: Vec::new(),
                        content,
                    }
                },
            )
        })
    }

    proptest! {
        #[test]
        fn a_document_in_any_spelling_is_the_same_document(tree in trees(), seed in 0u64..400) {
            let bytes = write(Spelling::new(seed), &tree);
            let shown = String::from_utf8_lossy(&bytes).into_owned();
            let read = Tree::parse(&bytes);
            prop_assert!(read.is_some(), "{}", shown);
            prop_assert_eq!(normalised(read.unwrap()), normalised(tree), "{}", shown);
        }
    }

    #[test]
    fn an_element_of_somebody_else_stays_as_it_is() {
        let text = "<a xmlns=\"urn:ietf:params:xml:ns:cccp\" xmlns:k=\"urn:k\">\
            <k:b  kind='k:word'><!-- kept --><c/></k:b></a>";
        for seed in 0..=20 {
            let tree = Tree::parse(text.as_bytes()).unwrap();
            let bytes = write(Spelling::new(seed), &tree);
            let written = String::from_utf8(bytes).unwrap();
            assert!(
                written.contains("kind='k:word'><!-- kept --><c/></k:b>"),
                "{written}"
            );
        }
    }
}
