//! What changes meetings: schedule, update, cancel. Each is an intent on the disk, then steps that
//! can be done again after any crash: conference, diary, and last the invitation.

mod cancel;
mod change;
mod differences;
mod journal;
mod mailing;
mod neighbours;
mod refresh;
mod renewal;
mod schedule;
mod tell;
mod update;

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use crate::app::{App, Session};
use crate::backend::Pool;
use crate::calendar_object::{CalendarObject, CalendarObjectError, Sending};
use crate::conference::{Appointment, Conference, Offer, Person, Series, Status};
use crate::diary::{Diary, Entry};
use crate::error::{Error, Kind, Result};
use crate::invitation::Format;
use crate::proto::c3p::focus_parts;
use crate::report::Report;

pub use cancel::Cancellation;
pub use change::Change;
pub use differences::{Difference, differences, on_pool};
pub use journal::{Busy, Found, Journal, Origin, Undertaking};
pub use mailing::{Fate, Fates, MailWish, Telling, address, practice_is_not_mailed};
pub use neighbours::neighbours;
pub use refresh::{Guest, Refresh, are_told, behind, guests_behind};
pub use renewal::renew;
pub use schedule::{Wish, unsettled};
pub use tell::Tell;

/// What is to be done, as it stands on the disk.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Intent {
    /// 32 hexadecimal digits of its own; the UID of a new meeting begins with them.
    pub token: String,
    /// When it was written down.
    pub began: Timestamp,
    /// SIP address of whoever signs in; none: the practice pool of this computer.
    pub account: Option<String>,
    /// For whom it is done, by a delegate.
    pub on_behalf_of: Option<Person>,
    /// What a script calls it, so that it is done once.
    pub key: Option<String>,
    /// What it is.
    pub deed: Deed,
    /// Where the invitation was to go.
    pub delivery: Delivery,
}

/// What can be undertaken.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// A new conference and its meeting.
    Schedule(Box<Wish>),
    /// Another time, other people, another conference.
    Update(Box<Change>),
    /// No meeting, or one occurrence less.
    Cancel(Cancellation),
    /// The invitation once more, by mail.
    Tell(Tell),
    /// Call-in details as the pool has them now.
    Refresh(Refresh),
}

/// Where an invitation goes.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Delivery {
    /// Absolute path; none: stdout.
    pub file: Option<PathBuf>,
    /// As what.
    pub format: Format,
    /// By mail to those concerned.
    #[serde(default)]
    pub mail: Option<MailWish>,
    /// Whether it goes to the organizer's calendar; none: if it is there already.
    #[serde(default)]
    pub calendar: Option<CalendarWish>,
}

/// What is to happen on the organizer's calendar.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum CalendarWish {
    /// Nothing.
    No,
    /// The meeting is there as it is here.
    Yes,
    /// Even where others changed it there.
    Overwrite,
}

/// What came of it, once pool and diary agree.
pub struct Outcome {
    /// The meeting, or the occurrence that was changed.
    pub appointment: Appointment,
    /// The meeting as the diary has it.
    pub document: CalendarObject,
    /// The occurrence that was changed or dropped; none: the whole meeting.
    pub occurrence: Option<Zoned>,
    /// People who were invited before and are no longer.
    pub removed: Vec<Person>,
}

/// What the steps are done with.
pub struct Desk<'a> {
    /// Terminal, clock, settings.
    pub app: &'a App,
    /// The pool.
    pub session: Session,
    /// The calendar.
    pub diary: &'a Diary,
}

impl Intent {
    /// Whether both would do the same, however often they are asked: the same key, or without keys
    /// the same deed.
    pub fn is_same(&self, other: &Self) -> bool {
        self.account == other.account
            && self.on_behalf_of == other.on_behalf_of
            && match (&self.key, &other.key) {
                (Some(own), Some(others)) => own == others,
                (None, None) => self.deed.is_same(&other.deed),
                _ => false,
            }
    }

    /// UID of the meeting that it is about, if there is one already.
    pub fn meeting(&self) -> Option<String> {
        match &self.deed {
            Deed::Schedule(wish) => {
                let text = wish.appointment.as_deref()?;
                let document = CalendarObject::parse(text.as_bytes()).ok()?;
                Some(document.uid().to_owned())
            }
            Deed::Update(change) => Some(change.uid.clone()),
            Deed::Cancel(cancellation) => Some(cancellation.uid.clone()),
            Deed::Tell(tell) => Some(tell.uid.clone()),
            Deed::Refresh(refresh) => Some(refresh.uid.clone()),
        }
    }

