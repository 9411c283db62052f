//! Sockets of the practice pool: one thread per listener, one per client.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use openssl::ssl::SslAcceptor;

use crate::practice::Pool;
use crate::practice::connection::{Action, Connection};
use crate::proto::exchange::Transport;

/// A client that has not signed in by then is sent away ([MS-CONMGMT] 3.5.6).
const SIGN_IN_TIME: Duration = Duration::from_secs(30);
/// A client that says nothing for so long, keep-alives included, is sent away.
const IDLE_TIME: Duration = Duration::from_secs(15 * 60);
/// Most clients at once; more wait in the listener's queue.
const MOST_CLIENTS: u32 = 512;

/// What a listener and its clients share.
pub(super) struct Reception {
    pub(super) pool: Arc<Pool>,
    pub(super) transport: Transport,
    pub(super) tls: Option<SslAcceptor>,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) clients: AtomicU32,
    pub(super) numbers: AtomicU32,
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

fn receive(stream: TcpStream, reception: &Reception) -> io::Result<()> {
    let peer = stream.peer_addr()?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(SIGN_IN_TIME))?;
    stream.set_write_timeout(Some(SIGN_IN_TIME))?;
    let Some(acceptor) = &reception.tls else {
        return converse(stream.try_clone()?, &stream, peer, reception);
    };
    let secured = acceptor
        .accept(stream.try_clone()?)
        .map_err(io::Error::other)?;
    converse(secured, &stream, peer, reception)
}

fn converse(
    mut stream: impl Read + Write,
    socket: &TcpStream,
    peer: SocketAddr,
    reception: &Reception,
) -> io::Result<()> {
    let number = reception.numbers.fetch_add(1, Ordering::Relaxed);
    let mut connection = Connection::new(
        Arc::clone(&reception.pool),
        reception.transport,
        peer,
        number,
    );
    let sign_in_by = Instant::now() + SIGN_IN_TIME;
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let patience = if connection.is_signed_in() {
            IDLE_TIME
        } else {
            sign_in_by.saturating_duration_since(Instant::now())
        };
        if patience.is_zero() {
            return Ok(());
        }
        socket.set_read_timeout(Some(patience))?;
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        for action in connection.receive(&buffer[..count]) {
            if !perform(action, &mut stream)? {
                return Ok(());
            }
        }
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
