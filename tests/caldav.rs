//! The organizer's calendar, from the command line to the server and back into the diary.

#[allow(dead_code)]
#[path = "../src/caldav/tests/server.rs"]
pub mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use server::{CALENDAR, Server, answer};

use crate::desk::{Desk, Output, Run};
use crate::laboratory::{Moment, Steps};
use crate::meetings;

/// A command of somebody whose calendar is on that server.
fn confctl(desk: &Desk, server: &Server, arguments: &[&str]) -> Run {
    desk.confctl(arguments)
        .env("CONFCTL_CALENDAR", &address(server))
        .env("CONFCTL_CALENDAR_PASSWORD", "hunter2")
}

fn run(desk: &Desk, server: &Server, arguments: &[&str]) -> Output {
    confctl(desk, server, arguments).run()
}

fn address(server: &Server) -> String {
    format!("http://ana@127.0.0.1:{}/", server.port)
}

const SCHEDULE: [&str; 9] = [
    "schedule",
    "live-meeting",
    "-s",
    "Quarterly review",
    "-t",
    "tomorrow 10:00",
    "-i",
    "bo@example.com",
    "--calendar",
];

/// The one entry that there is.
fn entry(server: &Server) -> String {
    let entries = server.edit(|entries| entries.clone());
    assert_eq!(entries.len(), 1, "{entries:?}");
    let (path, (_, body)) = entries.into_iter().next().unwrap();
    assert!(path.starts_with(CALENDAR), "{path}");
    body.replace("\r\n ", "")
}

#[test]
fn a_meeting_is_kept_on_the_calendar_until_it_is_cancelled() {
    let (desk, server) = (Desk::new(), Server::start());
    let made = run(&desk, &server, &SCHEDULE).code(0).says("'Work'");
    let there = entry(&server);
    for line in made
        .unfolded()
        .lines()
        .filter(|l| l.starts_with("CONFERENCE"))
    {
        assert!(there.contains(line), "no {line} in {there}");
    }
    assert!(
        !there.contains("METHOD") && !there.contains("X-CONFCTL"),
        "{there}"
    );
    let _ = run(
        &desk,
        &server,
        &["update", "review", "--start", "tomorrow 14:00"],
    )
    .code(0);
    assert!(
        entry(&server).contains("20261123T140000"),
        "{}",
        entry(&server)
    );
    // What nobody changed there is not asked for or written again.
    let before = server.of("PUT").len();
    let _ = run(&desk, &server, &["invite", "review"]).code(0);
    let _ = run(&desk, &server, &["list"]).code(0);
    assert_eq!(server.of("PUT").len(), before);
    let _ = run(&desk, &server, &["cancel", "review", "--yes"]).code(0);
    assert!(server.edit(|entries| entries.is_empty()));
}

#[test]
fn without_the_flag_no_calendar_is_asked() {
    let (desk, server) = (Desk::new(), Server::start());
    let (_, without) = SCHEDULE.split_last().unwrap();
    let _ = run(&desk, &server, without).code(0);
    let _ = run(&desk, &server, &["update", "review", "-s", "Retrospective"]).code(0);
    assert!(server.requests().is_empty(), "{:?}", server.requests());
}

#[test]
fn a_calendar_that_fails_leaves_half_done_work_that_is_resumed() {
    let fails = Arc::new(AtomicBool::new(true));
    let failing = Arc::clone(&fails);
    let server = Server::with(move |asked, _| {
        let is_down = asked.method == "PUT" && failing.load(Ordering::SeqCst);
        is_down.then(|| answer("503 Service Unavailable", "", ""))
    });
    let desk = Desk::new();
    let _ = run(&desk, &server, &SCHEDULE)
        .code(7)
        .says("it answers 503");
    // The meeting itself is there.
    assert_eq!(meetings::listed(&desk, &[]).len(), 1);
    fails.store(false, Ordering::SeqCst);
    let _ = run(&desk, &server, &["resume"]).code(0);
    assert!(entry(&server).contains("SUMMARY:Quarterly review"));
    assert_eq!(meetings::listed(&desk, &[]).len(), 1);
    let _ = run(&desk, &server, &["update", "review", "-s", "Retrospective"]).code(0);
    assert!(entry(&server).contains("SUMMARY:Retrospective"));
}

#[test]
fn what_somebody_changed_there_stays() {
    let (desk, server) = (Desk::new(), Server::start());
    let _ = run(&desk, &server, &SCHEDULE).code(0);
    server.edit(|entries| {
        let (version, body) = entries.values_mut().next().unwrap();
        *version += 1;
        *body = body
            .replace("DTSTAMP:2026", "DTSTAMP:2025")
            .replace("Quarterly", "My");
    });
    let arguments = ["update", "review", "--start", "tomorrow 14:00"];
    let _ = run(&desk, &server, &arguments)
        .code(7)
        .says("somebody else changed the meeting");
    assert!(entry(&server).contains("SUMMARY:My review"));
}

const MOVE: [&str; 4] = ["update", "review", "--start", "tomorrow 14:00"];
const RENAME: [&str; 4] = ["update", "review", "-s", "Second review"];
const CANCEL: [&str; 3] = ["cancel", "review", "--yes"];

