//! The invitation as JSON. The comments on the fields are its published description.

use jiff::{Timestamp, Zoned};
use serde::Serialize;

use crate::conference::{
    Access, AccessNumber, Appointment, Attendance, Attendee, Changed, Conference, DialIn, Kind,
    Person, Promotion, Status, WaysIn,
};
use crate::invitation::repetition;
use crate::telephony::{DialString, Entry};
use crate::when::{self, rfc_3339};

/// Most occurrences of a series that are listed.
const MOST_OCCURRENCES: usize = 60;

/// The document: indented, ended by LF.
pub(super) fn document(
    appointment: &Appointment,
    dial_string: &DialString,
    more: &impl Serialize,
) -> String {
    #[derive(Serialize)]
    struct Document<'a, T> {
        #[serde(flatten)]
        invitation: Invitation<'a>,
        #[serde(flatten)]
        more: &'a T,
    }
    let invitation = Invitation::of(appointment, dial_string);
    let text = serde_json::to_string_pretty(&Document { invitation, more })
        .expect("strings, numbers and lists are always JSON");
    text + "\n"
}

/// A conference without an appointment: what is said of it in an invitation.
pub(super) fn conference(conference: &Conference, dial_string: &DialString) -> String {
    #[derive(Serialize)]
    struct Alone<'a> {
        subject: &'a str,
        conference: Kept<'a>,
        #[serde(rename = "call_in")]
        ways_in: Joining<'a>,
    }
    let alone = Alone {
        subject: &conference.subject,
        conference: Kept::of(conference),
        ways_in: Joining::of(&conference.ways_in, dial_string),
    };
    let text =
        serde_json::to_string_pretty(&alone).expect("strings, numbers and lists are always JSON");
    text + "\n"
}

/// An invitation. Every field is always there; what is not known is null, what is empty is [].
#[derive(Serialize)]
struct Invitation<'a> {
    /// Version of this description: 1. New fields may come without a new version.
    version: u32,
    /// Identity of the meeting in calendars; the same over all its changes.
    uid: &'a str,
    /// Number of changes that people were told of; 0 at first.
    sequence: u32,
    /// When this version was written, RFC 3339 in UTC.
    stamp: Timestamp,
    /// One line.
    subject: &'a str,
    /// The organizer's own words, lines separated by LF.
    note: Option<&'a str>,
    /// Start, RFC 3339 with the offset of `time_zone`.
    start: String,
    /// End, RFC 3339 with the offset of `time_zone`.
    end: String,
    /// IANA name of the organizer's zone; null when the zone is a mere offset.
    time_zone: Option<&'a str>,
    /// How it comes again; null: it takes place once.
    series: Option<Again<'a>>,
    /// Original start of the one occurrence of a series that this is about, RFC 3339; null: it is
    /// about the whole meeting.
    occurrence: Option<String>,
    /// `confirmed` or `cancelled`
    status: &'static str,
    /// BCP 47 tag of the language in which people are told of it.
    language: &'static str,
    /// Whether the passcode, if there is one, is told in the invitation.
    passcode_told: bool,
    /// Whether the numbers are fictional and the conference is on the practice pool.
    practice: bool,
    /// Who invites.
    organizer: &'a Person,
    /// Who sends for the organizer, a delegate; null: the organizer.
    sender: Option<&'a Person>,
    /// Name of the organizer's organisation.
    organization: Option<&'a str>,
    /// Everybody invited, without the organizer.
    attendees: Vec<Invited<'a>>,
    /// What the pool keeps.
    conference: Kept<'a>,
    /// How to join.
    #[serde(rename = "call_in")]
    ways_in: Joining<'a>,
}

/// A meeting that comes again.
#[derive(Serialize)]
struct Again<'a> {
    /// RRULE of RFC 5545 3.3.10 without its name.
    rule: &'a str,
    /// The rule in words.
    words: String,
    /// Further rules, where a calendar of others has several.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    other_rules: &'a [String],
    /// Starts beside those of the rules, RFC 3339.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    added: Vec<String>,
    /// Original starts of occurrences that do not take place, RFC 3339.
    excluded: Vec<String>,
    /// Occurrences that are not when the rule has them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changed: Vec<Elsewhen>,
    /// The first 60 occurrences that do.
    occurrences: Vec<Once>,
}

