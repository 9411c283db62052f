//! Who is calling: the headers that name this client ([MS-SIPRE], [MS-SIPREGE] 2.2.1).

use openssl::sha::Sha1;

use crate::proto::auth::Account;
use crate::proto::sip::Message;
use crate::proto::words::closed_words;

closed_words! {
    /// How a connection is carried; as in a `transport=` parameter.
    Transport {
        /// Signed but not encrypted; only on explicit request.
        Tcp = "tcp",
        /// The usual way.
        Tls = "tls",
    }
}

impl Transport {
    /// Where a pool listens when nobody says: 5060 or 5061.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Tcp => 5060,
            Self::Tls => 5061,
        }
    }
}

/// This client, on this connection.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The user's SIP address, `sip:user@domain`.
    pub user: String,
    /// Windows account and password.
    pub account: Account,
    /// Names this installation, at most 16 characters; the same over runs.
    pub epid: String,
    /// Own address and port of the connection, IPv6 in brackets.
    pub local: String,
    /// How the connection is carried.
    pub transport: Transport,
    /// Pools may filter by it ([MS-OCER] 8.16).
    pub user_agent: String,
    /// Host name for NTLM's AUTHENTICATE message.
    pub workstation: String,
    /// Seconds since 1970 at the start of the session, for NTLM's time stamp.
    pub unix_time: i64,
}

impl Endpoint {
    /// The domain of the user's SIP address.
    pub fn domain(&self) -> &str {
        self.user.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// A REGISTER without credentials ([MS-SIPREGE] 2.2.1.1).
    pub(super) fn register_request(
        &self,
        call_id: &str,
        tag: &str,
        opaque: &str,
        sequence: u32,
    ) -> Message {
        let uri = format!("sip:{}", self.domain());
        let contact = format!(
            "{};methods=\"OPTIONS, CANCEL, NOTIFY, ACK, BENOTIFY\";proxy=replace;+sip.instance=\"<urn:uuid:{}>\"",
            self.contact(opaque),
            instance_of(&self.epid),
        );
        self.begin_request(
            "REGISTER",
            &uri,
            &self.user,
            &format!("{call_id};{sequence}"),
        )
        .with("From", self.sender(tag))
        .with("To", format!("<{}>", self.user))
        .with("Call-ID", call_id)
        .with("CSeq", format!("{sequence} REGISTER"))
        .with("Contact", contact)
        .with("User-Agent", &self.user_agent)
        .with("Supported", "gruu-10, adhoclist, msrtc-event-categories")
        .with("Event", "registration")
        .with("ms-keep-alive", "UAC;hop-hop=yes")
    }

    /// A request outside REGISTER: first of its Call-ID.
    pub(super) fn request(&self, method: &str, uri: &str, call_id: &str, tag: &str) -> Message {
        self.begin_request(method, uri, uri, call_id)
            .with("From", self.sender(tag))
            .with("To", format!("<{uri}>"))
            .with("Call-ID", call_id)
            .with("CSeq", format!("1 {method}"))
            .with("User-Agent", &self.user_agent)
    }

    /// Contact of a request outside REGISTER: the GRUU that the pool gave, else a form that
    /// sipe uses and pools accept.
    pub(super) fn dialog_contact(&self, gruu: Option<&str>) -> String {
        if let Some(gruu) = gruu {
            return format!("<{gruu}>");
        }
        let (host, port) = self.local.rsplit_once(':').unwrap_or((&self.local, ""));
        format!(
            "<{}:{port};maddr={host};transport={}>;proxy=replace",
            self.user, self.transport
        )
    }

    /// `<sip:address:port;transport=…;ms-opaque=…>`
    fn contact(&self, opaque: &str) -> String {
        format!(
            "<sip:{};transport={};ms-opaque={opaque}>",
            self.local, self.transport
        )
    }

    fn begin_request(&self, method: &str, uri: &str, to: &str, unique: &str) -> Message {
        let mut hash = Sha1::new();
        hash.update(format!("{to};{unique}").as_bytes());
        let branch = crate::hex::hex(&hash.finish()[..8]);
        let carrier = self.transport.as_str().to_ascii_uppercase();
        Message::request(method, uri)
            .with(
                "Via",
                format!("SIP/2.0/{carrier} {};branch=z9hG4bK{branch}", self.local),
            )
            .with("Max-Forwards", "70")
    }

    fn sender(&self, tag: &str) -> String {
        format!("<{}>;tag={tag};epid={}", self.user, self.epid)
    }
}

/// The instance UUID that belongs to an epid. Not RFC 4122's version 5: the namespace is hashed
/// in Windows memory order and the result read the same way ([MS-SIPRE] 2.2.5).
pub fn instance_of(epid: &str) -> String {
    const NAMESPACE: [u8; 16] = [
        0x03, 0xfb, 0xac, 0xfc, 0x73, 0x8a, 0xef, 0x46, 0x91, 0xb1, 0xe5, 0xeb, 0xee, 0xab, 0xa4,
        0xfe,
    ];
    let mut hash = Sha1::new();
    hash.update(&NAMESPACE);
    hash.update(epid.as_bytes());
    let mut b = hash.finish();
    b[7] = (b[7] & 0x0f) | 0x50;
    b[8] = (b[8] & 0x3f) | 0x80;
    format!(
        "{:02x}{:02x}{:02x}{:02x}-{:02x}{:02x}-{:02x}{:02x}-{:02x}{:02x}-{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}",
        b[3],
        b[2],
        b[1],
        b[0],
        b[5],
        b[4],
        b[7],
        b[6],
        b[8],
        b[9],
        b[10],
        b[11],
        b[12],
        b[13],
        b[14],
        b[15]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_pairs_of_epid_and_instance_agree() {
        for (epid, uuid) in [
            ("c8ca638a15", "34d859db-6585-5f91-a3b4-de853c15347d"),
            ("8248ca9ebb", "4233fd41-093b-5fd6-b5d2-651ed55969e6"),
            ("2ebb6f264f", "124841e4-264d-52e8-96c5-d22aa8cdc316"),
            ("a0ae9e6cb0", "c1589240-e660-594f-a8b3-4b55f358cbc1"),
            ("fc68f4ccf1", "02c51493-0e21-59bd-83e4-28ea883a80da"),
            ("01010101", "4b1682a8-f968-5701-83fc-7c6741dc6697"),
            ("c4ec7c8b581c", "57c2622a-d62b-5b8d-9a2a-688f48472334"),
            // Captured from a pool of Skype for Business Server 2015: as it was said, then out of GRUUs.
            ("451e9252b6", "e0de506b-a705-59cc-9bfa-d37593141231"),
            ("69eb994c65", "8c91b9ca-067e-5a41-89a2-bf8913d722a3"),
            ("48a4a25bb1", "950f16e0-967d-59bf-8241-2cb26295ec25"),
            ("b84a59c035", "11ec8985-494a-5186-9cd1-3fb177f23bbc"),
            // Lync Server 2013, out of GRUUs.
            ("d2ff665153", "7901b724-cbf3-5299-bfd0-041827e50488"),
            ("4eb952ba52", "00c42ac8-a817-5fd8-9354-9fb244a0e621"),
            // [MS-SIPAE] 4.5, in capitals there.
            ("c32b51b28c", "782873e3-ec25-5e64-b374-0ff05e0839a5"),
        ] {
            assert_eq!(instance_of(epid), uuid, "{epid}");
        }
    }
}
