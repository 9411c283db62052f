//! `encryption-key`: the certificate for which a passcode is to be sealed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::x509::X509;

use crate::proto::c3p::MSCI;
use crate::xml::{Element, Tag};

/// An X.509 certificate in base64, as it goes over the wire. It may turn out to be none: a server
/// refuses such a one with a reason, not as a fault of syntax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate(String);

impl Certificate {
    /// Wraps a certificate in DER.
    pub fn from_der(der: &[u8]) -> Self {
        Self(STANDARD.encode(der))
    }

    /// The certificate in DER, which was not looked into; none when the text is no base64. PEM
    /// armour and white space are left out.
    pub fn der(&self) -> Option<Vec<u8>> {
        unarmour(&self.0)
    }

    /// Reads the `x509-certificate` anywhere below; none when there is none.
    pub(super) fn read(parent: Element<'_>) -> Option<Self> {
        let element = parent.descendants("x509-certificate").next()?;
        element.token().map(Self)
    }

    /// The certificate that is anywhere below, whatever its element is called: nobody has seen an answer
    /// with one (GUESS).
    pub(super) fn find(parent: Element<'_>) -> Option<Self> {
        let is_one = |der: Vec<u8>| X509::from_der(&der).is_ok();
        let named = Self::read(parent);
        let any = || {
            let mut below = parent.all_descendants();
            below.find_map(|element| {
                let found = Self(element.token()?);
                found.der().is_some_and(is_one).then_some(found)
            })
        };
        match named.as_ref().and_then(Self::der).is_some_and(is_one) {
            true => named,
            false => any().or(named),
        }
    }

    /// [MS-CONFPRO] 4.5; in an answer (INF).
    pub(super) fn tag(&self) -> Tag {
        let certificate = Tag::new("msci:x509-certificate").text(&self.0);
        Tag::new("msci:encryption-key")
            .attribute("xmlns:msci", MSCI)
            .child(certificate)
    }
}

/// Bytes of a base64 text without PEM armour and white space; none when there are none.
pub(super) fn unarmour(text: &str) -> Option<Vec<u8>> {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("-----"));
    let characters: String = lines.flat_map(str::split_ascii_whitespace).collect();
    STANDARD
        .decode(characters)
        .ok()
        .filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_and_armour_are_taken() {
        let plain = Certificate::from_der(b"certificate");
        let armoured = format!(
            "-----BEGIN CERTIFICATE-----\r\n {} \r\n-----END CERTIFICATE-----",
            plain.0
        );
        assert_eq!(plain.der().as_deref(), Some(&b"certificate"[..]));
        assert_eq!(
            Certificate(armoured).der().as_deref(),
            Some(&b"certificate"[..])
        );
        assert_eq!(
            Certificate("Y2Vy\n dGlm".to_owned()).der().as_deref(),
            Some(&b"certif"[..])
        );
    }

    #[test]
    fn what_is_no_base64_is_none() {
        for text in ["", "(placeholder)", "-----BEGIN CERTIFICATE-----"] {
            assert_eq!(Certificate(text.to_owned()).der(), None, "{text}");
        }
    }
}
