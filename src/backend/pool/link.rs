//! The connection to a pool: TCP, or TLS over it, with an end to every wait.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use openssl::ssl::SslStream;

use crate::backend::pool::Server;
use crate::error::{Error, Kind, Result};
use crate::net::tls::{Failure, Tls};
use crate::net::{self, Timed};
use crate::proto::exchange::Transport;

/// How long connecting to one address may take. A server that is there may have a crowd to shake
/// hands with, and gets as long for it as for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A connection to a server.
pub(super) struct Link {
    stream: Stream,
    /// Own address, as a SIP host and port.
    pub(super) local: SocketAddr,
}

enum Stream {
    Tcp(Timed),
    Tls(Box<SslStream<Timed>>),
}

impl Link {
    /// Connects, and over TLS makes sure who is at the other end. `timeout` bounds each step.
    pub(super) fn connect(server: &Server, tls: &Tls, timeout: Duration) -> Result<Self> {
        let socket = dial(server, timeout.min(TIMEOUT))?;
        let local = socket.local_addr().map_err(|error| {
            Error::new(
                Kind::Unreachable,
                format!("can't connect to {server}: {error}"),
            )
        })?;
        let timed = Timed {
            socket,
            until: Instant::now() + timeout,
        };
        let stream = match server.transport {
            Transport::Tcp => Stream::Tcp(timed),
            Transport::Tls => Stream::Tls(Box::new(shake_hands(server, tls, timed)?)),
        };
        Ok(Self { stream, local })
    }

    /// Sends everything, or fails by that moment.
    pub(super) fn send(&mut self, bytes: &[u8], until: Instant) -> io::Result<()> {
        self.tcp().until = until;
        self.writer().write_all(bytes)?;
        self.writer().flush()
    }

    /// Reads what is there, at least one byte. `Ok(0)`: the server closed the connection.
    /// A time-out is `WouldBlock` or `TimedOut`.
    pub(super) fn receive(&mut self, buffer: &mut [u8], until: Instant) -> io::Result<usize> {
        self.tcp().until = until;
        match &mut self.stream {
            Stream::Tcp(stream) => stream.read(buffer),
            Stream::Tls(stream) => stream.read(buffer),
        }
    }

    /// Says that nothing more will be sent. What was sent arrives all the same.
    pub(super) fn close(&mut self) {
        self.tcp().until = Instant::now() + Duration::from_secs(1);
        if let Stream::Tls(stream) = &mut self.stream {
            // The other side does without it.
            let _ = stream.shutdown();
        }
        let _ = self.tcp().socket.shutdown(Shutdown::Write);
    }

    fn tcp(&mut self) -> &mut Timed {
        match &mut self.stream {
            Stream::Tcp(stream) => stream,
            Stream::Tls(stream) => stream.get_mut(),
        }
    }

    fn writer(&mut self) -> &mut dyn Write {
        match &mut self.stream {
            Stream::Tcp(stream) => stream,
            Stream::Tls(stream) => stream,
        }
    }
}

fn dial(server: &Server, timeout: Duration) -> Result<TcpStream> {
    net::dial(server.bare_host(), server.port, timeout).map_err(|why| {
        let what = format!("can't connect to {server}: {why}");
        Error::new(Kind::Unreachable, what)
            .hint("check the server's name and port, your network and, if you need one, your VPN")
    })
}

fn shake_hands(server: &Server, tls: &Tls, socket: Timed) -> Result<SslStream<Timed>> {
    let connector = tls.connector()?;
    let host = server.bare_host();
    Tls::shake_hands(&connector, host, socket).map_err(|failure| {
        let error = failure.to_error(&server.to_string(), host, tls);
        match failure {
            Failure::TooOld(_) | Failure::HungUp if !tls.legacy => error.hint("OCS 2007 R2 and Lync 2010 speak TLS 1.0 only: if this is one, 'confctl login --legacy-tls' sets it"),
            Failure::NoTls => error.hint("pools listen for TLS on 5061, or 443 on an Edge server"),
            _ => error,
        }
    })
}
