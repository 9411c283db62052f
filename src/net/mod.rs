//! The way to other computers, for everybody who goes there.

pub mod dns;
