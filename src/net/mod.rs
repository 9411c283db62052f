//! The way to other computers, for everybody who goes there: names, sockets with an end to every
//! wait, TLS, HTTP and how one signs in over it.

pub mod dns;
pub mod http;
mod legacy;
pub mod sign_in;
mod socket;
pub mod tls;

pub use socket::{Timed, dial, is_hang_up, is_here, is_timeout, loss_of};
