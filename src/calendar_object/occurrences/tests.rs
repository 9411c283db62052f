//! Rules over changes of the clock, exceptions, and files that others wrote.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use jiff::tz::TimeZone;

use super::*;
use crate::calendar_object::CalendarObject;

fn prague() -> TimeZone {
    TimeZone::get("Europe/Prague").unwrap()
}

fn event(lines: &str) -> String {
    let lines = lines.replace('\n', "\r\n");
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn expand(text: &str, zone: &TimeZone, from: Timestamp, most: usize) -> Vec<Occurrence> {
    let document = CalendarObject::parse(text.as_bytes());
    document.map_or_else(
        |_| Vec::new(),
        |document| document.occurrences(zone, from, most),
    )
}

fn starts(text: &str, most: usize) -> Vec<String> {
    let found = expand(text, &prague(), Timestamp::MIN, most);
    found
        .iter()
        .map(|at| at.start.strftime("%F %R%:z").to_string())
        .collect()
}

#[test]
fn rules_keep_to_the_clock_on_the_wall() {
    for (zone, start, rule, expected) in [
        (
            "Europe/Prague",
            "20270314T100000",
            "FREQ=WEEKLY;COUNT=3",
            &[
                "2027-03-14 10:00+01:00",
                "2027-03-21 10:00+01:00",
                "2027-03-28 10:00+02:00",
            ][..],
        ),
        // Half past two does not come on 28 March 2027, and comes twice on 31 October.
        (
            "Europe/Prague",
            "20270327T023000",
            "FREQ=DAILY;COUNT=3",
            &[
                "2027-03-27 02:30+01:00",
                "2027-03-28 03:30+02:00",
                "2027-03-29 02:30+02:00",
            ],
        ),
        (
            "Europe/Prague",
            "20271030T023000",
            "FREQ=DAILY;UNTIL=20271031T003000Z",
            &["2027-10-30 02:30+02:00", "2027-10-31 02:30+02:00"],
        ),
        (
            "America/New_York",
            "20270131T233000",
            "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=2",
            &["2027-01-31 23:30-05:00", "2027-03-31 23:30-04:00"],
        ),
        (
            "Australia/Lord_Howe",
            "20270402T090000",
            "FREQ=WEEKLY;BYDAY=FR,SU,SU;COUNT=3",
            &[
                "2027-04-02 09:00+11:00",
                "2027-04-04 09:00+10:30",
                "2027-04-09 09:00+10:30",
            ],
        ),
        (
            "Asia/Kathmandu",
            "20270201T090000",
            "FREQ=MONTHLY;BYDAY=MO,-1FR;UNTIL=20270227",
            &[
                "2027-02-01 09:00+05:45",
                "2027-02-08 09:00+05:45",
                "2027-02-15 09:00+05:45",
                "2027-02-22 09:00+05:45",
                "2027-02-26 09:00+05:45",
            ],
        ),
        (
            "UTC",
            "20240229T120000",
            "FREQ=YEARLY;COUNT=2",
            &["2024-02-29 12:00+00:00", "2028-02-29 12:00+00:00"],
        ),
    ] {
        let text = event(&format!(
            "DTSTART;TZID={zone}:{start}\nDURATION:PT1H\nRRULE:{rule}"
        ));
        assert_eq!(starts(&text, 100), expected, "{rule}");
    }
}

const SERIES: &str = "\
DTSTART;TZID=Europe/Prague:20270302T100000
DTEND;TZID=Europe/Prague:20270302T113000
RRULE:FREQ=WEEKLY;UNTIL=20270330T080000Z
RDATE;TZID=Europe/Prague:20270303T100000,20270302T100000
EXDATE;TZID=Europe/Prague:20270309T100000
END:VEVENT
BEGIN:VEVENT
UID:1
RECURRENCE-ID;TZID=Europe/Prague:20270316T100000
DTSTART;TZID=Europe/Prague:20270301T150000
DTEND;TZID=Europe/Prague:20270301T154500
END:VEVENT
BEGIN:VEVENT
UID:1
RECURRENCE-ID:20270323T090000Z
DTSTART:20270323T090000Z
STATUS:CANCELLED";

#[test]
fn exceptions_are_out_and_changes_are_in() {
    let text = event(SERIES);
    assert_eq!(
        starts(&text, 100),
        [
            "2027-03-01 15:00+01:00",
            "2027-03-02 10:00+01:00",
            "2027-03-03 10:00+01:00",
            "2027-03-30 10:00+02:00",
        ]
    );
    let moved = &expand(&text, &prague(), Timestamp::MIN, 1)[0];
    assert_eq!(
        moved.original.to_string(),
        "2027-03-16T10:00:00+01:00[Europe/Prague]"
    );
    assert_eq!(
        moved.end.to_string(),
        "2027-03-01T15:45:00+01:00[Europe/Prague]"
    );
}

#[test]
fn only_what_is_not_over_is_given() {
    let text = event("DTSTART:20200101T230000Z\nDURATION:PT3H\nRRULE:FREQ=DAILY");
    for (from, first) in [
        ("2026-11-22T01:59:59Z", "2026-11-21 23:00+00:00"),
        ("2026-11-22T02:00:00Z", "2026-11-22 23:00+00:00"),
        ("2019-01-01T00:00:00Z", "2020-01-01 23:00+00:00"),
        ("2190-01-01T12:00:00Z", "2190-01-01 23:00+00:00"),
    ] {
        let found = expand(&text, &prague(), from.parse().unwrap(), 2);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].start.strftime("%F %R%:z").to_string(), first);
    }
}

