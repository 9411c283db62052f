//! What an invitation says, in each of its languages: a language is a file of words, `en.toml`.
//! Sentences are whole; none is put together from halves that another language would order
//! differently.

mod repeats;
mod times;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::conference::{Client, Kind, Language};
use repeats::Repeats;
use times::Times;

/// Texts by a number.
type Forms = Vec<&'static str>;

/// That of a Live Meeting, of an online meeting, and of a conference call.
type ByKind = [&'static str; 3];

/// One language.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    /// Which one.
    pub(crate) language: Language,
    /// Before the subject of what is cancelled, with its blank.
    pub(crate) cancelled: &'static str,
    /// Between items of a list, with its blank.
    pub(crate) comma: &'static str,
    /// The same between the last two.
    and: &'static str,
    /// First and last line of the call-in block.
    pub(crate) fences: Fences,
    /// What is printed as it is.
    pub(crate) labels: Labels,
    /// What only the phone card says.
    pub(crate) card: CardWords,
    /// Sentences with something in them.
    sentences: Sentences,
    /// How days and times are written.
    times: Times,
    /// How series are told.
    repeats: Repeats,
    /// Names of languages, by their tags without a region.
    languages: BTreeMap<&'static str, &'static str>,
}

/// Lines that no update takes away from around the block.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fences {
    pub(crate) begin: &'static str,
    pub(crate) end: &'static str,
}

/// Labels, headings and sentences without variables, for templates: `words.passcode`.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Labels {
    /// What follows a label: `:`, in French with the blank before it.
    pub(crate) colon: &'static str,
    pub(crate) when: &'static str,
    pub(crate) repeats: &'static str,
    pub(crate) except: &'static str,
    pub(crate) changed: &'static str,
    pub(crate) and_following: &'static str,
    pub(crate) only: &'static str,
    pub(crate) this_occurrence: &'static str,
    pub(crate) instead_of: &'static str,
    pub(crate) organizer: &'static str,
    pub(crate) sent_by: &'static str,
    pub(crate) required: &'static str,
    pub(crate) optional: &'static str,
    pub(crate) room: &'static str,
    pub(crate) presenter: &'static str,
    pub(crate) cancelled: &'static str,
    pub(crate) for_practice: &'static str,
    pub(crate) practice_notice: &'static str,
    pub(crate) live_meeting: &'static str,
    pub(crate) online_meeting: &'static str,
    pub(crate) conference_call: &'static str,
    pub(crate) join_live_meeting: &'static str,
    pub(crate) join_online_meeting: &'static str,
    pub(crate) join_conference_call: &'static str,
    pub(crate) join_communicator: &'static str,
    pub(crate) join_client: &'static str,
    pub(crate) join_web: &'static str,
    pub(crate) web_browser: &'static str,
    pub(crate) or_copy: &'static str,
    pub(crate) computer_audio: &'static str,
    pub(crate) headset: &'static str,
    pub(crate) telephone: &'static str,
    pub(crate) number: &'static str,
    pub(crate) region: &'static str,
    pub(crate) languages: &'static str,
    pub(crate) conference_id: &'static str,
    pub(crate) passcode: &'static str,
    pub(crate) mobile: &'static str,
    pub(crate) local_numbers: &'static str,
    pub(crate) by_hand: &'static str,
    pub(crate) meeting_id: &'static str,
    pub(crate) entry_code: &'static str,
    pub(crate) the_passcode: &'static str,
    pub(crate) location: &'static str,
    pub(crate) keypad: &'static str,
    pub(crate) help: &'static str,
    pub(crate) legal: &'static str,
}

/// What only the phone card says.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CardWords {
    pub(crate) call: &'static str,
    pub(crate) inside: &'static str,
    pub(crate) abroad: &'static str,
    pub(crate) aloud: &'static str,
    pub(crate) no_numbers: &'static str,
    pub(crate) scan_to_call: &'static str,
    pub(crate) scan_to_join: &'static str,
}

/// Sentences with something in them.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Sentences {
    invites: ByKind,
    cancels: ByKind,
    withdraws: ByKind,
    call: &'static str,
    call_and_end: &'static str,
    more_numbers: Forms,
    more_numbers_ask: Forms,
    more_people: Forms,
    /// The commands of a caller, in the order of [`KEYS`].
    keys: [&'static str; 6],
}

/// What callers key in during a call, as Lync and Skype for Business have it unless changed by the
/// administrator. `(GUESS)` That Office Communications Server 2007 R2 has the same.
const KEYS: [&str; 6] = ["*1", "*3", "*6", "*4", "*7", "*9"];

