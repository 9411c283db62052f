//! What shells offer when Tab is pressed: a script that makes them ask, and the answers, with the
//! meetings of the diary among them.

use std::collections::HashMap;
use std::env;
use std::ffi::{OsStr, OsString};

use clap::Command;
use clap_complete::Shell;
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};
use jiff::Timestamp;

use crate::app::App;
use crate::conference::{Appointment, Status};
use crate::error::{Error, Result};
use crate::terminal::{Terminal, Verbosity, visible};

/// Names the shell that asks; set by our script.
const ASKED: &str = "CONFCTL_COMPLETE";

/// More than these nobody looks through.
const MOST: usize = 50;

/// zsh reads the script from a folder of `$fpath` when Tab is pressed for the first time, and expects
/// the answer to that from the script itself.
const FIRST_ANSWER: &str = "\
if [[ ${funcstack[1]} == _confctl ]]; then
    _clap_dynamic_completer_confctl \"$@\"
fi
";

/// The script that makes a shell ask us. It finds confctl as its user would.
pub fn script(shell: Shell) -> Result<String> {
    let mut script = Vec::new();
    completer(shell)?.write_registration(ASKED, "confctl", "confctl", "confctl", &mut script)?;
    let script = String::from_utf8_lossy(&script);
    let first_answer = match shell {
        Shell::Zsh => FIRST_ANSWER,
        _ => "",
    };
    Ok(format!("{}\n{first_answer}", script.trim()))
}

/// The answer to a shell that asks; nothing in an ordinary run. `arguments` are the program's name,
/// `--`, and the line so far.
pub fn answer(arguments: &[OsString], cli: fn() -> Command) -> Option<String> {
    let shell: Shell = env::var(ASKED).ok()?.parse().ok()?;
    let line = arguments.iter().position(|argument| argument == "--")?;
    let line = arguments.get(line + 1..).filter(|line| !line.is_empty())?;
    let here = env::current_dir().ok();
    let mut candidates = Vec::new();
    let answered = completer(shell).and_then(|completer| {
        completer.write_complete(&mut cli(), line.to_vec(), here.as_deref(), &mut candidates)?;
        Ok(candidates)
    });
    // A shell that can't be answered offers nothing.
    Some(String::from_utf8_lossy(&answered.unwrap_or_default()).into_owned())
}

/// The meetings of the diary whose name begins so, the next one first, then those that are over.
pub fn conferences(beginning: &OsStr) -> Vec<CompletionCandidate> {
    let Some(beginning) = beginning.to_str() else {
        return Vec::new();
    };
    // Whatever is wrong with settings or diary is told by the command itself.
    meetings().map_or_else(
        |_| Vec::new(),
        |(meetings, now)| candidates(&meetings, beginning, now),
    )
}

fn completer(shell: Shell) -> Result<&'static dyn EnvCompleter> {
    Ok(match shell {
        Shell::Bash => &Bash,
        Shell::Elvish => &Elvish,
        Shell::Fish => &Fish,
        Shell::PowerShell => &Powershell,
        Shell::Zsh => &Zsh,
        _ => return Err(Error::failed(format!("{shell} can't be completed for"))),
    })
}

/// What takes place or took place, with the present moment.
fn meetings() -> Result<(Vec<Appointment>, Timestamp)> {
    let silent = Terminal::new(Verbosity {
        quiet: 2,
        ..Verbosity::default()
    });
    let app = App::new(silent, None)?;
    let entries = app.diary()?.entries()?.entries.into_iter();
    let meetings = entries
        .map(|entry| entry.appointment)
        .filter(|appointment| appointment.status == Status::Confirmed);
    Ok((meetings.collect(), app.clock()?))
}

fn candidates(
    meetings: &[Appointment],
    beginning: &str,
    now: Timestamp,
) -> Vec<CompletionCandidate> {
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for digits in meetings.iter().filter_map(digits) {
        *uses.entry(digits).or_default() += 1;
    }
    let mut named: Vec<(&Appointment, &str)> = meetings
        .iter()
        .map(|meeting| (meeting, name(meeting, &uses)))
        .filter(|(_, name)| name.starts_with(beginning))
        .collect();
    named.sort_by_key(|(meeting, _)| {
        let is_over = meeting.series.is_none() && meeting.end.timestamp() <= now;
        (is_over, seconds_between(meeting.start.timestamp(), now))
    });
    let candidate = |(order, (meeting, name)): (usize, (&Appointment, &str))| {
        CompletionCandidate::new(name)
            .help(Some(describe(meeting).into()))
            .display_order(Some(order))
    };
    named
        .into_iter()
        .take(MOST)
        .enumerate()
        .map(candidate)
        .collect()
}

/// Seconds between a start and the present moment.
fn seconds_between(start: Timestamp, now: Timestamp) -> u64 {
    start.as_second().abs_diff(now.as_second())
}

/// The digits that people dial, else the UID, else the meeting id. A shell puts it into the command
/// line as it is, so it is nothing that a shell would obey.
fn name<'a>(meeting: &'a Appointment, uses: &HashMap<&str, usize>) -> &'a str {
    let digits = digits(meeting).filter(|digits| uses.get(digits) == Some(&1));
    let uid = Some(meeting.uid.as_str()).filter(|uid| is_harmless(uid));
    digits.or(uid).unwrap_or(meeting.conference.id.as_str())
}

fn is_harmless(word: &str) -> bool {
    let harmless = |b: u8| b.is_ascii_alphanumeric() || b"@._-".contains(&b);
    !word.is_empty() && !word.starts_with('-') && word.bytes().all(harmless)
}

fn digits(meeting: &Appointment) -> Option<&str> {
    let dial_in = meeting.conference.ways_in.dial_in.as_ref()?;
    Some(dial_in.id.as_str())
}

/// In one line without control characters: it goes to a terminal.
fn describe(meeting: &Appointment) -> String {
    let start = meeting.start.strftime("%a %-d %b %H:%M");
    visible(&format!("{} ({start})", meeting.subject)).replace(['\n', '\t'], " ")
}
