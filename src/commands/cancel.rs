//! `cancel`: no meeting any more, or one occurrence less.

use crate::app::App;
use crate::commands::args::output::OutputArgs;
use crate::commands::args::{meeting, occurrence};
use crate::commands::perform::{Requester, perform, remind_to_tell};
use crate::conference::{Appointment, Conference, MeetingId, Status};
use crate::diary::Entry;
use crate::error::{Error, Kind, Result};
use crate::invitation::repetition;
use crate::operation::{Action, Cancel, Context, Known, has_own_conference};
use crate::report::Report;
use crate::when;

/// Cancel a meeting, or one of a series
///
/// The conference goes from the pool, and the cancellation for those who are invited comes out
/// (METHOD:CANCEL). Your assigned conference stays. On a terminal it asks first.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[arg(value_name = "CONF", help = meeting::HELP, add = meeting::completer())]
    conf: String,
    /// One meeting of a series, by its day or its start; without it: all of them
    #[arg(long, value_name = "WHEN")]
    occurrence: Option<String>,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    output: OutputArgs,
}

const EXAMPLES: &str = "\
Examples:
  confctl cancel 10023
  confctl cancel standup --occurrence 2026-12-24
  confctl cancel \"quarterly review\" --yes |
      mutt -e 'set content_type=\"text/calendar; method=CANCEL\"' -s Cancelled -- ana@example.com";

/// Runs the command.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let mut context = app.context()?;
    let Some(entry) = meeting::look_up(&args.conf, None, &context.diary, app)? else {
        return delete_from_pool(args, &mut context, app);
    };
    let appointment = &entry.appointment;
    if appointment.status == Status::Cancelled && !is_still_there(&entry, &mut context)? {
        let what = format!("'{}' was cancelled already", appointment.subject);
        return Err(Error::new(Kind::NotFound, what).hint(format!(
            "its cancellation once more: {}",
            meeting::command("invite", meeting::name_of(appointment), "")
        )));
    }
    let cancel = args.cancel(&entry, &context, app)?;
    if !args.yes && !confirm_cancellation(appointment, &cancel, app)? {
        return Err(Error::failed("nothing was cancelled, as you wished"));
    }
    let output = args.output.output(app)?;
    let (action, requester) = (Action::Cancel(cancel), Requester::of(appointment));
    let known = Known::of(entry);
    let outcome = perform(action, requester, output, known, &mut context, app)?;
    remind_to_tell(&outcome, &args.output, app);
    app.terminal.status("Cancelled.");
    Ok(())
}

impl Args {
    fn cancel(&self, entry: &Entry, context: &Context<'_>, app: &App) -> Result<Cancel> {
        let occurrence = self.occurrence.as_deref();
        let occurrence = occurrence
            .map(|text| occurrence::find(text, entry, app))
            .transpose()?;
        let known = occurrence
            .as_ref()
            .map(|one| entry.object.occurrence(&one.original));
        let dropped = known.transpose()?.flatten();
        Ok(Cancel {
            uid: entry.appointment.uid.clone(),
            subject: entry.appointment.subject.clone(),
            sequence: entry.appointment.next_sequence(),
            stamp: context.stamp(),
            occurrence: occurrence.map(|occurrence| occurrence.original),
            dropped: dropped.map(|one| (one.attendees, one.start, one.end)),
        })
    }
}

/// Whether the pool still has the conference of a cancelled meeting: another program may have written
/// into the file that it is cancelled, which tells the pool nothing.
fn is_still_there(entry: &Entry, context: &mut Context<'_>) -> Result<bool> {
    let appointment = &entry.appointment;
    if !has_own_conference(entry, &context.diary)? {
        return Ok(false);
    }
    let session = context.sessions.open(appointment.manager())?;
    let Conference { id, owner, .. } = &appointment.conference;
    if !owner.is_empty() && !owner.eq_ignore_ascii_case(&session.owner) {
        return Ok(false);
    }
    let mut found = session.backend.look_up(std::slice::from_ref(id))?;
    Ok(found.pop().transpose()?.flatten().is_some())
}

/// Asks, and says who will be told. Without a terminal the command line must say it.
fn confirm_cancellation(appointment: &Appointment, cancel: &Cancel, app: &App) -> Result<bool> {
    let start = when::display(&appointment.start);
    let when = match (&cancel.occurrence, &appointment.series) {
        (Some(original), _) => format!("only the one of {}", when::display(original)),
        (None, Some(series)) => {
            format!(
                "all of the series, {} from {start}",
                repetition(series, &appointment.start)
            )
        }
        (None, None) => start,
    };
    let told = match appointment.attendees.len() {
        0 => "nobody is invited".to_owned(),
        1 => "1 person is to be told".to_owned(),
        many => format!("{many} people are to be told"),
    };
    let subject = &appointment.subject;
    let question = match appointment.status {
        Status::Confirmed => format!("Cancel '{subject}', {when}? ({told})"),
        Status::Cancelled => format!(
            "'{subject}', {when}, is cancelled, and its conference is still there. Delete that? ({told})"
        ),
    };
    confirm(&question, app)
}

fn confirm(question: &str, app: &App) -> Result<bool> {
    if !app.terminal.can_ask() {
        return Err(Error::usage("cancelling has to be confirmed").hint("add --yes"));
    }
    app.terminal.confirm(question, false)
}

/// A conference that no diary knows: there is nobody to be told.
fn delete_from_pool(args: &Args, context: &mut Context<'_>, app: &App) -> Result<()> {
    let unknown = || meeting::unknown_error(&args.conf);
    let id = MeetingId::parse(args.conf.trim()).map_err(|_| unknown())?;
    if args.occurrence.is_some() {
        return Err(unknown());
    }
    let session = context.sessions.open(None)?;
    let mut found = session.backend.look_up(std::slice::from_ref(&id))?;
    let listed = found.pop().transpose()?.flatten().ok_or_else(unknown)?;
    if listed.assigned {
        return Err(Error::new(
            Kind::Refused,
            "that is your assigned conference, which is for all your calls",
        ));
    }
    if !args.yes {
        let question = format!(
            "Delete '{}' from the pool? (it is in no diary here, so nobody is told)",
            listed.subject
        );
        if !confirm(&question, app)? {
            return Err(Error::failed("nothing was cancelled, as you wished"));
        }
    }
    session.backend.delete(&id)?;
    app.terminal
        .status("Deleted from the pool. There is no invitation to be withdrawn.");
    Ok(())
}
