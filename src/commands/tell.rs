//! Telling people by mail, one by one: whatever ends this half-way, nobody is told twice.

use std::rc::Rc;

use serde::Serialize;

use crate::app::App;
use crate::commands::post::{may_practise, route};
use crate::conference::{Appointment, Person};
use crate::diary::Diary;
use crate::error::{Error, Kind, Result};
use crate::interrupt;
use crate::invitation::{self, Mail, Octets};
use crate::mail::{self, Envelope, Route, Settings, Smtp, Transport};
use crate::proto::c3p::focus_parts;
use crate::report::Report;
use crate::telephony::Locals;
use crate::undertaking::{
    Deed, Delivery, Fate, MailWish, Origin, Outcome, Telling, Undertaking, address,
};

/// Most rows of a table when everything went well.
const MOST_ROWS: usize = 20;

/// What became of the mails.
#[derive(Debug, Default)]
pub struct MailTable {
    /// One for each person, in the order of the invitation.
    pub rows: Vec<Row>,
}

/// What became of one mail.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// `user@domain`
    pub to: String,
    /// `sent`, `refused`, `failed` (another try may help) or `unknown` (it may have arrived).
    pub state: &'static str,
    /// What the mail server said, when it is not `sent`.
    pub why: Option<String>,
    /// `request` or `cancel`
    pub what: &'static str,
}

impl MailTable {
    fn of(tellings: &[Telling], undertaking: &Undertaking) -> Self {
        let row = |telling: &Telling| {
            let fate = undertaking.fates.get(&telling.key());
            Row {
                to: telling.to.address.clone(),
                state: fate.map_or("failed", Fate::word),
                why: fate.and_then(Fate::why).map(str::to_owned),
                what: if telling.cancels() {
                    "cancel"
                } else {
                    "request"
                },
            }
        };
        Self {
            rows: tellings.iter().map(row).collect(),
        }
    }

    /// Addresses that have their mail.
    pub fn sent(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.state == "sent")
    }

    /// Says it to people: all of it when something went wrong or there are few.
    pub fn tell(&self, app: &App) {
        let all = self.rows.len();
        let sent = self.sent().count();
        if all == 0 {
            return;
        }
        let tried = self
            .rows
            .iter()
            .any(|row| row.state == "sent" || row.why.is_some());
        let shown: Vec<&Row> = match all {
            _ if !tried && all > MOST_ROWS => Vec::new(),
            all if all <= MOST_ROWS => self.rows.iter().collect(),
            _ => self.rows.iter().filter(|row| row.state != "sent").collect(),
        };
        let width = shown.iter().map(|row| row.to.chars().count()).max();
        for row in shown {
            let why = row.why.as_deref().unwrap_or_default();
            let line = format!(
                "  {:width$}  {}  {why}",
                row.to,
                row.state,
                width = width.unwrap_or(0)
            );
            app.terminal.status(line.trim_end());
        }
        app.terminal.status(&format!("Mailed to {sent} of {all}."));
    }

    /// Why not everybody has a mail, as an error.
    fn error(&self) -> Option<Error> {
        let missing = self.rows.len() - self.sent().count();
        if missing == 0 {
            return None;
        }
        let unknown: Vec<&str> = self
            .rows
            .iter()
            .filter(|row| row.state == "unknown")
            .map(|row| row.to.as_str())
            .collect();
        let what = format!(
            "{missing} of {} mails were not sent, or may not have been",
            self.rows.len()
        );
        let error = Error::new(Kind::HalfDone, what);
        Some(match unknown.as_slice() {
            [] => error,
            names => error.hint(format!(
                "whether {} got it is not known; 'confctl resume --again' mails it once more",
                names.join(", ")
            )),
        })
    }
}

/// Mails everybody who is concerned and has no mail yet. The report is there even after a failure.
pub fn tell(
    undertaking: &mut Undertaking,
    outcome: &Outcome,
    wish: &MailWish,
    diary: &Diary,
    app: &App,
) -> (MailTable, Result<()>) {
    let mut tellings = Telling::of(outcome, &undertaking.intent.deed);
    let done = localised(&mut tellings, app);
    let done = done.and_then(|()| mailed(&tellings, undertaking, outcome, wish, diary, app));
    let report = MailTable::of(&tellings, undertaking);
    let done = done.and_then(|()| report.error().map_or(Ok(()), Err));
    (report, done)
}

