//! One process at a time changes a meeting.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::atomic_file::{self, is_at};
use crate::error::{Error, Result};
use crate::hex::hex;
use crate::report::Report;

/// How long is waited in silence.
const SILENCE: Duration = Duration::from_secs(1);

/// Keeps other processes from changing a meeting until it is dropped.
pub struct MeetingLock {
    /// Holds the lock.
    _file: File,
    path: PathBuf,
}

impl MeetingLock {
    /// Waits for the lock of a meeting. Each has its own, so that nobody waits for another meeting.
    pub(super) fn acquire(folder: &Path, meeting: &str, report: &dyn Report) -> Result<Self> {
        let path = folder.join(hex(&openssl::sha::sha1(meeting.as_bytes())));
        let failed =
            |error: io::Error| Error::failed(format!("can't lock '{}': {error}", path.display()));
        atomic_file::make_folder(folder).map_err(failed)?;
        loop {
            let file = open(&path).map_err(failed)?;
            lock_patiently(&file, "changes this meeting", report).map_err(failed)?;
            // Whoever had it before has removed the name with it.
            if is_at(&file, &path).map_err(failed)? {
                return Ok(Self { _file: file, path });
            }
        }
    }
}

impl Drop for MeetingLock {
    /// Leaves no file behind; those who wait for this one look whether it has its name still.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// A file to be locked, made if there is none.
pub(super) fn open(path: &Path) -> io::Result<File> {
    // A named pipe would be waited for.
    if fs::symlink_metadata(path).is_ok_and(|there| !there.is_file()) {
        return Err(io::Error::other("it is no ordinary file"));
    }
    File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

/// Waits for a lock, and says so after a second; `doing` is what the other process does.
pub(super) fn lock_patiently(file: &File, doing: &str, report: &dyn Report) -> io::Result<()> {
    let until = Instant::now() + SILENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if Instant::now() < until => {
                thread::sleep(Duration::from_millis(10));
            }
            Err(TryLockError::WouldBlock) => break,
        }
    }
    report.status(&format!(
        "Another confctl {doing} right now: waiting for it."
    ));
    file.lock()
}
