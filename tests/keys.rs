//! One key, one meeting: a repeat is told as one, and anything else under the key is a conflict.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::desk::{Desk, Output, words};
use crate::laboratory::{Moment, Steps};
use crate::meetings;

const FIRST: &str = "schedule live-meeting -s 'Quarterly review' -t '2026-12-01 14:00' -d 1h \
                     -i bo@example.com --key review-47";

#[track_caller]
fn is_a_conflict(desk: &Desk, line: &str) {
    let output = desk.run(line).code(8);
    assert_eq!(output.stdout, "", "{output}");
    assert!(
        output
            .stderr
            .contains("--key 'review-47' made 'Quarterly review'"),
        "{output}"
    );
    assert_eq!(meetings::diary(desk).len(), 1, "{line}");
    assert_eq!(meetings::listed(desk, &["--all"]).len(), 1, "{line}");
    let _ = desk
        .run("resume --list")
        .code(0)
        .says("Nothing is unfinished.");
}

/// What a request is: whatever differs is another meeting.
#[test]
fn a_key_with_other_facts_is_a_conflict() {
    let desk = Desk::new();
    let first = desk.run(FIRST).code(0);
    assert!(!first.stderr.contains("exists already"), "{first}");
    for (from, to) in [
        ("live-meeting", "conference-call --id new"),
        ("Quarterly", "Yearly"),
        ("14:00", "14:30"),
        ("12-01", "12-08"),
        ("-d 1h", "-d 2h"),
        ("bo@", "cy@"),
        ("-i bo@", "-i cy@example.com,bo@"),
        ("-i bo@", "--optional bo@"),
        ("-i bo@", "--presenter bo@"),
        ("--key", "--room r1@example.com --key"),
        ("--key", "--note 'Bring numbers' --key"),
        ("--key", "--access closed --key"),
        ("--key", "--no-dial-in --key"),
        ("--key", "--passcode 47114711 --key"),
        ("--key", "--region France --key"),
        ("--key", "--promote everyone --key"),
        ("--key", "--repeat weekly --count 3 --key"),
        ("--key", "--lang de --key"),
    ] {
        let line = FIRST.replace(from, to);
        assert_ne!(line, FIRST, "{from}");
        is_a_conflict(&desk, &line);
    }
}

/// Where the invitation goes, and other words for the same, are no other meeting.
/// What is written otherwise and means the same, or was not asked for, is no other fact.
#[test]
fn other_words_for_the_same_facts_are_a_repeat() {
    const WEEKLY: &str = "schedule live-meeting -s Weekly -t '2026-12-01 14:00' -d 1h --key w \
                          --repeat weekly --count 4";
    let repeats = |desk: &Desk, line: &str, now: &str| {
        let run = desk.confctl(&words(line)).env("CONFCTL_NOW", now).run();
        let output = run.code(0);
        assert!(
            output.stderr.contains("It exists already"),
            "{line}: {output}"
        );
    };
    let before = "2026-11-22T10:00:00Z";
    let desk = Desk::new();
    let _ = desk.run(WEEKLY).code(0);
    for rule in [
        "FREQ=WEEKLY;COUNT=4",
        "FREQ=WEEKLY;COUNT=4;BYDAY=TU",
        "FREQ=WEEKLY;INTERVAL=1;UNTIL=20261222T140000Z",
        "FREQ=DAILY;INTERVAL=7;COUNT=4",
    ] {
        let line = WEEKLY.replace("--repeat weekly --count 4", &format!("--rrule '{rule}'"));
        repeats(&desk, &line, before);
    }
    for other in ["--count 5", "--count 3"] {
        let _ = desk.run(&WEEKLY.replace("--count 4", other)).code(8);
    }
    // The settings are no fact, nor is it a new meeting in the past that is there already.
    let desk = Desk::new();
    let _ = desk.run(FIRST).code(0);
    fs::create_dir_all(desk.path(".config/confctl")).unwrap();
    fs::write(
        desk.path(".config/confctl/config.toml"),
        "language = \"de\"\n",
    )
    .unwrap();
    repeats(&desk, FIRST, before);
    repeats(&desk, FIRST, "2027-03-01T10:00:00Z");
    let late = desk
        .confctl(&words(&FIRST.replace("review-47", "another")))
        .env("CONFCTL_NOW", "2027-03-01T10:00:00Z");
    let _ = late.run().code(2).says("which is in the past");
    let _ = desk
        .run("resume --list")
        .code(0)
        .says("Nothing is unfinished.");
}

