//! Finding conferences, and what is told of them ([MS-CONFPRO] 3.2.5.5, 4.5).

use super::wanted::{access_of, kind_of, person_of, promotion_of};
use std::time::Instant;

use super::{Asked, Ocs, Shown, in_doubt, is_vague};
use crate::backend::pool::refusal;
use crate::backend::{Listed, Listing};
use crate::conference::{
    Access, Client, Conference, DialIn, DialInId, Kind, MeetingId, Passcode, WaysIn,
};
use crate::error::{self, Error, Result};
use crate::proto::c3p::{
    ASSIGNED_ID, Answer, Certificate, Command, ConferenceInfo, Dialect, JoinLink, Reason, Role,
    Scheme, focus_parts,
};
use crate::proto::sip::Message;
use crate::secret::Secret;

const LOOKING: &str = "the pool did not show the conference";
const LISTING: &str = "the pool did not list your conferences";

/// Conferences that are asked for at once. A pool answers one after another, and each answer has its
/// time from when it was asked for.
const MOST_AT_ONCE: usize = 10;

/// A conference as the pool keeps it, its passcode opened and taken out.
#[derive(Clone, PartialEq)]
pub(super) struct Kept {
    pub(super) info: ConferenceInfo,
    pub(super) passcode: Option<Passcode>,
}

impl Ocs {
    pub(super) fn find_conference(&mut self, id: &MeetingId) -> Result<Option<Conference>> {
        let kept = self.read(id)?;
        Ok(kept.map(|kept| self.conference(id, &kept)))
    }

    /// A pool with too many to list has no better word for that than one that [is vague](is_vague).
    pub(super) fn list_conferences(&mut self) -> Result<Listing> {
        let mut listed = self.get_conferences(false);
        let is_refusal = |error: &Error| error.kind == error::Kind::Refused;
        let is_in_vain = match &listed {
            Ok(Ok(infos)) => infos.is_empty(),
            Ok(Err(reason)) => !is_vague(reason),
            Err(error) => is_refusal(error),
        };
        if is_in_vain && self.learns_of_another_place()? {
            listed = self.get_conferences(false);
        }
        let infos = match listed? {
            Ok(infos) => infos,
            Err(reason) if is_vague(&reason) => {
                return Ok(Listing {
                    conferences: Vec::new(),
                    gap: Some(format!("it says '{reason}', as when there are too many")),
                });
            }
            Err(reason) => return Err(refusal::of_reason(&reason, LISTING)),
        };
        let conferences: Vec<Listed> = infos
            .iter()
            .filter_map(|info| self.to_listed(info))
            .collect();
        let nameless = infos.len() - conferences.len();
        let gap = (nameless > 0).then(|| format!("{nameless} of them have no meeting id in it"));
        Ok(Listing { conferences, gap })
    }

