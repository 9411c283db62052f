//! A meeting out of whatever it came in: another charset, a file of several meetings, one occurrence of a
//! series without the series, an answer, a cancellation.

use jiff::tz::TimeZone;

use crate::calendar_object::elsewhere;
use crate::calendar_object::mend;
use crate::calendar_object::remark::{Remark, Weight};
use crate::calendar_object::{CalendarObject, CalendarObjectError, is_master, read};
use crate::icalendar::{Component, Decoded, Edit, Object, ObjectError, decode_as_likely};
use crate::invitation::clean;

/// A meeting that was made elsewhere.
#[derive(Clone, Debug)]
pub struct Elsewhere {
    /// The meeting, written as everybody reads it where it can mean one thing only.
    pub object: CalendarObject,
    /// What was taken in another way than it is written, and what can't be taken at all.
    pub remarks: Vec<Remark>,
}

/// How a file of somebody else's is to be read.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The charset that a mail gives; none: nobody says.
    pub charset: Option<&'a str>,
    /// What a mail says that its calendar is for; none: nobody says.
    pub method: Option<&'a str>,
    /// Which meeting, where there are several.
    pub uid: Option<&'a str>,
    /// The zone of times without one.
    pub here: &'a TimeZone,
    /// The zone of times whose zone nobody knows; none: they can't be read.
    pub unknown: Option<&'a TimeZone>,
}

/// One of the meetings in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// UID, in one line.
    pub uid: String,
    /// SUMMARY, in one line; may be empty.
    pub subject: String,
}

/// Reads a meeting that somebody else's program wrote.
pub fn parse_elsewhere(
    bytes: &[u8],
    wanted: &Wanted<'_>,
) -> Result<Elsewhere, CalendarObjectError> {
    if bytes.len() > Object::LARGEST {
        return Err(ObjectError::Size.into());
    }
    let Decoded { text, guess } = decode_as_likely(bytes, wanted.charset)?;
    let mut object = Object::read(&text)?;
    let mut remarks = Vec::new();
    if let Some(charset) = guess {
        remarks.push(Remark::new(
            Weight::Warning,
            format!("The file is not UTF-8 text: it is taken as {charset}."),
        ));
    }
    check_method(&object, wanted.method)?;
    choose(&mut object, wanted.uid)?;
    remarks.extend(free_occurrence(&mut object)?);
    remarks.extend(mend::mend(&mut object, wanted));
    let object = CalendarObject::of(object)?;
    remarks.extend(elsewhere::remarks(&object, wanted));
    Ok(Elsewhere { object, remarks })
}

/// The meetings in a file that is a calendar; none if it is none.
pub fn list_meetings(bytes: &[u8], charset: Option<&str>) -> Vec<Listed> {
    let decoded = decode_as_likely(bytes, charset).ok();
    let object = decoded.and_then(|decoded| Object::read(&decoded.text).ok());
    object
        .and_then(|object| listed(&object).ok())
        .map_or_else(Vec::new, shown)
}

/// What is no meeting but a message about one (RFC 5546 1.4).
fn check_method(object: &Object, of_mail: Option<&str>) -> Result<(), CalendarObjectError> {
    let said = object.calendar.all("METHOD").map(|line| line.value);
    for method in said.chain(of_mail.map(str::to_owned)) {
        match method.trim().to_ascii_uppercase().as_str() {
            "PUBLISH" | "REQUEST" => {}
            "CANCEL" => return Err(CalendarObjectError::Cancelled),
            method => {
                let method = clean::line(method).chars().take(40).collect();
                return Err(CalendarObjectError::NoInvitation(method));
            }
        }
    }
    Ok(())
}

/// Leaves one meeting, where there are several.
fn choose(object: &mut Object, uid: Option<&str>) -> Result<(), CalendarObjectError> {
    let listed = listed(object)?;
    let chosen = match uid {
        None if listed.len() > 1 => return Err(CalendarObjectError::Several(shown(listed))),
        None => return Ok(()),
        Some(uid) => listed.iter().find(|known| known.uid == uid),
    };
    let Some(Listed { uid, .. }) = chosen else {
        return Err(CalendarObjectError::NoSuchUid(shown(listed)));
    };
    object.calendar.retain_components(|component| {
        component.name != "VEVENT" || read::uid(component).as_deref() == Some(uid)
    });
    Ok(())
}

fn listed(object: &Object) -> Result<Vec<Listed>, CalendarObjectError> {
    let mut listed: Vec<Listed> = Vec::new();
    for event in object.calendar.components().filter(|c| c.name == "VEVENT") {
        let Some(uid) = read::uid(event) else {
            return Err(CalendarObjectError::NoUid);
        };
        let subject = read::subject(event);
        match listed.iter_mut().find(|known| known.uid == uid) {
            None => listed.push(Listed { uid, subject }),
            Some(known) if is_master(event) => known.subject = subject,
            Some(_) => {}
        }
    }
    Ok(listed)
}

fn shown(listed: Vec<Listed>) -> Vec<Listed> {
    let clean = |listed: Listed| Listed {
        uid: clean::line(&listed.uid),
        subject: clean::line(&listed.subject),
    };
    listed.into_iter().map(clean).collect()
}

/// One occurrence that came without its series is a meeting of its own: what the series has its UID for
/// may come later.
fn free_occurrence(object: &mut Object) -> Result<Option<Remark>, CalendarObjectError> {
    let is_event = |component: &&Component| component.name == "VEVENT";
    let events = object.calendar.components().filter(is_event).count();
    if events != 1 || object.calendar.components().any(is_master) {
        return Ok(None);
    }
    let mut components = object.calendar.components_mut();
    let Some(event) = components.find(|component| component.name == "VEVENT") else {
        return Ok(None);
    };
    let (Some(uid), Some(original)) = (event.property("UID"), event.property("RECURRENCE-ID"))
    else {
        return Ok(None);
    };
    if original.parameter("RANGE").is_some() {
        return Ok(None);
    }
    let own = format!("{}-{}", uid.value.trim(), original.value.trim());
    let mut is_first = true;
    event.edit(|line| {
        if line.is("RECURRENCE-ID") {
            return Edit::Remove;
        }
        if line.is("UID") && std::mem::take(&mut is_first) {
            let mut line = uid.clone();
            line.value.clone_from(&own);
            return Edit::Say(line);
        }
        Edit::Keep
    });
    Ok(Some(Remark::new(
        Weight::Note,
        "The file holds one occurrence of a series and not the series: it is taken as a meeting of \
         its own."
            .to_owned(),
    )))
}
