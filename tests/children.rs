//! Programs of others that confctl starts: what they are given of ours, and how long they may take.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::desk::{Desk, Run, ServedPool, USERS};

/// Passwords that nothing else says.
const SECRETS: [(&str, &str); 3] = [
    ("CONFCTL_PASSWORD", "Correct-Horse-7"),
    ("CONFCTL_SMTP_PASSWORD", "Battery-Staple-8"),
    ("CONFCTL_CALENDAR_PASSWORD", "Paper-Clip-9"),
];

/// A program that writes down what it was given, and does nothing else.
fn spy(desk: &Desk, name: &str, words: &str) -> String {
    let path = desk.path(name);
    let seen = desk.path(&format!("{name}.seen"));
    let script = format!(
        "#!/bin/sh\n{{ tr '\\0' '\\n' </proc/$$/environ; tr '\\0' ' ' </proc/$$/cmdline; }} >{}\n{words}\n",
        seen.display()
    );
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

fn with_secrets(mut run: Run) -> Run {
    for (name, secret) in SECRETS {
        run = run.env(name, secret);
    }
    run
}

/// What a spy has seen.
#[track_caller]
fn saw_no_secret(desk: &Desk, name: &str) {
    let seen = fs::read_to_string(desk.path(&format!("{name}.seen"))).unwrap();
    assert!(seen.contains("HOME=") && seen.contains(name), "{seen}");
    for (variable, secret) in SECRETS {
        assert!(!seen.contains(secret) && !seen.contains(variable), "{seen}");
    }
}

#[test]
fn a_browser_is_given_no_secret() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let browser = spy(&desk, "browser", "");
    let run = desk.confctl_at(&pool, &["settings", "open"]);
    let _ = with_secrets(run).env("BROWSER", &browser).run().code(0);
    saw_no_secret(&desk, "browser");
}

#[test]
fn a_sendmail_program_is_given_no_secret() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let sendmail = spy(&desk, "sendmail", "cat >/dev/null");
    let words = [
        "schedule",
        "live-meeting",
        "-s",
        "Review",
        "-t",
        "tomorrow 10:00",
    ];
    let send = format!("--send=sendmail:{sendmail}");
    let more = ["-i", "bo@example.com", &send, "--practice"];
    let run = desk.confctl_at(&pool, &[&words[..], &more].concat());
    let _ = with_secrets(run).run().code(0);
    saw_no_secret(&desk, "sendmail");
}

#[test]
fn a_password_command_is_given_no_other_secret() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let (user, login, password) = USERS[0];
    let command = spy(&desk, "command", &format!("echo {password}"));
    let settings = format!(
        "[account]\nuser = '{user}'\nlogin = '{login}'\nserver = '{}'\nca_file = '{}'\npassword.command = '{command}'\n",
        pool.tls(),
        pool.ca()
    );
    fs::write(desk.path("confctl.toml"), settings).unwrap();
    let mut run = desk.confctl(&["--config", "confctl.toml", "list"]);
    for (name, secret) in &SECRETS[1..] {
        run = run.env(name, secret);
    }
    let _ = run.run().code(0);
    saw_no_secret(&desk, "command");
}
