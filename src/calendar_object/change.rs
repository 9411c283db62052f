//! From one version of an appointment to the next: only properties whose value differs are
//! touched, and of those that confctl shares with others, only values that were ours.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use crate::calendar_object::ics;
use crate::calendar_object::people::{self, key, with_parameter};
use crate::calendar_object::time::{self, Form};
use crate::calendar_object::zones::Zones;
use crate::calendar_object::{CalendarObjectError, Damaged, block, read};
use crate::conference::{Appointment, Attendance, Attendee, MeetingId, Status};
use crate::icalendar::{Component, ContentLine, Edit, Object, escape_text, unescape_text};
use crate::invitation::{Branding, clean};

/// Properties that this file, or its neighbours, write by rules of their own.
const BY_RULE: [&str; 17] = [
    "UID",
    "DTSTAMP",
    "SEQUENCE",
    "DTSTART",
    "DTEND",
    "SUMMARY",
    "ORGANIZER",
    "ATTENDEE",
    "DESCRIPTION",
    "RRULE",
    "EXDATE",
    "RDATE",
    "RECURRENCE-ID",
    "STATUS",
    "LAST-MODIFIED",
    "CREATED",
    "DURATION",
];

/// Ways into the conference: added where a meeting gets one.
pub(super) const WAYS_IN: [&str; 6] = [
    "LOCATION",
    "URL",
    "CONFERENCE",
    "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK",
    "X-MICROSOFT-ONLINEMEETINGCONFLINK",
    "X-MICROSOFT-CONFERENCETELURI",
];

/// An appointment and how confctl writes it.
pub(super) struct Version {
    pub(super) appointment: Appointment,
    pub(super) event: Component,
    /// Its VTIMEZONE components.
    pub(super) timezones: Vec<Component>,
    zones: Zones,
    /// Its call-in block.
    block: String,
}

/// Two versions of a meeting, or of one occurrence.
pub(super) struct Change {
    pub(super) old: Version,
    pub(super) new: Version,
    /// Whether the meeting had a conference before.
    pub(super) had_conference: bool,
    /// Whether a note was given and is empty.
    pub(super) forgets_note: bool,
    pub(super) damaged: Damaged,
}

impl Version {
    /// `ending`: the line end of the file that parts of it may go to.
    pub(super) fn of(
        appointment: &Appointment,
        ending: &str,
        branding: &Branding,
    ) -> Result<Self, CalendarObjectError> {
        let appointment = clean::for_people(appointment);
        let written = ics::calendar(&appointment, branding).replace("\r\n", ending);
        let calendar = Object::parse(written.as_bytes())?.calendar;
        let named = |name| calendar.components().filter(move |c| c.name == name);
        Ok(Self {
            event: named("VEVENT")
                .next()
                .ok_or(CalendarObjectError::NoEvent)?
                .clone(),
            timezones: named("VTIMEZONE").cloned().collect(),
            zones: Zones::of(&calendar, appointment.start.time_zone()),
            block: crate::invitation::block::block(&appointment, branding),
            appointment,
        })
    }

    /// Puts the ways into the conference right, and the call-in block where there is a whole one.
    pub(super) fn restore_ways_in(&self, event: &mut Component) {
        for name in WAYS_IN {
            self.restore_way_in(event, name);
        }
        if block::is_whole(event) {
            block::write(event, &self.block);
        }
    }

    /// Whoever can write the file can write where people dial: a way into a conference that is none of
    /// ours gives way to ours. Other places, pages and links stay.
    fn restore_way_in(&self, event: &mut Component, name: &str) {
        let ours: Vec<ContentLine> = self.event.all(name).collect();
        let is_ours = |line: &ContentLine| ours.iter().any(|own| says_the_same(own, line));
        let is_forged = |line: &ContentLine| is_way_in(name, line) && !is_ours(line);
        if !event.all(name).any(|line| is_forged(&line)) {
            return;
        }
        event.edit(|line| {
            let content = line.is(name).then(|| line.content()).flatten();
            match content.is_some_and(|line| is_way_in(name, &line)) {
                true => Edit::Remove,
                false => Edit::Keep,
            }
        });
        ours.iter().for_each(|line| event.add(line));
    }

    /// The form that its DTSTART has.
    pub(super) fn form(&self) -> Result<Form, CalendarObjectError> {
        let start = self.event.property("DTSTART");
        Ok(Form::of(
            &start.ok_or(CalendarObjectError::NoStart)?,
            &self.zones,
        ))
    }
}

impl Change {
    /// What the new version changes in a VEVENT of this meeting, but for its times.
    pub(super) fn apply(&self, event: &mut Component) -> Result<(), CalendarObjectError> {
        let new = &self.new.appointment;
        write_version(event, new.sequence, new.stamp);
        self.write_subject(event);
        self.write_status(event);
        self.write_people(event);
        self.write_organizer(event);
        for name in self.shared_names() {
            self.write_shared(event, &name);
        }
        for name in WAYS_IN {
            self.new.restore_way_in(event, name);
        }
        self.write_words(event)
    }

