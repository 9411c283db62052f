//! `invite`: the invitation of a meeting once more, as the diary has it.

use crate::app::App;
use crate::calendar_object::Sending;
use crate::commands::carry_out::{Circumstances, carry_out};
use crate::commands::hand_over::{Destination, HandOver};
use crate::commands::tell::{self, MailTable};
use crate::commands::{conf, occurrence, people};
use crate::conference::{Appointment, Person, Status, Wording};
use crate::diary::Entry;
use crate::error::{Error, Result};
use crate::undertaking::{Deed, Tell};

/// Print or mail the invitation of a meeting again
///
/// As the diary has it now, without asking the pool; of a cancelled meeting it is the
/// cancellation. With --send it is mailed, to everybody or to those named by --to, and printed only
/// if -f or -o says so. 'confctl update CONF --lang' changes its language.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[arg(value_name = "CONF", help = conf::HELP, add = conf::completer())]
    conf: String,
    /// One meeting of a series, by its day or its start; of one that was dropped, its cancellation
    #[arg(long, value_name = "WHEN")]
    occurrence: Option<String>,
    /// The cancellation for these people, who need not come any more
    #[arg(long, value_name = "ADDRESS", num_args = 1..)]
    cancel_for: Vec<String>,
    /// Mail it to these people only [default: everybody who is invited]
    #[arg(
        long,
        value_name = "ADDRESS",
        num_args = 1..,
        requires = "send",
        conflicts_with = "cancel_for",
        help_heading = "Mail and calendar"
    )]
    to: Vec<String>,
    /// Print the mails, byte for byte, and send nothing
    #[arg(long, requires = "send", help_heading = "Mail and calendar")]
    dry_run: bool,
    #[command(flatten)]
    hand_over: HandOver,
}

const EXAMPLES: &str = "\
Examples:
  confctl invite 10023
  confctl invite standup -o standup.ics
  confctl invite standup -f card
  confctl invite standup --send=smtp://localhost:25 --to bo@example.com
  confctl invite \"quarterly review\" --cancel-for cy@example.com --send";

/// Runs the command.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let diary = app.diary()?;
    let entry = conf::in_diary(&args.conf, &diary, app)?;
    let destination = args.hand_over.prepare(app)?;
    let tell = args.tell(&entry, app)?;
    let delivery = destination.delivery();
    if args.dry_run {
        let outcome = tell.outcome(&diary)?;
        return tell::dry_run(&outcome, &Deed::Tell(tell), &delivery, &diary, app);
    }
    if delivery.mail.is_some() || delivery.calendar.is_some() {
        let destination = match args.hand_over.is_asked_for() {
            true if tell.removal => {
                return Err(Error::usage("--cancel-for with --send prints nothing")
                    .hint("leave --send away to print what takes the meeting out"));
            }
            true => destination,
            false => Destination::nowhere(delivery),
        };
        let circumstances = Circumstances::default();
        return carry_out(Deed::Tell(tell), circumstances, destination, app).map(drop);
    }
    let outcome = tell.outcome(&diary)?;
    let (sending, appointment) = match tell.removal {
        true => (
            Sending::Removal {
                people: &tell.people,
                occurrence: tell.occurrence.as_ref(),
            },
            taken_from(&tell.people, outcome.appointment.clone()),
        ),
        false => (outcome.sending(), outcome.appointment.clone()),
    };
    let document = outcome.document.to_send(&sending, diary.zone());
    let document = document.map_err(|error| Error::failed(error.to_string()))?;
    destination.print(&appointment, &document, &MailTable::default(), app)
}

impl Args {
    fn tell(&self, entry: &Entry, app: &App) -> Result<Tell> {
        let appointment = &entry.appointment;
        let occurrence = self.occurrence.as_deref();
        let occurrence = occurrence
            .map(|text| occurrence::ever(text, entry, app))
            .transpose()?;
        let one = occurrence
            .as_ref()
            .map(|original| entry.document.occurrence(original));
        let one = one
            .transpose()
            .map_err(|error| Error::failed(error.to_string()))?
            .flatten();
        let invited = &one.as_ref().unwrap_or(appointment).attendees;
        let removed = people::list(&self.cancel_for)?;
        let named = people::list(&self.to)?;
        for person in &named {
            if !invited.iter().any(|a| a.person.is(person)) {
                let what = format!("--to {person}: nobody of that address is invited");
                return Err(Error::usage(what).hint("'confctl update CONF --invite' invites"));
            }
        }
        let everybody = || invited.iter().map(|a| a.person.clone());
        Ok(Tell {
            uid: appointment.uid.clone(),
            called: appointment.subject.clone(),
            sequence: appointment.sequence,
            occurrence,
            removal: !removed.is_empty(),
            people: match (removed.is_empty(), named.is_empty()) {
                (false, _) => removed,
                (_, false) => named,
                _ if self.hand_over.post.sends() => everybody().collect(),
                _ => Vec::new(),
            },
        })
    }
}

/// The meeting as those see it who need not come any more.
fn taken_from(removed: &[Person], appointment: Appointment) -> Appointment {
    Appointment {
        status: Status::Cancelled,
        wording: Wording {
            withdrawn: true,
            ..appointment.wording
        },
        attendees: appointment
            .attendees
            .into_iter()
            .filter(|attendee| removed.iter().any(|person| person.is(&attendee.person)))
            .collect(),
        ..appointment
    }
}
