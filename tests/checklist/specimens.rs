//! Invitations of every sort, made once by the program, and ways to look at them.

use std::sync::LazyLock;
use std::thread;

use confctl::icalendar::{Component, ContentLine, Object, lines};

use crate::desk::{Desk, Output};

/// Text that means something to a calendar, in every way, and long.
pub const SUBJECT: &str = "a, b; c\\d \\n \\, \"q\" ^n 🎉 ישיבה BEGIN:VEVENT %0D%0A \
                           žžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžžž会会会会会会会会会会会会会会会会会会会会会会会会会会会";

/// The same over several lines.
pub const NOTE: &str =
    "Čau, all; bring\\n:\n\n  END:VEVENT\nEND:VCALENDAR\n BEGIN:VEVENT\nישיבה \"רבעונית\" 🎉👩🏽‍🚀";

/// People as they are typed.
const PEOPLE: [&str; 8] = [
    "-i",
    r#""Exemplar, Ana" <ana@example.com>"#,
    "--optional",
    r#""Bo \"B; o\" Sample" <bo@example.com>"#,
    "--optional",
    "Žofie Příkladová <zofie.prikladova.with.a.long.address@subsidiary.example.com>",
    "--presenter",
    "見本 太郎 <taro@example.org>",
];

/// One invitation.
pub struct Specimen {
    /// What it is, for messages.
    pub name: &'static str,
    /// The bytes that came out of the program.
    pub text: String,
}

impl Specimen {
    fn new(name: &'static str, output: &Output) -> Self {
        Self {
            name,
            text: output.stdout.clone(),
        }
    }

    pub fn lines(&self) -> Vec<ContentLine> {
        lines(&self.text).map(Result::unwrap).collect()
    }

    pub fn calendar(&self) -> Component {
        Object::parse(self.text.as_bytes()).unwrap().calendar
    }

    pub fn events(&self) -> Vec<Component> {
        all_of(&self.calendar(), "VEVENT")
    }

    pub fn method(&self) -> String {
        value(&self.calendar(), "METHOD")
    }
}

/// Components of a name.
pub fn all_of(parent: &Component, name: &str) -> Vec<Component> {
    let parts = parent.components().filter(|part| part.name == name);
    parts.cloned().collect()
}

/// The value of the only property of a name.
#[track_caller]
pub fn value(component: &Component, name: &str) -> String {
    let found: Vec<ContentLine> = component.all(name).collect();
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    found[0].value.clone()
}

/// All sorts, twenty of them.
pub fn all() -> &'static [Specimen] {
    static ALL: LazyLock<Vec<Specimen>> = LazyLock::new(|| {
        thread::scope(|scope| {
            let made = [singles, series, plain].map(|make| scope.spawn(make));
            made.into_iter()
                .flat_map(|made| made.join().unwrap())
                .collect()
        })
    });
    &ALL
}

pub fn of_method(method: &str) -> impl Iterator<Item = &'static Specimen> {
    let found: Vec<&Specimen> = all().iter().filter(|one| one.method() == method).collect();
    assert!(found.len() > 2, "{} specimens of {method}", found.len());
    found.into_iter()
}

#[track_caller]
pub fn named(name: &str) -> &'static Specimen {
    let mut found = all().iter().filter(|one| one.name == name);
    found
        .next()
        .unwrap_or_else(|| panic!("no specimen '{name}'"))
}

/// Runs the program; what it says is an invitation.
#[track_caller]
pub fn made(desk: &Desk, words: &[&str]) -> Output {
    desk.confctl(words).run().code(0)
}

fn schedule<'a>(kind: &'a str, subject: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let head = ["schedule", kind, "-s", subject, "-t", "2027-03-01 10:00"];
    [&head[..], &["--zone", "Europe/Prague"], more].concat()
}

/// Single meetings with hostile words, and what becomes of them.
fn singles() -> Vec<Specimen> {
    let desk = Desk::new();
    let words = [&PEOPLE[..], &["--note", NOTE]].concat();
    let live = made(&desk, &schedule("live-meeting", SUBJECT, &words));
    // The assigned conference keeps its own presenters.
    let words = [&PEOPLE[..6], &["--note", NOTE]].concat();
    let call = made(&desk, &schedule("conference-call", "Standup", &words));
    let met = made(&desk, &["meet-now", "live-meeting", "-i", "bo@example.com"]);
    let update = [
        "update",
        SUBJECT,
        "-t",
        "2027-07-01 15:00",
        "--remove",
        "bo@example.com",
    ];
    let updated = made(&desk, &update);
    let left = made(
        &desk,
        &["invite", SUBJECT, "--cancel-for", "bo@example.com"],
    );
    let cancelled = made(&desk, &["cancel", SUBJECT, "--yes"]);
    vec![
        Specimen::new("live meeting", &live),
        Specimen::new("conference call", &call),
        Specimen::new("meet now", &met),
        Specimen::new("update", &updated),
        Specimen::new("removal", &left),
        Specimen::new("cancellation", &cancelled),
    ]
}

/// A series through the summer, one meeting of it moved and one dropped.
fn series() -> Vec<Specimen> {
    let desk = Desk::new();
    let rule = ["--repeat", "weekly", "--until", "2027-04-30"];
    let words = [&PEOPLE[..], &rule, &["--note", NOTE]].concat();
    let whole = made(&desk, &schedule("live-meeting", "Sync", &words));
    let moved = [
        "update",
        "Sync",
        "--occurrence",
        "2027-03-15",
        "-t",
        "2027-03-16 15:00",
    ];
    let moved = made(&desk, &moved);
    let dropped = ["cancel", "Sync", "--occurrence", "2027-03-29", "--yes"];
    let dropped = made(&desk, &dropped);
    let both = made(&desk, &["invite", "Sync"]);
    let cancelled = made(&desk, &["cancel", "Sync", "--yes"]);
    vec![
        Specimen::new("series", &whole),
        Specimen::new("moved occurrence", &moved),
        Specimen::new("dropped occurrence", &dropped),
        Specimen::new("series with exceptions", &both),
        Specimen::new("cancelled series", &cancelled),
    ]
}

/// Nobody invited, nothing to call, other zones and languages.
fn plain() -> Vec<Specimen> {
    let desk = Desk::new();
    let zone = |zone| {
        let time = [
            "-t",
            "2027-06-01 10:00",
            "--zone",
            zone,
            "-i",
            "bo@example.com",
        ];
        [&["schedule", "live-meeting", "-s", zone][..], &time].concat()
    };
    let mut found = Vec::new();
    for (name, words) in [
        (
            "nobody",
            schedule("live-meeting", "Alone", &["--note", NOTE]),
        ),
        (
            "silent",
            schedule("conference-call", "Mute", &["--no-dial-in", "--id", "new"]),
        ),
        (
            "open",
            schedule(
                "live-meeting",
                "Open",
                &["--access", "open", "-i", "bo@example.com"],
            ),
        ),
        (
            "Japanese",
            schedule(
                "live-meeting",
                "会議、予定",
                &["--lang", "ja", "-i", "a@example.com"],
            ),
        ),
        ("call in Kolkata", zone("Asia/Kolkata")),
        ("Windows zone", zone("W. Europe Standard Time")),
        ("UTC", zone("UTC")),
    ] {
        found.push(Specimen::new(name, &made(&desk, &words)));
    }
    let cancelled = made(&desk, &["cancel", "Alone", "--yes"]);
    found.push(Specimen::new("cancelled for nobody", &cancelled));
    found
}
