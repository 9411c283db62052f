//! What shells offer when Tab is pressed.

use std::collections::BTreeSet;
use std::process::Command;

use crate::desk::{Desk, Output, binary};
use crate::meetings::lose_state;

/// Two meetings on their own Conference IDs; gives those.
fn two_meetings(desk: &Desk) -> Vec<String> {
    let meeting = |subject, time| {
        let words = ["schedule", "live-meeting", "-s", subject, "-t", time];
        let output = desk.confctl(&words).run().code(0);
        output.value_of("Conference ID: ")
    };
    vec![
        meeting("Later: \"the other one\"", "tomorrow 16:00"),
        meeting("Sooner", "tomorrow 10:00"),
    ]
}

/// What fish is given: a line for each candidate, with a tab before its description.
fn offered(desk: &Desk, line: &[&str]) -> Vec<String> {
    let words = [&["--", "confctl"], line].concat();
    let run = desk.confctl(&words).env("CONFCTL_COMPLETE", "fish");
    let output = run.run().code(0);
    assert_eq!(output.stderr, "", "{output}");
    output.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn meetings_are_offered_with_their_subject_the_next_one_first() {
    let desk = Desk::new();
    assert!(offered(&desk, &["show", "1"]).is_empty());
    let ids = two_meetings(&desk);
    for command in ["show", "update", "cancel", "invite"] {
        let all = offered(&desk, &[command, ""]);
        assert_eq!(all[0], format!("{}\tSooner (Mon 23 Nov 10:00)", ids[1]));
        let later = format!("{}\tLater: \"the other one\" (Mon 23 Nov 16:00)", ids[0]);
        assert_eq!(all[1], later);
    }
    let one = offered(&desk, &["show", &ids[0]]);
    assert_eq!(one.len(), 1, "{one:?}");
    let _ = desk.confctl(&["cancel", &ids[0], "--yes"]).run().code(0);
    assert!(offered(&desk, &["show", &ids[0]]).is_empty());
}

#[test]
fn bash_completes_commands_flags_values_and_meetings() {
    let desk = Desk::new();
    let ids = two_meetings(&desk);
    let script = desk.confctl(&["completions", "bash"]).run().code(0).stdout;
    std::fs::write(desk.path("confctl.bash"), script).unwrap();
    let completed = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let pressed = format!(
            "source confctl.bash; COMP_WORDS=({line}{}); COMP_CWORD={}; \
             _clap_complete_confctl confctl '{}' ''; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            if line.ends_with(' ') { "''" } else { "" },
            words.len() - 1,
            words.last().unwrap()
        );
        let path = format!("{}:/usr/bin:/bin", binary().parent().unwrap().display());
        let bash = Command::new("bash")
            .args(["--norc", "-c", &pressed])
            .current_dir(desk.home())
            .env_clear()
            .env("HOME", desk.home())
            .env("PATH", path)
            .output();
        String::from_utf8(bash.unwrap().stdout).unwrap()
    };
    assert_eq!(completed("confctl sched"), "schedule\n");
    assert_eq!(completed("confctl schedule --dur"), "--duration\n");
    assert_eq!(completed("confctl schedule --id "), "assigned\nnew\n");
    let meetings = completed("confctl cancel ");
    assert!(ids.iter().all(|id| meetings.contains(id)), "{meetings}");
}

/// What a shell would obey if it came into a command line as it is.
const HOSTILE: [&str; 12] = [
    "a$(touch${IFS}PWNED)@example.com",
    "`touch PWNED`",
    "a;touch PWNED",
    "a b",
    "'x'@example.com",
    "\"x@example.com",
    "--yes",
    "-x@example.com",
    "$HOME",
    "~root",
    "*",
    "{a,b}!!",
];

const HOSTILE_SUBJECT: &str = "$(touch PWNED) `touch PWNED`";

/// Puts a meeting with that UID on the assigned conference, which no digits tell from others.
fn schedule_foreign(desk: &Desk, uid: &str, subject: &str) -> Output {
    let calendar = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Office//EN\r\nBEGIN:VEVENT\r\n\
         UID:{uid}\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20261201T140000Z\r\n\
         DTEND:20261201T150000Z\r\nSUMMARY:{subject}\r\nEND:VEVENT\r\n\
         END:VCALENDAR\r\n"
    );
    let words = [
        "schedule",
        "conference-call",
        "--from",
        "-",
        "-o",
        "made.ics",
    ];
    desk.confctl(&words).input(calendar.as_bytes()).run()
}

