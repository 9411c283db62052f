//! The steps of an operation, one after another. Each is handed what the one before found.

use crate::calendar_object::Notes;
use crate::conference::{Person, Status, account_of};
use crate::diary::Entry;
use crate::error::{Error, Kind, Result};
use crate::operation::journal::{self, Begun, Found};
use crate::operation::stale::sent_key;
use crate::operation::{
    Action, Attempt, Changes, Context, Known, Operation, Outcome, Run, Schedule, address_of,
    cancel, diary_error, invite, refresh, schedule, update,
};
use crate::report::shell_word;

/// An operation whose steps are done. Its record is still there: it goes when the user has the
/// outcome, see [`Done::close`].
pub struct Done {
    /// What came of it.
    pub outcome: Outcome,
    /// None: there was nothing to do.
    run: Option<Box<Run>>,
    /// Why calendar, mails or file are not as they should be.
    trouble: Option<Error>,
}

impl Done {
    /// Ends the operation; `printed` is what came of handing the outcome to the user.
    pub fn close(self, printed: Result<()>) -> Result<Outcome> {
        let Some(run) = self.run else {
            return printed.map(|()| self.outcome);
        };
        match (self.trouble, printed) {
            (None, Ok(())) => {
                run.finish();
                Ok(self.outcome)
            }
            (None, Err(error)) if error.kind == Kind::PipeClosed => {
                run.finish();
                Err(error)
            }
            (Some(error), _) | (None, Err(error)) => Err(run.fail(error)),
        }
    }
}

