//! What is kept to be finished, what is not, and what can't be understood.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use serde_json::{Value, json};

use crate::desk::{Desk, Output, ServedPool, words};
use crate::laboratory::{
    Blow, Citizen, Point, Postmaster, Relay, Service, Strike, Town, Trouble, Way,
};
use crate::meetings;

const SCHEDULE: &str = "schedule live-meeting -s 'Quarterly review' -t '2026-12-01 14:00' -d 1h \
                        -i bo@example.com,cy@example.com";

/// Where a citizen's journal is.
fn journal(desk: &Desk) -> PathBuf {
    desk.path(".local/share/confctl/unfinished")
}

/// Its records.
fn records(desk: &Desk) -> Vec<PathBuf> {
    let entries = fs::read_dir(journal(desk)).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut records: Vec<PathBuf> = paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "jsonl")
        })
        .collect();
    records.sort();
    records
}

#[track_caller]
fn nothing_is_kept(desk: &Desk) {
    assert_eq!(records(desk), Vec::<PathBuf>::new());
    let listed = desk.run("resume --list").code(0);
    assert_eq!(
        (listed.stdout.as_str(), listed.stderr.as_str()),
        ("", "Nothing is unfinished.\n")
    );
}

/// A place where whoever connects is hung up on.
fn hung_up() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = format!("tcp:{}", listener.local_addr().unwrap());
    thread::spawn(move || listener.incoming().for_each(drop));
    place
}

fn nobody_there() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("tcp:{}", listener.local_addr().unwrap())
}

/// Ways in which a pool is not even asked for a conference: what to set, and the exit code.
fn tries_in_vain(pool: &ServedPool) -> Vec<(&'static str, String, i32)> {
    vec![
        ("CONFCTL_SERVER", nobody_there(), 5),
        ("CONFCTL_SERVER", hung_up(), 5),
        ("CONFCTL_SERVER", "tcp:nowhere.invalid:5060".to_owned(), 5),
        ("CONFCTL_SERVER", pool.tls().replace("tls:", "tcp:"), 5),
        ("CONFCTL_CA_FILE", String::new(), 5),
        ("CONFCTL_PASSWORD", "Wrong-Horse-7".to_owned(), 4),
        ("CONFCTL_LOGIN", "EXAMPLE\\nobody".to_owned(), 4),
    ]
}

#[test]
fn a_try_that_asked_for_nothing_leaves_nothing() {
    let pool = ServedPool::start(&[]);
    for (variable, value, code) in tries_in_vain(&pool) {
        let desk = Desk::new();
        let run = desk
            .confctl_at(&pool, &words(SCHEDULE))
            .env(variable, &value);
        let output = run.run().code(code);
        assert!(!output.stderr.contains("confctl resume"), "{output}");
        nothing_is_kept(&desk);
    }
}

#[test]
fn a_change_that_asked_for_nothing_leaves_nothing() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let _ = desk.run_at(&pool, SCHEDULE).code(0);
    for line in ["update quarterly -s x", "cancel quarterly --yes"] {
        for (variable, value, code) in tries_in_vain(&pool) {
            let run = desk.confctl_at(&pool, &words(line)).env(variable, &value);
            let _ = run.run().code(code);
            nothing_is_kept(&desk);
        }
    }
    let _ = desk.run_at(&pool, "show quarterly").code(0);
}

#[test]
fn with_a_key_it_is_kept_and_said() {
    let pool = ServedPool::start(&[]);
    for (variable, value, code) in tries_in_vain(&pool) {
        let desk = Desk::new();
        let line = format!("{SCHEDULE} --key review-47");
        let run = desk.confctl_at(&pool, &words(&line)).env(variable, &value);
        let output = run.run().code(code);
        assert!(output.stderr.contains("confctl resume"), "{output}");
        assert_eq!(records(&desk).len(), 1);
        let _ = desk.run_at(&pool, "resume").code(0);
        nothing_is_kept(&desk);
        assert_eq!(meetings::diary(&desk).len(), 1);
        // And the same command finds what it was about.
        let repeat = desk.run_at(&pool, &line).code(0);
        assert!(repeat.stderr.contains("It exists already"), "{repeat}");
    }
}

