//! What the steps are done with. Opened once per process, and shared by all operations of the run.

use std::rc::Rc;

use jiff::Timestamp;

use crate::backend::{Randomness, Session};
use crate::caldav::Calendar;
use crate::conference::{Conference, Person, Token};
use crate::diary::{Diary, Entry};
use crate::error::{Error, Kind, Result};
use crate::invitation::Branding;
use crate::operation::{Action, Journal, MailOptions, Mailer, Operation, Output};
use crate::report::Report;
use crate::telephony::People;

/// What is opened when a step first asks for it.
pub trait Resources {
    /// Signs in, to act for the user or for a manager whose delegate the user is. `opens_passcodes`:
    /// whether conferences with passcodes are to be read.
    fn open_session(&self, manager: Option<&Person>, opens_passcodes: bool) -> Result<Session>;

    /// Finds the organizer's calendar, and signs in there.
    fn open_calendar(&self, organizer: &Person) -> Result<Calendar>;

    /// Prepares the way of mails.
    fn open_mailer(&self, options: &MailOptions) -> Result<Mailer>;

    /// How invitations look and dial here.
    fn branding(&self) -> Result<&Branding>;

    /// Where the people are who get mails.
    fn people(&self) -> Result<People>;
}

/// What the steps are done with.
pub struct Context<'a> {
    /// Who is signed in, for whom.
    pub sessions: Sessions<'a>,
    /// The meetings.
    pub diary: Diary,
    /// What is unfinished.
    pub journal: Journal,
    /// Everything else that has to be opened.
    pub resources: &'a dyn Resources,
    /// Who is told.
    pub report: Rc<dyn Report>,
    /// Account of whoever signs in; none: the practice pool of this computer.
    pub account: Option<String>,
    /// The present moment, which does not move while the process runs.
    pub now: Timestamp,
    /// Bytes that nobody can guess.
    pub random: Randomness,
    /// What calendars would not take about an invitation, in a clause; none: they take it, or nobody looks.
    pub judge: fn(&str) -> Option<String>,
}

/// Sessions by whom they act for. Each is opened once.
pub struct Sessions<'a> {
    resources: &'a dyn Resources,
    open: Vec<(Option<String>, Session)>,
    opens_passcodes: bool,
}

impl<'a> Sessions<'a> {
    /// None so far.
    pub fn new(resources: &'a dyn Resources) -> Self {
        Self {
            resources,
            open: Vec::new(),
            opens_passcodes: false,
        }
    }

    /// Says which conferences will be read, before a session is opened for that: one with a passcode
    /// takes something that is best made while the sign-in waits.
    pub fn prepare_to_read(&mut self, conference: &Conference) {
        self.opens_passcodes |= conference.ways_in.passcode.is_some();
    }

    /// The same where one may have a passcode that is not known yet.
    pub fn prepare_to_read_passcode(&mut self) {
        self.opens_passcodes = true;
    }

    /// The session of the user, or of the user acting for a manager; signs in the first time.
    pub fn open(&mut self, manager: Option<&Person>) -> Result<&mut Session> {
        let address = manager.map(|person| person.address.to_ascii_lowercase());
        let place = self.open.iter().position(|(whose, _)| *whose == address);
        let place = match place {
            Some(place) => place,
            None => {
                let session = self.resources.open_session(manager, self.opens_passcodes)?;
                self.open.push((address, session));
                self.open.len() - 1
            }
        };
        Ok(&mut self.open[place].1)
    }
}

impl Context<'_> {
    /// An operation that nobody has asked for before.
    pub fn new_operation(
        &self,
        action: Action,
        on_behalf_of: Option<Person>,
        key: Option<String>,
        output: Output,
    ) -> Operation {
        let mut bytes = [0; 16];
        (self.random)(&mut bytes);
        Operation {
            token: Token::new(bytes),
            began: self.now,
            account: self.account.clone(),
            on_behalf_of,
            key,
            action,
            output,
        }
    }

    /// The present moment as iCalendar writes it, which knows no fractions (RFC 5545 3.3.5).
    pub fn stamp(&self) -> Timestamp {
        self.now.round(jiff::Unit::Second).unwrap_or(self.now)
    }
}

/// What whoever asks for an operation has found out already, so that no step looks for it again.
#[derive(Default)]
pub struct Known {
    /// The meeting that it is about.
    pub entry: Option<Entry>,
    /// Its conference, as the service has it now.
    pub conference: Option<Conference>,
}

impl Known {
    /// The meeting that it is about.
    pub fn of(entry: Entry) -> Self {
        Self {
            entry: Some(entry),
            conference: None,
        }
    }

    /// The meeting as the diary has it now; `subject` is what people know it by.
    pub(super) fn get_entry(self, uid: &str, subject: &str, diary: &Diary) -> Result<Entry> {
        match self.entry {
            Some(entry) => diary.reread(entry),
            None => diary.get(uid)?.ok_or_else(|| {
                let what = format!("'{subject}' is not in the diary any more");
                Error::new(Kind::NotFound, what)
            }),
        }
    }
}
