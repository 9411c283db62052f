//! The log for support, `CONFCTL_LOG`: what was told and said on the wire, however little of it the
//! user wanted to hear, with the moment of each line. Whoever writes into it has masked the secrets.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use jiff::Timestamp;

/// Where it is written to, and what tells the time.
struct Log {
    file: File,
    clock: fn() -> Timestamp,
}

/// One a process.
static LOG: OnceLock<Mutex<Log>> = OnceLock::new();

/// Begins, or goes on with, a file that only its owner can read.
pub(super) fn open(path: &Path, clock: fn() -> Timestamp) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let file = options.append(true).create(true).mode(0o600).open(path)?;
    // The second of two in one process would be lost without a word.
    LOG.set(Mutex::new(Log { file, clock }))
        .map_err(|_| io::ErrorKind::AlreadyExists.into())
}

/// Whether there is one.
pub(super) fn is_open() -> bool {
    LOG.get().is_some()
}

/// Writes a text, each line with the moment and what kind it is. A disk that is full keeps nobody from
/// his meeting.
pub(super) fn append(kind: &str, text: &str) {
    let Some(log) = LOG.get() else {
        return;
    };
    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
    let now = (log.clock)().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    let process = std::process::id();
    let lines = text.lines();
    let lines: String = lines
        .map(|line| format!("{now} {process} {kind} {}\n", super::visible(line)))
        .collect();
    let _ = log.file.write_all(lines.as_bytes());
}
