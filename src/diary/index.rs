//! What the files hold, so that nobody reads all of them for one: a cache, never the truth. In doubt
//! it is made anew, and where it can't be kept, in memory.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{Timestamp, Zoned};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use crate::calendar_object::CalendarObject;
use crate::diary::folder::{Folder, Look, look};
use crate::diary::state::shorten_log;
use crate::diary::summary::{self, Content, Summary};
use crate::error::{Error, Result};

/// How long a process waits for another one's write before it goes on with an index in memory.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Says in the file's head whose it is.
const APPLICATION: i32 = 0x636f_6e69;

/// Goes up when the same files would give another index.
const VERSION: i32 = 2;

/// Most bytes of the database that are mapped into memory.
const MAPPED: i64 = 32 << 20;

/// What was changed less than this ago may be changed again without looking otherwise, in
/// nanoseconds: file systems count in ticks of the kernel, some in seconds.
const TICK: i128 = 12_000_000;
const COARSE_TICK: i128 = 2_100_000_000;

/// Occurrences must be known so far ahead.
const AHEAD: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 200);

/// So many files are not changed by hand.
const MANY: usize = 100;

/// Most objects that are kept because they were read anyway.
const MOST_OBJECTS: usize = 8;

const SCHEMA: &str = "
    CREATE TABLE folder (
        id INTEGER PRIMARY KEY,
        path TEXT NOT NULL UNIQUE,
        zone TEXT NOT NULL,
        look TEXT,
        fresh INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE file (
        id INTEGER PRIMARY KEY,
        folder INTEGER NOT NULL,
        name TEXT NOT NULL,
        look TEXT NOT NULL,
        fresh INTEGER NOT NULL,
        why TEXT,
        special INTEGER NOT NULL DEFAULT 0,
        uid TEXT,
        sequence INTEGER,
        stamp INTEGER,
        title TEXT,
        cancelled INTEGER,
        counts INTEGER NOT NULL DEFAULT 0,
        linked TEXT COLLATE NOCASE,
        first INTEGER,
        last INTEGER,
        covered_from INTEGER,
        covered_until INTEGER,
        UNIQUE (folder, name)
    ) STRICT;
    CREATE TABLE summary (
        file INTEGER PRIMARY KEY REFERENCES file ON DELETE CASCADE,
        text TEXT NOT NULL
    ) STRICT;
    CREATE INDEX file_looks
        ON file (folder, name, look, fresh, covered_until, last, covered_from);
    CREATE INDEX file_by_uid ON file (folder, uid);
    CREATE INDEX file_by_time ON file (folder, counts, cancelled, covered_until, last, first, uid);
    CREATE INDEX file_by_any_uid ON file (folder, uid COLLATE NOCASE);
    CREATE INDEX file_by_link ON file (folder, linked);
    CREATE INDEX file_in_doubt ON file (folder) WHERE why IS NOT NULL OR special OR (uid IS NOT NULL AND NOT counts);
    CREATE INDEX file_covered ON file (folder, covered_until) WHERE covered_until IS NOT NULL;
    CREATE TABLE occurrence (
        file INTEGER NOT NULL REFERENCES file ON DELETE CASCADE,
        begin INTEGER NOT NULL,
        finish INTEGER NOT NULL,
        shown TEXT
    ) STRICT;
    CREATE INDEX occurrence_by_file ON occurrence (file);
    CREATE INDEX occurrence_by_begin ON occurrence (begin, finish, file);";

const COLUMNS: &str = "f.id, f.name, f.look, s.text";
const TABLES: &str = "file f JOIN summary s ON s.file = f.id";

/// How much is looked at before the index is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Each file's stat.
    Files,
    /// The folder's, which says whether files came, went or were replaced.
    Folder,
}

/// A file that is one meeting, the newest of its UID.
#[derive(Clone, Debug)]
pub struct Indexed {
    id: i64,
    /// Name in the folder.
    pub name: String,
    /// What it looked like when it was read.
    pub look: Look,
    /// What it says.
    pub summary: Summary,
}

/// Start and end.
pub type Times = (Zoned, Zoned);

