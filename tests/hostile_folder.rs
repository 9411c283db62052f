//! A diary in a bad neighbourhood: whatever others put beside our meetings, and whenever, nothing of
//! theirs is lost, nothing is believed, and no command hangs.
//!
//! `PROPTEST_CASES=100 cargo test hostile_folder` tries more neighbourhoods than usual.

mod flood;
mod neighbours;
mod random;

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::fmt::{self, Display};
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, OptionalExtension};
use serde_json::Value;

use crate::desk::{Desk, without_other_clock};
use crate::meetings::unfolded;
use neighbours::{
    Kind, Neighbour, What, elsewhere, foreign, linked_exception, neighbour, newer, two_links,
};
use random::Random;

/// The conference of the stranger who would like to be believed.
const PLANTED_ID: &str = "E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0";

/// What nobody may be told as the way to a meeting of ours.
const PLANTED: [&str; 4] = [PLANTED_ID, "900 555", "900555", "66613"];

/// Longer than this nobody waits for a command.
const BOUND: Duration = Duration::from_secs(20);

/// What the README promises.
const CODES: [i32; 9] = [0, 1, 2, 3, 4, 5, 6, 7, 8];

const CASES: u64 = 2;
const NEIGHBOURS: usize = 32;

/// A meeting of ours, as it was made.
#[derive(Clone)]
pub struct Real {
    uid: String,
    subject: &'static str,
    path: PathBuf,
    text: String,
    meeting_id: String,
    /// Its Conference ID.
    digits: String,
}

/// A diary with meetings of ours and neighbours, and what is known to be true.
struct Place {
    desk: Desk,
    seed: u64,
    real: Vec<Real>,
    neighbours: Vec<Neighbour>,
    /// Meeting ids by UID.
    conferences: HashMap<String, String>,
    /// Telephone numbers of the pool.
    numbers: Vec<String>,
    /// What the command is that runs.
    line: String,
    /// Which of ours are shown with all their numbers, which takes long.
    turn: usize,
}

/// How a command ended.
struct Ended {
    stdout: String,
    stderr: String,
    code: i32,
}

/// What there is under a name.
#[derive(Clone, PartialEq, Eq)]
enum There {
    File(Vec<u8>, u64),
    Link(PathBuf),
    Other(u32, u64),
}

type Folder = BTreeMap<OsString, There>;

/// What a command may do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum May {
    Read,
    /// Change that one of ours, whose number this is, and make so many conferences.
    Change(usize, i64),
    /// Make a meeting, unless its key has one.
    Make,
    /// The same for the key that has one.
    MakeAgain,
    /// Change any one of ours.
    ChangeOne(i64),
    /// Remove ours, and nothing else.
    Prune,
}

const SINGLE: usize = 0;
const SERIES: usize = 1;
const OLD: usize = 4;

const MADE: [(&str, &str); 5] = [
    (
        "Alpha single",
        "schedule live-meeting -s 'Alpha single' -t 'tomorrow 10:00' --key alpha -i bo@example.com",
    ),
    (
        "Beta series",
        "schedule conference-call -s 'Beta series' -t 'monday 9:00' --repeat weekly --id new",
    ),
    (
        "Gamma assigned",
        "schedule conference-call -s 'Gamma assigned' -t 'tuesday 9:00' --id assigned",
    ),
    (
        "Delta cancelled",
        "schedule live-meeting -s 'Delta cancelled' -t 'wednesday 9:00'",
    ),
    (
        "Epsilon old",
        "schedule live-meeting -s 'Epsilon old' -t 'thursday 9:00'",
    ),
];

impl Place {
    fn new(seed: u64) -> Self {
        let desk = Desk::new();
        for (_, line) in MADE {
            let _ = desk.run(line).code(0);
        }
        let mut place = Self {
            real: Vec::new(),
            desk,
            seed,
            neighbours: Vec::new(),
            conferences: HashMap::new(),
            numbers: Vec::new(),
            line: String::new(),
            turn: 0,
        };
        // Numbers take long to format, and are the same for all.
        place.numbers = numbers(&place.show(MADE[SINGLE].0));
        let listed = place.desk.run("list --json --all").code(0);
        let rows: Vec<Value> = serde_json::from_str(&listed.stdout).unwrap();
        for (subject, _) in MADE {
            let row = rows.iter().find(|row| row["subject"] == subject);
            place.add_real(subject, row.unwrap());
        }
        let _ = place.desk.run("cancel 'Delta cancelled' --yes").code(0);
        let outside = place.outside();
        fs::create_dir(&outside).unwrap();
        symlink("circle", outside.join("circle")).unwrap();
        place
    }

