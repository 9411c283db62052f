//! A text as people see it, however it is encoded in the file, and where each part of it stands.

use std::fmt;
use std::ops::Range;

use crate::calendar_object::block::Found;
use crate::invitation::block::{Fence, fence};

/// Tags that end a line.
const LINE_TAGS: [&str; 38] = [
    "br",
    "p",
    "div",
    "li",
    "ul",
    "ol",
    "tr",
    "td",
    "th",
    "table",
    "thead",
    "tbody",
    "tfoot",
    "caption",
    "pre",
    "hr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "html",
    "head",
    "title",
    "body",
    "section",
    "article",
    "header",
    "footer",
    "main",
    "nav",
    "blockquote",
    "center",
    "address",
    "dl",
    "dt",
    "dd",
];

/// Longest entity, `&#1114111;`.
const LONGEST_ENTITY: usize = 10;

/// Octets of the text, each with its place in the file.
#[derive(Default)]
pub(super) struct Shown {
    octets: Vec<u8>,
    /// One for each of them.
    places: Vec<Range<usize>>,
    /// Where the last `>` is.
    last_tag_end: usize,
}

impl Shown {
    /// A TEXT value (RFC 5545 3.3.11).
    pub(super) fn of_text(value: &str) -> Self {
        let mut shown = Self::default();
        let mut octets = value.bytes().enumerate();
        while let Some((place, octet)) = octets.next() {
            let (octet, end) = match octet {
                b'\\' => match octets.next() {
                    Some((end, b'n' | b'N')) => (b'\n', end),
                    Some((end, escaped)) => (escaped, end),
                    None => (b'\\', place),
                },
                octet => (octet, place),
            };
            shown.push(octet, place..end + 1);
        }
        shown
    }

    /// Percent-encoded text (RFC 3986 2.1); what is encoded wrongly stands for itself.
    pub(super) fn of_percent(value: &str) -> Self {
        let mut shown = Self::default();
        let mut place = 0;
        while let Some(octet) = value.as_bytes().get(place) {
            let digits = value.get(place + 1..place + 3);
            let digits = digits.filter(|d| *octet == b'%' && !d.starts_with('+'));
            let encoded = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
            let end = place + if encoded.is_some() { 3 } else { 1 };
            shown.push(encoded.unwrap_or(*octet), place..end);
            place = end;
        }
        shown
    }

    /// The same as a browser shows it: tags end a line or are nothing, entities are characters.
    pub(super) fn without_tags(&self) -> Self {
        let mut shown = Self::default();
        let mut at = 0;
        while let Some(octet) = self.octets.get(at) {
            let read = match octet {
                b'<' => self.tag(at),
                b'&' => entity(self.octets.get(at..).unwrap_or_default()),
                _ => None,
            };
            let (length, text) = read.unwrap_or((1, vec![*octet]));
            let place = self.place(&(at..at + length));
            for octet in text {
                shown.push(octet, place.clone());
            }
            at += length;
        }
        shown
    }

    /// The last begin that an end follows. Others may have been quoted, or damaged before.
    pub(super) fn find(&self) -> Found {
        let (mut blocks, any) = self.blocks();
        match (blocks.pop(), any) {
            (Some(block), _) => Found::Block(block),
            (None, true) => Found::Damaged,
            (None, false) => Found::Nothing,
        }
    }

    /// Every begin that an end follows, and whether there is any fence.
    pub(super) fn blocks(&self) -> (Vec<Range<usize>>, bool) {
        let mut begun: Option<Range<usize>> = None;
        let mut blocks = Vec::new();
        let mut any = false;
        for at in self.lines() {
            let line = self.octets.get(at.clone()).unwrap_or_default();
            match fence(&String::from_utf8_lossy(line)) {
                Some(Fence::Begin) => begun = Some(self.place(&at)),
                Some(Fence::End) => {
                    let end = self.place(&at).end;
                    blocks.extend(begun.take().map(|begin| begin.start..end));
                }
                None => continue,
            }
            any = true;
        }
        (blocks, any)
    }

    /// Whether tags, not line ends, part the lines of some places.
    pub(super) fn has_line_tags(&self, places: &Range<usize>) -> bool {
        let mut at = self
            .places
            .partition_point(|place| place.start < places.start);
        let end = places.end;
        while self.places.get(at).is_some_and(|place| place.start < end) {
            match self.tag(at) {
                Some((_, text)) if !text.is_empty() => return true,
                Some((length, _)) => at += length,
                None => at += 1,
            }
        }
        false
    }

    /// The tag that begins there: its length, and what it shows. Looks no further than the last `>`,
    /// so that many begins without an end take no time.
    fn tag(&self, at: usize) -> Option<(usize, Vec<u8>)> {
        if self.octets.get(at) != Some(&b'<') || at >= self.last_tag_end {
            return None;
        }
        tag(self.octets.get(at..)?)
    }

