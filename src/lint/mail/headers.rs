//! The headers of a mail, and its lines (RFC 5322).

use std::collections::HashSet;

use super::{Header, Mail};
use crate::lint::physical::{self, End};
use crate::lint::rules::dialling::passcode;
use crate::lint::{Check, Hits, Rule, Severity, quote};

/// Most header fields that are read.
const MOST: usize = 2000;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "mail-long-line",
        severity: Severity::Error,
        what: "a line of more than 998 octets",
        why: "Mail servers break or refuse it; a broken calendar line is no calendar any more.",
        fix: "Encode the part as base64 or quoted-printable; fold headers.",
        evidence: &["RFC 5322 2.1.1", "RFC 5321 4.5.3.1.6"],
        check: Check::Mail(long_line),
    },
    Rule {
        id: "mail-mixed-line-ends",
        severity: Severity::Error,
        what: "lines that end with LF among lines that end with CRLF",
        why: "Servers refuse it since mails were smuggled that way, or change the lines, and with them the calendar.",
        fix: "End every line with CRLF, those of the calendar too.",
        evidence: &["RFC 5321 2.3.8", "RFC 5322 2.3"],
        check: Check::Mail(mixed_line_ends),
    },
    Rule {
        id: "mail-raw-header",
        severity: Severity::Warning,
        what: "a header with characters that are not ASCII",
        why: "Servers without SMTPUTF8 refuse the mail or garble the subject and the names.",
        fix: "Encode it: =?utf-8?…?=.",
        evidence: &["RFC 5322 2.2", "RFC 2047 2", "RFC 6532 3.2"],
        check: Check::Mail(raw_header),
    },
    Rule {
        id: "mail-no-header",
        severity: Severity::Error,
        what: "a line among the headers that is none",
        why: "Mail programs take everything from there on for the text, the calendar included.",
        fix: "Write Name: value; begin continuations with a space.",
        evidence: &["RFC 5322 2.2"],
        check: Check::Mail(no_header),
    },
    Rule {
        id: "mail-missing-header",
        severity: Severity::Warning,
        what: "no From, Date, Message-ID or MIME-Version, or nobody it is to",
        why: "Filters count what is missing; without MIME-Version the calendar is plain text to some.",
        fix: "Write all five.",
        evidence: &["RFC 5322 3.6", "RFC 2045 4"],
        check: Check::Mail(missing_header),
    },
    Rule {
        id: "mail-repeated-header",
        severity: Severity::Error,
        what: "a header twice that may be there once",
        why: "Gmail refuses the mail; programs show either.",
        fix: "Keep one; several people go into one To.",
        evidence: &["RFC 5322 3.6"],
        check: Check::Mail(repeated_header),
    },
    Rule {
        id: "mail-bcc",
        severity: Severity::Warning,
        what: "a Bcc header",
        why: "Everyone who gets the mail sees who was meant to be hidden.",
        fix: "Give these addresses to the server only (RCPT TO).",
        evidence: &["RFC 5322 3.6.3"],
        check: Check::Mail(bcc),
    },
    Rule {
        id: "mail-passcode-in-header",
        severity: Severity::Error,
        what: "the passcode in Subject or another header",
        why: "Headers are in every log on the way, and on locked phones.",
        fix: "Keep it in the text.",
        evidence: &["RFC 5322 5"],
        check: Check::Mail(passcode_in_header),
    },
];

/// The headers before the first empty line.
pub(super) fn of(bytes: &[u8]) -> Vec<Header> {
    let mut headers: Vec<Header> = Vec::new();
    for line in physical::lines(bytes).take_while(|line| !line.bytes.is_empty()) {
        let text = String::from_utf8_lossy(line.bytes);
        let is_more = text.starts_with([' ', '\t']);
        match headers.last_mut().filter(|_| is_more) {
            Some(last) => last.raw.push_str(&text),
            None => headers.push(header(line.number, &text)),
        }
        if headers.len() == MOST {
            break;
        }
    }
    headers
}

