//! How long whole processes take, side by side in one run: `cargo bench --bench startup`.
//!
//! Pairs `confctl --version` with the smallest Rust program there is, and measures a whole
//! `schedule` on the practice pool: server, TLS, sign-in, conference, invitation.
#![allow(missing_docs, clippy::print_stdout)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 60;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let trivial = trivial_program(folder.path());
    let home = folder.path().join("home");
    fs::create_dir(&home).unwrap();
    let confctl = env!("CARGO_BIN_EXE_confctl");

    let version = || time(Command::new(confctl).arg("--version"));
    let nothing = || time(&mut Command::new(&trivial));
    let first = schedule(confctl, &home);
    let mut measured: [Vec<Duration>; 3] = Default::default();
    for _ in 0..ROUNDS {
        measured[0].push(nothing());
        measured[1].push(version());
        measured[2].push(schedule(confctl, &home));
    }
    let [nothing, version, schedule] = measured.map(median);
    println!("{ROUNDS} rounds, medians of whole processes:");
    println!(
        "trivial Rust program       {:>8.2} ms",
        milliseconds(nothing)
    );
    println!(
        "confctl --version          {:>8.2} ms  {:.1} times the trivial program, {:.2} ms more",
        milliseconds(version),
        version.as_secs_f64() / nothing.as_secs_f64(),
        milliseconds(version.saturating_sub(nothing)),
    );
    println!(
        "confctl schedule, practice {:>8.2} ms",
        milliseconds(schedule)
    );
    println!(
        "  the very first, which makes keys and certificates {:>8.2} ms",
        milliseconds(first)
    );
}

fn trivial_program(folder: &Path) -> std::path::PathBuf {
    let source = folder.join("trivial.rs");
    fs::write(&source, "fn main() { println!(\"trivial 0.1.0\"); }\n").unwrap();
    let program = folder.join("trivial");
    let mut rustc = Command::new("rustc");
    rustc.args(["-O", "-o"]).arg(&program).arg(&source);
    assert!(rustc.status().unwrap().success());
    program
}

fn schedule(confctl: &str, home: &Path) -> Duration {
    let mut command = Command::new(confctl);
    command.args([
        "schedule",
        "live-meeting",
        "-s",
        "Quarterly review",
        "-t",
        "tomorrow 10:00",
    ]);
    command
        .args(["-i", "ana@example.com"])
        .env_clear()
        .env("HOME", home);
    time(&mut command)
}

fn time(command: &mut Command) -> Duration {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let begun = Instant::now();
    assert!(command.status().unwrap().success());
    begun.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
