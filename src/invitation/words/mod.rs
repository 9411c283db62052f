//! What an invitation says, in each of its languages. Sentences are whole; none is put together
//! from halves that another language would order differently.

mod cs;
mod de;
mod en;
mod es;
mod fr;
mod ja;
mod times;

use jiff::Zoned;
use jiff::civil::{Date, Weekday};
use serde::Serialize;

use crate::conference::{Kind, Language, Pattern, Series};
use crate::invitation::language;

/// One language.
pub(crate) struct Words {
    /// Which one.
    pub(crate) language: Language,
    /// What is printed as it is.
    pub(crate) labels: Labels,
    /// First and last line of the call-in block.
    pub(crate) fences: Fences,
    /// What only the phone card says.
    pub(crate) card: CardWords,
    /// Before the subject of what is cancelled, with its blank.
    pub(crate) cancelled: &'static str,
    /// Between items of a list, with its blank.
    pub(crate) comma: &'static str,
    /// Sentences with something in them.
    sentences: Sentences,
    /// How days and times are written.
    times: Times,
    /// A rule in words, and what stands before one that has none.
    pattern: fn(&Pattern) -> String,
    rule: &'static str,
}

/// What only the phone card says.
pub(crate) struct CardWords {
    pub(crate) call: &'static str,
    pub(crate) inside: &'static str,
    pub(crate) abroad: &'static str,
    pub(crate) aloud: &'static str,
    pub(crate) no_numbers: &'static str,
    pub(crate) scan_to_call: &'static str,
    pub(crate) scan_to_join: &'static str,
}

/// Lines that no update takes away from around the block.
pub(crate) struct Fences {
    pub(crate) begin: &'static str,
    pub(crate) end: &'static str,
}

/// Labels, headings and sentences without variables, for templates: `words.passcode`.
#[derive(Serialize)]
pub(crate) struct Labels {
    /// What follows a label: `:`, in French with the blank before it.
    pub(crate) colon: &'static str,
    pub(crate) when: &'static str,
    pub(crate) repeats: &'static str,
    pub(crate) except: &'static str,
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
    pub(crate) conference_call: &'static str,
    pub(crate) join_live_meeting: &'static str,
    pub(crate) join_conference_call: &'static str,
    pub(crate) join_communicator: &'static str,
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

/// Sentences with something in them; who invites is the first of two texts.
struct Sentences {
    invites: fn(&str, Kind) -> String,
    has_cancelled: fn(&str, Kind) -> String,
    withdraws: fn(&str, Kind) -> String,
    /// What is keyed after the Conference ID, `#` or nothing.
    call: fn(&str) -> String,
    more_numbers: fn(usize) -> String,
    more_numbers_ask: fn(usize) -> String,
    more_people: fn(usize) -> String,
    /// The commands of a caller, in the order of [`KEYS`].
    keys: [&'static str; 6],
}

/// How days and times are written.
struct Times {
    day: fn(Date) -> String,
    /// Between day and time.
    gap: &'static str,
    /// Between two times of a day.
    dash: &'static str,
    /// After a time.
    suffix: &'static str,
    /// Between time and zone.
    zone_gap: &'static str,
    /// Before another offset in which it ends.
    ends_in: &'static str,
}

/// What callers key in during a call, as Lync and Skype for Business have it unless changed by the
/// administrator. `(GUESS)` That Office Communications Server 2007 R2 has the same.
const KEYS: [&str; 6] = ["*1", "*3", "*6", "*4", "*7", "*9"];

impl Words {
    /// The words of a language.
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &en::WORDS,
            Language::Czech => &cs::WORDS,
            Language::German => &de::WORDS,
            Language::French => &fr::WORDS,
            Language::Spanish => &es::WORDS,
            Language::Japanese => &ja::WORDS,
        }
    }

    /// All of them.
    pub(crate) fn all() -> impl Iterator<Item = &'static Self> {
        Language::ALL.into_iter().map(Self::of)
    }

    /// The kind of meeting where a line begins.
    pub(crate) fn title(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::LiveMeeting => self.labels.live_meeting,
            Kind::ConferenceCall => self.labels.conference_call,
        }
    }

    /// What the link of the program on the desk does.
    pub(crate) fn join(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::LiveMeeting => self.labels.join_live_meeting,
            Kind::ConferenceCall => self.labels.join_conference_call,
        }
    }

    /// The same on a button.
    pub(crate) fn button(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::LiveMeeting => self.labels.join_live_meeting,
            Kind::ConferenceCall => self.labels.join_communicator,
        }
    }

    /// Who invites to what.
    pub(crate) fn invites(&self, from: &str, kind: Kind) -> String {
        (self.sentences.invites)(from, kind)
    }

    /// Who has cancelled what.
    pub(crate) fn has_cancelled(&self, from: &str, kind: Kind) -> String {
        (self.sentences.has_cancelled)(from, kind)
    }

    /// Who needs the reader no more, at what.
    pub(crate) fn withdraws(&self, from: &str, kind: Kind) -> String {
        (self.sentences.withdraws)(from, kind)
    }

    /// What to do with number and Conference ID; `terminator` ends the ID.
    pub(crate) fn call(&self, terminator: &str) -> String {
        (self.sentences.call)(terminator)
    }

    /// Where all numbers are; `more` of them are not printed.
    pub(crate) fn local_numbers(&self, more: usize) -> String {
        match more {
            0 => self.labels.local_numbers.to_owned(),
            more => (self.sentences.more_numbers)(more),
        }
    }

    /// That there are more numbers, and nowhere to look.
    pub(crate) fn more_numbers_ask(&self, more: usize) -> String {
        (self.sentences.more_numbers_ask)(more)
    }

    /// That more people are invited than are listed.
    pub(crate) fn more_people(&self, more: usize) -> String {
        (self.sentences.more_people)(more)
    }

    /// Keys and what they do.
    pub(crate) fn keypad(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        KEYS.into_iter().zip(self.sentences.keys)
    }

    /// When something comes again; `start` is the first time.
    pub(crate) fn series(&self, series: &Series, start: &Zoned) -> String {
        match series.pattern(start) {
            Some(pattern) => (self.pattern)(&pattern),
            None => format!("{} {}", self.rule, series.rule),
        }
    }

    /// `English (US)` for `en-US`; a language without a name here stands for itself.
    pub(crate) fn language(&self, tag: &str) -> String {
        language::name(tag, self.language)
    }
}

/// One of the texts, by day of the week, Monday first.
fn weekday<T: Copy>(names: &[T; 7], day: Weekday) -> T {
    let [mon, tue, wed, thu, fri, sat, sun] = *names;
    match day {
        Weekday::Monday => mon,
        Weekday::Tuesday => tue,
        Weekday::Wednesday => wed,
        Weekday::Thursday => thu,
        Weekday::Friday => fri,
        Weekday::Saturday => sat,
        Weekday::Sunday => sun,
    }
}

/// One of the texts, by month, 1 to 12.
fn month(names: &[&'static str; 12], month: i16) -> &'static str {
    let at = usize::try_from(month - 1).ok();
    at.and_then(|at| names.get(at)).copied().unwrap_or_default()
}

/// `a, b and c`: with `comma` between all but the last two, which have `and`.
fn listed(words: &[String], comma: &str, and: &str) -> String {
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{}{and}{last}", rest.join(comma)),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests;
