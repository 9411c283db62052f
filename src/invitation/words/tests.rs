//! Six languages: nothing of English is left, dates and series read as people say them.

use std::collections::HashSet;

use super::*;
use crate::when;

fn at(text: &str) -> Zoned {
    text.parse().unwrap()
}

fn labels(words: &Words) -> serde_json::Map<String, serde_json::Value> {
    match serde_json::to_value(&words.labels).unwrap() {
        serde_json::Value::Object(labels) => labels,
        other => panic!("{other}"),
    }
}

#[test]
fn nothing_of_english_is_left_in_the_others() {
    // What is the same word there.
    let same = [
        ("de", "optional"),
        ("de", "region"),
        ("fr", "colon"),
        ("de", "colon"),
        ("cs", "colon"),
        ("es", "colon"),
        ("ja", "colon"),
    ];
    let english = Words::of(Language::English);
    for words in Words::all().filter(|words| words.language != Language::English) {
        let tag = words.language.tag();
        for (name, text) in labels(words) {
            let text = text.as_str().unwrap().to_owned();
            assert!(!text.is_empty() && text.trim_end() == text, "{tag} {name}");
            let is_english = labels(english)[&name] == text;
            assert!(!is_english || same.contains(&(tag, &name)), "{tag} {name}");
        }
        for kind in [Kind::LiveMeeting, Kind::ConferenceCall] {
            let sentences = |words: &Words| {
                let mut all = vec![
                    words.invites("Ana", kind),
                    words.has_cancelled("Ana", kind),
                    words.call("#"),
                    words.call(""),
                    words.local_numbers(1),
                    words.local_numbers(28),
                    words.more_numbers_ask(1),
                    words.more_numbers_ask(28),
                    words.more_people(9),
                ];
                all.extend(words.keypad().map(|(_, does)| does.to_owned()));
                all
            };
            let known: HashSet<String> = sentences(english).into_iter().collect();
            for sentence in sentences(words) {
                assert!(!known.contains(&sentence), "{tag} {sentence}");
            }
            assert!(words.invites("Ana", kind).contains("Ana"));
            assert!(words.has_cancelled("Ana", kind).contains("Ana"));
            assert!(words.call("*#").contains("*#"));
        }
    }
}

#[test]
fn numbers_speak_languages_by_name() {
    for (tag, names) in [
        (
            "en-US",
            [
                "English (US)",
                "angličtina (US)",
                "Englisch (US)",
                "anglais (US)",
                "inglés (US)",
                "英語 (US)",
            ],
        ),
        (
            "ja",
            [
                "Japanese",
                "japonština",
                "Japanisch",
                "japonais",
                "japonés",
                "日本語",
            ],
        ),
        ("tlh", ["tlh"; 6]),
    ] {
        let told = Words::all().map(|words| words.language(tag));
        assert_eq!(told.collect::<Vec<_>>(), names);
    }
}

#[test]
fn times_are_told_as_people_write_them() {
    let told = |start, end| {
        let all = Words::all().map(|words| words.range(&at(start), &at(end)));
        all.collect::<Vec<_>>()
    };
    assert_eq!(
        told("2027-03-01T10:00[Europe/Prague]", "2027-03-01T10:00[UTC]"),
        [
            "Monday 1 March 2027 10:00–11:00 Europe/Prague (CET, +01:00)",
            "pondělí 1. března 2027, 10:00–11:00, Europe/Prague (CET, +01:00)",
            "Montag, 1. März 2027, 10:00–11:00 Uhr, Europe/Prague (CET, +01:00)",
            "lundi 1er mars 2027, 10:00–11:00, Europe/Prague (CET, +01:00)",
            "lunes, 1 de marzo de 2027, 10:00–11:00, Europe/Prague (CET, +01:00)",
            "2027年3月1日 (月曜日) 10:00～11:00 Europe/Prague (CET, +01:00)",
        ]
    );
    assert_eq!(
        told(
            "2026-10-24T23:00[Europe/Prague]",
            "2026-10-25T04:00[Europe/Prague]"
        ),
        [
            "Saturday 24 October 2026 23:00 – Sunday 25 October 2026 04:00 Europe/Prague (CEST, +02:00), ends in CET, +01:00",
            "sobota 24. října 2026, 23:00 – neděle 25. října 2026, 04:00, Europe/Prague (CEST, +02:00), končí v CET, +01:00",
            "Samstag, 24. Oktober 2026, 23:00 Uhr – Sonntag, 25. Oktober 2026, 04:00 Uhr, Europe/Prague (CEST, +02:00), endet in CET, +01:00",
            "samedi 24 octobre 2026, 23:00 – dimanche 25 octobre 2026, 04:00, Europe/Prague (CEST, +02:00), se termine en CET, +01:00",
            "sábado, 24 de octubre de 2026, 23:00 – domingo, 25 de octubre de 2026, 04:00, Europe/Prague (CEST, +02:00), termina en CET, +01:00",
            "2026年10月24日 (土曜日) 23:00 ～ 2026年10月25日 (日曜日) 04:00 Europe/Prague (CEST, +02:00)、終了時は CET, +01:00",
        ]
    );
}

#[test]
fn english_times_are_those_of_the_screen() {
    let english = Words::of(Language::English);
    for (start, end) in [
        ("2027-03-02T10:00:05[UTC]", "2027-03-02T11:00[UTC]"),
        ("2026-10-24T23:00[+05:30]", "2026-10-25T04:00[+05:30]"),
        (
            "2026-10-25T02:00[Europe/Prague]",
            "2026-10-25T04:00[Europe/Prague]",
        ),
    ] {
        let (start, end) = (at(start), at(end));
        assert_eq!(
            english.range(&start, &end),
            when::display_range(&start, &end)
        );
        assert_eq!(english.moment(&start), when::display(&start));
    }
}

#[test]
fn rules_are_said_in_every_language() {
    let start = at("2026-12-01T10:00[Europe/Prague]");
    let mut all = String::new();
    for rule in [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3;COUNT=6",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;BYDAY=MO,WE,TH;UNTIL=20261218T225959Z",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=1",
        "FREQ=WEEKLY;INTERVAL=5;BYDAY=FR,TH,WE,TU,MO",
        "FREQ=MONTHLY",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR;COUNT=6",
        "FREQ=MONTHLY;BYDAY=1MO,2WE,4TH,-2SU",
        "FREQ=MONTHLY;BYMONTHDAY=2,31,-1,-3",
        "FREQ=YEARLY",
        "FREQ=YEARLY;INTERVAL=5;BYMONTH=8;BYMONTHDAY=24",
        "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;UNTIL=20301201",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1",
    ] {
        let series = Series {
            rule: rule.into(),
            excluded: vec![],
        };
        let told = Words::all().map(|words| words.series(&series, &start));
        let told: Vec<String> = told.collect();
        assert_eq!(told[0], series.words(&start));
        assert_eq!(told.iter().collect::<HashSet<_>>().len(), 6, "{told:#?}");
        all += &format!("{rule}\n    {}\n", told.join("\n    "));
    }
    insta::assert_snapshot!(all);
}
