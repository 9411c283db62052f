//! Which meetings have which conference, and what may be said of one whose file can't be read.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::conference::{MeetingId, Status};
use crate::diary::index::{Check, Index};
use crate::diary::state::Name;
use crate::diary::{Diary, folder, summary, unreadable_clause, unreadable_error};
use crate::error::{Error, Kind, Result};
use crate::report::shell_word;

/// Conferences of the diary's meetings, as [`MeetingId::folded`].
#[derive(Default)]
pub struct Conferences {
    /// Those of meetings that take place, ours and foreign ones.
    pub in_use: HashSet<String>,
    /// Those of meetings of ours that are cancelled.
    pub of_cancelled: HashSet<String>,
    /// Those of meetings of ours whose file can't be read.
    pub of_unreadable: HashSet<String>,
}

impl Diary {
    /// The conferences of all meetings, ours and foreign ones.
    pub fn conferences(&self) -> Result<Conferences> {
        let mut known: HashMap<String, Name> = HashMap::new();
        for name in self.states.names()? {
            known.insert(name.uid.clone(), name);
        }
        let mut conferences = Conferences::default();
        for named in self.ask(Index::names)? {
            let known = known.remove(&named.uid);
            let leads_elsewhere = known
                .as_ref()
                .is_some_and(|known| !known.is_of(&named.links));
            // Whatever others wrote into the file, what is known here is not nobody's.
            let own = known.iter().flat_map(Name::conferences);
            let own = own.map(str::to_ascii_uppercase);
            match named.is_cancelled && !leads_elsewhere {
                true => conferences.of_cancelled.extend(own),
                false => {
                    let links = named.links.iter().map(|link| link.to_ascii_uppercase());
                    conferences.in_use.extend(own.chain(links));
                }
            }
        }
        let unreadable = self.ask(Index::trouble)?.unreadable;
        let mut left = folder::MOST_SEARCHED;
        for name in known.values().filter(|_| !unreadable.is_empty()) {
            let mut ids = std::iter::once(name.uid.as_str()).chain(name.conferences());
            let may_be_there = ids.any(|id| {
                let mut files = unreadable.iter();
                files.any(|(file, _)| summary::may_hold(&self.folder.join(file), id, &mut left))
            });
            if may_be_there {
                let own = name.conferences().map(str::to_ascii_uppercase);
                conferences.of_unreadable.extend(own);
            }
        }
        Ok(conferences)
    }

    /// UIDs of our meetings that have this conference, or are about to.
    pub fn uids_of_conference(&self, id: &MeetingId) -> Result<Vec<String>> {
        self.states.uids_of_conference(id)
    }

    /// Whether a meeting that takes place, other than that of `but`, has this conference, or its file
    /// says so: a copy by hand is foreign, and still somebody's meeting. Fails while a file can't be
    /// read that could be one.
    pub fn is_in_use(&self, id: &MeetingId, but: Option<&str>) -> Result<bool> {
        self.index()?.refresh(Check::Folder)?;
        let mut uids = self.uids_with(id)?;
        for uid in &uids {
            if !self.ask(|index| index.is_as_known(uid))? {
                // It was written over in its place.
                self.index()?.doubt();
                self.index()?.refresh(Check::Files)?;
                uids = self.uids_with(id)?;
                break;
            }
        }
        self.check_absent(id.as_str())?;
        for uid in uids.iter().filter(|uid| Some(uid.as_str()) != but) {
            let found = self.ask(|index| index.get(uid))?;
            if found.is_some_and(|found| found.summary.status() == Status::Confirmed) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// UIDs of the meetings that have this conference, by what is known or by a link in their file.
    fn uids_with(&self, id: &MeetingId) -> Result<Vec<String>> {
        let mut uids = self.states.uids_of_conference(id)?;
        uids.extend(self.ask(|index| index.called(id.as_str()))?);
        Ok(uids)
    }

    /// Whom a meeting of ours was mailed to that had this conference and is in the diary no more. Fails
    /// while a file leads to it, or can't be read and could be the meeting.
    pub fn mailed_of_gone(&self, id: &MeetingId) -> Result<BTreeSet<String>> {
        let mut index = self.index()?;
        index.doubt();
        index.refresh(Check::Files)?;
        drop(index);
        if let Some(uid) = self.ask(|index| index.called(id.as_str()))?.first() {
            let what = format!("the meeting {uid} in the diary has the conference {id}");
            return Err(Error::new(Kind::Refused, what).hint(format!(
                "if it is yours, 'confctl adopt {}' takes it in",
                shell_word(uid)
            )));
        }
        self.check_absent(id.as_str())?;
        let mut mailed = BTreeSet::new();
        for uid in self.states.uids_of_conference(id)? {
            self.check_absent(&uid)?;
            let known = self.states.get(&uid)?;
            let sent = known.map(|known| known.state.sent).unwrap_or_default();
            let people = sent.keys().filter(|key| !key.starts_with('*'));
            // What tells of one occurrence names that behind a blank.
            let people = people.filter_map(|key| key.split(' ').next());
            mailed.extend(people.map(str::to_owned));
        }
        Ok(mailed)
    }

    /// UIDs of other meetings of ours in the folder with this conference.
    pub fn others_with(&self, id: &MeetingId, uid: &str) -> Result<Vec<String>> {
        self.index()?.refresh(Check::Files)?;
        let mut others = self.states.uids_of_conference(id)?;
        others.retain(|other| other != uid);
        let mut there = Vec::new();
        for other in others {
            match self.ask(|index| index.get(&other))? {
                Some(_) => there.push(other),
                None => self.check_absent(&other)?,
            }
        }
        Ok(there)
    }

    /// Refuses to take a meeting for absent whose UID, or conference, a file may hold that can't be
    /// read.
    pub(super) fn check_absent(&self, id: &str) -> Result<()> {
        if self.ask(Index::trouble)?.unreadable.is_empty() {
            return Ok(());
        }
        // It may have been mended in its place.
        self.index()?.refresh(Check::Files)?;
        let mut left = folder::MOST_SEARCHED;
        for (name, why) in self.ask(Index::trouble)?.unreadable {
            let path = self.folder.join(name);
            if summary::may_hold(&path, id, &mut left) {
                return Err(unreadable_error(&unreadable_clause(&path, &why)));
            }
        }
        Ok(())
    }
}
