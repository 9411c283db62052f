//! Making and finding conferences ([MS-CONFPRO] 3.1.4.1, 3.1.5.3, 4.5).

use jiff::Timestamp;

use super::{Ocs, refusal, understand};
use crate::conference::{
    Access, CallIn, Conference, ConferenceId, DialIn, IdChoice, Kind, Offer, Passcode, Person,
    Plan, PlannedPasscode,
};
use crate::error::{self, Error, Result};
use crate::proto::c3p::{
    self, ASSIGNED_ID, AdmissionPolicy, Answer, Certificate, Command, ConferenceInfo, Description,
    Dialect, EntityView, JoinLink, KeyPair, McuType, PstnAccess, Reason, Role, Scheme, User,
};
use crate::secret::Secret;

/// Digits of a random passcode: what every generation accepts for phone callers, then what a
/// stricter policy may want.
const PASSCODE_DIGITS: [u32; 3] = [8, 12, 16];
/// How often a taken id is replaced by another.
const MOST_IDS: usize = 3;

const MAKING: &str = "the pool did not make the conference";
const LOOKING: &str = "the pool did not show the conference";

impl Ocs {
    pub(super) fn book(&mut self, plan: &Plan) -> Result<Conference> {
        match plan.id {
            IdChoice::New => self.book_new(plan),
            IdChoice::Assigned => self.find_assigned(plan),
        }
    }

    fn book_new(&mut self, plan: &Plan) -> Result<Conference> {
        let mut lengths = PASSCODE_DIGITS.into_iter();
        let mut passcode = self.passcode(&plan.passcode, lengths.next());
        let mut info = self.conference_info(plan)?;
        let mut ids = 0;
        let mut keys = 0;
        let (id, added) = loop {
            let id = self.new_id();
            info.description.conference_id = Some(id.to_string());
            info.description.conference_key = self.sealed(passcode.as_ref())?;
            match self.add_conference(&info, &id)? {
                Ok(Answer::AddConference(added)) => break (id, added),
                Ok(_) => break (id, ConferenceInfo::default()),
                Err(Reason::ConferenceExists) if ids < MOST_IDS => ids += 1,
                Err(Reason::InvalidEncryptionKeyUsed) if keys == 0 => {
                    keys += 1;
                    self.renew_key()?;
                }
                Err(Reason::InvalidPasscode)
                    if plan.passcode == PlannedPasscode::Random && lengths.len() > 0 =>
                {
                    passcode = self.passcode(&plan.passcode, lengths.next());
                }
                Err(reason) => return Err(refusal::of_reason(&reason, MAKING)),
            }
        };
        self.session.step(&format!("the pool made conference {id}"));
        let focus = added.focus(self.user(), id.as_str());
        let mut kept = self
            .read_back(&id, None)
            .map_err(|error| half_done(&error, &id))?;
        // The pool gives no passcode without a certificate to seal it for; we know it already.
        kept.description.conference_key = None;
        kept.entity = Some(focus);
        Ok(self.conference(&id, &kept, passcode, plan))
    }

    /// Asks for the conference. A refusal says that it was not made; silence, a lost connection,
    /// nonsense and a proxy's time-out do not.
    fn add_conference(
        &mut self,
        info: &ConferenceInfo,
        id: &ConferenceId,
    ) -> Result<Result<Answer, Reason>> {
        let words = format!(
            "confctl: it is not known whether the pool made conference {id}, which was just asked for"
        );
        self.session.at_stake(Some(&words));
        let asked = self.ask(Command::AddConference(info.clone()));
        let answers = self.session.answers([asked.ticket]);
        let [answer] = answers.map_err(|error| unknown_outcome(error, id))?;
        let outcome = understand(&asked.request, &answer, MAKING);
        let words = format!("confctl: the conference exists as {id}, without an invitation");
        let made = matches!(outcome, Ok(Ok(_)));
        self.session.at_stake(made.then_some(words.as_str()));
        match answer.code() {
            Some(200..=299 | 408 | 504) => outcome.map_err(|error| unknown_outcome(error, id)),
            _ => outcome,
        }
    }

    /// The conference that the settings page made. On Lync and later it is made if there is none.
    fn find_assigned(&mut self, plan: &Plan) -> Result<Conference> {
        let (id, info, passcode) = if self.dialect == Dialect::Lync {
            let id = self.assigned_on_lync(plan)?;
            let info = self.read_back(&id, None)?;
            (id, info, None)
        } else {
            self.assigned_on_ocs()?
        };
        self.session.step("found your assigned conference");
        if plan.dial_in && pstn_id(&info).is_none() {
            return Err(Error::new(
                error::Kind::Refused,
                "your assigned conference has no Conference ID for callers",
            )
            .hint("make one on the settings page: confctl settings open; or use --id new"));
        }
        Ok(self.conference(&id, &info, passcode, plan))
    }

