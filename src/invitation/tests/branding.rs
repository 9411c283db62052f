//! Templates and links of the organizer's house.

use super::*;
use crate::calendar_object::{CalendarObject, Damaged};

fn with(text: Option<&str>, html: Option<&str>) -> Result<Branding, BrandingError> {
    let settings = Settings {
        text: text.map(|_| "text.j2".into()),
        html: html.map(|_| "page.j2".into()),
        ..Settings::default()
    };
    Branding::new(&settings, |path| {
        let is_text = path.ends_with("text.j2");
        let text = if is_text { text } else { html };
        text.map(str::to_owned)
            .ok_or_else(|| "no such file".to_owned())
    })
}

fn print(appointment: &Appointment, format: Format, branding: &Branding) -> String {
    String::from_utf8(render(appointment, format, branding)).unwrap()
}

#[test]
fn a_text_of_ones_own_stands_between_our_fences() {
    let template = "Call {{ numbers[0].display if numbers }}\n\n\n\n{{ words.conference_id }}: {{ conference_id }}{{ passcode }}\n{{ links.client.href if links.client }} {{ settings_page }}";
    let branding = with(Some(template), None).unwrap();
    assert_eq!(branding.warnings(), [""; 0]);
    let card = print(&appointment(Kind::LiveMeeting), Format::Text, &branding);
    let block = &card[card.find("====").unwrap()..];
    assert!(block.starts_with("==== How to join (confctl) ====================================\nCall +1 425 555 0100\n\nConference ID: 123456720260322\nmeet:sip:"), "{block}");
    assert!(block.ends_with(" https://pool.example.com/dialin\n==== End of how to join (confctl) =============================\n"), "{block}");
}

#[test]
fn a_page_of_ones_own_is_escaped() {
    let template = "<p title='{{ subject }}'>{{ note|paragraphs }}{{ conference_id }}</p>";
    let branding = with(None, Some(template)).unwrap();
    let mut evil = appointment(Kind::LiveMeeting);
    evil.subject = "'<b>' & https://example.com/".into();
    let page = print(&evil, Format::Html, &branding);
    assert!(
        page.starts_with(
            "<p title='&#39;&lt;b&gt;&#39; &amp; https://example.com/'><p dir=\"auto\""
        ),
        "{page}"
    );
    assert_eq!(branding.warnings().len(), 4);
}

#[test]
fn what_is_wrong_with_a_template_is_said_with_file_and_line() {
    for (template, what) in [
        (
            "{{ subject }}\n{{ subjekt }}",
            "line 2: invitations have no 'subjekt'",
        ),
        (
            "\n\n{{ words.pass_code }}",
            "line 3: invitations have no 'words.pass_code'",
        ),
        ("{% if a", "line 1: syntax error: "),
        ("a\n{{ subject|shout }}", "line 2: "),
        (
            "{{ numbers[0].display }}",
            "line 1: this is not there in every invitation: ask for it with 'if'",
        ),
        (
            "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}",
            "line 1: it does too much",
        ),
        ("{{ 'x' * 10000000000 }}", "line 1: "),
        ("{% include '/etc/passwd' %}", "line 1: "),
    ] {
        let text = with(Some(template), None).unwrap_err().to_string();
        assert!(
            text.starts_with("the template 'text.j2' can't be used: "),
            "{text}"
        );
        assert!(text.contains(what), "{text}");
        assert!(!text.contains('\n'), "{text}");
        let html = with(None, Some(template)).unwrap_err().to_string();
        assert_eq!(html, text.replace("text.j2", "page.j2"));
    }
    let huge = "x".repeat(300_000);
    assert_eq!(
        with(Some(&huge), None).unwrap_err().to_string(),
        "the template 'text.j2' can't be read: it is longer than 262144 bytes"
    );
    let fence = "a\n==== So nehmen Sie teil (confctl) ====\nb";
    let error = with(Some(fence), None).unwrap_err();
    assert_eq!(error, BrandingError::Fence("text.j2".into()));
}

#[test]
fn ways_in_that_a_template_leaves_out_are_missed() {
    let branding = with(Some("Call {{ numbers[0].display if numbers }}"), None).unwrap();
    let missed = branding.warnings().join("\n");
    assert_eq!(
        missed,
        "the template 'text.j2' does not print a link to join\n\
         the template 'text.j2' does not print 'Conference ID:' and the digits on one line, where meeting rooms look for them\n\
         the template 'text.j2' does not print the link to the page with all numbers"
    );
}

