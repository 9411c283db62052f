//! From bytes to the text of a calendar, in whatever charset and line ends it came.

use mail_parser::decoders::charsets::map::charset_decoder;

use crate::icalendar::ObjectError;

/// The text of a calendar, and how sure it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: String,
    /// The charset that was guessed, since nobody named one and it is not Unicode.
    pub guess: Option<&'static str>,
}

/// Bytes that are Unicode for certain: UTF-8, or UTF-16 that begins as calendars do.
pub fn decode(bytes: &[u8]) -> Result<String, ObjectError> {
    let text = match utf_16(bytes) {
        Some(charset) => named(bytes, charset)?,
        None => utf_8(bytes).ok_or(ObjectError::Encoding)?,
    };
    Ok(with_line_feeds(text))
}

/// The same; else what a mail says that its charset is, else the one of Windows in the west.
pub fn decode_as_likely(bytes: &[u8], charset: Option<&str>) -> Result<Decoded, ObjectError> {
    let certain = |text| Decoded { text, guess: None };
    if let Ok(text) = decode(bytes) {
        return Ok(certain(text));
    }
    let is_utf_8 = |name: &&str| {
        ["utf-8", "us-ascii"]
            .iter()
            .any(|utf| name.eq_ignore_ascii_case(utf))
    };
    if let Some(charset) = charset.filter(|name| !is_utf_8(name)) {
        return named(bytes, charset).map(with_line_feeds).map(certain);
    }
    const GUESS: &str = "Windows-1252";
    Ok(Decoded {
        text: with_line_feeds(named(bytes, GUESS)?),
        guess: Some(GUESS),
    })
}

/// In the charset of that name (RFC 2978). Nothing is replaced.
fn named(bytes: &[u8], charset: &str) -> Result<String, ObjectError> {
    let decode = charset_decoder(charset.trim().as_bytes()).ok_or(ObjectError::Encoding)?;
    let text = decode(bytes);
    match text.contains('\u{FFFD}') {
        true => Err(ObjectError::Encoding),
        false => Ok(text),
    }
}

/// UTF-16 by its byte order mark, or by the zeros between ASCII letters.
fn utf_16(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xFF, 0xFE, ..] | [b'B' | b'b', 0, _, 0, ..] => Some("utf-16le"),
        [0xFE, 0xFF, ..] | [0, b'B' | b'b', 0, _, ..] => Some("utf-16be"),
        _ => None,
    }
}

/// Some programs fold lines after so many octets, inside a character: the fold goes before it (RFC 5545
/// 3.1 wants lines unfolded before they are decoded).
fn utf_8(bytes: &[u8]) -> Option<String> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Some(text.to_owned()),
        Err(error) => error,
    };
    let mut whole = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    let mut valid = error.valid_up_to();
    loop {
        whole.extend_from_slice(rest.get(..valid)?);
        rest = rest.get(valid..)?;
        if rest.is_empty() {
            return String::from_utf8(whole).ok();
        }
        let (length, fold) = folded_character(rest)?;
        whole.extend_from_slice(rest.get(fold.clone())?);
        let parts = rest
            .get(..fold.start)?
            .iter()
            .chain(rest.get(fold.end..length)?);
        whole.extend(parts);
        rest = rest.get(length..)?;
        valid = match std::str::from_utf8(rest) {
            Ok(_) => rest.len(),
            Err(error) => error.valid_up_to(),
        };
    }
}

/// A character with a fold in it: how many octets both have, and where the fold is.
fn folded_character(bytes: &[u8]) -> Option<(usize, std::ops::Range<usize>)> {
    let wanted = match bytes.first()? {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    let begun = 1 + bytes
        .get(1..)?
        .iter()
        .take_while(|byte| **byte & 0xC0 == 0x80)
        .count();
    let after = bytes.get(begun..)?;
    let ends = [&b"\r\n "[..], b"\r\n\t", b"\n ", b"\n\t", b"\r\r\n "];
    let fold = ends.iter().find(|end| after.starts_with(end))?.len();
    let length = wanted + fold;
    let rest = bytes.get(begun + fold..length)?;
    let is_rest = begun < wanted && rest.iter().all(|byte| byte & 0xC0 == 0x80);
    is_rest.then_some((length, begun..begun + fold))
}

/// Where CR alone ends the lines, as it did on old Macs, they end as others do.
fn with_line_feeds(text: String) -> String {
    match text.contains('\n') {
        true => text,
        false => text.replace('\r', "\r\n"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "BEGIN:VCALENDAR\r\nSUMMARY:Žluťoučký €𝄞\r\nEND:VCALENDAR\r\n";

    #[test]
    fn unicode_is_read_in_every_form() {
        let utf_16 = |big: bool, mark: bool| -> Vec<u8> {
            let text = if mark {
                format!("\u{FEFF}{TEXT}")
            } else {
                TEXT.to_owned()
            };
            let bytes = |unit: u16| {
                if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            };
            text.encode_utf16().flat_map(bytes).collect()
        };
        for (big, mark) in [(false, false), (false, true), (true, false), (true, true)] {
            let text = decode(&utf_16(big, mark)).unwrap();
            assert_eq!(text.trim_start_matches('\u{FEFF}'), TEXT, "{big} {mark}");
        }
        assert_eq!(decode(TEXT.as_bytes()).unwrap(), TEXT);
        assert_eq!(decode(TEXT.replace("\r\n", "\r").as_bytes()).unwrap(), TEXT);
    }

    #[test]
    fn other_charsets_are_what_the_mail_says_or_likely() {
        let bytes = b"BEGIN:VCALENDAR\nSUMMARY:\x8aatna \xe9\nEND:VCALENDAR\n";
        assert_eq!(decode(bytes), Err(ObjectError::Encoding));
        for (charset, summary, guess) in [
            (None, "Šatna é", Some("Windows-1252")),
            (Some("UTF-8"), "Šatna é", Some("Windows-1252")),
            (Some("windows-1250"), "Šatna é", None),
            (Some("koi8-r"), "┼atna И", None),
        ] {
            let decoded = decode_as_likely(bytes, charset).unwrap();
            assert!(
                decoded.text.contains(summary),
                "{charset:?}: {}",
                decoded.text
            );
            assert_eq!(decoded.guess, guess);
        }
        assert_eq!(
            decode_as_likely(bytes, Some("x-unheard-of")),
            Err(ObjectError::Encoding)
        );
    }

    proptest! {
        #[test]
        fn a_fold_inside_a_character_goes_before_it(
            text in "[a-zéž€𝄞]{1,60}", at in prop::collection::vec(1_usize..200, 1..6), tab in any::<bool>(),
        ) {
            let mut bytes = text.clone().into_bytes();
            let mut at: Vec<usize> = at.into_iter().map(|at| at % bytes.len().max(1)).filter(|at| *at > 0).collect();
            at.sort_unstable();
            // Not twice within one character.
            at.dedup_by(|b, a| *b < *a + 4);
            for at in at.iter().rev() {
                let fold: &[u8] = if tab { b"\r\n\t" } else { b"\r\n " };
                bytes.splice(at..at, fold.iter().copied());
            }
            let read = decode(&bytes).unwrap();
            prop_assert_eq!(read.replace("\r\n ", "").replace("\r\n\t", ""), text);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
            let _ = decode_as_likely(&bytes, None);
            let _ = decode_as_likely(&bytes, Some("utf-7"));
        }
    }
}
