//! The digits that callers key in, the Conference ID on the telephone.

use rusqlite::Connection;

use crate::practice::store::StoreError;

/// Digits nobody else has. A fresh pool gives five, a full one more; they look random so that a
/// caller's slip of the finger rarely lands in the neighbour's meeting.
pub(super) fn next(database: &Connection) -> Result<String, StoreError> {
    database.execute("INSERT INTO pstn DEFAULT VALUES", [])?;
    let mut count = database.last_insert_rowid().unsigned_abs();
    let mut size = 90_000;
    while count > size {
        count -= size;
        size = size.saturating_mul(10);
    }
    // 7919 is a prime that divides no such size, so every value comes once.
    let digits = size / 9 + (u128::from(count) * 7919 % u128::from(size)) as u64;
    Ok(digits.to_string())
}
