//! Who is told of an operation, and what each of them gets.

use std::collections::HashSet;
use std::rc::Rc;

use jiff::Zoned;

use crate::calendar_object::{CalendarObject, CalendarObjectError, Damaged, Sending};
use crate::conference::{Appointment, Person, Status};
use crate::diary::{Diary, Entry};
use crate::error::{Error, Result};
use crate::invitation::Branding;
use crate::operation::stale::sent_key;
use crate::operation::{Action, Outcome, Refresh, address_of, stale_guests, stale_recipients};

/// Somebody who gets a mail of their own.
pub struct Recipient {
    /// Who.
    pub to: Person,
    /// The meeting that this person is told of. Those who are told of the same one share it.
    pub appointment: Rc<Appointment>,
    /// Whether the mail takes the meeting out of the calendar of somebody who is no longer invited.
    pub removal: bool,
}

impl Recipient {
    /// Everybody who is concerned by what was done, each once, removed people last.
    pub fn all(outcome: &Outcome, action: &Action) -> Result<Vec<Self>> {
        let people = match action {
            Action::Refresh(refresh) => return Ok(recipients_of_refresh(outcome, refresh)),
            Action::Invite(invite) if invite.removal => Vec::new(),
            Action::Invite(invite) => invite.people.clone(),
            Action::Update(changes) if changes.is_about_people_alone() => {
                let mut now = everybody(&outcome.appointment);
                let invited = keys(changes.invited.iter().map(|own| &own.person));
                now.retain(|person| invited.contains(&person.key()));
                now
            }
            // It was cancelled since, which those who are still invited have been told.
            Action::Update(_) if outcome.appointment.status == Status::Cancelled => Vec::new(),
            Action::Schedule(_) | Action::Update(_) | Action::Cancel(_) => {
                everybody(&outcome.appointment)
            }
        };
        let guests = match action {
            Action::Schedule(_) | Action::Update(_) | Action::Cancel(_) => {
                guests(outcome, &people)?
            }
            Action::Invite(_) | Action::Refresh(_) => Vec::new(),
        };
        let organizer = &outcome.appointment.organizer;
        let told = Rc::new(outcome.appointment.clone());
        let people = people
            .into_iter()
            .filter(|person| !person.is(organizer))
            .map(|to| Self::of(to, &told, false));
        let withdrawal = Rc::new(outcome.appointment.to_withdrawal());
        let removed = outcome.removed.iter();
        let removed = removed.map(|to| Self::of(to.clone(), &withdrawal, true));
        Ok(people.chain(guests).chain(removed).collect())
    }

    fn of(to: Person, appointment: &Rc<Appointment>, removal: bool) -> Self {
        Self {
            to,
            appointment: appointment.clone(),
            removal,
        }
    }

    /// What the journal calls the mail.
    pub fn key(&self) -> String {
        sent_key(&address_of(&self.to), self.appointment.occurrence.as_ref())
    }

    /// Whether the mail takes the meeting out of calendars.
    pub fn is_cancellation(&self) -> bool {
        self.appointment.status == Status::Cancelled
    }

