//! What is read, whoever wrote it.

use super::*;
use crate::icalendar::{LineError, ObjectError};

#[test]
fn what_is_read_back_is_what_was_written() {
    let twice = Appointment {
        start: at("2027-10-31T02:30+01:00[Europe/Prague]"),
        end: at("2027-10-31T03:30+01:00[Europe/Prague]"),
        ..appointment()
    };
    let bare = Appointment {
        attendees: vec![],
        note: None,
        organization: None,
        status: Status::Cancelled,
        ..appointment()
    };
    for written in [appointment(), weekly_meeting(), bare, twice] {
        let mut document = CalendarObject::new(&written, &Branding::default()).unwrap();
        assert_eq!(reread(&document, &text(&document)), document);
        let read = document.appointment(&TimeZone::UTC).unwrap().unwrap();
        let cleaned = clean::appointment(&written);
        assert_eq!(read, cleaned);
        assert_eq!(read.start.time_zone(), cleaned.start.time_zone());
        let before = text(&document);
        revise(&mut document, &read);
        assert_eq!(text(&document), before);
        assert!(values(&before, "METHOD").is_empty());
    }
}

#[test]
fn other_programs_may_rewrite_the_file() {
    let document = CalendarObject::new(&weekly_meeting(), &Branding::default()).unwrap();
    let written = text(&document);
    let mut lines = unfold(&written);
    let event = lines
        .iter()
        .position(|line| line == "BEGIN:VEVENT")
        .unwrap();
    let alarm = lines
        .iter()
        .position(|line| line == "BEGIN:VALARM")
        .unwrap();
    lines[event + 1..alarm].sort_by_key(|line| std::cmp::Reverse(line.clone()));
    let rewritten = lines
        .join("\n")
        .replace("\\;", ";")
        .replace("END:VALARM", "X-A:b\nend:valarm")
        + "\n";
    let read = reread(&document, &rewritten);
    let sorted = |document: &CalendarObject| {
        let mut appointment = document.appointment(&prague()).unwrap().unwrap();
        appointment
            .attendees
            .sort_by_key(|a| a.person.address.clone());
        appointment
    };
    assert_eq!(sorted(&read), sorted(&document));
    assert_eq!(text(&read), rewritten);
}

#[test]
fn what_is_no_meeting_is_refused_with_a_reason() {
    let calendar = |events: &str| format!("BEGIN:VCALENDAR\n{events}END:VCALENDAR\n");
    let event = |lines: &str| format!("BEGIN:VEVENT\n{lines}END:VEVENT\n");
    let time = |name: &str, value: &str| CalendarObjectError::Time {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let good = event("UID:a\nDTSTART:20270302T100000Z\n");
    let other = event("UID:b\nDTSTART:20270302T100000Z\n");
    for (text, error) in [
        (calendar(""), CalendarObjectError::NoEvent),
        (
            calendar("BEGIN:VTODO\nEND:VTODO\n"),
            CalendarObjectError::NoEvent,
        ),
        (
            calendar(&(good + &other)),
            CalendarObjectError::SeveralMeetings,
        ),
        (
            calendar(&event("DTSTART:20270302T100000Z\n")),
            CalendarObjectError::NoUid,
        ),
        (
            calendar(&event("UID: \nDTSTART:20270302T100000Z\n")),
            CalendarObjectError::NoUid,
        ),
        (calendar(&event("UID:a\n")), CalendarObjectError::NoStart),
        (
            calendar(&event("UID:a\nDTSTART:20270230\n")),
            time("DTSTART", "20270230"),
        ),
        (
            calendar(&event("UID:a\nDTSTART:soon\n")),
            time("DTSTART", "soon"),
        ),
        (
            calendar(&event("UID:a\nDTSTART:20270302\nDURATION:long\n")),
            CalendarObjectError::Duration("long".to_owned()),
        ),
        (
            calendar(&event("UID:a\nDTSTART:20270302\nRECURRENCE-ID:20270302\n")),
            CalendarObjectError::NoSeries,
        ),
        (
            calendar("BEGIN:VEVENT\n"),
            ObjectError::Nesting {
                expected: "VEVENT".to_owned(),
                found: "VCALENDAR".to_owned(),
            }
            .into(),
        ),
    ] {
        assert_eq!(
            CalendarObject::parse(text.as_bytes()).unwrap_err(),
            error,
            "{text}"
        );
    }
}

/// As earlier versions wrote it.
const FORMER: &str = "X-CONFCTL-CONFERENCE:{\"conference\":{\"id\":\"5F5F5F5F5F5F5F5F5F5F5F5F5F5F5F\n 5F\"\\,\"focus\":\"sip:ana@example.com\\;gruu\"\\,\"kind\":\"live-meeting\"\\,\"subject\":\n \"Budget\"\\,\"access\":\"anonymous\"\\,\"assigned\":false\\,\"expires\":null\\,\"call_in\":{\n \"client_link\":\"\"\\,\"web_link\":null\\,\"dial_in\":null\\,\"passcode\":null}}\\,\"practice\n \":false\\,\"organization\":null\\,\"organizer\":{\"address\":\"ana@example.com\"\\,\"na\n me\":null}\\,\"presenters\":[]}\nX-CONFCTL-SENT:{\"bo@example.com\":2}\nX-CONFCTL-KEY:k\\, 1\n";

#[test]
fn what_stands_in_a_file_for_confctl_alone_is_nothing_of_the_meeting() {
    let file = |private: &str| {
        let text = format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20270302T100000Z\n{private}END:VEVENT\nEND:VCALENDAR\n"
        );
        CalendarObject::parse(text.as_bytes()).unwrap()
    };
    assert_eq!(file("").former_notes(), Ok(None));
    let mut document = file(FORMER);
    assert_eq!(document.appointment(&prague()), Ok(None));
    let former = document.former_notes().unwrap().unwrap();
    assert_eq!(former.notes.conference.owner, "sip:ana@example.com");
    assert_eq!(former.sent.get("bo@example.com"), Some(&2));
    assert_eq!(former.key, Some(("k, 1".to_owned(), String::new())));
    for (part, damaged) in [("{\"conf", "{\"c"), (":2}", ":x}")] {
        let damaged = file(&FORMER.replace(part, damaged));
        assert_eq!(damaged.former_notes(), Err(CalendarObjectError::Private));
    }
    revise(&mut document, &join(&file(FORMER), "1234567"));
    assert!(!text(&document).contains("X-CONFCTL-"));
}

