//! Making conferences, and the assigned one that is always there ([MS-CONFPRO] 3.1.4.1, 3.1.5.3).

use std::thread;
use std::time::{Duration, Instant};

use super::finding::{Kept, dial_in_id};
use super::{Asked, Ocs, in_doubt, is_unsettled, is_vague};
use crate::backend::Backend;
use crate::backend::pool::refusal;
use crate::conference::{Conference, MeetingId, Plan, Token};
use crate::error::{Error, Kind, Result};
use crate::proto::c3p::{Answer, Command, ConferenceInfo, Reason};

const MAKING: &str = "the pool did not make the conference";

/// First and longest pause between two looks.
const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(4)];

/// What came of asking for a new conference.
pub(super) enum Added {
    /// It is there.
    Made(Box<Conference>),
    /// The user has a conference of that id, or will have. Ids are made of tokens, so it is the
    /// one that was asked for.
    Exists,
}

impl Ocs {
    /// Makes the conference of an id, or gives the one that an earlier attempt made.
    pub(super) fn create_conference(&mut self, plan: &Plan, id: &MeetingId) -> Result<Conference> {
        let there = match self.add_conference(plan, id) {
            Ok(Added::Made(conference)) => return Ok(*conference),
            Ok(Added::Exists) => self.wait_for(id)?,
            Err(error) if is_unsettled(&error) && !self.session.is_suspect() => {
                let doubt = self.reconnect(error)?;
                match self.read(id).map_err(|error| doubt.to_error(&error))? {
                    Some(there) => there,
                    None => match self.add_conference(plan, id) {
                        Ok(Added::Made(conference)) => return Ok(*conference),
                        Ok(Added::Exists) => self.wait_for(id)?,
                        Err(error) => return Err(doubt.to_error(&error)),
                    },
                }
            }
            Err(error) => return Err(error),
        };
        self.complete(plan, id, &there)
    }

    /// Waits until a conference that exists can be read: the pool may still be making it.
    fn wait_for(&mut self, id: &MeetingId) -> Result<Kept> {
        let unknown = unknown_making(id);
        let until = Instant::now() + self.longest_making;
        let [mut pause, longest] = PAUSES;
        loop {
            match self.read(id) {
                Ok(Some(there)) => return Ok(there),
                Err(error) => return Err(in_doubt(&unknown, &error)),
                Ok(None) if Instant::now() >= until => {
                    let waited = self.longest_making.as_secs();
                    let why =
                        format!("it exists, says the pool, but is not there after {waited} s");
                    return Err(in_doubt(&unknown, &Error::failed(why)));
                }
                Ok(None) => {}
            }
            if pause == PAUSES[0] {
                self.session.in_doubt(Some(&format!("confctl: {unknown}")));
                self.report
                    .status("The pool is making the conference: waiting for it.");
            }
            thread::sleep(pause);
            pause = (pause * 2).min(longest);
        }
    }

    /// A conference of ours that is there. The pool may not show its passcode: then it gets another
    /// one, since nobody knows the first.
    fn complete(&mut self, plan: &Plan, id: &MeetingId, there: &Kept) -> Result<Conference> {
        self.session.in_doubt(None);
        let conference = self.conference(id, there);
        if !plan.lacks_passcode(&conference) {
            return Ok(conference);
        }
        let what = format!("the conference exists as {id}, but not its passcode");
        self.update(id, plan)
            .map_err(|error| Error::new(Kind::InDoubt, what).with_hints_of(&error))
    }

