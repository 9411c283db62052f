//! What has been begun and is not finished: one file for each, on the disk before the first request.
//!
//! The first line of a file is the intent, each further line a step. A file is locked while its
//! process lives; one that can be locked was left by a crash, a cut connection or a refusal.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::atomic_file;
use crate::conference::MeetingId;
use crate::error::{Error, Result};
use crate::undertaking::{Fate, Fates, Intent, MailWish};

/// Most bytes of a file that are read: an appointment made elsewhere may be in it.
const LARGEST: u64 = 16 << 20;

/// Locks for meetings; two meetings may share one.
const LOCKS: u8 = 16;

/// The folder of unfinished undertakings.
pub struct Journal {
    folder: PathBuf,
}

/// Something that this process alone does. Dropped unfinished, it stays for `confctl resume`.
pub struct Undertaking {
    /// What is to be done.
    pub intent: Intent,
    /// The last conference-id that the pool was, or was about to be, asked for.
    pub asked: Option<MeetingId>,
    /// How people are told, if they are told by mail.
    pub mail: Option<MailWish>,
    /// SEQUENCE of the version that the mails tell of.
    mailed: Option<u32>,
    /// What became of the mails so far.
    pub fates: Fates,
    /// Whether those are mailed again who may have their mail.
    pub again: bool,
    /// How this process came to it.
    pub origin: Origin,
    file: File,
    path: PathBuf,
}

/// How a process came to an undertaking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It began it.
    Fresh,
    /// An earlier process left it, and the user asks for the same once more.
    AskedAgain,
    /// An earlier process left it, and it is to be finished now, whatever happened since.
    Resumed,
}

/// Why nothing could be begun.
pub enum Busy {
    /// The same thing was begun before and left: here it is, to be finished.
    Left(Box<Undertaking>),
    /// Another process is at it right now.
    Elsewhere(Waiting),
}

/// Another process's undertaking.
pub struct Waiting(File);

/// A file in the folder.
pub enum Found {
    /// Left by a process that is gone.
    Left(Box<Undertaking>),
    /// Its process lives.
    Running(Box<Intent>),
    /// Can't be understood; it is kept.
    Broken(PathBuf, String),
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Step {
    /// The pool is about to be asked for a conference of this id.
    Asked(MeetingId),
    /// It says that another conference has that id.
    Taken(MeetingId),
    /// People are told by mail from here on.
    Mailing(MailWish, u32),
    /// The mail for this address is about to be handed over.
    HandingOver(String),
    /// What became of it.
    Mailed(String, Fate),
}

impl Journal {
    /// Opens the folder, and makes it if there is none.
    pub fn open(folder: PathBuf) -> Result<Self> {
        atomic_file::make_folder(&folder).map_err(|error| unwritable(&folder, &error))?;
        Ok(Self { folder })
    }

    /// Writes an intent down, unless it was before. When this returns it is on the disk.
    pub fn begin(&self, intent: Intent) -> Result<Result<Undertaking, Busy>> {
        let _lock = self.lock()?;
        for (path, mut file) in self.files()? {
            let read = read(&mut file).ok();
            let Some(there) = read.filter(|there| there.intent.is_same(&intent)) else {
                continue;
            };
            return Ok(Err(match file.try_lock() {
                Ok(()) => Busy::Left(Box::new(there.taken_up(file, path, Origin::AskedAgain)?)),
                Err(_) => Busy::Elsewhere(Waiting(file)),
            }));
        }
        self.write_down(intent).map(Ok)
    }

