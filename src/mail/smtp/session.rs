//! From the greeting to a server that takes mails: EHLO, TLS, AUTH.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::{Error, Kind, Result};
use crate::mail::Smtp;
use crate::mail::smtp::reply::{Offers, Reply};
use crate::mail::smtp::wire::{Lost, Wire};
use crate::net::tls::{Failure, Tls};
use crate::report::Report;
use crate::secret::Secret;

/// How to get to a server that takes mails.
pub(super) struct Way {
    pub(super) server: Smtp,
    /// None: nobody signs in.
    pub(super) password: Option<Secret>,
    pub(super) tls: Tls,
    /// Longest wait for one answer.
    pub(super) timeout: Duration,
    pub(super) report: Rc<dyn Report>,
}

/// A server that takes mails.
pub(super) struct Session {
    pub(super) wire: Wire,
    pub(super) offers: Offers,
    /// How many mails it was given.
    pub(super) envelopes: usize,
}

impl Way {
    /// Connects, and signs in if there is somebody to.
    pub(super) fn open_session(&self) -> Result<Session> {
        let wire = Wire::connect(&self.server, self.timeout, self.report.clone());
        let mut wire = wire.map_err(|lost| self.unreachable(&lost))?;
        if self.server.tls {
            self.secure(&mut wire)?;
        }
        let greeting = wire.read_reply(self.timeout);
        let greeting = greeting.map_err(|lost| self.no_greeting(&lost))?;
        if greeting.code != 220 {
            return Err(self.refusal("does not let us in", &greeting));
        }
        let mut session = Session {
            offers: self.introduce(&mut wire)?,
            wire,
            envelopes: 0,
        };
        if !session.wire.is_secure() && self.wants_tls(&mut session) {
            self.start_tls(&mut session)?;
        }
        self.sign_in(&mut session)?;
        Ok(session)
    }

    /// Mails in plain text stay on this computer, but any user of it may listen on a port of it, so
    /// that a password goes only to who has the certificate, if there is one.
    fn wants_tls(&self, session: &mut Session) -> bool {
        let here = self.server.is_here() && session.wire.stays_here();
        !here || (session.offers.starttls && self.password.is_some())
    }

    fn start_tls(&self, session: &mut Session) -> Result<()> {
        if !session.offers.starttls {
            let what = format!(
                "the mail server {} offers no STARTTLS, and mails go unencrypted to this computer only",
                self.server
            );
            return Err(Error::new(Kind::Unreachable, what)
                .hint("if it speaks TLS from the first byte, write smtps:// instead of smtp://"));
        }
        let reply = self.ask(&mut session.wire, "STARTTLS")?;
        if !reply.is_good() {
            return Err(self.refusal("does not start TLS", &reply));
        }
        self.secure(&mut session.wire)?;
        session.offers = self.introduce(&mut session.wire)?;
        Ok(())
    }

    fn secure(&self, wire: &mut Wire) -> Result<()> {
        let connector = self.tls.connector()?;
        let host = self.server.bare_host();
        let secured = wire.secure(&connector, host, self.timeout);
        secured.map_err(|failure| {
            let server = format!("the mail server {}", self.server);
            let error = failure.to_error(&server, host, &self.tls);
            match failure {
                Failure::NoTls | Failure::Timeout | Failure::HungUp | Failure::Other(_) => {
                    error.hint("ports 587 and 25 want smtp://, port 465 wants smtps://")
                }
                Failure::Certificate(_) | Failure::TooOld(_) => error,
            }
        })
    }

    /// Names itself by its address, as a computer without a name of its own does (RFC 5321 4.1.4).
    fn introduce(&self, wire: &mut Wire) -> Result<Offers> {
        let name = match wire.local_address() {
            Some(SocketAddr::V6(address)) => format!("[IPv6:{}]", address.ip()),
            Some(SocketAddr::V4(address)) => format!("[{}]", address.ip()),
            None => "localhost".to_owned(),
        };
        let reply = self.ask(wire, &format!("EHLO {name}"))?;
        if !reply.is_good() {
            return Err(self.refusal("does not answer EHLO", &reply));
        }
        Ok(Offers::read(&reply))
    }

    fn sign_in(&self, session: &mut Session) -> Result<()> {
        let (Some(user), Some(password)) = (&self.server.user, &self.password) else {
            return Ok(());
        };
        let wire = &mut session.wire;
        let reply = if session.offers.plain {
            let token = STANDARD.encode(format!("\0{user}\0{}", password.expose()));
            self.ask_masked(wire, &format!("AUTH PLAIN {token}"), "AUTH PLAIN (masked)")?
        } else if session.offers.login {
            self.auth_login(wire, user, password)?
        } else {
            let what = format!(
                "the mail server {} offers no way to sign in that confctl knows: expected PLAIN or LOGIN",
                self.server
            );
            return Err(Error::new(Kind::NotSignedIn, what));
        };
        if reply.is_good() {
            return Ok(());
        }
        let what = format!(
            "the mail server {} does not let '{user}' in: {}",
            self.server,
            reply.quote()
        );
        Err(match reply.is_final() {
            true => Error::new(Kind::NotSignedIn, what).hint(
                "check user and password; some providers want a password made for mail programs",
            ),
            false => Error::new(Kind::Unreachable, what),
        })
    }

    fn auth_login(&self, wire: &mut Wire, user: &str, password: &Secret) -> Result<Reply> {
        let mut reply = self.ask(wire, "AUTH LOGIN")?;
        for word in [user, password.expose()] {
            if reply.code != 334 {
                break;
            }
            reply = self.ask_masked(wire, &STANDARD.encode(word), "(masked)")?;
        }
        Ok(reply)
    }

    fn ask(&self, wire: &mut Wire, line: &str) -> Result<Reply> {
        self.ask_masked(wire, line, line)
    }

    fn ask_masked(&self, wire: &mut Wire, line: &str, shown: &str) -> Result<Reply> {
        wire.ask_in_secret(line, shown, self.timeout)
            .map_err(|lost| self.unreachable(&lost))
    }

    pub(super) fn unreachable(&self, lost: &Lost) -> Error {
        let what = format!("can't talk to the mail server {}: {lost}", self.server);
        Error::new(Kind::Unreachable, what).hint("check its name and port, and your network")
    }

    fn no_greeting(&self, lost: &Lost) -> Error {
        let error = self.unreachable(lost);
        if self.server.tls {
            return error;
        }
        error.hint("if it speaks TLS from the first byte, write smtps:// instead of smtp://")
    }

    fn refusal(&self, what: &str, reply: &Reply) -> Error {
        let what = format!("the mail server {} {what}: {}", self.server, reply.quote());
        Error::new(Kind::Unreachable, what)
    }
}
