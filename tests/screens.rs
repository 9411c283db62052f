//! What users see, whole: every command on the practice pool, stdout and stderr, with a clock and a
//! seed that make each run the same. `cargo insta review` shows what a change does to it.

use std::fmt::Write;
use std::fs;

use crate::desk::{Desk, NOW, Run, USERS, words};

/// Several commands of one user, one after another.
struct Story {
    desk: Desk,
    text: String,
}

impl Story {
    fn new() -> Self {
        Self {
            desk: Desk::new(),
            text: String::new(),
        }
    }

    fn run(&mut self, line: &str) {
        let run = self.desk.confctl(&words(line));
        self.tell(line, run);
    }

    fn tell(&mut self, line: &str, run: Run) {
        let output = run.env("CONFCTL_SEED", "screens").run();
        let ends_line = |text: &str| match text.ends_with('\n') || text.is_empty() {
            true => text.to_owned(),
            false => format!("{text}(no line end)\n"),
        };
        let stdout = ends_line(&output.stdout.replace('\r', ""));
        let stderr = ends_line(&output.stderr);
        write!(self.text, "$ confctl {line}\n{stdout}").unwrap();
        if !stderr.is_empty() {
            write!(self.text, "--- stderr\n{stderr}").unwrap();
        }
        writeln!(self.text, "--- exit {}\n", output.code).unwrap();
    }

    /// Compares it with what it was.
    fn ends(self, name: &str) {
        let home = self.desk.home().to_str().unwrap();
        insta::assert_snapshot!(name, self.text.replace(home, "~"), name);
    }
}

const SCHEDULE: &str = "schedule live-meeting -s 'Quarterly review' -t '2026-12-01 14:00' -d 90m \
    -i 'Bo Exemplar <bo@example.com>' --optional cy@example.com --room r1@example.com";

#[test]
fn the_same_seed_gives_the_same_and_each_command_its_own() {
    let run = |seed: &str| {
        let desk = Desk::new();
        let made = |line: &str| {
            let run = desk.confctl(&words(line)).env("CONFCTL_SEED", seed);
            run.run().code(0).stdout
        };
        [
            made(SCHEDULE),
            made(SCHEDULE),
            made("meet-now live-meeting"),
        ]
    };
    let first = run("a");
    assert_eq!(first, run("a"));
    assert_ne!(first, run("b"));
    assert_ne!(first[0], first[1]);
}

#[test]
fn another_clock_and_a_seed_are_said_and_a_seed_is_refused_elsewhere() {
    let desk = Desk::new();
    let mut run = desk.confctl(&["list"]).env("CONFCTL_SEED", "a");
    let raw = run.command().output().unwrap();
    assert_eq!(
        String::from_utf8(raw.stderr).unwrap(),
        format!(
            "warning: CONFCTL_NOW is set: the clock shows {NOW}.\n\
             warning: CONFCTL_SEED is set: ids and passcodes are not random, anybody can guess them.\n\
             No account is configured: this is the practice pool, with fictional numbers.\n"
        )
    );
    let account = |server: &str| {
        let run = desk.confctl(&words(SCHEDULE)).env("CONFCTL_SEED", "a");
        let run = run.env("CONFCTL_SERVER", server);
        let run = run
            .env("CONFCTL_USER", USERS[0].0)
            .env("CONFCTL_TIMEOUT", "1");
        run.env("CONFCTL_PASSWORD", "Correct-Horse-7").run()
    };
    for server in [
        "tls:pool.example.com:5061",
        "pool.example.com",
        "tls:192.0.2.7:5061",
    ] {
        let refused = account(server).code(2);
        assert!(
            refused.stderr.contains("CONFCTL_SEED is for tests"),
            "{refused}"
        );
    }
    for server in ["tcp:127.0.0.1:9", "tcp:localhost:9", "tcp:[::1]:9"] {
        let _ = account(server).code(5);
    }
}

#[test]
fn schedule_and_invite() {
    let mut story = Story::new();
    story.run(&format!("{SCHEDULE} --dry-run"));
    story.run(&format!("{SCHEDULE} -f text"));
    for format in ["ics", "text", "html", "eml", "card", "svg", "json"] {
        story.run(&format!("invite quarterly -f {format}"));
    }
    story.run("invite quarterly --send=folder:mails");
    story.run("invite quarterly --send=folder:mails --to bo@example.com --dry-run");
    story.run("invite nobody");
    story.ends("schedule_and_invite");
}

