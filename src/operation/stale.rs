//! Who was mailed a version of a meeting that is not the newest any more.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use jiff::{Timestamp, Zoned};

use crate::calendar_object::CalendarObject;
use crate::conference::{Appointment, Person, Status};
use crate::diary::Entry;
use crate::operation::address_of;

/// Somebody who was mailed an older version of single occurrences, and of nothing else.
pub struct Guest {
    /// Who.
    pub person: Person,
    /// Those that are still to come; never empty.
    pub occurrences: Vec<Rc<Appointment>>,
}

/// What the notes about mails call those about all of the meeting, or about one occurrence.
pub(super) fn sent_key(address: &str, occurrence: Option<&Zoned>) -> String {
    match occurrence {
        Some(original) => format!("{address} {}", original.timestamp()),
        None => address.to_owned(),
    }
}

/// What the name of such a note begins with; what follows is a SEQUENCE.
const ALIKE: &str = "* ";

/// Notes that a version differs from the one before in nothing but who is invited, which is no news
/// for all the others.
pub(super) fn note_alike(sent: &mut BTreeMap<String, u32>, former: u32, sequence: u32) {
    if sent.is_empty() {
        return;
    }
    let first = first_alike(sent, former);
    sent.retain(|key, _| !key.starts_with(ALIKE));
    sent.insert(format!("{ALIKE}{first}"), sequence);
}

/// The first version that is alike, itself if there is none.
pub(super) fn first_alike(sent: &BTreeMap<String, u32>, sequence: u32) -> u32 {
    let last = sent
        .iter()
        .find(|(key, last)| key.starts_with(ALIKE) && **last == sequence);
    let first = last.and_then(|(key, _)| key.strip_prefix(ALIKE)?.parse().ok());
    first.unwrap_or(sequence)
}

/// Those invited to all of the meeting who were mailed a version before this SEQUENCE.
pub fn stale_recipients(entry: &Entry, appointment: &Appointment, sequence: u32) -> Vec<Person> {
    let sent = &entry.state.sent;
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
    entry: &Entry,
    appointment: &Appointment,
    sequence: u32,
    now: Timestamp,
) -> Vec<Guest> {
    let (object, sent) = (&entry.object, &entry.state.sent);
    let invited: HashSet<String> = appointment
        .attendees
        .iter()
        .map(|a| a.person.key())
        .collect();
    let is_behind = |person: &Person, original: &Zoned| {
        let address = address_of(person);
        let had = sent.get(&sent_key(&address, Some(original)));
        had.or(sent.get(&address))
            .is_some_and(|&had| had < sequence)
            && !invited.contains(&person.key())
    };
    let mut guests: Vec<Guest> = Vec::new();
    for original in object.changed_occurrences(appointment.start.time_zone()) {
        let Some(occurrence) = coming_occurrence(object, &original, now) else {
            continue;
        };
        let occurrence = Rc::new(occurrence);
        let people = occurrence.attendees.iter().map(|a| &a.person);
        for person in people.filter(|person| is_behind(person, &original)) {
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
