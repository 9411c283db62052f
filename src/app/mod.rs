//! What a command may use. Everything is opened when it is first asked for, and once per process:
//! settings, clock, randomness, the practice pool, and the [`Context`] of operations.

pub mod account;
mod random;

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::Deserialize;

use crate::app::account::Practice;
use crate::backend::{self, Account, Randomness, Session};
use crate::caldav::{self, Access, Calendar, Target};
use crate::conference::Person;
use crate::credentials::{Source, keyring};
use crate::diary::{Diary, Places};
use crate::error::{Error, Result};
use crate::hex::hex;
use crate::invitation::{self, Branding};
use crate::mail::{self, Route, Smtp, Transport};
use crate::net::http::{self, Web};
use crate::net::tls::Tls;
use crate::operation::{Context, Journal, MailOptions, Mailer, Resources, Sessions};
use crate::report::Report;
use crate::secret::Secret;
use crate::settings::{
    self, AccountKind, AccountSettings, CalendarSettings, MailSettings, Settings, TlsSetting,
};
use crate::telephony::{self, People};
use crate::terminal::Terminal;
use crate::when;

/// Longest wait for one answer of a calendar's server.
const CALENDAR_TIMEOUT: Duration = Duration::from_secs(30);

/// Longest wait for one answer of a mail server.
const MAIL_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a page may take to answer.
const PAGE_TIMEOUT: Duration = Duration::from_secs(10);

/// Most octets of a page that are read.
const LARGEST_PAGE: usize = 16 << 20;

/// Makes randomness the same in each run, for tests.
const SEED: &str = "CONFCTL_SEED";

/// The tables of the settings that belong to other rooms, as these read them.
#[derive(Default, Deserialize)]
struct Tables {
    /// How telephones are told to call in.
    dialling: Option<telephony::Settings>,
    /// How invitations look; none: as ours do.
    invitation: Option<invitation::Settings>,
    /// Where the people are who get mails, by address or domain.
    people: Option<People>,
}

/// The doors that a command may open.
pub struct App {
    /// Where to print and ask.
    pub terminal: Terminal,
    /// The settings file that the command line or the environment names.
    pub config: Option<PathBuf>,
    settings: OnceCell<Settings>,
    tables: OnceCell<Tables>,
    zone: OnceCell<TimeZone>,
    branding: OnceCell<Branding>,
    now: OnceCell<Timestamp>,
    random: OnceCell<Randomness>,
    /// The account, with its password.
    account: OnceCell<Account>,
    /// The practice pool of this process, where no account is configured; without it nothing answers.
    practice: OnceCell<Practice>,
}

impl App {
    /// The doors, none of them opened yet. `config` is the settings file of the command line, before
    /// that of the environment.
    pub fn new(terminal: Terminal, config: Option<PathBuf>) -> Result<Self> {
        let config = match config {
            Some(file) => Some(file),
            None => settings::variable("CONFCTL_CONFIG")?.map(PathBuf::from),
        };
        if let Some(file) = settings::variable("CONFCTL_LOG")? {
            let command: Vec<String> = std::env::args_os()
                .skip(1)
                .map(|word| word.to_string_lossy().into_owned())
                .collect();
            Terminal::keep_log(Path::new(&file), Timestamp::now, &command)?;
        }
        Ok(Self {
            terminal,
            config,
            settings: OnceCell::new(),
            tables: OnceCell::new(),
            zone: OnceCell::new(),
            branding: OnceCell::new(),
            now: OnceCell::new(),
            random: OnceCell::new(),
            account: OnceCell::new(),
            practice: OnceCell::new(),
        })
    }

    /// The settings file with the environment on top.
    pub fn settings(&self) -> Result<&Settings> {
        get_or_open(&self.settings, || {
            let settings = Settings::load(self.config.as_deref())?;
            // What is wrong with any table is said whichever is used.
            let tables: Tables = settings.read_tables()?;
            let _ = self.tables.set(tables);
            Ok(settings)
        })
    }

    fn tables(&self) -> Result<&Tables> {
        self.settings()?;
        Ok(self.tables.get_or_init(Tables::default))
    }

