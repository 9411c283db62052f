//! Questions on a terminal: what is asked, what is not, and how one gets out.

use std::fs;
use std::mem;
use std::process::Command;

use rexpect::process::WaitStatus;
use rexpect::reader::Options;
use rexpect::session::PtySession;
use rexpect::spawn_with_options;

use crate::desk::{Desk, Run, ServedPool, USERS};

#[test]
fn schedule_alone_asks_shows_what_it_understood_and_makes_it_after_a_yes() {
    let desk = Desk::new();
    let mut form = on_terminal(desk.confctl(&["schedule"]));
    form.sees("What");
    form.answers("");
    form.sees("Subject");
    form.answers("Quarterly review");
    form.sees("Start");
    form.answers("tomorrow 10:00");
    form.sees("How long");
    form.answers("90m");
    form.sees("Invite");
    form.answers("bo@example.com");
    form.sees("Understood: Monday 23 November 2026 10:00");
    form.sees("Schedule the meeting now?");
    form.answers("y");
    for text in ["Quarterly review", "Conference ID:", "Passcode:"] {
        form.sees(text);
    }
    assert!(form.ends(0).contains("Scheduled."));
}

#[test]
fn only_what_is_missing_is_asked() {
    let desk = Desk::new();
    let mut form = on_terminal(desk.confctl(&[
        "schedule",
        "conference-call",
        "-s",
        "Standup",
        "-d",
        "15m",
        "-i",
        "bo@example.com",
    ]));
    let before = form.sees("Start");
    for question in ["What", "Subject", "How long", "Invite"] {
        assert!(!before.contains(question), "{before}");
    }
    form.answers("+2h");
    let before = form.sees("Schedule the conference call now?");
    assert!(!before.contains("Invite"), "{before}");
    form.answers("y");
    form.sees("Conference ID:");
    let _ = form.ends(0);
}

#[test]
fn with_everything_given_nothing_is_asked_and_the_card_is_shown() {
    let desk = Desk::new();
    let mut card = on_terminal(desk.confctl(&MEETING));
    card.sees("Conference ID:");
    let rest = card.ends(0);
    assert!(
        !rest.contains("BEGIN:VCALENDAR") && !rest.contains('?'),
        "{rest}"
    );
}

#[test]
fn a_wrong_answer_is_explained_and_asked_again() {
    let desk = Desk::new();
    let mut form = on_terminal(desk.confctl(&["schedule", "live-meeting"]));
    form.sees("Subject");
    form.answers("Review");
    form.sees("Start");
    form.answers("2020-01-01 10:00");
    form.sees("in the past");
    for _ in 0.."2020-01-01 10:00".len() {
        form.types("\u{7f}");
    }
    form.answers("tomorrow 10:00");
    form.sees("How long");
    form.control('c');
    let _ = form.ends(130);
}

#[test]
fn ctrl_c_in_any_question_ends_with_130_and_makes_nothing() {
    let given = [
        "schedule",
        "live-meeting",
        "-d",
        "1h",
        "-i",
        "bo@example.com",
    ];
    for (more, question) in [(&[][..], "Subject"), (&["-s", "x"], "Start")] {
        let desk = Desk::new();
        let mut form = on_terminal(desk.confctl(&[&given[..], more].concat()));
        form.sees(question);
        form.control('c');
        let rest = form.ends(130);
        assert!(
            !rest.contains("Scheduled") && !rest.contains("panicked"),
            "{rest}"
        );
        assert!(is_empty(&desk), "{question}");
    }
    let desk = Desk::new();
    let mut form = on_terminal(desk.confctl(&["schedule"]));
    form.sees("What");
    form.control('c');
    let _ = form.ends(130);
    assert!(is_empty(&desk));
}

#[test]
fn a_no_at_the_end_makes_nothing() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&["--policy", "quota=1"]));
    let asking = [
        "schedule",
        "live-meeting",
        "-s",
        "x",
        "-d",
        "1h",
        "-i",
        "bo@example.com",
    ];
    for (out, code) in [("n\r", 1), ("\u{3}", 130)] {
        let mut form = on_terminal(desk.confctl_at(&pool, &asking));
        form.sees("Start");
        form.answers("tomorrow 10:00");
        form.sees("Schedule the meeting now?");
        form.types(out);
        let _ = form.ends(code);
    }
    // The quota of one is still there.
    let _ = desk.confctl_at(&pool, &MEETING).run().code(0);
}

#[test]
fn no_input_never_asks() {
    let desk = Desk::new();
    for (command, said) in [
        (&["schedule", "--no-input"][..], "missing: KIND"),
        (
            &["--no-input", "schedule", "live-meeting", "-s", "x"],
            "missing: --start",
        ),
        (&["login", "--no-input"], "missing: --user"),
    ] {
        let mut refused = on_terminal(desk.confctl(command));
        refused.sees(said);
        let _ = refused.ends(2);
    }
}

