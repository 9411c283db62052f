//! `resume`: what a crash, a cut connection or a full disk left half done.

use serde::Serialize;

use crate::app::App;
use crate::commands::carry_out::{finish, journal};
use crate::commands::conf;
use crate::commands::hand_over::Destination;
use crate::error::{Error, Kind, Result};
use crate::report::Report;
use crate::terminal::visible;
use crate::undertaking::{Found, Intent, Outcome, Undertaking};

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

/// What became of something unfinished.
#[derive(Serialize)]
struct Row {
    /// Its place in the list, oldest first.
    number: usize,
    /// `schedule 'Quarterly review'`
    what: String,
    /// When it was begun, RFC 3339 in UTC.
    began: String,
    /// `finished`, `unfinished`, `forgotten`, `running`, `refused`
    state: &'static str,
    /// What to call the meeting, once it is known.
    id: Option<String>,
    /// Why it is not finished.
    error: Option<String>,
}

/// Runs the command.
pub fn run(args: &Args, app: &App) -> Result<()> {
    app.diary()?.tidy();
    let mut rows = Vec::new();
    let mut failed = None;
    let found = journal()?.unfinished()?;
    if let Some(unknown) = args.numbers.iter().find(|&&n| n == 0 || n > found.len()) {
        let what = format!("there is no number {unknown}");
        return Err(Error::new(Kind::NotFound, what).hint("'confctl resume --list' shows all"));
    }
    for (number, found) in (1..).zip(found) {
        if !args.numbers.is_empty() && !args.numbers.contains(&number) {
            continue;
        }
        let (row, error) = match found {
            Found::Running(intent) => (Row::of(&intent, "running"), None),
            Found::Broken(path, why) => {
                app.terminal.warn(&format!(
                    "'{}' can't be understood and is left alone: {why}",
                    path.display()
                ));
                continue;
            }
            Found::Left(undertaking) if args.list => {
                (Row::of(&undertaking.intent, "unfinished"), None)
            }
            Found::Left(undertaking) if args.forget => forgotten(*undertaking),
            Found::Left(mut undertaking) => {
                undertaking.again = args.again;
                resumed(*undertaking, app)
            }
        };
        rows.push(Row { number, ..row });
        failed = failed.or(error);
    }
    report(args, &rows, app)?;
    failed.map_or(Ok(()), Err)
}

fn forgotten(undertaking: Undertaking) -> (Row, Option<Error>) {
    let row = Row::of(&undertaking.intent, "forgotten");
    undertaking.finish();
    (row, None)
}

/// Finishes one of them; the others get their turn even if this one fails.
fn resumed(undertaking: Undertaking, app: &App) -> (Row, Option<Error>) {
    let intent = undertaking.intent.clone();
    let done = finished(undertaking, app);
    match done {
        Ok(outcome) => {
            let mut row = Row::of(&intent, "finished");
            row.id = Some(conf::name_of(&outcome.appointment).to_owned());
            (row, None)
        }
        Err(error) => {
            let over = matches!(error.kind, Kind::Refused | Kind::NotFound);
            let mut row = Row::of(&intent, if over { "refused" } else { "unfinished" });
            row.error = Some(error.to_string());
            (row, Some(error))
        }
    }
}

fn finished(undertaking: Undertaking, app: &App) -> Result<Outcome> {
    if undertaking.intent.account != app.account_name()? {
        let whose = undertaking.intent.account.as_deref();
        return Err(Error::new(
            Kind::NotSignedIn,
            format!(
                "it was begun as {}, which is not the account of now",
                whose.unwrap_or("nobody, on the practice pool")
            ),
        ));
    }
    let diary = app.diary()?;
    diary.prepare()?;
    // What went to a terminal or a pipe has no reader any more: 'confctl invite' prints it again.
    let destination = Destination::again(&undertaking.intent.delivery)?;
    finish(undertaking, &journal()?, &diary, destination, app)
}

impl Row {
    fn of(intent: &Intent, state: &'static str) -> Self {
        Self {
            number: 0,
            what: intent.words(),
            began: intent.began.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            state,
            id: None,
            error: None,
        }
    }

    fn line(&self) -> String {
        let what = format!("{}, begun {}", self.what, self.began);
        match (self.state, &self.id, &self.error) {
            ("finished", Some(id), _) => {
                format!("Finished: {what}. Its invitation: confctl invite {id}")
            }
            ("forgotten", ..) => format!("Forgotten: {what}"),
            ("running", ..) => format!("Still running: {what}"),
            ("refused", _, Some(error)) => format!("Given up: {what}: {error}"),
            (_, _, Some(error)) => format!("Not finished: {what}: {error}"),
            _ => format!("{}. Unfinished: {what}", self.number),
        }
    }
}

fn report(args: &Args, rows: &[Row], app: &App) -> Result<()> {
    if args.json {
        let json =
            serde_json::to_string_pretty(rows).map_err(|error| Error::failed(error.to_string()))?;
        return app.terminal.print(&format!("{json}\n"));
    }
    if rows.is_empty() {
        app.terminal.status("Nothing is unfinished.");
    }
    let lines: String = rows.iter().map(|row| visible(&row.line()) + "\n").collect();
    app.terminal.print(&lines)
}
