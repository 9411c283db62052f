//! What a change means for whom, before it is made.

use crate::commands::perform::first_few;
use crate::conference::{
    Access, Appointment, ConferenceOptions, IdChoice, PasscodeChoice, Person, Promotion,
};
use crate::diary::Entry;
use crate::error::Result;
use crate::invitation::repetition;
use crate::operation::{Action, Changes, get_recipients, is_told_by_server};
use crate::when;

/// Most people who are named in a line.
const MOST_PEOPLE: usize = 5;

/// The screen before the question.
pub(super) fn lines(
    action: &Action,
    changes: &Changes,
    entry: &Entry,
    mails: bool,
) -> Result<Vec<String>> {
    let before = changes.before(entry)?;
    let rows = rows(changes, &before);
    let width = rows.iter().map(|(what, _)| what.len()).max().unwrap_or(0);
    let which = match &changes.occurrence {
        Some(original) => format!(", only the one of {}", when::display(original)),
        None if before.series.is_some() => ", all of the series".to_owned(),
        None => String::new(),
    };
    let mut lines = vec![format!("'{}'{which}:", entry.appointment.subject)];
    lines.extend(
        rows.iter()
            .map(|(what, how)| format!("  {what:width$}  {how}")),
    );
    let count = get_recipients(action, entry)?.len();
    lines.push(match (mails, count) {
        (false, _) if is_told_by_server(entry) => {
            "Nothing is mailed from here, but the calendar's server may tell people.".to_owned()
        }
        (true, 0) | (false, _) => "Nobody is mailed.".to_owned(),
        (true, 1) => "1 mail goes out.".to_owned(),
        (true, many) => format!("{many} mails go out."),
    });
    Ok(lines)
}

/// From when to when it moves.
pub(super) fn times(changes: &Changes, entry: &Entry) -> Result<Option<(String, String)>> {
    if changes.times.is_none() {
        return Ok(None);
    }
    let before = changes.before(entry)?;
    Ok(Some((
        time(&before),
        time(&changes.apply_to(before.clone())),
    )))
}

pub(super) fn time(at: &Appointment) -> String {
    let (start, end) = at.first_time();
    when::display_range(&start, &end)
}

/// What changes, and how; in the order of the invitation.
fn rows(changes: &Changes, before: &Appointment) -> Vec<(&'static str, String)> {
    let after = changes.apply_to(before.clone());
    let mut rows = Vec::new();
    let mut add = |what, how: Option<String>| rows.extend(how.map(|how| (what, how)));
    let times = changes.times.as_ref();
    add("When", times.map(|_| from_to(time(before), time(&after))));
    let rule = |at: &Appointment| {
        let series = at.series.as_ref();
        series.map_or("once".to_owned(), |series| repetition(series, &at.start))
    };
    let series = changes.series.as_ref();
    add(
        "Repeats",
        series.map(|_| from_to(rule(before), rule(&after))),
    );
    let subject = changes.subject.as_ref();
    let subject = subject.map(|subject| from_to(before.subject.clone(), subject.clone()));
    add("Subject", subject);
    let people = |people: Vec<&Person>| {
        let addresses: Vec<String> = people.iter().map(|p| p.address.clone()).collect();
        first_few(&addresses, MOST_PEOPLE)
    };
    let invited = changes.invited.iter().map(|attendee| &attendee.person);
    add("Invited", people(invited.collect()));
    add("Removed", people(changes.removed.iter().collect()));
    add("Conference", changes.id.map(|id| conference(id).to_owned()));
    let options = &changes.options;
    let access = options.access.map(Access::words);
    add("Access", access.map(str::to_owned));
    add("Passcode", options.passcode.as_ref().map(passcode));
    add("Dial-in", dial_in(options));
    let promotion = options.promotion.map(promotion);
    add("Presenters", promotion.map(str::to_owned));
    let callers = options.lobby_bypass.map(|skips| match skips {
        true => "phone callers skip it",
        false => "phone callers wait in it",
    });
    add("Lobby", callers.map(str::to_owned));
    let (was, is) = (before.wording, after.wording);
    let language = (was.language != is.language).then(|| is.language.tag().to_owned());
    add("Language", language);
    let told = match is.without_passcode {
        true => "without the passcode",
        false => "with the passcode",
    };
    let is_told = was.without_passcode != is.without_passcode;
    add("Invitation", is_told.then(|| told.to_owned()));
    let block = changes.new_block.then(|| "is added anew".to_owned());
    add("Call-in", block);
    rows
}

fn from_to(before: String, after: String) -> String {
    format!("{before} → {after}")
}

fn conference(id: IdChoice) -> &'static str {
    match id {
        IdChoice::Assigned => "your assigned one",
        IdChoice::New => "one of its own",
    }
}

fn passcode(choice: &PasscodeChoice) -> String {
    match choice {
        PasscodeChoice::Auto => "new random digits",
        PasscodeChoice::None => "none",
        PasscodeChoice::Given(_) => "yours",
    }
    .to_owned()
}

fn promotion(promotion: Promotion) -> &'static str {
    match promotion {
        Promotion::Nobody => "those named",
        Promotion::Company => "everybody of the organisation",
        Promotion::Everyone => "everybody",
    }
}

fn dial_in(options: &ConferenceOptions) -> Option<String> {
    match (&options.region, options.dial_in) {
        (Some(region), _) => Some(region.clone()),
        (None, Some(true)) => Some("on".to_owned()),
        (None, Some(false)) => Some("off".to_owned()),
        (None, None) => None,
    }
}
