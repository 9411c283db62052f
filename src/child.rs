//! Programs of others. They inherit no secret of ours, and where one answers in our place, it has an end.

use std::env;
use std::ffi::OsStr;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// In the environment of what [`answer`] starts, so that it is known again whatever became of it.
const MARK: &str = "CONFCTL_CHILD";

/// How often we look whether it has ended.
const BEAT: Duration = Duration::from_millis(10);

/// How long its last words may take once it has ended: another one may hold its output.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A program that is to be started, with our environment but for the secrets in it.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        if is_secret(&name) {
            command.env_remove(name);
        }
    }
    command
}

/// `CONFCTL_PASSWORD`, `CONFCTL_SMTP_PASSWORD` and their like.
fn is_secret(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let is_one = |word| name.contains(word);
    name.starts_with("CONFCTL_") && ["PASSWORD", "TOKEN", "SECRET"].into_iter().any(is_one)
}

/// What came of a program that was to answer.
#[derive(Debug)]
pub enum Answer {
    /// How it ended, and what it printed.
    Ended(ExitStatus, Vec<u8>),
    /// It took longer than it may, and was killed.
    TooLong,
    /// It printed more than it may, and was killed.
    TooMuch,
}

/// Runs a program for what it prints, at most `most` bytes within that time. Nothing that it started
/// outlives a program that was killed (elsewhere than on Linux, only the program itself).
pub fn answer(mut command: Command, most: usize, time: Duration) -> io::Result<Answer> {
    let until = Instant::now() + time;
    let mark = format!("{:016x}", RandomState::new().hash_one(0));
    let mut child = command
        .env(MARK, &mark)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let chunks = read(&mut child);
    let mut printed = Vec::new();
    let mut ended: Option<(ExitStatus, Instant)> = None;
    loop {
        let is_all = match chunks.recv_timeout(BEAT) {
            Ok(chunk) => {
                printed.extend(chunk);
                false
            }
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => {
                thread::sleep(BEAT);
                true
            }
        };
        let now = Instant::now();
        if printed.len() > most {
            kill(&mut child, &mark);
            return Ok(Answer::TooMuch);
        }
        if ended.is_none() {
            ended = child.try_wait()?.map(|status| (status, now));
        }
        match ended {
            // What it left running may hold its output for ever.
            Some((status, at)) if is_all || now > at + LAST_WORDS => {
                return Ok(Answer::Ended(status, printed));
            }
            None if now > until => {
                kill(&mut child, &mark);
                return Ok(Answer::TooLong);
            }
            _ => {}
        }
    }
}

/// Hands on what it prints, until there is no more or nobody wants it.
fn read(child: &mut Child) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let stdout = child.stdout.take();
    thread::spawn(move || {
        let Some(mut stdout) = stdout else {
            return;
        };
        let mut chunk = vec![0; 4096];
        while let Ok(length) = stdout.read(&mut chunk)
            && let Some(bytes) = chunk.get(..length).filter(|bytes| !bytes.is_empty())
            && sender.send(bytes.to_vec()).is_ok()
        {}
    });
    receiver
}

/// Ends the program and everything that it started.
fn kill(child: &mut Child, mark: &str) {
    let _ = child.kill();
    let _ = child.wait();
    // What is started while we look, or is just becoming another program, is found the next time.
    let mut quiet = 0;
    while quiet < 3 {
        quiet = if kill_marked(mark) { 0 } else { quiet + 1 };
        thread::sleep(BEAT);
    }
}

/// Whether there was one to be killed.
#[cfg(target_os = "linux")]
fn kill_marked(mark: &str) -> bool {
    use std::fs;

    use rustix::process::{Pid, Signal, kill_process};

    let wanted = format!("{MARK}={mark}");
    let mut was_any = false;
    for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let name = process.file_name();
        let number = name.to_str().and_then(|name| name.parse().ok());
        let Some(number) = number.and_then(Pid::from_raw) else {
            continue;
        };
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        let mut variables = environment.split(|byte| *byte == 0);
        if variables.any(|variable| variable == wanted.as_bytes()) {
            was_any |= kill_process(number, Signal::KILL).is_ok();
        }
    }
    was_any
}

#[cfg(not(target_os = "linux"))]
fn kill_marked(_mark: &str) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(script: &str, most: usize, time: Duration) -> Answer {
        let mut shell = command("sh");
        shell.args(["-c", script]);
        answer(shell, most, time).unwrap()
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn what_is_printed_is_the_answer() {
        let long = "x".repeat(1000);
        for (script, printed) in [
            ("printf abc", "abc"),
            ("printf ''", ""),
            ("printf abc; exec >&-; sleep 0.1", "abc"),
            // What it leaves running is no reason to wait.
            ("sleep 2 & printf abc", "abc"),
            (&format!("printf {long}"), &long),
        ] {
            let Answer::Ended(status, bytes) = ask(script, 1000, LONG) else {
                panic!("{script}");
            };
            assert!(status.success());
            assert_eq!(String::from_utf8(bytes).unwrap(), printed);
        }
        assert!(
            matches!(ask("exit 3", 9, LONG), Answer::Ended(status, _) if status.code() == Some(3))
        );
    }

    #[test]
    fn what_has_no_end_is_killed_with_all_that_it_started() {
        let short = Duration::from_millis(300);
        assert!(matches!(ask("yes", 64, LONG), Answer::TooMuch));
        assert!(matches!(ask("sleep 600", 64, short), Answer::TooLong));
        let orphans = "(sleep 13 & sleep 13 & wait) & setsid sleep 13 & wait";
        assert!(matches!(ask(orphans, 64, short), Answer::TooLong));
        if cfg!(target_os = "linux") {
            let Answer::Ended(_, found) = ask("pgrep -x -f 'sleep 13' || true", 64, LONG) else {
                panic!("no answer");
            };
            assert_eq!(String::from_utf8(found).unwrap(), "");
        }
    }

    #[test]
    fn passwords_and_tokens_are_secrets() {
        for (name, expected) in [
            ("CONFCTL_PASSWORD", true),
            ("CONFCTL_SMTP_PASSWORD", true),
            ("CONFCTL_TOKEN", true),
            ("CONFCTL_USER", false),
            ("PASSWORD", false),
        ] {
            assert_eq!(is_secret(OsStr::new(name)), expected, "{name}");
        }
    }
}
