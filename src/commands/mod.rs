//! The commands, one file each: what may be typed, then what is done. Files whose names are no
//! commands hold flags and steps that several of them share.

mod calendar;
pub mod cancel;
mod carry_out;
pub mod complete;
mod conf;
pub mod generate;
mod hand_over;
pub mod invite;
pub mod lint;
pub mod list;
pub mod login;
mod login_elsewhere;
pub mod meet_now;
mod neighbours;
mod occurrence;
mod passcode;
mod people;
pub mod pool;
mod post;
pub mod refresh;
pub mod resume;
pub mod schedule;
pub mod settings;
pub mod show;
mod subject;
mod tell;
mod times;
pub mod update;
mod wording;

/// `yes` and `no`, as people say them.
fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" | "on" | "true" => Ok(true),
        "no" | "off" | "false" => Ok(false),
        _ => Err("expected yes or no".to_owned()),
    }
}

/// What a script calls a request: it is written into the diary, so it must survive that.
fn key(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err("expected a name without control characters".to_owned());
    }
    Ok(text.to_owned())
}
