//! Every kind of meeting in every format, as people reviewed it.

use super::*;

fn meetings() -> [(&'static str, Appointment); 8] {
    [
        ("live_meeting", appointment(Kind::LiveMeeting)),
        ("conference_call", appointment(Kind::ConferenceCall)),
        ("meet_now", meet_now()),
        ("endless_series", series("FREQ=MONTHLY;BYDAY=1TU", &[])),
        ("updated", updated()),
        ("changed_occurrence", changed_occurrence()),
        ("cancelled_series", cancelled_series()),
        ("without_dial_in", without_dial_in()),
    ]
}

/// What a page says and links to, without its looks.
fn plainly(page: &str) -> String {
    let mut plain = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once(" style=\"") {
        plain += before;
        rest = after.split_once('"').unwrap().1;
    }
    plain += rest;
    let (head, looks) = plain.split_once("<style>").unwrap();
    let (_, body) = looks.rsplit_once("</style>").unwrap();
    format!("{head}{body}")
}

/// The mail's own lines; its parts have snapshots of their own.
fn mail(appointment: &Appointment) -> String {
    let to: Vec<Person> = appointment
        .attendees
        .iter()
        .map(|a| a.person.clone())
        .collect();
    let mail = Mail {
        mailing: None,
        appointment,
        calendar: &written(appointment, Format::Ics),
        text: &written(appointment, Format::Text),
        html: &written(appointment, Format::Html),
        prefix: prefix(appointment),
        to: &to,
    };
    let bytes = message(&mail, Octets::Eight).unwrap();
    let text = String::from_utf8(bytes).unwrap().replace("\r\n", "\n");
    let is_own = |line: &&str| line.starts_with("--=_") || line.starts_with("Content-");
    let (head, body) = text.split_once("\n\n").unwrap();
    let parts: Vec<&str> = body.lines().filter(is_own).collect();
    format!("{head}\n\n{}", parts.join("\n"))
}

#[test]
fn every_format_of_every_kind_of_meeting() {
    for (name, appointment) in meetings() {
        for (language, suffix) in [(Language::English, ""), (Language::Czech, "_cs")] {
            let told = in_language(language, &appointment);
            let calendar = written(&told, Format::Ics).replace("\r\n", "\n");
            insta::assert_snapshot!(format!("{name}_ics{suffix}"), calendar);
            let text = written(&told, Format::Text);
            insta::assert_snapshot!(format!("{name}_text{suffix}"), text);
            let page = plainly(&written(&told, Format::Html));
            insta::assert_snapshot!(format!("{name}_html{suffix}"), page);
            let card = written(&told, Format::Card);
            insta::assert_snapshot!(format!("{name}_card{suffix}"), card);
            insta::assert_snapshot!(format!("{name}_eml{suffix}"), mail(&told));
        }
        insta::assert_snapshot!(format!("{name}_json"), written(&appointment, Format::Json));
    }
}

#[test]
fn a_page_with_its_looks() {
    let page = written(&appointment(Kind::LiveMeeting), Format::Html);
    insta::assert_snapshot!(page);
}