/// By what people may mean a meeting, as far as its file knows.
pub struct Named {
    /// RFC 5545 3.8.4.7
    pub uid: String,
    /// Its subject in small letters.
    pub title: String,
    /// Whether it takes place no more.
    pub is_cancelled: bool,
    /// The conference of its link.
    pub linked: Option<String>,
}

/// What is wrong in the folder.
#[derive(Debug, Default)]
pub struct Trouble {
    /// Files that can't be read and could be meetings, with the reason.
    pub unreadable: Vec<(String, String)>,
    /// Files that are no files.
    pub special: Vec<String>,
    /// Files of a meeting that is in a newer file too, with that one's name and subject.
    pub older: Vec<(String, String, String)>,
}

/// The index of one folder.
pub struct Index {
    database: Connection,
    folder: Folder,
    zone: jiff::tz::TimeZone,
    now: Timestamp,
    clock: fn() -> Timestamp,
    id: i64,
    /// Whether the folder looks as the index knows it.
    is_checked: Option<Check>,
    /// What was read in this process.
    objects: Vec<(String, Look, CalendarObject)>,
}

impl Index {
    /// The index in the cache folder; none: there is no such folder. Whatever is wrong with it, there
    /// is one in memory.
    pub fn open(
        cache: Option<&Path>,
        folder: Folder,
        zone: jiff::tz::TimeZone,
        now: Timestamp,
        clock: fn() -> Timestamp,
    ) -> Result<Self, rusqlite::Error> {
        let kept = cache.and_then(|cache| connect(&cache.join("index.sqlite")).ok());
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
            objects: Vec::new(),
        };
        if index.enter().is_err() {
            index.database = in_memory()?;
            index.enter()?;
        }
        Ok(index)
    }

    /// Nanoseconds since 1970.
    fn clock_nanoseconds(&self) -> i128 {
        (self.clock)().as_nanosecond()
    }

    /// Finds the folder's row, or makes it.
    fn enter(&mut self) -> rusqlite::Result<()> {
        let path = self.folder.path().to_string_lossy().into_owned();
        // Others have no name, and two of them need not be the same.
        let zone = self
            .zone
            .iana_name()
            .map_or_else(|| format!("{:?}", self.zone), str::to_owned);
        let found = self.database.query_row(
            "SELECT id, zone FROM folder WHERE path = ?1",
            [&path],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)),
        );
        self.id = match found.optional()? {
            Some((id, known)) if known == zone => id,
            found => {
                let transaction = self
                    .database
                    .transaction_with_behavior(TransactionBehavior::Immediate)?;
                // Times without a zone are others in another one.
                if let Some((id, _)) = found {
                    transaction.execute("DELETE FROM file WHERE folder = ?1", [id])?;
                    transaction.execute("DELETE FROM folder WHERE id = ?1", [id])?;
                }
                let sql = "INSERT INTO folder (path, zone) VALUES (?1, ?2)
                    ON CONFLICT (path) DO UPDATE SET zone = zone RETURNING id";
                let id = transaction.query_row(sql, params![path, zone], |row| row.get(0))?;
                transaction.commit()?;
                id
            }
        };
        Ok(())
    }

    /// Makes the index say what the folder holds. An index that can't be written goes on in memory.
    pub fn refresh(&mut self, check: Check) -> Result<()> {
        let is_enough = match self.is_checked {
            Some(Check::Files) => true,
            Some(Check::Folder) => check == Check::Folder,
            None => false,
        };
        if is_enough || check == Check::Folder && self.is_folder_unchanged() {
            self.is_checked.get_or_insert(check);
            return Ok(());
        }
        let names = self.list()?;
        if let Err(error) = self.read_changed(&names) {
            self.leave(&error)?;
            self.read_changed(&names).map_err(|error| {
                Error::failed(format!("the diary can't be looked through: {error}"))
            })?;
        }
        self.is_checked = Some(Check::Files);
        Ok(())
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
        if is_damaged(error) && !path.is_empty() {
            remove_file(Path::new(&path));
        }
        let made = in_memory().and_then(|database| {
            self.database = database;
            self.enter()
        });
        made.map_err(|error| Error::failed(format!("no index can be made: {error}")))
    }

    /// Whether nothing came, went or was replaced since the folder was looked through.
    fn is_folder_unchanged(&self) -> bool {
        let known = self.database.query_row(
            "SELECT look, fresh FROM folder WHERE id = ?1",
            [self.id],
            |row| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, bool>(1)?)),
        );
        let Ok((Some(known), is_fresh)) = known else {
            return false;
        };
        let now = look(self.folder.path());
        !is_fresh && now.is_some_and(|now| now.words() == known)
    }

    /// Files by name, with what they look like.
    fn list(&self) -> Result<Listed> {
        let before = look(self.folder.path());
        let mut files = HashMap::new();
        for (path, metadata) in self.folder.files_with_metadata()? {
            let name = path.file_name().unwrap_or_default();
            files.insert(name.to_string_lossy().into_owned(), Look::of(&metadata));
        }
        Ok(Listed {
            files,
            look: before,
            at: self.clock_nanoseconds(),
        })
    }

    fn read_changed(&mut self, listed: &Listed) -> rusqlite::Result<()> {
        let known = self.known()?;
        let is_same = |name: &str, look: &Look| {
            known
                .get(name)
                .is_some_and(|(known, is_doubtful)| !is_doubtful && *known == look.words())
        };
        let files = listed.files.iter();
        let mut changed: Vec<&String> = files
            .filter(|(name, look)| !is_same(name, look))
            .map(|(name, _)| name)
            .collect();
        changed.sort();
        let gone: Vec<&String> = known
            .keys()
            .filter(|name| !listed.files.contains_key(*name))
            .collect();
        let looks = listed.look.map(Look::words);
        let is_fresh = listed.look.is_none_or(|look| look.is_fresh(listed.at));
        let (zone, now, clock) = (self.zone.clone(), self.now, self.clock);
        let transaction = self
            .database
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut uids = HashSet::new();
        let count = gone.len() + changed.len();
        for name in gone {
            remove(&transaction, self.id, name, &mut uids)?;
        }
        for name in changed {
            remove(&transaction, self.id, name, &mut uids)?;
            let path = self.folder.join(name);
            // Before the bytes: what is written meanwhile must not pass for what was read.
            let Some(look) = look(&path) else {
                continue;
            };
            let at = clock().as_nanosecond();
            let Some((content, object)) = summary::read(&path, &zone, now) else {
                continue;
            };
            add(&transaction, self.id, name, look, at, &content, &mut uids)?;
            if let Some(object) = object.filter(|_| self.objects.len() < MOST_OBJECTS) {
                self.objects.push((name.clone(), look, object));
            }
        }
        for uid in uids {
            choose_newest(&transaction, self.id, &uid)?;
        }
        transaction.execute(
            "UPDATE folder SET look = ?2, fresh = ?3 WHERE id = ?1
                AND (look IS NOT ?2 OR fresh IS NOT ?3)",
            params![self.id, looks, is_fresh],
        )?;
        transaction.commit()?;
        if count > MANY {
            // Whoever opens the database reads all of its log.
            let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
            self.database.query_row(checkpoint, [], |_| Ok(()))?;
        }
        Ok(())
    }

    /// What each file looked like, and whether it is to be read again even so.
    fn known(&self) -> rusqlite::Result<HashMap<String, (String, bool)>> {
        let needed = self.now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
        let behind = self.now.as_second();
        let mut statement = self.database.prepare(
            "SELECT name, look, fresh OR (covered_until < ?2 AND (last IS NULL OR last > covered_until))
                OR covered_from > ?3 FROM file WHERE folder = ?1",
        )?;
        let rows = statement.query_map(params![self.id, needed.as_second(), behind], |row| {
            Ok((
                row.get(0)?,
                (row.get(1)?, row.get::<_, Option<bool>>(2)?.unwrap_or(false)),
            ))
        })?;
        rows.collect()
    }

    /// What is wrong.
    pub fn trouble(&self) -> rusqlite::Result<Trouble> {
        let mut trouble = Trouble::default();
        let mut statement = self.database.prepare(
            "SELECT name, why, special, uid FROM file
                WHERE folder = ?1 AND (why IS NOT NULL OR special OR (uid IS NOT NULL AND NOT counts))
                ORDER BY name",
        )?;
        let mut rows = statement.query([self.id])?;
        while let Some(row) = rows.next()? {
            let name: String = row.get(0)?;
            match (row.get::<_, Option<String>>(1)?, row.get(2)?) {
                (Some(why), _) => trouble.unreadable.push((name, why)),
                (None, true) => trouble.special.push(name),
                (None, false) => {
                    let uid: String = row.get(3)?;
                    let newest = self.select("uid = ?2", &[&uid])?;
                    if let Some(newest) = newest.into_iter().next() {
                        let subject = newest.summary.subject;
                        trouble.older.push((name, newest.name, subject));
                    }
                }
            }
        }
        Ok(trouble)
    }

    /// The meeting of that UID.
    pub fn get(&self, uid: &str) -> rusqlite::Result<Option<Indexed>> {
        Ok(self.select("uid = ?2", &[uid])?.into_iter().next())
    }

    /// UIDs of the meetings with that UID, in large letters or small ones, or whose link leads to that
    /// conference.
    pub fn called(&self, name: &str) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.database.prepare_cached(
            "SELECT uid FROM file WHERE folder = ?1 AND counts
                AND (uid = ?2 COLLATE NOCASE OR linked = ?2)",
        )?;
        let rows = statement.query_map(params![self.id, name], |row| row.get(0))?;
        rows.collect()
    }

    /// UIDs of the meetings that were not cancelled: those to come first, the nearest first.
    pub fn nearest(&self) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.database.prepare(
            "SELECT uid FROM file WHERE folder = ?1 AND counts AND NOT cancelled
                ORDER BY covered_until IS NULL AND last <= ?2, abs(first - ?2)",
        )?;
        let now = self.now.as_second();
        let rows = statement.query_map([self.id, now], |row| row.get(0))?;
        rows.collect()
    }

    /// How many files have that UID.
    pub fn count_files(&self, uid: &str) -> rusqlite::Result<i64> {
        let sql = "SELECT count(*) FROM file WHERE folder = ?1 AND uid = ?2";
        self.database
            .query_row(sql, params![self.id, uid], |row| row.get(0))
    }

    /// Whether every file of that UID looks as it did when it was read.
    pub fn is_as_known(&self, uid: &str) -> rusqlite::Result<bool> {
        let sql = "SELECT name, look FROM file WHERE folder = ?1 AND uid = ?2";
        let mut statement = self.database.prepare_cached(sql)?;
        let mut rows = statement.query(params![self.id, uid])?;
        while let Some(row) = rows.next()? {
            let (name, known): (String, String) = (row.get(0)?, row.get(1)?);
            let now = look(&self.folder.join(name));
            if now.is_none_or(|now| now.words() != known) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// UIDs of the meetings of which the last occurrence ended before then.
    pub fn over(&self, before: Timestamp) -> rusqlite::Result<Vec<String>> {
        let mut statement = self
            .database
            .prepare("SELECT uid FROM file WHERE folder = ?1 AND counts AND last < ?2")?;
        let rows = statement.query_map([self.id, before.as_second()], |row| row.get(0))?;
        rows.collect()
    }

    /// UIDs of the series without end that take place.
    pub fn endless(&self) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.database.prepare(
            "SELECT uid FROM file WHERE folder = ?1 AND counts AND covered_until IS NOT NULL
                AND last IS NULL AND NOT cancelled",
        )?;
        let rows = statement.query_map([self.id], |row| row.get(0))?;
        rows.collect()
    }

    /// By what people may mean each meeting.
    pub fn names(&self) -> rusqlite::Result<Vec<Named>> {
        let mut statement = self.database.prepare(
            "SELECT uid, title, cancelled, linked FROM file WHERE folder = ?1 AND counts",
        )?;
        let rows = statement.query_map([self.id], |row| {
            Ok(Named {
                uid: row.get(0)?,
                title: row.get(1)?,
                is_cancelled: row.get(2)?,
                linked: row.get(3)?,
            })
        })?;
        rows.collect()
    }

    /// Meetings of which an occurrence ends after `from` and starts before `until`, with the first such
    /// one as far as it is known.
    pub fn between(
        &self,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> rusqlite::Result<Vec<(Indexed, Option<Times>)>> {
        let (from, until) = (second(from, i64::MIN), second(until, i64::MAX));
        let mut found = Vec::new();
        // What lasts long may have begun long before.
        let mut statement = self.database.prepare(
            "SELECT f.id, f.name, f.look, s.text, min(o.begin), o.finish, o.shown
                FROM occurrence o JOIN file f ON f.id = o.file JOIN summary s ON s.file = f.id
                WHERE o.begin < ?3 AND (o.finish > ?2 OR o.begin >= ?2)
                    AND f.folder = ?1 AND f.counts GROUP BY f.id",
        )?;
        let mut rows = statement.query(params![self.id, from, until])?;
        let mut seen = HashSet::new();
        while let Some(row) = rows.next()? {
            let indexed = indexed(row)?;
            let covered = indexed.summary.covered_from.map(Timestamp::as_second);
            seen.insert(indexed.id);
            // An earlier one may not have been written down.
            let is_first = covered.is_none_or(|covered| covered <= from);
            let at = match is_first {
                true => Some(times(row, &indexed.summary)?),
                false => None,
            };
            found.push((indexed, at));
        }
        // What is not written down that far may have one there.
        let mut statement = self.database.prepare(&format!(
            "SELECT {COLUMNS} FROM {TABLES} WHERE folder = ?1 AND counts AND covered_until IS NOT NULL
                AND (covered_from > ?2 AND first < ?3
                    OR covered_until < ?3 AND (last IS NULL OR last > ?2))"
        ))?;
        let mut rows = statement.query(params![self.id, from, until])?;
        while let Some(row) = rows.next()? {
            let indexed = indexed(row)?;
            if seen.insert(indexed.id) {
                found.push((indexed, None));
            }
        }
        Ok(found)
    }

    fn select(&self, which: &str, values: &[&str]) -> rusqlite::Result<Vec<Indexed>> {
        let sql =
            format!("SELECT {COLUMNS} FROM {TABLES} WHERE folder = ?1 AND counts AND {which}");
        let mut statement = self.database.prepare_cached(&sql)?;
        let id = self.id.to_string();
        let mut all = vec![id.as_str()];
        all.extend(values);
        let rows = statement.query_map(rusqlite::params_from_iter(all), indexed)?;
        rows.collect()
    }

    /// The calendar object of a file, if it was read in this process and is as it was.
    pub fn take_object(&mut self, name: &str, look: &Look) -> Option<CalendarObject> {
        let at = self
            .objects
            .iter()
            .position(|(known, known_look, _)| known == name && known_look == look)?;
        Some(self.objects.swap_remove(at).2)
    }

    /// Takes down what was just written, so that nobody reads it for that.
    pub fn note_written(&mut self, name: &str, look: Look, content: &Content) {
        let (id, at) = (self.id, self.clock_nanoseconds());
        let noted = (|| {
            let transaction = self
                .database
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut uids = HashSet::new();
            remove(&transaction, id, name, &mut uids)?;
            add(&transaction, id, name, look, at, content, &mut uids)?;
            for uid in uids {
                choose_newest(&transaction, id, &uid)?;
            }
            transaction.commit()
        })();
        if noted.is_err() {
            self.doubt();
        }
    }

    /// What the folder looks like, if that is what the index knows. Before one's own write.
    pub fn is_up_to_date(&self) -> bool {
        self.is_folder_unchanged()
    }

    /// Believes what was too fresh to be believed, if nobody touched it since.
    pub fn settle(&self) {
        let known = self.database.query_row(
            "SELECT look FROM folder WHERE id = ?1 AND fresh",
            [self.id],
            |row| row.get::<_, Option<String>>(0),
        );
        let Ok(Some(known)) = known else {
            return;
        };
        let now = look(self.folder.path());
        if now.is_some_and(|now| now.words() == known && !now.is_fresh(self.clock_nanoseconds())) {
            let sql = "UPDATE folder SET fresh = 0 WHERE id = ?1";
            let _ = self.database.execute(sql, [self.id]);
        }
    }

    /// Believes the folder as it looks now: nobody but this process wrote into it since it was up to
    /// date.
    pub fn believe_folder(&self) {
        let Some(look) = look(self.folder.path()) else {
            return;
        };
        let _ = self.database.execute(
            "UPDATE folder SET look = ?2, fresh = ?3 WHERE id = ?1",
            params![
                self.id,
                look.words(),
                look.is_fresh(self.clock_nanoseconds())
            ],
        );
    }
}

struct Listed {
    files: HashMap<String, Look>,
    /// Of the folder, before it was read.
    look: Option<Look>,
    /// Then, in nanoseconds since 1970.
    at: i128,
}

impl Look {
    fn words(self) -> String {
        format!(
            "{}-{}-{}-{}",
            self.length, self.modified, self.changed, self.inode
        )
    }

    fn of_words(words: &str) -> Option<Self> {
        let mut parts = words.split('-');
        Some(Self {
            length: parts.next()?.parse().ok()?,
            modified: parts.next()?.parse().ok()?,
            changed: parts.next()?.parse().ok()?,
            inode: parts.next()?.parse().ok()?,
        })
    }

    /// Whether it may be changed again without looking otherwise, because that was so recently.
    fn is_fresh(self, at: i128) -> bool {
        let is_coarse = self.changed % 1_000_000_000 == 0;
        let tick = if is_coarse { COARSE_TICK } else { TICK };
        self.changed.max(self.modified.min(at)) + tick > at
    }
}

fn second(at: Option<Timestamp>, otherwise: i64) -> i64 {
    at.map_or(otherwise, Timestamp::as_second)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    match connect_once(path) {
        Err(error) if is_damaged(&error) => {
            remove_file(path);
            connect_once(path)
        }
        connected => connected,
    }
}

fn remove_file(path: &Path) {
    for end in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        let _ = fs::remove_file(PathBuf::from(name));
    }
}

