//! Days and times as people of a language write them, always with their zone.

use jiff::Zoned;

use crate::invitation::words::Words;
use crate::when::{echo_clock, echo_offset, echo_zone};

impl Words {
    /// A moment.
    pub(in crate::invitation) fn moment(&self, at: &Zoned) -> String {
        let gap = self.times.zone_gap;
        format!("{}{gap}{}", self.on_day(at), echo_zone(at))
    }

    /// From when to when, in the zone of the start: both days when they differ, and both offsets
    /// when the clocks change in between.
    pub(in crate::invitation) fn range(&self, start: &Zoned, end: &Zoned) -> String {
        let (clock, zone) = self.parts(start, end);
        clock + self.times.zone_gap + &zone
    }

    /// The same as two texts: days and times, and the zone.
    pub(in crate::invitation) fn parts(&self, start: &Zoned, end: &Zoned) -> (String, String) {
        let end = end.with_time_zone(start.time_zone().clone());
        let times = &self.times;
        let clock = if start.date() == end.date() {
            let (from, to) = (echo_clock(start), echo_clock(&end));
            let day = (times.day)(start.date());
            let (gap, dash, suffix) = (times.gap, times.dash, times.suffix);
            format!("{day}{gap}{from}{dash}{to}{suffix}")
        } else {
            let dash = times.dash;
            format!("{} {dash} {}", self.on_day(start), self.on_day(&end))
        };
        (clock, self.zone(start, &end))
    }

    /// `Tuesday 3 March 2026 10:00`
    fn on_day(&self, at: &Zoned) -> String {
        let times = &self.times;
        let day = (times.day)(at.date());
        format!("{day}{}{}{}", times.gap, echo_clock(at), times.suffix)
    }

    fn zone(&self, start: &Zoned, end: &Zoned) -> String {
        let zone = echo_zone(start);
        if start.offset() == end.offset() {
            zone
        } else {
            format!("{zone}{}{}", self.times.ends_in, echo_offset(end))
        }
    }
}
