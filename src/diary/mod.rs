//! The meetings: a folder of calendar files that other programs and strangers write as well, what
//! only we may say of them, and an index of what the files hold.
//!
//! | file | what it is | who may be believed |
//! | --- | --- | --- |
//! | `…/diary/*.ics` | times, people, words | nobody, about conferences |
//! | `state.sqlite` | conference, who was mailed, key | us alone |
//! | `index.sqlite` | what the files hold, by their stat | nobody: a cache |
//!
//! A meeting is *ours* when there is state of its UID and its file leads to no other conference than
//! that state. One whose file leads to a conference, without that, is *foreign*: another computer of
//! the user's may have made it, or somebody who would like to be believed. All others are other
//! programs' affair.

mod complete;
mod conferences;
mod find;
mod folder;
mod foreign;
mod history;
mod index;
mod listing;
mod pasted;
mod state;
mod summary;
mod writing;

use std::cell::{RefCell, RefMut};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::calendar_object::{CalendarObject, Notes};
use crate::conference::{Appointment, Status};
use crate::error::{Error, Kind, Result};

pub use complete::{Completes, Completion};
pub use conferences::Conferences;
pub use find::{Candidate, Named};
pub use foreign::Foreign;
pub use history::{Event, What};
pub use listing::Meeting;
pub use state::{RequestKey, State};
pub use summary::Summary;

use folder::{Folder, Look};
use index::{Check, Index, Indexed, Twins};
use state::{Known, States};
use summary::Content;

/// How often a file is looked at again that others write at that moment.
const MOST_LOOKS: usize = 5;

/// The meetings.
pub struct Diary {
    folder: Folder,
    /// For times without a zone, which other programs may write.
    zone: TimeZone,
    now: Timestamp,
    states: States,
    cache: Option<PathBuf>,
    clock: fn() -> Timestamp,
    index: RefCell<Option<Index>>,
}

/// Where a diary is.
pub struct Places {
    /// The folder of calendar files, which need not exist yet.
    pub folder: PathBuf,
    /// The folder of `state.sqlite`.
    pub data: PathBuf,
    /// The folder of `index.sqlite`; none: there is no home for it.
    pub cache: Option<PathBuf>,
    /// Tells the time by which file systems go, whatever the present moment is said to be.
    pub clock: fn() -> Timestamp,
}

/// A meeting of ours.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The file as it is.
    pub object: CalendarObject,
    /// What it means.
    pub appointment: Appointment,
    /// What is known of it besides.
    pub state: State,
    /// Where it was read, and what it looked like then.
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    path: PathBuf,
    look: Option<Look>,
}

/// What a file of the diary is.
enum Opened {
    Own(Box<Entry>),
    Foreign(Box<Foreign>),
    /// An appointment of other programs.
    Other(Box<CalendarObject>, Place),
    /// It is not what the index knew.
    Moved,
}

/// What can't be read, and what does not count.
#[derive(Debug, Default)]
pub struct Warnings {
    /// A clause for each file that can't be read, and could be a meeting. It stays as it is.
    unreadable: Vec<String>,
    /// A sentence for each that is none, or does not count beside another one of the same meeting.
    others: Vec<String>,
}

impl Warnings {
    /// Sentences about the files that are left out.
    pub fn sentences(&self) -> Vec<String> {
        let skipped = self
            .unreadable
            .iter()
            .map(|file| format!("{file}; it is skipped"));
        skipped.chain(self.others.iter().cloned()).collect()
    }
}

impl Diary {
    /// The diary in these places, none of which need exist yet. `now` is the present moment.
    pub fn new(places: Places, zone: TimeZone, now: Timestamp) -> Self {
        let folder = Folder::new(places.folder);
        let (files, in_zone) = (folder.clone(), zone.clone());
        Self {
            states: States::new(places.data, move || read_former(&files, &in_zone, now)),
            folder,
            zone,
            now,
            cache: places.cache,
            clock: places.clock,
            index: RefCell::new(None),
        }
    }