/// Whether the file can't be what was made there: a disk that is full, or a lock, is no such thing.
fn is_damaged(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase, Unknown};
    matches!(
        error.sqlite_error_code(),
        Some(DatabaseCorrupt | NotADatabase | Unknown)
    )
}

fn connect_once(path: &Path) -> rusqlite::Result<Connection> {
    if let Some(folder) = path.parent() {
        let _ = crate::atomic_file::make_folder(folder);
    }
    let _ = make_private(path);
    let mut database = Connection::open(path)?;
    database.busy_timeout(TIMEOUT)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let number = |database: &Connection, name: &str| {
        database.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i32>(0))
    };
    if number(&database, "user_version")? == 0 {
        database.pragma_update(None, "journal_mode", "WAL")?;
        let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let tables = "SELECT count(*) FROM sqlite_schema";
        if transaction.query_row(tables, [], |row| row.get::<_, i64>(0))? == 0 {
            transaction.execute_batch(SCHEMA)?;
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
        }
        transaction.commit()?;
    }
    let is_ours = number(&database, "application_id")? == APPLICATION
        && number(&database, "user_version")? == VERSION;
    if !is_ours {
        return Err(rusqlite::Error::InvalidQuery);
    }
    prepare(&database)?;
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    shorten_log(&database, Path::new(&log))?;
    Ok(database)
}

