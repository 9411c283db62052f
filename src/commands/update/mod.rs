//! `update`: another time, other people, another conference for a meeting.

mod preview;

use std::collections::{HashMap, HashSet};

use crate::app::App;
use crate::calendar_object::Occurrence;
use crate::commands::args::conference::ConferenceArgs;
use crate::commands::args::output::OutputArgs;
use crate::commands::args::people::{self, PeopleArgs};
use crate::commands::args::subject::subject;
use crate::commands::args::times::{Range, Times};
use crate::commands::args::wording::Worded;
use crate::commands::args::{meeting, occurrence};
use crate::commands::back_to_back;
use crate::commands::perform::{Requester, occurrence_flag, perform, remind_to_tell};
use crate::conference::{Appointment, Attendee, IdChoice, Person, PolicyViolation, Series, Status};
use crate::diary::{Completes, Entry};
use crate::error::{Error, Kind, Result};
use crate::icalendar::Rule;
use crate::operation::{Action, Changes, Context, Known, Outcome};
use crate::report::{Report, address_word};
use crate::when;

/// Change a meeting: time, subject, people, conference
///
/// The conference on the pool is changed first, then the diary, then the update comes out for
/// those who are invited: the same UID, a higher SEQUENCE. What you or others wrote into the
/// diary's entry stays as it is, but for the call-in block between its fences.
///
/// What is not named stays as it is: '--start 15:00' keeps the day, '-t friday' the time of day, and
/// '--start +30m' moves the meeting by half an hour. 'friday' is the coming one; for a series, and for
/// one meeting of it, that of the meeting's own week, Monday to Sunday. On a terminal it shows what
/// changes for whom, and asks.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[arg(value_name = "CONF", help = meeting::HELP, add = meeting::completer(Completes::Own))]
    conf: String,
    /// New subject
    #[arg(short, long, value_name = "TEXT")]
    subject: Option<String>,
    #[command(flatten)]
    times: Times,
    /// One meeting of a series, by its day or its start; without it: all of them
    #[arg(
        long,
        value_name = "WHEN",
        conflicts_with = "conference",
        help_heading = "Series"
    )]
    occurrence: Option<String>,
    /// New rule of the series (RFC 5545), as FREQ=WEEKLY;BYDAY=MO
    #[arg(
        long,
        value_name = "RULE",
        conflicts_with = "occurrence",
        help_heading = "Series"
    )]
    rrule: Option<String>,
    /// Add a new call-in block where the fences of the old one are damaged
    #[arg(long)]
    new_block: bool,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    people: PeopleArgs,
    /// People who need not come any more
    #[arg(long, value_name = "ADDRESS", num_args = 1.., help_heading = "People")]
    remove: Vec<String>,
    #[command(flatten)]
    conference: ConferenceArgs,
    #[command(flatten)]
    worded: Worded,
    #[command(flatten)]
    output: OutputArgs,
}

/// Occurrences of a series that are looked at for neighbours.
const MOST_TIMES: usize = 260;

const EXAMPLES: &str = "\
Examples:
  confctl update 10023 --start \"friday 14:00\"
  confctl update \"quarterly review\" --invite bo@example.com --remove cy@example.com
  confctl update standup --occurrence 2026-12-07 --start \"2026-12-08 9:00\"
  confctl update 10023 --passcode auto -o update.ics";

