//! One online meeting, as the practice pool keeps it: the document that Graph shows.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::answer::Refusal;
use crate::practice::Pool;
use crate::practice::policy::DEFAULT_REGION;
use crate::practice::users::User;

/// How long a meeting is kept after its end.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 60);

const SCOPES: [&str; 6] = [
    "organizer",
    "organization",
    "organizationAndFederated",
    "everyone",
    "invited",
    "organizationExcludingGuests",
];
const PRESENTERS: [&str; 4] = ["everyone", "organization", "roleIsPresenter", "organizer"];
const ROLES: [&str; 4] = ["attendee", "presenter", "producer", "coorganizer"];

/// What may be changed, and nothing else.
const WRITABLE: [&str; 10] = [
    "subject",
    "startDateTime",
    "endDateTime",
    "participants",
    "lobbyBypassSettings",
    "allowedPresenters",
    "isEntryExitAnnounced",
    "allowMeetingChat",
    "recordAutomatically",
    "allowedLobbyAdmitters",
];

/// What callers key in, as it is kept.
const DIGITS: &str = "digits";

/// A number that costs a caller nothing, of a range for fiction.
const TOLL_FREE: &str = "+1 800 555 0100";

pub(super) struct Meeting(Map<String, Value>);

impl Meeting {
    pub(super) fn read(document: &str) -> Result<Self, Refusal> {
        match serde_json::from_str(document) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            _ => Err(Refusal::trouble()),
        }
    }

    /// What a new meeting is to be, with the times that nobody gave.
    pub(super) fn check_new(
        wanted: &Map<String, Value>,
        pool: &Pool,
    ) -> Result<Map<String, Value>, Refusal> {
        let mut wanted = wanted.clone();
        let settings = wanted.remove("joinMeetingIdSettings");
        check(&wanted, pool)?;
        let now = Timestamp::from_second(pool.now().as_second()).unwrap_or_default();
        let start = time_of(&wanted, "startDateTime")?;
        let end = time_of(&wanted, "endDateTime")?;
        let (start, end) = match (start, end) {
            (None, Some(_)) => {
                return Err(Refusal::bad("The startDateTime is missing."));
            }
            (start, end) => {
                let start = start.unwrap_or(now);
                let hour = start.saturating_add(SignedDuration::from_hours(1));
                (start, end.unwrap_or(hour.unwrap_or(start)))
            }
        };
        check_order(start, end)?;
        wanted.insert("startDateTime".into(), written(start).into());
        wanted.insert("endDateTime".into(), written(end).into());
        if let Some(settings) = settings {
            let asked = settings.get("isPasscodeRequired").and_then(Value::as_bool);
            wanted.insert(
                "joinMeetingIdSettings".into(),
                json!({ "isPasscodeRequired": asked.unwrap_or_default() }),
            );
        }
        Ok(wanted)
    }

    pub(super) fn new(
        user: &User,
        wanted: Map<String, Value>,
        external: Option<&str>,
        digits: &str,
        pool: &Pool,
    ) -> Self {
        let random: [u8; 24] = pool.draw();
        let thread = format!("19:meeting_{}@thread.v2", URL_SAFE_NO_PAD.encode(random));
        let address = user.address.trim_start_matches("sip:");
        let object = guid(address.as_bytes());
        let id = STANDARD_NO_PAD.encode(format!("1*{object}*0**{thread}"));
        let encoded = thread.replace(':', "%3a").replace('@', "%40");
        let join = format!(
            "https://teams.practice.example/l/meetup-join/{encoded}/0?context=%7b%22Oid%22%3a%22{object}%22%7d"
        );
        let end = wanted.get("endDateTime").and_then(Value::as_str);
        let end = end.and_then(|end| end.parse::<Timestamp>().ok());
        let expiry = end.unwrap_or_default().saturating_add(KEPT);
        let mut members = json!({
            "id": id,
            "creationDateTime": written(pool.now()),
            "joinWebUrl": join,
            "subject": null,
            "isBroadcast": false,
            "allowedPresenters": "everyone",
            "isEntryExitAnnounced": true,
            "lobbyBypassSettings": { "scope": "organization", "isDialInBypassEnabled": false },
            "participants": { "attendees": [] },
            "joinMeetingIdSettings": join_id(&random, wanted.get("joinMeetingIdSettings")),
            "externalId": external,
            DIGITS: digits,
            "expiryDateTime": written(expiry.unwrap_or_default()),
            "videoTeleconferenceId": null,
        });
        if let Value::Object(members) = &mut members {
            members.extend(
                wanted
                    .into_iter()
                    .filter(|(name, _)| name != "joinMeetingIdSettings"),
            );
        }
        members["participants"]["organizer"] = json!({
            "identity": { "user": { "id": object, "displayName": user.name } },
            "upn": address,
            "role": "presenter",
        });
        match members {
            Value::Object(members) => Self(members),
            _ => Self(Map::new()),
        }
    }

    pub(super) fn id(&self) -> &str {
        self.0.get("id").and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn document(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    /// As people see it, with the numbers of today.
    pub(super) fn value(&self, pool: &Pool) -> Value {
        let mut members = self.0.clone();
        let digits = members.remove(DIGITS);
        let digits = digits.as_ref().and_then(Value::as_str).unwrap_or_default();
        members.insert("audioConferencing".into(), audio_conferencing(digits, pool));
        Value::Object(members)
    }

    /// Whether a property has that value; its name may lead into another one.
    pub(super) fn has(&self, name: &str, wanted: &str) -> bool {
        let name = match name {
            "JoinWebUrl" => "joinWebUrl",
            name => name,
        };
        let value = Value::Object(self.0.clone());
        let found = name
            .split('/')
            .try_fold(&value, |value, name| value.get(name));
        found.and_then(Value::as_str) == Some(wanted)
    }

    pub(super) fn is_forgotten(&self, now: Timestamp) -> bool {
        let expiry = self.0.get("expiryDateTime").and_then(Value::as_str);
        let expiry = expiry.and_then(|expiry| expiry.parse::<Timestamp>().ok());
        expiry.is_some_and(|expiry| expiry < now)
    }

    pub(super) fn change(
        &mut self,
        change: &Map<String, Value>,
        pool: &Pool,
    ) -> Result<(), Refusal> {
        check(change, pool)?;
        match (
            time_of(change, "startDateTime")?,
            time_of(change, "endDateTime")?,
        ) {
            (None, None) => {}
            (Some(start), Some(end)) => {
                check_order(start, end)?;
                let expiry = end.saturating_add(KEPT).unwrap_or(end);
                self.0
                    .insert("expiryDateTime".into(), written(expiry).into());
            }
            _ => {
                return Err(Refusal::bad(
                    "startDateTime and endDateTime must be given together.",
                ));
            }
        }
        for (name, value) in change {
            let old = self.0.get(name).cloned().unwrap_or_default();
            let new = match (name.as_str(), value) {
                // The organizer stays, and nothing that is not named.
                ("participants" | "lobbyBypassSettings", Value::Object(new)) => {
                    let mut merged = old.as_object().cloned().unwrap_or_default();
                    merged.extend(new.clone());
                    Value::Object(merged)
                }
                ("startDateTime" | "endDateTime", _) => match time_of(change, name)? {
                    Some(at) => written(at).into(),
                    None => old,
                },
                (_, value) => value.clone(),
            };
            self.0.insert(name.clone(), new);
        }
        Ok(())
    }
}

/// Whether each property may be written, and so.
fn check(wanted: &Map<String, Value>, pool: &Pool) -> Result<(), Refusal> {
    let one_of = |value: Option<&Value>, known: &[&str], name: &str| match value {
        None => Ok(()),
        Some(Value::String(text)) if known.contains(&text.as_str()) => Ok(()),
        Some(_) => Err(Refusal::bad(&format!("Invalid value for '{name}'."))),
    };
    let is_known = |name: &&String| WRITABLE.contains(&name.as_str()) || *name == "chatInfo";
    if let Some(other) = wanted.keys().find(|name| !is_known(name)) {
        return Err(Refusal::bad(&format!(
            "The property '{other}' can't be set."
        )));
    }
    if wanted
        .get("subject")
        .is_some_and(|subject| !subject.is_string())
    {
        return Err(Refusal::bad("Invalid value for 'subject'."));
    }
    one_of(
        wanted.get("allowedPresenters"),
        &PRESENTERS,
        "allowedPresenters",
    )?;
    if let Some(lobby) = wanted.get("lobbyBypassSettings") {
        one_of(lobby.get("scope"), &SCOPES, "scope")?;
        if !pool.policy.anonymous && lobby.get("scope").and_then(Value::as_str) == Some("everyone")
        {
            return Err(Refusal::by_policy(
                "Anonymous participants are not allowed by the policy of the organization.",
            ));
        }
        if lobby
            .get("isDialInBypassEnabled")
            .is_some_and(|value| !value.is_boolean())
        {
            return Err(Refusal::bad("Invalid value for 'isDialInBypassEnabled'."));
        }
    }
    let attendees = wanted
        .get("participants")
        .and_then(|people| people.get("attendees"));
    for attendee in attendees.and_then(Value::as_array).into_iter().flatten() {
        one_of(attendee.get("role"), &ROLES, "role")?;
        let upn = attendee.get("upn").and_then(Value::as_str);
        if !upn.is_some_and(|upn| upn.contains('@')) {
            return Err(Refusal::bad("Invalid value for 'upn'."));
        }
    }
    Ok(())
}

fn check_order(start: Timestamp, end: Timestamp) -> Result<(), Refusal> {
    match end < start {
        true => Err(Refusal::bad("endDateTime is before startDateTime.")),
        false => Ok(()),
    }
}

fn time_of(members: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let refused = || Refusal::bad(&format!("Invalid value for '{name}'."));
    let Some(value) = members.get(name) else {
        return Ok(None);
    };
    let text = value.as_str().ok_or_else(refused)?;
    text.parse().map(Some).map_err(|_| refused())
}

fn written(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Null without a licence for it.
fn audio_conferencing(digits: &str, pool: &Pool) -> Value {
    if !pool.policy.dial_in {
        return Value::Null;
    }
    let regions = pool.policy.regions();
    let own = regions.iter().find(|(name, _)| name == DEFAULT_REGION);
    let numbers = own
        .map(|(_, numbers)| numbers.as_slice())
        .unwrap_or_default();
    let toll: Vec<&str> = numbers
        .iter()
        .map(|number| number.display.as_str())
        .collect();
    json!({
        "conferenceId": digits,
        "tollNumber": toll.first(),
        "tollNumbers": toll,
        "tollFreeNumber": TOLL_FREE,
        "tollFreeNumbers": [TOLL_FREE],
        "dialinUrl": format!("https://dialin.practice.example/{}?id={digits}", guid(b"practice")),
    })
}

/// Twelve digits, and six letters and digits, of what nobody can guess.
fn join_id(random: &[u8], settings: Option<&Value>) -> Value {
    const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    let digits = random
        .iter()
        .take(12)
        .map(|byte| char::from(b'0' + byte % 10));
    let letter = |byte: &u8| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]);
    let passcode: String = random.iter().skip(12).take(6).map(letter).collect();
    let is_required = settings
        .and_then(|settings| settings.get("isPasscodeRequired"))
        .and_then(Value::as_bool)
        .unwrap_or(true);
    json!({
        "joinMeetingId": digits.collect::<String>(),
        "isPasscodeRequired": is_required,
        "passcode": is_required.then_some(passcode),
    })
}

/// A GUID that follows from some bytes.
fn guid(bytes: &[u8]) -> String {
    let hex = crate::hex::hex(&openssl::sha::sha256(bytes)[..16]);
    [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-")
}
