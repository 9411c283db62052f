//! The SIP/C3P back end: Office Communications Server 2007 and 2007 R2, Lync, Skype for Business.
//!
//! Maps what the wire says to the nouns of [`crate::conference`] and back.
//!
//! # Flights
//!
//! What a command waits for, from its words to the pool's and back (`cargo bench --bench flights`):
//!
//! ```text
//!  1  TCP
//!  2  TLS 1.3                   meanwhile, where a sealed passcode is to be read: an RSA key
//!  3  REGISTER                  who takes which proof
//!  4  REGISTER                  NTLM's challenge
//!  5  REGISTER                  the proof
//!  6  SUBSCRIBE, getConferencingCapabilities, getEncryptionKey where something may be sealed,
//!     and of show, update and refresh: getConference of up to ten meetings; of list, cancel:
//!     their command alone
//!  7  of schedule: addConference and, right behind it, getConference
//!     of update: modifyConference and getConference; of refresh: the next ten meetings
//!     then the invitation is printed, and a REGISTER that ends the registration is sent, for whose
//!     answer nobody waits
//! ```
//!
//! | | schedule | `--id assigned` | list | show | update | cancel | refresh of 20 |
//! | --- | --- | --- | --- | --- | --- | --- | --- |
//! | flights | 7 | 7 | 6 | 6 | 7 | 6 | 7 |
//!
//! pidgin-sipe 1.25, through the same proxy over TLS, is signed in after 5 as well, knows what the pool
//! offers after 7, one question after the other, has made a conference after 8 and entered it after 10.
//! It does not wait for the end of its registration either.

mod account;
mod changing;
mod finding;
mod link;
mod making;
mod offer;
mod passcodes;
mod refusal;
mod session;
#[cfg(test)]
mod tests;
mod wanted;

use std::rc::Rc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::backend::{Assigned, Backend, Created, Listed, Listing, Randomness};
use crate::conference::{self, Capabilities, Conference, MeetingId, Offer, Plan, Token};
use crate::error::{Error, Kind, Result};
use crate::proto::c3p::{
    Answer, CONTENT_TYPE, Certificate, Command, Dialect, Envelope, McuType, ON_BEHALF_OF, Reason,
    Request, Response, focus_factory_uri,
};
use crate::proto::exchange::Ticket;
use crate::proto::sip::Message;
use crate::report::Report;

pub use account::{Account, Server};
use finding::{Kept, get_conference};
use passcodes::OwnKey;
use session::Session;

/// A signed-in session with a pool that speaks SIP and C3P.
pub(super) struct Ocs {
    session: Session,
    random: Randomness,
    /// When the first session began.
    began: Timestamp,
    report: Rc<dyn Report>,
    dialect: Dialect,
    /// Where C3P requests go.
    focus_factory: String,
    next_request: u32,
    /// What the pool said of itself, once it was asked.
    known: Option<Known>,
    /// Whether somebody may want a passcode sealed, so that the certificate is asked for in time.
    expects_passcode: bool,
    /// Whom passcodes are sealed for; none: it was not asked for, or not understood.
    sealing_key: Option<Certificate>,
    /// In which form passcodes are sealed: the one that the pool took, or the first.
    envelope: Envelope,
    /// How long a conference is waited for that the pool is making.
    longest_making: Duration,
    /// For whom the pool seals the passcodes that it shows.
    own_key: OwnKey,
    /// The conference that was read last: a change begins with it.
    shown: Option<Shown>,
}

/// A conference as it was shown to whoever plans to change it.
struct Shown {
    id: MeetingId,
    kept: Kept,
    at: Instant,
}

/// What a pool said of itself.
struct Known {
    offer: Offer,
    mcu_types: Vec<McuType>,
}

/// A C3P request on its way.
struct Asked {
    ticket: Ticket,
    request: Request,
}

