//! What goes wrong, said once to a user: one sentence, what to do, and an exit code.

use std::fmt;
use std::io;

/// The result of anything that may end the command.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Something went wrong. Prints as one sentence; hints are printed below it.
#[derive(Debug)]
pub struct Error {
    /// Who is at fault, and so the exit code.
    pub kind: Kind,
    message: String,
    hints: Vec<String>,
}

/// Who is at fault; each kind has its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything not below, bugs included.
    Failed,
    /// The command line or the settings.
    Usage,
    /// What was named does not exist, or is not one thing.
    NotFound,
    /// No password, a wrong one, or an account that may not sign in.
    NotSignedIn,
    /// Name lookup, TCP, TLS, a time-out, an answer that makes no sense.
    Unreachable,
    /// The pool or its policy said no.
    Refused,
    /// The conference exists or may exist, but a later step failed.
    HalfDone,
    /// It is not known whether what was asked for was done; the same once more settles it.
    InDoubt,
    /// A key was used before, for something else.
    Conflict,
    /// Ctrl-C.
    Interrupted,
    /// The reader of our output has gone: no trouble at all.
    PipeClosed,
}

/// Every exit code and its meaning, as the manual prints them.
pub const EXIT_CODES: [(u8, &str); 10] = [
    (0, "done; also when the reader of a pipe went away"),
    (1, "failed in a way that has no code of its own"),
    (2, "wrong usage or settings"),
    (3, "not found, or ambiguous"),
    (4, "not signed in: no password, a wrong one, or no account"),
    (
        5,
        "unreachable: name, network, TLS, time-out, or an answer that makes no sense",
    ),
    (
        6,
        "refused by the pool, its policy, or because it is not known to be yours",
    ),
    (
        7,
        "half done: the conference exists or may exist, but a later step failed",
    ),
    (
        8,
        "conflict: --key was used before, with another kind, time, subject, people or options",
    ),
    (130, "interrupted"),
];

impl Kind {
    /// The exit code of the process.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::PipeClosed => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::NotSignedIn => 4,
            Self::Unreachable => 5,
            Self::Refused => 6,
            Self::HalfDone | Self::InDoubt => 7,
            Self::Conflict => 8,
            Self::Interrupted => 130,
        }
    }
}

impl Error {
    /// A sentence without its final period: what failed and why.
    pub fn new(kind: Kind, message: impl fmt::Display) -> Self {
        Self {
            kind,
            message: message.to_string(),
            hints: Vec::new(),
        }
    }

    /// Wrong usage or settings.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Anything without a code of its own.
    pub fn failed(message: impl fmt::Display) -> Self {
        Self::new(Kind::Failed, message)
    }

    /// Adds what the user can do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Takes over the hints of the error that led to this one.
    pub fn with_hints_of(mut self, cause: &Self) -> Self {
        self.hints.extend(cause.hints.iter().cloned());
        self
    }

    /// What the user can do about it.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// A failed write to stdout or to a file.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => {
                Self::new(Kind::PipeClosed, "the reader of the output went away")
            }
            _ => Self::failed(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_code_that_the_manual_lists() {
        for kind in [
            Kind::Failed,
            Kind::Usage,
            Kind::NotFound,
            Kind::NotSignedIn,
            Kind::Unreachable,
            Kind::Refused,
            Kind::HalfDone,
            Kind::InDoubt,
            Kind::Conflict,
            Kind::Interrupted,
            Kind::PipeClosed,
        ] {
            assert!(
                EXIT_CODES.iter().any(|(code, _)| *code == kind.exit_code()),
                "{kind:?}"
            );
        }
    }
}
