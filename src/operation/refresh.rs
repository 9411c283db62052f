//! The call-in details of a meeting as the pool has them now, for those who have older ones.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::backend::Session;
use crate::calendar_object::Damaged;
use crate::conference::{Appointment, Conference};
use crate::diary::{Diary, Entry, What};
use crate::error::{Error, Kind, Result};
use crate::invitation::Branding;
use crate::operation::differences::{Difference, differences, get_current};
use crate::operation::{
    Attempt, Context, Known, Outcome, Run, block_error, check_confirmed, check_owner,
    check_sequence,
};

/// Which meeting is to be as the pool has it. It can be brought about again: what that is, is found
/// out each time.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Refresh {
    /// Which meeting.
    pub uid: String,
    /// Its subject, for people.
    #[serde(alias = "called")]
    pub subject: String,
    /// When it was asked for, to the second.
    pub stamp: Timestamp,
    /// Add a new block where people damaged the fences of the old one.
    pub new_block: bool,
}

impl Refresh {
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.uid == other.uid && self.new_block == other.new_block
    }
}

pub(super) fn apply(
    refresh: &Refresh,
    known: Known,
    run: &mut Run,
    context: &mut Context<'_>,
) -> Result<Outcome> {
    let there = known.conference.clone();
    let mut entry = known.get_entry(&refresh.uid, &refresh.subject, &context.diary)?;
    check_confirmed(&entry, &refresh.subject)?;
    // Once people are being told of a version, the next one is another time's affair.
    if run.record.statuses.is_empty() {
        let manager = run.operation().on_behalf_of.as_ref();
        let session = context.sessions.open(manager)?;
        let kept = &entry.appointment.conference;
        check_owner(kept, &session.owner)?;
        let there = match there {
            Some(conference) => conference,
            None => get_there(kept, session)?,
        };
        let branding = context.resources.branding()?;
        let diary = &context.diary;
        let (operation, attempt, now) = (run.operation(), run.attempt, context.now);
        diary.edit(&mut entry, |entry| {
            check_confirmed(entry, &refresh.subject)?;
            if revise(entry, &there, refresh, attempt, diary, branding)? {
                let sequence = entry.appointment.sequence;
                let event = operation.event(What::Refreshed, sequence, None, now);
                entry.state.events.push(event);
            }
            Ok(())
        })?;
    }
    Ok(Outcome::of_entry(entry))
}

fn get_there(kept: &Conference, session: &mut Session) -> Result<Conference> {
    let there = get_current(kept, session.backend.as_mut())?;
    there.ok_or_else(|| {
        let service = session.backend.capabilities().name;
        let what = format!("{service} has no conference {} any more", kept.id);
        Error::new(Kind::NotFound, what).hint("'confctl update CONF --id new' makes another one")
    })
}

/// Nothing is touched where nothing differs. Gives whether there is a version that people are told of.
fn revise(
    entry: &mut Entry,
    there: &Conference,
    refresh: &Refresh,
    attempt: Attempt,
    diary: &Diary,
    branding: &Branding,
) -> Result<bool> {
    let found = differences(&entry.appointment.conference, there);
    if found.is_empty() {
        return Ok(false);
    }
    // An earlier process may have got as far as the file.
    let is_written = attempt != Attempt::New && is_in_file(entry, there, diary, branding);
    let damaged = Damaged::of(refresh.new_block);
    if damaged == Damaged::Refuse {
        entry.object.check_block().map_err(block_error)?;
    }
    let new = &mut entry.appointment;
    let is_told = is_told_of(&found, new);
    if is_told && !is_written {
        check_sequence(new)?;
        new.sequence = new.next_sequence();
        new.stamp = refresh.stamp;
    }
    new.conference = there.clone();
    let revised = entry.object.revise(new, diary.zone(), damaged, branding);
    revised.map_err(block_error).map(|()| is_told)
}

/// Whether the file says already what the pool says.
fn is_in_file(entry: &Entry, there: &Conference, diary: &Diary, branding: &Branding) -> bool {
    let appointment = Appointment {
        conference: there.clone(),
        ..entry.appointment.clone()
    };
    let mut object = entry.object.clone();
    let revised = object.revise(&appointment, diary.zone(), Damaged::Append, branding);
    revised.is_ok() && object.bytes() == entry.object.bytes()
}

/// Whether the invitation says anything of what differs.
pub fn is_told_of(found: &[Difference], appointment: &Appointment) -> bool {
    let silent = appointment.wording.without_passcode;
    found
        .iter()
        .any(|found| !(silent && found.what.is_secret()))
}
