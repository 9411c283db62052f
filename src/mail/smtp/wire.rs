//! A connection to a mail server: lines out, replies in, an end to every wait.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::rc::Rc;
use std::time::{Duration, Instant};

use openssl::ssl::{HandshakeError, SslConnector, SslStream};
use openssl::x509::X509VerifyResult;

use crate::backend::Timed;
use crate::mail::Smtp;
use crate::mail::smtp::reply::{Reading, Reply};
use crate::net::is_timeout;
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

/// No TLS.
#[derive(Debug, thiserror::Error)]
pub(super) enum TlsError {
    /// The certificate is not good enough.
    #[error("its certificate can't be trusted: {0}")]
    Certificate(X509VerifyResult),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl Wire {
    /// Connects to the first of the server's addresses that answers.
    pub(super) fn connect(
        server: &Smtp,
        timeout: Duration,
        report: Rc<dyn Report>,
    ) -> Result<Self, Lost> {
        let place = (server.bare_host(), server.port);
        let addresses = place
            .to_socket_addrs()
            .map_err(|error| Lost(format!("the name can't be found: {error}")))?;
        let mut last = Lost("the name has no address".into());
        for address in addresses {
            match dial(address, timeout) {
                Ok(socket) => {
                    let until = Instant::now() + timeout;
                    return Ok(Self {
                        stream: Stream::Tcp(Timed { socket, until }),
                        unread: Vec::new(),
                        report,
                    });
                }
                Err(error) => last = loss_of(&error),
            }
        }
        Err(last)
    }

    /// Puts TLS over the connection, and makes sure who is at the other end.
    pub(super) fn secure(
        &mut self,
        connector: &SslConnector,
        host: &str,
        timeout: Duration,
    ) -> Result<(), TlsError> {
        // Said before TLS, so nobody knows by whom: it must not pass for an answer after it.
        if !self.unread.is_empty() {
            return Err(TlsError::Other("it talks when it should not".into()));
        }
        let Stream::Tcp(mut timed) = std::mem::replace(&mut self.stream, Stream::Gone) else {
            return Err(TlsError::Other("the connection has it already".into()));
        };
        timed.until = Instant::now() + timeout;
        self.stream = Stream::Tls(Box::new(connector.connect(host, timed).map_err(no_tls)?));
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
        sent.map_err(|error| loss_of(&error))
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
            self.unread = self.receive().map_err(|error| loss_of(&error))?;
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

fn dial(address: SocketAddr, timeout: Duration) -> io::Result<TcpStream> {
    let socket = TcpStream::connect_timeout(&address, timeout)?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

fn loss_of(error: &io::Error) -> Lost {
    use io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, UnexpectedEof,
    };
    Lost(match error.kind() {
        ConnectionRefused => "nothing listens there".into(),
        BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof => {
            "it closed the connection".into()
        }
        _ if is_timeout(error) => "no answer in time".into(),
        _ => error.to_string(),
    })
}

fn no_tls(error: HandshakeError<Timed>) -> TlsError {
    let middle = match error {
        HandshakeError::SetupFailure(error) => return TlsError::Other(error.to_string()),
        HandshakeError::Failure(middle) | HandshakeError::WouldBlock(middle) => middle,
    };
    let verdict = middle.ssl().verify_result();
    if verdict != X509VerifyResult::OK {
        return TlsError::Certificate(verdict);
    }
    let error = middle.into_error();
    TlsError::Other(match error.io_error() {
        Some(error) => loss_of(error).0,
        None => match error.ssl_error().map(openssl::error::ErrorStack::errors) {
            Some([first, ..]) => first.reason().unwrap_or("TLS failed").to_owned(),
            _ => "it closed the connection".to_owned(),
        },
    })
}
