//! A line of a calendar object that keeps its bytes.

use std::ops::Range;

use crate::icalendar::{ContentLine, LineError, Place, fold_onto, is_bare};

/// A content line as it was read or, if we wrote it, folded at 75 octets. Equal is what has the same bytes,
/// wherever it stands.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// With folds, line end and the empty lines that follow.
    raw: String,
    /// Without all that.
    text: String,
    /// Its first physical line in the file that it was read from, from 1; 0: it was in none.
    number: usize,
}

impl PartialEq for Line {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl Eq for Line {}

impl Line {
    /// Begins with one physical line.
    pub(super) fn read(physical: &str, number: usize) -> Self {
        Self {
            raw: physical.to_owned(),
            text: without_end(physical).to_owned(),
            number,
        }
    }

    /// Takes up a physical line that continues it, or an empty one that follows.
    pub(super) fn continue_with(&mut self, physical: &str) {
        let shown = without_end(physical);
        self.raw.push_str(physical);
        self.text.push_str(shown.get(1..).unwrap_or_default());
    }

    /// As it stands in the file, with folds and line end.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Unfolded, without a line end.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its first physical line in the file, from 1; 0: it was written anew.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Where the octet `at` of the unfolded line stands in the file.
    pub fn place(&self, at: usize) -> Place {
        let before = self.raw.get(..self.raw_begin(at)).unwrap_or_default();
        let begin = before.rfind('\n').map_or(0, |at| at + 1);
        let in_line = before.get(begin..).unwrap_or_default();
        Place {
            line: self.number + before.matches('\n').count(),
            column: in_line.chars().count() + 1,
        }
    }

    /// Whether it is a property of that name.
    pub fn is(&self, name: &str) -> bool {
        let begins = self.text.get(..name.len());
        let next = self.text.as_bytes().get(name.len());
        begins.is_some_and(|begins| begins.eq_ignore_ascii_case(name))
            && matches!(next, Some(b':' | b';'))
    }

    /// The line taken apart; none: it is no content line, see [`Line::fault`].
    pub fn content(&self) -> Option<ContentLine> {
        ContentLine::parse(&self.text).ok()
    }

    /// Why it is no content line; none: it is one.
    pub fn fault(&self) -> Option<LineError> {
        // Whatever follows a name and a colon is its value.
        let may_fail = self.has_parameters() || self.name_end() != Some(b':');
        may_fail.then(|| ContentLine::parse(&self.text).err())?
    }

    /// Whether it begins with a name and a semicolon.
    pub fn has_parameters(&self) -> bool {
        self.name_end() == Some(b';')
    }

    /// What ends the name.
    fn name_end(&self) -> Option<u8> {
        let is_of_name = |octet: &u8| octet.is_ascii_alphanumeric() || *octet == b'-';
        let end = self.text.bytes().find(|octet| !is_of_name(octet));
        end.filter(|_| {
            self.text
                .bytes()
                .next()
                .is_some_and(|first| is_of_name(&first))
        })
    }

    /// Where the value stands in [`Line::text`].
    pub fn value(&self) -> Option<Range<usize>> {
        let content = self.content()?;
        let begin = self.text.len().checked_sub(content.value.len())?;
        Some(begin..self.text.len())
    }

    /// Replaces a part of the unfolded line; the bytes around it stay, folds included. Nothing
    /// happens if the range is not one of whole characters. Control characters are dropped.
    pub fn splice(&mut self, range: Range<usize>, with: &str) {
        if self
            .text
            .get(range.clone())
            .is_none_or(|there| there == with)
        {
            return;
        }
        let with: String = with.chars().filter(|c| is_bare(*c)).collect();
        let (before, after) = (self.raw_end(range.start), self.raw_begin(range.end));
        let ending = self.ending();
        let mut raw = self.raw.get(..before).unwrap_or_default().to_owned();
        fold_onto(&mut raw, &with, ending);
        if range.end < self.text.len() && !raw.is_empty() {
            raw.push_str(ending);
            raw.push(' ');
        }
        raw.push_str(self.raw.get(after..).unwrap_or_default());
        self.raw = raw;
        self.text.replace_range(range, &with);
    }

