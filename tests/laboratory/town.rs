//! A practice pool in this process with as many users as there are cases: what one finds there
//! nobody else has made. Teams is served beside it, to the same users.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use confctl::practice::{Faults, Options, Policy, Pool, Server, User};
use confctl::proto::c3p::{Answer, Command, Dialect};
use confctl::secret::Secret;
use serde_json::Value;
use tempfile::TempDir;

use crate::caller::{Caller, Person, Wire};
use crate::desk::{Desk, NOW, Run};

/// What a pool keeps, in its folder: the database and its log.
const KEPT: [&str; 2] = ["pool.sqlite", "pool.sqlite-wal"];

/// Where an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    Pool,
    Teams,
}

/// A pool and its users.
pub struct Town {
    /// Serves until it is dropped.
    server: Server,
    /// Gone with the pool.
    data: TempDir,
    address: SocketAddr,
    /// Of Graph.
    graph: SocketAddr,
    citizens: Vec<Person>,
    met: AtomicUsize,
}

/// Somebody with an account and a desk of their own.
pub struct Citizen {
    pub desk: Desk,
    person: Person,
    service: Service,
    address: SocketAddr,
    database: PathBuf,
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
        let base = server.serve_graph("tcp:127.0.0.1:0").unwrap();
        let port = base
            .rsplit_once(':')
            .and_then(|(_, rest)| rest.split_once('/'));
        let port: u16 = port.unwrap().0.parse().unwrap();
        Self {
            server,
            data,
            address,
            graph: ([127, 0, 0, 1], port).into(),
            citizens,
            met: AtomicUsize::new(0),
        }
    }

    /// Where it listens.
    pub fn address(&self, service: Service) -> SocketAddr {
        match service {
            Service::Pool => self.address,
            Service::Teams => self.graph,
        }
    }

    /// Somebody on the pool whom nobody has met yet.
    #[track_caller]
    pub fn citizen(&self) -> Citizen {
        self.citizen_on(Service::Pool)
    }

    /// Somebody whom nobody has met yet.
    #[track_caller]
    pub fn citizen_on(&self, service: Service) -> Citizen {
        let at = self.met.fetch_add(1, Ordering::Relaxed);
        Citizen {
            desk: Desk::new(),
            person: *self.citizens.get(at).expect("the town is too small"),
            service,
            address: self.address(service),
            database: self.data.path().join(KEPT[0]),
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
        // On Teams it is the token, which alone says who asks.
        leaked(format!("Correct-Horse-{number}")),
    )
}

impl Citizen {
    /// A command with the citizen's account, at the service itself or through a relay.
    pub fn confctl_at<S: AsRef<str>>(&self, address: SocketAddr, arguments: &[S]) -> Run {
        let (user, login, password) = self.person;
        let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
        let run = self.desk.confctl(&arguments);
        let run = run.env("CONFCTL_TIMEOUT", "60");
        match self.service {
            Service::Pool => run
                .env("CONFCTL_USER", user)
                .env("CONFCTL_LOGIN", login)
                .env("CONFCTL_PASSWORD", password)
                .env("CONFCTL_SERVER", &format!("tcp:{address}")),
            Service::Teams => run
                .env("CONFCTL_USER", user.trim_start_matches("sip:"))
                .env("CONFCTL_TOKEN", password)
                .env("CONFCTL_SERVER", &format!("http://{address}/v1.0")),
        }
    }

    /// A command at the service itself.
    pub fn confctl<S: AsRef<str>>(&self, arguments: &[S]) -> Run {
        self.confctl_at(self.address, arguments)
    }

    /// What its invitation leads to, and subject, of each conference that the service has of this
    /// citizen, asked for without confctl.
    pub fn conferences(&self) -> Vec<(String, String)> {
        match self.service {
            Service::Pool => self.on_pool(),
            Service::Teams => self.on_teams(),
        }
    }

    fn on_teams(&self) -> Vec<(String, String)> {
        let database = rusqlite::Connection::open(&self.database).unwrap();
        let sql = "SELECT document FROM meeting WHERE organizer = ?1";
        let mut statement = database.prepare(sql).unwrap();
        let documents = statement
            .query_map([self.person.0], |row| row.get(0))
            .unwrap();
        documents
            .map(|document: Result<String, _>| {
                let meeting: Value = serde_json::from_str(&document.unwrap()).unwrap();
                let text = |name: &str| meeting[name].as_str().unwrap().to_owned();
                (text("joinWebUrl"), text("subject"))
            })
            .collect()
    }

    fn on_pool(&self) -> Vec<(String, String)> {
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
