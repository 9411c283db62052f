//! Files that appear, vanish and become others while commands run.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use super::Real;
use super::neighbours::{foreign, make_pipe};
use super::random::Random;

/// What the names of all of them have, so that nobody takes them for others.
pub const NAME: &str = "flood-";

/// Files that come and go at once.
const MANY: usize = 150;

/// Goes on until it is told to stop, and leaves nothing behind.
pub fn flood(folder: &Path, real: &[Real], seed: u64, is_over: &AtomicBool) {
    let mut random = Random(seed);
    let spare = Spare::new(folder);
    while !is_over.load(Ordering::Relaxed) {
        let place = folder.join(format!("{NAME}{}.ics", random.below(6)));
        match random.below(12) {
            0..4 => spare.put(&text(real, &mut random), &place),
            4 => overwrite(&place, &text(real, &mut random)),
            5 | 6 => drop(fs::remove_file(&place)),
            7 => drop(fs::rename(
                folder.join(format!("{NAME}{}.ics", random.below(6))),
                &place,
            )),
            8 | 9 => spare.swap(&place, 40),
            10 => touch(&random.pick(real).path),
            _ if random.is_one_in(20) => many(folder, &text(real, &mut random)),
            _ => thread::sleep(Duration::from_micros(500)),
        }
    }
    dry(folder);
}

/// Files and pipes by turns, and nothing else.
pub fn swap(folder: &Path, is_over: &AtomicBool) {
    let spare = Spare::new(folder);
    while !is_over.load(Ordering::Relaxed) {
        for at in 0..6 {
            spare.swap(&folder.join(format!("{NAME}{at}.ics")), 20);
        }
    }
    dry(folder);
}

fn dry(folder: &Path) {
    for name in super::names(folder) {
        if super::is_of_flood(&name) {
            fs::remove_file(folder.join(name)).unwrap();
        }
    }
}

/// Noise, somebody's meeting, or an older version of ours.
fn text(real: &[Real], random: &mut Random) -> Vec<u8> {
    match random.below(4) {
        0 => random.bytes(2000),
        1 => foreign(
            &format!("flood-{}", random.below(9)),
            "DTSTART:20261124T080000Z",
            "",
        )
        .into(),
        2 => b"BEGIN:VCALENDAR\r\nX-NOTE:(confctl)\r\n".to_vec(),
        _ => {
            let older = &random.pick(real).text;
            older.replace("DTSTAMP:2026", "DTSTAMP:2025").into()
        }
    }
}

/// In its place, unless it is a pipe, which would be waited for.
fn overwrite(place: &Path, bytes: &[u8]) {
    if fs::symlink_metadata(place).is_ok_and(|there| there.is_file()) {
        fs::write(place, bytes).unwrap();
    }
}

/// Looks otherwise, and is the same: as a backup or a search leaves it.
fn touch(path: &Path) {
    if let Ok(file) = File::open(path) {
        let _ = file.set_modified(SystemTime::now());
    }
}

fn many(folder: &Path, bytes: &[u8]) {
    let path = |at: usize| folder.join(format!("{NAME}{at:04}.ics"));
    for at in 10..MANY {
        fs::write(path(at), bytes).unwrap();
    }
    for at in 10..MANY {
        let _ = fs::remove_file(path(at));
    }
}

/// Where files wait to be renamed.
struct Spare {
    file: PathBuf,
    pipe: PathBuf,
}

impl Spare {
    fn new(folder: &Path) -> Self {
        let pipe = folder.join(format!(".{NAME}pipe"));
        make_pipe(&pipe);
        Self {
            file: folder.join(format!(".{NAME}file")),
            pipe,
        }
    }

    fn put(&self, bytes: &[u8], place: &Path) {
        fs::write(&self.file, bytes).unwrap();
        fs::rename(&self.file, place).unwrap();
    }

    /// A file and a pipe under one name by turns, faster than anybody looks.
    fn swap(&self, place: &Path, times: usize) {
        fs::write(&self.file, "BEGIN:VCALENDAR\r\nX-NOTE:(confctl)\r\n").unwrap();
        let other = place.with_extension("other");
        for _ in 0..times {
            for one in [&self.file, &self.pipe] {
                let _ = fs::hard_link(one, &other);
                let _ = fs::rename(&other, place);
            }
        }
    }
}
