//! The life of a meeting after `schedule`: listed, shown, changed, cancelled, in a diary that other
//! programs edit too.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::desk::{Desk, Output, Run, ServedPool, USERS};

/// Schedules a Live Meeting tomorrow at ten.
fn schedule(desk: &Desk, flags: &[&str]) -> Output {
    let command = ["schedule", "live-meeting", "-s", "Quarterly review"];
    let time = ["-t", "tomorrow 10:00", "-i", "bo@example.com"];
    desk.confctl(&[&command[..], &time, flags].concat())
        .run()
        .code(0)
}

fn run(desk: &Desk, words: &[&str]) -> Output {
    desk.confctl(words).run()
}

fn json(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{output}"))
}

fn listed(desk: &Desk, flags: &[&str]) -> Vec<Value> {
    let output = run(desk, &[&["list", "--json"][..], flags].concat()).code(0);
    json(&output).as_array().unwrap().clone()
}

fn diary(desk: &Desk) -> Vec<PathBuf> {
    let folder = fs::read_dir(desk.path(".local/share/confctl/diary"));
    let files = folder.unwrap().map(|file| file.unwrap().path());
    files.collect()
}

fn entry(desk: &Desk) -> String {
    let files = diary(desk);
    assert_eq!(files.len(), 1, "{files:?}");
    fs::read_to_string(&files[0]).unwrap()
}

fn unfolded(text: &str) -> String {
    text.replace("\r\n ", "")
}

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
fn what_others_wrote_into_the_entry_stays_byte_for_byte() {
    let desk = Desk::new();
    let _ = schedule(&desk, &["--note", "Agenda: all of it"]);
    let file = diary(&desk).remove(0);
    let before = fs::read_to_string(&file).unwrap();
    let text = unfolded(&before)
        .replace(
            "Agenda: all of it",
            "Agenda\\: odd \\x escapes\\, tabs\tand ünïcode",
        )
        .replace(
            "LOCATION:",
            "X-OTHER;KEY=\"a:b\":kept, as; it is\r\nCATEGORIES:Work\r\nLOCATION:",
        );
    fs::write(&file, &text).unwrap();
    let _ = run(
        &desk,
        &[
            "update",
            "quarterly",
            "--passcode",
            "auto",
            "--start",
            "friday 9:00",
        ],
    )
    .code(0);
    let after = unfolded(&fs::read_to_string(&file).unwrap());
    for kept in [
        "X-OTHER;KEY=\"a:b\":kept, as; it is\r\n",
        "CATEGORIES:Work\r\n",
        "DESCRIPTION:Agenda\\: odd \\x escapes\\, tabs\tand ünïcode\\n\\n====",
    ] {
        assert!(after.contains(kept), "{kept}\n{after}");
    }
    assert_eq!(after.matches("==== How to join").count(), 1);
}

#[test]
fn a_damaged_block_is_not_guessed_at() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    let file = diary(&desk).remove(0);
    let text = unfolded(&fs::read_to_string(&file).unwrap());
    let damaged = text.replace("==== End of how to join (confctl) ====", "");
    fs::write(&file, &damaged).unwrap();
    let _ = run(&desk, &["update", "quarterly", "--start", "friday 9:00"])
        .code(2)
        .says("--new-block");
    assert_eq!(fs::read_to_string(&file).unwrap(), damaged);
    let _ = run(
        &desk,
        &[
            "update",
            "quarterly",
            "--start",
            "friday 9:00",
            "--new-block",
        ],
    )
    .code(0);
}

#[test]
fn broken_entries_are_skipped_with_a_warning_and_never_touched() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    let folder = diary(&desk)[0].parent().unwrap().to_owned();
    let foreign = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:dentist\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20261124T080000Z\r\nSUMMARY:Dentist\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    for (name, bytes) in [
        ("broken.ics", &b"BEGIN:VCALENDAR\r\nno end"[..]),
        ("latin.ics", b"BEGIN:VCALENDAR\r\nSUMMARY:\xE9\r\n"),
        ("dentist.ics", foreign.as_bytes()),
    ] {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let output = run(&desk, &["list"]).code(0);
    assert_eq!(output.stdout.lines().count(), 1, "{output}");
    assert!(output.stderr.contains("broken.ics' is skipped"), "{output}");
    assert!(output.stderr.contains("latin.ics' is skipped"), "{output}");
    assert!(!output.stderr.contains("dentist"), "{output}");
    assert_eq!(
        fs::read(folder.join("dentist.ics")).unwrap(),
        foreign.as_bytes()
    );
}

