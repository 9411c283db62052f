//! A new conference and its meeting.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use crate::backend::{Created, Session};
use crate::calendar_object::{CalendarObject, Damaged, Sending};
use crate::conference::{
    Access, Appointment, Attendee, Capabilities, Conference, IdChoice, Offer, Person, Plan,
    PlannedPasscode, Request, Series, Slot, Status, Token, Wording,
};
use crate::diary::{Diary, Entry, RequestKey, State, What};
use crate::error::{Error, Kind, Result};
use crate::invitation::Branding;
use crate::operation::mail::practice_is_not_mailed;
use crate::operation::room::{check_meeting, expect, room_error};
use crate::operation::{Action, Attempt, Context, Outcome, Run, block_error, diary_error};
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
    #[serde(with = "crate::when::kept")]
    pub start: Zoned,
    /// End.
    #[serde(with = "crate::when::kept")]
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

    /// From when to when, the first time.
    pub fn slot(&self) -> Slot {
        Slot {
            start: self.start.timestamp(),
            end: self.end.timestamp(),
        }
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

impl Schedule {
    /// Whether policy or the user may want a passcode.
    fn may_have_passcode(&self) -> bool {
        let options = &self.request.options;
        let has_guests = options
            .access
            .is_none_or(|access| access == Access::Anonymous);
        self.request.id == IdChoice::New && (has_guests || options.dial_in != Some(false))
    }
}

/// A meeting that is asked for, but for its conference.
struct Draft<'a> {
    schedule: &'a Schedule,
    /// An appointment made elsewhere.
    base: Option<CalendarObject>,
    uid: String,
    organizer: Person,
    /// Who sends for the organizer.
    sender: Option<Person>,
    key: Option<RequestKey>,
    service: Capabilities,
    offer: Offer,
}

pub(super) fn apply(
    schedule: &Schedule,
    run: &mut Run,
    context: &mut Context<'_>,
) -> Result<Outcome> {
    let operation = run.operation().clone();
    let manager = operation.on_behalf_of.as_ref();
    if schedule.request.id == IdChoice::Assigned {
        context.sessions.prepare_to_read_passcode();
    }
    let session = context.sessions.open(manager)?;
    if schedule.may_have_passcode() {
        session.backend.expect_passcode();
    }
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
    let key = operation.key.as_ref().map(|name| RequestKey {
        name: name.clone(),
        facts: operation.action.facts(),
    });
    let draft = match Draft::new(schedule, &operation.token, manager, key, offer, session) {
        Ok(draft) => draft,
        Err(error) => return withdraw(run.give_up(error), run, session, &context.diary),
    };
    // Nobody else knows a token, so its UID is looked for only where an earlier process may have
    // got as far as the diary.
    if (draft.base.is_some() || run.attempt != Attempt::New)
        && let Some(entry) = context.diary.get(&draft.uid)?
    {
        return take_over(entry, run.attempt);
    }
    if run.attempt != Attempt::New
        && let Err(error) = schedule.check_start(context.now)
        && !matches!(get_created(run, session)?, Created::Made(_))
    {
        return withdraw(run.give_up(error), run, session, &context.diary);
    }
    let branding = context.resources.branding()?;
    let zone = context.diary.zone();
    if let Err(error) = draft.check_room(&operation.token, &session.owner, zone, branding) {
        return withdraw(run.give_up(error), run, session, &context.diary);
    }
    let report = context.report.clone();
    let made = create(
        &schedule.request,
        schedule.slot(),
        run,
        session,
        report.as_ref(),
    );
    let conference = match made {
        Err(error) if matches!(error.kind, Kind::Refused | Kind::Usage | Kind::NotFound) => {
            return withdraw(error, run, session, &context.diary);
        }
        made => made?,
    };
    check_own(&conference, run, session, &context.diary)?;
    let appointment = draft.appointment(conference);
    let event = run.operation().event(What::Scheduled, 0, None, context.now);
    let state = State {
        key: draft.key.clone(),
        events: vec![event],
        ..State::default()
    };
    let entry = match draft.put(&appointment, state, context) {
        Ok(entry) => entry,
        Err(error) => return Err(salvage(error, &appointment, context)),
    };
    if run.attempt != Attempt::New {
        // An earlier process may have written the file, and people may have edited it since.
        return take_over(entry, run.attempt);
    }
    if schedule.appointment.is_none() {
        return Ok(Outcome::new(appointment, entry));
    }
    check_sendable(&entry, context)?;
    Ok(Outcome::new(entry.appointment.clone(), entry))
}

