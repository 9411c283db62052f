//! What a VEVENT says.

use jiff::Zoned;

use crate::calendar_object::notes::Notes;
use crate::calendar_object::time::Value;
use crate::calendar_object::zones::Zones;
use crate::calendar_object::{CalendarObjectError, block, people, series, time};
use crate::conference::{Appointment, Outline, Series, Status};
use crate::icalendar::{Component, Rule, unescape_text};
use crate::invitation::clean;

/// The meeting as every calendar knows it.
pub(super) fn outline(event: &Component, zones: &Zones) -> Result<Outline, CalendarObjectError> {
    let (start, end) = time::range(event, zones)?;
    Ok(Outline {
        uid: uid(event).ok_or(CalendarObjectError::NoUid)?,
        sequence: sequence(event),
        series: series(event, zones, &start)?,
        start,
        end,
        organizer: people::organizer(event),
        attendees: people::attendees(event),
        subject: subject(event),
        status: if is_cancelled(event) {
            Status::Cancelled
        } else {
            Status::Confirmed
        },
    })
}

/// The same with the conference that the notes tell of.
pub(super) fn appointment(
    event: &Component,
    zones: &Zones,
    notes: Notes,
) -> Result<Appointment, CalendarObjectError> {
    let outline = outline(event, zones)?;
    let mut attendees = outline.attendees;
    for attendee in &mut attendees {
        attendee.presenter = notes.is_presenter(attendee);
    }
    let start = event
        .property("DTSTART")
        .ok_or(CalendarObjectError::NoStart)?;
    let movable = outline.series.is_none() && time::Form::of(&start, zones).is_utc();
    let in_zone = |at: Zoned| if movable { notes.in_zone(at) } else { at };
    let stamp = event.property("DTSTAMP");
    Ok(Appointment {
        uid: outline.uid,
        sequence: outline.sequence,
        stamp: stamp.and_then(|l| time::stamp(&l)).unwrap_or_default(),
        start: in_zone(outline.start),
        end: in_zone(outline.end),
        organizer: outline.organizer.unwrap_or(notes.organizer.clone()),
        organization: notes.organization.clone(),
        attendees,
        subject: outline.subject,
        note: block::note(event),
        practice: notes.practice,
        series: outline.series,
        occurrence: None,
        status: outline.status,
        sender: people::sender(event),
        wording: notes.wording,
        conference: notes.conference,
    })
}

/// RFC 5545 3.8.4.7
pub(super) fn uid(event: &Component) -> Option<String> {
    let uid = unescape_text(event.property("UID")?.value.trim());
    (!uid.is_empty()).then_some(uid)
}

/// RFC 5545 3.8.7.4; 0 if there is none.
pub(super) fn sequence(event: &Component) -> u32 {
    let line = event.property("SEQUENCE");
    line.and_then(|line| line.value.trim().parse().ok())
        .unwrap_or_default()
}

/// Refuses a SEQUENCE that would count as none.
pub(super) fn check_sequence(event: &Component) -> Result<(), CalendarObjectError> {
    let Some(line) = event.property("SEQUENCE") else {
        return Ok(());
    };
    match line.value.trim().parse::<u32>() {
        Ok(_) => Ok(()),
        Err(_) => {
            let value = clean::line(&line.value).chars().take(40).collect();
            Err(CalendarObjectError::Sequence(value))
        }
    }
}

/// SUMMARY in one line.
pub(super) fn subject(event: &Component) -> String {
    let line = event.property("SUMMARY");
    line.map(|line| clean::line(&unescape_text(&line.value)))
        .unwrap_or_default()
}

/// RFC 5545 3.8.1.11
pub(super) fn is_cancelled(event: &Component) -> bool {
    let status = event.property("STATUS");
    let words = ["CANCELLED", "CANCELED"];
    status.is_some_and(|line| {
        words
            .iter()
            .any(|w| line.value.trim().eq_ignore_ascii_case(w))
    })
}

/// RRULE, RDATE and EXDATE; a rule that can't be read is kept as it stands.
fn series(
    event: &Component,
    zones: &Zones,
    start: &Zoned,
) -> Result<Option<Series>, CalendarObjectError> {
    let is_day = series::form(event, zones)?.is_date();
    let mut rules = event.all("RRULE").map(|line| {
        let read = Rule::read(&line.value, start, is_day);
        let text = line.value.trim();
        match read {
            Ok((rule, _)) if text.parse().as_ref() != Ok(&rule) => rule.to_string(),
            _ => text.to_owned(),
        }
    });
    let rule = rules.next().unwrap_or_default();
    let other_rules: Vec<String> = rules.collect();
    let (mut added, mut own_ends) = (Vec::new(), Vec::new());
    let in_zone = |at: Zoned| at.with_time_zone(start.time_zone().clone());
    for line in event.all("RDATE") {
        for value in time::values(&line, zones)? {
            if let Value::At(at, Some(end)) = value {
                own_ends.push((in_zone(at), in_zone(end)));
            }
        }
        added.extend(time::times(&line, zones)?.into_iter().map(in_zone));
    }
    if rule.is_empty() && added.is_empty() {
        return Ok(None);
    }
    let mut excluded = series::excluded(event, zones)?;
    for at in &mut excluded {
        *at = at.with_time_zone(start.time_zone().clone());
    }
    Ok(Some(Series {
        rule,
        other_rules,
        added,
        own_ends,
        excluded,
        changed: Vec::new(),
    }))
}
