//! Files on their way to the disk: whose they are, who may read them, and what lies in their way.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::desk::{Desk, words};

const SCHEDULE: &str =
    "schedule live-meeting -s Review -t '2026-12-01 14:00' -d 1h -i bo@example.com";

/// Somebody who is neither us nor root.
const STRANGER: u32 = 61_234;

fn diary(desk: &Desk) -> PathBuf {
    desk.path(".local/share/confctl/diary")
}

fn permissions(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_permissions(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn only_file(folder: &Path) -> PathBuf {
    let mut files = fs::read_dir(folder).unwrap();
    let file = files.next().expect("there is no file").unwrap().path();
    assert!(files.next().is_none(), "there are several files");
    file
}

fn names(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn no_command_removes_a_file_that_another_program_put_into_the_diary() {
    let theirs = [
        "backup.7z.001.part",
        "notes.123.part",
        "film.mkv.1.part",
        "0-a.jsonl.77.part",
        ".hidden.5.part",
        ".confctl-notes.part",
    ];
    let abandoned = ".confctl-1-0123456789abcdef.part";
    let desk = Desk::new();
    let _ = desk.run(SCHEDULE).code(0);
    for line in [
        "list",
        "show Review",
        "update Review -s Revue",
        "refresh",
        "resume",
        "cancel Revue --yes",
    ] {
        for name in theirs.iter().chain([&abandoned]) {
            fs::write(diary(&desk).join(name), "of theirs").unwrap();
        }
        let _ = desk.run(line).code(0);
        for name in theirs {
            let text = fs::read_to_string(diary(&desk).join(name));
            assert_eq!(text.ok().as_deref(), Some("of theirs"), "{line}: {name}");
        }
        let is_left = diary(&desk).join(abandoned).exists();
        let only_looks = ["list", "show Review", "refresh"].contains(&line);
        assert_eq!(is_left, only_looks, "{line}");
    }
}

/// Of earlier versions the name could be guessed: `exec` keeps the number of the shell's process.
#[test]
fn a_link_with_the_name_of_a_draft_spoils_nothing() {
    let lines = [
        (
            "out.ics.$$.part",
            "schedule live-meeting -s B -t '2026-12-01 14:00' -o shared/out.ics",
        ),
        ("out.ics.$$.part", "invite Review -o shared/out.ics"),
        (
            "new.ics.$$.part",
            "schedule live-meeting -s B -t '2026-12-01 14:00'",
        ),
    ];
    for (draft, line) in lines {
        let desk = Desk::new();
        let _ = desk.run(SCHEDULE).code(0);
        fs::create_dir(desk.path("shared")).unwrap();
        fs::write(desk.path("victim"), "precious").unwrap();
        let folder = match draft.starts_with("new") {
            true => diary(&desk),
            false => desk.path("shared"),
        };
        let (home, folder) = (desk.home().display(), folder.display());
        let script = format!("ln -s {home}/victim {folder}/{draft}; exec confctl {line}");
        let _ = desk.paste(&script).run().code(0);
        let victim = fs::read_to_string(desk.path("victim")).unwrap();
        assert_eq!(victim, "precious", "{line}");
    }
}

#[test]
fn what_is_written_anew_is_for_its_owner_alone() {
    let desk = Desk::new();
    let line = format!("umask 022; confctl {SCHEDULE} -o out.ics --send=folder:mails");
    let _ = desk.paste(&line).run().code(0);
    let entry = only_file(&diary(&desk));
    let mail = only_file(&desk.path("mails"));
    for path in [desk.path("out.ics"), mail, entry.clone()] {
        assert_eq!(permissions(&path), 0o600, "{}", path.display());
    }
    // What is there keeps what it has.
    for mode in [0o644, 0o664, 0o600] {
        set_permissions(&entry, mode);
        set_permissions(&desk.path("out.ics"), mode);
        let _ = desk.run("update Review -t +1d -o out.ics").code(0);
        assert_eq!(permissions(&entry), mode);
        assert_eq!(permissions(&desk.path("out.ics")), mode);
    }
    let _ = desk.run("invite Review -f text -o out.txt").code(0);
    assert_eq!(permissions(&desk.path("out.txt")), 0o600);
}

#[test]
fn a_folder_that_is_shared_on_purpose_stays_shared() {
    for (umask, expected) in [("002", 0o660), ("022", 0o640), ("077", 0o600)] {
        let desk = Desk::new();
        fs::create_dir_all(diary(&desk)).unwrap();
        set_permissions(&diary(&desk), 0o2770);
        let line = format!("umask {umask}; confctl {SCHEDULE}");
        let _ = desk.paste(&line).run().code(0);
        assert_eq!(permissions(&only_file(&diary(&desk))), expected, "{umask}");
    }
}

/// What was begun, with whom and when, is nobody else's affair either.
#[test]
fn the_journal_is_private() {
    let desk = Desk::new();
    let run = desk.confctl(&words(&format!("{SCHEDULE} --key k")));
    let run = run
        .env("CONFCTL_SERVER", "tcp:127.0.0.1:9")
        .env("CONFCTL_USER", "sip:ana@example.com")
        .env("CONFCTL_PASSWORD", "x");
    let _ = run.run().code(5);
    let unfinished = desk.path(".local/share/confctl/unfinished");
    let records = names(&unfinished);
    let record = records.iter().find(|name| name.ends_with(".jsonl"));
    assert_eq!(permissions(&unfinished.join(record.unwrap())), 0o600);
}

/// Puts something at the first path; the second one is a file that may be spoilt by that.
type Plant = fn(&Path, &Path);

/// A desk whose folder `shared` belongs to `owner`, with a thing of `maker` in it; none: only root
/// may give files away.
fn planted(mode: u32, owner: u32, maker: u32, plant: Plant) -> Option<Desk> {
    let desk = Desk::new();
    let (shared, victim) = (desk.path("shared"), desk.path("victim"));
    fs::create_dir(&shared).unwrap();
    fs::write(&victim, "precious").unwrap();
    let path = shared.join("out.ics");
    plant(&path, &victim);
    let given = lchown(&path, Some(maker), None).and_then(|()| chown(&shared, Some(owner), None));
    set_permissions(&shared, mode);
    given.is_ok().then_some(desk)
}

fn plant_link(path: &Path, victim: &Path) {
    symlink(victim, path).unwrap();
}

fn plant_link_to_nothing(path: &Path, victim: &Path) {
    symlink(victim.with_file_name("nothing"), path).unwrap();
}

fn plant_link_of_ours_to_another(path: &Path, victim: &Path) {
    let second = path.with_file_name("second");
    symlink(victim, &second).unwrap();
    lchown(&second, Some(STRANGER), None).ok();
    symlink("second", path).unwrap();
}

fn plant_file(path: &Path, _: &Path) {
    fs::write(path, "theirs").unwrap();
    set_permissions(path, 0o666);
}

fn plant_pipe(path: &Path, _: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

#[test]
fn what_a_stranger_put_in_the_way_is_not_written_to() {
    let cases: [(u32, u32, Plant); 6] = [
        (0o777, STRANGER, plant_link),
        (0o1777, STRANGER, plant_link),
        (0o1777, STRANGER, plant_link_to_nothing),
        (0o777, 0, plant_link_of_ours_to_another),
        (0o1777, STRANGER, plant_file),
        (0o1777, STRANGER, plant_pipe),
    ];
    for (mode, maker, plant) in cases {
        let Some(desk) = planted(mode, 0, maker, plant) else {
            return;
        };
        let before = names(&desk.path("shared"));
        for line in [SCHEDULE, "invite Review"] {
            let line = format!("{line} -o shared/out.ics");
            if line.starts_with("invite") {
                let _ = desk.run(SCHEDULE).code(0);
            }
            let output = desk.run(&line).code(2).says("somebody else (user 61234)");
            assert_eq!(output.stdout, "");
            let is_made = diary(&desk).exists() && !names(&diary(&desk)).is_empty();
            assert_eq!(is_made, line.starts_with("invite"), "{line}");
        }
        let victim = fs::read_to_string(desk.path("victim")).unwrap();
        assert_eq!(victim, "precious");
        assert!(!desk.path("nothing").exists());
        assert_eq!(names(&desk.path("shared")), before);
    }
}

#[test]
fn links_of_those_who_may_be_trusted_are_followed() {
    let cases: [(u32, u32, u32, Plant); 6] = [
        (0o755, 0, 0, plant_link),
        (0o1777, 0, 0, plant_link),
        (0o777, STRANGER, STRANGER, plant_link),
        (0o777, STRANGER, 0, plant_link_to_nothing),
        (0o2775, 0, STRANGER, plant_file),
        (0o1777, STRANGER, STRANGER, plant_file),
    ];
    for (mode, owner, maker, plant) in cases {
        let Some(desk) = planted(mode, owner, maker, plant) else {
            return;
        };
        let path = desk.path("shared/out.ics");
        let is_link = path.is_symlink();
        let _ = desk.run(&format!("{SCHEDULE} -o shared/out.ics")).code(0);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("BEGIN:VCALENDAR"), "{mode:o}");
        assert_eq!(path.is_symlink(), is_link, "{mode:o}");
    }
}

#[test]
fn where_no_file_can_be_that_is_told_before_anything_is_made() {
    let desk = Desk::new();
    fs::write(desk.path("file"), "").unwrap();
    symlink("loop", desk.path("loop")).unwrap();
    let long = "x".repeat(300);
    for name in ["missing/out.ics", "file/out.ics", "new/", "loop", &long] {
        let output = desk.run(&format!("{SCHEDULE} -o {name}")).code(2);
        assert_eq!(output.stdout, "", "{name}");
        let is_made = diary(&desk).exists() && !names(&diary(&desk)).is_empty();
        assert!(!is_made, "{name}: {output}");
    }
}

/// Pipes and devices have no drafts.
#[test]
fn what_is_no_file_is_written_as_it_is() {
    let desk = Desk::new();
    for line in [
        "confctl invite Review -o /dev/stdout | cat",
        "confctl invite Review -o /proc/self/fd/1 | cat",
        "confctl invite Review -o /dev/stdout > made.ics; cat made.ics",
        "mkfifo pipe; cat pipe & confctl invite Review -o pipe; wait",
    ] {
        let _ = desk.run(SCHEDULE).code(0);
        let output = desk.paste(line).run().code(0);
        assert!(
            output.stdout.starts_with("BEGIN:VCALENDAR"),
            "{line}: {output}"
        );
        let _ = desk.run("cancel Review --yes").code(0);
    }
}
