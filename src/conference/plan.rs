//! A request held against what the service can do and offers: either it can be tried, or it is told
//! why not before anything is sent.

mod violation;

use jiff::Timestamp;

use crate::conference::{
    Access, Capabilities, Conference, IdChoice, Kind, Offer, Passcode, PasscodeChoice, Person,
    Promotion, Request,
};

pub use violation::PolicyViolation;

/// A conference that the service may be asked for. Nothing in it is left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What the service makes of what was asked for.
    pub kind: Kind,
    /// One line.
    pub subject: String,
    /// Assigned conference or one of its own.
    pub id: IdChoice,
    /// Who is let in. Of an assigned conference this is the pool's affair.
    pub access: Access,
    /// Passcode for anonymous people.
    pub passcode: PlannedPasscode,
    /// Whether people may dial in.
    pub dial_in: bool,
    /// Dial-in region whose numbers come first, as the service spells it; none: the user's.
    pub region: Option<String>,
    /// Everybody invited.
    pub participants: Vec<Person>,
    /// Those of them who may present.
    pub presenters: Vec<Person>,
    /// Who else becomes a presenter on joining; none: the pool's default.
    pub promotion: Option<Promotion>,
    /// Whether phone callers skip the lobby; none where there is no lobby.
    pub lobby_bypass: Option<bool>,
    /// When people meet for the first time.
    pub slot: Slot,
    /// When the service may forget the conference.
    pub expires: Timestamp,
    /// What the user should know: where the pool's policy, not he, decided.
    pub notes: Vec<String>,
}

/// From when to when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Start.
    pub start: Timestamp,
    /// End, not before the start.
    pub end: Timestamp,
}

/// A passcode to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlannedPasscode {
    /// None for a new conference; the one that it has for a conference that is changed.
    None,
    /// Random digits.
    Random,
    /// This one.
    Given(Passcode),
}

impl Plan {
    /// Whether a conference should have a passcode, and none is known.
    pub fn lacks_passcode(&self, there: &Conference) -> bool {
        self.passcode != PlannedPasscode::None && there.ways_in.passcode.is_none()
    }
}

impl Request {
    /// Holds the request for people who meet at that time against what a service can do and offers.
    pub fn resolve(
        mut self,
        slot: Slot,
        service: &Capabilities,
        offer: &Offer,
    ) -> Result<Plan, PolicyViolation> {
        self.resolve_kind(service)?;
        self.find_region(service, offer)?;
        self.check_size(offer)?;
        self.check_lobby(service)?;
        if self.id == IdChoice::Assigned {
            return self.resolve_assigned(slot, service, offer);
        }
        let mut notes = Vec::new();
        let dial_in = self.resolve_dial_in(service, offer, &mut notes)?;
        let access = self.resolve_access(service, offer, dial_in, &mut notes)?;
        let passcode = self.resolve_passcode(service, dial_in, access)?;
        Ok(Plan {
            access,
            passcode,
            notes,
            ..self.into_plan(slot, service, dial_in)
        })
    }

    /// With everybody let in, and no passcode.
    fn into_plan(self, slot: Slot, service: &Capabilities, dial_in: bool) -> Plan {
        Plan {
            kind: self.kind,
            subject: self.subject,
            id: self.id,
            access: Access::Anonymous,
            passcode: PlannedPasscode::None,
            dial_in,
            region: self.options.region,
            participants: self.participants,
            presenters: self.presenters,
            promotion: self.options.promotion,
            lobby_bypass: (service.lobby && dial_in)
                .then(|| self.options.lobby_bypass.unwrap_or(true)),
            slot,
            expires: self.expires,
            notes: Vec::new(),
        }
    }

    fn resolve_kind(&mut self, service: &Capabilities) -> Result<(), PolicyViolation> {
        if self.kind == Kind::LiveMeeting && !service.live_meetings {
            return Err(PolicyViolation::NoLiveMeetings(service.name));
        }
        self.kind = service.kind_of(self.kind);
        Ok(())
    }

