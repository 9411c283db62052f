//! Files that appear whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file under another name, and gives it its own when it is safely on the disk. What was
/// there before stays until then, and its permissions for good; a symbolic link keeps pointing to
/// the file. In a folder where no other file can be made, one that is there is written in place.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = target(path);
    let draft = draft_of(&path);
    let kept = write_draft(&draft, &path, bytes).and_then(|()| fs::rename(&draft, &path));
    let Err(error) = kept else {
        return sync_folder(path.parent().unwrap_or(Path::new("")));
    };
    let _ = fs::remove_file(&draft);
    if error.kind() == io::ErrorKind::PermissionDenied && path.is_file() {
        return fs::write(&path, bytes);
    }
    Err(error)
}

/// Makes what was written, renamed and removed in a folder outlast a power failure.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
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
pub fn try_out(path: &Path) -> io::Result<()> {
    let path = target(path);
    if path.is_file() {
        File::options().append(true).open(&path)?;
    }
    let draft = draft_of(&path);
    match File::create(&draft) {
        Ok(_) => fs::remove_file(&draft),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && path.is_file() => Ok(()),
        Err(error) => Err(error),
    }
}

fn write_draft(draft: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(draft)?;
    if let Ok(there) = fs::metadata(path) {
        file.set_permissions(there.permissions())?;
    }
    file.write_all(bytes)?;
    file.sync_all()
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

fn draft_of(path: &Path) -> PathBuf {
    let mut name = OsString::from(path.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_is_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ics");
        for text in ["first", "second"] {
            try_out(&path).unwrap();
            write(&path, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(try_out(&folder.path().join("missing/a.ics")).is_err());
    }

    #[cfg(unix)]
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
