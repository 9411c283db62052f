//! Letters for a mail server (RFC 5321), many over one connection.
//!
//! ```text
//!            ┌───────────── next mail, RSET after a refusal ──────────────┐
//!            ▼                                                              │
//! session ─► MAIL ─► RCPT ─► the caller notes it ─► DATA ─► the mail ─► "." ─► reply
//!            └──── lost: connect again ────┘         └─ lost: Later ─┘     └ lost: Unknown
//! ```
//!
//! lettre's own connection is not used: it waits anew for every byte and reads lines of any length,
//! keeps what was said before STARTTLS for an answer after it, and does not tell a mail that was
//! cut off from one that nobody answered.

mod negotiated;
mod reply;
mod session;
#[cfg(test)]
mod tests;
mod wire;

use std::rc::Rc;
use std::time::Duration;

use crate::error::{Error, Kind, Result};
use crate::mail::smtp::negotiated::{Negotiated, stuff};
use crate::mail::smtp::reply::Reply;
use crate::mail::smtp::session::{Session, Way};
use crate::mail::smtp::wire::Lost;
use crate::mail::{DeliveryStatus, Envelope, Options, Smtp, Transport};
use crate::report::Report;
use crate::secret::Secret;

/// How many timeouts the answer to a whole mail gets: servers look into it before they
/// take it over, and who leaves early sends it twice (RFC 5321 4.5.3.2.6).
const FOR_THE_LETTER: u32 = 10;
/// After so many lost connections in a row it is not the mail's fault.
const MOST_LOST: usize = 3;
/// How long we wait for a goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// A mail server, connected to when there is something to carry.
pub(super) struct SmtpTransport {
    way: Way,
    session: Option<Session>,
    /// Why connections were lost, one after another, with no mail between that went well.
    losses: Vec<String>,
}

/// Why a mail was not taken, before any of it went out.
struct NotTaken {
    /// Whether it was for its sender, so that no other mail would be.
    sender: bool,
    why: Why,
}

enum Why {
    Said(Reply),
    Lost(Lost),
}

impl SmtpTransport {
    pub(super) fn new(
        server: Smtp,
        password: Option<Secret>,
        options: &Options,
        report: Rc<dyn Report>,
    ) -> Self {
        Self {
            way: Way {
                server,
                password,
                tls: options.tls.clone(),
                timeout: options.timeout,
                report,
            },
            session: None,
            losses: Vec::new(),
        }
    }

    fn ensure_session(&mut self) -> Result<&mut Session> {
        match &mut self.session {
            Some(session) => Ok(session),
            empty => Ok(empty.insert(self.way.open_session()?)),
        }
    }

    /// Has sender and recipient accepted. A connection that has carried mails may have been
    /// closed meanwhile, or the server may want no more of them over it.
    fn announce(&mut self, negotiated: &Negotiated) -> Result<Option<DeliveryStatus>> {
        loop {
            let timeout = self.way.timeout;
            let session = self.ensure_session()?;
            if let Some(status) = negotiated.obstacle(&session.offers) {
                return Ok(Some(status));
            }
            let used = session.envelopes > 0;
            match session.announce(negotiated, timeout) {
                Ok(()) => return Ok(None),
                Err(refusal) if used && refusal.is_tiredness() => self.hang_up(),
                Err(refusal) => return self.settle(negotiated, refusal).map(Some),
            }
        }
    }

    fn settle(&mut self, negotiated: &Negotiated, refusal: NotTaken) -> Result<DeliveryStatus> {
        match refusal.why {
            Why::Lost(lost) => Ok(self.cut(lost)),
            Why::Said(reply) if refusal.sender && condemns_sender(&reply) => {
                self.hang_up();
                Err(self.unwelcome(&negotiated.from, &reply))
            }
            Why::Said(reply) => {
                self.start_over(&reply);
                Ok(status_of(&reply))
            }
        }
    }

    /// No mail of this sender would be taken.
    fn unwelcome(&self, from: &str, reply: &Reply) -> Error {
        let server = &self.way.server;
        let what = format!(
            "the mail server {server} takes no mail from {from}: {}",
            reply.quote()
        );
        let error = Error::new(Kind::NotSignedIn, what);
        match server.user {
            Some(_) => error.hint("check from below [mail] in the settings"),
            None => error.hint("name who signs in, as in smtp://user@host"),
        }
    }