/// The first word of each line for fish.
fn names(offered: &[String]) -> BTreeSet<&str> {
    let names = offered.iter().map(|line| line.split('\t').next().unwrap());
    names.collect()
}

#[test]
fn nothing_is_offered_that_a_shell_would_obey() {
    let commands = ["show", "update", "cancel", "invite", "copy"];
    let empty = Desk::new();
    let flags = commands.map(|command| offered(&empty, &[command, ""]));
    for uid in HOSTILE {
        let desk = Desk::new();
        let _ = schedule_foreign(&desk, uid, HOSTILE_SUBJECT).code(0);
        let _ = schedule_foreign(&desk, "other@example.com", "Other").code(0);
        for (command, flags) in commands.iter().zip(&flags) {
            let offered = offered(&desk, &[command, ""]);
            let meetings = &names(&offered) - &names(flags);
            assert!(meetings.contains("other@example.com"), "{offered:?}");
            for name in meetings {
                let is_harmless = |b: u8| b.is_ascii_alphanumeric() || b"@._-".contains(&b);
                let is_word = name.bytes().all(is_harmless) && !name.starts_with('-');
                assert!(is_word, "{uid}: {name}");
            }
            assert!(
                names(flags).is_subset(&names(&offered)),
                "{uid}: {offered:?}"
            );
        }
    }
}

/// What was told between two texts, and what comes of it in a shell.
#[track_caller]
fn paste(desk: &Desk, told: &Output, begins: &str, ends: &str) -> Output {
    let (_, line) = told
        .stderr
        .split_once(begins)
        .unwrap_or_else(|| panic!("no '{begins}'\n{told}"));
    let line = &line[..line
        .rfind(ends)
        .unwrap_or_else(|| panic!("no '{ends}'\n{told}"))];
    let pasted = desk.paste(line.trim_end()).run();
    assert!(!desk.path("PWNED").exists(), "{line}");
    assert_eq!(pasted.code, 0, "{line}\n{pasted}");
    pasted
}

/// What confctl says to be typed means the meeting and nothing else, whatever others called it.
#[test]
fn hints_can_be_pasted_into_a_shell() {
    for uid in HOSTILE {
        let desk = Desk::new();
        let _ = schedule_foreign(&desk, "other@example.com", "Other").code(0);
        let _ = schedule_foreign(&desk, uid, HOSTILE_SUBJECT).code(0);
        let named = |words: &[&str]| {
            desk.confctl(&[words, &["--no-input", "--", uid]].concat())
                .run()
        };
        let is_meant = |calendar: &str| {
            calendar
                .replace('\\', "")
                .contains(&format!("UID:{uid}\r\n"))
        };

        let again = schedule_foreign(&desk, uid, HOSTILE_SUBJECT).code(6);
        let _ = paste(&desk, &again, "its invitation: ", "\n");
        let _ = named(&["update", "--invite=-x@example.com"]).code(0);
        let told = named(&["update", "--remove=-x@example.com"]).code(0);
        let printed = paste(&desk, &told, "still has the meeting: '", "' prints what");
        assert!(is_meant(&printed.stdout), "{printed}");
        let _ = named(&["cancel", "--yes"]).code(0);
        let told = named(&["cancel", "--yes"]).code(3);
        let printed = paste(&desk, &told, "its cancellation once more: ", "\n");
        assert!(is_meant(&printed.stdout), "{printed}");
    }
}

#[test]
fn each_command_is_offered_what_it_is_for() {
    let desk = Desk::new();
    let ids = two_meetings(&desk);
    let _ = desk.confctl(&["cancel", &ids[0], "--yes"]).run().code(0);
    let cancelled = offered(&desk, &["undo", ""]);
    let meetings = |offered: &[String]| -> Vec<String> {
        let described = offered.iter().filter(|line| line.contains(" Nov "));
        described.cloned().collect()
    };
    assert_eq!(meetings(&cancelled).len(), 1, "{cancelled:?}");
    assert!(cancelled[0].contains("Later"), "{cancelled:?}");
    assert!(meetings(&offered(&desk, &["adopt", ""])).is_empty());
    lose_state(&desk);
    let foreign = meetings(&offered(&desk, &["adopt", ""]));
    assert_eq!(foreign.len(), 1, "{foreign:?}");
    assert!(foreign[0].contains("Sooner"), "{foreign:?}");
    assert!(meetings(&offered(&desk, &["show", ""])).is_empty());
}
