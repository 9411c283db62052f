//! A connection to a mail server: lines out, replies in, an end to every wait.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use openssl::ssl::{SslConnector, SslStream};

use crate::mail::Smtp;
use crate::mail::smtp::reply::{Reading, Reply};
use crate::net::tls::{Failure, Tls};
use crate::net::{Timed, dial, loss_of};
use crate::report::Report;

/// The connection, and who watches it.
pub(super) struct Wire {
    stream: Stream,
    /// What has arrived and belongs to no reply so far.
    unread: Vec<u8>,
    report: Rc<dyn Report>,
}

enum Stream {
    Tcp(Timed),
    Tls(Box<SslStream<Timed>>),
    /// While TLS is being set up, and if that failed.
    Gone,
}

/// The connection is of no use any more; what happened, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Lost(pub(super) String);

impl Wire {
    /// Connects to the first of the server's addresses that answers.
    pub(super) fn connect(
        server: &Smtp,
        timeout: Duration,
        report: Rc<dyn Report>,
    ) -> Result<Self, Lost> {
        let socket = dial(server.bare_host(), server.port, timeout).map_err(Lost)?;
        let until = Instant::now() + timeout;
        Ok(Self {
            stream: Stream::Tcp(Timed { socket, until }),
            unread: Vec::new(),
            report,
        })
    }

    /// Puts TLS over the connection, and makes sure who is at the other end.
    pub(super) fn secure(
        &mut self,
        connector: &SslConnector,
        host: &str,
        timeout: Duration,
    ) -> Result<(), Failure> {
        // Said before TLS, so nobody knows by whom: it must not pass for an answer after it.
        if !self.unread.is_empty() {
            return Err(Failure::Other("it talks when it should not".into()));
        }
        let Stream::Tcp(mut timed) = std::mem::replace(&mut self.stream, Stream::Gone) else {
            return Err(Failure::Other("the connection has it already".into()));
        };
        timed.until = Instant::now() + timeout;
        self.stream = Stream::Tls(Box::new(Tls::shake_hands(connector, host, timed)?));
        Ok(())
    }

    /// Whether others can't listen in.
    pub(super) fn is_secure(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }

    /// Own address.
    pub(super) fn local_address(&mut self) -> Option<SocketAddr> {
        self.tcp()?.socket.local_addr().ok()
    }

    /// Whether the other end is this computer.
    pub(super) fn stays_here(&mut self) -> bool {
        let peer = self.tcp().and_then(|timed| timed.socket.peer_addr().ok());
        peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
    }

    /// Sends a command and waits for its reply.
    pub(super) fn ask(&mut self, line: &str, timeout: Duration) -> Result<Reply, Lost> {
        self.ask_in_secret(line, line, timeout)
    }

    /// The same; who watches sees another line.
    pub(super) fn ask_in_secret(
        &mut self,
        line: &str,
        shown: &str,
        timeout: Duration,
    ) -> Result<Reply, Lost> {
        self.show('>', shown);
        self.send(format!("{line}\r\n").as_bytes(), timeout)?;
        self.read_reply(timeout)
    }

    /// Sends all of it, or fails in time.
    pub(super) fn send(&mut self, bytes: &[u8], timeout: Duration) -> Result<(), Lost> {
        self.hurry(timeout);
        let sent = match &mut self.stream {
            Stream::Tcp(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
            Stream::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
            Stream::Gone => Err(io::ErrorKind::NotConnected.into()),
        };
        sent.map_err(|error| Lost(loss_of(&error)))
    }

    /// Waits for the next reply, all of it, however slowly it drips.
    pub(super) fn read_reply(&mut self, timeout: Duration) -> Result<Reply, Lost> {
        self.hurry(timeout);
        let mut reading = Reading::default();
        loop {
            let arrived = std::mem::take(&mut self.unread);
            for (at, &byte) in arrived.iter().enumerate() {
                let complete = reading
                    .take(byte)
                    .map_err(|error| Lost(error.to_string()))?;
                if let Some(reply) = complete {
                    self.unread = arrived.get(at + 1..).unwrap_or_default().to_vec();
                    self.show_reply(&reply);
                    return Ok(reply);
                }
            }
            self.unread = self.receive().map_err(|error| Lost(loss_of(&error)))?;
        }
    }

    fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut buffer = [0; 1024];
        let count = match &mut self.stream {
            Stream::Tcp(stream) => stream.read(&mut buffer)?,
            Stream::Tls(stream) => stream.read(&mut buffer)?,
            Stream::Gone => 0,
        };
        match buffer.get(..count) {
            Some(bytes) if count > 0 => Ok(bytes.to_vec()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn hurry(&mut self, timeout: Duration) {
        if let Some(timed) = self.tcp() {
            timed.until = Instant::now() + timeout;
        }
    }

    fn tcp(&mut self) -> Option<&mut Timed> {
        match &mut self.stream {
            Stream::Tcp(stream) => Some(stream),
            Stream::Tls(stream) => Some(stream.get_mut()),
            Stream::Gone => None,
        }
    }

    /// Shows what is said, to those who want to see it.
    pub(super) fn show(&self, mark: char, line: &str) {
        self.report.wire(mark, line);
    }

    fn show_reply(&self, reply: &Reply) {
        for line in &reply.lines {
            self.show('<', &format!("{} {line}", reply.code));
        }
    }
}
