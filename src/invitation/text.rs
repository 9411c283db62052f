//! The card for people: what, when, who, the note, and how to join.

use crate::conference::{Appointment, Attendance, Attendee, Status};
use crate::invitation::words::Words;
use crate::invitation::{Branding, block};

/// Widest line of the part above the block, in columns.
const WIDTH: usize = 80;

/// The card; each line ends with LF. No colours: those are the terminal's. `others` are invited
/// besides the attendees.
pub(super) fn card(appointment: &Appointment, others: usize, branding: &Branding) -> String {
    let words = Words::of(appointment.wording.language);
    let rows = rows(appointment, others, words);
    let indent = widest_label(words) + 1;
    let mut card = wrap(&appointment.subject, 0) + &heading(appointment, words) + "\n\n";
    for (label, value) in rows {
        card += &row(label, &value, indent);
    }
    if let Some(note) = &appointment.note {
        card += &format!("\n{note}\n");
    }
    card + "\n" + &block::block(appointment, branding)
}

/// `Live Meeting, cancelled, for practice`
fn heading(appointment: &Appointment, words: &Words) -> String {
    let mut heading = vec![words.title(appointment.conference.kind)];
    if appointment.status == Status::Cancelled {
        heading.push(words.labels.cancelled);
    }
    if appointment.practice {
        heading.push(words.labels.for_practice);
    }
    heading.join(words.comma)
}

/// Labels and values; a label that is empty belongs to the one above.
fn rows(
    appointment: &Appointment,
    others: usize,
    words: &'static Words,
) -> Vec<(&'static str, String)> {
    let labels = &words.labels;
    let (start, end) = appointment.first_time();
    let when = words.range(&start, &end);
    let mut rows = vec![(labels.when, when)];
    rows.extend(times(appointment, words));
    rows.push((labels.organizer, appointment.organizer.to_string()));
    if let Some(sender) = &appointment.sender {
        rows.push((labels.sent_by, sender.to_string()));
    }
    for (label, attendance) in [
        (labels.required, Attendance::Required),
        (labels.optional, Attendance::Optional),
        (labels.room, Attendance::Room),
    ] {
        let people = appointment.attendees.iter();
        let people = people.filter(|a| a.attendance == attendance);
        rows.extend(label_first(label, people.map(|who| person(who, words))));
    }
    if others > 0 {
        let label = match appointment.attendees.is_empty() {
            true => labels.required,
            false => "",
        };
        rows.push((label, words.more_people(others)));
    }
    rows
}

/// How it comes again, when it does not, or which occurrence this is about.
fn times(appointment: &Appointment, words: &'static Words) -> Vec<(&'static str, String)> {
    let labels = &words.labels;
    let mut rows = Vec::new();
    if let Some(series) = &appointment.series {
        rows.push((labels.repeats, words.series(series, &appointment.start)));
        let excluded = series.dropped(&appointment.start);
        let excluded = excluded.map(|at| words.moment(at));
        let cancelled = series
            .changed
            .iter()
            .filter(|changed| changed.time.is_none());
        let cancelled = cancelled.map(|changed| words.left_out(changed));
        rows.extend(label_first(labels.except, excluded.chain(cancelled)));
        for (changed, time) in words.changed(series) {
            rows.push((labels.changed, time));
            rows.push((labels.instead_of, changed));
        }
    }
    if let Some(original) = &appointment.occurrence {
        let is_there = original.timestamp() == appointment.start.timestamp();
        rows.push(match is_there {
            true => (labels.only, labels.this_occurrence.to_owned()),
            false => (labels.instead_of, words.moment(original)),
        });
    }
    rows
}

/// Values with their label before the first.
fn label_first(
    label: &'static str,
    values: impl Iterator<Item = String>,
) -> impl Iterator<Item = (&'static str, String)> {
    std::iter::once(label)
        .chain(std::iter::repeat(""))
        .zip(values)
}

fn person(attendee: &Attendee, words: &Words) -> String {
    match attendee.presenter {
        true => format!(
            "{}{}{}",
            attendee.person, words.comma, words.labels.presenter
        ),
        false => attendee.person.to_string(),
    }
}

/// Width of the widest label that a card may have, so that all cards look alike.
fn widest_label(words: &Words) -> usize {
    let labels = &words.labels;
    let all = [
        labels.when,
        labels.repeats,
        labels.except,
        labels.changed,
        labels.only,
        labels.instead_of,
        labels.organizer,
        labels.sent_by,
        labels.required,
        labels.optional,
        labels.room,
    ];
    all.into_iter().map(width).max().unwrap_or_default()
}

fn row(label: &str, value: &str, indent: usize) -> String {
    let blanks = " ".repeat(width(label));
    let wrapped = wrap(value, indent);
    match wrapped.strip_prefix(&blanks) {
        Some(rest) => label.to_owned() + rest,
        None => wrapped,
    }
}

/// The words in lines of at most [`WIDTH`] columns, longer words left whole, all lines indented.
fn wrap(text: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut wrapped = margin.clone();
    let mut column = indent;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let length = width(word);
        if column > indent && column + 1 + length > WIDTH {
            wrapped += "\n";
            wrapped += &margin;
            column = indent;
        } else if column > indent {
            wrapped.push(' ');
            column += 1;
        }
        wrapped += word;
        column += length;
    }
    wrapped + "\n"
}

/// Columns of a terminal: the letters of East Asia take two (Unicode Annex 11, W and F).
fn width(text: &str) -> usize {
    let is_wide = |c: char| {
        matches!(c,
            '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{303E}' | '\u{3041}'..='\u{A4CF}'
            | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE6F}'
            | '\u{FF00}'..='\u{FF60}' | '\u{FFE0}'..='\u{FFE6}' | '\u{1F300}'..='\u{1FAFF}'
            | '\u{20000}'..='\u{3FFFD}')
    };
    text.chars().map(|c| 1 + usize::from(is_wide(c))).sum()
}
