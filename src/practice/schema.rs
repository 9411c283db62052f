//! Whether a conference is written in the order of the schema, for a pool that insists on it.

use crate::proto::c3p::{BODY_CAP, Command, Dialect, Request};
use crate::xml::{Document, Element};

/// What stands between the product generations ([MS-CONFBAS] 6.3.1).
const SEPARATOR: &str = "separator";

/// Whether the children of the description stand as this program would write them, separators
/// included. Those that clients have no business to send may stand anywhere.
pub(super) fn is_in_order(body: &[u8], asked: &Request) -> bool {
    let (Command::AddConference(info) | Command::ModifyConference(info)) = &asked.command else {
        return true;
    };
    // No dialect has all elements: passcodes are gone from Lync's.
    let dialect = match info.description.conference_key {
        Some(_) => Dialect::Ocs2007R2,
        None => Dialect::Lync,
    };
    let schema = children(&asked.encode(dialect));
    let mut own = children(body);
    own.retain(|name| name == SEPARATOR || schema.contains(name));
    while own.last().is_some_and(|name| name == SEPARATOR) {
        own.pop();
    }
    own == schema
}

/// Names of what is in the description; of none when there is none.
fn children(body: &[u8]) -> Vec<String> {
    let Ok(document) = Document::parse(body, BODY_CAP) else {
        return Vec::new();
    };
    let descriptions = document.root().descendants("conference-description");
    let children = descriptions.flat_map(Element::elements);
    children.map(|child| child.name().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_and_the_separators_count() {
        let id = "<conference-id>0F3B5C7A9E1D4266</conference-id>";
        let (subject, access, key) = (
            "<subject/>",
            "<pstn-access/>",
            "<conference-key>x</conference-key>",
        );
        let cases = [
            (format!("{subject}{id}"), true),
            (format!("{id}{subject}"), false),
            (format!("{subject}{id}{key}<separator/>{access}"), true),
            (
                format!(
                    "{subject}{id}{key}<separator/>{access}<separator/><autopromote>0</autopromote>"
                ),
                true,
            ),
            (format!("{subject}{key}{id}<separator/>{access}"), false),
            (format!("{subject}{id}{access}"), false),
            (
                format!("{subject}{id}<separator/>{access}<separator/>"),
                true,
            ),
            (
                format!("{subject}<odd/>{id}<is-active>true</is-active>"),
                true,
            ),
            (format!("{subject}{subject}{id}"), false),
        ];
        for (inside, expected) in cases {
            let body = format!(
                "<request requestId='1' from='sip:a' to='sip:f'><addConference><conference-info>\
                 <conference-description>{inside}</conference-description></conference-info></addConference></request>"
            );
            let asked = Request::decode(body.as_bytes()).unwrap();
            assert_eq!(is_in_order(body.as_bytes(), &asked), expected, "{inside}");
        }
    }
}
