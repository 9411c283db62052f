//! What the practice pool remembers: conferences, assigned ids, keys. One SQLite file, safe for
//! several processes.

use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

use crate::database::{self, Database};
use crate::practice::digits;
use crate::practice::record::{Entry, Record};
use crate::secret::Secret;

/// How long a process waits for another one's write.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What makes the first version of an empty file, the second of the first, and so on.
const STEPS: [&str; 4] = [
    "CREATE TABLE conference (
        organizer TEXT NOT NULL,
        id TEXT NOT NULL COLLATE NOCASE,
        version INTEGER NOT NULL,
        document TEXT NOT NULL,
        passcode TEXT,
        pstn_id TEXT UNIQUE,
        updated INTEGER NOT NULL,
        expires INTEGER,
        assigned INTEGER NOT NULL,
        PRIMARY KEY (organizer, id)
    ) STRICT;
    CREATE TABLE pstn (number INTEGER PRIMARY KEY AUTOINCREMENT) STRICT;
    CREATE TABLE kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;",
    // Every addConference counts.
    "CREATE INDEX conference_expiry ON conference (organizer, assigned, expires);",
    // What Graph serves.
    "CREATE TABLE meeting (
        organizer TEXT NOT NULL,
        id TEXT NOT NULL,
        external TEXT,
        document TEXT NOT NULL,
        PRIMARY KEY (organizer, id)
    ) STRICT;
    CREATE UNIQUE INDEX meeting_external ON meeting (organizer, external);",
    // So that addConference takes no longer for those who have many; and digits that nobody can
    // reckon from others. Those that were given came of a multiplication.
    "CREATE TABLE tally (
        organizer TEXT PRIMARY KEY,
        count INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT INTO tally SELECT organizer, count(*) FROM conference WHERE NOT assigned GROUP BY organizer;
    CREATE TRIGGER conference_added AFTER INSERT ON conference WHEN NOT new.assigned BEGIN
        INSERT INTO tally VALUES (new.organizer, 1)
        ON CONFLICT (organizer) DO UPDATE SET count = count + 1;
    END;
    CREATE TRIGGER conference_removed AFTER DELETE ON conference WHEN NOT old.assigned BEGIN
        UPDATE tally SET count = count - 1 WHERE organizer = old.organizer;
    END;
    CREATE TABLE digits (number INTEGER PRIMARY KEY) STRICT;
    INSERT OR IGNORE INTO digits SELECT CASE
        WHEN number <= 90000 THEN 10000 + number * 7919 % 90000
        WHEN number <= 990000 THEN 100000 + (number - 90000) * 7919 % 900000
        ELSE 1000000 + (number - 990000) * 7919 % 9000000
    END FROM pstn;",
];

/// Version of a database that all steps were taken with.
const LATEST: u32 = STEPS.len() as u32;

/// Counts an organizer's conferences, up to a quota.
const COUNT: &str = "SELECT count(*) FROM (
    SELECT 1 FROM conference WHERE organizer = ?1 AND assigned = 0 AND expires IS NULL
    UNION ALL
    SELECT 1 FROM conference WHERE organizer = ?1 AND assigned = 0 AND expires > ?2
    LIMIT ?3)";

/// How many conferences an organizer has, expired ones included, read from one row.
const TALLY: &str = "SELECT count FROM tally WHERE organizer = ?1";

/// A conference by its id.
const FIND: &str = "SELECT * FROM conference WHERE organizer = ?1 AND id = ?2";

/// A new conference.
const INSERT: &str = "INSERT INTO conference VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8)";

/// The pool's memory. What is changed is on the disk when the change returns.
pub struct Store {
    pub(super) database: Database,
    /// Whether this process synced the log. Until then there may be something in it of another one
    /// that was killed before it could.
    is_synced: bool,
}

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The organizer has a conference of that id.
    #[error("the conference exists already")]
    Exists,
    /// The organizer has as many conferences as policy allows.
    #[error("the organizer has too many conferences")]
    Quota,
    /// No such conference of that organizer.
    #[error("no such conference")]
    Unknown,
    /// Somebody changed it in the meantime.
    #[error("the conference was changed in the meantime")]
    Stale,
    /// Some other file.
    #[error("it is not a practice pool's database")]
    Foreign,
    /// Made by a later confctl.
    #[error("it is of version {0}, and this confctl knows versions up to {known}", known = LATEST)]
    Newer(u32),
    /// SQLite failed.
    #[error("{0}")]
    Database(#[from] rusqlite::Error),
    /// There is no file, and none can be made.
    #[error("{0}")]
    Create(io::Error),
    /// Nobody knows whether it is on the disk.
    #[error("it could not be synced: {0}")]
    Sync(io::Error),
}

