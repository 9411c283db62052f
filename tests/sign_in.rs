//! Signing in over real sockets: what the practice pool demands and gives, and what the library's
//! own client believes.

use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use jiff::fmt::rfc2822;

use confctl::proto::association::{Association, Side, Verdict};
use confctl::proto::auth::ntlm::{ClientRandom, respond};
use confctl::proto::auth::{Account, FileTime, Version};
use confctl::proto::c3p::focus_factory_uri;
use confctl::proto::exchange::{
    Event, Exchange, Failure, Ignored, Step, Target, Ticket, Transport,
};
use confctl::proto::provisioning::{self, Provisioning, Query};
use confctl::proto::sip::{Address, Credentials, Framer, Message};
use confctl::secret::Secret;

use crate::caller::{ANA, BO, Caller, Person, Wire, diagnostics, shown};
use crate::desk::ServedPool;

/// A REGISTER as Communicator writes it; `#` stands for the number of the request.
const REGISTER: &str = "\
REGISTER sip:example.com SIP/2.0
Via: SIP/2.0/TCP 192.0.2.10:49201;branch=z9hG4bK7d1a
Max-Forwards: 70
From: <sip:ana@example.com>;tag=7d1a;epid=c4ec7c8b581c
To: <sip:ana@example.com>
Call-ID: 0f3b5c7a9e1d4266
CSeq: # REGISTER
Contact: <sip:192.0.2.10:49201;transport=tcp;ms-opaque=ab12>;methods=\"INVITE, BYE\";proxy=replace;+sip.instance=\"<urn:uuid:57c2622a-d62b-5b8d-9a2a-688f48472334>\"
Supported: gruu-10, msrtc-event-categories
Event: registration
Content-Length: 0

";

/// Where a server's signature stands.
const SIGNATURES: [&str; 2] = ["Authentication-Info", "Proxy-Authentication-Info"];

/// What is replaced in the text of a request, and with what.
type Edits = [(&'static str, &'static str)];

/// A client made by hand, which signs whatever it is given.
struct Handmade {
    wire: Wire,
    association: Option<Association>,
    sequence: u32,
    /// Made to the text of every request: what is replaced, and with what.
    edits: Vec<(&'static str, &'static str)>,
}

impl Handmade {
    fn new(pool: &ServedPool) -> Self {
        Self::with(pool, &[])
    }

    fn with(pool: &ServedPool, edits: &Edits) -> Self {
        let wire = Wire::tcp(&pool.tcp());
        let (association, sequence, edits) = (None, 0, edits.to_vec());
        Self {
            wire,
            association,
            sequence,
            edits,
        }
    }

    /// Somebody whose REGISTER was answered.
    fn signed_in(pool: &ServedPool) -> Self {
        let mut client = Self::new(pool);
        assert_eq!(client.sign_in().code(), Some(200));
        client
    }

    /// The next REGISTER, with all edits.
    #[track_caller]
    fn register(&mut self) -> Message {
        self.sequence += 1;
        let text = REGISTER.replace('#', &self.sequence.to_string());
        let edited = self.edits.iter().fold(text, |text, (old, new)| {
            assert!(text.contains(old), "no '{old}' to replace");
            text.replace(old, new)
        });
        read(&edited)
    }

    fn ask(&mut self, request: &Message) -> Message {
        self.wire.send(&request.encode());
        self.wire.message()
    }

    /// Asks until there is something to prove oneself with.
    fn challenge(&mut self) -> Credentials {
        let request = self.register();
        let offered = challenge_in(&self.ask(&request));
        let begun = Credentials::new("NTLM")
            .with("qop", "auth")
            .with("realm", offered.parameter("realm").unwrap())
            .with("targetname", offered.parameter("targetname").unwrap())
            .with("gssapi-data", "")
            .with("version", "4");
        let request = self.register().with("Authorization", begun.write());
        challenge_in(&self.ask(&request))
    }

    /// A REGISTER with an AUTHENTICATE message, signed.
    fn proof(&mut self, challenge: &Credentials, (_, login, password): Person) -> Message {
        let token = BASE64
            .decode(challenge.parameter("gssapi-data").unwrap())
            .unwrap();
        let account = Account::parse(login, Secret::from(password)).unwrap();
        let random = ClientRandom {
            client_challenge: [0xAA; 8],
            session_key: [0x55; 16],
        };
        let now = FileTime::from_unix_seconds(Timestamp::now().as_second());
        let (token, keys) = respond(&token, &account, "desk", now, random).unwrap();
        let mut association = Association::new(Side::Client, challenge, Version::V4, keys);
        let begun = association
            .credentials()
            .with("gssapi-data", &BASE64.encode(token))
            .with("version", "4");
        let mut request = self.register();
        association.sign(&mut request, "Authorization", begun, [1; 4]);
        self.association = Some(association);
        request
    }

    /// The whole handshake as Ana; gives the last answer.
    fn sign_in(&mut self) -> Message {
        let challenge = self.challenge();
        let proof = self.proof(&challenge, ANA);
        self.ask(&proof)
    }

    fn sign(&mut self, mut request: Message) -> Message {
        let association = self.association.as_mut().unwrap();
        let begun = association.credentials();
        association.sign(&mut request, "Authorization", begun, [2; 4]);
        request
    }

    /// A signed REGISTER.
    fn signed_register(&mut self) -> Message {
        let request = self.register();
        self.sign(request)
    }

    /// Another signed request.
    fn signed(&mut self, method: &str) -> Message {
        let text = REGISTER.replace("REGISTER", method);
        self.sequence += 1;
        self.sign(read(&text.replace('#', &self.sequence.to_string())))
    }

    fn verdict(&mut self, answer: &Message) -> Verdict {
        self.association
            .as_mut()
            .unwrap()
            .verify(answer, SIGNATURES)
    }
}

/// A message from lines.
#[track_caller]
fn read(text: &str) -> Message {
    let mut framer = Framer::default();
    framer.push(text.replace('\n', "\r\n").as_bytes());
    framer.next_message().unwrap().unwrap()
}

