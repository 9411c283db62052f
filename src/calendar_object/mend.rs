//! A meeting that somebody else's program wrote, written as everybody reads it where it can mean one thing
//! only, and what is said of that.

use std::collections::{HashMap, HashSet};

use jiff::Zoned;

use crate::calendar_object::change::property;
use crate::calendar_object::elsewhere::{Remark, Weight, of_rules, piece, zone_remark};
use crate::calendar_object::mend_zone::mend_zones;
use crate::calendar_object::repair::{self, Repaired};
use crate::calendar_object::time::{self, Form, OddEnd, Value};
use crate::calendar_object::unwrap::Wanted;
use crate::calendar_object::zones::{self, Zones};
use crate::calendar_object::{is_master, lines, other_conference, series};
use crate::icalendar::{
    self, Component, ContentLine, Edit, Line, Moment, Object, Parameter, Rule, decode_as_likely,
    duration, escape_text, local_time, loose_time, unescape_text,
};
use crate::invitation::clean;
use crate::when;

/// TEXT properties that programs write over several lines without folding them.
const TEXTS: [&str; 4] = ["DESCRIPTION", "COMMENT", "SUMMARY", "LOCATION"];

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

/// Lines of a text that a program wrote as they are go behind it: all up to the next property that means
/// something, if one of them is none.
fn join_texts(event: &mut Component) -> Option<Remark> {
    let mut joined: HashMap<usize, Vec<String>> = HashMap::new();
    let mut taken: HashSet<usize> = HashSet::new();
    let mut text: Option<usize> = None;
    let mut run: Vec<(usize, &Line)> = Vec::new();
    let mut first = None;
    let is_foreign = |line: &Line| {
        // Who writes a sentence does not write its first word in capitals.
        let name = line.text().split([':', ';']).next().unwrap_or_default();
        line.fault().is_some() || name.bytes().any(|b| b.is_ascii_lowercase())
    };
    let mut end_run = |text: Option<usize>, run: &mut Vec<(usize, &Line)>| {
        let is_text = text.is_some() && run.iter().any(|(_, line)| is_foreign(line));
        for (at, line) in run.drain(..).filter(|_| is_text) {
            taken.insert(at);
            first.get_or_insert_with(|| piece(line.text()));
            let lines = joined.entry(text.unwrap_or_default()).or_default();
            lines.push(line.text().to_owned());
        }
    };
    for (at, line) in event.lines().enumerate() {
        let is_private = line
            .text()
            .get(..2)
            .is_some_and(|x| x.eq_ignore_ascii_case("X-"));
        let is_property = line.fault().is_none() && (lines::is_known(line) || is_private);
        if !is_property {
            run.push((at, line));
            continue;
        }
        end_run(text, &mut run);
        text = TEXTS.iter().any(|name| line.is(name)).then_some(at);
    }
    end_run(text, &mut run);
    let first = first?;
    let mut number = 0;
    event.edit(|line| {
        let at = number;
        number += 1;
        if taken.contains(&at) {
            return Edit::Remove;
        }
        let Some((more, mut content)) = joined.get(&at).zip(line.content()) else {
            return Edit::Keep;
        };
        for line in more {
            content.value += "\\n";
            content.value += &escape_text(&unescape_text(line));
        }
        Edit::Say(content)
    });
    Some(Remark::new(
        Weight::Warning,
        format!("'{first}' is no calendar line: it is taken as a line of the text before it."),
    ))
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

/// What times without a zone of their own are in.
#[derive(Clone)]
enum Clock {
    /// A TZID.
    Zone(String),
    Utc,
}

impl Clock {
    /// Of a property; none: it floats, or has days.
    fn of(line: &ContentLine) -> Option<Self> {
        match line.parameter("TZID") {
            Some(tzid) => Some(Self::Zone(tzid.to_owned())),
            None => line.value.trim().ends_with(['Z', 'z']).then_some(Self::Utc),
        }
    }

    /// The line in it; none: it has a clock, or no time.
    fn give(&self, mut line: ContentLine) -> Option<ContentLine> {
        let is_local = |value: &str| {
            let moment = Moment::read(value.trim(), None);
            moment.is_some_and(|moment| moment.form == icalendar::Form::Floating)
        };
        if line.parameter("TZID").is_some() || !line.value.split(',').all(is_local) {
            return None;
        }
        match self {
            Self::Zone(tzid) => line.parameters.push(parameter("TZID", tzid)),
            Self::Utc => {
                let values = line
                    .value
                    .split(',')
                    .map(|value| value.trim().to_owned() + "Z");
                line.value = values.collect::<Vec<_>>().join(",");
            }
        }
        Some(line)
    }

    fn shown(&self) -> String {
        match self {
            Self::Zone(tzid) => piece(tzid),
            Self::Utc => "UTC".to_owned(),
        }
    }
}

/// Times without a zone are in that of the start, whatever the zone of this computer is: those of an occurrence's
/// place in that of the series, a start in that of its end.
fn give_clocks(calendar: &mut Component) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let events = calendar.components().filter(|c| c.name == "VEVENT");
    let mut masters = events.filter(|event| is_master(event));
    let start = masters.find_map(|event| event.property("DTSTART"));
    let of_series = start.as_ref().and_then(Clock::of);
    drop(masters);
    for event in calendar.components_mut().filter(|c| c.name == "VEVENT") {
        let own = |event: &Component, name| event.property(name).as_ref().and_then(Clock::of);
        let is_own = is_master(event);
        let clock = own(event, "DTSTART")
            .or_else(|| own(event, "DTEND"))
            .or_else(|| of_series.clone().filter(|_| !is_own));
        event.edit(|line| {
            let clock = match line.is("RECURRENCE-ID") {
                true => of_series.as_ref(),
                false => clock.as_ref(),
            };
            let is_time = time::NAMES.iter().any(|name| line.is(name));
            let content = line.content().filter(|_| is_time);
            let Some((clock, content)) = clock.zip(content) else {
                return Edit::Keep;
            };
            let (name, value) = (content.name.clone(), piece(content.value.trim()));
            let Some(said) = clock.give(content) else {
                return Edit::Keep;
            };
            let zone = clock.shown();
            let text = format!("{name} {value} has no zone: it is taken in {zone}, as the others.");
            remarks.push(Remark::new(Weight::Warning, text));
            Edit::Say(said)
        });
    }
    remarks
}

