//! Meetings that other programs wrote: taken as they are meant, taken and said, or refused in words. The
//! dates were judged by recurring-ical-events, python-dateutil or ical.js where these read the file.

use std::fs;

use crate::desk::{Desk, Output};
use crate::meetings::{entry, json, unfolded};

/// A calendar of one VEVENT with these lines, beside what every meeting has.
fn event(lines: &str) -> String {
    let lines = lines.trim_end_matches('\n').replace('\n', "\r\n");
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Elsewhere//EN\r\nBEGIN:VEVENT\r\n\
         UID:elsewhere@example.com\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:Plan\r\n{lines}\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn take(desk: &Desk, bytes: &[u8], flags: &[&str]) -> Output {
    let words = ["schedule", "live-meeting", "--from", "-", "-f", "json"];
    let words = [&words[..], flags].concat();
    desk.confctl(&words)
        .env("TZ", "Europe/Prague")
        .input(bytes)
        .run()
}

/// The starts of what is told, in UTC, and what is said about the file.
fn taken(calendar: &[u8], flags: &[&str]) -> (Vec<String>, String) {
    let desk = Desk::new();
    let output = take(&desk, calendar, flags).code(0);
    let told = json(&output);
    let starts: Vec<&str> = match told["series"]["occurrences"].as_array() {
        Some(occurrences) => occurrences
            .iter()
            .map(|at| at["start"].as_str().unwrap())
            .collect(),
        None => vec![told["start"].as_str().unwrap()],
    };
    let utc = |at: &str| {
        at.parse::<jiff::Timestamp>()
            .unwrap()
            .strftime("%m-%d %H:%MZ")
            .to_string()
    };
    let said = |line: &&str| {
        let about_clock = line.contains("CONFCTL_NOW");
        !about_clock && (line.starts_with("warning:") || line.starts_with("note:"))
    };
    let said: Vec<&str> = output.stderr.lines().filter(said).collect();
    // What goes out has no error.
    let sent = desk.run("invite plan").code(0);
    let lint = desk.confctl(&["lint", "-", "--for", "mail"]);
    let lint = lint.input(sent.stdout.as_bytes()).run();
    assert!(!lint.stdout.contains("error["), "{lint}\n{sent}");
    (starts.into_iter().map(utc).collect(), said.join("\n"))
}

#[track_caller]
fn is_refused(calendar: &[u8], flags: &[&str], why: &str) {
    let desk = Desk::new();
    let output = take(&desk, calendar, flags).code(2).says(why);
    assert_eq!(output.stdout, "");
    assert_eq!(desk.run("list --all").code(0).stdout, "");
}

#[test]
fn zones_are_what_their_names_say_and_guesses_are_told() {
    for (zone, start, said) in [
        ("/America/New_York", "15:00Z", ""),
        ("/example.org/20260101/America/New_York", "15:00Z", ""),
        ("tzone://Microsoft/Utc", "10:00Z", ""),
        ("UTC-11", "21:00Z", ""),
        ("GMT+0200", "08:00Z", ""),
        ("UTC+05:30", "04:30Z", ""),
        ("Central Standard Time (Mexico)", "16:00Z", ""),
        ("Line Islands Standard Time", "20:00Z", ""),
        ("Easter Island Standard Time", "15:00Z", ""),
        (
            "(UTC-05:00) Eastern Time (US & Canada)",
            "15:00Z",
            "is taken as America/New_York",
        ),
        (
            "\"Dublin, Edinburgh, Lisbon, London\"",
            "10:00Z",
            "is taken as Europe/Dublin",
        ),
        (
            "\"(UTC+09:00) Osaka, Sapporo, Tokyo\"",
            "01:00Z",
            "is taken as Asia/Tokyo",
        ),
    ] {
        // A name with a colon has to be quoted.
        let zone = if zone.contains(':') && !zone.starts_with('"') {
            format!("\"{zone}\"")
        } else {
            zone.to_owned()
        };
        let calendar = event(&format!(
            "DTSTART;TZID={zone}:20261210T100000\nDURATION:PT1H"
        ));
        let (starts, told) = taken(calendar.as_bytes(), &[]);
        assert_eq!(starts.len(), 1);
        assert!(starts[0].ends_with(start), "{zone}: {starts:?}");
        assert!(
            told.contains(said) && told.is_empty() == said.is_empty(),
            "{zone}: {told}"
        );
    }
    for zone in [
        "CEST",
        "Customized Time Zone",
        "Nowhere/Land",
        "tzone://Microsoft/Custom",
    ] {
        let zone = if zone.contains(':') {
            format!("\"{zone}\"")
        } else {
            zone.to_owned()
        };
        let calendar = event(&format!(
            "DTSTART;TZID={zone}:20261210T100000\nDURATION:PT1H"
        ));
        is_refused(calendar.as_bytes(), &[], "nobody knows the zone");
        let (starts, told) = taken(calendar.as_bytes(), &["--zone", "Asia/Tokyo"]);
        assert_eq!(starts, ["12-10 01:00Z"]);
        assert!(
            told.contains("is taken as Asia/Tokyo, as --zone says"),
            "{told}"
        );
    }
}

#[test]
fn a_zone_in_the_file_is_evaluated_as_it_stands() {
    let with_zone = |parts: &str, lines: &str| {
        let block = format!("BEGIN:VTIMEZONE\r\nTZID:Own\r\n{parts}END:VTIMEZONE\r\n")
            .replace('\n', "\r\n")
            .replace("\r\r", "\r");
        event(lines).replacen("BEGIN:VEVENT", &format!("{block}BEGIN:VEVENT"), 1)
    };
    let part = |kind: &str, start: &str, from: &str, to: &str, more: &str| {
        format!(
            "BEGIN:{kind}\nDTSTART:{start}\nTZOFFSETFROM:{from}\nTZOFFSETTO:{to}\n{more}END:{kind}\n"
        )
    };
    let monthly =
        "DTSTART;TZID=Own:20270115T100000\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;INTERVAL=3;COUNT=4";
    let eu = [
        "01-15 09:00Z",
        "04-15 08:00Z",
        "07-15 08:00Z",
        "10-15 08:00Z",
    ];
    for (parts, expected) in [
        // Single onsets.
        (
            part(
                "STANDARD",
                "20261025T030000",
                "+0200",
                "+0100",
                "RDATE:20271031T030000\n",
            ) + &part("DAYLIGHT", "20270328T020000", "+0100", "+0200", ""),
            eu,
        ),
        // The last Sunday as a range of days.
        (
            part(
                "STANDARD",
                "19701025T030000",
                "+0200",
                "+0100",
                "RRULE:FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=25,26,27,28,29,30,31;BYDAY=SU\n",
            ) + &part(
                "DAYLIGHT",
                "19700329T020000",
                "+0100",
                "+0200",
                "RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=25,26,27,28,29,30,31;BYDAY=SU\n",
            ),
            eu,
        ),
        // The second last Sunday, as one country has it.
        (
            part(
                "STANDARD",
                "19701018T030000",
                "+0200",
                "+0100",
                "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-2SU\n",
            ) + &part(
                "DAYLIGHT",
                "19700322T020000",
                "+0100",
                "+0200",
                "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-2SU\n",
            ),
            eu,
        ),
        // Summer time that was given up.
        (
            part("STANDARD", "19701025T030000", "+0200", "+0100", "")
                + &part(
                    "DAYLIGHT",
                    "19700329T020000",
                    "+0100",
                    "+0200",
                    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20200329T010000Z\n",
                )
                + &part(
                    "STANDARD",
                    "19711031T030000",
                    "+0200",
                    "+0100",
                    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\n",
                ),
            [
                "01-15 09:00Z",
                "04-15 09:00Z",
                "07-15 09:00Z",
                "10-15 09:00Z",
            ],
        ),
        // Two rules in one part.
        (
            part("STANDARD", "20200101T000000", "-0300", "-0300", "")
                + &part(
                    "DAYLIGHT",
                    "20200401T000000",
                    "-0300",
                    "-0200",
                    "RRULE:FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=1\nRRULE:FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=1\n",
                )
                + &part(
                    "STANDARD",
                    "20200601T000000",
                    "-0200",
                    "-0300",
                    "RRULE:FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=1\nRRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=1\n",
                ),
            [
                "01-15 13:00Z",
                "04-15 12:00Z",
                "07-15 13:00Z",
                "10-15 12:00Z",
            ],
        ),
    ] {
        let (starts, told) = taken(with_zone(&parts, monthly).as_bytes(), &[]);
        assert_eq!(starts, expected, "{parts}");
        assert_eq!(told, "");
    }
    let broken = with_zone(&part("STANDARD", "soon", "+0200", "+0100", ""), monthly);
    is_refused(
        broken.as_bytes(),
        &[],
        "what the file says of the zone 'Own' can't be understood",
    );
}

/// A zone that only its file describes.
fn with_own_zone(lines: &str) -> String {
    let block = "BEGIN:VTIMEZONE\r\nTZID:Own\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\n\
        TZOFFSETTO:+0100\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\n\
        DTSTART:19700329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n\
        END:DAYLIGHT\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT";
    event(lines).replacen("BEGIN:VEVENT", block, 1)
}

#[test]
fn what_is_unfinished_in_a_zone_of_its_own_can_be_resumed() {
    let calendar = with_own_zone(
        "DTSTART;TZID=Own:20270115T100000\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;COUNT=6\nATTENDEE:mailto:bo@example.com",
    );
    let desk = Desk::new();
    let full = "schedule live-meeting --from - -o /dev/full";
    let made = desk
        .confctl(&crate::desk::words(full))
        .input(calendar.as_bytes())
        .run();
    let _ = made.code(7);
    for line in [
        "update plan --start 11:00 -o /dev/full",
        "update plan --occurrence 2027-03-15 --start 15:00 -o /dev/full",
        "cancel plan --occurrence 2027-04-15 --yes -o /dev/full",
    ] {
        let _ = desk.run(line).code(7);
    }
    let left = desk.run("resume --list").code(0);
    assert!(!format!("{left}").contains("Damaged"), "{left}");
    for record in fs::read_dir(desk.path(".local/share/confctl/unfinished")).unwrap() {
        let text = fs::read_to_string(record.unwrap().path()).unwrap_or_default();
        assert!(!text.contains("[private]"), "{text}");
    }
    // Summer is as it was.
    let listed = json(&desk.run("list --json --from 2027-05-01T00:00").code(0));
    assert_eq!(listed[0]["start"], "2027-05-15T11:00:00+02:00", "{listed}");
}

#[test]
fn series_of_other_programs_are_read_as_they_are_meant() {
    let weekly = ["12-07 09:00Z", "12-14 09:00Z", "12-21 09:00Z"];
    let head = "DTSTART;TZID=Europe/Prague:20261207T100000\nDURATION:PT1H\n";
    for (lines, expected, said) in [
        ("RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3;", &weekly[..], ""),
        ("RRULE:;;FREQ=WEEKLY;BYDAY=MO;;COUNT=3", &weekly, ""),
        (
            "RRULE:RSCALE=GREGORIAN;FREQ=WEEKLY;COUNT=3;SKIP=OMIT",
            &weekly,
            "",
        ),
        ("RRULE:freq=weekly;byday=mo;count=3", &weekly, ""),
        (
            "RRULE:FREQ=WEEKLY;COUNT=9;UNTIL=20261221T090000Z",
            &weekly,
            "the one counts that comes first",
        ),
        (
            "RRULE:FREQ=WEEKLY;UNTIL=2026-12-21T09:00:00Z",
            &weekly,
            "is taken as 20261221T090000Z",
        ),
        (
            "RRULE:FREQ=WEEKLY;UNTIL=20261221T090000",
            &weekly,
            "is taken as UTC",
        ),
        ("RRULE:FREQ=WEEKLY;UNTIL=20261221T100000", &weekly, ""),
        (
            "RRULE:FREQ=WEEKLY;UNTIL=20261222",
            &weekly,
            "the series ends before 22 December 2026",
        ),
        (
            "RRULE:FREQ=WEEKLY;COUNT=3;X-FOO=BAR",
            &weekly,
            "X-FOO is no part of a rule",
        ),
        (
            "RRULE:FREQ=DAILY;COUNT=15\nEXDATE;VALUE=DATE:20261208,20261209,20261210,20261211,20261212,20261213\nEXDATE;VALUE=DATE:20261215,20261216,20261217,20261218,20261219,20261220",
            &weekly,
            "",
        ),
        (
            "RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;TZID=America/New_York:20261228T040000",
            &weekly,
            "",
        ),
        (
            "RRULE:FREQ=WEEKLY;COUNT=2\nRRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=2",
            &weekly,
            "",
        ),
        (
            "RDATE;TZID=Europe/Prague:20261214T100000\nRDATE:20261221T090000Z",
            &weekly,
            "",
        ),
        (
            "RDATE;VALUE=PERIOD:20261214T090000Z/PT3H,20261221T090000Z/20261221T093000Z",
            &weekly,
            "",
        ),
        ("RRULE:FREQ=HOURLY;INTERVAL=168;COUNT=3", &weekly, ""),
        (
            "RRULE:RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD;COUNT=3",
            &[
                "12-07 09:00Z",
                "12-31 09:00Z",
                "01-31 09:00Z",
                "02-28 09:00Z",
            ],
            "",
        ),
    ] {
        let (starts, told) = taken(event(&format!("{head}{lines}")).as_bytes(), &[]);
        assert_eq!(starts, expected, "{lines}");
        assert!(
            told.contains(said) && told.is_empty() == said.is_empty(),
            "{lines}: {told}"
        );
    }
    for (lines, why) in [
        (
            "RRULE:FREQ=SOMETIMES",
            "the rule FREQ=SOMETIMES can't be understood",
        ),
        ("RRULE:FREQ=YEARLY;BYEASTER=0", "can't be understood"),
        ("RRULE:RSCALE=HEBREW;FREQ=YEARLY", "can't be understood"),
        ("RRULE:FREQ=DAILY;COUNT=3\nEXRULE:FREQ=WEEKLY", "EXRULE"),
        ("RRULE:FREQ=DAILY;COUNT=3\nEXDATE:soon", "'soon' in EXDATE"),
    ] {
        is_refused(event(&format!("{head}{lines}")).as_bytes(), &[], why);
    }
    // A conference lives as long as its series.
    for rule in ["FREQ=WEEKLY;BYDAY=MO;", "FREQ=WEEKLY;X-A=1"] {
        let desk = Desk::new();
        let endless = event(&format!("{head}RRULE:{rule}"));
        let told = json(&take(&desk, endless.as_bytes(), &[]).code(0));
        let expires = told["conference"]["expires"].as_str().unwrap();
        assert!(expires > "2027-06-01", "{expires}");
    }
    // A listing names all dates of one without a rule.
    let desk = Desk::new();
    let dates = event(&format!(
        "{head}RDATE;TZID=Europe/Prague:20261209T100000,20261210T100000"
    ));
    let _ = take(&desk, dates.as_bytes(), &[]).code(0);
    let listed = json(&desk.run("list --json").code(0));
    let repeats = listed[0]["repeats"].as_str().unwrap();
    assert!(
        repeats.contains("9 December") && repeats.contains("10 December"),
        "{repeats}"
    );
}

#[test]
fn an_occurrence_can_speak_for_all_that_follow() {
    let desk = Desk::new();
    let other = "BEGIN:VEVENT\r\nUID:elsewhere@example.com\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:Plan\r\n\
        RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Prague:20261209T100000\r\n\
        DTSTART;TZID=Europe/Prague:20261209T150000\r\nDURATION:PT30M\r\nEND:VEVENT\r\nEND:VCALENDAR";
    let calendar = event(
        "DTSTART;TZID=Europe/Prague:20261207T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=5",
    );
    let calendar = calendar.replace("END:VCALENDAR", other);
    let _ = take(&desk, calendar.as_bytes(), &[]).code(0);
    let listed = |now: &str| {
        let mut list = desk.confctl(&["list", "--json"]).env("CONFCTL_NOW", now);
        list = list.env("TZ", "Europe/Prague");
        let listed = json(&list.run().code(0));
        listed[0]["start"].as_str().unwrap().to_owned()
    };
    assert_eq!(listed("2026-12-08T06:00:00Z"), "2026-12-08T10:00:00+01:00");
    assert_eq!(listed("2026-12-10T06:00:00Z"), "2026-12-10T15:00:00+01:00");
    assert_eq!(listed("2026-12-11T06:00:00Z"), "2026-12-11T15:00:00+01:00");
}

#[test]
fn ends_are_after_starts_or_it_is_said() {
    let day = "12-09 23:00Z";
    for (lines, said) in [
        (
            "DTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20261210",
            "all of 10 December 2026",
        ),
        (
            "DTSTART:20261210\nDTEND:20261210",
            "all of 10 December 2026",
        ),
        ("DTSTART;VALUE=DATE:20261210", ""),
    ] {
        let (starts, told) = taken(event(lines).as_bytes(), &[]);
        assert_eq!(starts, [day], "{lines}");
        assert!(
            told.contains(said) && told.is_empty() == said.is_empty(),
            "{lines}: {told}"
        );
    }
    for (lines, minutes) in [
        ("DURATION:PT0DT1H30M0S\nDTSTART:20261210T090000Z", 90),
        ("DTSTART:20261210T090000Z\nDURATION:P0DT45M", 45),
        ("DTSTART:20261210T090000Z\nDURATION:+PT2H", 120),
    ] {
        let desk = Desk::new();
        let told = json(&take(&desk, event(lines).as_bytes(), &[]).code(0));
        let moment = |name: &str| {
            told[name]
                .as_str()
                .unwrap()
                .parse::<jiff::Timestamp>()
                .unwrap()
        };
        assert_eq!(
            (moment("end") - moment("start")).get_seconds(),
            minutes * 60,
            "{lines}"
        );
    }
    for (lines, why) in [
        (
            "DTSTART:20261210T090000Z\nDTEND:20261210T080000Z",
            "ends before it starts",
        ),
        (
            "DTSTART:20261210T090000Z\nDURATION:-PT1H",
            "ends before it starts",
        ),
        (
            "DTSTART:20261210T090000Z\nDURATION:an hour",
            "'an hour' in DURATION is not a length of time",
        ),
    ] {
        is_refused(event(lines).as_bytes(), &[], why);
    }
}

const AT_NINE: &str = "DTSTART:20261210T090000Z\nDTEND:20261210T100000Z\n";

#[test]
fn nobody_is_left_out() {
    for (line, said) in [
        (
            r#"ATTENDEE;CN="Bo \"Nick\" Example":mailto:bo@example.com"#,
            true,
        ),
        (
            "ATTENDEE;CN=Example; Bo;ROLE=REQ-PARTICIPANT:mailto:bo@example.com",
            true,
        ),
        ("ATTENDEE:mailto:<bo@example.com>", true),
        ("ATTENDEE:MAILTO: bo@example.com", true),
        ("ATTENDEE;CN=Bo:bo@example.com", true),
        ("ATTENDEE;EMAIL=bo@example.com;CN=Bo:urn:uuid:1", false),
        ("ATTENDEE;CN=Bo:MAILTO:bo@example.com", false),
    ] {
        let desk = Desk::new();
        let output = take(&desk, event(&format!("{AT_NINE}{line}")).as_bytes(), &[]).code(0);
        assert_eq!(
            json(&output)["attendees"][0]["address"],
            "bo@example.com",
            "{line}"
        );
        assert_eq!(
            output.stderr.contains("is odd: it is taken so"),
            said,
            "{line}: {output}"
        );
    }
    for line in [
        "ATTENDEE;CN=Bo:invalid:nomail",
        "ORGANIZER:mailto:lam.example",
        "ATTENDEE:bo at example",
    ] {
        is_refused(
            event(&format!("{AT_NINE}{line}")).as_bytes(),
            &[],
            "has no mail address that can be read",
        );
    }
}

#[test]
fn a_meeting_is_found_in_whatever_it_came_in() {
    let plan = event(&format!("{AT_NINE}DESCRIPTION:Žluť für alle"));
    let utf_16: Vec<u8> = std::iter::once(0xFEFF)
        .chain(plan.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let latin: Vec<u8> = plan
        .replace("Žluť", "Zlut")
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    let mut split = plan.clone().into_bytes();
    let at = plan.find('ü').unwrap() + 1;
    split.splice(at..at, *b"\r\n ");
    let base64 = openssl_base64(plan.as_bytes());
    let mail = format!(
        "From: ana@example.com\r\nSubject: Plan\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nHello\r\n--b\r\nContent-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{base64}\r\n--b--\r\n"
    );
    for (bytes, said) in [
        (plan.clone().into_bytes(), ""),
        (utf_16, ""),
        (latin, "it is taken as Windows-1252"),
        (split, ""),
        (plan.replace("\r\n", "\r").into_bytes(), ""),
        (plan.replace("\r\n", "\r\r\n").into_bytes(), ""),
        (format!("\u{FEFF}{plan}").into_bytes(), ""),
        (mail.clone().into_bytes(), ""),
        (forwarded(&mail).into_bytes(), ""),
        (
            format!("From ana Thu Nov 26 10:00:00 2026\r\n{mail}").into_bytes(),
            "",
        ),
    ] {
        let desk = Desk::new();
        let output = take(&desk, &bytes, &[]).code(0).says(said);
        assert!(unfolded(&entry(&desk)).contains("für alle"), "{output}");
        assert_eq!(
            output.stderr.contains("it is taken"),
            !said.is_empty(),
            "{output}"
        );
    }
    let tnef = mail.replace(
        "text/calendar; method=REQUEST; charset=utf-8",
        "application/ms-tnef; name=winmail.dat",
    );
    is_refused(tnef.as_bytes(), &[], "winmail.dat");
    is_refused(
        mail.replace("text/calendar", "text/x-other").as_bytes(),
        &[],
        "the mail has no calendar in it",
    );
}

fn forwarded(mail: &str) -> String {
    format!(
        "From: bo@example.com\r\nSubject: Fwd: Plan\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=f\r\n\r\n\
         --f\r\nContent-Type: text/plain\r\n\r\nSee below\r\n--f\r\nContent-Type: message/rfc822\r\n\r\n{mail}\r\n--f--\r\n"
    )
}

fn openssl_base64(bytes: &[u8]) -> String {
    let text = openssl::base64::encode_block(bytes);
    let lines = text
        .as_bytes()
        .chunks(76)
        .map(|line| String::from_utf8_lossy(line).into_owned());
    lines.collect::<Vec<_>>().join("\r\n")
}

#[test]
fn of_several_meetings_one_is_meant_and_messages_about_one_are_none() {
    let two = event(AT_NINE).replace(
        "END:VCALENDAR",
        &format!(
            "BEGIN:VEVENT\r\nUID:other@example.com\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:Other\r\n{}END:VEVENT\r\nEND:VCALENDAR",
            AT_NINE.replace('\n', "\r\n")
        ),
    );
    is_refused(two.as_bytes(), &[], "the calendar holds 2 meetings");
    is_refused(
        two.as_bytes(),
        &[],
        "Plan (elsewhere@example.com), Other (other@example.com)",
    );
    is_refused(
        two.as_bytes(),
        &["--uid", "third"],
        "no meeting in the calendar has that UID",
    );
    let desk = Desk::new();
    let told = json(&take(&desk, two.as_bytes(), &["--uid", "other@example.com"]).code(0));
    assert_eq!(told["subject"], "Other");

    let one =
        event("RECURRENCE-ID:20261215T090000Z\nDTSTART:20261215T100000Z\nDTEND:20261215T110000Z");
    let desk = Desk::new();
    let output = take(&desk, one.as_bytes(), &[])
        .code(0)
        .says("one occurrence of a series and not the series");
    assert_eq!(
        json(&output)["uid"],
        "elsewhere@example.com-20261215T090000Z"
    );
    let _ = take(&desk, one.as_bytes(), &[])
        .code(6)
        .says("has a conference already");

    for (method, why) in [
        ("REPLY", "METHOD:REPLY"),
        ("COUNTER", "METHOD:COUNTER"),
        ("CANCEL", "the meeting was cancelled"),
        ("ADD", "METHOD:ADD"),
    ] {
        let message =
            event(AT_NINE).replace("VERSION:2.0", &format!("VERSION:2.0\r\nMETHOD:{method}"));
        is_refused(message.as_bytes(), &[], why);
    }
    is_refused(
        event(&format!("{AT_NINE}STATUS:CANCELLED")).as_bytes(),
        &[],
        "was cancelled",
    );
}

#[test]
fn another_conference_in_the_file_gives_way() {
    let teams = "DESCRIPTION:Read the paper.\\n\\n________________\\nMicrosoft Teams meeting\\nJoin: \n \
        https://teams.example.com/1\\nPhone: +1 425 555 0199\\n________________\\n\nLOCATION:Microsoft Teams Meeting\n\
        X-MICROSOFT-SKYPETEAMSMEETINGURL:https://teams.example.com/1\nX-MICROSOFT-CONFERENCETELURI:tel:+14255550199";
    let desk = Desk::new();
    let output = take(&desk, event(&format!("{AT_NINE}{teams}")).as_bytes(), &[]).code(0);
    let _ = output.says("leads into a meeting of Microsoft Teams");
    let sent = desk.run("invite plan").code(0).unfolded();
    for gone in ["teams.example.com", "0199", "SKYPETEAMS", "Teams Meeting"] {
        assert!(!sent.contains(gone), "{gone} in {sent}");
    }
    assert!(sent.contains("Read the paper."), "{sent}");
    assert_eq!(sent.matches("Conference ID: ").count(), 1);
}

#[test]
fn what_people_read_is_made_from_what_takes_place() {
    let lines = "DTSTART:20261211T073000Z\nDTEND:20261211T083000Z\nRRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=3\nEXDATE:20261211T073000Z";
    let desk = Desk::new();
    let mut words = vec!["schedule", "live-meeting", "--from", "-", "-f", "text"];
    let output = desk
        .confctl(&words)
        .input(event(lines).as_bytes())
        .run()
        .code(0);
    assert!(
        output.stdout.contains("Tuesday 15 December 2026 07:30"),
        "{output}"
    );
    words[5] = "json";
    let periods =
        event("DTSTART:20261207T090000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20261209T130000Z/PT3H");
    let desk = Desk::new();
    let told = json(&desk.confctl(&words).input(periods.as_bytes()).run().code(0));
    let last = &told["series"]["occurrences"][1];
    assert_eq!(
        (&last["start"], &last["end"]),
        (
            &"2026-12-09T13:00:00+00:00".into(),
            &"2026-12-09T16:00:00+00:00".into()
        )
    );
    // They move with the rest.
    let _ = desk.run("update plan --start 10:00").code(0);
    assert!(
        entry(&desk).contains("RDATE;VALUE=PERIOD:20261209T140000Z/20261209T170000Z"),
        "{}",
        entry(&desk)
    );
    let newer = event(&format!(
        "{AT_NINE}DESCRIPTION:First\nLINK;LINKREL=SOURCE;VALUE=URI:https://www.example.com/a"
    ));
    let desk = Desk::new();
    let output = take(&desk, newer.as_bytes(), &[]).code(0);
    assert_eq!(json(&output)["note"], "First");
    assert!(
        entry(&desk).contains("\r\nLINK;LINKREL=SOURCE"),
        "{}",
        entry(&desk)
    );
    let west = event("DTSTART;VALUE=DATE:20261207\nRRULE:FREQ=DAILY;COUNT=5").replace(
        "END:VCALENDAR",
        "BEGIN:VEVENT\r\nUID:elsewhere@example.com\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:Plan\r\n\
         RECURRENCE-ID:20261210T000000Z\r\nDTSTART;VALUE=DATE:20261220\r\nEND:VEVENT\r\nEND:VCALENDAR",
    );
    let desk = Desk::new();
    let words = ["schedule", "live-meeting", "--from", "-"];
    let taken = desk
        .confctl(&words)
        .env("TZ", "America/New_York")
        .input(west.as_bytes());
    let _ = taken.run().code(0);
    assert!(
        entry(&desk).contains("RECURRENCE-ID;VALUE=DATE:20261210"),
        "{}",
        entry(&desk)
    );
    let raw = event(&format!(
        "{AT_NINE}DESCRIPTION:First\nAgenda: second\nthird"
    ));
    let desk = Desk::new();
    let output = take(&desk, raw.as_bytes(), &[])
        .code(0)
        .says("is taken as a line of the text before it");
    assert_eq!(json(&output)["note"], "First\nAgenda: second\nthird");
}

#[test]
fn what_hangs_on_the_start_moves_with_it_and_versions_only_grow() {
    let desk = Desk::new();
    let lines = "DTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20261211\nRRULE:FREQ=WEEKLY;UNTIL=20261224\n\
        X-MICROSOFT-CDO-ALLDAYEVENT:TRUE\nBEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:x\n\
        TRIGGER;VALUE=DATE-TIME:20261209T220000Z\nEND:VALARM";
    let _ = take(&desk, event(lines).as_bytes(), &[]).code(0);
    let run = |line: &str| {
        desk.confctl(&crate::desk::words(line))
            .env("TZ", "Europe/Prague")
            .run()
    };
    let _ = run("update plan --start 2026-12-10T14:00 --duration 1h").code(0);
    let file = entry(&desk);
    for line in [
        "X-MICROSOFT-CDO-ALLDAYEVENT:FALSE",
        "20261210T120000Z",
        "UNTIL=20261224T225959Z",
    ] {
        assert!(file.contains(line), "{line} in {file}");
    }

    let desk = Desk::new();
    let other = "BEGIN:VEVENT\r\nUID:elsewhere@example.com\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:Plan\r\nSEQUENCE:7\r\n\
        ATTENDEE:mailto:bo@example.com\r\nORGANIZER:mailto:host@practice.example\r\n\
        RECURRENCE-ID:20261211T090000Z\r\nDTSTART:20261211T120000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR";
    let series = format!(
        "{AT_NINE}RRULE:FREQ=DAILY;COUNT=5\nATTENDEE:mailto:bo@example.com\nORGANIZER:mailto:host@practice.example"
    );
    let calendar = event(&series).replace("END:VCALENDAR", other);
    let _ = take(&desk, calendar.as_bytes(), &[]).code(0);
    let sequence = |text: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix("SEQUENCE:"));
        line.and_then(|number| number.trim().parse::<u32>().ok())
            .unwrap()
    };
    let moved = desk
        .confctl(&[
            "update",
            "plan",
            "--occurrence",
            "2026-12-11",
            "--start",
            "16:00",
        ])
        .run()
        .code(0);
    assert!(sequence(&moved.stdout) > 7, "{moved}");
    let dropped = desk
        .confctl(&["cancel", "plan", "--occurrence", "2026-12-11", "--yes"])
        .run()
        .code(0);
    assert!(
        sequence(&dropped.stdout) > sequence(&moved.stdout),
        "{dropped}"
    );
}

