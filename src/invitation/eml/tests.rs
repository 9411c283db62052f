//! Whole mails, read back by a parser that is not ours.

use jiff::Zoned;
use mail_parser::{
    Address as Read, HeaderValue as Field, Message as Parsed, MessageParser, MimeHeaders, PartType,
};
use proptest::prelude::*;

use super::*;
use crate::conference::{
    Access, Client, Conference, Kind, MeetingId, Passcode, Status, Token, WaysIn, Wording,
};

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nDESCRIPTION:METHOD:none\r\nSUMMARY:Pr\u{16F}b\u{11B}h\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
const TEXT: &str = "Join by phone: +1 425 555 0100\n.\nConference ID: 1234567\n";
const HTML: &str = "<!DOCTYPE html>\n<p>Join by phone: +1 425 555 0100</p>\n";

fn person(address: &str, name: &str) -> Person {
    Person {
        address: address.into(),
        name: Some(name.into()).filter(|name: &String| !name.is_empty()),
    }
}

fn appointment() -> Appointment {
    let start: Zoned = "2027-03-02T10:00[Europe/Prague]".parse().unwrap();
    let id = MeetingId::hexadecimal(&Token::new([0x5F; 16]));
    Appointment {
        uid: "5f5f5f5f@confctl".into(),
        sequence: 0,
        stamp: "2026-11-22T08:15:30.5Z".parse().unwrap(),
        end: start
            .checked_add(jiff::SignedDuration::from_mins(60))
            .unwrap(),
        start,
        organizer: person("ana@example.com", "Exemplar, Ana"),
        organization: None,
        attendees: vec![],
        subject: "Budget 2027; rough, first look".into(),
        note: None,
        conference: Conference {
            owner: "sip:ana@example.com".into(),
            kind: Kind::LiveMeeting,
            subject: "Budget 2027".into(),
            access: Access::Anonymous,
            assigned: false,
            expires: None,
            presenters: vec![],
            promotion: None,
            lobby_bypass: None,
            ways_in: WaysIn {
                join_id: None,
                client_link: format!("meet:sip:ana@example.com;gruu;opaque=app:conf:focus:id:{id}"),
                client: Some(Client::Communicator),
                web_link: None,
                dial_in: None,
                passcode: Some(Passcode::parse("20260322").unwrap()),
            },
            location: String::new(),
            id,
        },
        practice: false,
        series: None,
        occurrence: None,
        status: Status::Confirmed,
        sender: None,
        wording: Wording::default(),
    }
}

fn mail<'a>(appointment: &'a Appointment, to: &'a [Person]) -> Mail<'a> {
    Mail {
        mailing: None,
        appointment,
        calendar: CALENDAR,
        text: TEXT,
        html: HTML,
        prefix: "",
        to,
    }
}

fn bytes(mail: &Mail<'_>, octets: Octets) -> Vec<u8> {
    message(mail, octets).unwrap()
}

fn parse(bytes: &[u8]) -> Parsed<'_> {
    MessageParser::default().parse(bytes).unwrap()
}

/// What stands before the first empty line.
fn headers(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    text.split("\r\n\r\n").next().unwrap().to_owned()
}

fn addresses(read: Option<&Read<'_>>) -> Vec<(String, String)> {
    let read = read.into_iter().flat_map(Read::iter);
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    read.map(|one| (text(one.name()), text(one.address())))
        .collect()
}

fn pair(name: &str, address: &str) -> (String, String) {
    (name.to_owned(), address.to_owned())
}

/// Types of all parts in the order of the mail, parents first.
fn types(message: &Parsed<'_>) -> Vec<String> {
    let kind = |part: &mail_parser::MessagePart<'_>| {
        let kind = part.content_type().unwrap();
        format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default())
    };
    message.parts.iter().map(kind).collect()
}