/// What is sent about a meeting that was made elsewhere was judged with details that a service may make; here it
/// has made them.
fn check_sendable(entry: &Entry, context: &Context<'_>) -> Result<()> {
    let text = entry
        .object
        .to_send(&Sending::Meeting, context.diary.zone())
        .map_err(block_error)?;
    let Some(why) = (context.judge)(&text) else {
        return Ok(());
    };
    let what = format!(
        "the conference is made and in the diary, and nobody is told of it: calendars would not take the invitation: {why}"
    );
    let subject = &entry.appointment.subject;
    Err(Error::new(Kind::HalfDone, what).hint(format!(
        "'confctl resume' goes on all the same; 'confctl cancel' takes the conference of '{subject}' back"
    )))
}

/// Whether what a service made for a token is no other meeting's, as one could only say by mistake.
pub(super) fn check_own(
    conference: &Conference,
    run: &Run,
    session: &Session,
    diary: &Diary,
) -> Result<()> {
    if conference.assigned {
        return Ok(());
    }
    let uids = diary.uids_of_conference(&conference.id)?;
    if uids.iter().all(|uid| run.operation().is_of(uid)) {
        return Ok(());
    }
    let service = session.backend.capabilities().name;
    let what = format!(
        "asked for a new meeting, {service} answered with {}, which another meeting of yours has: it is not known whether a new one was made",
        conference.id
    );
    Err(Error::new(Kind::InDoubt, what)
        .hint("if it says so each time, 'confctl resume --forget' gives this one up"))
}

/// The conference that was made for nothing goes again; the assigned one is for other meetings too.
pub(super) fn withdraw(
    why: Error,
    run: &Run,
    session: &mut Session,
    diary: &Diary,
) -> Result<Outcome> {
    let makes_one = match &run.operation().action {
        Action::Schedule(schedule) => schedule.request.id == IdChoice::New,
        Action::Update(changes) => changes.id == Some(IdChoice::New),
        _ => false,
    };
    if run.attempt == Attempt::New || !makes_one {
        return Err(why);
    }
    if let Created::Made(made) | Created::MadeByAsking(made) = get_created(run, session)?
        && !made.assigned
        && !diary.is_in_use(&made.id, None)?
    {
        session.backend.delete(&made.id).map_err(|error| {
            let what = format!("the conference {} is there for nothing: {error}", made.id);
            Error::new(Kind::HalfDone, what).with_hints_of(&error)
        })?;
    }
    Err(why)
}

/// What an earlier process made. That the service does not tell is no reason to forget it.
fn get_created(run: &Run, session: &mut Session) -> Result<Created> {
    let created = session.backend.get_created(&run.record.token);
    created.map_err(|error| match error.kind {
        Kind::Refused | Kind::NotFound | Kind::Failed => {
            let what = format!("it is not known whether an earlier attempt made it: {error}");
            Error::new(Kind::InDoubt, what).with_hints_of(&error)
        }
        _ => error,
    })
}

