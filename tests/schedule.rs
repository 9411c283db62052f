//! `schedule`: from what is typed to the invitation.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::desk::{Desk, ServedPool, USERS};

const REVIEW: [&str; 8] = [
    "schedule",
    "live-meeting",
    "--subject",
    "Quarterly review",
    "--start",
    "tomorrow 10:00",
    "--invite",
    "bo@example.com",
];

#[test]
fn without_any_settings_a_practice_conference_is_made_and_piped_as_icalendar() {
    let desk = Desk::new();
    let output = desk
        .confctl(&REVIEW)
        .run()
        .code(0)
        .says("practice pool")
        .says("Monday 23 November 2026 10:00");
    assert!(
        output.stdout.starts_with("BEGIN:VCALENDAR\r\n")
            && output.stdout.ends_with("END:VCALENDAR\r\n")
    );
    let conference_id = output.value_of("Conference ID: ");
    assert!(
        conference_id.len() >= 5 && conference_id.bytes().all(|b| b.is_ascii_digit()),
        "{output}"
    );
    let passcode = output.value_of("Passcode: ");
    assert!(
        passcode.len() == 8 && passcode.bytes().all(|b| b.is_ascii_digit()),
        "{output}"
    );
    assert!(output.unfolded().contains("+14255550100"), "{output}");
}

#[test]
fn two_meetings_never_share_a_conference() {
    let desk = Desk::new();
    let ids: Vec<String> = (0..2)
        .map(|_| {
            desk.confctl(&REVIEW)
                .run()
                .code(0)
                .value_of("Conference ID: ")
        })
        .collect();
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn a_conference_call_uses_the_assigned_conference_unless_told_otherwise() {
    let desk = Desk::new();
    let call = [
        "schedule",
        "conference-call",
        "-s",
        "Standup",
        "-t",
        "+2h",
        "-f",
        "text",
    ];
    let first = desk.confctl(&call).run().code(0);
    let second = desk.confctl(&call).run().code(0);
    assert_eq!(
        first.value_of("Conference ID: "),
        second.value_of("Conference ID: ")
    );
    assert_eq!(first.value_of("Passcode: "), second.value_of("Passcode: "));
    assert!(
        first.unfolded().contains("conf:sip:") && !first.unfolded().contains("meet:"),
        "{first}"
    );
    let own = desk
        .confctl(&[&call[..], &["--id", "new"]].concat())
        .run()
        .code(0);
    assert_ne!(
        own.value_of("Conference ID: "),
        first.value_of("Conference ID: ")
    );
}

#[test]
fn times_are_echoed_with_their_zone() {
    let desk = Desk::new();
    let cases = [
        ("tomorrow 10:00", "Monday 23 November 2026 10:00–11:00"),
        ("next friday 9:00", "Friday 4 December 2026 09:00–10:00"),
        ("friday 9:00", "Friday 27 November 2026 09:00–10:00"),
        (
            "2026-12-01T10:00:00+02:00",
            "Tuesday 1 December 2026 08:00–09:00",
        ),
        ("+2h", "Sunday 22 November 2026 11:15–12:15"),
    ];
    for (typed, echoed) in cases {
        desk.confctl(&[
            "schedule",
            "live-meeting",
            "-s",
            "x",
            "-t",
            typed,
            "--dry-run",
        ])
        .run()
        .code(0)
        .says(echoed);
    }
    let prague = [
        "schedule",
        "live-meeting",
        "-s",
        "x",
        "-t",
        "tomorrow 10:00",
        "--zone",
        "Europe/Prague",
        "--dry-run",
    ];
    desk.confctl(&prague)
        .run()
        .code(0)
        .says("Europe/Prague (CET, +01:00)");
    let unquoted = [
        "schedule",
        "live-meeting",
        "-s",
        "x",
        "--start",
        "tomorrow",
        "10:00",
        "-d",
        "90m",
        "--dry-run",
    ];
    desk.confctl(&unquoted).run().code(0).says("10:00–11:30");
}

#[test]
fn what_is_missing_is_named_where_nobody_can_be_asked() {
    let desk = Desk::new();
    desk.confctl(&["schedule"]).run().code(2).says(
        "missing: KIND (live-meeting, online-meeting or conference-call), --subject, --start",
    );
    desk.confctl(&["schedule", "live-meeting", "-s", "x"])
        .run()
        .code(2)
        .says("missing: --start");
}

#[test]
fn bad_input_is_one_sentence_and_makes_nothing() {
    let desk = Desk::new();
    let with = |more: &[&str]| {
        [&["schedule", "live-meeting", "-t", "tomorrow 10:00"], more]
            .concat()
            .join("\u{1F}")
    };
    let cases = [
        (with(&["-s", "a\u{7}b"]), "control character"),
        (with(&["-s", " "]), "the subject is empty"),
        (
            with(&["-s", "x", "-i", "nobody"]),
            "'nobody' is not a mail address",
        ),
        (with(&["-s", "x", "--passcode", "12"]), "4 to 16 digits"),
        (with(&["-s", "x", "--zone", "Europe/Prag"]), "Europe/Prague"),
        (with(&["-s", "x", "-d", "forever"]), "forever"),
        (
            with(&["-s", "x", "--end", "tomorrow 9:00"]),
            "not after the start",
        ),
        (with(&["-s", "x", "--id", "assigned"]), "Live Meeting"),
        (
            with(&["-s", "x", "--region", "Atlantis"]),
            "no dial-in region 'Atlantis'",
        ),
        (
            with(&["-s", "x", "--access", "open", "--passcode", "12345678"]),
            "passcode is for anonymous people",
        ),
        (
            with(&["-s", "x", "--note", "bell\u{7}"]),
            "control characters",
        ),
        (
            with(&["-s", "x", "-o", "/nowhere/at/all.ics"]),
            "/nowhere/at/all.ics",
        ),
        (with(&["-s", "x", "-o", "."]), "is a folder"),
        (with(&["-s", "x", "-i", ""]), "an address is empty"),
        (with(&["-s", "x", "-o", "x.pdf"]), "says no format"),
        (with(&["-s", "x", "--bogus"]), "--bogus"),
    ];
    for (line, said) in cases {
        let words: Vec<&str> = line.split('\u{1F}').collect();
        let output = desk.confctl(&words).run().code(2).says(said);
        assert_eq!(output.stdout, "", "{words:?}");
    }
    let past = [
        "schedule",
        "live-meeting",
        "-s",
        "x",
        "-t",
        "2020-01-01 10:00",
    ];
    desk.confctl(&past)
        .run()
        .code(2)
        .says("in the past")
        .says("2020");
}

#[test]
fn a_dry_run_makes_nothing() {
    let desk = Desk::new();
    let pool = ServedPool::start(&["--policy", "quota=1"]);
    for _ in 0..3 {
        let output = desk
            .confctl_at(&pool, &[&REVIEW[..], &["--dry-run"]].concat())
            .run()
            .code(0);
        assert!(
            output.unfolded().contains("Would schedule: Live Meeting"),
            "{output}"
        );
    }
    desk.confctl_at(&pool, &REVIEW).run().code(0);
}

#[test]
fn a_file_appears_whole_and_says_its_format_by_its_name() {
    let desk = Desk::new();
    for (name, begins) in [
        ("a.ics", "BEGIN:VCALENDAR"),
        ("a.txt", "Quarterly review"),
        ("a.json", "{"),
    ] {
        let output = desk
            .confctl(&[&REVIEW[..], &["-o", name]].concat())
            .run()
            .code(0);
        assert_eq!(output.stdout, "");
        assert!(
            fs::read_to_string(desk.path(name))
                .unwrap()
                .starts_with(begins),
            "{name}"
        );
    }
    let left: Vec<_> = fs::read_dir(desk.home())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        left.iter()
            .all(|name| !name.to_string_lossy().ends_with(".part")),
        "{left:?}"
    );
}

