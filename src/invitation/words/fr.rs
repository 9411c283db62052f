//! French. A blank that must not end a line stands before `:`.

use jiff::civil::Date;

use crate::conference::{Days, Kind, Language, Nth, Pattern, Until};
use crate::invitation::words::{
    CardWords, Fences, Labels, Sentences, Times, Words, listed, month, weekday,
};

pub(super) static WORDS: Words = Words {
    language: Language::French,
    labels: Labels {
        colon: "\u{a0}:",
        when: "Quand",
        repeats: "Périodicité",
        except: "Sauf",
        only: "Uniquement",
        this_occurrence: "cette occurrence d’une série",
        instead_of: "Au lieu de",
        organizer: "Organisateur",
        sent_by: "Envoyé par",
        required: "Obligatoires",
        optional: "Facultatifs",
        room: "Salle",
        presenter: "présentateur",
        cancelled: "annulée",
        for_practice: "pour s’exercer",
        practice_notice: "Ceci est un exercice\u{a0}: les numéros de téléphone sont fictifs.",
        live_meeting: "Réunion Live Meeting",
        conference_call: "Conférence téléphonique",
        join_live_meeting: "Participer à la réunion Live Meeting",
        join_conference_call: "Participer à la conférence téléphonique avec Communicator, sans téléphone",
        join_communicator: "Participer avec Communicator",
        join_web: "Participer depuis un navigateur web",
        web_browser: "Navigateur web",
        or_copy: "Ou copiez ce lien",
        computer_audio: "Audio par ordinateur",
        headset: "Utilisez un casque, ou des haut-parleurs et un microphone.",
        telephone: "Audio par téléphone",
        number: "Numéro",
        region: "Région",
        languages: "Langues",
        conference_id: "ID de conférence",
        passcode: "Code secret",
        mobile: "Depuis un mobile",
        local_numbers: "Numéros locaux et votre code PIN",
        by_hand: "Si le lien ne s’ouvre pas, saisissez ceci",
        meeting_id: "ID de réunion",
        entry_code: "Code d’entrée",
        the_passcode: "le code secret",
        location: "Emplacement",
        keypad: "Touches pendant l’appel",
        help: "Aide",
        legal: "Mentions légales",
    },
    card: CardWords {
        call: "Appeler",
        inside: "Dans le pays",
        abroad: "Depuis l’étranger",
        aloud: "À lire à voix haute",
        no_numbers: "Il n’y a pas de numéro de téléphone.",
        scan_to_call: "Scanner pour appeler",
        scan_to_join: "Scanner pour participer",
    },
    fences: Fences {
        begin: "==== Comment participer (confctl) =============================",
        end: "==== Fin des instructions pour participer (confctl) ===========",
    },
    cancelled: "Annulé\u{a0}: ",
    comma: ", ",
    sentences: Sentences {
        invites: |from, kind| match kind {
            Kind::LiveMeeting => format!("{from} vous invite à une réunion Live Meeting."),
            Kind::ConferenceCall => format!("{from} vous invite à une conférence téléphonique."),
        },
        has_cancelled: |from, kind| match kind {
            Kind::LiveMeeting => format!("{from} a annulé cette réunion Live Meeting."),
            Kind::ConferenceCall => format!("{from} a annulé cette conférence téléphonique."),
        },
        withdraws: |from, kind| match kind {
            Kind::LiveMeeting => format!(
                "{from} vous a retiré de la liste des participants de cette réunion Live Meeting : votre présence n’est plus nécessaire."
            ),
            Kind::ConferenceCall => format!(
                "{from} vous a retiré de la liste des participants de cette conférence téléphonique : votre présence n’est plus nécessaire."
            ),
        },
        call: |end| match end {
            "" => "Appelez un numéro, puis composez l’ID de conférence.".to_owned(),
            end => format!("Appelez un numéro, puis composez l’ID de conférence et {end}."),
        },
        more_numbers: |more| match more {
            1 => "1 autre numéro et votre code PIN".to_owned(),
            more => format!("{more} autres numéros et votre code PIN"),
        },
        more_numbers_ask: |more| match more {
            1 => "1 autre numéro\u{a0}: demandez à l’organisateur".to_owned(),
            more => format!("{more} autres numéros\u{a0}: demandez à l’organisateur"),
        },
        more_people: |more| match more {
            1 => "et 1 autre".to_owned(),
            more => format!("et {more} autres"),
        },
        keys: [
            "écouter la liste des commandes",
            "écouter la liste des participants",
            "couper ou rétablir votre micro",
            "couper ou rétablir le micro des autres (présentateurs)",
            "verrouiller ou déverrouiller la conférence (présentateurs)",
            "activer ou désactiver les annonces (présentateurs)",
        ],
    },
    times: Times {
        day,
        gap: ", ",
        dash: "–",
        suffix: "",
        zone_gap: ", ",
        ends_in: ", se termine en ",
    },
    pattern,
    rule: "selon la règle",
};

