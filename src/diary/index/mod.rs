//! What the files hold, so that nobody reads all of them for one: a cache, never the truth. In doubt
//! it is made anew, and where it can't be kept, in memory.

mod questions;
mod tables;

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};

use crate::calendar_object::CalendarObject;
use crate::database::Database;
use crate::diary::folder::{self, Folder, Look, Names, look};
use crate::diary::index::tables::{Writer, in_memory};
use crate::diary::summary::{self, Content};
use crate::error::{Error, Result};
use crate::when;

pub use questions::{Indexed, Named, Twins};

/// Occurrences must be known so far ahead.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 200);

/// So many files are not changed by hand.
const MANY: usize = 100;

/// Most bytes of files that are kept because they were read anyway.
const MOST_KEPT: usize = 2 << 20;

/// Of a meeting whose occurrences are not known from ?3 to ?2.
const UNCOVERED: &str =
    "covered_until < ?2 AND (last IS NULL OR last > covered_until) OR covered_from > ?3";

/// How much is looked at before the index is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Each file's stat.
    Files,
    /// The folder's, which says whether files came, went or were replaced.
    Folder,
}

/// The index of one folder.
pub struct Index {
    database: Database,
    folder: Folder,
    zone: TimeZone,
    now: Timestamp,
    clock: fn() -> Timestamp,
    id: i64,
    /// Whether the folder looks as the index knows it.
    is_checked: Option<Check>,
    /// What the folder looked like when this process looked through it last.
    seen: Option<Look>,
    /// What was read in this process.
    objects: Objects,
}

/// What files hold, the oldest first.
#[derive(Default)]
struct Objects {
    kept: Vec<Kept>,
    /// Bytes of all.
    size: usize,
}

struct Kept {
    name: OsString,
    look: Look,
    object: CalendarObject,
}

impl Objects {
    fn have_room(&self, object: &CalendarObject) -> bool {
        self.size + object.bytes().len() <= MOST_KEPT
    }

    /// The oldest give way.
    fn keep(&mut self, name: &OsStr, look: Look, object: CalendarObject) {
        self.remove(|kept| kept.name == name);
        while !self.have_room(&object) && !self.kept.is_empty() {
            let removed = self.kept.remove(0);
            self.size -= removed.object.bytes().len();
        }
        self.size += object.bytes().len();
        self.kept.push(Kept {
            name: name.to_owned(),
            look,
            object,
        });
    }

    fn remove(&mut self, is_meant: impl Fn(&Kept) -> bool) {
        let size = &mut self.size;
        self.kept.retain(|kept| {
            let stays = !is_meant(kept);
            if !stays {
                *size -= kept.object.bytes().len();
            }
            stays
        });
    }
}

/// The files that are to be looked at, by name.
struct Listed {
    /// What each looks like; none: that was not asked.
    files: HashMap<OsString, Option<Look>>,
    names: Names,
    has_drafts: bool,
    /// Of the folder, before it was read.
    look: Option<Look>,
    /// Then, in nanoseconds since 1970.
    at: i64,
}

impl Index {
    /// The index in the cache folder; none: there is no such folder. Whatever is wrong with it, there
    /// is one in memory.
    pub fn open(
        cache: Option<&Path>,
        folder: Folder,
        zone: TimeZone,
        now: Timestamp,
        clock: fn() -> Timestamp,
    ) -> rusqlite::Result<Self> {
        let kept = cache.and_then(|cache| tables::open(&cache.join("index.sqlite")).ok());
        let database = match kept {
            Some(database) => database,
            None => in_memory()?,
        };
        let mut index = Self {
            database,
            folder,
            zone,
            now,
            clock,
            id: 0,
            is_checked: None,
            seen: None,
            objects: Objects::default(),
        };
        if index.enter().is_err() {
            index.database = in_memory()?;
            index.enter()?;
        }
        Ok(index)
    }

    /// Nanoseconds since 1970.
    fn clock_nanoseconds(&self) -> i64 {
        nanoseconds(self.clock)
    }

