//! Which meeting somebody means: by Conference ID, meeting id, UID, link, a beginning of one of
//! them, or words of the subject.

use std::collections::{HashMap, HashSet};

use crate::conference::{MeetingId, Status};
use crate::diary::index::{self, Check, Index, Indexed};
use crate::diary::pasted;
use crate::diary::state::Name;
use crate::diary::{Diary, Entry, Foreign, MOST_LOOKS, Opened, moving_error};
use crate::error::Result;

/// So few meetings are looked at one by one.
const FEW: usize = 100;

/// So many words of a name make the others few enough.
const MOST_WORDS: usize = 8;

/// What a name stands for.
pub enum Named {
    /// This one of ours.
    One(Box<Entry>),
    /// This one, of which nothing is known here.
    Foreign(Box<Foreign>),
    /// Each of these, by their start.
    Several(Vec<Candidate>),
    /// Nothing in the diary.
    Nothing,
}

/// A meeting that may be meant.
pub struct Candidate {
    /// RFC 5545 3.8.4.7
    pub uid: String,
    /// What it is about.
    pub subject: String,
    /// First start.
    pub start: jiff::Zoned,
    /// Whether it takes place.
    pub status: Status,
    /// Whether nothing is known of it here but its file.
    pub is_foreign: bool,
}

/// What a meeting is called.
pub(super) struct Names {
    pub(super) uid: String,
    /// In small letters.
    title: String,
    pub(super) status: Status,
    /// Whether it is ours.
    pub(super) is_own: bool,
    /// Meeting ids, Conference ID, web link.
    ids: Vec<String>,
}

impl Diary {
    /// Finds the meeting that `name` stands for. A full id wins over a full subject, that over whole
    /// words of it, those over the beginning of an id (a letter may be both), that over parts of words.
    /// Cancelled meetings are meant where no other one is named as well: the same command once more
    /// must not hit another meeting. What a request with `key` made is not meant.
    pub fn find(&self, name: &str, key: Option<&str>) -> Result<Named> {
        let made = key.map(|key| self.states.uids_of_key(key)).transpose()?;
        let made = made.unwrap_or_default();
        for _ in 0..MOST_LOOKS {
            self.index()?.refresh(Check::Folder)?;
            let mut found = self.find_indexed(name.trim(), &made)?;
            if found.is_empty() {
                // A file may have been written over in its place.
                self.index()?.refresh(Check::Files)?;
                found = self.find_indexed(name.trim(), &made)?;
            }
            let found = match found.len() {
                0 => return Ok(Named::Nothing),
                1 => found.swap_remove(0),
                _ => return self.candidates(found).map(Named::Several),
            };
            let uid = &found.summary.uid;
            let opened = match self.ask(|index| index.is_as_known(uid))? {
                true => self.open(&found)?,
                false => Opened::Moved,
            };
            match opened {
                Opened::Own(entry) => return Ok(Named::One(entry)),
                Opened::Foreign(foreign) => return Ok(Named::Foreign(foreign)),
                Opened::Other(..) | Opened::Moved => {
                    self.index()?.doubt();
                    self.index()?.refresh(Check::Files)?;
                }
            }
        }
        Err(moving_error())
    }

    fn candidates(&self, mut found: Vec<Indexed>) -> Result<Vec<Candidate>> {
        found.sort_by_key(|found| (found.summary.start.timestamp(), found.summary.uid.clone()));
        let candidates = found.into_iter().map(|Indexed { summary, .. }| {
            let names = self.names_of(&summary.uid)?;
            Ok(Candidate {
                status: summary.status(),
                is_foreign: !names.is_some_and(|names| names.is_own),
                uid: summary.uid,
                subject: summary.subject,
                start: summary.start,
            })
        });
        candidates.collect()
    }

    fn find_indexed(&self, name: &str, made: &[String]) -> Result<Vec<Indexed>> {
        let uids = self.find_uids(name, made)?;
        let mut found = Vec::new();
        for uid in uids {
            found.extend(self.ask(|index| index.get(&uid))?);
        }
        Ok(found)
    }

    /// UIDs of those that are meant.
    fn find_uids(&self, name: &str, made: &[String]) -> Result<Vec<String>> {
        // Most names are an id, which takes no look at all the others.
        let names = self.names_called(&[name.to_owned()], made)?;
        let found = choose_called(&names, name, &[]);
        if !found.is_empty() {
            return Ok(found);
        }
        // A whole subject takes no look at the others either.
        let titled = self.ask(|index| index.titled(&name.to_lowercase(), FEW))?;
        if titled.len() <= FEW {
            let mut names = self.names_of_all(titled.into_iter().collect())?;
            names.retain(|names| !made.contains(&names.uid));
            let found = choose(&names, |names| is_titled(names, name));
            if !found.is_empty() {
                return Ok(found);
            }
        }
        let ids = pasted::ids(name);
        let found = choose_called(&self.names_called(&ids, made)?, name, &ids);
        if !found.is_empty() {
            return Ok(found);
        }
        let mut names = match self.few_candidates(name)? {
            Some(few) => self.names_of_all(few)?,
            None => self.all_names()?,
        };
        names.retain(|names| !made.contains(&names.uid));
        let ways: [fn(&Names, &str) -> bool; 4] = [is_titled, has_words, begins_with, is_about];
        let found = ways
            .iter()
            .map(|way| choose(&names, |names| way(names, name)));
        let mut found = found.filter(|found| !found.is_empty());
        Ok(found.next().unwrap_or_default())
    }

