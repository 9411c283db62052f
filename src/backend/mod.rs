//! A session with a conferencing service, whichever it is.
//!
//! # What four services make of the one trait
//!
//! `pool` and `graph` are built. UCWA (Lync 2013 and later over HTTPS) and La Suite Meet (an open system
//! of the French state) stand here to show that the trait has room for them: what is said of them was
//! read in their documents, and nobody has tried it.
//!
//! | | OCS, Lync, Skype for Business: `pool` | UCWA | Teams: `graph` | La Suite Meet |
//! | --- | --- | --- | --- | --- |
//! | signing in | `REGISTER` with NTLM, on one connection | web ticket, `POST applications` | a bearer token from a command | token of an application, with the user's mail address as its scope |
//! | `get_offer` | provisioning, `getConferencingCapabilities`, and where a passcode may be wanted `getEncryptionKey`, in one breath | `onlineMeetingPolicies`, `onlineMeetingEligibleValues`, `phoneDialInInformation` | nothing is asked: numbers come with the meeting | nothing is asked |
//! | `create` | `addConference`; the id is made of the token | `POST myOnlineMeetings`, with a whole, odd minute of the token as `expirationTime` | `POST createOrGet` with the token as `externalId`, then `PATCH` for lobby and presenters | `POST /rooms/` |
//! | the answer is lost | `getConference` of the id, then once more | the list is searched for subject and that minute | the same once more | **can't be found again**: said to be in doubt, and to be looked for by the user |
//! | `get_created` | `getConference` of the id | the list, as above | `POST createOrGet` of the token alone, which makes one if there is none | unknown |
//! | `get` | `getConference`, ten at a time | `GET` of each href | `GET` of each id | `GET /rooms/{id}` |
//! | `list` | `getConferences` | `GET myOnlineMeetings` | none: the diary is the list | `GET /rooms` |
//! | `update` | `modifyConference` of everything, with its version | `PUT` of everything, with its ETag | `PATCH` of what differs | none yet: refused |
//! | `delete` | `deleteConference` | `DELETE` | `DELETE` | none yet: *leave it, it is used by nobody* |
//! | `assigned` | the settings page's, or the one that the list marks | `myAssignedOnlineMeeting` | none: `--id assigned` is refused | none |
//! | delegates | `P-Session-On-Behalf-Of` | none: refused | none: refused | the scope names anybody |
//! | passcode for callers | OCS alone; elsewhere `--passcode` is refused | refused | refused; the one of the Meeting ID is the service's affair | refused |
//! | lobby | Lync and later; on OCS refused | `lobbyBypassForPhoneUsers`, `accessLevel` | `lobbyBypassSettings` | `access_level` |
//! | Live Meeting | on OCS; an online meeting since Lync | refused | refused: *schedule an online-meeting* | refused |
//! | online meeting | the same by its other name | yes | yes, and so is every call | yes |
//! | `--no-dial-in` | yes | `phoneUserAdmission` | refused: every meeting has its numbers | refused |
//! | `--region` | yes | yes | refused: the service chooses the numbers | refused |
//! | no telephone | *The pool gave no Conference ID for callers* | the same | *Made, but without telephone*: no licence for it | `telephony.enabled` is false: the same |
//! | it ends by itself | never, or when it expires | when it expires | 60 days after its end or its last use | never |
//!
//! What a service can't do is refused before anything is sent, by [`PolicyViolation`], with its
//! [`Capabilities`] at hand. Calling people from a conference will be a second part like [`Assigned`].
//!
//! # Where a third one goes
//!
//! Its folder; [`Account`] and [`open()`] here; `settings/mod.rs`, for its kind and what it wants to know;
//! `app/account.rs`, which makes the one of the other.

mod graph;
mod pool;

pub use graph::Account as TeamsAccount;
pub use pool::{Account as PoolAccount, Server};

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::conference::{
    Capabilities, Conference, DialInId, MeetingId, Offer, Person, Plan, PolicyViolation, Request,
    Slot, Token, account_address, account_of,
};
use crate::error::{Error, Kind, Result};
use crate::net::http::is_on_loopback;
use crate::net::tls::Tls;
use crate::report::Report;

/// A service that keeps conferences, with somebody signed in. Dropping it signs out.
///
/// An error of [`Kind::InDoubt`] says that it is not known whether something was done, although the
/// back end asked again; one of [`Kind::HalfDone`] that it was done, but what came of it could not be
/// read. The same call settles either later. Any other error says that it was not done.
///
/// [`Kind::InDoubt`]: crate::error::Kind::InDoubt
/// [`Kind::HalfDone`]: crate::error::Kind::HalfDone
pub trait Backend {
    /// What this kind of service can do.
    fn capabilities(&self) -> Capabilities;