/// Runs the command.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let mut context = app.context()?;
    let entry = meeting::require(&args.conf, &context.diary, app)?;
    let changes = args.changes(&entry, &context, app)?;
    warn_of_back_to_back(&changes, &entry, &context, app)?;
    let output = args.output.output(app)?;
    let moves = preview::times(&changes, &entry)?;
    let action = Action::Update(Box::new(changes.clone()));
    if app.terminal.can_ask() && !args.yes {
        let preview = preview::lines(&action, &changes, &entry, output.mail.is_some())?;
        preview.iter().for_each(|line| app.terminal.status(line));
        if !app.terminal.confirm("Change it?", false)? {
            return Err(Error::failed("nothing was changed, as you wished"));
        }
    } else if let Some((from, to)) = moves {
        app.terminal.status(&format!("Moving from {from} to {to}."));
    }
    let requester = Requester::of(&entry.appointment);
    let known = Known::of(entry);
    let outcome = perform(action, requester, output, known, &mut context, app)?;
    remind_to_tell(&outcome, &args.output, app);
    if !args.output.mail.sends() {
        remind_of_removed(&outcome, app);
    }
    app.terminal.status(&format!(
        "Updated: {}.",
        preview::time(&outcome.appointment)
    ));
    Ok(())
}

/// Whoever is not mailed still has the meeting.
fn remind_of_removed(outcome: &Outcome, app: &App) {
    let name = meeting::name_of(&outcome.appointment);
    let occurrence = occurrence_flag(outcome);
    for person in &outcome.removed {
        let address = address_word(&person.address);
        let flags = format!("{occurrence} --cancel-for {address}");
        let invite = meeting::command("invite", name, &flags);
        app.terminal.status(&format!(
            "{person} still has the meeting: '{invite}' prints what takes it out."
        ));
    }
}

/// Where the meeting comes to be on the assigned conference, or gets other times there.
fn warn_of_back_to_back(
    changes: &Changes,
    entry: &Entry,
    context: &Context<'_>,
    app: &App,
) -> Result<()> {
    let switched = changes.id == Some(IdChoice::Assigned) && !changes.former_is_assigned;
    let stays = changes.id.is_none() && changes.former_is_assigned;
    let times = match &changes.times {
        Some((start, end)) if switched || stays => vec![(start.timestamp(), end.timestamp())],
        None if switched => {
            let start = &entry.appointment.start;
            let coming = entry
                .object
                .occurrences(start.time_zone(), context.now, MOST_TIMES);
            let times = |at: &Occurrence| (at.start.timestamp(), at.end.timestamp());
            coming.iter().map(times).collect()
        }
        _ => return Ok(()),
    };
    back_to_back::warn(&times, Some(&changes.uid), &context.diary, app)
}

impl Args {
    fn changes(&self, entry: &Entry, context: &Context<'_>, app: &App) -> Result<Changes> {
        let appointment = &entry.appointment;
        if appointment.status == Status::Cancelled {
            let what = format!("'{}' was cancelled", appointment.subject);
            let line = meeting::command("undo", meeting::name_of(appointment), "");
            return Err(Error::new(Kind::NotFound, what)
                .hint(format!("'{line}' takes the cancellation back")));
        }
        let occurrence = self.occurrence.as_deref();
        let occurrence = occurrence
            .map(|text| occurrence::find(text, entry, app))
            .transpose()?;
        let before = match &occurrence {
            Some(occurrence) => (occurrence.start.clone(), occurrence.end.clone()),
            None => (appointment.start.clone(), appointment.end.clone()),
        };
        let is_of_series = appointment.series.is_some();
        let times = self.times.change(&before, is_of_series, app)?;
        let (times, series) = match &occurrence {
            Some(_) => (times, None),
            None => self.align(times, appointment, app)?,
        };
        // What is the same already is no change.
        let times = times.filter(|times| *times != before);
        let now = match &occurrence {
            Some(occurrence) => entry
                .object
                .occurrence(&occurrence.original)?
                .unwrap_or_else(|| appointment.clone()),
            None => appointment.clone(),
        };
        let is_moved = times.is_some();
        let changes = Changes {
            times,
            series,
            occurrence: occurrence.map(|occurrence| occurrence.original),
            subject: self.subject.as_deref().map(subject).transpose()?,
            invited: self.invitations(&now)?,
            removed: self.removals(&now)?,
            id: self.conference.id,
            options: self.conference.options()?,
            wording: self.worded.change(appointment.wording),
            new_block: self.new_block,
            ..Changes::of(appointment, context.stamp())
        };
        self.check_assigned(&changes)?;
        let is_timed = self.times.start.is_some() || self.times.duration.is_some();
        if changes.is_nothing() && !is_moved && !is_timed && self.times.end.is_none() {
            return Err(Error::usage("nothing to change was named")
                .hint("for example: confctl update CONF --start \"friday 14:00\""));
        }
        changes.check_news(&now)?;
        Ok(changes)
    }

