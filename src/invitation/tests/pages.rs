//! What is on a page and in a text, by the points of the checklist that the names of tests bear.

use proptest::prelude::*;

use super::*;

const PEOPLE: [Format; 2] = [Format::Text, Format::Html];

/// All addresses that a page leads to.
fn links(page: &str) -> Vec<String> {
    let parts = page.split("href=\"").skip(1);
    let links = parts.map(|part| part.split_once('"').unwrap().0);
    links.map(|link| link.replace("&amp;", "&")).collect()
}

#[test]
fn point_21_a_link_a_number_the_conference_id_and_the_settings_page_are_there() {
    for kind in [Kind::LiveMeeting, Kind::ConferenceCall] {
        let appointment = appointment(kind);
        for format in PEOPLE {
            let text = write(&appointment, format);
            for part in [
                appointment.conference.ways_in.client_link.as_str(),
                "+1 425 555 0100",
                "Conference ID: 1234567",
                "https://pool.example.com/dialin",
            ] {
                assert!(text.contains(part), "{part}\n{text}");
            }
        }
    }
}

#[test]
fn points_22_and_78_the_passcode_is_there_unless_it_is_none_or_left_out() {
    let with = appointment(Kind::LiveMeeting);
    let mut none = with.clone();
    none.conference.ways_in.passcode = None;
    let mut left_out = with.clone();
    left_out.wording.without_passcode = true;
    for (appointment, is_there) in [(with, true), (none, false), (left_out, false)] {
        for format in [Format::Text, Format::Html, Format::Ics, Format::Json] {
            let text = write(&appointment, format);
            assert_eq!(text.contains("20260322"), is_there, "{text}");
            let label = text.contains("Passcode") || text.contains("the passcode");
            assert_eq!(label, is_there && format != Format::Json, "{text}");
        }
    }
}

#[test]
fn points_24_and_25_numbers_are_in_order_with_region_languages_and_link() {
    let page = write(&appointment(Kind::LiveMeeting), Format::Html);
    let first = page.find(">+1 425 555 0100</a>").unwrap();
    let second = page.find(">+44 20 7946 0123</a>").unwrap();
    assert!(first < second);
    for part in [
        "North America",
        "English (US), French (CA)",
        "United Kingdom",
        "English (GB)",
    ] {
        assert!(page.contains(&format!(">{part}</")), "{part}");
    }
    let tel: Vec<String> = links(&page)
        .into_iter()
        .filter(|link| link.starts_with("tel:"))
        .collect();
    let one = "tel:+14255550100,,1234567";
    assert_eq!(tel, [one, one, "tel:+442079460123,,1234567"]);
    assert!(page.contains("From a mobile phone: +14255550100,,1234567#<"));
}

#[test]
fn point_33_more_numbers_than_are_printed_are_counted() {
    let mut many = appointment(Kind::ConferenceCall);
    let dial_in = many.conference.ways_in.dial_in.as_mut().unwrap();
    let all = (0..40).map(|n| number(&format!("+1 425 555 01{n:02}"), "Region", &["en"]));
    dial_in.numbers = all.collect();
    let settings = Settings {
        numbers: Some(3),
        ..Settings::default()
    };
    let few = Branding::new(&settings, |_| Err(String::new())).unwrap();
    for (branding, printed) in [(&Branding::default(), 12), (&few, 3)] {
        let told = |format| write_as(&many, format, branding);
        let words = format!("{} more numbers, and your PIN", 40 - printed);
        assert_eq!(
            told(Format::Html).matches("class=\"first\"").count(),
            printed
        );
        assert!(told(Format::Html).contains(&format!(">{words}</a>")));
        assert!(
            told(Format::Text).contains(&format!("{words}: https://pool.example.com/dialin\n"))
        );
        assert_eq!(told(Format::Ics).matches("FEATURE=PHONE").count(), printed);
        assert_eq!(told(Format::Json).matches("\"dialable\"").count(), 40);
    }
}

#[test]
fn point_34_both_links_are_there_and_the_one_that_opens_anywhere_is_first() {
    let updated = updated_meeting();
    let ways_in = &updated.conference.ways_in;
    for format in PEOPLE {
        let text = write(&updated, format);
        assert!(
            text.contains(&ways_in.client_link) && text.contains("https://pool.example.com/join")
        );
    }
    let page = links(&write(&updated, Format::Html));
    assert_eq!(
        page[..2],
        [
            ways_in.web_link.clone().unwrap(),
            ways_in.client_link.clone()
        ]
    );
}

#[test]
fn point_36_keys_are_printed_only_if_asked_for() {
    let settings = Settings {
        keypad: Some(true),
        ..Settings::default()
    };
    let asked = Branding::new(&settings, |_| Err(String::new())).unwrap();
    for format in PEOPLE {
        let told = |branding| write_as(&appointment(Kind::LiveMeeting), format, branding);
        let has_keys = |text: String| text.contains("mute or unmute yourself");
        assert!(has_keys(told(&asked)));
        assert!(!has_keys(told(&Branding::default())));
    }
}