impl Context<'_> {
    /// Writes the operation down and does it. Whatever ends this half-way, `confctl resume` or the
    /// same once more finishes it; what was left by an earlier process is finished here.
    pub fn perform(&mut self, operation: Operation, known: Known) -> Result<Done> {
        self.diary.prepare()?;
        // What is wrong with these is found before anything is done.
        self.resources.branding()?;
        let output = operation.output.clone();
        let mut run = self.begin(operation)?;
        // What was left may be finished on another way.
        let own = &mut run.record.operation.output;
        own.mail = output.mail.or(own.mail.take());
        own.calendar = output.calendar.or(own.calendar);
        own.file = output.file.or(own.file.take());
        own.format = output.format;
        self.finish(run, known)
    }

    /// Whether the same was begun and is not finished.
    pub fn has_begun(&self, action: &Action) -> Result<bool> {
        let found = self.journal.list_unfinished()?;
        Ok(found.iter().any(|found| match found {
            Found::Left(run) => run.operation().action.is_same(action),
            Found::Running(operation) => operation.action.is_same(action),
            Found::Damaged { .. } => false,
        }))
    }

    /// Finishes what an earlier process left.
    pub fn resume(&mut self, run: Box<Run>) -> Result<Done> {
        self.diary.prepare()?;
        self.finish(run, Known::default())
    }

    /// Drops what an earlier process left; what it has done by now stays.
    pub fn forget(&self, run: Box<Run>) -> Result<()> {
        let meeting = run.operation().meeting();
        let _alone = self.journal.lock_meeting(&meeting, self.report.as_ref())?;
        let operation = run.operation().clone();
        run.forget();
        self.forget_calendar(&operation)
    }

    fn begin(&self, operation: Operation) -> Result<Box<Run>> {
        loop {
            match self.journal.begin(operation.clone())? {
                Begun::New(run) => return Ok(run),
                Begun::Left(run) => {
                    let what = "This was begun before and not finished: going on with it.";
                    self.report.status(what);
                    return Ok(run);
                }
                Begun::AlreadyRunning(_) if matches!(operation.action, Action::Invite(_)) => {
                    let what = "another process mails this invitation right now";
                    return Err(Error::failed(what).hint("run it again when that one has ended"));
                }
                Begun::AlreadyRunning(other) => journal::wait(&other, self.report.as_ref())?,
            }
        }
    }

    fn finish(&mut self, mut run: Box<Run>, known: Known) -> Result<Done> {
        match self.get_repeated(&run) {
            Ok(Some(entry)) => return self.end_repeated(run, entry),
            Err(error) => return Err(run.fail(error)),
            Ok(None) => {}
        }
        if let Action::Schedule(schedule) = &run.operation().action
            && run.attempt == Attempt::New
            && let Err(error) = schedule.check_start(self.now)
        {
            return Err(run.fail(error));
        }
        run.start();
        // One process after the other changes a meeting: each must see what the one before did.
        let lock = self
            .journal
            .lock_meeting(&run.operation().meeting(), self.report.as_ref());
        let _alone = match lock {
            Ok(lock) => lock,
            Err(error) => return Err(run.fail(error)),
        };
        let mut outcome = match self.change(&mut run, known) {
            Ok(outcome) => outcome,
            Err(error) => return Err(run.fail(error)),
        };
        let told = self.tell(&mut run, &mut outcome);
        let told = told.map_err(|error| error_of_telling(error, &run));
        let written = self.write_file(&mut run, &outcome);
        Ok(Done {
            outcome,
            run: Some(run),
            trouble: told.and(written).err(),
        })
    }

    /// Conference and diary.
    fn change(&mut self, run: &mut Run, known: Known) -> Result<Outcome> {
        let changed = match run.operation().action.clone() {
            Action::Schedule(schedule) => schedule::apply(&schedule, run, self),
            Action::Update(changes) => update::apply(*changes, known, run, self),
            Action::Cancel(cancel) => cancel::apply(cancel, known, run, self),
            Action::Invite(invite) => invite::get_invited(&invite, known, &self.diary),
            Action::Refresh(refresh) => refresh::apply(&refresh, known, run, self),
        };
        match changed {
            Err(error) if error.kind == Kind::NotFound && run.attempt == Attempt::Resumed => {
                let overtaken = self.get_overtaken(run)?.ok_or(error)?;
                let subject = &overtaken.appointment.subject;
                self.report.warn(&format!(
                    "'{subject}' was changed again since: people are told of it as it is now."
                ));
                Ok(overtaken)
            }
            changed => changed,
        }
    }

    /// The organizer's calendar, then the mails. The calendar's trouble does not keep people waiting.
    fn tell(&mut self, run: &mut Run, outcome: &mut Outcome) -> Result<()> {
        self.restore_ways_in(&mut outcome.entry)?;
        let mail = run.operation().output.mail.clone();
        let mail = mail.or(run.record.mail.clone());
        let is_mailed = self.update_calendar(run, outcome, mail.is_some());
        match (mail, is_mailed) {
            (Some(options), Ok(false)) => self.mail(&options, run, outcome),
            (Some(options), Err(error)) => self.mail(&options, run, outcome).and(Err(error)),
            (_, is_mailed) => is_mailed.map(drop),
        }
    }

    /// Whoever can write the folder can write where people dial: nobody is told that.
    fn restore_ways_in(&self, entry: &mut Entry) -> Result<()> {
        if entry.appointment.status == Status::Cancelled {
            return Ok(());
        }
        let branding = self.resources.branding()?;
        let restore = |entry: &mut Entry| {
            let restored = entry.object.restore_ways_in(&entry.appointment, branding);
            restored.map_err(|error| diary_error(&error))
        };
        if !restore(&mut entry.clone())? {
            return Ok(());
        }
        self.diary.edit(entry, restore)?;
        let subject = &entry.appointment.subject;
        self.report.warn(&restored_warning(subject));
        Ok(())
    }

    /// The meeting as it is now, for those whom a change that was overtaken has not told.
    fn get_overtaken(&self, run: &Run) -> Result<Option<Outcome>> {
        let operation = run.operation();
        let mails = run.record.mail.is_some() || operation.output.mail.is_some();
        match &operation.action {
            Action::Update(changes) if mails => {
                let entry = self.diary.get(&changes.uid)?;
                Ok(entry.and_then(|entry| overtaken(changes, entry)))
            }
            _ => Ok(None),
        }
    }

    /// The meeting that the same request made under the same key before. What an earlier process made
    /// that left this run does not count, but the run may have been left before it looked for others.
    fn get_repeated(&self, run: &Run) -> Result<Option<Entry>> {
        let operation = run.operation();
        let Some(key) = &operation.key else {
            return Ok(None);
        };
        let is_of_run = |uid: &str| run.attempt != Attempt::New && operation.is_of(uid);
        let manager = operation.on_behalf_of.as_ref();
        let owner = manager
            .map(|person| account_of(&person.address, self.account.as_deref()))
            .or(operation.account.clone());
        let is_own = |uid: &str, notes: &Notes| match &owner {
            _ if is_of_run(uid) => false,
            Some(owner) => owner.eq_ignore_ascii_case(&notes.conference.owner),
            // On the practice pool of this computer everything is the user's own.
            None => notes.practice,
        };
        let Some(entry) = self.diary.get_made(key, is_own)? else {
            return match &operation.action {
                Action::Schedule(schedule) if run.attempt == Attempt::New => {
                    let manager = operation.on_behalf_of.as_ref();
                    self.check_unknown_request(key, schedule, manager)
                        .map(|()| None)
                }
                _ => Ok(None),
            };
        };
        let subject = &entry.appointment.subject;
        if !operation.has_made(&entry) {
            let error = operation.conflict_error(&format!("made '{subject}'"));
            return Err(error.hint("'confctl update' changes that one"));
        }
        if entry.appointment.status == Status::Cancelled {
            let what = format!("the meeting of --key '{key}' was cancelled");
            return Err(
                Error::new(Kind::NotFound, what).hint("use another key for another meeting")
            );
        }
        Ok(Some(entry))
    }

    /// Of a foreign meeting nobody knows here what key made it.
    fn check_unknown_request(
        &self,
        key: &str,
        schedule: &Schedule,
        manager: Option<&Person>,
    ) -> Result<()> {
        let subject = &schedule.request.subject;
        let account = self.account.as_deref();
        let manager = manager.map(|manager| account_of(&manager.address, account));
        let owner = manager.as_deref().or(account);
        let start = &schedule.start;
        let found = self.diary.find_of_unknown_request(subject, start, owner)?;
        let Some(uid) = found else {
            return Ok(());
        };
        let what = format!(
            "'{subject}' is in the diary at that time, and nobody knows here whether --key '{key}' made it"
        );
        let (uid, key) = (shell_word(&uid), shell_word(key));
        Err(Error::new(Kind::Refused, what).hint(format!(
            "'confctl adopt {uid} --key {key}' says that it did; without --key another one is made"
        )))
    }

    /// The invitation of a meeting that is there already goes where this one was to go, but to
    /// nobody by mail.
    fn end_repeated(&self, run: Box<Run>, entry: Entry) -> Result<Done> {
        let Operation { output, action, .. } = run.operation().clone();
        run.forget();
        let outcome = Outcome {
            is_repeated: true,
            ..Outcome::of_entry(entry)
        };
        if output.mail.is_some() && outcome.entry.state.sent.is_empty() {
            self.report.warn(
                "The key was used before, so nobody is mailed now: 'confctl invite CONF --send' does that.",
            );
        }
        self.write_output(&output, &action, &outcome)?;
        Ok(Done {
            outcome,
            run: None,
            trouble: None,
        })
    }
}

