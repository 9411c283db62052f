//! Pools that answer in other legal forms than the client's own codecs write: everything works there
//! as at any other.

use serde_json::Value;

use crate::desk::{Desk, Output, ServedPool};
use crate::laboratory::at_once;
use crate::meetings::json;

const DIALECTS: [&str; 3] = ["ocs2007", "ocs2007r2", "lync"];

#[test]
fn every_command_works_at_a_pool_of_any_spelling() {
    let seeds: Vec<usize> = (1..=20).collect();
    at_once(2, &seeds, |seed| {
        let dialect = DIALECTS[seed % DIALECTS.len()];
        let number = seed.to_string();
        let desk = Desk::new();
        let pool = ServedPool::start(&["--dialect", dialect, "--spelling", &number]);
        let run = |line: &str| desk.run_at(&pool, line).code(0);
        check_meeting(dialect, run);
        check_meeting_now(run);
        let page = run("settings url");
        assert!(page.stdout.starts_with("https://localhost:"), "{page}");
        assert!(page.stdout.trim_end().ends_with("/dialin"), "{page}");
    });
}

fn check_meeting(dialect: &str, run: impl Fn(&str) -> Output) {
    let made = run(
        "schedule live-meeting -s 'R&D <review>' -t 'tomorrow 10:00' -i bo@example.com -i cy@example.org -f json",
    );
    let has_dial_in = dialect != "ocs2007";
    assert_eq!(made.stderr.contains("warning"), !has_dial_in, "{made}");
    let made = json(&made);
    let ways = &made["call_in"];
    if has_dial_in {
        let numbers = ways["numbers"].as_array().unwrap();
        assert_eq!(numbers.len(), 10, "{made}");
        let first = digits(&numbers[0]["display"]);
        assert_eq!(first, "14255550100", "{made}");
        assert_eq!(numbers[0]["region"], "North America");
    }
    let listed = json(&run("list --json"));
    assert_eq!(listed[0]["subject"], "R&D <review>");
    assert_eq!(listed[0]["state"], "ok", "{listed}");
    let shown = run("show 'R&D'");
    assert!(shown.stdout.contains("On the pool:  yes"), "{shown}");

    let changed = json(&run("update 'R&D' -s 'Later' -t 'friday 14:00' -f json"));
    assert_eq!(changed["subject"], "Later");
    assert_eq!(changed["call_in"], made["call_in"], "people join as before");
    let shown = json(&run("show Later --json"));
    assert_eq!(shown["subject"], "Later", "{shown}");
    let _ = run("cancel Later --yes");
    assert_eq!(json(&run("list --json")).as_array().map(Vec::len), Some(0));
}

fn check_meeting_now(run: impl Fn(&str) -> Output) {
    let made = json(&run("meet-now conference-call -s Now -f json"));
    let shown = run("show Now");
    assert!(shown.stdout.contains("On the pool:  yes"), "{shown}");
    assert!(made["call_in"]["client_link"].is_string(), "{made}");
}

fn digits(display: &Value) -> String {
    let text = display.as_str().unwrap_or_default();
    text.chars().filter(char::is_ascii_digit).collect()
}

#[test]
fn a_spelling_is_a_number() {
    let desk = Desk::new();
    let _ = desk
        .run("pool serve --spelling odd")
        .code(2)
        .says("invalid value 'odd' for '--spelling <SEED>'");
}
