//! The call-in block inside what people wrote: found by its fences, replaced between them.

use std::ops::Range;

use crate::invitation::block::{BEGIN, END};
use crate::invitation::clean;
use crate::proto::ical::{Component, ContentLine, Line, escape_text, unescape_text};

/// What a DESCRIPTION holds of a block, as a range of its escaped value.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    /// From the first octet of the first fence to the last of the second.
    Block(Range<usize>),
    /// One fence without the other, or in the wrong order.
    Damaged,
}

/// The people's own words: DESCRIPTION before the block, then what follows it. None if blank.
pub(super) fn note(event: &Component) -> Option<String> {
    let value = event.property("DESCRIPTION")?.value;
    let (before, after) = match find(&value) {
        Found::Block(at) => (value.get(..at.start), value.get(at.end..)),
        Found::Nothing | Found::Damaged => (Some(value.as_str()), None),
    };
    let words = [before, after].map(|part| {
        let text = unescape_text(part.unwrap_or_default());
        clean::note(&text).trim_start_matches('\n').to_owned()
    });
    let words: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|w| !w.is_empty())
        .collect();
    (!words.is_empty()).then(|| words.join("\n\n"))
}

/// Whether one of the fences is missing.
pub(super) fn is_damaged(event: &Component) -> bool {
    let description = event.property("DESCRIPTION");
    description.is_some_and(|line| find(&line.value) == Found::Damaged)
}

/// Puts the block where the old one stands, else behind the text, and into the HTML twins
/// of the text. Bytes outside the block stay; so does what is left of a damaged one.
pub(super) fn write(event: &mut Component, block: &str) {
    let block = block.trim_end();
    let is_description = |line: &Line| line.is("DESCRIPTION") && line.content().is_some();
    if event.lines().any(is_description) {
        let mut lines = event.lines_mut();
        if let Some(line) = lines.find(|line| is_description(line)) {
            write_text(line, block);
            write_altrep(line, block);
        }
    } else {
        event.add(&description(&format!("{block}\n")));
    }
    write_html(event, block);
}

fn write_text(line: &mut Line, block: &str) {
    let Some(value) = line.value() else {
        return;
    };
    let text = line.text().get(value.clone()).unwrap_or_default();
    let escaped = escape_text(block);
    let (range, with) = match find(text) {
        Found::Block(at) => (at, escaped),
        Found::Nothing | Found::Damaged => (text.len()..text.len(), below(text, &escaped)),
    };
    line.splice(value.start + range.start..value.start + range.end, &with);
}

/// Replaces the people's own words as well.
pub(super) fn write_note(event: &mut Component, note: Option<&str>, block: &str) {
    event.set(&description(&match note {
        Some(note) => format!("{note}\n\n{block}"),
        None => block.to_owned(),
    }));
    write_html(event, block.trim_end());
}

fn description(text: &str) -> ContentLine {
    ContentLine {
        name: "DESCRIPTION".to_owned(),
        parameters: Vec::new(),
        value: escape_text(text),
    }
}

/// The block with what sets it off from the text above it.
fn below(text: &str, block: &str) -> String {
    let ends = segments(text).rev().take_while(|at| at.is_empty()).count();
    let gap = match (text.is_empty(), ends) {
        (true, _) => 0,
        (false, ends) => 2_usize.saturating_sub(ends),
    };
    format!("{}{block}\\n", "\\n".repeat(gap))
}

/// The last begin that an end follows. Others may have been quoted, or damaged before.
fn find(value: &str) -> Found {
    let mut begun: Option<usize> = None;
    let mut block = None;
    let mut any = false;
    for at in segments(value) {
        let line = unescape_text(value.get(at.clone()).unwrap_or_default());
        match fence(&line) {
            Some(Fence::Begin) => begun = Some(at.start),
            Some(Fence::End) => {
                block = begun.take().map(|start| start..at.end).or(block);
            }
            None => continue,
        }
        any = true;
    }
    match (block, any) {
        (Some(block), _) => Found::Block(block),
        (None, true) => Found::Damaged,
        (None, false) => Found::Nothing,
    }
}

enum Fence {
    Begin,
    End,
}

/// Blanks around a fence and the length of its ruler don't matter: programs and people cut them.
fn fence(line: &str) -> Option<Fence> {
    let line = line.trim();
    if !line.starts_with("==") {
        return None;
    }
    let is = |fence: &str| words(fence) == words(line);
    if is(BEGIN) {
        Some(Fence::Begin)
    } else {
        is(END).then_some(Fence::End)
    }
}

fn words(fence: &str) -> &str {
    fence.trim_matches(['=', ' '])
}

/// The lines of an escaped text, as ranges.
fn segments(value: &str) -> impl DoubleEndedIterator<Item = Range<usize>> {
    let mut segments = Vec::new();
    let mut start = 0;
    let mut escaped = false;
    for (at, byte) in value.bytes().enumerate() {
        if escaped && matches!(byte, b'n' | b'N') {
            segments.push(start..at - 1);
            start = at + 1;
        }
        escaped = !escaped && byte == b'\\';
    }
    segments.push(start..value.len());
    segments.into_iter()
}

