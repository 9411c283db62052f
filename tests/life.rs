//! The life of a meeting after `schedule`: listed, shown, changed, cancelled.

use std::fs;

use serde_json::Value;

use crate::desk::{Desk, ServedPool, USERS};
use crate::meetings::{MEETING, at, json, listed, run, schedule};

#[test]
fn a_meeting_is_listed_shown_and_invited_to_again() {
    let desk = Desk::new();
    let made = schedule(&desk, &[]);
    let id = made.value_of("Conference ID: ");
    let rows = listed(&desk, &[]);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["subject"], "Quarterly review");
    assert_eq!(rows[0]["state"], "ok");
    assert_eq!(rows[0]["start"], "2026-11-23T10:00:00+00:00");
    assert_eq!(rows[0]["conference_id"], id.as_str());
    let piped = run(&desk, &["list"]).code(0);
    assert_eq!(
        piped.stdout,
        format!("Mon 2026-11-23 10:00\tQuarterly review\tlive-meeting\t{id}\tok\t\n")
    );
    let shown = run(&desk, &["show", &id]).code(0);
    assert_eq!(shown.value_of("Conference ID: "), id);
    assert_eq!(shown.value_of("Passcode: "), made.value_of("Passcode: "));
    assert!(shown.stdout.contains("On the pool:  yes"), "{shown}");
    let again = run(&desk, &["invite", &id]).code(0);
    assert_eq!(again.stdout, made.stdout);
    assert!(!again.stdout.contains("X-CONFCTL"), "{again}");
}

#[test]
fn every_name_of_a_meeting_finds_it() {
    let desk = Desk::new();
    let made = schedule(&desk, &["-f", "json"]);
    let facts = json(&made);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let meeting_id = text(&facts["conference"]["id"]);
    let uid = text(&facts["uid"]);
    let names = [
        text(&facts["call_in"]["conference_id"]),
        meeting_id[..6].to_owned(),
        meeting_id.to_lowercase(),
        meeting_id,
        text(&facts["call_in"]["client_link"]),
        text(&facts["conference"]["focus"]),
        uid[..8].to_owned(),
        uid,
        "quarterly".to_owned(),
        "review QUART".to_owned(),
    ];
    for name in names {
        let shown = run(&desk, &["show", &name, "--offline", "--json"]).code(0);
        assert_eq!(json(&shown)["uid"], facts["uid"], "{name}");
    }
    let _ = run(&desk, &["show", "nothing of the kind", "--offline"])
        .code(3)
        .says("no meeting in the diary is called 'nothing of the kind'");
    let _ = schedule(&desk, &[]);
    let _ = run(&desk, &["show", "quarterly", "--offline"])
        .code(3)
        .says("can be any of 2 meetings")
        .says("Monday 23 November 2026 10:00");
}

#[test]
fn an_update_keeps_uid_and_conference_and_raises_the_sequence() {
    let desk = Desk::new();
    let made = schedule(&desk, &["-f", "json"]);
    let before = json(&made);
    let updated = run(
        &desk,
        &[
            "reschedule",
            "quarterly",
            "--start",
            "friday 14:00",
            "--subject",
            "Budget review",
            "--invite",
            "Cy <cy@example.com>",
            "--remove",
            "bo@example.com",
            "-f",
            "json",
        ],
    )
    .code(0)
    .says("Friday 27 November 2026 14:00–15:00")
    .says("--cancel-for bo@example.com");
    let after = json(&updated);
    assert_eq!(after["uid"], before["uid"]);
    assert_eq!(after["sequence"], 1);
    assert_eq!(after["subject"], "Budget review");
    assert_eq!(
        after["call_in"]["conference_id"],
        before["call_in"]["conference_id"]
    );
    assert_eq!(after["call_in"]["passcode"], before["call_in"]["passcode"]);
    assert_eq!(after["attendees"].as_array().unwrap().len(), 1);
    assert_eq!(after["attendees"][0]["address"], "cy@example.com");
    let shown = run(&desk, &["show", "budget"]).code(0);
    assert!(shown.stdout.contains("On the pool:  yes"), "{shown}");
    assert!(
        shown.stdout.contains("kept until Friday 11 December 2026"),
        "{shown}"
    );
    let request = run(&desk, &["invite", "budget"]).code(0);
    assert!(request.stdout.contains("METHOD:REQUEST"), "{request}");
    let gone = run(
        &desk,
        &["invite", "budget", "--cancel-for", "bo@example.com"],
    )
    .code(0);
    assert!(gone.stdout.contains("METHOD:CANCEL"), "{gone}");
    assert!(gone.unfolded().contains("mailto:bo@example.com"), "{gone}");
    assert!(!gone.unfolded().contains("mailto:cy@example.com"), "{gone}");
}

