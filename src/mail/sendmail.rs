//! Letters for a program that takes the arguments of sendmail: Postfix, Exim, OpenSMTPD, msmtp.

use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::child;
use crate::conference::in_ascii;
use crate::error::{Error, Kind, Result};
use crate::mail::{DeliveryStatus, Envelope, Transport, one_line};

/// How much of its complaints is read.
const ENOUGH: u64 = 4096;
/// How often we look whether it has ended.
const BEAT: Duration = Duration::from_millis(10);

/// The program.
pub(super) struct Program {
    path: PathBuf,
    timeout: Duration,
}

impl Program {
    pub(super) fn new(path: PathBuf, timeout: Duration) -> Result<Self> {
        if path.is_absolute() && !path.is_file() {
            let what = format!("there is no sendmail program '{}'", path.display());
            return Err(Error::new(Kind::Unreachable, what)
                .hint("name another one, as via = \"sendmail:/usr/bin/msmtp\" below [mail] in the settings"));
        }
        Ok(Self { path, timeout })
    }

    /// Its arguments are addresses behind `-f` and `--`, which no address can leave.
    fn start(&self, from: &str, to: &str) -> io::Result<Child> {
        child::command(&self.path)
            // A Ctrl-C is ours: it must not end the program in the middle of a mail.
            .process_group(0)
            .args(["-i", "-f", from, "--", to])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
    }
}

impl Transport for Program {
    fn send(
        &mut self,
        envelope: &Envelope,
        bytes: &[u8],
        before_data: &mut dyn FnMut() -> Result<()>,
    ) -> Result<DeliveryStatus> {
        let (Some(from), Some(to)) = (argument(&envelope.from), argument(&envelope.to)) else {
            return Ok(DeliveryStatus::Refused(
                "a sendmail program can't be given this address".to_owned(),
            ));
        };
        before_data()?;
        let child = match self.start(&from, &to) {
            Ok(child) => child,
            Err(error) => {
                return Ok(DeliveryStatus::Failed(format!(
                    "can't run '{}': {error}",
                    self.path.display()
                )));
            }
        };
        Ok(feed(child, bytes, Instant::now() + self.timeout))
    }
}

/// An address that can't pass for an option or for two addresses.
fn argument(address: &str) -> Option<String> {
    let address = in_ascii(address)?;
    let odd = |c: char| c.is_control() || c.is_whitespace() || "<>,".contains(c);
    (!address.starts_with('-') && !address.contains(odd)).then_some(address)
}

fn feed(mut child: Child, bytes: &[u8], until: Instant) -> DeliveryStatus {
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let (sender, complaints) = mpsc::channel();
    let lines = local_lines(bytes);
    thread::spawn(move || {
        // One that ends before it has read all says why with its exit status.
        let _ = stdin.map(|mut stdin| stdin.write_all(&lines));
    });
    thread::spawn(move || {
        let Some(mut pipe) = stderr else { return };
        let mut text = Vec::new();
        let _ = (&mut pipe).take(ENOUGH).read_to_end(&mut text);
        let _ = sender.send(text);
        let _ = io::copy(&mut pipe, &mut io::sink());
    });
    match wait_for(&mut child, until) {
        Some(status) => {
            let text = complaints.recv_timeout(BEAT * 50).unwrap_or_default();
            status_of(status, &String::from_utf8_lossy(&text))
        }
        None => {
            let _ = child.kill();
            let _ = child.wait();
            DeliveryStatus::Unknown("the sendmail program did not end in time".to_owned())
        }
    }
}

fn wait_for(child: &mut Child, until: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => thread::sleep(BEAT),
            _ => return None,
        }
    }
}

