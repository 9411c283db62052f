//! Whether a conference may be made as it was asked for: policy, limits, passcode rules.

use jiff::{Span, Timestamp};

use crate::practice::Pool;
use crate::practice::conferences::other;
use crate::proto::c3p::{AdmissionPolicy, ConferenceInfo, Dialect, Envelope, Reason, Role};
use crate::secret::Secret;

/// Hours a conference lasts when its organizer does not say.
const DEFAULT_HOURS: i64 = 8;

impl Pool {
    /// Holds a conference against policy, first failure first (GUESS: the order), and opens its passcode.
    /// `kept` is the passcode it had before; a change that sends none keeps it (GUESS).
    pub(super) fn check(
        &self,
        info: &mut ConferenceInfo,
        kept: Option<&Secret>,
    ) -> Result<Option<Secret>, Reason> {
        self.check_expiry(info)?;
        self.check_admission(info)?;
        let offered = self.mcu_types();
        if info.mcu_types().any(|mcu| !offered.contains(mcu)) {
            return Err(Reason::McuTypeNotAvailable);
        }
        self.check_people(info)?;
        if info
            .description
            .foreign
            .iter()
            .any(|foreign| foreign.xml.as_str().len() > self.policy.blob_bytes)
        {
            return Err(Reason::OrganizerRoamingDataTooLarge);
        }
        self.check_passcode(info, kept)
    }

    fn check_expiry(&self, info: &mut ConferenceInfo) -> Result<(), Reason> {
        if info.assigned {
            info.description.expiry_time = None;
            return Ok(());
        }
        let now = self.now();
        let end = Span::new().try_hours(i64::from(self.policy.expiry_years) * 365 * 24);
        let end = end
            .and_then(|end| now.checked_add(end))
            .unwrap_or(Timestamp::MAX);
        match info.description.expiry_time {
            Some(expiry) if expiry <= now || expiry > end => Err(Reason::InvalidExpiryTime),
            Some(_) => Ok(()),
            None => {
                info.description.expiry_time =
                    now.checked_add(Span::new().hours(DEFAULT_HOURS)).ok();
                Ok(())
            }
        }
    }

    fn check_admission(&self, info: &ConferenceInfo) -> Result<(), Reason> {
        match &info.description.admission_policy {
            Some(AdmissionPolicy::Other(_)) => Err(Reason::InvalidAdmissionPolicy),
            Some(AdmissionPolicy::Anonymous) if !self.policy.anonymous => {
                Err(Reason::AnonymousUsersNotAllowed)
            }
            _ if self.dialect == Dialect::Ocs2007 || info.description.pstn_access.is_none() => {
                Ok(())
            }
            _ if !self.policy.dial_in => Err(Reason::Forbidden),
            // The triple of anonymous access, phone access and passcode is demanded before Lync only.
            Some(AdmissionPolicy::Anonymous) => Ok(()),
            _ if self.dialect == Dialect::Ocs2007R2 => Err(Reason::InvalidAdmissionPolicy),
            _ => Ok(()),
        }
    }

    fn check_people(&self, info: &ConferenceInfo) -> Result<(), Reason> {
        if info.users.len() + 1 > self.policy.meeting_size as usize {
            return Err(Reason::MaximumMeetingSizeExceeded);
        }
        for person in &info.users {
            if !person.entity.to_ascii_lowercase().starts_with("sip:")
                || !person.entity.contains('@')
            {
                return Err(Reason::InvalidUserEntity);
            }
            let domain = |address: &str| {
                let (_, domain) = address.rsplit_once('@').unwrap_or_default();
                domain.to_ascii_lowercase()
            };
            let mut own = self.users().map(|user| domain(&user.address));
            if !self.policy.federation && !own.any(|own| own == domain(&person.entity)) {
                return Err(Reason::FederatedUsersNotAllowed);
            }
            if person
                .roles
                .iter()
                .any(|role| matches!(role, Role::Other(_)))
            {
                return Err(Reason::InvalidRole);
            }
        }
        Ok(())
    }

    fn check_passcode(
        &self,
        info: &mut ConferenceInfo,
        kept: Option<&Secret>,
    ) -> Result<Option<Secret>, Reason> {
        let sealed = info.description.conference_key.take();
        if self.dialect == Dialect::Lync {
            return Ok(None);
        }
        let passcode = match sealed {
            None => kept.cloned(),
            Some(sealed)
                if self
                    .policy
                    .envelope
                    .is_some_and(|form| Envelope::of(sealed.expose()) != Some(form)) =>
            {
                return Err(Reason::OtherFailure);
            }
            Some(sealed) => {
                let key = self.get_or_make_key().map_err(other)?;
                Some(
                    key.open(sealed.expose())
                        .map_err(|_| Reason::InvalidEncryptionKeyUsed)?,
                )
            }
        };
        let anonymous = info.description.admission_policy == Some(AdmissionPolicy::Anonymous);
        let dial_in = info.description.pstn_access.is_some() && self.dialect > Dialect::Ocs2007;
        match &passcode {
            None if dial_in || (anonymous && self.policy.passcode_required) => {
                Err(Reason::InvalidPasscode)
            }
            None => Ok(None),
            Some(text) if self.takes_passcode(text.expose(), dial_in) => Ok(passcode),
            Some(_) => Err(Reason::InvalidPasscode),
        }
    }

    fn takes_passcode(&self, text: &str, dial_in: bool) -> bool {
        let long_enough = (self.policy.shortest_passcode..=16).contains(&text.len());
        let letters = text.bytes().all(|b| {
            if dial_in {
                b.is_ascii_digit()
            } else {
                b.is_ascii_alphanumeric()
            }
        });
        long_enough && letters
    }
}
