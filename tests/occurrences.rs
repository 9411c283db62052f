//! Series, and single meetings of them.

use crate::desk::{Desk, ServedPool};
use crate::meetings::{entry, json, listed, run, unfolded};

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

#[test]
fn a_changed_occurrence_leaves_the_conference_of_its_series_for_as_long() {
    for flags in [&[][..], &["--count", "30"], &["--until", "2027-12-24"]] {
        let desk = Desk::new();
        let weekly = [
            "schedule",
            "live-meeting",
            "-s",
            "Weekly",
            "-t",
            "2026-12-07 9:00",
            "--repeat",
            "weekly",
        ];
        let _ = desk.confctl(&[&weekly[..], flags].concat()).run().code(0);
        let expires = || {
            let shown = desk.confctl(&["show", "Weekly", "--json"]).run().code(0);
            let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
            shown["pool"]["expires"].as_str().unwrap().to_owned()
        };
        let before = expires();
        for change in [
            &["-t", "2026-12-08 9:00"][..],
            &["-s", "Other words"],
            &["-i", "bo@example.com"],
        ] {
            let words = ["update", "Weekly", "--occurrence", "2026-12-07", "--yes"];
            let _ = desk.confctl(&[&words[..], change].concat()).run().code(0);
            assert!(expires() >= before, "{flags:?} {change:?} {}", expires());
        }
    }
}
