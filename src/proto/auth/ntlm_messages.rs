//! The two NTLM messages that SIP carries, CHALLENGE and AUTHENTICATE ([MS-NLMP] 2.2.1).

use super::ntlm::NtlmError;
use super::ntlm_flags::{Flags, OF_A_CHALLENGE, OF_AN_ANSWER};
use super::ntlm_password::utf16le;
use super::ntlm_target::TargetInfo;

const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";
/// Windows Server 2003, NTLM revision 15: what an OCS 2007 R2 pool says.
const SERVER_VERSION: [u8; 8] = [0x05, 0x02, 0xCE, 0x0E, 0, 0, 0, 0x0F];
/// Windows XP, NTLM revision 15: what a Communicator says.
const CLIENT_VERSION: [u8; 8] = [0x05, 0x01, 0x28, 0x0A, 0, 0, 0, 0x0F];

/// CHALLENGE: what a server offers, and the number that the client must answer
/// ([MS-NLMP] 2.2.1.2).
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Challenge {
    pub(super) flags: Flags,
    pub(super) server_challenge: [u8; 8],
    pub(super) target_info: TargetInfo,
}

impl Challenge {
    const TYPE: u32 = 2;
    const HEADER: usize = 56;

    pub(super) fn encode(&self) -> Result<Vec<u8>, NtlmError> {
        let mut payload = Payload::after_header(Self::HEADER);
        let target_name = payload.add("the target name", &[])?;
        let target_info = payload.add("the target information", self.target_info.as_bytes())?;

        let mut message = Vec::with_capacity(Self::HEADER + payload.bytes.len());
        message.extend(SIGNATURE);
        message.extend(Self::TYPE.to_le_bytes());
        message.extend(target_name);
        message.extend(self.flags.0.to_le_bytes());
        message.extend(self.server_challenge);
        message.extend([0; 8]);
        message.extend(target_info);
        message.extend(SERVER_VERSION);
        message.extend(payload.bytes);
        Ok(message)
    }

    /// Fails when something that signing SIP needs is not on offer, too.
    pub(super) fn decode(message: &[u8]) -> Result<Self, NtlmError> {
        let wrong = NtlmError::BadChallenge;
        check_type(message, Self::TYPE).map_err(wrong)?;
        let flags = flags_at(message, 20).map_err(wrong)?;
        if let Some(lacking) = flags.missing_features(&OF_A_CHALLENGE) {
            return Err(NtlmError::NotOffered(lacking));
        }
        let target_info = field(message, 40).and_then(TargetInfo::decode);
        Ok(Self {
            flags,
            server_challenge: bytes_at(message, 24).ok_or(wrong(CUT_OFF))?,
            target_info: target_info.ok_or(wrong("its target information is broken"))?,
        })
    }
}

/// AUTHENTICATE: who the client is, and the proof of it ([MS-NLMP] 2.2.1.3). The MIC that newer
/// clients add between header and payload is neither written nor read. Nothing prints it outside
/// of tests: a password can be guessed from it.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(super) struct Authenticate {
    pub(super) flags: Flags,
    pub(super) lm_response: Vec<u8>,
    pub(super) nt_response: Vec<u8>,
    pub(super) domain: String,
    pub(super) user: String,
    pub(super) workstation: String,
    pub(super) encrypted_session_key: Vec<u8>,
}

impl Authenticate {
    const TYPE: u32 = 3;
    const HEADER: usize = 72;

    /// Header and payload in the order of Communicator, which is not the same for both.
    pub(super) fn encode(&self) -> Result<Vec<u8>, NtlmError> {
        let mut payload = Payload::after_header(Self::HEADER);
        let domain = payload.add("the domain", &utf16le(&self.domain))?;
        let user = payload.add("the user name", &utf16le(&self.user))?;
        let workstation = payload.add("the host name", &utf16le(&self.workstation))?;
        let lm_response = payload.add("the LM response", &self.lm_response)?;
        let nt_response = payload.add("the NTLM response", &self.nt_response)?;
        let session_key = payload.add("the session key", &self.encrypted_session_key)?;

        let mut message = Vec::with_capacity(Self::HEADER + payload.bytes.len());
        message.extend(SIGNATURE);
        message.extend(Self::TYPE.to_le_bytes());
        for field in [
            lm_response,
            nt_response,
            domain,
            user,
            workstation,
            session_key,
        ] {
            message.extend(field);
        }
        message.extend(self.flags.0.to_le_bytes());
        message.extend(CLIENT_VERSION);
        message.extend(payload.bytes);
        Ok(message)
    }