#[test]
fn a_plain_repeat_says_that_it_exists_already() {
    let desk = Desk::new();
    let first = desk.run(FIRST).code(0);
    for (from, to) in [
        ("", ""),
        ("-d 1h", "--end 15:00"),
        ("-d 1h", "--end '2026-12-01 15:00'"),
        ("-d 1h", "-d 60m"),
        ("'2026-12-01 14:00'", "2026-12-01T15:00+01:00"),
        ("'2026-12-01 14:00'", "'1 December 2026 14:00'"),
        ("bo@example.com", "'Bo <BO@example.com>'"),
    ] {
        let line = FIRST.replacen(from, to, 1);
        let again = desk.run(&line).code(0);
        assert_eq!(again.stdout, first.stdout, "{line}");
        assert!(again.stderr.contains("It exists already"), "{again}");
        assert!(!again.stderr.contains("Scheduled."), "{again}");
    }
    let to_file = desk.run(&format!("{FIRST} -o again.ics")).code(0);
    assert_eq!(to_file.stdout, "");
    assert_eq!(
        fs::read_to_string(desk.path("again.ics")).unwrap(),
        first.stdout
    );
    let as_text = desk.run(&format!("{FIRST} -f text")).code(0);
    assert!(as_text.stdout.contains("Conference ID: "), "{as_text}");
    let sent = desk.run(&format!("{FIRST} --send=folder:mails")).code(0);
    assert!(sent.stderr.contains("nobody is mailed now"), "{sent}");
    assert_eq!(meetings::listed(&desk, &[]).len(), 1);
}

#[test]
fn json_says_whether_it_was_there() {
    let desk = Desk::new();
    let is_repeated = |output: Output| meetings::json(&output.code(0))["repeated"].clone();
    let line = format!("{FIRST} -f json");
    assert_eq!(is_repeated(desk.run(&line)), json!(false));
    assert_eq!(is_repeated(desk.run(&line)), json!(true));
    assert_eq!(
        is_repeated(desk.run("meet-now live-meeting --key now -f json")),
        json!(false)
    );
    assert_eq!(
        is_repeated(desk.run("meet-now live-meeting --key now -f json")),
        json!(true)
    );
}

/// A meeting that was changed since is still the one that its key made.
#[test]
fn a_repeat_after_a_change_gives_the_meeting_as_it_is_now() {
    let desk = Desk::new();
    let _ = desk.run(FIRST).code(0);
    let _ = desk
        .run("update quarterly -s 'Yearly review' -t 16:00 --yes")
        .code(0);
    let again = desk.run(&format!("{FIRST} -f json")).code(0);
    let again = meetings::json(&again);
    assert_eq!(
        (&again["subject"], &again["repeated"]),
        (&json!("Yearly review"), &json!(true))
    );
    is_still_a_conflict(&desk);
}

#[track_caller]
fn is_still_a_conflict(desk: &Desk) {
    let _ = desk.run(&FIRST.replace("14:00", "16:00")).code(8);
}

/// The key of something that is not finished stands for it, too.
#[test]
fn other_facts_than_those_of_what_is_unfinished_are_a_conflict() {
    let desk = Desk::new();
    let away = |line: &str| {
        let words = words(line);
        let run = desk
            .confctl(&words)
            .env("CONFCTL_SERVER", "tcp:127.0.0.1:9");
        run.env("CONFCTL_USER", "ana@example.com")
            .env("CONFCTL_PASSWORD", "Correct-Horse-7")
            .run()
    };
    let _ = away(FIRST).code(5);
    let other = away(&FIRST.replace("Quarterly", "Yearly")).code(8);
    assert_eq!(other.stdout, "", "{other}");
    assert!(other.stderr.contains("'Quarterly review'"), "{other}");
    let _ = away(FIRST).code(5);
}

/// Killed at whatever step, before it has seen that the key was used or after.
#[test]
fn a_repeat_that_is_broken_off_makes_no_second_meeting() {
    let steps = Steps::new();
    let count = {
        let desk = Desk::new();
        let _ = desk.run(FIRST).code(0);
        let _ = steps
            .watch(desk.confctl(&words(FIRST)), &desk)
            .run()
            .code(0);
        steps.log(&desk).iter().map(|step| step.number).max()
    };
    for step in 1..=count.unwrap() {
        for mending in ["resume", FIRST] {
            let desk = Desk::new();
            let _ = desk.run(FIRST).code(0);
            let file = "-o again.ics --send=folder:mails";
            let again = format!("{FIRST} {file}");
            let again = desk.confctl(&words(&again));
            let _ = steps.kill(again, &desk, Moment::Before(step)).run();
            let _ = desk.run(mending).code(0);
            let _ = desk.run("resume").code(0).says("Nothing is unfinished.");
            assert_eq!(meetings::listed(&desk, &["--all"]).len(), 1, "{step}");
            assert_eq!(meetings::diary(&desk).len(), 1, "{step}");
        }
    }
}

#[test]
fn the_exit_code_stands_in_the_table() {
    let help = Desk::new().run("--help").code(0);
    let line = help
        .stdout
        .lines()
        .find(|line| line.trim_start().starts_with("8 "));
    assert!(line.unwrap().contains("--key"), "{help}");
}

