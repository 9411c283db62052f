//! Meetings of which only a file tells.

use std::path::Path;

use crate::calendar_object::CalendarObject;
use crate::conference::{Conference, MeetingId, Outline, account_address};
use crate::diary::Place;
use crate::diary::state::Known;
use crate::error::{Error, Kind};
use crate::report::shell_word;

/// Most conferences that are named in a sentence.
const MOST_SHOWN: usize = 3;

/// A meeting whose file leads to a conference of which nothing is known here.
#[derive(Clone, Debug)]
pub struct Foreign {
    /// The file as it is.
    pub object: CalendarObject,
    /// What it says.
    pub outline: Outline,
    /// Where its links lead, at least one.
    pub links: Vec<MeetingId>,
    /// What was known of it, with another conference; none: nothing was.
    pub(super) known: Option<Known>,
    pub(super) place: Place,
}

impl Foreign {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.place.path
    }

    /// The conference that it is about: the one that is known here, else the only one that its links
    /// lead to; none: they lead to several.
    pub fn conference(&self) -> Option<&MeetingId> {
        let known = self.former_conference();
        let known = known.filter(|known| self.links.iter().any(|link| link.is(known)));
        known.or(match self.links.as_slice() {
            [link] => Some(link),
            _ => None,
        })
    }

    /// Whether the conference that it leads to can be this one of the account `owner`. On some pools
    /// everybody's assigned conference has the same id, so that it takes the address beside it to tell
    /// them apart.
    pub fn may_be_of(&self, conference: &Conference, owner: &str) -> bool {
        if !conference.assigned {
            return true;
        }
        let mut owners = self.object.link_owners();
        if owners.is_empty() {
            let organizer = self.outline.organizer.as_ref();
            owners.extend(organizer.map(|organizer| organizer.address.clone()));
        }
        let owner = account_address(owner);
        owners.iter().all(|other| other.eq_ignore_ascii_case(owner))
    }

    /// The conferences that its links lead to, for people.
    pub fn shown_links(&self) -> String {
        let some = self.links.iter().take(MOST_SHOWN).map(MeetingId::as_str);
        let some: Vec<&str> = some.collect();
        match self.links.len().saturating_sub(MOST_SHOWN) {
            0 => some.join(" and "),
            more => format!("{} and {more} more", some.join(", ")),
        }
    }

    /// The conference that was known of it before; none: nothing was known.
    pub fn former_conference(&self) -> Option<&MeetingId> {
        self.known.as_ref().map(|known| &known.notes.conference.id)
    }

    /// A refusal because its file leads to another conference than is known here.
    pub(super) fn elsewhere_error(&self) -> Error {
        let what = format!(
            "the file of '{}' leads to the conference {}, and another one is known here: another computer may have changed it, or somebody else",
            self.outline.subject,
            self.shown_links()
        );
        Error::new(Kind::Refused, what).hint(format!(
            "'confctl adopt {}' asks whether it is yours",
            shell_word(&self.outline.uid)
        ))
    }
}
