//! A plan in Graph's words, and its meetings as nouns.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::wire::{AudioConferencing, JoinMeetingIdSettings, OnlineMeeting, nonsense};
use crate::conference::{
    Access, AccessNumber, Conference, DialIn, DialInId, JoinId, Kind, MeetingId, Passcode, Plan,
    Promotion, Slot, Token, WaysIn,
};
use crate::error::Result;

/// A meeting is forgotten 60 days after its end, or after it was used last.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 60);

/// What stands for a region: Graph tells of each number only what a call costs.
const TOLL: &str = "Toll";
const TOLL_FREE: &str = "Toll-free";

/// What `createOrGet` takes: it knows no lobby and no presenters.
pub(super) struct Wanted(Map<String, Value>);

impl Wanted {
    pub(super) fn of(plan: &Plan, token: &Token) -> Self {
        let mut wanted = Self::nothing_but(token);
        let Slot { start, end } = slot_of(plan);
        let members = &mut wanted.0;
        members.insert("subject".into(), plan.subject.clone().into());
        members.insert("startDateTime".into(), written(start).into());
        members.insert("endDateTime".into(), written(end).into());
        if names_people(plan) {
            members.insert("participants".into(), participants(plan));
        }
        wanted
    }

    /// The key alone.
    pub(super) fn nothing_but(token: &Token) -> Self {
        let mut members = Map::new();
        members.insert("externalId".into(), token.to_string().into());
        Self(members)
    }

    pub(super) fn body(&self) -> Vec<u8> {
        Value::Object(self.0.clone()).to_string().into_bytes()
    }
}

/// What is not as it is wanted.
pub(super) struct Change(Map<String, Value>);

impl Change {
    pub(super) fn between(there: &OnlineMeeting, plan: &Plan) -> Self {
        let mut members = Map::new();
        if there.subject.as_deref() != Some(&plan.subject) {
            members.insert("subject".into(), plan.subject.clone().into());
        }
        let Slot { start, end } = slot_of(plan);
        // The service wants both or none.
        if (there.start, there.end) != (Some(start), Some(end)) {
            members.insert("startDateTime".into(), written(start).into());
            members.insert("endDateTime".into(), written(end).into());
        }
        let lobby = there.lobby.clone().unwrap_or_default();
        let keeps_scope = access_of(lobby.scope.as_deref()) == Some(plan.access);
        let keeps_bypass = plan.lobby_bypass.is_none() || lobby.dial_in == plan.lobby_bypass;
        if !keeps_scope || !keeps_bypass {
            let scope = match (keeps_scope, lobby.scope) {
                (true, Some(scope)) => scope,
                _ => scope_of(plan.access).to_owned(),
            };
            let mut settings = json!({ "scope": scope });
            if let Some(bypass) = plan.lobby_bypass.or(lobby.dial_in) {
                settings["isDialInBypassEnabled"] = bypass.into();
            }
            members.insert("lobbyBypassSettings".into(), settings);
        }
        let presenters = presenters_of(plan);
        if presenters.is_some_and(|wanted| there.presenters.as_deref() != Some(wanted)) {
            members.insert("allowedPresenters".into(), presenters.into());
        }
        if names_people(plan) && roles_there(there) != roles_wanted(plan) {
            members.insert("participants".into(), participants(plan));
        }
        Self(members)
    }

    /// None: there is nothing to be changed.
    pub(super) fn body(&self) -> Option<Vec<u8>> {
        let body = || Value::Object(self.0.clone()).to_string().into_bytes();
        (!self.0.is_empty()).then(body)
    }
}

/// `(GUESS)` A series, which Graph's meetings know nothing of, lasts from its first start to the day when
/// it may be forgotten.
fn slot_of(plan: &Plan) -> Slot {
    let Slot { start, end } = plan.slot;
    let is_forgotten_early = end
        .saturating_add(KEPT)
        .is_ok_and(|kept| kept < plan.expires);
    Slot {
        start: whole_seconds(start),
        end: whole_seconds(match is_forgotten_early {
            true => plan.expires,
            false => end,
        }),
    }
}

fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

fn written(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// People are named only where it makes a difference: addresses that the directory does not know may be
/// refused `(INF)`.
fn names_people(plan: &Plan) -> bool {
    !plan.presenters.is_empty() || plan.access == Access::Closed
}

fn participants(plan: &Plan) -> Value {
    let attendee = |(upn, role): (String, String)| json!({ "upn": upn, "role": role });
    let attendees: Vec<Value> = roles_wanted(plan).into_iter().map(attendee).collect();
    json!({ "attendees": attendees })
}

/// Address in small letters and role of each, in their order.
fn roles_wanted(plan: &Plan) -> Vec<(String, String)> {
    let role = |key: &str| match plan.presenters.iter().any(|person| person.key() == key) {
        true => "presenter",
        false => "attendee",
    };
    let people = plan.participants.iter().map(|person| {
        let role = role(&person.key()).to_owned();
        (person.address.to_ascii_lowercase(), role)
    });
    people.collect()
}

fn roles_there(there: &OnlineMeeting) -> Vec<(String, String)> {
    let attendees = there.participants.as_ref();
    let attendees = attendees.and_then(|people| people.attendees.as_ref());
    let people = attendees.into_iter().flatten().filter_map(|attendee| {
        let upn = attendee.upn.as_ref()?.to_ascii_lowercase();
        let role = attendee.role.as_deref().unwrap_or("attendee");
        Some((upn, role.to_owned()))
    });
    people.collect()
}

/// `lobbyBypassScope`: who need not wait.
fn scope_of(access: Access) -> &'static str {
    match access {
        Access::Open => "organization",
        Access::Closed => "invited",
        Access::Anonymous => "everyone",
        Access::Locked => "organizer",
    }
}

