//! A new conference and its meeting.

use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use crate::backend::Session;
use crate::calendar_object::{CalendarObject, Damaged};
use crate::conference::{
    Appointment, Attendee, Conference, IdChoice, Offer, Person, Plan, Request, Series, Status,
    Token, Wording,
};
use crate::diary::{Entry, RequestKey, State, What};
use crate::error::{Error, Kind, Result};
use crate::operation::mail::practice_is_not_mailed;
use crate::operation::{Attempt, Context, Outcome, Run, block_error, diary_error};
use crate::report::{Report, last_word};
use crate::when;

/// Occurrences of a series that are looked at: a year of working days.
const MOST_TIMES: usize = 260;

/// A meeting as it was asked for, before the pool has been asked.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Schedule {
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
    /// Whether the language was asked for; it is that of the settings, or the usual one, otherwise.
    #[serde(default)]
    pub is_language_asked: bool,
    /// An appointment made elsewhere, as it was read.
    pub appointment: Option<String>,
    /// Whether it begins whenever it is asked for.
    #[serde(default)]
    pub is_meet_now: bool,
}

impl Schedule {
    /// Start and end of the occurrences, the first ones if there are many.
    pub fn times(&self) -> Vec<(Timestamp, Timestamp)> {
        let length = self.start.duration_until(&self.end);
        let starts = match &self.series {
            Some(series) => series.starts(&self.start, MOST_TIMES),
            None => vec![self.start.clone()],
        };
        let end = |start: &Zoned| start.timestamp().saturating_add(length).ok();
        starts
            .iter()
            .filter_map(|start| Some((start.timestamp(), end(start)?)))
            .collect()
    }

    /// Refuses a start that is over. One with a key may have been made when it was not.
    pub(super) fn check_start(&self, now: Timestamp) -> Result<()> {
        if self.is_meet_now || self.appointment.is_some() || self.start.timestamp() >= now {
            return Ok(());
        }
        let start = when::display(&self.start);
        Err(Error::usage(format!(
            "--start is {start}, which is in the past"
        )))
    }

    /// The same meeting, whenever it was asked for.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let timeless = |schedule: &Self| Self {
            stamp: Timestamp::UNIX_EPOCH,
            ..schedule.clone()
        };
        timeless(self) == timeless(other)
    }
}

pub(super) fn apply(
    schedule: &Schedule,
    run: &mut Run,
    context: &mut Context<'_>,
) -> Result<Outcome> {
    let operation = run.operation().clone();
    let manager = operation.on_behalf_of.as_ref();
    let session = context.sessions.open(manager)?;
    let offer = session.backend.get_offer()?;
    let mail = operation.output.mail.as_ref();
    if offer.practice && mail.is_some_and(|options| !options.may_practise()) {
        return Err(practice_is_not_mailed());
    }
    if offer.practice && context.account.is_some() {
        context
            .report
            .status("This is a practice pool. Its numbers are fictional, nobody can call them.");
    }
    let organizer = manager.cloned().unwrap_or_else(|| session.user(&offer));
    let sender = manager.map(|_| session.user(&Offer::default()));
    let base = schedule.appointment.as_deref().map(parse).transpose()?;
    let uid = match &base {
        Some(object) => object.uid().to_owned(),
        None => new_uid(&operation.token, &organizer),
    };
    // Nobody else knows a token, so its UID is looked for only where an earlier process may have
    // got as far as the diary.
    if (base.is_some() || run.attempt != Attempt::New)
        && let Some(entry) = context.diary.get(&uid)?
    {
        return take_over(entry, run.attempt);
    }
    if run.attempt != Attempt::New
        && session
            .backend
            .get_created(&run.record.token, None)?
            .is_none()
    {
        let given_up =
            |error: Error| Error::new(Kind::Refused, format!("{error}: this is given up"));
        schedule.check_start(context.now).map_err(given_up)?;
    }
    let report = context.report.clone();
    let conference = create(&schedule.request, &offer, run, session, report.as_ref())?;
    let appointment = Appointment {
        uid,
        sequence: 0,
        stamp: schedule.stamp,
        start: schedule.start.clone(),
        end: schedule.end.clone(),
        attendees: leave_out(&schedule.attendees, &organizer),
        organizer,
        organization: offer.organization,
        subject: schedule.request.subject.clone(),
        note: schedule.note.clone(),
        conference,
        practice: offer.practice,
        series: schedule.series.clone(),
        occurrence: None,
        status: Status::Confirmed,
        sender,
        wording: schedule.wording,
    };
    let key = operation.key.map(|name| RequestKey {
        name,
        facts: operation.action.facts(),
    });
    let event = run.operation().event(What::Scheduled, 0, None, context.now);
    let state = State {
        key,
        events: vec![event],
        ..State::default()
    };
    let entry = match base {
        Some(object) => join(object, &appointment, state, context),
        None => add(&appointment, state, context),
    };
    let entry = entry.map_err(|error| salvage(error, &appointment, context))?;
    let appointment = match schedule.appointment {
        Some(_) => entry.appointment.clone(),
        None => appointment,
    };
    Ok(Outcome::new(appointment, entry))
}