    /// Finds the folder's row, or makes it.
    fn enter(&mut self) -> rusqlite::Result<()> {
        let path = self.folder.path().as_os_str().as_bytes().to_owned();
        let zone = name_of(&self.zone, self.now);
        let found = self.database.query_row(
            "SELECT id, zone FROM folder WHERE path = ?1",
            [&path],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)),
        );
        let found = found.optional()?;
        if let Some((id, _)) = found.as_ref().filter(|(_, known)| *known == zone) {
            self.id = *id;
            return Ok(());
        }
        self.id = self.database.write(|transaction| {
            // Times without a zone are others in another one.
            if let Some((id, _)) = found {
                transaction.execute("DELETE FROM file WHERE folder = ?1", [id])?;
                transaction.execute("DELETE FROM folder WHERE id = ?1", [id])?;
            }
            let sql = "INSERT INTO folder (path, zone) VALUES (?1, ?2)
                ON CONFLICT (path) DO UPDATE SET zone = zone RETURNING id";
            transaction.query_row(sql, params![path, zone], |row| row.get(0))
        })?;
        Ok(())
    }

    /// Makes the index say what the folder holds. An index that can't be written goes on in memory.
    pub fn refresh(&mut self, check: Check) -> Result<()> {
        let is_enough = match self.is_checked {
            Some(Check::Files) => true,
            Some(Check::Folder) => check == Check::Folder,
            None => false,
        };
        let is_unchanged = || self.is_as_seen() || self.is_folder_unchanged();
        if is_enough || check == Check::Folder && is_unchanged() {
            self.is_checked.get_or_insert(check);
            return Ok(());
        }
        let done = match self.read_changed(check)? {
            Ok(done) => done,
            Err(error) => {
                self.leave(&error)?;
                self.read_changed(check)?.map_err(|error| {
                    Error::failed(format!("the diary can't be looked through: {error}"))
                })?
            }
        };
        self.is_checked = Some(done);
        Ok(())
    }

    /// Whether there may be a draft that somebody left who was killed while it wrote.
    pub fn may_have_drafts(&self) -> bool {
        let sql = "SELECT drafts FROM folder WHERE id = ?1";
        let drafts = self.database.query_row(sql, [self.id], |row| row.get(0));
        self.is_checked.is_none() || drafts.unwrap_or(true)
    }

    /// Goes on without the file that could not be asked.
    pub fn give_up(&mut self, error: &rusqlite::Error) -> Result<()> {
        self.leave(error)?;
        self.doubt();
        self.refresh(Check::Files)
    }

    /// What is to be looked at again, because it was found to be otherwise.
    pub fn doubt(&mut self) {
        self.is_checked = None;
    }

    /// Goes on in memory. A file that is no index is removed, so that the next process makes one.
    fn leave(&mut self, error: &rusqlite::Error) -> Result<()> {
        let path = self.database.path().unwrap_or_default().to_owned();
        if tables::is_damaged(error) && !path.is_empty() {
            tables::remove_file(Path::new(&path));
        }
        let made = in_memory().and_then(|database| {
            self.database = database;
            self.enter()
        });
        made.map_err(|error| Error::failed(format!("no index can be made: {error}")))
    }

    /// Whether the folder looks as this process saw it a moment ago.
    fn is_as_seen(&self) -> bool {
        self.seen.is_some() && self.seen == look(self.folder.path())
    }

    /// Whether nothing came, went or was replaced since the folder was looked through.
    fn is_folder_unchanged(&self) -> bool {
        let known = self.known_folder();
        known.is_some_and(|(known, is_fresh, _)| {
            !is_fresh && known.is_some() && known == look(self.folder.path())
        })
    }

    /// Whether the folder looks as it did, though that may have been too recent to be believed.
    fn looks_as_known(&self) -> bool {
        let known = self.known_folder().and_then(|(known, ..)| known);
        known.is_some() && known == look(self.folder.path())
    }

    /// What the folder looked like, whether that was too recent to be believed, and what it held.
    fn known_folder(&self) -> Option<(Option<Look>, bool, Option<Names>)> {
        let sql = "SELECT look, fresh, names FROM folder WHERE id = ?1";
        let known = self.database.query_row(sql, [self.id], |row| {
            let look = row.get_ref(0)?.as_blob_or_null()?;
            let names: Option<i64> = row.get(2)?;
            Ok((
                look.and_then(Look::of_bytes),
                row.get(1)?,
                names.map(Names::of_number),
            ))
        });
        known.ok()
    }

    /// Reads what is not as it was. Gives what was looked at for that, which may be more than was asked.
    /// Fails outside where the folder can't be read, inside where the database can't be written.
    fn read_changed(&mut self, check: Check) -> Result<rusqlite::Result<Check>> {
        if check == Check::Folder
            && self.looks_as_known()
            && let Some(listed) = self.list_doubtful()?
        {
            self.seen = listed.look;
            return Ok(self.take_down(&listed, &[]).map(|()| check));
        }
        let before = look(self.folder.path());
        let looks = self.folder.looks()?;
        let files = looks.files.into_iter();
        let mut listed = Listed {
            files: files.map(|(name, look)| (name, Some(look))).collect(),
            names: looks.names,
            has_drafts: looks.has_drafts,
            look: before,
            at: self.clock_nanoseconds(),
        };
        self.seen = listed.look;
        Ok(self
            .known(&mut listed.files)
            .and_then(|gone| self.take_down(&listed, &gone))
            .map(|()| Check::Files))
    }

    /// What the index itself is not sure of, where the folder has the names that it knows; none: it has
    /// others.
    fn list_doubtful(&self) -> Result<Option<Listed>> {
        let before = look(self.folder.path());
        let listing = self.folder.names()?;
        let known = self.known_folder().and_then(|(.., names)| names);
        if known != Some(listing.names) {
            return Ok(None);
        }
        let Ok(files) = self.doubtful() else {
            return Ok(None);
        };
        Ok(Some(Listed {
            files: files.into_iter().map(|name| (name, None)).collect(),
            names: listing.names,
            has_drafts: listing.has_drafts,
            look: before,
            at: self.clock_nanoseconds(),
        }))
    }

    /// Files that may have been changed since they were read, without looking otherwise, and those of
    /// which too few occurrences are known.
    fn doubtful(&self) -> rusqlite::Result<Vec<OsString>> {
        let sql = format!(
            "SELECT name FROM file INDEXED BY file_in_haste WHERE folder = ?1 AND fresh
            UNION SELECT name FROM file INDEXED BY file_covered
                WHERE folder = ?1 AND covered_until IS NOT NULL AND ({UNCOVERED})"
        );
        let mut statement = self.database.prepare(&sql)?;
        let rows = statement.query_map(self.covered(), |row| {
            Ok(OsStr::from_bytes(row.get_ref(0)?.as_blob()?).to_owned())
        })?;
        rows.collect()
    }

    /// The folder, and between which seconds occurrences must be known.
    fn covered(&self) -> [i64; 3] {
        let needed = self.now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
        [self.id, needed.as_second(), self.now.as_second()]
    }

    /// Takes those files out that look as they did when they were read. Gives the names of those that
    /// are there no more.
    fn known(
        &self,
        files: &mut HashMap<OsString, Option<Look>>,
    ) -> rusqlite::Result<Vec<OsString>> {
        let mut statement = self.database.prepare(&format!(
            "SELECT name, look, fresh OR ({UNCOVERED}) FROM file WHERE folder = ?1"
        ))?;
        let mut rows = statement.query(self.covered())?;
        let mut gone = Vec::new();
        while let Some(row) = rows.next()? {
            let name = OsStr::from_bytes(row.get_ref(0)?.as_blob()?);
            let is_doubtful = row.get::<_, Option<bool>>(2)?.unwrap_or(false);
            let known = Look::of_bytes(row.get_ref(1)?.as_blob()?);
            match files.get(name) {
                None => gone.push(name.to_owned()),
                Some(seen) if !is_doubtful && known.is_some() && known == *seen => {
                    files.remove(name);
                }
                Some(_) => {}
            }
        }
        Ok(gone)
    }

    fn take_down(&mut self, changed: &Listed, gone: &[OsString]) -> rusqlite::Result<()> {
        let is_fresh = changed.look.is_none_or(|look| look.is_fresh(changed.at));
        let is_known = self.known_folder() == Some((changed.look, is_fresh, Some(changed.names)));
        let count = gone.len() + changed.files.len();
        if count == 0 && is_known {
            return Ok(());
        }
        let (id, zone, now) = (self.id, &self.zone, self.now);
        let (folder, clock, objects) = (&self.folder, self.clock, &mut self.objects);
        self.database.write(|transaction| {
            let mut writer = Writer::new(transaction, id);
            for name in gone {
                writer.remove(name)?;
            }
            let mut names: Vec<&OsString> = changed.files.keys().collect();
            names.sort();
            for name in names {
                writer.remove(name)?;
                let path = folder.join(name);
                // Before the bytes: what is written meanwhile must not pass for what was read.
                let Some(look) = look(&path) else {
                    continue;
                };
                let at = nanoseconds(clock);
                let Some((content, object)) = summary::read(&path, zone, now) else {
                    continue;
                };
                writer.add(name, look, at, &content)?;
                if let Some(object) = object.filter(|object| objects.have_room(object)) {
                    objects.keep(name, look, object);
                }
            }
            writer.choose_newest()?;
            let sql =
                "UPDATE folder SET look = ?2, fresh = ?3, drafts = ?4, names = ?5 WHERE id = ?1";
            let look = changed.look.map(Look::bytes);
            let names = changed.names.number();
            transaction.execute(sql, params![id, look, is_fresh, changed.has_drafts, names])
        })?;
        if count > MANY {
            // Whoever opens the database reads all of its log.
            self.database.write_log()?;
        }
        Ok(())
    }

    /// The calendar object of a file, if it was read or written in this process and is as it was.
    pub fn object(&self, name: &OsStr, look: Look) -> Option<&CalendarObject> {
        let mut kept = self.objects.kept.iter();
        let found = kept.find(|kept| kept.name == name && kept.look == look);
        found.map(|kept| &kept.object)
    }

    /// Keeps what a file holds, so that this process opens it once.
    pub fn keep_object(&mut self, name: &OsStr, look: Look, object: CalendarObject) {
        self.objects.keep(name, look, object);
    }

    /// Takes down what was just written, so that nobody reads it for that.
    pub fn note_written(&mut self, name: &OsStr, look: Look, content: &Content) {
        let (id, at) = (self.id, self.clock_nanoseconds());
        let noted = self.database.write(|transaction| {
            let mut writer = Writer::new(transaction, id);
            writer.remove(name)?;
            writer.add(name, look, at, content)?;
            writer.choose_newest()
        });
        if noted.is_err() {
            self.doubt();
        }
    }

    /// Whether the folder looks as the index knows it. Before one's own write, after which names and
    /// inodes are looked at anyway.
    pub fn is_up_to_date(&self) -> bool {
        self.looks_as_known()
    }

    /// Takes down how the folder looks after this process wrote a file that had the inode `before`.
    /// Others may have written between its steps, so the next process looks at the names.
    pub fn note_folder(&self, path: &Path, before: Option<u64>) {
        let known = self.known_folder().and_then(|(.., names)| names);
        let (Some(look), Some(name), Some(mut names)) =
            (look(self.folder.path()), path.file_name(), known)
        else {
            return;
        };
        if let Some(inode) = before {
            names.remove(name, inode);
        }
        if let Some(inode) = folder::inode(path) {
            names.add(name, inode);
        }
        let sql = "UPDATE folder SET look = ?2, fresh = 1, names = ?3 WHERE id = ?1";
        let values = params![self.id, look.bytes(), names.number()];
        let _ = self.database.execute(sql, values);
    }
}

fn nanoseconds(clock: fn() -> Timestamp) -> i64 {
    i64::try_from(clock().as_nanosecond()).unwrap_or(i64::MAX)
}

/// Tells zones apart. A zone without a name is told by its offsets in the years to come.
fn name_of(zone: &TimeZone, now: Timestamp) -> String {
    if let Some(name) = when::zone_name(zone) {
        return name.to_owned();
    }
    let months = (-12..36).map(|month| {
        let hours = SignedDuration::from_hours(month * 730);
        let at = now.saturating_add(hours).unwrap_or(now);
        zone.to_offset(at).seconds().to_string()
    });
    months.collect::<Vec<_>>().join(" ")
}
