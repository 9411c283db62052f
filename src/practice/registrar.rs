//! REGISTER: where a client says that it is there ([MS-SIPREGE] 3.1.2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::practice::POOL_NAME;
use crate::practice::connection::{Connection, Reply};
use crate::practice::diagnostics::diagnostics;
use crate::practice::faults::{FaultKind, PREFERRED_REGISTRAR_CHANGE};
use crate::practice::users::User;
use crate::proto::exchange::instance_of;
use crate::proto::sip::{Address, Message};

/// Seconds a registration lasts, as a 2007 R2 pool says.
const EXPIRES: &str = "7200";
/// Longest epid taken; the published ones have 7 to 12 characters (U).
const LONGEST_EPID: usize = 16;

impl Connection {
    /// Answers a REGISTER of somebody who has proved himself.
    pub(super) fn register(&mut self, user: &User, request: &Message) -> Reply {
        if let Err((code, reason, id, why)) = self.check_registration(request) {
            let mut answer = self.answer(request, code, reason);
            answer
                .headers
                .extend((id != 0).then(|| diagnostics(id, why)));
            return answer.into();
        }
        if let Some(target) = self.redirection() {
            // As Skype for Business Server 2015 says it, Expires included, which is signed.
            let answer = self.answer(request, 301, "Redirect request to Home Server");
            return answer
                .with("Expires", "2592000")
                .with(
                    "Contact",
                    format!("<sip:{target};transport={}>", self.transport),
                )
                .into();
        }
        if request.header("Expires").as_deref() == Some("0") {
            self.registered = false;
            return self.answer(request, 200, "OK").with("Expires", "0").into();
        }
        self.accept(user, request).into()
    }

    fn accept(&mut self, user: &User, request: &Message) -> Message {
        let first = !std::mem::replace(&mut self.registered, true);
        let mut answer = self.answer(request, 200, "OK");
        for header in answer.headers.iter_mut().filter(|header| header.is("From")) {
            let from = header.value();
            let named = address_start(&from).map(|at| format!("\"{}\"{}", user.name, &from[at..]));
            *header = crate::proto::sip::Header::new("From", &named.unwrap_or(from));
        }
        answer
            .with(
                "ms-keep-alive",
                "UAS; tcp=no; hop-hop=yes; end-end=no; timeout=300",
            )
            .with("Contact", contact(user, request))
            .with("Expires", EXPIRES)
            .with(
                "presence-state",
                format!(
                    "register-action=\"{}\"",
                    if first { "added" } else { "fixed" }
                ),
            )
            .with("Allow-Events", "vnd-microsoft-provisioning-v2,presence")
            .with("Supported", "adhoclist")
            .with("Supported", "msrtc-event-categories")
    }

    fn redirection(&self) -> Option<String> {
        self.pool.faults.find(|fault| match fault {
            FaultKind::Redirect(target) => Some(target.clone()),
            _ => None,
        })
    }

    /// What a client is told whose registration ends, if a fault says so ([MS-SIPREGE] 3.2, 4.1.3).
    pub(super) fn deregistration(
        &self,
        request: &Message,
        answer: &Message,
        faults: &[&FaultKind],
    ) -> Option<Message> {
        let word = faults.iter().find_map(|fault| match fault {
            FaultKind::Deregister(word) => Some(*word),
            _ => None,
        })?;
        let method = if faults.contains(&&FaultKind::Notify) {
            "NOTIFY"
        } else {
            "BENOTIFY"
        };
        let mut message = self.notification(method, "registration-notify", answer, request);
        if word == PREFERRED_REGISTRAR_CHANGE {
            // (GUESS): the form of the address.
            let registrar = format!("<sip:{POOL_NAME};transport={}>", self.transport);
            message.add("P-Preferred-Registrar", registrar);
        }
        let body = format!("deregistered;event={word}");
        Some(message.with_body("text/registration-event", body.into_bytes()))
    }

