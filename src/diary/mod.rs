//! The diary: a vdir, one calendar file for each meeting, which khal and vdirsyncer read and write
//! as well.

mod find;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::atomic_file;
use crate::calendar_object::{CalendarObject, CalendarObjectError, file_name};
use crate::conference::Appointment;
use crate::error::{Error, Kind, Result};

pub use find::{Named, find};

/// Most bytes of a file that are read.
const LARGEST: u64 = 4 << 20;

/// The name that our property has in every entry of ours.
const OURS: &[u8] = b"X-CONFCTL-CONFERENCE";

/// The end of every calendar file that is whole.
const END: &[u8] = b"END:VCALENDAR";

/// A folder of meetings.
pub struct Diary {
    folder: PathBuf,
    /// For times without a zone, which other programs may write.
    zone: TimeZone,
}

/// A meeting with a conference.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The file as it is.
    pub object: CalendarObject,
    /// What it means.
    pub appointment: Appointment,
    /// Where it was read, and what it looked like then.
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    path: PathBuf,
    look: Option<Look>,
}

/// What tells a file from what it was before, without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Look {
    length: u64,
    changed: SystemTime,
    inode: u64,
}

/// What a diary holds.
#[derive(Default)]
pub struct Entries {
    /// The meetings with a conference, by their start.
    pub entries: Vec<Entry>,
    /// A clause for each file that can't be read, and could be a meeting. It stays as it is.
    unreadable: Vec<String>,
    /// A sentence for each that is none, or does not count beside another one of the same meeting.
    others: Vec<String>,
}

impl Entry {
    /// Which of two files of a meeting is the newer one.
    fn version(&self) -> (u32, Timestamp) {
        (self.appointment.sequence, self.appointment.stamp)
    }
}

impl Entries {
    /// Sentences about the files that are left out.
    pub fn warnings(&self) -> Vec<String> {
        let skipped = self
            .unreadable
            .iter()
            .map(|file| format!("{file}; it is skipped"));
        skipped.chain(self.others.iter().cloned()).collect()
    }

    /// The meetings, if there is none besides: for those who must not take one for absent that
    /// can't be read.
    pub fn into_whole(self) -> Result<Vec<Entry>> {
        match self.unreadable.first() {
            Some(file) => Err(unreadable_error(file)),
            None => Ok(self.entries),
        }
    }

    /// Two files of one meeting, as a sync leaves them after a conflict.
    fn leave_out_older_versions(&mut self) {
        self.entries.sort_by(|a, b| {
            (a.object.uid(), b.version(), &a.place.path).cmp(&(
                b.object.uid(),
                a.version(),
                &b.place.path,
            ))
        });
        let others = &mut self.others;
        self.entries.dedup_by(|entry, newest| {
            let is_same = entry.object.uid() == newest.object.uid();
            if is_same {
                others.push(format!(
                    "'{}' is in two files of the diary: the one with the higher SEQUENCE counts",
                    newest.appointment.subject
                ));
            }
            is_same
        });
    }
}

impl Diary {
    /// The diary in a folder, which need not exist yet.
    pub fn new(folder: PathBuf, zone: TimeZone) -> Self {
        Self { folder, zone }
    }

    /// The zone of times that name none.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Makes sure that an entry can be written, before anything is asked of the pool.
    pub fn prepare(&self) -> Result<()> {
        self.sweep();
        atomic_file::make_folder(&self.folder)
            .and_then(|()| atomic_file::probe(&self.folder.join("new.ics")))
            .map_err(|error| {
                let folder = self.folder.display();
                Error::failed(format!("can't write into the diary '{folder}': {error}"))
                    .hint("nothing was asked of the pool; another folder is chosen with 'diary' in the settings or CONFCTL_DIARY")
            })
    }

    /// Removes what processes left that were killed while they wrote.
    pub fn sweep(&self) {
        atomic_file::sweep(&self.folder);
    }

