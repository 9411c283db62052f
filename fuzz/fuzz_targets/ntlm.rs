//! NTLM tokens from a hostile peer: raw, and honest ones with some bytes changed. Nobody gets in
//! without the proof, and both ends of a handshake that succeeds have the same keys.
#![no_main]

use confctl::proto::auth::ntlm::{ClientRandom, challenge, respond, verify};
use confctl::proto::auth::{Account, FileTime, Keys, NtHash, TargetNames};
use confctl::secret::Secret;
use libfuzzer_sys::fuzz_target;

const SERVER_CHALLENGE: [u8; 8] = [7; 8];
const PASSWORD: &str = "Confctl-2009";

fuzz_target!(|input: &[u8]| {
    let Some((kind, bytes)) = input.split_first() else {
        return;
    };
    match kind % 4 {
        0 => asked(bytes),
        1 => answered(bytes),
        2 => asked(&changed(honest_challenge(), bytes)),
        _ => answered(&changed(honest_answer(), bytes)),
    }
});

/// A client is asked with that CHALLENGE; a server that made it takes the answer.
fn asked(message: &[u8]) {
    let Some((answer, client)) = answer_to(message) else {
        return;
    };
    let server_challenge = *message[24..].first_chunk().expect("it was answered");
    let (identity, server) =
        verify(&answer, server_challenge, |_, _| Some(hash())).expect("the password is right");
    assert_eq!(identity.to_string(), "EXAMPLE\\ana");
    share_keys(&client, &server);
    let other = NtHash::from_bytes([0; 16]);
    assert!(verify(&answer, server_challenge, |_, _| Some(other)).is_err());
}

/// A server gets that AUTHENTICATE. The proof covers the name in upper case before the domain.
fn answered(message: &[u8]) {
    if let Ok((identity, server)) = verify(message, SERVER_CHALLENGE, |_, _| Some(hash())) {
        let proven = identity.user.to_uppercase() + &identity.domain;
        assert_eq!(proven, "ANAEXAMPLE");
        let _ = server.sign(b"<NTLM>");
    }
    assert!(verify(message, SERVER_CHALLENGE, |_, _| None).is_err());
}

fn share_keys(client: &Keys, server: &Keys) {
    let buffer = b"<NTLM><0878F41B><1>";
    assert!(server.verify(buffer, &client.sign(buffer)));
    assert!(client.verify(buffer, &server.sign(buffer)));
    assert!(!client.verify(buffer, &client.sign(buffer)));
    assert!(!server.verify(b"<NTLM>", &client.sign(buffer)));
}

fn honest_challenge() -> Vec<u8> {
    let names = TargetNames {
        netbios_domain: "EXAMPLE",
        netbios_computer: "POOL",
        dns_domain: "example.com",
        dns_computer: "pool.example.com",
        dns_tree: "example.com",
    };
    let clock = FileTime::from_unix_seconds(1_900_000_000);
    challenge(SERVER_CHALLENGE, &names, Some(clock)).expect("all names are short")
}

fn honest_answer() -> Vec<u8> {
    let answer = answer_to(&honest_challenge());
    answer.expect("the challenge is honest").0
}

fn answer_to(challenge: &[u8]) -> Option<(Vec<u8>, Keys)> {
    let password = Secret::from(PASSWORD);
    let account = Account::parse("EXAMPLE\\ana", password).expect("the name is one");
    let random = ClientRandom {
        client_challenge: [0xAA; 8],
        session_key: [0x55; 16],
    };
    let now = FileTime::from_unix_seconds(0);
    respond(challenge, &account, "laptop", now, random).ok()
}

fn hash() -> NtHash {
    NtHash::of(&Secret::from(PASSWORD))
}

/// Each three bytes of `changes` are a place and what stands there; what is left over is appended.
fn changed(mut message: Vec<u8>, changes: &[u8]) -> Vec<u8> {
    let (edits, rest) = changes.as_chunks::<3>();
    for [low, high, byte] in edits {
        let place = usize::from(u16::from_le_bytes([*low, *high])) % message.len();
        message[place] = *byte;
    }
    message.extend(rest);
    message
}
