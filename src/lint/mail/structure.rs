//! The parts of a mail: where mail programs look for an invitation, and how it must be labelled.

use super::{Mail, Part};
use crate::lint::object::Calendar;
use crate::lint::{Check, Hits, Purpose, Rule, Severity, quote};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "mail-no-calendar",
        severity: Severity::Error,
        what: "no text/calendar part",
        why: "It is a mail about a meeting, not an invitation: nothing to accept.",
        fix: "Add text/calendar; method=REQUEST; charset=UTF-8 as the last part of the alternative.",
        evidence: &["RFC 6047 2.4"],
        check: Check::Mail(no_calendar),
    },
    Rule {
        id: "mail-method-missing",
        severity: Severity::Error,
        what: "a text/calendar part without the parameter method",
        why: "Outlook, Gmail and Apple Mail show an attachment without buttons.",
        fix: "Write Content-Type: text/calendar; method=REQUEST, the same as METHOD.",
        evidence: &[
            "RFC 6047 2.4",
            "RFC 5545 8.1",
            "zextras/carbonio-mailbox#835",
        ],
        check: Check::Mail(method_missing),
    },
    Rule {
        id: "mail-method-differs",
        severity: Severity::Error,
        what: "a method parameter that is not METHOD",
        why: "Outlook goes by METHOD; servers were seen to refuse the mail.",
        fix: "Write the same in both.",
        evidence: &[
            "RFC 6047 2.4",
            "[MS-STANOICAL] 2.2.168",
            "maevsi/vibetype#2368",
        ],
        check: Check::Mail(method_differs),
    },
    Rule {
        id: "mail-charset",
        severity: Severity::Warning,
        what: "a text/calendar part without charset=UTF-8",
        why: "Programs take it for ASCII or Latin-1: names and subjects are garbled.",
        fix: "Write charset=UTF-8.",
        evidence: &["RFC 6047 2.4", "RFC 5545 3.1.4"],
        check: Check::Mail(charset),
    },
    Rule {
        id: "mail-calendar-attached",
        severity: Severity::Error,
        what: "Content-Disposition: attachment on the text/calendar part",
        why: "Apple Mail, Gmail and Outlook show a file instead of an invitation.",
        fix: "Leave Content-Disposition out; attach a second copy as application/ics.",
        evidence: &["RFC 6047 2.6", "Cocoanetics/SwiftMail#176"],
        check: Check::Mail(calendar_attached),
    },
    Rule {
        id: "mail-calendar-disposition",
        severity: Severity::Warning,
        what: "Content-Disposition or Content-ID on the text/calendar part",
        why: "Thunderbird was seen to show no invitation with them.",
        fix: "Leave both out.",
        evidence: &["RFC 6047 2.6", "PHPMailer/PHPMailer#175"],
        check: Check::Mail(calendar_disposition),
    },
    Rule {
        id: "mail-calendar-not-last",
        severity: Severity::Error,
        what: "text/calendar that is not the last part of the alternative",
        why: "Programs show the last part that they understand: the text, and no buttons.",
        fix: "Order: text/plain, text/html, text/calendar.",
        evidence: &["RFC 2046 5.1.4", "[MS-OXCMAIL] 2.1.3.3.8.1"],
        check: Check::Mail(calendar_not_last),
    },
    Rule {
        id: "mail-calendar-not-first",
        severity: Severity::Error,
        what: "an invitation that is not in the first part of multipart/mixed",
        why: "Outlook looks there only: it shows an ordinary mail.",
        fix: "Put the multipart/alternative first, attachments behind it.",
        evidence: &["[MS-STANOICAL] 2.2.168", "nodemailer/nodemailer#1206"],
        check: Check::Mail(calendar_not_first),
    },
    Rule {
        id: "mail-no-alternative",
        severity: Severity::Warning,
        what: "text/calendar outside of a multipart/alternative",
        why: "Programs that know no calendars show its source, or nothing to read.",
        fix: "Put text/plain, text/html and text/calendar into one multipart/alternative.",
        evidence: &["[MS-OXCMAIL] 2.1.3.3.8.1", "Cocoanetics/SwiftMail#176"],
        check: Check::Mail(no_alternative),
    },
    Rule {
        id: "mail-several-calendars",
        severity: Severity::Warning,
        what: "several text/calendar parts to be shown",
        why: "Programs take one of them, not all the same.",
        fix: "Send a mail for each.",
        evidence: &["RFC 6047 2.4"],
        check: Check::Mail(several_calendars),
    },
    Rule {
        id: "mail-attachment-differs",
        severity: Severity::Error,
        what: "an attached .ics that differs from the text/calendar part",
        why: "Those who open the file get another meeting than those who press Accept; Exchange leaves it beside its own.",
        fix: "Attach the same bytes.",
        evidence: &["elie222/inbox-zero#3760"],
        check: Check::Mail(attachment_differs),
    },
    Rule {
        id: "mail-attachment-name",
        severity: Severity::Note,
        what: "an attached calendar that is not called invite.ics",
        why: "One user's cancellation worked only after it was renamed.",
        fix: "Call it invite.ics.",
        evidence: &["MadeiraData/sql-clr-ics#11"],
        check: Check::Mail(attachment_name),
    },
    Rule {
        id: "mail-bytes-not-declared",
        severity: Severity::Error,
        what: "a part that says 7bit and holds other bytes",
        why: "Servers strip the eighth bit or refuse the mail: names are garbled, signatures break.",
        fix: "Say 8bit, or encode as base64.",
        evidence: &["RFC 2045 6.2"],
        check: Check::Mail(bytes_not_declared),
    },
];