    fn assigned_on_ocs(&mut self) -> Result<(ConferenceId, ConferenceInfo, Option<Passcode>)> {
        let id =
            ConferenceId::parse(ASSIGNED_ID).map_err(|error| Error::failed(error.to_string()))?;
        let own = own_key()?;
        let info = self.read_back(&id, Some(own.certificate().map_err(crypto)?));
        let info = info.map_err(|error| match error.kind {
            error::Kind::NotFound => {
                Error::new(error::Kind::Refused, "you have no assigned conference yet")
                    .hint("make one on the settings page: confctl settings open; or use --id new")
            }
            _ => error,
        })?;
        let passcode = unseal(&info, &own)?;
        Ok((id, info, passcode))
    }

    fn assigned_on_lync(&mut self, plan: &Plan) -> Result<ConferenceId> {
        let listed = match self.call(Command::GetConferences { assigned: true }, LOOKING)? {
            Ok(Answer::GetConferences(listed)) => listed,
            Ok(_) => Vec::new(),
            Err(reason) => return Err(refusal::of_reason(&reason, LOOKING)),
        };
        let known = listed
            .iter()
            .find_map(|info| info.description.conference_id.as_deref());
        if let Some(id) = known.and_then(|id| ConferenceId::parse(id).ok()) {
            return Ok(id);
        }
        let id = self.new_id();
        let mut info = self.conference_info(plan)?;
        info.assigned = true;
        // It outlives this meeting, and so must not tell of it.
        info.users.clear();
        info.description.subject = None;
        info.description.expiry_time = None;
        info.description.conference_id = Some(id.to_string());
        match self.call(Command::AddConference(info), MAKING)? {
            Ok(_) => Ok(id),
            Err(reason) => Err(refusal::of_reason(&reason, MAKING)),
        }
    }

    fn read_back(
        &mut self,
        id: &ConferenceId,
        certificate: Option<Certificate>,
    ) -> Result<ConferenceInfo> {
        let command = Command::GetConference {
            conference_id: id.to_string(),
            certificate,
        };
        match self.call(command, LOOKING)? {
            Ok(Answer::GetConference(info)) => Ok(info),
            Ok(_) => Ok(ConferenceInfo::default()),
            Err(reason) => Err(refusal::of_reason(&reason, LOOKING)),
        }
    }

    /// The request for a new conference, but for its id and passcode.
    fn conference_info(&mut self, plan: &Plan) -> Result<ConferenceInfo> {
        let lync = self.dialect == Dialect::Lync;
        let views = self.media(plan.kind)?;
        Ok(ConferenceInfo {
            description: Description {
                subject: Some(plan.subject.clone()),
                expiry_time: Some(plan.expires),
                admission_policy: Some(policy_of(plan.access)),
                pstn_access: plan.dial_in.then(PstnAccess::default),
                pstn_lobby_bypass: (lync && plan.dial_in).then_some(true),
                ..Description::default()
            },
            users: plan
                .participants
                .iter()
                .map(|person| invited(person, plan))
                .collect(),
            views,
            ..ConferenceInfo::default()
        })
    }

    /// Media servers for a kind of meeting, of those that the pool has.
    fn media(&mut self, kind: Kind) -> Result<Vec<EntityView>> {
        let wanted: &[McuType] = match kind {
            Kind::LiveMeeting => &[McuType::Meeting, McuType::Chat, McuType::AudioVideo],
            Kind::ConferenceCall => &[McuType::Chat, McuType::AudioVideo],
        };
        let offered = &self.known()?.mcu_types;
        let needed = wanted
            .first()
            .filter(|_| kind == Kind::LiveMeeting)
            .unwrap_or(&McuType::AudioVideo);
        if !offered.contains(needed) {
            return Err(refusal::of_reason(&Reason::McuTypeNotAvailable, MAKING));
        }
        Ok(wanted
            .iter()
            .filter(|mcu| offered.contains(mcu))
            .cloned()
            .map(EntityView::from)
            .collect())
    }

    fn new_id(&mut self) -> ConferenceId {
        match self.dialect {
            Dialect::Lync => ConferenceId::short(self.random()),
            _ => ConferenceId::hexadecimal(self.random()),
        }
    }

    fn passcode(&mut self, planned: &PlannedPasscode, digits: Option<u32>) -> Option<Passcode> {
        match planned {
            PlannedPasscode::None => None,
            PlannedPasscode::Given(passcode) => Some(passcode.clone()),
            PlannedPasscode::Random => {
                let digits = digits?;
                let number = u128::from_be_bytes(self.random()) % 10_u128.pow(digits);
                Passcode::parse(&format!("{number:0width$}", width = digits as usize)).ok()
            }
        }
    }

    fn sealed(&mut self, passcode: Option<&Passcode>) -> Result<Option<Secret>> {
        let Some(passcode) = passcode else {
            return Ok(None);
        };
        let certificate = self.known()?.key.as_ref().and_then(Certificate::der);
        let certificate = certificate.ok_or_else(|| {
            Error::new(
                error::Kind::Refused,
                "the pool gives no certificate to seal the passcode for",
            )
            .hint("leave out the passcode and dial-in: --access open --no-dial-in")
        })?;
        let sealed = c3p::seal(&Secret::from(passcode.digits()), &certificate).map_err(crypto)?;
        Ok(Some(Secret::new(sealed)))
    }

