//! The entry of a meeting: put on a calendar, changed, removed. Each can be done again after a
//! crash: what is there already counts as done, and what others changed is not written over.

use reqwest::Url;

use crate::caldav::client::unreachable;
use crate::caldav::resource::{dav, hrefs};
use crate::caldav::version::{Version, content_digest};
use crate::caldav::{Calendar, CalendarEntry, refusal};
use crate::error::{Error, Kind, Result};
use crate::icalendar::ScheduleAgent;
use crate::net::http::{Answer, Request, printable};
use crate::xml::{Tag, document};

/// Media type of an entry (RFC 4791 5.3.2).
const CALENDAR: &str = "text/calendar; charset=utf-8";

/// Entries that are looked at for a UID.
const HOLDERS: usize = 8;

/// Why an entry was not written or removed.
#[derive(Debug)]
pub enum PutError {
    /// It is not as it was known to be, or another one is there.
    Changed {
        /// Host of the server.
        host: String,
        /// The entry as it is now: with its place as `known`, it is written over.
        there: Box<There>,
    },
    /// Somebody removed it. It can be put there anew.
    Gone {
        /// Host of the server.
        host: String,
    },
    /// Another entry of the calendar has the UID.
    UidTaken {
        /// Host of the server.
        host: String,
        /// That entry; none: the server does not say.
        there: Option<Box<There>>,
    },
    /// Everything else.
    Other(Error),
}

impl From<Error> for PutError {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<PutError> for Error {
    fn from(error: PutError) -> Self {
        match error {
            PutError::Changed { host, there } => Self::new(
                Kind::Refused,
                format!("somebody else changed the meeting on the calendar at {host}: nothing was written there"),
            )
            .hint(format!("look at {}", there.place.href)),
            PutError::Gone { host } => Self::new(
                Kind::NotFound,
                format!("somebody removed the meeting from the calendar at {host}"),
            ),
            PutError::UidTaken { host, there } => Self::new(
                Kind::Refused,
                format!(
                    "the calendar at {host} has the meeting already, as {}",
                    there.map_or("another entry".to_owned(), |there| there.place.href)
                ),
            )
            .hint("remove that entry, and try again"),
            PutError::Other(error) => error,
        }
    }
}

/// An entry as it is on the server.
#[derive(Debug)]
pub struct There {
    /// Where, and in which version of the server's.
    pub place: CalendarEntry,
    /// Which version of which meeting; none: it is none that could be understood.
    pub version: Option<Version>,
    /// What it says, as [`content_digest`] has it.
    pub content: Option<String>,
}

/// An entry as it is to be.
pub struct Draft<'a> {
    /// UID of the meeting.
    pub uid: &'a str,
    /// Name of a new entry, that of the meeting's file: the same at every try.
    pub file_name: String,
    /// Who invites the attendees of a new entry; a known one keeps its own.
    pub agent: ScheduleAgent,
    /// The calendar object that says so, without METHOD (RFC 4791 4.1).
    pub text: &'a dyn Fn(ScheduleAgent) -> Result<String>,
}

/// A PUT.
struct Put<'a> {
    uid: &'a str,
    url: Url,
    body: String,
    agent: ScheduleAgent,
}

impl Calendar {
    /// Puts a meeting on the calendar: a new entry, or over the `known` one if nobody has changed
    /// that since.
    ///
    /// # Errors
    /// After any, asking again with the same arguments is safe and finishes what was begun.
    pub fn put(
        &self,
        draft: &Draft<'_>,
        known: Option<&CalendarEntry>,
    ) -> Result<CalendarEntry, PutError> {
        let agent = known.map_or(draft.agent, |known| known.agent);
        let put = Put {
            uid: draft.uid,
            url: match known {
                Some(known) => self.url_of(known)?,
                None => self.address_of_new(&draft.file_name)?,
            },
            body: (draft.text)(agent)?,
            agent,
        };
        let answer = self.client.ask(put.request(known))?;
        if answer.is_success() {
            return self.get_put(&answer, &put);
        }
        if refusal::names(&answer, "no-uid-conflict") {
            return self.get_holder(&put);
        }
        let refused = || refusal::of(&answer, "the meeting").into();
        if !matches!(answer.status, 404 | 409 | 412) {
            return Err(refused());
        }
        match self.compare(&put) {
            Err(error) if is_beside(&error, known) => Err(refused()),
            settled => settled,
        }
    }

