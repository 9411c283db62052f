//! NTLM as SIP uses it: the connectionless variant, NTLMv2 only ([MS-NLMP] 1.3.1.2).
//!
//! There is no NEGOTIATE message: the client asks with an empty token, the server makes a
//! [`challenge`], the client [`respond`]s, the server [`verify`]s. The older form of signature,
//! with CRC-32 instead of extended session security, is not supported. A MIC is neither made nor
//! checked.

use std::fmt;

use super::ntlm_flags::Flags;
use super::ntlm_keys::Key;
use super::ntlm_messages::{Authenticate, Challenge};
use super::ntlm_password::ResponseKey;
use super::ntlm_target::TargetInfo;
use super::{Account, FileTime, Keys, NtHash, TargetNames};

/// Why a handshake failed. Texts that came from the peer are not escaped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NtlmError {
    /// What the server sent is no CHALLENGE.
    #[error("the server's NTLM challenge cannot be read: {0}")]
    BadChallenge(&'static str),
    /// The server lacks features, named in words.
    #[error("the server's NTLM challenge does not offer what signing needs: {0}")]
    NotOffered(String),
    /// What the client sent is no AUTHENTICATE.
    #[error("the client's NTLM answer cannot be read: {0}")]
    BadAnswer(&'static str),
    /// The client did not choose features, named in words.
    #[error("the client's NTLM answer leaves out what signing needs: {0}")]
    NotChosen(String),
    /// The client proved itself with NTLMv1, or not at all.
    #[error("the client's NTLM answer holds no NTLMv2 response")]
    NotVersion2,
    /// The server knows no such account.
    #[error("there is no account '{0}'")]
    UnknownAccount(Identity),
    /// The account exists; the proof is wrong.
    #[error("the password of '{0}' is wrong")]
    WrongPassword(Identity),
    /// A value has more than 65535 bytes.
    #[error("{what} does not fit into an NTLM message: {bytes} bytes, expected at most 65535")]
    TooLong {
        /// The value, in words.
        what: &'static str,
        /// Its length.
        bytes: usize,
    },
}

/// Who signed in, in the words of the client's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// User name, or the whole user principal name.
    pub user: String,
    /// Domain; empty with a user principal name.
    pub domain: String,
}

impl fmt::Display for Identity {
    /// `DOMAIN\user`, or `user@realm` alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.domain.is_empty() {
            write!(f, "{}\\", self.domain)?;
        }
        f.write_str(&self.user)
    }
}

/// What a client must draw afresh for every handshake from a source good enough for keys.
pub struct ClientRandom {
    /// Goes over the wire.
    pub client_challenge: [u8; 8],
    /// Becomes the key of the security association.
    pub session_key: [u8; 16],
}

/// Server: the CHALLENGE message. `server_challenge` is random and never used again; the
/// server's `clock` is told by newer pools, not by OCS 2007 R2. Fails when a name is too long.
pub fn challenge(
    server_challenge: [u8; 8],
    names: &TargetNames<'_>,
    clock: Option<FileTime>,
) -> Result<Vec<u8>, NtlmError> {
    let challenge = Challenge {
        flags: Flags::OFFERED,
        server_challenge,
        target_info: TargetInfo::new(names, clock)?,
    };
    challenge.encode()
}

/// Server: a CHALLENGE that offers the least that clients take: no keys of 128 bits, and not a word
/// about the server.
pub fn weak_challenge(server_challenge: [u8; 8]) -> Result<Vec<u8>, NtlmError> {
    let challenge = Challenge {
        flags: Flags::OFFERED.without(Flags::STRONG),
        server_challenge,
        target_info: TargetInfo::default(),
    };
    challenge.encode()
}

/// Client: the AUTHENTICATE message, and the keys that hold once the server has taken it.
/// `workstation` is the host name without domain; `now` counts only when the server tells no
/// time. Fails when the challenge is broken or does not offer enough, and when a name is too long.
pub fn respond(
    challenge: &[u8],
    account: &Account,
    workstation: &str,
    now: FileTime,
    random: ClientRandom,
) -> Result<(Vec<u8>, Keys), NtlmError> {
    let challenge = Challenge::decode(challenge)?;
    let flags = Flags::choose_from(challenge.flags);
    let session_key = Key::new(random.session_key);
    let key = ResponseKey::new(
        &NtHash::of(account.password()),
        account.user(),
        account.domain(),
    );
    let temp = temp(&challenge.target_info, now, &random.client_challenge);
    let proof = key.proof(&challenge.server_challenge, &temp);
    // [INF] No pool demands a MIC: other clients sign in without one.
    let message = Authenticate {
        flags,
        lm_response: key.lm_response(&challenge.server_challenge, &random.client_challenge),
        nt_response: [&proof[..], &temp].concat(),
        domain: account.domain().to_owned(),
        user: account.user().to_owned(),
        workstation: workstation.to_uppercase(),
        encrypted_session_key: key.exchange(&proof, &session_key).to_vec(),
    };
    Ok((message.encode()?, Keys::of_client(&session_key, flags)))
}

