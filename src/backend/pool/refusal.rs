//! Every way a pool says no, in words and with what to do ([MS-OCER], c3p reasons, SIP statuses).

use crate::backend::pool::{Account, Server};
use crate::error::{Error, Kind};
use crate::net::http::printable;
use crate::proto::c3p::Reason;
use crate::proto::exchange::{Failure, Ignored};
use crate::proto::sip::{Credentials, Message};

const BETWEEN: &str =
    "somebody may stand between you and the pool: do not go on before your administrator knows why";

/// An `ms-diagnostics` header: number, reason for people, and which server said it.
struct Diagnostics {
    id: u32,
    reason: String,
    source: String,
}

impl Diagnostics {
    /// Reads either header; the number may have a part after a dot.
    fn of(message: &Message) -> Option<Self> {
        let value = message
            .header("ms-diagnostics")
            .or_else(|| message.header("ms-diagnostics-public"))?;
        let (id, rest) = value.split_once(';').unwrap_or((&value, ""));
        // The parameters look like those of credentials, with semicolons for commas.
        let parameters = Credentials::read(&format!("x {}", semicolons_to_commas(rest)));
        let text = |name| parameters.parameter(name).unwrap_or_default().to_owned();
        Some(Self {
            id: id.split('.').next()?.trim().parse().ok()?,
            reason: text("reason"),
            source: text("source"),
        })
    }
}

/// Replaces separators outside quotes.
fn semicolons_to_commas(text: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    let replaced = text.chars().map(|c| {
        let literal = std::mem::take(&mut escaped);
        escaped = quoted && c == '\\' && !literal;
        quoted ^= c == '"' && !literal;
        if c == ';' && !quoted { ',' } else { c }
    });
    replaced.collect()
}

/// Why there is no session.
pub(super) fn of_failure(failure: &Failure, account: &Account) -> Error {
    let server = &account.server;
    let unreachable = |why: String| Error::new(Kind::Unreachable, why);
    match failure {
        Failure::WrongPassword(answer) => wrong_password(answer, account),
        Failure::Refused(answer) => of_answer(
            answer,
            &format!("{server} refuses to sign {} in", account.user),
            Kind::NotSignedIn,
        ),
        Failure::NoNtlm(offered) if offered.is_empty() => unreachable(format!(
            "{server} asks for a sign-in but offers no way to do it"
        )),
        Failure::NoNtlm(_) => Error::new(Kind::NotSignedIn, format!("{server}: {failure}"))
            .hint("confctl signs in with NTLM; ask your administrator to allow it for clients"),
        Failure::SignedOut => Error::new(Kind::NotSignedIn, failure.to_string())
            .hint("try again; the session may have been ended by an administrator"),
        Failure::BadSignature | Failure::Unsigned => {
            unreachable(format!("{server}: {failure}")).hint(BETWEEN)
        }
        Failure::NoAnswer(Some(ignored)) => of_ignored(ignored, server),
        Failure::Garbage(_) => unreachable(format!("{server}: {failure}"))
            .hint("check host and port: pools listen on 5061 (TLS) and 5060 (TCP)"),
        Failure::NoAnswer(_) => unreachable(format!("{server}: {failure}"))
            .hint("check host and port, or try again later"),
        Failure::Challenge(_) | Failure::Redirect(_) => unreachable(format!("{server}: {failure}"))
            .hint("this is for your administrator to settle; -vv shows what was said"),
    }
}

/// An answer that was not believed, as what it is.
pub(super) fn of_ignored(ignored: &Ignored, server: &Server) -> Error {
    let (answer, why) = match ignored {
        Ignored::Unsigned(answer) => (answer, "was not signed"),
        Ignored::Replayed(answer) => (answer, "has the number of an earlier one"),
    };
    let code = answer.code().unwrap_or_default();
    let reason = printable(answer.reason());
    let what = format!("an answer of {server} {why} and so was ignored: {code} {reason}");
    let error = Error::new(Kind::Unreachable, what);
    let error = match (ignored, code) {
        // What stands before a pool has no keys to sign with.
        (Ignored::Unsigned(_), 500..) => error.hint(
            "a server that is overloaded, or has no pool behind it, answers so: try again in a minute",
        ),
        _ => error.hint(BETWEEN),
    };
    with_source(error, Diagnostics::of(answer).as_ref())
}

fn wrong_password(answer: &Message, account: &Account) -> Error {
    if Diagnostics::of(answer).is_some_and(|diagnostics| diagnostics.id == 1013) {
        return of_answer(answer, "the sign-in failed", Kind::NotSignedIn);
    }
    let domain = account.login.domain();
    let login = if domain.is_empty() {
        account.login.user().to_owned()
    } else {
        format!("{domain}\\{}", account.login.user())
    };
    Error::new(Kind::NotSignedIn, format!("{} does not accept the password of {login}", account.server))
        .hint("check the account (DOMAIN\\user) and the password; it may be locked or expired. It was tried once only, so that nothing gets locked")
}

