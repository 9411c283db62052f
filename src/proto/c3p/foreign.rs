//! Elements not known here, kept with their place so that a change writes them back.

use crate::xml::{Element, RawXml, Tag, XmlError};

/// An empty element that starts the next product generation's part of a sequence.
const SEPARATOR: &str = "separator";

/// An element not known here, and where it stood among its siblings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// Separators before it: 0 is the part of OCS 2007, 1 of 2007 R2, 2 of Lync.
    pub block: usize,
    /// Its place in the block: behind that many of the elements known there, counted in the order
    /// of the schema whether they are present or not.
    pub after: usize,
    /// The element.
    pub xml: RawXml,
}

/// A known element that is to be written: its block, its name without prefix, and itself.
pub(super) type Known = (usize, &'static str, Tag);

/// The children whose names are not in `order`.
pub(super) fn foreign_children(
    parent: Element<'_>,
    order: &[&str],
) -> Result<Vec<Foreign>, XmlError> {
    let mut foreign = Vec::new();
    let (mut block, mut after) = (0, 0);
    for child in parent.elements() {
        let rank = rank(order, child.name());
        if child.name() == SEPARATOR {
            block += 1;
            after = 0;
        } else if rank > 0 {
            after = rank;
        } else {
            let xml = RawXml::of(child)?;
            foreign.push(Foreign { block, after, xml });
        }
    }
    Ok(foreign)
}

/// Appends known and foreign elements in the order of the schema, each block but the first behind
/// its separator. Every separator up to the last block is written, those of empty blocks too.
pub(super) fn write_sequence(
    parent: Tag,
    order: &[&str],
    known: Vec<Known>,
    foreign: &[Foreign],
) -> Tag {
    let known = known
        .into_iter()
        .map(|(block, name, tag)| (block, rank(order, name), Part::Known(tag)));
    let foreign = foreign
        .iter()
        .map(|f| (f.block, f.after, Part::Foreign(&f.xml)));
    let mut parts: Vec<_> = known.chain(foreign).collect();
    // Stable, and foreign parts come last in the list, so they stay behind the element of their rank.
    parts.sort_by_key(|(block, rank, _)| (*block, *rank));
    let mut written = 0;
    parts
        .into_iter()
        .fold(parent, |mut parent, (block, _, part)| {
            while written < block {
                parent = parent.child(Tag::new("cis:separator"));
                written += 1;
            }
            match part {
                Part::Known(tag) => parent.child(tag),
                Part::Foreign(xml) => parent.raw(xml),
            }
        })
}

enum Part<'a> {
    Known(Tag),
    Foreign(&'a RawXml),
}

/// 1 for the first name of the order; 0 for names not in it.
fn rank(order: &[&str], name: &str) -> usize {
    order
        .iter()
        .position(|known| *known == name)
        .map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::{Document, document};

    const ORDER: [&str; 4] = ["a", "b", "c", "d"];

    fn tag(name: &'static str) -> Tag {
        Tag::new(name)
    }

    fn write(known: Vec<Known>, foreign: &[Foreign]) -> String {
        let bytes = document(write_sequence(tag("r"), &ORDER, known, foreign));
        let text = String::from_utf8(bytes).unwrap();
        let (_, root) = text.split_once('\n').unwrap();
        root.replace("<cis:separator/>", "|")
            .replace(" xmlns=\"\"", "")
    }

    fn read_foreign(text: &str) -> Vec<Foreign> {
        let document = Document::parse(text.as_bytes(), 1000).unwrap();
        foreign_children(document.root(), &ORDER).unwrap()
    }

    #[test]
    fn separators_stand_only_before_blocks_that_are_needed() {
        assert_eq!(write(vec![(0, "a", tag("a"))], &[]), "<r><a/></r>");
        assert_eq!(
            write(vec![(0, "a", tag("a")), (1, "c", tag("c"))], &[]),
            "<r><a/>|<c/></r>"
        );
        assert_eq!(
            write(vec![(0, "a", tag("a")), (2, "d", tag("d"))], &[]),
            "<r><a/>||<d/></r>"
        );
        assert_eq!(write(vec![], &[]), "<r/>");
    }

    #[test]
    fn foreign_elements_go_back_to_their_places() {
        let text = "<r><a/><x>1</x><b/><y/><z/><separator/><c/><separator> </separator><v/><separator/><w/></r>";
        let foreign = read_foreign(text);
        let places: Vec<_> = foreign.iter().map(|f| (f.block, f.after)).collect();
        assert_eq!(places, [(0, 1), (0, 2), (0, 2), (2, 0), (3, 0)]);
        let known = vec![(1, "c", tag("c")), (0, "b", tag("b")), (0, "a", tag("a"))];
        assert_eq!(
            write(known, &foreign),
            "<r><a/><x>1</x><b/><y/><z/>|<c/>|<v/>|<w/></r>"
        );
    }

    #[test]
    fn places_hold_when_known_elements_go_and_come() {
        let foreign = read_foreign("<r><b/><x/></r>");
        assert_eq!(write(vec![], &foreign), "<r><x/></r>");
        let known = vec![(0, "a", tag("a")), (0, "c", tag("c")), (1, "d", tag("d"))];
        assert_eq!(write(known, &foreign), "<r><a/><x/><c/>|<d/></r>");
    }
}
