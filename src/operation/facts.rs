//! What makes two requests the same: kind, time, subject, people and options, but not where the
//! invitation goes.

use jiff::Timestamp;
use openssl::sha::sha256;
use serde_json::{Value, json};

use crate::conference::{self, PasscodeChoice, Person};
use crate::diary::Entry;
use crate::error::{Error, Kind};
use crate::hex::hex;
use crate::operation::{Action, Operation, Schedule};

/// Goes up when the same request would have other facts.
const VERSION: &str = "2-";

impl Action {
    /// A digest of the facts, the same for the same request, behind the version of what they are.
    pub(super) fn facts(&self) -> String {
        let facts = match self {
            Self::Schedule(schedule) => schedule.facts(),
            other => json!(other.command()),
        };
        format!("{VERSION}{}", hex(&sha256(facts.to_string().as_bytes())))
    }
}

impl Operation {
    /// Whether this request is what made the meeting of its key, which may have been changed since.
    pub(super) fn has_made(&self, entry: &Entry) -> bool {
        let key = entry.state.key.as_ref();
        if let Some(key) = key.filter(|key| key.facts.starts_with(VERSION)) {
            return key.facts == self.action.facts();
        }
        // Other versions kept the key alone, or other facts: what was not changed since tells as
        // much.
        let Action::Schedule(schedule) = &self.action else {
            return false;
        };
        let now = &entry.appointment;
        now.sequence > 0 || schedule.may_have_made(now)
    }

    /// The key stands for something else; `how` says what it did.
    pub(super) fn conflict_error(&self, how: &str) -> Error {
        let key = self.key.as_deref().unwrap_or_default();
        let what = format!(
            "--key '{key}' {how}, with another kind, time, subject, people or options than are asked for now"
        );
        Error::new(Kind::Conflict, what)
            .hint("nothing was changed: use another key for another meeting")
    }
}

/// By the first name of what has two: `online-meeting` asks for what `live-meeting` does.
fn asked_kind(kind: conference::Kind) -> conference::Kind {
    match kind.has_content() {
        true => conference::Kind::LiveMeeting,
        false => conference::Kind::ConferenceCall,
    }
}

impl Schedule {
    fn facts(&self) -> Value {
        let address = |person: &Person| person.address.to_lowercase();
        let mut people: Vec<Value> = self
            .attendees
            .iter()
            .map(|a| json!([address(&a.person), a.attendance, a.presenter]))
            .collect();
        people.sort_by_key(ToString::to_string);
        // A rule can be written in many ways.
        let series = self.series.as_ref();
        let last = series.map(|series| series.last_end(&self.start, &self.end));
        let request = &self.request;
        json!({
            "kind": asked_kind(request.kind),
            "subject": request.subject,
            "times": (!self.is_meet_now).then(|| self.times()),
            "last": last,
            "people": people,
            "note": self.note,
            "id": request.id,
            "access": request.options.access,
            "passcode": request.options.passcode.as_ref().unwrap_or(&PasscodeChoice::Auto),
            "dial_in": request.options.dial_in,
            "region": request.options.region,
            "promotion": request.options.promotion,
            "lobby_bypass": request.options.lobby_bypass,
            "language": self.is_language_asked.then_some(self.wording.language),
            "without_passcode": self.wording.without_passcode,
            "appointment": self.appointment,
        })
    }

    /// Whether a meeting that nobody changed looks as if this had made it.
    fn may_have_made(&self, meeting: &conference::Appointment) -> bool {
        let same = |own: Timestamp, other: Timestamp| own == other || self.is_meet_now;
        let everybody_is_there = self
            .attendees
            .iter()
            .all(|own| meeting.attendees.iter().any(|a| a.person.is(&own.person)));
        asked_kind(self.request.kind) == asked_kind(meeting.conference.kind)
            && self.request.subject == meeting.subject
            && same(self.start.timestamp(), meeting.start.timestamp())
            && same(self.end.timestamp(), meeting.end.timestamp())
            && everybody_is_there
            && self.attendees.len() == meeting.attendees.len()
    }
}
