//! What Graph says, in its own shape and spelling.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, SERVER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Why something is not done.
#[derive(Clone)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    code: &'static str,
    message: String,
    /// What is more specific than the code.
    inner: Option<&'static str>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, message: &str) -> Self {
        Self {
            status,
            code,
            message: message.to_owned(),
            inner: None,
        }
    }

    pub(super) fn bad(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    pub(super) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "NotFound",
            "3003: Could not find meeting.",
        )
    }

    pub(super) fn signed_out() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "InvalidAuthenticationToken",
            "Access token has expired or is not yet valid.",
        )
    }

    pub(super) fn crowded() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailable",
            "The user is signed in over too many connections.",
        )
    }

    pub(super) fn by_policy(message: &str) -> Self {
        Self {
            inner: Some("PolicyViolation"),
            ..Self::new(StatusCode::FORBIDDEN, "Forbidden", message)
        }
    }

    pub(super) fn trouble() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerError",
            "General exception while processing.",
        )
    }

    /// As a fault wants it.
    pub(super) fn of_code(code: u16) -> Self {
        let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match code {
            401 => Self::signed_out(),
            403 => Self::by_policy(
                "Meeting creation is not allowed by the policy of the organization.",
            ),
            404 => Self::not_found(),
            429 => Self::new(status, "TooManyRequests", "Too many requests."),
            503 => Self::new(status, "ServiceUnavailable", "Service unavailable."),
            _ => Self::new(
                status,
                "generalException",
                "General exception while processing.",
            ),
        }
    }
}

/// How an answer looks.
pub(super) struct Shape {
    now: Timestamp,
    client_request_id: Option<HeaderValue>,
    pub(super) is_spelt_otherwise: bool,
    pub(super) is_spoilt: bool,
}

impl Shape {
    pub(super) fn new(headers: &HeaderMap, now: Timestamp) -> Self {
        Self {
            now,
            client_request_id: headers.get("client-request-id").cloned(),
            is_spelt_otherwise: false,
            is_spoilt: false,
        }
    }

    pub(super) fn tell(&self, status: StatusCode, value: Option<Value>) -> Response {
        let Some(value) = value else {
            return self.response(status, Vec::new());
        };
        let value = match self.is_spelt_otherwise {
            true => spelt_otherwise(value),
            false => value,
        };
        let mut body = value.to_string().into_bytes();
        if self.is_spoilt {
            body.truncate(body.len() / 2);
        }
        self.response(status, body)
    }

    pub(super) fn refuse(&self, refusal: &Refusal) -> Response {
        let id = self.request_id();
        let date = self.now.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let own = self
            .client_request_id
            .as_ref()
            .and_then(|id| id.to_str().ok());
        let mut inner = json!({
            "date": date,
            "request-id": id,
            "client-request-id": own.unwrap_or(&id),
        });
        if let Some(code) = refusal.inner {
            inner["code"] = code.into();
        }
        let name = match self.is_spelt_otherwise {
            true => "innererror",
            false => "innerError",
        };
        let mut error = json!({ "code": refusal.code, "message": refusal.message });
        error[name] = inner;
        let body = json!({ "error": error }).to_string().into_bytes();
        let mut response = self.response(refusal.status, body);
        if refusal.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static(
                "Bearer realm=\"\", authorization_uri=\"https://login.practice.example/common/oauth2/authorize\"",
            );
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }

    pub(super) fn throttle(&self, seconds: &str) -> Response {
        let mut response = self.refuse(&Refusal::of_code(429));
        if let Ok(seconds) = HeaderValue::from_str(seconds) {
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
        response
    }

    /// What something on the way may say.
    pub(super) fn garbage(&self) -> Response {
        let mut response = self.response(
            StatusCode::OK,
            b"<html>Sign in to the network</html>".to_vec(),
        );
        let html = HeaderValue::from_static("text/html");
        response.headers_mut().insert(CONTENT_TYPE, html);
        response
    }

    fn response(&self, status: StatusCode, body: Vec<u8>) -> Response {
        let is_empty = body.is_empty();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(SERVER, HeaderValue::from_static("confctl-practice"));
        if let Ok(id) = HeaderValue::from_str(&self.request_id()) {
            headers.insert(HeaderName::from_static("request-id"), id);
        }
        if !is_empty {
            let json = "application/json; odata.metadata=minimal; charset=utf-8";
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(json));
        }
        response
    }

    fn request_id(&self) -> String {
        let nanoseconds = self.now.as_nanosecond().unsigned_abs();
        let hex = format!("{nanoseconds:032x}");
        [
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..],
        ]
        .join("-")
    }
}

/// Names with another capital, seven digits behind the second, properties that nobody knows, and of
/// numbers only the deprecated ones: all of that was seen, or may come.
fn spelt_otherwise(value: Value) -> Value {
    let Value::Object(members) = value else {
        return value;
    };
    let mut spelt = Map::new();
    for (name, value) in members {
        match (name.as_str(), value) {
            (
                "startDateTime" | "endDateTime" | "creationDateTime" | "expiryDateTime",
                Value::String(at),
            ) => {
                let at = at.replace('Z', ".0000000Z");
                spelt.insert(name, at.into());
            }
            ("audioConferencing", Value::Object(audio)) => {
                let mut other = Map::new();
                for (name, value) in audio {
                    match name.as_str() {
                        "conferenceId" => drop(other.insert("ConferenceId".into(), value)),
                        "tollNumbers" => drop(other.insert(name, Value::Null)),
                        "tollFreeNumbers" => {}
                        _ => drop(other.insert(name, value)),
                    }
                }
                spelt.insert(name, Value::Object(other));
            }
            ("value", Value::Array(values)) => {
                let values = values.into_iter().map(spelt_otherwise).collect();
                spelt.insert(name, Value::Array(values));
            }
            (_, value) => drop(spelt.insert(name, value)),
        }
    }
    spelt.insert("propertyOfTomorrow".into(), json!({ "deep": [1, null] }));
    Value::Object(spelt)
}