/// One occurrence.
#[derive(Serialize)]
struct Once {
    /// Start, RFC 3339 with the offset of `time_zone` at that time.
    start: String,
    /// End, likewise.
    end: String,
}

/// One occurrence that is not when the rule has it; times in RFC 3339.
#[derive(Serialize)]
struct Elsewhen {
    /// Where the rule has it.
    original: String,
    /// When it is; null: it was cancelled.
    start: Option<String>,
    end: Option<String>,
    /// Whether all that follow differ like it.
    onward: bool,
}

/// Somebody invited.
#[derive(Serialize)]
struct Invited<'a> {
    /// `address`, `user@domain`, and `name` for people or null.
    #[serde(flatten)]
    person: &'a Person,
    /// `required`, `optional` or `room`
    attendance: Attendance,
    /// May share and present, not only watch.
    presenter: bool,
}

/// The conference on its pool.
#[derive(Serialize)]
struct Kept<'a> {
    /// The key of it on its service, on a pool 8 to 32 letters and digits; not what callers key in.
    id: &'a str,
    /// The service's own address of the conference; on a pool its SIP address.
    focus: &'a str,
    /// `live-meeting`; `online-meeting` on Lync, Skype for Business and Teams; or `conference-call`
    kind: Kind,
    /// Who is let in: `open` (accounts of the organisation and invited federated people), `closed`
    /// (only those invited), `anonymous` (everybody with the details) or `locked` (presenters; others
    /// wait in the lobby).
    access: Access,
    /// Whether this is the organizer's assigned conference, used again and again.
    assigned: bool,
    /// When the pool may delete the conference, RFC 3339 in UTC; null: never.
    expires: Option<Timestamp>,
    /// Mail addresses of those who may present, as the pool has them, without the organizer.
    presenters: &'a [String],
    /// Who else becomes a presenter on joining: `nobody`, `company` or `everyone`; null: the pool
    /// does not say.
    promotion: Option<Promotion>,
    /// Whether phone callers skip the lobby; null: there is no lobby.
    lobby_bypass: Option<bool>,
}

/// The ways in.
#[derive(Serialize)]
struct Joining<'a> {
    /// Link for the program on the desk: `meet:sip:…` or `conf:sip:…`; empty where the web link opens it.
    client_link: &'a str,
    /// `https://…` join page.
    web_link: Option<&'a str>,
    /// What callers key in; null when dial-in is off.
    conference_id: Option<&'a str>,
    /// What anonymous people key in.
    passcode: Option<&'a str>,
    /// All numbers to call, the organizer's region first; empty when dial-in is off.
    numbers: Vec<Number<'a>>,
    /// Dial-In Conferencing Settings page.
    settings_page: Option<&'a str>,
    /// Meeting ID for people who type at a computer instead of clicking; null: there is none.
    join_id: Option<&'a str>,
    /// The passcode that is asked for with it.
    join_passcode: Option<&'a str>,
}

/// A number to call.
#[derive(Serialize)]
struct Number<'a> {
    /// Digits and plus only: `+14255550100`
    dialable: String,
    /// As `dial.text`; older than that.
    one_tap: String,
    #[serde(flatten)]
    forms: Entry<'a>,
}

