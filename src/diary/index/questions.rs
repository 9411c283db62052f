//! What the index is asked.

use std::collections::HashSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use jiff::{Timestamp, Zoned};
use rusqlite::{OptionalExtension, Row, params};

use crate::diary::folder::{Look, look};
use crate::diary::index::Index;
use crate::diary::summary::Summary;

const COLUMNS: &str = "f.id, f.name, f.look, s.text";
const TABLES: &str = "file f JOIN summary s ON s.file = f.id";

/// A file that is one meeting, the newest of its UID.
#[derive(Clone, Debug)]
pub struct Indexed {
    id: i64,
    /// Name in the folder.
    pub name: OsString,
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
    /// The conferences that its links lead to.
    pub links: Vec<String>,
}

/// What is wrong in the folder.
#[derive(Debug, Default)]
pub struct Trouble {
    /// Files that can't be read and could be meetings, with the reason.
    pub unreadable: Vec<(OsString, String)>,
    /// Files that are no files.
    pub special: Vec<OsString>,
    /// Files of series that come again by a rule that nobody here understands, with the subject.
    pub odd: Vec<(OsString, String)>,
    /// Meetings that are in several files.
    pub twins: Vec<Twins>,
}

/// Files of a meeting that is in a newer file too.
#[derive(Debug)]
pub struct Twins {
    /// Those that do not count, by name.
    pub older: Vec<OsString>,
    /// The one that counts.
    pub newest: OsString,
    /// Its subject.
    pub subject: String,
}

impl Twins {
    /// A sentence about them.
    pub fn sentence(&self) -> String {
        let (subject, newest) = (&self.subject, self.newest.display());
        let older = match self.older.as_slice() {
            [] => return String::new(),
            [one] => format!("'{}'", one.display()),
            [first, rest @ ..] => format!("'{}' and {} more", first.display(), rest.len()),
        };
        let count = match self.older.len() {
            1 => "two".to_owned(),
            older => (older + 1).to_string(),
        };
        format!(
            "'{subject}' is in {count} files of the diary: '{newest}' counts, which has the higher SEQUENCE or was written later, and not {older}"
        )
    }
}

impl Index {
    /// What is wrong.
    pub fn trouble(&self) -> rusqlite::Result<Trouble> {
        let mut trouble = Trouble::default();
        let mut statement = self.database.prepare(
            "SELECT name, why, special, uid, counts FROM file INDEXED BY file_in_doubt
                WHERE folder = ?1 AND (why IS NOT NULL OR special OR odd OR (uid IS NOT NULL AND NOT counts))
                ORDER BY uid, name",
        )?;
        let mut rows = statement.query([self.id])?;
        let mut twins: Vec<(String, Vec<OsString>)> = Vec::new();
        while let Some(row) = rows.next()? {
            let name = name(row, 0)?;
            match (row.get::<_, Option<String>>(1)?, row.get(2)?) {
                (Some(why), _) => trouble.unreadable.push((name, why)),
                (None, true) => trouble.special.push(name),
                (None, false) if row.get(4)? => {
                    let found = self.get(&row.get::<_, String>(3)?)?;
                    let subject = found.map(|found| found.summary.subject);
                    trouble.odd.push((name, subject.unwrap_or_default()));
                }
                (None, false) => {
                    let uid: String = row.get(3)?;
                    match twins.last_mut() {
                        Some((known, names)) if *known == uid => names.push(name),
                        _ => twins.push((uid, vec![name])),
                    }
                }
            }
        }
        for (uid, older) in twins {
            trouble.twins.extend(self.get(&uid)?.map(|newest| Twins {
                older,
                newest: newest.name,
                subject: newest.summary.subject,
            }));
        }
        Ok(trouble)
    }

    /// The meeting of that UID.
    pub fn get(&self, uid: &str) -> rusqlite::Result<Option<Indexed>> {
        let sql =
            format!("SELECT {COLUMNS} FROM {TABLES} WHERE folder = ?1 AND counts AND uid = ?2");
        let mut statement = self.database.prepare_cached(&sql)?;
        let mut rows = statement.query_map(params![self.id, uid], indexed)?;
        rows.next().transpose()
    }

