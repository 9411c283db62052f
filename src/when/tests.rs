//! What people type.

use proptest::prelude::*;

use super::*;

/// A Sunday.
fn now() -> Zoned {
    "2026-11-22T09:15:30[Europe/Prague]".parse().unwrap()
}

fn at(text: &str) -> String {
    match parse(text, &now()) {
        Ok(when) => when.at.strftime("%a %Y-%m-%d %H:%M:%S %:z %Q").to_string(),
        Err(error) => error.to_string(),
    }
}

fn error_of(text: &str) -> WhenError {
    parse(text, &now()).unwrap_err()
}

#[test]
fn every_documented_form_is_read() {
    for (text, expected) in [
        ("2026-12-01 10:00", "Tue 2026-12-01 10:00:00 +01:00"),
        ("2026-12-01T10:00", "Tue 2026-12-01 10:00:00 +01:00"),
        ("2026-12-01T10:00:00Z", "Tue 2026-12-01 11:00:00 +01:00"),
        ("2026-12-01 10:00+05:30", "Tue 2026-12-01 05:30:00 +01:00"),
        ("tomorrow 10:00", "Mon 2026-11-23 10:00:00 +01:00"),
        ("Tomorrow at 10", "Mon 2026-11-23 10:00:00 +01:00"),
        ("tomorrow at 9:30 PM", "Mon 2026-11-23 21:30:00 +01:00"),
        ("today, 14:30:15", "Sun 2026-11-22 14:30:15 +01:00"),
        ("9am tomorrow", "Mon 2026-11-23 09:00:00 +01:00"),
        ("10:00 on friday", "Fri 2026-11-27 10:00:00 +01:00"),
        ("friday 9:00", "Fri 2026-11-27 09:00:00 +01:00"),
        ("this fri 9:00", "Fri 2026-11-27 09:00:00 +01:00"),
        ("noon", "Sun 2026-11-22 12:00:00 +01:00"),
        ("midnight", "Mon 2026-11-23 00:00:00 +01:00"),
        ("Friday Midnight", "Fri 2026-11-27 00:00:00 +01:00"),
        ("10:00", "Sun 2026-11-22 10:00:00 +01:00"),
        ("9:15", "Mon 2026-11-23 09:15:00 +01:00"),
        ("9:15:30", "Mon 2026-11-23 09:15:30 +01:00"),
        ("at 9", "Mon 2026-11-23 09:00:00 +01:00"),
        ("12am", "Mon 2026-11-23 00:00:00 +01:00"),
        ("12:30pm", "Sun 2026-11-22 12:30:00 +01:00"),
        ("+2h", "Sun 2026-11-22 11:15:00 +01:00"),
        ("+1:30", "Sun 2026-11-22 10:45:00 +01:00"),
        ("in 2 hours", "Sun 2026-11-22 11:15:00 +01:00"),
        ("in 3 days", "Wed 2026-11-25 09:15:00 +01:00"),
        ("in 3 days at 10:00", "Wed 2026-11-25 10:00:00 +01:00"),
        ("in 2 weeks noon", "Sun 2026-12-06 12:00:00 +01:00"),
        ("1 dec 2026 10:00", "Tue 2026-12-01 10:00:00 +01:00"),
        (
            "December 1st, 2026, 10:00",
            "Tue 2026-12-01 10:00:00 +01:00",
        ),
        ("1 dec 10:00", "Tue 2026-12-01 10:00:00 +01:00"),
        ("1 feb 10:00", "Mon 2027-02-01 10:00:00 +01:00"),
        ("22 nov 9:00", "Mon 2027-11-22 09:00:00 +01:00"),
        ("1.12.2026 10:00", "Tue 2026-12-01 10:00:00 +01:00"),
        ("1.2. 10:00", "Mon 2027-02-01 10:00:00 +01:00"),
    ] {
        assert_eq!(at(text), format!("{expected} Europe/Prague"), "{text}");
    }
}

