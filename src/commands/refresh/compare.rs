//! The meetings to come against what the pool has of them.

use jiff::Timestamp;
use serde::Serialize;

use super::{Args, show};
use crate::app::App;
use crate::backend::Session;
use crate::calendar_object::Occurrence;
use crate::commands::args::meeting;
use crate::conference::{Conference, Person, Status};
use crate::diary::{Diary, Entry};
use crate::error::{Error, Kind, Result};
use crate::operation::{
    Action, Context, Difference, Found, Guest, Journal, differences, get_all_current, is_told_of,
    stale_guests, stale_recipients,
};
use crate::report::Report;

/// How a meeting stands against the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// As the pool has it.
    Current,
    /// Details of it changed.
    Stale,
    /// The same, and nobody knows what to replace in its description.
    Damaged,
    /// As the pool has it, but an earlier refresh was left half done.
    Unfinished,
    /// The pool has no such conference.
    Gone,
    /// The pool does not show it.
    Refused,
    /// It was stale, and is as the pool has it now.
    Refreshed,
    /// It should have been refreshed.
    Failed,
}

/// A meeting that was compared with the pool.
pub(super) struct Meeting {
    pub(super) entry: Entry,
    /// When it takes place next.
    pub(super) at: Occurrence,
    pub(super) state: State,
    /// Its conference, as the pool has it.
    pub(super) there: Option<Conference>,
    /// Whether an earlier refresh of it was left half done.
    pub(super) is_left: bool,
    /// Without secrets.
    pub(super) differences: Vec<Difference>,
    /// SEQUENCE that it has when it is refreshed.
    pub(super) sequence: u32,
    /// Why not.
    pub(super) error: Option<String>,
}

impl Args {
    /// Meetings to come, or those that were named.
    pub(super) fn choose(
        &self,
        context: &Context<'_>,
        app: &App,
    ) -> Result<Vec<(Entry, Occurrence)>> {
        if !self.conf.is_empty() {
            let named = self.conf.iter();
            let named = named.map(|name| find(name, context.now, &context.diary, app));
            let mut named: Vec<(Entry, Occurrence)> = named.collect::<Result<_>>()?;
            named.sort_by(|(a, _), (b, _)| a.object.uid().cmp(b.object.uid()));
            named.dedup_by(|(a, _), (b, _)| a.object.uid() == b.object.uid());
            return Ok(named);
        }
        let (entries, warnings) = context.diary.entries(Some(context.now), None)?;
        for sentence in warnings.sentences() {
            app.terminal.warn(&sentence);
        }
        let to_come = entries
            .into_iter()
            .filter_map(|entry| next_occurrence(&entry, context.now).map(|at| (entry, at)));
        let (own, others): (Vec<_>, Vec<_>) =
            to_come.partition(|(entry, _)| entry.appointment.manager().is_none());
        if !others.is_empty() && !self.check {
            app.terminal.status(&format!(
                "Left out: {} for somebody else. Name those that are meant.",
                show::meetings(others.len())
            ));
        }
        Ok(own)
    }

    /// Asks the pool about all of them, in one session for one's own, and one for each manager whose
    /// meetings were named.
    pub(super) fn compare(
        &self,
        chosen: Vec<(Entry, Occurrence)>,
        context: &mut Context<'_>,
    ) -> Result<Vec<Meeting>> {
        let unfinished = list_unfinished(&context.journal)?;
        let there = self.ask(&chosen, context)?;
        let mut meetings = Vec::new();
        for ((entry, at), there) in chosen.into_iter().zip(there) {
            if let Some(there) = there {
                let is_left = unfinished.iter().any(|uid| uid == entry.object.uid());
                meetings.push(self.compare_one(entry, at, is_left, there)?);
            }
        }
        Ok(meetings)
    }

    /// The conference of each, as the pool has it; none: it is not this account's. All of one owner
    /// are asked for at once.
    fn ask(
        &self,
        chosen: &[(Entry, Occurrence)],
        context: &mut Context<'_>,
    ) -> Result<Vec<Option<Result<Option<Conference>>>>> {
        let progress = context
            .report
            .progress("Asking for conferences", chosen.len(), 0);
        let mut told: Vec<_> = chosen.iter().map(|_| None).collect();
        let mut managers: Vec<Option<&Person>> = Vec::new();
        for (entry, _) in chosen {
            context
                .sessions
                .prepare_to_read(&entry.appointment.conference);
            let manager = entry.appointment.manager();
            if !managers.contains(&manager) {
                managers.push(manager);
            }
        }
        for manager in managers {
            let session = context.sessions.open(manager)?;
            let mut own = Vec::new();
            for (place, (entry, _)) in chosen.iter().enumerate() {
                if entry.appointment.manager() == manager && self.belongs_to(entry, session)? {
                    own.push((place, &entry.appointment.conference));
                }
            }
            let kept: Vec<&Conference> = own.iter().map(|(_, kept)| *kept).collect();
            let there = get_all_current(&kept, session.backend.as_mut())?;
            for ((place, _), there) in own.into_iter().zip(there) {
                told[place] = Some(there);
                progress.advance();
            }
        }
        Ok(told)
    }

