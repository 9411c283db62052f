//! The client's half of a session with a pool, without sockets, clock or randomness of its own.
//!
//! ```text
//!  new ──► Asking ──401──► Proving ──401──► Answering ──200──► SignedIn ◄──┐ refresh
//!          REGISTER        REGISTER         REGISTER           │   │       │
//!          no credentials  empty token      AUTHENTICATE       │   └───────┘
//!                                               │ 301          │ 401 twice, 8 h
//!                                               ▼              ▼
//!                                           Redirected       Asking
//! ```
//!
//! Feed it bytes ([`Exchange::receive`]) and the time ([`Exchange::tick`]); after each call take
//! [`Step`]s until there are none, then wait for bytes or for [`Exchange::deadline`]. Every message
//! is signed once an association exists, and no unsigned or wrongly signed answer is believed.
//! Any number of requests may be under way at once. After `Redirected` or `Failed` nothing more
//! comes.

mod answers;
mod endpoint;
mod incoming;
mod sign_in;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::proto::association::Association;
use crate::proto::sip::{Credentials, Framer, Message, SipError};

pub use endpoint::{Endpoint, Transport, instance_of};

/// Fills a buffer with unpredictable bytes.
pub type Random = Box<dyn FnMut(&mut [u8]) + Send>;

/// What the driver of an [`Exchange`] has to do next.
#[derive(Debug)]
pub enum Step {
    /// Send these bytes.
    Write(Vec<u8>),
    /// Something happened.
    Event(Event),
}

/// What happened in a session.
#[derive(Debug)]
pub enum Event {
    /// Requests are signed from now on.
    SignedIn(Registration),
    /// The home pool is elsewhere: connect there and begin anew.
    Redirected(Target),
    /// The final answer to a request, or the NOTIFY that carries what a SUBSCRIBE asked for.
    Answer(Ticket, Message),
    /// A NOTIFY that followed the answer to a SUBSCRIBE, with more of the same.
    Notification(Message),
    /// No believable answer came in time.
    NoAnswer {
        /// Which request.
        ticket: Ticket,
        /// What came instead; none: nothing.
        ignored: Option<Ignored>,
    },
    /// The server ended the registration ([MS-SIPREGE] 3.2); the `event=` word says why.
    Deregistered(String),
    /// The session is over and could not be established or kept.
    Failed(Failure),
}

/// An answer that is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// Nobody had signed it.
    Unsigned(Box<Message>),
    /// Its signature has a number that was there before: it may be an old answer.
    Replayed(Box<Message>),
}

/// Handle of a request under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket(u64);

/// What the pool said when the user was signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registration {
    /// The `Server` header, such as `RTC/3.5`.
    pub server: Option<String>,
    /// `targetname` of the challenge: the name of the server that took the credentials.
    pub target: String,
    /// Display name that the pool put into From.
    pub display_name: Option<String>,
    /// The client came in from outside, through an Edge server (`ms-user-logon-data`).
    pub remote: bool,
    /// Seconds that the pool's clock is ahead of ours, when it tells its time.
    pub clock_ahead: Option<i64>,
}

/// Where a redirect points ([MS-SIP] 4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Host name.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// TLS, unless the server says TCP.
    pub transport: Transport,
}

/// Why a session could not be established or kept.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The server offers other schemes only.
    #[error("the pool offers no NTLM sign-in, only {}", .0.join(", "))]
    NoNtlm(Vec<String>),
    /// The server's NTLM token could not be answered.
    #[error("the pool's NTLM challenge can't be answered: {0}")]
    Challenge(String),
    /// Credentials were refused; holds the answer.
    #[error("the pool refused the user name or password")]
    WrongPassword(Box<Message>),
    /// The REGISTER was answered with an error; holds the answer.
    #[error("the pool refused the sign-in")]
    Refused(Box<Message>),
    /// The server let us in without asking who we are, or redirected without a signature.
    #[error("the pool's answer to the sign-in was not signed")]
    Unsigned,
    /// A signature of the server does not fit.
    #[error("the pool's signature on its answer is wrong")]
    BadSignature,
    /// The redirect could not be read.
    #[error("the pool redirected to an address that can't be read: '{0}'")]
    Redirect(String),
    /// What came was not SIP.
    #[error("the server does not speak SIP: {0}")]
    Garbage(#[from] SipError),
    /// A request was refused as not signed in, even after signing in once more.
    #[error("the pool no longer accepts the sign-in")]
    SignedOut,
    /// The sign-in was not answered in time.
    #[error("the pool did not answer the sign-in{}", if .0.is_some() { " with a signed answer" } else { "" })]
    NoAnswer(Option<Ignored>),
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Timers {
    /// From a request to its final answer (RFC 3261 17.1.2.2: 32 s).
    pub answer: Duration,
    /// From the last REGISTER to its answer.
    pub sign_out: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(32),
            sign_out: Duration::from_secs(3),
        }
    }
}

