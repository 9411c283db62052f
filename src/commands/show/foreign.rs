//! A meeting of which only its file tells: when it is, and what the pool says of its conference.
//! What the file says of joining is believed by nobody.

use serde_json::{Value, json};

use crate::app::App;
use crate::commands::args::meeting;
use crate::commands::show::{Args, heading, with_offline_hint};
use crate::conference::{Attendee, Conference, MeetingId};
use crate::diary::Foreign;
use crate::error::{Error, Result};
use crate::invitation;
use crate::operation::{Context, Resources};
use crate::report::Report;
use crate::terminal::visible;
use crate::when;

pub(super) fn show(
    args: &Args,
    foreign: &Foreign,
    context: &mut Context<'_>,
    app: &App,
) -> Result<()> {
    let there = match foreign.conference() {
        Some(id) if !args.offline => get_there(id, foreign, context)?,
        _ => None,
    };
    if args.json {
        return app
            .terminal
            .print_json(&value_of(foreign, there.as_ref(), app)?);
    }
    let words = words_of(foreign, there.as_ref(), args.offline, heading(app)?);
    let card = match &there {
        Some(there) => invitation::call_in_card(there, app.branding()?),
        None => String::new(),
    };
    app.terminal.print_card(&(visible(&words) + &card))?;
    if there.is_some() || args.offline {
        let line = meeting::command("adopt", &foreign.outline.uid, "");
        app.terminal.status(&format!(
            "If it is yours, '{line}' takes it in, once that is confirmed."
        ));
    }
    Ok(())
}

fn get_there(
    id: &MeetingId,
    foreign: &Foreign,
    context: &mut Context<'_>,
) -> Result<Option<Conference>> {
    let session = context.sessions.open(None).map_err(with_offline_hint)?;
    let there = session.backend.get_one(id)?;
    Ok(there.filter(|there| foreign.may_be_of(there, &session.owner)))
}

fn words_of(
    foreign: &Foreign,
    there: Option<&Conference>,
    is_offline: bool,
    heading: &str,
) -> String {
    let outline = &foreign.outline;
    let when = when::display_range(&outline.start, &outline.end);
    let mut words = format!("{}\n{when}\n", outline.subject);
    if let Some(organizer) = &outline.organizer {
        words.push_str(&format!("Organizer:    {}\n", organizer.address));
    }
    words.push_str(&match outline.attendees.len() {
        0 => String::new(),
        1 => "Invited:      1 person\n".to_owned(),
        many => format!("Invited:      {many} people\n"),
    });
    words.push_str(&format!(
        "Foreign:      its file leads to the conference {}\n",
        foreign.shown_links()
    ));
    if let Some(known) = foreign.former_conference() {
        words.push_str(&format!("              and {known} is known here\n"));
    }
    words.push_str(heading);
    words.push_str(match (there, is_offline) {
        (Some(_), _) => "yes, and it is yours; it says:\n\n",
        (None, true) => "not asked\n",
        (None, false) => "no, you have no such conference\n",
    });
    words
}

fn value_of(foreign: &Foreign, there: Option<&Conference>, app: &App) -> Result<Value> {
    let outline = &foreign.outline;
    let address = |attendee: &Attendee| attendee.person.address.clone();
    let mut value = json!({
        "uid": outline.uid,
        "subject": outline.subject,
        "start": when::rfc_3339(&outline.start),
        "end": when::rfc_3339(&outline.end),
        "organizer": outline.organizer.as_ref().map(|person| &person.address),
        "attendees": outline.attendees.iter().map(address).collect::<Vec<_>>(),
        "state": "foreign",
        "meeting_ids": foreign.links.iter().map(MeetingId::as_str).collect::<Vec<_>>(),
        "pool": null,
    });
    if let Some(there) = there {
        let text = invitation::call_in_json(there, app.branding()?);
        value["pool"] = serde_json::from_str(&text).map_err(Error::failed)?;
    }
    Ok(value)
}
