//! The log for support, `CONFCTL_LOG`: what was told and said on the wire, however little of it the
//! user wanted to hear, with the moment of each line. Whoever writes into it has masked the secrets.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use jiff::Timestamp;

use crate::report::shell_word;

/// Where it is written to, and what tells the time.
struct Log {
    file: File,
    clock: fn() -> Timestamp,
}

/// One a process.
static LOG: OnceLock<Mutex<Log>> = OnceLock::new();

/// Begins a file that only its owner can read, or goes on with one and makes it so.
pub(super) fn open(path: &Path, clock: fn() -> Timestamp) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let file = options.append(true).create(true).mode(0o600).open(path)?;
    let metadata = file.metadata()?;
    let permissions = metadata.permissions();
    // What others made, and what a shell opened for us, is as they want it.
    let is_own = metadata.is_file() && metadata.uid() == rustix::process::geteuid().as_raw();
    let is_handed_on = ["/dev", "/proc"].iter().any(|tree| path.starts_with(tree));
    if is_own && !is_handed_on && permissions.mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    // The second of two in one process would be lost without a word.
    LOG.set(Mutex::new(Log { file, clock }))
        .map_err(|_| io::ErrorKind::AlreadyExists.into())
}

/// Whether there is one.
pub(super) fn is_open() -> bool {
    LOG.get().is_some()
}

/// Writes a text, each line with the moment and what kind it is. A disk that is full keeps nobody from
/// his meeting.
pub(super) fn append(kind: &str, text: &str) {
    let Some(log) = LOG.get() else {
        return;
    };
    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
    let now = (log.clock)().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    let process = std::process::id();
    let lines = text.lines();
    let lines: String = lines
        .map(|line| format!("{now} {process} {kind} {}\n", super::visible(line)))
        .collect();
    let _ = log.file.write_all(lines.as_bytes());
}

/// Without what an address says before its host: whatever stands between a colon and the last @ may be
/// a password, however it is mistyped. The address of a person has none.
fn without_user(word: &str) -> String {
    let (flag, text) = match word.split_once('=') {
        Some((flag, text)) if flag.starts_with("--") => (format!("{flag}="), text),
        _ => (String::new(), word),
    };
    let Some((before, host)) = text.rsplit_once('@') else {
        return word.to_owned();
    };
    let is_address = before.contains("://") || !text.contains(char::is_whitespace);
    let of_person = ["sip:", "mailto:"].map(|scheme| before.strip_prefix(scheme));
    let user = of_person.into_iter().flatten().next().unwrap_or(before);
    match user.contains(':') && is_address {
        true => format!("{flag}(masked)@{host}"),
        false => word.to_owned(),
    }
}

/// A command line without passwords and passcodes in it.
pub(super) fn masked(command: &[String]) -> Vec<String> {
    let mut is_passcode = false;
    let masked = command.iter().map(|word| {
        let word = &without_user(word);
        let value = word.split_once('=');
        match (std::mem::take(&mut is_passcode), value) {
            (true, _) => "(masked)".to_owned(),
            (false, Some(("--passcode", _))) => "--passcode=(masked)".to_owned(),
            (false, _) => {
                is_passcode = word == "--passcode";
                let is_flag = word.starts_with('-') && !word.contains(char::is_whitespace);
                if is_flag {
                    word.clone()
                } else {
                    shell_word(word)
                }
            }
        }
    });
    masked.collect()
}
