//! Driving an exchange over a link: sign in, follow redirects, ask several things at once.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::backend::Randomness;
use crate::backend::pool::link::Link;
use crate::backend::pool::{Account, Server, refusal};
use crate::error::{Error, Kind, Result};
use crate::net::is_timeout;
use crate::proto::c3p::mask;
use crate::proto::exchange::{
    Endpoint, Event, Exchange, Failure, Ignored, Random, Registration, Step, Target, Ticket, Timers,
};
use crate::proto::sip::{Framer, Message};
use crate::report::Report;

/// Redirects followed before the pool is said to go round in circles; Microsoft's clients follow
/// at most 5 (UCMA, MaximumRegisterRedirectionAttempts).
const MOST_REDIRECTS: usize = 5;

/// What is told about one subscription comes in a few parts; who sends more fills no memory.
const MOST_NOTIFICATIONS: usize = 64;

/// Seconds between the two clocks that nobody needs to hear of.
const MOST_SKEW: i64 = 300;

/// How long a whole sign-in may take, redirects included, when answers may take longer.
const LONGEST_SIGN_IN: Duration = Duration::from_secs(45);

/// A signed-in connection.
pub(super) struct Session {
    pub(super) account: Account,
    pub(super) registration: Registration,
    link: Link,
    exchange: Exchange,
    report: Rc<dyn Report>,
    /// Cuts what comes in into messages once more, only to show them.
    seen: Framer,
    /// Whether the connection is of no use any more.
    lost: bool,
    /// What came besides answers, and was not looked at yet.
    notifications: VecDeque<Message>,
    /// What came of requests whose answers nobody has waited for yet.
    early: Vec<(Ticket, Reply)>,
    /// Whether something came that somebody between here and the pool may have said.
    is_suspect: bool,
    /// When something was heard last.
    heard: Instant,
}

/// The final answer to a request, or that none came in time and what came instead.
type Reply = std::result::Result<Message, Option<Ignored>>;

/// How a sign-in ended when it did not fail.
enum SignIn {
    Done(Registration),
    Elsewhere(Target),
}

impl Session {
    /// Connects and signs in, at the home pool in the end.
    pub(super) fn open(
        mut account: Account,
        random: &Randomness,
        unix_time: i64,
        report: Rc<dyn Report>,
    ) -> Result<Self> {
        let mut visited: Vec<Server> = Vec::new();
        let until = Instant::now() + LONGEST_SIGN_IN.max(account.timeout);
        loop {
            let server = account.server.clone();
            let late = Instant::now() > until;
            // A pool of several servers behind one name may send a client to that name once more.
            let is_same = visited.last() == Some(&server);
            let times = visited.iter().filter(|visited| **visited == server).count();
            let is_circle = times > usize::from(is_same);
            if late || is_circle || visited.len() > MOST_REDIRECTS {
                return Err(Error::new(
                    Kind::Unreachable,
                    format!("the pool redirects in circles, last to {server}"),
                ));
            }
            visited.push(server);
            let mut session = Self::connect(account, random, unix_time, &report)?;
            match session.sign_in()? {
                SignIn::Done(registration) => {
                    let server = registration
                        .server
                        .as_deref()
                        .unwrap_or("a pool that does not name itself");
                    session.step(&format!(
                        "signed in to {server} as {}",
                        session.account.user
                    ));
                    session.registration = registration;
                    session.compare_clocks();
                    return Ok(session);
                }
                SignIn::Elsewhere(target) => {
                    account = session.account.clone();
                    account.server = Server {
                        host: target.host,
                        port: target.port,
                        transport: target.transport,
                    };
                    report.step(&format!("redirected to the home pool {}", account.server));
                }
            }
        }
    }

    /// NTLM tolerates a quarter of an hour, Kerberos five minutes, calendars none.
    fn compare_clocks(&self) {
        let ahead = self.registration.clock_ahead.unwrap_or_default();
        if ahead.abs() > MOST_SKEW {
            let minutes = ahead.abs() / 60;
            let which = if ahead > 0 { "behind" } else { "ahead of" };
            let sentence =
                format!("This computer's clock is {minutes} minutes {which} the pool's.");
            self.report.warn(&sentence);
        }
    }

