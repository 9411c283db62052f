//! What the server sends: answers are matched and their signatures checked; requests are answered.

use super::{Event, Exchange, Failure, Pending, Purpose, State};
use crate::proto::association::Verdict;
use crate::proto::sip::Message;

/// The headers a server's signature may stand in; which of them is not signed and not to be
/// relied on.
pub(super) const SIGNATURES: [&str; 2] = ["Authentication-Info", "Proxy-Authentication-Info"];

impl Exchange {
    /// A whole message came in.
    pub(super) fn handle_message(&mut self, message: Message) {
        if message.method().is_some() {
            return self.handle_request(message);
        }
        let Some(at) = self.pending_for(&message) else {
            return;
        };
        if message.code().is_some_and(|code| code < 200) {
            return;
        }
        if self.pending[at].purpose == Purpose::SignIn {
            self.pending.remove(at);
            return self.handle_sign_in(message);
        }
        match self.believe(&message) {
            Ok(true) => {
                let pending = self.pending.remove(at);
                self.handle_answer(pending, message);
            }
            Ok(false) => self.pending[at].unsigned_seen = true,
            Err(failure) => self.fail(failure),
        }
    }

    /// Answers are matched by Call-ID and CSeq: not every server keeps the branch.
    fn pending_for(&self, message: &Message) -> Option<usize> {
        let call_id = message.header("Call-ID")?;
        let (number, method) = message.cseq()?;
        let cseq = format!("{number} {method}");
        self.pending
            .iter()
            .position(|pending| pending.call_id == call_id && pending.cseq == cseq)
    }

    /// Whether a message may be acted upon. A challenge needs no signature; anything else does.
    fn believe(&mut self, message: &Message) -> Result<bool, Failure> {
        let Some(association) = &mut self.association else {
            return Ok(false);
        };
        match association.verify(message, SIGNATURES) {
            Verdict::Valid => Ok(true),
            Verdict::Unsigned => Ok(matches!(message.code(), Some(401 | 407))),
            Verdict::Replayed => Ok(false),
            Verdict::Bad => Err(Failure::BadSignature),
        }
    }

    fn handle_request(&mut self, message: Message) {
        let believed = match self.believe(&message) {
            Ok(believed) => believed,
            Err(failure) => return self.fail(failure),
        };
        if !believed {
            return;
        }
        match message.method().unwrap_or_default() {
            "BENOTIFY" => self.handle_notification(message),
            "NOTIFY" => {
                self.reply(&message, 200, "OK");
                self.handle_notification(message);
            }
            "ACK" | "CANCEL" => {}
            "OPTIONS" => self.reply(&message, 200, "OK"),
            "INVITE" => self.reply(&message, 488, "Not Acceptable Here"),
            _ => self.reply(&message, 405, "Method Not Allowed"),
        }
    }

    fn reply(&mut self, request: &Message, code: u16, reason: &str) {
        let mut reply = Message::response(code, reason);
        for header in &request.headers {
            if ["Via", "From", "To", "Call-ID", "CSeq"]
                .iter()
                .any(|name| header.is(name))
            {
                reply.headers.push(header.clone());
            }
        }
        reply.add("User-Agent", self.endpoint.user_agent.clone());
        self.sign(&mut reply);
        self.write(reply.encode());
    }

    fn handle_notification(&mut self, message: Message) {
        let event = message.header("Event").unwrap_or_default();
        if event.eq_ignore_ascii_case("registration-notify") {
            let body = String::from_utf8_lossy(&message.body);
            let why = body
                .split(';')
                .find_map(|part| part.trim().strip_prefix("event="))
                .unwrap_or("unknown");
            return self.push_event(Event::Deregistered(why.trim().to_owned()));
        }
        let call_id = message.header("Call-ID").unwrap_or_default();
        let mut awaiting = self.pending.iter().enumerate();
        let found = awaiting.find(|(_, pending)| {
            pending.call_id == call_id && pending.request.method() == Some("SUBSCRIBE")
        });
        if let Some((at, _)) = found {
            let Pending { ticket, .. } = self.pending.remove(at);
            self.push_event(Event::Answer(ticket, message));
        }
    }

    /// Whether requests are signed now.
    pub fn is_signed_in(&self) -> bool {
        matches!(self.state, State::SignedIn)
    }
}
