//! What speaks against a request before the service is asked, and what to do about it.

use crate::conference::{MOST_PEOPLE, Person};
use crate::error::{Error, Kind};

/// `(GUESS)` Octets that a pool keeps of the people of a conference, as XML.
const MOST_OCTETS: usize = 900 * 1024;

/// Those around each address.
const FRAME: usize = 100;

/// Why the service need not be asked. The names are those of [`Capabilities`](crate::conference::Capabilities).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyViolation {
    /// Dial-in was asked for, but is not for this user.
    #[error("your meeting policy does not allow dial-in")]
    DialInOff,
    /// Dial-in was asked for, but the pool has no numbers.
    #[error("this pool offers no dial-in")]
    NoNumbers,
    /// Anonymous people were to be let in.
    #[error("your meeting policy does not allow anonymous participants")]
    AnonymousOff,
    /// Dial-in needs anonymous access on this pool.
    #[error("phone callers can only join when anonymous people are let in")]
    DialInNeedsAnonymous,
    /// Dial-in needs a passcode on this pool.
    #[error("phone callers need a passcode on this pool")]
    DialInNeedsPasscode,
    /// A passcode was asked for, but would protect nothing.
    #[error("a passcode is for anonymous people, and none are let in")]
    PasscodeWithoutAnonymous,
    /// A passcode was asked for from a service that has none.
    #[error("{0} has no passcodes")]
    NoPasscodes(&'static str),
    /// A Live Meeting was asked for from a service that never had any.
    #[error("{0} has no Live Meetings")]
    NoLiveMeetings(&'static str),
    /// There is no conference for all calls.
    #[error("{0} has no assigned conferences")]
    NoAssigned(&'static str),
    /// Nobody was to dial in.
    #[error("{0} gives every meeting its numbers")]
    DialInStays(&'static str),
    /// The numbers of a region were to come first.
    #[error("{0} has no dial-in regions")]
    NoRegions(&'static str),
    /// No generation takes such a passcode.
    #[error(
        "expected a passcode of at most 16 digits, or letters and digits where nobody dials in"
    )]
    PasscodeForm,
    /// Something was asked for that needs a lobby.
    #[error("{0} has no lobby, so {1} is not possible")]
    NoLobby(&'static str, &'static str),
    /// People were to become presenters on joining.
    #[error("{0} can't make people presenters as they join")]
    NoPromotion(&'static str),
    /// More people than policy allows.
    #[error("{asked} people are invited, but your meeting policy allows {most}")]
    TooMany {
        /// With the organizer.
        asked: usize,
        /// `MeetingSize`.
        most: u32,
    },
    /// More people than any conference has room for.
    #[error("{asked} people are invited, and a meeting has room for {most}{}", with_addresses(*most))]
    NoRoom {
        /// Without the organizer.
        asked: usize,
        /// Fewer than [`MOST_PEOPLE`] where addresses are long.
        most: usize,
    },
    /// No such dial-in region.
    #[error("the pool has no dial-in region '{region}', only {}", known.join(", "))]
    NoRegion {
        /// As asked for.
        region: String,
        /// All there are.
        known: Vec<String>,
    },
    /// The assigned conference has its own settings.
    #[error("the assigned conference keeps its own {0}")]
    AssignedKeeps(&'static str),
    /// Meetings with shared content always get a conference of their own.
    #[error("{0} can't use the assigned conference ID")]
    AssignedMeeting(&'static str),
}

fn with_addresses(most: usize) -> &'static str {
    match most < MOST_PEOPLE {
        true => " with addresses as long as these",
        false => "",
    }
}

/// An address as XML has it.
fn octets(address: &str) -> usize {
    let escaped = |octet: u8| match b"&<>\"'".contains(&octet) {
        true => "&quot;".len(),
        false => 1,
    };
    address.bytes().map(escaped).sum()
}

impl From<PolicyViolation> for Error {
    fn from(violation: PolicyViolation) -> Self {
        let kind = match violation.is_usage() {
            true => Kind::Usage,
            false => Kind::Refused,
        };
        Self::new(kind, violation.to_string()).hint(violation.hint())
    }
}

impl PolicyViolation {
    /// Whether so many people can be invited, whatever policy says.
    pub fn check_room<'a>(people: impl ExactSizeIterator<Item = &'a Person>) -> Result<(), Self> {
        let asked = people.len();
        let octets: usize = people.map(|person| FRAME + octets(&person.address)).sum();
        let most = match octets > MOST_OCTETS {
            true => (asked * MOST_OCTETS / octets).min(MOST_PEOPLE),
            false => MOST_PEOPLE,
        };
        match asked <= most {
            true => Ok(()),
            false => Err(Self::NoRoom { asked, most }),
        }
    }

    /// What the user can do.
    fn hint(&self) -> &'static str {
        match self {
            Self::DialInOff => {
                "schedule it with --no-dial-in, or ask your administrator for dial-in conferencing"
            }
            Self::NoNumbers => "schedule it with --no-dial-in and without --region",
            Self::AnonymousOff => {
                "choose --access open or closed, or ask your administrator for anonymous participants"
            }
            Self::DialInNeedsAnonymous => "leave out --access, or add --no-dial-in",
            Self::DialInNeedsPasscode => "leave out --passcode none, or add --no-dial-in",
            Self::PasscodeWithoutAnonymous => "leave out --passcode, or use --access anonymous",
            Self::NoPasscodes(_) => {
                "leave out --passcode: meetings are protected by the lobby there, see --access"
            }
            Self::NoLiveMeetings(_) => "schedule an online-meeting",
            Self::NoAssigned(_) => "leave out --id",
            Self::DialInStays(_) => "leave out --no-dial-in",
            Self::NoRegions(_) => "leave out --region: the service chooses the numbers",
            Self::PasscodeForm => "leave out --passcode for a random one",
            Self::NoLobby(..) => {
                "lobbies came with Lync; --access closed lets in only those who are invited"
            }
            Self::NoPromotion(_) => "that came with Lync; name the presenters with --presenter",
            Self::TooMany { .. } => {
                "invite fewer people, or ask your administrator for a larger meeting size"
            }
            Self::NoRoom { .. } => "invite fewer people, or the address of a mailing list",
            Self::NoRegion { .. } => "--region takes one of these names",
            Self::AssignedKeeps(_) => {
                "use --id new for a conference of its own; the assigned one is changed with 'confctl settings open'"
            }
            Self::AssignedMeeting(_) => "leave out --id assigned, or schedule a conference-call",
        }
    }

    /// Whether the command line is to blame rather than the pool's policy.
    fn is_usage(&self) -> bool {
        !matches!(
            self,
            Self::DialInOff | Self::NoNumbers | Self::AnonymousOff | Self::TooMany { .. }
        )
    }
}
