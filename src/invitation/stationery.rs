//! How invitations look and dial here: what the settings say of it.

use crate::dialling::Keys;

/// Templates, links and dialling of the organizer's house.
#[derive(Clone, Debug, Default)]
pub struct Stationery {
    /// What telephones are told.
    pub keys: Keys,
}
