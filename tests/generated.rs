//! `completions/` and `man/` hold what the program prints. To refresh them:
//!
//! ```text
//! confctl completions bash > completions/confctl.bash
//! confctl completions zsh > completions/_confctl
//! confctl completions fish > completions/confctl.fish
//! confctl completions elvish > completions/confctl.elv
//! confctl completions powershell > completions/_confctl.ps1
//! confctl man --dir man
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::desk::Desk;

/// The committed files and the shells they are for, named as each shell wants them.
const COMPLETIONS: [(&str, &str); 5] = [
    ("confctl.bash", "bash"),
    ("_confctl", "zsh"),
    ("confctl.fish", "fish"),
    ("confctl.elv", "elvish"),
    ("_confctl.ps1", "powershell"),
];

fn top(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

#[test]
fn completions_are_fresh() {
    let desk = Desk::new();
    let committed = files(&top("completions"));
    assert_eq!(committed.len(), COMPLETIONS.len());
    for (file, shell) in COMPLETIONS {
        let printed = desk.confctl(&["completions", shell]).run().code(0).stdout;
        assert!(
            committed[file] == printed,
            "completions/{file} is stale: see tests/generated.rs"
        );
    }
}

#[test]
fn manual_pages_are_fresh() {
    let desk = Desk::new();
    desk.confctl(&["man", "--dir", "man"]).run().code(0);
    let printed = files(&desk.path("man"));
    let committed = files(&top("man"));
    assert_eq!(
        committed.keys().collect::<Vec<_>>(),
        printed.keys().collect::<Vec<_>>()
    );
    for (name, page) in &printed {
        assert!(
            committed[name] == *page,
            "man/{name} is stale: see tests/generated.rs"
        );
    }
}

#[test]
fn the_manual_lists_every_exit_code() {
    let desk = Desk::new();
    let page = desk
        .confctl(&["man"])
        .run()
        .code(0)
        .stdout
        .replace("\\-", "-");
    for (code, meaning) in confctl::error::EXIT_CODES {
        assert!(page.contains(&format!("  {code:<4}{meaning}")), "{code}");
    }
}
