//! What Graph says of a meeting (microsoft.graph.onlineMeeting, metadata of 2026-08-20), as far as it
//! is of use here. A meeting needs an id and a link; what else makes no sense is left out, and named.

use jiff::Timestamp;
use serde_json::Value;

use crate::conference::{AccessNumber, DialInId, JoinId, MeetingId, Passcode};
use crate::error::{Error, Kind, Result};
use crate::net::http::printable;

/// A meeting.
#[derive(Clone, Debug)]
pub(super) struct OnlineMeeting {
    pub(super) id: MeetingId,
    pub(super) subject: Option<String>,
    pub(super) start: Option<Timestamp>,
    pub(super) end: Option<Timestamp>,
    pub(super) expiry: Option<Timestamp>,
    pub(super) join_url: String,
    /// How telephones get in; none without a licence.
    pub(super) audio: Option<AudioConferencing>,
    pub(super) join_id: Option<JoinId>,
    /// `lobbyBypassScope`
    pub(super) scope: Option<String>,
    pub(super) dial_in_bypass: Option<bool>,
    /// `onlineMeetingPresenters`
    pub(super) presenters: Option<String>,
    pub(super) attendees: Vec<Participant>,
    /// Whether the attendees are all: some have no user name, and can't be sent back.
    pub(super) all_known: bool,
    /// Names of what was left out.
    pub(super) odd: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct AudioConferencing {
    pub(super) id: DialInId,
    /// The numbers that cost the caller something.
    pub(super) toll: Vec<String>,
    pub(super) toll_free: Vec<String>,
    pub(super) page: Option<String>,
}

/// Somebody invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Participant {
    /// In small letters.
    pub(super) upn: String,
    pub(super) role: String,
}

/// An object whose names are in small letters: the documentation itself spells `ConferenceId` in two
/// ways.
struct Object<'a> {
    value: &'a Value,
    odd: &'a mut Vec<String>,
}

impl Object<'_> {
    /// None: it is not there, or makes no sense.
    fn read<T>(&mut self, name: &str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let value = self.value.get(name.to_ascii_lowercase())?;
        if value.is_null() {
            return None;
        }
        let read = read(value);
        if read.is_none() {
            self.odd.push(name.to_owned());
        }
        read
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let text = self.read(name, |value| Some(value.as_str()?.to_owned()));
        text.filter(|text| !text.is_empty())
    }

    fn time(&mut self, name: &str) -> Option<Timestamp> {
        self.read(name, |value| value.as_str()?.parse().ok())
    }

    /// The object of that name; null where there is none.
    fn object(&mut self, name: &str) -> Object<'_> {
        let is_object = self.read(name, |value| value.is_object().then_some(()));
        let value = self.value.get(name.to_ascii_lowercase());
        Object {
            value: value
                .filter(|_| is_object.is_some())
                .unwrap_or(&Value::Null),
            odd: self.odd,
        }
    }

    fn has(&self) -> bool {
        !self.value.is_null()
    }

    /// The numbers of a list and of its deprecated first member, each once.
    fn numbers(&mut self, list: &str, one: &str) -> Vec<String> {
        let mut numbers: Vec<String> = Vec::new();
        let listed = self.read(list, |value| value.as_array().cloned());
        for value in listed.unwrap_or_default() {
            match value.as_str().filter(|text| is_number(text)) {
                Some(number) if numbers.iter().any(|known| known == number) => {}
                Some(number) => numbers.push(number.to_owned()),
                None => self.odd.push(list.to_owned()),
            }
        }
        let single = self.read(one, |value| {
            let number = value.as_str()?;
            is_number(number).then(|| number.to_owned())
        });
        numbers.extend(single.filter(|number| !numbers.contains(number)));
        numbers
    }
}

/// Whether people can dial it: a digit, and what telephone numbers are written with.
fn is_number(text: &str) -> bool {
    let number = AccessNumber {
        display: text.to_owned(),
        region: String::new(),
        languages: Vec::new(),
    };
    let is_plain = |c: char| c.is_ascii_digit() || "+-()./ \u{a0}".contains(c);
    !number.dialable().is_empty() && text.chars().all(is_plain)
}

