//! Mails, whole and broken.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{GOOD, MAIL, find_all, finds, replace, to_bytes};
use crate::lint::lint;

/// A piece of the good mail replaced by another, and what must be found then. Calendars in it are
/// still `@CALENDAR@`.
#[rustfmt::skip]
const BROKEN: &[(&str, &str, &str)] = &[
    // parts
    ("; method=REQUEST", "", "mail-method-missing"),
    ("; method=REQUEST", "; method=CANCEL", "mail-method-differs"),
    ("; charset=UTF-8; method", "; method", "mail-charset"),
    ("; charset=UTF-8; method", "; charset=iso-8859-1; method", "mail-charset"),
    ("method=REQUEST\n", "method=REQUEST\nContent-Disposition: inline\n", "mail-calendar-disposition"),
    ("method=REQUEST\n", "method=REQUEST\nContent-ID: <a@example.com>\n", "mail-calendar-disposition"),
    ("method=REQUEST\n", "method=REQUEST\nContent-Disposition: attachment; filename=invite.ics\n", "mail-calendar-attached"),
    ("text/calendar; charset=UTF-8; method=REQUEST", "application/octet-stream", "mail-no-calendar"),
    ("@CALENDAR@\n--inner--", "@CALENDAR@\n--inner\n\nlast\n--inner--", "mail-calendar-not-last mail-text-incomplete"),
    ("--outer\nContent-Type: multipart/alternative", "--outer\n\n+1 425 555 0100 1234567\n--outer\nContent-Type: multipart/alternative", "mail-calendar-not-first"),
    ("multipart/alternative", "multipart/related", "mail-no-alternative"),
    ("@CALENDAR@\n--inner--", "@CALENDAR@\n--inner\nContent-Type: text/calendar; charset=UTF-8; method=REQUEST\nContent-Transfer-Encoding: 8bit\n\n@CALENDAR@\n--inner--", "mail-calendar-not-last mail-several-calendars"),
    ("filename=\"invite.ics\"\n\n@CALENDAR@", "filename=\"invite.ics\"\n\n@OTHER@", "mail-attachment-differs"),
    ("method=REQUEST\nContent-Transfer-Encoding: 8bit", "method=REQUEST", "mail-bytes-not-declared"),
    // what people read
    ("Content-Type: text/plain; charset=utf-8", "Content-Type: text/enriched; charset=utf-8", "mail-no-plain-text"),
    ("+1 425 555 0100\nConference", "Conference", "mail-text-incomplete"),
    ("Conference ID: 1234567\n", "", "mail-text-incomplete"),
    ("Passcode: 20260322", "Passcode: 20260322\nPIN: 12345", "printed-pin"),
    ("href=3D\"https:", "href=3D\"data:", "link-scheme"),
    ("tel:+14255550100,,1234567", "tel:+14255550100,,1234567#", "tel-hash"),
    ("<p>", "<p><script>x</script>", "active-html"),
    // headers
    ("Subject: Budget 2027", "Subject: Žofie", "mail-raw-header"),
    ("Subject: Budget 2027", "Subject: Budget 20260322", "mail-passcode-in-header"),
    ("Subject: Budget 2027", "Subject: =?utf-8?Q?Budget_2026032?= =?utf-8?Q?2?=", "mail-passcode-in-header"),
    ("Subject: Budget 2027", "Subject: Budget 2027\nwhat is this", "mail-no-header"),
    ("Subject: Budget 2027", "Subject: Budget 2027\nSubject: again", "mail-repeated-header"),
    ("Subject: Budget 2027", "Subject: Budget 2027\nBcc: cy@example.org", "mail-bcc"),
    ("Message-ID: <5f5f5f5f.2@example.com>\n", "", "mail-missing-header"),
    ("MIME-Version: 1.0\n", "", "mail-missing-header"),
    // people
    ("Cc: bo@example.com", "Cc: cy@example.org", "mail-uninvited-recipient"),
    ("<ana@example.com>", "<noreply@example.com>", "mail-from-other"),
    ("Cc: bo@example.com", "Cc: bo@example.com\nSender: di@example.com", "mail-sender-other"),
];

