//! Whether two calendar objects are the same version of the same meeting (RFC 5546 2.1.5), however
//! a server has written them anew.

use std::collections::BTreeSet;

use openssl::sha::sha256;
use serde::{Deserialize, Serialize};

use crate::hex::hex;
use crate::icalendar::{Component, Object};

/// UID of a meeting, and for all of it and each occurrence on its own RECURRENCE-ID, SEQUENCE and
/// DTSTAMP.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Version {
    pub(super) uid: String,
    parts: BTreeSet<[String; 3]>,
}

/// What people are told by all events of a calendar object; none: it is no calendar object.
pub fn content_digest(bytes: &[u8]) -> Option<String> {
    const TOLD: [&str; 7] = [
        "RECURRENCE-ID",
        "SUMMARY",
        "DTSTART",
        "DTEND",
        "LOCATION",
        "DESCRIPTION",
        "STATUS",
    ];
    let calendar = Object::parse(bytes).ok()?.calendar;
    let events = calendar.components().filter(|c| c.name == "VEVENT");
    let told_of = |event: &Component| {
        TOLD.map(|name| {
            let line = event.property(name);
            line.map_or(String::new(), |line| line.value.trim().to_owned())
        })
    };
    let mut told: Vec<[String; 7]> = events.map(told_of).collect();
    told.sort_unstable();
    Some(hex(&sha256(format!("{told:?}").as_bytes())))
}

impl Version {
    /// None: it is no meeting, or one without a UID.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let calendar = Object::parse(bytes).ok()?.calendar;
        let events = || calendar.components().filter(|c| c.name == "VEVENT");
        let value = |event: &Component, name| {
            let line = event.property(name);
            line.map_or(String::new(), |line| line.value.trim().to_owned())
        };
        let uid = value(events().next()?, "UID");
        let parts = events().map(|event| {
            // RFC 5545 3.8.7.4: none is 0, and servers write it out.
            let sequence: u32 = value(event, "SEQUENCE").parse().unwrap_or_default();
            let stamp = value(event, "DTSTAMP");
            [value(event, "RECURRENCE-ID"), sequence.to_string(), stamp]
        });
        let parts = parts.collect();
        (!uid.is_empty()).then_some(Self { uid, parts })
    }
}