    pub(super) fn add_conference(&mut self, plan: &Plan, id: &MeetingId) -> Result<Added> {
        self.name_the_untold(plan);
        let mut attempt = self.new_attempt(&plan.passcode);
        let mut info = self.fill_in(plan, ConferenceInfo::default())?;
        info.description.conference_id = Some(id.to_string());
        let unknown = unknown_making(id);
        let (added, look) = loop {
            info.description.conference_key = self.seal(&mut attempt)?;
            let command = Command::AddConference(info.clone());
            let (outcome, look) = self.call_mutating_and_look(command, id, MAKING, &unknown)?;
            match outcome {
                Ok(Answer::AddConference(added)) => break (added, look),
                Ok(_) => break (ConferenceInfo::default(), look),
                Err(Reason::ConferenceExists) => return Ok(Added::Exists),
                Err(reason) if is_vague(&reason) && self.read_after(id, &unknown)?.is_some() => {
                    return Ok(Added::Exists);
                }
                Err(Reason::FederatedUsersNotAllowed)
                    if self.leave_out_outsiders(&mut info.users, plan.access) => {}
                Err(reason) if self.prepare_retry(&mut attempt, &reason)? => {}
                Err(reason) => return Err(refusal::of_reason(&reason, MAKING)),
            }
        };
        self.session.step(&format!("the pool made conference {id}"));
        let focus = added.focus(self.organizer(), id.as_str());
        let exists = format!("the conference exists as {id}");
        // A pool that does several things at once may show one that it is still making.
        let is_whole = |info: &ConferenceInfo| !plan.dial_in || dial_in_id(info).is_some();
        let mut made = self.get_details(id, look, is_whole, &exists)?;
        made.entity = Some(focus);
        if made.views.is_empty() {
            made.views = info.views;
        }
        let kept = Kept {
            info: made,
            passcode: attempt.passcode,
        };
        let conference = self.conference(id, &kept);
        let stake = format!("confctl: the conference exists as {id}, without an invitation");
        self.session.in_doubt(Some(&stake));
        Ok(Added::Made(Box::new(conference)))
    }

    /// Reads back a conference that is there, `exists` says, with what only the pool knows. It was asked
    /// for before it was known to be there, so that only the answer that is wanted counts.
    pub(super) fn get_details(
        &mut self,
        id: &MeetingId,
        look: Asked,
        is_wanted: impl Fn(&ConferenceInfo) -> bool,
        exists: &str,
    ) -> Result<ConferenceInfo> {
        let stake = format!("confctl: {exists}, but its details are not known yet");
        self.session.in_doubt(Some(&stake));
        let read = match self.session.wait([look.ticket]) {
            Ok([answer]) => match self.read_answer(&look, &answer) {
                Ok(Some(info)) if is_wanted(&info) => Ok(Some(info)),
                _ => self.get_conference(id, None),
            },
            Err(error) => Err(error),
        };
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
    pub(super) fn get_or_make_assigned_conference(
        &mut self,
        plan: &Plan,
        token: &Token,
    ) -> Result<Conference> {
        let (id, kept) = match self.find_assigned()? {
            Some(found) => found,
            None => self.make_assigned(plan, token)?,
        };
        self.get_known()?;
        self.session.in_doubt(None);
        self.session.step("found your assigned conference");
        if plan.dial_in && dial_in_id(&kept.info).is_none() {
            return Err(Error::new(
                Kind::Refused,
                "your assigned conference has no Conference ID for callers",
            )
            .hint("make one on the settings page: confctl settings open; or use --id new"));
        }
        let mut conference = self.conference(&id, &kept);
        conference.assigned = true;
        // It keeps its digits for the other calls.
        conference.ways_in.dial_in.take_if(|_| !plan.dial_in);
        Ok(conference)
    }

    fn make_assigned(&mut self, plan: &Plan, token: &Token) -> Result<(MeetingId, Kept)> {
        let id = self.id_of(token);
        let mut info = self.fill_in(plan, ConferenceInfo::default())?;
        info.assigned = true;
        // It outlives this meeting, and so must not tell of it.
        info.users.clear();
        info.description.subject = None;
        info.description.expiry_time = None;
        info.description.conference_id = Some(id.to_string());
        let unknown = unknown_making(&id);
        let id = match self.call_mutating(Command::AddConference(info), MAKING, &unknown)? {
            Ok(_) | Err(Reason::ConferenceExists) => id,
            Err(reason) if is_vague(&reason) || reason == Reason::InvalidStaticMeetingRequest => {
                // It may be of another session that was quicker.
                let listed = self.get_assigned();
                let listed = listed.map_err(|error| in_doubt(&unknown, &error))?;
                listed.ok_or_else(|| refusal::of_reason(&reason, MAKING))?
            }
            Err(reason) => return Err(refusal::of_reason(&reason, MAKING)),
        };
        let kept = self.wait_for(&id)?;
        if !kept.info.assigned {
            self.report.warn(&format!(
                "The pool does not say that {id} is your assigned conference: assigned_id below [account] in the settings keeps it for all calls."
            ));
        }
        Ok((id, kept))
    }
}

fn unknown_making(id: &MeetingId) -> String {
    format!("it is not known whether the pool made conference {id}")
}