#[track_caller]
fn challenge_in(answer: &Message) -> Credentials {
    assert_eq!(answer.code(), Some(401), "{}", shown(answer));
    Credentials::read(&answer.header("WWW-Authenticate").unwrap())
}

#[test]
fn the_first_401_offers_ntlm_and_tells_the_time() {
    let pool = ServedPool::start(&[]);
    let mut client = Handmade::new(&pool);
    let request = client.register();
    let answer = client.ask(&request);
    assert_eq!(answer.code(), Some(401));
    let offered: Vec<String> = answer.all("WWW-Authenticate").collect();
    let expected = "NTLM realm=\"SIP Communications Service\", targetname=\"pool.practice.example\", version=4";
    assert_eq!(offered, [expected]);
    let date = answer.header("Date").unwrap().replace("GMT", "+0000");
    let date = rfc2822::DateTimeParser::new()
        .parse_timestamp(&date)
        .unwrap();
    let skew = Timestamp::now().duration_since(date).as_secs();
    assert!(skew.abs() < 60, "{skew} s");
    for name in ["From", "Call-ID", "CSeq"] {
        assert_eq!(answer.header(name), request.header(name), "{name}");
    }
    let port = client.wire.local().rsplit_once(':').unwrap().1.to_owned();
    let via = format!(
        "{};ms-received-port={port};ms-received-cid=",
        request.header("Via").unwrap()
    );
    assert!(
        answer.header("Via").unwrap().starts_with(&via),
        "{}",
        shown(&answer)
    );
    let to = answer.header("To").unwrap();
    assert!(to.starts_with("<sip:ana@example.com>;tag="), "{to}");
}

#[test]
fn every_challenge_is_a_new_one() {
    let pool = ServedPool::start(&[]);
    let mut client = Handmade::new(&pool);
    let challenges: Vec<Credentials> = (0..20).map(|_| client.challenge()).collect();
    for challenge in &challenges {
        let opaque = challenge.parameter("opaque").unwrap();
        assert!(
            opaque.len() == 8 && opaque.bytes().all(|b| b.is_ascii_hexdigit()),
            "{opaque}"
        );
        let token = BASE64
            .decode(challenge.parameter("gssapi-data").unwrap())
            .unwrap();
        assert!(token.starts_with(b"NTLMSSP\0\x02\0\0\0"));
        assert_eq!(token[20..24], 0xE298_82F3_u32.to_le_bytes());
        let alike = |other: &&Credentials| {
            other.parameter("gssapi-data") == challenge.parameter("gssapi-data")
        };
        assert_eq!(challenges.iter().filter(alike).count(), 1);
    }
    let proof = client.proof(challenges.last().unwrap(), ANA);
    assert_eq!(client.ask(&proof).code(), Some(200));
}

#[test]
fn the_200_has_what_clients_look_for() {
    let pool = ServedPool::start(&[]);
    let mut client = Handmade::new(&pool);
    let answer = client.sign_in();
    assert_eq!(answer.code(), Some(200), "{}", shown(&answer));
    assert_eq!(client.verdict(&answer), Verdict::Valid);
    let contact = Address::read(&answer.header("Contact").unwrap());
    assert_eq!(
        contact.uri,
        "sip:192.0.2.10:49201;transport=tcp;ms-opaque=ab12"
    );
    let instance = "<urn:uuid:57c2622a-d62b-5b8d-9a2a-688f48472334>";
    assert_eq!(contact.parameter("+sip.instance"), Some(instance));
    let gruu = "sip:ana@example.com;opaque=user:epid:KmLCVyvWjVuaKmiPSEcjNAAA;gruu";
    assert_eq!(contact.parameter("gruu"), Some(gruu));
    assert_eq!(Address::read(&answer.header("From").unwrap()).name, "Ana");
    let header = |name| answer.header(name).unwrap_or_default();
    assert_eq!(header("Expires"), "7200");
    assert_eq!(header("Server"), "RTC/3.5");
    assert_eq!(header("presence-state"), "register-action=\"added\"");
    assert!(header("ms-keep-alive").ends_with("timeout=300"));
    assert!(!header("Allow-Events").contains(' '));
    let supported: Vec<String> = answer.all("Supported").collect();
    assert!(
        supported.contains(&"msrtc-event-categories".to_owned()),
        "{supported:?}"
    );
}

#[test]
fn wrong_credentials_are_refused_with_1000_and_a_fresh_challenge() {
    let pool = ServedPool::start(&[]);
    let (ana, login, password) = ANA;
    let cases = [
        (ana, login, "correct-horse-7"),
        (ana, login, ""),
        (ana, login, BO.2),
        (ana, "EXAMPLE\\nobody", password),
        (ana, "OTHER\\ana", password),
        (ana, "ana@example.com", BO.2),
        (ana, "ana@example.org", password),
    ];
    for person in cases {
        let mut caller = Caller::new(Wire::tcp(&pool.tcp()), person);
        let Event::Failed(Failure::WrongPassword(answer)) = caller.event() else {
            panic!("{person:?} was let in");
        };
        assert_eq!(diagnostics(&answer), Some(1000), "{person:?}");
        let challenge = challenge_in(&answer);
        assert_eq!(
            (
                challenge.parameter("opaque"),
                challenge.parameter("gssapi-data")
            ),
            (None, None)
        );
    }
    for login in ["example\\ANA", "ana@example.com", "Ana@Example.COM"] {
        Caller::new(Wire::tcp(&pool.tcp()), (ana, login, password)).sign_in();
    }
}

