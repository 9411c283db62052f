//! Requests to web servers, one at a time: bounded in size and time, with no redirect followed and no
//! password sent that was not asked for.

use std::io::Read;
use std::rc::Rc;
use std::time::{Duration, Instant};

use reqwest::blocking::Response;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Method, Url};

use crate::error::{Error, Result};
use crate::net::legacy;
use crate::net::socket::is_here;
use crate::net::tls::{Failure, Tls};
use crate::report::Report;
use crate::secret::Secret;

/// What we call ourselves.
pub(super) const USER_AGENT: &str = concat!("confctl/", env!("CARGO_PKG_VERSION"));

/// How web servers are asked.
pub struct Options {
    /// What their certificates are checked against.
    pub tls: Tls,
    /// Longest wait for one answer, all of it.
    pub timeout: Duration,
    /// Largest answer that is read, in octets.
    pub largest: usize,
    /// Whether only this machine is asked, where no proxy finds anything, and where none shall read
    /// what stays on it.
    pub stays_here: bool,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// In upper case.
    pub method: &'static str,
    /// Of whom.
    pub url: Url,
    /// Name and value.
    pub headers: Vec<(&'static str, String)>,
    /// What is sent along.
    pub body: Option<Vec<u8>>,
}

/// What came back.
pub struct Answer {
    /// RFC 9110 15
    pub status: u16,
    /// Where it came from.
    pub url: Url,
    headers: HeaderMap,
    /// All of it.
    pub body: Vec<u8>,
}

/// Nothing came back, or nothing whole.
#[derive(Debug)]
pub struct NoAnswer {
    /// As a clause.
    pub why: String,
    /// What the user can do.
    pub hints: Vec<String>,
    /// Whether the request may have reached the server.
    pub may_be_done: bool,
    /// Whether the server hung up before it answered.
    pub is_hang_up: bool,
}

/// The way to web servers.
pub struct Web {
    inner: reqwest::blocking::Client,
    options: Options,
    report: Rc<dyn Report>,
}

impl Request {
    /// Without headers and body.
    pub fn new(method: &'static str, url: &Url) -> Self {
        Self {
            method,
            url: url.clone(),
            headers: Vec::new(),
            body: None,
        }
    }

    /// Asks for what is at an address; why there can't be anything, as a clause.
    pub fn get(address: &str) -> Result<Self, String> {
        let url = Url::parse(address).map_err(|error| error.to_string())?;
        Ok(Self::new("GET", &url))
    }

    /// With one more header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// With a body of that type.
    pub fn body(self, kind: &str, body: &[u8]) -> Self {
        let mut whole = self.header("Content-Type", kind);
        whole.body = Some(body.to_vec());
        whole
    }
}

impl Answer {
    /// Value of a header that is plain text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All headers of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let values = self.headers.get_all(name).into_iter();
        values.filter_map(|value| value.to_str().ok())
    }

    /// Whether it was done.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Where it sends us; none: it is no redirect.
    pub fn redirect(&self) -> Option<Url> {
        let is_redirect = matches!(self.status, 301 | 302 | 303 | 307 | 308);
        let location = self.headers.get(LOCATION).filter(|_| is_redirect)?;
        self.url.join(location.to_str().ok()?).ok()
    }
}

impl Web {
    /// Prepares the way; nobody is asked yet.
    pub fn new(options: Options, report: Rc<dyn Report>) -> Result<Self> {
        let mut builder = reqwest::blocking::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(Policy::none())
            .referer(false)
            .timeout(options.timeout);
        if options.stays_here {
            builder = builder.no_proxy();
        }
        let failed = |why: String| Error::failed(format!("can't ask web servers: {why}"));
        let mut authorities = Vec::new();
        for certificate in options.tls.read_authorities()? {
            let der = certificate
                .to_der()
                .map_err(|error| failed(error.to_string()))?;
            let own = reqwest::Certificate::from_der(&der);
            authorities.push(own.map_err(|error| failed(cause_of(&error)))?);
        }
        builder = match options.tls.ca_files_only {
            true => builder.tls_certs_only(authorities),
            false => builder.tls_certs_merge(authorities),
        };
        Ok(Self {
            inner: builder.build().map_err(|error| failed(cause_of(&error)))?,
            options,
            report,
        })
    }

    /// Asks once.
    pub fn ask(
        &self,
        request: &Request,
        authorization: Option<&Secret>,
    ) -> Result<Answer, NoAnswer> {
        let started = Instant::now();
        let (method, url) = (request.method, &request.url);
        let Options { tls, timeout, .. } = &self.options;
        let parts = match tls.legacy && url.scheme() == "https" {
            true => legacy::ask(request, authorization, tls, *timeout, self.options.largest),
            false => self.send(request, authorization).and_then(|response| {
                let (status, headers) = (response.status().as_u16(), response.headers().clone());
                Ok((status, headers, self.read(response, started + *timeout)?))
            }),
        };
        let answer = parts.map(|(status, headers, body)| Answer {
            status,
            url: url.clone(),
            headers,
            body,
        });
        let what = match &answer {
            Ok(answer) => answer.status.to_string(),
            Err(_) => "no answer".to_owned(),
        };
        self.report.wire('*', &format!("{method} {url}: {what}"));
        answer
    }

