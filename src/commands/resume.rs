//! `resume`: what a crash, a cut connection or a full disk left half done.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::app::App;
use crate::commands::args::meeting;
use crate::commands::perform::say_deliveries;
use crate::error::{Error, Kind, Result};
use crate::operation::{Context, Found, Left, Operation, Outcome, Run};
use crate::report::Report;
use crate::terminal::visible;
use crate::when;

/// Finish what was left half done
///
/// Everything that changes a meeting is written down before the pool is asked. What a crash, a cut
/// connection or a full disk left is finished here, each thing once: a conference that was made is
/// found again, never made anew.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Only these, by the numbers that --list shows; without any: all
    #[arg(value_name = "NUMBER")]
    numbers: Vec<usize>,
    /// Only list what is unfinished
    #[arg(long, conflicts_with = "forget")]
    list: bool,
    /// Drop it instead; what the pool has by now stays there
    #[arg(long)]
    forget: bool,
    /// Mail those once more of whom it is not known whether they have their mail
    #[arg(long, conflicts_with_all = ["list", "forget"])]
    again: bool,
    /// For programs: a JSON array
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  confctl resume
  confctl resume --list
  confctl resume 2
  confctl resume --forget 1";

/// Why something is not finished that noted nothing about it.
const STOPPED: &str = "the program was stopped or killed, or the computer went off";

/// Something unfinished, and what became of it.
#[derive(Default, Serialize)]
struct Row {
    /// Its place in the list, oldest first.
    number: usize,
    /// `schedule`, `update`, `cancel`, `invite` or `refresh`; null: nobody can understand it.
    command: Option<&'static str>,
    /// Subject of the meeting.
    subject: Option<String>,
    /// When the meeting starts, RFC 3339; null: it is not known.
    start: Option<String>,
    /// Addresses of those who are concerned.
    people: Vec<String>,
    /// Account of whoever began it, or `practice`.
    account: Option<String>,
    /// When it was begun, RFC 3339 in UTC.
    began: Option<String>,
    /// Why it is not finished; null: it is still running.
    reason: Option<String>,
    /// Steps that are left: `conference`, `diary`, `calendar`, `mail`, `file`.
    left: Vec<&'static str>,
    /// How many have their mail.
    mailed: usize,
    /// How many are still to be mailed.
    unmailed: usize,
    /// `finished`, `unfinished`, `forgotten`, `running`, `refused`, `damaged`
    state: &'static str,
    /// What to call the meeting, once it is finished.
    id: Option<String>,
    /// Why it could not be finished now.
    error: Option<String>,
    /// The file of one that is damaged.
    file: Option<String>,
    /// As a clause: `schedule 'Quarterly review'`.
    #[serde(skip)]
    what: String,
    /// When it starts, for people.
    #[serde(skip)]
    when: Option<String>,
    #[serde(skip)]
    began_at: Option<Timestamp>,
}

/// Runs the command.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let mut context = app.context()?;
    context.diary.sweep();
    let found = context.journal.list_unfinished()?;
    if let Some(unknown) = args.numbers.iter().find(|&&n| n == 0 || n > found.len()) {
        let what = format!("there is no number {unknown}");
        return Err(Error::new(Kind::NotFound, what).hint("'confctl resume --list' shows all"));
    }
    let mut rows = Vec::new();
    let mut failed = None;
    for (number, found) in (1..).zip(found) {
        if !args.numbers.is_empty() && !args.numbers.contains(&number) {
            continue;
        }
        let (row, error) = args.treat(number, found, &mut context, app);
        rows.push(Row { number, ..row });
        failed = failed.or(error);
    }
    print(args, &rows, context.now, app)?;
    failed.map_or(Ok(()), Err)
}

