//! What is large: kept whole, or refused in words before anything is asked of the pool.

use std::fs;

use confctl::practice::{Faults, Options, Policy, Pool, Server, User};
use confctl::proto::c3p::Dialect;
use confctl::secret::Secret;
use mail_parser::{MessageParser, PartType};
use tempfile::TempDir;

use crate::desk::{Desk, NOW, Output, Run, USERS, words};
use crate::meetings::{diary, entry, unfolded};

/// A pool in this process, whose policy lets any number of people in.
struct Hall {
    data: TempDir,
    server: Option<Server>,
    place: String,
}

impl Hall {
    fn new(rules: &[&str]) -> Self {
        let mut hall = Self {
            data: tempfile::tempdir().unwrap(),
            server: None,
            place: String::new(),
        };
        hall.open(rules, Faults::default());
        hall
    }

    /// The same pool with other rules and faults.
    fn open(&mut self, rules: &[&str], faults: Faults) {
        let rules = ["meeting-size=1000000"].iter().chain(rules);
        let rules: Vec<_> = rules.map(|rule| rule.parse().unwrap()).collect();
        let user = |(user, login, password)| User::new(user, login, &Secret::from(password));
        self.server = None;
        let pool = Pool::open(Options {
            data: self.data.path().to_owned(),
            users: USERS.map(|person| user(person).unwrap()).into(),
            generation: Dialect::Ocs2007R2.into(),
            policy: Policy::with(&rules),
            faults,
            random: confctl::practice::system_randomness(),
        });
        let mut server = Server::new(pool.unwrap().with_now(NOW.parse().unwrap()));
        let address = server.listen(&"tcp:127.0.0.1:0".parse().unwrap()).unwrap();
        self.place = format!("tcp:{address}");
        self.server = Some(server);
    }

    fn confctl(&self, desk: &Desk, words: &[&str]) -> Run {
        let (user, login, password) = USERS[0];
        desk.confctl(words)
            .env("CONFCTL_USER", user)
            .env("CONFCTL_LOGIN", login)
            .env("CONFCTL_PASSWORD", password)
            .env("CONFCTL_SERVER", &self.place)
            .env("CONFCTL_TIMEOUT", "30")
    }

    fn run(&self, desk: &Desk, line: &str) -> Output {
        self.confctl(desk, &words(line)).run()
    }
}

/// A meeting made elsewhere, with lines and VEVENTs more.
fn calendar(lines: &str, events: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Office//EN\r\nBEGIN:VEVENT\r\n\
         UID:large@example.com\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20261201T140000Z\r\n\
         DTEND:20261201T150000Z\r\nSUMMARY:Large\r\nATTENDEE:mailto:bo@example.com\r\n\
         {lines}END:VEVENT\r\n{events}END:VCALENDAR\r\n"
    )
}

/// A daily series with so many changed occurrences, each with lines more.
fn series(count: usize, lines: &str) -> String {
    let changed = |day: usize| {
        let at = jiff::civil::date(2026, 12, 1).checked_add(jiff::Span::new().days(day as i64));
        let date = at.unwrap().strftime("%Y%m%d");
        format!(
            "BEGIN:VEVENT\r\nUID:large@example.com\r\nRECURRENCE-ID:{date}T140000Z\r\n\
             DTSTAMP:20261101T000000Z\r\nDTSTART:{date}T160000Z\r\nDTEND:{date}T170000Z\r\n\
             SUMMARY:Later\r\nATTENDEE:mailto:bo@example.com\r\n{lines}END:VEVENT\r\n"
        )
    };
    let events: String = (1..=count).map(changed).collect();
    let rule = format!("RRULE:FREQ=DAILY;COUNT={}\r\n", count + 2);
    calendar(&rule, &events)
}

/// Folded at 75 octets, as most programs write it.
fn fold(line: &str) -> String {
    confctl::icalendar::fold(line)
}

fn from(desk: &Desk, calendar: &str, flags: &str) -> Output {
    let line = format!("schedule live-meeting --from - {flags}");
    desk.confctl(&words(&line)).input(calendar.as_bytes()).run()
}

