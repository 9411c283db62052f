//! Files of other programs, pasted links and typed times, kind by kind of what can be odd about them: the cases
//! are data, in tests/kinds. Each is taken as it is meant, with a word where it could be meant otherwise, or is
//! refused in words. What they expect is judged by other readers: tests/calendars/kinds.sh.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;

use crate::desk::{Desk, NOW, Output};
use crate::meetings::{diary, unfolded};

/// Faults of which cases may be, by their letters.
const KINDS: &str = "ABCDEFGHIJKLMNOQRSTU";

/// Most occurrences that are compared.
const MOST: usize = 12;

/// Cases that are tried at a time.
const AT_A_TIME: usize = 4;

/// What every meeting has, unless a case says it otherwise.
const ALWAYS: [(&str, &str); 3] = [
    ("UID", "kinds@example.com"),
    ("DTSTAMP", "20261101T000000Z"),
    ("SUMMARY", "Plan"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    case: Vec<Case>,
}

/// Something odd, and what has to come of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// The fault, by its letter.
    kind: char,
    /// Number of the report after which it is shaped.
    #[serde(default, rename = "row")]
    _row: Option<u32>,

    /// A whole calendar.
    calendar: Option<String>,
    /// Lines of a VEVENT, of which a calendar is made.
    event: Option<String>,
    /// Lines before it in that calendar.
    #[serde(default)]
    head: String,
    /// Lines of further VEVENTs in it.
    #[serde(default)]
    others: Vec<String>,
    /// A mail, in which `{8bit}`, `{base64}` and `{quoted-printable}` stand for the calendar.
    mail: Option<String>,
    /// utf-8, utf-8-bom, utf-16le, utf-16le-bom or utf-16be-bom
    #[serde(default)]
    charset: Option<String>,
    /// How characters are written that are not as the charset has them.
    #[serde(default)]
    octets: BTreeMap<String, Vec<u8>>,
    /// crlf, lf, cr or crcrlf
    #[serde(default)]
    ends: Option<String>,
    /// Octets after which every line is folded, be it inside a character.
    #[serde(default)]
    fold: Option<usize>,
    /// Further words of the command.
    #[serde(default)]
    flags: Vec<String>,
    /// The same for a meeting that comes from no file.
    #[serde(default)]
    typed: Vec<String>,
    /// The zone of the computer.
    #[serde(default)]
    here: Option<String>,

    /// Words of the refusal.
    refused: Option<String>,
    /// Starts of the first occurrences, in UTC.
    starts: Option<Vec<String>>,
    /// How long they last.
    minutes: Option<Vec<i64>>,
    /// Words of each warning and note.
    #[serde(default)]
    said: Vec<String>,
    /// Addresses of the people who are invited.
    people: Option<Vec<String>>,
    /// What the invitation holds.
    #[serde(default)]
    sent_has: Vec<String>,
    #[serde(default)]
    sent_lacks: Vec<String>,
    /// What the diary holds in the end.
    #[serde(default)]
    entry_has: Vec<String>,
    /// Nobody has anything to say about what is sent.
    #[serde(default)]
    well_formed: bool,
    /// What lint says of the input.
    lint: Option<Lint>,
    /// What is done with the meeting then.
    #[serde(default)]
    then: Vec<Step>,
    /// `agree`, or why other readers do not.
    readers: Option<String>,
    /// The zone that is meant.
    #[serde(default, rename = "meant")]
    _meant: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lint {
    #[serde(default)]
    code: i32,
    #[serde(default)]
    has: Vec<String>,
    #[serde(default)]
    lacks: Vec<String>,
}

/// A further command, and what has to come of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// Its words, in which `{link}`, `{id}` and the like stand for those of the meeting.
    run: Vec<String>,
    #[serde(default)]
    code: i32,
    #[serde(default)]
    has: Vec<String>,
    #[serde(default)]
    lacks: Vec<String>,
    #[serde(default)]
    says: Vec<String>,
    /// Every SEQUENCE that comes out is higher.
    sequence_above: Option<u32>,
    /// When the meeting takes place afterwards.
    starts: Option<Vec<String>>,
}

