use std::thread;

use proptest::prelude::*;

use super::packet::Rank;
use super::*;

fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![192, 12];
    bytes.extend(kind.to_be_bytes());
    bytes.extend([0, 1, 0, 0, 0, 60, 0, data.len() as u8]);
    bytes.extend(data);
    bytes
}

/// `dav.example.com`, of which the domain stands in the question.
fn srv(priority: u8, weight: u8, port: u16, host: &[u8]) -> Vec<u8> {
    let mut data = vec![0, priority, 0, weight];
    data.extend(port.to_be_bytes());
    data.extend(host);
    record(SRV, &data)
}

fn answer(question: &[u8], records: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = question.to_vec();
    bytes[2] = 0x81;
    bytes[3] = 0x80;
    bytes[6..8].copy_from_slice(&(records.len() as u16).to_be_bytes());
    bytes.extend(records.concat());
    bytes
}

/// The name begins behind `_caldavs` (8 + 1) and `_tcp` (4 + 1).
const DOMAIN: [u8; 2] = [192, 12 + 14];

/// A name server that answers so many questions with what `reply` makes of each, over UDP, and in one
/// stream over TCP on the same port.
fn serve(count: usize, reply: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> SocketAddr {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    thread::spawn(move || {
        for _ in 0..count {
            let mut bytes = [0; 512];
            let (length, from) = server.recv_from(&mut bytes).unwrap();
            for packet in reply(&bytes[..length]) {
                server.send_to(&packet, from).unwrap();
            }
        }
    });
    address
}

fn flagged(mut packet: Vec<u8>, high: u8, code: u8) -> Vec<u8> {
    packet[2] |= high;
    packet[3] = (packet[3] & 0xF0) | code;
    packet
}

const NAME: &str = "_caldavs._tcp.example.com";

fn hosts(answer: &Answer<Service>) -> Vec<String> {
    match answer {
        Answer::Records(found) => found
            .iter()
            .map(|service| format!("{}:{}", service.host, service.port))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn all_services_are_found_in_their_order() {
    let far = [b"\x03far".as_slice(), &DOMAIN].concat();
    let near = [b"\x03dav".as_slice(), &DOMAIN].concat();
    let address = serve(1, move |asked| {
        let records = [
            srv(5, 0, 1, &far),
            srv(0, 1, 2, &far),
            srv(0, 99, 8443, &near),
        ];
        let right = answer(asked, &records);
        let mut forged = right.clone();
        forged[0] ^= 1;
        vec![forged, b"x".to_vec(), right]
    });
    let found = find_services(NAME, &[address], [7; 8]);
    assert_eq!(
        hosts(&found),
        [
            "dav.example.com:8443",
            "far.example.com:2",
            "far.example.com:1"
        ]
    );
    let address = serve(1, |asked| {
        vec![answer(
            asked,
            &[record(TXT, b"\x04x=/y"), record(TXT, b"\x09path=/dav")],
        )]
    });
    let texts = find_texts(NAME, &[address], [7; 2]);
    assert_eq!(
        texts,
        Answer::Records(vec!["x=/y".into(), "path=/dav".into()])
    );
}

#[test]
fn weights_are_chances() {
    let one = |weight| {
        let rank = Rank {
            priority: 1,
            weight,
        };
        (
            rank,
            Service {
                host: weight.to_string(),
                port: 1,
            },
        )
    };
    let mut first = 0;
    for seed in 0..=255_u8 {
        let draw = [seed, 1, seed, 3, seed.wrapping_mul(31), 5];
        let ordered = order(vec![one(10), one(0), one(90)], draw);
        assert_eq!(ordered.len(), 3);
        first += usize::from(ordered[0].1.host == "90");
    }
    assert!((200..256).contains(&first), "{first} of 256");
}

/// An answer is an answer, whatever it says; who says nothing is waited for.
#[test]
fn three_outcomes_are_told_apart_at_once() {
    let no_name = serve(1, |asked| vec![flagged(answer(asked, &[]), 0, 3)]);
    let no_record = serve(1, |asked| vec![answer(asked, &[])]);
    let root = serve(1, |asked| vec![answer(asked, &[srv(0, 0, 1, b"\0")])]);
    let failing = serve(2, |asked| vec![flagged(answer(asked, &[]), 0, 2)]);
    let refusing = serve(2, |asked| vec![flagged(asked.to_vec(), 0x80, 5)]);
    let bare = serve(1, |asked| {
        let mut packet = flagged(asked[..12].to_vec(), 0x80, 1);
        packet[5] = 0;
        vec![packet]
    });
    let there = serve(1, |asked| {
        vec![answer(
            asked,
            &[srv(0, 0, 8443, &[b"\x03dav".as_slice(), &DOMAIN].concat())],
        )]
    });
    let begun = Instant::now();
    for server in [no_name, no_record, root] {
        assert_eq!(find_services(NAME, &[server], [1; 8]), Answer::Nothing);
    }
    let nobody = find_services(NAME, &[failing, refusing], [1; 8]);
    let expected = [
        (failing, Silence::Refused(2)),
        (refusing, Silence::Refused(5)),
    ];
    assert_eq!(nobody, Answer::Nobody(expected.to_vec()));
    let said = nobody.silence().unwrap();
    assert!(
        said.contains("SERVFAIL") && said.contains("REFUSED"),
        "{said}"
    );
    // The next one is asked.
    let found = find_services(NAME, &[failing, refusing, bare, there], [1; 8]);
    assert_eq!(hosts(&found), ["dav.example.com:8443"]);
    assert!(begun.elapsed() < TIMEOUT, "{:?}", begun.elapsed());
    let silent = serve(9, |_| Vec::new());
    let nobody = find_services(NAME, &[silent], [1; 8]);
    assert_eq!(nobody, Answer::Nobody(vec![(silent, Silence::TimedOut)]));
    assert!(begun.elapsed() >= TIMEOUT);
    let none = find_services(NAME, &[], [1; 8]);
    assert_eq!(none.silence().unwrap(), "this computer has no name server");
}

#[test]
fn a_lost_packet_is_sent_again_and_what_is_cut_off_comes_in_a_stream() {
    let near = [b"\x03dav".as_slice(), &DOMAIN].concat();
    let whole = move |asked: &[u8]| {
        let record = srv(0, 0, 8443, &near);
        answer(asked, &vec![record; 200])
    };
    let stream = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = stream.local_addr().unwrap();
    let packets = UdpSocket::bind(address).unwrap();
    thread::spawn(move || {
        let mut bytes = [0; 512];
        let _lost = packets.recv_from(&mut bytes).unwrap();
        let (length, from) = packets.recv_from(&mut bytes).unwrap();
        let cut_off = flagged(answer(&bytes[..length], &[]), 0b10, 0);
        packets.send_to(&cut_off, from).unwrap();
    });
    thread::spawn(move || {
        let (mut stream, _) = stream.accept().unwrap();
        let mut length = [0; 2];
        stream.read_exact(&mut length).unwrap();
        let mut asked = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut asked).unwrap();
        let packet = whole(&asked);
        let length = u16::try_from(packet.len()).unwrap();
        for byte in [&length.to_be_bytes()[..], &packet].concat() {
            stream.write_all(&[byte]).unwrap();
        }
    });
    let found = find_services(NAME, &[address], [9; 8]);
    assert_eq!(hosts(&found).len(), 200);
}

#[test]
fn what_is_no_service_is_none() {
    let asked = question([1, 2], NAME, SRV).unwrap();
    for host in [b"\x03a b\0".as_slice(), b"\xC0\x3C", b"\x05abc", b"\x80\0"] {
        let packet = answer(&asked, &[srv(0, 0, 443, host)]);
        assert_eq!(services(&packet), [], "{host:?}");
    }
    for name in ["a..b", "", &"x".repeat(64), &"ab.".repeat(99)] {
        assert_eq!(question([0, 0], name, SRV), None, "{name}");
    }
}

proptest! {
    #[test]
    fn any_packet_is_read(
        count in 0..80_u8, rest in prop::collection::vec(any::<u8>(), 0..200), bytes in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let asked = question([1, 2], NAME, SRV).unwrap();
        let mut packet = answer(&asked, &[rest, srv(0, 0, 1, &DOMAIN)]);
        packet[7] = count;
        for packet in [packet, bytes] {
            let _ = (services(&packet), texts(&packet), answers(&packet, &asked));
        }
    }
}
