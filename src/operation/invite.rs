//! The invitation once more, by mail: nothing changes.

use jiff::Zoned;
use serde::{Deserialize, Serialize};

use crate::conference::Person;
use crate::diary::Diary;
use crate::error::{Error, Kind, Result};
use crate::operation::{Known, Outcome};

/// Who is to be told of a meeting as it is.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Invite {
    /// Which meeting.
    pub uid: String,
    /// Its subject, for people.
    #[serde(alias = "called")]
    pub subject: String,
    /// Its SEQUENCE: what has been changed since is told another time.
    pub sequence: u32,
    /// Original start of the one occurrence that it is about; none: all of it.
    #[serde(default, with = "crate::when::kept")]
    pub occurrence: Option<Zoned>,
    /// To whom.
    pub people: Vec<Person>,
    /// Whether they need not come any more.
    pub removal: bool,
}

/// The meeting as the diary has it; the pool is not asked.
pub fn get_invited(invite: &Invite, known: Known, diary: &Diary) -> Result<Outcome> {
    let entry = known.get_entry(&invite.uid, &invite.subject, diary)?;
    if entry.appointment.sequence != invite.sequence {
        let what = format!(
            "'{}' was changed since, so this is given up",
            invite.subject
        );
        return Err(Error::new(Kind::NotFound, what));
    }
    let occurrence = invite.occurrence.as_ref();
    let one = occurrence.map(|original| entry.object.occurrence(original));
    let one = one.transpose()?.flatten();
    let appointment = one.unwrap_or_else(|| entry.appointment.clone());
    Ok(Outcome {
        occurrence: invite.occurrence.clone(),
        removed: match invite.removal {
            true => invite.people.clone(),
            false => Vec::new(),
        },
        ..Outcome::new(appointment, entry)
    })
}
