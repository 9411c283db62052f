//! The call-in details of a meeting as the pool has them now, for those who have older ones.

use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use crate::backend::Session;
use crate::calendar_object::{CalendarObject, Damaged};
use crate::conference::{Appointment, Conference, Person, Status};
use crate::diary::{Diary, Entry};
use crate::error::{Error, Kind, Result};
use crate::invitation::Branding;
use crate::operation::differences::{Detail, Difference, differences, get_current};
use crate::operation::perform::Known;
use crate::operation::recipients::{Recipient, address_of};
use crate::operation::{Context, Outcome, Run, block_error, check_confirmed, check_owner};

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

/// Somebody who was mailed an older version of single occurrences, and of nothing else.
pub struct Guest {
    /// Who.
    pub person: Person,
    /// Those that are still to come; never empty.
    pub occurrences: Vec<Appointment>,
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
        diary.edit(&mut entry, |entry| {
            check_confirmed(entry, &refresh.subject)?;
            revise(entry, &there, refresh, diary, branding)
        })?;
    }
    Ok(Outcome::of_entry(entry))
}

fn get_there(kept: &Conference, session: &mut Session) -> Result<Conference> {
    let there = get_current(kept, session.backend.as_mut())?;
    there.ok_or_else(|| {
        let what = format!("the pool has no conference {} any more", kept.id);
        Error::new(Kind::NotFound, what).hint("'confctl update CONF --id new' makes another one")
    })
}

/// Nothing is touched where nothing differs.
fn revise(
    entry: &mut Entry,
    there: &Conference,
    refresh: &Refresh,
    diary: &Diary,
    branding: &Branding,
) -> Result<()> {
    let found = differences(&entry.appointment.conference, there);
    if found.is_empty() {
        return Ok(());
    }
    let damaged = Damaged::of(refresh.new_block);
    if damaged == Damaged::Refuse {
        entry.object.check_block().map_err(block_error)?;
    }
    let new = &mut entry.appointment;
    if is_told_of(&found, new) {
        new.sequence = new.sequence.saturating_add(1);
        new.stamp = refresh.stamp;
    }
    new.conference = there.clone();
    let revised = entry
        .object
        .revise(new, None, diary.zone(), damaged, branding);
    revised.map_err(block_error)
}

/// Whether the invitation says anything of what differs.
pub fn is_told_of(found: &[Difference], appointment: &Appointment) -> bool {
    let silent = appointment.wording.without_passcode;
    found
        .iter()
        .any(|found| !(silent && found.what == Detail::Passcode))
}

/// Those invited to all of the meeting who were mailed a version before this SEQUENCE.
pub fn stale_recipients(
    object: &CalendarObject,
    appointment: &Appointment,
    sequence: u32,
) -> Vec<Person> {
    let sent = object.sent_sequences();
    let people = appointment.attendees.iter().map(|a| &a.person);
    people
        .filter(|person| {
            sent.get(&address_of(person))
                .is_some_and(|&had| had < sequence)
        })
        .cloned()
        .collect()
}

/// The same for those invited to single occurrences only.
pub fn stale_guests(
    object: &CalendarObject,
    appointment: &Appointment,
    sequence: u32,
    now: Timestamp,
) -> Vec<Guest> {
    let sent = object.sent_sequences();
    let is_behind = |person: &Person| {
        let had = sent.get(&address_of(person));
        had.is_some_and(|&had| had < sequence)
            && !appointment.attendees.iter().any(|a| a.person.is(person))
    };
    let mut guests: Vec<Guest> = Vec::new();
    for original in object.changed_occurrences(appointment.start.time_zone()) {
        let Some(occurrence) = coming_occurrence(object, &original, now) else {
            continue;
        };
        let people = occurrence.attendees.iter().map(|a| &a.person);
        for person in people.filter(|person| is_behind(person)) {
            match guests.iter_mut().find(|guest| guest.person.is(person)) {
                Some(guest) => guest.occurrences.push(occurrence.clone()),
                None => guests.push(Guest {
                    person: person.clone(),
                    occurrences: vec![occurrence.clone()],
                }),
            }
        }
    }
    guests
}

fn coming_occurrence(
    object: &CalendarObject,
    original: &Zoned,
    now: Timestamp,
) -> Option<Appointment> {
    let occurrence = object.occurrence(original).ok().flatten()?;
    let takes_place = occurrence.status == Status::Confirmed;
    (takes_place && occurrence.end.timestamp() > now).then_some(occurrence)
}

/// Whom to mail: who was mailed before, and what they were mailed about. One mail is all that
/// anybody gets, so guests of several days are left to the user.
pub(super) fn recipients(outcome: &Outcome, refresh: &Refresh) -> Vec<Recipient> {
    let (object, appointment) = (&outcome.entry.object, &outcome.appointment);
    let sequence = appointment.sequence;
    let recipient = |to: Person, appointment: Appointment| Recipient {
        to,
        appointment,
        removal: false,
    };
    let people = stale_recipients(object, appointment, sequence).into_iter();
    let people = people.map(|person| recipient(person, appointment.clone()));
    let guests = stale_guests(object, appointment, sequence, refresh.stamp);
    let guests = guests.into_iter().filter_map(|mut guest| {
        let occurrence = guest.occurrences.pop()?;
        let alone = guest.occurrences.is_empty();
        alone.then(|| recipient(guest.person, occurrence))
    });
    people.chain(guests).collect()
}
