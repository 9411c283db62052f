//! What is large, or invited by many.

use proptest::prelude::*;

use super::*;
use crate::conference::MOST_NAMED;

/// A meeting with so many people and numbers, and a note of so many octets.
fn large(people: usize, numbers: usize, note: usize) -> Appointment {
    let mut meeting = appointment();
    let guests = 1..=people;
    meeting.attendees = guests.map(guest).collect();
    meeting.note = Some("Bring a pen, or two.\n".repeat(note / 21));
    let number = |count: usize| AccessNumber {
        display: format!("+1 425 555 {count:04}"),
        region: format!("Region {}", count / 20),
        languages: vec!["en-US".to_owned()],
    };
    let dial_in = meeting.conference.ways_in.dial_in.as_mut().unwrap();
    dial_in.numbers = (0..numbers).map(number).collect();
    meeting
}

fn guest(count: usize) -> Attendee {
    attendee(
        &format!("guest{count}@example.com"),
        &format!("Guest \"{count}\""),
        Attendance::Required,
        false,
    )
}

fn guests(from: usize, to: usize) -> Vec<Attendee> {
    (from..=to).map(guest).collect()
}

fn new(meeting: &Appointment) -> CalendarObject {
    CalendarObject::new(meeting, &Branding::default()).unwrap()
}

/// As the diary reads it: the file, and beside it what is known of it.
fn reread(object: &CalendarObject) -> CalendarObject {
    let read = CalendarObject::parse(object.bytes()).unwrap();
    read.with_notes(object.notes().cloned())
}

fn has_room(meeting: &Appointment) -> Result<(), CalendarObjectError> {
    CalendarObject::check_new(meeting, &Branding::default())
}

#[test]
fn what_has_room_is_read_back_however_large() {
    for (people, numbers, note) in [(4000, 10, 0), (10, 5000, 100_000), (0, 1, 389_000)] {
        let written = large(people, numbers, note);
        assert_eq!(has_room(&written), Ok(()));
        let object = new(&written);
        let read = reread(&object).appointment(&prague()).unwrap().unwrap();
        assert_eq!(read, clean::appointment(&written));
        let block = text(&object);
        assert!(count(&block, "CONFERENCE;") <= 14, "{numbers}");
        assert!(numbers < 100 || block.contains("more number"));
    }
}

#[test]
fn what_has_no_room_is_known_before_it_is_written() {
    let wordy = Appointment {
        subject: "x".repeat(5 << 20),
        ..appointment()
    };
    let whole = CalendarObjectError::TooLarge(TooLarge::Whole);
    assert_eq!(has_room(&wordy), Err(whole));
    let mut object = new(&weekly_meeting());
    let change = |count: i64| Appointment {
        series: None,
        occurrence: Some(at("2027-03-23T10:00[Europe/Prague]")),
        attendees: guests(1, usize::try_from(count).unwrap()),
        ..weekly_meeting()
    };
    revise(&mut object, &change(4000));
    let check = |object: &CalendarObject, new: &Appointment| {
        object.check_revision(new, &prague(), &Branding::default())
    };
    // What is there already may shrink, however large it is.
    let crowded = CalendarObject::parse(
        text(&object)
            .replacen(
                "END:VEVENT",
                &format!("ATTACH:{}\r\nEND:VEVENT", "x".repeat(3_600_000)),
                1,
            )
            .as_bytes(),
    );
    let crowded = crowded.unwrap();
    assert!(check(&crowded, &change(4000)).is_ok());
    assert!(check(&crowded, &change(10)).is_ok());
    assert!(check(&object, &change(4000)).is_ok());
    let error = check(
        &crowded,
        &Appointment {
            attendees: guests(1, 2000),
            ..weekly_meeting()
        },
    );
    assert!(error.unwrap_err().is_too_large());
}

#[test]
fn of_a_crowd_each_gets_their_own_line_and_servers_get_all() {
    for (count, is_crowd) in [(MOST_NAMED, false), (MOST_NAMED + 1, true)] {
        let object = new(&Appointment {
            attendees: guests(1, count),
            ..weekly_meeting()
        });
        let crowd = object.crowd().unwrap();
        assert_eq!(crowd.is_some(), is_crowd);
        let Some(crowd) = crowd else {
            continue;
        };
        let reader = person("Guest7@EXAMPLE.com", "");
        let own = crowd.for_reader(&reader).unwrap();
        let sent = own.to_send(&Sending::Meeting, &prague()).unwrap();
        assert_eq!(values(&sent, "METHOD"), ["REQUEST"]);
        assert_eq!(values(&sent, "ATTENDEE"), ["mailto:guest7@example.com"]);
        let known = properties(&text(&object), "ATTENDEE").swap_remove(6);
        assert_eq!(properties(&sent, "ATTENDEE"), [known]);
        let stored = object.to_store(ScheduleAgent::Client).unwrap();
        assert_eq!(values(&stored, "ATTENDEE").len(), count);
        let without = |text: &str| -> Vec<String> {
            let lines = unfold(text).into_iter();
            lines.filter(|line| !line.starts_with("ATTENDEE")).collect()
        };
        let whole = object.to_send(&Sending::Meeting, &prague()).unwrap();
        assert_eq!(without(&sent), without(&whole));
    }
}

