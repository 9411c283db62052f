//! Flags for telling people by mail, and for the organizer's calendar.

use clap::Args;

use crate::app::App;
use crate::error::{Error, Result};
use crate::mail::{Route, Settings};
use crate::undertaking::{CalendarWish, Delivery, MailWish, practice_is_not_mailed};

/// Flags for mail and calendar.
#[derive(Args, Debug)]
pub struct Post {
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
        help_heading = "Mail and calendar"
    )]
    send: Option<String>,
    /// Mail a meeting of the practice pool all the same, though nobody can join it
    #[arg(long, requires = "send", help_heading = "Mail and calendar")]
    practice: bool,
    /// Put it on your calendar (CalDAV), and keep it there
    #[arg(long, help_heading = "Mail and calendar")]
    calendar: bool,
    /// Write over what others changed on the calendar
    #[arg(long, requires = "calendar", help_heading = "Mail and calendar")]
    overwrite: bool,
    /// Leave your calendar as it is
    #[arg(long, conflicts_with = "calendar", help_heading = "Mail and calendar")]
    no_calendar: bool,
}

impl Post {
    /// Whether people are to be told by mail.
    pub fn sends(&self) -> bool {
        self.send.is_some()
    }

    /// The delivery with what these flags wish; anything wrong with them is found here, before
    /// anything is done.
    pub fn wishes(&self, delivery: Delivery, app: &App) -> Result<Delivery> {
        let calendar = match (self.calendar, self.no_calendar) {
            (true, _) if self.overwrite => Some(CalendarWish::Overwrite),
            (true, _) => Some(CalendarWish::Yes),
            (_, true) => Some(CalendarWish::No),
            _ => None,
        };
        let mail = self.mail(app)?;
        if self.calendar {
            if app.account_name()?.is_none() && app.calendar_settings()?.url.is_none() {
                return Err(Error::usage("nothing says where your calendar is")
                    .hint("url below [calendar] in the settings, or CONFCTL_CALENDAR"));
            }
            app.calendar_settings()?;
        }
        Ok(Delivery {
            mail,
            calendar,
            ..delivery
        })
    }

    fn mail(&self, app: &App) -> Result<Option<MailWish>> {
        let Some(send) = &self.send else {
            return Ok(None);
        };
        let mut wish = MailWish {
            route: Some(send.clone()).filter(|route| !route.is_empty()),
            practice: self.practice,
            files: false,
        };
        let (route, _) = route(&wish, app)?;
        wish.files = matches!(route, Route::Folder(_));
        if let (Some(text), Route::Folder(folder)) = (&mut wish.route, &route) {
            // 'resume' may run elsewhere.
            let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
            *text = format!("folder:{}", folder.display());
        }
        if app.account_name()?.is_none() {
            may_practise(&wish)?;
        }
        Ok(Some(wish))
    }
}

/// The way that mails go, and its settings.
pub fn route(wish: &MailWish, app: &App) -> Result<(Route, Settings)> {
    let mut settings = app.settings()?.mail.unwrap_or_default();
    match &wish.route {
        Some(route) if settings.via.as_ref() != Some(route) => {
            // User and password belong to the server in the file, not to another one.
            (settings.user, settings.password) = (None, None);
            settings.via = Some(route.clone());
        }
        Some(_) => {}
        None => settings = settings.with_environment()?,
    }
    let settings = settings.with_authorities()?;
    if let Some(text) = &wish.route {
        let parsed: Result<Route, _> = text.parse();
        parsed.map_err(|error| Error::usage(format!("--send can't be used: {error}")))?;
    }
    let route = settings.route()?.ok_or_else(|| {
        Error::usage("nothing says how mails are sent")
            .hint("--send=smtps://user@host, or via = \"smtps://user@host\" below [mail] in the settings, or CONFCTL_SMTP")
    })?;
    Ok((route, settings))
}

/// A practice meeting is mailed to nobody by mistake. A folder is nobody.
pub fn may_practise(wish: &MailWish) -> Result<()> {
    match wish.may_practise() {
        true => Ok(()),
        false => Err(practice_is_not_mailed()),
    }
}
