//! Questions to the name servers of this machine (RFC 1035, RFC 2782). What comes back is a hint that
//! nobody has signed.

mod packet;

use std::fmt;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use crate::net::{Timed, is_timeout};

pub use packet::Service;

use packet::{SRV, TXT, answers, order, question, services, texts};

/// Name servers that are asked, one after the other.
const SERVERS: usize = 2;
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

    /// Whether time was up with each name server, so that whoever asks them next waits as long for
    /// nothing.
    pub fn is_timed_out(&self) -> bool {
        match self {
            Self::Nobody(asked) => {
                let mut asked = asked.iter();
                asked.len() > 0 && asked.all(|(_, why)| *why == Silence::TimedOut)
            }
            Self::Records(_) | Self::Nothing => false,
        }
    }
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
        _ if is_timeout(&error) => Silence::TimedOut,
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
            Err(error) if is_timeout(&error) && again.take().is_some() => {
                socket.send(question)?;
            }
            // A process that was stopped and goes on hears this; the answer may still come.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        time_left(until)?;
    }
}

/// What has no room in a packet comes over TCP, behind its length (RFC 1035 4.2.2).
fn ask_in_stream(server: SocketAddr, question: &[u8], until: Instant) -> io::Result<Vec<u8>> {
    let socket = TcpStream::connect_timeout(&server, time_left(until)?)?;
    let mut stream = Timed { socket, until };
    let length = u16::try_from(question.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), question].concat())?;
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut packet = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut packet)?;
    match answers(&packet, question) {
        true => Ok(packet),
        false => Err(io::Error::other("it answers another question")),
    }
}

#[cfg(test)]
mod tests;