    fn invitations(&self, appointment: &Appointment) -> Result<Vec<Attendee>> {
        let named = self.people.attendees()?;
        // Who presents from now on comes as before otherwise.
        let invited = people::list(&self.people.invite)?;
        let invited: HashSet<String> = invited.iter().map(Person::key).collect();
        let before = appointment.attendees.iter().map(|a| (a.person.key(), a));
        let before: HashMap<String, &Attendee> = before.collect();
        let invitation = |new: Attendee| {
            let key = new.person.key();
            let only_presents = new.presenter && !invited.contains(&key);
            match before.get(&key) {
                Some(before) => Attendee {
                    person: before.person.clone(),
                    attendance: match only_presents {
                        true => before.attendance,
                        false => new.attendance,
                    },
                    presenter: new.presenter || before.presenter,
                },
                None => new,
            }
        };
        Ok(named.into_iter().map(invitation).collect())
    }

    fn removals(&self, appointment: &Appointment) -> Result<Vec<Person>> {
        let mut removed = Vec::new();
        for person in people::list(&self.remove)? {
            let mut attendees = appointment.attendees.iter();
            match attendees.find(|attendee| attendee.person.is(&person)) {
                Some(attendee) => removed.push(attendee.person.clone()),
                None => {
                    return Err(Error::usage(format!(
                        "--remove {person}: nobody of that address is invited"
                    )));
                }
            }
        }
        Ok(removed)
    }

    /// A series begins on a day that its rule gives.
    fn align(
        &self,
        times: Option<Range>,
        appointment: &Appointment,
        app: &App,
    ) -> Result<(Option<Range>, Option<Series>)> {
        let (start, end) = match &times {
            Some((start, end)) => (start, end),
            None => (&appointment.start, &appointment.end),
        };
        let new = self.rrule.as_deref().map(|rule| Series::parse(rule, start));
        let new = new
            .transpose()
            .map_err(|error| Error::usage(format!("--rrule: {error}")))?;
        let kept = appointment.series.as_ref();
        let moved = kept.map(|series| series.shift(&appointment.start, start));
        let rule = new.as_ref().or(moved.as_ref());
        let first = rule
            .and_then(|series| series.rule.parse::<Rule>().ok())
            .and_then(|rule| rule.first(start));
        match first {
            Some(first) if first.timestamp() != start.timestamp() => {
                app.terminal.warn(&format!(
                    "The first day of the series is {}.",
                    when::display(&first)
                ));
                let end = first.checked_add(start.duration_until(end));
                let end = end.map_err(|_| Error::usage("the meeting is too far away"))?;
                Ok((Some((first, end)), new))
            }
            _ => Ok((times, new)),
        }
    }

    /// The assigned conference is for all calls, so one of them can't change it.
    fn check_assigned(&self, changes: &Changes) -> Result<()> {
        let assigned = match changes.id {
            Some(id) => id == IdChoice::Assigned,
            None => changes.former_is_assigned,
        };
        let options = &changes.options;
        let asked = [
            (options.passcode.is_some(), "passcode"),
            (options.access.is_some(), "access level"),
            (options.promotion.is_some(), "presenters"),
            (options.lobby_bypass.is_some(), "lobby"),
        ];
        match asked.into_iter().find(|(asked, _)| *asked) {
            Some((_, what)) if assigned => Err(PolicyViolation::AssignedKeeps(what).into()),
            _ => Ok(()),
        }
    }
}
