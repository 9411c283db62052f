//! The invitation as JSON. The comments on the fields are its published description.

use jiff::{Timestamp, Zoned};
use serde::Serialize;

use crate::conference::{
    Access, AccessNumber, Appointment, Attendance, Attendee, CallIn, Conference, DialIn, Person,
};
use crate::invitation::block;

/// The document: indented, ended by LF.
pub(super) fn document(appointment: &Appointment) -> String {
    let invitation = Invitation::of(appointment);
    let text = serde_json::to_string_pretty(&invitation)
        .expect("strings, numbers and lists are always JSON");
    text + "\n"
}

/// An invitation. Every field is always there; what is not known is null, what is empty is [].
#[derive(Serialize)]
struct Invitation<'a> {
    /// Version of this description: 1. New fields may come without a new version.
    version: u32,
    /// Identity of the meeting in calendars; the same over all its changes.
    uid: &'a str,
    /// Number of changes that people were told of; 0 at first.
    sequence: u32,
    /// When this version was written, RFC 3339 in UTC.
    stamp: Timestamp,
    /// One line.
    subject: &'a str,
    /// The organizer's own words, lines separated by LF.
    note: Option<&'a str>,
    /// Start, RFC 3339 with the offset of `time_zone`.
    start: String,
    /// End, RFC 3339 with the offset of `time_zone`.
    end: String,
    /// IANA name of the organizer's zone; null when the zone is a mere offset.
    time_zone: Option<&'a str>,
    /// Whether the numbers are fictional and the conference is on the practice pool.
    practice: bool,
    /// Who invites.
    organizer: Contact<'a>,
    /// Name of the organizer's organisation.
    organization: Option<&'a str>,
    /// Everybody invited, without the organizer.
    attendees: Vec<Invited<'a>>,
    /// What the pool keeps.
    conference: Kept<'a>,
    /// How to join.
    call_in: Joining<'a>,
}

/// Somebody with a mail address.
#[derive(Serialize)]
struct Contact<'a> {
    /// `user@domain`
    address: &'a str,
    /// Display name.
    name: Option<&'a str>,
}

/// Somebody invited.
#[derive(Serialize)]
struct Invited<'a> {
    /// `user@domain`
    address: &'a str,
    /// Display name.
    name: Option<&'a str>,
    /// `required` or `optional`
    attendance: &'static str,
    /// May share and present, not only watch.
    presenter: bool,
}

/// The conference on its pool.
#[derive(Serialize)]
struct Kept<'a> {
    /// Conference-id: 8 to 32 letters and digits; not what callers key in.
    id: &'a str,
    /// SIP address of the conference.
    focus: &'a str,
    /// `live-meeting` or `conference-call`
    kind: String,
    /// Who is let in: `open` (accounts of the organisation and invited federated people), `closed`
    /// (only those invited) or `anonymous` (everybody with the details).
    access: &'static str,
    /// Whether this is the organizer's assigned conference, used again and again.
    assigned: bool,
    /// When the pool may delete the conference, RFC 3339 in UTC; null: never.
    expires: Option<Timestamp>,
}

/// The ways in.
#[derive(Serialize)]
struct Joining<'a> {
    /// Link for the program on the desk: `meet:sip:…` or `conf:sip:…`
    client_link: &'a str,
    /// `https://…` join page.
    web_link: Option<&'a str>,
    /// What callers key in; null when dial-in is off.
    conference_id: Option<&'a str>,
    /// What anonymous people key in.
    passcode: Option<&'a str>,
    /// All numbers to call, the organizer's region first; empty when dial-in is off.
    numbers: Vec<Number<'a>>,
    /// Dial-In Conferencing Settings page.
    settings_page: Option<&'a str>,
}

/// A number to call.
#[derive(Serialize)]
struct Number<'a> {
    /// As people write it: `+1 425 555 0100`
    display: &'a str,
    /// Digits and plus only: `+14255550100`
    dialable: String,
    /// With pauses and the Conference ID: `+14255550100,,1234567#`
    one_tap: String,
    /// Dial-in region.
    region: &'a str,
    /// BCP 47 tags, the primary language first.
    languages: &'a [String],
}

impl<'a> Invitation<'a> {
    fn of(appointment: &'a Appointment) -> Self {
        Self {
            version: 1,
            uid: &appointment.uid,
            sequence: appointment.sequence,
            stamp: appointment.stamp,
            subject: &appointment.subject,
            note: appointment.note.as_deref(),
            start: rfc_3339(&appointment.start),
            end: rfc_3339(&appointment.end),
            time_zone: appointment.start.time_zone().iana_name(),
            practice: appointment.practice,
            organizer: Contact::of(&appointment.organizer),
            organization: appointment.organization.as_deref(),
            attendees: appointment.attendees.iter().map(Invited::of).collect(),
            conference: Kept::of(&appointment.conference),
            call_in: Joining::of(&appointment.conference.call_in),
        }
    }
}

impl<'a> Contact<'a> {
    fn of(person: &'a Person) -> Self {
        Self {
            address: &person.address,
            name: person.name.as_deref(),
        }
    }
}

impl<'a> Invited<'a> {
    fn of(attendee: &'a Attendee) -> Self {
        Self {
            address: &attendee.person.address,
            name: attendee.person.name.as_deref(),
            attendance: match attendee.attendance {
                Attendance::Required => "required",
                Attendance::Optional => "optional",
            },
            presenter: attendee.presenter,
        }
    }
}

impl<'a> Kept<'a> {
    fn of(conference: &'a Conference) -> Self {
        Self {
            id: conference.id.as_str(),
            focus: &conference.focus,
            kind: conference.kind.to_string(),
            access: match conference.access {
                Access::Open => "open",
                Access::Closed => "closed",
                Access::Anonymous => "anonymous",
            },
            assigned: conference.assigned,
            expires: conference.expires,
        }
    }
}

impl<'a> Joining<'a> {
    fn of(call_in: &'a CallIn) -> Self {
        let dial_in = call_in.dial_in.as_ref();
        Self {
            client_link: &call_in.client_link,
            web_link: call_in.web_link.as_deref(),
            conference_id: dial_in.map(|d| d.conference_id.as_str()),
            passcode: call_in.passcode.as_ref().map(|p| p.digits()),
            numbers: dial_in.map(numbers).unwrap_or_default(),
            settings_page: dial_in.and_then(|d| d.settings_page.as_deref()),
        }
    }
}

fn numbers(dial_in: &DialIn) -> Vec<Number<'_>> {
    dial_in
        .numbers
        .iter()
        .map(|number| Number::of(number, dial_in))
        .collect()
}

impl<'a> Number<'a> {
    fn of(number: &'a AccessNumber, dial_in: &'a DialIn) -> Self {
        Self {
            display: &number.display,
            dialable: number.dialable(),
            one_tap: block::one_tap(number, dial_in),
            region: &number.region,
            languages: &number.languages,
        }
    }
}

fn rfc_3339(at: &Zoned) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
