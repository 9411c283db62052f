//! `login`: an account for the settings file, its password for the keyring.

use std::path::Path;

use crate::app::App;
use crate::app::account;
use crate::atomic_file;
use crate::backend::Server;
use crate::commands::login_elsewhere;
use crate::conference::account_address;
use crate::error::{Error, Kind, Result};
use crate::report::Report;
use crate::secret::Secret;
use crate::settings::{self, AccountKind, AccountSettings, Settings, TlsSetting};
use crate::terminal::Terminal;

/// Sign in to a pool and remember the account
///
/// Asks for what is not given, signs in once to see that it is right, then writes the account to
/// the settings file and the password to the keyring of your desktop. The password is never written
/// to a file.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// SIP address, as sip:ana@example.com
    #[arg(long, value_name = "ADDRESS")]
    user: Option<String>,
    /// Windows account, as EXAMPLE\ana [default: the SIP address]
    #[arg(long, value_name = "DOMAIN\\USER")]
    login: Option<String>,
    /// Pool, as tls:pool.example.com:5061
    #[arg(long, value_name = "SERVER")]
    server: Option<String>,
    /// Authorities to trust besides the system's, as a PEM file
    #[arg(long, value_name = "FILE")]
    ca_file: Option<std::path::PathBuf>,
    /// Allow TLS 1.0, as Office Communications Server 2007 R2 and Lync 2010 need
    #[arg(long)]
    legacy_tls: bool,
    /// Keep the password of the mail server that the settings name in the keyring
    #[arg(long, conflicts_with_all = ["user", "login", "server", "legacy_tls", "calendar"])]
    mail: bool,
    /// Keep the password of your calendar in the keyring
    #[arg(long, conflicts_with_all = ["user", "login", "server", "legacy_tls"])]
    calendar: bool,
    /// Read the password from stdin instead of asking
    #[arg(long)]
    password_stdin: bool,
}

const EXAMPLES: &str = "\
Examples:
  confctl login
  confctl login --mail
  confctl login --user ana@example.com --login 'EXAMPLE\\ana' --server tls:pool.example.com
  pass show work | confctl login --user ana@example.com --server pool.example.com --password-stdin";

/// Runs the command.
pub fn run(mut args: Args, app: &App) -> Result<()> {
    if args.mail || args.calendar {
        return log_in_elsewhere(args, app);
    }
    args.user = args.user.or(settings::variable("CONFCTL_USER")?);
    args.login = args.login.or(settings::variable("CONFCTL_LOGIN")?);
    args.server = args.server.or(settings::variable("CONFCTL_SERVER")?);
    let ca_file = settings::variable("CONFCTL_CA_FILE")?;
    args.ca_file = args.ca_file.or(ca_file.map(std::path::PathBuf::from));
    // The settings are read from any folder.
    args.ca_file = args.ca_file.map(|file| settings::absolute(&file));
    let file = app.config.clone().or_else(settings::default_file);
    let file = file.ok_or_else(|| {
        Error::usage("there is no home folder for the settings")
            .hint("set HOME, or name a file with --config")
    })?;
    let old = match &app.config {
        Some(file) if !file.exists() => Settings::default(),
        file => Settings::load_file(file.as_deref())?,
    };
    let is_of_teams = |old: &AccountSettings| old.kind() == AccountKind::Teams;
    if old.account.as_ref().is_some_and(is_of_teams) && args.server.is_none() {
        return Err(Error::usage("the account of the settings is one of Teams, which has no password").hint(
            "password.command below [account] prints its token; --server=tls:HOST:PORT signs in to a pool instead",
        ));
    }
    let account = args.account(app, old.account.as_ref())?;
    let password = args.password(app)?;
    let given = password.clone();
    let configured =
        account::of_settings(&account.with_env_timeout()?, move |_| Ok(given.clone()))?;
    let user = app.sign_in(configured, None, false)?.user;
    let mut settings = old;
    settings.account = Some(account);
    write(&file, &settings.to_toml()?)?;
    app.keep_password(&user, &password).map_err(|error| {
        let file = file.display();
        error.hint(format!(
            "the account is in {file} all the same: only the password is missing"
        ))
    })?;
    app.terminal.status(&format!(
        "Signed in as {user}. The account is in {}, the password in the keyring.",
        file.display()
    ));
    Ok(())
}

