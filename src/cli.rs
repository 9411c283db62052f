//! What can be typed: the tree of commands, global flags, and the way to each command.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand};

use crate::app::App;
use crate::commands::{
    adopt, cancel, complete, copy, generate, history, invite, lint, list, login, meet_now, pool,
    prune, refresh, resume, schedule, settings, show, undo, update,
};
use crate::error::{EXIT_CODES, Result};
use crate::interrupt;
use crate::report::Report;
use crate::terminal::{self, Color, Terminal, Verbosity};

/// Schedule Live Meetings and conference calls from the command line
///
/// One command makes a conference on your organisation's pool (Office Communications Server 2007
/// R2, Lync, Skype for Business Server), gets dial-in numbers, Conference ID and passcode from it,
/// and turns them into an invitation that every calendar understands.
///
/// Without an account everything runs on the practice pool, a pool inside this program: same
/// protocol, fictional numbers. Try it, then run 'confctl login'.
#[derive(Debug, Parser)]
#[command(name = "confctl", version, after_help = EXAMPLES, after_long_help = more(), max_term_width = 100)]
#[command(propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  confctl schedule live-meeting -s \"Quarterly review\" -t \"tomorrow 10:00\" -i ana@example.com
  confctl schedule conference-call -s Standup -t \"monday 9:00\" -o standup.ics
  confctl settings open";

const MORE: &str = "\
Examples:
  See the card on the terminal:
    confctl schedule live-meeting -s \"Quarterly review\" -t \"tomorrow 10:00\" -i ana@example.com

  Put the invitation into a file, for any calendar:
    confctl schedule conference-call -s Standup -t \"monday 9:00\" -o standup.ics

  Open the page with your PIN, your assigned Conference ID and all numbers:
    confctl settings open

Output:
  Data goes to stdout, talk to stderr. On a terminal 'schedule' prints a card for people;
  into a pipe or a file it prints iCalendar. -f and -o decide otherwise.

Files:
  ~/.config/confctl/config.toml   account and time zone, written by 'confctl login'
  ~/.local/share/confctl/         the diary, what is known of its meetings besides (state.sqlite),
                                  what is unfinished, and the practice pool
  ~/.cache/confctl/               an index of the diary, made anew when it is gone

Environment:
  CONFCTL_SERVER    tls:host:port or tcp:host:port, on Teams the address of Microsoft Graph; with
                    CONFCTL_USER an account without a file
  CONFCTL_USER      SIP address, sip:user@domain; on Teams the mail address
  CONFCTL_LOGIN     Windows account, DOMAIN\\user; the SIP address if not set
  CONFCTL_PASSWORD  password; otherwise password.command of the settings, or the keyring
  CONFCTL_TOKEN     on Teams, the token; otherwise password.command of the settings
  CONFCTL_CA_FILE   authorities to trust besides the system's, as PEM: for pool, calendar and mail
  CONFCTL_CONFIG    settings file, as --config
  CONFCTL_SMTP      way of mails: smtp://host:port, smtps://user@host, sendmail, folder:PATH
  CONFCTL_SMTP_PASSWORD      password of the mail server
  CONFCTL_CALENDAR  address of your calendar, https://…
  CONFCTL_CALENDAR_PASSWORD  password of the calendar
  CONFCTL_DIARY     folder of the meetings, a vdir; 'diary' in the settings
  CONFCTL_TIMEOUT   longest wait for one answer of the pool, in seconds (32)
  CONFCTL_LOG       file for support: what was told and said on the wire, secrets masked
  BROWSER           what 'settings open' starts
  NO_COLOR          no colour

";

/// The long help's end, with the exit codes from their one table.
fn more() -> String {
    let codes: Vec<String> = EXIT_CODES
        .iter()
        .map(|(code, meaning)| format!("  {code:<4}{meaning}"))
        .collect();
    format!("{MORE}Exit codes:\n{}", codes.join("\n"))
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// Settings file instead of ~/.config/confctl/config.toml
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Say less: once, errors only; twice, nothing
    #[arg(short, long, global = true, action = ArgAction::Count)]
    quiet: u8,
    /// Say more: once, each step; twice, every message on the wire, with secrets masked
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// Colour: auto, always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        hide_default_value = true
    )]
    color: Color,
    /// Never ask; name what is missing instead
    #[arg(long, global = true)]
    no_input: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Schedule(Box<schedule::Args>),
    #[command(name = "meet-now")]
    MeetNow(meet_now::Args),
    Copy(copy::Args),
    List(list::Args),
    Show(show::Args),
    #[command(visible_alias = "reschedule")]
    Update(Box<update::Args>),
    Cancel(cancel::Args),
    Invite(invite::Args),
    Lint(lint::Args),
    Refresh(refresh::Args),
    History(history::Args),
    Undo(undo::Args),
    Adopt(adopt::Args),
    Prune(prune::Args),
    Resume(resume::Args),
    Settings(settings::Args),
    Login(login::Args),
    Pool(pool::Args),
    Completions(generate::CompletionArgs),
    Man(generate::ManArgs),
}

impl Command {
    /// Whether whoever runs it should know what is unfinished.
    fn is_about_meetings(&self) -> bool {
        matches!(
            self,
            Self::Schedule(_)
                | Self::MeetNow(_)
                | Self::Copy(_)
                | Self::List(_)
                | Self::Show(_)
                | Self::Update(_)
                | Self::Cancel(_)
                | Self::Invite(_)
                | Self::Refresh(_)
                | Self::History(_)
                | Self::Undo(_)
                | Self::Adopt(_)
                | Self::Prune(_)
        )
    }
}

