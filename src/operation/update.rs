//! Another time, other people, another conference for a meeting.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::backend::Session;
use crate::calendar_object::{CalendarObjectError, Damaged};
use crate::conference::{
    Access, Appointment, Attendee, Capabilities, Conference, ConferenceOptions, IdChoice,
    PasscodeChoice, Request, Slot, Status,
};
use crate::diary::{Diary, Entry, What};
use crate::error::{Error, Kind, Result};
use crate::invitation::Branding;
use crate::operation::room::{check_people, expect, room_error};
use crate::operation::schedule::{announce, check_own, create, salvage, withdraw};
use crate::operation::stale::note_alike;
use crate::operation::{
    Attempt, Changes, Context, Known, Outcome, Run, block_error, check_confirmed, check_owner,
    check_sequence, diary_error, expiry, expiry_after, sequence_after,
};
use crate::report::{Report, last_word};
use crate::when;

pub(super) fn apply(
    mut changes: Changes,
    known: Known,
    run: &mut Run,
    context: &mut Context<'_>,
) -> Result<Outcome> {
    let mut entry = known.get_entry(&changes.uid, &changes.former_subject, &context.diary)?;
    let manager = run.operation().on_behalf_of.clone();
    context
        .sessions
        .prepare_to_read(&entry.appointment.conference);
    let session = context.sessions.open(manager.as_ref())?;
    session.backend.expect_passcode();
    check_owner(&entry.appointment.conference, &session.owner)?;
    changes.sequence = match sequence(&entry, &changes, run.attempt, &context.diary) {
        Ok(sequence) => sequence,
        Err(error) => return withdraw(error, run, session, &context.diary),
    };
    if !changes.new_block {
        entry.object.check_block().map_err(block_error)?;
    }
    let before = changes.before(&entry)?;
    if run.attempt == Attempt::New {
        // Another process may have done it while this one waited.
        changes.check_news(&before)?;
    }
    let is_done = run.attempt != Attempt::New && is_done(&changes, &before);
    let new = changes.apply_to(before);
    let branding = context.resources.branding()?;
    let there = get_there(&changes, &entry.appointment.conference, session)?;
    let id = changes.id.unwrap_or(IdChoice::New);
    let service = session.backend.capabilities();
    let expected = expect(
        &request(&changes, &entry, &new, None, id, &service),
        &service,
        &session.backend.get_offer()?,
        &run.record.token,
        &session.owner,
    );
    if !is_done
        && let Err(error) = check_room(expected, &entry, &new, context.diary.zone(), branding)
    {
        return withdraw(run.give_up(error), run, session, &context.diary);
    }
    if changes.id.is_some() && !changes.former_is_assigned {
        // Whether the former conference may go is to be seen before there is another one.
        context.diary.is_in_use(&changes.former_id, None)?;
    }
    let report = context.report.clone();
    let report = report.as_ref();
    let conference = update_conference(&changes, &entry, &new, there, run, session, report)?;
    if changes.id.is_some() {
        check_own(&conference, run, session, &context.diary)?;
    }
    let diary = &context.diary;
    let (operation, now) = (run.operation(), context.now);
    let edited = diary.edit(&mut entry, |entry| {
        let new = revise(&changes, &conference, entry, diary, branding, report)?;
        let occurrence = changes.occurrence.as_ref();
        let what = match changes.revives {
            true => What::Revived,
            false => What::Updated,
        };
        let event = operation.event(what, new.sequence, occurrence, now);
        entry.state.events.push(event);
        Ok(new)
    });
    let appointment = match edited {
        Ok(appointment) => appointment,
        Err(error) => {
            let told = Appointment { conference, ..new };
            return Err(salvage(error, &told, context));
        }
    };
    let session = context.sessions.open(manager.as_ref())?;
    delete_former(
        &changes,
        &appointment.conference,
        run,
        session,
        &context.diary,
        report,
    )?;
    Ok(Outcome {
        occurrence: changes.occurrence,
        removed: changes.removed,
        ..Outcome::new(appointment, entry)
    })
}

fn sequence(entry: &Entry, changes: &Changes, attempt: Attempt, diary: &Diary) -> Result<u32> {
    if !changes.revives {
        check_confirmed(entry, &changes.former_subject)?;
    } else if attempt == Attempt::New && entry.appointment.status == Status::Confirmed {
        let what = format!("'{}' takes place again already", changes.former_subject);
        return Err(Error::new(Kind::NotFound, what));
    }
    check_sequence(&entry.appointment)?;
    let before = changes.before(entry)?;
    let is_done = is_done(changes, &before);
    sequence_after(entry, changes.sequence, is_done, attempt, diary)
}

/// Whether an earlier process got as far as the diary.
fn is_done(changes: &Changes, before: &Appointment) -> bool {
    before.stamp == changes.stamp && changes.is_in_file(before)
}

