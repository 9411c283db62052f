//! The keys of an NTLM security association and the signatures they make
//! ([MS-NLMP] 3.4.4.2, 3.4.5).

use std::fmt;

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use md5::{Digest, Md5};
use rc4::{Rc4, StreamCipher};
use zeroize::Zeroizing;

use super::Signature;
use super::ntlm_flags::Flags;

/// Every key is 16 bytes and may hold zeros anywhere: never a C string.
pub(super) type Key = Zeroizing<[u8; 16]>;

/// The sequence number of every message in both directions. No Microsoft document says so, but
/// it reproduces a captured OCS 2007 R2 sign-in.
const SEQUENCE: [u8; 4] = 100u32.to_le_bytes();
const SIGNATURE_VERSION: [u8; 4] = 1u32.to_le_bytes();

/// The keys of one side of a security association. They sign what this side sends and verify
/// what the other side sent, so the two directions cannot be mixed up.
#[derive(Clone)]
pub struct Keys {
    own: KeyPair,
    peer: KeyPair,
}

impl Keys {
    pub(super) fn of_client(session_key: &[u8; 16], flags: Flags) -> Self {
        Self {
            own: KeyPair::new(session_key, flags, "client-to-server"),
            peer: KeyPair::new(session_key, flags, "server-to-client"),
        }
    }

    pub(super) fn of_server(session_key: &[u8; 16], flags: Flags) -> Self {
        let Self { own, peer } = Self::of_client(session_key, flags);
        Self {
            own: peer,
            peer: own,
        }
    }

    /// Signs a message that this side sends, given its signature buffer.
    pub fn sign(&self, buffer: &[u8]) -> Signature {
        self.own.sign(buffer)
    }

    /// Whether the other side signed the message with this buffer. Constant time.
    pub fn verify(&self, buffer: &[u8], signature: &Signature) -> bool {
        self.peer.verify(buffer, signature)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(redacted)")
    }
}

/// What signs in one direction.
#[derive(Clone)]
struct KeyPair {
    sign: Key,
    seal: Key,
}

impl KeyPair {
    fn new(session_key: &[u8; 16], flags: Flags, direction: &str) -> Self {
        let derive = |key: &[u8], purpose: &str| {
            let magic = format!("session key to {direction} {purpose} key magic constant\0");
            md5(&[key, magic.as_bytes()])
        };
        Self {
            sign: derive(session_key, "signing"),
            seal: derive(weaken(session_key, flags), "sealing"),
        }
    }

    fn sign(&self, buffer: &[u8]) -> Signature {
        let digest = hmac_md5(&self.sign, &[&SEQUENCE, buffer]);
        let mut checksum = [0; 8];
        checksum.copy_from_slice(&digest[..8]);
        rc4(&self.message_key(), &mut checksum);

        let mut signature = [0; 16];
        signature[..4].copy_from_slice(&SIGNATURE_VERSION);
        signature[4..12].copy_from_slice(&checksum);
        signature[12..].copy_from_slice(&SEQUENCE);
        Signature(signature)
    }

    fn verify(&self, buffer: &[u8], Signature(signature): &Signature) -> bool {
        if signature[..4] != SIGNATURE_VERSION || signature[12..] != SEQUENCE {
            return false;
        }
        let mut checksum = [0; 8];
        checksum.copy_from_slice(&signature[4..12]);
        rc4(&self.message_key(), &mut checksum);
        let mac = hmac(&self.sign, &[&SEQUENCE, buffer]);
        mac.verify_truncated_left(&checksum).is_ok()
    }

    /// Datagram mode takes a fresh sealing key for every message ([MS-NLMP] 3.4); with the
    /// sequence number constant, it is the same each time.
    fn message_key(&self) -> Key {
        md5(&[self.seal.as_slice(), &SEQUENCE])
    }
}

/// The part of the session key that sealing keys are made of ([MS-NLMP] 3.4.5.3).
fn weaken(session_key: &[u8; 16], flags: Flags) -> &[u8] {
    if flags.contains(Flags::STRONG) {
        session_key
    } else if flags.contains(Flags::FAIR) {
        &session_key[..7]
    } else {
        &session_key[..5]
    }
}

fn md5(parts: &[&[u8]]) -> Key {
    let digest = parts.iter().fold(Md5::new(), Digest::chain_update);
    Zeroizing::new(digest.finalize().into())
}

pub(super) fn hmac_md5(key: &[u8; 16], parts: &[&[u8]]) -> Key {
    Zeroizing::new(hmac(key, parts).finalize().into_bytes().into())
}

pub(super) fn hmac(key: &[u8; 16], parts: &[&[u8]]) -> Hmac<Md5> {
    let mut block = Zeroizing::new([0; 64]);
    block[..16].copy_from_slice(key);
    let mac = <Hmac<Md5> as KeyInit>::new((&*block).into());
    parts.iter().fold(mac, Mac::chain_update)
}

