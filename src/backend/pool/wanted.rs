//! A plan in the words of C3P, laid over what the pool keeps, and those words back as nouns. Nobody
//! has seen an element for entry announcements, so no plan speaks of them.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::Ocs;
use crate::backend::pool::refusal;
use crate::conference::{Access, Kind, Person, Plan, Promotion};
use crate::error::Result;
use crate::proto::c3p::{
    AdmissionPolicy, ConferenceInfo, Dialect, EntityView, McuType, Reason, Role, User,
};

const PLANNING: &str = "such a conference is not possible";

/// `autopromote` for each level ([MS-CONFPRO] 4.1; the meanings are those of UCMA's
/// AutomaticLeaderAssignment).
const PROMOTIONS: [(Promotion, u32); 3] = [
    (Promotion::Nobody, 0),
    (Promotion::Company, 0x8000),
    (Promotion::Everyone, 0x8000_0000),
];

impl Ocs {
    /// What is to be asked for. Everything that a plan does not speak of stays as it is; the id, the
    /// passcode and the focus are still missing from a new conference.
    pub(super) fn fill_in(&mut self, plan: &Plan, kept: ConferenceInfo) -> Result<ConferenceInfo> {
        let mut info = kept;
        let lync = self.dialect == Dialect::Lync;
        let access = access_of(&info, self.dialect);
        let description = &mut info.description;
        description.subject = Some(plan.subject.clone());
        // The wire has whole seconds.
        description.expiry_time = Timestamp::from_second(plan.expires.as_second()).ok();
        if description.admission_policy.is_none() || access != plan.access {
            description.admission_policy = Some(policy_of(plan.access));
        }
        description.pstn_access = plan
            .dial_in
            .then(|| description.pstn_access.take().unwrap_or_default());
        if lync {
            let promotion = plan.promotion.map(autopromote_of);
            description.autopromote = promotion.or(description.autopromote);
            description.pstn_lobby_bypass = plan.lobby_bypass.or(description.pstn_lobby_bypass);
            let locked = plan.access == Access::Locked;
            if locked != info.locked.unwrap_or_default() {
                info.locked = Some(locked);
            }
        }
        let told = self.told_to_pool(plan);
        info.users = people(&told, plan, info.users, self.organizer());
        info.views = self.choose_media(plan.kind, info.views)?;
        Ok(info)
    }

    /// Who is named to the pool: its own people, and outsiders where nobody else is let in, or to
    /// present. A mail address outside need not be a SIP address, and policy may forbid such.
    fn told_to_pool(&self, plan: &Plan) -> Vec<Person> {
        let told = plan
            .participants
            .iter()
            .filter(|person| self.is_told(person, plan));
        told.cloned().collect()
    }

    fn is_told(&self, person: &Person, plan: &Plan) -> bool {
        plan.access == Access::Closed
            || self.is_of_pool(&person.address)
            || plan.presenters.iter().any(|presenter| presenter.is(person))
    }

    /// Says who is invited and may stand before a closed door.
    pub(super) fn name_the_untold(&self, plan: &Plan) {
        // Since Lync they wait in the lobby.
        if plan.access == Access::Anonymous || self.dialect >= Dialect::Lync {
            return;
        }
        let untold = plan.participants.iter();
        let untold = untold.filter(|person| !self.is_told(person, plan));
        let names: Vec<&str> = untold.map(|person| person.address.as_str()).collect();
        if !names.is_empty() {
            self.report.warn(&format!(
                "Only people with an account here get in: not {}. '--access anonymous' lets everybody in who has the details.",
                names.join(", ")
            ));
        }
    }

    /// Whether an address is of a domain that the pool serves, as far as it is known.
    pub(super) fn is_of_pool(&self, address: &str) -> bool {
        let account = &self.session.account;
        let domain = |address: &str| {
            let (_, domain) = address.rsplit_once('@')?;
            let end = domain.find(';').unwrap_or(domain.len());
            Some(domain[..end].to_ascii_lowercase())
        };
        let own = [self.organizer(), &account.user, &self.focus_factory];
        let asked = domain(address);
        asked.is_some_and(|asked| {
            own.into_iter()
                .any(|own| domain(own).as_deref() == Some(&asked))
                || account.sip_domains.contains(&asked)
        })
    }

