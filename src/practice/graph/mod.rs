//! Online meetings as Microsoft Graph serves them, for clients of Teams: `/v1.0/me/onlineMeetings`
//! (metadata of 2026-08-20). The token of a user is the password that the pool has of him.

mod answer;
mod kept;
mod meeting;

use std::borrow::Cow;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Extension, Path, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any, get, post};
use serde_json::{Map, Value, json};

use crate::practice::Pool;
use crate::practice::certificates::Issued;
use crate::practice::faults::{FaultKind, Occasion};
use crate::practice::https::{Cut, HttpsServer, Peer};
use crate::practice::users::User;
use crate::proto::auth::NtHash;
use crate::secret::Secret;

use answer::{Refusal, Shape};
use meeting::Meeting;

/// Graph on one address, until dropped.
pub(super) struct GraphServer(HttpsServer);

#[derive(Clone)]
struct Site {
    pool: Arc<Pool>,
    /// Number of the last answer.
    answers: Arc<AtomicU32>,
}

impl GraphServer {
    pub(super) fn start(
        pool: Arc<Pool>,
        address: SocketAddr,
        certificate: Option<&Issued>,
    ) -> io::Result<Self> {
        let seats = Arc::clone(&pool.seats);
        let site = Site {
            pool,
            answers: Arc::default(),
        };
        HttpsServer::start("graph", address, certificate, routes(site), &seats).map(Self)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.0.address()
    }
}

fn routes(site: Site) -> Router {
    const MEETINGS: &str = "/v1.0/me/onlineMeetings";
    let one = get(show)
        .patch(change)
        .delete(delete)
        .fallback(wrong_method);
    Router::new()
        .route(MEETINGS, post(make).get(find).fallback(wrong_method))
        .route(
            &format!("{MEETINGS}/createOrGet"),
            post(create_or_get).fallback(wrong_method),
        )
        .route(&format!("{MEETINGS}/{{id}}"), one)
        .fallback(any(no_resource))
        .layer(from_fn_with_state(site.clone(), admit))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .with_state(site)
}

/// Bytes of a request's body; a user may send as many of these at once as he has connections.
const LONGEST_BODY: usize = 512 * 1024;

/// Whoever asks.
#[derive(Clone)]
struct Caller {
    cut: Cut,
    headers: HeaderMap,
    user: Result<Arc<User>, Refusal>,
}

/// Finds out who asks before anything of a body is read.
async fn admit(
    State(site): State<Site>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    let headers = request.headers().clone();
    let user = site.user(&peer, &headers).await;
    if user.is_err() {
        *request.body_mut() = Body::empty();
    }
    let cut = peer.cut;
    request
        .extensions_mut()
        .insert(Caller { cut, headers, user });
    next.run(request).await
}

async fn make(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Response {
    let work = |user: &User| site.make(user, &object_of(&body)?, None);
    site.answer("POST", "", &caller, work).await
}

async fn create_or_get(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Response {
    let work = |user: &User| {
        let mut wanted = object_of(&body)?;
        let known = [
            "externalId",
            "subject",
            "startDateTime",
            "endDateTime",
            "participants",
            "chatInfo",
        ];
        if let Some(other) = wanted.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(Refusal::bad(&format!("Unexpected parameter '{other}'.")));
        }
        let external = match wanted.remove("externalId") {
            Some(Value::String(external)) if !external.is_empty() => external,
            _ => return Err(Refusal::bad("The parameter 'externalId' is required.")),
        };
        site.make(user, &wanted, Some(&external))
    };
    site.answer("POST", "createOrGet", &caller, work).await
}

async fn find(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Response {
    let work = |user: &User| {
        let filter = uri.query().and_then(filter_in);
        let refused = || Refusal::bad("This filter is not supported.");
        let (name, wanted) = filter.as_deref().and_then(filter_of).ok_or_else(refused)?;
        let mut found = Vec::new();
        for meeting in site.meetings(user)? {
            if meeting.has(name, &wanted) || meeting.has(name, &decoded_once_more(&wanted)) {
                found.push(meeting.value(&site.pool));
            }
        }
        Ok((StatusCode::OK, Some(json!({ "value": found }))))
    };
    site.answer("GET", "", &caller, work).await
}

/// The value of `$filter`, decoded once.
fn filter_in(query: &str) -> Option<String> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        let decoded = percent_encoding::percent_decode_str(&text).decode_utf8();
        decoded.ok().map(Cow::into_owned)
    };
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut pairs = pairs.filter_map(|(name, value)| Some((decode(name)?, decode(value)?)));
    pairs
        .find(|(name, _)| name == "$filter")
        .map(|(_, value)| value)
}

