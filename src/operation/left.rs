//! What is left of an operation, for people who decide about it.

use jiff::Zoned;

use crate::conference::{Attendee, Person};
use crate::diary::Entry;
use crate::mail::DeliveryStatus;
use crate::operation::journal::Record;
use crate::operation::{Action, Operation, Run};

/// An operation that is not finished, as far as journal and diary know it.
pub struct Left {
    /// Subject of the meeting.
    pub subject: String,
    /// When it starts, or will start; none: nobody knows the meeting any more.
    pub start: Option<Zoned>,
    /// Addresses of those who are concerned.
    pub people: Vec<String>,
    /// Steps that are still to be taken: `conference`, `diary`, `calendar`, `mail`, `file`.
    pub steps: Vec<&'static str>,
    /// How many have their mail.
    pub mailed: usize,
    /// How many are still to be mailed.
    pub unmailed: usize,
}

impl Left {
    /// What is left of a run.
    pub fn of_run(run: &Run, entries: &[Entry]) -> Self {
        Self::new(run.operation(), Some(&run.record), entries)
    }

    /// What is known of an operation that another process is at.
    pub fn of_operation(operation: &Operation, entries: &[Entry]) -> Self {
        Self::new(operation, None, entries)
    }

    fn new(operation: &Operation, record: Option<&Record>, entries: &[Entry]) -> Self {
        let entry = entries.iter().find(|entry| operation.is_about(entry));
        let people = people(&operation.action, entry);
        let statuses = record.map(|record| record.statuses.values());
        let sent = |status: &&DeliveryStatus| **status == DeliveryStatus::Sent;
        let mailed = statuses.into_iter().flatten().filter(sent).count();
        let is_done = entry.is_some_and(|entry| is_done(operation, record, entry));
        let unmailed = match operation.output.mail.is_some() {
            true => people.len().saturating_sub(mailed),
            false => 0,
        };
        let steps = [
            ("conference", !is_done),
            ("diary", !is_done),
            ("calendar", operation.output.calendar.is_some()),
            ("mail", unmailed > 0),
            ("file", operation.output.file.is_some()),
        ];
        let is_left = |(step, is_left): (&'static str, bool)| is_left.then_some(step);
        Self {
            subject: operation.action.subject().to_owned(),
            start: start(&operation.action, entry),
            people,
            steps: steps.into_iter().filter_map(is_left).collect(),
            mailed,
            unmailed,
        }
    }
}

impl Operation {
    /// Whether an entry of the diary is the meeting that it changes, or made.
    fn is_about(&self, entry: &Entry) -> bool {
        match self.uid() {
            Some(uid) => entry.object.uid() == uid,
            None => entry.object.uid().starts_with(&self.token.to_string()),
        }
    }
}

/// Whether conference and diary are as they shall be.
fn is_done(operation: &Operation, record: Option<&Record>, entry: &Entry) -> bool {
    let sequence = entry.appointment.sequence;
    match &operation.action {
        Action::Schedule(_) | Action::Invite(_) => true,
        Action::Update(changes) => sequence >= changes.sequence,
        Action::Cancel(cancel) => sequence >= cancel.sequence,
        // What differs is found out each time; only then is anybody told.
        Action::Refresh(_) => record.is_some_and(|record| record.sequence.is_some()),
    }
}

fn start(action: &Action, entry: Option<&Entry>) -> Option<Zoned> {
    match action {
        Action::Schedule(schedule) => Some(schedule.start.clone()),
        Action::Update(changes) => match &changes.times {
            Some((start, _)) => Some(start.clone()),
            None => changes.occurrence.clone(),
        },
        Action::Cancel(cancel) => cancel.occurrence.clone(),
        Action::Invite(invite) => invite.occurrence.clone(),
        Action::Refresh(_) => None,
    }
    .or_else(|| Some(entry?.appointment.start.clone()))
}

fn people(action: &Action, entry: Option<&Entry>) -> Vec<String> {
    let address = |person: &Person| person.address.clone();
    let of_all = |attendees: &[Attendee]| attendees.iter().map(|a| address(&a.person)).collect();
    match action {
        Action::Schedule(schedule) => of_all(&schedule.attendees),
        Action::Invite(invite) if !invite.people.is_empty() => {
            invite.people.iter().map(address).collect()
        }
        Action::Update(changes) => {
            let after = entry.map(|entry| changes.apply_to(entry.appointment.clone()));
            let mut people: Vec<String> = of_all(&after.map_or(Vec::new(), |a| a.attendees));
            people.extend(changes.removed.iter().map(address));
            people
        }
        Action::Cancel(_) | Action::Invite(_) | Action::Refresh(_) => {
            let attendees = entry.map(|entry| entry.appointment.attendees.as_slice());
            of_all(attendees.unwrap_or_default())
        }
    }
}
