//! What people read of the mail when their program knows no calendars.

use super::Mail;
use crate::lint::rules::dialling::{digits_of_text, telephones};
use crate::lint::{Check, Hits, Rule, Severity, quote};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "mail-no-plain-text",
        severity: Severity::Warning,
        what: "no text/plain part, or an empty one",
        why: "Terminal readers, watches and those to whom it is forwarded see nothing; filters count it.",
        fix: "Write everything that is needed to join into text/plain too.",
        evidence: &[
            "RFC 2046 5.1.4",
            "neomutt/neomutt#2374",
            "zextras/carbonio-mailbox#835",
        ],
        check: Check::Mail(no_plain_text),
    },
    Rule {
        id: "mail-no-html",
        severity: Severity::Note,
        what: "no text/html part",
        why: "Outlook shows the plain text in its own font, and links that it does not know are not clickable.",
        fix: "Add text/html between text/plain and text/calendar.",
        evidence: &["[MS-OXCMAIL] 2.1.3.3.8.1"],
        check: Check::Mail(no_html),
    },
    Rule {
        id: "mail-text-incomplete",
        severity: Severity::Warning,
        what: "a text part without a number or the code that the calendar has",
        why: "Those who read that part alone can not call in.",
        fix: "Print the same numbers and the same Conference ID in every part.",
        evidence: &["RFC 2046 5.1.4", "zextras/carbonio-mailbox#835"],
        check: Check::Mail(text_incomplete),
    },
];

fn no_plain_text(mail: &Mail<'_>, hits: &mut Hits) {
    let mut plain = mail
        .parts
        .iter()
        .filter(|p| p.kind == "text/plain" && p.is_text());
    if !plain.any(|part| !part.decoded.trim_ascii().is_empty()) {
        hits.add(1, "There is no plain text to read.");
    }
}

fn no_html(mail: &Mail<'_>, hits: &mut Hits) {
    if !mail.parts.iter().any(|part| part.kind == "text/html") {
        hits.add(1, "There is no HTML to read.");
    }
}

fn text_incomplete(mail: &Mail<'_>, hits: &mut Hits) {
    let Some(event) = mail
        .calendar
        .as_ref()
        .and_then(|calendar| calendar.events().next())
    else {
        return;
    };
    // What has more numbers than a person reads is no invitation.
    let telephones: Vec<_> = telephones(event).take(50).collect();
    for part in mail.parts.iter().filter(|part| part.is_text()).take(10) {
        let text = digits_of_text(&String::from_utf8_lossy(&part.decoded));
        let number = telephones.iter().find(|telephone| !telephone.is_in(&text));
        let mut codes = telephones
            .iter()
            .filter_map(|telephone| telephone.code.as_deref());
        let code = codes.find(|code| !text.contains(code));
        if let Some(number) = number {
            hits.add(
                part.line,
                format!("{} does not have +{}.", part.kind, number.number),
            );
        } else if let Some(code) = code {
            hits.add(
                part.line,
                format!("{} does not have the code {}.", part.kind, quote(code)),
            );
        }
    }
}
