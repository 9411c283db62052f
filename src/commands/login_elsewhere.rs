//! `login --mail` and `login --calendar`: passwords of servers that the settings name, for the
//! keyring.

use std::cell::RefCell;
use std::rc::Rc;

use crate::app::App;
use crate::commands::calendar;
use crate::conference::Offer;
use crate::credentials::keyring;
use crate::error::{Error, Result};
use crate::mail::{self, Route};
use crate::report::Report;
use crate::secret::Secret;

/// Signs in to the mail server of the settings once, and keeps the password.
pub fn mail(ask: impl Fn() -> Result<Secret>, app: &App) -> Result<()> {
    let settings = app.settings()?.mail.unwrap_or_default();
    let settings = settings.with_environment()?;
    let nobody = || {
        Error::usage("the settings name no mail server to sign in to")
            .hint("via = \"smtps://user@host\" below [mail] names one")
    };
    let route = settings.route()?.ok_or_else(nobody)?;
    let name = match &route {
        Route::Smtp(server) => server.account().ok_or_else(nobody)?,
        _ => return Err(nobody()),
    };
    let password = ask()?;
    let given = password.clone();
    let mut transport = mail::open(&route, &settings, |_| Ok(given), app.report())?;
    transport.takes_8bit()?;
    keyring::keep_password(&name, &password)?;
    app.terminal.status(&format!(
        "Signed in to {route}. The password is in the keyring."
    ));
    Ok(())
}

/// Finds the calendar, signing in to its server, and keeps the password.
pub fn calendar(ask: impl Fn() -> Result<Secret> + 'static, app: &App) -> Result<()> {
    let session = app.sign_in(false)?;
    let organizer = session.organizer(&Offer::default());
    drop(session);
    let given: Rc<RefCell<Option<(String, Secret)>>> = Rc::default();
    let kept = given.clone();
    let found = calendar::found(&organizer.address, app, move |name| {
        if let Some((_, password)) = &*kept.borrow() {
            return Ok(password.clone());
        }
        let password = ask()?;
        *kept.borrow_mut() = Some((name.to_owned(), password.clone()));
        Ok(password)
    })?;
    if let Some((name, password)) = &*given.borrow() {
        keyring::keep_password(name, password)?;
    }
    app.terminal.status(&format!(
        "Found the calendar '{}' at {}. The password is in the keyring.",
        found.name(),
        found.host()
    ));
    Ok(())
}
