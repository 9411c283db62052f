//! A diary that others write into: other programs, other computers, strangers.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::desk::{Desk, Output, ServedPool};
use crate::meetings::{diary, entry, json, listed, lose_state, run, schedule, unfolded};

/// What an earlier version wrote: whoever may write the folder can write the same.
const FORMER: &str =
    include_str!("specimens/version_0/refresh/a08aaf4f5cf67d1ff14b8bd12414dd19@example.com.ics");
const FORMER_ID: &str = "5524F11CD6346DAE1FAC71D70100AD68";

/// A file of a stranger, with private notes that say it is ours and what the key made.
fn forged(uid: &str, meeting_id: &str, key: &str) -> String {
    let text = unfolded(FORMER)
        .replace("a08aaf4f5cf67d1ff14b8bd12414dd19@example.com", uid)
        .replace(FORMER_ID, meeting_id)
        .replace("+1 425 555 0150", "+1 900 555 0199")
        .replace("SUMMARY:Demo", "SUMMARY:Party");
    text.replace(
        "\r\nX-CONFCTL-SENT",
        &format!("\r\nX-CONFCTL-KEY:{key}\r\nX-CONFCTL-SENT"),
    )
}

fn put(desk: &Desk, name: &str, text: &str) -> PathBuf {
    let folder = desk.path(".local/share/confctl/diary");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

fn states(desk: &Desk) -> Vec<(String, String)> {
    let rows = listed(desk, &["--all"]);
    let text = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows.iter()
        .map(|row| (text(row, "subject"), text(row, "state")))
        .collect()
}

fn meeting_id(desk: &Desk) -> String {
    listed(desk, &[])[0]["meeting_id"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn nothing_that_stands_in_a_file_is_what_a_key_made() {
    for key in ["report-w51", "k", "a b"] {
        let desk = Desk::new();
        let _ = schedule(&desk, &[]);
        put(
            &desk,
            "evil.ics",
            &forged("evil@example.net", &"AB".repeat(16), key),
        );
        let words = [
            "schedule",
            "live-meeting",
            "-s",
            "Party",
            "-t",
            "2026-12-03 09:00",
        ];
        let words = [&words[..], &["-d", "2h", "--key", key, "-f", "text"]].concat();
        let made = run(&desk, &words).code(0);
        assert!(!made.stdout.contains("900 555"), "{made}");
        let again = run(&desk, &words).code(0);
        assert_eq!(
            made.value_of("Conference ID: "),
            again.value_of("Conference ID: ")
        );
    }
}

#[test]
fn a_key_is_not_believed_on_a_computer_that_never_made_a_request() {
    let desk = Desk::new();
    put(
        &desk,
        "evil.ics",
        &forged("evil@example.net", &"AB".repeat(16), "k"),
    );
    let words = [
        "schedule",
        "live-meeting",
        "-s",
        "Party",
        "-t",
        "2026-12-03 09:00",
    ];
    let words = [&words[..], &["-d", "2h", "--key", "k", "-f", "text"]].concat();
    let made = run(&desk, &words).code(0);
    assert!(!made.stdout.contains("900 555"), "{made}");
}

#[test]
fn a_forged_entry_changes_nobody_s_conference() {
    let desk = Desk::new();
    let made = schedule(&desk, &[]);
    let id = meeting_id(&desk);
    let path = put(&desk, "evil.ics", &forged("evil@example.net", &id, "k"));
    let evil = fs::read(&path).unwrap();
    assert_eq!(
        states(&desk),
        [
            ("Quarterly review".to_owned(), "ok".to_owned()),
            ("Party".to_owned(), "foreign".to_owned())
        ]
    );
    for words in [
        &["update", "Party", "-s", "Renamed", "--yes"][..],
        &["cancel", "Party", "--yes"],
        &["invite", "Party"],
        &["refresh", "Party", "--yes"],
    ] {
        let output = run(&desk, words)
            .code(6)
            .says("confctl adopt evil@example.net");
        assert_eq!(output.stdout, "", "{output}");
    }
    let _ = run(&desk, &["adopt", "Party", "--yes"])
        .code(6)
        .says("has the conference");
    assert_eq!(fs::read(&path).unwrap(), evil);
    let shown = run(&desk, &["show", "quarterly"]).code(0);
    assert_eq!(
        made.value_of("Conference ID: "),
        shown.value_of("Conference ID: ")
    );
    // Nobody's: the pool does not know it.
    put(
        &desk,
        "evil.ics",
        &forged("evil@example.net", &"AB".repeat(16), "k"),
    );
    let _ = run(&desk, &["adopt", "Party", "--yes"])
        .code(3)
        .says("no conference");
}

#[test]
fn what_is_taken_from_elsewhere_brings_no_private_notes() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    fs::write(
        desk.path("theirs.ics"),
        forged("evil@example.net", &"AB".repeat(16), "k"),
    )
    .unwrap();
    let words = ["schedule", "live-meeting", "--from", "theirs.ics"];
    let made = run(&desk, &words).code(0);
    for file in diary(&desk) {
        let text = fs::read_to_string(file).unwrap();
        assert!(!text.contains("X-CONFCTL-"), "{text}");
    }
    let text = made.unfolded();
    assert!(!text.contains("X-CONFCTL-"), "{text}");
    // Of two conferences in one meeting people join the wrong one.
    assert!(
        !text.contains(&"AB".repeat(16)) && !text.contains("900 555"),
        "{text}"
    );
    let _ = run(
        &desk,
        &[
            "schedule",
            "live-meeting",
            "-s",
            "x",
            "-t",
            "+2h",
            "--key",
            "k",
        ],
    )
    .code(0);
    assert_eq!(listed(&desk, &[]).len(), 3);
}

/// The lines of a sync conflict: the same meeting in another file.
fn twin(desk: &Desk, name: &str, change: impl Fn(&str) -> String) -> PathBuf {
    let file = diary(desk).remove(0);
    let text = fs::read_to_string(&file).unwrap();
    let path = file.with_file_name(name);
    fs::write(&path, change(&text)).unwrap();
    path
}

#[test]
fn of_two_files_of_a_meeting_one_rule_says_which_counts() {
    let newer = |text: &str| {
        text.replace("SEQUENCE:0", "SEQUENCE:7")
            .replace("20261123T10", "20261124T10")
            .replace("20261123T11", "20261124T11")
    };
    let later = |text: &str| {
        text.replace("DTSTAMP:20261122T091500Z", "DTSTAMP:20261122T091501Z")
            .replace("20261123T10", "20261124T10")
            .replace("20261123T11", "20261124T11")
    };
    for (name, change) in [
        ("zz-conflict.ics", &newer as &dyn Fn(&str) -> String),
        ("00-conflict.ics", &newer),
        ("zz-conflict.ics", &later),
        ("00-conflict.ics", &later),
    ] {
        let desk = Desk::new();
        let _ = schedule(&desk, &[]);
        let older = diary(&desk).remove(0);
        let before = fs::read(&older).unwrap();
        let newest = twin(&desk, name, change);
        let listed = run(&desk, &["list", "--offline"]).code(0);
        assert!(
            listed.stdout.starts_with("Tue 2026-11-24 10:00"),
            "{listed}"
        );
        assert_eq!(listed.stderr.matches("two files").count(), 1, "{listed}");
        let of = older.file_name().unwrap().to_str().unwrap();
        assert!(
            listed.stderr.contains(name) && listed.stderr.contains(of),
            "{listed}"
        );
        let updated = run(&desk, &["update", "Quarterly", "-s", "Renamed", "--yes"]).code(0);
        assert!(
            updated.stdout.contains("DTSTART:20261124T100000Z"),
            "{name}: {updated}"
        );
        assert!(
            fs::read_to_string(&newest).unwrap().contains("Renamed"),
            "{name}"
        );
        assert_eq!(fs::read(&older).unwrap(), before, "{name}");
        let _ = run(&desk, &["cancel", "Renamed", "--yes"]).code(0);
        assert!(
            fs::read_to_string(&newest)
                .unwrap()
                .contains("STATUS:CANCELLED"),
            "{name}"
        );
    }
}

/// Starts a command, writes into the entry while the pool answers, and gives what is there then.
fn edit_meanwhile(words: &[&str], command: &str) -> (Output, String) {
    let pool = ServedPool::start(&["--fault", &format!("delay=1500@{command}")]);
    let desk = Desk::new();
    let meeting = [
        "schedule",
        "live-meeting",
        "-s",
        "EditMe",
        "-t",
        "tomorrow 10:00",
    ];
    let _ = desk.confctl_at(&pool, &meeting).run().code(0);
    let file = diary(&desk).remove(0);
    let output = thread::scope(|scope| {
        let running = scope.spawn(|| desk.confctl_at(&pool, words).run());
        thread::sleep(Duration::from_millis(900));
        let text = unfolded(&fs::read_to_string(&file).unwrap());
        let edited = text.replace(
            "DESCRIPTION:",
            "X-USER-CAN:write here\r\nDESCRIPTION:Bring a cake.\\n\\n",
        );
        fs::write(&file, edited).unwrap();
        running.join().unwrap()
    });
    (output, unfolded(&fs::read_to_string(&file).unwrap()))
}

#[test]
fn what_is_written_while_the_pool_answers_stays() {
    for (words, command) in [
        (&["cancel", "EditMe", "--yes"][..], "deleteConference"),
        (
            &["update", "EditMe", "--start", "friday 9:00", "--yes"],
            "modifyConference",
        ),
        (
            &["update", "EditMe", "--passcode", "auto", "--yes"],
            "getConference",
        ),
    ] {
        let (output, text) = edit_meanwhile(words, command);
        let output = output.code(0);
        assert!(
            text.contains("X-USER-CAN:write here\r\n"),
            "{words:?} {output}"
        );
        assert!(
            text.contains("DESCRIPTION:Bring a cake."),
            "{words:?} {text}"
        );
    }
}

const ELSEWHERE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Office//EN\r\nBEGIN:VEVENT\r\nUID:made-elsewhere\r\nDTSTAMP:20261101T000000Z\r\nSEQUENCE:1\r\nDTSTART:20261124T080000Z\r\nDTEND:20261124T090000Z\r\nSUMMARY:Dentistry\r\nDESCRIPTION:old words\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[test]
fn an_appointment_that_the_diary_has_is_joined_as_it_is_there() {
    let desk = Desk::new();
    let there = ELSEWHERE
        .replace("SEQUENCE:1", "SEQUENCE:4")
        .replace("old words", "NEW USER NOTES")
        .replace("T080000Z", "T100000Z")
        .replace("T090000Z", "T110000Z");
    let path = put(&desk, "khals-name.ics", &there);
    fs::write(desk.path("ext.ics"), ELSEWHERE).unwrap();
    let words = ["schedule", "live-meeting", "--from", "ext.ics"];
    let made = run(&desk, &words).code(0).says("what it says there counts");
    assert_eq!(diary(&desk), std::slice::from_ref(&path));
    let text = unfolded(&fs::read_to_string(&path).unwrap());
    for kept in [
        "SEQUENCE:5\r\n",
        "DESCRIPTION:NEW USER NOTES",
        "DTSTART:20261124T100000Z",
    ] {
        assert!(text.contains(kept), "{kept}\n{text}");
    }
    assert!(made.stdout.contains("DTSTART:20261124T100000Z"), "{made}");
    let _ = run(&desk, &words).code(6).says("has a conference already");
}

#[test]
fn a_newer_appointment_is_not_put_in_place_of_what_the_diary_has() {
    for newer in [
        ELSEWHERE.replace("SEQUENCE:1", "SEQUENCE:2"),
        ELSEWHERE.replace("20261101T000000Z", "20261102T000000Z"),
    ] {
        let desk = Desk::new();
        let there = ELSEWHERE.replace("old words", "user notes");
        let path = put(&desk, "made-elsewhere.ics", &there);
        fs::write(desk.path("ext.ics"), newer).unwrap();
        let words = ["schedule", "live-meeting", "--from", "ext.ics"];
        let refused = run(&desk, &words).code(6).says("older version");
        assert_eq!(refused.stdout, "");
        assert_eq!(fs::read_to_string(&path).unwrap(), there);
        assert!(
            listed(&desk, &["--all"]).is_empty(),
            "no conference was made"
        );
    }
}

#[test]
fn a_sequence_stays_a_number_that_calendars_know() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    let file = diary(&desk).remove(0);
    let text = fs::read_to_string(&file).unwrap();
    let with = |sequence: &str| text.replace("\r\nSEQUENCE:0", &format!("\r\nSEQUENCE:{sequence}"));
    fs::write(&file, with("2147483646")).unwrap();
    let _ = run(&desk, &["update", "quarterly", "-s", "Last", "--yes"]).code(0);
    assert!(entry(&desk).contains("SEQUENCE:2147483647"));
    let before = entry(&desk);
    let _ = run(&desk, &["update", "Last", "-s", "One more", "--yes"])
        .code(6)
        .says("2147483647");
    assert_eq!(entry(&desk), before);
    let _ = run(&desk, &["cancel", "Last", "--yes"]).code(0);
    assert!(!entry(&desk).contains("SEQUENCE:2147483648"));
    // What is no number is not zero.
    for odd in ["99999999999", "-1", "1.0", "seven", ""] {
        fs::write(&file, with(odd)).unwrap();
        let _ = run(&desk, &["update", "quarterly", "-s", "Other", "--yes"])
            .code(3)
            .says("SEQUENCE");
        assert_eq!(fs::read_to_string(&file).unwrap(), with(odd));
    }
}

/// Another computer of the same user, with the diary of the first.
fn second_computer(first: &Desk) -> Desk {
    let second = Desk::new();
    carry(first, &second);
    second
}

/// What a sync does.
fn carry(from: &Desk, to: &Desk) {
    for file in diary(from) {
        let name = file.file_name().unwrap().to_str().unwrap();
        put(to, name, &fs::read_to_string(&file).unwrap());
    }
}

fn at(pool: &ServedPool, desk: &Desk, words: &[&str]) -> Output {
    desk.confctl_at(pool, words).run()
}

const MEETING: [&str; 8] = [
    "schedule",
    "live-meeting",
    "-s",
    "Budget",
    "-t",
    "tomorrow 10:00",
    "-i",
    "bo@example.com",
];

fn states_at(pool: &ServedPool, desk: &Desk) -> Vec<String> {
    let rows = json(&at(pool, desk, &["list", "--json", "--all"]).code(0));
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| {
        format!(
            "{} {}",
            row["subject"].as_str().unwrap(),
            row["state"].as_str().unwrap()
        )
    })
    .collect()
}