#[test]
fn a_passcode_is_rotated_and_the_conference_id_switched() {
    let desk = Desk::new();
    let first = json(&schedule(&desk, &["-f", "json"]));
    let rotated = run(
        &desk,
        &["update", "quarterly", "--passcode", "auto", "-f", "json"],
    )
    .code(0);
    let rotated = json(&rotated);
    assert_ne!(rotated["call_in"]["passcode"], first["call_in"]["passcode"]);
    let chosen = run(
        &desk,
        &[
            "update",
            "quarterly",
            "--passcode",
            "87654321",
            "-f",
            "json",
        ],
    )
    .code(0);
    assert_eq!(json(&chosen)["call_in"]["passcode"], "87654321");
    let shown = run(&desk, &["show", "quarterly", "--json"]).code(0);
    assert_eq!(json(&shown)["pool"]["state"], "ok");

    let call = [
        "schedule",
        "conference-call",
        "-s",
        "Standup",
        "-t",
        "tomorrow 9:00",
    ];
    let call = json(&run(&desk, &[&call[..], &["-f", "json"]].concat()).code(0));
    assert_eq!(call["conference"]["assigned"], true);
    let own = json(&run(&desk, &["update", "standup", "--id", "new", "-f", "json"]).code(0));
    assert_eq!(own["conference"]["assigned"], false);
    assert_ne!(
        own["call_in"]["conference_id"],
        call["call_in"]["conference_id"]
    );
    let back = json(
        &run(
            &desk,
            &["update", "standup", "--id", "assigned", "-f", "json"],
        )
        .code(0),
    );
    assert_eq!(
        back["call_in"]["conference_id"],
        call["call_in"]["conference_id"]
    );
    // The one in between is gone from the pool, and nothing is there without an entry.
    let states: Vec<_> = listed(&desk, &[])
        .iter()
        .map(|row| row["state"].clone())
        .collect();
    assert_eq!(states, ["ok", "ok"]);
}

#[test]
fn a_cancelled_meeting_leaves_the_pool_and_says_so_to_those_invited() {
    let desk = Desk::new();
    let made = schedule(&desk, &[]);
    let id = made.value_of("Conference ID: ");
    let _ = run(&desk, &["cancel", &id]).code(2).says("--yes");
    let cancelled = run(&desk, &["cancel", &id, "--yes"]).code(0);
    let text = cancelled.unfolded();
    for line in ["METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:1"] {
        assert!(text.contains(line), "{line}\n{cancelled}");
    }
    assert!(
        text.contains("mailto:bo@example.com") && !text.contains("VALARM"),
        "{cancelled}"
    );
    assert!(listed(&desk, &[]).is_empty());
    let all = listed(&desk, &["--all"]);
    let states: Vec<_> = all
        .iter()
        .filter(|row| row["assigned"] == false)
        .map(|row| row["state"].clone())
        .collect();
    assert_eq!(states, ["cancelled"]);
    let _ = run(&desk, &["cancel", &id, "--yes"])
        .code(3)
        .says("cancelled already");
    let again = run(&desk, &["invite", &id]).code(0);
    assert_eq!(again.stdout, cancelled.stdout);
}

#[test]
fn cancelling_a_call_leaves_the_assigned_conference_alone() {
    let desk = Desk::new();
    let call = [
        "schedule",
        "conference-call",
        "-s",
        "Standup",
        "-t",
        "tomorrow 9:00",
    ];
    let first = run(&desk, &call).code(0);
    let _ = run(&desk, &["cancel", "standup", "--yes"]).code(0);
    let second = run(&desk, &call).code(0);
    assert_eq!(
        first.value_of("Conference ID: "),
        second.value_of("Conference ID: ")
    );
}

