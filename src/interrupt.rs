//! Ctrl-C and SIGTERM: a server stops in order, anything else ends at once with 130.

use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::atomic_file;
use crate::error::{Error, Kind, Result};

/// Set while somebody waits to be stopped.
static WAITING: Mutex<Option<Sender<()>>> = Mutex::new(None);

/// Whether something must not be broken off, and whether an end is wanted once it is done.
static HELD: Mutex<Held> = Mutex::new(Held {
    busy: false,
    wanted: false,
});

struct Held {
    busy: bool,
    wanted: bool,
}

/// What an end in the middle of something brings with it.
static ENDING: Mutex<Ending> = Mutex::new(Ending {
    say: None,
    in_doubt: None,
    words: None,
    withdraw: None,
});

struct Ending {
    /// How the last words are said, and the terminal is left as it was.
    say: Option<fn(&str)>,
    /// What nobody knows if the process ends now.
    in_doubt: Option<String>,
    /// What is said besides.
    words: Option<String>,
    /// A file that says what was begun, while nothing has come of it.
    withdraw: Option<PathBuf>,
}

/// From now on, until called with nothing, an end by Ctrl-C or SIGTERM says this.
pub fn set_in_doubt(words: Option<String>) {
    lock_ending().in_doubt = words;
}

/// The same for as long as something is unfinished.
pub fn set_words(words: Option<String>) {
    lock_ending().words = words;
}

/// From now on, until called with nothing, an end removes this file and says nothing: whatever it
/// was about has not begun.
pub fn set_withdrawal(file: Option<PathBuf>) {
    lock_ending().withdraw = file;
}

/// From now on Ctrl-C and SIGTERM are ours. Called once, before anything is asked or done.
pub fn install(say: fn(&str)) -> Result<()> {
    left::remember();
    lock_ending().say = Some(say);
    ctrlc::set_handler(|| {
        let waiting = WAITING
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match waiting {
            Some(waiting) => drop(waiting.send(())),
            None if hold_back() => {
                if let Some(say) = lock_ending().say {
                    say("confctl: ending after this mail; Ctrl-C once more ends at once");
                }
            }
            None => leave(),
        }
    })
    .map_err(|error| Error::failed(format!("can't watch for Ctrl-C: {error}")))
}

/// Receives once when the user wants an end.
pub fn stop() -> Receiver<()> {
    let (sender, receiver) = mpsc::channel();
    *WAITING.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
    receiver
}

/// Does what is over in a moment and must not be broken off: an end by Ctrl-C or SIGTERM comes after
/// it, unless it is asked for twice.
pub fn run_undisturbed<T>(work: impl FnOnce() -> T) -> T {
    lock_held().busy = true;
    let done = work();
    let wanted = {
        let mut held = lock_held();
        held.busy = false;
        held.wanted
    };
    if wanted {
        leave();
    }
    done
}

/// Whether the end has to wait this time.
fn hold_back() -> bool {
    let mut held = lock_held();
    let first = held.busy && !held.wanted;
    held.wanted |= first;
    first
}

fn lock_ending() -> MutexGuard<'static, Ending> {
    ENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lock_held() -> MutexGuard<'static, Held> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How the terminal is to be left when a question is broken off.
mod left {
    use std::sync::{Mutex, PoisonError};

    use rustix::stdio::stdin;
    use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

    static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

    pub(super) fn remember() {
        *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = tcgetattr(stdin()).ok();
    }

    pub(super) fn restore() {
        let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(before) = before {
            let _ = tcsetattr(stdin(), OptionalActions::Now, &before);
        }
    }
}

/// A question on the terminal can't be interrupted from within: dialoguer would hang, with the
/// cursor hidden or the echo off.
#[expect(
    clippy::exit,
    reason = "the only way out of a blocking read on the terminal"
)]
fn leave() {
    left::restore();
    let mut ending = lock_ending();
    let removed = ending
        .withdraw
        .take()
        .map(|file| atomic_file::remove(&file));
    let words = [ending.in_doubt.take(), ending.words.take()];
    if let Some(say) = ending.say {
        // Shows the cursor again, even where there is nothing to be said.
        say("");
        if !matches!(removed, Some(Ok(()))) {
            words.iter().flatten().for_each(|words| say(words));
        }
    }
    std::process::exit(i32::from(Kind::Interrupted.exit_code()));
}
