//! Calendars and mails from anybody: rules end, and say one line each.
#![no_main]

use confctl::lint::{Purpose, lint};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((kind, bytes)) = input.split_first() else {
        return;
    };
    let purpose = match kind % 3 {
        0 => None,
        1 => Some(Purpose::Mail),
        _ => Some(Purpose::Caldav),
    };
    for finding in lint(bytes, purpose) {
        assert!(finding.place.line > 0 && finding.place.column > 0);
        assert!(finding.message.len() < 1000 && !finding.message.contains(char::is_control));
    }
});
