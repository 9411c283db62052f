//! The commands that must not lose anything, and what is left of them at pool and diary.

use std::fs;
use std::path::{Path, PathBuf};

use crate::desk::Output;
use crate::laboratory::{Citizen, Service};

/// A command that changes a service and the diary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    pub service: Service,
    pub act: Act,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A meeting with a conference of its own.
    Schedule,
    /// A call on the assigned conference.
    ScheduleCall,
    /// Another time and subject for a meeting that is there.
    Update,
    /// A meeting less.
    Cancel,
}

/// What there is of a citizen's meetings.
#[derive(Debug, PartialEq, Eq)]
pub struct Traces {
    /// What leads to each conference of the service, and its subject.
    pub conferences: Vec<(String, String)>,
    /// The diary's files, unfolded.
    pub entries: Vec<String>,
    /// Files of operations that are not finished.
    pub unfinished: Vec<PathBuf>,
    /// How many of them hold a whole record.
    pub records: usize,
    /// Files that should have got another name, or have gone.
    pub drafts: Vec<PathBuf>,
}

/// How far an operation has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// As if it had never been asked for.
    Nothing,
    /// Pool or diary know something of it.
    Some,
    /// Pool and diary agree that it is done.
    All,
}

/// What the meeting is called, before and after an update.
const SUBJECTS: [&str; 2] = ["Quarterly review", "Yearly review"];
/// When it starts, before and after.
const STARTS: [&str; 2] = ["20261201T140000", "20261202T150000"];

/// The second of them, as it is typed.
const LATER: &str = "2026-12-02 15:00";

const WHAT: [&str; 6] = [
    "-s",
    SUBJECTS[0],
    "-t",
    "2026-12-01 14:00",
    "-i",
    "bo@example.com",
];

impl Operation {
    /// Teams has no assigned conference.
    pub const ALL: [Self; 7] = [
        Self::of(Service::Pool, Act::Schedule),
        Self::of(Service::Pool, Act::ScheduleCall),
        Self::of(Service::Pool, Act::Update),
        Self::of(Service::Pool, Act::Cancel),
        Self::of(Service::Teams, Act::Schedule),
        Self::of(Service::Teams, Act::Update),
        Self::of(Service::Teams, Act::Cancel),
    ];

    /// A new meeting on the pool.
    pub const SCHEDULE: Self = Self::ALL[0];

    const fn of(service: Service, act: Act) -> Self {
        Self { service, act }
    }

