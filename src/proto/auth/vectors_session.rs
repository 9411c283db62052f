//! A sign-in computed for this project, byte by byte, with the signatures of both sides.

use super::ntlm::{self, ClientRandom};
use super::vectors::{NAMES, array, bytes};
use super::{Account, FileTime, Keys, NtHash, Scheme, SignatureFields, Version};
use crate::secret::Secret;

const CHALLENGE: &str = "\
    4e544c4d53535000020000000000000038000000f38298e20123456789abcdef0000000000000000\
    7a007a00380000000502ce0e0000000f02000e004500580041004d0050004c004500010008005000\
    4f004f004c00040016006500780061006d0070006c0065002e0063006f006d000300200070006f00\
    6f006c002e006500780061006d0070006c0065002e0063006f006d00050016006500780061006d00\
    70006c0065002e0063006f006d0000000000";

const AUTHENTICATE: &str = "\
    4e544c4d5353500003000000180018006c000000aa00aa00840000000e000e00480000000a000a00\
    560000000c000c0060000000100010002e010000558298620501280a0000000f4500580041004d00\
    50004c00450061006c006900630065004c004100500054004f0050001e84380e5b6ff39fabd585de\
    a664b1760011223344556677bc2ea43c08190c497ff19d1d1dfe4f60010100000000000000603c7d\
    b0e2c90100112233445566770000000002000e004500580041004d0050004c004500010008005000\
    4f004f004c00040016006500780061006d0070006c0065002e0063006f006d000300200070006f00\
    6f006c002e006500780061006d0070006c0065002e0063006f006d00050016006500780061006d00\
    70006c0065002e0063006f006d000000000000000000eee67f29988e5526f8654934bfbe7265";

fn challenge() -> Vec<u8> {
    ntlm::challenge(array("0123456789abcdef"), &NAMES, None).unwrap()
}

fn client() -> (Vec<u8>, Keys) {
    let account = Account::parse("EXAMPLE\\alice", Secret::from("Confctl-2009")).unwrap();
    let random = ClientRandom {
        client_challenge: array("0011223344556677"),
        session_key: array("000102030405060708090a0b0c0d0e0f"),
    };
    let now = FileTime::from_unix_seconds(1_243_857_600);
    ntlm::respond(&challenge(), &account, "laptop", now, random).unwrap()
}

fn server() -> Keys {
    let hash = NtHash::from_bytes(array("652cdbf31b8ea6d648ea3c34abbc641c"));
    let lookup =
        |user: &str, domain: &str| (user == "alice" && domain == "EXAMPLE").then_some(hash);
    let verified = ntlm::verify(&bytes(AUTHENTICATE), array("0123456789abcdef"), lookup);
    let (identity, keys) = verified.unwrap();
    assert_eq!(identity.to_string(), "EXAMPLE\\alice");
    keys
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Client,
    Server,
}

/// A message of the sign-in, the bytes that its signature covers, and the signature.
struct Row {
    name: &'static str,
    side: Side,
    fields: SignatureFields<'static>,
    buffer: &'static str,
    signature: &'static str,
}

const SESSION: SignatureFields<'_> = SignatureFields {
    scheme: Scheme::Ntlm,
    rand: "",
    num: "",
    realm: "SIP Communications Service",
    targetname: "pool.example.com",
    call_id: "",
    cseq_number: "",
    cseq_method: "",
    from_uri: "sip:alice@example.com",
    from_tag: "",
    to_uri: "sip:alice@example.com",
    to_tag: "",
    identity_sip: "",
    identity_tel: "",
    expires: "",
    status: None,
};

