//! The files: which of them can be meetings, what tells one from what it was before, how they are
//! read and written.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirEntry, File, Metadata};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::{DirEntryExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::atomic_file;
use crate::error::{Error, Result};
use crate::icalendar::Object;

/// Most bytes of a file that are read.
pub(super) const LARGEST: u64 = Object::LARGEST as u64;

/// Most bytes that are searched for one thing, in all files together.
pub(super) const MOST_SEARCHED: u64 = 64 << 20;

/// What was changed less than this ago may be changed again without looking otherwise, in
/// nanoseconds: file systems count in ticks of the kernel, some in seconds.
const TICK: i64 = 12_000_000;
const COARSE_TICK: i64 = 2_100_000_000;

/// The folder that other programs share, which need not exist yet.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

/// What is in the folder.
pub struct Listing<T> {
    /// The files that can be meetings, in any order.
    pub files: Vec<T>,
    /// Whether there is what could be a draft that somebody left.
    pub has_drafts: bool,
    /// Which names there are, and what stands behind each.
    pub names: Names,
}

/// A set of names with their inodes, as one number, so that two sets are compared without being kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Names(u64);

impl Names {
    /// The number as it is kept.
    pub fn of_number(number: i64) -> Self {
        Self(number.cast_unsigned())
    }

    /// As it is kept.
    pub fn number(self) -> i64 {
        self.0.cast_signed()
    }

    pub(super) fn add(&mut self, name: &OsStr, inode: u64) {
        self.0 = self.0.wrapping_add(digest(name, inode));
    }

    pub(super) fn remove(&mut self, name: &OsStr, inode: u64) {
        self.0 = self.0.wrapping_sub(digest(name, inode));
    }
}

fn digest(name: &OsStr, inode: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (name, inode).hash(&mut hasher);
    hasher.finish()
}

/// The inode of a file, or of a link itself; none: there is nothing.
pub(super) fn inode(path: &Path) -> Option<u64> {
    fs::symlink_metadata(path).ok().map(|there| there.ino())
}

/// What tells a file from what it was before, without reading it. A clock that is set back does not
/// hide a change: the file system keeps `changed` (ctime) itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Bytes.
    pub length: u64,
    /// When its contents were written, in nanoseconds since 1970, as whoever wrote it says.
    pub modified: i64,
    /// When anything about it was changed.
    pub changed: i64,
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
        atomic_file::make_folder(&self.0)
            .and_then(|()| atomic_file::check_folder(&self.0))
            .map_err(|error| {
                let folder = self.0.display();
                Error::failed(format!("can't write into the diary '{folder}': {error}"))
                    .hint("no conference was touched; another folder is chosen with 'diary' in the settings or CONFCTL_DIARY")
            })
    }

    /// Removes what processes left that were killed while they wrote.
    pub(super) fn sweep(&self) {
        atomic_file::sweep(&self.0);
    }

    /// The files that can be meetings, by name.
    pub(super) fn files(&self) -> Result<Vec<PathBuf>> {
        let mut files = self.list(|file| Some(file.path()))?.files;
        files.sort();
        Ok(files)
    }

    /// What each of them looks like, by name; what is gone meanwhile is left out.
    pub(super) fn looks(&self) -> Result<Listing<(OsString, Look)>> {
        self.list(|file| {
            let metadata = file.metadata().ok()?;
            let look = match metadata.is_symlink() {
                true => look(&file.path())?,
                false => Look::of(&metadata),
            };
            Some((file.file_name(), look))
        })
    }

    /// Names and inodes of them all, as one number, which takes no look at any file.
    pub(super) fn names(&self) -> Result<Listing<()>> {
        self.list(|_| None)
    }

    fn list<T>(&self, of: impl Fn(&DirEntry) -> Option<T>) -> Result<Listing<T>> {
        let nothing = || Listing {
            files: Vec::new(),
            names: Names::default(),
            has_drafts: false,
        };
        let list = || -> io::Result<Listing<T>> {
            let mut listing = nothing();
            for file in fs::read_dir(&self.0)? {
                let file = file?;
                let name = file.file_name();
                if is_meeting(&name) {
                    listing.names.add(&name, file.ino());
                    listing.files.extend(of(&file));
                } else {
                    listing.has_drafts |= atomic_file::is_draft(&file);
                }
            }
            Ok(listing)
        };
        match list() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(nothing()),
            listed => listed.map_err(|error| {
                let folder = self.0.display();
                Error::failed(format!("can't read the diary '{folder}': {error}"))
            }),
        }
    }

    /// Writes a file that looked so when it was read, and makes it durable. Gives what it looks like
    /// then.
    pub(super) fn write(
        &self,
        path: &Path,
        bytes: &[u8],
        before: Option<Look>,
    ) -> io::Result<Option<Look>> {
        atomic_file::make_folder(&self.0)?;
        atomic_file::write_unless(path, bytes, || look(path) != before)?;
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
        let nanoseconds = |seconds: i64, rest: i64| {
            let whole = seconds.saturating_mul(1_000_000_000);
            whole.saturating_add(rest)
        };
        Self {
            length: metadata.len(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            inode: metadata.ino(),
        }
    }

    /// As it is kept.
    pub(super) fn bytes(self) -> [u8; 32] {
        let numbers = [
            self.length.to_le_bytes(),
            self.modified.to_le_bytes(),
            self.changed.to_le_bytes(),
            self.inode.to_le_bytes(),
        ];
        let mut bytes = [0; 32];
        bytes.copy_from_slice(numbers.as_flattened());
        bytes
    }

    pub(super) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let ([length, modified, changed, inode], []) = bytes.as_chunks() else {
            return None;
        };
        Some(Self {
            length: u64::from_le_bytes(*length),
            modified: i64::from_le_bytes(*modified),
            changed: i64::from_le_bytes(*changed),
            inode: u64::from_le_bytes(*inode),
        })
    }

    /// Whether it may be changed again without looking otherwise, because that was so recently; `at`
    /// is in nanoseconds since 1970.
    pub(super) fn is_fresh(self, at: i64) -> bool {
        let is_coarse = self.changed % 1_000_000_000 == 0;
        let tick = if is_coarse { COARSE_TICK } else { TICK };
        let last = self.changed.max(self.modified.min(at));
        last.saturating_add(tick) > at
    }
}

