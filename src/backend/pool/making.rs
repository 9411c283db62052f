//! Making conferences, and the assigned one that is always there ([MS-CONFPRO] 3.1.4.1, 3.1.5.3).

use std::thread;
use std::time::{Duration, Instant};

use super::finding::{Kept, dial_in_id};
use super::{Ocs, is_unsettled};
use crate::backend::Backend;
use crate::backend::pool::refusal;
use crate::conference::{Conference, MeetingId, Plan, Token};
use crate::error::{Error, Kind, Result};
use crate::proto::c3p::{ASSIGNED_ID, Answer, Command, ConferenceInfo, Dialect, Reason};

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
        let doubt = match self.add_conference(plan, id) {
            Ok(Added::Made(conference)) => return Ok(*conference),
            Ok(Added::Exists) => return self.wait_for(plan, id),
            Err(error) if is_unsettled(&error) => self.reconnect(error)?,
            Err(error) => return Err(error),
        };
        let there = self.read(id).map_err(|error| doubt.to_error(&error))?;
        if let Some(there) = there {
            return self.complete(plan, id, &there);
        }
        match self.add_conference(plan, id) {
            Ok(Added::Made(conference)) => Ok(*conference),
            Ok(Added::Exists) => self.wait_for(plan, id),
            Err(error) => Err(doubt.to_error(&error)),
        }
    }

    /// Waits until a conference that exists can be read: the pool may still be making it.
    fn wait_for(&mut self, plan: &Plan, id: &MeetingId) -> Result<Conference> {
        let unknown = format!("it is not known whether the pool made conference {id}");
        let doubt = |why: &str, hints: &Error| {
            Error::new(Kind::InDoubt, format!("{unknown}: {why}")).with_hints_of(hints)
        };
        let until = Instant::now() + self.longest_making;
        let [mut pause, longest] = PAUSES;
        loop {
            match self.read(id) {
                Ok(Some(there)) => return self.complete(plan, id, &there),
                Err(error) => return Err(doubt(&error.to_string(), &error)),
                Ok(None) if Instant::now() >= until => {
                    let waited = self.longest_making.as_secs();
                    let why =
                        format!("it exists, says the pool, but is not there after {waited} s");
                    return Err(doubt(&why, &Error::failed("")));
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
        let conference = self.conference(id, there, plan.numbers.clone());
        if !plan.lacks_passcode(&conference) {
            return Ok(conference);
        }
        let what = format!("the conference exists as {id}, but not its passcode");
        self.update(id, plan)
            .map_err(|error| Error::new(Kind::InDoubt, what).with_hints_of(&error))
    }

    pub(super) fn add_conference(&mut self, plan: &Plan, id: &MeetingId) -> Result<Added> {
        let mut attempt = self.new_attempt(&plan.passcode);
        let mut info = self.fill_in(plan, ConferenceInfo::default())?;
        info.description.conference_id = Some(id.to_string());
        let unknown = format!("it is not known whether the pool made conference {id}");
        let added = loop {
            info.description.conference_key = self.seal(attempt.passcode.as_ref())?;
            let command = Command::AddConference(info.clone());
            match self.venture(command, MAKING, &unknown)? {
                Ok(Answer::AddConference(added)) => break added,
                Ok(_) => break ConferenceInfo::default(),
                Err(Reason::ConferenceExists) => return Ok(Added::Exists),
                Err(reason) if self.prepare_retry(&mut attempt, &reason)? => {}
                Err(reason) => return Err(refusal::of_reason(&reason, MAKING)),
            }
        };
        self.session.step(&format!("the pool made conference {id}"));
        let focus = added.focus(self.organizer(), id.as_str());
        let mut made = self.get_details(id, &format!("the conference exists as {id}"))?;
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
    pub(super) fn get_details(&mut self, id: &MeetingId, exists: &str) -> Result<ConferenceInfo> {
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
            Dialect::Lync => self.find_assigned_on_lync(plan)?,
            _ => MeetingId::parse(ASSIGNED_ID).map_err(Error::failed)?,
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

    fn find_assigned_on_lync(&mut self, plan: &Plan) -> Result<MeetingId> {
        if let Some(id) = self.get_listed_assigned()? {
            return Ok(id);
        }
        let token = Token::new(self.random());
        let id = self.id_of(&token);
        let mut info = self.fill_in(plan, ConferenceInfo::default())?;
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
                .get_listed_assigned()?
                .ok_or_else(|| refusal::of_reason(&reason, MAKING)),
            Err(reason) => Err(refusal::of_reason(&reason, MAKING)),
        }
    }

    fn get_listed_assigned(&mut self) -> Result<Option<MeetingId>> {
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
