//! What the practice pool allows its users, and the numbers it offers.

use std::str::FromStr;

use crate::conference::AccessNumber;
use crate::proto::c3p::Envelope;

/// Meeting policy and limits. The defaults let everything through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Dial-in may be asked for (`EnablePSTNConferencing`).
    pub dial_in: bool,
    /// People without an account may be let in (`AllowAnonymousParticipants`).
    pub anonymous: bool,
    /// Anonymous conferences must have a passcode.
    pub passcode_required: bool,
    /// Shortest passcode accepted, in digits.
    pub shortest_passcode: usize,
    /// Most conferences a user may have, the assigned one aside.
    pub quota: u32,
    /// Most people in a meeting (`MeetingSize`).
    pub meeting_size: u32,
    /// Years of 365 days that a conference may last (UCWA).
    pub expiry_years: u32,
    /// Most bytes of each opaque element that an organizer may leave with a conference. (GUESS)
    pub blob_bytes: usize,
    /// People of other organisations may be invited.
    pub federation: bool,
    /// There is a media server `meeting`; else those of Lync's clients.
    pub live_meeting: bool,
    /// Conferences have a web link, where the generation knows any.
    pub join_url: bool,
    /// The one form in which sealed passcodes are understood; none: all.
    pub envelope: Option<Envelope>,
    /// All access numbers are other ones than usual.
    pub moved: bool,
    /// Access numbers besides the usual ones.
    pub more_numbers: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            dial_in: true,
            anonymous: true,
            passcode_required: true,
            shortest_passcode: 4,
            quota: 1000,
            meeting_size: 250,
            expiry_years: 10,
            blob_bytes: 16 * 1024,
            federation: true,
            live_meeting: true,
            join_url: true,
            envelope: None,
            moved: false,
            more_numbers: 0,
        }
    }
}

/// One setting of a policy, as `--policy` takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// `dial-in=on|off`
    DialIn(bool),
    /// `anonymous=on|off`
    Anonymous(bool),
    /// `passcode=required|optional`
    PasscodeRequired(bool),
    /// `passcode-digits=N`
    ShortestPasscode(usize),
    /// `quota=N`
    Quota(u32),
    /// `meeting-size=N`
    MeetingSize(u32),
    /// `expiry-years=N`
    ExpiryYears(u32),
    /// `blob-bytes=N`
    BlobBytes(usize),
    /// `federation=on|off`
    Federation(bool),
    /// `live-meeting=on|off`
    LiveMeeting(bool),
    /// `join-url=on|off`
    JoinUrl(bool),
    /// `envelope=cms|block`
    Envelope(Envelope),
    /// `numbers=usual|moved`
    Moved(bool),
    /// `numbers=N`, besides the usual ones
    MoreNumbers(u32),
}

/// The text was no rule.
#[derive(Debug, thiserror::Error)]
#[error(
    "'{0}' is not a policy: expected dial-in=on|off, anonymous=on|off, passcode=required|optional, passcode-digits=N, quota=N, meeting-size=N, expiry-years=N, blob-bytes=N, federation=on|off, live-meeting=on|off, join-url=on|off, envelope=cms|block or numbers=usual|moved|N"
)]
pub struct RuleError(String);

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let refused = || RuleError(text.to_owned());
        let (name, value) = text.split_once('=').ok_or_else(refused)?;
        let switch = |on: &str, off: &str| match value {
            _ if value == on => Ok(true),
            _ if value == off => Ok(false),
            _ => Err(refused()),
        };
        let number = || value.parse::<u32>().map_err(|_| refused());
        Ok(match name {
            "dial-in" => Self::DialIn(switch("on", "off")?),
            "anonymous" => Self::Anonymous(switch("on", "off")?),
            "passcode" => Self::PasscodeRequired(switch("required", "optional")?),
            "passcode-digits" => Self::ShortestPasscode(number()?.clamp(4, 16) as usize),
            "quota" => Self::Quota(number()?),
            "meeting-size" => Self::MeetingSize(number()?),
            "expiry-years" => Self::ExpiryYears(number()?),
            "blob-bytes" => Self::BlobBytes(number()? as usize),
            "federation" => Self::Federation(switch("on", "off")?),
            "live-meeting" => Self::LiveMeeting(switch("on", "off")?),
            "join-url" => Self::JoinUrl(switch("on", "off")?),
            "envelope" => Self::Envelope(match switch("cms", "block")? {
                true => Envelope::Cms,
                false => Envelope::Block,
            }),
            "numbers" => match number() {
                Ok(more) if more <= MOST_NUMBERS => Self::MoreNumbers(more),
                _ => Self::Moved(switch("moved", "usual")?),
            },
            _ => return Err(refused()),
        })
    }
}