#[test]
fn a_line_that_means_something_is_understood_or_refused() {
    let calendar = |line: &str| {
        format!(
            "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:Own\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\n\
             UID:a\r\nDTSTART:20270302T100000Z\r\nDESCRIPTION:Bring food\r\n{line}\r\n\
             BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
    };
    for (line, why) in [
        (
            "DESCRIPTION;ALTREP=\"data:text/html,Hi:Hi",
            LineError::Quote,
        ),
        ("DESCRIPTION;LANGUAGE:Hi", LineError::Parameter),
        ("dtend;TZID:20270302T110000", LineError::Parameter),
        ("RECURRENCE-ID;TZID=Own", LineError::Shape),
        (
            "ATTENDEE;CN=\"Bo \\\"Nick\\\"\":mailto:bo@example.com",
            LineError::Quote,
        ),
        (
            "ORGANIZER;CN=\"Ana:mailto:ana@example.com",
            LineError::Quote,
        ),
        ("X-ALT-DESC;FMTTYPE:<p>", LineError::Parameter),
        ("X-CONFCTL-CONFERENCE;A:{}", LineError::Parameter),
        ("X-MICROSOFT-CDO-BUSYSTATUS;A", LineError::Parameter),
    ] {
        let refused = CalendarObject::parse(calendar(line).as_bytes()).unwrap_err();
        let line = line.to_owned();
        assert_eq!(refused, CalendarObjectError::Line { line, why });
    }
    let inner = calendar("").replace("TRIGGER:", "TRIGGER;RELATED:");
    let refused = CalendarObject::parse(inner.as_bytes()).unwrap_err();
    assert!(
        refused.to_string().contains("'TRIGGER;RELATED:-PT5M'"),
        "{refused}"
    );
    let zone = calendar("").replace("TZID:", "TZID;X:");
    assert!(CalendarObject::parse(zone.as_bytes()).is_err());
}

#[test]
fn a_line_that_means_nothing_stays_and_is_not_sent() {
    for line in [
        "and a second line of text",
        "Agenda; points: food",
        ";",
        "X-OTHER;A=\"b:c",
        "ATTENDEES",
    ] {
        let before = calendar_with(line);
        let mut object = CalendarObject::parse(before.as_bytes()).unwrap();
        assert_eq!(object.odd_lines(), [line]);
        let new = join(&object, "1234567");
        revise(&mut object, &new);
        assert!(text(&object).contains(&format!("\r\n{line}\r\n")), "{line}");
        let sent = object.to_send(&Sending::Meeting, &prague()).unwrap();
        assert!(!unfold(&sent).contains(&line.to_owned()), "{line}");
    }
    assert_eq!(specimen("outlook").odd_lines(), [""; 0]);
}

#[test]
fn a_long_line_is_kept_changed_and_sent_like_any_other() {
    let long = "ab\\,".repeat(60_000);
    for (name, line) in [
        (
            "ATTACH",
            format!(
                "ATTACH;ENCODING=BASE64;VALUE=BINARY:{}",
                "QUJD".repeat(100_000)
            ),
        ),
        ("LOCATION", format!("LOCATION:{long}")),
        (
            "X-ALT-DESC",
            format!("X-ALT-DESC;FMTTYPE=text/html:<p>{long}</p>"),
        ),
        ("DESCRIPTION", format!("DESCRIPTION:{long}")),
        (
            "DESCRIPTION",
            format!("DESCRIPTION:{}", "x".repeat(256 * 1024 + 1)),
        ),
        ("X-OTHER", format!("X-OTHER:{long}")),
    ] {
        for folded in [icalendar::fold(&line), format!("{line}\r\n")] {
            let before = calendar_with(folded.trim_end());
            let mut object = CalendarObject::parse(before.as_bytes()).unwrap();
            let new = join(&object, "1234567");
            revise(&mut object, &new);
            let sent = object.to_send(&Sending::Meeting, &prague()).unwrap();
            let own = line.rsplit_once(':').unwrap().1.trim_end_matches("</p>");
            for text in [text(&object), sent] {
                let found = properties(&text, name);
                assert_eq!(found.len(), 1, "{name}");
                assert!(found[0].value.contains(own), "{name}");
            }
            let note = object.appointment(&prague()).unwrap().unwrap().note;
            let is_note = name == "DESCRIPTION";
            assert_eq!(
                note.is_some_and(|note| note.len() > 100_000),
                is_note,
                "{name}"
            );
        }
    }
}

/// A meeting with a line more.
fn calendar_with(line: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20270302T100000Z\r\n{line}\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

#[test]
fn times_are_read_in_every_form() {
    let own = "BEGIN:VTIMEZONE\nTZID:Own\nBEGIN:STANDARD\nDTSTART:16010101T030000\n\
        RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nTZOFFSETFROM:+0430\nTZOFFSETTO:+0330\n\
        END:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010101T020000\n\
        RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nTZOFFSETFROM:+0330\nTZOFFSETTO:+0430\n\
        END:DAYLIGHT\nEND:VTIMEZONE\n\
        BEGIN:VTIMEZONE\nTZID:Fixed\nBEGIN:STANDARD\nDTSTART:16010101T000000\n\
        TZOFFSETFROM:-0500\nTZOFFSETTO:-0500\nEND:STANDARD\nEND:VTIMEZONE\n";
    for (lines, start, minutes) in [
        ("DTSTART:20270702T100000Z", "2027-07-02T10:00Z", 0),
        (
            "DTSTART;TZID=Europe/Prague:20270702T100000",
            "2027-07-02T08:00Z",
            0,
        ),
        (
            "DTSTART;TZID=Tokyo Standard Time:20270702T100000",
            "2027-07-02T01:00Z",
            0,
        ),
        (
            "DTSTART;TZID=/a.example/Tz/America/Argentina/Salta:20270702T100000",
            "2027-07-02T13:00Z",
            0,
        ),
        ("DTSTART;TZID=Own:20270702T100000", "2027-07-02T05:30Z", 0),
        ("DTSTART;TZID=Own:20270102T100000", "2027-01-02T06:30Z", 0),
        ("DTSTART;TZID=Fixed:20270702T100000", "2027-07-02T15:00Z", 0),
        (
            "DTSTART;TZID=Nowhere:20270702T100000",
            "2027-07-02T08:00Z",
            0,
        ),
        (
            "DTSTART:20270702T100000\nDURATION:P1DT1H",
            "2027-07-02T08:00Z",
            1500,
        ),
        ("DTSTART;VALUE=DATE:20270702", "2027-07-01T22:00Z", 1440),
        (
            "DTSTART;VALUE=DATE:20270702\nDTEND;VALUE=DATE:20270704",
            "2027-07-01T22:00Z",
            2880,
        ),
        (
            "DTSTART:20270702T100000Z\nDTEND:20270702T090000Z",
            "2027-07-02T10:00Z",
            0,
        ),
        (
            "dtstart;tzid=Europe/Prague:20270328T023000",
            "2027-03-28T01:30Z",
            0,
        ),
        (
            "DTSTART;TZID=Europe/Prague:20271031T023000",
            "2027-10-31T00:30Z",
            0,
        ),
    ] {
        let text = format!(
            "BEGIN:VCALENDAR\n{own}BEGIN:VEVENT\nUID:a\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n"
        );
        let document = CalendarObject::parse(text.as_bytes()).unwrap();
        let outline = document.outline(&prague()).unwrap();
        let start: Timestamp = start.parse().unwrap();
        assert_eq!(outline.start.timestamp(), start, "{lines}");
        let length = outline.start.duration_until(&outline.end).as_mins();
        assert_eq!(length, minutes, "{lines}");
    }
}