/// Neither pool nor journal nor diary has anything.
#[track_caller]
fn nothing_is_left(desk: &Desk) {
    let listed = desk.run("list --all").code(0);
    assert_eq!(listed.stdout, "");
    let left = desk.run("resume --list").code(0);
    assert_eq!(left.stderr, "Nothing is unfinished.\n");
    let folder = desk.path(".local/share/confctl/diary");
    let files = fs::read_dir(folder).map_or(0, Iterator::count);
    assert_eq!(files, 0);
}

/// The number before a word.
#[track_caller]
fn number_before(text: &str, word: &str) -> usize {
    let before = text.split(word).next().unwrap();
    let number = before.split_whitespace().next_back().unwrap();
    number
        .parse()
        .unwrap_or_else(|_| panic!("{number} in {text}"))
}

#[test]
fn a_long_line_is_in_what_is_sent_and_in_the_diary_once() {
    let base64 = "QUJD".repeat(100_000);
    let text = "Line\\, and another one\\n".repeat(11_500);
    for (name, line) in [
        (
            "ATTACH",
            format!("ATTACH;ENCODING=BASE64;VALUE=BINARY:{base64}"),
        ),
        ("LOCATION", format!("LOCATION:{text}")),
        (
            "X-ALT-DESC",
            format!("X-ALT-DESC;FMTTYPE=text/html:<p>{text}</p>"),
        ),
        ("DESCRIPTION", format!("DESCRIPTION:{text}")),
        (
            "DESCRIPTION",
            format!("DESCRIPTION:{}", "x".repeat(256 * 1024 + 1)),
        ),
    ] {
        let own = line.rsplit_once(':').unwrap().1.trim_end_matches("</p>");
        let folded = match name {
            "ATTACH" | "LOCATION" => fold(&line),
            _ => format!("{line}\r\n"),
        };
        let desk = Desk::new();
        let sent = from(&desk, &calendar(&folded, ""), "-f ics").code(0);
        let is_whole = |text: &str| {
            let text = unfolded(text);
            text.matches(&format!("\r\n{name}")).count() == 1 && text.contains(own)
        };
        assert!(is_whole(&sent.stdout) && is_whole(&entry(&desk)), "{name}");
        let _ = desk.run("update large -s Changed").code(0);
        assert!(is_whole(&entry(&desk)), "{name}");
    }
}

#[test]
fn a_note_is_as_long_as_it_is_or_refused() {
    let desk = Desk::new();
    let note = |length: usize| {
        let words = words("schedule live-meeting -s Note -t +2d -f ics --note -");
        let text = "Bring a pen.\n".repeat(length / 13 + 1);
        desk.confctl(&words).input(&text.as_bytes()[..length]).run()
    };
    for length in [(1 << 20) + 1, 2 << 20] {
        let _ = note(length).code(2).says("at most 1 MiB");
        nothing_is_left(&desk);
    }
    let sent = note(389_000).code(0);
    let count = |text: &str| text.matches("pen.").count();
    assert_eq!(count(&sent.unfolded()), 389_000 / 13);
    assert_eq!(sent.unfolded().matches("Conference ID: ").count(), 1);
    let _ = desk.run("update note -s Changed").code(0);
    assert_eq!(count(&unfolded(&entry(&desk))), 389_000 / 13);
}

#[test]
fn what_nobody_can_read_is_named_and_nothing_is_made() {
    for line in [
        "DESCRIPTION;ALTREP=\"data:text/html,Hi:Hi",
        "ATTENDEE;CN=\"Cy:mailto:cy at example.org",
        "RRULE;X:FREQ=DAILY",
        "LOCATION;LANGUAGE:Room 1",
    ] {
        let desk = Desk::new();
        let refused = from(&desk, &calendar(&format!("{line}\r\n"), ""), "").code(2);
        assert!(refused.stderr.contains(&format!("'{line}'")), "{refused}");
        nothing_is_left(&desk);
    }
    let desk = Desk::new();
    let odd = "DESCRIPTION:Agenda\r\nsecond line\r\nand; a third\r\n";
    let sent = from(&desk, &calendar(odd, ""), "-f ics").code(0);
    let sent =
        sent.says("'second line' is no calendar line: it is taken as a line of the text before it");
    assert!(
        sent.unfolded()
            .contains("Agenda\\nsecond line\\nand\\; a third"),
        "{sent}"
    );
}

