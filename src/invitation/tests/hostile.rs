//! Text from anybody, in every field: nothing of it becomes structure.

use proptest::prelude::*;

use super::*;

#[test]
fn links_that_lead_elsewhere_are_left_out() {
    let mut trapped = appointment(Kind::LiveMeeting);
    let ways_in = &mut trapped.conference.ways_in;
    ways_in.client_link = "file:///etc/passwd".into();
    ways_in.web_link = Some("javascript:alert(1)".into());
    ways_in.dial_in.as_mut().unwrap().settings_page = Some(" data:text/html,hi".into());
    for format in [Format::Ics, Format::Text, Format::Html, Format::Json] {
        let text = write(&trapped, format);
        for scheme in ["file:", "javascript:", "data:"] {
            assert!(!text.contains(scheme), "{text}");
        }
    }
}

#[test]
fn a_note_cannot_hold_a_second_block() {
    let mut forged = appointment(Kind::LiveMeeting);
    forged.note = Some(write(&forged, Format::Text));
    let card = write(&forged, Format::Text);
    let fences = card.lines().filter(|line| line.starts_with("===="));
    assert_eq!(fences.count(), 2, "{card}");
}

pub(super) fn is_unwanted(c: char) -> bool {
    c.is_control() || "\u{2028}\u{202e}\u{2066}\u{feff}".contains(c)
}

fn hostile() -> impl Strategy<Value = String> {
    let nasty = "(\r\n|\n|\r|\u{0}|\u{7}|\u{1b}\\[2J|\u{7f}|\u{85}|\u{2028}|\u{202e}|\u{2066}|\u{feff}|X-EVIL:1|END:VEVENT|[\"^;:,\\\\=<]|\u{1F642}|ž|א|a| ){0,40}";
    prop_oneof![
        nasty,
        "\\PC{0,300}",
        prop::collection::vec(any::<char>(), 0..60).prop_map(String::from_iter)
    ]
}

pub(super) fn hostile_meeting() -> impl Strategy<Value = Appointment> {
    prop::collection::vec(hostile(), 11).prop_map(|texts| {
        let [
            uid,
            address,
            name,
            organization,
            subject,
            note,
            link,
            web,
            display,
            region,
            page,
        ] = texts.try_into().unwrap();
        let mut a = appointment(Kind::LiveMeeting);
        a.attendees[0].person = Person {
            address: address.clone(),
            name: Some(name.clone()),
        };
        a.organizer = Person {
            address,
            name: Some(name),
        };
        (a.uid, a.organization, a.subject, a.note) = (uid, Some(organization), subject, Some(note));
        a.conference.location.clone_from(&link);
        let (link, web, page) = (
            format!("meet:{link}"),
            format!("https:{web}"),
            format!("http:{page}"),
        );
        let languages = vec![region.clone()];
        let numbers = vec![AccessNumber {
            display,
            region,
            languages,
        }];
        let dial_in = Some(DialIn {
            id: DialInId::parse("1234567").unwrap(),
            numbers,
            settings_page: Some(page),
        });
        let passcode = a.conference.ways_in.passcode.take();
        a.conference.ways_in = WaysIn {
            join_id: None,
            client_link: link,
            client: Some(Client::Communicator),
            web_link: Some(web),
            dial_in,
            passcode,
        };
        a
    })
}

proptest! {
    #[test]
    fn hostile_text_cannot_change_the_shape_of_a_calendar(appointment in hostile_meeting()) {
        let calendar = write(&appointment, Format::Ics);
        let body = calendar.strip_suffix("\r\n").unwrap();
        for line in body.split("\r\n") {
            prop_assert!(line.len() <= 75);
            prop_assert!(!line.contains(is_unwanted));
        }
        let lines = lines(&appointment);
        prop_assert!(!lines.iter().any(|line| line.name == "X-EVIL"));
        for name in ["UID", "SUMMARY", "METHOD", "ORGANIZER", "LOCATION", "URL", "VERSION"] {
            prop_assert!(lines.iter().filter(|line| line.name == name).count() <= 1);
        }
        let ends = lines.iter().filter(|line| line.name == "END").map(|line| line.value.as_str());
        prop_assert_eq!(ends.collect::<Vec<_>>(), ["STANDARD", "DAYLIGHT", "VTIMEZONE", "VALARM", "VEVENT", "VCALENDAR"]);
        prop_assert_eq!(lines.iter().filter(|line| line.name == "ATTENDEE").count(), 3);
    }

    #[test]
    fn what_goes_in_comes_out(subject in "[^\\p{Cc}\u{2028}\u{2029}\u{202a}-\u{202e}\u{2066}-\u{2069}\u{feff}]{0,300}") {
        let mut appointment = appointment(Kind::LiveMeeting);
        appointment.subject = subject.trim().to_owned();
        appointment.attendees[0].person.name = Some(format!("N{subject}N"));
        let lines = lines(&appointment);
        prop_assert_eq!(text_of(&lines, "SUMMARY"), appointment.subject.as_str());
        let attendee = lines.iter().find(|line| line.name == "ATTENDEE").unwrap();
        prop_assert_eq!(attendee.parameter("CN"), appointment.attendees[0].person.name.as_deref());
        let json: serde_json::Value = serde_json::from_str(&write(&appointment, Format::Json)).unwrap();
        prop_assert_eq!(json["subject"].as_str(), Some(appointment.subject.as_str()));
    }

    #[test]
    fn people_and_programs_never_get_control_characters(appointment in hostile_meeting()) {
        for format in [Format::Text, Format::Json] {
            let text = write(&appointment, format);
            let one_line = text.replace('\n', "");
            prop_assert!(!one_line.contains(is_unwanted));
        }
    }
}
