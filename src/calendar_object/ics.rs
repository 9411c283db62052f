//! The invitation as an iCalendar object: a meeting request (RFC 5546 3.2.2), a published event when
//! nobody is invited, or a cancellation (3.2.5).

use ics::components::{Parameter, Property};
use ics::parameters::{
    CN, CUType, Feature, Label, Language, PartStat, RSVP, Related, Role, SentBy,
};
use ics::properties::{
    Attendee as AttendeeProperty, Class, Conference, Description, Location, Method, Organizer,
    Priority, RRule, Sequence, Status as StatusProperty, Summary, Transp, Trigger, URL,
};
use ics::{Alarm, Event, ICalendar};

use crate::calendar_object::times::Times;
use crate::conference::{self, Appointment, Attendance, Attendee, DialIn, Kind, Status, WaysIn};
use crate::icalendar;
use crate::invitation::words::Words;
use crate::invitation::{Branding, block, html};
use crate::telephony::DialString;

/// RFC 5545 3.7.3
pub(super) const PRODUCT: &str = "-//confctl//confctl//EN";

/// `(GUESS)` Longest LOCATION that Outlook keeps, in characters.
const LONGEST_PLACE: usize = 255;

/// The object, folded at 75 octets with CRLF.
pub(crate) fn calendar(appointment: &Appointment, branding: &Branding) -> String {
    let times = Times::of(appointment);
    let mut calendar = ICalendar::new("2.0", PRODUCT);
    calendar.push(Method::new(method(appointment)));
    if let Some(zone) = times.zone() {
        calendar.add_component(zone);
    }
    calendar.add_event(event(appointment, &times, branding));
    icalendar::refold(&calendar.to_string())
}

/// A request needs an ATTENDEE and a published event must have none (RFC 5546 3.2.1, 3.2.2).
fn method(appointment: &Appointment) -> &'static str {
    match appointment.status {
        Status::Cancelled => "CANCEL",
        Status::Confirmed if appointment.attendees.is_empty() => "PUBLISH",
        Status::Confirmed => "REQUEST",
    }
}

fn words(appointment: &Appointment) -> &'static Words {
    Words::of(appointment.wording.language)
}

fn is_cancelled(appointment: &Appointment) -> bool {
    appointment.status == Status::Cancelled
}

fn event(appointment: &Appointment, times: &Times<'_>, branding: &Branding) -> Event<'static> {
    let stamp = appointment.stamp.strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut event = Event::new(icalendar::escape_text(&appointment.uid), stamp);
    event.push(Sequence::new(appointment.sequence.to_string()));
    times.properties().for_each(|time| event.push(time));
    if let Some(series) = &appointment.series {
        for rule in series.rules() {
            event.push(RRule::new(rule.to_owned()));
        }
    }
    event.push(Summary::new(icalendar::escape_text(&appointment.subject)));
    event.push(organizer(appointment));
    appointment
        .attendees
        .iter()
        .for_each(|who| event.push(attendee(who)));
    event.push(Location::new(icalendar::escape_text(&place(
        appointment,
        branding,
    ))));
    event.push(Description::new(icalendar::escape_text(&description(
        appointment,
        branding,
    ))));
    if branding.has_html_in_calendar() {
        event.push(alternative(appointment, branding));
    }
    push_state(&mut event, appointment);
    push_microsoft(&mut event, appointment);
    if !is_cancelled(appointment) {
        push_ways_in(&mut event, appointment, branding);
        event.add_alarm(alarm());
    }
    event
}

/// What is cancelled takes no time any more.
fn push_state(event: &mut Event<'static>, appointment: &Appointment) {
    if is_cancelled(appointment) {
        event.push(StatusProperty::cancelled());
        event.push(Transp::transparent());
    } else {
        event.push(StatusProperty::confirmed());
        event.push(Transp::opaque());
    }
    event.push(Class::public());
    event.push(Priority::new("5"));
}

fn organizer(appointment: &Appointment) -> Organizer<'static> {
    let mut organizer = Organizer::new(appointment.organizer.mailto());
    organizer.add(CN::new(icalendar::parameter_value(
        appointment.organizer.label(),
    )));
    if let Some(sender) = &appointment.sender {
        organizer.add(SentBy::new(icalendar::parameter_value(&sender.mailto())));
    }
    organizer
}

fn attendee(attendee: &Attendee) -> AttendeeProperty<'static> {
    let mut property = AttendeeProperty::new(attendee.person.mailto());
    property.add(CN::new(icalendar::parameter_value(attendee.person.label())));
    property.add(match attendee.attendance {
        Attendance::Room => CUType::ROOM,
        Attendance::Required | Attendance::Optional => CUType::INDIVIDUAL,
    });
    property.add(match attendee.attendance {
        Attendance::Required => Role::REQ_PARTICIPANT,
        Attendance::Optional => Role::OPT_PARTICIPANT,
        Attendance::Room => Role::NON_PARTICIPANT,
    });
    property.add(PartStat::NEEDS_ACTION);
    property.add(RSVP::True);
    property
}

/// CUTYPE (RFC 5545 3.2.3).
pub(super) fn user_type(attendance: Attendance) -> &'static str {
    match attendance {
        Attendance::Room => "ROOM",
        Attendance::Required | Attendance::Optional => "INDIVIDUAL",
    }
}

/// Short, with the first number, because cars and meeting rooms dial from here.
fn place(appointment: &Appointment, branding: &Branding) -> String {
    let title = words(appointment).title(appointment.conference.kind);
    let dial_in = appointment.conference.ways_in.dial_in.as_ref();
    let dial_in = dial_in.filter(|_| !is_cancelled(appointment));
    let place = match dial_in.and_then(|d| {
        d.numbers
            .first()
            .map(|n| branding.dial_string.text(n, d, None))
    }) {
        Some(number) => format!("{title} {number}"),
        None => title.to_owned(),
    };
    place.chars().take(LONGEST_PLACE).collect()
}

