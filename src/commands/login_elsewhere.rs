//! `login --mail` and `login --calendar`: passwords of servers that the settings name, for the
//! keyring.

use std::cell::RefCell;
use std::rc::Rc;

use crate::app::App;
use crate::conference::Offer;
use crate::error::{Error, Result};
use crate::operation::Resources;
use crate::report::Report;
use crate::secret::Secret;

/// Signs in to the mail server of the settings once, and keeps the password.
pub fn mail(ask: impl Fn() -> Result<Secret>, app: &App) -> Result<()> {
    let nobody = || {
        Error::usage("the settings name no mail server to sign in to")
            .hint("via = \"smtps://user@host\" below [mail] names one")
    };
    let (route, settings) = app.mail_route(None)?;
    let name = route.account().ok_or_else(nobody)?;
    let password = ask()?;
    let given = password.clone();
    app.open_route(&route, &settings, |_| Ok(given))?
        .ask_8bit()?;
    app.keep_password(&name, &password)?;
    app.terminal.status(&format!(
        "Signed in to {route}. The password is in the keyring."
    ));
    Ok(())
}

/// Finds the calendar, signing in to its server, and keeps the password.
pub fn calendar(ask: impl Fn() -> Result<Secret> + 'static, app: &App) -> Result<()> {
    let organizer = app.open_session(None, false)?.user(&Offer::default());
    let given: Rc<RefCell<Option<(String, Secret)>>> = Rc::default();
    let kept = given.clone();
    let found = app.find_calendar(&organizer.address, move |name| {
        if let Some((_, password)) = &*kept.borrow() {
            return Ok(password.clone());
        }
        let password = ask()?;
        *kept.borrow_mut() = Some((name.to_owned(), password.clone()));
        Ok(password)
    })?;
    if let Some((name, password)) = &*given.borrow() {
        app.keep_password(name, password)?;
    }
    app.terminal.status(&format!(
        "Found the calendar '{}' at {}. The password is in the keyring.",
        found.name(),
        found.host()
    ));
    Ok(())
}
