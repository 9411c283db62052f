//! A meeting of many people as one of them gets it. Mails that named everybody to everybody would
//! grow with the square of their number.

use std::collections::HashMap;

use crate::calendar_object::{CalendarObject, CalendarObjectError, master, people};
use crate::conference::{MOST_NAMED, Person};
use crate::icalendar::{Component, ContentLine, Edit};

/// Somebody's ATTENDEE line, by [`Person::key`].
type Invited = HashMap<String, ContentLine>;

/// A meeting without the people of those of its VEVENTs that many are invited to.
pub struct Crowd {
    /// With one ATTENDEE line where many were.
    object: CalendarObject,
    /// Who is invited to each VEVENT; none: everybody is still named there.
    invited: Vec<Option<Invited>>,
}

impl CalendarObject {
    /// The meeting for those who are many; none: nowhere are more invited than a mail names.
    pub fn crowd(&self) -> Result<Option<Crowd>, CalendarObjectError> {
        let invited: Vec<Option<Invited>> = self.events().map(invited).collect();
        if invited.iter().all(Option::is_none) {
            return Ok(None);
        }
        let mut object = self.object.clone();
        let events = object.calendar.components_mut();
        let events = events.filter(|component| component.name == "VEVENT");
        for (event, _) in events.zip(&invited).filter(|(_, them)| them.is_some()) {
            let mut is_first = true;
            event.retain_lines(|line| !line.is("ATTENDEE") || std::mem::take(&mut is_first));
        }
        let object = Self::of(object)?;
        Ok(Some(Crowd { object, invited }))
    }
}

impl Crowd {
    /// The meeting as one of them gets it: the reader's own line stays wherever they are invited.
    /// Elsewhere it is the organizer's, since a request has a line (RFC 5546 3.2.2).
    pub fn for_reader(&self, reader: &Person) -> Result<CalendarObject, CalendarObjectError> {
        let organizer = people::organizer(master(&self.object.object)?);
        let mut object = self.object.object.clone();
        let events = object.calendar.components_mut();
        let events = events.filter(|component| component.name == "VEVENT");
        for (event, invited) in events.zip(&self.invited) {
            let Some(invited) = invited else {
                continue;
            };
            let own = invited.get(&reader.key()).cloned();
            let own = own.or_else(|| Some(people::chair_line(organizer.as_ref()?)));
            event.edit(|line| match &own {
                Some(own) if line.is("ATTENDEE") => Edit::Say(own.clone()),
                _ => Edit::Keep,
            });
        }
        CalendarObject::of(object)
    }
}

/// Who is invited to a VEVENT, if they are many.
fn invited(event: &Component) -> Option<Invited> {
    if people::attendees(event).len() <= MOST_NAMED {
        return None;
    }
    let mut invited = Invited::new();
    for line in event.lines() {
        if let (Some(who), Some(content)) = (people::attendee_address(line), line.content()) {
            invited.entry(who).or_insert(content);
        }
    }
    Some(invited)
}
