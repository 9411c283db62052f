//! Files that appear whole or not at all.
//!
//! A file is written as a draft, a hidden file beside it whose name nobody else gives or guesses, and
//! gets its own name when it is safely on the disk. There are passcodes in what is written: a new
//! file is for its owner alone. Only in a folder that is shared on purpose, which hands its group on
//! (setgid) and lets that group write, the group may read and write it too. A file that is there
//! keeps its permissions, and the umask always counts.

use std::fs::{self, DirEntry, File, Metadata, TryLockError};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use rustix::process::geteuid;

/// What the names of drafts begin and end with.
const DRAFT: (&str, &str) = (".confctl-", ".part");
/// Names that are tried for one.
const TRIES: usize = 8;

/// Links that are followed one after another, as by Linux (path_resolution(7)).
const MOST_LINKS: usize = 40;

/// Permissions of a new file, less the umask.
#[derive(Clone, Copy)]
enum Readers {
    /// Whoever owns it; in a shared folder its group, too.
    Private,
    Everybody,
}

/// A file on its way. Until it has its name, [`sweep()`] leaves it alone; it is gone when it is
/// dropped without one.
pub struct Draft {
    /// Takes the bytes; locked.
    pub file: File,
    name: Name,
}

/// Removes the file of that name when it is dropped.
struct Name(Option<PathBuf>);

impl Drop for Name {
    fn drop(&mut self) {
        self.0.as_ref().map(fs::remove_file);
    }
}

impl Draft {
    /// A new draft in a folder.
    pub fn create(folder: &Path) -> io::Result<Self> {
        Self::create_for(folder, Readers::Private)
    }

    fn create_for(folder: &Path, readers: Readers) -> io::Result<Self> {
        let mut options = File::options();
        // Where somebody else made a file or a link of that name, nothing is opened.
        options.read(true).append(true).create_new(true);
        options.mode(mode(folder, readers));
        for _ in 0..TRIES {
            let path = folder.join(draft_name());
            let file = match options.open(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                opened => opened?,
            };
            let name = Name(Some(path.clone()));
            // Where files can't be locked, nobody can take this one for abandoned either.
            let is_swept = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
            if !is_swept && is_at(&file, &path)? {
                return Ok(Self { file, name });
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    /// Gives it its name; when this returns, both are on the disk. It stays locked.
    pub fn publish(self, path: &Path) -> io::Result<File> {
        self.publish_unless(path, || false)
    }

    /// The same, unless what has that name `is_changed` when the bytes are on the disk.
    fn publish_unless(mut self, path: &Path, is_changed: impl Fn() -> bool) -> io::Result<File> {
        self.file.sync_all()?;
        if is_changed() {
            return Err(changed_error());
        }
        if let Some(name) = &self.name.0 {
            fs::rename(name, path)?;
        }
        self.name.0 = None;
        sync_folder(folder_of(path))?;
        Ok(self.file)
    }
}

/// Writes a file under another name, and gives it its own when it is safely on the disk. What was
/// there before stays until then, and its permissions for good; a symbolic link keeps pointing to
/// the file. In a folder where no other file can be made, one that is there is written in place.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_for(path, bytes, Readers::Private, || false)
}

/// The same, unless what has that name `is_changed` at the last moment: that is an error.
pub fn write_unless(path: &Path, bytes: &[u8], is_changed: impl Fn() -> bool) -> io::Result<()> {
    write_for(path, bytes, Readers::Private, is_changed)
}

/// As [`write()`], of a file that everybody may read.
pub fn write_public(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_for(path, bytes, Readers::Everybody, || false)
}

fn changed_error() -> io::Error {
    io::Error::other("another program changed it meanwhile")
}

fn write_for(
    path: &Path,
    bytes: &[u8],
    readers: Readers,
    is_changed: impl Fn() -> bool,
) -> io::Result<()> {
    let path = target(path)?;
    match replace(&path, bytes, readers, &is_changed) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied && path.is_file() => {
            match is_changed() {
                true => Err(changed_error()),
                false => overwrite(&path, bytes),
            }
        }
        replaced => replaced,
    }
}

fn replace(
    path: &Path,
    bytes: &[u8],
    readers: Readers,
    is_changed: impl Fn() -> bool,
) -> io::Result<()> {
    let mut draft = Draft::create_for(folder_of(path), readers)?;
    if let Ok(there) = fs::symlink_metadata(path) {
        draft.file.set_permissions(there.permissions())?;
    }
    draft.file.write_all(bytes)?;
    draft.publish_unless(path, is_changed).map(drop)
}

/// Neither whole nor not at all, but on the disk when this returns.
fn overwrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::options().write(true).open(path)?;
    if !is_at(&file, path)? {
        return Err(io::Error::other("somebody else puts another file there"));
    }
    file.set_len(0)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes a folder, and those above it, for their owner alone (XDG Base Directory), so that they
/// outlast a power failure.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.is_dir();
    let missing: Vec<&Path> = folder.ancestors().take_while(is_missing).collect();
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(folder)?;
    let mut above = missing.iter().rev().map(|folder| folder_of(folder));
    above.try_for_each(sync_folder)
}

