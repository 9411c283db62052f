//! What is to be different about a meeting.

use std::collections::HashSet;

use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use crate::conference::{
    Appointment, Attendee, ConferenceOptions, IdChoice, MeetingId, Person, Series, Status, Wording,
};
use crate::diary::Entry;
use crate::error::{Error, Kind, Result};
use crate::operation::block_error;
use crate::operation::schedule::leave_out;
use crate::when::kept;

/// What is to be different. Everything is the state wished for, never a step towards it, so that
/// it can be brought about again.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Changes {
    /// Which meeting.
    pub uid: String,
    /// Its subject before, for people.
    #[serde(alias = "called")]
    pub former_subject: String,
    /// Its conference before.
    #[serde(alias = "from")]
    pub former_id: MeetingId,
    /// Whether that was the assigned one.
    #[serde(alias = "from_assigned")]
    pub former_is_assigned: bool,
    /// SEQUENCE that the change brings.
    pub sequence: u32,
    /// When it was asked for, to the second.
    pub stamp: Timestamp,
    /// Original start of the one occurrence to be changed; none: all of it.
    #[serde(default, with = "crate::when::kept")]
    pub occurrence: Option<Zoned>,
    /// New start and end.
    #[serde(default, with = "crate::when::kept")]
    pub times: Option<(Zoned, Zoned)>,
    /// New subject.
    pub subject: Option<String>,
    /// People to be invited; those who are get the new role.
    pub invited: Vec<Attendee>,
    /// People who shall come no more.
    pub removed: Vec<Person>,
    /// New rule.
    pub series: Option<Series>,
    /// Assigned conference or one of its own.
    pub id: Option<IdChoice>,
    /// Who gets into the conference.
    #[serde(flatten)]
    pub options: ConferenceOptions,
    /// In which words people are told of it.
    #[serde(default)]
    pub wording: Option<Wording>,
    /// Add a new block where people damaged the fences of the old one.
    pub new_block: bool,
    /// It was cancelled, and takes place after all.
    #[serde(default)]
    pub revives: bool,
}

impl Changes {
    /// The same change, whenever it was asked for.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let timeless = |change: &Self| Self {
            stamp: Timestamp::UNIX_EPOCH,
            sequence: 0,
            ..change.clone()
        };
        timeless(self) == timeless(other)
    }

    /// The meeting as it is.
    pub fn of(appointment: &Appointment, stamp: Timestamp) -> Self {
        Self {
            uid: appointment.uid.clone(),
            former_subject: appointment.subject.clone(),
            former_id: appointment.conference.id.clone(),
            former_is_assigned: appointment.conference.assigned,
            sequence: appointment.next_sequence(),
            stamp,
            occurrence: None,
            times: None,
            subject: None,
            invited: Vec::new(),
            removed: Vec::new(),
            series: None,
            id: None,
            options: ConferenceOptions::default(),
            wording: None,
            new_block: false,
            revives: false,
        }
    }

    /// Whether it changes nothing at all.
    pub fn is_nothing(&self) -> bool {
        let Self {
            times: None,
            subject: None,
            series: None,
            id: None,
            wording: None,
            new_block: false,
            revives: false,
            options,
            invited,
            removed,
            ..
        } = self
        else {
            return false;
        };
        invited.is_empty() && removed.is_empty() && *options == ConferenceOptions::default()
    }

    /// Whether only the list of people is another one: the others need no mail.
    pub(super) fn is_about_people_alone(&self) -> bool {
        let others = Self {
            invited: Vec::new(),
            removed: Vec::new(),
            ..self.clone()
        };
        !self.is_nothing() && others.is_nothing()
    }

    /// Refuses what would change nothing.
    pub fn check_news(&self, before: &Appointment) -> Result<()> {
        match self.is_done(before) {
            true => Err(Error::usage("the meeting is as wished for already")),
            false => Ok(()),
        }
    }

    /// Whether the meeting is as wished for already, and so is the conference.
    fn is_done(&self, before: &Appointment) -> bool {
        // Numbers of another region are seen in the invitation, if they are others.
        let speaks_of_conference = self.id.is_some()
            || ConferenceOptions {
                region: None,
                ..self.options.clone()
            } != ConferenceOptions::default();
        !speaks_of_conference && !self.new_block && self.is_visible(before)
    }

    /// Whether the diary shows everything of it.
    pub(super) fn is_visible(&self, at: &Appointment) -> bool {
        let after = Appointment {
            sequence: at.sequence,
            stamp: at.stamp,
            ..self.apply_to(at.clone())
        };
        after == *at
    }

    /// Whether its file shows everything of it that a file can show: an earlier process may have got no
    /// further.
    pub(super) fn is_in_file(&self, at: &Appointment) -> bool {
        let in_file = |appointment: &Appointment| {
            let mut shown = appointment.clone();
            shown.wording = Wording::default();
            for attendee in &mut shown.attendees {
                attendee.presenter = false;
            }
            shown
                .attendees
                .sort_by(|a, b| a.person.address.cmp(&b.person.address));
            shown
        };
        let after = Appointment {
            sequence: at.sequence,
            stamp: at.stamp,
            ..self.apply_to(at.clone())
        };
        in_file(&after) == in_file(at)
    }

    /// The meeting, or the occurrence in question, as the diary has it.
    pub fn before(&self, entry: &Entry) -> Result<Appointment> {
        let Some(original) = &self.occurrence else {
            return Ok(entry.appointment.clone());
        };
        let occurrence = entry.object.occurrence(original).map_err(block_error)?;
        occurrence.ok_or_else(|| {
            let subject = &self.former_subject;
            let what = format!("'{subject}' has no such occurrence any more");
            Error::new(Kind::NotFound, what)
        })
    }

    /// The appointment as it shall be, but for its conference.
    pub fn apply_to(&self, mut to: Appointment) -> Appointment {
        if let Some((start, end)) = &self.times {
            // As they were meant, though a record may have kept no more than their offset.
            let home = to.start.time_zone();
            let (start, end) = (kept::restore(start, home), kept::restore(end, home));
            to.series = to.series.map(|series| series.shift(&to.start, &start));
            (to.start, to.end) = (start, end);
        }
        if let Some(subject) = &self.subject {
            to.subject.clone_from(subject);
        }
        if let Some(series) = &self.series {
            // What was dropped stays dropped, and what was added stays added.
            let before = to.series.unwrap_or_default();
            to.series = Some(Series {
                rule: series.rule.clone(),
                other_rules: series.other_rules.clone(),
                ..before
            });
        }
        let changed = self.invited.iter().map(|new| &new.person);
        let changed: HashSet<String> = self
            .removed
            .iter()
            .chain(changed)
            .map(Person::key)
            .collect();
        to.attendees
            .retain(|attendee| !changed.contains(&attendee.person.key()));
        to.attendees.extend(leave_out(&self.invited, &to.organizer));
        to.wording = self.wording.unwrap_or(to.wording);
        to.sequence = to.sequence.max(self.sequence);
        to.stamp = self.stamp;
        to.status = Status::Confirmed;
        to
    }
}