    /// Everything that is not finished, oldest first. What never got as far as an intent is
    /// removed: nothing was asked for.
    pub fn unfinished(&self) -> Result<Vec<Found>> {
        let _lock = self.lock()?;
        let mut found = Vec::new();
        for (path, mut file) in self.files()? {
            let left = match file.try_lock() {
                Ok(()) => true,
                Err(TryLockError::WouldBlock) => false,
                Err(TryLockError::Error(error)) => return Err(unreadable(&path, &error)),
            };
            match read(&mut file) {
                Ok(there) if left => {
                    found.push(Found::Left(Box::new(there.taken_up(
                        file,
                        path,
                        Origin::Resumed,
                    )?)));
                }
                Ok(there) => found.push(Found::Running(Box::new(there.intent))),
                Err(Unread::Torn) if left => remove(&path),
                Err(Unread::Torn) => {}
                Err(Unread::Broken(why)) => found.push(Found::Broken(path, why)),
            }
        }
        Ok(found)
    }

    /// Waits until no other process changes this meeting; none does until the file is dropped.
    pub fn alone_with(&self, uid: &str) -> Result<File> {
        // One of a few locks for all meetings: files for each would be left behind.
        let number = openssl::sha::sha1(uid.as_bytes())[0] % LOCKS;
        self.locked(&format!("lock-{number}"))
    }

    fn write_down(&self, intent: Intent) -> Result<Undertaking> {
        let name = format!("{}-{}.jsonl", intent.began.as_nanosecond(), intent.token);
        let path = self.folder.join(name);
        let written = File::options()
            .read(true)
            .append(true)
            .create_new(true)
            .open(&path)
            .and_then(|mut file| {
                file.lock()?;
                file.write_all(&line(&intent)?)?;
                file.sync_all()?;
                atomic_file::sync_folder(&self.folder)?;
                Ok(file)
            });
        match written {
            Ok(file) => Ok(Undertaking {
                intent,
                asked: None,
                mail: None,
                mailed: None,
                fates: Fates::new(),
                again: false,
                origin: Origin::Fresh,
                file,
                path,
            }),
            Err(error) => {
                remove(&path);
                Err(unwritable(&path, &error).hint("nothing was asked of the pool"))
            }
        }
    }

    /// Held while files are made and looked for, so that nobody sees half of one.
    fn lock(&self) -> Result<File> {
        self.locked("lock")
    }

    fn locked(&self, name: &str) -> Result<File> {
        let path = self.folder.join(name);
        let is_new = !path.exists();
        let locked = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .and_then(|file| {
                file.lock()?;
                if is_new {
                    atomic_file::sync_folder(&self.folder)?;
                }
                Ok(file)
            });
        locked.map_err(|error| unwritable(&path, &error))
    }

    fn files(&self) -> Result<Vec<(PathBuf, File)>> {
        let folder =
            fs::read_dir(&self.folder).map_err(|error| unreadable(&self.folder, &error))?;
        let mut paths: Vec<PathBuf> = folder
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "jsonl")
            })
            .collect();
        paths.sort();
        let open = |path: PathBuf| {
            let file = File::options().read(true).append(true).open(&path).ok()?;
            Some((path, file))
        };
        // What is gone by now has been finished.
        Ok(paths.into_iter().filter_map(open).collect())
    }
}

impl Undertaking {
    /// Notes that the pool is about to be asked for a conference; on the disk when this returns.
    pub fn ask_for(&mut self, id: &MeetingId) -> Result<()> {
        self.note(&Step::Asked(id.clone()))?;
        self.asked = Some(id.clone());
        Ok(())
    }

    /// Notes that the id asked for last is that of another conference.
    pub fn is_taken(&mut self) -> Result<()> {
        match self.asked.take() {
            Some(id) => self.note(&Step::Taken(id)),
            None => Ok(()),
        }
    }

    /// Notes that people are told of that version by mail from here on.
    pub fn mailing(&mut self, wish: &MailWish, sequence: u32) -> Result<()> {
        if self.mail.as_ref() == Some(wish) && self.mailed == Some(sequence) {
            return Ok(());
        }
        self.write(&Step::Mailing(wish.clone(), sequence))?;
        if self.mailed != Some(sequence) {
            self.fates.clear();
        }
        (self.mail, self.mailed) = (Some(wish.clone()), Some(sequence));
        Ok(())
    }

