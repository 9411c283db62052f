//! Passcodes on their way: made, sealed for the pool, opened when the pool shows one.

use super::Ocs;
use crate::conference::{Passcode, PlannedPasscode};
use crate::error::{Error, Kind, Result};
use crate::proto::c3p::{self, Answer, Certificate, Command, Dialect, KeyPair, Reason};
use crate::secret::Secret;

/// Digits of a random passcode: what every generation accepts for phone callers, then what a
/// stricter policy may want.
const DIGITS: [u32; 3] = [8, 12, 16];

const ASKING: &str = "asking for the Focus Factory's certificate";

/// The passcode of one request, and what is left to try when the pool does not like it.
pub(super) struct Attempt {
    pub(super) passcode: Option<Passcode>,
    /// Lengths of other random ones, the next one last.
    lengths: Vec<u32>,
    key_renewed: bool,
}

impl Ocs {
    pub(super) fn new_attempt(&mut self, planned: &PlannedPasscode) -> Attempt {
        let mut attempt = Attempt {
            passcode: None,
            lengths: Vec::new(),
            key_renewed: false,
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

    /// Prepares another try, if the reason is one that a try may mend.
    pub(super) fn prepare_retry(&mut self, attempt: &mut Attempt, reason: &Reason) -> Result<bool> {
        match reason {
            Reason::InvalidEncryptionKeyUsed if !attempt.key_renewed => {
                attempt.key_renewed = true;
                self.renew_key()?;
                Ok(true)
            }
            Reason::InvalidPasscode => Ok(self.roll(attempt)),
            _ => Ok(false),
        }
    }

    /// Another random passcode, of the next length; false when there is no other.
    fn roll(&mut self, attempt: &mut Attempt) -> bool {
        let Some(digits) = attempt.lengths.pop() else {
            return false;
        };
        let number = u128::from_be_bytes(self.random()) % 10_u128.pow(digits);
        attempt.passcode =
            Passcode::parse(&format!("{number:0width$}", width = digits as usize)).ok();
        true
    }

    pub(super) fn seal(&mut self, passcode: Option<&Passcode>) -> Result<Option<Secret>> {
        let Some(passcode) = passcode else {
            return Ok(None);
        };
        let certificate = self.get_known()?.key.as_ref().and_then(Certificate::der);
        let certificate = certificate.ok_or_else(|| {
            Error::new(
                Kind::Refused,
                "the pool gives no certificate to seal the passcode for",
            )
            .hint("leave out the passcode and dial-in: --access open --no-dial-in")
        })?;
        let sealed = c3p::seal(&Secret::from(passcode.digits()), &certificate).map_err(crypto)?;
        Ok(Some(Secret::new(sealed)))
    }

    fn renew_key(&mut self) -> Result<()> {
        if let Ok(Answer::GetEncryptionKey(certificate)) =
            self.call(Command::GetEncryptionKey, ASKING)?
            && let Some(known) = &mut self.known
        {
            known.key = Some(certificate);
        }
        Ok(())
    }

    /// For whom the pool is to seal the passcodes that it shows; none where there are none.
    pub(super) fn own_certificate(&mut self) -> Result<Option<Certificate>> {
        if self.dialect >= Dialect::Lync {
            return Ok(None);
        }
        if self.own_key.is_none() {
            self.own_key = Some(KeyPair::generate("confctl", self.began).map_err(crypto)?);
        }
        let certificate = self.own_key.as_ref().map(KeyPair::certificate);
        certificate.transpose().map_err(crypto)
    }

    pub(super) fn open(&self, sealed: Option<&Secret>) -> Result<Option<Passcode>> {
        let (Some(sealed), Some(key)) = (sealed, &self.own_key) else {
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
