//! Rules read and written, and series that move.

use proptest::prelude::*;

use super::*;

#[test]
fn a_series_moves_with_its_start() {
    let zoned = |text: &str| -> Zoned { format!("{text}[Europe/Prague]").parse().unwrap() };
    for (rule, dropped, to, moved, drops) in [
        (
            "FREQ=WEEKLY;BYDAY=TU;COUNT=30",
            "2027-03-30",
            "2026-12-02",
            "FREQ=WEEKLY;BYDAY=WE;COUNT=30",
            "2027-03-31",
        ),
        (
            "FREQ=WEEKLY;BYDAY=TU,TH",
            "2027-03-30",
            "2026-12-03",
            "FREQ=WEEKLY;BYDAY=TU,TH",
            "2027-03-30",
        ),
        (
            "FREQ=WEEKLY;BYDAY=TU,TH",
            "2027-03-30",
            "2026-12-01",
            "FREQ=WEEKLY;BYDAY=TU,TH",
            "2027-03-30",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=1",
            "2027-03-01",
            "2026-12-15",
            "FREQ=MONTHLY;BYMONTHDAY=15",
            "2027-03-15",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-31",
            "2027-03-01",
            "2026-12-15",
            "FREQ=MONTHLY;BYMONTHDAY=-31",
            "2027-03-01",
        ),
        (
            "FREQ=MONTHLY;BYDAY=1TU",
            "2027-06-01",
            "2026-12-10",
            "FREQ=MONTHLY;BYDAY=2TH",
            "2027-06-10",
        ),
        (
            "FREQ=MONTHLY;BYDAY=1TU",
            "2027-04-06",
            "2026-12-10",
            "FREQ=MONTHLY;BYDAY=2TH",
            "2027-04-08",
        ),
        (
            "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=1",
            "2028-12-01",
            "2027-01-15",
            "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=15",
            "2029-01-15",
        ),
        (
            "FREQ=DAILY",
            "2027-03-30",
            "2026-12-02",
            "FREQ=DAILY",
            "2027-03-30",
        ),
    ] {
        let series = Series {
            rule: rule.into(),
            excluded: vec![zoned(&format!("{dropped}T09:00"))],
            ..Series::default()
        };
        let (old, new) = (zoned("2026-12-01T09:00"), zoned(&format!("{to}T10:00")));
        let series = series.shift(&old, &new);
        assert_eq!(series.rule, moved);
        assert_eq!(
            series.excluded,
            [zoned(&format!("{drops}T10:00"))],
            "{rule}"
        );
    }
}

#[test]
fn a_series_begins_on_the_first_day_that_has_its_time() {
    for (rule, begun) in [
        ("FREQ=DAILY", "2027-03-27T02:30:00+01:00[Europe/Prague]"),
        // On 28 March the clocks go from two to three.
        (
            "FREQ=WEEKLY;BYDAY=SU",
            "2027-04-04T02:30:00+02:00[Europe/Prague]",
        ),
        (
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
            "2044-02-29T02:30:00+01:00[Europe/Prague]",
        ),
    ] {
        let start: Zoned = "2027-03-27T02:30[Europe/Prague]".parse().unwrap();
        let found = rule.parse::<Rule>().unwrap().first(&start).unwrap();
        assert_eq!(found.to_string(), begun);
    }
}

#[test]
fn a_series_ends_with_its_last_occurrence() {
    let zoned = |text: &str| -> Zoned { format!("{text}[Europe/Prague]").parse().unwrap() };
    let (start, end) = (zoned("2027-03-02T10:00"), zoned("2027-03-02T11:00"));
    for (rule, excluded, last) in [
        ("FREQ=WEEKLY;COUNT=5", None, Some("2027-03-30T09:00:00Z")),
        (
            "FREQ=WEEKLY;COUNT=5",
            Some("2027-03-30T10:00"),
            Some("2027-03-23T10:00:00Z"),
        ),
        (
            "FREQ=WEEKLY;UNTIL=20270330T080000Z",
            None,
            Some("2027-03-30T09:00:00Z"),
        ),
        (
            "FREQ=WEEKLY;UNTIL=20270330T075959Z",
            None,
            Some("2027-03-23T10:00:00Z"),
        ),
        (
            "FREQ=DAILY;COUNT=1",
            Some("2027-03-02T10:00"),
            Some("2027-03-02T10:00:00Z"),
        ),
        ("FREQ=YEARLY", None, None),
        // Nobody can tell, so nothing may end before it does.
        ("nonsense", None, None),
    ] {
        let series = Series {
            rule: rule.into(),
            excluded: excluded.map(zoned).into_iter().collect(),
            ..Series::default()
        };
        let found = series.last_end(&start, &end);
        assert_eq!(found, last.map(|last| last.parse().unwrap()), "{rule}");
    }
}

