//! The invitation as an iCalendar object: a meeting request (RFC 5546 3.2.2), or a published event
//! when nobody is invited.

use ics::components::{Parameter, Property};
use ics::parameters::{
    CN, CUType, Feature, Label, Language, PartStat, RSVP, Related, Role, TzIDParam,
};
use ics::properties::{
    Attendee as AttendeeProperty, Class, Conference, Description, DtEnd, DtStart, Location, Method,
    Organizer, Priority, Sequence, Status, Summary, Transp, Trigger, URL,
};
use ics::{Alarm, Event, ICalendar};
use jiff::Zoned;

use crate::conference::{Appointment, Attendance, Attendee, CallIn, DialIn, Kind, Person};
use crate::invitation::{block, timezone, title};
use crate::proto::ical;

/// RFC 5545 3.7.3
const PRODUCT: &str = "-//confctl//confctl//EN";

/// `(GUESS)` Longest LOCATION that Outlook keeps, in characters.
const LONGEST_PLACE: usize = 255;

/// The object, folded at 75 octets with CRLF.
pub(super) fn calendar(appointment: &Appointment) -> String {
    let (start, end) = (&appointment.start, &appointment.end);
    let mut calendar = ICalendar::new("2.0", PRODUCT);
    calendar.push(Method::new(if is_request(appointment) {
        "REQUEST"
    } else {
        "PUBLISH"
    }));
    if let Some(tzid) = tzid(appointment) {
        calendar.add_component(timezone::timezone(tzid, start, end));
    }
    calendar.add_event(event(appointment));
    ical::refold(&calendar.to_string())
}

/// A request needs an ATTENDEE and a published event must have none (RFC 5546 3.2.1, 3.2.2).
fn is_request(appointment: &Appointment) -> bool {
    !appointment.attendees.is_empty()
}

fn event(appointment: &Appointment) -> Event<'static> {
    let stamp = appointment.stamp.strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut event = Event::new(ical::escape_text(&appointment.uid), stamp);
    event.push(Sequence::new(appointment.sequence.to_string()));
    push_times(&mut event, appointment);
    event.push(Summary::new(ical::escape_text(&appointment.subject)));
    event.push(organizer(&appointment.organizer));
    appointment
        .attendees
        .iter()
        .for_each(|who| event.push(attendee(who)));
    event.push(Location::new(ical::escape_text(&place(appointment))));
    event.push(Description::new(ical::escape_text(&description(
        appointment,
    ))));
    push_ways_in(&mut event, appointment);
    event.push(Status::confirmed());
    event.push(Transp::opaque());
    event.push(Class::public());
    event.push(Priority::new("5"));
    push_microsoft(&mut event, appointment);
    event.add_alarm(alarm());
    event
}

fn push_times(event: &mut Event<'static>, appointment: &Appointment) {
    let tzid = tzid(appointment);
    let mut start = DtStart::new(written(&appointment.start, tzid));
    let mut end = DtEnd::new(written(&appointment.end, tzid));
    if let Some(tzid) = tzid {
        start.add(TzIDParam::new(ical::parameter_value(tzid)));
        end.add(TzIDParam::new(ical::parameter_value(tzid)));
    }
    event.push(start);
    event.push(end);
}

/// The zone that needs no name has several (IANA).
const UTC_NAMES: [&str; 8] = [
    "UTC",
    "Etc/UTC",
    "Etc/UCT",
    "Etc/Universal",
    "Etc/Zulu",
    "UCT",
    "Universal",
    "Zulu",
];

/// Name of the zone that the times are written in. None, so in UTC, when the zone is UTC or has no
/// name, or when the clock shows a time twice: RFC 5545 3.3.5 gives such a name to the first, but
/// libical and ical.js take the second.
fn tzid(appointment: &Appointment) -> Option<&str> {
    let name = appointment
        .start
        .time_zone()
        .iana_name()
        .filter(|name| !UTC_NAMES.contains(name))?;
    let ends_there = appointment.end.time_zone() == appointment.start.time_zone();
    let can_be_named = |at: &Zoned| {
        let named = at.time_zone().to_ambiguous_timestamp(at.datetime());
        !named.is_ambiguous()
    };
    let plain = can_be_named(&appointment.start) && can_be_named(&appointment.end);
    (ends_there && plain).then_some(name)
}

fn written(at: &Zoned, tzid: Option<&str>) -> String {
    match tzid {
        Some(_) => at.strftime("%Y%m%dT%H%M%S").to_string(),
        None => at.timestamp().strftime("%Y%m%dT%H%M%SZ").to_string(),
    }
}

fn organizer(person: &Person) -> Organizer<'static> {
    let mut organizer = Organizer::new(mailto(person));
    organizer.add(CN::new(ical::parameter_value(person.label())));
    organizer
}

fn attendee(attendee: &Attendee) -> AttendeeProperty<'static> {
    let mut property = AttendeeProperty::new(mailto(&attendee.person));
    property.add(CN::new(ical::parameter_value(attendee.person.label())));
    property.add(CUType::INDIVIDUAL);
    property.add(match attendee.attendance {
        Attendance::Required => Role::REQ_PARTICIPANT,
        Attendance::Optional => Role::OPT_PARTICIPANT,
    });
    property.add(PartStat::NEEDS_ACTION);
    property.add(RSVP::True);
    property
}

