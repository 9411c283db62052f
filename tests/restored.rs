//! What comes back: a diary out of a backup, a computer that knows nothing, meetings that were over.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::desk::{Desk, Output};
use crate::laboratory::{Moment, Steps, at_once};
use crate::meetings::{diary, json, listed, lose_state, run, unfolded};

const EARLIER: &str =
    include_str!("specimens/version_0/refresh/a08aaf4f5cf67d1ff14b8bd12414dd19@example.com.ics");

/// What a script asks for.
const KEYED: [&str; 8] = [
    "schedule",
    "live-meeting",
    "-s",
    "Budget",
    "-t",
    "tomorrow 10:00",
    "--key",
    "k",
];

fn schedule(desk: &Desk, subject: &str, start: &str, flags: &[&str]) -> Output {
    let words = ["schedule", "live-meeting", "-s", subject, "-t", start];
    run(desk, &[&words[..], flags].concat()).code(0)
}

fn only_file(desk: &Desk) -> PathBuf {
    let mut files = diary(desk);
    assert_eq!(files.len(), 1);
    files.remove(0)
}

/// The version that is printed.
fn version(output: &Output) -> u32 {
    let text = output.unfolded();
    let line = text.lines().find_map(|line| line.strip_prefix("SEQUENCE:"));
    line.unwrap().trim().parse().unwrap()
}

/// Nobody made a meeting here, so nothing of an earlier version can be here either.
#[test]
fn a_new_computer_believes_no_notes() {
    for with_index in [false, true] {
        let desk = Desk::new();
        let folder = desk.path(".local/share/confctl/diary");
        fs::create_dir_all(&folder).unwrap();
        if with_index {
            let _ = run(&desk, &["list"]).code(0);
            fs::remove_file(desk.path(".local/share/confctl/state.sqlite")).unwrap();
        }
        let forged = unfolded(EARLIER).replace("+1 425 555 0150", "+1 900 555 0199");
        fs::write(folder.join("synced.ics"), forged).unwrap();
        assert_eq!(listed(&desk, &["--all"])[0]["state"], "foreign");
        for words in [
            &["invite", "Demo", "-f", "text"][..],
            &["show", "Demo", "--offline"],
        ] {
            let told = run(&desk, words);
            assert!(!told.stdout.contains("900 555"), "{told}");
        }
        let _ = run(&desk, &["invite", "Demo"]).code(6);
    }
}

#[test]
fn no_version_is_given_out_twice_whatever_a_backup_says() {
    let folder = |desk: &Desk| format!("--send=folder:{}", desk.path("mails").display());
    let last: [&[&str]; 3] = [
        &["cancel", "Budget", "--yes"],
        &["update", "Budget", "--id", "new", "--yes"],
        &["cancel", "Budget", "--yes", "--send"],
    ];
    for (mailed, last) in [true, false].into_iter().flat_map(|m| last.map(|l| (m, l))) {
        let desk = Desk::new();
        fs::create_dir(desk.path("mails")).unwrap();
        let send = folder(&desk);
        let flags: &[&str] = if mailed { &[&send, "--practice"] } else { &[] };
        let _ = schedule(
            &desk,
            "Budget",
            "tomorrow 10:00",
            &[&["-i", "bo@example.com"], flags].concat(),
        );
        let file = only_file(&desk);
        let backup = fs::read(&file).unwrap();
        let _ = run(
            &desk,
            &[&["update", "Budget", "-d", "90m", "--yes"], flags].concat(),
        )
        .code(0);
        let _ = run(&desk, &[&["cancel", "Budget", "--yes"], flags].concat()).code(0);
        fs::write(&file, &backup).unwrap();
        let words: Vec<&str> = last
            .iter()
            .map(|word| {
                if *word == "--send" {
                    send.as_str()
                } else {
                    word
                }
            })
            .collect();
        let words = if last.contains(&"--send") {
            [&words[..], &["--practice"]].concat()
        } else {
            words
        };
        let _ = run(&desk, &words).says("may have version 2");
        let text = unfolded(&fs::read_to_string(&file).unwrap());
        let is_next = text.contains("SEQUENCE:3\r\n");
        assert!(is_next, "mailed {mailed}, {words:?}: {text}");
    }
}

#[test]
fn a_version_that_was_printed_counts_as_given_out() {
    let desk = Desk::new();
    let made = schedule(&desk, "Pipe", "tomorrow 10:00", &["-i", "bo@example.com"]);
    assert_eq!(version(&made), 0);
    let file = only_file(&desk);
    let backup = fs::read(&file).unwrap();
    for (length, expected) in [("90m", 1), ("2h", 2)] {
        let updated = run(&desk, &["update", "Pipe", "-d", length, "--yes"]).code(0);
        assert_eq!(version(&updated), expected);
    }
    fs::write(&file, backup).unwrap();
    let updated = run(&desk, &["update", "Pipe", "-s", "Pipe 3", "--yes"]).code(0);
    assert_eq!(version(&updated), 3);
}

