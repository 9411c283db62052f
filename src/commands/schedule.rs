//! `schedule`: a conference on the pool, and its invitation.

use std::io::Read;

use clap::ValueEnum;
use jiff::{SignedDuration, Timestamp, ToSpan, Unit, Zoned};

use crate::app::App;
use crate::commands::hand_over::HandOver;
use crate::conference::{
    Access, Appointment, Attendance, Attendee, Conference, IdChoice, Kind, Offer, Passcode,
    PasscodeChoice, Person, Plan, PlannedPasscode, Request, Unsettled,
};
use crate::error::{self, Error, Result};
use crate::when;

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
    #[arg(short = 't', long, value_name = "WHEN")]
    start: Option<String>,
    /// How long it lasts: 30m, 1h30m, 90 minutes [default: 1h]
    #[arg(short, long, value_name = "SPAN", conflicts_with = "end")]
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
    #[arg(long, help_heading = "Output")]
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
        mutt -s Demo -a /dev/stdin -- ana@example.com

  What the pool would make of it, without making it:
    confctl schedule live-meeting -s Demo -t +2h --access closed --dry-run

  The Conference ID for a script:
    confctl schedule conference-call -s Standup -t +5m -f json | jq -r .call_in.conference_id";

/// How long a meeting lasts when nobody says.
const USUAL_LENGTH: SignedDuration = SignedDuration::from_hours(1);
/// The pool keeps a conference that long after its end, as Outlook's add-in made it do.
const KEPT_DAYS: i32 = 14;
/// Most characters of a subject: what is longer is no heading but a mistake, such as a pasted file.
const LONGEST_SUBJECT: usize = 1000;

/// A meeting as it was typed, before the pool has been asked.
struct Wish {
    request: Request,
    start: Zoned,
    end: Zoned,
    attendees: Vec<Attendee>,
    note: Option<String>,
    stamp: Timestamp,
}

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
        return Err(Error::new(
            error::Kind::Interrupted,
            "nothing was scheduled",
        ));
    }
    let destination = args.hand_over.prepare(app)?;
    let mut session = app.sign_in(false)?;
    let offer = session.pool.offer()?;
    let plan = wish.request.clone().settle(&offer).map_err(unsettled)?;
    for note in &plan.notes {
        app.terminal.warn(note);
    }
    if args.dry_run {
        return app.terminal.print(&described(&plan, &wish));
    }
    let conference = session.pool.schedule(&plan)?;
    let organizer = session.organizer(&offer);
    let practice = session.practice.is_some();
    let appointment = wish.appointment(conference, organizer, offer, practice)?;
    destination.deliver(&appointment, app)?;
    app.terminal.say(&format!(
        "Scheduled for {}.",
        when::echo_range(&appointment.start, &appointment.end)
    ));
    Ok(())
}

impl Args {
    /// Asks as Outlook's form would; elsewhere names what is missing. True if something was asked.
    fn ask_for_missing(&mut self, app: &App) -> Result<bool> {
        self.take_kind_from_lists();
        let missing: Vec<&str> = [
            (
                self.kind.is_none(),
                "KIND (live-meeting or conference-call)",
            ),
            (self.subject.is_none(), "--subject"),
            (self.start.is_none(), "--start"),
        ]
        .into_iter()
        .filter_map(|(is_missing, name)| is_missing.then_some(name))
        .collect();
        if missing.is_empty() {
            return Ok(false);
        }
        if !app.terminal.can_ask() {
            return Err(Error::usage(format!("missing: {}", missing.join(", "))).hint(
                "for example: confctl schedule live-meeting --subject \"Quarterly review\" --start \"tomorrow 10:00\" --invite ana@example.com",
            ));
        }
        self.ask(app)?;
        Ok(true)
    }

    /// `--invite ana@example.com live-meeting`: a list of addresses ends where the kind begins.
    fn take_kind_from_lists(&mut self) {
        for list in [&mut self.invite, &mut self.optional, &mut self.presenter] {
            let kind = list
                .last()
                .and_then(|word| Kind::from_str(word, false).ok());
            if let (None, Some(kind)) = (self.kind, kind) {
                self.kind = Some(kind);
                list.pop();
            }
        }
    }

