//! Asking for what was not typed, as Outlook's form would.

use clap::ValueEnum;

use crate::app::App;
use crate::commands::args::subject::subject;
use crate::commands::args::times::start_time;
use crate::commands::schedule::Args;
use crate::conference::{Kind, Person};
use crate::error::{Error, Result};
use crate::report::Report;
use crate::when;

impl Args {
    /// Asks as Outlook's form would; elsewhere names what is missing. True if something was asked.
    pub(super) fn ask_for_missing(&mut self, app: &App) -> Result<bool> {
        self.take_kind_from_lists();
        let elsewhere = self.from.is_some();
        let missing: Vec<&str> = [
            (
                self.kind.is_none(),
                "KIND (live-meeting, online-meeting or conference-call)",
            ),
            (self.subject.is_none() && !elsewhere, "--subject"),
            (self.times.start.is_none() && !elsewhere, "--start"),
        ]
        .into_iter()
        .filter_map(|(is_missing, name)| is_missing.then_some(name))
        .collect();
        if missing.is_empty() {
            return Ok(false);
        }
        if !app.terminal.can_ask() {
            return Err(Error::usage(format!("missing: {}", missing.join(", "))).hint(
                "for example: confctl schedule live-meeting --subject \"Quarterly review\" --start \"tomorrow 10:00\" --invite ana@example.com",
            ));
        }
        self.ask(app)?;
        Ok(true)
    }

    /// `--invite ana@example.com live-meeting`: a list of addresses ends where the kind begins.
    fn take_kind_from_lists(&mut self) {
        let people = &mut self.people;
        for list in [
            &mut people.invite,
            &mut people.optional,
            &mut people.presenter,
        ] {
            let kind = list
                .last()
                .and_then(|word| Kind::from_str(word, false).ok());
            if let (None, Some(kind)) = (self.kind, kind) {
                self.kind = Some(kind);
                list.pop();
            }
        }
    }

    fn ask(&mut self, app: &App) -> Result<()> {
        let terminal = app.terminal;
        if self.kind.is_none() {
            let kinds = [
                "Live Meeting or online meeting (shared content, audio, dial-in)",
                "Conference call (audio only)",
            ];
            self.kind = [Kind::OnlineMeeting, Kind::ConferenceCall]
                .get(terminal.choose("What", &kinds)?)
                .copied();
        }
        if self.from.is_some() {
            return Ok(());
        }
        if self.subject.is_none() {
            self.subject = Some(terminal.ask("Subject", None, |answer| {
                subject(answer).map(drop).map_err(|error| error.to_string())
            })?);
        }
        if self.times.start.is_none() {
            let now = app.now(self.times.zone.as_deref())?;
            let check = |answer: &str| {
                start_time(answer, &now)
                    .map(drop)
                    .map_err(|error| error.to_string())
            };
            self.times.start =
                Some(terminal.ask("Start (tomorrow 10:00, friday 9:00, +2h)", None, check)?);
        }
        if self.times.duration.is_none() && self.times.end.is_none() {
            let check = |answer: &str| {
                when::span(answer)
                    .map(drop)
                    .map_err(|error| error.to_string())
            };
            self.times.duration = Some(terminal.ask("How long", Some("1h"), check)?);
        }
        if self.people.invite.is_empty() && self.people.optional.is_empty() {
            let check = |answer: &str| {
                Person::parse_list(answer)
                    .map(drop)
                    .map_err(|error| error.to_string())
            };
            self.people.invite.push(terminal.ask(
                "Invite (addresses with commas, or nobody)",
                Some(""),
                check,
            )?);
        }
        Ok(())
    }
}
