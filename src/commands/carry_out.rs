//! From an intent to the invitation: what `schedule`, `meet-now`, `update`, `cancel` and `resume`
//! have in common.

use jiff::Timestamp;

use crate::app::App;
use crate::commands::calendar::{Inviting, bring_up_to_date};
use crate::commands::conf::name_of;
use crate::commands::hand_over::{Destination, half_done};
use crate::commands::tell::{MailTable, tell};
use crate::conference::{Appointment, Person, Status, in_ascii};
use crate::diary::{Diary, Entry};
use crate::error::{Error, Kind, Result};
use crate::interrupt;
use crate::proto::c3p::focus_parts;
use crate::report::Report;
use crate::settings;
use crate::undertaking::{
    Busy, Deed, Delivery, Desk, Intent, Journal, Origin, Outcome, Undertaking,
};

/// Who does something for whom, and what a script calls it.
#[derive(Default)]
pub struct Circumstances {
    /// The manager that a delegate acts for.
    pub on_behalf_of: Option<Person>,
    /// What a script calls it, so that it is done once.
    pub key: Option<String>,
}

impl Circumstances {
    /// A meeting that was made for somebody else is changed for him too.
    pub fn of(appointment: &Appointment) -> Self {
        Self {
            on_behalf_of: manager(appointment).cloned(),
            key: None,
        }
    }
}

/// Whose the conference is, if a delegate made it.
pub fn manager(appointment: &Appointment) -> Option<&Person> {
    let (owner, _) = focus_parts(&appointment.conference.focus)?;
    let owner = owner.strip_prefix("sip:")?;
    let organizer = &appointment.organizer;
    let is_delegated = appointment.sender.is_some();
    (is_delegated && owner.eq_ignore_ascii_case(&organizer.address)).then_some(organizer)
}

/// Writes the intent down, does it, and hands the invitation over. Whatever ends this half-way,
/// `confctl resume` or the same command finishes it.
pub fn carry_out(
    deed: Deed,
    circumstances: Circumstances,
    destination: Destination,
    app: &App,
) -> Result<Outcome> {
    let diary = app.diary()?;
    diary.prepare()?;
    let journal = journal()?;
    let intent = Intent {
        token: token()?,
        began: app.clock()?,
        account: app.account_name()?,
        on_behalf_of: circumstances.on_behalf_of,
        key: circumstances.key,
        deed,
        delivery: destination.delivery(),
    };
    interrupt::set_words(Some(
        "confctl: interrupted; 'confctl resume' finishes what was begun, 'confctl resume --forget' drops it".to_owned(),
    ));
    let wishes = intent.delivery.clone();
    let mut undertaking = begin(&journal, intent, app)?;
    // What was left may be finished with further wishes.
    let delivery = &mut undertaking.intent.delivery;
    delivery.mail = wishes.mail.or(delivery.mail.take());
    delivery.calendar = wishes.calendar.or(delivery.calendar);
    let done_before = match undertaking.origin {
        Origin::Fresh => done_before(&undertaking.intent, &diary, app)?,
        // Of what was left, something may be to be done still.
        _ => None,
    };
    let done = match done_before {
        Some(entry) => already(undertaking, entry, destination, &diary, app),
        None => finish(undertaking, &journal, &diary, Some(destination), app),
    };
    interrupt::set_in_doubt(None);
    interrupt::set_words(None);
    done
}

