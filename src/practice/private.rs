//! Files that only their owner can read: passcodes and keys are in them.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Opens a file for appending, made if it is not there. SQLite gives its other files the same
/// permissions.
pub fn open_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o600).open(path)
}

/// Whether others than its owner may read a file.
pub fn is_open_to_others(path: &Path) -> bool {
    const GROUP_AND_OTHERS: u32 = 0o044;
    fs::metadata(path).is_ok_and(|file| file.mode() & GROUP_AND_OTHERS != 0)
}