impl OnlineMeeting {
    /// Reads an answer to what was being done.
    pub(super) fn read(body: &[u8], doing: &str) -> Result<Self> {
        let value: Value =
            serde_json::from_slice(body).map_err(|_| nonsense(doing, "it is no JSON"))?;
        let value = in_small_letters(value);
        let mut odd = Vec::new();
        let mut meeting = Object {
            value: &value,
            odd: &mut odd,
        };
        let id = meeting.text("id");
        let id = id.and_then(|id| MeetingId::parse(&id).ok());
        let id = id.ok_or_else(|| nonsense(doing, "it has no id that could be used"))?;
        let join_url = meeting.text("joinWebUrl");
        let join_url = join_url.filter(|url| url.starts_with("https://"));
        let join_url = join_url.ok_or_else(|| nonsense(doing, "it has no link to join"))?;
        let audio = read_audio(&mut meeting.object("audioConferencing"));
        let join_id = read_join_id(&mut meeting.object("joinMeetingIdSettings"));
        let mut lobby = meeting.object("lobbyBypassSettings");
        let scope = lobby.text("scope");
        let dial_in_bypass = lobby.read("isDialInBypassEnabled", Value::as_bool);
        let attendees = meeting
            .object("participants")
            .read("attendees", |value| value.as_array().cloned());
        let attendees = attendees.unwrap_or_default();
        let attendee = |value: &Value| {
            let role = value.get("role").and_then(Value::as_str);
            Some(Participant {
                upn: value.get("upn")?.as_str()?.to_ascii_lowercase(),
                role: role.unwrap_or("attendee").to_ascii_lowercase(),
            })
        };
        let people: Vec<Participant> = attendees.iter().filter_map(attendee).collect();
        let all_known = people.len() == attendees.len();
        Ok(Self {
            id,
            subject: meeting.text("subject"),
            start: meeting.time("startDateTime"),
            end: meeting.time("endDateTime"),
            expiry: meeting.time("expiryDateTime"),
            join_url,
            audio,
            join_id,
            scope,
            dial_in_bypass,
            presenters: meeting.text("allowedPresenters"),
            attendees: people,
            all_known,
            odd,
        })
    }
}

/// None: there is no licence, or nothing to be keyed in or dialled.
fn read_audio(audio: &mut Object<'_>) -> Option<AudioConferencing> {
    if !audio.has() {
        return None;
    }
    let id = audio.read("conferenceId", |value| {
        DialInId::parse(value.as_str()?.trim_end_matches('#')).ok()
    });
    let toll = audio.numbers("tollNumbers", "tollNumber");
    let toll_free = audio.numbers("tollFreeNumbers", "tollFreeNumber");
    let page = audio.text("dialinUrl");
    let has_number = !toll.is_empty() || !toll_free.is_empty();
    Some(AudioConferencing {
        id: id.filter(|_| has_number)?,
        toll,
        toll_free,
        page,
    })
}

/// None: it is an old meeting, which has no such id.
fn read_join_id(settings: &mut Object<'_>) -> Option<JoinId> {
    Some(JoinId {
        id: settings.text("joinMeetingId")?,
        passcode: settings.read("passcode", |value| Passcode::of_pool(value.as_str()?).ok()),
    })
}

/// The same with all names in small letters.
pub(super) fn in_small_letters(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter();
            let lowered =
                members.map(|(name, value)| (name.to_ascii_lowercase(), in_small_letters(value)));
            Value::Object(lowered.collect())
        }
        Value::Array(values) => values.into_iter().map(in_small_letters).collect(),
        value => value,
    }
}

/// An answer that nobody understands. Whether what was asked for was done is for the caller to say.
fn nonsense(doing: &str, why: &str) -> Error {
    let what = format!(
        "{doing}, or what it says makes no sense: {}",
        printable(why)
    );
    Error::new(Kind::Failed, what)
        .hint("if something between here and Microsoft answers in its place, that is to blame")
}
