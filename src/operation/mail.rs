//! The mails, one by one: whatever ends this half-way, nobody is mailed twice.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::calendar_object::Crowd;
use crate::conference::{Appointment, account_address};
use crate::diary::{Event, What};
use crate::error::{Error, Kind, Result};
use crate::interrupt;
use crate::invitation::{self, Mail, Mailing, Octets};
use crate::mail::{DeliveryStatus, Envelope, Transport};
use crate::operation::recipients::Recipient;
use crate::operation::stale::first_alike;
use crate::operation::{Action, Attempt, Context, Operation, Outcome, Run, address_of};
use crate::telephony::{Locals, People};

/// How people are told by mail, as it stands in the journal.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct MailOptions {
    /// How, as `mail.via` of the settings has it; none: as the settings have it by then.
    pub route: Option<String>,
    /// Even though the meeting is on the practice pool.
    pub practice: bool,
    /// The mails become files, which nobody gets by that.
    #[serde(default)]
    pub files: bool,
}

impl MailOptions {
    /// Whether a meeting of the practice pool may be mailed. A folder is nobody.
    pub fn may_practise(&self) -> bool {
        self.practice || self.files
    }
}

/// What is said to who mails a practice meeting without saying so.
pub fn practice_is_not_mailed() -> Error {
    Error::usage(
        "this is a meeting of the practice pool, which nobody can join: it is not mailed to people",
    )
    .hint("--practice mails it all the same, --send=folder:PATH writes the mails as files")
}

/// A way of mails that is ready.
pub struct Mailer {
    /// Takes the mails.
    pub transport: Box<dyn Transport>,
    /// Who gets the bounces; none: the sender.
    pub from: Option<String>,
    /// The way, as people write it.
    pub route: String,
}

/// What became of one mail.
#[derive(Clone, Debug, Serialize)]
pub struct Delivery {
    /// `user@domain`
    pub to: String,
    /// `sent`, `refused`, `failed` (another try may help) or `unknown` (it may have arrived).
    pub state: &'static str,
    /// What the mail server said, when it is not `sent`.
    pub why: Option<String>,
    /// `request` or `cancel`
    pub what: &'static str,
}

impl Delivery {
    fn of(recipient: &Recipient, run: &Run) -> Self {
        let status = run.record.statuses.get(&recipient.key());
        Self {
            to: recipient.to.address.clone(),
            state: status.map_or("failed", DeliveryStatus::word),
            why: status.and_then(DeliveryStatus::reason).map(str::to_owned),
            what: match recipient.is_cancellation() {
                true => "cancel",
                false => "request",
            },
        }
    }

    /// Whether the mail has gone.
    pub fn is_sent(&self) -> bool {
        self.state == "sent"
    }
}