    fn add_real(&mut self, subject: &'static str, row: &Value) {
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        let uid = word(&row["uid"]);
        let path = self.folder().join(format!("{uid}.ics"));
        let meeting_id = word(&row["meeting_id"]);
        self.conferences.insert(uid.clone(), meeting_id.clone());
        self.real.push(Real {
            subject,
            text: unfolded(&fs::read_to_string(&path).unwrap()),
            path,
            uid,
            meeting_id,
            digits: word(&row["conference_id"]),
        });
    }

    fn show(&self, name: &str) -> Value {
        let output = self.desk.confctl(&["show", name, "--json"]).run().code(0);
        serde_json::from_str(&output.stdout).unwrap()
    }

    fn folder(&self) -> PathBuf {
        self.desk.path(".local/share/confctl/diary")
    }

    fn outside(&self) -> PathBuf {
        self.desk.path("outside")
    }

    /// Puts a neighbour of that kind there.
    fn invite(&mut self, kind: Kind, random: &mut Random) {
        let tag = format!("n{:03}n", self.neighbours.len());
        let new = neighbour(kind, &tag, random, &self.real, &self.outside());
        new.put(&self.folder());
        self.neighbours.push(new);
    }

    /// One that a test has chosen.
    fn plant(&mut self, name: impl AsRef<OsStr>, what: What, is_to_be_named: bool) {
        let new = Neighbour {
            kind: Kind::Noise,
            name: name.as_ref().to_owned(),
            what,
            is_to_be_named,
        };
        new.put(&self.folder());
        self.neighbours.push(new);
    }

    /// A file beside that of a meeting of ours.
    fn plant_text(&mut self, change: impl FnOnce(&Real) -> String, at: usize) {
        let text = change(&self.real[at]);
        self.plant("00-planted.ics", What::Bytes(text.into()), false);
    }

    /// Whether a neighbour may be taken for a file of this meeting.
    fn has_twins(&self, real: &Real) -> bool {
        let is_about = |other: &Neighbour| other.kind != Kind::Hidden && other.is_about(real);
        self.neighbours.iter().any(is_about)
    }

    /// Runs a command and checks what holds for each of them.
    fn run(&mut self, words: &[&str], may: May) -> Ended {
        self.run_with(words, may, &[])
    }

    fn run_with(&mut self, words: &[&str], may: May, variables: &[(&str, &str)]) -> Ended {
        self.line = format!("confctl {}", words.join(" "));
        let (before, outside) = (look(&self.folder()), look(&self.outside()));
        let conferences = self.count_conferences();
        let ended = self.end(words, variables);
        self.check(
            CODES.contains(&ended.code),
            "an exit code of the README",
            &ended,
        );
        self.check(!ended.stderr.contains("panicked"), "no panic", &ended);
        let after = look(&self.folder());
        self.check(look(&self.outside()) == outside, "others' files", &ended);
        self.check_files(&before, &after, may, &ended);
        let made = self.count_conferences() - conferences;
        self.check_conferences(made, may, &ended);
        self.check_words(may, &ended);
        ended
    }