    fn send_data(&mut self, bytes: &[u8]) -> Result<DeliveryStatus> {
        let timeout = self.way.timeout;
        let Some(session) = &mut self.session else {
            return Ok(DeliveryStatus::Failed("the connection is gone".to_owned()));
        };
        session.envelopes += 1;
        match session.wire.ask("DATA", timeout) {
            Ok(reply) if reply.code == 354 => {}
            Ok(reply) => {
                self.start_over(&reply);
                return Ok(status_of(&reply));
            }
            Err(lost) => return Ok(self.cut(lost)),
        }
        let shown = format!("({} bytes)", bytes.len());
        session.wire.show('>', &shown);
        // Without the line that ends it no server takes a mail over (RFC 5321 4.1.1.4).
        if let Err(lost) = session.wire.send(&stuff(bytes), timeout) {
            return Ok(self.cut(lost));
        }
        match session.wire.ask(".", timeout * FOR_THE_LETTER) {
            Ok(reply) if (200..300).contains(&reply.code) => {
                self.losses.clear();
                Ok(DeliveryStatus::Sent)
            }
            Ok(reply) if reply.is_good() => Ok(self.doubt(&reply.quote())),
            Ok(reply) => {
                self.start_over(&reply);
                Ok(status_of(&reply))
            }
            Err(lost) => Ok(self.doubt(&lost.0)),
        }
    }
}

impl SmtpTransport {
    /// A server that loses every connection is asked for no more mails.
    fn give_up(&mut self) -> Result<()> {
        match self.losses.last() {
            Some(words) if self.losses.len() >= MOST_LOST => {
                let error = self.way.unreachable(&Lost(words.clone()));
                self.losses.clear();
                Err(error)
            }
            _ => Ok(()),
        }
    }

    /// Lost before all of the mail was out.
    fn cut(&mut self, lost: Lost) -> DeliveryStatus {
        self.session = None;
        let status = DeliveryStatus::Failed(lost.0.clone());
        self.losses.push(lost.0);
        status
    }

    /// Lost after all of the mail was out.
    fn doubt(&mut self, words: &str) -> DeliveryStatus {
        self.session = None;
        self.losses.push(words.to_owned());
        DeliveryStatus::Unknown(words.to_owned())
    }

    /// Makes the connection fit for another mail after a refusal.
    fn start_over(&mut self, reply: &Reply) {
        self.losses.clear();
        let timeout = self.way.timeout;
        let fit = self.session.as_mut().is_some_and(|session| {
            // 421: the server is about to close the connection (RFC 5321 3.8).
            reply.code != 421
                && matches!(session.wire.ask("RSET", timeout), Ok(reply) if reply.is_good())
        });
        if !fit {
            self.session = None;
        }
    }

    fn hang_up(&mut self) {
        if let Some(mut session) = self.session.take() {
            let _ = session.wire.ask("QUIT", self.way.timeout.min(GOODBYE));
        }
    }
}

impl Transport for SmtpTransport {
    fn ask_8bit(&mut self) -> Result<bool> {
        Ok(self.ensure_session()?.offers.eight_bit)
    }

    fn send(
        &mut self,
        envelope: &Envelope,
        bytes: &[u8],
        before_data: &mut dyn FnMut() -> Result<()>,
    ) -> Result<DeliveryStatus> {
        self.give_up()?;
        let Some(negotiated) = Negotiated::of(envelope, bytes) else {
            return Ok(DeliveryStatus::Refused(
                "not an address that mail servers take".to_owned(),
            ));
        };
        if let Some(status) = self.announce(&negotiated)? {
            return Ok(status);
        }
        if let Err(error) = before_data() {
            self.hang_up();
            return Err(error);
        }
        self.send_data(bytes)
    }
}

impl Drop for SmtpTransport {
    fn drop(&mut self) {
        self.hang_up();
    }
}

impl Session {
    fn announce(&mut self, negotiated: &Negotiated, timeout: Duration) -> Result<(), NotTaken> {
        let mail = negotiated.mail_command(&self.offers);
        let rcpt = format!("RCPT TO:<{}>", negotiated.to);
        for (line, sender) in [(mail, true), (rcpt, false)] {
            let why = match self.wire.ask(&line, timeout) {
                Ok(reply) if reply.is_good() => continue,
                Ok(reply) => Why::Said(reply),
                Err(lost) => Why::Lost(lost),
            };
            return Err(NotTaken { sender, why });
        }
        Ok(())
    }
}

impl NotTaken {
    /// Whether a new connection may help: this one is gone, or the server has had enough of it.
    fn is_tiredness(&self) -> bool {
        match &self.why {
            Why::Lost(_) => true,
            Why::Said(reply) => reply.code == 421 || (self.sender && !reply.is_final()),
        }
    }
}

/// Whether MAIL was refused for its sender and not for the size of this mail (RFC 1870 6.1).
fn condemns_sender(reply: &Reply) -> bool {
    reply.is_final() && reply.code != 552
}

fn status_of(reply: &Reply) -> DeliveryStatus {
    match reply.is_final() {
        true => DeliveryStatus::Refused(reply.quote()),
        false => DeliveryStatus::Failed(reply.quote()),
    }
}
