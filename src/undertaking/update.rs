//! Another time, other people, another conference for a meeting.

use jiff::Timestamp;

use crate::calendar_object::{CalendarObject, CalendarObjectError};
use crate::conference::{
    Access, Appointment, Attendance, Attendee, Conference, IdChoice, MeetingId, Offer,
    PasscodeChoice, Request, Status,
};
use crate::diary::{Diary, Entry};
use crate::error::{Error, Kind, Result};
use crate::report::Report;
use crate::undertaking::schedule::{self, unsettled, with_details};
use crate::undertaking::{
    Change, Desk, Origin, Outcome, Undertaking, expiry, kept_until, left_behind, sequence_after,
};
use crate::when;

pub(super) fn carry_out(
    undertaking: &mut Undertaking,
    mut change: Change,
    desk: &mut Desk<'_>,
) -> Result<Outcome> {
    let entry = entry(&change.uid, &change.called, desk.diary)?;
    desk.owns(&entry.appointment.conference)?;
    change.sequence = match sequence(&entry, &change, undertaking.origin) {
        Ok(sequence) => sequence,
        Err(error) => return give_up(undertaking, error, desk),
    };
    if !change.new_block {
        entry.document.check_block().map_err(unreadable)?;
    }
    let new = change.applied(before(&entry, &change)?);
    let conference = conference(undertaking, &change, &entry, &new, desk)?;
    let (appointment, document) = put(&change, conference, desk)?;
    forget_former(&change, &appointment.conference, desk)?;
    Ok(Outcome {
        appointment,
        document,
        occurrence: change.occurrence,
        removed: change.removed,
    })
}

fn sequence(entry: &Entry, change: &Change, origin: Origin) -> Result<u32> {
    if entry.appointment.status == Status::Cancelled {
        return Err(Error::new(
            Kind::NotFound,
            format!("'{}' was cancelled since", change.called),
        ));
    }
    let before = before(entry, change)?;
    let is_done = before.stamp == change.stamp && change.is_visible(&before);
    sequence_after(entry, change.sequence, is_done, origin)
}

/// The conference that was made for nothing goes again.
fn give_up(undertaking: &Undertaking, why: Error, desk: &mut Desk<'_>) -> Result<Outcome> {
    if let Some(id) = &undertaking.asked
        && !is_in_use(id, desk.diary, None)?
    {
        desk.surely(|pool| pool.cancel(id))?;
    }
    Err(why)
}

/// The meeting, or the occurrence in question, as it is in the diary.
fn before(entry: &Entry, change: &Change) -> Result<Appointment> {
    let Some(original) = &change.occurrence else {
        return Ok(entry.appointment.clone());
    };
    let occurrence = entry.document.occurrence(original).map_err(unreadable)?;
    occurrence.ok_or_else(|| {
        Error::new(
            Kind::NotFound,
            format!("'{}' has no such occurrence any more", change.called),
        )
    })
}

/// The diary is read again: people may have edited the entry while the pool was asked. From here on
/// the pool is done, so whatever fails leaves things half done.
fn put(
    change: &Change,
    conference: Conference,
    desk: &Desk<'_>,
) -> Result<(Appointment, CalendarObject)> {
    let entry = entry(&change.uid, &change.called, desk.diary)?;
    let mut new = change.applied(before(&entry, change)?);
    let mut document = entry.document;
    new.conference = conference;
    let branding = desk.app.branding()?;
    let revised = document
        .revise(&new, None, desk.diary.zone(), change.damaged(), branding)
        .and_then(|()| remove_orphans(&mut document, change, desk));
    let kept = revised
        .map_err(|error| left_behind(&error))
        .and_then(|()| desk.diary.put(&document));
    kept.map_err(|error| with_details(error, &new, desk))?;
    Ok((new, document))
}

/// Occurrences that were changed, and that the series has no longer.
fn remove_orphans(
    document: &mut CalendarObject,
    change: &Change,
    desk: &Desk<'_>,
) -> Result<(), CalendarObjectError> {
    if change.occurrence.is_some() || (change.series.is_none() && change.times.is_none()) {
        return Ok(());
    }
    for original in document.remove_orphans(desk.diary.zone())? {
        desk.app.terminal.warn(&format!(
            "What was changed about {} is gone: the series has no such day any more.",
            when::display(&original)
        ));
    }
    Ok(())
}

pub(super) fn entry(uid: &str, called: &str, diary: &Diary) -> Result<Entry> {
    diary.with_uid(uid)?.ok_or_else(|| {
        Error::new(
            Kind::NotFound,
            format!("'{called}' is not in the diary any more"),
        )
    })
}

/// Makes the pool's conference be what the changed meeting needs.
fn conference(
    undertaking: &mut Undertaking,
    change: &Change,
    entry: &Entry,
    new: &Appointment,
    desk: &mut Desk<'_>,
) -> Result<Conference> {
    let offer = desk.offer()?;
    let kept = &entry.appointment.conference;
    let wanted = change.id.unwrap_or(if kept.assigned {
        IdChoice::Assigned
    } else {
        IdChoice::New
    });
    if wanted == IdChoice::Assigned {
        let request = request(change, entry, new, None, wanted);
        return schedule::conference(undertaking, &request, &offer, desk);
    }
    let there = if kept.assigned {
        None
    } else {
        desk.session.pool.find(&kept.id, region(change, kept))?
    };
    match there {
        Some(there) => {
            let request = request(change, entry, new, Some(&there), wanted);
            changed(&there.id, request, &offer, desk)
        }
        None if change.id == Some(IdChoice::New) => {
            let request = request(change, entry, new, None, wanted);
            schedule::conference(undertaking, &request, &offer, desk)
        }
        None => Err(Error::new(
            Kind::NotFound,
            format!("the pool has no conference {} any more", kept.id),
        )
        .hint("'--id new' makes another one for this meeting")),
    }
}