/// Server: who the client is, and the keys of the association. `lookup` gets user and domain as
/// the client wrote them. Fails when the message is broken, the account unknown, the proof wrong.
/// The LM response is not looked at, whatever it is.
pub fn verify(
    authenticate: &[u8],
    server_challenge: [u8; 8],
    lookup: impl FnOnce(&str, &str) -> Option<NtHash>,
) -> Result<(Identity, Keys), NtlmError> {
    let message = Authenticate::decode(authenticate)?;
    let (proof, temp) = proof_and_temp(&message.nt_response).ok_or(NtlmError::NotVersion2)?;
    let encrypted = <&[u8; 16]>::try_from(&message.encrypted_session_key[..])
        .map_err(|_| NtlmError::BadAnswer("its session key is not 16 bytes long"))?;
    let identity = Identity {
        user: message.user,
        domain: message.domain,
    };
    let Identity { user, domain } = &identity;
    let Some(hash) = lookup(user, domain) else {
        return Err(NtlmError::UnknownAccount(identity));
    };
    let key = ResponseKey::new(&hash, user, domain);
    if !key.proves(&server_challenge, temp, proof) {
        return Err(NtlmError::WrongPassword(identity));
    }
    let session_key = key.exchange(proof, encrypted);
    Ok((identity, Keys::of_server(&session_key, message.flags)))
}

/// The client's part of the NTLMv2 response ([MS-NLMP] 2.2.2.7), which the proof covers.
pub(super) fn temp(target_info: &TargetInfo, now: FileTime, client_challenge: &[u8; 8]) -> Vec<u8> {
    let time = target_info.clock().unwrap_or(now);
    let head = [1, 1, 0, 0, 0, 0, 0, 0];
    let gap = [0; 4];
    [
        &head[..],
        &time.to_bytes(),
        client_challenge,
        &gap,
        target_info.as_bytes(),
        &gap,
    ]
    .concat()
}