fn no_calendar(mail: &Mail<'_>, hits: &mut Hits) {
    if mail.inline_calendars().next().is_none() {
        hits.add(
            1,
            match mail.parts.iter().any(Part::is_tnef) {
                true => "The mail has its meeting in winmail.dat (TNEF), which only Outlook reads: Exchange sends iCalendar once TNEFEnabled is $false.",
                false => "The mail has no text/calendar part.",
            },
        );
    }
}

fn method_missing(mail: &Mail<'_>, hits: &mut Hits) {
    for part in mail
        .inline_calendars()
        .filter(|part| part.parameter("method").is_none())
    {
        hits.add(part.line, "text/calendar has no method.");
    }
}

fn method_differs(mail: &Mail<'_>, hits: &mut Hits) {
    let Some(method) = mail.calendar.as_ref().and_then(Calendar::method) else {
        return;
    };
    for part in mail.inline_calendars() {
        if let Some(says) = part
            .parameter("method")
            .filter(|says| !says.eq_ignore_ascii_case(&method))
        {
            hits.add(
                part.line,
                format!("method is {}, METHOD is {}.", quote(says), quote(&method)),
            );
        }
    }
}

fn charset(mail: &Mail<'_>, hits: &mut Hits) {
    for part in mail.inline_calendars() {
        let charset = part.parameter("charset");
        if !charset.is_some_and(|charset| charset.eq_ignore_ascii_case("utf-8")) {
            let is = charset.map_or("no charset".to_owned(), |charset| {
                format!("charset {}", quote(charset))
            });
            hits.add(part.line, format!("text/calendar has {is}."));
        }
    }
}

fn calendar_attached(mail: &Mail<'_>, hits: &mut Hits) {
    let files = mail
        .inline_calendars()
        .filter(|part| part.disposition.as_deref() == Some("attachment"));
    for part in files {
        hits.add(part.line, "The invitation is an attachment.");
    }
}

fn calendar_disposition(mail: &Mail<'_>, hits: &mut Hits) {
    for part in mail.inline_calendars() {
        let disposition = part.disposition.as_deref().filter(|d| *d != "attachment");
        if let Some(disposition) = disposition {
            hits.add(
                part.line,
                format!(
                    "text/calendar has Content-Disposition: {}.",
                    quote(disposition)
                ),
            );
        } else if part.has_id {
            hits.add(part.line, "text/calendar has a Content-ID.");
        }
    }
}

