//! HTTP, mostly over TLS, for whatever the practice pool serves to browsers and programs.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use openssl::ssl::{Ssl, SslAcceptor};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout_at};
use tokio_openssl::SslStream;

use crate::practice::Pool;
use crate::practice::certificates::Issued;
use crate::practice::penalties::Guess;
use crate::practice::seats::{Seat, Seats};

/// Most bytes taken from somebody who has not signed in, and needs no more than a few heads.
const STRANGER_BYTES: usize = 64 * 1024;

/// A server on one address, until dropped.
pub(super) struct HttpsServer {
    address: SocketAddr,
    /// Dropping it ends the thread.
    _stop: oneshot::Sender<()>,
}

impl HttpsServer {
    /// Binds at once, so that trouble shows, and serves from a thread of its own; without a certificate
    /// in clear.
    pub(super) fn start(
        name: &str,
        address: SocketAddr,
        certificate: Option<&Issued>,
        routes: Router,
        seats: &Arc<Seats>,
    ) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let acceptor = certificate.map(|issued| issued.acceptor(false));
        let acceptor = acceptor.transpose().map_err(io::Error::other)?;
        let seats = Arc::clone(seats);
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        thread::Builder::new().name(name.into()).spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = TcpListener::from_std(listener) else {
                    return;
                };
                let service = routes.into_make_service_with_connect_info::<Peer>();
                let serving = axum::serve(LineListener::new(listener, acceptor, seats), service);
                // An error ends the server, not the pool; clients will say that nobody answers.
                let _ = serving
                    .with_graceful_shutdown(async { drop(stopped.await) })
                    .await;
            });
        })?;
        Ok(Self {
            address,
            _stop: stop,
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// A way to end a connection badly, for whoever answers over it.
#[derive(Clone, Default)]
pub(super) struct Cut(Arc<AtomicU8>);

impl Cut {
    const WHOLE: u8 = 0;
    const HALF: u8 = 1;
    const NOTHING: u8 = 2;

    /// Nothing more goes out.
    pub(super) fn drop_now(&self) {
        self.0.store(Self::NOTHING, Ordering::Relaxed);
    }

    /// Half of the next answer goes out.
    pub(super) fn halve(&self) {
        self.0.store(Self::HALF, Ordering::Relaxed);
    }
}

/// Whoever is at the other end of a connection.
#[derive(Clone)]
pub(super) struct Peer {
    pub(super) cut: Cut,
    address: IpAddr,
    seat: Arc<Seat>,
}

impl Peer {
    /// Makes the connection a user's, unless he has as many as he may have.
    pub(super) fn sign_in(&self, user: &str) -> bool {
        self.seat.sign_in(user)
    }

    /// Who has signed in over the connection.
    pub(super) fn user(&self) -> Option<String> {
        self.seat.user()
    }

    /// Waits for the turn of a guess at a user's password.
    pub(super) async fn guess(&self, pool: &Pool, user: &str) -> Guess {
        let guess = pool.penalties.begin(user, self.address);
        if !guess.wait.is_zero() {
            let (seat, wait) = (Arc::clone(&self.seat), guess.wait);
            // Who hangs up keeps his seat until then, or more and more would wait for nobody.
            let waiting = tokio::spawn(async move {
                sleep(wait).await;
                drop(seat);
            });
            let _ = waiting.await;
        }
        guess
    }
}

impl Connected<IncomingStream<'_, LineListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, LineListener>) -> Self {
        stream.io().peer.clone()
    }
}

/// With TLS or without.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection that can be cut, and that ends when its time is over: strangers have one moment for
/// everything, users some time for each request and as much for each answer.
pub(super) struct Line {
    stream: Box<dyn Stream>,
    peer: Peer,
    grace: Duration,
    end: Pin<Box<Sleep>>,
    /// Bytes read from a stranger.
    read: usize,
    is_answering: bool,
}

impl Line {
    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        self.end.as_mut().poll(context).is_ready()
    }

    /// Notes that a request or an answer begins.
    fn turn(&mut self, is_answering: bool) {
        if self.is_answering != is_answering && self.peer.seat.is_signed_in() {
            let end = Instant::now() + self.grace;
            self.end.as_mut().reset(end);
        }
        self.is_answering = is_answering;
    }

    fn count(&mut self, bytes: usize) -> io::Result<()> {
        self.read = match self.peer.seat.is_signed_in() {
            true => 0,
            false => self.read + bytes,
        };
        match self.read > STRANGER_BYTES {
            true => Err(io::ErrorKind::ConnectionAborted.into()),
            false => Ok(()),
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_over(context) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let bytes = buffer.filled().len().saturating_sub(before);
        if bytes > 0 {
            self.turn(false);
            self.count(bytes)?;
        }
        polled
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.turn(true);
        if self.is_over(context) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        match self.peer.cut.0.load(Ordering::Relaxed) {
            Cut::WHOLE => Pin::new(&mut self.stream).poll_write(context, bytes),
            Cut::HALF => {
                self.peer.cut.drop_now();
                let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
                Pin::new(&mut self.stream).poll_write(context, half)
            }
            _ => Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_over(context) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Accepts connections. Handshakes of TLS run beside one another, so that a browser that is slow,
/// or wicked, keeps nobody else waiting.
pub(super) struct LineListener {
    ready: mpsc::Receiver<(Line, SocketAddr)>,
    address: SocketAddr,
}

impl LineListener {
    fn new(listener: TcpListener, acceptor: Option<SslAcceptor>, seats: Arc<Seats>) -> Self {
        let (sender, ready) = mpsc::channel(16);
        let address = listener
            .local_addr()
            .unwrap_or_else(|_| SocketAddr::from(([127, 0, 0, 1], 0)));
        tokio::spawn(async move {
            loop {
                let Ok((stream, peer)) = listener.accept().await else {
                    sleep(Duration::from_millis(50)).await;
                    continue;
                };
                let Some(seat) = seats.enter(peer.ip(), None) else {
                    continue;
                };
                let grace = seats.limits.grace;
                let (acceptor, sender) = (acceptor.clone(), sender.clone());
                tokio::spawn(async move {
                    let end = Instant::now() + grace;
                    let shaken = timeout_at(end, shake_hands(acceptor, stream)).await;
                    if let Ok(Some(stream)) = shaken {
                        let line = Line {
                            stream,
                            peer: Peer {
                                cut: Cut::default(),
                                address: peer.ip(),
                                seat: Arc::new(seat),
                            },
                            grace,
                            end: Box::pin(sleep_until(end)),
                            read: 0,
                            is_answering: false,
                        };
                        let _ = sender.send((line, peer)).await;
                    }
                });
            }
        });
        Self { ready, address }
    }
}

async fn shake_hands(acceptor: Option<SslAcceptor>, stream: TcpStream) -> Option<Box<dyn Stream>> {
    let Some(acceptor) = acceptor else {
        return Some(Box::new(stream));
    };
    let ssl = Ssl::new(acceptor.context()).ok()?;
    let mut stream = SslStream::new(ssl, stream).ok()?;
    Pin::new(&mut stream).accept().await.ok()?;
    Some(Box::new(stream))
}

impl Listener for LineListener {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(ready) => ready,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}