    pub(super) fn ending(&self) -> &'static str {
        if self.raw.contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        }
    }

    pub(super) fn of(content: &ContentLine, ending: &'static str) -> Self {
        let text = content.to_string();
        let mut raw = String::with_capacity(text.len() + text.len() / 20 + 2);
        fold_onto(&mut raw, &text, ending);
        raw.push_str(ending);
        Self {
            raw,
            text,
            number: 0,
        }
    }

    pub(super) fn say(&mut self, content: &ContentLine, ending: &'static str) {
        if self.content().as_ref() != Some(content) {
            let number = self.number;
            *self = Self {
                number,
                ..Self::of(content, ending)
            };
        }
    }

    /// `VEVENT` of `BEGIN:vevent`.
    pub(super) fn mark(&self, which: &str) -> Option<String> {
        let value = self.is(which).then(|| self.text.get(which.len() + 1..));
        Some(value??.trim().to_ascii_uppercase())
    }

    /// For each physical line: where it begins in the unfolded line, where in the raw one, how
    /// long it is.
    fn pieces(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        let mut raw_at = 0;
        let mut text_at = 0;
        self.raw.split_inclusive('\n').map(move |physical| {
            let shown = without_end(physical);
            let fold = usize::from(raw_at > 0 && !shown.is_empty());
            let piece = (text_at, raw_at + fold, shown.len() - fold);
            raw_at += physical.len();
            text_at += piece.2;
            piece
        })
    }

    /// Where, in the raw line, the first `at` octets of the unfolded one end.
    fn raw_end(&self, at: usize) -> usize {
        let mut pieces = self.pieces();
        let piece = pieces.find(|(text, _, length)| text + length >= at);
        piece.map_or(0, |(text, raw, _)| raw + (at - text))
    }

    /// Where, in the raw line, the octet `at` of the unfolded one stands, or its line end.
    fn raw_begin(&self, at: usize) -> usize {
        let mut pieces = self.pieces();
        match pieces.find(|(text, _, length)| text + length > at) {
            Some((text, raw, _)) => raw + (at - text),
            None => self.raw_end(at),
        }
    }
}

/// Some writers end lines with CR CR LF.
pub(super) fn without_end(physical: &str) -> &str {
    physical.trim_end_matches(['\r', '\n'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::icalendar::{Object, fold, unfold};

    #[test]
    fn a_part_is_replaced_and_the_folds_around_it_stay() {
        let text = "BEGIN:VCALENDAR\r\nX:ab\r\n c\r\n\td\r\n ef\r\nEND:VCALENDAR\r\n";
        for (range, with, expected) in [
            (4..6, "Z", "X:ab\r\nZ\r\n ef\r\n"),
            (2..8, "", "X:\r\n"),
            (8..8, "g\nh", "X:ab\r\n c\r\n\td\r\n efgh\r\n"),
            (2..4, "ab", "X:ab\r\n c\r\n\td\r\n ef\r\n"),
            (2..9, "outside", "X:ab\r\n c\r\n\td\r\n ef\r\n"),
        ] {
            let mut object = Object::parse(text.as_bytes()).unwrap();
            let line = object.calendar.lines_mut().next().unwrap();
            line.splice(range, with);
            let expected = expected.replace("ab\r\nZ", "abZ");
            assert_eq!(line.raw(), expected);
        }
    }

    proptest! {
        #[test]
        fn a_splice_does_what_it_says(
            value in "[až\\\\]{0,200}", from in 0..200_usize, to in 0..200_usize, with in "[bř]{0,200}",
        ) {
            let text = format!("BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n", fold(&format!("X:{value}")));
            let mut object = Object::parse(text.as_bytes()).unwrap();
            let line = object.calendar.lines_mut().next().unwrap();
            let mut expected = line.text().to_owned();
            if expected.get(from..to).is_some() {
                expected.replace_range(from..to, &with);
            }
            line.splice(from..to, &with);
            prop_assert_eq!(line.text(), &expected);
            prop_assert!(line.raw().split("\r\n").all(|physical| physical.len() <= 75));
            let unfolded: Vec<String> = unfold(line.raw()).collect();
            prop_assert_eq!(unfolded, vec![expected]);
        }
    }
}