/// None: nobody knows, or it is a scope that came later.
fn access_of(scope: Option<&str>) -> Option<Access> {
    Some(match scope? {
        "organization" | "organizationAndFederated" | "organizationExcludingGuests" => Access::Open,
        "invited" => Access::Closed,
        "everyone" => Access::Anonymous,
        "organizer" => Access::Locked,
        _ => return None,
    })
}

/// `onlineMeetingPresenters`; none: whatever the service has.
fn presenters_of(plan: &Plan) -> Option<&'static str> {
    match plan.promotion {
        Some(Promotion::Everyone) => Some("everyone"),
        Some(Promotion::Company) => Some("organization"),
        _ if !plan.presenters.is_empty() => Some("roleIsPresenter"),
        Some(Promotion::Nobody) => Some("organizer"),
        None => None,
    }
}

/// A meeting of the service as a conference of `owner`.
pub(super) fn conference_of(there: &OnlineMeeting, owner: &str, doing: &str) -> Result<Conference> {
    let id = MeetingId::parse(&there.id);
    let roles = roles_there(there).into_iter();
    let presenters = roles.filter(|(_, role)| role == "presenter");
    let lobby = there.lobby.clone().unwrap_or_default();
    Ok(Conference {
        id: id.map_err(|error| nonsense(doing, &error.to_string()))?,
        owner: owner.to_owned(),
        location: String::new(),
        kind: Kind::ConferenceCall,
        subject: there.subject.clone().unwrap_or_default(),
        access: access_of(lobby.scope.as_deref()).unwrap_or(Access::Open),
        assigned: false,
        expires: there
            .expiry
            .or_else(|| there.end?.saturating_add(KEPT).ok()),
        presenters: presenters.map(|(upn, _)| upn).collect(),
        promotion: match there.presenters.as_deref() {
            Some("everyone") => Some(Promotion::Everyone),
            Some("organization") => Some(Promotion::Company),
            Some("organizer" | "roleIsPresenter") => Some(Promotion::Nobody),
            _ => None,
        },
        lobby_bypass: lobby.dial_in,
        ways_in: WaysIn {
            client_link: String::new(),
            web_link: Some(there.join_url.clone().filter(|url| !url.is_empty()))
                .flatten()
                .map(Some)
                .ok_or_else(|| nonsense(doing, "it has no link to join"))?,
            dial_in: there
                .audio
                .as_ref()
                .map(|audio| dial_in_of(audio, doing))
                .transpose()?
                .flatten(),
            passcode: None,
            join_id: there
                .join_id
                .as_ref()
                .map(|settings| join_id_of(settings, doing))
                .transpose()?
                .flatten(),
        },
    })
}

/// None: there is a licence, but no number.
fn dial_in_of(audio: &AudioConferencing, doing: &str) -> Result<Option<DialIn>> {
    let number = |display: &str, region: &str| AccessNumber {
        display: display.to_owned(),
        region: region.to_owned(),
        languages: Vec::new(),
    };
    let [toll, toll_free] = audio.numbers();
    let toll = toll.into_iter().map(|display| number(display, TOLL));
    let free = toll_free
        .into_iter()
        .map(|display| number(display, TOLL_FREE));
    let numbers: Vec<AccessNumber> = toll.chain(free).collect();
    let Some(id) = audio.conference_id.as_deref().filter(|id| !id.is_empty()) else {
        return Ok(None);
    };
    let id = DialInId::parse(id.trim_end_matches('#'))
        .map_err(|error| nonsense(doing, &error.to_string()))?;
    Ok((!numbers.is_empty()).then(|| DialIn {
        id,
        numbers,
        settings_page: audio.page.clone(),
    }))
}

/// None: it is an old meeting, which has no such id.
fn join_id_of(settings: &JoinMeetingIdSettings, doing: &str) -> Result<Option<JoinId>> {
    let Some(id) = settings.id.as_deref().filter(|id| !id.is_empty()) else {
        return Ok(None);
    };
    let passcode = settings.passcode.as_deref().filter(|text| !text.is_empty());
    let passcode = passcode.map(Passcode::of_pool).transpose();
    let passcode = passcode.map_err(|_| nonsense(doing, "the passcode of its meeting id"))?;
    Ok(Some(JoinId {
        id: id.to_owned(),
        passcode,
    }))
}
