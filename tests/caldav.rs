//! The organizer's calendar, from the command line to the server and back into the diary.

#[allow(dead_code)]
#[path = "../src/caldav/tests/server.rs"]
pub mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use server::{CALENDAR, Server, answer};

use crate::desk::{Desk, Output};
use crate::meetings;

/// Runs a command of somebody whose calendar is on that server.
fn run(desk: &Desk, server: &Server, arguments: &[&str]) -> Output {
    desk.confctl(arguments)
        .env("CONFCTL_CALENDAR", &address(server))
        .env("CONFCTL_CALENDAR_PASSWORD", "hunter2")
        .run()
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
