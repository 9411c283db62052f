//! `undo`: a meeting that was cancelled takes place after all.

use crate::app::App;
use crate::commands::args::meeting;
use crate::commands::args::output::OutputArgs;
use crate::commands::perform::{Requester, perform, remind_to_tell};
use crate::conference::{IdChoice, Status};
use crate::diary::{Completes, Entry, What};
use crate::error::{Error, Kind, Result};
use crate::operation::{Action, Changes, Context, Known};
use crate::report::Report;
use crate::terminal::visible;
use crate::when;

/// Take back the last cancellation
///
/// The meeting takes place after all, under the same UID and as a later version, so that calendars put
/// it back where it was. Its conference is made again: links, Conference ID and passcode are new, and
/// so everybody has to be told. Without CONF it is the meeting that was cancelled last. One occurrence
/// that was dropped can't be taken back: it can be scheduled as a meeting of its own.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[arg(value_name = "CONF", help = meeting::HELP, add = meeting::completer(Completes::Cancelled))]
    conf: Option<String>,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    output: OutputArgs,
}

const EXAMPLES: &str = "\
Examples:
  confctl undo
  confctl undo \"quarterly review\" --yes --send";

/// Runs the command.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let mut context = app.context()?;
    let entry = match &args.conf {
        Some(name) => meeting::require(name, &context.diary, app)?,
        None => get_last_cancelled(&context)?,
    };
    check(&entry, &context)?;
    let appointment = entry.appointment.clone();
    if !args.yes && !confirm(&entry, app)? {
        return Err(Error::failed("nothing was changed, as you wished"));
    }
    let output = args.output.output(app)?;
    let changes = Changes {
        id: Some(match appointment.conference.assigned {
            true => IdChoice::Assigned,
            false => IdChoice::New,
        }),
        revives: true,
        ..Changes::of(&appointment, context.stamp())
    };
    let requester = Requester::of(&appointment);
    let action = Action::Update(Box::new(changes));
    let outcome = perform(
        action,
        requester,
        output,
        Known::of(entry),
        &mut context,
        app,
    )?;
    remind_to_tell(&outcome, &args.output, app);
    app.terminal.status(&format!(
        "It takes place: {}.",
        when::display_range(&outcome.appointment.start, &outcome.appointment.end)
    ));
    Ok(())
}

fn get_last_cancelled(context: &Context<'_>) -> Result<Entry> {
    let last = context.diary.last_cancelled()?;
    let entry = last.ok_or_else(|| {
        let what = "nothing was cancelled here that could be taken back";
        Error::new(Kind::NotFound, what).hint("'confctl list --all' shows what was cancelled")
    })?;
    if entry.appointment.status == Status::Confirmed {
        let subject = &entry.appointment.subject;
        let what = format!("the last cancellation was that of one occurrence of '{subject}'");
        return Err(Error::usage(what).hint(
            "it can be scheduled as a meeting of its own; 'confctl undo CONF' takes an earlier cancellation back",
        ));
    }
    Ok(entry)
}

/// Refuses what takes place anyway, or could not any more.
fn check(entry: &Entry, context: &Context<'_>) -> Result<()> {
    let appointment = &entry.appointment;
    let subject = &appointment.subject;
    if appointment.status == Status::Confirmed {
        if context.diary.last_change(&appointment.uid)? == Some(What::Cancelled) {
            let what = format!(
                "'{subject}' was cancelled, and its file says by now that it takes place: another program, or a backup, may have put it back"
            );
            let line = meeting::command("update", meeting::name_of(appointment), " --id new");
            return Err(Error::usage(what).hint(format!("'{line}' gives it a conference again")));
        }
        let what = format!("'{subject}' was not cancelled");
        return Err(Error::usage(what)
            .hint("one occurrence that was dropped can be scheduled as a meeting of its own"));
    }
    let last = entry.object.last_end(appointment.start.time_zone());
    if last.is_some_and(|last| last <= context.now) {
        let what = format!("'{subject}' would be over by now");
        return Err(Error::usage(what).hint("'confctl copy' schedules it for another time"));
    }
    Ok(())
}

/// Without a terminal the command line must say it.
fn confirm(entry: &Entry, app: &App) -> Result<bool> {
    if !app.terminal.can_ask() {
        return Err(Error::usage("taking back has to be confirmed").hint("add --yes"));
    }
    let appointment = &entry.appointment;
    let question = format!(
        "Shall '{}', {}, take place after all?",
        appointment.subject,
        when::display_range(&appointment.start, &appointment.end)
    );
    app.terminal.confirm(&visible(&question), false)
}
