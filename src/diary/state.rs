//! What only we may say of a meeting: its conference, who was mailed, where it is on a calendar, the
//! key of its request. It stands in a database of its own, because anybody may write the folder.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, Row, Transaction, params};
use serde_json::Value;

use crate::atomic_file;
use crate::calendar_object::{FormerNotes, Notes};
use crate::conference::MeetingId;
use crate::database::{self, Database, Format};
use crate::diary::history::{self, Event, What};
use crate::error::{Error, Result};

/// How long a process waits for another one's write.
const TIMEOUT: Duration = Duration::from_secs(30);

const FORMAT: Format = Format {
    application: 0x636f_6e66,
    version: 2,
};

/// What makes the second version of the first.
const SECOND: &str = "ALTER TABLE meeting ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX meeting_names ON meeting (uid, meeting_id, dial_in_id, web_link, coming_id);
    CREATE INDEX meeting_by_coming_id ON meeting (coming_id) WHERE coming_id IS NOT NULL;
    PRAGMA user_version = 2;";

const SCHEMA: &str = "
    CREATE TABLE meeting (
        uid TEXT PRIMARY KEY,
        account TEXT NOT NULL COLLATE NOCASE,
        meeting_id TEXT NOT NULL COLLATE NOCASE,
        coming_id TEXT COLLATE NOCASE,
        dial_in_id TEXT,
        web_link TEXT COLLATE NOCASE,
        assigned INTEGER NOT NULL,
        key TEXT,
        facts TEXT,
        notes TEXT NOT NULL,
        sent TEXT NOT NULL,
        calendar_entry TEXT,
        sequence INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX meeting_names ON meeting (uid, meeting_id, dial_in_id, web_link, coming_id);
    CREATE INDEX meeting_by_coming_id ON meeting (coming_id) WHERE coming_id IS NOT NULL;
    CREATE INDEX meeting_by_id ON meeting (meeting_id);
    CREATE INDEX meeting_by_uid ON meeting (uid COLLATE NOCASE);
    CREATE INDEX meeting_by_dial_in_id ON meeting (dial_in_id);
    CREATE INDEX meeting_by_web_link ON meeting (web_link) WHERE web_link IS NOT NULL;
    CREATE INDEX meeting_on_assigned ON meeting (uid) WHERE assigned;
    CREATE INDEX meeting_by_key ON meeting (key) WHERE key IS NOT NULL;";

const COLUMNS: &str = "uid, notes, sent, calendar_entry, key, facts, coming_id, sequence";

/// What is known of a meeting besides its notes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Who was mailed which SEQUENCE last, by address in small letters.
    pub sent: BTreeMap<String, u32>,
    /// The highest SEQUENCE that was ever written, which people may have in whatever way.
    pub sequence: u32,
    /// Where it is on the organizer's calendar, as whoever put it there describes it; none: it is not.
    pub calendar_entry: Option<Value>,
    /// What a script calls the request that made it.
    pub key: Option<RequestKey>,
    /// What was done about it and is to be written down; what was, is in the history.
    pub events: Vec<Event>,
    /// The conference that it is about to have in place of the one that is known.
    pub coming: Option<MeetingId>,
}

impl State {
    /// The highest SEQUENCE that anybody may have.
    pub(super) fn highest(&self) -> u32 {
        let mailed = self.sent.iter().filter(|(key, _)| !key.starts_with('*'));
        let mailed = mailed.map(|(_, sequence)| *sequence).max();
        self.sequence.max(mailed.unwrap_or_default())
    }
}

/// What a script calls the request that made a meeting, so that asking twice makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    /// As the script has it.
    pub name: String,
    /// A digest of what was asked for; empty: an earlier version kept none.
    pub facts: String,
}

/// Everything that is known of a meeting and does not stand in its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// What its calendar has no place for.
    pub notes: Notes,
    /// The rest.
    pub state: State,
}

impl Known {
    /// Whether the file of the meeting, whose links lead there, says nothing else about its conference.
    pub(super) fn is_of(&self, links: &[MeetingId]) -> bool {
        let own = [Some(&self.notes.conference.id), self.state.coming.as_ref()];
        let mut links = links.iter();
        links.all(|link| own.into_iter().flatten().any(|own| own.is(link)))
    }
}

