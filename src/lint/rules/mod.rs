//! The rules, one file for each thing that they look at.

mod alarm;
mod calendar;
pub(super) mod dialling;
mod entry;
mod escapes;
mod lines;
mod links;
mod microsoft;
mod observances;
mod people;
pub(super) mod person;
mod recurrence;
mod repetition;
mod times;
mod zones;

use crate::lint::{Check, Rule, Severity, mail};

/// Every table of rules.
pub(super) static ALL: [&[Rule]; 20] = [
    std::slice::from_ref(&TOO_LARGE),
    lines::RULES,
    calendar::RULES,
    entry::RULES,
    escapes::RULES,
    times::RULES,
    zones::RULES,
    observances::RULES,
    recurrence::RULES,
    repetition::RULES,
    people::RULES,
    person::RULES,
    alarm::RULES,
    dialling::RULES,
    links::RULES,
    microsoft::RULES,
    mail::STRUCTURE,
    mail::BODY,
    mail::HEADERS,
    mail::PEOPLE,
];

/// Found before anything else can be.
pub(super) static TOO_LARGE: Rule = Rule {
    id: "too-large",
    severity: Severity::Error,
    what: "more than can be looked at: 4 MiB or 50,000 lines of calendar, 32 MiB of mail",
    why: "Mail and calendar servers refuse it long before.",
    fix: "Leave attachments out of the calendar; link to them.",
    evidence: &["RFC 4791 5.2.5"],
    // Told where calendars and mails are read.
    check: Check::Calendar(|_, _| {}),
};
