//! Questions and answers as they go over the wire (RFC 1035 4).

/// Kinds of records (RFC 1035 3.2.2, RFC 2782).
pub(super) const TXT: u16 = 16;
pub(super) const SRV: u16 = 33;

/// Answers of one packet that are looked at.
const MOST: u16 = 1000;

/// Where a service is (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its host.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

/// RFC 1035 4.1. None: the name can't be asked for.
pub(super) fn question(id: [u8; 2], name: &str, kind: u16) -> Option<Vec<u8>> {
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
pub(super) fn answers(packet: &[u8], question: &[u8]) -> bool {
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
pub(super) struct Rank {
    pub(super) priority: u16,
    pub(super) weight: u16,
}

/// Each service that an answer names.
pub(super) fn services(packet: &[u8]) -> Vec<(Rank, Service)> {
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
pub(super) fn order(mut services: Vec<(Rank, Service)>, draw: [u8; 6]) -> Vec<(Rank, Service)> {
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

/// Each text that an answer holds, of each record the first string.
pub(super) fn texts(packet: &[u8]) -> Vec<String> {
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
