//! What people get.

use super::*;

#[test]
fn our_attendee_line_is_that_of_the_invitation() {
    let event = text(&CalendarObject::new(&appointment(), &Branding::default()).unwrap());
    let ours: Vec<String> = appointment()
        .attendees
        .iter()
        .map(|a| people::attendee_line(a).to_string())
        .collect();
    let rendered: Vec<String> = properties(&event, "ATTENDEE")
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(ours, rendered);
}

#[test]
fn what_is_sent_is_fit_for_mail() {
    for (name, bytes) in SPECIMENS {
        let mut document = CalendarObject::parse(bytes).unwrap();
        let new = join(&document, "1");
        revise(&mut document, &new);
        for what in [
            Sending::Meeting,
            Sending::Removal {
                people: &[person("bo@example.com", "")],
                occurrence: None,
            },
        ] {
            let sent = document.to_send(&what, &prague()).unwrap();
            assert!(
                sent.replace("\r\n", "").find(char::is_control).is_none(),
                "{name}"
            );
            assert!(sent.split("\r\n").all(|line| line.len() <= 75), "{name}");
            assert!(!sent.contains("X-CONFCTL-"), "{name}");
            let lines = unfold(&sent);
            let method = lines
                .iter()
                .position(|line| line.starts_with("METHOD:"))
                .unwrap();
            assert!(lines[method - 1].starts_with("PRODID:"), "{name}");
            assert_eq!(values(&sent, "METHOD").len(), 1, "{name}");
            assert!(sent.find("VTIMEZONE") < sent.find("VEVENT"), "{name}");
            assert!(!sent.contains("VTODO"), "{name}");
        }
    }
    let document = CalendarObject::new(&appointment(), &Branding::default()).unwrap();
    let sent = document.to_send(&Sending::Meeting, &prague()).unwrap();
    assert_eq!(
        sent,
        ics::calendar(&clean::appointment(&appointment()), &Branding::default())
    );
}

#[test]
fn the_method_follows_from_guests_and_status() {
    let removed = [
        person("BO@example.com", ""),
        person("new@example.org", "Eve"),
    ];
    let cancelled = Appointment {
        status: Status::Cancelled,
        sequence: 1,
        ..appointment()
    };
    let alone = Appointment {
        attendees: vec![],
        ..appointment()
    };
    for (appointment, what, method, guests, alarms) in [
        (appointment(), Sending::Meeting, "REQUEST", 2, 1),
        (alone, Sending::Meeting, "PUBLISH", 0, 1),
        (cancelled, Sending::Meeting, "CANCEL", 2, 0),
        (
            appointment(),
            Sending::Removal {
                people: &removed,
                occurrence: None,
            },
            "CANCEL",
            2,
            0,
        ),
    ] {
        let mut document = CalendarObject::new(&self::appointment(), &Branding::default()).unwrap();
        revise(&mut document, &appointment);
        let sent = document.to_send(&what, &prague()).unwrap();
        assert_eq!(values(&sent, "METHOD"), [method]);
        assert_eq!(values(&sent, "ATTENDEE").len(), guests);
        assert_eq!(sent.matches("BEGIN:VALARM").count(), alarms);
        let cancels = values(&sent, "STATUS") == ["CANCELLED"];
        assert_eq!(cancels, method == "CANCEL");
        assert_eq!(sent.contains("20260322"), !cancels, "the passcode");
    }
}

#[test]
fn some_people_are_taken_out_of_one_occurrence() {
    let mut series = weekly_meeting();
    series.sequence = 3;
    let document = CalendarObject::new(&series, &Branding::default()).unwrap();
    let original = at("2027-03-30T10:00[Europe/Prague]");
    let what = Sending::Removal {
        people: &[person("bo@example.com", "")],
        occurrence: Some(&original),
    };
    let sent = document.to_send(&what, &prague()).unwrap();
    for (name, value) in [
        ("METHOD", "CANCEL"),
        ("STATUS", "CANCELLED"),
        ("SEQUENCE", "3"),
        ("RECURRENCE-ID", "20270330T100000"),
        ("ATTENDEE", "mailto:bo@example.com"),
    ] {
        assert_eq!(values(&sent, name), [value], "{name}");
    }
    assert_eq!(sent.matches("BEGIN:VEVENT").count(), 1);
    let event = sent.split("BEGIN:VEVENT").nth(1).unwrap();
    for name in ["RRULE", "EXDATE", "20260322"] {
        assert!(!event.contains(name), "{name}");
    }
}