#[test]
fn what_leads_elsewhere_is_in_nobodys_way() {
    let desk = Desk::new();
    let call = |subject: &str, id: &str| {
        let words = [
            "schedule",
            "conference-call",
            "-s",
            subject,
            "-t",
            "tomorrow 10:00",
        ];
        run(&desk, &[&words[..], &["--id", id]].concat())
    };
    let _ = call("Gee", "assigned").code(0);
    let file = only_file(&desk);
    let text = unfolded(&fs::read_to_string(&file).unwrap());
    let id = listed(&desk, &[])[0]["meeting_id"]
        .as_str()
        .unwrap()
        .to_owned();
    fs::write(&file, text.replace(&id, &"E".repeat(32))).unwrap();
    let _ = call("Other", "assigned").code(0);
    let _ = call("Third", "new").code(0);
    let _ = run(&desk, &["update", "Third", "--id", "assigned", "--yes"]).code(0);
}

#[test]
fn garbage_is_in_nobodys_way_unless_it_could_be_meant() {
    let desk = Desk::new();
    let _ = schedule(&desk, "One", "tomorrow 10:00", &[]);
    let _ = schedule(&desk, "Two", "tomorrow 11:00", &[]);
    let rows = listed(&desk, &[]);
    let id = rows[1]["meeting_id"].as_str().unwrap().to_owned();
    let folder = desk.path(".local/share/confctl/diary");
    fs::write(folder.join("garbage.ics"), b"\x00\xffBEGIN:VCAL").unwrap();
    let cut = format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nURL:meet:sip:a@example.com;gruu;opaque=app:conf:focus:id:{}\r\n {}",
        &id[..9],
        &id[9..]
    );
    fs::write(folder.join("cut.ics"), cut).unwrap();
    let cancelled = run(&desk, &["cancel", "One", "--yes"]).code(0);
    assert_eq!(
        cancelled.stderr.matches("can't be read").count(),
        2,
        "{cancelled}"
    );
    let _ = run(&desk, &["undo", "--yes"]).code(0);
    // This one could be somebody's meeting with that conference.
    let refused = run(&desk, &["cancel", "Two", "--yes"]).says("cut.ics");
    assert_ne!(refused.code, 0, "{refused}");
    fs::remove_file(folder.join("cut.ics")).unwrap();
    let _ = run(&desk, &["cancel", "Two", "--yes"]);
    assert_eq!(listed(&desk, &["--all"])[1]["state"], "cancelled");
}

#[test]
fn a_cancelled_series_is_over_when_its_last_meeting_would_have_been() {
    let desk = Desk::new();
    let _ = schedule(
        &desk,
        "Series",
        "2026-12-01 10:00",
        &["--repeat", "weekly", "--count", "2"],
    );
    let moved = [
        "update",
        "Series",
        "--occurrence",
        "2026-12-08",
        "-t",
        "2026-12-09 11:00",
        "--yes",
    ];
    let _ = run(&desk, &moved).code(0);
    let _ = run(&desk, &["cancel", "Series", "--yes"]).code(0);
    let later = |now: &str, words: &[&str]| desk.confctl(words).env("CONFCTL_NOW", now).run();
    let pruned = later("2026-12-05T00:00:00Z", &["prune", "--yes"]).code(0);
    assert!(pruned.stdout.is_empty(), "{pruned}");
    let _ = later("2026-12-05T00:00:00Z", &["undo", "Series", "--yes"]).code(0);
    let _ = later("2026-12-05T00:00:00Z", &["cancel", "Series", "--yes"]).code(0);
    let _ = later("2026-12-10T00:00:00Z", &["undo", "Series", "--yes"]).code(2);
    let pruned = later("2026-12-10T00:00:00Z", &["prune", "--yes"]).code(0);
    assert_eq!(pruned.stdout.lines().count(), 1, "{pruned}");
}

