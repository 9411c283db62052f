//! Whole invitations: bytes, content.

mod branding;
mod formats;
mod hostile;
mod languages;
mod pages;

use jiff::Zoned;

use super::*;
use crate::conference::{
    Access, AccessNumber, Attendance, Attendee, Client, Conference, DialIn, DialInId, MeetingId,
    Passcode, Person, Series, Status, Token, WaysIn, Wording,
};
use crate::icalendar::{self, ContentLine};

fn write(appointment: &Appointment, format: Format) -> String {
    write_as(appointment, format, &Branding::default())
}

fn write_as(appointment: &Appointment, format: Format, branding: &Branding) -> String {
    if format == Format::Ics {
        return crate::calendar_object::ics::calendar(&clean::for_people(appointment), branding);
    }
    String::from_utf8(render(appointment, format, branding)).unwrap()
}

fn person(address: &str, name: &str) -> Person {
    Person {
        address: address.into(),
        name: Some(name.into()).filter(|name: &String| !name.is_empty()),
    }
}

pub(super) fn number(display: &str, region: &str, languages: &[&str]) -> AccessNumber {
    AccessNumber {
        display: display.into(),
        region: region.into(),
        languages: languages.iter().map(|&tag| tag.into()).collect(),
    }
}

fn dial_in() -> DialIn {
    DialIn {
        id: DialInId::parse("1234567").unwrap(),
        numbers: vec![
            number("+1 425 555 0100", "North America", &["en-US", "fr-CA"]),
            number("+44 20 7946 0123", "United Kingdom", &["en-GB"]),
        ],
        settings_page: Some("https://pool.example.com/dialin".into()),
    }
}

fn conference(kind: Kind) -> Conference {
    let id = MeetingId::hexadecimal(&Token::new([0x5F; 16]));
    let focus = format!("sip:ana@example.com;gruu;opaque=app:conf:focus:id:{id}");
    let scheme = match kind {
        Kind::LiveMeeting => "meet",
        Kind::OnlineMeeting | Kind::ConferenceCall => "conf",
    };
    let is_online = kind == Kind::OnlineMeeting;
    Conference {
        kind,
        subject: "Budget 2027".into(),
        access: Access::Anonymous,
        assigned: kind == Kind::ConferenceCall,
        expires: Some("2027-03-17T09:00:00Z".parse().unwrap()),
        presenters: vec![],
        promotion: None,
        lobby_bypass: None,
        ways_in: WaysIn {
            join_id: None,
            client_link: format!("{scheme}:{focus}"),
            client: Some(match is_online {
                true => Client::Lync,
                false => Client::Communicator,
            }),
            web_link: is_online.then(|| "https://meet.example.com/ana/5F5F5F5F".into()),
            dial_in: Some(dial_in()),
            passcode: (!is_online).then(|| Passcode::parse("20260322").unwrap()),
        },
        id,
        owner: "sip:ana@example.com".into(),
        location: focus,
    }
}

pub(super) fn appointment(kind: Kind) -> Appointment {
    let start: Zoned = "2027-03-02T10:00[Europe/Prague]".parse().unwrap();
    let invited = |address, name, attendance, presenter| Attendee {
        person: person(address, name),
        attendance,
        presenter,
    };
    Appointment {
        uid: "5f5f5f5f@confctl".into(),
        sequence: 2,
        stamp: "2026-11-22T08:15:30.5Z".parse().unwrap(),
        end: start
            .checked_add(jiff::SignedDuration::from_mins(60))
            .unwrap(),
        start,
        organizer: person("ana@example.com", "Exemplar, Ana"),
        organization: Some("Example Ltd".into()),
        attendees: vec![
            invited(
                "bo@example.com",
                "Bo \"Bobby\" Sample",
                Attendance::Required,
                true,
            ),
            invited("cy@example.org", "", Attendance::Required, false),
            invited(
                "zoe@example.org",
                "Žofie Příkladová",
                Attendance::Optional,
                false,
            ),
        ],
        subject: "Budget 2027; rough, first look".into(),
        note: Some("Please bring your numbers.\n\n  - Ana".into()),
        conference: conference(kind),
        practice: kind == Kind::ConferenceCall,
        series: None,
        occurrence: None,
        status: Status::Confirmed,
        sender: None,
        wording: Wording::default(),
    }
}

pub(super) fn without_dial_in() -> Appointment {
    let mut bare = appointment(Kind::LiveMeeting);
    bare.attendees.clear();
    bare.note = None;
    bare.organization = None;
    bare.conference.ways_in.dial_in = None;
    bare.conference.ways_in.passcode = None;
    bare.conference.ways_in.web_link = Some("https://pool.example.com/join/5F5F".into());
    bare
}

fn at(text: &str) -> Zoned {
    text.parse().unwrap()
}