    /// Leaves out whoever is not of the pool, which forbids them; false: nobody is.
    pub(super) fn leave_out_outsiders(&self, users: &mut Vec<User>, access: Access) -> bool {
        let is_own = |user: &User| self.is_of_pool(person_of(user));
        let (own, outside): (Vec<_>, Vec<_>) = users.drain(..).partition(is_own);
        *users = own;
        if outside.is_empty() {
            return false;
        }
        let names: Vec<_> = outside.iter().map(person_of).collect();
        let how = match access {
            Access::Anonymous => "who join as guests",
            _ => "who get in with '--access anonymous' alone",
        };
        self.report.warn(&format!(
            "The pool takes nobody of other organisations: it is not told of {}, {how}.",
            names.join(", ")
        ));
        true
    }

    /// Media for a kind of meeting, of those that the pool has; others and their settings are kept.
    fn choose_media(&mut self, kind: Kind, kept: Vec<EntityView>) -> Result<Vec<EntityView>> {
        let mut views = kept;
        views.retain(|view| kind.has_content() || !has_content(view));
        let offered = &self.get_known()?.mcu_types;
        let content: &[McuType] = match kind.has_content() {
            false => &[],
            // Content that is there already is of the generation that the pool had.
            true if views.iter().any(has_content) => &[],
            true if offered.contains(&McuType::Meeting) => &[McuType::Meeting],
            true => &[McuType::DataConf, McuType::ApplicationSharing],
        };
        let wanted = content.iter().chain(&[McuType::Chat, McuType::AudioVideo]);
        for mcu in wanted.filter(|mcu| offered.contains(mcu)) {
            if !views.iter().any(|view| view.mcu == *mcu) {
                views.push(EntityView::from(mcu.clone()));
            }
        }
        let is_enough = match kind.has_content() {
            true => views.iter().any(has_content),
            false => views.iter().any(|view| view.mcu == McuType::AudioVideo),
        };
        if !is_enough {
            return Err(refusal::of_reason(&Reason::McuTypeNotAvailable, PLANNING));
        }
        Ok(views)
    }
}

/// What a conference is for, by its media: shared content makes it a meeting. (INF)
pub(super) fn kind_of(views: &[EntityView], dialect: Dialect) -> Kind {
    match views.iter().any(has_content) {
        true => meetings_of(dialect),
        false => Kind::ConferenceCall,
    }
}

/// What a meeting with shared content is: since Lync no pool has the Live Meeting console's.
pub(super) fn meetings_of(dialect: Dialect) -> Kind {
    match dialect >= Dialect::Lync {
        true => Kind::OnlineMeeting,
        false => Kind::LiveMeeting,
    }
}

/// Lync's conferences have other media servers for content.
fn has_content(view: &EntityView) -> bool {
    const CONTENT: [McuType; 3] = [
        McuType::Meeting,
        McuType::DataConf,
        McuType::ApplicationSharing,
    ];
    CONTENT.contains(&view.mcu)
}

/// Who is let in. Locked conferences came with Lync; their wire form is (INF).
pub(super) fn access_of(info: &ConferenceInfo, dialect: Dialect) -> Access {
    if dialect == Dialect::Lync && info.locked == Some(true) {
        return Access::Locked;
    }
    match info.description.admission_policy {
        Some(AdmissionPolicy::Anonymous) => Access::Anonymous,
        Some(AdmissionPolicy::ClosedAuthenticated) => Access::Closed,
        _ => Access::Open,
    }
}

fn policy_of(access: Access) -> AdmissionPolicy {
    match access {
        Access::Open | Access::Locked => AdmissionPolicy::OpenAuthenticated,
        Access::Closed => AdmissionPolicy::ClosedAuthenticated,
        Access::Anonymous => AdmissionPolicy::Anonymous,
    }
}

/// None for a value that has no name here; it is kept on a change.
pub(super) fn promotion_of(autopromote: u32) -> Option<Promotion> {
    let named = PROMOTIONS.iter().find(|(_, value)| *value == autopromote);
    named.map(|(promotion, _)| *promotion)
}

fn autopromote_of(promotion: Promotion) -> u32 {
    let known = PROMOTIONS.iter().find(|(own, _)| *own == promotion);
    known.map_or(0, |(_, value)| *value)
}

/// Address of somebody invited, without `sip:`. The SIP address is taken to be the mail address;
/// the pool knows no other way either.
pub(super) fn person_of(user: &User) -> &str {
    let entity = user.entity.trim();
    match entity.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("sip:") => &entity[4..],
        _ => entity,
    }
}

