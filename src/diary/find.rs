//! Which meeting somebody means: by Conference ID, meeting id, UID, link, a beginning of one of
//! them, or words of the subject.

use crate::conference::{Appointment, Status};
use crate::diary::Entry;

/// What a name stands for.
pub enum Named<'a> {
    /// This one.
    One(&'a Entry),
    /// Each of these, in the diary's order.
    Several(Vec<&'a Entry>),
    /// Nothing in the diary.
    Nothing,
}

/// Finds the meeting that `name` stands for. A full id wins over a full subject, that over whole
/// words of it, those over the beginning of an id (a letter may be both), that over parts of words.
/// Cancelled meetings are meant where no other one is named as well: the same command once more must
/// not hit another meeting.
pub fn find<'a>(entries: &[&'a Entry], name: &str) -> Named<'a> {
    let name = name.trim();
    let ways: [fn(&Appointment, &str) -> bool; 5] =
        [is_called, is_titled, has_words, begins_with, is_about];
    for way in ways {
        for status in [Status::Confirmed, Status::Cancelled] {
            let means = |entry: &&&Entry| {
                entry.appointment.status == status && way(&entry.appointment, name)
            };
            let found: Vec<&Entry> = entries.iter().filter(means).copied().collect();
            match found[..] {
                [] => {}
                [one] => return Named::One(one),
                _ => return Named::Several(found),
            }
        }
    }
    Named::Nothing
}

/// Everything that is a meeting's name: UID, meeting id, Conference ID, web link.
fn names(appointment: &Appointment) -> impl Iterator<Item = &str> {
    let conference = &appointment.conference;
    let ways_in = &conference.ways_in;
    let dialled = ways_in.dial_in.as_ref().map(|d| d.id.as_str());
    [Some(appointment.uid.as_str()), Some(conference.id.as_str())]
        .into_iter()
        .chain([dialled, ways_in.web_link.as_deref()])
        .flatten()
}

fn is_called(appointment: &Appointment, name: &str) -> bool {
    names(appointment).any(|own| own.eq_ignore_ascii_case(name)) || is_linked(appointment, name)
}

/// Whether a link leads to the conference: it holds the conference-id, percent-encoded or not.
fn is_linked(appointment: &Appointment, link: &str) -> bool {
    let id = appointment.conference.id.as_str();
    let plain = link
        .replace("%3A", ":")
        .replace("%3a", ":")
        .replace('%', " ");
    let mut words = plain.split(|c: char| !c.is_ascii_alphanumeric());
    link.contains(':') && words.any(|word| word.eq_ignore_ascii_case(id))
}

fn is_titled(appointment: &Appointment, name: &str) -> bool {
    appointment.subject.to_lowercase() == name.to_lowercase()
}

fn begins_with(appointment: &Appointment, name: &str) -> bool {
    let begins = |own: &str| {
        let start = own.get(..name.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    !name.is_empty() && names(appointment).any(begins)
}

fn has_words(appointment: &Appointment, words: &str) -> bool {
    let subject = appointment.subject.to_lowercase();
    let own: Vec<&str> = subject.split(|c: char| !c.is_alphanumeric()).collect();
    let mut words = words.split_whitespace().peekable();
    words.peek().is_some() && words.all(|word| own.contains(&word.to_lowercase().as_str()))
}

fn is_about(appointment: &Appointment, words: &str) -> bool {
    let subject = appointment.subject.to_lowercase();
    let mut words = words.split_whitespace().peekable();
    words.peek().is_some() && words.all(|word| subject.contains(&word.to_lowercase()))
}
