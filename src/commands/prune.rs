//! `prune`: what is over, and gone from the pool, leaves the diary.

use crate::app::App;
use crate::commands::args::meeting;
use crate::diary::Entry;
use crate::error::{Error, Result};
use crate::operation::Context;
use crate::report::Report;
use crate::terminal::visible;
use crate::when;

/// Remove from the diary what is over and gone from the pool
///
/// A meeting goes when its last occurrence is over and the pool has its conference no more, with
/// everything that is known of it; one on your assigned conference, which stays, goes when it is over.
/// Where the diary is synced, it goes from the other calendars too.
/// What was made for somebody else, or is foreign, stays.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Only what was over that long ago: 90d, 12w, 1y
    #[arg(long, value_name = "SPAN")]
    older_than: Option<String>,
    /// Only say what would go
    #[arg(long)]
    dry_run: bool,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
}

const EXAMPLES: &str = "\
Examples:
  confctl prune
  confctl prune --older-than 90d --yes";

/// Runs the command.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let mut context = app.context()?;
    let before = args.before(&context)?;
    let (over, warnings) = context.diary.over(before)?;
    for sentence in warnings.sentences() {
        app.terminal.warn(&sentence);
    }
    let Over {
        gone,
        living,
        others,
    } = Over::of(over, &mut context)?;
    for entry in &gone {
        app.terminal
            .print(&visible(&format!("{}\n", describe(entry))))?;
    }
    if living > 0 {
        app.terminal.status(&format!(
            "The conference of {} is still there: what is over stays until the service forgets it.",
            meetings(living)
        ));
    }
    if others > 0 {
        app.terminal.status(&format!(
            "{} of another account, or made for somebody else, stay.",
            meetings(others)
        ));
    }
    if gone.is_empty() || args.dry_run {
        app.terminal.status(match gone.is_empty() {
            true => "Nothing is over and gone.",
            false => "Nothing was removed: this was a dry run.",
        });
        return Ok(());
    }
    if !args.yes && !confirm(gone.len(), app)? {
        return Err(Error::failed("nothing was removed, as you wished"));
    }
    let mut removed = 0;
    for entry in &gone {
        if context.remove_entry(entry, before)? {
            removed += 1;
        } else {
            app.terminal.warn(&format!(
                "'{}' stays: it was changed meanwhile, or is in two files.",
                entry.appointment.subject
            ));
        }
    }
    if removed > 0 {
        app.terminal
            .status(&format!("Removed {} from the diary.", meetings(removed)));
    }
    Ok(())
}

impl Args {
    fn before(&self, context: &Context<'_>) -> Result<jiff::Timestamp> {
        let Some(text) = &self.older_than else {
            return Ok(context.now);
        };
        let now = context.now.to_zoned(context.diary.zone().clone());
        when::ago(text, &now).map_err(|error| Error::usage(format!("--older-than: {error}")))
    }
}

/// Meetings that are over.
#[derive(Default)]
struct Over {
    /// Those whose conference is gone.
    gone: Vec<Entry>,
    /// How many have one that is not.
    living: usize,
    /// How many this account can't ask about.
    others: usize,
}

impl Over {
    /// The assigned conference outlives its meetings: those are gone when they are over.
    fn of(entries: Vec<Entry>, context: &mut Context<'_>) -> Result<Self> {
        let mut over = Self::default();
        let account = context.account.clone();
        for entry in entries {
            let conference = &entry.appointment.conference;
            let is_own = match &account {
                Some(account) => account.eq_ignore_ascii_case(&conference.owner),
                None => entry.appointment.practice,
            };
            if !is_own || entry.appointment.manager().is_some() {
                over.others += 1;
                continue;
            }
            let session = context.sessions.open(None)?;
            if conference.assigned || session.backend.look_up_one(&conference.id)?.is_none() {
                over.gone.push(entry);
            } else {
                over.living += 1;
            }
        }
        Ok(over)
    }
}

fn describe(entry: &Entry) -> String {
    let appointment = &entry.appointment;
    format!(
        "{}  {}  {}",
        when::display(&appointment.start),
        appointment.subject,
        meeting::name_of(appointment)
    )
}

/// Without a terminal the command line must say it.
fn confirm(count: usize, app: &App) -> Result<bool> {
    if !app.terminal.can_ask() {
        return Err(Error::usage("removing has to be confirmed").hint("add --yes"));
    }
    let question = format!("Remove {} from the diary, for good?", meetings(count));
    app.terminal.confirm(&question, false)
}

fn meetings(count: usize) -> String {
    match count {
        1 => "1 meeting".to_owned(),
        many => format!("{many} meetings"),
    }
}
