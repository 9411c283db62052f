//! Names of meetings that begin so, for a shell that waits.

use jiff::Zoned;

use crate::conference::{MeetingId, Status};
use crate::diary::find::Names;
use crate::diary::index::{Check, Indexed};
use crate::diary::{Diary, folder};
use crate::error::Result;

/// So few candidates are looked at before those that are nearest in time.
const FEW: usize = 500;

/// Which meetings are offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completes {
    /// Ours that take place or took place.
    Own,
    /// Those of which only a file tells.
    Foreign,
    /// Ours that were cancelled.
    Cancelled,
}

/// A meeting that is offered.
#[derive(Clone, Debug)]
pub struct Completion {
    /// What names it and no other one, in letters that no shell obeys.
    pub name: String,
    /// What it is about.
    pub subject: String,
    /// First start.
    pub start: Zoned,
}

impl Diary {
    /// At most `most` of these meetings whose name begins so, those to come first, the nearest first.
    pub fn complete(
        &self,
        which: Completes,
        beginning: &str,
        most: usize,
    ) -> Result<Vec<Completion>> {
        for check in [Check::Folder, Check::Files] {
            self.index()?.refresh(check)?;
            let found = match which {
                Completes::Own => self.find_completions(beginning, most)?,
                others => self.find_others(others, beginning, most)?,
            };
            let is_as_known = |indexed: &Indexed| {
                folder::look(&self.folder.join(&indexed.name)) == Some(indexed.look)
            };
            if check == Check::Files || found.iter().all(|(indexed, _)| is_as_known(indexed)) {
                let completions = found.into_iter().map(|(indexed, name)| Completion {
                    name,
                    subject: indexed.summary.subject,
                    start: indexed.summary.start,
                });
                return Ok(completions.collect());
            }
            self.index()?.doubt();
        }
        Ok(Vec::new())
    }

    /// The same of meetings that few commands are about, by their UID.
    fn find_others(
        &self,
        which: Completes,
        beginning: &str,
        most: usize,
    ) -> Result<Vec<(Indexed, String)>> {
        let mut found = Vec::new();
        let meant = match which {
            Completes::Foreign => (false, Status::Confirmed),
            Completes::Own => (true, Status::Confirmed),
            Completes::Cancelled => (true, Status::Cancelled),
        };
        for Names {
            uid,
            is_own,
            status,
            ..
        } in self.all_names()?
        {
            if (is_own, status) == meant && is_harmless(&uid) && uid.starts_with(beginning) {
                let indexed = self.ask(|index| index.get(&uid))?;
                found.extend(indexed.map(|indexed| (indexed, uid)));
            }
        }
        let now = self.now;
        found.sort_by_key(|(indexed, _)| {
            let start = indexed.summary.start.timestamp();
            (start < now, start.duration_since(now).abs())
        });
        found.truncate(most);
        Ok(found)
    }

    fn find_completions(&self, beginning: &str, most: usize) -> Result<Vec<(Indexed, String)>> {
        let few = match beginning.is_empty() {
            true => None,
            false => self.states.few_uids_beginning(beginning, FEW)?,
        };
        let uids = match &few {
            Some(few) => self.ask(|index| index.sort_by_time(few))?,
            None if beginning.is_empty() => self.ask(|index| index.nearest(most))?,
            None => self.ask(|index| index.nearest(usize::MAX))?,
        };
        let is_all = few.is_some() || !beginning.is_empty() || uids.len() < most;
        let found = self.complete_of(&uids, beginning, most)?;
        if is_all || found.len() == most {
            return Ok(found);
        }
        // Some of the nearest are none of ours.
        let uids = self.ask(|index| index.nearest(usize::MAX))?;
        self.complete_of(&uids, beginning, most)
    }

    /// Those of the meetings, in their order, whose name begins so.
    fn complete_of(
        &self,
        uids: &[String],
        beginning: &str,
        most: usize,
    ) -> Result<Vec<(Indexed, String)>> {
        let _snapshot = self.states.snapshot()?;
        let mut found = Vec::new();
        for some in uids.chunks(most.max(1)) {
            for indexed in self.ask(|index| index.get_all(some))? {
                let name = self.name_of(&indexed)?;
                let name = name.filter(|name| name.starts_with(beginning));
                found.extend(name.map(|name| (indexed, name)));
                if found.len() == most {
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }

    /// The digits that people dial, else the UID, else the meeting id. A shell puts it into the
    /// command line as it is, so it is nothing that a shell would obey. None: it is not ours.
    fn name_of(&self, indexed: &Indexed) -> Result<Option<String>> {
        let summary = &indexed.summary;
        let Some(known) = self.states.name_of(&summary.uid)? else {
            return Ok(None);
        };
        let links = summary.links.iter().map(MeetingId::to_string);
        if !known.is_of(&links.collect::<Vec<_>>()) {
            return Ok(None);
        }
        if let Some(digits) = known.dial_in_id()
            && self.states.count_dial_in(digits)? == 1
        {
            return Ok(Some(digits.to_owned()));
        }
        Ok(Some(match is_harmless(&summary.uid) {
            true => summary.uid.clone(),
            false => known.meeting_id().to_owned(),
        }))
    }
}

fn is_harmless(word: &str) -> bool {
    let harmless = |b: u8| b.is_ascii_alphanumeric() || b"@._-".contains(&b);
    !word.is_empty() && !word.starts_with('-') && word.bytes().all(harmless)
}
