//! A plan in Graph's words, and its meetings as nouns.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::wire::{AudioConferencing, OnlineMeeting, Participant};
use crate::conference::{
    Access, AccessNumber, Client, Conference, DialIn, Kind, Plan, Promotion, Slot, Token, WaysIn,
};

/// A meeting is forgotten 60 days after its end, or after it was used last.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 60);

/// What stands for a region: Graph tells of each number only what a call costs.
const TOLL: &str = "Toll";
const TOLL_FREE: &str = "Toll-free";

/// Roles that are given in Teams alone, and stay.
const HIGHER: [&str; 2] = ["coorganizer", "producer"];

/// What `createOrGet` takes of a plan: it knows no lobby and no presenters.
pub(super) fn wanted(plan: &Plan, token: &Token) -> Vec<u8> {
    let Slot { start, end } = slot_of(plan);
    let mut body = json!({
        "externalId": token.to_string(),
        "subject": plan.subject,
        "startDateTime": written(start),
        "endDateTime": written(end),
    });
    let people = people_wanted(&[], plan);
    if !people.is_empty() {
        body["participants"] = participants(&people);
    }
    body.to_string().into_bytes()
}

/// The least that `createOrGet` takes.
pub(super) fn token_alone(token: &Token) -> Vec<u8> {
    json!({ "externalId": token.to_string() })
        .to_string()
        .into_bytes()
}

/// What is not as it is wanted, for PATCH; none: everything is.
pub(super) fn change(there: &OnlineMeeting, plan: &Plan) -> Option<Vec<u8>> {
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
    // A scope that came later stays, unless another access is asked for than the one it is taken for.
    let keeps_scope = access_of(there.scope.as_deref()) == plan.access;
    let keeps_bypass = plan.lobby_bypass.is_none() || there.dial_in_bypass == plan.lobby_bypass;
    if !keeps_scope || !keeps_bypass {
        let scope = match (keeps_scope, &there.scope) {
            (true, Some(scope)) => scope,
            _ => scope_of(plan.access),
        };
        let mut settings = json!({ "scope": scope });
        if let Some(bypass) = plan.lobby_bypass.or(there.dial_in_bypass) {
            settings["isDialInBypassEnabled"] = bypass.into();
        }
        members.insert("lobbyBypassSettings".into(), settings);
    }
    let presenters = presenters_of(plan);
    if presenters.is_some_and(|wanted| there.presenters.as_deref() != Some(wanted)) {
        members.insert("allowedPresenters".into(), presenters.into());
    }
    let people = people_wanted(&there.attendees, plan);
    // The list is replaced as a whole, which would take out whoever can't be named.
    if people != there.attendees && there.all_known {
        members.insert("participants".into(), participants(&people));
    }
    (!members.is_empty()).then(|| Value::Object(members).to_string().into_bytes())
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

fn participants(people: &[Participant]) -> Value {
    let attendee = |person: &Participant| json!({ "upn": person.upn, "role": person.role });
    let attendees: Vec<Value> = people.iter().map(attendee).collect();
    json!({ "attendees": attendees })
}

/// The roster of a meeting whose roster is `there`. Where nobody is on it, people are named only if that
/// makes a difference: addresses that the directory does not know may be refused `(INF)`. Roles that
/// Teams alone gives stay; everybody else is who is invited.
fn people_wanted(there: &[Participant], plan: &Plan) -> Vec<Participant> {
    let makes_difference = !plan.presenters.is_empty() || plan.access == Access::Closed;
    if there.is_empty() && !makes_difference {
        return Vec::new();
    }
    let invited = plan.participants.iter().map(|person| {
        let presents = plan.presenters.iter().any(|presenter| presenter.is(person));
        Participant {
            upn: person.address.to_ascii_lowercase(),
            role: if presents { "presenter" } else { "attendee" }.to_owned(),
        }
    });
    let mut wanted: Vec<Participant> = invited.collect();
    for person in there
        .iter()
        .filter(|person| HIGHER.contains(&person.role.as_str()))
    {
        match wanted.iter_mut().find(|wanted| wanted.upn == person.upn) {
            Some(wanted) => wanted.role.clone_from(&person.role),
            None => wanted.push(person.clone()),
        }
    }
    // The same people in another order are no change.
    let is_same = wanted.len() == there.len() && wanted.iter().all(|one| there.contains(one));
    if is_same { there.to_vec() } else { wanted }
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

/// The two other scopes of the metadata, and any that came later, are taken for the organisation's.
fn access_of(scope: Option<&str>) -> Access {
    match scope {
        Some("invited") => Access::Closed,
        Some("everyone") => Access::Anonymous,
        Some("organizer") => Access::Locked,
        _ => Access::Open,
    }
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
pub(super) fn conference_of(there: &OnlineMeeting, owner: &str) -> Conference {
    let presenters = there
        .attendees
        .iter()
        .filter(|person| person.role == "presenter");
    Conference {
        id: there.id.clone(),
        owner: owner.to_owned(),
        location: String::new(),
        kind: Kind::OnlineMeeting,
        subject: there.subject.clone().unwrap_or_default(),
        access: access_of(there.scope.as_deref()),
        assigned: false,
        expires: there
            .expiry
            .or_else(|| there.end?.saturating_add(KEPT).ok()),
        presenters: presenters.map(|person| person.upn.clone()).collect(),
        promotion: match there.presenters.as_deref() {
            Some("everyone") => Some(Promotion::Everyone),
            Some("organization") => Some(Promotion::Company),
            Some("organizer") => Some(Promotion::Nobody),
            // Those with the role: that is said by name.
            _ => None,
        },
        lobby_bypass: there.dial_in_bypass,
        ways_in: WaysIn {
            client_link: String::new(),
            client: Some(Client::Browser),
            web_link: Some(there.join_url.clone()),
            dial_in: there.audio.as_ref().map(dial_in_of),
            passcode: None,
            join_id: there.join_id.clone(),
        },
    }
}

fn dial_in_of(audio: &AudioConferencing) -> DialIn {
    let number = |display: &String, region: &str| AccessNumber {
        display: display.clone(),
        region: region.to_owned(),
        languages: Vec::new(),
    };
    let toll = audio.toll.iter().map(|display| number(display, TOLL));
    let free = audio
        .toll_free
        .iter()
        .map(|display| number(display, TOLL_FREE));
    DialIn {
        id: audio.id.clone(),
        numbers: toll.chain(free).collect(),
        settings_page: audio.page.clone(),
    }
}
