//! A new conference and its meeting.

use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use crate::app::randomness;
use crate::backend::Added;
use crate::calendar_object::{CalendarObject, CalendarObjectError, Damaged};
use crate::conference::{
    Appointment, Attendee, Conference, IdChoice, MeetingId, Offer, Person, Plan, PlannedPasscode,
    PolicyViolation, Request, Series, Status, Wording,
};
use crate::diary::Entry;
use crate::error::{Error, Kind, Result};
use crate::report::Report;
use crate::undertaking::{
    Desk, Origin, Outcome, Uncertain, Undertaking, left_behind, practice_is_not_mailed,
};

/// How often a taken id is replaced by another.
const MOST_IDS: usize = 4;

/// Occurrences of a series that are looked at: a year of working days.
const MOST_TIMES: usize = 260;

/// A meeting as it was asked for, before the pool has been asked.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Wish {
    /// The conference.
    pub request: Request,
    /// Start, in the organizer's zone.
    pub start: Zoned,
    /// End.
    pub end: Zoned,
    /// Everybody invited.
    pub attendees: Vec<Attendee>,
    /// The organizer's own words.
    pub note: Option<String>,
    /// When it comes again.
    pub series: Option<Series>,
    /// When it was asked for, to the second.
    pub stamp: Timestamp,
    /// In which words people are told of it.
    #[serde(default)]
    pub wording: Wording,
    /// An appointment made elsewhere, as it was read.
    pub appointment: Option<String>,
}

impl Wish {
    /// Start and end of the occurrences, the first ones if there are many.
    pub fn times(&self) -> Vec<(Timestamp, Timestamp)> {
        let length = self.start.duration_until(&self.end);
        let starts = match &self.series {
            Some(series) => series.starts(&self.start, MOST_TIMES),
            None => vec![self.start.clone()],
        };
        let ends = |start: &Zoned| start.timestamp().saturating_add(length).ok();
        starts
            .iter()
            .filter_map(|start| Some((start.timestamp(), ends(start)?)))
            .collect()
    }

    /// The same meeting, whenever it was asked for.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let timeless = |wish: &Self| Self {
            stamp: Timestamp::UNIX_EPOCH,
            ..wish.clone()
        };
        timeless(self) == timeless(other)
    }
}

pub(super) fn carry_out(
    undertaking: &mut Undertaking,
    wish: &Wish,
    desk: &mut Desk<'_>,
) -> Result<Outcome> {
    let offer = desk.offer()?;
    if offer.practice && desk.session.practice.is_none() {
        desk.app
            .terminal
            .status("This is a practice pool. Its numbers are fictional, nobody can call them.");
    }
    let mail = undertaking.intent.delivery.mail.as_ref();
    if offer.practice && mail.is_some_and(|mail| !mail.may_practise()) {
        return Err(practice_is_not_mailed());
    }
    let organizer = match &undertaking.intent.on_behalf_of {
        Some(person) => person.clone(),
        None => desk.session.organizer(&offer),
    };
    let base = wish.appointment.as_deref().map(parsed).transpose()?;
    let uid = match &base {
        Some(document) => document.uid().to_owned(),
        None => uid(&undertaking.intent.token, &organizer),
    };
    if let Some(entry) = desk.diary.with_uid(&uid)? {
        return there_already(undertaking, entry);
    }
    let conference = conference(undertaking, &wish.request, &offer, desk)?;
    let sender = undertaking
        .intent
        .on_behalf_of
        .is_some()
        .then(|| desk.session.organizer(&Offer::default()));
    let key = undertaking.intent.key.as_deref();
    let (document, appointment) = match base {
        Some(document) => {
            let appointment = new_appointment(uid, wish, conference, organizer, offer, sender);
            joined(document, appointment, key, desk)?
        }
        None => {
            let appointment = new_appointment(uid, wish, conference, organizer, offer, sender);
            let document = CalendarObject::new(&appointment, key, desk.app.branding()?)
                .map_err(|error| Error::failed(error.to_string()))?;
            (document, appointment)
        }
    };
    desk.diary
        .put(&document)
        .map_err(|error| with_details(error, &appointment, desk))?;
    Ok(Outcome {
        appointment,
        document,
        occurrence: None,
        removed: Vec::new(),
    })
}

