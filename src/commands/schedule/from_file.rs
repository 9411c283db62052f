//! `--from`: an appointment that was made elsewhere and gets a conference.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::app::App;
use crate::calendar_object::{
    About, CalendarObject, CalendarObjectError, Elsewhere, Listed, Wanted, Weight, line_number,
    parse_elsewhere,
};
use crate::commands::args::subject::subject;
use crate::commands::schedule::Args;
use crate::commands::schedule::request::Meeting;
use crate::conference::{Attendee, Status};
use crate::diary::Diary;
use crate::error::{Error, Kind, Result};
use crate::icalendar::{Object, ObjectError};
use crate::lint;
use crate::report::Report;
use crate::when;

/// Most bytes of a calendar file that are read.
const LARGEST: u64 = Object::LARGEST as u64;

/// Most meetings of a file that are named.
const MOST_LISTED: usize = 10;

/// Integers end at 2147483647 (RFC 5545 3.3.8); changes need room above.
const HIGHEST_SEQUENCE: u32 = 2_000_000_000;

impl Args {
    /// Reads the appointment; whoever is named on the command line comes on top.
    pub(super) fn read_meeting(&self, file: &Path, diary: &Diary, app: &App) -> Result<Meeting> {
        let shown = file.display();
        let unusable = |why: String| Error::usage(format!("'{shown}' can't be used: {why}"));
        let bytes = read(file).map_err(|error| unusable(error.to_string()))?;
        let read = self.read_elsewhere(&bytes, app);
        let read = read.map_err(|error| match error.kind {
            Kind::Usage => {
                let hints = error.hints().to_vec();
                let error = unusable(error.to_string());
                hints.into_iter().fold(error, Error::hint)
            }
            _ => error,
        })?;
        let object = choose_newest(read, diary, app)?;
        let zone = app.zone()?;
        let outline = object
            .outline(&zone)
            .map_err(|error| unusable(error.to_string()))?;
        let sequence = object.sequence();
        if sequence > HIGHEST_SEQUENCE {
            return Err(Error::usage(format!(
                "its SEQUENCE is {sequence}: no later version could be told from it"
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

impl Args {
    /// The meeting in a calendar, or in a mail with one. What is not certain about it is said, and what
    /// nobody can tell is refused.
    fn read_elsewhere(&self, bytes: &[u8], app: &App) -> Result<CalendarObject> {
        let mailed = match lint::is_mail(bytes) {
            true => {
                Some(lint::calendar_of_mail(bytes).map_err(|why| Error::usage(why.to_string()))?)
            }
            false => None,
        };
        let charset = mailed.as_ref().and_then(|mailed| mailed.charset.as_deref());
        let method = mailed.as_ref().and_then(|mailed| mailed.method.as_deref());
        let bytes = mailed.as_ref().map_or(bytes, |mailed| &mailed.bytes);
        let asked = self.times.zone.as_deref();
        let asked = asked.map(when::zone).transpose();
        let asked = asked.map_err(|error| Error::usage(format!("--zone: {error}")))?;
        let here = match &asked {
            Some(zone) => zone.clone(),
            None => app.zone()?,
        };
        let mut wanted = Wanted {
            charset,
            method,
            uid: self.uid.as_deref(),
            here: &here,
            unknown: asked.as_ref(),
        };
        let chosen;
        let read = match parse_elsewhere(bytes, &wanted) {
            Err(CalendarObjectError::Several(listed)) if app.terminal.can_ask() => {
                let choices: Vec<String> = listed.iter().map(shown).collect();
                let choices: Vec<&str> = choices.iter().map(String::as_str).collect();
                let at = app.terminal.choose("Which meeting?", &choices)?;
                chosen = listed.into_iter().nth(at);
                wanted.uid = chosen.as_ref().map(|listed| listed.uid.as_str());
                parse_elsewhere(bytes, &wanted)
            }
            read => read,
        };
        let place = |about: Option<About>| {
            let number = about.and_then(|about| line_number(bytes, charset, &about));
            number.map_or(String::new(), |number| format!(" (line {number})"))
        };
        let read = read.map_err(|error| refusal(&error, &place(error.about())));
        let Elsewhere { object, remarks } = read?;
        let refused = remarks
            .iter()
            .find(|remark| remark.weight == Weight::Refusal);
        if let Some(remark) = refused {
            let error = Error::usage(remark.text.clone() + &place(remark.about.clone()));
            return Err(match remark.hint {
                Some(hint) => error.hint(hint),
                None => error,
            });
        }
        for remark in &remarks {
            match remark.weight {
                Weight::Note => app.terminal.note(&remark.text),
                _ => app.terminal.warn(&remark.text),
            }
        }
        Ok(object)
    }
}

/// The way on.
fn hint(error: &CalendarObjectError) -> Option<&'static str> {
    use CalendarObjectError as E;
    Some(match error {
        E::Object(ObjectError::Trailing | ObjectError::Nesting { .. } | ObjectError::CutOff(_)) => {
            "'confctl lint' names the line; export the meeting alone, or anew"
        }
        E::Object(ObjectError::NoCalendar) => {
            "--from takes an .ics file, or a mail with a calendar in it"
        }
        E::Line { .. } | E::Time { .. } | E::Duration(_) | E::Sequence(_) => {
            "correct the line, or export the meeting anew"
        }
        E::NoUid => "add a line such as UID:20261210-plan@example.com to the VEVENT",
        E::NoStart => "add its DTSTART",
        E::NoSeries => "export the whole series, or one occurrence alone",
        E::Cancelled => "schedule it anew with -s and -t, if it takes place after all",
        E::NoInvitation(_) => "take the invitation itself, or the meeting out of the calendar",
        _ => return None,
    })
}

fn shown(listed: &Listed) -> String {
    match listed.subject.is_empty() {
        true => listed.uid.clone(),
        false => format!("{} ({})", listed.subject, listed.uid),
    }
}

/// With what there is to do, and with the meetings that could be meant.
fn refusal(error: &CalendarObjectError, place: &str) -> Error {
    let (CalendarObjectError::Several(listed) | CalendarObjectError::NoSuchUid(listed)) = error
    else {
        let told = Error::usage(format!("{error}{place}"));
        return match hint(error) {
            Some(hint) => told.hint(hint),
            None => told,
        };
    };
    let mut all: Vec<String> = listed.iter().take(MOST_LISTED).map(shown).collect();
    if listed.len() > MOST_LISTED {
        all.push(format!("and {} more", listed.len() - MOST_LISTED));
    }
    let kind = Error::usage(error.to_string());
    kind.hint(format!("--uid takes one of them: {}", all.join(", ")))
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
