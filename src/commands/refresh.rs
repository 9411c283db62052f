//! `refresh`: invitations that say what the pool says no more, and new ones for those who have them.

mod compare;
mod show;

use self::compare::{Meeting, State};
use crate::app::App;
use crate::commands::carry_out::{Circumstances, carry_out, stamp};
use crate::commands::conf;
use crate::commands::hand_over::Destination;
use crate::commands::post::{Post, may_practise};
use crate::diary::Diary;
use crate::error::{Error, Kind, Result};
use crate::invitation::Format;
use crate::report::Report;
use crate::undertaking::{Deed, Delivery, Refresh};

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
    #[arg(value_name = "CONF", add = conf::completer())]
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
    post: Post,
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
    let diary = app.diary()?;
    let delivery = args.delivery(app)?;
    let chosen = args.chosen(&diary, app)?;
    let all = chosen.len();
    let mut meetings = args.compared(chosen, app)?;
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
    let done = args.settled(&mut meetings, &delivery, &diary, app);
    if args.json {
        show::json(&meetings, app)?;
    }
    done
}

impl Args {
    fn delivery(&self, app: &App) -> Result<Delivery> {
        let nothing = Delivery {
            file: None,
            format: Format::Ics,
            mail: None,
            calendar: None,
        };
        self.post.wishes(nothing, app)
    }

    /// Refreshes what is to be, once that is confirmed.
    fn settled(
        &self,
        meetings: &mut [Meeting],
        delivery: &Delivery,
        diary: &Diary,
        app: &App,
    ) -> Result<()> {
        if self.check {
            return match meetings.len() {
                0 => Ok(()),
                stale => Err(
                    Error::failed(format!("{} not as the pool has it", show::are(stale)))
                        .hint("'confctl refresh' tells more and asks what to do"),
                ),
            };
        }
        let mut due: Vec<&mut Meeting> = meetings.iter_mut().filter(|m| m.is_due()).collect();
        let practice = due.iter().any(|m| m.entry.appointment.practice);
        if let Some(wish) = delivery.mail.as_ref().filter(|_| practice) {
            may_practise(wish)?;
        }
        match due.is_empty() || !self.confirmed(&due, delivery, app)? {
            true => Ok(()),
            false => self.refresh(&mut due, delivery, diary, app),
        }
    }

    fn confirmed(&self, due: &[&mut Meeting], delivery: &Delivery, app: &App) -> Result<bool> {
        if self.yes {
            return Ok(true);
        }
        if self.json || !app.terminal.shows_people() || !app.terminal.can_ask() {
            app.terminal
                .status("Nothing was changed: --yes does it without asking.");
            return Ok(false);
        }
        let now = app.clock()?;
        let people = due.iter().map(|meeting| meeting.mails(now)).sum();
        let question = show::question(due.len(), people, delivery.mail.is_some());
        match app.terminal.confirm(&question, false)? {
            true => Ok(true),
            false => Err(Error::failed("nothing was changed, as you wished")),
        }
    }

    /// Each gets its turn, unless the next one could not go better.
    fn refresh(
        &self,
        due: &mut [&mut Meeting],
        delivery: &Delivery,
        diary: &Diary,
        app: &App,
    ) -> Result<()> {
        let all = due.len();
        let (mut failed, mut first) = (0, None);
        for meeting in due {
            let done = self.refresh_one(meeting, delivery, diary, app);
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
        delivery: &Delivery,
        diary: &Diary,
        app: &App,
    ) -> Result<()> {
        let appointment = &meeting.entry.appointment;
        let deed = Deed::Refresh(Refresh {
            uid: appointment.uid.clone(),
            called: appointment.subject.clone(),
            stamp: stamp(app)?,
            new_block: self.new_block,
        });
        // What was left is finished as it was begun; what changed since is another one.
        let times = 1 + usize::from(meeting.left && meeting.state == State::Stale);
        let done = (0..times).try_for_each(|_| {
            let destination = Destination::nowhere(delivery.clone());
            carry_out(
                deed.clone(),
                Circumstances::of(appointment),
                destination,
                app,
            )
            .map(drop)
        });
        if let Some(entry) = diary.with_uid(&appointment.uid)? {
            meeting.sequence = entry.appointment.sequence;
            meeting.entry = entry;
        }
        done?;
        meeting.state = State::Refreshed;
        show::refreshed(meeting, app)
    }
}
