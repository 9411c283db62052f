//! Online meetings in the practice pool's database.

use rusqlite::{Connection, OptionalExtension, params};

use crate::practice::digits;
use crate::practice::store::{Store, StoreError};

impl Store {
    /// The meeting of an `externalId`, made if there is none; whether it is new. `make` is given digits
    /// for callers, and gives id and document.
    pub(super) fn get_or_add_meeting(
        &mut self,
        organizer: &str,
        external: Option<&str>,
        make: impl FnOnce(&str) -> (String, String),
    ) -> Result<(String, bool), StoreError> {
        self.write(|database| {
            if let Some(external) = external
                && let Some(document) = find_external(database, organizer, external)?
            {
                return Ok((document, false));
            }
            let (id, document) = make(&digits::next(database)?);
            database.execute(
                "INSERT INTO meeting VALUES (?1, ?2, ?3, ?4)",
                params![organizer, id, external, document],
            )?;
            Ok((document, true))
        })
    }

    /// The organizer's meeting of that id.
    pub(super) fn find_meeting(
        &self,
        organizer: &str,
        id: &str,
    ) -> Result<Option<String>, StoreError> {
        let found = self.database.query_row(
            "SELECT document FROM meeting WHERE organizer = ?1 AND id = ?2",
            [organizer, id],
            |row| row.get(0),
        );
        Ok(found.optional()?)
    }

    /// All meetings of the organizer, oldest first.
    pub(super) fn list_meetings(&self, organizer: &str) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT document FROM meeting WHERE organizer = ?1 ORDER BY rowid";
        let mut statement = self.database.prepare(sql)?;
        let rows = statement.query_map([organizer], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Puts another document in place of a meeting's.
    pub(super) fn change_meeting(
        &mut self,
        organizer: &str,
        id: &str,
        document: &str,
    ) -> Result<(), StoreError> {
        self.write(|database| {
            let changed = database.execute(
                "UPDATE meeting SET document = ?3 WHERE organizer = ?1 AND id = ?2",
                [organizer, id, document],
            )?;
            match changed {
                0 => Err(StoreError::Unknown),
                _ => Ok(()),
            }
        })
    }

    /// Forgets a meeting.
    pub(super) fn remove_meeting(&mut self, organizer: &str, id: &str) -> Result<(), StoreError> {
        self.write(|database| {
            let sql = "DELETE FROM meeting WHERE organizer = ?1 AND id = ?2";
            match database.execute(sql, [organizer, id])? {
                0 => Err(StoreError::Unknown),
                _ => Ok(()),
            }
        })
    }
}

fn find_external(
    database: &Connection,
    organizer: &str,
    external: &str,
) -> Result<Option<String>, StoreError> {
    let found = database.query_row(
        "SELECT document FROM meeting WHERE organizer = ?1 AND external = ?2",
        [organizer, external],
        |row| row.get(0),
    );
    Ok(found.optional()?)
}