/// An association ends 8 hours after it was made at the latest; it is renewed 5 minutes before
/// ([MS-SIPAE] 3.2.2).
const ASSOCIATION_LIFE: Duration = Duration::from_secs(8 * 3600 - 300);
/// How long a believable answer is waited for after one that is not.
const AFTER_IGNORED: Duration = Duration::from_secs(2);
/// How long before its end a registration is refreshed.
const REFRESH_EARLY: Duration = Duration::from_secs(30);

/// A session with a pool, seen from the client.
pub struct Exchange {
    endpoint: Endpoint,
    timers: Timers,
    random: Random,
    framer: Framer,
    now: Instant,
    state: State,
    association: Option<Association>,
    /// True when the server asks with 407 and Proxy- headers.
    proxy: bool,
    registration: Registering,
    pending: Vec<Pending>,
    /// Call-IDs of SUBSCRIBEs that were answered.
    subscriptions: Vec<String>,
    /// Requests given before the sign-in was done.
    waiting: Vec<Pending>,
    steps: VecDeque<Step>,
    keep_alive: Option<Duration>,
    last_sent: Instant,
    clock_ahead: Option<i64>,
    refresh_at: Option<Instant>,
    renew_at: Option<Instant>,
    next_ticket: u64,
}

/// What the next answer to a REGISTER means.
#[derive(Debug)]
enum State {
    Asking,
    Proving,
    Answering(Box<Association>),
    SignedIn,
    Over,
}

/// What all REGISTERs of a session share.
#[derive(Debug)]
struct Registering {
    call_id: String,
    from_tag: String,
    opaque: String,
    sequence: u32,
    /// The address that the pool gave this client; stands in Contact outside REGISTER.
    gruu: Option<String>,
}

/// A request whose final answer has not come.
#[derive(Debug)]
struct Pending {
    ticket: Ticket,
    /// The request without any authentication header.
    request: Message,
    call_id: String,
    cseq: String,
    deadline: Instant,
    purpose: Purpose,
    attempts: u8,
    /// Whether it is the second of its kind, since the server had lost the first.
    is_repeated: bool,
    ignored: Option<Ignored>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    SignIn,
    Refresh,
    SignOut,
    Request,
    /// A SUBSCRIBE that was answered without a body: the NOTIFY is yet to come.
    Notification,
}

impl Exchange {
    /// A session that begins with its first REGISTER at once.
    pub fn new(endpoint: Endpoint, timers: Timers, mut random: Random, now: Instant) -> Self {
        let registration = Registering {
            call_id: token(&mut random, 16),
            from_tag: token(&mut random, 10),
            opaque: token(&mut random, 10),
            sequence: 0,
            gruu: None,
        };
        let mut exchange = Self {
            endpoint,
            timers,
            random,
            framer: Framer::default(),
            now,
            state: State::Asking,
            association: None,
            proxy: false,
            registration,
            pending: Vec::new(),
            subscriptions: Vec::new(),
            waiting: Vec::new(),
            steps: VecDeque::new(),
            keep_alive: None,
            last_sent: now,
            clock_ahead: None,
            refresh_at: None,
            renew_at: None,
            next_ticket: 1,
        };
        exchange.ask_for_challenges();
        exchange
    }

    /// Sends a request, signed; it waits while the sign-in is under way. Via, From, To, Call-ID,
    /// CSeq, Contact and User-Agent are added here.
    pub fn request(&mut self, method: &str, uri: &str, rest: Message) -> Ticket {
        let ticket = self.new_ticket();
        let (call_id, tag) = (token(&mut self.random, 16), token(&mut self.random, 10));
        let mut request = self.endpoint.request(method, uri, &call_id, &tag);
        request.headers.extend(rest.headers);
        request.body = rest.body;
        let pending = self.new_pending(ticket, request, Purpose::Request);
        if matches!(self.state, State::SignedIn) {
            self.transmit(pending);
        } else {
            self.waiting.push(pending);
        }
        ticket
    }

    /// Ends the registration: a last signed REGISTER with `Expires: 0`.
    pub fn sign_out(&mut self) -> Ticket {
        let ticket = self.new_ticket();
        if self.association.is_some() {
            let request = self.next_register(Some(0));
            let mut pending = self.new_pending(ticket, request, Purpose::SignOut);
            pending.deadline = self.now + self.timers.sign_out;
            self.transmit(pending);
        }
        ticket
    }