impl Ocs {
    pub(super) fn sign_in(
        account: Account,
        opens_passcodes: bool,
        random: Randomness,
        unix_time: i64,
        report: Rc<dyn Report>,
    ) -> Result<Self> {
        let began = Timestamp::from_second(unix_time).unwrap_or_default();
        let is_lync = account
            .dialect
            .is_some_and(|dialect| dialect >= Dialect::Lync);
        let own_key = match opens_passcodes && !is_lync {
            true => OwnKey::begin(began),
            false => OwnKey::default(),
        };
        let organizer = account.on_behalf_of.as_ref().unwrap_or(&account.user);
        let focus_factory = focus_factory_uri(organizer);
        let session = Session::open(account, &random, unix_time, report.clone())?;
        Ok(Self {
            dialect: session
                .account
                .dialect
                .unwrap_or_else(|| dialect_of(session.registration.server.as_deref())),
            session,
            random,
            began,
            report,
            focus_factory,
            next_request: 1,
            known: None,
            expects_passcode: false,
            sealing_key: None,
            envelope: Envelope::ALL[0],
            longest_making: LONGEST_MAKING,
            own_key,
            shown: None,
        })
    }

    /// SIP address of whom the conferences belong to.
    fn organizer(&self) -> &str {
        let account = &self.session.account;
        account.on_behalf_of.as_ref().unwrap_or(&account.user)
    }

    /// Sends a command without waiting.
    fn ask(&mut self, command: Command) -> Asked {
        let request = Request {
            id: self.next_request,
            from: self.organizer().to_owned(),
            to: self.focus_factory.clone(),
            command,
        };
        self.next_request += 1;
        let body = request.encode(self.dialect);
        let mut message = Message::request("SERVICE", &self.focus_factory)
            .with("Supported", "ms-sender")
            .with_body(CONTENT_TYPE, body);
        if let Some(boss) = &self.session.account.on_behalf_of {
            message.add(ON_BEHALF_OF, boss);
        }
        let ticket = self.session.send("SERVICE", &self.focus_factory, message);
        Asked { ticket, request }
    }

    /// Sends a command and waits for what it gives.
    fn call(&mut self, command: Command, doing: &str) -> Result<Result<Answer, Reason>> {
        let asked = self.ask(command);
        let [answer] = self.session.wait([asked.ticket])?;
        self.understand(&asked.request, &answer, doing)
    }

    /// Sends a command that changes something. A refusal says that nothing was changed; silence, a
    /// lost connection, nonsense and a server's trouble of its own do not: that error begins with
    /// `unknown`. Nor does a reason that [is vague](is_vague).
    fn call_mutating(
        &mut self,
        command: Command,
        doing: &str,
        unknown: &str,
    ) -> Result<Result<Answer, Reason>> {
        self.shown = None;
        self.session.in_doubt(Some(&format!("confctl: {unknown}")));
        let asked = self.ask(command);
        self.settle_mutation(asked, doing, unknown)
    }

    /// The same with the question for the conference right behind it, whose answer saves a flight if
    /// the pool does one after the other.
    fn call_mutating_and_look(
        &mut self,
        command: Command,
        id: &MeetingId,
        doing: &str,
        unknown: &str,
    ) -> Result<(Result<Answer, Reason>, Asked)> {
        self.shown = None;
        self.session.in_doubt(Some(&format!("confctl: {unknown}")));
        let asked = self.ask(command);
        // The pool gives no passcode without a certificate to seal it for; it is known here.
        let look = self.ask(get_conference(id, None));
        Ok((self.settle_mutation(asked, doing, unknown)?, look))
    }

    fn settle_mutation(
        &mut self,
        asked: Asked,
        doing: &str,
        unknown: &str,
    ) -> Result<Result<Answer, Reason>> {
        let lost = |error: Error| in_doubt(unknown, &error);
        let [answer] = self.session.wait([asked.ticket]).map_err(lost)?;
        let outcome = self.understand(&asked.request, &answer, doing);
        let is_unreachable = |error: &Error| error.kind == Kind::Unreachable;
        match answer.code() {
            Some(200..=299 | 408 | 500..=599) if outcome.as_ref().is_err_and(is_unreachable) => {
                return outcome.map_err(lost);
            }
            _ => self.session.in_doubt(None),
        }
        outcome
    }

    /// A SIP answer as an answer to a command. An error is a refusal below C3P, or nonsense.
    fn understand(
        &self,
        request: &Request,
        answer: &Message,
        doing: &str,
    ) -> Result<Result<Answer, Reason>> {
        if let (Some(403), Some(boss)) = (answer.code(), &self.session.account.on_behalf_of) {
            return Err(refusal::of_delegate(answer, boss));
        }
        if !matches!(answer.code(), Some(200..300)) {
            return Err(refusal::of_answer(answer, doing, Kind::Refused));
        }
        let nonsense = |why: String| {
            Error::new(
                Kind::Unreachable,
                format!("{doing}: the pool's answer makes no sense: {why}"),
            )
            .hint("-vv shows the whole answer")
        };
        if !answer.may_carry(CONTENT_TYPE) {
            return Err(nonsense("it holds no C3P".into()));
        }
        let response =
            Response::decode(&answer.body).map_err(|error| nonsense(error.to_string()))?;
        response
            .check_answers(request)
            .map_err(|error| nonsense(error.to_string()))?;
        Ok(response.outcome)
    }

