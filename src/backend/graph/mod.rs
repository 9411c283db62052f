//! Microsoft Teams, by way of Microsoft Graph: online meetings, version 1.0.
//!
//! Maps what the wire says to the nouns of [`crate::conference`] and back. Nobody has tried it with a
//! tenant: what is marked `(GUESS)` or `(INF)` stands to be confirmed.

mod meeting;
mod refusal;
#[cfg(test)]
mod tests;
mod wire;

use std::cell::RefCell;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use reqwest::Url;

use crate::backend::{Backend, Listing};
use crate::conference::{Capabilities, Conference, DialInOffer, MeetingId, Offer, Plan, Token};
use crate::error::{Error, Kind, Result};
use crate::net::http::{Answer, NoAnswer, Options, Request, Web, is_on_loopback, is_safe};
use crate::net::tls::Tls;
use crate::report::Report;
use crate::secret::Secret;

use meeting::{Change, Wanted, conference_of};
use wire::OnlineMeeting;

/// Largest answer that is read, in octets.
const LARGEST: usize = 4 << 20;

/// How often something is asked for, the first time included.
const TRIES: u32 = 4;

/// The same where nobody answers, which takes long.
const TRIES_IN_SILENCE: u32 = 2;

/// The first pause where the service does not say how long to wait; each is twice as long.
const PAUSE: Duration = Duration::from_secs(1);

/// What a server says of itself that is for practice.
const PRACTICE_SERVER: &str = "confctl-practice";

/// Gets a token anew; they live for about an hour.
pub type TokenOf = dyn Fn() -> Result<Secret>;

/// Who signs in.
#[derive(Clone)]
pub struct Account {
    /// `teams:user@domain`
    pub user: String,
    /// Where Graph is, without a slash at its end.
    pub base: Url,
    /// What its certificate is checked against.
    pub tls: Tls,
    /// Longest wait for one answer, and for the service to be ready again.
    pub timeout: Duration,
    /// Whose `OnlineMeetings.ReadWrite` is.
    pub token: Rc<TokenOf>,
}

impl Account {
    /// Where Microsoft serves Graph.
    pub const BASE: &str = "https://graph.microsoft.com/v1.0";

    /// Reads where Graph is.
    pub fn parse_base(text: &str) -> Result<Url> {
        let text = text.trim_end_matches('/');
        let expected = || {
            Error::usage(format!(
                "'{text}' is not an address of Microsoft Graph: expected {}",
                Self::BASE
            ))
        };
        let base = Url::parse(text).map_err(|_| expected())?;
        let is_bare = base.username().is_empty()
            && base.password().is_none()
            && base.query().is_none()
            && base.fragment().is_none();
        match is_safe(&base) && base.host_str().is_some() && is_bare {
            true => Ok(base),
            false => Err(expected()),
        }
    }
}

/// A user of Teams.
pub(super) struct Teams {
    account: Account,
    web: Web,
    token: RefCell<Secret>,
    report: Rc<dyn Report>,
    offer: Option<Offer>,
}

/// Something that may have been done although nobody said so.
struct Asking<'a> {
    method: &'static str,
    path: String,
    body: Option<Vec<u8>>,
    /// What was being done, when the service refuses it.
    doing: &'a str,
    /// What is not known when no answer comes; none: nothing is changed.
    unknown: Option<&'a str>,
}

impl Teams {
    /// Nobody is asked yet but whoever has the token.
    pub(super) fn sign_in(account: Account, report: Rc<dyn Report>) -> Result<Self> {
        let token = (account.token)()?;
        let options = Options {
            tls: account.tls.clone(),
            timeout: account.timeout,
            largest: LARGEST,
            stays_here: is_on_loopback(&account.base),
        };
        Ok(Self {
            web: Web::new(options, report.clone())?,
            token: RefCell::new(token),
            account,
            report,
            offer: None,
        })
    }