    fn ask(&mut self, app: &App) -> Result<()> {
        let terminal = app.terminal;
        if self.kind.is_none() {
            let kinds = [
                "Live Meeting (shared content, audio, dial-in)",
                "Conference call (audio only)",
            ];
            self.kind = Kind::value_variants()
                .get(terminal.choose("What", &kinds)?)
                .copied();
        }
        if self.subject.is_none() {
            self.subject = Some(terminal.ask("Subject", None, |answer| {
                subject(answer).map(drop).map_err(|error| error.to_string())
            })?);
        }
        if self.start.is_none() {
            let now = app.now(self.zone.as_deref())?;
            let check = |answer: &str| {
                start_time(answer, &now)
                    .map(drop)
                    .map_err(|error| error.to_string())
            };
            self.start =
                Some(terminal.ask("Start (tomorrow 10:00, friday 9:00, +2h)", None, check)?);
        }
        if self.duration.is_none() && self.end.is_none() {
            let check = |answer: &str| {
                when::span(answer)
                    .map(drop)
                    .map_err(|error| error.to_string())
            };
            self.duration = Some(terminal.ask("How long", Some("1h"), check)?);
        }
        if self.invite.is_empty() && self.optional.is_empty() {
            let check = |answer: &str| {
                Person::parse_list(answer)
                    .map(drop)
                    .map_err(|error| error.to_string())
            };
            self.invite.push(terminal.ask(
                "Invite (addresses with commas, or nobody)",
                Some(""),
                check,
            )?);
        }
        Ok(())
    }

    /// Everything that can be checked without the pool is checked here.
    fn wish(&self, app: &App) -> Result<Wish> {
        let missing = || Error::usage("kind, --subject and --start are needed");
        let kind = self.kind.ok_or_else(missing)?;
        let subject = subject(self.subject.as_deref().ok_or_else(missing)?)?;
        let (start, end) = self.times(app)?;
        let (attendees, presenters) = self.attendees()?;
        let expires = end
            .timestamp()
            .to_zoned(end.time_zone().clone())
            .checked_add(KEPT_DAYS.days());
        let expires = expires
            .map_err(|_| Error::usage("the meeting is too far away"))?
            .timestamp();
        Ok(Wish {
            request: Request {
                kind,
                subject,
                id: self.id.unwrap_or(match kind {
                    Kind::LiveMeeting => IdChoice::New,
                    Kind::ConferenceCall => IdChoice::Assigned,
                }),
                access: self.access,
                passcode: self.passcode_choice()?,
                dial_in: self.no_dial_in.then_some(false),
                region: self.region.clone(),
                participants: attendees
                    .iter()
                    .map(|attendee| attendee.person.clone())
                    .collect(),
                presenters,
                expires,
            },
            start,
            end,
            attendees,
            note: self.note_text()?,
            stamp: whole_seconds(app.now(None)?.timestamp()),
        })
    }

    fn times(&self, app: &App) -> Result<(Zoned, Zoned)> {
        let now = app.now(self.zone.as_deref())?;
        let text = self.start.as_deref().unwrap_or_default();
        let (start, note) = start_time(text, &now)?;
        let (end, end_note) = match &self.end {
            Some(end) => end_time(end, &start, &now)?,
            None => {
                let length = self
                    .duration
                    .as_deref()
                    .map(when::span)
                    .transpose()
                    .map_err(usage)?;
                let end = start.checked_add(length.unwrap_or(USUAL_LENGTH));
                (
                    end.map_err(|_| Error::usage("the meeting is too far away"))?,
                    None,
                )
            }
        };
        for note in [note, end_note].into_iter().flatten() {
            app.terminal.warn(&note);
        }
        Ok((start, end))
    }

    /// Everybody invited, each once, and those of them who may present.
    fn attendees(&self) -> Result<(Vec<Attendee>, Vec<Person>)> {
        let presenters = people(&self.presenter)?;
        let lists = [
            (people(&self.invite)?, Attendance::Required),
            (people(&self.optional)?, Attendance::Optional),
            (presenters.clone(), Attendance::Required),
        ];
        let mut attendees: Vec<Attendee> = Vec::new();
        for (people, attendance) in lists {
            for person in people {
                if attendees.iter().any(|attendee| attendee.person.is(&person)) {
                    continue;
                }
                attendees.push(Attendee {
                    presenter: presenters.iter().any(|presenter| presenter.is(&person)),
                    person,
                    attendance,
                });
            }
        }
        Ok((attendees, presenters))
    }

