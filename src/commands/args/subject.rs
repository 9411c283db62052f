//! A subject, as it is typed.

use crate::error::{Error, Result};

/// Most characters: what is longer is no heading but a mistake, such as a pasted file.
const LONGEST: usize = 1000;

/// One line of text without what can't be in a heading.
pub fn subject(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::usage("the subject is empty"));
    }
    if let Some(control) = text.chars().find(|c| c.is_control()) {
        let shown = control.escape_unicode();
        return Err(Error::usage(format!(
            "the subject holds a control character ({shown}): it must be one line of text"
        )));
    }
    let length = text.chars().count();
    if length > LONGEST {
        return Err(Error::usage(format!(
            "the subject has {length} characters: at most {LONGEST} are allowed"
        )));
    }
    Ok(text.to_owned())
}
