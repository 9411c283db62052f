//! Settings: `config.toml`, environment over it, as plain data with the origin of each value. Never a
//! secret. What a table means to its room is for that room to say, see [`Settings::read_tables`].

mod calendar;
mod mail;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::Read;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};

use crate::conference::Language;
use crate::error::{Error, Result};

pub use calendar::CalendarSettings;
pub use mail::MailSettings;

/// What the settings file holds.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whose conferences; none: the practice pool.
    pub account: Option<AccountSettings>,
    /// Time zone of times without one: an IANA or Windows name; none: this computer's.
    pub zone: Option<String>,
    /// Language of invitations; none: English.
    pub language: Option<Language>,
    /// How mails are sent; none: not at all.
    pub mail: Option<MailSettings>,
    /// The organizer's calendar; none: as the organizer's address leads to it.
    pub calendar: Option<CalendarSettings>,
    /// How telephones are told to call in.
    dialling: Option<toml::Table>,
    /// How invitations look; none: as ours do.
    invitation: Option<toml::Table>,
    /// Where the people are who get mails, by address or domain.
    people: Option<toml::Table>,
    /// Folder of the meetings, a vdir; none: `diary` below confctl's own data.
    pub diary: Option<PathBuf>,
    /// Where what is not of the file comes from: a key, `account.server`, and its variable.
    #[serde(skip)]
    origins: BTreeMap<&'static str, &'static str>,
    /// Authorities that hold for every connection, as a PEM file.
    #[serde(skip)]
    pub authorities: Option<PathBuf>,
    /// The file, and its text.
    #[serde(skip)]
    source: Source,
}

/// What was read.
#[derive(Clone, Debug, Default)]
struct Source {
    file: PathBuf,
    text: String,
}

/// An account on a pool, or of Teams.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct AccountSettings {
    /// What kind of service it is; none: a pool, unless the server is an address of the web.
    pub kind: Option<AccountKind>,
    /// SIP address, with or without `sip:`; the mail address on Teams.
    pub user: String,
    /// Windows account, `DOMAIN\user` or `user@domain`; none: the SIP address.
    pub login: Option<String>,
    /// `tls:host:port`, `tcp:host:port` or `host`; of Teams the address of Microsoft Graph, which may be
    /// left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub server: String,
    /// Authorities to trust besides the system's, as a PEM file.
    pub ca_file: Option<PathBuf>,
    /// `legacy` allows TLS 1.0.
    pub tls: Option<TlsSetting>,
    /// `ocs2007`, `ocs2007r2` or `lync`; none: found out.
    pub dialect: Option<String>,
    /// What to call ourselves, for pools that let only certain programs in.
    pub user_agent: Option<String>,
    /// Address of the Dial-In Conferencing Settings page, if the pool tells a wrong one or none.
    pub settings_page: Option<String>,
    /// Meeting id of the user's assigned conference; none: the usual one, or what the pool says.
    pub assigned_id: Option<String>,
    /// What web links of meetings begin with where the pool tells none: `https://meet.example.com`.
    pub join_base: Option<String>,
    /// Domains besides the user's own whose people have an account on the pool.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sip_domains: Vec<String>,
    /// Longest wait for one answer of the pool, in seconds; none: 32.
    pub timeout: Option<u64>,
    /// Where the password comes from when it is not in the keyring.
    #[serde(default, deserialize_with = "table")]
    pub password: Option<PasswordSettings>,
}

/// A kind of service.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum AccountKind {
    /// Office Communications Server, Lync, Skype for Business.
    Pool,
    /// Microsoft Teams.
    Teams,
}

/// Which TLS versions are taken.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum TlsSetting {
    /// TLS 1.2 and later.
    Modern,
    /// TLS 1.0 too.
    Legacy,
}

/// Where a password comes from.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct PasswordSettings {
    /// A shell command whose first line of output is the password.
    pub command: String,
}

/// Seconds that can be asked for.
pub const TIMEOUT: RangeInclusive<u64> = 1..=3600;

impl AccountSettings {
    /// What kind of service it is.
    pub fn kind(&self) -> AccountKind {
        let is_web = is_web_address(&self.server);
        self.kind.unwrap_or(match is_web {
            true => AccountKind::Teams,
            false => AccountKind::Pool,
        })
    }

