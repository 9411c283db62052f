//! Who is told of an operation, and what each of them gets.

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
    /// The meeting as this person is told of it.
    pub appointment: Appointment,
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
                let now = everybody(&outcome.appointment);
                let is_invited =
                    |new: &Person| changes.invited.iter().any(|own| own.person.is(new));
                now.into_iter().filter(is_invited).collect()
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
        let people = people
            .into_iter()
            .filter(|person| !person.is(organizer))
            .map(|to| Self {
                to,
                appointment: outcome.appointment.clone(),
                removal: false,
            });
        let removed = outcome.removed.iter().map(|to| Self {
            to: to.clone(),
            appointment: outcome.appointment.to_withdrawal(),
            removal: true,
        });
        Ok(people.chain(guests).chain(removed).collect())
    }

    /// What the journal calls the mail.
    pub fn key(&self) -> String {
        sent_key(&address_of(&self.to), self.appointment.occurrence.as_ref())
    }

    /// Whether the mail takes the meeting out of calendars.
    pub fn is_cancellation(&self) -> bool {
        self.appointment.status == Status::Cancelled
    }

    /// The calendar that goes with the mail; `numbers` of the appointment are in the order for this
    /// person.
    pub fn calendar(
        &self,
        object: &CalendarObject,
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
        match own.revise(&self.appointment, zone, Damaged::Refuse, branding) {
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
    let everybody = everybody(of_all);
    let only_some = told.len() != everybody.len();
    if outcome.occurrence.is_some() || of_all.series.is_none() || only_some {
        return Ok(Vec::new());
    }
    let object = &outcome.entry.object;
    let changed = object.changed_occurrences(of_all.start.time_zone());
    let mut guests = Vec::new();
    for original in changed {
        let occurrence = object.occurrence(&original)?;
        let Some(occurrence) = occurrence.filter(|one| one.end.timestamp() > of_all.stamp) else {
            continue;
        };
        let own = occurrence.attendees.iter().map(|attendee| &attendee.person);
        let own = own.filter(|person| !everybody.iter().any(|other| other.is(person)));
        guests.extend(own.map(|person| Recipient {
            to: person.clone(),
            appointment: Appointment {
                status: of_all.status,
                ..occurrence.clone()
            },
            removal: false,
        }));
    }
    Ok(guests)
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
    let recipient = |to: Person, appointment: Appointment| Recipient {
        to,
        appointment,
        removal: false,
    };
    let people = stale_recipients(entry, appointment, sequence).into_iter();
    let people = people.map(|person| recipient(person, appointment.clone()));
    let guests = stale_guests(entry, appointment, sequence, refresh.stamp);
    let guests = guests.into_iter().filter_map(|mut guest| {
        let occurrence = guest.occurrences.pop()?;
        let alone = guest.occurrences.is_empty();
        alone.then(|| recipient(guest.person, occurrence))
    });
    people.chain(guests).collect()
}
