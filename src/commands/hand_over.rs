//! Where an invitation goes, and as what: shared by every command that makes one.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::app::App;
use crate::conference::Appointment;
use crate::error::{Error, Kind, Result};
use crate::invitation::{self, Format};

/// Flags for where an invitation goes.
#[derive(Args, Debug)]
pub struct HandOver {
    /// What to print: ics for calendars, text for people, json for programs
    ///
    /// Without it: text on a terminal, ics in a pipe; for -o what the file's extension says.
    #[arg(
        short,
        long,
        value_name = "ics|text|json",
        hide_possible_values = true,
        help_heading = "Output"
    )]
    format: Option<Format>,
    /// Write to a file instead of stdout; '-' is stdout
    ///
    /// The file appears whole or not at all.
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
}

/// A place that has been found good before anything was done on the pool.
pub struct Destination {
    format: Format,
    file: Option<Draft>,
}

/// A file that does not exist yet, in a place where it can be made.
struct Draft {
    /// Devices and named pipes are written as they are, files under another name first.
    special: Option<File>,
    path: PathBuf,
}

impl HandOver {
    /// Makes sure that the invitation can be written where it shall go.
    pub fn prepare(&self, app: &App) -> Result<Destination> {
        let path = self
            .output
            .as_deref()
            .filter(|path| path.as_os_str() != "-");
        let by_place = match path {
            Some(path) => of_extension(path),
            None if app.terminal.shows_people() => Format::Text,
            None => Format::Ics,
        };
        Ok(Destination {
            format: self.format.unwrap_or(by_place),
            file: path.map(Draft::begin).transpose()?,
        })
    }
}

impl Destination {
    /// Writes the invitation. The conference exists by now: if this fails, its details are printed
    /// so that nothing is lost.
    pub fn deliver(self, appointment: &Appointment, app: &App) -> Result<()> {
        let document = invitation::render(appointment, self.format);
        let delivered = match self.file {
            Some(draft) => draft.finish(document.as_bytes()),
            None if self.format == Format::Text => app.terminal.print_card(&document),
            None => app.terminal.print(&document),
        };
        delivered.map_err(|error| match error.kind {
            Kind::PipeClosed => error,
            _ => {
                app.terminal
                    .warn("the invitation could not be written; these are the details:");
                app.terminal
                    .warn(&invitation::render(appointment, Format::Text));
                Error::new(
                    Kind::HalfDone,
                    format!(
                        "the conference exists, but its invitation could not be written: {error}"
                    ),
                )
                .hint("keep the details above; scheduling again would make another conference")
            }
        })
    }
}

impl Draft {
    /// Makes sure that the file can be written, and leaves nothing behind if the program is killed.
    fn begin(path: &Path) -> Result<Self> {
        let failed = |error| Error::usage(format!("can't write '{}': {error}", path.display()));
        if path.is_dir() {
            return Err(Error::usage(format!(
                "can't write '{}': it is a folder",
                path.display()
            )));
        }
        if path.exists() && !path.is_file() {
            let special = File::options().write(true).open(path).map_err(failed)?;
            return Ok(Self {
                special: Some(special),
                path: path.to_owned(),
            });
        }
        let draft = Self {
            special: None,
            // A symbolic link keeps pointing to the file.
            path: fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
        };
        let temporary = draft.temporary();
        File::create(&temporary).map_err(failed)?;
        fs::remove_file(&temporary).map_err(failed)?;
        Ok(draft)
    }

    fn finish(mut self, bytes: &[u8]) -> Result<()> {
        if let Some(special) = &mut self.special {
            return Ok(special.write_all(bytes)?);
        }
        let temporary = self.temporary();
        let written = write_whole(&temporary, bytes);
        let kept = written.and_then(|()| fs::rename(&temporary, &self.path));
        if kept.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        Ok(kept?)
    }

    fn temporary(&self) -> PathBuf {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        self.path.with_file_name(name)
    }
}

fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn of_extension(path: &Path) -> Format {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("txt") => Format::Text,
        Some("json") => Format::Json,
        _ => Format::Ics,
    }
}
