//! Series: all of it, one occurrence, one less.

use jiff::ToSpan;

use super::*;

#[test]
fn dates_of_a_series_move_along_with_its_start() {
    let mut document = specimen("thunderbird");
    let new = join(&document, "1");
    // A Monday becomes a Tuesday; this rule takes its day from the start.
    let moved = Appointment {
        start: at("2027-03-02T14:00[Europe/Prague]"),
        end: at("2027-03-02T14:45[Europe/Prague]"),
        ..new
    };
    revise(&mut document, &moved);
    let after = text(&document);
    assert_eq!(
        values(&after, "EXDATE"),
        ["20270316T140000", "20270406T140000"]
    );
    assert_eq!(values(&after, "RECURRENCE-ID"), ["20270323T140000"]);
    assert_eq!(
        values(&after, "DTSTART")[2..],
        ["20270302T140000", "20270323T140000"]
    );

    let mut document = CalendarObject::new(&weekly_meeting(), &Branding::default()).unwrap();
    let earlier = Appointment {
        start: at("2027-03-09T08:00[Asia/Kathmandu]"),
        end: at("2027-03-09T09:00[Asia/Kathmandu]"),
        ..weekly_meeting()
    };
    revise(&mut document, &earlier);
    let after = text(&document);
    let excluded = properties(&after, "EXDATE").remove(0);
    assert_eq!(
        excluded.to_string(),
        "EXDATE;TZID=Asia/Kathmandu:20270316T080000"
    );
    assert_eq!(values(&after, "TZID"), ["Asia/Kathmandu"]);
}

#[test]
fn a_series_gets_and_loses_rule_and_dates() {
    let mut document = CalendarObject::new(&appointment(), &Branding::default()).unwrap();
    revise(&mut document, &weekly_meeting());
    let series = document.appointment(&prague()).unwrap().unwrap().series;
    assert_eq!(series, weekly_meeting().series);
    let mut back = weekly_meeting();
    back.series.as_mut().unwrap().excluded.clear();
    revise(&mut document, &back);
    assert!(values(&text(&document), "EXDATE").is_empty());
    let original = at("2027-03-09T10:00[Europe/Prague]");
    let one = Appointment {
        occurrence: Some(original.clone()),
        series: None,
        ..document.occurrence(&original).unwrap().unwrap()
    };
    revise(&mut document, &one);
    revise(&mut document, &appointment());
    let after = text(&document);
    assert_eq!(after.matches("BEGIN:VEVENT").count(), 1);
    assert!(
        values(&after, "RRULE").len() == 2,
        "those of the zone alone: {after}"
    );
}

fn moved_occurrence() -> (CalendarObject, Zoned) {
    let mut document = CalendarObject::new(&weekly_meeting(), &Branding::default()).unwrap();
    let original = at("2027-03-30T10:00[Europe/Prague]");
    let one = document.occurrence(&original).unwrap().unwrap();
    assert_eq!((&one.start, one.series.as_ref()), (&original, None));
    let moved = Appointment {
        sequence: 1,
        stamp: "2026-11-23T00:00:00Z".parse().unwrap(),
        start: at("2027-03-31T15:00[Europe/Prague]"),
        end: at("2027-03-31T16:00[Europe/Prague]"),
        subject: "Moved".to_owned(),
        ..one
    };
    revise(&mut document, &moved);
    assert_eq!(document.occurrence(&original).unwrap().unwrap(), moved);
    (document, original)
}

