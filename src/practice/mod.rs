//! The practice pool: a server that speaks what an Office Communications Server pool speaks, for
//! people without one, and for tests.
//!
//! The other side of [`crate::proto`]: it checks the client's proof and every signature, signs all
//! it says, applies a policy, and keeps conferences in one SQLite file that several processes may
//! use at once. Foreign clients of these pools can sign in as well.

mod authenticator;
mod certificates;
mod checks;
mod conferences;
mod connection;
mod delegates;
mod diagnostics;
mod digits;
mod faults;
mod focus;
mod focus_factory;
mod graph;
mod https;
mod limits;
mod listener;
mod log;
mod page;
mod penalties;
mod policy;
mod private;
mod record;
mod registrar;
mod schema;
mod seats;
mod server;
mod spelling;
mod store;
mod subscriptions;
mod users;

use std::cell::LazyCell;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::{fs, io};

use jiff::{SignedDuration, Timestamp};
use openssl::error::ErrorStack;

use crate::atomic_file;
use crate::conference::{MeetingId, Token};
use crate::proto::c3p::{
    ASSIGNED_ID, AdmissionPolicy, ConferenceInfo, Description, Dialect, EntityView, KeyPair,
    McuType, PasscodeError, PstnAccess,
};
use crate::secret::Secret;

pub use delegates::{Delegate, DelegateError, Delegates};
pub use faults::{Fault, FaultError, Faults};
pub use limits::{Limit, LimitError, Limits};
pub use log::Log;
pub use policy::{Policy, Rule, RuleError};
pub use private::is_open_to_others;
pub use server::{Listen, ListenError, Server};
pub use spelling::Spelling;
pub use users::{User, UsersError};

use certificates::Issued;
use faults::FaultKind;
use penalties::Penalties;
use record::{Entry, Record};
use seats::Seats;
use spelling::Dimension;
use store::{Store, StoreError};

/// The pool's name in challenges and certificates.
pub const POOL_NAME: &str = crate::proto::PRACTICE_POOL;
/// The organisation that users of a practice pool belong to.
pub const ORGANIZATION: &str = "Practice Ltd";

/// How a practice pool is set up.
pub struct Options {
    /// Folder for the database and the authority's certificate; made if it is not there.
    pub data: PathBuf,
    /// Who may sign in.
    pub users: Vec<User>,
    /// Product generation it behaves like.
    pub generation: Generation,
    /// What users may do.
    pub policy: Policy,
    /// What it does wrong on request.
    pub faults: Faults,
    /// Where ids, ports and passcodes come from; keys and challenges are the computer's own.
    pub random: Randomness,
}

/// A product generation, written `ocs2007`, `ocs2007r2` or `lync`.
#[derive(Clone, Copy, Debug)]
pub struct Generation(Dialect);

impl Default for Generation {
    fn default() -> Self {
        Self(Dialect::Ocs2007R2)
    }
}