/// Times without a zone are in the one that was asked for.
fn give_asked_zone(calendar: &mut Component, zone: &str) -> Option<Remark> {
    let clock = Clock::Zone(zone.to_owned());
    let mut is_given = false;
    for event in calendar.components_mut().filter(|c| c.name == "VEVENT") {
        event.edit(|line| {
            let is_time = time::NAMES.iter().any(|name| line.is(name));
            let content = line.content().filter(|_| is_time);
            match content.and_then(|content| clock.give(content)) {
                Some(said) => {
                    is_given = true;
                    Edit::Say(said)
                }
                None => Edit::Keep,
            }
        });
    }
    is_given.then(|| {
        let text = format!("Its times without a zone are taken in {zone}, as --zone says.");
        Remark::new(Weight::Note, text)
    })
}

/// An end in another form than the start is the same moment in that.
fn mend_end(event: &mut Component, zones: &Zones) {
    let lines = (event.property("DTSTART"), event.property("DTEND"));
    let (Some(start), Some(end)) = lines else {
        return;
    };
    let (form, own) = (Form::of(&start, zones), Form::of(&end, zones));
    // Both may name zones of their own.
    let is_named = |line: &ContentLine| line.parameter("TZID").is_some();
    if form.is_like(&own) || form.is_date() || own.is_date() || is_named(&start) && is_named(&end) {
        return;
    }
    if let Ok(at) = time::single_time(&end, zones)
        && form.says(&at)
    {
        event.set(&form.line("DTEND", &[at]));
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

/// RECURRENCE-ID in the form of DTSTART (RFC 5545 3.8.4.4). A day stands for what takes place then.
fn mend_originals(calendar: &mut Component, zones: &Zones) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let Some(master) = calendar.components().find(|c| is_master(c)).cloned() else {
        return remarks;
    };
    let (Ok(form), Ok((start, _))) = (series::form(&master, zones), time::range(&master, zones))
    else {
        return remarks;
    };
    for event in calendar.components_mut().filter(|c| c.name == "VEVENT") {
        let Some(line) = event.property("RECURRENCE-ID") else {
            continue;
        };
        let own = Form::of(&line, zones);
        if own.is_like(&form) {
            continue;
        }
        let Ok(at) = time::single_time(&line, zones) else {
            continue;
        };
        let at = match own.is_date() && !form.is_date() {
            true => match at
                .date()
                .to_datetime(start.time())
                .to_zoned(start.time_zone().clone())
            {
                Ok(at) => {
                    let shown = piece(line.value.trim());
                    remarks.push(Remark::new(
                        Weight::Warning,
                        format!(
                            "RECURRENCE-ID {shown} is a day: it is taken as what would be at {} then.",
                            start.strftime("%H:%M")
                        ),
                    ));
                    at
                }
                Err(_) => continue,
            },
            // As EXDATE: the day that is written, whatever the zone.
            false if form.is_date() => match written_day(&line, zones, &start) {
                Some(at) => at,
                None => continue,
            },
            false => at,
        };
        let mut said = form.line("RECURRENCE-ID", &[at]);
        let range = line.parameters.into_iter().filter(|p| p.name == "RANGE");
        said.parameters.extend(range);
        event.set(&said);
    }
    remarks
}

/// The beginning of the day that a time names in its own zone.
fn written_day(line: &ContentLine, zones: &Zones, start: &Zoned) -> Option<Zoned> {
    let day = match time::values(line, zones).ok()?.into_iter().next()? {
        Value::At(at, _) => at.date(),
        Value::Day(day) => day,
    };
    day.to_zoned(start.time_zone().clone()).ok()
}

/// A rule that RFC 5545 does not allow as it stands is written as it is taken.
fn mend_rules(event: &mut Component, zones: &Zones) {
    let (Ok((start, _)), Ok(form)) = (time::range(event, zones), series::form(event, zones)) else {
        return;
    };
    event.edit(|line| {
        let content = line.is("RRULE").then(|| line.content()).flatten();
        let Some(content) = content else {
            return Edit::Keep;
        };
        let Ok((rule, _)) = Rule::read(&content.value, &start, form.is_date()) else {
            return Edit::Keep;
        };
        let as_written = content.value.trim().parse::<Rule>();
        let has_small_letters = content.value.bytes().any(|b| b.is_ascii_lowercase());
        if as_written.as_ref() == Ok(&rule) && series::is_fitted(&rule, &form) && !has_small_letters
        {
            return Edit::Keep;
        }
        let rule = series::fit_end(rule, &start, &form);
        Edit::Say(property("RRULE", &rule.to_string()))
    });
}

/// Texts as vCalendar 1.0 wrote them, which some programs still do.
fn mend_encoding(line: &Line, remarks: &mut Vec<Remark>) -> Edit {
    let Some(mut content) = line.content() else {
        return Edit::Keep;
    };
    if !content.is_one_of(&TEXTS) || !content.has("ENCODING", "QUOTED-PRINTABLE") {
        return Edit::Keep;
    }
    let charset = content.parameter("CHARSET").map(str::to_owned);
    let octets = quoted_printable(&content.value);
    let Ok(decoded) = decode_as_likely(&octets, charset.as_deref()) else {
        return Edit::Keep;
    };
    content.value = escape_text(&decoded.text);
    content
        .parameters
        .retain(|p| p.name != "ENCODING" && p.name != "CHARSET");
    remarks.push(Remark::new(
        Weight::Note,
        format!("{} is quoted-printable, and taken so.", content.name),
    ));
    Edit::Say(content)
}

/// RFC 2045 6.7, in one line.
fn quoted_printable(text: &str) -> Vec<u8> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let pair = after
            .get(..2)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        let octet = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match octet.filter(|_| *first == b'=') {
            Some(octet) => {
                octets.push(octet);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                octets.push(*first);
                rest = after;
            }
        }
    }
    octets
}