#[test]
fn one_occurrence_is_moved_and_the_series_stays() {
    let before = text(&CalendarObject::new(&weekly_meeting(), &Branding::default()).unwrap());
    let (mut document, original) = moved_occurrence();
    let after = text(&document);
    let master = after.split("END:VEVENT").next().unwrap();
    let master_before = before.split("END:VEVENT").next().unwrap();
    let changed: Vec<&str> = std::iter::zip(master_before.lines(), master.lines())
        .filter_map(|(old, new)| (old != new).then_some(new))
        .collect();
    assert_eq!(changed, ["DTSTAMP:20261123T000000Z", "SEQUENCE:1"]);
    let exception = after.split("BEGIN:VEVENT").nth(2).unwrap();
    for line in [
        "RECURRENCE-ID;TZID=Europe/Prague:20270330T100000",
        "DTSTART;TZID=Europe/Prague:20270331T150000",
        "SUMMARY:Moved",
        "BEGIN:VALARM",
    ] {
        assert!(exception.contains(line), "{line} in {exception}");
    }
    for name in ["RRULE", "EXDATE", "X-CONFCTL"] {
        assert!(!exception.contains(name), "{name} in {exception}");
    }
    let other = Appointment {
        conference: conference("7654321"),
        ..document.appointment(&prague()).unwrap().unwrap()
    };
    revise(&mut document, &other);
    let one = document.occurrence(&original).unwrap().unwrap();
    assert_eq!(one.subject, "Moved");
    assert_eq!(count(&text(&document), "Conference ID: 7654321"), 2);
    assert_eq!(count(&text(&document), "1234567"), 0);
}

#[test]
fn a_dropped_occurrence_is_excluded_and_its_guests_are_told() {
    let (mut document, original) = moved_occurrence();
    let stamp = "2026-11-24T00:00:00Z".parse().unwrap();
    document.drop_occurrence(&original, 2, stamp).unwrap();
    let once = text(&document);
    document.drop_occurrence(&original, 2, stamp).unwrap();
    assert_eq!(text(&document), once);
    assert_eq!(
        values(&once, "EXDATE"),
        ["20270316T100000", "20270330T100000"]
    );
    assert_eq!(once.matches("BEGIN:VEVENT").count(), 1);
    let one = document.occurrence(&original).unwrap().unwrap();
    assert_eq!(one.status, Status::Cancelled);
    let sent = document
        .to_send(&Sending::Occurrence(&original), &prague())
        .unwrap();
    assert_eq!(values(&sent, "METHOD"), ["CANCEL"]);
    assert_eq!(values(&sent, "STATUS"), ["CANCELLED"]);
    assert_eq!(values(&sent, "SEQUENCE"), ["2"]);
    assert_eq!(values(&sent, "RECURRENCE-ID"), ["20270330T100000"]);
    assert_eq!(sent.matches("BEGIN:VEVENT").count(), 1);
    assert!(!sent.contains("VALARM"));
}

/// A series of another program, its lines, and a second VEVENT.
fn foreign_series(master: &str, one: &str) -> CalendarObject {
    let text = format!(
        "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\nDTSTAMP:20261101T000000Z\n\
         {master}\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nDTSTAMP:20261101T000000Z\nSUMMARY:Other\n\
         {one}\nEND:VEVENT\nEND:VCALENDAR\n"
    );
    CalendarObject::parse(text.replace('\n', "\r\n").as_bytes()).unwrap()
}