/// An earlier process got as far as the diary, or the appointment has a conference for long.
fn take_over(entry: Entry, attempt: Attempt) -> Result<Outcome> {
    let subject = &entry.appointment.subject;
    if entry.appointment.status == Status::Cancelled {
        let what = match attempt {
            Attempt::New => {
                format!("'{subject}' was cancelled here; a new meeting needs another UID")
            }
            Attempt::Repeated | Attempt::Resumed => {
                format!("'{subject}' was cancelled since: nobody is invited to it any more")
            }
        };
        return Err(Error::new(Kind::NotFound, what));
    }
    if attempt == Attempt::New {
        let what = format!("'{subject}' has a conference already");
        let uid = last_word(&entry.appointment.uid);
        return Err(Error::new(Kind::Refused, what).hint(format!(
            "to change it: confctl update {uid}; its invitation: confctl invite {uid}"
        )));
    }
    Ok(Outcome::of_entry(entry))
}

/// The conference that is asked for: the one that an earlier process made, the assigned one, or a
/// new one.
pub(super) fn create(
    request: &Request,
    offer: &Offer,
    run: &mut Run,
    session: &mut Session,
    report: &dyn Report,
) -> Result<Conference> {
    let backend = session.backend.as_mut();
    let plan = request.clone().resolve(offer);
    let token = run.record.token;
    if request.id == IdChoice::Assigned {
        let plan = announce(plan?, report);
        return run.mutate(|| backend.get_or_make_assigned(&plan, &token));
    }
    let made = match run.attempt {
        Attempt::New => None,
        Attempt::Repeated | Attempt::Resumed => {
            backend.get_created(&token, request.options.region.as_deref())?
        }
    };
    let (conference, plan) = match (made, plan) {
        (Some(made), Ok(plan)) if plan.lacks_passcode(&made) => {
            // Nobody knows the passcode that it has.
            (run.mutate(|| backend.update(&made.id, &plan))?, plan)
        }
        (Some(made), Ok(plan)) => (run.mutate(|| Ok(made))?, plan),
        (Some(made), Err(_)) => return run.mutate(|| Ok(made)),
        (None, plan) => {
            let plan = announce(plan?, report);
            (run.mutate(|| backend.create(&plan, &token))?, plan)
        }
    };
    if plan.dial_in && conference.ways_in.dial_in.is_none() {
        report.warn("The pool gave no Conference ID for callers: nobody can join by phone.");
    }
    Ok(conference)
}

/// Says where the pool's policy decided.
pub(super) fn announce(plan: Plan, report: &dyn Report) -> Plan {
    for note in &plan.notes {
        report.warn(note);
    }
    plan
}

fn add(appointment: &Appointment, state: State, context: &Context<'_>) -> Result<Entry> {
    let branding = context.resources.branding()?;
    let object = CalendarObject::new(appointment, branding).map_err(|e| diary_error(&e))?;
    context.diary.add(object, state)
}

/// An appointment made elsewhere, with the conference and whoever was invited on top.
fn join(
    object: CalendarObject,
    new: &Appointment,
    state: State,
    context: &Context<'_>,
) -> Result<Entry> {
    context.diary.join(object, state, |object| {
        give_conference(object, new, context)
    })
}

/// What the diary has of it by now counts, whatever was read before the pool was asked.
fn give_conference(
    mut object: CalendarObject,
    new: &Appointment,
    context: &Context<'_>,
) -> Result<CalendarObject> {
    let zone = context.diary.zone();
    let outline = object.outline(zone).map_err(block_error)?;
    let organizer = outline.organizer.unwrap_or_else(|| new.organizer.clone());
    if !organizer.is(&new.organizer) {
        context.report.warn(&format!(
            "{organizer} invites to this meeting, not you: what comes out speaks in that name."
        ));
    }
    let appointment = Appointment {
        sequence: outline
            .sequence
            .saturating_add(1)
            .min(Appointment::HIGHEST_SEQUENCE),
        start: outline.start,
        end: outline.end,
        series: outline.series,
        attendees: leave_out(&new.attendees, &organizer),
        organizer,
        ..new.clone()
    };
    let branding = context.resources.branding()?;
    object
        .revise(&appointment, zone, Damaged::Append, branding)
        .map_err(|error| diary_error(&error))?;
    Ok(object)
}

/// Everybody but the organizer, who is no guest.
pub(super) fn leave_out(attendees: &[Attendee], organizer: &Person) -> Vec<Attendee> {
    let guests = attendees
        .iter()
        .filter(|attendee| !attendee.person.is(organizer));
    guests.cloned().collect()
}

fn new_uid(token: &Token, organizer: &Person) -> String {
    let domain = organizer.address.rsplit_once('@');
    format!("{token}@{}", domain.map_or("confctl", |(_, domain)| domain))
}

/// Prints what would be lost: the conference is there, and nothing else tells of it.
pub(super) fn salvage(error: Error, appointment: &Appointment, context: &Context<'_>) -> Error {
    let report = context.report.as_ref();
    report.salvage("The conference exists. These are its details:\n");
    if let Ok(branding) = context.resources.branding() {
        report.salvage(&crate::invitation::text(appointment, branding));
    }
    error
}

/// A calendar file as it stands in the journal.
fn parse(text: &str) -> Result<CalendarObject> {
    CalendarObject::parse(text.as_bytes()).map_err(Error::usage)
}
