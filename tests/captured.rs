//! Sign-ins in the words of real servers: challenges of Lync Server 2013, the 200 and the signed redirect
//! of Skype for Business Server 2015, captured by others and published in public source code.
//!
//! The challenge is there byte for byte. Of the other messages it is headers, their order and their odd
//! forms that were taken over, with names of our own: their signatures can be verified by nobody who has
//! not the keys, which went with the connections. So the server's side is played here, with the keys that
//! follow from that challenge, and what is captured of signatures is their layout.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use confctl::proto::association::{Association, Side, Verdict};
use confctl::proto::auth::ntlm::verify;
use confctl::proto::auth::{Account, NtHash, Signature, Version};
use confctl::proto::exchange::{Endpoint, Event, Exchange, Step, Target, Timers, Transport};
use confctl::proto::sip::{Credentials, Framer, Message, signed_values};
use confctl::secret::Secret;

/// Flags 0xE29882F3, version 6.1.7601, AV pairs 2, 1, 4, 3, 5, 7 (2017-10-24T13:28:50Z) and 0.
const LYNC_2013_CHALLENGE: &str = "TlRMTVNTUAACAAAAAAAAADgAAADzgpji+qDppPyr9XwAAAAAAAAAAJoAmgA4AAAABgGxHQAAAA8CAAgATABZAE4AQwABAB4ATABZAE4AQwAyADAAMQAzAC0AUwBFAFIAVgBFAFIABAAQAGwAeQBuAGMALgBsAG8AYwADADAATABZAE4AQwAyADAAMQAzAC0AUwBFAFIAVgBFAFIALgBsAHkAbgBjAC4AbABvAGMABQAQAGwAeQBuAGMALgBsAG8AYwAHAAgANuVZB8xM0wEAAAAA";
const SERVER_CHALLENGE: [u8; 8] = [0xFA, 0xA0, 0xE9, 0xA4, 0xFC, 0xAB, 0xF5, 0x7C];
/// The moment in it, as on the wire.
const CLOCK: [u8; 8] = [0x36, 0xE5, 0x59, 0x07, 0xCC, 0x4C, 0xD3, 0x01];

const PASSWORD: &str = "Confctl-2013";

/// As Lync Server 2013 offers itself: three schemes in headers of their own, no epid in From, and
/// already a tag in To.
const OFFER: &str = "SIP/2.0 401 Unauthorized
Date: Tue, 24 Oct 2017 13:28:50 GMT
WWW-Authenticate: NTLM realm=\"SIP Communications Service\", targetname=\"FE01.example.com\", version=4
WWW-Authenticate: Kerberos realm=\"SIP Communications Service\", targetname=\"sip/FE01.example.com\", version=4
WWW-Authenticate: TLS-DSK realm=\"SIP Communications Service\", targetname=\"FE01.example.com\", version=4, sts-uri=\"https://FE01.example.com:443/CertProv/CertProvisioningService.svc\"
From: <sip:ana@example.com>;tag=D3E42EE35E472F759A5A88AE6A214BB8
To: <sip:ana@example.com>;tag=DCB82A4DA5F4BCE3FD28D1FA0FC1CA94
Call-ID: {call-id}
CSeq: {cseq}
Via: SIP/2.0/TLS 192.0.2.195:65100;branch=z9hG4bK1;ms-received-port=65100;ms-received-cid=5D3F00
Server: RTC/5.0
Content-Length: 0

";

const CHALLENGE: &str = "SIP/2.0 401 Unauthorized
Date: Tue, 24 Oct 2017 13:28:50 GMT
WWW-Authenticate: NTLM opaque=\"85185AE4\", gssapi-data=\"{token}\", targetname=\"FE01.example.com\", realm=\"SIP Communications Service\", version=4
From: <sip:ana@example.com>;tag=D3E42EE35E472F759A5A88AE6A214BB8;epid=451e9252b6
To: <sip:ana@example.com>;tag=DCB82A4DA5F4BCE3FD28D1FA0FC1CA94
Call-ID: {call-id}
CSeq: {cseq}
Via: SIP/2.0/TLS 192.0.2.195:65100;branch=z9hG4bK1;ms-received-port=65100;ms-received-cid=5D3F00
Server: RTC/5.0
Content-Length: 0

";