/// Ctrl-C while a pool is silent: before it was asked for a conference there is nothing to finish.
#[test]
fn what_is_interrupted_before_anything_was_asked_for_leaves_nothing() {
    let (desk, pool) = (
        Desk::new(),
        ServedPool::start(&["--fault", "delay=20000@SUBSCRIBE"]),
    );
    let line = format!("{SCHEDULE} -v");
    let mut run = desk
        .confctl_at(&pool, &words(&line))
        .env("CONFCTL_TIMEOUT", "30");
    let command = run.command().stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map_while(Result::ok);
    assert!(said.any(|line| line.contains("signed in")));
    thread::sleep(std::time::Duration::from_millis(300));
    let process = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &process])
            .status()
            .unwrap()
            .success()
    );
    let rest: Vec<String> = said.collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
    nothing_is_kept(&desk);
}

/// Kills a command while the pool makes its conference.
fn kill_at_the_pool(citizen: &Citizen, town: &Town, line: &str) {
    let trouble = Trouble {
        way: Way::ToPool,
        message: ADD_CONFERENCE,
        blow: Blow::KillAfter,
    };
    let relay = Relay::new(town.address(Service::Pool), Service::Pool, Some(trouble));
    let output = relay.run(citizen.confctl_at(relay.address(), &words(line)));
    assert!(relay.has_struck(), "{output}");
    assert_eq!(citizen.conferences().len(), 1);
}

/// Which message to the pool asks for a new conference: after three of the sign-in and three
/// questions.
const ADD_CONFERENCE: usize = 7;

