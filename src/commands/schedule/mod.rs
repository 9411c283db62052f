//! `schedule`: a conference on the pool, and its invitation.

mod form;
mod wish;

use crate::app::App;
use crate::commands::hand_over::HandOver;
use crate::conference::{Access, IdChoice, Kind, Plan, PlannedPasscode, Unsettled};
use crate::error::{self, Error, Result};
use crate::signals;
use crate::terminal::visible;
use crate::when;

use wish::Wish;

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
    #[arg(
        value_name = "live-meeting|conference-call",
        hide_possible_values = true
    )]
    kind: Option<Kind>,
    /// What it is about
    #[arg(short, long, value_name = "TEXT")]
    subject: Option<String>,
    /// When it starts: "tomorrow 10:00", "friday 9:00", "2026-03-02 10:00", +2h, RFC 3339
    #[arg(short = 't', long, value_name = "WHEN", allow_hyphen_values = true)]
    start: Option<String>,
    /// How long it lasts: 30m, 1h30m, 90 minutes [default: 1h]
    #[arg(
        short,
        long,
        value_name = "SPAN",
        conflicts_with = "end",
        allow_hyphen_values = true
    )]
    duration: Option<String>,
    /// When it ends, instead of --duration
    #[arg(long, value_name = "WHEN")]
    end: Option<String>,
    /// Time zone of --start and --end, as Europe/Prague [default: this computer's]
    #[arg(long, value_name = "TZ")]
    zone: Option<String>,
    /// People who are needed: ana@example.com, "Ana Exemplar <ana@example.com>"
    #[arg(short, long, value_name = "ADDRESS", num_args = 1.., help_heading = "People")]
    invite: Vec<String>,
    /// People who may come
    #[arg(long, value_name = "ADDRESS", num_args = 1.., help_heading = "People")]
    optional: Vec<String>,
    /// People who may present; invited if they are not yet
    #[arg(long, value_name = "ADDRESS", num_args = 1.., help_heading = "People")]
    presenter: Vec<String>,
    /// Your own words above the call-in details; '-' reads them from stdin
    #[arg(long, value_name = "TEXT|-")]
    note: Option<String>,
    /// assigned: the Conference ID that is always yours; new: one for this meeting alone
    ///
    /// A conference call uses the assigned one unless told otherwise, a Live Meeting always gets a
    /// new one.
    #[arg(
        long,
        value_name = "assigned|new",
        hide_possible_values = true,
        help_heading = "Conference"
    )]
    id: Option<IdChoice>,
    /// open: everybody in the organisation; closed: the invited; anonymous: everybody with the details
    ///
    /// Phone callers need 'anonymous' on Office Communications Server, which is why dial-in brings it.
    #[arg(
        long,
        value_name = "open|closed|anonymous",
        hide_possible_values = true,
        help_heading = "Conference"
    )]
    access: Option<Access>,
    /// auto: random digits where they are needed; none; or digits of your own
    #[arg(
        long,
        value_name = "auto|none|DIGITS",
        default_value = "auto",
        hide_default_value = true,
        help_heading = "Conference"
    )]
    passcode: String,
    /// Nobody may join by phone
    #[arg(long, help_heading = "Conference")]
    no_dial_in: bool,
    /// Dial-in region whose numbers come first [default: yours]
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with = "no_dial_in",
        help_heading = "Conference"
    )]
    region: Option<String>,
    /// Ask the pool what is possible and print the plan, but make nothing
    #[arg(long, conflicts_with_all = ["format", "output"], help_heading = "Output")]
    dry_run: bool,
    #[command(flatten)]
    hand_over: HandOver,
}

const SHORT_EXAMPLES: &str = "\
Examples:
  confctl schedule live-meeting -s \"Quarterly review\" -t \"tomorrow 10:00\" -i ana@example.com
  confctl schedule conference-call -s Standup -t \"monday 9:00\" -d 15m -o standup.ics";

const EXAMPLES: &str = "\
Examples:
  A Live Meeting tomorrow, an hour long, with two people:
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
    let asked = args.ask_for_missing(app)?;
    let wish = args.wish(app)?;
    app.terminal.say(&format!(
        "Understood: {}.",
        when::echo_range(&wish.start, &wish.end)
    ));
    if asked
        && !app
            .terminal
            .confirm(&format!("Schedule the {} now?", wish.request.kind.words()))?
    {
        return Err(Error::failed("nothing was scheduled, as you wished"));
    }
    let destination = args.hand_over.prepare(app)?;
    if !asked {
        signals::install()?;
    }
    let mut session = app.sign_in(false)?;
    let offer = session.pool.offer()?;
    if offer.practice && session.practice.is_none() {
        app.terminal
            .say("This is a practice pool. Its numbers are fictional, nobody can call them.");
    }
    let plan = wish.request.clone().settle(&offer).map_err(unsettled)?;
    for note in &plan.notes {
        app.terminal.warn(note);
    }
    if args.dry_run {
        return app.terminal.print(&visible(&described(&plan, &wish)));
    }
    let mut conference = session.pool.schedule(&plan)?;
    if plan.dial_in && conference.call_in.dial_in.is_none() {
        app.terminal
            .warn("The pool gave no Conference ID for callers: nobody can join by phone.");
    }
    if let (Some(page), Some(dial_in)) = (&session.settings_page, &mut conference.call_in.dial_in) {
        dial_in.settings_page = Some(page.clone());
    }
    let organizer = session.organizer(&offer);
    let appointment = wish.appointment(conference, organizer, offer)?;
    destination.deliver(&appointment, app)?;
    signals::last_words(None);
    app.terminal.say("Scheduled.");
    Ok(())
}

fn unsettled(why: Unsettled) -> Error {
    let kind = if why.is_usage() {
        error::Kind::Usage
    } else {
        error::Kind::Refused
    };
    Error::new(kind, why.to_string()).hint(why.hint())
}

/// The plan in words, for a dry run.
fn described(plan: &Plan, wish: &Wish) -> String {
    let id = match plan.id {
        IdChoice::Assigned => "your assigned conference",
        IdChoice::New => "a new conference",
    };
    let access = match plan.access {
        Access::Open => "everybody in the organisation",
        Access::Closed => "only those invited",
        Access::Anonymous => "everybody with the details",
    };
    let passcode = match plan.passcode {
        PlannedPasscode::None if plan.id == IdChoice::Assigned => "that of the assigned conference",
        PlannedPasscode::None => "none",
        PlannedPasscode::Random => "random digits",
        PlannedPasscode::Given(_) => "yours",
    };
    let dial_in = plan
        .numbers
        .first()
        .map_or("no", |number| number.region.as_str());
    let mut text = format!(
        "Would schedule: {}\nSubject:        {}\nWhen:           {}\nConference:     {id}\nAccess:         {access}\nPasscode:       {passcode}\nDial-in:        {dial_in}\n",
        plan.kind.words(),
        plan.subject,
        when::echo_range(&wish.start, &wish.end),
    );
    for attendee in &wish.attendees {
        text.push_str(&format!("Invited:        {}\n", attendee.person));
    }
    text
}
