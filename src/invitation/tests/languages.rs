//! A language changes labels, never what people dial, key in or click.

use std::collections::BTreeSet;

use super::*;

/// Links, ids, addresses and numbers: whatever holds a digit or `:/` or `@`.
fn facts(text: &str) -> BTreeSet<&str> {
    let words = text.split([' ', '\n', '<', '>', '"', '、', '\u{a0}']);
    let is_fact = |word: &&str| {
        let word = word.trim_end_matches([',', ':']);
        word.len() > 5 && word.is_ascii() && word.contains(|c: char| c.is_ascii_digit() || c == '@')
    };
    let facts = words.filter(is_fact);
    facts
        .map(|fact| fact.trim_end_matches([',', ':', '.']))
        .collect()
}

/// Checklist 35.
#[test]
fn a_language_changes_labels_and_nothing_else() {
    for appointment in [
        appointment(Kind::LiveMeeting),
        updated_meeting(),
        appointment(Kind::OnlineMeeting),
        appointment(Kind::ConferenceCall),
    ] {
        for format in [Format::Text, Format::Html] {
            let english = write(&appointment, format);
            for language in Language::ALL {
                let told = write(&in_language(language, &appointment), format);
                assert_eq!(facts(&told), facts(&english), "{language:?}");
                assert_eq!(told == english, language == Language::English);
            }
        }
        let uris = |language| {
            let lines = lines(&in_language(language, &appointment));
            let names = [
                "CONFERENCE",
                "URL",
                "UID",
                "ATTENDEE",
                "ORGANIZER",
                "DTSTART",
            ];
            let kept = lines
                .into_iter()
                .filter(|line| names.contains(&line.name.as_str()));
            kept.map(|line| line.value).collect::<Vec<_>>()
        };
        for language in Language::ALL {
            assert_eq!(uris(language), uris(Language::English), "{language:?}");
        }
    }
}

/// Checklist 26, in the words that machines look for in each language.
#[test]
fn conference_id_and_digits_are_one_run_on_one_line() {
    let labels = [
        "Conference ID: 1234567",
        "ID konference: 1234567",
        "Konferenz-ID: 1234567",
        "ID de conférence\u{a0}: 1234567",
        "Id. de conferencia: 1234567",
        "会議 ID: 1234567",
    ];
    for (language, label) in Language::ALL.into_iter().zip(labels) {
        let told = in_language(language, &appointment(Kind::LiveMeeting));
        let text = write(&told, Format::Text);
        assert!(text.lines().any(|line| line == label), "{text}");
        assert!(write(&told, Format::Html).contains(&format!(">{label}<")));
        let body = text_of(&lines(&told), "DESCRIPTION");
        assert!(body.lines().any(|line| line == label), "{body}");
    }
}

/// What only the Live Meeting console knows is not told to people who have another one.
#[test]
fn an_online_meeting_is_called_so_and_its_web_link_comes_first() {
    for language in Language::ALL {
        let words = Words::of(language);
        let told = in_language(language, &appointment(Kind::OnlineMeeting));
        for format in [Format::Text, Format::Html, Format::Ics] {
            let text = write(&told, format).replace("\r\n ", "");
            for word in ["Live Meeting", "meet:", words.labels.by_hand] {
                assert!(!text.contains(word), "{word}\n{text}");
            }
            for word in [words.labels.online_meeting, words.labels.join_client] {
                assert!(text.contains(word), "{word}\n{text}");
            }
            let places = ["https://meet.", "conf:sip:"].map(|link| text.find(link).unwrap());
            assert!(places.is_sorted(), "{text}");
        }
        let mut closed = told.clone();
        closed.status = Status::Cancelled;
        for withdrawn in [false, true] {
            closed.wording.withdrawn = withdrawn;
            let text = write(&closed, Format::Text);
            assert!(!text.contains("Live Meeting"), "{text}");
        }
    }
}

/// Whether there is a web link says nothing of it: an administrator may publish a join page before an
/// older pool, and hide it before a newer one.
#[test]
fn a_call_names_the_program_of_its_pool() {
    let web_link = || Some("https://meet.example.com/ana/5F5F5F5F".to_owned());
    for (client, link) in [
        (Some(Client::Communicator), None),
        (Some(Client::Communicator), web_link()),
        (Some(Client::Lync), None),
        (Some(Client::Lync), web_link()),
        // Noted by an earlier version.
        (None, None),
        (None, web_link()),
    ] {
        let mut call = appointment(Kind::ConferenceCall);
        call.conference.ways_in.client = client;
        call.conference.ways_in.web_link = link.clone();
        let text = write(&call, Format::Text);
        let is_lync = client.map_or(link.is_some(), |client| client == Client::Lync);
        let label = "Join with the Lync or Skype for Business client";
        assert_eq!(text.contains(label), is_lync, "{text}");
        assert_eq!(text.contains("Communicator"), !is_lync, "{text}");
        assert_eq!(text.contains("Location"), !is_lync, "{text}");
        let in_browser = text.contains("Join from a web browser:");
        assert_eq!(in_browser, link.is_some(), "{text}");
    }
}

#[test]
fn the_calendar_speaks_the_language_of_the_meeting() {
    let told = in_language(Language::German, &updated_meeting());
    let calendar = write(&told, Format::Ics).replace("\r\n ", "");
    for part in [
        "\r\nLOCATION:Live Meeting-Besprechung +14255550100\\,\\,1234567#\r\n",
        ";LABEL=Webbrowser;VALUE=URI:https://pool.example.com/join/5F5F\r\n",
        "LABEL=\"North America: Englisch (US), Französisch (CA)\"",
        "\r\nDESCRIPTION:Please bring your numbers.\\n\\n  - Ana\\n\\n==== So nehmen Sie teil (confctl) ===",
    ] {
        assert!(calendar.contains(part), "{part}\n{calendar}");
    }
    assert_eq!(
        prefix(&in_language(Language::German, &cancelled_series())),
        "Abgesagt: "
    );
    assert_eq!(prefix(&told), "");
}