    fn end(&self, words: &[&str], variables: &[(&str, &str)]) -> Ended {
        let mut run = self.desk.confctl(words);
        for (name, value) in variables {
            run = run.env(name, value);
        }
        let (mut stdout, mut stderr) =
            (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        let command = run.command().stdin(Stdio::null());
        let mut child = command
            .stdout(stdout.try_clone().unwrap())
            .stderr(stderr.try_clone().unwrap())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        let code = loop {
            match child.try_wait().unwrap() {
                Some(status) => break status.code().unwrap_or(-1),
                None if begun.elapsed() > BOUND => {
                    child.kill().unwrap();
                    child.wait().unwrap();
                    let hung = text(&mut stderr);
                    panic!("{self}: did not end within {BOUND:?}\n{hung}");
                }
                None => thread::sleep(Duration::from_millis(2)),
            }
        };
        Ended {
            stdout: text(&mut stdout),
            stderr: without_other_clock(&text(&mut stderr)),
            code,
        }
    }

    #[track_caller]
    fn check(&self, is_so: bool, what: &str, ended: &Ended) {
        assert!(is_so, "{self}: expected {what}\n{ended}");
    }

    fn check_files(&self, before: &Folder, after: &Folder, may: May, ended: &Ended) {
        let names = before.keys().chain(after.keys());
        let mut touched: Vec<&OsString> = names
            .filter(|name| !is_of_flood(name) && before.get(*name) != after.get(*name))
            .collect();
        touched.sort();
        touched.dedup();
        let kinds: Vec<_> = touched.iter().map(|name| self.kind_of(name)).collect();
        let lost = format!("nothing else to be touched than it may: {touched:?}, {kinds:?}");
        let uids: Vec<&str> = match may {
            May::Read => Vec::new(),
            May::Change(at, _) => vec![&self.real[at].uid],
            _ => self.real.iter().map(|real| real.uid.as_str()).collect(),
        };
        let is_ours = |name: &OsString| {
            let files = [before.get(name), after.get(name)];
            let mut files = files.into_iter().flatten();
            files.all(|there| uids.iter().any(|uid| there.is_of(uid)))
        };
        let is_so = match may {
            May::Make => {
                touched.len() <= 1 && touched.iter().all(|name| !before.contains_key(*name))
            }
            // Those that other commands made meanwhile are ours too.
            May::Prune => touched.iter().all(|name| self.kind_of(name).is_none()),
            _ => touched.len() <= 1 && touched.iter().all(|name| is_ours(name)),
        };
        self.check(is_so, &lost, ended);
    }

    fn kind_of(&self, name: &OsStr) -> Option<Kind> {
        let mut all = self.neighbours.iter();
        all.find(|other| other.name == name).map(|other| other.kind)
    }

    fn check_conferences(&self, made: i64, may: May, ended: &Ended) {
        let expected = match may {
            May::Read | May::MakeAgain => 0,
            May::Make => 1,
            May::Change(_, made) | May::ChangeOne(made) => made,
            // By then they have expired.
            May::Prune => return,
        };
        let is_so = match ended.code {
            0 => made == expected,
            // Half done.
            7 => made == 0 || made == expected,
            _ => made == 0,
        };
        let what = format!("{expected} conferences to be made and not {made}");
        self.check(is_so, &what, ended);
    }

    /// What terminals get is in lines, and nothing that a stranger says is an order.
    fn check_words(&self, may: May, ended: &Ended) {
        let is_tame = |text: &str, but: &str| {
            let mut wild = text.chars().filter(|c| c.is_control() && !but.contains(*c));
            wild.next().is_none()
        };
        let stdout = match may {
            May::Read => is_tame(&ended.stdout, "\n\t"),
            _ => true,
        };
        self.check(
            stdout && is_tame(&ended.stderr, "\n\t"),
            "no control characters",
            ended,
        );
        let mut lines = ended.stderr.lines().chain(ended.stdout.lines());
        let is_forged = lines.any(|line| line.starts_with("FORGED"));
        self.check(!is_forged, "no line of a stranger's", ended);
    }

    fn count_conferences(&self) -> i64 {
        self.ask_pool("SELECT count(*) FROM conference WHERE ?1 = ''", "")
            .unwrap()
    }

    fn ask_pool<T: rusqlite::types::FromSql>(&self, sql: &str, value: &str) -> Option<T> {
        let path = self.desk.path(".local/share/confctl/practice/pool.sqlite");
        let pool = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let asked = pool.query_row(sql, [value], |row| row.get(0));
        asked.optional().unwrap()
    }

    /// Checks that a meeting of ours is shown as the pool has it.
    fn check_shown(&self, real: &Real, shown: &Value, ended: &Ended) {
        let id = shown["conference"]["id"].as_str().unwrap();
        self.check(id == self.conferences[&real.uid], "its conference", ended);
        self.check(numbers(shown) == self.numbers, "the pool's numbers", ended);
        if shown["status"] == "cancelled" {
            return;
        }
        let of = |column: &str| -> Option<String> {
            let sql = format!("SELECT {column} FROM conference WHERE id = ?1");
            self.ask_pool::<Option<String>>(&sql, id)?
        };
        let call_in = &shown["call_in"];
        if of("pstn_id").is_none() {
            // A file that came back says that it takes place.
            self.check(shown["pool"]["state"] == "gone", "it to be gone", ended);
            return;
        }
        let is_so = |name: &str, column: &str| call_in[name].as_str() == of(column).as_deref();
        self.check(is_so("conference_id", "pstn_id"), "the pool's id", ended);
        if !shown["conference"]["assigned"].as_bool().unwrap() {
            self.check(is_so("passcode", "passcode"), "the pool's passcode", ended);
        }
    }

    /// Looks at everything in the ways that change nothing.
    fn read_all(&mut self) {
        let listed = self.run(&["list", "--all"], May::Read);
        self.check(listed.code == 0, "a list", &listed);
        for line in listed.stdout.lines() {
            self.check(line.split('\t').count() == 6, "six columns", &listed);
        }
        let listed = self.run(&["list", "--json", "--all"], May::Read);
        self.check_listed(&listed);
        let uids: Vec<String> = self.real.iter().map(|real| real.uid.clone()).collect();
        for (at, uid) in uids.iter().enumerate() {
            let words = ["show", uid, "--json"];
            let is_turn = at % 2 == self.turn % 2;
            let shown = self.run(&words[..if is_turn { 3 } else { 2 }], May::Read);
            self.check_show(at, &shown);
            let _ = self.run(&["history", uid], May::Read);
        }
        let _ = self.run(&["show", "review"], May::Read);
        let _ = self.run(&["refresh", "--check"], May::Read);
        let _ = self.run(&["prune", "--dry-run"], May::Read);
        self.complete();
        self.turn += 1;
    }

    fn check_listed(&self, listed: &Ended) {
        self.check(listed.code == 0, "a list", listed);
        let rows: Value = serde_json::from_str(&listed.stdout).unwrap();
        for row in rows.as_array().unwrap() {
            let is_planted = PLANTED.iter().any(|word| row.to_string().contains(word));
            let is_foreign = row["state"] == "foreign";
            self.check(!is_planted || is_foreign, "foreign to be called so", listed);
            let uid = row["uid"].as_str().unwrap_or_default();
            if let Some(own) = self.conferences.get(uid)
                && !is_foreign
            {
                self.check(row["meeting_id"] == own.as_str(), "its conference", listed);
            }
        }
    }

    fn check_show(&self, at: usize, shown: &Ended) {
        let real = &self.real[at];
        let is_foreign =
            shown.stdout.contains("\"state\": \"foreign\"") || shown.stdout.contains("\nForeign: ");
        // Where the links of a foreign meeting lead is said, and nothing else of it.
        let secret = if is_foreign { &PLANTED[1..] } else { &PLANTED };
        let planted = secret.iter().find(|word| shown.stdout.contains(*word));
        self.check(planted.is_none(), "nothing that was planted", shown);
        if is_foreign {
            self.check(self.has_twins(real), "it to be ours", shown);
            return;
        }
        match shown.code {
            0 if self.line.ends_with("--json") => {
                let value = serde_json::from_str(&shown.stdout).unwrap();
                self.check_shown(real, &value, shown);
            }
            0 => {
                // Nobody dials into what was cancelled.
                let is_own = shown.stdout.contains(&self.digits(real))
                    || shown.stdout.contains("the meeting was cancelled");
                self.check(is_own, "its Conference ID", shown);
            }
            1 => {
                let is_fast = shown.stderr.contains("faster than it can be read");
                self.check(is_fast, "a reason", shown);
            }
            _ => self.check(self.has_twins(real), "it to be shown", shown),
        }
    }

    /// The Conference ID of a meeting, as the pool has it; or had it.
    fn digits(&self, real: &Real) -> String {
        let id = &self.conferences[&real.uid];
        let found = self.ask_pool("SELECT pstn_id FROM conference WHERE id = ?1", id);
        found.unwrap_or_else(|| real.digits.clone())
    }

    fn complete(&mut self) {
        for beginning in ["", "1", "~"] {
            let words = ["--", "confctl", "show", beginning];
            let asked = [("CONFCTL_COMPLETE", "fish")];
            let offered = self.run_with(&words, May::Read, &asked);
            self.check(
                offered.code == 0 && offered.stderr.is_empty(),
                "an answer",
                &offered,
            );
            for line in offered.stdout.lines() {
                let name = line.split('\t').next().unwrap();
                let is_planted = PLANTED.iter().any(|word| name.contains(word));
                self.check(
                    !is_planted && !line.contains("Party"),
                    "ours alone",
                    &offered,
                );
            }
        }
    }

    /// Each file that can't be read is named by a listing, in a line.
    fn check_named(&mut self) {
        let listed = self.run(&["list", "--all"], May::Read);
        for other in &self.neighbours {
            let is_readable = match &other.what {
                What::Locked(_) => fs::read(self.folder().join(&other.name)).is_ok(),
                _ => false,
            };
            let name = neighbours::shown(&other.name);
            let mut lines = listed.stderr.lines();
            let is_named = lines.any(|line| line.starts_with("warning: ") && line.contains(&name));
            let what = format!("'{name}', {:?}, to be named", other.kind);
            self.check(
                is_named || is_readable || !other.is_to_be_named,
                &what,
                &listed,
            );
        }
    }

    /// Does everything that changes something.
    fn change_all(&mut self) {
        let uid = |place: &Self, at: usize| place.real[at].uid.clone();
        let (single, series, old) = (uid(self, SINGLE), uid(self, SERIES), uid(self, OLD));
        self.schedule_again();
        let words = ["update", &single, "-s", "Alpha again", "--yes"];
        let updated = self.run(&words, May::Change(SINGLE, 0));
        self.check_told(&updated);
        let words = ["update", &series, "--start", "monday 11:00", "--yes"];
        let updated = self.run(&words, May::Change(SERIES, 0));
        self.check_told(&updated);
        let words = [
            "update",
            &old,
            "-s",
            "Epsilon new",
            "--yes",
            "-o",
            "/dev/full",
        ];
        let _ = self.run(&words, May::Change(OLD, 0));
        let _ = self.run(&["resume"], May::ChangeOne(0));
        let told = self.run(&["invite", &series, "-f", "text"], May::Read);
        self.check_told(&told);
        self.adopt_all();
        let words = "schedule live-meeting -s New -t +3h --key new";
        let words = crate::desk::words(words);
        let made = self.run(&words, May::Make);
        self.check_told(&made);
        let _ = self.run(&["cancel", &old, "--yes"], May::Change(OLD, -1));
        let words = ["undo", &old, "--yes", "-f", "json"];
        let undone = self.run(&words, May::Change(OLD, 1));
        if undone.code == 0 {
            let shown: Value = serde_json::from_str(&undone.stdout).unwrap();
            let id = shown["conference"]["id"].as_str().unwrap();
            self.conferences.insert(old, id.to_owned());
        }
        self.schedule_again();
    }

    /// A key makes one meeting, and no file says which.
    fn schedule_again(&mut self) {
        let words = crate::desk::words(MADE[SINGLE].1);
        let words = [&words[..], &["-f", "text"]].concat();
        let again = self.run(&words, May::MakeAgain);
        self.check_told(&again);
        let digits = &self.real[SINGLE].digits;
        let is_same = again.code != 0 || again.stdout.contains(digits.as_str());
        self.check(is_same, "the same Conference ID", &again);
        if !self.has_twins(&self.real[SINGLE]) && again.code != 0 {
            // Its subject is another one by now.
            self.check(
                again.code == 8 || again.code == 1,
                "the same meeting",
                &again,
            );
        }
    }

    fn check_told(&self, told: &Ended) {
        let text = told.stdout.replace("\r\n ", "");
        let planted = PLANTED.iter().find(|word| text.contains(*word));
        self.check(planted.is_none(), "nothing that was planted", told);
    }

    /// A conference that the pool does not know, or that another meeting has, is not taken in.
    fn adopt_all(&mut self) {
        for at in (0..self.neighbours.len()).step_by(9) {
            let uid = format!("n{at:03}n@example.net");
            let adopted = self.run(&["adopt", &uid, "--yes"], May::Read);
            self.check(adopted.code != 0, "a refusal", &adopted);
        }
    }

    /// Years later, when all of ours are over.
    fn prune(&mut self) {
        let later = [("CONFCTL_NOW", "2029-06-01T00:00:00Z")];
        let _ = self.run_with(&["list", "--all"], May::Read, &later);
        let _ = self.run_with(&["prune", "--yes"], May::Prune, &later);
    }

    /// Changes nothing about a meeting whose newest file leads elsewhere, and says whose it may be.
    fn refuses(&mut self, at: usize) {
        let uid = self.real[at].uid.clone();
        let listed = self.run(&["list", "--json"], May::Read);
        let rows: Value = serde_json::from_str(&listed.stdout).unwrap();
        let mut rows = rows.as_array().unwrap().iter();
        let is_foreign = rows.any(|row| row["uid"] == uid.as_str() && row["state"] == "foreign");
        self.check(is_foreign, "it to be foreign", &listed);
        for words in [
            &["update", &uid, "-s", "Renamed", "--yes"][..],
            &["cancel", &uid, "--yes"],
            &["invite", &uid, "-f", "text"],
        ] {
            let refused = self.run(words, May::Read);
            self.check(refused.code == 6, "a refusal", &refused);
            self.check_told(&refused);
        }
    }

    /// The single meeting is what that name means.
    fn is_found_by(&mut self, name: fn(&Real) -> &String) {
        let name = name(&self.real[SINGLE]).clone();
        let shown = self.run(&["show", &name, "--json"], May::Read);
        self.check(shown.code == 0, "it to be found", &shown);
        self.check_show(SINGLE, &shown);
        let words = ["update", &name, "-s", "Renamed", "--yes"];
        let updated = self.run(&words, May::Change(SINGLE, 0));
        self.check(updated.code == 0, "it to be found", &updated);
    }

    /// Nothing of ours is left but what is to stay.
    fn check_litter(&self) {
        for folder in [self.folder(), self.outside()] {
            for name in names(&folder) {
                let is_known = self.neighbours.iter().any(|other| other.name == name);
                let is_hidden = name.as_bytes().starts_with(b".");
                assert!(is_known || !is_hidden, "{self}: left behind {name:?}");
            }
        }
    }
}

impl There {
    fn at(path: &Path) -> Option<Self> {
        let there = fs::symlink_metadata(path).ok()?;
        let kind = there.file_type();
        if kind.is_symlink() {
            return Some(Self::Link(fs::read_link(path).ok()?));
        }
        if !kind.is_file() || kind.is_fifo() {
            return Some(Self::Other(there.mode(), there.ino()));
        }
        let bytes = fs::read(path).unwrap_or_default();
        Some(Self::File(bytes, there.ino()))
    }