impl FromStr for Generation {
    type Err = <Dialect as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl From<Dialect> for Generation {
    fn from(dialect: Dialect) -> Self {
        Self(dialect)
    }
}

/// Why there is no practice pool.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// Its folder can't be used.
    #[error("the practice pool can't use the folder '{0}': {1}")]
    Folder(String, io::Error),
    /// Its database failed.
    #[error("the practice pool's database failed: {0}")]
    Store(#[from] StoreError),
    /// Its database can't be used.
    #[error("the practice pool can't use its database '{0}': {1}")]
    Database(String, StoreError),
    /// OpenSSL failed.
    #[error("the practice pool can't make its certificates: {0}")]
    Tls(#[from] ErrorStack),
    /// It can't listen where it should.
    #[error("the practice pool can't listen on {0}: {1}")]
    Listen(String, io::Error),
    /// Its key for passcodes can't be made or read.
    #[error("the practice pool can't make its key for passcodes: {0}")]
    Passcodes(#[from] PasscodeError),
}

impl PoolError {
    /// What to do about it, if there is something.
    pub fn hint(&self) -> Option<&'static str> {
        const ANEW: &str =
            "move it away, and a new one is made, without the conferences of the old one";
        matches!(self, Self::Database(_, error) if error.is_of_the_file()).then_some(ANEW)
    }
}

/// A practice pool, apart from its sockets.
pub struct Pool {
    users: Vec<Arc<User>>,
    dialect: Dialect,
    policy: Policy,
    delegates: Delegates,
    /// How far its calendar is ahead of the computer's clock.
    ahead: SignedDuration,
    faults: Faults,
    spelling: Spelling,
    authority: Issued,
    ca_file: PathBuf,
    store: Mutex<Store>,
    /// Whose connections there are.
    seats: Arc<Seats>,
    /// Who has guessed passwords of late.
    penalties: Penalties,
    /// Organizers and ids of conferences that a fault makes late.
    making: Mutex<HashSet<(String, String)>>,
    /// Made when the first passcode is to be sealed: it takes a while.
    focus_factory_key: OnceLock<KeyPair>,
    pages: Mutex<PageAddresses>,
    log: Option<Log>,
    random: Randomness,
}

/// Fills a slice with bytes that nobody can guess.
pub type Randomness = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// The computer's own randomness.
pub fn system_randomness() -> Randomness {
    Arc::new(|bytes| {
        // Without randomness there is nothing sensible to go on with; a practice pool may be weak.
        let _ = getrandom::fill(bytes);
    })
}

/// Where the dial-in page is, `https://…/dialin`.
#[derive(Clone, Debug, Default)]
pub struct PageAddresses {
    /// As people outside reach it.
    pub external: String,
    /// As people inside reach it.
    pub internal: String,
}

impl Pool {
    /// Opens the pool's folder, or sets one up.
    pub fn open(options: Options) -> Result<Self, PoolError> {
        let folder = &options.data;
        let random = options.random;
        atomic_file::make_folder(folder)
            .map_err(|error| PoolError::Folder(folder.display().to_string(), error))?;
        let database = folder.join("pool.sqlite");
        private::open_file(&database)
            .map_err(|error| PoolError::Folder(folder.display().to_string(), error))?;
        let unusable = |error: PoolError| match error {
            PoolError::Store(error) => PoolError::Database(database.display().to_string(), error),
            other => other,
        };
        let mut store = Store::open(&database).map_err(|error| unusable(error.into()))?;
        let authority = store.get_or_make("authority", || {
            Issued::new_authority()?.to_pem().map_err(PoolError::from)
        });
        let authority = authority.map_err(unusable)?;
        let authority = Issued::from_pem(&authority)?;
        let ca_file = folder.join("ca.pem");
        write_once(&ca_file, &authority.certificate.to_pem()?)
            .map_err(|error| PoolError::Folder(folder.display().to_string(), error))?;
        // One draw for all that is made with a pool.
        let drawn = LazyCell::new(|| {
            let mut bytes = [0; 32];
            random(&mut bytes);
            bytes
        });
        let ports = store.get_or_make("ports", || Ok(page_ports(&drawn)));
        let ports = ports.map_err(unusable)?;
        let key = store.get_or_make(digits::KEY, || Ok(digits::make_key(&drawn)));
        key.map_err(unusable)?;
        let (external, internal) = ports.split_once(' ').unwrap_or((&ports, &ports));
        let page = |port: &str| format!("https://localhost:{port}/dialin");
        Ok(Self {
            users: options.users.into_iter().map(Arc::new).collect(),
            dialect: options.generation.0,
            policy: options.policy,
            delegates: Delegates::default(),
            ahead: SignedDuration::ZERO,
            faults: options.faults,
            spelling: Spelling::default(),
            authority,
            ca_file,
            pages: Mutex::new(PageAddresses {
                external: page(external),
                internal: page(internal),
            }),
            store: Mutex::new(store),
            seats: Arc::new(Seats::new(Limits::default())),
            penalties: Penalties::default(),
            making: Mutex::default(),
            focus_factory_key: OnceLock::new(),
            log: None,
            random,
        })
    }

    /// The same pool, telling what goes over the wire.
    pub fn with_log(self, log: Log) -> Self {
        let log = Some(log);
        Self { log, ..self }
    }

    /// The same pool, with people who may act for others.
    pub fn with_delegates(self, delegates: Delegates) -> Self {
        Self { delegates, ..self }
    }

    /// The same pool, writing otherwise.
    pub fn with_spelling(self, spelling: Spelling) -> Self {
        Self { spelling, ..self }
    }

    /// The same pool, with other limits than the default ones.
    pub fn with_limits(self, limits: Limits) -> Self {
        let seats = Arc::new(Seats::new(limits));
        Self { seats, ..self }
    }

    /// The same pool, where it is `now` at this moment: conferences expire by that. Certificates and
    /// signatures keep to the computer's clock.
    pub fn with_now(self, now: Timestamp) -> Self {
        Self {
            ahead: now.duration_since(Timestamp::now()),
            ..self
        }
    }

    fn draw<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.random)(&mut bytes);
        bytes
    }

