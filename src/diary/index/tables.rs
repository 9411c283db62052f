//! The tables: made, opened, filled.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::conference::MeetingId;
use crate::database::{self, Database, Format};
use crate::diary::folder::Look;
use crate::diary::summary::{Content, Summary};

/// How long a process waits for another one's write before it goes on with an index in memory.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The version goes up when the same files would give another index.
const FORMAT: Format = Format {
    application: 0x636f_6e69,
    version: 10,
};

/// Most bytes of the database that are mapped into memory.
const MAPPED: i64 = 16 << 20;

const SCHEMA: &str = "
    CREATE TABLE folder (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        path BLOB NOT NULL UNIQUE,
        zone TEXT NOT NULL,
        look BLOB,
        fresh INTEGER NOT NULL DEFAULT 0,
        drafts INTEGER NOT NULL DEFAULT 1,
        names INTEGER
    ) STRICT;
    CREATE TABLE file (
        id INTEGER PRIMARY KEY,
        folder INTEGER NOT NULL,
        name BLOB NOT NULL,
        look BLOB NOT NULL,
        fresh INTEGER NOT NULL,
        why TEXT,
        special INTEGER NOT NULL DEFAULT 0,
        odd INTEGER NOT NULL DEFAULT 0,
        uid TEXT,
        sequence INTEGER,
        stamp INTEGER,
        title TEXT,
        cancelled INTEGER,
        counts INTEGER NOT NULL DEFAULT 0,
        links TEXT,
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
    CREATE TABLE link (
        file INTEGER NOT NULL REFERENCES file ON DELETE CASCADE,
        id TEXT NOT NULL COLLATE NOCASE
    ) STRICT;
    CREATE INDEX link_by_file ON link (file);
    CREATE INDEX link_by_id ON link (id);
    CREATE INDEX file_looks
        ON file (folder, name, look, fresh, covered_until, last, covered_from);
    CREATE INDEX file_in_haste ON file (folder) WHERE fresh;
    CREATE INDEX file_by_uid ON file (folder, uid);
    CREATE INDEX file_by_title ON file (folder, title, uid) WHERE counts;
    CREATE INDEX file_by_first ON file (folder, first) WHERE counts AND NOT cancelled;
    CREATE INDEX file_by_last ON file (folder, last) WHERE counts;
    CREATE INDEX file_by_any_uid ON file (folder, uid COLLATE NOCASE);
    CREATE INDEX file_in_doubt ON file (folder) WHERE why IS NOT NULL OR special OR odd OR (uid IS NOT NULL AND NOT counts);
    CREATE INDEX file_covered
        ON file (folder, covered_until, covered_from, first, last, counts) WHERE covered_until IS NOT NULL;
    CREATE TABLE occurrence (
        file INTEGER NOT NULL REFERENCES file ON DELETE CASCADE,
        begin INTEGER NOT NULL,
        finish INTEGER NOT NULL,
        shown TEXT
    ) STRICT;
    CREATE INDEX occurrence_by_file ON occurrence (file);
    CREATE INDEX occurrence_by_begin ON occurrence (begin, finish, file);";

/// The index in that file; one that is damaged, or of another version, is made anew.
pub(super) fn open(path: &Path) -> rusqlite::Result<Database> {
    match open_once(path) {
        Err(error) if is_damaged(&error) => {
            remove_file(path);
            open_once(path)
        }
        opened => opened,
    }
}

fn open_once(path: &Path) -> rusqlite::Result<Database> {
    // Where none can be made there may be one.
    let _ = database::create(path);
    let mut database = Database::open(path, TIMEOUT)?;
    database.fill(&FORMAT, |new| new.execute_batch(SCHEMA))?;
    prepare(&database)?;
    Ok(database)
}

/// An index that ends with this process.
pub(super) fn in_memory() -> rusqlite::Result<Database> {
    let database = Database::in_memory()?;
    database.execute_batch(SCHEMA)?;
    prepare(&database)?;
    Ok(database)
}

fn prepare(database: &Connection) -> rusqlite::Result<()> {
    database.pragma_update(None, "mmap_size", MAPPED)?;
    database.pragma_update(None, "foreign_keys", true)
}

/// Removes what is no index, with what SQLite keeps beside it.
pub(super) fn remove_file(path: &Path) {
    for end in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        let _ = fs::remove_file(PathBuf::from(name));
    }
}