    fn random<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.random)(&mut bytes);
        bytes
    }
}

/// Lync 2013 took two minutes for a conference before its update of July 2013 (INF).
const LONGEST_MAKING: Duration = Duration::from_secs(120);

/// How long a connection may have been silent for a question to be worth asking once more when it
/// turns out to be gone.
const IDLE: Duration = Duration::from_secs(20);

impl Ocs {
    /// Signs in anew where the connection is known to be gone.
    fn ensure_connected(&mut self) -> Result<()> {
        if !self.session.is_lost() {
            return Ok(());
        }
        let account = self.session.account.clone();
        let unix_time = self.began.as_second();
        self.session = Session::open(account, &self.random, unix_time, self.report.clone())?;
        Ok(())
    }

    /// Asks what changes nothing: once more if the pool hung up while nothing was said.
    fn inquire<T>(&mut self, ask: impl Fn(&mut Self) -> Result<T>) -> Result<T> {
        self.ensure_connected()?;
        let was_idle = self.session.silence() > IDLE;
        match ask(self) {
            Err(_) if was_idle && self.session.is_lost() => {
                self.ensure_connected()?;
                ask(self)
            }
            asked => asked,
        }
    }

    /// Asks for what can be done twice: once more if the answer is lost.
    fn settle<T>(&mut self, ask: impl Fn(&mut Self) -> Result<T>) -> Result<T> {
        self.ensure_connected()?;
        match ask(self) {
            Err(error) if is_unsettled(&error) && !self.session.is_suspect() => {
                let doubt = self.reconnect(error)?;
                ask(self).map_err(|error| doubt.to_error(&error))
            }
            asked => asked,
        }
    }

    /// Connects again after a lost answer. If that is not possible, the doubt is what is told.
    fn reconnect(&mut self, error: Error) -> Result<Doubt> {
        self.report
            .step(&format!("{error}; connecting again to find out"));
        self.session.give_up();
        match self.ensure_connected() {
            Ok(()) => Ok(Doubt(error.to_string())),
            Err(_) => Err(error),
        }
    }

    /// The meeting id that clients of this pool's generation make of a token.
    fn id_of(&self, token: &Token) -> MeetingId {
        match self.dialect {
            Dialect::Lync => MeetingId::short(token),
            _ => MeetingId::hexadecimal(token),
        }
    }
}

/// Whether an error leaves open what the pool did or has.
fn is_unsettled(error: &Error) -> bool {
    matches!(error.kind, Kind::InDoubt | Kind::HalfDone)
}

/// Whether a reason may be given for what was done as well: it has no better name, or one that nobody
/// has seen. What the pool has tells then.
fn is_vague(reason: &Reason) -> bool {
    matches!(reason, Reason::OtherFailure | Reason::Other(_))
}

/// An error that begins with what is not known.
fn in_doubt(unknown: &str, why: &Error) -> Error {
    Error::new(Kind::InDoubt, format!("{unknown}: {why}")).with_hints_of(why)
}

/// What is not known, in words.
struct Doubt(String);

impl Doubt {
    /// Another failure, whatever it is, does not make the first one certain.
    fn to_error(&self, error: &Error) -> Error {
        Error::new(Kind::InDoubt, self.0.clone()).with_hints_of(error)
    }
}

impl Backend for Ocs {
    fn capabilities(&self) -> Capabilities {
        let is_lync = self.dialect >= Dialect::Lync;
        Capabilities {
            name: "the pool",
            live_meetings: true,
            meetings: wanted::meetings_of(self.dialect),
            calls: conference::Kind::ConferenceCall,
            assigned: true,
            passcodes: !is_lync,
            lobby: is_lync,
            promotion: is_lync,
            numbers: true,
            without_dial_in: true,
            no_numbers: "The pool gave no Conference ID for callers: nobody can join by phone.",
            no_web_link: match is_lync {
                false => "",
                true => {
                    "The pool told no https link, so the invitation has only a conf: link, which nothing but a Lync or Skype for Business client opens: set the account's join_base to where people join, as join_base = \"https://meet.example.com\"."
                }
            },
        }
    }