    /// Meetings that are called by one of these in full.
    fn names_called(&self, ids: &[String], made: &[String]) -> Result<Vec<Names>> {
        let mut called: HashSet<String> = HashSet::new();
        for id in ids {
            called.extend(self.states.uids_called(id)?);
            called.extend(self.ask(|index| index.called(id))?);
        }
        let mut names = self.names_of_all(called)?;
        names.retain(|names| !made.contains(&names.uid));
        Ok(names)
    }

    /// UIDs of all that may be meant by a part of their subject or by a beginning; none: they are many.
    fn few_candidates(&self, name: &str) -> Result<Option<HashSet<String>>> {
        let words = name.to_lowercase();
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        let mut few = HashSet::new();
        if !words.is_empty() {
            let some = &words[..words.len().min(MOST_WORDS)];
            few.extend(self.ask(|index| index.about(some, FEW))?);
            few.extend(self.ask(|index| index.beginning(name, FEW))?);
            let Some(known) = self.states.few_uids_beginning(name, FEW)? else {
                return Ok(None);
            };
            few.extend(known);
        }
        Ok(Some(few).filter(|few| few.len() <= FEW))
    }

    fn names_of_all(&self, uids: HashSet<String>) -> Result<Vec<Names>> {
        let _snapshot = self.states.snapshot()?;
        let mut names = Vec::new();
        for uid in uids {
            names.extend(self.names_of(&uid)?);
        }
        Ok(names)
    }

    /// What the meeting of that UID is called; none: it is neither ours nor foreign.
    fn names_of(&self, uid: &str) -> Result<Option<Names>> {
        let Some(indexed) = self.ask(|index| index.get(uid))? else {
            return Ok(None);
        };
        let known = self.states.name_of(uid)?;
        let summary = indexed.summary;
        let named = index::Named {
            uid: uid.to_owned(),
            title: summary.subject.to_lowercase(),
            is_cancelled: summary.is_cancelled,
            links: summary.links.iter().map(MeetingId::to_string).collect(),
        };
        Ok(names(named, known))
    }

    /// What all meetings are called, ours and foreign ones.
    pub(super) fn all_names(&self) -> Result<Vec<Names>> {
        let known = self.states.names()?;
        let mut known: HashMap<String, Name> = known
            .into_iter()
            .map(|name| (name.uid.clone(), name))
            .collect();
        let indexed = self.ask(Index::names)?;
        let all = indexed.into_iter().filter_map(|named| {
            let known = known.remove(&named.uid);
            names(named, known)
        });
        Ok(all.collect())
    }
}

/// None: it is neither ours nor foreign.
fn names(named: index::Named, known: Option<Name>) -> Option<Names> {
    let own = known.as_ref().filter(|known| known.is_of(&named.links));
    let is_foreign = !named.links.is_empty() && (known.is_some() || !named.is_cancelled);
    if own.is_none() && !is_foreign {
        return None;
    }
    let is_own = own.is_some();
    // One whose file leads elsewhere is still called what we know.
    let ids = known.iter().flat_map(Name::ids).cloned();
    let links = named.links.into_iter().filter(|_| !is_own);
    Some(Names {
        is_own,
        ids: ids.chain(links).collect(),
        uid: named.uid,
        title: named.title,
        status: match named.is_cancelled {
            true => Status::Cancelled,
            false => Status::Confirmed,
        },
    })
}

/// Those that take place, else the cancelled ones.
fn choose(names: &[Names], way: impl Fn(&Names) -> bool) -> Vec<String> {
    for status in [Status::Confirmed, Status::Cancelled] {
        let meant = names
            .iter()
            .filter(|names| names.status == status && way(names));
        let meant: Vec<String> = meant.map(|names| names.uid.clone()).collect();
        if !meant.is_empty() {
            return meant;
        }
    }
    Vec::new()
}

/// Those that are called so in full. Whoever writes a file chooses what it is called: so ours come
/// first, then what is called so to the letter.
fn choose_called(names: &[Names], name: &str, linked: &[String]) -> Vec<String> {
    let is_called = |names: &Names| {
        let mut ids = names.ids.iter();
        ids.any(|own| {
            own.eq_ignore_ascii_case(name) || linked.iter().any(|id| id.eq_ignore_ascii_case(own))
        })
    };
    let ways: [&dyn Fn(&Names) -> bool; 4] = [
        &|names| names.is_own && (names.uid == name || is_called(names)),
        &|names| names.uid == name,
        &|names| names.is_own && names.uid.eq_ignore_ascii_case(name),
        &|names| names.uid.eq_ignore_ascii_case(name) || is_called(names),
    ];
    let found = ways.iter().map(|way| choose(names, way));
    let mut found = found.filter(|found| !found.is_empty());
    found.next().unwrap_or_default()
}

impl Names {
    fn all(&self) -> impl Iterator<Item = &str> {
        let ids = self.ids.iter().map(String::as_str);
        std::iter::once(self.uid.as_str()).chain(ids)
    }
}

fn is_titled(names: &Names, name: &str) -> bool {
    names.title == name.to_lowercase()
}

fn begins_with(names: &Names, name: &str) -> bool {
    let begins = |own: &str| {
        let start = own.get(..name.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    !name.is_empty() && names.all().any(begins)
}

fn has_words(names: &Names, words: &str) -> bool {
    let own: Vec<&str> = names.title.split(|c: char| !c.is_alphanumeric()).collect();
    let mut words = words.split_whitespace().peekable();
    words.peek().is_some() && words.all(|word| own.contains(&word.to_lowercase().as_str()))
}

fn is_about(names: &Names, words: &str) -> bool {
    let mut words = words.split_whitespace().peekable();
    words.peek().is_some() && words.all(|word| names.title.contains(&word.to_lowercase()))
}
