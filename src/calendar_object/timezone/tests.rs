//! The blocks, read by a second and simpler evaluator than the one that chose them.

use jiff::ToSpan;
use jiff::tz::db;

use super::*;
use crate::icalendar::{self, ContentLine};

/// An independent reading of VTIMEZONE: onsets as (moment, offset in seconds).
fn onsets(block: &str, last_year: i16) -> Vec<(i64, i64)> {
    let lines: Vec<ContentLine> = icalendar::lines(block).map(Result::unwrap).collect();
    let parts = lines
        .split(|line| line.name == "END")
        .filter(|part| part.len() > 3);
    parts
        .flat_map(|part| observance_onsets(part, last_year))
        .collect()
}

fn observance_onsets(part: &[ContentLine], last_year: i16) -> Vec<(i64, i64)> {
    let value = |name: &str| {
        part.iter()
            .find(|line| line.name == name)
            .map(|line| line.value.as_str())
    };
    let seconds = |name| offset_seconds(value(name).unwrap());
    let first = DateTime::strptime("%Y%m%dT%H%M%S", value("DTSTART").unwrap()).unwrap();
    let mut onsets = vec![first];
    if let Some(rule) = value("RRULE") {
        let dates = dates(rule, first.year(), last_year)
            .into_iter()
            .map(|date| date.to_datetime(first.time()));
        onsets = dates.filter(|onset| *onset >= first).collect();
        assert_eq!(
            onsets.first(),
            Some(&first),
            "DTSTART must be an instance of its own rule"
        );
    }
    let utc = |local: DateTime| Offset::UTC.to_timestamp(local).unwrap().as_second();
    onsets
        .into_iter()
        .map(|local| (utc(local) - seconds("TZOFFSETFROM"), seconds("TZOFFSETTO")))
        .collect()
}

fn dates(rule: &str, first_year: i16, last_year: i16) -> Vec<Date> {
    let part = |name: &str| rule.split(';').find_map(|part| part.strip_prefix(name));
    assert_eq!(part("FREQ="), Some("YEARLY"));
    assert!(
        part("BYDAY=").is_some() != part("BYMONTHDAY=").is_some(),
        "{rule}"
    );
    let month: i8 = part("BYMONTH=").unwrap().parse().unwrap();
    let in_month = |year| {
        date(year, month, 1)
            .series(1.day())
            .take_while(move |day| day.month() == month)
    };
    let days = (first_year..=last_year).flat_map(in_month);
    days.filter(|day| match part("BYMONTHDAY=") {
        Some(number) => day.day().to_string() == number,
        None => names_of(*day).contains(&part("BYDAY=").unwrap().to_owned()),
    })
    .collect()
}

/// `2SU`, and `-1SU` where it is the last.
fn names_of(day: Date) -> [String; 2] {
    let name = day.strftime("%a").to_string().to_uppercase();
    let from_start = (day.day() + 6) / 7;
    let from_end = (day.days_in_month() - day.day()) / 7 + 1;
    [
        format!("{from_start}{}", &name[..2]),
        format!("-{from_end}{}", &name[..2]),
    ]
}

fn offset_seconds(text: &str) -> i64 {
    let number = |range: std::ops::Range<usize>| {
        text.get(range)
            .map_or(0, |digits| digits.parse().unwrap_or(0))
    };
    let seconds: i64 = number(1..3) * 3600 + number(3..5) * 60 + number(5..7);
    if text.starts_with('-') {
        -seconds
    } else {
        seconds
    }
}

fn check(start: &Zoned, hours: i64) -> String {
    let end = start.checked_add(hours.hours()).unwrap();
    let zone = start.time_zone();
    let block = timezone(zone.iana_name().unwrap(), start, end.timestamp()).to_string();
    let onsets = onsets(&block, end.year() + 1);
    for minute in (0..=hours * 60).step_by(15) {
        let at = start.timestamp() + minute.minutes();
        let (_, offset) = onsets
            .iter()
            .filter(|(onset, _)| *onset <= at.as_second())
            .max()
            .unwrap();
        assert_eq!(
            *offset,
            i64::from(zone.to_offset(at).seconds()),
            "{start} {at}\n{block}"
        );
    }
    block
}