    /// Whether it is a file of that meeting, and leads nowhere else.
    fn is_of(&self, uid: &str) -> bool {
        let Self::File(bytes, ..) = self else {
            return false;
        };
        let text = unfolded(&String::from_utf8_lossy(bytes));
        text.contains(uid) && !text.contains(PLANTED_ID)
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}, {}", self.seed, self.line)
    }
}

impl Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let few = |text: &str| text.chars().take(3000).collect::<String>();
        let (stdout, stderr) = (few(&self.stdout), few(&self.stderr));
        write!(f, "--- exit code {}\n{stdout:?}\n{stderr}", self.code)
    }
}

fn text(file: &mut File) -> String {
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn numbers(shown: &Value) -> Vec<String> {
    let numbers = shown["call_in"]["numbers"].as_array().unwrap().iter();
    numbers.map(|number| number["e164"].to_string()).collect()
}

fn names(folder: &Path) -> Vec<OsString> {
    let files = fs::read_dir(folder).unwrap();
    files.map(|file| file.unwrap().file_name()).collect()
}

fn is_of_flood(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.trim_start_matches('.').starts_with(flood::NAME)
}

fn look(folder: &Path) -> Folder {
    let there = |name: OsString| Some((name.clone(), There::at(&folder.join(&name))?));
    let names = names(folder).into_iter().filter(|name| !is_of_flood(name));
    names.filter_map(there).collect()
}

/// Neighbours of all kinds, and every command among them.
fn live_in_a_crowd(seed: u64, is_flooded: bool) {
    let mut random = Random(seed);
    let mut place = Place::new(seed);
    for _ in 0..NEIGHBOURS {
        let kind = Kind::any(&mut random);
        place.invite(kind, &mut random);
    }
    place.check_named();
    let before = look(&place.folder());
    if is_flooded {
        while_flooded(&mut place, |place| {
            place.read_all();
            place.change_all();
        });
    } else {
        place.read_all();
        place.change_all();
    }
    place.read_all();
    place.prune();
    place.check_litter();
    let after = look(&place.folder());
    for (name, there) in before {
        let is_ours = place.real.iter().any(|real| there.is_of(&real.uid));
        assert!(
            is_ours || after.get(&name) == Some(&there),
            "{place}: lost {name:?}"
        );
    }
}

fn while_flooded(place: &mut Place, act: impl FnOnce(&mut Place)) {
    let (real, seed) = (place.real.clone(), place.seed);
    let flood = |folder: &Path, is_over: &AtomicBool| flood::flood(folder, &real, seed, is_over);
    while_folder(place, flood, act);
}

/// Acts while another one works in the folder.
fn while_folder(
    place: &mut Place,
    other: impl FnOnce(&Path, &AtomicBool) + Send,
    act: impl FnOnce(&mut Place),
) {
    /// Ends the flood, also when a check fails.
    struct End<'a>(&'a AtomicBool);
    impl Drop for End<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let folder = place.folder();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| other(&folder, &is_over));
        let _end = End(&is_over);
        act(place);
    });
}