#[test]
fn every_kind_of_oddity_is_taken_as_it_is_meant_or_refused_in_words() {
    let cases = cases();
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let tried = catch_unwind(AssertUnwindSafe(|| case.faults()));
                    let faults = tried.unwrap_or_else(|_| vec!["the test panicked".to_owned()]);
                    if !faults.is_empty() {
                        let text = format!("{}: {}\n", case.name, faults.join("\n"));
                        failures.lock().unwrap().push(text);
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    assert!(
        failures.is_empty(),
        "{} of {} cases fail\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

#[test]
fn every_case_says_what_it_is_of_and_what_readers_find() {
    let mut names = BTreeSet::new();
    for case in cases() {
        let name = &case.name;
        assert!(names.insert(name.clone()), "'{name}' is there twice");
        assert!(KINDS.contains(case.kind), "'{name}' is of no kind");
        let is_taken = case.starts.is_some();
        assert!(
            is_taken || case.refused.is_some() || case.lint.is_some(),
            "'{name}' expects nothing"
        );
        let is_judged = is_taken && case.text().is_some();
        assert_eq!(case.readers.is_some(), is_judged, "readers of '{name}'");
    }
}

fn cases() -> Vec<Case> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kinds");
    let files = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let tables = files.map(|file| table(&file.unwrap().path()));
    tables.flat_map(|table| table.case).collect()
}

fn table(path: &Path) -> Table {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

/// The calendar, and what it is wrapped in.
impl Case {
    /// With plain line ends; none: it is all about words that are typed.
    fn text(&self) -> Option<String> {
        if let Some(calendar) = &self.calendar {
            return Some(format!("{}\n", calendar.trim_matches('\n')));
        }
        let mut text = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//Kinds//EN\n".to_owned();
        text += self.head.trim_start_matches('\n');
        text += &component(self.event.as_ref()?);
        text.extend(self.others.iter().map(|lines| component(lines)));
        Some(text + "END:VCALENDAR\n")
    }

    fn input(&self) -> Vec<u8> {
        let calendar = self.text().map(|text| self.encoded(&text));
        let calendar = calendar.unwrap_or_default();
        match &self.mail {
            None => calendar,
            Some(mail) => wrapped(
                &mail.trim_start_matches('\n').replace('\n', "\r\n"),
                &calendar,
            ),
        }
    }

    fn encoded(&self, text: &str) -> Vec<u8> {
        let end = match self.ends.as_deref() {
            None | Some("crlf") => "\r\n",
            Some("lf") => "\n",
            Some("cr") => "\r",
            Some("crcrlf") => "\r\r\n",
            Some(other) => panic!("{}: no line ends '{other}'", self.name),
        };
        let text = text.replace('\n', end);
        let little = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let bytes: Vec<u8> = match self.charset.as_deref() {
            None => self.with_octets(&text),
            Some("utf-8-bom") => format!("\u{FEFF}{text}").into_bytes(),
            Some("utf-16le") => little(&text),
            Some("utf-16le-bom") => little(&format!("\u{FEFF}{text}")),
            Some("utf-16be-bom") => {
                let text = format!("\u{FEFF}{text}");
                text.encode_utf16().flat_map(u16::to_be_bytes).collect()
            }
            Some(other) => panic!("{}: no charset '{other}'", self.name),
        };
        match self.fold {
            None => bytes,
            Some(width) => folded(&bytes, width),
        }
    }

    fn with_octets(&self, text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for c in text.chars() {
            let c = c.to_string();
            match self.octets.get(&c) {
                Some(octets) => bytes.extend(octets),
                None => bytes.extend(c.as_bytes()),
            }
        }
        bytes
    }
}

/// A VEVENT of these lines and of what every meeting has.
fn component(lines: &str) -> String {
    let lines = lines.trim_matches('\n');
    let is_there = |name: &str| {
        let mut names = lines
            .lines()
            .filter_map(|line| line.split([':', ';']).next());
        names.any(|found| found == name)
    };
    let missing = ALWAYS.iter().filter(|(name, _)| !is_there(name));
    let missing: String = missing
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    format!("BEGIN:VEVENT\n{missing}{lines}\nEND:VEVENT\n")
}

/// Folds lines without a look at characters, as RFC 5545 3.1 allows.
fn folded(bytes: &[u8], width: usize) -> Vec<u8> {
    let mut folded = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let (line, end) = line.split_at(line.len() - 2);
        let pieces: Vec<&[u8]> = line.chunks(width).collect();
        folded.extend(pieces.join(&b"\r\n "[..]));
        folded.extend(end);
    }
    folded
}

/// A mail with the calendar in its place.
fn wrapped(mail: &str, calendar: &[u8]) -> Vec<u8> {
    let forms = [
        ("{8bit}", calendar.to_vec()),
        ("{base64}", base64(calendar)),
        ("{quoted-printable}", quoted_printable(calendar)),
    ];
    let (mut rest, mut bytes) = (mail, Vec::new());
    loop {
        let places = forms
            .iter()
            .filter_map(|form| Some((rest.find(form.0)?, form)));
        let Some((at, (name, form))) = places.min_by_key(|(at, _)| *at) else {
            bytes.extend(rest.as_bytes());
            return bytes;
        };
        bytes.extend(&rest.as_bytes()[..at]);
        bytes.extend(form);
        rest = &rest[at + name.len()..];
    }
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    let text = openssl::base64::encode_block(bytes);
    let lines: Vec<&[u8]> = text.as_bytes().chunks(76).collect();
    lines.join(&b"\r\n"[..])
}

fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let (mut text, mut column) = (String::new(), 0);
    for byte in bytes {
        let piece = match byte {
            b'\r' | b'\n' | b' '..=b'<' | b'>'..=b'~' => char::from(*byte).to_string(),
            _ => format!("={byte:02X}"),
        };
        if column + piece.len() > 75 && !matches!(byte, b'\r' | b'\n') {
            text += "=\r\n";
            column = 0;
        }
        column = if *byte == b'\n' {
            0
        } else {
            column + piece.len()
        };
        text += &piece;
    }
    text.into_bytes()
}

/// What was wrong with a case.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn check(&mut self, is_right: bool, what: impl Display) {
        if !is_right {
            self.0.push(what.to_string());
        }
    }

    fn texts(&mut self, text: &str, has: &[String], lacks: &[String]) {
        let lost = has.iter().filter(|wanted| !text.contains(*wanted));
        let left = lacks.iter().filter(|unwanted| text.contains(*unwanted));
        let lost: Vec<String> = lost.map(|wanted| format!("no '{wanted}'")).collect();
        let left: Vec<String> = left.map(|unwanted| format!("'{unwanted}'")).collect();
        let wrong = [lost, left].concat().join(", ");
        self.check(wrong.is_empty(), format!("{wrong} in\n{text}"));
    }

    /// Every warning and note is expected, and everything that is expected is one.
    fn said(&mut self, output: &Output, expected: &[String]) {
        let is_told = |line: &&str| line.starts_with("warning:") || line.starts_with("note:");
        let told: Vec<&str> = output.stderr.lines().filter(is_told).collect();
        for words in expected {
            let is_said = told.iter().any(|line| line.contains(words));
            self.check(is_said, format!("nobody said '{words}' but {told:?}"));
        }
        for line in told {
            let is_expected = expected.iter().any(|words| line.contains(words));
            self.check(is_expected, format!("unexpected: {line}"));
        }
    }
}

