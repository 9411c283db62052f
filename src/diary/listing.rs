//! What there is between two moments, and of which conferences.

use jiff::{SignedDuration, Timestamp, Zoned};

use crate::calendar_object::Notes;
use crate::conference::{MeetingId, account_address};
use crate::diary::index::{Check, Index, Indexed};
use crate::diary::{Diary, Entry, MOST_LOOKS, Opened, Summary, Warnings, What, moving_error};
use crate::error::Result;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// What a listing shows of a meeting.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// What its file says.
    pub summary: Summary,
    /// Start and end of the first occurrence that was asked for.
    pub at: (Zoned, Zoned),
    /// Its conference; none: it is foreign.
    pub notes: Option<Notes>,
}

impl Meeting {
    /// Whether a delegate made it for somebody else.
    pub fn has_manager(&self) -> bool {
        let owner = self.notes.as_ref().map(|notes| &notes.conference.owner);
        let owner = owner.map(|owner| account_address(owner));
        let notes = self.notes.as_ref().map(|notes| &notes.organizer);
        let organizer = self.summary.organizer.as_ref().or(notes);
        let is_owner = owner.zip(organizer);
        let is_owner = is_owner
            .is_some_and(|(owner, organizer)| owner.eq_ignore_ascii_case(&organizer.address));
        self.summary.sender.is_some() && is_owner
    }

    /// The key of its conference; none: nobody knows one.
    pub fn meeting_id(&self) -> Option<&MeetingId> {
        let own = self.notes.as_ref().map(|notes| &notes.conference.id);
        own.or(self.summary.links.first())
    }
}

