//! What confctl knows of a meeting and no calendar has a place for.

use jiff::Zoned;
use serde::{Deserialize, Serialize};

use crate::conference::{Appointment, Attendee, Conference, Person, Wording};
use crate::icalendar::Line;
use crate::when;

/// The part of an appointment that no property of iCalendar has a place for, or that nobody who may
/// write the file can be believed. It never stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// As it was seen last.
    pub conference: Conference,
    /// As [`Appointment::practice`].
    pub practice: bool,
    /// As [`Appointment::organization`].
    pub organization: Option<String>,
    /// For calendars that leave ORGANIZER out while nobody is invited.
    pub organizer: Person,
    /// Addresses of the attendees who may present.
    presenters: Vec<String>,
    /// In which words people are told of it.
    #[serde(default)]
    pub wording: Wording,
    /// IANA name of the zone of a start that had to be written in UTC.
    #[serde(default)]
    zone: Option<String>,
}

impl Notes {
    /// `in_utc`: whether the appointment's start is written in UTC.
    pub(super) fn of(appointment: &Appointment, in_utc: bool) -> Self {
        let presenters = appointment.attendees.iter().filter(|a| a.presenter);
        let zone = when::zone_name(appointment.start.time_zone());
        Self {
            conference: appointment.conference.clone(),
            practice: appointment.practice,
            organization: appointment.organization.clone(),
            organizer: appointment.organizer.clone(),
            presenters: presenters.map(|a| a.person.address.clone()).collect(),
            wording: appointment.wording,
            zone: zone.filter(|_| in_utc).map(str::to_owned),
        }
    }

    pub(super) fn is_presenter(&self, attendee: &Attendee) -> bool {
        let address = &attendee.person.address;
        self.presenters
            .iter()
            .any(|p| p.eq_ignore_ascii_case(address))
    }

    /// A time that had to be written in UTC, in the zone that it was meant in.
    pub(super) fn in_zone(&self, at: Zoned) -> Zoned {
        let zone = self.zone.as_deref().and_then(|name| when::zone(name).ok());
        zone.map_or(at.clone(), |zone| at.with_time_zone(zone))
    }
}

/// Whether a line was written for confctl alone, by an earlier version or by somebody who would like
/// to be believed.
pub(super) fn is_private(line: &Line) -> bool {
    let prefix = line.text().get(..10);
    prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case("X-CONFCTL-"))
}
