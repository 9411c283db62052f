//! Every way Graph says no, in words and with what to do.

use std::time::Duration;

use jiff::fmt::rfc2822;
use serde_json::Value;

use super::wire::in_small_letters;
use crate::error::{Error, Kind};
use crate::net::http::{Answer, printable};

/// What an error says, from the outside to the inside.
#[derive(Default)]
struct Said {
    /// From the most general to the most specific.
    codes: Vec<String>,
    message: String,
    /// What Microsoft wants to be told.
    request_id: Option<String>,
}

impl Said {
    /// None: whatever it is, Graph has not said it.
    fn read(answer: &Answer) -> Option<Self> {
        let value: Value = serde_json::from_slice(&answer.body).ok()?;
        let value = in_small_letters(value);
        let error = value.get("error")?;
        // Gateways have an 'error' of their own, which is a text.
        error.get("code")?.as_str()?;
        let text = |value: &Value, name: &str| Some(value.get(name)?.as_str()?.to_owned());
        let mut said = Self {
            message: text(error, "message").unwrap_or_default(),
            ..Self::default()
        };
        // It may nest, and is spelt innerError and innererror.
        let mut level = Some(error);
        while let Some(error) = level.filter(|_| said.codes.len() < 8) {
            said.codes.push(text(error, "code").unwrap_or_default());
            said.request_id = text(error, "request-id").or(said.request_id);
            level = error.get("innererror");
        }
        Some(said)
    }

    fn has(&self, known: &[&str]) -> bool {
        let mut codes = self.codes.iter().rev();
        codes.any(|code| known.iter().any(|known| known.eq_ignore_ascii_case(code)))
    }
}

/// Whether Graph itself says so, and not something on the way.
pub(super) fn is_of_graph(answer: &Answer) -> bool {
    Said::read(answer).is_some()
}

/// An answer that is no success, with what was being done in front.
pub(super) fn of(answer: &Answer, doing: &str) -> Error {
    let status = answer.status;
    // Whoever it is that wants another token.
    let said = Said::read(answer).or((status == 401).then(Said::default));
    let Some(said) = said else {
        let what = format!("{doing}: what answers {status} is not Microsoft Graph");
        return Error::new(Kind::Unreachable, what)
            .hint("check server below [account] in the settings, and your proxy");
    };
    let (kind, words, hint) = words_for(status, &said);
    let mut error = Error::new(kind, format!("{doing}: {words}"));
    if !hint.is_empty() {
        error = error.hint(hint);
    }
    if let Some(wait) =
        retry_after(answer).filter(|wait| kind == Kind::Unreachable && !wait.is_zero())
    {
        let seconds = wait.as_secs_f64().ceil();
        error = error.hint(format!("it asks to try again in {seconds} s"));
    }
    match said.request_id {
        Some(id) => error.hint(format!(
            "for your administrator: request-id {}",
            printable(&id)
        )),
        None => error,
    }
}

fn words_for(status: u16, said: &Said) -> (Kind, String, &'static str) {
    const SCOPE: &str = "the token has to be one of this user for Microsoft Graph, with the permission OnlineMeetings.ReadWrite";
    let message = printable(&said.message);
    let quoted = match message.is_empty() {
        true => format!("it answers {status}"),
        false => format!("it says '{}'", message.trim_end_matches('.')),
    };
    match status {
        401 => (
            Kind::NotSignedIn,
            "it does not accept the token".to_owned(),
            "let password.command below [account] in the settings print one that is not used up; it needs the permission OnlineMeetings.ReadWrite",
        ),
        403 if said.has(&["Unauthorized"]) => (
            Kind::Refused,
            quoted,
            "the application needs an access policy for this user: New-CsApplicationAccessPolicy and Grant-CsApplicationAccessPolicy are for your administrator",
        ),
        403 if said.has(&["InvalidAuthenticationToken", "Authorization_RequestDenied"]) => {
            (Kind::Refused, quoted, SCOPE)
        }
        403 => (
            Kind::Refused,
            quoted,
            "your organisation's policy may forbid it, or the token lacks OnlineMeetings.ReadWrite: ask your administrator",
        ),
        404 => (
            Kind::Refused,
            quoted,
            "does this user have a licence for Teams?",
        ),
        429 => (
            Kind::Unreachable,
            "it has too many requests of yours".to_owned(),
            "",
        ),
        408 | 500.. => (
            Kind::Unreachable,
            format!("it has trouble of its own ({status})"),
            "try again later",
        ),
        _ => (Kind::Refused, quoted, ""),
    }
}

/// The user has no online meetings.
pub(super) fn not_enabled() -> Error {
    let what = "Teams did not make the meeting: it knows no online meetings of this user";
    Error::new(Kind::Refused, what).hint("does this user have a licence for Teams?")
}

/// There is no such meeting any more.
pub(super) fn gone(doing: &str) -> Error {
    let what = format!("{doing}: there is no such meeting");
    Error::new(Kind::NotFound, what)
        .hint("it may have been deleted, or forgotten 60 days after it was used last")
}

/// How long the service wants to be left alone: seconds, fractions too, or until a moment, which is seen
/// from the one that the answer is of (RFC 9110 10.2.3).
pub(super) fn retry_after(answer: &Answer) -> Option<Duration> {
    let asked = answer.header("Retry-After")?.trim();
    let seconds = match asked.parse() {
        Ok(seconds) => seconds,
        // A moment that is over already is no reason to wait.
        Err(_) => {
            let moment = |text| rfc2822::parse(text).ok();
            let (until, now) = (moment(asked)?, moment(answer.header("Date")?.trim())?);
            until
                .timestamp()
                .duration_since(now.timestamp())
                .as_secs_f64()
                .max(0.0)
        }
    };
    Duration::try_from_secs_f64(seconds).ok()
}
