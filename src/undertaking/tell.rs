//! The invitation once more, by mail: nothing changes.

use jiff::Zoned;
use serde::{Deserialize, Serialize};

use crate::conference::Person;
use crate::diary::Diary;
use crate::error::{Error, Kind, Result};
use crate::undertaking::Outcome;
use crate::undertaking::update::entry;

/// Who is to be told of a meeting as it is.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Tell {
    /// Which meeting.
    pub uid: String,
    /// Its subject, for people.
    pub called: String,
    /// Its SEQUENCE: what has been changed since is told another time.
    pub sequence: u32,
    /// Original start of the one occurrence that it is about; none: all of it.
    pub occurrence: Option<Zoned>,
    /// To whom.
    pub people: Vec<Person>,
    /// Whether they need not come any more.
    pub removal: bool,
}

impl Tell {
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self == other
    }
}

impl Tell {
    /// The meeting as the diary has it; the pool is not asked.
    pub fn outcome(&self, diary: &Diary) -> Result<Outcome> {
        outcome(self, diary)
    }
}

fn outcome(tell: &Tell, diary: &Diary) -> Result<Outcome> {
    let entry = entry(&tell.uid, &tell.called, diary)?;
    if entry.appointment.sequence != tell.sequence {
        let what = format!("'{}' was changed since, so this is given up", tell.called);
        return Err(Error::new(Kind::NotFound, what));
    }
    let occurrence = tell.occurrence.as_ref();
    let one = occurrence.map(|original| entry.document.occurrence(original));
    let one = one
        .transpose()
        .map_err(|error| Error::failed(error.to_string()))?
        .flatten();
    Ok(Outcome {
        appointment: one.unwrap_or(entry.appointment),
        document: entry.document,
        occurrence: tell.occurrence.clone(),
        removed: if tell.removal {
            tell.people.clone()
        } else {
            Vec::new()
        },
    })
}
