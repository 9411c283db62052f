//! Calendars by five writers get a conference and are changed.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

#[test]
fn a_foreign_meeting_gets_a_conference_and_keeps_everything_else() {
    for (name, bytes) in SPECIMENS {
        let before = String::from_utf8(bytes.to_vec()).unwrap();
        let mut document = CalendarObject::parse(bytes).unwrap();
        assert_eq!(document.bytes(), bytes, "{name}");
        let new = join(&document, "1234567");
        revise(&mut document, &new);
        let after = text(&document);
        let mut left: HashMap<String, usize> = HashMap::new();
        for line in raw_lines(&after) {
            *left.entry(line).or_default() += 1;
        }
        for line in raw_lines(&before) {
            let changes = [
                "DESCRIPTION",
                "X-ALT-DESC",
                "SEQUENCE",
                "DTSTAMP",
                "LAST-MODIFIED",
                "METHOD",
                "LOCATION:\r\n",
            ];
            if !changes.iter().any(|name| line.starts_with(name)) {
                let there = left.get_mut(&line).filter(|count| **count > 0);
                *there.unwrap_or_else(|| panic!("{name} lost {line}")) -= 1;
            }
        }
        let events = after.matches("BEGIN:VEVENT").count();
        let twins = usize::from(name == "outlook");
        assert_eq!(count(&after, BEGIN), events + twins, "{name}");
        assert_eq!(count(&after, END), events + twins, "{name}");
        let words = |bytes| {
            let document = CalendarObject::parse(bytes).unwrap();
            let line = master(&document.object).unwrap().property("DESCRIPTION");
            line.map(|line| line.value).unwrap_or_default()
        };
        assert!(words(document.bytes()).starts_with(&words(bytes)), "{name}");
        let mut again = CalendarObject::parse(document.bytes()).unwrap();
        revise(&mut again, &new);
        assert_eq!(text(&again), after, "{name}");
    }
}

#[test]
fn another_conference_changes_the_block_and_the_ways_in_alone() {
    for (name, bytes) in SPECIMENS {
        let mut document = CalendarObject::parse(bytes).unwrap();
        let first = join(&document, "1234567");
        revise(&mut document, &first);
        let before = unfold(&text(&document));
        let second = Appointment {
            conference: conference("7654321"),
            ..document.appointment(&prague()).unwrap().unwrap()
        };
        revise(&mut document, &second);
        let after = unfold(&text(&document));
        let there_and_back: Vec<String> = after
            .iter()
            .map(|line| line.replace("7654321", "1234567"))
            .collect();
        assert_eq!(there_and_back, before, "{name}");
        let changed = std::iter::zip(&before, &after).filter(|(old, new)| old != new);
        for (old, _) in changed {
            let ours = [
                "DESCRIPTION",
                "X-ALT-DESC",
                "CONFERENCE",
                "LOCATION:Live",
                "URL:https://pool.",
                "X-MICROSOFT-",
                "X-CONFCTL-",
            ];
            assert!(
                ours.iter().any(|name| old.starts_with(name)),
                "{name}: {old}"
            );
        }
    }
}

#[test]
fn a_meeting_keeps_the_zone_that_its_writer_named() {
    let mut document = specimen("outlook");
    let new = join(&document, "1");
    revise(&mut document, &new);
    let later = Appointment {
        start: at("2027-04-06T09:00[Europe/Budapest]"),
        end: at("2027-04-06T10:30[Europe/Budapest]"),
        ..new.clone()
    };
    revise(&mut document, &later);
    let start = "DTSTART;TZID=Central Europe Standard Time:20270406T090000\r\n";
    assert!(text(&document).contains(start));
    assert_eq!(document.outline(&prague()).unwrap().end, later.end);
    let elsewhere = Appointment {
        start: at("2027-04-06T09:00[Asia/Kathmandu]"),
        end: at("2027-04-06T10:30[Asia/Kathmandu]"),
        ..new
    };
    revise(&mut document, &elsewhere);
    assert_eq!(values(&text(&document), "TZID"), ["Asia/Kathmandu"]);
    let end = properties(&text(&document), "DTEND").remove(0);
    assert_eq!(end.to_string(), "DTEND;TZID=Asia/Kathmandu:20270406T103000");
}

