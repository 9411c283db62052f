//! What Outlook and Exchange make of properties, and what nobody but Microsoft or Google should write.

use crate::icalendar::unescape_text;
use crate::lint::object::{Calendar, Component};
use crate::lint::{Check, Hits, Rule, Severity, quote};

/// How UIDs made by Outlook begin ([MS-OXOCAL] 2.2.1.27).
const OUTLOOK_UID: &str = "040000008200E00074C5B7101A82E008";

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "forged-teams-link",
        severity: Severity::Warning,
        what: "properties of Teams or Google Meet that another program wrote",
        why: "Outlook shows them as its Join button without looking at the address; mail filters know that from phishing.",
        fix: "Leave them out; X-MICROSOFT-ONLINEMEETINGEXTERNALLINK and CONFERENCE are for everybody.",
        evidence: &["spaceraccoon/icalendardb"],
        check: Check::Calendar(forged_teams_link),
    },
    Rule {
        id: "styled-description",
        severity: Severity::Warning,
        what: "STYLED-DESCRIPTION",
        why: "libical 3.0 puts an error in its place, and so KDE and GNOME show none.",
        fix: "Write DESCRIPTION; in mail, a text/html part beside it.",
        evidence: &["RFC 9073 6.5"],
        check: Check::Calendar(styled_description),
    },
    Rule {
        id: "x-alt-desc",
        severity: Severity::Note,
        what: "X-ALT-DESC",
        why: "Outlook 2016 and later ignores it when there is a DESCRIPTION.",
        fix: "In mail, put the HTML into a text/html part.",
        evidence: &["[MS-OXCICAL] Property: X-ALT-DESC", "ical4j/ical4j#258"],
        check: Check::Calendar(x_alt_desc),
    },
    Rule {
        id: "sequence-differs",
        severity: Severity::Warning,
        what: "X-MICROSOFT-CDO-APPT-SEQUENCE that is not SEQUENCE",
        why: "Exchange believes the one, others the other: an update is ignored as old.",
        fix: "Write the same number, or SEQUENCE alone.",
        evidence: &["[MS-OXCICAL] Property: X-MICROSOFT-CDO-APPT-SEQUENCE"],
        check: Check::Invitation(sequence_differs),
    },
    Rule {
        id: "all-day-differs",
        severity: Severity::Warning,
        what: "X-MICROSOFT-CDO-ALLDAYEVENT that contradicts DTSTART",
        why: "Outlook shows a day where others show an hour, or the other way round.",
        fix: "TRUE with VALUE=DATE or from midnight to midnight, else FALSE.",
        evidence: &["[MS-OXCICAL] Property: X-MICROSOFT-CDO-ALLDAYEVENT"],
        check: Check::Calendar(all_day_differs),
    },
    Rule {
        id: "unknown-busy-status",
        severity: Severity::Warning,
        what: "a busy status that Outlook does not have",
        why: "Outlook shows busy, whatever was meant.",
        fix: "Use FREE, TENTATIVE, BUSY, OOF or WORKINGELSEWHERE.",
        evidence: &["[MS-OXCICAL] Property: X-MICROSOFT-CDO-BUSYSTATUS"],
        check: Check::Calendar(unknown_busy_status),
    },
    Rule {
        id: "long-location",
        severity: Severity::Note,
        what: "a LOCATION of more than 255 characters",
        why: "Outlook and Exchange cut it there.",
        fix: "Keep it short: the first number and the Conference ID.",
        evidence: &["[MS-OXCICAL] Property: LOCATION"],
        check: Check::Calendar(long_location),
    },
    Rule {
        id: "outlook-uid",
        severity: Severity::Note,
        what: "a UID like Outlook's that another program made",
        why: "Exchange takes it apart and expects its own structure inside.",
        fix: "Use 32 hexadecimal digits, or something like a mail address.",
        evidence: &["[MS-OXCICAL] Property: UID", "[MS-OXOCAL] 2.2.1.27"],
        check: Check::Calendar(outlook_uid),
    },
];