#[test]
fn an_occurrence_may_have_a_crowd_of_its_own() {
    let original = at("2027-03-23T10:00[Europe/Prague]");
    let mut object = new(&weekly_meeting());
    let of_day = Appointment {
        series: None,
        occurrence: Some(original.clone()),
        attendees: [guests(1, 150), vec![weekly_meeting().attendees[0].clone()]].concat(),
        ..weekly_meeting()
    };
    revise(&mut object, &of_day);
    let crowd = object.crowd().unwrap().unwrap();
    let sent = |reader: &str, what: &Sending<'_>| {
        let own = crowd.for_reader(&person(reader, "")).unwrap();
        values(&own.to_send(what, &prague()).unwrap(), "ATTENDEE")
    };
    let one = Sending::Occurrence(&original);
    assert_eq!(
        sent("guest150@example.com", &one),
        ["mailto:guest150@example.com"]
    );
    let [bo, cy] = ["mailto:bo@example.com", "mailto:cy@example.org"];
    assert_eq!(sent("bo@example.com", &Sending::Meeting), [bo, cy, bo]);
    // Not invited to that day, which a request says all the same.
    let ana = "mailto:ana@example.com";
    assert_eq!(sent("cy@example.org", &Sending::Meeting), [bo, cy, ana]);
}

#[test]
fn an_occurrence_of_a_crowd_keeps_the_line_of_its_reader() {
    let object = new(&Appointment {
        attendees: guests(1, 150),
        ..weekly_meeting()
    });
    let original = at("2027-03-23T10:00[Europe/Prague]");
    let crowd = object.crowd().unwrap().unwrap();
    let mut own = crowd.for_reader(&person("guest9@example.com", "")).unwrap();
    let (of_day, others) = Appointment {
        series: None,
        occurrence: Some(original.clone()),
        attendees: guests(1, 150),
        start: at("2027-03-23T12:00[Europe/Prague]"),
        end: at("2027-03-23T13:00[Europe/Prague]"),
        ..weekly_meeting()
    }
    .for_reader(&person("guest9@example.com", ""));
    assert_eq!((of_day.attendees.len(), others), (1, 149));
    revise(&mut own, &of_day);
    let sent = own.to_send(&Sending::Occurrence(&original), &prague());
    assert_eq!(
        values(&sent.unwrap(), "ATTENDEE"),
        ["mailto:guest9@example.com"]
    );
}

fn any_number() -> impl Strategy<Value = AccessNumber> {
    let languages = prop::collection::vec("[a-z]{2}-[A-Z]{2}", 0..4);
    let number = ("[+0-9 ()x#;.-]{1,24}", "\\PC{0,40}", languages);
    number.prop_map(|(display, region, languages)| AccessNumber {
        display,
        region,
        languages,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn whatever_is_within_the_limits_is_read_back(
        numbers in prop::collection::vec(any_number(), 0..400),
        names in prop::collection::vec("\\PC{0,40}", 0..200),
        lines in prop::collection::vec("[!-~á-ž][ -~á-žあ-ん]{0,90}", 0..400),
        subject in "\\PC{1,200}",
    ) {
        let mut written = appointment();
        written.subject = subject;
        written.note = Some(lines.join("\n"));
        let guest = |(count, name): (usize, &String)| {
            let address = format!("guest{count}@example.com");
            attendee(&address, name, Attendance::Optional, count % 3 == 0)
        };
        written.attendees = names.iter().enumerate().map(guest).collect();
        let ways_in = &mut written.conference.ways_in;
        ways_in.dial_in.as_mut().unwrap().numbers = numbers;
        ways_in.dial_in.take_if(|dial_in| dial_in.numbers.is_empty());
        prop_assert_eq!(has_room(&written), Ok(()));
        let read = reread(&new(&written)).appointment(&prague()).unwrap().unwrap();
        prop_assert_eq!(read, clean::appointment(&written));
    }
}