    /// The moment by which conferences expire.
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        now.saturating_add(self.ahead).unwrap_or(now)
    }

    /// Tells somebody who wants to know that much.
    fn log(&self, detail: u8, line: impl FnOnce() -> String) {
        if let Some(log) = self.log.as_ref().filter(|log| log.detail >= detail) {
            (log.tell)(detail, &line());
        }
    }

    /// The authority's certificate as a PEM file, for clients to trust.
    pub fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    /// Where the dial-in page is, or would be if it were served.
    pub fn pages(&self) -> PageAddresses {
        let pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let mut pages = pages.clone();
        let is_plain = FaultKind::PlainPage;
        if self.faults.has(faults::Occasion::default(), &is_plain) {
            pages.external = pages.external.replacen("https:", "http:", 1);
        }
        pages
    }

    /// Who may sign in.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.iter().map(AsRef::as_ref)
    }

    fn set_pages(&self, pages: PageAddresses) {
        *self.pages.lock().unwrap_or_else(PoisonError::into_inner) = pages;
    }

    fn user_with_account(&self, login: &str, domain: &str) -> Option<Arc<User>> {
        self.users
            .iter()
            .find(|user| user.has_account(login, domain))
            .cloned()
    }

    /// The conference that a web link names.
    fn find_meeting(&self, alias: &str, id: &str) -> Option<Record> {
        let is_meant = |user: &&User| {
            let (local, _) = user.address.split_once('@').unwrap_or_default();
            local.trim_start_matches("sip:").eq_ignore_ascii_case(alias)
        };
        let mut organizers = self.users().filter(is_meant);
        organizers.find_map(|user| self.store().find(&user.address, id).ok()?)
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn making(&self) -> MutexGuard<'_, HashSet<(String, String)>> {
        self.making.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key that clients seal passcodes for, kept over runs.
    fn get_or_make_key(&self) -> Result<&KeyPair, PoolError> {
        if let Some(key) = self.focus_factory_key.get() {
            return Ok(key);
        }
        let make = || -> Result<String, PoolError> {
            Ok(KeyPair::generate("focus factory", Timestamp::now())?.to_pem()?)
        };
        let pem = self.store().get_or_make("focus-factory", make)?;
        let key = KeyPair::from_pem(&pem)?;
        Ok(self.focus_factory_key.get_or_init(|| key))
    }

    fn server_name(&self) -> &'static str {
        match self.dialect {
            Dialect::Ocs2007 => "RTC/3.0",
            Dialect::Ocs2007R2 => "RTC/3.5",
            Dialect::Lync => {
                ["RTC/5.0", "RTC/6.0", "RTC/7.0"][self.spelling.form_of(Dimension::Version, 3)]
            }
        }
    }

    /// Conference ID and passcode of a user's assigned conference, as the settings page shows them.
    /// The page makes them on the first visit; here the pool does, when somebody signs in.
    fn assign_conference(&self, user: &User) -> Result<(String, Option<Secret>), PoolError> {
        let record = match self.find_assigned(user)? {
            Some(record) => record,
            None => self.make_assigned(user)?,
        };
        let dial_in = self.policy.dial_in && self.dialect > Dialect::Ocs2007;
        let record = match record.pstn_id {
            // It was made when policy forbade dial-in.
            None if dial_in => self.store().give_digits(&user.address, &record.id)?,
            _ => record,
        };
        Ok((record.pstn_id.unwrap_or_default(), record.passcode))
    }

    fn find_assigned(&self, user: &User) -> Result<Option<Record>, StoreError> {
        let now = self.now().as_second();
        self.store().find_assigned(&user.address, now)
    }

    fn make_assigned(&self, user: &User) -> Result<Record, StoreError> {
        let id = match self.dialect {
            Dialect::Lync => MeetingId::short(&Token::new(self.draw())).to_string(),
            _ => ASSIGNED_ID.to_owned(),
        };
        let passcode = (self.dialect < Dialect::Lync).then(|| {
            Secret::new(format!(
                "{:08}",
                u32::from_be_bytes(self.draw()) % 100_000_000
            ))
        });
        let info = assigned_conference(&id, user);
        let document = conferences::document_of(user, &info);
        let entry = Entry {
            organizer: &user.address,
            id: &id,
            document: &document,
            passcode: passcode.as_ref(),
            dial_in: false,
            expires: None,
            assigned: true,
        };
        let added = self
            .store()
            .add(&entry, self.policy.quota, self.now().as_second());
        match added {
            // Another process was quicker.
            Err(StoreError::Exists) => self.find_assigned(user)?.ok_or(StoreError::Unknown),
            added => added,
        }
    }
}

