//! Passcodes on their way: made, sealed for the pool, opened when the pool shows one.

use std::thread::{self, JoinHandle};

use jiff::Timestamp;

use super::{Asked, Ocs};
use crate::conference::{Passcode, PlannedPasscode};
use crate::error::{Error, Kind, Result};
use crate::proto::c3p::{self, Answer, Certificate, Command, Dialect, Envelope, KeyPair, Reason};
use crate::proto::sip::Message;
use crate::secret::Secret;

/// Digits of a random passcode: what every generation accepts for phone callers, then what a
/// stricter policy may want.
const DIGITS: [u32; 3] = [8, 12, 16];

/// Whose certificate that is, for the pool.
const NAME: &str = "confctl";

const ASKING: &str = "asking for the Focus Factory's certificate";

/// The key for which the pool seals the passcodes that it shows, one a session.
#[derive(Default)]
pub(super) enum OwnKey {
    /// No passcode was to be shown so far.
    #[default]
    None,
    /// It takes as long as a flight to the pool and back.
    InTheMaking(JoinHandle<Result<KeyPair, c3p::PasscodeError>>),
    Made(KeyPair),
}

impl OwnKey {
    /// Makes it while something else is waited for.
    pub(super) fn begin(now: Timestamp) -> Self {
        Self::InTheMaking(thread::spawn(move || KeyPair::generate(NAME, now)))
    }

    fn get_or_make(&mut self, now: Timestamp) -> Result<&KeyPair> {
        let made = match std::mem::take(self) {
            Self::Made(key) => Ok(key),
            Self::InTheMaking(thread) => match thread.join() {
                Ok(made) => made,
                Err(_) => KeyPair::generate(NAME, now),
            },
            Self::None => KeyPair::generate(NAME, now),
        };
        *self = Self::Made(made.map_err(crypto)?);
        match self {
            Self::Made(key) => Ok(key),
            _ => Err(Error::failed("there is no key for the passcode")),
        }
    }
}

/// The passcode of one request, and what is left to try when the pool does not like it.
pub(super) struct Attempt {
    pub(super) passcode: Option<Passcode>,
    /// Lengths of other random ones, the next one last.
    lengths: Vec<u32>,
    key_renewed: bool,
    /// Forms in which the present one was sealed.
    tried: Vec<Envelope>,
}

impl Ocs {
    pub(super) fn new_attempt(&mut self, planned: &PlannedPasscode) -> Attempt {
        let mut attempt = Attempt {
            passcode: None,
            lengths: Vec::new(),
            key_renewed: false,
            tried: Vec::new(),
        };
        match planned {
            PlannedPasscode::None => {}
            PlannedPasscode::Given(passcode) => attempt.passcode = Some(passcode.clone()),
            PlannedPasscode::Random => {
                attempt.lengths = DIGITS.into_iter().rev().collect();
                self.roll(&mut attempt);
            }
        }
        attempt
    }

    /// Prepares another try, if the reason is one that a try may mend. A pool that can't open what was
    /// sealed may say no more than that something failed (GUESS); the conference is not there then.
    pub(super) fn prepare_retry(&mut self, attempt: &mut Attempt, reason: &Reason) -> Result<bool> {
        match reason {
            Reason::InvalidEncryptionKeyUsed if !attempt.key_renewed => {
                attempt.key_renewed = true;
                self.sealing_key = None;
                Ok(true)
            }
            Reason::InvalidPasscode => Ok(self.change_form(attempt) || self.roll(attempt)),
            Reason::OtherFailure => Ok(self.change_form(attempt)),
            _ => Ok(false),
        }
    }

    /// The same passcode in another form; false when all have been tried, or there is none.
    fn change_form(&mut self, attempt: &Attempt) -> bool {
        let left = Envelope::ALL
            .into_iter()
            .find(|form| !attempt.tried.contains(form));
        match left.filter(|_| attempt.passcode.is_some()) {
            Some(form) => {
                self.envelope = form;
                true
            }
            None => false,
        }
    }

    /// Another random passcode, of the next length; false when there is no other.
    fn roll(&mut self, attempt: &mut Attempt) -> bool {
        let Some(digits) = attempt.lengths.pop() else {
            return false;
        };
        let number = u128::from_be_bytes(self.random()) % 10_u128.pow(digits);
        attempt.tried.clear();
        attempt.passcode =
            Passcode::parse(&format!("{number:0width$}", width = digits as usize)).ok();
        true
    }

    /// The attempt's passcode as it goes to the pool.
    pub(super) fn seal(&mut self, attempt: &mut Attempt) -> Result<Option<Secret>> {
        let Some(passcode) = &attempt.passcode else {
            return Ok(None);
        };
        let digits = Secret::from(passcode.digits());
        let certificate = self.get_sealing_key()?;
        let form = self.envelope;
        self.session
            .step(&format!("sealing the passcode as {form}"));
        attempt.tried.push(form);
        let sealed = c3p::seal(&digits, &certificate, form).map_err(crypto)?;
        Ok(Some(Secret::new(sealed)))
    }

    /// In DER. What was not understood on the way to something else is asked once more.
    fn get_sealing_key(&mut self) -> Result<Vec<u8>> {
        if self.sealing_key.is_none() {
            self.sealing_key = match self.call(Command::GetEncryptionKey, ASKING)? {
                Ok(Answer::GetEncryptionKey(certificate)) => certificate,
                _ => None,
            };
        }
        let der = self.sealing_key.as_ref().and_then(Certificate::der);
        der.ok_or_else(|| {
            Error::new(
                Kind::Refused,
                "the pool gives no certificate to seal the passcode for",
            )
            .hint("leave out the passcode and dial-in: --access open --no-dial-in")
        })
    }

    /// What an answer gives; none: nothing that is known.
    pub(super) fn read_key(&self, asked: &Asked, answer: &Message) -> Option<Certificate> {
        match self.understand(&asked.request, answer, ASKING) {
            Ok(Ok(Answer::GetEncryptionKey(certificate))) => certificate,
            _ => None,
        }
    }

    /// For whom the pool is to seal the passcodes that it shows; none where there are none.
    pub(super) fn own_certificate(&mut self) -> Result<Option<Certificate>> {
        if self.dialect >= Dialect::Lync {
            return Ok(None);
        }
        let key = self.own_key.get_or_make(self.began)?;
        key.certificate().map(Some).map_err(crypto)
    }

    /// The same if there is a key, or one is being made.
    pub(super) fn own_certificate_at_hand(&mut self) -> Result<Option<Certificate>> {
        match self.own_key {
            OwnKey::None => Ok(None),
            _ => self.own_certificate(),
        }
    }

    pub(super) fn open(&self, sealed: Option<&Secret>) -> Result<Option<Passcode>> {
        let (Some(sealed), OwnKey::Made(key)) = (sealed, &self.own_key) else {
            return Ok(None);
        };
        let opened = key.open(sealed.expose()).map_err(crypto)?;
        let passcode = Passcode::of_pool(opened.expose());
        passcode.map(Some).map_err(|_| {
            Error::new(
                Kind::Unreachable,
                "the pool's passcode is not made of letters and digits",
            )
        })
    }
}

fn crypto(error: c3p::PasscodeError) -> Error {
    Error::failed(format!(
        "the passcode could not be sealed or opened: {error}"
    ))
}
