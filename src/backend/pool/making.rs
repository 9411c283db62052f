//! Making conferences, and the assigned one that is always there ([MS-CONFPRO] 3.1.4.1, 3.1.5.3).

use super::Ocs;
use super::finding::{Kept, dial_in_id};
use crate::backend::Added;
use crate::backend::pool::refusal;
use crate::conference::{Conference, MeetingId, Plan};
use crate::error::{Error, Kind, Result};
use crate::proto::c3p::{ASSIGNED_ID, Answer, Command, ConferenceInfo, Dialect, Reason};

const MAKING: &str = "the pool did not make the conference";

impl Ocs {
    pub(super) fn add_conference(&mut self, plan: &Plan, id: &MeetingId) -> Result<Added> {
        let mut attempt = self.attempt(&plan.passcode);
        let mut info = self.wanted(plan, ConferenceInfo::default())?;
        info.description.conference_id = Some(id.to_string());
        let unknown = format!("it is not known whether the pool made conference {id}");
        let added = loop {
            info.description.conference_key = self.sealed(attempt.passcode.as_ref())?;
            let command = Command::AddConference(info.clone());
            match self.venture(command, MAKING, &unknown)? {
                Ok(Answer::AddConference(added)) => break added,
                Ok(_) => break ConferenceInfo::default(),
                Err(Reason::ConferenceExists) => return Ok(Added::Taken),
                Err(reason) if self.can_try_again(&mut attempt, &reason)? => {}
                Err(reason) => return Err(refusal::of_reason(&reason, MAKING)),
            }
        };
        self.session.step(&format!("the pool made conference {id}"));
        let focus = added.focus(self.organizer(), id.as_str());
        let mut made = self.details(id, &format!("the conference exists as {id}"))?;
        made.entity = Some(focus);
        if made.views.is_empty() {
            made.views = info.views;
        }
        let kept = Kept {
            info: made,
            passcode: attempt.passcode,
        };
        let conference = self.conference(id, &kept, plan.numbers.clone());
        let stake = format!("confctl: the conference exists as {id}, without an invitation");
        self.session.in_doubt(Some(&stake));
        Ok(Added::Made(Box::new(conference)))
    }

    /// Reads back a conference that is there, `exists` says, with what only the pool knows.
    pub(super) fn details(&mut self, id: &MeetingId, exists: &str) -> Result<ConferenceInfo> {
        let stake = format!("confctl: {exists}, but its details are not known yet");
        self.session.in_doubt(Some(&stake));
        // The pool gives no passcode without a certificate to seal it for; we know it already.
        let read = self.get_conference(id, None);
        self.session.in_doubt(None);
        let why = match read {
            Ok(Some(info)) => return Ok(info),
            Ok(None) => Error::failed("the pool says that there is none"),
            Err(error) => error,
        };
        let what = format!("{exists}, but its details could not be read: {why}");
        Err(Error::new(Kind::HalfDone, what).with_hints_of(&why))
    }

    /// The conference that the settings page made. On Lync and later it is made if there is none.
    pub(super) fn find_assigned(&mut self, plan: &Plan) -> Result<Conference> {
        let id = match self.dialect {
            Dialect::Lync => self.assigned_on_lync(plan)?,
            _ => MeetingId::parse(ASSIGNED_ID).map_err(|error| Error::failed(error.to_string()))?,
        };
        let kept = self.read(&id)?.ok_or_else(no_assigned)?;
        self.session.step("found your assigned conference");
        if plan.dial_in && dial_in_id(&kept.info).is_none() {
            return Err(Error::new(
                Kind::Refused,
                "your assigned conference has no Conference ID for callers",
            )
            .hint("make one on the settings page: confctl settings open; or use --id new"));
        }
        let conference = self.conference(&id, &kept, plan.numbers.clone());
        Ok(Conference {
            assigned: true,
            ..conference
        })
    }

    fn assigned_on_lync(&mut self, plan: &Plan) -> Result<MeetingId> {
        if let Some(id) = self.listed_assigned()? {
            return Ok(id);
        }
        let id = MeetingId::short(self.random());
        let mut info = self.wanted(plan, ConferenceInfo::default())?;
        info.assigned = true;
        // It outlives this meeting, and so must not tell of it.
        info.users.clear();
        info.description.subject = None;
        info.description.expiry_time = None;
        info.description.conference_id = Some(id.to_string());
        match self.call(Command::AddConference(info), MAKING)? {
            Ok(_) => Ok(id),
            // Another session was quicker.
            Err(reason @ (Reason::InvalidStaticMeetingRequest | Reason::ConferenceExists)) => self
                .listed_assigned()?
                .ok_or_else(|| refusal::of_reason(&reason, MAKING)),
            Err(reason) => Err(refusal::of_reason(&reason, MAKING)),
        }
    }

    fn listed_assigned(&mut self) -> Result<Option<MeetingId>> {
        let listed = self.get_conferences(true)?;
        let mut ids = listed
            .iter()
            .filter_map(|info| info.description.conference_id.as_deref());
        Ok(ids.find_map(|id| MeetingId::parse(id).ok()))
    }
}

fn no_assigned() -> Error {
    Error::new(Kind::Refused, "you have no assigned conference yet")
        .hint("make one on the settings page: confctl settings open; or use --id new")
}