fn seeds() -> Range<u64> {
    let cases = std::env::var("PROPTEST_CASES").ok();
    0..cases.and_then(|cases| cases.parse().ok()).unwrap_or(CASES)
}

#[test]
fn whatever_the_neighbours_are() {
    for seed in seeds() {
        live_in_a_crowd(seed, false);
    }
}

#[test]
fn whatever_comes_and_goes_meanwhile() {
    for seed in seeds() {
        live_in_a_crowd(1000 + seed, true);
    }
}

/// A name is no line of ours.
#[test]
fn a_name_with_a_line_break_says_nothing_in_our_name() {
    let mut place = Place::new(0);
    let name = "n\nFORGED: everything is well.ics";
    place.plant(name, What::Bytes(Vec::new()), true);
    place.check_named();
}

/// What lies on a disk that is not there now is not absent.
#[test]
fn links_that_lead_nowhere_are_named() {
    let mut place = Place::new(0);
    let circle = place.outside().join("circle");
    place.plant("dangling.ics", What::Link("/nowhere/x.ics".into()), true);
    place.plant("circle.ics", What::Link(circle), true);
    place.check_named();
}

#[test]
fn our_own_meeting_behind_a_link_that_leads_nowhere_is_named() {
    let mut place = Place::new(0);
    let path = place.real[SINGLE].path.clone();
    fs::remove_file(&path).unwrap();
    let name = path.file_name().unwrap();
    place.plant(name, What::Link("/nowhere/x.ics".into()), true);
    place.check_named();
}

