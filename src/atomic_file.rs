//! Files that appear whole or not at all.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Writes a file under another name, and gives it its own when it is safely on the disk. What was
/// there before stays until then, and its permissions for good; a symbolic link keeps pointing to
/// the file. In a folder where no other file can be made, one that is there is written in place.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = target(path);
    let draft = draft_of(&path);
    let written = write_draft(&draft, &path, bytes);
    // Held until it has its name, so that nobody takes it for abandoned.
    let kept = written.and_then(|_held| fs::rename(&draft, &path));
    let Err(error) = kept else {
        return sync_folder(path.parent().unwrap_or(Path::new("")));
    };
    let _ = fs::remove_file(&draft);
    if error.kind() == io::ErrorKind::PermissionDenied && path.is_file() {
        return fs::write(&path, bytes);
    }
    Err(error)
}

/// Makes a folder, and those above it, for their owner alone (XDG Base Directory), so that they
/// outlast a power failure.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let missing = folder.ancestors().take_while(|folder| !folder.is_dir());
    let missing: Vec<&Path> = missing.collect();
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(folder)?;
    let above = missing.iter().rev().filter_map(|folder| folder.parent());
    above.into_iter().try_for_each(sync_folder)
}

/// Makes what was written, renamed and removed in a folder outlast a power failure.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Some file systems have no such thing.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        // Who may write into a folder need not be let read it.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        synced => synced,
    }
}

/// Finds out whether [`write()`] would be let, and leaves nothing behind.
pub fn probe(path: &Path) -> io::Result<()> {
    let path = target(path);
    if path.is_file() {
        File::options().append(true).open(&path)?;
    }
    let draft = draft_of(&path);
    match File::create(&draft) {
        Ok(_) => remove(&draft),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && path.is_file() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Removes the drafts in a folder whose writers were killed.
pub fn sweep(folder: &Path) {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    for path in files.map(|file| file.path()).filter(|path| is_draft(path)) {
        let held = File::open(&path).and_then(|file| Ok((file.try_lock()?, file)));
        if held.is_ok() {
            // Another process may have been quicker.
            let _ = remove(&path);
        }
    }
}

/// A new draft that [`sweep()`] leaves alone. Before it is locked somebody may have removed it.
fn hold(draft: &Path) -> io::Result<File> {
    loop {
        let file = File::create(draft)?;
        // Where files can't be locked, nobody can take this one for abandoned either.
        let _ = file.lock();
        if draft.exists() {
            return Ok(file);
        }
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn write_draft(draft: &Path, path: &Path, bytes: &[u8]) -> io::Result<File> {
    let mut file = hold(draft)?;
    if let Ok(there) = fs::metadata(path) {
        file.set_permissions(there.permissions())?;
    }
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(file)
}

/// Where a symbolic link points, even to nothing so far.
fn target(path: &Path) -> PathBuf {
    if let Ok(target) = fs::canonicalize(path) {
        return target;
    }
    match fs::read_link(path) {
        Ok(target) => path.parent().unwrap_or(Path::new("")).join(target),
        Err(_) => path.to_owned(),
    }
}

/// `NAME.PID.part`
fn draft_of(path: &Path) -> PathBuf {
    let mut name = OsString::from(path.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}

fn is_draft(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str);
    let number = name
        .and_then(|name| name.strip_suffix(".part"))
        .and_then(|name| name.rsplit_once('.'))
        .map(|(_, number)| number);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_is_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ics");
        for text in ["first", "second"] {
            probe(&path).unwrap();
            write(&path, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(probe(&folder.path().join("missing/a.ics")).is_err());
    }

    #[test]
    fn drafts_of_writers_that_are_gone_are_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.ics.1.part", "theirs.part", "b.ics"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let _writing = hold(&folder.path().join("c.ics.2.part")).unwrap();
        sweep(folder.path());
        let left = fs::read_dir(folder.path()).unwrap();
        let mut left: Vec<_> = left.map(|file| file.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["b.ics", "c.ics.2.part", "theirs.part"]);
    }

    #[test]
    fn permissions_and_links_stay_as_they_were() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.ics"), folder.path().join("link.ics"));
        symlink("a.ics", &link).unwrap();
        write(&link, b"through a link to nothing").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"through a link to nothing");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        write(&link, b"again").unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
