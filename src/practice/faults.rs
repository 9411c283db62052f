//! Misbehaviour on request: a practice pool that refuses, delays, drops or lies when told to.

use std::str::FromStr;
use std::time::Duration;

use crate::proto::c3p::{CapabilityNamespace, CommandName};

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
    /// `refuse=CODE` or `refuse=CODE/ID`: this SIP status instead of the answer, with that number in
    /// `ms-diagnostics`.
    Refuse(u16, Option<u32>),
    /// `reason=WORD`: a C3P failure with that reason instead of the answer.
    Reason(String),
    /// `delay=MILLISECONDS` before the answer.
    Delay(Duration),
    /// `late=MILLISECONDS` before the request is done. Until then a conference that is being made can
    /// be found by nobody, and its id is taken.
    Late(Duration),
    /// `deregister=WORD`: after the answer, a BENOTIFY that ends the registration; with `notify`, a
    /// NOTIFY.
    Deregister(&'static str),
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
    /// `notify`: provisioning in a NOTIFY instead of the 200.
    Notify,
    /// `benotify`: the same in a BENOTIFY.
    Benotify,
    /// `several`: provisioning in several BENOTIFYs; the last, with limits of the policy, comes late.
    Several,
    /// `no-description`: addConference answers with the URI alone, on the command element.
    NoDescription,
    /// `separators`: conference descriptions with more separators than they need.
    Separators,
    /// `proxy`: challenge with 407 and Proxy- headers.
    Proxy,
    /// `no-ntlm`: offer Kerberos only.
    NoNtlm,
    /// `version=3`: authentication version of OCS 2007.
    Version(u8),
    /// `skew=SECONDS`: the Date of challenges is so far ahead, or behind.
    Skew(i32),
    /// `association-life=SECONDS`: what is signed with an older association is challenged.
    AssociationLife(Duration),
    /// `redirect=HOST:PORT`: a signed 301 after the sign-in.
    Redirect(String),
    /// `no-group=NAME`: provisioning without that group.
    NoGroup(String),
    /// `large`: a provisioning document longer than Microsoft's example of 52 KB.
    Large,
    /// `stale-key`: the first certificate given on each connection is of a key long lost.
    StaleKey,
    /// `other-factory`: the Focus Factory has another address than the usual one, where a stranger says
    /// that there is nothing.
    OtherFactory,
    /// `no-certificate`: getEncryptionKey succeeds, and holds none.
    NoCertificate,
    /// `short-list=COUNT`: getConferences answers with so many of the newest only, and does not say so.
    ShortList(usize),
    /// `namespace=cccp|mscp|msci|msci2`: where the elements of the capabilities are at home.
    Namespace(CapabilityNamespace),
    /// `strict`: conferences whose elements are not in the order of the schema are refused.
    Strict,
    /// `throttle=SECONDS`: 429 instead of an answer of Graph, with that Retry-After.
    Throttle(String),
    /// `other-spelling`: Graph spells names, dates and lists otherwise, as it may.
    OtherSpelling,
    /// `page-down`: the external dial-in page answers 503.
    PageDown,
    /// `plain-page`: the external dial-in page is said to be at `http:`.
    PlainPage,
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
    /// Answers to that SIP method or C3P command, or of Graph to that HTTP method, or to createOrGet.
    Request(String),
}

/// The text was no fault.
#[derive(Debug, thiserror::Error)]
pub enum FaultError {
    /// No such fault, or not with that value.
    #[error(
        "'{0}' is not a fault: expected NAME[=VALUE][@POINT], NAME one of refuse=CODE, refuse=CODE/ID, reason=WORD, delay=MS, late=MS, deregister=unregistered|rejected|deactivated|preferred-registrar-change, drop, cut, silence, garbage, spoil, drip, wrong-signature, unsigned, replay, wrong-request-id, pending, notify, benotify, several, no-description, separators, no-certificate, short-list=COUNT, throttle=SECONDS; POINT the number of an answer, a SIP method, a C3P command, an HTTP method of Graph or createOrGet; or for good, without POINT: proxy, no-ntlm, version=2|3|4, skew=SECONDS, association-life=SECONDS, redirect=HOST:PORT, no-group=NAME, large, stale-key, other-factory, namespace=cccp|mscp|msci|msci2, strict, other-spelling, page-down, plain-page, other-name, old-tls"
    )]
    Unknown(String),
    /// A lasting fault with a point.
    #[error(
        "'{0}' has a POINT, but that fault is there all the time: leave out '@' and what follows"
    )]
    Lasting(String),
    /// No such point.
    #[error(
        "'{0}' has no POINT that ever comes: expected the number of an answer from 1, a SIP method such as REGISTER, SUBSCRIBE or SERVICE, a C3P command such as addConference, or GET, POST, PATCH, DELETE and createOrGet of Graph"
    )]
    Point(String),
}

