//! Questions to the name servers of this machine (RFC 1035, RFC 2782). What comes back is a hint that
//! nobody has signed.

use std::fmt;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

/// Kinds of records (RFC 1035 3.2.2, RFC 2782).
const TXT: u16 = 16;
const SRV: u16 = 33;
/// Name servers that are asked, one after the other.
const SERVERS: usize = 2;
/// Answers of one packet that are looked at.
const MOST: u16 = 1000;
/// Longest wait for one name server.
const TIMEOUT: Duration = Duration::from_secs(2);
/// A packet may get lost: then the question is sent once more.
const AGAIN: Duration = Duration::from_secs(1);

/// What the name servers say of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// There are these, in the order in which they are to be tried; at least one.
    Records(Vec<T>),
    /// There are none of that kind; the name itself need not exist.
    Nothing,
    /// No name server gave an answer: which were asked, and what became of that.
    Nobody(Vec<(SocketAddr, Silence)>),
}

/// Why a name server gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Silence {
    /// It did not answer in time.
    TimedOut,
    /// It answered that it can't or won't (RFC 1035 4.1.1): 2 SERVFAIL, 5 REFUSED and others.
    Refused(u8),
    /// It could not be asked, or said something that is no answer.
    Broken(String),
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => write!(f, "no answer in time"),
            Self::Refused(1) => write!(f, "FORMERR, it can't read the question"),
            Self::Refused(2) => write!(f, "SERVFAIL, it can't find out"),
            Self::Refused(4) => write!(f, "NOTIMP, it can't answer that"),
            Self::Refused(5) => write!(f, "REFUSED, it does not answer us"),
            Self::Refused(code) => write!(f, "error {code}"),
            Self::Broken(why) => write!(f, "{why}"),
        }
    }
}

impl<T> Answer<T> {
    /// Who gave no answer, as a clause; none: somebody did.
    pub fn silence(&self) -> Option<String> {
        let Self::Nobody(asked) = self else {
            return None;
        };
        let asked = asked.iter().map(|(server, why)| format!("{server}: {why}"));
        let asked: Vec<String> = asked.collect();
        Some(match asked.is_empty() {
            true => "this computer has no name server".to_owned(),
            false => format!("no name server answers ({})", asked.join("; ")),
        })
    }
}

/// Where a service is (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its host.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

/// The name servers of this machine.
pub fn name_servers() -> Vec<SocketAddr> {
    let file = fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    let named = file.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let is_it = words.next() == Some("nameserver");
        let ip: IpAddr = words.next().filter(|_| is_it)?.parse().ok()?;
        Some(SocketAddr::new(ip, 53))
    });
    named.take(SERVERS).collect()
}

/// Where a service is, `_caldavs._tcp.example.com`; `random` are eight bytes that nobody can guess.
pub fn find_services(name: &str, servers: &[SocketAddr], random: [u8; 8]) -> Answer<Service> {
    let [a, b, draw @ ..] = random;
    let answer = ask(name, SRV, servers, [a, b], services);
    match answer {
        Answer::Records(found) => {
            let ordered = order(found, draw).into_iter();
            let there = ordered.filter(|(_, service)| !service.host.is_empty() && service.port > 0);
            let there: Vec<Service> = there.map(|(_, service)| service).collect();
            match there.is_empty() {
                // "." says that there is decidedly no such service.
                true => Answer::Nothing,
                false => Answer::Records(there),
            }
        }
        Answer::Nothing => Answer::Nothing,
        Answer::Nobody(asked) => Answer::Nobody(asked),
    }
}

/// The texts of a name, each the first string of its record (RFC 1035 3.3.14).
pub fn find_texts(name: &str, servers: &[SocketAddr], random: [u8; 2]) -> Answer<String> {
    ask(name, TXT, servers, random, texts)
}

/// What the first name server says that says anything.
fn ask<T>(
    name: &str,
    kind: u16,
    servers: &[SocketAddr],
    id: [u8; 2],
    read: impl Fn(&[u8]) -> Vec<T>,
) -> Answer<T> {
    let Some(question) = question(id, name, kind) else {
        return Answer::Nothing;
    };
    let mut asked = Vec::new();
    for server in servers {
        match ask_server(*server, &question) {
            Ok(Some(packet)) => {
                let found = read(&packet);
                return match found.is_empty() {
                    true => Answer::Nothing,
                    false => Answer::Records(found),
                };
            }
            Ok(None) => return Answer::Nothing,
            Err(silence) => asked.push((*server, silence)),
        }
    }
    Answer::Nobody(asked)
}

