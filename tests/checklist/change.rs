//! Points 51 to 60: change and cancellation.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use confctl::icalendar::Component;

use crate::checklist::specimens::{Specimen, made, named, value};
use crate::desk::{Desk, ServedPool};
use crate::meetings::listed;

fn sequence(event: &Component) -> u32 {
    value(event, "SEQUENCE").parse().unwrap()
}

/// What leads people into a conference.
fn ways_in(one: &Specimen) -> Vec<String> {
    let event = &one.events()[0];
    let names = [
        "CONFERENCE",
        "URL",
        "LOCATION",
        "X-MICROSOFT-CONFERENCETELURI",
    ];
    names
        .iter()
        .flat_map(|name| event.all(name))
        .map(|line| line.to_string())
        .collect()
}

#[test]
fn point_51_a_rescheduled_meeting_is_the_same_meeting_with_a_higher_number() {
    let desk = Desk::new();
    let words = [
        "schedule",
        "live-meeting",
        "-s",
        "x",
        "-t",
        "+2h",
        "-i",
        "bo@example.com",
    ];
    let of = |text| Specimen { name: "x", text };
    let before = of(made(&desk, &words).stdout);
    let move_it = desk.confctl(&["update", "x", "-t", "+5h"]);
    let after = of(move_it
        .env("CONFCTL_NOW", "2026-11-22T10:00:00Z")
        .run()
        .code(0)
        .stdout);
    let [old, new] = [&before, &after].map(|one| one.events().remove(0));
    assert_eq!(value(&old, "UID"), value(&new, "UID"));
    assert_eq!(sequence(&new), sequence(&old) + 1);
    assert_eq!(
        value(&new, "X-MICROSOFT-CDO-APPT-SEQUENCE"),
        value(&new, "SEQUENCE")
    );
    assert!(value(&new, "DTSTAMP") > value(&old, "DTSTAMP"));
    assert_ne!(value(&old, "DTSTART"), value(&new, "DTSTART"));
    assert_eq!(ways_in(&before), ways_in(&after));
    assert!(ways_in(&before).len() > 2);
}

/// Every update has a number of its own, so that calendars that ignore DTSTAMP take it too.
#[test]
fn point_52_an_update_of_words_has_a_higher_number_as_well() {
    let desk = Desk::new();
    let words = [
        "schedule",
        "conference-call",
        "-s",
        "x",
        "-t",
        "+2h",
        "-i",
        "bo@example.com",
    ];
    let first = sequence(&event(&made(&desk, &words).stdout));
    let changes = [
        ("x", &["-s", "y"][..]),
        ("y", &["--optional", "cy@example.com"]),
        ("y", &["--remove", "bo@example.com"]),
        ("y", &["--region", "France"]),
    ];
    for (number, (name, flags)) in (first + 1..).zip(changes) {
        let text = made(&desk, &[&["update", name][..], flags].concat()).stdout;
        assert_eq!(sequence(&event(&text)), number, "{flags:?}");
    }
}

fn event(text: &str) -> Component {
    let one = Specimen {
        name: "event",
        text: text.to_owned(),
    };
    one.events().remove(0)
}

#[test]
fn point_53_a_moved_occurrence_names_where_it_was_and_has_no_rule() {
    for one in [named("moved occurrence"), named("series with exceptions")] {
        let moved = one.events().pop().unwrap();
        let original = moved.property("RECURRENCE-ID").unwrap();
        assert_eq!(
            original.to_string(),
            "RECURRENCE-ID;TZID=Europe/Prague:20270315T100000"
        );
        let start = moved.property("DTSTART").unwrap();
        assert_eq!(
            start.to_string(),
            "DTSTART;TZID=Europe/Prague:20270316T150000"
        );
        for name in ["RRULE", "EXDATE", "RDATE"] {
            assert_eq!(moved.all(name).count(), 0, "{name}");
        }
        assert_eq!(
            value(&moved, "UID"),
            value(&named("series").events()[0], "UID")
        );
    }
}

#[test]
fn point_54_a_dropped_occurrence_is_cancelled_alone() {
    let one = named("dropped occurrence");
    assert_eq!(one.method(), "CANCEL");
    let [dropped] = one.events().try_into().unwrap();
    assert_eq!(value(&dropped, "STATUS"), "CANCELLED");
    let original = dropped.property("RECURRENCE-ID").unwrap();
    assert_eq!(
        original.to_string(),
        "RECURRENCE-ID;TZID=Europe/Prague:20270329T100000"
    );
    assert_eq!(dropped.all("RRULE").count(), 0);
    assert!(sequence(&dropped) > sequence(&named("moved occurrence").events()[0]));
}

