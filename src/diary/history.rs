//! What became of a meeting, and who was told of it when.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

/// Something that was done about a meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
    /// Address of who was told, `user@domain`; none: it is about the meeting.
    pub who: Option<String>,
    /// SEQUENCE of the version.
    pub sequence: u32,
    /// Original start of the one occurrence that it is about; none: all of it.
    pub occurrence: Option<Timestamp>,
    /// What the mail server said, where it did not take the mail.
    pub why: Option<String>,
    /// The operation that did it, so that it is counted once.
    #[serde(skip)]
    pub operation: String,
}

/// What can be done about a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// It was made.
    Scheduled,
    /// It was changed.
    Updated,
    /// It, or an occurrence, was cancelled.
    Cancelled,
    /// Its call-in details were brought up to date.
    Refreshed,
    /// It was cancelled, and takes place after all.
    Revived,
    /// It was taken in from another computer.
    Adopted,
    /// A mail server took a mail.
    Sent,
    /// A mail server refused a mail.
    Refused,
    /// A mail did not go.
    Failed,
    /// Whether a mail arrived is not known.
    Unknown,
}

impl What {
    /// The word for it, as JSON has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Updated => "updated",
            Self::Cancelled => "cancelled",
            Self::Refreshed => "refreshed",
            Self::Revived => "revived",
            Self::Adopted => "adopted",
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        serde_json::from_value(word.into()).ok()
    }
}

pub(super) const SCHEMA: &str = "
    CREATE TABLE history (
        uid TEXT NOT NULL,
        at INTEGER NOT NULL,
        what TEXT NOT NULL,
        who TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        occurrence INTEGER,
        why TEXT,
        operation TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX history_once
        ON history (uid, operation, what, who, sequence, coalesce(occurrence, 0));
    CREATE INDEX history_by_what ON history (what, at);";

pub(super) fn write(database: &Connection, uid: &str, event: &Event) -> rusqlite::Result<()> {
    let sql = "INSERT OR IGNORE INTO history
        (uid, at, what, who, sequence, occurrence, why, operation)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    database.prepare_cached(sql)?.execute(params![
        uid,
        event.at.as_second(),
        event.what.word(),
        event.who.as_deref().unwrap_or_default(),
        event.sequence,
        event.occurrence.map(Timestamp::as_second),
        event.why,
        event.operation,
    ])?;
    Ok(())
}

/// Everything about a meeting, in its order.
pub(super) fn read(database: &Connection, uid: &str) -> rusqlite::Result<Vec<Event>> {
    let sql = "SELECT at, what, who, sequence, occurrence, why, operation FROM history
        WHERE uid = ?1 ORDER BY at, rowid";
    let mut statement = database.prepare(sql)?;
    statement.query_map([uid], event)?.collect()
}

/// UIDs of the meetings that something was done about, the last one first, and whether that was one
/// occurrence.
pub(super) fn last(database: &Connection, what: What) -> rusqlite::Result<Vec<(String, bool)>> {
    let sql = "SELECT uid, occurrence IS NOT NULL FROM history WHERE what = ?1
        ORDER BY at DESC, rowid DESC";
    let mut statement = database.prepare(sql)?;
    statement
        .query_map([what.word()], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Makes what was done about a meeting that of another one, which takes its place; who was mailed was
/// mailed about the former one.
pub(super) fn take_over(database: &Connection, former: &str, uid: &str) -> rusqlite::Result<()> {
    let sql = "UPDATE OR IGNORE history SET uid = ?2 WHERE uid = ?1 AND who = ''";
    database.execute(sql, [former, uid]).map(drop)
}

pub(super) fn remove(database: &Connection, uid: &str) -> rusqlite::Result<()> {
    database
        .execute("DELETE FROM history WHERE uid = ?1", [uid])
        .map(drop)
}

fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    let time =
        |second: i64| Timestamp::from_second(second).map_err(|_| rusqlite::Error::InvalidQuery);
    let what: String = row.get(1)?;
    let who: String = row.get(2)?;
    let occurrence: Option<i64> = row.get(4)?;
    Ok(Event {
        at: time(row.get(0)?)?,
        what: What::of_word(&what).ok_or(rusqlite::Error::InvalidQuery)?,
        who: Some(who).filter(|who| !who.is_empty()),
        sequence: row.get(3)?,
        occurrence: occurrence.map(time).transpose()?,
        why: row.get(5)?,
        operation: row.get(6)?,
    })
}
