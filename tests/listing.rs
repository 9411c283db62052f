//! What is said of conferences that the pool's list does not have.

use std::fs;

use rusqlite::Connection;
use serde_json::Value;

use crate::desk::{Desk, Output, ServedPool};
use crate::laboratory::at_once;
use crate::meetings::{MEETING, diary, json, run};

/// What the practice pool of a desk keeps.
fn database(desk: &Desk) -> Connection {
    let file = desk.path(".local/share/confctl/practice/pool.sqlite");
    Connection::open(file).unwrap()
}

/// Makes conferences that no diary has, all of one subject.
fn fill(desk: &Desk, count: u32, subject: &str) {
    let made = database(desk).execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1),
              one AS (SELECT * FROM conference WHERE NOT assigned ORDER BY rowid LIMIT 1)
         INSERT INTO conference
         SELECT organizer, printf('F%031d', i), version,
                replace(replace(document, id, printf('F%031d', i)), 'Early bird', ?2),
                NULL, NULL, updated, expires, 0 FROM one, n",
        (count, subject),
    );
    assert_eq!(made.unwrap(), count as usize);
}

/// Deletes conferences, and nobody is told.
fn lose(desk: &Desk, subject: &str) {
    let lost = database(desk).execute(
        "DELETE FROM conference WHERE NOT assigned AND instr(document, ?1)",
        [format!(">{subject}")],
    );
    assert_ne!(lost.unwrap(), 0);
}

fn meeting(subject: &str, start: &str) -> Vec<String> {
    let words = ["schedule", "live-meeting", "-s", subject, "-t", start];
    words.map(str::to_owned).to_vec()
}

fn schedule(desk: &Desk, subject: &str, start: &str) {
    let words = meeting(subject, start);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let _ = run(desk, &words).code(0);
}

/// Sixty meetings on as many days.
fn schedule_sixty(schedule: impl Fn(&[&str]) + Sync) {
    let days: Vec<usize> = (1..=60).collect();
    at_once(4, &days, |day| {
        let words = meeting(&format!("Meeting {day:02}"), &format!("+{day}d"));
        schedule(&words.iter().map(String::as_str).collect::<Vec<_>>());
    });
}

/// Subjects and states of what a list in JSON shows, conferences without an entry aside.
fn states(listed: &Output) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = json(listed).as_array().unwrap().clone();
    let entries = rows.iter().filter(|row| !row["uid"].is_null());
    entries
        .map(|row| (text(&row["subject"]), text(&row["state"])))
        .collect()
}

fn count(states: &[(String, String)], state: &str) -> usize {
    states.iter().filter(|(_, is)| is == state).count()
}

fn expected(states: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(subject, state): &(&str, &str)| ((*subject).to_owned(), (*state).to_owned());
    states.iter().map(owned).collect()
}

/// How often single conferences were asked for.
fn questions(output: &Output) -> usize {
    output.stderr.matches("<conferenceKeys").count()
}

#[test]
fn what_is_not_in_a_list_that_can_not_be_had_is_asked_for() {
    let desk = Desk::new();
    schedule(&desk, "Early bird", "+1d");
    schedule(&desk, "Dodo", "+2d");
    fill(&desk, 1500, &"会".repeat(500));
    lose(&desk, "Dodo");
    let listed = run(&desk, &["list", "--json"]).code(0);
    assert_eq!(
        states(&listed),
        expected(&[("Early bird", "ok"), ("Dodo", "gone")])
    );
    let listed = listed.says("The list of conferences is not complete: ");
    assert!(!listed.stderr.contains("unlisted"), "{listed}");
    let shown = run(&desk, &["show", "dodo"]).code(0);
    assert!(shown.stdout.contains("no, it is gone"), "{shown}");
    let _ = run(&desk, &["refresh", "early", "--check"]).code(0);
}

/// Nearly as many as a user may have, with subjects as long as Outlook's.
#[test]
fn a_list_of_all_that_a_user_may_have_is_complete() {
    let desk = Desk::new();
    schedule(&desk, "Early bird", "+1d");
    fill(&desk, 993, &"会".repeat(224));
    let listed = run(&desk, &["list", "--json"]).code(0);
    assert_eq!(states(&listed), expected(&[("Early bird", "ok")]));
    let rows = json(&listed).as_array().unwrap().len();
    assert_eq!(rows, 994);
    assert!(!listed.stderr.contains("not complete"), "{listed}");
}

#[test]
fn of_sixty_that_are_not_listed_fifty_are_asked_for() {
    let desk = Desk::new();
    schedule_sixty(|words| drop(run(&desk, words).code(0)));
    lose(&desk, "Meeting");
    let listed = run(&desk, &["list", "--json"]).code(0);
    let states = states(&listed);
    assert_eq!(
        (count(&states, "gone"), count(&states, "unlisted")),
        (50, 10)
    );
    assert!(states[..50].iter().all(|(_, state)| state == "gone"));
    let listed = listed.says("10 meetings are 'unlisted'").says("show CONF");
    assert_eq!(listed.stderr.matches("unlisted").count(), 1, "{listed}");
    let few = run(&desk, &["list", "--limit", "3", "-vv"]).code(0);
    assert_eq!(questions(&few), 3, "{few}");
    assert_eq!(few.stdout.matches("\tgone\t").count(), 3, "{few}");
    assert!(!few.stderr.contains("unlisted"), "{few}");
    let rows = run(&desk, &["list"]).code(0);
    assert_eq!(rows.stdout.matches("\tunlisted\t").count(), 10, "{rows}");
    let offline = run(&desk, &["list", "--offline"]).code(0);
    assert_eq!(offline.stdout.matches("\tnot asked\t").count(), 60);
}

