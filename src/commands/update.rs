//! `update`: another time, other people, another conference for a meeting.

use jiff::Zoned;

use crate::app::App;
use crate::calendar_object::Occurrence;
use crate::commands::carry_out::{Circumstances, carry_out, stamp};
use crate::commands::hand_over::HandOver;
use crate::commands::subject::subject;
use crate::commands::times::Times;
use crate::commands::wording::Worded;
use crate::commands::{conf, neighbours, occurrence, passcode, people, yes_or_no};
use crate::conference::{
    Access, Appointment, Attendee, IdChoice, Person, PolicyViolation, Promotion, Rule, Series,
    Status,
};
use crate::diary::Entry;
use crate::error::{Error, Kind, Result};
use crate::report::Report;
use crate::undertaking::{Change, Deed, unsettled};
use crate::when;

/// Change a meeting: time, subject, people, conference
///
/// The conference on the pool is changed first, then the diary, then the update comes out for
/// those who are invited: the same UID, a higher SEQUENCE. What you or others wrote into the
/// diary's entry stays as it is, but for the call-in block between its fences.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[arg(value_name = "CONF", help = conf::HELP, add = conf::completer())]
    conf: String,
    /// New subject
    #[arg(short, long, value_name = "TEXT")]
    subject: Option<String>,
    #[command(flatten)]
    times: Times,
    /// One meeting of a series, by its day or its start; without it: all of them
    #[arg(long, value_name = "WHEN", help_heading = "Series")]
    occurrence: Option<String>,
    /// New rule of the series (RFC 5545), as FREQ=WEEKLY;BYDAY=MO
    #[arg(
        long,
        value_name = "RULE",
        conflicts_with = "occurrence",
        help_heading = "Series"
    )]
    rrule: Option<String>,
    /// Invite more people who are needed
    #[arg(short, long, value_name = "ADDRESS", num_args = 1.., help_heading = "People")]
    invite: Vec<String>,
    /// Invite more people who may come
    #[arg(long, value_name = "ADDRESS", num_args = 1.., help_heading = "People")]
    optional: Vec<String>,
    /// People who may present; invited if they are not yet
    #[arg(long, value_name = "ADDRESS", num_args = 1.., help_heading = "People")]
    presenter: Vec<String>,
    /// Rooms and resources to be booked
    #[arg(long, value_name = "ADDRESS", num_args = 1.., help_heading = "People")]
    room: Vec<String>,
    /// People who need not come any more
    #[arg(long, value_name = "ADDRESS", num_args = 1.., help_heading = "People")]
    remove: Vec<String>,
    /// assigned: the Conference ID that is always yours; new: one for this meeting alone
    #[arg(
        long,
        value_name = "assigned|new",
        hide_possible_values = true,
        conflicts_with = "occurrence",
        help_heading = "Conference"
    )]
    id: Option<IdChoice>,
    /// open, closed, anonymous or (Lync and later) locked
    #[arg(
        long,
        value_name = "open|closed|anonymous|locked",
        hide_possible_values = true,
        conflicts_with = "occurrence",
        help_heading = "Conference"
    )]
    access: Option<Access>,
    /// auto: new random digits; none; or digits of your own
    #[arg(
        long,
        value_name = "auto|none|DIGITS",
        conflicts_with = "occurrence",
        help_heading = "Conference"
    )]
    passcode: Option<String>,
    /// Let people join by phone
    #[arg(long, conflicts_with_all = ["no_dial_in", "occurrence"], help_heading = "Conference")]
    dial_in: bool,
    /// Nobody may join by phone
    #[arg(long, conflicts_with_all = ["region", "occurrence"], help_heading = "Conference")]
    no_dial_in: bool,
    /// Dial-in region whose numbers come first
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with = "occurrence",
        help_heading = "Conference"
    )]
    region: Option<String>,
    /// Who else becomes a presenter on joining (Lync and later)
    #[arg(
        long,
        value_name = "nobody|company|everyone",
        hide_possible_values = true,
        conflicts_with = "occurrence",
        help_heading = "Conference"
    )]
    promote: Option<Promotion>,
    /// Whether phone callers skip the lobby (Lync and later)
    #[arg(long, value_name = "yes|no", value_parser = yes_or_no, conflicts_with = "occurrence", help_heading = "Conference")]
    lobby_bypass: Option<bool>,
    /// Add a new call-in block where the fences of the old one are damaged
    #[arg(long)]
    new_block: bool,
    #[command(flatten)]
    worded: Worded,
    #[command(flatten)]
    hand_over: HandOver,
}

/// Start and end.
type Range = (Zoned, Zoned);

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
    let diary = app.diary()?;
    let entry = conf::in_diary(&args.conf, &diary, app)?;
    let change = args.change(&entry, app)?;
    warn_of_neighbours(&change, &entry, app)?;
    let destination = args.hand_over.prepare(app)?;
    let outcome = carry_out(
        Deed::Update(Box::new(change)),
        Circumstances::of(&entry.appointment),
        destination,
        app,
    )?;
    app.terminal.status(&format!(
        "Updated: {}.",
        when::display_range(&outcome.appointment.start, &outcome.appointment.end)
    ));
    conf::remind_to_tell(&outcome, &args.hand_over, app);
    let occurrence = match &outcome.occurrence {
        Some(original) => format!(" --occurrence {}", original.date()),
        None => String::new(),
    };
    let untold = match args.hand_over.post.sends() {
        true => &[],
        false => outcome.removed.as_slice(),
    };
    for person in untold {
        app.terminal.status(&format!(
            "{person} still has the meeting: 'confctl invite {}{occurrence} --cancel-for {}' prints what takes it out.",
            conf::name_of(&outcome.appointment), person.address
        ));
    }
    Ok(())
}