    /// The meeting that has this token, made of `body` if there is none; and whether it is new.
    fn create_or_get(&self, body: &[u8]) -> Result<(OnlineMeeting, bool)> {
        let told = self.ask(&Asking {
            method: "POST",
            path: "/me/onlineMeetings/createOrGet".to_owned(),
            body: Some(body.to_vec()),
            doing: MAKING,
            unknown: Some("it is not known whether Teams made the meeting"),
        })?;
        match told {
            Some(answer) => Ok((
                OnlineMeeting::read(&answer.body, MAKING)?,
                answer.status == 201,
            )),
            None => Err(refusal::not_enabled()),
        }
    }

    fn read(&self, id: &MeetingId) -> Result<Option<OnlineMeeting>> {
        let Some(path) = path_of(id) else {
            return Ok(None);
        };
        let told = self.ask(&Asking {
            method: "GET",
            path,
            body: None,
            doing: LOOKING,
            unknown: None,
        })?;
        match told {
            Some(answer) => OnlineMeeting::read(&answer.body, LOOKING).map(Some),
            None => Ok(None),
        }
    }

    /// Makes a meeting be what is wanted. What it is already is not sent.
    fn settle(&self, there: OnlineMeeting, plan: &Plan) -> Result<OnlineMeeting> {
        let change = Change::between(&there, plan);
        let Some(body) = change.body() else {
            return Ok(there);
        };
        let id = MeetingId::parse(&there.id).map_err(|_| wire::nonsense(CHANGING, "its id"))?;
        let unknown = format!("it is not known whether Teams changed the meeting {id}");
        let told = self.ask(&Asking {
            method: "PATCH",
            path: path_of(&id).ok_or_else(|| refusal::gone(CHANGING))?,
            body: Some(body),
            doing: CHANGING,
            unknown: Some(&unknown),
        })?;
        match told {
            Some(answer) => OnlineMeeting::read(&answer.body, CHANGING),
            None => Err(refusal::gone(CHANGING)),
        }
    }

    /// Asks until there is an answer, or the service has been asked often enough; none: there is no such
    /// meeting. All of it can be
    /// asked for twice: a token is one meeting, and a change and a deletion say what shall be.
    fn ask(&self, asking: &Asking<'_>) -> Result<Option<Answer>> {
        let stake = asking.unknown.map(|unknown| format!("confctl: {unknown}"));
        self.report.in_doubt(stake.as_deref());
        let told = self.ask_patiently(asking);
        if !told
            .as_ref()
            .is_err_and(|error| error.kind == Kind::InDoubt)
        {
            self.report.in_doubt(None);
        }
        told
    }

    fn ask_patiently(&self, asking: &Asking<'_>) -> Result<Option<Answer>> {
        let mut doubt: Option<Error> = None;
        let mut has_new_token = false;
        let mut pause = PAUSE;
        let mut tries = 0;
        loop {
            tries += 1;
            let answer = match self.send(asking) {
                Ok(answer) => answer,
                Err(none) if tries < TRIES_IN_SILENCE && none.may_be_done => {
                    doubt = doubt.or_else(|| in_doubt(asking, &self.unreachable(&none)));
                    self.report.step(&format!("{}: asking once more", none.why));
                    continue;
                }
                Err(none) => {
                    doubt = match none.may_be_done {
                        true => doubt.or_else(|| in_doubt(asking, &self.unreachable(&none))),
                        false => doubt,
                    };
                    return Err(doubt.unwrap_or_else(|| self.unreachable(&none)));
                }
            };
            match answer.status {
                200..=299 => return Ok(Some(answer)),
                // What a lost answer was about is gone now, which is what was asked for.
                404 if asking.method == "DELETE" && doubt.is_some() => {
                    return Ok(Some(answer));
                }
                404 if refusal::is_of_graph(&answer) => return Ok(None),
                401 if !has_new_token => {
                    has_new_token = true;
                    match (self.account.token)() {
                        Ok(token) => *self.token.borrow_mut() = token,
                        Err(error) => return Err(doubt.unwrap_or(error)),
                    }
                    continue;
                }
                429 | 500 | 502..=504 if tries < TRIES => {
                    if answer.status != 429 {
                        let error = refusal::of(&answer, asking.doing);
                        doubt = doubt.or_else(|| in_doubt(asking, &error));
                    }
                    let wait = refusal::retry_after(&answer).unwrap_or(pause);
                    pause *= 2;
                    if wait <= self.account.timeout {
                        self.wait(wait, answer.status);
                        continue;
                    }
                }
                _ => {}
            }
            let refused = refusal::of(&answer, asking.doing);
            return Err(doubt.unwrap_or(refused));
        }
    }

