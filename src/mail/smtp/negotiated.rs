//! What a server must know and be able to do before it sees a mail.

use std::str::FromStr;

use lettre::Address;

use crate::conference::in_ascii;
use crate::mail::smtp::reply::Offers;
use crate::mail::{DeliveryStatus, Envelope};

/// Sender, recipient and size of a mail, fit for the wire.
pub(super) struct Negotiated {
    pub(super) from: String,
    pub(super) to: String,
    size: usize,
    eight_bit: bool,
    utf8: bool,
}

impl Negotiated {
    /// None if one of the addresses is none.
    pub(super) fn of(envelope: &Envelope, bytes: &[u8]) -> Option<Self> {
        let (from, to) = (path(&envelope.from)?, path(&envelope.to)?);
        let headers = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let headers = bytes.get(..headers.unwrap_or(bytes.len()));
        Some(Self {
            utf8: !(from.is_ascii() && to.is_ascii() && headers.is_some_and(<[u8]>::is_ascii)),
            eight_bit: !bytes.is_ascii(),
            size: bytes.len(),
            from,
            to,
        })
    }

    /// What becomes of it if a server can't take it.
    pub(super) fn obstacle(&self, offers: &Offers) -> Option<DeliveryStatus> {
        let refused = |words| Some(DeliveryStatus::Refused(words));
        if let Some(most) = offers.size.filter(|&most| most < self.size) {
            let size = self.size;
            return refused(format!(
                "the mail has {size} bytes, and the server takes {most}"
            ));
        }
        if self.utf8 && !offers.utf8 {
            return refused("the server takes no addresses with letters beyond ASCII".to_owned());
        }
        // One of several computers behind one name may know less than the others.
        let unfit = self.eight_bit && !offers.eight_bit;
        unfit.then(|| DeliveryStatus::Failed("the server takes no 8-bit mail".to_owned()))
    }

    /// The MAIL command, with what the server understands of it.
    pub(super) fn mail_command(&self, offers: &Offers) -> String {
        let mut line = format!("MAIL FROM:<{}>", self.from);
        if offers.size.is_some() {
            line.push_str(&format!(" SIZE={}", self.size));
        }
        if self.eight_bit {
            line.push_str(" BODY=8BITMIME");
        }
        if self.utf8 {
            line.push_str(" SMTPUTF8");
        }
        line
    }
}

/// An address that can't leave its angle brackets.
fn path(address: &str) -> Option<String> {
    let address = in_ascii(address)?;
    let odd = |c: char| c.is_control() || c.is_whitespace() || "<>".contains(c);
    if address.contains(odd) {
        return None;
    }
    Address::from_str(&address).ok().map(|_| address)
}

/// a mail as it follows DATA, without the line that ends it: every line ends with CRLF and no
/// line can pass for that end (RFC 5321 4.5.2). Bare CR and LF, which servers understand in
/// different ways, become line ends.
pub(super) fn stuff(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 32 + 2);
    let mut rest = bytes;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| b"\r\n".contains(byte));
        let (line, after) = rest.split_at(end.unwrap_or(rest.len()));
        if line.first() == Some(&b'.') {
            out.push(b'.');
        }
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
        rest = after
            .strip_prefix(b"\r\n")
            .or_else(|| after.get(1..))
            .unwrap_or_default();
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn envelope(to: &str) -> Envelope {
        Envelope {
            id: "<1@example.com>".into(),
            from: "ana@example.com".into(),
            to: to.into(),
        }
    }

    #[test]
    fn addresses_stay_in_their_brackets() {
        for to in [
            "bo@example.com>\r\nRCPT TO:<eve@example.org",
            "bo@example.com> NOTIFY=NEVER",
            "bo",
            "",
            "bo@",
            "a b@example.com",
            "bo@example.com\0",
        ] {
            assert!(Negotiated::of(&envelope(to), b"").is_none(), "{to:?}");
        }
    }

    #[test]
    fn what_a_server_lacks_is_an_obstacle() {
        let modest = Offers {
            size: Some(10),
            ..Offers::default()
        };
        let all = Offers {
            eight_bit: true,
            utf8: true,
            size: Some(1000),
            ..Offers::default()
        };
        for (to, bytes, mail) in [
            (
                "bo@example.com",
                "A: b\r\n\r\né",
                "MAIL FROM:<ana@example.com> SIZE=10 BODY=8BITMIME",
            ),
            (
                "žofie@example.com",
                "A: b\r\n\r\nc",
                "MAIL FROM:<ana@example.com> SIZE=9 SMTPUTF8",
            ),
            (
                "bo@example.com",
                "A: b\r\n\r\n0123456789",
                "MAIL FROM:<ana@example.com> SIZE=18",
            ),
        ] {
            let negotiated = Negotiated::of(&envelope(to), bytes.as_bytes()).unwrap();
            assert!(negotiated.obstacle(&modest).is_some(), "{bytes}");
            assert_eq!(negotiated.obstacle(&all), None, "{bytes}");
            assert_eq!(negotiated.mail_command(&all), mail);
        }
        let negotiated = Negotiated::of(&envelope("bo@příklad.example"), b"A: b\r\n\r\n").unwrap();
        assert_eq!(negotiated.to, "bo@xn--pklad-zsa96e.example");
        assert_eq!(negotiated.obstacle(&Offers::default()), None);
    }

    #[test]
    fn no_line_passes_for_the_end() {
        assert_eq!(stuff(b"a\n.\r\nb\r.\n.x"), b"a\r\n..\r\nb\r\n..\r\n..x\r\n");
        assert_eq!(stuff(b"a\r\n\r\n"), b"a\r\n\r\n");
        assert_eq!(stuff(b""), b"");
    }

    proptest! {
        #[test]
        fn lines_are_the_same_after_the_wire(text in "[a.\r\n]{0,60}") {
            let wire = String::from_utf8(stuff(text.as_bytes())).unwrap();
            let ends_early = format!("\r\n{wire}").contains("\r\n.\r\n");
            prop_assert!(!ends_early);
            let ended = wire.strip_suffix("\r\n").unwrap_or(&wire);
            let back: Vec<&str> = ended.split("\r\n").map(|line| line.strip_prefix('.').unwrap_or(line)).collect();
            let lines = text.replace("\r\n", "\n").replace('\r', "\n");
            prop_assert_eq!(back.join("\n"), lines.strip_suffix('\n').unwrap_or(&lines));
        }
    }
}