#[test]
fn a_duration_stays_while_the_length_does() {
    let mut document = specimen("thunderbird");
    let new = join(&document, "1");
    revise(&mut document, &new);
    let moved = Appointment {
        start: at("2027-03-01T10:00[Europe/Prague]"),
        end: at("2027-03-01T10:45[Europe/Prague]"),
        ..new
    };
    revise(&mut document, &moved);
    assert_eq!(values(&text(&document), "DURATION"), ["PT45M"]);
    let longer = Appointment {
        end: at("2027-03-01T11:00[Europe/Prague]"),
        ..moved
    };
    revise(&mut document, &longer);
    assert!(values(&text(&document), "DURATION").is_empty());
    assert_eq!(document.outline(&prague()).unwrap().end, longer.end);
}

#[test]
fn people_come_and_go_and_answers_stay() {
    let mut document = specimen("google");
    let first = join(&document, "1");
    revise(&mut document, &first);
    let changed = Appointment {
        attendees: vec![
            attendee("bo@example.com", "Bo", Attendance::Optional, true),
            attendee("dee@example.org", "Dee, \"D\"", Attendance::Required, false),
        ],
        ..first
    };
    revise(&mut document, &changed);
    let after = text(&document);
    let event = after.split("BEGIN:VALARM").next().unwrap();
    let people: Vec<String> = properties(event, "ATTENDEE")
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(people.len(), 3, "{people:?}");
    assert!(
        people[0].contains("PARTSTAT=ACCEPTED") && people[0].ends_with("mailto:ana@example.com")
    );
    assert!(people[1].contains("PARTSTAT=DECLINED") && people[1].contains("ROLE=OPT-PARTICIPANT"));
    assert!(
        people[2].starts_with("ATTENDEE;CN=\"Dee, ^'D^'\";")
            || people[2].contains("CN=\"Dee, ^'D^'\"")
    );
    let read = document.appointment(&prague()).unwrap().unwrap();
    assert!(read.attendees[0].presenter && !read.attendees[1].presenter);
}

#[test]
fn a_delegate_is_named_and_an_organizer_comes_with_the_first_guest() {
    let mut document = specimen("khal");
    let alone = join(&document, "1");
    revise(&mut document, &alone);
    assert!(values(&text(&document), "ORGANIZER").is_empty());
    let sent = document.to_send(&Sending::Meeting, &prague()).unwrap();
    assert_eq!(values(&sent, "ORGANIZER"), ["mailto:ana@example.com"]);
    let guests = Appointment {
        attendees: appointment().attendees,
        sender: Some(person("dee@example.com", "Dee")),
        ..alone
    };
    revise(&mut document, &guests);
    assert_eq!(
        values(&text(&document), "ORGANIZER"),
        ["mailto:ana@example.com"]
    );
    let mut document = specimen("apple");
    let delegated = Appointment {
        sender: Some(person("dee@example.com", "")),
        ..join(&document, "1")
    };
    revise(&mut document, &delegated);
    let organizer = properties(&text(&document), "ORGANIZER").remove(0);
    assert_eq!(
        organizer.to_string(),
        "ORGANIZER;CN=Ana Exemplar;EMAIL=ana@example.com;SENT-BY=\"mailto:dee@example.com\":/aMjExample/principal/"
    );
    let read = document.appointment(&prague()).unwrap().unwrap();
    assert_eq!(read.sender, delegated.sender);
}

#[test]
fn who_sends_for_the_organizer_is_kept_until_somebody_else_does() {
    const LINE: &str =
        "ORGANIZER;SENT-BY=\"mailto:dee@example.com\";X-OWN=1;CN=Ana:\n mailto:ana@example.com\n";
    let before = format!(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20270302T100000Z\n{LINE}\
         X-MS-OLK-SENDER:mailto:dee@example.com\nEND:VEVENT\nEND:VCALENDAR\n"
    );
    let mut document = CalendarObject::parse(before.as_bytes()).unwrap();
    for digits in ["1234567", "7654321"] {
        let new = join(&document, digits);
        assert_eq!(new.sender, None);
        revise(&mut document, &new);
        let after = text(&document);
        assert!(after.contains(LINE), "{after}");
        assert_eq!(values(&after, "X-MS-OLK-SENDER").len(), 1);
    }
    let new = Appointment {
        sender: Some(person("cy@example.org", "")),
        ..join(&document, "1234567")
    };
    revise(&mut document, &new);
    let organizer = properties(&text(&document), "ORGANIZER").remove(0);
    assert_eq!(
        organizer.parameter("SENT-BY"),
        Some("mailto:cy@example.org")
    );
    assert_eq!(organizer.parameter("X-OWN"), Some("1"));
    let new = Appointment {
        organizer: person("eve@example.com", ""),
        ..join(&document, "1234567")
    };
    revise(&mut document, &new);
    let organizer = properties(&text(&document), "ORGANIZER").remove(0);
    assert_eq!(organizer.value, "mailto:eve@example.com");
    assert_eq!(organizer.parameter("SENT-BY"), None);
}

