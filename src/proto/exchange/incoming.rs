//! What the server sends: answers are matched and their signatures checked; requests are answered.

use super::{AFTER_IGNORED, Event, Exchange, Failure, Ignored, Pending, Purpose, State, token};
use crate::proto::association::Verdict;
use crate::proto::sip::{Address, Message};

/// The headers a server's signature may stand in; which of them is not signed and not to be
/// relied on.
pub(super) const SIGNATURES: [&str; 2] = ["Authentication-Info", "Proxy-Authentication-Info"];

/// Whether a message may be acted upon, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Belief {
    Believed,
    Unsigned,
    Replayed,
}

/// Whether an address of From or To has a tag.
fn has_tag(value: &str) -> bool {
    Address::read(value).parameter("tag").is_some()
}

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
        let ignored = match self.believe(&message) {
            Ok(Belief::Believed) => {
                let pending = self.pending.remove(at);
                return self.handle_answer(pending, message);
            }
            Ok(Belief::Unsigned) => Ignored::Unsigned(Box::new(message)),
            Ok(Belief::Replayed) => Ignored::Replayed(Box::new(message)),
            Err(failure) => return self.fail(failure),
        };
        // The right one may be right behind; whoever can answer so could also keep us waiting.
        let pending = &mut self.pending[at];
        pending.deadline = pending.deadline.min(self.now + AFTER_IGNORED);
        pending.ignored = Some(ignored);
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
    fn believe(&mut self, message: &Message) -> Result<Belief, Failure> {
        let Some(association) = &mut self.association else {
            return Ok(Belief::Unsigned);
        };
        match association.verify(message, SIGNATURES) {
            Verdict::Valid => Ok(Belief::Believed),
            Verdict::Unsigned if matches!(message.code(), Some(401 | 407)) => Ok(Belief::Believed),
            Verdict::Unsigned => Ok(Belief::Unsigned),
            Verdict::Replayed => Ok(Belief::Replayed),
            Verdict::Bad => Err(Failure::BadSignature),
        }
    }

    fn handle_request(&mut self, message: Message) {
        let believed = match self.believe(&message) {
            Ok(believed) => believed,
            Err(failure) => return self.fail(failure),
        };
        if believed != Belief::Believed {
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
                // RFC 3261 8.2.6.2: whoever answers outside a dialog names himself.
                match header.is("To") && !has_tag(&header.value()) {
                    true => {
                        let tag = token(&mut self.random, 10);
                        reply.add("To", format!("{};tag={tag}", header.value()));
                    }
                    false => reply.headers.push(header.clone()),
                }
            }
        }
        reply.add("User-Agent", self.endpoint.user_agent.clone());
        self.sign(&mut reply);
        self.write(reply.encode());
    }

    fn handle_notification(&mut self, message: Message) {
        let event = message.header("Event").unwrap_or_default();
        let event = event.split(';').next().unwrap_or_default().trim();
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
        match found {
            Some((at, _)) => {
                let Pending { ticket, .. } = self.pending.remove(at);
                self.subscriptions.push(call_id);
                self.push_event(Event::Answer(ticket, message));
            }
            None if self.subscriptions.contains(&call_id) => {
                self.push_event(Event::Notification(message));
            }
            None => {}
        }
    }

    /// Whether requests are signed now.
    pub fn is_signed_in(&self) -> bool {
        matches!(self.state, State::SignedIn)
    }
}
