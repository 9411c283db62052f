//! Who may make conferences for whom.

use std::str::FromStr;
use std::sync::Arc;

use crate::hex::hex;
use crate::practice::users::User;
use crate::practice::{Pool, random};
use crate::secret::Secret;

/// Whose conferences a user may make and change besides his own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delegates {
    /// Those of the people named.
    Named(Vec<Delegate>),
    /// Everybody's, as in a pool of one's own.
    Everybody,
}

/// Somebody who may act for somebody else, written `sip:boss@domain=sip:delegate@domain`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegate {
    /// SIP address, in lower case, of whom the conferences belong to.
    pub boss: String,
    /// SIP address, in lower case, of who makes them.
    pub delegate: String,
}

/// The text named no two people.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' names no delegate: expected sip:boss@example.com=sip:delegate@example.com")]
pub struct DelegateError(String);

impl Default for Delegates {
    fn default() -> Self {
        Self::Named(Vec::new())
    }
}

impl Delegates {
    fn allows(&self, user: &User, boss: &str) -> bool {
        match self {
            Self::Everybody => true,
            Self::Named(delegates) => delegates
                .iter()
                .any(|named| named.boss == boss && named.delegate == user.address),
        }
    }
}

impl FromStr for Delegate {
    type Err = DelegateError;

    fn from_str(text: &str) -> Result<Self, DelegateError> {
        let refused = || DelegateError(text.to_owned());
        let address = |text: &str| stranger(text).map(|user| user.address).ok_or_else(refused);
        let (boss, delegate) = text.split_once('=').ok_or_else(refused)?;
        Ok(Self {
            boss: address(boss)?,
            delegate: address(delegate)?,
        })
    }
}

impl Pool {
    /// Whom a user acts for when he says that it is for `boss`; none: he may not. People without
    /// an account have conferences as well.
    pub(super) fn boss_of(&self, user: &User, boss: &str) -> Option<Arc<User>> {
        let boss = boss.to_ascii_lowercase();
        if boss != user.address && !self.delegates.allows(user, &boss) {
            return None;
        }
        let known = self.users.iter().find(|user| user.address == boss);
        known.cloned().or_else(|| stranger(&boss).map(Arc::new))
    }
}

/// Somebody who can't sign in: nobody knows the password.
fn stranger(address: &str) -> Option<User> {
    let local = address.split_once(':')?.1;
    User::new(address, local, &Secret::new(hex(&random::<16>())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delegates_are_read_with_their_boss() {
        let read: Delegate = "sip:Boss@example.com=sip:ana@example.com".parse().unwrap();
        assert_eq!(read.boss, "sip:boss@example.com");
        assert_eq!(read.delegate, "sip:ana@example.com");
        for text in [
            "",
            "sip:boss@example.com",
            "=sip:ana@example.com",
            "boss@example.com=sip:ana@example.com",
            "sip:boss@example.com=sip:ana",
        ] {
            assert!(text.parse::<Delegate>().is_err(), "{text}");
        }
    }
}