#[test]
fn what_exists_only_on_one_side_is_shown() {
    let desk = Desk::new();
    let first = schedule(&desk, &[]);
    let _ = run(
        &desk,
        &[
            "schedule",
            "live-meeting",
            "-s",
            "Demo",
            "-t",
            "friday 9:00",
        ],
    )
    .code(0);
    let by_subject = |name: &str| {
        let files = diary(&desk).into_iter();
        let mut files = files.filter(|file| fs::read_to_string(file).unwrap().contains(name));
        files.next().unwrap()
    };
    fs::remove_file(by_subject("SUMMARY:Demo")).unwrap();
    let rows = listed(&desk, &[]);
    let states: Vec<_> = rows
        .iter()
        .map(|row| (row["subject"].as_str(), row["state"].as_str()))
        .collect();
    assert_eq!(
        states,
        [
            (Some("Quarterly review"), Some("ok")),
            (Some("Demo"), Some("no entry"))
        ]
    );
    let meeting_id = rows[1]["meeting_id"].as_str().unwrap();
    let shown = run(&desk, &["show", meeting_id]).code(0);
    assert!(shown.stdout.contains("Conference ID: "), "{shown}");
    let _ = run(&desk, &["cancel", meeting_id, "--yes"]).code(0);
    assert_eq!(listed(&desk, &[]).len(), 1);
    // The practice pool forgets everything when its database goes.
    for file in fs::read_dir(desk.path(".local/share/confctl/practice")).unwrap() {
        let _ = fs::remove_file(file.unwrap().path());
    }
    assert_eq!(listed(&desk, &[])[0]["state"], "gone");
    let id = first.value_of("Conference ID: ");
    let _ = run(&desk, &["update", &id, "--start", "friday 9:00"])
        .code(3)
        .says("--id new");
    let _ = run(
        &desk,
        &["update", &id, "--start", "friday 9:00", "--id", "new"],
    )
    .code(0);
    assert_eq!(listed(&desk, &[])[0]["state"], "ok");
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
    let other = desk
        .confctl(&[
            "schedule",
            "live-meeting",
            "-s",
            "Other",
            "-t",
            "+2h",
            "--key",
            "review-47",
        ])
        .run()
        .code(0)
        .says("was used for 'Quarterly review'");
    assert_eq!(other.stdout, first.stdout);
    assert_eq!(listed(&desk, &[]).len(), 1);
    let _ = run(&desk, &["cancel", "quarterly", "--yes"]).code(0);
    let words = [
        "schedule",
        "live-meeting",
        "-s",
        "x",
        "-t",
        "+2h",
        "--key",
        "review-47",
    ];
    let _ = run(&desk, &words).code(3).says("was cancelled");
}

