//! Invitations that the pool has overtaken: found, and renewed for those who have them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use confctl::practice::{Faults, Options, Policy, Pool, Server, User};
use confctl::proto::c3p::{Command, Dialect};
use confctl::secret::Secret;
use mail_parser::{MessageParser, PartType};
use serde_json::Value;
use tempfile::TempDir;

use crate::caldav::server::Server as CalendarServer;
use crate::caller::{ANA, Caller, Wire};
use crate::desk::{Desk, NOW, Output, Run, USERS};
use crate::laboratory::{Moment, Steps, at_once};
use crate::meetings::{json, unfolded};
use crate::prompts::on_terminal;

const MAILS: &str = "--send=folder:mails";

/// A pool that is closed and opened again with other rules, and what has become of it since.
struct Office {
    data: TempDir,
    dialect: Dialect,
    server: Option<Server>,
    place: String,
}

impl Office {
    fn new(dialect: Dialect) -> Self {
        let mut office = Self {
            data: tempfile::tempdir().unwrap(),
            dialect,
            server: None,
            place: String::new(),
        };
        office.opens(&[]);
        office
    }

    /// The same pool under other rules.
    fn opens(&mut self, rules: &[&str]) -> &mut Server {
        let rules: Vec<_> = rules.iter().map(|rule| rule.parse().unwrap()).collect();
        let user = |(user, login, password)| User::new(user, login, &Secret::from(password));
        self.server = None;
        let pool = Pool::open(Options {
            data: self.data.path().to_owned(),
            users: USERS.map(|person| user(person).unwrap()).into(),
            generation: self.dialect.into(),
            policy: Policy::with(&rules),
            faults: Faults::default(),
            random: confctl::practice::system_randomness(),
        });
        let mut server = Server::new(pool.unwrap().with_now(NOW.parse().unwrap()));
        let address = server.listen(&"tcp:127.0.0.1:0".parse().unwrap()).unwrap();
        self.place = format!("tcp:{address}");
        self.server.insert(server)
    }

    fn confctl(&self, desk: &Desk, words: &[&str]) -> Run {
        let (user, login, password) = USERS[0];
        desk.confctl(words)
            .env("CONFCTL_SERVER", &self.place)
            .env("CONFCTL_USER", user)
            .env("CONFCTL_LOGIN", login)
            .env("CONFCTL_PASSWORD", password)
    }

    fn run(&self, desk: &Desk, words: &[&str]) -> Output {
        self.confctl(desk, words).run()
    }

    /// A Live Meeting tomorrow, whose people get mail.
    fn meeting(&self, desk: &Desk, subject: &str, people: &[&str]) {
        let words = ["schedule", "live-meeting", "-s", subject];
        let rest = ["-t", "tomorrow 10:00", "-o", "made.ics", MAILS, "-i"];
        let _ = self
            .run(desk, &[&words[..], &rest, people].concat())
            .code(0);
    }

    /// Another passcode, from a computer with a diary of its own.
    fn changes_elsewhere(&self, desk: &Desk, name: &str) {
        let other = desk.path("elsewhere");
        copy(&desk.path(DATA), &other.join(DATA));
        let words = ["update", name, "--passcode", "auto", "-o", "other.ics"];
        let update = self.confctl(desk, &words);
        let _ = update.env("HOME", other.to_str().unwrap()).run().code(0);
    }
}

const DATA: &str = ".local/share/confctl";
const DIARY: &str = ".local/share/confctl/diary";

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, to) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        match path.is_dir() {
            true => copy(&path, &to),
            false => drop(fs::copy(&path, to).unwrap()),
        }
    }
}

/// Path and text of each file of the diary.
fn diary(desk: &Desk) -> BTreeMap<PathBuf, String> {
    let files = fs::read_dir(desk.path(DIARY)).unwrap();
    files
        .map(|file| {
            let path = file.unwrap().path();
            (path.clone(), fs::read_to_string(&path).unwrap())
        })
        .collect()
}

/// The entry of that subject.
#[track_caller]
fn entry(desk: &Desk, subject: &str) -> (PathBuf, String) {
    let mut all = diary(desk).into_iter();
    let line = format!("SUMMARY:{subject}\r\n");
    all.find(|(_, text)| text.contains(&line)).unwrap()
}