    /// Fails when something that proof and keys rest on was not chosen, too.
    pub(super) fn decode(message: &[u8]) -> Result<Self, NtlmError> {
        let wrong = NtlmError::BadAnswer;
        check_type(message, Self::TYPE).map_err(wrong)?;
        let flags = flags_at(message, 60).map_err(wrong)?;
        if let Some(lacking) = flags.missing_features(&OF_AN_ANSWER) {
            return Err(NtlmError::NotChosen(lacking));
        }
        let bytes = |header| field(message, header).ok_or(wrong(CUT_OFF));
        let text = |header| text(bytes(header)?).ok_or(wrong("a name in it is not UTF-16"));
        Ok(Self {
            flags,
            lm_response: bytes(12)?.to_vec(),
            nt_response: bytes(20)?.to_vec(),
            domain: text(28)?,
            user: text(36)?,
            workstation: text(44)?,
            encrypted_session_key: bytes(52)?.to_vec(),
        })
    }
}

/// What follows a header, and the descriptors that point into it.
struct Payload {
    start: usize,
    bytes: Vec<u8>,
}

impl Payload {
    fn after_header(header: usize) -> Self {
        Self {
            start: header,
            bytes: Vec::new(),
        }
    }

    /// Appends a value; gives its length, its length again, and its offset.
    fn add(&mut self, what: &'static str, value: &[u8]) -> Result<[u8; 8], NtlmError> {
        let length = length(what, value)?.to_le_bytes();
        let offset = u32::try_from(self.start + self.bytes.len()).unwrap_or(u32::MAX);
        self.bytes.extend(value);
        let mut descriptor = [0; 8];
        descriptor[..2].copy_from_slice(&length);
        descriptor[2..4].copy_from_slice(&length);
        descriptor[4..].copy_from_slice(&offset.to_le_bytes());
        Ok(descriptor)
    }
}

/// Lengths are 16 bits wide on the wire.
pub(super) fn length(what: &'static str, value: &[u8]) -> Result<u16, NtlmError> {
    let bytes = value.len();
    u16::try_from(bytes).map_err(|_| NtlmError::TooLong { what, bytes })
}

/// The bytes at an offset, if the message reaches that far.
pub(super) fn bytes_at<const N: usize>(message: &[u8], offset: usize) -> Option<[u8; N]> {
    message.get(offset..)?.first_chunk().copied()
}

const CUT_OFF: &str = "it ends too early";

fn check_type(message: &[u8], expected: u32) -> Result<(), &'static str> {
    let signed = message.starts_with(SIGNATURE);
    let kind = bytes_at(message, 8).map(u32::from_le_bytes);
    if signed && kind == Some(expected) {
        Ok(())
    } else {
        Err("it is another kind of message")
    }
}

fn flags_at(message: &[u8], offset: usize) -> Result<Flags, &'static str> {
    let flags = bytes_at(message, offset).map(u32::from_le_bytes);
    flags.map(Flags).ok_or(CUT_OFF)
}

/// The value that a descriptor points at. Values may overlap, and an empty one may point
/// anywhere: Windows writes such.
fn field(message: &[u8], descriptor: usize) -> Option<&[u8]> {
    let length = usize::from(u16::from_le_bytes(bytes_at(message, descriptor)?));
    let offset = u32::from_le_bytes(bytes_at(message, descriptor + 4)?);
    if length == 0 {
        return Some(&[]);
    }
    let start = usize::try_from(offset).ok()?;
    message.get(start..)?.get(..length)
}

