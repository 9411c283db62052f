//! How to join: CONFERENCE, the telephone, and what must not be printed.

use crate::icalendar::unescape_text;
use crate::lint::object::{Calendar, Component, Property};
use crate::lint::text::Text;
use crate::lint::{Check, Hits, Rule, Severity, Spot, quote};

/// RFC 7986 6.3.
const FEATURES: [&str; 7] = [
    "AUDIO",
    "CHAT",
    "FEED",
    "MODERATOR",
    "PHONE",
    "SCREEN",
    "VIDEO",
];

/// Digits of a number that every way to print it has in common.
const COMMON_DIGITS: usize = 7;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "conference-without-value",
        severity: Severity::Error,
        what: "CONFERENCE without VALUE=URI",
        why: "Readers take it for text and unescape it, or refuse it.",
        fix: "Write CONFERENCE;VALUE=URI;….",
        evidence: &["RFC 7986 5.11"],
        check: Check::Calendar(conference_without_value),
    },
    Rule {
        id: "conference-no-uri",
        severity: Severity::Error,
        what: "a CONFERENCE that is no URI",
        why: "There is nothing to open or dial.",
        fix: "Write https:, tel:, sip: or another scheme before it.",
        evidence: &["RFC 7986 5.11"],
        check: Check::Calendar(conference_no_uri),
    },
    Rule {
        id: "several-features",
        severity: Severity::Warning,
        what: "several FEATUREs on one CONFERENCE",
        why: "libical makes one quoted word of them, and ical.js had trouble: the link is shown as of no kind.",
        fix: "Write one CONFERENCE for each.",
        evidence: &["RFC 7986 6.3", "nextcloud/calendar#1758"],
        check: Check::Calendar(several_features),
    },
    Rule {
        id: "unknown-feature",
        severity: Severity::Note,
        what: "a FEATURE that RFC 7986 does not have",
        why: "Programs ignore it.",
        fix: "Use AUDIO, CHAT, FEED, MODERATOR, PHONE, SCREEN or VIDEO.",
        evidence: &["RFC 7986 6.3"],
        check: Check::Calendar(unknown_feature),
    },
    Rule {
        id: "phone-not-in-text",
        severity: Severity::Warning,
        what: "a CONFERENCE number that DESCRIPTION does not have",
        why: "Outlook, Apple Calendar and Thunderbird do not read CONFERENCE: their users never see the number.",
        fix: "Print the same numbers in DESCRIPTION.",
        evidence: &["RFC 7986 5.11", "nextcloud/calendar#5381"],
        check: Check::Calendar(phone_not_in_text),
    },
    Rule {
        id: "conference-id-differs",
        severity: Severity::Error,
        what: "a Conference ID in a telephone link that DESCRIPTION does not have",
        why: "Those who tap the link come into another conference than those who read.",
        fix: "Write the same ID everywhere, in one piece.",
        evidence: &["RFC 7986 5.11"],
        check: Check::Calendar(conference_id_differs),
    },
    Rule {
        id: "grouped-conference-id",
        severity: Severity::Note,
        what: "a Conference ID that is printed in groups",
        why: "Meeting rooms and bots read the digits behind the label and stop at the first space.",
        fix: "Write label, colon and digits in one piece on one line.",
        evidence: &["RFC 3966 5.1.1"],
        check: Check::Text(grouped_conference_id),
    },
    Rule {
        id: "printed-pin",
        severity: Severity::Error,
        what: "what looks like somebody's PIN",
        why: "With it, everyone who is invited can dial in as that person and lead the meeting.",
        fix: "Remove it and set a new PIN; callers need the Conference ID and the passcode only.",
        evidence: &["RFC 5545 7"],
        check: Check::Text(printed_pin),
    },
    Rule {
        id: "passcode-in-summary",
        severity: Severity::Warning,
        what: "the passcode in SUMMARY or LOCATION",
        why: "Both are shown on locked phones, room panels and in free/busy lists of others.",
        fix: "Keep it in DESCRIPTION.",
        evidence: &["RFC 5545 7"],
        check: Check::Calendar(passcode_in_summary),
    },
];