#[test]
fn point_61_and_62_the_calendar_is_the_last_alternative_in_the_first_part() {
    let appointment = appointment();
    let to = [person("bo@example.com", "Bo")];
    for octets in [Octets::Seven, Octets::Eight] {
        let bytes = bytes(&mail(&appointment, &to), octets);
        let message = parse(&bytes);
        assert_eq!(
            types(&message),
            [
                "multipart/mixed",
                "multipart/alternative",
                "text/plain",
                "text/html",
                "text/calendar",
                "application/ics"
            ]
        );
        let children = |at: usize| match &message.parts[at].body {
            PartType::Multipart(children) => children.iter().map(|&at| at as usize).collect(),
            _ => vec![],
        };
        assert_eq!((children(0), children(1)), (vec![1, 5], vec![2, 3, 4]));
        let calendar = &message.parts[4];
        let kind = calendar.content_type().unwrap();
        assert_eq!(kind.attribute("method"), Some("REQUEST"));
        assert!(
            kind.attribute("charset")
                .unwrap()
                .eq_ignore_ascii_case("utf-8")
        );
        assert!(calendar.content_disposition().is_none() && calendar.content_id().is_none());
        let file = &message.parts[5];
        assert!(file.content_disposition().unwrap().is_attachment());
        assert_eq!(file.attachment_name(), Some("invite.ics"));
    }
}

#[test]
fn point_62_the_method_is_that_of_the_calendar() {
    let appointment = appointment();
    for (method, good) in [
        ("CANCEL", true),
        ("PUBLISH", true),
        ("", false),
        ("A; x=\"b", false),
    ] {
        let calendar = CALENDAR.replace("METHOD:REQUEST", &format!("METHOD:{method}"));
        let mail = Mail {
            calendar: &calendar,
            ..mail(&appointment, &[])
        };
        match message(&mail, Octets::Seven) {
            Ok(bytes) => {
                let message = parse(&bytes);
                let kind = message.parts[4].content_type().unwrap();
                assert_eq!(kind.attribute("method"), Some(method).filter(|_| good));
            }
            Err(error) => assert!(!good && matches!(error, MailError::Method), "{error}"),
        }
    }
    let none = CALENDAR.replace("METHOD:REQUEST\r\n", "");
    let mail = Mail {
        calendar: &none,
        ..mail(&appointment, &[])
    };
    assert!(matches!(
        message(&mail, Octets::Seven),
        Err(MailError::Method)
    ));
}

#[test]
fn point_63_both_calendars_and_the_texts_are_the_same_bytes() {
    let appointment = appointment();
    let unix = CALENDAR.replace("\r\n", "\n");
    let ascii = CALENDAR.replace(['\u{16F}', '\u{11B}'], "u");
    for octets in [Octets::Seven, Octets::Eight] {
        for (given, expected) in [(CALENDAR, CALENDAR), (&unix, CALENDAR), (&ascii, &ascii)] {
            let mail = Mail {
                calendar: given,
                ..mail(&appointment, &[])
            };
            let bytes = bytes(&mail, octets);
            let message = parse(&bytes);
            assert_eq!(message.parts[4].contents(), expected.as_bytes());
            assert_eq!(message.parts[5].contents(), expected.as_bytes());
            assert_eq!(
                message.parts[2].contents(),
                TEXT.replace('\n', "\r\n").as_bytes()
            );
            assert_eq!(
                message.parts[3].contents(),
                HTML.replace('\n', "\r\n").as_bytes()
            );
        }
    }
}

#[test]
fn point_64_from_is_the_organizer_and_sender_the_delegate() {
    let mut appointment = appointment();
    let to = [
        person("bo@example.com", "Bo \"Bobby\" Sample"),
        person("cy@example.org", ""),
    ];
    let own = bytes(&mail(&appointment, &to), Octets::Seven);
    let message = parse(&own);
    assert_eq!(
        addresses(message.from()),
        [pair("Exemplar, Ana", "ana@example.com")]
    );
    let expected = [
        pair("Bo \"Bobby\" Sample", "bo@example.com"),
        pair("", "cy@example.org"),
    ];
    assert_eq!(addresses(message.to()), expected);
    assert!(message.sender().is_none());
    appointment.sender = Some(person("dee@example.com", "Dee"));
    let delegated = bytes(&mail(&appointment, &[]), Octets::Seven);
    let message = parse(&delegated);
    assert_eq!(
        addresses(message.from()),
        [pair("Exemplar, Ana", "ana@example.com")]
    );
    assert_eq!(
        addresses(message.sender()),
        [pair("Dee", "dee@example.com")]
    );
    assert_eq!(
        addresses(message.to()),
        [pair("Exemplar, Ana", "ana@example.com")]
    );
}

