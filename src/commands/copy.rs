//! `copy`: a meeting like one that there is, at another time.

use jiff::Timestamp;

use crate::app::App;
use crate::commands::args::output::OutputArgs;
use crate::commands::args::subject::subject;
use crate::commands::args::times::Times;
use crate::commands::args::{key, meeting};
use crate::commands::perform::{Requester, perform, remind_to_tell};
use crate::commands::schedule::say_result;
use crate::conference::{
    Appointment, Attendance, Attendee, ConferenceOptions, IdChoice, Person, Request, Status,
    account_address,
};
use crate::diary::Completes;
use crate::error::{Error, Result};
use crate::operation::{Action, Known, Schedule, expiry};
use crate::report::Report;
use crate::settings::AccountKind;
use crate::when;

/// Schedule a meeting like another one, at another time
///
/// The same people, subject, length and options, with a conference of its own. What is not said of
/// the time stays as it is: '-t friday' keeps the hour, '-t 15:00' the day, '-t +7d' is a week later.
/// Of a series one meeting is copied.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[arg(value_name = "CONF", help = meeting::HELP, add = meeting::completer(Completes::Own))]
    conf: String,
    /// Another subject
    #[arg(short, long, value_name = "TEXT")]
    subject: Option<String>,
    #[command(flatten)]
    times: Times,
    /// A name for this request: however often it runs, there is one conference
    #[arg(long, value_name = "KEY", value_parser = key)]
    key: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

const EXAMPLES: &str = "\
Examples:
  confctl copy 10023 -t friday
  confctl copy \"quarterly review\" -t \"2027-03-02 10:00\" -s \"Next quarterly review\" --send";

/// Runs the command.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let mut context = app.context()?;
    let key = args.key.as_deref();
    let original = meeting::look_up(&args.conf, key, &context.diary, app)?;
    let original = original.ok_or_else(|| meeting::unknown_error(&args.conf))?;
    let mut original = original.appointment;
    let account = context.account.as_ref();
    let account = account.filter(|_| original.manager().is_none());
    let user = account.unwrap_or(&original.conference.owner).clone();
    invite_organizer(&mut original, account_address(&user), app);
    let schedule = args.schedule(&original, context.stamp(), app)?;
    if original.status == Status::Cancelled {
        app.terminal
            .warn("It was cancelled: this is a copy of it, which takes place.");
    }
    if original.series.is_some() {
        app.terminal
            .warn("It comes again: this is a copy of one meeting, which does not.");
    }
    app.terminal.status(&format!(
        "Understood: {}.",
        when::display_range(&schedule.start, &schedule.end)
    ));
    let requester = Requester {
        key: args.key.clone(),
        ..Requester::of(&original)
    };
    let output = args.output.output(app)?;
    let (action, known) = (Action::Schedule(Box::new(schedule)), Known::default());
    let outcome = perform(action, requester, output, known, &mut context, app)?;
    remind_to_tell(&outcome, &args.output, app);
    say_result(&outcome, "Scheduled.", &app.terminal);
    Ok(())
}

impl Args {
    fn schedule(&self, original: &Appointment, stamp: Timestamp, app: &App) -> Result<Schedule> {
        let before = (original.start.clone(), original.end.clone());
        let times = self.times.start.as_ref().map(|_| &before);
        let times = times.map(|before| self.times.change(before, false, app));
        let (start, end) = times.transpose()?.flatten().ok_or_else(|| {
            Error::usage("missing: --start").hint("for example: confctl copy CONF -t friday")
        })?;
        let subject = self.subject.as_deref().map(subject).transpose()?;
        Ok(Schedule {
            request: Request {
                kind: original.conference.kind,
                subject: subject.unwrap_or_else(|| original.subject.clone()),
                id: IdChoice::New,
                options: options(original, app.account_kind()?),
                participants: Attendee::participants(&original.attendees),
                presenters: Attendee::presenters(&original.attendees),
                expires: expiry(&start, &end, None, stamp),
            },
            start,
            end,
            attendees: original.attendees.clone(),
            note: original.note.clone(),
            series: None,
            is_language_asked: false,
            stamp,
            wording: original.wording,
            appointment: None,
            is_meet_now: false,
        })
    }
}

/// Whoever else invites to the original is a guest of the copy.
fn invite_organizer(original: &mut Appointment, user: &str, app: &App) {
    let is_other = |person: &Person| !person.address.eq_ignore_ascii_case(user);
    original.attendees.retain(|guest| is_other(&guest.person));
    let person = original.organizer.clone();
    if !is_other(&person) {
        return;
    }
    let note = match original.note {
        Some(_) => " and their description as your note",
        None => "",
    };
    app.terminal.warn(&format!(
        "{person} invites to the original, you to the copy, with them as a guest{note}."
    ));
    let (attendance, presenter) = (Attendance::Required, false);
    original.attendees.push(Attendee {
        person,
        attendance,
        presenter,
    });
}

/// Who gets in as before, but for the passcode. An assigned conference has settings of its own.
fn options(original: &Appointment, kind: AccountKind) -> ConferenceOptions {
    let conference = &original.conference;
    let has_regions = kind == AccountKind::Pool;
    // What Teams has in their place says what a call costs.
    let had_regions = !conference.owner.starts_with("teams:");
    let dial_in = conference.ways_in.dial_in.as_ref();
    let region = dial_in.and_then(|dial_in| dial_in.numbers.first());
    let region = region.map(|number| number.region.clone());
    let like_it = ConferenceOptions {
        dial_in: Some(dial_in.is_some()).filter(|_| has_regions),
        region: region.filter(|_| has_regions && had_regions),
        ..ConferenceOptions::default()
    };
    if conference.assigned {
        return like_it;
    }
    ConferenceOptions {
        access: Some(conference.access),
        promotion: conference.promotion,
        lobby_bypass: conference.lobby_bypass,
        ..like_it
    }
}
