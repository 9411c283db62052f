//! The values of a message that its signature covers ([MS-SIPAE] 3.2.5.2, [MS-SIP] 3.1.4.2).

use super::{Address, Message};

/// What a signature is computed over, apart from the authentication header's own parameters.
/// An absent value is empty; values stand exactly as in the message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signed {
    /// Call-ID.
    pub call_id: String,
    /// Number of the CSeq header.
    pub cseq_number: String,
    /// Method of the CSeq header, for responses too.
    pub cseq_method: String,
    /// URI of the From header.
    pub from_uri: String,
    /// Its tag.
    pub from_tag: String,
    /// URI of the To header.
    pub to_uri: String,
    /// Its tag; empty outside a dialog.
    pub to_tag: String,
    /// First `sip:` URI of P-Asserted-Identity, else of P-Preferred-Identity.
    pub identity_sip: String,
    /// First `tel:` URI of the same header.
    pub identity_tel: String,
    /// The Expires header, never a Contact's parameter.
    pub expires: String,
    /// Status code of a response; requests have none.
    pub status: Option<u16>,
}

/// Collects the signed values of a message.
pub fn signed_values(message: &Message) -> Signed {
    let from = Address::read(&message.header("From").unwrap_or_default());
    let to = Address::read(&message.header("To").unwrap_or_default());
    let (cseq_number, cseq_method) = message.cseq().unwrap_or_default();
    let (identity_sip, identity_tel) = identities(message);
    Signed {
        call_id: message.header("Call-ID").unwrap_or_default(),
        cseq_number,
        cseq_method,
        from_tag: from.parameter("tag").unwrap_or_default().to_owned(),
        from_uri: from.uri,
        to_tag: to.parameter("tag").unwrap_or_default().to_owned(),
        to_uri: to.uri,
        identity_sip,
        identity_tel,
        expires: message.header("Expires").unwrap_or_default(),
        status: message.code(),
    }
}

fn identities(message: &Message) -> (String, String) {
    let mut asserted = message.all("P-Asserted-Identity").peekable();
    let values: Vec<String> = if asserted.peek().is_some() {
        asserted.collect()
    } else {
        message.all("P-Preferred-Identity").collect()
    };
    let uris: Vec<String> = values
        .iter()
        .flat_map(|value| super::list(value))
        .map(|a| a.uri)
        .collect();
    let first = |scheme: &str| {
        let of_scheme = |uri: &&String| {
            uri.get(..4)
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        };
        uris.iter().find(of_scheme).cloned().unwrap_or_default()
    };
    (first("sip:"), first("tel:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expires_is_the_header_and_identities_keep_their_case() {
        let message = Message::request("INVITE", "sip:ana@example.com")
            .with("From", "\"Bo\" <sip:bo@example.com>;tag=6f0e")
            .with("To", "<sip:ana@example.com>")
            .with("Call-ID", "a1b2c3")
            .with("CSeq", "1 INVITE")
            .with("Contact", "<sip:192.0.2.1>;expires=7200")
            .with(
                "P-Asserted-Identity",
                "\"Bo\"<SIP:bo@example.com>, <tel:+15550101>",
            );
        let signed = signed_values(&message);
        assert_eq!(signed.expires, "");
        assert_eq!(
            (signed.from_uri.as_str(), signed.from_tag.as_str()),
            ("sip:bo@example.com", "6f0e")
        );
        assert_eq!(
            (signed.identity_sip.as_str(), signed.identity_tel.as_str()),
            ("SIP:bo@example.com", "tel:+15550101")
        );
        assert_eq!(signed.status, None);
    }
}
