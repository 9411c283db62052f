//! The commands, one file each: what may be typed, then what is done. Flags that several of them
//! share are in `args`; `perform` is the way from an action to what the user sees of it.

pub mod adopt;
mod args;
mod back_to_back;
pub mod cancel;
pub mod complete;
pub mod copy;
pub mod generate;
pub mod history;
pub mod invite;
pub mod lint;
pub mod list;
pub mod login;
mod login_elsewhere;
pub mod meet_now;
mod perform;
pub mod pool;
pub mod prune;
pub mod refresh;
pub mod resume;
pub mod schedule;
pub mod settings;
pub mod show;
pub mod undo;
pub mod update;