    /// The calendar that goes with the mail: the meeting as this person gets it, saying what
    /// `appointment` says.
    pub fn calendar(
        &self,
        object: &CalendarObject,
        appointment: &Appointment,
        occurrence: Option<&Zoned>,
        diary: &Diary,
        branding: &Branding,
    ) -> Result<String> {
        let people = [self.to.clone()];
        let occurrence = occurrence.or(self.appointment.occurrence.as_ref());
        let sending = match (self.removal, occurrence) {
            (true, occurrence) => Sending::Removal {
                people: &people,
                occurrence,
            },
            (false, Some(original)) => Sending::Occurrence(original),
            (false, None) => Sending::Meeting,
        };
        let mut own = object.clone();
        let zone = diary.zone();
        match own.revise(appointment, zone, Damaged::Refuse, branding) {
            // A block with damaged fences is sent as it is.
            Ok(()) | Err(CalendarObjectError::DamagedBlock) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(own.to_send(&sending, zone)?)
    }
}

/// Who is concerned by an operation that is not finished, or not begun; `entry` is its meeting as
/// the diary has it.
pub fn get_recipients(action: &Action, entry: &Entry) -> Result<Vec<Recipient>> {
    Recipient::all(&plan_outcome(action, entry)?, action)
}

/// What an operation that is not finished, or not begun, makes of its meeting.
pub(super) fn plan_outcome(action: &Action, entry: &Entry) -> Result<Outcome> {
    let of = |occurrence: Option<&Zoned>, removed: &[Person]| {
        let one = occurrence.map(|original| entry.object.occurrence(original));
        let appointment = one.transpose()?.flatten();
        let appointment = appointment.unwrap_or_else(|| entry.appointment.clone());
        Ok::<_, Error>(Outcome {
            occurrence: occurrence.cloned(),
            removed: removed.to_vec(),
            ..Outcome::new(appointment, entry.clone())
        })
    };
    Ok(match action {
        Action::Update(changes) => Outcome {
            occurrence: changes.occurrence.clone(),
            removed: changes.removed.clone(),
            ..Outcome::new(changes.apply_to(changes.before(entry)?), entry.clone())
        },
        Action::Cancel(cancel) => Outcome {
            occurrence: cancel.occurrence.clone(),
            ..Outcome::new(cancel.before(entry)?, entry.clone())
        },
        Action::Invite(invite) if invite.removal => of(invite.occurrence.as_ref(), &invite.people)?,
        Action::Invite(invite) => of(invite.occurrence.as_ref(), &[])?,
        Action::Schedule(_) | Action::Refresh(_) => of(None, &[])?,
    })
}

/// People who are invited to single occurrences only. What has been is of no interest any more, and
/// when only people are changed nothing is new for them.
fn guests(outcome: &Outcome, told: &[Person]) -> Result<Vec<Recipient>> {
    let of_all = &outcome.appointment;
    let only_some = told.len() != of_all.attendees.len();
    if outcome.occurrence.is_some() || of_all.series.is_none() || only_some {
        return Ok(Vec::new());
    }
    let everybody = keys(of_all.attendees.iter().map(|attendee| &attendee.person));
    let object = &outcome.entry.object;
    let changed = object.changed_occurrences(of_all.start.time_zone());
    let mut guests = Vec::new();
    for original in changed {
        let occurrence = object.occurrence(&original)?;
        let Some(mut occurrence) = occurrence.filter(|one| one.end.timestamp() > of_all.stamp)
        else {
            continue;
        };
        occurrence.status = of_all.status;
        let occurrence = Rc::new(occurrence);
        let own = occurrence.attendees.iter().map(|attendee| &attendee.person);
        let own = own.filter(|person| !everybody.contains(&person.key()));
        guests.extend(own.map(|person| Recipient::of(person.clone(), &occurrence, false)));
    }
    Ok(guests)
}

/// What tells people apart.
fn keys<'a>(people: impl Iterator<Item = &'a Person>) -> HashSet<String> {
    people.map(Person::key).collect()
}

fn everybody(appointment: &Appointment) -> Vec<Person> {
    let people = appointment.attendees.iter();
    people.map(|attendee| attendee.person.clone()).collect()
}

/// Whom to mail: who was mailed before, and what they were mailed about. One mail is all that
/// anybody gets, so guests of several days are left to the user.
fn recipients_of_refresh(outcome: &Outcome, refresh: &Refresh) -> Vec<Recipient> {
    let (entry, appointment) = (&outcome.entry, &outcome.appointment);
    let sequence = appointment.sequence;
    let told = Rc::new(appointment.clone());
    let people = stale_recipients(entry, appointment, sequence).into_iter();
    let people = people.map(|person| Recipient::of(person, &told, false));
    let guests = stale_guests(entry, appointment, sequence, refresh.stamp);
    let guests = guests.into_iter().filter_map(|mut guest| {
        let occurrence = guest.occurrences.pop()?;
        let alone = guest.occurrences.is_empty();
        alone.then(|| Recipient::of(guest.person, &occurrence, false))
    });
    people.chain(guests).collect()
}