/// What is tried, and what comes of it.
impl Case {
    fn faults(&self) -> Vec<String> {
        let (desk, mut faults) = (Desk::new(), Faults::default());
        let input = self.input();
        if let Some(lint) = &self.lint {
            let output = self.run(&desk, &["lint", "-"], &input);
            faults.check(output.code == lint.code, format!("lint: {output}"));
            faults.texts(&output.stdout, &lint.has, &lint.lacks);
        }
        if let Some(why) = &self.refused {
            self.check_refused(&desk, &input, why, &mut faults);
        }
        if let Some(starts) = &self.starts {
            self.check_taken(&desk, &input, starts, &mut faults);
        }
        faults.0
    }

    fn run(&self, desk: &Desk, words: &[&str], input: &[u8]) -> Output {
        let here = self.here.as_deref().unwrap_or("Europe/Prague");
        desk.confctl(words).env("TZ", here).input(input).run()
    }

    fn schedule(&self, desk: &Desk, input: &[u8]) -> Output {
        let mut words = vec!["schedule", "live-meeting", "-f", "json"];
        match self.typed.is_empty() {
            true => words.extend(["--from", "-"]),
            false => words.extend(["-s", "Plan"]),
        }
        words.extend(self.typed.iter().chain(&self.flags).map(String::as_str));
        // Looking at the numbers of ten countries is most of the work.
        if !words.contains(&"--dial-in") {
            words.extend(["--no-dial-in", "--access", "anonymous"]);
        }
        self.run(desk, &words, input)
    }

