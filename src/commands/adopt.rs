//! `adopt`: a meeting of the diary that was made elsewhere becomes one of ours.

use crate::app::App;
use crate::commands::args::meeting::{self, Found};
use crate::diary::Completes;
use crate::error::{Error, Result};
use crate::operation::Adoption;
use crate::report::Report;
use crate::terminal::visible;
use crate::when;

/// Take in a meeting of the diary that was made elsewhere
///
/// What confctl knows of a meeting - its conference, who was mailed, its key - stays on the computer
/// that made it. A meeting that came here by a sync or out of a backup is listed as 'foreign', and
/// nothing is done with it until it was adopted: the pool must say that the conference is yours, and
/// you must say that the meeting is. Its call-in details are then those of the pool, whatever the file
/// says.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[arg(value_name = "CONF", help = meeting::HELP, add = meeting::completer(Completes::Foreign))]
    conf: String,
    /// What the script that made it calls its request, where that is known no more
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
}

const EXAMPLES: &str = "\
Examples:
  confctl list --json | jq -r '.[] | select(.state == \"foreign\") | .uid'
  confctl adopt \"quarterly review\"
  confctl adopt 6f9619ff@example.com --yes";

/// Runs the command.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let mut context = app.context()?;
    let found = meeting::look_up_any(&args.conf, None, &context.diary, app)?;
    let foreign = match found {
        Some(Found::Foreign(foreign)) => *foreign,
        Some(Found::Own(mut entry)) => {
            if let Some(key) = &args.key {
                context.give_key(&mut entry, key)?;
            }
            let subject = &entry.appointment.subject;
            app.terminal.status(&format!(
                "'{subject}' is yours already{}.",
                match &args.key {
                    Some(key) => format!("; --key '{key}' stands for it"),
                    None => ": nothing was changed".to_owned(),
                }
            ));
            return Ok(());
        }
        None => return Err(meeting::unknown_error(&args.conf)),
    };
    let adoption = context.prepare_adoption(foreign)?;
    if !args.yes && !confirm(&adoption, app)? {
        return Err(Error::failed("nothing was adopted, as you wished"));
    }
    let entry = context.adopt(adoption, args.key.as_deref())?;
    let subject = &entry.appointment.subject;
    app.terminal.status(&format!("Adopted '{subject}'."));
    if !entry.appointment.attendees.is_empty() && entry.state.sent.is_empty() {
        let line = meeting::command("invite", meeting::name_of(&entry.appointment), " --send");
        app.terminal.status(&format!(
            "Who was mailed about it is not known here; '{line}' mails everybody."
        ));
    }
    Ok(())
}

/// Without a terminal the command line must say it.
fn confirm(adoption: &Adoption, app: &App) -> Result<bool> {
    if !app.terminal.can_ask() {
        return Err(Error::usage("adopting has to be confirmed").hint("add --yes"));
    }
    let outline = &adoption.foreign.outline;
    let question = format!(
        "The conference {} is yours. Is this meeting yours: '{}', {}, in {}?",
        adoption.conference.id,
        outline.subject,
        when::display_range(&outline.start, &outline.end),
        adoption.foreign.path().display()
    );
    app.terminal.confirm(&visible(&question), false)
}
