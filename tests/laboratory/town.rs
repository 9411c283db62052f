//! A practice pool in this process with as many users as there are cases: what one finds there
//! nobody else has made.

use std::fs;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use confctl::practice::{Faults, Options, Policy, Pool, Server, User};
use confctl::proto::c3p::{Answer, Command, Dialect};
use confctl::secret::Secret;
use tempfile::TempDir;

use crate::caller::{Caller, Person, Wire};
use crate::desk::{Desk, NOW, Run};

/// What a pool keeps, in its folder: the database and its log.
const KEPT: [&str; 2] = ["pool.sqlite", "pool.sqlite-wal"];

/// The password of everybody.
const PASSWORD: &str = "Correct-Horse-7";

/// A pool and its users.
pub struct Town {
    /// Serves until it is dropped.
    server: Server,
    /// Gone with the pool.
    data: TempDir,
    address: SocketAddr,
    citizens: Vec<Person>,
    met: AtomicUsize,
}

/// Somebody with an account and a desk of their own.
pub struct Citizen {
    pub desk: Desk,
    person: Person,
    address: SocketAddr,
}

impl Town {
    /// A pool over TCP for that many users.
    pub fn new(size: usize) -> Self {
        static FOUNDED: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
        let data = tempfile::tempdir().unwrap();
        for (name, bytes) in KEPT.iter().zip(FOUNDED.get_or_init(found)) {
            fs::write(data.path().join(name), bytes).unwrap();
        }
        Self::open(data, (1..=size).map(person).collect())
    }

    fn open(data: TempDir, citizens: Vec<Person>) -> Self {
        let account = |(user, login, password): &Person| {
            User::new(user, login, &Secret::from(*password)).unwrap()
        };
        let pool = Pool::open(Options {
            data: data.path().to_owned(),
            users: citizens.iter().map(account).collect(),
            generation: Dialect::Ocs2007R2.into(),
            policy: Policy::default(),
            faults: Faults::default(),
            random: confctl::practice::system_randomness(),
        });
        let mut server = Server::new(pool.unwrap().with_now(NOW.parse().unwrap()));
        let address = server.listen(&"tcp:127.0.0.1:0".parse().unwrap()).unwrap();
        Self {
            server,
            data,
            address,
            citizens,
            met: AtomicUsize::new(0),
        }
    }

    /// Where the pool listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Somebody whom nobody has met yet.
    #[track_caller]
    pub fn citizen(&self) -> Citizen {
        let at = self.met.fetch_add(1, Ordering::Relaxed);
        Citizen {
            desk: Desk::new(),
            person: *self.citizens.get(at).expect("the town is too small"),
            address: self.address,
        }
    }
}

/// What a pool keeps that has its keys, which take longer to make than all the rest.
fn found() -> [Vec<u8>; 2] {
    let town = Town::open(tempfile::tempdir().unwrap(), vec![person(0)]);
    let words = ["schedule", "live-meeting", "-s", "Foundation", "-t", "+2d"];
    let _ = town.citizen().confctl(&words).run().code(0);
    let Town { server, data, .. } = town;
    drop(server);
    KEPT.map(|name| fs::read(data.path().join(name)).unwrap())
}

/// Lives as long as the tests.
fn person(number: usize) -> Person {
    let leaked = |text: String| -> &'static str { text.leak() };
    (
        leaked(format!("sip:citizen-{number}@example.com")),
        leaked(format!("EXAMPLE\\citizen-{number}")),
        PASSWORD,
    )
}

impl Citizen {
    /// A command with the citizen's account, at the pool itself or through a relay.
    pub fn confctl_at<S: AsRef<str>>(&self, place: &str, arguments: &[S]) -> Run {
        let (user, login, password) = self.person;
        let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
        self.desk
            .confctl(&arguments)
            .env("CONFCTL_USER", user)
            .env("CONFCTL_LOGIN", login)
            .env("CONFCTL_PASSWORD", password)
            .env("CONFCTL_SERVER", place)
            .env("CONFCTL_TIMEOUT", "60")
    }

    /// A command at the pool itself.
    pub fn confctl<S: AsRef<str>>(&self, arguments: &[S]) -> Run {
        self.confctl_at(&format!("tcp:{}", self.address), arguments)
    }

    /// Id and subject of each conference that the pool has of this citizen, asked for without
    /// confctl.
    pub fn conferences(&self) -> Vec<(String, String)> {
        let wire = Wire::tcp(&format!("tcp:{}", self.address));
        let mut caller = Caller::new(wire, self.person);
        caller.sign_in();
        let all = Command::GetConferences { assigned: false };
        let Ok(Answer::GetConferences(found)) = caller.call(Dialect::Ocs2007R2, all) else {
            panic!("no list of conferences");
        };
        found
            .into_iter()
            .map(|conference| {
                let description = conference.description;
                (
                    description.conference_id.unwrap_or_default(),
                    description.subject.unwrap_or_default(),
                )
            })
            .collect()
    }
}