#[test]
fn a_second_computer_takes_a_meeting_in_and_the_first_one_notices() {
    let pool = ServedPool::start(&[]);
    let first = Desk::new();
    let made = at(&pool, &first, &MEETING).code(0);
    let second = second_computer(&first);
    assert_eq!(states_at(&pool, &second), ["Budget foreign"]);
    let before = entry(&second);
    let _ = at(&pool, &second, &["adopt", "budget"])
        .code(2)
        .says("--yes");
    let _ = at(&pool, &second, &["adopt", "budget", "--yes"])
        .code(0)
        .says("Adopted");
    assert_eq!(entry(&second), before, "nothing about it is new");
    assert_eq!(states_at(&pool, &second), ["Budget ok"]);
    let updated = at(
        &pool,
        &second,
        &["update", "budget", "--start", "friday 9:00", "--yes"],
    )
    .code(0);
    assert_eq!(
        updated.value_of("Conference ID: "),
        made.value_of("Conference ID: ")
    );
    carry(&second, &first);
    // The same conference: the first one goes on as if it had changed it itself.
    let updated = at(
        &pool,
        &first,
        &["update", "budget", "-s", "Budget 2", "--yes"],
    )
    .code(0);
    assert!(updated.stdout.contains("SEQUENCE:2"), "{updated}");
    assert!(
        updated.stdout.contains("DTSTART:20261127T090000Z"),
        "{updated}"
    );
    carry(&first, &second);
    let _ = at(&pool, &second, &["cancel", "budget", "--yes"]).code(0);
    let _ = at(&pool, &second, &["undo", "--yes"]).code(0);
    carry(&second, &first);
    // Another conference: nobody knows here who did that.
    assert_eq!(states_at(&pool, &first), ["Budget 2 foreign"]);
    let _ = at(&pool, &first, &["update", "budget", "-s", "x", "--yes"])
        .code(6)
        .says("adopt");
    let _ = at(&pool, &first, &["adopt", "budget", "--yes"]).code(0);
    assert_eq!(states_at(&pool, &first), ["Budget 2 ok"]);
    let _ = at(&pool, &first, &["cancel", "budget", "--yes"]).code(0);
    let left = json(&at(&pool, &second, &["list", "--json"]).code(0));
    let states: Vec<_> = left
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["state"].clone())
        .collect();
    assert!(!states.contains(&"no entry".into()), "{left}");
}

