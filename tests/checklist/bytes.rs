//! Points 1 to 10 and 80: bytes and syntax.

use confctl::icalendar::{ContentLine, fold, unescape_text, unfold};

use crate::checklist::specimens::{NOTE, SUBJECT, Specimen, all, named, value};
use crate::desk::Desk;

/// What points 1, 2, 3 and 5 say, in one place for all that comes out.
#[track_caller]
fn check_bytes(name: &str, document: &[u8]) {
    let end = document.ends_with(b"\r\n");
    assert!(end && !document.starts_with(b"\xEF\xBB\xBF"), "{name}");
    for line in physical(document) {
        let shown = String::from_utf8_lossy(line);
        assert!(line.len() <= 75 && !line.is_empty(), "{name}: {shown}");
        assert!(std::str::from_utf8(line).is_ok(), "{name}: {shown}");
        let control = line.iter().any(|&b| b == 0x7F || b < 0x20 && b != b'\t');
        assert!(!control, "{name}: {shown:?}");
    }
}

/// The lines between CRLFs; the last one has an end too.
fn physical(document: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut rest = document;
    while let Some(at) = rest.windows(2).position(|two| two == b"\r\n") {
        lines.push(&rest[..at]);
        rest = &rest[at + 2..];
    }
    assert!(rest.is_empty(), "after the last CRLF: {rest:?}");
    lines
}

#[test]
fn point_01_every_line_ends_with_crlf() {
    for one in all() {
        let rest = one.text.replace("\r\n", "");
        assert!(!rest.contains(['\r', '\n']), "{}", one.name);
        assert!(one.text.ends_with("END:VCALENDAR\r\n"), "{}", one.name);
    }
}

#[test]
fn point_02_and_03_no_line_is_over_75_octets_or_ends_inside_a_character() {
    let mut folded_beside_a_wide_character = 0;
    for one in all() {
        let lines = physical(one.text.as_bytes());
        for line in &lines {
            assert!(line.len() <= 75, "{}: {}", one.name, line.len());
            assert!(std::str::from_utf8(line).is_ok(), "{}: {line:?}", one.name);
        }
        folded_beside_a_wide_character += lines
            .windows(2)
            .filter(|two| two[1].starts_with(b" ") && !two[0].ends_with(b" "))
            .filter(|two| two[0].last().is_some_and(|byte| !byte.is_ascii()))
            .count();
    }
    assert!(folded_beside_a_wide_character > 0, "none tried it");
}

#[test]
fn point_04_what_is_taken_apart_can_be_put_together_again() {
    for one in all() {
        let lines: Vec<String> = one.lines().iter().map(ToString::to_string).collect();
        let logical: Vec<String> = unfold(&one.text).collect();
        assert_eq!(lines, logical, "{}", one.name);
        let again = Specimen {
            name: one.name,
            text: lines.iter().map(|line| fold(line)).collect(),
        };
        assert_eq!(again.lines(), one.lines(), "{}", one.name);
    }
}

#[test]
fn point_05_there_is_no_byte_order_mark_and_no_control_character() {
    for one in all() {
        check_bytes(one.name, one.text.as_bytes());
        let controls: Vec<char> = one.text.chars().filter(|c| c.is_control()).collect();
        assert!(
            controls.iter().all(|c| "\r\n\t".contains(*c)),
            "{}",
            one.name
        );
    }
}

#[test]
fn point_06_text_is_escaped_and_comes_back_as_it_was() {
    let event = &named("live meeting").events()[0];
    let summary = value(event, "SUMMARY");
    assert!(summary.starts_with(r"a\, b\; c\\d \\n \\\, "), "{summary}");
    assert_eq!(unescape_text(&summary), SUBJECT);
    let description = value(event, "DESCRIPTION");
    let description = unescape_text(&description);
    let (note, _) = description.split_once("\n\n====").unwrap();
    assert_eq!(note, NOTE);
    for one in all() {
        for line in texts(one) {
            let plain = line
                .value
                .replace(r"\\", "")
                .replace(r"\,", "")
                .replace(r"\;", "");
            let plain = plain.replace(r"\n", "");
            assert!(!plain.contains(['\\', ',', ';']), "{}: {line}", one.name);
        }
    }
}

fn texts(one: &Specimen) -> Vec<ContentLine> {
    let mut lines = one.lines();
    lines.retain(|line| ["SUMMARY", "DESCRIPTION", "LOCATION"].contains(&line.name.as_str()));
    lines
}