#[test]
fn neighbours_on_the_assigned_id_are_warned_of() {
    let desk = Desk::new();
    let call = |time: &str, subject: &str| {
        let words = ["schedule", "conference-call", "-s", subject, "-t", time];
        run(&desk, &words).code(0)
    };
    let first = call("tomorrow 9:00", "Standup");
    assert!(!first.stderr.contains("warning"), "{first}");
    let touching = call("tomorrow 10:00", "Retrospective");
    assert!(touching.stderr.contains("'Standup'"), "{touching}");
    assert!(touching.stderr.contains("--id new"), "{touching}");
    let apart = call("tomorrow 15:00", "Planning");
    assert!(!apart.stderr.contains("warning"), "{apart}");
    let moved = run(&desk, &["update", "planning", "--start", "tomorrow 9:30"]).code(0);
    assert!(moved.stderr.contains("'Standup'"), "{moved}");
    assert!(moved.stderr.contains("'Retrospective'"), "{moved}");
}

#[test]
fn meet_now_begins_now_and_can_be_shown_and_cancelled() {
    let desk = Desk::new();
    let met = run(&desk, &["meet-now", "conference-call", "-f", "json"]).code(0);
    let facts = json(&met);
    assert_eq!(facts["start"], "2026-11-22T09:15:00+00:00");
    assert_eq!(facts["conference"]["expires"], "2026-11-22T17:15:00Z");
    let id = facts["call_in"]["conference_id"].as_str().unwrap();
    let shown = run(&desk, &["show", id]).code(0);
    assert_eq!(shown.value_of("Conference ID: "), id);
    let opened = desk
        .confctl(&["meet-now", "live-meeting", "--open", "-q"])
        .env("BROWSER", "/bin/echo opened %s")
        .run()
        .code(0);
    assert!(opened.stdout.contains("BEGIN:VCALENDAR"), "{opened}");
    let _ = run(&desk, &["cancel", id, "--yes"]).code(0);
}

#[test]
fn the_same_key_is_the_same_conference() {
    let desk = Desk::new();
    let first = schedule(&desk, &["--key", "review-47"]);
    let second = schedule(&desk, &["--key", "review-47"]);
    assert_eq!(first.stdout, second.stdout);
    assert!(second.stderr.contains("It exists already"), "{second}");
    assert_eq!(listed(&desk, &[]).len(), 1);
    let _ = run(&desk, &["cancel", "quarterly", "--yes"]).code(0);
    let again = [&MEETING[..], &["--key", "review-47"]].concat();
    let _ = run(&desk, &again).code(3).says("was cancelled");
}

#[test]
fn a_delegate_schedules_for_the_manager() {
    let (desk, pool) = (
        Desk::new(),
        ServedPool::start(&["--delegate", "sip:bo@example.com=sip:ana@example.com"]),
    );
    let command = [
        "schedule",
        "live-meeting",
        "-s",
        "Review",
        "-t",
        "tomorrow 9:00",
        "-i",
        "cy@example.com",
        "--on-behalf-of",
        "Bo Sample <bo@example.com>",
    ];
    let output = desk.confctl_at(&pool, &command).run().code(0);
    let text = output.unfolded();
    assert!(
        text.contains(
            "ORGANIZER;CN=Bo Sample;SENT-BY=\"mailto:ana@example.com\":mailto:bo@example.com"
        ),
        "{output}"
    );
    assert!(text.contains("sip:bo@example.com;gruu"), "{output}");
    let _ = desk
        .confctl_at(&pool, &["update", "review", "--start", "friday 9:00"])
        .run()
        .code(0);
    let _ = desk
        .confctl_at(&pool, &["cancel", "review", "--yes"])
        .run()
        .code(0);
    let boss = at(
        &desk,
        &pool,
        1,
        &[
            "schedule",
            "live-meeting",
            "-s",
            "x",
            "-t",
            "+2h",
            "--on-behalf-of",
            USERS[0].0,
        ],
    );
    let refused = boss.run().code(6);
    assert!(refused.stderr.contains("ana@example.com"), "{refused}");
}