/// Mails come from the organizer, whose the conference is, or from a delegate.
fn may_speak_for(appointment: &Appointment) -> Result<()> {
    let owner = focus_parts(&appointment.conference.focus).map(|(owner, _)| owner);
    let own = format!("sip:{}", appointment.organizer.address);
    if owner.is_none_or(|owner| owner.eq_ignore_ascii_case(&own)) {
        return Ok(());
    }
    let what = format!("{} invites to this meeting, not you", appointment.organizer);
    Err(Error::new(Kind::Refused, what)
        .hint("confctl mails in nobody else's name: -o FILE.ics writes what they can send"))
}

/// The local number first for each of them.
fn localised(tellings: &mut [Telling], app: &App) -> Result<()> {
    let people = app.settings()?.people.unwrap_or_default();
    let first = tellings.first();
    let dial_in = first.and_then(|first| first.appointment.conference.ways_in.dial_in.clone());
    let Some(dial_in) = dial_in else {
        return Ok(());
    };
    let locals = Locals::new(&dial_in.numbers);
    for telling in tellings {
        if let Some(dial_in) = &mut telling.appointment.conference.ways_in.dial_in {
            dial_in.numbers = locals.first_for(&telling.to, &people);
        }
    }
    Ok(())
}

fn mailed(
    tellings: &[Telling],
    undertaking: &mut Undertaking,
    outcome: &Outcome,
    wish: &MailWish,
    diary: &Diary,
    app: &App,
) -> Result<()> {
    undertaking.mailing(wish, outcome.appointment.sequence)?;
    know_of_others(tellings, undertaking, outcome);
    let left: Vec<&Telling> = tellings
        .iter()
        .filter(|telling| is_left(telling, undertaking))
        .collect();
    if left.is_empty() {
        return Ok(());
    }
    may_speak_for(&outcome.appointment)?;
    if outcome.appointment.practice {
        may_practise(wish)?;
    }
    let (_, settings, mut transport) = open(wish, app)?;
    let mut writer = Writer {
        outcome,
        from: settings.from.as_deref(),
        octets: octets(transport.as_mut())?,
        diary,
        app,
        parts: Vec::new(),
    };
    let done = tellings.len() - left.len();
    let progress = app.terminal.progress("Mailing", tellings.len(), done);
    for telling in left {
        let mail = writer.mail(telling)?;
        carried(&mail, telling, transport.as_mut(), undertaking)?;
        progress.advance();
    }
    Ok(())
}

/// Who was told of this version by another undertaking meanwhile has it.
fn know_of_others(tellings: &[Telling], undertaking: &mut Undertaking, outcome: &Outcome) {
    if undertaking.origin == Origin::Fresh {
        return;
    }
    let sent = outcome.document.sent();
    for telling in tellings.iter().filter(|telling| !telling.cancels()) {
        let told = sent.get(&address(&telling.to));
        if told.is_some_and(|told| *told >= telling.appointment.sequence) {
            undertaking.fates.insert(telling.key(), Fate::Sent);
        }
    }
}

/// What may have arrived is sent again only by those who say so.
fn is_left(telling: &Telling, undertaking: &Undertaking) -> bool {
    match undertaking.fates.get(&telling.key()) {
        None | Some(Fate::Failed(_)) => true,
        Some(Fate::Refused(_)) => undertaking.origin != Origin::Fresh,
        Some(Fate::Unknown(_)) => undertaking.again,
        Some(Fate::Sent) => false,
    }
}

/// From before the mail goes out until it is on the disk what became of it, nothing disturbs.
fn carried(
    mail: &Written,
    telling: &Telling,
    transport: &mut dyn Transport,
    undertaking: &mut Undertaking,
) -> Result<()> {
    let to = telling.key();
    interrupt::undisturbed(|| {
        let fate = transport.send(&mail.envelope, &mail.bytes, &mut || {
            undertaking.hands_over(&to)
        })?;
        undertaking.mailed(&to, &known(fate))
    })
}

fn known(fate: mail::Fate) -> Fate {
    let coded = |code: Option<u16>, words: String| match code {
        Some(code) if !words.starts_with(&code.to_string()) => format!("{code} {words}"),
        _ => words,
    };
    match fate {
        mail::Fate::Sent { .. } => Fate::Sent,
        mail::Fate::Refused { code, words } => Fate::Refused(coded(code, words)),
        mail::Fate::Later { code, words } => Fate::Failed(coded(code, words)),
        mail::Fate::Unknown { words } => Fate::Unknown(words),
    }
}