#[test]
fn point_65_any_subject_and_name_is_ascii_on_the_wire_and_itself_again() {
    let long = "Zasedání výboru pro věci, které nesnesou odkladu 日本語 🎉 ".repeat(20);
    let endless = "x".repeat(2000);
    for text in [
        "Budget 2027; rough, first look",
        "Zasedání výboru",
        "=?utf-8?B?eA==?= is what it says",
        "two  spaces, \"quotes\", back\\slash",
        "\u{5E4}\u{5D2}\u{5D9}\u{5E9}\u{5D4} 日本語 🎉",
        long.trim(),
        &endless,
    ] {
        let mut appointment = appointment();
        appointment.subject = text.into();
        appointment.organizer.name = Some(text.into());
        let to = [person("bo@příklad.example", text)];
        let bytes = bytes(&mail(&appointment, &to), Octets::Seven);
        assert!(bytes.is_ascii());
        let message = parse(&bytes);
        assert_eq!(message.subject(), Some(text));
        assert_eq!(addresses(message.from()), [pair(text, "ana@example.com")]);
        assert_eq!(
            addresses(message.to()),
            [pair(text, "bo@xn--pklad-zsa96e.example")]
        );
        let longest = headers(&bytes).lines().map(str::len).max();
        assert!(longest <= Some(200), "{longest:?}");
    }
}

#[test]
fn point_65_and_66_no_line_is_too_long_and_bytes_are_seven_bit_unless_asked_for() {
    let mut appointment = appointment();
    appointment.subject = "Zasedání".into();
    let long = "x".repeat(5000);
    for text in [
        TEXT,
        "Zasedání v 10:00\n",
        &long,
        &"日本語".repeat(2000),
        "nul\0",
    ] {
        for octets in [Octets::Seven, Octets::Eight] {
            let mail = Mail {
                text,
                html: text,
                ..mail(&appointment, &[])
            };
            let bytes = bytes(&mail, octets);
            assert_eq!(bytes.is_ascii(), octets == Octets::Seven);
            assert!(headers(&bytes).is_ascii());
            let lines = bytes.split(|&byte| byte == b'\n');
            assert!(lines.map(<[u8]>::len).max() <= Some(LONGEST_LINE + 1));
            assert!(!bytes.contains(&0));
            assert_eq!(
                parse(&bytes).parts[2].contents(),
                text.replace('\n', "\r\n").as_bytes()
            );
        }
    }
}

#[test]
fn point_20_the_same_input_gives_the_same_bytes() {
    let appointment = appointment();
    let to = [person("bo@example.com", "Bo")];
    let mail = mail(&appointment, &to);
    assert_eq!(bytes(&mail, Octets::Seven), bytes(&mail, Octets::Seven));
    let once = bytes(&mail, Octets::Seven);
    let date = parse(&once).date().unwrap().to_rfc3339();
    assert_eq!(date, "2026-11-22T08:15:30Z");
}

#[test]
fn a_boundary_is_in_none_of_the_parts() {
    let appointment = appointment();
    let plain = bytes(&mail(&appointment, &[]), Octets::Seven);
    let head = headers(&plain);
    let boundary = head
        .split("boundary=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let text = format!("--{boundary}--\r\nContent-Type: text/html\r\n\r\nforged\r\n");
    let mail = Mail {
        text: &text,
        ..mail(&appointment, &[])
    };
    let bytes = bytes(&mail, Octets::Seven);
    let message = parse(&bytes);
    assert_eq!(message.parts.len(), 6);
    assert_eq!(message.parts[2].contents(), text.as_bytes());
}

#[test]
fn later_versions_answer_to_the_first_mail_of_the_same_recipient() {
    let mut appointment = appointment();
    let (bo, cy) = (
        [person("bo@example.com", "Bo")],
        [person("cy@example.org", "")],
    );
    let id = |appointment: &Appointment, to: &[Person]| mail(appointment, to).id().unwrap();
    let first = id(&appointment, &bo);
    assert!(
        first.starts_with('<') && first.ends_with("@example.com>"),
        "{first}"
    );
    assert_eq!(first, id(&appointment, &[person("BO@example.com", "")]));
    let mail_of = |appointment: &Appointment| {
        let bytes = bytes(&mail(appointment, &bo), Octets::Seven);
        let message = parse(&bytes);
        let text = |field: &Field<'_>| field.as_text().map(|id| format!("<{id}>"));
        let id = format!("<{}>", message.message_id().unwrap());
        (id, text(message.in_reply_to()), text(message.references()))
    };
    assert_eq!(mail_of(&appointment), (first.clone(), None, None));
    appointment.sequence = 3;
    let third = id(&appointment, &bo);
    let answer = Some(first.clone());
    assert_eq!(
        mail_of(&appointment),
        (third.clone(), answer.clone(), answer)
    );
    let mut ids = vec![first, third, id(&appointment, &cy)];
    appointment.occurrence = Some(appointment.start.clone());
    ids.push(id(&appointment, &bo));
    appointment.uid = "another".into();
    ids.push(id(&appointment, &bo));
    // On request it is mailed once more, as another mail of another day that answers to the first.
    let mailing = Mailing {
        token: "5f".into(),
        date: "2026-12-24T09:30:00Z".parse().unwrap(),
    };
    let again = Mail {
        mailing: Some(&mailing),
        ..mail(&appointment, &bo)
    };
    ids.push(again.id().unwrap());
    assert_eq!(again.id().unwrap(), again.id().unwrap());
    let bytes = bytes(&again, Octets::Seven);
    let date = parse(&bytes).date().unwrap().to_rfc3339();
    assert_eq!(date, "2026-12-24T09:30:00Z");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 6);
}

