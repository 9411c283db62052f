//! How long commands take over small and large diaries, side by side in one run:
//! `cargo bench --bench diary`, or with `-- 100000` up to that many entries.
//!
//! Beside it a trivial program, and khal 0.14.1 over the same folder with its cache warm; khal is
//! installed into a folder of its own, from PyPI, and left out where that can't be.
#![allow(missing_docs, clippy::print_stdout)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

const ROUNDS: usize = 21;
/// What takes longer is measured a few times.
const SLOW: Duration = Duration::from_millis(500);
const CONFCTL: &str = env!("CARGO_BIN_EXE_confctl");

/// A home with a diary of so many entries, one of which is a real meeting of its practice pool.
struct Home {
    folder: PathBuf,
    entries: usize,
}

fn main() {
    let largest = std::env::args().filter_map(|word| word.parse().ok()).max();
    let largest: usize = largest.unwrap_or(10_000);
    let folder = tempfile::tempdir().unwrap();
    let trivial = trivial_program(folder.path());
    let khal = install_khal(folder.path());
    let sizes = [10, 100, 1_000, 10_000, 100_000];
    let homes: Vec<Home> = sizes
        .into_iter()
        .filter(|entries| *entries <= largest)
        .map(|entries| Home::new(folder.path(), entries))
        .collect();
    println!(
        "{ROUNDS} rounds, medians of whole processes in ms, and the exponent to the size before"
    );
    print!("{:<38}", "");
    homes.iter().for_each(|home| print!("{:>16}", home.entries));
    println!();
    let nothing = median(
        (0..ROUNDS)
            .map(|_| time(&mut Command::new(&trivial)))
            .collect(),
    );
    row("a trivial program", &homes, |_| nothing);
    row("list --offline --until +7d", &homes, |home| {
        home.median(&["list", "--offline", "--until", "+7d"])
    });
    if let Some(khal) = &khal {
        row("khal list, 7 days, warm", &homes, |home| {
            home.median_khal(khal)
        });
    }
    row("list --offline --all", &homes, |home| {
        home.median(&["list", "--offline", "--all"])
    });
    row("Tab behind show", &homes, Home::median_tab);
    row("show --offline, by Conference ID", &homes, |home| {
        home.median(&["show", "--offline", &home.real_id()])
    });
    row("show --offline, by words", &homes, |home| {
        home.median(&["show", "--offline", "template"])
    });
    row("schedule", &homes, |home| {
        home.median(&[
            "schedule",
            "live-meeting",
            "-s",
            "New",
            "-t",
            "2027-03-02 10:00",
        ])
    });
    row("update", &homes, |home| {
        let id = home.real_id();
        let rounds = 0..ROUNDS;
        let times = rounds.map(|round| {
            let subject = format!("Template {round}");
            time(&mut home.confctl(&["update", &id, "-s", &subject, "--yes"]))
        });
        median(times.collect())
    });
    row("cancel", &homes, |home| {
        let made = |round: usize| {
            let key = format!("k{round}");
            let words = [
                "schedule",
                "live-meeting",
                "-s",
                &key,
                "-t",
                "2027-03-02 10:00",
            ];
            let _ = time(&mut home.confctl(&words));
            time(&mut home.confctl(&["cancel", &key, "--yes"]))
        };
        median((100..100 + ROUNDS).map(made).collect())
    });
    print!("{:<38}", "peak memory of a week's list, MB");
    for home in &homes {
        print!(
            "{:>16.1}",
            home.peak_memory(&["list", "--offline", "--until", "+7d"])
        );
    }
    println!();
}