    /// The present moment in the zone asked for, else that of the settings, else this computer's.
    pub fn now(&self, zone: Option<&str>) -> Result<Zoned> {
        let zone = match zone {
            Some(name) => when::zone(name).map_err(Error::usage)?,
            None => self.zone()?,
        };
        Ok(self.clock()?.to_zoned(zone))
    }

    /// The zone of times that name none.
    pub fn zone(&self) -> Result<TimeZone> {
        let zone = get_or_open(&self.zone, || match &self.settings()?.zone {
            Some(name) => when::zone(name)
                .map_err(|error| Error::usage(format!("zone in the settings: {error}"))),
            None => Ok(local_zone(&self.terminal)),
        });
        zone.cloned()
    }

    /// The moment at which the process first looked at the clock, or what tests say it is.
    pub fn clock(&self) -> Result<Timestamp> {
        let now = get_or_open(&self.now, || {
            Ok(settings::other_clock()?.unwrap_or_else(Timestamp::now))
        });
        now.copied()
    }

    /// Says what makes this process see the world otherwise than it is.
    pub fn tell_overrides(&self) -> Result<()> {
        if let Some(now) = settings::other_clock()? {
            self.terminal
                .warn(&format!("CONFCTL_NOW is set: the clock shows {now}."));
        }
        if settings::variable(SEED)?.is_some() {
            self.terminal.warn(
                "CONFCTL_SEED is set: ids and passcodes are not random, anybody can guess them.",
            );
        }
        Ok(())
    }

    /// Bytes that nobody can guess.
    ///
    /// With `CONFCTL_SEED` they follow from the seed, the command line and what the diary holds: the
    /// same commands in the same order give the same, and no two of them the same token.
    pub fn random(&self) -> Result<Randomness> {
        let random = get_or_open(&self.random, || {
            let Some(seed) = settings::variable(SEED)? else {
                return Ok(random::of_system());
            };
            let words: Vec<String> = std::env::args().skip(1).collect();
            let mut state = vec![seed, words.join("\0")];
            state.extend(self.diary()?.file_names());
            Ok(random::of_seed(state.join("\n").as_bytes()))
        });
        random.cloned()
    }

    /// The account of whoever signs in; none: the practice pool of this computer.
    pub fn account_name(&self) -> Result<Option<String>> {
        let account = self.settings()?.account.as_ref();
        account.map(account::account_name).transpose()
    }

    /// What kind of service the account is on.
    pub fn account_kind(&self) -> Result<AccountKind> {
        let account = self.settings()?.account.as_ref();
        Ok(account.map_or(AccountKind::Pool, AccountSettings::kind))
    }

    /// Where the organizer's calendar is. `CONFCTL_CALENDAR` stands in place of the url; user, name
    /// and password command belong to the server in the file, not to another one.
    pub fn calendar_settings(&self) -> Result<CalendarSettings> {
        let mut settings = self.settings()?.calendar.clone().unwrap_or_default();
        if let Some(url) = settings::variable("CONFCTL_CALENDAR")? {
            let own = settings.url.as_deref();
            if !own.is_some_and(|own| caldav::is_same_server(own, &url)) {
                settings = CalendarSettings {
                    ca_file: settings.ca_file,
                    ..CalendarSettings::default()
                };
            }
            settings.url = Some(url);
        }
        target_of(&settings).check()?;
        Ok(settings)
    }

    /// The settings in force, with what the environment says of calendar and mail.
    pub fn settings_in_force(&self) -> Result<Settings> {
        let mut settings = self.settings()?.clone();
        let calendar = settings::variable("CONFCTL_CALENDAR")?.map(|_| "CONFCTL_CALENDAR");
        let mail = settings::variable("CONFCTL_SMTP")?.map(|_| "CONFCTL_SMTP");
        // Both refuse what holds a password.
        if calendar.is_some() || settings.calendar.is_some() {
            settings.calendar = Some(self.calendar_settings()?);
        }
        if mail.is_some()
            || settings
                .mail
                .as_ref()
                .is_some_and(|mail| mail.via.is_some())
        {
            let (_, mail) = self.mail_route(None)?;
            settings.mail = Some(mail);
        }
        for (key, variable) in [("calendar.url", calendar), ("mail.via", mail)] {
            if let Some(variable) = variable {
                settings.note_origin(key, variable);
            }
        }
        Ok(settings)
    }

