//! Why a file is not the calendar of one meeting.

use crate::calendar_object::remark::About;
use crate::calendar_object::room::TooLarge;
use crate::calendar_object::time;
use crate::calendar_object::unwrap::Listed;
use crate::error::Error;
use crate::icalendar::{LineError, ObjectError};
use crate::invitation::clean;

/// Why a file is not the calendar of one meeting, or can't be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarObjectError {
    /// No calendar at all, or a broken one.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// There is no room for it.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// A property with a meaning that nobody can take apart.
    #[error("the line '{line}' can't be understood: {why}")]
    Line {
        /// As it stands, shortened.
        line: String,
        /// What is wrong with it.
        why: LineError,
    },
    /// There is no VEVENT.
    #[error("the calendar holds no meeting: expected a VEVENT")]
    NoEvent,
    /// Every VEVENT has a RECURRENCE-ID.
    #[error(
        "the calendar holds single occurrences of a series but not the series: expected a VEVENT \
         without RECURRENCE-ID"
    )]
    NoSeries,
    /// VEVENTs with different UIDs.
    #[error("the calendar holds several meetings: expected one, whose VEVENTs have the same UID")]
    SeveralMeetings,
    /// The same, each of which could be meant.
    #[error("the calendar holds {} meetings: say which one is meant, with --uid", .0.len())]
    Several(Vec<Listed>),
    /// None of them has the UID that was asked for.
    #[error("no meeting in the calendar has that UID")]
    NoSuchUid(Vec<Listed>),
    /// A message that cancels a meeting.
    #[error("the meeting was cancelled (METHOD:CANCEL)")]
    Cancelled,
    /// A message about a meeting that is no invitation to it.
    #[error("it is no invitation but an answer or another message about one (METHOD:{0})")]
    NoInvitation(String),
    /// A VEVENT without a UID (RFC 5545 3.8.4.7).
    #[error("the meeting has no UID, so that nobody could tell it from others")]
    NoUid,
    /// A VEVENT without DTSTART.
    #[error("the meeting has no start: expected DTSTART")]
    NoStart,
    /// A property that holds no time, or one that no calendar has.
    #[error("'{value}' in {name} is not a time of a calendar: expected one like 20270302T100000")]
    Time {
        /// Name of the property.
        name: String,
        /// What it holds, shortened.
        value: String,
    },
    /// DURATION that is none.
    #[error("'{0}' in DURATION is not a length of time: expected one like PT1H30M")]
    Duration(String),
    /// SEQUENCE that is no number, or one that no calendar could count up from.
    #[error("'{0}' in SEQUENCE is not a number of versions: expected 0 to 2147483647")]
    Sequence(String),
    /// An occurrence that is to change alone, and says how all that follow are (RFC 5545 3.2.13).
    #[error(
        "that occurrence says how all that follow are (RANGE=THISANDFUTURE): it can't be changed or cancelled alone"
    )]
    Range,
    /// A property of an earlier version's own does not hold what it wrote.
    #[error(
        "what an earlier confctl kept there, in properties of its own (X-CONFCTL-…), is damaged"
    )]
    Private,
    /// One of the two fences is missing, or they stand in the wrong order.
    #[error(
        "the call-in block in the description has lost its first or its last line, so that \
         nobody knows what belongs to it"
    )]
    DamagedBlock,
}

impl CalendarObjectError {
    /// Which line of the file it is about; none: no single one.
    pub fn about(&self) -> Option<About> {
        Some(match self {
            Self::Object(ObjectError::Nesting { .. } | ObjectError::Trailing) => About::Structure,
            Self::Object(ObjectError::CutOff(_) | ObjectError::Depth) => About::Structure,
            Self::Line { line, .. } => About::new("", line),
            Self::Time { name, value } => {
                let known = time::NAMES.iter().find(|known| **known == name);
                About::new(known.copied().unwrap_or_default(), value)
            }
            Self::Duration(value) => About::new("DURATION", value),
            Self::Sequence(value) => About::new("SEQUENCE", value),
            _ => return None,
        })
    }

    pub(super) fn time(name: &str, value: &str) -> Self {
        Self::Time {
            name: name.to_owned(),
            value: clean::line(value).chars().take(40).collect(),
        }
    }

    pub(super) fn duration(value: &str) -> Self {
        Self::Duration(clean::line(value).chars().take(40).collect())
    }
}

impl From<CalendarObjectError> for Error {
    fn from(error: CalendarObjectError) -> Self {
        Self::failed(error)
    }
}
