//! One key, one meeting: a repeat is told as one, and anything else under the key is a conflict.

use std::fs;

use serde_json::json;

use crate::desk::{Desk, Output};
use crate::meetings;

const FIRST: &str = "schedule live-meeting -s 'Quarterly review' -t '2026-12-01 14:00' -d 1h \
                     -i bo@example.com --key review-47";

#[track_caller]
fn is_a_conflict(desk: &Desk, line: &str) {
    let output = desk.run(line).code(8);
    assert_eq!(output.stdout, "", "{output}");
    assert!(
        output
            .stderr
            .contains("--key 'review-47' made 'Quarterly review'"),
        "{output}"
    );
    assert_eq!(meetings::diary(desk).len(), 1, "{line}");
    assert_eq!(meetings::listed(desk, &["--all"]).len(), 1, "{line}");
    let _ = desk
        .run("resume --list")
        .code(0)
        .says("Nothing is unfinished.");
}

/// What a request is: whatever differs is another meeting.
#[test]
fn a_key_with_other_facts_is_a_conflict() {
    let desk = Desk::new();
    let first = desk.run(FIRST).code(0);
    assert!(!first.stderr.contains("exists already"), "{first}");
    for (from, to) in [
        ("live-meeting", "conference-call --id new"),
        ("Quarterly", "Yearly"),
        ("14:00", "14:30"),
        ("12-01", "12-08"),
        ("-d 1h", "-d 2h"),
        ("bo@", "cy@"),
        ("-i bo@", "-i cy@example.com,bo@"),
        ("-i bo@", "--optional bo@"),
        ("-i bo@", "--presenter bo@"),
        ("--key", "--room r1@example.com --key"),
        ("--key", "--note 'Bring numbers' --key"),
        ("--key", "--access closed --key"),
        ("--key", "--no-dial-in --key"),
        ("--key", "--passcode 47114711 --key"),
        ("--key", "--region France --key"),
        ("--key", "--promote everyone --key"),
        ("--key", "--repeat weekly --count 3 --key"),
        ("--key", "--lang de --key"),
    ] {
        let line = FIRST.replace(from, to);
        assert_ne!(line, FIRST, "{from}");
        is_a_conflict(&desk, &line);
    }
}

/// Where the invitation goes, and other words for the same, are no other meeting.
#[test]
fn a_plain_repeat_says_that_it_exists_already() {
    let desk = Desk::new();
    let first = desk.run(FIRST).code(0);
    for (from, to) in [
        ("", ""),
        ("-d 1h", "--end 15:00"),
        ("-d 1h", "--end '2026-12-01 15:00'"),
        ("-d 1h", "-d 60m"),
        ("'2026-12-01 14:00'", "2026-12-01T15:00+01:00"),
        ("'2026-12-01 14:00'", "'1 December 2026 14:00'"),
        ("bo@example.com", "'Bo <BO@example.com>'"),
    ] {
        let line = FIRST.replacen(from, to, 1);
        let again = desk.run(&line).code(0);
        assert_eq!(again.stdout, first.stdout, "{line}");
        assert!(again.stderr.contains("It exists already"), "{again}");
        assert!(!again.stderr.contains("Scheduled."), "{again}");
    }
    let to_file = desk.run(&format!("{FIRST} -o again.ics")).code(0);
    assert_eq!(to_file.stdout, "");
    assert_eq!(
        fs::read_to_string(desk.path("again.ics")).unwrap(),
        first.stdout
    );
    let as_text = desk.run(&format!("{FIRST} -f text")).code(0);
    assert!(as_text.stdout.contains("Conference ID: "), "{as_text}");
    let sent = desk.run(&format!("{FIRST} --send=folder:mails")).code(0);
    assert!(sent.stderr.contains("nobody is mailed now"), "{sent}");
    assert_eq!(meetings::listed(&desk, &[]).len(), 1);
}

#[test]
fn json_says_whether_it_was_there() {
    let desk = Desk::new();
    let is_repeated = |output: Output| meetings::json(&output.code(0))["repeated"].clone();
    let line = format!("{FIRST} -f json");
    assert_eq!(is_repeated(desk.run(&line)), json!(false));
    assert_eq!(is_repeated(desk.run(&line)), json!(true));
    assert_eq!(
        is_repeated(desk.run("meet-now live-meeting --key now -f json")),
        json!(false)
    );
    assert_eq!(
        is_repeated(desk.run("meet-now live-meeting --key now -f json")),
        json!(true)
    );
}

/// A meeting that was changed since is still the one that its key made.
#[test]
fn a_repeat_after_a_change_gives_the_meeting_as_it_is_now() {
    let desk = Desk::new();
    let _ = desk.run(FIRST).code(0);
    let _ = desk
        .run("update quarterly -s 'Yearly review' -t 16:00 --yes")
        .code(0);
    let again = desk.run(&format!("{FIRST} -f json")).code(0);
    let again = meetings::json(&again);
    assert_eq!(
        (&again["subject"], &again["repeated"]),
        (&json!("Yearly review"), &json!(true))
    );
    is_still_a_conflict(&desk);
}

#[track_caller]
fn is_still_a_conflict(desk: &Desk) {
    let _ = desk.run(&FIRST.replace("14:00", "16:00")).code(8);
}

/// The key of something that is not finished stands for it, too.
#[test]
fn other_facts_than_those_of_what_is_unfinished_are_a_conflict() {
    let desk = Desk::new();
    let away = |line: &str| {
        let words = crate::desk::words(line);
        let run = desk
            .confctl(&words)
            .env("CONFCTL_SERVER", "tcp:127.0.0.1:9");
        run.env("CONFCTL_USER", "ana@example.com")
            .env("CONFCTL_PASSWORD", "Correct-Horse-7")
            .run()
    };
    let _ = away(FIRST).code(5);
    let other = away(&FIRST.replace("Quarterly", "Yearly")).code(8);
    assert_eq!(other.stdout, "", "{other}");
    assert!(other.stderr.contains("'Quarterly review'"), "{other}");
    let _ = away(FIRST).code(5);
}

#[test]
fn the_exit_code_stands_in_the_table() {
    let help = Desk::new().run("--help").code(0);
    let line = help
        .stdout
        .lines()
        .find(|line| line.trim_start().starts_with("8 "));
    assert!(line.unwrap().contains("--key"), "{help}");
}
