//! Whether the mail is from those and to those whom the invitation names.

use std::collections::HashSet;

use mail_parser::parsers::MessageStream;

use super::{Header, Mail};
use crate::lint::object::{Component, Property};
use crate::lint::rules::person::address;
use crate::lint::{Check, Hits, Rule, Severity, quote};

/// Most people of a header that are told apart.
const MOST: usize = 1000;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "mail-uninvited-recipient",
        severity: Severity::Error,
        what: "a recipient who is no ATTENDEE",
        why: "Gmail offers them 'add to calendar' instead of Yes, No and Maybe; their answer counts for nobody.",
        fix: "Name them as ATTENDEE, by the address that the mail goes to.",
        evidence: &["RFC 6047 2.3", "icalendar/icalendar#229"],
        check: Check::Mail(uninvited_recipient),
    },
    Rule {
        id: "mail-from-other",
        severity: Severity::Warning,
        what: "a From that is neither ORGANIZER nor SENT-BY",
        why: "Outlook and Gmail distrust it and show no buttons, or take it for spoofed.",
        fix: "Send as the organizer; a delegate goes into Sender, or into From and SENT-BY.",
        evidence: &[
            "RFC 6047 2.2.1",
            "MadeiraData/sql-clr-ics#11",
            "icalendar/icalendar#229",
        ],
        check: Check::Mail(from_other),
    },
    Rule {
        id: "mail-sender-other",
        severity: Severity::Warning,
        what: "a Sender who is neither ORGANIZER nor SENT-BY",
        why: "Outlook shows 'on behalf of' somebody whom the calendar does not know.",
        fix: "Write SENT-BY=\"mailto:…\" at ORGANIZER, or leave Sender out.",
        evidence: &["RFC 6047 2.2.1", "RFC 5545 3.2.18"],
        check: Check::Mail(sender_other),
    },
];

/// The addresses of a header in lower case.
fn addresses(header: &Header) -> Vec<String> {
    let line = format!("{}\n", header.raw);
    let value = MessageStream::new(line.as_bytes()).parse_address();
    let Some(list) = value.as_address() else {
        return Vec::new();
    };
    let addresses = list.iter().filter_map(|person| person.address());
    addresses.take(MOST).map(str::to_ascii_lowercase).collect()
}

fn events<'m>(mail: &'m Mail<'_>) -> impl Iterator<Item = &'m Component> {
    mail.calendar.iter().flat_map(|calendar| calendar.events())
}

fn addresses_of(person: &Property) -> impl Iterator<Item = String> {
    let also = ["SENT-BY", "EMAIL"]
        .into_iter()
        .filter_map(|name| person.parameter(name));
    std::iter::once(person.value.as_str())
        .chain(also)
        .map(address)
}

fn uninvited_recipient(mail: &Mail<'_>, hits: &mut Hits) {
    let invites = |calendar: &crate::lint::object::Calendar<'_>| {
        calendar.is("REQUEST") || calendar.is("CANCEL")
    };
    if !mail.calendar.as_ref().is_some_and(invites) {
        return;
    }
    let people = events(mail).flat_map(|event| &event.properties);
    let people = people.filter(|p| p.is_one_of(&["ATTENDEE", "ORGANIZER"]));
    let invited: HashSet<String> = people.flat_map(addresses_of).collect();
    let headers = mail
        .headers
        .iter()
        .filter(|h| ["to", "cc"].contains(&h.name.as_str()));
    for header in headers {
        for other in addresses(header).iter().filter(|to| !invited.contains(*to)) {
            hits.add(header.line, format!("{} is not invited.", quote(other)));
        }
    }
}

/// Those who may send it: the organizer and the delegate, for answers the attendee.
fn senders(mail: &Mail<'_>) -> HashSet<String> {
    let answers = ["REPLY", "REFRESH", "COUNTER"];
    let is_answer = mail
        .calendar
        .as_ref()
        .is_some_and(|calendar| answers.iter().any(|method| calendar.is(method)));
    let name = if is_answer { "ATTENDEE" } else { "ORGANIZER" };
    events(mail)
        .filter_map(|event| event.first(name))
        .flat_map(addresses_of)
        .collect()
}

fn from_other(mail: &Mail<'_>, hits: &mut Hits) {
    check_sender("from", mail, hits);
}

fn sender_other(mail: &Mail<'_>, hits: &mut Hits) {
    check_sender("sender", mail, hits);
}

fn check_sender(name: &str, mail: &Mail<'_>, hits: &mut Hits) {
    let senders = senders(mail);
    let Some(header) = mail.header(name).filter(|_| !senders.is_empty()) else {
        return;
    };
    let from = addresses(header);
    if !from.iter().any(|from| senders.contains(from)) {
        let from = from.first().map_or("nobody", String::as_str);
        hits.add(
            header.line,
            format!("The mail is from {}, the invitation is not.", quote(from)),
        );
    }
}