impl Context<'_> {
    /// Refuses a meeting that would have no room in a calendar. The service is asked what it offers,
    /// and for nothing else.
    pub fn check_room(&mut self, schedule: &Schedule, manager: Option<&Person>) -> Result<()> {
        let token = Token::new([0; 16]);
        let session = self.sessions.open(manager)?;
        let offer = session.backend.get_offer()?;
        let draft = Draft::new(schedule, &token, manager, None, offer, session)?;
        let branding = self.resources.branding()?;
        draft.check_room(&token, &session.owner, self.diary.zone(), branding)
    }

    /// The invitation to a meeting that was made elsewhere, as people would get it, with details as long as
    /// a service makes them; none: it was made here, or has its conference already. The service is asked what
    /// it offers, and for nothing else.
    pub fn draft(
        &mut self,
        schedule: &Schedule,
        manager: Option<&Person>,
    ) -> Result<Option<String>> {
        if schedule.appointment.is_none() {
            return Ok(None);
        }
        let token = Token::new([0; 16]);
        let session = self.sessions.open(manager)?;
        let offer = session.backend.get_offer()?;
        let draft = Draft::new(schedule, &token, manager, None, offer, session)?;
        if self.diary.get(&draft.uid)?.is_some() {
            return Ok(None);
        }
        let branding = self.resources.branding()?;
        draft.check_room(&token, &session.owner, self.diary.zone(), branding)?;
        draft.document(&token, &session.owner, self.diary.zone(), branding)
    }
}

impl<'a> Draft<'a> {
    fn new(
        schedule: &'a Schedule,
        token: &Token,
        manager: Option<&Person>,
        key: Option<RequestKey>,
        offer: Offer,
        session: &Session,
    ) -> Result<Self> {
        let organizer = manager.cloned().unwrap_or_else(|| session.user(&offer));
        let base = schedule.appointment.as_deref().map(parse).transpose()?;
        Ok(Self {
            uid: match &base {
                Some(object) => object.uid().to_owned(),
                None => new_uid(token, &organizer),
            },
            sender: manager.map(|_| session.user(&Offer::default())),
            schedule,
            base,
            organizer,
            key,
            service: session.backend.capabilities(),
            offer,
        })
    }

    /// The meeting with its conference, as if there was no appointment made elsewhere.
    fn appointment(&self, conference: Conference) -> Appointment {
        let schedule = self.schedule;
        Appointment {
            uid: self.uid.clone(),
            sequence: 0,
            stamp: schedule.stamp,
            start: schedule.start.clone(),
            end: schedule.end.clone(),
            attendees: leave_out(&schedule.attendees, &self.organizer),
            organizer: self.organizer.clone(),
            organization: self.offer.organization.clone(),
            subject: schedule.request.subject.clone(),
            note: schedule.note.clone(),
            conference,
            practice: self.offer.practice,
            series: schedule.series.clone(),
            occurrence: None,
            status: Status::Confirmed,
            sender: self.sender.clone(),
            wording: schedule.wording,
        }
    }

    fn check_room(
        &self,
        token: &Token,
        owner: &str,
        zone: &TimeZone,
        branding: &Branding,
    ) -> Result<()> {
        let request = &self.schedule.request;
        let conference = expect(request, &self.service, &self.offer, token, owner);
        let meeting = self.appointment(conference);
        check_meeting(&meeting)?;
        let has_room = match &self.base {
            Some(object) => {
                let joined = join(object, &meeting, zone)?;
                object.check_revision(&joined, zone, branding)
            }
            None => CalendarObject::check_new(&meeting, branding),
        };
        has_room.map_err(room_error)
    }

    /// As [`Context::draft`].
    fn document(
        &self,
        token: &Token,
        owner: &str,
        zone: &TimeZone,
        branding: &Branding,
    ) -> Result<Option<String>> {
        let Some(object) = &self.base else {
            return Ok(None);
        };
        let request = &self.schedule.request;
        let conference = expect(request, &self.service, &self.offer, token, owner);
        let joined = join(object, &self.appointment(conference), zone)?;
        let mut object = object.clone();
        object
            .revise(&joined, zone, Damaged::Append, branding)
            .map_err(room_error)?;
        let text = object.to_send(&Sending::Meeting, zone);
        text.map(Some).map_err(room_error)
    }

