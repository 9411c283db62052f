//! Where an invitation goes, and as what: shared by every command that makes one.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use crate::app::App;
use crate::atomic_file;
use crate::commands::post::Post;
use crate::commands::tell::{MailTable, message};
use crate::conference::{Appointment, Person};
use crate::error::{Error, Kind, Result};
use crate::invitation::{self, Format, card};
use crate::report::Report;
use crate::terminal::{Squares, Terminal};
use crate::undertaking::Delivery;

/// Flags for where an invitation goes.
#[derive(Args, Debug)]
pub struct HandOver {
    /// What to print: ics, text, html, eml, card, svg, png or json
    ///
    /// ics is for calendars, text and html for people, eml a whole mail, json for programs; card is how
    /// to call in, with a QR code on a terminal, svg the same as a picture, png the QR code alone.
    /// Without it: text on a terminal, ics in a pipe; for -o what the file's extension says.
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        hide_possible_values = true,
        help_heading = "Output"
    )]
    format: Option<Format>,
    /// Write to a file instead of stdout; '-' is stdout
    ///
    /// The file appears whole or not at all.
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
    #[command(flatten)]
    pub post: Post,
}

/// A place that has been found good before anything was done on the pool.
pub struct Destination {
    /// Whether anything is printed at all.
    prints: bool,
    format: Format,
    file: Option<Draft>,
    /// The same for the journal, from wherever it is read.
    delivery: Delivery,
}

/// A file that does not exist yet, in a place where it can be made.
struct Draft {
    /// Devices and named pipes are written as they are, files under another name first.
    special: Option<File>,
    path: PathBuf,
}

impl HandOver {
    /// Whether the invitation is a card on the terminal, which nobody else sees.
    pub fn shows_people(&self, app: &App) -> bool {
        let here = self
            .output
            .as_deref()
            .is_none_or(|path| path.as_os_str() == "-");
        let card = matches!(self.format, None | Some(Format::Text));
        here && card && app.terminal.shows_people()
    }

    /// Whether something is to be printed or written in so many words.
    pub fn is_asked_for(&self) -> bool {
        self.format.is_some() || self.output.is_some()
    }

    /// Makes sure that the invitation can be written where it shall go.
    pub fn prepare(&self, app: &App) -> Result<Destination> {
        let path = self
            .output
            .as_deref()
            .filter(|path| path.as_os_str() != "-");
        let by_place = match path {
            // What lies in /dev or is a pipe has no extension worth the name.
            Some(path) if path.exists() && !path.is_file() => Some(Format::Ics),
            Some(path) => of_extension(path),
            None if app.terminal.shows_people() => Some(Format::Text),
            None => Some(Format::Ics),
        };
        let format = self.format.or(by_place).ok_or_else(|| {
            let path = path.unwrap_or(Path::new("-")).display();
            Error::usage(format!("the name of '{path}' says no format"))
                .hint("use .ics, .txt, .html, .eml, .svg, .png or .json, or say it with -f")
        })?;
        if format == Format::Png && path.is_none() && app.terminal.shows_people() {
            return Err(Error::usage("a picture is nothing for a terminal").hint("add -o card.png"));
        }
        let delivery = Delivery {
            file: path.map(absolute),
            format,
            mail: None,
            calendar: None,
        };
        Ok(Destination {
            prints: true,
            format,
            delivery: self.post.wishes(delivery, app)?,
            file: path.map(Draft::begin).transpose()?,
        })
    }
}

impl Destination {
    /// Mail and calendar only.
    pub fn nowhere(delivery: Delivery) -> Self {
        Self {
            prints: false,
            format: delivery.format,
            file: None,
            delivery,
        }
    }

    /// The destination of an earlier process, if it was a file.
    pub fn again(delivery: &Delivery) -> Result<Option<Self>> {
        let Some(path) = &delivery.file else {
            return Ok(None);
        };
        Ok(Some(Self {
            prints: true,
            format: delivery.format,
            file: Some(Draft::begin(path)?),
            delivery: delivery.clone(),
        }))
    }

    /// What a later process needs to know of it.
    pub fn delivery(&self) -> Delivery {
        self.delivery.clone()
    }

