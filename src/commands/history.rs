//! `history`: what became of a meeting, and who was told of it when.

use crate::app::App;
use crate::commands::args::meeting;
use crate::diary::{Completes, Entry, Event};
use crate::error::Result;
use crate::report::Report;
use crate::terminal::visible;

/// Show what was done about a meeting, and who was told of it when
///
/// A line for each change and for each mail, with the version of the meeting (SEQUENCE) that it was
/// about. 'sent' is what a mail server took over; whether it was read nobody knows. Into a pipe:
/// tab-separated fields.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[arg(value_name = "CONF", add = meeting::completer(Completes::Own), help = meeting::HELP)]
    conf: String,
    /// For programs: a JSON array
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  confctl history 10023
  confctl history standup --json | jq -r '.[] | select(.what == \"refused\") | .who'";

/// Runs the command.
pub fn run(args: &Args, app: &App) -> Result<()> {
    let context = app.context()?;
    let entry = meeting::require(&args.conf, &context.diary, app)?;
    let events = context.diary.history(entry.object.uid())?;
    if args.json {
        return app.terminal.print_json(&events);
    }
    let zone = app.zone()?;
    let rows: Vec<[String; 6]> = events
        .iter()
        .map(|event| {
            let time = |at: jiff::Timestamp| {
                let at = at.to_zoned(zone.clone());
                at.strftime("%a %Y-%m-%d %H:%M").to_string()
            };
            [
                time(event.at),
                event.what.word().to_owned(),
                event.sequence.to_string(),
                event.who.clone().unwrap_or_default(),
                event.occurrence.map(time).unwrap_or_default(),
                visible(event.why.as_deref().unwrap_or_default()).replace(['\t', '\n'], " "),
            ]
        })
        .collect();
    if rows.is_empty() && app.terminal.shows_people() {
        app.terminal
            .status("Nothing is known: it was made before confctl kept a history.");
    } else {
        let headings = ["WHEN", "WHAT", "SEQUENCE", "WHO", "OCCURRENCE", "WHY"];
        app.terminal.print_rows(&headings, rows, &[(5, 60)])?;
    }
    say_former(&entry, &events, app);
    Ok(())
}

/// What was mailed before there was a history is known without its time.
fn say_former(entry: &Entry, events: &[Event], app: &App) {
    let is_told = |address: &str| {
        let mut told = events.iter().filter_map(|event| event.who.as_deref());
        told.any(|who| who.eq_ignore_ascii_case(address))
    };
    let addresses = entry
        .state
        .sent
        .iter()
        .filter(|(key, _)| !key.contains([' ', '*']));
    for (address, sequence) in addresses.filter(|(address, _)| !is_told(address)) {
        app.terminal.status(&format!(
            "{address} was mailed version {sequence}, nobody knows when."
        ));
    }
}
