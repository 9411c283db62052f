//! Names of meetings that begin so, for a shell that waits.

use jiff::Zoned;

use crate::diary::index::{Check, Index, Indexed};
use crate::diary::{Diary, folder};
use crate::error::Result;

/// So few candidates are looked at before those that are nearest in time.
const FEW: usize = 500;

/// A meeting of ours that takes place or took place.
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
    /// At most `most` of our meetings whose name begins so, those to come first, the nearest first.
    pub fn complete(&self, beginning: &str, most: usize) -> Result<Vec<Completion>> {
        for check in [Check::Folder, Check::Files] {
            self.index()?.refresh(check)?;
            let found = self.find_completions(beginning, most)?;
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

    fn find_completions(&self, beginning: &str, most: usize) -> Result<Vec<(Indexed, String)>> {
        let few = match beginning.is_empty() {
            true => None,
            false => self.states.few_uids_beginning(beginning, FEW)?,
        };
        let nearest = self.ask(Index::nearest)?;
        let mut found = Vec::new();
        for uid in nearest {
            if found.len() == most {
                break;
            }
            if few.as_ref().is_some_and(|few| !few.contains(&uid)) {
                continue;
            }
            let Some(name) = self.name_of(&uid)? else {
                continue;
            };
            let named = self.ask(|index| index.get(&uid))?;
            found.extend(
                named
                    .filter(|_| name.starts_with(beginning))
                    .map(|indexed| (indexed, name)),
            );
        }
        Ok(found)
    }

    /// The digits that people dial, else the UID, else the meeting id. A shell puts it into the
    /// command line as it is, so it is nothing that a shell would obey. None: it is not ours.
    fn name_of(&self, uid: &str) -> Result<Option<String>> {
        let Some(known) = self.states.get(uid)? else {
            return Ok(None);
        };
        let indexed = self.ask(|index| index.get(uid))?;
        let links = indexed.map(|indexed| indexed.summary.links);
        if !known.is_of(&links.unwrap_or_default()) {
            return Ok(None);
        }
        let conference = known.notes.conference;
        let digits = conference.ways_in.dial_in.map(|dial_in| dial_in.id);
        if let Some(digits) = digits
            && self.states.count_dial_in(digits.as_str())? == 1
        {
            return Ok(Some(digits.to_string()));
        }
        Ok(Some(match is_harmless(uid) {
            true => uid.to_owned(),
            false => conference.id.to_string(),
        }))
    }
}

fn is_harmless(word: &str) -> bool {
    let harmless = |b: u8| b.is_ascii_alphanumeric() || b"@._-".contains(&b);
    !word.is_empty() && !word.starts_with('-') && word.bytes().all(harmless)
}