/// The mails that came since the last time, as text, by who gets them.
fn mails(desk: &Desk) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for file in fs::read_dir(desk.path("mails")).into_iter().flatten() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        fs::remove_file(path).unwrap();
        let to = text.lines().find_map(|line| line.strip_prefix("To: "));
        found.push((to.unwrap().trim().to_owned(), plain(&text)));
    }
    found.sort();
    found
}

/// All parts of a mail, decoded, with the folded lines of its calendar joined.
fn plain(mail: &str) -> String {
    let mail = MessageParser::default().parse(mail).unwrap();
    let parts = mail.parts.iter().map(|part| match &part.body {
        PartType::Text(text) | PartType::Html(text) => text.to_string(),
        PartType::Binary(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    });
    unfolded(&parts.collect::<Vec<_>>().join("\n"))
}

fn people(mails: &[(String, String)]) -> Vec<&str> {
    mails.iter().map(|(to, _)| to.as_str()).collect()
}

#[test]
fn what_is_not_stale_is_not_touched_and_nothing_is_said() {
    let (desk, office) = (Desk::new(), Office::new(Dialect::Ocs2007R2));
    let _ = office
        .run(&desk, &["refresh"])
        .code(0)
        .says("No meetings of yours");
    office.meeting(&desk, "Review", &["bo@example.com"]);
    let before = (diary(&desk), mails(&desk));
    let checked = office.run(&desk, &["refresh", "--check"]).code(0);
    assert_eq!(checked.stdout, "");
    let said = checked.stderr.lines();
    // The office is reached over tcp:, which is warned about.
    let said: Vec<&str> = said.filter(|line| !line.contains("tcp:")).collect();
    assert!(said.is_empty(), "{said:?}");
    let refreshed = office.run(&desk, &["refresh", "--yes", MAILS]).code(0);
    assert_eq!(refreshed.stdout, "");
    let array = office.run(&desk, &["refresh", "--json", "review"]).code(0);
    assert_eq!(json(&array), Value::Array(vec![]));
    assert_eq!(diary(&desk), before.0);
    assert!(mails(&desk).is_empty());
}

#[test]
fn new_numbers_and_another_page_go_to_those_who_were_mailed_and_words_stay() {
    let (desk, mut office) = (Desk::new(), Office::new(Dialect::Ocs2007R2));
    office.meeting(&desk, "Review", &["bo@example.com", "cy@example.com"]);
    office.meeting(&desk, "Dropped", &["bo@example.com"]);
    let cancel = ["cancel", "dropped", "--yes", "-o", "made.ics"];
    let _ = office.run(&desk, &cancel).code(0);
    let today = [
        "schedule",
        "live-meeting",
        "-s",
        "Over",
        "-t",
        "10:00",
        "-o",
        "made.ics",
        MAILS,
        "-i",
        "bo@example.com",
    ];
    let _ = office.run(&desk, &today).code(0);
    let invite = [
        "update",
        "review",
        "-i",
        "dan@example.com",
        "-o",
        "made.ics",
    ];
    let _ = office.run(&desk, &invite).code(0);
    let (file, text) = entry(&desk, "Review");
    let text = unfolded(&text)
        .replacen(
            "DESCRIPTION:",
            "DESCRIPTION:Agenda\\, first: Žofie\\n \\n",
            1,
        )
        .replace("========\\n\r\n", "========\\nBring cake\\; and\\ttea\r\n")
        .replace("SUMMARY:Review", "X-MINE:1,2\r\nSUMMARY:Review");
    assert!(text.contains("Bring cake"), "{text}");
    fs::write(&file, &text).unwrap();
    let (before, _) = (diary(&desk), mails(&desk));

    let server = office.opens(&["numbers=moved"]);
    let page = server.serve_pages("127.0.0.1:0", "127.0.0.1:0").unwrap();
    let later = |words: &[&str]| {
        let run = office.confctl(&desk, words);
        run.env("CONFCTL_NOW", "2026-11-22T20:00:00Z").run()
    };
    let _ = later(&["refresh", "--check"]).code(1).says("1 meeting is");
    let shown = later(&["refresh"]).code(0).says("--yes");
    let shown = shown.says("bo@example.com (SEQUENCE 0), cy@example.com (SEQUENCE 0)");
    let rows: Vec<Vec<&str>> = shown
        .stdout
        .lines()
        .map(|l| l.split('\t').collect())
        .collect();
    assert_eq!(rows.len(), 2, "{shown}");
    let (was, is) = ("+44 161 496 0100", "+44 161 496 0150");
    assert_eq!(
        rows[0][..3],
        ["Mon 2026-11-23 10:00", "Review", "settings page"]
    );
    assert_eq!(rows[0][4], page.external);
    assert!(rows[1][2] == "numbers" && rows[1][3].contains(was) && rows[1][4].contains(is));
    assert_eq!(rows[1][5], "2 of 3");
    assert_eq!(diary(&desk), before, "it was only shown");

    let done = later(&["refresh", "--yes", MAILS]).code(0);
    let _ = done
        .says("Mailed to 2 of 2.")
        .says("without confctl: 1 person");
    let came = mails(&desk);
    assert_eq!(people(&came), ["bo@example.com", "cy@example.com"]);
    for (_, mail) in &came {
        for text in [
            "METHOD:REQUEST",
            "SEQUENCE:2",
            is,
            "+441614960150,,",
            &page.external,
        ] {
            assert!(mail.contains(text), "no {text} in\n{mail}");
        }
        assert!(
            !mail.contains(was) && !mail.contains("+441614960100"),
            "{mail}"
        );
    }
    let after = diary(&desk);
    let changed: Vec<&PathBuf> = after.keys().filter(|k| after[*k] != before[*k]).collect();
    assert_eq!(changed, [&file], "cancelled and past ones stay");
    let outside = |text: &str| {
        let text = unfolded(text);
        let line = text
            .lines()
            .find(|l| l.starts_with("DESCRIPTION"))
            .unwrap()
            .to_owned();
        let (head, rest) = line.split_once("==== How").unwrap();
        let (_, tail) = rest.rsplit_once("End of how").unwrap();
        (
            head.to_owned(),
            tail.to_owned(),
            text.contains("X-MINE:1,2"),
        )
    };
    assert_eq!(outside(&after[&file]), outside(&text));
    let _ = later(&["refresh", "--check"]).code(0);
    let _ = later(&["refresh", "--yes", MAILS])
        .code(0)
        .says("Nothing is stale");
    assert!(mails(&desk).is_empty() && diary(&desk) == after);
}

#[test]
fn only_the_people_of_the_stale_one_are_mailed() {
    let (desk, office) = (Desk::new(), Office::new(Dialect::Ocs2007R2));
    office.meeting(&desk, "Review", &["bo@example.com"]);
    office.meeting(&desk, "Standup", &["cy@example.com"]);
    office.changes_elsewhere(&desk, "review");
    let (_, former) = (mails(&desk), entry(&desk, "Review").1);
    let other = office
        .run(&desk, &["refresh", "standup", "--yes", MAILS])
        .code(0);
    assert_eq!(other.stdout, "");
    let rows = json(&office.run(&desk, &["refresh", "--json"]).code(0));
    assert_eq!(rows.as_array().unwrap().len(), 1);
    assert_eq!(
        (&rows[0]["state"], &rows[0]["sequence"]),
        (&"stale".into(), &0.into())
    );
    let hidden = serde_json::json!([{"what": "passcode", "was": ["one"], "is": ["another"]}]);
    assert_eq!(rows[0]["differences"], hidden);
    assert_eq!(entry(&desk, "Review").1, former);

    let done = office
        .run(&desk, &["refresh", "--yes", "--json", MAILS])
        .code(0);
    let rows = json(&done);
    assert_eq!(
        (&rows[0]["state"], &rows[0]["sequence"]),
        (&"refreshed".into(), &1.into())
    );
    let told = serde_json::json!([{"address": "bo@example.com", "mailed": 1}]);
    assert_eq!(rows[0]["people"], told);
    let came = mails(&desk);
    assert_eq!(people(&came), ["bo@example.com"]);
    let shown = office.run(&desk, &["show", "review", "--json"]).code(0);
    let passcode = json(&shown)["call_in"]["passcode"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(came[0].1.contains(&format!("Passcode: {passcode}")));
    assert_eq!(json(&shown)["pool"]["state"], "ok");
}

#[test]
fn what_people_were_never_told_is_no_news_to_them() {
    let (desk, office) = (Desk::new(), Office::new(Dialect::Ocs2007R2));
    let call = [
        "schedule",
        "conference-call",
        "--id",
        "new",
        "--no-passcode",
        "-s",
        "Call",
        "-t",
        "tomorrow 9:00",
        "-o",
        "made.ics",
        MAILS,
        "-i",
        "bo@example.com",
    ];
    let _ = office.run(&desk, &call).code(0);
    office.changes_elsewhere(&desk, "call");
    let _ = mails(&desk);
    let _ = office
        .run(&desk, &["refresh", "--yes", MAILS])
        .code(0)
        .says("Refreshed");
    assert!(mails(&desk).is_empty() && entry(&desk, "Call").1.contains("SEQUENCE:0\r\n"));
    let _ = office.run(&desk, &["refresh", "--check"]).code(0);
}

#[test]
fn a_new_conference_id_of_the_assigned_conference_is_found() {
    for dialect in [Dialect::Ocs2007R2, Dialect::Lync] {
        let (desk, office) = (Desk::new(), Office::new(dialect));
        let call = [
            "schedule",
            "conference-call",
            "-s",
            "Call",
            "-t",
            "tomorrow 9:00",
            "-f",
            "json",
            MAILS,
            "-i",
            "bo@example.com",
        ];
        let made = json(&office.run(&desk, &call).code(0));
        let _ = mails(&desk);
        let id = made["conference"]["id"].as_str().unwrap().to_owned();
        let mut ana = Caller::new(Wire::tcp(&office.place), ANA);
        ana.sign_in();
        let reset = Command::DeleteConference { conference_id: id };
        assert!(ana.call(dialect, reset).is_ok());
        // The settings page makes the next one; so does whoever schedules a call.
        let _ = office.run(&Desk::new(), &call).code(0);
        let done = office.run(&desk, &["refresh", "--yes", MAILS]).code(0);
        let row = done
            .stdout
            .lines()
            .find(|row| row.contains("Conference ID"));
        let fields: Vec<&str> = row
            .unwrap_or_else(|| panic!("{dialect:?}\n{done}"))
            .split('\t')
            .collect();
        assert_eq!(fields[3], made["call_in"]["conference_id"], "{done}");
        let came = mails(&desk);
        assert!(
            came[0].1.contains(&format!("Conference ID: {}", fields[4])),
            "{}",
            came[0].1
        );
        let _ = office.run(&desk, &["refresh", "--check"]).code(0);
    }
}

#[test]
fn gone_and_damaged_ones_are_told_and_the_others_go_on() {
    let (desk, mut office) = (Desk::new(), Office::new(Dialect::Ocs2007R2));
    for subject in ["Whole", "Torn", "Gone"] {
        office.meeting(&desk, subject, &["bo@example.com"]);
    }
    let (file, text) = entry(&desk, "Torn");
    let torn = unfolded(&text).replace("==== How to join", "How to join");
    fs::write(&file, &torn).unwrap();
    let gone = entry(&desk, "Gone");
    let cancel = ["cancel", "gone", "--yes", "-o", "made.ics"];
    let _ = office.run(&desk, &cancel).code(0);
    fs::write(&gone.0, &gone.1).unwrap();
    let _ = (office.opens(&["numbers=moved"]), mails(&desk));

    let done = office.run(&desk, &["refresh", "--yes", MAILS]).code(0);
    let done = done
        .says("The conference of 'Gone' is gone")
        .says("--id new");
    let _ = done
        .says("block of 'Torn' has lost")
        .says("Refreshed: 'Whole'");
    assert_eq!(entry(&desk, "Gone"), gone);
    assert_eq!(entry(&desk, "Torn").1, torn);
    assert_eq!(mails(&desk).len(), 1);
    let _ = office.run(&desk, &["refresh", "--check"]).code(1);
    let repair = ["refresh", "torn", "--new-block", "--yes", MAILS];
    let _ = office.run(&desk, &repair).code(0).says("Refreshed: 'Torn'");
    assert_eq!(people(&mails(&desk)), ["bo@example.com"]);
    let _ = office.run(&desk, &["refresh", "torn", "--check"]).code(0);
}

#[test]
fn a_series_is_renewed_with_its_changed_day_and_who_comes_that_day_only_gets_that_day() {
    let (desk, mut office) = (Desk::new(), Office::new(Dialect::Ocs2007R2));
    let series = [
        "schedule",
        "live-meeting",
        "-s",
        "Sync",
        "-t",
        "monday 10:00",
        "--repeat",
        "weekly",
        "--count",
        "3",
        "-o",
        "made.ics",
        MAILS,
        "-i",
        "bo@example.com",
    ];
    let _ = office.run(&desk, &series).code(0);
    let day = [
        "update",
        "sync",
        "--occurrence",
        "2026-11-30",
        "-t",
        "2026-11-30 15:00",
        "-i",
        "guest@example.org",
        "-o",
        "made.ics",
        MAILS,
    ];
    let _ = office.run(&desk, &day).code(0);
    let _ = (office.opens(&["numbers=moved"]), mails(&desk));
    let done = office.run(&desk, &["refresh", "--yes", MAILS]).code(0);
    let _ = done.says("Mailed to 2 of 2.");
    let came = mails(&desk);
    assert_eq!(people(&came), ["bo@example.com", "guest@example.org"]);
    let [all, one] = [&came[0].1, &came[1].1];
    assert!(
        all.contains("RRULE:") && all.contains("RECURRENCE-ID"),
        "{all}"
    );
    assert!(
        !one.contains("RRULE:") && one.contains("RECURRENCE-ID:20261130T100000Z"),
        "{one}"
    );
    for mail in [all, one] {
        assert!(
            mail.contains("SEQUENCE:2") && !mail.contains("+44 161 496 0100"),
            "{mail}"
        );
    }
    let _ = office.run(&desk, &["refresh", "--check"]).code(0);
}

#[test]
fn a_calendar_that_has_the_meeting_is_kept_up_to_date_and_no_other() {
    let (desk, mut office) = (Desk::new(), Office::new(Dialect::Ocs2007R2));
    let server = CalendarServer::start();
    let run = |office: &Office, words: &[&str]| {
        let calendar = format!("http://ana@127.0.0.1:{}/", server.port);
        let run = office
            .confctl(&desk, words)
            .env("CONFCTL_CALENDAR", &calendar);
        let _ = run
            .env("CONFCTL_CALENDAR_PASSWORD", "hunter2")
            .run()
            .code(0);
    };
    for (subject, calendar) in [("There", "--calendar"), ("Elsewhere", "--no-calendar")] {
        let words = [
            "schedule",
            "live-meeting",
            "-s",
            subject,
            "-t",
            "tomorrow 9:00",
        ];
        run(
            &office,
            &[&words[..], &["-o", "made.ics", calendar]].concat(),
        );
    }
    office.opens(&["numbers=moved"]);
    run(&office, &["refresh", "--yes"]);
    let entries = server.edit(|entries| entries.clone());
    let bodies: Vec<String> = entries.values().map(|(_, body)| unfolded(body)).collect();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    assert!(bodies[0].contains("SUMMARY:There") && bodies[0].contains("SEQUENCE:1"));
    assert!(bodies[0].contains("+44 161 496 0150") && !bodies[0].contains("+44 161 496 0100"));
    let before = server.of("PUT").len();
    run(&office, &["refresh", "--yes"]);
    assert_eq!(server.of("PUT").len(), before);
}

#[test]
fn on_a_terminal_it_asks_and_named_meetings_must_be_to_come() {
    let (desk, mut office) = (Desk::new(), Office::new(Dialect::Ocs2007R2));
    office.meeting(&desk, "Review", &["bo@example.com"]);
    office.opens(&["numbers=moved"]);
    let before = diary(&desk);
    let mut form = on_terminal(office.confctl(&desk, &["refresh"]));
    form.sees("IS NOW");
    form.sees("Update 1 meeting? (1 person who was mailed keeps the old: add --send)");
    form.answers("n");
    assert!(form.ends(1).contains("nothing was changed"));
    assert_eq!(diary(&desk), before);
    let mut form = on_terminal(office.confctl(&desk, &["refresh", MAILS]));
    form.sees("Update 1 meeting, and mail 1 person?");
    form.answers("y");
    assert!(form.ends(0).contains("Refreshed: 'Review'."));

    office.opens(&[]);
    let (before, _) = (diary(&desk), mails(&desk));
    let post = ["refresh", "--yes", "--send=smtp://localhost:1"];
    let _ = office
        .run(&desk, &post)
        .code(2)
        .says("not mailed to people");
    assert_eq!(diary(&desk), before);

    let over = office.confctl(&desk, &["refresh", "review"]);
    let over = over.env("CONFCTL_NOW", "2026-11-24T09:00:00Z").run();
    let _ = over.code(3).says("'Review' is over");
    let _ = office.run(&desk, &["cancel", "review", "--yes"]).code(0);
    let _ = office
        .run(&desk, &["refresh", "review"])
        .code(3)
        .says("was cancelled");
}

/// A program in place of sendmail that notes each mail in a file of who gets it.
const SENDMAIL: &str = "#!/bin/sh\ncat > /dev/null\necho mail >> \"$MAILBOX/$5\"\n";

#[test]
fn killed_anywhere_it_is_finished_and_nobody_is_mailed_twice() {
    let steps = Steps::new();
    let (template, mut office) = (Desk::new(), Office::new(Dialect::Ocs2007R2));
    let invited = ["bo@example.com", "cy@example.com"];
    office.meeting(&template, "Review", &invited);
    office.opens(&["numbers=moved"]);
    let tools = tempfile::tempdir().unwrap();
    let program = tools.path().join("sendmail");
    fs::write(&program, SENDMAIL).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let send = format!("--send=sendmail:{}", program.display());
    let refresh = ["refresh", "--yes", "--practice", &send];
    let prepared = || {
        let desk = Desk::new();
        copy(&template.path(".local"), &desk.path(".local"));
        (desk, tempfile::tempdir().unwrap())
    };
    let run = |desk: &Desk, words: &[&str], mailbox: &TempDir| {
        let run = office.confctl(desk, words);
        run.env("MAILBOX", mailbox.path().to_str().unwrap())
    };

    let (desk, mailbox) = prepared();
    let _ = steps
        .watch(run(&desk, &refresh, &mailbox), &desk)
        .run()
        .code(0);
    let log = steps.log(&desk).into_iter();
    // Whether something is synced makes no difference to those who live on.
    let counted = log.filter(|step| step.number > 0 && step.name != "fsync");
    let cases: Vec<(usize, usize)> = counted.map(|step| step.number).enumerate().collect();
    assert!(cases.len() > 10, "{cases:?}");
    at_once(4, &cases, |&(turn, number)| {
        let (desk, mailbox) = prepared();
        let killed = steps.kill(run(&desk, &refresh, &mailbox), &desk, Moment::After(number));
        assert_eq!(killed.run().code, -1);
        let mut mended = match turn % 2 {
            0 => run(&desk, &refresh, &mailbox).run(),
            _ => run(&desk, &["resume"], &mailbox).run(),
        };
        if mended.code == 0 {
            mended = run(&desk, &refresh, &mailbox).run();
        }
        let unknown = |person: &str| {
            mended
                .stderr
                .contains(&format!("{person} got it is not known"))
        };
        for person in invited {
            let came = fs::read_to_string(mailbox.path().join(person)).unwrap_or_default();
            let came = came.lines().count();
            assert!(
                came == 1 || came == 0 && unknown(person),
                "{came} for {person}\n{mended}"
            );
        }
        if mended.code != 0 {
            let _ = run(&desk, &["resume", "--again"], &mailbox).run().code(0);
        }
        let left = run(&desk, &["resume", "--list"], &mailbox).run().code(0);
        assert!(left.stdout.is_empty(), "{left}");
        assert!(entry(&desk, "Review").1.contains("SEQUENCE:1\r\n"));
        let _ = run(&desk, &["refresh", "--check"], &mailbox).run().code(0);
    });
}

/// Newer numbers are no reason to give up what was broken off, wherever that was.
#[test]
fn what_was_broken_off_outlives_a_refresh() {
    let steps = Steps::new();
    for words in [
        &["update", "review", "-s", "Renamed", MAILS][..],
        &["cancel", "review", "--yes", MAILS],
    ] {
        let prepared = || {
            let (desk, office) = (Desk::new(), Office::new(Dialect::Ocs2007R2));
            office.meeting(&desk, "Review", &["bo@example.com"]);
            (desk, office)
        };
        let (desk, office) = prepared();
        let whole = steps.watch(office.confctl(&desk, words), &desk);
        let _ = whole.run().code(0);
        let log = steps.log(&desk).into_iter();
        let counted = log.filter(|step| step.number > 0 && step.name != "fsync");
        let cases: Vec<usize> = counted.map(|step| step.number).step_by(2).collect();
        assert!(cases.len() > 5, "{cases:?}");
        at_once(4, &cases, |&number| {
            let (desk, mut office) = prepared();
            let killed = office.confctl(&desk, words);
            let killed = steps.kill(killed, &desk, Moment::After(number)).run();
            assert_eq!(killed.code, -1);
            let begun = office.run(&desk, &["resume", "--list"]).code(0);
            office.opens(&["numbers=moved"]);
            // Of a conference that is gone there is nothing to tell.
            let _ = office.run(&desk, &["refresh", "--yes"]);
            let resumed = office.run(&desk, &["resume", "--again"]).code(0);
            assert!(!resumed.stderr.contains("given up"), "{resumed}");
            let left = office.run(&desk, &["resume", "--list"]).code(0);
            assert!(left.stdout.is_empty(), "{left}");
            let text = office
                .run(&desk, &["list", "--all", "--json"])
                .code(0)
                .stdout;
            let is_done = match words[0] {
                "update" => text.contains("\"Renamed\""),
                _ => text.contains("\"cancelled\""),
            };
            assert!(
                is_done || begun.stdout.is_empty(),
                "{begun}\n{resumed}\n{text}"
            );
            let check = office.run(&desk, &["refresh", "--check"]);
            assert_eq!(check.code, 0, "{check}");
        });
    }
}

/// A refresh that nobody is told of makes no version, so it does not say whose the last one is.
#[test]
fn what_others_changed_is_not_overwritten_for_a_refresh_of_it() {
    let steps = Steps::new();
    let words = ["update", "review", "-t", "tomorrow 15:00"];
    let found = (1..).find_map(|number| {
        let (desk, office) = (Desk::new(), Office::new(Dialect::Ocs2007R2));
        let line = [
            "schedule",
            "live-meeting",
            "-s",
            "Review",
            "-t",
            "tomorrow 10:00",
            "--no-passcode",
        ];
        let _ = office.run(&desk, &line).code(0);
        let killed = office.confctl(&desk, &words);
        let _ = steps.kill(killed, &desk, Moment::After(number)).run();
        let begun = office.run(&desk, &["resume", "--list"]).code(0);
        (!begun.stdout.is_empty()).then_some((desk, office))
    });
    let (desk, office) = found.unwrap();
    let (path, text) = entry(&desk, "Review");
    assert!(text.contains("SEQUENCE:0\r\n"), "{text}");
    let edited = text
        .replace("SEQUENCE:0\r\n", "SEQUENCE:1\r\n")
        .replace("T100000", "T120000");
    fs::write(path, edited).unwrap();
    office.changes_elsewhere(&desk, "Review");
    let _ = office.run(&desk, &["refresh", "--yes"]).code(0);
    let resumed = office.run(&desk, &["resume"]).code(3);
    let _ = resumed.says("changed again since");
    let text = entry(&desk, "Review").1;
    assert!(
        text.contains("T120000") && !text.contains("T150000"),
        "{text}"
    );
}

/// Who refreshes, or goes on with, several meetings signs in once.
#[test]
fn five_stale_meetings_take_one_sign_in() {
    let (desk, mut office) = (Desk::new(), Office::new(Dialect::Ocs2007R2));
    let subjects = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
    for subject in subjects {
        office.meeting(&desk, subject, &["bo@example.com"]);
    }
    office.opens(&["numbers=moved"]);
    let refreshed = office
        .run(&desk, &["refresh", "--yes", MAILS, "-vv"])
        .code(0);
    assert_eq!(
        refreshed.stderr.matches("Refreshed: ").count(),
        5,
        "{refreshed}"
    );
    assert_eq!(sign_ins(&refreshed), 1, "{refreshed}");
    // The same with what is unfinished.
    let cancel = |subject| {
        let words = [
            "cancel",
            subject,
            "--yes",
            "--send=smtp://127.0.0.1:9",
            "--practice",
        ];
        let _ = office.run(&desk, &words).code(7);
    };
    subjects.into_iter().for_each(cancel);
    let resumed = office.run(&desk, &["resume", "-vv"]);
    assert_eq!(
        resumed.stdout.matches("Not finished: ").count(),
        5,
        "{resumed}"
    );
    assert_eq!(sign_ins(&resumed), 1, "{resumed}");
}

/// How often a password was proved.
fn sign_ins(output: &Output) -> usize {
    output.stderr.matches("gssapi-data=\"(masked)\"").count()
}
