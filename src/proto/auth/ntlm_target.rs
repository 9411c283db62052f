//! What a server tells about itself in its challenge: AV pairs ([MS-NLMP] 2.2.2.1).

use super::ntlm::NtlmError;
use super::ntlm_messages::{bytes_at, length};
use super::ntlm_password::utf16le;

/// A moment, UTC, in 100 ns since the first of January 1601 ([MS-DTYP] 2.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileTime(u64);

impl FileTime {
    /// From the count of 100 ns.
    pub fn from_ticks(ticks: u64) -> Self {
        Self(ticks)
    }

    /// From seconds since the first of January 1970 UTC. What lies before 1601 becomes 1601.
    pub fn from_unix_seconds(seconds: i64) -> Self {
        const FROM_1601_TO_1970: i64 = 11_644_473_600;
        let seconds = seconds.saturating_add(FROM_1601_TO_1970);
        let seconds = u64::try_from(seconds).unwrap_or(0);
        Self(seconds.saturating_mul(10_000_000))
    }

    pub(super) fn to_bytes(self) -> [u8; 8] {
        self.0.to_le_bytes()
    }
}

/// How a server names itself in its challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetNames<'a> {
    /// Short name of its domain, in upper case: `EXAMPLE`.
    pub netbios_domain: &'a str,
    /// Its own short name, in upper case: `POOL`.
    pub netbios_computer: &'a str,
    /// DNS name of its domain: `example.com`.
    pub dns_domain: &'a str,
    /// Its own DNS name: `pool.example.com`.
    pub dns_computer: &'a str,
    /// DNS name of the forest: `example.com`.
    pub dns_tree: &'a str,
}

const END: u16 = 0;
const NETBIOS_COMPUTER: u16 = 1;
const NETBIOS_DOMAIN: u16 = 2;
const DNS_COMPUTER: u16 = 3;
const DNS_DOMAIN: u16 = 4;
const DNS_TREE: u16 = 5;
const TIMESTAMP: u16 = 7;

/// The AV pairs as one piece: the client sends them back byte for byte.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct TargetInfo {
    bytes: Vec<u8>,
    clock: Option<FileTime>,
}

impl TargetInfo {
    /// The pairs in the order of OCS 2007 R2; the clock, which newer servers tell, comes last.
    pub(super) fn new(names: &TargetNames<'_>, clock: Option<FileTime>) -> Result<Self, NtlmError> {
        let named = [
            (NETBIOS_DOMAIN, names.netbios_domain),
            (NETBIOS_COMPUTER, names.netbios_computer),
            (DNS_DOMAIN, names.dns_domain),
            (DNS_COMPUTER, names.dns_computer),
            (DNS_TREE, names.dns_tree),
        ];
        let mut bytes = Vec::new();
        for (id, name) in named {
            push_pair(&mut bytes, id, &utf16le(name))?;
        }
        if let Some(clock) = clock {
            push_pair(&mut bytes, TIMESTAMP, &clock.to_bytes())?;
        }
        push_pair(&mut bytes, END, &[])?;
        Ok(Self { bytes, clock })
    }

    /// Nothing when a pair runs past the end, or no end mark comes; but a server need not tell anything.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::default());
        }
        let mut clock = None;
        let mut rest = bytes;
        loop {
            let id = u16::from_le_bytes(bytes_at(rest, 0)?);
            let end = 4 + usize::from(u16::from_le_bytes(bytes_at(rest, 2)?));
            let value = rest.get(4..end)?;
            rest = rest.get(end..)?;
            match id {
                END => break,
                TIMESTAMP => clock = Some(FileTime(u64::from_le_bytes(value.try_into().ok()?))),
                _ => {}
            }
        }
        let bytes = bytes.to_vec();
        Some(Self { bytes, clock })
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The server's clock, when it tells.
    pub(super) fn clock(&self) -> Option<FileTime> {
        self.clock
    }
}

fn push_pair(bytes: &mut Vec<u8>, id: u16, value: &[u8]) -> Result<(), NtlmError> {
    bytes.extend(id.to_le_bytes());
    bytes.extend(length("a name of the server", value)?.to_le_bytes());
    bytes.extend(value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::proto::auth::vectors::NAMES;

    #[test]
    fn a_moment_counts_from_1601() {
        let noon = FileTime::from_unix_seconds(1_243_857_600);
        assert_eq!(
            noon.to_bytes(),
            [0x00, 0x60, 0x3C, 0x7D, 0xB0, 0xE2, 0xC9, 0x01]
        );
        assert_eq!(
            FileTime::from_unix_seconds(i64::MIN),
            FileTime::from_ticks(0)
        );
        assert_eq!(
            FileTime::from_unix_seconds(i64::MAX),
            FileTime::from_ticks(u64::MAX)
        );
    }

    #[test]
    fn broken_pairs_are_refused() {
        let no_end_mark = [1, 0, 2, 0, b'A', 0];
        let beyond_the_end = [1, 0, 200, 0, b'A', 0, 0, 0, 0, 0];
        let short_clock = [7, 0, 4, 0, 1, 2, 3, 4, 0, 0, 0, 0];
        for bytes in [&[0][..], &no_end_mark, &beyond_the_end, &short_clock] {
            assert!(TargetInfo::decode(bytes).is_none(), "{bytes:?}");
        }
    }

    #[test]
    fn a_name_that_fills_the_message_is_refused() {
        let long = "A".repeat(40_000);
        let names = TargetNames {
            dns_computer: &long,
            ..NAMES
        };
        let error = TargetInfo::new(&names, None).err().unwrap();
        assert_eq!(
            error.to_string(),
            "a name of the server does not fit into an NTLM message: \
             80000 bytes, expected at most 65535"
        );
    }

    proptest! {
        #[test]
        fn written_pairs_read_as_themselves(names: [String; 5], ticks: Option<u64>) {
            let [netbios_domain, netbios_computer, dns_domain, dns_computer, dns_tree] = &names;
            let names = TargetNames {
                netbios_domain,
                netbios_computer,
                dns_domain,
                dns_computer,
                dns_tree,
            };
            let info = TargetInfo::new(&names, ticks.map(FileTime)).unwrap();
            prop_assert!(TargetInfo::decode(info.as_bytes()) == Some(info));
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = TargetInfo::decode(&bytes);
        }
    }
}