/// The kind of the part that it is in.
fn parent<'m>(mail: &'m Mail<'_>, part: &Part) -> Option<&'m Part> {
    mail.parts.get(part.place.as_ref()?.parent)
}

fn calendar_not_last(mail: &Mail<'_>, hits: &mut Hits) {
    for part in mail.inline_calendars() {
        let is_in = parent(mail, part).is_some_and(|parent| parent.kind == "multipart/alternative");
        if is_in
            && part
                .place
                .as_ref()
                .is_some_and(|place| place.at + 1 < place.of)
        {
            hits.add(part.line, "Another alternative comes after text/calendar.");
        }
    }
}

fn calendar_not_first(mail: &Mail<'_>, hits: &mut Hits) {
    for part in mail.inline_calendars() {
        if !is_first_of_mixed(mail, part) {
            hits.add(
                part.line,
                "The invitation is behind another part of multipart/mixed.",
            );
        }
    }
}

fn is_first_of_mixed(mail: &Mail<'_>, part: &Part) -> bool {
    let mut part = part;
    while let (Some(place), Some(parent)) = (&part.place, parent(mail, part)) {
        if parent.kind == "multipart/mixed" && place.at > 0 {
            return false;
        }
        part = parent;
    }
    true
}

fn no_alternative(mail: &Mail<'_>, hits: &mut Hits) {
    for part in mail.inline_calendars() {
        if parent(mail, part).is_none_or(|parent| parent.kind != "multipart/alternative") {
            hits.add(part.line, "text/calendar is in no multipart/alternative.");
        }
    }
}

fn several_calendars(mail: &Mail<'_>, hits: &mut Hits) {
    for part in mail.inline_calendars().skip(1) {
        hits.add(part.line, "This is a second text/calendar part.");
    }
}

fn attachment_differs(mail: &Mail<'_>, hits: &mut Hits) {
    let Some(shown) = mail.inline_calendars().next() else {
        return;
    };
    let files = mail.parts.iter().filter(|part| part.is_calendar_file());
    for file in files.filter(|file| !are_same(&file.decoded, &shown.decoded)) {
        let message = match difference(&file.decoded, &shown.decoded) {
            Some(name) => format!("{name} in the attachment is not the one in the mail."),
            None => "The attachment has other bytes than the calendar in the mail.".to_owned(),
        };
        hits.add(file.line, message);
    }
}

/// Servers may add or take the last line end.
fn are_same(one: &[u8], other: &[u8]) -> bool {
    one.trim_ascii_end() == other.trim_ascii_end()
}

/// The first property by which programs tell meetings apart that differs.
fn difference(one: &[u8], other: &[u8]) -> Option<&'static str> {
    let [one, other] = [one, other].map(|bytes| Calendar::read(bytes, Some(Purpose::Mail)));
    if one.method() != other.method() {
        return Some("METHOD");
    }
    let names = ["UID", "SEQUENCE", "ORGANIZER", "DTSTART"];
    names.into_iter().find(|name| {
        let value = |calendar: &Calendar<'_>| {
            let mut events = calendar.events();
            events
                .find_map(|event| event.value(name))
                .map(str::to_owned)
        };
        value(&one) != value(&other)
    })
}

fn attachment_name(mail: &Mail<'_>, hits: &mut Hits) {
    for file in mail.parts.iter().filter(|part| part.is_calendar_file()) {
        let name = file.file_name.as_deref().unwrap_or_default();
        if !name.eq_ignore_ascii_case("invite.ics") {
            hits.add(
                file.line,
                format!("The attachment is called {}.", quote(name)),
            );
        }
    }
}

fn bytes_not_declared(mail: &Mail<'_>, hits: &mut Hits) {
    for part in mail
        .parts
        .iter()
        .filter(|part| part.is_plain && part.says_ascii)
    {
        if !part.decoded.is_ascii() {
            hits.add(
                part.line,
                format!("{} says 7bit and holds other bytes.", quote(&part.kind)),
            );
        }
    }
}
