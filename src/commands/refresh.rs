//! `refresh`: invitations that say what the pool says no more, and new ones for those who have them.

mod compare;
mod show;

use self::compare::{Meeting, State};
use crate::app::App;
use crate::commands::args::mail::MailArgs;
use crate::commands::args::meeting;
use crate::commands::perform::say_deliveries;
use crate::diary::Completes;
use crate::error::{Error, Kind, Result};
use crate::invitation::Format;
use crate::operation::{Action, Context, Known, Output, Refresh, practice_is_not_mailed};
use crate::report::Report;

/// Find invitations that went stale, and renew them
///
/// Compares the numbers, Conference IDs, passcodes, links and the settings page of your meetings
/// to come with what the pool has now. When confirmed, the diary gets what is new, between the
/// fences of the call-in block only, and so does your calendar if the meeting is there; with --send
/// those who were mailed before are mailed a new version. What is not stale is not touched.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Only these meetings [default: all of yours that are still to come]
    #[arg(value_name = "CONF", add = meeting::completer(Completes::Own))]
    conf: Vec<String>,
    /// Change nothing and never ask; exit code 1 if anything is stale, for scripts
    #[arg(long, conflicts_with = "yes")]
    check: bool,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
    /// Add a new call-in block where the fences of the old one are damaged
    #[arg(long)]
    new_block: bool,
    /// For programs: a JSON array
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    mail: MailArgs,
}

const EXAMPLES: &str = "\
Examples:
  confctl refresh
  confctl refresh --send
  confctl refresh standup --yes --send=smtp://localhost:25
  confctl refresh --json | jq -r '.[] | select(.state == \"gone\") | .subject'
  confctl --quiet refresh --check";

/// Runs the command.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let mut context = app.context()?;
    let output = args.mail.output(Format::Ics, app)?;
    let chosen = args.choose(&context, app)?;
    let all = chosen.len();
    let mut meetings = args.compare(chosen, &mut context)?;
    meetings.retain(|meeting| meeting.state != State::Current);
    meetings.sort_by_key(|meeting| meeting.at.start.timestamp());
    if meetings.is_empty() && !args.check {
        app.terminal.status(match all {
            0 => "No meetings of yours to come.",
            _ => "Nothing is stale.",
        });
    }
    if !args.json {
        show::table(&meetings, app)?;
    }
    let done = args.settle(&mut meetings, &output, &mut context, app);
    if args.json {
        show::json(&meetings, app)?;
    }
    done
}

impl Args {
    /// Refreshes what is to be, once that is confirmed.
    fn settle(
        &self,
        meetings: &mut [Meeting],
        output: &Output,
        context: &mut Context<'_>,
        app: &App,
    ) -> Result<()> {
        if self.check {
            return match meetings.len() {
                0 => Ok(()),
                stale => Err(Error::failed(format!(
                    "{} not as the conference is now",
                    show::count_with_verb(stale)
                ))
                .hint("'confctl refresh' tells more and asks what to do")),
            };
        }
        let mut due: Vec<&mut Meeting> = meetings.iter_mut().filter(|m| m.is_due()).collect();
        let is_practice = due.iter().any(|m| m.entry.appointment.practice);
        let mail = output.mail.as_ref();
        if is_practice && mail.is_some_and(|options| !options.may_practise()) {
            return Err(practice_is_not_mailed());
        }
        match due.is_empty() || !self.confirm(&due, output, context, app)? {
            true => Ok(()),
            false => self.refresh(&mut due, output, context, app),
        }
    }

    fn confirm(
        &self,
        due: &[&mut Meeting],
        output: &Output,
        context: &Context<'_>,
        app: &App,
    ) -> Result<bool> {
        if self.yes {
            return Ok(true);
        }
        if self.json || !app.terminal.shows_people() || !app.terminal.can_ask() {
            app.terminal
                .status("Nothing was changed: --yes does it without asking.");
            return Ok(false);
        }
        let people = due.iter().map(|meeting| meeting.count_mails(context.now));
        let question = show::question(due.len(), people.sum(), output.mail.is_some());
        match app.terminal.confirm(&question, false)? {
            true => Ok(true),
            false => Err(Error::failed("nothing was changed, as you wished")),
        }
    }

    /// Each gets its turn, unless the next one could not go better.
    fn refresh(
        &self,
        due: &mut [&mut Meeting],
        output: &Output,
        context: &mut Context<'_>,
        app: &App,
    ) -> Result<()> {
        let all = due.len();
        let (mut failed, mut first) = (0, None);
        for meeting in due {
            let done = self.refresh_one(meeting, output, context, app);
            let Err(error) = done else {
                continue;
            };
            let subject = &meeting.entry.appointment.subject;
            app.terminal.warn(&format!("'{subject}': {error}"));
            meeting.state = State::Failed;
            meeting.error = Some(error.to_string());
            failed += 1;
            let kind = error.kind;
            first.get_or_insert(error);
            if matches!(
                kind,
                Kind::Interrupted | Kind::Unreachable | Kind::NotSignedIn
            ) {
                break;
            }
        }
        match first {
            None => Ok(()),
            Some(error) => Err(Error::new(
                error.kind,
                format!("{failed} of {} not refreshed", show::meetings(all)),
            )
            .with_hints_of(&error)),
        }
    }

    fn refresh_one(
        &self,
        meeting: &mut Meeting,
        output: &Output,
        context: &mut Context<'_>,
        app: &App,
    ) -> Result<()> {
        let appointment = &meeting.entry.appointment;
        let action = Action::Refresh(Refresh {
            uid: appointment.uid.clone(),
            subject: appointment.subject.clone(),
            stamp: context.stamp(),
            new_block: self.new_block,
        });
        let manager = appointment.manager().cloned();
        // What was left is finished as it was begun; what changed since is another one.
        let times = 1 + usize::from(meeting.is_left && meeting.state == State::Stale);
        for _ in 0..times {
            let operation =
                context.new_operation(action.clone(), manager.clone(), None, output.clone());
            let known = Known {
                entry: Some(meeting.entry.clone()),
                conference: meeting.there.clone(),
            };
            let done = context.perform(operation, known)?;
            say_deliveries(&done.outcome.deliveries, &app.terminal);
            meeting.entry = done.outcome.entry.clone();
            meeting.sequence = meeting.entry.appointment.sequence;
            done.close(Ok(()))?;
        }
        meeting.state = State::Refreshed;
        show::say_refreshed(meeting, context.now, app);
        Ok(())
    }
}