#[test]
fn single_meetings_and_whole_days_have_their_time() {
    for (lines, start, end) in [
        (
            "DTSTART:20270302T090000Z\nDTEND:20270302T100000Z",
            "2027-03-02T09:00:00+00:00[UTC]",
            "2027-03-02T10:00:00+00:00[UTC]",
        ),
        (
            "DTSTART:20270302T090000\nDURATION:PT90M",
            "2027-03-02T09:00:00+01:00[Europe/Prague]",
            "2027-03-02T10:30:00+01:00[Europe/Prague]",
        ),
        (
            "DTSTART;VALUE=DATE:20270328",
            "2027-03-28T00:00:00+01:00[Europe/Prague]",
            "2027-03-29T00:00:00+02:00[Europe/Prague]",
        ),
        (
            "DTSTART;VALUE=DATE:20270327\nDTEND;VALUE=DATE:20270329",
            "2027-03-27T00:00:00+01:00[Europe/Prague]",
            "2027-03-29T00:00:00+02:00[Europe/Prague]",
        ),
        (
            "DTSTART;TZID=W. Europe Standard Time:20270302T090000\nDTEND:20260302T100000Z",
            "2027-03-02T09:00:00+01:00[Europe/Berlin]",
            "2027-03-02T09:00:00+01:00[Europe/Berlin]",
        ),
        (
            "DTSTART;TZID=/example.org/2026/America/Indiana/Knox:20270302T090000",
            "2027-03-02T09:00:00-06:00[America/Indiana/Knox]",
            "2027-03-02T09:00:00-06:00[America/Indiana/Knox]",
        ),
    ] {
        let found = expand(&event(lines), &prague(), Timestamp::MIN, 9);
        let times: Vec<_> = found
            .iter()
            .map(|at| (at.start.to_string(), at.end.to_string()))
            .collect();
        assert_eq!(times, [(start.to_owned(), end.to_owned())]);
    }
}

#[test]
fn a_zone_without_a_name_is_what_the_file_says() {
    const BLOCK: &str = "BEGIN:VTIMEZONE\r\nTZID:UTC+0530\r\nBEGIN:STANDARD\r\n\
        DTSTART:16010101T000000\r\nTZOFFSETTO:+0530\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
    let text = event("DTSTART;TZID=UTC+0530:20270302T090000\nRRULE:FREQ=WEEKLY;COUNT=2");
    let text = text.replace("BEGIN:VEVENT", &format!("{BLOCK}BEGIN:VEVENT"));
    assert_eq!(
        starts(&text, 9),
        ["2027-03-02 09:00+05:30", "2027-03-09 09:00+05:30"]
    );
}

#[test]
fn what_can_not_be_read_is_left_out() {
    for lines in [
        "",
        "DTSTART:soon",
        "DTSTART;VALUE=DATE:2027",
        "RRULE:FREQ=DAILY",
    ] {
        assert_eq!(starts(&event(lines), 9), [""; 0]);
    }
    let text = event("DTSTART:20270302T090000Z\nRRULE:FREQ=OFTEN\nEXDATE:never,20270303T090000Z");
    assert_eq!(starts(&text, 9), ["2027-03-02 09:00+00:00"]);
}

/// `0,1,2`
fn all(most: u8) -> String {
    (0..most)
        .map(|n| n.to_string())
        .collect::<Vec<_>>()
        .join(",")
}