#[test]
fn too_many_people_are_refused_with_the_number_that_may_be() {
    let (desk, hall) = (Desk::new(), Hall::new(&[]));
    let people = |count: usize| -> Vec<String> {
        let people = 1..=count;
        people.map(|n| format!("guest{n}@example.com")).collect()
    };
    let schedule = |flags: &[&str], people: &[String]| {
        let head = ["schedule", "live-meeting", "-s", "Crowd", "-t", "+2d"];
        let people = people.iter().map(String::as_str);
        let words: Vec<&str> = head.iter().chain(flags).copied().chain(people).collect();
        hall.confctl(&desk, &words).run()
    };
    for (flags, count) in [
        (&["-i"][..], 10_000),
        (&["-i"][..], 5000),
        (&["--dry-run", "--optional"][..], 4001),
        (&["--room"][..], 4001),
    ] {
        let refused = schedule(flags, &people(count)).code(2);
        let _ = refused.says(&format!(
            "{count} people are invited, and a meeting has room for 4000"
        ));
        let listed = hall.run(&desk, "list --all").code(0);
        assert_eq!(listed.stdout, "");
    }
    let _ = schedule(&["-f", "ics", "-i"], &people(4000)).code(0);
    let before = entry(&desk);
    let more = "update crowd -i one.more@example.com --yes";
    let refused = hall.run(&desk, more).code(2);
    let _ = refused.says("4001 people are invited, and a meeting has room for 4000");
    assert_eq!(entry(&desk), before);
    let left = hall.run(&desk, "resume --list").code(0);
    assert_eq!(left.stderr, "Nothing is unfinished.\n");
    let _ = hall
        .run(&desk, "update crowd --remove guest7@example.com --yes")
        .code(0);
    let _ = hall.run(&desk, "cancel crowd --yes").code(0);
}

#[test]
fn changed_occurrences_that_have_no_room_are_refused_with_the_number_that_have() {
    let text = fold(&format!("DESCRIPTION:{}", "All of it. ".repeat(2000)));
    for (count, lines) in [(2000, ""), (180, text.as_str())] {
        let desk = Desk::new();
        let refused = from(&desk, &series(count, lines), "-o out.ics").code(2);
        let refused = refused.says(&format!("the series has {count} changed occurrences"));
        nothing_is_left(&desk);
        let dry = from(&desk, &series(count, lines), "--dry-run").code(2);
        assert!(refused.stderr.contains(dry.stderr.lines().nth(2).unwrap()));
        let most = number_before(&refused.stderr, "like these");
        assert!(most < count, "{refused}");
        if !lines.is_empty() {
            let _ = from(&desk, &series(most + 1, lines), "-o out.ics").code(2);
            nothing_is_left(&desk);
            let _ = from(&desk, &series(most, lines), "-o out.ics").code(0);
            let _ = desk.run("update large -s Changed").code(0);
            let _ = desk.run("cancel large --yes").code(0);
        }
    }
}

#[test]
fn a_change_that_has_no_room_changes_nothing() {
    let (desk, hall) = (Desk::new(), Hall::new(&[]));
    let run = hall.confctl(&desk, &words("schedule live-meeting --from - -o out.ics"));
    let _ = run.input(series(20, "").as_bytes()).run().code(0);
    let before = entry(&desk);
    let people: Vec<String> = (1..=1500)
        .map(|n| format!("guest{n}@example.com"))
        .collect();
    let mut words = vec!["update", "large", "--yes", "-i"];
    words.extend(people.iter().map(String::as_str));
    let refused = hall.confctl(&desk, &words).run().code(2);
    let _ = refused.says("the series has 20 changed occurrences, and a calendar file has room for");
    assert_eq!(entry(&desk), before);
    let left = hall.run(&desk, "resume --list").code(0);
    assert_eq!(left.stderr, "Nothing is unfinished.\n");
    let shown = hall.run(&desk, "show large").code(0);
    assert!(!shown.stdout.contains("guest1500@"), "{shown}");
}

