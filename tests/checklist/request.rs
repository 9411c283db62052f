//! Points 11 to 20: what makes a meeting request.

use std::collections::BTreeSet;
use std::fs;

use crate::checklist::specimens::{Specimen, all, named, of_method, value};
use crate::desk::Desk;

#[test]
fn point_11_a_request_has_what_rfc_5546_wants() {
    for one in of_method("REQUEST") {
        for event in one.events() {
            for name in [
                "UID",
                "DTSTART",
                "DTEND",
                "SUMMARY",
                "ORGANIZER",
                "SEQUENCE",
            ] {
                assert!(!value(&event, name).is_empty(), "{}: {name}", one.name);
            }
            assert_eq!(value(&event, "STATUS"), "CONFIRMED", "{}", one.name);
            let stamp = value(&event, "DTSTAMP");
            assert!(
                stamp.len() == 16 && stamp.ends_with('Z'),
                "{}: {stamp}",
                one.name
            );
            let sequence = value(&event, "SEQUENCE").parse::<u32>();
            assert!(sequence.is_ok(), "{}: {sequence:?}", one.name);
            assert!(event.all("ATTENDEE").count() > 0, "{}", one.name);
        }
    }
}

fn addresses(one: &Specimen) -> impl Iterator<Item = String> {
    let mut lines = one.lines();
    lines.retain(|line| ["ORGANIZER", "ATTENDEE"].contains(&line.name.as_str()));
    lines.into_iter().map(|line| line.value)
}

#[test]
fn point_12_people_are_mailto_uris() {
    for one in all() {
        assert!(addresses(one).count() > 0, "{}", one.name);
        for address in addresses(one) {
            let mailbox = address.strip_prefix("mailto:").unwrap_or_default();
            assert!(mailbox.contains('@'), "{}: {address}", one.name);
        }
    }
}

#[test]
fn point_13_who_is_mailed_is_invited_and_who_is_invited_is_mailed() {
    let desk = Desk::new();
    let words = [
        "schedule",
        "live-meeting",
        "-s",
        "x",
        "-t",
        "+2h",
        "--practice",
    ];
    let people = [
        "-i",
        "Bo@Example.com, cy@example.org",
        "--optional",
        "di@example.net",
    ];
    let presenter = ["--presenter", "bo@example.COM", "--send=folder:post"];
    let output = desk
        .confctl(&[&words[..], &people, &presenter].concat())
        .run()
        .code(0);
    let one = Specimen {
        name: "mailed",
        text: output.stdout,
    };
    let event = &one.events()[0];
    let invited = event
        .all("ATTENDEE")
        .map(|line| line.value.replace("mailto:", ""));
    let invited: BTreeSet<String> = invited.map(|address| address.to_lowercase()).collect();
    let mails = fs::read_dir(desk.path("post")).unwrap();
    let mails = mails.map(|mail| fs::read_to_string(mail.unwrap().path()).unwrap());
    let mut mailed: Vec<String> = mails.map(|mail| recipient(&mail)).collect();
    mailed.sort();
    assert_eq!(
        mailed,
        ["bo@example.com", "cy@example.org", "di@example.net"]
    );
    assert_eq!(mailed, invited.into_iter().collect::<Vec<_>>());
}

fn recipient(mail: &str) -> String {
    let to = mail.lines().find_map(|line| line.strip_prefix("To: "));
    let to = to.unwrap_or_else(|| panic!("no To:\n{mail}"));
    let address = to.rsplit('<').next().unwrap_or(to).trim_end_matches('>');
    address.to_lowercase()
}

#[test]
fn point_14_nobody_is_invited_twice() {
    let desk = Desk::new();
    let words = [
        "schedule",
        "live-meeting",
        "-s",
        "x",
        "-t",
        "+2h",
        "-i",
        "A@example.com",
    ];
    let again = ["-i", "a@example.com", "--optional", "a@EXAMPLE.com"];
    let presenter = ["--presenter", "Ann <a@Example.com>"];
    let output = desk
        .confctl(&[&words[..], &again, &presenter].concat())
        .run()
        .code(0);
    assert_eq!(output.stdout.matches("\nATTENDEE").count(), 1, "{output}");
    let more = desk
        .confctl(&["update", "x", "-s", "y", "--optional", "A@EXAMPLE.COM"])
        .run();
    assert_eq!(more.code(0).stdout.matches("\nATTENDEE").count(), 1);
    for one in all() {
        for event in one.events() {
            let people: Vec<String> = event
                .all("ATTENDEE")
                .map(|who| who.value.to_lowercase())
                .collect();
            let once: BTreeSet<&String> = people.iter().collect();
            assert_eq!(once.len(), people.len(), "{}: {people:?}", one.name);
        }
    }
}

#[test]
fn point_15_without_guests_it_is_published() {
    for one in all().iter().filter(|one| one.method() == "PUBLISH") {
        assert!(!one.text.contains("\nATTENDEE"), "{}", one.name);
    }
    assert_eq!(named("nobody").method(), "PUBLISH");
    assert_eq!(named("live meeting").method(), "REQUEST");
}

/// Both ends of the specimens are in one zone and never in a time that comes twice.
#[test]
fn point_16_what_begins_ends_later() {
    for one in all() {
        for event in one.events() {
            let [start, end] = ["DTSTART", "DTEND"].map(|name| event.property(name).unwrap());
            assert_eq!(
                start.parameter("TZID"),
                end.parameter("TZID"),
                "{}",
                one.name
            );
            assert_eq!(start.value.len(), end.value.len(), "{}", one.name);
            assert!(start.value < end.value, "{}: {start} {end}", one.name);
        }
    }
}

#[test]
fn point_20_the_same_meeting_gives_the_same_bytes_at_any_time() {
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
    let rule = ["--repeat", "weekly", "--key", "same"];
    let first = desk.confctl(&[&words[..], &rule].concat()).run().code(0);
    let key = desk.confctl(&[&words[..], &rule].concat()).run().code(0);
    assert_eq!(first.stdout, key.stdout);
    let later = desk
        .confctl(&["invite", "x"])
        .env("CONFCTL_NOW", "2026-11-23T01:02:03Z");
    let elsewhere = later
        .env("TZ", "Asia/Tokyo")
        .env("LC_ALL", "cs_CZ.UTF-8")
        .run();
    assert_eq!(first.stdout, elsewhere.code(0).stdout);
}

#[test]
fn point_17_a_room_is_no_participant_and_is_booked() {
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
    let room = ["--room", "Room 4 <room4@example.com>"];
    let calendar = desk
        .confctl(&[&words[..], &room].concat())
        .run()
        .code(0)
        .unfolded();
    let line = |address: &str| {
        let found = calendar.lines().find(|line| line.ends_with(address));
        found
            .unwrap_or_else(|| panic!("no {address}\n{calendar}"))
            .to_owned()
    };
    let room = line("mailto:room4@example.com");
    assert!(
        room.contains("CUTYPE=ROOM") && room.contains("ROLE=NON-PARTICIPANT"),
        "{room}"
    );
    assert!(line("mailto:bo@example.com").contains("CUTYPE=INDIVIDUAL"));
    let later = desk
        .confctl(&["update", "x", "-t", "+3h"])
        .run()
        .code(0)
        .unfolded();
    assert!(later.contains(&room), "an update forgets the room\n{later}");
}