/// An empty file, for its owner alone, since subjects will be in it.
fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = fs::File::options();
    options.create_new(true).write(true).mode(0o600);
    options.open(path).map(drop)
}

/// A cache is not worth a sync.
fn prepare(database: &Connection) -> rusqlite::Result<()> {
    database.pragma_update(None, "synchronous", "NORMAL")?;
    database.pragma_update(None, "mmap_size", MAPPED)?;
    database.pragma_update(None, "foreign_keys", true)
}

fn in_memory() -> rusqlite::Result<Connection> {
    let database = Connection::open_in_memory()?;
    database.execute_batch(SCHEMA)?;
    prepare(&database)?;
    Ok(database)
}

fn remove(
    database: &Connection,
    folder: i64,
    name: &str,
    uids: &mut HashSet<String>,
) -> rusqlite::Result<()> {
    let sql = "DELETE FROM file WHERE folder = ?1 AND name = ?2 RETURNING uid";
    let mut statement = database.prepare_cached(sql)?;
    let uid = statement.query_row(params![folder, name], |row| row.get::<_, Option<String>>(0));
    uids.extend(uid.optional()?.flatten());
    Ok(())
}

fn add(
    database: &Connection,
    folder: i64,
    name: &str,
    look: Look,
    at: i128,
    content: &Content,
    uids: &mut HashSet<String>,
) -> rusqlite::Result<()> {
    let is_fresh = look.is_fresh(at);
    let (why, is_special) = match content {
        Content::Unreadable(why) => (Some(why), false),
        Content::Special => (None, true),
        Content::Meeting(_) | Content::Other => (None, false),
    };
    let sql = "INSERT OR REPLACE INTO file (folder, name, look, fresh, why, special)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let mut statement = database.prepare_cached(sql)?;
    let id = statement.insert(params![
        folder,
        name,
        look.words(),
        is_fresh,
        why,
        is_special
    ])?;
    let Content::Meeting(summary) = content else {
        return Ok(());
    };
    let seconds = |at: Option<Timestamp>| at.map(Timestamp::as_second);
    let text = serde_json::to_string(summary)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let sql = "UPDATE file SET uid = ?2, sequence = ?3, stamp = ?4, title = ?5, cancelled = ?6,
            linked = ?7, first = ?8, last = ?9, covered_from = ?10, covered_until = ?11
        WHERE id = ?1";
    database.prepare_cached(sql)?.execute(params![
        id,
        summary.uid,
        summary.sequence,
        summary.stamp.as_second(),
        summary.subject.to_lowercase(),
        summary.is_cancelled,
        summary.linked.as_ref().map(|id| id.as_str()),
        summary.first.as_second(),
        seconds(summary.last_end),
        seconds(summary.covered_from),
        seconds(summary.covered_until),
    ])?;
    let sql = "INSERT INTO summary (file, text) VALUES (?1, ?2)";
    database.prepare_cached(sql)?.execute(params![id, text])?;
    let sql = "INSERT INTO occurrence (file, begin, finish, shown) VALUES (?1, ?2, ?3, ?4)";
    let mut statement = database.prepare_cached(sql)?;
    for (start, end) in &summary.occurrences {
        let is_elsewhere = start.time_zone() != summary.start.time_zone();
        let shown = is_elsewhere.then(|| format!("{start} {end}"));
        let (start, end) = (start.timestamp(), end.timestamp());
        statement.execute(params![id, start.as_second(), end.as_second(), shown])?;
    }
    uids.insert(summary.uid.clone());
    Ok(())
}

