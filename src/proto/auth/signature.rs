//! What a signature covers, and the signature itself.

use std::fmt;
use std::str::FromStr;

use super::{Scheme, Version};

/// The signed values of one message ([MS-SIP] 3.1.4.2, [MS-SIPAE] 3.2.5.2). Each stands exactly
/// as in the message, without its quotes; an absent one is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignatureFields<'a> {
    /// First word of the authentication header.
    pub scheme: Scheme,
    /// `crand` of the client or `srand` of the pool: 8 hexadecimal digits.
    pub rand: &'a str,
    /// `cnum` of the client or `snum` of the pool, decimal, from 1.
    pub num: &'a str,
    /// `realm`; its case counts.
    pub realm: &'a str,
    /// `targetname`; for Kerberos with its `sip/`.
    pub targetname: &'a str,
    /// Call-ID.
    pub call_id: &'a str,
    /// Number in CSeq.
    pub cseq_number: &'a str,
    /// Method in CSeq, for responses too.
    pub cseq_method: &'a str,
    /// URI in From, without display name and header parameters.
    pub from_uri: &'a str,
    /// Tag of From.
    pub from_tag: &'a str,
    /// URI in To.
    pub to_uri: &'a str,
    /// Tag of To; empty in requests outside a dialog.
    pub to_tag: &'a str,
    /// First `sip:` URI of P-Asserted-Identity, else of P-Preferred-Identity.
    pub identity_sip: &'a str,
    /// First `tel:` URI of the same header.
    pub identity_tel: &'a str,
    /// The Expires header in seconds, never the parameter of a Contact.
    pub expires: &'a str,
    /// Status code of a response. A request has no such field, not even an empty one.
    pub status: Option<u16>,
}

impl SignatureFields<'_> {
    /// The bytes to sign: each value in angle brackets. Version 2 leaves out the To URI and the
    /// two identities.
    pub fn buffer(&self, version: Version) -> Vec<u8> {
        let status = self.status.map(|code| code.to_string());
        let mut values = vec![
            self.scheme.as_str(),
            self.rand,
            self.num,
            self.realm,
            self.targetname,
            self.call_id,
            self.cseq_number,
            self.cseq_method,
            self.from_uri,
            self.from_tag,
        ];
        match version {
            Version::V2 => values.push(self.to_tag),
            Version::V3 | Version::V4 => values.extend([
                self.to_uri,
                self.to_tag,
                self.identity_sip,
                self.identity_tel,
            ]),
        }
        values.push(self.expires);
        values.extend(status.as_deref());
        let bracketed = values.iter().flat_map(|value| ["<", value, ">"]);
        bracketed.collect::<String>().into_bytes()
    }
}

/// An NTLM signature, `response` of the client or `rspauth` of the pool ([MS-NLMP] 2.2.2.9.2).
/// Prints as 32 lower-case hexadecimal digits. Compare signatures with
/// [`Keys::verify`](super::Keys::verify) only.
#[derive(Clone, Copy, Debug)]
pub struct Signature(pub(super) [u8; 16]);

/// The text was no signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a signature: expected 32 hexadecimal digits")]
pub struct SignatureError(pub String);

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Signature {
    type Err = SignatureError;

    /// Reads digits of either case: pools write upper case, Communicator lower.
    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let wrong = || SignatureError(text.to_owned());
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| wrong())?;
        Ok(Self(number.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn version_two_signs_thirteen_values() {
        let fields = SignatureFields {
            scheme: Scheme::Ntlm,
            rand: "0878F41B",
            num: "1",
            realm: "SIP Communications Service",
            targetname: "ocs1.ocs.provo.novell.com",
            call_id: "8592g5DCBa1694i5887m0D0Bt2247b3F38xAE9Fx",
            cseq_number: "3",
            cseq_method: "REGISTER",
            from_uri: "sip:gabriel@ocs.provo.novell.com",
            from_tag: "2947328781",
            to_uri: "sip:gabriel@ocs.provo.novell.com",
            to_tag: "B816D65C2300A32CFA6D371F2AF537FD",
            identity_sip: "",
            identity_tel: "",
            expires: "900",
            status: Some(200),
        };
        let expected = "<NTLM><0878F41B><1><SIP Communications Service>\
            <ocs1.ocs.provo.novell.com><8592g5DCBa1694i5887m0D0Bt2247b3F38xAE9Fx><3><REGISTER>\
            <sip:gabriel@ocs.provo.novell.com><2947328781><B816D65C2300A32CFA6D371F2AF537FD>\
            <900><200>";
        assert_eq!(fields.buffer(Version::V2), expected.as_bytes());
    }

    #[test]
    fn hexadecimal_reads_in_either_case_and_prints_in_lower() {
        let text = "0100000056e527c26477a05264000000";
        for written in [text, &text.to_uppercase()] {
            assert_eq!(written.parse::<Signature>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_not_32_digits_is_refused() {
        let wrong = [
            "",
            "01",
            "+100000056e527c26477a05264000000",
            "0100000056e527c26477a052640000000",
            "0100000056e527c26477a0526400000g",
            " 100000056e527c26477a05264000000",
        ];
        for text in wrong {
            assert!(text.parse::<Signature>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_printed_signature_reads_as_itself(bytes: [u8; 16]) {
            let read: Signature = Signature(bytes).to_string().parse().unwrap();
            prop_assert_eq!(read.0, bytes);
        }

        #[test]
        fn no_text_panics(text: String) {
            let _ = text.parse::<Signature>();
        }
    }
}