/// RFC 6068 2: what would begin another part of the URI is percent-encoded.
fn mailto(person: &Person) -> String {
    let address = person
        .address
        .replace('%', "%25")
        .replace('?', "%3F")
        .replace('#', "%23");
    ical::uri(&format!("mailto:{address}"))
}

/// Short, with the first number, because cars and meeting rooms dial from here.
fn place(appointment: &Appointment) -> String {
    let title = title(appointment.conference.kind);
    let dial_in = appointment.conference.call_in.dial_in.as_ref();
    let place = match dial_in.and_then(|d| d.numbers.first().map(|n| block::one_tap(n, d))) {
        Some(number) => format!("{title} {number}"),
        None => title.to_owned(),
    };
    place.chars().take(LONGEST_PLACE).collect()
}

fn description(appointment: &Appointment) -> String {
    let block = block::block(appointment);
    match &appointment.note {
        Some(note) => format!("{note}\n\n{block}"),
        None => block,
    }
}

/// URL, which Apple's calendar shows, and CONFERENCE (RFC 7986 5.11) with one FEATURE each, because
/// libical makes one value of two.
fn push_ways_in(event: &mut Event<'static>, appointment: &Appointment) {
    let call_in = &appointment.conference.call_in;
    let feature = match appointment.conference.kind {
        Kind::LiveMeeting => Feature::VIDEO,
        Kind::ConferenceCall => Feature::AUDIO,
    };
    if let Some(link) = &call_in.web_link {
        event.push(URL::new(ical::uri(link)));
        event.push(link_to(link, feature.clone(), "Web browser"));
    }
    if !call_in.client_link.is_empty() {
        event.push(link_to(
            &call_in.client_link,
            feature,
            title(appointment.conference.kind),
        ));
    }
    if let Some(dial_in) = &call_in.dial_in {
        telephones(dial_in).for_each(|telephone| event.push(telephone));
    }
}

fn link_to(link: &str, feature: Feature<'static>, label: &str) -> Conference<'static> {
    let mut conference = Conference::new(ical::uri(link));
    conference.add(feature);
    conference.add(Label::new(ical::parameter_value(label)));
    conference
}

fn telephones(dial_in: &DialIn) -> impl Iterator<Item = Conference<'static>> {
    block::printed(dial_in).map(|number| {
        let tel = format!("tel:{}", block::dial_string(number, dial_in));
        let mut telephone = link_to(&tel, Feature::PHONE, &block::label(number));
        if let Some(language) = number.languages.first() {
            telephone.add(Language::new(ical::parameter_value(language)));
        }
        telephone
    })
}

/// [MS-OXCICAL] 2.1.3.1.1.20 and what later Exchange servers write for online meetings.
fn push_microsoft(event: &mut Event<'static>, appointment: &Appointment) {
    let before_the_answer = if is_request(appointment) {
        "TENTATIVE"
    } else {
        "BUSY"
    };
    let sequence = appointment.sequence.to_string();
    for (name, value) in [
        ("X-MICROSOFT-CDO-BUSYSTATUS", before_the_answer),
        ("X-MICROSOFT-CDO-INTENDEDSTATUS", "BUSY"),
        ("X-MICROSOFT-CDO-IMPORTANCE", "1"),
        ("X-MICROSOFT-CDO-ALLDAYEVENT", "FALSE"),
        ("X-MICROSOFT-CDO-INSTTYPE", "0"),
        ("X-MICROSOFT-CDO-APPT-SEQUENCE", &sequence),
        ("X-MICROSOFT-DISALLOW-COUNTER", "TRUE"),
        ("X-MICROSOFT-DONOTFORWARDMEETING", "FALSE"),
    ] {
        event.push(Property::new(name, value.to_owned()));
    }
    for (name, uri) in microsoft_links(&appointment.conference.call_in) {
        event.push(Property::new(name, ical::escape_text(&ical::uri(&uri))));
    }
}

/// Escaped like TEXT, as Exchange does, though they look like URIs.
fn microsoft_links(call_in: &CallIn) -> Vec<(&'static str, String)> {
    let communicator = Some(&call_in.client_link).filter(|link| link.starts_with("conf:"));
    let telephone = call_in.dial_in.as_ref().and_then(|dial_in| {
        let number = dial_in.numbers.first()?;
        Some(format!("tel:{}", block::dial_string(number, dial_in)))
    });
    let links = [
        (
            "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK",
            call_in.web_link.clone(),
        ),
        ("X-MICROSOFT-ONLINEMEETINGCONFLINK", communicator.cloned()),
        ("X-MICROSOFT-CONFERENCETELURI", telephone),
    ];
    links
        .into_iter()
        .filter_map(|(name, link)| Some((name, link?)))
        .collect()
}

/// What Exchange writes: a reminder 15 minutes before the start.
fn alarm() -> Alarm<'static> {
    let mut trigger = Trigger::new("-PT15M");
    trigger.add(Parameter::from(Related::Start));
    Alarm::display(trigger, Description::new("REMINDER"))
}
