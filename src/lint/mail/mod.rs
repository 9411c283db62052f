//! A mail around an invitation (iMIP, RFC 6047): its parts, its headers, and the calendar in it.

mod body;
mod headers;
mod parts;
mod people;
mod structure;

use crate::icalendar::{decode_as_likely, unfold};
use crate::lint::link;
use crate::lint::object::Calendar;
use crate::lint::text::Text;
use crate::lint::{
    Check, Finding, Hits, LARGEST_CALENDAR, LARGEST_MAIL, Purpose, Rule, calendar, physical, rules,
};

pub(super) use parts::Part;

/// Rules about the parts.
pub(super) const STRUCTURE: &[Rule] = structure::RULES;
/// Rules about what people read.
pub(super) const BODY: &[Rule] = body::RULES;
/// Rules about headers and lines.
pub(super) const HEADERS: &[Rule] = headers::RULES;
/// Rules about senders and recipients.
pub(super) const PEOPLE: &[Rule] = people::RULES;

/// A mail, taken apart.
pub(super) struct Mail<'b> {
    /// The file.
    pub(super) bytes: &'b [u8],
    /// Headers of the mail itself.
    pub(super) headers: Vec<Header>,
    /// All parts, in the order in which they stand; the first one is the whole.
    pub(super) parts: Vec<Part>,
    /// The calendar that mail programs would show.
    pub(super) calendar: Option<Calendar<'b>>,
}

/// One header field, unfolded.
pub(super) struct Header {
    /// Line of its name.
    pub(super) line: usize,
    /// In lower case; empty if the line is no header.
    pub(super) name: String,
    /// As written, without decoding; bytes that are no UTF-8 are replaced.
    pub(super) raw: String,
}

/// The calendar that mail programs would show of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailedCalendar {
    /// As it was before it was encoded for the mail.
    pub bytes: Vec<u8>,
    /// The charset that its part names.
    pub charset: Option<String>,
    /// The method that its part names (RFC 6047 2.4).
    pub method: Option<String>,
}

impl MailedCalendar {
    fn of(part: &Part) -> Self {
        Self {
            bytes: part.decoded.clone(),
            charset: part.parameter("charset").map(str::to_owned),
            method: part.parameter("method").map(str::to_owned),
        }
    }

    /// What it says, without how it is folded and what it is sent for.
    fn said(&self) -> Option<Vec<String>> {
        let decoded = decode_as_likely(&self.bytes, self.charset.as_deref()).ok()?;
        let lines = unfold(&decoded.text).filter(|line| !line.starts_with("METHOD"));
        Some(lines.collect())
    }
}

/// A mail without a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCalendar {
    /// Exchange has put it into a form that only Outlook reads ([MS-OXTNEF]).
    #[error(
        "the mail has its meeting in winmail.dat (TNEF), which only Outlook reads: have it sent anew as \
         iCalendar, which is a setting of Exchange (TNEFEnabled $false)"
    )]
    Tnef,
    /// There is none.
    #[error("the mail has no calendar in it: expected a part text/calendar, or an .ics file")]
    None,
}

/// Takes the calendars out of a mail, or of an mbox file with one: the one that mail programs show is the first,
/// and others follow if they say something else. There is at least one.
pub fn calendars_of_mail(bytes: &[u8]) -> Result<Vec<MailedCalendar>, NoCalendar> {
    let parts = parts::of(bytes);
    let shown = parts.iter().filter(|p| p.is_inline_calendar());
    let files = parts.iter().filter(|p| p.is_calendar_file());
    let mut found: Vec<MailedCalendar> = Vec::new();
    for calendar in shown.chain(files).map(MailedCalendar::of) {
        if found.iter().all(|other| other.said() != calendar.said()) {
            found.push(calendar);
        }
    }
    if !found.is_empty() {
        return Ok(found);
    }
    match parts::forwarded(bytes) {
        Some(inner) => calendars_of_mail(&inner),
        None if parts.iter().any(Part::is_tnef) => Err(NoCalendar::Tnef),
        None => Err(NoCalendar::None),
    }
}