impl Words {
    /// The words of a language.
    pub(crate) fn of(language: Language) -> &'static Self {
        static WORDS: [OnceLock<Words>; Language::ALL.len()] =
            [const { OnceLock::new() }; Language::ALL.len()];
        let file = match language {
            Language::English => include_str!("en.toml"),
            Language::Czech => include_str!("cs.toml"),
            Language::German => include_str!("de.toml"),
            Language::French => include_str!("fr.toml"),
            Language::Spanish => include_str!("es.toml"),
            Language::Japanese => include_str!("ja.toml"),
        };
        // Tests read all of them.
        let read = || toml::from_str(file).unwrap_or_else(|e| panic!("{}: {e}", language.tag()));
        WORDS[language as usize].get_or_init(read)
    }

    /// All of them.
    pub(crate) fn all() -> impl Iterator<Item = &'static Self> {
        Language::ALL.into_iter().map(Self::of)
    }

    /// The kind of meeting where a line begins.
    pub(crate) fn title(&self, kind: Kind) -> &'static str {
        let labels = &self.labels;
        let titles = [
            labels.live_meeting,
            labels.online_meeting,
            labels.conference_call,
        ];
        by_kind(titles, kind)
    }

    /// What the link of the program on the desk does, at length and on a button.
    pub(crate) fn join_client(&self, kind: Kind, client: Client) -> [&'static str; 2] {
        let labels = &self.labels;
        match (kind, client) {
            (Kind::LiveMeeting, _) => [labels.join_live_meeting; 2],
            (Kind::ConferenceCall, Client::Communicator) => {
                [labels.join_conference_call, labels.join_communicator]
            }
            (Kind::OnlineMeeting | Kind::ConferenceCall, _) => [labels.join_client; 2],
        }
    }

    /// What the web link does: of an online meeting it is the way in, elsewhere another one.
    pub(crate) fn join_web(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::OnlineMeeting => self.labels.join_online_meeting,
            Kind::LiveMeeting | Kind::ConferenceCall => self.labels.join_web,
        }
    }

    /// What web link and desk link are called among the ways in of a calendar entry.
    pub(crate) fn ways(&self, kind: Kind) -> [&'static str; 2] {
        match kind {
            Kind::OnlineMeeting => [self.title(kind), self.labels.join_client],
            Kind::LiveMeeting | Kind::ConferenceCall => [self.labels.web_browser, self.title(kind)],
        }
    }

    /// Who invites to what.
    pub(crate) fn invites(&self, from: &str, kind: Kind) -> String {
        fill(by_kind(self.sentences.invites, kind), &[("from", from)])
    }

    /// Who has cancelled what.
    pub(crate) fn cancels(&self, from: &str, kind: Kind) -> String {
        fill(by_kind(self.sentences.cancels, kind), &[("from", from)])
    }

    /// Who needs the reader no more, at what.
    pub(crate) fn withdraws(&self, from: &str, kind: Kind) -> String {
        fill(by_kind(self.sentences.withdraws, kind), &[("from", from)])
    }

    /// What to do with number and Conference ID; `terminator` ends the ID.
    pub(crate) fn call(&self, terminator: &str) -> String {
        match terminator {
            "" => self.sentences.call.to_owned(),
            end => fill(self.sentences.call_and_end, &[("end", end)]),
        }
    }

    /// Where all numbers are; `more` of them are not printed.
    pub(crate) fn local_numbers(&self, more: usize) -> String {
        match more {
            0 => self.labels.local_numbers.to_owned(),
            more => count(&self.sentences.more_numbers, more),
        }
    }

    /// That there are more numbers, and nowhere to look.
    pub(crate) fn more_numbers_ask(&self, more: usize) -> String {
        count(&self.sentences.more_numbers_ask, more)
    }

    /// That more people are invited than are listed.
    pub(crate) fn more_people(&self, more: usize) -> String {
        count(&self.sentences.more_people, more)
    }

    /// Keys and what they do.
    pub(crate) fn keypad(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        KEYS.into_iter().zip(self.sentences.keys)
    }

    /// `English (US)` for `en-US`; a tag whose language has no name here stands for itself.
    pub(crate) fn language(&self, tag: &str) -> String {
        let (code, region) = match tag.split_once('-') {
            Some((code, region)) => (code, Some(region)),
            None => (tag, None),
        };
        match (self.languages.get(&*code.to_ascii_lowercase()), region) {
            (Some(name), Some(region)) => format!("{name} ({region})"),
            (Some(name), None) => (*name).to_owned(),
            (None, _) => tag.to_owned(),
        }
    }
}

fn by_kind([live_meeting, online_meeting, conference_call]: ByKind, kind: Kind) -> &'static str {
    match kind {
        Kind::LiveMeeting => live_meeting,
        Kind::OnlineMeeting => online_meeting,
        Kind::ConferenceCall => conference_call,
    }
}

/// The first, second and so on; the last one for all that follow.
fn nth(forms: &[&'static str], nth: usize) -> &'static str {
    let form = forms.get(nth.saturating_sub(1)).or(forms.last());
    form.copied().unwrap_or_default()
}

/// That for one, for two to four, or for more.
fn plural(forms: &[&'static str], n: usize) -> &'static str {
    match n {
        1 => nth(forms, 1),
        2..=4 => nth(forms, 2),
        _ => nth(forms, 3),
    }
}

/// How many there are.
fn count(forms: &[&'static str], n: usize) -> String {
    fill(plural(forms, n), &[("n", &n.to_string())])
}

/// A text with values in the places of its `{names}`. It is read once: what a value has in braces
/// stays as it is.
fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut parts = text.split('{');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, after) = part.split_once('}').unwrap_or((part, ""));
        let value = values.iter().find(|(known, _)| *known == name);
        debug_assert!(value.is_some(), "'{text}' can't have {{{name}}}");
        filled += value.map_or("", |(_, value)| value);
        filled += after;
    }
    filled
}

#[cfg(test)]
mod tests;
