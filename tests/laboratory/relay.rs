//! A relay between confctl and a service that counts messages and strikes at one of them.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use confctl::proto::sip::Framer;

use crate::desk::{Output, Run};
use crate::laboratory::Service;

/// How long the pool may take for the answer to a client that has gone.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    ToPool,
    FromPool,
}

/// What happens to one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blow {
    /// SIGKILL for the client, and the message is lost.
    KillBefore,
    /// SIGKILL for the client, and the message arrives.
    KillAfter,
    /// The connection is closed, and the message is lost.
    CutBefore,
    /// Half of it arrives, then the connection is closed.
    CutWithin,
    /// It arrives, and what comes next is lost with the connection.
    CutAfter,
    /// From this message on nothing arrives, and nobody is told.
    Freeze,
}

/// A blow, and the message it hits.
#[derive(Clone, Copy, Debug)]
pub struct Trouble {
    pub way: Way,
    /// The nth of its way, from 1.
    pub message: usize,
    pub blow: Blow,
}

/// Listens on loopback until the tests end. Only the connection that is struck sees trouble.
pub struct Relay {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    pool: SocketAddr,
    service: Service,
    trouble: Option<Trouble>,
    client: Mutex<Option<Child>>,
    counts: [AtomicUsize; 2],
    /// Nothing is forwarded any more.
    struck: AtomicBool,
    /// Ways that may still carry something.
    carrying: AtomicUsize,
}

impl Relay {
    pub fn new(pool: SocketAddr, service: Service, trouble: Option<Trouble>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            pool,
            service,
            trouble,
            client: Mutex::new(None),
            counts: Default::default(),
            struck: AtomicBool::new(false),
            carrying: AtomicUsize::new(0),
        });
        let serving = state.clone();
        thread::spawn(move || serve(&listener, &serving));
        Self { address, state }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Messages so far.
    pub fn count(&self, way: Way) -> usize {
        self.state.counts[way as usize].load(Ordering::SeqCst)
    }

    /// Whether the message came that was to be hit.
    pub fn has_struck(&self) -> bool {
        self.state.struck.load(Ordering::SeqCst)
    }

    /// Runs a command that the relay may kill: its exit code is -1 then.
    pub fn run(&self, mut run: Run) -> Output {
        let begun = Instant::now();
        let command = run.command().stdin(Stdio::null());
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        *self.state.client.lock().unwrap() = Some(child);
        let stderr = thread::spawn(move || text(stderr));
        let stdout = text(stdout);
        let stderr = stderr.join().unwrap();
        let mut client = self.state.client.lock().unwrap();
        let status = client.as_mut().unwrap().wait().unwrap();
        drop(client);
        self.state.wait_for_the_last_words();
        Output {
            stdout,
            stderr,
            code: status.code().unwrap_or(-1),
            took: begun.elapsed(),
        }
    }
}

fn text(pipe: Option<impl Read>) -> String {
    let mut text = String::new();
    pipe.unwrap().read_to_string(&mut text).unwrap();
    text
}

fn serve(listener: &TcpListener, state: &Arc<State>) {
    for client in listener.incoming().flatten() {
        let Ok(pool) = TcpStream::connect(state.pool) else {
            return;
        };
        for stream in [&client, &pool] {
            stream.set_nodelay(true).unwrap();
        }
        for way in [Way::ToPool, Way::FromPool] {
            let (client, pool) = (client.try_clone().unwrap(), pool.try_clone().unwrap());
            let (from, to) = match way {
                Way::ToPool => (client, pool),
                Way::FromPool => (pool, client),
            };
            let is_over = state.struck.load(Ordering::SeqCst);
            let state = state.clone();
            state.carrying.fetch_add(1, Ordering::SeqCst);
            thread::spawn(move || {
                match is_over {
                    false => state.carry(way, from, to),
                    true => pass(from, to),
                }
                state.carrying.fetch_sub(1, Ordering::SeqCst);
            });
        }
    }
}

/// A connection that nobody meddles with.
fn pass(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

impl State {
    /// Carries whole messages, up to the one that is hit.
    fn carry(&self, way: Way, mut from: TcpStream, mut to: TcpStream) {
        let mut messages = Messages::of(self.service);
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            for message in messages.take(&buffer[..count]) {
                let number = self.counts[way as usize].fetch_add(1, Ordering::SeqCst) + 1;
                let hit = self
                    .trouble
                    .filter(|trouble| (trouble.way, trouble.message) == (way, number));
                if let Some(trouble) = hit {
                    return self.strike(trouble, &message, from, to);
                }
                if self.struck.load(Ordering::SeqCst) {
                    continue;
                }
                let _ = to.write_all(&message);
            }
        }
        if !self.struck.load(Ordering::SeqCst) {
            let _ = to.shutdown(Shutdown::Write);
        }
    }

    fn strike(&self, trouble: Trouble, message: &[u8], mut from: TcpStream, mut to: TcpStream) {
        self.struck.store(true, Ordering::SeqCst);
        let arrives = match trouble.blow {
            Blow::KillBefore | Blow::CutBefore | Blow::Freeze => 0,
            Blow::CutWithin => message.len() / 2,
            Blow::KillAfter | Blow::CutAfter => message.len(),
        };
        let answers = self.counts[Way::FromPool as usize].load(Ordering::SeqCst);
        let _ = to.write_all(&message[..arrives]);
        if trouble.way == Way::ToPool && arrives == message.len() {
            self.wait_for_more_than(answers);
        }
        match trouble.blow {
            Blow::KillBefore | Blow::KillAfter => self.kill(),
            Blow::Freeze => drop(from.read_to_end(&mut Vec::new())),
            _ => {}
        }
        for stream in [from, to] {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// A client does not wait for the end of its registration.
    fn wait_for_the_last_words(&self) {
        let until = Instant::now() + TIMEOUT;
        while self.carrying.load(Ordering::SeqCst) > 0 && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// What the pool was asked for is done when it answers.
    fn wait_for_more_than(&self, answers: usize) {
        let until = Instant::now() + TIMEOUT;
        while self.counts[Way::FromPool as usize].load(Ordering::SeqCst) <= answers
            && Instant::now() < until
        {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Kills the client, unless it has come to its end.
    fn kill(&self) {
        loop {
            if let Some(client) = self.client.lock().unwrap().as_mut() {
                return drop(client.kill());
            }
            // It has connected before its starter could tell us.
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Bytes cut into messages, unchanged: a message ends with the byte that completes it.
struct Messages {
    /// None: HTTP.
    framer: Option<Framer>,
    begun: Vec<u8>,
}

impl Messages {
    fn of(service: Service) -> Self {
        Self {
            framer: (service == Service::Pool).then(Framer::default),
            begun: Vec::new(),
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut whole = Vec::new();
        for byte in bytes {
            self.begun.push(*byte);
            let is_whole = match &mut self.framer {
                Some(framer) => {
                    framer.push(&[*byte]);
                    framer.next_message().unwrap().is_some()
                }
                None => is_whole_http(&self.begun),
            };
            if is_whole {
                whole.push(std::mem::take(&mut self.begun));
            }
        }
        whole
    }
}

/// Whether the last byte completes a message of HTTP (RFC 9112 6.3), whose length is always told here.
fn is_whole_http(begun: &[u8]) -> bool {
    let Some(end) = begun.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&begun[..end]).to_ascii_lowercase();
    assert!(!head.contains("transfer-encoding"), "{head}");
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(0, |length| length.parse().unwrap());
    begun.len() == end + 4 + length
}