#[test]
fn an_occurrence_with_another_subject_follows_a_new_length() {
    let prague = "TZID=Europe/Prague";
    let timed = format!(
        "DTSTART;{prague}:20270302T100000\nDTEND;{prague}:20270302T110000\nRRULE:FREQ=WEEKLY"
    );
    let days = "DTSTART;VALUE=DATE:20270302\nDTEND;VALUE=DATE:20270303\nRRULE:FREQ=WEEKLY";
    let id = format!("RECURRENCE-ID;{prague}:20270330T100000\nDTSTART;{prague}:");
    for (master, one, start, expected) in [
        (
            &*timed,
            format!("{id}20270330T100000\nDTEND;{prague}:20270330T110000"),
            "2027-03-02T10:00[Europe/Prague]",
            "20270330T100000 20270330T100000 20270330T103000",
        ),
        (
            &timed,
            format!("{id}20270330T100000\nDURATION:PT1H"),
            "2027-03-02T10:00[Europe/Prague]",
            "20270330T100000 20270330T100000 20270330T103000",
        ),
        (
            &timed,
            format!("{id}20270330T100000\nDTEND;{prague}:20270330T110000"),
            "2027-03-02T14:00[Europe/Prague]",
            "20270330T140000 20270330T140000 20270330T143000",
        ),
        // Others have times of their own.
        (
            &timed,
            format!("{id}20270330T100000\nDTEND;{prague}:20270330T120000"),
            "2027-03-02T10:00[Europe/Prague]",
            "20270330T100000 20270330T100000 20270330T120000",
        ),
        (
            &timed,
            format!("{id}20270330T150000\nDTEND;{prague}:20270330T160000"),
            "2027-03-02T10:00[Europe/Prague]",
            "20270330T100000 20270330T150000 20270330T160000",
        ),
        // The day before the clocks change, and the day itself.
        (
            days,
            "RECURRENCE-ID;VALUE=DATE:20270330\nDTSTART;VALUE=DATE:20270330".to_owned(),
            "2027-03-02T10:00[Europe/Prague]",
            "20270330T100000 20270330T100000 20270330T103000",
        ),
        (
            &days.replace("0302", "0307").replace("0303", "0308"),
            "RECURRENCE-ID;VALUE=DATE:20270328\nDTSTART;VALUE=DATE:20270328\n\
             DTEND;VALUE=DATE:20270329"
                .to_owned(),
            "2027-03-07T10:00[Europe/Prague]",
            "20270328T100000 20270328T100000 20270328T103000",
        ),
    ] {
        let mut document = foreign_series(master, &one);
        let mut new = join(&document, "1");
        new.start = at(start);
        new.end = new.start.checked_add(30.minutes()).unwrap();
        revise(&mut document, &new);
        let after = text(&document);
        let event = after.split("BEGIN:VEVENT").nth(2).unwrap();
        let times = ["RECURRENCE-ID", "DTSTART", "DTEND"].map(|name| values(event, name).concat());
        assert_eq!(times.join(" "), expected, "{one}");
        assert!(!event.contains("DURATION"), "{one}");
    }
}

#[test]
fn an_occurrence_keeps_its_day_when_the_rule_keeps_its_days() {
    let mut document = foreign_series(
        "DTSTART:20270302T100000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20270401T100000Z",
        "RECURRENCE-ID:20270311T100000Z\nDTSTART:20270311T100000Z\nDURATION:PT1H",
    );
    let old = join(&document, "1");
    let start = at("2027-03-04T15:00[UTC]");
    let new = Appointment {
        series: old.series.map(|series| series.shift(&old.start, &start)),
        end: at("2027-03-04T16:00[UTC]"),
        start,
        ..old
    };
    revise(&mut document, &new);
    let after = text(&document);
    assert_eq!(values(&after, "RECURRENCE-ID"), ["20270311T150000Z"]);
    assert_eq!(
        values(&after, "RRULE"),
        ["FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20270401T150000Z"]
    );
    assert_eq!(values(&after, "DURATION"), ["PT1H", "PT1H"]);
}