/// sendmail's exit statuses (sysexits.h).
fn status_of(status: ExitStatus, complaints: &str) -> DeliveryStatus {
    const NO_USER: i32 = 67;
    const NO_HOST: i32 = 68;
    let first = complaints.lines().find(|line| !line.trim().is_empty());
    let words = first.map_or_else(
        || format!("the sendmail program ended with {status}"),
        one_line,
    );
    match status.code() {
        Some(0) => DeliveryStatus::Sent,
        Some(NO_USER | NO_HOST) => DeliveryStatus::Refused(words),
        Some(_) => DeliveryStatus::Failed(words),
        None => DeliveryStatus::Unknown(words),
    }
}

/// sendmail reads LF, and writes CRLF on the wire.
fn local_lines(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        match line.strip_suffix(b"\r\n") {
            Some(text) => lines.extend(text.iter().chain(b"\n")),
            None => lines.extend_from_slice(line),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::*;

    const LETTER: &[u8] = b"Subject: x\r\n\r\n.\r\nend\r\n";

    /// A shell script as the program; with what it was told and given.
    fn send(script: &str, from: &str, to: &str) -> (Result<DeliveryStatus>, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sendmail");
        let told = "cd \"$(dirname \"$0\")\"; echo \"$*\" >told";
        // The shell is named, so that no other test's child can keep the script busy.
        fs::write(&path, format!("#!/bin/sh\n{told}\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let mut program = Program::new(path, Duration::from_millis(1500)).unwrap();
        let envelope = Envelope {
            id: "<1@example.com>".into(),
            from: from.into(),
            to: to.into(),
        };
        let status = program.send(&envelope, LETTER, &mut || Ok(()));
        (
            status,
            read(folder.path(), "told") + &read(folder.path(), "given"),
        )
    }

    fn read(folder: &Path, name: &str) -> String {
        fs::read_to_string(folder.join(name)).unwrap_or_default()
    }

    #[test]
    fn it_is_given_the_addresses_and_the_letter() {
        let (status, seen) = send("cat >given", "ana@example.com", "bo@example.com");
        assert_eq!(status.unwrap(), DeliveryStatus::Sent);
        assert_eq!(
            seen,
            "-i -f ana@example.com -- bo@example.com\nSubject: x\n\n.\nend\n"
        );
    }

    #[test]
    fn its_exit_status_tells_the_status_of_the_mail() {
        let words = |text: &str| text.to_owned();
        for (script, status) in [
            (
                "echo >&2; echo 'no such  user' >&2; echo more >&2; exit 67",
                DeliveryStatus::Refused(words("no such user")),
            ),
            (
                "echo deferred >&2; exit 75",
                DeliveryStatus::Failed(words("deferred")),
            ),
            (
                "cat >/dev/null; exit 1",
                DeliveryStatus::Failed(words("the sendmail program ended with exit status: 1")),
            ),
            (
                "cat >/dev/null; kill -9 $$",
                DeliveryStatus::Unknown(words(
                    "the sendmail program ended with signal: 9 (SIGKILL)",
                )),
            ),
            (
                "exec sleep 20",
                DeliveryStatus::Unknown(words("the sendmail program did not end in time")),
            ),
            (
                "exec yes >&2",
                DeliveryStatus::Unknown(words("the sendmail program did not end in time")),
            ),
        ] {
            assert_eq!(
                send(script, "ana@example.com", "bo@example.com").0.unwrap(),
                status,
                "{script}"
            );
        }
    }

    #[test]
    fn no_address_is_an_argument_of_its_own() {
        for to in [
            "-bs@example.com",
            "bo@example.com -oQ/tmp",
            "bo@example.com\n-v",
            "bo",
        ] {
            let (status, seen) = send("true", "ana@example.com", to);
            assert!(matches!(status, Ok(DeliveryStatus::Refused { .. })), "{to}");
            assert_eq!(seen, "");
        }
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let Err(error) = Program::new("/nowhere/sendmail".into(), BEAT) else {
            panic!("there is no such program");
        };
        assert!(error.to_string().contains("/nowhere/sendmail"));
    }
}