#[test]
fn a_weekday_is_the_coming_one_and_next_is_a_week_later() {
    for (text, day) in [
        ("sunday 10:00", "Sun 2026-11-22"),
        ("sunday 9:00", "Sun 2026-11-29"),
        ("saturday 9:00", "Sat 2026-11-28"),
        ("next monday 9:00", "Mon 2026-11-30"),
        ("next sunday 10:00", "Sun 2026-11-29"),
        ("next sunday 9:00", "Sun 2026-12-06"),
    ] {
        assert!(at(text).starts_with(day), "{text}: {}", at(text));
    }
    let note = parse("next monday 9:00", &now()).unwrap().note.unwrap();
    assert!(
        note.ends_with("a week after 'Monday': 30 November 2026"),
        "{note}"
    );
    assert_eq!(parse("monday 9:00", &now()).unwrap().note, None);
}

#[test]
fn a_zone_in_the_text_is_the_zone_of_the_answer() {
    let new_york = "Mon 2026-11-23 10:00:00 -05:00 America/New_York";
    assert_eq!(at("2026-11-23T10:00-05:00[America/New_York]"), new_york);
    assert_eq!(at("2026-11-23 10:00[america/new_york]"), new_york);
    assert_eq!(at("tomorrow 10:00 America/New_York"), new_york);
    assert_eq!(
        at("2026-12-01 10:00 utc"),
        "Tue 2026-12-01 10:00:00 +00:00 UTC"
    );
    let wrong = "2026-11-23T10:00+05:00[America/New_York]";
    assert_eq!(error_of(wrong), WhenError::Offset(wrong.into()));
    assert!(at("tomorrow 10:00 Europe/Pargue").ends_with("did you mean Europe/Prague?"));
}

#[test]
fn times_that_daylight_saving_skips_or_repeats_come_with_a_note() {
    let skipped = parse("2027-03-28 02:30", &now()).unwrap();
    assert_eq!(
        skipped.at.to_string(),
        "2027-03-28T03:30:00+02:00[Europe/Prague]"
    );
    assert_eq!(
        skipped.note.unwrap(),
        "the clocks skip 02:30 that day: taken as Sunday 28 March 2027 03:30 Europe/Prague (CEST, +02:00)"
    );
    let twice = parse("31.10.2027 02:30", &now()).unwrap();
    assert_eq!(
        twice.at.to_string(),
        "2027-10-31T02:30:00+02:00[Europe/Prague]"
    );
    assert!(
        twice
            .note
            .unwrap()
            .starts_with("the clocks show 02:30 twice that day: taken as the first, ")
    );
    assert_eq!(
        parse("2027-10-31T02:30+01:00[Europe/Prague]", &now())
            .unwrap()
            .note,
        None
    );
}

#[test]
fn what_is_wrong_is_said() {
    let no_clock = WhenError::NoClock("Tomorrow".into());
    assert_eq!(error_of("Tomorrow"), no_clock);
    assert_eq!(
        no_clock.to_string(),
        "'Tomorrow' is a day without a time: add one, as in 'Tomorrow 10:00'"
    );
    for text in [
        "2026-12-01",
        "next friday",
        "1 dec",
        "2026-12-01[Europe/Prague]",
    ] {
        assert!(matches!(error_of(text), WhenError::NoClock(_)), "{text}");
    }
    for (text, clock) in [
        ("tomorrow 25:00", "25:00"),
        ("10:60", "10:60"),
        ("13pm", "13pm"),
        ("at 24", "24:00"),
        ("1:2:3:4", "1:2:3:4"),
    ] {
        let expected = WhenError::Clock {
            text: text.into(),
            clock: clock.into(),
        };
        assert_eq!(error_of(text), expected);
    }
    for text in [
        "31 feb 10:00",
        "2026-02-31 10:00",
        "29.2.2027 10:00",
        "0.13.2026 9:00",
        "31 feb",
    ] {
        assert_eq!(error_of(text), WhenError::NoSuchDay(text.into()));
    }
    assert_eq!(
        error_of("1/12/2026 10:00"),
        WhenError::Slashes("1/12/2026 10:00".into())
    );
    assert_eq!(
        error_of("in 9999 years"),
        WhenError::TooFar("in 9999 years".into())
    );
    for text in [
        "",
        "soon",
        "1 dec foo 10:00",
        "friday 10:00 junk",
        "10",
        "+-2h",
        "next 10:00",
        "10:00 11:00",
    ] {
        assert_eq!(error_of(text), WhenError::Unknown(text.into()), "{text}");
    }
}

