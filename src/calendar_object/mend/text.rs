//! Texts that programs wrote over several lines, or as vCalendar 1.0 did.

use std::collections::{HashMap, HashSet};

use crate::calendar_object::lines;
use crate::calendar_object::remark::{Remark, Weight, piece};
use crate::icalendar::{Component, Edit, Line, decode_as_likely, escape_text, unescape_text};

/// TEXT properties that programs write over several lines without folding them.
const TEXTS: [&str; 4] = ["DESCRIPTION", "COMMENT", "SUMMARY", "LOCATION"];

/// Lines of a text that a program wrote as they are go behind it: all up to the next property that means
/// something, if one of them is none.
pub(super) fn join_texts(event: &mut Component) -> Option<Remark> {
    let mut joined: HashMap<usize, Vec<String>> = HashMap::new();
    let mut taken: HashSet<usize> = HashSet::new();
    let mut text: Option<usize> = None;
    let mut run: Vec<(usize, &Line)> = Vec::new();
    let mut first = None;
    let is_foreign = |line: &Line| {
        // Who writes a sentence does not write its first word in capitals.
        let name = line.text().split([':', ';']).next().unwrap_or_default();
        line.fault().is_some() || name.bytes().any(|b| b.is_ascii_lowercase())
    };
    let mut end_run = |text: Option<usize>, run: &mut Vec<(usize, &Line)>| {
        let is_text = text.is_some() && run.iter().any(|(_, line)| is_foreign(line));
        for (at, line) in run.drain(..).filter(|_| is_text) {
            taken.insert(at);
            first.get_or_insert_with(|| piece(line.text()));
            let lines = joined.entry(text.unwrap_or_default()).or_default();
            lines.push(line.text().to_owned());
        }
    };
    for (at, line) in event.lines().enumerate() {
        let is_private = line
            .text()
            .get(..2)
            .is_some_and(|x| x.eq_ignore_ascii_case("X-"));
        let is_property = line.fault().is_none() && (lines::is_known(line) || is_private);
        if !is_property {
            run.push((at, line));
            continue;
        }
        end_run(text, &mut run);
        text = TEXTS.iter().any(|name| line.is(name)).then_some(at);
    }
    end_run(text, &mut run);
    let first = first?;
    let mut number = 0;
    event.edit(|line| {
        let at = number;
        number += 1;
        if taken.contains(&at) {
            return Edit::Remove;
        }
        let Some((more, mut content)) = joined.get(&at).zip(line.content()) else {
            return Edit::Keep;
        };
        for line in more {
            content.value += "\\n";
            content.value += &escape_text(&unescape_text(line));
        }
        Edit::Say(content)
    });
    Some(Remark::new(
        Weight::Warning,
        format!("'{first}' is no calendar line: it is taken as a line of the text before it."),
    ))
}

/// Texts as vCalendar 1.0 wrote them, which some programs still do.
pub(super) fn mend_encoding(line: &Line, remarks: &mut Vec<Remark>) -> Edit {
    let Some(mut content) = line.content() else {
        return Edit::Keep;
    };
    if !content.is_one_of(&TEXTS) || !content.has("ENCODING", "QUOTED-PRINTABLE") {
        return Edit::Keep;
    }
    let charset = content.parameter("CHARSET").map(str::to_owned);
    let octets = quoted_printable(&content.value);
    let Ok(decoded) = decode_as_likely(&octets, charset.as_deref()) else {
        return Edit::Keep;
    };
    content.value = escape_text(&decoded.text);
    content
        .parameters
        .retain(|p| p.name != "ENCODING" && p.name != "CHARSET");
    remarks.push(Remark::new(
        Weight::Note,
        format!("{} is quoted-printable, and taken so.", content.name),
    ));
    Edit::Say(content)
}

/// RFC 2045 6.7, in one line.
fn quoted_printable(text: &str) -> Vec<u8> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let pair = after
            .get(..2)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        let octet = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match octet.filter(|_| *first == b'=') {
            Some(octet) => {
                octets.push(octet);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                octets.push(*first);
                rest = after;
            }
        }
    }
    octets
}