    /// What the user may do: numbers by region, policy, pages. Asked once.
    fn get_offer(&mut self) -> Result<Offer>;

    /// Says beforehand that a conference may be made or changed that has a passcode: what that takes is
    /// asked for along with the offer.
    fn expect_passcode(&mut self) {}

    /// Makes new conferences; what came of each, in their order. The same token is the same
    /// conference: one that an earlier attempt made is given as it is, and one that is being made is
    /// waited for.
    fn create(&mut self, wanted: &[(Plan, Token)]) -> Vec<Result<Conference>>;

    /// What [`create`](Self::create) made of a token.
    fn get_created(&mut self, token: &Token) -> Result<Created>;

    /// Conferences of the user as the service keeps them, with their passcodes, expired or not, in
    /// the order of their keys. None: the service says that there is no such conference. An error of
    /// one is what the service said of that one.
    fn get(&mut self, ids: &[MeetingId]) -> Result<Vec<Result<Option<Conference>>>>;

    /// The same in short, which takes no passcode.
    fn look_up(&mut self, ids: &[MeetingId]) -> Result<Vec<Result<Option<Listed>>>> {
        let found = self.get(ids)?.into_iter();
        let in_short = found.map(|found| Ok(found?.as_ref().map(Listed::from)));
        Ok(in_short.collect())
    }

    /// The user's conferences in short, those that have expired left out. Nothing where the service lists
    /// none: there the diary is the only list.
    fn list(&mut self) -> Result<Listing>;

    /// Makes a conference be what the plan says; what a plan can't say stays as it is. Nothing is
    /// sent if it is so already. A plan without passcode keeps the present one; an assigned
    /// conference is given as it is, its settings are the user's affair.
    fn update(&mut self, id: &MeetingId, plan: &Plan) -> Result<Conference>;

    /// Deletes a conference. False: there was none.
    fn delete(&mut self, id: &MeetingId) -> Result<bool>;

    /// The conference for all calls of a user; none where the service has no such.
    fn assigned(&mut self) -> Option<&mut dyn Assigned> {
        None
    }
}

/// What came of a token so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// This, finished or not: [`Backend::update`] makes it be what was planned.
    Made(Box<Conference>),
    /// Nothing.
    Nothing,
    /// Nothing so far, but now this: the service tells only who asks it to make one.
    MadeByAsking(Box<Conference>),
}

/// The conference that a user has for all calls.
pub trait Assigned {
    /// Its key; none: there is no such conference. A key that is the same for all users is given
    /// whether or not there is one.
    fn find(&mut self) -> Result<Option<MeetingId>>;

    /// Finds it; where users don't make it themselves, it is made of the token if there is none.
    fn get_or_make(&mut self, plan: &Plan, token: &Token) -> Result<Conference>;
}

impl dyn Backend + '_ {
    /// One of [`get`](Backend::get).
    pub fn get_one(&mut self, id: &MeetingId) -> Result<Option<Conference>> {
        let mut got = self.get(std::slice::from_ref(id))?;
        got.pop().unwrap_or_else(|| Err(unanswered()))
    }

    /// One of [`look_up`](Backend::look_up).
    pub fn look_up_one(&mut self, id: &MeetingId) -> Result<Option<Listed>> {
        let mut found = self.look_up(std::slice::from_ref(id))?;
        found.pop().unwrap_or_else(|| Err(unanswered()))
    }

    /// One of [`create`](Backend::create).
    pub fn create_one(&mut self, plan: &Plan, token: &Token) -> Result<Conference> {
        let mut made = self.create(&[(plan.clone(), *token)]);
        made.pop().unwrap_or_else(|| Err(unanswered()))
    }
}

/// A back end that loses a question has a bug.
fn unanswered() -> Error {
    Error::failed("nothing was said of the conference")
}

/// A back end, and who is signed in to it.
pub struct Session {
    /// The service.
    pub backend: Box<dyn Backend>,
    /// Account of who signed in, as [`account_of`] writes it.
    pub user: String,
    /// Account of whose conferences are made and changed: the user's, or a manager's.
    pub owner: String,
}

impl Session {
    /// The user as an organizer of meetings; the mail address is taken to be that of the account.
    pub fn user(&self, offer: &Offer) -> Person {
        Person {
            address: account_address(&self.user).to_owned(),
            name: offer.user_name.clone(),
        }
    }

