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
mod find;
mod folder;
mod history;
mod index;
mod state;
mod summary;

use std::cell::{RefCell, RefMut};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::calendar_object::{CalendarObject, Notes, file_name};
use crate::conference::{Appointment, MeetingId, Outline, Status};
use crate::error::{Error, Kind, Result};

pub use complete::Completion;
pub use find::{Candidate, Named};
pub use history::{Event, What};
pub use state::{RequestKey, State};
pub use summary::Summary;

use folder::{Folder, Look};
use index::{Check, Index, Indexed, Twins};
use state::{Known, Name, States};
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

/// A meeting whose file leads to a conference of which nothing is known here.
#[derive(Clone, Debug)]
pub struct Foreign {
    /// The file as it is.
    pub object: CalendarObject,
    /// What it says.
    pub outline: Outline,
    /// Where its links lead, at least one.
    pub links: Vec<MeetingId>,
    /// What was known of it, with another conference; none: nothing was.
    known: Option<Known>,
    place: Place,
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
        let owner = owner.and_then(|owner| owner.strip_prefix("sip:"));
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

    /// For those who must not take a meeting for absent that can't be read.
    fn check_whole(&self) -> Result<()> {
        match self.unreadable.first() {
            Some(file) => Err(unreadable_error(file)),
            None => Ok(()),
        }
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
        let twins = trouble.twins.iter().map(Twins::sentence);
        Ok(Warnings {
            unreadable: unreadable
                .map(|(name, why)| unreadable_clause(&self.folder.join(name), why))
                .collect(),
            others: special.chain(twins).collect(),
        })
    }