#[test]
fn names_in_other_letters_are_named() {
    let mut place = Place::new(0);
    let broken = b"BEGIN:VCALENDAR\r\nX-NOTE:(confctl)\r\n".to_vec();
    place.plant(
        OsStr::from_bytes(b"broken-\xE9.ics"),
        What::Bytes(broken),
        true,
    );
    place.check_named();
}

/// A meeting of ours in a file whose name is in other letters is as good as any.
#[test]
fn our_own_meeting_under_a_name_in_other_letters_is_there() {
    let mut place = Place::new(0);
    let path = place.real[SINGLE].path.clone();
    let other = path.with_file_name(OsStr::from_bytes(b"r\xE9union.ics"));
    fs::rename(&path, &other).unwrap();
    let listed = place.run(&["list"], May::Read);
    let is_there = listed.stdout.contains("Alpha single\tlive-meeting")
        && listed.stdout.contains("\tok\t")
        && !listed.stdout.contains("no entry");
    place.check(
        is_there || listed.stderr.contains("union.ics"),
        "it to be listed",
        &listed,
    );
}

/// Whose conference it is can't be told.
#[test]
fn a_file_with_two_links_is_not_ours() {
    for seed in 0..2 {
        let mut place = Place::new(seed);
        let mut random = Random(seed);
        place.plant_text(|real| two_links(&newer(&real.text), &mut random), SINGLE);
        place.refuses(SINGLE);
    }
}