#[test]
fn a_full_disk_loses_nothing_and_says_half_done() {
    let desk = Desk::new();
    let output = desk
        .confctl(&[&REVIEW[..], &["-o", "/dev/full"]].concat())
        .run()
        .code(7);
    assert!(
        output.stderr.contains("Conference ID: ") && output.stderr.contains("Passcode: "),
        "{output}"
    );
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let desk = Desk::new();
    let mut run = desk.confctl(&REVIEW);
    let mut child = run
        .command()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn json_holds_the_facts_for_programs() {
    let desk = Desk::new();
    let output = desk
        .confctl(&[&REVIEW[..], &["-f", "json", "--optional", "cy@example.com"]].concat())
        .run()
        .code(0);
    let facts: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(facts["subject"], "Quarterly review");
    assert_eq!(facts["practice"], true);
    assert!(
        facts["call_in"]["conference_id"]
            .as_str()
            .unwrap()
            .bytes()
            .all(|b| b.is_ascii_digit())
    );
    assert_eq!(facts["attendees"].as_array().unwrap().len(), 2);
}

#[test]
fn a_note_can_come_from_stdin() {
    let desk = Desk::new();
    let output = desk
        .confctl(&[&REVIEW[..], &["--note", "-", "-f", "text"]].concat())
        .input("Please read §3,\nand bring questions.\n".as_bytes())
        .run()
        .code(0);
    assert!(
        output
            .stdout
            .contains("Please read §3,\nand bring questions.\n"),
        "{output}"
    );
}

#[test]
fn policy_without_dial_in_gives_an_invitation_without_numbers() {
    let desk = Desk::new();
    let pool = ServedPool::start(&["--policy", "dial-in=off"]);
    let output = desk
        .confctl_at(&pool, &REVIEW)
        .run()
        .code(0)
        .says("No dial-in: your meeting policy does not allow dial-in.");
    for word in ["Conference ID", "tel:", "FEATURE=PHONE", "CONFERENCETELURI"] {
        assert!(!output.unfolded().contains(word), "{word}\n{output}");
    }
}

#[test]
fn a_lync_pool_gives_a_web_link_and_no_passcode() {
    let desk = Desk::new();
    let pool = ServedPool::start(&["--dialect", "lync"]);
    let output = desk
        .confctl_at(&pool, &[&REVIEW[..], &["-f", "json"]].concat())
        .run()
        .code(0);
    let facts: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert!(
        output
            .unfolded()
            .contains("https://meet.practice.example/ana/"),
        "{output}"
    );
    assert_eq!(facts["call_in"]["passcode"], serde_json::Value::Null);
    let call = ["schedule", "conference-call", "-s", "Standup", "-t", "+2h"];
    let first = desk
        .confctl_at(&pool, &call)
        .run()
        .code(0)
        .value_of("Conference ID: ");
    assert_eq!(
        desk.confctl_at(&pool, &call)
            .run()
            .code(0)
            .value_of("Conference ID: "),
        first
    );
}

#[test]
fn an_ocs_2007_pool_makes_meetings_without_dial_in() {
    let desk = Desk::new();
    let pool = ServedPool::start(&["--dialect", "ocs2007"]);
    let output = desk
        .confctl_at(&pool, &REVIEW)
        .run()
        .code(0)
        .says("No dial-in");
    assert!(
        output.unfolded().contains("meet:sip:ana@example.com"),
        "{output}"
    );
}

#[test]
fn two_users_over_tcp_and_tls_have_their_own_conferences() {
    let desk = Desk::new();
    let pool = ServedPool::start(&[]);
    let call = ["schedule", "conference-call", "-s", "Standup", "-t", "+2h"];
    let mut seen = Vec::new();
    for (user, login, password) in USERS {
        for server in [pool.tls(), pool.tcp()] {
            let run = desk
                .confctl_at(&pool, &call)
                .env("CONFCTL_SERVER", &server)
                .env("CONFCTL_USER", user);
            let output = run
                .env("CONFCTL_LOGIN", login)
                .env("CONFCTL_PASSWORD", password)
                .run()
                .code(0);
            seen.push(output.value_of("Conference ID: "));
        }
    }
    assert_eq!(
        (&seen[0], &seen[2]),
        (&seen[1], &seen[3]),
        "the same user, the same assigned id"
    );
    assert_ne!(seen[0], seen[2], "another user, another one");
}

#[test]
fn an_end_without_a_day_is_on_the_day_of_the_start() {
    let desk = Desk::new();
    let until = |end| {
        [
            "schedule",
            "live-meeting",
            "-s",
            "x",
            "-t",
            "tomorrow 10:00",
            "--end",
            end,
            "--dry-run",
        ]
    };
    desk.confctl(&until("11:30"))
        .run()
        .code(0)
        .says("10:00–11:30");
    desk.confctl(&until("+2h"))
        .run()
        .code(0)
        .says("10:00–12:00");
    desk.confctl(&until("tuesday 9:00"))
        .run()
        .code(0)
        .says("Tuesday 24 November 2026 09:00");
    desk.confctl(&until("9:00"))
        .run()
        .code(2)
        .says("not after the start");
}

#[test]
fn a_policy_that_wants_longer_passcodes_gets_them() {
    let desk = Desk::new();
    let pool = ServedPool::start(&["--policy", "passcode-digits=12"]);
    let output = desk.confctl_at(&pool, &REVIEW).run().code(0);
    assert_eq!(output.value_of("Passcode: ").len(), 12);
}

#[test]
fn a_served_practice_pool_is_known_for_what_it_is() {
    let desk = Desk::new();
    let pool = ServedPool::start(&[]);
    let output = desk
        .confctl_at(&pool, &REVIEW)
        .run()
        .code(0)
        .says("practice pool");
    assert!(output.unfolded().contains("practice meeting"), "{output}");
}

#[test]
fn an_interrupt_says_that_a_conference_may_have_been_made() {
    let desk = Desk::new();
    let pool = ServedPool::start(&["--fault", "delay=20000@addConference"]);
    let mut run = desk
        .confctl_at(&pool, &[&REVIEW[..], &["-v"]].concat())
        .env("CONFCTL_TIMEOUT", "30");
    let command = run
        .command()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map_while(Result::ok);
    // The next thing after learning the policy is to ask for the conference.
    assert!(said.any(|line| line.contains("learned policy")));
    std::thread::sleep(Duration::from_millis(500));
    let _ = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    let rest: Vec<String> = said.collect();
    assert!(
        rest.iter()
            .any(|line| line.contains("it is not known whether the pool made conference")),
        "{rest:?}"
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_zone_that_is_not_known_is_told_once() {
    let desk = Desk::new();
    let output = desk
        .confctl(&REVIEW)
        .env("TZ", "garbage/zone")
        .run()
        .code(0);
    assert_eq!(
        output.stderr.matches("is not known: using UTC").count(),
        1,
        "{output}"
    );
}
