//! Folders and files that only their owner can read: passcodes and keys are in them.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::{fs, io};

/// Makes a folder, and those above it, unless it is there.
#[cfg(unix)]
pub fn make_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

/// Makes a folder, and those above it, unless it is there.
#[cfg(not(unix))]
pub fn make_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Opens a file for appending, made if it is not there. SQLite gives its other files the same
/// permissions.
pub fn open_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}