#[test]
fn point_55_a_cancellation_has_everybody_and_reminds_nobody() {
    for (name, before, guests) in [
        ("cancellation", "update", 3),
        ("removal", "update", 1),
        ("dropped occurrence", "series", 4),
        ("cancelled series", "dropped occurrence", 4),
        ("cancelled for nobody", "nobody", 0),
    ] {
        let one = named(name);
        assert_eq!(one.method(), "CANCEL", "{name}");
        assert!(!one.text.contains("VALARM"), "{name}");
        for event in one.events() {
            assert_eq!(value(&event, "STATUS"), "CANCELLED", "{name}");
            assert_eq!(value(&event, "TRANSP"), "TRANSPARENT", "{name}");
            assert_eq!(event.all("ATTENDEE").count(), guests, "{name}");
            assert_eq!(event.all("CONFERENCE").count(), 0, "{name}");
            // Who is removed is told with the update that does it.
            let least = sequence(&named(before).events()[0]) + u32::from(name != "removal");
            assert!(sequence(&event) >= least, "{name}");
        }
    }
}

#[test]
fn point_57_who_is_removed_is_told_and_the_others_are_not() {
    let people = |name: &str| -> Vec<String> {
        let event = named(name).events().remove(0);
        event.all("ATTENDEE").map(|who| who.value).collect()
    };
    assert_eq!(people("removal"), ["mailto:bo@example.com"]);
    assert_eq!(named("update").method(), "REQUEST");
    assert!(!people("update").contains(&"mailto:bo@example.com".to_owned()));
    assert_eq!(people("update").len(), 3);
}

#[test]
fn point_58_what_the_pool_refuses_is_mailed_to_nobody() {
    let desk = Desk::new();
    let pool = ServedPool::start(&["--fault", "refuse=403@addConference"]);
    let words = [
        "schedule",
        "live-meeting",
        "-s",
        "x",
        "-t",
        "+2h",
        "-i",
        "bo@example.com",
    ];
    let send = [&words[..], &["--send=folder:post", "--practice"]].concat();
    let refused = desk.confctl_at(&pool, &send).run();
    assert!(refused.code != 0 && refused.stdout.is_empty(), "{refused}");
    assert!(files(&desk.path("post")).is_empty(), "{refused}");
}

#[test]
fn point_58_when_mail_fails_it_is_said_what_is_done_and_how_to_go_on() {
    let desk = Desk::new();
    let words = [
        "schedule",
        "live-meeting",
        "-s",
        "x",
        "-t",
        "+2h",
        "-i",
        "bo@example.com",
    ];
    let nowhere = ["--send=smtp://127.0.0.1:1", "--practice"];
    let failed = desk.confctl(&[&words[..], &nowhere].concat()).run().code(7);
    let failed = failed
        .says("conference and diary are done")
        .says("confctl resume");
    assert!(failed.stderr.contains("bo@example.com"), "{failed}");
    assert_eq!(listed(&desk, &[]).len(), 1);
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    found
}

/// The built-in pool's own files may be looked at, with everything that comes of it, a cache is of no
/// meaning, and so is the memory that processes share.
fn files_of_the_user(desk: &Desk) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = files(desk.home());
    let is_other = |path: &PathBuf| {
        let mut parts = path.components();
        let is_shared = path.to_string_lossy().ends_with(".sqlite-shm");
        parts.any(|part| part.as_os_str() == "practice" || part.as_os_str() == ".cache")
            || is_shared
    };
    found.retain(|path, _| !is_other(path));
    found
}

#[test]
fn point_59_a_dry_run_changes_nothing_and_shows_what_would_be_done() {
    let desk = Desk::new();
    let words = [
        "schedule",
        "live-meeting",
        "-t",
        "+2h",
        "-i",
        "bo@example.com",
        "-s",
    ];
    let _ = made(&desk, &[&words[..], &["first"]].concat());
    let before = (files_of_the_user(&desk), listed(&desk, &["--all"]));
    let schedule = [&words[..], &["second", "--dry-run"]].concat();
    assert!(made(&desk, &schedule).stdout.contains("second"));
    let mail = [
        "invite",
        "first",
        "--send=folder:post",
        "--practice",
        "--dry-run",
    ];
    let mail = made(&desk, &mail);
    for shown in ["To: bo@example.com", "Subject: first", "METHOD:REQUEST"] {
        assert!(mail.stdout.contains(shown), "{shown}\n{mail}");
    }
    assert_eq!(
        (files_of_the_user(&desk), listed(&desk, &["--all"])),
        before
    );
}

#[test]
fn point_60_the_pool_keeps_a_conference_two_weeks_longer_than_it_lasts() {
    let desk = Desk::new();
    let head = [
        "schedule",
        "live-meeting",
        "-t",
        "2027-03-01 10:00",
        "-d",
        "1h",
        "-s",
    ];
    for (subject, flags, expires) in [
        ("single", &[][..], "2027-03-15T11:00:00Z"),
        (
            "series",
            &["--repeat", "daily", "--count", "3"],
            "2027-03-17T11:00:00Z",
        ),
    ] {
        let _ = made(&desk, &[&head[..], &[subject], flags].concat());
        assert_eq!(expiry(&desk, subject), expires);
    }
    let _ = made(&desk, &["update", "single", "-t", "2027-06-01 10:00"]);
    assert_eq!(expiry(&desk, "single"), "2027-06-15T11:00:00Z");
}

fn expiry(desk: &Desk, subject: &str) -> String {
    let rows = listed(desk, &[]);
    let mut found = rows.iter().filter(|row| row["subject"] == subject);
    found.next().unwrap()["expires"]
        .as_str()
        .unwrap()
        .to_owned()
}
