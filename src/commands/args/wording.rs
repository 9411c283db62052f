//! In which language an invitation speaks, and what it leaves unsaid, as flags.

use clap::Args;

use crate::app::App;
use crate::conference::{Language, Wording};
use crate::error::Result;

/// Flags for the words of an invitation. They stay with the meeting.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub struct Worded {
    /// Language of the invitation [default: as it was; at first that of the settings, or English]
    #[arg(long, value_name = "LANGUAGE", value_enum)]
    lang: Option<Language>,
    /// Leave the passcode out of the invitation, to tell it another way
    #[arg(long)]
    no_passcode: bool,
    /// Tell the passcode in the invitation again
    #[arg(long, conflicts_with = "no_passcode")]
    tell_passcode: bool,
}

impl Worded {
    /// For a new meeting.
    pub fn wording(&self, app: &App) -> Result<Wording> {
        let usual = app.settings()?.language.unwrap_or_default();
        Ok(Wording {
            language: self.lang.unwrap_or(usual),
            without_passcode: self.no_passcode,
            withdrawn: false,
        })
    }

    /// Whether the user says in which language.
    pub fn is_language_asked(&self) -> bool {
        self.lang.is_some()
    }

    /// For a meeting that has been worded before; none: it stays as it is.
    pub fn change(&self, before: Wording) -> Option<Wording> {
        let after = Wording {
            language: self.lang.unwrap_or(before.language),
            without_passcode: !self.tell_passcode && (self.no_passcode || before.without_passcode),
            withdrawn: false,
        };
        (after != before).then_some(after)
    }
}