/// That a file said otherwise how to join.
pub fn restored_warning(subject: &str) -> String {
    format!(
        "The file of '{subject}' said otherwise how to join, as confctl has not written it: it says again what is true."
    )
}

/// None: it has not been overtaken, or nobody is to be told any more.
fn overtaken(changes: &Changes, entry: Entry) -> Option<Outcome> {
    let mut appointment = changes.before(&entry).ok()?;
    if entry.appointment.status == Status::Cancelled {
        appointment.status = Status::Cancelled;
    }
    let sent = &entry.state.sent;
    let mut removed = changes.removed.clone();
    removed.retain(|gone| {
        let address = address_of(gone);
        let had = sent.contains_key(&sent_key(&address, changes.occurrence.as_ref()));
        let is_invited = appointment.attendees.iter().any(|a| a.person.is(gone));
        !is_invited && (had || sent.contains_key(&address))
    });
    let is_over = appointment.status == Status::Cancelled && removed.is_empty();
    if is_over || entry.appointment.sequence <= changes.sequence {
        return None;
    }
    Some(Outcome {
        occurrence: changes.occurrence.clone(),
        removed,
        ..Outcome::new(appointment, entry)
    })
}

/// Whatever kept people from being told, the meeting is there.
fn error_of_telling(error: Error, run: &Run) -> Error {
    match error.kind {
        Kind::HalfDone | Kind::InDoubt | Kind::Interrupted => error,
        _ if run.is_nothing_done() => error,
        _ => {
            let what = format!("conference and diary are done, but people were not told: {error}");
            Error::new(Kind::HalfDone, what).with_hints_of(&error)
        }
    }
}
