//! Sockets of clients, whose waits all end.

use std::io::{self, Read, Write};
use std::net::{IpAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// A socket whose reads and writes all end at one moment.
pub struct Timed {
    /// The socket.
    pub socket: TcpStream,
    /// When they end.
    pub until: Instant,
}

impl Timed {
    /// What is left of the time, never zero: zero would mean for ever.
    fn time_left(&self) -> io::Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            Err(io::ErrorKind::TimedOut.into())
        } else {
            Ok(left)
        }
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // With a time-out, signals break off a wait even where they would restart it.
        loop {
            self.socket.set_read_timeout(Some(self.time_left()?))?;
            match self.socket.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            self.socket.set_write_timeout(Some(self.time_left()?))?;
            match self.socket.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

/// Connects to the first address of a host, IPv6 without brackets, that answers. `timeout` bounds the
/// wait for each of them. Why not, as a clause.
pub fn dial(host: &str, port: u16, timeout: Duration) -> Result<TcpStream, String> {
    let addresses = (host, port).to_socket_addrs();
    let addresses = addresses.map_err(|error| format!("the name can't be found: {error}"))?;
    let mut last = "the name has no address".to_owned();
    for address in addresses {
        let connected = TcpStream::connect_timeout(&address, timeout)
            .and_then(|socket| socket.set_nodelay(true).map(|()| socket));
        match connected {
            Ok(socket) => return Ok(socket),
            Err(error) => last = loss_of(&error),
        }
    }
    Err(last)
}

/// Whether a host, IPv6 without brackets, is this computer.
pub fn is_here(host: &str) -> bool {
    let address = host.parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Whether an error of a socket only says that time is up.
pub fn is_timeout(error: &io::Error) -> bool {
    use io::ErrorKind::{TimedOut, WouldBlock};
    matches!(error.kind(), WouldBlock | TimedOut)
}

/// Whether the other end hung up, politely or not.
pub fn is_hang_up(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(
        error.kind(),
        BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof
    )
}

/// What became of a connection, as a clause.
pub fn loss_of(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "nothing listens there".to_owned(),
        _ if is_hang_up(error) => "it closed the connection".to_owned(),
        _ if is_timeout(error) => "no answer in time".to_owned(),
        _ => error.to_string(),
    }
}