/// Makes what was written, renamed and removed in a folder outlast a power failure.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Some file systems have no such thing.
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
        // Who may write into a folder need not be let read it.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
        synced => synced,
    }
}

/// Removes a file so that it does not come back after a power failure.
pub fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    sync_folder(folder_of(path))
}

/// Finds out whether [`write()`] would be let, and leaves nothing behind.
pub fn probe(path: &Path) -> io::Result<()> {
    let path = target(path)?;
    if path.as_os_str().as_bytes().ends_with(b"/") {
        return Err(ErrorKind::IsADirectory.into());
    }
    if path.is_file() {
        File::options().append(true).open(&path)?;
    }
    match Draft::create(folder_of(&path)) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied && path.is_file() => Ok(()),
        made => made.map(drop),
    }
}

/// Removes the drafts in a folder whose writers were killed, and nothing else.
pub fn sweep(folder: &Path) {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    for path in files.filter(is_draft).map(|file| file.path()) {
        let held = File::open(&path).and_then(|file| Ok((file.try_lock()?, file)));
        if held.is_ok() {
            // Another process may have been quicker.
            let _ = fs::remove_file(&path);
        }
    }
}

/// Makes sure that files can be made in a folder, without making one.
pub fn check_folder(folder: &Path) -> io::Result<()> {
    Ok(access(folder, Access::WRITE_OK | Access::EXEC_OK)?)
}

/// Where a path leads if it is a symbolic link, even to nothing so far.
///
/// # Errors
/// Somebody else has put there what is not to be trusted: a link, which may lead to a file that they
/// can't write to, or in a folder where everybody may make files, such as `/tmp`, anything. The owner
/// of the folder and root are trusted. Linux protects its users in the same way (`fs.protected_*` in
/// proc_sys_fs(5)), but not everywhere.
pub fn target(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let there = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(path),
            there => there?,
        };
        check_owner(&path, &there)?;
        if !there.is_symlink() {
            return Ok(path);
        }
        let next = folder_of(&path).join(fs::read_link(&path)?);
        // A link of `/proc` to a pipe, say, leads where no path does.
        if !next.exists() && path.exists() {
            return Ok(path);
        }
        path = next;
    }
    Err(io::Error::other("it is a link that leads to itself"))
}

fn check_owner(path: &Path, there: &Metadata) -> io::Result<()> {
    const STICKY_FOR_ALL: u32 = 0o1002;
    let folder = fs::metadata(folder_of(path))?;
    let is_trusted = [geteuid().as_raw(), 0, folder.uid()].contains(&there.uid());
    let is_for_all = folder.mode() & STICKY_FOR_ALL == STICKY_FOR_ALL;
    if is_trusted || !there.is_symlink() && !is_for_all {
        return Ok(());
    }
    let what = match there.is_symlink() {
        true => "link",
        false => "file",
    };
    let user = there.uid();
    Err(io::Error::other(format!(
        "there is a {what} of somebody else (user {user}), who may have put it there to read or to spoil something of yours; choose another name"
    )))
}

/// Whether a file still has that name.
pub fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let file = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(there) => Ok((file.dev(), file.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn mode(folder: &Path, readers: Readers) -> u32 {
    const SHARED: u32 = 0o2020;
    let is_shared = || {
        let folder = fs::metadata(folder);
        folder.is_ok_and(|folder| folder.mode() & (SHARED | 0o002) == SHARED)
    };
    match readers {
        Readers::Everybody => 0o666,
        Readers::Private if is_shared() => 0o660,
        Readers::Private => 0o600,
    }
}

/// The folder of a file, which a bare name has too.
fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().unwrap_or(path);
    match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    }
}

/// `.confctl-PID-RANDOM.part`; calendars and mail programs leave hidden files alone.
fn draft_name() -> String {
    let (begin, end) = DRAFT;
    // Of all random numbers of the standard library the only one: keys for hash tables, so that
    // nobody can guess what collides.
    let random = RandomState::new().build_hasher().finish();
    format!("{begin}{}-{random:016x}{end}", std::process::id())
}

