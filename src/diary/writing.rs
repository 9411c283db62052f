//! The one door: a meeting is written as the change of whatever it is by then.

use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::calendar_object::{CalendarObject, file_name};
use crate::diary::index::Check;
use crate::diary::state::Known;
use crate::diary::summary::{self, Content};
use crate::diary::{
    Diary, Entry, Event, Foreign, Opened, Place, RequestKey, State, folder, moving_error,
};
use crate::error::{Error, Kind, Result};

impl Diary {
    /// Writes a new meeting, whose UID nobody else can know, into a file of its own. What a process that
    /// was killed had written, people may have edited since: that stays.
    pub fn add(&self, object: CalendarObject, state: State) -> Result<Entry> {
        let path = self.folder.join(file_name(object.uid()));
        let look = folder::look(&path);
        if look.is_none() {
            return self.write_new(object, state, Place { path, look }, &[]);
        }
        let (there, place) = match self.open_uid(object.uid())? {
            Some(Opened::Own(there)) => (there.object, there.place),
            Some(Opened::Foreign(there)) => (there.object, there.place),
            Some(Opened::Other(there, place)) => (*there, place),
            Some(Opened::Moved) => return Err(moving_error()),
            None => {
                self.check_absent(object.uid())?;
                (object.clone(), Place { path, look })
            }
        };
        let there = there.with_notes(object.notes().cloned());
        self.write_new(there, state, place, &[])
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
        let (object, place) = match self.open_uid(&uid)? {
            Some(Opened::Other(there, place)) => (*there, place),
            Some(Opened::Foreign(there)) => (there.object, there.place),
            Some(Opened::Own(there)) => (there.object, there.place),
            Some(Opened::Moved) | None => {
                self.check_absent(&uid)?;
                let path = self.free_path(&uid);
                (object, Place { path, look: None })
            }
        };
        self.write_new(join(object)?, state, place, &[])
    }

    /// Takes a foreign meeting in, with the conference that the service has confirmed, and the key of
    /// the request that made it if somebody knows that.
    pub fn adopt(
        &self,
        foreign: Foreign,
        key: Option<RequestKey>,
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
        let is_new = now.known.is_none();
        let mut state = now.known.map(|known| known.state).unwrap_or_default();
        state.events.push(event);
        let mut object = now.object;
        change(&mut object)?;
        // A meeting whose file is gone had the same conference, under another UID: nobody was mailed this
        // one, and it is on no calendar.
        let former = self.former_uids(&object)?;
        for uid in former.iter().filter(|_| is_new) {
            let known = self.states.get(uid)?;
            state.key = state.key.or(known.and_then(|known| known.state.key));
        }
        state.key = state.key.or(key);
        self.write_new(object, state, now.place, &former)
    }

    fn former_uids(&self, object: &CalendarObject) -> Result<Vec<String>> {
        let conference = object.notes().map(|notes| &notes.conference);
        let Some(conference) = conference.filter(|conference| !conference.assigned) else {
            return Ok(Vec::new());
        };
        let mut former = self.states.uids_of_conference(&conference.id)?;
        former.retain(|uid| uid != object.uid());
        Ok(former)
    }

    /// Writes a meeting that takes the place of the meetings of those UIDs.
    fn write_new(
        &self,
        object: CalendarObject,
        mut state: State,
        place: Place,
        former: &[String],
    ) -> Result<Entry> {
        state.sequence = state.highest().max(object.sequence());
        let mut entry = Entry {
            appointment: self.appointment_of(&object)?,
            object,
            state,
            place,
        };
        self.write(&mut entry)?;
        self.keep_state_in_place_of(former, &entry.object, &entry.state)?;
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
        new.state.sequence = new.state.highest().max(new.object.sequence());
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

    fn keep_state(&self, object: &CalendarObject, state: &State) -> Result<()> {
        self.keep_state_in_place_of(&[], object, state)
    }

    fn keep_state_in_place_of(
        &self,
        former: &[String],
        object: &CalendarObject,
        state: &State,
    ) -> Result<()> {
        let Some(notes) = object.notes() else {
            return Err(Error::failed("the meeting has no conference"));
        };
        let known = Known {
            notes: notes.clone(),
            state: state.clone(),
        };
        let kept = self.states.put(former, object.uid(), &known);
        kept.map_err(|error| Error::new(Kind::HalfDone, error.to_string()).with_hints_of(&error))
    }

    fn write(&self, entry: &mut Entry) -> Result<()> {
        let path = entry.place.path.clone();
        let mut index = self.index()?;
        let was_up_to_date = index.is_up_to_date();
        let before = entry.place.look;
        let inode = folder::inode(&path);
        let written = self.folder.write(&path, entry.object.bytes(), before);
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
                index.keep_object(name, look, entry.object.clone().with_notes(None));
                if was_up_to_date {
                    index.note_folder(&path, inode);
                }
            }
            _ => index.doubt(),
        }
        Ok(())
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
}
