//! The practice pool on its sockets: listeners for SIP, and the dial-in page.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::practice::faults::{FaultKind, Occasion};
use crate::practice::graph::GraphServer;
use crate::practice::listener::{self, Reception};
use crate::practice::page::PageServer;
use crate::practice::{POOL_NAME, PageAddresses, Pool, PoolError};
use crate::proto::exchange::Transport;

/// Where to listen, written `tcp:HOST:PORT` or `tls:HOST:PORT`; port 0 takes any free one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// With or without TLS.
    transport: Transport,
    /// Name or address, and port.
    pub place: String,
}

/// The text was no place to listen.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is not a place to listen: expected tcp:HOST:PORT or tls:HOST:PORT")]
pub struct ListenError(String);

/// A practice pool that runs until it is dropped.
pub struct Server {
    pool: Arc<Pool>,
    stop: Arc<AtomicBool>,
    listeners: Vec<(Listen, SocketAddr, Option<JoinHandle<()>>)>,
    pages: Vec<PageServer>,
    graphs: Vec<GraphServer>,
}

impl FromStr for Listen {
    type Err = ListenError;

    fn from_str(text: &str) -> Result<Self, ListenError> {
        let refused = || ListenError(text.to_owned());
        let (scheme, place) = text.split_once(':').ok_or_else(refused)?;
        let transport = match scheme {
            "tcp" => Transport::Tcp,
            "tls" => Transport::Tls,
            _ => return Err(refused()),
        };
        let (host, port) = place.rsplit_once(':').ok_or_else(refused)?;
        if host.is_empty() || port.parse::<u16>().is_err() {
            return Err(refused());
        }
        Ok(Self {
            transport,
            place: place.to_owned(),
        })
    }
}

impl Listen {
    /// The same place with the address that came of it.
    pub fn with_address(&self, address: SocketAddr) -> Self {
        Self {
            transport: self.transport,
            place: address.to_string(),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.transport, self.place)
    }
}

impl Server {
    /// A pool that nobody can reach yet.
    pub fn new(pool: Pool) -> Self {
        Self {
            pool: Arc::new(pool),
            stop: Arc::new(AtomicBool::new(false)),
            listeners: Vec::new(),
            pages: Vec::new(),
            graphs: Vec::new(),
        }
    }

    /// The pool behind the sockets.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Listens for SIP; gives the address with the port it got.
    pub fn listen(&mut self, listen: &Listen) -> Result<SocketAddr, PoolError> {
        let failed = |error| PoolError::Listen(listen.to_string(), error);
        let listener = TcpListener::bind(&listen.place).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let tls = match listen.transport {
            Transport::Tcp => None,
            Transport::Tls => {
                let certificate = self.pool.authority.issue(&self.host_names(&listen.place))?;
                Some(
                    certificate.acceptor(
                        self.pool
                            .faults
                            .has(Occasion::default(), &FaultKind::OldTls),
                    )?,
                )
            }
        };
        let reception = Arc::new(Reception {
            pool: Arc::clone(&self.pool),
            transport: listen.transport,
            tls,
            stop: Arc::clone(&self.stop),
            numbers: AtomicU32::new(0x2A00),
            grace: self.pool.seats.limits.grace,
        });
        let thread = thread::Builder::new().name(listen.to_string());
        let thread = thread
            .spawn(move || listener::accept(&listener, &reception))
            .map_err(failed)?;
        self.listeners.push((listen.clone(), address, Some(thread)));
        Ok(address)
    }

    /// Serves the dial-in page on an external and an internal place; gives their addresses.
    pub fn serve_pages(
        &mut self,
        external: &str,
        internal: &str,
    ) -> Result<PageAddresses, PoolError> {
        let external = self.serve_page(external, true)?;
        let internal = self.serve_page(internal, false)?;
        let pages = PageAddresses { external, internal };
        self.pool.set_pages(pages.clone());
        Ok(pages)
    }

