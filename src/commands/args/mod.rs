//! Flags that several commands share, and what they mean.

pub mod mail;
pub mod meeting;
pub mod occurrence;
pub mod output;
pub mod passcode;
pub mod people;
pub mod subject;
pub mod times;
pub mod wording;

/// `yes` and `no`, as people say them.
pub fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" | "on" | "true" => Ok(true),
        "no" | "off" | "false" => Ok(false),
        _ => Err("expected yes or no".to_owned()),
    }
}

/// What a script calls a request: it is written into the diary, so it must survive that.
pub fn key(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err("expected a name without control characters".to_owned());
    }
    Ok(text.to_owned())
}