/// Days across two years, and what is around each change of the clock.
fn starts(zone: &TimeZone) -> Vec<Zoned> {
    let first = date(2026, 11, 22)
        .at(9, 0, 0, 0)
        .to_zoned(zone.clone())
        .unwrap();
    let last = &first + 2.years();
    let mut starts: Vec<Zoned> = (0..8).map(|n| &first + (n * 91).days()).collect();
    let changes = zone
        .following(first.timestamp())
        .take_while(|change| change.timestamp() < last.timestamp());
    for change in changes.take(10) {
        let hours = [-24 * 8, -24, -2, -1, 0, 1, 24, 24 * 8];
        let around = hours.map(|hours| change.timestamp() + hours.hours());
        starts.extend(around.map(|at| at.to_zoned(zone.clone())));
        starts.push((change.timestamp() - 1.second()).to_zoned(zone.clone()));
    }
    starts
}

#[test]
fn every_zone_is_right_at_every_event_of_two_years_and_in_the_shape_of_outlook() {
    let names: Vec<String> = db()
        .available()
        .map(|name| name.as_str().to_owned())
        .collect();
    assert!(names.len() > 500);
    for zone in names.iter().filter_map(|name| TimeZone::get(name).ok()) {
        for start in starts(&zone) {
            let block = check(&start, 3);
            let count = |line: &str| block.matches(line).count();
            assert_eq!(count("BEGIN:STANDARD"), 1, "{start}\n{block}");
            assert!(
                count("BEGIN:DAYLIGHT") <= 1 && count("RDATE") == 0,
                "{start}\n{block}"
            );
            assert_eq!(
                count("RRULE"),
                2 * count("BEGIN:DAYLIGHT"),
                "{start}\n{block}"
            );
        }
    }
}

#[test]
fn every_zone_is_right_through_a_series_of_six_years() {
    let first = date(2026, 11, 22).at(9, 0, 0, 0);
    for name in db().available() {
        let zone = TimeZone::get(name.as_str()).unwrap();
        let start = first.to_zoned(zone.clone()).unwrap();
        let block = timezone(name.as_str(), &start, Timestamp::MAX).to_string();
        let onsets = onsets(&block, 2033);
        let last = horizon(start.timestamp());
        let changes = zone
            .following(start.timestamp())
            .map(|change| change.timestamp());
        let changes = changes.take_while(|at| *at < last).take(60);
        let around = changes.flat_map(|at| [second_before(at), at]);
        for at in around.chain([start.timestamp(), last]) {
            let seconds = at.as_second();
            let known = onsets.iter().filter(|(onset, _)| *onset <= seconds);
            let (_, offset) = known.max().unwrap();
            let expected = i64::from(zone.to_offset(at).seconds());
            assert_eq!(*offset, expected, "{} {at}\n{block}", name.as_str());
        }
    }
}

#[test]
fn a_day_is_the_last_of_its_name_in_the_last_seven_days_of_the_month() {
    let rules = |day| {
        MonthDay::ways_of(date(2026, 10, day))
            .into_iter()
            .map(MonthDay::rule)
            .collect::<Vec<_>>()
    };
    assert_eq!(rules(24), ["BYDAY=4SA", "BYMONTHDAY=24"]);
    assert_eq!(rules(25), ["BYDAY=4SU", "BYDAY=-1SU", "BYMONTHDAY=25"]);
    assert_eq!(rules(31), ["BYDAY=-1SA", "BYMONTHDAY=31"]);
}

#[test]
fn zones_with_a_will_of_their_own() {
    let mut blocks = String::new();
    for start in [
        "2027-06-01T10:00[Europe/Prague]",
        "2026-06-01T10:00[Europe/Berlin]",
        "2027-06-01T10:00[Europe/Dublin]",
        "2027-06-01T10:00[America/New_York]",
        "2027-06-01T10:00[Asia/Kolkata]",
        "2027-02-10T10:00[Africa/Casablanca]",
        "2027-06-01T10:00[Africa/Casablanca]",
        "2027-06-01T10:00[Asia/Jerusalem]",
        "2027-06-01T10:00[Africa/Cairo]",
        "2027-06-01T10:00[America/Santiago]",
        "2027-06-01T10:00[America/Nuuk]",
        "2027-06-01T10:00[Australia/Lord_Howe]",
        "2022-12-01T10:00[America/Mexico_City]",
    ] {
        blocks += &check(&start.parse().unwrap(), 1);
    }
    insta::assert_snapshot!(blocks.replace('\r', ""));
}

#[test]
fn the_ends_of_time_are_no_trouble() {
    for at in [Timestamp::MIN, Timestamp::MAX] {
        for zone in ["Europe/Prague", "America/Santiago", "UTC"] {
            let start = at.to_zoned(TimeZone::get(zone).unwrap());
            assert!(
                timezone(zone, &start, Timestamp::MAX)
                    .to_string()
                    .contains("BEGIN:STANDARD")
            );
        }
    }
}