const ROWS: [Row; 13] = [
    Row {
        name: "REGISTER with AUTHENTICATE",
        side: Side::Client,
        fields: SignatureFields {
            rand: "1a2b3c01",
            num: "1",
            call_id: "5f0c1e3a9b7d4c21",
            cseq_number: "3",
            cseq_method: "REGISTER",
            from_tag: "7d1a05c2e4",
            ..SESSION
        },
        buffer: "<NTLM><1a2b3c01><1><SIP Communications Service><pool.example.com>\
            <5f0c1e3a9b7d4c21><3><REGISTER><sip:alice@example.com><7d1a05c2e4>\
            <sip:alice@example.com><><><><>",
        signature: "0100000031a161ec143f663864000000",
    },
    Row {
        name: "200 to it",
        side: Side::Server,
        fields: SignatureFields {
            rand: "9C0D1E01",
            num: "1",
            call_id: "5f0c1e3a9b7d4c21",
            cseq_number: "3",
            cseq_method: "REGISTER",
            from_tag: "7d1a05c2e4",
            to_tag: "E4F0A1B2C3D4E5F60718293A4B5C6D7E",
            expires: "7200",
            status: Some(200),
            ..SESSION
        },
        buffer: "<NTLM><9C0D1E01><1><SIP Communications Service><pool.example.com>\
            <5f0c1e3a9b7d4c21><3><REGISTER><sip:alice@example.com><7d1a05c2e4>\
            <sip:alice@example.com><E4F0A1B2C3D4E5F60718293A4B5C6D7E><><><7200><200>",
        signature: "0100000056e527c26477a05264000000",
    },
    Row {
        name: "301 to it",
        side: Side::Server,
        fields: SignatureFields {
            rand: "9C0D1E01",
            num: "1",
            call_id: "5f0c1e3a9b7d4c21",
            cseq_number: "3",
            cseq_method: "REGISTER",
            from_tag: "7d1a05c2e4",
            to_tag: "0D1C2B3A",
            status: Some(301),
            ..SESSION
        },
        buffer: "<NTLM><9C0D1E01><1><SIP Communications Service><pool.example.com>\
            <5f0c1e3a9b7d4c21><3><REGISTER><sip:alice@example.com><7d1a05c2e4>\
            <sip:alice@example.com><0D1C2B3A><><><><301>",
        signature: "01000000674a47450e5af1c664000000",
    },
    Row {
        name: "SUBSCRIBE",
        side: Side::Client,
        fields: SignatureFields {
            rand: "1a2b3c02",
            num: "2",
            call_id: "88d1f2c07a5b43e6",
            cseq_number: "1",
            cseq_method: "SUBSCRIBE",
            from_tag: "31c2a7f09b",
            expires: "0",
            ..SESSION
        },
        buffer: "<NTLM><1a2b3c02><2><SIP Communications Service><pool.example.com>\
            <88d1f2c07a5b43e6><1><SUBSCRIBE><sip:alice@example.com><31c2a7f09b>\
            <sip:alice@example.com><><><><0>",
        signature: "010000008db4727789574a3e64000000",
    },
    Row {
        name: "200 to SUBSCRIBE",
        side: Side::Server,
        fields: SignatureFields {
            rand: "9C0D1E02",
            num: "2",
            call_id: "88d1f2c07a5b43e6",
            cseq_number: "1",
            cseq_method: "SUBSCRIBE",
            from_tag: "31c2a7f09b",
            to_tag: "5A010080",
            expires: "0",
            status: Some(200),
            ..SESSION
        },
        buffer: "<NTLM><9C0D1E02><2><SIP Communications Service><pool.example.com>\
            <88d1f2c07a5b43e6><1><SUBSCRIBE><sip:alice@example.com><31c2a7f09b>\
            <sip:alice@example.com><5A010080><><><0><200>",
        signature: "01000000595ae048b080557964000000",
    },
    Row {
        name: "SERVICE",
        side: Side::Client,
        fields: SignatureFields {
            rand: "1a2b3c03",
            num: "3",
            call_id: "2c9e6b04d7f14a58",
            cseq_number: "1",
            cseq_method: "SERVICE",
            from_tag: "0b7e44d1c9",
            to_uri: "sip:alice@example.com;gruu;opaque=app:conf:focusfactory",
            ..SESSION
        },
        buffer: "<NTLM><1a2b3c03><3><SIP Communications Service><pool.example.com>\
            <2c9e6b04d7f14a58><1><SERVICE><sip:alice@example.com><0b7e44d1c9>\
            <sip:alice@example.com;gruu;opaque=app:conf:focusfactory><><><><>",
        signature: "010000009493aa3a35ecde6d64000000",
    },
    Row {
        name: "200 to SERVICE",
        side: Side::Server,
        fields: SignatureFields {
            rand: "9C0D1E03",
            num: "3",
            call_id: "2c9e6b04d7f14a58",
            cseq_number: "1",
            cseq_method: "SERVICE",
            from_tag: "0b7e44d1c9",
            to_uri: "sip:alice@example.com;gruu;opaque=app:conf:focusfactory",
            to_tag: "7C220080",
            status: Some(200),
            ..SESSION
        },
        buffer: "<NTLM><9C0D1E03><3><SIP Communications Service><pool.example.com>\
            <2c9e6b04d7f14a58><1><SERVICE><sip:alice@example.com><0b7e44d1c9>\
            <sip:alice@example.com;gruu;opaque=app:conf:focusfactory><7C220080><><><><200>",
        signature: "010000004c18d71cd2d7219964000000",
    },
    Row {
        name: "REGISTER with Expires 0",
        side: Side::Client,
        fields: SignatureFields {
            rand: "1a2b3c04",
            num: "4",
            call_id: "5f0c1e3a9b7d4c21",
            cseq_number: "4",
            cseq_method: "REGISTER",
            from_tag: "7d1a05c2e4",
            expires: "0",
            ..SESSION
        },
        buffer: "<NTLM><1a2b3c04><4><SIP Communications Service><pool.example.com>\
            <5f0c1e3a9b7d4c21><4><REGISTER><sip:alice@example.com><7d1a05c2e4>\
            <sip:alice@example.com><><><><0>",
        signature: "0100000004ac272b3a2ce9cc64000000",
    },
    Row {
        name: "200 to REGISTER with Expires 0",
        side: Side::Server,
        fields: SignatureFields {
            rand: "9C0D1E04",
            num: "4",
            call_id: "5f0c1e3a9b7d4c21",
            cseq_number: "4",
            cseq_method: "REGISTER",
            from_tag: "7d1a05c2e4",
            to_tag: "E4F0A1B2C3D4E5F60718293A4B5C6D7E",
            expires: "0",
            status: Some(200),
            ..SESSION
        },
        buffer: "<NTLM><9C0D1E04><4><SIP Communications Service><pool.example.com>\
            <5f0c1e3a9b7d4c21><4><REGISTER><sip:alice@example.com><7d1a05c2e4>\
            <sip:alice@example.com><E4F0A1B2C3D4E5F60718293A4B5C6D7E><><><0><200>",
        signature: "010000003e41cbcf2add0e3364000000",
    },
    Row {
        name: "INVITE with two identities",
        side: Side::Server,
        fields: SignatureFields {
            rand: "9C0D1E10",
            num: "16",
            call_id: "a1b2c3",
            cseq_number: "1",
            cseq_method: "INVITE",
            from_uri: "sip:bob@example.com",
            from_tag: "6f0e",
            identity_sip: "sip:bob@example.com",
            identity_tel: "tel:+15550101",
            ..SESSION
        },
        buffer: "<NTLM><9C0D1E10><16><SIP Communications Service><pool.example.com><a1b2c3><1>\
            <INVITE><sip:bob@example.com><6f0e><sip:alice@example.com><>\
            <sip:bob@example.com><tel:+15550101><>",
        signature: "0100000077ecc0e43f8975a364000000",
    },
    Row {
        name: "488 to INVITE",
        side: Side::Client,
        fields: SignatureFields {
            rand: "1a2b3c10",
            num: "16",
            call_id: "a1b2c3",
            cseq_number: "1",
            cseq_method: "INVITE",
            from_uri: "sip:bob@example.com",
            from_tag: "6f0e",
            to_tag: "77e2",
            status: Some(488),
            ..SESSION
        },
        buffer: "<NTLM><1a2b3c10><16><SIP Communications Service><pool.example.com><a1b2c3><1>\
            <INVITE><sip:bob@example.com><6f0e><sip:alice@example.com><77e2><><><><488>",
        signature: "01000000e3bd7ce003b0aed064000000",
    },
    Row {
        name: "BENOTIFY",
        side: Side::Server,
        fields: SignatureFields {
            rand: "9C0D1E11",
            num: "17",
            call_id: "d4e5f6",
            cseq_number: "2",
            cseq_method: "BENOTIFY",
            from_tag: "5A010090",
            to_tag: "31c2a7f0ff",
            ..SESSION
        },
        buffer: "<NTLM><9C0D1E11><17><SIP Communications Service><pool.example.com><d4e5f6><2>\
            <BENOTIFY><sip:alice@example.com><5A010090><sip:alice@example.com><31c2a7f0ff>\
            <><><>",
        signature: "01000000cd44486b3c809f2664000000",
    },
    Row {
        name: "ACK without brackets in From",
        side: Side::Server,
        fields: SignatureFields {
            rand: "9C0D1E12",
            num: "18",
            call_id: "a1b2c3",
            cseq_number: "1",
            cseq_method: "ACK",
            from_uri: "sip:bob@example.com",
            from_tag: "6f0e",
            to_tag: "77e2",
            ..SESSION
        },
        buffer: "<NTLM><9C0D1E12><18><SIP Communications Service><pool.example.com><a1b2c3><1>\
            <ACK><sip:bob@example.com><6f0e><sip:alice@example.com><77e2><><><>",
        signature: "0100000087de2057af17568964000000",
    },
];

