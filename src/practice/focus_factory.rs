//! The Focus Factory: makes, changes, lists and deletes conferences ([MS-CONFPRO] 3.2.5).

use jiff::Timestamp;

use crate::practice::Pool;
use crate::practice::connection::{Connection, Reply};
use crate::practice::diagnostics::diagnostics;
use crate::practice::faults::{FaultKind, Occasion};
use crate::practice::policy::{self, DEFAULT_REGION};
use crate::practice::store::{Entry, Record, StoreError};
use crate::practice::users::User;
use crate::proto::c3p::{
    self, AccessNumber, Answer, CONTENT_TYPE, Capabilities, Certificate, Command, CommandName,
    ConferenceInfo, Dialect, Error, Form, McuType, PstnAccess, PstnBridging, Reason, Region,
    Request, focus_factory_uri, focus_uri,
};
use crate::proto::sip::{Address, Message};
use crate::secret::Secret;

/// Most bytes of a conference that are kept. [GUESS]
const DOCUMENT_CAP: usize = 256 * 1024;

impl Connection {
    /// Answers a SERVICE request.
    pub(super) fn serve(&mut self, user: &User, request: &Message) -> Reply {
        let to = Address::read(&request.header("To").unwrap_or_default()).uri;
        if !to.eq_ignore_ascii_case(&focus_factory_uri(&user.address)) {
            return self.refuse(request, 403, "Forbidden", 3014, "Failed authorisation");
        }
        if !request.carries(CONTENT_TYPE) {
            return self.answer(request, 415, "Unsupported Media Type").into();
        }
        let asked = match Request::decode(&request.body) {
            Ok(asked) => asked,
            Err(error) => return self.misunderstood(request, &error),
        };
        if asked.to != to {
            return self.refuse(
                request,
                400,
                "Bad Request",
                3001,
                "The To of the request is bad",
            );
        }
        if !asked.from.eq_ignore_ascii_case(&user.address) {
            return self.refuse(request, 403, "Forbidden", 3014, "Failed authorisation");
        }
        let command = asked.command.name();
        if self.pool.dialect == Dialect::Ocs2007
            && command == CommandName::GetConferencingCapabilities
        {
            return self.misunderstood(request, &Error::UnknownCommand(command.to_string()));
        }
        let outcome = self.pool.perform(user, asked.command.clone());
        self.respond(request, &asked, outcome)
    }

    fn respond(
        &self,
        request: &Message,
        asked: &Request,
        outcome: Result<Answer, Reason>,
    ) -> Reply {
        let command = asked.command.name().as_str();
        let occasion = Occasion {
            answer: self.answers() + 1,
            method: "SERVICE",
            command,
        };
        let mut form = Form::from(self.pool.dialect);
        let mut response = asked.answered(outcome);
        let mut spoil = false;
        let mut pending = false;
        for fault in self.pool.faults.due(occasion) {
            match fault {
                FaultKind::Reason(word) => response.outcome = Err(Reason::from(word.as_str())),
                FaultKind::WrongRequestId => {
                    response.request_id = response.request_id.wrapping_add(1);
                }
                FaultKind::NoDescription => {
                    form.entity_on_command = true;
                    response.outcome = response.outcome.map(without_description);
                }
                FaultKind::Spoil => spoil = true,
                FaultKind::Pending => pending = true,
                _ => {}
            }
        }
        let mut body = response.encode(form);
        if spoil {
            body.truncate(body.len() / 2);
        }
        if pending {
            body = String::from_utf8_lossy(&body)
                .replace("code=\"success\"", "code=\"pending\"")
                .into_bytes();
        }
        Reply {
            message: self
                .answer(request, 200, "OK")
                .with_body(CONTENT_TYPE, body),
            after: Vec::new(),
            command: command.to_owned(),
        }
    }

    fn refuse(&self, request: &Message, code: u16, reason: &str, id: u32, why: &str) -> Reply {
        let mut answer = self.answer(request, code, reason);
        answer.headers.push(diagnostics(id, why));
        answer.into()
    }

    /// Which diagnostics go with which mistake is [GUESS]; that the body is missing is not.
    fn misunderstood(&self, request: &Message, error: &Error) -> Reply {
        match error {
            Error::UnknownCommand(_) => self.refuse(
                request,
                400,
                "Bad Request",
                3004,
                "The C3P command is not implemented",
            ),
            _ => self.refuse(
                request,
                400,
                "Bad Request",
                3006,
                "The C3P request could not be parsed",
            ),
        }
    }
}