    /// Meetings of other accounts are left alone, unless they were named.
    fn belongs_to(&self, entry: &Entry, session: &Session) -> Result<bool> {
        let owner = &entry.appointment.conference.owner;
        let me = &session.owner;
        if owner.is_empty() || owner.eq_ignore_ascii_case(me) {
            return Ok(true);
        }
        match self.conf.is_empty() {
            true => Ok(false),
            false => {
                let what = format!("the conference is that of {owner}, and you are {me}");
                Err(Error::new(Kind::NotSignedIn, what))
            }
        }
    }

    fn compare_one(
        &self,
        entry: Entry,
        at: Occurrence,
        is_left: bool,
        there: Result<Option<Conference>>,
    ) -> Result<Meeting> {
        let kept = &entry.appointment.conference;
        let (there, error) = match there {
            Err(error) if matches!(error.kind, Kind::Refused | Kind::Failed) => {
                (None, Some(error.to_string()))
            }
            there => (there?, None),
        };
        let found = there.as_ref().map(|there| differences(kept, there));
        let found = found.unwrap_or_default();
        let state = match &there {
            None if error.is_some() => State::Refused,
            None => State::Gone,
            Some(_) if found.is_empty() && is_left => State::Unfinished,
            Some(_) if found.is_empty() => State::Current,
            Some(_) if !self.new_block && entry.object.check_block().is_err() => State::Damaged,
            Some(_) => State::Stale,
        };
        let appointment = &entry.appointment;
        let told = is_told_of(&found, appointment);
        Ok(Meeting {
            sequence: appointment.sequence.saturating_add(u32::from(told)),
            differences: found.into_iter().map(Difference::without_secrets).collect(),
            entry,
            at,
            state,
            there,
            is_left,
            error,
        })
    }
}

impl Meeting {
    pub(super) fn is_due(&self) -> bool {
        matches!(self.state, State::Stale | State::Unfinished)
    }

    /// Addresses of those who have an older version, and are invited to all of it.
    pub(super) fn stale_recipients(&self) -> Vec<String> {
        let (entry, appointment) = (&self.entry, &self.entry.appointment);
        let people = stale_recipients(entry, appointment, self.sequence).into_iter();
        people.map(|person| person.address).collect()
    }

    /// The same, invited to single occurrences.
    pub(super) fn stale_guests(&self, now: Timestamp) -> Vec<Guest> {
        let (entry, appointment) = (&self.entry, &self.entry.appointment);
        stale_guests(entry, appointment, self.sequence, now)
    }

    /// How many mails it takes.
    pub(super) fn count_mails(&self, now: Timestamp) -> usize {
        let of_one_day = |guest: &&Guest| guest.occurrences.len() == 1;
        let guests = self.stale_guests(now);
        self.stale_recipients().len() + guests.iter().filter(of_one_day).count()
    }
}

fn find(name: &str, now: Timestamp, diary: &Diary, app: &App) -> Result<(Entry, Occurrence)> {
    let entry = meeting::require(name, diary, app)?;
    let subject = &entry.appointment.subject;
    let why = match entry.appointment.status {
        Status::Cancelled => format!("'{subject}' was cancelled"),
        Status::Confirmed => format!("'{subject}' is over"),
    };
    match next_occurrence(&entry, now) {
        Some(at) => Ok((entry, at)),
        None => Err(Error::new(Kind::NotFound, why)),
    }
}

/// When it takes place next; none: no more.
fn next_occurrence(entry: &Entry, now: Timestamp) -> Option<Occurrence> {
    let zone = entry.appointment.start.time_zone();
    let to_come = entry.appointment.status == Status::Confirmed;
    let mut occurrences = entry.object.occurrences(zone, now, 1).into_iter();
    occurrences.next().filter(|_| to_come)
}

/// UIDs of the meetings whose refresh was left half done.
fn list_unfinished(journal: &Journal) -> Result<Vec<String>> {
    let left = journal.list_unfinished()?.into_iter();
    let refreshes = left.filter_map(|found| match found {
        Found::Left(run) => match &run.operation().action {
            Action::Refresh(refresh) => Some(refresh.uid.clone()),
            _ => None,
        },
        _ => None,
    });
    Ok(refreshes.collect())
}
