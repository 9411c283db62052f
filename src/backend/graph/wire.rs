//! What Graph says of a meeting (microsoft.graph.onlineMeeting, metadata of 2026-08-20), as far as it
//! is of use here.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::error::{Error, Kind, Result};

/// A meeting. Names are in small letters: the documentation itself spells `ConferenceId` in two ways.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct OnlineMeeting {
    pub(super) id: String,
    #[serde(default)]
    pub(super) subject: Option<String>,
    #[serde(default, rename = "startdatetime")]
    pub(super) start: Option<Timestamp>,
    #[serde(default, rename = "enddatetime")]
    pub(super) end: Option<Timestamp>,
    #[serde(default, rename = "expirydatetime")]
    pub(super) expiry: Option<Timestamp>,
    #[serde(default, rename = "joinweburl")]
    pub(super) join_url: Option<String>,
    #[serde(default, rename = "audioconferencing")]
    pub(super) audio: Option<AudioConferencing>,
    #[serde(default, rename = "joinmeetingidsettings")]
    pub(super) join_id: Option<JoinMeetingIdSettings>,
    #[serde(default, rename = "lobbybypasssettings")]
    pub(super) lobby: Option<LobbyBypassSettings>,
    #[serde(default, rename = "allowedpresenters")]
    pub(super) presenters: Option<String>,
    #[serde(default)]
    pub(super) participants: Option<Participants>,
}

/// How telephones get in; null without a licence.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct AudioConferencing {
    #[serde(default, rename = "conferenceid")]
    pub(super) conference_id: Option<String>,
    #[serde(default, rename = "dialinurl")]
    pub(super) page: Option<String>,
    #[serde(default, rename = "tollnumbers")]
    toll_numbers: Option<Vec<String>>,
    #[serde(default, rename = "tollfreenumbers")]
    toll_free_numbers: Option<Vec<String>>,
    /// Deprecated, and a member of the list.
    #[serde(default, rename = "tollnumber")]
    toll_number: Option<String>,
    #[serde(default, rename = "tollfreenumber")]
    toll_free_number: Option<String>,
}

/// How people get in who type instead of clicking.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct JoinMeetingIdSettings {
    #[serde(default, rename = "joinmeetingid")]
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) passcode: Option<String>,
}

/// Who waits in the lobby.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct LobbyBypassSettings {
    #[serde(default)]
    pub(super) scope: Option<String>,
    #[serde(default, rename = "isdialinbypassenabled")]
    pub(super) dial_in: Option<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Participants {
    #[serde(default)]
    pub(super) attendees: Option<Vec<Participant>>,
}

/// Somebody invited.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Participant {
    #[serde(default)]
    pub(super) upn: Option<String>,
    #[serde(default)]
    pub(super) role: Option<String>,
}

impl OnlineMeeting {
    /// Reads an answer to what was being done.
    pub(super) fn read(body: &[u8], doing: &str) -> Result<Self> {
        let value: Value =
            serde_json::from_slice(body).map_err(|_| nonsense(doing, "it is no JSON"))?;
        serde_json::from_value(in_small_letters(value))
            .map_err(|error| nonsense(doing, &error.to_string()))
    }
}

impl AudioConferencing {
    /// The numbers that cost the caller something, and those that don't.
    pub(super) fn numbers(&self) -> [Vec<&str>; 2] {
        [
            merged(self.toll_numbers.as_deref(), self.toll_number.as_deref()),
            merged(
                self.toll_free_numbers.as_deref(),
                self.toll_free_number.as_deref(),
            ),
        ]
    }
}

fn merged<'a>(list: Option<&'a [String]>, one: Option<&'a str>) -> Vec<&'a str> {
    let list = list.unwrap_or_default().iter().map(String::as_str);
    let mut numbers: Vec<&str> = Vec::new();
    for number in list.chain(one) {
        if !number.trim().is_empty() && !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers
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

/// An answer that nobody understands.
pub(super) fn nonsense(doing: &str, why: &str) -> Error {
    let why = crate::net::http::printable(why);
    let what = format!("{doing}, or what it says makes no sense: {why}");
    Error::new(Kind::HalfDone, what)
        .hint("if something between here and Microsoft answers in its place, that is to blame")
}
