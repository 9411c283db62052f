//! The call-in block: how to join, in the same words on the card, in the calendar and in mail.
//!
//! It begins with the line [`BEGIN`] and ends with the line [`END`]. An update replaces what stands
//! between them and nothing else: people write above and below the block, not inside.

use crate::conference::{AccessNumber, Appointment, CallIn, Conference, DialIn, Kind, Status};
use crate::invitation::{Stationery, language};

/// First line of the block.
pub(super) const BEGIN: &str = "==== How to join (confctl) ====================================";

/// Last line of the block.
pub(super) const END: &str = "==== End of how to join (confctl) =============================";

/// Most numbers that are printed; the settings page has them all.
const MOST_NUMBERS: usize = 12;

/// The block with its fences; each line ends with LF. What is cancelled can't be joined.
pub(super) fn block(appointment: &Appointment, stationery: &Stationery) -> String {
    let call_in = &appointment.conference.call_in;
    let sections = match appointment.status {
        Status::Cancelled => vec![cancelled(appointment)],
        Status::Confirmed => vec![
            opening(appointment),
            links(call_in, appointment.conference.kind),
            computer_audio(appointment.conference.kind),
            telephone(call_in, stationery),
            by_hand(&appointment.conference),
        ],
    };
    format!("{BEGIN}\n{}{END}\n", written(&sections))
}

/// The sections that have something to say, with empty lines between them.
fn written(sections: &[Vec<String>]) -> String {
    let written: Vec<String> = sections
        .iter()
        .filter(|s| !s.is_empty())
        .map(|s| s.join("\n"))
        .collect();
    written.join("\n\n") + "\n"
}

/// How to join a conference that nobody is invited to; each line ends with LF.
pub(super) fn ways_in(conference: &Conference, stationery: &Stationery) -> String {
    let call_in = &conference.call_in;
    let sections = [
        links(call_in, conference.kind),
        telephone(call_in, stationery),
        by_hand(conference),
    ];
    written(&sections)
}

/// Whether people or programs would take a line for the begin or the end of a block.
pub(super) fn is_fence(line: &str) -> bool {
    let words = line.trim_matches(['=', '>', ' ']);
    [BEGIN, END]
        .iter()
        .any(|fence| fence.trim_matches(['=', ' ']) == words)
}

/// The numbers that are printed, the organizer's region first.
pub(super) fn printed(dial_in: &DialIn) -> impl Iterator<Item = &AccessNumber> {
    dial_in.numbers.iter().take(MOST_NUMBERS)
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn cancelled(appointment: &Appointment) -> Vec<String> {
    let kind = appointment.conference.kind.words();
    vec![format!("{} has cancelled this {kind}.", from(appointment))]
}

fn from(appointment: &Appointment) -> String {
    let organizer = appointment.organizer.label();
    match &appointment.organization {
        Some(organization) => format!("{organizer} ({organization})"),
        None => organizer.to_owned(),
    }
}

fn opening(appointment: &Appointment) -> Vec<String> {
    let from = from(appointment);
    let kind = appointment.conference.kind.words();
    let mut lines = vec![format!("{from} invites you to a {kind}.")];
    if appointment.practice {
        lines.push("This is a practice meeting: its telephone numbers are fictional.".to_owned());
    }
    lines
}

fn links(call_in: &CallIn, kind: Kind) -> Vec<String> {
    let mut lines = Vec::new();
    if !call_in.client_link.is_empty() {
        let call = match kind {
            Kind::LiveMeeting => "Join the Live Meeting:",
            Kind::ConferenceCall => "Join the conference call with Communicator, without a phone:",
        };
        lines.extend([call.to_owned(), call_in.client_link.clone()]);
    }
    if let Some(link) = &call_in.web_link {
        lines.extend(["Join from a web browser:".to_owned(), link.clone()]);
    }
    lines
}

fn computer_audio(kind: Kind) -> Vec<String> {
    let words: &[&str] = match kind {
        Kind::LiveMeeting => &[
            "Audio by computer",
            "Use a headset, or speakers and a microphone.",
        ],
        Kind::ConferenceCall => &[],
    };
    words.iter().copied().map(str::to_owned).collect()
}

/// Everything to be keyed in. Without dial-in that is the passcode at most.
fn telephone(call_in: &CallIn, stationery: &Stationery) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(dial_in) = &call_in.dial_in {
        lines.push("Audio by telephone".to_owned());
        lines.push("Call a number, then key in the Conference ID and #.".to_owned());
        lines.extend(numbers(dial_in));
        lines.push(format!("Conference ID: {}", digits(&dial_in.conference_id)));
    }
    if let Some(passcode) = &call_in.passcode {
        lines.push(format!("Passcode: {}", passcode.digits()));
    }
    if let Some(dial_in) = &call_in.dial_in {
        lines.extend(shortcuts(dial_in, call_in, stationery));
    }
    lines
}

fn numbers(dial_in: &DialIn) -> Vec<String> {
    let width = printed(dial_in)
        .map(|n| n.display.chars().count())
        .max()
        .unwrap_or_default();
    let row = |n: &AccessNumber| {
        format!("{:width$}  {}", n.display, label(n))
            .trim_end()
            .to_owned()
    };
    printed(dial_in).map(row).collect()
}

/// `North America: English (US), French (CA)`
pub(super) fn label(number: &AccessNumber) -> String {
    let languages: Vec<String> = number
        .languages
        .iter()
        .map(|tag| language::name(tag))
        .collect();
    match (number.region.as_str(), languages.join(", ")) {
        (region, none) if none.is_empty() => region.to_owned(),
        ("", languages) => languages,
        (region, languages) => format!("{region}: {languages}"),
    }
}

fn shortcuts(dial_in: &DialIn, call_in: &CallIn, stationery: &Stationery) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(number) = dial_in.numbers.first() {
        let text = stationery
            .keys
            .text(number, dial_in, call_in.passcode.as_ref());
        lines.push(format!("From a mobile phone: {text}"));
    }
    let left_out = dial_in.numbers.len().saturating_sub(MOST_NUMBERS);
    match (&dial_in.settings_page, left_out) {
        (Some(page), 0) => lines.push(format!("Local numbers, and your PIN: {page}")),
        (Some(page), more) => lines.push(format!("{more} more numbers, and your PIN: {page}")),
        (None, 0) => {}
        (None, more) => lines.push(format!("{more} more numbers: ask the organizer")),
    }
    lines
}

/// What the Join dialog of the Live Meeting console asks for. `(GUESS)` That its entry code is the
/// passcode.
fn by_hand(conference: &Conference) -> Vec<String> {
    let location = format!("Location: {}", conference.focus);
    let mut lines = vec!["If the link does not open, enter this by hand:".to_owned()];
    if conference.kind == Kind::LiveMeeting {
        lines.push(format!("Meeting ID: {}", conference.id));
        if conference.call_in.passcode.is_some() {
            lines.push("Entry code: the passcode".to_owned());
        }
    }
    lines.push(location);
    lines
}
