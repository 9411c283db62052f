//! `lint`: what it says of files, mails and of what confctl itself writes.

use std::fs;

use serde_json::Value;

use crate::desk::{Desk, Output};
use crate::meetings::{diary, json, run};

const INVITATION: &str = include_str!("../src/lint/tests/good.ics");
const MAIL: &str = include_str!("../src/lint/tests/good.eml");

/// An invitation as it is sent; its long lines are folded where RFC 5545 wants it.
fn invitation() -> String {
    let lines = INVITATION.lines().map(folded);
    lines.collect()
}

fn folded(line: &str) -> String {
    let mut text = String::new();
    let mut room = 75;
    for c in line.chars() {
        if c.len_utf8() > room {
            text += "\r\n ";
            room = 74;
        }
        text.push(c);
        room -= c.len_utf8();
    }
    text + "\r\n"
}

fn mail() -> String {
    MAIL.replace('\n', "\r\n")
        .replace("@CALENDAR@", &invitation())
}

fn desk_with(name: &str, content: &str) -> Desk {
    let desk = Desk::new();
    fs::write(desk.path(name), content).unwrap();
    desk
}

fn ids(output: &Output) -> Vec<String> {
    let found = json(output);
    let found = found.as_array().unwrap().iter();
    found
        .map(|finding| finding["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn what_is_good_is_passed_in_silence() {
    let desk = desk_with("invite.ics", &invitation());
    fs::write(desk.path("invite.eml"), mail()).unwrap();
    let output = run(&desk, &["lint", "--strict", "invite.ics", "invite.eml"]).code(0);
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
    assert_eq!(
        run(&desk, &["lint", "--json", "invite.ics"]).code(0).stdout,
        "[]\n"
    );
}

#[test]
fn a_finding_is_one_line_to_grep_and_three_to_read() {
    let broken = invitation().replace("STATUS:CONFIRMED", "STATUS:CANCELLED");
    let line = broken
        .lines()
        .position(|line| line == "STATUS:CANCELLED")
        .unwrap()
        + 1;
    let desk = desk_with("invite.ics", &broken);
    let output = run(&desk, &["lint", "invite.ics"])
        .code(1)
        .says("invite.ics: 1 error");
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(
        lines[0],
        format!(
            "invite.ics:{line}: error[request-cancelled]: A cancelled meeting is sent as a request."
        )
    );
    assert!(
        lines[1].starts_with("    why: ") && lines[2].starts_with("    fix: "),
        "{output}"
    );
    assert!(
        lines[3].starts_with("    evidence: RFC 5546 3.2.5, "),
        "{output}"
    );
    assert_eq!(lines.len(), 4, "{output}");
}

#[test]
fn the_exit_code_is_that_of_the_worst_and_strict_counts_warnings() {
    let desk = desk_with("warning.ics", &invitation().replace("\r\n", "\n"));
    run(&desk, &["lint", "warning.ics"]).code(0);
    run(&desk, &["lint", "--strict", "warning.ics"])
        .code(1)
        .says("1 warning");
    fs::write(
        desk.path("note.ics"),
        invitation()
            .replacen("SEQUENCE:2", "X-A:2", 2)
            .replace("APPT-SEQUENCE:2", "APPT-SEQUENCE:0"),
    )
    .unwrap();
    let noted = run(&desk, &["lint", "--strict", "note.ics"]).code(0);
    assert!(
        noted.stdout.contains("note[request-without-sequence]"),
        "{noted}"
    );
    run(&desk, &["lint", "missing.ics"])
        .code(2)
        .says("can't read 'missing.ics'");
    run(&desk, &["lint", "."]).code(2).says("can't read '.'");
    run(&desk, &["lint"]).code(2);
    run(&desk, &["lint", "--for", "fax", "warning.ics"])
        .code(2)
        .says("expected mail or caldav");
}

#[test]
fn programs_get_the_same_fields_for_every_finding() {
    let broken = mail().replace("; method=REQUEST", "; method=CANCEL");
    let broken = broken.replace("STATUS:CONFIRMED", "STATUS:MAYBE");
    let desk = Desk::new();
    let output = desk
        .confctl(&["lint", "--json", "-"])
        .input(broken.as_bytes())
        .run()
        .code(1);
    assert_eq!(ids(&output), ["mail-method-differs", "unknown-status"]);
    let found = json(&output);
    for finding in found.as_array().unwrap() {
        let mut names: Vec<&str> = finding
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        let expected = [
            "column", "evidence", "file", "fix", "id", "line", "message", "part", "property",
            "rule", "severity", "why",
        ];
        assert_eq!(names, expected);
    }
    assert_eq!(
        (&found[0]["part"], &found[1]["part"]),
        (&Value::Null, &Value::from("1.3"))
    );
    assert_eq!(found[0]["file"], "-");
    // The value of STATUS begins behind its colon.
    let place = (
        &found[1]["rule"],
        &found[1]["column"],
        &found[1]["property"],
    );
    assert_eq!(
        place,
        (&"unknown-status".into(), &8.into(), &"STATUS".into())
    );
    let told = desk
        .confctl(&["lint", "-"])
        .input(broken.as_bytes())
        .run()
        .code(1);
    let line = &found[1]["line"];
    assert!(
        told.stdout
            .contains(&format!("-[1.3]:{line}: warning[unknown-status]: ")),
        "{told}"
    );
}

#[test]
fn hostile_text_does_not_reach_the_terminal() {
    let broken = invitation().replace("STATUS:CONFIRMED", "STATUS:\u{1b}[2J\u{202E}x");
    let desk = desk_with("invite.ics", &broken);
    let output = run(&desk, &["lint", "invite.ics"]).code(1);
    assert!(!output.stdout.contains(['\u{1b}', '\u{202E}']), "{output}");
}

#[test]
fn every_rule_is_listed() {
    let desk = Desk::new();
    let listed = run(&desk, &["lint", "--rules"]).code(0);
    assert!(listed.stdout.lines().count() > 100, "{listed}");
    assert!(
        listed
            .stdout
            .lines()
            .all(|line| line.split('\t').count() == 5),
        "{listed}"
    );
    let rules = json(&run(&desk, &["lint", "--rules", "--json"]).code(0));
    assert_eq!(
        rules.as_array().unwrap().len(),
        listed.stdout.lines().count()
    );
    assert!(
        rules
            .as_array()
            .unwrap()
            .iter()
            .all(|rule| rule["evidence"][0].is_string())
    );
}

/// What confctl writes on its own desk, in the order of a meeting's life.
const LIFE: [&[&str]; 11] = [
    &[
        "schedule",
        "live-meeting",
        "-s",
        "Review; a, b",
        "-t",
        "tomorrow 10:00",
        "-i",
        "bo@example.com",
    ],
    &["update", "Review", "--start", "2026-12-01 9:00"],
    &["cancel", "Review", "--yes"],
    &[
        "schedule",
        "live-meeting",
        "-s",
        "Alone",
        "-t",
        "tomorrow 11:00",
    ],
    &[
        "schedule",
        "conference-call",
        "-s",
        "Sync",
        "-t",
        "monday 12:00",
        "-i",
        "bo@example.com",
        "--repeat",
        "weekly",
        "--count",
        "5",
        "--zone",
        "Europe/Prague",
    ],
    &[
        "update",
        "Sync",
        "--occurrence",
        "2026-12-07",
        "--start",
        "2026-12-08 15:00",
    ],
    &["cancel", "Sync", "--occurrence", "2026-12-14", "--yes"],
    &["cancel", "Sync", "--yes"],
    &[
        "schedule",
        "conference-call",
        "-s",
        "Cairo",
        "-t",
        "monday 12:00",
        "--repeat",
        "weekly",
        "--zone",
        "Africa/Cairo",
        "-i",
        "bo@example.com",
    ],
    &[
        "schedule",
        "conference-call",
        "-s",
        "Casablanca",
        "-t",
        "2027-02-01 12:00",
        "--repeat",
        "weekly",
        "--zone",
        "Africa/Casablanca",
        "-i",
        "bo@example.com",
    ],
    &[
        "schedule",
        "conference-call",
        "-s",
        "Universal",
        "-t",
        "monday 12:00",
        "--repeat",
        "weekly",
        "--zone",
        "UTC",
        "-i",
        "bo@example.com",
    ],
];

#[test]
fn confctl_passes_its_own_examination() {
    for format in ["ics", "eml"] {
        let desk = Desk::new();
        for words in LIFE {
            let words = [words, &["-f", format]].concat();
            let written = run(&desk, &words).code(0).stdout;
            let lint = desk.confctl(&["lint", "--strict", "-"]);
            let told = lint.input(written.as_bytes()).run();
            assert!(told.code == 0, "{words:?}\n{told}\n{written}");
        }
    }
}

#[test]
fn the_diary_holds_what_calendars_keep_and_nobody_should_be_sent() {
    let desk = Desk::new();
    LIFE.iter()
        .for_each(|words| drop(run(&desk, words).code(0)));
    let files = diary(&desk).into_iter();
    let entries: Vec<String> = files.map(|file| file.display().to_string()).collect();
    assert_eq!(entries.len(), 6);
    let mut words = vec!["lint", "--strict", "--for", "caldav"];
    words.extend(entries.iter().map(String::as_str));
    let _ = run(&desk, &words).code(0);
    let sent = ["lint", "--for", "mail", "--json", &entries[0]];
    let found = ids(&run(&desk, &sent).code(1));
    assert!(
        found.iter().any(|found| found == "missing-method"),
        "{found:?}"
    );
}
