//! HTTP over the TLS of old servers. The usual client's TLS can be told to speak TLS 1.0, but not to take
//! the keys and signatures that such servers have; so here requests go over a connection of our own, one
//! each, and past all proxies.

use std::pin::Pin;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, HeaderValue};
use hyper_util::rt::TokioIo;
use openssl::ssl::SslConnector;
use reqwest::Url;
use tokio_openssl::SslStream;

use crate::net::dial;
use crate::net::http::{NoAnswer, Request, bare_host};
use crate::net::tls::{Failure, Tls};
use crate::secret::Secret;

/// Status, headers and body.
pub(super) type Parts = (u16, HeaderMap, Vec<u8>);

/// Asks once; an answer has `timeout` and at most `largest` octets.
pub(super) fn ask(
    request: &Request,
    authorization: Option<&Secret>,
    tls: &Tls,
    timeout: Duration,
    largest: usize,
) -> Result<Parts, NoAnswer> {
    let before = |why: String| NoAnswer::before(why, Vec::new());
    let connector = tls.connector().map_err(|error| before(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| before(error.to_string()))?;
    let asked = converse(request, authorization, &connector, tls, timeout, largest);
    runtime.block_on(async {
        match tokio::time::timeout(timeout, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(NoAnswer::after("no answer in time".to_owned(), false)),
        }
    })
}

async fn converse(
    request: &Request,
    authorization: Option<&Secret>,
    connector: &SslConnector,
    tls: &Tls,
    timeout: Duration,
    largest: usize,
) -> Result<Parts, NoAnswer> {
    let before = |why: String| NoAnswer::before(why, Vec::new());
    let broken = |error: hyper::Error| {
        let is_closed = error.is_incomplete_message() || error.is_closed();
        let why = match is_closed {
            true => "it closed the connection".to_owned(),
            false => error.to_string(),
        };
        NoAnswer::after(why, is_closed)
    };
    let host = bare_host(&request.url);
    let port = request.url.port_or_known_default().unwrap_or(443);
    let socket = dial(&host, port, timeout).map_err(before)?;
    let socket = socket
        .set_nonblocking(true)
        .and_then(|()| tokio::net::TcpStream::from_std(socket));
    let socket = socket.map_err(|error| before(error.to_string()))?;
    let ssl = connector
        .configure()
        .and_then(|setup| setup.into_ssl(&host));
    let ssl = ssl.map_err(|error| before(error.to_string()))?;
    let mut stream = SslStream::new(ssl, socket).map_err(|error| before(error.to_string()))?;
    if let Err(error) = Pin::new(&mut stream).connect().await {
        let failure = Failure::of_parts(stream.ssl().verify_result(), &error);
        return Err(NoAnswer::before(failure.clause(&host), failure.hints(tls)));
    }
    let shaken = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.map_err(broken)?;
    // It ends with the runtime.
    drop(tokio::spawn(connection));
    let answer = sender.send_request(built(request, authorization)?).await;
    let (head, body) = answer.map_err(broken)?.into_parts();
    let body = Limited::new(body, largest).collect().await;
    let body = body.map_err(|error| {
        let why = match error.is::<http_body_util::LengthLimitError>() {
            true => format!("its answer is larger than {} MiB", largest >> 20),
            false => "its answer breaks off".to_owned(),
        };
        NoAnswer::after(why, false)
    })?;
    Ok((head.status.as_u16(), head.headers, body.to_bytes().to_vec()))
}

/// Host, with the port if it is not the usual one (RFC 9110 7.2).
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// In the form that servers, not proxies, are asked in.
fn built(
    request: &Request,
    authorization: Option<&Secret>,
) -> Result<hyper::Request<Full<Bytes>>, NoAnswer> {
    let odd = |why: &str| NoAnswer::before(why.to_owned(), Vec::new());
    let query = request.url.query().map(|query| format!("?{query}"));
    let target = format!("{}{}", request.url.path(), query.unwrap_or_default());
    let body = request.body.clone().unwrap_or_default();
    let mut built = hyper::Request::builder()
        .method(request.method)
        .uri(target)
        .body(Full::from(body))
        .map_err(|error| odd(&error.to_string()))?;
    let headers = built.headers_mut();
    let text = |value: &str| {
        HeaderValue::from_str(value).map_err(|_| odd("a header has control characters in it"))
    };
    headers.insert(HOST, text(&authority(&request.url))?);
    headers.insert("user-agent", text(crate::net::http::USER_AGENT)?);
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        headers.append(name.map_err(|error| odd(&error.to_string()))?, text(value)?);
    }
    if let Some(secret) = authorization {
        let mut value = text(secret.expose())?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(built)
}
