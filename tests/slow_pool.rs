//! A pool that is slower than anybody waits: what is asked happens once, and the truth is told.

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::desk::{Desk, Output, ServedPool, words};
use crate::meetings;

const SCHEDULE: &str = "schedule live-meeting -s 'Quarterly review' -t '2026-12-01 14:00' -d 1h";

/// A pool that does that so many milliseconds late.
fn pool(late: u32, command: &str) -> ServedPool {
    ServedPool::start(&["--fault", &format!("late={late}@{command}")])
}

/// Somebody who waits for an answer so many seconds.
fn run(desk: &Desk, pool: &ServedPool, timeout: u32, line: &str) -> Output {
    let run = desk.confctl_at(pool, &words(line));
    run.env("CONFCTL_TIMEOUT", &timeout.to_string()).run()
}

/// All conferences that the pool has, and all meetings of the diary.
fn rows(desk: &Desk, pool: &ServedPool) -> Vec<Value> {
    let output = run(desk, pool, 20, "list --all --json").code(0);
    serde_json::from_str(&output.stdout).unwrap()
}

#[track_caller]
fn there_is_one(desk: &Desk, pool: &ServedPool, subject: &str) {
    let rows = rows(desk, pool);
    assert_eq!(rows.len(), 1, "{rows:#?}");
    assert_eq!(
        (&rows[0]["subject"], &rows[0]["state"]),
        (&subject.into(), &"ok".into())
    );
}

#[test]
fn a_conference_that_is_made_late_is_waited_for() {
    let (desk, pool) = (Desk::new(), pool(9000, "addConference"));
    let made = run(&desk, &pool, 4, &format!("{SCHEDULE} -f text")).code(0);
    assert!(made.stderr.contains("waiting for it"), "{made}");
    assert!(!made.value_of("Conference ID: ").is_empty());
    there_is_one(&desk, &pool, "Quarterly review");
    assert_eq!(run(&desk, &pool, 4, "resume").code(0).stdout, "");
}

/// The assigned conference of Lync is made when it is first asked for.
#[test]
fn an_assigned_conference_that_is_made_late_is_made_once() {
    for fault in [
        "late=5000",
        "delay=5000",
        "refuse=503",
        "reason=otherFailure",
    ] {
        let fault = format!("{fault}@addConference");
        let (desk, pool) = (
            Desk::new(),
            ServedPool::start(&["--dialect", "lync", "--fault", &fault]),
        );
        let line = "schedule conference-call -s Call -t '2026-12-01 14:00' --id assigned";
        let _ = run(&desk, &pool, 2, line).code(0);
        there_is_one(&desk, &pool, "Call");
        let said = run(&desk, &pool, 2, "resume").code(0);
        assert!(
            said.stderr.contains("Nothing is unfinished."),
            "{fault}: {said}"
        );
    }
}

/// Whoever gives up waiting leaves the id to whoever goes on.
#[test]
fn an_attempt_that_was_ended_while_the_pool_was_making_goes_on_with_the_same_id() {
    let (desk, pool) = (Desk::new(), pool(7000, "addConference"));
    let mut begun = desk.confctl_at(&pool, &words(SCHEDULE));
    let mut child = begun.command().stderr(Stdio::null()).spawn().unwrap();
    thread::sleep(Duration::from_secs(2));
    child.kill().unwrap();
    child.wait().unwrap();
    let resumed = run(&desk, &pool, 3, "resume").code(0);
    assert!(resumed.stderr.contains("waiting for it"), "{resumed}");
    there_is_one(&desk, &pool, "Quarterly review");
}

#[test]
fn a_change_that_comes_late_is_made_once() {
    let (desk, pool) = (Desk::new(), pool(6000, "modifyConference"));
    let _ = run(&desk, &pool, 4, SCHEDULE).code(0);
    let changed = run(&desk, &pool, 4, "update quarterly -s 'Yearly review'").code(7);
    assert!(changed.stderr.contains("it is not known"), "{changed}");
    let _ = run(&desk, &pool, 20, "resume").code(0);
    there_is_one(&desk, &pool, "Yearly review");
    assert!(meetings::entry(&desk).contains("SEQUENCE:1\r\n"));
}

#[test]
fn a_cancellation_that_comes_late_is_made_once() {
    let (desk, pool) = (Desk::new(), pool(6000, "deleteConference"));
    let _ = run(&desk, &pool, 4, SCHEDULE).code(0);
    let cancelled = run(&desk, &pool, 2, "cancel quarterly --yes").code(7);
    assert!(cancelled.stderr.contains("it is not known"), "{cancelled}");
    let _ = run(&desk, &pool, 20, "resume").code(0);
    let rows = rows(&desk, &pool);
    assert_eq!(rows.len(), 1, "{rows:#?}");
    assert_eq!(rows[0]["state"], "cancelled");
}