pub(super) fn rc4(key: &[u8; 16], data: &mut [u8]) {
    let mut cipher = Rc4::new_from_slice(key).expect("RC4 takes keys of 1 to 256 bytes");
    cipher.apply_keystream(data);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::auth::ntlm_password::utf16le;
    use crate::proto::auth::vectors::{CAPTURED_REQUEST, CAPTURED_RESPONSE, array, bytes};

    const STRONG: Flags = Flags(0x6298_8255);

    /// What a session key turns into: signing, sealing, and message key of client, then server.
    fn assert_keys(session_key: &str, expected: [&str; 6]) {
        let Keys { own, peer } = Keys::of_client(&array(session_key), STRONG);
        let keys = [
            &own.sign,
            &own.seal,
            &own.message_key(),
            &peer.sign,
            &peer.seal,
            &peer.message_key(),
        ];
        assert_eq!(keys.map(|key| **key), expected.map(array));
    }

    #[test]
    fn keys_of_the_specification() {
        let keys = [
            "4788dc861b4782f35d43fd98fe1a2d39",
            "59f600973cc4960a25480a7c196e4c58",
            "d88dc90f761359beae4cc0548d466c56",
            "d04d6f10741041d1d246d64188d7a8ad",
            "9355f3a957c1583d25c4c2f11e40390e",
            "318733edb895a46d8d5cf9b15664e70f",
        ];
        assert_keys("55555555555555555555555555555555", keys);
    }

    #[test]
    fn keys_of_a_captured_sign_in() {
        let keys = [
            "ea5e87c195ae65338f7c023e7600690d",
            "83013a189002d3abad49c4c8f605ecc8",
            "9c4f4700459447d91cd5f161601e400c",
            "0151fe94dba8c83f3c6a6e5444ae54b4",
            "2a2e34e8d420c039e8f31cb9e8e0cd88",
            "98a7586f30f71015b079ec4f86de9c34",
        ];
        assert_keys("6742fbe37bb1946b49d86a525bd29a9b", keys);
    }

    #[test]
    fn keys_of_a_session_key_that_starts_with_zero() {
        let keys = [
            "9b52e70996bd32c71f2398b552d207d2",
            "157cc91ead98fd67ff4911a6c338be2c",
            "5ade9eff2e311754a02f77f47508f274",
            "24708083b479de7c5807cac27aeefbce",
            "537dc0b821115fd8177313be127b7d90",
            "508f94b4d88f0dd503a3f4a57a755e88",
        ];
        assert_keys("000102030405060708090a0b0c0d0e0f", keys);
    }

    /// Connection mode, which SIP does not use: one RC4 stream over text and checksum.
    #[test]
    fn the_specification_s_sealed_text() {
        let text = utf16le("Plaintext");
        let KeyPair { sign, seal } = Keys::of_client(&[0x55; 16], STRONG).own;
        let checksum = &hmac_md5(&sign, &[&[0; 4], &text])[..8];
        assert_eq!(checksum, bytes("70352851f2564309"));
        let mut sealed = [&text, checksum].concat();
        rc4(&seal, &mut sealed);
        let expected = "54e50165bf1936dc996020c1811b0f06fb5f7fb38ec5c55d4976";
        assert_eq!(sealed, bytes(expected));
    }

    #[test]
    fn the_same_text_signed_as_sip_does() {
        let text = utf16le("Plaintext");
        let client = Keys::of_client(&[0x55; 16], STRONG).sign(&text);
        let server = Keys::of_server(&[0x55; 16], STRONG).sign(&text);
        assert_eq!(client.to_string(), "010000004bbf152146790b4864000000");
        assert_eq!(server.to_string(), "01000000d3350da45f766b8864000000");
    }

    #[test]
    fn checksums_of_a_captured_sign_in() {
        let session_key = array("6742fbe37bb1946b49d86a525bd29a9b");
        let Keys { own, peer } = Keys::of_client(&session_key, STRONG);
        let request = hmac_md5(&own.sign, &[&SEQUENCE, CAPTURED_REQUEST.as_bytes()]);
        let response = hmac_md5(&peer.sign, &[&SEQUENCE, CAPTURED_RESPONSE.as_bytes()]);
        assert_eq!(*request, array("d01c6988f1c870f07b55fd4e4e0ae83f"));
        assert_eq!(*response, array("ec253d2ef7104c1ae09d7aae5ac6d598"));
    }

    #[test]
    fn a_signing_key_made_of_a_key_that_ends_in_zero() {
        let keys = Keys::of_client(&array("0102030405060708090a0b0c0d0e0f00"), STRONG);
        assert_eq!(*keys.own.sign, array("f7f97a82ec390f9c903dac4f6aceb132"));
    }

    /// Three keys hold a zero byte here, which must not end them.
    #[test]
    fn zeros_inside_keys_count() {
        let session_key = array("11002233445566778899aabbccddee00");
        let signature = Keys::of_client(&session_key, STRONG).sign(b"text");
        assert_eq!(signature.to_string(), "0100000040d8b7f0a533e7f064000000");
    }

    #[test]
    fn a_client_without_128_bits_seals_with_less() {
        let session_key = array("000102030405060708090a0b0c0d0e0f");
        let seal = |flags| *Keys::of_client(&session_key, flags).own.seal;
        assert_eq!(seal(Flags::FAIR), array("28ce89be1121a5f378f6a3201af126a7"));
        assert_eq!(seal(Flags(0)), array("4fecb7881b2623baef797e8a301005a0"));
    }

    #[test]
    fn a_signature_with_any_bit_changed_is_refused() {
        let (client, server) = (
            Keys::of_client(&[1; 16], STRONG),
            Keys::of_server(&[1; 16], STRONG),
        );
        let Signature(right) = client.sign(b"text");
        assert!(server.verify(b"text", &Signature(right)));
        assert!(!server.verify(b"Text", &Signature(right)));
        for bit in 0..128 {
            let mut wrong = right;
            wrong[bit / 8] ^= 1 << (bit % 8);
            assert!(!server.verify(b"text", &Signature(wrong)), "{bit}");
        }
    }
}