/// What a script repeats makes no second conference because a disk was lost.
#[test]
fn a_key_whose_meeting_is_foreign_by_now_makes_no_other_one() {
    for adopts_first in [false, true] {
        let desk = Desk::new();
        let again = [&KEYED[..], &["-f", "text"]].concat();
        let made = run(&desk, &again).code(0);
        lose_state(&desk);
        if adopts_first {
            let _ = run(&desk, &["adopt", "Budget", "--yes"]).code(0);
        }
        let _ = run(&desk, &again)
            .code(6)
            .says("confctl adopt")
            .says("--key k");
        assert_eq!(listed(&desk, &["--all"]).len(), 1);
        let _ = run(&desk, &["adopt", "Budget", "--yes", "--key", "k"]).code(0);
        let repeated = run(&desk, &again).code(0);
        assert_eq!(
            made.value_of("Conference ID: "),
            repeated.value_of("Conference ID: ")
        );
        assert_eq!(listed(&desk, &["--all"]).len(), 1);
        // Another key is another request.
        let _ = schedule(&desk, "Budget", "tomorrow 10:00", &["--key", "l"]);
    }
}

#[test]
fn expiry_is_what_the_pool_says() {
    let desk = Desk::new();
    let _ = schedule(&desk, "Budget", "tomorrow 10:00", &[]);
    let shown = json(&run(&desk, &["show", "Budget", "--json"]).code(0));
    assert_eq!(
        shown["conference"]["expires"], shown["pool"]["expires"],
        "{shown}"
    );
}

/// A process that is killed while it finds out hides no loss from the next one.
#[test]
fn a_loss_is_noticed_whenever_somebody_is_killed() {
    let steps = Steps::new();
    let prepare = || {
        let desk = Desk::new();
        let _ = run(&desk, &KEYED).code(0);
        lose_state(&desk);
        desk
    };
    let desk = prepare();
    let _ = steps.watch(desk.confctl(&["list"]), &desk).run().code(0);
    let moments: Vec<Moment> = steps
        .log(&desk)
        .into_iter()
        .filter(|step| step.number > 0)
        .map(|step| Moment::Before(step.number))
        .collect();
    assert!(moments.len() > 5);
    at_once(4, &moments, |moment| {
        let desk = prepare();
        let _ = steps.kill(desk.confctl(&["list"]), &desk, *moment).run();
        let again = run(&desk, &KEYED);
        assert_eq!(again.code, 6, "{moment:?} {again}");
        assert_eq!(listed(&desk, &["--all"]).len(), 1, "{moment:?}");
    });
}

/// What was written before a kill is the user's from then on.
#[test]
fn what_was_edited_since_a_schedule_was_killed_stays() {
    let steps = Steps::new();
    let keyed = |desk: &Desk| {
        fs::create_dir(desk.path("mails")).unwrap();
        let folder = format!("--send=folder:{}", desk.path("mails").display());
        let more = ["-i", "bo@example.com", &folder, "--practice"];
        desk.confctl(&[&KEYED[..], &more].concat())
    };
    let desk = Desk::new();
    let _ = steps.watch(keyed(&desk), &desk).run().code(0);
    let numbers = steps.log(&desk).into_iter().map(|step| step.number);
    let moments: Vec<Moment> = numbers.filter(|n| *n > 0).map(Moment::Before).collect();
    let edit = |text: &str| text.replace("SUMMARY:Budget", "SUMMARY:Edited");
    let add_link = |text: &str| {
        let link = "URL:meet:sip:mallory@example.net;gruu;opaque=app:conf:focus:id:EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE";
        edit(text).replace("\r\nSTATUS:", &format!("\r\n{link}\r\nSTATUS:"))
    };
    let cancel = |text: &str| edit(text).replace("STATUS:CONFIRMED", "STATUS:CANCELLED");
    let changes: [&(dyn Fn(&str) -> String + Sync); 3] = [&edit, &add_link, &cancel];
    for (number, change) in changes.into_iter().enumerate() {
        let edited = AtomicUsize::new(0);
        at_once(4, &moments, |moment| {
            let desk = Desk::new();
            let _ = steps.kill(keyed(&desk), &desk, *moment).run();
            let mails = || fs::read_dir(desk.path("mails")).unwrap().flatten().count();
            let folder = desk.path(".local/share/confctl/diary");
            let files = fs::read_dir(folder).into_iter().flatten().flatten();
            let mut files = files.map(|file| file.path());
            let file = files.find(|file| file.extension().is_some_and(|end| end == "ics"));
            let Some(file) = file.filter(|_| mails() == 0) else {
                return;
            };
            fs::write(&file, change(&fs::read_to_string(&file).unwrap())).unwrap();
            let _ = run(&desk, &["resume"]);
            let text = fs::read_to_string(&file).unwrap();
            assert!(
                text.contains("SUMMARY:Edited"),
                "{number} {moment:?} {text}"
            );
            let mailed = fs::read_dir(desk.path("mails")).unwrap().flatten();
            let mailed: Vec<String> = mailed
                .map(|mail| fs::read_to_string(mail.path()).unwrap())
                .collect();
            if text.contains("STATUS:CANCELLED") {
                assert!(mailed.is_empty(), "{number} {moment:?} {mailed:?}");
            }
            for mail in mailed {
                assert!(mail.contains("Edited"), "{number} {moment:?} {mail}");
                let forged: Vec<&str> = mail
                    .lines()
                    .filter(|line| line.contains("mallory"))
                    .collect();
                assert_eq!(forged, [""; 0], "{number} {moment:?}");
            }
            edited.fetch_add(1, Ordering::SeqCst);
        });
        assert!(edited.into_inner() > 3);
    }
}