/// Those of the plan who are told to the pool, with what it keeps of them; the organizer may stay, and so
/// does whoever is invited and known there.
fn people(told: &[Person], plan: &Plan, kept: Vec<User>, organizer: &str) -> Vec<User> {
    let address = |person: &Person| person.address.to_ascii_lowercase();
    let own = |user: &User| person_of(user).to_ascii_lowercase();
    let invited: HashSet<String> = plan.participants.iter().map(address).collect();
    let presenters: HashSet<String> = plan.presenters.iter().map(Person::key).collect();
    let mut users = kept;
    users
        .retain(|user| user.entity.eq_ignore_ascii_case(organizer) || invited.contains(&own(user)));
    let mut places = HashMap::new();
    for (at, user) in users.iter().enumerate() {
        places.entry(own(user)).or_insert(at);
    }
    let known: HashSet<String> = users.iter().map(own).collect();
    let is_known = |person: &&Person| told.contains(person) || known.contains(&address(person));
    for person in plan.participants.iter().filter(is_known) {
        let presents = presenters.contains(&person.key());
        let at = *places.entry(address(person)).or_insert(users.len());
        match users.get_mut(at) {
            Some(user) => give(user, presents),
            None => users.push(to_user(person, presents)),
        }
    }
    users
}

fn to_user(person: &Person, presents: bool) -> User {
    User {
        entity: format!("sip:{}", person.address),
        roles: vec![role(presents)],
        foreign: Vec::new(),
    }
}

/// Roles that have no name here are kept.
fn give(user: &mut User, presents: bool) {
    let (wanted, other) = (role(presents), role(!presents));
    user.roles.retain(|role| *role != other);
    if !user.roles.contains(&wanted) {
        user.roles.insert(0, wanted);
    }
}

fn role(presents: bool) -> Role {
    if presents {
        Role::Presenter
    } else {
        Role::Attendee
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::{IdChoice, PlannedPasscode, Slot};

    fn user(entity: &str, roles: &[&str]) -> User {
        User {
            entity: entity.to_owned(),
            roles: roles.iter().map(|role| Role::from(*role)).collect(),
            foreign: Vec::new(),
        }
    }

    fn plan(people: &[&str], presenters: &[&str]) -> Plan {
        let persons = |addresses: &[&str]| {
            let persons = addresses.iter().map(|address| Person::parse(address));
            persons.map(Result::unwrap).collect()
        };
        Plan {
            kind: Kind::LiveMeeting,
            subject: String::new(),
            id: IdChoice::New,
            access: Access::Open,
            passcode: PlannedPasscode::None,
            dial_in: false,
            region: None,
            slot: Slot {
                start: Timestamp::UNIX_EPOCH,
                end: Timestamp::UNIX_EPOCH,
            },
            participants: persons(people),
            presenters: persons(presenters),
            promotion: None,
            lobby_bypass: None,
            expires: Timestamp::UNIX_EPOCH,
            notes: Vec::new(),
        }
    }

    #[test]
    fn people_come_and_go_and_keep_the_roles_that_have_no_name_here() {
        let kept = vec![
            user("sip:ana@example.com", &["presenter"]),
            user("SIP:Bo@example.com", &["attendee", "scribe"]),
            user("sip:cy@example.org", &["presenter"]),
            user("sip:dee@example.org", &["attendee"]),
        ];
        let plan = plan(
            &["bo@example.com", "cy@example.org", "eve@example.org"],
            &["bo@example.com"],
        );
        let expected = [
            user("sip:ana@example.com", &["presenter"]),
            user("SIP:Bo@example.com", &["presenter", "scribe"]),
            user("sip:cy@example.org", &["attendee"]),
            user("sip:eve@example.org", &["attendee"]),
        ];
        let told = &plan.participants;
        let changed = people(told, &plan, kept, "sip:ana@example.com");
        assert_eq!(changed, expected);
        let again = people(told, &plan, changed.clone(), "sip:ana@example.com");
        assert_eq!(again, changed, "nothing is left to change");
    }

    #[test]
    fn values_of_autopromote_that_have_no_name_are_none() {
        for (promotion, value) in PROMOTIONS {
            assert_eq!(promotion_of(autopromote_of(promotion)), Some(promotion));
            assert_eq!(autopromote_of(promotion), value);
        }
        assert_eq!(promotion_of(0x8000_0001), None);
    }
}
