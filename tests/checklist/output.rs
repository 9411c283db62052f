//! Points 67, 78 and 79: what comes out of the program, and what stays inside.

use std::fs;

use crate::checklist::root;
use crate::checklist::specimens::made;
use crate::desk::Desk;

/// Every format, and what its output begins with.
const FORMATS: [(&str, &str); 8] = [
    ("ics", "BEGIN:VCALENDAR\r\n"),
    ("text", "Quarterly review\n"),
    ("json", "{"),
    ("html", "<!"),
    ("eml", "Date: "),
    ("card", "Quarterly review\n"),
    ("svg", "<"),
    ("png", "\u{89}PNG"),
];

const MEETING: [&str; 9] = [
    "schedule",
    "live-meeting",
    "-s",
    "Quarterly review",
    "-t",
    "tomorrow 10:00",
    "-i",
    "bo@example.com",
    "-f",
];

#[test]
fn point_67_a_pipe_gets_the_document_and_nothing_else() {
    let desk = Desk::new();
    for (format, begin) in FORMATS.iter().filter(|(format, _)| *format != "png") {
        for flags in [&[][..], &["-v"], &["-q"]] {
            let words = [&MEETING[..], &[*format], flags].concat();
            let output = made(&desk, &words);
            assert!(output.stdout.starts_with(begin), "{format}\n{output}");
            assert!(output.stdout.ends_with('\n'), "{format}\n{output}");
            for talk in ["Understood", "Scheduled.", "practice pool, with", "\u{1B}"] {
                assert!(!output.stdout.contains(talk), "{format}: {talk}\n{output}");
            }
        }
    }
    let output = made(&desk, &[&MEETING[..], &["json"]].concat());
    assert!(
        serde_json::from_str::<serde_json::Value>(&output.stdout).is_ok(),
        "{output}"
    );
}

/// Wherever it may hide: in a line of its own, in links, in what is dialled, in the mail's parts.
#[test]
fn point_78_a_passcode_that_is_left_out_is_in_no_output() {
    const PASSCODE: &str = "80617253";
    for kind in ["live-meeting", "conference-call"] {
        let desk = Desk::new();
        let chosen = ["--passcode", PASSCODE, "--id", "new", "--no-passcode"];
        let head = [
            "schedule",
            kind,
            "-s",
            "Quarterly review",
            "-t",
            "tomorrow 10:00",
        ];
        let people = ["-i", "bo@example.com", "--repeat", "weekly", "--count", "4"];
        let first = made(&desk, &[&head[..], &people, &chosen].concat());
        absent(PASSCODE, &first.stdout, "schedule");
        for (format, _) in FORMATS {
            let file = format!("invitation.{format}");
            let _ = made(&desk, &["invite", "quarterly", "-f", format, "-o", &file]);
            let bytes = fs::read(desk.path(&file)).unwrap();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            absent(PASSCODE, &text, format);
            absent(PASSCODE, &decoded(&text), format);
        }
        for words in [
            &["update", "quarterly", "-s", "Budget"][..],
            &[
                "update",
                "budget",
                "--occurrence",
                "2026-11-30",
                "-t",
                "15:00",
            ],
            &["update", "budget", "-t", "tomorrow 11:00"],
            &["invite", "budget", "--cancel-for", "bo@example.com"],
            &["cancel", "budget", "--yes"],
        ] {
            absent(PASSCODE, &made(&desk, words).stdout, words[0]);
        }
    }
}

#[track_caller]
fn absent(passcode: &str, text: &str, name: &str) {
    let text = text
        .replace("\r\n ", "")
        .replace("=\r\n", "")
        .replace("=\n", "");
    assert!(!text.contains(passcode), "{name}\n{text}");
}

/// The parts of a mail that are in base64 (RFC 4648), as text.
fn decoded(mail: &str) -> String {
    let mut parser = mail.split("Content-Transfer-Encoding: base64");
    let _ = parser.next();
    let parts = parser.filter_map(|part| {
        let body: String = part.split("\n--").next()?.split_whitespace().collect();
        openssl::base64::decode_block(&body).ok()
    });
    parts
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect()
}

/// Live Meeting, online meeting, conference call, series, changed occurrence (sent by a delegate), cancellation,
/// no dial-in. Forty regions with Japanese names are point 33.
#[test]
fn point_79_there_is_a_golden_file_of_every_sort() {
    for name in [
        "live_meeting",
        "online_meeting",
        "conference_call",
        "meet_now",
        "endless_series",
        "updated",
        "changed_occurrence",
        "cancelled_series",
        "without_dial_in",
    ] {
        for format in [
            "ics", "text", "html", "card", "eml", "json", "ics_cs", "html_cs",
        ] {
            let file = format!(
                "src/invitation/tests/snapshots/confctl__invitation__tests__formats__{name}_{format}.snap"
            );
            assert!(root().join(&file).is_file(), "{file}");
        }
    }
}