/// Where the meeting comes to be on the assigned conference, or gets other times there.
fn warn_of_neighbours(change: &Change, entry: &Entry, app: &App) -> Result<()> {
    let switched = change.id == Some(IdChoice::Assigned) && !change.from_assigned;
    let stays = change.id.is_none() && change.from_assigned;
    let times = match &change.times {
        Some((start, end)) if switched || stays => vec![(start.timestamp(), end.timestamp())],
        None if switched => {
            let start = &entry.appointment.start;
            let coming = entry
                .document
                .occurrences(start.time_zone(), app.clock()?, MOST_TIMES);
            let times = |at: &Occurrence| (at.start.timestamp(), at.end.timestamp());
            coming.iter().map(times).collect()
        }
        _ => return Ok(()),
    };
    neighbours::warn(&times, Some(&change.uid), app)
}

impl Args {
    fn change(&self, entry: &Entry, app: &App) -> Result<Change> {
        let appointment = &entry.appointment;
        if appointment.status == Status::Cancelled {
            return Err(Error::new(
                Kind::NotFound,
                format!("'{}' was cancelled", appointment.subject),
            ));
        }
        let occurrence = self.occurrence.as_deref();
        let occurrence = occurrence
            .map(|text| occurrence::of(text, entry, app))
            .transpose()?;
        let before = match &occurrence {
            Some(occurrence) => (occurrence.start.clone(), occurrence.end.clone()),
            None => (appointment.start.clone(), appointment.end.clone()),
        };
        let keeps_day = occurrence.is_some() || appointment.series.is_some();
        let times = self.times.moved(before.clone(), keeps_day, app)?;
        let (times, series) = match &occurrence {
            Some(_) => (times, None),
            None => self.aligned(times, appointment, app)?,
        };
        if let Some((start, end)) = &times {
            app.terminal.status(&format!(
                "Moving from {} to {}.",
                when::display_range(&before.0, &before.1),
                when::display_range(start, end)
            ));
        }
        let now = match &occurrence {
            Some(occurrence) => entry
                .document
                .occurrence(&occurrence.original)
                .map_err(|error| Error::failed(error.to_string()))?
                .unwrap_or_else(|| appointment.clone()),
            None => appointment.clone(),
        };
        let change = Change {
            times,
            series,
            occurrence: occurrence.map(|occurrence| occurrence.original),
            subject: self.subject.as_deref().map(subject).transpose()?,
            invited: self.invited(&now)?,
            removed: self.removed(&now)?,
            id: self.id,
            access: self.access,
            passcode: self.passcode.as_deref().map(passcode::choice).transpose()?,
            dial_in: self.dial_in(),
            region: self.region.clone(),
            promotion: self.promote,
            lobby_bypass: self.lobby_bypass,
            wording: self.worded.changed(appointment.wording),
            new_block: self.new_block,
            ..Change::nothing(appointment, stamp(app)?)
        };
        self.check_assigned(&change)?;
        if change.is_nothing() {
            return Err(Error::usage("nothing to change was named")
                .hint("for example: confctl update CONF --start \"friday 14:00\""));
        }
        if change.is_done(&now) {
            return Err(Error::usage("the meeting is as wished for already"));
        }
        Ok(change)
    }

    /// Who names a region wants people to dial in.
    fn dial_in(&self) -> Option<bool> {
        match (self.dial_in || self.region.is_some(), self.no_dial_in) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }

    fn invited(&self, appointment: &Appointment) -> Result<Vec<Attendee>> {
        let named = people::attendees(&self.invite, &self.optional, &self.presenter, &self.room)?;
        // Who presents from now on comes as before otherwise.
        let only_presents = |new: &Attendee| {
            new.presenter
                && !people::list(&self.invite)
                    .into_iter()
                    .flatten()
                    .any(|person| person.is(&new.person))
        };
        let before = |new: &Attendee| {
            let mut attendees = appointment.attendees.iter();
            attendees.find(|attendee| attendee.person.is(&new.person))
        };
        Ok(named
            .into_iter()
            .map(|new| match before(&new) {
                Some(before) => Attendee {
                    person: before.person.clone(),
                    attendance: match only_presents(&new) {
                        true => before.attendance,
                        false => new.attendance,
                    },
                    presenter: new.presenter || before.presenter,
                },
                None => new,
            })
            .collect())
    }

    fn removed(&self, appointment: &Appointment) -> Result<Vec<Person>> {
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
    fn aligned(
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
        let moved = kept.map(|series| series.moved(&appointment.start, start));
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
    fn check_assigned(&self, change: &Change) -> Result<()> {
        let assigned = match change.id {
            Some(id) => id == IdChoice::Assigned,
            None => change.from_assigned,
        };
        let asked = [
            (change.passcode.is_some(), "passcode"),
            (change.access.is_some(), "access level"),
            (change.promotion.is_some(), "presenters"),
            (change.lobby_bypass.is_some(), "lobby"),
        ];
        match asked.into_iter().find(|(asked, _)| *asked) {
            Some((_, what)) if assigned => Err(unsettled(PolicyViolation::AssignedKeeps(what))),
            _ => Ok(()),
        }
    }
}