#[test]
fn a_key_stands_for_one_meeting() {
    let desk = Desk::new();
    let _ = run(&desk, &KEYED).code(0);
    let _ = schedule(&desk, "Other", "tomorrow 12:00", &[]);
    let _ = run(&desk, &["adopt", "Other", "--key", "k", "--yes"])
        .code(8)
        .says("stands for another meeting");
    let _ = run(&desk, &["adopt", "Budget", "--key", "k", "--yes"]).code(0);
}

#[test]
fn nobody_was_mailed_about_another_uid() {
    let desk = Desk::new();
    fs::create_dir(desk.path("mails")).unwrap();
    let folder = format!("--send=folder:{}", desk.path("mails").display());
    let flags = ["-i", "bo@example.com", &folder, "--practice"];
    let _ = schedule(&desk, "Budget", "tomorrow 10:00", &flags);
    let file = only_file(&desk);
    let text = unfolded(&fs::read_to_string(&file).unwrap());
    let uid = file.file_stem().unwrap().to_str().unwrap();
    fs::write(
        &file,
        text.replace(&format!("UID:{uid}"), "UID:moved@example.com"),
    )
    .unwrap();
    let _ = run(&desk, &["adopt", "Budget", "--yes"])
        .code(0)
        .says("mails everybody");
    let history = run(&desk, &["history", "Budget"]).code(0);
    assert!(!history.stdout.contains("bo@example.com"), "{history}");
    assert!(history.stdout.contains("scheduled"), "{history}");
}

#[test]
fn a_loss_is_told_where_it_shows() {
    let desk = Desk::new();
    let _ = run(&desk, &KEYED).code(0);
    let told = "What confctl knew of its meetings was lost";
    assert!(!run(&desk, &["list"]).code(0).stderr.contains(told));
    lose_state(&desk);
    for words in [&["list"][..], &["list", "--offline"], &["list", "--json"]] {
        let _ = run(&desk, words).code(0).says(told);
    }
    let _ = run(&desk, &["adopt", "Budget", "--yes"]).code(0);
    assert!(!run(&desk, &["list"]).code(0).stderr.contains(told));
}

#[test]
fn what_was_cancelled_and_put_back_is_told_from_what_never_was() {
    let desk = Desk::new();
    let _ = run(&desk, &KEYED).code(0);
    let file = only_file(&desk);
    let before = fs::read(&file).unwrap();
    let _ = run(&desk, &["cancel", "Budget", "--yes"]).code(0);
    fs::write(&file, before).unwrap();
    let _ = run(&desk, &["undo", "Budget", "--yes"])
        .code(2)
        .says("--id new");
    let _ = run(&desk, &["update", "Budget", "--id", "new", "--yes"]).code(0);
    assert_eq!(listed(&desk, &[])[0]["state"], "ok");
}

/// Whatever the digits are called that every invitation prints, a file has the conference.
#[test]
fn a_conference_of_a_foreign_meeting_is_not_nobodys() {
    let desk = Desk::new();
    let _ = run(&desk, &KEYED).code(0);
    let row = listed(&desk, &[])[0].clone();
    lose_state(&desk);
    for name in ["meeting_id", "conference_id", "uid"] {
        let _ = run(&desk, &["cancel", row[name].as_str().unwrap(), "--yes"])
            .code(6)
            .says("confctl adopt");
    }
    let _ = run(&desk, &["adopt", "Budget", "--yes"]).code(0);
    assert_eq!(listed(&desk, &[])[0]["state"], "ok");
}

#[test]
fn a_key_makes_nothing_where_what_it_made_was_cancelled_and_is_foreign_by_now() {
    let desk = Desk::new();
    let _ = run(&desk, &KEYED).code(0);
    lose_state(&desk);
    let file = only_file(&desk);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("STATUS:CONFIRMED", "STATUS:CANCELLED")).unwrap();
    let _ = run(&desk, &KEYED).code(6).says("confctl adopt");
}