    /// All meetings with a conference. Appointments without one are other programs' affair.
    pub fn entries(&self) -> Result<Entries> {
        let mut found = Entries::default();
        for path in self.files()? {
            if path.metadata().is_ok_and(|there| !there.is_file()) {
                let what = format!("'{}' is skipped: it is no ordinary file", path.display());
                found.others.push(what);
                continue;
            }
            match self.read(&path) {
                Ok(Some(entry)) => found.entries.push(entry),
                Ok(None) => {}
                Err(why) => found.unreadable.push(why),
            }
        }
        found.leave_out_older_versions();
        found
            .entries
            .sort_by_key(|entry| entry.appointment.start.timestamp());
        Ok(found)
    }

    /// The meeting of that UID: of several files the one that counts in [`Self::entries`].
    pub fn get(&self, uid: &str) -> Result<Option<Entry>> {
        let mut found = self.entries()?;
        let at = found
            .entries
            .iter()
            .position(|entry| entry.object.uid() == uid);
        match at {
            Some(at) => Ok(Some(found.entries.swap_remove(at))),
            None => found.into_whole().map(|_| None),
        }
    }

    /// The same meeting, read again if its file is another one by now.
    pub fn reread(&self, entry: Entry) -> Result<Entry> {
        if look(&entry.place.path) == entry.place.look && entry.place.look.is_some() {
            return Ok(entry);
        }
        let read = self
            .read(&entry.place.path)
            .map_err(|file| unreadable_error(&file))?;
        let read = read.filter(|read| read.object.uid() == entry.object.uid());
        let read = match read {
            Some(read) => Some(read),
            None => self.get(entry.object.uid())?,
        };
        read.ok_or_else(|| {
            let subject = &entry.appointment.subject;
            let what = format!("'{subject}' is not in the diary any more");
            Error::new(Kind::NotFound, what)
        })
    }

    /// Names of the files that hold meetings, in their order; nothing where none can be read.
    pub fn file_names(&self) -> Vec<String> {
        let name = |path: PathBuf| Some(path.file_name()?.to_string_lossy().into_owned());
        let files = self.files().unwrap_or_default().into_iter();
        files.filter_map(name).collect()
    }

    /// Writes a new meeting, whose UID nobody else can know, into a file of its own.
    pub fn add(&self, object: CalendarObject) -> Result<Entry> {
        let path = self.folder.join(file_name(object.uid()));
        self.put_at(path, object)
    }

    /// Writes a meeting that had no conference so far: over its own file, wherever that is, or into a
    /// new one.
    pub fn put(&self, object: CalendarObject) -> Result<Entry> {
        let path = self.path_of(object.uid())?;
        self.put_at(path, object)
    }

    fn put_at(&self, path: PathBuf, object: CalendarObject) -> Result<Entry> {
        let appointment = self.appointment_of(&object)?;
        let mut entry = Entry {
            object,
            appointment,
            place: Place { path, look: None },
        };
        self.write(&mut entry)?;
        Ok(entry)
    }

    /// The one door through which meetings are changed: applies a change to whatever the meeting is by
    /// now, which others may have edited since it was read, and writes it. Nothing is written if the
    /// change makes no difference.
    pub fn edit<T>(
        &self,
        entry: &mut Entry,
        change: impl FnOnce(&mut Entry) -> Result<T>,
    ) -> Result<T> {
        let mut new = self.reread(entry.clone())?;
        let before = new.object.bytes().to_vec();
        let changed = change(&mut new)?;
        if new.object.bytes() != before {
            new.appointment = self.appointment_of(&new.object)?;
            self.write(&mut new)?;
        }
        *entry = new;
        Ok(changed)
    }

    fn write(&self, entry: &mut Entry) -> Result<()> {
        let path = &entry.place.path;
        atomic_file::make_folder(&self.folder)
            .and_then(|()| atomic_file::write(path, entry.object.bytes()))
            .map_err(|error| {
                let path = path.display();
                let what = format!("the diary entry '{path}' could not be written: {error}");
                Error::new(Kind::HalfDone, what)
            })?;
        entry.place.look = look(path);
        Ok(())
    }

