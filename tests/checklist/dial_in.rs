//! Points 22 to 40: how to call in.

use serde_json::Value;

use crate::checklist::specimens::{Specimen, all, made, named, of_method};
use crate::desk::{Desk, ServedPool};
use crate::meetings::json;
use confctl::icalendar::{ContentLine, unescape_text};

const FORMATS: [&str; 4] = ["ics", "text", "json", "html"];

/// The description, as people read it.
fn body(one: &Specimen) -> String {
    unescape_text(&property(one, "DESCRIPTION").value)
}

#[track_caller]
fn property(one: &Specimen, name: &str) -> ContentLine {
    let found = one.events()[0].property(name);
    found.unwrap_or_else(|| panic!("{}: no {name}", one.name))
}

/// The one line of the text that begins so, without that.
#[track_caller]
fn after<'a>(text: &'a str, label: &str) -> &'a str {
    let found: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix(label))
        .collect();
    assert_eq!(found.len(), 1, "{label}\n{text}");
    found[0]
}

/// The meetings that somebody can call.
fn with_telephone() -> Vec<&'static Specimen> {
    let can = |one: &&Specimen| one.text.contains("FEATURE=PHONE");
    let found: Vec<&Specimen> = all().iter().filter(can).collect();
    assert!(found.len() > 8, "{}", found.len());
    found
}

fn telephones(one: &Specimen) -> Vec<ContentLine> {
    let mut lines: Vec<ContentLine> = one.events()[0].all("CONFERENCE").collect();
    lines.retain(|line| line.parameter("FEATURE") == Some("PHONE"));
    lines
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// The rows between the heading and the Conference ID: display form, then region and languages.
fn rows(text: &str) -> Vec<(String, String)> {
    let rows = text
        .lines()
        .skip_while(|line| !line.starts_with("Call a number"));
    let rows = rows.skip(1).take_while(|line| line.starts_with('+'));
    rows.map(|row| {
        let (number, label) = row.split_once("  ").unwrap_or_else(|| panic!("{row}"));
        (number.to_owned(), label.trim().to_owned())
    })
    .collect()
}

fn english() -> impl Iterator<Item = &'static Specimen> {
    with_telephone()
        .into_iter()
        .filter(|one| one.name != "Japanese")
}

#[test]
fn point_22_a_passcode_is_printed_where_there_is_one_and_it_may_be() {
    let desk = Desk::new();
    let head = ["schedule", "live-meeting", "-t", "+2h", "-s"];
    for (subject, flags, printed) in [
        ("usual", &[][..], true),
        ("own", &["--passcode", "87654321"], true),
        ("kept back", &["--no-passcode"], false),
        ("open", &["--access", "open"], false),
        ("none", &["--passcode", "none", "--no-dial-in"], false),
    ] {
        for format in ["ics", "text"] {
            let words = [&head[..], &[subject, "-f", format], flags].concat();
            let text = made(&desk, &words).unfolded().replace("\\n", "\n");
            let found = text
                .lines()
                .filter(|line| line.starts_with("Passcode: "))
                .count();
            assert_eq!(found, usize::from(printed), "{subject} {format}\n{text}");
        }
    }
}

/// A PIN is known to its owner and the pool alone; the word stands where it can be set.
#[test]
fn point_23_no_pin_is_printed() {
    let desk = Desk::new();
    for kind in ["live-meeting", "conference-call"] {
        let _ = made(&desk, &["schedule", kind, "-s", kind, "-t", "+2h"]);
        for format in FORMATS {
            let text = made(&desk, &["invite", kind, "-f", format]).unfolded();
            for line in text
                .replace("\\n", "\n")
                .lines()
                .filter(|line| line.contains("PIN"))
            {
                for behind in line.split("PIN").skip(1) {
                    let said = behind.split("https:").next().unwrap_or_default();
                    let said = said.split('<').next().unwrap_or_default();
                    assert_eq!(digits(said), "", "{line}");
                }
            }
        }
    }
}

#[test]
fn point_24_numbers_come_region_first_then_in_the_pools_order() {
    let desk = Desk::new();
    let numbers = |subject: &str, flags: &[&str]| -> Vec<(String, String)> {
        let head = [
            "schedule",
            "live-meeting",
            "-t",
            "+2h",
            "-f",
            "text",
            "-s",
            subject,
        ];
        rows(&made(&desk, &[&head[..], flags].concat()).stdout)
    };
    let usual = numbers("usual", &[]);
    assert_eq!(
        usual[0],
        (
            "+1 425 555 0100".into(),
            "North America: English (US)".into()
        )
    );
    let chosen = numbers("chosen", &["--region", "United Kingdom"]);
    let (mut first, rest): (Vec<_>, Vec<_>) = usual
        .iter()
        .cloned()
        .partition(|(_, label)| label.starts_with("United Kingdom:"));
    assert_eq!(first.len(), 2);
    first.extend(rest);
    assert_eq!(chosen, first);
    assert!(
        chosen.iter().all(|(_, label)| label.contains(": ")),
        "{chosen:?}"
    );
}

#[test]
fn point_25_and_27_each_number_is_printed_as_it_is_and_dialled_in_e164() {
    for one in english() {
        let printed: Vec<String> = rows(&body(one))
            .into_iter()
            .map(|(number, _)| number)
            .collect();
        assert!(
            printed.iter().all(|number| number.contains(' ')),
            "{printed:?}"
        );
        let dialled = telephones(one).iter().map(dialled).collect::<Vec<_>>();
        for number in &dialled {
            let plain = number.strip_prefix('+').unwrap_or_default();
            assert_eq!(
                (plain, (8..=15).contains(&plain.len())),
                (&*digits(number), true)
            );
        }
        let same: Vec<String> = printed
            .iter()
            .map(|number| format!("+{}", digits(number)))
            .collect();
        assert_eq!(dialled, same, "{}", one.name);
    }
}

