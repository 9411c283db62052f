//! confctl: conferences on an Office Communications Server, Lync or Skype for Business pool, as
//! invitations that every calendar understands.
//!
//! # The house
//!
//! ```text
//! main ─ lib ─ cli ─► commands ─► app ─► terminal
//!                        │         └ opens ┐
//!                        └──────────► operation ──────────────┐      journal, steps
//!                                          │                  │
//!               ┌──────────┬───────────┬───┴──────┐           ▼
//!               ▼          ▼           ▼          ▼        diary ─► calendar_object
//!            backend     caldav      mail     invitation ◄────┘            │
//!               │  └───────► net ◄─────┘          │                        ▼
//!    practice ─► proto ─► xml                 telephony ─► conference   icalendar ◄─ lint
//! ```
//!
//! `tests/architecture.rs` reads the imports of the code and compares them with this table, row by
//! row. What is open will go with the room that is named behind it.
//!
//! Ground: `error` `secret` `hex` `report` `interrupt` `atomic_file` `database` `child` `when`, imported by all.
//!
//! | room | what lives there | may import besides the ground | open |
//! | --- | --- | --- | --- |
//! | `cli` | the tree of commands | `commands` `app` `terminal` | |
//! | `commands` | one file per verb: what was typed becomes one `Operation` or one question; what comes back is printed | `app` `operation` `backend` `diary` `calendar_object` `invitation` `lint` `icalendar` `conference` `telephony` `settings` `terminal` `practice` | |
//! | `app` | opens, once per process, what a command may use: settings, terminal, clock, randomness, the engine's `Context` | `operation` `backend` `diary` `calendar_object` `caldav` `mail` `invitation` `telephony` `conference` `icalendar` `practice` `net` `credentials` `settings` `terminal` | |
//! | `terminal` | the only place that prints, asks and paints; implements `Report` | | |
//! | `operation` | what changes meetings: the journal, and the steps conference → diary → calendar → mail → output | `backend` `diary` `calendar_object` `caldav` `mail` `invitation` `telephony` `conference` | |
//! | `backend` | a signed-in session with a conferencing service; `pool` is OCS, Lync, Skype for Business, `graph` is Teams | `net` `proto` `conference` | |
//! | `diary` | the meetings: the shared folder of `.ics` files, our private state beside it, the index | `calendar_object` `icalendar` `conference` | |
//! | `calendar_object` | one meeting as a calendar file: new, read, revised (foreign bytes stay), turned into iTIP messages | `icalendar` `invitation` `telephony` `conference` | |
//! | `invitation` | a meeting as people read it: text, page, mail, card, JSON | `telephony` `conference` | |
//! | `caldav` | the organizer's calendar on a server; takes and gives text | `net` `icalendar` `xml` | |
//! | `net` | the way to other computers, for whoever goes there: name servers, sockets, TLS, HTTP and its sign-in | | |
//! | `mail` | one message to one address: SMTP, sendmail, folder; a `DeliveryStatus` for each | `net` `conference` | |
//! | `lint` | what calendars and mail programs would do with an invitation | `icalendar` `telephony` | |
//! | `practice` | the pool on the other side of `proto`, its page, and the meetings that Graph serves | `proto` `xml` `conference` | |
//! | `proto` | SIP, NTLM, C3P, provisioning: codecs and state machines, no I/O, no clock | `xml` | |
//! | `icalendar` | lines whose bytes stay, components, times, zones, recurrence, and what can not be understood as `Diagnostic`s | | |
//! | `conference` | the nouns: conference, appointment, series, person, offer, plan; pure data | `icalendar` | |
//! | `telephony` | what telephones are told; whose number is local | `conference` | |
//! | `credentials` | a secret from its source: keyring, command, environment | `settings` | |
//! | `settings` | the file and the environment as plain data, with the origin of each value | `conference` | |
//! | `xml` | elements with namespaces, read within limits, written strictly | | |
//!
//! What a room hands on of another one escapes that table, so it is named here:
//!
//! | room | hands on | why |
//! | --- | --- | --- |
//! | `caldav` | `icalendar::ScheduleAgent` | a word of its own contract: who tells the people (RFC 6638) |
//!
//! `cli`, `commands` and `lib` know clap. `conference`, `invitation` and `terminal` derive its
//! `ValueEnum`, and nothing else, so that a value has its name in one place: what is typed, listed in
//! the help and completed is what the type holds.
//!
//! # Laws
//!
//! 1. Arrows go as in the table; no circles between rooms. `backend` and `practice` meet in `proto` only.
//! 2. `operation` knows no clap, terminal, `App`, settings or wire word: it is handed a
//!    `Context`, which only `app` builds; tests build their own.
//! 3. The settings are read once a process, a file of the diary once (again only if its stat moved), a
//!    session is opened once for each person acted for, and shared by all operations of a run.
//! 4. A step is given what the step before found, and never reads it back.
//! 5. `diary.edit` is the one door that changes a meeting: it takes the newest file, and writes it with
//!    what only we may say of it. Whoever uses it holds that meeting's lock.
//! 6. The journal is written before anything leaves the machine. A record that can't be understood
//!    stops whatever it might double.
//! 7. `proto`, `icalendar`, `conference`, `lint`, `invitation`, `calendar_object`: no files, sockets,
//!    clock or randomness. Only `app` hands out clock and randomness; the practice pool is a server and has its own.
//!    Only `child` starts programs, and strips our secrets from what they inherit.
//! 8. Whoever reads foreign bytes returns what it understood and what not; the caller decides. An
//!    unreadable thing is never an absent one.
//! 9. A wire fact that nobody has confirmed stands in one place, marked `GUESS`, `INF` or `U`; a table in the
//!    header of `proto` lists them.
//! 10. Progress, warnings and questions go through `Report`; only `terminal` prints.
//!
//! # Words
//!
//! | word | what it is |
//! | --- | --- |
//! | operation | something asked for that changes a meeting: `Schedule`, `Update`, `Cancel`, `Invite`, `Refresh` |
//! | run | an operation on its way, with its record in the journal |
//! | attempt | one try of an operation: new, repeated under the same key, or resumed |
//! | token | 16 random bytes of an operation; the service makes the conference's id of it, so that what exists is ours |
//! | journal | the records of operations that are not finished, one file each |
//! | in doubt | asked for, and nobody knows whether it was done; the same call settles it |
//! | back end | a conferencing service with somebody signed in |
//! | capabilities, offer | what a kind of service can do; what it lets this user do now |
//! | plan | what a conference is to be, checked against both |
//! | account | whose a conference is, `SCHEME:ADDRESS`: `sip:ana@example.com` on a pool, `teams:…` on Teams |
//! | meeting id | the key of a conference on its service, 32 hexadecimal digits on a pool |
//! | dial-in id | what people dial, who call it *Conference ID* |
//! | ways in | links, numbers, Conference ID and passcode of a conference |
//! | appointment | a meeting with time and people; one of ours in the diary is an entry |
//! | state, notes | what only we may say of a meeting: who was mailed, its key; its conference as last seen |
//! | foreign | a meeting whose file leads to a conference of which there is no state here; `adopt` takes it in |
//! | index | what the files of the diary hold, by their stat; a cache, never the truth |
//! | recipient | who gets a mail about a meeting; `DeliveryStatus` is what became of it (RFC 3464) |
//! | calendar entry | the meeting on the organizer's calendar server (RFC 4791) |
//! | branding, template, view | how an organisation's invitations look; of what, and filled with what |
//! | focus, Focus Factory, registrar, authenticator | the pool's own words, in `proto`, `practice` and `backend::pool` |
//!
//! # Where a new one goes
//!
//! A verb: `commands/x.rs`, `cli.rs`, `commands/mod.rs`. Something that changes meetings: the same, and
//! `operation/x.rs`, `operation/mod.rs`, and where the compiler then asks what it means: `perform`,
//! `left`, `recipients`. What makes a meeting of something, as `copy` does, is a `Schedule` and needs
//! none of them. A service: `backend/x/`, `backend/mod.rs`, `settings/mod.rs`, `app/account.rs`. A way
//! of mail, a lint rule, an output format, a sign-in mechanism: one file beside its brothers.
//! A language: a data file, `invitation/words/x.toml`, its line in `words/mod.rs`, and its variant in
//! `conference/wording.rs`.

mod app;
mod atomic_file;
mod backend;
mod caldav;
pub mod calendar_object;
mod child;
mod cli;
mod commands;
pub mod conference;
mod credentials;
mod database;
mod diary;
pub mod error;
mod hex;
pub mod icalendar;
mod interrupt;
pub mod invitation;
pub mod lint;
mod mail;
mod net;
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
    if let Some(candidates) = Cli::complete(&arguments) {
        // A shell that has gone wants no answer.
        let _ = Terminal::new(Verbosity::default()).print(&candidates);
        return ExitCode::SUCCESS;
    }
    let cli = match Cli::read(arguments) {
        Ok(cli) => cli,
        Err(error) => return print_usage(&error),
    };
    // Begun by any other call, OpenSSL would clear its memory away when the process ends, while threads
    // still use it: it crashed, rarely, behind everything that was done.
    openssl::init();
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
fn print_usage(error: &clap::Error) -> ExitCode {
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
