//! What is stale, for people and programs.

use jiff::Timestamp;
use serde::Serialize;

use super::compare::{Meeting, State};
use crate::app::App;
use crate::commands::args::meeting;
use crate::commands::perform::first_few;
use crate::error::Result;
use crate::operation::Difference;
use crate::report::{Report, address_word};
use crate::terminal::visible;
use crate::when;

/// Longest subject on a terminal, in characters.
const LONGEST_SUBJECT: usize = 32;
/// Longest list or address on a terminal, in characters.
const LONGEST_VALUE: usize = 40;
/// Most people who are named in a sentence.
const MOST_PEOPLE: usize = 10;

/// A meeting for programs.
#[derive(Serialize)]
struct Row<'a> {
    /// RFC 5545 3.8.4.7.
    uid: &'a str,
    subject: &'a str,
    /// Start of the next occurrence, RFC 3339.
    start: String,
    /// What callers key in, as the diary has it by now.
    conference_id: Option<&'a str>,
    /// The conference-id.
    meeting_id: &'a str,
    /// `stale`, `damaged`, `unfinished`, `gone`, `refused`, `refreshed`, `failed`
    state: State,
    /// What changed, the passcode itself left out.
    differences: &'a [Difference],
    /// As the diary has it by now (RFC 5545 3.8.7.4).
    sequence: u32,
    /// Everybody invited.
    people: Vec<Invited<'a>>,
    /// Why it is not refreshed.
    error: Option<&'a str>,
}

/// Somebody invited.
#[derive(Serialize)]
struct Invited<'a> {
    /// `user@domain`
    address: &'a str,
    /// SEQUENCE that confctl mailed last; null: it mailed nothing.
    mailed: Option<u32>,
}

/// All of it as a JSON array.
pub(super) fn json(meetings: &[Meeting], app: &App) -> Result<()> {
    let rows: Vec<Row<'_>> = meetings.iter().map(Row::of).collect();
    app.terminal.print_json(&rows)
}

impl<'a> Row<'a> {
    fn of(meeting: &'a Meeting) -> Self {
        let appointment = &meeting.entry.appointment;
        let conference = &appointment.conference;
        let dial_in = conference.ways_in.dial_in.as_ref();
        Self {
            uid: &appointment.uid,
            subject: &appointment.subject,
            start: when::rfc_3339(&meeting.at.start),
            conference_id: dial_in.map(|dial_in| dial_in.id.as_str()),
            meeting_id: conference.id.as_str(),
            state: meeting.state,
            differences: &meeting.differences,
            sequence: appointment.sequence,
            people: meeting.guests(),
            error: meeting.error.as_deref(),
        }
    }
}

impl Meeting {
    fn guests(&self) -> Vec<Invited<'_>> {
        let sent = &self.entry.state.sent;
        let people = self.entry.appointment.attendees.iter();
        let invited = people.map(|attendee| Invited {
            address: &attendee.person.address,
            mailed: sent
                .get(&attendee.person.address.to_ascii_lowercase())
                .copied(),
        });
        invited.collect()
    }

    /// Whom confctl never mailed.
    fn count_never_mailed(&self) -> usize {
        let invited = self.guests();
        invited.iter().filter(|who| who.mailed.is_none()).count()
    }

    /// A row for each thing that changed.
    fn rows(&self) -> Vec<[String; 6]> {
        let invited = self.guests().len();
        let mailed = format!("{} of {invited}", invited - self.count_never_mailed());
        let row = |what: &str, was: String, is: String| {
            [
                self.at.start.strftime("%a %Y-%m-%d %H:%M").to_string(),
                line(&self.entry.appointment.subject),
                what.to_owned(),
                was,
                is,
                mailed.clone(),
            ]
        };
        let id = || self.entry.appointment.conference.id.to_string();
        match self.state {
            State::Gone => vec![row("conference", id(), "gone".to_owned())],
            State::Refused => vec![row("conference", id(), "not shown".to_owned())],
            State::Unfinished => vec![row("invitation", String::new(), "unfinished".to_owned())],
            _ => {
                let differences = self.differences.iter();
                let rows = differences.map(|d| row(d.what.words(), join(&d.was), join(&d.is)));
                rows.collect()
            }
        }
    }

    /// Who was mailed which SEQUENCE.
    fn mailed_words(&self) -> Option<String> {
        let invited = self.guests();
        let mailed = invited.iter().filter_map(|who| {
            let sequence = who.mailed?;
            Some(format!("{} (SEQUENCE {sequence})", who.address))
        });
        let mailed: Vec<String> = mailed.collect();
        let names = first_few(&mailed, MOST_PEOPLE)?;
        let subject = &self.entry.appointment.subject;
        Some(format!("'{subject}' was mailed to {names}."))
    }

    /// What keeps it as it is.
    fn hindrance(&self) -> Option<String> {
        let subject = &self.entry.appointment.subject;
        let name = meeting::name_of(&self.entry.appointment);
        let id = match self.entry.appointment.conference.assigned {
            true => " --id assigned",
            false => " --id new",
        };
        match self.state {
            State::Gone => Some(format!(
                "The conference of '{subject}' is gone: '{}' gives it another.",
                meeting::command("update", name, id)
            )),
            State::Damaged => Some(format!(
                "The call-in block of '{subject}' has lost its first or its last line: '{}' leaves it and adds a new one.",
                meeting::command("refresh", name, " --new-block")
            )),
            State::Refused => Some(format!(
                "'{subject}': {}",
                self.error.as_deref().unwrap_or("it is not shown")
            )),
            _ => None,
        }
    }
}

