//! `update` starts from the meeting: what is not named stays as it is, and what changes for whom is
//! shown before it is made.

use crate::desk::{Desk, ServedPool, words};
use crate::meetings;
use crate::prompts::on_terminal;

const SCHEDULE: &str = "schedule live-meeting -s 'Quarterly review' -t '2026-12-01 14:00' -d 90m \
                        -i bo@example.com,cy@example.com";

/// The row of `list` after a change.
fn row(desk: &Desk) -> String {
    let piped = desk.run("list").code(0).stdout;
    let fields: Vec<&str> = piped.split('\t').collect();
    fields[0].to_owned()
}

#[track_caller]
fn moves(flags: &str, to: &str) {
    let desk = Desk::new();
    let _ = desk.run(SCHEDULE).code(0);
    let output = desk.run(&format!("update quarterly {flags}")).code(0);
    let updated = format!("Updated: {to}.\n");
    assert!(output.stderr.ends_with(&updated), "{flags}: {output}");
    let end = meetings::json(&desk.run("invite quarterly -f json").code(0))["end"].clone();
    let clock = to.split('–').nth(1).unwrap().split(' ').next().unwrap();
    assert!(
        end.as_str().unwrap().contains(&format!("T{clock}:00")),
        "{flags}: {end}"
    );
}

#[test]
fn a_clock_keeps_the_day_and_a_day_the_clock() {
    moves("--start 15:00", "Tuesday 1 December 2026 15:00–16:30 UTC");
    moves("-t 9:30", "Tuesday 1 December 2026 09:30–11:00 UTC");
    moves("-t friday", "Friday 27 November 2026 14:00–15:30 UTC");
    moves("-t 2026-12-24", "Thursday 24 December 2026 14:00–15:30 UTC");
    moves("-t tomorrow", "Monday 23 November 2026 14:00–15:30 UTC");
    moves(
        "-t 'friday 9:00'",
        "Friday 27 November 2026 09:00–10:30 UTC",
    );
    moves(
        "-t '2 dec 10:00' -d 1h",
        "Wednesday 2 December 2026 10:00–11:00 UTC",
    );
    moves(
        "-t 15:00 --end 16:00",
        "Tuesday 1 December 2026 15:00–16:00 UTC",
    );
}

#[test]
fn a_shift_moves_it_by_so_much() {
    moves("--start +30m", "Tuesday 1 December 2026 14:30–16:00 UTC");
    moves("--start +2h", "Tuesday 1 December 2026 16:00–17:30 UTC");
    moves("--start -1h", "Tuesday 1 December 2026 13:00–14:30 UTC");
    moves("-t +1d", "Wednesday 2 December 2026 14:00–15:30 UTC");
}

#[test]
fn a_length_keeps_the_start() {
    moves("-d 2h", "Tuesday 1 December 2026 14:00–16:00 UTC");
    moves("--end 15:00", "Tuesday 1 December 2026 14:00–15:00 UTC");
}

/// A meeting that is seen from another zone keeps its own day and clock.
#[test]
fn day_and_clock_are_those_of_the_meeting_not_of_this_computer() {
    let desk = Desk::new();
    let _ = desk
        .run(&format!("{SCHEDULE} --zone America/New_York"))
        .code(0);
    for (flags, to) in [
        (
            "-t 15:00",
            "Tuesday 1 December 2026 15:00–16:30 America/New_York",
        ),
        (
            "-t friday",
            "Friday 27 November 2026 15:00–16:30 America/New_York",
        ),
        (
            "-t +30m",
            "Friday 27 November 2026 15:30–17:00 America/New_York",
        ),
    ] {
        let line = format!("update quarterly {flags}");
        let run = desk.confctl(&words(&line)).env("TZ", "Asia/Tokyo").run();
        assert!(
            run.code(0).stderr.contains(&format!("Updated: {to}")),
            "{flags}"
        );
    }
}