/// Looks at a mail, the texts in it and its calendar.
pub(super) fn lint(bytes: &[u8]) -> Vec<Finding> {
    if bytes.len() > LARGEST_MAIL {
        let mut hits = Hits::new(&rules::TOO_LARGE, None);
        hits.add(1, "The mail has more than 32 MiB.");
        return hits.found;
    }
    // Unix keeps mails with LF, and mail servers put the CR back.
    let is_kept = !physical::lines(bytes).any(|line| line.end == physical::End::CrLf);
    match is_kept {
        true => lint_whole(&with_cr(bytes)),
        false => lint_whole(bytes),
    }
}

fn with_cr(bytes: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    for line in physical::lines(bytes) {
        written.extend_from_slice(line.bytes);
        if line.end == physical::End::Lf {
            written.extend_from_slice(b"\r\n");
        }
    }
    written
}

fn lint_whole(bytes: &[u8]) -> Vec<Finding> {
    let parts = parts::of(bytes);
    let shown = parts.iter().find(|p| p.is_inline_calendar());
    let shown = shown.or_else(|| parts.iter().find(|p| p.is_calendar_file()));
    let calendar_bytes = shown.map(unicode).unwrap_or_default();
    let number = shown.map(|part| part.number.clone());
    let read = number
        .as_ref()
        .filter(|_| calendar_bytes.len() <= LARGEST_CALENDAR)
        .map(|_| Calendar::read(&calendar_bytes, Some(Purpose::Mail)));
    let mail = Mail {
        bytes,
        headers: headers::of(bytes),
        parts,
        calendar: read,
    };
    let mut findings = of_mail(&mail);
    if let Some(number) = number {
        findings.extend(calendar(
            &calendar_bytes,
            Some(&number),
            Some(Purpose::Mail),
        ));
    }
    findings
}

/// A calendar in the charset that its part names; what names none stays as it is.
fn unicode(part: &Part) -> Vec<u8> {
    let charset = part.parameter("charset");
    let is_utf_8 = charset.is_none_or(|name| name.eq_ignore_ascii_case("utf-8"));
    let decoded = decode_as_likely(&part.decoded, charset).ok();
    match decoded.filter(|decoded| !is_utf_8 && decoded.guess.is_none()) {
        Some(decoded) => decoded.text.into_bytes(),
        None => part.decoded.clone(),
    }
}

fn of_mail(mail: &Mail<'_>) -> Vec<Finding> {
    let texts: Vec<(&str, Text)> = mail.parts.iter().filter_map(text).collect();
    let mut findings = Vec::new();
    for rule in rules::ALL.iter().copied().flatten() {
        let mut hits = Hits::new(rule, None);
        if let Check::Mail(check) = rule.check {
            check(mail, &mut hits);
        }
        findings.extend(hits.into_findings());
        for (part, text) in &texts {
            let mut hits = Hits::new(rule, Some(part));
            match rule.check {
                Check::Text(check) => check(text, &mut hits),
                Check::Link(check) if text.is_html => {
                    link::of_html(text)
                        .iter()
                        .for_each(|link| check(link, &mut hits));
                }
                _ => {}
            }
            findings.extend(hits.into_findings());
        }
    }
    findings
}

/// What people read of a part.
fn text(part: &Part) -> Option<(&str, Text)> {
    if !part.is_text() {
        return None;
    }
    let read = part
        .decoded
        .get(..LARGEST_CALENDAR)
        .unwrap_or(&part.decoded);
    let text = Text {
        name: part.kind.clone(),
        spot: 1.into(),
        has_lines: true,
        is_html: part.kind == "text/html",
        text: String::from_utf8_lossy(read).into_owned(),
    };
    Some((&part.number, text))
}

impl Mail<'_> {
    /// The first header of that name, in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&Header> {
        self.headers.iter().find(|header| header.name == name)
    }

    /// Parts that calendars are shown from: text/calendar that is no attachment.
    pub(super) fn inline_calendars(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.is_inline_calendar())
    }
}
