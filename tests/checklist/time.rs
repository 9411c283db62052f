//! Points 41 to 50: time.

use std::collections::BTreeSet;

use confctl::icalendar::Component;

use crate::checklist::specimens::{all, all_of, made, named, value};
use crate::desk::Desk;

#[test]
fn point_41_every_zone_that_is_used_is_declared_once_and_no_other() {
    let mut zones = 0;
    for one in all() {
        let names = one.lines();
        let used = names.iter().filter_map(|line| line.parameter("TZID"));
        let used: BTreeSet<&str> = used.collect();
        let declared = all_of(&one.calendar(), "VTIMEZONE");
        let declared: Vec<String> = declared.iter().map(|zone| value(zone, "TZID")).collect();
        assert_eq!(
            declared.iter().map(String::as_str).collect::<BTreeSet<_>>(),
            used,
            "{}",
            one.name
        );
        assert_eq!(declared.len(), used.len(), "{}", one.name);
        zones += used.len();
    }
    assert!(zones > 10, "{zones}");
}

fn observances(zone: &Component) -> Vec<Component> {
    zone.components().cloned().collect()
}

#[test]
fn point_42_a_change_of_the_clock_comes_yearly_on_one_day() {
    let mut rules = 0;
    for one in all() {
        for zone in all_of(&one.calendar(), "VTIMEZONE") {
            for observance in observances(&zone) {
                assert!(observance.all("RDATE").count() == 0, "{}", one.name);
                let found: Vec<String> = observance.all("RRULE").map(|rule| rule.value).collect();
                assert!(found.len() <= 1, "{}: {found:?}", one.name);
                rules += found.len();
                for rule in found {
                    let days: Vec<&str> = rule
                        .split(';')
                        .filter(|part| part.starts_with("BY"))
                        .collect();
                    assert!(rule.starts_with("FREQ=YEARLY;BYMONTH="), "{rule}");
                    assert!(days.len() == 2 && !days[1].contains(','), "{rule}");
                }
            }
        }
    }
    assert!(rules > 10, "{rules}");
}

#[test]
fn point_43_a_zone_without_summer_time_is_one_standard_without_a_rule() {
    let zones = all_of(&named("call in Kolkata").calendar(), "VTIMEZONE");
    let observances = observances(&zones[0]);
    assert_eq!(observances.len(), 1);
    assert_eq!(observances[0].name, "STANDARD");
    assert_eq!(observances[0].all("RRULE").count(), 0);
    assert_eq!(value(&observances[0], "TZOFFSETTO"), "+0530");
}

#[test]
fn point_46_times_that_do_not_exist_or_come_twice_are_told() {
    let desk = Desk::new();
    for (time, said, start) in [
        (
            "2027-03-28 02:30",
            "the clocks skip 02:30 that day",
            "20270328T033000",
        ),
        (
            "2027-10-31 02:30",
            "the clocks show 02:30 twice that day",
            "20271031T003000Z",
        ),
    ] {
        let words = ["schedule", "live-meeting", "-s", "x", "-t", time];
        let output = made(&desk, &[&words[..], &["--zone", "Europe/Prague"]].concat());
        let output = output.says(&format!("warning: {said}"));
        assert!(output.stdout.contains(&format!(":{start}\r\n")), "{output}");
    }
}

#[test]
fn point_47_names_that_windows_has_for_zones_are_taken_and_never_written() {
    let one = named("Windows zone");
    let event = &one.events()[0];
    let start = event.property("DTSTART").unwrap();
    assert_eq!(start.parameter("TZID"), Some("Europe/Berlin"));
    assert_eq!(start.value, "20270601T100000");
    assert!(!one.lines().iter().any(|line| {
        line.parameter("TZID")
            .is_some_and(|zone| zone.contains(' '))
    }));
}

#[test]
fn point_48_a_series_ends_at_an_instant_that_is_no_earlier_than_its_last_start() {
    let desk = Desk::new();
    for (number, (zone, end)) in [
        ("Europe/Prague", "UNTIL=20270430T215959Z"),
        ("America/New_York", "UNTIL=20270501T035959Z"),
        ("Australia/Lord_Howe", "UNTIL=20270430T132959Z"),
        ("UTC", "UNTIL=20270430T235959Z"),
    ]
    .into_iter()
    .enumerate()
    {
        let subject = format!("series {number}");
        let time = ["-t", "2027-03-05 23:30", "-d", "15m", "--zone", zone];
        let words = [
            "schedule",
            "live-meeting",
            "-s",
            &subject,
            "--repeat",
            "weekly",
        ];
        let words = [&words[..], &time, &["--until", "2027-04-30"]].concat();
        let text = made(&desk, &words).unfolded();
        let rule = text
            .lines()
            .find(|line| line.starts_with("RRULE:FREQ=WEEKLY"));
        let rule = rule.unwrap_or_else(|| panic!("{text}"));
        assert!(
            rule.ends_with(end) && !rule.contains("COUNT"),
            "{zone}: {rule}"
        );
    }
}

#[test]
fn point_48_a_series_has_one_end() {
    let desk = Desk::new();
    let words = [
        "schedule",
        "live-meeting",
        "-s",
        "x",
        "-t",
        "+2h",
        "--repeat",
        "daily",
    ];
    let both = [&words[..], &["--count", "3", "--until", "2027-04-30"]].concat();
    assert_eq!(desk.confctl(&both).run().stdout, "");
    let rule = ["--rrule", "FREQ=DAILY;COUNT=3;UNTIL=20270430T000000Z"];
    assert_eq!(
        desk.confctl(&[&words[..6], &rule].concat())
            .run()
            .code(2)
            .stdout,
        ""
    );
}

#[test]
fn point_49_what_was_dropped_is_excluded_in_the_form_of_the_start() {
    for name in ["series with exceptions", "cancelled series"] {
        let master = &named(name).events()[0];
        let [start, dropped] = ["DTSTART", "EXDATE"].map(|name| master.property(name).unwrap());
        assert_eq!(start.parameter("TZID"), dropped.parameter("TZID"), "{name}");
        assert_eq!(
            start.parameter("VALUE"),
            dropped.parameter("VALUE"),
            "{name}"
        );
        assert_eq!(dropped.value, "20270329T100000", "{name}");
        assert_eq!(start.value, "20270301T100000", "{name}");
    }
}