    /// Who is told what happens.
    pub fn report(&self) -> Rc<dyn Report> {
        Rc::new(self.terminal)
    }

    /// The meetings.
    pub fn diary(&self) -> Result<Diary> {
        let folder = self.settings()?.diary.clone();
        let data = settings::data_folder();
        let places = match folder {
            // What is known of its meetings is lost without a home, and said when it is needed.
            Some(folder) => Places {
                data: data.unwrap_or_else(|_| folder.join(".confctl")),
                folder,
                cache: settings::cache_folder(),
                clock: Timestamp::now,
            },
            None => Places {
                folder: data?.join("diary"),
                data: settings::data_folder()?,
                cache: settings::cache_folder(),
                clock: Timestamp::now,
            },
        };
        Ok(Diary::new(places, self.zone()?, self.clock()?))
    }

    /// What is unfinished.
    pub fn journal(&self) -> Result<Journal> {
        Ok(Journal::new(journal_folder()?))
    }

    /// How many operations are unfinished and not being done by another process.
    pub fn count_unfinished(&self) -> Result<usize> {
        // Without a home nothing was begun either.
        journal_folder().map_or(Ok(0), |folder| Journal::new(folder).count_left())
    }

    /// What operations are done with.
    pub fn context(&self) -> Result<Context<'_>> {
        Ok(Context {
            sessions: Sessions::new(self),
            diary: self.diary()?,
            journal: self.journal()?,
            resources: self,
            report: self.report(),
            account: self.account_name()?,
            now: self.clock()?,
            random: self.random()?,
            judge: |_| None,
        })
    }

    /// Who signs in: the account of the settings, or a user of the practice pool. Its pages are served
    /// if that is asked for first.
    pub fn account(&self, with_pages: bool) -> Result<&Account> {
        get_or_open(&self.account, || match &self.settings()?.account {
            Some(settings) => {
                let (own, can_ask) = (settings.clone(), self.terminal.can_ask());
                account::of_settings(settings, move |user| account::password(&own, user, can_ask))
            }
            None => {
                let random = self.random()?;
                let (practice, account) =
                    account::practice(&settings::data_folder()?, with_pages, &random)?;
                self.terminal.status(
                    "No account is configured: this is the practice pool, with fictional numbers.",
                );
                // It was empty: nobody else opens it.
                let _ = self.practice.set(practice);
                Ok(account)
            }
        })
    }

    /// The practice pool of this process, if that is where the account is.
    pub fn practice(&self) -> Option<&Practice> {
        self.practice.get()
    }

    /// Signs in with an account, to act for the user or for a manager.
    pub fn sign_in(
        &self,
        account: Account,
        manager: Option<&Person>,
        opens_passcodes: bool,
    ) -> Result<Session> {
        if let Some(weakness) = account.weakness() {
            self.terminal.warn(weakness);
        }
        if settings::variable(SEED)?.is_some() && !account.is_on_loopback() {
            let what = format!("{SEED} is for tests, and {} is no test", account.server());
            return Err(
                Error::usage(what).hint("unset it: passcodes of a seed can be guessed by anybody")
            );
        }
        // Servers compare with their own clocks, and know nothing of CONFCTL_NOW.
        let now = Timestamp::now().as_second();
        let manager = manager.map(|person| person.address.as_str());
        backend::open(
            account,
            manager,
            opens_passcodes,
            self.random()?,
            now,
            self.report(),
        )
    }

    /// Whether there is something at the address of a page, a sign-in for instance; else why not, as a
    /// clause.
    pub fn look_at_page(&self, page: &str) -> Result<Result<(), String>> {
        let account = self.account(false)?;
        let options = http::Options {
            tls: account.tls().clone(),
            timeout: account.timeout().min(PAGE_TIMEOUT),
            largest: LARGEST_PAGE,
            // The practice pool's page is in this process; no proxy finds it there.
            stays_here: self.practice().is_some(),
        };
        let web = Web::new(options, self.report())?;
        let answer = match http::Request::get(page) {
            Ok(request) => web.ask(&request, None).map_err(|none| none.why),
            Err(why) => Err(why),
        };
        Ok(answer.and_then(|answer| match answer.status {
            200..=399 | 401 | 403 => Ok(()),
            status => Err(format!("it answers {status}")),
        }))
    }

    /// The calendar that the settings name, or the organizer's address leads to. `password` gets the
    /// name that it has in the keyring.
    pub fn find_calendar(
        &self,
        organizer: &str,
        password: impl Fn(&str) -> Result<Secret> + 'static,
    ) -> Result<Calendar> {
        let mut seed = [0; 16];
        self.random()?(&mut seed);
        let settings = self.calendar_settings()?;
        Calendar::find(Access {
            target: target_of(&settings),
            organizer: organizer.to_owned(),
            tls: Tls {
                ca_files: self.settings()?.ca_files(settings.ca_file),
                legacy: settings.tls == Some(TlsSetting::Legacy),
                table: "calendar",
                ..Tls::default()
            },
            timeout: CALENDAR_TIMEOUT,
            seed,
            password: Box::new(password),
            report: self.report(),
        })
    }

    /// The way that mails go, the one that is asked for or that of the settings, and how.
    pub fn mail_route(&self, asked: Option<&str>) -> Result<(Route, MailSettings)> {
        let mut settings = self.settings()?.mail.clone().unwrap_or_default();
        let via = match asked {
            Some(route) => Some(route.to_owned()),
            None => settings::variable("CONFCTL_SMTP")?,
        };
        if via.is_some() && via != settings.via {
            // User, password and what is allowed belong to the server in the file, not to another one.
            (settings.user, settings.password, settings.tls) = (None, None, None);
            settings.via = via;
        }
        let timeout = settings.timeout;
        if timeout.is_some_and(|seconds| !settings::TIMEOUT.contains(&seconds)) {
            return Err(Error::usage(
                "timeout below [mail] in the settings: expected 1 to 3600 seconds",
            ));
        }
        let via = settings.via.as_ref().ok_or_else(|| {
            Error::usage("nothing says how mails are sent")
                .hint("--send=smtps://user@host, or via = \"smtps://user@host\" below [mail] in the settings, or CONFCTL_SMTP")
        })?;
        let mut route: Route = via.parse().map_err(|error| match asked {
            Some(_) => Error::usage(format!("--send can't be used: {error}")),
            None => Error::usage(format!("the way that mails go (CONFCTL_SMTP, or via below [mail] in the settings) can't be used: {error}")),
        })?;
        match &mut route {
            Route::Smtp(server) => {
                server.user = server.user.take().or_else(|| settings.user.clone());
            }
            Route::Folder(path) | Route::Sendmail(path) => *path = settings::of_home(path),
        }
        Ok((route, settings))
    }

    /// The same mails as `resume` will find them from another folder, and whether they become files.
    pub fn settle_mail_options(&self, mut options: MailOptions) -> Result<MailOptions> {
        let (route, _) = self.mail_route(options.route.as_deref())?;
        options.files = matches!(route, Route::Folder(_));
        if let (Some(text), Route::Folder(folder)) = (&mut options.route, &route) {
            let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
            *text = format!("folder:{}", folder.display());
        }
        Ok(options)
    }

    /// Keeps a password in the keyring, under the name of what it is for.
    pub fn keep_password(&self, name: &str, password: &Secret) -> Result<()> {
        keyring::keep_password(name, password)
    }

    /// A way of mails; `password` is asked for only if somebody is to sign in.
    pub fn open_route(
        &self,
        route: &Route,
        settings: &MailSettings,
        password: impl FnOnce(&Smtp) -> Result<Secret>,
    ) -> Result<Box<dyn Transport>> {
        let options = mail::Options {
            tls: Tls {
                ca_files: self.settings()?.ca_files(settings.ca_file.clone()),
                legacy: settings.tls == Some(TlsSetting::Legacy),
                table: "mail",
                ..Tls::default()
            },
            timeout: settings.timeout.map_or(MAIL_TIMEOUT, Duration::from_secs),
        };
        mail::open(route, &options, password, self.report())
    }
}