impl StoreError {
    /// Whether it will be the same as long as the file is there.
    pub fn is_of_the_file(&self) -> bool {
        let code = match self {
            Self::Foreign | Self::Newer(_) => return true,
            Self::Database(error) => error.sqlite_error_code(),
            _ => None,
        };
        matches!(
            code,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        )
    }
}

impl Store {
    /// Opens or makes the file.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        database::create(path).map_err(StoreError::Create)?;
        let database = Database::open(path, TIMEOUT)?;
        let version = check(&database)?;
        let mut store = Self {
            database,
            is_synced: false,
        };
        if version < LATEST {
            store.write(upgrade)?;
        }
        Ok(store)
    }

    /// Changes the database; all of it is on the disk when this returns, or nothing has changed.
    pub(super) fn write<T, E: From<StoreError>>(
        &mut self,
        change: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let transaction = self.database.begin().map_err(StoreError::from)?;
        let changed = change(&transaction)?;
        transaction.commit().map_err(StoreError::from)?;
        self.sync()?;
        Ok(changed)
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        self.database.sync().map_err(StoreError::Sync)?;
        self.is_synced = true;
        Ok(())
    }

    /// Keeps a new conference, unless its organizer has `quota` of them. There is one assigned
    /// conference at most, whatever its id.
    pub fn add(&mut self, entry: &Entry<'_>, quota: u32, now: i64) -> Result<Record, StoreError> {
        self.write(|database| {
            if find(database, entry.organizer, entry.id)?.is_some()
                || (entry.assigned && has_assigned(database, entry.organizer)?)
            {
                return Err(StoreError::Exists);
            }
            if !entry.assigned && !has_room(database, entry.organizer, quota, now)? {
                return Err(StoreError::Quota);
            }
            let pstn_id = entry.dial_in.then(|| digits::next(database)).transpose()?;
            database.execute(
                INSERT,
                params![
                    entry.organizer,
                    entry.id,
                    entry.document,
                    entry.passcode.map(Secret::expose),
                    pstn_id,
                    now,
                    entry.expires,
                    entry.assigned
                ],
            )?;
            find(database, entry.organizer, entry.id)?.ok_or(StoreError::Unknown)
        })
    }

    /// Replaces a conference whose version is still the one given. Digits once given are kept.
    pub fn change(
        &mut self,
        entry: &Entry<'_>,
        version: u32,
        now: i64,
    ) -> Result<Record, StoreError> {
        self.write(|database| {
            let old = find(database, entry.organizer, entry.id)?.ok_or(StoreError::Unknown)?;
            if old.version != version {
                return Err(StoreError::Stale);
            }
            let pstn_id = match (entry.dial_in, old.pstn_id) {
                (false, _) => None,
                (true, Some(id)) => Some(id),
                (true, None) => Some(digits::next(database)?),
            };
            database.execute(
                "UPDATE conference SET version = version + 1, document = ?3, passcode = ?4, pstn_id = ?5, updated = ?6, expires = ?7
                 WHERE organizer = ?1 AND id = ?2",
                params![
                    entry.organizer,
                    entry.id,
                    entry.document,
                    entry.passcode.map(Secret::expose),
                    pstn_id,
                    now,
                    entry.expires
                ],
            )?;
            find(database, entry.organizer, entry.id)?.ok_or(StoreError::Unknown)
        })
    }

    /// Whether the organizer has less than `quota` conferences that have not expired, the assigned one
    /// aside.
    pub fn has_room(&self, organizer: &str, quota: u32, now: i64) -> Result<bool, StoreError> {
        has_room(&self.database, organizer, quota, now)
    }

    /// Gives a conference digits to key in, unless it has some.
    pub fn give_digits(&mut self, organizer: &str, id: &str) -> Result<Record, StoreError> {
        self.write(|database| {
            let old = find(database, organizer, id)?.ok_or(StoreError::Unknown)?;
            if old.pstn_id.is_some() {
                return Ok(old);
            }
            let pstn_id = digits::next(database)?;
            database.execute(
                "UPDATE conference SET pstn_id = ?3 WHERE organizer = ?1 AND id = ?2",
                params![organizer, id, pstn_id],
            )?;
            Ok(Record {
                pstn_id: Some(pstn_id),
                ..old
            })
        })
    }

    /// The organizer's conference of that id, which is on the disk.
    pub fn find(&mut self, organizer: &str, id: &str) -> Result<Option<Record>, StoreError> {
        let found = find(&self.database, organizer, id)?;
        if found.is_some() && !self.is_synced {
            self.sync()?;
        }
        Ok(found)
    }

    /// The organizer's assigned conference, unless it has expired.
    pub fn find_assigned(&self, organizer: &str, now: i64) -> Result<Option<Record>, StoreError> {
        let found = self.database.query_row(
            "SELECT * FROM conference WHERE organizer = ?1 AND assigned = 1 AND (expires IS NULL OR expires > ?2)",
            params![organizer, now],
            Record::read,
        );
        Ok(found.optional()?)
    }

    /// Where the organizer's conferences that have not expired are, oldest first. All of them at once
    /// may be more than the memory holds.
    pub fn places(&self, organizer: &str, now: i64) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.database.prepare(
            "SELECT rowid FROM conference WHERE organizer = ?1 AND (expires IS NULL OR expires > ?2) ORDER BY rowid",
        )?;
        let rows = statement.query_map(params![organizer, now], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The organizer's conference at a place, unless it has been removed.
    pub fn find_at(&self, organizer: &str, place: i64) -> Result<Option<Record>, StoreError> {
        let found = self.database.query_row(
            "SELECT * FROM conference WHERE rowid = ?2 AND organizer = ?1",
            params![organizer, place],
            Record::read,
        );
        Ok(found.optional()?)
    }

    /// Forgets a conference.
    pub fn remove(&mut self, organizer: &str, id: &str) -> Result<(), StoreError> {
        self.write(|database| {
            let gone = database.execute(
                "DELETE FROM conference WHERE organizer = ?1 AND id = ?2",
                [organizer, id],
            )?;
            match gone {
                0 => Err(StoreError::Unknown),
                _ => Ok(()),
            }
        })
    }

    /// A value kept under a name; made and kept if there is none, by one process alone.
    pub fn get_or_make<E: From<StoreError>>(
        &mut self,
        name: &str,
        make: impl FnOnce() -> Result<String, E>,
    ) -> Result<String, E> {
        if let Some(value) = get_kept(&self.database, name)? {
            return Ok(value);
        }
        self.write(|database| {
            if let Some(value) = get_kept(database, name)? {
                return Ok(value);
            }
            let value = make()?;
            let inserted = database.execute("INSERT INTO kept VALUES (?1, ?2)", [name, &value]);
            inserted.map_err(StoreError::from)?;
            Ok(value)
        })
    }
}

