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
const METHODS: [&str; 6] = ["NOTIFY", "BENOTIFY", "OPTIONS", "INVITE", "ACK", "MESSAGE"];

fuzz_target!(|input: &[u8]| {
    let mut script = Script(input);
    let manner = script.byte();
    let mut session = Session::new(manner);
    if manner & 1 == 0 {
        session.sign_in();
    }
    while !script.0.is_empty() && !session.is_over {
        session.act(&mut script);
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
    fn new(manner: u8) -> Self {
        let now = Instant::now();
        let pool = Pool::new(manner);
        let mut session = Self {
            exchange: Exchange::new(endpoint(manner), Timers::default(), random(), now),
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
            let (answer, _) = self.pool.honest_answer(&register);
            self.say(Source::Signed, &answer.encode());
        }
    }

    fn act(&mut self, script: &mut Script<'_>) {
        match script.byte() % 8 {
            0 => self.say(Source::Unsigned, &script.bytes()),
            1 => self.say_signed(&script.bytes()),
            2 => self.answer(script),
            3 => self.ask(script),
            4 => self.answer_honestly(script),
            5 => self.wait(script),
            6 => self.request(script),
            _ => {
                self.exchange.sign_out();
                self.look(Source::Own, 0);
            }
        }
    }

    /// Whole messages as they stand, but with a right signature.
    fn say_signed(&mut self, bytes: &[u8]) {
        let mut framer = Framer::default();
        framer.push(bytes);
        while let Ok(Some(message)) = framer.next() {
            self.send(message, true);
        }
    }

    /// An answer to something that the client sent, with any headers and body.
    fn answer(&mut self, script: &mut Script<'_>) {
        let Some(request) = self.any_sent(script) else {
            return;
        };
        let mut answer = Message::response(script.one_of(&CODES), "Said");
        for header in &request.headers {
            let copied = ["Via", "From", "To", "Call-ID", "CSeq"];
            if copied.iter().any(|name| header.is(name)) {
                answer.headers.push(header.clone());
            }
        }
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
        let (answer, source) = self.pool.honest_answer(&request);
        self.say(source, &answer.encode());
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
        if !self.is_over {
            let next = self.exchange.deadline();
            assert!(next.is_none_or(|next| next > self.now), "it would spin");
        }
    }

    fn request(&mut self, script: &mut Script<'_>) {
        if self.requests == MOST_REQUESTS {
            return;
        }
        self.requests += 1;
        let method = script.one_of(&["SERVICE", "SUBSCRIBE", "INVITE"]);
        let rest = Message::request(method, "").with("Event", "vnd-microsoft-provisioning-v2");
        self.exchange.request(method, "sip:ana@example.com", rest);
        self.look(Source::Own, 0);
    }

    fn any_sent(&self, script: &mut Script<'_>) -> Option<Message> {
        let back = usize::from(script.byte());
        self.sent.iter().rev().nth(back).cloned()
    }

    fn send(&mut self, mut message: Message, is_signed: bool) {
        let is_signed = is_signed && self.pool.sign(&mut message);
        let source = if is_signed {
            Source::Signed
        } else {
            Source::Unsigned
        };
        self.say(source, &message.encode());
    }

    fn say(&mut self, source: Source, bytes: &[u8]) {
        self.exchange.receive(bytes, self.now);
        self.look(source, bytes.len());
    }

    /// Looks at all that the client does about what was just said.
    fn look(&mut self, source: Source, said: usize) {
        let mut most = 4 * (self.requests + 2) + 2 * (said / SHORTEST_MESSAGE);
        while let Some(step) = self.exchange.step() {
            most = most.checked_sub(1).expect("it does less");
            match step {
                Step::Write(bytes) => self.sent.extend(written(&bytes)),
                Step::Event(event) => self.happened(&event, source),
            }
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
            Event::SignedIn(_) | Event::Answer(..) | Event::Deregistered(_) => {
                assert!(source == Source::Signed, "{event:?} was believed");
            }
        }
    }
}

/// A keep-alive is no message; anything else is exactly one.
fn written(bytes: &[u8]) -> Option<Message> {
    let mut framer = Framer::default();
    framer.push(bytes);
    let message = framer.next().expect("the client speaks SIP");
    assert_eq!(message.is_none(), bytes == b"\r\n\r\n");
    assert_eq!(framer.next(), Ok(None));
    message
}

/// Header lines and a body of the script's.
fn with_rest(mut message: Message, script: &mut Script<'_>) -> Message {
    let headers = script.bytes();
    for line in String::from_utf8_lossy(&headers).lines() {
        if let Some((name, value)) = line.split_once(':') {
            message.add(name, value);
        }
    }
    message.body = script.bytes();
    message
}

/// The other end. Knows every association that it agreed to.
struct Pool {
    version: Version,
    is_proxy: bool,
    associations: Vec<Association>,
}

impl Pool {
    fn new(manner: u8) -> Self {
        let versions = [Version::V4, Version::V3, Version::V2];
        Self {
            version: versions[usize::from(manner >> 2) % versions.len()],
            is_proxy: manner & 2 != 0,
            associations: Vec::new(),
        }
    }

    fn sign(&mut self, message: &mut Message) -> bool {
        let Some(association) = self.associations.last_mut() else {
            return false;
        };
        let begun = association.credentials();
        association.sign(message, "Authentication-Info", begun, [1, 2, 3, 4]);
        true
    }

    /// What a pool says to a REGISTER that asks, has no token, or has the proof; else plain 200.
    fn honest_answer(&mut self, request: &Message) -> (Message, Source) {
        let header = if self.is_proxy {
            "Proxy-Authorization"
        } else {
            "Authorization"
        };
        let credentials = request.header(header).map(|v| Credentials::read(&v));
        let token = credentials.as_ref().map(|c| c.parameter("gssapi-data"));
        let (code, challenge) = match token {
            None => (401, Some(self.challenge())),
            Some(Some("")) => (401, Some(self.challenge_with_token())),
            Some(Some(token)) => {
                self.agree(token);
                (200, None)
            }
            Some(None) => (200, None),
        };
        let mut answer = Message::response(code, "Said");
        answer.headers.clone_from(&request.headers);
        answer.remove(header);
        answer.remove("Content-Type");
        if let Some(challenge) = challenge {
            answer.add(self.challenge_header(), challenge.write());
            answer.headers.swap(0, 0);
            return (self.with_code(answer), Source::Unsigned);
        }
        let answer = answer.with("Expires", "7200");
        let mut answer = answer.with("ms-keep-alive", "UAS; tcp=no; hop-hop=yes; timeout=300");
        let is_signed = self.sign(&mut answer);
        let source = if is_signed {
            Source::Signed
        } else {
            Source::Unsigned
        };
        (answer, source)
    }
}
