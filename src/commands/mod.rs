//! The commands, one file each: what may be typed, then what is done.

pub mod generate;
pub mod hand_over;
pub mod login;
pub mod pool;
pub mod schedule;
pub mod settings;
