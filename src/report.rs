//! What is told while something is done, and asked: the one way from any room to the user.

use crate::error::Result;

/// Tells the user, or whoever stands in for one. Sentences end with a period, clauses without.
pub trait Report {
    /// What happened, in a sentence.
    fn status(&self, sentence: &str);

    /// What should not be overlooked, in a sentence.
    fn warn(&self, sentence: &str);

    /// What was taken in another way than it was written, in a sentence.
    fn note(&self, sentence: &str);

    /// What is being done, as a clause, for those who asked to hear more.
    fn step(&self, clause: &str);

    /// Whether messages on the wire are wanted; masking them costs something.
    fn shows_wire(&self) -> bool;

    /// A message on the wire with its secrets masked; `mark` says which way it goes.
    fn wire(&self, mark: char, message: &str);

    /// Something has been asked for, and if the process ends now nobody knows what came of it;
    /// none: it is known.
    fn in_doubt(&self, sentence: Option<&str>);

    /// What would be lost otherwise, even to those who want to hear nothing.
    fn salvage(&self, text: &str);

    /// Whether a question would be seen and could be answered.
    fn can_ask(&self) -> bool;

    /// Asks for yes or no; `usual` is what Return alone means.
    fn confirm(&self, question: &str, usual: bool) -> Result<bool>;

    /// Shows how far work is that takes a while: `done` of `all` are done.
    fn progress(&self, what: &'static str, all: usize, done: usize) -> Box<dyn Progress>;
}

/// Work that takes a while. What is shown of it goes with it.
pub trait Progress {
    /// One more is done.
    fn advance(&self);
}

/// A word as a POSIX shell takes it, for commands that are told to people: text of others must not
/// become a part of the command line.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "@._-+:/=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with(['-', '=']) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The same for the last word of a command line, which no program then takes as a flag.
pub fn last_word(text: &str) -> String {
    match text.starts_with('-') {
        true => format!("-- {}", shell_word(text)),
        false => shell_word(text),
    }
}

/// The same for a mail address, anywhere.
pub fn address_word(address: &str) -> String {
    match address.starts_with('-') {
        true => shell_word(&format!("mailto:{address}")),
        false => shell_word(address),
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
pub use tests::Recorder;
