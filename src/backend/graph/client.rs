//! Asking Graph: with the token of the user, patiently, and knowing what was left in doubt.

use std::cell::RefCell;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use super::{Account, refusal};
use crate::backend::Randomness;
use crate::error::{Error, Kind, Result};
use crate::hex::hex;
use crate::net::http::{Answer, NoAnswer, Options, Request, Web, is_on_loopback, shown_host};
use crate::report::Report;
use crate::secret::Secret;

/// Largest answer that is read, in octets.
const LARGEST: usize = 4 << 20;

/// How often something is asked for, the first time included.
const TRIES: u32 = 4;

/// The same where nobody answers, which takes long.
const TRIES_IN_SILENCE: u32 = 2;

/// The first pause where the service does not say how long to wait; each is twice as long.
const PAUSE: Duration = Duration::from_secs(1);

/// A request. Each can be made twice: a token is one meeting, and a change and a deletion say what shall
/// be.
pub(super) struct Call<'a> {
    pub(super) method: &'static str,
    /// Behind the base, with its query.
    pub(super) path: String,
    pub(super) body: Option<Vec<u8>>,
    /// What was being done, when the service refuses it.
    pub(super) doing: &'a str,
    /// What is not known when no answer comes; none: nothing is changed.
    pub(super) unknown: Option<&'a str>,
}

/// A user with a token.
pub(super) struct Client {
    account: Account,
    web: Web,
    token: RefCell<Secret>,
    random: Randomness,
    report: Rc<dyn Report>,
}

impl Client {
    /// Nobody is asked yet but whoever has the token.
    pub(super) fn new(
        account: Account,
        random: Randomness,
        report: Rc<dyn Report>,
    ) -> Result<Self> {
        let options = Options {
            tls: account.tls.clone(),
            timeout: account.timeout,
            largest: LARGEST,
            stays_here: is_on_loopback(&account.base),
        };
        Ok(Self {
            web: Web::new(options, report.clone())?,
            token: RefCell::new(get_token(&account)?),
            account,
            random,
            report,
        })
    }

    /// The account, as [`account_of`](crate::conference::account_of) writes it.
    pub(super) fn user(&self) -> &str {
        &self.account.user
    }

    /// Whether Graph is on this computer, as only one for practice can be.
    pub(super) fn is_on_loopback(&self) -> bool {
        is_on_loopback(&self.account.base)
    }

    pub(super) fn warn(&self, sentence: &str) {
        self.report.warn(sentence);
    }

    /// Asks until there is an answer, or the service has been asked often enough; none: there is no such
    /// meeting.
    pub(super) fn ask(&self, call: &Call<'_>) -> Result<Option<Answer>> {
        let unknown = call.unknown.map(|unknown| format!("confctl: {unknown}"));
        self.report.in_doubt(unknown.as_deref());
        let answer = self.ask_patiently(call);
        let is_in_doubt = |error: &Error| error.kind == Kind::InDoubt;
        if !answer.as_ref().is_err_and(is_in_doubt) {
            self.report.in_doubt(None);
        }
        answer
    }

    fn ask_patiently(&self, call: &Call<'_>) -> Result<Option<Answer>> {
        let mut doubt: Option<Error> = None;
        let mut has_new_token = false;
        let mut pause = PAUSE;
        for tries in 1.. {
            let answer = match self.send(call) {
                Ok(answer) => answer,
                Err(silence) => {
                    let error = self.unreachable(&silence);
                    if !silence.may_be_done {
                        return Err(doubt.unwrap_or(error));
                    }
                    doubt = doubt.or_else(|| in_doubt(call, &error));
                    if tries < TRIES_IN_SILENCE {
                        self.report
                            .step(&format!("{}: asking once more", silence.why));
                        continue;
                    }
                    return Err(doubt.unwrap_or(error));
                }
            };
            let is_of_graph = refusal::is_of_graph(&answer);
            match answer.status {
                200..=299 => return Ok(Some(answer)),
                // What a lost answer was about is gone now, as it was to be.
                404 if is_of_graph && call.method == "DELETE" && doubt.is_some() => {
                    return Ok(Some(answer));
                }
                // That it knows nothing of what an earlier try asked for says nothing of that.
                404 if is_of_graph => return doubt.map_or(Ok(None), Err),
                401 if !has_new_token => {
                    has_new_token = true;
                    match get_token(&self.account) {
                        Ok(token) => *self.token.borrow_mut() = token,
                        Err(error) => return Err(doubt.unwrap_or(error)),
                    }
                    continue;
                }
                408 | 429 | 500.. => {
                    let refused = refusal::of(&answer, call.doing);
                    // Only 429 says for certain that nothing was done.
                    if answer.status != 429 {
                        doubt = doubt.or_else(|| in_doubt(call, &refused));
                    }
                    if tries < TRIES && self.wait(&answer, pause) {
                        pause *= 2;
                        continue;
                    }
                }
                _ => {}
            }
            let refused = refusal::of(&answer, call.doing);
            return Err(doubt.unwrap_or(refused));
        }
        Ok(None)
    }