#[test]
fn a_client_that_renames_the_pool_proves_nothing() {
    let pool = ServedPool::start(&[]);
    for (name, other) in [
        ("realm", "sip communications service"),
        ("targetname", "pool.example.com"),
    ] {
        let mut client = Handmade::new(&pool);
        let challenge = client.challenge();
        let renamed = ["realm", "targetname", "opaque", "gssapi-data"]
            .into_iter()
            .fold(Credentials::new("NTLM"), |renamed, own| {
                let value = challenge.parameter(own).unwrap();
                renamed.with(own, if own == name { other } else { value })
            });
        let proof = client.proof(&renamed, ANA);
        let answer = client.ask(&proof);
        assert_eq!(
            (answer.code(), diagnostics(&answer)),
            (Some(401), Some(1000)),
            "{name}"
        );
    }
}

#[test]
fn of_many_sign_ins_on_a_connection_the_latest_count() {
    let pool = ServedPool::start(&[]);
    let mut client = Handmade::signed_in(&pool);
    let first = client.association.take();
    for _ in 0..16 {
        assert_eq!(client.sign_in().code(), Some(200));
    }
    let request = client.signed_register();
    assert_eq!(client.ask(&request).code(), Some(200));
    client.association = first;
    let request = client.signed_register();
    assert_eq!(client.ask(&request).code(), Some(401), "the oldest is gone");
}

#[test]
fn a_proof_counts_only_when_signed_and_only_once() {
    let pool = ServedPool::start(&[]);
    let edits: [fn(Message) -> Message; 6] = [
        |proof| without(proof, "response"),
        |proof| with_parameter(proof, "response", "0100000000000000000000000000ffff"),
        |proof| with_parameter(proof, "cnum", "2"),
        |proof| with_parameter(proof, "opaque", "00000000"),
        |proof| with_parameter(proof, "gssapi-data", "TlRMTVNTUAADAAAA"),
        |proof| with_parameter(proof, "gssapi-data", "%%%"),
    ];
    for (case, edit) in edits.into_iter().enumerate() {
        let mut client = Handmade::new(&pool);
        let challenge = client.challenge();
        let proof = client.proof(&challenge, ANA);
        let answer = client.ask(&edit(proof));
        assert_eq!(
            (answer.code(), diagnostics(&answer)),
            (Some(401), Some(1000)),
            "case {case}"
        );
    }
    let mut client = Handmade::new(&pool);
    let challenge = client.challenge();
    let proof = client.proof(&challenge, ANA);
    assert_eq!(client.ask(&proof).code(), Some(200));
    assert_eq!(
        client.ask(&proof).code(),
        Some(401),
        "a proof overheard is worth nothing"
    );
    let again = client.proof(&challenge, ANA);
    assert_eq!(client.ask(&again).code(), Some(401));
}

/// The request with another value in its authentication header.
fn with_parameter(mut request: Message, name: &str, value: &str) -> Message {
    let header = request.header("Authorization").unwrap();
    let old = Credentials::read(&header)
        .parameter(name)
        .unwrap()
        .to_owned();
    request.remove("Authorization");
    let pair = |value: &str| format!("{name}=\"{value}\"");
    assert!(header.contains(&pair(&old)), "{header}");
    request.with("Authorization", header.replace(&pair(&old), &pair(value)))
}

/// The request without a parameter in its authentication header.
fn without(request: Message, name: &str) -> Message {
    let mut request = with_parameter(request, name, "");
    let header = request.header("Authorization").unwrap();
    request.remove("Authorization");
    request.with(
        "Authorization",
        header.replace(&format!(", {name}=\"\""), ""),
    )
}

#[test]
fn a_repeated_number_is_dropped_without_a_word() {
    let pool = ServedPool::start(&[]);
    let mut client = Handmade::signed_in(&pool);
    let first = client.signed_register();
    assert_eq!(client.ask(&first).code(), Some(200));
    client.wire.send(&first.encode());
    for _ in 0..7 {
        client.signed_register();
    }
    let next = client.signed_register();
    let answer = client.ask(&next);
    assert_eq!(
        answer.header("CSeq"),
        next.header("CSeq"),
        "numbers may be left out"
    );
}

#[test]
fn a_wrong_signature_is_challenged_and_changes_nothing() {
    let pool = ServedPool::start(&[]);
    let mut client = Handmade::signed_in(&pool);
    let edits: [fn(Message) -> Message; 5] = [
        |request| with_parameter(request, "response", "0100000000000000000000000000ffff"),
        |request| with_parameter(request, "opaque", "00000000"),
        |request| with_parameter(request, "crand", "00000000"),
        |request| without(request, "response"),
        |request| request.with("Expires", "0"),
    ];
    for (case, edit) in edits.into_iter().enumerate() {
        let request = client.signed_register();
        let answer = client.ask(&edit(request));
        assert_eq!(answer.code(), Some(401), "case {case}");
        assert_eq!(client.verdict(&answer), Verdict::Unsigned, "case {case}");
    }
    let request = client.signed_register();
    let answer = client.ask(&request);
    assert_eq!(
        (answer.code(), client.verdict(&answer)),
        (Some(200), Verdict::Valid)
    );
}

#[test]
fn nobody_can_speak_for_somebody_else() {
    let pool = ServedPool::start(&[]);
    let mut client = Handmade::with(&pool, &[("sip:ana@", "sip:bo@")]);
    let answer = client.sign_in();
    assert_eq!(
        (answer.code(), diagnostics(&answer)),
        (Some(403), Some(4004))
    );
    assert_eq!(client.verdict(&answer), Verdict::Valid);
    let mut client = Handmade::signed_in(&pool);
    client.edits = vec![("sip:ana@", "sip:bo@")];
    let request = client.signed_register();
    let answer = client.ask(&request);
    assert_eq!(
        (answer.code(), diagnostics(&answer)),
        (Some(403), Some(4004))
    );
}

