//! `invite`: the invitation of a meeting once more, as the diary has it.

use crate::app::App;
use crate::commands::hand_over::HandOver;
use crate::commands::{conf, occurrence, people};
use crate::conference::{Appointment, Person, Status};
use crate::error::{Error, Result};
use crate::invitation::Sending;

/// Print the invitation of a meeting again
///
/// As the diary has it now, without asking the pool; of a cancelled meeting it is the
/// cancellation.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[arg(value_name = "CONF", help = conf::HELP, add = conf::completer())]
    conf: String,
    /// One meeting of a series, by its day or its start; of one that was dropped, its cancellation
    #[arg(long, value_name = "WHEN")]
    occurrence: Option<String>,
    /// Print what takes the meeting out of the calendars of these people
    #[arg(long, value_name = "ADDRESS", num_args = 1..)]
    cancel_for: Vec<String>,
    #[command(flatten)]
    hand_over: HandOver,
}

const EXAMPLES: &str = "\
Examples:
  confctl invite 10023
  confctl invite standup -o standup.ics
  confctl invite \"quarterly review\" --cancel-for cy@example.com -o cancel.ics";

/// Runs the command.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let diary = app.diary()?;
    let entry = conf::in_diary(&args.conf, &diary, app)?;
    let destination = args.hand_over.prepare(app)?;
    let occurrence = args.occurrence.as_deref();
    let original = occurrence
        .map(|text| occurrence::ever(text, &entry, app))
        .transpose()?;
    let removed = people::list(&args.cancel_for)?;
    let whole = || entry.appointment.clone();
    let appointment = match &original {
        Some(original) => entry
            .document
            .occurrence(original)
            .map_err(|error| Error::failed(error.to_string()))?
            .unwrap_or_else(whole),
        None => whole(),
    };
    let (sending, appointment) = match &original {
        _ if !removed.is_empty() => (
            Sending::Removal {
                people: &removed,
                occurrence: original.as_ref(),
            },
            taken_from(&removed, appointment),
        ),
        Some(original) => (Sending::Occurrence(original), appointment),
        None => (Sending::Meeting, appointment),
    };
    let document = entry.document.to_send(&sending, diary.zone());
    let document = document.map_err(|error| Error::failed(error.to_string()))?;
    destination.print(&appointment, &document, app)
}

/// The meeting as those see it who need not come any more.
fn taken_from(removed: &[Person], appointment: Appointment) -> Appointment {
    Appointment {
        status: Status::Cancelled,
        attendees: appointment
            .attendees
            .into_iter()
            .filter(|attendee| removed.iter().any(|person| person.is(&attendee.person)))
            .collect(),
        ..appointment
    }
}