    /// What the calendar says, which was written by us or made of what was read.
    fn appointment_of(&self, object: &CalendarObject) -> Result<Appointment> {
        let appointment = object.appointment(&self.zone)?;
        appointment.ok_or_else(|| Error::failed("the meeting has no conference"))
    }

    /// Where the meeting of that UID is, with a conference or without, or where it shall be.
    fn path_of(&self, uid: &str) -> Result<PathBuf> {
        let usual = self.folder.join(file_name(uid));
        let is_escaped = uid.contains([',', ';', '\\', '\n']);
        let holds = |path: &Path| -> Result<bool, String> {
            let bytes = match read_bounded(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                read => read.map_err(|error| error.to_string())?,
            };
            let is_named = contains(&bytes, uid.as_bytes());
            match CalendarObject::parse(&bytes) {
                Err(error) if is_named => Err(error.to_string()),
                Ok(document) if is_named || is_escaped => Ok(document.uid() == uid),
                Ok(_) | Err(_) => Ok(false),
            }
        };
        for path in std::iter::once(usual.clone()).chain(self.files()?) {
            if holds(&path).map_err(|why| unreadable_error(&unreadable(&path, &why)))? {
                return Ok(path);
            }
        }
        Ok(match usual.exists() {
            false => usual,
            true => self.folder.join(format!("confctl-{}", file_name(uid))),
        })
    }

    fn files(&self) -> Result<Vec<PathBuf>> {
        let folder = match fs::read_dir(&self.folder) {
            Ok(folder) => folder,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                let folder = self.folder.display();
                return Err(Error::failed(format!(
                    "can't read the diary '{folder}': {error}"
                )));
            }
        };
        let mut files: Vec<PathBuf> = folder
            .filter_map(|file| Some(file.ok()?.path()))
            .filter(|path| is_meeting(path))
            .collect();
        files.sort();
        Ok(files)
    }

    /// None: it is no meeting of ours. An error is a clause.
    fn read(&self, path: &Path) -> Result<Option<Entry>, String> {
        self.parse(path).map_err(|why| unreadable(path, &why))
    }

    fn parse(&self, path: &Path) -> Result<Option<Entry>, String> {
        // Before the bytes: what is written meanwhile must not pass for what was read.
        let look = look(path);
        let bytes = match read_bounded(path) {
            Ok(bytes) => bytes,
            // Cancelled or renamed by another program while we looked.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let why = |error: CalendarObjectError| error.to_string();
        // What another program keeps here, and has written to its end, is its own affair; and so is
        // what is larger than anything that is ours.
        let is_large = bytes.len() as u64 > LARGEST;
        if !contains(&bytes, OURS) && (contains(&bytes, END) || is_large) {
            return Ok(None);
        }
        let object = CalendarObject::parse(&bytes).map_err(why)?;
        let appointment = object.appointment(&self.zone).map_err(why)?;
        Ok(appointment.map(|appointment| Entry {
            object,
            appointment,
            place: Place {
                look,
                path: path.to_owned(),
            },
        }))
    }
}

fn unreadable(path: &Path, why: &str) -> String {
    format!("'{}' can't be read: {why}", path.display())
}

/// A refusal because nobody knows what a file holds.
fn unreadable_error(file: &str) -> Error {
    Error::failed(format!("{file}, and it could be about this"))
        .hint("mend the file, or move it out of the diary")
}

/// What a file looks like; none: it can't be told.
fn look(path: &Path) -> Option<Look> {
    let metadata = fs::metadata(path).ok()?;
    Some(Look {
        length: metadata.len(),
        changed: metadata.modified().ok()?,
        inode: metadata.ino(),
    })
}

/// As khal and vdirsyncer decide it.
fn is_meeting(path: &Path) -> bool {
    let hidden = path
        .file_name()
        .and_then(OsStr::to_str)
        .is_none_or(|name| name.starts_with('.'));
    !hidden && path.extension().is_some_and(|extension| extension == "ics")
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    !wanted.is_empty() && bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    // A named pipe would be waited for.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no ordinary file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST && contains(&bytes, OURS) {
        return Err(io::Error::other("it is larger than 4 MiB"));
    }
    Ok(bytes)
}