impl From<FormerNotes> for Known {
    fn from(former: FormerNotes) -> Self {
        let key = former.key.map(|(name, facts)| RequestKey { name, facts });
        Self {
            notes: former.notes,
            state: State {
                sent: former.sent,
                sequence: 0,
                calendar_entry: former.calendar_entry,
                key,
                events: Vec::new(),
                coming: None,
            },
        }
    }
}

/// What a meeting is called besides its subject.
pub struct Name {
    /// RFC 5545 3.8.4.7
    pub uid: String,
    meeting_id: String,
    coming_id: Option<String>,
    dial_in_id: Option<String>,
    web_link: Option<String>,
}

impl Name {
    /// The key of its conference.
    pub fn meeting_id(&self) -> &str {
        &self.meeting_id
    }

    /// What people dial.
    pub fn dial_in_id(&self) -> Option<&str> {
        self.dial_in_id.as_deref()
    }

    /// Meeting id, Conference ID, web link.
    pub fn ids(&self) -> impl Iterator<Item = &String> {
        let others = [&self.dial_in_id, &self.web_link];
        std::iter::once(&self.meeting_id).chain(others.into_iter().flatten())
    }

    /// The conference that it has, and the one that it is about to have.
    pub fn conferences(&self) -> impl Iterator<Item = &str> {
        let coming = self.coming_id.iter();
        std::iter::once(&self.meeting_id)
            .chain(coming)
            .map(String::as_str)
    }

    /// Whether the file of the meeting, whose links lead there, says nothing else about its conference.
    pub fn is_of(&self, links: &[String]) -> bool {
        let is_own = |link: &String| {
            let mut own = self.conferences();
            own.any(|own| own.eq_ignore_ascii_case(link))
        };
        links.iter().all(is_own)
    }
}

/// The database, opened when it is first needed, and made when something is first written.
pub struct States {
    folder: PathBuf,
    /// Reads what earlier versions, which had no database, left in the calendar files.
    former: Box<dyn Fn() -> Vec<(String, Known)>>,
    database: OnceCell<Database>,
}

impl States {
    /// The database in the data folder, which need not exist yet. `former` reads what earlier
    /// versions left.
    pub fn new(folder: PathBuf, former: impl Fn() -> Vec<(String, Known)> + 'static) -> Self {
        Self {
            folder,
            former: Box::new(former),
            database: OnceCell::new(),
        }
    }