/// Whether PRODID names that maker.
pub(super) fn is_by(calendar: &Calendar<'_>, maker: &str) -> bool {
    let mut makers = calendar
        .components("VCALENDAR")
        .filter_map(|c| c.value("PRODID"));
    let maker = maker.to_ascii_lowercase();
    makers.any(|prodid| prodid.to_ascii_lowercase().contains(&maker))
}

fn forged_teams_link(calendar: &Calendar<'_>, hits: &mut Hits) {
    for property in calendar.entry_properties() {
        let maker = match property.name.as_str() {
            name if name.starts_with("X-MICROSOFT-SKYPETEAMS") => "Microsoft",
            "X-MICROSOFT-SCHEDULINGSERVICEUPDATEURL" | "X-MICROSOFT-ONLINEMEETINGINFORMATION" => {
                "Microsoft"
            }
            "X-GOOGLE-CONFERENCE" => "Google",
            _ => continue,
        };
        if !is_by(calendar, maker) {
            hits.add(
                property,
                format!("{} is for {maker}'s own meetings.", property.name),
            );
        }
    }
}

fn styled_description(calendar: &Calendar<'_>, hits: &mut Hits) {
    add_all("STYLED-DESCRIPTION", calendar, hits);
}

fn x_alt_desc(calendar: &Calendar<'_>, hits: &mut Hits) {
    add_all("X-ALT-DESC", calendar, hits);
}

fn add_all(name: &str, calendar: &Calendar<'_>, hits: &mut Hits) {
    for property in calendar.entries().filter_map(|entry| entry.first(name)) {
        hits.add(property, format!("The event has {name}."));
    }
}

fn sequence_differs(calendar: &Calendar<'_>, hits: &mut Hits) {
    const NAME: &str = "X-MICROSOFT-CDO-APPT-SEQUENCE";
    for event in calendar.events() {
        let sequence = event.value("SEQUENCE").unwrap_or("0");
        if event.value(NAME).is_some_and(|own| own != sequence) {
            hits.add(event.spot_of(NAME), format!("{NAME} is not SEQUENCE."));
        }
    }
}

fn all_day_differs(calendar: &Calendar<'_>, hits: &mut Hits) {
    const NAME: &str = "X-MICROSOFT-CDO-ALLDAYEVENT";
    for event in calendar.events() {
        let says = event
            .value(NAME)
            .map(|value| value.eq_ignore_ascii_case("TRUE"));
        if says.is_some_and(|says| is_all_day(event).is_some_and(|is| is != says)) {
            hits.add(event.spot_of(NAME), format!("{NAME} contradicts DTSTART."));
        }
    }
}

/// None: midnight, which may be either.
fn is_all_day(event: &Component) -> Option<bool> {
    let start = event.value("DTSTART")?;
    match start.split_once('T') {
        None => Some(true),
        Some((_, "000000" | "000000Z")) => None,
        Some(_) => Some(false),
    }
}

fn unknown_busy_status(calendar: &Calendar<'_>, hits: &mut Hits) {
    let names = [
        "X-MICROSOFT-CDO-BUSYSTATUS",
        "X-MICROSOFT-CDO-INTENDEDSTATUS",
    ];
    let known = ["FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE"];
    for property in calendar.entry_properties().filter(|p| p.is_one_of(&names)) {
        let value = property.value.trim().to_ascii_uppercase();
        if !known.contains(&value.as_str()) {
            hits.add(property, format!("{} is {}.", property.name, quote(&value)));
        }
    }
}

fn long_location(calendar: &Calendar<'_>, hits: &mut Hits) {
    for location in calendar
        .events()
        .filter_map(|event| event.first("LOCATION"))
    {
        let length = unescape_text(&location.value).encode_utf16().count();
        if length > 255 {
            hits.add(location, format!("LOCATION has {length} characters."));
        }
    }
}

fn outlook_uid(calendar: &Calendar<'_>, hits: &mut Hits) {
    if is_by(calendar, "Microsoft") {
        return;
    }
    for uid in calendar.entries().filter_map(|entry| entry.first("UID")) {
        if uid
            .value
            .trim()
            .to_ascii_uppercase()
            .starts_with(OUTLOOK_UID)
        {
            hits.add(uid, "The UID begins as Outlook's do.");
        }
    }
}
