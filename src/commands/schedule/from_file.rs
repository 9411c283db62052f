//! `--from`: an appointment that was made elsewhere and gets a conference.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::app::App;
use crate::calendar_object::{
    About, CalendarObject, CalendarObjectError, Elsewhere, Listed, Wanted, Weight, line_number,
    list_meetings, parse_elsewhere,
};
use crate::commands::args::subject::subject;
use crate::commands::schedule::Args;
use crate::commands::schedule::request::Meeting;
use crate::conference::{Attendee, Status};
use crate::diary::Diary;
use crate::error::{Error, Kind, Result};
use crate::icalendar::{Object, ObjectError};
use crate::lint::{self, MailedCalendar};
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
        let mut mailed = match lint::is_mail(bytes) {
            true => lint::calendars_of_mail(bytes).map_err(|why| Error::usage(why.to_string()))?,
            false => vec![MailedCalendar {
                bytes: bytes.to_vec(),
                charset: None,
                method: None,
            }],
        };
        let MailedCalendar {
            bytes,
            charset,
            method,
        } = match mailed.len() {
            1 => mailed.remove(0),
            _ => choose_calendar(mailed, self.uid.as_deref(), app)?,
        };
        let (bytes, charset) = (bytes.as_slice(), charset.as_deref());
        let asked = self.times.zone.as_deref();
        let asked = asked.map(when::zone).transpose();
        let asked = asked.map_err(|error| Error::usage(format!("--zone: {error}")))?;
        let here = match &asked {
            Some(zone) => zone.clone(),
            None => app.zone()?,
        };
        let mut wanted = Wanted {
            charset,
            method: method.as_deref(),
            uid: self.uid.as_deref(),
            here: &here,
            unknown: asked.as_ref(),
        };
        let chosen;
        let read = match parse_elsewhere(bytes, &wanted) {
            Err(CalendarObjectError::Several(listed)) if app.terminal.can_ask() => {
                chosen = ask_which(listed, app)?;
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

fn ask_which(listed: Vec<Listed>, app: &App) -> Result<Option<Listed>> {
    let choices: Vec<String> = listed.iter().map(shown).collect();
    let choices: Vec<&str> = choices.iter().map(String::as_str).collect();
    let at = app.terminal.choose("Which meeting?", &choices)?;
    Ok(listed.into_iter().nth(at))
}

/// Of several calendars in a mail the one that holds the meeting. Of the same one the first counts, which mail
/// programs show.
fn choose_calendar(
    calendars: Vec<MailedCalendar>,
    uid: Option<&str>,
    app: &App,
) -> Result<MailedCalendar> {
    let meetings =
        |calendar: &MailedCalendar| list_meetings(&calendar.bytes, calendar.charset.as_deref());
    let mut listed: Vec<Listed> = Vec::new();
    for meeting in calendars.iter().flat_map(meetings) {
        if listed.iter().all(|known| known.uid != meeting.uid) {
            listed.push(meeting);
        }
    }
    let chosen = match uid {
        Some(uid) => Some(uid.to_owned()),
        None if listed.len() > 1 && app.terminal.can_ask() => {
            ask_which(listed.clone(), app)?.map(|listed| listed.uid)
        }
        None if listed.len() > 1 => {
            return Err(refusal(&CalendarObjectError::Several(listed), ""));
        }
        None => listed.first().map(|only| only.uid.clone()),
    };
    let holds = |calendar: &MailedCalendar| {
        meetings(calendar)
            .iter()
            .any(|listed| Some(&listed.uid) == chosen.as_ref())
    };
    let count = calendars.iter().filter(|calendar| holds(calendar)).count();
    if count > 1 {
        app.terminal.warn(
            "The mail has several calendars with this meeting, which differ: the first one counts.",
        );
    }
    let mut calendars = calendars.into_iter();
    if listed.is_empty() {
        // What is wrong with it is told by whoever reads it.
        return calendars
            .next()
            .ok_or_else(|| Error::usage("the mail has no calendar"));
    }
    let found = calendars.find(|calendar| holds(calendar));
    found.ok_or_else(|| refusal(&CalendarObjectError::NoSuchUid(listed), ""))
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
