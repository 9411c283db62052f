//! Sockets of the practice pool: one thread per listener, one per client.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use openssl::ssl::{SslAcceptor, SslStream};

use crate::practice::connection::{Action, Connection, Guest};
use crate::practice::seats::Seat;
use crate::practice::{Log, Pool};
use crate::proto::exchange::Transport;

/// A client that says nothing for so long, keep-alives included, is sent away.
const IDLE_TIME: Duration = Duration::from_secs(15 * 60);
/// A client that has signed in must take each answer within that time.
const ANSWER_TIME: Duration = Duration::from_secs(30);

/// What a listener and its clients share.
pub(super) struct Reception {
    pub(super) pool: Arc<Pool>,
    pub(super) transport: Transport,
    pub(super) tls: Option<SslAcceptor>,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) numbers: AtomicU32,
    /// How long a client has to sign in, TLS handshake included.
    pub(super) grace: Duration,
}

/// A socket whose reads and writes all end at one moment.
#[derive(Debug)]
struct Timed {
    socket: Arc<TcpStream>,
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
        (&*self.socket).read(buffer)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(self.time_left()?)?;
        (&*self.socket).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self.socket).flush()
    }
}

/// Accepts clients until told to stop. To wake it up, connect to it.
pub(super) fn accept(listener: &TcpListener, reception: &Arc<Reception>) {
    loop {
        let accepted = listener.accept();
        if reception.stop.load(Ordering::Relaxed) {
            return;
        }
        let Ok((socket, peer)) = accepted else {
            // Out of descriptors, most likely: let some clients go first.
            thread::sleep(Duration::from_millis(50));
            continue;
        };
        let socket = Arc::new(socket);
        let seats = &reception.pool.seats;
        let Some(seat) = seats.enter(peer.ip(), Some(Arc::clone(&socket))) else {
            reception.pool.log(Log::MESSAGES, || {
                format!("{peer} is refused: too many connections")
            });
            continue;
        };
        let reception = Arc::clone(reception);
        let client = thread::Builder::new().name("client".into());
        // Without a thread, socket and seat are gone; with one, a client that goes away is no
        // trouble of the pool's.
        let _ = client.spawn(move || receive(socket, peer, seat, &reception));
    }
}

fn receive(
    socket: Arc<TcpStream>,
    peer: SocketAddr,
    seat: Seat,
    reception: &Reception,
) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let begun = Instant::now();
    let sign_in_by = begun + reception.grace;
    let mut timed = Timed {
        socket,
        until: sign_in_by,
    };
    let guest = Guest {
        transport: reception.transport,
        peer,
        number: reception.numbers.fetch_add(1, Ordering::Relaxed),
        seat,
        // So that there is time left to be told of it.
        seat_by: begun + reception.grace * 3 / 4,
    };
    let mut connection = Connection::new(Arc::clone(&reception.pool), guest);
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
            numbers: AtomicU32::new(1),
            grace: Duration::from_millis(300),
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (served, peer) = listener.accept().unwrap();
        let seat = reception.pool.seats.enter(peer.ip(), None).unwrap();
        let begun = Instant::now();
        thread::scope(|scope| {
            let served = scope.spawn(|| {
                // The error may hold the socket.
                let _ = receive(Arc::new(served), peer, seat, &reception);
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