/// The version of a database of ours; 0: there is nothing in it.
fn check(database: &Connection) -> Result<u32, StoreError> {
    // One look: somebody else may be making it.
    let look = database.unchecked_transaction()?;
    let version = version_of(&look)?;
    let tables: Vec<String> = look
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let has = |table: &str| tables.iter().any(|name| name == table);
    let is_ours = ["conference", "pstn", "kept"].into_iter().all(has);
    match version {
        0 if tables.is_empty() => Ok(0),
        1.. if is_ours && version > LATEST => Err(StoreError::Newer(version)),
        1.. if is_ours => Ok(version),
        _ => Err(StoreError::Foreign),
    }
}

/// Makes a database of the latest version of one that [`check`] took.
fn upgrade(database: &Connection) -> Result<(), StoreError> {
    // Somebody else may have been quicker.
    let version = version_of(database)?;
    for step in STEPS.iter().skip(version as usize) {
        database.execute_batch(step)?;
    }
    Ok(database.pragma_update(None, "user_version", version.max(LATEST))?)
}

fn version_of(database: &Connection) -> Result<u32, StoreError> {
    Ok(database.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

fn get_kept(database: &Connection, name: &str) -> Result<Option<String>, StoreError> {
    let found = database.query_row("SELECT value FROM kept WHERE name = ?1", [name], |row| {
        row.get(0)
    });
    Ok(found.optional()?)
}

fn has_room(
    database: &Connection,
    organizer: &str,
    quota: u32,
    now: i64,
) -> Result<bool, StoreError> {
    let all: Option<u32> = database
        .query_row(TALLY, [organizer], |row| row.get(0))
        .optional()?;
    if all.unwrap_or_default() < quota {
        return Ok(true);
    }
    Ok(
        database.query_row(COUNT, params![organizer, now, quota], |row| {
            Ok(row.get::<_, u32>(0)? < quota)
        })?,
    )
}

fn has_assigned(database: &Connection, organizer: &str) -> Result<bool, StoreError> {
    Ok(database.query_row(
        "SELECT EXISTS (SELECT 1 FROM conference WHERE organizer = ?1 AND assigned)",
        [organizer],
        |row| row.get(0),
    )?)
}

fn find(database: &Connection, organizer: &str, id: &str) -> Result<Option<Record>, StoreError> {
    let found = database.query_row(FIND, [organizer, id], Record::read);
    Ok(found.optional()?)
}

#[cfg(test)]
mod tests;