fn header(line: usize, text: &str) -> Header {
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic());
    let (name, raw) = match text
        .split_once(':')
        .filter(|(name, _)| is_name(name.trim_end()))
    {
        Some((name, value)) => (name.trim_end(), value),
        None => ("", text),
    };
    Header {
        line,
        name: name.to_ascii_lowercase(),
        raw: raw.trim_start().to_owned(),
    }
}

fn long_line(mail: &Mail<'_>, hits: &mut Hits) {
    for line in physical::lines(mail.bytes).filter(|line| line.bytes.len() > 998) {
        hits.add(
            line.number,
            format!("The line has {} octets.", line.bytes.len()),
        );
    }
}

fn mixed_line_ends(mail: &Mail<'_>, hits: &mut Hits) {
    for line in physical::lines(mail.bytes).filter(|line| line.end == End::Lf) {
        hits.add(line.number, "The line ends with LF, others with CRLF.");
    }
}

fn raw_header(mail: &Mail<'_>, hits: &mut Hits) {
    for header in mail.headers.iter().filter(|header| !header.raw.is_ascii()) {
        hits.add(
            header.line,
            format!("{} is {}.", quote(&header.name), quote(&header.raw)),
        );
    }
}

fn no_header(mail: &Mail<'_>, hits: &mut Hits) {
    // A mail in an mbox begins with one that is none.
    let headers = mail.headers.iter().filter(|header| header.name.is_empty());
    for header in headers.filter(|header| header.line > 1 || !header.raw.starts_with("From ")) {
        hits.add(header.line, format!("{} is no header.", quote(&header.raw)));
    }
}

fn missing_header(mail: &Mail<'_>, hits: &mut Hits) {
    for name in ["From", "Date", "Message-ID", "MIME-Version"] {
        if mail.header(&name.to_ascii_lowercase()).is_none() {
            hits.add(1, format!("The mail has no {name}."));
        }
    }
    if ["to", "cc", "bcc"]
        .iter()
        .all(|name| mail.header(name).is_none())
    {
        hits.add(1, "The mail is to nobody.");
    }
}

fn repeated_header(mail: &Mail<'_>, hits: &mut Hits) {
    const ONCE: [&str; 14] = [
        "from",
        "sender",
        "reply-to",
        "to",
        "cc",
        "bcc",
        "date",
        "subject",
        "message-id",
        "in-reply-to",
        "references",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
    ];
    let mut seen = HashSet::new();
    for header in mail
        .headers
        .iter()
        .filter(|header| ONCE.contains(&header.name.as_str()))
    {
        if !seen.insert(&header.name) {
            hits.add(
                header.line,
                format!("{} is there twice.", quote(&header.name)),
            );
        }
    }
}

fn bcc(mail: &Mail<'_>, hits: &mut Hits) {
    if let Some(header) = mail.header("bcc") {
        hits.add(header.line, "Bcc is in the mail.");
    }
}

fn passcode_in_header(mail: &Mail<'_>, hits: &mut Hits) {
    let texts = mail.parts.iter().filter(|part| part.kind == "text/plain");
    let texts: Vec<_> = texts
        .map(|part| String::from_utf8_lossy(&part.decoded))
        .collect();
    let codes: Vec<&str> = texts.iter().filter_map(|text| passcode(text)).collect();
    for header in &mail.headers {
        // The ids are random and may hold any digits.
        let is_random = [
            "message-id",
            "content-type",
            "date",
            "references",
            "in-reply-to",
        ]
        .contains(&header.name.as_str());
        let value = decode(&header.raw);
        let says = codes.iter().any(|code| value.contains(code)) || passcode(&value).is_some();
        if says && !is_random {
            hits.add(
                header.line,
                format!("{} says the passcode.", quote(&header.name)),
            );
        }
    }
}

/// A header as people read it (RFC 2047).
pub(super) fn decode(raw: &str) -> String {
    let line = format!("{raw}\n");
    let value = mail_parser::parsers::MessageStream::new(line.as_bytes()).parse_unstructured();
    value.as_text().unwrap_or(raw).to_owned()
}
