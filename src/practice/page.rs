//! The Dial-In Conferencing Settings page: all numbers, and for users who sign in their own
//! Conference ID and passcode.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use askama::Template;
use axum::Router;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, RETRY_AFTER,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use openssl::sha::sha256;

use crate::conference::AccessNumber;
use crate::practice::certificates::Issued;
use crate::practice::faults::{FaultKind, Occasion};
use crate::practice::https::{HttpsServer, Peer};
use crate::practice::users::User;
use crate::practice::{ORGANIZATION, Pool};
use crate::proto::auth::{Account, NtHash};
use crate::proto::c3p::{JoinLink, Scheme, focus_uri};
use crate::secret::Secret;

/// The page on one address, until dropped.
pub(super) struct PageServer {
    server: HttpsServer,
    views: Arc<AtomicUsize>,
}

#[derive(Clone)]
struct Site {
    pool: Arc<Pool>,
    views: Arc<AtomicUsize>,
    external: bool,
}

#[derive(Template)]
#[template(path = "dialin.html", config = "src/practice/askama.toml")]
struct Page {
    organization: &'static str,
    regions: Vec<(String, Vec<AccessNumber>)>,
    personal: Option<Personal>,
}

#[derive(Template)]
#[template(path = "join.html", config = "src/practice/askama.toml")]
struct JoinPage {
    link: String,
}

/// What only the user may see.
struct Personal {
    name: String,
    conference_id: String,
    passcode: Option<String>,
}

impl PageServer {
    /// Binds at once, so that trouble shows, and serves from a thread of its own.
    pub(super) fn start(
        pool: Arc<Pool>,
        address: SocketAddr,
        certificate: &Issued,
        external: bool,
    ) -> io::Result<Self> {
        let views = Arc::new(AtomicUsize::new(0));
        let seats = Arc::clone(&pool.seats);
        let site = Site {
            pool,
            views: Arc::clone(&views),
            external,
        };
        let routes = routes(site);
        let server =
            HttpsServer::start("dial-in page", address, Some(certificate), routes, &seats)?;
        Ok(Self { server, views })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    pub(super) fn views(&self) -> usize {
        self.views.load(Ordering::Relaxed)
    }
}

fn routes(site: Site) -> Router {
    Router::new()
        .route("/dialin", get(show_public))
        .route("/dialin/", get(show_public))
        .route("/dialin/my", get(show_personal))
        .route("/meet/{alias}/{id}", get(show_meeting))
        .layer(map_response(protect))
        .with_state(site)
}

/// Nothing but the page's own style is taken from anywhere, nothing is kept, and no other page may
/// show this one, where a passcode is, in a frame.
static CONTENT_POLICY: LazyLock<String> = LazyLock::new(|| {
    let template = include_str!("dialin.html");
    let (_, rest) = template.split_once("<style>").unwrap_or_default();
    let (style, _) = rest.split_once("</style>").unwrap_or_default();
    let style = BASE64.encode(sha256(style.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

async fn protect(mut response: Response) -> Response {
    let rules = [
        (CONTENT_SECURITY_POLICY, CONTENT_POLICY.as_str()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
    ];
    for (name, rule) in rules {
        if let Ok(rule) = HeaderValue::from_str(rule) {
            response.headers_mut().insert(name, rule);
        }
    }
    response
}

/// Where a web link leads when `join_base` is this place: clients look for the conference in it.
async fn show_meeting(
    State(site): State<Site>,
    Path((alias, id)): Path<(String, String)>,
) -> Response {
    let Some(record) = site.pool.find_meeting(&alias, &id) else {
        return (StatusCode::NOT_FOUND, "There is no such meeting.\n").into_response();
    };
    let focus = focus_uri(&record.organizer, &record.id);
    let page = JoinPage {
        link: JoinLink::new(Scheme::Conf, &focus).url(),
    };
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn show_public(State(site): State<Site>) -> Response {
    site.show(None)
}

async fn show_personal(
    State(site): State<Site>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
) -> Response {
    let Some(user) = signed_in_user(&site.pool, &peer, &headers).await else {
        let challenge = [(
            WWW_AUTHENTICATE,
            "Basic realm=\"Practice pool\", charset=\"UTF-8\"",
        )];
        return (
            StatusCode::UNAUTHORIZED,
            challenge,
            "Sign in with your Windows account.\n",
        )
            .into_response();
    };
    if !peer.sign_in(&user.address) {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            [(RETRY_AFTER, "30")],
            "You are signed in over too many connections.\n",
        )
            .into_response();
    }
    match site.pool.assign_conference(&user) {
        Ok((conference_id, passcode)) => site.show(Some(Personal {
            name: user.name.clone(),
            conference_id,
            passcode: passcode.map(|passcode| passcode.expose().to_owned()),
        })),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}

impl Site {
    fn show(&self, personal: Option<Personal>) -> Response {
        if self.external
            && self
                .pool
                .faults
                .has(Occasion::default(), &FaultKind::PageDown)
        {
            return (StatusCode::SERVICE_UNAVAILABLE, "The page is down.\n").into_response();
        }
        self.views.fetch_add(1, Ordering::Relaxed);
        let page = Page {
            organization: ORGANIZATION,
            regions: self.pool.policy.regions(),
            personal,
        };
        match page.render() {
            Ok(html) => Html(html).into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

/// HTTP Basic (RFC 7617) with the Windows account; only ever over TLS.
async fn signed_in_user(pool: &Pool, peer: &Peer, headers: &HeaderMap) -> Option<Arc<User>> {
    let (scheme, encoded) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let decoded = BASE64
        .decode(encoded.trim())
        .ok()
        .filter(|_| scheme.eq_ignore_ascii_case("Basic"))?;
    let text = String::from_utf8(decoded).ok()?;
    let (login, password) = text.split_once(':')?;
    let password = Secret::from(password);
    let account = Account::parse(login, password.clone()).ok()?;
    let user = pool.user_with_account(account.user(), account.domain());
    let name = user.as_ref().map_or("", |user| user.address.as_str());
    let guess = peer.guess(pool, name).await;
    let user = user?;
    let right = openssl::memcmp::eq(NtHash::of(&password).as_bytes(), user.hash.as_bytes());
    if right {
        pool.penalties.was_right(&guess);
    }
    right.then_some(user)
}
