//! `ms-diagnostics`: the number that tells an administrator why.

use crate::practice::POOL_NAME;
use crate::proto::sip::Header;

/// An `ms-diagnostics` header ([MS-OCER] 2.2).
pub(super) fn diagnostics(id: u32, reason: &str) -> Header {
    let value = format!("{id};reason=\"{reason}\";source=\"{}\"", POOL_NAME);
    Header::new("ms-diagnostics", &value)
}
