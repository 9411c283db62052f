//! What confctl keeps in a meeting for itself: properties that other programs copy and that nobody
//! is sent.

use std::collections::BTreeMap;

use jiff::Zoned;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::calendar_object::{CalendarObjectError, RequestKey};
use crate::conference::{Appointment, Attendee, Conference, Person, Wording};
use crate::icalendar::{Component, ContentLine, Line, escape_text, unescape_text};
use crate::when;

const CONFERENCE: &str = "X-CONFCTL-CONFERENCE";
const SENT: &str = "X-CONFCTL-SENT";
const CALENDAR: &str = "X-CONFCTL-CALENDAR";
const KEY: &str = "X-CONFCTL-KEY";
const FACTS: &str = "X-CONFCTL-FACTS";

/// The part of an appointment that no property of iCalendar has a place for. The value of
/// X-CONFCTL-CONFERENCE is this as JSON, escaped as TEXT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Private {
    pub(super) conference: Conference,
    pub(super) practice: bool,
    pub(super) organization: Option<String>,
    /// For calendars that leave ORGANIZER out while nobody is invited.
    pub(super) organizer: Person,
    /// Addresses of the attendees who may present.
    presenters: Vec<String>,
    /// In which words people are told of it.
    #[serde(default)]
    pub(super) wording: Wording,
    /// IANA name of the zone of a start that had to be written in UTC.
    #[serde(default)]
    zone: Option<String>,
}

impl Private {
    /// `in_utc`: whether the appointment's start is written in UTC.
    pub(super) fn of(appointment: &Appointment, in_utc: bool) -> Self {
        let presenters = appointment.attendees.iter().filter(|a| a.presenter);
        let zone = appointment.start.time_zone().iana_name();
        Self {
            conference: appointment.conference.clone(),
            practice: appointment.practice,
            organization: appointment.organization.clone(),
            organizer: appointment.organizer.clone(),
            presenters: presenters.map(|a| a.person.address.clone()).collect(),
            wording: appointment.wording,
            zone: zone.filter(|_| in_utc).map(str::to_owned),
        }
    }

    /// None: there is none.
    pub(super) fn read(event: &Component) -> Result<Option<Self>, CalendarObjectError> {
        let Some(line) = event.property(CONFERENCE) else {
            return Ok(None);
        };
        let mut read: Self = serde_json::from_str(&unescape_text(&line.value))
            .map_err(|_| CalendarObjectError::Private)?;
        // Whoever reads these notes later is not to take a damaged one for none.
        let sent = event
            .property(SENT)
            .is_none_or(|_| read_note::<BTreeMap<String, u32>>(event, SENT).is_some());
        let calendar = event
            .property(CALENDAR)
            .is_none_or(|_| read_note::<Value>(event, CALENDAR).is_some());
        if !(sent && calendar) {
            return Err(CalendarObjectError::Private);
        }
        if read.conference.owner.is_empty() {
            // Earlier versions kept the focus alone, which begins with the owner.
            let owner = read.conference.focus.split(';').next();
            read.conference.owner = owner.unwrap_or_default().to_owned();
        }
        Ok(Some(read))
    }

    /// A line that says so already keeps its bytes.
    pub(super) fn write(&self, event: &mut Component) -> Result<(), CalendarObjectError> {
        if Self::read(event).is_ok_and(|there| there.as_ref() == Some(self)) {
            return Ok(());
        }
        let json = serde_json::to_string(self).map_err(|_| CalendarObjectError::Private)?;
        event.set(&property(CONFERENCE, &without_backslashes(&json)));
        Ok(())
    }

    pub(super) fn is_presenter(&self, attendee: &Attendee) -> bool {
        let address = &attendee.person.address;
        self.presenters
            .iter()
            .any(|p| p.eq_ignore_ascii_case(address))
    }

    /// A time that had to be written in UTC, in the zone that it was meant in.
    pub(super) fn in_zone(&self, at: Zoned) -> Zoned {
        let zone = self.zone.as_deref().and_then(|name| when::zone(name).ok());
        zone.map_or(at.clone(), |zone| at.with_time_zone(zone))
    }
}

/// Of the request that made the meeting.
pub(super) fn key(event: &Component) -> Option<RequestKey> {
    let text = |name| Some(unescape_text(&event.property(name)?.value));
    Some(RequestKey {
        name: text(KEY)?,
        facts: text(FACTS).unwrap_or_default(),
    })
}

pub(super) fn write_key(event: &mut Component, key: &RequestKey) {
    if self::key(event).as_ref() != Some(key) {
        event.set(&property(KEY, &key.name));
        event.set(&property(FACTS, &key.facts));
    }
}

/// Who was mailed which SEQUENCE last, by address in small letters.
pub(super) fn sent_sequences(event: &Component) -> BTreeMap<String, u32> {
    read_note(event, SENT).unwrap_or_default()
}

pub(super) fn write_sent(event: &mut Component, sent: &BTreeMap<String, u32>) {
    write_note(event, SENT, sent);
}

/// Where the meeting is on the organizer's calendar, as whoever put it there describes it.
pub(super) fn calendar_entry<T: DeserializeOwned>(event: &Component) -> Option<T> {
    read_note(event, CALENDAR)
}

pub(super) fn write_calendar_entry<T: Serialize>(event: &mut Component, entry: Option<&T>) {
    match entry {
        Some(entry) => write_note(event, CALENDAR, entry),
        None => event.retain_lines(|line| !line.is(CALENDAR)),
    }
}

fn read_note<T: DeserializeOwned>(event: &Component, name: &str) -> Option<T> {
    let line = event.property(name)?;
    serde_json::from_str(&unescape_text(&line.value)).ok()
}

fn write_note<T: Serialize>(event: &mut Component, name: &str, note: &T) {
    if let Ok(json) = serde_json::to_string(note) {
        event.set(&property(name, &without_backslashes(&json)));
    }
}

/// Whether a line is nobody else's business.
pub(super) fn is_private(line: &Line) -> bool {
    let prefix = line.text().get(..10);
    prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case("X-CONFCTL-"))
}

fn property(name: &str, text: &str) -> ContentLine {
    ContentLine {
        name: name.to_owned(),
        parameters: Vec::new(),
        value: escape_text(text),
    }
}

/// The same JSON with a backslash nowhere but in `\u0022` and the like: some programs take the
/// letters n of `\\n` for a line end when they undo the escapes of TEXT.
fn without_backslashes(json: &str) -> String {
    let mut plain = String::with_capacity(json.len());
    let mut chars = json.chars();
    while let Some(c) = chars.next() {
        let escaped = if c == '\\' { chars.next() } else { None };
        match escaped {
            Some('u') => plain.push_str("\\u"),
            Some(escaped) => plain.push_str(&format!("\\u{:04x}", unescape(escaped))),
            None => plain.push(c),
        }
    }
    plain
}

/// The character of a JSON escape (RFC 8259 7).
fn unescape(escaped: char) -> u32 {
    u32::from(match escaped {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\u{8}',
        'f' => '\u{C}',
        other => other,
    })
}
