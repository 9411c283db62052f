//! A desk to work at: an empty home, a fixed clock, the program, and practice pools on loopback.

use std::collections::HashMap;
use std::fmt;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// What every command's clock shows: a Sunday, a quarter past nine in London.
pub const NOW: &str = "2026-11-22T09:15:00Z";

/// What every command says of it; [`Output::stderr`] is without it.
const OTHER_CLOCK: &str = "warning: CONFCTL_NOW is set: the clock shows ";

/// Where a test works; gone when it is done.
pub struct Desk {
    home: TempDir,
}

/// What a command said and how it ended.
pub struct Output {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
    pub took: Duration,
}

/// A command about to be run.
pub struct Run {
    command: Command,
    input: Option<Vec<u8>>,
}

/// `confctl pool serve` in a process of its own, until dropped.
pub struct ServedPool {
    child: Child,
    facts: HashMap<String, Vec<String>>,
    /// Gone with the pool.
    _data: TempDir,
}

/// People with an account on every served pool: SIP address, login, password.
pub const USERS: [(&str, &str, &str); 2] = [
    ("sip:ana@example.com", "EXAMPLE\\ana", "Correct-Horse-7"),
    ("sip:bo@example.com", "EXAMPLE\\bo", "Battery-Staple-8"),
];

pub fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_confctl"))
}

impl Desk {
    pub fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
        }
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Runs a command line, in which '…' is one word.
    #[must_use = "look at the output or assert the exit code"]
    pub fn run(&self, line: &str) -> Output {
        self.confctl(&words(line)).run()
    }

    /// The same with an account on a served pool.
    #[must_use = "look at the output or assert the exit code"]
    pub fn run_at(&self, pool: &ServedPool, line: &str) -> Output {
        self.confctl_at(pool, &words(line)).run()
    }

    /// A command in an environment of its own, without an account.
    pub fn confctl(&self, arguments: &[&str]) -> Run {
        let mut command = Command::new(binary());
        command.args(arguments);
        self.at_home(command)
    }

    /// A line as somebody pastes it into a shell that finds confctl.
    pub fn paste(&self, line: &str) -> Run {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", line]);
        let folder = binary().parent().unwrap().display();
        self.at_home(command)
            .env("PATH", &format!("{folder}:/usr/bin:/bin"))
    }

    fn at_home(&self, mut command: Command) -> Run {
        command.current_dir(self.home()).env_clear();
        command
            .env("HOME", self.home())
            .env("PATH", "/usr/bin:/bin")
            .env("TZ", "UTC")
            .env("CONFCTL_NOW", NOW)
            .env("USER", "ana");
        Run {
            command,
            input: None,
        }
    }

    /// The same with an account on a served pool, over TLS.
    pub fn confctl_at(&self, pool: &ServedPool, arguments: &[&str]) -> Run {
        let (user, login, password) = USERS[0];
        let run = self
            .confctl(arguments)
            .env("CONFCTL_USER", user)
            .env("CONFCTL_LOGIN", login)
            .env("CONFCTL_PASSWORD", password);
        run.env("CONFCTL_SERVER", &pool.tls())
            .env("CONFCTL_CA_FILE", &pool.ca())
            .env("CONFCTL_TIMEOUT", "3")
    }
}

impl Run {
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// What stdin holds.
    pub fn input(mut self, bytes: &[u8]) -> Self {
        self.input = Some(bytes.to_vec());
        self
    }

    /// The command itself, for what only it can do.
    pub fn command(&mut self) -> &mut Command {
        &mut self.command
    }

    /// Runs to the end.
    #[must_use = "look at the output or assert the exit code"]
    pub fn run(mut self) -> Output {
        let stdin = if self.input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        };
        let begun = Instant::now();
        let mut child = self
            .command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        if let (Some(bytes), Some(mut stdin)) = (self.input, child.stdin.take()) {
            // Whoever has read enough may end before the rest is written.
            match stdin.write_all(&bytes) {
                Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
                written => written.unwrap(),
            }
        }
        let output = child.wait_with_output().unwrap();
        Output {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: without_other_clock(&String::from_utf8(output.stderr).unwrap()),
            code: output.status.code().unwrap_or(-1),
            took: begun.elapsed(),
        }
    }
}

