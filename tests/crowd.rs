//! Many processes at one diary and one pool.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};

use crate::desk::{Desk, words};
use crate::laboratory::{Town, Traces, at_once};

/// Processes at the same time.
const CROWD: usize = 200;

#[test]
fn two_hundred_at_once_make_two_hundred_conferences() {
    let town = Town::new(1);
    let citizen = town.citizen();
    let numbers: Vec<usize> = (1..=CROWD).collect();
    at_once(CROWD, &numbers, |number| {
        let subject = format!("Meeting {number}");
        let run = citizen.confctl(&["schedule", "live-meeting", "-s", &subject, "-t", "+2d"]);
        let _ = run.run().code(0);
    });
    let traces = Traces::of(&citizen);
    traces.is_clean();
    assert_eq!(traces.entries.len(), CROWD);
    let made: BTreeSet<_> = traces.conferences.iter().cloned().collect();
    assert_eq!((made.len(), traces.conferences.len()), (CROWD, CROWD));
    for (id, subject) in made {
        let entries = traces.entries.iter();
        let of_both: Vec<_> = entries
            .filter(|entry| {
                entry.contains(&id) && entry.contains(&format!("SUMMARY:{subject}\r\n"))
            })
            .collect();
        assert_eq!(of_both.len(), 1, "{id}, {subject}: {of_both:?}");
    }
}

#[test]
fn twenty_with_one_key_make_one_conference() {
    let town = Town::new(1);
    let citizen = town.citizen();
    at_once(20, &[(); 20], |()| {
        let words = [
            "schedule",
            "live-meeting",
            "-s",
            "Standup",
            "-t",
            "+2d",
            "--key",
            "standup",
        ];
        let _ = citizen.confctl(&words).run().code(0);
    });
    let traces = Traces::of(&citizen);
    traces.is_clean();
    assert_eq!((traces.conferences.len(), traces.entries.len()), (1, 1));
}

/// A mail server that takes connections and says nothing until it is dropped.
struct Tarpit {
    listener: TcpListener,
}

impl Tarpit {
    fn new() -> Self {
        Self {
            listener: TcpListener::bind("127.0.0.1:0").unwrap(),
        }
    }

    fn route(&self) -> String {
        format!("smtp://{}", self.listener.local_addr().unwrap())
    }

    fn hold_resume(&self, desk: &Desk) -> (Child, TcpStream) {
        let mut run = desk.confctl(&["resume", "--again"]);
        let command = run.command().stdin(Stdio::null());
        let mailing = command.stderr(Stdio::null()).spawn().unwrap();
        let (stream, _) = self.listener.accept().unwrap();
        (mailing, stream)
    }

    /// Somebody who mails, and does not get any further.
    fn hold(&self, desk: &Desk, line: &str) -> (Child, TcpStream) {
        let line = format!("{line} --practice --send={}", self.route());
        let mut run = desk.confctl(&words(&line));
        let command = run.command().stdin(Stdio::null());
        let mailing = command.stderr(Stdio::null()).spawn().unwrap();
        let (stream, _) = self.listener.accept().unwrap();
        (mailing, stream)
    }
}

/// Schedules a meeting whose UID was made elsewhere.
fn schedule(desk: &Desk, uid: &str, subject: &str) {
    let calendar = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Office//EN\r\nBEGIN:VEVENT\r\n\
         UID:{uid}\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20261201T140000Z\r\n\
         DTEND:20261201T150000Z\r\nSUMMARY:{subject}\r\nATTENDEE:mailto:bo@example.com\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    let run = desk.confctl(&["schedule", "live-meeting", "--from", "-"]);
    let _ = run.input(calendar.as_bytes()).run().code(0);
}

/// Two meetings for which there was one lock when there were sixteen for all.
const SHARED_ONCE: [&str; 2] = ["meeting-0@example.com", "meeting-30@example.com"];

