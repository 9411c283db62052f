//! A meeting that is in the diary without anything being known of it: another computer made it, or a
//! backup brought it back. Nothing changes on the service.

use jiff::Timestamp;

use crate::conference::{Appointment, Attendee, Conference, Offer, Person, Wording};
use crate::diary::{Entry, Event, Foreign, RequestKey, What};
use crate::error::{Error, Kind, Result};
use crate::operation::{Context, check_owner, diary_error};

/// A foreign meeting, with the conference that the service has confirmed to be the user's.
pub struct Adoption {
    /// As the diary has it.
    pub foreign: Foreign,
    /// As the service has it.
    pub conference: Conference,
    offer: Offer,
    user: Person,
}

impl Context<'_> {
    /// Asks the service whose the conference is that a foreign meeting's link leads to.
    ///
    /// # Errors
    /// `NotFound`, `NotSignedIn`: it is none of the user's. `Refused`: another meeting has it.
    pub fn prepare_adoption(&mut self, foreign: Foreign) -> Result<Adoption> {
        let manager = foreign
            .object
            .sender()
            .and(foreign.outline.organizer.clone());
        let session = self.sessions.open(manager.as_ref())?;
        let offer = session.backend.get_offer()?;
        let linked = foreign
            .conference()
            .ok_or_else(|| several_error(&foreign))?;
        let there = session.backend.get_one(linked)?;
        let conference = there.ok_or_else(|| {
            let what = format!(
                "you have no conference {linked}, to which the file of '{}' leads",
                foreign.outline.subject
            );
            let error = Error::new(Kind::NotFound, what);
            let path = foreign.path().display();
            match foreign.former_conference() {
                Some(known) => error.hint(format!(
                    "the conference known here is {known}: put an older '{path}' back"
                )),
                None => error.hint(format!("whoever made '{path}' can change it")),
            }
        })?;
        check_owner(&conference, &session.owner)?;
        if !foreign.may_be_of(&conference, &session.owner) {
            let subject = &foreign.outline.subject;
            let what = format!("'{subject}' is on the assigned conference of somebody else");
            return Err(Error::new(Kind::NotFound, what));
        }
        let user = manager.unwrap_or_else(|| session.user(&offer));
        self.check_alone(&conference, &foreign)?;
        Ok(Adoption {
            foreign,
            conference,
            offer,
            user,
        })
    }

    /// Removes a meeting of the diary that is over since before that moment, and what is known of it.
    /// False: it is not what it was when it was looked at.
    pub fn remove_entry(&self, entry: &Entry, before: Timestamp) -> Result<bool> {
        let meeting = entry.object.uid().split('@').next().unwrap_or_default();
        let _alone = self.journal.lock_meeting(meeting, self.report.as_ref())?;
        self.diary.remove(entry, before)
    }

    /// Refuses a conference that another meeting has, unless it is the assigned one, which is for all.
    fn check_alone(&self, conference: &Conference, foreign: &Foreign) -> Result<()> {
        if conference.assigned {
            return Ok(());
        }
        let others = self
            .diary
            .others_with(&conference.id, &foreign.outline.uid)?;
        let Some(other) = others.first() else {
            return Ok(());
        };
        let what = format!(
            "the meeting {other} has the conference {} already",
            conference.id
        );
        Err(Error::new(Kind::Refused, what).hint(format!(
            "'{}' can get one of its own: confctl schedule live-meeting --from FILE, with another UID in the file",
            foreign.outline.subject
        )))
    }

    /// Says what key the request had that made a meeting of ours, of which none is known.
    pub fn give_key(&self, entry: &mut Entry, key: &str) -> Result<()> {
        let meeting = entry.object.uid().split('@').next().unwrap_or_default();
        let _alone = self.journal.lock_meeting(meeting, self.report.as_ref())?;
        self.diary.check_key(key, entry.object.uid())?;
        self.diary.edit(entry, |entry| match &entry.state.key {
            None => {
                entry.state.key = Some(key_of(key));
                Ok(())
            }
            Some(known) if known.name == key => Ok(()),
            Some(known) => {
                let subject = &entry.appointment.subject;
                let what = format!("'{subject}' was made by --key '{}'", known.name);
                Err(Error::new(Kind::Conflict, what))
            }
        })
    }

    /// Takes the meeting in, as what a request with `key` made. Its call-in details become those of
    /// the service, whatever the file says.
    pub fn adopt(&mut self, adoption: Adoption, key: Option<&str>) -> Result<Entry> {
        let uid = adoption.foreign.outline.uid.clone();
        let meeting = uid.split('@').next().unwrap_or_default();
        let report = self.report.as_ref();
        let _alone = self.journal.lock_meeting(meeting, report)?;
        let id = adoption.conference.id.folded();
        let _no_other = self.journal.lock_meeting(&id, report)?;
        // Another process may have been quicker.
        self.check_alone(&adoption.conference, &adoption.foreign)?;
        if let Some(key) = key {
            self.diary.check_key(key, &uid)?;
        }
        let branding = self.resources.branding()?;
        let zone = self.diary.zone().clone();
        let appointment = adoption.appointment();
        let event = Event {
            at: self.now,
            what: What::Adopted,
            who: None,
            sequence: appointment.sequence,
            occurrence: None,
            why: None,
            operation: self.now.to_string(),
        };
        let key = key.map(key_of);
        self.diary.adopt(adoption.foreign, key, event, |object| {
            object
                .adopt(&appointment, &zone, branding)
                .map_err(|error| diary_error(&error))
        })
    }
}

/// What the request asked for nobody knows.
fn key_of(name: &str) -> RequestKey {
    RequestKey {
        name: name.to_owned(),
        facts: String::new(),
    }
}

fn several_error(foreign: &Foreign) -> Error {
    let what = format!(
        "the file of '{}' leads to several conferences: {}",
        foreign.outline.subject,
        foreign.shown_links()
    );
    let path = foreign.path().display();
    Error::new(Kind::Refused, what).hint(format!("take out of '{path}' what is not yours"))
}

impl Adoption {
    fn appointment(&self) -> Appointment {
        let (object, outline) = (&self.foreign.object, self.foreign.outline.clone());
        let conference = &self.conference;
        let presents = |attendee: &Attendee| {
            let address = &attendee.person.address;
            let presenters = conference.presenters.iter();
            presenters
                .into_iter()
                .any(|presenter| presenter.eq_ignore_ascii_case(address))
        };
        let mut attendees = outline.attendees;
        for attendee in &mut attendees {
            attendee.presenter = presents(attendee);
        }
        let passcode = conference.ways_in.passcode.as_ref();
        Appointment {
            uid: outline.uid,
            sequence: outline.sequence,
            stamp: object.stamp(),
            start: outline.start,
            end: outline.end,
            organizer: outline.organizer.unwrap_or_else(|| self.user.clone()),
            organization: self.offer.organization.clone(),
            attendees,
            subject: outline.subject,
            note: None,
            conference: conference.clone(),
            practice: self.offer.practice,
            series: outline.series,
            occurrence: None,
            status: outline.status,
            sender: object.sender(),
            wording: Wording {
                language: object.block_language().unwrap_or_default(),
                without_passcode: passcode.is_some_and(|passcode| !object.says(passcode.digits())),
                withdrawn: false,
            },
        }
    }
}
