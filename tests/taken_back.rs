//! `history` and `undo`: what was done, and what of it is taken back.

use std::fs;

use crate::desk::{Desk, Output, ServedPool};
use crate::meetings::{entry, json, listed, run, schedule, unfolded};

/// What was done, by the words of its history.
fn history(desk: &Desk, name: &str) -> Vec<String> {
    let rows = json(&run(desk, &["history", name, "--json"]).code(0));
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| {
        let who = row["who"].as_str().unwrap_or("-");
        format!(
            "{} {} {who}",
            row["what"].as_str().unwrap(),
            row["sequence"]
        )
    })
    .collect()
}

fn mailed(desk: &Desk, words: &[&str]) -> Output {
    let folder = format!("--send=folder:{}", desk.path("mails").display());
    run(desk, &[words, &[folder.as_str(), "--practice"]].concat())
}

fn version(desk: &Desk) -> String {
    let text = unfolded(&entry(desk));
    let line = text.lines().find(|line| line.starts_with("SEQUENCE:"));
    line.unwrap().to_owned()
}

#[test]
fn what_was_done_stands_in_the_history_once() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    assert_eq!(history(&desk, "Quarterly"), ["scheduled 0 -"]);
    let _ = run(&desk, &["update", "Quarterly", "-d", "90m", "--yes"]).code(0);
    let _ = run(&desk, &["update", "Quarterly", "-d", "90m", "--yes"]);
    let _ = run(&desk, &["cancel", "Quarterly", "--yes"]).code(0);
    let _ = run(&desk, &["cancel", "Quarterly", "--yes"]);
    let _ = run(&desk, &["undo", "--yes"]).code(0);
    assert_eq!(
        history(&desk, "Quarterly"),
        [
            "scheduled 0 -",
            "updated 1 -",
            "cancelled 2 -",
            "revived 3 -"
        ]
    );
    let piped = run(&desk, &["history", "Quarterly"]).code(0);
    let fields = piped.stdout.lines().map(|line| line.split('\t').count());
    assert_eq!(fields.collect::<Vec<_>>(), [6; 4], "{piped}");
    let _ = run(&desk, &["history", "nobody"]).code(3);
}

#[test]
fn the_same_uid_takes_place_again_as_a_later_version() {
    let desk = Desk::new();
    let made = schedule(&desk, &[]);
    let uid = listed(&desk, &[])[0]["uid"].clone();
    let _ = run(&desk, &["undo", "--yes"])
        .code(3)
        .says("nothing was cancelled");
    let _ = run(&desk, &["undo", "Quarterly", "--yes"])
        .code(2)
        .says("was not cancelled");
    let _ = run(&desk, &["cancel", "Quarterly", "--yes"]).code(0);
    assert_eq!(version(&desk), "SEQUENCE:1");
    let _ = run(&desk, &["undo"]).code(2).says("--yes");
    let undone = run(&desk, &["undo", "--yes"]).code(0).unfolded();
    assert_eq!(version(&desk), "SEQUENCE:2");
    assert!(
        undone.contains("METHOD:REQUEST") && undone.contains("STATUS:CONFIRMED"),
        "{undone}"
    );
    let rows = listed(&desk, &["--all"]);
    assert_eq!((rows.len(), &rows[0]["uid"]), (1, &uid), "{rows:?}");
    let shown = run(&desk, &["show", "Quarterly"]).code(0);
    assert_ne!(
        made.value_of("Conference ID: "),
        shown.value_of("Conference ID: ")
    );
    // Cancelled again, and again taken back.
    let _ = run(&desk, &["cancel", "Quarterly", "--yes"]).code(0);
    let _ = run(&desk, &["undo", "--yes"]).code(0);
    assert_eq!(version(&desk), "SEQUENCE:4");
    assert_eq!(listed(&desk, &["--all"]).len(), 1);
}