#[test]
fn a_copy_has_the_limits_of_what_is_made() {
    let desk = Desk::new();
    let text = fold(&format!("DESCRIPTION:{}", "x".repeat((1 << 20) + 1)));
    let _ = from(&desk, &calendar(&text, ""), "-o out.ics").code(0);
    let copied = desk.run("copy large -t +3d").code(2);
    let _ = copied.says("the note is too long: expected at most 1 MiB");
    assert_eq!(diary(&desk).len(), 1);
    // What is there already is changed like any other.
    let _ = desk.run("update large -s Changed -o out.ics").code(0);
    assert!(unfolded(&entry(&desk)).contains(&"x".repeat((1 << 20) + 1)));
}

/// What an earlier version wrote down, and would ask for again and again.
#[test]
fn what_can_never_fit_is_given_up_and_taken_back() {
    let (desk, mut hall) = (Desk::new(), Hall::new(&[]));
    hall.open(&[], Faults(vec!["drop@getConference".parse().unwrap()]));
    let run = hall.confctl(&desk, &words("schedule live-meeting --from -"));
    let _ = run.input(calendar("", "").as_bytes()).run().code(7);
    hall.open(&[], Faults::default());
    let folder = desk.path(".local/share/confctl/unfinished");
    let records = fs::read_dir(folder)
        .unwrap()
        .map(|record| record.unwrap().path());
    let record = records.filter(|path| path.extension().is_some_and(|e| e == "jsonl"));
    let record = record.last().unwrap();
    let written = fs::read_to_string(&record).unwrap();
    let json = |text: &str| serde_json::to_string(text).unwrap();
    let larger = written.replace(&json(&calendar("", "")), &json(&series(2000, "")));
    assert_ne!(larger, written);
    fs::write(&record, larger).unwrap();
    assert_ne!(hall.run(&desk, "list --all").code(0).stdout, "");
    // What may go better another time is no reason.
    let away = hall.confctl(&desk, &["resume"]);
    let _ = away.env("CONFCTL_SERVER", "tcp:127.0.0.1:1").run().code(5);
    let settings = desk.path(".config/confctl/config.toml");
    fs::create_dir_all(settings.parent().unwrap()).unwrap();
    fs::write(&settings, "[invitation]\ntext = \"none.j2\"\n").unwrap();
    let _ = hall.run(&desk, "resume").code(2).says("none.j2");
    fs::remove_file(&settings).unwrap();
    let given_up = hall.run(&desk, "resume").code(6);
    assert!(
        given_up.stdout.contains("Given up: schedule 'Large'"),
        "{given_up}"
    );
    let _ = given_up.says("the series has 2000 changed occurrences");
    assert_eq!(hall.run(&desk, "list --all").code(0).stdout, "");
    let left = hall.run(&desk, "resume --list").code(0);
    assert_eq!(left.stderr, "Nothing is unfinished.\n");
}

#[test]
fn of_five_thousand_numbers_the_local_ones_come_first() {
    let (desk, hall) = (Desk::new(), Hall::new(&["numbers=5000"]));
    fs::create_dir_all(desk.path(".config/confctl")).unwrap();
    let people = "[people.\"bo@example.com\"]\nphone = \"+49 30 5550 0199\"\n";
    fs::write(desk.path(".config/confctl/config.toml"), people).unwrap();
    let made = hall.run(
        &desk,
        "schedule live-meeting -s Many -t +2d -i bo@example.com --practice --send=folder:mails -f ics",
    );
    let made = made.code(0);
    let telephones = |text: &str| text.matches("FEATURE=PHONE").count();
    assert_eq!(telephones(&made.unfolded()), 12);
    for line in ["show many", "update many -s 'Many more'", "invite many"] {
        let _ = hall.run(&desk, line).code(0);
    }
    let mail = mails(&desk).swap_remove(0);
    assert_eq!(telephones(&mail.calendar), 12);
    let first = mail.text.find("+49 30 23125 100").unwrap();
    assert!(first < mail.text.find("+1 425 555 0100").unwrap());
    assert!(
        mail.text
            .contains("4998 more numbers, and your PIN: https://"),
        "{}",
        mail.text
    );
    let listed = desk.run("list --offline --all").code(0);
    assert!(listed.stdout.contains("Many more"), "{listed}");
    let _ = hall.run(&desk, "refresh").code(0).says("Nothing is stale.");
    let _ = hall.run(&desk, "cancel many --yes").code(0);
}

