//! Texts of single elements and attributes as values.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::proto::c3p::Error;
use crate::xml::{Element, Tag};

/// Value of a child element; none when it is missing or empty.
pub(super) fn child_value<T>(
    parent: Element<'_>,
    name: &'static str,
    read: fn(&str) -> Option<T>,
) -> Result<Option<T>, Error> {
    let text = parent.child(name).and_then(Element::token);
    let Some(text) = text else { return Ok(None) };
    read(&text)
        .map(Some)
        .ok_or_else(|| Error::invalid(name, &text))
}

/// Value of an attribute; none when it is missing or empty.
pub(super) fn attribute_value<T>(
    element: Element<'_>,
    name: &'static str,
    read: fn(&str) -> Option<T>,
) -> Result<Option<T>, Error> {
    let text = element.attribute(name).unwrap_or_default().trim();
    if text.is_empty() {
        return Ok(None);
    }
    read(text)
        .map(Some)
        .ok_or_else(|| Error::invalid(name, text))
}

/// xs:boolean, in any case.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// xs:unsignedInt
pub(super) fn number(text: &str) -> Option<u32> {
    text.parse().ok()
}

/// Any text.
pub(super) fn word(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// xs:dateTime with or without fractions; UTC when it says no offset.
pub(super) fn timestamp(text: &str) -> Option<Timestamp> {
    let read = text.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        local
            .to_zoned(TimeZone::UTC)
            .ok()
            .map(|zoned| zoned.timestamp())
    });
    read.filter(|moment| moment.as_second() >= YEAR_1)
}

/// xs:dateTime has no year 0, and what lies before can't be written to the wire: the first second
/// of the year 1.
const YEAR_1: i64 = -62_135_596_800;

/// An element with a moment in UTC, to the second.
pub(super) fn timestamp_tag(name: &str, moment: Timestamp) -> Tag {
    Tag::new(name).text(&moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// An element with `true` or `false`.
pub(super) fn boolean_tag(name: &str, value: bool) -> Tag {
    Tag::new(name).text(if value { "true" } else { "false" })
}

/// An element with text.
pub(super) fn text_tag(name: &str, text: &str) -> Tag {
    Tag::new(name).text(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_with_fractions_offsets_and_without() {
        let expected: Timestamp = "2031-05-06T18:00:00Z".parse().unwrap();
        for text in [
            "2031-05-06T18:00:00Z",
            "2031-05-06T20:00:00.000+02:00",
            "2031-05-06T18:00:00",
        ] {
            assert_eq!(timestamp(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "tomorrow",
            "2031-13-06T18:00:00Z",
            "99999-05-06T18:00:00Z",
        ] {
            assert_eq!(timestamp(text), None, "{text}");
        }
    }

    #[test]
    fn moments_are_written_in_utc_to_the_second() {
        let moment: Timestamp = "2031-05-06T20:00:00.75+02:00".parse().unwrap();
        let bytes = crate::xml::document(timestamp_tag("t", moment));
        assert!(bytes.ends_with(b"<t>2031-05-06T18:00:00Z</t>"));
    }

    #[test]
    fn truth_has_two_spellings_in_any_case() {
        assert_eq!((boolean("True"), boolean("1")), (Some(true), Some(true)));
        assert_eq!((boolean("FALSE"), boolean("0")), (Some(false), Some(false)));
        assert_eq!(boolean("yes"), None);
    }

    #[test]
    fn numbers_have_the_whole_unsigned_range() {
        assert_eq!(number("2147483648"), Some(0x8000_0000));
        assert_eq!(number("4294967296"), None);
        assert_eq!(number("-1"), None);
    }
}