impl Resources for App {
    fn open_session(&self, manager: Option<&Person>, opens_passcodes: bool) -> Result<Session> {
        self.sign_in(self.account(false)?.clone(), manager, opens_passcodes)
    }

    fn open_calendar(&self, organizer: &Person) -> Result<Calendar> {
        let settings = self.calendar_settings()?;
        let can_ask = self.terminal.can_ask();
        self.find_calendar(&organizer.address, move |name| {
            let source = Source {
                variable: "CONFCTL_CALENDAR_PASSWORD",
                password: settings.password.as_ref(),
                name,
                hint: "set CONFCTL_CALENDAR_PASSWORD, or let calendar.password.command in the settings print it",
                owner_is_here: can_ask,
            };
            source.require("password", &format!("the calendar of {}", name.trim_start_matches("caldav:")))
        })
    }

    fn open_mailer(&self, options: &MailOptions) -> Result<Mailer> {
        let (route, settings) = self.mail_route(options.route.as_deref())?;
        let can_ask = self.terminal.can_ask();
        let password = |server: &Smtp| {
            let source = Source {
                variable: "CONFCTL_SMTP_PASSWORD",
                password: settings.password.as_ref(),
                name: &server.account().unwrap_or_default(),
                hint: "set CONFCTL_SMTP_PASSWORD, or let password.command below [mail] in the settings print it",
                owner_is_here: can_ask,
            };
            let user = server.user.as_deref().unwrap_or_default();
            source.require(
                "password",
                &format!("{user} on the mail server {}", server.host),
            )
        };
        Ok(Mailer {
            transport: self.open_route(&route, &settings, password)?,
            from: settings.from.as_deref().map(bounce_address).transpose()?,
            route: route.to_string(),
        })
    }

