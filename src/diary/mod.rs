//! The diary: a vdir, one calendar file for each meeting, which khal and vdirsyncer read and write
//! as well.

mod find;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use crate::atomic_file;
use crate::calendar_object::{CalendarObject, CalendarObjectError};
use crate::conference::Appointment;
use crate::error::{Error, Kind, Result};

pub use find::{Named, find};

/// Most bytes of a file that are read.
const LARGEST: u64 = 4 << 20;

/// The name that our property has in every entry of ours.
const OURS: &[u8] = b"X-CONFCTL-CONFERENCE";

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
    pub document: CalendarObject,
    /// What it means.
    pub appointment: Appointment,
}

/// What a diary holds.
#[derive(Default)]
pub struct Entries {
    /// The meetings with a conference, by their start.
    pub entries: Vec<Entry>,
    /// A sentence for each file that can't be read. It stays as it is.
    pub skipped: Vec<String>,
}

impl Entries {
    /// Two files of one meeting, as a sync leaves them after a conflict.
    fn leave_out_older_versions(&mut self) {
        let version = |entry: &Entry| (entry.appointment.sequence, entry.appointment.stamp);
        self.entries
            .sort_by(|a, b| (a.document.uid(), version(b)).cmp(&(b.document.uid(), version(a))));
        let mut older = Vec::new();
        self.entries.dedup_by(|entry, newest| {
            let is_same = entry.document.uid() == newest.document.uid();
            if is_same {
                older.push(format!(
                    "'{}' is in two files of the diary: the one with the higher SEQUENCE counts",
                    newest.appointment.subject
                ));
            }
            is_same
        });
        self.skipped.extend(older);
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
        self.tidy();
        atomic_file::make_folder(&self.folder)
            .and_then(|()| atomic_file::probe(&self.folder.join("new.ics")))
            .map_err(|error| {
                let folder = self.folder.display();
                Error::failed(format!("can't write into the diary '{folder}': {error}"))
                    .hint("nothing was asked of the pool; another folder is chosen with 'diary' in the settings or CONFCTL_DIARY")
            })
    }

    /// Removes what processes left that were killed while they wrote.
    pub fn tidy(&self) {
        atomic_file::sweep(&self.folder);
    }

    /// All meetings with a conference. Appointments without one are other programs' affair.
    pub fn entries(&self) -> Result<Entries> {
        let mut found = Entries::default();
        for path in self.files()? {
            match self.read(&path) {
                Ok(Some(entry)) => found.entries.push(entry),
                Ok(None) => {}
                Err(why) => found
                    .skipped
                    .push(format!("'{}' is skipped: {why}", path.display())),
            }
        }
        found.leave_out_older_versions();
        found
            .entries
            .sort_by_key(|entry| entry.appointment.start.timestamp());
        Ok(found)
    }

    /// The meeting of that UID.
    pub fn with_uid(&self, uid: &str) -> Result<Option<Entry>> {
        let usual = self.folder.join(file_name(uid));
        if let Ok(Some(entry)) = self.read(&usual)
            && entry.document.uid() == uid
        {
            return Ok(Some(entry));
        }
        let mut entries = self.entries()?.entries.into_iter();
        Ok(entries.find(|entry| entry.document.uid() == uid))
    }

    /// Writes a meeting: over its own file, wherever that is, or into a new one. Nothing is written
    /// if the file says the same already.
    pub fn put(&self, document: &CalendarObject) -> Result<()> {
        let uid = document.uid();
        let path = self.path_of(uid)?;
        if bounded(&path).is_ok_and(|there| there == document.bytes()) {
            return Ok(());
        }
        atomic_file::make_folder(&self.folder)
            .and_then(|()| atomic_file::write(&path, document.bytes()))
            .map_err(|error| {
                let path = path.display();
                Error::new(
                    Kind::HalfDone,
                    format!("the diary entry '{path}' could not be written: {error}"),
                )
            })
    }

    /// Where the meeting of that UID is, with a conference or without, or where it shall be.
    fn path_of(&self, uid: &str) -> Result<PathBuf> {
        let usual = self.folder.join(file_name(uid));
        let is_escaped = uid.contains([',', ';', '\\', '\n']);
        let holds = |path: &PathBuf| {
            let bytes = bounded(path).unwrap_or_default();
            (is_escaped || contains(&bytes, uid.as_bytes()))
                && CalendarObject::parse(&bytes).is_ok_and(|document| document.uid() == uid)
        };
        if holds(&usual) {
            return Ok(usual);
        }
        if let Some(path) = self.files()?.into_iter().find(holds) {
            return Ok(path);
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

    /// None: it is no meeting of ours.
    fn read(&self, path: &Path) -> Result<Option<Entry>, String> {
        let bytes = match bounded(path) {
            Ok(bytes) => bytes,
            // Cancelled or renamed by another program while we looked.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let why = |error: CalendarObjectError| error.to_string();
        let ours = contains(&bytes, OURS);
        let document = CalendarObject::parse(&bytes).map_err(why)?;
        if !ours {
            return Ok(None);
        }
        let appointment = document.appointment(&self.zone).map_err(why)?;
        Ok(appointment.map(|appointment| Entry {
            document,
            appointment,
        }))
    }
}

/// As khal and vdirsyncer decide it.
fn is_meeting(path: &Path) -> bool {
    let hidden = path
        .file_name()
        .and_then(OsStr::to_str)
        .is_none_or(|name| name.starts_with('.'));
    !hidden && path.extension().is_some_and(|extension| extension == "ics")
}

/// A UID may hold what no file name can.
pub(crate) fn file_name(uid: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"@._-".contains(&b);
    if uid.len() <= 120 && uid.bytes().all(plain) && !uid.starts_with('.') {
        format!("{uid}.ics")
    } else {
        format!(
            "{}.ics",
            crate::hex::hex(&openssl::sha::sha1(uid.as_bytes()))
        )
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    !wanted.is_empty() && bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn bounded(path: &Path) -> io::Result<Vec<u8>> {
    // A named pipe would be waited for.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no ordinary file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other("it is larger than 4 MiB"));
    }
    Ok(bytes)
}
