//! The document for a calendar server (RFC 4791 4.1): no METHOD, one meeting and its time zones,
//! and who invites the attendees (RFC 6638 7.1).

use jiff::tz::TimeZone;

use crate::calendar_object::{CalendarObject, CalendarObjectError, Sending};
use crate::icalendar::{Component, Edit, Line, Object, Parameter, ScheduleAgent};

const AGENT: &str = "SCHEDULE-AGENT";

/// As [`CalendarObject::to_store`].
pub(super) fn document(
    document: &CalendarObject,
    agent: ScheduleAgent,
) -> Result<String, CalendarObjectError> {
    // The zone matters for times without one only, of which nothing is read here.
    let sent = document.to_send(&Sending::Meeting, &TimeZone::UTC)?;
    let mut object = Object::parse(sent.as_bytes())?;
    object.calendar.retain_lines(|line| !line.is("METHOD"));
    for event in object.calendar.components_mut() {
        set_agent(event, agent);
    }
    Ok(object.to_string())
}

/// Says who invites, where that is to be said or was.
pub(super) fn set_agent(event: &mut Component, agent: ScheduleAgent) {
    event.edit(|line| of_line(line, agent).unwrap_or(Edit::Keep));
}

fn of_line(line: &Line, agent: ScheduleAgent) -> Option<Edit> {
    let mut content = line.is("ATTENDEE").then(|| line.content())??;
    if agent == ScheduleAgent::Server && content.parameter(AGENT).is_none() {
        return None;
    }
    content
        .parameters
        .retain(|parameter| parameter.name != AGENT);
    if agent == ScheduleAgent::Client {
        content.parameters.push(Parameter {
            name: AGENT.to_owned(),
            values: vec!["CLIENT".to_owned()],
        });
    }
    Some(Edit::Say(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIARY: &str = concat!(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//a//b//EN\nMETHOD:REQUEST\n",
        "BEGIN:VTODO\nUID:other\nEND:VTODO\n",
        "BEGIN:VEVENT\nUID:a@example.com\nDTSTAMP:20270101T000000Z\nSEQUENCE:2\n",
        "DTSTART:20270301T100000Z\nDTEND:20270301T110000Z\nRRULE:FREQ=DAILY;COUNT=3\n",
        "SUMMARY:Daily\nORGANIZER:mailto:ana@example.com\n",
        "ATTENDEE;SCHEDULE-AGENT=NONE;CN=\"Bo, a man with a name that is long\":mailto:bo@example.com\n",
        "CONFERENCE;VALUE=URI;FEATURE=PHONE:tel:+14255550100\n",
        "X-MICROSOFT-CONFERENCETELURI:tel:+14255550100\\,\\,12345\n",
        "X-CONFCTL-KEY:mine\nEND:VEVENT\n",
        "BEGIN:VEVENT\nUID:a@example.com\nRECURRENCE-ID:20270302T100000Z\n",
        "DTSTAMP:20270101T000000Z\nDTSTART:20270302T120000Z\nDTEND:20270302T130000Z\n",
        "SUMMARY:Later\nATTENDEE:mailto:cy@example.com\nEND:VEVENT\nEND:VCALENDAR\n",
    );

    fn store(agent: ScheduleAgent) -> String {
        let document = CalendarObject::parse(DIARY.as_bytes()).unwrap();
        super::document(&document, agent).unwrap()
    }

    #[test]
    fn a_server_gets_one_meeting_in_the_form_it_wants() {
        let text = store(ScheduleAgent::Client);
        for absent in ["METHOD", "VTODO", "X-CONFCTL", "=NONE"] {
            assert!(!text.contains(absent), "{absent} in {text}");
        }
        for line in [
            "CONFERENCE;VALUE=URI;FEATURE=PHONE:tel:+14255550100\r\n",
            "X-MICROSOFT-CONFERENCETELURI:tel:+14255550100\\,\\,12345\r\n",
            "ATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:cy@example.com\r\n",
        ] {
            assert!(text.contains(line), "no {line} in {text}");
        }
        assert_eq!(text.matches("BEGIN:VEVENT").count(), 2);
        let physical = text.split_terminator("\r\n");
        assert!(
            physical
                .clone()
                .all(|line| line.len() <= 75 && !line.contains('\n'))
        );
        assert_eq!(store(ScheduleAgent::Client), text);
    }

    #[test]
    fn a_server_that_invites_is_not_told_otherwise() {
        assert!(!store(ScheduleAgent::Server).contains(AGENT));
    }
}
