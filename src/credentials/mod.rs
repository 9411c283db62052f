//! A secret from its source: environment, then the command of the settings, then the keyring, which
//! its owner may have to unlock.

pub mod keyring;

use std::time::Duration;

use crate::child::{self, Answer};
use crate::error::{Error, Kind, Result};
use crate::secret::Secret;
use crate::settings::{self, PasswordSettings};

/// Where a password is looked for.
pub struct Source<'a> {
    /// The environment variable that wins over everything.
    pub variable: &'a str,
    /// What the settings say.
    pub password: Option<&'a PasswordSettings>,
    /// What the keyring calls it.
    pub name: &'a str,
    /// Said when there is none, or the keyring can't be used.
    pub hint: &'a str,
    /// Whether somebody is at the terminal who could unlock the keyring.
    pub owner_is_here: bool,
}

impl Source<'_> {
    /// The password; none: nobody has one.
    pub fn read(&self) -> Result<Option<Secret>> {
        if let Some(password) = settings::variable(self.variable)? {
            return Ok(Some(Secret::new(password)));
        }
        if let Some(PasswordSettings { command }) = self.password {
            return run_command(command).map(Some);
        }
        keyring::read_password(self.name, self.owner_is_here)
            .map_err(|error| Error::new(error.kind, error.to_string()).hint(self.hint))
    }

    /// The same; `what` and `whose` say in words which secret is missing.
    pub fn require(&self, what: &str, whose: &str) -> Result<Secret> {
        self.read()?.ok_or_else(|| {
            let what = format!("there is no {what} for {whose}");
            Error::new(Kind::NotSignedIn, what).hint(self.hint)
        })
    }
}

/// How long a command may take: somebody may have to unlock something.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Most bytes that a command may print.
const LONGEST: usize = 64 << 10;

/// The first line that a shell command prints.
fn run_command(command: &str) -> Result<Secret> {
    let failed = |why: &str| {
        let what = format!("password.command of the settings {why}");
        Error::new(Kind::NotSignedIn, what)
    };
    let mut shell = child::command("sh");
    shell.args(["-c", command]);
    let answer = child::answer(shell, LONGEST, TIMEOUT);
    let printed = match answer.map_err(|error| failed(&format!("can't be run: {error}")))? {
        Answer::Ended(status, printed) if status.success() => printed,
        Answer::Ended(status, _) => return Err(failed(&format!("failed: {status}"))),
        Answer::TooLong => return Err(failed("does not end: expected at most 60 s")),
        Answer::TooMuch => return Err(failed("does not stop printing: expected at most 64 KiB")),
    };
    let text =
        String::from_utf8(printed).map_err(|_| failed("prints something that is not UTF-8"))?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(Secret::from(line)),
        _ => Err(failed("prints no password")),
    }
}
