//! Passwords in the operating system's keyring, with an end to every wait.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use keyring::Entry;

use crate::error::{Error, Kind, Result};
use crate::secret::Secret;

/// The name under which the keyring lists our passwords.
const SERVICE: &str = "confctl";
/// A locked keyring asks its owner, and a script has no owner at hand.
const TIMEOUT: Duration = Duration::from_secs(3);
/// Time for the owner to unlock the keyring when he is at the terminal.
const OWNER_TIMEOUT: Duration = Duration::from_secs(60);

/// The password kept for a SIP address; none when there is none, or no keyring. A locked keyring
/// asks its owner, if he is here.
pub fn read_password(user: &str, owner_is_here: bool) -> Result<Option<Secret>> {
    let user = user.to_owned();
    let timeout = if owner_is_here {
        OWNER_TIMEOUT
    } else {
        TIMEOUT
    };
    let found = run_within(timeout, move || Entry::new(SERVICE, &user)?.get_password())?;
    match found {
        Ok(password) => Ok(Some(Secret::new(password))),
        Err(keyring::Error::NoEntry | keyring::Error::NoDefaultStore) => Ok(None),
        Err(error) => Err(refusal(&reason(&error))),
    }
}

/// Keeps a password for a SIP address.
pub fn keep_password(user: &str, password: &Secret) -> Result<()> {
    let (user, password) = (user.to_owned(), password.clone());
    let kept = run_within(OWNER_TIMEOUT, move || {
        Entry::new(SERVICE, &user)?.set_password(password.expose())
    })?;
    kept.map_err(|error| match error {
        keyring::Error::NoDefaultStore => Error::new(Kind::NotSignedIn, "this computer has no keyring to keep the password in")
            .hint("start one (GNOME Keyring, KWallet), or let password.command in the settings print the password, or set CONFCTL_PASSWORD"),
        error => refusal(&reason(&error)),
    })
}

fn run_within<T: Send + 'static>(
    timeout: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let (sender, receiver) = mpsc::channel();
    let work = move || drop(sender.send(work()));
    thread::Builder::new().name("keyring".into()).spawn(work)?;
    receiver
        .recv_timeout(timeout)
        .map_err(|_| refusal("it does not answer"))
}

fn reason(error: &keyring::Error) -> String {
    match error {
        keyring::Error::NoStorageAccess(_) => "it is locked, or denies access".to_owned(),
        error => error.to_string(),
    }
}

fn refusal(why: &str) -> Error {
    Error::new(Kind::NotSignedIn, format!("the keyring can't be used: {why}"))
        .hint("unlock it, or set CONFCTL_PASSWORD, or let password.command in the settings print the password")
}