    fn check_refused(&self, desk: &Desk, input: &[u8], why: &str, faults: &mut Faults) {
        let output = self.schedule(desk, input);
        let is_refused = output.code == 2 && output.stdout.is_empty();
        let is_why = output.stderr.contains(why);
        faults.check(
            is_refused && is_why,
            format!("not refused by '{why}'\n{output}"),
        );
        let listed = self.run(desk, &["list", "--all"], b"");
        faults.check(listed.stdout.is_empty(), format!("listed\n{listed}"));
    }

    fn check_taken(&self, desk: &Desk, input: &[u8], starts: &[String], faults: &mut Faults) {
        let output = self.schedule(desk, input);
        let told: Value = serde_json::from_str(&output.stdout).unwrap_or_default();
        if output.code != 0 || told.is_null() {
            return faults.check(false, format!("not taken\n{output}"));
        }
        faults.said(&output, &self.said);
        let is_changed = self
            .others
            .iter()
            .any(|lines| lines.contains("RECURRENCE-ID"));
        let times = match is_changed && !told["series"].is_null() {
            true => self.listed(desk),
            false => times_of(&told),
        };
        check_times(&times, starts, self.minutes.as_deref(), faults);
        if let Some(people) = &self.people {
            let invited = told["attendees"].as_array().into_iter().flatten();
            let invited: Vec<&str> = invited.filter_map(|one| one["address"].as_str()).collect();
            faults.check(invited == *people, format!("{invited:?} are invited"));
        }
        self.check_sent(desk, &told, faults);
        for (at, step) in self.then.iter().enumerate() {
            let mut of_step = Faults::default();
            self.check_step(desk, step, &told, &mut of_step);
            let named = |fault| format!("step {}: {fault}", at + 1);
            faults.0.extend(of_step.0.into_iter().map(named));
        }
        if !self.entry_has.is_empty() {
            let entries = diary(desk).into_iter().map(fs::read_to_string);
            let entries: String = entries.map(|text| unfolded(&text.unwrap())).collect();
            faults.texts(&entries, &self.entry_has, &[]);
        }
    }

    fn check_sent(&self, desk: &Desk, told: &Value, faults: &mut Faults) {
        let meeting = told["conference"]["id"].as_str().unwrap_or_default();
        let sent = self.run(desk, &["invite", meeting], b"");
        faults.texts(&sent.unfolded(), &self.sent_has, &self.sent_lacks);
        fs::write(desk.path("sent.ics"), &sent.stdout).unwrap();
        let lint = self.run(desk, &["lint", "--for", "mail", "sent.ics"], b"");
        let is_well = sent.code == 0 && !lint.stdout.contains("error[");
        faults.check(is_well, format!("{lint}\n{}", sent.unfolded()));
        if self.well_formed {
            let words = ["lint", "--strict", "--for", "mail", "sent.ics"];
            let lint = self.run(desk, &words, b"");
            faults.check(lint.code == 0, lint);
        }
    }

