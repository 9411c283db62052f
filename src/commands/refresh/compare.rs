//! The meetings to come against what the pool has of them.

use jiff::Timestamp;
use serde::Serialize;

use super::{Args, show};
use crate::app::{App, Session};
use crate::calendar_object::Occurrence;
use crate::commands::carry_out::{journal, manager};
use crate::commands::conf;
use crate::conference::Status;
use crate::diary::{Diary, Entry};
use crate::error::{Error, Kind, Result};
use crate::proto::c3p::focus_parts;
use crate::report::Report;
use crate::undertaking::{
    Deed, Difference, Found, Guest, are_told, behind, differences, guests_behind, on_pool,
};

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
    /// Whether an earlier refresh of it was left half done.
    pub(super) left: bool,
    /// Without secrets.
    pub(super) differences: Vec<Difference>,
    /// SEQUENCE that it has when it is refreshed.
    pub(super) sequence: u32,
    /// Why not.
    pub(super) error: Option<String>,
}

impl Args {
    /// Meetings to come, or those that were named.
    pub(super) fn chosen(&self, diary: &Diary, app: &App) -> Result<Vec<(Entry, Occurrence)>> {
        let now = app.clock()?;
        if !self.conf.is_empty() {
            let named = self.conf.iter();
            let named = named.map(|name| named_one(name, now, diary, app));
            let mut named: Vec<(Entry, Occurrence)> = named.collect::<Result<_>>()?;
            named.sort_by(|(a, _), (b, _)| a.document.uid().cmp(b.document.uid()));
            named.dedup_by(|(a, _), (b, _)| a.document.uid() == b.document.uid());
            return Ok(named);
        }
        let found = diary.entries()?;
        for sentence in &found.skipped {
            app.terminal.warn(sentence);
        }
        let entries = found.entries.into_iter();
        let to_come = entries.filter_map(|entry| next(&entry, now).map(|at| (entry, at)));
        let (own, others): (Vec<_>, Vec<_>) =
            to_come.partition(|(entry, _)| manager(&entry.appointment).is_none());
        if !others.is_empty() && !self.check {
            app.terminal.status(&format!(
                "Left out: {} for somebody else. Name those that are meant.",
                show::meetings(others.len())
            ));
        }
        Ok(own)
    }

    /// One sign-in for all of one's own, and one for each manager whose meetings were named.
    pub(super) fn compared(
        &self,
        chosen: Vec<(Entry, Occurrence)>,
        app: &App,
    ) -> Result<Vec<Meeting>> {
        let unfinished = unfinished();
        let (mut meetings, mut left) = (Vec::new(), chosen);
        while let Some((first, _)) = left.first() {
            let of = manager(&first.appointment).cloned();
            let mut session = app.sign_in_for(of.as_ref())?;
            let (these, others) = left.into_iter().partition(|(entry, _)| {
                let other = manager(&entry.appointment);
                other.map(|person| &person.address) == of.as_ref().map(|person| &person.address)
            });
            left = others;
            let these: Vec<(Entry, Occurrence)> = these;
            let progress = app.terminal.progress("Asking the pool", these.len(), 0);
            for (entry, at) in these {
                if self.belongs(&entry, &session)? {
                    let left = unfinished.iter().any(|uid| uid == entry.document.uid());
                    meetings.push(self.compare(entry, at, left, &mut session)?);
                }
                progress.advance();
            }
        }
        Ok(meetings)
    }

    /// Meetings of other accounts are left alone, unless they were named.
    fn belongs(&self, entry: &Entry, session: &Session) -> Result<bool> {
        let me = session.acting_as();
        let owner = focus_parts(&entry.appointment.conference.focus).map(|(owner, _)| owner);
        match owner {
            Some(owner) if !owner.eq_ignore_ascii_case(&me) => match self.conf.is_empty() {
                true => Ok(false),
                false => Err(Error::new(
                    Kind::NotSignedIn,
                    format!("the conference is that of {owner}, and you are {me}"),
                )),
            },
            _ => Ok(true),
        }
    }

    fn compare(
        &self,
        entry: Entry,
        at: Occurrence,
        left: bool,
        session: &mut Session,
    ) -> Result<Meeting> {
        let kept = &entry.appointment.conference;
        let mut error = None;
        let (state, found) = match on_pool(kept, session.pool.as_mut()) {
            Err(refused) if refused.kind == Kind::Refused => {
                error = Some(refused.to_string());
                (State::Refused, Vec::new())
            }
            there => match there?.map(|there| differences(kept, &there)) {
                None => (State::Gone, Vec::new()),
                Some(found) if found.is_empty() && left => (State::Unfinished, found),
                Some(found) if found.is_empty() => (State::Current, found),
                Some(found) => match entry.document.check_block() {
                    Err(_) if !self.new_block => (State::Damaged, found),
                    _ => (State::Stale, found),
                },
            },
        };
        let appointment = &entry.appointment;
        let told = are_told(&found, appointment);
        Ok(Meeting {
            sequence: appointment.sequence.saturating_add(u32::from(told)),
            differences: found.into_iter().map(Difference::discreet).collect(),
            entry,
            at,
            state,
            left,
            error,
        })
    }
}

impl Meeting {
    pub(super) fn is_due(&self) -> bool {
        matches!(self.state, State::Stale | State::Unfinished)
    }

    /// Those who have an older version, and are invited to all of it.
    pub(super) fn behind(&self) -> Vec<String> {
        let Entry {
            document,
            appointment,
        } = &self.entry;
        let people = behind(document, appointment, self.sequence).into_iter();
        people.map(|person| person.address).collect()
    }

    /// The same, invited to single occurrences.
    pub(super) fn guests(&self, now: Timestamp) -> Vec<Guest> {
        let Entry {
            document,
            appointment,
        } = &self.entry;
        guests_behind(document, appointment, self.sequence, now)
    }

    /// How many mails it takes.
    pub(super) fn mails(&self, now: Timestamp) -> usize {
        let of_one_day = |guest: &&Guest| guest.occurrences.len() == 1;
        self.behind().len() + self.guests(now).iter().filter(of_one_day).count()
    }
}

fn named_one(name: &str, now: Timestamp, diary: &Diary, app: &App) -> Result<(Entry, Occurrence)> {
    let entry = conf::in_diary(name, diary, app)?;
    let subject = &entry.appointment.subject;
    let why = match entry.appointment.status {
        Status::Cancelled => format!("'{subject}' was cancelled"),
        Status::Confirmed => format!("'{subject}' is over"),
    };
    match next(&entry, now) {
        Some(at) => Ok((entry, at)),
        None => Err(Error::new(Kind::NotFound, why)),
    }
}

/// When it takes place next; none: no more.
fn next(entry: &Entry, now: Timestamp) -> Option<Occurrence> {
    let zone = entry.appointment.start.time_zone();
    let to_come = entry.appointment.status == Status::Confirmed;
    let mut occurrences = entry.document.occurrences(zone, now, 1).into_iter();
    occurrences.next().filter(|_| to_come)
}

/// UIDs of the meetings whose refresh was left half done.
fn unfinished() -> Vec<String> {
    // On a disk that can't be written nothing was begun either.
    let found = journal().and_then(|journal| journal.unfinished());
    let left = found.unwrap_or_default().into_iter();
    let refreshes = left.filter_map(|found| match found {
        Found::Left(undertaking) => match undertaking.intent.deed {
            Deed::Refresh(refresh) => Some(refresh.uid),
            _ => None,
        },
        _ => None,
    });
    refreshes.collect()
}