fn conferences<'c>(calendar: &'c Calendar<'_>) -> impl Iterator<Item = &'c Property> {
    calendar
        .entry_properties()
        .filter(|p| p.name == "CONFERENCE")
}

fn conference_without_value(calendar: &Calendar<'_>, hits: &mut Hits) {
    for conference in conferences(calendar).filter(|c| !c.has("VALUE", "URI")) {
        hits.add(conference, "CONFERENCE has no VALUE=URI.");
    }
}

fn conference_no_uri(calendar: &Calendar<'_>, hits: &mut Hits) {
    for conference in conferences(calendar) {
        let scheme = conference
            .value
            .trim()
            .split_once(':')
            .map(|(scheme, _)| scheme);
        if !scheme.is_some_and(|s| {
            !s.is_empty()
                && s.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        }) {
            hits.add(
                conference,
                format!("CONFERENCE is {}.", quote(&conference.value)),
            );
        }
    }
}

fn features(conference: &Property) -> impl Iterator<Item = &str> {
    conference
        .values("FEATURE")
        .iter()
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

fn several_features(calendar: &Calendar<'_>, hits: &mut Hits) {
    for conference in conferences(calendar).filter(|c| features(c).count() > 1) {
        let all: Vec<&str> = features(conference).take(8).collect();
        hits.add(
            conference,
            format!("CONFERENCE has the features {}.", quote(&all.join(","))),
        );
    }
}

fn unknown_feature(calendar: &Calendar<'_>, hits: &mut Hits) {
    for conference in conferences(calendar) {
        let mut unknown = features(conference).filter(|feature| {
            let feature = feature.to_ascii_uppercase();
            !feature.starts_with("X-") && !FEATURES.contains(&feature.as_str())
        });
        if let Some(unknown) = unknown.next() {
            hits.add(conference, format!("FEATURE is {}.", quote(unknown)));
        }
    }
}

/// A telephone link taken apart: the number's digits, the code behind the commas.
pub(in crate::lint) struct Telephone {
    /// Without the plus.
    pub(in crate::lint) number: String,
    /// The Conference ID, if one is dialled.
    pub(in crate::lint) code: Option<String>,
    /// Where it stands.
    pub(in crate::lint) spot: Spot,
}

impl Telephone {
    fn of(property: &Property) -> Option<Self> {
        let uri = match property.name.as_str() {
            "CONFERENCE" => property.value.clone(),
            "X-MICROSOFT-CONFERENCETELURI" => unescape_text(&property.value),
            _ => return None,
        };
        let tel = uri.trim().strip_prefix("tel:")?.to_owned();
        let mut pieces = tel.split([',', ';', '#']).filter(|piece| !piece.is_empty());
        Some(Self {
            number: digits(pieces.next()?),
            code: pieces.next().map(digits).filter(|code| !code.is_empty()),
            spot: property.into(),
        })
    }

    /// Whether a text has the number, in whatever form it is printed.
    pub(in crate::lint) fn is_in(&self, digits_of_text: &str) -> bool {
        let from = self.number.len().saturating_sub(COMMON_DIGITS);
        digits_of_text.contains(self.number.get(from..).unwrap_or_default())
    }
}

/// The telephone links of an event.
pub(in crate::lint) fn telephones(event: &Component) -> impl Iterator<Item = Telephone> {
    event.properties.iter().filter_map(Telephone::of)
}

/// What can be compared of a text with numbers in it: digits, and what is no part of a number.
pub(in crate::lint) fn digits_of_text(text: &str) -> String {
    let between = |c: &char| {
        !matches!(
            c,
            ' ' | '\u{A0}' | '\u{202F}' | '-' | '\u{2011}' | '(' | ')' | '.' | '/'
        )
    };
    text.chars().filter(between).collect()
}

/// The digits of a number; E.164 has fifteen.
fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).take(40).collect()
}

/// Events with their DESCRIPTION as it can be compared.
fn descriptions<'c>(calendar: &'c Calendar<'_>) -> impl Iterator<Item = (&'c Component, String)> {
    calendar.events().map(|event| {
        let description = event.value("DESCRIPTION").unwrap_or_default();
        (event, digits_of_text(&unescape_text(description)))
    })
}

