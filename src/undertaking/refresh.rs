//! The call-in details of a meeting as the pool has them now, for those who have older ones.

use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use crate::calendar_object::{CalendarObject, Damaged};
use crate::conference::{Appointment, Conference, Person, Status};
use crate::diary::{Diary, Entry};
use crate::error::{Error, Kind, Result};
use crate::undertaking::differences::{Detail, Difference, differences, on_pool};
use crate::undertaking::mailing::address;
use crate::undertaking::update::{entry, unreadable};
use crate::undertaking::{Desk, Outcome, Telling, Undertaking};

/// Which meeting is to be as the pool has it. It can be brought about again: what that is, is found
/// out each time.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Refresh {
    /// Which meeting.
    pub uid: String,
    /// Its subject, for people.
    pub called: String,
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

pub(super) fn carry_out(
    undertaking: &Undertaking,
    refresh: &Refresh,
    desk: &mut Desk<'_>,
) -> Result<Outcome> {
    let before = confirmed(refresh, desk.diary)?;
    desk.owns(&before.appointment.conference)?;
    // Once people are being told of a version, the next one is another time's affair.
    let there = match undertaking.fates.is_empty() {
        true => Some(there(&before, desk)?),
        false => None,
    };
    // People may have edited the entry while the pool was asked.
    let mut entry = confirmed(refresh, desk.diary)?;
    if let Some(there) = there {
        revise(&mut entry, there, refresh, desk)?;
    }
    Ok(Outcome {
        appointment: entry.appointment,
        document: entry.document,
        occurrence: None,
        removed: Vec::new(),
    })
}

fn confirmed(refresh: &Refresh, diary: &Diary) -> Result<Entry> {
    let entry = entry(&refresh.uid, &refresh.called, diary)?;
    if entry.appointment.status == Status::Cancelled {
        let what = format!("'{}' was cancelled since", refresh.called);
        return Err(Error::new(Kind::NotFound, what));
    }
    Ok(entry)
}

fn there(entry: &Entry, desk: &mut Desk<'_>) -> Result<Conference> {
    let kept = &entry.appointment.conference;
    let there = on_pool(kept, desk.session.pool.as_mut())?;
    there.ok_or_else(|| {
        let what = format!("the pool has no conference {} any more", kept.id);
        Error::new(Kind::NotFound, what).hint("'confctl update CONF --id new' makes another one")
    })
}

/// Nothing is touched where nothing differs.
fn revise(entry: &mut Entry, there: Conference, refresh: &Refresh, desk: &Desk<'_>) -> Result<()> {
    let found = differences(&entry.appointment.conference, &there);
    if found.is_empty() {
        return Ok(());
    }
    let damaged = match refresh.new_block {
        true => Damaged::Append,
        false => Damaged::Refuse,
    };
    if damaged == Damaged::Refuse {
        entry.document.check_block().map_err(unreadable)?;
    }
    let new = &mut entry.appointment;
    if are_told(&found, new) {
        new.sequence = new.sequence.saturating_add(1);
        new.stamp = refresh.stamp;
    }
    new.conference = there;
    let (zone, branding) = (desk.diary.zone(), desk.app.branding()?);
    let revised = entry.document.revise(new, None, zone, damaged, branding);
    revised.map_err(unreadable)?;
    desk.diary.put(&entry.document)
}

/// Whether the invitation says anything of what differs.
pub fn are_told(found: &[Difference], appointment: &Appointment) -> bool {
    let silent = appointment.wording.without_passcode;
    found
        .iter()
        .any(|found| !(silent && found.what == Detail::Passcode))
}

/// Those invited to all of the meeting who were mailed a version before this SEQUENCE.
pub fn behind(document: &CalendarObject, appointment: &Appointment, sequence: u32) -> Vec<Person> {
    let sent = document.sent();
    let people = appointment.attendees.iter().map(|a| &a.person);
    people
        .filter(|person| {
            sent.get(&address(person))
                .is_some_and(|&had| had < sequence)
        })
        .cloned()
        .collect()
}

/// The same for those invited to single occurrences only.
pub fn guests_behind(
    document: &CalendarObject,
    appointment: &Appointment,
    sequence: u32,
    now: Timestamp,
) -> Vec<Guest> {
    let sent = document.sent();
    let is_behind = |person: &Person| {
        let had = sent.get(&address(person));
        had.is_some_and(|&had| had < sequence)
            && !appointment.attendees.iter().any(|a| a.person.is(person))
    };
    let mut guests: Vec<Guest> = Vec::new();
    for original in document.changed(appointment.start.time_zone()) {
        let Some(occurrence) = to_come(document, &original, now) else {
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

fn to_come(document: &CalendarObject, original: &Zoned, now: Timestamp) -> Option<Appointment> {
    let occurrence = document.occurrence(original).ok().flatten()?;
    let takes_place = occurrence.status == Status::Confirmed;
    (takes_place && occurrence.end.timestamp() > now).then_some(occurrence)
}

/// Whom to mail: who was mailed before, and what they were mailed about. One mail is all that
/// anybody gets, so guests of several days are left to the user.
pub(super) fn tellings(outcome: &Outcome, refresh: &Refresh) -> Vec<Telling> {
    let (document, appointment) = (&outcome.document, &outcome.appointment);
    let sequence = appointment.sequence;
    let telling = |to: Person, appointment: Appointment| Telling {
        to,
        appointment,
        removal: false,
    };
    let people = behind(document, appointment, sequence).into_iter();
    let people = people.map(|person| telling(person, appointment.clone()));
    let guests = guests_behind(document, appointment, sequence, refresh.stamp);
    let guests = guests.into_iter().filter_map(|mut guest| {
        let occurrence = guest.occurrences.pop()?;
        let alone = guest.occurrences.is_empty();
        alone.then(|| telling(guest.person, occurrence))
    });
    people.chain(guests).collect()
}