    /// Removes an entry if nobody has changed it since; one that is gone already is no trouble.
    ///
    /// This is what becomes of a cancelled meeting, since an organizer has nothing to decide about
    /// it any more. With [`ScheduleAgent::Server`] it also is how attendees are told: the server sends the
    /// cancellation (RFC 6638 3.2.1.3).
    pub fn remove(&self, known: &CalendarEntry) -> Result<(), PutError> {
        let url = self.url_of(known)?;
        let answer = self
            .client
            .ask(with_condition(Request::new("DELETE", &url), known))?;
        match answer.status {
            404 | 410 => Ok(()),
            412 => match self.read(&url, known.agent)? {
                None => Ok(()),
                Some(there) => Err(self.change_error(there)),
            },
            _ if answer.is_success() => Ok(()),
            _ => Err(refusal::of(&answer, "to remove the meeting").into()),
        }
    }

    /// What stands where a new entry is put; none: nothing.
    pub fn find_put(&self, file_name: &str, agent: ScheduleAgent) -> Result<Option<There>> {
        self.read(&self.address_of_new(file_name)?, agent)
    }

    /// That somebody else changed what is there.
    pub fn change_error(&self, there: There) -> PutError {
        PutError::Changed {
            host: self.host(),
            there: Box::new(there),
        }
    }

    /// What the server made of it. One that says no version has perhaps changed it (RFC 4791
    /// 5.3.4), and somebody else may have by now: only what was written is taken for ours.
    fn get_put(&self, answer: &Answer, put: &Put<'_>) -> Result<CalendarEntry, PutError> {
        match place(answer, &put.url, put.agent) {
            Some(place) => Ok(place),
            None => self.compare(put),
        }
    }

    /// What is there counts if it is ours, perhaps of a run that was interrupted.
    fn compare(&self, put: &Put<'_>) -> Result<CalendarEntry, PutError> {
        match self.read(&put.url, put.agent)? {
            None => Err(PutError::Gone { host: self.host() }),
            Some(there) if put.is(&there) => Ok(there.place),
            Some(there) => Err(self.change_error(there)),
        }
    }

    /// Another entry has the UID: it may be ours, under a name that another program gave it.
    fn get_holder(&self, put: &Put<'_>) -> Result<CalendarEntry, PutError> {
        match self.find_holder(put.uid, put.agent)? {
            Some(there) if put.is(&there) => Ok(there.place),
            there => Err(PutError::UidTaken {
                host: self.host(),
                there: there.map(Box::new),
            }),
        }
    }

    /// Asks which entry has a UID (RFC 4791 7.8.6): servers rarely say it when they refuse.
    fn find_holder(&self, uid: &str, agent: ScheduleAgent) -> Result<Option<There>> {
        let request = Request::new("REPORT", &self.url)
            .header("Depth", "1")
            .body("application/xml; charset=utf-8", &uid_query(uid));
        let answer = self.client.ask(request)?;
        if answer.status != 207 {
            return Ok(None);
        }
        // A text-match finds parts of a UID as well.
        for url in hrefs(&answer, |_, url| url)?.into_iter().take(HOLDERS) {
            let there = self.read(&url, agent)?;
            let version = there.as_ref().and_then(|there| there.version.as_ref());
            if version.is_some_and(|version| version.uid == uid) {
                return Ok(there);
            }
        }
        Ok(None)
    }