impl Context<'_> {
    /// Mails everybody who is concerned and has no mail yet, and keeps in mind who has which version.
    /// The outcome has the deliveries even after a failure.
    pub(super) fn mail(
        &mut self,
        options: &MailOptions,
        run: &mut Run,
        outcome: &mut Outcome,
    ) -> Result<()> {
        let recipients = Recipient::all(outcome, &run.operation().action)?;
        let done = self.send_all(&recipients, options, run, outcome);
        let deliveries = recipients.iter().map(|to| Delivery::of(to, run));
        outcome.deliveries = deliveries.collect();
        let kept = self.keep_sent(&recipients, run, outcome);
        done.and(error_of(&outcome.deliveries)).and(kept)
    }

    fn send_all(
        &self,
        recipients: &[Recipient],
        options: &MailOptions,
        run: &mut Run,
        outcome: &Outcome,
    ) -> Result<()> {
        let people = self.resources.people()?;
        run.begin_mailing(options, outcome.appointment.sequence)?;
        self.count_others(recipients, run, outcome)?;
        let left: Vec<&Recipient> = recipients.iter().filter(|to| is_left(to, run)).collect();
        if left.is_empty() {
            return Ok(());
        }
        check_organizer(&outcome.appointment)?;
        if outcome.appointment.practice && !options.may_practise() {
            return Err(practice_is_not_mailed());
        }
        let mut mailer = self.resources.open_mailer(options)?;
        let octets = ask_octets(mailer.transport.as_mut())?;
        let form = Form::of(run.operation(), &mailer, octets);
        let mut writer = Writer::new(form, outcome, people, self)?;
        let done = recipients.len() - left.len();
        let progress = self.report.progress("Mailing", recipients.len(), done);
        for recipient in left {
            let mail = writer.write(recipient)?;
            send(&mail, recipient, mailer.transport.as_mut(), run)?;
            progress.advance();
        }
        Ok(())
    }

    /// Keeps in mind who has which version, so that `refresh` knows whose is stale.
    fn keep_sent(&self, recipients: &[Recipient], run: &Run, outcome: &mut Outcome) -> Result<()> {
        let is_sent =
            |to: &&Recipient| run.record.statuses.get(&to.key()) == Some(&DeliveryStatus::Sent);
        let reached: Vec<&Recipient> = recipients.iter().filter(is_sent).collect();
        let sequence = outcome.appointment.sequence;
        let statuses = recipients.iter().filter_map(|recipient| {
            let key = recipient.key();
            let status = run.record.statuses.get(&key);
            let status = status.filter(|_| !run.told_elsewhere.contains(&key))?;
            Some(self.mail_event(recipient, status, run, sequence))
        });
        let events: Vec<Event> = statuses.collect();
        let is_new_version = !matches!(run.operation().action, Action::Invite(_));
        self.diary.edit(&mut outcome.entry, |entry| {
            for recipient in &reached {
                note_sent(&mut entry.state.sent, recipient, sequence, is_new_version);
            }
            entry.state.events.extend(events);
            Ok(())
        })
    }

    fn mail_event(
        &self,
        recipient: &Recipient,
        status: &DeliveryStatus,
        run: &Run,
        sequence: u32,
    ) -> Event {
        let occurrence = recipient.appointment.occurrence.as_ref();
        let what = match status {
            DeliveryStatus::Sent => What::Sent,
            DeliveryStatus::Refused(_) => What::Refused,
            DeliveryStatus::Failed(_) => What::Failed,
            DeliveryStatus::Unknown(_) => What::Unknown,
        };
        Event {
            who: Some(recipient.to.address.clone()),
            why: status.reason().map(str::to_owned),
            ..run.operation().event(what, sequence, occurrence, self.now)
        }
    }

    /// Whoever another operation told of the version that this one made has it, or may have it. Of an
    /// invitation sent once more, on request, only its own mails count.
    fn count_others(
        &self,
        recipients: &[Recipient],
        run: &mut Run,
        outcome: &Outcome,
    ) -> Result<()> {
        if run.attempt == Attempt::New || matches!(run.operation().action, Action::Invite(_)) {
            return Ok(());
        }
        let (entry, sequence) = (&outcome.entry, outcome.appointment.sequence);
        let others = self.journal.get_statuses(entry, sequence, run.path())?;
        let sent = &entry.state.sent;
        let news = first_alike(sent, sequence);
        let is_settled = |status: &DeliveryStatus| {
            matches!(status, DeliveryStatus::Sent | DeliveryStatus::Unknown(_))
        };
        let statuses = &mut run.record.statuses;
        for recipient in recipients {
            let key = recipient.key();
            let told = sent.get(&key).filter(|_| !recipient.is_cancellation());
            let mut others = others.iter();
            let other = others.find(|(other, status)| *other == key && is_settled(status));
            if told.is_some_and(|told| *told >= news) {
                run.told_elsewhere.insert(key.clone());
                statuses.insert(key, DeliveryStatus::Sent);
            } else if let Some((_, status)) = other
                && !statuses.get(&key).is_some_and(is_settled)
            {
                run.told_elsewhere.insert(key.clone());
                statuses.insert(key, status.clone());
            }
        }
        Ok(())
    }

    /// Shows the mails that an invitation would send, with the way that they would go, one at a time
    /// and byte for byte, without sending anything. Gives how many there are.
    pub fn preview_mails(
        &self,
        outcome: &Outcome,
        operation: &Operation,
        options: &MailOptions,
        mut show: impl FnMut(&str, &Envelope, &[u8]) -> Result<()>,
    ) -> Result<usize> {
        check_organizer(&outcome.appointment)?;
        let mut mailer = self.resources.open_mailer(options)?;
        let recipients = Recipient::all(outcome, &operation.action)?;
        let people = self.resources.people()?;
        let octets = ask_octets(mailer.transport.as_mut()).unwrap_or_else(|error| {
            self.report.warn(&format!(
                "{error}: the bytes are those for a mail server that takes ASCII only"
            ));
            Octets::Seven
        });
        let form = Form::of(operation, &mailer, octets);
        let mut writer = Writer::new(form, outcome, people, self)?;
        for recipient in &recipients {
            let mail = writer.write(recipient)?;
            show(&mailer.route, &mail.envelope, &mail.bytes)?;
        }
        Ok(recipients.len())
    }
}