/// The answer of one name server; none: there is no such name.
fn ask_server(server: SocketAddr, question: &[u8]) -> Result<Option<Vec<u8>>, Silence> {
    let until = Instant::now() + TIMEOUT;
    let packet = ask_in_packets(server, question, until).map_err(silence)?;
    let is_cut_off = packet.get(2).is_some_and(|flags| flags & 0b10 != 0);
    let packet = match is_cut_off {
        true => ask_in_stream(server, question, until).map_err(silence)?,
        false => packet,
    };
    match packet.get(3).map(|flags| flags & 0b1111) {
        Some(0) => Ok(Some(packet)),
        Some(3) => Ok(None),
        Some(code) => Err(Silence::Refused(code)),
        None => Err(Silence::Broken("half an answer".to_owned())),
    }
}

fn silence(error: io::Error) -> Silence {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Silence::TimedOut,
        io::ErrorKind::ConnectionRefused => Silence::Broken("nothing listens there".to_owned()),
        _ => Silence::Broken(error.to_string()),
    }
}

fn time_left(until: Instant) -> io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    match left.is_zero() {
        true => Err(io::ErrorKind::TimedOut.into()),
        false => Ok(left),
    }
}

fn ask_in_packets(server: SocketAddr, question: &[u8], until: Instant) -> io::Result<Vec<u8>> {
    let here: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((here, 0))?;
    socket.connect(server)?;
    socket.send(question)?;
    let mut again = Some(until - TIMEOUT + AGAIN);
    let mut bytes = [0; 4096];
    loop {
        let next = again.unwrap_or(until);
        socket.set_read_timeout(Some(time_left(next).unwrap_or(Duration::from_millis(1))))?;
        match socket.recv(&mut bytes) {
            // Whatever is no answer to this question is somebody else's.
            Ok(length) => {
                let packet = bytes.get(..length).unwrap_or_default();
                if answers(packet, question) {
                    return Ok(packet.to_vec());
                }
            }
            Err(error) if silence_is_timeout(&error) && again.take().is_some() => {
                socket.send(question)?;
            }
            Err(error) => return Err(error),
        }
        time_left(until)?;
    }
}

fn silence_is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

/// What has no room in a packet comes over TCP, behind its length (RFC 1035 4.2.2).
fn ask_in_stream(server: SocketAddr, question: &[u8], until: Instant) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&server, time_left(until)?)?;
    stream.set_write_timeout(Some(time_left(until)?))?;
    let length = u16::try_from(question.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), question].concat())?;
    let mut read = |bytes: &mut [u8]| -> io::Result<()> {
        let mut at = 0;
        while let Some(rest) = bytes.get_mut(at..).filter(|rest| !rest.is_empty()) {
            stream.set_read_timeout(Some(time_left(until)?))?;
            match stream.read(rest)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                length => at += length,
            }
        }
        Ok(())
    };
    let mut length = [0; 2];
    read(&mut length)?;
    let mut packet = vec![0; usize::from(u16::from_be_bytes(length))];
    read(&mut packet)?;
    match answers(&packet, question) {
        true => Ok(packet),
        false => Err(io::Error::other("it answers another question")),
    }
}