    fn resolve_assigned(
        self,
        slot: Slot,
        service: &Capabilities,
        offer: &Offer,
    ) -> Result<Plan, PolicyViolation> {
        if !service.assigned {
            return Err(PolicyViolation::NoAssigned(service.name));
        }
        match self.kind {
            Kind::LiveMeeting => return Err(PolicyViolation::AssignedMeeting("a Live Meeting")),
            Kind::OnlineMeeting => {
                return Err(PolicyViolation::AssignedMeeting("an online meeting"));
            }
            Kind::ConferenceCall => {}
        }
        if self.options.access.is_some() {
            return Err(PolicyViolation::AssignedKeeps("access level"));
        }
        if !matches!(self.options.passcode, None | Some(PasscodeChoice::Auto)) {
            return Err(PolicyViolation::AssignedKeeps("passcode"));
        }
        if !self.presenters.is_empty() || self.options.promotion.is_some() {
            return Err(PolicyViolation::AssignedKeeps("presenters"));
        }
        if self.options.lobby_bypass.is_some() {
            return Err(PolicyViolation::AssignedKeeps("lobby"));
        }
        let mut notes = Vec::new();
        let dial_in = self.resolve_dial_in(service, offer, &mut notes)?;
        Ok(Plan {
            notes,
            ..self.into_plan(slot, service, dial_in)
        })
    }

    /// Without a word from the user: on where it can be.
    fn resolve_dial_in(
        &self,
        service: &Capabilities,
        offer: &Offer,
        notes: &mut Vec<String>,
    ) -> Result<bool, PolicyViolation> {
        let trouble = self.dial_in_trouble(service, offer);
        match (self.options.dial_in, trouble) {
            (Some(false), _) if !service.without_dial_in => {
                Err(PolicyViolation::DialInStays(service.name))
            }
            (Some(false), _) => Ok(false),
            (_, None) => Ok(true),
            (Some(true), Some(trouble)) => Err(trouble),
            (None, Some(trouble)) => {
                notes.push(format!("No dial-in: {trouble}."));
                Ok(false)
            }
        }
    }

    /// What stands against people dialling in.
    fn dial_in_trouble(&self, service: &Capabilities, offer: &Offer) -> Option<PolicyViolation> {
        let callers_are_anonymous = service.passcodes && self.id == IdChoice::New;
        if !offer.dial_in.allowed {
            return Some(PolicyViolation::DialInOff);
        }
        if service.numbers && offer.dial_in.numbers.is_empty() {
            return Some(PolicyViolation::NoNumbers);
        }
        if callers_are_anonymous && offer.anonymous == Some(false) {
            return Some(PolicyViolation::AnonymousOff);
        }
        let admitted = matches!(self.options.access, None | Some(Access::Anonymous));
        (callers_are_anonymous && !admitted).then_some(PolicyViolation::DialInNeedsAnonymous)
    }

    fn resolve_access(
        &self,
        service: &Capabilities,
        offer: &Offer,
        dial_in: bool,
        notes: &mut Vec<String>,
    ) -> Result<Access, PolicyViolation> {
        let forbidden = offer.anonymous == Some(false);
        let needed = dial_in && service.passcodes;
        match self.options.access {
            Some(Access::Anonymous) if forbidden => Err(PolicyViolation::AnonymousOff),
            Some(access) => Ok(access),
            None if needed && forbidden => Err(PolicyViolation::AnonymousOff),
            None if needed => Ok(Access::Anonymous),
            None if forbidden
                || !matches!(self.options.passcode, Some(PasscodeChoice::Given(_))) =>
            {
                Ok(Access::Open)
            }
            None => {
                notes.push(
                    "Anonymous people are let in, since there is a choice of passcode.".into(),
                );
                Ok(Access::Anonymous)
            }
        }
    }

    fn resolve_passcode(
        &self,
        service: &Capabilities,
        dial_in: bool,
        access: Access,
    ) -> Result<PlannedPasscode, PolicyViolation> {
        let anonymous = access == Access::Anonymous;
        match self
            .options
            .passcode
            .as_ref()
            .unwrap_or(&PasscodeChoice::Auto)
        {
            PasscodeChoice::Given(_) if !service.passcodes => {
                Err(PolicyViolation::NoPasscodes(service.name))
            }
            PasscodeChoice::Given(_) if !anonymous => {
                Err(PolicyViolation::PasscodeWithoutAnonymous)
            }
            PasscodeChoice::Given(passcode) if !is_usable(passcode, dial_in) => {
                Err(PolicyViolation::PasscodeForm)
            }
            PasscodeChoice::Given(passcode) => Ok(PlannedPasscode::Given(passcode.clone())),
            PasscodeChoice::None if dial_in && service.passcodes => {
                Err(PolicyViolation::DialInNeedsPasscode)
            }
            PasscodeChoice::Auto if anonymous && service.passcodes => Ok(PlannedPasscode::Random),
            PasscodeChoice::None | PasscodeChoice::Auto => Ok(PlannedPasscode::None),
        }
    }