/// A final answer that is no success, with what was being done in front.
pub(super) fn of_answer(answer: &Message, doing: &str, otherwise: Kind) -> Error {
    let code = answer.code().unwrap_or_default();
    let diagnostics = Diagnostics::of(answer);
    if let Some((kind, words, hint)) = diagnostics
        .as_ref()
        .and_then(|diagnostics| better_words(diagnostics.id))
    {
        return with_source(
            Error::new(kind.unwrap_or(otherwise), format!("{doing}: {words}")).hint(hint),
            diagnostics.as_ref(),
        );
    }
    let said = diagnostics
        .as_ref()
        .map(|d| d.reason.as_str())
        .filter(|text| !text.is_empty());
    let said = said.unwrap_or_else(|| answer.reason());
    let (kind, hint) = by_status(code, otherwise);
    let mut error = Error::new(kind, format!("{doing}: {code} {said}"));
    let seconds = answer
        .header("Retry-After")
        .and_then(|text| text.trim().parse::<u32>().ok())
        .filter(|_| kind == Kind::Unreachable);
    match (seconds, hint) {
        (Some(seconds), _) => {
            error = error.hint(format!("the pool asks to try again in {seconds} seconds"));
        }
        (None, Some(hint)) => error = error.hint(hint),
        (None, None) => {}
    }
    with_source(error, diagnostics.as_ref())
}

/// The pool refuses the user what he asks for somebody else, who is given by SIP address.
pub(super) fn of_delegate(answer: &Message, boss: &str) -> Error {
    let boss = boss.trim_start_matches("sip:");
    let error = Error::new(
        Kind::Refused,
        format!("the pool does not let you schedule for {boss}"),
    );
    let diagnostics = Diagnostics::of(answer);
    let error = match &diagnostics {
        Some(Diagnostics { id: 4268, .. }) => error.hint(format!(
            "you and {boss} are on servers of different kinds, where nobody can act for the other: ask your administrator to move one of you"
        )),
        _ => error.hint(format!(
            "{boss} has to make you a delegate; otherwise ask your administrator"
        )),
    };
    with_source(error, diagnostics.as_ref())
}

fn with_source(error: Error, diagnostics: Option<&Diagnostics>) -> Error {
    match diagnostics {
        Some(Diagnostics { id, source, .. }) if !source.is_empty() => error.hint(format!(
            "for your administrator: ms-diagnostics {id} from {source}"
        )),
        Some(Diagnostics { id, .. }) => {
            error.hint(format!("for your administrator: ms-diagnostics {id}"))
        }
        None => error,
    }
}

#[rustfmt::skip]
fn by_status(code: u16, otherwise: Kind) -> (Kind, Option<&'static str>) {
    match code {
        403 => (Kind::Refused, Some("your account may not do this; ask your administrator")),
        404 | 481 => (otherwise, Some("the pool does not know the address: check the SIP address and the server")),
        405 | 501 => (Kind::Refused, Some("this server knows no conferences: check that it is a pool, not a proxy")),
        408 | 480 | 503 | 504 => (Kind::Unreachable, Some("the pool can't be reached or is overloaded: try again in a minute")),
        500..600 => (Kind::Unreachable, Some("the pool has trouble of its own: try again later, then ask your administrator")),
        _ => (otherwise, None),
    }
}

/// Diagnostics that deserve better words than the server's own ([MS-OCER] 7, 8). No kind: that of
/// the operation.
#[rustfmt::skip]
fn better_words(id: u32) -> Option<(Option<Kind>, &'static str, &'static str)> {
    const ADMINISTRATOR: &str = "this is for your administrator to settle";
    let signed_out = Some(Kind::NotSignedIn);
    let refused = Some(Kind::Refused);
    let unreachable = Some(Kind::Unreachable);
    Some(match id {
        1000 => (signed_out, "wrong user name or password, or the account is locked or expired", "check DOMAIN\\user and the password"),
        1003 | 2005 => (signed_out, "there is no such user", "check the SIP address; it may differ from your mail address"),
        1005 => (signed_out, "the domain of the address is unknown to this server", "check the SIP address and the server"),
        1007..=1010 | 1014 => (unreachable, "the servers can't reach each other", ADMINISTRATOR),
        1012 | 4003 => (signed_out, "your account may not sign in from outside", "use the VPN, or ask your administrator for remote access"),
        1013 => (signed_out, "the clocks differ too much", "set this computer's clock"),
        3002 => (refused, "your account is not enabled for conferences", ADMINISTRATOR),
        3003 | 3012 => (Some(Kind::NotFound), "the pool has no such conference", "it may have expired"),
        3004 => (refused, "the server is too old for this", "set the account's dialect to ocs2007"),
        3008 | 3014 => (refused, "your meeting policy does not allow this", "another --access may be allowed; otherwise ask your administrator"),
        4004 => (signed_out, "the password is right but belongs to another person", "check the SIP address: it must be that of the account"),
        4005 | 4006 => (signed_out, "your account is not on this pool", "check the server, or ask your administrator"),
        4008 => (refused, "the request is too large", "shorten the subject or invite fewer people"),
        4140 => (signed_out, "you were signed out because you signed in elsewhere", "try again"),
        4141 => (signed_out, "your account is disabled", ADMINISTRATOR),
        4142 => (signed_out, "your account was moved to another pool", "try again in a minute"),
        17001..=17003 => (refused, "the administrator allows other programs only", "set user_agent in the settings to one that is allowed"),
        3000 | 3001 | 3006 | 4001 | 4010..=4013 | 4055 | 2057 => {
            (None, "the pool did not understand confctl", "please report this as a bug of confctl, with the output of -vv")
        }
        _ => return None,
    })
}

