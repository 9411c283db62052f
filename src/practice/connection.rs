//! One client's connection: who it is, what it asks, what it is answered. Bytes in, actions out.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::hex::hex;
use crate::practice::authenticator::Authenticator;
use crate::practice::diagnostics::diagnostics;
use crate::practice::faults::{FaultKind, Occasion};
use crate::practice::seats::Seat;
use crate::practice::spelling::Spelling;
use crate::practice::users::User;
use crate::practice::{Log, Pool, random};
use crate::proto::exchange::Transport;
use crate::proto::sip::{Address, Framer, Limits, Message};

/// What is to be done on the connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Send these bytes.
    Send(Vec<u8>),
    /// Send these bytes one at a time.
    Drip(Vec<u8>),
    /// Wait before going on.
    Pause(Duration),
    /// Close the connection.
    Close,
}

/// A connection of the practice pool.
pub(super) struct Connection {
    pub(super) pool: Arc<Pool>,
    pub(super) transport: Transport,
    peer: SocketAddr,
    /// The connection's number as clients see it in `ms-received-cid`.
    number: u32,
    seat: Seat,
    /// Until when to wait for a seat.
    seat_by: Instant,
    framer: Framer,
    authenticator: Authenticator,
    answers: u32,
    pub(super) registered: bool,
    /// Whether a certificate for passcodes was asked for.
    pub(super) key_given: bool,
    /// The last of several notifications: it comes when something else has been asked and answered,
    /// so that whoever reads only what is there by then misses it.
    late: Option<Message>,
}

/// Whoever is at the other end.
pub(super) struct Guest {
    pub(super) transport: Transport,
    pub(super) peer: SocketAddr,
    /// Of the connection.
    pub(super) number: u32,
    pub(super) seat: Seat,
    /// Until when to wait for a seat of a user who has all of his.
    pub(super) seat_by: Instant,
}

/// An answer in the making, and what it answers.
pub(super) struct Reply {
    pub(super) message: Message,
    /// Requests of the pool's own that follow the answer, such as NOTIFY.
    pub(super) after: Vec<Message>,
    /// The C3P command that was answered.
    pub(super) command: String,
}

impl From<Message> for Reply {
    fn from(message: Message) -> Self {
        Self {
            message,
            after: Vec::new(),
            command: String::new(),
        }
    }
}

/// What is taken from somebody who has not signed in; a REGISTER with a proof is much smaller.
const STRANGER: Limits = Limits {
    head: 16 * 1024,
    headers: 64,
    body: 4 * 1024,
};

/// Most characters of a start line that are logged.
const LONGEST_LINE: usize = 200;
/// How long the last of several notifications lags behind the answer to a later request.
const LATENESS: Duration = Duration::from_millis(20);
/// Why somebody is refused by a fault.
const REFUSED: &str = "Refused On Request";

/// Headers that an answer takes over from its request, byte for byte.
const ECHOED: [&str; 5] = ["Via", "From", "To", "Call-ID", "CSeq"];

impl Connection {
    pub(super) fn new(pool: Arc<Pool>, guest: Guest) -> Self {
        let address = guest.peer.ip();
        let authenticator = Authenticator::new(Arc::clone(&pool), guest.number, address);
        Self {
            pool,
            transport: guest.transport,
            peer: guest.peer,
            number: guest.number,
            seat: guest.seat,
            seat_by: guest.seat_by,
            framer: Framer::with_limits(STRANGER),
            authenticator,
            answers: 0,
            registered: false,
            key_given: false,
            late: None,
        }
    }