/// Mails come from the organizer, whose the conference is, or from a delegate.
fn check_organizer(appointment: &Appointment) -> Result<()> {
    let owner = account_address(&appointment.conference.owner);
    let own = &appointment.organizer.address;
    if owner.is_empty() || owner.eq_ignore_ascii_case(own) {
        return Ok(());
    }
    let what = format!("{} invites to this meeting, not you", appointment.organizer);
    Err(Error::new(Kind::Refused, what)
        .hint("confctl mails in nobody else's name: -o FILE.ics writes what they can send"))
}

/// Notes who has which version. One occurrence is not the meeting: only a mail about what made the
/// version makes somebody up to date, who was so before.
fn note_sent(
    sent: &mut BTreeMap<String, u32>,
    recipient: &Recipient,
    sequence: u32,
    is_new_version: bool,
) {
    let address = address_of(&recipient.to);
    let is_whole = recipient.appointment.occurrence.is_none();
    if is_whole && recipient.is_cancellation() {
        sent.remove(&address);
        let of_occurrences = format!("{address} ");
        let own = sent.range(of_occurrences.clone()..);
        let own = own
            .map(|(key, _)| key)
            .take_while(|key| key.starts_with(&of_occurrences));
        for key in own.cloned().collect::<Vec<_>>() {
            sent.remove(&key);
        }
        return;
    }
    let had = sent.get(&address);
    let was_up_to_date = had.is_some_and(|had| had.saturating_add(1) >= sequence);
    if !is_whole && is_new_version && was_up_to_date {
        raise(sent, address, sequence);
    }
    raise(sent, recipient.key(), sequence);
}

fn raise(sent: &mut BTreeMap<String, u32>, key: String, sequence: u32) {
    let had = sent.entry(key).or_default();
    *had = sequence.max(*had);
}

/// What may have arrived is sent again only by those who say so.
fn is_left(recipient: &Recipient, run: &Run) -> bool {
    match run.record.statuses.get(&recipient.key()) {
        None | Some(DeliveryStatus::Failed(_)) => true,
        Some(DeliveryStatus::Refused(_)) => run.attempt != Attempt::New,
        Some(DeliveryStatus::Unknown(_)) => run.again,
        Some(DeliveryStatus::Sent) => false,
    }
}

/// From before the mail goes out until it is on the disk what became of it, nothing disturbs.
fn send(
    mail: &Written,
    recipient: &Recipient,
    transport: &mut dyn Transport,
    run: &mut Run,
) -> Result<()> {
    let key = recipient.key();
    interrupt::run_undisturbed(|| {
        let mut before_data = || run.append_handing_over(&key);
        let status = transport.send(&mail.envelope, &mail.bytes, &mut before_data)?;
        run.append_status(&key, status)
    })
}

/// Why not everybody has a mail, as an error.
fn error_of(deliveries: &[Delivery]) -> Result<()> {
    let missing = deliveries.iter().filter(|delivery| !delivery.is_sent());
    let missing: Vec<&Delivery> = missing.collect();
    if missing.is_empty() {
        return Ok(());
    }
    let what = format!(
        "{} of {} mails were not sent, or may not have been",
        missing.len(),
        deliveries.len()
    );
    let error = Error::new(Kind::HalfDone, what);
    let unknown = missing
        .iter()
        .filter(|delivery| delivery.state == "unknown");
    let unknown: Vec<&str> = unknown.map(|delivery| delivery.to.as_str()).collect();
    Err(match unknown.is_empty() {
        true => error,
        false => error.hint(format!(
            "whether {} got it is not known; 'confctl resume --again' mails it once more",
            unknown.join(", ")
        )),
    })
}

/// A mail, ready to go.
struct Written {
    envelope: Envelope,
    bytes: Vec<u8>,
}

/// What all mails have in common.
struct Form {
    /// An invitation that is sent once more, on request.
    mailing: Option<Mailing>,
    /// Who gets the bounces; none: the sender.
    from: Option<String>,
    octets: Octets,
}