/// `JoinWebUrl eq '…'`
fn filter_of(filter: &str) -> Option<(&str, String)> {
    let (name, value) = filter.split_once(" eq ")?;
    let value = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    let known = ["JoinWebUrl", "joinMeetingIdSettings/joinMeetingId"];
    let known = known
        .iter()
        .find(|known| known.eq_ignore_ascii_case(name))?;
    Some((*known, value.to_owned()))
}

/// Programs encode links once or twice, of which Graph takes either.
fn decoded_once_more(value: &str) -> String {
    let decoded = percent_encoding::percent_decode_str(value).decode_utf8();
    decoded.map_or_else(|_| value.to_owned(), Cow::into_owned)
}

async fn show(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Response {
    let work = |user: &User| {
        Ok((
            StatusCode::OK,
            Some(site.meeting(user, &id)?.value(&site.pool)),
        ))
    };
    site.answer("GET", "", &caller, work).await
}

async fn change(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let work = |user: &User| {
        let mut meeting = site.meeting(user, &id)?;
        meeting.change(&object_of(&body)?, &site.pool)?;
        let document = meeting.document();
        let changed = site
            .pool
            .store()
            .change_meeting(&user.address, &id, &document);
        changed.map_err(|_| Refusal::trouble())?;
        Ok((StatusCode::OK, Some(meeting.value(&site.pool))))
    };
    site.answer("PATCH", "", &caller, work).await
}

async fn delete(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Response {
    let work = |user: &User| {
        site.meeting(user, &id)?;
        let removed = site.pool.store().remove_meeting(&user.address, &id);
        removed.map_err(|_| Refusal::trouble())?;
        Ok((StatusCode::NO_CONTENT, None))
    };
    site.answer("DELETE", "", &caller, work).await
}

async fn wrong_method(State(site): State<Site>, Extension(caller): Extension<Caller>) -> Response {
    let work = |_: &User| {
        Err(Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        ))
    };
    site.answer("OPTIONS", "", &caller, work).await
}

async fn no_resource(State(site): State<Site>, Extension(caller): Extension<Caller>) -> Response {
    let work = |_: &User| {
        Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "BadRequest",
            "Resource not found for the segment.",
        ))
    };
    site.answer("OPTIONS", "", &caller, work).await
}

fn token_of(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("Bearer");
    is_bearer.then(|| token.trim())
}

fn object_of(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(body) {
        // Annotations, as Microsoft's own programs write them, say nothing that is kept.
        Ok(Value::Object(members)) => {
            let members = members.into_iter();
            Ok(members.filter(|(name, _)| !name.starts_with('@')).collect())
        }
        _ => Err(Refusal::bad("Unable to read JSON request payload.")),
    }
}

