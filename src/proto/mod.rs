//! The pool's protocols without sockets, files, clock or randomness: bytes in, steps out.
//!
//! Both sides of the wire use the same codecs: `pool` as the client, `practice` as the server.

pub mod association;
pub mod auth;
pub mod c3p;
pub mod exchange;
pub mod provisioning;
pub mod sip;
mod words;

/// How practice pools call themselves in their challenges, so that their meetings are known for
/// what they are.
pub const PRACTICE_POOL: &str = "pool.practice.example";
