//! Whatever comes: rules end, and do not fall.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{GOOD, MAIL, to_bytes};
use crate::lint::{Purpose, lint, rules};

/// Pieces that rules look for, so that random files are not all alike.
const PIECES: [&str; 30] = [
    "BEGIN:VCALENDAR",
    "END:VCALENDAR",
    "BEGIN:VEVENT",
    "END:VEVENT",
    "BEGIN:VTIMEZONE",
    "BEGIN:STANDARD",
    "END:STANDARD",
    "TZID:Europe/Prague",
    "DTSTART:",
    ";TZID=Europe/Prague:",
    "RRULE:FREQ=YEARLY;BYDAY=",
    "20270302T100000",
    "\r\n",
    "\n",
    "\r\n ",
    ";CN=\"",
    "\"",
    ",",
    ":",
    "\\",
    "TZOFFSETTO:+9999",
    "ATTENDEE:mailto:",
    "CONFERENCE:tel:+",
    "DESCRIPTION:pin 1",
    "X-ALT-DESC:<a href=&#x",
    "From: a@example.com\r\n",
    "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n",
    "Content-Type: text/calendar; method=\r\n\r\n",
    "Content-Transfer-Encoding: base64\r\n",
    "Ž",
];

fn survives(bytes: &[u8]) {
    for purpose in [None, Some(Purpose::Mail), Some(Purpose::Caldav)] {
        for finding in lint(bytes, purpose) {
            assert!(finding.place.line > 0, "{}", finding.rule.id);
            assert!(
                !finding.message.contains(char::is_control),
                "{}",
                finding.message
            );
            assert!(finding.message.len() < 1000, "{}", finding.message);
            assert!(finding.message.ends_with(['.', ')']), "{}", finding.message);
        }
    }
}

/// The good one with some bytes replaced, removed or added.
fn spoil(good: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let place = 0..good.len();
    let change = (place, 0..40_usize, prop::collection::vec(any::<u8>(), 0..6));
    prop::collection::vec(change, 1..6).prop_map(move |changes| {
        let mut bytes = good.clone();
        for (at, length, new) in changes {
            let at = at.min(bytes.len());
            let end = (at + length).min(bytes.len());
            bytes.splice(at..end, new);
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn random_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        survives(&bytes);
    }

    #[test]
    fn random_pieces_do_no_harm(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60)) {
        survives(pieces.concat().as_bytes());
    }

    #[test]
    fn a_spoilt_invitation_does_no_harm(bytes in spoil(to_bytes(GOOD))) {
        survives(&bytes);
    }

    #[test]
    fn a_spoilt_mail_does_no_harm(bytes in spoil(MAIL.replace('\n', "\r\n").into_bytes())) {
        survives(&bytes);
    }
}

#[test]
fn large_files_take_no_longer_than_their_size() {
    let begin = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n";
    let nested = "BEGIN:A\r\n".repeat(200_000);
    for file in [
        nested,
        format!(
            "{begin}{}",
            "BEGIN:VEVENT\r\nUID:a\r\nEND:VEVENT\r\n".repeat(60_000)
        ),
        format!(
            "{begin}BEGIN:VEVENT\r\n{}",
            "ATTENDEE;CN=a:mailto:a@example.com\r\n".repeat(90_000)
        ),
        format!(
            "{begin}BEGIN:VEVENT\r\nDTSTART;TZID=X:1\r\nA{}:b",
            ";P=1".repeat(500_000)
        ),
        format!(
            "{begin}BEGIN:VEVENT\r\nX-ALT-DESC:{}",
            "<a href=".repeat(300_000)
        ),
        format!(
            "{begin}BEGIN:VEVENT\r\nDESCRIPTION:{}",
            "pin 123 ".repeat(300_000)
        ),
        format!(
            "{begin}BEGIN:VEVENT\r\nRRULE:{}",
            "FREQ=DAILY;".repeat(300_000)
        ),
        format!("From: a\r\n{}", "\r\n--a\r\n".repeat(300_000)),
        format!(
            "From: a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n{}",
            "--a\r\n\r\n".repeat(200_000)
        ),
        format!(
            "From: a\r\n{}",
            "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n".repeat(20_000)
        ),
        format!("From: a\r\nTo: {}", "a@example.com, ".repeat(200_000)),
    ] {
        let begun = Instant::now();
        let findings = lint(file.as_bytes(), None);
        assert!(findings.len() < 100 * rules().count());
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{:.60} {:?}",
            file,
            begun.elapsed()
        );
    }
}

#[test]
fn what_is_too_large_is_said_to_be() {
    let calendar = format!("BEGIN:VCALENDAR\r\n{}", "X:y\r\n".repeat(1_000_000));
    assert_eq!(lint(calendar.as_bytes(), None)[0].rule.id, "too-large");
    // Small, but of more lines than are looked at: nothing is said of what may be behind them.
    let calendar = format!(
        "BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n",
        "X:y\r\n".repeat(100_001)
    );
    let findings = lint(calendar.as_bytes(), None);
    let rules: Vec<&str> = findings.iter().map(|finding| finding.rule.id).collect();
    assert_eq!(rules, ["too-large"]);
}