    fn send(
        &self,
        request: &Request,
        authorization: Option<&Secret>,
    ) -> Result<Response, NoAnswer> {
        let odd = |why: &str| NoAnswer::before(why.to_owned(), Vec::new());
        let method = Method::from_bytes(request.method.as_bytes());
        let method = method.map_err(|error| odd(&error.to_string()))?;
        let mut asked = self.inner.request(method, request.url.clone());
        for (name, value) in &request.headers {
            asked = asked.header(*name, value);
        }
        if let Some(secret) = authorization {
            let value = HeaderValue::from_bytes(secret.expose().as_bytes());
            let mut value =
                value.map_err(|_| odd("what signs in there has control characters in it"))?;
            value.set_sensitive(true);
            asked = asked.header(AUTHORIZATION, value);
        }
        if let Some(body) = &request.body {
            asked = asked.body(body.clone());
        }
        asked
            .send()
            .map_err(|error| self.explain(&error, &request.url))
    }

    /// Why there is no answer.
    fn explain(&self, error: &reqwest::Error, url: &Url) -> NoAnswer {
        let failure = tls_failure_of(error);
        NoAnswer {
            why: match &failure {
                Some(failure) => failure.clause(&bare_host(url)),
                None => cause_of(error),
            },
            hints: failure.map_or(Vec::new(), |failure| failure.hints(&self.options.tls)),
            may_be_done: !error.is_connect() && !error.is_builder(),
            is_hang_up: is_hang_up(error),
        }
    }

    /// Reads to the end, in time.
    fn read(&self, mut response: Response, until: Instant) -> Result<Vec<u8>, NoAnswer> {
        let broken = |why: String| NoAnswer::after(why, false);
        let mut body = Vec::new();
        let mut piece = [0; 16 * 1024];
        loop {
            let length = response.read(&mut piece);
            let length = length
                .map_err(|_| broken("its answer breaks off, or takes too long".to_owned()))?;
            body.extend(piece.get(..length).unwrap_or_default());
            if length == 0 {
                return Ok(body);
            }
            if body.len() > self.options.largest {
                let most = self.options.largest >> 20;
                return Err(broken(format!("its answer is larger than {most} MiB")));
            }
            if Instant::now() > until {
                return Err(broken("its answer takes too long".to_owned()));
            }
        }
    }
}

impl NoAnswer {
    /// Nothing was sent.
    pub(super) fn before(why: String, hints: Vec<String>) -> Self {
        Self {
            why,
            hints,
            may_be_done: false,
            is_hang_up: false,
        }
    }

    /// It may have been read.
    pub(super) fn after(why: String, is_hang_up: bool) -> Self {
        Self {
            why,
            hints: Vec::new(),
            may_be_done: true,
            is_hang_up,
        }
    }
}

/// Whether what is sent there stays between us and the server: TLS, or this machine.
pub fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => is_on_loopback(url),
        _ => false,
    }
}

/// Whether it is this machine.
pub fn is_on_loopback(url: &Url) -> bool {
    is_here(&bare_host(url))
}

/// Host without the brackets of IPv6.
pub(super) fn bare_host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .to_owned()
}

/// Host, with the port if it is not the usual one, fit for a message.
pub fn shown_host(url: &Url) -> String {
    let host = printable(url.host_str().unwrap_or_default());
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}

/// Text of a server, short enough for a message.
pub fn printable(text: &str) -> String {
    let plain = text.chars().filter(|c| !c.is_control());
    plain.take(80).collect()
}

/// The innermost cause says what happened; reqwest's own words only repeat the address.
fn cause_of(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let innermost = causes(error).last();
    let io = causes(error).find_map(|cause| cause.downcast_ref::<std::io::Error>());
    match io.map(std::io::Error::kind) {
        Some(std::io::ErrorKind::ConnectionRefused) => "nothing listens there".to_owned(),
        _ if is_hang_up(error) => "it closed the connection".to_owned(),
        _ => innermost.map_or_else(
            || "it failed".to_owned(),
            |cause| printable(&cause.to_string()),
        ),
    }
}

fn is_hang_up(error: &reqwest::Error) -> bool {
    let hung_up = |cause: &(dyn std::error::Error + 'static)| {
        let io = cause.downcast_ref::<std::io::Error>();
        let hyper = cause.to_string();
        io.is_some_and(crate::net::is_hang_up)
            || hyper == "connection closed before message completed"
    };
    causes(error).any(hung_up)
}

/// None: it was not for TLS.
fn tls_failure_of(error: &reqwest::Error) -> Option<Failure> {
    let texts = causes(error).map(ToString::to_string);
    let mut texts = texts.filter(|text| text.contains("SSL routines"));
    let text = texts.next()?;
    let begins = text.find("error:").unwrap_or_default();
    Some(Failure::of_words(text.get(begins..)?))
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    let first: &(dyn std::error::Error + 'static) = error;
    std::iter::successors(Some(first), |cause| cause.source())
}