    /// Takes bytes from the server.
    pub fn receive(&mut self, bytes: &[u8], now: Instant) {
        if matches!(self.state, State::Over) {
            return;
        }
        self.now = now;
        self.framer.push(bytes);
        while !matches!(self.state, State::Over) {
            match self.framer.next_message() {
                Ok(Some(message)) => self.handle_message(message),
                Ok(None) => return,
                Err(error) => self.fail(Failure::Garbage(error)),
            }
        }
    }

    /// Lets time pass: gives up on late answers, keeps the connection and the registration alive.
    pub fn tick(&mut self, now: Instant) {
        self.now = now;
        self.expire();
        if matches!(self.state, State::Over) {
            return;
        }
        if self.keep_alive_at().is_some_and(|at| at <= now) {
            self.write(b"\r\n\r\n".to_vec());
        }
        if self.renew_at.is_some_and(|at| at <= now) {
            self.renew_at = None;
            self.ask_for_challenges();
        } else if self.refresh_at.is_some_and(|at| at <= now) {
            self.refresh_at = None;
            self.refresh();
        }
    }

    /// What to do next; none: wait for bytes or for the deadline.
    pub fn next_step(&mut self) -> Option<Step> {
        self.steps.pop_front()
    }

    /// When [`Exchange::tick`] has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        if matches!(self.state, State::Over) {
            return None;
        }
        let answers = self.pending.iter().map(|pending| pending.deadline);
        let others = [self.keep_alive_at(), self.refresh_at, self.renew_at];
        answers.chain(others.into_iter().flatten()).min()
    }

    fn new_ticket(&mut self) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        ticket
    }

    fn new_pending(&self, ticket: Ticket, request: Message, purpose: Purpose) -> Pending {
        let (number, method) = request.cseq().unwrap_or_default();
        Pending {
            ticket,
            call_id: request.header("Call-ID").unwrap_or_default(),
            cseq: format!("{number} {method}"),
            request,
            deadline: self.now + self.timers.answer,
            purpose,
            attempts: 0,
            is_repeated: false,
            ignored: None,
        }
    }

    /// Signs if there is an association, and sends.
    fn transmit(&mut self, mut pending: Pending) {
        if pending.purpose == Purpose::Request {
            pending.deadline = self.now + self.timers.answer;
        }
        let mut message = pending.request.clone();
        if message.header("Contact").is_none() {
            message.add(
                "Contact",
                self.endpoint
                    .dialog_contact(self.registration.gruu.as_deref()),
            );
        }
        self.sign(&mut message);
        self.pending.push(pending);
        self.write(message.encode());
    }

    fn sign(&mut self, message: &mut Message) {
        let header = self.authorization();
        let rand = random_array(&mut self.random);
        if let Some(association) = &mut self.association {
            let begun = association.credentials();
            association.sign(message, header, begun, rand);
        }
    }

    fn authorization(&self) -> &'static str {
        if self.proxy {
            "Proxy-Authorization"
        } else {
            "Authorization"
        }
    }

    fn write(&mut self, bytes: Vec<u8>) {
        self.last_sent = self.now;
        self.steps.push_back(Step::Write(bytes));
    }

    fn push_event(&mut self, event: Event) {
        self.steps.push_back(Step::Event(event));
    }

    fn fail(&mut self, failure: Failure) {
        self.state = State::Over;
        self.pending.clear();
        self.waiting.clear();
        self.push_event(Event::Failed(failure));
    }

    fn keep_alive_at(&self) -> Option<Instant> {
        self.keep_alive.map(|every| self.last_sent + every)
    }

    fn expire(&mut self) {
        let now = self.now;
        let late: Vec<Pending> = self
            .pending
            .extract_if(.., |pending| pending.deadline <= now)
            .collect();
        for Pending {
            ticket,
            purpose,
            ignored,
            ..
        } in late
        {
            match purpose {
                Purpose::SignIn | Purpose::Refresh => {
                    return self.fail(Failure::NoAnswer(ignored));
                }
                _ => self.push_event(Event::NoAnswer { ticket, ignored }),
            }
        }
    }
}

/// All challenges of a 401 or 407, and whether it was a 407.
fn challenges(message: &Message) -> (Vec<Credentials>, bool) {
    let proxy = message.code() == Some(407);
    let header = if proxy {
        "Proxy-Authenticate"
    } else {
        "WWW-Authenticate"
    };
    (
        message
            .all(header)
            .map(|value| Credentials::read(&value))
            .collect(),
        proxy,
    )
}

fn random_array<const N: usize>(random: &mut Random) -> [u8; N] {
    let mut bytes = [0; N];
    random(&mut bytes);
    bytes
}

/// That many random hexadecimal digits.
fn token(random: &mut Random, digits: usize) -> String {
    let mut bytes = vec![0; digits.div_ceil(2)];
    random(&mut bytes);
    let mut text = crate::hex::hex(&bytes);
    text.truncate(digits);
    text
}