#[test]
fn one_of_a_series_starts_from_its_own_day() {
    let desk = Desk::new();
    let line = "schedule live-meeting -s Standup -t '2026-11-30 9:00' -d 15m --repeat weekdays";
    let _ = desk.run(line).code(0);
    for (flags, to) in [
        (
            "--occurrence 2026-12-03 -t 11:00",
            "Thursday 3 December 2026 11:00–11:15 UTC",
        ),
        (
            "--occurrence 2026-12-04 -t +30m",
            "Friday 4 December 2026 09:30–09:45 UTC",
        ),
        (
            "--occurrence 2026-12-07 -t 2026-12-08",
            "Tuesday 8 December 2026 09:00–09:15 UTC",
        ),
        // One that was moved before starts from where it is.
        (
            "--occurrence 2026-12-03 -t +1h",
            "Thursday 3 December 2026 12:00–12:15 UTC",
        ),
    ] {
        let output = desk.run(&format!("update standup {flags}")).code(0);
        assert!(
            output.stderr.ends_with(&format!("Updated: {to}.\n")),
            "{flags}: {output}"
        );
    }
    let all = desk.run("update standup -t 10:00").code(0);
    assert!(
        all.stderr
            .contains("Updated: Monday 30 November 2026 10:00–10:15"),
        "{all}"
    );
}

/// A weekday is about the meeting: whoever moves one of a series far ahead does not mean this week.
#[test]
fn a_weekday_of_a_series_is_in_the_week_of_the_meeting() {
    let at = |desk: &Desk, now: &str, line: &str| {
        let run = desk.confctl(&words(line));
        run.env("CONFCTL_NOW", now).env("TZ", "Europe/Prague").run()
    };
    let (desk, now) = (Desk::new(), "2027-03-20T10:00:00Z");
    let line = "schedule live-meeting -s Weekly -t '2027-03-24 9:00' -d 30m --repeat weekly";
    let _ = at(&desk, now, line).code(0);
    for (flags, to) in [
        (
            "--occurrence 2027-03-31 -t tuesday",
            "Tuesday 30 March 2027 09:00",
        ),
        (
            "--occurrence 2027-04-14 -t 'fri 8:00'",
            "Friday 16 April 2027 08:00",
        ),
        (
            "--occurrence 2027-04-21 -t 'next monday'",
            "Monday 26 April 2027 09:00",
        ),
        // One that was moved is in the week that it was moved to.
        (
            "--occurrence 2027-03-31 -t thursday",
            "Thursday 1 April 2027 09:00",
        ),
    ] {
        let moved = at(&desk, now, &format!("update weekly {flags}")).code(0);
        let _ = moved.says(&format!("Updated: {to}"));
    }
    let said = at(
        &desk,
        now,
        "update weekly --occurrence 2027-04-07 -t tuesday -d 45m",
    );
    let _ = said.code(0).says("Tuesday 6 April 2027 09:00–09:45");
}

/// What is past stays past: COUNT counts it.
#[test]
fn a_series_that_has_begun_moves_within_its_first_week() {
    let desk = Desk::new();
    let line =
        "schedule live-meeting -s Weekly -t '2026-11-02 9:00' -d 30m --repeat weekly --count 6";
    let made = desk.confctl(&words(line));
    let _ = made
        .env("CONFCTL_NOW", "2026-11-01T09:00:00Z")
        .run()
        .code(0);
    let moved = desk.run("update weekly -t friday").code(0);
    let _ = moved.says("Updated: Friday 6 November 2026 09:00–09:30 UTC.");
    let entry = meetings::entry(&desk);
    assert!(entry.contains("DTSTART:20261106T090000Z\r\n"), "{entry}");
    assert!(
        entry.contains("RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=6\r\n"),
        "{entry}"
    );
    // An explicit day is as it is typed, and so is a word about today.
    let _ = desk
        .run("update weekly -t tomorrow")
        .code(0)
        .says("Updated: Monday 23 November 2026");
}

#[test]
fn a_shift_into_the_hour_that_the_clocks_skip_is_said() {
    for shift in ["+1d", "+7d", "2027-03-28"] {
        let desk = Desk::new();
        let day = if shift == "+7d" { 21 } else { 27 };
        let line =
            format!("schedule live-meeting -s x -t '2027-03-{day} 2:30' --zone Europe/Prague");
        let _ = desk.run(&line).code(0);
        let moved = desk.run(&format!("update x -t {shift}")).code(0);
        let _ = moved
            .says("warning: the clocks skip 02:30 that day: taken as Sunday 28 March 2027 03:30");
    }
}