    /// Serves online meetings as Microsoft Graph does, at `HOST:PORT`, or in clear at `tcp:HOST:PORT`;
    /// gives the address that stands for `https://graph.microsoft.com/v1.0`.
    pub fn serve_graph(&mut self, place: &str) -> Result<String, PoolError> {
        let failed = |error| PoolError::Listen(place.to_owned(), error);
        let (scheme, place) = match place.strip_prefix("tcp:") {
            Some(place) => ("http", place),
            None => ("https", place.strip_prefix("tls:").unwrap_or(place)),
        };
        let certificate = self.pool.authority.issue(&self.host_names(place))?;
        let certificate = (scheme == "https").then_some(&certificate);
        let address = resolve(place).map_err(failed)?;
        let server = GraphServer::start(Arc::clone(&self.pool), address, certificate);
        let server = server.map_err(failed)?;
        let port = server.address().port();
        let base = format!("{scheme}://{}:{port}/v1.0", shown_host(place));
        self.graphs.push(server);
        Ok(base)
    }

    /// Where more than this computer can reach it.
    pub fn open_places(&self) -> Vec<String> {
        let sip = self.listeners.iter();
        let sip =
            sip.map(|(listen, address, _)| (listen.with_address(*address).to_string(), *address));
        let pages = self.pages.iter().map(PageServer::address);
        let others = pages.chain(self.graphs.iter().map(GraphServer::address));
        let others = others.map(|address| (address.to_string(), address));
        let all = sip.chain(others);
        all.filter(|(_, address)| !address.ip().to_canonical().is_loopback())
            .map(|(place, _)| place)
            .collect()
    }

    /// How often the dial-in page was asked for.
    pub fn page_views(&self) -> usize {
        self.pages.iter().map(PageServer::views).sum()
    }

    fn serve_page(&mut self, place: &str, external: bool) -> Result<String, PoolError> {
        let failed = |error| PoolError::Listen(place.to_owned(), error);
        let certificate = self.pool.authority.issue(&self.host_names(place))?;
        let server = PageServer::start(
            Arc::clone(&self.pool),
            resolve(place).map_err(failed)?,
            &certificate,
            external,
        )
        .map_err(failed)?;
        let port = server.address().port();
        let address = format!("https://{}:{port}/dialin", shown_host(place));
        self.pages.push(server);
        Ok(address)
    }

    /// Everything a client of this machine may call the server, and what it was told to listen on.
    fn host_names(&self, place: &str) -> Vec<String> {
        if self
            .pool
            .faults
            .has(Occasion::default(), &FaultKind::OtherName)
        {
            return vec!["somebody-else.example.org".to_owned()];
        }
        let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1", POOL_NAME]
            .map(str::to_owned)
            .into();
        let host = place.rsplit_once(':').map_or(place, |(host, _)| host);
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        if !names.contains(&host) {
            names.push(host);
        }
        names
    }
}

impl Drop for Server {
    /// Stops listening. Clients still connected lose their connection when the process ends.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for (_, address, thread) in &mut self.listeners {
            // The listener sleeps in accept: a connection wakes it up.
            let _ = TcpStream::connect_timeout(&to_loopback(*address), Duration::from_secs(1));
            if let Some(thread) = thread.take() {
                let _ = thread.join();
            }
        }
    }
}

/// What people call the host of a place.
fn shown_host(place: &str) -> &str {
    match place.rsplit_once(':').map_or(place, |(host, _)| host) {
        "127.0.0.1" | "[::1]" => "localhost",
        host => host,
    }
}

/// A wildcard address can be listened on but not connected to everywhere.
fn to_loopback(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

fn resolve(place: &str) -> io::Result<SocketAddr> {
    let mut found = place.to_socket_addrs()?;
    found
        .next()
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the name has no address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_to_listen_name_their_transport() {
        for text in ["tcp:127.0.0.1:5060", "tls:localhost:0", "tls:[::1]:5061"] {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), text);
        }
        for text in [
            "127.0.0.1:5060",
            "udp:127.0.0.1:5060",
            "tls::5061",
            "tls:host",
            "tls:host:x",
            "",
        ] {
            assert!(text.parse::<Listen>().is_err(), "{text}");
        }
    }
}
