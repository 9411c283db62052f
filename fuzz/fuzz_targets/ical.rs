//! Calendar lines, whole calendars, and times as people type them, from anybody.
#![no_main]

use confctl::calendar_object::{CalendarObject, Sending, Wanted, parse_elsewhere};
use confctl::icalendar::{
    ContentLine, Edit, Object, escape_text, fold, lines, parameter_value, refold, unescape_text,
    unfold, uri,
};
use confctl::when::{display, display_range, parse, span, zone};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use libfuzzer_sys::fuzz_target;

/// Ordinary days, the nights when the clocks change, days that a zone skipped, both ends of time.
const MOMENTS: [&str; 8] = [
    "2026-11-02T09:30[Europe/Prague]",
    "2026-03-29T01:59:59[Europe/Prague]",
    "2026-10-25T02:30+02:00[Europe/Prague]",
    "2011-12-29T23:59[Pacific/Apia]",
    "2028-02-29T12:00[Australia/Lord_Howe]",
    "2026-11-02T09:30[+05:30]",
    "9999-12-30T21:59[UTC]",
    "-009999-01-03T00:00[UTC]",
];

fuzz_target!(|input: &[u8]| {
    let Some((kind, bytes)) = input.split_first() else {
        return;
    };
    if usize::from(*kind) >= MOMENTS.len() {
        elsewhere(bytes);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match usize::from(*kind) {
        moment if moment < MOMENTS.len() => typed(text, MOMENTS[moment]),
        _ => {
            calendar(text);
            object(text);
            document(text);
        }
    }
});

/// What a stranger's file is taken for can be told, kept and read again.
fn elsewhere(bytes: &[u8]) {
    let prague = TimeZone::get("Europe/Prague").expect("a zone");
    for unknown in [None, Some(&prague)] {
        let wanted = Wanted {
            charset: None,
            method: None,
            uid: None,
            here: &prague,
            unknown,
        };
        let Ok(read) = parse_elsewhere(bytes, &wanted) else {
            continue;
        };
        for remark in &read.remarks {
            assert!(!remark.text.contains(char::is_control), "{:?}", remark.text);
        }
        let again = CalendarObject::parse(read.object.bytes()).expect("what was kept is read");
        let from = Timestamp::UNIX_EPOCH;
        assert_eq!(
            again.occurrences(&prague, from, 20),
            read.object.occurrences(&prague, from, 20)
        );
    }
}

fn typed(text: &str, now: &str) {
    let now: Zoned = now.parse().expect("the moment is one");
    let length = span(text);
    if let Ok(length) = length {
        assert!(length.is_positive() && length <= SignedDuration::from_hours(720));
    }
    if let Ok(zone) = zone(text) {
        assert!(zone.iana_name().is_some());
    }
    match parse(text, &now) {
        Ok(when) => told(&when.at, length.unwrap_or(SignedDuration::from_hours(1))),
        Err(error) => assert!(!error.to_string().contains(char::is_control)),
    }
}

fn told(at: &Zoned, length: SignedDuration) {
    assert!(!display(at).is_empty());
    if let Ok(end) = at.checked_add(length) {
        assert!(!display_range(at, &end).is_empty());
    }
}

fn calendar(text: &str) {
    for line in lines(text).flatten() {
        comes_back(&line);
    }
    folds(text);
    text_comes_back(text);
    let written = uri(text);
    assert_eq!(uri(&written), written);
}

/// What is not changed stays byte for byte, and a part of a line can be replaced.
fn object(text: &str) {
    let Ok(mut object) = Object::parse(text.as_bytes()) else {
        return;
    };
    assert_eq!(object.to_string(), text);
    object.calendar.edit(|_| Edit::Keep);
    assert_eq!(object.to_string(), text);
    for line in object.calendar.lines_mut() {
        let Some(value) = line.value() else {
            continue;
        };
        let mut expected = line.text()[..value.start].to_owned();
        expected.push_str("new");
        line.splice(value, "new");
        assert_eq!(line.text(), expected);
    }
    let written = object.to_string();
    let again = Object::parse(written.as_bytes()).expect("an edited object is one");
    assert_eq!(again.to_string(), written);
}

fn document(text: &str) {
    let Ok(mut document) = CalendarObject::parse(text.as_bytes()) else {
        return;
    };
    assert_eq!(document.bytes(), text.as_bytes());
    let _ = document.check_block();
    let Ok(outline) = document.outline(&TimeZone::UTC) else {
        return;
    };
    for what in [Sending::Meeting, Sending::Occurrence(&outline.start)] {
        if let Ok(sent) = document.to_send(&what, &TimeZone::UTC) {
            assert!(sent.split("\r\n").all(|line| line.len() <= 75));
            assert!(!sent.to_ascii_uppercase().contains("\nX-CONFCTL-"));
        }
    }
    let at = document.occurrences(&TimeZone::UTC, Timestamp::UNIX_EPOCH, 100);
    assert!(at.len() <= 100 && at.is_sorted_by_key(|at| at.start.timestamp()));
    let _ = (
        document.last_end(&TimeZone::UTC),
        document.dropped_occurrences(&TimeZone::UTC),
    );
    let _ = document.remove_orphans(&TimeZone::UTC);
    let _ = document.drop_occurrence(&outline.start, 1, Timestamp::UNIX_EPOCH);
    CalendarObject::parse(document.bytes()).expect("what was changed can be read");
}

/// Control characters are dropped; everything else stays.
fn comes_back(line: &ContentLine) {
    let written = line.to_string();
    assert!(!written.contains(is_dropped), "{written:?}");
    let once = ContentLine::parse(&written).expect("a line that was written is one");
    let mut expected = line.clone();
    for value in expected.parameters.iter_mut().flat_map(|p| &mut p.values) {
        *value = plain(value);
    }
    expected.value.retain(|c| !is_dropped(c));
    assert_eq!(once, expected);
}

fn folds(text: &str) {
    let folded = refold(text);
    assert!(folded.split("\r\n").all(|line| line.len() <= 75));
    let logical: Vec<String> = unfold(text).collect();
    // Behind an empty line, a line may begin with a blank; written, it continues the one before.
    if !logical.iter().any(|line| line.starts_with([' ', '\t'])) {
        assert!(unfold(&folded).eq(logical));
    }
    let line = text.replace(['\r', '\n'], "");
    assert!(unfold(&fold(&line)).eq(Some(line).filter(|line| !line.is_empty())));
}

fn text_comes_back(text: &str) {
    let expected = plain(text);
    assert_eq!(unescape_text(&escape_text(text)), expected);
    let line = format!("X;P={}:", parameter_value(text));
    let line = ContentLine::parse(&line).expect("the parameter is quoted where needed");
    assert_eq!(line.parameter("P"), Some(expected.as_str()));
}

/// One kind of line end, and no other control characters but the tab.
fn plain(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.replace(|c| is_dropped(c) && c != '\n', "")
}

fn is_dropped(c: char) -> bool {
    c.is_control() && c != '\t'
}
