//! `--from`: an appointment that was made elsewhere and gets a conference.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::app::App;
use crate::calendar_object::CalendarObject;
use crate::commands::args::subject::subject;
use crate::commands::schedule::Args;
use crate::commands::schedule::request::Meeting;
use crate::conference::{Attendee, Status};
use crate::diary::Diary;
use crate::error::{Error, Kind, Result};
use crate::icalendar::Object;
use crate::report::Report;
use crate::when;

/// Most bytes of a calendar file that are read.
const LARGEST: u64 = Object::LARGEST as u64;

/// Integers end at 2147483647 (RFC 5545 3.3.8); changes need room above.
const HIGHEST_SEQUENCE: u32 = 2_000_000_000;

impl Args {
    /// Reads the appointment; whoever is named on the command line comes on top.
    pub(super) fn read_meeting(&self, file: &Path, diary: &Diary, app: &App) -> Result<Meeting> {
        let shown = file.display();
        let unusable = |why: String| Error::usage(format!("'{shown}' can't be used: {why}"));
        let bytes = read(file).map_err(|error| unusable(error.to_string()))?;
        let object = CalendarObject::parse(&bytes).map_err(|error| unusable(error.to_string()))?;
        let object = choose_newest(object, diary, app)?;
        warn_of_odd_lines(&object, file, app);
        let zone = app.zone()?;
        let outline = object
            .outline(&zone)
            .map_err(|error| unusable(error.to_string()))?;
        if outline.sequence > HIGHEST_SEQUENCE {
            return Err(Error::usage(format!(
                "its SEQUENCE is {}: no later version could be told from it",
                outline.sequence
            )));
        }
        if outline.status == Status::Cancelled {
            return Err(unusable("the appointment was cancelled".to_owned()));
        }
        if outline.end.timestamp() < app.clock()? && outline.series.is_none() {
            app.terminal.warn(&format!(
                "The appointment was {}, which is in the past.",
                when::display(&outline.start)
            ));
        }
        let named = self.people.attendees()?;
        Ok(Meeting {
            subject: match outline.subject.trim() {
                "" => "Meeting".to_owned(),
                text => subject(text)?,
            },
            start: outline.start,
            end: outline.end,
            attendees: merge(outline.attendees, named),
            series: outline.series,
            last_end: object.last_end(&zone),
            appointment: Some(String::from_utf8_lossy(object.bytes()).into_owned()),
        })
    }
}

/// What the diary has of the same appointment counts: other programs may have written into it since
/// the file was made. A file that is newer than that is not for us to put in its place.
fn choose_newest(object: CalendarObject, diary: &Diary, app: &App) -> Result<CalendarObject> {
    let Some(there) = diary.get_object(object.uid())? else {
        return Ok(object);
    };
    // With a conference it is refused, or found to be made by this very request.
    if there.notes().is_some() || there.bytes() == object.bytes() {
        return Ok(object);
    }
    let zone = app.zone()?;
    let version = |object: &CalendarObject| -> Result<_> {
        Ok((object.outline(&zone)?.sequence, object.stamp()))
    };
    let (own, given) = (version(&there)?, version(&object)?);
    if given > own {
        let what = format!(
            "the diary has an older version of this appointment (SEQUENCE {}, and the file {})",
            own.0, given.0
        );
        return Err(Error::new(Kind::Refused, what).hint(
            "bring the new one into the diary with your calendar program, then use --from once more",
        ));
    }
    app.terminal
        .status("The diary has this appointment already: what it says there counts.");
    Ok(there)
}

/// They would be missing in what people get.
fn warn_of_odd_lines(object: &CalendarObject, file: &Path, app: &App) {
    let odd = object.odd_lines();
    let Some(first) = odd.first() else {
        return;
    };
    let shown = file.display();
    app.terminal.warn(&match odd.len() {
        1 => format!("A line of '{shown}' is no calendar line, '{first}': it stays in the diary and is not sent."),
        many => format!("{many} lines of '{shown}' are no calendar lines, such as '{first}': they stay in the diary and are not sent."),
    });
}

fn merge(mut attendees: Vec<Attendee>, named: Vec<Attendee>) -> Vec<Attendee> {
    let places = attendees.iter().map(|old| old.person.key()).zip(0..);
    let places: HashMap<String, usize> = places.collect();
    for new in named {
        match places.get(&new.person.key()) {
            Some(&at) => attendees[at].presenter |= new.presenter,
            None => attendees.push(new),
        }
    }
    attendees
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if file.as_os_str() == "-" {
        io::stdin().take(LARGEST + 1).read_to_end(&mut bytes)?;
    } else {
        File::open(file)?
            .take(LARGEST + 1)
            .read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other("it is larger than 4 MiB"));
    }
    Ok(bytes)
}