    /// Takes bytes of the client. What is no SIP ends the connection, after the answers to what
    /// came before it: the stream is out of step. So does more than a user may have the pool keep.
    pub(super) fn receive(&mut self, bytes: &[u8]) -> Vec<Action> {
        self.framer.push(bytes);
        let mut actions = Vec::new();
        loop {
            match self.framer.next_message() {
                Ok(Some(message)) => {
                    self.log('<', &message, &[]);
                    if message.method().is_some() {
                        self.handle_request(&message, &mut actions);
                    }
                    if self.is_signed_in() {
                        self.framer.set_limits(Limits::default());
                    }
                }
                Ok(None) => {
                    if !self.seat.hear(self.framer.held()) {
                        self.pool.log(Log::MESSAGES, || {
                            format!("{:X} is closed: too much that is not whole", self.number)
                        });
                        actions.push(Action::Close);
                    }
                    return actions;
                }
                Err(_) => {
                    actions.push(Action::Close);
                    return actions;
                }
            }
        }
    }

    /// Answers given so far.
    pub(super) fn answers(&self) -> u32 {
        self.answers
    }

    /// Whether somebody has signed in over this connection.
    pub(super) fn is_signed_in(&self) -> bool {
        self.seat.is_signed_in()
    }

    fn handle_request(&mut self, request: &Message, actions: &mut Vec<Action>) {
        let method = request.method().unwrap_or_default();
        if method == "ACK" {
            return;
        }
        let admission = self.authenticator.admit(request);
        let mut is_crowded = false;
        let (signer, reply) = match admission {
            Ok(guest) if !self.seat.wait_to_sign_in(&guest.user.address, self.seat_by) => {
                is_crowded = true;
                (Some(guest.association), self.refuse_seat(request).into())
            }
            Ok(guest) => (Some(guest.association), self.dispatch(&guest.user, request)),
            Err(None) => return,
            Err(Some(refusal)) => (
                refusal.association,
                Reply::from(self.refusal(request, &refusal)),
            ),
        };
        self.finish(request, reply, signer, actions);
        if is_crowded {
            actions.push(Action::Close);
        }
    }

    /// What somebody is told who is signed in over as many connections as he may be.
    fn refuse_seat(&self, request: &Message) -> Message {
        let mut answer = self.answer(request, 503, "Service Unavailable");
        // (GUESS): the number.
        answer.headers.push(diagnostics(
            4056,
            "The user is signed in over too many connections",
        ));
        answer.with("Retry-After", "30")
    }

    fn dispatch(&mut self, user: &User, request: &Message) -> Reply {
        match request.method().unwrap_or_default() {
            "REGISTER" => self.register(user, request),
            "SUBSCRIBE" => self.subscribe(user, request),
            "SERVICE" => self.serve(user, request),
            "INVITE" => self.invite(user, request),
            "BYE" => self.answer(request, 200, "OK").into(),
            _ => self.answer(request, 501, "Not Implemented").into(),
        }
    }

    /// Turns a refusal of the authenticator into an answer.
    fn refusal(
        &self,
        request: &Message,
        refusal: &crate::practice::authenticator::Refusal,
    ) -> Message {
        let mut answer = self.answer(request, refusal.code, refusal.reason);
        answer.headers.extend(refusal.headers.iter().cloned());
        answer
    }

    /// Adds what every answer has, lets the faults loose, signs and encodes.
    fn finish(
        &mut self,
        request: &Message,
        reply: Reply,
        signer: Option<usize>,
        actions: &mut Vec<Action>,
    ) {
        self.answers += 1;
        let method = request.method().unwrap_or_default().to_owned();
        let occasion = Occasion {
            answer: self.answers,
            method: &method,
            command: &reply.command,
        };
        let pool = Arc::clone(&self.pool);
        let faults: Vec<&FaultKind> = pool.faults.of(occasion).collect();
        let mut message = reply.message;
        if let Some(FaultKind::Refuse(code, id)) = faults
            .iter()
            .find(|fault| matches!(fault, FaultKind::Refuse(..)))
        {
            message = self
                .answer(request, *code, REFUSED)
                .with("Retry-After", "5");
            message
                .headers
                .extend(id.map(|id| diagnostics(id, REFUSED)));
        }
        message.add("Server", pool.server_name());
        if let Some(association) = signer {
            self.authenticator
                .sign(&mut message, request, association, &faults);
        }
        let provisional = pool.spelling.provisional(&message);
        actions.extend(provisional.map(|message| Action::Send(message.encode())));
        let message = pool.spelling.respell(message);
        self.log('>', &message, &faults);
        deliver(message.encode(), pool.spelling, &faults, actions);
        if let Some(association) = signer {
            let deregistration = self.deregistration(request, &message, &faults);
            let mut after = reply.after;
            let late = self.late.take();
            if after.len() > 1 {
                self.late = after.pop();
            }
            for notification in after.into_iter().chain(deregistration) {
                actions.push(self.follow_up(request, notification, association));
            }
            if let Some(notification) = late {
                actions.push(Action::Pause(LATENESS));
                actions.push(self.follow_up(request, notification, association));
            }
        }
    }