/// Why a registration ends ([MS-SIPREGE] 3.2).
const DEREGISTRATIONS: [&str; 4] = [
    "unregistered",
    "rejected",
    "deactivated",
    PREFERRED_REGISTRAR_CHANGE,
];
/// The one that names another registrar.
pub(super) const PREFERRED_REGISTRAR_CHANGE: &str = "preferred-registrar-change";

/// Methods that get an answer, if only that they are not implemented.
const METHODS: [&str; 15] = [
    "REGISTER",
    "SUBSCRIBE",
    "SERVICE",
    "INVITE",
    "BYE",
    "INFO",
    "MESSAGE",
    "NOTIFY",
    "OPTIONS",
    "PUBLISH",
    "GET",
    "POST",
    "PATCH",
    "DELETE",
    "createOrGet",
];

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (what, point) = match text.rsplit_once('@') {
            Some((what, point)) => (what, Some(point)),
            None => (text, None),
        };
        let kind = FaultKind::read(what).ok_or_else(|| FaultError::Unknown(text.to_owned()))?;
        if point.is_some() && kind.is_lasting() {
            return Err(FaultError::Lasting(text.to_owned()));
        }
        let known = |point| Point::read(point).ok_or_else(|| FaultError::Point(text.to_owned()));
        let point = point.map(known).transpose()?;
        Ok(Self { kind, point })
    }
}

impl Point {
    fn read(text: &str) -> Option<Self> {
        match text.parse() {
            Ok(number) => (number > 0).then_some(Self::Answer(number)),
            Err(_) => (METHODS.contains(&text) || CommandName::parse(text).is_some())
                .then(|| Self::Request(text.to_owned())),
        }
    }
}

impl FaultKind {
    /// Whether it is about the pool rather than about an answer.
    pub(super) fn is_lasting(&self) -> bool {
        matches!(
            self,
            Self::Proxy
                | Self::NoNtlm
                | Self::Version(_)
                | Self::Skew(_)
                | Self::AssociationLife(_)
                | Self::Redirect(_)
                | Self::NoGroup(_)
                | Self::Large
                | Self::StaleKey
                | Self::OtherFactory
                | Self::Namespace(_)
                | Self::Strict
                | Self::OtherSpelling
                | Self::PageDown
                | Self::PlainPage
                | Self::OtherName
                | Self::OldTls
        )
    }

    fn read(text: &str) -> Option<Self> {
        match text.split_once('=') {
            Some((name, value)) => Self::read_valued(name, value),
            None => Self::read_plain(text),
        }
    }

    fn read_valued(name: &str, value: &str) -> Option<Self> {
        let text = || (!value.is_empty()).then(|| value.to_owned());
        let version = |version: &u8| (2..=4).contains(version);
        Some(match name {
            "refuse" => Self::refusal(value)?,
            "reason" => Self::Reason(text()?),
            "delay" => Self::Delay(Duration::from_millis(value.parse().ok()?)),
            "late" => Self::Late(Duration::from_millis(value.parse().ok()?)),
            "deregister" => Self::Deregister(DEREGISTRATIONS.into_iter().find(|w| *w == value)?),
            "version" => Self::Version(value.parse().ok().filter(version)?),
            "skew" => Self::Skew(value.parse().ok()?),
            "association-life" => {
                Self::AssociationLife(Duration::from_secs(value.parse::<u32>().ok()?.into()))
            }
            "redirect" => Self::Redirect(text()?),
            "no-group" => Self::NoGroup(text()?),
            "short-list" => Self::ShortList(value.parse().ok()?),
            "throttle" => Self::Throttle(seconds(value)?),
            "namespace" => Self::Namespace(namespace(value)?),
            _ => return None,
        })
    }