impl Site {
    /// Does what is asked, if somebody may ask it, and says so, unless a fault wants it otherwise.
    async fn answer(
        &self,
        method: &str,
        command: &str,
        caller: &Caller,
        work: impl FnOnce(&User) -> Result<(StatusCode, Option<Value>), Refusal>,
    ) -> Response {
        let number = self.answers.fetch_add(1, Ordering::Relaxed) + 1;
        let occasion = Occasion {
            answer: number,
            method,
            command,
        };
        let faults: Vec<&FaultKind> = self.pool.faults.of(occasion).collect();
        let mut shape = Shape::new(&caller.headers, self.pool.now());
        for fault in &faults {
            match fault {
                FaultKind::Refuse(code, _) => return shape.refuse(&Refusal::of_code(*code)),
                FaultKind::Throttle(seconds) => return shape.throttle(seconds),
                FaultKind::Silence => pending().await,
                FaultKind::Delay(pause) | FaultKind::Late(pause) => {
                    tokio::time::sleep(*pause).await;
                }
                FaultKind::OtherSpelling => shape.is_spelt_otherwise = true,
                _ => {}
            }
        }
        let done = match &caller.user {
            Ok(user) => work(user),
            Err(refusal) => Err(refusal.clone()),
        };
        self.pool.log(1, || {
            let status = done
                .as_ref()
                .map_or_else(|refusal| refusal.status, |(status, _)| *status);
            format!("Graph {method} {command}: {status}")
        });
        for fault in faults {
            match fault {
                FaultKind::Drop => caller.cut.drop_now(),
                FaultKind::Cut => caller.cut.halve(),
                FaultKind::Garbage => return shape.garbage(),
                FaultKind::Spoil => shape.is_spoilt = true,
                _ => {}
            }
        }
        match done {
            Ok((status, value)) => shape.tell(status, value),
            Err(refusal) => shape.refuse(&refusal),
        }
    }

    async fn user(&self, peer: &Peer, headers: &HeaderMap) -> Result<Arc<User>, Refusal> {
        let token = token_of(headers).ok_or_else(Refusal::signed_out)?;
        let hash = NtHash::of(&Secret::from(token));
        let is_his = |user: &&Arc<User>| openssl::memcmp::eq(hash.as_bytes(), user.hash.as_bytes());
        let known = peer.user();
        let is_known = |user: &&Arc<User>| known.as_ref() == Some(&user.address);
        // Who asks once more on the same connection guesses nothing.
        if let Some(user) = self.pool.users.iter().find(is_known).filter(is_his) {
            return Ok(Arc::clone(user));
        }
        let guess = peer.guess(&self.pool, "").await;
        let user = self.pool.users.iter().find(is_his);
        let user = user.ok_or_else(Refusal::signed_out)?;
        self.pool.penalties.was_right(&guess);
        match peer.sign_in(&user.address) {
            true => Ok(Arc::clone(user)),
            false => Err(Refusal::crowded()),
        }
    }

    fn make(
        &self,
        user: &User,
        wanted: &Map<String, Value>,
        external: Option<&str>,
    ) -> Result<(StatusCode, Option<Value>), Refusal> {
        let checked = Meeting::check_new(wanted, &self.pool)?;
        let made = self
            .pool
            .store()
            .get_or_add_meeting(&user.address, external, |digits| {
                let meeting = Meeting::new(user, checked, external, digits, &self.pool);
                (meeting.id().to_owned(), meeting.document())
            });
        let (document, is_new) = made.map_err(|_| Refusal::trouble())?;
        let status = match is_new {
            true => StatusCode::CREATED,
            false => StatusCode::OK,
        };
        Ok((status, Some(Meeting::read(&document)?.value(&self.pool))))
    }

    fn meetings(&self, user: &User) -> Result<Vec<Meeting>, Refusal> {
        let documents = self.pool.store().list_meetings(&user.address);
        let documents = documents.map_err(|_| Refusal::trouble())?;
        let read = documents.iter().map(|document| Meeting::read(document));
        let all: Vec<Meeting> = read.collect::<Result<_, _>>()?;
        let now = self.pool.now();
        Ok(all
            .into_iter()
            .filter(|meeting| !meeting.is_forgotten(now))
            .collect())
    }

    fn meeting(&self, user: &User, id: &str) -> Result<Meeting, Refusal> {
        let found = self.pool.store().find_meeting(&user.address, id);
        let found = found.map_err(|_| Refusal::trouble())?;
        let meeting = found.as_deref().map(Meeting::read).transpose()?;
        let now = self.pool.now();
        meeting
            .filter(|meeting| !meeting.is_forgotten(now))
            .ok_or_else(Refusal::not_found)
    }
}