    /// The zone of times that name none.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Makes sure that a meeting can be written, before anything is asked of the pool.
    pub fn prepare(&self) -> Result<()> {
        if self.index()?.may_have_drafts() {
            self.folder.sweep();
        }
        self.folder.prepare()?;
        self.states.prepare()
    }

    /// Removes what processes left that were killed while they wrote.
    pub fn sweep(&self) {
        self.folder.sweep();
    }

    /// Names of the files that hold meetings, in their order; nothing where none can be read.
    pub fn file_names(&self) -> Vec<String> {
        let name = |path: PathBuf| Some(path.file_name()?.to_string_lossy().into_owned());
        let files = self.folder.files().unwrap_or_default().into_iter();
        files.filter_map(name).collect()
    }

    /// What is left out of every listing.
    pub fn warnings(&self) -> Result<Warnings> {
        let trouble = self.ask(Index::trouble)?;
        let unreadable = trouble.unreadable.iter();
        let special = trouble.special.iter().map(|name| {
            let path = self.folder.join(name);
            format!("'{}' is skipped: it is no ordinary file", path.display())
        });
        let odd = trouble.odd.iter().map(|(name, subject)| {
            let path = self.folder.join(name);
            format!(
                "'{subject}' in '{}' comes again by a rule that is not understood here, or is in a time zone that nobody knows: only its first time is shown, and in this computer's zone",
                path.display()
            )
        });
        let twins = trouble.twins.iter().map(Twins::sentence);
        Ok(Warnings {
            unreadable: unreadable
                .map(|(name, why)| unreadable_clause(&self.folder.join(name), why))
                .collect(),
            others: special.chain(odd).chain(twins).collect(),
        })
    }

    /// Our meeting of that UID, as its newest file has it.
    pub fn get(&self, uid: &str) -> Result<Option<Entry>> {
        match self.open_uid(uid)? {
            Some(Opened::Own(entry)) => Ok(Some(*entry)),
            Some(Opened::Foreign(foreign)) if foreign.known.is_some() => {
                Err(foreign.elsewhere_error())
            }
            Some(_) => Ok(None),
            // One of our own that can't be read is not absent.
            None if self.states.get(uid)?.is_some() => self.check_absent(uid).map(|()| None),
            None => Ok(None),
        }
    }

    /// The appointment of that UID in the folder, whoever made it, and our meeting if it is ours.
    pub fn get_object(&self, uid: &str) -> Result<Option<CalendarObject>> {
        match self.open_uid(uid)? {
            Some(Opened::Own(entry)) => Ok(Some(entry.object)),
            Some(Opened::Foreign(foreign)) => Ok(Some(foreign.object)),
            Some(Opened::Other(object, _)) => Ok(Some(*object)),
            Some(Opened::Moved) | None => self.check_absent(uid).map(|()| None),
        }
    }

