//! Changing and deleting conferences. Neither is in the published part of [MS-CONFPRO]: that a
//! change replaces everything, names the version it was made from, and gets the passcode sealed
//! anew is (INF) from the interfaces built on it.

use std::time::Duration;

use super::finding::Kept;
use super::passcodes::Attempt;
use super::wanted::access_of;
use super::{Asked, Ocs, Shown, in_doubt, is_vague};
use crate::backend::Backend;
use crate::backend::pool::refusal;
use crate::conference::{Access, Conference, MeetingId, Plan, PlannedPasscode};
use crate::error::{Error, Kind, Result};
use crate::proto::c3p::{Command, ConferenceInfo, Description, Reason};

/// How often a conference is read again because somebody else changed it in the meantime.
const MOST_READINGS: usize = 3;

/// How long after it was shown a conference is changed without another look. Whatever happened to it
/// meanwhile, the version that a change names tells the pool of it.
const LONGEST_SHOWN: Duration = Duration::from_secs(10);

const CHANGING: &str = "the pool did not change the conference";
const DELETING: &str = "the pool did not delete the conference";

impl Ocs {
    /// `shown`: what the plan was made from. What others change meanwhile and the plan does not speak of
    /// stays as they want it.
    pub(super) fn change_conference(
        &mut self,
        id: &MeetingId,
        plan: &Plan,
        shown: Option<&Shown>,
    ) -> Result<Conference> {
        let mut base = shown.map(|shown| shown.kept.clone());
        let is_fresh = |shown: &&Shown| {
            // Without versions nobody would notice what happened to it meanwhile.
            shown.kept.info.version.is_some() && shown.at.elapsed() < LONGEST_SHOWN
        };
        let mut fresh = shown.filter(is_fresh).map(|shown| shown.kept.clone());
        for _ in 0..=MOST_READINGS {
            let kept = match fresh.take() {
                Some(kept) => Some(kept),
                None => self.read(id)?,
            };
            let Some(kept) = kept else {
                return Err(refusal::of_reason(
                    &Reason::ConferenceDoesNotExist,
                    CHANGING,
                ));
            };
            if self.is_assigned(id, &kept.info) {
                return Ok(self.conference(id, &kept));
            }
            let base = base.get_or_insert_with(|| kept.clone());
            if let Some(changed) = self.settle_change(id, plan, base, kept)? {
                return Ok(self.conference(id, &changed));
            }
        }
        Err(refusal::of_reason(&Reason::InvalidVersion, CHANGING))
    }

    /// The conference as it is after the change; none when another change came in between.
    pub(super) fn settle_change(
        &mut self,
        id: &MeetingId,
        plan: &Plan,
        base: &Kept,
        kept: Kept,
    ) -> Result<Option<Kept>> {
        let wanted = self.fill_in(plan, base.info.clone())?;
        let mut wanted = merge(&base.info, wanted, kept.info.clone());
        let planned = self.plan_passcode(plan, base, &kept, &wanted);
        let mut attempt = self.new_attempt(&planned);
        let same_passcode = attempt.passcode.is_none() || attempt.passcode == kept.passcode;
        if same_passcode && wanted == kept.info {
            self.session.step("the conference is as it should be");
            return Ok(Some(kept));
        }
        wanted.entity = Some(kept.info.focus(self.organizer(), id.as_str()));
        wanted.description.conference_id = Some(id.to_string());
        let Some(look) = self.modify_conference(id, wanted, &kept, &mut attempt)? else {
            return Ok(None);
        };
        self.session
            .step(&format!("the pool changed conference {id}"));
        // A pool may look before it changes.
        let is_newer = |info: &ConferenceInfo| info.version > kept.info.version;
        Ok(Some(Kept {
            info: self.get_details(
                id,
                look,
                is_newer,
                &format!("the pool changed conference {id}"),
            )?,
            passcode: attempt.passcode,
        }))
    }