pub(super) fn series(rule: &str, excluded: &[&str]) -> Appointment {
    Appointment {
        series: Some(Series {
            rule: rule.into(),
            excluded: excluded.iter().copied().map(at).collect(),
            ..Series::default()
        }),
        ..appointment(Kind::LiveMeeting)
    }
}

fn changed_occurrence() -> Appointment {
    Appointment {
        occurrence: Some(at("2027-03-02T15:00[Europe/Prague]")),
        sender: Some(person("di@example.com", "Delegate, Di")),
        ..appointment(Kind::ConferenceCall)
    }
}

pub(super) fn cancelled_series() -> Appointment {
    Appointment {
        status: Status::Cancelled,
        ..series(
            "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270427T215959Z",
            &[
                "2027-03-09T10:00[Europe/Prague]",
                "2027-04-06T10:00[Europe/Prague]",
            ],
        )
    }
}

/// Nobody is invited yet: the details are for whoever asks.
fn meet_now() -> Appointment {
    let mut now = appointment(Kind::LiveMeeting);
    now.sequence = 0;
    now.attendees.clear();
    now.note = None;
    now
}

/// Later, with a page to join from.
fn updated_meeting() -> Appointment {
    let mut updated = appointment(Kind::LiveMeeting);
    updated.sequence = 3;
    updated.start = at("2027-03-03T15:30[Europe/Prague]");
    updated.end = at("2027-03-03T17:00[Europe/Prague]");
    updated.conference.ways_in.web_link = Some("https://pool.example.com/join/5F5F".into());
    updated
}

fn in_language(language: Language, appointment: &Appointment) -> Appointment {
    let mut told = appointment.clone();
    told.wording.language = language;
    told
}

fn lines(appointment: &Appointment) -> Vec<ContentLine> {
    let calendar = write(appointment, Format::Ics);
    icalendar::lines(&calendar).map(Result::unwrap).collect()
}

fn text_of(lines: &[ContentLine], name: &str) -> String {
    let mut found = lines.iter().filter(|line| line.name == name);
    icalendar::unescape_text(&found.next().unwrap().value)
}

#[test]
fn nobody_invited_means_published() {
    let names = |appointment: &Appointment| -> Vec<String> {
        lines(appointment)
            .into_iter()
            .map(|line| format!("{}:{}", line.name, line.value))
            .collect()
    };
    let published = names(&without_dial_in());
    assert!(published.contains(&"METHOD:PUBLISH".into()));
    assert!(!published.iter().any(|line| line.starts_with("ATTENDEE")));
    let request = names(&appointment(Kind::LiveMeeting));
    assert!(request.contains(&"METHOD:REQUEST".into()));
    assert_eq!(
        request
            .iter()
            .filter(|line| line.starts_with("ATTENDEE:mailto:"))
            .count(),
        3
    );
}

#[test]
fn without_dial_in_nothing_is_there_to_call() {
    for format in [Format::Ics, Format::Text, Format::Html] {
        let text = write(&without_dial_in(), format).replace("telephone=no", "");
        for word in [
            "tel:",
            "PHONE",
            "elephone",
            "Conference ID",
            "Passcode",
            "dialin",
            "TELURI",
        ] {
            assert!(!text.contains(word), "{word}\n{text}");
        }
    }
}

#[test]
fn the_numbers_of_the_calendar_are_those_of_the_body() {
    let lines = lines(&appointment(Kind::LiveMeeting));
    let phones: Vec<&ContentLine> = lines
        .iter()
        .filter(|line| line.parameter("FEATURE") == Some("PHONE"))
        .collect();
    let uris: Vec<&str> = phones.iter().map(|line| line.value.as_str()).collect();
    assert_eq!(
        uris,
        ["tel:+14255550100,,1234567", "tel:+442079460123,,1234567"]
    );
    assert_eq!(phones[0].parameter("LANGUAGE"), Some("en-US"));
    assert_eq!(text_of(&lines, "X-MICROSOFT-CONFERENCETELURI"), uris[0]);
    let body = text_of(&lines, "DESCRIPTION");
    for line in [
        "Conference ID: 1234567",
        "Passcode: 20260322",
        "From a mobile phone: +14255550100,,1234567#",
    ] {
        assert!(body.lines().any(|l| l == line), "{line}\n{body}");
    }
}

#[test]
fn forty_regions_are_cut_to_twelve_and_a_link() {
    let mut many = appointment(Kind::ConferenceCall);
    let numbers = (0..40)
        .map(|n| number(&format!("+1 425 555 01{n:02}"), "地域", &["ja-JP"]))
        .collect();
    many.conference.ways_in.dial_in.as_mut().unwrap().numbers = numbers;
    let card = write(&many, Format::Text);
    assert_eq!(card.matches("地域: Japanese (JP)").count(), 12);
    assert!(
        card.contains("\n28 more numbers, and your PIN: https://pool.example.com/dialin\n"),
        "{card}"
    );
    assert_eq!(
        write(&many, Format::Ics).matches("FEATURE=PHONE").count(),
        12
    );
    let json: serde_json::Value = serde_json::from_str(&write(&many, Format::Json)).unwrap();
    assert_eq!(json["call_in"]["numbers"].as_array().unwrap().len(), 40);
}

