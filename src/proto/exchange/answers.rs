//! What a final answer to a request of ours means.

use super::{Event, Exchange, Failure, Pending, Purpose, token};
use crate::proto::sip::{Header, Message};

impl Exchange {
    /// A final answer that may be believed.
    pub(super) fn handle_answer(&mut self, pending: Pending, answer: Message) {
        match pending.purpose {
            Purpose::Refresh => self.handle_refresh(answer),
            Purpose::SignIn | Purpose::SignOut | Purpose::Notification => {
                self.push_event(Event::Answer(pending.ticket, answer));
            }
            Purpose::Request if matches!(answer.code(), Some(401 | 407)) => self.retry(pending),
            Purpose::Request if answer.code() == Some(481) && !pending.is_repeated => {
                self.repeat(pending);
            }
            Purpose::Request if awaits_notification(&pending, &answer) => {
                self.await_notification(pending);
            }
            Purpose::Request => {
                if pending.request.method() == Some("SUBSCRIBE") {
                    self.subscriptions.push(pending.call_id);
                }
                self.push_event(Event::Answer(pending.ticket, answer));
            }
        }
    }

    /// Not signed in, says the server: sign afresh once, then sign in once more, then give up.
    fn retry(&mut self, mut pending: Pending) {
        pending.attempts += 1;
        match pending.attempts {
            1 => self.transmit(pending),
            2 => self.sign_in_again(pending),
            _ => self.fail(Failure::SignedOut),
        }
    }

    /// The server knows nothing of what a request belongs to, although nothing does: a part of it has
    /// forgotten the connection. It was not done; asked once more, as another request.
    fn repeat(&mut self, mut pending: Pending) {
        pending.is_repeated = true;
        pending.call_id = token(&mut self.random, 16);
        for header in &mut pending.request.headers {
            if header.is("Call-ID") {
                *header = Header::new("Call-ID", &pending.call_id);
            }
        }
        self.transmit(pending);
    }

    fn await_notification(&mut self, mut pending: Pending) {
        pending.purpose = Purpose::Notification;
        self.pending.push(pending);
    }
}

/// A server need not put the document into its 200: then a NOTIFY or BENOTIFY follows
/// ([MS-SIP] 3.4).
fn awaits_notification(pending: &Pending, answer: &Message) -> bool {
    let subscribed =
        pending.request.method() == Some("SUBSCRIBE") && matches!(answer.code(), Some(200..=299));
    subscribed && answer.body.is_empty()
}