    /// Writes it into the diary: what that has of the appointment by now counts, whatever was read before
    /// the pool was asked.
    fn put(&self, meeting: &Appointment, state: State, context: &Context<'_>) -> Result<Entry> {
        let branding = context.resources.branding()?;
        let Some(object) = &self.base else {
            let object = CalendarObject::new(meeting, branding);
            let object = object.map_err(|error| diary_error(&error))?;
            return context.diary.add(object, state);
        };
        let zone = context.diary.zone();
        context.diary.join(object.clone(), state, |mut object| {
            let joined = join(&object, meeting, zone)?;
            let organizer = &joined.organizer;
            if !organizer.is(&meeting.organizer) {
                context.report.warn(&format!(
                    "{organizer} invites to this meeting, not you: what comes out speaks in that name."
                ));
            }
            object
                .revise(&joined, zone, Damaged::Append, branding)
                .map_err(|error| diary_error(&error))?;
            Ok(object)
        })
    }
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
    slot: Slot,
    run: &mut Run,
    session: &mut Session,
    report: &dyn Report,
) -> Result<Conference> {
    let plan = session.plan(request.clone(), slot)?;
    let plan = plan.map_err(|violation| run.give_up(violation.into()));
    let service = session.backend.capabilities();
    let token = run.record.token;
    let region = plan.as_ref().ok().and_then(|plan| plan.region.clone());
    let in_order = |mut conference: Conference| {
        conference.ways_in.put_region_first(region.as_deref());
        conference
    };
    if request.id == IdChoice::Assigned
        && let Some(assigned) = session.backend.assigned()
    {
        let plan = announce(plan?, report);
        let conference = run.mutate(|| assigned.get_or_make(&plan, &token))?;
        return Ok(in_order(conference));
    }
    let created = match run.attempt {
        Attempt::New => Created::Nothing,
        Attempt::Repeated | Attempt::Resumed => get_created(run, session)?,
    };
    let backend = session.backend.as_mut();
    let (conference, plan) = match (created, plan) {
        (Created::Made(made) | Created::MadeByAsking(made), Ok(plan)) => {
            // An earlier process may not have got to the end of it. A passcode that nobody knows gets
            // another one in its place.
            let passcode = match plan.lacks_passcode(&made) {
                true => plan.passcode.clone(),
                false => PlannedPasscode::None,
            };
            let wanted = Plan {
                passcode,
                ..plan.clone()
            };
            (run.mutate(|| backend.update(&made.id, &wanted))?, plan)
        }
        (Created::Made(made), Err(_)) => return run.mutate(|| Ok(*made)).map(in_order),
        (_, plan) => {
            let plan = announce(plan?, report);
            let made = run.mutate(|| backend.create_one(&plan, &token));
            (made?, plan)
        }
    };
    if plan.dial_in && conference.ways_in.dial_in.is_none() {
        report.warn(service.no_numbers);
    }
    if conference.ways_in.web_link.is_none() && !service.no_web_link.is_empty() {
        report.warn(service.no_web_link);
    }
    Ok(in_order(conference))
}

/// Says where the pool's policy decided.
pub(super) fn announce(plan: Plan, report: &dyn Report) -> Plan {
    for note in &plan.notes {
        report.warn(note);
    }
    plan
}

/// An appointment made elsewhere, with the conference and whoever was invited on top.
fn join(object: &CalendarObject, new: &Appointment, zone: &TimeZone) -> Result<Appointment> {
    let outline = object.outline(zone).map_err(block_error)?;
    let organizer = outline.organizer.unwrap_or_else(|| new.organizer.clone());
    Ok(Appointment {
        sequence: object
            .sequence()
            .saturating_add(1)
            .min(Appointment::HIGHEST_SEQUENCE),
        start: outline.start,
        end: outline.end,
        series: outline.series,
        attendees: leave_out(&new.attendees, &organizer),
        organizer,
        ..new.clone()
    })
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