#[test]
fn an_end_may_be_noon_or_midnight_but_not_a_day_alone() {
    moves(
        "-t 10:00 --end noon",
        "Tuesday 1 December 2026 10:00–12:00 UTC",
    );
    moves("--end 16:00", "Tuesday 1 December 2026 14:00–16:00 UTC");
    let desk = Desk::new();
    let _ = desk.run(SCHEDULE).code(0);
    let midnight = desk.run("update quarterly -t 22:00 --end Midnight").code(0);
    let _ = midnight.says("Tuesday 1 December 2026 22:00 – Wednesday 2 December 2026 00:00 UTC");
    let _ = desk
        .run("update quarterly -t midnight")
        .code(0)
        .says("Tuesday 1 December 2026 00:00–02:00");
    for (end, said) in [
        (
            "friday",
            "'friday' is a day without a time: add one, as in 'friday 10:00'",
        ),
        ("tomorrow", "'tomorrow' is a day without a time"),
        ("soon", "'soon' is not a time"),
        (
            "25:00",
            "'25:00' in '2026-12-01 25:00' is not a time of day",
        ),
    ] {
        let _ = desk
            .run(&format!("update quarterly --end {end}"))
            .code(2)
            .says(said);
    }
}

#[test]
fn what_is_past_or_nothing_is_refused() {
    let desk = Desk::new();
    let _ = desk.run(SCHEDULE).code(0);
    let _ = desk
        .run("update quarterly -t 2026-11-01")
        .code(2)
        .says("in the past");
    let _ = desk
        .run("update quarterly -t -20d")
        .code(2)
        .says("in the past");
    let _ = desk
        .run("update quarterly")
        .code(2)
        .says("nothing to change");
    let _ = desk
        .run("update quarterly -t 14:00")
        .code(2)
        .says("already");
    assert_eq!(row(&desk), "Tue 2026-12-01 14:00");
}

/// Everything that can change has its line; how many mails go is said.
#[test]
fn on_a_terminal_one_screen_says_what_changes_and_asks() {
    let desk = Desk::new();
    let _ = desk.run(SCHEDULE).code(0);
    let line = "update quarterly -s 'Yearly review' -t 15:00 -i di@example.com \
                --remove cy@example.com --region France --passcode auto --lang de \
                --no-passcode --new-block --send=folder:mails";
    let mut asked = on_terminal(desk.confctl(&words(line)));
    let screen = asked.sees("Change it? [y/N]");
    for part in [
        "'Quarterly review':",
        "When        Tuesday 1 December 2026 14:00",
        " Tuesday 1 December 2026 15:00",
        "Subject     Quarterly review ",
        " Yearly review",
        "Invited     di@example.com",
        "Removed     cy@example.com",
        "Passcode    new random digits",
        "Dial-in     France",
        "Language    de",
        "Invitation  without the passcode",
        "Call-in     is added anew",
        "3 mails go out.",
    ] {
        assert!(screen.contains(part), "no '{part}' in\n{screen}");
    }
    asked.answers("n");
    assert!(asked.ends(1).contains("nothing was changed"));
    assert_eq!(row(&desk), "Tue 2026-12-01 14:00");
    assert!(!desk.path("mails").exists());
    let mut asked = on_terminal(desk.confctl(&words(line)));
    asked.sees("Change it?");
    asked.answers("y");
    let rest = asked.ends(0);
    let last = rest.trim_end().lines().last().unwrap();
    assert!(
        last.starts_with("Updated: Tuesday 1 December 2026 15:00"),
        "{rest}"
    );
    assert_eq!(std::fs::read_dir(desk.path("mails")).unwrap().count(), 3);
}

#[test]
fn the_screen_knows_lobby_and_presenters_and_who_is_not_mailed() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&["--dialect", "lync"]));
    let _ = desk.run_at(&pool, SCHEDULE).code(0);
    let line = "update quarterly --promote everyone --lobby-bypass no --access closed --no-input";
    let _ = desk.run_at(&pool, line).code(0);
    let line = "update quarterly --promote company --lobby-bypass yes --access locked";
    let mut asked = on_terminal(desk.confctl_at(&pool, &words(line)));
    let screen = asked.sees("Change it?");
    for part in [
        "Access      you and the presenters, others wait in the lobby",
        "Presenters  everybody of the organisation",
        "Lobby       phone callers skip it",
        "Nobody is mailed.",
    ] {
        assert!(screen.contains(part), "no '{part}' in\n{screen}");
    }
    asked.answers("y");
    let _ = asked.ends(0);
}

#[test]
fn yes_skips_the_question() {
    let desk = Desk::new();
    let _ = desk.run(SCHEDULE).code(0);
    let mut told = on_terminal(desk.confctl(&words("update quarterly -t 15:00 --yes")));
    let all = told.ends(0);
    assert!(!all.contains("Change it?"), "{all}");
    assert_eq!(row(&desk), "Tue 2026-12-01 15:00");
    // Without a terminal nobody is asked either.
    let _ = desk.run("update quarterly -t 16:00").code(0);
    assert_eq!(row(&desk), "Tue 2026-12-01 16:00");
}