/// Refuses what would have no room in the entry as it is now.
fn check_room(
    conference: Conference,
    entry: &Entry,
    new: &Appointment,
    zone: &TimeZone,
    branding: &Branding,
) -> Result<()> {
    check_people(new)?;
    let new = Appointment {
        conference,
        ..new.clone()
    };
    let has_room = entry.object.check_revision(&new, zone, branding);
    has_room.map_err(room_error)
}

/// Makes the entry say what the changes say, as people may have edited it while the pool was asked.
fn revise(
    changes: &Changes,
    conference: &Conference,
    entry: &mut Entry,
    diary: &Diary,
    branding: &Branding,
    report: &dyn Report,
) -> Result<Appointment> {
    let former = entry.appointment.sequence;
    let mut new = changes.apply_to(changes.before(entry)?);
    new.conference = conference.clone();
    let revised = entry
        .object
        .revise(&new, diary.zone(), Damaged::of(changes.new_block), branding)
        .and_then(|()| remove_orphans(entry, changes, diary, report));
    revised.map_err(|error| diary_error(&error))?;
    if changes.is_about_people_alone() {
        note_alike(&mut entry.state.sent, former, new.sequence);
    }
    Ok(new)
}

/// Occurrences that were changed, and that the series has no longer.
fn remove_orphans(
    entry: &mut Entry,
    changes: &Changes,
    diary: &Diary,
    report: &dyn Report,
) -> Result<(), CalendarObjectError> {
    if changes.occurrence.is_some() || (changes.series.is_none() && changes.times.is_none()) {
        return Ok(());
    }
    let before = entry.object.clone();
    for original in entry.object.remove_orphans(diary.zone())? {
        report.warn(&format!(
            "What was changed about {} is gone: the series has no such day any more.",
            when::display(&original)
        ));
        let Some(occurrence) = before.occurrence(&original)? else {
            continue;
        };
        for guest in occurrence.attendees {
            if !entry
                .appointment
                .attendees
                .iter()
                .any(|other| other.person.is(&guest.person))
            {
                report.warn(&format!(
                    "{} was invited to that day alone, and is not told.",
                    guest.person
                ));
            }
        }
    }
    Ok(())
}

fn wanted_id(changes: &Changes, kept: &Conference) -> IdChoice {
    changes.id.unwrap_or(match kept.assigned {
        true => IdChoice::Assigned,
        false => IdChoice::New,
    })
}

/// The conference to be changed, as the service has it; none: another one is wanted, or it is gone. It
/// is asked for first, so that the question goes along with those for what the service offers.
fn get_there(
    changes: &Changes,
    kept: &Conference,
    session: &mut Session,
) -> Result<Option<Conference>> {
    match kept.assigned || wanted_id(changes, kept) == IdChoice::Assigned {
        true => Ok(None),
        false => session.backend.get_one(&kept.id),
    }
}

/// Makes the pool's conference be what the changed meeting needs.
fn update_conference(
    changes: &Changes,
    entry: &Entry,
    new: &Appointment,
    there: Option<Conference>,
    run: &mut Run,
    session: &mut Session,
    report: &dyn Report,
) -> Result<Conference> {
    let service = session.backend.capabilities();
    let slot = slot(changes, entry, new);
    let kept = &entry.appointment.conference;
    let id = wanted_id(changes, kept);
    if id == IdChoice::Assigned {
        let request = request(changes, entry, new, None, id, &service);
        return create(&request, slot, run, session, report);
    }
    match there {
        Some(there) => {
            let request = request(changes, entry, new, Some(&there), id, &service);
            let plan = session.plan(request, slot)?;
            let plan = plan.map_err(|violation| run.give_up(violation.into()))?;
            let plan = announce(plan, report);
            let mut updated = run.mutate(|| session.backend.update(&there.id, &plan))?;
            updated.ways_in.put_region_first(plan.region.as_deref());
            Ok(updated)
        }
        None if changes.id == Some(IdChoice::New) => {
            let request = request(changes, entry, new, None, id, &service);
            create(&request, slot, run, session, report)
        }
        None => {
            let what = format!("{} has no conference {} any more", service.name, kept.id);
            Err(Error::new(Kind::NotFound, what)
                .hint("'--id new' makes another one for this meeting"))
        }
    }
}

/// When people meet for the first time, whatever becomes of one occurrence.
fn slot(changes: &Changes, entry: &Entry, new: &Appointment) -> Slot {
    match changes.occurrence {
        Some(_) => entry.appointment.slot(),
        None => new.slot(),
    }
}