/// A mail in a folder.
struct Mail {
    to: String,
    text: String,
    html: String,
    /// Unfolded.
    calendar: String,
}

impl Mail {
    /// Addresses of its ATTENDEE lines.
    fn invited(&self) -> Vec<&str> {
        let lines = self
            .calendar
            .lines()
            .filter(|line| line.starts_with("ATTENDEE"));
        lines
            .filter_map(|line| Some(line.rsplit_once("mailto:")?.1))
            .collect()
    }

    /// Whether somebody is named anywhere.
    fn names(&self, address: &str) -> bool {
        let is_in = |text: &str| {
            text.contains(&format!("{address}\n")) || text.contains(&format!("{address}\""))
        };
        is_in(&self.text) || is_in(&self.html) || self.invited().contains(&address)
    }
}

fn mails(desk: &Desk) -> Vec<Mail> {
    let read = |file: fs::DirEntry| {
        let bytes = fs::read(file.path()).unwrap();
        let mail = MessageParser::default().parse(&bytes).unwrap();
        let calendar = mail.parts.iter().find_map(|part| match &part.body {
            PartType::Text(text) if text.starts_with("BEGIN:VCALENDAR") => Some(unfolded(text)),
            _ => None,
        });
        Mail {
            to: mail
                .to()
                .unwrap()
                .first()
                .unwrap()
                .address()
                .unwrap()
                .to_owned(),
            text: mail.body_text(0).unwrap().into_owned(),
            html: mail.body_html(0).unwrap().into_owned(),
            calendar: calendar.unwrap(),
        }
    };
    let folder = desk.path("mails");
    let mails = fs::read_dir(&folder)
        .unwrap()
        .map(|file| read(file.unwrap()))
        .collect();
    fs::remove_dir_all(folder).unwrap();
    mails
}

fn guests(from: usize, to: usize) -> String {
    let guests: Vec<String> = (from..=to)
        .map(|n| format!("guest{n}@example.com"))
        .collect();
    guests.join(" ")
}

const MAIL: &str = "--practice --send=folder:mails -o out.ics";

/// Each of these mails names its reader, and says how many others there are.
#[track_caller]
fn each_is_alone(mails: &[Mail], others: usize) {
    let more = format!("and {others} more");
    for mail in mails {
        assert_eq!(mail.invited(), [mail.to.as_str()]);
        assert!(mail.names(&mail.to) && mail.text.contains(&more) && mail.html.contains(&more));
        let other = if mail.to == "guest1@example.com" {
            2
        } else {
            1
        };
        assert!(
            !mail.names(&format!("guest{other}@example.com")),
            "{}",
            mail.text
        );
        assert!(mail.text.contains("Organizer") && mail.calendar.contains("ORGANIZER"));
    }
}