#[test]
fn everything_can_be_got_back_when_the_data_is_lost() {
    let pool = ServedPool::start(&[]);
    let desk = Desk::new();
    for subject in ["One", "Two", "Three"] {
        let words = [
            "schedule",
            "conference-call",
            "-s",
            subject,
            "-t",
            "tomorrow 10:00",
            "--id",
            "new",
        ];
        let _ = at(&pool, &desk, &words).code(0);
    }
    let before = json(&at(&pool, &desk, &["list", "--json"]).code(0));
    lose_state(&desk);
    let _ = fs::remove_dir_all(desk.path(".cache"));
    assert_eq!(
        states_at(&pool, &desk),
        ["One foreign", "Three foreign", "Two foreign"]
    );
    for subject in ["One", "Two", "Three"] {
        let _ = at(&pool, &desk, &["adopt", subject, "--yes"]).code(0);
    }
    let after = json(&at(&pool, &desk, &["list", "--json"]).code(0));
    assert_eq!(before, after);
}

#[test]
fn what_adoption_says_of_joining_is_what_the_pool_says() {
    let pool = ServedPool::start(&[]);
    let first = Desk::new();
    let made = at(&pool, &first, &MEETING).code(0);
    let second = Desk::new();
    let file = diary(&first).remove(0);
    let text = unfolded(&fs::read_to_string(&file).unwrap());
    let evil = text
        .replace("+1 425 555 0100", "+1 900 555 0199")
        .replace("+14255550100", "+19005550199")
        .replace(
            "SUMMARY:Budget",
            "SUMMARY:Budget\r\nX-CONFCTL-KEY:k\r\nCATEGORIES:Work",
        );
    put(&second, "synced.ics", &evil);
    let _ = at(&pool, &second, &["adopt", "budget", "--yes"]).code(0);
    let text = unfolded(&entry(&second));
    assert!(
        !text.contains("900 555") && !text.contains("X-CONFCTL"),
        "{text}"
    );
    let invitation = at(&pool, &second, &["invite", "budget"]).code(0);
    assert!(
        !invitation.unfolded().contains("9005550199"),
        "{invitation}"
    );
    assert!(text.contains("CATEGORIES:Work\r\n"), "{text}");
    assert_eq!(
        made.value_of("Passcode: "),
        invitation.value_of("Passcode: ")
    );
}

