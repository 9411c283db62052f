//! From the password to the proof of it: NTLMv2 ([MS-NLMP] 3.3.2).

use std::fmt;

use hmac::Mac;
use md4::{Digest, Md4};
use zeroize::Zeroizing;

use super::ntlm_keys::{Key, hmac, hmac_md5, rc4};
use crate::secret::Secret;

/// MD4 of the password, 16 bytes ([MS-NLMP] 3.3.1): all that a server needs to keep of it, and
/// as good as the password to whoever has it.
#[derive(Clone)]
pub struct NtHash(Key);

impl NtHash {
    /// The hash of a password.
    pub fn of(password: &Secret) -> Self {
        let text = Zeroizing::new(utf16le(password.expose()));
        Self(Zeroizing::new(Md4::digest(&text).into()))
    }

    /// A hash that was stored.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The hash, to store it.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for NtHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NtHash(redacted)")
    }
}

/// NTOWFv2: the password of one account of one domain ([MS-NLMP] 3.3.2).
pub(super) struct ResponseKey(Key);

impl ResponseKey {
    /// The user name is upper-cased; the domain counts as it stands in the message.
    pub(super) fn new(hash: &NtHash, user: &str, domain: &str) -> Self {
        let name = utf16le(&(upper_case(user) + domain));
        Self(hmac_md5(&hash.0, &[&name]))
    }

    pub(super) fn proof(&self, server_challenge: &[u8; 8], temp: &[u8]) -> [u8; 16] {
        *hmac_md5(&self.0, &[server_challenge, temp])
    }

    /// Whether the proof is right, compared in constant time.
    pub(super) fn proves(&self, server_challenge: &[u8; 8], temp: &[u8], proof: &[u8]) -> bool {
        let mac = hmac(&self.0, &[server_challenge, temp]);
        mac.verify_slice(proof).is_ok()
    }

    /// LMv2. [MS-NLMP] 3.1.5.2.1 would leave it out; Communicator sends it to OCS 2007 R2.
    // [INF] Every pool takes it.
    pub(super) fn lm_response(&self, server: &[u8; 8], client: &[u8; 8]) -> Vec<u8> {
        let mac = hmac_md5(&self.0, &[server, client]);
        [mac.as_slice(), client].concat()
    }

    /// Encrypts the session key for the way to the server, or opens it there.
    pub(super) fn exchange(&self, proof: &[u8], session_key: &[u8; 16]) -> Key {
        let mut exchanged = Zeroizing::new(*session_key);
        rc4(&hmac_md5(&self.0, &[proof]), exchanged.as_mut_slice());
        exchanged
    }
}

/// Upper case as Windows makes it: each UTF-16 unit by itself, so that ß stays ß.
// [INF] The difference to full Unicode case mapping shows only in such names.
fn upper_case(text: &str) -> String {
    text.chars().map(upper_case_letter).collect()
}

fn upper_case_letter(letter: char) -> char {
    let mut mapped = letter.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(upper), None) if letter.len_utf16() == 1 => upper,
        _ => letter,
    }
}

/// Text as NTLM writes it: UTF-16, little-endian, no end mark.
pub(super) fn utf16le(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(2 * text.len());
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::auth::vectors::array;

    #[test]
    fn hashes_of_passwords() {
        let check = |account: [&str; 3], nt_hash: &str, response_key: &str| {
            let [user, domain, password] = account;
            let hash = NtHash::of(&Secret::from(password));
            assert_eq!(*hash.as_bytes(), array(nt_hash));
            let key = ResponseKey::new(&hash, user, domain);
            assert_eq!(*key.0, array(response_key));
        };
        check(
            ["User", "Domain", "Password"],
            "a4f49c406510bdcab6824ee7c30fd852",
            "0c868a403bfd7a93a3001ef22ef02e3f",
        );
        check(
            ["User", "COSMO", "Pa$$word"],
            "1a4b1757588cab6298e29e91c06df58d",
            "164b086e00d2f393529fa3a98209f99e",
        );
        check(
            ["alice", "EXAMPLE", "Confctl-2009"],
            "652cdbf31b8ea6d648ea3c34abbc641c",
            "99513f2632dfcca756d6a5614208f4dd",
        );
    }

    #[test]
    fn session_base_keys() {
        let of = |response_key: &str, proof: &str| {
            *hmac_md5(&array(response_key), &[&array::<16>(proof)])
        };
        assert_eq!(
            of(
                "0c868a403bfd7a93a3001ef22ef02e3f",
                "68cd0ab851e51c96aabc927bebef6a1c"
            ),
            array("8de40ccadbc14a82f15cb0ad0de95ca3")
        );
        assert_eq!(
            of(
                "164b086e00d2f393529fa3a98209f99e",
                "8dc0c800ae76eca606d2b9fbebd04731"
            ),
            array("02959b1d938e14ccc8412639311cdd49")
        );
        assert_eq!(
            of(
                "99513f2632dfcca756d6a5614208f4dd",
                "bc2ea43c08190c497ff19d1d1dfe4f60"
            ),
            array("02d13cbf576c41f2f70ce34042e68732")
        );
    }

    /// Every key holds a zero byte here, which must not end it.
    #[test]
    fn zeros_inside_keys_count() {
        let hash = NtHash::of(&Secret::from("Confctl-6924"));
        assert_eq!(*hash.as_bytes(), array("9d0030b1615cd4607ed94c4e7701a8b8"));
        let key = ResponseKey::new(&hash, "alice", "EXAMPLE");
        assert_eq!(*key.0, array("f0ee448e3c1b7f008dccb37a7961fd45"));
        let proof = array::<16>("e71005b43b17052c75a0bc86bddf1a42");
        let encrypted = key.exchange(&proof, &array("11002233445566778899aabbccddee00"));
        assert_eq!(*encrypted, array("33290b2af1636abc739ab18875fcda83"));
    }

    #[test]
    fn upper_case_is_made_letter_by_letter() {
        assert_eq!(upper_case("zoë straße ǆ ω"), "ZOË STRAßE Ǆ Ω");
        assert_eq!(upper_case("\u{10428}"), "\u{10428}");
    }
}