    fn refusal(value: &str) -> Option<Self> {
        let (code, id) = match value.split_once('/') {
            Some((code, id)) => (code, Some(id.parse().ok()?)),
            None => (value, None),
        };
        let code = code.parse().ok().filter(|code| (300..700).contains(code))?;
        Some(Self::Refuse(code, id))
    }

    fn read_plain(name: &str) -> Option<Self> {
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
            "notify" => Self::Notify,
            "benotify" => Self::Benotify,
            "several" => Self::Several,
            "no-description" => Self::NoDescription,
            "separators" => Self::Separators,
            "no-certificate" => Self::NoCertificate,
            "other-factory" => Self::OtherFactory,
            "proxy" => Self::Proxy,
            "no-ntlm" => Self::NoNtlm,
            "large" => Self::Large,
            "stale-key" => Self::StaleKey,
            "strict" => Self::Strict,
            "other-spelling" => Self::OtherSpelling,
            "page-down" => Self::PageDown,
            "plain-page" => Self::PlainPage,
            "other-name" => Self::OtherName,
            "old-tls" => Self::OldTls,
            _ => return None,
        })
    }
}

/// Fractions too, as Graph says them.
fn seconds(text: &str) -> Option<String> {
    let seconds: f64 = text.parse().ok()?;
    (seconds.is_finite() && seconds >= 0.0).then(|| text.to_owned())
}

fn namespace(name: &str) -> Option<CapabilityNamespace> {
    Some(match name {
        "cccp" => CapabilityNamespace::Cccp,
        "mscp" => CapabilityNamespace::Mscp,
        "msci" => CapabilityNamespace::Msci,
        "msci2" => CapabilityNamespace::Msci2,
        _ => return None,
    })
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
    pub(super) fn of<'a>(&'a self, occasion: Occasion<'a>) -> impl Iterator<Item = &'a FaultKind> {
        let due = move |fault: &&Fault| match &fault.point {
            None => true,
            Some(Point::Answer(number)) => *number == occasion.answer,
            Some(Point::Request(name)) => name == occasion.method || name == occasion.command,
        };
        self.0.iter().filter(due).map(|fault| &fault.kind)
    }

    /// What the first lasting fault of a kind says.
    pub(super) fn find<'a, T>(&'a self, says: impl Fn(&'a FaultKind) -> Option<T>) -> Option<T> {
        self.of(Occasion::default()).find_map(says)
    }

    /// Whether that fault is due on that occasion.
    pub(super) fn has(&self, occasion: Occasion<'_>, kind: &FaultKind) -> bool {
        self.of(occasion).any(|due| due == kind)
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
                .of(Occasion {
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
            [FaultKind::Refuse(503, None), FaultKind::Drip]
        );
        assert_eq!(due(5, "SERVICE", "getConference"), [FaultKind::Drip]);
    }

    #[test]
    fn an_unknown_fault_is_answered_with_the_known_ones() {
        let wrong = [
            "",
            "explode",
            "refuse",
            "refuse=99",
            "refuse=403/x",
            "delay=x",
            "drop=1",
            "deregister=tired",
            "skew=soon",
            "association-life=-1",
            "namespace=urn:x",
            "short-list",
            "short-list=few",
            "no-group=",
        ];
        for text in wrong {
            let error = text.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains("wrong-signature"), "{error}");
        }
    }

    #[test]
    fn lasting_faults_have_no_point_and_points_must_come_to_pass() {
        for lasting in [
            "proxy",
            "no-ntlm",
            "version=3",
            "skew=-60",
            "association-life=30",
            "redirect=192.0.2.1:5061",
            "no-group=meetingPolicy",
            "large",
            "stale-key",
            "namespace=msci2",
            "strict",
            "page-down",
            "other-name",
            "old-tls",
        ] {
            assert!(lasting.parse::<Fault>().is_ok(), "{lasting}");
            let error = format!("{lasting}@1").parse::<Fault>().unwrap_err();
            assert!(matches!(error, FaultError::Lasting(_)), "{error}");
        }
        for point in ["1", "SERVICE", "OPTIONS", "getEncryptionKey"] {
            assert!(format!("drop@{point}").parse::<Fault>().is_ok(), "{point}");
        }
        for point in ["", "0", "-1", "service", "ACK", "getconference", "FETCH"] {
            let error = format!("drop@{point}").parse::<Fault>().unwrap_err();
            assert!(matches!(error, FaultError::Point(_)), "{error}");
        }
    }
}