/// Meetings to come are asked for before those that are past.
#[test]
fn those_to_come_are_asked_for_first() {
    let desk = Desk::new();
    let pool = ServedPool::start(&["--fault", "short-list=0"]);
    schedule_sixty(|words| drop(desk.confctl_at(&pool, words).run().code(0)));
    let later = |words: &[&str]| {
        let run = desk.confctl_at(&pool, words);
        run.env("CONFCTL_NOW", "2026-12-28T00:00:00Z").run().code(0)
    };
    let listed = states(&later(&["list", "--all", "--json"]));
    assert_eq!((count(&listed, "ok"), count(&listed, "unlisted")), (50, 10));
    assert!(
        listed[25..35].iter().all(|(_, state)| state == "unlisted"),
        "{listed:?}"
    );
    assert_eq!(questions(&later(&["list", "--until", "+2d", "-vv"])), 2);
}

/// One question is enough for all that share the assigned conference.
#[test]
fn a_conference_of_several_meetings_is_asked_for_once() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&["--fault", "short-list=0"]));
    for subject in ["Standup", "Sync", "Retro"] {
        let words = ["schedule", "conference-call", "-s", subject, "-t", "+1d"];
        let _ = desk.confctl_at(&pool, &words).run().code(0);
    }
    let listed = desk.run_at(&pool, "list -vv").code(0);
    assert_eq!(listed.stdout.matches("\tok\t").count(), 3, "{listed}");
    assert_eq!(questions(&listed), 1, "{listed}");
}

#[test]
fn a_refused_list_and_a_refused_conference_are_no_proof() {
    let desk = Desk::new();
    let at = |fault: &str| -> Output {
        let pool = ServedPool::start(&["--fault", "short-list=0", "--fault", fault]);
        let _ = desk.confctl_at(&pool, &MEETING).run().code(0);
        let listed = desk.run_at(&pool, "list --json");
        for file in diary(&desk) {
            fs::remove_file(file).unwrap();
        }
        listed
    };
    let state = |listed: &Output| states(listed)[0].1.clone();
    let refused = at("reason=otherFailure@getConferences").code(0);
    assert_eq!(state(&refused), "ok");
    let _ = refused.says("The list of conferences is not complete");
    // These are no trouble with the length of a list.
    let _ = at("reason=forbidden@getConferences").code(6);
    let _ = at("refuse=403@getConferences").code(6);
}

#[test]
fn a_pool_that_does_not_say_leaves_a_conference_unlisted() {
    let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
    let _ = desk.confctl_at(&pool, &MEETING).run().code(0);
    for fault in [
        "reason=otherFailure@getConference",
        "refuse=403@getConference",
    ] {
        let mute = ServedPool::start(&["--fault", fault]);
        let listed = desk.run_at(&mute, "list --json").code(0);
        assert_eq!(states(&listed)[0].1, "unlisted", "{fault}");
        let _ = listed
            .says("1 meeting is 'unlisted'")
            .says("the pool did not show the conference: ");
    }
    // Another pool, which never had it.
    let other = ServedPool::start(&[]);
    let listed = desk.run_at(&other, "list --json").code(0);
    assert_eq!(
        (states(&listed)[0].1.as_str(), listed.stderr.as_str()),
        ("gone", "")
    );
}

#[test]
fn an_endless_series_that_is_not_listed_is_renewed() {
    let desk = Desk::new();
    let mut words = meeting("Early bird", "monday 10:00");
    words.extend(["--repeat", "weekly"].map(str::to_owned));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let _ = run(&desk, &words).code(0);
    fill(&desk, 1500, &"x".repeat(1500));
    let expiry = || {
        let listed = desk.confctl(&["list", "--limit", "1", "--json"]);
        let listed = listed.env("CONFCTL_NOW", "2027-08-01T00:00:00Z").run();
        let listed = listed.code(0);
        json(&listed)[0]["expires"].as_str().unwrap().to_owned()
    };
    let first = expiry();
    assert!(first.as_str() < "2028-02-01", "{first}");
    let renewed = expiry();
    assert!(renewed.as_str() > "2028-08-01", "{renewed}");
}

#[test]
fn a_conference_without_an_entry_is_found_by_its_meeting_id_whatever_is_listed() {
    let desk = Desk::new();
    schedule(&desk, "Early bird", "+1d");
    let listed = json(&run(&desk, &["list", "--json"]).code(0));
    let id = listed[0]["meeting_id"].as_str().unwrap().to_owned();
    fs::remove_file(&diary(&desk)[0]).unwrap();
    fill(&desk, 1500, &"x".repeat(1500));
    let shown = run(&desk, &["show", &id]).code(0);
    assert!(shown.stdout.contains("Conference ID: "), "{shown}");
    let by_digits = shown.value_of("Conference ID: ").replace([' ', '#'], "");
    let _ = run(&desk, &["show", &by_digits])
        .code(3)
        .says("by its meeting id");
    let _ = run(&desk, &["cancel", &id, "--yes"]).code(0);
    let _ = run(&desk, &["show", &id]).code(3);
    let _ = run(&desk, &["cancel", &id, "--yes"]).code(3);
}
