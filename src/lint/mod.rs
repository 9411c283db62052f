//! What calendars and mail programs would do with an invitation: rules over its bytes.
//!
//! A rule is one entry in the table of the file that is named after what it looks at, with its check
//! below it; nothing else has to know it. What is read may come from anybody: every rule goes over
//! it a fixed number of times, and goes on behind what is broken.

mod link;
mod mail;
mod object;
mod physical;
mod rules;
mod text;

use std::str::FromStr;

use serde::Serialize;

use crate::icalendar::{Diagnostic, Form, Object, Place, Severity};

pub use mail::{MailedCalendar, NoCalendar, calendars_of_mail};

use link::Link;
use mail::Mail;
use object::Calendar;
use text::Text;

/// Largest calendar that is looked at, in bytes.
pub const LARGEST_CALENDAR: usize = Object::LARGEST;

/// Largest mail that is looked at, in bytes.
pub const LARGEST_MAIL: usize = 32 * 1024 * 1024;

/// Most findings of one rule in one part; the last one says how many there would be.
const MOST_OF_ONE_RULE: usize = 20;

/// Longest piece of a foreign value in a message, in characters.
const LONGEST_QUOTE: usize = 60;

/// What a calendar file is for. Mail needs a METHOD and forbids private properties; a calendar
/// server is the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// An invitation that people are sent.
    Mail,
    /// An entry that a calendar keeps: a CalDAV server, a vdir, the diary.
    Caldav,
}

/// The text was no purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected mail or caldav")]
pub struct PurposeError;

impl FromStr for Purpose {
    type Err = PurposeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "mail" => Ok(Self::Mail),
            "caldav" => Ok(Self::Caldav),
            _ => Err(PurposeError),
        }
    }
}

/// One thing that can be wrong.
#[derive(Debug, Serialize)]
pub struct Rule {
    /// Its name, which stays: lower-case words with hyphens.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it finds, as the end of "it finds …".
    pub what: &'static str,
    /// What happens, and to whom.
    pub why: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// Where that is known from: RFCs with their sections, Microsoft's specifications, public issues
    /// as owner/repository#number.
    pub evidence: &'static [&'static str],
    #[serde(skip)]
    check: Check,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