/// Says in a line that something is unfinished, which is easily forgotten.
fn remind(app: &App) {
    let what = match app.count_unfinished() {
        Ok(0) => return,
        Ok(1) => "1 thing is unfinished".to_owned(),
        Ok(many) => format!("{many} things are unfinished"),
        Err(error) => format!("whether something is unfinished is not known: {error}"),
    };
    app.terminal
        .warn(&format!("{what}: 'confctl resume --list' tells what."));
}

impl Cli {
    /// The answer to a shell in which Tab was pressed; nothing in an ordinary run.
    pub fn complete(arguments: &[OsString]) -> Option<String> {
        complete::answer(arguments, Self::command)
    }

    /// Reads the command line; `arguments` begins with the program's name.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        Self::try_parse_from(rejoin_clock(arguments.into_iter().collect()))
    }

    /// Runs the command.
    pub fn run(self) -> Result<()> {
        interrupt::install(terminal::say_at_end)?;
        let app = App::new(self.terminal(), self.global.config.clone())?;
        app.tell_overrides()?;
        if self.command.is_about_meetings() {
            remind(&app);
        }
        match self.command {
            Command::Schedule(args) => schedule::run(*args, &app),
            Command::MeetNow(args) => meet_now::run(&args, &app),
            Command::Copy(args) => copy::run(&args, &app),
            Command::List(args) => list::run(&args, &app),
            Command::Show(args) => show::run(&args, &app),
            Command::Update(args) => update::run(&args, &app),
            Command::Cancel(args) => cancel::run(&args, &app),
            Command::Invite(args) => invite::run(&args, &app),
            Command::Lint(args) => lint::run(&args, &app),
            Command::Refresh(args) => refresh::run(&args, &app),
            Command::History(args) => history::run(&args, &app),
            Command::Undo(args) => undo::run(&args, &app),
            Command::Adopt(args) => adopt::run(&args, &app),
            Command::Prune(args) => prune::run(&args, &app),
            Command::Resume(args) => resume::run(&args, &app),
            Command::Settings(args) => settings::run(args, &app),
            Command::Login(args) => login::run(args, &app),
            Command::Pool(args) => pool::run(args, &app),
            Command::Completions(args) => generate::completions(&args, &app),
            Command::Man(args) => generate::man(&args, Self::command(), &app),
        }
    }

    /// The terminal, as the global flags want it.
    pub fn terminal(&self) -> Terminal {
        Terminal::new(Verbosity {
            quiet: self.global.quiet,
            verbose: self.global.verbose,
            color: self.global.color,
            no_input: self.global.no_input,
        })
    }
}

/// Flags whose value may be two words: a day and a clock.
const TIMES: [&str; 6] = [
    "-t",
    "--start",
    "--end",
    "--from",
    "--until",
    "--occurrence",
];

/// Makes `--start tomorrow 10:00` mean `--start "tomorrow 10:00"`. Only a word shaped like a clock
/// is taken: nothing else on our command line looks like one.
fn rejoin_clock(arguments: Vec<OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::with_capacity(arguments.len());
    let mut arguments = arguments.into_iter().peekable();
    while let Some(argument) = arguments.next() {
        if argument == "--send"
            && let Some(way) = arguments.next_if(|next| next.to_str().is_some_and(is_way))
        {
            let mut sends = argument;
            sends.push("=");
            sends.push(way);
            joined.push(sends);
            continue;
        }
        let is_time = argument.to_str().is_some_and(|text| TIMES.contains(&text));
        joined.push(argument);
        if !is_time {
            continue;
        }
        if let Some(mut value) = arguments.next() {
            let clock = arguments.next_if(|next| next.to_str().is_some_and(is_clock));
            if let Some(clock) = clock {
                value.push(" ");
                value.push(clock);
            }
            joined.push(value);
        }
    }
    joined
}

/// A way of mails, as people write it behind a blank.
fn is_way(text: &str) -> bool {
    let schemes = ["smtp://", "smtps://", "sendmail:", "folder:"];
    text == "sendmail" || schemes.iter().any(|scheme| text.starts_with(scheme))
}

/// `9:00`, `10:30pm`.
fn is_clock(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let digits = lower.trim_end_matches("am").trim_end_matches("pm");
    let Some((hour, minute)) = digits.split_once(':') else {
        return false;
    };
    let number = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    number(hour, 1..=2) && number(minute, 2..=2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_of_commands_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_clock_behind_a_day_belongs_to_it() {
        let joined = |words: &[&str]| -> Vec<String> {
            rejoin_clock(words.iter().map(OsString::from).collect())
                .into_iter()
                .map(|word| word.into_string().unwrap())
                .collect()
        };
        assert_eq!(
            joined(&["--start", "tomorrow", "10:00", "live-meeting"]),
            ["--start", "tomorrow 10:00", "live-meeting"]
        );
        assert_eq!(joined(&["-t", "friday", "9:30pm"]), ["-t", "friday 9:30pm"]);
        assert_eq!(
            joined(&["--start", "tomorrow 10:00", "live-meeting"]),
            ["--start", "tomorrow 10:00", "live-meeting"]
        );
        assert_eq!(
            joined(&["--start", "tomorrow", "live-meeting"]),
            ["--start", "tomorrow", "live-meeting"]
        );
        assert_eq!(
            joined(&["--subject", "standup", "10:00"]),
            ["--subject", "standup", "10:00"]
        );
    }
}
