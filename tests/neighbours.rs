//! What others put beside our meetings, or into their files: none of it is lost, and none is believed.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::thread;

use crate::desk::{Desk, Output, ServedPool};
use crate::meetings::{diary, json, listed, run, schedule, unfolded};

/// A link into a conference of nobody here.
const EVIL_LINK: &str =
    "meet:sip:mallory@example.net;gruu;opaque=app:conf:focus:id:EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE";

/// The files of the diary that are not hidden.
fn file_of(desk: &Desk, subject: &str) -> PathBuf {
    let is_of = |path: &PathBuf| {
        let text = unfolded(&fs::read_to_string(path).unwrap_or_default());
        text.contains(&format!("SUMMARY:{subject}\r\n"))
    };
    diary(desk).into_iter().find(is_of).unwrap()
}

/// Writes a file as other programs do: lines unfolded, changed, in place.
fn rewrite(desk: &Desk, subject: &str, change: impl Fn(&str) -> String) {
    let path = file_of(desk, subject);
    let text = unfolded(&fs::read_to_string(&path).unwrap());
    let new = change(&text);
    assert_ne!(new, text, "the change changes something");
    fs::write(&path, new).unwrap();
}

/// Puts a copy of a meeting beside it, under another UID and changed, and gives the meeting's own UID and
/// the copy's file.
fn copy_by_hand(
    desk: &Desk,
    subject: &str,
    uid: &str,
    change: impl Fn(&str) -> String,
) -> (String, PathBuf) {
    let file = file_of(desk, subject);
    let own = file.file_stem().unwrap().to_str().unwrap().to_owned();
    let text = unfolded(&fs::read_to_string(&file).unwrap());
    let copy = file.with_file_name(format!("{uid}.ics"));
    fs::write(&copy, change(&text.replace(&own, uid))).unwrap();
    (own, copy)
}

fn schedule_at(desk: &Desk, subject: &str, start: &str, flags: &[&str]) -> Output {
    let words = ["schedule", "live-meeting", "-s", subject, "-t", start];
    run(desk, &[&words[..], flags].concat()).code(0)
}

/// The same desk so much later.
fn later(desk: &Desk, now: &str, words: &[&str]) -> Output {
    desk.confctl(words).env("CONFCTL_NOW", now).run()
}

fn subjects(rows: &[serde_json::Value]) -> Vec<String> {
    let subject = |row: &serde_json::Value| row["subject"].as_str().unwrap_or("-").to_owned();
    rows.iter().map(subject).collect()
}

fn state_of(desk: &Desk, subject: &str) -> String {
    let rows = listed(desk, &["--all"]);
    let row = rows.iter().find(|row| row["subject"] == subject);
    row.map_or("absent".to_owned(), |row| {
        row["state"].as_str().unwrap().to_owned()
    })
}

const MUCH_LATER: &str = "2027-03-01T08:00:00Z";

#[test]
fn a_series_that_nobody_understands_is_not_over() {
    for rule in [
        "FREQ=WEEKLY;UNTIL=99991231T235959Z;X-ODD=1",
        "FREQ=WEEKLY;RSCALE=HEBREW",
        "FREQ=WEEKLY;BYDAY=XX",
        "WEEKLY",
    ] {
        let desk = Desk::new();
        let _ = schedule(&desk, &[]);
        rewrite(&desk, "Quarterly review", |text| {
            text.replace("\r\nSUMMARY", &format!("\r\nRRULE:{rule}\r\nSUMMARY"))
        });
        let before = diary(&desk);
        let pruned = later(&desk, MUCH_LATER, &["prune", "--yes"]).code(0);
        assert!(!pruned.stdout.contains("Quarterly"), "{rule}: {pruned}");
        assert_eq!(diary(&desk), before, "{rule}");
    }
}

#[test]
fn what_is_over_and_gone_is_pruned_and_nothing_else() {
    let desk = Desk::new();
    let _ = schedule_at(&desk, "Over", "tomorrow 9:00", &[]);
    let _ = schedule_at(&desk, "Series", "tomorrow 10:00", &["--repeat", "weekly"]);
    let _ = schedule_at(&desk, "Ahead", "2027-06-01 10:00", &[]);
    let _ = schedule_at(&desk, "Cancelled", "tomorrow 11:00", &[]);
    let _ = run(&desk, &["cancel", "Cancelled", "--yes"]).code(0);
    let early = run(&desk, &["prune", "--yes"]).code(0);
    early.says("Nothing is over and gone");
    let soon = later(&desk, "2026-11-24T08:00:00Z", &["prune", "--dry-run"]).code(0);
    let soon = soon.says("The conference of 1 meeting is still there");
    assert!(
        soon.stdout.contains("Cancelled") && soon.stdout.lines().count() == 1,
        "{soon}"
    );
    let _ = later(&desk, MUCH_LATER, &["prune"]).code(2).says("--yes");
    let old = later(&desk, MUCH_LATER, &["prune", "--older-than", "1y", "--yes"]).code(0);
    old.says("Nothing is over and gone");
    let pruned = later(
        &desk,
        MUCH_LATER,
        &["prune", "--older-than", "2 months", "--yes"],
    );
    let pruned = pruned.code(0).says("Removed 2 meetings");
    assert_eq!(pruned.stdout.lines().count(), 2, "{pruned}");
    let left = later(&desk, MUCH_LATER, &["list", "--offline", "--all", "--json"]).code(0);
    let mut left = subjects(json(&left).as_array().unwrap());
    left.sort();
    assert_eq!(left, ["Ahead", "Series"]);
    for (age, words) in [
        ("soon", "'soon' is no age"),
        ("-2d", "no age"),
        ("99999y", "no age"),
    ] {
        let flag = format!("--older-than={age}");
        let _ = later(&desk, MUCH_LATER, &["prune", &flag])
            .code(2)
            .says(words);
    }
    let _ = later(&desk, MUCH_LATER, &["prune", "--older-than", "0d"]).code(0);
}

