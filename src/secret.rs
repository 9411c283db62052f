//! Text that must not be seen: passwords and passcodes.

use std::fmt;
use std::sync::Once;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use zeroize::Zeroizing;

/// Text that prints as `(redacted)` and is wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over; the caller keeps no copy. From then on the process leaves no core dump:
    /// none in a file, and none with systemd-coredump, which keeps to the limit though the kernel does not
    /// where dumps go into a pipe.
    pub fn new(text: String) -> Self {
        static WITHOUT_DUMP: Once = Once::new();
        WITHOUT_DUMP.call_once(|| {
            let most = getrlimit(Resource::Core).maximum;
            let none = Rlimit {
                current: Some(0),
                maximum: most,
            };
            // Whoever is not allowed even that keeps the dump that the system wants.
            let _ = setrlimit(Resource::Core, none);
        });
        Self(Zeroizing::new(text))
    }

    /// The text itself. Every caller of this is a place to look at in review.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(redacted)")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_the_text() {
        let secret = Secret::from("Pa$$word");
        assert_eq!(format!("{:?}", Some(secret)), "Some((redacted))");
    }
}
