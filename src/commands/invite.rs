//! `invite`: the invitation of a meeting once more, as the diary has it.

use crate::app::App;
use crate::calendar_object::Sending;
use crate::commands::args::output::OutputArgs;
use crate::commands::args::{meeting, occurrence, people};
use crate::commands::perform::{Requester, perform, print_document};
use crate::conference::{Appointment, Attendee, Person, Status};
use crate::diary::{Completes, Entry};
use crate::error::{Error, Result};
use crate::operation::{
    Action, Context, Invite, Known, MailOptions, Operation, Outcome, Rendering, Resources,
    get_invited, restored_warning, write_document,
};
use crate::report::Report;

/// Print or mail the invitation of a meeting again
///
/// As the diary has it now, without asking the pool; of a cancelled meeting it is the
/// cancellation. With --send it is mailed, to everybody or to those named by --to, and printed only
/// if -f or -o says so. 'confctl update CONF --lang' changes its language.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[arg(value_name = "CONF", help = meeting::HELP, add = meeting::completer(Completes::Own))]
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
    output: OutputArgs,
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
    let mut context = app.context()?;
    let entry = meeting::require(&args.conf, &context.diary, app)?;
    if entry.appointment.status == Status::Cancelled {
        let subject = &entry.appointment.subject;
        let what = format!("'{subject}' was cancelled: this is its cancellation.");
        app.terminal.warn(&what);
    }
    let output = args.output.output(app)?;
    let invite = args.invite(&entry, app)?;
    if let Some(options) = output.mail.as_ref().filter(|_| args.dry_run) {
        let outcome = get_invited(&invite, Known::of(entry), &context.diary)?;
        let action = Action::Invite(invite);
        let operation = context.new_operation(action, None, None, output.clone());
        return preview(&outcome, &operation, options, &context, app);
    }
    if output.mail.is_some() || output.calendar.is_some() {
        let reads = args.output.is_asked_for();
        if reads && invite.removal {
            return Err(Error::usage("--cancel-for with --send prints nothing")
                .hint("leave --send away to print what takes the meeting out"));
        }
        let requester = Requester {
            is_silent: !reads,
            ..Requester::default()
        };
        let (action, known) = (Action::Invite(invite), Known::of(entry));
        return perform(action, requester, output, known, &mut context, app).map(drop);
    }
    let mut outcome = get_invited(&invite, Known::of(entry), &context.diary)?;
    if outcome.entry.appointment.status == Status::Confirmed {
        restore_ways_in(&mut outcome.entry, app)?;
    }
    let (sending, appointment) = match invite.removal {
        true => (
            Sending::Removal {
                people: &invite.people,
                occurrence: invite.occurrence.as_ref(),
            },
            withdrawn_from(&invite.people, &outcome.appointment),
        ),
        false => (outcome.sending(), outcome.appointment.clone()),
    };
    let object = &outcome.entry.object;
    let calendar = object.to_send(&sending, context.diary.zone())?;
    let rendering = Rendering {
        appointment: &appointment,
        calendar: &calendar,
        branding: app.branding()?,
    };
    let document = || rendering.render(output.format);
    match &output.file {
        Some(path) => Ok(write_document(path, &document()?)?),
        None => print_document(&appointment, output.format, document, app),
    }
}

/// What is printed says how to join as the pool said it; the file is put right when people are mailed.
fn restore_ways_in(entry: &mut Entry, app: &App) -> Result<()> {
    let own = &entry.appointment;
    let restored = entry.object.restore_ways_in(own, app.branding()?);
    if restored? {
        app.terminal.warn(&restored_warning(&own.subject));
    }
    Ok(())
}

/// Prints the mails that would be sent, byte for byte, one after the other; who gets which is said
/// on stderr.
fn preview(
    outcome: &Outcome,
    operation: &Operation,
    options: &MailOptions,
    context: &Context<'_>,
    app: &App,
) -> Result<()> {
    let count = context.preview_mails(outcome, operation, options, |route, envelope, bytes| {
        app.terminal.status(&format!(
            "Would mail {} bytes from {} to {} by {route}:",
            bytes.len(),
            envelope.from,
            envelope.to
        ));
        app.terminal.print_bytes(bytes)
    })?;
    app.terminal
        .status(&format!("Would mail {count}. Nothing was sent."));
    Ok(())
}

impl Args {
    fn invite(&self, entry: &Entry, app: &App) -> Result<Invite> {
        let appointment = &entry.appointment;
        let occurrence = self.occurrence.as_deref();
        let occurrence = occurrence
            .map(|text| occurrence::find_even_dropped(text, entry, app))
            .transpose()?;
        let one = occurrence
            .as_ref()
            .map(|original| entry.object.occurrence(original));
        let one = one.transpose()?.flatten();
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
        Ok(Invite {
            uid: appointment.uid.clone(),
            subject: appointment.subject.clone(),
            sequence: appointment.sequence,
            occurrence,
            removal: !removed.is_empty(),
            people: match (removed.is_empty(), named.is_empty()) {
                (false, _) => removed,
                (_, false) => named,
                _ if self.output.mail.sends() => everybody().collect(),
                _ => Vec::new(),
            },
        })
    }
}

/// The meeting as those see it who need not come any more, with nobody else in it.
fn withdrawn_from(removed: &[Person], appointment: &Appointment) -> Appointment {
    let mut withdrawn = appointment.to_withdrawal();
    let is_removed = |attendee: &Attendee| removed.iter().any(|p| p.is(&attendee.person));
    withdrawn.attendees.retain(is_removed);
    withdrawn
}