#[test]
fn a_mail_to_more_than_a_hundred_names_its_reader_alone() {
    let (desk, hall) = (Desk::new(), Hall::new(&[]));
    let invited = guests(1, 100);
    let line = format!("schedule live-meeting -s Crowd -t +2d {MAIL} -i {invited}");
    let _ = hall.run(&desk, &line).code(0);
    let few = mails(&desk);
    assert_eq!(few.len(), 100);
    for mail in &few {
        assert_eq!(mail.invited().len(), 100);
        assert!(mail.text.contains("guest100@example.com") && !mail.text.contains(" more\n"));
    }
    let _ = hall
        .run(
            &desk,
            &format!("update crowd --optional guest101@example.com {MAIL}"),
        )
        .code(0);
    let new = mails(&desk);
    assert_eq!(new.len(), 1);
    each_is_alone(&new, 100);
    let _ = hall
        .run(&desk, &format!("update crowd -t +3d {MAIL}"))
        .code(0);
    let many = mails(&desk);
    assert_eq!(many.len(), 101);
    each_is_alone(&many, 100);
    let bytes = |mail: &Mail| mail.calendar.len() + mail.text.len() + mail.html.len();
    assert!(many.iter().all(|mail| bytes(mail) < bytes(&few[0])));
    let own = unfolded(&entry(&desk));
    assert_eq!(own.matches("\nATTENDEE").count(), 101);
    let out = unfolded(&fs::read_to_string(desk.path("out.ics")).unwrap());
    assert_eq!(out.matches("\nATTENDEE").count(), 101);
    let _ = hall
        .run(
            &desk,
            &format!("update crowd --remove guest5@example.com -t +4d {MAIL}"),
        )
        .code(0);
    let again = mails(&desk);
    assert_eq!(again.len(), 101);
    for mail in again {
        match mail.to.as_str() {
            "guest5@example.com" => assert_eq!(mail.invited(), ["guest5@example.com"]),
            _ => assert_eq!(mail.invited().len(), 100),
        }
    }
}

#[test]
fn whoever_is_no_longer_one_of_many_reads_how_many_the_others_are() {
    let (desk, hall) = (Desk::new(), Hall::new(&[]));
    let invited = guests(1, 120);
    let _ = hall
        .run(
            &desk,
            &format!("schedule live-meeting -s Crowd -t +2d -o out.ics -i {invited}"),
        )
        .code(0);
    let _ = hall
        .run(
            &desk,
            &format!("update crowd --remove guest120@example.com {MAIL}"),
        )
        .code(0);
    let removed = mails(&desk);
    assert_eq!(removed.len(), 1);
    assert_eq!(removed[0].invited(), ["guest120@example.com"]);
    assert!(removed[0].text.contains("and 119 more") && removed[0].html.contains("and 119 more"));
    assert!(!removed[0].names("guest1@example.com"));
    let _ = hall
        .run(&desk, &format!("cancel crowd --yes {MAIL}"))
        .code(0);
    let cancelled = mails(&desk);
    assert_eq!(cancelled.len(), 119);
    each_is_alone(&cancelled, 118);
    assert!(
        cancelled
            .iter()
            .all(|mail| mail.calendar.contains("METHOD:CANCEL"))
    );
}

#[test]
fn an_occurrence_has_many_guests_of_its_own() {
    let (desk, hall) = (Desk::new(), Hall::new(&[]));
    let line = "schedule live-meeting -s Series -t '2026-12-01 10:00' --repeat weekly --count 4 -o out.ics -i bo@example.com cy@example.org";
    let _ = hall.run(&desk, line).code(0);
    let invited = guests(1, 150);
    let line = format!("update series --occurrence 2026-12-08 {MAIL} -i {invited}");
    let _ = hall.run(&desk, &line).code(0);
    let new = mails(&desk);
    assert_eq!(new.len(), 150);
    each_is_alone(&new, 151);
    let line = format!("update series --occurrence 2026-12-08 --remove cy@example.org {MAIL}");
    let _ = hall.run(&desk, &line).code(0);
    drop(mails(&desk));
    let _ = hall
        .run(&desk, &format!("update series -s 'Another series' {MAIL}"))
        .code(0);
    let (guests, members): (Vec<Mail>, Vec<Mail>) = mails(&desk)
        .into_iter()
        .partition(|mail| mail.to.starts_with("guest"));
    assert_eq!((guests.len(), members.len()), (150, 2));
    each_is_alone(&guests, 150);
    for mail in members {
        let last = match mail.to.as_str() {
            "bo@example.com" => "bo@example.com",
            _ => "ana@example.com",
        };
        assert_eq!(mail.invited(), ["bo@example.com", "cy@example.org", last]);
        assert!(!mail.text.contains("more\n"), "{}", mail.text);
    }
    assert_eq!(
        unfolded(&entry(&desk)).matches("\nATTENDEE").count(),
        2 + 151
    );
}