#[test]
fn what_changed_since_it_was_looked_at_or_has_twins_is_not_pruned() {
    let desk = Desk::new();
    let _ = schedule_at(&desk, "Over", "tomorrow 9:00", &[]);
    let file = file_of(&desk, "Over");
    let twin = file.with_file_name("twin.ics");
    fs::copy(&file, &twin).unwrap();
    let pruned = later(&desk, MUCH_LATER, &["prune", "--yes"]).code(0);
    let _ = pruned.says("'Over' stays");
    assert!(file.exists() && twin.exists());
    fs::remove_file(twin).unwrap();
    let _ = later(&desk, MUCH_LATER, &["prune", "--yes"])
        .code(0)
        .says("Removed 1 meeting");
    assert!(diary(&desk).is_empty());
}

#[test]
fn from_joins_no_file_of_another_meeting() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    let other = desk.path("other.ics");
    let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VEVENT\r\n\
        UID:lunch@example.com\r\nDTSTAMP:20261101T080000Z\r\nDTSTART:20261203T120000Z\r\n\
        DTEND:20261203T130000Z\r\nSUMMARY:Lunch\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    fs::write(&other, text).unwrap();
    // What the file of the new one would be called is another meeting's.
    let folder = desk.path(".local/share/confctl/diary");
    let taken = [
        folder.join("lunch@example.com.ics"),
        folder.join("confctl-lunch@example.com.ics"),
        folder.join("confctl-1-lunch@example.com.ics"),
    ];
    for (number, path) in taken.iter().enumerate() {
        let own = text.replace("lunch@", &format!("own{number}@"));
        fs::write(path, own).unwrap();
    }
    let before: Vec<_> = taken.iter().map(|path| fs::read(path).unwrap()).collect();
    let words = [
        "schedule",
        "live-meeting",
        "--from",
        other.to_str().unwrap(),
    ];
    let _ = run(&desk, &words).code(0);
    let after: Vec<_> = taken.iter().map(|path| fs::read(path).unwrap()).collect();
    assert_eq!(before, after);
    assert_eq!(diary(&desk).len(), 5);
}

/// Puts a link of somebody else's into the file, in several places.
#[test]
fn a_second_link_anywhere_makes_a_meeting_foreign() {
    let exception = format!(
        "BEGIN:VEVENT\r\nUID:{{uid}}\r\nDTSTAMP:20261101T080000Z\r\nRECURRENCE-ID:20261130T100000Z\r\n\
         DTSTART:20261130T110000Z\r\nDTEND:20261130T120000Z\r\nSUMMARY:Series\r\nURL:{EVIL_LINK}\r\n\
         END:VEVENT\r\nEND:VCALENDAR"
    );
    let places: [&dyn Fn(&str) -> String; 4] = [
        &|text| text.replace("\r\nSUMMARY", &format!("\r\nURL:{EVIL_LINK}\r\nSUMMARY")),
        &|text| {
            let line = format!("\r\nCONFERENCE;VALUE=URI;FEATURE=VIDEO:{EVIL_LINK}\r\nSUMMARY");
            text.replace("\r\nSUMMARY", &line)
        },
        &|text| {
            let line = format!("\r\nX-MICROSOFT-ONLINEMEETINGCONFLINK:{EVIL_LINK}\r\nSUMMARY");
            text.replace("\r\nSUMMARY", &line)
        },
        &|text| {
            let uid = text
                .lines()
                .find_map(|line| line.strip_prefix("UID:"))
                .unwrap();
            let exception = exception.replace("{uid}", uid.trim_end());
            text.replace("END:VCALENDAR", &exception)
        },
    ];
    for (number, place) in places.iter().enumerate() {
        let desk = Desk::new();
        let made = schedule_at(&desk, "Series", "tomorrow 10:00", &["--repeat", "weekly"]);
        rewrite(&desk, "Series", place);
        assert_eq!(state_of(&desk, "Series"), "foreign", "{number}");
        for words in [
            &["update", "Series", "-s", "x", "--yes"][..],
            &["invite", "Series"],
            &["cancel", "Series", "--yes"],
        ] {
            let refused = run(&desk, words).code(6).says("EEEEEEEE");
            assert_eq!(refused.stdout, "", "{number}");
        }
        // The pool has the one that is known here: the other one goes.
        let _ = run(&desk, &["adopt", "Series", "--yes"]).code(0);
        assert_eq!(state_of(&desk, "Series"), "ok", "{number}");
        let invited = run(&desk, &["invite", "Series"]).code(0);
        assert!(
            !invited.unfolded().contains("EEEEEEEE"),
            "{number}: {invited}"
        );
        assert_eq!(
            made.value_of("Conference ID: "),
            invited.value_of("Conference ID: ")
        );
    }
}