fn dialled(telephone: &ContentLine) -> String {
    let number = telephone.value.strip_prefix("tel:").unwrap_or_default();
    number.split(',').next().unwrap_or_default().to_owned()
}

#[test]
fn point_26_the_conference_id_is_digits_on_one_line() {
    for one in english() {
        let text = body(one);
        let id = after(&text, "Conference ID: ");
        assert!(
            id.len() >= 4 && id.bytes().all(|b| b.is_ascii_digit()),
            "{id}"
        );
    }
}

#[test]
fn point_28_and_29_what_is_dialled_is_number_pause_conference_id() {
    for one in english() {
        let text = body(one);
        let id = after(&text, "Conference ID: ");
        let telephones = telephones(one);
        for telephone in &telephones {
            let wanted = format!("tel:{},,{id}", dialled(telephone));
            assert_eq!(telephone.value, wanted, "{}", one.name);
        }
        let first = format!("{},,{id}", dialled(&telephones[0]));
        let microsoft = unescape_text(&property(one, "X-MICROSOFT-CONFERENCETELURI").value);
        assert_eq!(microsoft, format!("tel:{first}"), "{}", one.name);
        assert_eq!(microsoft.rsplit(',').next(), Some(id));
        assert_eq!(after(&text, "From a mobile phone: "), format!("{first}#"));
        let place = unescape_text(&property(one, "LOCATION").value);
        assert!(
            place.ends_with(&format!(" {first}#")),
            "{}: {place}",
            one.name
        );
    }
}

#[test]
fn point_30_what_has_no_telephone_says_nothing_of_one() {
    let one = named("silent");
    for word in [
        "tel:",
        "PHONE",
        "by telephone",
        "Conference ID",
        "+1425",
        "dialin",
    ] {
        assert!(
            !one.text.replace("\r\n ", "").contains(word),
            "{word}\n{}",
            one.text
        );
    }
}

#[test]
fn point_33_more_numbers_than_the_card_has_are_in_the_json() {
    let desk = Desk::new();
    let words = ["schedule", "live-meeting", "-s", "x", "-t", "+2h", "-f"];
    let _ = made(&desk, &[&words[..], &["json"]].concat());
    let all = json(&made(&desk, &["invite", "x", "-f", "json"]));
    let text = made(&desk, &["invite", "x", "-f", "text"]).stdout;
    let listed = all["call_in"]["numbers"].as_array().unwrap();
    let display = |number: &Value| number["display"].as_str().unwrap().to_owned();
    let listed: Vec<String> = listed.iter().map(display).collect();
    let printed: Vec<String> = rows(&text).into_iter().map(|(number, _)| number).collect();
    assert!(
        listed.starts_with(&printed) && !printed.is_empty(),
        "{listed:?}"
    );
    assert!(text.contains("https://localhost:"), "{text}");
}

#[test]
fn point_34_both_links_are_there_where_the_pool_gives_both() {
    let desk = Desk::new();
    let pool = ServedPool::start(&["--dialect", "lync"]);
    for (kind, scheme) in [
        // Lync's clients own no other scheme.
        ("live-meeting", "conf:sip:"),
        ("conference-call", "conf:sip:"),
    ] {
        let words = ["schedule", kind, "-s", kind, "-t", "+2h"];
        let output = desk.confctl_at(&pool, &words).run().code(0);
        let one = Specimen {
            name: kind,
            text: output.stdout,
        };
        let text = body(&one);
        let links: Vec<String> = one.events()[0].all("CONFERENCE").map(|c| c.value).collect();
        for begin in [scheme, "https://meet.practice.example/ana/"] {
            assert!(
                text.lines().any(|line| line.starts_with(begin)),
                "{begin}\n{text}"
            );
            assert!(
                links.iter().any(|link| link.starts_with(begin)),
                "{begin} {links:?}"
            );
        }
        assert!(
            property(&one, "URL")
                .value
                .starts_with("https://meet.practice.example/")
        );
    }
}

#[test]
fn point_36_commands_of_the_keypad_are_printed_to_nobody_who_has_not_asked() {
    for one in all() {
        for key in ["*1", "*3", "*4", "*6", "*7", "*8", "*9"] {
            assert!(!one.text.contains(key), "{}: {key}", one.name);
        }
    }
}

#[test]
fn point_37_the_block_is_fenced_and_the_words_before_it_stay() {
    let fence = |line: &&str| line.starts_with("====");
    for one in of_method("REQUEST").filter(|one| one.name != "Japanese") {
        let text = body(one);
        let fences: Vec<&str> = text.lines().filter(fence).collect();
        assert_eq!(fences.len(), 2, "{}\n{text}", one.name);
        assert!(fences[0].contains("How to join (confctl)"), "{}", one.name);
        assert!(
            fences[1].contains("End of how to join (confctl)"),
            "{}",
            one.name
        );
    }
    let words = |one: &Specimen| {
        body(one)
            .split("====")
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(words(named("live meeting")), words(named("update")));
    assert_eq!(words(named("series")), words(named("moved occurrence")));
}

#[test]
fn point_40_nothing_is_written_that_belongs_to_other_products() {
    for one in all() {
        for line in one.lines() {
            for word in [
                "GOOGLE",
                "SKYPETEAMS",
                "SCHEDULINGSERVICE",
                "ONLINEMEETINGINFORMATION",
            ] {
                assert!(!line.name.contains(word), "{}: {line}", one.name);
            }
        }
    }
}