/// The pool ended the registration ([MS-SIPREGE] 3.2).
pub(super) fn of_deregistration(why: &str) -> Error {
    let (words, hint) = match why {
        "rejected" => ("your account was disabled", "ask your administrator"),
        "deactivated" => (
            "your account was moved to another pool",
            "try again in a minute",
        ),
        "unregistered" => ("you signed in elsewhere", "try again"),
        _ => ("the pool ended the session", "try again"),
    };
    Error::new(
        Kind::NotSignedIn,
        format!("signed out by the pool: {words}"),
    )
    .hint(hint)
}

/// A refusal of the Focus Factory, with what was being done in front.
pub(super) fn of_reason(reason: &Reason, doing: &str) -> Error {
    let (kind, words, hint) = words_for(reason);
    let error = Error::new(kind, format!("{doing}: {words}"));
    if hint.is_empty() {
        error
    } else {
        error.hint(hint)
    }
}

#[rustfmt::skip]
fn words_for(reason: &Reason) -> (Kind, String, &'static str) {
    let (words, hint) = match reason {
        Reason::ConferenceExists => ("there is a conference with that id already", "try again"),
        Reason::ConferenceDoesNotExist => ("the pool has no such conference", "it may have expired or been cancelled"),
        Reason::InvalidConferenceId => ("the pool does not accept the meeting id", ""),
        Reason::InvalidAdmissionPolicy => ("the pool does not know the access level", "choose another --access"),
        Reason::AnonymousUsersNotAllowed => ("you may not let anonymous people in, and so not use dial-in", "choose --access open and --no-dial-in, or ask your administrator"),
        Reason::FederatedUsersNotAllowed => ("you may not invite people of other organisations", "leave them out"),
        Reason::InvalidExpiryTime => ("the end is past, or later than the pool keeps conferences", "choose an earlier date, but one to come"),
        Reason::InvalidPasscode => ("the pool does not accept the passcode, or the lack of one", "leave out --passcode for a random one, or give more digits"),
        Reason::InvalidEncryptionKey | Reason::InvalidEncryptionKeyUsed => ("the pool could not open the sealed passcode", "try again"),
        Reason::InvalidUserEntity | Reason::InvalidRole => ("the pool does not accept one of the people invited", "check their addresses"),
        Reason::InvalidVersion => ("the conference was changed in the meantime", "try again"),
        Reason::MaximumConferencesExceeded => ("you have as many conferences as the pool allows", "cancel some that are no longer needed, or ask your administrator for a larger quota"),
        Reason::MaximumMeetingSizeExceeded => ("too many people are invited", "invite fewer, or ask your administrator for a larger meeting size"),
        Reason::McuTypeNotAvailable => ("the pool lacks a server for this kind of meeting", "try 'conference-call', or ask your administrator"),
        Reason::NotSupported => ("the pool does not support this", ""),
        Reason::Forbidden => ("you may not do this", "ask your administrator"),
        other => return (Kind::Refused, format!("the pool says '{other}'"), "-vv shows the whole answer"),
    };
    let kind = match reason {
        Reason::ConferenceDoesNotExist => Kind::NotFound,
        _ => Kind::Refused,
    };
    (kind, words.to_owned(), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diagnostics_may_hold_separators_and_quotes_in_their_words() {
        let value = r#"4268.1 ; reason="say \"no\"; then, go" ;source="fe01.example.com""#;
        let message = Message::response(403, "Forbidden").with("ms-diagnostics", value);
        let read = Diagnostics::of(&message).unwrap();
        assert_eq!((read.id, read.source.as_str()), (4268, "fe01.example.com"));
        assert!(read.reason.ends_with("then, go"), "{}", read.reason);
    }
}