    /// What is for pools alone, and set all the same.
    fn foreign_setting(&self) -> Option<&'static str> {
        let pool_alone = [
            ("login", self.login.is_some()),
            ("dialect", self.dialect.is_some()),
            ("user_agent", self.user_agent.is_some()),
            ("settings_page", self.settings_page.is_some()),
            ("assigned_id", self.assigned_id.is_some()),
            ("join_base", self.join_base.is_some()),
            ("sip_domains", !self.sip_domains.is_empty()),
        ];
        let is_set = |(name, is_set): &(&'static str, bool)| is_set.then_some(*name);
        let mut set = pool_alone.iter().filter_map(is_set);
        set.next().filter(|_| self.kind() == AccountKind::Teams)
    }

    /// The same with the timeout that `CONFCTL_TIMEOUT` asks for.
    pub fn with_env_timeout(&self) -> Result<Self> {
        let mut account = self.clone();
        if let Some(seconds) = variable("CONFCTL_TIMEOUT")? {
            let parsed = seconds.parse().ok();
            account.timeout = parsed.filter(|seconds| TIMEOUT.contains(seconds));
            if account.timeout.is_none() {
                let what = format!("CONFCTL_TIMEOUT is '{seconds}': expected 1 to 3600 seconds");
                return Err(Error::usage(what));
            }
        }
        Ok(account)
    }
}

impl Settings {
    /// The file with the environment on top.
    pub fn load(file: Option<&Path>) -> Result<Self> {
        let mut settings = Self::load_file(file)?;
        settings.diary = settings.diary.as_deref().map(of_home);
        settings.apply_environment()?;
        settings.settle_authorities(&absolute(&folder(file)))?;
        settings.check()?;
        Ok(settings)
    }

    /// The file alone. The usual one may be missing, one that was named may not.
    pub fn load_file(file: Option<&Path>) -> Result<Self> {
        match (file, default_file()) {
            (Some(file), _) => Self::read(file, true),
            (None, Some(file)) => Self::read(&file, false),
            (None, None) => Ok(Self::default()),
        }
    }

    fn read(file: &Path, must_exist: bool) -> Result<Self> {
        let shown = file.display();
        let text = match read_bounded(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_exist => {
                return Ok(Self::default());
            }
            Err(error) => {
                return Err(Error::usage(format!(
                    "can't read the settings '{shown}': {error}"
                )));
            }
        };
        let source = Source {
            file: file.to_owned(),
            text,
        };
        let settings: Self = source.parse()?;
        Ok(Self { source, ..settings })
    }

    /// Tables of the file as the rooms that they belong to read them.
    pub fn read_tables<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        self.source.parse()
    }

    /// The file's text, as `login` writes it.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self)
            .map_err(|error| Error::failed(format!("can't write the settings: {error}")))
    }

    /// Remembers the variable that a value is of.
    pub fn note_origin(&mut self, key: &'static str, variable: &'static str) {
        self.origins.insert(key, variable);
    }

    /// The same, with the variable behind each value that is not of the file.
    pub fn to_explained_toml(&self) -> Result<String> {
        let mut table = String::new();
        let mut explained = String::new();
        for line in self.to_toml()?.lines() {
            if let Some(name) = line.strip_prefix('[') {
                table = format!("{}.", name.trim_end_matches(']'));
            }
            let key = line.split(" = ").next().unwrap_or_default();
            let origin = self.origins.get(format!("{table}{key}").as_str());
            explained.push_str(line);
            if let Some(variable) = origin {
                explained.push_str(&format!("  # {variable}"));
            }
            explained.push('\n');
        }
        Ok(explained)
    }
}

impl Source {
    fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        let file = self.file.display();
        parse(&self.text)
            .map_err(|why| Error::usage(format!("the settings '{file}' can't be used: {why}")))
    }
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| {
            text.bytes()
                .take(span.start)
                .filter(|&b| b == b'\n')
                .count()
                + 1
        });
        format!(
            "line {line}: {}",
            without_value(&error.message().lines().collect::<Vec<_>>().join(" "))
        )
    })
}

