//! Microsoft Teams, by way of Microsoft Graph: online meetings, version 1.0.
//!
//! Maps what the wire says to the nouns of [`crate::conference`] and back. Nobody has tried it with a
//! tenant: what is marked `(GUESS)` or `(INF)` stands to be confirmed.

mod client;
mod meeting;
mod refusal;
#[cfg(test)]
mod tests;
mod wire;

use std::rc::Rc;
use std::time::Duration;

use reqwest::Url;

use crate::backend::{Backend, Created, Listing, Randomness};
use crate::conference::{
    self, Capabilities, Conference, DialInOffer, MeetingId, Offer, Plan, Token,
};
use crate::error::{Error, Kind, Result};
use crate::net::http::{Answer, is_safe};
use crate::net::tls::Tls;
use crate::report::Report;
use crate::secret::Secret;

use client::{Call, Client};
use wire::OnlineMeeting;

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

    /// Reads where Graph is. What could be a password in it is not repeated.
    pub fn parse_base(text: &str) -> Result<Url> {
        let expected = || {
            Error::usage(format!(
                "the account's server is not an address of Microsoft Graph: expected {}",
                Self::BASE
            ))
        };
        let base = Url::parse(text.trim_end_matches('/')).map_err(|_| expected())?;
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
    client: Client,
    offer: Option<Offer>,
}

const MAKING: &str = "Teams did not make the meeting";
const LOOKING: &str = "Teams did not show the meeting";
const CHANGING: &str = "Teams did not change the meeting";
const DELETING: &str = "Teams did not delete the meeting";

impl Teams {
    /// Nobody is asked yet but whoever has the token.
    pub(super) fn sign_in(
        account: Account,
        random: Randomness,
        report: Rc<dyn Report>,
    ) -> Result<Self> {
        Ok(Self {
            client: Client::new(account, random, report)?,
            offer: None,
        })
    }

    /// The meeting that has a token, made of `body` if there is none, and whether it was made now.
    fn create_or_get(&self, body: Vec<u8>) -> Result<(OnlineMeeting, bool)> {
        let answer = self.client.ask(&Call {
            method: "POST",
            path: "/me/onlineMeetings/createOrGet".to_owned(),
            body: Some(body),
            doing: MAKING,
            unknown: Some("it is not known whether Teams made the meeting"),
        })?;
        let answer = answer.ok_or_else(refusal::not_enabled)?;
        let there = self.understand(&answer, MAKING).map_err(|error| {
            let what = format!("it is not known whether Teams made the meeting: {error}");
            Error::new(Kind::InDoubt, what).with_hints_of(&error)
        })?;
        Ok((there, answer.status == 201))
    }

    fn read(&self, id: &MeetingId) -> Result<Option<OnlineMeeting>> {
        let Some(path) = path_of(id) else {
            return Ok(None);
        };
        let answer = self.client.ask(&Call {
            method: "GET",
            path,
            body: None,
            doing: LOOKING,
            unknown: None,
        })?;
        let read = answer.map(|answer| self.understand(&answer, LOOKING));
        let read = read.transpose()?;
        match read {
            Some(there) if there.id != *id => Err(another(&there.id, id)),
            read => Ok(read),
        }
    }

    /// Makes a meeting be what is wanted. What it is already is not sent.
    fn settle(&self, there: OnlineMeeting, plan: &Plan) -> Result<OnlineMeeting> {
        let Some(body) = meeting::change(&there, plan) else {
            return Ok(there);
        };
        let id = &there.id;
        let unknown = format!("it is not known whether Teams changed the meeting {id}");
        let answer = self.client.ask(&Call {
            method: "PATCH",
            path: path_of(id).ok_or_else(|| refusal::gone(CHANGING))?,
            body: Some(body),
            doing: CHANGING,
            unknown: Some(&unknown),
        })?;
        let answer = answer.ok_or_else(|| refusal::gone(CHANGING))?;
        let changed = match answer.body.trim_ascii() {
            // Changes are answered like that elsewhere in Graph.
            [] => self
                .read(id)
                .and_then(|there| there.ok_or_else(|| refusal::gone(LOOKING))),
            _ => self.understand(&answer, CHANGING),
        };
        let changed = changed.and_then(|there| match there.id == *id {
            true => Ok(there),
            false => Err(another(&there.id, id)),
        });
        changed.map_err(|error| {
            let what = format!("{unknown}: {error}");
            Error::new(Kind::InDoubt, what).with_hints_of(&error)
        })
    }

    /// Reads a meeting, and says what of it makes no sense.
    fn understand(&self, answer: &Answer, doing: &str) -> Result<OnlineMeeting> {
        let meeting = OnlineMeeting::read(&answer.body, doing)?;
        if !meeting.odd.is_empty() {
            self.client.warn(&format!(
                "Teams says things of the meeting that make no sense, and are left out: {}.",
                meeting.odd.join(", ")
            ));
        }
        Ok(meeting)
    }