/// Does what is not done yet, and hands over. Without a destination the invitation stays in the
/// diary.
pub fn finish(
    mut undertaking: Undertaking,
    journal: &Journal,
    diary: &Diary,
    destination: Option<Destination>,
    app: &App,
) -> Result<Outcome> {
    // One process after the other changes a meeting: each must see what the one before did.
    let _alone = undertaking
        .intent
        .meeting()
        .map(|uid| journal.alone_with(&uid))
        .transpose()?;
    let mut outcome = match made(&mut undertaking, diary, app) {
        Ok(outcome) => outcome,
        Err(error) => return Err(undertaking.failed(error)),
    };
    let (report, told) = announced(&mut undertaking, &mut outcome, diary, app);
    report.tell(app);
    let delivered = destination.map_or(Ok(()), |destination| {
        deliver(
            destination,
            &outcome,
            &report,
            undertaking.origin,
            diary,
            app,
        )
    });
    match (told, delivered) {
        (Ok(()), Ok(())) => {
            undertaking.finish();
            Ok(outcome)
        }
        (Ok(()), Err(error)) if error.kind == Kind::PipeClosed => {
            undertaking.finish();
            Err(error)
        }
        (Err(error), _) if undertaking.has_done_nothing() => {
            undertaking.finish();
            Err(error)
        }
        (Err(error), _) => Err(undertaking.failed(half_told(error))),
        (Ok(()), Err(error)) => Err(undertaking.failed(error)),
    }
}

/// Pool and diary.
fn made(undertaking: &mut Undertaking, diary: &Diary, app: &App) -> Result<Outcome> {
    if let Deed::Tell(tell) = &undertaking.intent.deed {
        return tell.outcome(diary);
    }
    let manager = undertaking.intent.on_behalf_of.clone();
    let session = app.sign_in_for(manager.as_ref())?;
    let mut desk = Desk {
        app,
        session,
        diary,
    };
    match undertaking.carry_out(&mut desk) {
        Err(error) if error.kind == Kind::NotFound && undertaking.origin == Origin::Resumed => {
            let overtaken = undertaking.overtaken(diary)?.ok_or(error)?;
            app.terminal.warn(&format!(
                "'{}' was changed again since: people are told of it as it is now.",
                overtaken.appointment.subject
            ));
            Ok(overtaken)
        }
        done => done,
    }
}

/// The organizer's calendar, then the mails. The calendar's trouble does not keep people waiting.
fn announced(
    undertaking: &mut Undertaking,
    outcome: &mut Outcome,
    diary: &Diary,
    app: &App,
) -> (MailTable, Result<()>) {
    let Delivery { mail, calendar, .. } = undertaking.intent.delivery.clone();
    let mail = mail.or(undertaking.mail.clone());
    let noted = bring_up_to_date(calendar, outcome, mail.is_some(), diary, app);
    let (noted, inviting) = match noted {
        Ok(inviting) => (Ok(()), inviting),
        Err(error) => (Err(error), Inviting::Ours),
    };
    let wish = match mail {
        Some(wish) if inviting == Inviting::Ours => wish,
        _ => return (MailTable::default(), noted),
    };
    let (report, told) = tell(undertaking, outcome, &wish, diary, app);
    let kept = keep_sent(&report, outcome, diary);
    (report, told.and(noted).and(kept))
}

/// Keeps in mind who has which version, so that 'refresh' knows whose is stale.
fn keep_sent(report: &MailTable, outcome: &Outcome, diary: &Diary) -> Result<()> {
    let Some(mut entry) = diary.with_uid(outcome.document.uid())? else {
        return Ok(());
    };
    let mut sent = entry.document.sent();
    for row in report.sent() {
        let address = in_ascii(&row.to).unwrap_or_else(|| row.to.clone());
        let address = address.to_ascii_lowercase();
        match row.what {
            "cancel" if outcome.occurrence.is_none() => sent.remove(&address),
            _ => sent.insert(address, outcome.appointment.sequence),
        };
    }
    if sent == entry.document.sent() {
        return Ok(());
    }
    let kept = entry.document.keep_sent(&sent);
    kept.map_err(|error| Error::failed(error.to_string()))?;
    diary.put(&entry.document)
}

/// Whatever kept people from being told, the meeting is there.
fn half_told(error: Error) -> Error {
    match error.kind {
        Kind::HalfDone | Kind::Interrupted => error,
        _ => {
            let what = format!("pool and diary are done, but people were not told: {error}");
            Error::new(Kind::HalfDone, what).with_hints_of(&error)
        }
    }
}

