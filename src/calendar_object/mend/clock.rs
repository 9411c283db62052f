//! Times without a zone, and ends in another form than their starts.

use crate::calendar_object::is_master;
use crate::calendar_object::mend::parameter;
use crate::calendar_object::remark::{Remark, Weight, piece};
use crate::calendar_object::time::{self, Form};
use crate::calendar_object::zones::Zones;
use crate::icalendar::{self, Component, ContentLine, Edit, Moment};

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
pub(super) fn give_clocks(calendar: &mut Component) -> Vec<Remark> {
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
pub(super) fn give_asked_zone(calendar: &mut Component, zone: &str) -> Option<Remark> {
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
pub(super) fn mend_end(event: &mut Component, zones: &Zones) {
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