fn phone_not_in_text(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (event, description) in descriptions(calendar) {
        // A file with more numbers than a person reads is no invitation.
        for telephone in telephones(event)
            .take(100)
            .filter(|t| !t.is_in(&description))
        {
            hits.add(
                telephone.spot.clone(),
                format!("DESCRIPTION does not have +{}.", telephone.number),
            );
        }
    }
}

fn conference_id_differs(calendar: &Calendar<'_>, hits: &mut Hits) {
    for (event, description) in descriptions(calendar) {
        for telephone in telephones(event).take(100) {
            if let Some(code) = telephone
                .code
                .filter(|code| !description.contains(code.as_str()))
            {
                hits.add(
                    telephone.spot.clone(),
                    format!("DESCRIPTION does not have the code {}.", quote(&code)),
                );
            }
        }
    }
}

fn grouped_conference_id(text: &Text, hits: &mut Hits) {
    const LABEL: &str = "conference id:";
    let lower = text.text.to_ascii_lowercase();
    for (at, _) in lower.match_indices(LABEL).take(100) {
        let behind = lower[at + LABEL.len()..].lines().next().unwrap_or_default();
        let id = behind.trim().trim_end_matches('#');
        let mut pieces = id.split([' ', '-', '\u{A0}']).take(8);
        let is_number =
            |piece: &str| !piece.is_empty() && piece.bytes().all(|b| b.is_ascii_digit());
        if id.contains([' ', '-', '\u{A0}']) && pieces.all(is_number) {
            hits.add(
                text.spot_after(&lower[..at]),
                format!("The Conference ID is {}.", quote(id)),
            );
        }
    }
}

fn printed_pin(text: &Text, hits: &mut Hits) {
    let lower = text.text.to_ascii_lowercase();
    let pins = lower
        .match_indices("pin")
        .filter(|(at, _)| is_pin(&lower, *at));
    for (at, _) in pins.take(10) {
        hits.add(
            text.spot_after(&lower[..at]),
            format!("{} says a PIN.", text.name),
        );
    }
}

/// Whether the word at that place is followed by digits.
fn is_pin(lower: &str, at: usize) -> bool {
    let is_word = !lower[..at].ends_with(char::is_alphanumeric);
    let behind = lower[at + 3..].trim_start_matches([' ', ':', '=', '\u{A0}']);
    let behind = behind.strip_prefix("is ").unwrap_or(behind);
    let end = behind
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(behind.len());
    // Google Meet calls PIN what everybody keys in, with the # that ends it.
    let is_google = behind[end..].starts_with('#');
    is_word && (3..=24).contains(&end) && !is_google
}

/// The passcode that a text tells: in the link of a meeting, in whatever language that is written,
/// or behind its label.
pub(in crate::lint) fn passcode(text: &str) -> Option<&str> {
    const MARKS: [&str; 3] = ["conf-key=", "Passcode:", "passcode:"];
    let (_, behind) = MARKS.iter().find_map(|mark| text.split_once(mark))?;
    let code = behind.lines().next()?.trim_start();
    let end = code.find(|c: char| !c.is_ascii_alphanumeric());
    code.get(..end.unwrap_or(code.len()))
        .filter(|code| code.len() >= 4)
}

fn passcode_in_summary(calendar: &Calendar<'_>, hits: &mut Hits) {
    for event in calendar.events() {
        let description = event.first("DESCRIPTION").map(|d| unescape_text(&d.value));
        let Some(code) = description.as_deref().and_then(passcode) else {
            continue;
        };
        let shown = event
            .properties
            .iter()
            .filter(|p| p.is_one_of(&["SUMMARY", "LOCATION"]));
        for property in shown.filter(|p| p.value.contains(code)) {
            hits.add(property, format!("{} says the passcode.", property.name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passcode_is_known_by_its_label_or_in_the_link() {
        let link =
            "meet:sip:a@example.com;gruu;opaque=app:conf:focus:id:5F%3Fconf-key=20260322\nHeslo";
        assert_eq!(passcode(link), Some("20260322"));
        assert_eq!(passcode("ID: 1\nPasscode: 20260322\n"), Some("20260322"));
        assert_eq!(passcode("Passcode: ask Ana"), None);
    }
}
