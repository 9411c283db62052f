//! The document for people (RFC 5546, RFC 6047): what of it they get, and in which bytes.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::calendar_object::change::property;
use crate::calendar_object::ics;
use crate::calendar_object::notes::is_private;
use crate::calendar_object::zones::{self, Zones};
use crate::calendar_object::{
    CalendarObject, CalendarObjectError, ScheduleAgent, Sending, master, people, read, series,
    store,
};
use crate::conference::{Attendance, Attendee, MeetingId, Person, Status};
use crate::icalendar::{Component, ContentLine, Edit, Line, Object, fold, unescape_text};

/// Properties that tell how to join. Who is no longer invited needs none of them.
const WAYS_IN: [&str; 8] = [
    "DESCRIPTION",
    "X-ALT-DESC",
    "LOCATION",
    "URL",
    "CONFERENCE",
    "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK",
    "X-MICROSOFT-ONLINEMEETINGCONFLINK",
    "X-MICROSOFT-CONFERENCETELURI",
];

/// Where programs look for the button that joins a meeting of another service.
const ELSEWHERE: [&str; 2] = ["X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL"];

/// As [`CalendarObject::to_send`].
pub(super) fn document(
    document: &CalendarObject,
    what: &Sending<'_>,
    zone: &TimeZone,
) -> Result<String, CalendarObjectError> {
    let zones = document.zones(zone);
    let mut events = choose_events(document, what, &zones)?;
    let method = method(&events, what, &zones)?;
    for event in &mut events {
        // A diary shared with a server may have it; it is no word for mails (RFC 6638 7.1).
        store::set_agent(event, ScheduleAgent::Server);
        finish(event, method, document)?;
    }
    let mut object = document.object.clone();
    let calendar = &mut object.calendar;
    calendar.retain_lines(|line| !line.is("METHOD"));
    calendar.retain_components(|component| component.name == "VTIMEZONE");
    for event in events {
        calendar.append(event);
    }
    let used: Vec<String> = zones::used_names(calendar).collect();
    calendar.retain_components(|component| {
        let name = zones::name(component);
        component.name == "VEVENT" || name.is_some_and(|name| used.contains(&name))
    });
    let timetable = document.timetable(zone);
    let last = timetable.last_end().unwrap_or(Timestamp::MAX);
    zones::declare(
        calendar,
        &zones,
        timetable.earliest().unwrap_or_default(),
        last,
    );
    write_head(calendar, method);
    Ok(bytes(&object))
}

/// The VEVENTs that are sent.
fn choose_events(
    document: &CalendarObject,
    what: &Sending<'_>,
    zones: &Zones,
) -> Result<Vec<Component>, CalendarObjectError> {
    match what {
        Sending::Meeting => Ok(document.events().cloned().collect()),
        Sending::Occurrence(original) => {
            let mut event = document.event(original, zones)?;
            if is_dropped(document, original, zones)? {
                event.retain_lines(|line| !WAYS_IN.iter().any(|name| line.is(name)));
                event.set(&property("STATUS", "CANCELLED"));
            }
            Ok(vec![event])
        }
        Sending::Removal { people, occurrence } => {
            let all = master(&document.object)?;
            let event = occurrence.map(|original| document.event(original, zones));
            let mut event = event.unwrap_or_else(|| Ok(all.clone()))?;
            let known = event.all("ATTENDEE").chain(all.all("ATTENDEE")).collect();
            address_to(&mut event, people, known);
            Ok(vec![event])
        }
    }
}

fn is_dropped(
    document: &CalendarObject,
    original: &Zoned,
    zones: &Zones,
) -> Result<bool, CalendarObjectError> {
    Ok(series::is_excluded(
        master(&document.object)?,
        original,
        zones,
    ))
}

/// Leaves nobody but these people invited, with the lines that they are known by, and no way in.
fn address_to(event: &mut Component, people: &[Person], known: Vec<ContentLine>) {
    event.retain_lines(|line| !line.is("ATTENDEE") && !WAYS_IN.iter().any(|name| line.is(name)));
    for person in people {
        let of_before = known.iter().find(|line| people::is_about(line, person));
        let line = of_before.cloned().unwrap_or_else(|| {
            people::attendee_line(&Attendee {
                person: person.clone(),
                attendance: Attendance::Required,
                presenter: false,
            })
        });
        event.add(&line);
    }
    event.set(&property("STATUS", "CANCELLED"));
}