    fn wait(&self, wait: Duration, status: u16) {
        let why = match status {
            429 => "has too many requests",
            _ => "has trouble of its own",
        };
        let seconds = wait.as_secs_f64();
        if wait > PAUSE {
            self.report.status(&format!(
                "Teams {why}: waiting for {seconds:.0} s, as it asks."
            ));
        }
        thread::sleep(wait);
    }

    fn send(&self, asking: &Asking<'_>) -> Result<Answer, NoAnswer> {
        let mut url = self.account.base.clone();
        let (path, query) = match asking.path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (asking.path.as_str(), None),
        };
        url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
        url.set_query(query);
        let mut request = Request::new(asking.method, &url)
            .header("Accept", "application/json")
            // Without it the service hides scopes that came later, 'invited' among them.
            .header("Prefer", "include-unknown-enum-members");
        if let Some(body) = &asking.body {
            request = request.body("application/json", body);
        }
        let token = self.token.borrow();
        let bearer = Secret::new(format!("Bearer {}", token.expose()));
        self.web.ask(&request, Some(&bearer))
    }

    fn unreachable(&self, none: &NoAnswer) -> Error {
        let host = crate::net::http::shown_host(&self.account.base);
        let what = format!("Microsoft Graph at {host} can't be used: {}", none.why);
        let error = Error::new(Kind::Unreachable, what);
        match none.hints.is_empty() {
            true => error.hint("check your network, and your proxy if you need one"),
            false => none.hints.iter().cloned().fold(error, Error::hint),
        }
    }

    /// Whether this is for practice, which only something on this computer can be.
    fn is_practice(&self) -> Result<bool> {
        if !is_on_loopback(&self.account.base) {
            return Ok(false);
        }
        let told = self.ask(&Asking {
            method: "GET",
            path: "/me/onlineMeetings?$filter=joinMeetingIdSettings/joinMeetingId%20eq%20'0'"
                .to_owned(),
            body: None,
            doing: "Teams does not let you in",
            unknown: None,
        })?;
        Ok(match told {
            Some(answer) => answer.header("Server") == Some(PRACTICE_SERVER),
            None => false,
        })
    }
}

const MAKING: &str = "Teams did not make the meeting";
const LOOKING: &str = "Teams did not show the meeting";
const CHANGING: &str = "Teams did not change the meeting";
const DELETING: &str = "Teams did not delete the meeting";

/// None: no meeting has such an id, and no address can.
fn path_of(id: &MeetingId) -> Option<String> {
    // The URL type encodes what a path has no place for, but takes a slash for one.
    let id = id.as_str().replace('%', "%25").replace('/', "%2F");
    let id = id
        .replace('?', "%3F")
        .replace('#', "%23")
        .replace('\\', "%5C");
    (![".", ".."].contains(&id.as_str())).then(|| format!("/me/onlineMeetings/{id}"))
}

/// An error that begins with what is not known; none: nothing was to be changed.
fn in_doubt(asking: &Asking<'_>, why: &Error) -> Option<Error> {
    let unknown = asking.unknown?;
    Some(Error::new(Kind::InDoubt, format!("{unknown}: {why}")).with_hints_of(why))
}