    /// None: nothing is there.
    fn read(&self, url: &Url, agent: ScheduleAgent) -> Result<Option<There>> {
        let answer = self
            .client
            .ask(Request::new("GET", url).header("Accept", "text/calendar"))?;
        if matches!(answer.status, 404 | 410) {
            return Ok(None);
        }
        if !answer.is_success() {
            return Err(refusal::of(&answer, "to show the meeting"));
        }
        let place = place(&answer, url, agent).ok_or_else(|| {
            unreachable(url, "it names no version (ETag) of the meeting, so that changes of others would be lost")
        })?;
        Ok(Some(There {
            place,
            version: Version::of(&answer.body),
            content: content_digest(&answer.body),
        }))
    }

    /// Where an earlier run put it, if that is on this server; never the collection itself, since
    /// some servers would replace or remove the whole calendar.
    fn url_of(&self, known: &CalendarEntry) -> Result<Url> {
        let href = printable(&known.href);
        let url = Url::parse(&known.href).ok();
        let url = url.filter(|url| self.client.trusts(url)).ok_or_else(|| {
            let host = self.host();
            Error::usage(format!(
                "the meeting is on another calendar server than {host}: {href}"
            ))
            .hint("let url in [calendar] of the settings, or CONFCTL_CALENDAR, name that server")
        })?;
        if url.path().ends_with('/') || self.url.path().trim_end_matches('/') == url.path() {
            let what = format!("'{href}' is a calendar, not a meeting");
            return Err(Error::failed(what));
        }
        Ok(url)
    }

    fn address_of_new(&self, file_name: &str) -> Result<Url> {
        let url = self.url.join(&format!("./{file_name}"));
        url.map_err(|_| unreachable(&self.url, "no entry can be put below that address"))
    }
}

impl Put<'_> {
    fn request(&self, known: Option<&CalendarEntry>) -> Request {
        let request = Request::new("PUT", &self.url).body(CALENDAR, self.body.as_bytes());
        match known {
            Some(known) => with_condition(request, known),
            None => request.header("If-None-Match", "*"),
        }
    }

    /// Whether the entry says what is to be written.
    fn is(&self, there: &There) -> bool {
        there.version.is_some() && there.version == Version::of(self.body.as_bytes())
    }
}

/// The query for the entries whose UID holds that text.
fn uid_query(uid: &str) -> Vec<u8> {
    let named = |element: &'static str, name: &str| Tag::new(element).attribute("name", name);
    let text = Tag::new("C:text-match").attribute("collation", "i;octet");
    let uid_is = named("C:prop-filter", "UID").child(text.text(uid));
    let event = named("C:comp-filter", "VEVENT").child(uid_is);
    let calendar = named("C:comp-filter", "VCALENDAR").child(event);
    let wanted = Tag::new("D:prop").child(Tag::new("D:getetag"));
    let query = dav("C:calendar-query").child(wanted);
    document(query.child(Tag::new("C:filter").child(calendar)))
}

/// Whether what was found is no reason to refuse: nothing where nothing was, or what was known.
fn is_beside(error: &PutError, known: Option<&CalendarEntry>) -> bool {
    match (error, known) {
        (PutError::Gone { .. }, known) => known.is_none(),
        (PutError::Changed { there, .. }, Some(known)) => there.place.etag == known.etag,
        _ => false,
    }
}

fn with_condition(request: Request, known: &CalendarEntry) -> Request {
    match (known.agent, &known.schedule_tag) {
        // The answers of attendees, which the server writes into the entry, are no changes.
        (ScheduleAgent::Server, Some(tag)) => request.header("If-Schedule-Tag-Match", tag),
        _ => request.header("If-Match", &known.etag),
    }
}

/// None: the answer names no version. A proxy that compresses weakens the tag, and If-Match
/// compares strongly (RFC 9110 13.1.1).
fn place(answer: &Answer, url: &Url, agent: ScheduleAgent) -> Option<CalendarEntry> {
    let etag = answer.header("ETag")?.trim();
    let etag = etag.strip_prefix("W/").unwrap_or(etag);
    let tag = answer
        .header("Schedule-Tag")
        .map(|tag| tag.trim().to_owned());
    (!etag.is_empty()).then(|| CalendarEntry {
        href: url.to_string(),
        etag: etag.to_owned(),
        schedule_tag: tag,
        agent,
    })
}