/// What somebody else's program may write about a meeting: odd spellings, folds anywhere, properties that
/// nobody knows, rules and dates in several forms.
const LINES: &str = "SUMMARY;LANGUAGE=en:Plan|summary:plan \\\\, of all|PRIORITY:5|CLASS:PUBLIC|transp:OPAQUE\
    |X-ODD;A=\"b:c\";D=e:f|CATEGORIES:A\\\\,b,C|RRULE:FREQ=WEEKLY;COUNT=4;|rrule:freq=daily;count=9\
    |RRULE:FREQ=WEEKLY;UNTIL=20270401|EXDATE;VALUE=DATE:20270309|EXDATE:20270316T090000Z,\
    |RDATE;VALUE=PERIOD:20270410T090000Z/PT3H|ATTENDEE;CN=Bo;X-A=1:MAILTO:bo@example.com|ATTACH:https://www.example.com/a\
    |COMMENT:Žluťoučký kůň pěl ďábelské ódy|not a line at all|RELATED-TO:x@example.com|GEO:50.1;14.4|BEGIN:VALARM";

fn folded(line: &str, width: usize, ending: &str) -> String {
    let chars: Vec<char> = line.chars().collect();
    let pieces: Vec<String> = chars.chunks(width).map(String::from_iter).collect();
    pieces.join(&format!("{ending} ")) + ending
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn an_update_keeps_every_byte_that_it_is_not_about(
        picked in prop::collection::vec((0_usize..64, 5_usize..90), 0..12),
        start in "DTSTART;TZID=Europe/Prague:20270302T100000|DTSTART:20270302T090000Z|dtstart;x-y=z;tzid=\"Europe/Prague\":20270302T100000",
        is_bare in any::<bool>(),
    ) {
        let ending = if is_bare { "\n" } else { "\r\n" };
        let known: Vec<&str> = LINES.split('|').map(str::trim).collect();
        let mut lines = vec![("UID:odd@example.com", 75), ("DTSTAMP:20260101T000000Z", 75), (start.as_str(), 40), ("DURATION:PT1H", 75)];
        lines.extend(picked.iter().map(|(line, width)| (known[line % known.len()], *width)));
        let mut body = String::new();
        for (line, width) in lines {
            body += &folded(line, width, ending);
            if line == "BEGIN:VALARM" {
                body += &folded("TRIGGER:-PT5M", 75, ending);
                body += &folded("END:VALARM", 75, ending);
            }
        }
        let text = format!("BEGIN:VCALENDAR{ending}VERSION:2.0{ending}BEGIN:VEVENT{ending}{body}END:VEVENT{ending}END:VCALENDAR{ending}");
        let Ok(mut document) = CalendarObject::parse(text.as_bytes()) else {
            return Ok(());
        };
        let joined = join(&document, "1234567");
        revise(&mut document, &joined);
        let before = super::text(&document);
        let mut changed = document.appointment(&prague()).unwrap().unwrap();
        changed.subject = "Quite another one".to_owned();
        changed.sequence += 1;
        revise(&mut document, &changed);
        let after = super::text(&document);
        let is_about = |line: &&String| {
            let whole = line.replace("\r\n ", "").replace("\n ", "");
            let name = whole.split([':', ';']).next().unwrap_or_default().to_ascii_uppercase();
            ["SUMMARY", "SEQUENCE", "DTSTAMP"].contains(&name.as_str())
        };
        let kept = |text: &str| -> Vec<String> { raw_lines(text).into_iter().filter(|line| !is_about(&line)).collect() };
        prop_assert_eq!(kept(&after), kept(&before));
        // The conference came to what was there, and took nothing of it.
        let there = raw_lines(&before);
        for line in raw_lines(&text) {
            prop_assert!(is_about(&&line) || there.contains(&line), "{} is gone from {}", line, before);
        }
        // Back again, it is the same file but for its version.
        changed.subject = joined.subject;
        revise(&mut document, &changed);
        prop_assert_eq!(kept(&super::text(&document)), kept(&before));
    }
}