#[test]
fn what_people_are_told_to_dial_is_what_the_pool_said() {
    let forgeries: [&dyn Fn(&str) -> String; 7] = [
        &|text| {
            text.replace(
                "\r\nSUMMARY",
                "\r\nX-GOOGLE-CONFERENCE:https://0199.example\r\nSUMMARY",
            )
        },
        &|text| {
            let line = "\r\nX-MICROSOFT-SKYPETEAMSMEETINGURL:https://0199.example\r\nSUMMARY";
            text.replace("\r\nSUMMARY", line)
        },
        &|text| {
            let line = "\r\nCONFERENCE;VALUE=URI;FEATURE=VIDEO:https://0199.example\r\nSUMMARY";
            text.replace("\r\nSUMMARY", line)
        },
        &|text| text.replace("+1 425 555 0100", "+1 900 555 0199"),
        &|text| text.replace("tel:+14255550100", "tel:+19005550199"),
        &|text| {
            text.replace(
                "\r\nSUMMARY",
                "\r\nCONFERENCE;VALUE=URI:tel:+19005550199\r\nSUMMARY",
            )
        },
        &|text| {
            text.replace("+1 425 555 0100", "+1 900 555 0199")
                .replace("+14255550100", "+19005550199")
        },
    ];
    for (number, forge) in forgeries.iter().enumerate() {
        let desk = Desk::new();
        let _ = schedule(&desk, &[]);
        rewrite(&desk, "Quarterly review", |text| {
            let forged = forge(text);
            forged.replace(
                "\r\nSUMMARY",
                "\r\nCATEGORIES:Mine\r\nLOCATION:Room 9\r\nSUMMARY",
            )
        });
        for words in [
            &["invite", "Quarterly"][..],
            &["invite", "Quarterly", "-f", "eml"],
            &["update", "Quarterly", "-d", "90m", "--yes"],
            &[
                "update",
                "Quarterly",
                "-s",
                "Quarterly review",
                "--start",
                "fri 9:00",
                "--yes",
            ],
        ] {
            let told = run(&desk, words).code(0).unfolded();
            let told = told.replace("=\n", "").replace("=\r\n", "");
            assert!(
                !told.contains("0199") && !told.contains("900 555"),
                "{number} {words:?}"
            );
            assert!(told.contains("0100"), "{number} {words:?}");
        }
        // What leads to other services stays in the file, and there alone.
        let text = unfolded(&fs::read_to_string(file_of(&desk, "Quarterly review")).unwrap());
        assert!(text.contains("CATEGORIES:Mine\r\n"), "{number}");
        assert_eq!(text.contains("0199"), number < 3, "{number}");
    }
}

#[test]
fn a_cancelled_file_that_leads_elsewhere_hides_nothing() {
    let desk = Desk::new();
    let _ = schedule_at(&desk, "First", "tomorrow 9:00", &[]);
    let _ = schedule_at(&desk, "Second", "tomorrow 10:00", &[]);
    let _ = run(&desk, &["cancel", "First", "--yes"]).code(0);
    rewrite(&desk, "Second", |text| {
        let line = format!("\r\nSTATUS:CANCELLED\r\nURL:{EVIL_LINK}\r\nSUMMARY");
        text.replace("\r\nSUMMARY", &line)
    });
    assert_eq!(state_of(&desk, "Second"), "foreign");
    // Whatever the file says, its conference is not nobody's.
    let rows = listed(&desk, &["--all"]);
    assert!(
        rows.iter().all(|row| row["state"] != "no entry"),
        "{rows:?}"
    );
    let _ = run(&desk, &["undo", "--yes"])
        .code(0)
        .says("It takes place");
    assert_eq!(state_of(&desk, "First"), "ok");
    let _ = later(&desk, MUCH_LATER, &["prune", "--yes"])
        .code(0)
        .says("'Second'");
}

#[test]
fn no_stranger_takes_a_name_of_ours() {
    let desk = Desk::new();
    let made = schedule(&desk, &["-f", "text"]);
    let file = file_of(&desk, "Quarterly review");
    let uid = file.file_stem().unwrap().to_str().unwrap().to_owned();
    let digits = made.value_of("Conference ID: ").replace(' ', "");
    let own = listed(&desk, &[]).remove(0);
    let meeting = own["meeting_id"].as_str().unwrap().to_owned();
    for (number, name) in [uid.to_uppercase(), digits.clone(), meeting.clone()]
        .iter()
        .enumerate()
    {
        let stranger = unfolded(&fs::read_to_string(&file).unwrap())
            .replace(&meeting, &"AB".repeat(16))
            .replace(&uid, name)
            .replace("Quarterly review", "Party");
        fs::write(file.with_file_name(format!("evil{number}.ics")), stranger).unwrap();
    }
    for name in [&uid, &digits, &meeting, &meeting.to_lowercase()] {
        let shown = run(&desk, &["show", name, "--json"]).code(0);
        assert_eq!(json(&shown)["subject"], "Quarterly review", "{name}");
    }
    // To the letter, it is the stranger's.
    let _ = run(&desk, &["update", &uid.to_uppercase(), "-s", "x", "--yes"])
        .code(6)
        .says("Party");
}

#[test]
fn times_without_a_zone_are_in_the_zone_of_whoever_looks() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    rewrite(&desk, "Quarterly review", |text| {
        text.replace("20261123T100000Z", "20261123T100000")
            .replace("20261123T110000Z", "20261123T110000")
    });
    let start = |zone: &str| {
        let output = desk
            .confctl(&["list", "--offline", "--json", "--all"])
            .env("TZ", zone)
            .run()
            .code(0);
        json(&output)[0]["start"].as_str().unwrap().to_owned()
    };
    // Two zones without a name of their own.
    for (zone, offset) in [("EST5", "-05:00"), ("AAA-7", "+07:00"), ("EST5", "-05:00")] {
        assert!(
            start(zone).contains(&format!("T10:00:00{offset}")),
            "{zone} {}",
            start(zone)
        );
    }
}

#[test]
fn an_occurrence_before_the_first_one_is_listed() {
    let desk = Desk::new();
    let _ = schedule_at(&desk, "Series", "2027-03-02 10:00", &["--repeat", "weekly"]);
    rewrite(&desk, "Series", |text| {
        let uid = text
            .lines()
            .find_map(|line| line.strip_prefix("UID:"))
            .unwrap();
        let moved = format!(
            "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261122T091500Z\r\nRECURRENCE-ID:20270309T100000Z\r\n\
             DTSTART:20270105T100000Z\r\nDTEND:20270105T110000Z\r\nSUMMARY:Series\r\nEND:VEVENT\r\nEND:VCALENDAR"
        );
        text.replace("END:VCALENDAR", &moved)
    });
    for now in ["2026-11-22T09:15:00Z", "2027-12-01T09:00:00Z"] {
        let words = [
            "list",
            "--offline",
            "--from",
            "2027-01-01",
            "--until",
            "2027-01-31",
        ];
        let listed = later(&desk, now, &words).code(0);
        assert!(listed.stdout.contains("2027-01-05"), "{now}: {listed}");
    }
}

