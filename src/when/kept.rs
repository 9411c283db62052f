//! Moments as they are kept, for `#[serde(with = "when::kept")]`: with their zone where it has a name that others
//! know, else with their offset. A zone that some file described is known nowhere else.

use jiff::Zoned;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::when::zone_name;

/// What holds moments.
pub trait Keep {
    /// The same, so that it can be read back.
    fn kept(&self) -> Self;
}

impl Keep for Zoned {
    fn kept(&self) -> Self {
        match zone_name(self.time_zone()) {
            None if self.time_zone().iana_name().is_some() => {
                self.with_time_zone(TimeZone::fixed(self.offset()))
            }
            _ => self.clone(),
        }
    }
}

impl<T: Keep> Keep for Option<T> {
    fn kept(&self) -> Self {
        self.as_ref().map(T::kept)
    }
}

impl<T: Keep> Keep for Vec<T> {
    fn kept(&self) -> Self {
        self.iter().map(T::kept).collect()
    }
}

impl Keep for (Zoned, Zoned) {
    fn kept(&self) -> Self {
        (self.0.kept(), self.1.kept())
    }
}

impl<T: Clone> Keep for (Vec<T>, Zoned, Zoned) {
    fn kept(&self) -> Self {
        (self.0.clone(), self.1.kept(), self.2.kept())
    }
}

/// A moment that was kept, in the described zone that it was meant in, if it can have been.
pub fn restore(at: &Zoned, home: &TimeZone) -> Zoned {
    let is_described = home.iana_name().is_some() && zone_name(home).is_none();
    let was_there = home.to_offset(at.timestamp()) == at.offset();
    match is_described && was_there && at.time_zone().iana_name().is_none() {
        true => at.with_time_zone(home.clone()),
        false => at.clone(),
    }
}

/// For `#[serde(with)]`.
pub fn serialize<T: Keep + Serialize, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value.kept().serialize(serializer)
}

/// For `#[serde(with)]`.
pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    T::deserialize(deserializer)
}