    /// Finds the region as the service spells it.
    fn find_region(
        &mut self,
        service: &Capabilities,
        offer: &Offer,
    ) -> Result<(), PolicyViolation> {
        let known = offer.dial_in.regions();
        let Some(wanted) = self.options.region.take() else {
            return Ok(());
        };
        if !service.numbers {
            return Err(PolicyViolation::NoRegions(service.name));
        }
        let own = known.iter().find(|name| name.eq_ignore_ascii_case(&wanted));
        self.options.region = own.map(|name| (*name).to_owned());
        if self.options.region.is_some() || known.is_empty() {
            return Ok(());
        }
        Err(PolicyViolation::NoRegion {
            region: wanted,
            known: known.into_iter().map(|name| format!("'{name}'")).collect(),
        })
    }

    /// What a service without a lobby would ignore without a word.
    fn check_lobby(&self, service: &Capabilities) -> Result<(), PolicyViolation> {
        if self.options.promotion.is_some() && !service.promotion {
            return Err(PolicyViolation::NoPromotion(service.name));
        }
        if service.lobby {
            return Ok(());
        }
        if self.options.access == Some(Access::Locked) {
            return Err(PolicyViolation::NoLobby(service.name, "--access locked"));
        }
        match self.options.lobby_bypass {
            Some(_) => Err(PolicyViolation::NoLobby(
                service.name,
                "a choice for phone callers",
            )),
            None => Ok(()),
        }
    }

    fn check_size(&self, offer: &Offer) -> Result<(), PolicyViolation> {
        let asked = self.participants.len() + 1;
        match offer.meeting_size {
            Some(most) if asked > most as usize => Err(PolicyViolation::TooMany { asked, most }),
            _ => PolicyViolation::check_room(self.participants.iter()),
        }
    }
}