    /// Moves a VEVENT from the old times to the new ones. The form of DTSTART stays if it can;
    /// gives the form that it has then.
    pub(super) fn write_times(
        &self,
        event: &mut Component,
        zones: &Zones,
    ) -> Result<Form, CalendarObjectError> {
        let new = &self.new.appointment;
        let line = event
            .property("DTSTART")
            .ok_or(CalendarObjectError::NoStart)?;
        let form = Form::of(&line, zones);
        if !self.takes_other_times() {
            return Ok(form);
        }
        let moved = self.starts_elsewhere();
        let stays = (!moved || form.holds(&new.start)) && form.says(&new.end);
        let before = time::range(event, zones)?.0;
        let (form, zones) = match stays {
            true => (form, zones),
            false => (self.new.form()?, &self.new.zones),
        };
        if moved || !stays {
            event.set(&form.line("DTSTART", std::slice::from_ref(&new.start)));
        }
        let ends_in_old_form = !stays && event.property("DTEND").is_some();
        if ends_in_old_form || time::range(event, zones)?.1 != new.end {
            event.retain_lines(|line| !line.is("DURATION"));
            event.set(&form.line("DTEND", std::slice::from_ref(&new.end)));
        }
        move_along(event, before.duration_until(&new.start), form.is_date());
        Ok(form)
    }

    /// Whether the start is another moment, or the same in another zone.
    pub(super) fn starts_elsewhere(&self) -> bool {
        let (old, new) = (&self.old.appointment.start, &self.new.appointment.start);
        old != new || old.time_zone() != new.time_zone()
    }

    /// Whether it starts or ends elsewhere.
    pub(super) fn takes_other_times(&self) -> bool {
        self.starts_elsewhere() || self.old.appointment.end != self.new.appointment.end
    }

    fn write_subject(&self, event: &mut Component) {
        let (old, new) = (&self.old.appointment, &self.new.appointment);
        if old.subject == new.subject || read::subject(event) != old.subject {
            return;
        }
        let line = event.property("SUMMARY");
        let parameters = line.map(|line| line.parameters).unwrap_or_default();
        event.set(&ContentLine {
            name: "SUMMARY".to_owned(),
            parameters,
            value: escape_text(&new.subject),
        });
    }

    fn write_status(&self, event: &mut Component) {
        let new = self.new.appointment.status;
        if self.old.appointment.status != new {
            let value = match new {
                Status::Confirmed => "CONFIRMED",
                Status::Cancelled => "CANCELLED",
            };
            event.set(&property("STATUS", value));
        }
    }

    fn write_people(&self, event: &mut Component) {
        let before = by_address(&self.old.appointment.attendees);
        let after = by_address(&self.new.appointment.attendees);
        event.retain_lines(|line| {
            let about = people::attendee_address(line);
            about.is_none_or(|who| !before.contains_key(&who) || after.contains_key(&who))
        });
        let there: HashSet<String> = event.lines().filter_map(people::attendee_address).collect();
        let mut roles = HashMap::new();
        for attendee in &self.new.appointment.attendees {
            let who = key(&attendee.person);
            match before.get(&who) {
                None if !there.contains(&who) => event.add(&people::attendee_line(attendee)),
                Some(before) if *before != attendee.attendance => {
                    roles.insert(who, people::role(attendee.attendance));
                }
                _ => {}
            }
        }
        write_roles(event, &roles);
    }

    /// An organizer who is there stays, unless it is another one now.
    fn write_organizer(&self, event: &mut Component) {
        let (old, new) = (&self.old.appointment, &self.new.appointment);
        let Some(ours) = self.new.event.property("ORGANIZER") else {
            return;
        };
        let Some(there) = event.property("ORGANIZER") else {
            if !new.attendees.is_empty() {
                event.add(&ours);
            }
            return;
        };
        let address = |appointment: &Appointment| appointment.sender.as_ref().map(key);
        if !old.organizer.is(&new.organizer) {
            event.set(&ours);
        } else if address(old) != address(new) {
            event.set(&with_parameter(
                &there,
                "SENT-BY",
                ours.parameter("SENT-BY"),
            ));
        }
    }

