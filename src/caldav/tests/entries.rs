//! One meeting on a calendar, from its first day to its last.

use crate::caldav::tests::server::{CALENDAR, Server, answer};
use crate::caldav::tests::{find, tell};
use crate::caldav::{Calendar, CalendarEntry, Draft, PutError, ScheduleAgent};
use crate::error::{Error, Kind};

const PATH: &str = "/ana/office/a@example.com.ics";

/// Puts that version of the meeting there.
fn put(
    calendar: &Calendar,
    sequence: u32,
    agent: ScheduleAgent,
    known: Option<&CalendarEntry>,
) -> Result<CalendarEntry, PutError> {
    let text = |agent| Ok(text(sequence, agent));
    let draft = Draft {
        uid: "a@example.com",
        file_name: "a@example.com.ics".to_owned(),
        agent,
        text: &text,
    };
    calendar.put(&draft, known)
}

fn text(sequence: u32, agent: ScheduleAgent) -> String {
    let parameter = match agent {
        ScheduleAgent::Client => ";SCHEDULE-AGENT=CLIENT",
        ScheduleAgent::Server => "",
    };
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//b//EN\r\nBEGIN:VEVENT\r\n\
         UID:a@example.com\r\nDTSTAMP:20270101T000000Z\r\nSEQUENCE:{sequence}\r\n\
         DTSTART:20270301T100000Z\r\nDTEND:20270301T110000Z\r\nSUMMARY:Review\r\n\
         ORGANIZER:mailto:ana@example.com\r\nATTENDEE{parameter}:mailto:bo@example.com\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

#[test]
fn an_entry_is_made_changed_and_removed() {
    let server = Server::start();
    let calendar = find(&server).unwrap();
    let first = put(&calendar, 0, ScheduleAgent::Client, None).unwrap();
    assert_eq!(first.href, server.url(PATH));
    let second = put(&calendar, 1, ScheduleAgent::Server, Some(&first)).unwrap();
    assert_ne!(first.etag, second.etag);
    let puts = server.of("PUT");
    assert_eq!(
        puts[0].headers["content-type"],
        "text/calendar; charset=utf-8"
    );
    assert_eq!(puts[0].headers["if-none-match"], "*");
    assert_eq!(puts[1].headers["if-match"], first.etag);
    assert_eq!(puts[0].body, text(0, ScheduleAgent::Client));
    // Whoever invited at first goes on to.
    assert_eq!(puts[1].body, text(1, ScheduleAgent::Client));
    calendar.remove(&second).unwrap();
    assert!(server.edit(|entries| entries.is_empty()));
    calendar.remove(&second).unwrap();
}

#[test]
fn what_an_interrupted_run_wrote_is_taken_for_done() {
    let server = Server::start();
    let calendar = find(&server).unwrap();
    let first = put(&calendar, 0, ScheduleAgent::Client, None).unwrap();
    assert_eq!(
        put(&calendar, 0, ScheduleAgent::Client, None).unwrap(),
        first
    );
    let second = put(&calendar, 1, ScheduleAgent::Client, Some(&first)).unwrap();
    assert_eq!(
        put(&calendar, 1, ScheduleAgent::Client, Some(&first)).unwrap(),
        second
    );
    assert_eq!(server.edit(|entries| entries[PATH].0), 2);
}

fn edit_entry(server: &Server) {
    server.edit(|entries| {
        let (version, body) = entries.get_mut(PATH).unwrap();
        *version += 1;
        *body = body
            .replace("SEQUENCE:0", "SEQUENCE:1")
            .replace("Review", "Mine");
    });
}

#[test]
fn what_somebody_changed_is_not_written_over_unasked() {
    let server = Server::start();
    let calendar = find(&server).unwrap();
    let first = put(&calendar, 0, ScheduleAgent::Client, None).unwrap();
    edit_entry(&server);
    for refused in [
        put(&calendar, 2, ScheduleAgent::Client, Some(&first)).map(drop),
        put(&calendar, 2, ScheduleAgent::Client, None).map(drop),
        calendar.remove(&first),
    ] {
        let Err(PutError::Changed { there, host }) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(
            (there.place.etag.as_str(), &host),
            ("\"2\"", &calendar.host())
        );
        assert!(server.edit(|entries| entries[PATH].1.contains("Mine")));
        let error = Error::from(PutError::Changed { host, there });
        assert_eq!(error.kind, Kind::Refused);
    }
    let Err(PutError::Changed { there, .. }) = put(&calendar, 2, ScheduleAgent::Client, None)
    else {
        panic!("it was written over");
    };
    put(&calendar, 2, ScheduleAgent::Client, Some(&there.place)).unwrap();
    server.edit(|entries| entries.clear());
    let gone = put(&calendar, 3, ScheduleAgent::Client, Some(&there.place));
    assert!(matches!(gone, Err(PutError::Gone { .. })), "{gone:?}");
}

#[test]
fn the_entry_that_holds_the_uid_is_named_or_taken_over() {
    let server = Server::start();
    let calendar = find(&server).unwrap();
    let place = put(&calendar, 0, ScheduleAgent::Client, None).unwrap();
    let elsewhere = format!("{CALENDAR}other.ics");
    server.edit(|entries| {
        let mut entry = entries.remove(PATH).unwrap();
        entries.insert(elsewhere.clone(), entry.clone());
        entry.1 = entry.1.replace("UID:a@", "UID:aa@");
        entries.insert(format!("{CALENDAR}aa.ics"), entry);
    });
    let same = put(&calendar, 0, ScheduleAgent::Client, None).unwrap();
    assert_eq!(
        (same.href.as_str(), &same.etag),
        (server.url(&elsewhere).as_str(), &place.etag)
    );
    let Err(PutError::UidTaken { there, .. }) = put(&calendar, 1, ScheduleAgent::Client, None)
    else {
        panic!("it was written twice");
    };
    assert_eq!(there.unwrap().place.href, server.url(&elsewhere));
}

#[test]
fn a_missing_tag_is_asked_for_and_what_is_there_must_be_ours() {
    for (stored, expected) in [("Review", true), ("SEQUENCE:0", false)] {
        let server = Server::with(move |asked, entries| {
            let signed = asked.headers.contains_key("authorization");
            (signed && asked.method == "PUT").then(|| {
                // As another program would have made it meanwhile.
                let body = asked.body.replace(stored, "SEQUENCE:7");
                entries.insert(asked.path.clone(), (9, body));
                answer("201 Created", "", "")
            })
        });
        let put = put(&find(&server).unwrap(), 0, ScheduleAgent::Client, None);
        match put {
            Ok(place) => assert!(expected && place.etag == "\"9\""),
            Err(error) => assert!(!expected && matches!(error, PutError::Changed { .. })),
        }
    }
}

#[test]
fn a_schedule_tag_keeps_answers_from_looking_like_changes() {
    let server = Server::with(|asked, _| {
        let signed = asked.headers.contains_key("authorization");
        let head = "ETag: W/\"5\"\r\nSchedule-Tag: \"s\"\r\n";
        (signed && asked.method == "PUT").then(|| answer("204 No Content", head, ""))
    });
    let calendar = find(&server).unwrap();
    for (agent, header, tag) in [
        (ScheduleAgent::Server, "if-schedule-tag-match", "\"s\""),
        (ScheduleAgent::Client, "if-match", "\"5\""),
    ] {
        let place = put(&calendar, 0, agent, None).unwrap();
        put(&calendar, 1, agent, Some(&place)).unwrap();
        let puts = server.of("PUT");
        assert_eq!(puts.last().unwrap().headers[header], tag);
    }
}

#[test]
fn a_refusal_is_told_in_words() {
    let error = |name| {
        format!(
            "<d:error xmlns:d=\"DAV:\"><c:{name} xmlns:c=\"urn:ietf:params:xml:ns:caldav\"/></d:error>"
        )
    };
    for (status, body, kind, words) in [
        (
            "403 Forbidden",
            error("max-resource-size"),
            Kind::Refused,
            "the meeting is larger",
        ),
        (
            "403 Forbidden",
            error("supported-calendar-component"),
            Kind::Refused,
            "does not hold meetings",
        ),
        (
            "403 Forbidden",
            String::new(),
            Kind::Refused,
            "this user may not",
        ),
        (
            "400 Bad Request",
            "<html>".to_owned(),
            Kind::Refused,
            "it answers 400",
        ),
        (
            "412 Precondition Failed",
            String::new(),
            Kind::Refused,
            "it answers 412",
        ),
        (
            "415 Unsupported",
            String::new(),
            Kind::Refused,
            "takes no calendar data",
        ),
        (
            "409 Conflict",
            String::new(),
            Kind::Refused,
            "it answers 409",
        ),
        ("507 Full", String::new(), Kind::Refused, "no room left"),
        (
            "502 Bad Gateway",
            String::new(),
            Kind::Unreachable,
            "it answers 502",
        ),
    ] {
        let server = Server::with(move |asked, _| {
            let signed = asked.headers.contains_key("authorization");
            (signed && asked.method == "PUT").then(|| answer(status, "", &body))
        });
        let refused = put(&find(&server).unwrap(), 0, ScheduleAgent::Client, None);
        let error = Error::from(refused.unwrap_err());
        assert_eq!(error.kind, kind, "{}", tell(&error));
        assert!(tell(&error).contains(words), "{}", tell(&error));
    }
}

#[test]
fn what_the_diary_remembers_may_not_lead_astray() {
    let server = Server::start();
    let calendar = find(&server).unwrap();
    for href in [
        "https://other.example.com/a.ics",
        "nonsense",
        "http://127.0.0.1:1/a.ics",
        &server.url(PATH).replace("//", "//eve:x@"),
        &server.url(CALENDAR),
        &server.url("/ana/office"),
    ] {
        let place = CalendarEntry {
            href: href.to_owned(),
            etag: "*".to_owned(),
            schedule_tag: None,
            agent: ScheduleAgent::Client,
        };
        assert!(calendar.remove(&place).is_err(), "{href}");
        assert!(
            put(&calendar, 0, ScheduleAgent::Client, Some(&place)).is_err(),
            "{href}"
        );
    }
    assert!(server.of("DELETE").is_empty() && server.of("PUT").is_empty());
}
