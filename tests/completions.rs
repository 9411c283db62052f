//! What shells offer when Tab is pressed.

use std::process::Command;

use crate::desk::{Desk, binary};

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