fn deliver(
    destination: Destination,
    outcome: &Outcome,
    report: &MailTable,
    origin: Origin,
    diary: &Diary,
    app: &App,
) -> Result<()> {
    let document = outcome.document.to_send(&outcome.sending(), diary.zone());
    let document = document.map_err(|error| Error::failed(error.to_string()))?;
    let appointment = &outcome.appointment;
    if origin == Origin::Resumed {
        // Its details have been printed when it failed first.
        return destination
            .print(appointment, &document, report, app)
            .map_err(half_done);
    }
    destination.deliver(appointment, &document, report, app)
}

/// Takes up what was begun before, waits for a process that does the same, or begins.
fn begin(journal: &Journal, intent: Intent, app: &App) -> Result<Undertaking> {
    loop {
        match journal.begin(intent.clone())? {
            Ok(undertaking) => return Ok(undertaking),
            Err(Busy::Left(undertaking)) => {
                app.terminal
                    .status("This was begun before and not finished: going on with it.");
                return Ok(*undertaking);
            }
            Err(Busy::Elsewhere(_)) if matches!(intent.deed, Deed::Tell(_)) => {
                return Err(Error::failed(
                    "another process mails this invitation right now",
                ));
            }
            Err(Busy::Elsewhere(other)) => {
                app.terminal.step("another process does the same: waiting");
                other.wait()?;
            }
        }
    }
}

/// The meeting that the same account made under the same key.
fn done_before(intent: &Intent, diary: &Diary, app: &App) -> Result<Option<Entry>> {
    let Some(key) = &intent.key else {
        return Ok(None);
    };
    let account = app.account_name()?;
    let owner = intent
        .on_behalf_of
        .as_ref()
        .map(|person| format!("sip:{}", person.address))
        .or(account);
    let is_owned = |entry: &Entry| {
        let of = focus_parts(&entry.appointment.conference.focus).map(|(owner, _)| owner);
        match (&owner, of) {
            (Some(owner), Some(of)) => owner.eq_ignore_ascii_case(of),
            // On the practice pool of this computer everything is the user's own.
            (None, _) => entry.appointment.practice,
            _ => false,
        }
    };
    let mut entries = diary.entries()?.entries.into_iter();
    Ok(entries.find(|entry| entry.document.key() == Some(key) && is_owned(entry)))
}

fn already(
    undertaking: Undertaking,
    entry: Entry,
    destination: Destination,
    diary: &Diary,
    app: &App,
) -> Result<Outcome> {
    let key = undertaking.intent.key.clone().unwrap_or_default();
    let asked = undertaking.intent.deed.clone();
    let wishes = undertaking.intent.delivery.clone();
    undertaking.finish();
    if entry.appointment.status == Status::Cancelled {
        return Err(Error::new(
            Kind::NotFound,
            format!("the meeting of --key '{key}' was cancelled"),
        )
        .hint("use another key for another meeting"));
    }
    if let Deed::Schedule(wish) = asked
        && (wish.request.subject != entry.appointment.subject
            || wish.start.timestamp() != entry.appointment.start.timestamp())
    {
        app.terminal.warn(&format!(
            "--key '{key}' was used for '{}' with another subject or time: that meeting stays as it is. To change it: confctl update",
            entry.appointment.subject
        ));
    }
    if wishes.mail.is_some() && entry.document.sent().is_empty() {
        app.terminal.warn(&format!(
            "--key '{key}' was used before, so nobody is mailed now: 'confctl invite {} --send' does that",
            name_of(&entry.appointment)
        ));
    }
    let outcome = Outcome {
        appointment: entry.appointment,
        document: entry.document,
        occurrence: None,
        removed: Vec::new(),
    };
    deliver(
        destination,
        &outcome,
        &MailTable::default(),
        Origin::Fresh,
        diary,
        app,
    )?;
    Ok(outcome)
}

/// What was begun and is not finished.
pub fn journal() -> Result<Journal> {
    Journal::open(settings::data_folder()?.join("unfinished"))
}

/// iCalendar knows no fractions (RFC 5545 3.3.5).
pub fn stamp(app: &App) -> Result<Timestamp> {
    let now = app.clock()?;
    Ok(now.round(jiff::Unit::Second).unwrap_or(now))
}

fn token() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::failed(format!("there is no randomness: {error}")))?;
    Ok(crate::hex::hex(&bytes))
}
