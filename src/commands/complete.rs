//! What shells offer when Tab is pressed: a script that makes them ask, and the answers, with the
//! meetings of the diary among them.

use std::env;
use std::ffi::{OsStr, OsString};

use clap::Command;
use clap_complete::Shell;
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};

use crate::app::App;
use crate::diary::{Completes, Completion};
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
pub fn conferences(which: Completes, beginning: &OsStr) -> Vec<CompletionCandidate> {
    let Some(beginning) = beginning.to_str() else {
        return Vec::new();
    };
    // Whatever is wrong with settings or diary is told by the command itself.
    let meetings = complete(which, beginning).unwrap_or_default();
    let candidate = |(order, meeting): (usize, &Completion)| {
        CompletionCandidate::new(&meeting.name)
            .help(Some(describe(meeting).into()))
            .display_order(Some(order))
    };
    meetings.iter().enumerate().map(candidate).collect()
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

fn complete(which: Completes, beginning: &str) -> Result<Vec<Completion>> {
    let silent = Terminal::new(Verbosity {
        quiet: 2,
        ..Verbosity::default()
    });
    let app = App::new(silent, None)?;
    app.diary()?.complete(which, beginning, MOST)
}

/// In one line without control characters: it goes to a terminal.
fn describe(meeting: &Completion) -> String {
    let start = meeting.start.strftime("%a %-d %b %H:%M");
    visible(&format!("{} ({start})", meeting.subject)).replace(['\n', '\t'], " ")
}
