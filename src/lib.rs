//! confctl: conferences on an Office Communications Server, Lync or Skype for Business pool, as
//! invitations that every calendar understands.
//!
//! ```text
//! argv ─► cli ─► commands/x ─► operation ─► Plan ─► pool ─► Conference ─► CalendarObject ─► diary
//!                    │          (on the disk)   ▲       │          │             │
//!      app: terminal, settings               Offer    proto    Appointment   invitation ─► stdout, file
//!           clock, randomness                           │                        │
//!                                                   practice                   caldav, post
//! ```
//!
//! | room | what lives there |
//! | --- | --- |
//! | `cli` | the tree of commands and its flags |
//! | `commands` | one file per command: what may be typed, then what is done, step by step |
//! | `app` | what a command may use; `account`, `config`, `keyring`, `terminal`, `signals`, `whole_file` behind it |
//! | `operation` | what changes meetings, step by step, so that a restart finishes it; its journal |
//! | `diary` | the meetings, a folder of calendar files that other programs share |
//! | `caldav` | the organizer's calendar on a server |
//! | `conference` | the nouns: conference, appointment, series, request, offer, plan; pure data |
//! | `dialling` | what telephones are told, and whose number is local |
//! | `when` | times as people type them |
//! | `pool` | a session with a pool; `link` is its socket, `ocs` its protocol |
//! | `proto` | SIP, NTLM, C3P, provisioning, iCalendar lines: codecs and state machines, no I/O |
//! | `practice` | the practice pool: a server that speaks the same protocol |
//! | `invitation` | an appointment as calendar file, page, mail, card, JSON, and read back; pure text |
//! | `lint` | what calendars and mail programs would do with an invitation; pure |
//! | `mail` | the way of a mail: SMTP, sendmail, a folder |
//! | `error` | one sentence, hints, exit code |
//!
//! Rules, most of them watched by `tests/architecture.rs`:
//! - arrows go right and down; `pool` and `practice` meet in `proto` only;
//! - `proto` has no sockets, files, clock or randomness: they are arguments;
//! - only `terminal` prints and asks (clap prints its own usage errors);
//! - `app` hands out clock and randomness; below `commands`, only `practice` reads them itself;
//! - a command turns what was typed into a request in its first lines; behind that, no clap;
//! - a wire fact that nobody has confirmed stands in one place, marked `GUESS`, `INF` or `U`.

mod app;
mod atomic_file;
mod backend;
mod caldav;
pub mod calendar_object;
mod cli;
mod commands;
pub mod conference;
mod credentials;
mod diary;
pub mod error;
mod hex;
pub mod icalendar;
mod interrupt;
pub mod invitation;
pub mod lint;
mod mail;
mod operation;
pub mod practice;
pub mod proto;
pub mod report;
pub mod secret;
mod settings;
mod telephony;
mod terminal;
pub mod when;
pub mod xml;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::cli::Cli;
use crate::error::Kind;
use crate::terminal::{Terminal, Verbosity};

/// Runs confctl with a command line that begins with the program's name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let Some(candidates) = Cli::completed(&arguments) {
        // A shell that has gone wants no answer.
        let _ = Terminal::new(Verbosity::default()).print(&candidates);
        return ExitCode::SUCCESS;
    }
    let cli = match Cli::read(arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let terminal = cli.terminal();
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if error.kind != Kind::PipeClosed {
                terminal.error(&error);
            }
            ExitCode::from(error.kind.exit_code())
        }
    }
}

/// Help and version are asked for and go to stdout; anything else is a mistake.
fn usage(error: &clap::Error) -> ExitCode {
    if error.exit_code() != 0 {
        let _ = error.print();
        return ExitCode::from(Kind::Usage.exit_code());
    }
    let text = error.render();
    let terminal = Terminal::new(Verbosity::default());
    let text = if terminal.has_colors() {
        text.ansi().to_string()
    } else {
        text.to_string()
    };
    // A reader that has seen enough of the help is no trouble.
    let _ = terminal.print(&text);
    ExitCode::SUCCESS
}
