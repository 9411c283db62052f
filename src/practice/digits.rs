//! The digits that callers key in, the Conference ID on the telephone.

use std::ops::RangeInclusive;

use openssl::sha::Sha256;
use rusqlite::{Connection, OptionalExtension};

use crate::hex::hex;
use crate::practice::random;
use crate::practice::store::StoreError;

/// Under what name the key is kept that digits are drawn with.
pub(super) const KEY: &str = "digits";

/// How often digits of one length are drawn before there is one more: where these are all taken,
/// most of what anybody keyed in would be somebody's.
const DRAWS: u32 = 4;

/// Shortest and longest digits given.
const LENGTHS: RangeInclusive<u32> = 5..=18;

/// Digits nobody else has or had, and nobody can reckon: they follow from a key that the pool keeps
/// to itself, and from how many were drawn before, so that no two processes draw the same.
pub(super) fn next(database: &Connection) -> Result<String, StoreError> {
    let key = get_or_make_key(database)?;
    for length in LENGTHS {
        let smallest = 10_u64.pow(length - 1);
        for _ in 0..DRAWS {
            let number = smallest + draw(database, &key)? % (9 * smallest);
            let number = number.cast_signed();
            let given = database.execute("INSERT OR IGNORE INTO digits VALUES (?1)", [number])?;
            if given == 1 {
                return Ok(number.to_string());
            }
        }
    }
    Err(StoreError::Exists)
}

fn get_or_make_key(database: &Connection) -> Result<String, StoreError> {
    let kept = database.query_row("SELECT value FROM kept WHERE name = ?1", [KEY], |row| {
        row.get(0)
    });
    if let Some(key) = kept.optional()? {
        return Ok(key);
    }
    let key = make_key(&random::<32>());
    database.execute("INSERT INTO kept VALUES (?1, ?2)", [KEY, &key])?;
    Ok(key)
}

/// A key as it is kept, of bytes whose first two the ports of the page give away.
pub(super) fn make_key([_, _, secret @ ..]: &[u8; 32]) -> String {
    hex(secret)
}

fn draw(database: &Connection, key: &str) -> Result<u64, StoreError> {
    database.execute("INSERT INTO pstn DEFAULT VALUES", [])?;
    let mut hash = Sha256::new();
    hash.update(key.as_bytes());
    hash.update(&database.last_insert_rowid().to_be_bytes());
    let [a, b, c, d, e, f, g, h, ..] = hash.finish();
    Ok(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
}
