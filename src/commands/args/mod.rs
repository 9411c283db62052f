//! Flags that several commands share, and what they mean.

pub mod conference;
pub mod mail;
pub mod meeting;
pub mod occurrence;
pub mod output;
pub mod people;
pub mod subject;
pub mod times;
pub mod wording;

/// What a script calls a request: it is written into the diary, so it must survive that.
pub fn key(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err("expected a name without control characters".to_owned());
    }
    Ok(text.to_owned())
}
