//! Spanish.

use jiff::civil::Date;

use crate::conference::{Days, Kind, Language, Nth, Pattern, Until};
use crate::invitation::words::{
    CardWords, Fences, Labels, Sentences, Times, Words, listed, month, weekday,
};

pub(super) static WORDS: Words = Words {
    language: Language::Spanish,
    labels: Labels {
        colon: ":",
        when: "Cuándo",
        repeats: "Se repite",
        except: "Excepto",
        only: "Solo",
        this_occurrence: "esta repetición de una serie",
        instead_of: "En lugar de",
        organizer: "Organizador",
        sent_by: "Enviado por",
        required: "Obligatorios",
        optional: "Opcionales",
        room: "Sala",
        presenter: "moderador",
        cancelled: "cancelada",
        for_practice: "de práctica",
        practice_notice: "Esta es una reunión de práctica: sus números de teléfono son ficticios.",
        live_meeting: "Reunión de Live Meeting",
        conference_call: "Conferencia telefónica",
        join_live_meeting: "Unirse a la reunión de Live Meeting",
        join_conference_call: "Unirse a la conferencia telefónica con Communicator, sin teléfono",
        join_communicator: "Unirse con Communicator",
        join_web: "Unirse desde un navegador web",
        web_browser: "Navegador web",
        or_copy: "O copie este vínculo",
        computer_audio: "Audio por ordenador",
        headset: "Use auriculares con micrófono, o altavoces y un micrófono.",
        telephone: "Audio por teléfono",
        number: "Número",
        region: "Región",
        languages: "Idiomas",
        conference_id: "Id. de conferencia",
        passcode: "Código de acceso",
        mobile: "Desde un móvil",
        local_numbers: "Números locales y su PIN",
        by_hand: "Si el vínculo no se abre, escriba esto a mano",
        meeting_id: "Id. de reunión",
        entry_code: "Código de entrada",
        the_passcode: "el código de acceso",
        location: "Ubicación",
        keypad: "Teclas durante la llamada",
        help: "Ayuda",
        legal: "Aviso legal",
    },
    card: CardWords {
        call: "Llamar",
        inside: "Dentro del país",
        abroad: "Desde el extranjero",
        aloud: "Para leer en voz alta",
        no_numbers: "No hay números de teléfono.",
        scan_to_call: "Escanear para llamar",
        scan_to_join: "Escanear para unirse",
    },
    fences: Fences {
        begin: "==== Cómo unirse (confctl) ====================================",
        end: "==== Fin de las instrucciones para unirse (confctl) ===========",
    },
    cancelled: "Cancelado: ",
    comma: ", ",
    sentences: Sentences {
        invites: |from, kind| match kind {
            Kind::LiveMeeting => format!("{from} le invita a una reunión de Live Meeting."),
            Kind::ConferenceCall => format!("{from} le invita a una conferencia telefónica."),
        },
        has_cancelled: |from, kind| match kind {
            Kind::LiveMeeting => format!("{from} ha cancelado esta reunión de Live Meeting."),
            Kind::ConferenceCall => format!("{from} ha cancelado esta conferencia telefónica."),
        },
        withdraws: |from, kind| match kind {
            Kind::LiveMeeting => format!(
                "{from} le ha quitado de la lista de asistentes de esta reunión de Live Meeting: no es necesario que asista."
            ),
            Kind::ConferenceCall => format!(
                "{from} le ha quitado de la lista de asistentes de esta conferencia telefónica: no es necesario que asista."
            ),
        },
        call: |end| match end {
            "" => "Llame a un número y después marque el id. de conferencia.".to_owned(),
            end => format!("Llame a un número y después marque el id. de conferencia y {end}."),
        },
        more_numbers: |more| match more {
            1 => "1 número más y su PIN".to_owned(),
            more => format!("{more} números más y su PIN"),
        },
        more_numbers_ask: |more| match more {
            1 => "1 número más: pregunte al organizador".to_owned(),
            more => format!("{more} números más: pregunte al organizador"),
        },
        more_people: |more| format!("y {more} más"),
        keys: [
            "escuchar la lista de comandos",
            "escuchar quién está presente",
            "desactivar o activar su micrófono",
            "desactivar o activar el micrófono de los demás (moderadores)",
            "bloquear o desbloquear la conferencia (moderadores)",
            "activar o desactivar los anuncios (moderadores)",
        ],
    },
    times: Times {
        day,
        gap: ", ",
        dash: "–",
        suffix: "",
        zone_gap: ", ",
        ends_in: ", termina en ",
    },
    pattern,
    rule: "según la regla",
};

const WEEKDAYS: [&str; 7] = [
    "lunes",
    "martes",
    "miércoles",
    "jueves",
    "viernes",
    "sábado",
    "domingo",
];

const MONTHS: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

fn day(date: Date) -> String {
    let weekday = weekday(&WEEKDAYS, date.weekday());
    let month = month(&MONTHS, date.month().into());
    format!("{weekday}, {} de {month} de {}", date.day(), date.year())
}

fn pattern(pattern: &Pattern) -> String {
    let every = |one: &str, many: &str| match pattern.every {
        1 => one.to_owned(),
        every => format!("cada {every} {many}"),
    };
    let days = match &pattern.days {
        Days::Day => every("todos los días", "días"),
        Days::Working => every("cada semana", "semanas") + ", de lunes a viernes",
        Days::Week(days) => {
            let days = days
                .iter()
                .map(|day| format!("el {}", weekday(&WEEKDAYS, *day)));
            format!(
                "{}, {}",
                every("cada semana", "semanas"),
                and(days.collect())
            )
        }
        Days::Month(days) => {
            let days = days.iter().map(|day| day_of_month(*day)).collect();
            format!("{}, {}", every("cada mes", "meses"), and(days))
        }
        Days::MonthNth(days) => format!("{}, {}", every("cada mes", "meses"), nth(days)),
        Days::Year(day, of) => {
            let month = month(&MONTHS, *of);
            format!("{}, el {day} de {month}", every("cada año", "años"))
        }
        Days::YearNth(days, of) => {
            let (days, month) = (nth(days), month(&MONTHS, *of));
            format!("{}, {days} de {month}", every("cada año", "años"))
        }
    };
    days + &until(pattern.until)
}

fn day_of_month(day: i16) -> String {
    match day {
        -1 => "el último día".to_owned(),
        -2 => "el penúltimo día".to_owned(),
        day if day < 0 => format!("el {}.º día contando desde el final", -day),
        day => format!("el día {day}"),
    }
}

fn nth(days: &[Nth]) -> String {
    let word = |day: &Nth| {
        let nth = match day.nth {
            1 => "primer",
            2 => "segundo",
            3 => "tercer",
            4 => "cuarto",
            5 => "quinto",
            -2 => "penúltimo",
            _ => "último",
        };
        format!("el {nth} {}", weekday(&WEEKDAYS, day.weekday))
    };
    and(days.iter().map(word).collect())
}

fn and(words: Vec<String>) -> String {
    listed(&words, ", ", " y ")
}

fn until(until: Until) -> String {
    match until {
        Until::Never => String::new(),
        Until::Times(1) => ", una vez".to_owned(),
        Until::Times(times) => format!(", {times} veces"),
        Until::Day(last) => format!(", hasta el {}", day(last)),
    }
}
