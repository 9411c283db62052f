//! The MIME parts of a mail, numbered, with what they hold.

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, Message, MessageParser, MessagePart, MimeHeaders, PartType};

/// Most parts that are looked at.
const MOST: usize = 200;

/// Deepest nesting that is looked at.
const DEEPEST: usize = 16;

/// One part of a mail.
pub(in crate::lint) struct Part {
    /// RFC 3501 6.4.5: `1.2`; the whole of a multipart is `0`.
    pub(in crate::lint) number: String,
    /// First line of its headers in the file.
    pub(in crate::lint) line: usize,
    /// `text/calendar`, in lower case.
    pub(in crate::lint) kind: String,
    /// Parameters of its Content-Type, names in lower case.
    pub(in crate::lint) parameters: Vec<(String, String)>,
    /// Where in another part it is; None: it is the whole.
    pub(in crate::lint) place: Option<Place>,
    /// Content-Disposition in lower case.
    pub(in crate::lint) disposition: Option<String>,
    /// Name of the file that it is saved as.
    pub(in crate::lint) file_name: Option<String>,
    /// Whether it has a Content-ID.
    pub(in crate::lint) has_id: bool,
    /// Whether its bytes are sent as they are (7bit, 8bit, binary).
    pub(in crate::lint) is_plain: bool,
    /// Whether its encoding says that every byte is ASCII.
    pub(in crate::lint) says_ascii: bool,
    /// Whether it is attached, and another part is the same to be shown.
    pub(in crate::lint) is_copy: bool,
    /// What it holds, decoded; nothing if it is a multipart.
    pub(in crate::lint) decoded: Vec<u8>,
}

/// Where a part stands.
pub(in crate::lint) struct Place {
    /// In which of the parts.
    pub(in crate::lint) parent: usize,
    /// At which place there, from 0.
    pub(in crate::lint) at: usize,
    /// Of how many.
    pub(in crate::lint) of: usize,
}

impl Part {
    /// Value of a parameter of its Content-Type.
    pub(in crate::lint) fn parameter(&self, name: &str) -> Option<&str> {
        let mut parameters = self.parameters.iter();
        let (_, value) = parameters.find(|(found, _)| found == name)?;
        Some(value)
    }

    /// Whether mail programs look for an invitation in it.
    pub(in crate::lint) fn is_inline_calendar(&self) -> bool {
        self.kind == "text/calendar" && !self.is_copy
    }

    /// Whether it is a calendar to be saved.
    pub(in crate::lint) fn is_calendar_file(&self) -> bool {
        let is_named = self
            .file_name
            .as_deref()
            .is_some_and(|name| name.to_ascii_lowercase().ends_with(".ics"));
        let is_calendar = ["text/calendar", "application/ics"].contains(&self.kind.as_str());
        !self.is_inline_calendar() && (is_calendar || is_named)
    }

    /// Whether it is a whole mail in Microsoft's own form ([MS-OXTNEF]).
    pub(in crate::lint) fn is_tnef(&self) -> bool {
        let is_named = self.file_name.as_deref();
        is_named.is_some_and(|name| name.eq_ignore_ascii_case("winmail.dat"))
            || ["application/ms-tnef", "application/vnd.ms-tnef"].contains(&self.kind.as_str())
    }

    /// Whether people read it in the mail.
    pub(in crate::lint) fn is_text(&self) -> bool {
        ["text/plain", "text/html"].contains(&self.kind.as_str()) && !self.is_attached()
    }

    fn is_attached(&self) -> bool {
        self.disposition.as_deref() == Some("attachment")
    }
}

/// All parts of a mail.
pub(super) fn of(bytes: &[u8]) -> Vec<Part> {
    let Some(message) = MessageParser::default().parse(bytes) else {
        return Vec::new();
    };
    let mut walk = Walk {
        lines: line_starts(bytes),
        bytes,
        message: &message,
        parts: Vec::new(),
    };
    walk.take(0, String::new(), None);
    mark_copies(&mut walk.parts);
    walk.parts
}

