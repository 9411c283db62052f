//! The diary, which other programs and other processes write too.

use std::fs;

use crate::desk::Desk;
use crate::meetings::{diary, entry, listed, run, schedule, unfolded};

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
    assert!(
        output.stderr.contains("broken.ics' can't be read"),
        "{output}"
    );
    assert!(
        output.stderr.contains("latin.ics' can't be read"),
        "{output}"
    );
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
        if !file.is_file() {
            continue;
        }
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
