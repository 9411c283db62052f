//! From an action to what the user sees of it: what `schedule`, `meet-now`, `copy`, `update`, `cancel`
//! and `invite` have in common.

use crate::app::App;
use crate::commands::args::meeting;
use crate::commands::args::output::OutputArgs;
use crate::conference::{Appointment, Person};
use crate::error::Result;
use crate::invitation::{Format, card};
use crate::operation::{Action, Context, Delivery, Known, Outcome, Output, Resources};
use crate::report::Report;
use crate::terminal::{Squares, Terminal};

/// Most rows of a table when everything went well.
const MOST_ROWS: usize = 20;

/// Who does something for whom, and what a script calls it.
#[derive(Default)]
pub struct Requester {
    /// The manager that a delegate acts for.
    pub on_behalf_of: Option<Person>,
    /// The idempotency key.
    pub key: Option<String>,
    /// Whether nobody reads the invitation here.
    pub is_silent: bool,
}

impl Requester {
    /// A meeting that was made for somebody else is changed for them too.
    pub fn of(appointment: &Appointment) -> Self {
        Self {
            on_behalf_of: appointment.manager().cloned(),
            ..Self::default()
        }
    }
}

/// Does it, prints the invitation unless it goes into a file, and says what became of the mails.
pub fn perform(
    action: Action,
    requester: Requester,
    output: Output,
    known: Known,
    context: &mut Context<'_>,
    app: &App,
) -> Result<Outcome> {
    let is_new = matches!(action, Action::Schedule(_));
    let (format, prints) = (output.format, output.file.is_none() && !requester.is_silent);
    let operation = context.new_operation(action, requester.on_behalf_of, requester.key, output);
    let done = context.perform(operation, known)?;
    let printed = match prints {
        true => print(&done.outcome, format, is_new, context, app)
            .map_err(|error| context.salvage_output(error, &done.outcome)),
        false => Ok(()),
    };
    say_deliveries(&done.outcome.deliveries, &app.terminal);
    done.close(printed)
}

fn print(
    outcome: &Outcome,
    format: Format,
    is_new: bool,
    context: &Context<'_>,
    app: &App,
) -> Result<()> {
    let document = || outcome.render(format, is_new, &context.diary, app.branding()?);
    print_document(&outcome.appointment, format, document, app)
}

/// Prints an invitation as it suits what stdout is.
pub fn print_document(
    appointment: &Appointment,
    format: Format,
    document: impl FnOnce() -> Result<Vec<u8>>,
    app: &App,
) -> Result<()> {
    let terminal = &app.terminal;
    match format {
        Format::Card => {
            let dial_string = &app.branding()?.dial_string;
            terminal.print(&card::text(appointment, dial_string, ink(terminal)))
        }
        Format::Text => terminal.print_card(&String::from_utf8_lossy(&document()?)),
        _ => terminal.print_bytes(&document()?),
    }
}

/// What a QR code is drawn with; none when nobody looks at it.
fn ink(terminal: &Terminal) -> Option<card::Ink> {
    terminal.squares().map(|squares| match squares {
        Squares::Ascii => card::Ink::Ascii,
        Squares::Blocks => card::Ink::Blocks,
        Squares::Colors => card::Ink::Colors,
    })
}

/// Says what became of the mails: all of it when something went wrong or there are few.
pub fn say_deliveries(deliveries: &[Delivery], terminal: &Terminal) {
    let all = deliveries.len();
    if all == 0 {
        return;
    }
    let is_tried = deliveries.iter().any(|d| d.is_sent() || d.why.is_some());
    let is_shown = |delivery: &&Delivery| match all <= MOST_ROWS {
        true => true,
        false => is_tried && !delivery.is_sent(),
    };
    let shown: Vec<&Delivery> = deliveries.iter().filter(is_shown).collect();
    let width = shown.iter().map(|d| d.to.chars().count()).max();
    for Delivery { to, state, why, .. } in shown {
        let why = why.as_deref().unwrap_or_default();
        let line = format!("  {to:width$}  {state}  {why}", width = width.unwrap_or(0));
        terminal.status(line.trim_end());
    }
    let sent = deliveries.iter().filter(|d| d.is_sent()).count();
    terminal.status(&format!("Mailed to {sent} of {all}."));
}

/// A card on the terminal tells nobody.
pub fn remind_to_tell(outcome: &Outcome, args: &OutputArgs, app: &App) {
    let nobody = outcome.appointment.attendees.is_empty();
    if args.mail.sends() || nobody || !args.is_card(&app.terminal) {
        return;
    }
    let name = meeting::name_of(&outcome.appointment);
    let send = occurrence_flag(outcome) + " --send";
    let invite = meeting::command("invite", name, &send);
    let sentence = format!("Nobody has been told yet: '{invite}' mails them.");
    app.terminal.status(&sentence);
}

/// ` --occurrence 2026-12-24`, where the outcome is about one.
pub fn occurrence_flag(outcome: &Outcome) -> String {
    let original = outcome.occurrence.as_ref();
    original.map_or(String::new(), |original| {
        format!(" --occurrence {}", original.date())
    })
}

/// The first of some names, and how many more; none of none.
pub fn first_few(names: &[String], most: usize) -> Option<String> {
    let shown = names.get(..most.min(names.len()))?.join(", ");
    match names.len().saturating_sub(most) {
        _ if names.is_empty() => None,
        0 => Some(shown),
        more => Some(format!("{shown} and {more} more")),
    }
}