#[test]
fn mailing_one_meeting_blocks_no_other() {
    let (desk, tarpit) = (Desk::new(), Tarpit::new());
    schedule(&desk, SHARED_ONCE[0], "First");
    schedule(&desk, SHARED_ONCE[1], "Second");
    let (mut mailing, _stream) = tarpit.hold(&desk, "invite First");
    let other = desk.run("update Second -s Third").code(0);
    assert!(!other.stderr.contains("waiting"), "{other}");
    assert_eq!(mailing.try_wait().unwrap(), None, "{other}");
    mailing.kill().unwrap();
    mailing.wait().unwrap();
}

#[test]
fn whoever_waits_for_another_process_says_so() {
    let (desk, tarpit) = (Desk::new(), Tarpit::new());
    schedule(&desk, SHARED_ONCE[0], "First");
    let (mut mailing, stream) = tarpit.hold(&desk, "invite First");
    let mut run = desk.confctl(&["update", "First", "-s", "Second"]);
    let command = run.command().stdin(Stdio::null()).stdout(Stdio::null());
    let mut update = command.stderr(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(update.stderr.take().unwrap()).lines();
    let mut said = said.map_while(Result::ok);
    let waiting = "Another confctl changes this meeting right now: waiting for it.";
    assert!(said.any(|line| line == waiting));
    assert_eq!(update.try_wait().unwrap(), None);
    drop((stream, tarpit));
    let rest: Vec<String> = said.collect();
    assert_eq!(update.wait().unwrap().code(), Some(0), "{rest:?}");
    mailing.wait().unwrap();
    let _ = desk.run("show Second").code(0);
}

/// A meeting is there, and can be named, while its first invitations go out.
#[test]
fn a_cancellation_does_not_overtake_the_invitations() {
    for line in [
        "schedule live-meeting -s First -t +2d -i bo@example.com",
        "resume",
    ] {
        let (desk, tarpit) = (Desk::new(), Tarpit::new());
        let first = "schedule live-meeting -s First -t +2d -i bo@example.com";
        let (mut mailing, stream) = match line {
            "resume" => {
                let (mut killed, _) = tarpit.hold(&desk, first);
                killed.kill().unwrap();
                killed.wait().unwrap();
                tarpit.hold_resume(&desk)
            }
            line => tarpit.hold(&desk, line),
        };
        let mut run = desk.confctl(&["cancel", "First", "--yes", "--send=folder:cancelled"]);
        let command = run.command().stdin(Stdio::null()).stdout(Stdio::null());
        let mut cancel = command.stderr(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(cancel.stderr.take().unwrap()).lines();
        let mut said = said.map_while(Result::ok);
        let waiting = "Another confctl changes this meeting right now: waiting for it.";
        assert!(said.any(|line| line == waiting), "{line}");
        assert!(!desk.path("cancelled").exists(), "{line}");
        drop((stream, tarpit));
        let rest: Vec<String> = said.collect();
        assert_eq!(cancel.wait().unwrap().code(), Some(0), "{rest:?}");
        mailing.wait().unwrap();
    }
}

/// Whoever waited finds it done, and tells nobody once more.
#[test]
fn the_same_change_by_several_at_once_is_made_and_mailed_once() {
    const MEETING: &str = "schedule live-meeting -s First -t +2d -i bo@example.com";
    const SERIES: &str = "schedule live-meeting -s First -t '2026-12-01 10:00' --repeat daily --count 4 -i bo@example.com";
    for (first, line, mails) in [
        (MEETING, "update First -s Second", 1),
        (MEETING, "update First -t 15:00", 1),
        (MEETING, "update First -i cy@example.com", 1),
        (MEETING, "update First --remove bo@example.com", 1),
        (MEETING, "cancel First --yes", 1),
        (SERIES, "update First --occurrence 2026-12-02 -t 15:00", 1),
        (SERIES, "cancel First --occurrence 2026-12-02 --yes", 1),
    ] {
        let desk = Desk::new();
        let _ = desk.run(first).code(0);
        let line = format!("{line} --send=folder:mails --practice");
        at_once(4, &[(); 4], |()| {
            let output = desk.run(&line);
            assert!(matches!(output.code, 0 | 2 | 3), "{output}");
        });
        let count = std::fs::read_dir(desk.path("mails")).unwrap().count();
        assert_eq!(count, mails, "{line}");
        let _ = desk
            .run("resume --list")
            .code(0)
            .says("Nothing is unfinished.");
    }
}
