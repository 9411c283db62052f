//! Rules read and written, and the dates that they give.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;

#[test]
fn the_rules_of_rfc_5545_are_read_and_written() {
    for (typed, written) in [
        ("rrule:freq=daily;count=10", "FREQ=DAILY;COUNT=10"),
        (
            "FREQ=DAILY;UNTIL=19971224T000000Z",
            "FREQ=DAILY;UNTIL=19971224T000000Z",
        ),
        (
            "INTERVAL=2;FREQ=WEEKLY;WKST=SU",
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=1;UNTIL=19971224;BYDAY=MO,WE,FR",
            "FREQ=WEEKLY;BYDAY=MO,WE,FR;UNTIL=19971224",
        ),
        (
            "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15,-1",
            "FREQ=MONTHLY;BYMONTHDAY=2,15,-1;COUNT=10",
        ),
        (
            "FREQ=MONTHLY;BYDAY=+1SU,-1SU",
            "FREQ=MONTHLY;BYDAY=1SU,-1SU",
        ),
        (
            "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
            "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        ),
        (
            "FREQ=YEARLY;BYYEARDAY=1,100,-200;INTERVAL=3",
            "FREQ=YEARLY;INTERVAL=3;BYYEARDAY=1,100,-200",
        ),
        (
            "FREQ=DAILY;BYHOUR=9,10;BYMINUTE=0,20,40",
            "FREQ=DAILY;BYHOUR=9,10;BYMINUTE=0,20,40",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;UNTIL=19980101T090000",
            "FREQ=MONTHLY;BYSETPOS=-2;BYDAY=MO,TU,WE,TH,FR;UNTIL=19980101T090000",
        ),
    ] {
        let rule: Rule = typed.parse().unwrap();
        assert_eq!(rule.to_string(), written);
        assert_eq!(written.parse(), Ok(rule));
    }
}

#[test]
fn other_rules_are_refused_with_their_fault() {
    for (rule, fault) in [
        ("", "must say how often"),
        ("COUNT=3", "must say how often"),
        ("FREQ=OFTEN", "FREQ=OFTEN is wrong: expected DAILY, WEEKLY"),
        ("FREQ=MINUTES;COUNT=2", "FREQ=MINUTES is wrong"),
        ("FREQ=DAILY;", "'' is no part"),
        ("FREQ=DAILY;X-SKIP=1", "'X-SKIP=1' is no part of a rule"),
        (
            "RSCALE=HEBREW;FREQ=DAILY",
            "RSCALE=HEBREW is wrong: expected GREGORIAN",
        ),
        ("FREQ=DAILY;SKIP=OMIT", "SKIP does not go with"),
        ("FREQ=DAILY;COUNT", "'COUNT' is no part"),
        ("FREQ=DAILY;FREQ=WEEKLY", "FREQ is there twice"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=1;BYMONTHDAY=2",
            "BYMONTHDAY is there twice",
        ),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "COUNT and UNTIL"),
        (
            "FREQ=DAILY;COUNT=0",
            "COUNT=0 is wrong: expected a number from 1",
        ),
        ("FREQ=DAILY;INTERVAL=65536", "INTERVAL=65536 is wrong"),
        ("FREQ=DAILY;INTERVAL=+2", "INTERVAL=+2 is wrong"),
        (
            "FREQ=DAILY;UNTIL=20270229",
            "UNTIL=20270229 is wrong: expected 20261218 or",
        ),
        ("FREQ=DAILY;UNTIL=20270101T090000ZZ", "UNTIL="),
        ("FREQ=DAILY;UNTIL=20270101T", "UNTIL="),
        (
            "FREQ=WEEKLY;BYDAY=1MO",
            "BYDAY with numbers does not go with this FREQ",
        ),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY=0MO is wrong"),
        ("FREQ=MONTHLY;BYDAY=MÖ", "BYDAY=MÖ is wrong"),
        ("FREQ=MONTHLY;BYDAY=", "BYDAY= is wrong"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=0",
            "expected numbers from 1 to 31, or from the end -1 to -31",
        ),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY=32 is wrong"),
        ("FREQ=YEARLY;BYMONTH=13", "expected numbers from 1 to 12"),
        ("FREQ=DAILY;BYHOUR=24", "expected numbers from 0 to 23"),
        (
            "FREQ=WEEKLY;BYMONTHDAY=1",
            "BYMONTHDAY does not go with FREQ=WEEKLY",
        ),
        (
            "FREQ=MONTHLY;BYYEARDAY=1",
            "BYYEARDAY does not go with this FREQ",
        ),
        (
            "FREQ=MONTHLY;BYWEEKNO=1",
            "BYWEEKNO does not go with this FREQ",
        ),
        (
            "FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO",
            "BYDAY with numbers does not go with BYWEEKNO",
        ),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS does not go with"),
        ("FREQ=DAILY;WKST=X", "WKST=X is wrong"),
        (&"FREQ=DAILY;".repeat(1000), "no longer than"),
    ] {
        let error = Rule::parse_typed(rule).unwrap_err().to_string();
        assert!(error.contains(fault), "{rule:.60}: {error}");
    }
}