/// X-ALT-DESC, which Outlook writes beside the plain text ([MS-OXCICAL] 2.1.3.1.1.20.23).
fn write_html(event: &mut Component, block: &str) {
    let lines = event.lines_mut().filter(|line| line.is("X-ALT-DESC"));
    for line in lines.filter(|line| is_html(line)) {
        if let Some(value) = line.value() {
            write_page(line, value, block, escape_text);
        }
    }
}

/// ALTREP of DESCRIPTION, which Thunderbird writes and shows instead of the plain text.
fn write_altrep(line: &mut Line, block: &str) {
    let head = line
        .value()
        .and_then(|value| line.text().get(..value.start));
    let lower = head.unwrap_or_default().to_ascii_lowercase();
    let Some(at) = lower.find(";altrep=\"data:text/html,") else {
        return;
    };
    let begin = at + ";altrep=\"".len();
    if let Some(length) = lower.get(begin..).and_then(|rest| rest.find('"')) {
        write_page(line, begin..begin + length, block, percent_encoded);
    }
}

/// Writes the block into the part of a line that holds an HTML page, encoded.
fn write_page(line: &mut Line, at: Range<usize>, block: &str, encode: fn(&str) -> String) {
    let page = line.text().get(at.clone()).unwrap_or_default();
    let (range, with) = in_page(page, block, encode);
    line.splice(at.start + range.start..at.start + range.end, &with);
}

/// Everything but letters and digits (RFC 3986 2.1).
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            byte if byte.is_ascii_alphanumeric() => encoded.push(char::from(byte)),
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn is_html(line: &Line) -> bool {
    let content = line.content();
    let format = content.as_ref().and_then(|line| line.parameter("FMTTYPE"));
    format.is_some_and(|format| format.eq_ignore_ascii_case("text/html"))
}

/// Where the block goes in an encoded HTML page, and what is to be put there.
fn in_page(page: &str, block: &str, encode: fn(&str) -> String) -> (Range<usize>, String) {
    let block = in_html(block);
    let end = encode(END);
    let end = page.rfind(&end).map(|at| at + end.len());
    let begin = end.and_then(|end| page.get(..end)?.rfind(&encode(BEGIN)));
    if let (Some(begin), Some(end)) = (begin, end) {
        return (begin..end, encode(&block));
    }
    let lower = page.to_ascii_lowercase();
    let closings = [
        encode("</body>").to_ascii_lowercase(),
        "%3c/body%3e".to_owned(),
    ];
    let at = closings.iter().find_map(|closing| lower.rfind(closing));
    let at = at.unwrap_or(page.len());
    (at..at, encode(&format!("<pre>{block}</pre>")))
}

fn in_html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(text: &str) -> &'static str {
        match find(&escape_text(text)) {
            Found::Nothing => "nothing",
            Found::Block(_) => "block",
            Found::Damaged => "damaged",
        }
    }

    #[test]
    fn fences_are_found_as_programs_leave_them() {
        let begin = "==== How to join (confctl) =====";
        for (text, expected) in [
            (String::new(), "nothing"),
            ("How to join (confctl)".to_owned(), "nothing"),
            (format!("> {BEGIN}\n> {END}"), "nothing"),
            (format!("{BEGIN}\n{END}"), "block"),
            (format!("a\n {begin}  \nb\n{END}\t\nc"), "block"),
            (format!("{BEGIN}\nold\n{BEGIN}\nnew\n{END}"), "block"),
            (format!("{BEGIN}\nold"), "damaged"),
            (format!("old\n{END}"), "damaged"),
            (format!("{END}\nold\n{BEGIN}"), "damaged"),
            (format!("{BEGIN} x\n{END}"), "damaged"),
        ] {
            assert_eq!(held(&text), expected, "{text}");
        }
    }

    #[test]
    fn lines_of_an_escaped_text_end_at_escaped_line_ends_only() {
        let lines = |value: &str| -> Vec<String> {
            segments(value).map(|at| value[at].to_owned()).collect()
        };
        assert_eq!(lines("a\\nb\\Nc"), ["a", "b", "c"]);
        assert_eq!(lines("a\\\\nb\\"), ["a\\\\nb\\"]);
        assert_eq!(lines("\\n\\n"), ["", "", ""]);
    }

    #[test]
    fn a_block_in_a_page_goes_before_its_end_and_is_replaced_there() {
        for (encode, page) in [
            (
                escape_text as fn(&str) -> String,
                "<HTML><BODY>Hi\\, all</BODY></HTML>",
            ),
            (percent_encoded, "%3Cbody%3EHi%2C%20all%3C/body%3E"),
            (percent_encoded, "Hi"),
        ] {
            let mut written = page.to_owned();
            let block = |text: &str| format!("{BEGIN}\n{text} & you\n{END}");
            let (at, with) = in_page(page, &block("one"), encode);
            written.replace_range(at.clone(), &with);
            assert_eq!(written.get(..at.start), page.get(..at.start));
            assert!(written.ends_with(&page[at.end..]));
            assert!(page.len() < 3 || at.end < page.len());
            let (at, with) = in_page(&written, &block("two"), encode);
            let second = written.replace("one", "two");
            written.replace_range(at, &with);
            assert_eq!(written, second);
            assert!(written.contains(&encode("two &amp; you")));
        }
    }
}