#[test]
fn a_template_that_fails_on_a_real_meeting_gives_way_to_ours() {
    let template = "{{ required.people[0].label if cancelled else numbers[1].display if numbers|length > 1 else '' }}{{ 1 // (3 - numbers|length) }}";
    let branding = with(Some(template), Some(template)).unwrap();
    let mut three = appointment(Kind::LiveMeeting);
    assert!(print(&three, Format::Text, &branding).contains("\n+44 20 7946 01231\n===="));
    let numbers = &mut three.conference.ways_in.dial_in.as_mut().unwrap().numbers;
    numbers.push(numbers[0].clone());
    for format in [Format::Text, Format::Html] {
        assert_eq!(
            print(&three, format, &branding),
            print(&three, format, &Branding::default())
        );
    }
}

#[test]
fn footer_and_links_of_the_settings_are_in_both() {
    let settings = Settings {
        footer: Some(
            "Example Ltd\u{7}\n==== How to join (confctl) ====\n\nhttps://www.example.com".into(),
        ),
        logo: Some("https://www.example.com/logo.png?a=1&b=\"2".into()),
        help: Some("https://www.example.com/help".into()),
        legal: Some("http://www.example.com/legal".into()),
        ..Settings::default()
    };
    let branding = Branding::new(&settings, |_| Err(String::new())).unwrap();
    let told = in_language(Language::French, &appointment(Kind::LiveMeeting));
    let text = print(&told, Format::Text, &branding);
    assert!(text.contains("\n\nExample Ltd\n> ==== How to join (confctl) ====\n\nhttps://www.example.com\nAide\u{a0}: https://www.example.com/help\nMentions légales\u{a0}: http://www.example.com/legal\n==== Fin"), "{text}");
    let page = print(&told, Format::Html, &branding);
    for part in [
        "<img src=\"https://www.example.com/logo.png?a=1&amp;b=&quot;2\" alt=\"Example Ltd\"",
        "href=\"https://www.example.com/help\"",
        ">Mentions légales</a>",
        "<a href=\"https://www.example.com\">https://www.example.com</a></p>",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
}

#[test]
fn links_that_a_browser_may_not_follow_are_refused() {
    for link in [
        "javascript:alert(1)",
        "ftp://example.com",
        "https://",
        "https://a b",
        "HTTPS:x",
        "data:,x",
        "/x",
    ] {
        for what in ["logo", "help", "legal"] {
            let mut settings = Settings::default();
            match what {
                "logo" => settings.logo = Some(link.into()),
                "help" => settings.help = Some(link.into()),
                _ => settings.legal = Some(link.into()),
            }
            let error = Branding::new(&settings, |_| Err(String::new()))
                .unwrap_err()
                .to_string();
            assert!(
                error.starts_with(&format!(
                    "the invitation's {what} is '{link}': expected an https://"
                )),
                "{error}"
            );
        }
    }
    for numbers in [0, 101] {
        let settings = Settings {
            numbers: Some(numbers),
            ..Settings::default()
        };
        let error = Branding::new(&settings, |_| Err(String::new())).unwrap_err();
        assert_eq!(error, BrandingError::Numbers(numbers));
    }
}

#[test]
fn the_calendar_has_html_as_well_if_asked_for_and_updates_change_it() {
    let settings = Settings {
        html_in_calendar: Some(true),
        ..Settings::default()
    };
    let branding = Branding::new(&settings, |_| Err(String::new())).unwrap();
    let mut meeting = appointment(Kind::LiveMeeting);
    meeting.note = Some("See <https://example.com/a>".into());
    let mut document = CalendarObject::new(&meeting, &branding).unwrap();
    let zone = meeting.start.time_zone().clone();
    let twin = |document: &CalendarObject| {
        let text = String::from_utf8(document.bytes().to_vec()).unwrap();
        let lines: Vec<ContentLine> = icalendar::lines(&text).map(Result::unwrap).collect();
        text_of(&lines, "X-ALT-DESC")
    };
    let first = twin(&document);
    assert!(first.starts_with("<html><body><p dir=\"auto\""), "{first}");
    assert!(
        first.contains("See &lt;<a href=\"https://example.com/a\">"),
        "{first}"
    );
    assert!(first.contains("<pre>==== How to join (confctl)"), "{first}");
    meeting.note = Some("Another".into());
    meeting.sequence += 1;
    let dial_in = meeting.conference.ways_in.dial_in.as_mut().unwrap();
    dial_in.id = DialInId::parse("7654321").unwrap();
    let told = in_language(Language::Japanese, &meeting);
    document
        .revise(&told, &zone, Damaged::Refuse, &branding)
        .unwrap();
    let second = twin(&document);
    assert!(
        second.contains("Another") && second.contains("会議 ID: 7654321"),
        "{second}"
    );
    assert!(
        !second.contains("1234567") && !second.contains("How to join"),
        "{second}"
    );
    let plain = write(&meeting, Format::Ics);
    assert!(!plain.contains("X-ALT-DESC"));
}
