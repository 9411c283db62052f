//! Czech.

use jiff::civil::Date;

use crate::conference::{Days, Kind, Language, Nth, Pattern, Until};
use crate::invitation::words::{
    CardWords, Fences, Labels, Sentences, Times, Words, listed, month, weekday,
};

pub(super) static WORDS: Words = Words {
    language: Language::Czech,
    labels: Labels {
        colon: ":",
        when: "Kdy",
        repeats: "Opakování",
        except: "Kromě",
        only: "Pouze",
        this_occurrence: "tento termín z řady",
        instead_of: "Původně",
        organizer: "Organizátor",
        sent_by: "Odesílá",
        required: "Povinní",
        optional: "Nepovinní",
        room: "Místnost",
        presenter: "prezentující",
        cancelled: "zrušeno",
        for_practice: "cvičně",
        practice_notice: "Toto je cvičná schůzka: její telefonní čísla jsou smyšlená.",
        live_meeting: "Schůzka Live Meeting",
        conference_call: "Konferenční hovor",
        join_live_meeting: "Připojit se ke schůzce Live Meeting",
        join_conference_call: "Připojit se ke konferenčnímu hovoru v aplikaci Communicator, bez telefonu",
        join_communicator: "Připojit se přes Communicator",
        join_web: "Připojit se z webového prohlížeče",
        web_browser: "Webový prohlížeč",
        or_copy: "Nebo zkopírujte tento odkaz",
        computer_audio: "Zvuk přes počítač",
        headset: "Použijte náhlavní soupravu, nebo reproduktory a mikrofon.",
        telephone: "Zvuk přes telefon",
        number: "Číslo",
        region: "Oblast",
        languages: "Jazyky",
        conference_id: "ID konference",
        passcode: "Přístupový kód",
        mobile: "Z mobilního telefonu",
        local_numbers: "Místní čísla a váš PIN",
        by_hand: "Pokud se odkaz neotevře, zadejte ručně",
        meeting_id: "ID schůzky",
        entry_code: "Vstupní kód",
        the_passcode: "přístupový kód",
        location: "Umístění",
        keypad: "Klávesy během hovoru",
        help: "Nápověda",
        legal: "Právní informace",
    },
    card: CardWords {
        call: "Volejte",
        inside: "Z tuzemska",
        abroad: "Ze zahraničí",
        aloud: "K přečtení nahlas",
        no_numbers: "Telefonní čísla nejsou k dispozici.",
        scan_to_call: "Naskenujte a zavolejte",
        scan_to_join: "Naskenujte a připojte se",
    },
    fences: Fences {
        begin: "==== Jak se připojit (confctl) ================================",
        end: "==== Konec pokynů k připojení (confctl) =======================",
    },
    cancelled: "Zrušeno: ",
    comma: ", ",
    sentences: Sentences {
        invites: |from, kind| match kind {
            Kind::LiveMeeting => format!("{from} vás zve na schůzku Live Meeting."),
            Kind::ConferenceCall => format!("{from} vás zve na konferenční hovor."),
        },
        has_cancelled: |from, kind| match kind {
            Kind::LiveMeeting => format!("Tuto schůzku Live Meeting zrušil organizátor: {from}."),
            Kind::ConferenceCall => format!("Tento konferenční hovor zrušil organizátor: {from}."),
        },
        withdraws: |from, kind| match kind {
            Kind::LiveMeeting => format!(
                "Organizátor vás z této schůzky Live Meeting odebral, nemusíte se účastnit: {from}."
            ),
            Kind::ConferenceCall => format!(
                "Organizátor vás z tohoto konferenčního hovoru odebral, nemusíte se účastnit: {from}."
            ),
        },
        call: |end| match end {
            "" => "Zavolejte na některé z čísel a zadejte ID konference.".to_owned(),
            end => format!("Zavolejte na některé z čísel a zadejte ID konference a {end}."),
        },
        more_numbers: |more| format!("Další čísla ({more}) a váš PIN"),
        more_numbers_ask: |more| format!("Další čísla ({more}): zeptejte se organizátora"),
        more_people: |more| format!("a další ({more})"),
        keys: [
            "vyslechnout seznam příkazů",
            "vyslechnout, kdo je přítomen",
            "vypnout nebo zapnout svůj mikrofon",
            "ztlumit nebo zapnout ostatní (prezentující)",
            "uzamknout nebo odemknout konferenci (prezentující)",
            "zapnout nebo vypnout oznámení (prezentující)",
        ],
    },
    times: Times {
        day: |date| format!("{} {}", weekday(&WEEKDAYS, date.weekday()), day(date)),
        gap: ", ",
        dash: "–",
        suffix: "",
        zone_gap: ", ",
        ends_in: ", končí v ",
    },
    pattern,
    rule: "podle pravidla",
};