#[test]
fn the_life_of_a_meeting() {
    let mut story = Story::new();
    story.run(&format!("{SCHEDULE} --key review-47 -o review.ics"));
    story.run(&format!("{SCHEDULE} --key review-47 -f json"));
    story.run("schedule live-meeting -s Other -t +2h --key review-47");
    story.run("list");
    story.run("list --json");
    story.run("show quarterly");
    story.run("show quarterly --json");
    story.run("update quarterly -t friday --remove cy@example.com -f text");
    story.run("update quarterly -t friday");
    story.run("copy quarterly -t +7d -s 'Next review' -f text");
    story.run("cancel quarterly --yes");
    story.run("cancel quarterly --yes");
    story.run("list --all");
    story.ends("the_life_of_a_meeting");
}

#[test]
fn a_series_and_its_occurrences() {
    let mut story = Story::new();
    story.run("schedule conference-call --id new -s Standup -t 'monday 9:00' -d 15m --repeat weekdays -i bo@example.com -f text");
    story.run("update standup --occurrence 2026-11-25 -t 11:00 -f text");
    story.run("cancel standup --occurrence 2026-11-26 --yes");
    story.run("show standup");
    story.run("list");
    story.ends("a_series");
}

#[test]
fn meet_now_settings_and_what_is_wrong() {
    let mut story = Story::new();
    story.run("meet-now live-meeting -f text");
    story.run("settings url");
    let run = story.desk.confctl(&["settings", "open"]);
    story.tell("settings open", run.env("BROWSER", "false"));
    story.run("settings show");
    story.run("resume");
    story.run("resume --list --json");
    story.run("refresh");
    story.run("schedule live-meeting -s x");
    story.run("schedule live-meeting -s x -t yesterday");
    story.run("schedule live-meeting -s x -t +2h --zone Europe/Prag");
    story.run("frobnicate");
    story.run("login --user ana@example.com");
    story.ends("meet_now_and_what_is_wrong");
}

#[test]
fn what_is_unfinished() {
    let mut story = Story::new();
    story.run("schedule live-meeting -s Quarterly -t +2d --key k -i bo@example.com");
    for line in [
        "schedule live-meeting -s Yearly -t +2d --key l",
        "resume --list",
        "resume --list --json",
        "resume",
        "resume --forget",
    ] {
        let run = story
            .desk
            .confctl(&words(line))
            .env("CONFCTL_SERVER", "tcp:127.0.0.1:9");
        let run = run.env("CONFCTL_USER", "ana@example.com");
        let run = run.env("CONFCTL_PASSWORD", "Correct-Horse-7");
        story.tell(line, run);
    }
    story.run("invite quarterly --send=smtp://127.0.0.1:9 --practice");
    story.run("resume --list");
    story.ends("what_is_unfinished");
}

#[test]
fn a_refresh() {
    let mut story = Story::new();
    story.run(&format!("{SCHEDULE} --send=folder:mails -o review.ics"));
    story.run("refresh");
    // Another computer gives it another passcode.
    let (data, elsewhere) = (".local/share/confctl", story.desk.path("elsewhere"));
    let (here, there) = (story.desk.path(data), elsewhere.join(data));
    fs::create_dir_all(there.join("diary")).unwrap();
    std::os::unix::fs::symlink(here.join("practice"), there.join("practice")).unwrap();
    for (from, to) in [(&here, &there), (&here.join("diary"), &there.join("diary"))] {
        for file in fs::read_dir(from).unwrap() {
            let file = file.unwrap();
            if file.path().is_file() {
                fs::copy(file.path(), to.join(file.file_name())).unwrap();
            }
        }
    }
    let line = "update quarterly --passcode auto -o other.ics";
    let run = story.desk.confctl(&words(line));
    let run = run.env("HOME", elsewhere.to_str().unwrap());
    story.tell(line, run);
    story.run("refresh");
    story.run("refresh --json");
    story.run("refresh --yes --send=folder:mails");
    story.run("refresh");
    story.ends("a_refresh");
}

#[test]
fn lint() {
    let mut story = Story::new();
    story.run(&format!("{SCHEDULE} -o review.ics"));
    story.run("lint review.ics");
    let text = fs::read_to_string(story.desk.path("review.ics")).unwrap();
    let broken = text
        .replace("DTSTART", "DTSTRAT")
        .replace("METHOD:REQUEST\r\n", "");
    fs::write(story.desk.path("broken.ics"), broken).unwrap();
    story.run("lint broken.ics");
    story.run("lint broken.ics --json");
    story.run("lint missing.ics");
    story.ends("lint");
}

/// What it says while it serves has the computer's ports in it.
#[test]
fn a_pool_that_can_not_be_served() {
    let mut story = Story::new();
    for flags in [
        "--listen udp:1",
        "--fault x",
        "--policy x=1",
        "--users missing",
    ] {
        story.run(&format!("pool serve {flags}"));
    }
    story.ends("a_pool_that_can_not_be_served");
}