/// Prints the mails that would be sent, byte for byte, one after the other; who gets which is said
/// on stderr.
pub fn dry_run(
    outcome: &Outcome,
    deed: &Deed,
    delivery: &Delivery,
    diary: &Diary,
    app: &App,
) -> Result<()> {
    let Some(wish) = &delivery.mail else {
        return Ok(());
    };
    may_speak_for(&outcome.appointment)?;
    let (way, settings, mut transport) = open(wish, app)?;
    let mut tellings = Telling::of(outcome, deed);
    localised(&mut tellings, app)?;
    let octets = octets(transport.as_mut()).unwrap_or_else(|error| {
        app.terminal.warn(&format!(
            "{error}: the bytes are those for a mail server that takes ASCII only"
        ));
        Octets::Seven
    });
    let mut writer = Writer {
        outcome,
        from: settings.from.as_deref(),
        octets,
        diary,
        app,
        parts: Vec::new(),
    };
    for telling in &tellings {
        let mail = writer.mail(telling)?;
        app.terminal.status(&format!(
            "Would mail {} bytes from {} to {} by {way}:",
            mail.bytes.len(),
            mail.envelope.from,
            mail.envelope.to
        ));
        app.terminal.print_bytes(&mail.bytes)?;
    }
    app.terminal
        .status(&format!("Would mail {}. Nothing was sent.", tellings.len()));
    Ok(())
}

/// A mail, ready to go.
struct Written {
    envelope: Envelope,
    bytes: Vec<u8>,
}

/// What most people get alike.
struct Parts {
    calendar: String,
    text: String,
    html: String,
}

/// Writes mails, each for one person.
struct Writer<'a> {
    outcome: &'a Outcome,
    /// Who gets the bounces; none: the sender.
    from: Option<&'a str>,
    octets: Octets,
    diary: &'a Diary,
    app: &'a App,
    /// By how people are told.
    parts: Vec<(Appointment, Rc<Parts>)>,
}

impl Writer<'_> {
    fn mail(&mut self, telling: &Telling) -> Result<Written> {
        let appointment = &telling.appointment;
        let to = [telling.to.clone()];
        let parts = self.parts(telling)?;
        let mail = Mail {
            appointment,
            calendar: &parts.calendar,
            text: &parts.text,
            html: &parts.html,
            prefix: invitation::prefix(appointment),
            to: &to,
        };
        let bytes = invitation::message(&mail, self.octets).map_err(unwritable)?;
        let sender = appointment
            .sender
            .as_ref()
            .unwrap_or(&appointment.organizer);
        Ok(Written {
            envelope: Envelope {
                id: invitation::message_id(appointment, &to).map_err(unwritable)?,
                from: self.from.unwrap_or(&sender.address).to_owned(),
                to: telling.to.address.clone(),
            },
            bytes,
        })
    }

    fn parts(&mut self, telling: &Telling) -> Result<Rc<Parts>> {
        let appointment = &telling.appointment;
        let same = |(other, _): &&(Appointment, Rc<Parts>)| other == appointment;
        let there = self.parts.iter().find(same).filter(|_| !telling.removal);
        if let Some((_, parts)) = there {
            return Ok(parts.clone());
        }
        let branding = self.app.branding()?;
        let Outcome {
            document,
            occurrence,
            ..
        } = self.outcome;
        let calendar = telling.calendar(document, occurrence.as_ref(), self.diary, branding)?;
        let parts = Rc::new(Parts {
            calendar,
            text: invitation::text(appointment, branding),
            html: invitation::page(appointment, branding),
        });
        if !telling.removal {
            self.parts.push((appointment.clone(), parts.clone()));
        }
        Ok(parts)
    }
}

/// One mail for many: text, page and calendar, in ASCII.
pub fn message(
    appointment: &Appointment,
    calendar: &str,
    to: &[Person],
    app: &App,
) -> Result<Vec<u8>> {
    let branding = app.branding()?;
    let text = invitation::text(appointment, branding);
    let html = invitation::page(appointment, branding);
    let mail = Mail {
        appointment,
        calendar,
        text: &text,
        html: &html,
        prefix: invitation::prefix(appointment),
        to,
    };
    invitation::message(&mail, Octets::Seven).map_err(unwritable)
}

fn unwritable(error: invitation::MailError) -> Error {
    Error::usage(error.to_string())
}

/// What the way lets through.
fn octets(transport: &mut dyn Transport) -> Result<Octets> {
    Ok(match transport.takes_8bit()? {
        true => Octets::Eight,
        false => Octets::Seven,
    })
}

fn open(wish: &MailWish, app: &App) -> Result<(Route, Settings, Box<dyn Transport>)> {
    let (route, settings) = route(wish, app)?;
    let password = |server: &Smtp| mail::password(&settings, server, app.terminal.can_ask());
    let transport = mail::open(&route, &settings, password, app.report())?;
    Ok((route, settings, transport))
}