    /// What it is, in words.
    pub fn words(&self) -> String {
        match &self.deed {
            Deed::Schedule(wish) => format!("schedule '{}'", wish.request.subject),
            Deed::Update(change) => format!("update '{}'", change.called),
            Deed::Cancel(cancellation) => format!("cancel '{}'", cancellation.called),
            Deed::Tell(tell) => format!("mail the invitation to '{}'", tell.called),
            Deed::Refresh(refresh) => format!("refresh '{}'", refresh.called),
        }
    }
}

impl Deed {
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Schedule(own), Self::Schedule(others)) => own.is_same(others),
            (Self::Update(own), Self::Update(others)) => own.is_same(others),
            (Self::Cancel(own), Self::Cancel(others)) => own.is_same(others),
            (Self::Tell(own), Self::Tell(others)) => own.is_same(others),
            (Self::Refresh(own), Self::Refresh(others)) => own.is_same(others),
            _ => false,
        }
    }
}

impl Undertaking {
    /// Does everything that is not done yet, up to the diary. Nobody else may change the meeting
    /// meanwhile.
    pub fn carry_out(&mut self, desk: &mut Desk<'_>) -> Result<Outcome> {
        match self.intent.deed.clone() {
            Deed::Schedule(wish) => schedule::carry_out(self, &wish, desk),
            Deed::Update(change) => update::carry_out(self, *change, desk),
            Deed::Cancel(cancellation) => cancel::carry_out(self, cancellation, desk),
            Deed::Tell(tell) => tell.outcome(desk.diary),
            Deed::Refresh(refresh) => refresh::carry_out(self, &refresh, desk),
        }
    }

    /// The meeting as it is now, for those whom a change that was overtaken has not told.
    pub fn overtaken(&self, diary: &Diary) -> Result<Option<Outcome>> {
        let Deed::Update(change) = &self.intent.deed else {
            return Ok(None);
        };
        let mails = self.mail.is_some() || self.intent.delivery.mail.is_some();
        let entry = diary.with_uid(&change.uid)?.filter(|entry| {
            let now = &entry.appointment;
            now.sequence > change.sequence && now.status == Status::Confirmed
        });
        let Some(entry) = entry.filter(|_| mails && change.occurrence.is_none()) else {
            return Ok(None);
        };
        let sent = entry.document.sent();
        let invited = |person: &Person| {
            let mut attendees = entry.appointment.attendees.iter();
            attendees.any(|attendee| attendee.person.is(person))
        };
        let removed = change.removed.iter();
        let removed = removed.filter(|gone| !invited(gone) && sent.contains_key(&address(gone)));
        Ok(Some(Outcome {
            removed: removed.cloned().collect(),
            appointment: entry.appointment.clone(),
            document: entry.document.clone(),
            occurrence: None,
        }))
    }

    /// Whether there is nothing to be finished: nobody was mailed, and nothing else was to be done.
    pub fn has_done_nothing(&self) -> bool {
        let keeps_calendar = self.intent.delivery.calendar.is_some();
        matches!(self.intent.deed, Deed::Tell(_)) && self.fates.is_empty() && !keeps_calendar
    }

    /// Keeps what may be half done for `confctl resume`, and forgets what was refused: of that,
    /// nothing is left.
    pub fn failed(self, error: Error) -> Error {
        let taken_up = self.origin != Origin::Fresh;
        let says_nothing_of_earlier = matches!(error.kind, Kind::NotSignedIn | Kind::Usage);
        match error.kind {
            Kind::Usage | Kind::NotSignedIn | Kind::Refused | Kind::NotFound
                if !(taken_up && says_nothing_of_earlier) =>
            {
                self.finish();
                error
            }
            Kind::Unreachable if self.asked.is_none() && !taken_up => error
                .hint("nothing was changed; it is kept for 'confctl resume', or run the same again when the pool can be reached"),
            _ if !self.fates.is_empty() => {
                error.hint("'confctl resume' mails those who have no mail yet, and nobody twice")
            }
            _ => error.hint("'confctl resume' finishes it; nothing is made twice"),
        }
    }
}