#[test]
fn point_55_a_cancellation_is_marked() {
    let appointment = appointment();
    let mail = Mail {
        prefix: "Zrušeno: ",
        ..mail(&appointment, &[])
    };
    let bytes = bytes(&mail, Octets::Seven);
    assert_eq!(
        parse(&bytes).subject(),
        Some("Zrušeno: Budget 2027; rough, first look")
    );
}

#[test]
fn point_69_no_header_holds_the_passcode() {
    let appointment = appointment();
    let bytes = bytes(&mail(&appointment, &[]), Octets::Eight);
    assert!(!String::from_utf8(bytes).unwrap().contains("20260322"));
}

#[test]
fn what_is_no_address_is_refused() {
    for address in [
        "bo",
        "bo@",
        "",
        "bo@example.com\r\nBcc: eve@example.org",
        "bo@example.com>, <eve@example.org",
        "bo@example.com, eve@example.org",
        "\u{202E}bo@example.com",
        "bo\0@example.com",
    ] {
        let to = [person(address, "")];
        let appointment = appointment();
        let error = message(&mail(&appointment, &to), Octets::Seven).unwrap_err();
        assert!(matches!(error, MailError::Address(_)), "{address:?}");
        assert!(!error.to_string().contains(['\r', '\n', '\0', '\u{202E}']));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Text from anywhere makes no header, no part and no line that is too long.
    #[test]
    fn point_80_no_text_leaves_its_place(
        text in "(\\PC|[\r\n\0\u{202E}\u{85}\u{2028}]|\r\nBcc: eve@example.org|\r\n\r\n|--=_|=\\?utf-8\\?Q\\?|  |\\.\r\n){0,12}"
    ) {
        let mut appointment = appointment();
        appointment.subject = text.clone();
        appointment.uid = text.clone();
        appointment.organizer.name = Some(text.clone());
        appointment.sender = Some(person("dee@example.com", &text));
        let to = [person("bo@example.com", &text)];
        let mail = Mail { prefix: &text, text: &text, html: &text, ..mail(&appointment, &to) };
        for octets in [Octets::Seven, Octets::Eight] {
            let bytes = bytes(&mail, octets);
            let message = parse(&bytes);
            let names: Vec<&str> = message.parts[0].headers.iter().map(|header| header.name()).collect();
            prop_assert_eq!(names.len(), if octets == Octets::Eight { 9 } else { 8 }, "{:?}", names);
            prop_assert_eq!(types(&message).len(), 6);
            prop_assert_eq!(message.parts[5].contents(), CALENDAR.as_bytes());
            let head = headers(&bytes);
            prop_assert!(head.is_ascii() && head.lines().all(|line| line.len() <= LONGEST_LINE));
            let name = clean::line(&text);
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            let subject = clean::line(&format!("{text}{text}"));
            prop_assert_eq!(message.subject().unwrap_or_default(), subject);
            let read = addresses(message.to()).remove(0);
            prop_assert_eq!(read.1, "bo@example.com");
            prop_assert_eq!(read.0.split_whitespace().collect::<Vec<_>>().join(" "), name);
        }
    }
}