/// Another server than the pool.
fn log_in_elsewhere(args: Args, app: &App) -> Result<()> {
    if args.mail {
        return login_elsewhere::mail(|| args.password(app), app);
    }
    let terminal = app.terminal;
    login_elsewhere::calendar(move || args.ask_password(terminal), app)
}

impl Args {
    fn account(&self, app: &App, old: Option<&AccountSettings>) -> Result<AccountSettings> {
        let missing: Vec<&str> = [
            (self.user.is_none(), "--user"),
            (self.server.is_none(), "--server"),
            (!self.password_stdin, "--password-stdin"),
        ]
        .into_iter()
        .filter_map(|(is_missing, name)| is_missing.then_some(name))
        .collect();
        let can_ask = app.terminal.can_ask() && !self.password_stdin;
        if !missing.is_empty() && !can_ask {
            return Err(Error::usage(format!("missing: {}", missing.join(", ")))
                .hint("on a terminal, 'confctl login' asks for them"));
        }
        let user = self.ask_for(app, self.user.as_deref(), "SIP address", None, |answer| {
            account::sip_address(answer).map(drop)
        })?;
        let user = account::sip_address(&user)?;
        let login = match &self.login {
            None if can_ask => Some(app.terminal.ask(
                "Windows account (DOMAIN\\user)",
                Some(account_address(&user)),
                |_| Ok(()),
            )?),
            login => login.clone(),
        };
        let domain = user
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain)
            .to_owned();
        let is_server = |answer: &str| answer.parse::<Server>().map(drop).map_err(Error::usage);
        let server = self.ask_for(
            app,
            self.server.as_deref(),
            "Server (host or tls:host:port)",
            Some(&format!("sip.{domain}")),
            is_server,
        )?;
        is_server(&server)?;
        let same =
            |old: &&AccountSettings| account::sip_address(&old.user).ok().as_ref() == Some(&user);
        let old = old.filter(same).cloned().unwrap_or_default();
        Ok(AccountSettings {
            login: login.filter(|login| login != account_address(&user)),
            server,
            kind: None,
            ca_file: self.ca_file.clone().or(old.ca_file),
            tls: self.legacy_tls.then_some(TlsSetting::Legacy).or(old.tls),
            // A command would win over the password that goes into the keyring now.
            password: None,
            user,
            ..old
        })
    }

    fn ask_for(
        &self,
        app: &App,
        given: Option<&str>,
        question: &str,
        default: Option<&str>,
        check: impl Fn(&str) -> Result<()>,
    ) -> Result<String> {
        match given {
            Some(given) => Ok(given.to_owned()),
            None => app.terminal.ask(question, default, |answer| {
                check(answer).map_err(|error| error.to_string())
            }),
        }
    }

    fn password(&self, app: &App) -> Result<Secret> {
        self.ask_password(app.terminal)
    }

    fn ask_password(&self, terminal: Terminal) -> Result<Secret> {
        if !self.password_stdin {
            return terminal.ask_password("Password");
        }
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map_err(|error| {
            Error::usage(format!("can't read the password from stdin: {error}"))
        })?;
        let password = line.trim_end_matches(['\r', '\n']);
        if password.is_empty() {
            return Err(Error::new(
                Kind::NotSignedIn,
                "there is no password on stdin",
            ));
        }
        Ok(Secret::from(password))
    }
}

fn write(file: &Path, text: &str) -> Result<()> {
    let folder = file.parent().map_or(Ok(()), atomic_file::make_folder);
    let written = folder.and_then(|()| atomic_file::write(file, text.as_bytes()));
    written.map_err(|error| {
        Error::failed(format!(
            "can't write the settings '{}': {error}",
            file.display()
        ))
    })
}