#[test]
fn one_occurrence_is_moved_and_another_dropped() {
    let desk = Desk::new();
    let series = [
        "schedule",
        "live-meeting",
        "-s",
        "Sync",
        "-t",
        "monday 10:00",
        "--repeat",
        "weekly",
        "--count",
        "5",
        "-i",
        "bo@example.com",
        "--zone",
        "Europe/Prague",
    ];
    let made = run(&desk, &series)
        .code(0)
        .says("every week on Monday, 5 times");
    assert!(made.stdout.contains("RRULE:FREQ=WEEKLY"), "{made}");
    let moved = run(
        &desk,
        &[
            "update",
            "sync",
            "--occurrence",
            "2026-12-07",
            "--start",
            "2026-12-08 15:00",
        ],
    )
    .code(0);
    let text = moved.unfolded();
    assert!(
        text.contains("RECURRENCE-ID;TZID=Europe/Prague:20261207T100000"),
        "{moved}"
    );
    assert!(
        text.contains("DTSTART;TZID=Europe/Prague:20261208T150000"),
        "{moved}"
    );
    assert!(!text.contains("RRULE:FREQ=WEEKLY"), "{moved}");
    let dropped = run(
        &desk,
        &["cancel", "sync", "--occurrence", "2026-12-14", "--yes"],
    )
    .code(0);
    assert!(dropped.stdout.contains("METHOD:CANCEL"), "{dropped}");
    assert!(
        dropped
            .unfolded()
            .contains("RECURRENCE-ID;TZID=Europe/Prague:20261214T100000"),
        "{dropped}"
    );
    let master = unfolded(&entry(&desk));
    assert!(
        master.contains("EXDATE;TZID=Europe/Prague:20261214T100000"),
        "{master}"
    );
    let _ = run(
        &desk,
        &["cancel", "sync", "--occurrence", "2026-12-14", "--yes"],
    )
    .code(3);
    let _ = run(
        &desk,
        &["cancel", "sync", "--occurrence", "2026-12-15", "--yes"],
    )
    .code(3)
    .says("no occurrence");
    // One conference for all of them, kept until two weeks after the last.
    let rows = listed(&desk, &[]);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["expires"], "2027-01-04T10:00:00Z");
    let whole = run(&desk, &["invite", "sync"]).code(0);
    assert_eq!(whole.stdout.matches("BEGIN:VEVENT").count(), 2, "{whole}");
}

#[test]
fn an_endless_series_is_renewed() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let series = [
        "schedule",
        "live-meeting",
        "-s",
        "Sync",
        "-t",
        "monday 10:00",
        "--repeat",
        "weekly",
    ];
    let _ = desk.confctl_at(&pool, &series).run().code(0);
    let expiry = |now: &str| {
        let rows = desk
            .confctl_at(&pool, &["list", "--json"])
            .env("CONFCTL_NOW", now)
            .run()
            .code(0);
        json(&rows)[0]["expires"].as_str().unwrap().to_owned()
    };
    let first = expiry("2026-11-23T00:00:00Z");
    assert!(first.as_str() > "2027-11-22", "{first}");
    let _ = expiry("2027-08-01T00:00:00Z");
    let renewed = expiry("2027-08-01T00:00:00Z");
    assert!(renewed.as_str() > "2028-08-01", "{renewed}");
}

#[test]
fn a_meeting_made_elsewhere_gets_a_conference_and_keeps_the_rest() {
    let desk = Desk::new();
    let foreign = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Other//EN\r\nBEGIN:VEVENT\r\nUID:made-elsewhere\r\nDTSTAMP:20261101T000000Z\r\nDTSTART;TZID=W. Europe Standard Time:20261124T080000\r\nDTEND;TZID=W. Europe Standard Time:20261124T090000\r\nSUMMARY:Dentistry\r\nDESCRIPTION:Bring teeth\r\nATTENDEE;CN=Bo;PARTSTAT=ACCEPTED:mailto:bo@example.com\r\nX-UNKNOWN;A=b:c\r\nBEGIN:VALARM\r\nTRIGGER:-PT5M\r\nACTION:DISPLAY\r\nDESCRIPTION:go\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    fs::write(desk.path("theirs.ics"), foreign).unwrap();
    let command = ["schedule", "live-meeting", "--from", "theirs.ics"];
    let output = run(&desk, &command).code(0);
    let text = output.unfolded();
    for kept in [
        "UID:made-elsewhere\r\n",
        "DTSTART;TZID=W. Europe Standard Time:20261124T080000\r\n",
        "ATTENDEE;CN=Bo;PARTSTAT=ACCEPTED:mailto:bo@example.com\r\n",
        "X-UNKNOWN;A=b:c\r\n",
        "TRIGGER:-PT5M\r\n",
        "DESCRIPTION:Bring teeth",
        "METHOD:REQUEST\r\n",
        "ORGANIZER",
    ] {
        assert!(text.contains(kept), "{kept}\n{output}");
    }
    assert_eq!(output.value_of("Conference ID: ").len(), 5);
    let _ = run(&desk, &command)
        .code(6)
        .says("has a conference already");
    let piped = desk
        .confctl(&["schedule", "live-meeting", "--from", "-"])
        .input(foreign.replace("made-elsewhere", "another").as_bytes())
        .run()
        .code(0);
    assert!(piped.stdout.contains("UID:another"), "{piped}");
    let _ = desk
        .confctl(&["schedule", "live-meeting", "--from", "-"])
        .input(b"no calendar at all")
        .run()
        .code(2);
    assert_eq!(listed(&desk, &[]).len(), 2);
}

