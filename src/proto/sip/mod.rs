//! SIP as these pools speak it over a stream (RFC 3261, [MS-SIP]).
//!
//! Everything is kept as it stood on the wire: header order, unknown headers, odd spacing, folded
//! lines. Signatures are computed over raw values, so nothing may be normalised on the way.

mod address;
mod framer;
mod message;
mod parameters;
mod signing;

pub use address::{Address, list};
pub use framer::{Framer, Limits};
pub use message::{Header, Message, SipError, StartLine};
pub use parameters::Credentials;
pub use signing::{Signed, signed_values};
