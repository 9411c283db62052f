//! Rules, and the dates beside them, in the form of the start that they belong to.

use jiff::Zoned;

use crate::calendar_object::change::property;
use crate::calendar_object::mend::parameter;
use crate::calendar_object::remark::{Remark, Weight, piece};
use crate::calendar_object::time::{self, Form, Value};
use crate::calendar_object::zones::Zones;
use crate::calendar_object::{is_master, series};
use crate::icalendar::{Component, ContentLine, Edit, Rule};

/// RECURRENCE-ID in the form of DTSTART (RFC 5545 3.8.4.4). A day stands for what takes place then.
pub(super) fn mend_originals(calendar: &mut Component, zones: &Zones) -> Vec<Remark> {
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
pub(super) fn mend_rules(event: &mut Component, zones: &Zones) {
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

/// EXDATE in the form of DTSTART (RFC 5545 3.8.5.1).
pub(super) fn mend_exclusions(event: &mut Component, zones: &Zones) {
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
pub(super) fn mend_additions(event: &mut Component, zones: &Zones) {
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
