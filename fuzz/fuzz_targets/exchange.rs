//! A client in the hands of a hostile pool: whatever comes in whatever order, it believes nothing
//! unsigned, sends nothing but SIP, answers within bounds and always waits for a later moment.
#![no_main]

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use confctl::proto::association::{Association, Side, Verdict};
use confctl::proto::auth::ntlm::{challenge, verify};
use confctl::proto::auth::{Account, NtHash, TargetNames, Version};
use confctl::proto::exchange::{Endpoint, Event, Exchange, Random, Step, Timers, Transport};
use confctl::proto::sip::{Credentials, Framer, Message};
use confctl::secret::Secret;
use libfuzzer_sys::fuzz_target;

const SERVER_CHALLENGE: [u8; 8] = [7; 8];
const PASSWORD: &str = "Confctl-2009";
const MOST_REQUESTS: usize = 8;
/// `A b SIP/2.0` with two empty lines.
const SHORTEST_MESSAGE: usize = 15;
const CODES: [u16; 12] = [100, 200, 202, 301, 302, 401, 403, 404, 407, 481, 503, 600];
const AUTHORIZATION: [&str; 2] = ["Authorization", "Proxy-Authorization"];
const METHODS: [&str; 6] = ["NOTIFY", "BENOTIFY", "OPTIONS", "INVITE", "ACK", "MESSAGE"];

fuzz_target!(|input: &[u8]| {
    let mut script = Script(input);
    let verbosity = script.byte();
    let mut session = Session::new(verbosity);
    if verbosity & 1 == 0 {
        session.sign_in();
    }
    while !script.0.is_empty() && !session.is_over {
        session.act(&mut script);
    }
    if session.is_over {
        session.stays_over(script.0);
    }
});

/// What the pool does, byte by byte. Behind the end there are zeros.
struct Script<'a>(&'a [u8]);

impl Script<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    fn number(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::from(self.byte()) % all.len()]
    }

    /// Everything up to a 255, which UTF-8 has no use for.
    fn bytes(&mut self) -> Vec<u8> {
        let end = self.0.iter().position(|byte| *byte == 0xFF);
        let (bytes, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest.split_first().map_or(rest, |(_, rest)| rest);
        bytes.to_vec()
    }
}

struct Session {
    exchange: Exchange,
    now: Instant,
    pool: Pool,
    /// Everything that the client sent, the last one last.
    sent: Vec<Message>,
    requests: usize,
    is_over: bool,
}

/// Where bytes from the pool come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Signed,
    Unsigned,
    /// The user or the clock, not the pool.
    Own,
}

impl Session {
    fn new(verbosity: u8) -> Self {
        let now = Instant::now();
        let pool = Pool::new(verbosity);
        let mut session = Self {
            exchange: Exchange::new(endpoint(verbosity), Timers::default(), random(), now),
            now,
            pool,
            sent: Vec::new(),
            requests: 0,
            is_over: false,
        };
        session.look(Source::Own, 0);
        session
    }

    fn sign_in(&mut self) {
        while !self.exchange.is_signed_in() {
            let register = self.sent.last().expect("the client begins").clone();
            self.say_honestly(&register);
            assert!(!self.is_over, "an honest pool is believed");
        }
    }

    fn act(&mut self, script: &mut Script<'_>) {
        match script.byte() % 8 {
            0 => self.say(false, &script.bytes()),
            1 => self.say_signed(&script.bytes()),
            2 => self.answer(script),
            3 => self.ask(script),
            4 => self.answer_honestly(script),
            5 => self.wait(script),
            6 => self.request(script),
            _ => self.sign_out(),
        }
    }

    /// Whole messages as they stand, but with a right signature.
    fn say_signed(&mut self, bytes: &[u8]) {
        let mut framer = Framer::default();
        framer.push(bytes);
        while let Ok(Some(message)) = framer.next_message() {
            self.send(message, true);
        }
    }

    /// An answer to something that the client sent, with any headers and body.
    fn answer(&mut self, script: &mut Script<'_>) {
        let Some(request) = self.any_sent(script) else {
            return;
        };
        let answer = answer_to(&request, script.one_of(&CODES));
        let is_signed = script.byte() & 1 == 0;
        self.send(with_rest(answer, script), is_signed);
    }

    /// A request of the pool's in the dialog of something that the client sent.
    fn ask(&mut self, script: &mut Script<'_>) {
        let Some(request) = self.any_sent(script) else {
            return;
        };
        let method = script.one_of(&METHODS);
        let message = Message::request(method, "sip:ana@example.com")
            .with("From", request.header("To").unwrap_or_default())
            .with("To", request.header("From").unwrap_or_default())
            .with("Call-ID", request.header("Call-ID").unwrap_or_default())
            .with("CSeq", format!("2 {method}"));
        let is_signed = script.byte() & 1 == 0;
        self.send(with_rest(message, script), is_signed);
    }