impl Diary {
    /// The meetings, ours and foreign ones, of which an occurrence ends after `from` and starts before
    /// `until`, by that occurrence.
    pub fn list(
        &self,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<(Vec<Meeting>, Warnings)> {
        for _ in 0..MOST_LOOKS {
            self.index()?.refresh(Check::Files)?;
            let mut warnings = self.warnings()?;
            if let Some(mut listed) = self.list_indexed(from, until, &mut warnings)? {
                listed.sort_by_key(|listed| listed.at.0.timestamp());
                return Ok((listed, warnings));
            }
            self.index()?.doubt();
        }
        Err(moving_error())
    }

    /// None: a file is not what the index knew.
    fn list_indexed(
        &self,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
        warnings: &mut Warnings,
    ) -> Result<Option<Vec<Meeting>>> {
        let _snapshot = self.states.snapshot()?;
        let mut listed = Vec::new();
        for (indexed, at) in self.ask(|index| index.between(from, until))? {
            let summary = &indexed.summary;
            let known = self.states.get(&summary.uid);
            let is_known = !matches!(known, Ok(None));
            let known = match known {
                // What is damaged of one meeting is no reason to show none.
                Err(error) => {
                    self.states.name_of(&summary.uid)?;
                    let subject = &summary.subject;
                    let what = format!("'{subject}' is listed as foreign: {error}");
                    warnings.others.push(what);
                    None
                }
                Ok(known) => known,
            };
            let own = known.filter(|known| known.is_of(&summary.links));
            // Who cancelled another one's meeting says nothing about a conference of ours.
            let is_foreign = !summary.links.is_empty() && (is_known || !summary.is_cancelled);
            if own.is_none() && !is_foreign {
                continue;
            }
            let at = match at {
                Some(at) => Some(at),
                None => match self.find_occurrence(&indexed, from, until)? {
                    Some(found) => found,
                    None => return Ok(None),
                },
            };
            listed.extend(at.map(|at| Meeting {
                summary: indexed.summary,
                at,
                notes: own.map(|known| known.notes),
            }));
        }
        Ok(Some(listed))
    }

    /// The first occurrence of a window that the index does not know; none: the file is another one.
    fn find_occurrence(
        &self,
        indexed: &Indexed,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<Option<Option<(Zoned, Zoned)>>> {
        let object = match self.open(indexed)? {
            Opened::Own(entry) => entry.object,
            Opened::Foreign(foreign) => foreign.object,
            Opened::Other(object, _) => *object,
            Opened::Moved => return Ok(None),
        };
        let from = from.unwrap_or(Timestamp::MIN);
        let zone = indexed.summary.start.time_zone();
        let first = object.occurrences(zone, from, 1).into_iter().next();
        let first = first.map(|one| (one.start, one.end));
        Ok(Some(first.filter(|(start, _)| {
            until.is_none_or(|until| start.timestamp() < until)
        })))
    }

    /// Our meetings of which an occurrence ends after `from` and starts before `until`, by their start.
    pub fn entries(
        &self,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<(Vec<Entry>, Warnings)> {
        let (listed, warnings) = self.list(from, until)?;
        let own = listed.iter().filter(|listed| listed.notes.is_some());
        let mut entries = Vec::new();
        for listed in own {
            entries.extend(self.get(&listed.summary.uid)?);
        }
        entries.sort_by_key(|entry| entry.appointment.start.timestamp());
        Ok((entries, warnings))
    }

    /// UID of a meeting of `owner`, an account, that a request for this subject and start may have made
    /// though nobody knows that here any more: a foreign one, or one that was adopted without a key. None
    /// where nothing was lost: anybody can write what looks like it.
    pub fn find_of_unknown_request(
        &self,
        subject: &str,
        start: &Zoned,
        owner: Option<&str>,
    ) -> Result<Option<String>> {
        if !self.states.were_lost()? {
            return Ok(None);
        }
        self.index()?.refresh(Check::Files)?;
        let start = start.timestamp();
        let found = self.ask(|index| index.between(Some(start), Some(start + SECOND)))?;
        for (indexed, _) in found {
            let summary = indexed.summary;
            let is_others = summary.organizer.as_ref().is_some_and(|organizer| {
                let own = owner.map(account_address);
                own.is_some_and(|own| !own.eq_ignore_ascii_case(&organizer.address))
            });
            if is_others || summary.subject != subject || summary.start.timestamp() != start {
                continue;
            }
            if self.is_foreign(&summary)? || self.is_adopted_without_key(&summary)? {
                return Ok(Some(summary.uid));
            }
        }
        Ok(None)
    }

    fn is_foreign(&self, summary: &Summary) -> Result<bool> {
        let known = self.states.get(&summary.uid)?;
        let is_own = known.is_some_and(|known| known.is_of(&summary.links));
        Ok(!is_own && !summary.links.is_empty())
    }

    fn is_adopted_without_key(&self, summary: &Summary) -> Result<bool> {
        let known = self.states.get(&summary.uid)?;
        let has_no_key = known.is_some_and(|known| known.state.key.is_none());
        let events = self.states.history(&summary.uid)?;
        Ok(has_no_key && events.iter().any(|event| event.what == What::Adopted))
    }

    /// UIDs of our series without end that take place, with their conferences.
    pub fn endless_series(&self) -> Result<Vec<(String, MeetingId)>> {
        let mut endless = Vec::new();
        for uid in self.ask(Index::endless)? {
            let known = self.states.get(&uid)?;
            endless.extend(known.map(|known| (uid, known.notes.conference.id)));
        }
        Ok(endless)
    }

    /// Our meetings on the assigned conference of which an occurrence touches one of these times.
    pub fn assigned_between(&self, from: Timestamp, until: Timestamp) -> Result<Vec<Entry>> {
        let uids = self.states.uids_of_assigned()?;
        if uids.is_empty() {
            return Ok(Vec::new());
        }
        self.index()?.refresh(Check::Files)?;
        let found = self.ask(|index| index.between(Some(from), Some(until)))?;
        let mut entries = Vec::new();
        for (indexed, _) in found {
            // One whose file leads elsewhere is not on this conference.
            if uids.contains(&indexed.summary.uid)
                && let Some(Opened::Own(entry)) = self.open_uid(&indexed.summary.uid)?
            {
                entries.push(*entry);
            }
        }
        Ok(entries)
    }

    /// Our meetings that are over for good since before that moment, by their start.
    pub fn over(&self, before: Timestamp) -> Result<(Vec<Entry>, Warnings)> {
        self.index()?.refresh(Check::Files)?;
        let over = self.ask(|index| index.over(before))?;
        let mut entries = Vec::new();
        let mut warnings = self.warnings()?;
        for uid in over {
            if self.states.name_of(&uid)?.is_none() {
                continue;
            }
            match self.get(&uid) {
                Ok(entry) => entries.extend(entry),
                Err(error) => warnings.others.push(format!("{error}; it stays")),
            }
        }
        entries.sort_by_key(|entry| entry.appointment.start.timestamp());
        Ok((entries, warnings))
    }
}