#[test]
fn a_file_whose_name_is_no_text_is_read_all_the_same() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    let file = file_of(&desk, "Quarterly review");
    fs::rename(
        &file,
        file.with_file_name(OsStr::from_bytes(b"r\xe9union.ics")),
    )
    .unwrap();
    assert_eq!(subjects(&listed(&desk, &[])), ["Quarterly review"]);
    let _ = run(&desk, &["update", "Quarterly", "-s", "Renamed", "--yes"]).code(0);
    assert_eq!(diary(&desk).len(), 1);
    let broken = file.with_file_name(OsStr::from_bytes(b"\xff.ics"));
    fs::write(broken, "BEGIN:VCALENDAR\r\nX-CONFCTL-KEY:k\r\n").unwrap();
    let warned = run(&desk, &["list", "--offline"]).code(0);
    assert_eq!(
        warned.stderr.matches("can't be read").count(),
        1,
        "{warned}"
    );
}

#[test]
fn a_meeting_whose_file_was_deleted_leaves_its_conference_to_the_next_one() {
    let pool = ServedPool::start(&[]);
    let desk = Desk::new();
    let at = |words: &[&str]| desk.confctl_at(&pool, words).run();
    let words = [
        "schedule",
        "live-meeting",
        "-s",
        "Budget",
        "-t",
        "tomorrow 10:00",
    ];
    let made = at(&words).code(0);
    let file = file_of(&desk, "Budget");
    let uid = file.file_stem().unwrap().to_str().unwrap().to_owned();
    let text = unfolded(&fs::read_to_string(&file).unwrap());
    let other = file.with_file_name("other.ics");
    fs::write(&other, text.replace(&uid, "other@example.com")).unwrap();
    let _ = at(&["adopt", "other@example.com", "--yes"])
        .code(6)
        .says("has the conference");
    fs::remove_file(&file).unwrap();
    let _ = at(&["adopt", "other@example.com", "--yes"]).code(0);
    let shown = at(&["show", "Budget", "--json"]).code(0);
    assert_eq!(json(&shown)["uid"], "other@example.com");
    // It comes back, and can't have it too.
    fs::write(&file, text).unwrap();
    let rows = json(&at(&["list", "--json"]).code(0));
    let states: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["state"].clone())
        .collect();
    assert_eq!(
        states.iter().filter(|state| **state == "foreign").count(),
        1,
        "{rows}"
    );
    let _ = at(&["adopt", &uid, "--yes"])
        .code(6)
        .says("has the conference");
    assert_eq!(made.value_of("Conference ID: ").len(), 5);
}

#[test]
fn of_two_adoptions_of_one_conference_one_is_refused() {
    let pool = ServedPool::start(&[]);
    let first = Desk::new();
    let words = [
        "schedule",
        "live-meeting",
        "-s",
        "Budget",
        "-t",
        "tomorrow 10:00",
    ];
    let _ = first.confctl_at(&pool, &words).run().code(0);
    let file = file_of(&first, "Budget");
    let uid = file.file_stem().unwrap().to_str().unwrap().to_owned();
    let text = unfolded(&fs::read_to_string(&file).unwrap());
    for _ in 0..3 {
        let second = Desk::new();
        let folder = second.path(".local/share/confctl/diary");
        fs::create_dir_all(&folder).unwrap();
        let uids = ["a@example.com", "b@example.com"];
        for own in uids {
            fs::write(folder.join(format!("{own}.ics")), text.replace(&uid, own)).unwrap();
        }
        let codes: Vec<i32> = thread::scope(|scope| {
            let adopt = |own| {
                let (second, pool) = (&second, &pool);
                scope.spawn(move || second.confctl_at(pool, &["adopt", own, "--yes"]).run().code)
            };
            let running = uids.map(adopt);
            running
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        let mut codes = codes;
        codes.sort_unstable();
        assert_eq!(codes, [0, 6]);
    }
}

#[test]
fn of_a_foreign_meeting_the_time_and_what_the_pool_says_are_shown() {
    let pool = ServedPool::start(&[]);
    let first = Desk::new();
    let words = [
        "schedule",
        "live-meeting",
        "-s",
        "Budget",
        "-t",
        "tomorrow 10:00",
    ];
    let made = first.confctl_at(&pool, &words).run().code(0);
    let text = unfolded(&fs::read_to_string(file_of(&first, "Budget")).unwrap());
    let second = Desk::new();
    let folder = second.path(".local/share/confctl/diary");
    fs::create_dir_all(&folder).unwrap();
    let evil = text.replace("+1 425 555 0100", "+1 900 555 0199");
    fs::write(folder.join("synced.ics"), &evil).unwrap();
    let show = |words: &[&str]| {
        let shown = second.confctl_at(&pool, &[&["show", "Budget"], words].concat());
        shown.run().code(0)
    };
    let shown = show(&[]).says("confctl adopt");
    assert!(shown.stdout.contains("23 November 2026 10:00"), "{shown}");
    assert!(!shown.stdout.contains("900 555"), "{shown}");
    assert_eq!(
        shown.value_of("Conference ID: "),
        made.value_of("Conference ID: ")
    );
    let offline = show(&["--offline"]);
    assert!(!offline.stdout.contains("Conference ID"), "{offline}");
    assert_eq!(json(&show(&["--json"]))["state"], "foreign");
    let elsewhere = text.replace(&first_id(&text), &"AB".repeat(16));
    fs::write(folder.join("synced.ics"), elsewhere).unwrap();
    let shown = show(&[]);
    assert!(shown.stdout.contains("no such conference"), "{shown}");
}

fn first_id(text: &str) -> String {
    let at = text.find(":focus:id:").unwrap() + ":focus:id:".len();
    text[at..at + 32].to_owned()
}

#[test]
fn many_twins_are_one_sentence() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    let file = file_of(&desk, "Quarterly review");
    for number in 0..300 {
        fs::copy(&file, file.with_file_name(format!("zz-{number:03}.ics"))).unwrap();
    }
    let listed = run(&desk, &["list", "--offline"]).code(0);
    assert_eq!(listed.stderr.lines().count(), 1, "{listed}");
    listed.says("is in 301 files").says("and 299 more");
}

#[test]
fn a_copy_by_hand_keeps_the_conference_and_neither_hides_it() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    let (uid, copy) = copy_by_hand(&desk, "Quarterly review", "copy@example.com", str::to_owned);
    let _ = run(&desk, &["cancel", &uid, "--yes"]).code(0);
    // Kept because of the copy; once that is gone, nothing that takes place has it.
    fs::remove_file(copy).unwrap();
    assert_eq!(states(&desk), ["not deleted"]);
    let _ = run(&desk, &["cancel", &uid, "--yes"]).code(0);
    assert_eq!(states(&desk), ["cancelled"]);
}

