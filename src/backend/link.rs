//! The only client socket: TCP, and TLS over it, with an end to every wait.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::{Duration, Instant};

use openssl::error::ErrorStack;
use openssl::ssl::{
    HandshakeError, SslConnector, SslMethod, SslOptions, SslStream, SslVerifyMode, SslVersion,
};
use openssl::x509::{X509, X509VerifyResult};

use crate::backend::{Server, Tls};
use crate::error::{Error, Kind, Result};
use crate::net::is_timeout;
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

/// A socket whose reads and writes all end at one moment.
pub(crate) struct Timed {
    pub(crate) socket: TcpStream,
    pub(crate) until: Instant,
}

impl Link {
    /// Connects, and over TLS makes sure who is at the other end. `timeout` bounds each step.
    pub(super) fn connect(server: &Server, tls: &Tls, timeout: Duration) -> Result<Self> {
        let socket = dial(server, timeout.min(TIMEOUT))?;
        let local = socket
            .local_addr()
            .map_err(|error| unreachable(server, &error))?;
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

/// Whether the other end hung up, politely or not.
fn is_hang_up(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    let kind = error.kind();
    [
        BrokenPipe,
        ConnectionAborted,
        ConnectionReset,
        UnexpectedEof,
    ]
    .contains(&kind)
}

fn dial(server: &Server, timeout: Duration) -> Result<TcpStream> {
    let host = server.host.trim_start_matches('[').trim_end_matches(']');
    let addresses = (host, server.port).to_socket_addrs().map_err(|error| {
        Error::new(
            Kind::Unreachable,
            format!("can't find the host '{}': {error}", server.host),
        )
        .hint("check the server's name, your network and, if you need one, your VPN")
    })?;
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in addresses {
        match TcpStream::connect_timeout(&address, timeout) {
            Ok(socket) => {
                socket
                    .set_nodelay(true)
                    .map_err(|error| unreachable(server, &error))?;
                return Ok(socket);
            }
            Err(error) => last = error,
        }
    }
    Err(unreachable(server, &last))
}

fn unreachable(server: &Server, error: &io::Error) -> Error {
    let why = match error.kind() {
        io::ErrorKind::ConnectionRefused => "nothing listens there".to_owned(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "no answer in time".to_owned(),
        _ => error.to_string(),
    };
    Error::new(
        Kind::Unreachable,
        format!("can't connect to {server}: {why}"),
    )
    .hint("check the server's name and port, your network and, if you need one, your VPN")
}

fn shake_hands(server: &Server, tls: &Tls, timed: Timed) -> Result<SslStream<Timed>> {
    let broken = |error: ErrorStack| Error::failed(format!("can't set up TLS: {error}"));
    let connector = connector(tls)?;
    let host = server.host.trim_start_matches('[').trim_end_matches(']');
    let setup = connector.configure().map_err(broken)?;
    setup
        .connect(host, timed)
        .map_err(|error| handshake_error(server, tls, error))
}

/// How TLS connections are made and checked.
pub(crate) fn connector(tls: &Tls) -> Result<SslConnector> {
    let broken = |error: ErrorStack| Error::failed(format!("can't set up TLS: {error}"));
    let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(broken)?;
    builder.set_verify(SslVerifyMode::PEER);
    if tls.legacy {
        // OCS 2007 R2 and Lync 2010 know TLS 1.0 and SHA-1 only; OpenSSL 3 wants to be asked twice.
        builder
            .set_min_proto_version(Some(SslVersion::TLS1))
            .map_err(broken)?;
        builder
            .set_cipher_list("DEFAULT:@SECLEVEL=0")
            .map_err(broken)?;
        // SSL_OP_LEGACY_SERVER_CONNECT, which the openssl crate has no name for: take servers without
        // secure renegotiation, as those of Windows Server 2003 and 2008 may be [U].
        builder.set_options(SslOptions::from_bits_retain(0x4));
    } else {
        builder
            .set_min_proto_version(Some(SslVersion::TLS1_2))
            .map_err(broken)?;
    }
    // OpenSSL that is compiled along has no idea where the system keeps its authorities.
    let system = openssl_probe::probe().cert_file;
    if let Some(file) = system.filter(|_| !tls.ca_file_only) {
        // A broken bundle shows up as an untrusted certificate, with the hint about ca_file.
        let _ = builder.set_ca_file(file);
    }
    if let Some(file) = &tls.ca_file {
        trust(&mut builder, file)?;
    }
    Ok(builder.build())
}

fn trust(builder: &mut openssl::ssl::SslConnectorBuilder, file: &Path) -> Result<()> {
    let shown = file.display();
    let pem = std::fs::read(file)
        .map_err(|error| Error::usage(format!("can't read the CA file '{shown}': {error}")))?;
    let certificates = X509::stack_from_pem(&pem).unwrap_or_default();
    if certificates.is_empty() {
        return Err(Error::usage(format!(
            "the CA file '{shown}' holds no certificate in PEM form"
        )));
    }
    for certificate in certificates {
        // Adding the same certificate twice is an error of OpenSSL's that nobody needs to hear of.
        let _ = builder.cert_store_mut().add_cert(certificate);
    }
    Ok(())
}

fn handshake_error(server: &Server, tls: &Tls, error: HandshakeError<Timed>) -> Error {
    let unreachable = |why: String| {
        Error::new(
            Kind::Unreachable,
            format!("can't make a TLS connection to {server}: {why}"),
        )
    };
    let (verdict, error) = match error {
        HandshakeError::SetupFailure(error) => return unreachable(error.to_string()),
        HandshakeError::Failure(middle) => (middle.ssl().verify_result(), middle.into_error()),
        HandshakeError::WouldBlock(middle) => (middle.ssl().verify_result(), middle.into_error()),
    };
    if verdict != X509VerifyResult::OK {
        return certificate_error(server, tls, verdict);
    }
    match error.io_error() {
        Some(error) if is_timeout(error) => unreachable("no answer in time".into())
            .hint("check host and port, and whether the port is for tls: or for tcp:"),
        Some(error) if is_hang_up(error) => unreachable("the server closed the connection".into()),
        Some(error) => unreachable(error.to_string()),
        None if error.ssl_error().is_none() => {
            unreachable("the server closed the connection".into())
        }
        None => protocol_error(server, tls, error.ssl_error()),
    }
}

fn protocol_error(server: &Server, tls: &Tls, stack: Option<&ErrorStack>) -> Error {
    let reasons: Vec<&str> = stack
        .map(ErrorStack::errors)
        .unwrap_or_default()
        .iter()
        .filter_map(|error| error.reason())
        .collect();
    let text = reasons.join(", ");
    let error = Error::new(
        Kind::Unreachable,
        format!("can't make a TLS connection to {server}: {text}"),
    );
    let old = [
        "protocol",
        "cipher",
        "handshake failure",
        "sigalg",
        "dh key too small",
    ];
    if !tls.legacy && old.iter().any(|word| text.contains(word)) {
        return error.hint("OCS 2007 R2 and Lync 2010 speak TLS 1.0 only: if this is one, set tls = \"legacy\" for the account, or log in with --legacy-tls");
    }
    if text.contains("wrong version number") || text.contains("packet length") {
        return error.hint(
            "the port may not speak TLS: pools listen for TLS on 5061, or 443 on an Edge server",
        );
    }
    error
}

fn certificate_error(server: &Server, tls: &Tls, verdict: X509VerifyResult) -> Error {
    let error = |why: &str| {
        Error::new(
            Kind::Unreachable,
            format!("the certificate of {server} {why}"),
        )
    };
    match verdict.as_raw() {
        verdicts::HOSTNAME_MISMATCH | verdicts::IP_MISMATCH => error(&format!("is for another name than '{}'", server.host))
            .hint("use the server name that the certificate is for, or ask your administrator which it is"),
        verdicts::EXPIRED => error("has expired").hint("tell your administrator; if that surprises them, check this computer's clock"),
        verdicts::NOT_YET_VALID => error("is not valid yet").hint("check this computer's clock"),
        _ => {
            let error = error(&format!("is not trusted: {}", verdict.error_string()));
            match &tls.ca_file {
                Some(file) => error.hint(format!("'{}' does not hold the authority that issued it", file.display())),
                None => error.hint("if your organisation has its own authority, name its certificate: ca_file in the settings, or CONFCTL_CA_FILE"),
            }
        }
    }
}

/// Verification results that have a sentence of their own (X509_V_ERR_… of OpenSSL).
mod verdicts {
    pub(super) const NOT_YET_VALID: i32 = 9;
    pub(super) const EXPIRED: i32 = 10;
    pub(super) const HOSTNAME_MISMATCH: i32 = 62;
    pub(super) const IP_MISMATCH: i32 = 64;
}