fn text(bytes: &[u8]) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = units.iter().copied().map(u16::from_le_bytes).collect();
    let text = String::from_utf16(&units).ok();
    text.filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::proto::auth::FileTime;
    use crate::proto::auth::vectors::NAMES;

    fn challenge(flags: u32, server_challenge: [u8; 8], ticks: Option<u64>) -> Challenge {
        Challenge {
            flags: Flags(flags | Flags::OFFERED.0),
            server_challenge,
            target_info: TargetInfo::new(&NAMES, ticks.map(FileTime::from_ticks)).unwrap(),
        }
    }

    fn authenticate() -> impl Strategy<Value = Authenticate> {
        let short = || prop::collection::vec(any::<u8>(), 0..300);
        (
            any::<u32>(),
            short(),
            short(),
            short(),
            any::<[String; 3]>(),
        )
            .prop_map(
                |(flags, lm_response, nt_response, encrypted_session_key, names)| {
                    let [domain, user, workstation] = names;
                    Authenticate {
                        flags: Flags(flags | Flags::OFFERED.0),
                        lm_response,
                        nt_response,
                        domain,
                        user,
                        workstation,
                        encrypted_session_key,
                    }
                },
            )
    }

    #[test]
    fn every_feature_that_is_not_offered_is_named() {
        let required = [
            (0x0000_0001, "Unicode text"),
            (0x0000_0010, "signing"),
            (0x0000_0040, "datagram mode"),
            (0x0000_0200, "NTLM authentication"),
            (0x0000_8000, "signing of every message"),
            (0x0008_0000, "extended session security"),
            (0x0010_0000, "identification"),
            (0x0080_0000, "target information"),
            (0x4000_0000, "key exchange"),
        ];
        for (bit, words) in required {
            let mut challenge = challenge(0, [1; 8], None);
            challenge.flags.0 &= !bit;
            let error = Challenge::decode(&challenge.encode().unwrap()).err();
            assert_eq!(error, Some(NtlmError::NotOffered(words.to_owned())));
        }
    }

    #[test]
    fn the_smallest_sufficient_offer_is_taken() {
        let mut challenge = challenge(0, [1; 8], None);
        challenge.flags = Flags(0x4098_8251);
        assert!(Challenge::decode(&challenge.encode().unwrap()).is_ok());
    }

    #[test]
    fn one_kind_of_message_is_not_taken_for_the_other() {
        let challenge = challenge(0, [1; 8], None).encode().unwrap();
        let error = Authenticate::decode(&challenge).err().unwrap();
        assert_eq!(
            error.to_string(),
            "the client's NTLM answer cannot be read: it is another kind of message"
        );
        let mut unsigned = challenge;
        unsigned[0] = b'n';
        assert!(Challenge::decode(&unsigned).is_err());
    }

    #[test]
    fn a_target_name_before_the_target_information_is_skipped() {
        let plain = challenge(0, [1; 8], None);
        let mut message = plain.encode().unwrap();
        message.splice(56..56, *b"P\0O\0O\0L\0");
        message[12] = 8;
        message[44] += 8;
        assert!(Challenge::decode(&message) == Ok(plain));
    }

    fn answer() -> Vec<u8> {
        let answer = Authenticate {
            flags: Flags::OFFERED,
            lm_response: Vec::new(),
            nt_response: vec![1; 60],
            domain: "EXAMPLE".to_owned(),
            user: "alice".to_owned(),
            workstation: "LAPTOP".to_owned(),
            encrypted_session_key: vec![2; 16],
        };
        answer.encode().unwrap()
    }

    #[test]
    fn an_empty_value_may_point_anywhere() {
        let mut message = answer();
        message[16..20].fill(0xFF);
        assert!(
            Authenticate::decode(&message)
                .unwrap()
                .lm_response
                .is_empty()
        );
    }

    #[test]
    fn a_name_that_is_not_utf_16_is_refused() {
        let error = NtlmError::BadAnswer("a name in it is not UTF-16");
        let mut odd = answer();
        odd[36] -= 1;
        assert_eq!(Authenticate::decode(&odd), Err(error.clone()));
        let mut half_a_pair = answer();
        half_a_pair[72..74].copy_from_slice(&[0x00, 0xD8]);
        assert_eq!(Authenticate::decode(&half_a_pair), Err(error));
    }

    proptest! {
        #[test]
        fn a_written_challenge_reads_as_itself(
            flags: u32, server_challenge: [u8; 8], ticks: Option<u64>,
        ) {
            let challenge = challenge(flags, server_challenge, ticks);
            let message = challenge.encode().unwrap();
            prop_assert!(Challenge::decode(&message) == Ok(challenge));
        }

        #[test]
        fn a_written_answer_reads_as_itself(answer in authenticate()) {
            let message = answer.encode().unwrap();
            prop_assert!(Authenticate::decode(&message) == Ok(answer));
        }

        #[test]
        fn a_challenge_cut_anywhere_is_refused(cut in 0..178usize) {
            let message = challenge(0, [1; 8], None).encode().unwrap();
            prop_assert_eq!(message.len(), 178);
            prop_assert!(Challenge::decode(&message[..cut]).is_err());
        }

        #[test]
        fn an_answer_cut_anywhere_is_refused(answer in authenticate(), cut: prop::sample::Index) {
            let mut answer = answer;
            answer.encrypted_session_key.push(0);
            let message = answer.encode().unwrap();
            prop_assert!(Authenticate::decode(&message[..cut.index(message.len())]).is_err());
        }

        #[test]
        fn hostile_descriptors_do_not_panic(
            answer in authenticate(),
            changes in prop::collection::vec((8..72usize, any::<u8>()), 1..24),
        ) {
            let mut answer = answer.encode().unwrap();
            let mut challenge = challenge(0, [1; 8], Some(1)).encode().unwrap();
            for (offset, byte) in changes {
                answer[offset] = byte;
                challenge[offset] = byte;
            }
            let _ = Authenticate::decode(&answer);
            let _ = Challenge::decode(&challenge);
        }

        #[test]
        fn no_bytes_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..400), kind in 2..4u8) {
            let _ = Challenge::decode(&bytes);
            let _ = Authenticate::decode(&bytes);
            let header = [b"NTLMSSP\0".as_slice(), &[kind, 0, 0, 0]].concat();
            bytes.splice(..bytes.len().min(12), header);
            let _ = Challenge::decode(&bytes);
            let _ = Authenticate::decode(&bytes);
        }
    }
}
