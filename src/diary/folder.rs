//! The files: which of them can be meetings, what tells one from what it was before, how they are
//! read and written.

use std::ffi::OsStr;
use std::fs::{self, DirEntry, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::atomic_file;
use crate::error::{Error, Result};
use crate::icalendar::Object;

/// Most bytes of a file that are read.
pub(super) const LARGEST: u64 = Object::LARGEST as u64;

/// The folder that other programs share, which need not exist yet.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

/// What tells a file from what it was before, without reading it. A clock that is set back does not
/// hide a change: the file system keeps `changed` (ctime) itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Bytes.
    pub length: u64,
    /// When its contents were written, in nanoseconds since 1970, as whoever wrote it says.
    pub modified: i128,
    /// When anything about it was changed.
    pub changed: i128,
    /// Tells a file from one that was renamed over it.
    pub inode: u64,
}

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where a file of that name is.
    pub(super) fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Makes sure that files can be written.
    pub(super) fn prepare(&self) -> Result<()> {
        self.sweep();
        atomic_file::make_folder(&self.0)
            .and_then(|()| atomic_file::probe(&self.0.join("new.ics")))
            .map_err(|error| {
                let folder = self.0.display();
                Error::failed(format!("can't write into the diary '{folder}': {error}"))
                    .hint("nothing was asked of the pool; another folder is chosen with 'diary' in the settings or CONFCTL_DIARY")
            })
    }

    /// Removes what processes left that were killed while they wrote.
    pub(super) fn sweep(&self) {
        atomic_file::sweep(&self.0);
    }

    /// The files that can be meetings, by name.
    pub(super) fn files(&self) -> Result<Vec<PathBuf>> {
        let mut files = self.list(|file| Some(file.path()))?;
        files.sort();
        Ok(files)
    }

    /// The same in any order, with what is known of each; what is gone meanwhile is left out.
    pub(super) fn files_with_metadata(&self) -> Result<Vec<(PathBuf, Metadata)>> {
        self.list(|file| {
            let (path, mut metadata) = (file.path(), file.metadata().ok()?);
            if metadata.is_symlink() {
                metadata = fs::metadata(&path).ok()?;
            }
            Some((path, metadata))
        })
    }

    fn list<T>(&self, of: impl Fn(&DirEntry) -> Option<T>) -> Result<Vec<T>> {
        let list = || -> io::Result<Vec<T>> {
            let mut files = Vec::new();
            for file in fs::read_dir(&self.0)? {
                let file = file?;
                if is_meeting(&file.file_name()) {
                    files.extend(of(&file));
                }
            }
            Ok(files)
        };
        match list() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            listed => listed.map_err(|error| {
                let folder = self.0.display();
                Error::failed(format!("can't read the diary '{folder}': {error}"))
            }),
        }
    }

    /// Writes a file, and makes it durable. Gives what it looks like then.
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<Option<Look>> {
        atomic_file::make_folder(&self.0)?;
        atomic_file::write(path, bytes)?;
        Ok(look(path))
    }

    /// Removes a file, for good.
    pub(super) fn remove(&self, path: &Path) -> io::Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
            Ok(()) => atomic_file::sync_folder(&self.0),
        }
    }
}

impl Look {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let nanoseconds =
            |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        Self {
            length: metadata.len(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            inode: metadata.ino(),
        }
    }
}

/// What a file looks like; none: it can't be told.
pub(super) fn look(path: &Path) -> Option<Look> {
    Some(Look::of(&fs::metadata(path).ok()?))
}

/// As khal and vdirsyncer decide it.
fn is_meeting(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    !name.starts_with(b".") && name.ends_with(b".ics")
}

/// At most [`LARGEST`] bytes and one, so that too many are noticed.
pub(super) fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    // A named pipe would be waited for.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no ordinary file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
