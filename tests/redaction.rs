//! Secrets stay secret: not in what `-vv` shows, not in complaints, not in settings.

use std::fs;
use std::path::{Path, PathBuf};

use crate::desk::{Desk, Output, ServedPool, USERS};

/// The passcode asked for: easy to find again.
const PASSCODE: &str = "7391840265";
/// Base64 of what every AUTHENTICATE token begins with ([MS-NLMP] 2.2.1.3).
const AUTHENTICATE: &str = "TlRMTVNTUAAD";

#[test]
fn the_wire_is_shown_without_password_proof_and_passcode() {
    for flags in [
        &[][..],
        &["--fault", "proxy"],
        &["--fault", "version=3"],
        &["--fault", "version=2"],
    ] {
        let (desk, pool) = (Desk::new(), ServedPool::start(flags));
        let output = desk
            .confctl_at(&pool, &meeting(&["--passcode", PASSCODE, "-vv"]))
            .run()
            .code(0)
            .says("<addConference")
            .says("(masked)");
        assert!(output.stdout.contains(PASSCODE), "{output}");
        holds_no_secret(&output, PASSCODE);
    }
}

#[test]
fn a_passcode_of_the_pools_is_not_shown_either() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let call = [
        "schedule",
        "conference-call",
        "-s",
        "x",
        "-t",
        "+2h",
        "-f",
        "text",
        "-vv",
    ];
    let output = desk
        .confctl_at(&pool, &call)
        .run()
        .code(0)
        .says("<getConference");
    holds_no_secret(&output, &output.value_of("Passcode: "));
}

#[test]
fn a_random_passcode_is_in_the_invitation_alone() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let output = desk
        .confctl_at(&pool, &meeting(&["-f", "text", "-vv"]))
        .run()
        .code(0);
    let passcode = output.value_of("Passcode: ");
    assert!(output.stdout.contains("conf-key="), "{output}");
    holds_no_secret(&output, &passcode);
}

#[test]
fn failures_give_nothing_away() {
    for fault in [
        "refuse=403@addConference",
        "reason=invalidPasscode@addConference",
        "spoil@getConference",
        "drop@getConference",
        "no-ntlm",
        "wrong-signature@REGISTER",
    ] {
        let (desk, pool) = (Desk::new(), ServedPool::start(&["--fault", fault]));
        let output = desk
            .confctl_at(&pool, &meeting(&["--passcode", PASSCODE, "-vv"]))
            .run();
        assert_ne!(output.code, 0, "{fault}\n{output}");
        holds_no_secret(&output, PASSCODE);
    }
}

#[test]
fn a_wrong_password_is_not_repeated() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let wrong = "Wrong-Horse-7";
    let output = desk
        .confctl_at(&pool, &meeting(&["-vv"]))
        .env("CONFCTL_PASSWORD", wrong)
        .run()
        .code(4);
    assert!(!output.to_string().contains(wrong), "{output}");
    holds_no_secret(&output, wrong);
}

#[test]
fn a_bad_passcode_is_not_repeated() {
    let desk = Desk::new();
    for bad in ["739184026573918402657391", "73918402x"] {
        let output = desk.confctl(&meeting(&["--passcode", bad])).run().code(2);
        assert!(!output.stderr.contains("73918402"), "{output}");
    }
}

#[test]
fn a_password_in_the_wrong_place_of_the_settings_is_not_repeated() {
    let desk = Desk::new();
    let account = "[account]\nuser = 'ana@example.com'\nserver = 'tls:127.0.0.1:9'\n";
    for line in [
        "password = 'Correct-Horse-7'",
        "password = \"Correct-Horse-7",
        "password = Correct-Horse-7",
        "password = { command = ['Correct-Horse-7'] }",
        "password = ['Correct-Horse-7']",
        "password = { text = 'Correct-Horse-7' }",
        "password.comand = 'Correct-Horse-7'",
        "timeout = 'Correct-Horse-7'",
    ] {
        fs::write(desk.path("confctl.toml"), format!("{account}{line}\n")).unwrap();
        for command in [&meeting(&["-vv"])[..], &["settings", "show"]] {
            let output = desk
                .confctl(command)
                .env("CONFCTL_CONFIG", "confctl.toml")
                .run()
                .code(2)
                .says("line 4");
            assert!(!output.to_string().contains("Correct-Horse"), "{output}");
        }
    }
}

#[test]
fn the_passcode_is_left_in_the_diary_alone_and_the_password_nowhere() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let _ = desk
        .confctl_at(&pool, &meeting(&["--passcode", PASSCODE, "-vv"]))
        .run()
        .code(0);
    let shown = desk.confctl_at(&pool, &["settings", "show"]).run().code(0);
    assert!(!shown.stdout.contains(USERS[0].2), "{shown}");
    let mut entries = 0;
    for file in files(desk.home()) {
        let bytes = fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes).replace("\r\n ", "");
        assert!(!text.contains(USERS[0].2), "{}", file.display());
        // What only we may know of the meeting is in a file of its own.
        let is_state = file.to_string_lossy().contains("/confctl/state.sqlite");
        if text.contains(PASSCODE) && !is_state {
            assert!(file.extension().is_some_and(|extension| extension == "ics"));
            entries += 1;
        }
    }
    assert_eq!(entries, 1);
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// A Live Meeting with whatever flags besides.
fn meeting<'a>(flags: &[&'a str]) -> Vec<&'a str> {
    let meeting = [
        "schedule",
        "live-meeting",
        "-s",
        "x",
        "-t",
        "tomorrow 10:00",
    ];
    [&meeting[..], flags].concat()
}

/// stderr holds no password, no proof of one, no passcode, plain or sealed.
#[track_caller]
fn holds_no_secret(output: &Output, passcode: &str) {
    for secret in [USERS[0].2, AUTHENTICATE, passcode] {
        assert!(!output.stderr.contains(secret), "{secret}\n{output}");
    }
    let hidden = |text: &str| text.starts_with("(masked)") || text.starts_with('<');
    for (at, name) in output.stderr.match_indices("conference-key") {
        let rest = &output.stderr[at + name.len()..];
        let content = rest.split_once('>').map_or("", |(_, content)| content);
        let is_end = output.stderr[..at].ends_with('/') || content.trim_start().starts_with('<');
        assert!(is_end || hidden(content), "{output}");
    }
    for (at, name) in output.stderr.match_indices("conf-key=") {
        assert!(hidden(&output.stderr[at + name.len()..]), "{output}");
    }
}
