//! One question to the name servers of this machine: where does a domain have its calendars (SRV
//! and TXT of `_caldavs._tcp`, RFC 6764 3 and 4)? What comes back is a hint that nobody has signed.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

const SRV: u16 = 33;
const TXT: u16 = 16;
/// Name servers that are asked, one after the other.
const SERVERS: usize = 2;
/// Answers of one packet that are looked at.
const MOST: u16 = 64;
/// Longest wait for one name server.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Where calendars are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Service {
    pub(super) host: String,
    pub(super) port: u16,
    /// Begins with a slash.
    pub(super) path: Option<String>,
}

/// The name servers of this machine.
pub(super) fn name_servers() -> Vec<SocketAddr> {
    let file = fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    let named = file.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let is_it = words.next() == Some("nameserver");
        let ip: IpAddr = words.next().filter(|_| is_it)?.parse().ok()?;
        Some(SocketAddr::new(ip, 53))
    });
    named.take(SERVERS).collect()
}

/// Where a domain has its calendars; none: it does not say, or nobody answers in time.
pub(super) fn look_up(domain: &str, servers: &[SocketAddr], seed: [u8; 16]) -> Option<Service> {
    let name = format!("_caldavs._tcp.{domain}");
    let [a, b, c, d, ..] = seed;
    let answer = ask(servers, &question([a, b], &name, SRV)?)?;
    let (host, port) = best_service(services(&answer))?;
    let path = question([c, d], &name, TXT).and_then(|asked| ask(servers, &asked));
    Some(Service {
        host,
        port,
        path: path.and_then(|answer| self::path(&answer)),
    })
}

/// The answer of the first name server that has one.
fn ask(servers: &[SocketAddr], question: &[u8]) -> Option<Vec<u8>> {
    servers.iter().find_map(|server| {
        let here: IpAddr = match server {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let socket = UdpSocket::bind((here, 0)).ok()?;
        socket.connect(server).ok()?;
        socket.send(question).ok()?;
        let until = Instant::now() + TIMEOUT;
        let mut bytes = [0; 4096];
        // Whatever is no answer to this question is somebody else's.
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            socket
                .set_read_timeout(Some(left.max(Duration::from_millis(1))))
                .ok()?;
            let length = socket.recv(&mut bytes).ok()?;
            let answer = bytes.get(..length)?;
            if answers(answer, question) {
                return Some(answer.to_vec());
            }
        }
        None
    })
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

/// Same id, same question, an answer without error that was not cut off.
fn answers(answer: &[u8], question: &[u8]) -> bool {
    let flags = (answer.get(2), answer.get(3));
    let (Some(&high), Some(&low)) = flags else {
        return false;
    };
    answer.get(..2) == question.get(..2)
        && high & 0b1000_0010 == 0b1000_0000
        && low & 0b1111 == 0
        && answer.get(4..6) == question.get(4..6)
        && answer
            .get(12..question.len())
            .is_some_and(|asked| asked.eq_ignore_ascii_case(&question[12..]))
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

/// Priority, weight, port and host of each SRV record (RFC 2782).
fn services(packet: &[u8]) -> Vec<(u16, u16, u16, String)> {
    let records = records(packet, SRV).into_iter();
    let read = records.filter_map(|(at, _)| {
        let (priority, weight) = (number(packet, at)?, number(packet, at + 2)?);
        Some((
            priority,
            weight,
            number(packet, at + 4)?,
            name(packet, at + 6)?,
        ))
    });
    read.collect()
}

/// The lowest priority goes first, of those the highest weight. No host: there is no such service.
fn best_service(services: Vec<(u16, u16, u16, String)>) -> Option<(String, u16)> {
    let mut services = services;
    services.sort_by_key(|(priority, weight, ..)| (*priority, u16::MAX - weight));
    let (_, _, port, host) = services.into_iter().next()?;
    (!host.is_empty() && port > 0).then_some((host, port))
}

/// `path=/dav` of a TXT record (RFC 6764 4).
fn path(packet: &[u8]) -> Option<String> {
    let mut texts = records(packet, TXT).into_iter().filter_map(|(begin, end)| {
        let length = usize::from(*packet.get(begin)?);
        let text = packet.get(begin + 1..end)?.get(..length)?;
        let path = std::str::from_utf8(text).ok()?.strip_prefix("path=")?;
        path.starts_with('/').then(|| path.to_owned())
    });
    texts.next()
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
        bytes[7] = records.len() as u8;
        bytes.extend(records.concat());
        bytes
    }

    /// The name begins behind `_caldavs` (8 + 1) and `_tcp` (4 + 1).
    const DOMAIN: [u8; 2] = [192, 12 + 14];

    #[test]
    fn the_best_service_of_a_domain_is_found() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        let serving = thread::spawn(move || {
            for _ in 0..2 {
                let mut bytes = [0; 512];
                let (length, from) = server.recv_from(&mut bytes).unwrap();
                let asked = &bytes[..length];
                let far = [b"\x03far".as_slice(), &DOMAIN].concat();
                let near = [b"\x03dav".as_slice(), &DOMAIN].concat();
                let records = if asked.ends_with(&[0, 33, 0, 1]) {
                    vec![
                        srv(5, 0, 1, &far),
                        srv(0, 1, 2, &far),
                        srv(0, 9, 8443, &near),
                    ]
                } else {
                    vec![record(TXT, b"\x04x=/y"), record(TXT, b"\x09path=/dav")]
                };
                let mut forged = answer(asked, &records);
                forged[0] ^= 1;
                server.send_to(&forged, from).unwrap();
                server.send_to(&answer(asked, &records), from).unwrap();
            }
        });
        let service = look_up("example.com", &[address], [7; 16]);
        serving.join().unwrap();
        assert_eq!(
            service,
            Some(Service {
                host: "dav.example.com".into(),
                port: 8443,
                path: Some("/dav".into())
            })
        );
    }

    #[test]
    fn what_is_no_service_is_none() {
        let asked = question([1, 2], "_caldavs._tcp.example.com", SRV).unwrap();
        for host in [
            b"\0".as_slice(),
            b"\x03a b\0",
            b"\xC0\x3C",
            b"\x05abc",
            b"\x80\0",
        ] {
            let packet = answer(&asked, &[srv(0, 0, 443, host)]);
            assert_eq!(best_service(services(&packet)), None, "{host:?}");
        }
        for name in ["a..b", "", &"x".repeat(64), &"ab.".repeat(99)] {
            assert_eq!(question([0, 0], name, SRV), None, "{name}");
        }
        let mut cut = answer(&asked, &[]);
        cut[2] |= 0b10;
        assert!(!answers(&cut, &asked) && answers(&answer(&asked, &[]), &asked));
    }

    proptest! {
        #[test]
        fn any_packet_is_read(
            count in 0..80_u8, rest in prop::collection::vec(any::<u8>(), 0..200), bytes in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            let asked = question([1, 2], "_caldavs._tcp.example.com", SRV).unwrap();
            let mut packet = answer(&asked, &[rest, srv(0, 0, 1, &DOMAIN)]);
            packet[7] = count;
            for packet in [packet, bytes] {
                let _ = (services(&packet), path(&packet), answers(&packet, &asked));
            }
        }
    }
}
