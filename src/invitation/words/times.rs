//! Days and times as people of a language write them, always with their zone.

use jiff::Zoned;
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use crate::conference::{Changed, Series};
use crate::invitation::words::{Forms, Words, fill, nth};
use crate::when::{echo_clock, echo_offset, echo_zone};

/// Names of days and months, and how days and times are written.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Times {
    /// Monday first.
    pub(super) weekdays: [&'static str; 7],
    pub(super) months: [&'static str; 12],
    day: Forms,
    date: &'static str,
    moment: &'static str,
    hours: &'static str,
    days: &'static str,
    zoned: &'static str,
    ends_in: &'static str,
}

impl Words {
    /// A moment.
    pub(in crate::invitation) fn moment(&self, at: &Zoned) -> String {
        self.zoned(&self.on_day(at), &echo_zone(at))
    }

    /// An occurrence that is off, with those that are off like it.
    pub(in crate::invitation) fn left_out(&self, changed: &Changed) -> String {
        self.with_following(self.moment(&changed.original), changed)
    }

    /// Occurrences that are at another time: where the rule has each, and when it is.
    pub(in crate::invitation) fn changed<'s>(
        &'s self,
        series: &'s Series,
    ) -> impl Iterator<Item = (String, String)> + 's {
        series.changed.iter().filter_map(|changed| {
            let (start, end) = changed.time.as_ref()?;
            let time = self.with_following(self.range(start, end), changed);
            Some((self.moment(&changed.original), time))
        })
    }

    fn with_following(&self, time: String, changed: &Changed) -> String {
        match changed.is_onward {
            true => format!("{time}{}{}", self.comma, self.labels.and_following),
            false => time,
        }
    }

    /// From when to when, in the zone of the start: both days when they differ, and both offsets
    /// when the clocks change in between.
    pub(in crate::invitation) fn range(&self, start: &Zoned, end: &Zoned) -> String {
        let (time, zone) = self.parts(start, end);
        self.zoned(&time, &zone)
    }

    /// The same as two texts: days and times, and the zone.
    pub(in crate::invitation) fn parts(&self, start: &Zoned, end: &Zoned) -> (String, String) {
        let end = end.with_time_zone(start.time_zone().clone());
        let (text, from, to) = if start.date() == end.date() {
            (self.times.hours, echo_clock(start), echo_clock(&end))
        } else {
            (self.times.days, self.on_day(start), self.on_day(&end))
        };
        let date = self.date(start.date(), &self.times.weekdays);
        let time = fill(text, &[("date", &date), ("from", &from), ("to", &to)]);
        let mut zone = echo_zone(start);
        if start.offset() != end.offset() {
            let offset = echo_offset(&end);
            zone = fill(self.times.ends_in, &[("zone", &zone), ("offset", &offset)]);
        }
        (time, zone)
    }

    /// `Tuesday 3 March 2026`
    pub(super) fn date(&self, date: Date, weekdays: &[&'static str; 7]) -> String {
        let values = [
            ("weekday", by_weekday(weekdays, date.weekday())),
            ("day", &self.day(date.day().into(), date.month().into())),
            ("year", &format!("{:04}", date.year())),
        ];
        fill(self.times.date, &values)
    }

    /// `3 March`; the month is 1 to 12.
    pub(super) fn day(&self, day: i16, month: i16) -> String {
        let month = nth(&self.times.months, month.unsigned_abs().into());
        let values = [("n", &*day.to_string()), ("month", month)];
        fill(nth(&self.times.day, day.unsigned_abs().into()), &values)
    }

    /// `Tuesday 3 March 2026 10:00`
    pub(super) fn on_day(&self, at: &Zoned) -> String {
        let date = self.date(at.date(), &self.times.weekdays);
        let values = [("date", &*date), ("time", &echo_clock(at))];
        fill(self.times.moment, &values)
    }

    fn zoned(&self, time: &str, zone: &str) -> String {
        fill(self.times.zoned, &[("time", time), ("zone", zone)])
    }
}

/// One of seven, Monday's first.
pub(super) fn by_weekday(names: &[&'static str; 7], day: Weekday) -> &'static str {
    nth(names, day.to_monday_one_offset().unsigned_abs().into())
}