    fn lines(&self) -> impl Iterator<Item = Range<usize>> {
        let mut start = 0;
        self.octets.split(|octet| *octet == b'\n').map(move |line| {
            let at = start..start + line.len();
            start = at.end + 1;
            at
        })
    }

    /// Where some octets are in the file, from the first to the last.
    fn place(&self, octets: &Range<usize>) -> Range<usize> {
        let places = self.places.get(octets.clone()).unwrap_or_default();
        let first = places.first().map_or(0, |place| place.start);
        first..places.last().map_or(first, |place| place.end)
    }

    fn push(&mut self, octet: u8, place: Range<usize>) {
        if octet == b'>' {
            self.last_tag_end = self.octets.len();
        }
        self.octets.push(octet);
        self.places.push(place);
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.octets))
    }
}

/// Length of a tag or comment, and what it shows.
fn tag(text: &[u8]) -> Option<(usize, Vec<u8>)> {
    let inner = text.get(1..)?;
    let begins = inner.first()?;
    if !(begins.is_ascii_alphabetic() || matches!(begins, b'/' | b'!')) {
        return None;
    }
    let length = inner.iter().position(|octet| *octet == b'>')? + 2;
    let name = inner.strip_prefix(b"/").unwrap_or(inner);
    let name = name.split(|octet| !octet.is_ascii_alphanumeric()).next();
    let is_line = |line: &&str| name.is_some_and(|n| n.eq_ignore_ascii_case(line.as_bytes()));
    let shows = match LINE_TAGS.iter().any(is_line) {
        true => vec![b'\n'],
        false => Vec::new(),
    };
    Some((length, shows))
}

/// Length of an entity, and what it shows.
fn entity(text: &[u8]) -> Option<(usize, Vec<u8>)> {
    let near = text.get(..text.len().min(LONGEST_ENTITY))?;
    let length = near.iter().position(|octet| *octet == b';')? + 1;
    let name = std::str::from_utf8(near.get(1..length - 1)?).ok()?;
    let number = name.strip_prefix('#').and_then(|number| {
        let hexadecimal = number.strip_prefix(['x', 'X']);
        let number = match hexadecimal {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => number.parse().ok(),
        };
        char::from_u32(number?)
    });
    let shows = number.or(match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => None,
    })?;
    Some((length, shows.to_string().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invitation::words::Words;

    fn find(shown: &Shown, text: &str) -> String {
        match shown.find() {
            Found::Block(at) => text[at].to_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn blocks_are_found_in_every_language_and_coding() {
        for begin in Words::all().map(|words| words.fences.begin) {
            for end in Words::all().map(|words| words.fences.end) {
                let text = format!("a\\n{begin}\\nb\\, c\\n{end}\\nd");
                let block = format!("{begin}\\nb\\, c\\n{end}");
                assert_eq!(find(&Shown::of_text(&text), &text), block);
                let block = format!("{begin}<br>b &lt; c<BR />{end}");
                let text = format!("<p>Hi</p><b>{block}</b></div>");
                assert_eq!(find(&Shown::of_text(&text), &text), "Nothing");
                assert_eq!(find(&Shown::of_text(&text).without_tags(), &text), block);
            }
        }
    }

    #[test]
    fn programs_encode_in_their_own_ways() {
        let page = "%3Cp%3EHi%3C%2Fp%3E====%20How%20to%20join%20(confctl)%20====%3Cbr%3Ex%3Cbr%3E%3D%3D%20End%20of%20how%20to%20join%20%28confctl%29%20%3D%3D%3C%2Fp%3E";
        let found = find(&Shown::of_percent(page).without_tags(), page);
        assert!(
            found.starts_with("====%20How") && found.ends_with("%20%3D%3D"),
            "{found}"
        );
        let czech = "==== Jak se p&#345;ipojit (confctl) ====&nbsp;<br>x<br>==== Konec pokyn&#x16F; k p&#345;ipojen&#237; (confctl) ====";
        assert_eq!(find(&Shown::of_text(czech).without_tags(), czech), czech);
    }

    #[test]
    fn tags_are_lines_or_nothing_and_what_is_none_stays() {
        for (html, text) in [
            ("a<br>b<BR/>c<p class=\"x\">d</p>", "a\nb\nc\nd\n"),
            ("a<b>b</b><!-- c -->d<img src=x>", "abd"),
            ("1 < 2 > 0 <3 <", "1 < 2 > 0 <3 <"),
            (
                "&amp;&lt;&#65;&#x42;&nbsp;&unknown;&#99999999;& &",
                "&<AB &unknown;&#99999999;& &",
            ),
        ] {
            assert_eq!(Shown::of_text(html).without_tags().to_string(), text);
        }
    }

    #[test]
    fn many_begins_of_tags_take_no_time() {
        let begins = "<a".repeat(1_000_000);
        let shown = Shown::of_text(&begins);
        assert_eq!(shown.without_tags().find(), Found::Nothing);
        assert!(!shown.has_line_tags(&(0..begins.len())));
    }
}