    /// Writes the invitation of a conference that exists by now: if this fails, its details are
    /// printed so that nothing is lost. `calendar` is the invitation as iCalendar.
    pub fn deliver(
        self,
        appointment: &Appointment,
        calendar: &str,
        report: &MailTable,
        app: &App,
    ) -> Result<()> {
        self.print(appointment, calendar, report, app)
            .map_err(|error| {
                if error.kind != Kind::PipeClosed {
                    app.terminal
                        .salvage("The invitation could not be written. These are its details:\n");
                    if let Ok(branding) = app.branding() {
                        app.terminal
                            .salvage(&invitation::text(appointment, branding));
                    }
                }
                half_done(error)
            })
    }

    /// Writes the invitation.
    pub fn print(
        self,
        appointment: &Appointment,
        calendar: &str,
        report: &MailTable,
        app: &App,
    ) -> Result<()> {
        if !self.prints {
            return Ok(());
        }
        let document = match self.format {
            Format::Ics => calendar.as_bytes().to_vec(),
            Format::Eml => mail(appointment, calendar, app)?,
            Format::Json if !report.rows.is_empty() => with_mails(appointment, report, app)?,
            Format::Png => card::png(appointment, &app.branding()?.dial_string)
                .map_err(|nothing| Error::failed(nothing.to_string()))?,
            Format::Card if self.file.is_none() => card::text(
                appointment,
                &app.branding()?.dial_string,
                ink(&app.terminal),
            )
            .into_bytes(),
            other => invitation::render(appointment, other, app.branding()?),
        };
        match self.file {
            Some(draft) => draft.finish(&document),
            None if self.format == Format::Text => {
                app.terminal.print_card(&String::from_utf8_lossy(&document))
            }
            None => app.terminal.print_bytes(&document),
        }
    }
}

/// One mail to everybody who is invited.
fn mail(appointment: &Appointment, calendar: &str, app: &App) -> Result<Vec<u8>> {
    let people = appointment.attendees.iter();
    let to: Vec<Person> = people.map(|attendee| attendee.person.clone()).collect();
    message(appointment, calendar, &to, app)
}

/// `mails` beside what the invitation says: to, state, why and what of each.
fn with_mails(appointment: &Appointment, report: &MailTable, app: &App) -> Result<Vec<u8>> {
    let failed = |error: serde_json::Error| Error::failed(error.to_string());
    let json = invitation::json(appointment, app.branding()?);
    let mut value: Value = serde_json::from_str(&json).map_err(failed)?;
    value["mails"] = serde_json::to_value(&report.rows).map_err(failed)?;
    let text = serde_json::to_string_pretty(&value).map_err(failed)?;
    Ok((text + "\n").into_bytes())
}

fn ink(terminal: &Terminal) -> Option<card::Ink> {
    terminal.squares().map(|squares| match squares {
        Squares::Ascii => card::Ink::Ascii,
        Squares::Blocks => card::Ink::Blocks,
        Squares::Colors => card::Ink::Colors,
    })
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// A reader that went away wanted no more; anything else must not be mistaken for a failure to
/// make the conference.
pub fn half_done(error: Error) -> Error {
    if error.kind == Kind::PipeClosed {
        return error;
    }
    let what = format!("pool and diary are done, but the invitation could not be written: {error}");
    Error::new(Kind::HalfDone, what)
        .hint("'confctl invite' prints it; 'confctl resume --forget' gives up on this file")
}

impl Draft {
    /// Makes sure that the file can be written, and leaves nothing behind if the program is killed.
    fn begin(path: &Path) -> Result<Self> {
        let failed = |error| Error::usage(format!("can't write '{}': {error}", path.display()));
        if path.is_dir() {
            let path = path.display();
            return Err(Error::usage(format!(
                "can't write '{path}': it is a folder"
            )));
        }
        let special = if path.exists() && !path.is_file() {
            Some(File::options().write(true).open(path).map_err(failed)?)
        } else {
            atomic_file::probe(path).map_err(failed)?;
            None
        };
        Ok(Self {
            special,
            path: path.to_owned(),
        })
    }

    fn finish(self, bytes: &[u8]) -> Result<()> {
        match self.special {
            Some(mut special) => special.write_all(bytes)?,
            None => atomic_file::write(&self.path, bytes)?,
        }
        Ok(())
    }
}

fn of_extension(path: &Path) -> Option<Format> {
    match path.extension().and_then(|extension| extension.to_str()) {
        None | Some("ics") => Some(Format::Ics),
        Some("txt") => Some(Format::Text),
        Some("json") => Some(Format::Json),
        Some("html" | "htm") => Some(Format::Html),
        Some("eml") => Some(Format::Eml),
        Some("svg") => Some(Format::Svg),
        Some("png") => Some(Format::Png),
        Some(_) => None,
    }
}
