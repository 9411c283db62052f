//! `--occurrence`: one meeting of a series, by its day or its start.

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};

use crate::app::App;
use crate::calendar_object::Occurrence;
use crate::diary::Entry;
use crate::error::{Error, Kind, Result};
use crate::when;

/// How many occurrences are looked at.
const MOST: usize = 10_000;

/// Original start of the occurrence that a text names, even of one that was dropped.
pub fn find_even_dropped(text: &str, entry: &Entry, app: &App) -> Result<Zoned> {
    let zone = entry.appointment.start.time_zone();
    let now = app.clock()?.to_zoned(zone.clone());
    let wanted = Wanted::read(text, &now)?;
    let mut dropped = entry.object.dropped_occurrences(zone).into_iter();
    match dropped.find(|original| wanted.is(original)) {
        Some(original) => Ok(original),
        None => find(text, entry, app).map(|occurrence| occurrence.original),
    }
}

/// The occurrence of a meeting that a text names.
pub fn find(text: &str, entry: &Entry, app: &App) -> Result<Occurrence> {
    let appointment = &entry.appointment;
    let zone = appointment.start.time_zone();
    let now = app.clock()?.to_zoned(zone.clone());
    let occurrences = entry.object.occurrences(zone, Timestamp::MIN, MOST);
    if appointment.series.is_none() && occurrences.len() < 2 {
        return Err(Error::usage(format!(
            "'{}' is no series: leave out --occurrence",
            appointment.subject
        )));
    }
    let wanted = Wanted::read(text, &now)?;
    let mut found = occurrences.iter().filter(|each| wanted.means(each));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one.clone()),
        (Some(_), Some(_)) => Err(Error::new(
            Kind::NotFound,
            format!("'{text}' has several occurrences: add the time of one"),
        )),
        (None, _) => Err(nothing_error(text, &occurrences, &now)),
    }
}

enum Wanted {
    Day(Date),
    Start(Zoned),
}

impl Wanted {
    fn read(text: &str, now: &Zoned) -> Result<Self> {
        if let Ok(day) = when::parse(&format!("{text} 00:00"), now) {
            return Ok(Self::Day(day.at.date()));
        }
        let read = when::parse(text, now).map_err(Error::usage)?;
        Ok(Self::Start(read.at))
    }

    fn means(&self, occurrence: &Occurrence) -> bool {
        self.is(&occurrence.start) || self.is(&occurrence.original)
    }

    fn is(&self, start: &Zoned) -> bool {
        match self {
            Self::Day(day) => start.date() == *day,
            Self::Start(at) => start.timestamp() == at.timestamp(),
        }
    }
}

fn nothing_error(text: &str, occurrences: &[Occurrence], now: &Zoned) -> Error {
    let error = Error::new(
        Kind::NotFound,
        format!("the series has no occurrence at '{text}'"),
    );
    let coming = occurrences.iter().filter(|each| each.start >= *now).take(5);
    coming.fold(error, |error, each| error.hint(when::display(&each.start)))
}
