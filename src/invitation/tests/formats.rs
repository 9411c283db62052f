//! Every kind of meeting in every format, as people reviewed it.

use super::*;

fn meetings() -> [(&'static str, Appointment); 9] {
    [
        ("live_meeting", appointment(Kind::LiveMeeting)),
        ("online_meeting", appointment(Kind::OnlineMeeting)),
        ("conference_call", appointment(Kind::ConferenceCall)),
        ("meet_now", meet_now()),
        ("endless_series", series("FREQ=MONTHLY;BYDAY=1TU", &[])),
        ("updated", updated_meeting()),
        ("changed_occurrence", changed_occurrence()),
        ("cancelled_series", cancelled_series()),
        ("without_dial_in", without_dial_in()),
    ]
}

/// What a page says and links to, without its looks.
fn plain_page(page: &str) -> String {
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
        calendar: &write(appointment, Format::Ics),
        text: &write(appointment, Format::Text),
        html: &write(appointment, Format::Html),
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
            let calendar = write(&told, Format::Ics).replace("\r\n", "\n");
            insta::assert_snapshot!(format!("{name}_ics{suffix}"), calendar);
            let text = write(&told, Format::Text);
            insta::assert_snapshot!(format!("{name}_text{suffix}"), text);
            let page = plain_page(&write(&told, Format::Html));
            insta::assert_snapshot!(format!("{name}_html{suffix}"), page);
            let card = write(&told, Format::Card);
            insta::assert_snapshot!(format!("{name}_card{suffix}"), card);
            insta::assert_snapshot!(format!("{name}_eml{suffix}"), mail(&told));
        }
        insta::assert_snapshot!(format!("{name}_json"), write(&appointment, Format::Json));
    }
}

#[test]
fn a_page_with_its_looks() {
    let page = write(&appointment(Kind::LiveMeeting), Format::Html);
    insta::assert_snapshot!(page);
}