    fn connect(
        account: Account,
        random: &Randomness,
        unix_time: i64,
        report: &Rc<dyn Report>,
    ) -> Result<Self> {
        report.step(&format!("connecting to {}", account.server));
        let link = Link::connect(&account.server, &account.tls, account.timeout)?;
        let endpoint = Endpoint {
            user: account.user.clone(),
            account: account.login.clone(),
            epid: account.epid.clone(),
            local: link.local.to_string(),
            transport: account.server.transport,
            user_agent: account.user_agent.clone(),
            workstation: "CONFCTL".into(),
            unix_time,
        };
        let usual = Timers::default();
        let timers = Timers {
            answer: account.timeout,
            sign_out: account.timeout.min(usual.sign_out),
        };
        Ok(Self {
            exchange: Exchange::new(endpoint, timers, source_of(random), Instant::now()),
            registration: Registration::default(),
            account,
            link,
            report: report.clone(),
            seen: Framer::default(),
            lost: false,
            notifications: VecDeque::new(),
            early: Vec::new(),
            is_suspect: false,
            heard: Instant::now(),
        })
    }

    fn sign_in(&mut self) -> Result<SignIn> {
        loop {
            match self.next_event()? {
                Event::SignedIn(registration) => return Ok(SignIn::Done(registration)),
                Event::Redirected(target) => return Ok(SignIn::Elsewhere(target)),
                Event::Deregistered(why) => return Err(refusal::of_deregistration(&why)),
                Event::NoAnswer { ignored, .. } => return Err(self.no_answer(ignored)),
                Event::Answer(..) | Event::Notification(_) | Event::Failed(_) => {}
            }
        }
    }

    /// What else was told about something that was subscribed to, waited for until that moment.
    pub(super) fn next_notification(&mut self, until: Instant) -> Result<Option<Message>> {
        while self.notifications.is_empty() {
            match self.next_event_by(Some(until))? {
                None => return Ok(None),
                Some(Event::Notification(message)) => self.notifications.push_back(message),
                Some(Event::Deregistered(why)) => return Err(refusal::of_deregistration(&why)),
                Some(event) => self.put_aside(event),
            }
        }
        Ok(self.notifications.pop_front())
    }

    /// Whether the connection is of no use any more.
    pub(super) fn is_lost(&self) -> bool {
        self.lost
    }

    /// Whether something came that the pool itself has perhaps not said. What that was about is for
    /// the user to take up again, who is told.
    pub(super) fn is_suspect(&self) -> bool {
        self.is_suspect
    }

    /// Makes sure that nothing is asked here any more.
    pub(super) fn give_up(&mut self) {
        self.lost = true;
    }

    /// How long nothing has been heard.
    pub(super) fn silence(&self) -> Duration {
        self.heard.elapsed()
    }

    /// Puts a request on the wire without waiting for its answer.
    pub(super) fn send(&mut self, method: &str, uri: &str, rest: Message) -> Ticket {
        self.catch_up();
        self.exchange.request(method, uri, rest)
    }

    /// The exchange does not see time pass while the user thinks or another connection is waited
    /// for; what is asked after that has its full time for an answer.
    fn catch_up(&mut self) {
        self.exchange.tick(Instant::now());
    }

    /// Keeps what came of a request that is not waited for now.
    fn put_aside(&mut self, event: Event) {
        match event {
            Event::Answer(ticket, answer) => self.early.push((ticket, Ok(answer))),
            Event::NoAnswer { ticket, ignored } => self.early.push((ticket, Err(ignored))),
            _ => {}
        }
    }

    /// Waits for the answers to all of these, in their order. Those to other requests are kept.
    pub(super) fn wait<const N: usize>(&mut self, tickets: [Ticket; N]) -> Result<[Message; N]> {
        let mut answers = self.wait_for_all(&tickets)?.into_iter();
        let none = || Message::response(500, "");
        Ok(tickets.map(|_| answers.next().unwrap_or_else(none)))
    }

    /// The same where it is not known beforehand how many they are.
    pub(super) fn wait_for_all(&mut self, tickets: &[Ticket]) -> Result<Vec<Message>> {
        let mut answers = vec![None; tickets.len()];
        loop {
            for (answer, ticket) in answers.iter_mut().zip(tickets) {
                let Some(at) = self.early.iter().position(|(early, _)| early == ticket) else {
                    continue;
                };
                match self.early.swap_remove(at).1 {
                    Ok(came) => *answer = Some(came),
                    Err(ignored) => return Err(self.no_answer(ignored)),
                }
            }
            if answers.iter().all(Option::is_some) {
                return Ok(answers.into_iter().flatten().collect());
            }
            match self.next_event()? {
                Event::Deregistered(why) => return Err(refusal::of_deregistration(&why)),
                Event::Redirected(target) => {
                    self.lost = true;
                    let server = &self.account.server;
                    let what = format!("{server} moved the account to {} just now", target.host);
                    return Err(Error::new(Kind::Unreachable, what).hint("try again"));
                }
                Event::Notification(message) if self.notifications.len() < MOST_NOTIFICATIONS => {
                    self.notifications.push_back(message);
                }
                event => self.put_aside(event),
            }
        }
    }

    pub(super) fn step(&self, words: &str) {
        self.report.step(words);
    }