/// "My Meeting": audio, open to callers, without an end.
fn assigned_conference(id: &str, user: &User) -> ConferenceInfo {
    ConferenceInfo {
        assigned: true,
        description: Description {
            subject: Some(format!("{}'s assigned conference", user.name)),
            conference_id: Some(id.to_owned()),
            admission_policy: Some(AdmissionPolicy::Anonymous),
            pstn_access: Some(PstnAccess::default()),
            ..Description::default()
        },
        views: vec![
            EntityView::from(McuType::Chat),
            EntityView::from(McuType::AudioVideo),
        ],
        ..ConferenceInfo::default()
    }
}

/// Two ports for the dial-in page, the same over runs so that invitations can point there.
fn page_ports([first, second, ..]: &[u8; 32]) -> String {
    let external = 20_000 + u16::from(*first) * 40;
    format!("{external} {}", external + 1 + u16::from(*second) % 39)
}

/// Writes a file that does not change, and that clients read.
fn write_once(file: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::read(file).is_ok_and(|there| there == bytes) {
        true => Ok(()),
        false => {
            file.parent().map(atomic_file::sweep);
            atomic_file::write_public(file, bytes)
        }
    }
}

/// Unpredictable bytes.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without randomness there is nothing sensible to go on with; a practice pool may then be weak.
    let _ = getrandom::fill(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(folder: &Path, dialect: Dialect, rules: &[Rule]) -> Pool {
        let ana = User::new("sip:ana@example.com", "EXAMPLE\\ana", &Secret::from("x"));
        Pool::open(Options {
            random: system_randomness(),
            data: folder.to_owned(),
            users: ana.into_iter().collect(),
            generation: dialect.into(),
            policy: Policy::with(rules),
            faults: Faults::default(),
        })
        .unwrap()
    }

    #[test]
    fn an_assigned_conference_gets_digits_once_dial_in_is_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let assigned = |rules: &[Rule]| {
            let pool = pool(folder.path(), Dialect::Ocs2007R2, rules);
            pool.assign_conference(&pool.users[0]).unwrap()
        };
        let (digits, passcode) = assigned(&[Rule::DialIn(false)]);
        assert_eq!(digits, "");
        let (digits, same) = assigned(&[]);
        assert_eq!((digits.len(), &same), (5, &passcode));
        assert_eq!(assigned(&[]), (digits, passcode));
    }

    #[test]
    fn who_comes_second_gets_the_assigned_conference_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = [(); 2].map(|()| pool(folder.path(), Dialect::Lync, &[]));
        let id = first.make_assigned(&first.users[0]).unwrap().id;
        assert_eq!(second.make_assigned(&second.users[0]).unwrap().id, id);
    }
}