/// What was written there by a process that could not note it any more is still ours.
#[test]
fn what_a_killed_process_wrote_there_is_changed_by_the_next_one() {
    let steps = Steps::new();
    for (killed, next) in [
        (&SCHEDULE[..], &RENAME[..]),
        (&MOVE, &RENAME),
        (&MOVE, &CANCEL),
        (&CANCEL, &CANCEL),
    ] {
        let prepared = || {
            let (desk, server) = (Desk::new(), Server::start());
            if killed != SCHEDULE {
                let _ = run(&desk, &server, &SCHEDULE).code(0);
            }
            (desk, server)
        };
        let (desk, server) = prepared();
        let whole = confctl(&desk, &server, killed);
        let _ = steps.watch(whole, &desk).run().code(0);
        let log = steps.log(&desk).into_iter();
        let last = log.map(|step| step.number).max().unwrap();
        // From the end on: before the calendar's turn nothing is there.
        for number in (1..=last).rev().step_by(2).take(12) {
            let (desk, server) = prepared();
            let whole = confctl(&desk, &server, killed);
            let _ = steps.kill(whole, &desk, Moment::After(number)).run();
            let has_meeting = !meetings::listed(&desk, &[]).is_empty();
            let is_there = server.edit(|entries| !entries.is_empty());
            let changed = run(&desk, &server, next);
            assert!(
                changed.code == 0 || !has_meeting,
                "{killed:?} {number} {changed}"
            );
            let resumed = run(&desk, &server, &["resume"]);
            assert!(
                !resumed.stderr.contains("somebody else"),
                "{killed:?} {number} {resumed}"
            );
            let left = run(&desk, &server, &["resume", "--list"]).code(0);
            assert!(left.stdout.is_empty(), "{left}");
            match next == CANCEL {
                true => assert!(server.edit(|entries| entries.is_empty())),
                false if is_there => assert!(entry(&server).contains("SUMMARY:Second review")),
                false => {}
            }
        }
    }
}

/// The same for answers that were lost, and for what others made of it meanwhile.
#[test]
fn what_a_lost_answer_left_there_is_changed_unless_others_did_so() {
    let loses = Arc::new(AtomicBool::new(false));
    let losing = Arc::clone(&loses);
    let lossy = move || {
        let losing = Arc::clone(&losing);
        Server::with(move |asked, entries| {
            let is_lost = losing.load(Ordering::SeqCst);
            let signed = asked.headers.contains_key("authorization");
            match asked.method.as_str() {
                "PUT" if signed && is_lost => {
                    let version = entries
                        .get(&asked.path)
                        .map_or(1, |(version, _)| version + 1);
                    entries.insert(asked.path.clone(), (version, asked.body.clone()));
                    Some(String::new())
                }
                _ => None,
            }
        })
    };
    for (lost, next) in [
        (&SCHEDULE[..], &RENAME[..]),
        (&SCHEDULE, &CANCEL),
        (&MOVE, &RENAME),
        (&MOVE, &CANCEL),
    ] {
        for is_edited in [false, true] {
            let (desk, server) = (Desk::new(), lossy());
            if lost != SCHEDULE {
                let _ = run(&desk, &server, &SCHEDULE).code(0);
            }
            loses.store(true, Ordering::SeqCst);
            let _ = run(&desk, &server, lost).code(7);
            loses.store(false, Ordering::SeqCst);
            if is_edited {
                server.edit(|entries| {
                    let (version, body) = entries.values_mut().next().unwrap();
                    *version += 1;
                    // Not every program says that it changed something.
                    *body = body.replace("Quarterly", "My");
                });
                let refused = run(&desk, &server, next).code(7);
                let _ = refused.says("somebody else changed the meeting");
                assert!(entry(&server).contains("SUMMARY:My review"));
                continue;
            }
            let _ = run(&desk, &server, next).code(0);
            // What was to be put there is given up once the meeting is cancelled.
            let resumed = run(&desk, &server, &["resume"]);
            assert_eq!(
                resumed.code,
                if next == CANCEL { 3 } else { 0 },
                "{resumed}"
            );
            match next == CANCEL {
                true => assert!(server.edit(|entries| entries.is_empty())),
                false => assert!(entry(&server).contains("SUMMARY:Second review")),
            }
        }
    }
}

/// Who leaves a calendar alone on which perhaps nothing was ever written is not asked about it again.
#[test]
fn a_calendar_that_was_left_alone_is_not_tried_again() {
    let server = Server::with(move |asked, _| {
        (asked.method == "PUT").then(|| answer("503 Service Unavailable", "", ""))
    });
    let desk = Desk::new();
    let _ = run(&desk, &server, &SCHEDULE).code(7);
    let _ = run(&desk, &server, &["resume", "--forget"]).code(0);
    let before = server.requests().len();
    let _ = run(&desk, &server, &RENAME).code(0);
    assert_eq!(server.requests().len(), before);

    // The same where the calendar has refused it.
    let server = Server::with(move |asked, _| {
        let signed = asked.headers.contains_key("authorization");
        (signed && asked.method == "PUT").then(|| answer("403 Forbidden", "", ""))
    });
    for without in [
        &["resume", "--forget"][..],
        &[&SCHEDULE[..8], &["--no-calendar"]].concat(),
    ] {
        let desk = Desk::new();
        let _ = run(&desk, &server, &SCHEDULE).code(7);
        let _ = run(&desk, &server, without).code(0);
        let before = server.requests().len();
        let _ = run(&desk, &server, &RENAME).code(0);
        let cancelled = run(&desk, &server, &CANCEL).code(0);
        assert!(!cancelled.stderr.contains("calendar"), "{cancelled}");
        assert_eq!(server.requests().len(), before);
    }
}

#[test]
fn an_address_that_gives_the_password_away_is_refused_before_anything_is_done() {
    for address in [
        "https://ana:sesame@dav.example.com/",
        "http://dav.example.com/",
        "dav.example.com",
    ] {
        let desk = Desk::new();
        let refused = desk
            .confctl(&SCHEDULE)
            .env("CONFCTL_CALENDAR", address)
            .run()
            .code(2)
            .says("expected https://");
        assert!(!refused.stderr.contains("sesame"), "{refused}");
        assert!(meetings::listed(&desk, &[]).is_empty());
    }
}