impl Settings {
    /// `CONFCTL_SERVER` and `CONFCTL_USER` make an account of their own, `CONFCTL_LOGIN` and
    /// `CONFCTL_TIMEOUT` change one.
    fn apply_environment(&mut self) -> Result<()> {
        let (server, user) = (variable("CONFCTL_SERVER")?, variable("CONFCTL_USER")?);
        if server.is_some() || user.is_some() {
            let account = self.account.get_or_insert_default();
            let former = account.clone();
            if let Some(server) = server {
                account.server = server;
                account.kind = None;
                self.origins.insert("account.server", "CONFCTL_SERVER");
            }
            if let Some(user) = user {
                account.user = user;
                self.origins.insert("account.user", "CONFCTL_USER");
            }
            // A password command belongs to the account in the file, not to another one.
            let is_kind = account.kind() == former.kind();
            let is_user = bare_address(&account.user) == bare_address(&former.user);
            // A token is told to the server as it is.
            let is_place = account.kind() == AccountKind::Pool || account.server == former.server;
            if !is_kind || !is_user || !is_place {
                account.password = None;
                account.login = None;
            }
            if !is_kind {
                account.tls = None;
                account.dialect = None;
                account.user_agent = None;
                account.settings_page = None;
                account.assigned_id = None;
                account.join_base = None;
                account.sip_domains.clear();
            }
        }
        if let Some(folder) = variable("CONFCTL_DIARY")? {
            self.diary = Some(PathBuf::from(folder));
            self.origins.insert("diary", "CONFCTL_DIARY");
        }
        if let Some(account) = &mut self.account {
            if let Some(login) = variable("CONFCTL_LOGIN")?
                && account.kind() == AccountKind::Pool
            {
                account.login = Some(login);
                self.origins.insert("account.login", "CONFCTL_LOGIN");
            }
            if variable("CONFCTL_TIMEOUT")?.is_some() {
                self.origins.insert("account.timeout", "CONFCTL_TIMEOUT");
            }
            *account = account.with_env_timeout()?;
        }
        Ok(())
    }

    /// The file of authorities of the environment, else of the account, holds for pool, page, calendar
    /// and mail; one that calendar or mail name themselves holds besides. All of them become absolute,
    /// as seen from the folder of the settings.
    fn settle_authorities(&mut self, folder: &Path) -> Result<()> {
        let settle = |own: &mut Option<PathBuf>| {
            *own = own.take().map(|file| folder.join(of_home(&file)));
        };
        if let Some(calendar) = &mut self.calendar {
            settle(&mut calendar.ca_file);
        }
        if let Some(mail) = &mut self.mail {
            settle(&mut mail.ca_file);
        }
        let named = variable("CONFCTL_CA_FILE")?.map(|file| absolute(Path::new(&file)));
        self.authorities = named.clone();
        if let Some(account) = &mut self.account {
            settle(&mut account.ca_file);
            if named.is_some() {
                account.ca_file = named;
                self.origins.insert("account.ca_file", "CONFCTL_CA_FILE");
            }
            self.authorities = account.ca_file.clone();
        }
        Ok(())
    }

    /// The files of authorities for a table that names one, or none, itself.
    pub fn ca_files(&self, own: Option<PathBuf>) -> Vec<PathBuf> {
        let mut files: Vec<_> = self.authorities.iter().cloned().chain(own).collect();
        files.dedup();
        files
    }

    fn check(&self) -> Result<()> {
        let Some(account) = &self.account else {
            return Ok(());
        };
        if account.kind() == AccountKind::Pool && account.server.contains('@') {
            return Err(Error::usage(
                "the account's server holds an @, and what stands before it may be a password: expected tls:host:port",
            ));
        }
        if account
            .timeout
            .is_some_and(|seconds| !TIMEOUT.contains(&seconds))
        {
            return Err(Error::usage(
                "the account's timeout: expected 1 to 3600 seconds",
            ));
        }
        let place = account.server.split("://").nth(1).unwrap_or_default();
        if is_web_address(&account.server) && place.contains('@') {
            return Err(Error::usage(
                "the account's server holds a user or a password, which belong elsewhere",
            )
            .hint("write it without what stands before the @"));
        }
        if let Some(name) = account.foreign_setting() {
            return Err(Error::usage(format!(
                "the account's {name} is for pools, and this one is of Teams"
            ))
            .hint(format!("take {name} out")));
        }
        if account.server.is_empty() && account.kind() == AccountKind::Pool {
            return Err(Error::usage("the account has no server")
                .hint("set CONFCTL_SERVER=tls:host:port, or run confctl login"));
        }
        if account.user.is_empty() {
            return Err(Error::usage("the account has no user")
                .hint("set CONFCTL_USER=sip:user@domain, or run confctl login"));
        }
        Ok(())
    }
}