#[test]
fn what_is_said_about_no_occurrence_goes_and_all_else_stays() {
    const MASTER: &str = "DTSTART;TZID=Europe/Prague:20270302T100000\nDURATION:PT1H\n\
        RRULE:FREQ=WEEKLY;UNTIL=20270330T080000Z\n\
        RDATE;TZID=Europe/Prague:20270305T090000\n";
    let one = "RECURRENCE-ID;TZID=Europe/Prague:20270330T100000\nDTSTART:20270331T100000Z";
    let dates = "EXDATE;TZID=Europe/Prague:20270309T100000,20270310T100000,\n 20270305T090000\n\
        exdate:20270316T090000Z\n\
        EXDATE:20270316T100000Z\n\
        EXDATE;VALUE=DATE:20270323\n\
        EXDATE:soon";
    let mut document = foreign_series(&format!("{MASTER}{dates}"), one);
    let before = text(&document);
    assert_eq!(document.remove_orphans(&prague()), Ok(vec![]));
    let expected = before
        .replace(
            "20270309T100000,20270310T100000,\r\n 2027",
            "20270309T100000,2027",
        )
        .replace("EXDATE:20270316T100000Z\r\n", "");
    assert_eq!(text(&document), expected);

    let stray = at("2027-04-06T10:00[Europe/Prague]");
    for (master, dropped) in [
        (MASTER.to_owned(), vec![stray]),
        (MASTER.replace("WEEKLY", "OFTEN"), vec![]),
        (MASTER.replace(";UNTIL=20270330T080000Z", ""), vec![]),
    ] {
        let mut document = foreign_series(master.trim_end(), &one.replace("0330T", "0406T"));
        let before = text(&document);
        assert_eq!(document.remove_orphans(&prague()).as_ref(), Ok(&dropped));
        assert_eq!(text(&document) == before, dropped.is_empty(), "{master}");
        let events = text(&document).matches("BEGIN:VEVENT").count();
        assert_eq!(events, 2 - dropped.len());
    }
}

#[test]
fn a_series_is_over_with_its_last_occurrence() {
    const ONE: &str = "RECURRENCE-ID:20270316T100000Z\nDTSTART:";
    const START: &str = "DTSTART:20270302T100000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY";
    for (more, one, last) in [
        (
            ";COUNT=3",
            "20270316T120000Z\nDURATION:PT2H",
            Some("2027-03-16T14:00:00Z"),
        ),
        (";COUNT=3", "20270301T120000Z", Some("2027-03-09T11:00:00Z")),
        (
            ";COUNT=3",
            "20270316T100000Z\nSTATUS:CANCELLED",
            Some("2027-03-09T11:00:00Z"),
        ),
        (
            ";UNTIL=20270323T100000Z\nEXDATE:20270323T100000Z",
            "20270316T100000Z",
            Some("2027-03-16T10:00:00Z"),
        ),
        (
            ";COUNT=3\nRDATE:20280101T100000Z",
            "20270316T100000Z",
            Some("2028-01-01T11:00:00Z"),
        ),
        (
            ";COUNT=1\nEXDATE:20270302T100000Z",
            "20270316T100000Z\nSTATUS:CANCELLED",
            Some("2027-03-02T11:00:00Z"),
        ),
        ("", "20270316T100000Z", None),
    ] {
        let document = foreign_series(&format!("{START}{more}"), &format!("{ONE}{one}"));
        let last: Option<Timestamp> = last.map(|last| last.parse().unwrap());
        assert_eq!(document.last_end(&prague()), last, "{more} {one}");
    }
}

#[test]
fn a_dropped_occurrence_can_be_cancelled_again() {
    let (mut document, original) = moved_occurrence();
    let stamp = "2026-11-24T00:00:00Z".parse().unwrap();
    document.drop_occurrence(&original, 2, stamp).unwrap();
    let mut cancelled = document
        .occurrence(&at("2027-03-23T10:00[Europe/Prague]"))
        .unwrap()
        .unwrap();
    cancelled.status = Status::Cancelled;
    revise(&mut document, &cancelled);
    let dropped = document.dropped_occurrences(&TimeZone::UTC);
    assert_eq!(
        dropped,
        [16, 23, 30].map(|day| at(&format!("2027-03-{day}T10:00[Europe/Prague]")))
    );
    for original in dropped {
        let sent = document.to_send(&Sending::Occurrence(&original), &prague());
        let sent = sent.unwrap();
        let expected = original.strftime("%Y%m%dT%H%M%S").to_string();
        assert_eq!(values(&sent, "METHOD"), ["CANCEL"]);
        assert_eq!(values(&sent, "RECURRENCE-ID"), [expected]);
        assert_eq!(values(&sent, "ATTENDEE").len(), 2);
    }
}