    /// Waits as long as the service asks, else for `pause`. False: that is too long for anybody.
    fn wait(&self, answer: &Answer, pause: Duration) -> bool {
        let why = match answer.status {
            429 => "has too many requests",
            _ => "has trouble of its own",
        };
        let asked = refusal::retry_after(answer);
        let wait = asked.unwrap_or(pause);
        if wait > self.account.timeout {
            return false;
        }
        if wait > PAUSE {
            let by = if asked.is_some() { ", as it asks" } else { "" };
            let seconds = wait.as_secs_f64();
            let sentence = format!("Teams {why}: waiting for {seconds:.0} s{by}.");
            self.report.status(&sentence);
        }
        thread::sleep(wait);
        true
    }

    fn send(&self, call: &Call<'_>) -> Result<Answer, NoAnswer> {
        let mut url = self.account.base.clone();
        let (path, query) = match call.path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (call.path.as_str(), None),
        };
        url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
        url.set_query(query);
        let id = self.new_request_id();
        self.report.wire('>', &format!("client-request-id: {id}"));
        let mut request = Request::new(call.method, &url)
            .header("Accept", "application/json")
            .header("client-request-id", &id)
            // Without it the service hides scopes that came later, 'invited' among them.
            .header("Prefer", "include-unknown-enum-members");
        if let Some(body) = &call.body {
            request = request.body("application/json", body);
        }
        let bearer = Secret::new(format!("Bearer {}", self.token.borrow().expose()));
        self.web.ask(&request, Some(&bearer))
    }

    /// A GUID, by which Microsoft finds a request (docs: error responses).
    fn new_request_id(&self) -> String {
        let mut bytes = [0; 16];
        (self.random)(&mut bytes);
        let hex = hex(&bytes);
        let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
        parts.map(|part| &hex[part]).join("-")
    }

    fn unreachable(&self, silence: &NoAnswer) -> Error {
        let host = shown_host(&self.account.base);
        let what = format!("Microsoft Graph at {host} can't be used: {}", silence.why);
        let error = Error::new(Kind::Unreachable, what);
        match silence.hints.is_empty() {
            true => error.hint("check your network, and your proxy if you need one"),
            false => silence.hints.iter().cloned().fold(error, Error::hint),
        }
    }
}

/// A token that can stand in a header.
fn get_token(account: &Account) -> Result<Secret> {
    let token = (account.token)()?;
    let trimmed = token.expose().trim();
    let is_token = !trimmed.is_empty() && trimmed.bytes().all(|b| b.is_ascii_graphic());
    match is_token {
        true => Ok(Secret::from(trimmed)),
        false => Err(Error::new(
            Kind::NotSignedIn,
            "what should be the token for Microsoft Graph is none: expected letters, digits and signs in one line",
        )
        .hint("look at what password.command below [account] in the settings prints, or at CONFCTL_TOKEN")),
    }
}

/// An error that begins with what is not known; none: nothing was to be changed.
fn in_doubt(call: &Call<'_>, why: &Error) -> Option<Error> {
    let unknown = call.unknown?;
    Some(Error::new(Kind::InDoubt, format!("{unknown}: {why}")).with_hints_of(why))
}