    /// Our meetings whose UID begins so.
    pub fn get_beginning(&self, beginning: &str) -> Result<Option<Entry>> {
        for uid in self.states.uids_beginning(beginning)? {
            if let Some(entry) = self.get(&uid)? {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// Our meeting that a request with this key made, of those that `is_meant` says yes to. Fails where
    /// one is known and its file is gone or can't be read: the key is not free by that.
    pub fn get_made(
        &self,
        key: &str,
        is_meant: impl Fn(&str, &Notes) -> bool,
    ) -> Result<Option<Entry>> {
        for uid in self.states.uids_of_key(key)? {
            let known = self.states.get(&uid)?;
            if !known.is_some_and(|known| is_meant(&uid, &known.notes)) {
                continue;
            }
            let entry = self.get(&uid)?;
            return entry.map(Some).ok_or_else(|| {
                let what = format!("--key '{key}' made a meeting that is not in the diary any more");
                Error::new(Kind::NotFound, what)
                    .hint("use another key for another meeting; 'confctl list' shows the conferences that have no entry")
            });
        }
        Ok(None)
    }

    /// Refuses a key that made another meeting than that of this UID.
    pub fn check_key(&self, key: &str, uid: &str) -> Result<()> {
        let made = self.states.uids_of_key(key)?;
        match made.iter().find(|made| *made != uid) {
            None => Ok(()),
            Some(other) => {
                let what = format!("--key '{key}' stands for another meeting, {other}");
                Err(Error::new(Kind::Conflict, what))
            }
        }
    }

    /// Whether what was known of meetings before is lost.
    pub fn were_lost(&self) -> Result<bool> {
        self.states.were_lost()
    }

    /// Everything that is known to have been done about a meeting, in its order.
    pub fn history(&self, uid: &str) -> Result<Vec<Event>> {
        self.states.history(uid)
    }

    /// What was last done here about all of a meeting, but for mails; none: that is not known.
    pub fn last_change(&self, uid: &str) -> Result<Option<What>> {
        let history = self.states.history(uid)?;
        let is_whole = |event: &&Event| event.occurrence.is_none() && event.who.is_none();
        Ok(history.iter().rfind(is_whole).map(|event| event.what))
    }

    /// Whether all these versions of it are known to say newer call-in details than the one before, and
    /// nothing else.
    pub fn is_refreshed_alone(&self, uid: &str, mut versions: RangeInclusive<u32>) -> Result<bool> {
        let history = self.states.history(uid)?;
        let of_version = |sequence| {
            let events = history
                .iter()
                .filter(move |event| event.sequence == sequence && event.who.is_none());
            let mut whats = events.map(|event| event.what).peekable();
            whats.peek().is_some() && whats.all(|what| what == What::Refreshed)
        };
        Ok(versions.all(of_version))
    }

    /// The meeting of ours that was cancelled last, of those that still are, or of which an occurrence
    /// was, which is then confirmed. Fails where its file can't be read, or leads elsewhere.
    pub fn last_cancelled(&self) -> Result<Option<Entry>> {
        for (uid, is_occurrence) in self.states.uids_of_last(What::Cancelled)? {
            let entry = self
                .get(&uid)?
                .filter(|entry| is_occurrence || entry.appointment.status == Status::Cancelled);
            if entry.is_some() {
                return Ok(entry);
            }
        }
        Ok(None)
    }

    /// What the calendar says, which was written by us or made of what was read.
    fn appointment_of(&self, object: &CalendarObject) -> Result<Appointment> {
        let appointment = object.appointment(&self.zone)?;
        appointment.ok_or_else(|| Error::failed("the meeting has no conference"))
    }

    fn open_uid(&self, uid: &str) -> Result<Option<Opened>> {
        for _ in 0..MOST_LOOKS {
            self.index()?.refresh(Check::Folder)?;
            let mut indexed = self.ask(|index| index.get(uid))?;
            if indexed.is_none() {
                // A file may have been written over in its place.
                self.index()?.refresh(Check::Files)?;
                indexed = self.ask(|index| index.get(uid))?;
            }
            let Some(indexed) = indexed else {
                return Ok(None);
            };
            let is_as_known = self.ask(|index| index.is_as_known(uid))?;
            let opened = match is_as_known {
                true => self.open(&indexed)?,
                false => Opened::Moved,
            };
            match opened {
                Opened::Moved => {
                    let mut index = self.index()?;
                    index.doubt();
                    index.refresh(Check::Files)?;
                }
                opened => return Ok(Some(opened)),
            }
        }
        Err(moving_error())
    }

    /// Reads the file that the index knows.
    fn open(&self, indexed: &Indexed) -> Result<Opened> {
        let path = self.folder.join(&indexed.name);
        if folder::look(&path) != Some(indexed.look) {
            return Ok(Opened::Moved);
        }
        let kept = self.index()?.object(&indexed.name, indexed.look).cloned();
        let object = match kept {
            Some(object) => object,
            None => match summary::read(&path, &self.zone, self.now) {
                Some((Content::Meeting(_), Some(object))) => {
                    let kept = object.clone();
                    self.index()?.keep_object(&indexed.name, indexed.look, kept);
                    object
                }
                _ => return Ok(Opened::Moved),
            },
        };
        let place = Place {
            path,
            look: Some(indexed.look),
        };
        let links = indexed.summary.links.clone();
        let known = self.states.get(object.uid())?;
        match known {
            Some(known) if known.is_of(&links) => {
                let object = object.with_notes(Some(known.notes));
                let mut appointment = self.appointment_of(&object)?;
                // A file that came back from a backup is older than what people have.
                appointment.sequence = appointment.sequence.max(known.state.highest());
                Ok(Opened::Own(Box::new(Entry {
                    appointment,
                    object,
                    state: known.state,
                    place,
                })))
            }
            _ if links.is_empty() => Ok(Opened::Other(Box::new(object), place)),
            known => Ok(Opened::Foreign(Box::new(Foreign {
                outline: object.outline(&self.zone)?,
                object,
                links,
                known,
                place,
            }))),
        }
    }

    /// What the index says; one that can't be asked is made anew.
    fn ask<T>(&self, question: impl Fn(&Index) -> rusqlite::Result<T>) -> Result<T> {
        let mut index = self.index()?;
        match question(&index) {
            Ok(answer) => Ok(answer),
            Err(error) => {
                index.give_up(&error)?;
                question(&index).map_err(index_error)
            }
        }
    }

    fn index(&self) -> Result<RefMut<'_, Index>> {
        if self.index.borrow().is_none() {
            let folder = self.folder.clone();
            let cache = self.cache.as_deref();
            let opened = Index::open(cache, folder, self.zone.clone(), self.now, self.clock);
            *self.index.borrow_mut() = Some(opened.map_err(index_error)?);
        }
        let index = RefMut::filter_map(self.index.borrow_mut(), Option::as_mut);
        index.map_err(|_| Error::failed("there is no index of the diary"))
    }
}

impl Entry {
    /// The SEQUENCE of the file and a higher one that people may have: the file is an older one.
    pub fn newer_version(&self) -> Option<(u32, u32)> {
        let (own, highest) = (self.object.sequence(), self.state.highest());
        (own < highest).then_some((own, highest))
    }
}

/// What earlier versions left in the files. What can't be read stays as it is, and is foreign.
fn read_former(folder: &Folder, zone: &TimeZone, now: Timestamp) -> Vec<(String, Known)> {
    let mut newest: Vec<(CalendarObject, Known)> = Vec::new();
    for path in folder.files().unwrap_or_default() {
        let Some((Content::Meeting(_), Some(object))) = summary::read(&path, zone, now) else {
            continue;
        };
        if let Ok(Some(former)) = object.former_notes() {
            newest.push((object, former.into()));
        }
    }
    let version = |object: &CalendarObject| {
        let outline = object.outline(zone);
        (
            outline.map_or(0, |outline| outline.sequence),
            object.stamp(),
        )
    };
    newest.sort_by_key(|(object, _)| version(object));
    let newest = newest.into_iter();
    newest
        .map(|(object, known)| (object.uid().to_owned(), known))
        .collect()
}

fn unreadable_clause(path: &Path, why: &str) -> String {
    format!("'{}' can't be read: {why}", path.display())
}

/// A refusal because nobody knows what a file holds.
fn unreadable_error(file: &str) -> Error {
    Error::failed(format!("{file}, and it could be about this"))
        .hint("mend the file, or move it out of the diary")
}

fn moving_error() -> Error {
    Error::failed("the diary is changed faster than it can be read: try again")
}

fn index_error(error: rusqlite::Error) -> Error {
    Error::failed(format!("the index of the diary can't be used: {error}"))
}