/// Whether a place is one that is written here, in any language.
pub(super) fn is_place(place: &str) -> bool {
    let titles = conference::Language::ALL.into_iter().flat_map(|language| {
        let words = Words::of(language);
        Kind::ALL.map(|kind| words.title(kind))
    });
    let is_rest = |rest: &str| rest.is_empty() || rest.starts_with([' ', '+']);
    titles
        .into_iter()
        .any(|title| place.strip_prefix(title).is_some_and(is_rest))
}

fn description(appointment: &Appointment, branding: &Branding) -> String {
    let block = block::block(appointment, branding);
    match &appointment.note {
        Some(note) => format!("{note}\n\n{block}"),
        None => block,
    }
}

/// What Outlook writes beside the plain text ([MS-OXCICAL] 2.1.3.1.1.20.23).
fn alternative(appointment: &Appointment, branding: &Branding) -> Property<'static> {
    let page = icalendar::escape_text(&html::twin(appointment, branding));
    let mut property = Property::new("X-ALT-DESC", page);
    property.add(Parameter::new("FMTTYPE", "text/html"));
    property
}

/// URL, which Apple's calendar shows, and CONFERENCE (RFC 7986 5.11) with one FEATURE each, because
/// libical makes one value of two.
fn push_ways_in(event: &mut Event<'static>, appointment: &Appointment, branding: &Branding) {
    let words = words(appointment);
    let ways_in = &appointment.conference.ways_in;
    let kind = appointment.conference.kind;
    let feature = match kind.has_content() {
        true => Feature::VIDEO,
        false => Feature::AUDIO,
    };
    let [web, client] = words.ways(kind);
    if let Some(link) = &ways_in.web_link {
        event.push(URL::new(icalendar::uri(link)));
        event.push(link_to(link, feature.clone(), web));
    }
    if !ways_in.client_link.is_empty() {
        event.push(link_to(&ways_in.client_link, feature, client));
    }
    if let Some(dial_in) = &ways_in.dial_in {
        telephones(dial_in, words, branding).for_each(|telephone| event.push(telephone));
    }
    for (name, uri) in microsoft_links(ways_in, &branding.dial_string) {
        event.push(Property::new(
            name,
            icalendar::escape_text(&icalendar::uri(&uri)),
        ));
    }
}

fn link_to(link: &str, feature: Feature<'static>, label: &str) -> Conference<'static> {
    let mut conference = Conference::new(icalendar::uri(link));
    conference.add(feature);
    conference.add(Label::new(icalendar::parameter_value(label)));
    conference
}

fn telephones(
    dial_in: &DialIn,
    words: &Words,
    branding: &Branding,
) -> impl Iterator<Item = Conference<'static>> {
    block::printed_numbers(dial_in, branding).filter_map(|number| {
        let tel = branding.dial_string.uri(number, dial_in)?;
        let mut telephone = link_to(&tel, Feature::PHONE, &block::label(number, words));
        if let Some(language) = number.languages.first() {
            telephone.add(Language::new(icalendar::parameter_value(language)));
        }
        Some(telephone)
    })
}

/// [MS-OXCICAL] 2.1.3.1.1.20 and what later Exchange servers write for online meetings.
fn push_microsoft(event: &mut Event<'static>, appointment: &Appointment) {
    let (before_the_answer, after_it) = match method(appointment) {
        "CANCEL" => ("FREE", "FREE"),
        "REQUEST" => ("TENTATIVE", "BUSY"),
        _ => ("BUSY", "BUSY"),
    };
    let sequence = appointment.sequence.to_string();
    for (name, value) in [
        ("X-MICROSOFT-CDO-BUSYSTATUS", before_the_answer),
        ("X-MICROSOFT-CDO-INTENDEDSTATUS", after_it),
        ("X-MICROSOFT-CDO-IMPORTANCE", "1"),
        ("X-MICROSOFT-CDO-ALLDAYEVENT", "FALSE"),
        ("X-MICROSOFT-CDO-INSTTYPE", instance_type(appointment)),
        ("X-MICROSOFT-CDO-APPT-SEQUENCE", &sequence),
        ("X-MICROSOFT-DISALLOW-COUNTER", "TRUE"),
        ("X-MICROSOFT-DONOTFORWARDMEETING", "FALSE"),
    ] {
        event.push(Property::new(name, value.to_owned()));
    }
    if let Some(sender) = &appointment.sender {
        let mut property = Property::new("X-MS-OLK-SENDER", sender.mailto());
        property.add(CN::new(icalendar::parameter_value(sender.label())));
        event.push(property);
    }
}

/// Single, series, or exception to one. A single occurrence that people are told of is always the
/// last: in their calendars it becomes one.
fn instance_type(appointment: &Appointment) -> &'static str {
    match (&appointment.occurrence, &appointment.series) {
        (Some(_), _) => "3",
        (None, Some(_)) => "1",
        (None, None) => "0",
    }
}

/// Escaped like TEXT, as Exchange does, though they look like URIs.
fn microsoft_links(ways_in: &WaysIn, dial_string: &DialString) -> Vec<(&'static str, String)> {
    let communicator = Some(&ways_in.client_link).filter(|link| link.starts_with("conf:"));
    let telephone = ways_in.dial_in.as_ref().and_then(|dial_in| {
        let number = dial_in.numbers.first()?;
        dial_string.uri(number, dial_in)
    });
    let links = [
        (
            "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK",
            ways_in.web_link.clone(),
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