/// RFC 1035 4.1. None: the name can't be asked for.
fn question(id: [u8; 2], name: &str, kind: u16) -> Option<Vec<u8>> {
    let mut bytes = vec![id[0], id[1], 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        let length = u8::try_from(label.len())
            .ok()
            .filter(|n| (1..64).contains(n))?;
        bytes.push(length);
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes.extend(kind.to_be_bytes());
    bytes.extend(1u16.to_be_bytes());
    (bytes.len() < 272).then_some(bytes)
}

/// Same id and same question, which one that only says that something is wrong need not repeat.
fn answers(packet: &[u8], question: &[u8]) -> bool {
    let (Some(&high), Some(&low)) = (packet.get(2), packet.get(3)) else {
        return false;
    };
    let is_answer = packet.get(..2) == question.get(..2) && high & 0b1000_0000 != 0;
    let is_bare = low & 0b1111 != 0 && packet.get(4..6) == Some(&[0, 0]);
    let repeats = packet.get(4..6) == question.get(4..6)
        && packet
            .get(12..question.len())
            .is_some_and(|asked| asked.eq_ignore_ascii_case(&question[12..]));
    is_answer && (is_bare || repeats)
}

/// Where the data of each answer of that kind begins and ends.
fn records(packet: &[u8], kind: u16) -> Vec<(usize, usize)> {
    let read = || {
        let count = number(packet, 6)?.min(MOST);
        let mut at = skip_name(packet, 12)? + 4;
        let mut found = Vec::new();
        for _ in 0..count {
            at = skip_name(packet, at)?;
            let begin = at + 10;
            let end = begin + usize::from(number(packet, at + 8)?);
            if number(packet, at)? == kind && end <= packet.len() {
                found.push((begin, end));
            }
            at = end;
        }
        Some(found)
    };
    read().unwrap_or_default()
}

/// What tells which of several services is tried first: a low priority, then by chance, the more often
/// the higher the weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rank {
    priority: u16,
    weight: u16,
}

fn services(packet: &[u8]) -> Vec<(Rank, Service)> {
    let records = records(packet, SRV).into_iter();
    let read = records.filter_map(|(at, _)| {
        let rank = Rank {
            priority: number(packet, at)?,
            weight: number(packet, at + 2)?,
        };
        let service = Service {
            port: number(packet, at + 4)?,
            host: name(packet, at + 6)?,
        };
        Some((rank, service))
    });
    read.collect()
}

/// In the order in which they are to be tried (RFC 2782).
fn order(mut services: Vec<(Rank, Service)>, draw: [u8; 6]) -> Vec<(Rank, Service)> {
    // Those without weight come first in the sum, so that they are drawn hardly ever.
    services.sort_by_key(|(rank, _)| (rank.priority, rank.weight));
    let mut ordered = Vec::with_capacity(services.len());
    let [a, b, c, d, e, f] = draw;
    let mut chance = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    while let Some((first, _)) = services.first() {
        let priority = first.priority;
        let alike = services
            .iter()
            .take_while(|(rank, _)| rank.priority == priority);
        let weights: Vec<u64> = alike.map(|(rank, _)| u64::from(rank.weight)).collect();
        let sum: u64 = weights.iter().sum();
        // Knuth's generator: what is drawn next follows from this one.
        chance = chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let wanted = (chance >> 16) % (sum + 1);
        let mut running = 0;
        let drawn = weights.iter().position(|weight| {
            running += weight;
            running >= wanted
        });
        ordered.push(services.remove(drawn.unwrap_or_default()));
    }
    ordered
}

fn texts(packet: &[u8]) -> Vec<String> {
    let read = records(packet, TXT).into_iter().filter_map(|(begin, end)| {
        let length = usize::from(*packet.get(begin)?);
        let text = packet.get(begin + 1..end)?.get(..length)?;
        Some(std::str::from_utf8(text).ok()?.to_owned())
    });
    read.collect()
}

fn number(packet: &[u8], at: usize) -> Option<u16> {
    let bytes = packet.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(bytes.try_into().ok()?))
}

fn skip_name(packet: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *packet.get(at)? {
            0 => return Some(at + 1),
            length if length < 64 => at += usize::from(length) + 1,
            length if length >= 192 => return Some(at + 2),
            _ => return None,
        }
    }
}

/// A name of host characters only; it may jump back in the packet (RFC 1035 4.1.4).
fn name(packet: &[u8], mut at: usize) -> Option<String> {
    let mut name = String::new();
    // Each turn adds a label or jumps: enough for every name, and an end to circles.
    for _ in 0..160 {
        match *packet.get(at)? {
            0 => return Some(name),
            length if length < 64 => {
                let label = packet.get(at + 1..at + 1 + usize::from(length))?;
                let plain = label
                    .iter()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(b));
                if !plain || name.len() > 253 {
                    return None;
                }
                if !name.is_empty() {
                    name.push('.');
                }
                name.push_str(std::str::from_utf8(label).ok()?);
                at += usize::from(length) + 1;
            }
            length if length >= 192 => at = usize::from(number(packet, at)? & 0x3FFF),
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::thread;

    use proptest::prelude::*;

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
}