#[test]
fn a_page_needs_nothing_but_itself_and_names_its_language() {
    for language in Language::ALL {
        let page = write(&in_language(language, &updated_meeting()), Format::Html);
        assert!(page.contains(&format!("<html lang=\"{}\">", language.tag())));
        for word in [
            "<script",
            "<img",
            "<link",
            "@import",
            "url(",
            "src=",
            "javascript",
        ] {
            assert!(!page.contains(word), "{word}");
        }
        for (open, close) in [
            ("<table", "</table>"),
            ("<tr", "</tr>"),
            ("<td", "</td>"),
            ("<p ", "</p>"),
        ] {
            assert_eq!(
                page.matches(open).count(),
                page.matches(close).count(),
                "{open}"
            );
        }
    }
}

#[test]
fn web_addresses_of_a_note_can_be_followed() {
    let mut noted = appointment(Kind::LiveMeeting);
    let note = "See (https://wiki.example.com/a?b=1&c=\"2\"), or http://example.org.\n\nnot javascript:alert(1)";
    noted.note = Some(note.into());
    let page = write(&noted, Format::Html);
    for part in [
        "See (<a href=\"https://wiki.example.com/a?b=1&amp;c=\">https://wiki.example.com/a?b=1&amp;c=</a>&quot;2&quot;), or ",
        "<a href=\"http://example.org\">http://example.org</a>.</p>",
        "not javascript:alert(1)</p>",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
}

#[test]
fn of_many_people_some_are_named_and_the_others_counted() {
    let mut many = appointment(Kind::LiveMeeting);
    let person = |n| person(&format!("p{n}@example.com"), "");
    many.attendees = (0..500)
        .map(|n| Attendee {
            person: person(n),
            attendance: Attendance::Required,
            presenter: false,
        })
        .collect();
    let page = write(&many, Format::Html);
    assert!(page.contains("p29@example.com") && !page.contains("p30@example.com"));
    assert!(page.contains("<br>and 470 more</td>"));
    // Gmail cuts longer ones off.
    assert!(page.len() < 100_000, "{}", page.len());
}

/// Point 39: tags, quotes and links of any field stay words.
#[test]
fn point_39_text_of_others_is_never_markup() {
    const EVIL: &str = "</td></title><script>alert('x')</script>\"onload=\"x& {{ 7*7 }}{% raw %}";
    let mut a = series("FREQ=DAILY", &[]);
    a.subject = EVIL.into();
    a.note = Some(format!("{EVIL} https://example.com/{EVIL}"));
    a.organizer = person("\"><b>@example.com", EVIL);
    a.organization = Some(EVIL.into());
    a.sender = Some(person("x'\"<i>@example.com", EVIL));
    a.attendees[0].person = person("\"<u>\"@example.com", EVIL);
    a.series.as_mut().unwrap().rule = format!("FREQ=DAILY;X={EVIL}");
    let conference = &mut a.conference;
    conference.location = EVIL.into();
    conference.ways_in.client_link = format!("meet:{EVIL}");
    conference.ways_in.web_link = Some(format!("https://example.com/{EVIL}"));
    let dial_in = conference.ways_in.dial_in.as_mut().unwrap();
    dial_in.numbers = vec![number(&format!("+1 425 {EVIL}"), EVIL, &[EVIL])];
    dial_in.settings_page = Some(format!("http://example.com/{EVIL}"));
    for status in [Status::Confirmed, Status::Cancelled] {
        let a = Appointment {
            status,
            ..a.clone()
        };
        let page = write(&a, Format::Html);
        for word in [
            "<script",
            "onload=\"",
            "\"onload",
            "<b>",
            "<i>",
            "<u>",
            "49",
        ] {
            assert!(
                !page.replace("#7a1c22", "").contains(word),
                "{word}\n{page}"
            );
        }
        assert!(page.contains("&lt;script&gt;") && page.contains("{{ 7*7 }}{% raw %}"));
    }
}

proptest! {
    #[test]
    fn point_39_links_lead_where_they_may(appointment in hostile::hostile_meeting()) {
        let page = write(&appointment, Format::Html);
        for link in links(&page) {
            let scheme = link.split(':').next().unwrap();
            let known = ["http", "https", "tel", "mailto", "sip", "sips", "conf", "meet"];
            prop_assert!(known.iter().any(|known| known.eq_ignore_ascii_case(scheme)), "{}", link);
        }
        let quiet = write(&super::appointment(Kind::LiveMeeting), Format::Html);
        for tag in ["<html", "<body", "<h1", "<script", "<img", "<style>"] {
            prop_assert_eq!(page.matches(tag).count(), quiet.matches(tag).count());
        }
        prop_assert!(!page.replace('\n', "").contains(hostile::is_unwanted));
    }
}
