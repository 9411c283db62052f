//! The rules of `src/lib.rs`, as far as a search can watch them.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    collect(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("src")
            .join(folder),
        &mut found,
    );
    assert!(!found.is_empty(), "nothing in {folder}");
    found
}

fn collect(place: &Path, found: &mut Vec<(PathBuf, String)>) {
    if place.is_dir() {
        for entry in fs::read_dir(place).unwrap() {
            collect(&entry.unwrap().path(), found);
        }
    } else if place.extension().is_some_and(|extension| extension == "rs")
        && !place.ends_with("tests.rs")
    {
        let text = fs::read_to_string(place).unwrap();
        // Unit tests may do what the code may not.
        let code = text
            .split("#[cfg(test)]\nmod tests")
            .next()
            .unwrap_or_default()
            .to_owned();
        found.push((place.to_owned(), code));
    }
}

#[track_caller]
fn forbid(folder: &str, words: &[&str]) {
    for (file, code) in sources(folder) {
        for word in words {
            assert!(!code.contains(word), "{} holds '{word}'", file.display());
        }
    }
}

#[test]
fn proto_has_no_sockets_files_clock_or_randomness() {
    forbid(
        "proto",
        &["std::net", "std::fs", "::now()", "getrandom", "rand::"],
    );
    forbid(
        "proto",
        &[
            "crate::backend",
            "crate::practice",
            "crate::conference",
            "crate::error",
            "crate::app",
        ],
    );
}

#[test]
fn pool_and_practice_meet_in_proto_only() {
    forbid(
        "backend",
        &[
            "crate::practice",
            "crate::commands",
            "crate::terminal",
            "crate::settings",
            "clap::",
        ],
    );
    forbid(
        "practice",
        &[
            "crate::backend",
            "crate::commands",
            "crate::terminal",
            "crate::settings",
            "clap::",
        ],
    );
}

#[test]
fn nouns_and_invitations_know_nothing_of_pools() {
    forbid(
        "conference",
        &[
            "crate::proto",
            "crate::backend",
            "crate::terminal",
            "std::fs",
            "std::net",
        ],
    );
    forbid(
        "invitation",
        &[
            "crate::backend",
            "crate::practice",
            "crate::terminal",
            "std::fs",
            "std::net",
        ],
    );
}

#[test]
fn lint_looks_at_bytes_only() {
    forbid(
        "lint",
        &[
            "std::fs",
            "std::net",
            "clap::",
            "crate::backend",
            "crate::practice",
            "crate::terminal",
            "crate::commands",
        ],
    );
}

#[test]
fn commands_leave_the_wire_to_the_pool() {
    for command in ["schedule", "settings.rs", "login.rs"] {
        forbid(
            &format!("commands/{command}"),
            &["crate::proto::c3p", "crate::proto::sip", "TcpStream"],
        );
    }
}

#[test]
fn only_the_terminal_prints() {
    for (file, code) in sources("") {
        if file.ends_with("terminal.rs") {
            continue;
        }
        for word in [
            "io::stdout()",
            "io::stderr().lock",
            "println!(",
            "eprintln!(",
        ] {
            assert!(!code.contains(word), "{} holds '{word}'", file.display());
        }
    }
}
