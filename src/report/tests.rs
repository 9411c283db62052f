use std::cell::RefCell;

use super::*;

/// Takes what is told for tests to look at; nobody answers.
#[derive(Default)]
pub struct Recorder {
    /// Lines on the wire, without their marks.
    pub wire: RefCell<Vec<String>>,
    /// Everything else, with the name of its kind before it.
    pub told: RefCell<Vec<String>>,
    /// What must never be on the wire in the clear.
    pub secret: Option<&'static str>,
}

impl Recorder {
    fn tell(&self, kind: &str, text: &str) {
        self.told.borrow_mut().push(format!("{kind} {text}"));
    }
}

impl Progress for () {
    fn advance(&self) {}
}

impl Report for Recorder {
    fn status(&self, sentence: &str) {
        self.tell("status", sentence);
    }

    fn warn(&self, sentence: &str) {
        self.tell("warning", sentence);
    }

    fn note(&self, sentence: &str) {
        self.tell("note", sentence);
    }

    fn step(&self, clause: &str) {
        self.tell("step", clause);
    }

    fn shows_wire(&self) -> bool {
        true
    }

    fn wire(&self, _mark: char, message: &str) {
        let secret = self.secret.filter(|secret| message.contains(secret));
        assert_eq!(secret, None, "{message}");
        self.wire.borrow_mut().push(message.to_owned());
    }

    fn in_doubt(&self, sentence: Option<&str>) {
        self.tell("in doubt", sentence.unwrap_or("no more"));
    }

    fn salvage(&self, text: &str) {
        self.tell("salvaged", text);
    }

    fn can_ask(&self) -> bool {
        false
    }

    fn confirm(&self, _question: &str, _usual: bool) -> Result<bool> {
        Ok(false)
    }

    fn progress(&self, _what: &'static str, _all: usize, _done: usize) -> Box<dyn Progress> {
        Box::new(())
    }
}

#[test]
fn what_a_shell_would_obey_is_quoted() {
    for plain in ["10023", "0c1d@example.com", "2026-12-24", "Žofie"] {
        assert_eq!(shell_word(plain), plain);
    }
    for (text, word) in [
        ("", "''"),
        ("all hands", "'all hands'"),
        (
            "a$(touch${IFS}x)@evil.example",
            "'a$(touch${IFS}x)@evil.example'",
        ),
        ("it's", "'it'\\''s'"),
        ("-rf", "'-rf'"),
        ("a\nb", "'a\nb'"),
        ("~ana", "'~ana'"),
    ] {
        assert_eq!(shell_word(text), word);
        assert_eq!(address_word(text), word.replace("'-rf'", "mailto:-rf"));
        assert_eq!(last_word(text), word.replace("'-rf'", "-- '-rf'"));
    }
}