/// The conference that the changed meeting needs; `there` is what the pool has of it.
pub(super) fn request(
    changes: &Changes,
    entry: &Entry,
    new: &Appointment,
    there: Option<&Conference>,
    id: IdChoice,
    service: &Capabilities,
) -> Request {
    let kept = &entry.appointment.conference;
    let now = there.unwrap_or(kept);
    // The assigned conference keeps its own settings, and a new one is not to take them over.
    let own = there.is_some();
    let (options, dials_in) = (&changes.options, now.ways_in.dial_in.is_some());
    // What the service can't be told is no refusal where nobody asked for it.
    let is_asked = options.dial_in.is_some();
    Request {
        kind: kept.kind,
        subject: match changes.occurrence {
            Some(_) => entry.appointment.subject.clone(),
            None => new.subject.clone(),
        },
        id,
        options: ConferenceOptions {
            access: access(options, now).filter(|_| own || options.access.is_some()),
            passcode: Some(passcode(options, now, own)),
            dial_in: options
                .dial_in
                .or((own || changes.id.is_none()).then_some(dials_in))
                .filter(|dials_in| *dials_in || is_asked || service.without_dial_in),
            region: region(options, kept)
                .filter(|_| options.region.is_some() || service.numbers)
                .map(str::to_owned),
            promotion: options.promotion.or(now.promotion.filter(|_| own)),
            lobby_bypass: options.lobby_bypass.or(now.lobby_bypass.filter(|_| own)),
        },
        participants: Attendee::participants(everybody(entry, new)),
        presenters: Attendee::presenters(everybody(entry, new)),
        expires: expires(changes, entry, new),
    }
}

/// One occurrence may have its own people; the conference is for all of them.
fn everybody<'a>(entry: &'a Entry, new: &'a Appointment) -> impl Iterator<Item = &'a Attendee> {
    let own: HashSet<String> = new.attendees.iter().map(|own| own.person.key()).collect();
    let of_series =
        entry.appointment.attendees.iter().filter(move |attendee| {
            new.occurrence.is_some() && !own.contains(&attendee.person.key())
        });
    new.attendees.iter().chain(of_series)
}

/// The conference of an occurrence is that of its series, past the end of which it may have been moved.
fn expires(changes: &Changes, entry: &Entry, new: &Appointment) -> Timestamp {
    let own = expiry(&new.start, &new.end, new.series.as_ref(), changes.stamp);
    let before = &entry.appointment;
    let Some(series) = &before.series else {
        return own;
    };
    let own = match new.occurrence {
        Some(_) => own.max(expiry(
            &before.start,
            &before.end,
            Some(series),
            changes.stamp,
        )),
        None => own,
    };
    match entry.object.last_end(new.start.time_zone()) {
        Some(last) => own.max(expiry_after(last)),
        None => own,
    }
}

fn access(options: &ConferenceOptions, now: &Conference) -> Option<Access> {
    match options.access {
        Some(access) => Some(access),
        // Dial-in may need another access than there is.
        None if options.dial_in == Some(true) => None,
        None => Some(now.access),
    }
}

fn passcode(options: &ConferenceOptions, now: &Conference, own: bool) -> PasscodeChoice {
    let closes = options
        .access
        .is_some_and(|access| access != Access::Anonymous);
    let opens = options.access.is_some() || options.dial_in == Some(true);
    match (&options.passcode, &now.ways_in.passcode) {
        (Some(choice), _) => choice.clone(),
        _ if closes || !own => PasscodeChoice::Auto,
        (None, Some(passcode)) => PasscodeChoice::Given(passcode.clone()),
        (None, None) if opens => PasscodeChoice::Auto,
        (None, None) => PasscodeChoice::None,
    }
}

fn region<'a>(options: &'a ConferenceOptions, kept: &'a Conference) -> Option<&'a str> {
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
    options
        .region
        .as_deref()
        .or_else(before)
        .filter(|_| options.dial_in != Some(false))
}

/// Once the meeting has another conference, its own former one serves nobody.
fn delete_former(
    changes: &Changes,
    now: &Conference,
    run: &mut Run,
    session: &mut Session,
    diary: &Diary,
    report: &dyn Report,
) -> Result<()> {
    let former = &changes.former_id;
    if changes.former_is_assigned || now.id == *former {
        return Ok(());
    }
    let deleted = diary
        .is_in_use(former, None)
        .and_then(|is_in_use| match is_in_use {
            true => Ok(false),
            false => run.mutate(|| session.backend.delete(former)),
        });
    match deleted {
        Ok(_) => Ok(()),
        Err(error) if matches!(error.kind, Kind::Refused | Kind::Failed) => {
            report.warn(&format!(
                "The former conference {former} is still there: {error}. 'confctl cancel {}' tries again.",
                last_word(former.as_str())
            ));
            Ok(())
        }
        Err(error) => {
            let what = format!("the former conference {former} could not be deleted: {error}");
            Err(Error::new(Kind::HalfDone, what).with_hints_of(&error))
        }
    }
}