    /// Says what would be unknown if the process ended now.
    pub(super) fn in_doubt(&self, words: Option<&str>) {
        self.report.in_doubt(words);
    }

    /// Runs the exchange until something happens.
    fn next_event(&mut self) -> Result<Event> {
        loop {
            if let Some(event) = self.next_event_by(None)? {
                return Ok(event);
            }
        }
    }

    /// The same, at most until that moment; none: nothing happened.
    fn next_event_by(&mut self, end: Option<Instant>) -> Result<Option<Event>> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            if let Some(event) = self.perform()? {
                return match event {
                    Event::Failed(failure) => {
                        // Nothing comes of what is asked from now on.
                        self.lost = true;
                        self.is_suspect |= matches!(
                            failure,
                            Failure::BadSignature | Failure::Unsigned | Failure::NoAnswer(Some(_))
                        );
                        Err(refusal::of_failure(&failure, &self.account))
                    }
                    event => Ok(Some(event)),
                };
            }
            let until = self
                .exchange
                .deadline()
                .unwrap_or_else(|| Instant::now() + Duration::from_secs(60));
            let until = end.map_or(until, |end| end.min(until));
            match self.link.receive(&mut buffer, until) {
                Ok(0) => return Err(self.connection_error(None)),
                Ok(count) => {
                    self.heard = Instant::now();
                    self.show_received(&buffer[..count]);
                    self.exchange.receive(&buffer[..count], Instant::now());
                }
                Err(error) if is_timeout(&error) => {
                    self.exchange.tick(Instant::now());
                    if end.is_some_and(|end| Instant::now() >= end) {
                        return Ok(None);
                    }
                }
                Err(error) => return Err(self.connection_error(Some(&error))),
            }
        }
    }

    /// Sends what is to be sent, all at once, up to the next event.
    fn perform(&mut self) -> Result<Option<Event>> {
        let mut bytes = Vec::new();
        let mut event = None;
        while let Some(step) = self.exchange.next_step() {
            match step {
                Step::Write(message) => {
                    if self.report.shows_wire() {
                        self.report.wire('>', &mask_message(&message));
                    }
                    bytes.extend(message);
                }
                Step::Event(happened) => {
                    event = Some(happened);
                    break;
                }
            }
        }
        if !bytes.is_empty() {
            let until = Instant::now() + self.account.timeout;
            if let Err(error) = self.link.send(&bytes, until) {
                return Err(self.connection_error(Some(&error)));
            }
        }
        Ok(event)
    }

    fn no_answer(&mut self, ignored: Option<Ignored>) -> Error {
        let server = &self.account.server;
        self.is_suspect |= ignored.is_some();
        match ignored {
            Some(ignored) => refusal::of_ignored(&ignored, server),
            None => Error::new(
                Kind::Unreachable,
                format!("{server} did not answer in time"),
            )
            .hint("try again later; -vv shows what was said"),
        }
    }

    /// The connection ended: with an error, or because the pool closed it.
    fn connection_error(&mut self, error: Option<&std::io::Error>) -> Error {
        self.lost = true;
        let server = &self.account.server;
        let what = match error {
            Some(error) => format!("the connection to {server} broke: {error}"),
            None => format!("{server} closed the connection before it answered"),
        };
        let error = Error::new(Kind::Unreachable, what);
        if self.exchange.is_signed_in() {
            return error.hint("check your network and try again");
        }
        error.hint("check host and port, and whether the port is for tls: or for tcp:")
    }

    fn show_received(&mut self, bytes: &[u8]) {
        if !self.report.shows_wire() {
            return;
        }
        self.seen.push(bytes);
        while let Ok(Some(message)) = self.seen.next_message() {
            self.report.wire('<', &mask_message(&message.encode()));
        }
    }
}

impl Drop for Session {
    /// Ends the registration. Nobody waits for the answer, since the pool forgets it by itself.
    fn drop(&mut self) {
        if self.lost || !self.exchange.is_signed_in() {
            return;
        }
        self.catch_up();
        self.exchange.sign_out();
        while let Ok(Some(_)) = self.perform() {}
        self.link.close();
    }
}

/// The same randomness for an exchange, which wants one of its own.
fn source_of(random: &Randomness) -> Random {
    let random = random.clone();
    Box::new(move |bytes| random(bytes))
}

/// A message for people to look at: the proof of the password and passcodes are hidden.
fn mask_message(bytes: &[u8]) -> String {
    let text = mask(&String::from_utf8_lossy(bytes));
    let Some((before, rest)) = text.split_once("gssapi-data=\"TlRMTVNTUAAD") else {
        return text;
    };
    let after = rest.split_once('"').map_or("", |(_, after)| after);
    format!("{before}gssapi-data=\"(masked)\"{after}")
}
