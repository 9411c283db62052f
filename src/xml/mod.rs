//! XML as pools write it: read by local name and within bounds, written with everything escaped.

mod raw;
mod read;
mod write;

pub use raw::RawXml;
pub use read::{Content, Document, Element, XmlError};
pub use write::{Tag, document};
