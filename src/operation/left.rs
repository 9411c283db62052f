//! What is left of an operation, for people who decide about it.

use std::path::Path;

use jiff::Zoned;

use crate::diary::{Diary, Entry};
use crate::mail::DeliveryStatus;
use crate::operation::calendar::is_on_calendar;
use crate::operation::journal::Record;
use crate::operation::recipients::plan_outcome;
use crate::operation::{
    Action, CalendarPolicy, Journal, Operation, Run, address_of, get_recipients,
};

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
    /// Why it is not finished, when a process could say it.
    pub reason: Option<String>,
}

impl Left {
    /// What is left of a run.
    pub fn of_run(run: &Run, diary: &Diary) -> Self {
        Self::new(run.operation(), Some(&run.record), diary)
    }

    /// What is known of an operation that another process is at.
    pub fn of_operation(operation: &Operation, diary: &Diary) -> Self {
        Self::new(operation, None, diary)
    }

    /// What its record says of an operation now; none: there is no record any more.
    pub fn of_file(path: &Path, journal: &Journal, diary: &Diary) -> Option<Self> {
        let record = journal.look(path)?;
        Some(Self::new(&record.operation, Some(&record), diary))
    }

    fn new(operation: &Operation, record: Option<&Record>, diary: &Diary) -> Self {
        // Whatever is wrong with the diary is told by those who need it.
        let entry = operation.find_entry(diary).unwrap_or_default();
        let entry = entry.as_ref();
        let recipients = recipients(&operation.action, entry);
        let statuses = record.map(|record| &record.statuses);
        let is_sent = |key: &&String| {
            let status = statuses.and_then(|statuses| statuses.get(*key));
            status == Some(&DeliveryStatus::Sent)
        };
        let keys = recipients.iter().map(|(key, _)| key);
        let mailed = keys.filter(is_sent).count();
        let mut people: Vec<String> = recipients.iter().map(|(_, who)| who.clone()).collect();
        people.dedup();
        let planned = entry.and_then(|entry| plan_outcome(&operation.action, entry).ok());
        let start = match (planned, &operation.action) {
            (Some(outcome), _) => Some(outcome.appointment.start),
            (None, Action::Schedule(schedule)) => Some(schedule.start.clone()),
            (None, _) => entry.map(|entry| entry.appointment.start.clone()),
        };
        let is_done = entry.is_some_and(|entry| is_done(operation, record, entry));
        let mails = operation.output.mail.is_some() || record.is_some_and(|r| r.mail.is_some());
        let unmailed = match mails {
            true => recipients.len() - mailed,
            false => 0,
        };
        let finished = record.map_or(&[] as &[String], |record| &record.finished);
        let is_on_calendar = match operation.output.calendar {
            Some(policy) => policy != CalendarPolicy::No,
            None => entry.is_some_and(is_on_calendar),
        };
        let steps = [
            ("conference", !is_done),
            ("diary", !is_done),
            ("calendar", is_on_calendar),
            ("mail", unmailed > 0),
            ("file", operation.output.file.is_some()),
        ];
        let is_left = |(step, is_left): (&'static str, bool)| {
            let is_finished = finished.iter().any(|finished| finished == step);
            (is_left && !is_finished).then_some(step)
        };
        Self {
            subject: operation.action.subject().to_owned(),
            start,
            people,
            steps: steps.into_iter().filter_map(is_left).collect(),
            mailed,
            unmailed,
            reason: record.and_then(|record| record.reason.clone()),
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

/// Key and address of everybody who is concerned. What nobody can read any more concerns nobody.
fn recipients(action: &Action, entry: Option<&Entry>) -> Vec<(String, String)> {
    let people = match (action, entry) {
        (_, Some(entry)) => {
            let recipients = get_recipients(action, entry).unwrap_or_default();
            return recipients
                .iter()
                .map(|one| (one.key(), one.to.address.clone()))
                .collect();
        }
        (Action::Schedule(schedule), None) => schedule.attendees.as_slice(),
        (_, None) => &[],
    };
    let people = people.iter().map(|attendee| &attendee.person);
    people
        .map(|person| (address_of(person), person.address.clone()))
        .collect()
}
