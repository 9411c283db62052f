//! Six languages: nothing of English is left, dates and series read as people say them.

use std::collections::HashSet;

use jiff::Zoned;

use super::*;
use crate::conference::Series;
use crate::invitation::repetition;
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
fn every_text_of_a_file_has_its_place() {
    for language in Language::ALL {
        let words = Words::of(language);
        assert_eq!(words.language, language);
        let file = format!("src/invitation/words/{}.toml", language.tag());
        let file: toml::Table = std::fs::read_to_string(&file).unwrap().parse().unwrap();
        let read = toml::Table::try_from(words).unwrap().to_string();
        let file = file.to_string();
        let unread: Vec<_> = file.lines().filter(|line| !read.contains(line)).collect();
        assert!(unread.is_empty(), "{language:?}: {unread:#?}");
        for tag in Words::of(Language::English).languages.keys() {
            assert!(words.languages.contains_key(tag), "{language:?}: {tag}");
        }
    }
}

/// Filling them complains of names that nothing fills.
#[test]
fn every_sentence_of_a_series_is_filled() {
    let start = at("2026-12-01T10:00[Europe/Prague]");
    for words in Words::all() {
        for every in ["", ";INTERVAL=2", ";INTERVAL=5"] {
            for end in ["", ";COUNT=1", ";COUNT=2", ";COUNT=5", ";UNTIL=20301201"] {
                for rule in [
                    "FREQ=DAILY",
                    "FREQ=WEEKLY",
                    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
                    "FREQ=MONTHLY;BYMONTHDAY=1,2,3,31,-1,-2,-3",
                    "FREQ=MONTHLY;BYDAY=1MO,2MO,3MO,4MO,5MO,-1MO,-2MO",
                    "FREQ=YEARLY",
                    "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=2",
                    "FREQ=YEARLY;BYMONTH=4;BYDAY=1MO",
                    "nonsense",
                ] {
                    let rule = format!("{rule}{every}{end}");
                    let excluded = vec![];
                    let told = words.series(
                        &Series {
                            rule,
                            excluded,
                            ..Series::default()
                        },
                        &start,
                    );
                    assert!(!told.contains(['{', '}']), "{told}");
                }
            }
        }
    }
}

#[test]
fn texts_are_filled_by_name_and_once() {
    let values = [("n", "{m}"), ("m", "1")];
    assert_eq!(fill("{n} of {m}, {n}", &values), "{m} of 1, {m}");
    assert_eq!(fill("none", &values), "none");
    let forms = |texts: &[&'static str]| [1, 2, 4, 5, 22].map(|n| plural(texts, n)).concat();
    assert_eq!(forms(&["a", "b", "c"]), "abbcc");
    assert_eq!(forms(&["a", "b"]), "abbbb");
    assert_eq!(forms(&["a"]), "aaaaa");
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
        for kind in Kind::ALL {
            let sentences = |words: &Words| {
                let mut all = vec![
                    words.invites("Ana", kind),
                    words.cancels("Ana", kind),
                    words.withdraws("Ana", kind),
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
            assert!(words.cancels("Ana", kind).contains("Ana"));
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
fn rules_are_said_in_english() {
    for (rule, words) in [
        ("FREQ=DAILY", "every day"),
        ("FREQ=DAILY;INTERVAL=3;COUNT=6", "every 3 days, 6 times"),
        ("FREQ=WEEKLY", "every week on Tuesday"),
        (
            "FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20261218T225959Z",
            "every week on Monday and Wednesday until Friday 18 December 2026",
        ),
        (
            "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=1",
            "every weekday, Monday to Friday, once",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR,TH,WE,TU,MO",
            "every 2 weeks from Monday to Friday",
        ),
        ("FREQ=MONTHLY", "every month on the 1st"),
        (
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR;COUNT=6",
            "every 2 months on the last Friday, 6 times",
        ),
        (
            "FREQ=MONTHLY;BYDAY=1MO,3MO,-2SU",
            "every month on the first Monday, third Monday and second last Sunday",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=2,11,23,31,-1",
            "every month on the 2nd, 11th, 23rd, 31st and last day",
        ),
        ("FREQ=YEARLY", "every year on 1 December"),
        (
            "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24",
            "every year on 24 December",
        ),
        (
            "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;UNTIL=20301201",
            "every year on the fourth Thursday of November until Sunday 1 December 2030",
        ),
        ("FREQ=DAILY;BYMONTH=1", "by the rule FREQ=DAILY;BYMONTH=1"),
        (
            "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1",
            "by the rule FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1",
        ),
        (
            "FREQ=YEARLY;BYDAY=20MO",
            "by the rule FREQ=YEARLY;BYDAY=20MO",
        ),
        ("nonsense", "by the rule nonsense"),
    ] {
        let series = Series {
            rule: rule.into(),
            excluded: vec![],
            ..Series::default()
        };
        let start = at("2026-12-01T10:00[Europe/Prague]");
        assert_eq!(repetition(&series, &start), words);
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
            ..Series::default()
        };
        let told = Words::all().map(|words| words.series(&series, &start));
        let told: Vec<String> = told.collect();
        assert_eq!(told.iter().collect::<HashSet<_>>().len(), 6, "{told:#?}");
        all += &format!("{rule}\n    {}\n", told.join("\n    "));
    }
    insta::assert_snapshot!(all);
}