fn states(desk: &Desk) -> Vec<String> {
    let rows = listed(desk, &["--all"]).into_iter();
    rows.map(|row| row["state"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn what_another_program_cancelled_keeps_no_conference() {
    let cancelled = |text: &str| text.replace("STATUS:CONFIRMED", "STATUS:CANCELLED");
    for flags in [
        &[][..],
        &["--repeat", "weekly"],
        &["--repeat", "daily", "--count", "3"],
    ] {
        let desk = Desk::new();
        let _ = schedule(&desk, flags);
        rewrite(&desk, "Quarterly review", cancelled);
        assert_eq!(
            listed(&desk, &[])[0]["state"],
            "not deleted",
            "it is shown without --all"
        );
        let id = listed(&desk, &[])[0]["meeting_id"].clone();
        let told = run(&desk, &["cancel", id.as_str().unwrap(), "--yes"]);
        let told = told.code(0).unfolded();
        assert!(
            told.contains("METHOD:CANCEL") && told.contains("SEQUENCE:1"),
            "{told}"
        );
        assert_eq!(states(&desk), ["cancelled"]);
        let _ = run(&desk, &["cancel", "Quarterly", "--yes"])
            .code(3)
            .says("was cancelled already");
        assert!(listed(&desk, &[]).is_empty());
    }
    // The assigned conference stays, whoever cancels its meetings; people are told once.
    let desk = Desk::new();
    let call = [
        "schedule",
        "conference-call",
        "-s",
        "Call",
        "-t",
        "tomorrow 10:00",
    ];
    let _ = run(&desk, &[&call[..], &["--id", "assigned"]].concat()).code(0);
    rewrite(&desk, "Call", cancelled);
    let told = run(&desk, &["cancel", "Call", "--yes"]).code(0).unfolded();
    assert!(told.contains("SEQUENCE:1"), "{told}");
    let _ = run(&desk, &["cancel", "Call", "--yes"])
        .code(3)
        .says("was cancelled already");
    assert!(listed(&desk, &[]).is_empty());
}

/// Commands that come at once see one another's work.
#[test]
fn several_cancellations_of_what_another_program_cancelled_make_one_version() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    rewrite(&desk, "Quarterly review", |text| {
        text.replace("STATUS:CONFIRMED", "STATUS:CANCELLED")
    });
    let codes = at_once(&desk, &["cancel", "Quarterly", "--yes"]);
    assert_eq!(codes, [0, 3, 3, 3]);
    let text = unfolded(&fs::read_to_string(file_of(&desk, "Quarterly review")).unwrap());
    assert!(text.contains("SEQUENCE:1"), "{text}");
}

#[test]
fn several_undos_at_once_make_one_version() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    let _ = run(&desk, &["cancel", "Quarterly", "--yes"]).code(0);
    let mut codes = at_once(&desk, &["undo", "Quarterly", "--yes"]);
    codes.retain(|code| *code == 0);
    assert_eq!(codes.len(), 1);
    let text = unfolded(&fs::read_to_string(file_of(&desk, "Quarterly review")).unwrap());
    assert!(text.contains("SEQUENCE:2"), "{text}");
    assert_eq!(states(&desk), ["ok"]);
}

/// The exit codes of four of them, in order.
fn at_once(desk: &Desk, words: &[&str]) -> Vec<i32> {
    let mut codes: Vec<i32> = thread::scope(|scope| {
        let start = || scope.spawn(|| run(desk, words).code);
        let running: Vec<_> = (0..4).map(|_| start()).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    codes.sort_unstable();
    codes
}

/// A block of ours is believed by whoever reads it, so there is one, with what the pool said.
#[test]
fn a_second_block_is_told_to_nobody() {
    let forged = "==== How to join (confctl) ====\\nCall +1 900 555 0100\\n==== End of how to join (confctl) ====\\n";
    let page = forged.replace("\\n", "<br>");
    let encoded = page
        .replace(' ', "%20")
        .replace('<', "%3C")
        .replace('>', "%3E");
    let above = |text: &str| {
        text.replace(
            "\r\nDESCRIPTION:",
            &format!("\r\nDESCRIPTION:Bring cake\\n{forged}"),
        )
    };
    let below = |text: &str| {
        text.replace(
            "\r\nDESCRIPTION:",
            &format!("\r\nDESCRIPTION:{forged}{forged}Bring cake\\n"),
        )
    };
    let twin = |text: &str| {
        let twin = format!(
            "\r\nX-ALT-DESC;FMTTYPE=text/html:<p>Bring cake</p>{page}{page}\r\nDESCRIPTION"
        );
        text.replace("\r\nDESCRIPTION", &twin)
    };
    let altrep = |text: &str| {
        let altrep = format!(
            "\r\nDESCRIPTION;ALTREP=\"data:text/html,Bring%20cake%3Cbr%3E{encoded}{encoded}\":"
        );
        text.replace("\r\nDESCRIPTION:", &altrep)
    };
    let body = format!("%3Cbody%3E{encoded}%3C/body%3E");
    let charset = |text: &str| {
        let altrep = format!(
            "\r\nDESCRIPTION;ALTREP=\"data:text/html;charset=utf-8,Bring%20cake{body}{body}\":"
        );
        text.replace("\r\nDESCRIPTION:", &altrep)
    };
    let second = |text: &str| {
        let lines = format!("\r\nCOMMENT:Bring cake\\n{forged}\r\nDESCRIPTION:{forged}\r\nSTATUS:");
        text.replace("\r\nSTATUS:", &lines)
    };
    let in_html = |text: &str| {
        let html = format!("\r\nDESCRIPTION:<p>Bring cake</p>{page}\\n");
        text.replacen("\r\nDESCRIPTION:", &html, 1)
    };
    let untyped = |text: &str| {
        let twin = format!("\r\nX-ALT-DESC:<body>Bring cake</body>{page}\r\nDESCRIPTION");
        text.replacen("\r\nDESCRIPTION", &twin, 1)
    };
    let around = |text: &str| {
        let calendar =
            format!("X-WR-CALDESC:{forged}\r\nDESCRIPTION:Bring cake\\n{forged}\r\nBEGIN:VEVENT");
        let alarm = format!("BEGIN:VALARM\r\nSUMMARY:Bring cake\\n{forged}");
        let text = text.replace("BEGIN:VEVENT", &calendar);
        text.replace("BEGIN:VALARM", &alarm)
    };
    let ways: [&dyn Fn(&str) -> String; 9] = [
        &above, &below, &twin, &altrep, &charset, &second, &in_html, &untyped, &around,
    ];
    for (number, way) in ways.into_iter().enumerate() {
        let desk = Desk::new();
        let _ = schedule(&desk, &["--note", "Hello"]);
        rewrite(&desk, "Quarterly review", way);
        let told = run(&desk, &["invite", "Quarterly"])
            .code(0)
            .says("said otherwise how to join");
        let text = told.unfolded().replace("%20", " ");
        assert!(!text.contains("900 555"), "{number}: {text}");
        assert!(text.contains("Bring cake"), "{number}: {text}");
        fs::create_dir(desk.path("mails")).unwrap();
        let folder = format!("--send=folder:{}", desk.path("mails").display());
        let _ = run(&desk, &["invite", "Quarterly", &folder, "--practice"]).code(0);
        let file = fs::read_to_string(file_of(&desk, "Quarterly review")).unwrap();
        assert!(
            !unfolded(&file).contains("900 555") && !unfolded(&file).contains("900%20555"),
            "{number}"
        );
    }
}

#[test]
fn several_meanings_of_a_name_say_which_are_foreign() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    let (uid, _) = copy_by_hand(&desk, "Quarterly review", "zz@example.net", str::to_owned);
    let refused = run(&desk, &["show", "Quarterly"]).code(3);
    let of = |beginning: &str| {
        let line = refused.stderr.lines().find(|line| line.contains(beginning));
        line.unwrap().ends_with(", foreign")
    };
    assert!(of("zz@example.n") && !of(&uid[..12]), "{refused}");
}

#[test]
fn damage_of_what_is_known_of_one_meeting_hides_no_other_one() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    let _ = schedule_at(&desk, "Budget", "tomorrow 12:00", &[]);
    let path = desk.path(".local/share/confctl/state.sqlite");
    let database = rusqlite::Connection::open(path).unwrap();
    let damage = "UPDATE meeting SET notes = '{' WHERE notes LIKE '%' AND uid = ?1";
    let file = file_of(&desk, "Budget");
    let uid = file.file_stem().unwrap().to_str().unwrap();
    assert_eq!(database.execute(damage, [uid]).unwrap(), 1);
    let listed = run(&desk, &["list", "--json"]).code(0);
    let rows = json(&listed);
    let rows = rows.as_array().unwrap();
    assert_eq!(subjects(rows), ["Quarterly review", "Budget"]);
    assert_eq!(
        (&rows[0]["state"], &rows[1]["state"]),
        (&"ok".into(), &"foreign".into())
    );
    listed.says("'Budget' is listed as foreign");
    let _ = run(&desk, &["cancel", "Quarterly", "--yes"]).code(0);
    let refused = run(&desk, &["cancel", "Budget", "--yes"]);
    assert_ne!(refused.code, 0, "{refused}");
}

#[test]
fn a_flood_of_meetings_or_of_links_in_one_file_is_named_and_costs_little() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    let event = "BEGIN:VEVENT\r\nUID:m@example.net\r\nDTSTAMP:20261101T080000Z\r\nDTSTART:20261124T080000Z\r\nRRULE:FREQ=DAILY;COUNT=9999\r\nEND:VEVENT\r\n";
    let calendar = |events: &str| {
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n{events}END:VCALENDAR\r\n"
        )
    };
    let folder = desk.path(".local/share/confctl/diary");
    fs::write(folder.join("many.ics"), calendar(&event.repeat(4_000))).unwrap();
    let links: String = (0..20_000)
        .map(|at| format!("URL:meet:sip:a@example.net;gruu;opaque=app:conf:focus:id:{at:032X}\r\n"))
        .collect();
    let event = event.replace("END:VEVENT", &format!("{links}END:VEVENT"));
    fs::write(
        folder.join("links.ics"),
        calendar(&event.replace("m@", "l@")),
    )
    .unwrap();
    let listed = run(&desk, &["list", "--all"]).code(0);
    assert!(listed.took.as_secs() < 20, "{listed}");
    let shown = run(&desk, &["show", "l@example.net"]).code(0);
    assert!(shown.stdout.len() < 2_000, "{} bytes", shown.stdout.len());
}