    fn answer_honestly(&mut self, script: &mut Script<'_>) {
        let Some(request) = self.any_sent(script) else {
            return;
        };
        self.say_honestly(&request);
    }

    fn say_honestly(&mut self, request: &Message) {
        let (answer, is_signed) = self.pool.honest_answer(request);
        self.say(is_signed, &answer.encode());
    }

    fn wait(&mut self, script: &mut Script<'_>) {
        let seconds = u64::from(script.number());
        self.now = match self.exchange.deadline() {
            Some(deadline) if seconds == 0 => deadline.max(self.now),
            _ => self.now + Duration::from_secs(seconds),
        };
        // One thing that is due may put another one off.
        for _ in 0..2 {
            self.exchange.tick(self.now);
            self.look(Source::Own, 0);
        }
        let next = self.exchange.deadline();
        assert!(next.is_none_or(|next| next > self.now), "it would spin");
    }

    fn stays_over(&mut self, bytes: &[u8]) {
        self.say(false, bytes);
        assert!(self.exchange.deadline().is_none());
        self.exchange.tick(self.now + Duration::from_secs(100_000));
        self.look(Source::Own, 0);
    }

    fn request(&mut self, script: &mut Script<'_>) {
        let method = script.one_of(&["SERVICE", "SUBSCRIBE", "INVITE"]);
        if self.has_asked_enough() {
            return;
        }
        let rest = Message::request(method, "").with("Event", "vnd-microsoft-provisioning-v2");
        self.exchange.request(method, "sip:ana@example.com", rest);
        self.look(Source::Own, 0);
    }

    fn sign_out(&mut self) {
        if !self.has_asked_enough() {
            self.exchange.sign_out();
            self.look(Source::Own, 0);
        }
    }

    fn has_asked_enough(&mut self) -> bool {
        self.requests += 1;
        self.requests > MOST_REQUESTS
    }

    fn any_sent(&self, script: &mut Script<'_>) -> Option<Message> {
        let back = usize::from(script.byte());
        self.sent.iter().rev().nth(back).cloned()
    }

    fn send(&mut self, mut message: Message, shall_be_signed: bool) {
        let is_signed = shall_be_signed && sign(self.pool.current.as_mut(), &mut message);
        self.say(is_signed, &message.encode());
    }

    fn say(&mut self, is_signed: bool, bytes: &[u8]) {
        self.exchange.receive(bytes, self.now);
        let source = if is_signed {
            Source::Signed
        } else {
            Source::Unsigned
        };
        self.look(source, bytes.len());
    }

    /// Looks at all that the client does about what was just said.
    fn look(&mut self, source: Source, said: usize) {
        let mut most = 4 * (self.requests + 2) + 2 * (said / SHORTEST_MESSAGE);
        while let Some(step) = self.exchange.next_step() {
            assert!(!self.is_over, "{step:?} came after the end");
            most = most.checked_sub(1).expect("it does less");
            match step {
                Step::Write(bytes) => self.wrote(&bytes),
                Step::Event(event) => self.happened(&event, source),
            }
        }
    }

    /// A keep-alive is no message; anything else is exactly one.
    fn wrote(&mut self, bytes: &[u8]) {
        let mut framer = Framer::default();
        framer.push(bytes);
        let message = framer.next_message().expect("the client speaks SIP");
        assert_eq!(framer.next_message(), Ok(None));
        match message {
            Some(message) => {
                self.pool.check(&message);
                self.sent.push(message);
            }
            None => assert_eq!(bytes, b"\r\n\r\n"),
        }
    }

    fn happened(&mut self, event: &Event, source: Source) {
        match event {
            Event::Failed(failure) => {
                assert!(!failure.to_string().is_empty());
                self.is_over = true;
            }
            Event::Redirected(target) => {
                assert!(!target.host.is_empty());
                self.is_over = true;
            }
            Event::NoAnswer { .. } => assert!(source == Source::Own),
            // A challenge need not be signed.
            Event::Answer(_, answer) if matches!(answer.code(), Some(401 | 407)) => {}
            Event::SignedIn(_) => {
                assert!(source == Source::Signed, "{event:?} was believed");
                self.pool.current = self.pool.proposed.take();
            }
            Event::Answer(..) | Event::Notification(_) | Event::Deregistered(_) => {
                assert!(source == Source::Signed, "{event:?} was believed");
            }
        }
    }
}

/// Any header lines and any body.
fn with_rest(mut message: Message, script: &mut Script<'_>) -> Message {
    let headers = script.bytes();
    for line in String::from_utf8_lossy(&headers).lines() {
        if let Some((name, value)) = line.split_once(':') {
            message.add(name, value);
        }
    }
    // With another length, what comes next would be the end of a message that somebody signed.
    message.remove("Content-Length");
    message.body = script.bytes();
    message
}

/// The other end, honest when it is asked to be.
struct Pool {
    version: Version,
    is_proxy: bool,
    challenges: u32,
    /// Made from a proof, but the client has not said yet that it is signed in.
    proposed: Option<Association>,
    current: Option<Association>,
}

