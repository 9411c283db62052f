//! What is odd about a meeting that somebody else's program wrote: what people might have meant otherwise, and
//! what nobody can tell.

use std::collections::HashSet;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::calendar_object::remark::{Remark, Weight, piece};
use crate::calendar_object::time::{self, Form, OddEnd};
use crate::calendar_object::unwrap::Wanted;
use crate::calendar_object::zones::{self, Doubt, Zones};
use crate::calendar_object::{
    CalendarObject, is_master, occurrences, other_conference, people, read, series,
};
use crate::conference::Attendee;
use crate::icalendar::{Component, End, Rule, is_swapped, named_zone};
use crate::invitation::clean;
use crate::when;

/// What people might have meant otherwise, and what nobody can tell.
pub(super) fn remarks(object: &CalendarObject, wanted: &Wanted<'_>) -> Vec<Remark> {
    let calendar = &object.object.calendar;
    let zones = Zones::of(calendar, wanted.here);
    let mut remarks = Vec::new();
    if !object.links().is_empty() {
        remarks.push(Remark::new(
            Weight::Warning,
            "The file leads into a conference of a pool already: the new one takes its place, and whoever has \
             the old one joins that."
                .to_owned(),
        ));
    }
    remarks.extend(of_some_occurrences(calendar));
    remarks.extend(swapped_zones(calendar));
    for (name, place) in zones::false_places(calendar, &zones) {
        let text = format!(
            "What the file says of the zone '{}' is not what the clocks of {place} show: the description counts.",
            piece(&name)
        );
        remarks.push(Remark::new(Weight::Warning, text));
    }
    remarks.extend(floating(calendar, wanted.here));
    for event in calendar.components().filter(|c| c.name == "VEVENT") {
        remarks.extend(of_times(event, &zones));
        remarks.extend(of_rules(event, &zones));
        remarks.extend(of_range(event));
        remarks.extend(other_conference::stray_link(event).map(|link| {
            let text = format!(
                "The link {} stays beside the new conference: whoever takes it for the way in joins another one.",
                piece(&link)
            );
            Remark::new(Weight::Warning, text)
        }));
    }
    if remarks
        .iter()
        .all(|remark: &Remark| remark.weight != Weight::Refusal)
    {
        remarks.extend(of_exceptions(object, wanted));
    }
    remarks.extend(object.odd_lines().first().map(|odd| {
        let text = format!("'{odd}' is no calendar line: it stays in the diary and is not sent.");
        Remark::new(Weight::Warning, text)
    }));
    remarks.dedup();
    remarks
}

pub(super) fn zone_remark(doubt: &Doubt) -> Remark {
    const HINT: &str = "say which zone it is, as --zone Europe/Prague";
    match doubt {
        Doubt::Unknown(name) => Remark::refusal(
            format!(
                "nobody knows the zone '{}', and the file does not describe it",
                piece(name)
            ),
            HINT,
        )
        .about_zone(name),
        Doubt::Broken(name, why) => Remark::refusal(
            format!(
                "what the file says of the zone '{}' can't be understood: {why}",
                piece(name)
            ),
            HINT,
        )
        .about("TZID", name),
        Doubt::Likely(name, zone) => {
            let zone = when::zone_name(zone).unwrap_or("its offset");
            let text = format!("The zone '{}' is taken as {zone}.", piece(name));
            Remark::new(Weight::Warning, text)
        }
        Doubt::TooMany => Remark::refusal(
            "its times are in more than 32 zones".to_owned(),
            "no calendar writes so many: look at where the file comes from",
        ),
    }
}