/// What other programs wrote, as they write it: every line but those that an update is about.
#[test]
fn appointments_of_five_writers_lose_nothing() {
    let changed = [
        "DESCRIPTION",
        "X-ALT-DESC",
        "SEQUENCE",
        "DTSTAMP",
        "LAST-MODIFIED",
        "METHOD",
    ];
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/specimens");
    let mut writers = 0;
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        let theirs = fs::read_to_string(&file).unwrap();
        let desk = Desk::new();
        let words = ["schedule", "live-meeting", "--from", file.to_str().unwrap()];
        let output = run(&desk, &words).code(0);
        let ours = entry(&desk);
        let newline = if theirs.contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        let joined = |text: &str| {
            text.replace("\r\n ", "")
                .replace("\n ", "")
                .replace("\r\n\t", "")
                .replace("\n\t", "")
        };
        let (theirs, ours) = (joined(&theirs), joined(&ours));
        let kept: Vec<&str> = ours.split(newline).collect();
        for line in theirs.split(newline) {
            let name = line.split([':', ';']).next().unwrap();
            // An empty place gets ours.
            if changed.contains(&name) || line == "LOCATION:" {
                continue;
            }
            assert!(kept.contains(&line), "{}: {line}\n{ours}", file.display());
        }
        let own_words = theirs
            .split(newline)
            .find_map(|line| line.strip_prefix("DESCRIPTION:"));
        if let Some(own_words) = own_words {
            assert!(
                ours.contains(own_words),
                "{}: {own_words}\n{ours}",
                file.display()
            );
        }
        assert_eq!(output.value_of("Conference ID: ").len(), 5);
        writers += 1;
    }
    assert_eq!(writers, 5);
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

fn at(desk: &Desk, pool: &ServedPool, user: usize, words: &[&str]) -> Run {
    let (address, login, password) = USERS[user];
    desk.confctl_at(pool, words)
        .env("CONFCTL_USER", address)
        .env("CONFCTL_LOGIN", login)
        .env("CONFCTL_PASSWORD", password)
}

#[test]
fn a_diary_that_cannot_be_written_is_told_before_the_pool_is_asked() {
    let desk = Desk::new();
    fs::write(desk.path("file"), "").unwrap();
    let output = desk
        .confctl(&["schedule", "live-meeting", "-s", "x", "-t", "+2h"])
        .env("CONFCTL_DIARY", desk.path("file/diary").to_str().unwrap())
        .run()
        .code(1)
        .says("can't write into the diary");
    assert!(output.stdout.is_empty(), "{output}");
    assert!(listed(&desk, &["--all"]).is_empty());
}

#[test]
fn changes_at_the_same_time_are_all_made_and_all_have_their_number() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    let sequences: Vec<String> = std::thread::scope(|scope| {
        let updates: Vec<_> = (0..8)
            .map(|n| {
                let (desk, guest) = (&desk, format!("guest{n}@example.com"));
                scope.spawn(move || {
                    let output = run(desk, &["update", "quarterly", "--invite", &guest]).code(0);
                    output.value_of("SEQUENCE:")
                })
            })
            .collect();
        updates
            .into_iter()
            .map(|update| update.join().unwrap())
            .collect()
    });
    let mut sequences: Vec<u32> = sequences.iter().map(|text| text.parse().unwrap()).collect();
    sequences.sort_unstable();
    assert_eq!(sequences, [1, 2, 3, 4, 5, 6, 7, 8]);
    let whole = run(&desk, &["invite", "quarterly"]).code(0);
    assert_eq!(
        whole.unfolded().matches("mailto:guest").count(),
        8,
        "{whole}"
    );
}