#[test]
fn a_meeting_is_found_by_what_people_paste() {
    let desk = Desk::new();
    let made = desk.run("schedule live-meeting -s Plan -t tomorrow -t 2026-12-10T10:00 -f json");
    let made = if made.stdout.is_empty() {
        desk.confctl(&[
            "schedule",
            "live-meeting",
            "-s",
            "Plan",
            "-t",
            "2026-12-10 10:00",
            "-f",
            "json",
        ])
        .run()
    } else {
        made
    };
    let made = json(&made.code(0));
    let link = made["call_in"]["client_link"].as_str().unwrap();
    let id = made["call_in"]["conference_id"].as_str().unwrap();
    let encoded = link
        .replace('%', "%25")
        .replace(':', "%3A")
        .replace(';', "%3B");
    for pasted in [
        format!("<{link}>"),
        format!("{link}/"),
        link.to_uppercase(),
        format!("https://eur01.safelinks.protection.outlook.com/?url={encoded}&data=1"),
        link.replace(';', "\\;"),
        format!("Conference ID: {id}"),
        format!("+14255550100,,{id}#"),
        format!("{} {}", &id[..2], &id[2..]),
    ] {
        let shown = desk.confctl(&["show", "--", &pasted]).run().code(0);
        assert!(shown.stdout.contains("Plan"), "{pasted}: {shown}");
    }
    fs::remove_dir_all(desk.path(".local/share/confctl/diary")).unwrap();
}
