//! A meeting that somebody else's program wrote, written as everybody reads it where it can mean one thing
//! only, and what is said of that.

mod clock;
mod dates;
mod text;
mod zone;

use crate::calendar_object::change::property;
use crate::calendar_object::elsewhere::{of_rules, zone_remark};
use crate::calendar_object::mend::clock::{give_asked_zone, give_clocks, mend_end};
use crate::calendar_object::mend::dates::{
    mend_additions, mend_exclusions, mend_originals, mend_rules,
};
use crate::calendar_object::mend::text::{join_texts, mend_encoding};
use crate::calendar_object::mend::zone::mend_zones;
use crate::calendar_object::remark::{Remark, Weight, piece};
use crate::calendar_object::repair::{self, Repaired};
use crate::calendar_object::time::{self, Form, OddEnd};
use crate::calendar_object::unwrap::Wanted;
use crate::calendar_object::zones::{self, Zones};
use crate::calendar_object::{is_master, other_conference, series};
use crate::icalendar::{
    Component, ContentLine, Edit, Line, Object, Parameter, duration, local_time, loose_time,
};
use crate::invitation::clean;
use crate::when;

/// Mends a meeting. Gives what is to be said of it.
pub(super) fn mend(object: &mut Object, wanted: &Wanted<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let calendar = &mut object.calendar;
    for event in calendar.components_mut().filter(|c| c.name == "VEVENT") {
        remarks.extend(join_texts(event));
        for odd in repair::people(event) {
            remarks.push(person_remark(&odd));
        }
        for person in repair::drop_repeated(event) {
            let address = clean::line(&person.address);
            let text = format!("{address} is named more than once: the first line counts.");
            remarks.push(Remark::new(Weight::Note, text));
        }
        event.edit(|line| mend_form(line, &mut remarks));
        event.edit(|line| mend_encoding(line, &mut remarks));
        mend_alarms(event);
        if let Some(taken) = other_conference::take_out(event) {
            let lines = match taken.lines {
                0 => String::new(),
                1 => ", and what one line says of it is gone from the text".to_owned(),
                many => format!(", and {many} lines about it are gone from the text"),
            };
            let text = format!(
                "The file leads into a meeting of {}: the new conference takes its place{lines}.",
                taken.service
            );
            remarks.push(Remark::new(Weight::Warning, text));
        }
    }
    for (name, place, why) in zones::name_places(calendar) {
        let text = format!(
            "What the file says of the zone '{}' can't be understood ({why}): it is taken as {place}, where the file \
             says it is.",
            piece(&name)
        );
        remarks.push(Remark::new(Weight::Warning, text));
    }
    remarks.extend(give_clocks(calendar));
    if let Some(zone) = wanted.unknown.and_then(when::zone_name) {
        remarks.extend(give_asked_zone(calendar, zone));
        let zones = Zones::of(calendar, wanted.here);
        let is_unknown = |name: &String| !zones.is_known(name);
        let mut unknown: Vec<String> = zones::used_names(calendar).filter(is_unknown).collect();
        unknown.sort();
        unknown.dedup();
        for name in unknown {
            let name = piece(&name);
            remarks.push(Remark::new(
                Weight::Note,
                format!("The zone '{name}' is taken as {zone}, as --zone says."),
            ));
        }
        zones::rename_unknown(calendar, &zones, zone);
    }
    let zones = Zones::of(calendar, wanted.here);
    // What was in an unknown zone is in another one once it is written in the form of the start.
    remarks.extend(zones.doubts().iter().map(zone_remark));
    for (name, why) in zones::drop_false(calendar, &zones) {
        let name = piece(&name);
        let text = match why {
            None => format!(
                "What the file says of the zone '{name}' is not what its clocks show: the name counts."
            ),
            Some(why) => format!(
                "What the file says of the zone '{name}' can't be understood, and the name counts: {why}."
            ),
        };
        remarks.push(Remark::new(Weight::Warning, text));
    }
    mend_zones(calendar, &zones);
    for event in calendar.components_mut().filter(|c| c.name == "VEVENT") {
        mend_end(event, &zones);
        remarks.extend(mend_length(event, &zones));
        if is_master(event) {
            remarks.extend(of_rules(event, &zones));
            mend_rules(event, &zones);
            mend_exclusions(event, &zones);
            mend_additions(event, &zones);
        }
    }
    remarks.extend(mend_originals(calendar, &zones));
    remarks.dedup();
    remarks
}

fn person_remark(odd: &Repaired) -> Remark {
    match odd {
        Repaired::Person(person) => {
            let person = piece(&clean::line(&person.to_string()));
            let text = format!("The line about {person} is odd: it is taken so.");
            Remark::new(Weight::Warning, text)
        }
        Repaired::Unreachable(line) => {
            let is_room = line.content().is_some_and(|line| {
                let kind = line.parameter("CUTYPE").unwrap_or_default();
                ["ROOM", "RESOURCE"]
                    .iter()
                    .any(|room| kind.eq_ignore_ascii_case(room))
            });
            let shown = piece(line.text());
            match is_room {
                true => Remark::new(
                    Weight::Warning,
                    format!("'{shown}' has no mail address: nobody is told there."),
                ),
                false => Remark::refusal(
                    format!(
                        "'{shown}' has no mail address that can be read, so that somebody would be left out"
                    ),
                    "correct the line, or take it out and name the person with --invite",
                )
                .about("", &shown),
            }
        }
    }
}

