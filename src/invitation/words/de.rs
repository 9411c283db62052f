//! German.

use jiff::civil::Date;

use crate::conference::{Days, Kind, Language, Nth, Pattern, Until};
use crate::invitation::words::{
    CardWords, Fences, Labels, Sentences, Times, Words, listed, month, weekday,
};

pub(super) static WORDS: Words = Words {
    language: Language::German,
    labels: Labels {
        colon: ":",
        when: "Wann",
        repeats: "Wiederholung",
        except: "Außer",
        only: "Nur",
        this_occurrence: "dieser Termin einer Serie",
        instead_of: "Statt",
        organizer: "Organisator",
        sent_by: "Gesendet von",
        required: "Erforderlich",
        optional: "Optional",
        room: "Raum",
        presenter: "Referent",
        cancelled: "abgesagt",
        for_practice: "zur Übung",
        practice_notice: "Dies ist eine Übung: Die Telefonnummern sind erfunden.",
        live_meeting: "Live Meeting-Besprechung",
        conference_call: "Telefonkonferenz",
        join_live_meeting: "An der Live Meeting-Besprechung teilnehmen",
        join_conference_call: "Mit Communicator an der Telefonkonferenz teilnehmen, ohne Telefon",
        join_communicator: "Mit Communicator teilnehmen",
        join_web: "Im Webbrowser teilnehmen",
        web_browser: "Webbrowser",
        or_copy: "Oder diesen Link kopieren",
        computer_audio: "Audio über Computer",
        headset: "Verwenden Sie ein Headset oder Lautsprecher und Mikrofon.",
        telephone: "Audio über Telefon",
        number: "Einwahlnummer",
        region: "Region",
        languages: "Sprachen",
        conference_id: "Konferenz-ID",
        passcode: "Kenncode",
        mobile: "Mit dem Mobiltelefon",
        local_numbers: "Lokale Einwahlnummern und Ihre PIN",
        by_hand: "Falls sich der Link nicht öffnen lässt, geben Sie dies von Hand ein",
        meeting_id: "Besprechungs-ID",
        entry_code: "Zugangscode",
        the_passcode: "der Kenncode",
        location: "Adresse",
        keypad: "Tasten während der Konferenz",
        help: "Hilfe",
        legal: "Rechtliche Hinweise",
    },
    card: CardWords {
        call: "Anrufen",
        inside: "Aus dem Inland",
        abroad: "Aus dem Ausland",
        aloud: "Zum Vorlesen",
        no_numbers: "Es gibt keine Einwahlnummern.",
        scan_to_call: "Zum Anrufen scannen",
        scan_to_join: "Zum Teilnehmen scannen",
    },
    fences: Fences {
        begin: "==== So nehmen Sie teil (confctl) =============================",
        end: "==== Ende der Hinweise zur Teilnahme (confctl) ================",
    },
    cancelled: "Abgesagt: ",
    comma: ", ",
    sentences: Sentences {
        invites: |from, kind| match kind {
            Kind::LiveMeeting => format!("{from} lädt Sie zu einer Live Meeting-Besprechung ein."),
            Kind::ConferenceCall => format!("{from} lädt Sie zu einer Telefonkonferenz ein."),
        },
        has_cancelled: |from, kind| match kind {
            Kind::LiveMeeting => format!("{from} hat diese Live Meeting-Besprechung abgesagt."),
            Kind::ConferenceCall => format!("{from} hat diese Telefonkonferenz abgesagt."),
        },
        withdraws: |from, kind| match kind {
            Kind::LiveMeeting => format!(
                "{from} hat Sie von der Teilnehmerliste dieser Live Meeting-Besprechung genommen: Sie brauchen nicht teilzunehmen."
            ),
            Kind::ConferenceCall => format!(
                "{from} hat Sie von der Teilnehmerliste dieser Telefonkonferenz genommen: Sie brauchen nicht teilzunehmen."
            ),
        },
        call: |end| match end {
            "" => {
                "Wählen Sie eine Einwahlnummer und geben Sie dann die Konferenz-ID ein.".to_owned()
            }
            end => format!(
                "Wählen Sie eine Einwahlnummer und geben Sie dann die Konferenz-ID und {end} ein."
            ),
        },
        more_numbers: |more| match more {
            1 => "1 weitere Einwahlnummer und Ihre PIN".to_owned(),
            more => format!("{more} weitere Einwahlnummern und Ihre PIN"),
        },
        more_numbers_ask: |more| match more {
            1 => "1 weitere Einwahlnummer: Fragen Sie den Organisator".to_owned(),
            more => format!("{more} weitere Einwahlnummern: Fragen Sie den Organisator"),
        },
        more_people: |more| format!("und {more} weitere"),
        keys: [
            "die Befehle anhören",
            "anhören, wer teilnimmt",
            "das eigene Mikrofon aus- oder einschalten",
            "alle anderen stumm- oder lautschalten (Referenten)",
            "die Konferenz sperren oder entsperren (Referenten)",
            "Ansagen ein- oder ausschalten (Referenten)",
        ],
    },
    times: Times {
        day,
        gap: ", ",
        dash: "–",
        suffix: " Uhr",
        zone_gap: ", ",
        ends_in: ", endet in ",
    },
    pattern,
    rule: "nach der Regel",
};