/// Prints a row of the table.
fn row(name: &str, homes: &[Home], measure: impl Fn(&Home) -> Duration) {
    print!("{name:<38}");
    let mut before: Option<(usize, Duration)> = None;
    for home in homes {
        let took = measure(home);
        let exponent = before.map(|(entries, time)| {
            let times = took.as_secs_f64() / time.as_secs_f64();
            times.ln() / (home.entries as f64 / entries as f64).ln()
        });
        let exponent = exponent.map(|exponent| format!(" ({exponent:.2})"));
        let milliseconds = took.as_secs_f64() * 1000.0;
        print!("{milliseconds:>9.1}{:>7}", exponent.unwrap_or_default());
        before = Some((home.entries, took));
    }
    println!();
}

impl Home {
    /// Schedules one meeting, and copies its file and its state, one an hour around the present.
    fn new(folder: &Path, entries: usize) -> Self {
        let home = Self {
            folder: folder.join(format!("home-{entries}")),
            entries,
        };
        fs::create_dir(&home.folder).unwrap();
        let words = [
            "schedule",
            "live-meeting",
            "-s",
            "Template",
            "-t",
            "2027-05-05 10:00",
        ];
        let _ = time(&mut home.confctl(&words));
        let diary = home.data().join("diary");
        let file = fs::read_dir(&diary)
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        let text = fs::read_to_string(&file).unwrap().replace("\r\n ", "");
        let database = Connection::open(home.data().join("state.sqlite")).unwrap();
        let row = "SELECT uid, meeting_id, dial_in_id, notes FROM meeting";
        let (uid, meeting, digits, notes): (String, String, String, String) = database
            .query_row(row, [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .unwrap();
        let hour = jiff::Unit::Hour;
        let now = jiff::Timestamp::now().round(hour).unwrap();
        let transaction = database.unchecked_transaction().unwrap();
        for number in 0..entries {
            let at = now + jiff::SignedDuration::from_hours(number as i64 - entries as i64 / 2);
            let end = at + jiff::SignedDuration::from_hours(1);
            let stamp = |at: jiff::Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
            let (own_uid, own_meeting) = (
                format!("{number:032x}@example.com"),
                format!("{number:032X}"),
            );
            let own_digits = (1_000_000 + number).to_string();
            let mut copy = text
                .replace(&uid, &own_uid)
                .replace(&meeting, &own_meeting)
                .replace(&digits, &own_digits)
                .replace("20270505T100000Z", &stamp(at))
                .replace("20270505T110000Z", &stamp(end))
                .replace(
                    "SUMMARY:Template",
                    &format!("SUMMARY:Project {number} review"),
                );
            if number % 10 == 0 {
                copy = copy.replace("\r\nSUMMARY", "\r\nRRULE:FREQ=WEEKLY;COUNT=20\r\nSUMMARY");
            }
            fs::write(diary.join(format!("{own_uid}.ics")), fold(&copy)).unwrap();
            let own_notes = notes
                .replace(&meeting, &own_meeting)
                .replace(&digits, &own_digits);
            let sql =
                "INSERT INTO meeting (uid, account, meeting_id, dial_in_id, web_link, assigned,
                    notes, sent) SELECT ?1, account, ?2, ?3, web_link, assigned, ?4, sent
                    FROM meeting WHERE uid = ?5";
            let values = params![own_uid, own_meeting, own_digits, own_notes, uid];
            transaction.execute(sql, values).unwrap();
        }
        transaction.commit().unwrap();
        drop(database);
        // Once, so that the index is there.
        let _ = time(&mut home.confctl(&["list", "--offline", "-n", "1"]));
        std::thread::sleep(Duration::from_millis(50));
        let _ = time(&mut home.confctl(&["list", "--offline", "-n", "1"]));
        home
    }

    fn data(&self) -> PathBuf {
        self.folder.join(".local/share/confctl")
    }

    fn confctl(&self, words: &[&str]) -> Command {
        let mut command = Command::new(CONFCTL);
        command.args(words).env_clear();
        command.env("HOME", &self.folder).env("TZ", "UTC");
        command
    }

    fn median(&self, words: &[&str]) -> Duration {
        let first = time(&mut self.confctl(words));
        let rounds = if first > SLOW { ROUNDS / 4 } else { ROUNDS };
        let times = (0..rounds).map(|_| time(&mut self.confctl(words)));
        median(times.collect())
    }

    fn median_tab(&self) -> Duration {
        let tab = || {
            let mut command = self.confctl(&["--", "confctl", "show", ""]);
            time(command.env("CONFCTL_COMPLETE", "fish"))
        };
        median((0..ROUNDS).map(|_| tab()).collect())
    }

    fn median_khal(&self, khal: &Path) -> Duration {
        let settings = self.folder.join("khal.conf");
        let text = format!(
            "[calendars]\n[[diary]]\npath = {}\n[locale]\nlocal_timezone = UTC\ndefault_timezone = UTC\n\
             [sqlite]\npath = {}\n",
            self.data().join("diary").display(),
            self.folder.join("khal.db").display()
        );
        fs::write(&settings, text).unwrap();
        let list = || {
            let mut command = Command::new(khal);
            command
                .arg("-c")
                .arg(&settings)
                .args(["list", "today", "7d"]);
            command
                .env_clear()
                .env("HOME", &self.folder)
                .env("LC_ALL", "C.UTF-8");
            command.env("PATH", "/usr/bin:/bin");
            time(&mut command)
        };
        let _ = list();
        median((0..ROUNDS / 3).map(|_| list()).collect())
    }

    /// The Conference ID of the meeting that the practice pool knows.
    fn real_id(&self) -> String {
        let database = Connection::open(self.data().join("state.sqlite")).unwrap();
        let sql = "SELECT dial_in_id FROM meeting WHERE uid NOT LIKE '%@example.com' LIMIT 1";
        database.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// As the kernel counted it, by a shell that waits for nothing else.
    fn peak_memory(&self, words: &[&str]) -> f64 {
        let script = "import resource, subprocess, sys\n\
            subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n\
            print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
        let mut command = Command::new("python3");
        command.args(["-c", script, CONFCTL]).args(words);
        command.env("HOME", &self.folder).env("TZ", "UTC");
        let Ok(output) = command.output() else {
            return f64::NAN;
        };
        let kilobytes: Result<f64, _> = String::from_utf8_lossy(&output.stdout).trim().parse();
        kilobytes.map_or(f64::NAN, |kilobytes| kilobytes / 1024.0)
    }
}

/// Lines of at most 75 octets (RFC 5545 3.1).
fn fold(text: &str) -> String {
    let mut folded = String::new();
    for line in text.split_terminator("\r\n") {
        let mut length = 0;
        for c in line.chars() {
            if length + c.len_utf8() > 74 {
                folded.push_str("\r\n ");
                length = 1;
            }
            folded.push(c);
            length += c.len_utf8();
        }
        folded.push_str("\r\n");
    }
    folded
}

/// None: it can't be installed here.
fn install_khal(folder: &Path) -> Option<PathBuf> {
    let place = folder.join("khal");
    let run = |command: &mut Command| {
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        command
            .status()
            .is_ok_and(|status| status.success())
            .then_some(())
    };
    run(Command::new("python3").args(["-m", "venv"]).arg(&place))?;
    run(Command::new(place.join("bin/pip")).args(["install", "-q", "khal==0.14.1"]))?;
    let khal = place.join("bin/khal");
    let mode = fs::metadata(&khal).ok()?.permissions().mode();
    (mode & 0o100 != 0).then_some(khal)
}

fn trivial_program(folder: &Path) -> PathBuf {
    let source = folder.join("trivial.rs");
    fs::write(&source, "fn main() { println!(\"trivial 0.1.0\"); }\n").unwrap();
    let program = folder.join("trivial");
    let mut rustc = Command::new("rustc");
    rustc.args(["-O", "-o"]).arg(&program).arg(&source);
    assert!(rustc.status().unwrap().success());
    program
}

fn time(command: &mut Command) -> Duration {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let begun = Instant::now();
    assert!(command.status().unwrap().success(), "{command:?}");
    begun.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