/// A mail that is attached to another one as a whole.
pub(super) fn forwarded(bytes: &[u8]) -> Option<Vec<u8>> {
    let message = MessageParser::default().parse(bytes)?;
    let inner = message.parts.iter().find_map(|part| {
        let PartType::Message(inner) = &part.body else {
            return None;
        };
        let place = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
        match part.encoding {
            // mail-parser gives the whole of the mail around it then.
            Encoding::None => {
                let body = bytes.get(place(part.offset_body)..place(part.offset_end))?;
                Some(body.to_vec())
            }
            _ => Some(inner.raw_message.to_vec()),
        }
    })?;
    // Each is smaller than the one around it, or there is no end to it.
    (inner.len() < bytes.len()).then_some(inner)
}

/// An attached calendar is the invitation only where nothing else is.
fn mark_copies(parts: &mut [Part]) {
    let is_calendar = |part: &&mut Part| part.kind == "text/calendar";
    let has_shown = parts
        .iter()
        .any(|p| p.kind == "text/calendar" && !p.is_attached());
    for part in parts.iter_mut().filter(is_calendar).filter(|_| has_shown) {
        part.is_copy = part.is_attached();
    }
}

fn line_starts(bytes: &[u8]) -> Vec<usize> {
    let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    std::iter::once(0)
        .chain(ends.map(|(at, _)| at + 1))
        .collect()
}

struct Walk<'m, 'b> {
    bytes: &'b [u8],
    lines: Vec<usize>,
    message: &'m Message<'b>,
    parts: Vec<Part>,
}

impl Walk<'_, '_> {
    /// Takes a part and those inside it; the depth is that of its number.
    fn take(&mut self, id: u32, number: String, place: Option<Place>) {
        let depth = number.matches('.').count();
        let Some(part) = self.message.part(id) else {
            return;
        };
        if self.parts.len() == MOST || depth == DEEPEST {
            return;
        }
        let at = self.parts.len();
        let children = match &part.body {
            PartType::Multipart(children) => children.as_slice(),
            _ => &[],
        };
        let is_whole = number.is_empty();
        let own = match (is_whole, children.is_empty()) {
            (true, true) => "1".to_owned(),
            (true, false) => "0".to_owned(),
            _ => number.clone(),
        };
        let read = self.read(part, own, place);
        self.parts.push(read);
        for (nth, child) in children.iter().take(MOST).enumerate() {
            let inside = match is_whole {
                true => (nth + 1).to_string(),
                false => format!("{number}.{}", nth + 1),
            };
            let place = Place {
                parent: at,
                at: nth,
                of: children.len(),
            };
            self.take(*child, inside, Some(place));
        }
    }

    fn read(&self, part: &MessagePart<'_>, number: String, place: Option<Place>) -> Part {
        let content_type = part.content_type();
        let disposition = part.content_disposition();
        let attributes = content_type.and_then(|kind| kind.attributes.as_ref());
        let kind = content_type.map_or("text/plain".to_owned(), |kind| {
            format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_ascii_lowercase()
        });
        let parameters = attributes.into_iter().flatten();
        Part {
            number,
            line: self.line(part.offset_header),
            kind,
            parameters: parameters
                .map(|a| (a.name.to_ascii_lowercase(), a.value.to_string()))
                .collect(),
            place,
            disposition: disposition.map(|d| d.ctype().to_ascii_lowercase()),
            file_name: part.attachment_name().map(str::to_owned),
            has_id: part.content_id().is_some(),
            is_plain: part.encoding == Encoding::None,
            says_ascii: part
                .content_transfer_encoding()
                .is_none_or(|encoding| encoding.eq_ignore_ascii_case("7bit")),
            is_copy: false,
            decoded: self.decode(part),
        }
    }

    /// Its bytes, without any change of characters; that of 8bit parts ends with its last line.
    fn decode(&self, part: &MessagePart<'_>) -> Vec<u8> {
        if matches!(part.body, PartType::Multipart(_) | PartType::Message(_)) {
            return Vec::new();
        }
        let place = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
        let body = place(part.offset_body)..place(part.offset_end);
        let raw = self.bytes.get(body).unwrap_or_default();
        match part.encoding {
            Encoding::Base64 => base64_decode(raw).unwrap_or_default(),
            Encoding::QuotedPrintable => quoted_printable_decode(raw).unwrap_or_default(),
            Encoding::None => {
                let mut whole = raw.to_vec();
                // The line end before a boundary is the boundary's.
                if !whole.is_empty() && !whole.ends_with(b"\n") {
                    whole.extend_from_slice(b"\r\n");
                }
                whole
            }
        }
    }

    fn line(&self, offset: u32) -> usize {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        self.lines.partition_point(|start| *start <= offset).max(1)
    }
}
