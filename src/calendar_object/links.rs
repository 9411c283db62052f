//! Where the links of a meeting lead, whoever wrote them.

use std::collections::HashSet;

use crate::calendar_object::CalendarObject;
use crate::conference::MeetingId;
use crate::icalendar::Component;

/// Properties that hold a link to the conference.
const LINKS: [&str; 4] = [
    "URL",
    "CONFERENCE",
    "X-MICROSOFT-ONLINEMEETINGCONFLINK",
    "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK",
];

impl CalendarObject {
    /// The conferences that links of the meeting and of its occurrences lead to, each once.
    pub fn links(&self) -> Vec<MeetingId> {
        let mut seen = HashSet::new();
        let links = self.events().flat_map(links);
        links.filter(|link| seen.insert(link.folded())).collect()
    }

    /// Addresses of whose conferences they are that its links lead to, in small letters.
    pub fn link_owners(&self) -> HashSet<String> {
        let values = self.events().flat_map(values);
        let links = values.filter(|value| MeetingId::of_link(value).is_some());
        links.filter_map(|link| owner(&link)).collect()
    }
}

/// The conferences that links of a VEVENT lead to.
pub(super) fn links(event: &Component) -> impl Iterator<Item = MeetingId> {
    values(event).filter_map(|value| MeetingId::of_link(&value))
}

fn values(event: &Component) -> impl Iterator<Item = String> {
    let lines = event.lines();
    let lines = lines.filter(|line| LINKS.iter().any(|name| line.is(name)));
    lines.filter_map(|line| Some(line.content()?.value))
}

/// `ana@example.com` of `meet:sip:ana@example.com;gruu;opaque=…`, in small letters; none: it names
/// nobody.
fn owner(link: &str) -> Option<String> {
    let plain = link.to_ascii_lowercase();
    let plain = plain
        .replace("%3a", ":")
        .replace("%40", "@")
        .replace("%3b", ";");
    let (_, rest) = plain.split_once("sip:")?;
    let ends = rest.find([';', '?', '\\', ' ']);
    Some(rest.get(..ends.unwrap_or(rest.len()))?.to_owned())
}
