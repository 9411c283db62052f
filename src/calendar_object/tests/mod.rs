//! Calendars by five writers, and our own, through every change: what the tests have in common.

mod foreign;
mod limits;
mod reading;
mod sending;
mod series;
mod words;

use super::*;
use crate::conference::{
    Access, AccessNumber, Attendance, Attendee, Client, Conference, DialIn, DialInId, Kind,
    MeetingId, Passcode, Series, Token, WaysIn, Wording,
};
use crate::icalendar::{self, ContentLine};

/// The first line of a block in English, and of all that confctl wrote before it knew others.
pub(super) const BEGIN: &str = "==== How to join (confctl) ====================================";

/// The last line of one.
pub(super) const END: &str = "==== End of how to join (confctl) =============================";

const SPECIMENS: [(&str, &[u8]); 5] = [
    (
        "outlook",
        include_bytes!("../../../tests/specimens/outlook.ics"),
    ),
    (
        "google",
        include_bytes!("../../../tests/specimens/google.ics"),
    ),
    (
        "apple",
        include_bytes!("../../../tests/specimens/apple.ics"),
    ),
    (
        "thunderbird",
        include_bytes!("../../../tests/specimens/thunderbird.ics"),
    ),
    ("khal", include_bytes!("../../../tests/specimens/khal.ics")),
];

fn specimen(name: &str) -> CalendarObject {
    let (_, bytes) = SPECIMENS.iter().find(|(n, _)| *n == name).unwrap();
    CalendarObject::parse(bytes).unwrap()
}

fn prague() -> TimeZone {
    TimeZone::get("Europe/Prague").unwrap()
}

fn at(text: &str) -> Zoned {
    text.parse().unwrap()
}

fn person(address: &str, name: &str) -> Person {
    Person {
        address: address.to_owned(),
        name: Some(name.to_owned()).filter(|name| !name.is_empty()),
    }
}

fn attendee(address: &str, name: &str, attendance: Attendance, presenter: bool) -> Attendee {
    Attendee {
        person: person(address, name),
        attendance,
        presenter,
    }
}

fn conference(digits: &str) -> Conference {
    let id = MeetingId::hexadecimal(&Token::new([0x5F; 16]));
    let focus = format!("sip:ana@example.com;gruu;opaque=app:conf:focus:id:{id}");
    let number = |display: &str, region: &str| AccessNumber {
        display: display.to_owned(),
        region: region.to_owned(),
        languages: vec!["en-US".to_owned()],
    };
    Conference {
        kind: Kind::LiveMeeting,
        subject: "C:\\new, \"quoted\"; n".to_owned(),
        access: Access::Anonymous,
        assigned: false,
        expires: None,
        presenters: vec![],
        promotion: None,
        lobby_bypass: None,
        ways_in: WaysIn {
            join_id: None,
            client_link: format!("meet:{focus}"),
            client: Some(Client::Communicator),
            web_link: Some(format!("https://pool.example.com/join/{digits}")),
            dial_in: Some(DialIn {
                id: DialInId::parse(digits).unwrap(),
                numbers: vec![
                    number("+1 425 555 0100", "North America"),
                    number("+44 20 7946 0123", "United Kingdom"),
                ],
                settings_page: None,
            }),
            passcode: Some(Passcode::parse("20260322").unwrap()),
        },
        id,
        owner: "sip:ana@example.com".into(),
        location: focus,
    }
}

fn appointment() -> Appointment {
    Appointment {
        uid: "5f5f5f5f@confctl".to_owned(),
        sequence: 0,
        stamp: "2026-11-22T08:15:30Z".parse().unwrap(),
        start: at("2027-03-02T10:00[Europe/Prague]"),
        end: at("2027-03-02T11:00[Europe/Prague]"),
        organizer: person("ana@example.com", "Exemplar, Ana"),
        organization: Some("Example Ltd".to_owned()),
        attendees: vec![
            attendee(
                "bo@example.com",
                "Bo \"Bobby\" Sample",
                Attendance::Required,
                true,
            ),
            attendee("cy@example.org", "", Attendance::Optional, false),
        ],
        subject: "Budget 2027; rough, first look".to_owned(),
        note: Some("Please bring your numbers.\n\n  - Ana".to_owned()),
        conference: conference("1234567"),
        practice: false,
        series: None,
        occurrence: None,
        status: Status::Confirmed,
        sender: None,
        wording: Wording::default(),
    }
}

fn weekly_meeting() -> Appointment {
    Appointment {
        series: Some(Series {
            rule: "FREQ=WEEKLY;UNTIL=20270601T080000Z;BYDAY=TU".to_owned(),
            excluded: vec![at("2027-03-16T10:00[Europe/Prague]")],
            ..Series::default()
        }),
        ..appointment()
    }
}

/// The outline with a conference, as a command would make it.
fn join(document: &CalendarObject, digits: &str) -> Appointment {
    let outline = document.outline(&prague()).unwrap();
    Appointment {
        uid: outline.uid,
        sequence: outline.sequence + 1,
        start: outline.start,
        end: outline.end,
        organizer: outline
            .organizer
            .unwrap_or(person("ana@example.com", "Ana Exemplar")),
        attendees: outline.attendees,
        subject: outline.subject,
        note: None,
        conference: conference(digits),
        series: outline.series,
        status: outline.status,
        ..appointment()
    }
}

fn revise(document: &mut CalendarObject, new: &Appointment) {
    document
        .revise(new, &prague(), Damaged::Refuse, &Branding::default())
        .unwrap();
}

fn text(document: &CalendarObject) -> String {
    String::from_utf8(document.bytes().to_vec()).unwrap()
}

/// Unfolded lines; a document's twice if it has them twice.
fn unfold(text: &str) -> Vec<String> {
    icalendar::unfold(text).collect()
}

fn count(text: &str, part: &str) -> usize {
    unfold(text).concat().matches(part).count()
}

fn properties(text: &str, name: &str) -> Vec<ContentLine> {
    let lines = icalendar::lines(text).map(Result::unwrap);
    lines.filter(|line| line.name == name).collect()
}

fn values(text: &str, name: &str) -> Vec<String> {
    let lines = properties(text, name).into_iter();
    lines.map(|line| line.value).collect()
}

/// The physical lines of each property, in the file's own bytes.
fn raw_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for physical in text.split_inclusive('\n') {
        match lines.last_mut() {
            Some(last) if physical.starts_with([' ', '\t']) => last.push_str(physical),
            _ => lines.push(physical.to_owned()),
        }
    }
    lines
}

/// The same meeting as it is read from another file.
fn reread(document: &CalendarObject, text: &str) -> CalendarObject {
    let read = CalendarObject::parse(text.as_bytes()).unwrap();
    read.with_notes(document.notes().cloned())
}
