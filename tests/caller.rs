//! A small SIP caller: the library's own client on a socket, and a bare wire for what it would
//! never say.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use confctl::proto::auth::Account;
use confctl::proto::c3p::{
    Answer, CONTENT_TYPE, Command, Dialect, Reason, Request, Response, focus_factory_uri,
};
use confctl::proto::exchange::{
    Endpoint, Event, Exchange, Registration, Step, Ticket, Timers, Transport,
};
use confctl::proto::sip::{Framer, Message};
use confctl::secret::Secret;
use openssl::ssl::{SslConnector, SslMethod};

use crate::desk::{ServedPool, USERS};

/// Somebody with an account: SIP address, login, password.
pub type Person = (&'static str, &'static str, &'static str);

pub const ANA: Person = USERS[0];
pub const BO: Person = USERS[1];

/// Longer than any answer takes, short enough for a test that fails.
const TIMEOUT: Duration = Duration::from_secs(10);

trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

/// A connection to a pool; bytes out, messages in.
pub struct Wire {
    stream: Box<dyn Stream>,
    socket: TcpStream,
    framer: Framer,
    pub transport: Transport,
}

/// A signed-in or signing-in user, with a clock that can be put forward.
pub struct Caller {
    pub exchange: Exchange,
    pub wire: Wire,
    /// All messages written so far; keep-alives too.
    pub sent: Vec<Vec<u8>>,
    user: &'static str,
    ahead: Duration,
    next_request: u32,
}

impl Wire {
    /// Over TCP.
    pub fn tcp(place: &str) -> Self {
        let socket = connect(place);
        Self {
            stream: Box::new(socket.try_clone().unwrap()),
            socket,
            framer: Framer::default(),
            transport: Transport::Tcp,
        }
    }

    /// Over TLS.
    pub fn tls(pool: &ServedPool) -> Self {
        let socket = connect(&pool.tls());
        let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
        connector.set_ca_file(pool.ca()).unwrap();
        let stream = connector
            .build()
            .connect("localhost", socket.try_clone().unwrap());
        Self {
            stream: Box::new(stream.unwrap()),
            socket,
            framer: Framer::default(),
            transport: Transport::Tls,
        }
    }

    pub fn local(&self) -> String {
        self.socket.local_addr().unwrap().to_string()
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
        self.stream.flush().unwrap();
    }

    /// Sends what the pool may not want; whether it took it.
    pub fn push(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// The next message of the pool's.
    #[track_caller]
    pub fn message(&mut self) -> Message {
        let begun = Instant::now();
        loop {
            if let Some(message) = self.framer.next_message().unwrap() {
                return message;
            }
            assert!(begun.elapsed() < TIMEOUT, "the pool says nothing");
            assert!(self.read(TIMEOUT), "the pool hung up");
        }
    }

    /// Whether the pool hangs up without a word.
    pub fn is_hung_up(&mut self) -> bool {
        !self.read(TIMEOUT) && self.framer.next_message() == Ok(None)
    }

    /// False once the pool has hung up.
    fn read(&mut self, timeout: Duration) -> bool {
        self.socket.set_read_timeout(Some(timeout)).unwrap();
        let mut buffer = [0; 16 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(count) => {
                self.framer.push(&buffer[..count]);
                count > 0
            }
            Err(error) => error.kind() != ErrorKind::ConnectionReset,
        }
    }
}

fn connect(place: &str) -> TcpStream {
    let (_, address) = place.split_once(':').unwrap();
    let socket = TcpStream::connect(address).unwrap();
    socket.set_nodelay(true).unwrap();
    socket
}

impl Caller {
    /// Somebody who is about to sign in.
    pub fn new(wire: Wire, (user, login, password): Person) -> Self {
        let endpoint = Endpoint {
            user: user.to_owned(),
            account: Account::parse(login, Secret::from(password)).unwrap(),
            epid: "c4ec7c8b581c".to_owned(),
            local: wire.local(),
            transport: wire.transport,
            user_agent: "caller".to_owned(),
            workstation: "desk".to_owned(),
            unix_time: 1_795_338_900,
        };
        let random = Box::new(|bytes: &mut [u8]| getrandom::fill(bytes).unwrap());
        Self {
            exchange: Exchange::new(endpoint, Timers::default(), random, Instant::now()),
            wire,
            sent: Vec::new(),
            user,
            ahead: Duration::ZERO,
            next_request: 1,
        }
    }

    /// Somebody who has signed in over TCP.
    #[track_caller]
    pub fn signed_in(pool: &ServedPool, person: Person) -> Self {
        let mut caller = Self::new(Wire::tcp(&pool.tcp()), person);
        caller.sign_in();
        caller
    }

    /// Waits for the sign-in.
    #[track_caller]
    pub fn sign_in(&mut self) -> Registration {
        match self.event() {
            Event::SignedIn(registration) => registration,
            other => panic!("expected to be signed in, got {other:?}"),
        }
    }

    /// The next thing that happens.
    #[track_caller]
    pub fn event(&mut self) -> Event {
        loop {
            if let Some(event) = self.perform() {
                return event;
            }
            self.hear();
        }
    }

    /// Writes what is to be written, up to an event.
    pub fn perform(&mut self) -> Option<Event> {
        while let Some(step) = self.exchange.next_step() {
            match step {
                Step::Event(event) => return Some(event),
                Step::Write(bytes) => {
                    self.wire.send(&bytes);
                    self.sent.push(bytes);
                }
            }
        }
        None
    }

    /// Takes one message of the pool's, and shows it.
    #[track_caller]
    pub fn hear(&mut self) -> Message {
        assert!(self.perform().is_none(), "something has happened before");
        let message = self.wire.message();
        self.exchange.receive(&message.encode(), self.now());
        message
    }

    /// Puts the clock forward.
    pub fn later(&mut self, time: Duration) {
        self.ahead += time;
        self.exchange.tick(self.now());
    }

    pub fn now(&self) -> Instant {
        Instant::now() + self.ahead
    }

    /// Makes a request and waits for its believable answer.
    #[track_caller]
    pub fn ask(&mut self, method: &str, uri: &str, rest: Message) -> Message {
        let ticket = self.exchange.request(method, uri, rest);
        self.answer(ticket)
    }

    /// Waits for the answer to a request.
    #[track_caller]
    pub fn answer(&mut self, ticket: Ticket) -> Message {
        match self.event() {
            Event::Answer(answered, answer) if answered == ticket => answer,
            other => panic!("expected an answer, got {other:?}"),
        }
    }

    /// Sends a body to the own Focus Factory.
    #[track_caller]
    pub fn serve(&mut self, body: &[u8]) -> Message {
        let service = Message::request("SERVICE", "").with_body(CONTENT_TYPE, body.to_vec());
        self.ask("SERVICE", &focus_factory_uri(self.user), service)
    }

    /// A request to the own Focus Factory, with a fresh number.
    pub fn request(&mut self, command: Command) -> Request {
        self.next_request += 1;
        Request {
            id: self.next_request,
            from: self.user.to_owned(),
            to: focus_factory_uri(self.user),
            command,
        }
    }

    /// A command to the own Focus Factory, in a dialect, and what came of it.
    #[track_caller]
    pub fn call(&mut self, dialect: Dialect, command: Command) -> Result<Answer, Reason> {
        let request = self.request(command);
        let answer = self.serve(&request.encode(dialect));
        assert_eq!(answer.code(), Some(200), "{}", shown(&answer));
        assert!(answer.carries(CONTENT_TYPE), "{}", shown(&answer));
        let response = Response::decode(&answer.body).unwrap();
        assert_eq!(response.check_answers(&request), Ok(()));
        response.outcome
    }
}

/// A message as text.
pub fn shown(message: &Message) -> String {
    String::from_utf8_lossy(&message.encode()).into_owned()
}

/// The number of the `ms-diagnostics` header.
pub fn diagnostics(message: &Message) -> Option<u32> {
    let value = message.header("ms-diagnostics")?;
    value.split(';').next()?.parse().ok()
}