#[test]
fn a_register_must_name_its_endpoint_event_and_extensions() {
    const INSTANCE: &str = ";+sip.instance=\"<urn:uuid:57c2622a-d62b-5b8d-9a2a-688f48472334>\"";
    let pool = ServedPool::start(&[]);
    let cases: [(&Edits, u16, Option<u32>); 13] = [
        (
            &[(";epid=c4ec7c8b581c", ""), (INSTANCE, "")],
            400,
            Some(4010),
        ),
        (&[(";epid=c4ec7c8b581c", "")], 400, Some(4011)),
        (
            &[
                ("epid=c4ec7c8b581c", "epid=0123456789abcdef0"),
                (INSTANCE, ""),
            ],
            400,
            Some(4012),
        ),
        (
            &[
                ("epid=c4ec7c8b581c", "epid=0123456789abcdef"),
                (INSTANCE, ""),
            ],
            200,
            None,
        ),
        (&[("57c2622a", "57c2622b")], 400, Some(4010)),
        (&[("57c2622a", "57C2622A")], 200, None),
        (
            &[("Event: registration", "Event: presence")],
            489,
            Some(4055),
        ),
        (&[("Event: registration\n", "")], 489, Some(4055)),
        (&[("gruu-10, ", "")], 421, Some(2057)),
        (&[("gruu-10, msrtc-event-categories", "gruu-10")], 200, None),
        (&[("transport=tcp", "transport=tls")], 400, None),
        (
            &[("transport=tcp", "transport=tls"), ("proxy=replace;", "")],
            200,
            None,
        ),
        (&[("transport=tcp", "transport=TCP")], 200, None),
    ];
    for (edits, code, id) in cases {
        let mut client = Handmade::with(&pool, edits);
        let answer = client.sign_in();
        assert_eq!(
            (answer.code(), diagnostics(&answer)),
            (Some(code), id),
            "{edits:?}"
        );
        assert_eq!(client.verdict(&answer), Verdict::Valid, "{edits:?}");
    }
}

#[test]
fn requests_are_read_however_they_are_written() {
    let pool = ServedPool::start(&[]);
    let cases: [&Edits; 9] = [
        &[(
            "<sip:ana@example.com>",
            "\"An \\\"<a@b>\\\" <c>\" <sip:ana@example.com>",
        )],
        &[
            ("Via:", "v:"),
            ("From:", "f:"),
            ("To:", "t:"),
            ("Call-ID:", "i:"),
            ("Contact:", "m:"),
            ("Supported:", "k:"),
            ("Event:", "o:"),
            ("Content-Length:", "l:"),
        ],
        &[
            ("From:", "FROM:"),
            ("CSeq:", "cseq:"),
            ("Call-ID:", "call-id:"),
            ("Event:", "eVENT:"),
        ],
        &[
            ("Supported: gruu-10, ", "Supported: gruu-10,\n\t "),
            (";proxy=replace", ";\n proxy=replace"),
        ],
        &[(";branch=z9hG4bK7d1a", "")],
        &[("SIP/2.0/TCP", "SIP/2.0/tcp")],
        &[(": ", ":")],
        &[(
            "<sip:ana@example.com>",
            "\"Exemplar, Ana\" <sip:Ana@Example.com>",
        )],
        &[(
            "Max-Forwards: 70",
            "X-Unknown: \u{17D}ofie;a=\"b,c\"\nMax-Forwards:   70  ",
        )],
    ];
    for edits in cases {
        let mut client = Handmade::with(&pool, edits);
        let answer = client.sign_in();
        assert_eq!(answer.code(), Some(200), "{edits:?} {}", shown(&answer));
        assert_eq!(client.verdict(&answer), Verdict::Valid, "{edits:?}");
        let from = Address::read(&answer.header("From").unwrap());
        let own = (from.name.as_str(), from.uri.to_lowercase());
        assert_eq!(own, ("Ana", ANA.0.to_owned()), "{edits:?}");
        let via = client.register().header("Via").unwrap();
        assert!(answer.header("Via").unwrap().starts_with(&via), "{edits:?}");
    }
}