impl Outcome {
    /// What is sent to people.
    pub fn sending(&self) -> Sending<'_> {
        match &self.occurrence {
            Some(original) => Sending::Occurrence(original),
            None => Sending::Meeting,
        }
    }
}

/// The pool keeps a conference that long after its end, as Outlook's add-in made it do.
const KEPT_DAYS: i32 = 14;
/// How long the conference of an endless series is kept; it is renewed long before.
const ENDLESS_DAYS: i32 = 400;

/// When the pool may forget the conference of a meeting: two weeks after its last occurrence; for
/// an endless series, more than a year from `now`.
pub fn expiry(start: &Zoned, end: &Zoned, series: Option<&Series>, now: Timestamp) -> Timestamp {
    let last = match series.map(|series| series.last_end(start, end)) {
        None => end.timestamp(),
        Some(Some(last)) => last.max(end.timestamp()),
        Some(None) => days_after(now.max(end.timestamp()), ENDLESS_DAYS),
    };
    // One that is over is revived by another expiry, which must be ahead.
    kept_until(last.max(now))
}

/// When the pool may forget a conference whose last meeting ends at `last`.
pub fn kept_until(last: Timestamp) -> Timestamp {
    days_after(last, KEPT_DAYS)
}

fn days_after(moment: Timestamp, days: i32) -> Timestamp {
    moment
        .saturating_add(SignedDuration::from_hours(i64::from(days) * 24))
        .unwrap_or(Timestamp::MAX)
}

impl Desk<'_> {
    /// What the pool offers, with the page that the settings put in place of the pool's.
    fn offer(&mut self) -> Result<Offer> {
        let mut offer = self.session.pool.offer()?;
        if let Some(page) = &self.session.settings_page {
            offer.pages.external = Some(page.clone());
        }
        Ok(offer)
    }

    /// A conference can be changed by whom it belongs to, and by delegates acting for him.
    fn owns(&self, conference: &Conference) -> Result<()> {
        let owner = focus_parts(&conference.focus).map(|(owner, _)| owner);
        match owner {
            Some(owner) if !owner.eq_ignore_ascii_case(&self.session.acting_as()) => {
                Err(Error::new(
                    Kind::NotSignedIn,
                    format!(
                        "the conference is that of {owner}, and you are {}",
                        self.session.acting_as()
                    ),
                ))
            }
            _ => Ok(()),
        }
    }

    /// Asks the pool to do what can be done twice. If the answer is lost, it is asked once more.
    fn surely<T>(&mut self, ask: impl Fn(&mut dyn Pool) -> Result<T>) -> Result<T> {
        match ask(self.session.pool.as_mut()) {
            Err(error) if error.kind == Kind::HalfDone => {
                let uncertain = self.again(error)?;
                ask(self.session.pool.as_mut()).map_err(|error| uncertain.stays(error))
            }
            asked => asked,
        }
    }

    /// Connects again after a lost answer. If that is not possible, the uncertainty is what is told.
    fn again(&mut self, error: Error) -> Result<Uncertain> {
        self.app
            .terminal
            .step(&format!("{error}; connecting again to find out"));
        match self.session.connect_again(self.app) {
            Ok(()) => Ok(Uncertain(error.to_string())),
            Err(_) => Err(error),
        }
    }
}

/// The SEQUENCE that a change brings for which `planned` was meant; `is_done` if the diary shows it
/// already. What was left unfinished must not undo what was done since.
fn sequence_after(entry: &Entry, planned: u32, is_done: bool, origin: Origin) -> Result<u32> {
    let now = entry.appointment.sequence;
    if now < planned || is_done && origin != Origin::Fresh {
        return Ok(planned.max(now));
    }
    if origin == Origin::Resumed {
        return Err(Error::new(
            Kind::NotFound,
            format!(
                "'{}' was changed again since, so this is given up",
                entry.appointment.subject
            ),
        ));
    }
    Ok(now.saturating_add(1))
}

/// What is not known, in words.
struct Uncertain(String);

impl Uncertain {
    /// Another failure, whatever it is, does not make the first one certain.
    fn stays(&self, error: Error) -> Error {
        Error::new(Kind::HalfDone, self.0.clone()).with_hints_of(&error)
    }
}

/// The pool is ahead of the diary.
fn left_behind(error: &CalendarObjectError) -> Error {
    let what = format!("the pool is done, but the diary entry could not be changed: {error}");
    Error::new(Kind::HalfDone, what)
}
