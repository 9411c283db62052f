//! Invitations that templates are tried on. Their numbers are fictional.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::conference::{
    Access, AccessNumber, Appointment, Attendance, Attendee, Client, Conference, DialIn, DialInId,
    Kind, MeetingId, Passcode, Person, Series, Status, Token, WaysIn, Wording,
};

/// What the first sample has that no way in can do without.
pub(super) const WANTED: [(&str, &str); 4] = [
    ("a link to join", LINK),
    ("a number to call", NUMBER),
    (
        "'Conference ID:' and the digits on one line, where meeting rooms look for them",
        "Conference ID: 1234567",
    ),
    ("the link to the page with all numbers", PAGE),
];

const LINK: &str = "meet:sip:kim@example.com;gruu;opaque=app:conf:focus:id:";
const NUMBER: &str = "+1 425 555 0100";
const PAGE: &str = "https://pool.example.com/dialin";

/// A meeting with everything, a cancelled series, an occurrence with nothing that can be missing.
pub(super) fn appointments() -> [Appointment; 3] {
    let whole = whole_meeting();
    let cancelled = Appointment {
        status: Status::Cancelled,
        series: Some(Series {
            rule: "FREQ=WEEKLY;COUNT=5".to_owned(),
            excluded: vec![whole.end.clone()],
            ..Series::default()
        }),
        ..whole.clone()
    };
    let mut bare = Appointment {
        organization: None,
        attendees: Vec::new(),
        note: None,
        practice: false,
        sender: None,
        occurrence: Some(whole.end.clone()),
        ..whole.clone()
    };
    bare.conference.kind = Kind::ConferenceCall;
    bare.conference.ways_in = WaysIn::default();
    [whole, cancelled, bare]
}

fn whole_meeting() -> Appointment {
    let start = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
    Appointment {
        uid: "sample@example.com".to_owned(),
        sequence: 0,
        stamp: Timestamp::UNIX_EPOCH,
        end: start.saturating_add(SignedDuration::from_hours(1)),
        start,
        organizer: person("kim@example.com", "Kim Sample"),
        organization: Some("Example Ltd".to_owned()),
        attendees: vec![
            attendee("bo@example.com", Attendance::Required),
            attendee("cy@example.com", Attendance::Optional),
        ],
        subject: "Sample".to_owned(),
        note: Some("A note\n\nof two paragraphs".to_owned()),
        conference: conference(),
        practice: true,
        series: None,
        occurrence: None,
        status: Status::Confirmed,
        sender: Some(person("di@example.com", "Di Sample")),
        wording: Wording::default(),
    }
}

fn person(address: &str, name: &str) -> Person {
    Person {
        address: address.to_owned(),
        name: Some(name.to_owned()),
    }
}

fn attendee(address: &str, attendance: Attendance) -> Attendee {
    Attendee {
        person: person(address, "Bo Sample"),
        attendance,
        presenter: true,
    }
}

fn conference() -> Conference {
    let id = MeetingId::hexadecimal(&Token::new([0x5A; 16]));
    let link = format!("{LINK}{id}");
    Conference {
        kind: Kind::LiveMeeting,
        subject: "Sample".to_owned(),
        access: Access::Anonymous,
        assigned: false,
        expires: None,
        presenters: Vec::new(),
        promotion: None,
        lobby_bypass: None,
        owner: "sip:ana@example.com".to_owned(),
        location: link.trim_start_matches("meet:").to_owned(),
        ways_in: WaysIn {
            join_id: None,
            client_link: link,
            client: Some(Client::Communicator),
            web_link: Some("https://pool.example.com/join/5A5A".to_owned()),
            dial_in: dial_in(),
            passcode: Passcode::parse("20260322").ok(),
        },
        id,
    }
}

fn dial_in() -> Option<DialIn> {
    Some(DialIn {
        id: DialInId::parse("1234567").ok()?,
        numbers: vec![AccessNumber {
            display: NUMBER.to_owned(),
            region: "North America".to_owned(),
            languages: vec!["en-US".to_owned()],
        }],
        settings_page: Some(PAGE.to_owned()),
    })
}
