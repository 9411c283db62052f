//! Misbehaviour on request: a practice pool that refuses, delays, drops or lies when told to.

use std::str::FromStr;
use std::time::Duration;

/// One thing to do wrong, and when. Written `NAME[=VALUE][@POINT]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What to do wrong.
    pub kind: FaultKind,
    /// When; none: at every answer.
    pub point: Option<Point>,
}

/// What to do wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// `refuse=CODE`: this SIP status instead of the answer.
    Refuse(u16),
    /// `reason=WORD`: a C3P failure with that reason instead of the answer.
    Reason(String),
    /// `delay=MILLISECONDS` before the answer.
    Delay(Duration),
    /// `drop`: close the connection instead of answering.
    Drop,
    /// `cut`: send half the answer, then close the connection.
    Cut,
    /// `silence`: never answer.
    Silence,
    /// `garbage`: bytes that are not SIP instead of the answer.
    Garbage,
    /// `spoil`: a body that is not XML.
    Spoil,
    /// `drip`: the answer one byte at a time.
    Drip,
    /// `wrong-signature`: a signature that does not fit.
    WrongSignature,
    /// `unsigned`: no signature.
    Unsigned,
    /// `replay`: the number of the last signature again.
    Replay,
    /// `wrong-request-id`: a C3P answer to some other request.
    WrongRequestId,
    /// `pending`: a C3P code that a Focus Factory must not use.
    Pending,
    /// `proxy`: challenge with 407 and Proxy- headers.
    Proxy,
    /// `no-ntlm`: offer Kerberos only.
    NoNtlm,
    /// `version=3`: authentication version of OCS 2007.
    Version(u8),
    /// `redirect=HOST:PORT`: a signed 301 after the sign-in.
    Redirect(String),
    /// `notify`: provisioning in a NOTIFY instead of the 200.
    Notify,
    /// `benotify`: the same in a BENOTIFY.
    Benotify,
    /// `no-description`: addConference answers with the URI alone, on the command element.
    NoDescription,
    /// `page-down`: the external dial-in page answers 503.
    PageDown,
    /// `other-name`: a certificate for somebody else.
    OtherName,
    /// `old-tls`: TLS 1.0 only, as OCS 2007 R2.
    OldTls,
}

/// When to do it wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Point {
    /// The nth answer on a connection, counted from 1.
    Answer(u32),
    /// Answers to that SIP method or C3P command.
    Request(String),
}

/// The text was no fault.
#[derive(Debug, thiserror::Error)]
#[error(
    "'{0}' is not a fault: expected NAME[=VALUE][@POINT], NAME one of refuse=CODE, reason=WORD, delay=MS, drop, cut, silence, garbage, spoil, drip, wrong-signature, unsigned, replay, wrong-request-id, pending, proxy, no-ntlm, version=3, redirect=HOST:PORT, notify, benotify, no-description, page-down, other-name, old-tls; POINT the number of an answer, a SIP method or a C3P command"
)]
pub struct FaultError(String);

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (what, point) = match text.rsplit_once('@') {
            Some((what, point)) => (what, Some(point)),
            None => (text, None),
        };
        let kind = FaultKind::read(what).ok_or_else(|| FaultError(text.to_owned()))?;
        let point = point.map(|point| match point.parse() {
            Ok(number) => Point::Answer(number),
            Err(_) => Point::Request(point.to_owned()),
        });
        Ok(Self { kind, point })
    }
}

impl FaultKind {
    fn read(text: &str) -> Option<Self> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        Some(match (name, value) {
            ("refuse", Some(code)) => {
                Self::Refuse(code.parse().ok().filter(|code| (300..700).contains(code))?)
            }
            ("reason", Some(word)) => Self::Reason(word.to_owned()),
            ("delay", Some(text)) => Self::Delay(Duration::from_millis(text.parse().ok()?)),
            ("version", Some(text)) => Self::Version(
                text.parse()
                    .ok()
                    .filter(|version| (2..=4).contains(version))?,
            ),
            ("redirect", Some(target)) => Self::Redirect(target.to_owned()),
            (name, None) => Self::plain(name)?,
            _ => return None,
        })
    }

    fn plain(name: &str) -> Option<Self> {
        Some(match name {
            "drop" => Self::Drop,
            "cut" => Self::Cut,
            "silence" => Self::Silence,
            "garbage" => Self::Garbage,
            "spoil" => Self::Spoil,
            "drip" => Self::Drip,
            "wrong-signature" => Self::WrongSignature,
            "unsigned" => Self::Unsigned,
            "replay" => Self::Replay,
            "wrong-request-id" => Self::WrongRequestId,
            "pending" => Self::Pending,
            "proxy" => Self::Proxy,
            "no-ntlm" => Self::NoNtlm,
            "notify" => Self::Notify,
            "benotify" => Self::Benotify,
            "no-description" => Self::NoDescription,
            "page-down" => Self::PageDown,
            "other-name" => Self::OtherName,
            "old-tls" => Self::OldTls,
            _ => return None,
        })
    }
}

/// All faults of a pool, asked for one answer at a time.
#[derive(Clone, Debug, Default)]
pub struct Faults(pub Vec<Fault>);

/// Which answer is being given: what faults are matched against.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Occasion<'a> {
    /// Number of the answer on its connection, from 1.
    pub(super) answer: u32,
    /// SIP method of the request.
    pub(super) method: &'a str,
    /// C3P command in it, if any.
    pub(super) command: &'a str,
}

impl Faults {
    /// The faults due on that occasion.
    pub(super) fn due<'a>(&'a self, occasion: Occasion<'a>) -> impl Iterator<Item = &'a FaultKind> {
        let due = move |fault: &&Fault| match &fault.point {
            None => true,
            Some(Point::Answer(number)) => *number == occasion.answer,
            Some(Point::Request(name)) => name == occasion.method || name == occasion.command,
        };
        self.0.iter().filter(due).map(|fault| &fault.kind)
    }

    /// Whether that fault is due on that occasion.
    pub(super) fn has(&self, occasion: Occasion<'_>, kind: &FaultKind) -> bool {
        self.due(occasion).any(|due| due == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_due_at_their_point_only() {
        let faults = Faults(
            ["drop@3", "refuse=503@addConference", "drip"]
                .map(|text| text.parse().unwrap())
                .into(),
        );
        let due = |answer, method, command| {
            faults
                .due(Occasion {
                    answer,
                    method,
                    command,
                })
                .cloned()
                .collect::<Vec<_>>()
        };
        assert_eq!(due(3, "REGISTER", ""), [FaultKind::Drop, FaultKind::Drip]);
        assert_eq!(
            due(5, "SERVICE", "addConference"),
            [FaultKind::Refuse(503), FaultKind::Drip]
        );
        assert_eq!(due(5, "SERVICE", "getConference"), [FaultKind::Drip]);
    }

    #[test]
    fn an_unknown_fault_is_answered_with_the_known_ones() {
        for text in ["", "explode", "refuse", "refuse=99", "delay=x", "drop=1"] {
            let error = text.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains("wrong-signature"), "{error}");
        }
    }
}
