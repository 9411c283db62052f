//! Series: all of it, one occurrence, one less.

use super::*;

#[test]
fn dates_of_a_series_move_along_with_its_start() {
    let mut document = specimen("thunderbird");
    let new = joined(&document, "1");
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

    let mut document = Document::new(&weekly(), None).unwrap();
    let earlier = Appointment {
        start: at("2027-03-09T08:00[Asia/Kathmandu]"),
        end: at("2027-03-09T09:00[Asia/Kathmandu]"),
        ..weekly()
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
    let mut document = Document::new(&appointment(), None).unwrap();
    revise(&mut document, &weekly());
    let series = document.appointment(&here()).unwrap().unwrap().series;
    assert_eq!(series, weekly().series);
    let mut back = weekly();
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

fn moved_occurrence() -> (Document, Zoned) {
    let mut document = Document::new(&weekly(), None).unwrap();
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
    let before = text(&Document::new(&weekly(), None).unwrap());
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
        ..document.appointment(&here()).unwrap().unwrap()
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
        .to_send(&Sending::Occurrence(&original), &here())
        .unwrap();
    assert_eq!(values(&sent, "METHOD"), ["CANCEL"]);
    assert_eq!(values(&sent, "STATUS"), ["CANCELLED"]);
    assert_eq!(values(&sent, "SEQUENCE"), ["2"]);
    assert_eq!(values(&sent, "RECURRENCE-ID"), ["20270330T100000"]);
    assert_eq!(sent.matches("BEGIN:VEVENT").count(), 1);
    assert!(!sent.contains("VALARM"));
}
