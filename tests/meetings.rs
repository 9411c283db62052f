//! What tests of meetings have in common: one that is scheduled, and ways to look at it.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::desk::{Desk, Output, Run, ServedPool, USERS};

/// Schedules a Live Meeting tomorrow at ten.
pub fn schedule(desk: &Desk, flags: &[&str]) -> Output {
    run(desk, &[&MEETING[..], flags].concat()).code(0)
}

/// A Live Meeting tomorrow at ten.
pub const MEETING: [&str; 8] = [
    "schedule",
    "live-meeting",
    "-s",
    "Quarterly review",
    "-t",
    "tomorrow 10:00",
    "-i",
    "bo@example.com",
];

pub fn run(desk: &Desk, words: &[&str]) -> Output {
    desk.confctl(words).run()
}

pub fn json(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{output}"))
}

pub fn listed(desk: &Desk, flags: &[&str]) -> Vec<Value> {
    let output = run(desk, &[&["list", "--json"][..], flags].concat()).code(0);
    json(&output).as_array().unwrap().clone()
}

/// What a broken disk takes, or a backup that left it out.
pub fn lose_state(desk: &Desk) {
    for lost in ["state.sqlite", "state.sqlite-wal", "state.sqlite-shm"] {
        let _ = fs::remove_file(desk.path(".local/share/confctl").join(lost));
    }
}

pub fn diary(desk: &Desk) -> Vec<PathBuf> {
    let folder = fs::read_dir(desk.path(".local/share/confctl/diary"));
    let files = folder.unwrap().map(|file| file.unwrap().path());
    files.collect()
}

pub fn entry(desk: &Desk) -> String {
    let files = diary(desk);
    assert_eq!(files.len(), 1, "{files:?}");
    fs::read_to_string(&files[0]).unwrap()
}

pub fn unfolded(text: &str) -> String {
    text.replace("\r\n ", "")
}

/// A command of one of the pool's users.
pub fn at(desk: &Desk, pool: &ServedPool, user: usize, words: &[&str]) -> Run {
    let (address, login, password) = USERS[user];
    desk.confctl_at(pool, words)
        .env("CONFCTL_USER", address)
        .env("CONFCTL_LOGIN", login)
        .env("CONFCTL_PASSWORD", password)
}