    fn renew_key(&mut self) -> Result<()> {
        if let Ok(Answer::GetEncryptionKey(certificate)) =
            self.call(Command::GetEncryptionKey, MAKING)?
            && let Some(known) = &mut self.known
        {
            known.key = Some(certificate);
        }
        Ok(())
    }

    fn conference(
        &self,
        id: &ConferenceId,
        info: &ConferenceInfo,
        passcode: Option<Passcode>,
        plan: &Plan,
    ) -> Conference {
        let focus = info.focus(self.user(), id.as_str());
        let offer = self.known.as_ref().map(|known| &known.offer);
        let dial_in = pstn_id(info)
            .filter(|_| !plan.numbers.is_empty())
            .map(|conference_id| DialIn {
                conference_id,
                numbers: plan.numbers.clone(),
                settings_page: offer.and_then(page_of),
            });
        Conference {
            id: id.clone(),
            kind: plan.kind,
            subject: info.description.subject.clone().unwrap_or_default(),
            access: access_of(info.description.admission_policy.as_ref()),
            assigned: plan.id == IdChoice::Assigned,
            expires: info.description.expiry_time,
            call_in: CallIn {
                client_link: client_link(plan.kind, &focus, passcode.as_ref()),
                web_link: info.description.join_url.clone(),
                dial_in,
                passcode,
            },
            focus,
        }
    }
}

/// The address for callers to read: the external one, which works everywhere, else the internal.
fn page_of(offer: &Offer) -> Option<String> {
    offer
        .pages
        .external
        .clone()
        .or_else(|| offer.pages.internal.clone())
}

fn client_link(kind: Kind, focus: &str, passcode: Option<&Passcode>) -> String {
    let scheme = match kind {
        Kind::LiveMeeting => Scheme::Meet,
        Kind::ConferenceCall => Scheme::Conf,
    };
    let mut link = JoinLink::new(scheme, focus);
    // Only the Live Meeting console is known to take the passcode from its link.
    link.conference_key = passcode
        .filter(|_| scheme == Scheme::Meet)
        .map(|passcode| Secret::from(passcode.digits()));
    link.url()
}

/// Digits that callers key in, as the pool gives them; anything but digits is no Conference ID.
fn pstn_id(info: &ConferenceInfo) -> Option<String> {
    let id = info.description.pstn_access.as_ref()?.id.as_deref()?.trim();
    let right = (1..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
    right.then(|| id.to_owned())
}

fn invited(person: &Person, plan: &Plan) -> User {
    let presents = plan.presenters.iter().any(|presenter| presenter.is(person));
    User {
        // The SIP address is taken to be the mail address; the pool knows no other way either.
        entity: format!("sip:{}", person.address),
        roles: vec![if presents {
            Role::Presenter
        } else {
            Role::Attendee
        }],
        foreign: Vec::new(),
    }
}

fn policy_of(access: Access) -> AdmissionPolicy {
    match access {
        Access::Open => AdmissionPolicy::OpenAuthenticated,
        Access::Closed => AdmissionPolicy::ClosedAuthenticated,
        Access::Anonymous => AdmissionPolicy::Anonymous,
    }
}

fn access_of(policy: Option<&AdmissionPolicy>) -> Access {
    match policy {
        Some(AdmissionPolicy::Anonymous) => Access::Anonymous,
        Some(AdmissionPolicy::ClosedAuthenticated) => Access::Closed,
        _ => Access::Open,
    }
}

/// A key for this run alone, with which the pool can show us a passcode.
fn own_key() -> Result<KeyPair> {
    KeyPair::generate("confctl", Timestamp::now()).map_err(crypto)
}

fn unseal(info: &ConferenceInfo, own: &KeyPair) -> Result<Option<Passcode>> {
    let Some(sealed) = &info.description.conference_key else {
        return Ok(None);
    };
    let opened = own.open(sealed.expose()).map_err(crypto)?;
    let passcode = Passcode::of_pool(opened.expose());
    passcode.map(Some).map_err(|_| {
        Error::new(
            error::Kind::Unreachable,
            "the pool's passcode is not made of letters and digits",
        )
    })
}

fn crypto(error: c3p::PasscodeError) -> Error {
    Error::failed(format!(
        "the passcode could not be sealed or opened: {error}"
    ))
}

/// An answer that was lost or made no sense says nothing about the conference.
fn unknown_outcome(error: Error, id: &ConferenceId) -> Error {
    if error.kind != error::Kind::Unreachable {
        return error;
    }
    Error::new(
        error::Kind::HalfDone,
        format!("it is not known whether the pool made conference {id}: {error}"),
    )
    .hint("it may be there without an invitation; scheduling again makes another one")
    .with_hints_of(&error)
}

/// The conference is there, but what callers need is not known yet.
fn half_done(error: &Error, id: &ConferenceId) -> Error {
    Error::new(
        error::Kind::HalfDone,
        format!("the conference exists as {id}, but its details could not be read: {error}"),
    )
    .hint("it is on the pool without an invitation; scheduling again makes another one")
    .with_hints_of(error)
}
