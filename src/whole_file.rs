//! Files that appear whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file under another name, and gives it its own when it is safely on the disk. What was
/// there before stays until then; a symbolic link keeps pointing to the file.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let draft = draft_of(&path);
    let kept = write_draft(&draft, bytes).and_then(|()| fs::rename(&draft, &path));
    if kept.is_err() {
        let _ = fs::remove_file(&draft);
    }
    kept
}

/// Finds out whether [`write`] would be let, and leaves nothing behind.
pub fn try_out(path: &Path) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let draft = draft_of(&path);
    File::create(&draft)?;
    fs::remove_file(&draft)
}

fn write_draft(draft: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(draft)?;
    file.write_all(bytes)?;
    file.sync_all()
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
}
