//! What a meeting says of its conference, against what the service says now.

use std::collections::HashSet;

use serde::Serialize;

use crate::backend::{Assigned, Backend};
use crate::conference::{AccessNumber, Conference, MeetingId, WaysIn};
use crate::error::Result;
use crate::invitation;

/// Something about joining that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What it is about.
    pub what: Detail,
    /// As the meeting has it; empty: it has nothing of the kind. Of numbers, those that are gone.
    pub was: Vec<String>,
    /// As the pool has it; empty: nothing of the kind. Of numbers, those that are new.
    pub is: Vec<String>,
}

/// A part of the call-in details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detail {
    /// What callers key in.
    #[serde(rename = "conference-id")]
    DialInId,
    /// What people without an account key in.
    Passcode,
    /// For the program on the desk, without the passcode that may be in it.
    Link,
    /// For a browser.
    WebLink,
    /// What callers dial, and how each is labelled. Their order is no difference.
    Numbers,
    /// The Dial-In Conferencing Settings page.
    SettingsPage,
    /// What people type at a computer.
    JoinId,
    /// The passcode that is asked for with it.
    JoinPasscode,
}

impl Detail {
    /// The words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::DialInId => "Conference ID",
            Self::Passcode => "passcode",
            Self::Link => "link",
            Self::WebLink => "web link",
            Self::Numbers => "numbers",
            Self::SettingsPage => "settings page",
            Self::JoinId => "meeting ID",
            Self::JoinPasscode => "passcode of the meeting ID",
        }
    }
}

impl Detail {
    /// Whether only those who are invited may know it.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Passcode | Self::JoinPasscode)
    }
}

impl Difference {
    /// A clause: `the passcode was 12345678, is 87654321`.
    pub fn words(&self) -> String {
        let (was, is) = (join(&self.was), join(&self.is));
        match (self.what, self.was.is_empty(), self.is.is_empty()) {
            (Detail::Numbers, _, true) => format!("gone from the numbers: {was}"),
            (Detail::Numbers, true, _) => format!("new among the numbers: {is}"),
            (Detail::Numbers, ..) => format!("the numbers {was} were replaced by {is}"),
            (what, ..) => format!("the {} was {was}, is {is}", what.words()),
        }
    }

    /// The same without secrets.
    pub fn without_secrets(self) -> Self {
        let hidden = |values: Vec<String>, word: &str| match values.is_empty() {
            true => values,
            false => vec![word.to_owned()],
        };
        if !self.what.is_secret() {
            return self;
        }
        let is = if self.was.is_empty() {
            "one"
        } else {
            "another"
        };
        Self {
            what: self.what,
            was: hidden(self.was, "one"),
            is: hidden(self.is, is),
        }
    }
}

fn join(values: &[String]) -> String {
    match values {
        [] => "none".to_owned(),
        values => values.join(", "),
    }
}

/// The conference of a meeting as the service has it now; none: it has it no more.
pub fn get_current(kept: &Conference, backend: &mut dyn Backend) -> Result<Option<Conference>> {
    let there = backend.get_one(&kept.id)?;
    settle_current(kept, there, backend)
}

/// The same of many, which are asked for at once.
pub fn get_all_current(
    kept: &[&Conference],
    backend: &mut dyn Backend,
) -> Result<Vec<Result<Option<Conference>>>> {
    let ids: Vec<MeetingId> = kept.iter().map(|kept| kept.id.clone()).collect();
    let there = backend.get(&ids)?;
    let both = kept.iter().zip(there);
    let settled = both.map(|(kept, there)| settle_current(kept, there?, backend));
    Ok(settled.collect())
}