#[test]
fn a_link_in_one_occurrence_is_a_link() {
    let mut place = Place::new(0);
    place.plant_text(|real| linked_exception(&newer(&real.text), real), SERIES);
    place.refuses(SERIES);
}

/// They are not the same UID, and what we made is what we mean.
#[test]
fn a_uid_in_capitals_takes_no_name_from_ours() {
    let mut place = Place::new(0);
    let capital = |real: &Real| {
        let other = elsewhere(&newer(&real.text), real);
        other.replace(&real.uid, &real.uid.to_ascii_uppercase())
    };
    place.plant_text(capital, SINGLE);
    place.is_found_by(|real| &real.uid);
}

#[test]
fn a_uid_like_a_conference_id_takes_no_name_from_ours() {
    for id in [(|real| &real.digits) as fn(&Real) -> &String, |real| {
        &real.meeting_id
    }] {
        let mut place = Place::new(0);
        let called = |real: &Real| {
            let other = elsewhere(&real.text.replace(&real.uid, "UID-HERE"), real);
            other.replace("UID-HERE", id(real))
        };
        place.plant_text(called, SINGLE);
        place.is_found_by(id);
    }
}

/// Each is read once; and what is known of it then is small, however long its list.
#[test]
fn long_lists_of_exceptions_cost_a_listing_little() {
    let mut place = Place::new(0);
    let date = |at: usize| {
        let (day, month) = (1 + at / 12 % 28, 1 + at % 12);
        format!(
            "2027{month:02}{day:02}T{:02}{:02}{:02}Z",
            at / 336 % 24,
            at % 60,
            at / 60 % 60
        )
    };
    let dates: Vec<String> = (0..200_000).map(date).collect();
    let rule = format!("RRULE:FREQ=DAILY\r\nEXDATE:{}", dates.join(","));
    for name in ["a", "b", "c"] {
        let text = foreign(name, "DTSTART:20261124T080000Z", &rule);
        place.plant(format!("{name}.ics"), What::Bytes(text.into()), false);
    }
    let listed = place.run(&["list"], May::Read);
    place.check(listed.code == 0, "a list", &listed);
}