    fn branding(&self) -> Result<&Branding> {
        get_or_open(&self.branding, || {
            let tables = self.tables()?;
            let folder = settings::folder(self.config.as_deref());
            let read = |path: &Path| {
                let path = folder.join(path);
                let read = settings::read_bounded(&path);
                read.map_err(|error| format!("{error} (looked for as '{}')", path.display()))
            };
            let invitation = tables.invitation.clone().unwrap_or_default();
            let mut branding = Branding::new(&invitation, read).map_err(Error::usage)?;
            branding.dial_string = tables.dialling.clone().unwrap_or_default().dial_string();
            for warning in branding.warnings() {
                self.terminal.warn(warning);
            }
            Ok(branding)
        })
    }

    fn people(&self) -> Result<People> {
        Ok(self.tables()?.people.clone().unwrap_or_default())
    }
}

/// What is in a cell, which is filled at the first time; a failure leaves it empty.
fn get_or_open<T>(cell: &OnceCell<T>, open: impl FnOnce() -> Result<T>) -> Result<&T> {
    if let Some(there) = cell.get() {
        return Ok(there);
    }
    let opened = open()?;
    Ok(cell.get_or_init(|| opened))
}

/// Where bounces go; a name beside the address goes nowhere.
fn bounce_address(text: &str) -> Result<String> {
    let person = Person::parse(text).map_err(|error| {
        Error::usage(format!(
            "from below [mail] in the settings can't be used: {error}"
        ))
    })?;
    Ok(person.address)
}

fn target_of(settings: &CalendarSettings) -> Target {
    Target {
        url: settings.url.clone(),
        user: settings.user.clone(),
        calendar: settings.calendar.clone(),
    }
}

fn journal_folder() -> Result<PathBuf> {
    Ok(settings::data_folder()?.join("unfinished"))
}

/// 32 hexadecimal digits that nobody can guess.
fn secret_digits(random: &Randomness) -> Secret {
    let mut bytes = [0; 16];
    random(&mut bytes);
    Secret::new(hex(&bytes))
}

/// This computer's zone; UTC where it has none, or one that is UTC by another name. A zone that is
/// set but not known is told.
fn local_zone(terminal: &Terminal) -> TimeZone {
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