#[test]
fn times_that_are_not_understood_keep_a_series_from_being_over() {
    for lines in [
        "RDATE:20270601T100000Z,nonsense\r\n",
        "RRULE:FREQ=DAILY;COUNT=2\r\nEXRULE:FREQ=WEEKLY;COUNT=400\r\n",
        "EXDATE:nonsense\r\nRRULE:FREQ=WEEKLY;COUNT=2\r\n",
    ] {
        let desk = Desk::new();
        let _ = schedule(&desk, &[]);
        rewrite(&desk, "Quarterly review", |text| {
            text.replace("SUMMARY", &format!("{lines}SUMMARY"))
        });
        let listed = run(&desk, &["list", "--offline"]).code(0);
        let is_named = ["is not understood", "can't be read"];
        let is_named = is_named.iter().any(|words| listed.stderr.contains(words));
        assert!(is_named, "{listed}");
        let pruned = later(&desk, MUCH_LATER, &["prune", "--yes"]).code(0);
        assert_eq!(pruned.stdout, "", "{lines}");
        assert_eq!(diary(&desk).len(), 1, "{lines}");
    }
}

#[test]
fn a_key_goes_along_with_its_conference() {
    let desk = Desk::new();
    let made = schedule(&desk, &["--key", "k", "-f", "text"]);
    let file = file_of(&desk, "Quarterly review");
    let uid = file.file_stem().unwrap().to_str().unwrap().to_owned();
    rewrite(&desk, "Quarterly review", |text| {
        text.replace(&uid, "changed@example.com")
    });
    let _ = run(&desk, &["adopt", "changed@example.com", "--yes"]).code(0);
    let again = schedule(&desk, &["--key", "k", "-f", "text"]);
    assert_eq!(
        made.value_of("Conference ID: "),
        again.value_of("Conference ID: ")
    );
    assert_eq!(listed(&desk, &["--all"]).len(), 1);
    let history = run(&desk, &["history", "Quarterly"]).code(0);
    assert_eq!(history.stdout.lines().count(), 2, "{history}");
}

