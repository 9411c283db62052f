//! People on the command line: who is invited, and who may present.

use std::collections::HashSet;

use clap::Args;

use crate::conference::{Attendance, Attendee, Person, PolicyViolation};
use crate::error::{Error, Result};

/// Flags for the people of a meeting.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "People")]
pub struct PeopleArgs {
    /// People who are needed: ana@example.com, "Ana Exemplar <ana@example.com>"
    #[arg(short, long, value_name = "ADDRESS", num_args = 1..)]
    pub invite: Vec<String>,
    /// People who may come
    #[arg(long, value_name = "ADDRESS", num_args = 1..)]
    pub optional: Vec<String>,
    /// People who may present; invited if they are not yet
    #[arg(long, value_name = "ADDRESS", num_args = 1..)]
    pub presenter: Vec<String>,
    /// Rooms and resources to be booked
    #[arg(long, value_name = "ADDRESS", num_args = 1..)]
    pub room: Vec<String>,
}

impl PeopleArgs {
    /// Everybody named, each once.
    pub fn attendees(&self) -> Result<Vec<Attendee>> {
        let presenters = list(&self.presenter)?;
        let presenting: HashSet<String> = presenters.iter().map(Person::key).collect();
        let lists = [
            (list(&self.invite)?, Attendance::Required),
            (list(&self.optional)?, Attendance::Optional),
            (presenters, Attendance::Required),
            (list(&self.room)?, Attendance::Room),
        ];
        let mut known = HashSet::new();
        let mut attendees: Vec<Attendee> = Vec::new();
        for (people, attendance) in lists {
            for person in people {
                let key = person.key();
                let presenter = presenting.contains(&key);
                if known.insert(key) {
                    attendees.push(Attendee {
                        person,
                        attendance,
                        presenter,
                    });
                }
            }
        }
        PolicyViolation::check_room(attendees.iter().map(|a| &a.person))?;
        Ok(attendees)
    }
}

/// The people in such texts; one may hold several addresses, with commas between.
pub fn list(texts: &[String]) -> Result<Vec<Person>> {
    if texts.iter().any(|text| text.trim().is_empty()) {
        return Err(Error::usage("an address is empty: expected user@domain"));
    }
    let lists: Result<Vec<_>, _> = texts.iter().map(|text| Person::parse_list(text)).collect();
    let lists = lists.map_err(Error::usage)?;
    Ok(lists.concat())
}
