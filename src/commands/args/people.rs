//! People on the command line: who is invited, and who may present.

use crate::conference::{Attendance, Attendee, Person};
use crate::error::{Error, Result};

/// Everybody in those lists, each once; a text may hold several addresses, with commas between.
pub fn attendees(
    invite: &[String],
    optional: &[String],
    presenter: &[String],
    rooms: &[String],
) -> Result<Vec<Attendee>> {
    let presenters = list(presenter)?;
    let lists = [
        (list(invite)?, Attendance::Required),
        (list(optional)?, Attendance::Optional),
        (presenters.clone(), Attendance::Required),
        (list(rooms)?, Attendance::Room),
    ];
    let mut attendees: Vec<Attendee> = Vec::new();
    for (people, attendance) in lists {
        for person in people {
            if attendees.iter().any(|attendee| attendee.person.is(&person)) {
                continue;
            }
            attendees.push(Attendee {
                presenter: presenters.iter().any(|presenter| presenter.is(&person)),
                person,
                attendance,
            });
        }
    }
    Ok(attendees)
}

/// The people in such texts.
pub fn list(texts: &[String]) -> Result<Vec<Person>> {
    if texts.iter().any(|text| text.trim().is_empty()) {
        return Err(Error::usage("an address is empty: expected user@domain"));
    }
    let lists: Result<Vec<_>, _> = texts.iter().map(|text| Person::parse_list(text)).collect();
    let lists = lists.map_err(|error| Error::usage(error.to_string()))?;
    Ok(lists.concat())
}