#[test]
fn what_is_kept_is_told_in_words_and_as_json() {
    let town = Town::new(1);
    let citizen = town.citizen();
    kill_at_the_pool(&citizen, &town, SCHEDULE);
    let run = |line: &str, now: &str| citizen.confctl(&words(line)).env("CONFCTL_NOW", now).run();
    let later = "2026-11-22T12:20:00Z";
    let told = run("resume --list", later).code(0);
    for line in [
        "1. Unfinished: schedule 'Quarterly review'\n",
        "   When:    Tuesday 1 December 2026 14:00 UTC\n",
        "   People:  bo@example.com, cy@example.com\n",
        "   Account: sip:citizen-1@example.com\n",
        "   Begun:   2026-11-22T09:15:00Z, 3 hours ago\n",
        "   Why:     the program was stopped or killed, or the computer went off\n",
        "   Left:    conference, diary\n",
    ] {
        assert!(told.stdout.contains(line), "no {line} in {told}");
    }
    let rows: Value = meetings::json(&run("resume --list --json", later).code(0));
    let rows = rows.as_array().unwrap();
    let expected = json!({
        "number": 1,
        "command": "schedule",
        "subject": "Quarterly review",
        "start": "2026-12-01T14:00:00+00:00",
        "people": ["bo@example.com", "cy@example.com"],
        "account": "sip:citizen-1@example.com",
        "began": "2026-11-22T09:15:00Z",
        "reason": "the program was stopped or killed, or the computer went off",
        "left": ["conference", "diary"],
        "mailed": 0,
        "unmailed": 0,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(rows[0][name], *value, "{name}");
    }
    // Whoever does something else is told that there is something.
    for line in ["list", "show nothing", "cancel nothing --yes"] {
        let other = citizen.confctl(&words(line)).run();
        let reminder = "warning: 1 thing is unfinished: 'confctl resume --list' tells what.\n";
        assert!(other.stderr.contains(reminder), "{other}");
    }
    assert!(!run("list -q", later).stderr.contains("unfinished"));
    let _ = run("resume", later).code(0);
    assert_eq!(citizen.conferences().len(), 1);
    nothing_is_kept(&citizen.desk);
}

/// Days later nobody is to be invited to what was to be by then.
#[test]
fn what_would_begin_in_the_past_by_now_is_given_up() {
    let line = format!("{SCHEDULE} --key late --send=folder:mails --practice");
    for command in ["resume", line.as_str()] {
        let town = Town::new(1);
        let citizen = town.citizen();
        let _ = citizen
            .confctl_at(([127, 0, 0, 1], 9).into(), &words(&line))
            .run()
            .code(5);
        let late = citizen
            .confctl(&words(command))
            .env("CONFCTL_NOW", "2026-12-04T09:00:00Z");
        let output = late.run();
        assert_ne!(output.code, 0, "{output}");
        assert!(
            output.stderr.contains("in the past") || output.stdout.contains("in the past"),
            "{output}"
        );
        assert_eq!(citizen.conferences().len(), 0, "{command}");
        assert!(!citizen.desk.path("mails").exists(), "{command}");
        nothing_is_kept(&citizen.desk);
    }
}

#[test]
fn how_many_mails_are_left_is_told() {
    let (desk, postmaster) = (Desk::new(), Postmaster::new());
    postmaster.plan(2, Point::Rcpt, Strike::Answer("450 later"));
    let line = format!("{SCHEDULE} --practice --send={}", postmaster.route());
    let _ = desk.run(&line).code(7);
    let rows = meetings::json(&desk.run("resume --list --json").code(0));
    assert_eq!(rows[0]["left"], json!(["mail"]));
    assert_eq!(
        (&rows[0]["mailed"], &rows[0]["unmailed"]),
        (&json!(1), &json!(1))
    );
    let reason = rows[0]["reason"].as_str().unwrap();
    assert!(reason.contains("mail"), "{reason}");
    let told = desk.run("resume --list").code(0);
    assert!(
        told.stdout.contains("   Mails:   1 sent, 1 to go\n"),
        "{told}"
    );
}

/// Only what is to be done: the mails of those who are concerned, and nothing that was not asked for
/// or is there.
#[test]
fn only_what_is_left_is_listed() {
    let desk = Desk::new();
    let _ = desk
        .run("schedule live-meeting -s Demo -t '2026-12-01 14:00' -i a@example.com,b@example.com,c@example.com --key k")
        .code(0);
    let dead = "--send=smtp://127.0.0.1:9 --practice";
    for (line, mails, left) in [
        (
            "update Demo -i new@example.com --no-calendar -o made.ics",
            1,
            json!(["mail"]),
        ),
        ("update Demo --remove b@example.com", 1, json!(["mail"])),
        (
            "update Demo -t 15:00 -o /dev/full",
            3,
            json!(["mail", "file"]),
        ),
        ("cancel Demo --yes", 3, json!(["mail"])),
    ] {
        let line = format!("{line} {dead}");
        let _ = desk.run(&line).code(7);
        let rows = meetings::json(&desk.run("resume --list --json").code(0));
        assert_eq!(
            (&rows[0]["mailed"], &rows[0]["unmailed"]),
            (&json!(0), &json!(mails)),
            "{line}"
        );
        assert_eq!(rows[0]["people"].as_array().unwrap().len(), mails, "{line}");
        assert_eq!(rows[0]["left"], left, "{line}");
        // What a try in vain says of it is what is left after the try.
        let rows = meetings::json(&desk.run("resume --json").code(7));
        assert_eq!(
            (&rows[0]["left"], &rows[0]["unmailed"]),
            (&left, &json!(mails)),
            "{line}"
        );
        let _ = desk.run("resume --forget 1").code(0);
    }
}

/// Nobody knows what the folder holds: that is told, and nothing is begun.
#[test]
fn a_journal_that_can_not_be_read_is_not_an_empty_one() {
    for (name, damage) in [
        (
            "a file",
            (|folder| fs::write(folder, b"").unwrap()) as fn(&Path),
        ),
        ("a link to nothing", |folder| {
            std::os::unix::fs::symlink("/dev/null", folder).unwrap();
        }),
        ("with a named pipe for its lock", |folder| {
            fs::create_dir_all(folder).unwrap();
            let made = Command::new("mkfifo").arg(folder.join("lock")).status();
            assert!(made.unwrap().success());
            fs::write(folder.join("1-a.jsonl"), b"").unwrap();
        }),
    ] {
        let desk = Desk::new();
        let folder = journal(&desk);
        fs::create_dir_all(folder.parent().unwrap()).unwrap();
        damage(&folder);
        let scheduled = desk.run(SCHEDULE).code(1);
        assert_eq!(scheduled.stdout, "", "{name}: {scheduled}");
        let _ = desk.run("resume --list").code(1).says("unfinished");
        let listed = desk.run("list").code(0);
        let is_told = listed.stderr.contains("unfinished");
        assert!(is_told, "{name}: {listed}");
    }
}

/// What became of a record: its name, and how it is done to the file.
type Damage = (&'static str, fn(&Path, &str));

/// Whatever a disk, an editor, a later version or somebody else may make of it.
const DAMAGES: [Damage; 15] = [
    ("truncated", |path, text| {
        write(path, &text.as_bytes()[..text.len() / 2]);
    }),
    ("emptied", |path, _| write(path, b"")),
    ("garbled", |path, text| {
        write(path, text.replace("\":", "\"?").as_bytes());
    }),
    ("of NULs", |path, text| write(path, &vec![0; text.len()])),
    ("with a BOM", |path, text| {
        write(path, format!("\u{feff}{text}").as_bytes());
    }),
    ("in UTF-16", |path, text| {
        write(
            path,
            &text
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect::<Vec<u8>>(),
        );
    }),
    ("of a later version", |path, text| {
        write(
            path,
            text.replace("\"version\":1", "\"version\":2").as_bytes(),
        );
    }),
    ("with an operation of later", |path, text| {
        write(
            path,
            text.replace("\"schedule\":", "\"webinar\":").as_bytes(),
        );
    }),
    ("with a step of later", |path, text| {
        write(
            path,
            format!("{text}{{\"refreshed\":\"2027\"}}\n").as_bytes(),
        );
    }),
    ("with a garbled step", |path, text| {
        write(path, format!("{text}odd\n").as_bytes());
    }),
    ("a folder", |path, _| {
        fs::remove_file(path).unwrap();
        fs::create_dir(path).unwrap();
    }),
    ("a named pipe", |path, _| {
        fs::remove_file(path).unwrap();
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    }),
    ("a link", |path, text| {
        fs::remove_file(path).unwrap();
        let elsewhere = path.with_extension("elsewhere");
        write(&elsewhere, text.as_bytes());
        std::os::unix::fs::symlink(elsewhere, path).unwrap();
    }),
    ("larger than anything", |path, _| {
        let file = fs::OpenOptions::new().append(true).open(path).unwrap();
        file.set_len(65 << 20).unwrap();
    }),
    ("a link to nothing", |path, _| {
        fs::remove_file(path).unwrap();
        std::os::unix::fs::symlink("nowhere", path).unwrap();
    }),
];

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_record_that_can_not_be_understood_stops_what_it_might_double() {
    let town = Town::new(2 * DAMAGES.len());
    for (name, damage) in DAMAGES {
        for key in ["", " --key review-47"] {
            let citizen = town.citizen();
            let line = format!("{SCHEDULE}{key}");
            kill_at_the_pool(&citizen, &town, &line);
            let record = records(&citizen.desk).remove(0);
            damage(&record, &fs::read_to_string(&record).unwrap());
            let run = |line: &str| citizen.confctl(&words(line)).run();
            let output = run(&line).code(7);
            assert_eq!(output.stdout, "", "{name}");
            let file = record.file_name().unwrap().to_str().unwrap();
            assert!(output.stderr.contains(file), "{name}: {output}");
            assert!(
                output.stderr.contains("confctl resume --forget 1"),
                "{name}: {output}"
            );
            assert_eq!(citizen.conferences().len(), 1, "{name}: doubled");
            is_named_and_set_aside(name, &run, file);
            // After that it is not in the way, and what it held is still there to be looked at.
            let _ = run(&line).code(0);
        }
    }
}

#[track_caller]
fn is_named_and_set_aside(name: &str, run: &dyn Fn(&str) -> Output, file: &str) {
    let listed = run("resume --list").code(0);
    assert!(
        listed.stdout.contains("1. Damaged: ") && listed.stdout.contains(file),
        "{listed}"
    );
    let rows = meetings::json(&run("resume --list --json").code(0));
    assert_eq!(
        (&rows[0]["state"], &rows[0]["command"]),
        (&json!("damaged"), &Value::Null)
    );
    let _ = run("resume").code(7).says(file);
    let set_aside = run("resume --forget 1").code(0);
    assert!(
        set_aside.stdout.contains("Set aside: "),
        "{name}: {set_aside}"
    );
    let _ = run("resume").code(0).says("Nothing is unfinished.");
}

/// Further fields and other line ends are no damage, nor is an end that a crash tore off.
#[test]
fn what_is_understood_well_enough_is_finished() {
    let town = Town::new(5);
    let tears: [fn(&str) -> String; 5] = [
        |text| text.replace('\n', "\r\n"),
        |text| text.replacen('{', "{\"mood\":\"fine\",", 1),
        |text| format!("{text}{{\"status\":{{\"to\":\"bo@exam"),
        |text| format!("{text}\0\0\0\0"),
        |text| format!("{text}\0\0\0\0bo@example.com\"}}}}\n"),
    ];
    for tear in tears {
        let citizen = town.citizen();
        kill_at_the_pool(&citizen, &town, SCHEDULE);
        let record = records(&citizen.desk).remove(0);
        let text = fs::read_to_string(&record).unwrap();
        write(&record, tear(&text).as_bytes());
        let _ = citizen.confctl(&["resume"]).run().code(0);
        assert_eq!(citizen.conferences().len(), 1);
        assert_eq!(meetings::diary(&citizen.desk).len(), 1);
        nothing_is_kept(&citizen.desk);
    }
}
