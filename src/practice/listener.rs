//! Sockets of the practice pool: one thread per listener, one per client.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use openssl::ssl::{SslAcceptor, SslStream};

use crate::practice::Pool;
use crate::practice::connection::{Action, Connection};
use crate::proto::exchange::Transport;

/// A client that has not signed in by then, TLS handshake included, is sent away
/// ([MS-CONMGMT] 3.5.6).
pub(super) const SIGN_IN_TIME: Duration = Duration::from_secs(30);
/// A client that says nothing for so long, keep-alives included, is sent away.
const IDLE_TIME: Duration = Duration::from_secs(15 * 60);
/// A client that has signed in must take each answer within that time.
const ANSWER_TIME: Duration = Duration::from_secs(30);
/// Most clients at once; more are accepted and hung up on.
const MOST_CLIENTS: u32 = 512;

/// What a listener and its clients share.
pub(super) struct Reception {
    pub(super) pool: Arc<Pool>,
    pub(super) transport: Transport,
    pub(super) tls: Option<SslAcceptor>,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) clients: AtomicU32,
    pub(super) numbers: AtomicU32,
    /// [`SIGN_IN_TIME`], but for tests.
    pub(super) timeout: Duration,
}

/// A socket whose reads and writes all end at one moment.
#[derive(Debug)]
struct Timed {
    socket: TcpStream,
    until: Instant,
}

/// A socket, in the clear or not.
trait Line: Read + Write {
    /// From now on, everything ends at that moment.
    fn end_at(&mut self, until: Instant);
}

impl Line for Timed {
    fn end_at(&mut self, until: Instant) {
        self.until = until;
    }
}

impl Line for SslStream<Timed> {
    fn end_at(&mut self, until: Instant) {
        self.get_mut().until = until;
    }
}

impl Timed {
    /// What is left of the time, never zero: zero would mean for ever.
    fn time_left(&self) -> io::Result<Option<Duration>> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(Some(left))
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(self.time_left()?)?;
        self.socket.read(buffer)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(self.time_left()?)?;
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

/// One client's place among the most there may be; free again however its thread ends.
struct Seat(Arc<Reception>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.clients.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Accepts clients until told to stop. To wake it up, connect to it.
pub(super) fn accept(listener: &TcpListener, reception: &Arc<Reception>) {
    for stream in listener.incoming() {
        if reception.stop.load(Ordering::Relaxed) {
            return;
        }
        let Ok(stream) = stream else {
            // Out of descriptors, most likely: let some clients go first.
            thread::sleep(Duration::from_millis(50));
            continue;
        };
        if reception.clients.load(Ordering::Relaxed) >= MOST_CLIENTS {
            continue;
        }
        reception.clients.fetch_add(1, Ordering::Relaxed);
        let guest = Arc::clone(reception);
        let spawned = thread::Builder::new().name("client".into()).spawn(move || {
            let seat = Seat(guest);
            // A client that goes away is no trouble of the pool's.
            let _ = receive(stream, &seat.0);
        });
        if spawned.is_err() {
            reception.clients.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

fn receive(socket: TcpStream, reception: &Reception) -> io::Result<()> {
    let peer = socket.peer_addr()?;
    socket.set_nodelay(true)?;
    let sign_in_by = Instant::now() + reception.timeout;
    let mut timed = Timed {
        socket,
        until: sign_in_by,
    };
    let number = reception.numbers.fetch_add(1, Ordering::Relaxed);
    let pool = Arc::clone(&reception.pool);
    let mut connection = Connection::new(pool, reception.transport, peer, number);
    match &reception.tls {
        None => converse(&mut timed, &mut connection, sign_in_by),
        Some(acceptor) => {
            let mut secured = acceptor.accept(timed).map_err(io::Error::other)?;
            converse(&mut secured, &mut connection, sign_in_by)
        }
    }
}

fn converse(
    line: &mut impl Line,
    connection: &mut Connection,
    sign_in_by: Instant,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        line.end_at(moment(connection, sign_in_by, IDLE_TIME));
        let count = line.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        for action in connection.receive(&buffer[..count]) {
            line.end_at(moment(connection, sign_in_by, ANSWER_TIME));
            if !perform(action, line)? {
                return Ok(());
            }
        }
    }
}

/// When to give up: strangers have one moment for everything.
fn moment(connection: &Connection, sign_in_by: Instant, timeout: Duration) -> Instant {
    if connection.is_signed_in() {
        Instant::now() + timeout
    } else {
        sign_in_by
    }
}

/// Whether the conversation goes on.
fn perform(action: Action, stream: &mut impl Write) -> io::Result<bool> {
    match action {
        Action::Send(bytes) => stream.write_all(&bytes)?,
        Action::Drip(bytes) => {
            for byte in bytes {
                stream.write_all(&[byte])?;
            }
        }
        Action::Pause(pause) => thread::sleep(pause),
        Action::Close => return Ok(false),
    }
    stream.flush()?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::practice::{Faults, Options, Policy};
    use crate::proto::c3p::Dialect;

    /// How long a pool with little timeout bears somebody who sends a byte now and then.
    fn measure(transport: Transport, bytes: &[u8]) -> Duration {
        let folder = tempfile::tempdir().unwrap();
        let pool = Pool::open(Options {
            random: crate::practice::system_randomness(),
            data: folder.path().to_owned(),
            users: Vec::new(),
            generation: Dialect::Ocs2007R2.into(),
            policy: Policy::default(),
            faults: Faults::default(),
        });
        let pool = Arc::new(pool.unwrap());
        let tls = (transport == Transport::Tls)
            .then(|| pool.authority.issue(&["localhost".to_owned()]))
            .map(|certificate| certificate.unwrap().acceptor(false).unwrap());
        let reception = Reception {
            pool,
            transport,
            tls,
            stop: Arc::default(),
            clients: AtomicU32::new(0),
            numbers: AtomicU32::new(1),
            timeout: Duration::from_millis(300),
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (served, _) = listener.accept().unwrap();
        let begun = Instant::now();
        thread::scope(|scope| {
            let served = scope.spawn(|| {
                // The error may hold the socket.
                let _ = receive(served, &reception);
                begun.elapsed()
            });
            for byte in bytes {
                if client.write_all(&[*byte]).is_err() {
                    break;
                }
                thread::sleep(Duration::from_millis(50));
            }
            drop(client);
            served.join().unwrap()
        })
    }

    #[test]
    fn strangers_can_not_buy_time_by_the_byte() {
        let hello = [&[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3][..], &[7; 60]].concat();
        for (transport, bytes) in [
            (Transport::Tls, hello.as_slice()),
            (Transport::Tcp, &[b'\r'; 60]),
        ] {
            let borne = measure(transport, bytes);
            assert!(borne < Duration::from_millis(1500), "{transport} {borne:?}");
        }
    }
}