    /// Notes that the mail for this address is about to be handed over; on the disk when this
    /// returns.
    pub fn hands_over(&mut self, to: &str) -> Result<()> {
        self.write(&Step::HandingOver(to.to_owned()))
    }

    /// Notes what became of it; on the disk when this returns.
    pub fn mailed(&mut self, to: &str, fate: &Fate) -> Result<()> {
        self.fates.insert(to.to_owned(), fate.clone());
        self.write(&Step::Mailed(to.to_owned(), fate.clone()))
    }

    fn note(&mut self, step: &Step) -> Result<()> {
        self.write(step)
            .map_err(|error| error.hint("nothing was asked of the pool"))
    }

    fn write(&mut self, step: &Step) -> Result<()> {
        let noted = line(step)
            .and_then(|line| self.file.write_all(&line))
            .and_then(|()| self.file.sync_all());
        noted.map_err(|error| unwritable(&self.path, &error))
    }

    /// Forgets it: everything is done, or the pool said no.
    pub fn finish(self) {
        remove(&self.path);
        if let Some(folder) = self.path.parent() {
            // If the name comes back after a power failure, resuming finds everything done.
            let _ = atomic_file::sync_folder(folder);
        }
    }
}

impl Waiting {
    /// Waits until the other process is done, or gone.
    pub fn wait(self) -> Result<()> {
        self.0
            .lock()
            .map_err(|error| Error::failed(format!("can't wait for the other process: {error}")))
    }
}

enum Unread {
    /// Its process ended while it wrote the intent.
    Torn,
    Broken(String),
}

/// What a file holds.
struct Written {
    intent: Intent,
    asked: Option<MeetingId>,
    mail: Option<MailWish>,
    mailed: Option<u32>,
    fates: Fates,
    /// Bytes up to the end of the last whole line.
    length: u64,
}

impl Written {
    fn step(&mut self, step: Step) {
        match step {
            Step::Asked(id) => self.asked = Some(id),
            Step::Taken(_) => self.asked = None,
            Step::Mailing(wish, sequence) => {
                // What people were told of an older version says nothing of this one.
                if self.mailed != Some(sequence) {
                    self.fates.clear();
                }
                (self.mail, self.mailed) = (Some(wish), Some(sequence));
            }
            Step::HandingOver(to) => {
                let why = "the program ended while it was handed over".to_owned();
                self.fates.insert(to, Fate::Unknown(why));
            }
            Step::Mailed(to, fate) => {
                self.fates.insert(to, fate);
            }
        }
    }

    /// A step that was broken off must not run into the next one.
    fn taken_up(self, file: File, path: PathBuf, origin: Origin) -> Result<Undertaking> {
        file.set_len(self.length)
            .map_err(|error| unwritable(&path, &error))?;
        Ok(Undertaking {
            intent: self.intent,
            asked: self.asked,
            mail: self.mail,
            mailed: self.mailed,
            fates: self.fates,
            again: false,
            origin,
            file,
            path,
        })
    }
}

fn read(file: &mut File) -> Result<Written, Unread> {
    let broken = |error: &dyn std::error::Error| Unread::Broken(error.to_string());
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).map_err(|e| broken(&e))?;
    file.take(LARGEST)
        .read_to_end(&mut bytes)
        .map_err(|e| broken(&e))?;
    let end = bytes
        .iter()
        .rposition(|&b| b == b'\n')
        .ok_or(Unread::Torn)?;
    let mut lines = bytes[..end].split(|&b| b == b'\n');
    let intent = serde_json::from_slice(lines.next().unwrap_or_default());
    let mut written = Written {
        intent: intent.map_err(|e| broken(&e))?,
        asked: None,
        mail: None,
        mailed: None,
        fates: Fates::new(),
        length: end as u64 + 1,
    };
    for line in lines {
        written.step(serde_json::from_slice(line).map_err(|e| broken(&e))?);
    }
    Ok(written)
}

fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::failed(format!("can't write '{}': {error}", path.display()))
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::failed(format!("can't read '{}': {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::invitation::Format;
    use crate::undertaking::{Cancellation, Deed, Delivery};

    fn intent(uid: &str, key: Option<&str>) -> Intent {
        Intent {
            token: format!("token-{uid}-{}", key.unwrap_or_default()),
            began: Timestamp::UNIX_EPOCH,
            account: None,
            on_behalf_of: None,
            key: key.map(str::to_owned),
            deed: Deed::Cancel(Cancellation {
                uid: uid.to_owned(),
                called: "Review".to_owned(),
                sequence: 1,
                stamp: Timestamp::UNIX_EPOCH,
                occurrence: None,
            }),
            delivery: Delivery {
                file: None,
                format: Format::Ics,
                mail: None,
                calendar: None,
            },
        }
    }

    fn journal() -> (tempfile::TempDir, Journal) {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path().join("unfinished")).unwrap();
        (folder, journal)
    }

    fn begun(journal: &Journal, uid: &str) -> Undertaking {
        match journal.begin(intent(uid, None)).unwrap() {
            Ok(undertaking) => undertaking,
            Err(_) => panic!("{uid} was begun before"),
        }
    }

    #[test]
    fn what_was_left_is_taken_up_with_its_last_step() {
        let (_folder, journal) = journal();
        let id = |text| MeetingId::parse(text).unwrap();
        let mut first = begun(&journal, "a");
        first.ask_for(&id("AAAAAAAA")).unwrap();
        first.ask_for(&id("BBBBBBBB")).unwrap();
        assert!(matches!(
            journal.begin(intent("a", None)).unwrap(),
            Err(Busy::Elsewhere(_))
        ));
        drop(first);
        let Err(Busy::Left(left)) = journal.begin(intent("a", None)).unwrap() else {
            panic!("it was not found again");
        };
        assert_eq!(left.asked, Some(id("BBBBBBBB")));
        left.finish();
        assert!(journal.unfinished().unwrap().is_empty());
    }

    #[test]
    fn the_same_key_is_the_same_thing_and_no_key_is_another() {
        let (_folder, journal) = journal();
        let with_key = journal.begin(intent("a", Some("k"))).unwrap();
        assert!(with_key.is_ok());
        assert!(journal.begin(intent("b", Some("k"))).unwrap().is_err());
        assert!(journal.begin(intent("a", None)).unwrap().is_ok());
        assert!(journal.begin(intent("a", Some("l"))).unwrap().is_ok());
    }

    #[test]
    fn a_step_that_was_broken_off_does_not_count_and_hides_nothing() {
        let (folder, journal) = journal();
        let mut first = begun(&journal, "a");
        first
            .ask_for(&MeetingId::parse("AAAAAAAA").unwrap())
            .unwrap();
        first.file.write_all(b"{\"asked\":\"BBB").unwrap();
        drop(first);
        let torn = folder.path().join("unfinished/torn.jsonl");
        fs::write(&torn, "{\"token\":").unwrap();
        fs::write(folder.path().join("unfinished/odd.jsonl"), "odd\n").unwrap();
        let mut found = journal.unfinished().unwrap();
        assert_eq!(found.len(), 2);
        assert!(!torn.exists());
        assert!(found.iter().any(|found| matches!(found, Found::Broken(..))));
        found.retain(|found| matches!(found, Found::Left(_)));
        let Some(Found::Left(mut left)) = found.pop() else {
            panic!("it is lost");
        };
        left.ask_for(&MeetingId::parse("CCCCCCCC").unwrap())
            .unwrap();
        drop(left);
        let Err(Busy::Left(left)) = journal.begin(intent("a", None)).unwrap() else {
            panic!("it was not found again");
        };
        assert_eq!(left.asked.unwrap().as_str(), "CCCCCCCC");
    }
}