fn mail(text: &str) -> Vec<u8> {
    let calendar = String::from_utf8(to_bytes(GOOD)).unwrap();
    let other = String::from_utf8(to_bytes(&GOOD.replace("SEQUENCE:2", "SEQUENCE:1"))).unwrap();
    let text = text.replace('\n', "\r\n");
    let text = text
        .replace("@CALENDAR@", &calendar)
        .replace("@OTHER@", &other);
    text.into_bytes()
}

#[test]
fn a_good_mail_is_passed_in_silence() {
    let bytes = mail(MAIL);
    assert_eq!(lint(&bytes, None).len(), 0, "{:#?}", lint(&bytes, None));
    let kept = String::from_utf8(bytes).unwrap().replace("\r\n", "\n");
    assert_eq!(lint(kept.as_bytes(), None).len(), 0, "as Unix keeps it");
}

#[test]
fn each_way_to_break_a_mail_is_found_and_nothing_else() {
    find_all(BROKEN, |from, to| mail(&replace(MAIL, from, to)));
}

#[test]
fn lines_of_a_mail_are_looked_at_as_they_lie() {
    let good = String::from_utf8(mail(MAIL)).unwrap();
    finds(
        replace(&good, "Subject: Budget 2027\r\n", "Subject: Budget 2027\n").as_bytes(),
        None,
        "mail-mixed-line-ends",
    );
    let long = format!("Subject: {}\r\n", "Budget ".repeat(150));
    finds(
        replace(&good, "Subject: Budget 2027\r\n", &long).as_bytes(),
        None,
        "mail-long-line",
    );
    let calendar = String::from_utf8(to_bytes(GOOD)).unwrap();
    let bare = replace(&good, &calendar, &calendar.replace("\r\n", "\n"));
    finds(
        bare.as_bytes(),
        None,
        "bare-lf mail-attachment-differs mail-mixed-line-ends",
    );
}

#[test]
fn a_calendar_is_looked_at_however_it_is_encoded() {
    let broken = to_bytes(&replace(GOOD, "STATUS:CONFIRMED", "STATUS:MAYBE"));
    let base64: String = BASE64
        .encode(&broken)
        .as_bytes()
        .chunks(76)
        .map(|line| format!("{}\n", std::str::from_utf8(line).unwrap()))
        .collect();
    let text = MAIL.replace(
        "8bit\n\n@CALENDAR@\n--inner",
        &format!("base64\n\n{base64}\n--inner"),
    );
    let text = text.replace(
        "8bit\nContent-Disposition: attachment; filename=\"invite.ics\"\n\n@CALENDAR@",
        &format!("base64\nContent-Disposition: attachment; filename=\"invite.ics\"\n\n{base64}"),
    );
    assert!(!text.contains("@CALENDAR@"), "{text}");
    let findings = lint(text.replace('\n', "\r\n").as_bytes(), None);
    let lines = String::from_utf8(broken).unwrap();
    let line = lines
        .lines()
        .position(|line| line == "STATUS:MAYBE")
        .unwrap()
        + 1;
    let found: Vec<_> = findings
        .iter()
        .map(|f| (f.rule.id, f.part.as_deref(), f.place.line))
        .collect();
    assert_eq!(found, [("unknown-status", Some("1.3"), line)]);
}

#[test]
fn a_delegate_may_send() {
    let calendar = GOOD.replace(
        "ORGANIZER;CN",
        "ORGANIZER;SENT-BY=\"mailto:di@example.com\";CN",
    );
    let calendar = String::from_utf8(to_bytes(&calendar)).unwrap();
    for (from, to) in [
        ("ana@example.com", "di@example.com"),
        (
            "Cc: bo@example.com",
            "Cc: bo@example.com\nSender: Di <di@example.com>",
        ),
    ] {
        let text = replace(MAIL, from, to)
            .replace('\n', "\r\n")
            .replace("@CALENDAR@", &calendar);
        finds(text.as_bytes(), None, "");
    }
}
