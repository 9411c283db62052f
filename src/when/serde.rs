//! Moments as they are kept: with their zone where it has a name that others know, else with their offset.

use jiff::Zoned;
use jiff::tz::TimeZone;

use crate::when::zone_name;

fn kept(at: &Zoned) -> Zoned {
    match zone_name(at.time_zone()) {
        None if at.time_zone().iana_name().is_some() => {
            at.with_time_zone(TimeZone::fixed(at.offset()))
        }
        _ => at.clone(),
    }
}

/// One moment.
pub mod zoned {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::*;

    /// For `#[serde(with)]`.
    pub fn serialize<S: Serializer>(at: &Zoned, serializer: S) -> Result<S::Ok, S::Error> {
        kept(at).serialize(serializer)
    }

    /// For `#[serde(with)]`.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Zoned, D::Error> {
        Zoned::deserialize(deserializer)
    }
}

/// A moment that may be missing.
pub mod zoned_option {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::*;

    /// For `#[serde(with)]`.
    pub fn serialize<S: Serializer>(at: &Option<Zoned>, serializer: S) -> Result<S::Ok, S::Error> {
        at.as_ref().map(kept).serialize(serializer)
    }

    /// For `#[serde(with)]`.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Zoned>, D::Error> {
        Option::deserialize(deserializer)
    }
}

/// Moments in pairs.
pub mod zoned_pairs {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::*;

    /// For `#[serde(with)]`.
    pub fn serialize<S: Serializer>(
        all: &[(Zoned, Zoned)],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let pairs = all.iter().map(|(one, other)| (kept(one), kept(other)));
        pairs.collect::<Vec<_>>().serialize(serializer)
    }

    /// For `#[serde(with)]`.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<(Zoned, Zoned)>, D::Error> {
        Vec::deserialize(deserializer)
    }
}

/// Several moments.
pub mod zoned_list {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::*;

    /// For `#[serde(with)]`.
    pub fn serialize<S: Serializer>(all: &[Zoned], serializer: S) -> Result<S::Ok, S::Error> {
        let kept: Vec<Zoned> = all.iter().map(kept).collect();
        kept.serialize(serializer)
    }

    /// For `#[serde(with)]`.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Zoned>, D::Error> {
        Vec::deserialize(deserializer)
    }
}
