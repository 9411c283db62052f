//! Why a server did not do what it was asked, in words.

use crate::caldav::client::unreachable;
use crate::error::{Error, Kind};
use crate::net::http::{Answer, printable, shown_host};
use crate::xml::Document;

/// Largest body of a refusal that is read, in octets.
const LARGEST: usize = 64 * 1024;

/// Preconditions (RFC 4791 5.3.2.1, RFC 6638 3.2.4, RFC 4331 6, RFC 3744 7.1.1) and what they mean
/// for a meeting.
const PRECONDITIONS: [(&str, &str); 18] = [
    (
        "supported-calendar-component",
        "this calendar does not hold meetings",
    ),
    ("supported-calendar-data", "it does not take iCalendar 2.0"),
    ("valid-calendar-data", "it finds the calendar data damaged"),
    (
        "valid-calendar-object-resource",
        "it finds the calendar data to be no single meeting",
    ),
    ("max-resource-size", "the meeting is larger than it allows"),
    (
        "max-instances",
        "the series has more occurrences than it allows",
    ),
    (
        "max-attendees-per-instance",
        "more people are invited than it allows",
    ),
    ("min-date-time", "the meeting is earlier than it allows"),
    ("max-date-time", "the meeting is later than it allows"),
    (
        "calendar-collection-location-ok",
        "no meeting may be put there",
    ),
    ("need-privileges", "this user may not write there"),
    ("quota-not-exceeded", "there is no room left for this user"),
    ("sufficient-disk-space", "its disk is full"),
    (
        "unique-scheduling-object-resource",
        "the meeting is on another calendar of this user already",
    ),
    (
        "same-organizer-in-all-components",
        "the occurrences name different organizers",
    ),
    (
        "allowed-organizer-scheduling-object-change",
        "it does not let the organizer change this",
    ),
    (
        "allowed-attendee-scheduling-object-change",
        "it takes this user for an attendee, who may not change it",
    ),
    ("no-uid-conflict", "another entry has the same UID"),
];

/// The sentence about an answer that is no success; `what` was refused.
pub(super) fn of(answer: &Answer, what: &str) -> Error {
    let host = shown_host(&answer.url);
    let why = |otherwise: &str| match meaning(answer) {
        Some(meaning) => meaning.to_owned(),
        None => otherwise.to_owned(),
    };
    let refused = |otherwise: &str| {
        let why = why(otherwise);
        Error::new(Kind::Refused, format!("{host} refuses {what}: {why}"))
    };
    match answer.status {
        403 => refused("this user may not do that there"),
        404 | 410 => Error::new(
            Kind::NotFound,
            format!("{host} has nothing at {}", printable(answer.url.path())),
        )
        .hint("check url in [calendar] of the settings, or CONFCTL_CALENDAR"),
        405 | 501 => refused("there is no calendar at that address")
            .hint("set url in [calendar] of the settings to the address of a CalDAV server"),
        413 => refused("the meeting is larger than it allows"),
        415 => refused("it takes no calendar data there"),
        423 => refused("somebody else is working on it").hint("try again in a moment"),
        429 => refused("too many requests").hint("try again in a moment"),
        507 => refused("there is no room left for this user"),
        status @ (500 | 502..=506 | 508..=599) => {
            unreachable(&answer.url, &format!("it answers {status} to {what}"))
                .hint("try again in a moment")
        }
        status @ 400..=499 => refused(&format!("it answers {status}")),
        status => unreachable(&answer.url, &format!("it answers {status} to {what}"))
            .hint("check that url in [calendar] of the settings is the address of a CalDAV server"),
    }
}

/// Whether it names that precondition.
pub(super) fn names(answer: &Answer, precondition: &str) -> bool {
    let found = Document::parse(&answer.body, LARGEST);
    found.is_ok_and(|document| document.root().elements().any(|e| e.name() == precondition))
}

fn meaning(answer: &Answer) -> Option<&'static str> {
    let document = Document::parse(&answer.body, LARGEST).ok()?;
    let mut named = document.root().elements();
    named.find_map(|element| {
        let known = PRECONDITIONS
            .iter()
            .find(|(name, _)| *name == element.name());
        known.map(|(_, meaning)| *meaning)
    })
}
