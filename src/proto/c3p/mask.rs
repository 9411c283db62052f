//! Passcodes out of traces: works on any text, however broken its XML is.

/// What stands in place of what is hidden.
const MASK: &str = "(masked)";
/// Element with a sealed passcode.
const ELEMENT: &str = "conference-key";
/// Parameter of a join link with a passcode in plain.
const PARAMETER: &str = "conf-key";

/// The text with the contents of every `conference-key` element, whatever its prefix, and the value
/// of every `conf-key=` hidden. An element that is not closed hides everything behind it.
pub fn mask(text: &str) -> String {
    mask_parameters(&mask_elements(text))
}

fn mask_elements(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        masked.push_str(before);
        masked.push('<');
        rest = tag;
        if !is_element(tag) {
            continue;
        }
        let (start, content) = tag.split_once('>').unwrap_or((tag, ""));
        let is_empty = start.ends_with('/') && !start.contains(['"', '\'']);
        if is_empty {
            continue;
        }
        masked.push_str(name(tag));
        masked.push('>');
        masked.push_str(MASK);
        rest = from_end_tag(content);
    }
    masked + rest
}

/// Everything from the end tag on; nothing when there is none.
fn from_end_tag(content: &str) -> &str {
    let ends = content
        .match_indices("</")
        .map(|(at, _)| content.split_at(at).1);
    let mut own = ends.filter(|end| end.strip_prefix("</").is_some_and(is_element));
    own.next().unwrap_or_default()
}

fn is_element(tag: &str) -> bool {
    let name = name(tag);
    let local = name.rsplit_once(':').map_or(name, |(_, local)| local);
    local.eq_ignore_ascii_case(ELEMENT)
}

fn name(tag: &str) -> &str {
    let end = tag.find(|c: char| c.is_whitespace() || "/><".contains(c));
    tag.split_at(end.unwrap_or(tag.len())).0
}

fn mask_parameters(text: &str) -> String {
    // Has the same length, so what is found in it is at the same place in the text.
    let lower = text.to_ascii_lowercase();
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    for (at, found) in lower.match_indices(PARAMETER) {
        // Inside a value that is hidden already: looking for its end again would take for ever.
        if at < done {
            continue;
        }
        let after = lower.split_at(at + found.len()).1;
        let Some(equals) = equals_sign(after) else {
            continue;
        };
        let start = at + found.len() + equals;
        let value = text.split_at(start).1;
        let length = value.find(ends_value).unwrap_or(value.len());
        masked.push_str(text.get(done..start).unwrap_or_default());
        masked.push_str(MASK);
        done = start + length;
    }
    masked + text.get(done..).unwrap_or_default()
}

/// Length of the equals sign the text starts with, which may be escaped for URLs or HTML or both.
fn equals_sign(lower: &str) -> Option<usize> {
    let forms = ["=", "%3d", "&#61;", "&#x3d;", "&#37;3d", "%253d"];
    let form = forms.into_iter().find(|form| lower.starts_with(form))?;
    Some(form.len())
}

fn ends_value(c: char) -> bool {
    c.is_whitespace() || "\"'<>&;)".contains(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sealed_passcodes_are_hidden_whatever_the_prefix() {
        for (open, close) in [
            ("conference-key", "conference-key"),
            ("q:Conference-Key a='>'", "q:Conference-Key "),
        ] {
            let masked = mask(&format!(
                "<a><{open}>MIIBSECRET\n==</{close}><b>kept</b></a>"
            ));
            assert!(!masked.contains("SECRET"), "{masked}");
            assert!(masked.ends_with("<b>kept</b></a>"), "{masked}");
        }
    }

    #[test]
    fn broken_xml_hides_rather_too_much() {
        assert_eq!(
            mask("<x:conference-key>SECRET</x:conf"),
            "<x:conference-key>(masked)"
        );
        assert!(!mask("<conference-key b=\"SECRET").contains("SECRET"));
        assert!(!mask("<conference-key b=\"/>\">SECRET</conference-key>").contains("SECRET"));
    }

    #[test]
    fn passcodes_in_links_are_hidden_in_every_escape() {
        for equals in ["=", "%3D", "&#61;", "&#x3D;", "&#37;3d"] {
            let text = format!("meet:sip:ana@example.com%3FConf-Key{equals}SECRET77&amp;x=1");
            let masked = mask(&text);
            assert!(!masked.contains("SECRET77"), "{masked}");
            assert!(masked.ends_with("(masked)&amp;x=1"), "{masked}");
        }
    }

    #[test]
    fn everything_else_stays() {
        let text = "<r a='conf-key'><conference-id>7QX2</conference-id><conference-key/> 1 < 2 > conference-key</r>";
        assert_eq!(mask(text), text);
    }

    proptest! {
        #[test]
        fn a_secret_in_its_place_is_never_shown(
            before in "[a-z<>&'\"=/ ]{0,20}",
            after in "[a-z<>&'\"=/ ]{0,20}",
            prefix in "([a-z]{1,5}:)?",
        ) {
            let element = format!("{before}<{prefix}conference-key>S3CR3T</{prefix}conference-key>{after}");
            prop_assert!(!mask(&element).contains("S3CR3T"));
            let parameter = format!("{before}conf-key=S3CR3T {after}");
            prop_assert!(!mask(&parameter).contains("S3CR3T"));
        }

        #[test]
        fn any_text_is_taken(text in any::<String>(), odd in "[<>/:a-c%=&#;-]{0,9}") {
            let _ = mask(&text);
            let _ = mask(&format!("<conference-key{odd}conf-key{odd}é"));
        }
    }

    #[test]
    fn a_value_that_repeats_the_name_is_hidden_in_one_go() {
        assert_eq!(mask(&"conf-key=".repeat(100_000)), "conf-key=(masked)");
    }
}