impl Pool {
    fn new(verbosity: u8) -> Self {
        let versions = [Version::V4, Version::V3, Version::V2];
        Self {
            version: versions[usize::from(verbosity >> 3) % versions.len()],
            is_proxy: verbosity & 2 != 0,
            challenges: 0,
            proposed: None,
            current: None,
        }
    }

    /// A challenge until there is a proof, then plain 200, and whether it is signed.
    fn honest_answer(&mut self, request: &Message) -> (Message, bool) {
        let Some(credentials) = credentials(request) else {
            return (self.challenge(request, None), false);
        };
        let association = match credentials.parameter("gssapi-data") {
            Some("") => return (self.challenge(request, Some(challenge_token())), false),
            Some(token) => {
                self.proposed = agree(&credentials, token);
                &mut self.proposed
            }
            None => &mut self.current,
        };
        let mut answer = welcome(request);
        let is_signed = sign(association.as_mut(), &mut answer);
        (answer, is_signed)
    }

    fn challenge(&mut self, request: &Message, token: Option<Vec<u8>>) -> Message {
        self.challenges += 1;
        let (code, header) = if self.is_proxy {
            (407, "Proxy-Authenticate")
        } else {
            (401, "WWW-Authenticate")
        };
        let mut challenge = Credentials::new("NTLM")
            .with("realm", "SIP Communications Service")
            .with("targetname", "pool.example.com")
            .with("opaque", &self.challenges.to_string());
        if let Some(token) = token {
            challenge = challenge.with("gssapi-data", &BASE64.encode(token));
        }
        if let Some(version) = self.version.parameter() {
            challenge = challenge.with("version", version);
        }
        answer_to(request, code).with(header, challenge.write())
    }

    /// Once signed in, the client signs everything that is no part of a handshake.
    fn check(&mut self, message: &Message) {
        let is_handshake = credentials(message)
            .is_none_or(|credentials| credentials.parameter("gssapi-data").is_some());
        if let Some(association) = self.current.as_mut().filter(|_| !is_handshake) {
            let verdict = association.verify(message, AUTHORIZATION);
            assert_eq!(verdict, Verdict::Valid);
        }
    }
}

/// Takes what the client echoes of a challenge for what the pool said.
fn agree(credentials: &Credentials, token: &str) -> Option<Association> {
    let version = Version::from_parameter(credentials.parameter("version")).ok()?;
    let token = BASE64.decode(token).ok()?;
    let hash = NtHash::of(&Secret::from(PASSWORD));
    let (_, keys) = verify(&token, SERVER_CHALLENGE, |_, _| Some(hash)).ok()?;
    Some(Association::new(Side::Server, credentials, version, keys))
}

fn sign(association: Option<&mut Association>, message: &mut Message) -> bool {
    let Some(association) = association else {
        return false;
    };
    let begun = association.credentials();
    association.sign(message, "Authentication-Info", begun, [1, 2, 3, 4]);
    true
}

fn credentials(request: &Message) -> Option<Credentials> {
    let value = AUTHORIZATION.iter().find_map(|name| request.header(name))?;
    Some(Credentials::read(&value))
}

fn answer_to(request: &Message, code: u16) -> Message {
    let copied = ["Via", "From", "To", "Call-ID", "CSeq"];
    let mut answer = Message::response(code, "Said");
    answer.headers.clone_from(&request.headers);
    answer
        .headers
        .retain(|header| copied.iter().any(|name| header.is(name)));
    answer
}

fn welcome(request: &Message) -> Message {
    answer_to(request, 200)
        .with("Expires", "7200")
        .with("Contact", request.header("Contact").unwrap_or_default())
        .with("ms-keep-alive", "UAS; hop-hop=yes; timeout=300")
}

fn challenge_token() -> Vec<u8> {
    let names = TargetNames {
        netbios_domain: "EXAMPLE",
        netbios_computer: "POOL",
        dns_domain: "example.com",
        dns_computer: "pool.example.com",
        dns_tree: "example.com",
    };
    challenge(SERVER_CHALLENGE, &names, None).expect("all names are short")
}

fn endpoint(verbosity: u8) -> Endpoint {
    let password = Secret::from(PASSWORD);
    Endpoint {
        user: "sip:ana@example.com".into(),
        account: Account::parse("EXAMPLE\\ana", password).expect("the name is one"),
        epid: "c4ec7c8b581c".into(),
        local: "192.0.2.10:49201".into(),
        transport: if verbosity & 4 == 0 {
            Transport::Tls
        } else {
            Transport::Tcp
        },
        user_agent: "confctl".into(),
        workstation: "laptop".into(),
        unix_time: 1_900_000_000,
    }
}

/// Never the same bytes twice in a session, the same in every session.
fn random() -> Random {
    let mut count = 0_u64;
    Box::new(move |bytes| {
        for byte in bytes.chunks_mut(8) {
            count += 1;
            byte.copy_from_slice(&count.to_le_bytes()[..byte.len()]);
        }
    })
}
