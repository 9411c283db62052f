//! A security association: the keys two ends share after NTLM, and the counters of their
//! signatures ([MS-SIPAE] 3.2, 3.3). Both ends sign and verify with the same code.

use crate::hex::hex;
use crate::proto::auth::{Keys, ReplayWindow, Scheme, Signature, SignatureFields, Version};
use crate::proto::sip::{Credentials, Message, signed_values};

/// Which end of the association this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Signs with `crand`/`cnum`/`response`, verifies `srand`/`snum`/`rspauth`.
    Client,
    /// The other way round.
    Server,
}

/// What looking at a signature gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Signed by the other end, and new.
    Valid,
    /// No signature of this association on it.
    Unsigned,
    /// A signature that does not fit.
    Bad,
    /// A number that was seen before, or is too old.
    Replayed,
}

/// Keys and counters shared by a client and its server.
#[derive(Debug)]
pub struct Association {
    side: Side,
    /// `realm` of the challenge; case matters.
    pub realm: String,
    /// `targetname` of the challenge: the server's name.
    pub target: String,
    /// `opaque` of the challenge: names this association.
    pub opaque: String,
    /// Decides what is signed.
    pub version: Version,
    keys: Keys,
    signed: u32,
    window: ReplayWindow,
    last_buffer: Vec<u8>,
}

impl Association {
    /// A fresh association, nothing signed yet.
    pub fn new(side: Side, challenge: &Credentials, version: Version, keys: Keys) -> Self {
        let text = |name| challenge.parameter(name).unwrap_or_default().to_owned();
        Self {
            side,
            realm: text("realm"),
            target: text("targetname"),
            opaque: text("opaque"),
            version,
            keys,
            signed: 0,
            window: ReplayWindow::default(),
            last_buffer: Vec::new(),
        }
    }

    /// What every authentication header of this association begins with, on the client's side.
    pub fn credentials(&self) -> Credentials {
        Credentials::new("NTLM")
            .with("qop", "auth")
            .with("opaque", &self.opaque)
            .with("realm", &self.realm)
            .with("targetname", &self.target)
    }

    /// Signs a message with the next number and puts the signature into a header of that name.
    /// `begun` holds what the header shall say beside the signature; `rand` is 8 hex digits.
    pub fn sign(&mut self, message: &mut Message, header: &str, begun: Credentials, rand: [u8; 4]) {
        self.signed += 1;
        let (number, rand) = (self.signed.to_string(), hex(&rand));
        let (rand_name, number_name, signature_name) = self.side.own_names();
        let buffer = self.buffer(message, &rand, &number);
        let signature = self.keys.sign(&buffer);
        let credentials = begun
            .with(rand_name, &rand)
            .with(number_name, &number)
            .with(signature_name, &signature.to_string());
        message.add(header, credentials.write());
        self.last_buffer = buffer;
    }

    /// What was signed or verified last, in the form of [MS-SIPAE] 3.2.5.2; nothing secret is in it.
    /// Empty when there was no signature to verify.
    pub fn last_buffer(&self) -> &[u8] {
        &self.last_buffer
    }

    /// Uses the last number once more, as no honest end does: for peers that shall notice.
    pub fn repeat_number(&mut self) {
        self.signed = self.signed.saturating_sub(1);
    }

    /// Looks for a signature of the other end in any of `headers`.
    pub fn verify(&mut self, message: &Message, headers: [&str; 2]) -> Verdict {
        self.last_buffer.clear();
        let (rand_name, number_name, signature_name) = self.side.other_names();
        let own = |credentials: &Credentials| {
            credentials.scheme.eq_ignore_ascii_case("NTLM")
                && credentials.parameter(signature_name).is_some()
                // A late answer may be signed with the keys of an association before this one.
                && credentials.parameter("opaque").is_none_or(|opaque| opaque == self.opaque)
        };
        let found = headers
            .iter()
            .flat_map(|name| message.all(name))
            .map(|v| Credentials::read(&v))
            .find(own);
        let Some(found) = found else {
            return Verdict::Unsigned;
        };
        let text = |name| found.parameter(name).unwrap_or_default();
        let buffer = self.buffer(message, text(rand_name), text(number_name));
        let signature = text(signature_name).parse::<Signature>();
        let fits = signature.is_ok_and(|signature| self.keys.verify(&buffer, &signature));
        self.last_buffer = buffer;
        if !fits {
            return Verdict::Bad;
        }
        let fresh = text(number_name)
            .parse()
            .is_ok_and(|number| self.window.accept(number));
        if fresh {
            Verdict::Valid
        } else {
            Verdict::Replayed
        }
    }

    fn buffer(&self, message: &Message, rand: &str, number: &str) -> Vec<u8> {
        let signed = signed_values(message);
        let fields = SignatureFields {
            scheme: Scheme::Ntlm,
            rand,
            num: number,
            realm: &self.realm,
            targetname: &self.target,
            call_id: &signed.call_id,
            cseq_number: &signed.cseq_number,
            cseq_method: &signed.cseq_method,
            from_uri: &signed.from_uri,
            from_tag: &signed.from_tag,
            to_uri: &signed.to_uri,
            to_tag: &signed.to_tag,
            identity_sip: &signed.identity_sip,
            identity_tel: &signed.identity_tel,
            expires: &signed.expires,
            status: signed.status,
        };
        fields.buffer(self.version)
    }
}

impl Side {
    fn own_names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Client => ("crand", "cnum", "response"),
            Self::Server => ("srand", "snum", "rspauth"),
        }
    }

    fn other_names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Client => Self::Server.own_names(),
            Self::Server => Self::Client.own_names(),
        }
    }
}