    fn get_offer(&mut self) -> Result<Offer> {
        self.inquire(|ocs| Ok(ocs.get_known()?.offer.clone()))
    }

    fn expect_passcode(&mut self) {
        self.expects_passcode = true;
    }

    /// One after another: each may need the certificate, or the passcode, of the one before.
    fn create(&mut self, wanted: &[(Plan, Token)]) -> Vec<Result<Conference>> {
        let create = |(plan, token): &(Plan, Token)| {
            self.ensure_connected()?;
            self.create_conference(plan, &self.id_of(token))
        };
        wanted.iter().map(create).collect()
    }

    fn get_created(&mut self, token: &Token) -> Result<Created> {
        let id = self.id_of(token);
        let found = self.inquire(|ocs| ocs.find_conference(&id))?;
        Ok(match found {
            Some(made) => Created::Made(Box::new(made)),
            None => Created::Nothing,
        })
    }

    fn get(&mut self, ids: &[MeetingId]) -> Result<Vec<Result<Option<Conference>>>> {
        self.inquire(|ocs| ocs.find_conferences(ids))
    }

    fn look_up(&mut self, ids: &[MeetingId]) -> Result<Vec<Result<Option<Listed>>>> {
        self.inquire(|ocs| ocs.look_up_conferences(ids))
    }

    fn list(&mut self) -> Result<Listing> {
        self.inquire(Self::list_conferences)
    }

    fn update(&mut self, id: &MeetingId, plan: &Plan) -> Result<Conference> {
        let shown = self.shown.take();
        let shown = shown.filter(|shown| shown.id.is(id));
        self.settle(|ocs| ocs.change_conference(id, plan, shown.as_ref()))
    }

    fn delete(&mut self, id: &MeetingId) -> Result<bool> {
        match self.settle(|ocs| ocs.delete_conference(id)) {
            // However often it says that it failed, what is gone was deleted.
            Err(error)
                if is_unsettled(&error)
                    && !self.session.is_lost()
                    && !self.session.is_suspect() =>
            {
                match self.read_after(id, &error.to_string()) {
                    Ok(None) => Ok(true),
                    _ => Err(error),
                }
            }
            deleted => deleted,
        }
    }

    fn assigned(&mut self) -> Option<&mut dyn Assigned> {
        Some(self)
    }
}

impl Assigned for Ocs {
    fn find(&mut self) -> Result<Option<MeetingId>> {
        self.inquire(Self::get_assigned)
    }

    fn get_or_make(&mut self, plan: &Plan, token: &Token) -> Result<Conference> {
        self.settle(|ocs| ocs.get_or_make_assigned_conference(plan, token))
    }
}

/// The generation by the `Server` header: `RTC/3.0` is OCS 2007, `RTC/3.5` 2007 R2, later ones are
/// Lync and after (the last from general knowledge, (U)).
fn dialect_of(server: Option<&str>) -> Dialect {
    match server.and_then(version_of) {
        Some((4.., _)) => Dialect::Lync,
        Some((3, 0)) => Dialect::Ocs2007,
        _ => Dialect::Ocs2007R2,
    }
}

/// The 3 and 5 of `RTC/3.5`.
fn version_of(server: &str) -> Option<(u32, u32)> {
    let version = server.split("RTC/").nth(1)?;
    let mut numbers = version.split(|c: char| !c.is_ascii_digit());
    let major = numbers.next()?.parse().ok()?;
    let minor = numbers.next().and_then(|text| text.parse().ok());
    Some((major, minor.unwrap_or_default()))
}

#[cfg(test)]
mod generations {
    use super::*;

    #[test]
    fn the_server_header_tells_the_generation() {
        assert_eq!(dialect_of(Some("RTC/3.0")), Dialect::Ocs2007);
        assert_eq!(dialect_of(Some("RTC/3.5.0.0")), Dialect::Ocs2007R2);
        assert_eq!(dialect_of(Some("RTC/4.0")), Dialect::Lync);
        assert_eq!(dialect_of(Some("RTC/6.0")), Dialect::Lync);
        assert_eq!(dialect_of(Some("something else")), Dialect::Ocs2007R2);
        assert_eq!(dialect_of(None), Dialect::Ocs2007R2);
    }
}