/// EXDATE in the form of DTSTART (RFC 5545 3.8.5.1).
fn mend_exclusions(event: &mut Component, zones: &Zones) {
    let Ok(form) = series::form(event, zones) else {
        return;
    };
    let is_odd = |line: &ContentLine| !Form::of(line, zones).is_like(&form);
    if !event.all("EXDATE").any(|line| is_odd(&line)) {
        return;
    }
    let Ok(excluded) = series::excluded(event, zones) else {
        return;
    };
    event.retain_lines(|line| !line.is("EXDATE"));
    if !excluded.is_empty() {
        event.add(&form.line("EXDATE", &excluded));
    }
}

/// RDATE in the form of DTSTART: libraries compare one with the other.
fn mend_additions(event: &mut Component, zones: &Zones) {
    let Ok(form) = series::form(event, zones) else {
        return;
    };
    event.edit(|line| {
        let content = line.is("RDATE").then(|| line.content()).flatten();
        let Some(content) = content.filter(|line| !Form::of(line, zones).is_like(&form)) else {
            return Edit::Keep;
        };
        let Ok(values) = time::values(&content, zones) else {
            return Edit::Keep;
        };
        let written = values.iter().map(|value| match value {
            Value::At(at, Some(end)) if !form.is_date() => Some(form.period(at, end)),
            Value::At(at, None) if !form.is_date() => {
                Some(form.line("RDATE", std::slice::from_ref(at)).value)
            }
            _ => None,
        });
        let Some(written) = written.collect::<Option<Vec<String>>>() else {
            return Edit::Keep;
        };
        let mut said = form.line("RDATE", &[]);
        said.value = written.join(",");
        if said.value.contains('/') {
            said.parameters.retain(|p| p.name != "VALUE");
            said.parameters.push(parameter("VALUE", "PERIOD"));
        }
        Edit::Say(said)
    });
}
