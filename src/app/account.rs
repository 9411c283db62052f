//! Who is signed in: the account of the settings, or without one a user of the practice pool.

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use openssl::sha::sha1;

use crate::app::secret_digits;
use crate::atomic_file;
use crate::backend::{Account, PoolAccount, Randomness, TeamsAccount};
use crate::conference::{Person, account_address, account_of};
use crate::credentials::Source;
use crate::error::{Error, Result};
use crate::net::tls::Tls;
use crate::practice::{
    self, Delegates, Faults, Generation, Listen, Options, Policy, Pool as PracticePool, Server,
    User,
};
use crate::secret::Secret;
use crate::settings::{self, AccountKind, AccountSettings, TlsSetting};

/// Domain of the practice pool's users.
const PRACTICE_DOMAIN: &str = "practice.example";
/// Longest wait for one answer of a web service.
const WEB_TIMEOUT: Duration = Duration::from_secs(60);

/// Makes an account of settings; `password` is asked for only now, on Teams whenever there has to be a
/// new token.
pub fn of_settings(
    settings: &AccountSettings,
    password: impl Fn(&str) -> Result<Secret> + 'static,
) -> Result<Account> {
    match settings.kind() {
        AccountKind::Pool => of_pool(settings, password),
        AccountKind::Teams => of_teams(settings, password),
    }
}

fn of_pool(
    settings: &AccountSettings,
    password: impl FnOnce(&str) -> Result<Secret>,
) -> Result<Account> {
    let user = sip_address(&settings.user)?;
    let login = settings.login.as_deref().unwrap_or(account_address(&user));
    // Everything that can be wrong without a password is found before one is looked for.
    let dialect = settings.dialect.as_deref();
    let account = PoolAccount::new(user.clone(), login, &settings.server, dialect)?;
    let account = account.with_settings_page(settings.settings_page.clone())?;
    let account = account.with_assigned_id(settings.assigned_id.as_deref())?;
    let account = account.with_join_base(settings.join_base.as_deref())?;
    let account = account.with_sip_domains(&settings.sip_domains);
    let mut account = account.with_password(password(&user)?);
    account.tls = tls_of(settings);
    account.epid = take_epid(&user);
    if let Some(timeout) = settings.timeout {
        account.timeout = Duration::from_secs(timeout);
    }
    if let Some(user_agent) = &settings.user_agent {
        account.user_agent.clone_from(user_agent);
    }
    Ok(Account::Pool(Box::new(account)))
}

fn of_teams(
    settings: &AccountSettings,
    token: impl Fn(&str) -> Result<Secret> + 'static,
) -> Result<Account> {
    let user = account_name(settings)?;
    let base = match settings.server.as_str() {
        "" => TeamsAccount::parse_base(TeamsAccount::BASE)?,
        base => TeamsAccount::parse_base(base)?,
    };
    let name = user.clone();
    Ok(Account::Teams(Box::new(TeamsAccount {
        base,
        tls: tls_of(settings),
        timeout: settings.timeout.map_or(WEB_TIMEOUT, Duration::from_secs),
        token: Rc::new(move || token(&name)),
        user,
    })))
}

fn tls_of(settings: &AccountSettings) -> Tls {
    Tls {
        ca_files: settings.ca_file.iter().cloned().collect(),
        ca_files_only: false,
        legacy: settings.tls == Some(TlsSetting::Legacy),
        table: "account",
    }
}

/// The account that settings name, as [`account_of`] writes it.
pub fn account_name(settings: &AccountSettings) -> Result<String> {
    match settings.kind() {
        AccountKind::Pool => sip_address(&settings.user),
        AccountKind::Teams => {
            let bare = settings.user.strip_prefix("teams:");
            let person = Person::parse(bare.unwrap_or(&settings.user)).ok();
            let person = person.filter(|person| person.name.is_none());
            let person = person.ok_or_else(|| {
                Error::usage(format!(
                    "'{}' is not a user of Teams: expected user@domain",
                    settings.user
                ))
            })?;
            Ok(account_of(&person.address, Some("teams:")))
        }
    }
}

/// The password of an account.
pub fn password(settings: &AccountSettings, user: &str, owner_is_here: bool) -> Result<Secret> {
    let (what, variable, hint) = match settings.kind() {
        AccountKind::Pool => (
            "password",
            "CONFCTL_PASSWORD",
            "run confctl login, or set CONFCTL_PASSWORD, or let password.command in the settings print it",
        ),
        AccountKind::Teams => (
            "token",
            "CONFCTL_TOKEN",
            "let password.command below [account] in the settings print a token for Microsoft Graph, or set CONFCTL_TOKEN",
        ),
    };
    let source = Source {
        variable,
        password: settings.password.as_ref(),
        name: user,
        hint,
        owner_is_here,
    };
    source.require(what, user)
}

/// `sip:user@domain`, whether or not `sip:` was typed, and in whatever letters.
pub fn sip_address(text: &str) -> Result<String> {
    let text = text.trim();
    let bare = match text.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("sip:") => &text[4..],
        _ => text,
    };
    let person = Person::parse(bare).map_err(|_| {
        Error::usage(format!(
            "'{text}' is not a SIP address: expected sip:user@domain"
        ))
    })?;
    if person.name.is_some() || bare.contains([';', '?', '<', ' ']) {
        return Err(Error::usage(format!(
            "'{text}' is not a SIP address: expected sip:user@domain"
        )));
    }
    Ok(format!("sip:{}", person.address))
}

/// A practice pool of this process alone, with its one user.
pub struct Practice {
    /// Serves until it is dropped.
    pub server: Server,
    /// `DOMAIN\\login` of the user.
    pub login: String,
    /// Made up for this process; nobody else has to know it.
    pub password: Secret,
}