#[test]
fn times_are_in_utc_where_the_zone_has_no_name_or_the_clock_shows_them_twice() {
    for (start, zoned, written) in [
        ("2027-10-31T12:30[Europe/Prague]", true, "20271031T123000"),
        (
            "2027-10-31T02:30+02:00[Europe/Prague]",
            false,
            "20271031T003000Z",
        ),
        (
            "2027-10-31T02:30+01:00[Europe/Prague]",
            false,
            "20271031T013000Z",
        ),
        ("2027-10-31T02:30[+05:30]", false, "20271030T210000Z"),
        ("2027-10-31T02:30[UTC]", false, "20271031T023000Z"),
    ] {
        let mut appointment = appointment(Kind::LiveMeeting);
        appointment.start = start.parse().unwrap();
        appointment.end = appointment
            .start
            .checked_add(jiff::SignedDuration::from_hours(3))
            .unwrap();
        let lines = lines(&appointment);
        let event = lines.iter().skip_while(|line| line.value != "VEVENT");
        let starts = event.clone().find(|line| line.name == "DTSTART").unwrap();
        assert_eq!(
            (starts.value.as_str(), starts.parameter("TZID").is_some()),
            (written, zoned)
        );
        assert_eq!(
            lines
                .iter()
                .filter(|line| line.value == "VTIMEZONE")
                .count(),
            2 * usize::from(zoned)
        );
    }
}

#[test]
fn the_times_of_a_series_follow_the_clock_of_its_zone() {
    const RULE: &str = "FREQ=WEEKLY;COUNT=40";
    for (start, times) in [
        (
            "2027-03-02T10:00[Europe/Prague]",
            "DTSTART;TZID=Europe/Prague:20270302T100000 EXDATE;TZID=Europe/Prague:20270302T110000",
        ),
        // Both times come twice that day; in UTC all later ones would be an hour off.
        (
            "2027-10-31T02:30+02:00[Europe/Prague]",
            "DTSTART;TZID=Europe/Prague:20271031T023000 EXDATE;TZID=Europe/Prague:20271031T023000",
        ),
        (
            "2027-03-02T00:30[+05:30]",
            "DTSTART;TZID=UTC+0530:20270302T003000 EXDATE;TZID=UTC+0530:20270302T013000",
        ),
        (
            "2027-03-02T10:00[Etc/UTC]",
            "DTSTART:20270302T100000Z EXDATE:20270302T110000Z",
        ),
    ] {
        let start = at(start);
        let hour_later = start
            .checked_add(jiff::SignedDuration::from_hours(1))
            .unwrap();
        let mut appointment = series(RULE, &[]);
        appointment
            .series
            .as_mut()
            .unwrap()
            .excluded
            .push(hour_later.with_time_zone(jiff::tz::TimeZone::UTC));
        (appointment.start, appointment.end) = (start, hour_later);
        let lines = lines(&appointment);
        let event = lines.iter().skip_while(|line| line.value != "VEVENT");
        let written = event.filter(|line| ["DTSTART", "EXDATE"].contains(&line.name.as_str()));
        let written: Vec<String> = written.map(ToString::to_string).collect();
        assert_eq!(written.join(" "), times);
        let zones = lines
            .iter()
            .filter(|line| line.to_string() == "BEGIN:VTIMEZONE");
        assert_eq!(zones.count(), usize::from(times.contains("TZID")));
    }
}

#[test]
fn an_occurrence_moved_to_a_time_that_comes_twice_keeps_its_series() {
    let appointment = Appointment {
        start: at("2027-10-31T02:30+01:00[Europe/Prague]"),
        end: at("2027-10-31T03:30+01:00[Europe/Prague]"),
        occurrence: Some(at("2027-10-30T02:30[Europe/Prague]")),
        ..appointment(Kind::LiveMeeting)
    };
    let calendar = write(&appointment, Format::Ics);
    for line in [
        "\r\nDTSTART:20271031T013000Z\r\n",
        "\r\nRECURRENCE-ID;TZID=Europe/Prague:20271030T023000\r\n",
        "\r\nTZID:Europe/Prague\r\n",
    ] {
        assert!(calendar.contains(line), "{calendar}");
    }
}

#[test]
fn what_is_cancelled_has_no_way_in() {
    for format in [Format::Ics, Format::Text, Format::Html] {
        let text = write(&cancelled_series(), format);
        for word in [
            "tel:",
            "meet:",
            "555",
            "1234567",
            "20260322",
            "VALARM",
            "TENTATIVE",
            "BUSY\r",
        ] {
            assert!(!text.contains(word), "{word}\n{text}");
        }
    }
}