#[test]
fn a_date_at_the_end_is_over_when_its_day_is_over_in_the_zone() {
    for (rule, zone, written) in [
        (
            "FREQ=DAILY;UNTIL=20261218",
            "Europe/Prague",
            "FREQ=DAILY;UNTIL=20261218T225959Z",
        ),
        (
            "FREQ=DAILY;UNTIL=20261218",
            "UTC",
            "FREQ=DAILY;UNTIL=20261218T235959Z",
        ),
        (
            "FREQ=DAILY;UNTIL=20261218T100000",
            "Asia/Kathmandu",
            "FREQ=DAILY;UNTIL=20261218T041500Z",
        ),
        (
            "FREQ=DAILY;UNTIL=20261218T100000Z",
            "Asia/Kathmandu",
            "FREQ=DAILY;UNTIL=20261218T100000Z",
        ),
        (
            "FREQ=DAILY;UNTIL=99991231",
            "America/New_York",
            "FREQ=DAILY;UNTIL=99991230T220000Z",
        ),
        ("FREQ=DAILY;COUNT=3", "UTC", "FREQ=DAILY;COUNT=3"),
    ] {
        let zone = TimeZone::get(zone).unwrap();
        let rule: Rule = rule.parse().unwrap();
        assert_eq!(rule.in_zone(&zone).to_string(), written);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_rule_gives_dates_in_order_from_the_start_on(
        text in "FREQ=(SECONDLY|MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY)(;INTERVAL=[1-9]{1,4})?(;COUNT=[1-9])?\
            (;BYMONTH=[1-9])?(;BYMONTHDAY=-?(1|29|31))?(;BYDAY=(MO|-1SU|2TU|WE,FR))?(;BYHOUR=9,23)?(;BYSETPOS=(1|-1|2))?",
        start in 0_i64..4_000_000_000, later in 0_i64..4_000_000_000,
    ) {
        let start = Timestamp::from_second(start).unwrap().to_zoned(TimeZone::UTC);
        let Ok((rule, _)) = Rule::read(&text, &start, false) else {
            return Ok(());
        };
        let all: Vec<DateTime> = Dates::of(&rule, start.datetime(), start.datetime(), years_after(start.datetime())).take(40).collect();
        prop_assert!(all.is_sorted());
        prop_assert!(all.first().is_none_or(|first| *first >= start.datetime()));
        // Whoever looks later sees the same.
        let from = TimeZone::UTC.to_datetime(start.timestamp() + jiff::SignedDuration::from_secs(later));
        let seen = Dates::of(&rule, start.datetime(), from, years_after(from)).take_while(|at| all.last().is_some_and(|last| at <= last));
        let seen: Vec<DateTime> = seen.filter(|at| *at >= from).collect();
        let expected: Vec<DateTime> = all.into_iter().filter(|at| *at >= from).collect();
        prop_assert_eq!(seen, expected);
    }
}

/// Starts, rules and their first dates: those of RFC 5545 3.8.5.3, and some more, as python-dateutil 2.9
/// gives them.
const VECTORS: &str = include_str!("vectors.txt");

fn clock(text: &str) -> DateTime {
    let (day, time) = crate::icalendar::local_time(text).unwrap();
    day.to_datetime(time.unwrap_or_default())
}

fn utc(text: &str) -> Zoned {
    clock(text).to_zoned(TimeZone::UTC).unwrap()
}

fn given(start: &str, rule: &str, most: usize) -> Vec<String> {
    let start = utc(start);
    let (rule, _) = Rule::read(rule, &start, false).unwrap();
    let recurrence = Recurrence::of(&rule, &start);
    let first = rule.first(&start).unwrap();
    let starts = recurrence.starts(Timestamp::MIN, |at| *at >= first, most);
    let text = |at: &Zoned| at.strftime("%Y%m%dT%H%M%S").to_string();
    starts.iter().map(text).collect()
}

#[test]
fn rules_give_the_dates_of_published_vectors() {
    let mut count = 0;
    for line in VECTORS.lines() {
        let (start, rest) = line.split_once(' ').unwrap();
        let (rule, dates) = rest.split_once(' ').unwrap();
        let dates: Vec<&str> = dates.split(' ').collect();
        let most = match dates.len() {
            12 => 12,
            _ => 100,
        };
        assert_eq!(given(start, rule, most), dates, "{start} {rule}");
        count += 1;
    }
    assert_eq!(count, 50);
}

#[test]
fn days_that_a_month_does_not_have_are_where_rfc_7529_says() {
    for (start, rule, dates) in [
        (
            "20140131T100000",
            "RSCALE=GREGORIAN;FREQ=MONTHLY;COUNT=4",
            ["20140131", "20140331", "20140531", "20140731"],
        ),
        (
            "20140131T100000",
            "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD;COUNT=4",
            ["20140131", "20140228", "20140331", "20140430"],
        ),
        (
            "20140131T100000",
            "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD;COUNT=4",
            ["20140131", "20140301", "20140331", "20140501"],
        ),
        (
            "20160229T100000",
            "SKIP=FORWARD;FREQ=YEARLY;RSCALE=GREGORIAN;COUNT=4",
            ["20160229", "20170301", "20180301", "20190301"],
        ),
        (
            "20160229T100000",
            "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=OMIT;COUNT=4",
            ["20160229", "20200229", "20240229", "20280229"],
        ),
        (
            "20160229T100000",
            "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=BACKWARD;COUNT=4",
            ["20160229", "20170228", "20180228", "20190228"],
        ),
    ] {
        let dates = dates.map(|day| format!("{day}T100000"));
        assert_eq!(given(start, rule, 9), dates, "{rule}");
    }
}

#[test]
fn rules_of_other_programs_are_read_as_they_are_meant_and_it_is_said() {
    for (text, meant, notes) in [
        (
            "FREQ=WEEKLY;BYDAY=MO;COUNT=3;",
            "FREQ=WEEKLY;BYDAY=MO;COUNT=3",
            0,
        ),
        (
            ";;freq=weekly; byday=MO, WE,;COUNT=4",
            "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4",
            0,
        ),
        ("RSCALE=GREGORIAN;FREQ=DAILY;SKIP=OMIT", "FREQ=DAILY", 0),
        (
            "FREQ=HOURLY;INTERVAL=2;COUNT=4",
            "FREQ=HOURLY;INTERVAL=2;COUNT=4",
            0,
        ),
        ("FREQ=WEEKLY;UNTIL=99991231T235959Z", "FREQ=WEEKLY", 0),
        ("FREQ=WEEKLY;UNTIL=99991231", "FREQ=WEEKLY", 0),
        (
            "FREQ=WEEKLY;COUNT=5;UNTIL=20261221T090000Z",
            "FREQ=WEEKLY;UNTIL=20261221T090000Z",
            1,
        ),
        (
            "FREQ=WEEKLY;COUNT=2;UNTIL=20261221T090000Z",
            "FREQ=WEEKLY;COUNT=2",
            1,
        ),
        (
            "FREQ=WEEKLY;COUNT=3;UNTIL=20261221T090000Z",
            "FREQ=WEEKLY;UNTIL=20261221T090000Z",
            1,
        ),
        (
            "FREQ=DAILY;UNTIL=20261211",
            "FREQ=DAILY;UNTIL=20261211T000000",
            1,
        ),
        (
            "FREQ=DAILY;UNTIL=2026-12-21T09:00:00Z",
            "FREQ=DAILY;UNTIL=20261221T090000Z",
            1,
        ),
        (
            "FREQ=DAILY;UNTIL=20261221T0900Z",
            "FREQ=DAILY;UNTIL=20261221T090000Z",
            1,
        ),
        (
            "FREQ=DAILY;UNTIL=20261221T100000+0100",
            "FREQ=DAILY;UNTIL=20261221T090000Z",
            1,
        ),
        ("FREQ=DAILY;INTERVAL=0", "FREQ=DAILY", 1),
        ("FREQ=WEEKLY;BYDAY=1MO,2TU", "FREQ=WEEKLY;BYDAY=MO,TU", 1),
        ("FREQ=WEEKLY;X-GNOME=1;COUNT=2", "FREQ=WEEKLY;COUNT=2", 1),
        ("FREQ=WEEKLY;BYMONTHDAY=7", "FREQ=WEEKLY;BYMONTHDAY=7", 1),
    ] {
        let (rule, told) = Rule::read(text, &utc("20261207T090000"), false).unwrap();
        assert_eq!(rule.to_string(), meant, "{text}");
        assert_eq!(told.len(), notes, "{text}: {told:?}");
    }
    let prague: Zoned = "2026-12-07T10:00[Europe/Prague]".parse().unwrap();
    for (until, meant, notes) in [
        ("20261228T090000", "20261228T090000Z", 1),
        ("20261228T100000", "20261228T100000", 0),
        ("20261228T080000", "20261228T080000", 0),
    ] {
        let (rule, told) =
            Rule::read(&format!("FREQ=WEEKLY;UNTIL={until}"), &prague, false).unwrap();
        assert_eq!(rule.to_string(), format!("FREQ=WEEKLY;UNTIL={meant}"));
        assert_eq!(told.len(), notes, "{told:?}");
    }
    let whole_day = |text: &str| Rule::read(text, &utc("20261207T000000"), true).unwrap();
    assert_eq!(
        whole_day("FREQ=DAILY;UNTIL=20261210T000000Z").0.to_string(),
        "FREQ=DAILY;UNTIL=20261210"
    );
    assert_eq!(
        whole_day("FREQ=DAILY;UNTIL=20261210T235959").0.to_string(),
        "FREQ=DAILY;UNTIL=20261210"
    );
    for text in [
        "",
        ";",
        "BYDAY=MO",
        "FREQ=OFTEN",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;BYEASTER=0",
        "FREQ=DAILY;UNTIL=soon",
        "RSCALE=CHINESE;FREQ=YEARLY",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=MONTHLY;BYDAY=XX",
        "FREQ=YEARLY;BYMONTH=5L",
        "DAILY",
    ] {
        assert!(
            Rule::read(text, &utc("20261207T090000"), false).is_err(),
            "{text}"
        );
    }
}