    /// Names of the properties that others may have written too.
    fn shared_names(&self) -> Vec<String> {
        let lines = self.old.event.lines().chain(self.new.event.lines());
        let names = lines.filter_map(|line| Some(line.content()?.name));
        let mut names: Vec<String> = names.filter(|name| !BY_RULE.contains(&&**name)).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Lines that say what we wrote before now say what we write today; others stay.
    fn write_shared(&self, event: &mut Component, name: &str) {
        let way_in = WAYS_IN.contains(&name);
        let new: Vec<ContentLine> = self.new.event.all(name).collect();
        let old: Vec<ContentLine> = match way_in && !self.had_conference {
            true => Vec::new(),
            false => self.old.event.all(name).collect(),
        };
        let stale: Vec<&ContentLine> = old.iter().filter(|line| !new.contains(line)).collect();
        let fresh: Vec<&ContentLine> = new.iter().filter(|line| !old.contains(line)).collect();
        if stale.is_empty() && fresh.is_empty() {
            return;
        }
        let mut fresh = fresh.into_iter();
        event.edit(|line| {
            let content = line.is(name).then(|| line.content()).flatten();
            let is_ours = |line: ContentLine| stale.iter().any(|s| says_the_same(s, &line));
            match content.is_some_and(is_ours).then(|| fresh.next()) {
                None => Edit::Keep,
                Some(None) => Edit::Remove,
                Some(Some(line)) => Edit::Say(line.clone()),
            }
        });
        for line in fresh.filter(|_| way_in || name == "X-MS-OLK-SENDER") {
            let there = event.property(name).filter(|line| !line.value.is_empty());
            if event.all(name).any(|there| says_the_same(&there, line)) {
                continue;
            }
            if name == "CONFERENCE" {
                event.add(line);
            } else if there.is_none() {
                event.set(line);
            }
        }
    }

    /// A note that was not given stays as it is; one that is given and empty goes.
    fn write_words(&self, event: &mut Component) -> Result<(), CalendarObjectError> {
        let (old, new) = (&self.old.appointment, &self.new.appointment);
        if self.damaged == Damaged::Refuse && block::is_damaged(event) {
            return Err(CalendarObjectError::DamagedBlock);
        }
        let given = self.forgets_note || new.note.is_some();
        if given && old.note != new.note && block::note(event) == old.note {
            block::write_note(event, new.note.as_deref(), &self.new.block);
            return Ok(());
        }
        block::write(event, &self.new.block);
        Ok(())
    }
}

/// Whether a line leads into a conference of a pool, or to its telephone.
fn is_way_in(name: &str, line: &ContentLine) -> bool {
    let value = line.value.trim();
    let begins = |scheme: &str| {
        let beginning = value.get(..scheme.len());
        beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(scheme))
    };
    match name {
        "LOCATION" => ics::is_place(&unescape_text(value)),
        "URL" => MeetingId::of_link(value).is_some(),
        "CONFERENCE" => begins("tel:") || MeetingId::of_link(value).is_some(),
        _ => true,
    }
}

/// SEQUENCE never falls (RFC 5546 2.1.4); LAST-MODIFIED is kept where it is in use.
pub(super) fn write_version(event: &mut Component, sequence: u32, stamp: Timestamp) {
    if read::sequence(event) < sequence {
        event.set(&property("SEQUENCE", &sequence.to_string()));
    }
    for name in ["DTSTAMP", "LAST-MODIFIED"] {
        let there = event.property(name);
        let wanted = there.is_some() || name == "DTSTAMP";
        let written = time::stamp_line(name, stamp);
        if wanted && there.is_none_or(|there| there.value.trim() != written.value) {
            event.set(&written);
        }
    }
}

/// What hangs on the start of a VEVENT without being written relative to it: alarms at a moment, and what
/// Outlook goes by to show whole days.
pub(super) fn move_along(event: &mut Component, by: SignedDuration, is_whole_day: bool) {
    for name in [
        "X-MICROSOFT-CDO-ALLDAYEVENT",
        "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT",
    ] {
        if let Some(mut line) = event.property(name) {
            line.value = if is_whole_day { "TRUE" } else { "FALSE" }.to_owned();
            event.set(&line);
        }
    }
    if by.is_zero() {
        return;
    }
    for alarm in event.components_mut().filter(|c| c.name == "VALARM") {
        alarm.edit(|line| {
            let trigger = line.is("TRIGGER").then(|| line.content()).flatten();
            let moved = trigger.and_then(|trigger| {
                let at = time::stamp(&trigger)?.checked_add(by).ok()?;
                let value = time::stamp_line("TRIGGER", at).value;
                Some(ContentLine { value, ..trigger })
            });
            moved.map_or(Edit::Keep, Edit::Say)
        });
    }
}

fn by_address(attendees: &[Attendee]) -> HashMap<String, Attendance> {
    let pairs = attendees.iter().map(|a| (key(&a.person), a.attendance));
    pairs.collect()
}

/// Says whether the meeting can do without these people; their answers, and all else, stay.
fn write_roles(event: &mut Component, roles: &HashMap<String, &'static str>) {
    if roles.is_empty() {
        return;
    }
    event.edit(|line| {
        let about = people::attendee_address(line);
        let role = about.and_then(|who| roles.get(&who).copied());
        match role.and_then(|role| Some((line.content()?, role))) {
            Some((line, role)) => Edit::Say(with_parameter(&line, "ROLE", Some(role))),
            None => Edit::Keep,
        }
    });
}

/// Whether two properties have one value, however programs escape it.
fn says_the_same(one: &ContentLine, other: &ContentLine) -> bool {
    unescape_text(one.value.trim()) == unescape_text(other.value.trim())
}

/// A property without parameters.
pub(super) fn property(name: &str, value: &str) -> ContentLine {
    ContentLine {
        name: name.to_owned(),
        parameters: Vec::new(),
        value: value.to_owned(),
    }
}
