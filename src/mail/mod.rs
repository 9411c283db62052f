//! The way of a mail: SMTP, the sendmail program, or a folder.
//!
//! Whatever happens to a mail, one of four things is known of it afterwards, and `Unknown` is said
//! only when the whole mail had gone out and nobody answered.

mod folder;
mod route;
mod sendmail;
mod settings;
mod smtp;

pub use route::{Route, Smtp};
pub use settings::{Settings, password};

use std::rc::Rc;

use crate::error::Result;
use crate::report::Report;
use crate::secret::Secret;

/// One mail to one address, as the mail says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Message-ID, with its angle brackets (RFC 5322 3.6.4).
    pub id: String,
    /// Who gets the bounces, `user@domain`.
    pub from: String,
    /// Who gets the mail, `user@domain`.
    pub to: String,
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Taken over by the next one on its way.
    Sent {
        /// What was said about it, for people who look for it in a log.
        note: Option<String>,
    },
    /// Not sent, and the same mail would be refused again.
    Refused {
        /// Reply code (RFC 5321 4.2.3), when there was one.
        code: Option<u16>,
        /// Why.
        words: String,
    },
    /// Not sent, but it may be tried again.
    Later {
        /// Reply code, when there was one.
        code: Option<u16>,
        /// Why.
        words: String,
    },
    /// All of it went out and no answer came: it may be there or not.
    Unknown {
        /// What happened instead.
        words: String,
    },
}

/// Somebody who takes mails.
pub trait Transport {
    /// Whether bodies may have bytes above 127 (8BITMIME, RFC 6152). Connects.
    fn takes_8bit(&mut self) -> Result<bool>;

    /// Carries one mail, whose lines end with CRLF.
    ///
    /// `before_data` is called at most once: when sender and recipient are accepted, and
    /// before the mail itself goes out. If it fails, nothing is sent and its error is the result.
    /// Other errors are what stops all mails (no connection, TLS, a wrong password, an unwelcome
    /// sender); they come before that call and never after it.
    fn send(
        &mut self,
        envelope: &Envelope,
        bytes: &[u8],
        before_data: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Fate>;
}

/// Prepares a way; SMTP connects with the first mail. `password` is asked for only if somebody is
/// to sign in.
pub fn open(
    route: &Route,
    settings: &Settings,
    password: impl FnOnce(&Smtp) -> Result<Secret>,
    report: Rc<dyn Report>,
) -> Result<Box<dyn Transport>> {
    Ok(match route {
        Route::Smtp(server) => {
            let password = server.user.as_ref().map(|_| password(server)).transpose()?;
            Box::new(smtp::SmtpTransport::new(
                server.clone(),
                password,
                settings,
                report,
            ))
        }
        Route::Sendmail(program) => {
            Box::new(sendmail::Program::new(program.clone(), settings.timeout())?)
        }
        Route::Folder(folder) => Box::new(folder::Folder::new(folder.clone())),
    })
}

/// What others say, as one line that a terminal and a table can take.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 300;
    let spaced = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let line: String = spaced.take(LONGEST).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