/// What can't be read could be the meeting of the key.
#[test]
fn a_key_is_not_free_while_a_file_of_the_diary_can_not_be_read() {
    for (name, damage) in [
        (
            "cut off",
            (|file, bytes| fs::write(file, &bytes[..bytes.len() / 2]).unwrap()) as fn(&Path, &[u8]),
        ),
        ("emptied", |file, _| fs::write(file, b"").unwrap()),
        ("of NULs", |file, bytes| {
            fs::write(file, vec![0; bytes.len()]).unwrap();
        }),
        ("in a charset that nobody names", |file, bytes| {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            let (before, after) = text.split_once("\r\nSUMMARY:").unwrap();
            let odd = [before.as_bytes(), b"\r\nSUMMARY:\xE9", after.as_bytes()];
            fs::write(file, odd.concat()).unwrap();
        }),
        ("without a start", |file, bytes| {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            fs::write(file, text.replace("\r\nDTSTART", "\r\nX-START")).unwrap();
        }),
    ] {
        let desk = Desk::new();
        let _ = desk.run(FIRST).code(0);
        let file = meetings::diary(&desk).remove(0);
        let bytes = fs::read(&file).unwrap();
        damage(&file, &bytes);
        let again = desk.run(FIRST).code(1).says(file.to_str().unwrap());
        assert_eq!(again.stdout, "", "{name}");
        let _ = desk
            .run("resume --list")
            .code(0)
            .says("Nothing is unfinished.");
        // Without a key nothing depends on it.
        let _ = desk.run("schedule live-meeting -s Other -t +3d").code(0);
        fs::write(&file, bytes).unwrap();
        let repeated = desk.run(FIRST).code(0);
        assert!(
            repeated.stderr.contains("exists already"),
            "{name}: {repeated}"
        );
    }
}

/// Another meeting may have the conference, as after a copy by hand.
#[test]
fn a_conference_is_not_deleted_while_a_file_of_the_diary_can_not_be_read() {
    let desk = Desk::new();
    let _ = desk.run("schedule live-meeting -s Demo -t +2d").code(0);
    let file = meetings::diary(&desk).remove(0);
    let text = fs::read_to_string(&file).unwrap();
    let other = file.with_file_name("other.ics");
    let uid = text
        .lines()
        .find_map(|line| line.strip_prefix("UID:"))
        .unwrap();
    let copy = text
        .replace(uid, "other@example.com")
        .replace("SUMMARY:Demo", "SUMMARY:Other");
    fs::write(&other, &copy[..copy.len() / 2]).unwrap();
    let _ = desk
        .run("cancel Demo --yes")
        .code(1)
        .says(other.to_str().unwrap());
    fs::write(&other, &copy).unwrap();
    let states = || {
        let listed = meetings::listed(&desk, &["--all"]);
        listed
            .iter()
            .map(|row| row["state"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    // Nobody here knows the copy, and it is a meeting all the same.
    assert_eq!(states(), ["ok", "foreign"]);
    let _ = desk.run("cancel Demo --yes").code(0);
    let _ = desk
        .run("adopt Other --yes")
        .code(6)
        .says("has the conference");
    let shown = desk.run("show Demo --offline").code(0);
    assert!(shown.stdout.contains("cancelled"), "{shown}");
    // What another program wrote to its end is none of ours, however odd.
    let odd = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nno property\r\nEND:VCALENDAR\r\n";
    fs::write(file.with_file_name("odd.ics"), odd).unwrap();
    let _ = desk.run("cancel Other --yes").code(6).says("adopt");
}

/// What can't be looked at afterwards is looked at before.
#[test]
fn another_conference_is_not_made_while_the_former_one_could_be_another_meeting_s() {
    let desk = Desk::new();
    let _ = desk
        .run("schedule conference-call -s Demo -t +2d --id new")
        .code(0);
    let file = meetings::diary(&desk).remove(0);
    let before = fs::read(&file).unwrap();
    fs::write(file.with_file_name("half.ics"), &before[..before.len() / 2]).unwrap();
    for id in ["assigned", "new"] {
        let _ = desk
            .run(&format!("update Demo --id {id}"))
            .code(1)
            .says("half.ics");
        assert_eq!(fs::read(&file).unwrap(), before, "{id}");
        let _ = desk
            .run("resume --list")
            .code(0)
            .says("Nothing is unfinished.");
    }
    // Nothing of it can be a meeting of ours.
    fs::write(file.with_file_name("half.ics"), vec![b'x'; 5 << 20]).unwrap();
    fs::create_dir(file.with_file_name("folder.ics")).unwrap();
    let _ = desk.run("cancel Demo --yes").code(0);
}
