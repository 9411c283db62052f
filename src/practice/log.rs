//! What a practice pool tells about the conversations it has.

use std::sync::Arc;

/// Takes the detail of a line and the line.
pub type Tell = Arc<dyn Fn(u8, &str) + Send + Sync>;

/// Who wants to know what goes over the wire. Neither passwords nor tokens are told.
#[derive(Clone)]
pub struct Log {
    /// How much to tell: [`Log::MESSAGES`], or [`Log::SIGNED`] for both.
    pub detail: u8,
    /// Whom to tell.
    pub tell: Tell,
}

impl Log {
    /// A line for every message: connection, direction, start line, CSeq, size.
    pub const MESSAGES: u8 = 1;
    /// What was signed: the buffer of [MS-SIPAE] 3.2.5.2.
    pub const SIGNED: u8 = 2;
}
