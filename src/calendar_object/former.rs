//! What earlier versions kept for themselves in properties of the file, X-CONFCTL-…, which anybody
//! can write who can write the file. It is taken over once.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::calendar_object::notes::Notes;
use crate::calendar_object::{CalendarObjectError, FormerNotes};
use crate::icalendar::{Component, unescape_text};

const CONFERENCE: &str = "X-CONFCTL-CONFERENCE";
const SENT: &str = "X-CONFCTL-SENT";
const CALENDAR: &str = "X-CONFCTL-CALENDAR";
const KEY: &str = "X-CONFCTL-KEY";
const FACTS: &str = "X-CONFCTL-FACTS";

/// None: there are none. Of damaged ones nothing is taken: no part of them is a whole.
pub(super) fn read(event: &Component) -> Result<Option<FormerNotes>, CalendarObjectError> {
    let Some(mut notes) = read_json::<Notes>(event, CONFERENCE)? else {
        return Ok(None);
    };
    if notes.conference.owner.is_empty() {
        // The first versions kept the location alone, which begins with the owner.
        let owner = notes.conference.location.split(';').next();
        notes.conference.owner = owner.unwrap_or_default().to_owned();
    }
    let text = |name| Some(unescape_text(&event.property(name)?.value));
    Ok(Some(FormerNotes {
        notes,
        sent: read_json::<BTreeMap<String, u32>>(event, SENT)?.unwrap_or_default(),
        calendar_entry: read_json::<Value>(event, CALENDAR)?,
        key: text(KEY).map(|key| (key, text(FACTS).unwrap_or_default())),
    }))
}

fn read_json<T: DeserializeOwned>(
    event: &Component,
    name: &str,
) -> Result<Option<T>, CalendarObjectError> {
    let Some(line) = event.property(name) else {
        return Ok(None);
    };
    let read = serde_json::from_str(&unescape_text(&line.value));
    read.map(Some).map_err(|_| CalendarObjectError::Private)
}
