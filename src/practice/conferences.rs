//! What the Focus Factory does: makes, changes, lists and deletes conferences, and tells what it
//! offers ([MS-CONFPRO] 3.2.5).

use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use openssl::x509::X509;

use crate::practice::Pool;
use crate::practice::policy::{DEFAULT_REGION, Policy};
use crate::practice::record::{Entry, Record};
use crate::practice::store::{Store, StoreError};
use crate::practice::users::User;
use crate::proto::c3p::{
    self, ANSWER_CAP, AccessNumber, Answer, Capabilities, Certificate, Command, CommandName,
    ConferenceInfo, DOCUMENT_CAP, Dialect, Envelope, McuType, PstnAccess, PstnBridging, Reason,
    Region, Request, Response, focus_factory_uri, focus_uri,
};
use crate::secret::Secret;

/// Most bytes of a list: what clients read, less some for what is around it. C3P has no pages, and
/// what a pool does with more is a (GUESS).
const LIST_CAP: usize = ANSWER_CAP - 64 * 1024;

/// `(INF)` Seconds after which a pool forgets a conference that has expired. Until then it can be
/// changed, and so be brought back.
const KEPT_AFTER_EXPIRY: i64 = 24 * 60 * 60;

impl Pool {
    pub(super) fn perform(&self, user: &User, command: Command) -> Result<Answer, Reason> {
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
                let key = self.get_or_make_key().map_err(other)?;
                let certificate = key.certificate().map_err(other)?;
                Ok(Answer::GetEncryptionKey(Some(certificate)))
            }
            Command::GetAvailableMcuTypes => Ok(Answer::GetAvailableMcuTypes(self.mcu_types())),
            Command::GetConferencingCapabilities => {
                Ok(Answer::GetConferencingCapabilities(self.capabilities()))
            }
        }
    }

    /// Does it after a pause. Until then the id of a conference that is being made is taken, and
    /// nobody can find the conference.
    pub(super) fn perform_late(
        &self,
        user: &User,
        command: Command,
        pause: Duration,
    ) -> Result<Answer, Reason> {
        let making = match &command {
            Command::AddConference(info) => info.description.conference_id.clone(),
            _ => None,
        };
        let making = making.map(|id| (user.address.clone(), id));
        if let Some(key @ (_, id)) = &making
            && (self.find(user, id).is_ok() || !self.making().insert(key.clone()))
        {
            return Err(Reason::ConferenceExists);
        }
        thread::sleep(pause);
        let outcome = self.perform(user, command);
        self.making().retain(|other| Some(other) != making.as_ref());
        outcome
    }

    pub(super) fn mcu_types(&self) -> Vec<McuType> {
        let mut types = vec![McuType::Chat, McuType::AudioVideo, McuType::PhoneConf];
        types.push(match self.policy.live_meeting {
            true => McuType::Meeting,
            false => McuType::DataConf,
        });
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
                    regions(&self.policy)
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
        if crate::conference::MeetingId::of_pool(&id).is_err() {
            return Err(Reason::InvalidConferenceId);
        }
        match self.find(user, &id) {
            Ok(_) => return Err(Reason::ConferenceExists),
            Err(Reason::ConferenceDoesNotExist) => {}
            Err(reason) => return Err(reason),
        }
        let assigned = info.assigned;
        let (quota, now) = (self.policy.quota, self.now().as_second());
        let has_room = self.store().has_room(&user.address, quota, now);
        // Store::add has the last word: another process may be as far as this one.
        if !assigned && !has_room.map_err(|error| reason_of(&error))? {
            return Err(Reason::MaximumConferencesExceeded);
        }
        if assigned
            && self
                .find_assigned(user)
                .map_err(|error| reason_of(&error))?
                .is_some()
        {
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
        .map(|record| Answer::AddConference(self.short_info(&record)))
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
        .map(|record| Answer::ModifyConference(self.short_info(&record)))
    }

    fn get_conference(
        &self,
        user: &User,
        id: &str,
        certificate: Option<&Certificate>,
    ) -> Result<Answer, Reason> {
        let record = self.find(user, id)?;
        let mut info = self.full_info(&record)?;
        let der = certificate.map(check_certificate).transpose()?;
        if let (Some(der), Some(passcode)) = (der, &record.passcode) {
            let sealed = c3p::seal(passcode, &der, Envelope::Cms)
                .map_err(|_| Reason::InvalidEncryptionKey)?;
            info.description.conference_key = Some(Secret::new(sealed));
        }
        Ok(Answer::GetConference(info))
    }

    fn get_conferences(&self, user: &User, assigned: bool) -> Result<Answer, Reason> {
        let places = self
            .store()
            .places(&user.address, self.now().as_second())
            .map_err(|error| reason_of(&error))?;
        let size = |infos| list_of(infos).encode(self.dialect).len();
        let envelope = size(Vec::new());
        let mut length = envelope;
        let mut infos = Vec::new();
        // One at a time: documents are much longer than what a list says of them.
        for place in places {
            let record = self.store().find_at(&user.address, place);
            let record = record.map_err(|error| reason_of(&error))?;
            let wanted = record.filter(|record| record.assigned || !assigned);
            let Some(info) = wanted.map(|record| self.short_info(&record)) else {
                continue;
            };
            length += size(vec![info.clone()]).saturating_sub(envelope);
            if length > LIST_CAP {
                return Err(Reason::OtherFailure);
            }
            infos.push(info);
        }
        Ok(Answer::GetConferences(infos))
    }

    fn find(&self, user: &User, id: &str) -> Result<Record, Reason> {
        if id.eq_ignore_ascii_case(c3p::ASSIGNED_ID) && self.dialect < Dialect::Lync {
            self.assign_conference(user).map_err(other)?;
        }
        let found = self
            .store()
            .find(&user.address, id)
            .map_err(|error| reason_of(&error))?;
        let now = self.now().as_second();
        let is_kept = |record: &Record| {
            let forgotten = record
                .expires
                .map(|at| at.saturating_add(KEPT_AFTER_EXPIRY));
            forgotten.is_none_or(|forgotten| forgotten > now)
        };
        found.filter(is_kept).ok_or(Reason::ConferenceDoesNotExist)
    }

    fn keep(
        &self,
        user: &User,
        id: &str,
        info: &ConferenceInfo,
        passcode: Option<&Secret>,
        assigned: bool,
        write: impl FnOnce(&mut Store, &Entry<'_>, i64) -> Result<Record, StoreError>,
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
        write(&mut self.store(), &entry, self.now().as_second()).map_err(|error| reason_of(&error))
    }

    /// Everything but the passcode.
    fn full_info(&self, record: &Record) -> Result<ConferenceInfo, Reason> {
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
        if self.dialect == Dialect::Lync && self.policy.join_url {
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
    fn short_info(&self, record: &Record) -> ConferenceInfo {
        let Ok(mut info) = self.full_info(record) else {
            return ConferenceInfo::default();
        };
        info.users.clear();
        info.views.clear();
        info.foreign.clear();
        info.description.foreign.clear();
        info
    }
}

/// An answer with that list, for its size.
fn list_of(infos: Vec<ConferenceInfo>) -> Response {
    Response {
        request_id: 0,
        from: String::new(),
        to: String::new(),
        command: CommandName::GetConferences,
        outcome: Ok(Answer::GetConferences(infos)),
    }
}

/// A client's certificate in DER, if it is one.
fn check_certificate(certificate: &Certificate) -> Result<Vec<u8>, Reason> {
    let der = certificate.der().ok_or(Reason::InvalidEncryptionKey)?;
    match X509::from_der(&der) {
        Ok(_) => Ok(der),
        Err(_) => Err(Reason::InvalidEncryptionKey),
    }
}

fn regions(policy: &Policy) -> Vec<Region> {
    let number = |number: crate::conference::AccessNumber| AccessNumber {
        number: number.display,
        languages: number.languages,
    };
    let region = |(name, numbers): (String, Vec<_>)| Region {
        name,
        numbers: numbers.into_iter().map(number).collect(),
    };
    policy.regions().into_iter().map(region).collect()
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

fn reason_of(error: &StoreError) -> Reason {
    match error {
        StoreError::Exists => Reason::ConferenceExists,
        StoreError::Quota => Reason::MaximumConferencesExceeded,
        StoreError::Unknown => Reason::ConferenceDoesNotExist,
        StoreError::Stale => Reason::InvalidVersion,
        StoreError::Foreign
        | StoreError::Newer(_)
        | StoreError::Database(_)
        | StoreError::Create(_)
        | StoreError::Sync(_) => Reason::OtherFailure,
    }
}

/// An internal error has no better name ([MS-CONFPRO] 2.2.3.8).
pub(super) fn other<E>(_: E) -> Reason {
    Reason::OtherFailure
}