const WEEKDAYS: [&str; 7] = [
    "Montag",
    "Dienstag",
    "Mittwoch",
    "Donnerstag",
    "Freitag",
    "Samstag",
    "Sonntag",
];

const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

fn day(date: Date) -> String {
    let weekday = weekday(&WEEKDAYS, date.weekday());
    let month = month(&MONTHS, date.month().into());
    format!("{weekday}, {}. {month} {}", date.day(), date.year())
}

fn pattern(pattern: &Pattern) -> String {
    let every = |one: &str, many: &str| match pattern.every {
        1 => one.to_owned(),
        every => format!("alle {every} {many}"),
    };
    let days = match &pattern.days {
        Days::Day => every("jeden Tag", "Tage"),
        Days::Working => every("jede Woche", "Wochen") + " von Montag bis Freitag",
        Days::Week(days) => {
            let days = days.iter().map(|day| weekday(&WEEKDAYS, *day).to_owned());
            format!(
                "{} am {}",
                every("jede Woche", "Wochen"),
                and(days.collect())
            )
        }
        Days::Month(days) => {
            let days = days.iter().map(|day| day_of_month(*day)).collect();
            format!("{} am {}", every("jeden Monat", "Monate"), and(days))
        }
        Days::MonthNth(days) => format!("{} am {}", every("jeden Monat", "Monate"), nth(days)),
        Days::Year(day, of) => {
            let month = month(&MONTHS, *of);
            format!("{} am {day}. {month}", every("jedes Jahr", "Jahre"))
        }
        Days::YearNth(days, of) => {
            let (days, month) = (nth(days), month(&MONTHS, *of));
            format!("{} am {days} im {month}", every("jedes Jahr", "Jahre"))
        }
    };
    days + &until(pattern.until)
}

fn day_of_month(day: i16) -> String {
    match day {
        -1 => "letzten Tag".to_owned(),
        -2 => "vorletzten Tag".to_owned(),
        day if day < 0 => format!("{}. Tag vom Monatsende aus", -day),
        day => format!("{day}."),
    }
}

fn nth(days: &[Nth]) -> String {
    let word = |day: &Nth| {
        let nth = match day.nth {
            1 => "ersten",
            2 => "zweiten",
            3 => "dritten",
            4 => "vierten",
            5 => "fünften",
            -2 => "vorletzten",
            _ => "letzten",
        };
        format!("{nth} {}", weekday(&WEEKDAYS, day.weekday))
    };
    and(days.iter().map(word).collect())
}

fn and(words: Vec<String>) -> String {
    listed(&words, ", ", " und ")
}

fn until(until: Until) -> String {
    match until {
        Until::Never => String::new(),
        Until::Times(1) => ", einmal".to_owned(),
        Until::Times(times) => format!(", {times}-mal"),
        Until::Day(last) => format!(" bis {}", day(last)),
    }
}