/// Reads a table and nothing else: serde would take a list for one as well, and `password =
/// ['secret']` for a command to be run.
pub fn table<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::de::DeserializeOwned,
{
    let expected =
        || D::Error::custom("expected a table, as password.command = \"pass show work\"");
    let table = toml::Table::deserialize(deserializer).map_err(|_| expected())?;
    T::deserialize(table).map(Some).map_err(D::Error::custom)
}

/// A settings file is small; whatever is not is a mistake.
pub fn read_bounded(file: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    fs::File::open(file)?
        .take(1 << 20)
        .read_to_string(&mut text)?;
    Ok(text)
}

/// A path that another folder to work in does not change.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// An address of the web, which no pool has.
fn is_web_address(server: &str) -> bool {
    let scheme = server.split("://").next().unwrap_or_default();
    let is_web = ["https", "http"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(scheme));
    is_web && server.contains("://")
}

/// The address of a user without the scheme of a service.
fn bare_address(user: &str) -> &str {
    let bare = user.strip_prefix("sip:").or(user.strip_prefix("teams:"));
    bare.unwrap_or(user)
}

/// What serde says of a value of the wrong type repeats it: it may be a password.
fn without_value(message: &str) -> String {
    match (message.find("string \""), message.rfind("\", expected")) {
        (Some(from), Some(to)) if from < to => {
            format!("{}text{}", &message[..from], &message[to + 1..])
        }
        _ => message.to_owned(),
    }
}

/// The moment that `CONFCTL_NOW` says it is, for tests; none: the computer's clock is right.
pub fn other_clock() -> Result<Option<Timestamp>> {
    let parse = |text: String| {
        text.parse()
            .map_err(|error| Error::usage(format!("CONFCTL_NOW is '{text}': {error}")))
    };
    variable("CONFCTL_NOW")?.map(parse).transpose()
}

/// `config.toml` in the user's configuration folder; none without a home.
pub fn default_file() -> Option<PathBuf> {
    Some(folders()?.config_dir().join("confctl").join("config.toml"))
}

/// The folder of the settings, where the files that they name are looked for.
pub fn folder(file: Option<&Path>) -> PathBuf {
    let file = file.map(Path::to_owned).or_else(default_file);
    let folder = file.as_deref().and_then(Path::parent);
    folder.map(Path::to_owned).unwrap_or_default()
}

/// Where confctl keeps what it remembers.
pub fn data_folder() -> Result<PathBuf> {
    let folders = folders().ok_or_else(|| {
        Error::usage("there is no home folder to keep anything in")
            .hint("set HOME or XDG_DATA_HOME")
    })?;
    Ok(folders.data_dir().join("confctl"))
}

/// Where what can be made anew is kept; none: there is no home.
pub fn cache_folder() -> Option<PathBuf> {
    Some(folders()?.cache_dir().join("confctl"))
}

fn folders() -> Option<impl BaseStrategy> {
    etcetera::choose_base_strategy().ok()
}

/// With the home folder in place of a `~` at the beginning, as a shell has it.
pub fn of_home(path: &Path) -> PathBuf {
    let below = path.strip_prefix("~").ok();
    let home = env::home_dir().filter(|home| !home.as_os_str().is_empty());
    match below.zip(home) {
        Some((below, home)) => home.join(below),
        None => path.to_owned(),
    }
}

/// An environment variable; an empty one counts as not set.
pub fn variable(name: &str) -> Result<Option<String>> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => {
            Err(Error::usage(format!("{name} is not valid UTF-8")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_file_is_read_and_written_back() {
        let text = "zone = \"Europe/Prague\"\n\n[account]\nuser = \"sip:ana@example.com\"\nlogin = 'EXAMPLE\\ana'\nserver = \"tls:pool.example.com\"\ntls = \"legacy\"\n\n[account.password]\ncommand = \"pass show work\"\n";
        let settings: Settings = parse(text).unwrap();
        let account = settings.account.clone().unwrap();
        assert_eq!(account.login.as_deref(), Some("EXAMPLE\\ana"));
        assert_eq!(account.tls, Some(TlsSetting::Legacy));
        assert_eq!(settings.to_toml().unwrap(), text);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let error = parse::<Settings>("[account]\nuser = \"a\"\nserver = \"b\"\npasword = \"x\"\n")
            .unwrap_err();
        assert!(
            error.starts_with("line 4:") && error.contains("pasword"),
            "{error}"
        );
        let error =
            parse::<Settings>("[account]\nuser = \"a\"\nserver = \"b\"\npassword = \"secret\"\n")
                .unwrap_err();
        assert!(!error.contains("secret"), "{error}");
    }
}