#[test]
fn the_last_cancellation_is_taken_back_and_no_earlier_one() {
    let desk = Desk::new();
    let series = [
        "schedule",
        "live-meeting",
        "-s",
        "Series",
        "-t",
        "tomorrow 10:00",
    ];
    let _ = run(&desk, &[&series[..], &["--repeat", "weekly"]].concat()).code(0);
    for subject in ["One", "Two"] {
        let words = [
            "schedule",
            "live-meeting",
            "-s",
            subject,
            "-t",
            "tomorrow 12:00",
        ];
        let _ = run(&desk, &words).code(0);
        let _ = run(&desk, &["cancel", subject, "--yes"]).code(0);
    }
    let _ = run(
        &desk,
        &["cancel", "Series", "--occurrence", "2026-11-30", "--yes"],
    )
    .code(0);
    let _ = run(&desk, &["undo", "--yes"])
        .code(2)
        .says("one occurrence of 'Series'");
    let _ = run(&desk, &["undo", "Two", "--yes"]).code(0);
    let states = listed(&desk, &["--all"]);
    let state = |subject: &str| {
        let row = states.iter().find(|row| row["subject"] == subject).unwrap();
        row["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        (state("One"), state("Two")),
        ("cancelled".into(), "ok".into())
    );
}

#[test]
fn what_would_be_over_or_can_not_be_read_is_not_taken_back() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    let _ = run(&desk, &["cancel", "Quarterly", "--yes"]).code(0);
    let late = desk
        .confctl(&["undo", "--yes"])
        .env("CONFCTL_NOW", "2027-02-01T08:00:00Z");
    let _ = late.run().code(2).says("would be over");
    let file = crate::meetings::diary(&desk).remove(0);
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, whole.replace("DTSTART:", "DTSTART:never")).unwrap();
    let refused = run(&desk, &["undo", "--yes"]).says("can't be read");
    assert_ne!(refused.code, 0, "{refused}");
    fs::write(&file, whole).unwrap();
    let _ = run(&desk, &["undo", "--yes"]).code(0);
}

#[test]
fn what_another_program_cancelled_is_taken_back_with_one_conference() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    let file = crate::meetings::diary(&desk).remove(0);
    let text = unfolded(&fs::read_to_string(&file).unwrap());
    let cancelled = match text.contains("STATUS:CONFIRMED") {
        true => text.replace("STATUS:CONFIRMED", "STATUS:CANCELLED"),
        false => text.replace("\r\nSUMMARY", "\r\nSTATUS:CANCELLED\r\nSUMMARY"),
    };
    fs::write(&file, cancelled).unwrap();
    let _ = run(&desk, &["undo", "--yes"]).code(3);
    let _ = run(&desk, &["undo", "Quarterly", "--yes"]).code(0);
    let rows = listed(&desk, &["--all"]);
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0]["state"], "ok");
}

/// An undo that was broken off goes on with the same conference.
#[test]
fn an_undo_that_met_a_dead_pool_is_finished_by_the_next_one() {
    let desk = Desk::new();
    let pool = ServedPool::start(&[]);
    let at = |words: &[&str]| desk.confctl_at(&pool, words).run();
    let words = [
        "schedule",
        "live-meeting",
        "-s",
        "Budget",
        "-t",
        "tomorrow 10:00",
    ];
    let _ = at(&words).code(0);
    let _ = at(&["cancel", "Budget", "--yes"]).code(0);
    let dead = desk
        .confctl_at(&pool, &["undo", "--yes"])
        .env("CONFCTL_SERVER", "127.0.0.1:9;transport=tcp")
        .run();
    assert_ne!(dead.code, 0, "{dead}");
    assert_eq!(
        json(&at(&["list", "--all", "--json"]).code(0))[0]["state"],
        "cancelled"
    );
    let _ = at(&["undo", "--yes"]).code(0);
    let rows = json(&at(&["list", "--all", "--json"]).code(0));
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
    assert_eq!(rows[0]["state"], "ok");
}

#[test]
fn who_was_told_stands_in_the_history() {
    let desk = Desk::new();
    fs::create_dir(desk.path("mails")).unwrap();
    let words = [
        "schedule",
        "live-meeting",
        "-s",
        "Budget",
        "-t",
        "tomorrow 10:00",
    ];
    let guests = ["-i", "bo@example.com", "-i", "cy@example.com"];
    let _ = mailed(&desk, &[&words[..], &guests].concat()).code(0);
    let _ = mailed(&desk, &["cancel", "Budget", "--yes"]).code(0);
    let _ = mailed(&desk, &["undo", "--yes"]).code(0);
    let told = history(&desk, "Budget");
    let of = |who: &str| -> Vec<&String> { told.iter().filter(|row| row.contains(who)).collect() };
    for who in ["bo@example.com", "cy@example.com"] {
        let rows: Vec<String> = [0, 1, 2].map(|n| format!("sent {n} {who}")).to_vec();
        assert_eq!(of(who), rows.iter().collect::<Vec<_>>());
    }
}