impl Backend for Teams {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            name: "Teams",
            live_meetings: false,
            lists: false,
            assigned: false,
            passcodes: false,
            lobby: true,
            promotion: true,
            numbers: false,
            without_dial_in: false,
            delegates: false,
            no_numbers: "Made, but without telephone: the organizer has no licence for Audio Conferencing, or another provider is set.",
        }
    }

    /// The service does not tell beforehand what a user may do.
    fn get_offer(&mut self) -> Result<Offer> {
        if let Some(offer) = &self.offer {
            return Ok(offer.clone());
        }
        let offer = Offer {
            dial_in: DialInOffer {
                allowed: true,
                ..DialInOffer::default()
            },
            practice: self.is_practice()?,
            ..Offer::default()
        };
        self.offer = Some(offer.clone());
        Ok(offer)
    }

    fn create(&mut self, wanted: &[(Plan, Token)]) -> Vec<Result<Conference>> {
        let create = |(plan, token): &(Plan, Token)| {
            let body = Wanted::of(plan, token).body();
            let (there, _) = self.create_or_get(&body)?;
            let id = there.id.clone();
            let settled = self
                .settle(there, plan)
                .map_err(|error| made_but(&id, error))?;
            conference_of(&settled, &self.account.user, MAKING)
                .map_err(|error| made_but(&id, error))
        };
        wanted.iter().map(create).collect()
    }

    /// There is no other way to look for a token than one that makes a meeting of it if there is none,
    /// so that one is deleted again.
    fn get_created(&mut self, token: &Token) -> Result<Option<Conference>> {
        let (there, is_new) = self.create_or_get(&Wanted::nothing_but(token).body())?;
        if !is_new {
            return conference_of(&there, &self.account.user, LOOKING).map(Some);
        }
        let id = MeetingId::parse(&there.id).map_err(|_| wire::nonsense(LOOKING, "its id"))?;
        self.delete(&id)?;
        Ok(None)
    }

    /// One after another.
    fn get(&mut self, ids: &[MeetingId]) -> Result<Vec<Result<Option<Conference>>>> {
        let mut found = Vec::new();
        for id in ids {
            match self.read(id) {
                Err(error) if matches!(error.kind, Kind::Unreachable | Kind::NotSignedIn) => {
                    return Err(error);
                }
                Err(error) => found.push(Err(error)),
                Ok(None) => found.push(Ok(None)),
                Ok(Some(there)) => {
                    found.push(conference_of(&there, &self.account.user, LOOKING).map(Some));
                }
            }
        }
        Ok(found)
    }

    fn list(&mut self) -> Result<Listing> {
        Ok(Listing::default())
    }

    fn update(&mut self, id: &MeetingId, plan: &Plan) -> Result<Conference> {
        let there = self.read(id)?.ok_or_else(|| refusal::gone(CHANGING))?;
        let settled = self.settle(there, plan)?;
        conference_of(&settled, &self.account.user, CHANGING).map_err(|error| {
            let what = format!("Teams changed the meeting {id}, but {error}");
            Error::new(Kind::HalfDone, what).with_hints_of(&error)
        })
    }

    fn delete(&mut self, id: &MeetingId) -> Result<bool> {
        let Some(path) = path_of(id) else {
            return Ok(false);
        };
        let unknown = format!("it is not known whether Teams deleted the meeting {id}");
        let told = self.ask(&Asking {
            method: "DELETE",
            path,
            body: None,
            doing: DELETING,
            unknown: Some(&unknown),
        })?;
        Ok(told.is_some())
    }
}

/// The meeting is there, and not as it was meant to be.
fn made_but(id: &str, error: Error) -> Error {
    let kind = match error.kind {
        Kind::InDoubt => Kind::InDoubt,
        _ => Kind::HalfDone,
    };
    let what = format!("the meeting exists as {id}, but not as it was meant: {error}");
    Error::new(kind, what).with_hints_of(&error)
}