    /// Holds a request against what the service can do and offers.
    pub fn plan(&mut self, request: Request, slot: Slot) -> Result<Result<Plan, PolicyViolation>> {
        let offer = self.backend.get_offer()?;
        Ok(request.resolve(slot, &self.backend.capabilities(), &offer))
    }
}

/// Fills a slice with bytes that nobody can guess.
pub type Randomness = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// What a service lists of the user's conferences. That one is not among them proves nothing: only
/// [`Backend::get`] says that there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// In the service's order.
    pub conferences: Vec<Listed>,
    /// Why some are known to be missing, as a clause; none: no sign of it. C3P has neither pages nor
    /// a count, so a pool may leave some out and not say so.
    pub gap: Option<String>,
}

/// A conference in a list of the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its key on the pool.
    pub id: MeetingId,
    /// As the pool stores it; may be empty.
    pub subject: String,
    /// When the pool may forget it; none: never, or the pool does not say.
    pub expires: Option<Timestamp>,
    /// What callers key in, when the list has it.
    pub dial_in_id: Option<DialInId>,
    /// Whether it is the user's assigned conference.
    pub assigned: bool,
}

impl From<&Conference> for Listed {
    fn from(conference: &Conference) -> Self {
        let dial_in = conference.ways_in.dial_in.as_ref();
        Self {
            id: conference.id.clone(),
            subject: conference.subject.clone(),
            expires: conference.expires,
            dial_in_id: dial_in.map(|dial_in| dial_in.id.clone()),
            assigned: conference.assigned,
        }
    }
}

/// Who signs in, and where.
#[derive(Clone)]
pub enum Account {
    /// Office Communications Server, Lync, Skype for Business.
    Pool(Box<PoolAccount>),
    /// Microsoft Teams.
    Teams(Box<TeamsAccount>),
}

impl Account {
    /// The account, as [`account_of`] writes it.
    pub fn user(&self) -> &str {
        match self {
            Self::Pool(account) => &account.user,
            Self::Teams(account) => &account.user,
        }
    }

    /// The server, for people.
    pub fn server(&self) -> String {
        match self {
            Self::Pool(account) => account.server.to_string(),
            Self::Teams(account) => account.base.to_string(),
        }
    }

    /// What the service's certificate is checked against.
    pub fn tls(&self) -> &Tls {
        match self {
            Self::Pool(account) => &account.tls,
            Self::Teams(account) => &account.tls,
        }
    }

    /// Longest wait for one answer.
    pub fn timeout(&self) -> Duration {
        match self {
            Self::Pool(account) => account.timeout,
            Self::Teams(account) => account.timeout,
        }
    }

    /// Whether the service is on this computer.
    pub fn is_on_loopback(&self) -> bool {
        match self {
            Self::Pool(account) => account.server.is_on_loopback(),
            Self::Teams(account) => is_on_loopback(&account.base),
        }
    }

    /// What makes it possible to listen in on what is said, as a sentence.
    pub fn weakness(&self) -> Option<&'static str> {
        match self {
            Self::Pool(account) if account.server.is_in_clear() => Some(
                "tcp: is not encrypted: an attacker on the way may read and change what is said, and take part in your name.",
            ),
            _ if self.tls().legacy => Some(
                "TLS 1.0 is allowed for this account: an attacker on the way may read and change what is said.",
            ),
            _ => None,
        }
    }
}

/// Signs in, to act for the user or for a manager of that address. `opens_passcodes`: whether a
/// conference with a passcode is to be read, so that what that takes is made during the sign-in.
/// `unix_time` is now, in seconds since 1970.
pub fn open(
    account: Account,
    manager: Option<&str>,
    opens_passcodes: bool,
    random: Randomness,
    unix_time: i64,
    report: Rc<dyn Report>,
) -> Result<Session> {
    let user = account.user().to_owned();
    let owner = manager.map_or_else(|| user.clone(), |manager| account_of(manager, Some(&user)));
    let backend: Box<dyn Backend> = match account {
        Account::Pool(mut account) => {
            account.on_behalf_of = manager.map(|_| owner.clone());
            let ocs = pool::Ocs::sign_in(*account, opens_passcodes, random, unix_time, report);
            Box::new(ocs?)
        }
        Account::Teams(_) if manager.is_some() => {
            let what = "on Teams nobody can schedule for others with confctl";
            return Err(Error::new(Kind::Refused, what).hint("leave out --on-behalf-of"));
        }
        Account::Teams(account) => Box::new(graph::Teams::sign_in(*account, random, report)?),
    };
    Ok(Session {
        backend,
        user,
        owner,
    })
}
