//! Requests to one server: bounded in size, time and redirects; the password goes to its origin
//! alone.

use std::cell::{Cell, RefCell};
use std::io::Read;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use reqwest::blocking::Response;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use reqwest::redirect::Policy;
use reqwest::{Method, Url};

use crate::caldav::sign_in::{self, Login, Way};
use crate::caldav::{Access, PasswordOf, address};
use crate::error::{Error, Kind, Result};
use crate::hex::hex;
use crate::icalendar::Object;
use crate::report::Report;
use crate::secret::Secret;

/// Largest answer that is read, in octets: an entry, and what a server adds to it.
const LARGEST: usize = 2 * Object::LARGEST;
/// Redirects of one request that are followed.
const REDIRECTS: usize = 5;

/// What is asked.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) url: Url,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Vec<u8>>,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    /// Where it came from, redirects followed.
    pub(super) url: Url,
    headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// The way to web servers: no redirects, no password.
pub(super) struct Web {
    inner: reqwest::blocking::Client,
    timeout: Duration,
    report: Rc<dyn Report>,
}

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

impl Request {
    pub(super) fn new(method: &'static str, url: &Url) -> Self {
        Self {
            method,
            url: url.clone(),
            headers: Vec::new(),
            body: None,
        }
    }

    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// With a body of that type.
    pub(super) fn body(self, kind: &str, body: &[u8]) -> Self {
        let mut whole = self.header("Content-Type", kind);
        whole.body = Some(body.to_vec());
        whole
    }
}

impl Answer {
    /// Value of a header that is plain text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All headers of that name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let values = self.headers.get_all(name).into_iter();
        values.filter_map(|value| value.to_str().ok())
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Where it sends us; none: it is no redirect.
    pub(super) fn redirect(&self) -> Option<Url> {
        let is_redirect = matches!(self.status, 301 | 302 | 303 | 307 | 308);
        let location = self.headers.get(LOCATION).filter(|_| is_redirect)?;
        self.url.join(location.to_str().ok()?).ok()
    }
}

impl Web {
    /// `is_here`: it leads to this machine alone, where no proxy finds anything, and where none
    /// shall read what stays on it.
    pub(super) fn new(
        ca_file: Option<&Path>,
        is_here: bool,
        timeout: Duration,
        report: Rc<dyn Report>,
    ) -> Result<Self> {
        let mut builder = reqwest::blocking::Client::builder()
            .user_agent(concat!("confctl/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .referer(false)
            .timeout(timeout);
        if is_here {
            builder = builder.no_proxy();
        }
        for certificate in read_certificates(ca_file)? {
            builder = builder.add_root_certificate(certificate);
        }
        let inner = builder.build();
        let failed = |error| Error::failed(format!("can't ask web servers: {}", cause(&error)));
        Ok(Self {
            inner: inner.map_err(failed)?,
            timeout,
            report,
        })
    }

    /// Asks once.
    pub(super) fn ask(&self, request: &Request, authorization: Option<&Secret>) -> Result<Answer> {
        let started = Instant::now();
        let unreachable = |why: String| unreachable(&request.url, &why);
        let response = self.send(request, authorization)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = read(response, started + self.timeout).map_err(unreachable)?;
        self.report.wire(
            '*',
            &format!("{} {}: {status}", request.method, request.url),
        );
        Ok(Answer {
            status,
            url: request.url.clone(),
            headers,
            body,
        })
    }

    fn send(&self, request: &Request, authorization: Option<&Secret>) -> Result<Response> {
        let failed = |why: &str| Error::failed(format!("can't ask {}: {why}", request.url));
        let method = Method::from_bytes(request.method.as_bytes());
        let method = method.map_err(|error| failed(&error.to_string()))?;
        let mut asked = self.inner.request(method, request.url.clone());
        for (name, value) in &request.headers {
            asked = asked.header(*name, value);
        }
        if let Some(secret) = authorization {
            let value = HeaderValue::from_bytes(secret.expose().as_bytes());
            let mut value = value.map_err(|_| failed("the user name has control characters"))?;
            value.set_sensitive(true);
            asked = asked.header(AUTHORIZATION, value);
        }
        if let Some(body) = &request.body {
            asked = asked.body(body.clone());
        }
        asked.send().map_err(|error| {
            self.report.wire(
                '*',
                &format!("{} {}: no answer", request.method, request.url),
            );
            unreachable(&request.url, &cause(&error))
        })
    }
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
        address::host(&self.origin)
    }

    /// Who signs in.
    pub(super) fn user(&self) -> &str {
        &self.user
    }

    /// Whether the password may go there.
    pub(super) fn trusts(&self, url: &Url) -> bool {
        // Who signs in is not for an answer to say.
        let is_bare = url.username().is_empty() && url.password().is_none();
        url.origin() == self.origin.origin() && address::is_safe(url) && is_bare
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
            .ask(request, self.authorization(request).as_ref())?;
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
        let answer = self
            .web
            .ask(request, self.authorization(request).as_ref())?;
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
        let covered = sign_in::Request {
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
    let there = address::host(url);
    let (why, hint) = if address::is_safe(url) {
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
    let scheme = address::printable(url.scheme());
    let what = format!("{host} sends us on to {scheme}://{there}, and {why}");
    Error::new(Kind::Refused, what).hint(hint)
}

/// More redirects than anybody needs.
pub(super) fn circles(url: &Url) -> Error {
    unreachable(url, "it sends us on and on")
}

/// No answer, or one that makes no sense.
pub(super) fn unreachable(url: &Url, why: &str) -> Error {
    let host = address::host(url);
    Error::new(
        Kind::Unreachable,
        format!("the calendar server {host} can't be used: {why}"),
    )
}

/// Reads to the end, at most [`LARGEST`] octets, in time.
fn read(mut response: Response, until: Instant) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    let mut piece = [0; 16 * 1024];
    loop {
        let length = response.read(&mut piece);
        let length = length.map_err(|_| "its answer breaks off, or takes too long".to_owned())?;
        body.extend(piece.get(..length).unwrap_or_default());
        if length == 0 {
            return Ok(body);
        }
        if body.len() > LARGEST {
            return Err("its answer is larger than 8 MiB".to_owned());
        }
        if Instant::now() > until {
            return Err("its answer takes too long".to_owned());
        }
    }
}

fn read_certificates(file: Option<&Path>) -> Result<Vec<reqwest::Certificate>> {
    let Some(file) = file else {
        return Ok(Vec::new());
    };
    let wrong = |why: String| {
        Error::usage(format!(
            "can't use ca_file '{}' of the calendar: {why}",
            file.display()
        ))
    };
    let pem = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
    let all = reqwest::Certificate::from_pem_bundle(&pem);
    all.map_err(|error| wrong(cause(&error)))
}

/// The innermost cause says what happened; reqwest's own words only repeat the address.
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let io = cause.downcast_ref::<std::io::Error>();
    match io.map(std::io::Error::kind) {
        Some(std::io::ErrorKind::ConnectionRefused) => "nothing listens there".to_owned(),
        _ => address::printable(&cause.to_string()),
    }
}