    /// Signs a request of the pool's own that follows an answer.
    fn follow_up(
        &mut self,
        request: &Message,
        mut notification: Message,
        association: usize,
    ) -> Action {
        self.authenticator
            .sign(&mut notification, request, association, &[]);
        let notification = self.pool.spelling.respell(notification);
        self.log('>', &notification, &[]);
        Action::Send(notification.encode())
    }

    /// One line about a message, and what was done wrong with it.
    fn log(&self, arrow: char, message: &Message, faults: &[&FaultKind]) {
        self.pool.log(Log::MESSAGES, || {
            let bytes = message.encode();
            let line = bytes.split(|byte| *byte == b'\r').next();
            let line: String = String::from_utf8_lossy(line.unwrap_or_default())
                .chars()
                .take(LONGEST_LINE)
                .collect();
            let cseq = message.header("CSeq").unwrap_or_default();
            let size = bytes.len();
            let mut told = format!("{:X} {arrow} {line} ({cseq}, {size} bytes)", self.number);
            for fault in faults.iter().filter(|fault| !fault.is_lasting()) {
                told += &format!(" {fault:?}");
            }
            told
        });
    }

    /// An answer to a request: echoed headers, a tag for To, what the connection looks like from here.
    pub(super) fn answer(&self, request: &Message, code: u16, reason: &str) -> Message {
        let mut answer = Message::response(code, reason);
        let mut first_via = true;
        for header in &request.headers {
            if !ECHOED.iter().any(|name| header.is(name)) {
                continue;
            }
            let value = header.value();
            if header.is("Via") && std::mem::take(&mut first_via) {
                let port = self.peer.port();
                answer.add(
                    "Via",
                    format!(
                        "{value};ms-received-port={port};ms-received-cid={:X}",
                        self.number
                    ),
                );
            } else if header.is("To") && Address::read(&value).parameter("tag").is_none() {
                answer.add(
                    "To",
                    format!("{value};tag={}", hex(&random::<16>()).to_uppercase()),
                );
            } else {
                answer.headers.push(header.clone());
            }
        }
        answer
    }
}

fn deliver(bytes: Vec<u8>, spelling: Spelling, faults: &[&FaultKind], actions: &mut Vec<Action>) {
    let mut drip = false;
    for fault in faults {
        match fault {
            FaultKind::Delay(pause) => actions.push(Action::Pause(*pause)),
            FaultKind::Silence => return,
            FaultKind::Drop => return actions.push(Action::Close),
            FaultKind::Cut => {
                actions.push(Action::Send(bytes[..bytes.len() / 2].to_vec()));
                return actions.push(Action::Close);
            }
            FaultKind::Garbage => {
                return actions.push(Action::Send(b"220 mail.example.com ESMTP\r\n\r\n".to_vec()));
            }
            FaultKind::Drip => drip = true,
            _ => {}
        }
    }
    match drip {
        true => actions.push(Action::Drip(bytes)),
        false => actions.extend(spelling.pieces(bytes).into_iter().map(Action::Send)),
    }
}
