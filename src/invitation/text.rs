//! The card for people: what, when, who, the note, and how to join.

use crate::conference::{Appointment, Attendance, Attendee, Status};
use crate::invitation::{Stationery, block, title};
use crate::when;

/// Widest line of the part above the block, in characters.
const WIDTH: usize = 80;

/// Where the values begin.
const INDENT: usize = 11;

/// The card; each line ends with LF. No colours: those are the terminal's.
pub(super) fn card(appointment: &Appointment, stationery: &Stationery) -> String {
    let mut card = wrap(&appointment.subject, 0) + &heading(appointment) + "\n\n";
    card += &row(
        "When",
        &when::echo_range(&appointment.start, &appointment.end),
    );
    card += &times(appointment);
    card += &row("Organizer", &appointment.organizer.to_string());
    if let Some(sender) = &appointment.sender {
        card += &row("Sent by", &sender.to_string());
    }
    card += &invited("Required", appointment, Attendance::Required);
    card += &invited("Optional", appointment, Attendance::Optional);
    if let Some(note) = &appointment.note {
        card += &format!("\n{note}\n");
    }
    card + "\n" + &block::block(appointment, stationery)
}

/// `Live Meeting, cancelled, for practice`
fn heading(appointment: &Appointment) -> String {
    let mut heading = title(appointment.conference.kind).to_owned();
    if appointment.status == Status::Cancelled {
        heading += ", cancelled";
    }
    if appointment.practice {
        heading += ", for practice";
    }
    heading
}

/// How it comes again, when it does not, or which occurrence this is about.
fn times(appointment: &Appointment) -> String {
    let mut rows = String::new();
    if let Some(series) = &appointment.series {
        rows += &row("Repeats", &series.words(&appointment.start));
        let labels = std::iter::once("Except").chain(std::iter::repeat(""));
        for (at, label) in series.excluded.iter().zip(labels) {
            rows += &row(label, &when::echo(at));
        }
    }
    if let Some(original) = &appointment.occurrence {
        rows += &if original.timestamp() == appointment.start.timestamp() {
            row("Only", "this occurrence of a series")
        } else {
            row("Instead of", &when::echo(original))
        };
    }
    rows
}

fn invited(label: &str, appointment: &Appointment, attendance: Attendance) -> String {
    let people = appointment
        .attendees
        .iter()
        .filter(|a| a.attendance == attendance);
    let labels = std::iter::once(label).chain(std::iter::repeat(""));
    people
        .zip(labels)
        .map(|(attendee, label)| row(label, &words(attendee)))
        .collect()
}

fn words(attendee: &Attendee) -> String {
    let role = if attendee.presenter {
        ", presenter"
    } else {
        ""
    };
    format!("{}{role}", attendee.person)
}

fn row(label: &str, value: &str) -> String {
    let mut wrapped = wrap(value, INDENT);
    let indent = label.len().min(INDENT);
    wrapped.replace_range(..indent, label);
    wrapped
}

/// The words in lines of at most [`WIDTH`] characters, longer words left whole, all lines indented.
fn wrap(text: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut wrapped = margin.clone();
    let mut column = indent;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
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