/// The words of a command line, in which '…' is one.
pub fn words(line: &str) -> Vec<&str> {
    let parts = line.split('\'').enumerate();
    parts
        .flat_map(|(at, part)| match at % 2 {
            0 => part.split_whitespace().collect(),
            _ => vec![part],
        })
        .collect()
}

/// What a command said besides that its clock is not the computer's.
pub fn without_other_clock(stderr: &str) -> String {
    let lines = stderr.split_inclusive('\n');
    lines
        .filter(|line| !line.starts_with(OTHER_CLOCK))
        .collect()
}

impl Output {
    /// Checks the exit code, and shows everything if it is another one.
    #[track_caller]
    pub fn code(self, expected: i32) -> Self {
        assert_eq!(self.code, expected, "{self}");
        self
    }

    /// Checks that stderr holds a text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "expected '{text}' on stderr\n{self}"
        );
        self
    }

    /// stdout with the folded lines of a calendar joined again.
    pub fn unfolded(&self) -> String {
        self.stdout.replace("\r\n ", "")
    }

    /// The first value behind a label such as `Conference ID: `, in a card or a calendar.
    #[track_caller]
    pub fn value_of(&self, label: &str) -> String {
        let unfolded = self.unfolded().replace("\\n", "\n");
        let found = unfolded.lines().find_map(|line| {
            line.split_once(label)
                .map(|(_, value)| value.trim().to_owned())
        });
        found.unwrap_or_else(|| panic!("no '{label}'\n{self}"))
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "--- exit code {}\n--- stdout\n{}\n--- stderr\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}

impl ServedPool {
    /// A pool over TCP and TLS with the two users, and whatever flags besides.
    pub fn start(flags: &[&str]) -> Self {
        Self::started(flags, Some(NOW))
    }

    /// The same on the computer's clock, for clients that have no other.
    pub fn today(flags: &[&str]) -> Self {
        Self::started(flags, None)
    }

    fn started(flags: &[&str], now: Option<&str>) -> Self {
        let data = tempfile::tempdir().unwrap();
        let users = data.path().join("users.txt");
        let lines: Vec<String> = USERS
            .iter()
            .map(|(address, login, password)| format!("{address} {login} {password}\n"))
            .collect();
        std::fs::write(&users, lines.concat()).unwrap();
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&users, mode).unwrap();
        let mut command = Command::new(binary());
        command.args([
            "pool",
            "serve",
            "--listen",
            "tls:127.0.0.1:0",
            "--listen",
            "tcp:127.0.0.1:0",
        ]);
        command.arg("--users").arg(&users).args(flags);
        if !flags.contains(&"--data") {
            command.arg("--data").arg(data.path().join("pool"));
        }
        let mut child = command
            .env_clear()
            .envs(now.map(|now| ("CONFCTL_NOW", now)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut facts: HashMap<String, Vec<String>> = HashMap::new();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for line in lines {
            let line = line.unwrap();
            if line == "ready" {
                break;
            }
            let (name, value) = line.split_once(' ').unwrap();
            facts
                .entry(name.to_owned())
                .or_default()
                .push(value.to_owned());
        }
        assert!(
            facts.contains_key("listening"),
            "the pool did not start with {flags:?}"
        );
        Self {
            child,
            facts,
            _data: data,
        }
    }

    /// A fact that it printed.
    #[track_caller]
    pub fn fact(&self, name: &str) -> String {
        self.facts
            .get(name)
            .and_then(|values| values.first())
            .unwrap_or_else(|| panic!("no fact '{name}'"))
            .clone()
    }

    fn listening(&self, transport: &str) -> String {
        self.facts["listening"]
            .iter()
            .find(|place| place.starts_with(transport))
            .unwrap()
            .clone()
    }

    /// `tls:127.0.0.1:PORT`
    pub fn tls(&self) -> String {
        self.listening("tls:")
    }

    /// `tcp:127.0.0.1:PORT`
    pub fn tcp(&self) -> String {
        self.listening("tcp:")
    }

    /// Most bytes of memory that it has had so far.
    pub fn peak(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let kilobytes = line.unwrap().split_whitespace().nth(1).unwrap();
        kilobytes.parse::<usize>().unwrap() * 1024
    }

    /// Its authority's certificate.
    pub fn ca(&self) -> String {
        self.fact("ca")
    }
}

impl Drop for ServedPool {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