#[test]
fn rules_that_never_come_true_are_not_waited_for() {
    let mut place = Place::new(0);
    for at in 0..20 {
        let rule = "RRULE:FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30";
        let text = foreign(&format!("never-{at}"), "DTSTART:20261124T080000Z", rule);
        place.plant(format!("never-{at}.ics"), What::Bytes(text.into()), false);
    }
    let listed = place.run(&["list"], May::Read);
    place.check(listed.code == 0, "a list", &listed);
}

/// An ordinary file, says its stat, and whoever reads it waits for the kernel. Only root may.
#[test]
fn a_link_to_a_log_that_never_ends_is_not_waited_for() {
    let log = Path::new("/proc/kmsg");
    if File::open(log).is_err() {
        return;
    }
    let mut place = Place::new(0);
    place.plant("log.ics", What::Link(log.into()), true);
    place.check_named();
}

/// Between the look at a file and its opening it may have become a pipe that nobody writes into.
#[test]
fn a_pipe_in_place_of_a_file_is_not_waited_for() {
    let mut place = Place::new(0);
    while_folder(&mut place, flood::swap, |place| {
        for _ in 0..40 {
            let listed = place.run(&["list", "--offline"], May::Read);
            place.check(listed.code == 0, "a list", &listed);
        }
    });
}