impl Form {
    fn of(operation: &Operation, mailer: &Mailer, octets: Octets) -> Self {
        let is_again = matches!(operation.action, Action::Invite(_));
        Self {
            mailing: is_again.then(|| Mailing {
                token: operation.token.to_string(),
                date: operation.began,
            }),
            from: mailer.from.clone(),
            octets,
        }
    }
}

/// What most people get alike.
struct Parts {
    calendar: String,
    text: String,
    html: String,
}

/// Writes mails, each for one person. Only one of them is there at a time.
struct Writer<'a> {
    form: Form,
    outcome: &'a Outcome,
    context: &'a Context<'a>,
    people: People,
    /// The numbers to call; none: nobody can.
    locals: Option<Locals<'a>>,
    /// Where many are invited: the meeting without all of them.
    crowd: Option<Crowd>,
    /// By how people are told.
    parts: Vec<(Appointment, Rc<Parts>)>,
}

impl<'a> Writer<'a> {
    fn new(
        form: Form,
        outcome: &'a Outcome,
        people: People,
        context: &'a Context<'a>,
    ) -> Result<Self> {
        let dial_in = outcome.appointment.conference.ways_in.dial_in.as_ref();
        Ok(Self {
            form,
            crowd: outcome.entry.object.crowd()?,
            locals: dial_in.map(|dial_in| Locals::new(&dial_in.numbers)),
            outcome,
            context,
            people,
            parts: Vec::new(),
        })
    }

    fn write(&mut self, recipient: &Recipient) -> Result<Written> {
        let (mut appointment, others) = recipient.appointment.for_reader(&recipient.to);
        if let (Some(locals), Some(dial_in)) =
            (&self.locals, &mut appointment.conference.ways_in.dial_in)
        {
            dial_in.numbers = locals.order_for(&recipient.to, &self.people);
        }
        let to = [recipient.to.clone()];
        let parts = self.get_parts(recipient, &appointment, others)?;
        let mail = Mail {
            appointment: &appointment,
            calendar: &parts.calendar,
            text: &parts.text,
            html: &parts.html,
            prefix: invitation::prefix(&appointment),
            to: &to,
            mailing: self.form.mailing.as_ref(),
        };
        let bytes = invitation::message(&mail, self.form.octets).map_err(Error::usage)?;
        let organizer = &appointment.organizer;
        let sender = appointment.sender.as_ref().unwrap_or(organizer);
        let from = self.form.from.as_ref().unwrap_or(&sender.address);
        Ok(Written {
            envelope: Envelope {
                id: mail.id().map_err(Error::usage)?,
                from: from.clone(),
                to: recipient.to.address.clone(),
            },
            bytes,
        })
    }

    /// Of many people, each has parts of their own.
    fn get_parts(
        &mut self,
        recipient: &Recipient,
        appointment: &Appointment,
        others: usize,
    ) -> Result<Rc<Parts>> {
        let is_shared = self.crowd.is_none() && others == 0 && !recipient.removal;
        let mut there = self.parts.iter().filter(|_| is_shared);
        if let Some((_, parts)) = there.find(|(other, _)| other == appointment) {
            return Ok(parts.clone());
        }
        let parts = Rc::new(self.make_parts(recipient, appointment, others)?);
        if is_shared {
            self.parts.push((appointment.clone(), parts.clone()));
        }
        Ok(parts)
    }

    fn make_parts(
        &self,
        recipient: &Recipient,
        appointment: &Appointment,
        others: usize,
    ) -> Result<Parts> {
        let Context {
            diary, resources, ..
        } = self.context;
        let branding = resources.branding()?;
        let object = &self.outcome.entry.object;
        let own = self.crowd.as_ref();
        let own = own
            .map(|crowd| crowd.for_reader(&recipient.to))
            .transpose()?;
        let object = own.as_ref().unwrap_or(object);
        let occurrence = self.outcome.occurrence.as_ref();
        Ok(Parts {
            calendar: recipient.calendar(object, appointment, occurrence, diary, branding)?,
            text: invitation::text_for_one(appointment, others, branding),
            html: invitation::page_for_one(appointment, others, branding),
        })
    }
}

/// What the way lets through.
fn ask_octets(transport: &mut dyn Transport) -> Result<Octets> {
    Ok(match transport.ask_8bit()? {
        true => Octets::Eight,
        false => Octets::Seven,
    })
}