impl Policy {
    /// The default policy with those rules over it, the last one of a kind winning.
    pub fn with(rules: &[Rule]) -> Self {
        let mut policy = Self::default();
        for rule in rules {
            match *rule {
                Rule::DialIn(on) => policy.dial_in = on,
                Rule::Anonymous(on) => policy.anonymous = on,
                Rule::PasscodeRequired(on) => policy.passcode_required = on,
                Rule::ShortestPasscode(digits) => policy.shortest_passcode = digits,
                Rule::Quota(most) => policy.quota = most,
                Rule::MeetingSize(most) => policy.meeting_size = most,
                Rule::ExpiryYears(most) => policy.expiry_years = most,
                Rule::BlobBytes(most) => policy.blob_bytes = most,
                Rule::Federation(on) => policy.federation = on,
                Rule::LiveMeeting(on) => policy.live_meeting = on,
                Rule::JoinUrl(on) => policy.join_url = on,
                Rule::Envelope(form) => policy.envelope = Some(form),
                Rule::Moved(moved) => policy.moved = moved,
                Rule::MoreNumbers(more) => policy.more_numbers = more,
            }
        }
        policy
    }

    /// All access numbers by region, in the pool's order.
    pub fn regions(&self) -> Vec<(String, Vec<AccessNumber>)> {
        let mut regions: Vec<(String, Vec<AccessNumber>)> = Vec::new();
        let more = (0..self.more_numbers).map(area_number);
        for mut number in more.chain(numbers()) {
            if self.moved {
                number.display = another_number(&number.display);
            }
            match regions.iter_mut().find(|(name, _)| *name == number.region) {
                Some((_, numbers)) => numbers.push(number),
                None => regions.push((number.region.clone(), vec![number])),
            }
        }
        regions
    }
}

/// The region whose numbers a user of the practice pool sees first.
pub const DEFAULT_REGION: &str = "North America";

/// Access numbers from ranges that numbering plans reserve for fiction: nobody can be called.
const NUMBERS: [(&str, &str, &[&str]); 10] = [
    ("North America", "+1 425 555 0100", &["en-US"]),
    ("North America", "+1 425 555 0101", &["es-MX", "en-US"]),
    ("United Kingdom", "+44 20 7946 0100", &["en-GB"]),
    ("United Kingdom", "+44 161 496 0100", &["en-GB", "cy-GB"]),
    ("France", "+33 1 99 00 01 00", &["fr-FR", "en-GB"]),
    ("France", "+33 1 99 00 01 01", &["fr-FR"]),
    ("Germany", "+49 30 23125 100", &["de-DE", "en-GB"]),
    ("Germany", "+49 30 23125 101", &["de-DE", "tr-TR"]),
    ("Australia", "+61 2 5550 0100", &["en-AU"]),
    ("Australia", "+61 7 5550 0100", &["en-AU", "zh-CN"]),
];

/// Another number of the same reserved range: one that ends in 50 for 00.
fn another_number(display: &str) -> String {
    let ending = display.len().saturating_sub(2);
    let (head, ending) = display.split_at_checked(ending).unwrap_or((display, ""));
    format!("{head}{}", ending.replacen('0', "5", 1))
}

/// Most numbers that `numbers=N` gives: a hundred in each area from 200 to 999.
const MOST_NUMBERS: u32 = 80_000;

/// One of a hundred fictional numbers of an area.
fn area_number(count: u32) -> AccessNumber {
    let (area, line) = (200 + count / 100, 100 + count % 100);
    AccessNumber {
        display: format!("+1 {area} 555 0{line}"),
        region: format!("Area {area}"),
        languages: vec!["en-US".to_owned()],
    }
}

/// The usual access numbers of the practice pool.
fn numbers() -> Vec<AccessNumber> {
    let number = |(region, display, languages): &(&str, &str, &[&str])| AccessNumber {
        display: (*display).to_owned(),
        region: (*region).to_owned(),
        languages: languages
            .iter()
            .map(|&language| language.to_owned())
            .collect(),
    };
    NUMBERS.iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_change_the_policy_they_name() {
        let rules: Vec<Rule> = ["dial-in=off", "quota=2", "passcode=optional"]
            .map(|text| text.parse().unwrap())
            .into();
        let policy = Policy::with(&rules);
        assert!(!policy.dial_in && policy.anonymous && !policy.passcode_required);
        assert_eq!(policy.quota, 2);
    }

    #[test]
    fn an_unknown_rule_is_answered_with_the_known_ones() {
        for text in ["dial-in", "dial-in=maybe", "quota=-1", "x=1"] {
            let error = text.parse::<Rule>().unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("quota=N"), "{error}");
        }
    }
}