#[test]
fn hostile_rules_take_no_longer_than_a_blink() {
    let many = "20270302T090000Z,".repeat(50_000);
    for rule in [
        "FREQ=DAILY",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
        "FREQ=YEARLY;INTERVAL=65535",
        "FREQ=WEEKLY;INTERVAL=65535;BYDAY=MO,TU,WE,TH,FR,SA,SU;COUNT=65535",
        "FREQ=MONTHLY;INTERVAL=65535;BYDAY=5MO,-5SU",
        "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23;BYMINUTE=0,1,2,3,4,5,6,7,8,9;BYSECOND=0,1,2,3,60",
        "FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU;BYMONTH=6",
        "FREQ=YEARLY;BYYEARDAY=366,-366;BYSETPOS=-366,366",
        "FREQ=YEARLY;BYDAY=53MO,-53MO,MO",
        &format!("FREQ=DAILY;UNTIL=99991231\nRDATE:{many}\nEXDATE:{many}"),
        &format!(
            "FREQ=MINUTELY;COUNT=20000\nEXDATE;VALUE=DATE:{}",
            "20270302,".repeat(20_000)
        ),
        &format!("FREQ=DAILY{}", "\nRRULE:FREQ=MINUTELY".repeat(20_000)),
        &format!(
            "FREQ=DAILY;BYHOUR={0};BYMINUTE={0};BYSECOND={0}",
            "0,".repeat(300) + "0"
        ),
        &format!(
            "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR={};BYMINUTE={};BYSETPOS=1",
            all(24),
            all(60)
        ),
        &format!("FREQ=SECONDLY;BYMINUTE={};COUNT=65535", all(60)),
    ] {
        for start in ["00010101T000000", "20270302T090000", "99991230T235959"] {
            let text = event(&format!("DTSTART:{start}\nRRULE:{rule}"));
            let begun = Instant::now();
            let found = expand(
                &text,
                &prague(),
                "2026-11-22T00:00:00Z".parse().unwrap(),
                usize::MAX,
            );
            assert!(found.len() <= MOST);
            // As a diary does with every file.
            if let Ok(document) = CalendarObject::parse(text.as_bytes()) {
                let series = document
                    .outline(&prague())
                    .ok()
                    .and_then(|outline| outline.series);
                assert!(series.is_none_or(|series| series.excluded.len() <= 60_000));
            }
            // Without optimisation, on a busy machine.
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "{rule:.60} {start} {:?}",
                begun.elapsed()
            );
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_events_never_panic(
        start in "(;TZID=[a-z/]{0,4}|;VALUE=DATE)?:2027030[1-9](T[01][0-9]0000Z?)?",
        lines in prop::collection::vec((
            "DTEND|DURATION|RRULE|RDATE|EXDATE|RECURRENCE-ID|STATUS",
            "(;TZID=[a-z/]{0,4}|;VALUE=DATE)?",
            "-?P(T?[0-9]{1,9}[DWHM])?|[0-9]{4}030[1-9]T1[0-9]0000Z?|CANCELLED\
             |FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;INTERVAL=[1-9]|;COUNT=[1-9]|;BYDAY=-?[1-5]?(MO|SU)|;BYSETPOS=-?[1-3]){0,3}",
        ), 0..8)
    ) {
        let lines: Vec<String> = lines.into_iter().map(|(name, parameter, value)| format!("{name}{parameter}:{value}")).collect();
        let text = event(&format!("DTSTART{start}\n{}", lines.join("\n")));
        let found = expand(&text, &TimeZone::UTC, Timestamp::MIN, 50);
        prop_assert!(found.iter().all(|at| at.start <= at.end));
        prop_assert!(found.is_sorted_by_key(|at| at.start.timestamp()));
    }
}

#[test]
fn a_dense_or_long_series_is_over_no_earlier_than_it_says() {
    for (rule, last) in [
        (
            "FREQ=MINUTELY;UNTIL=20280302T090000Z",
            Some("2028-03-02T10:00:00Z"),
        ),
        (
            "FREQ=DAILY;UNTIL=22270302T090000Z",
            Some("2227-03-02T10:00:00Z"),
        ),
        ("FREQ=YEARLY;COUNT=150", None),
        ("FREQ=WEEKLY;BYMONTHDAY=7", None),
        ("FREQ=WEEKLY;COUNT=2", Some("2027-03-09T10:00:00Z")),
    ] {
        let text = event(&format!(
            "DTSTART:20270302T090000Z\nDURATION:PT1H\nRRULE:{rule}"
        ));
        let document = CalendarObject::parse(text.as_bytes()).unwrap();
        let last = last.map(|at| at.parse::<Timestamp>().unwrap());
        assert_eq!(document.last_end(&prague()), last, "{rule}");
        let outline = document.outline(&prague()).unwrap();
        let of_series = outline
            .series
            .unwrap()
            .last_end(&outline.start, &outline.end);
        assert_eq!(of_series, last, "{rule}");
    }
}
