//! `cancel`: no meeting any more, or one occurrence less.

use crate::app::App;
use crate::commands::args::output::OutputArgs;
use crate::commands::args::{meeting, occurrence};
use crate::commands::perform::{Requester, perform, remind_to_tell};
use crate::conference::{Appointment, Conference, Status};
use crate::diary::{Completes, Entry, What};
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
    #[arg(value_name = "CONF", help = meeting::HELP, add = meeting::completer(Completes::Own))]
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
    let is_cancelled = appointment.status == Status::Cancelled;
    let is_whole = args.occurrence.is_none();
    let mut cancel = Cancel::all_of(appointment, context.stamp());
    let is_begun =
        is_cancelled && is_whole && context.has_begun(&Action::Cancel(cancel.clone()))?;
    let is_left = is_cancelled && is_whole && (is_begun || has_more_to_do(&entry, &mut context)?);
    if is_cancelled && !is_left {
        let what = format!("'{}' was cancelled already", appointment.subject);
        return Err(Error::new(Kind::NotFound, what).hint(format!(
            "its cancellation once more: {}",
            meeting::command("invite", meeting::name_of(appointment), "")
        )));
    }
    if let Some(text) = &args.occurrence {
        let original = occurrence::find(text, &entry, app)?.original;
        let known = entry.object.occurrence(&original)?;
        cancel.dropped = known.map(|one| (one.attendees, one.start, one.end));
        cancel.occurrence = Some(original);
    }
    if !args.yes && !is_begun && !confirm_cancellation(appointment, &cancel, app)? {
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

/// Whether something is left to be done about a meeting whose file says that it is cancelled: another
/// program may have written that, which tells neither pool nor people.
fn has_more_to_do(entry: &Entry, context: &mut Context<'_>) -> Result<bool> {
    let appointment = &entry.appointment;
    let Conference { id, owner, .. } = &appointment.conference;
    if !has_own_conference(entry, &context.diary)? {
        // The conference stays, so that only the history can tell.
        let last = context.diary.last_change(&appointment.uid)?;
        return Ok(!matches!(
            last,
            None | Some(What::Cancelled | What::Adopted)
        ));
    }
    let session = context.sessions.open(appointment.manager())?;
    if !owner.is_empty() && !owner.eq_ignore_ascii_case(&session.owner) {
        return Ok(false);
    }
    Ok(session.backend.look_up_one(id)?.is_some())
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
            "Another program has cancelled '{subject}', {when}. Cancel it here as well? ({told})"
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

/// A conference without an entry in the diary: there is nobody to be told.
fn delete_from_pool(args: &Args, context: &mut Context<'_>, app: &App) -> Result<()> {
    let unknown = || meeting::unknown_error(&args.conf);
    if args.occurrence.is_some() || !meeting::may_be_on_pool(&args.conf) {
        return Err(unknown());
    }
    let session = context.sessions.open(None)?;
    let listed = meeting::find_on_pool(&args.conf, session)?.ok_or_else(unknown)?;
    if listed.assigned {
        return Err(Error::new(
            Kind::Refused,
            "that is your assigned conference, which is for all your calls",
        ));
    }
    let mailed = context.diary.mailed_of_gone(&listed.id)?;
    let untold = match (mailed.first(), mailed.len()) {
        (None, _) => "it has no entry in the diary here, so nobody is told".to_owned(),
        (Some(one), 1) => format!("its entry is gone, so {one} is not told"),
        (_, many) => {
            format!("its entry is gone, so the {many} people who were mailed are not told")
        }
    };
    let question = format!("Delete the conference '{}'? ({untold})", listed.subject);
    if !args.yes && !confirm(&question, app)? {
        return Err(Error::failed("nothing was cancelled, as you wished"));
    }
    // A sync may have brought a file meanwhile.
    context.diary.mailed_of_gone(&listed.id)?;
    context.sessions.open(None)?.backend.delete(&listed.id)?;
    app.terminal.status(&format!("Deleted: {untold}."));
    Ok(())
}