impl<'a> Invitation<'a> {
    fn of(appointment: &'a Appointment, dial_string: &DialString) -> Self {
        let invited = |attendee: &'a Attendee| Invited {
            person: &attendee.person,
            attendance: attendee.attendance,
            presenter: attendee.presenter,
        };
        Self {
            version: 1,
            uid: &appointment.uid,
            sequence: appointment.sequence,
            stamp: appointment.stamp,
            subject: &appointment.subject,
            note: appointment.note.as_deref(),
            start: rfc_3339(&appointment.start),
            end: rfc_3339(&appointment.end),
            time_zone: when::zone_name(appointment.start.time_zone()),
            series: Again::of(appointment),
            occurrence: appointment.occurrence.as_ref().map(rfc_3339),
            status: match appointment.status {
                Status::Confirmed => "confirmed",
                Status::Cancelled => "cancelled",
            },
            language: appointment.wording.language.tag(),
            passcode_told: !appointment.wording.without_passcode,
            practice: appointment.practice,
            organizer: &appointment.organizer,
            sender: appointment.sender.as_ref(),
            organization: appointment.organization.as_deref(),
            attendees: appointment.attendees.iter().map(invited).collect(),
            conference: Kept::of(&appointment.conference),
            ways_in: Joining::of(&appointment.conference.ways_in, dial_string),
        }
    }
}

impl<'a> Again<'a> {
    fn of(appointment: &'a Appointment) -> Option<Self> {
        let series = appointment.series.as_ref()?;
        let (start, end) = (&appointment.start, &appointment.end);
        Some(Self {
            rule: &series.rule,
            words: repetition(series, start),
            other_rules: &series.other_rules,
            added: series.added.iter().map(rfc_3339).collect(),
            excluded: series.excluded.iter().map(rfc_3339).collect(),
            changed: series.changed.iter().map(Elsewhen::of).collect(),
            occurrences: series
                .times(start, end, MOST_OCCURRENCES)
                .iter()
                .map(Once::of)
                .collect(),
        })
    }
}

impl Once {
    fn of((start, end): &(Zoned, Zoned)) -> Self {
        Self {
            start: rfc_3339(start),
            end: rfc_3339(end),
        }
    }
}

impl Elsewhen {
    fn of(changed: &Changed) -> Self {
        Self {
            original: rfc_3339(&changed.original),
            start: changed.time.as_ref().map(|(start, _)| rfc_3339(start)),
            end: changed.time.as_ref().map(|(_, end)| rfc_3339(end)),
            onward: changed.is_onward,
        }
    }
}

impl<'a> Kept<'a> {
    fn of(conference: &'a Conference) -> Self {
        Self {
            id: conference.id.as_str(),
            focus: &conference.location,
            kind: conference.kind,
            access: conference.access,
            assigned: conference.assigned,
            expires: conference.expires,
            presenters: &conference.presenters,
            promotion: conference.promotion,
            lobby_bypass: conference.lobby_bypass,
        }
    }
}

impl<'a> Joining<'a> {
    fn of(ways_in: &'a WaysIn, dial_string: &DialString) -> Self {
        let dial_in = ways_in.dial_in.as_ref();
        Self {
            client_link: &ways_in.client_link,
            web_link: ways_in.web_link.as_deref(),
            conference_id: dial_in.map(|d| d.id.as_str()),
            passcode: ways_in.passcode.as_ref().map(|p| p.digits()),
            numbers: dial_in
                .map(|dial_in| numbers(dial_in, ways_in, dial_string))
                .unwrap_or_default(),
            settings_page: dial_in.and_then(|d| d.settings_page.as_deref()),
            join_id: ways_in.join_id.as_ref().map(|join_id| join_id.id.as_str()),
            join_passcode: ways_in
                .join_id
                .as_ref()
                .and_then(|join_id| join_id.passcode.as_ref())
                .map(|passcode| passcode.digits()),
        }
    }
}

fn numbers<'a>(dial_in: &'a DialIn, ways_in: &WaysIn, dial_string: &DialString) -> Vec<Number<'a>> {
    dial_in
        .numbers
        .iter()
        .map(|number| Number::of(number, dial_in, ways_in, dial_string))
        .collect()
}

impl<'a> Number<'a> {
    fn of(
        number: &'a AccessNumber,
        dial_in: &'a DialIn,
        ways_in: &WaysIn,
        dial_string: &DialString,
    ) -> Self {
        let passcode = ways_in.passcode.as_ref();
        Self {
            dialable: number.dialable(),
            one_tap: dial_string.text(number, dial_in, passcode),
            forms: Entry::of(number, dial_in, passcode, dial_string),
        }
    }
}