fn state_files(desk: &Desk) -> PathBuf {
    desk.path(".local/share/confctl/state.sqlite")
}

#[test]
fn a_database_that_can_not_be_used_is_named_and_not_taken_for_empty() {
    for (name, damage) in [
        (
            "garbage",
            &(|path: &Path| {
                fs::write(path, "no database at all, but long enough for a head").unwrap();
            }) as &dyn Fn(&Path),
        ),
        ("newer", &|path: &Path| {
            let database = rusqlite::Connection::open(path).unwrap();
            database.pragma_update(None, "user_version", 99).unwrap();
        }),
        ("foreign", &|path: &Path| {
            let database = rusqlite::Connection::open(path).unwrap();
            database.pragma_update(None, "application_id", 7).unwrap();
        }),
        ("a folder", &|path: &Path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        }),
    ] {
        let desk = Desk::new();
        let _ = schedule(&desk, &["--key", "k"]);
        let path = state_files(&desk);
        for end in ["-wal", "-shm"] {
            // Everything into the one file.
            let _ = rusqlite::Connection::open(&path)
                .and_then(|database| database.pragma_update(None, "journal_mode", "DELETE"));
            let _ = fs::remove_file(format!("{}{end}", path.display()));
        }
        damage(&path);
        let diary_before = entry(&desk);
        for words in [
            &["list", "--offline"][..],
            &["update", "quarterly", "-s", "x", "--yes"],
            &[
                "schedule",
                "live-meeting",
                "-s",
                "y",
                "-t",
                "+2h",
                "--key",
                "k",
            ],
        ] {
            let output = run(&desk, words).code(1).says("state.sqlite");
            assert_eq!(output.stdout, "", "{name} {output}");
        }
        assert_eq!(entry(&desk), diary_before, "{name}");
    }
}

