//! The call-in block inside what people wrote: found by its fences, replaced between them.

mod shown;

use std::ops::Range;

use crate::calendar_object::block::shown::Shown;
use crate::conference::Language;
use crate::icalendar::{Component, ContentLine, Line, escape_text, unescape_text};
use crate::invitation::{clean, template};

/// What a text holds of a block, as a range of its octets as they are in the file.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    /// From the first octet of the first fence to the last of the second.
    Block(Range<usize>),
    /// One fence without the other, or in the wrong order.
    Damaged,
}

/// How a page is written in a line.
#[derive(Clone, Copy, Debug)]
enum Coding {
    /// TEXT (RFC 5545 3.3.11)
    Escaped,
    /// In a `data:` address (RFC 2397).
    Percent,
}

/// The people's own words: DESCRIPTION before the block, then what follows it. None if blank.
pub(super) fn note(event: &Component) -> Option<String> {
    let value = text(event)?;
    let (found, is_html) = find_any(&value);
    let (before, after) = match found {
        Found::Block(at) => (value.get(..at.start), value.get(at.end..)),
        Found::Nothing | Found::Damaged => (Some(value.as_str()), None),
    };
    let words = [before, after].map(|part| {
        let part = part.unwrap_or_default();
        let text = match is_html {
            true => Shown::of_text(part).without_tags().to_string(),
            false => unescape_text(part),
        };
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
    text(event).is_some_and(|value| find_any(&value).0 == Found::Damaged)
}

/// Whether there is a block with both of its fences, in the text or in an HTML twin of it.
pub(super) fn is_whole(event: &Component) -> bool {
    texts(event).any(|line| readings(line, Place::Text).iter().any(Reading::has_block))
}

/// Leaves one whole block in each text of a meeting and none anywhere else: a meeting has one way to be
/// joined, whatever others add.
pub(super) fn remove_others(calendar: &mut Component) {
    remove_all(calendar);
    for component in calendar.components_mut() {
        if component.name == "VEVENT" {
            let text = text_position(component);
            for (at, line) in component.lines_mut().enumerate() {
                let place = match Some(at) == text || is_html(line) {
                    true => Place::Text,
                    false => Place::Elsewhere,
                };
                remove_from(line, place);
            }
            component.components_mut().for_each(remove_below);
        } else {
            remove_below(component);
        }
    }
}

fn remove_below(component: &mut Component) {
    remove_all(component);
    component.components_mut().for_each(remove_below);
}

fn remove_all(component: &mut Component) {
    for line in component.lines_mut() {
        remove_from(line, Place::Elsewhere);
    }
}

/// Takes every whole block out of a line but the one that has its place there.
fn remove_from(line: &mut Line, place: Place) {
    // Binary data is large and is read by nobody.
    let may_hold = |text: &str| text.contains(['\\', '&', '%']) || text.contains("confctl");
    if line.is("ATTACH") || !may_hold(line.text()) {
        return;
    }
    let mut others = Vec::new();
    for reading in readings(line, place) {
        others.extend(reading.others);
    }
    others.sort_by_key(|other| other.start);
    let (Some(first), Some(last)) = (others.first(), others.iter().map(|o| o.end).max()) else {
        return;
    };
    let mut at = first.start;
    let mut kept = String::new();
    for other in &others {
        kept.push_str(line.text().get(at..other.start).unwrap_or_default());
        at = at.max(other.end);
    }
    line.splice(first.start..last, &kept);
}

/// Where a line of a calendar may have a block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The text of a meeting, or an HTML twin of it.
    Text,
    /// Nobody puts one there for us.
    Elsewhere,
}

/// A text of a line as one kind of program reads it, with the places of the whole blocks in the line.
struct Reading {
    /// The one that has its place there.
    block: Option<Range<usize>>,
    others: Vec<Range<usize>>,
}

impl Reading {
    fn of(shown: &Shown, at: usize) -> Self {
        let (blocks, _) = shown.blocks();
        let mut others: Vec<Range<usize>> = blocks
            .into_iter()
            .map(|block| at + block.start..at + block.end)
            .collect();
        Self {
            block: others.pop(),
            others,
        }
    }

    fn has_block(&self) -> bool {
        self.block.is_some()
    }
}

/// What the text of a meeting says, escaped.
fn text(event: &Component) -> Option<String> {
    let line = event.lines().nth(text_position(event)?)?;
    Some(line.content()?.value)
}

/// The texts that may have a block.
fn texts(event: &Component) -> impl Iterator<Item = &Line> {
    let description = text_position(event).and_then(|at| event.lines().nth(at));
    let twins = event.lines().filter(|line| is_html(line));
    description.into_iter().chain(twins)
}

/// Which line is the text of a meeting: the DESCRIPTION that has a block, should others have added one,
/// else the first that says anything.
fn text_position(event: &Component) -> Option<usize> {
    let all = event.lines().enumerate();
    let descriptions = all.filter(|(_, line)| line.is("DESCRIPTION") && line.content().is_some());
    let mut first = None;
    for (at, line) in descriptions {
        if readings(line, Place::Text).iter().any(Reading::has_block) {
            return Some(at);
        }
        first = first.or(Some(at));
    }
    first
}

/// A line as it is written, as programs read it that make HTML of it, and the page of its ALTREP.
fn readings(line: &Line, place: Place) -> Vec<Reading> {
    let text = |at: &Range<usize>| line.text().get(at.clone()).unwrap_or_default();
    let mut readings = Vec::new();
    if let Some(at) = line.value() {
        let shown = Shown::of_text(text(&at));
        let plain = Reading::of(&shown, at.start);
        let mut html = Reading::of(&shown.without_tags(), at.start);
        if shown.find() != Found::Nothing && !is_html(line) {
            // Whoever reads the text as it is sees that.
            html.others.extend(html.block.take());
            if let Some(block) = &plain.block {
                html.others
                    .retain(|other| other.end <= block.start || block.end <= other.start);
            }
            readings.push(plain);
        }
        readings.push(html);
    }
    if let Some(at) = altrep(line) {
        let shown = Shown::of_percent(text(&at)).without_tags();
        readings.push(Reading::of(&shown, at.start));
    }
    if place == Place::Elsewhere {
        for reading in &mut readings {
            reading.others.extend(reading.block.take());
        }
    }
    readings
}

/// In which language the block speaks; none: there is none.
pub(super) fn language(event: &Component) -> Option<Language> {
    let text = unescape_text(&text(event)?);
    text.lines().find_map(crate::invitation::block::language)
}

/// Puts the block where the old one stands, else behind the text, and into the HTML twins
/// of the text. Bytes outside the block stay; so does what is left of a damaged one.
pub(super) fn write(event: &mut Component, block: &str) {
    let block = block.trim_end();
    let text = text_position(event).and_then(|at| event.lines_mut().nth(at));
    if let Some(line) = text {
        write_text(line, block);
        write_altrep(line, block);
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
    let (range, with) = match find_any(text) {
        (Found::Block(at), false) => (at, escaped),
        (Found::Block(at), true) => (at, escape_text(&in_html(block, "<br>"))),
        _ => (text.len()..text.len(), block_below(text, &escaped)),
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
fn block_below(text: &str, block: &str) -> String {
    let ends = segments(text).rev().take_while(|at| at.is_empty()).count();
    let gap = match (text.is_empty(), ends) {
        (true, _) => 0,
        (false, ends) => 2_usize.saturating_sub(ends),
    };
    format!("{}{block}\\n", "\\n".repeat(gap))
}

/// The block in an escaped text, or in one that a program has made HTML of; whether it is that.
fn find_any(value: &str) -> (Found, bool) {
    let shown = Shown::of_text(value);
    let found = shown.find();
    if found != Found::Nothing {
        return (found, false);
    }
    let found = shown.without_tags().find();
    let is_html = found != Found::Nothing;
    (found, is_html)
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
    for line in event.lines_mut().filter(|line| is_html(line)) {
        if let Some(value) = line.value() {
            write_page(line, value, block, Coding::Escaped);
        }
    }
}

/// ALTREP of DESCRIPTION, which Thunderbird writes and shows instead of the plain text.
fn write_altrep(line: &mut Line, block: &str) {
    if let Some(at) = altrep(line) {
        write_page(line, at, block, Coding::Percent);
    }
}

/// Where the page of an ALTREP stands (RFC 2397), behind its type.
fn altrep(line: &Line) -> Option<Range<usize>> {
    const TYPE: &str = ";altrep=\"data:text/html";
    let head = line.text().get(..line.value()?.start)?.to_ascii_lowercase();
    let at = head.find(TYPE)? + TYPE.len();
    let end = at + head.get(at..)?.find('"')?;
    let begin = at + head.get(at..end)?.find(',')? + 1;
    Some(begin..end)
}

/// Writes the block into the part of a line that holds an HTML page.
fn write_page(line: &mut Line, at: Range<usize>, block: &str, coding: Coding) {
    let page = line.text().get(at.clone()).unwrap_or_default();
    let (range, with) = in_page(page, block, coding);
    line.splice(at.start + range.start..at.start + range.end, &with);
}

impl Coding {
    fn encode(self, text: &str) -> String {
        match self {
            Self::Escaped => escape_text(text),
            Self::Percent => percent_encode(text),
        }
    }
}

/// Everything but letters and digits (RFC 3986 2.1).
fn percent_encode(text: &str) -> String {
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
    let Some(content) = line.is("X-ALT-DESC").then(|| line.content()).flatten() else {
        return false;
    };
    let format = content.parameter("FMTTYPE");
    format.is_none_or(|format| format.eq_ignore_ascii_case("text/html"))
}

/// Where the block goes in an encoded HTML page, and what is to be put there.
fn in_page(page: &str, block: &str, coding: Coding) -> (Range<usize>, String) {
    let shown = match coding {
        Coding::Escaped => Shown::of_text(page),
        Coding::Percent => Shown::of_percent(page),
    };
    if let Found::Block(at) = shown.without_tags().find() {
        let ending = match shown.has_line_tags(&at) {
            true => "<br>",
            false => "\n",
        };
        return (at, coding.encode(&in_html(block, ending)));
    }
    let lower = page.to_ascii_lowercase();
    let closings = [
        coding.encode("</body>").to_ascii_lowercase(),
        "%3c/body%3e".to_owned(),
    ];
    let at = closings.iter().find_map(|closing| lower.rfind(closing));
    let at = at.unwrap_or(page.len());
    let block = in_html(block, "\n");
    (at..at, coding.encode(&format!("<pre>{block}</pre>")))
}

/// The block with links that can be followed, its lines ended by `ending`.
fn in_html(block: &str, ending: &str) -> String {
    let lines: Vec<String> = block.lines().map(template::mark_links).collect();
    lines.join(ending)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar_object::tests::{BEGIN, END};
    use crate::icalendar::Object;

    fn finding(text: &str) -> &'static str {
        match find_any(&escape_text(text)).0 {
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
            assert_eq!(finding(&text), expected, "{text}");
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
        for (coding, page) in [
            (Coding::Escaped, "<HTML><BODY>Hi\\, all</BODY></HTML>"),
            (Coding::Percent, "%3Cbody%3EHi%2C%20all%3C/body%3E"),
            (Coding::Percent, "Hi"),
        ] {
            let mut written = page.to_owned();
            let block = |text: &str| format!("{BEGIN}\n{text} & you\n{END}");
            let (at, with) = in_page(page, &block("one"), coding);
            written.replace_range(at.clone(), &with);
            assert_eq!(written.get(..at.start), page.get(..at.start));
            assert!(written.ends_with(&page[at.end..]));
            assert!(page.len() < 3 || at.end < page.len());
            let (at, with) = in_page(&written, &block("two"), coding);
            let second = written.replace("one", "two");
            written.replace_range(at, &with);
            assert_eq!(written, second);
            assert!(written.contains(&coding.encode("two &amp; you")));
        }
    }

    #[test]
    fn a_description_that_became_html_keeps_that_form() {
        let parse = |text: &str| {
            let event = format!("BEGIN:VEVENT\r\nDESCRIPTION:{text}\r\nEND:VEVENT\r\n");
            let calendar = format!("BEGIN:VCALENDAR\r\n{event}END:VCALENDAR\r\n");
            let object = Object::parse(calendar.as_bytes()).unwrap();
            object.calendar.components().next().unwrap().clone()
        };
        let block = |text: &str| format!("{BEGIN}\n{text}\n{END}\n");
        let html = format!("<p>Bring <b>food</b> &amp\\; drink</p>{BEGIN}<br>old<br>{END}<br>Ana");
        let mut event = parse(&html);
        assert_eq!(note(&event).as_deref(), Some("Bring food & drink\n\nAna"));
        assert!(!is_damaged(&event));
        write(&mut event, &block("https://example.com/?a&b"));
        let link = "<a href=\"https://example.com/?a&amp\\;b\">https://example.com/?a&amp\\;b</a>";
        let written = html.replace("old", link);
        assert_eq!(event.property("DESCRIPTION").unwrap().value, written);
        assert!(is_damaged(&parse(&html.replace(END, ""))));
        assert_eq!(
            note(&parse("1 < 2 <b>&amp\\;</b>")).as_deref(),
            Some("1 < 2 <b>&amp;</b>")
        );
    }
}
