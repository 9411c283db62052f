//! Sign-ins that others published: one by Microsoft ([MS-NLMP] 4.2.4), and one captured between
//! Communicator 2007 R2 and OCS 2007 R2.

use super::ntlm::{self, ClientRandom, temp};
use super::ntlm_messages::{Authenticate, Challenge};
use super::ntlm_password::ResponseKey;
use super::ntlm_target::TargetInfo;
use super::{Account, FileTime, NtHash, Signature, TargetNames};
use crate::secret::Secret;

/// Bytes written in hexadecimal.
pub(super) fn bytes(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    let pairs = digits.map(|pair| str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

/// The same where the length is known.
pub(super) fn array<const N: usize>(text: &str) -> [u8; N] {
    bytes(text).try_into().unwrap()
}

fn file_time(text: &str) -> FileTime {
    FileTime::from_ticks(u64::from_le_bytes(array(text)))
}

pub(super) const NAMES: TargetNames<'_> = TargetNames {
    netbios_domain: "EXAMPLE",
    netbios_computer: "POOL",
    dns_domain: "example.com",
    dns_computer: "pool.example.com",
    dns_tree: "example.com",
};

const CAPTURED_NAMES: TargetNames<'_> = TargetNames {
    netbios_domain: "COSMO",
    netbios_computer: "COSMO-OCS-R2",
    dns_domain: "cosmo.local",
    dns_computer: "cosmo-ocs-r2.cosmo.local",
    dns_tree: "cosmo.local",
};

pub(super) const CAPTURED_REQUEST: &str = "<NTLM><13317733><1><SIP Communications Service>\
    <cosmo-ocs-r2.cosmo.local><4037df9284354df39065195bd57a4b14><3><REGISTER>\
    <sip:user@cosmo.local><3e49177a52><sip:user@cosmo.local><><><><>";

pub(super) const CAPTURED_RESPONSE: &str = "<NTLM><9616454F><1><SIP Communications Service>\
    <cosmo-ocs-r2.cosmo.local><4037df9284354df39065195bd57a4b14><3><REGISTER>\
    <sip:user@cosmo.local><3e49177a52><sip:user@cosmo.local>\
    <5E61CCD925D17E043D9A74835A88F664><><><7200><200>";

#[test]
fn the_password_s_side_of_the_specification() {
    let hash = NtHash::of(&Secret::from("Password"));
    let key = ResponseKey::new(&hash, "User", "Domain");
    let (server, client) = (array("0123456789abcdef"), [0xAA; 8]);
    let names = "02000c0044006f006d00610069006e0001000c0053006500720076006500720000000000";
    let info = TargetInfo::decode(&bytes(names)).unwrap();
    let proof = key.proof(&server, &temp(&info, FileTime::from_ticks(0), &client));
    assert_eq!(
        key.lm_response(&server, &client),
        bytes("86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa")
    );
    assert_eq!(proof, array("68cd0ab851e51c96aabc927bebef6a1c"));
    assert_eq!(
        *key.exchange(&proof, &[0x55; 16]),
        array("c5dad2544fc9799094ce1ce90bc9d03e")
    );
}

#[test]
fn a_captured_sign_in_is_reproduced() {
    let challenge = ntlm::challenge(array("dd1baaf4e7e218d1"), &CAPTURED_NAMES, None).unwrap();
    let account = Account::parse("COSMO\\User", Secret::from("Pa$$word")).unwrap();
    let random = ClientRandom {
        client_challenge: array("d6ae875cb0fdaa41"),
        session_key: array("6742fbe37bb1946b49d86a525bd29a9b"),
    };
    let now = file_time("59519a1727b9ca01");
    let (answer, keys) = ntlm::respond(&challenge, &account, "COSMO-OCS-R2", now, random).unwrap();
    let message = Authenticate::decode(&answer).unwrap();
    let target_info = Challenge::decode(&challenge).unwrap().target_info;

    assert_eq!(target_info.as_bytes().len(), 150);
    assert_eq!(message.flags.0, 0x6298_8255);
    assert_eq!(message.workstation, "COSMO-OCS-R2");
    assert_eq!(
        message.lm_response,
        bytes("a1e92efe4e078bf7c5c0049acc6166c2d6ae875cb0fdaa41")
    );
    assert_eq!(message.nt_response.len(), 198);
    assert_eq!(
        message.nt_response[..16],
        bytes("8dc0c800ae76eca606d2b9fbebd04731")
    );
    assert_eq!(
        message.encrypted_session_key,
        bytes("31cb739e1ca80a498591e8ae797115e4")
    );
    let request = keys.sign(CAPTURED_REQUEST.as_bytes());
    assert_eq!(request.to_string(), "0100000029618e9651b65a7764000000");
    let response: Signature = "01000000E615438A917661BE64000000".parse().unwrap();
    assert!(keys.verify(CAPTURED_RESPONSE.as_bytes(), &response));
}