const WEEKDAYS: [&str; 7] = [
    "pondělí",
    "úterý",
    "středa",
    "čtvrtek",
    "pátek",
    "sobota",
    "neděle",
];

/// What follows `do`.
const UNTIL_WEEKDAYS: [&str; 7] = [
    "pondělí",
    "úterý",
    "středy",
    "čtvrtka",
    "pátku",
    "soboty",
    "neděle",
];

const ON_WEEKDAYS: [&str; 7] = [
    "v pondělí",
    "v úterý",
    "ve středu",
    "ve čtvrtek",
    "v pátek",
    "v sobotu",
    "v neděli",
];

/// In the accusative, with the ending of `druhý` and `čtvrtý` before them.
const NTH_WEEKDAYS: [(&str, &str); 7] = [
    ("pondělí", "é"),
    ("úterý", "é"),
    ("středu", "ou"),
    ("čtvrtek", "ý"),
    ("pátek", "ý"),
    ("sobotu", "ou"),
    ("neděli", "ou"),
];

const OF_MONTH: [&str; 12] = [
    "ledna",
    "února",
    "března",
    "dubna",
    "května",
    "června",
    "července",
    "srpna",
    "září",
    "října",
    "listopadu",
    "prosince",
];

const IN_MONTH: [&str; 12] = [
    "lednu",
    "únoru",
    "březnu",
    "dubnu",
    "květnu",
    "červnu",
    "červenci",
    "srpnu",
    "září",
    "říjnu",
    "listopadu",
    "prosinci",
];

fn day(date: Date) -> String {
    let month = month(&OF_MONTH, date.month().into());
    format!("{}. {month} {}", date.day(), date.year())
}

fn pattern(pattern: &Pattern) -> String {
    let every = pattern.every;
    let days = match &pattern.days {
        Days::Day => period(every, "každý den", ["dny", "dní"]),
        Days::Working if every == 1 => "každý pracovní den od pondělí do pátku".to_owned(),
        Days::Working => week(every) + " od pondělí do pátku",
        Days::Week(days) => {
            let days = days
                .iter()
                .map(|day| weekday(&ON_WEEKDAYS, *day).to_owned());
            format!("{} {}", week(every), and(days.collect()))
        }
        Days::Month(days) => {
            let days = days.iter().map(|day| day_of_month(*day)).collect();
            format!("{} {}", months(every), and(days))
        }
        Days::MonthNth(days) => format!("{} {}", months(every), nth(days)),
        Days::Year(day, of) => format!("{} {day}. {}", years(every), month(&OF_MONTH, *of)),
        Days::YearNth(days, of) => {
            format!("{} {} v {}", years(every), nth(days), month(&IN_MONTH, *of))
        }
    };
    days + &until(pattern.until)
}

/// One of something, two to four, five and more.
fn period(every: u16, one: &str, [few, many]: [&str; 2]) -> String {
    match every {
        1 => one.to_owned(),
        2..=4 => format!("každé {every} {few}"),
        _ => format!("každých {every} {many}"),
    }
}

fn week(every: u16) -> String {
    period(every, "každý týden", ["týdny", "týdnů"])
}

fn months(every: u16) -> String {
    period(every, "každý měsíc", ["měsíce", "měsíců"])
}

fn years(every: u16) -> String {
    period(every, "každý rok", ["roky", "let"])
}

fn day_of_month(day: i16) -> String {
    match day {
        -1 => "poslední den".to_owned(),
        -2 => "předposlední den".to_owned(),
        day if day < 0 => format!("{}. den od konce", -day),
        day => format!("{day}. den"),
    }
}

fn nth(days: &[Nth]) -> String {
    let word = |day: &Nth| {
        let (name, ending) = weekday(&NTH_WEEKDAYS, day.weekday);
        match day.nth {
            1 => format!("první {name}"),
            2 => format!("druh{ending} {name}"),
            3 => format!("třetí {name}"),
            4 => format!("čtvrt{ending} {name}"),
            5 => format!("pát{ending} {name}"),
            -2 => format!("předposlední {name}"),
            _ => format!("poslední {name}"),
        }
    };
    and(days.iter().map(word).collect())
}

fn and(words: Vec<String>) -> String {
    listed(&words, ", ", " a ")
}

fn until(until: Until) -> String {
    match until {
        Until::Never => String::new(),
        Until::Times(1) => ", jednou".to_owned(),
        Until::Times(times) => format!(", celkem {times}krát"),
        Until::Day(last) => {
            let weekday = weekday(&UNTIL_WEEKDAYS, last.weekday());
            format!(" do {weekday} {}", day(last))
        }
    }
}
