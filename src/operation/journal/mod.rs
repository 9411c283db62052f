//! What has been begun and is not finished: one file for each, on the disk before anything leaves
//! the machine.
//!
//! The first record of a file is the operation with the version of the format, each further one a
//! step. A file gets its name when its first record is whole, so one that begins otherwise is damaged.
//! It is locked while its process lives; one that can be locked was left by a crash, a cut connection
//! or a refusal. What can't be understood is never taken for absent: it stops whatever it might be
//! the beginning of.

mod lock;
mod record;
#[cfg(test)]
mod tests;

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::atomic_file::{self, Draft, is_at};
use crate::diary::Entry;
use crate::error::{Error, Kind, Result};
use crate::mail::DeliveryStatus;
use crate::operation::{Action, Attempt, Operation, Run};
use crate::report::Report;

pub use lock::MeetingLock;
pub(super) use record::{Record, Step};

use record::Damage;

/// The folder of unfinished operations.
pub struct Journal {
    folder: PathBuf,
}

/// What came of asking to begin an operation.
pub enum Begun {
    /// It is in the journal.
    New(Box<Run>),
    /// The same was begun before and left: here it is, to be finished.
    Left(Box<Run>),
    /// Another process is at it right now.
    AlreadyRunning(File),
}

/// A file in the folder.
pub enum Found {
    /// Left by a process that is gone.
    Left(Box<Run>),
    /// Its process lives.
    Running(Box<Operation>),
    /// Can't be understood.
    Damaged {
        /// Where it is.
        path: PathBuf,
        /// Why, as a clause.
        why: String,
    },
}

impl Journal {
    /// The journal in a folder, which need not exist yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// How many operations are left or damaged; the folder need not exist.
    pub fn count_left(&self) -> Result<usize> {
        let mut count = 0;
        for path in self.list_records()? {
            count += usize::from(match Record::open(&path) {
                // A record is locked only by those who have the journal's own lock, or are at it.
                Ok(Some(record)) => {
                    let _lock = self.lock()?;
                    record.file.try_lock().is_ok() && self.is_at(&record, &path)?
                }
                Ok(None) => false,
                Err(_) => true,
            });
        }
        Ok(count)
    }

    /// What the other records of this meeting say became of the mails that tell of that SEQUENCE.
    pub(super) fn get_statuses(
        &self,
        entry: &Entry,
        sequence: u32,
        but: &Path,
    ) -> Result<Vec<(String, DeliveryStatus)>> {
        let mut statuses = Vec::new();
        for (number, path) in (1..).zip(self.list_records()?) {
            let record = match Record::open(&path) {
                Ok(Some(record)) if path != but => record,
                Err(damage) if damage.is_about(entry) => return Err(damage.error(&path, number)),
                Ok(_) | Err(_) => continue,
            };
            let is_removal =
                matches!(&record.operation.action, Action::Invite(invite) if invite.removal);
            let is_of_version = record.sequence == Some(sequence) && !is_removal;
            if is_of_version && record.operation.is_about(entry) {
                statuses.extend(record.statuses);
            }
        }
        Ok(statuses)
    }

    /// Writes an operation down, unless it was before. When this returns it is on the disk.
    ///
    /// # Errors
    /// `Conflict`: its key was used for something else. `HalfDone`: a record that can't be understood
    /// may be of the same operation.
    pub fn begin(&self, operation: Operation) -> Result<Begun> {
        let _lock = self.lock()?;
        atomic_file::sweep(&self.folder);
        for (number, path) in (1..).zip(self.list_records()?) {
            let record = match Record::open(&path) {
                Ok(Some(record)) => record,
                Ok(None) => continue,
                Err(damage) if damage.could_be(&operation) => {
                    return Err(damage.error(&path, number));
                }
                Err(_) => continue,
            };
            let there = &record.operation;
            if !there.is_same(&operation) {
                continue;
            }
            if operation.key.is_some() && there.action.facts() != operation.action.facts() {
                let how = format!("was begun and is not finished: {}", there.words());
                return Err(operation.conflict_error(&how).hint(format!(
                    "'confctl resume {number}' finishes what was begun, 'confctl resume --forget {number}' drops it"
                )));
            }
            match self.take_up(record, &path, Attempt::Repeated)? {
                Taken::Left(run) => return Ok(Begun::Left(run)),
                Taken::Running(record) => return Ok(Begun::AlreadyRunning(record.file)),
                Taken::Damaged(damage) => return Err(damage.error(&path, number)),
                Taken::Gone => {}
            }
        }
        let run = self.write_down(operation)?;
        Ok(Begun::New(Box::new(run)))
    }

    /// Everything that is not finished, oldest first.
    pub fn list_unfinished(&self) -> Result<Vec<Found>> {
        if !fs::exists(&self.folder).map_err(|error| unreadable(&self.folder, &error))? {
            return Ok(Vec::new());
        }
        let _lock = self.lock()?;
        atomic_file::sweep(&self.folder);
        let mut found = Vec::new();
        for path in self.list_records()? {
            let taken = match Record::open(&path) {
                Ok(Some(record)) => self.take_up(record, &path, Attempt::Resumed)?,
                Ok(None) => Taken::Gone,
                Err(damage) => Taken::Damaged(damage),
            };
            match taken {
                Taken::Left(run) => found.push(Found::Left(run)),
                Taken::Running(record) => found.push(Found::Running(Box::new(record.operation))),
                Taken::Damaged(damage) => found.push(Found::Damaged {
                    path,
                    why: damage.why,
                }),
                Taken::Gone => {}
            }
        }
        Ok(found)
    }