/// RFC 5546 3.2: a published event has no attendees, a request has some. Who is invited to single occurrences alone
/// is no guest of the meeting.
fn method(
    events: &[Component],
    what: &Sending<'_>,
    zones: &Zones,
) -> Result<&'static str, CalendarObjectError> {
    let first = events.first().ok_or(CalendarObjectError::NoEvent)?;
    let outline = read::outline(first, zones)?;
    let invited = !people::attendees(first).is_empty();
    Ok(match (outline.status, what) {
        (Status::Cancelled, _) | (_, Sending::Removal { .. }) => "CANCEL",
        (Status::Confirmed, _) if invited => "REQUEST",
        (Status::Confirmed, _) => "PUBLISH",
    })
}

/// Whether a line would make people join something else, which anybody may have written who can write
/// the file.
fn leads_elsewhere(line: &Line, web_link: Option<&str>) -> bool {
    if ELSEWHERE.iter().any(|name| line.is(name)) {
        return true;
    }
    let content = line.is("CONFERENCE").then(|| line.content()).flatten();
    content.is_some_and(|line| {
        let link = unescape_text(line.value.trim());
        let is_telephone = link
            .get(..4)
            .is_some_and(|s| s.eq_ignore_ascii_case("tel:"));
        !is_telephone && MeetingId::of_link(&link).is_none() && Some(link.as_str()) != web_link
    })
}

fn finish(
    event: &mut Component,
    method: &str,
    document: &CalendarObject,
) -> Result<(), CalendarObjectError> {
    if event.property("ORGANIZER").is_none()
        && let Some(notes) = &document.notes
    {
        event.add(&people::organizer_line(&notes.organizer));
    }
    event.edit(|line| people::to_mailto(line).map_or(Edit::Keep, Edit::Say));
    if let Some(notes) = &document.notes {
        let web_link = notes.conference.ways_in.web_link.as_deref();
        event.retain_lines(|line| !leads_elsewhere(line, web_link));
    }
    if let Some(sequence) = event.property("SEQUENCE") {
        replace(event, "X-MICROSOFT-CDO-APPT-SEQUENCE", &sequence.value);
    }
    match method {
        "CANCEL" => {
            replace(event, "X-MICROSOFT-CDO-BUSYSTATUS", "FREE");
            replace(event, "X-MICROSOFT-CDO-INTENDEDSTATUS", "FREE");
            replace(event, "TRANSP", "TRANSPARENT");
            event.retain_components(|component| component.name != "VALARM");
            event.set(&property("STATUS", "CANCELLED"));
        }
        "PUBLISH" => event.retain_lines(|line| !line.is("ATTENDEE")),
        _ => {}
    }
    Ok(())
}

/// Another value for a property that is there.
fn replace(event: &mut Component, name: &str, value: &str) {
    if event.property(name).is_some_and(|line| line.value != value) {
        event.set(&property(name, value));
    }
}

/// One METHOD, right behind PRODID.
fn write_head(calendar: &mut Component, method: &str) {
    for (name, value) in [("PRODID", ics::PRODUCT), ("VERSION", "2.0")] {
        if calendar.property(name).is_none() {
            calendar.add_behind("PRODID", &property(name, value));
        }
    }
    calendar.add_behind("PRODID", &property("METHOD", method));
}

/// The bytes as mail needs them (RFC 5545 3.1). What no calendar could read, and what is nobody
/// else's business, is left out.
pub(super) fn bytes(object: &Object) -> String {
    let mut sent = String::new();
    object.calendar.visit(&mut |line| {
        if line.content().is_some() && !is_private(line) {
            sent.push_str(&tidy(line));
        }
    });
    sent
}

fn tidy(line: &Line) -> String {
    // A quote inside a value that is not quoted: some calendars refuse the file for it.
    let content = line.has_parameters().then(|| line.content()).flatten();
    let has_quote = |line: &ContentLine| {
        let mut values = line.parameters.iter().flat_map(|p| &p.values);
        values.any(|value| value.contains('"'))
    };
    if let Some(content) = content.filter(has_quote) {
        return fold(&content.to_string());
    }
    let right = |physical: &str| {
        let content = physical.strip_suffix("\r\n");
        content.is_some_and(|c| !c.is_empty() && c.len() <= 75 && !c.contains(is_control))
    };
    if line.raw().split_inclusive('\n').all(right) {
        return line.raw().to_owned();
    }
    let text: String = line.text().chars().filter(|c| !is_control(*c)).collect();
    fold(&text)
}

fn is_control(c: char) -> bool {
    c.is_control() && c != '\t'
}