    pub(super) fn find_conferences(
        &mut self,
        ids: &[MeetingId],
    ) -> Result<Vec<Result<Option<Conference>>>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut kept = Vec::new();
        for some in ids.chunks(MOST_AT_ONCE) {
            kept.extend(self.read_some(some)?);
        }
        self.get_known()?;
        if let ([id], [Ok(Some(kept))]) = (ids, kept.as_slice()) {
            self.shown = Some(Shown {
                id: id.clone(),
                kept: kept.clone(),
                at: Instant::now(),
            });
        }
        let found = ids.iter().zip(kept);
        let found = found.map(|(id, kept)| Ok(kept?.map(|kept| self.conference(id, &kept))));
        Ok(found.collect())
    }

    /// As they would stand in a list.
    pub(super) fn look_up_conferences(
        &mut self,
        ids: &[MeetingId],
    ) -> Result<Vec<Result<Option<Listed>>>> {
        let mut found = Vec::new();
        for some in ids.chunks(MOST_AT_ONCE) {
            let asked = self.ask_for(some, None);
            let mut infos = self.read_answers(&asked)?;
            let is_there = |info: &Result<Option<ConferenceInfo>>| matches!(info, Ok(Some(_)));
            if !infos.iter().all(is_there) && self.learns_of_another_place()? {
                let asked = self.ask_for(some, None);
                infos = self.read_answers(&asked)?;
            }
            for (id, info) in some.iter().zip(infos) {
                found.push(info.map(|info| Some(self.to_listed_as(id.clone(), &info?))));
            }
        }
        Ok(found)
    }

    /// Whether the Focus Factory turns out to be elsewhere than usual, or to be of another generation.
    /// Asked when the usual one has nothing; a pool that refuses to tell has no other.
    pub(super) fn learns_of_another_place(&mut self) -> Result<bool> {
        if self.known.is_some() {
            return Ok(false);
        }
        let place = self.place();
        match self.get_known() {
            Err(error) if error.kind != error::Kind::Refused => Err(error),
            _ => Ok(place != self.place()),
        }
    }

    /// Whom C3P requests go to, and in which words.
    fn place(&self) -> (String, Dialect) {
        (self.focus_factory.clone(), self.dialect)
    }

    /// Everything about a conference; none when the pool has no such one.
    pub(super) fn read(&mut self, id: &MeetingId) -> Result<Option<Kept>> {
        let mut read = self.read_some(std::slice::from_ref(id))?;
        read.pop().unwrap_or(Ok(None))
    }

    /// The same of several, which are asked for at once, and along with what the pool says of itself if
    /// that is not known yet.
    fn read_some(&mut self, ids: &[MeetingId]) -> Result<Vec<Result<Option<Kept>>>> {
        let place = self.place();
        let certificate = self.own_certificate_at_hand()?;
        let asked = self.ask_for(ids, certificate.as_ref());
        self.get_known()?;
        let asked = match place == self.place() {
            true => asked,
            // It was the wrong one to ask, or was asked in the wrong words.
            false => self.ask_for(ids, certificate.as_ref()),
        };
        let mut infos = self.read_answers(&asked)?;
        let lacks_passcode = |info: &ConferenceInfo| {
            let has_one = access_of(info, self.dialect) == Access::Anonymous;
            has_one && info.description.conference_key.is_none()
        };
        if certificate.is_none() && self.dialect < Dialect::Lync {
            let places: Vec<usize> = infos
                .iter()
                .enumerate()
                .filter(|(_, info)| matches!(info, Ok(Some(info)) if lacks_passcode(info)))
                .map(|(place, _)| place)
                .collect();
            if !places.is_empty() {
                let certificate = self.own_certificate()?;
                let ids: Vec<MeetingId> = places.iter().map(|place| ids[*place].clone()).collect();
                let asked = self.ask_for(&ids, certificate.as_ref());
                for (place, info) in places.into_iter().zip(self.read_answers(&asked)?) {
                    infos[place] = info;
                }
            }
        }
        let unseal =
            |info: Result<Option<ConferenceInfo>>| info?.map(|info| self.unseal(info)).transpose();
        Ok(infos.into_iter().map(unseal).collect())
    }

    fn ask_for(&mut self, ids: &[MeetingId], certificate: Option<&Certificate>) -> Vec<Asked> {
        let ask = |id| self.ask(get_conference(id, certificate.cloned()));
        ids.iter().map(ask).collect()
    }

    fn read_answers(&mut self, asked: &[Asked]) -> Result<Vec<Result<Option<ConferenceInfo>>>> {
        let tickets: Vec<_> = asked.iter().map(|asked| asked.ticket).collect();
        let answers = self.session.wait_for_all(&tickets)?;
        let read = asked.iter().zip(&answers);
        Ok(read
            .map(|(asked, answer)| self.read_answer(asked, answer))
            .collect())
    }

    /// What an answer to a question for a conference shows.
    pub(super) fn read_answer(
        &self,
        asked: &Asked,
        answer: &Message,
    ) -> Result<Option<ConferenceInfo>> {
        conference_of(self.understand(&asked.request, answer, LOOKING)?)
    }

    fn unseal(&self, mut info: ConferenceInfo) -> Result<Kept> {
        let sealed = info.description.conference_key.take();
        let passcode = self.open(sealed.as_ref())?;
        Ok(Kept { info, passcode })
    }

    /// The same after a change that failed for a reason that is vague.
    pub(super) fn read_after(&mut self, id: &MeetingId, unknown: &str) -> Result<Option<Kept>> {
        self.session.in_doubt(Some(&format!("confctl: {unknown}")));
        let kept = self.read(id).map_err(|error| in_doubt(unknown, &error))?;
        self.session.in_doubt(None);
        Ok(kept)
    }

    pub(super) fn get_conference(
        &mut self,
        id: &MeetingId,
        certificate: Option<Certificate>,
    ) -> Result<Option<ConferenceInfo>> {
        conference_of(self.call(get_conference(id, certificate), LOOKING)?)
    }

    /// The key of the assigned conference: as the settings have it, else as the pool lists it, else on
    /// OCS the usual one.
    pub(super) fn get_assigned(&mut self) -> Result<Option<MeetingId>> {
        let account = &self.session.account;
        let own = account.assigned_id.as_ref();
        if let Some(id) = own.filter(|_| account.on_behalf_of.is_none()) {
            return Ok(Some(id.clone()));
        }
        let listed = self.get_conferences(true)?;
        self.choose_assigned(listed)
    }

    /// The assigned conference, where the pool shows it along with the list that tells which it is.
    pub(super) fn find_assigned(&mut self) -> Result<Option<(MeetingId, Kept)>> {
        let account = &self.session.account;
        let own = account.assigned_id.clone();
        let own = own.filter(|_| account.on_behalf_of.is_none());
        let read = |ocs: &mut Self, id: MeetingId| {
            let kept = ocs.read(&id)?.ok_or_else(|| no_assigned(&id))?;
            Ok(Some((id, kept)))
        };
        let usual = match own {
            Some(id) => return read(self, id),
            None if self.dialect < Dialect::Lync => Some(usual_assigned()?),
            None => None,
        };
        let place = self.place();
        let asked = self.ask(Command::GetConferences { assigned: true });
        // Whatever comes of the guess, the list may tell another one.
        let guess = usual.map(|id| (self.read(&id), id));
        self.get_known()?;
        let asked = match place == self.place() {
            true => asked,
            false => self.ask(Command::GetConferences { assigned: true }),
        };
        let [answer] = self.session.wait([asked.ticket])?;
        let listed = self.understand(&asked.request, &answer, LISTING)?;
        match (self.choose_assigned(listed.map(conferences_of))?, guess) {
            (None, _) => Ok(None),
            (Some(id), Some((kept, guessed))) if guessed.is(&id) => {
                let kept = kept?.ok_or_else(|| no_assigned(&id))?;
                Ok(Some((id, kept)))
            }
            (Some(id), _) => read(self, id),
        }
    }

    /// By what the pool lists.
    fn choose_assigned(
        &mut self,
        listed: Result<Vec<ConferenceInfo>, Reason>,
    ) -> Result<Option<MeetingId>> {
        let infos = match listed {
            Ok(infos) => infos,
            Err(reason) if self.dialect >= Dialect::Lync => {
                return Err(refusal::of_reason(&reason, LISTING));
            }
            // One with too many to list, for one, has the usual id all the same.
            Err(_) => Vec::new(),
        };
        let listed: Vec<Listed> = infos
            .iter()
            .filter_map(|info| self.to_listed(info))
            .collect();
        if let Some(listed) = listed.iter().find(|listed| listed.assigned) {
            return Ok(Some(listed.id.clone()));
        }
        if self.dialect < Dialect::Lync {
            return usual_assigned().map(Some);
        }
        // A list in short may leave out which it is.
        let ids = listed.into_iter().map(|listed| listed.id);
        let ids: Vec<MeetingId> = ids.take(MOST_AT_ONCE).collect();
        let asked = self.ask_for(&ids, None);
        for (id, info) in ids.into_iter().zip(self.read_answers(&asked)?) {
            if info?.is_some_and(|info| info.assigned) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Whether it is the organizer's assigned conference: by its id on OCS, since Lync by its mark.
    pub(super) fn is_assigned(&self, id: &MeetingId, info: &ConferenceInfo) -> bool {
        info.assigned || self.is_assigned_id(id)
    }

    /// Whether that is the id of assigned conferences, which may have a digit more than is documented.
    pub(super) fn is_assigned_id(&self, id: &MeetingId) -> bool {
        let known = self.session.account.assigned_id.as_ref();
        let beginning = id.as_str().get(..ASSIGNED_ID.len());
        known.is_some_and(|known| known.is(id))
            || beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(ASSIGNED_ID))
    }

    fn get_conferences(&mut self, assigned: bool) -> Result<Result<Vec<ConferenceInfo>, Reason>> {
        let outcome = self.call(Command::GetConferences { assigned }, LISTING)?;
        Ok(outcome.map(conferences_of))
    }

    /// A conference of a list; none when it has no id by which it could be asked for.
    fn to_listed(&self, info: &ConferenceInfo) -> Option<Listed> {
        let description = &info.description;
        let told = description.conference_id.as_deref();
        let computed = || Some(focus_parts(info.entity.as_deref()?)?.1);
        let id = MeetingId::of_pool(told.or_else(computed)?).ok()?;
        Some(self.to_listed_as(id, info))
    }

    fn to_listed_as(&self, id: MeetingId, info: &ConferenceInfo) -> Listed {
        let description = &info.description;
        Listed {
            subject: description.subject.clone().unwrap_or_default(),
            expires: description.expiry_time,
            dial_in_id: dial_in_id(info),
            assigned: self.is_assigned(&id, info),
            id,
        }
    }

    /// What is kept, in the nouns of a user.
    pub(super) fn conference(&self, id: &MeetingId, kept: &Kept) -> Conference {
        let Kept { info, passcode } = kept;
        let lync = self.dialect == Dialect::Lync;
        let focus = info.focus(self.organizer(), id.as_str());
        let kind = kind_of(&info.views, self.dialect);
        let access = access_of(info, self.dialect);
        // Pools keep the passcode of a conference that was open to all once; it opens nothing.
        let passcode = passcode.clone().filter(|_| access == Access::Anonymous);
        Conference {
            id: id.clone(),
            owner: focus_parts(&focus)
                .map_or(self.organizer(), |(owner, _)| owner)
                .to_owned(),
            kind,
            subject: info.description.subject.clone().unwrap_or_default(),
            access,
            assigned: self.is_assigned(id, info),
            expires: info.description.expiry_time,
            presenters: self.presenters(info),
            promotion: info.description.autopromote.and_then(promotion_of),
            lobby_bypass: info.description.pstn_lobby_bypass.filter(|_| lync),
            ways_in: WaysIn {
                join_id: None,
                client_link: client_link(kind, &focus, passcode.as_ref()),
                client: Some(client_of(self.dialect)),
                web_link: self.web_link(id, info),
                dial_in: self.dial_in(info),
                passcode,
            },
            location: focus,
        }
    }

    /// As the pool tells it, else as the settings say that it is made: BASE/ALIAS/ID.
    fn web_link(&self, id: &MeetingId, info: &ConferenceInfo) -> Option<String> {
        let made = || {
            let base = self.session.account.join_base.as_ref()?;
            let organizer = self.organizer();
            let address = organizer.strip_prefix("sip:").unwrap_or(organizer);
            let (alias, _) = address.split_once('@')?;
            Some(format!("{base}/{alias}/{id}"))
        };
        info.description.join_url.clone().or_else(made)
    }

    /// Those of the user's region first.
    fn dial_in(&self, info: &ConferenceInfo) -> Option<DialIn> {
        let offer = &self.known.as_ref()?.offer;
        let numbers = offer.dial_in.ordered_numbers();
        let id = dial_in_id(info).filter(|_| !numbers.is_empty())?;
        Some(DialIn {
            id,
            numbers,
            settings_page: offer.pages.for_callers().map(str::to_owned),
        })
    }

    fn presenters(&self, info: &ConferenceInfo) -> Vec<String> {
        let presents = info
            .users
            .iter()
            .filter(|user| user.roles.contains(&Role::Presenter));
        let others = presents.filter(|user| !user.entity.eq_ignore_ascii_case(self.organizer()));
        others.map(|user| person_of(user).to_owned()).collect()
    }
}