/// An earlier process got as far as the diary, or the appointment has a conference for long.
fn there_already(undertaking: &Undertaking, entry: Entry) -> Result<Outcome> {
    let Entry {
        appointment,
        document,
    } = entry;
    let subject = &appointment.subject;
    if appointment.status == Status::Cancelled {
        let what = format!("'{subject}' was cancelled here; a new meeting needs another UID");
        return Err(Error::new(Kind::NotFound, what));
    }
    if undertaking.origin == Origin::Fresh {
        let what = format!("'{subject}' has a conference already");
        let uid = &appointment.uid;
        return Err(Error::new(Kind::Refused, what).hint(format!(
            "to change it: confctl update {uid}; its invitation: confctl invite {uid}"
        )));
    }
    Ok(Outcome {
        appointment,
        document,
        occurrence: None,
        removed: Vec::new(),
    })
}

/// The conference that is asked for: the one that an earlier process made, the assigned one, or a
/// new one.
pub(super) fn conference(
    undertaking: &mut Undertaking,
    request: &Request,
    offer: &Offer,
    desk: &mut Desk<'_>,
) -> Result<Conference> {
    let plan = request.clone().resolve(offer).map_err(unsettled);
    if request.id == IdChoice::Assigned {
        let plan = announced(plan?, desk);
        return desk.session.pool.assigned(&plan);
    }
    let made = match undertaking.asked.clone() {
        Some(id) => {
            let uncertain = Uncertain(format!(
                "it is not known whether the pool made conference {id}"
            ));
            let found = desk.session.pool.find(&id, request.region.as_deref());
            found.map_err(|error| uncertain.stays(error))?
        }
        None => None,
    };
    let (conference, plan) = match (made, plan) {
        (Some(conference), Err(_)) => return Ok(conference),
        (Some(conference), Ok(plan)) => (conference, plan),
        (None, plan) => {
            let plan = announced(plan?, desk);
            (new_conference(undertaking, request, &plan, desk)?, plan)
        }
    };
    if plan.dial_in && conference.ways_in.dial_in.is_none() {
        desk.app
            .terminal
            .warn("The pool gave no Conference ID for callers: nobody can join by phone.");
    }
    if plan.passcode != PlannedPasscode::None && conference.ways_in.passcode.is_none() {
        // Found again, but the pool does not show its passcode: then it gets another one.
        let id = &conference.id;
        let half = Uncertain(format!(
            "the conference exists as {id}, but not its passcode"
        ));
        let changed = desk.surely(|pool| pool.change(id, &plan));
        return changed.map_err(|error| half.stays(error));
    }
    Ok(conference)
}

fn new_conference(
    undertaking: &mut Undertaking,
    request: &Request,
    plan: &Plan,
    desk: &mut Desk<'_>,
) -> Result<Conference> {
    for _ in 0..MOST_IDS {
        let (id, asked_before) = match undertaking.asked.clone() {
            Some(id) => (id, true),
            None => (fresh_id(desk)?, false),
        };
        if !asked_before {
            undertaking.ask_for(&id)?;
        }
        match add(&id, request, plan, asked_before, desk)? {
            Some(conference) => return Ok(conference),
            None => undertaking.is_taken()?,
        }
    }
    Err(Error::new(
        Kind::Refused,
        "the pool says each time that a conference with that id exists already",
    ))
}

/// None: the id is that of another conference. Once it was asked for, whatever has it is ours.
fn add(
    id: &MeetingId,
    request: &Request,
    plan: &Plan,
    asked_before: bool,
    desk: &mut Desk<'_>,
) -> Result<Option<Conference>> {
    let region = request.region.as_deref();
    match desk.session.pool.add(plan, id) {
        Ok(Added::Made(conference)) => Ok(Some(*conference)),
        Ok(Added::Taken) if asked_before => desk.session.pool.find(id, region),
        Ok(Added::Taken) => Ok(None),
        Err(error) if error.kind == Kind::HalfDone => {
            let uncertain = desk.again(error)?;
            let found = desk.session.pool.find(id, region);
            if let Some(conference) = found.map_err(|error| uncertain.stays(error))? {
                return Ok(Some(conference));
            }
            match desk.session.pool.add(plan, id)? {
                Added::Made(conference) => Ok(Some(*conference)),
                Added::Taken => desk.session.pool.find(id, region),
            }
        }
        Err(error) => Err(error),
    }
}