/// What a file looks like, or a link that leads nowhere; none: there is nothing.
pub(super) fn look(path: &Path) -> Option<Look> {
    let metadata = fs::metadata(path).or_else(|_| fs::symlink_metadata(path));
    Some(Look::of(&metadata.ok()?))
}

/// As khal and vdirsyncer decide it.
fn is_meeting(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    !name.starts_with(b".") && name.ends_with(b".ics")
}

/// At most [`LARGEST`] bytes and one, so that too many are noticed.
pub(super) fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether a file holds these letters, large or small, however it is folded. `left` is how many bytes
/// may still be searched; fails where there are more.
pub(super) fn holds(path: &Path, letters: &[u8], left: &mut u64) -> io::Result<bool> {
    let wanted = bare(letters);
    let file = open(path)?;
    let length = file.metadata()?.len();
    *left = left
        .checked_sub(length)
        .ok_or(io::ErrorKind::FileTooLarge)?;
    let mut file = BufReader::new(file.take(length));
    let mut read: Vec<u8> = Vec::new();
    loop {
        let chunk = file.fill_buf()?;
        let length = chunk.len();
        if length == 0 {
            return Ok(false);
        }
        read.extend(bare(chunk));
        file.consume(length);
        if contains(&read, &wanted) {
            return Ok(true);
        }
        // It may begin in this chunk and end in the next one.
        let kept = wanted.len().saturating_sub(1);
        read.drain(..read.len().saturating_sub(kept));
    }
}

/// Small letters without the folds between them.
pub(super) fn bare(letters: &[u8]) -> Vec<u8> {
    let letters = letters.iter().filter(|byte| !byte.is_ascii_whitespace());
    letters.map(u8::to_ascii_lowercase).collect()
}

/// Whether `wanted` stands in them.
pub(super) fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    let Some((first, rest)) = wanted.split_first() else {
        return false;
    };
    let mut left = bytes;
    while let Some(at) = left.iter().position(|byte| byte == first) {
        left = &left[at + 1..];
        if left.starts_with(rest) {
            return true;
        }
    }
    false
}

fn open(path: &Path) -> io::Result<File> {
    // A named pipe would be waited for, and a link may lead to one, or to a log of the kernel's.
    let mut options = File::options();
    let file = options
        .read(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other("it is no ordinary file")),
    }
}