    /// A new meeting that has a conference of its own.
    fn schedule(self) -> Vec<&'static str> {
        let kind = match self.service {
            Service::Pool => "live-meeting",
            Service::Teams => "conference-call",
        };
        [&["schedule", kind][..], &WHAT].concat()
    }

    /// The command, after whatever must be there before it.
    pub fn prepare(self, citizen: &Citizen) -> Vec<String> {
        let there = || {
            let output = citizen.confctl(&self.schedule()).run().code(0);
            output.value_of("Conference ID: ")
        };
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        match self.act {
            Act::Schedule => words(&self.schedule()),
            Act::ScheduleCall => words(&[&["schedule", "conference-call"][..], &WHAT].concat()),
            Act::Update => words(&["update", &there(), "-s", SUBJECTS[1], "-t", LATER]),
            Act::Cancel => words(&["cancel", &there(), "--yes"]),
        }
    }

    /// Whether every time makes another one.
    pub fn makes_a_meeting(self) -> bool {
        matches!(self.act, Act::Schedule | Act::ScheduleCall)
    }

    /// How far it has got. Pool and diary in any state that no operation leads to are a failure.
    #[track_caller]
    pub fn progress(self, traces: &Traces) -> Progress {
        let facts = (traces.conferences.len(), traces.entries.len());
        let entry = traces.entries.first().map_or("", String::as_str);
        let says = |version: usize| {
            entry.contains(&format!("SUMMARY:{}\r\n", SUBJECTS[version]))
                && entry.contains(&format!(":{}", STARTS[version]))
                && entry.contains(&format!("SEQUENCE:{version}\r\n"))
        };
        let pool_says = |version: usize| traces.conferences[0].1 == SUBJECTS[version];
        match (self.act, facts) {
            (Act::Schedule, (0, 0)) | (Act::ScheduleCall, (0 | 1, 0)) => Progress::Nothing,
            (Act::Schedule, (1, 0)) => Progress::Some,
            (Act::Schedule, (1, 1)) if says(0) && pool_says(0) => Progress::All,
            (Act::ScheduleCall, (1, 1)) if says(0) => Progress::All,
            (Act::Update, (1, 1)) if says(0) && pool_says(0) => Progress::Nothing,
            (Act::Update, (1, 1)) if says(0) && pool_says(1) => Progress::Some,
            (Act::Update, (1, 1)) if says(1) && pool_says(1) => Progress::All,
            (Act::Cancel, (1, 1)) if says(0) && pool_says(0) => Progress::Nothing,
            (Act::Cancel, (0, 1)) if says(0) => Progress::Some,
            (Act::Cancel, (0, 1)) if entry.contains("STATUS:CANCELLED\r\n") => Progress::All,
            (Act::Cancel, (0, 0)) => Progress::All,
            _ => panic!("{self:?} never leads to {traces:#?}"),
        }
    }

    /// Checks what a command that was not killed says of itself.
    #[track_caller]
    pub fn told_the_truth(self, output: &Output, progress: Progress) {
        assert!(!output.stderr.contains("panicked"), "{output}");
        match (output.code, progress) {
            (0, Progress::All) => {}
            (-1, _) => assert!(
                output.stdout.is_empty() || progress == Progress::All,
                "{output}"
            ),
            (1 | 5, Progress::Nothing) => assert_eq!(output.stdout, "", "{output}"),
            (7, _) => self.told_of_half(output, progress),
            _ => panic!("{self:?}: {progress:?} is done, but it says\n{output}"),
        }
    }

    fn told_of_half(self, output: &Output, progress: Progress) {
        let said = &output.stderr;
        assert!(said.contains("confctl resume"), "{output}");
        assert!(
            said.contains("not known")
                || progress != Progress::Nothing
                || self.act == Act::ScheduleCall,
            "{self:?}: nothing is done, but it says\n{output}"
        );
    }
}

impl Traces {
    /// Looks everywhere.
    pub fn of(citizen: &Citizen) -> Self {
        let home = citizen.desk.path(".local/share/confctl");
        let files = |folder: &str, extension: &str| {
            let mut found = Vec::new();
            collect(&home.join(folder), extension, &mut found);
            found
        };
        let read = |path: &PathBuf| fs::read_to_string(path).unwrap().replace("\r\n ", "");
        let mut drafts = Vec::new();
        collect(citizen.desk.home(), "part", &mut drafts);
        let unfinished = files("unfinished", "jsonl");
        let holds_a_line = |path: &&PathBuf| fs::read(path).unwrap().contains(&b'\n');
        Self {
            conferences: citizen.conferences(),
            entries: files("diary", "ics").iter().map(read).collect(),
            records: unfinished.iter().filter(holds_a_line).count(),
            unfinished,
            drafts,
        }
    }

    /// Checks that nothing is left over, and that pool and diary speak of the same conferences.
    #[track_caller]
    pub fn is_clean(&self) {
        assert!(
            self.unfinished.is_empty() && self.drafts.is_empty(),
            "left over: {self:#?}"
        );
        for entry in &self.entries {
            let whole = entry.starts_with("BEGIN:VCALENDAR\r\n")
                && entry.ends_with("END:VCALENDAR\r\n")
                && entry.matches("BEGIN:VEVENT\r\n").count() == 1
                && entry.matches("END:VEVENT\r\n").count() == 1;
            assert!(whole, "torn: {entry}");
            let known = self.conferences.iter().any(|(id, _)| entry.contains(id));
            assert!(
                known || entry.contains("STATUS:CANCELLED\r\n"),
                "no conference for {entry}\n{self:#?}"
            );
        }
    }
}

fn collect(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, extension, found);
        } else if path.extension().is_some_and(|own| own == extension) {
            found.push(path);
        }
    }
}