#[test]
fn the_challenge_is_byte_identical() {
    assert_eq!(challenge(), bytes(CHALLENGE));
}

#[test]
fn the_answer_is_byte_identical() {
    assert_eq!(client().0, bytes(AUTHENTICATE));
}

#[test]
fn signature_buffers_are_byte_identical() {
    for row in &ROWS {
        let buffer = String::from_utf8(row.fields.buffer(Version::V4)).unwrap();
        assert_eq!(buffer, row.buffer, "{}", row.name);
        assert_eq!(row.fields.buffer(Version::V3), row.buffer.as_bytes());
    }
}

#[test]
fn each_side_signs_its_messages() {
    let (client, server) = (client().1, server());
    for row in &ROWS {
        let sender = match row.side {
            Side::Client => &client,
            Side::Server => &server,
        };
        let signature = sender.sign(row.buffer.as_bytes());
        assert_eq!(signature.to_string(), row.signature, "{}", row.name);
    }
}

#[test]
fn each_side_verifies_the_other_s_messages_and_no_others() {
    let (client, server) = (client().1, server());
    for row in &ROWS {
        let signature = row.signature.to_uppercase().parse().unwrap();
        let verifies = |keys: &Keys| keys.verify(row.buffer.as_bytes(), &signature);
        let sides = (verifies(&server), verifies(&client));
        let expected = (row.side == Side::Client, row.side == Side::Server);
        assert_eq!(sides, expected, "{}", row.name);
    }
}

/// What five known mistakes make of the first row: none is produced, and none is taken.
#[test]
fn known_mistakes_are_refused() {
    let mistakes = [
        ("sequence 0", "01000000211239cf877fb4e900000000"),
        ("sequence of cnum", "0100000006610308077bb49401000000"),
        ("one key for all", "01000000c2e48df9fee8b50f64000000"),
        ("open checksum", "01000000b6e616aa8fa9e80d64000000"),
        ("Contact's expires", "01000000e6e27dc16acf260f64000000"),
    ];
    let buffer = ROWS[0].buffer.as_bytes();
    for (mistake, signature) in mistakes {
        assert_ne!(client().1.sign(buffer).to_string(), signature, "{mistake}");
        assert!(
            !server().verify(buffer, &signature.parse().unwrap()),
            "{mistake}"
        );
    }
    let expires = SignatureFields {
        expires: "7200",
        ..ROWS[0].fields
    };
    let signature = client().1.sign(&expires.buffer(Version::V4));
    assert_eq!(signature.to_string(), mistakes[4].1);
}