/// Whether a file of a folder is a draft, by its name.
pub fn is_draft(file: &DirEntry) -> bool {
    let name = file.file_name();
    let numbers = name
        .to_str()
        .and_then(|name| name.strip_prefix(DRAFT.0)?.strip_suffix(DRAFT.1))
        .and_then(|numbers| numbers.split_once('-'));
    let is_of = |text: &str, is_digit: fn(&u8) -> bool| {
        !text.is_empty() && text.bytes().all(|b| is_digit(&b))
    };
    let is_ours = numbers.is_some_and(|(pid, random)| {
        is_of(pid, u8::is_ascii_digit) && random.len() == 16 && is_of(random, u8::is_ascii_hexdigit)
    });
    is_ours && file.file_type().is_ok_and(|kind| kind.is_file())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn permissions(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn set_permissions(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn names(folder: &Path) -> Vec<String> {
        let files = fs::read_dir(folder).unwrap();
        let name = |file: io::Result<DirEntry>| file.unwrap().file_name().into_string().unwrap();
        let mut names: Vec<String> = files.map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_there_is_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ics");
        for text in ["first", "second"] {
            probe(&path).unwrap();
            write(&path, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(names(folder.path()), ["a.ics"]);
    }

    #[test]
    fn what_can_not_be_written_is_found_out_before() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        fs::write(place("file"), "").unwrap();
        symlink("loop", place("loop")).unwrap();
        for name in [
            "missing/a.ics",
            "file/a.ics",
            "folder/",
            "loop",
            &"x".repeat(300),
        ] {
            assert!(probe(&place(name)).is_err(), "{name}");
            assert!(write(&place(name), b"").is_err(), "{name}");
        }
        assert_eq!(names(folder.path()), ["file", "loop"]);
    }

    #[test]
    fn drafts_of_writers_that_are_gone_are_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let abandoned = ".confctl-1-0123456789abcdef.part";
        let others = [
            "a.ics.1.part",
            "backup.7z.001.part",
            "notes.123.part",
            "theirs.part",
            "b.ics",
            ".confctl-1-0123456789abcde.part",
            ".confctl-1-0123456789abcdef0.part",
            ".confctl-1-0123456789abcdeg.part",
            ".confctl-x-0123456789abcdef.part",
            ".confctl--0123456789abcdef.part",
            ".confctl-1-0123456789abcdef.part~",
            "x.confctl-1-0123456789abcdef.part",
        ];
        for name in others.into_iter().chain([abandoned]) {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let link = ".confctl-2-0123456789abcdef.part";
        symlink(abandoned, folder.path().join(link)).unwrap();
        let writing = Draft::create(folder.path()).unwrap();
        sweep(folder.path());
        let draft = writing.name.0.clone().unwrap();
        let draft = draft.file_name().unwrap().to_str().unwrap().to_owned();
        let mut expected = Vec::from_iter(others.into_iter().chain([link, draft.as_str()]));
        expected.sort_unstable();
        assert_eq!(names(folder.path()), expected);
        drop(writing);
        assert!(!names(folder.path()).contains(&draft));
    }

    #[test]
    fn names_of_drafts_are_never_the_same() {
        let names = std::collections::HashSet::<String>::from_iter((0..1000).map(|_| draft_name()));
        assert_eq!(names.len(), 1000);
    }

    #[test]
    fn permissions_and_links_stay_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.ics"), folder.path().join("link.ics"));
        symlink("a.ics", &link).unwrap();
        write(&link, b"through a link to nothing").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"through a link to nothing");
        for mode in [0o600, 0o644, 0o640, 0o666] {
            set_permissions(&path, mode);
            write(&link, b"again").unwrap();
            assert_eq!(permissions(&path), mode);
        }
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn what_is_new_is_private_unless_its_folder_is_shared_on_purpose() {
        let umask = {
            let folder = tempfile::tempdir().unwrap();
            write_public(&folder.path().join("a"), b"").unwrap();
            0o666 ^ permissions(&folder.path().join("a"))
        };
        let cases = [
            (0o700, 0o600),
            (0o755, 0o600),
            (0o775, 0o600),
            (0o777, 0o600),
            (0o1777, 0o600),
            (0o2755, 0o600),
            (0o2777, 0o600),
            (0o2775, 0o660),
            (0o2770, 0o660),
        ];
        for (folder_mode, mode) in cases {
            let folder = tempfile::tempdir().unwrap();
            set_permissions(folder.path(), folder_mode);
            write(&folder.path().join("a.ics"), b"").unwrap();
            let there = permissions(&folder.path().join("a.ics"));
            assert_eq!(there, mode & !umask, "in a folder {folder_mode:o}");
        }
        let folder = tempfile::tempdir().unwrap();
        make_folder(&folder.path().join("b/c")).unwrap();
        assert_eq!(permissions(&folder.path().join("b/c")), 0o700);
    }
}