#[test]
fn a_message_repeats_hostile_text_harmlessly() {
    let message = error_of(&format!("\u{1b}[2J{}", "x".repeat(200))).to_string();
    assert!(
        !message.contains('\u{1b}') && message.contains('…') && message.len() < 300,
        "{message}"
    );
}

proptest! {
    #[test]
    fn nothing_panics(text in "\\PC{0,40}|[0-9a-z:/. +-]{0,30}|(next|in|on|at|this|1|9999|dec|friday|12:30|pm|hours|weeks| ){1,6}") {
        let _ = parse(&text, &now());
        let _ = (span(&text), zone(&text));
        let _ = parse(&text, &Zoned::new(Timestamp::MAX, TimeZone::UTC));
    }

    #[test]
    fn an_instant_that_is_printed_is_read_back(second in 0..100_000_000_000_i64) {
        let at = Timestamp::from_second(second).unwrap().to_zoned(now().time_zone().clone());
        prop_assert_eq!(&parse(&at.to_string(), &now()).unwrap().at, &at);
        prop_assert_eq!(&parse(&at.timestamp().to_string(), &now()).unwrap().at, &at);
    }
}

#[test]
fn what_was_typed_is_shown_without_control_characters() {
    let now = "2026-11-22T09:15:00Z[UTC]".parse().unwrap();
    // Found by fuzzing: a time of day with a NUL in it.
    for text in ["1 dec 9\u{1d}\0 am", "\u{4}tomorrow", "tomorrow\u{7} 10:00"] {
        let error = parse(text, &now).unwrap_err().to_string();
        assert!(!error.contains(char::is_control), "{error:?}");
    }
}

#[test]
fn a_change_keeps_what_it_does_not_name() {
    let zone = zone("Europe/Prague").unwrap();
    let at = |text: &str| -> Zoned {
        let local: DateTime = text.parse().unwrap();
        local.to_zoned(zone.clone()).unwrap()
    };
    // A Sunday; the meeting is on a Thursday.
    let (now, from) = (at("2026-11-29T03:50"), at("2026-12-03T09:00"));
    for (text, expected) in [
        ("15:00", "2026-12-03T15:00"),
        ("3pm", "2026-12-03T15:00"),
        ("noon", "2026-12-03T12:00"),
        ("friday", "2026-12-04T09:00"),
        ("next friday", "2026-12-11T09:00"),
        ("tomorrow", "2026-11-30T09:00"),
        ("2026-12-24", "2026-12-24T09:00"),
        ("24 dec", "2026-12-24T09:00"),
        ("+30m", "2026-12-03T09:30"),
        ("-1h", "2026-12-03T08:00"),
        ("+1d", "2026-12-04T09:00"),
        ("+ 1 week", "2026-12-10T09:00"),
        ("friday 14:30", "2026-12-04T14:30"),
        ("2026-12-24 10:00", "2026-12-24T10:00"),
        ("in 2 hours", "2026-11-29T05:50"),
        ("2026-12-24T10:00:00Z", "2026-12-24T11:00"),
    ] {
        let read = parse_change(text, &from, false, &now);
        assert_eq!(read.map(|when| when.at), Ok(at(expected)), "{text}");
    }
    // The zone that is named is that of the day and the time of day.
    let abroad = parse_change("15:00 Europe/London", &from, false, &now).unwrap();
    assert_eq!(abroad.at.timestamp(), at("2026-12-03T16:00").timestamp());
    for text in [
        "",
        "soon",
        "25:00",
        "2026-02-30",
        "12/1/2026",
        "+",
        "-",
        "+x",
    ] {
        assert!(parse_change(text, &from, false, &now).is_err(), "{text}");
    }
}

fn prague(text: &str) -> Zoned {
    let local: DateTime = text.parse().unwrap();
    local.to_zoned(zone("Europe/Prague").unwrap()).unwrap()
}

