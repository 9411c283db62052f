//! A conference on its way into the pool's database, and out of it.

use rusqlite::Row;

use crate::secret::Secret;

/// A conference as kept.
#[derive(Clone, Debug)]
pub struct Record {
    /// SIP address of its organizer.
    pub organizer: String,
    /// Conference-id.
    pub id: String,
    /// Starts at 1 and grows with each change.
    pub version: u32,
    /// The `conference-info` document as it came.
    pub document: String,
    /// What anonymous people need.
    pub passcode: Option<Secret>,
    /// The digits that callers key in.
    pub pstn_id: Option<String>,
    /// Seconds since 1970 of the last change.
    pub updated: i64,
    /// Seconds since 1970; none: never.
    pub expires: Option<i64>,
    /// Whether it is the organizer's assigned conference.
    pub assigned: bool,
}

/// A conference to be kept.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// SIP address of its organizer.
    pub organizer: &'a str,
    /// Conference-id.
    pub id: &'a str,
    /// The `conference-info` document.
    pub document: &'a str,
    /// What anonymous people need.
    pub passcode: Option<&'a Secret>,
    /// Whether callers shall have digits to key in.
    pub dial_in: bool,
    /// Seconds since 1970; none: never.
    pub expires: Option<i64>,
    /// Whether it is the organizer's assigned conference.
    pub assigned: bool,
}

impl Record {
    /// Takes a row of the table `conference`.
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            organizer: row.get("organizer")?,
            id: row.get("id")?,
            version: row.get("version")?,
            document: row.get("document")?,
            passcode: row.get::<_, Option<String>>("passcode")?.map(Secret::new),
            pstn_id: row.get("pstn_id")?,
            updated: row.get("updated")?,
            expires: row.get("expires")?,
            assigned: row.get("assigned")?,
        })
    }
}