/// Starts a practice pool on a loopback port, and makes an account on it.
pub fn practice(data: &Path, with_pages: bool, random: &Randomness) -> Result<(Practice, Account)> {
    let (local, password) = (practice_name(), secret_digits(random));
    let user = format!("sip:{local}@{PRACTICE_DOMAIN}");
    let login = format!("PRACTICE\\{local}");
    let failed = |error: practice::PoolError| {
        let hint = error.hint();
        let error = hint.into_iter().fold(Error::failed(error), Error::hint);
        error.hint("the practice pool is used because no account is configured: confctl login")
    };
    let pool = PracticePool::open(Options {
        data: data.join("practice"),
        users: User::new(&user, &login, &password).into_iter().collect(),
        generation: Generation::default(),
        policy: Policy::default(),
        faults: Faults::default(),
        random: random.clone(),
    })
    .map_err(failed)?;
    let pool = match settings::other_clock()? {
        Some(now) => pool.with_now(now),
        None => pool,
    };
    let mut server = Server::new(pool.with_delegates(Delegates::Everybody));
    let listen: Listen = "tls:127.0.0.1:0".parse().map_err(Error::usage)?;
    let address = server.listen(&listen).map_err(failed)?;
    if with_pages {
        serve_pages(&mut server).map_err(failed)?;
    }
    let account = PoolAccount::new(user.clone(), &login, &format!("tls:{address}"), None)?;
    let mut account = account.with_password(password.clone());
    account.epid = epid(&user, 0);
    account.tls = Tls {
        ca_files: vec![server.pool().ca_file().to_owned()],
        ca_files_only: true,
        ..Tls::default()
    };
    let account = Account::Pool(Box::new(account));
    let practice = Practice {
        server,
        login,
        password,
    };
    Ok((practice, account))
}

/// On the ports that the invitations name, or on others if those are taken.
fn serve_pages(server: &mut Server) -> Result<(), practice::PoolError> {
    let pages = server.pool().pages();
    let port = |address: &str| {
        address
            .rsplit(':')
            .next()
            .and_then(|rest| rest.split('/').next())
            .unwrap_or("0")
            .to_owned()
    };
    let usual =
        [port(&pages.external), port(&pages.internal)].map(|port| format!("127.0.0.1:{port}"));
    let served = server.serve_pages(&usual[0], &usual[1]);
    served
        .or_else(|_| server.serve_pages("127.0.0.1:0", "127.0.0.1:0"))
        .map(drop)
}

/// The login name of this computer's user, as far as an address can hold it.
fn practice_name() -> String {
    let name = env::var("USER")
        .or_else(|_| env::var("LOGNAME"))
        .unwrap_or_default()
        .to_lowercase();
    let name: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c))
        .take(32)
        .collect();
    let name = name.trim_matches(['.', '_', '-']);
    if name.is_empty() {
        "host".to_owned()
    } else {
        name.to_owned()
    }
}

/// Runs of one account at a time that have names of their own.
const MOST_AT_ONCE: u32 = 32;

/// The name of this run for the pool: the same over runs, and another one than those that run now have,
/// since a registrar may end one registration for another of the same name.
fn take_epid(user: &str) -> String {
    // Held until this process ends.
    static TAKEN: Mutex<Vec<File>> = Mutex::new(Vec::new());
    let first = epid(user, 0);
    // Who keeps nothing yet, as at login, gets nothing by this.
    let cache = settings::cache_folder().filter(|cache| cache.is_dir());
    let Some(folder) = cache.map(|cache| cache.join("sessions")) else {
        return first;
    };
    let take = |number: u32| -> io::Result<Option<File>> {
        atomic_file::make_folder(&folder)?;
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(folder.join(format!("{first}-{number}")))?;
        Ok(file.try_lock().is_ok().then_some(file))
    };
    for number in 0..MOST_AT_ONCE {
        match take(number) {
            Ok(Some(file)) => {
                let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
                taken.push(file);
                return epid(user, number);
            }
            Ok(None) => {}
            // Where nothing can be written nobody can be told apart.
            Err(_) => return first,
        }
    }
    first
}

/// Names this computer, account and run to the pool, 10 hexadecimal digits.
fn epid(user: &str, number: u32) -> String {
    let machine = [
        "/etc/machine-id",
        "/var/lib/dbus/machine-id",
        "/etc/hostname",
    ]
    .iter()
    .find_map(|file| fs::read_to_string(file).ok())
    .unwrap_or_default();
    let home = env::var("HOME").unwrap_or_default();
    let mut named = format!("confctl {} {home} {user}", machine.trim());
    if number > 0 {
        named += &format!(" {number}");
    }
    let digest = sha1(named.as_bytes());
    crate::hex::hex(&digest[..5])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sip_addresses_are_taken_with_and_without_scheme() {
        assert_eq!(
            sip_address("ana@example.com").unwrap(),
            "sip:ana@example.com"
        );
        assert_eq!(
            sip_address("sip:ana@example.com").unwrap(),
            "sip:ana@example.com"
        );
        for text in [
            "ana",
            "sip:",
            "Ana <ana@example.com>",
            "ana@example.com;x=1",
            "a b@example.com",
        ] {
            assert!(sip_address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_epid_is_stable_and_short_enough() {
        let ana = "sip:ana@example.com";
        assert_eq!(epid(ana, 0), epid(ana, 0));
        assert_ne!(epid(ana, 0), epid(ana, 1));
        assert_ne!(epid(ana, 0), epid("sip:bo@example.com", 0));
        assert!(epid(ana, 0).len() <= 16);
    }
}
