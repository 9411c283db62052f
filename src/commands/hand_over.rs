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

/// A file in the making beside its final place.
struct Draft {
    file: File,
    /// The file's present name and its last one; none for devices and named pipes, which are
    /// written as they are.
    names: Option<(PathBuf, PathBuf)>,
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
    fn begin(path: &Path) -> Result<Self> {
        let failed = |error| Error::usage(format!("can't write '{}': {error}", path.display()));
        if path.is_dir() {
            return Err(Error::usage(format!(
                "can't write '{}': it is a folder",
                path.display()
            )));
        }
        if path.exists() && !path.is_file() {
            let file = File::options().write(true).open(path).map_err(failed)?;
            return Ok(Self { file, names: None });
        }
        // A symbolic link keeps pointing to the file.
        let last = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut name = last.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let temporary = last.with_file_name(name);
        let file = File::create(&temporary).map_err(failed)?;
        Ok(Self {
            file,
            names: Some((temporary, last)),
        })
    }

    fn finish(mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes)?;
        if let Some((temporary, last)) = &self.names {
            self.file.sync_all()?;
            fs::rename(temporary, last)?;
        }
        Ok(())
    }
}

impl Drop for Draft {
    /// Leaves nothing behind; after a rename there is nothing to remove.
    fn drop(&mut self) {
        if let Some((temporary, _)) = &self.names {
            let _ = fs::remove_file(temporary);
        }
    }
}

fn of_extension(path: &Path) -> Format {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("txt") => Format::Text,
        Some("json") => Format::Json,
        _ => Format::Ics,
    }
}
