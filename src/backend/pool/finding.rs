//! Finding conferences, and what is told of them ([MS-CONFPRO] 3.2.5.5, 4.5).

use super::wanted::{access_of, kind_of, person_of, promotion_of};
use super::{Ocs, in_doubt};
use crate::backend::Listed;
use crate::backend::pool::refusal;
use crate::conference::{
    Access, AccessNumber, Conference, DialIn, DialInId, Kind, MeetingId, Passcode, WaysIn,
};
use crate::error::Result;
use crate::proto::c3p::{
    ASSIGNED_ID, Answer, Certificate, Command, ConferenceInfo, Dialect, JoinLink, Reason, Role,
    Scheme, focus_parts,
};
use crate::secret::Secret;

const LOOKING: &str = "the pool did not show the conference";
const LISTING: &str = "the pool did not list your conferences";

/// A conference as the pool keeps it, its passcode opened and taken out.
#[derive(PartialEq)]
pub(super) struct Kept {
    pub(super) info: ConferenceInfo,
    pub(super) passcode: Option<Passcode>,
}

impl Ocs {
    pub(super) fn find_conference(
        &mut self,
        id: &MeetingId,
        region: Option<&str>,
    ) -> Result<Option<Conference>> {
        let numbers = self.get_known()?.offer.dial_in.numbers_from(region);
        let kept = self.read(id)?;
        Ok(kept.map(|kept| self.conference(id, &kept, numbers)))
    }

    pub(super) fn list_conferences(&mut self) -> Result<Vec<Listed>> {
        let infos = self.get_conferences(false)?;
        Ok(infos.iter().filter_map(to_listed).collect())
    }

    /// Everything about a conference; none when the pool has no such one.
    pub(super) fn read(&mut self, id: &MeetingId) -> Result<Option<Kept>> {
        let certificate = self.own_certificate()?;
        let Some(mut info) = self.get_conference(id, certificate)? else {
            return Ok(None);
        };
        let sealed = info.description.conference_key.take();
        let passcode = self.open(sealed.as_ref())?;
        Ok(Some(Kept { info, passcode }))
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
        let command = Command::GetConference {
            conference_id: id.to_string(),
            certificate,
        };
        match self.call(command, LOOKING)? {
            Ok(Answer::GetConference(info)) => Ok(Some(info)),
            Ok(_) => Ok(Some(ConferenceInfo::default())),
            Err(Reason::ConferenceDoesNotExist) => Ok(None),
            Err(reason) => Err(refusal::of_reason(&reason, LOOKING)),
        }
    }

    pub(super) fn get_conferences(&mut self, assigned: bool) -> Result<Vec<ConferenceInfo>> {
        match self.call(Command::GetConferences { assigned }, LISTING)? {
            Ok(Answer::GetConferences(infos)) => Ok(infos),
            Ok(_) => Ok(Vec::new()),
            Err(reason) => Err(refusal::of_reason(&reason, LISTING)),
        }
    }

    /// What is kept, in the nouns of a user; `numbers` are those to print.
    pub(super) fn conference(
        &self,
        id: &MeetingId,
        kept: &Kept,
        numbers: Vec<AccessNumber>,
    ) -> Conference {
        let Kept { info, passcode } = kept;
        let lync = self.dialect == Dialect::Lync;
        let focus = info.focus(self.organizer(), id.as_str());
        let kind = kind_of(&info.views);
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
            assigned: is_assigned(id, info),
            expires: info.description.expiry_time,
            presenters: self.presenters(info),
            promotion: info.description.autopromote.and_then(promotion_of),
            lobby_bypass: info.description.pstn_lobby_bypass.filter(|_| lync),
            ways_in: WaysIn {
                client_link: client_link(kind, &focus, passcode.as_ref()),
                web_link: info.description.join_url.clone(),
                dial_in: self.dial_in(info, numbers),
                passcode,
            },
            focus,
        }
    }

    fn dial_in(&self, info: &ConferenceInfo, numbers: Vec<AccessNumber>) -> Option<DialIn> {
        let id = dial_in_id(info).filter(|_| !numbers.is_empty())?;
        let offer = self.known.as_ref().map(|known| &known.offer);
        Some(DialIn {
            id,
            numbers,
            settings_page: offer.and_then(|offer| offer.pages.for_callers().map(str::to_owned)),
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

/// Whether it is the organizer's assigned conference: by its id on 2007 R2, since Lync by its mark.
pub(super) fn is_assigned(id: &MeetingId, info: &ConferenceInfo) -> bool {
    info.assigned || id.as_str().eq_ignore_ascii_case(ASSIGNED_ID)
}

/// What callers key in, as the pool gives it.
pub(super) fn dial_in_id(info: &ConferenceInfo) -> Option<DialInId> {
    DialInId::parse(info.description.pstn_access.as_ref()?.id.as_deref()?).ok()
}

/// A conference of a list; none when it has no id by which it could be asked for.
fn to_listed(info: &ConferenceInfo) -> Option<Listed> {
    let description = &info.description;
    let told = description.conference_id.as_deref();
    let computed = || Some(focus_parts(info.entity.as_deref()?)?.1);
    let id = MeetingId::parse(told.or_else(computed)?).ok()?;
    Some(Listed {
        subject: description.subject.clone().unwrap_or_default(),
        expires: description.expiry_time,
        dial_in_id: dial_in_id(info),
        assigned: is_assigned(&id, info),
        id,
    })
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