/// TZID goes where a time is in UTC, and VALUE says what the value is.
fn mend_form(line: &Line, remarks: &mut Vec<Remark>) -> Edit {
    if !time::NAMES.iter().any(|name| line.is(name)) {
        return Edit::Keep;
    }
    let Some(mut content) = line.content() else {
        return Edit::Keep;
    };
    if content.value.trim().is_empty() && content.is_one_of(&["EXDATE", "RDATE"]) {
        return Edit::Remove;
    }
    let before = content.clone();
    for parameter in content.parameters.iter_mut().filter(|p| p.name == "TZID") {
        let trimmed = parameter.values.iter().map(|value| value.trim().to_owned());
        parameter.values = trimmed.collect();
    }
    let loose: Vec<Option<String>> = content
        .value
        .split(',')
        .map(|v| loose_time(v.trim()))
        .collect();
    if loose.iter().any(Option::is_some) {
        let values = content.value.split(',').zip(loose);
        let written: Vec<String> = values
            .map(|(value, loose)| loose.unwrap_or_else(|| value.to_owned()))
            .collect();
        let text = format!(
            "{} {} is taken as {}.",
            content.name,
            piece(content.value.trim()),
            written.join(",")
        );
        remarks.push(Remark::new(Weight::Warning, text));
        content.value = written.join(",");
    }
    let values: Vec<&str> = content.value.split(',').map(str::trim).collect();
    let is_day = |value: &&str| matches!(local_time(value), Some((_, None)));
    let is_time = |value: &&str| value.contains(['T', 't']) && !value.contains('/');
    let (all_days, all_times) = (values.iter().all(is_day), values.iter().all(is_time));
    let all_utc = values.iter().all(|value| value.ends_with(['Z', 'z']));
    let value = content.parameter("VALUE").map(str::to_ascii_uppercase);
    if all_days {
        content.parameters.retain(|p| p.name != "TZID");
    }
    if all_days && value.as_deref() != Some("DATE") {
        content.parameters.retain(|p| p.name != "VALUE");
        content.parameters.push(parameter("VALUE", "DATE"));
    }
    if all_times && value.as_deref() == Some("DATE") {
        content.parameters.retain(|p| p.name != "VALUE");
    }
    if all_times && all_utc && content.parameter("TZID").is_some() {
        content.parameters.retain(|p| p.name != "TZID");
        remarks.push(Remark::new(
            Weight::Warning,
            format!(
                "{} is in UTC and names a zone: it is taken as UTC.",
                content.name
            ),
        ));
    }
    match content == before {
        true => Edit::Keep,
        false => Edit::Say(content),
    }
}

fn parameter(name: &str, value: &str) -> Parameter {
    Parameter {
        name: name.to_owned(),
        values: vec![value.to_owned()],
    }
}

/// A whole day ends on the next one, and a length is written in the order of RFC 5545 3.3.6.
fn mend_length(event: &mut Component, zones: &Zones) -> Option<Remark> {
    let (start, end, fault) = time::range_and_fault(event, zones).ok()?;
    let mut remark = None;
    let says_end = ["DTEND", "DURATION"]
        .iter()
        .any(|name| event.property(name).is_some());
    if !says_end && series::form(event, zones).is_ok_and(|form| !form.is_date()) {
        remark = Some(Remark::new(
            Weight::Warning,
            format!(
                "The meeting of {} says no end: it has no length.",
                when::display(&start)
            ),
        ));
    }
    if fault == Some(OddEnd::SameDay)
        && let Some(line) = event.property("DTEND")
    {
        event.set(&Form::of(&line, zones).line("DTEND", &[end]));
        let day = start.strftime("%-d %B %Y");
        remark = Some(Remark::new(
            Weight::Warning,
            format!("It ends on the day on which it begins: it is taken as all of {day}."),
        ));
    }
    if fault == Some(OddEnd::SameDay) && event.property("DURATION").is_some() {
        event.retain_lines(|line| !line.is("DURATION"));
        let day = start.strftime("%-d %B %Y");
        remark = Some(Remark::new(
            Weight::Warning,
            format!("It lasts no time: it is taken as all of {day}."),
        ));
    }
    if fault == Some(OddEnd::Same) {
        // No end is one for every calendar, and one that is the start is refused by some.
        event.retain_lines(|line| !line.is("DTEND"));
        remark = Some(Remark::new(
            Weight::Warning,
            format!(
                "The meeting of {} has no length: it ends when it starts.",
                when::display(&start)
            ),
        ));
    }
    if let Some(line) = event.property("DURATION")
        && let Some(value) = plain_span(&line.value)
    {
        event.set(&ContentLine { value, ..line });
    }
    remark
}

/// A length in the order of RFC 5545 3.3.6, where it is in another one.
fn plain_span(value: &str) -> Option<String> {
    let is_plain = value.trim().parse::<jiff::Span>().is_ok();
    (!is_plain).then(|| duration(value).map(|span| span.to_string()))?
}

fn mend_alarms(event: &mut Component) {
    let subject = event.property("SUMMARY").map(|line| line.value);
    for alarm in event.components_mut().filter(|c| c.name == "VALARM") {
        let action = alarm.property("ACTION").map(|line| line.value);
        let is_shown = action.is_some_and(|action| action.trim().eq_ignore_ascii_case("DISPLAY"));
        if is_shown && alarm.property("DESCRIPTION").is_none() {
            // RFC 5545 3.6.6 wants the text that is shown.
            let text = subject.clone().unwrap_or_else(|| "REMINDER".to_owned());
            alarm.add(&property("DESCRIPTION", &text));
        }
        alarm.edit(|line| {
            let content = ["TRIGGER", "DURATION"].iter().any(|name| line.is(name));
            let content = content.then(|| line.content()).flatten();
            let value = content.as_ref().and_then(|line| plain_span(&line.value));
            match content.zip(value) {
                Some((line, value)) => Edit::Say(ContentLine { value, ..line }),
                None => Edit::Keep,
            }
        });
    }
}