    /// What a pool insists on: status, its reason, diagnostics id (0: none) and its reason.
    fn check_registration(
        &self,
        request: &Message,
    ) -> Result<(), (u16, &'static str, u32, &'static str)> {
        let from = Address::read(&request.header("From").unwrap_or_default());
        let contact = Address::read(&request.header("Contact").unwrap_or_default());
        let epid = from.parameter("epid").unwrap_or_default();
        if epid.is_empty() && contact.parameter("+sip.instance").is_none() {
            let why = "The endpoint identifier is missing";
            return Err((400, "Bad Request", 4010, why));
        }
        if epid.is_empty() {
            return Err((400, "Bad Request", 4011, "The epid parameter is missing"));
        }
        if epid.len() > LONGEST_EPID {
            return Err((400, "Bad Request", 4012, "The epid parameter is too long"));
        }
        if contact
            .parameter("+sip.instance")
            .is_some_and(|instance| !instance.to_ascii_lowercase().contains(&instance_of(epid)))
        {
            return Err((
                400,
                "Bad Request",
                4010,
                "The endpoint identifier does not belong to the epid",
            ));
        }
        if !request
            .header("Event")
            .is_some_and(|event| event.eq_ignore_ascii_case("registration"))
        {
            return Err((
                489,
                "Bad Event",
                4055,
                "The Event header is not registration",
            ));
        }
        let supported: Vec<String> = request.all("Supported").collect();
        let supports = |tag: &str| {
            supported
                .iter()
                .flat_map(|value| value.split(','))
                .any(|own| own.trim() == tag)
        };
        if supports("msrtc-event-categories") && !supports("gruu-10") {
            return Err((421, "Extension Required", 2057, "gruu-10 is required"));
        }
        let transport = format!("transport={}", self.transport);
        if contact.parameter("proxy").is_some()
            && !contact.uri.to_ascii_lowercase().contains(&transport)
        {
            return Err((400, "Bad Request", 0, ""));
        }
        Ok(())
    }
}

/// Where the URI's bracket opens; a display name in quotes may hold brackets of its own.
fn address_start(from: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    from.char_indices().find_map(|(at, c)| {
        let literal = escaped;
        escaped = quoted && !literal && c == '\\';
        quoted ^= c == '"' && !literal;
        (c == '<' && !quoted).then_some(at)
    })
}

/// The client's own contact with what the registrar adds: lifetime, instance, GRUU.
fn contact(user: &User, request: &Message) -> String {
    let from = Address::read(&request.header("From").unwrap_or_default());
    let contact = Address::read(&request.header("Contact").unwrap_or_default());
    let instance = instance_of(from.parameter("epid").unwrap_or_default());
    let gruu = format!(
        "{};opaque=user:epid:{};gruu",
        user.address,
        opaque_of(&instance)
    );
    format!(
        "<{}>;expires={EXPIRES};+sip.instance=\"<urn:uuid:{instance}>\";gruu=\"{gruu}\"",
        contact.uri
    )
}

/// The `opaque` of a GRUU: the UUID's bytes in Windows memory order and two zeros, base64url
/// ([MS-SIPRE] 2.2.5).
fn opaque_of(instance: &str) -> String {
    let digits: Vec<u8> = instance.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |pair: &[u8]| {
        std::str::from_utf8(pair)
            .ok()
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
    };
    let mut bytes: Vec<u8> = digits.chunks(2).filter_map(pair).collect();
    if bytes.len() == 16 {
        bytes[..4].reverse();
        bytes[4..6].reverse();
        bytes[6..8].reverse();
    }
    bytes.extend([0, 0]);
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_gruus_agree() {
        for (epid, opaque) in [
            ("c8ca638a15", "21nYNIVlkV-jtN6FPBU0fQAA"),
            ("8248ca9ebb", "Qf0zQjsJ1l-10mUe1Vlp5gAA"),
            ("01010101", "qIIWS2j5AVeD_HxnQdxmlwAA"),
            ("c4ec7c8b581c", "KmLCVyvWjVuaKmiPSEcjNAAA"),
            // Captured from Lync Server 2013 and Skype for Business Server 2015.
            ("451e9252b6", "a1De4AWnzFmb-tN1kxQSMQAA"),
            ("d2ff665153", "JLcBefPLmVK_0AQYJ-UEiAAA"),
            ("69eb994c65", "yrmRjH4GQVqJor-JE9ciowAA"),
            ("48a4a25bb1", "4BYPlX2Wv1mCQSyyYpXsJQAA"),
            ("4eb952ba52", "yCrEABeo2F-TVJ-yRKDmIQAA"),
            ("b84a59c035", "hYnsEUpJhlGc0T-xd_I7vAAA"),
        ] {
            assert_eq!(opaque_of(&instance_of(epid)), opaque, "{epid}");
        }
    }
}
