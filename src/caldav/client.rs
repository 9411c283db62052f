//! Requests to the calendar's server: the password goes to its origin alone.

use std::cell::{Cell, RefCell};

use reqwest::Url;
use reqwest::header::WWW_AUTHENTICATE;

use crate::caldav::{Access, PasswordOf};
use crate::error::{Error, Kind, Result};
use crate::hex::hex;
use crate::icalendar::Object;
use crate::net::http::{Answer, NoAnswer, Request, Web, is_safe, printable, shown_host};
use crate::net::sign_in::{self, Login, Way};
use crate::secret::Secret;

/// Largest answer that is read, in octets: an entry, and what a server adds to it.
pub(super) const LARGEST: usize = 2 * Object::LARGEST;
/// Redirects of one request that are followed.
const REDIRECTS: usize = 5;

/// A server at which somebody signs in when it asks.
pub(super) struct Client {
    web: Web,
    /// Any address of the one origin.
    origin: Url,
    user: String,
    password: Box<PasswordOf>,
    seed: [u8; 16],
    signed: RefCell<Option<(Login, Way)>>,
    /// How often the nonce was used.
    count: Cell<u32>,
}

impl Client {
    /// Trusts the origin of `origin` from now on.
    pub(super) fn new(web: Web, origin: Url, user: String, access: Access) -> Self {
        Self {
            web,
            origin,
            user,
            password: access.password,
            seed: access.seed,
            signed: RefCell::new(None),
            count: Cell::new(0),
        }
    }

    /// Host of the server.
    pub(super) fn host(&self) -> String {
        shown_host(&self.origin)
    }

    /// Who signs in.
    pub(super) fn user(&self) -> &str {
        &self.user
    }

    /// Whether the password may go there.
    pub(super) fn trusts(&self, url: &Url) -> bool {
        // Who signs in is not for an answer to say.
        let is_bare = url.username().is_empty() && url.password().is_none();
        url.origin() == self.origin.origin() && is_safe(url) && is_bare
    }

    /// Asks, signing in if need be. Redirects are followed where the password may go too.
    pub(super) fn ask(&self, request: Request) -> Result<Answer> {
        let mut request = request;
        for _ in 0..=REDIRECTS {
            if !self.trusts(&request.url) {
                return Err(stray(&self.host(), &request.url));
            }
            let answer = self.ask_signed(&request)?;
            match answer.redirect() {
                Some(url) => request.url = url,
                None => return Ok(answer),
            }
        }
        Err(circles(&self.origin))
    }

    /// Offers the password before the server asks for it.
    pub(super) fn sign_in_first(&self) -> Result<bool> {
        if self.signed.borrow().is_some() {
            return Ok(false);
        }
        self.sign(Way::Basic)?;
        Ok(true)
    }

    fn ask_signed(&self, request: &Request) -> Result<Answer> {
        let was_signed = self.signed.borrow().is_some();
        let answer = self
            .web
            .ask(request, self.authorization(request).as_ref())
            .map_err(|none| no_answer(&request.url, &none))?;
        if answer.status != 401 {
            return Ok(answer);
        }
        let way = sign_in::way(answer.all(WWW_AUTHENTICATE.as_str()));
        let way = way.ok_or_else(|| self.no_way())?;
        // A digest may have been of a nonce that grew old; Basic is right or wrong.
        if was_signed && way == Way::Basic {
            return Err(self.wrong_password());
        }
        self.sign(way)?;
        let answer = match self.web.ask(request, self.authorization(request).as_ref()) {
            // Some servers hang up after a 401 and don't say so: what was sent over that connection
            // was not read.
            Err(none) if none.is_hang_up => {
                self.web.ask(request, self.authorization(request).as_ref())
            }
            answer => answer,
        };
        let answer = answer.map_err(|none| no_answer(&request.url, &none))?;
        match answer.status {
            401 => Err(self.wrong_password()),
            _ => Ok(answer),
        }
    }

    /// The password is asked for once.
    fn sign(&self, way: Way) -> Result<()> {
        let known = self.signed.borrow_mut().take();
        let login = match known {
            Some((login, _)) => login,
            None => self.get_login()?,
        };
        self.count.set(0);
        *self.signed.borrow_mut() = Some((login, way));
        Ok(())
    }

    fn get_login(&self) -> Result<Login> {
        if self.user.contains(':') || self.user.contains(char::is_control) {
            return Err(Error::usage(format!(
                "'{}' can't sign in at {}: a user name has no colon and no control characters",
                self.user,
                self.host()
            )));
        }
        let name = format!("caldav:{}@{}", self.user, self.host());
        Ok(Login {
            user: self.user.clone(),
            password: (self.password)(&name)?,
        })
    }

    fn authorization(&self, request: &Request) -> Option<Secret> {
        let signed = self.signed.borrow();
        let (login, way) = signed.as_ref()?;
        self.count.set(self.count.get().saturating_add(1));
        let query = request.url.query().map(|query| format!("?{query}"));
        let target = format!("{}{}", request.url.path(), query.unwrap_or_default());
        let covered = sign_in::Covered {
            method: request.method,
            target: &target,
            count: self.count.get(),
            client_nonce: &hex(&self.seed),
        };
        Some(way.authorization(login, &covered))
    }

    fn no_way(&self) -> Error {
        let host = self.host();
        Error::new(
            Kind::NotSignedIn,
            format!("{host} offers no way to sign in that confctl knows: expected Basic or Digest"),
        )
        .hint("perhaps it gives out passwords for single programs, or has another address for them")
    }

    fn wrong_password(&self) -> Error {
        Error::new(
            Kind::NotSignedIn,
            format!("{} does not take the password of {}", self.host(), self.user),
        )
        .hint("set user in [calendar] of the settings if the name is another one there; some servers want a password made for this program alone")
    }
}

/// A redirect, or an address in an answer, to where the password must not go.
pub(super) fn stray(host: &str, url: &Url) -> Error {
    let there = shown_host(url);
    let (why, hint) = if is_safe(url) {
        let hint =
            format!("if you trust {there}, set url in [calendar] of the settings to its address");
        (format!("the password is for {host} alone"), hint)
    } else {
        let hint =
            "set url in [calendar] of the settings to the https:// address of the calendar itself";
        (
            "everybody on the way could read the password".to_owned(),
            hint.to_owned(),
        )
    };
    let scheme = printable(url.scheme());
    let what = format!("{host} sends us on to {scheme}://{there}, and {why}");
    Error::new(Kind::Refused, what).hint(hint)
}

/// More redirects than anybody needs.
pub(super) fn circles(url: &Url) -> Error {
    unreachable(url, "it sends us on and on")
}

/// Nothing came back from there.
pub(super) fn no_answer(url: &Url, none: &NoAnswer) -> Error {
    let error = unreachable(url, &none.why);
    none.hints.iter().cloned().fold(error, Error::hint)
}

/// No answer, or one that makes no sense.
pub(super) fn unreachable(url: &Url, why: &str) -> Error {
    let host = shown_host(url);
    Error::new(
        Kind::Unreachable,
        format!("the calendar server {host} can't be used: {why}"),
    )
}