/// The widest that any generation takes or makes; no pool tells its own rules. Telephones have no
/// letters.
fn is_usable(passcode: &Passcode, dial_in: bool) -> bool {
    let text = passcode.digits();
    let keyed_in = text.bytes().all(|b| b.is_ascii_digit());
    (3..=16).contains(&text.len()) && (keyed_in || !dial_in)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::{AccessNumber, ConferenceOptions, DialInOffer, MOST_PEOPLE};

    const POOL: Capabilities = Capabilities {
        name: "the pool",
        live_meetings: true,
        meetings: Kind::LiveMeeting,
        calls: Kind::ConferenceCall,
        assigned: true,
        passcodes: true,
        lobby: false,
        promotion: false,
        numbers: true,
        without_dial_in: true,
        no_numbers: "",
        no_web_link: "",
    };

    const LYNC: Capabilities = Capabilities {
        meetings: Kind::OnlineMeeting,
        passcodes: false,
        lobby: true,
        promotion: true,
        ..POOL
    };

    /// A call each of whose conferences comes with its numbers, and that has nothing of a pool's own.
    const OTHER: Capabilities = Capabilities {
        name: "Other",
        live_meetings: false,
        calls: Kind::OnlineMeeting,
        assigned: false,
        numbers: false,
        without_dial_in: false,
        ..LYNC
    };

    const SLOT: Slot = Slot {
        start: Timestamp::UNIX_EPOCH,
        end: Timestamp::UNIX_EPOCH,
    };

    fn resolve(request: Request, offer: &Offer) -> Result<Plan, PolicyViolation> {
        request.resolve(SLOT, &POOL, offer)
    }

    fn offer() -> Offer {
        let number = AccessNumber {
            display: "+1 425 555 0100".into(),
            region: "North America".into(),
            languages: vec![],
        };
        Offer {
            anonymous: Some(true),
            meeting_size: Some(3),
            dial_in: DialInOffer {
                allowed: true,
                numbers: vec![number],
                default_region: None,
            },
            ..Offer::default()
        }
    }

    fn request() -> Request {
        Request {
            kind: Kind::LiveMeeting,
            subject: "Review".into(),
            id: IdChoice::New,
            options: ConferenceOptions::default(),
            participants: vec![],
            presenters: vec![],
            expires: Timestamp::UNIX_EPOCH,
        }
    }

    fn asked(options: ConferenceOptions) -> Request {
        Request {
            options,
            ..request()
        }
    }

    #[test]
    fn dial_in_brings_anonymous_access_and_a_passcode() {
        let plan = resolve(request(), &offer()).unwrap();
        assert!(plan.dial_in && plan.region.is_none() && plan.notes.is_empty());
        assert_eq!(
            (plan.access, plan.passcode),
            (Access::Anonymous, PlannedPasscode::Random)
        );
    }

    #[test]
    fn policy_without_dial_in_is_a_note_unless_dial_in_was_asked_for() {
        let mut without = offer();
        without.dial_in.allowed = false;
        let plan = resolve(request(), &without).unwrap();
        assert_eq!(
            (plan.dial_in, plan.access, plan.passcode),
            (false, Access::Open, PlannedPasscode::None)
        );
        assert_eq!(plan.notes.len(), 1);
        let wanted = asked(ConferenceOptions {
            dial_in: Some(true),
            ..ConferenceOptions::default()
        });
        assert_eq!(resolve(wanted, &without), Err(PolicyViolation::DialInOff));
    }

    #[test]
    fn without_anonymous_participants_there_is_no_dial_in_on_a_pool_with_passcodes() {
        let strict = Offer {
            anonymous: Some(false),
            ..offer()
        };
        let plan = resolve(request(), &strict).unwrap();
        assert_eq!((plan.dial_in, plan.access), (false, Access::Open));
        let wanted = asked(ConferenceOptions {
            access: Some(Access::Anonymous),
            ..ConferenceOptions::default()
        });
        assert_eq!(resolve(wanted, &strict), Err(PolicyViolation::AnonymousOff));
        let on_lync = request().resolve(SLOT, &LYNC, &strict).unwrap();
        assert!(on_lync.dial_in);
    }

    #[test]
    fn contradictions_are_refused() {
        let dial_in = Some(true);
        let open = Some(Access::Open);
        let given = PasscodeChoice::Given(Passcode::parse("12345678").unwrap());
        let cases = [
            (
                asked(ConferenceOptions {
                    dial_in,
                    access: open,
                    ..ConferenceOptions::default()
                }),
                PolicyViolation::DialInNeedsAnonymous,
            ),
            (
                asked(ConferenceOptions {
                    dial_in,
                    passcode: Some(PasscodeChoice::None),
                    ..ConferenceOptions::default()
                }),
                PolicyViolation::DialInNeedsPasscode,
            ),
            (
                asked(ConferenceOptions {
                    access: open,
                    passcode: Some(given.clone()),
                    ..ConferenceOptions::default()
                }),
                PolicyViolation::PasscodeWithoutAnonymous,
            ),
            (
                Request {
                    id: IdChoice::Assigned,
                    ..request()
                },
                PolicyViolation::AssignedMeeting("a Live Meeting"),
            ),
            (
                Request {
                    options: ConferenceOptions {
                        passcode: Some(given),
                        ..ConferenceOptions::default()
                    },
                    id: IdChoice::Assigned,
                    kind: Kind::ConferenceCall,
                    ..request()
                },
                PolicyViolation::AssignedKeeps("passcode"),
            ),
        ];
        for (request, refusal) in cases {
            assert_eq!(resolve(request, &offer()), Err(refusal));
        }
    }

    #[test]
    fn what_came_with_lync_is_refused_before_and_settled_there() {
        let locked = asked(ConferenceOptions {
            access: Some(Access::Locked),
            ..ConferenceOptions::default()
        });
        let promoting = asked(ConferenceOptions {
            promotion: Some(Promotion::Company),
            ..ConferenceOptions::default()
        });
        let queueing = asked(ConferenceOptions {
            lobby_bypass: Some(false),
            ..ConferenceOptions::default()
        });
        let refused = |request: &Request| resolve(request.clone(), &offer()).unwrap_err();
        assert_eq!(
            refused(&locked).to_string(),
            "the pool has no lobby, so --access locked is not possible"
        );
        let promotion = PolicyViolation::NoPromotion("the pool");
        assert_eq!(refused(&promoting), promotion);
        assert!(matches!(refused(&queueing), PolicyViolation::NoLobby(..)));
        assert_eq!(resolve(request(), &offer()).unwrap().lobby_bypass, None);

        let settled = |request: Request| request.resolve(SLOT, &LYNC, &offer()).unwrap();
        assert_eq!(settled(locked).access, Access::Locked);
        assert_eq!(settled(promoting).promotion, Some(Promotion::Company));
        assert_eq!(settled(queueing).lobby_bypass, Some(false));
        assert_eq!(settled(request()).lobby_bypass, Some(true));
        let without = asked(ConferenceOptions {
            dial_in: Some(false),
            ..ConferenceOptions::default()
        });
        assert_eq!(settled(without).lobby_bypass, None);
    }

    #[test]
    fn letters_are_for_passcodes_that_nobody_keys_in() {
        let keyed = |text: &str, dial_in| {
            asked(ConferenceOptions {
                passcode: Some(PasscodeChoice::Given(Passcode::of_pool(text).unwrap())),
                access: Some(Access::Anonymous),
                dial_in: Some(dial_in),
                ..ConferenceOptions::default()
            })
        };
        assert!(resolve(keyed("Wren4711", false), &offer()).is_ok());
        for (text, dial_in) in [("Wren4711", true), ("12", false), (&"7".repeat(17), true)] {
            let refusal = resolve(keyed(text, dial_in), &offer());
            assert_eq!(refusal, Err(PolicyViolation::PasscodeForm), "{text}");
        }
    }

    #[test]
    fn the_meeting_size_counts_the_organizer() {
        let people = |count: usize| {
            (0..count)
                .map(|n| Person::parse(&format!("p{n}@example.com")).unwrap())
                .collect()
        };
        let with = |count| Request {
            participants: people(count),
            ..request()
        };
        assert!(resolve(with(2), &offer()).is_ok());
        let refusal = resolve(with(3), &offer()).unwrap_err();
        assert_eq!(refusal, PolicyViolation::TooMany { asked: 4, most: 3 });
    }

    #[test]
    fn no_policy_makes_room_for_more_than_a_conference_has() {
        let person = Person::parse("bo@example.com").unwrap();
        let crowd = |count| Request {
            participants: vec![person.clone(); count],
            ..request()
        };
        let lavish = Offer {
            meeting_size: Some(1_000_000),
            ..offer()
        };
        assert!(resolve(crowd(MOST_PEOPLE), &lavish).is_ok());
        let refusal = resolve(crowd(MOST_PEOPLE + 1), &lavish).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "4001 people are invited, and a meeting has room for 4000"
        );
        let person = Person {
            address: format!("{}@example.com", "b".repeat(288)),
            name: None,
        };
        let crowd = |count| Request {
            participants: vec![person.clone(); count],
            ..request()
        };
        let refusal = resolve(crowd(3000), &lavish).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "3000 people are invited, and a meeting has room for 2304 with addresses as long as these"
        );
        assert!(resolve(crowd(2304), &lavish).is_ok());
    }

    #[test]
    fn what_a_service_can_not_do_is_said_in_its_name() {
        let call = |options| Request {
            kind: Kind::ConferenceCall,
            ..asked(options)
        };
        let usual = || call(ConferenceOptions::default());
        let none = Offer {
            dial_in: DialInOffer {
                allowed: true,
                ..DialInOffer::default()
            },
            ..Offer::default()
        };
        let plan = usual().resolve(SLOT, &OTHER, &none).unwrap();
        assert!(plan.dial_in && plan.lobby_bypass == Some(true));
        assert_eq!(plan.access, Access::Open);
        let assigned = Request {
            id: IdChoice::Assigned,
            ..usual()
        };
        let without_dial_in = call(ConferenceOptions {
            dial_in: Some(false),
            ..ConferenceOptions::default()
        });
        let from_region = call(ConferenceOptions {
            region: Some("France".into()),
            ..ConferenceOptions::default()
        });
        for (request, words) in [
            (request(), "Other has no Live Meetings"),
            (assigned, "Other has no assigned conferences"),
            (without_dial_in, "Other gives every meeting its numbers"),
            (from_region, "Other has no dial-in regions"),
        ] {
            let refusal = request.resolve(SLOT, &OTHER, &none).unwrap_err();
            assert_eq!(refusal.to_string(), words);
        }
    }
}