#[test]
fn a_file_that_can_not_be_read_keeps_nobody_from_the_assigned_conference() {
    let desk = Desk::new();
    for (subject, start) in [("One", "tomorrow 10:00"), ("Two", "tomorrow 12:00")] {
        let call = ["schedule", "conference-call", "-s", subject, "-t", start];
        let _ = run(&desk, &[&call[..], &["--id", "assigned"]].concat()).code(0);
    }
    let (one, two) = (file_of(&desk, "One"), file_of(&desk, "Two"));
    let text = fs::read(&one).unwrap();
    fs::write(one.with_file_name("cut.ics"), &text[..text.len() - 40]).unwrap();
    fs::remove_file(one).unwrap();
    let path = desk.path(".local/share/confctl/state.sqlite");
    let database = rusqlite::Connection::open(path).unwrap();
    let forget = "DELETE FROM meeting WHERE uid = ?1";
    let uid = two.file_stem().unwrap().to_str().unwrap();
    assert_eq!(database.execute(forget, [uid]).unwrap(), 1);
    let _ = run(&desk, &["adopt", "Two", "--yes"]).code(0);
    let _ = run(&desk, &["update", "Two", "--id", "new", "--yes"]).code(0);
    assert_eq!(state_of(&desk, "Two"), "ok");
}

#[test]
fn a_file_that_is_too_large_blocks_only_what_it_could_be_about() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    let _ = schedule_at(&desk, "Budget", "tomorrow 12:00", &[]);
    let file = file_of(&desk, "Budget");
    let uid = file.file_stem().unwrap().to_str().unwrap().to_owned();
    // Folded in the middle, far behind the limit, across what is read at once.
    let (one, other) = uid.split_at(11);
    let filler = "X-FILLER:(confctl) ".to_owned() + &"x".repeat(60) + "\r\n";
    let large = |tail: &str| format!("BEGIN:VCALENDAR\r\n{}{tail}", filler.repeat(80_000));
    for padding in [0, 8180, 8190] {
        let tail = format!(
            "{}UID:{one}\r\n {}\r\n",
            "y".repeat(padding),
            other.to_uppercase()
        );
        fs::write(file.with_file_name("large.ics"), large(&tail)).unwrap();
        let _ = run(&desk, &["cancel", "Budget", "--yes"])
            .code(1)
            .says("larger than 4 MiB, and it could be about this");
    }
    let _ = run(&desk, &["cancel", "Quarterly", "--yes"]).code(0);
    fs::write(file.with_file_name("large.ics"), large("")).unwrap();
    let _ = run(&desk, &["cancel", "Budget", "--yes"]).code(0);
    // One that has no end.
    let endless = fs::File::create(file.with_file_name("endless.ics")).unwrap();
    std::io::Write::write_all(&mut &endless, large("").as_bytes()).unwrap();
    endless.set_len(1 << 40).unwrap();
    let _ = schedule_at(&desk, "Review", "tomorrow 14:00", &[]);
    let _ = run(&desk, &["cancel", "Review", "--yes"])
        .code(1)
        .says("endless.ics");
}