#[test]
fn login_asks_tries_and_says_when_there_is_no_keyring() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let (user, login, password) = USERS[0];
    let mut form = on_terminal(desk.confctl(&["login", "--ca-file", &pool.ca()]));
    form.sees("SIP address");
    form.answers(user);
    form.sees("Windows account");
    clears(&mut form, "ana@example.com");
    form.answers(login);
    form.sees("Server");
    clears(&mut form, "sip.example.com");
    form.answers(&pool.tls());
    form.sees("Password");
    form.answers(password);
    form.sees("keyring");
    let rest = form.ends(4);
    assert!(rest.contains("CONFCTL_PASSWORD"), "{rest}");
    assert!(!form.seen.contains(password), "{}", form.seen);
    // The account is not lost with the password, and the password is not in it.
    let kept = fs::read_to_string(desk.path(".config/confctl/config.toml")).unwrap();
    assert!(kept.contains(user) && !kept.contains(password), "{kept}");
}

#[test]
fn login_with_a_wrong_password_writes_nothing() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let (user, login, _) = USERS[0];
    let (server, ca) = (pool.tls(), pool.ca());
    let flags = [
        "login",
        "--user",
        user,
        "--login",
        login,
        "--server",
        &server,
        "--ca-file",
        &ca,
    ];
    let mut form = on_terminal(desk.confctl(&flags));
    form.sees("Password");
    form.control('c');
    let _ = form.ends(130);
    let mut form = on_terminal(desk.confctl(&flags));
    form.sees("Password");
    form.answers("Wrong-Horse-7");
    form.sees("does not accept the password");
    let _ = form.ends(4);
    assert!(is_empty(&desk));
    let piped = desk
        .confctl(&[&flags[..], &["--password-stdin"]].concat())
        .input(b"Wrong-Horse-7\n")
        .run()
        .code(4)
        .says("does not accept the password");
    assert!(!piped.stderr.contains("Wrong-Horse"), "{piped}");
    let nothing = desk
        .confctl(&[&flags[..], &["--password-stdin"]].concat())
        .input(b"\n");
    let _ = nothing.run().code(4).says("no password on stdin");
    assert!(is_empty(&desk));
}

#[test]
fn login_to_a_tls_1_0_pool_needs_to_be_told_so() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&["--fault", "old-tls"]));
    for (flags, code, said) in [
        (&[][..], 5, "protocol version"),
        (&["--legacy-tls"], 4, "keyring"),
    ] {
        let login = [&["login", "--password-stdin"], flags].concat();
        let _ = desk
            .confctl_at(&pool, &login)
            .input(USERS[0].2.as_bytes())
            .run()
            .code(code)
            .says(said);
    }
}

#[test]
fn the_practice_page_on_a_terminal_stays_until_ctrl_c() {
    let desk = Desk::new();
    let mut open = on_terminal(desk.confctl(&["settings", "open"]).env("BROWSER", "true"));
    open.sees("press Ctrl-C when you are done");
    open.control('c');
    let _ = open.ends(0);
}

const MEETING: [&str; 6] = [
    "schedule",
    "live-meeting",
    "-s",
    "x",
    "-t",
    "tomorrow 10:00",
];

/// A command on a terminal of its own, and somebody who reads and types.
pub struct Conversation {
    session: PtySession,
    /// Everything on the screen so far.
    seen: String,
}

pub fn on_terminal(run: Run) -> Conversation {
    let mut run = run.env("TERM", "xterm").env("NO_COLOR", "1");
    let command = mem::replace(run.command(), Command::new("true"));
    let options = Options::new()
        .timeout_ms(Some(15_000))
        .strip_ansi_escape_codes(true);
    Conversation {
        session: spawn_with_options(command, options).unwrap(),
        seen: String::new(),
    }
}

impl Conversation {
    /// Waits for a text, in ASCII: what comes is taken for Latin-1. Gives what came before it.
    #[track_caller]
    pub fn sees(&mut self, text: &str) -> String {
        match self.session.exp_string(text) {
            Ok(before) => {
                self.seen += &before;
                self.seen += text;
                before
            }
            Err(error) => panic!("expected '{text}' after\n{}\n{error}", self.seen),
        }
    }

    fn types(&mut self, text: &str) {
        self.session.send(text).unwrap();
        self.session.flush().unwrap();
    }

    pub fn answers(&mut self, text: &str) {
        self.types(text);
        self.types("\r");
    }

    fn control(&mut self, key: char) {
        self.session.send_control(key).unwrap();
    }

    /// Waits for the end; gives what else came.
    #[track_caller]
    pub fn ends(&mut self, code: i32) -> String {
        let rest = self.session.exp_eof().unwrap();
        self.seen += &rest;
        match self.session.process().wait().unwrap() {
            WaitStatus::Exited(_, own) => assert_eq!(own, code, "{}", self.seen),
            other => panic!("{other:?} instead of exit code {code}\n{}", self.seen),
        }
        rest
    }
}

/// Deletes a proposed answer, in case the question holds it ready.
fn clears(form: &mut Conversation, proposed: &str) {
    for _ in 0..proposed.len() {
        form.types("\u{7f}");
    }
}

fn is_empty(desk: &Desk) -> bool {
    fs::read_dir(desk.home()).unwrap().next().is_none()
}