#[test]
fn the_stream_may_be_cut_anywhere() {
    let pool = ServedPool::start(&[]);
    let mut client = Handmade::signed_in(&pool);
    let request = client.signed_register().encode();
    for byte in request.chunks(7) {
        client.wire.send(byte);
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(client.wire.message().code(), Some(200));

    let requests: Vec<Message> = (0..5).map(|_| client.signed_register()).collect();
    let mut segment = b"\r\n\r\n".to_vec();
    for request in &requests {
        segment.extend(request.encode());
        segment.extend(b"\r\n\r\n");
    }
    client.wire.send(&segment);
    for request in &requests {
        let answer = client.wire.message();
        assert_eq!(answer.header("CSeq"), request.header("CSeq"));
        assert_eq!(client.verdict(&answer), Verdict::Valid);
    }
}

#[test]
fn what_came_before_garbage_is_answered() {
    let pool = ServedPool::start(&[]);
    let mut client = Handmade::new(&pool);
    let mut segment = client.register().encode();
    segment.extend(b"EHLO client.example.com\r\n\r\n");
    client.wire.send(&segment);
    assert_eq!(client.wire.message().code(), Some(401));
    assert!(client.wire.is_hung_up());
}

#[test]
fn who_does_not_speak_sip_is_hung_up_on() {
    let pool = ServedPool::start(&[]);
    for garbage in [
        "GET / HTTP/1.1\r\nHost: pool.example.com\r\n\r\n",
        "REGISTER sip:example.com SIP/2.0\r\nno header\r\n\r\n",
        "REGISTER sip:example.com SIP/2.0\r\nContent-Length: x\r\n\r\n",
        "REGISTER sip:example.com SIP/2.0\r\nContent-Length: 99999999\r\n\r\n",
        "SERVICE sip:ana@example.com SIP/2.0\r\nContent-Length: 5000\r\n\r\n",
        "REGISTER sip:example.com SIP/2.0\r\nA: \0\r\n\r\n",
    ] {
        let mut wire = Wire::tcp(&pool.tcp());
        wire.send(garbage.as_bytes());
        assert!(wire.is_hung_up(), "{garbage:?}");
    }
}

#[test]
fn methods_nobody_knows_get_a_signed_501() {
    let pool = ServedPool::start(&[]);
    let mut client = Handmade::signed_in(&pool);
    for method in ["MESSAGE", "OPTIONS", "PUBLISH", "register", "DANCE"] {
        let request = client.signed(method);
        let answer = client.ask(&request);
        assert_eq!(
            (answer.code(), client.verdict(&answer)),
            (Some(501), Verdict::Valid),
            "{method}"
        );
        assert_eq!(answer.header("CSeq"), request.header("CSeq"));
    }
}

#[test]
fn ack_and_cancel_of_strangers_are_not_answered_and_anything_else_is_challenged() {
    let pool = ServedPool::start(&[]);
    let mut client = Handmade::new(&pool);
    for method in ["ACK", "CANCEL"] {
        client
            .wire
            .send(&read(&REGISTER.replace("REGISTER", method)).encode());
    }
    for method in ["SERVICE", "INVITE", "SUBSCRIBE", "BYE", "DANCE"] {
        let answer = client.ask(&read(&REGISTER.replace("REGISTER", method)));
        challenge_in(&answer);
        assert_eq!(answer.header("CSeq"), Some(format!("# {method}")));
    }
    let mut client = Handmade::signed_in(&pool);
    let acknowledgement = client.signed("ACK");
    client.wire.send(&acknowledgement.encode());
    let next = client.signed_register();
    assert_eq!(client.ask(&next).header("CSeq"), next.header("CSeq"));
}

#[test]
fn answers_and_keep_alives_of_the_client_are_not_answered() {
    let pool = ServedPool::start(&[]);
    let mut client = Handmade::signed_in(&pool);
    client.wire.send(b"\r\n\r\n");
    client
        .wire
        .send(b"SIP/2.0 200 OK\r\nCSeq: 2 NOTIFY\r\nContent-Length: 0\r\n\r\n");
    client.wire.send(b"\r\n\r\n");
    let next = client.signed_register();
    assert_eq!(client.ask(&next).header("CSeq"), next.header("CSeq"));
}

#[test]
fn a_registration_is_refreshed_and_ended() {
    let pool = ServedPool::start(&[]);
    let mut client = Handmade::signed_in(&pool);
    let mut action = |expires: Option<&str>| {
        let request = client.register();
        let request = expires.map_or(request.clone(), |expires| request.with("Expires", expires));
        let request = client.sign(request);
        let answer = client.ask(&request);
        assert_eq!(
            (answer.code(), client.verdict(&answer)),
            (Some(200), Verdict::Valid)
        );
        (answer.header("Expires"), answer.header("presence-state"))
    };
    let lasting = |word| {
        (
            Some("7200".to_owned()),
            Some(format!("register-action=\"{word}\"")),
        )
    };
    assert_eq!(action(None), lasting("fixed"));
    assert_eq!(action(Some("600")), lasting("fixed"));
    assert_eq!(action(Some("0")).0, Some("0".to_owned()));
    assert_eq!(action(None), lasting("added"), "the old binding is gone");
}

#[test]
fn a_new_sign_in_leaves_the_old_association_usable_until_it_is_done() {
    let pool = ServedPool::start(&[]);
    let mut client = Handmade::signed_in(&pool);
    let challenge = client.challenge();
    let request = client.signed_register();
    let answer = client.ask(&request);
    assert_eq!(
        (answer.code(), client.verdict(&answer)),
        (Some(200), Verdict::Valid)
    );
    let proof = client.proof(&challenge, ANA);
    let answer = client.ask(&proof);
    assert_eq!(
        (answer.code(), client.verdict(&answer)),
        (Some(200), Verdict::Valid)
    );
}

/// A SUBSCRIBE for the user's settings, and its ticket.
fn subscribe(exchange: &mut Exchange) -> Ticket {
    exchange.request("SUBSCRIBE", ANA.0, subscription())
}

fn subscription() -> Message {
    Message::request("SUBSCRIBE", "")
        .with("Event", provisioning::EVENT)
        .with("Accept", provisioning::CONTENT_TYPE)
        .with("Supported", "ms-benotify")
        .with_body(provisioning::CONTENT_TYPE, Query::default().encode())
}

#[test]
fn settings_come_in_the_200_a_notify_or_a_benotify() {
    for (faults, method, answered) in [
        (&[][..], None, false),
        (&["--fault", "notify"][..], Some("NOTIFY"), true),
        (&["--fault", "benotify"][..], Some("BENOTIFY"), false),
    ] {
        let pool = ServedPool::start(faults);
        let mut caller = Caller::signed_in(&pool, ANA);
        let ticket = subscribe(&mut caller.exchange);
        let answer = caller.answer(ticket);
        assert_eq!(answer.method(), method);
        assert!(answer.carries(provisioning::CONTENT_TYPE));
        let settings = Provisioning::decode(&answer.body).unwrap();
        assert_eq!(settings.focus_factory_uri, Some(focus_factory_uri(ANA.0)));
        let page = settings.cwa_external_uri.unwrap() + "/dialin";
        assert_eq!(page, pool.fact("page-external"));
        assert_eq!(settings.meeting_policy.enable_pstn_conferencing, Some(true));

        let sent = caller.sent.len();
        assert_eq!(subscribe_again(&mut caller), method.map(str::to_owned));
        let replies = caller.sent[sent..]
            .iter()
            .filter(|bytes| bytes.starts_with(b"SIP/2.0 200 OK"));
        assert_eq!(replies.count(), usize::from(answered), "{method:?}");
    }
}

/// Only when the conversation goes on after a NOTIFY was its answer what the pool takes.
fn subscribe_again(caller: &mut Caller) -> Option<String> {
    let ticket = subscribe(&mut caller.exchange);
    caller.answer(ticket).method().map(str::to_owned)
}

#[test]
fn policy_is_in_the_settings_and_lync_names_the_page_itself() {
    let pool = ServedPool::start(&[
        "--dialect",
        "lync",
        "--policy",
        "dial-in=off",
        "--policy",
        "meeting-size=9",
    ]);
    let mut caller = Caller::signed_in(&pool, ANA);
    let ticket = subscribe(&mut caller.exchange);
    let settings = Provisioning::decode(&caller.answer(ticket).body).unwrap();
    assert_eq!(settings.cwa_internal_uri, Some(pool.fact("page-internal")));
    assert_eq!(
        settings.meeting_policy.enable_pstn_conferencing,
        Some(false)
    );
    assert_eq!(
        settings.meeting_policy.allow_anonymous_participants,
        Some(true)
    );
    assert_eq!(settings.meeting_policy.meeting_size, Some(9));
}

#[test]
fn subscriptions_the_pool_can_not_serve_are_refused() {
    type Edit = fn(&mut Message);
    let pool = ServedPool::start(&[]);
    let mut caller = Caller::signed_in(&pool, ANA);
    let cases: [(Edit, u16); 5] = [
        (|m| m.remove("Accept"), 406),
        (|m| replace(m, "Accept", "text/plain"), 406),
        (|m| replace(m, "Event", "weather"), 489),
        (|m| m.remove("Event"), 489),
        (|m| m.body = b"<provisioningGroupList".to_vec(), 400),
    ];
    for (edit, code) in cases {
        let mut request = subscription();
        edit(&mut request);
        let answer = caller.ask("SUBSCRIBE", ANA.0, request);
        assert_eq!(answer.code(), Some(code), "{}", shown(&answer));
    }
}

#[test]
fn settings_can_be_large_or_lack_a_group() {
    for (fault, server, policy, least) in [
        ("large", true, true, 52 << 10),
        ("no-group=MeetingPolicy", true, false, 0),
        ("no-group=serverconfiguration", false, true, 0),
    ] {
        let pool = ServedPool::start(&["--fault", fault]);
        let mut caller = Caller::signed_in(&pool, ANA);
        let ticket = subscribe(&mut caller.exchange);
        let answer = caller.answer(ticket);
        assert!(answer.body.len() >= least, "{fault} {}", answer.body.len());
        let settings = Provisioning::decode(&answer.body).unwrap();
        assert_eq!(settings.focus_factory_uri.is_some(), server, "{fault}");
        assert_eq!(settings.meeting_policy.meeting_size.is_some(), policy);
    }
}

#[test]
fn a_pool_can_end_a_registration_for_four_reasons() {
    for (word, faults) in [
        ("unregistered", &[][..]),
        ("rejected", &["--fault", "notify"][..]),
        ("deactivated", &[][..]),
        ("preferred-registrar-change", &[][..]),
    ] {
        let fault = format!("deregister={word}@REGISTER");
        let pool = ServedPool::start(&[&["--fault", &fault], faults].concat());
        let mut caller = Caller::new(Wire::tcp(&pool.tcp()), ANA);
        caller.sign_in();
        let message = caller.hear();
        let method = if faults.is_empty() {
            "BENOTIFY"
        } else {
            "NOTIFY"
        };
        assert_eq!(message.method(), Some(method), "{word}");
        assert!(message.carries("text/registration-event"), "{word}");
        let registrar = message.header("P-Preferred-Registrar");
        assert_eq!(registrar.is_some(), word == "preferred-registrar-change");
        match caller.event() {
            Event::Deregistered(why) => assert_eq!(why, word),
            other => panic!("{word} {other:?}"),
        }
    }
}

#[test]
fn a_pool_s_clock_can_be_wrong() {
    let pool = ServedPool::start(&["--fault", "skew=-86400"]);
    let mut client = Handmade::new(&pool);
    let request = client.register();
    let date = client.ask(&request).header("Date").unwrap();
    let date = rfc2822::DateTimeParser::new()
        .parse_timestamp(date.replace("GMT", "+0000"))
        .unwrap();
    let behind = Timestamp::now().duration_since(date).as_hours();
    assert!((23..=24).contains(&behind), "{behind} h");
    assert_eq!(client.sign_in().code(), Some(200));
}

#[test]
fn an_association_can_be_short_lived_and_is_made_anew() {
    let pool = ServedPool::start(&["--fault", "association-life=1"]);
    let mut caller = Caller::signed_in(&pool, ANA);
    thread::sleep(Duration::from_millis(1100));
    let ticket = subscribe(&mut caller.exchange);
    assert!(matches!(caller.event(), Event::SignedIn(_)));
    assert_eq!(caller.answer(ticket).code(), Some(200));
    let proofs = parameters(&caller, "REGISTER", "gssapi-data");
    assert_eq!(proofs.len(), 4, "{proofs:?}");
}

#[test]
fn a_refusal_can_have_a_number() {
    let pool = ServedPool::start(&["--fault", "refuse=404/4005@3"]);
    let mut caller = Caller::new(Wire::tcp(&pool.tcp()), ANA);
    match caller.event() {
        Event::Failed(Failure::Refused(answer)) => assert_eq!(
            (answer.code(), diagnostics(&answer)),
            (Some(404), Some(4005))
        ),
        other => panic!("{other:?}"),
    }
}

fn replace(message: &mut Message, name: &str, value: &str) {
    message.remove(name);
    message.add(name, value);
}

#[test]
fn a_client_signs_in_to_every_version_and_chain_of_headers() {
    for (faults, header) in [
        (&[][..], "Authorization"),
        (&["--fault", "proxy"][..], "Proxy-Authorization"),
        (&["--fault", "version=3"][..], "Authorization"),
        (&["--fault", "version=2"][..], "Authorization"),
        (&["--fault", "drip"][..], "Authorization"),
    ] {
        let pool = ServedPool::start(faults);
        let mut caller = Caller::new(Wire::tcp(&pool.tcp()), ANA);
        let registration = caller.sign_in();
        assert_eq!(
            registration.server.as_deref(),
            Some("RTC/3.5"),
            "{faults:?}"
        );
        assert_eq!(
            registration.display_name.as_deref(),
            Some("Ana"),
            "{faults:?}"
        );
        let ticket = subscribe(&mut caller.exchange);
        assert_eq!(caller.answer(ticket).code(), Some(200), "{faults:?}");
        let authorizations: Vec<String> = sent(&caller)
            .iter()
            .flat_map(|message| {
                message
                    .headers
                    .iter()
                    .filter(|h| h.name.ends_with("Authorization"))
                    .map(|h| h.name.clone())
                    .collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(authorizations, [header; 3], "{faults:?}");
    }
}

/// All messages the caller has sent.
fn sent(caller: &Caller) -> Vec<Message> {
    let mut framer = Framer::default();
    for bytes in &caller.sent {
        framer.push(bytes);
    }
    std::iter::from_fn(|| framer.next_message().unwrap()).collect()
}

/// What a parameter was in the authentication headers of the requests of one method.
fn parameters(caller: &Caller, method: &str, name: &str) -> Vec<String> {
    let requests = sent(caller)
        .into_iter()
        .filter(|message| message.method() == Some(method));
    requests
        .flat_map(|message| message.all("Authorization").collect::<Vec<_>>())
        .filter_map(|value| Credentials::read(&value).parameter(name).map(str::to_owned))
        .collect()
}

#[test]
fn a_sign_in_that_can_not_be_believed_or_done_fails_by_name() {
    type Expected = fn(&Failure) -> bool;
    let cases: [(&str, Expected); 5] = [
        ("wrong-signature@REGISTER", |f| {
            matches!(f, Failure::BadSignature)
        }),
        ("unsigned@REGISTER", |f| matches!(f, Failure::Unsigned)),
        (
            "no-ntlm",
            |f| matches!(f, Failure::NoNtlm(offered) if *offered == ["Kerberos"]),
        ),
        ("refuse=503@1", |f| refused_with(f, 503)),
        ("refuse=403@3", |f| refused_with(f, 403)),
    ];
    for (fault, expected) in cases {
        let pool = ServedPool::start(&["--fault", fault]);
        let mut caller = Caller::new(Wire::tcp(&pool.tcp()), ANA);
        match caller.event() {
            Event::Failed(failure) => assert!(expected(&failure), "{fault} {failure:?}"),
            other => panic!("{fault} {other:?}"),
        }
    }
}

fn refused_with(failure: &Failure, code: u16) -> bool {
    matches!(failure, Failure::Refused(answer) if answer.code() == Some(code))
}

#[test]
fn a_wrong_signature_later_on_ends_the_session() {
    let pool = ServedPool::start(&["--fault", "wrong-signature@SUBSCRIBE"]);
    let mut caller = Caller::signed_in(&pool, ANA);
    subscribe(&mut caller.exchange);
    assert!(matches!(
        caller.event(),
        Event::Failed(Failure::BadSignature)
    ));
}

#[test]
fn unsigned_and_repeated_answers_are_ignored() {
    for fault in ["unsigned@SUBSCRIBE", "replay@SUBSCRIBE"] {
        let pool = ServedPool::start(&["--fault", fault]);
        let mut caller = Caller::signed_in(&pool, ANA);
        say_bye(&mut caller);
        let asked = subscribe(&mut caller.exchange);
        assert_eq!(caller.hear().code(), Some(200), "{fault}");
        assert!(caller.perform().is_none(), "{fault}");
        say_bye(&mut caller);
        // The right one may come a little later, and is not waited for as long as usual.
        caller.later(Duration::from_secs(1));
        assert!(caller.perform().is_none(), "{fault}");
        caller.later(Duration::from_secs(2));
        match caller.event() {
            Event::NoAnswer { ticket, ignored } => {
                assert_eq!(ticket, asked, "{fault}");
                let is_as_it_is = match ignored {
                    Some(Ignored::Unsigned(answer)) => {
                        fault.starts_with("unsigned") && answer.code() == Some(200)
                    }
                    Some(Ignored::Replayed(_)) => fault.starts_with("replay"),
                    None => false,
                };
                assert!(is_as_it_is, "{fault}");
            }
            other => panic!("{fault} {other:?}"),
        }
    }
}

/// Any request that the pool answers with a signed 200.
#[track_caller]
fn say_bye(caller: &mut Caller) {
    let answer = caller.ask("BYE", ANA.0, Message::request("BYE", ""));
    assert_eq!(answer.code(), Some(200));
}

#[test]
fn an_answer_that_never_comes_is_given_up_after_32_seconds() {
    let pool = ServedPool::start(&["--fault", "silence@SUBSCRIBE"]);
    let mut caller = Caller::signed_in(&pool, ANA);
    let asked = subscribe(&mut caller.exchange);
    assert!(caller.perform().is_none());
    caller.later(Duration::from_secs(31));
    assert!(caller.perform().is_none());
    caller.later(Duration::from_secs(1));
    match caller.event() {
        Event::NoAnswer { ticket, ignored } => assert_eq!((ticket, ignored), (asked, None)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_signed_redirect_is_followed_to_the_home_pool() {
    let home = ServedPool::start(&[]);
    let place = home.tcp().replace("tcp:", "");
    let first = ServedPool::start(&["--fault", &format!("redirect={place}")]);
    let mut caller = Caller::new(Wire::tcp(&first.tcp()), ANA);
    let Event::Redirected(Target {
        host,
        port,
        transport,
    }) = caller.event()
    else {
        panic!("not redirected");
    };
    assert_eq!(
        (format!("{host}:{port}"), transport),
        (place, Transport::Tcp)
    );
    Caller::new(Wire::tcp(&format!("tcp:{host}:{port}")), ANA).sign_in();
}

#[test]
fn a_redirect_is_refused_when_unsigned_or_away_from_tls() {
    let elsewhere = "redirect=192.0.2.1:5060";
    let pool = ServedPool::start(&["--fault", elsewhere, "--fault", "unsigned@REGISTER"]);
    let mut caller = Caller::new(Wire::tcp(&pool.tcp()), ANA);
    assert!(matches!(caller.event(), Event::Failed(Failure::Unsigned)));

    let pool = ServedPool::start(&["--fault", elsewhere]);
    match Caller::new(Wire::tls(&pool), ANA).event() {
        Event::Redirected(target) => assert_eq!(target.transport, Transport::Tls),
        other => panic!("{other:?}"),
    }
    let pool = ServedPool::start(&["--fault", &format!("{elsewhere};transport=tcp")]);
    let event = Caller::new(Wire::tls(&pool), ANA).event();
    assert!(
        matches!(event, Event::Failed(Failure::Redirect(_))),
        "{event:?}"
    );
}

/// The requests that time alone makes the client write.
fn written_by_time(caller: &mut Caller, seconds: u64) -> Vec<String> {
    caller.later(Duration::from_secs(seconds));
    let mut lines = Vec::new();
    while let Some(step) = caller.exchange.next_step() {
        let Step::Write(bytes) = step else {
            panic!("{step:?}");
        };
        caller.wire.send(&bytes);
        lines.push(
            String::from_utf8_lossy(&bytes)
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
        );
        caller.sent.push(bytes);
    }
    lines
}

#[test]
fn silence_is_broken_by_a_keep_alive_after_nine_tenths_of_the_time_out() {
    let pool = ServedPool::start(&[]);
    let mut caller = Caller::signed_in(&pool, ANA);
    assert!(written_by_time(&mut caller, 269).is_empty());
    let wait = caller.exchange.deadline().unwrap() - caller.now();
    assert!(wait <= Duration::from_secs(1), "{wait:?}");
    assert_eq!(written_by_time(&mut caller, 1), [""]);
    assert_eq!(caller.sent.last().unwrap(), b"\r\n\r\n");
    assert!(
        written_by_time(&mut caller, 269).is_empty(),
        "counted from the last thing sent"
    );
    assert_eq!(written_by_time(&mut caller, 1), [""]);
    let ticket = subscribe(&mut caller.exchange);
    assert_eq!(caller.answer(ticket).code(), Some(200));
}

#[test]
fn a_registration_is_refreshed_half_a_minute_before_its_end() {
    let pool = ServedPool::start(&[]);
    let mut caller = Caller::signed_in(&pool, ANA);
    for round in 0..2 {
        assert_eq!(
            written_by_time(&mut caller, 7169),
            [""],
            "a keep-alive and no more"
        );
        assert_eq!(
            written_by_time(&mut caller, 1),
            ["REGISTER sip:example.com SIP/2.0"],
            "{round}"
        );
        let answer = caller.hear();
        assert_eq!(
            answer.header("presence-state").as_deref(),
            Some("register-action=\"fixed\"")
        );
        assert!(caller.perform().is_none(), "signed, so taken at once");
    }
    assert_eq!(parameters(&caller, "REGISTER", "cnum"), ["1", "2", "3"]);
    let numbers: Vec<String> = sent(&caller)
        .iter()
        .filter_map(|m| m.cseq())
        .map(|(number, _)| number)
        .collect();
    assert_eq!(numbers, ["1", "2", "3", "4", "5"]);
}

#[test]
fn an_association_is_renewed_before_its_eight_hours_are_over() {
    let pool = ServedPool::start(&[]);
    let mut caller = Caller::signed_in(&pool, ANA);
    for _ in 0..3 {
        caller.later(Duration::from_secs(7170));
        caller.hear();
    }
    let before = parameters(&caller, "REGISTER", "opaque");
    assert_eq!(before.len(), 4, "one proof, three refreshes");
    assert!(
        before.windows(2).all(|pair| pair[0] == pair[1]),
        "{before:?}"
    );
    caller.later(Duration::from_secs(8 * 3600 - 300 - 3 * 7170));
    caller.sign_in();
    let after = parameters(&caller, "REGISTER", "opaque");
    assert!(after.len() == 5 && after[4] != after[3], "{after:?}");
    let ticket = subscribe(&mut caller.exchange);
    assert_eq!(caller.answer(ticket).code(), Some(200));
}

#[test]
fn a_401_is_answered_with_one_resend_then_a_new_sign_in_then_given_up() {
    let sign_in = 3;
    let cases: [(&[u32], usize, bool); 3] =
        [(&[1], 2, true), (&[1, 2], 3, true), (&[1, 2, 6], 3, false)];
    for (refused, times, taken) in cases {
        let faults: Vec<String> = refused
            .iter()
            .map(|at| format!("refuse=401@{}", sign_in + at))
            .collect();
        let flags: Vec<&str> = faults.iter().flat_map(|fault| ["--fault", fault]).collect();
        let pool = ServedPool::start(&flags);
        let mut caller = Caller::signed_in(&pool, ANA);
        subscribe(&mut caller.exchange);
        let mut event = caller.event();
        if refused.len() > 1 {
            assert!(matches!(event, Event::SignedIn(_)), "{event:?}");
            event = caller.event();
        }
        match event {
            Event::Answer(_, answer) => assert!(taken && answer.code() == Some(200), "{refused:?}"),
            Event::Failed(Failure::SignedOut) => assert!(!taken, "{refused:?}"),
            other => panic!("{refused:?} {other:?}"),
        }
        let numbers = parameters(&caller, "SUBSCRIBE", "cnum");
        assert_eq!(numbers.len(), times, "one authorization each, {refused:?}");
        assert_eq!(numbers[..2], ["2", "3"], "a resend is signed afresh");
    }
}

#[test]
fn signing_out_is_signed_and_answered() {
    let pool = ServedPool::start(&[]);
    let mut caller = Caller::signed_in(&pool, BO);
    let ticket = caller.exchange.sign_out();
    let answer = caller.answer(ticket);
    assert_eq!(
        (answer.code(), answer.header("Expires").as_deref()),
        (Some(200), Some("0"))
    );
    assert_eq!(
        sent(&caller).last().unwrap().header("Expires").as_deref(),
        Some("0")
    );
}