const WEEKDAYS: [&str; 7] = [
    "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
];

const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

fn day(date: Date) -> String {
    let weekday = weekday(&WEEKDAYS, date.weekday());
    let month = month(&MONTHS, date.month().into());
    let number = number(date.day().into());
    format!("{weekday} {number} {month} {}", date.year())
}

/// The first of a month is an ordinal, the others are not.
fn number(day: i16) -> String {
    match day {
        1 => "1er".to_owned(),
        day => day.to_string(),
    }
}

fn pattern(pattern: &Pattern) -> String {
    let every = |one: &str, all: &str, many: &str| match pattern.every {
        1 => one.to_owned(),
        every => format!("{all} {every} {many}"),
    };
    let weeks = || every("chaque semaine", "toutes les", "semaines");
    let months = || every("chaque mois", "tous les", "mois");
    let years = || every("chaque année", "tous les", "ans");
    let days = match &pattern.days {
        Days::Day => every("tous les jours", "tous les", "jours"),
        Days::Working => weeks() + ", du lundi au vendredi",
        Days::Week(days) => {
            let days = days
                .iter()
                .map(|day| format!("le {}", weekday(&WEEKDAYS, *day)));
            format!("{}, {}", weeks(), and(days.collect()))
        }
        Days::Month(days) => {
            let days = days.iter().map(|day| day_of_month(*day)).collect();
            format!("{}, {}", months(), and(days))
        }
        Days::MonthNth(days) => format!("{}, {}", months(), nth(days)),
        Days::Year(day, of) => {
            format!("{}, le {} {}", years(), number(*day), month(&MONTHS, *of))
        }
        Days::YearNth(days, of) => format!("{}, {} {}", years(), nth(days), of_month(*of)),
    };
    days + &until(pattern.until)
}

fn of_month(number: i16) -> String {
    let month = month(&MONTHS, number);
    match number {
        4 | 8 | 10 => format!("d’{month}"),
        _ => format!("de {month}"),
    }
}

fn day_of_month(day: i16) -> String {
    match day {
        -1 => "le dernier jour".to_owned(),
        -2 => "l’avant-dernier jour".to_owned(),
        day if day < 0 => format!("le {}e jour en partant de la fin", -day),
        day => format!("le {}", number(day)),
    }
}

fn nth(days: &[Nth]) -> String {
    let word = |day: &Nth| {
        let nth = match day.nth {
            1 => "le premier",
            2 => "le deuxième",
            3 => "le troisième",
            4 => "le quatrième",
            5 => "le cinquième",
            -2 => "l’avant-dernier",
            _ => "le dernier",
        };
        format!("{nth} {}", weekday(&WEEKDAYS, day.weekday))
    };
    and(days.iter().map(word).collect())
}

fn and(words: Vec<String>) -> String {
    listed(&words, ", ", " et ")
}

fn until(until: Until) -> String {
    match until {
        Until::Never => String::new(),
        Until::Times(1) => ", une fois".to_owned(),
        Until::Times(times) => format!(", {times} fois"),
        Until::Day(last) => format!(", jusqu’au {}", day(last)),
    }
}
