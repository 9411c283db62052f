//! The way of a mail: SMTP, the sendmail program, or a folder.
//!
//! Whatever happens to a mail, one of four things is known of it afterwards, and `Unknown` is said
//! only when the whole mail had gone out and nobody answered.

mod folder;
mod route;
mod sendmail;
mod smtp;

pub use route::{Route, Smtp};

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::atomic_file;
use crate::error::Result;
use crate::net::tls::Tls;
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

/// What became of a mail (RFC 3464).
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryStatus {
    /// The next one on its way has taken it over.
    Sent,
    /// Not sent, and the same mail would be refused again; why, with the reply code (RFC 5321 4.2.3)
    /// where there was one.
    Refused(String),
    /// Not sent, but another try may help; why.
    Failed(String),
    /// All of it went out and no answer came: it may be there or not. What happened instead.
    Unknown(String),
}

impl DeliveryStatus {
    /// The word for tables and programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Why it was not sent, or why nobody knows.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Sent => None,
            Self::Refused(why) | Self::Failed(why) | Self::Unknown(why) => Some(why),
        }
    }
}

/// Somebody who takes mails.
pub trait Transport {
    /// Whether bodies may have bytes above 127 (8BITMIME, RFC 6152). Connects. Not where nobody knows
    /// which way a mail goes on.
    fn ask_8bit(&mut self) -> Result<bool> {
        Ok(false)
    }

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
    ) -> Result<DeliveryStatus>;
}

/// How a way is used.
#[derive(Clone, Debug)]
pub struct Options {
    /// What a server's certificate is checked against.
    pub tls: Tls,
    /// Longest wait for one answer. RFC 5321 4.5.3.2 would wait for minutes, people at a terminal
    /// would not; only the answer to a whole mail is waited for longer.
    pub timeout: Duration,
}

/// Prepares a way; SMTP connects with the first mail. `password` is asked for only if somebody is
/// to sign in.
pub fn open(
    route: &Route,
    options: &Options,
    password: impl FnOnce(&Smtp) -> Result<Secret>,
    report: Rc<dyn Report>,
) -> Result<Box<dyn Transport>> {
    Ok(match route {
        Route::Smtp(server) => {
            let password = server.user.as_ref().map(|_| password(server)).transpose()?;
            Box::new(smtp::SmtpTransport::new(
                server.clone(),
                password,
                options,
                report,
            ))
        }
        Route::Sendmail(program) => {
            Box::new(sendmail::Program::new(program.clone(), options.timeout)?)
        }
        Route::Folder(folder) => {
            atomic_file::sweep(folder);
            Box::new(folder::Folder::new(folder.clone()))
        }
    })
}

/// What others say, as one line that a terminal and a table can take.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 300;
    let spaced = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let line: String = spaced.take(LONGEST).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
