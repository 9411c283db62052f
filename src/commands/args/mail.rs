//! Flags for telling people by mail, and for the organizer's calendar.

use clap::Args;

use crate::app::App;
use crate::error::{Error, Result};
use crate::invitation::Format;
use crate::operation::{CalendarPolicy, MailOptions, Output, practice_is_not_mailed};

/// Flags for mail and calendar.
#[derive(Args, Debug)]
#[command(next_help_heading = "Mail and calendar")]
pub struct MailArgs {
    /// Mail it to those concerned, one by one, as 'mail' in the settings says
    ///
    /// Or by --send=smtps://user@host, smtp://host:port, sendmail, folder:PATH. CONFCTL_SMTP says
    /// it for scripts. What fails is tried again by 'confctl resume'; nobody is mailed twice.
    #[arg(
        long,
        value_name = "HOW",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
    )]
    send: Option<String>,
    /// Mail a meeting of the practice pool all the same, though nobody can join it
    #[arg(long, requires = "send")]
    practice: bool,
    /// Put it on your calendar (CalDAV), and keep it there
    #[arg(long)]
    calendar: bool,
    /// Write over what others changed on the calendar
    #[arg(long, requires = "calendar")]
    overwrite: bool,
    /// Leave your calendar as it is
    #[arg(long, conflicts_with = "calendar")]
    no_calendar: bool,
}

impl MailArgs {
    /// Whether people are to be told by mail.
    pub fn sends(&self) -> bool {
        self.send.is_some()
    }

    /// Where an invitation goes besides stdout or a file. What is wrong with these flags is found here,
    /// before anything is done.
    pub fn output(&self, format: Format, app: &App) -> Result<Output> {
        let calendar = match (self.calendar, self.no_calendar) {
            (true, _) if self.overwrite => Some(CalendarPolicy::Overwrite),
            (true, _) => Some(CalendarPolicy::Yes),
            (_, true) => Some(CalendarPolicy::No),
            _ => None,
        };
        let mail = self.mail(app)?;
        if self.calendar {
            let settings = app.calendar_settings()?;
            if app.account_name()?.is_none() && settings.url.is_none() {
                return Err(Error::usage("nothing says where your calendar is")
                    .hint("url below [calendar] in the settings, or CONFCTL_CALENDAR"));
            }
        }
        Ok(Output {
            file: None,
            format,
            mail,
            calendar,
        })
    }

    fn mail(&self, app: &App) -> Result<Option<MailOptions>> {
        let Some(send) = &self.send else {
            return Ok(None);
        };
        let options = app.settle_mail_options(MailOptions {
            route: Some(send.clone()).filter(|route| !route.is_empty()),
            practice: self.practice,
            files: false,
        })?;
        if app.account_name()?.is_none() && !options.may_practise() {
            return Err(practice_is_not_mailed());
        }
        Ok(Some(options))
    }
}