/// As Skype for Business Server 2015 welcomes: registrations of five minutes, no keep-alive of its own,
/// and Supported in four headers, two of them behind Server.
const WELCOME: &str = "SIP/2.0 200 OK
From: \"ana\"<sip:ana@example.com>;tag=7DFF5C53A16C40AF26B60AF0062567AF;epid=451e9252b6
To: <sip:ana@example.com>;tag=C5FE2F33CD23A451AA1D653DB6C6859C
Call-ID: {call-id}
CSeq: {cseq}
Via: SIP/2.0/TLS 192.0.2.128:17925;branch=z9hG4bK2;ms-received-port=17925;ms-received-cid=87400
Contact: <sip:ana@192.0.2.128:17925;transport=tls>;expires=300;+sip.instance=\"<urn:uuid:e0de506b-a705-59cc-9bfa-d37593141231>\";gruu=\"sip:ana@example.com;opaque=user:epid:a1De4AWnzFmb-tN1kxQSMQAA;gruu\"
Expires: 300
Allow-Events: vnd-microsoft-provisioning,vnd-microsoft-roaming-contacts,presence,vnd-microsoft-provisioning-v2
Supported: adhoclist
Server: RTC/6.0
Supported: msrtc-event-categories
Supported: ms-keepalive-deregister
Supported: ms-userservices-state-notification
Content-Length: 0

";

/// As a pool of Skype for Business Server 2015 sends people home.
const REDIRECT: &str = "SIP/2.0 301 Redirect request to Home Server
From: <sip:ana@example.com>;tag=D3E42EE35E472F759A5A88AE6A214BB8;epid=451e9252b6
To: <sip:ana@example.com>;tag=DCB82A4DA5F4BCE3FD28D1FA0FC1CA94
Call-ID: {call-id}
CSeq: {cseq}
Via: SIP/2.0/TLS 192.0.2.195:65100;branch=z9hG4bK3;ms-received-port=65100;ms-received-cid=5D3F00
Contact: <sip:192.0.2.5:5061;transport=tls>
Expires: 2592000
Content-Length: 0

";

fn read(text: &str) -> Message {
    let mut framer = Framer::default();
    framer.push(text.replace('\n', "\r\n").as_bytes());
    framer.next_message().unwrap().unwrap()
}

/// A client, and what it has sent.
struct Client(Exchange);

impl Client {
    fn new() -> Self {
        let endpoint = Endpoint {
            user: "sip:ana@example.com".to_owned(),
            account: Account::parse("EXAMPLE\\ana", Secret::from(PASSWORD)).unwrap(),
            epid: "451e9252b6".to_owned(),
            local: "192.0.2.195:65100".to_owned(),
            transport: Transport::Tls,
            user_agent: "test".to_owned(),
            workstation: "desk".to_owned(),
            unix_time: 1_508_851_730,
        };
        let random = Box::new(|bytes: &mut [u8]| bytes.fill(0x5A));
        Self(Exchange::new(
            endpoint,
            Timers::default(),
            random,
            Instant::now(),
        ))
    }

    fn sent(&mut self) -> Message {
        match self.0.next_step() {
            Some(Step::Write(bytes)) => {
                let mut framer = Framer::default();
                framer.push(&bytes);
                framer.next_message().unwrap().unwrap()
            }
            other => panic!("{other:?}"),
        }
    }

    /// The text as an answer to a request.
    fn answer_to(request: &Message, text: &str) -> Message {
        let header = |name| request.header(name).unwrap();
        let text = text.replace("{call-id}", &header("Call-ID"));
        read(
            &text
                .replace("{cseq}", &header("CSeq"))
                .replace("{token}", LYNC_2013_CHALLENGE),
        )
    }

    fn receive(&mut self, message: &Message) {
        self.0.receive(&message.encode(), Instant::now());
    }

    /// Goes on to where the server has accepted the proof; gives the last request and the server's keys.
    fn prove(&mut self) -> (Message, Association) {
        let asked = self.sent();
        self.receive(&Self::answer_to(&asked, OFFER));
        let asked = self.sent();
        self.receive(&Self::answer_to(&asked, CHALLENGE));
        let proof = self.sent();
        let credentials = Credentials::read(&proof.header("Authorization").unwrap());
        let token = BASE64
            .decode(credentials.parameter("gssapi-data").unwrap())
            .unwrap();
        let lookup = |_: &str, _: &str| Some(NtHash::of(&Secret::from(PASSWORD)));
        let (identity, keys) = verify(&token, SERVER_CHALLENGE, lookup).unwrap();
        assert_eq!(identity.to_string(), "EXAMPLE\\ana");
        let told = token.windows(CLOCK.len()).filter(|bytes| *bytes == CLOCK);
        assert_eq!(
            told.count(),
            2,
            "the server's moment, in the proof and in its copy"
        );
        let mut association = Association::new(Side::Server, &credentials, Version::V4, keys);
        let verdict = association.verify(&proof, ["Authorization", "Proxy-Authorization"]);
        assert_eq!(verdict, Verdict::Valid);
        (proof, association)
    }
}

/// Where the captured messages have it: behind the start line.
fn sign(message: &mut Message, association: &mut Association) {
    let begun = Credentials::new("NTLM")
        .with("qop", "auth")
        .with("opaque", &association.opaque);
    association.sign(
        message,
        "Authentication-Info",
        begun,
        [0xAE, 0x4D, 0x44, 0xF8],
    );
    message.headers.rotate_right(1);
}

