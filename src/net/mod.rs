//! The way to other computers, for everybody who goes there.

pub mod dns;

use std::io;

/// Whether an error of a socket only says that time is up.
pub fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}