#[test]
fn an_index_is_of_no_consequence() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    let expected = run(&desk, &["list"]).code(0).stdout;
    let folder = desk.path(".cache/confctl");
    let index = folder.join("index.sqlite");
    let damages: [(&str, &dyn Fn()); 8] = [
        ("gone", &|| fs::remove_dir_all(&folder).unwrap()),
        ("garbage", &|| fs::write(&index, vec![b'x'; 5000]).unwrap()),
        ("cut off", &|| {
            let bytes = fs::read(&index).unwrap();
            fs::write(&index, &bytes[..bytes.len() / 2]).unwrap();
        }),
        ("newer", &|| {
            let database = rusqlite::Connection::open(&index).unwrap();
            database.pragma_update(None, "user_version", 99).unwrap();
        }),
        ("somebody else's", &|| {
            let _ = fs::remove_file(&index);
            let database = rusqlite::Connection::open(&index).unwrap();
            database
                .execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)")
                .unwrap();
        }),
        ("without a table", &|| {
            let database = rusqlite::Connection::open(&index).unwrap();
            database
                .execute_batch("DROP TABLE IF EXISTS occurrence")
                .unwrap();
        }),
        ("a folder", &|| {
            let _ = fs::remove_file(&index);
            let _ = fs::create_dir(&index);
        }),
        ("a file in place of the cache", &|| {
            fs::remove_dir_all(&folder).unwrap();
            fs::write(&folder, "").unwrap();
        }),
    ];
    for (name, damage) in damages {
        for end in ["-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{end}", index.display()));
        }
        damage();
        let output = run(&desk, &["list"]).code(0);
        assert_eq!(output.stdout, expected, "{name}: {output}");
        let output = run(&desk, &["show", "quarterly", "--offline"]).code(0);
        assert!(output.stdout.contains("Conference ID"), "{name}: {output}");
        if name == "a folder" {
            fs::remove_dir_all(&folder).unwrap();
        }
        let _ = run(&desk, &["list"]).code(0);
    }
}

