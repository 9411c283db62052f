//! What a command may use: terminal, settings, clock, randomness, and the way to a pool.

pub mod account;

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::app::account::Practice;
use crate::backend::{self, Pool, Tls};
use crate::caldav;
use crate::conference::{Offer, Person};
use crate::diary::Diary;
use crate::error::{Error, Result};
use crate::invitation::Branding;
use crate::proto::exchange::Random;
use crate::report::Report;
use crate::settings::{self, Settings};
use crate::terminal::Terminal;
use crate::when;

/// The doors that a command may open.
pub struct App {
    /// Where to print and ask.
    pub terminal: Terminal,
    /// The settings file named on the command line.
    pub config: Option<PathBuf>,
    /// The zone of times that name none, once it was looked up.
    zone: OnceCell<TimeZone>,
    /// How invitations look, once it was looked up.
    branding: OnceCell<Branding>,
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
    pub timeout: Duration,
    /// Address of the settings page that the user's settings put in place of the pool's.
    pub settings_page: Option<String>,
    account: backend::Account,
}

impl App {
    /// The doors, none of them opened yet.
    pub fn new(terminal: Terminal, config: Option<PathBuf>) -> Self {
        Self {
            terminal,
            config,
            zone: OnceCell::new(),
            branding: OnceCell::new(),
        }
    }

    /// The settings file with the environment on top.
    pub fn settings(&self) -> Result<Settings> {
        Settings::load(self.config.as_deref())
    }

    /// The present moment in the zone asked for, else that of the settings, else this computer's.
    pub fn now(&self, zone: Option<&str>) -> Result<Zoned> {
        let zone = match zone {
            Some(name) => when::zone(name).map_err(|error| Error::usage(error.to_string()))?,
            None => self.zone()?,
        };
        Ok(self.clock()?.to_zoned(zone))
    }

    /// The zone of times that name none.
    pub fn zone(&self) -> Result<TimeZone> {
        if let Some(zone) = self.zone.get() {
            return Ok(zone.clone());
        }
        let zone = match self.settings()?.zone {
            Some(name) => when::zone(&name)
                .map_err(|error| Error::usage(format!("zone in the settings: {error}")))?,
            None => local_zone(self.terminal),
        };
        Ok(self.zone.get_or_init(|| zone).clone())
    }

    /// The system's clock, or what tests say it is.
    pub fn clock(&self) -> Result<Timestamp> {
        Ok(settings::other_clock()?.unwrap_or_else(Timestamp::now))
    }

    /// SIP address of whoever signs in; none: the practice pool of this computer.
    pub fn account_name(&self) -> Result<Option<String>> {
        let account = self.settings()?.account;
        account
            .map(|settings| account::sip_address(&settings.user))
            .transpose()
    }

    /// How invitations look and dial here.
    pub fn branding(&self) -> Result<&Branding> {
        if let Some(branding) = self.branding.get() {
            return Ok(branding);
        }
        let settings = self.settings()?;
        let folder = settings::folder(self.config.as_deref());
        let read = |path: &Path| {
            let path = folder.join(path);
            let read = settings::read_bounded(&path);
            read.map_err(|error| format!("{error} (looked for as '{}')", path.display()))
        };
        let mut branding = Branding::new(&settings.invitation.unwrap_or_default(), read)
            .map_err(|error| Error::usage(error.to_string()))?;
        branding.dial_string = settings.dialling.unwrap_or_default().dial_string();
        for warning in branding.warnings() {
            self.terminal.warn(warning);
        }
        Ok(self.branding.get_or_init(|| branding))
    }

    /// Where the organizer's calendar is.
    pub fn calendar_settings(&self) -> Result<caldav::Settings> {
        let settings = self.settings()?.calendar.unwrap_or_default();
        let settings = settings.with_environment()?;
        settings.check()?;
        Ok(settings)
    }

    /// Who is told what happens.
    pub fn report(&self) -> Rc<dyn Report> {
        Rc::new(self.terminal)
    }

    /// The meetings.
    pub fn diary(&self) -> Result<Diary> {
        let folder = match settings::variable("CONFCTL_DIARY")?.map(PathBuf::from) {
            Some(folder) => Some(folder),
            None => self.settings()?.diary,
        };
        let folder = match folder {
            Some(folder) => folder,
            None => settings::data_folder()?.join("diary"),
        };
        Ok(Diary::new(folder, self.zone()?))
    }

    /// Connects to the user's pool, or to the practice pool of this process, and signs in.
    pub fn sign_in(&self, with_pages: bool) -> Result<Session> {
        self.connected(with_pages, None)
    }

    /// The same, to act for somebody whose delegate the user is.
    pub fn sign_in_for(&self, manager: Option<&Person>) -> Result<Session> {
        self.connected(false, manager)
    }

    fn connected(&self, with_pages: bool, manager: Option<&Person>) -> Result<Session> {
        let manager = manager.map(|person| format!("sip:{}", person.address));
        match self.settings()?.account {
            Some(settings) => {
                let account = account::configured(&settings, |user| {
                    account::password(&settings, user, self.terminal.can_ask())
                })?;
                self.open(acting_for(account, manager), None, settings.settings_page)
            }
            None => {
                let (practice, account) = account::practice(&settings::data_folder()?, with_pages)?;
                self.terminal.status(
                    "No account is configured: this is the practice pool, with fictional numbers.",
                );
                self.open(acting_for(account, manager), Some(practice), None)
            }
        }
    }

    /// Signs in with an account.
    pub fn open(
        &self,
        account: backend::Account,
        practice: Option<Practice>,
        settings_page: Option<String>,
    ) -> Result<Session> {
        if account.tls.legacy {
            self.terminal.warn(
                "TLS 1.0 is allowed for this account: an attacker on the way may read and change what is said.",
            );
        }
        let (user, tls, timeout) = (account.user.clone(), account.tls.clone(), account.timeout);
        Ok(Session {
            pool: self.connect(account.clone())?,
            user,
            practice,
            tls,
            timeout,
            settings_page,
            account,
        })
    }

    fn connect(&self, account: backend::Account) -> Result<Box<dyn Pool>> {
        let now = Timestamp::now().as_second();
        backend::open(account, randomness, now, self.report())
    }
}

impl Session {
    /// Signs in anew, after the connection was lost.
    pub fn connect_again(&mut self, app: &App) -> Result<()> {
        self.pool = app.connect(self.account.clone())?;
        Ok(())
    }

    /// SIP address of whose conferences are made and changed.
    pub fn acting_as(&self) -> String {
        let manager = self.account.on_behalf_of.as_ref();
        manager.unwrap_or(&self.user).clone()
    }

    /// The user as an organizer of meetings; the mail address is taken to be the SIP address.
    pub fn organizer(&self, offer: &Offer) -> Person {
        Person {
            address: self.user.trim_start_matches("sip:").to_owned(),
            name: offer.user_name.clone(),
        }
    }
}

fn acting_for(account: backend::Account, manager: Option<String>) -> backend::Account {
    backend::Account {
        on_behalf_of: manager,
        ..account
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