/// Whether the file can't be what was made there: a disk that is full, or a lock, is no such thing.
pub(super) fn is_damaged(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase, Unknown};
    matches!(
        error.sqlite_error_code(),
        Some(DatabaseCorrupt | NotADatabase | Unknown)
    )
}

/// Files of one folder, while they are taken down.
pub(super) struct Writer<'a> {
    database: &'a Connection,
    folder: i64,
    /// UIDs of which another file may count now.
    uids: HashSet<String>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(database: &'a Connection, folder: i64) -> Self {
        Self {
            database,
            folder,
            uids: HashSet::new(),
        }
    }

    pub(super) fn remove(&mut self, name: &OsStr) -> rusqlite::Result<()> {
        let sql = "DELETE FROM file WHERE folder = ?1 AND name = ?2 RETURNING uid";
        let mut statement = self.database.prepare_cached(sql)?;
        let values = params![self.folder, name.as_bytes()];
        let uid = statement.query_row(values, |row| row.get::<_, Option<String>>(0));
        self.uids.extend(uid.optional()?.flatten());
        Ok(())
    }

    /// Takes down what a file is that looked so at that time, in nanoseconds since 1970.
    pub(super) fn add(
        &mut self,
        name: &OsStr,
        look: Look,
        at: i64,
        content: &Content,
    ) -> rusqlite::Result<()> {
        let (why, is_special) = match content {
            Content::Unreadable(why) => (Some(why), false),
            Content::Special => (None, true),
            Content::Meeting(_) | Content::Other => (None, false),
        };
        let sql = "INSERT OR REPLACE INTO file (folder, name, look, fresh, why, special)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let mut statement = self.database.prepare_cached(sql)?;
        let id = statement.insert(params![
            self.folder,
            name.as_bytes(),
            look.bytes(),
            look.is_fresh(at),
            why,
            is_special
        ])?;
        match content {
            Content::Meeting(summary) => self.add_meeting(id, summary),
            _ => Ok(()),
        }
    }

    fn add_meeting(&mut self, id: i64, summary: &Summary) -> rusqlite::Result<()> {
        let database = self.database;
        let seconds = |at: Option<Timestamp>| at.map(Timestamp::as_second);
        let text = serde_json::to_string(summary)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        let links: Vec<&str> = summary.links.iter().map(MeetingId::as_str).collect();
        let sql = "UPDATE file SET uid = ?2, sequence = ?3, stamp = ?4, title = ?5, cancelled = ?6,
                links = ?7, first = ?8, last = ?9, covered_from = ?10, covered_until = ?11, odd = ?12
            WHERE id = ?1";
        database.prepare_cached(sql)?.execute(params![
            id,
            summary.uid,
            summary.sequence,
            summary.stamp.as_second(),
            summary.subject.to_lowercase(),
            summary.is_cancelled,
            links.join(" "),
            summary.first.as_second(),
            seconds(summary.last_end),
            seconds(summary.covered_from),
            seconds(summary.covered_until),
            summary.has_unknown_rule && !links.is_empty(),
        ])?;
        let sql = "INSERT INTO summary (file, text) VALUES (?1, ?2)";
        database.prepare_cached(sql)?.execute(params![id, text])?;
        for link in links {
            let sql = "INSERT INTO link (file, id) VALUES (?1, ?2)";
            database.prepare_cached(sql)?.execute(params![id, link])?;
        }
        let sql = "INSERT INTO occurrence (file, begin, finish, shown) VALUES (?1, ?2, ?3, ?4)";
        let mut statement = database.prepare_cached(sql)?;
        for (start, end) in &summary.occurrences {
            let is_elsewhere = start.time_zone() != summary.start.time_zone();
            let shown = is_elsewhere.then(|| format!("{start} {end}"));
            let (start, end) = (start.timestamp(), end.timestamp());
            statement.execute(params![id, start.as_second(), end.as_second(), shown])?;
        }
        self.uids.insert(summary.uid.clone());
        Ok(())
    }

    /// Of several files of one meeting the one with the highest SEQUENCE counts, then the one written
    /// last, then the first by name.
    pub(super) fn choose_newest(self) -> rusqlite::Result<()> {
        let sql =
            "UPDATE file SET counts = id = (SELECT id FROM file WHERE folder = ?1 AND uid = ?2
                ORDER BY sequence DESC, stamp DESC, name LIMIT 1)
            WHERE folder = ?1 AND uid = ?2";
        let mut statement = self.database.prepare_cached(sql)?;
        for uid in self.uids {
            statement.execute(params![self.folder, uid])?;
        }
        Ok(())
    }
}
