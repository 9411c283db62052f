//! Where a series ends when it moves: as many occurrences are left as before.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::conference::series::MOST_MOVED;
use crate::icalendar::{End, Recurrence, Rule};

/// UNTIL at that time means all of the day.
const DAY_ENDS: Time = Time::constant(23, 59, 59, 0);

/// The end of `moved`, which `rule` becomes when its start goes from `old` to `new`. `keeps_days`:
/// the rule falls on the same days as before.
pub(super) fn shift(
    rule: &Rule,
    moved: &Rule,
    (old, new): (&Zoned, &Zoned),
    keeps_days: bool,
) -> End {
    let Some(until) = rule.until(old.time_zone()) else {
        return rule.end;
    };
    let until = old.time_zone().to_datetime(until);
    let means_day = until.time() == DAY_ENDS;
    let on = |clock| on_clock(rule.end, clock, new.time_zone());
    let along = |to: DateTime| match means_day {
        true => on(until),
        false => on(shift_clock(until, old.datetime(), to)),
    };
    let stays = along(old.date().to_datetime(new.time()));
    if keeps_days && with_end(moved, stays).until(new.time_zone()) >= Some(new.timestamp()) {
        return stays;
    }
    let number = starts(rule, old, MOST_MOVED).len();
    let along = along(new.datetime());
    if starts(&with_end(moved, along), new, MOST_MOVED).len() == number {
        return along;
    }
    let last = starts(&with_end(moved, End::Never), new, number).pop();
    last.map_or(along, |last| match means_day {
        true => on(last.date().to_datetime(DAY_ENDS)),
        false => on(last.datetime()),
    })
}

fn with_end(rule: &Rule, end: End) -> Rule {
    Rule {
        end,
        ..rule.clone()
    }
}

fn starts(rule: &Rule, start: &Zoned, most: usize) -> Vec<Zoned> {
    Recurrence::of(rule, start).starts(Timestamp::MIN, |_| true, most)
}

/// As far from `until` as `to` is from `from`, on the clock.
fn shift_clock(until: DateTime, from: DateTime, to: DateTime) -> DateTime {
    until.saturating_add(to.duration_since(from))
}

/// The time on the clock in the form that `end` has.
fn on_clock(end: End, clock: DateTime, zone: &TimeZone) -> End {
    match end {
        End::On(_) => End::On(clock.date()),
        End::At(_) => zone
            .to_zoned(clock)
            .map_or(end, |until| End::At(until.timestamp())),
        _ => End::OnClock(clock),
    }
}