impl Args {
    /// Lists, forgets or finishes one of them; the others get their turn even if that fails.
    fn treat(
        &self,
        number: usize,
        found: Found,
        context: &mut Context<'_>,
        app: &App,
    ) -> (Row, Option<Error>) {
        match found {
            Found::Running(operation) => {
                let left = Left::of_operation(&operation, &context.diary);
                (Row::of(&operation, left, "running"), None)
            }
            Found::Damaged { path, why } if self.forget => match context.journal.set_aside(&path) {
                Ok(aside) => (Row::of_damaged(&aside, &why, "forgotten"), None),
                Err(error) => (Row::of_damaged(&path, &why, "damaged"), Some(error)),
            },
            Found::Damaged { path, why } => {
                let what = format!(
                    "'{}' holds something unfinished that can't be understood: {why}",
                    path.display()
                );
                let error = Error::new(Kind::HalfDone, what).hint(format!(
                    "'confctl resume --forget {number}' sets the file aside"
                ));
                let row = Row::of_damaged(&path, &why, "damaged");
                (row, Some(error).filter(|_| !self.list))
            }
            Found::Left(run) => {
                let row = |state| {
                    let row = Row::of(run.operation(), Left::of_run(&run, &context.diary), state);
                    let reason = row.reason.or(Some(STOPPED.to_owned()));
                    Row { reason, ..row }
                };
                if self.list {
                    return (row("unfinished"), None);
                }
                if self.forget {
                    let row = row("forgotten");
                    return (row, context.forget(run).err());
                }
                let row = row("finished");
                resume(row, run, self.again, context, app)
            }
        }
    }
}

/// Finishes one of them.
fn resume(
    mut row: Row,
    mut run: Box<Run>,
    again: bool,
    context: &mut Context<'_>,
    app: &App,
) -> (Row, Option<Error>) {
    run.again = again;
    let path = run.path().to_owned();
    match finish(run, context, app) {
        Ok(outcome) => {
            row.id = Some(meeting::name_of(&outcome.appointment).to_owned());
            (row.left, row.reason, row.unmailed) = (Vec::new(), None, 0);
            row.mailed = outcome.deliveries.iter().filter(|d| d.is_sent()).count();
            (row, None)
        }
        Err(error) => {
            let over = matches!(error.kind, Kind::Refused | Kind::NotFound);
            row.state = if over { "refused" } else { "unfinished" };
            row.error = Some(error.to_string());
            if over && row.unmailed > 0 {
                let people = row.people.join(", ");
                let verb = if row.unmailed == 1 { "has" } else { "have" };
                let who = match row.unmailed == row.people.len() {
                    true => people,
                    false => format!("{} of {people}", row.unmailed),
                };
                app.terminal
                    .warn(&format!("{who} {verb} not been told of it."));
            }
            if let Some(left) = Left::of_file(&path, &context.journal, &context.diary) {
                (row.left, row.mailed, row.unmailed) = (left.steps, left.mailed, left.unmailed);
                row.reason = left.reason.or(row.reason);
            }
            (row, Some(error))
        }
    }
}

fn finish(run: Box<Run>, context: &mut Context<'_>, app: &App) -> Result<Outcome> {
    let whose = &run.operation().account;
    if *whose != context.account {
        let name = |account: &Option<String>| match account {
            Some(account) => account.clone(),
            None => "nobody, on the practice pool".to_owned(),
        };
        let what = format!(
            "it was begun as {}, and you are {} now",
            name(whose),
            name(&context.account)
        );
        return Err(Error::new(Kind::NotSignedIn, what).hint(
            "run it with the settings of then; 'confctl resume --list' shows its number for --forget",
        ));
    }
    run.operation().output.probe()?;
    // What went to a terminal or a pipe has no reader any more: 'confctl invite' prints it again.
    let done = context.resume(run)?;
    let deliveries = &done.outcome.deliveries;
    if !deliveries.is_empty() {
        let subject = &done.outcome.appointment.subject;
        app.terminal.status(&format!("'{subject}':"));
    }
    say_deliveries(deliveries, &app.terminal);
    done.close(Ok(()))
}

