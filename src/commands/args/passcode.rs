//! `--passcode`, as several commands take it.

use crate::conference::{Passcode, PasscodeChoice};
use crate::error::{Error, Result};

/// `auto`, `none`, or digits.
pub fn choice(text: &str) -> Result<PasscodeChoice> {
    match text {
        "auto" => Ok(PasscodeChoice::Auto),
        "none" => Ok(PasscodeChoice::None),
        digits => {
            let passcode = Passcode::parse(digits).map_err(|error| {
                Error::usage(format!("--passcode: {error}"))
                    .hint("'auto' makes a random one where one is needed, 'none' makes none")
            })?;
            Ok(PasscodeChoice::Given(passcode))
        }
    }
}