    /// What a record says now, whoever is at it; none: it is gone, or nobody can understand it.
    pub(super) fn look(&self, path: &Path) -> Option<Record> {
        Record::open(path).ok().flatten()
    }

    /// Sets a record aside that can't be understood. Gives its new name.
    pub fn set_aside(&self, path: &Path) -> Result<PathBuf> {
        let names = (1..).map(|number| path.with_extension(format!("forgotten-{number}")));
        let mut free = names.filter(|name| fs::symlink_metadata(name).is_err());
        let aside = free.next().unwrap_or_else(|| path.to_owned());
        fs::rename(path, &aside).map_err(|error| unwritable(path, &error))?;
        Ok(aside)
    }

    /// Waits until no other process changes this meeting, see `Operation::meeting`; none does until the lock is dropped.
    pub fn lock_meeting(&self, meeting: &str, report: &dyn Report) -> Result<MeetingLock> {
        MeetingLock::acquire(&self.folder.join("locks"), meeting, report)
    }

    /// Files that hold, or should hold, an operation, oldest first.
    fn list_records(&self) -> Result<Vec<PathBuf>> {
        let is_record = |path: &PathBuf| path.extension().is_some_and(|e| e == "jsonl");
        let list = || -> io::Result<Vec<PathBuf>> {
            let mut paths = Vec::new();
            for entry in fs::read_dir(&self.folder)? {
                paths.push(entry?.path());
            }
            paths.retain(is_record);
            paths.sort();
            Ok(paths)
        };
        match list() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            listed => listed.map_err(|error| unreadable(&self.folder, &error)),
        }
    }

    fn is_at(&self, record: &Record, path: &Path) -> Result<bool> {
        is_at(&record.file, path).map_err(|error| unreadable(path, &error))
    }

    /// Looks whether the process of an operation is gone.
    fn take_up(&self, record: Record, path: &Path, attempt: Attempt) -> Result<Taken> {
        match record.file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Taken::Running(Box::new(record))),
            Err(TryLockError::Error(error)) => return Err(unreadable(path, &error)),
        }
        // Its process may have gone on, and finished, between our reading and our lock.
        if !self.is_at(&record, path)? {
            return Ok(Taken::Gone);
        }
        Ok(match Record::read(record.file) {
            Ok(record) => {
                let run = Run::take_up(record, path.to_owned(), attempt);
                Taken::Left(Box::new(run.map_err(|error| unwritable(path, &error))?))
            }
            Err(damage) => Taken::Damaged(damage),
        })
    }

    fn write_down(&self, operation: Operation) -> Result<Run> {
        let name = format!("{}-{}", operation.began.as_nanosecond(), operation.token);
        let path = self.folder.join(&name).with_extension("jsonl");
        let written =
            Draft::create(&self.folder).and_then(|draft| Record::create(draft, &path, operation));
        match written {
            Ok(record) => Ok(Run::begin(record, path)),
            Err(error) => {
                let _ = fs::remove_file(&path);
                Err(unwritable(&path, &error).hint("no conference was touched"))
            }
        }
    }

    /// Held while files are made and looked for, so that two processes never begin the same.
    fn lock(&self) -> Result<File> {
        let path = self.folder.join("lock");
        let is_new = !path.exists();
        let lock = || {
            atomic_file::make_folder(&self.folder)?;
            let file = lock::open(&path)?;
            file.lock()?;
            if is_new {
                atomic_file::sync_folder(&self.folder)?;
            }
            Ok(file)
        };
        lock().map_err(|error: io::Error| unwritable(&path, &error))
    }
}

enum Taken {
    Left(Box<Run>),
    Running(Box<Record>),
    Damaged(Damage),
    /// It has been finished since it was looked at.
    Gone,
}

/// Waits until the other process that is at this record is done, or gone.
pub(super) fn wait(record: &File, report: &dyn Report) -> Result<()> {
    lock::lock_patiently(record, "does the same", report)
        .map_err(|error| Error::failed(format!("can't wait for the other process: {error}")))
}

impl Damage {
    /// Whether the record may be of the same operation, or change the same meeting.
    fn could_be(&self, operation: &Operation) -> bool {
        match &self.operation {
            None => operation.could_double(),
            Some(known) => known.is_same(operation) || known.meeting() == operation.meeting(),
        }
    }

    /// Whether it is known to be about this meeting.
    fn is_about(&self, entry: &Entry) -> bool {
        let operation = self.operation.as_ref();
        operation.is_some_and(|operation| operation.is_about(entry))
    }

    fn error(self, path: &Path, number: usize) -> Error {
        let what = format!(
            "'{}' holds something unfinished that can't be understood, and it could be this: {}",
            path.display(),
            self.why
        );
        Error::new(Kind::HalfDone, what).hint(format!(
            "look at 'confctl list' for a conference that nobody knows; then 'confctl resume --forget {number}' sets the file aside"
        ))
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::failed(format!("can't write '{}': {error}", path.display()))
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::failed(format!("can't read '{}': {error}", path.display()))
}
