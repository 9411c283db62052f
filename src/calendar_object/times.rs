//! Times as a VEVENT has them: on the clock of a named zone, or in UTC.

use ics::components::{Component, Property};
use ics::parameters::TzIDParam;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::calendar_object::timezone;
use crate::conference::Appointment;
use crate::icalendar;
use crate::when;

/// The zone that needs no name has several (IANA).
const UTC_NAMES: [&str; 8] = [
    "UTC",
    "Etc/UTC",
    "Etc/UCT",
    "Etc/Universal",
    "Etc/Zulu",
    "UCT",
    "Universal",
    "Zulu",
];

/// How the times of one appointment are written.
///
/// What takes place once is in UTC when its zone has no name, or when the clock shows one of its
/// times twice: RFC 5545 3.3.5 gives such a name to the first, but libical and ical.js take the
/// second. A series must follow the clock, so its times have a zone even then, and a zone without
/// a name gets one; only the new time of a changed occurrence may be in UTC.
pub(super) struct Times<'a> {
    appointment: &'a Appointment,
    start: Zoned,
    end: Zoned,
    /// Of the start and the end.
    tzid: Option<String>,
    /// Of the rule: of dropped occurrences, and of the one that this is about.
    rule_tzid: Option<String>,
}

impl<'a> Times<'a> {
    pub(super) fn of(appointment: &'a Appointment) -> Self {
        let start = appointment
            .occurrence
            .as_ref()
            .unwrap_or(&appointment.start);
        let home = start.time_zone();
        let is_repeated = appointment.series.is_some() || appointment.occurrence.is_some();
        let rule_tzid = is_repeated.then(|| declared_name(start)).flatten();
        let start = in_zone(&appointment.start, home, is_repeated);
        let end = in_zone(&appointment.end, home, is_repeated);
        let tzid = match appointment.series {
            Some(_) => rule_tzid.clone(),
            None => plain_name(&start, &end, rule_tzid.as_deref()),
        };
        Self {
            appointment,
            start,
            end,
            tzid,
            rule_tzid,
        }
    }

    /// VTIMEZONE, if one is needed.
    pub(super) fn zone(&self) -> Option<Component<'static>> {
        let tzid = self.rule_tzid.as_ref().or(self.tzid.as_ref())?;
        let original = self.appointment.occurrence.as_ref().unwrap_or(&self.start);
        let first = original.min(&self.start);
        Some(timezone::timezone(
            tzid,
            first,
            self.last().max(original.timestamp()),
        ))
    }

    fn last(&self) -> Timestamp {
        match &self.appointment.series {
            Some(series) => series
                .last_end(&self.start, &self.end)
                .unwrap_or(Timestamp::MAX),
            None => self.end.timestamp(),
        }
    }

    /// DTSTART, DTEND, and what says which occurrences this is about or not about.
    pub(super) fn properties(&self) -> impl Iterator<Item = Property<'static>> {
        let tzid = self.tzid.as_deref();
        let mut times = vec![
            property("DTSTART", &self.start, tzid),
            property("DTEND", &self.end, tzid),
        ];
        let tzid = self.rule_tzid.as_deref();
        let zone = self.start.time_zone();
        let series = || self.appointment.series.iter();
        let added = series().flat_map(|series| &series.added);
        times.extend(added.map(|at| property("RDATE", &at.with_time_zone(zone.clone()), tzid)));
        let excluded = series().flat_map(|series| &series.excluded);
        times.extend(excluded.map(|at| property("EXDATE", &at.with_time_zone(zone.clone()), tzid)));
        let original = self.appointment.occurrence.iter();
        times.extend(original.map(|at| property("RECURRENCE-ID", at, tzid)));
        times.into_iter()
    }
}

fn in_zone(at: &Zoned, zone: &TimeZone, is_repeated: bool) -> Zoned {
    if is_repeated {
        at.with_time_zone(zone.clone())
    } else {
        at.clone()
    }
}

/// The name of the zone, or of `declared`, if it can say both times.
fn plain_name(start: &Zoned, end: &Zoned, declared: Option<&str>) -> Option<String> {
    let name = name(start.time_zone()).or(declared)?;
    let can_be_named = |at: &Zoned| {
        let named = at.time_zone().to_ambiguous_timestamp(at.datetime());
        !named.is_ambiguous()
    };
    let ends_there = end.time_zone() == start.time_zone();
    (ends_there && can_be_named(start) && can_be_named(end)).then(|| name.to_owned())
}

/// IANA name of a zone other than UTC.
fn name(zone: &TimeZone) -> Option<&str> {
    when::zone_name(zone).filter(|name| !UTC_NAMES.contains(name))
}

/// The TZID under which a series declares its zone; none for UTC.
fn declared_name(start: &Zoned) -> Option<String> {
    let zone = start.time_zone();
    let is_utc = when::zone_name(zone).is_some_and(|name| UTC_NAMES.contains(&name));
    if is_utc || *zone == TimeZone::UTC {
        return None;
    }
    let unnamed = || format!("UTC{}", start.strftime("%z"));
    Some(name(zone).map_or_else(unnamed, str::to_owned))
}

fn property(name: &'static str, at: &Zoned, tzid: Option<&str>) -> Property<'static> {
    match tzid {
        Some(tzid) => {
            let clock = at.strftime("%Y%m%dT%H%M%S").to_string();
            let mut property = Property::new(name, clock);
            property.add(TzIDParam::new(icalendar::parameter_value(tzid)));
            property
        }
        None => {
            let utc = at.timestamp().strftime("%Y%m%dT%H%M%SZ");
            Property::new(name, utc.to_string())
        }
    }
}