#[cfg(unix)]
#[test]
fn resuming_does_not_undo_what_was_done_since() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    let first = [
        "update",
        "quarterly",
        "--start",
        "friday 9:00",
        "-o",
        "/dev/full",
    ];
    let _ = run(&desk, &first).code(7).says("Conference ID");
    let _ = run(&desk, &["update", "quarterly", "--start", "friday 14:00"]).code(0);
    let given_up = run(&desk, &["resume"]).code(3);
    assert!(
        given_up.stderr.contains("was changed again since"),
        "{given_up}"
    );
    assert_eq!(listed(&desk, &[])[0]["start"], "2026-11-27T14:00:00+00:00");
    let _ = run(&desk, &first).code(7);
    let _ = run(&desk, &["cancel", "quarterly", "--yes"]).code(0);
    let _ = run(&desk, &["resume"]).code(3).says("was cancelled since");
    let _ = run(&desk, &["resume"])
        .code(0)
        .says("Nothing is unfinished.");
    assert!(listed(&desk, &[]).is_empty());
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
fn an_exact_subject_wins_and_a_cancelled_meeting_is_found_when_no_other_is_meant() {
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
    assert_eq!(subject("plan"), "Plan B");
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

#[test]
fn a_new_rule_keeps_what_was_dropped_and_begins_on_a_day_of_its_own() {
    let desk = Desk::new();
    let series = [
        "schedule",
        "live-meeting",
        "-s",
        "Sync",
        "-t",
        "monday 10:00",
        "--repeat",
        "daily",
        "--count",
        "5",
        "-i",
        "bo@example.com,cy@example.com",
    ];
    let _ = run(&desk, &series).code(0);
    let _ = run(
        &desk,
        &["cancel", "sync", "--occurrence", "2026-11-25", "--yes"],
    )
    .code(0);
    let _ = run(
        &desk,
        &[
            "update",
            "sync",
            "--occurrence",
            "2026-11-27",
            "--start",
            "2027-02-01 9:00",
        ],
    )
    .code(0);
    let expires = |desk: &Desk| listed(desk, &[])[0]["expires"].as_str().unwrap().to_owned();
    assert_eq!(expires(&desk), "2027-02-15T10:00:00Z");
    let _ = run(&desk, &["update", "sync", "--subject", "Synchronisation"]).code(0);
    assert_eq!(expires(&desk), "2027-02-15T10:00:00Z");
    // A time of day alone keeps the day; a person can leave one meeting only.
    let moved = run(
        &desk,
        &[
            "update",
            "sync",
            "--occurrence",
            "2026-11-24",
            "--start",
            "9:30",
            "--remove",
            "cy@example.com",
        ],
    )
    .code(0)
    .says("Tuesday 24 November 2026 09:30")
    .says("--occurrence 2026-11-24 --cancel-for cy@example.com");
    assert!(
        !moved.unfolded().contains("mailto:cy@example.com"),
        "{moved}"
    );
    let one = [
        "invite",
        "sync",
        "--occurrence",
        "2026-11-24",
        "--cancel-for",
        "cy@example.com",
    ];
    let one = run(&desk, &one).code(0);
    assert!(
        one.stdout.contains("METHOD:CANCEL") && one.stdout.contains("RECURRENCE-ID"),
        "{one}"
    );
    assert!(!one.stdout.contains("\nRRULE:FREQ=DAILY"), "{one}");
    let dropped = run(&desk, &["invite", "sync", "--occurrence", "2026-11-25"]).code(0);
    assert!(dropped.stdout.contains("METHOD:CANCEL"), "{dropped}");
    let weekly = run(
        &desk,
        &["update", "sync", "--rrule", "FREQ=WEEKLY;BYDAY=WE;COUNT=3"],
    )
    .code(0)
    .says("first day of the series is Wednesday 25 November 2026")
    .says("What was changed about");
    assert!(weekly.stdout.contains("20261125T100000"), "{weekly}");
    let shown = run(&desk, &["show", "sync", "--json"]).code(0);
    let days = json(&shown)["series"]["occurrences"].clone();
    let days: Vec<&str> = days
        .as_array()
        .unwrap()
        .iter()
        .map(|at| &at["start"].as_str().unwrap()[..10])
        .collect();
    assert_eq!(days, ["2026-12-02", "2026-12-09"]);
}