impl Pool {
    fn perform(&self, user: &User, command: Command) -> Result<Answer, Reason> {
        match command {
            Command::AddConference(info) => self.add_conference(user, info),
            Command::ModifyConference(info) => self.modify_conference(user, info),
            Command::DeleteConference { conference_id } => {
                self.store()
                    .remove(&user.address, &conference_id)
                    .map_err(|error| reason_of(&error))?;
                Ok(Answer::DeleteConference)
            }
            Command::GetConference {
                conference_id,
                certificate,
            } => self.get_conference(user, &conference_id, certificate.as_ref()),
            Command::GetConferences { assigned } => self.get_conferences(user, assigned),
            Command::GetEncryptionKey => {
                let key = self.focus_factory_key().map_err(other)?;
                Ok(Answer::GetEncryptionKey(key.certificate().map_err(other)?))
            }
            Command::GetAvailableMcuTypes => Ok(Answer::GetAvailableMcuTypes(self.mcu_types())),
            Command::GetConferencingCapabilities => {
                Ok(Answer::GetConferencingCapabilities(self.capabilities()))
            }
        }
    }

    pub(super) fn mcu_types(&self) -> Vec<McuType> {
        let mut types = vec![
            McuType::Chat,
            McuType::AudioVideo,
            McuType::Meeting,
            McuType::PhoneConf,
        ];
        types.extend((self.dialect > Dialect::Ocs2007).then_some(McuType::ApplicationSharing));
        types
    }

    fn capabilities(&self) -> Capabilities {
        let pages = self.pages();
        Capabilities {
            mcu_types: self.mcu_types(),
            anonymous_scheduling: Some(self.policy.anonymous),
            pstn_bridging: Some(PstnBridging {
                enabled: self.policy.dial_in,
                regions: if self.policy.dial_in {
                    regions()
                } else {
                    Vec::new()
                },
                default_region: self.policy.dial_in.then(|| DEFAULT_REGION.to_owned()),
                internal_url: Some(pages.internal),
                external_url: Some(pages.external),
            }),
        }
    }

    fn add_conference(&self, user: &User, mut info: ConferenceInfo) -> Result<Answer, Reason> {
        let id = info.description.conference_id.clone().unwrap_or_default();
        if crate::conference::ConferenceId::parse(&id).is_err() {
            return Err(Reason::InvalidConferenceId);
        }
        match self.find(user, &id) {
            Ok(_) => return Err(Reason::ConferenceExists),
            Err(Reason::ConferenceDoesNotExist) => {}
            Err(reason) => return Err(reason),
        }
        let assigned = info.assigned;
        if assigned && self.assigned(user)?.is_some() {
            return Err(Reason::InvalidStaticMeetingRequest);
        }
        let passcode = self.check(&mut info, None)?;
        self.keep(
            user,
            &id,
            &info,
            passcode.as_ref(),
            assigned,
            |store, entry, now| store.add(entry, self.policy.quota, now),
        )
        .map(|record| Answer::AddConference(self.in_short(&record)))
    }

    fn modify_conference(&self, user: &User, mut info: ConferenceInfo) -> Result<Answer, Reason> {
        let id = info.description.conference_id.clone().unwrap_or_default();
        let old = self.find(user, &id)?;
        let version = info.version.unwrap_or_default();
        if version != old.version {
            return Err(Reason::InvalidVersion);
        }
        info.assigned = old.assigned;
        let passcode = self.check(&mut info, old.passcode.as_ref())?;
        let id = old.id;
        self.keep(
            user,
            &id,
            &info,
            passcode.as_ref(),
            old.assigned,
            |store, entry, now| store.change(entry, version, now),
        )
        .map(|record| Answer::ModifyConference(self.in_short(&record)))
    }

    fn get_conference(
        &self,
        user: &User,
        id: &str,
        certificate: Option<&Certificate>,
    ) -> Result<Answer, Reason> {
        let record = self.find(user, id)?;
        let mut info = self.in_full(&record)?;
        if let (Some(certificate), Some(passcode)) = (certificate, &record.passcode) {
            let der = certificate.der().ok_or(Reason::InvalidEncryptionKey)?;
            let sealed = c3p::seal(passcode, &der).map_err(|_| Reason::InvalidEncryptionKey)?;
            info.description.conference_key = Some(Secret::new(sealed));
        }
        Ok(Answer::GetConference(info))
    }

    fn get_conferences(&self, user: &User, assigned: bool) -> Result<Answer, Reason> {
        let records = self
            .store()
            .list(&user.address, now())
            .map_err(|error| reason_of(&error))?;
        let wanted = records.iter().filter(|record| record.assigned || !assigned);
        Ok(Answer::GetConferences(
            wanted.map(|record| self.in_short(record)).collect(),
        ))
    }