fn fresh_id(desk: &Desk<'_>) -> Result<MeetingId> {
    let mut seed = [0; 16];
    randomness()(&mut seed);
    Ok(desk.session.pool.id_of(seed))
}

/// Says where the pool's policy decided.
fn announced(plan: Plan, desk: &Desk<'_>) -> Plan {
    for note in &plan.notes {
        desk.app.terminal.warn(note);
    }
    plan
}

fn new_appointment(
    uid: String,
    wish: &Wish,
    conference: Conference,
    organizer: Person,
    offer: Offer,
    sender: Option<Person>,
) -> Appointment {
    Appointment {
        uid,
        sequence: 0,
        stamp: wish.stamp,
        start: wish.start.clone(),
        end: wish.end.clone(),
        attendees: without(&wish.attendees, &organizer),
        organizer,
        organization: offer.organization,
        subject: wish.request.subject.clone(),
        note: wish.note.clone(),
        conference,
        practice: offer.practice,
        series: wish.series.clone(),
        occurrence: None,
        status: Status::Confirmed,
        sender,
        wording: wish.wording,
    }
}

/// An appointment made elsewhere, with the conference and whoever was invited on top.
fn joined(
    mut document: CalendarObject,
    new: Appointment,
    key: Option<&str>,
    desk: &Desk<'_>,
) -> Result<(CalendarObject, Appointment)> {
    let zone = desk.diary.zone();
    let outline = document.outline(zone).map_err(unreadable)?;
    let organizer = outline.organizer.unwrap_or_else(|| new.organizer.clone());
    if !organizer.is(&new.organizer) {
        desk.app.terminal.warn(&format!(
            "{organizer} invites to this meeting, not you: what comes out speaks in that name."
        ));
    }
    let appointment = Appointment {
        sequence: outline.sequence.saturating_add(1),
        start: outline.start,
        end: outline.end,
        series: outline.series,
        attendees: without(&new.attendees, &organizer),
        organizer,
        ..new
    };
    let joined = document.revise(
        &appointment,
        key,
        zone,
        Damaged::Append,
        desk.app.branding()?,
    );
    let read = joined.and_then(|()| document.appointment(zone));
    match read {
        Ok(read) => Ok((document, read.unwrap_or(appointment))),
        Err(error) => Err(with_details(left_behind(&error), &appointment, desk)),
    }
}

fn parsed(text: &str) -> Result<CalendarObject> {
    CalendarObject::parse(text.as_bytes()).map_err(unreadable)
}

fn unreadable(error: CalendarObjectError) -> Error {
    Error::usage(error.to_string())
}

/// Everybody but the organizer, who is no guest.
pub(super) fn without(attendees: &[Attendee], organizer: &Person) -> Vec<Attendee> {
    let guests = attendees
        .iter()
        .filter(|attendee| !attendee.person.is(organizer));
    guests.cloned().collect()
}

fn uid(token: &str, organizer: &Person) -> String {
    let domain = organizer.address.rsplit_once('@');
    format!("{token}@{}", domain.map_or("confctl", |(_, domain)| domain))
}

/// Prints what would be lost: the conference is there, and nothing else tells of it.
pub(super) fn with_details(error: Error, appointment: &Appointment, desk: &Desk<'_>) -> Error {
    let terminal = desk.app.terminal;
    terminal.salvage("The conference exists. These are its details:\n");
    if let Ok(branding) = desk.app.branding() {
        terminal.salvage(&crate::invitation::text(appointment, branding));
    }
    error
}

/// Why the pool need not be asked, as an error.
pub fn unsettled(why: PolicyViolation) -> Error {
    let kind = if why.is_usage() {
        Kind::Usage
    } else {
        Kind::Refused
    };
    Error::new(kind, why.to_string()).hint(why.hint())
}
