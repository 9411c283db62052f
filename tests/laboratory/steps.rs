//! Steps on the way to the disk: counted, and broken off at any one (see `step.c`).

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::desk::{Desk, Run};

/// The library that a program is run with to count its steps.
#[derive(Clone, Copy)]
pub struct Steps {
    preload: &'static Path,
}

/// One step, as the library logs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// From 1; 0: bytes to a socket, which is no step.
    pub number: usize,
    /// create, write, fsync, rename and so on.
    pub name: String,
    /// What it is done to; of rename and link the new path.
    pub path: PathBuf,
    /// Of rename and link the old path.
    pub source: Option<PathBuf>,
}

/// When to kill.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    Before(usize),
    /// When half of what it writes is written.
    Within(usize),
    After(usize),
}

impl Steps {
    /// Compiles the library on first use; needs Linux and a C compiler.
    pub fn new() -> Self {
        static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
        Self {
            preload: LIBRARY.get_or_init(compile),
        }
    }

    /// Has a command's steps in its home counted and logged.
    pub fn watch(self, run: Run, desk: &Desk) -> Run {
        let library = self.preload.to_str().unwrap();
        run.env("LD_PRELOAD", library)
            .env("STEP_UNDER", desk.home().to_str().unwrap())
            .env("STEP_LOG", log_of(desk).to_str().unwrap())
    }

    /// Has a command killed.
    pub fn kill(self, run: Run, desk: &Desk, moment: Moment) -> Run {
        self.watch(run, desk).env("STEP_KILL", &moment.to_string())
    }

    /// Lets the disk be full from a step on.
    pub fn fill(self, run: Run, desk: &Desk, from: usize) -> Run {
        self.watch(run, desk).env("STEP_FULL", &from.to_string())
    }

    /// Lets there be room for half of what one step writes, and for everything after the next try.
    pub fn fill_once(self, run: Run, desk: &Desk, at: usize) -> Run {
        self.watch(run, desk).env("STEP_FULL_ONCE", &at.to_string())
    }

    /// Lets nothing be changed in a folder.
    pub fn protect(self, run: Run, desk: &Desk, folder: &Path) -> Run {
        self.watch(run, desk)
            .env("STEP_READONLY", folder.to_str().unwrap())
    }

    /// What was logged so far at that desk.
    pub fn log(self, desk: &Desk) -> Vec<Step> {
        let text = fs::read_to_string(log_of(desk)).unwrap_or_default();
        text.lines().map(Step::read).collect()
    }
}

/// In the home, but not one of its steps: the library writes it by bare system calls.
fn log_of(desk: &Desk) -> PathBuf {
    desk.path("steps.log")
}

fn compile() -> PathBuf {
    if !cfg!(target_os = "linux") {
        panic!("only Linux preloads a library");
    }
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/laboratory/step.c");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (draft, library) = (
        folder.join(format!("step-{}.so", std::process::id())),
        folder.join("step.so"),
    );
    let compiled = Command::new("cc")
        .args(["-std=c11", "-Wall", "-Werror", "-shared", "-fPIC", "-o"])
        .args([draft.as_os_str(), source.as_ref()])
        .status();
    let compiled = compiled.expect("a C compiler is needed to break off at a step");
    assert!(compiled.success(), "{source} does not compile");
    fs::rename(draft, &library).unwrap();
    library
}

impl Step {
    fn read(line: &str) -> Self {
        let mut words = line.splitn(4, ' ');
        let mut word = || words.next();
        Self {
            number: word().unwrap().parse().unwrap(),
            name: word().unwrap().to_owned(),
            path: word().unwrap().into(),
            source: word().map(PathBuf::from),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before(number) => write!(f, "before:{number}"),
            Self::Within(number) => write!(f, "within:{number}"),
            Self::After(number) => write!(f, "after:{number}"),
        }
    }
}
