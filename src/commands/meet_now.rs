//! `meet-now`: a conference that begins this moment.

use jiff::{SignedDuration, Timestamp, Unit};

use crate::app::App;
use crate::commands::args::conference::ConferenceArgs;
use crate::commands::args::key;
use crate::commands::args::output::OutputArgs;
use crate::commands::args::people::PeopleArgs;
use crate::commands::args::subject::subject;
use crate::commands::args::wording::Worded;
use crate::commands::perform::{Requester, perform};
use crate::commands::schedule::say_result;
use crate::commands::settings;
use crate::conference::{Attendee, IdChoice, Kind, Request};
use crate::error::{Error, Result};
use crate::operation::{Action, Known, Schedule};
use crate::report::Report;

/// What a meeting without a plan is called.
const SUBJECT: &str = "Meet now";
/// How long it stands in the calendar.
const LENGTH: SignedDuration = SignedDuration::from_hours(1);
/// How long the pool keeps the conference, as it does with unscheduled ones by itself (UCWA, UCMA).
const KEPT: SignedDuration = SignedDuration::from_hours(8);

/// Start a conference this moment
///
/// Like Meet Now in the Live Meeting client: no plan, no invitation, but Conference ID and
/// passcode, and 'confctl invite' for those who come later.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Shared content, chat and audio, or audio only
    ///
    /// 'live-meeting' and 'online-meeting' ask a pool for the same, see 'confctl schedule'.
    #[arg(
        value_name = "live-meeting|online-meeting|conference-call",
        hide_possible_values = true
    )]
    kind: Kind,
    /// Join it at once, with the program or browser that opens its link
    #[arg(long)]
    open: bool,
    /// What it is about [default: Meet now]
    #[arg(short, long, value_name = "TEXT")]
    subject: Option<String>,
    /// A name for this request: however often it runs, there is one conference
    #[arg(long, value_name = "KEY", value_parser = key)]
    key: Option<String>,
    #[command(flatten)]
    people: PeopleArgs,
    #[command(flatten)]
    conference: ConferenceArgs,
    #[command(flatten)]
    worded: Worded,
    #[command(flatten)]
    output: OutputArgs,
}

const EXAMPLES: &str = "\
Examples:
  confctl meet-now live-meeting --open
  confctl meet-now conference-call -s \"Incident 4711\" -i ana@example.com -o incident.ics";

/// Runs the command.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let mut context = app.context()?;
    let schedule = args.schedule(context.stamp(), app)?;
    let output = args.output.output(app)?;
    let requester = Requester {
        key: args.key.clone(),
        ..Requester::default()
    };
    let action = Action::Schedule(Box::new(schedule));
    let known = Known::default();
    let outcome = perform(action, requester, output, known, &mut context, app)?;
    let ways_in = &outcome.appointment.conference.ways_in;
    let link = ways_in.web_link.as_deref().unwrap_or(&ways_in.client_link);
    if args.open {
        if outcome.appointment.practice {
            app.terminal
                .status("This is the practice pool: there is nobody behind the link.");
        }
        settings::open_in_browser(app, link)
            .map_err(|error| error.hint(format!("open it yourself: {link}")))?;
    }
    say_result(&outcome, "Started.", &app.terminal);
    Ok(())
}

impl Args {
    fn schedule(&self, stamp: Timestamp, app: &App) -> Result<Schedule> {
        let now = app.now(None)?;
        let start = now.round(Unit::Second).unwrap_or(now);
        let later = |length| {
            start
                .checked_add(length)
                .map_err(|_| Error::usage("the clock is at the end of time"))
        };
        let attendees = self.people.attendees()?;
        Ok(Schedule {
            request: Request {
                kind: self.kind,
                subject: subject(self.subject.as_deref().unwrap_or(SUBJECT))?,
                id: self.conference.id.unwrap_or(IdChoice::New),
                options: self.conference.options()?,
                participants: Attendee::participants(&attendees),
                presenters: Attendee::presenters(&attendees),
                expires: later(KEPT)?.timestamp(),
            },
            end: later(LENGTH)?,
            start,
            attendees,
            note: None,
            series: None,
            stamp,
            wording: self.worded.wording(app)?,
            is_language_asked: self.worded.is_language_asked(),
            appointment: None,
            is_meet_now: true,
        })
    }
}