/// With the numbers of the meeting's region first. The assigned conference may be another by now.
fn settle_current(
    kept: &Conference,
    mut there: Option<Conference>,
    backend: &mut dyn Backend,
) -> Result<Option<Conference>> {
    let dial_in = kept.ways_in.dial_in.as_ref();
    let region = dial_in.and_then(|dial_in| dial_in.numbers.first());
    let region = region.map(|number| number.region.as_str());
    if there.is_none() && kept.assigned {
        let now = backend
            .assigned()
            .map(Assigned::find)
            .transpose()?
            .flatten();
        if let Some(now) = now.filter(|now| *now != kept.id) {
            there = backend.get_one(&now)?;
        }
    }
    if let Some(there) = &mut there {
        there.ways_in.put_region_first(region);
    }
    Ok(there)
}

/// How people get in otherwise now; empty: as the meeting says.
pub fn differences(kept: &Conference, there: &Conference) -> Vec<Difference> {
    // The diary has what the pool said, made fit to be printed.
    let [kept, there] = [kept, there].map(|c| invitation::clean_conference(c).ways_in);
    [
        (Detail::DialInId, dial_in_id as fn(&WaysIn) -> _),
        (Detail::Passcode, passcode),
        (Detail::Link, link),
        (Detail::WebLink, |ways_in| ways_in.web_link.clone()),
        (Detail::SettingsPage, settings_page),
        (Detail::JoinId, |ways_in| {
            Some(ways_in.join_id.as_ref()?.id.clone())
        }),
        (Detail::JoinPasscode, |ways_in| {
            let passcode = ways_in.join_id.as_ref()?.passcode.as_ref()?;
            Some(passcode.digits().to_owned())
        }),
    ]
    .into_iter()
    .filter_map(|(what, of)| difference(what, of(&kept), of(&there)))
    .chain(numbers(&kept, &there))
    .collect()
}

fn difference(what: Detail, was: Option<String>, is: Option<String>) -> Option<Difference> {
    (was != is).then(|| Difference {
        what,
        was: Vec::from_iter(was),
        is: Vec::from_iter(is),
    })
}

fn dial_in_id(ways_in: &WaysIn) -> Option<String> {
    Some(ways_in.dial_in.as_ref()?.id.to_string())
}

fn passcode(ways_in: &WaysIn) -> Option<String> {
    Some(ways_in.passcode.as_ref()?.digits().to_owned())
}

fn link(ways_in: &WaysIn) -> Option<String> {
    Some(ways_in.without_passcode().client_link).filter(|link| !link.is_empty())
}

fn settings_page(ways_in: &WaysIn) -> Option<String> {
    ways_in.dial_in.as_ref()?.settings_page.clone()
}

/// A pool may tell its numbers in another order any time: nobody need be told of that.
fn numbers(kept: &WaysIn, there: &WaysIn) -> Option<Difference> {
    let of = |ways_in: &WaysIn| -> Vec<AccessNumber> {
        let dial_in = ways_in.dial_in.as_ref();
        dial_in.map_or(Vec::new(), |dial_in| dial_in.numbers.clone())
    };
    let (before, now) = (of(kept), of(there));
    let beyond = |these: &[AccessNumber], those: &[AccessNumber]| -> Vec<String> {
        let known: HashSet<&AccessNumber> = those.iter().collect();
        let missing = these.iter().filter(|number| !known.contains(number));
        missing.map(|number| with_label(number, those)).collect()
    };
    let difference = Difference {
        what: Detail::Numbers,
        was: beyond(&before, &now),
        is: beyond(&now, &before),
    };
    let differs = !difference.was.is_empty() || !difference.is.is_empty();
    differs.then_some(difference)
}