#[test]
fn what_is_in_the_cache_is_private() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    for path in [state_files(&desk), desk.path(".cache/confctl/index.sqlite")] {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
}

/// A file that is written over in its place changes neither the folder nor, sometimes, its length.
#[test]
fn what_others_changed_is_seen_whatever_the_clock_says() {
    let desk = Desk::new();
    let _ = schedule(&desk, &[]);
    let file = diary(&desk).remove(0);
    let times = fs::metadata(&file).unwrap();
    for subject in ["Quarterly revieW", "Quarterly REVIEW"] {
        let text = fs::read_to_string(&file).unwrap();
        let at = text.find("SUMMARY:").unwrap() + "SUMMARY:".len();
        let mut changed = text.clone();
        changed.replace_range(at..at + subject.len(), subject);
        fs::write(&file, &changed).unwrap();
        let handle = fs::File::options().write(true).open(&file).unwrap();
        handle.set_modified(times.modified().unwrap()).unwrap();
        drop(handle);
        let rows = listed(&desk, &["--offline"]);
        assert_eq!(rows[0]["subject"], subject);
        let shown = run(&desk, &["show", "quarterly", "--offline"]).code(0);
        assert!(shown.stdout.contains(subject), "{shown}");
    }
}

/// On some pools everybody's assigned conference has the same id.
#[test]
fn nobody_adopts_a_call_on_the_assigned_conference_of_somebody_else() {
    let pool = ServedPool::start(&[]);
    let (ana, bo) = (Desk::new(), Desk::new());
    let call = [
        "schedule",
        "conference-call",
        "-s",
        "Call",
        "-t",
        "tomorrow 10:00",
        "--id",
        "assigned",
    ];
    let as_user = |desk: &Desk, user: usize, words: &[&str]| {
        crate::meetings::at(desk, &pool, user, words).run()
    };
    let _ = as_user(&ana, 0, &call).code(0);
    carry(&ana, &bo);
    let _ = as_user(&bo, 1, &["adopt", "Call", "--yes"])
        .code(3)
        .says("somebody else");
    let shown = as_user(&bo, 1, &["show", "Call"]).code(0);
    assert!(shown.stdout.contains("On the pool:  no"), "{shown}");
    assert!(!shown.stderr.contains("adopt"), "{shown}");
    // On another computer of Ana's it is hers.
    let other = Desk::new();
    carry(&ana, &other);
    let _ = as_user(&other, 0, &["adopt", "Call", "--yes"]).code(0);
}