    /// The meetings, ours and foreign ones, of which an occurrence ends after `from` and starts before
    /// `until`, by that occurrence.
    pub fn list(
        &self,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<(Vec<Meeting>, Warnings)> {
        for _ in 0..MOST_LOOKS {
            self.index()?.refresh(Check::Files)?;
            if let Some(mut listed) = self.list_indexed(from, until)? {
                listed.sort_by_key(|listed| listed.at.0.timestamp());
                return Ok((listed, self.warnings()?));
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
    ) -> Result<Option<Vec<Meeting>>> {
        let mut listed = Vec::new();
        for (indexed, at) in self.ask(|index| index.between(from, until))? {
            let summary = &indexed.summary;
            let known = self.states.get(&summary.uid)?;
            let is_known = known.is_some();
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

    /// The conferences of all meetings that take place, ours and foreign ones, as
    /// [`MeetingId::folded`].
    pub fn conferences(&self) -> Result<HashSet<String>> {
        let mut known: HashMap<String, Name> = HashMap::new();
        for name in self.states.names()? {
            known.insert(name.uid.clone(), name);
        }
        let mut conferences = HashSet::new();
        for named in self.ask(Index::names)? {
            if named.is_cancelled {
                continue;
            }
            let own = known.get(&named.uid);
            match own.filter(|own| own.is_of(&named.links)) {
                Some(own) => conferences.extend(own.conferences().map(str::to_ascii_uppercase)),
                None => conferences.extend(named.links.iter().map(|id| id.to_ascii_uppercase())),
            }
        }
        Ok(conferences)
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

    /// Our meeting of that UID, as its newest file has it.
    pub fn get(&self, uid: &str) -> Result<Option<Entry>> {
        match self.open_uid(uid)? {
            Some(Opened::Own(entry)) => Ok(Some(*entry)),
            Some(Opened::Foreign(foreign)) if foreign.known.is_some() => {
                Err(foreign.elsewhere_error())
            }
            Some(_) => Ok(None),
            // One of our own that can't be read is not absent.
            None if self.states.get(uid)?.is_some() => {
                self.warnings()?.check_whole().map(|()| None)
            }
            None => Ok(None),
        }
    }

    /// The appointment of that UID in the folder, whoever made it, and our meeting if it is ours.
    pub fn get_object(&self, uid: &str) -> Result<Option<CalendarObject>> {
        match self.open_uid(uid)? {
            Some(Opened::Own(entry)) => Ok(Some(entry.object)),
            Some(Opened::Foreign(foreign)) => Ok(Some(foreign.object)),
            Some(Opened::Other(object, _)) => Ok(Some(*object)),
            Some(Opened::Moved) | None => self.warnings()?.check_whole().map(|()| None),
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

    /// Whether a meeting that takes place, other than that of `but`, has this conference, or its file
    /// says so: a copy by hand is foreign, and still somebody's meeting. Fails while a file can't be
    /// read that could be one.
    pub fn is_in_use(&self, id: &MeetingId, but: Option<&str>) -> Result<bool> {
        self.index()?.refresh(Check::Folder)?;
        self.warnings()?.check_whole()?;
        let known = self.states.uids_of_conference(id)?;
        let linked = self.ask(|index| index.called(id.as_str()))?;
        let others = known.into_iter().chain(linked);
        for uid in others.filter(|uid| Some(uid.as_str()) != but) {
            let found = self.ask(|index| index.get(&uid))?;
            if found.is_some_and(|found| found.summary.status() == Status::Confirmed) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// UIDs of other meetings of ours in the folder with this conference.
    pub fn others_with(&self, id: &MeetingId, uid: &str) -> Result<Vec<String>> {
        self.index()?.refresh(Check::Files)?;
        self.warnings()?.check_whole()?;
        let mut others = Vec::new();
        for other in self.states.uids_of_conference(id)? {
            if other != uid && self.ask(|index| index.get(&other))?.is_some() {
                others.push(other);
            }
        }
        Ok(others)
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
            if uids.contains(&indexed.summary.uid) {
                entries.extend(self.get(&indexed.summary.uid)?);
            }
        }
        Ok(entries)
    }

    /// The same meeting, read again if its file is another one by now.
    pub fn reread(&self, entry: Entry) -> Result<Entry> {
        let is_same = folder::look(&entry.place.path) == entry.place.look;
        if is_same && entry.place.look.is_some() && !self.has_newer(&entry)? {
            return Ok(entry);
        }
        self.index()?.doubt();
        self.get(entry.object.uid())?.ok_or_else(|| {
            let subject = &entry.appointment.subject;
            let what = format!("'{subject}' is not in the diary any more");
            Error::new(Kind::NotFound, what)
        })
    }

    /// Whether another file of the same meeting counts by now.
    fn has_newer(&self, entry: &Entry) -> Result<bool> {
        self.index()?.doubt();
        self.index()?.refresh(Check::Folder)?;
        let newest = self.ask(|index| index.get(entry.object.uid()))?;
        Ok(newest.is_none_or(|newest| self.folder.join(&newest.name) != entry.place.path))
    }

    /// Writes a new meeting, whose UID nobody else can know, into a file of its own.
    pub fn add(&self, object: CalendarObject, state: State) -> Result<Entry> {
        let path = self.folder.join(file_name(object.uid()));
        self.write_new(object, state, path)
    }

    /// Makes an appointment ours that had no conference so far, whatever it is by now: `join` is given
    /// what the folder has of that UID, or `object`, and gives it a conference.
    pub fn join(
        &self,
        object: CalendarObject,
        state: State,
        join: impl FnOnce(CalendarObject) -> Result<CalendarObject>,
    ) -> Result<Entry> {
        let uid = object.uid().to_owned();
        self.index()?.doubt();
        let (object, path) = match self.open_uid(&uid)? {
            Some(Opened::Other(there, place)) => (*there, place.path),
            Some(Opened::Foreign(there)) => (there.object, there.place.path),
            Some(Opened::Own(there)) => (there.object, there.place.path),
            Some(Opened::Moved) | None => {
                self.warnings()?.check_whole()?;
                (object, self.free_path(&uid))
            }
        };
        self.write_new(join(object)?, state, path)
    }

    /// Takes a foreign meeting in, with the conference that the service has confirmed.
    pub fn adopt(
        &self,
        foreign: Foreign,
        event: Event,
        change: impl FnOnce(&mut CalendarObject) -> Result<()>,
    ) -> Result<Entry> {
        self.index()?.doubt();
        let now = match self.open_uid(&foreign.outline.uid)? {
            Some(Opened::Foreign(now)) if now.object == foreign.object => now,
            _ => {
                let what = format!("'{}' was changed meanwhile", foreign.outline.subject);
                return Err(Error::failed(what).hint("nothing was adopted: run it again"));
            }
        };
        let mut state = now.known.map(|known| known.state).unwrap_or_default();
        state.events.push(event);
        let mut object = now.object;
        change(&mut object)?;
        let entry = self.write_new(object, state, now.place.path)?;
        self.forget_former(&entry)?;
        Ok(entry)
    }

    /// A meeting whose file is gone had the same conference. Should the file come back, it is foreign.
    fn forget_former(&self, entry: &Entry) -> Result<()> {
        let conference = &entry.appointment.conference;
        if conference.assigned {
            return Ok(());
        }
        let mut former = self.states.uids_of_conference(&conference.id)?;
        former.retain(|uid| uid != entry.object.uid());
        former.iter().try_for_each(|uid| self.states.remove(uid))
    }

    fn write_new(&self, object: CalendarObject, state: State, path: PathBuf) -> Result<Entry> {
        let mut entry = Entry {
            appointment: self.appointment_of(&object)?,
            object,
            state,
            place: Place { path, look: None },
        };
        self.write(&mut entry)?;
        self.keep_state(&entry.object, &entry.state)?;
        entry.state.events.clear();
        Ok(entry)
    }

    /// The one door through which our meetings are changed: applies a change to whatever the meeting is
    /// by now, which others may have edited since it was read, and writes it. Nothing is written if the
    /// change makes no difference.
    pub fn edit<T>(
        &self,
        entry: &mut Entry,
        change: impl FnOnce(&mut Entry) -> Result<T>,
    ) -> Result<T> {
        let before = self.reread(entry.clone())?;
        let mut new = before.clone();
        let changed = change(&mut new)?;
        let id = |entry: &Entry| {
            entry
                .object
                .notes()
                .map(|notes| notes.conference.id.clone())
        };
        let (former, coming) = (id(&before), id(&new));
        let is_another = former != coming;
        if is_another {
            // Whatever ends this between the two, the file leads to no conference of others.
            let announced = State {
                coming,
                ..before.state.clone()
            };
            self.keep_state(&before.object, &announced)?;
        }
        // The file first: with older notes beside it, the same change makes the same of it again.
        if new.object.bytes() != before.object.bytes()
            && let Err(error) = self.write(&mut new)
        {
            if is_another {
                // Nothing leads there. Where this fails as well, the next edit does it.
                let _ = self.keep_state(&before.object, &before.state);
            }
            return Err(error);
        }
        if new.state != before.state || new.object.notes() != before.object.notes() {
            new.state.coming = None;
            self.keep_state(&new.object, &new.state)?;
            new.state.events.clear();
        }
        if new.object != before.object {
            new.appointment = self.appointment_of(&new.object)?;
        }
        *entry = new;
        Ok(changed)
    }

    /// Removes a meeting of ours that is over since before that moment, and what is known of it. False:
    /// others changed it meanwhile, or it is in another file too, which would come back.
    pub fn remove(&self, entry: &Entry, before: Timestamp) -> Result<bool> {
        self.index()?.doubt();
        self.index()?.refresh(Check::Files)?;
        let uid = entry.object.uid();
        let count = self.ask(|index| index.count_files(uid))?;
        let is_over = self
            .ask(|index| index.over(before))?
            .iter()
            .any(|over| over == uid);
        let is_as_read = folder::look(&entry.place.path) == entry.place.look;
        if count != 1 || !is_over || !is_as_read {
            return Ok(false);
        }
        let removed = self.folder.remove(&entry.place.path);
        removed.map_err(|error| {
            let path = entry.place.path.display();
            Error::failed(format!("'{path}' could not be removed: {error}"))
        })?;
        self.index()?.doubt();
        self.states.remove(uid)?;
        Ok(true)
    }

    /// Everything that is known to have been done about a meeting, in its order.
    pub fn history(&self, uid: &str) -> Result<Vec<Event>> {
        self.states.history(uid)
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

    fn keep_state(&self, object: &CalendarObject, state: &State) -> Result<()> {
        let Some(notes) = object.notes() else {
            return Err(Error::failed("the meeting has no conference"));
        };
        let known = Known {
            notes: notes.clone(),
            state: state.clone(),
        };
        let kept = self.states.put(object.uid(), &known);
        kept.map_err(|error| Error::new(Kind::HalfDone, error.to_string()).with_hints_of(&error))
    }

    fn write(&self, entry: &mut Entry) -> Result<()> {
        let path = entry.place.path.clone();
        let mut index = self.index()?;
        let was_up_to_date = index.is_up_to_date();
        let written = self.folder.write(&path, entry.object.bytes());
        entry.place.look = written.map_err(|error| {
            let path = path.display();
            let what = format!("the diary entry '{path}' could not be written: {error}");
            Error::new(Kind::HalfDone, what)
        })?;
        let summary = summary::summarize(&entry.object, &self.zone, self.now);
        match (path.file_name(), entry.place.look, summary) {
            (Some(name), Some(look), Ok(summary)) => {
                let content = Content::Meeting(Box::new(summary));
                index.note_written(name, look, &content);
                if was_up_to_date {
                    index.believe_folder();
                }
            }
            _ => index.doubt(),
        }
        Ok(())
    }

    /// What the calendar says, which was written by us or made of what was read.
    fn appointment_of(&self, object: &CalendarObject) -> Result<Appointment> {
        let appointment = object.appointment(&self.zone)?;
        appointment.ok_or_else(|| Error::failed("the meeting has no conference"))
    }

    /// Where a new meeting of that UID shall be.
    fn free_path(&self, uid: &str) -> PathBuf {
        let usual = file_name(uid);
        let others = (1..).map(|number| format!("confctl-{number}-{usual}"));
        let mut names = std::iter::once(usual.clone()).chain(others);
        let is_free = |name: &String| fs::symlink_metadata(self.folder.join(name)).is_err();
        let free = names.find(is_free);
        self.folder.join(free.unwrap_or(usual))
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
        let read = self.index()?.take_object(&indexed.name, &indexed.look);
        let object = match read {
            Some(object) => object,
            None => match summary::read(&path, &self.zone, self.now) {
                Some((Content::Meeting(_), Some(object))) => object,
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
                appointment.sequence = appointment.sequence.max(known.state.highest_mailed());
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

impl Drop for Diary {
    /// What was written a moment ago is old enough by now to be believed the next time.
    fn drop(&mut self) {
        if let Some(index) = self.index.borrow_mut().as_mut() {
            index.settle();
        }
    }
}

impl Entry {
    /// The SEQUENCE of the file and a higher one that people were mailed: the file is an older one.
    pub fn mailed_since(&self) -> Option<(u32, u32)> {
        let outline = self.object.outline(self.appointment.start.time_zone());
        let (own, mailed) = (outline.ok()?.sequence, self.state.highest_mailed());
        (own < mailed).then_some((own, mailed))
    }
}

impl Foreign {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.place.path
    }

    /// The conference that it is about: the one that is known here, else the only one that its links
    /// lead to; none: they lead to several.
    pub fn conference(&self) -> Option<&MeetingId> {
        let known = self.former_conference();
        let known = known.filter(|known| self.links.iter().any(|link| link.is(known)));
        known.or(match self.links.as_slice() {
            [link] => Some(link),
            _ => None,
        })
    }

    /// The conferences that its links lead to, for people.
    pub fn shown_links(&self) -> String {
        let links: Vec<&str> = self.links.iter().map(MeetingId::as_str).collect();
        links.join(" and ")
    }

    /// The conference that was known of it before; none: nothing was known.
    pub fn former_conference(&self) -> Option<&MeetingId> {
        self.known.as_ref().map(|known| &known.notes.conference.id)
    }

    /// A refusal because its file leads to another conference than is known here.
    fn elsewhere_error(&self) -> Error {
        let what = format!(
            "the file of '{}' leads to the conference {}, and another one is known here: another computer may have changed it, or somebody else",
            self.outline.subject,
            self.shown_links()
        );
        Error::new(Kind::Refused, what).hint(format!(
            "'confctl adopt {}' asks the pool whether it is yours",
            crate::report::shell_word(&self.outline.uid)
        ))
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