/// NTLMv1 has 24 bytes here, an anonymous client none.
fn proof_and_temp(nt_response: &[u8]) -> Option<(&[u8; 16], &[u8])> {
    const SHORTEST_TEMP: usize = 28;
    let (proof, temp) = nt_response.split_first_chunk()?;
    let version2 = temp.len() >= SHORTEST_TEMP && temp.starts_with(&[1, 1]);
    version2.then_some((proof, temp))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::proto::auth::vectors::{NAMES, bytes};
    use crate::secret::Secret;

    const SERVER_CHALLENGE: [u8; 8] = [7; 8];

    fn random() -> ClientRandom {
        ClientRandom {
            client_challenge: [0xAA; 8],
            session_key: [0x55; 16],
        }
    }

    fn answer_of(login: &str, password: &str) -> (Vec<u8>, Keys) {
        let challenge = challenge(SERVER_CHALLENGE, &NAMES, None).unwrap();
        let account = Account::parse(login, Secret::from(password)).unwrap();
        let now = FileTime::from_unix_seconds(0);
        respond(&challenge, &account, "laptop", now, random()).unwrap()
    }

    fn accept(answer: &[u8]) -> Result<Identity, NtlmError> {
        let lookup = |_: &str, _: &str| Some(NtHash::of(&Secret::from("Confctl-2009")));
        verify(answer, SERVER_CHALLENGE, lookup).map(|(identity, _)| identity)
    }

    /// Moves the payload by the 16 bytes of a MIC and points all descriptors there.
    fn with_mic(answer: &[u8]) -> Vec<u8> {
        let mut answer = answer.to_vec();
        answer.splice(72..72, [0xEE; 16]);
        for descriptor in [12, 20, 28, 36, 44, 52] {
            answer[descriptor + 4] += 16;
        }
        answer
    }

    #[test]
    fn a_server_takes_any_lm_response() {
        let (answer, _) = answer_of("EXAMPLE\\alice", "Confctl-2009");
        let mut message = Authenticate::decode(&answer).unwrap();
        for lm_response in [vec![], vec![0; 24], message.lm_response.clone()] {
            message.lm_response = lm_response;
            assert!(accept(&message.encode().unwrap()).is_ok());
        }
    }

    #[test]
    fn a_server_takes_an_answer_with_room_for_a_mic() {
        let (answer, _) = answer_of("EXAMPLE\\alice", "Confctl-2009");
        assert_eq!(accept(&with_mic(&answer)).unwrap().user, "alice");
    }

    #[test]
    fn a_principal_name_comes_whole_and_without_domain() {
        let (answer, _) = answer_of("alice@example.com", "Confctl-2009");
        let identity = accept(&answer).unwrap();
        assert_eq!(identity.to_string(), "alice@example.com");
        assert_eq!(identity.domain, "");
    }

    #[test]
    fn a_user_may_be_typed_in_any_case() {
        let lower = answer_of("EXAMPLE\\zoë", "Confctl-2009").0;
        let upper = answer_of("EXAMPLE\\ZOË", "Confctl-2009").0;
        let proof = |answer: &[u8]| Authenticate::decode(answer).unwrap().nt_response;
        assert_eq!(proof(&lower), proof(&upper));
    }

    #[test]
    fn a_wrong_password_and_an_unknown_account_are_told_apart() {
        let (answer, _) = answer_of("EXAMPLE\\alice", "guess");
        let wrong = accept(&answer).unwrap_err();
        assert_eq!(
            wrong.to_string(),
            "the password of 'EXAMPLE\\alice' is wrong"
        );
        let unknown = verify(&answer, SERVER_CHALLENGE, |_, _| None).unwrap_err();
        assert_eq!(unknown.to_string(), "there is no account 'EXAMPLE\\alice'");
    }

    #[test]
    fn an_answer_to_another_challenge_is_refused() {
        let (answer, _) = answer_of("EXAMPLE\\alice", "Confctl-2009");
        let lookup = |_: &str, _: &str| Some(NtHash::of(&Secret::from("Confctl-2009")));
        let error = verify(&answer, [8; 8], lookup).unwrap_err();
        assert!(matches!(error, NtlmError::WrongPassword(_)));
    }

    #[test]
    fn older_proofs_and_anonymous_clients_are_refused() {
        let (answer, _) = answer_of("EXAMPLE\\alice", "Confctl-2009");
        let mut message = Authenticate::decode(&answer).unwrap();
        for nt_response in [vec![], vec![1; 24], vec![2; 60], vec![1; 43]] {
            message.nt_response = nt_response;
            let error = accept(&message.encode().unwrap()).unwrap_err();
            assert_eq!(error, NtlmError::NotVersion2);
        }
    }

    #[test]
    fn a_session_key_of_another_length_is_refused() {
        let (answer, _) = answer_of("EXAMPLE\\alice", "Confctl-2009");
        let mut message = Authenticate::decode(&answer).unwrap();
        for length in [0, 15, 17] {
            message.encrypted_session_key = vec![1; length];
            let error = accept(&message.encode().unwrap()).unwrap_err();
            assert!(matches!(error, NtlmError::BadAnswer(_)), "{length}");
        }
    }

    #[test]
    fn an_answer_without_what_the_keys_rest_on_is_refused() {
        let (answer, _) = answer_of("EXAMPLE\\alice", "Confctl-2009");
        let mut message = Authenticate::decode(&answer).unwrap();
        message.flags.0 &= !0x0008_0040;
        let error = accept(&message.encode().unwrap()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the client's NTLM answer leaves out what signing needs: \
             datagram mode, extended session security"
        );
    }

    #[test]
    fn the_server_s_clock_wins_over_the_client_s() {
        let clock = FileTime::from_unix_seconds(1_243_857_600);
        let challenge = challenge(SERVER_CHALLENGE, &NAMES, Some(clock)).unwrap();
        let account = Account::parse("EXAMPLE\\alice", Secret::from("x")).unwrap();
        let now = FileTime::from_unix_seconds(0);
        let (answer, _) = respond(&challenge, &account, "laptop", now, random()).unwrap();
        let nt_response = Authenticate::decode(&answer).unwrap().nt_response;
        assert_eq!(nt_response[24..32], bytes("00603c7db0e2c901"));
    }

    /// No keys of 128 bits, nor of 56, and not a word about the server: still no reason to stay out.
    #[test]
    fn a_weak_challenge_is_answered_and_signs() {
        let weak = weak_challenge(SERVER_CHALLENGE).unwrap();
        let mut weakest = weak.clone();
        weakest[23] &= 0x7F;
        for challenge in [weak, weakest] {
            let account = Account::parse("EXAMPLE\\alice", Secret::from("Confctl-2009")).unwrap();
            let now = FileTime::from_unix_seconds(1_243_857_600);
            let (answer, client) = respond(&challenge, &account, "laptop", now, random()).unwrap();
            let lookup = |_: &str, _: &str| Some(NtHash::of(&Secret::from("Confctl-2009")));
            let (_, server) = verify(&answer, SERVER_CHALLENGE, lookup).unwrap();
            assert!(server.verify(b"request", &client.sign(b"request")));
            assert!(client.verify(b"answer", &server.sign(b"answer")));
            assert!(!client.verify(b"other", &server.sign(b"answer")));
            let nt_response = Authenticate::decode(&answer).unwrap().nt_response;
            assert_eq!(nt_response[24..32], bytes("00603c7db0e2c901"));
            assert_eq!(nt_response[40..], [0; 8]);
        }
    }

    #[test]
    fn neither_keys_nor_hashes_show_in_debug_output() {
        let (_, keys) = answer_of("EXAMPLE\\alice", "x");
        assert_eq!(format!("{keys:?}"), "Keys(redacted)");
        let hash = NtHash::from_bytes([0x5A; 16]);
        assert_eq!(format!("{hash:?}"), "NtHash(redacted)");
    }

    proptest! {
        #[test]
        fn both_sides_come_to_the_same_keys(
            user in "[a-zß-ÿΑ-ωЀ-я漢字𐐨]{1,30}",
            domain in "[A-Za-zÀ-ÿ0-9.-]{0,20}",
            password: String,
            server_challenge: [u8; 8],
            client_challenge: [u8; 8],
            session_key: [u8; 16],
            clock: Option<u64>,
            text: Vec<u8>,
        ) {
            let login = match domain.as_str() {
                "" => format!("{user}@example.com"),
                domain => format!("{domain}\\{user}"),
            };
            let password = Secret::new(password);
            let account = Account::parse(&login, password.clone()).unwrap();
            let random = ClientRandom { client_challenge, session_key };
            let clock = clock.map(FileTime::from_ticks);
            let challenge = challenge(server_challenge, &NAMES, clock).unwrap();
            let now = FileTime::from_unix_seconds(0);

            let (answer, client) = respond(&challenge, &account, "laptop", now, random).unwrap();
            let lookup = |_: &str, _: &str| Some(NtHash::of(&password));
            let (identity, server) = verify(&answer, server_challenge, lookup).unwrap();

            prop_assert_eq!(identity.to_string(), login);
            prop_assert!(server.verify(&text, &client.sign(&text)));
            prop_assert!(client.verify(&text, &server.sign(&text)));
            prop_assert!(!client.verify(&text, &client.sign(&text)));
            prop_assert!(!server.verify(&text, &server.sign(&text)));
        }

        #[test]
        fn a_proof_with_any_bit_changed_is_refused(bit in 0..1360usize) {
            let (answer, _) = answer_of("EXAMPLE\\alice", "Confctl-2009");
            let mut message = Authenticate::decode(&answer).unwrap();
            prop_assert_eq!(message.nt_response.len() * 8, 1360);
            message.nt_response[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(accept(&message.encode().unwrap()).is_err());
        }

        #[test]
        fn hostile_messages_do_not_panic(
            changes in prop::collection::vec((0..318usize, any::<u8>()), 0..24),
            length in 0..400usize,
        ) {
            let (mut answer, _) = answer_of("EXAMPLE\\alice", "Confctl-2009");
            let mut challenge = challenge(SERVER_CHALLENGE, &NAMES, None).unwrap();
            for (offset, byte) in changes {
                for message in [&mut answer, &mut challenge] {
                    let end = message.len();
                    message[offset % end] = byte;
                }
            }
            answer.resize(length, 0);
            challenge.resize(length, 0);
            let account = Account::parse("EXAMPLE\\alice", Secret::from("x")).unwrap();
            let now = FileTime::from_unix_seconds(0);
            let _ = accept(&answer);
            let _ = respond(&challenge, &account, "laptop", now, random());
        }
    }
}