/// Of several files of one meeting the one with the highest SEQUENCE counts, then the one written
/// last, then the first by name.
fn choose_newest(database: &Connection, folder: i64, uid: &str) -> rusqlite::Result<()> {
    let sql = "UPDATE file SET counts = id = (SELECT id FROM file WHERE folder = ?1 AND uid = ?2
            ORDER BY sequence DESC, stamp DESC, name LIMIT 1)
        WHERE folder = ?1 AND uid = ?2";
    database
        .prepare_cached(sql)?
        .execute(params![folder, uid])?;
    Ok(())
}

fn indexed(row: &Row<'_>) -> rusqlite::Result<Indexed> {
    let text: String = row.get(3)?;
    let look: String = row.get(2)?;
    let summary = serde_json::from_str(&text).map_err(|_| rusqlite::Error::InvalidQuery)?;
    Ok(Indexed {
        id: row.get(0)?,
        name: row.get(1)?,
        look: Look::of_words(&look).ok_or(rusqlite::Error::InvalidQuery)?,
        summary,
    })
}

/// An occurrence that was found, in its own zone.
fn times(row: &Row<'_>, summary: &Summary) -> rusqlite::Result<(Zoned, Zoned)> {
    let shown: Option<String> = row.get(6)?;
    if let Some((start, end)) = shown.as_deref().and_then(|shown| shown.split_once(' '))
        && let (Ok(start), Ok(end)) = (start.parse(), end.parse())
    {
        return Ok((start, end));
    }
    let at = |column: usize| -> rusqlite::Result<Zoned> {
        let at = Timestamp::from_second(row.get(column)?);
        let at = at.map_err(|_| rusqlite::Error::InvalidQuery)?;
        Ok(at.to_zoned(summary.start.time_zone().clone()))
    };
    Ok((at(4)?, at(5)?))
}
