//! `schedule`: a conference on the pool, and its invitation.

mod form;
mod from_file;
mod repeat;
mod request;

use std::path::PathBuf;

use crate::app::App;
use crate::commands::args::conference::ConferenceArgs;
use crate::commands::args::key;
use crate::commands::args::output::OutputArgs;
use crate::commands::args::people::PeopleArgs;
use crate::commands::args::times::Times;
use crate::commands::args::wording::Worded;
use crate::commands::back_to_back;
use crate::commands::perform::{Requester, perform, remind_to_tell};
use crate::conference::{IdChoice, Kind, Plan, PlannedPasscode};
use crate::error::{Error, Result};
use crate::icalendar::Severity;
use crate::invitation::repetition;
use crate::lint;
use crate::operation::{Action, Context, Known, Outcome, Schedule};
use crate::report::Report;
use crate::terminal::{Terminal, visible};
use crate::when;

use repeat::Repeat;

/// Schedule a conference and print its invitation
///
/// Makes a conference on your pool and prints the invitation: a card with numbers, Conference ID
/// and passcode on a terminal, iCalendar into a pipe or a file.
///
/// Run it alone on a terminal and it asks, as Outlook's form would.
#[derive(clap::Args, Debug)]
#[command(after_help = SHORT_EXAMPLES, after_long_help = EXAMPLES)]
pub struct Args {
    /// Shared content, chat and audio, or audio only
    ///
    /// 'live-meeting' and 'online-meeting' ask a pool for the same: Office Communications Server makes
    /// a Live Meeting of it, Lync and Skype for Business an online meeting. On Teams every meeting is an
    /// online meeting, and there are no Live Meetings to ask for.
    #[arg(
        value_name = "live-meeting|online-meeting|conference-call",
        hide_possible_values = true
    )]
    kind: Option<Kind>,
    /// What it is about
    #[arg(short, long, value_name = "TEXT")]
    subject: Option<String>,
    #[command(flatten)]
    times: Times,
    /// Take a meeting that was made elsewhere, an .ics file, a mail or '-', and add a conference to it
    ///
    /// Everything in it stays as it is: UID, people, alarms, properties nobody knows. The call-in
    /// block goes below its description. The kind has to be named. What can be read in more than one
    /// way is said, and what nobody can read is refused; --zone says in which zone times are that have
    /// none, or one that nobody knows.
    #[arg(
        long,
        value_name = "FILE|-",
        conflicts_with_all = ["subject", "start", "duration", "end", "note", "repeat", "rrule"]
    )]
    from: Option<PathBuf>,
    /// Which meeting of the file, where there are several
    #[arg(long, value_name = "UID", requires = "from")]
    uid: Option<String>,
    /// Your own words above the call-in details; '-' reads them from stdin
    #[arg(long, value_name = "TEXT|-")]
    note: Option<String>,
    /// A name for this request: however often it runs, there is one conference
    #[arg(long, value_name = "KEY", value_parser = key)]
    key: Option<String>,
    #[command(flatten)]
    repeat: Repeat,
    #[command(flatten)]
    people: PeopleArgs,
    #[command(flatten)]
    conference: ConferenceArgs,
    /// Schedule for somebody whose delegate you are
    #[arg(long, value_name = "ADDRESS", help_heading = "People")]
    on_behalf_of: Option<String>,
    /// Ask the pool what is possible and print the plan, but make nothing
    #[arg(long, conflicts_with_all = ["format", "output"], help_heading = "Output")]
    dry_run: bool,
    #[command(flatten)]
    worded: Worded,
    #[command(flatten)]
    output: OutputArgs,
}

const SHORT_EXAMPLES: &str = "\
Examples:
  confctl schedule live-meeting -s \"Quarterly review\" -t \"tomorrow 10:00\" -i ana@example.com
  confctl schedule conference-call -s Standup -t \"monday 9:00\" -d 15m -o standup.ics";

const EXAMPLES: &str = "\
Examples:
  A Live Meeting, or an online meeting on Lync, tomorrow, an hour long, with two people:
    confctl schedule live-meeting -s \"Quarterly review\" -t \"tomorrow 10:00\" \\
        --invite ana@example.com --optional bo@example.com

  A conference call on your assigned Conference ID, as a file:
    confctl schedule conference-call -s Standup -t \"monday 9:00\" -d 15m -o standup.ics

  Straight into a mail program:
    confctl schedule live-meeting -s Demo -t +2h -i ana@example.com |
        mutt -e 'set content_type=\"text/calendar; method=REQUEST\"' -s Demo -- ana@example.com

  What the pool would make of it, without making it:
    confctl schedule live-meeting -s Demo -t +2h --access closed --dry-run

  The Conference ID for a script:
    confctl schedule conference-call -s Standup -t +5m -f json | jq -r .call_in.conference_id";