    /// UIDs of the meetings with that UID, in large letters or small ones, or of which a link leads to
    /// that conference.
    pub fn called(&self, name: &str) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.database.prepare_cached(
            "SELECT uid FROM file WHERE folder = ?1 AND counts AND uid = ?2 COLLATE NOCASE
            UNION SELECT uid FROM link INDEXED BY link_by_id CROSS JOIN file ON file.id = link.file
                WHERE link.id = ?2 AND folder = ?1 AND counts",
        )?;
        let rows = statement.query_map(params![self.id, name], |row| row.get(0))?;
        rows.collect()
    }

    /// UIDs of the meetings with that subject, given in small letters; at most `most` and one.
    pub fn titled(&self, title: &str, most: usize) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.database.prepare_cached(
            "SELECT uid FROM file INDEXED BY file_by_title
                WHERE folder = ?1 AND counts AND title = ?2 LIMIT ?3",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
        let rows = statement.query_map(params![self.id, title, most], |row| row.get(0))?;
        rows.collect()
    }

    /// UIDs of the meetings whose subject holds all these words, given in small letters; at most `most`
    /// and one.
    pub fn about(&self, words: &[String], most: usize) -> rusqlite::Result<Vec<String>> {
        let holds: String = (0..words.len())
            .map(|at| format!(" AND instr(title, ?{})", at + 2))
            .collect();
        let sql = format!(
            "SELECT uid FROM file INDEXED BY file_by_title
                WHERE folder = ?1 AND counts{holds} LIMIT {}",
            most.saturating_add(1)
        );
        let mut statement = self.database.prepare(&sql)?;
        let id = self.id.to_string();
        let values = std::iter::once(&id).chain(words);
        let rows = statement.query_map(rusqlite::params_from_iter(values), |row| row.get(0))?;
        rows.collect()
    }

    /// UIDs of the meetings of which the UID, or a conference that a link leads to, begins so, in
    /// large letters or small ones; at most `most` and one.
    pub fn beginning(&self, beginning: &str, most: usize) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.database.prepare_cached(
            "SELECT uid FROM file WHERE folder = ?1 AND counts AND uid COLLATE NOCASE >= ?2
                AND uid COLLATE NOCASE < ?2 || char(1114111)
            UNION SELECT uid FROM link INDEXED BY link_by_id CROSS JOIN file ON file.id = link.file
                WHERE link.id >= ?2 AND link.id < ?2 || char(1114111) AND folder = ?1 AND counts
            LIMIT ?3",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
        let values = params![self.id, beginning, most];
        let rows = statement.query_map(values, |row| row.get(0))?;
        rows.collect()
    }

    /// The meetings of those UIDs, in their order; what is not there is left out.
    pub fn get_all(&self, uids: &[String]) -> rusqlite::Result<Vec<Indexed>> {
        let _snapshot = self.database.unchecked_transaction()?;
        let found = uids.iter().filter_map(|uid| self.get(uid).transpose());
        found.collect()
    }

    /// UIDs of at most `most` meetings that were not cancelled: those to come first, by their next
    /// occurrence, then those that were last.
    pub fn nearest(&self, most: usize) -> rusqlite::Result<Vec<String>> {
        let _snapshot = self.database.unchecked_transaction()?;
        let mut uids = Vec::new();
        let mut seen = HashSet::new();
        for sql in [
            "SELECT f.uid FROM occurrence o INDEXED BY occurrence_by_begin
                CROSS JOIN file f ON f.id = o.file
                WHERE o.begin > ?2 - 86400 AND o.finish > ?2
                    AND f.folder = ?1 AND f.counts AND NOT f.cancelled ORDER BY o.begin",
            "SELECT uid FROM file WHERE folder = ?1 AND counts AND NOT cancelled AND first <= ?2
                ORDER BY first DESC",
        ] {
            let mut statement = self.database.prepare(sql)?;
            let mut rows = statement.query(params![self.id, self.now.as_second()])?;
            while uids.len() < most
                && let Some(row) = rows.next()?
            {
                let uid: String = row.get(0)?;
                if seen.insert(uid.clone()) {
                    uids.push(uid);
                }
            }
        }
        Ok(uids)
    }

    /// Those of the meetings that are there and were not cancelled, those to come first, the nearest
    /// first.
    pub fn sort_by_time(&self, uids: &HashSet<String>) -> rusqlite::Result<Vec<String>> {
        let _snapshot = self.database.unchecked_transaction()?;
        let mut statement = self.database.prepare_cached(
            "SELECT covered_until IS NULL AND last <= ?3, abs(first - ?3) FROM file
                WHERE folder = ?1 AND uid = ?2 AND counts AND NOT cancelled",
        )?;
        let now = self.now.as_second();
        let mut found: Vec<(bool, i64, &String)> = Vec::new();
        for uid in uids {
            let row = statement.query_row(params![self.id, uid, now], |row| {
                Ok((row.get(0)?, row.get(1)?, uid))
            });
            found.extend(row.optional()?);
        }
        found.sort();
        Ok(found.into_iter().map(|(_, _, uid)| uid.clone()).collect())
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
            let known = Look::of_bytes(row.get_ref(1)?.as_blob()?);
            if known.is_none() || look(&self.folder.join(name(row, 0)?)) != known {
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
            "SELECT uid, title, cancelled, links FROM file WHERE folder = ?1 AND counts",
        )?;
        let rows = statement.query_map([self.id], |row| {
            let links: String = row.get(3)?;
            Ok(Named {
                uid: row.get(0)?,
                title: row.get(1)?,
                is_cancelled: row.get(2)?,
                links: links.split_whitespace().map(str::to_owned).collect(),
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
        let from = from.unwrap_or(Timestamp::MIN).as_second();
        let until = until.unwrap_or(Timestamp::MAX).as_second();
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
}

fn name(row: &Row<'_>, column: usize) -> rusqlite::Result<OsString> {
    Ok(OsString::from_vec(row.get(column)?))
}

fn indexed(row: &Row<'_>) -> rusqlite::Result<Indexed> {
    let text = row.get_ref(3)?.as_str()?;
    let summary = serde_json::from_str(text).map_err(|_| rusqlite::Error::InvalidQuery)?;
    let look = Look::of_bytes(row.get_ref(2)?.as_blob()?);
    Ok(Indexed {
        id: row.get(0)?,
        name: name(row, 1)?,
        look: look.ok_or(rusqlite::Error::InvalidQuery)?,
        summary,
    })
}

/// An occurrence that was found, in its own zone.
fn times(row: &Row<'_>, summary: &Summary) -> rusqlite::Result<Times> {
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