    fn passcode_choice(&self) -> Result<PasscodeChoice> {
        match self.passcode.as_str() {
            "auto" => Ok(PasscodeChoice::Auto),
            "none" => Ok(PasscodeChoice::None),
            digits => Ok(PasscodeChoice::Given(Passcode::parse(digits).map_err(
                |error| {
                    Error::usage(format!("--passcode: {error}"))
                        .hint("'auto' makes a random one where one is needed, 'none' makes none")
                },
            )?)),
        }
    }

    fn note_text(&self) -> Result<Option<String>> {
        let Some(note) = &self.note else {
            return Ok(None);
        };
        let text = if note == "-" {
            read_stdin()?
        } else {
            note.clone()
        };
        let text = text.replace("\r\n", "\n");
        let text = text.trim_matches('\n');
        if text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
        {
            return Err(Error::usage(
                "the note holds control characters: only line breaks and tabs can be in it",
            ));
        }
        Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
    }
}

impl Wish {
    fn appointment(
        self,
        conference: Conference,
        organizer: Person,
        offer: Offer,
        practice: bool,
    ) -> Result<Appointment> {
        let attendees = self
            .attendees
            .into_iter()
            .filter(|attendee| !attendee.person.is(&organizer))
            .collect();
        Ok(Appointment {
            uid: uid(&organizer)?,
            sequence: 0,
            stamp: self.stamp,
            start: self.start,
            end: self.end,
            organizer,
            organization: offer.organization,
            attendees,
            subject: self.request.subject,
            note: self.note,
            conference,
            practice,
        })
    }
}

/// One line of text without what can't be in a heading.
fn subject(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::usage("the subject is empty"));
    }
    if let Some(control) = text.chars().find(|c| c.is_control()) {
        let shown = control.escape_unicode();
        return Err(Error::usage(format!(
            "the subject holds a control character ({shown}): it must be one line of text"
        )));
    }
    let length = text.chars().count();
    if length > LONGEST_SUBJECT {
        return Err(Error::usage(format!(
            "the subject has {length} characters: at most {LONGEST_SUBJECT} are allowed"
        )));
    }
    Ok(text.to_owned())
}

fn start_time(text: &str, now: &Zoned) -> Result<(Zoned, Option<String>)> {
    let read = when::parse(text, now).map_err(usage)?;
    if read.at < *now {
        return Err(Error::usage(format!(
            "--start '{text}' is {}, which is in the past",
            when::echo(&read.at)
        )));
    }
    Ok((read.at, read.note))
}

/// An end without a day is read from the start: `11:00` is on the same day, `+2h` two hours later.
fn end_time(text: &str, start: &Zoned, now: &Zoned) -> Result<(Zoned, Option<String>)> {
    let names_no_day = text.starts_with('+') || text.split_whitespace().count() == 1;
    let read = when::parse(text, if names_no_day { start } else { now }).map_err(usage)?;
    if read.at <= *start {
        let end = when::echo(&read.at);
        return Err(Error::usage(format!(
            "--end '{text}' is {end}, which is not after the start"
        )));
    }
    Ok((read.at.with_time_zone(start.time_zone().clone()), read.note))
}

/// Each text may hold several addresses, with commas between them.
fn people(texts: &[String]) -> Result<Vec<Person>> {
    let lists: Result<Vec<_>, _> = texts.iter().map(|text| Person::parse_list(text)).collect();
    Ok(lists.map_err(usage)?.concat())
}

fn read_stdin() -> Result<String> {
    let mut text = String::new();
    let read = std::io::stdin().take(1 << 20).read_to_string(&mut text);
    read.map_err(|error| Error::usage(format!("can't read the note from stdin: {error}")))?;
    Ok(text)
}

/// iCalendar knows no fractions (RFC 5545 3.3.5).
fn whole_seconds(moment: Timestamp) -> Timestamp {
    moment.round(Unit::Second).unwrap_or(moment)
}

fn uid(organizer: &Person) -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::failed(format!("there is no randomness: {error}")))?;
    let domain = organizer
        .address
        .rsplit_once('@')
        .map_or("confctl", |(_, domain)| domain);
    Ok(format!("{}@{domain}", crate::proto::hex(&bytes)))
}

fn unsettled(why: Unsettled) -> Error {
    let kind = if why.is_usage() {
        error::Kind::Usage
    } else {
        error::Kind::Refused
    };
    Error::new(kind, why.to_string()).hint(why.hint())
}

fn usage(error: impl std::error::Error) -> Error {
    Error::usage(error.to_string())
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