    fn conference(&self, there: &OnlineMeeting) -> Conference {
        meeting::conference_of(there, self.client.user())
    }

    /// The meeting of a token, as planned. Of one that can't be so nothing is left.
    fn create_one(&mut self, plan: &Plan, token: &Token) -> Result<Conference> {
        let (there, is_new) = self.create_or_get(meeting::wanted(plan, token))?;
        let id = there.id.clone();
        let error = match self.settle(there, plan) {
            Ok(settled) => return Ok(self.conference(&settled)),
            Err(error) => error,
        };
        if error.kind == Kind::Refused && is_new && self.delete(&id).is_ok() {
            return Err(error);
        }
        let kind = match error.kind {
            Kind::InDoubt => Kind::InDoubt,
            _ => Kind::HalfDone,
        };
        let what = format!("the meeting exists as {id}, but not as it was meant: {error}");
        Err(Error::new(kind, what).with_hints_of(&error))
    }

    /// Whether this is for practice, which only something on this computer can be.
    fn is_practice(&self) -> Result<bool> {
        if !self.client.is_on_loopback() {
            return Ok(false);
        }
        let answer = self.client.ask(&Call {
            method: "GET",
            path: "/me/onlineMeetings?$filter=joinMeetingIdSettings/joinMeetingId%20eq%20'0'"
                .to_owned(),
            body: None,
            doing: "Teams does not let you in",
            unknown: None,
        })?;
        let server = answer.and_then(|answer| Some(answer.header("Server")?.to_owned()));
        Ok(server.as_deref() == Some(PRACTICE_SERVER))
    }
}

/// An answer about another meeting than was asked for.
fn another(there: &MeetingId, id: &MeetingId) -> Error {
    let what = format!("{LOOKING}: asked for {id}, it speaks of {there}");
    Error::new(Kind::Failed, what)
        .hint("if something between here and Microsoft answers in its place, that is to blame")
}

/// None: no meeting has such an id, and no address can.
fn path_of(id: &MeetingId) -> Option<String> {
    // The URL type encodes what a path has no place for, but takes a slash for one.
    let id = id.as_str().replace('/', "%2F");
    (![".", ".."].contains(&id.as_str())).then(|| format!("/me/onlineMeetings/{id}"))
}

impl Backend for Teams {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            name: "Teams",
            live_meetings: false,
            meetings: conference::Kind::OnlineMeeting,
            calls: conference::Kind::OnlineMeeting,
            assigned: false,
            passcodes: false,
            lobby: true,
            promotion: true,
            numbers: false,
            without_dial_in: false,
            no_numbers: "Made, but without telephone: Teams tells no number to dial. Mostly the organizer has no licence for Audio Conferencing, or another provider is set.",
            no_web_link: "",
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
        let create = |(plan, token): &(Plan, Token)| self.create_one(plan, token);
        wanted.iter().map(create).collect()
    }

    fn get_created(&mut self, token: &Token) -> Result<Created> {
        let (there, is_new) = self.create_or_get(meeting::token_alone(token))?;
        let conference = Box::new(self.conference(&there));
        // What is planned has a subject: one without was made by asking, if not now.
        let is_bare = there.subject.as_deref().is_none_or(str::is_empty);
        Ok(match is_new || is_bare {
            true => Created::MadeByAsking(conference),
            false => Created::Made(conference),
        })
    }

    /// One after another.
    fn get(&mut self, ids: &[MeetingId]) -> Result<Vec<Result<Option<Conference>>>> {
        let mut found = Vec::new();
        for id in ids {
            match self.read(id) {
                Err(error) if matches!(error.kind, Kind::Unreachable | Kind::NotSignedIn) => {
                    return Err(error);
                }
                read => found.push(read.map(|there| there.map(|there| self.conference(&there)))),
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
        Ok(self.conference(&settled))
    }

    fn delete(&mut self, id: &MeetingId) -> Result<bool> {
        let Some(path) = path_of(id) else {
            return Ok(false);
        };
        let unknown = format!("it is not known whether Teams deleted the meeting {id}");
        let answer = self.client.ask(&Call {
            method: "DELETE",
            path,
            body: None,
            doing: DELETING,
            unknown: Some(&unknown),
        })?;
        let Some(answer) = answer else {
            return Ok(false);
        };
        // A page that somebody in between answers with deletes nothing.
        let is_said = answer.body.trim_ascii().is_empty() || !(200..300).contains(&answer.status);
        if is_said {
            return Ok(true);
        }
        match self.read(id) {
            Ok(None) => Ok(true),
            Ok(Some(_)) => {
                let what = format!("{DELETING}, whatever answered so: {id} is still there");
                Err(Error::new(Kind::InDoubt, what)
                    .hint("check server below [account] in the settings, and your proxy"))
            }
            Err(error) => {
                let what = format!("{unknown}: {error}");
                Err(Error::new(Kind::InDoubt, what).with_hints_of(&error))
            }
        }
    }
}
