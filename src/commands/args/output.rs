//! Where an invitation goes, and as what.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::app::App;
use crate::commands::args::mail::MailArgs;
use crate::error::{Error, Result};
use crate::invitation::Format;
use crate::operation::Output;
use crate::terminal::Terminal;

/// Flags for where an invitation goes.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// What to print: ics, text, html, eml, card, svg, png or json
    ///
    /// ics is for calendars, text and html for people, eml a whole mail, json for programs; card is how
    /// to call in, with a QR code on a terminal, svg the same as a picture, png the QR code alone.
    /// Without it: text on a terminal, ics in a pipe; for -o what the file's extension says.
    #[arg(short, long, value_name = "FORMAT", hide_possible_values = true)]
    format: Option<Format>,
    /// Write to a file instead of stdout; '-' is stdout
    ///
    /// The file appears whole or not at all. A new one is for you alone, since there may be a passcode
    /// in it; one that is there keeps its permissions.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    pub mail: MailArgs,
}

impl OutputArgs {
    /// Whether the invitation is a card on the terminal, which nobody else sees.
    pub fn is_card(&self, terminal: &Terminal) -> bool {
        let is_text = matches!(self.format, None | Some(Format::Text));
        self.path().is_none() && is_text && terminal.shows_people()
    }

    /// Whether something is to be printed or written in so many words.
    pub fn is_asked_for(&self) -> bool {
        self.format.is_some() || self.output.is_some()
    }

    /// Where it all goes. What is wrong with it is found here, before anything is done.
    pub fn output(&self, app: &App) -> Result<Output> {
        let path = self.path();
        let by_place = match path {
            // What lies in /dev or is a pipe has no extension worth the name.
            Some(path) if path.exists() && !path.is_file() => Some(Format::Ics),
            Some(path) => format_of(path),
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
        let file = path.map(|path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
        let output = Output {
            file,
            ..self.mail.output(format, app)?
        };
        output.probe()?;
        Ok(output)
    }

    fn path(&self) -> Option<&Path> {
        let path = self.output.as_deref();
        path.filter(|path| path.as_os_str() != "-")
    }
}

fn format_of(path: &Path) -> Option<Format> {
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
