//! The invitation as a document: for a file, which is the last step, and for whoever prints it.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use serde::Serialize;

use crate::atomic_file;
use crate::conference::{Appointment, Person};
use crate::diary::Diary;
use crate::error::{Error, Kind, Result};
use crate::invitation::{self, Branding, Format, Mail, Octets, card};
use crate::operation::{Action, Context, Delivery, Outcome, Output, Run};

/// What an invitation is rendered from.
pub struct Rendering<'a> {
    /// The meeting, or the occurrence that it is about.
    pub appointment: &'a Appointment,
    /// The same as iCalendar, with its METHOD.
    pub calendar: &'a str,
    /// How it looks.
    pub branding: &'a Branding,
}

impl Rendering<'_> {
    /// The document.
    pub fn render(&self, format: Format) -> Result<Vec<u8>> {
        let appointment = self.appointment;
        match format {
            Format::Ics => Ok(self.calendar.as_bytes().to_vec()),
            Format::Eml => self.render_mail(),
            Format::Png => card::png(appointment, &self.branding.dial_string)
                .map_err(|nothing| Error::failed(nothing.to_string())),
            other => Ok(invitation::render(appointment, other, self.branding)),
        }
    }

    /// One mail to everybody who is invited: text, page and calendar, in ASCII.
    fn render_mail(&self) -> Result<Vec<u8>> {
        let people = self.appointment.attendees.iter();
        let to: Vec<Person> = people.map(|attendee| attendee.person.clone()).collect();
        let mail = Mail {
            appointment: self.appointment,
            calendar: self.calendar,
            text: &invitation::text(self.appointment, self.branding),
            html: &invitation::page(self.appointment, self.branding),
            prefix: invitation::prefix(self.appointment),
            to: &to,
            mailing: None,
        };
        invitation::message(&mail, Octets::Seven).map_err(Error::usage)
    }
}

impl Outcome {
    /// The document as it is printed and written; `is_new`: of a meeting that was made, or found made.
    pub fn render(
        &self,
        format: Format,
        is_new: bool,
        diary: &Diary,
        branding: &Branding,
    ) -> Result<Vec<u8>> {
        let calendar = self.entry.object.to_send(&self.sending(), diary.zone())?;
        let rendering = Rendering {
            appointment: &self.appointment,
            calendar: &calendar,
            branding,
        };
        match format {
            Format::Json => Ok(self.render_json(is_new, branding)),
            other => rendering.render(other),
        }
    }

    /// What the invitation says, and what this operation did.
    fn render_json(&self, is_new: bool, branding: &Branding) -> Vec<u8> {
        #[derive(Serialize)]
        struct Done<'a> {
            /// Whether it was there already, made under the same key.
            #[serde(skip_serializing_if = "Option::is_none")]
            repeated: Option<bool>,
            /// `to`, `state`, `why` and `what` of each mail.
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            mails: &'a [Delivery],
        }
        let done = Done {
            repeated: is_new.then_some(self.is_repeated),
            mails: &self.deliveries,
        };
        invitation::json(&self.appointment, branding, &done).into_bytes()
    }
}

impl Output {
    /// Makes sure that the file can be written, before anything is done.
    pub fn probe(&self) -> Result<()> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        let failed = |error| Error::usage(format!("can't write '{}': {error}", path.display()));
        if path.is_dir() {
            let path = path.display();
            return Err(Error::usage(format!(
                "can't write '{path}': it is a folder"
            )));
        }
        let target = atomic_file::target(path).map_err(failed)?;
        // Devices and named pipes are written as they are; a pipe would be waited for.
        if target.exists() && !target.is_file() {
            return Ok(());
        }
        if let Some(folder) = target.parent() {
            atomic_file::sweep(folder);
        }
        atomic_file::probe(path).map_err(failed)
    }
}

impl Context<'_> {
    /// Writes the file, if there is to be one.
    pub(super) fn write_file(&self, run: &mut Run, outcome: &Outcome) -> Result<()> {
        self.write_output(&run.operation().output, &run.operation().action, outcome)?;
        run.record.finished.push("file".to_owned());
        Ok(())
    }

    pub(super) fn write_output(
        &self,
        output: &Output,
        action: &Action,
        outcome: &Outcome,
    ) -> Result<()> {
        let Some(path) = &output.file else {
            return Ok(());
        };
        let is_new = matches!(action, Action::Schedule(_));
        let written = self
            .resources
            .branding()
            .and_then(|branding| outcome.render(output.format, is_new, &self.diary, branding))
            .and_then(|bytes| Ok(write(path, &bytes)?));
        written.map_err(|error| self.salvage_output(error, outcome))
    }

    /// The conference exists by now: if its invitation can't be written, its details are told, so
    /// that nothing is lost, and it must not be mistaken for a failure to make the conference. A
    /// reader that went away wanted no more.
    pub fn salvage_output(&self, error: Error, outcome: &Outcome) -> Error {
        if error.kind == Kind::PipeClosed {
            return error;
        }
        let report = self.report.as_ref();
        report.salvage("The invitation could not be written. These are its details:\n");
        if let Ok(branding) = self.resources.branding() {
            report.salvage(&invitation::text(&outcome.appointment, branding));
        }
        let what = format!(
            "conference and diary are done, but the invitation could not be written: {error}"
        );
        Error::new(Kind::HalfDone, what)
            .hint("'confctl invite' prints it; 'confctl resume --forget' gives up on this file")
    }
}

/// Writes a file whole or not at all; devices and named pipes are written as they are.
pub fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let target = atomic_file::target(path)?;
    if target.exists() && !target.is_file() {
        return File::options().write(true).open(target)?.write_all(bytes);
    }
    atomic_file::write(path, bytes)
}