impl Row {
    fn of(operation: &Operation, left: Left, state: &'static str) -> Self {
        let account = operation.account.clone();
        Self {
            command: Some(operation.action.command()),
            subject: Some(left.subject),
            start: left.start.as_ref().map(when::rfc_3339),
            people: left.people,
            account: Some(account.unwrap_or_else(|| "practice".to_owned())),
            began: Some(operation.began.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
            left: left.steps,
            mailed: left.mailed,
            unmailed: left.unmailed,
            reason: left.reason.filter(|_| state != "running"),
            state,
            what: operation.words(),
            when: left.start.as_ref().map(when::display),
            began_at: Some(operation.began),
            ..Self::default()
        }
    }

    fn of_damaged(path: &Path, why: &str, state: &'static str) -> Self {
        Self {
            reason: Some(why.to_owned()),
            state,
            file: Some(path.display().to_string()),
            what: format!("what '{}' holds", path.display()),
            ..Self::default()
        }
    }

    fn lines(&self, now: Timestamp) -> String {
        let began = self.began.as_deref().unwrap_or("nobody knows when");
        let what = match self.began_at {
            Some(_) => format!("{}, begun {began}", self.what),
            None => self.what.clone(),
        };
        let number = self.number;
        match (self.state, &self.id, &self.error) {
            ("finished", Some(id), _) => {
                let invite = meeting::command("invite", id, "");
                format!("Finished: {what}. Its invitation: {invite}\n")
            }
            ("forgotten", ..) if self.command.is_none() => {
                format!("Set aside: {what}\n")
            }
            ("forgotten", ..) => format!("Forgotten: {what}\n"),
            ("running", ..) => format!("{number}. Still running: {what}\n"),
            ("refused", _, Some(error)) => format!("Given up: {what}: {error}\n"),
            ("damaged", ..) => {
                let why = self.reason.as_deref().unwrap_or_default();
                format!(
                    "{number}. Damaged: {what} can't be understood: {why}\n   'confctl resume --forget {number}' sets the file aside.\n"
                )
            }
            (_, _, Some(error)) => format!("Not finished: {what}: {error}\n"),
            _ => format!("{number}. Unfinished: {}\n{}", self.what, self.details(now)),
        }
    }

    /// What one needs to know in order to decide.
    fn details(&self, now: Timestamp) -> String {
        let mut details = String::new();
        let mut add = |label: &str, text: &str| {
            details += &format!("   {label:<9}{text}\n");
        };
        if let Some(when) = &self.when {
            add("When:", when);
        }
        if !self.people.is_empty() {
            add("People:", &self.people.join(", "));
        }
        add("Account:", self.account.as_deref().unwrap_or_default());
        if let (Some(began), Some(at)) = (&self.began, self.began_at) {
            add(
                "Begun:",
                &format!("{began}, {}", age(now.duration_since(at))),
            );
        }
        add("Why:", self.reason.as_deref().unwrap_or_default());
        let left = match self.left.is_empty() {
            true => "nothing but to look once more".to_owned(),
            false => self.left.join(", "),
        };
        add("Left:", &left);
        if self.mailed + self.unmailed > 0 {
            let mails = format!("{} sent, {} to go", self.mailed, self.unmailed);
            add("Mails:", &mails);
        }
        details
    }
}

/// How long ago, in the largest unit that is full.
fn age(past: SignedDuration) -> String {
    let seconds = past.as_secs();
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let unit = units.into_iter().find(|(length, _)| seconds >= *length);
    match unit.map(|(length, name)| (seconds / length, name)) {
        None => "just now".to_owned(),
        Some((1, name)) => format!("1 {name} ago"),
        Some((many, name)) => format!("{many} {name}s ago"),
    }
}

fn print(args: &Args, rows: &[Row], now: Timestamp, app: &App) -> Result<()> {
    if args.json {
        return app.terminal.print_json(rows);
    }
    if rows.is_empty() {
        app.terminal.status("Nothing is unfinished.");
    }
    let lines: String = rows.iter().map(|row| row.lines(now)).collect();
    app.terminal.print(&visible(&lines))
}