#[test]
fn other_peoples_conferences_are_left_alone() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let command = [
        "schedule",
        "live-meeting",
        "-s",
        "Review",
        "-t",
        "tomorrow 9:00",
    ];
    let _ = desk.confctl_at(&pool, &command).run().code(0);
    for command in [
        &["cancel", "review", "--yes"][..],
        &["update", "review", "--start", "friday 9:00"],
    ] {
        let _ = at(&desk, &pool, 1, command)
            .run()
            .code(4)
            .says("is that of sip:ana@example.com");
    }
    let rows = desk.confctl_at(&pool, &["list", "--json"]).run().code(0);
    assert_eq!(json(&rows)[0]["state"], "ok");
    let theirs = at(&desk, &pool, 1, &["list", "--json"]).run().code(0);
    assert_eq!(json(&theirs)[0]["state"], "other account");
}

#[test]
fn the_assigned_conference_is_never_deleted() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&["--dialect", "lync"]));
    for subject in ["One", "Two"] {
        let command = [
            "schedule",
            "conference-call",
            "-s",
            subject,
            "-t",
            "tomorrow 9:00",
        ];
        let _ = desk.confctl_at(&pool, &command).run().code(0);
    }
    let rows = desk.confctl_at(&pool, &["list", "--json"]).run().code(0);
    let id = json(&rows)[0]["meeting_id"].as_str().unwrap().to_owned();
    let _ = desk
        .confctl_at(&pool, &["cancel", &id, "--yes"])
        .run()
        .code(3);
    fs::remove_dir_all(desk.path(".local/share/confctl/diary")).unwrap();
    let _ = desk
        .confctl_at(&pool, &["cancel", &id, "--yes"])
        .run()
        .code(6)
        .says("your assigned conference");
}

#[test]
fn an_exact_subject_wins_and_a_cancelled_meeting_keeps_it() {
    let desk = Desk::new();
    for subject in ["Plan", "Plan B", "Planning"] {
        let command = [
            "schedule",
            "live-meeting",
            "-s",
            subject,
            "-t",
            "tomorrow 9:00",
        ];
        let _ = run(&desk, &command).code(0);
    }
    let subject = |name: &str| {
        let shown = run(&desk, &["show", name, "--offline", "--json"]).code(0);
        json(&shown)["subject"].as_str().unwrap().to_owned()
    };
    assert_eq!(subject("plan"), "Plan");
    assert_eq!(subject("b"), "Plan B");
    let _ = run(&desk, &["cancel", "plan", "--yes"]).code(0);
    assert_eq!(subject("planning"), "Planning");
    // An exact subject stays that of its meeting.
    assert_eq!(subject("plan"), "Plan");
    assert_eq!(subject("b"), "Plan B");
    let _ = run(&desk, &["cancel", "planning", "--yes"]).code(0);
    let _ = run(&desk, &["cancel", "plan b", "--yes"]).code(0);
    assert_eq!(subject("planning"), "Planning");
}

#[test]
fn what_is_no_change_is_no_new_version() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    let same = [
        "update",
        "quarterly",
        "--subject",
        "Quarterly review",
        "--invite",
        "bo@example.com",
    ];
    let _ = run(&desk, &same).code(2).says("as wished for already");
    let call = [
        "schedule",
        "conference-call",
        "-s",
        "Standup",
        "-t",
        "friday 9:00",
    ];
    let _ = run(&desk, &call).code(0);
    let passcode = ["update", "standup", "--passcode", "auto"];
    let _ = run(&desk, &passcode).code(2).says("keeps its own passcode");
}

/// By the id, the title, a word, a beginning: the second time nothing is left that is called so.
#[test]
fn what_names_a_cancelled_meeting_hits_no_other_one() {
    for (meant, other, name) in [
        ("Budget", "Budget 2038", "budget"),
        ("Budget review", "Budgets of all", "budget"),
        ("Standup", "Standup notes", "Standup"),
        ("Alpha review", "Preview beta", "review"),
    ] {
        let desk = Desk::new();
        for subject in [meant, other] {
            let words = ["schedule", "live-meeting", "-s", subject, "-t", "+2d"];
            let _ = desk.confctl(&words).run().code(0);
        }
        let cancel = || desk.confctl(&["cancel", name, "--yes"]).run();
        let _ = cancel().code(0);
        let again = cancel();
        assert_ne!(again.code, 0, "{name}: {again}");
        let moved = desk.confctl(&["update", name, "-t", "+1h"]).run();
        assert_ne!(moved.code, 0, "{name}: {moved}");
        let left = desk.confctl(&["list", "--json"]).run().code(0);
        assert!(left.stdout.contains(other), "{name}: {left}");
    }
}