/// A table on a terminal, tab-separated fields in a pipe; then sentences.
pub(super) fn table(meetings: &[Meeting], app: &App) -> Result<()> {
    let rows: Vec<[String; 6]> = meetings.iter().flat_map(Meeting::rows).collect();
    if !rows.is_empty() {
        let headings = ["WHEN", "SUBJECT", "WHAT", "WAS", "IS NOW", "MAILED"];
        let longest = [(1, LONGEST_SUBJECT), (3, LONGEST_VALUE), (4, LONGEST_VALUE)];
        app.terminal.print_rows(&headings, rows, &longest)?;
    }
    for meeting in meetings {
        if let Some(words) = meeting.mailed_words() {
            app.terminal.status(&words);
        }
        if let Some(sentence) = meeting.hindrance() {
            app.terminal.warn(&sentence);
        }
    }
    Ok(())
}

/// `Update 2 meetings, and mail 3 people?`
pub(super) fn question(due: usize, people: usize, mails: bool) -> String {
    let update = format!("Update {}", meetings(due));
    match (people, mails) {
        (0, _) => format!("{update}? (there is nobody to mail)"),
        (1, true) => format!("{update}, and mail 1 person?"),
        (many, true) => format!("{update}, and mail {many} people?"),
        (1, false) => format!("{update}? (1 person who was mailed keeps the old: add --send)"),
        (many, false) => {
            format!("{update}? ({many} people who were mailed keep the old: add --send)")
        }
    }
}

/// Says what is done, and what is left to the user.
pub(super) fn say_refreshed(meeting: &Meeting, now: Timestamp, app: &App) {
    let appointment = &meeting.entry.appointment;
    let subject = &appointment.subject;
    let invite = |flags: &str| meeting::command("invite", meeting::name_of(appointment), flags);
    let terminal = app.terminal;
    terminal.status(&format!("Refreshed: '{subject}'."));
    let words = |addresses: &[String]| {
        let words: Vec<String> = addresses.iter().map(|a| address_word(a)).collect();
        words.join(" ")
    };
    let stale = meeting.stale_recipients();
    if !stale.is_empty() {
        terminal.status(&format!(
            "Not mailed, with old details: '{}' mails them.",
            invite(&format!(" --send --to {}", words(&stale)))
        ));
    }
    for guest in meeting.stale_guests(now) {
        let occurrences = guest.occurrences.iter();
        let to = address_word(&guest.person.address);
        for day in occurrences.filter_map(|o| o.occurrence.as_ref()) {
            let flags = format!(" --occurrence {} --send --to {to}", day.date());
            terminal.status(&format!(
                "Not mailed, with old details: '{}' mails them.",
                invite(&flags)
            ));
        }
    }
    match meeting.count_never_mailed() {
        0 => {}
        others => terminal.status(&format!(
            "Invited without confctl: {}. '{}' prints the invitation for them.",
            people(others),
            invite("")
        )),
    }
}

/// `1 meeting`, `2 meetings`
pub(super) fn meetings(count: usize) -> String {
    match count {
        1 => "1 meeting".to_owned(),
        many => format!("{many} meetings"),
    }
}

/// `1 meeting is`, `2 meetings are`
pub(super) fn count_with_verb(count: usize) -> String {
    let verb = if count == 1 { "is" } else { "are" };
    format!("{} {verb}", meetings(count))
}

fn people(count: usize) -> String {
    match count {
        1 => "1 person".to_owned(),
        many => format!("{many} people"),
    }
}

fn join(values: &[String]) -> String {
    match values {
        [] => "-".to_owned(),
        values => line(&values.join(", ")),
    }
}

/// Text that neither steers a terminal nor leaves its field.
fn line(text: &str) -> String {
    visible(text).replace(['\t', '\n'], " ")
}
