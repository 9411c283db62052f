//! Tests of the whole program, run as a user runs it. One binary; each file has one subject.
#![allow(missing_docs, clippy::print_stderr)]

mod architecture;
mod caldav;
mod caller;
mod captured;
mod certificates;
mod changes;
mod checklist;
mod children;
mod completions;
mod copy;
mod crowd;
mod desk;
mod diary;
mod drafts;
mod earlier_versions;
mod elsewhere;
mod exit_codes;
mod first_contact;
mod focus_factory;
mod generated;
mod hostile_folder;
mod keys;
mod kinds;
mod laboratory;
mod life;
mod limits;
mod lint;
mod listing;
mod mailing;
mod meetings;
mod neighbours;
mod nothing_lost;
mod occurrences;
mod online_meetings;
mod overload;
mod pool_serve;
mod prompts;
mod redaction;
mod refresh;
mod restored;
mod resume;
mod schedule;
mod screens;
mod settings;
mod sign_in;
mod slow_pool;
mod spelling;
mod strangers;
mod support_log;
mod taken_back;
mod teams;

/// A test file that is not listed above would never run.
#[test]
fn every_test_file_is_listed() {
    let listed = include_str!("main.rs");
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(module) = name.strip_suffix(".rs").filter(|module| *module != "main") else {
            continue;
        };
        assert!(
            listed.contains(&format!("mod {module};")),
            "tests/{name} is not listed in main.rs"
        );
    }
}
