//! SQLite files that several processes open, change in one thing, and close.
//!
//! The log (WAL) outlives the process that wrote it, so that a change costs one sync of the log, done
//! here: SQLite itself would sync the folder with it, once a process, and write the log into the
//! database at each end.

use std::cell::Cell;
use std::fs::{self, File};
use std::io;
use std::ops::Deref;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use crate::atomic_file;

/// Bytes of a log that is written into the database by whoever opens it next, who reads all of it.
pub const LONG_LOG: u64 = 1 << 20;

/// Between two tries of what SQLite does not wait for by itself.
const PAUSE: Duration = Duration::from_millis(10);

/// What tells a file of ours from others and from those of later versions.
pub struct Format {
    /// SQLite's `application_id`.
    pub application: i32,
    /// SQLite's `user_version`.
    pub version: i32,
}

/// An open database.
pub struct Database {
    connection: Connection,
    log: PathBuf,
    /// Whether the log has a name that a power failure could take.
    is_log_new: Cell<bool>,
}

/// Makes an empty file, which its owner alone may read, and its folder. False: it was there.
pub fn create(path: &Path) -> io::Result<bool> {
    if let Some(folder) = path.parent() {
        atomic_file::make_folder(folder)?;
    }
    let mut options = File::options();
    match options.create_new(true).write(true).mode(0o600).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        made => made.map(|_| true),
    }
}

impl Database {
    /// Opens a file that [`create`] made. `timeout` is how long each step waits for other processes.
    pub fn open(path: &Path, timeout: Duration) -> rusqlite::Result<Self> {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let log = PathBuf::from(log);
        // Other programs remove it when they close the database.
        let is_log_new = Cell::new(fs::symlink_metadata(&log).is_err());
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(timeout)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        let database = Self {
            connection,
            log,
            is_log_new,
        };
        database.use_log(timeout)?;
        database.pragma_update(None, "synchronous", "NORMAL")?;
        database.shorten_log(timeout)?;
        Ok(database)
    }

    /// One that no other process sees, and that ends with this one.
    pub fn in_memory() -> rusqlite::Result<Self> {
        Ok(Self {
            connection: Connection::open_in_memory()?,
            log: PathBuf::new(),
            is_log_new: Cell::new(false),
        })
    }

    /// The first process turns the log on, for which SQLite waits for nobody.
    fn use_log(&self, timeout: Duration) -> rusqlite::Result<()> {
        let mut left = timeout.as_millis() / PAUSE.as_millis();
        loop {
            match self.pragma_update(None, "journal_mode", "WAL") {
                Err(error) if left > 0 && is_busy(&error) => {
                    thread::sleep(PAUSE);
                    left -= 1;
                }
                used => return used,
            }
        }
    }

    /// Writes a long log into the database, unless others are at it, who will have to.
    fn shorten_log(&self, timeout: Duration) -> rusqlite::Result<()> {
        if fs::metadata(&self.log).is_ok_and(|log| log.len() > LONG_LOG) {
            self.busy_timeout(Duration::ZERO)?;
            self.write_log()?;
            self.busy_timeout(timeout)?;
        }
        Ok(())
    }

    /// Writes the log into the database, as far as others let.
    pub fn write_log(&self) -> rusqlite::Result<()> {
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        match self.query_row(checkpoint, [], |_| Ok(())) {
            Err(error) if is_busy(&error) => Ok(()),
            written => written,
        }
    }

    /// Has `make` make what is in a new file, unless another process was quicker, and refuses a file
    /// that is none of ours. True: it was made just now.
    pub fn fill(
        &mut self,
        format: &Format,
        make: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<bool> {
        let mut is_new = false;
        if number(self, "PRAGMA user_version")? == 0 {
            let transaction = self.begin()?;
            if number(&transaction, "SELECT count(*) FROM sqlite_schema")? == 0 {
                make(&transaction)?;
                transaction.pragma_update(None, "application_id", format.application)?;
                transaction.pragma_update(None, "user_version", format.version)?;
                is_new = true;
            }
            transaction.commit()?;
        }
        let version = number(self, "PRAGMA user_version")?;
        if number(self, "PRAGMA application_id")? != i64::from(format.application) {
            return Err(foreign("it is no database of confctl".to_owned()));
        }
        if version != i64::from(format.version) {
            return Err(foreign(format!("it is of another version, {version}")));
        }
        Ok(is_new)
    }

    /// Begins a change that no other process is at.
    pub fn begin(&mut self) -> rusqlite::Result<Transaction<'_>> {
        let immediate = TransactionBehavior::Immediate;
        self.connection.transaction_with_behavior(immediate)
    }

    /// Changes all of what `change` changes, or nothing.
    pub fn write<T>(
        &mut self,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let transaction = self.begin()?;
        let changed = change(&transaction)?;
        transaction.commit()?;
        Ok(changed)
    }

    /// Makes what was written outlast a power failure.
    pub fn sync(&self) -> io::Result<()> {
        File::open(&self.log)?.sync_data()?;
        if self.is_log_new.get() {
            if let Some(folder) = self.log.parent() {
                atomic_file::sync_folder(folder)?;
            }
            self.is_log_new.set(false);
        }
        Ok(())
    }
}

impl Deref for Database {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

/// The one number that a query gives.
pub fn number(database: &Connection, sql: &str) -> rusqlite::Result<i64> {
    database.query_row(sql, [], |row| row.get(0))
}

fn is_busy(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(
        code,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// A file that SQLite can open, and that is not ours to use.
fn foreign(what: String) -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_NOTADB);
    rusqlite::Error::SqliteFailure(code, Some(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: Format = Format {
        application: 7,
        version: 3,
    };

    fn open(path: &Path) -> rusqlite::Result<Database> {
        create(path).unwrap();
        let mut database = Database::open(path, Duration::from_secs(20))?;
        database.fill(&FORMAT, |new| new.execute_batch("CREATE TABLE t (n)"))?;
        Ok(database)
    }

    #[test]
    fn many_may_open_it_first() {
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.sqlite");
            thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        let mut database = open(&path).unwrap();
                        let written = database.write(|t| t.execute("INSERT INTO t VALUES (1)", []));
                        assert_eq!(written, Ok(1));
                        database.sync().unwrap();
                    });
                }
            });
            let database = open(&path).unwrap();
            assert_eq!(number(&database, "SELECT count(*) FROM t"), Ok(8));
        }
    }

    #[test]
    fn others_files_and_other_versions_are_refused_and_stay() {
        let folder = tempfile::tempdir().unwrap();
        for (sql, words) in [
            (
                "PRAGMA user_version = 4; PRAGMA application_id = 7",
                "another version, 4",
            ),
            ("PRAGMA user_version = 3", "no database of confctl"),
            ("CREATE TABLE other (x)", "no database of confctl"),
        ] {
            let path = folder.path().join(format!("{}.sqlite", sql.len()));
            Connection::open(&path).unwrap().execute_batch(sql).unwrap();
            let error = open(&path).map(drop).unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
