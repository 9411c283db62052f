//! An operation while it is done: what its journal record says, and what is left of it after an error.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::atomic_file;
use crate::error::{Error, Kind, Result};
use crate::interrupt;
use crate::mail::DeliveryStatus;
use crate::operation::journal::{Record, Step};
use crate::operation::{MailOptions, Operation};

/// Said when a process ends while something is unfinished.
const UNFINISHED: &str = "confctl: interrupted; 'confctl resume' finishes what was begun, 'confctl resume --forget' drops it";

/// Something that this process alone does. Dropped unfinished, it stays for `confctl resume`.
pub struct Run {
    /// What the journal says of it.
    pub(super) record: Record,
    /// How this process came to it.
    pub attempt: Attempt,
    /// Whether those are mailed again who may have their mail.
    pub again: bool,
    /// Whether this process did, or may have done, something that can't be taken back.
    has_effects: bool,
    /// Keys of those whom another operation told, so that this one did not.
    pub(super) told_elsewhere: HashSet<String>,
    path: PathBuf,
}

/// How a process came to an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It began it.
    New,
    /// An earlier process left it, and the user asks for the same once more.
    Repeated,
    /// An earlier process left it, and it is to be finished now, whatever happened since.
    Resumed,
}

impl Run {
    /// One that was written down just now.
    pub(super) fn begin(record: Record, path: PathBuf) -> Self {
        Self {
            record,
            attempt: Attempt::New,
            again: false,
            has_effects: false,
            told_elsewhere: HashSet::new(),
            path,
        }
    }

    /// One that an earlier process left. A step that was broken off must not run into the next one.
    pub(super) fn take_up(record: Record, path: PathBuf, attempt: Attempt) -> io::Result<Self> {
        record.cut_off_rest()?;
        Ok(Self {
            record,
            attempt,
            again: false,
            has_effects: false,
            told_elsewhere: HashSet::new(),
            path,
        })
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is to be done.
    pub fn operation(&self) -> &Operation {
        &self.record.operation
    }

    /// From here on, an end by Ctrl-C takes the operation back while nothing has come of it, and says
    /// what is left otherwise.
    pub(super) fn start(&self) {
        interrupt::set_words(Some(UNFINISHED.to_owned()));
        let is_nothing = self.attempt == Attempt::New && self.operation().key.is_none();
        interrupt::set_withdrawal(is_nothing.then(|| self.path.clone()));
    }

    /// Asks for what can't be taken back.
    pub(super) fn mutate<T>(&mut self, ask: impl FnOnce() -> Result<T>) -> Result<T> {
        interrupt::set_withdrawal(None);
        let asked = ask();
        let is_definite = |error: &Error| !matches!(error.kind, Kind::InDoubt | Kind::HalfDone);
        if !asked.as_ref().is_err_and(is_definite) {
            self.has_effects = true;
        }
        asked
    }

    /// Notes that people are told of that version by mail from here on.
    pub(super) fn begin_mailing(&mut self, options: &MailOptions, sequence: u32) -> Result<()> {
        if self.record.mail.as_ref() == Some(options) && self.record.sequence == Some(sequence) {
            return Ok(());
        }
        self.append(Step::Mailing(options.clone(), sequence))
    }

    /// Notes that the mail for this recipient is about to be handed over; on the disk when this
    /// returns.
    pub(super) fn append_handing_over(&mut self, recipient: &str) -> Result<()> {
        interrupt::set_withdrawal(None);
        self.has_effects = true;
        self.append(Step::HandingOver(recipient.to_owned()))
    }

    /// Notes what became of it; on the disk when this returns.
    pub(super) fn append_status(&mut self, recipient: &str, status: DeliveryStatus) -> Result<()> {
        self.append(Step::Mailed(recipient.to_owned(), status))
    }

    fn append(&mut self, step: Step) -> Result<()> {
        self.record.append(step).map_err(|error| {
            let path = self.path.display();
            Error::failed(format!("can't write '{path}': {error}"))
        })
    }

    /// Removes its record for good: it is not to be done.
    pub(super) fn forget(self) {
        let _ = atomic_file::remove(&self.path);
        clear_interrupt();
    }

    /// Removes its record: everything is done. Should it come back after a power failure, resuming it
    /// finds that; with the next operation's record it is gone for good.
    pub(super) fn finish(self) {
        let _ = fs::remove_file(&self.path);
        clear_interrupt();
    }

    /// Whether nothing has come of it so far.
    pub(super) fn is_nothing_done(&self) -> bool {
        self.attempt == Attempt::New && !self.has_effects
    }

    /// Keeps what may be half done for `confctl resume`, with the reason, and forgets what came to
    /// nothing. Gives the error with what the user can do.
    pub(super) fn fail(mut self, error: Error) -> Error {
        let is_kept = self.is_kept_after(&error);
        let is_unreachable = error.kind == Kind::Unreachable && !self.has_effects;
        if !is_kept {
            self.forget();
            return match is_unreachable {
                true => error.hint("nothing was changed and nothing is kept: run it again later"),
                false => error,
            };
        }
        // What can't be noted is not worth another error.
        let _ = self.record.append(Step::Kept(error.to_string()));
        let _ = self
            .record
            .append(Step::Finished(self.record.finished.clone()));
        clear_interrupt();
        if self.is_nothing_done() {
            return error.hint("nothing was changed; it is kept by its key: the same command, or 'confctl resume', goes on with it");
        }
        match self.record.statuses.is_empty() {
            true => error.hint("'confctl resume' finishes it; nothing is made twice"),
            false => {
                error.hint("'confctl resume' mails those who have no mail yet, and nobody twice")
            }
        }
    }

    fn is_kept_after(&self, error: &Error) -> bool {
        let is_in_doubt = matches!(error.kind, Kind::HalfDone | Kind::InDoubt);
        let is_refused = matches!(error.kind, Kind::Refused | Kind::NotFound);
        if self.has_effects || is_in_doubt || error.kind == Kind::Interrupted {
            return true;
        }
        match self.attempt {
            // What ended before anything was asked for leaves nothing behind, unless a script
            // knows it by a key.
            Attempt::New => {
                let may_go_better = matches!(error.kind, Kind::Unreachable | Kind::NotSignedIn);
                self.operation().key.is_some() && may_go_better
            }
            // An earlier process may have got further.
            Attempt::Repeated | Attempt::Resumed => !is_refused,
        }
    }
}

/// Nothing is unfinished any more, or it has been said.
fn clear_interrupt() {
    interrupt::set_in_doubt(None);
    interrupt::set_words(None);
    interrupt::set_withdrawal(None);
}