    /// Answers as things are now until it is dropped, and each question sooner; none: there is nothing.
    pub fn snapshot(&self) -> Result<Option<Transaction<'_>>> {
        let Some(database) = self.open()? else {
            return Ok(None);
        };
        let begun = database.unchecked_transaction();
        begun.map(Some).map_err(|error| self.error(&error))
    }

    /// What is known of the meeting of that UID.
    pub fn get(&self, uid: &str) -> Result<Option<Known>> {
        let found = self.select("WHERE uid = ?1", &[uid])?;
        Ok(found.into_iter().next().map(|(_, known)| known))
    }

    /// UIDs of the meetings that are called so in full: by UID, meeting id, Conference ID or web link.
    pub fn uids_called(&self, name: &str) -> Result<Vec<String>> {
        self.uids(
            "WHERE uid = ?1 COLLATE NOCASE OR meeting_id = ?1 OR dial_in_id = ?1 OR web_link = ?1",
            name,
        )
    }

    /// UIDs that begin so.
    pub fn uids_beginning(&self, beginning: &str) -> Result<Vec<String>> {
        self.uids("WHERE uid >= ?1 AND uid < ?1 || char(1114111)", beginning)
    }

    /// UIDs of the meetings of which UID, meeting id, Conference ID or web link begins so, in large
    /// letters or small ones; none: there are more than `most`.
    pub fn few_uids_beginning(
        &self,
        beginning: &str,
        most: usize,
    ) -> Result<Option<HashSet<String>>> {
        let mut uids = HashSet::new();
        for column in ["uid COLLATE NOCASE", "meeting_id", "dial_in_id", "web_link"] {
            let which = format!("WHERE {column} >= ?1 AND {column} < ?1 || char(1114111)");
            let sql = format!("SELECT uid FROM meeting {which} LIMIT {}", most + 1);
            uids.extend(self.query_uids(&sql, beginning)?);
        }
        Ok(Some(uids).filter(|uids| uids.len() <= most))
    }

    /// How many meetings have that Conference ID.
    pub fn count_dial_in(&self, digits: &str) -> Result<usize> {
        Ok(self.uids("WHERE dial_in_id = ?1", digits)?.len())
    }

    /// UIDs of the meetings on assigned conferences.
    pub fn uids_of_assigned(&self) -> Result<HashSet<String>> {
        Ok(self
            .uids("WHERE assigned AND ?1 = ''", "")?
            .into_iter()
            .collect())
    }

    /// What the meeting of that UID is called.
    pub fn name_of(&self, uid: &str) -> Result<Option<Name>> {
        Ok(self
            .select_names("WHERE uid = ?1", &[uid])?
            .into_iter()
            .next())
    }

    /// What all meetings are called.
    pub fn names(&self) -> Result<Vec<Name>> {
        self.select_names("", &[])
    }

    fn select_names(&self, which: &str, values: &[&str]) -> Result<Vec<Name>> {
        let Some(database) = self.open()? else {
            return Ok(Vec::new());
        };
        let read = || -> rusqlite::Result<Vec<Name>> {
            // Without the notes, which are large.
            let names = "SELECT uid, meeting_id, dial_in_id, web_link, coming_id
                FROM meeting INDEXED BY meeting_names";
            let mut statement = database.prepare_cached(&format!("{names} {which}"))?;
            let values = rusqlite::params_from_iter(values);
            let rows = statement.query_map(values, |row| {
                Ok(Name {
                    uid: row.get(0)?,
                    meeting_id: row.get(1)?,
                    dial_in_id: row.get(2)?,
                    web_link: row.get(3)?,
                    coming_id: row.get(4)?,
                })
            })?;
            rows.collect()
        };
        read().map_err(|error| self.error(&error))
    }

    /// Whether what was known before is lost.
    pub fn were_lost(&self) -> Result<bool> {
        self.open()?;
        Ok(self.is_there(LOST))
    }

    /// Makes sure that something can be written.
    pub fn prepare(&self) -> Result<()> {
        self.open_or_make().map(drop)
    }

    /// UIDs of the meetings that a request with this key made.
    pub fn uids_of_key(&self, key: &str) -> Result<Vec<String>> {
        self.uids("WHERE key = ?1", key)
    }

    /// UIDs of the meetings with this conference.
    pub fn uids_of_conference(&self, id: &MeetingId) -> Result<Vec<String>> {
        let known = "SELECT uid FROM meeting WHERE meeting_id = ?1
            UNION SELECT uid FROM meeting WHERE coming_id = ?1 ORDER BY uid";
        self.query_uids(known, id.as_str())
    }

    /// Keeps what is known of a meeting that takes the place of former ones, which are forgotten. When this
    /// returns it is on the disk.
    pub fn put(&self, former: &[String], uid: &str, known: &Known) -> Result<()> {
        let database = self.open_or_make()?;
        let put = || -> rusqlite::Result<()> {
            let transaction = database.unchecked_transaction()?;
            for former in former {
                transaction.execute("DELETE FROM meeting WHERE uid = ?1", [former])?;
                history::take_over(&transaction, former, uid)?;
            }
            put(&transaction, uid, known)?;
            for event in &known.state.events {
                history::write(&transaction, uid, event)?;
            }
            transaction.commit()
        };
        put().map_err(|error| self.error(&error))?;
        self.sync(database)
    }

    /// Forgets a meeting.
    pub fn remove(&self, uid: &str) -> Result<()> {
        let database = self.open_or_make()?;
        let remove = || -> rusqlite::Result<()> {
            let transaction = database.unchecked_transaction()?;
            transaction.execute("DELETE FROM meeting WHERE uid = ?1", [uid])?;
            history::remove(&transaction, uid)?;
            transaction.commit()
        };
        remove().map_err(|error| self.error(&error))?;
        self.sync(database)
    }

    /// What was done about a meeting.
    pub fn history(&self, uid: &str) -> Result<Vec<Event>> {
        let Some(database) = self.open()? else {
            return Ok(Vec::new());
        };
        history::read(database, uid).map_err(|error| self.error(&error))
    }

    /// UIDs of the meetings that something was done about, the last one first, and whether that was
    /// one occurrence.
    pub fn uids_of_last(&self, what: What) -> Result<Vec<(String, bool)>> {
        let Some(database) = self.open()? else {
            return Ok(Vec::new());
        };
        history::last(database, what).map_err(|error| self.error(&error))
    }

    fn uids(&self, which: &str, value: &str) -> Result<Vec<String>> {
        self.query_uids(
            &format!("SELECT uid FROM meeting {which} ORDER BY uid"),
            value,
        )
    }

    fn query_uids(&self, sql: &str, value: &str) -> Result<Vec<String>> {
        let Some(database) = self.open()? else {
            return Ok(Vec::new());
        };
        let read = || -> rusqlite::Result<Vec<String>> {
            let mut statement = database.prepare_cached(sql)?;
            statement.query_map([value], |row| row.get(0))?.collect()
        };
        read().map_err(|error| self.error(&error))
    }

    fn select(&self, which: &str, values: &[&str]) -> Result<Vec<(String, Known)>> {
        let Some(database) = self.open()? else {
            return Ok(Vec::new());
        };
        let read = || -> rusqlite::Result<Vec<(String, Known)>> {
            let mut statement =
                database.prepare_cached(&format!("SELECT {COLUMNS} FROM meeting {which}"))?;
            let values = rusqlite::params_from_iter(values);
            statement.query_map(values, known)?.collect()
        };
        read().map_err(|error| self.error(&error))
    }

    /// None: there is none, and none can be made.
    fn open(&self) -> Result<Option<&Database>> {
        if self.database.get().is_none() && !self.is_there(FILE) && self.create().is_err() {
            return Ok(None);
        }
        self.open_or_make().map(Some)
    }

    fn is_there(&self, name: &str) -> bool {
        fs::symlink_metadata(self.folder.join(name)).is_ok()
    }

    fn open_or_make(&self) -> Result<&Database> {
        if self.database.get().is_none() {
            self.create().map_err(|error| {
                let path = self.path();
                Error::failed(format!("can't write '{}': {error}", path.display()))
            })?;
            let opened = self.connect().map_err(|error| self.error(&error))?;
            let (database, is_new) = opened;
            let database = self.database.get_or_init(|| database);
            if is_new {
                self.sync(database)?;
            }
            // From here on it is known, even if the database should be lost.
            let _ = database::create(&self.folder.join(MADE));
        }
        self.database
            .get()
            .ok_or_else(|| Error::failed("the database of meetings is gone"))
    }

    /// The database, and whether it was made just now.
    fn connect(&self) -> rusqlite::Result<(Database, bool)> {
        let mut database = Database::open(&self.path(), TIMEOUT)?;
        upgrade(&mut database)?;
        let is_new = database.fill(&FORMAT, |transaction| self.fill(transaction))?;
        Ok((database, is_new))
    }

    /// Makes the tables, with what earlier versions left.
    fn fill(&self, database: &Connection) -> rusqlite::Result<()> {
        if self.is_there(MADE) {
            // Before there is a new one, which would be taken for what there ever was.
            self.note_loss().map_err(|error| {
                let what = format!("'{LOST}' can't be made beside it: {error}");
                let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN);
                rusqlite::Error::SqliteFailure(code, Some(what))
            })?;
        }
        database.execute_batch(SCHEMA)?;
        database.execute_batch(history::SCHEMA)?;
        // Later than that, or where no earlier version worked, whoever may write the folder could have
        // planted it.
        if !self.is_there(MADE) && self.is_there(EARLIER) {
            for (uid, known) in (self.former)() {
                put(database, &uid, &known)?;
            }
        }
        Ok(())
    }

    fn note_loss(&self) -> io::Result<()> {
        database::create(&self.folder.join(LOST))?;
        atomic_file::sync_folder(&self.folder)
    }

    fn create(&self) -> io::Result<()> {
        match database::create(&self.path())? {
            true => atomic_file::sync_folder(&self.folder),
            false => Ok(()),
        }
    }

    /// Makes what was committed outlast a power failure.
    fn sync(&self, database: &Database) -> Result<()> {
        let path = self.path();
        let synced = database.sync();
        synced.map_err(|error| Error::failed(format!("can't sync '{}': {error}", path.display())))
    }

    fn path(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    fn error(&self, error: &rusqlite::Error) -> Error {
        let path = self.path();
        let what = format!(
            "what confctl knows of its meetings, '{}', can't be used: {error}",
            path.display()
        );
        let failed = Error::failed(what);
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => failed.hint(
                "move it away, with state.sqlite-wal and state.sqlite-shm: a backup of all three can be put in their place, and without one 'confctl adopt CONF' takes each meeting in again",
            ),
            _ => failed,
        }
    }
}