/// A number that is on the other side too, with what is said of it.
fn with_label(number: &AccessNumber, others: &[AccessNumber]) -> String {
    let display = &number.display;
    match others.iter().any(|other| other.display == *display) {
        true => format!(
            "{display} ({} {})",
            number.region,
            number.languages.join(" ")
        ),
        false => display.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::{Access, Client, DialIn, DialInId, Kind, MeetingId, Passcode};

    fn number(display: &str, region: &str) -> AccessNumber {
        AccessNumber {
            display: display.into(),
            region: region.into(),
            languages: vec!["en-GB".into()],
        }
    }

    fn conference() -> Conference {
        let focus = "sip:ana@example.com;gruu;opaque=app:conf:focus:id:A1B2C3D4";
        Conference {
            id: MeetingId::parse("A1B2C3D4").unwrap(),
            owner: "sip:ana@example.com".into(),
            location: focus.into(),
            kind: Kind::LiveMeeting,
            subject: "Review".into(),
            access: Access::Anonymous,
            assigned: false,
            expires: None,
            presenters: vec![],
            promotion: None,
            lobby_bypass: None,
            ways_in: WaysIn {
                join_id: None,
                client_link: format!("meet:{focus}%3Fconf-key=1234"),
                client: Some(Client::Communicator),
                web_link: None,
                dial_in: Some(DialIn {
                    id: DialInId::parse("10023").unwrap(),
                    numbers: vec![
                        number("+1 425 555 0100", "North America"),
                        number("+44 20 7946 0100", "United Kingdom"),
                    ],
                    settings_page: Some("https://pool.example.com/dialin".into()),
                }),
                passcode: Passcode::parse("1234").ok(),
            },
        }
    }

    /// What differs after something happened to the pool's conference.
    fn after(happens: impl Fn(&mut WaysIn, &mut DialIn)) -> Vec<String> {
        let mut there = conference();
        let mut dial_in = there.ways_in.dial_in.take().unwrap();
        happens(&mut there.ways_in, &mut dial_in);
        there.ways_in.dial_in = Some(dial_in);
        let found = differences(&conference(), &there).into_iter();
        found.map(|found| found.without_secrets().words()).collect()
    }

    #[test]
    fn what_people_would_do_otherwise_is_a_difference_and_nothing_else() {
        let nothing: [String; 0] = [];
        assert_eq!(after(|_, _| {}), nothing);
        assert_eq!(after(|_, dial_in| dial_in.numbers.reverse()), nothing);
        let dirty = |_: &mut WaysIn, dial_in: &mut DialIn| {
            dial_in.numbers[0].display.push_str(" \u{202E}\r\n");
        };
        assert_eq!(after(dirty), nothing);
        assert_eq!(
            after(|_, dial_in| dial_in.id = DialInId::parse("99").unwrap()),
            ["the Conference ID was 10023, is 99"]
        );
        assert_eq!(
            after(|_, dial_in| dial_in.settings_page = None),
            ["the settings page was https://pool.example.com/dialin, is none"]
        );
        assert_eq!(
            after(|ways_in, _| ways_in.web_link = Some("https://a.example.com/1".into())),
            ["the web link was none, is https://a.example.com/1"]
        );
        assert_eq!(
            after(|_, dial_in| dial_in.numbers[1] = number("+44 20 7946 0150", "United Kingdom")),
            ["the numbers +44 20 7946 0100 were replaced by +44 20 7946 0150"]
        );
        let one_less = |_: &mut WaysIn, dial_in: &mut DialIn| drop(dial_in.numbers.pop());
        assert_eq!(after(one_less), ["gone from the numbers: +44 20 7946 0100"]);
        assert_eq!(
            after(|_, dial_in| dial_in.numbers[1].region = "London".into()),
            [
                "the numbers +44 20 7946 0100 (United Kingdom en-GB) were replaced by \
                 +44 20 7946 0100 (London en-GB)"
            ]
        );
    }

    #[test]
    fn a_passcode_is_one_difference_and_need_not_be_shown() {
        let rotated = |ways_in: &mut WaysIn, _: &mut DialIn| {
            ways_in.client_link = ways_in.client_link.replace("1234", "8765");
            ways_in.passcode = Passcode::parse("8765").ok();
        };
        assert_eq!(after(rotated), ["the passcode was one, is another"]);
        let none = |ways_in: &mut WaysIn, _: &mut DialIn| ways_in.passcode = None;
        assert_eq!(after(none), ["the passcode was one, is none"]);
    }
}