#[test]
fn a_sign_in_at_lync_2013_is_welcomed_by_skype_for_business_2015() {
    let mut client = Client::new();
    let (proof, mut server) = client.prove();
    let mut welcome = Client::answer_to(&proof, WELCOME);
    sign(&mut welcome, &mut server);
    assert_eq!(
        server.last_buffer().iter().filter(|b| **b == b'<').count(),
        16
    );
    client.receive(&welcome);
    let Some(Step::Event(Event::SignedIn(registration))) = client.0.next_step() else {
        panic!("not signed in");
    };
    assert_eq!(registration.server.as_deref(), Some("RTC/6.0"));
    assert_eq!(registration.display_name.as_deref(), Some("ana"));
    assert_eq!(registration.target, "FE01.example.com");
    assert_eq!(registration.clock_ahead, Some(0));
    assert!(!registration.remote);
    client.0.request(
        "SERVICE",
        "sip:ana@example.com",
        Message::request("SERVICE", "sip:ana@example.com"),
    );
    let contact = client.sent().header("Contact");
    let gruu = "<sip:ana@example.com;opaque=user:epid:a1De4AWnzFmb-tN1kxQSMQAA;gruu>";
    assert_eq!(contact.as_deref(), Some(gruu));
}

#[test]
fn a_signed_redirect_may_say_how_long_it_holds() {
    let mut client = Client::new();
    let (proof, mut server) = client.prove();
    let mut redirect = Client::answer_to(&proof, REDIRECT);
    sign(&mut redirect, &mut server);
    let signed = String::from_utf8(server.last_buffer().to_vec()).unwrap();
    assert!(signed.ends_with("<><><2592000><301>"), "{signed}");
    client.receive(&redirect);
    let Some(Step::Event(Event::Redirected(Target { host, port, .. }))) = client.0.next_step()
    else {
        panic!("not redirected");
    };
    assert_eq!((host.as_str(), port), ("192.0.2.5", 5061));
}

#[test]
fn of_several_places_to_go_the_first_that_may_be_gone_to_is_taken() {
    let mut client = Client::new();
    let (proof, mut server) = client.prove();
    let text = REDIRECT.replace(
        "Contact: ",
        "Contact: <tel:+14255550100>, \"Home, by <tcp>\" <sip:192.0.2.4:5060;transport=tcp>\nContact: ",
    );
    let mut redirect = Client::answer_to(&proof, &text);
    sign(&mut redirect, &mut server);
    client.receive(&redirect);
    let Some(Step::Event(Event::Redirected(target))) = client.0.next_step() else {
        panic!("not redirected");
    };
    assert_eq!(target.host, "192.0.2.5");
}

/// RFC 6665 lets an event have an id.
#[test]
fn the_end_of_a_registration_is_told_by_an_event_with_parameters_too() {
    let mut client = Client::new();
    let (proof, mut server) = client.prove();
    let mut welcome = Client::answer_to(&proof, WELCOME);
    sign(&mut welcome, &mut server);
    client.receive(&welcome);
    let _ = client.0.next_step();
    let mut told = Message::request("BENOTIFY", "sip:ana@example.com")
        .with("From", "<sip:ana@example.com>;tag=C5FE")
        .with("To", "<sip:ana@example.com>;tag=7DFF")
        .with("Call-ID", "501E")
        .with("CSeq", "2 BENOTIFY")
        .with("Event", "registration-notify ; id=7")
        .with_body(
            "text/registration-event",
            b"deregistered;event=rejected".to_vec(),
        );
    sign(&mut told, &mut server);
    client.receive(&told);
    let step = client.0.next_step();
    let is_told = matches!(&step, Some(Step::Event(Event::Deregistered(why))) if why == "rejected");
    assert!(is_told, "{step:?}");
}

/// What servers sign for clients that ask without extended session security ends in the number under
/// RC4; ours always asks with it, but has to take the text apart.
#[test]
fn captured_signatures_have_the_layout_of_ntlm() {
    for text in [
        "010000006f006900a5960bc32d0f5e40",
        "0100000065000000890295bc234ad41a",
        "01000000000000003302f004b1ee6ab8",
        "0100000061673d46656fdaf8971e3788",
        "01000000653e3c6633b88f047684aeb6",
    ] {
        let read: Signature = text.parse().unwrap();
        assert_eq!(read.to_string(), text);
    }
    let welcome = Client::answer_to(&read(OFFER), WELCOME);
    let signed = signed_values(&welcome);
    assert_eq!(signed.expires, "300");
    assert_eq!(signed.status, Some(200));
    assert_eq!(signed.from_tag, "7DFF5C53A16C40AF26B60AF0062567AF");
    assert_eq!(signed.to_tag, "C5FE2F33CD23A451AA1D653DB6C6859C");
}
