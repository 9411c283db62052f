use super::*;
use crate::conference::{Kind, Passcode};
use crate::invitation::tests::{appointment, cancelled_series, number, series, without_dial_in};

fn card(appointment: &Appointment) -> String {
    text(appointment, &DialString::default(), None)
}

#[test]
fn the_card_has_what_a_caller_needs() {
    let mut local = appointment(Kind::LiveMeeting);
    let dial_in = local.conference.ways_in.dial_in.as_mut().unwrap();
    dial_in.numbers.rotate_left(1);
    assert_eq!(
        card(&local),
        "Budget 2027; rough, first look
Live Meeting
Tuesday 2 March 2027 10:00–11:00 Europe/Prague (CET, +01:00)

Call (United Kingdom): +44 20 7946 0123
From inside the country: 020 7946 0123
From a mobile phone: +442079460123,,1234567#
Conference ID: 1234567
Read aloud: 123 45 67
Passcode: 20260322
Local numbers, and your PIN: https://pool.example.com/dialin
"
    );
}

#[test]
fn whatever_the_pool_writes_is_on_the_card() {
    for (display, rows) in [
        (
            "Reception 100",
            "Call: Reception 100\nFrom a mobile phone: 100,,1234567#\n",
        ),
        (
            "Ask at the desk",
            "Call: Ask at the desk\nConference ID: 1234567\n",
        ),
        (
            "from abroad +44 (0)20 7946 0123",
            "Call: from abroad +44 (0)20 7946 0123\nFrom abroad: +44 20 7946 0123\nFrom inside the country: 020 7946 0123\n",
        ),
        (
            "020 7946 0123",
            "Call: 020 7946 0123\nFrom a mobile phone: 02079460123,,1234567#\n",
        ),
    ] {
        let mut odd = appointment(Kind::ConferenceCall);
        let dial_in = odd.conference.ways_in.dial_in.as_mut().unwrap();
        dial_in.numbers = vec![number(display, "", &[])];
        assert!(card(&odd).contains(rows), "{}", card(&odd));
    }
}

#[test]
fn what_can_not_be_called_says_so() {
    let plain = card(&without_dial_in());
    assert!(plain.ends_with("There are no telephone numbers.\nJoin from a web browser: https://pool.example.com/join/5F5F\n"), "{plain}");
    let cancelled = card(&cancelled_series());
    assert!(
        cancelled.contains("\nLive Meeting, cancelled\n"),
        "{cancelled}"
    );
    for word in ["555", "1234567", "20260322", "tel:"] {
        assert!(!cancelled.contains(word), "{cancelled}");
        assert!(!svg(&cancelled_series(), &DialString::default()).contains(word));
    }
    assert_eq!(
        png(&cancelled_series(), &DialString::default()),
        Err(NothingToScan::Cancelled)
    );
    let mut nowhere = without_dial_in();
    nowhere.conference.ways_in.web_link = None;
    assert_eq!(
        png(&nowhere, &DialString::default()),
        Err(NothingToScan::NoWayIn)
    );
    assert!(!text(&nowhere, &DialString::default(), Some(Ink::Blocks)).contains('█'));
}

#[test]
fn a_passcode_that_is_left_out_is_nowhere() {
    let mut silent = appointment(Kind::LiveMeeting);
    silent.wording.without_passcode = true;
    let dial_string = DialString {
        passcode: true,
        ..DialString::default()
    };
    assert!(!text(&silent, &dial_string, None).contains("20260322"));
    assert!(!svg(&silent, &dial_string).contains("20260322"));
}

#[test]
fn digits_are_grouped_so_that_none_stands_alone() {
    for (digits, grouped) in [
        ("", ""),
        ("1", "1"),
        ("12", "12"),
        ("123", "123"),
        ("1234", "12 34"),
        ("12345", "123 45"),
        ("123456", "123 456"),
        ("1234567", "123 45 67"),
        ("12345678", "123 456 78"),
        ("123456789", "123 456 789"),
    ] {
        assert_eq!(group_digits(digits), grouped);
    }
}

#[test]
fn the_picture_is_xml_whatever_is_typed() {
    let mut hostile = appointment(Kind::LiveMeeting);
    hostile.subject = "<script>&\"'\u{FFFE}\u{0}]]> ".to_owned() + &"広".repeat(300);
    hostile.conference.ways_in.passcode = Passcode::of_pool("2026").ok();
    let dial_in = hostile.conference.ways_in.dial_in.as_mut().unwrap();
    dial_in.numbers = vec![number("+1 425 555 0100<b>", "\"&'", &[])];
    dial_in.settings_page = Some("https://pool.example.com/dialin?a=1&b=\"2\"".into());
    let picture = svg(&hostile, &DialString::default());
    let read = roxmltree::Document::parse(&picture).unwrap();
    let links: Vec<&str> = read
        .descendants()
        .filter_map(|node| node.attribute("href"))
        .collect();
    assert_eq!(links[0], "tel:+14255550100,,1234567");
    assert!(
        links.contains(&"https://pool.example.com/dialin?a=1&b=\"2\""),
        "{links:?}"
    );
    let words: Vec<&str> = read
        .descendants()
        .filter(|node| node.has_tag_name("text"))
        .filter_map(|node| node.text())
        .collect();
    for wanted in ["+1 425 555 0100<b>", "1234567", "2026"] {
        assert!(words.concat().contains(wanted), "{words:?}");
    }
    assert!(words[0].starts_with("<script>&\"' ]]>"), "{words:?}");
}

#[test]
fn a_terminal_gets_the_whole_code_with_its_quiet_zone() {
    let appointment = appointment(Kind::LiveMeeting);
    let code = |ink| {
        let card = text(&appointment, &DialString::default(), Some(ink));
        let (_, code) = card.split_once("Scan to call:\n").unwrap();
        code.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let colors = code(Ink::Colors);
    assert_eq!(colors.len(), 17);
    for line in &colors {
        let cells = line
            .strip_prefix("\x1b[38;5;16;48;5;231m")
            .and_then(|l| l.strip_suffix("\x1b[0m"));
        assert_eq!(cells.map(|cells| cells.chars().count()), Some(33), "{line}");
    }
    let blocks = code(Ink::Blocks);
    assert_eq!(blocks[0], "█".repeat(33));
    assert_eq!(blocks[16], "▀".repeat(33));
    let ascii = code(Ink::Ascii);
    assert_eq!(ascii.len(), 33);
    assert_eq!(ascii[0], "##".repeat(33));
}

#[test]
fn a_series_says_when_it_comes_again() {
    let card = card(&series("FREQ=WEEKLY;BYDAY=TU;UNTIL=20270427T215959Z", &[]));
    assert!(card.contains("\nRepeats: every"), "{card}");
}

#[test]
fn the_codes_are_pictures() {
    let appointment = appointment(Kind::LiveMeeting);
    let dial_string = DialString::default();
    let picture = png(&appointment, &dial_string).unwrap();
    let reader = png::Decoder::new(std::io::Cursor::new(&picture))
        .read_info()
        .unwrap();
    assert_eq!(reader.info().width, reader.info().height);
    assert!(reader.info().width >= 300);
}