#[test]
fn an_occurrence_keeps_its_number_when_the_days_change() {
    for (rule, original, start, moved) in [
        // The first Tuesday becomes the second Thursday.
        (
            "FREQ=MONTHLY;BYDAY=1TU;COUNT=9",
            "0406",
            "2027-03-11",
            "0408",
        ),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=9", "0316", "2027-03-10", "0324"),
        ("FREQ=WEEKLY;COUNT=9", "0316", "2027-03-09", "0323"),
        (
            "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=9",
            "0316",
            "2027-03-04",
            "0316",
        ),
    ] {
        let start = at(&format!("{start}T15:00[UTC]"));
        let mut document = foreign_series(
            &format!("DTSTART:20270302T100000Z\nDURATION:PT1H\nRRULE:{rule}"),
            &format!(
                "RECURRENCE-ID:2027{original}T100000Z\nDTSTART:2027{original}T100000Z\nDURATION:PT1H"
            ),
        );
        let old = join(&document, "1");
        let new = Appointment {
            series: old.series.map(|series| series.shift(&old.start, &start)),
            end: start.checked_add(1.hour()).unwrap(),
            start,
            ..old
        };
        revise(&mut document, &new);
        let id = values(&text(&document), "RECURRENCE-ID");
        assert_eq!(id, [format!("2027{moved}T150000Z")], "{rule}");
        assert_eq!(document.remove_orphans(&prague()), Ok(vec![]), "{rule}");
    }
}

#[test]
fn days_that_are_left_out_stay_so_in_whatever_form_they_are_written() {
    // Lists of days, and times that stand for days.
    for (master, dates) in [
        (
            "DTSTART;TZID=Europe/Prague:20270302T100000\nDURATION:PT1H",
            "EXDATE;VALUE=DATE:20270309,20270316",
        ),
        (
            "DTSTART;VALUE=DATE:20270302",
            "EXDATE:20270309T000000Z\nEXDATE:20270316T000000Z",
        ),
    ] {
        let one = "RECURRENCE-ID:20270323T090000Z\nDTSTART:20270323T100000Z";
        let one = if master.contains("DATE:") {
            "RECURRENCE-ID;VALUE=DATE:20270323\nDTSTART;VALUE=DATE:20270324"
        } else {
            one
        };
        let mut document = foreign_series(
            &format!("{master}\nRRULE:FREQ=WEEKLY;COUNT=6\n{dates}"),
            one,
        );
        let before = text(&document);
        assert_eq!(document.remove_orphans(&prague()), Ok(vec![]), "{dates}");
        assert_eq!(text(&document), before);
        assert_eq!(
            document.occurrences(&prague(), Timestamp::MIN, 9).len(),
            4,
            "{dates}"
        );
    }
    // A week later: what was left out by number is left out still.
    let mut document = foreign_series(
        "DTSTART;TZID=Europe/Prague:20270302T100000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=6\n\
         EXDATE;VALUE=DATE:20270309\nEXDATE;VALUE=DATE:20270316",
        "RECURRENCE-ID:20270323T090000Z\nDTSTART:20270323T100000Z",
    );
    let joined = join(&document, "1234567");
    revise(&mut document, &joined);
    let mut moved = document.appointment(&prague()).unwrap().unwrap();
    let start = at("2027-03-09T10:00[Europe/Prague]");
    moved.series = moved
        .series
        .map(|series| series.shift(&moved.start, &start));
    moved.end = at("2027-03-09T11:00[Europe/Prague]");
    moved.start = start;
    moved.sequence += 1;
    revise(&mut document, &moved);
    let dropped: Vec<String> = document
        .dropped_occurrences(&prague())
        .iter()
        .map(|at| at.strftime("%m-%d %H:%M").to_string())
        .collect();
    assert_eq!(
        dropped,
        ["03-16 10:00", "03-23 10:00"],
        "{}",
        text(&document)
    );
}