/// Name of the database in the data folder.
const FILE: &str = "state.sqlite";
/// Name of an empty file that tells that there was a database, should it be lost: what stands in the
/// calendar files from then on is believed by nobody.
const MADE: &str = "state.made";
/// Name of an empty file that tells that a database was lost: nobody knows what was made before.
const LOST: &str = "state.lost";
/// Name of the folder that every version makes that changes anything: without it none made a meeting
/// here.
const EARLIER: &str = "unfinished";

/// Brings a database of the first version up to date, unless another process was quicker.
fn upgrade(database: &mut Database) -> rusqlite::Result<()> {
    let is_first = |database: &Connection| -> rusqlite::Result<bool> {
        let is_ours = "SELECT application_id = ?1 FROM pragma_application_id";
        let is_ours = database.query_row(is_ours, [FORMAT.application], |row| row.get(0))?;
        Ok(is_ours && database::number(database, "PRAGMA user_version")? == 1)
    };
    if !is_first(database)? {
        return Ok(());
    }
    database.write(|transaction| match is_first(transaction)? {
        true => transaction.execute_batch(SECOND),
        false => Ok(()),
    })
}

fn put(database: &Connection, uid: &str, known: &Known) -> rusqlite::Result<()> {
    let conference = &known.notes.conference;
    let dial_in = conference.ways_in.dial_in.as_ref();
    let key = known.state.key.as_ref();
    let calendar_entry = known.state.calendar_entry.as_ref();
    let sql = format!(
        "INSERT OR REPLACE INTO meeting
            ({COLUMNS}, account, meeting_id, dial_in_id, web_link, assigned)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
    );
    database.prepare(&sql)?.execute(params![
        uid,
        json(&known.notes)?,
        json(&known.state.sent)?,
        calendar_entry.map(json).transpose()?,
        key.map(|key| &key.name),
        key.map(|key| &key.facts),
        known.state.coming.as_ref().map(|id| id.as_str()),
        known.state.sequence,
        conference.owner,
        conference.id.as_str(),
        dial_in.map(|dial_in| dial_in.id.as_str()),
        conference.ways_in.web_link,
        conference.assigned,
    ])?;
    Ok(())
}

fn known(row: &Row<'_>) -> rusqlite::Result<(String, Known)> {
    let calendar_entry: Option<String> = row.get(3)?;
    let key: Option<String> = row.get(4)?;
    let facts: Option<String> = row.get(5)?;
    let coming: Option<String> = row.get(6)?;
    let known = Known {
        notes: parse(&row.get::<_, String>(1)?)?,
        state: State {
            sent: parse(&row.get::<_, String>(2)?)?,
            sequence: row.get(7)?,
            calendar_entry: calendar_entry.map(|text| parse(&text)).transpose()?,
            events: Vec::new(),
            coming: coming.and_then(|id| MeetingId::parse(&id).ok()),
            key: key.map(|name| RequestKey {
                name,
                facts: facts.unwrap_or_default(),
            }),
        },
    };
    Ok((row.get(0)?, known))
}

fn json<T: serde::Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    let text_type = rusqlite::types::Type::Text;
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, text_type, Box::new(error)))
}
