//! Whether a meeting that is asked for could be kept, before a service is asked for its conference.

use crate::calendar_object::{CalendarObjectError, TooLarge};
use crate::conference::{
    Access, AccessNumber, Appointment, Capabilities, Client, Conference, DialIn, DialInId, JoinId,
    LONGEST_NOTE, MeetingId, Offer, Passcode, PolicyViolation, Request, Token, WaysIn,
};
use crate::error::{Error, Kind, Result};
use crate::operation::{Attempt, Run};

/// `(GUESS)` Longest address of a conference, or of its page, in octets.
const LONGEST_LINK: usize = 150;

/// `(GUESS)` How many numbers a conference comes with where each has its own.
const FEW: usize = 8;

/// Most digits that callers key in.
const MOST_DIGITS: usize = 10;

/// Refuses a new meeting of more people, or with a longer note, than one can have.
pub(super) fn check_meeting(meeting: &Appointment) -> Result<()> {
    check_people(meeting)?;
    match &meeting.note {
        Some(note) if note.len() > LONGEST_NOTE => Err(note_error()),
        _ => Ok(()),
    }
}

/// Refuses more people than a meeting can have.
pub(super) fn check_people(meeting: &Appointment) -> Result<()> {
    let people = meeting.attendees.iter().map(|a| &a.person);
    Ok(PolicyViolation::check_room(people)?)
}

/// A refusal because a note is too long.
pub fn note_error() -> Error {
    Error::usage("the note is too long: expected at most 1 MiB")
        .hint("a link to a document says more in less")
}

/// What can't be kept, as an error that ends what was asked for, whoever began it.
pub(super) fn room_error(error: CalendarObjectError) -> Error {
    let hint = match &error {
        CalendarObjectError::TooLarge(TooLarge::Occurrences { .. }) => {
            "nothing was changed; a series of its own for a part of them has room"
        }
        CalendarObjectError::TooLarge(TooLarge::Whole) => {
            "nothing was changed; link to what is large, and leave it out"
        }
        _ => return Error::usage(error),
    };
    Error::usage(error).hint(hint)
}

impl Run {
    /// What can never be done, so that it is not kept for another try.
    pub(super) fn give_up(&self, error: Error) -> Error {
        match self.attempt {
            Attempt::New => error,
            Attempt::Repeated | Attempt::Resumed => {
                let what = format!("{error}: this is given up");
                Error::new(Kind::Refused, what)
            }
        }
    }
}

/// A conference that needs as much room in a calendar as the one that a service will make.
pub(super) fn expect(
    request: &Request,
    service: &Capabilities,
    offer: &Offer,
    token: &Token,
    owner: &str,
) -> Conference {
    let id = MeetingId::hexadecimal(token);
    let location = format!("{owner};{}", "x".repeat(LONGEST_LINK));
    let passcode = "0".repeat(16);
    let dials_in = offer.dial_in.allowed && request.options.dial_in != Some(false);
    let numbers = match dials_in {
        true if service.numbers => offer.dial_in.ordered_numbers(),
        true => vec![
            AccessNumber {
                display: "0".repeat(MOST_DIGITS * 2),
                region: "Toll-free".to_owned(),
                languages: Vec::new(),
            };
            FEW
        ],
        false => Vec::new(),
    };
    let dial_in = DialInId::parse(&"0".repeat(MOST_DIGITS)).ok();
    let dial_in = dial_in.filter(|_| !numbers.is_empty()).map(|id| DialIn {
        id,
        numbers,
        settings_page: offer.pages.for_callers().map(str::to_owned),
    });
    let presenters = request
        .presenters
        .iter()
        .map(|person| person.address.clone());
    Conference {
        owner: owner.to_owned(),
        kind: service.kind_of(request.kind),
        subject: request.subject.clone(),
        access: Access::Anonymous,
        assigned: false,
        expires: Some(request.expires),
        presenters: presenters.collect(),
        promotion: request.options.promotion,
        lobby_bypass: Some(true),
        ways_in: WaysIn {
            client_link: format!("meet:{location}%3Fconf-key={passcode}"),
            client: Some(Client::Communicator),
            web_link: (!service.passcodes).then(|| format!("https://{}", "x".repeat(LONGEST_LINK))),
            dial_in,
            passcode: Passcode::parse(&passcode).ok(),
            join_id: (!service.numbers).then(|| JoinId {
                id: "0".repeat(MOST_DIGITS * 2),
                passcode: Passcode::parse(&passcode).ok(),
            }),
        },
        id,
        location,
    }
}