/// Dates that are not those of the series, and a series of which nothing is left.
fn of_exceptions(object: &CalendarObject, wanted: &Wanted<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if object
        .occurrences(wanted.here, Timestamp::MIN, 1)
        .is_empty()
    {
        remarks.push(Remark::refusal(
            "all of its dates are left out or cancelled, so that it never takes place".to_owned(),
            "look at EXDATE and at the cancelled occurrences",
        ));
        return remarks;
    }
    let mut cleaned = object.clone();
    let Ok(strays) = cleaned.remove_orphans(wanted.here) else {
        return remarks;
    };
    let cancelled: HashSet<Timestamp> = object
        .dropped_occurrences(wanted.here)
        .iter()
        .map(Zoned::timestamp)
        .collect();
    let strays = strays
        .iter()
        .filter(|at| !cancelled.contains(&at.timestamp()));
    remarks.extend(strays.take(3).map(|at| {
        let text = format!(
            "The series has no occurrence on {}, of which the file tells: it is taken as one beside the others.",
            when::display(at)
        );
        Remark::new(Weight::Warning, text)
    }));
    let exclusions = |object: &CalendarObject| -> Vec<Zoned> {
        let calendar = &object.object.calendar;
        let zones = Zones::of(calendar, wanted.here);
        let masters = calendar.components().filter(|c| is_master(c));
        let excluded = masters.flat_map(|event| series::excluded(event, &zones).ok());
        excluded.flatten().collect()
    };
    let left: HashSet<Timestamp> = exclusions(&cleaned).iter().map(Zoned::timestamp).collect();
    let before = exclusions(object);
    if let Some(lost) = before.iter().find(|at| !left.contains(&at.timestamp())) {
        let text = format!(
            "EXDATE names {}, which is no time of the series, so that nothing is left out by it.",
            when::display(lost)
        );
        remarks.push(Remark::new(Weight::Warning, text));
    }
    remarks
}

/// Zones that the file describes with the offsets of summer and winter swapped.
fn swapped_zones(calendar: &Component) -> Vec<Remark> {
    let blocks = calendar.components().filter(|c| c.name == "VTIMEZONE");
    let swapped = blocks
        .filter(|block| is_swapped(block))
        .filter_map(zones::name);
    let unknown = swapped.filter(|name| named_zone(name).is_none());
    let remark = |name: String| {
        let text = format!(
            "In the zone '{}' the clocks go back for the summer: it is taken as the file describes it.",
            piece(&name)
        );
        Remark::new(Weight::Warning, text)
    };
    unknown.map(remark).collect()
}

/// Whoever is invited to single occurrences alone.
fn of_some_occurrences(calendar: &Component) -> Vec<Remark> {
    let events = || calendar.components().filter(|c| c.name == "VEVENT");
    let of_all = events().filter(|event| is_master(event));
    let mut known: HashSet<String> = of_all
        .flat_map(people::attendees)
        .map(|attendee| attendee.person.key())
        .collect();
    known.extend(events().filter_map(people::organizer).map(|who| who.key()));
    let mut told = HashSet::new();
    let others = events().filter(|event| !is_master(event) && !read::is_cancelled(event));
    let alone = others
        .flat_map(people::attendees)
        .filter(|attendee| !known.contains(&attendee.person.key()));
    let alone = alone.filter(|attendee| told.insert(attendee.person.key()));
    let remark = |attendee: Attendee| {
        let person = clean::line(&attendee.person.to_string());
        let text = format!(
            "{person} is invited to some occurrences alone, and not mailed with the series: \
             'confctl invite NAME --occurrence DATE --send' does that."
        );
        Remark::new(Weight::Warning, text)
    };
    alone.map(remark).collect()
}

/// Some calendars have a zone for times without one, and some read it.
fn floating(calendar: &Component, here: &TimeZone) -> Option<Remark> {
    let line = calendar.property("X-WR-TIMEZONE")?;
    let said = when::zone(line.value.trim()).ok()?;
    let mut events = calendar.components().filter(|c| c.name == "VEVENT");
    let is_floating = |event: &Component| {
        let start = event.property("DTSTART");
        start.is_some_and(|line| {
            line.parameter("TZID").is_none()
                && line.value.contains('T')
                && !line.value.ends_with('Z')
        })
    };
    if said == *here || !events.any(is_floating) {
        return None;
    }
    let here = when::zone_name(here).unwrap_or("this computer's zone");
    Some(Remark::new(
        Weight::Warning,
        format!(
            "Its times have no zone and are taken as {here}'s, as RFC 5545 says; X-WR-TIMEZONE says {}, as \
             --zone can.",
            piece(line.value.trim())
        ),
    ))
}

