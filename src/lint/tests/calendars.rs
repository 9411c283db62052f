//! Calendars, whole and broken.

use super::{GOOD, find_all, finds, replace, to_bytes};
use crate::icalendar::unfold;
use crate::lint::{Purpose, Severity, lint};

/// One piece of the good invitation replaced by another, and what must be found then.
#[rustfmt::skip]
const BROKEN: &[(&str, &str, &str)] = &[
    // the frame
    ("BEGIN:VCALENDAR\n", "", "no-calendar outside stray-end misplaced-component"),
    ("END:VCALENDAR\n", "", "missing-end"),
    ("END:VEVENT\n", "", "missing-end misplaced-component"),
    ("END:VALARM\n", "", "missing-end"),
    ("END:VALARM\n", "END:VALARM\nEND:VALARM\n", "stray-end"),
    ("BEGIN:VCALENDAR\n", "NOTE:x\nBEGIN:VCALENDAR\n", "outside"),
    ("VERSION:2.0\n", "", "missing-version"),
    ("VERSION:2.0\n", "VERSION:1.0\n", "wrong-version"),
    ("VERSION:2.0\n", "VERSION:2.0\nVERSION:2.0\n", "repeated-property"),
    ("PRODID:-//Example//Test//EN\n", "", "missing-prodid"),
    ("PRODID:-//Example//Test//EN\n", "PRODID:-//Example//Test//EN\nCALSCALE:HEBREW\n", "foreign-calendar-scale"),
    ("METHOD:REQUEST\n", "", "missing-method"),
    ("METHOD:REQUEST\n", "METHOD:INVITE\n", "unknown-method"),
    ("METHOD:REQUEST\n", "METHOD:REQUEST\nMETHOD:REQUEST\n", "repeated-property"),
    ("STATUS:CONFIRMED\n", "STATUS:CONFIRMED\nMETHOD:REQUEST\n", "misplaced-method"),
    // the event
    ("UID:5f5f5f5f@example.com\n", "", "missing-uid"),
    ("UID:5f5f5f5f@example.com\n", "UID:5f5f5f5f@example.com\nUID:6a@example.com\n", "repeated-property"),
    ("UID:5f5f5f5f@example.com\n", "UID:6a@example.com\n", "several-uids"),
    ("DTSTAMP:20261122T081530Z\n", "", "missing-dtstamp"),
    ("DTSTAMP:20261122T081530Z\n", "DTSTAMP:20261122T081530Z\nDTSTAMP:20261122T081530Z\n", "repeated-property"),
    ("DTSTAMP:20261122T081530Z\n", "DTSTAMP:20261122T081530\n", "stamp-not-utc"),
    ("DTSTAMP:20261122T081530Z\n", "DTSTAMP:20261122 081530Z\n", "bad-time"),
    ("DTSTART;TZID=Europe/Prague:20270302T100000\n", "", "missing-dtstart"),
    ("DTEND;TZID=Europe/Prague:20270302T110000\n", "", "missing-dtend"),
    ("SUMMARY:Budget 2027\\; rough\\, first look\n", "", "missing-summary"),
    ("SUMMARY:Budget 2027\\; rough\\, first look\n", "SUMMARY:a\nSUMMARY:b\n", "repeated-property"),
    ("SEQUENCE:2\n", "SEQUENCE:two\n", "bad-sequence sequence-differs"),
    ("STATUS:CONFIRMED\n", "STATUS:MAYBE\n", "unknown-status"),
    ("STATUS:CONFIRMED\n", "STATUS:CANCELLED\n", "request-cancelled"),
    ("TRANSP:OPAQUE\n", "TRANSP:SOLID\n", "bad-enumeration"),
    ("PRIORITY:5\n", "X-CONFCTL-CONFERENCE:{}\n", "private-property"),
    // times
    ("DTEND;TZID=Europe/Prague:20270302T110000", "DTEND;TZID=Europe/Prague:20270302T090000", "end-before-start"),
    ("DTEND;TZID=Europe/Prague:20270302T110000", "DTEND:20270302T083000Z", "end-before-start end-in-other-form"),
    ("DTEND;TZID=Europe/Prague:20270302T110000", "DTEND;VALUE=DATE:20270303", "end-in-other-form"),
    ("DTEND;TZID=Europe/Prague:20270302T110000", "DTEND;TZID=Europe/Prague:20270302T110000\nDURATION:PT1H", "end-and-duration"),
    ("DTEND;TZID=Europe/Prague:20270302T110000", "DURATION:1 hour", "bad-duration"),
    ("DTEND;TZID=Europe/Prague:20270302T110000", "DTEND;TZID=Europe/Prague:20270302T110000Z", "zone-on-utc end-in-other-form"),
    ("DTSTART;TZID=Europe/Prague:20270317T140000\nDTEND;TZID=Europe/Prague:20270317T150000", "DTSTART:20270317T140000\nDTEND:20270317T150000", "floating-time"),
    ("DTSTART;TZID=Europe/Prague:20270317T140000\nDTEND;TZID=Europe/Prague:20270317T150000", "DTSTART:20270317\nDTEND:20270318", "undeclared-date"),
    // zones
    ("TZID:Europe/Prague\n", "TZID:Europe/Berlin\n", "undeclared-tzid"),
    ("TZID:Europe/Prague\n", "", "undeclared-tzid unnamed-vtimezone"),
    ("DTSTART;TZID=Europe/Prague:20270317T140000", "DTSTART;TZID=Central Europe Standard Time:20270317T140000", "undeclared-tzid windows-tzid"),
    ("TZOFFSETTO:+0100", "TZOFFSETTO:+0000", "unreadable-vtimezone"),
    ("TZOFFSETTO:+0100", "TZOFFSETTO:1", "broken-observance"),
    ("DTSTART:20260329T020000\n", "", "broken-observance"),
    ("DTSTART:20260329T020000", "DTSTART:20260329T010000Z", "broken-observance"),
    ("BEGIN:STANDARD\nDTSTART:20261025T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nTZNAME:CET\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nEND:STANDARD\n", "", "empty-vtimezone unreadable-vtimezone"),
    ("BEGIN:DAYLIGHT\nDTSTART:20260329T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nTZNAME:CEST\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\nEND:DAYLIGHT\n", "", "lonely-rule unreadable-vtimezone"),
    ("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\n", "RDATE:20271031T030000\n", "observance-rdate"),
    ("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\n", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nRRULE:FREQ=YEARLY;BYMONTH=9;BYDAY=-1SU\n", "observance-rules"),
    ("BYMONTH=10;BYDAY=-1SU", "BYMONTH=10", "observance-rule-shape"),
    ("BYMONTH=10;BYDAY=-1SU", "BYMONTH=10;BYDAY=SU", "observance-rule-shape"),
    ("BYMONTH=10;BYDAY=-1SU", "BYMONTH=10;BYDAY=SU;BYMONTHDAY=25,26,27,28,29,30,31", "observance-rule-shape"),
    ("BYMONTH=10;BYDAY=-1SU", "BYMONTH=10;BYDAY=-1SU;BYMONTHDAY=25", "observance-rule-shape"),
    ("BYMONTH=10;BYDAY=-1SU", "BYMONTH=10;BYMONTHDAY=25,26", "observance-rule-shape"),
    ("FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "FREQ=MONTHLY;BYDAY=-1SU", "observance-rule-shape"),
    ("DTSTART:20261025T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nTZNAME:CET\n", "DTSTART:20301025T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nTZNAME:CET\n", "wrong-offset"),
    // the series
    ("RRULE:FREQ=WEEKLY;BYDAY=TU;", "RRULE:FREQ=OFTEN;BYDAY=TU;", "bad-rrule"),
    ("RRULE:FREQ=WEEKLY;BYDAY=TU;", "RRULE:BYDAY=TU;", "bad-rrule"),
    ("BYDAY=TU;UNTIL", "BYDAY=TUE;UNTIL", "bad-rrule"),
    ("BYDAY=TU;UNTIL", "COUNT=9;BYDAY=TU;UNTIL", "count-and-until"),
    ("UNTIL=20270427T080000Z", "UNTIL=20270427T100000", "until-not-utc"),
    ("UNTIL=20270427T080000Z", "UNTIL=20270427", "until-in-other-form"),
    ("UNTIL=20270427T080000Z", "UNTIL=20260427T080000Z", "until-before-start"),
    ("BYDAY=TU;UNTIL", "BYDAY=WE;UNTIL", "start-not-in-rule"),
    ("FREQ=WEEKLY;BYDAY=TU;", "FREQ=YEARLY;BYWEEKNO=9;BYDAY=TU;", "rrule-beyond-outlook"),
    ("SUMMARY:Budget 2027\\; rough", "RRULE:FREQ=DAILY\nSUMMARY:Budget 2027\\; rough", "several-rrules"),
    ("EXDATE;TZID=Europe/Prague:20270309T100000", "EXDATE;VALUE=DATE:20270309", "exdate-in-other-form"),
    ("EXDATE;TZID=Europe/Prague:20270309T100000", "EXDATE:20270309T090000Z", "exdate-in-other-form"),
    ("EXDATE;TZID=Europe/Prague:20270309T100000", "EXRULE:FREQ=DAILY", "exrule"),
    ("RECURRENCE-ID;TZID=Europe/Prague:20270316T100000", "RECURRENCE-ID:20270316T090000Z", "recurrence-id-in-other-form"),
    ("RECURRENCE-ID;TZID=Europe/Prague:20270316T100000", "RECURRENCE-ID;VALUE=DATE:20270316", "recurrence-id-in-other-form"),
    ("RECURRENCE-ID;TZID=Europe/Prague:20270316T100000", "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Prague:20270316T100000", "this-and-future"),
    ("RECURRENCE-ID;TZID=Europe/Prague:20270316T100000\n", "", "repeated-instance"),
    ("SUMMARY:Budget 2027\\; one", "RRULE:FREQ=DAILY\nSUMMARY:Budget 2027\\; one", "rule-in-occurrence"),
    // people
    ("ORGANIZER;CN=\"Exemplar, Ana\":mailto:ana@example.com\n", "", "missing-organizer"),
    ("ORGANIZER;CN=\"Exemplar, Ana\":mailto:ana@example.com", "ORGANIZER;CN=\"Exemplar, Ana\":ana@example.com", "not-mailto"),
    ("ORGANIZER;CN=\"Exemplar, Ana\":mailto:ana@example.com", "ORGANIZER;CN=\"Exemplar, Ana\":mailto:Ana Exemplar", "bad-address"),
    ("ORGANIZER;CN=\"Exemplar, Ana\"", "ORGANIZER;CN=Exemplar, Ana", "unquoted-comma"),
    ("ORGANIZER;CN=\"Exemplar, Ana\"", "ORGANIZER;CN=\"Exemplar, Ana", "broken-quotes"),
    ("ORGANIZER;CN=\"Exemplar, Ana\"", "ORGANIZER;CN=Ana \"the boss\" Exemplar", "broken-quotes"),
    ("ORGANIZER;CN=\"Exemplar, Ana\"", "ORGANIZER;CN=Exemplar; Ana", "broken-parameter"),
    ("ORGANIZER;CN=\"Exemplar, Ana\"", "ORGANIZER;SENT-BY=di@example.com", "bad-sent-by"),
    ("ORGANIZER;CN=\"Exemplar, Ana\"", "ORGANIZER;CN=A;CN=B", "repeated-parameter"),
    ("ATTENDEE;RSVP=TRUE:mailto:zoe@example.org\n", "", "missing-attendee"),
    ("ATTENDEE;RSVP=TRUE:mailto:zoe@example.org\n", "ATTENDEE;RSVP=TRUE:mailto:zoe@example.org\nATTENDEE;RSVP=TRUE:MAILTO:Zoe@Example.org\n", "repeated-attendee"),
    ("PARTSTAT=NEEDS-ACTION", "PARTSTAT=PERHAPS", "unknown-partstat"),
    ("ROLE=REQ-PARTICIPANT", "ROLE=REQUIRED", "unknown-role"),
    ("RSVP=TRUE", "SCHEDULE-AGENT=CLIENT;RSVP=TRUE", "schedule-agent-sent"),
    ("METHOD:REQUEST", "METHOD:PUBLISH", "published-attendee"),
    ("METHOD:REQUEST", "METHOD:REPLY", "reply-attendees"),
    // texts
    ("SUMMARY:Budget 2027\\; rough", "SUMMARY:Budget 2027; rough", "unescaped-text"),
    ("SUMMARY:Budget 2027\\; rough", "SUMMARY:C:\\Budget", "bad-escape"),
    ("URL:https://pool.example.com/join/1", "URL:https://pool.example.com/join\\,1", "escaped-uri"),
    ("VALUE=URI:tel:+14255550100,,1234567", "VALUE=URI:tel:+14255550100\\,\\,1234567", "escaped-uri tel-characters"),
    ("X-MICROSOFT-CONFERENCETELURI:tel:+14255550100\\,\\,1234567", "X-MICROSOFT-CONFERENCETELURI:tel:+14255550100,,1234567", "unescaped-x-microsoft"),
    ("TRANSP:OPAQUE\n", "TRANSP:OPAQUE\nthis was not folded\n", "not-a-line"),
    ("TRANSP:OPAQUE\n", "TRANSP:OPAQUE\nSTYLED-DESCRIPTION;VALUE=TEXT:<p>x</p>\n", "styled-description"),
    ("TRANSP:OPAQUE\n", "TRANSP:OPAQUE\nX-ALT-DESC;FMTTYPE=text/html:<a href=\"javascript:x\">y</a>\n", "link-scheme active-html"),
    ("SUMMARY:Budget 2027", "SUMMARY:Bell\u{7}", "control-character"),
    // alarms
    ("ACTION:DISPLAY\n", "", "broken-alarm"),
    ("DESCRIPTION:REMINDER\n", "", "broken-alarm"),
    ("TRIGGER;RELATED=START:-PT15M\n", "", "broken-alarm"),
    ("TRIGGER;RELATED=START:-PT15M", "TRIGGER;RELATED=START:15 minutes", "bad-trigger"),
    // how to join
    ("FEATURE=PHONE;LABEL=\"North America, English\";LANGUAGE=en-US;VALUE=URI:", "FEATURE=PHONE:", "conference-without-value"),
    ("VALUE=URI:tel:+14255550100,,1234567", "VALUE=URI:+14255550100", "conference-no-uri link-scheme"),
    ("FEATURE=VIDEO", "FEATURE=AUDIO,VIDEO", "several-features"),
    ("FEATURE=VIDEO", "FEATURE=\"AUDIO,VIDEO\"", "several-features"),
    ("VALUE=URI:tel:+14255550100,,1234567", "VALUE=URI:tel:+14255550100,,1234567#", "tel-hash"),
    ("CONFERENCETELURI:tel:+14255550100\\,\\,1234567", "CONFERENCETELURI:tel:+14255550100\\,\\,1234567#", "tel-hash"),
    ("VALUE=URI:tel:+14255550100,,1234567", "VALUE=URI:tel:+14255550100;1234567", "tel-semicolon"),
    ("VALUE=URI:tel:+14255550100,,1234567", "VALUE=URI:tel:+1 (425) 5550100,,1234567", "tel-characters"),
    ("VALUE=URI:tel:+14255550100,,1234567", "VALUE=URI:tel:4255550100,,1234567", "tel-local"),
    ("VALUE=URI:tel:+14255550100,,1234567", "VALUE=URI:tel:+14255550199,,1234567", "phone-not-in-text"),
    ("VALUE=URI:tel:+14255550100,,1234567", "VALUE=URI:tel:+14255550100,,7654321", "conference-id-differs"),
    ("Passcode: 20260322\\n", "Passcode: 20260322\\nPIN: 12345\\n", "printed-pin"),
    ("SUMMARY:Budget 2027", "SUMMARY:Budget 20260322", "passcode-in-summary"),
    ("URL:https:", "URL:file:", "link-scheme"),
    ("CLASS:PUBLIC\n", "X-MICROSOFT-SKYPETEAMSMEETINGURL:https://example.org/\n", "forged-teams-link"),
    ("CLASS:PUBLIC\n", "X-GOOGLE-CONFERENCE:https://example.org/\n", "forged-teams-link"),
    ("APPT-SEQUENCE:2", "APPT-SEQUENCE:1", "sequence-differs"),
    ("ALLDAYEVENT:FALSE", "ALLDAYEVENT:TRUE", "all-day-differs"),
    ("BUSYSTATUS:TENTATIVE", "BUSYSTATUS:MAYBE", "unknown-busy-status"),
];

#[test]
fn a_good_invitation_is_passed_in_silence() {
    assert_eq!(
        lint(&to_bytes(GOOD), None).len(),
        0,
        "{:#?}",
        lint(&to_bytes(GOOD), None)
    );
    assert_eq!(lint(&to_bytes(GOOD), Some(Purpose::Mail)).len(), 0);
}

#[test]
fn each_way_to_break_it_is_found_and_nothing_else() {
    find_all(BROKEN, |from, to| to_bytes(&replace(GOOD, from, to)));
}

#[test]
fn bytes_are_looked_at_as_they_lie() {
    let good = String::from_utf8(to_bytes(GOOD)).unwrap();
    let long = format!("X-LONG:{}\r\n", "x".repeat(69));
    let folds: Vec<(String, &str)> = vec![
        (good.replace("\r\n", "\n"), "bare-lf"),
        (replace(&good, "PRIORITY:5\r\n", "PRIORITY:5\n"), "bare-lf"),
        (replace(&good, "Budget 2027", "Budget\r2027"), "bare-cr"),
        (good.trim_end().to_owned(), "no-final-line-end"),
        (
            replace(&good, "PRIORITY:5\r\n", "PRIORITY:5\r\n\r\n"),
            "empty-line",
        ),
        (replace(&good, "PRIORITY:5\r\n", &long), "long-line"),
        (format!("\u{FEFF}{good}"), "byte-order-mark"),
        (
            replace(&good, "Budget 2027", "Budget\u{0}2027"),
            "control-character",
        ),
    ];
    for (text, expected) in folds {
        finds(text.as_bytes(), None, expected);
    }
    let at = good.find('Ž').unwrap();
    let mut split = good.clone().into_bytes();
    split.splice(at + 1..at + 1, *b"\r\n ");
    finds(&split, None, "split-utf8");
    let mut latin = good.into_bytes();
    latin.splice(at..at + 2, [0x8E]);
    finds(&latin, None, "not-utf8");
}

#[test]
fn a_cancellation_has_rules_of_its_own() {
    let alarm = "BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER;RELATED=START:-PT15M\nDESCRIPTION:REMINDER\nEND:VALARM\n";
    let cancel = replace(GOOD, "METHOD:REQUEST", "METHOD:CANCEL");
    let cancel = replace(&cancel, "STATUS:CONFIRMED", "STATUS:CANCELLED");
    let cancel = replace(
        &cancel,
        "SUMMARY:Budget 2027\\; one",
        "STATUS:CANCELLED\nSUMMARY:Budget 2027\\; one",
    );
    finds(&to_bytes(&cancel), None, "alarm-in-cancel");
    let cancel = replace(&cancel, alarm, "");
    finds(&to_bytes(&cancel), None, "");
    finds(
        &to_bytes(&replace(&cancel, "STATUS:CANCELLED\n", "")),
        None,
        "cancel-not-cancelled",
    );
    finds(
        &to_bytes(&replace(&cancel, "SEQUENCE:2\n", "")),
        None,
        "missing-sequence sequence-differs",
    );
}

#[test]
fn what_is_stored_is_another_thing_than_what_is_sent() {
    let stored = replace(GOOD, "METHOD:REQUEST\n", "");
    finds(&to_bytes(&stored), Some(Purpose::Caldav), "");
    finds(&to_bytes(GOOD), Some(Purpose::Caldav), "stored-method");
    let entry = replace(
        &stored,
        "PRIORITY:5\n",
        "PRIORITY:5\nX-CONFCTL-CONFERENCE:{}\n",
    );
    finds(&to_bytes(&entry), None, "");
    let alone = stored.lines().filter(|line| !line.starts_with("ATTENDEE"));
    let alone: String = alone.map(|line| format!("{line}\n")).collect();
    finds(&to_bytes(&alone), None, "");
}

#[test]
fn what_other_programs_write_is_judged_fairly() {
    macro_rules! specimen {
        ($name:literal) => {
            include_str!(concat!("../../../tests/specimens/", $name, ".ics"))
                .replace("\r\n", "\n")
                .replace('\n', "\r\n")
        };
    }
    finds(specimen!("khal").as_bytes(), None, "");
    finds(specimen!("apple").as_bytes(), None, "");
    // Nextcloud and Home Assistant stumble over that name.
    finds(specimen!("outlook").as_bytes(), None, "windows-tzid");
    // People are named who are not asked, and '&amp;' holds a bare semicolon.
    finds(
        specimen!("google").as_bytes(),
        None,
        "published-attendee unescaped-text",
    );
    // It was made with wrong quotes, and with a task that is neither dated nor alone.
    finds(
        specimen!("thunderbird").as_bytes(),
        None,
        "broken-quotes missing-dtstamp several-uids",
    );
}

#[test]
fn a_finding_tells_the_line_of_the_file() {
    let bytes = to_bytes(&replace(GOOD, "STATUS:CONFIRMED", "STATUS:MAYBE"));
    let findings = lint(&bytes, None);
    let text = String::from_utf8(bytes).unwrap();
    let line = text
        .lines()
        .position(|line| line == "STATUS:MAYBE")
        .unwrap()
        + 1;
    assert_eq!(
        (findings[0].place.line, findings[0].rule.id),
        (line, "unknown-status")
    );
    assert_eq!(findings[0].message, "STATUS is 'MAYBE'.");
}

#[test]
fn a_flood_of_the_same_is_cut_and_counted() {
    let flood = replace(GOOD, "CLASS:PUBLIC\n", &"TRANSP:SOLID\n".repeat(500));
    let findings = lint(&to_bytes(&flood), None);
    let solid: Vec<_> = findings
        .iter()
        .filter(|f| f.rule.id == "bad-enumeration")
        .collect();
    assert_eq!(solid.len(), 20);
    assert!(
        solid
            .iter()
            .any(|f| f.message.ends_with("(480 more like this follow.)"))
    );
    assert!(findings.iter().all(|f| f.rule.severity >= Severity::Note));
}

#[test]
fn the_good_invitation_has_lines_worth_folding() {
    let text = String::from_utf8(to_bytes(GOOD)).unwrap();
    assert!(unfold(&text).count() < text.lines().count());
}
