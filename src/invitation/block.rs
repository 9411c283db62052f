//! The call-in block: how to join, in the same words on the card, in the calendar and in mail.
//!
//! It begins and ends with a line of its own, the fences, in the language of the meeting. An update
//! replaces what stands between them and nothing else: people write above and below the block, not
//! inside.

use crate::conference::{AccessNumber, Appointment, Conference, DialIn, Language};
use crate::invitation::view::View;
use crate::invitation::words::Words;
use crate::invitation::{Branding, template};

/// What a line is to the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fence {
    /// Its first line.
    Begin,
    /// Its last line.
    End,
}

/// The block with its fences; each line ends with LF. What is cancelled can't be joined.
pub(crate) fn block(appointment: &Appointment, branding: &Branding) -> String {
    let view = View::of(appointment, branding);
    let text = branding
        .text(&view)
        .unwrap_or_else(|| template::block(&view));
    let fences = &Words::of(appointment.wording.language).fences;
    format!("{}\n{}{}\n", fences.begin, tidy(&text), fences.end)
}

/// How to join a conference that nobody is invited to, in English; each line ends with LF.
pub(crate) fn ways_in(conference: &Conference, branding: &Branding) -> String {
    let words = Words::of(Language::English);
    tidy(&template::block(&View::of_conference(
        conference, words, branding,
    )))
}

/// Which fence of which language a line is. Blanks around it and the length of its ruler don't
/// matter: programs and people cut them.
pub(crate) fn fence(line: &str) -> Option<Fence> {
    let line = line.trim();
    if line.starts_with("==") {
        find_fence(line.trim_matches(['=', ' ']))
    } else {
        None
    }
}

/// In which language a line is the begin of a block; none: it is none.
pub(crate) fn language(line: &str) -> Option<Language> {
    let words = line.trim_matches(['=', ' ']);
    let speaks = |language: &Language| {
        let begin = Words::of(*language).fences.begin;
        begin.trim_matches(['=', ' ']) == words
    };
    Language::ALL.into_iter().find(speaks)
}

/// Whether people or programs would take a line for the begin or the end of a block.
pub(crate) fn is_fence(line: &str) -> bool {
    find_fence(line.trim_matches(['=', '>', ' '])).is_some()
}

/// A fence by its words.
fn find_fence(words: &str) -> Option<Fence> {
    let is = |fence: &str| fence.trim_matches(['=', ' ']) == words;
    Words::all().find_map(|language| {
        if is(language.fences.begin) {
            Some(Fence::Begin)
        } else {
            is(language.fences.end).then_some(Fence::End)
        }
    })
}

/// Without blanks at line ends, with one empty line where there are more, with none around it. No
/// line of it is a fence.
pub(crate) fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut is_open = false;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            is_open = !tidy.is_empty();
            continue;
        }
        if std::mem::take(&mut is_open) {
            tidy.push('\n');
        }
        if fence(line).is_some() {
            tidy.push_str("> ");
        }
        tidy.push_str(line);
        tidy.push('\n');
    }
    tidy
}

/// The numbers that are printed, the organizer's region first.
pub(crate) fn printed_numbers<'a>(
    dial_in: &'a DialIn,
    branding: &Branding,
) -> impl Iterator<Item = &'a AccessNumber> {
    dial_in.numbers.iter().take(branding.most_numbers())
}

/// `North America: English (US), French (CA)`
pub(crate) fn label(number: &AccessNumber, words: &Words) -> String {
    let languages = number.languages.iter().map(|tag| words.language(tag));
    let languages = languages.collect::<Vec<_>>().join(words.comma);
    match (number.region.as_str(), languages) {
        (region, none) if none.is_empty() => region.to_owned(),
        ("", languages) => languages,
        (region, languages) => format!("{region}{} {languages}", words.labels.colon),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_of_all_languages_are_known_and_differ() {
        let mut seen = Vec::new();
        for words in Words::all() {
            let Words { fences, .. } = words;
            for (line, is) in [(fences.begin, Fence::Begin), (fences.end, Fence::End)] {
                assert!(line.starts_with("==== ") && line.contains(" (confctl) ===="));
                assert_eq!(fence(line), Some(is), "{line}");
                assert_eq!(fence(&format!("  {line}==\t")), Some(is), "{line}");
                assert!(is_fence(&format!("> {line}")) && !is_fence(&format!("{line} x")));
                assert!(!seen.contains(&line.trim_matches('=')), "{line}");
                seen.push(line.trim_matches('='));
            }
        }
    }

    #[test]
    fn blank_lines_are_few_and_fences_none() {
        let begin = Words::of(Language::Czech).fences.begin;
        assert_eq!(tidy("\n\n a \n\n\nb\n\n"), " a\n\nb\n");
        assert_eq!(tidy(""), "");
        assert_eq!(tidy(begin), format!("> {begin}\n"));
    }
}
