//! The log for support, and what is kept out of it; no core dump of passwords.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::desk::{Desk, ServedPool, USERS, words};

#[test]
fn a_log_tells_what_was_done_and_said_without_secrets() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&["--graph", "127.0.0.1:0"]));
    let (user, _, password) = USERS[0];
    let log = desk.path("support.log");
    fs::write(&log, "").unwrap();
    fs::set_permissions(&log, fs::Permissions::from_mode(0o644)).unwrap();
    let line = "schedule live-meeting -s Budget -t 'tomorrow 10:00' --passcode 20260322 -q";
    let made = desk.confctl_at(&pool, &words(line));
    let made = made.env("CONFCTL_LOG", log.to_str().unwrap()).run().code(0);
    assert!(made.stdout.contains("20260322"), "{made}");
    let mut command = desk.confctl(&words("schedule conference-call -s Call -t +1h -f text"));
    command.command().env("CONFCTL_LOG", &log);
    let teams = command
        .env("CONFCTL_USER", user.trim_start_matches("sip:"))
        .env("CONFCTL_SERVER", &pool.fact("graph"))
        .env("CONFCTL_TOKEN", password)
        .env("CONFCTL_CA_FILE", &pool.ca())
        .run()
        .code(0);
    let join_passcode = teams.value_of("Passcode: ");
    let text = fs::read_to_string(&log).unwrap();
    for part in [
        " began confctl ",
        "--passcode (masked)",
        " status Understood: ",
        " wire > REGISTER sip:",
        " wire < SIP/2.0 200",
        " wire * POST https://",
        " warning CONFCTL_NOW is set",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    for secret in [password, "20260322", join_passcode.as_str()] {
        assert!(!text.contains(secret), "{secret}\n{text}");
    }
    let mode = fs::metadata(&log).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_log_that_can_not_be_written_is_said_before_anything_is_done() {
    let desk = Desk::new();
    let nowhere = desk.path("nowhere/support.log");
    let run = desk.confctl(&words("schedule live-meeting -s A -t +1h"));
    run.env("CONFCTL_LOG", nowhere.to_str().unwrap())
        .run()
        .code(2)
        .says("CONFCTL_LOG can't be written");
    let run = desk.confctl(&words("schedule live-meeting -s A -t +1h"));
    let _ = run.env("CONFCTL_LOG", "/dev/full").run().code(0);
}

/// What a command starts has its limits, so a browser tells them.
#[test]
fn a_process_with_a_password_leaves_no_core_dump() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let script = desk.path("browser.sh");
    fs::write(&script, "#!/bin/sh\nulimit -S -c >\"$HOME/limit\"\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let shell = desk.paste("ulimit -c unlimited 2>/dev/null || ulimit -S -c \"$(ulimit -H -c)\"; exec confctl settings open");
    let (user, login, password) = USERS[0];
    shell
        .env("BROWSER", script.to_str().unwrap())
        .env("CONFCTL_USER", user)
        .env("CONFCTL_LOGIN", login)
        .env("CONFCTL_PASSWORD", password)
        .env("CONFCTL_SERVER", &pool.tls())
        .env("CONFCTL_CA_FILE", &pool.ca())
        .run()
        .code(0);
    assert_eq!(fs::read_to_string(desk.path("limit")).unwrap(), "0\n");
}

#[test]
fn a_password_in_an_address_is_masked() {
    let desk = Desk::new();
    for line in [
        "schedule live-meeting -s A -t +2d --send=smtp://ana:hunter2@127.0.0.1:1",
        "login --user ana@example.com --server https://ana:hunter2@127.0.0.1:1 --password-stdin",
        "login --user ana@example.com --server tls:ana:hunter2@127.0.0.1:1 --password-stdin",
        "login --user ana@example.com --server=ana:hunter2@127.0.0.1 --password-stdin",
        "schedule live-meeting -s A -t +2d --send=smtp://ana:hunter2#x@127.0.0.1:1",
        "schedule live-meeting -s A -t +2d --send=smtp://ana:hun/hunter2@127.0.0.1:1",
        "schedule live-meeting -s A -t +2d --send=smtp:ana:hunter2@127.0.0.1:1",
        "schedule live-meeting -s A -t +2d --send=smtp://a@b,smtp://ana:hunter2@127.0.0.1:1",
    ] {
        let log = desk.path("log");
        let run = desk.confctl(&words(line));
        let run = run.env("CONFCTL_LOG", log.to_str().unwrap()).run();
        assert!(!run.stderr.contains("hunter2"), "{run}");
        let log = fs::read_to_string(log).unwrap();
        assert!(!log.contains("hunter2"), "{line}\n{log}");
    }
    // The address of a person is none.
    let log = desk.path("log");
    let run = desk.confctl(&words(
        "schedule live-meeting -s 'At 10:00 by bo@example.com' -t +2d -i sip:bo@example.com",
    ));
    let _ = run.env("CONFCTL_LOG", log.to_str().unwrap()).run().code(0);
    let log = fs::read_to_string(log).unwrap();
    assert!(
        log.contains("sip:bo@example.com") && log.contains("At 10:00 by"),
        "{log}"
    );
}