#[test]
fn point_07_names_with_commas_are_quoted_and_quotes_are_encoded() {
    let text = named("live meeting").text.replace("\r\n ", "");
    assert!(
        text.contains("\r\nATTENDEE;CN=\"Exemplar, Ana\";"),
        "{text}"
    );
    assert!(
        text.contains("\r\nATTENDEE;CN=\"Bo ^'B; o^' Sample\";"),
        "{text}"
    );
    let cn = |line: &ContentLine| line.parameter("CN").map(str::to_owned);
    let names: Vec<_> = named("live meeting")
        .lines()
        .iter()
        .filter_map(cn)
        .collect();
    for name in [
        "Exemplar, Ana",
        "Bo \"B; o\" Sample",
        "Žofie Příkladová",
        "見本 太郎",
    ] {
        assert!(names.iter().any(|came| came == name), "{name}: {names:?}");
    }
}

#[test]
fn point_08_addresses_and_links_hold_no_backslash() {
    for one in all() {
        let uris = ["CONFERENCE", "URL", "ORGANIZER", "ATTENDEE"];
        for line in one
            .lines()
            .iter()
            .filter(|line| uris.contains(&line.name.as_str()))
        {
            assert!(!line.value.contains('\\'), "{}: {line}", one.name);
        }
    }
}

#[test]
fn point_09_links_of_microsoft_are_escaped_like_text() {
    let event = &named("conference call").events()[0];
    let telephone = value(event, "X-MICROSOFT-CONFERENCETELURI");
    assert!(
        telephone.starts_with(r"tel:+14255550100\,\,"),
        "{telephone}"
    );
    let link = value(event, "X-MICROSOFT-ONLINEMEETINGCONFLINK");
    assert!(link.starts_with("conf:sip:"), "{link}");
    assert!(
        link.contains(r"\;gruu\;opaque=app:conf:focus:id:"),
        "{link}"
    );
}

#[test]
fn point_10_version_product_and_method_are_there_once_in_the_calendar() {
    for one in all() {
        let calendar = one.calendar();
        let lines = one.lines();
        for name in ["VERSION", "PRODID", "METHOD"] {
            assert!(!value(&calendar, name).is_empty(), "{}: {name}", one.name);
            let count = lines.iter().filter(|line| line.name == name).count();
            assert_eq!(count, 1, "{}: {name}", one.name);
        }
    }
}

#[test]
fn point_80_no_words_change_what_comes_out() {
    let desk = Desk::new();
    for hostile in [
        "\u{202E}gnp.exe\u{2066} x",
        "x\u{85}END:VEVENT\u{2028}BEGIN:VEVENT",
        "=?utf-8?q?=0D=0ABcc:_eve@example.org?=",
        "\\n.\\r\\n.\\n\\N\\",
        ";X-EVIL=1:x,\"y^n^'",
        "\u{FEFF}{{ 7*7 }} {% raw %} ${HOME} <script>&amp;",
        "ﷺﷺ\u{1F1E8}\u{1F1FF}e\u{301}\u{200D}\u{200B}\u{1F468}\u{200D}\u{1F469}",
        "==== How to join (confctl) ====",
        "==== End of how to join (confctl) ====",
    ] {
        let person = format!("\"{}\" <bo@example.com>", hostile.replace(['"', '\\'], " "));
        let words = ["schedule", "live-meeting", "-t", "+2h", "-s", hostile];
        let more = ["--note", hostile, "-i", &person];
        let run = desk.confctl(&[&words[..], &more].concat());
        let output = run.env("USER", hostile).run();
        if output.code == 2 {
            assert_eq!(output.stdout, "");
            continue;
        }
        let output = output.code(0);
        check_bytes(hostile, output.stdout.as_bytes());
        let one = Specimen {
            name: "hostile",
            text: output.stdout,
        };
        assert_eq!(one.events().len(), 1, "{hostile}");
        assert_eq!(one.events()[0].all("ATTENDEE").count(), 1, "{hostile}");
        assert!(
            one.lines().iter().all(|line| line.name != "X-EVIL"),
            "{hostile}"
        );
    }
}

#[test]
fn point_80_what_no_calendar_may_hold_is_refused() {
    let desk = Desk::new();
    for hostile in ["a\rb", "a\nBEGIN:VEVENT", "a\u{1B}[2J", "a\u{7}", "a\u{7F}"] {
        let person = format!("\"{hostile}\" <bo@example.com>");
        let words = ["schedule", "live-meeting", "-t", "+2h"];
        for flags in [&["-s", hostile][..], &["-s", "x", "-i", &person]] {
            let output = desk.confctl(&[&words[..], flags].concat()).run();
            if output.code == 0 {
                check_bytes(hostile, output.stdout.as_bytes());
                assert!(
                    !output.stdout.contains("\nBEGIN:VEVENT\r\nBEGIN"),
                    "{output}"
                );
            } else {
                assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{output}");
            }
        }
    }
}