enum Check {
    /// Any calendar.
    Calendar(fn(&Calendar<'_>, &mut Hits)),
    /// A calendar for mail.
    Invitation(fn(&Calendar<'_>, &mut Hits)),
    /// A calendar for a server.
    Stored(fn(&Calendar<'_>, &mut Hits)),
    /// Text for people, in a calendar or a mail.
    Text(fn(&Text, &mut Hits)),
    /// A URI that people or programs follow, in a calendar or in HTML.
    Link(fn(&Link, &mut Hits)),
    /// A mail around a calendar.
    Mail(fn(&Mail<'_>, &mut Hits)),
}

impl Rule {
    /// What it looks at: `any`, `mail`, `caldav`, `eml`.
    pub fn scope(&self) -> &'static str {
        match self.check {
            Check::Calendar(_) | Check::Text(_) | Check::Link(_) => "any",
            Check::Invitation(_) => "mail",
            Check::Stored(_) => "caldav",
            Check::Mail(_) => "eml",
        }
    }
}

/// What a rule found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which rule.
    pub rule: &'static Rule,
    /// Section number of the MIME part (RFC 3501 6.4.5) whose decoded lines are counted; None: the
    /// lines of the file.
    pub part: Option<String>,
    /// Where, in the lines and characters of the part or the file.
    pub place: Place,
    /// Which property it is about, or is missed; none: no single one.
    pub property: Option<String>,
    /// What is wrong, one sentence on one line. Pieces of the file are in it: not for a terminal as
    /// it is.
    pub message: String,
}

/// Every rule, in the order in which they are listed.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    rules::ALL.iter().copied().flatten()
}

/// What is wrong with a calendar or a mail, in the order of its lines. Without a purpose, the
/// calendar itself tells what it is for.
pub fn lint(bytes: &[u8], purpose: Option<Purpose>) -> Vec<Finding> {
    let mut findings = match is_mail(bytes) {
        true => mail::lint(bytes),
        false => calendar(bytes, None, purpose),
    };
    findings.sort_by(|a, b| (&a.part, a.place.line).cmp(&(&b.part, b.place.line)));
    findings
}

/// Whether the bytes are a mail, by the headers that every mail has.
pub fn is_mail(bytes: &[u8]) -> bool {
    const HEADERS: [&[u8]; 8] = [
        b"from:",
        b"received:",
        b"return-path:",
        b"mime-version:",
        b"message-id:",
        b"content-type:",
        b"subject:",
        b"to:",
    ];
    let begins = |line: &[u8], word: &[u8]| {
        line.get(..word.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(word))
    };
    physical::lines(bytes)
        .take(64)
        .take_while(|line| !begins(line.bytes, b"begin:"))
        .any(|line| HEADERS.iter().any(|header| begins(line.bytes, header)))
}

/// Looks at a calendar; `part`: in which part of a mail it was.
fn calendar(bytes: &[u8], part: Option<&str>, purpose: Option<Purpose>) -> Vec<Finding> {
    if bytes.len() > LARGEST_CALENDAR {
        let mut hits = Hits::new(&rules::TOO_LARGE, part);
        hits.add(1, "The calendar has more than 4 MiB.");
        return hits.found;
    }
    let calendar = Calendar::read(bytes, purpose);
    if let Some(line) = calendar.cut() {
        // What is missing may be behind that line.
        let mut hits = Hits::new(&rules::TOO_LARGE, part);
        hits.add(line, "Nothing from here on was looked at.");
        return hits.found;
    }
    let texts = text::of_calendar(&calendar);
    let links = link::of_calendar(&calendar);
    let mut findings = Vec::new();
    for rule in rules() {
        let mut hits = Hits::new(rule, part);
        match rule.check {
            Check::Calendar(check) => check(&calendar, &mut hits),
            Check::Invitation(check) if calendar.purpose == Purpose::Mail => {
                check(&calendar, &mut hits);
            }
            Check::Stored(check) if calendar.purpose == Purpose::Caldav => {
                check(&calendar, &mut hits);
            }
            Check::Text(check) => texts.iter().for_each(|text| check(text, &mut hits)),
            Check::Link(check) => links.iter().for_each(|link| check(link, &mut hits)),
            _ => {}
        }
        findings.extend(hits.into_findings());
    }
    findings
}

/// Where something was found.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Spot {
    place: Place,
    /// The property that it is about.
    property: Option<String>,
}

impl From<usize> for Spot {
    /// All of a line.
    fn from(line: usize) -> Self {
        Place::of_line(line).into()
    }
}

impl From<Place> for Spot {
    fn from(place: Place) -> Self {
        Self {
            place,
            property: None,
        }
    }
}

/// Collects what one rule finds in one part.
struct Hits {
    rule: &'static Rule,
    part: Option<String>,
    found: Vec<Finding>,
    count: usize,
}

impl Hits {
    fn new(rule: &'static Rule, part: Option<&str>) -> Self {
        Self {
            rule,
            part: part.map(str::to_owned),
            found: Vec::new(),
            count: 0,
        }
    }

    /// Something is wrong there; a sentence.
    fn add(&mut self, at: impl Into<Spot>, message: impl Into<String>) {
        self.count += 1;
        if self.found.len() < MOST_OF_ONE_RULE {
            let Spot { place, property } = at.into();
            self.found.push(Finding {
                rule: self.rule,
                part: self.part.clone(),
                place,
                property,
                // A line break would look like the next finding.
                message: message.into().replace(char::is_control, " "),
            });
        }
    }

    /// What the reader could not understand.
    fn tell(&mut self, diagnostic: &Diagnostic) {
        let spot = Spot {
            place: diagnostic.place,
            property: diagnostic.property.clone(),
        };
        let problem = diagnostic.problem.to_string();
        let message = match &diagnostic.property {
            Some(property) => format!("{property}: {problem}."),
            None => capital(&problem) + ".",
        };
        self.add(spot, message);
    }

    fn into_findings(mut self) -> Vec<Finding> {
        let more = self.count - self.found.len();
        if let Some(last) = self.found.last_mut().filter(|_| more > 0) {
            last.message += &format!(" ({more} more like this follow.)");
        }
        self.found
    }
}

/// The kind of a time, for a message.
fn words(form: &Form) -> String {
    match form {
        Form::Date => "a date".to_owned(),
        Form::Utc => "a time in UTC".to_owned(),
        Form::Floating => "a time without a zone".to_owned(),
        Form::Zoned(zone) => format!("a time in {}", quote(zone)),
    }
}

fn capital(sentence: &str) -> String {
    let mut chars = sentence.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

/// The beginning of a foreign value, for a message.
fn quote(value: &str) -> String {
    let begin: String = value.chars().take(LONGEST_QUOTE).collect();
    let more = if begin.len() < value.len() { "…" } else { "" };
    format!("'{begin}{more}'")
}

#[cfg(test)]
mod tests;