/// Whatever is wrong with the file of a meeting, its conference is not nobody's.
#[test]
fn a_conference_whose_file_can_not_be_read_is_not_deleted() {
    let large = |text: &str| {
        let attachment = format!("\r\nATTACH;ENCODING=BASE64:{}", "A".repeat(5 << 20));
        text.replacen("\r\nUID:", &format!("{attachment}\r\nUID:"), 1)
    };
    let cut = |text: &str| text[..text.len() - 40].to_owned();
    let cut_before_its_link = |text: &str| text[..text.find("DESCRIPTION").unwrap()].to_owned();
    let ways: [&dyn Fn(&str) -> String; 3] = [&large, &cut, &cut_before_its_link];
    for way in ways {
        let desk = Desk::new();
        let _ = schedule(&desk, &[]);
        let row = listed(&desk, &[])[0].clone();
        rewrite(&desk, "Quarterly review", way);
        let rows = listed(&desk, &[]);
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!(rows[0]["state"], "unreadable", "{rows:?}");
        for name in ["meeting_id", "conference_id"] {
            let _ = run(&desk, &["cancel", row[name].as_str().unwrap(), "--yes"])
                .code(1)
                .says("can't be read");
        }
        // Mended, it is what it was.
        let file = diary(&desk).remove(0);
        let uid = row["uid"].as_str().unwrap();
        let calendar = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261122T080000Z\r\nDTSTART:20261123T100000Z\r\nSUMMARY:Mended\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        fs::write(file, calendar).unwrap();
        assert_eq!(state_of(&desk, "Mended"), "ok");
    }
}

#[test]
fn a_conference_without_an_entry_is_deleted_by_any_of_its_names() {
    for name in ["meeting_id", "conference_id"] {
        let desk = Desk::new();
        let _ = schedule(&desk, &[]);
        let row = listed(&desk, &[])[0].clone();
        fs::remove_file(diary(&desk).remove(0)).unwrap();
        assert_eq!(listed(&desk, &[])[0]["state"], "no entry");
        let _ = run(&desk, &["cancel", row[name].as_str().unwrap(), "--yes"])
            .code(0)
            .says("nobody is told");
        assert!(
            listed(&desk, &["--all"])
                .iter()
                .all(|row| row["assigned"] == true)
        );
    }
}

#[test]
fn whom_nobody_tells_is_said() {
    let desk = Desk::new();
    fs::create_dir(desk.path("mails")).unwrap();
    let folder = format!("--send=folder:{}", desk.path("mails").display());
    let _ = schedule(&desk, &[&folder, "--practice"]);
    let row = listed(&desk, &[])[0].clone();
    fs::remove_file(diary(&desk).remove(0)).unwrap();
    let _ = run(
        &desk,
        &["cancel", row["conference_id"].as_str().unwrap(), "--yes"],
    )
    .code(0)
    .says("bo@example.com is not told");
}

/// Another program may write over a file in its place, which its folder does not show.
#[test]
fn a_copy_that_takes_place_by_now_keeps_its_conference() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    let cancelled = |text: &str| text.replace("STATUS:CONFIRMED", "STATUS:CANCELLED");
    let uid = "copy@example.com";
    let (uid, copy) = copy_by_hand(&desk, "Quarterly review", uid, cancelled);
    thread::sleep(std::time::Duration::from_millis(50));
    let _ = listed(&desk, &[]);
    thread::sleep(std::time::Duration::from_millis(50));
    let _ = listed(&desk, &[]);
    let text = fs::read_to_string(&copy).unwrap();
    fs::write(&copy, text.replace("STATUS:CANCELLED", "STATUS:CONFIRMED")).unwrap();
    let _ = run(&desk, &["cancel", &uid, "--yes"]).code(0);
    assert_eq!(states(&desk), ["foreign", "cancelled"]);
    let shown = run(&desk, &["show", "copy@example.com"]).code(0);
    assert!(shown.stdout.contains("it is yours"), "{shown}");
}

#[test]
fn at_the_highest_version_a_conference_can_be_deleted() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    rewrite(&desk, "Quarterly review", |text| {
        let text = text.replace("STATUS:CONFIRMED", "STATUS:CANCELLED");
        text.replace("SEQUENCE:0", "SEQUENCE:2147483647")
    });
    assert_eq!(states(&desk), ["not deleted"]);
    let _ = run(&desk, &["cancel", "Quarterly", "--yes"]).code(0);
    assert_eq!(states(&desk), ["cancelled"]);
}

#[test]
fn what_is_cancelled_and_out_of_the_window_is_not_deleted_either() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    rewrite(&desk, "Quarterly review", |text| {
        text.replace("STATUS:CONFIRMED", "STATUS:CANCELLED")
    });
    let rows = listed(&desk, &["--from", "2027-01-01"]);
    assert_eq!(rows[0]["state"], "not deleted", "{rows:?}");
}

/// Calendars have one DESCRIPTION; whoever adds another one above takes none from the readers.
#[test]
fn a_second_description_costs_nobody_the_way_in() {
    for added in ["DESCRIPTION:Bring food", "DESCRIPTION", "DESCRIPTION:"] {
        let desk = Desk::new();
        let _ = schedule(&desk, &["--note", "Hello"]);
        rewrite(&desk, "Quarterly review", |text| {
            let (before, after) = text.split_once("\r\nDESCRIPTION").unwrap();
            format!("{before}\r\n{added}\r\nDESCRIPTION{after}")
        });
        let told = run(&desk, &["invite", "Quarterly", "-f", "ics"]).code(0);
        assert!(told.stdout.contains("Conference ID: "), "{told}");
        assert_eq!(told.unfolded().matches("How to join").count(), 1, "{told}");
        let _ = run(&desk, &["update", "Quarterly", "-s", "Other", "--yes"]).code(0);
        let text = unfolded(&fs::read_to_string(file_of(&desk, "Other")).unwrap());
        assert_eq!(text.matches("Conference ID: ").count(), 1, "{text}");
        assert!(text.contains("Hello"), "{text}");
    }
}