    fn find(&self, user: &User, id: &str) -> Result<Record, Reason> {
        if id.eq_ignore_ascii_case(c3p::ASSIGNED_ID) && self.dialect < Dialect::Lync {
            self.assign_conference(user).map_err(other)?;
        }
        let found = self
            .store()
            .find(&user.address, id)
            .map_err(|error| reason_of(&error))?;
        found.ok_or(Reason::ConferenceDoesNotExist)
    }

    fn assigned(&self, user: &User) -> Result<Option<Record>, Reason> {
        let records = self
            .store()
            .list(&user.address, now())
            .map_err(|error| reason_of(&error))?;
        Ok(records.into_iter().find(|record| record.assigned))
    }

    fn keep(
        &self,
        user: &User,
        id: &str,
        info: &ConferenceInfo,
        passcode: Option<&Secret>,
        assigned: bool,
        write: impl FnOnce(&mut super::store::Store, &Entry<'_>, i64) -> Result<Record, StoreError>,
    ) -> Result<Record, Reason> {
        let document = document_of(user, info);
        if document.len() > DOCUMENT_CAP {
            return Err(Reason::OtherFailure);
        }
        let dial_in = info.description.pstn_access.is_some() && self.dialect > Dialect::Ocs2007;
        let entry = Entry {
            organizer: &user.address,
            id,
            document: &document,
            passcode,
            dial_in,
            expires: info.description.expiry_time.map(Timestamp::as_second),
            assigned,
        };
        write(&mut self.store(), &entry, now()).map_err(|error| reason_of(&error))
    }

    /// Everything but the passcode.
    fn in_full(&self, record: &Record) -> Result<ConferenceInfo, Reason> {
        let request = Request::decode(record.document.as_bytes()).map_err(other)?;
        let Command::AddConference(mut info) = request.command else {
            return Err(Reason::OtherFailure);
        };
        info.entity = Some(focus_uri(&record.organizer, &record.id));
        info.version = Some(record.version);
        info.assigned = record.assigned;
        info.description.last_update = Timestamp::from_second(record.updated).ok();
        info.description.is_active = Some(false);
        info.description.pstn_access = record.pstn_id.clone().map(|id| PstnAccess { id: Some(id) });
        if self.dialect == Dialect::Lync {
            let alias = record
                .organizer
                .trim_start_matches("sip:")
                .split('@')
                .next()
                .unwrap_or_default()
                .to_owned();
            info.description.join_url = Some(format!(
                "https://meet.practice.example/{alias}/{}",
                record.id
            ));
        }
        Ok(info)
    }

    /// What lists and the answers to changes hold.
    fn in_short(&self, record: &Record) -> ConferenceInfo {
        let Ok(mut info) = self.in_full(record) else {
            return ConferenceInfo::default();
        };
        info.users.clear();
        info.views.clear();
        info.foreign.clear();
        info.description.foreign.clear();
        info
    }
}

/// The URI alone.
fn without_description(answer: Answer) -> Answer {
    match answer {
        Answer::AddConference(info) => Answer::AddConference(ConferenceInfo {
            entity: info.entity,
            ..ConferenceInfo::default()
        }),
        answer => answer,
    }
}

fn regions() -> Vec<Region> {
    let mut regions: Vec<Region> = Vec::new();
    for number in policy::numbers() {
        let access = AccessNumber {
            number: number.display,
            languages: number.languages,
        };
        match regions
            .iter_mut()
            .find(|region| region.name == number.region)
        {
            Some(region) => region.numbers.push(access),
            None => regions.push(Region {
                name: number.region,
                numbers: vec![access],
            }),
        }
    }
    regions
}

/// A conference as it is kept: an addConference request in the widest dialect, without passcode.
pub(super) fn document_of(user: &User, info: &ConferenceInfo) -> String {
    let request = Request {
        id: 0,
        from: user.address.clone(),
        to: focus_factory_uri(&user.address),
        command: Command::AddConference(info.clone()),
    };
    String::from_utf8_lossy(&request.encode(Dialect::Lync)).into_owned()
}

fn now() -> i64 {
    Timestamp::now().as_second()
}

fn reason_of(error: &StoreError) -> Reason {
    match error {
        StoreError::Exists => Reason::ConferenceExists,
        StoreError::Quota => Reason::MaximumConferencesExceeded,
        StoreError::Unknown => Reason::ConferenceDoesNotExist,
        StoreError::Stale => Reason::InvalidVersion,
        StoreError::Database(_) => Reason::OtherFailure,
    }
}

/// An internal error has no better name ([MS-CONFPRO] 2.2.3.8).
pub(super) fn other<E>(_: E) -> Reason {
    Reason::OtherFailure
}