/// A question for a conference.
pub(super) fn get_conference(id: &MeetingId, certificate: Option<Certificate>) -> Command {
    Command::GetConference {
        conference_id: id.to_string(),
        certificate,
    }
}

fn conferences_of(answer: Answer) -> Vec<ConferenceInfo> {
    match answer {
        Answer::GetConferences(infos) => infos,
        _ => Vec::new(),
    }
}

/// The id that assigned conferences have on OCS.
fn usual_assigned() -> Result<MeetingId> {
    MeetingId::of_pool(ASSIGNED_ID).map_err(Error::failed)
}

/// The usual id is printed in one place alone, so that another one is possible (U).
fn no_assigned(id: &MeetingId) -> Error {
    let what = format!("the pool has no assigned conference of yours by the id {id}");
    Error::new(error::Kind::Refused, what)
        .hint("make one on the settings page: confctl settings open; or use --id new")
        .hint("if the page shows one already, assigned_id below [account] in the settings names it")
}

/// What the answer shows; none: the pool has no such conference.
fn conference_of(outcome: Result<Answer, Reason>) -> Result<Option<ConferenceInfo>> {
    match outcome {
        Ok(Answer::GetConference(info)) => Ok(Some(info)),
        Ok(_) => Ok(Some(ConferenceInfo::default())),
        Err(Reason::ConferenceDoesNotExist) => Ok(None),
        Err(reason) => Err(refusal::of_reason(&reason, LOOKING)),
    }
}

/// What callers key in, as the pool gives it.
pub(super) fn dial_in_id(info: &ConferenceInfo) -> Option<DialInId> {
    DialInId::parse(info.description.pstn_access.as_ref()?.id.as_deref()?).ok()
}

fn client_of(dialect: Dialect) -> Client {
    match dialect >= Dialect::Lync {
        true => Client::Lync,
        false => Client::Communicator,
    }
}

fn client_link(kind: Kind, focus: &str, passcode: Option<&Passcode>) -> String {
    let scheme = match kind {
        Kind::LiveMeeting => Scheme::Meet,
        // Clients since Lync own this one alone.
        Kind::OnlineMeeting | Kind::ConferenceCall => Scheme::Conf,
    };
    let mut link = JoinLink::new(scheme, focus);
    // Only the Live Meeting console is known to take the passcode from its link.
    link.conference_key = passcode
        .filter(|_| scheme == Scheme::Meet)
        .map(|passcode| Secret::from(passcode.digits()));
    link.url()
}