/// A day later is the same time of day, even where the clocks change; where there is no such time it
/// is said, as of one that is typed.
#[test]
fn a_shift_by_days_keeps_the_time_of_day_or_says_why_not() {
    let now = prague("2027-03-20T10:00");
    let moved = |text, from| parse_change(text, &prague(from), false, &now).unwrap();
    let plain = moved("+1d", "2027-03-27T09:00");
    assert_eq!((plain.at, plain.note), (prague("2027-03-28T09:00"), None));
    for (text, from) in [
        ("+1d", "2027-03-27T02:30"),
        ("+7d", "2027-03-21T02:30"),
        ("+1 week", "2027-03-21T02:30"),
        ("-1d", "2027-03-29T02:30"),
    ] {
        let typed = parse_change("2027-03-28 2:30", &prague(from), false, &now).unwrap();
        assert!(typed.note.as_ref().unwrap().contains("skip 02:30"));
        assert_eq!(moved(text, from), typed, "{text}");
    }
    let twice = moved("+1d", "2027-10-30T02:30").note.unwrap();
    assert!(twice.contains("twice that day"), "{twice}");
    // Hours are equally long.
    let later = moved("+1h", "2027-03-28T01:30");
    assert_eq!((later.at, later.note), (prague("2027-03-28T03:30"), None));
}

#[test]
fn a_weekday_of_a_series_is_that_of_its_own_week() {
    let now = prague("2027-03-20T10:00");
    for (text, from, expected) in [
        ("tuesday", "2027-03-31T09:00", "2027-03-30T09:00"),
        ("on friday", "2027-03-31T09:00", "2027-04-02T09:00"),
        ("wed", "2027-03-31T09:00", "2027-03-31T09:00"),
        ("monday", "2027-04-04T09:00", "2027-03-29T09:00"),
        ("this sunday", "2027-03-29T09:00", "2027-04-04T09:00"),
        ("tuesday 14:30", "2027-03-31T09:00", "2027-03-30T14:30"),
        ("9am fri", "2027-03-31T10:00", "2027-04-02T09:00"),
        ("next friday", "2027-03-31T09:00", "2027-04-09T09:00"),
        // What has begun moves within its week, past or not.
        ("friday", "2027-01-04T09:00", "2027-01-08T09:00"),
        ("monday", "2027-03-18T09:00", "2027-03-15T09:00"),
        // What has not is not put into the past.
        ("monday", "2027-03-21T09:00", "2027-03-22T09:00"),
        ("saturday", "2027-03-21T09:00", "2027-03-27T09:00"),
        ("saturday", "2027-03-21T11:00", "2027-03-20T11:00"),
        // All else is as without a series.
        ("tomorrow", "2027-03-31T09:00", "2027-03-21T09:00"),
        ("2027-03-24", "2027-03-31T09:00", "2027-03-24T09:00"),
        ("1 apr 10:00", "2027-03-31T09:00", "2027-04-01T10:00"),
        ("10:00", "2027-03-31T09:00", "2027-03-31T10:00"),
    ] {
        let read = parse_change(text, &prague(from), true, &now);
        assert_eq!(
            read.map(|when| when.at),
            Ok(prague(expected)),
            "{text} {from}"
        );
    }
    let from = prague("2027-03-31T09:00");
    let coming = parse_change("tuesday", &from, false, &now).unwrap();
    assert_eq!(coming.at, prague("2027-03-23T09:00"));
    let next = parse_change("next friday", &from, true, &now).unwrap();
    assert!(next.note.unwrap().ends_with("after 'Friday': 9 April 2027"));
    for text in ["friday 25:00", "friday 10:00 junk", "next week"] {
        assert!(parse_change(text, &from, true, &now).is_err(), "{text}");
    }
}

#[test]
fn a_time_with_two_readings_is_refused() {
    let now: Zoned = "2026-11-22T09:15[Europe/Prague]".parse().unwrap();
    for text in [
        "2026-12-10 10:00-11:30",
        "2026-12-10 10:00-11:00",
        "2026-12-10 10:00 - 11:30",
        "10:00-11:30",
        "tomorrow 9:00\u{2013}10:00",
        "friday 14:00-15",
    ] {
        assert_eq!(
            parse(text, &now),
            Err(WhenError::Range(text.to_owned())),
            "{text}"
        );
    }
    for text in [
        "2026-12-10T10:00:00-11:00",
        "2026-12-10T10:00-05:00",
        "2026-12-10 10:00:00-05:00",
        "2026-12-10 10:00+01:00",
    ] {
        assert!(parse(text, &now).is_ok(), "{text}");
    }
}