fn changed(
    id: &MeetingId,
    request: Request,
    offer: &Offer,
    desk: &mut Desk<'_>,
) -> Result<Conference> {
    let plan = request.resolve(offer).map_err(unsettled)?;
    for note in &plan.notes {
        desk.app.terminal.warn(note);
    }
    desk.surely(|pool| pool.change(id, &plan))
}

/// The conference that the changed meeting needs; `there` is what the pool has of it.
pub(super) fn request(
    change: &Change,
    entry: &Entry,
    new: &Appointment,
    there: Option<&Conference>,
    id: IdChoice,
) -> Request {
    let kept = &entry.appointment.conference;
    let now = there.unwrap_or(kept);
    // The assigned conference keeps its own settings, and a new one is not to take them over.
    let own = there.is_some();
    let presenters = |attendee: &&Attendee| attendee.presenter;
    Request {
        kind: kept.kind,
        subject: match change.occurrence {
            Some(_) => entry.appointment.subject.clone(),
            None => new.subject.clone(),
        },
        id,
        access: access(change, now).filter(|_| own || change.access.is_some()),
        passcode: passcode(change, now, own),
        dial_in: change
            .dial_in
            .or_else(|| (own || change.id.is_none()).then_some(now.ways_in.dial_in.is_some())),
        region: region(change, kept).map(str::to_owned),
        participants: everybody(entry, new)
            .filter(|attendee| attendee.attendance != Attendance::Room)
            .map(|attendee| attendee.person.clone())
            .collect(),
        presenters: everybody(entry, new)
            .filter(presenters)
            .map(|attendee| attendee.person.clone())
            .collect(),
        promotion: change.promotion.or(now.promotion.filter(|_| own)),
        lobby_bypass: change.lobby_bypass.or(now.lobby_bypass.filter(|_| own)),
        expires: expires(change, entry, new),
    }
}

/// One occurrence may have its own people; the conference is for all of them.
fn everybody<'a>(entry: &'a Entry, new: &'a Appointment) -> impl Iterator<Item = &'a Attendee> {
    let of_series = entry.appointment.attendees.iter().filter(move |attendee| {
        let own = |new: &Attendee| new.person.is(&attendee.person);
        new.occurrence.is_some() && !new.attendees.iter().any(own)
    });
    new.attendees.iter().chain(of_series)
}

/// An occurrence may have been moved past the end of its series.
fn expires(change: &Change, entry: &Entry, new: &Appointment) -> Timestamp {
    let own = expiry(&new.start, &new.end, new.series.as_ref(), change.stamp);
    let is_series = entry.appointment.series.is_some();
    let last = entry.document.last_end(new.start.time_zone());
    match last.filter(|_| is_series) {
        Some(last) => own.max(kept_until(last)),
        None => own,
    }
}

fn access(change: &Change, now: &Conference) -> Option<Access> {
    match change.access {
        Some(access) => Some(access),
        // Dial-in may need another access than there is.
        None if change.dial_in == Some(true) => None,
        None => Some(now.access),
    }
}

fn passcode(change: &Change, now: &Conference, own: bool) -> PasscodeChoice {
    let closes = change
        .access
        .is_some_and(|access| access != Access::Anonymous);
    let opens = change.access.is_some() || change.dial_in == Some(true);
    match (&change.passcode, &now.ways_in.passcode) {
        (Some(choice), _) => choice.clone(),
        _ if closes || !own => PasscodeChoice::Auto,
        (None, Some(passcode)) => PasscodeChoice::Given(passcode.clone()),
        (None, None) if opens => PasscodeChoice::Auto,
        (None, None) => PasscodeChoice::None,
    }
}

fn region<'a>(change: &'a Change, kept: &'a Conference) -> Option<&'a str> {
    let before = || {
        Some(
            kept.ways_in
                .dial_in
                .as_ref()?
                .numbers
                .first()?
                .region
                .as_str(),
        )
    };
    change
        .region
        .as_deref()
        .or_else(before)
        .filter(|_| change.dial_in != Some(false))
}

/// Once the meeting has another conference, its own former one serves nobody.
fn forget_former(change: &Change, now: &Conference, desk: &mut Desk<'_>) -> Result<()> {
    if change.from_assigned || now.id == change.from || is_in_use(&change.from, desk.diary, None)? {
        return Ok(());
    }
    let from = &change.from;
    match desk.surely(|pool| pool.cancel(from)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind == Kind::Refused => {
            desk.app.terminal.warn(&format!(
                "The former conference {from} is still on the pool: {error}. 'confctl cancel {from}' tries again."
            ));
            Ok(())
        }
        Err(error) => {
            let what = format!("the former conference {from} could not be deleted: {error}");
            Err(Error::new(Kind::HalfDone, what).with_hints_of(&error))
        }
    }
}

/// Whether a meeting in the diary, other than that of `but`, still has this conference.
pub(super) fn is_in_use(id: &MeetingId, diary: &Diary, but: Option<&str>) -> Result<bool> {
    Ok(diary.entries()?.entries.iter().any(|entry| {
        let appointment = &entry.appointment;
        appointment.conference.id == *id
            && appointment.status == Status::Confirmed
            && Some(appointment.uid.as_str()) != but
    }))
}

pub(super) fn unreadable(error: CalendarObjectError) -> Error {
    let damaged = error == CalendarObjectError::DamagedBlock;
    let error = Error::usage(error.to_string());
    if damaged {
        return error.hint("'--new-block' leaves it as it is and adds a new one");
    }
    error
}