proptest! {
    #[test]
    fn arbitrary_text_is_read_or_refused(text in "\\PC{0,60}|(FREQ|BYDAY|UNTIL|COUNT|=|;|,|-|[0-9]{1,9}|T|Z|MO|DAILY|MONTHLY){0,16}") {
        if let Ok(rule) = text.parse::<Rule>() {
            prop_assert_eq!(rule.to_string().parse::<Rule>(), Ok(rule));
        }
    }
}

#[test]
fn a_series_has_as_many_occurrences_after_a_move() {
    for (rule, old, new, moved) in [
        // To the second, as Exchange and Google have it.
        (
            "FREQ=WEEKLY;UNTIL=20261221T100000Z",
            "2026-11-30T10:00[UTC]",
            "2026-11-30T15:00[UTC]",
            "FREQ=WEEKLY;UNTIL=20261221T150000Z",
        ),
        (
            "FREQ=WEEKLY;BYDAY=MO;UNTIL=20261221T100000Z",
            "2026-11-30T10:00[UTC]",
            "2026-11-30T08:00[UTC]",
            "FREQ=WEEKLY;BYDAY=MO;UNTIL=20261221T080000Z",
        ),
        (
            "FREQ=WEEKLY;BYDAY=MO;UNTIL=20261221T100000Z",
            "2026-11-30T10:00[UTC]",
            "2026-12-01T15:00[Asia/Kathmandu]",
            "FREQ=WEEKLY;BYDAY=TU;UNTIL=20261222T091500Z",
        ),
        (
            "FREQ=DAILY;UNTIL=20270330T080000Z",
            "2027-03-22T10:00[Europe/Prague]",
            "2027-03-22T23:30[Europe/Prague]",
            "FREQ=DAILY;UNTIL=20270330T213000Z",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=31;UNTIL=20270331T090000Z",
            "2026-12-31T10:00[Europe/London]",
            "2027-01-01T10:00[Europe/London]",
            "FREQ=MONTHLY;BYMONTHDAY=1;UNTIL=20270301T100000Z",
        ),
        (
            "FREQ=MONTHLY;UNTIL=20270301T090000",
            "2026-12-01T09:00[Europe/Prague]",
            "2026-12-15T09:00[Europe/Prague]",
            "FREQ=MONTHLY;UNTIL=20270315T090000",
        ),
        // A whole day stays one.
        (
            "FREQ=WEEKLY;BYDAY=MO;UNTIL=20261221",
            "2026-11-30T10:00[Europe/Prague]",
            "2026-11-30T15:00[Europe/Prague]",
            "FREQ=WEEKLY;BYDAY=MO;UNTIL=20261221",
        ),
        (
            "FREQ=WEEKLY;BYDAY=MO;UNTIL=20261221T225959Z",
            "2026-11-30T10:00[Europe/Prague]",
            "2026-11-30T15:00[UTC]",
            "FREQ=WEEKLY;BYDAY=MO;UNTIL=20261221T235959Z",
        ),
        (
            "FREQ=WEEKLY;BYDAY=MO;UNTIL=20261221",
            "2026-11-30T10:00[Europe/Prague]",
            "2026-12-02T10:00[Europe/Prague]",
            "FREQ=WEEKLY;BYDAY=WE;UNTIL=20261223",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=1;UNTIL=20270331",
            "2026-12-01T09:00[Europe/Prague]",
            "2026-12-15T09:00[Europe/Prague]",
            "FREQ=MONTHLY;BYMONTHDAY=15;UNTIL=20270331",
        ),
        // Past its end.
        (
            "FREQ=WEEKLY;BYDAY=MO;UNTIL=20261221T100000Z",
            "2026-11-30T10:00[UTC]",
            "2027-01-04T10:00[UTC]",
            "FREQ=WEEKLY;BYDAY=MO;UNTIL=20270125T100000Z",
        ),
    ] {
        let series = Series {
            rule: rule.into(),
            excluded: vec![],
            ..Series::default()
        };
        let (old, new): (Zoned, Zoned) = (old.parse().unwrap(), new.parse().unwrap());
        let after = series.shift(&old, &new);
        assert_eq!(after.rule, moved, "{rule} to {new}");
        let count = |series: &Series, start| series.starts(start, 100).len();
        assert_eq!(count(&after, &new), count(&series, &old), "{rule} to {new}");
    }
}
