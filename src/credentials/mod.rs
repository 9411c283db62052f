//! A secret from its source: keyring, command, environment.

pub mod keyring;