fn of_times(event: &Component, zones: &Zones) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for name in ["DTSTART", "DTEND"] {
        if let Some(line) = event.property(name)
            && let Ok(at) = time::single_time(&line, zones)
            && Form::of(&line, zones).is_between_clocks(&line.value)
        {
            remarks.push(Remark::new(
                Weight::Warning,
                format!(
                    "The clocks skip {} that night or show it twice: it is taken as {}.",
                    piece(line.value.trim()),
                    when::display(&at)
                ),
            ));
        }
    }
    if let Ok((start, _, fault)) = time::range_and_fault(event, zones) {
        match fault {
            Some(OddEnd::Before) => {
                let text = format!(
                    "the meeting of {} ends before it starts",
                    when::display(&start)
                );
                let refusal = Remark::refusal(text, "correct DTEND or DURATION");
                let name = match event.property("DTEND") {
                    Some(_) => "DTEND",
                    None => "DURATION",
                };
                let value = event.property(name).map(|line| line.value);
                remarks.push(refusal.about(name, &value.unwrap_or_default()));
            }
            Some(OddEnd::Same | OddEnd::SameDay) | None => {}
        }
    }
    for name in ["RDATE", "EXDATE", "RECURRENCE-ID"] {
        for line in event.all(name) {
            if let Err(error) = time::values(&line, zones) {
                let refusal = Remark::refusal(error.to_string(), "correct the line");
                remarks.push(refusal.about(name, &line.value));
            }
        }
    }
    remarks
}

pub(super) fn of_rules(event: &Component, zones: &Zones) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let (Ok((start, _)), Ok(form)) = (time::range(event, zones), series::form(event, zones)) else {
        return remarks;
    };
    if event.property("EXRULE").is_some() {
        let refusal = Remark::refusal(
            "its EXRULE takes occurrences out in a way that calendars no longer read".to_owned(),
            "name the dates that are left out, with EXDATE",
        );
        remarks.push(refusal.about("EXRULE", ""));
    }
    if event.all("RRULE").nth(series::MOST_RULES).is_some() {
        let text = "the series has more rules than calendars read".to_owned();
        remarks.push(Remark::refusal(text, "write a series for each"));
        return remarks;
    }
    for line in event.all("RRULE") {
        let shown = piece(line.value.trim());
        match Rule::read(&line.value, &start, form.is_date()) {
            Ok((rule, notes)) => {
                let odd = zoneless_end(&rule, &start).filter(|_| !form.is_floating());
                let notes = notes.into_iter().map(|note| note.0).chain(odd);
                remarks.extend(notes.map(|note| {
                    Remark::new(Weight::Warning, format!("The rule {shown}: {note}."))
                }));
            }
            Err(error) => {
                let text = format!("the rule {shown} can't be understood: {error}");
                let refusal = Remark::refusal(text, "correct RRULE");
                remarks.push(refusal.about("RRULE", &line.value));
            }
        }
    }
    remarks
}

/// UNTIL on the clock of the meeting, though others read it as UTC and would have another last day.
fn zoneless_end(rule: &Rule, start: &Zoned) -> Option<String> {
    let End::OnClock(clock) = rule.end else {
        return None;
    };
    let utc = TimeZone::UTC.to_timestamp(clock).ok()?;
    let last_day = |until: DateTime| match start.time() <= until.time() {
        true => Some(until.date()),
        false => until.date().yesterday().ok(),
    };
    let differs = last_day(clock) != last_day(start.time_zone().to_datetime(utc));
    differs.then(|| {
        let day = clock.strftime("%-d %B %Y %H:%M");
        format!("UNTIL has no zone and is taken on the meeting's own clock, {day}")
    })
}

fn of_range(event: &Component) -> Option<Remark> {
    match occurrences::range(event).as_deref() {
        None | Some("THISANDFUTURE") => None,
        Some(range) => Some(
            Remark::refusal(
                format!(
                    "RANGE={} of an occurrence is not what calendars read",
                    piece(range)
                ),
                "write a series for each part",
            )
            .about("RECURRENCE-ID", range),
        ),
    }
}
