//! `cancel`: no meeting any more, or one occurrence less.

use crate::app::App;
use crate::commands::carry_out::{Circumstances, carry_out, stamp};
use crate::commands::hand_over::HandOver;
use crate::commands::{conf, occurrence};
use crate::conference::{Appointment, MeetingId, Status};
use crate::diary::Entry;
use crate::error::{Error, Kind, Result};
use crate::report::Report;
use crate::undertaking::{Cancellation, Deed};
use crate::when;

/// Cancel a meeting, or one of a series
///
/// The conference goes from the pool, and the cancellation for those who are invited comes out
/// (METHOD:CANCEL). Your assigned conference stays. On a terminal it asks first.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[arg(value_name = "CONF", help = conf::HELP, add = conf::completer())]
    conf: String,
    /// One meeting of a series, by its day or its start; without it: all of them
    #[arg(long, value_name = "WHEN")]
    occurrence: Option<String>,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    hand_over: HandOver,
}

const EXAMPLES: &str = "\
Examples:
  confctl cancel 10023
  confctl cancel standup --occurrence 2026-12-24
  confctl cancel \"quarterly review\" --yes |
      mutt -e 'set content_type=\"text/calendar; method=CANCEL\"' -s Cancelled -- ana@example.com";

/// Runs the command.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let diary = app.diary()?;
    let Some(entry) = conf::look_up(&args.conf, &diary, app)? else {
        return on_the_pool_alone(args, app);
    };
    let appointment = &entry.appointment;
    if appointment.status == Status::Cancelled {
        return Err(Error::new(
            Kind::NotFound,
            format!("'{}' was cancelled already", appointment.subject),
        )
        .hint(format!(
            "its cancellation once more: confctl invite {}",
            conf::name_of(appointment)
        )));
    }
    let cancellation = args.cancellation(&entry, app)?;
    if !args.yes && !confirmed(appointment, &cancellation, app)? {
        return Err(Error::failed("nothing was cancelled, as you wished"));
    }
    let destination = args.hand_over.prepare(app)?;
    let outcome = carry_out(
        Deed::Cancel(cancellation),
        Circumstances::of(appointment),
        destination,
        app,
    )?;
    app.terminal.status("Cancelled.");
    conf::remind_to_tell(&outcome, &args.hand_over, app);
    Ok(())
}

impl Args {
    fn cancellation(&self, entry: &Entry, app: &App) -> Result<Cancellation> {
        let occurrence = self.occurrence.as_deref();
        let occurrence = occurrence
            .map(|text| occurrence::of(text, entry, app))
            .transpose()?;
        Ok(Cancellation {
            uid: entry.appointment.uid.clone(),
            called: entry.appointment.subject.clone(),
            sequence: entry.appointment.sequence.saturating_add(1),
            stamp: stamp(app)?,
            occurrence: occurrence.map(|occurrence| occurrence.original),
        })
    }
}

/// Asks, and says who will be told. Without a terminal the command line must say it.
fn confirmed(appointment: &Appointment, cancellation: &Cancellation, app: &App) -> Result<bool> {
    let start = when::display(&appointment.start);
    let when = match (&cancellation.occurrence, &appointment.series) {
        (Some(original), _) => format!("only the one of {}", when::display(original)),
        (None, Some(series)) => {
            format!(
                "all of the series, {} from {start}",
                series.words(&appointment.start)
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
    confirm(&format!("Cancel '{subject}', {when}? ({told})"), app)
}

fn confirm(question: &str, app: &App) -> Result<bool> {
    if !app.terminal.can_ask() {
        return Err(Error::usage("cancelling has to be confirmed").hint("add --yes"));
    }
    app.terminal.confirm(question, false)
}

/// A conference that no diary knows: there is nobody to be told.
fn on_the_pool_alone(args: &Args, app: &App) -> Result<()> {
    let unknown = || conf::unknown(&args.conf);
    let id = MeetingId::parse(args.conf.trim()).map_err(|_| unknown())?;
    if args.occurrence.is_some() {
        return Err(unknown());
    }
    let mut session = app.sign_in(false)?;
    let mut listed = session.pool.list()?.into_iter();
    let listed = listed.find(|listed| listed.id == id).ok_or_else(unknown)?;
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
    session.pool.cancel(&id)?;
    app.terminal
        .status("Deleted from the pool. There is no invitation to be withdrawn.");
    Ok(())
}