/// Runs the command.
pub fn run(mut args: Args, app: &App) -> Result<()> {
    let is_asked = args.ask_for_missing(app)?;
    let mut context = app.context()?;
    let schedule = args.schedule(context.stamp(), &context.diary, app)?;
    app.terminal
        .status(&format!("Understood: {}.", in_words(&schedule)));
    let requester = Requester {
        on_behalf_of: args.manager()?,
        key: args.key.clone(),
        ..Requester::default()
    };
    if args.dry_run {
        return dry_run(&schedule, &requester, &mut context, app);
    }
    // Which of its names a meeting has depends on a pool that has not been asked yet.
    let what = match schedule.request.kind.has_content() {
        true => "meeting",
        false => Kind::ConferenceCall.words(),
    };
    let question = format!("Schedule the {what} now?");
    if is_asked && !app.terminal.confirm(&question, true)? {
        return Err(Error::failed("nothing was scheduled, as you wished"));
    }
    if schedule.request.id == IdChoice::Assigned {
        back_to_back::warn(&schedule.times(), None, &context.diary, app)?;
    }
    check_invitation(&schedule, &requester, &mut context)?;
    context.judge = |text| judge(text).map(|fault| fault.what);
    let output = args.output.output(app)?;
    let action = Action::Schedule(Box::new(schedule));
    let known = Known::default();
    let outcome = perform(action, requester, output, known, &mut context, app)?;
    remind_to_tell(&outcome, &args.output, app);
    say_result(&outcome, "Scheduled.", &app.terminal);
    Ok(())
}

/// Refuses a meeting of somebody else's that calendars would not take as it is, before there is a conference
/// for it.
fn check_invitation(
    schedule: &Schedule,
    requester: &Requester,
    context: &mut Context<'_>,
) -> Result<()> {
    let Some(text) = context.draft(schedule, requester.on_behalf_of.as_ref())? else {
        return Ok(());
    };
    match judge(&text) {
        None => Ok(()),
        Some(Fault { what, fix }) => {
            let what = format!("calendars would not take this invitation: {what}");
            let fix = format!("{fix}; 'confctl lint FILE' tells what else is wrong with the file");
            Err(Error::usage(what).hint(fix))
        }
    }
}

/// Why calendars would not take an invitation.
struct Fault {
    what: String,
    fix: &'static str,
}

fn judge(text: &str) -> Option<Fault> {
    let findings = lint::lint(text.as_bytes(), Some(lint::Purpose::Mail));
    let mut errors = findings
        .iter()
        .filter(|f| f.rule.severity == Severity::Error);
    let first = errors.next()?;
    let more = match errors.count() {
        0 => String::new(),
        more => format!(" ({more} more like this)"),
    };
    Some(Fault {
        what: format!(
            "{} [{}]{more}",
            first.message.trim_end_matches('.'),
            first.rule.id
        ),
        fix: first.rule.fix.trim_end_matches('.'),
    })
}

/// The last line: what was done, or that it was done before.
pub fn say_result(outcome: &Outcome, done: &str, terminal: &Terminal) {
    if !outcome.is_repeated {
        return terminal.status(done);
    }
    let appointment = &outcome.appointment;
    terminal.status(&format!(
        "It exists already: '{}', {}. Nothing was made.",
        appointment.subject,
        when::display_range(&appointment.start, &appointment.end)
    ));
}

fn in_words(schedule: &Schedule) -> String {
    let (start, end) = (&schedule.start, &schedule.end);
    let Some(series) = &schedule.series else {
        return when::display_range(start, end);
    };
    let (first, first_end) = series.first(start, end);
    let once = when::display_range(&first, &first_end);
    format!("{once}, {}", repetition(series, start))
}

fn dry_run(
    schedule: &Schedule,
    requester: &Requester,
    context: &mut Context<'_>,
    app: &App,
) -> Result<()> {
    let session = context.sessions.open(requester.on_behalf_of.as_ref())?;
    let plan = session.plan(schedule.request.clone(), schedule.slot())??;
    let numbers = session.backend.get_offer()?.dial_in.ordered_numbers();
    let own_region = numbers.into_iter().next().map(|number| number.region);
    context.check_room(schedule, requester.on_behalf_of.as_ref())?;
    check_invitation(schedule, requester, context)?;
    for note in &plan.notes {
        app.terminal.warn(note);
    }
    let region = plan.region.clone().or(own_region);
    app.terminal
        .print(&visible(&describe(&plan, region.as_deref(), schedule)))
}

/// The plan in words, for a dry run; with the region whose numbers come first.
fn describe(plan: &Plan, region: Option<&str>, schedule: &Schedule) -> String {
    let id = match plan.id {
        IdChoice::Assigned => "your assigned conference",
        IdChoice::New => "a new conference",
    };
    let access = plan.access.words();
    let passcode = match plan.passcode {
        PlannedPasscode::None if plan.id == IdChoice::Assigned => "that of the assigned conference",
        PlannedPasscode::None => "none",
        PlannedPasscode::Random => "random digits",
        PlannedPasscode::Given(_) => "yours",
    };
    let dial_in = match (plan.dial_in, region) {
        (true, Some(region)) => region,
        (true, None) => "yes, with the numbers of the meeting",
        (false, _) => "no",
    };
    let mut text = format!(
        "Would schedule: {}\nSubject:        {}\nWhen:           {}\nConference:     {id}\nAccess:         {access}\nPasscode:       {passcode}\nDial-in:        {dial_in}\n",
        plan.kind.words(),
        plan.subject,
        in_words(schedule),
    );
    for attendee in &schedule.attendees {
        text.push_str(&format!("Invited:        {}\n", attendee.person));
    }
    text
}