    /// The passcode after the change: a plan without one, or with the one that was shown, keeps what there
    /// is, as long as it is for something, and callers always need one.
    fn plan_passcode(
        &self,
        plan: &Plan,
        base: &Kept,
        kept: &Kept,
        wanted: &ConferenceInfo,
    ) -> PlannedPasscode {
        let is_for_something = access_of(wanted, self.dialect) == Access::Anonymous;
        if !is_for_something || !self.capabilities().passcodes {
            return PlannedPasscode::None;
        }
        let planned = match &plan.passcode {
            PlannedPasscode::Given(shown) if base.passcode.as_ref() == Some(shown) => {
                &PlannedPasscode::None
            }
            planned => planned,
        };
        match (planned, &kept.passcode) {
            (PlannedPasscode::None, Some(passcode)) => PlannedPasscode::Given(passcode.clone()),
            (PlannedPasscode::None, None) if wanted.description.pstn_access.is_some() => {
                PlannedPasscode::Random
            }
            (planned, _) => planned.clone(),
        }
    }

    /// What was asked behind it; none: the version is not the latest.
    fn modify_conference(
        &mut self,
        id: &MeetingId,
        mut wanted: ConferenceInfo,
        kept: &Kept,
        attempt: &mut Attempt,
    ) -> Result<Option<Asked>> {
        let unknown = format!("it is not known whether the pool changed conference {id}");
        let access = access_of(&wanted, self.dialect);
        loop {
            wanted.description.conference_key = self.seal(attempt)?;
            let command = Command::ModifyConference(wanted.clone());
            let (outcome, look) = self.call_mutating_and_look(command, id, CHANGING, &unknown)?;
            let reason = match outcome {
                Ok(_) => return Ok(Some(look)),
                Err(Reason::InvalidVersion) => return Ok(None),
                Err(Reason::FederatedUsersNotAllowed)
                    if self.leave_out_outsiders(&mut wanted.users, access) =>
                {
                    continue;
                }
                Err(reason) => reason,
            };
            let refused = refusal::of_reason(&reason, CHANGING);
            if is_vague(&reason) && self.read_after(id, &unknown)?.as_ref() != Some(kept) {
                return Err(in_doubt(&unknown, &refused));
            }
            if !self.prepare_retry(attempt, &reason)? {
                return Err(refused);
            }
        }
    }

    /// Whether there was one to be deleted.
    pub(super) fn delete_conference(&mut self, id: &MeetingId) -> Result<bool> {
        if self.is_assigned_id(id) {
            let why = "your assigned conference can't be deleted, it is for all your meetings";
            return Err(Error::new(Kind::Refused, why));
        }
        let command = Command::DeleteConference {
            conference_id: id.to_string(),
        };
        let unknown = format!("it is not known whether the pool deleted conference {id}");
        let mut outcome = self.call_mutating(command.clone(), DELETING, &unknown)?;
        if outcome == Err(Reason::ConferenceDoesNotExist) && self.learns_of_another_place()? {
            outcome = self.call_mutating(command, DELETING, &unknown)?;
        }
        match outcome {
            Ok(_) => {
                self.session
                    .step(&format!("the pool deleted conference {id}"));
                Ok(true)
            }
            Err(Reason::ConferenceDoesNotExist) => Ok(false),
            Err(reason) if is_vague(&reason) && self.read_after(id, &unknown)?.is_none() => {
                Ok(true)
            }
            Err(reason) => Err(refusal::of_reason(&reason, DELETING)),
        }
    }
}

/// What is kept now, with what a change of what it was before makes different.
fn merge(before: &ConferenceInfo, wanted: ConferenceInfo, now: ConferenceInfo) -> ConferenceInfo {
    fn either<T: PartialEq>(before: &T, wanted: T, now: T) -> T {
        match wanted == *before {
            true => now,
            false => wanted,
        }
    }
    let (was, will, is) = (&before.description, wanted.description, now.description);
    ConferenceInfo {
        locked: either(&before.locked, wanted.locked, now.locked),
        users: either(&before.users, wanted.users, now.users),
        views: either(&before.views, wanted.views, now.views),
        description: Description {
            subject: either(&was.subject, will.subject, is.subject),
            expiry_time: either(&was.expiry_time, will.expiry_time, is.expiry_time),
            admission_policy: either(
                &was.admission_policy,
                will.admission_policy,
                is.admission_policy,
            ),
            pstn_access: either(&was.pstn_access, will.pstn_access, is.pstn_access),
            autopromote: either(&was.autopromote, will.autopromote, is.autopromote),
            pstn_lobby_bypass: either(
                &was.pstn_lobby_bypass,
                will.pstn_lobby_bypass,
                is.pstn_lobby_bypass,
            ),
            ..is
        },
        ..now
    }
}
