//! What a command may use: terminal, settings, clock, randomness, and the way to a pool.

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::account::{self, Practice};
use crate::conference::{Offer, Person};
use crate::config::{self, Settings};
use crate::error::{Error, Result};
use crate::pool::{self, Note, Pool, Tls, Watcher};
use crate::proto::exchange::Random;
use crate::signals;
use crate::terminal::Terminal;
use crate::when;

/// The doors that a command may open.
pub struct App {
    /// Where to print and ask.
    pub terminal: Terminal,
    /// The settings file named on the command line.
    pub config: Option<PathBuf>,
}

/// A pool with somebody signed in.
pub struct Session {
    /// Dropped first: it signs out.
    pub pool: Box<dyn Pool>,
    /// SIP address of the user.
    pub user: String,
    /// The practice pool's server, if it is one; without it nothing answers.
    pub practice: Option<Practice>,
    /// What its web pages are checked against.
    pub tls: Tls,
    /// Longest wait for one answer.
    pub patience: Duration,
    /// Address of the settings page that the user's settings put in place of the pool's.
    pub settings_page: Option<String>,
}

impl App {
    /// The settings file with the environment on top.
    pub fn settings(&self) -> Result<Settings> {
        Settings::load(self.config.as_deref())
    }

    /// The present moment in the zone asked for, else that of the settings, else this computer's.
    pub fn now(&self, zone: Option<&str>) -> Result<Zoned> {
        let settings = if zone.is_none() {
            self.settings()?.zone
        } else {
            None
        };
        let zone = match zone.or(settings.as_deref()) {
            Some(zone) => when::zone(zone).map_err(|error| {
                let origin = if settings.is_some() {
                    "zone in the settings: "
                } else {
                    ""
                };
                Error::usage(format!("{origin}{error}"))
            })?,
            None => local_zone(self.terminal),
        };
        Ok(self.clock()?.to_zoned(zone))
    }

    /// The system's clock, or what tests say it is.
    pub fn clock(&self) -> Result<Timestamp> {
        match config::variable("CONFCTL_NOW")? {
            Some(text) => text
                .parse()
                .map_err(|error| Error::usage(format!("CONFCTL_NOW is '{text}': {error}"))),
            None => Ok(Timestamp::now()),
        }
    }

    /// Connects to the user's pool, or to the practice pool of this process, and signs in.
    pub fn sign_in(&self, with_pages: bool) -> Result<Session> {
        match self.settings()?.account {
            Some(settings) => {
                let account = account::configured(&settings, |user| {
                    account::password(&settings, user, self.terminal.can_ask())
                })?;
                self.open(account, None, settings.settings_page)
            }
            None => {
                let (practice, account) = account::practice(&config::data_folder()?, with_pages)?;
                self.terminal.say(
                    "No account is configured: this is the practice pool, with fictional numbers.",
                );
                self.open(account, Some(practice), None)
            }
        }
    }

    /// Signs in with an account.
    pub fn open(
        &self,
        account: pool::Account,
        practice: Option<Practice>,
        settings_page: Option<String>,
    ) -> Result<Session> {
        if account.tls.legacy {
            self.terminal.warn(
                "TLS 1.0 is allowed for this account: an attacker on the way may read and change what is said.",
            );
        }
        let (user, tls, patience) = (account.user.clone(), account.tls.clone(), account.patience);
        let terminal = self.terminal;
        let watcher = Watcher {
            wire: terminal.shows_wire(),
            tell: Rc::new(move |note: Note<'_>| match note {
                Note::Step(words) => terminal.step(words),
                Note::Warning(sentence) => terminal.warn(sentence),
                Note::AtStake(words) => signals::last_words(words.map(str::to_owned)),
                Note::Sent(message) => terminal.wire('>', message),
                Note::Received(message) => terminal.wire('<', message),
            }),
        };
        let pool = pool::open(account, randomness, Timestamp::now().as_second(), watcher)?;
        Ok(Session {
            pool,
            user,
            practice,
            tls,
            patience,
            settings_page,
        })
    }
}

impl Session {
    /// The user as an organizer of meetings; the mail address is taken to be the SIP address.
    pub fn organizer(&self, offer: &Offer) -> Person {
        Person {
            address: self.user.trim_start_matches("sip:").to_owned(),
            name: offer.user_name.clone(),
        }
    }
}

/// Unpredictable bytes for the pool's protocols.
pub fn randomness() -> Random {
    Box::new(|bytes| {
        if getrandom::fill(bytes).is_err() {
            // Only ever without a working kernel; OpenSSL keeps a generator of its own.
            let _ = openssl::rand::rand_bytes(bytes);
        }
    })
}

/// This computer's zone; UTC where it has none, or one that is UTC by another name. A zone that is
/// set but not known is told.
fn local_zone(terminal: Terminal) -> TimeZone {
    let zone = TimeZone::try_system().unwrap_or_else(|_| {
        terminal.warn("This computer's time zone (TZ or /etc/localtime) is not known: using UTC.");
        TimeZone::UTC
    });
    if zone.is_unknown() || zone.iana_name() == Some("Etc/UTC") {
        TimeZone::UTC
    } else {
        zone
    }
}