    fn check_step(&self, desk: &Desk, step: &Step, told: &Value, faults: &mut Faults) {
        let words: Vec<String> = step.run.iter().map(|word| filled(word, told)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let output = self.run(desk, &words, b"");
        faults.check(output.code == step.code, format!("{words:?}\n{output}"));
        faults.texts(&output.unfolded(), &step.has, &step.lacks);
        faults.texts(&output.stderr, &step.says, &[]);
        if let Some(least) = step.sequence_above {
            let lines = output.stdout.lines();
            let numbers = lines.filter_map(|line| line.strip_prefix("SEQUENCE:"));
            let numbers: Vec<u32> = numbers.filter_map(|n| n.trim().parse().ok()).collect();
            let is_above = !numbers.is_empty() && numbers.iter().all(|number| *number > least);
            faults.check(is_above, format!("{numbers:?} are not above {least}"));
        }
        if let Some(starts) = &step.starts {
            check_times(&self.listed(desk), starts, None, faults);
        }
    }

    /// When the one meeting takes place, as the list has it from one time to the next.
    fn listed(&self, desk: &Desk) -> Vec<(Timestamp, Timestamp)> {
        let mut found: Vec<(Timestamp, Timestamp)> = Vec::new();
        let mut from: Timestamp = NOW.parse().unwrap();
        while found.len() < MOST {
            let words = ["list", "--json", "--offline", "--from", &from.to_string()];
            let listed = self.run(desk, &words, b"");
            let rows: Value = serde_json::from_str(&listed.stdout).unwrap_or_default();
            match time_of(&rows[0]) {
                Some(time) if found.last() != Some(&time) => found.push(time),
                _ => break,
            }
            let (start, end) = found[found.len() - 1];
            from = end.max(start + SignedDuration::from_secs(1));
        }
        found
    }
}

fn times_of(told: &Value) -> Vec<(Timestamp, Timestamp)> {
    let all = told["series"]["occurrences"].as_array();
    let all = all.map_or(std::slice::from_ref(told), Vec::as_slice);
    all.iter().take(MOST).filter_map(time_of).collect()
}

fn time_of(told: &Value) -> Option<(Timestamp, Timestamp)> {
    let moment = |name: &str| told[name].as_str()?.parse().ok();
    Some((moment("start")?, moment("end")?))
}

fn check_times(
    times: &[(Timestamp, Timestamp)],
    starts: &[String],
    minutes: Option<&[i64]>,
    faults: &mut Faults,
) {
    let utc = |(start, _): &(Timestamp, _)| start.strftime("%Y-%m-%dT%H:%MZ").to_string();
    let found: Vec<String> = times.iter().map(utc).collect();
    faults.check(found == starts, format!("starts are {found:?}"));
    let length = |(start, end): &(Timestamp, Timestamp)| end.duration_since(*start).as_mins();
    let found: Vec<i64> = times.iter().map(length).collect();
    let is_right = minutes.is_none_or(|minutes| found == minutes);
    faults.check(is_right, format!("lengths are {found:?}"));
}

/// A word with what the meeting has in the place of `{link}`, `{id|spaced}` and the like.
fn filled(word: &str, told: &Value) -> String {
    let Some((before, rest)) = word.split_once('{') else {
        return word.to_owned();
    };
    let (inside, after) = rest.split_once('}').unwrap_or((rest, ""));
    let mut ways = inside.split('|');
    let call_in = &told["call_in"];
    let value = match ways.next().unwrap_or_default() {
        "link" => &call_in["client_link"],
        "id" => &call_in["conference_id"],
        "number" => &call_in["numbers"][0]["dialable"],
        "meeting" => &told["conference"]["id"],
        "uid" => &told["uid"],
        "sent" => &Value::from("sent.ics"),
        other => panic!("a meeting has no '{other}'"),
    };
    let value = value.as_str().unwrap_or_default().to_owned();
    before.to_owned() + &ways.fold(value, |value, how| spelled(&value, how)) + &filled(after, told)
}

/// What mails, chats and wrappers of links make of a link or a number.
fn spelled(value: &str, how: &str) -> String {
    const PROOFPOINT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.');
    match how {
        "upper" => value.to_uppercase(),
        "lower" => value.to_lowercase(),
        "escaped" => value.replace(';', "\\;"),
        "encoded" => utf8_percent_encode(value, NON_ALPHANUMERIC).to_string(),
        "proofpoint" => utf8_percent_encode(value, PROOFPOINT)
            .to_string()
            .replace('%', "-")
            .replace('/', "_"),
        "broken" => format!("{}\n {}", &value[..40], &value[40..]),
        "spaced" => format!("{} {}", &value[..2], &value[2..]),
        "dashed" => format!("{}-{}", &value[..2], &value[2..]),
        other => panic!("nobody spells it '{other}'"),
    }
}
