//! SIP from a hostile peer: however the bytes are cut, the same messages come out, and each of them
//! is written back as it was read.
#![no_main]

use confctl::proto::sip::{
    Address, Credentials, Framer, Limits, Message, SipError, list, signed_values,
};
use libfuzzer_sys::fuzz_target;

/// What the server of a challenge chooses.
const PARAMETERS: [&str; 4] = ["realm", "targetname", "opaque", "gssapi-data"];

fuzz_target!(|input: &[u8]| {
    let Some((at, bytes)) = input.split_first_chunk() else {
        return;
    };
    let (first, second) = bytes.split_at(usize::from(u16::from_le_bytes(*at)).min(bytes.len()));
    let cut = read(&[first, second]);
    assert_eq!(cut, read(&[bytes]));
    for message in &cut.0 {
        look_at(message);
        comes_back(message);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        look_at_value(text);
    }
});

fn read(chunks: &[&[u8]]) -> (Vec<Message>, Option<SipError>) {
    let mut framer = Framer::default();
    let mut messages = Vec::new();
    for chunk in chunks {
        framer.push(chunk);
        loop {
            match framer.next_message() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Some(error)),
            }
        }
    }
    (messages, None)
}

/// A Content-Length that was missing is written; everything else stays.
fn comes_back(message: &Message) {
    // One header more than was allowed on the way in.
    let mut framer = Framer::with_limits(Limits {
        head: usize::MAX,
        headers: usize::MAX,
        body: usize::MAX,
    });
    framer.push(&message.encode());
    let mut expected = message.clone();
    if message.header("Content-Length").is_none() {
        expected.add("Content-Length", "0");
    }
    assert_eq!(framer.next_message(), Ok(Some(expected)));
    assert_eq!(framer.next_message(), Ok(None));
}

fn look_at(message: &Message) {
    let _ = signed_values(message);
    let _ = (message.carries("application/cccp+xml"), message.reason());
    for header in &message.headers {
        look_at_value(&header.value());
    }
}

fn look_at_value(value: &str) {
    let _ = Address::read(value).parameter("tag");
    let _ = list(value).count();
    let _ = Credentials::read(value).parameter("realm");
    written_parameters_are_read(value);
}

/// Whatever a server puts into a challenge goes back to it, but for quotes and backslashes.
fn written_parameters_are_read(value: &str) {
    let (mut said, mut expected) = (Credentials::new("NTLM"), Credentials::new("NTLM"));
    for (name, text) in PARAMETERS.into_iter().zip(value.split('&')) {
        said = said.with(name, text);
        expected = expected.with(name, &text.replace(['"', '\\'], ""));
    }
    assert_eq!(Credentials::read(&said.write()), expected);
}
