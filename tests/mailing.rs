//! Telling people by mail: everybody once, whatever ends it half-way.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;
use std::time::Duration;

use crate::desk::{Desk, Output, Run, ServedPool};
use crate::laboratory::{Point, Postmaster, Steps, Strike, at_once};
use crate::meetings;

const SUBJECT: &str = "Quarterly review";
const INVITE: [&str; 4] = ["invite", SUBJECT, "--send", "--practice"];

fn people(count: usize) -> Vec<String> {
    (1..=count)
        .map(|n| format!("guest{n}@example.com"))
        .collect()
}

fn meeting(people: &[String]) -> Vec<&str> {
    let mut words = vec![
        "schedule",
        "live-meeting",
        "-s",
        SUBJECT,
        "-t",
        "tomorrow 10:00",
        "-i",
    ];
    words.extend(people.iter().map(String::as_str));
    words
}

fn schedule(desk: &Desk, people: &[String]) {
    let _ = desk.confctl(&meeting(people)).run().code(0);
}

fn mail(desk: &Desk, post: &Postmaster, words: &[&str]) -> Output {
    mailed(desk.confctl(words), post)
}

/// Runs a command, with the postmaster knowing whom to strike.
fn mailed(run: Run, post: &Postmaster) -> Output {
    let mut run = run.env("CONFCTL_SMTP", &post.route());
    let command = run.command().stdin(Stdio::null());
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    post.knows(child.id());
    let output = child.wait_with_output().unwrap();
    Output {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap_or(-1),
        took: Duration::ZERO,
    }
}

#[track_caller]
fn each_once(post: &Postmaster, people: &[String]) {
    let mails = post.mails();
    let count = |person: &String| mails.get(person).map_or(0, Vec::len);
    let wrong: Vec<&String> = people.iter().filter(|person| count(person) != 1).collect();
    assert!(wrong.is_empty(), "not exactly one mail for {wrong:?}");
    assert_eq!(mails.len(), people.len());
}

#[test]
fn five_hundred_people_are_mailed_once_though_it_is_interrupted_killed_and_cut() {
    let (desk, post, people) = (Desk::new(), Postmaster::new(), people(500));
    let pool = ServedPool::start(&["--policy", "meeting-size=501"]);
    let words = meeting(&people);
    let _ = desk.confctl_at(&pool, &words).run().code(0);
    let mail = |words: &[&str]| mailed(desk.confctl_at(&pool, words), &post);
    post.plan(120, Point::Taken, Strike::Interrupt);
    let interrupted = mail(&INVITE).code(130);
    assert!(
        interrupted.stderr.contains("ending after this mail"),
        "{interrupted}"
    );
    assert_eq!(post.mails().len(), 120);
    post.plan(90, Point::Rcpt, Strike::Kill);
    let _ = mail(&["resume"]).code(-1);
    post.plan(60, Point::Mail, Strike::Cut);
    let _ = mail(&INVITE);
    post.plan(40, Point::Rcpt, Strike::Answer("451 later"));
    let _ = mail(&["resume"]);
    let _ = mail(&["resume"]).code(0);
    each_once(&post, &people);
    let nothing = mail(&["resume"]).code(0);
    assert!(
        nothing.stderr.contains("Nothing is unfinished"),
        "{nothing}"
    );
}

#[test]
fn nobody_is_mailed_twice_or_forgotten_at_whatever_point_it_ends() {
    use Point::{Data, Mail, Rcpt, Said, Taken, Within};
    let everywhere = [Mail, Rcpt, Data, Within, Taken, Said];
    let answered = [Mail, Rcpt, Data, Taken];
    let mut cases: Vec<(Strike, Point)> = Vec::new();
    for strike in [Strike::Kill, Strike::Interrupt, Strike::Cut] {
        cases.extend(everywhere.map(|point| (strike, point)));
    }
    for answer in ["421 closing", "451 later", "554 no"] {
        cases.extend(answered.map(|point| (Strike::Answer(answer), point)));
    }
    at_once(4, &cases, |&(strike, point)| {
        let (desk, post, people) = (Desk::new(), Postmaster::new(), people(3));
        schedule(&desk, &people);
        post.plan(2, point, strike);
        let first = mail(&desk, &post, &INVITE);
        let resumed = mail(&desk, &post, &["resume"]);
        let mails = post.mails();
        assert!(
            mails.values().all(|mails| mails.len() == 1),
            "{first}{resumed}"
        );
        if mails.len() < 3 || resumed.code != 0 {
            // What may have arrived is not sent again unasked, nor passed over in silence.
            assert!(
                matches!(point, Data | Within | Taken | Said),
                "{first}{resumed}"
            );
            let resumed = resumed.code(7);
            assert!(resumed.stderr.contains("guest2@example.com"), "{resumed}");
            let again = mail(&desk, &post, &["resume", "--again"]).code(0);
            assert_eq!(post.mails().len(), 3, "{again}");
        }
    });
}

#[test]
fn who_is_refused_is_named_and_only_they_are_tried_again() {
    let (desk, post, people) = (Desk::new(), Postmaster::new(), people(4));
    schedule(&desk, &people);
    post.plan(3, Point::Rcpt, Strike::Answer("550 no such guest"));
    let mut words = INVITE.to_vec();
    words.extend(["-f", "json"]);
    let told = mail(&desk, &post, &words).code(7);
    assert!(told.stderr.contains("no such guest"), "{told}");
    let json: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    let mails = json["mails"].as_array().unwrap();
    let states: Vec<&str> = mails
        .iter()
        .filter_map(|mail| mail["state"].as_str())
        .collect();
    assert_eq!(states, ["sent", "sent", "refused", "sent"]);
    let _ = mail(&desk, &post, &["resume"]).code(0);
    each_once(&post, &people);
}

#[test]
fn only_those_concerned_are_mailed_with_one_uid_and_a_growing_sequence() {
    let (desk, post, people) = (Desk::new(), Postmaster::new(), people(2));
    schedule(&desk, &people);
    let mailed = |words: &[&str]| {
        let words = [words, &["--send", "--practice"]].concat();
        let _ = mail(&desk, &post, &words).code(0);
    };
    mailed(&["invite", SUBJECT]);
    let changed = ["-i", "new@example.com", "--remove", "guest2@example.com"];
    mailed(&[&["update", SUBJECT], changed.as_slice()].concat());
    let mails = post.mails();
    assert_eq!(
        mails["guest1@example.com"].len(),
        1,
        "nothing changed for them"
    );
    assert!(mails["guest2@example.com"][1].contains("method=CANCEL"));
    assert!(mails["new@example.com"][0].contains("method=REQUEST"));
    mailed(&["update", SUBJECT, "-t", "tomorrow 15:00"]);
    mailed(&["cancel", SUBJECT, "--yes"]);
    let mails = post.mails();
    assert_eq!(mails["guest2@example.com"].len(), 2);
    let of_guest = &mails["guest1@example.com"];
    assert_eq!(of_guest.len(), 3);
    assert!(of_guest[2].contains("Subject: Cancelled: Quarterly review"));
    let value = |mail: &String, name: &str| {
        let found = mail.lines().find_map(|line| line.strip_prefix(name));
        found
            .unwrap_or_else(|| panic!("no {name} in\n{mail}"))
            .to_owned()
    };
    let uids: BTreeSet<String> = of_guest.iter().map(|l| value(l, "UID:")).collect();
    assert_eq!(uids.len(), 1);
    let sequence = |mail| value(mail, "SEQUENCE:").parse::<u32>().unwrap();
    assert!(of_guest.iter().map(sequence).is_sorted_by(|a, b| a < b));
    let ids: Vec<String> = mails
        .values()
        .flatten()
        .map(|l| value(l, "Message-ID: "))
        .collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len());
}

#[test]
fn a_practice_meeting_is_mailed_to_nobody_by_mistake() {
    let (desk, post) = (Desk::new(), Postmaster::new());
    let meeting = [
        "schedule",
        "live-meeting",
        "-s",
        SUBJECT,
        "-t",
        "tomorrow 10:00",
    ];
    let words = [meeting.as_slice(), &["-i", "bo@example.com", "--send"]].concat();
    let refused = mail(&desk, &post, &words).code(2);
    assert!(refused.stderr.contains("--practice"), "{refused}");
    assert!(post.mails().is_empty());
    let listed = desk.confctl(&["list", "--json"]).run().code(0);
    assert_eq!(listed.stdout.trim(), "[]");
}

#[test]
fn a_dry_run_shows_the_very_bytes_and_sends_nothing() {
    let (desk, post) = (Desk::new(), Postmaster::new());
    schedule(&desk, &["bo@example.com".to_owned()]);
    let mut words = INVITE.to_vec();
    words.push("--dry-run");
    let shown = mail(&desk, &post, &words).code(0);
    assert!(post.mails().is_empty());
    let _ = mail(&desk, &post, &INVITE).code(0);
    let sent = &post.mails()["bo@example.com"][0];
    assert_eq!(of_any_mailing(&shown.stdout), of_any_mailing(sent));
}

/// A mail without what tells one mailing from another: its Message-ID, and the boundaries that are
/// made of it.
fn of_any_mailing(mail: &str) -> String {
    let mut mail = mail.replace("\r\n", "\n");
    for mark in ["Message-ID: <", "boundary=\""] {
        let parts = mail
            .split(mark)
            .skip(1)
            .map(|rest| rest.split(['>', '"']).next().unwrap());
        let names: Vec<String> = parts.map(str::to_owned).collect();
        assert!(!names.is_empty(), "{mark}");
        for name in names {
            mail = mail.replace(&name, "of a mailing");
        }
    }
    mail
}

fn last_sequence(post: &Postmaster, person: &str) -> String {
    let mails = post.mails();
    let last = mails[person].last().unwrap();
    let line = last.lines().find(|line| line.starts_with("SEQUENCE:"));
    line.unwrap().to_owned()
}

#[test]
fn who_was_left_out_is_told_by_the_same_command_with_a_key() {
    let (desk, post, people) = (Desk::new(), Postmaster::new(), people(3));
    let words = [meeting(&people), vec!["--key", "k", "--send", "--practice"]].concat();
    post.plan(2, Point::Rcpt, Strike::Answer("450 later"));
    let _ = mail(&desk, &post, &words).code(7);
    assert_eq!(post.mails().len(), 2);
    let _ = mail(&desk, &post, &words).code(0);
    each_once(&post, &people);
    let _ = mail(&desk, &post, &words).code(0);
    each_once(&post, &people);
}

#[test]
fn what_was_left_is_told_as_it_is_now_and_to_nobody_twice() {
    let (desk, post, people) = (Desk::new(), Postmaster::new(), people(2));
    let send = ["--send", "--practice"];
    post.plan(2, Point::Rcpt, Strike::Answer("450 later"));
    let _ = mail(&desk, &post, &[meeting(&people).as_slice(), &send].concat()).code(7);
    // Changed without telling anybody: both are to know.
    let _ = desk
        .confctl(&["update", SUBJECT, "-t", "tomorrow 12:00"])
        .run()
        .code(0);
    let _ = mail(&desk, &post, &["resume"]).code(0);
    for person in &people {
        assert_eq!(last_sequence(&post, person), "SEQUENCE:1", "{person}");
    }
    // An update that one of them did not get, overtaken by one that concerns somebody else.
    post.plan(2, Point::Rcpt, Strike::Answer("450 later"));
    let moved = ["update", SUBJECT, "-t", "tomorrow 13:00"];
    let _ = mail(&desk, &post, &[moved.as_slice(), &send].concat()).code(7);
    let more = ["update", SUBJECT, "-i", "new@example.com"];
    let later = desk.confctl(&[more.as_slice(), &send].concat());
    let _ = mailed(later.env("CONFCTL_NOW", "2026-11-22T10:15:00Z"), &post).code(0);
    let resumed = mail(&desk, &post, &["resume"]).code(0);
    assert!(resumed.stderr.contains("as it is now"), "{resumed}");
    assert_eq!(last_sequence(&post, &people[1]), "SEQUENCE:3", "{resumed}");
    assert_eq!(post.mails()["new@example.com"].len(), 1);
}

/// The header of that name in each of somebody's mails.
fn headers(post: &Postmaster, person: &str, name: &str) -> Vec<String> {
    let value = |mail: &String| {
        let found = mail.lines().find_map(|line| line.strip_prefix(name));
        found.unwrap().to_owned()
    };
    post.mails()[person].iter().map(value).collect()
}

/// Whatever was mailed before: an invitation that is sent once more is another mailing.
#[test]
fn an_interrupted_second_mailing_is_finished() {
    let breaks = [
        (Strike::Kill, Point::Rcpt),
        (Strike::Interrupt, Point::Taken),
        (Strike::Answer("451 later"), Point::Rcpt),
    ];
    at_once(4, &breaks, |&(strike, point)| {
        let (desk, post, people) = (Desk::new(), Postmaster::new(), people(4));
        schedule(&desk, &people);
        let _ = mail(&desk, &post, &INVITE).code(0);
        post.plan(2, point, strike);
        let _ = mail(&desk, &post, &INVITE);
        let listed = desk.run("resume --list --json").code(0);
        let rows: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
        let sent = post.mails().values().flatten().count() - people.len();
        assert_eq!(rows[0]["mailed"], sent, "{listed}");
        assert_eq!(rows[0]["unmailed"], people.len() - sent, "{listed}");
        let _ = mail(&desk, &post, &["resume"]).code(0);
        for person in &people {
            assert_eq!(
                post.mails()[person].len(),
                2,
                "{strike:?} {point:?} {person}"
            );
        }
    });
}

#[test]
fn a_mailing_keeps_its_message_ids_and_another_has_its_own() {
    let (desk, post) = (Desk::new(), Postmaster::new());
    schedule(&desk, &people(2));
    let at = |now: &str, words: &[&str]| mailed(desk.confctl(words).env("CONFCTL_NOW", now), &post);
    let _ = at("2026-11-22T10:00:00Z", &INVITE).code(0);
    // Taken, but nobody says so: it is sent once more for those who ask for that.
    post.plan(2, Point::Taken, Strike::Cut);
    let _ = at("2026-11-22T11:00:00Z", &INVITE).code(7);
    let _ = at("2026-11-22T12:00:00Z", &["resume", "--again"]).code(0);
    let _ = at("2026-11-22T13:00:00Z", &INVITE).code(0);
    let ids = headers(&post, "guest2@example.com", "Message-ID: ");
    let dates = headers(&post, "guest2@example.com", "Date: ");
    assert_eq!(ids.len(), 4, "{ids:?}");
    assert_eq!((&ids[1], &dates[1]), (&ids[2], &dates[2]));
    let distinct: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), 3, "{ids:?}");
    let distinct: BTreeSet<&String> = dates.iter().collect();
    assert_eq!(distinct.len(), 3, "{dates:?}");
}

/// The mails in a folder of the desk's home.
fn count_files(desk: &Desk, folder: &str) -> usize {
    fs::read_dir(desk.path(folder)).map_or(0, Iterator::count)
}

/// Whoever is told of one occurrence is not told of another one, nor of the meeting.
#[test]
fn a_mail_about_one_occurrence_stands_for_nothing_else() {
    const SERIES: &str = "schedule live-meeting -s Weekly -t '2026-11-23 10:00' --repeat weekly \
                          --count 6 -i ana@example.com,bo@example.com";
    let dead = "--send=smtp://127.0.0.1:9 --practice";
    for (before, in_vain, then) in [
        (
            SERIES,
            "update Weekly -t 11:00",
            "update Weekly --occurrence 2026-12-07 -t 12:00",
        ),
        (
            SERIES,
            "update Weekly --occurrence 2026-11-30 -t 12:00",
            "update Weekly --occurrence 2026-12-07 -t 12:00",
        ),
        (
            "list",
            SERIES,
            "update Weekly --occurrence 2026-12-07 -t 12:00",
        ),
        ("list", SERIES, "invite Weekly --occurrence 2026-11-30"),
        (
            SERIES,
            "update Weekly --occurrence 2026-11-30 -t 12:00",
            "invite Weekly --occurrence 2026-12-07",
        ),
        (
            SERIES,
            "update Weekly -t 11:00",
            "cancel Weekly --yes --occurrence 2026-12-07",
        ),
    ] {
        let desk = Desk::new();
        let first = match before {
            "list" => "list".to_owned(),
            before => format!("{before} --send=folder:first"),
        };
        let _ = desk.run(&first).code(0);
        let _ = desk.run(&format!("{in_vain} {dead}")).code(7);
        let _ = desk.run(&format!("{then} --send=folder:other")).code(0);
        assert_eq!(count_files(&desk, "other"), 2, "{then}");
        let resumed = desk.run("resume").code(7);
        assert!(
            !resumed.stderr.contains("  sent"),
            "{in_vain}, {then}: {resumed}"
        );
        let rows: serde_json::Value =
            serde_json::from_str(&desk.run("resume --list --json").code(0).stdout).unwrap();
        assert_eq!(rows[0]["unmailed"], 2, "{in_vain}, {then}");
    }
}

/// Message-IDs of what somebody got; each once.
#[track_caller]
fn nothing_twice(post: &Postmaster, people: &[String], why: &str) {
    for person in people.iter().filter(|who| post.mails().contains_key(*who)) {
        let ids = headers(post, person, "Message-ID: ");
        let different: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(different.len(), ids.len(), "{person} {ids:?}: {why}");
    }
}

/// Each record knows its own mails alone; together they must not tell anybody twice.
#[test]
fn two_unfinished_mailings_of_a_version_mail_nobody_twice() {
    use Point::{Rcpt, Taken};
    let send = ["--send", "--practice"];
    let breaks = [
        ((Strike::Kill, Taken), (Strike::Kill, Taken)),
        ((Strike::Answer("451 later"), Rcpt), (Strike::Cut, Taken)),
        ((Strike::Kill, Rcpt), (Strike::Kill, Taken)),
        ((Strike::Cut, Taken), (Strike::Kill, Rcpt)),
    ];
    at_once(4, &breaks, |&(first, second)| {
        let (desk, post, people) = (Desk::new(), Postmaster::new(), people(3));
        post.plan(2, first.1, first.0);
        let _ = mail(&desk, &post, &[meeting(&people).as_slice(), &send].concat());
        post.plan(2, second.1, second.0);
        let moved = ["update", SUBJECT, "-t", "12:00"];
        let _ = mail(&desk, &post, &[moved.as_slice(), &send].concat());
        let resumed = mail(&desk, &post, &["resume"]);
        nothing_twice(&post, &people, &resumed.to_string());
        let resumed = mail(&desk, &post, &["resume", "--again"]).code(0);
        for person in &people {
            assert_eq!(
                last_sequence(&post, person),
                "SEQUENCE:1",
                "{person} {resumed}"
            );
        }
        let _ = mail(&desk, &post, &["resume"])
            .code(0)
            .says("Nothing is unfinished.");
    });
}

/// Of a step that found no room nothing is left that the next one could run into.
#[test]
fn a_disk_that_is_full_for_a_moment_damages_no_record() {
    let steps = Steps::new();
    let prepare = || {
        let (desk, post, people) = (Desk::new(), Postmaster::new(), people(3));
        schedule(&desk, &people);
        (desk, post, people)
    };
    let (desk, post, _) = prepare();
    let _ = mailed(steps.watch(desk.confctl(&INVITE), &desk), &post).code(0);
    let writes = steps.log(&desk).into_iter().filter(|step| {
        let is_record = step
            .path
            .to_str()
            .is_some_and(|path| path.contains("/unfinished/"));
        step.name == "write" && is_record
    });
    let writes: Vec<usize> = writes.map(|step| step.number).collect();
    assert!(writes.len() > 6, "{writes:?}");
    at_once(4, &writes, |&number| {
        let (desk, post, people) = prepare();
        let run = steps.fill_once(desk.confctl(&INVITE), &desk, number);
        let first = mailed(run, &post);
        assert_ne!(first.code, 0, "{first}");
        let resumed = mail(&desk, &post, &["resume"]);
        assert!(
            !resumed.stderr.contains("can't be understood"),
            "{number}: {first}{resumed}"
        );
        if first.code == 1 {
            // Nobody had been mailed, so nothing was kept.
            let _ = mail(&desk, &post, &INVITE).code(0);
        }
        each_once(&post, &people);
    });
}

/// What another command left in doubt is in doubt for all that is unfinished of the meeting.
#[test]
fn what_may_have_arrived_by_another_command_is_not_mailed_once_more() {
    let (desk, post, people) = (Desk::new(), Postmaster::new(), people(1));
    let send = ["--send", "--practice"];
    post.plan(1, Point::Rcpt, Strike::Answer("451 later"));
    let words = [meeting(&people).as_slice(), &send].concat();
    let _ = mail(&desk, &post, &words).code(7);
    post.plan(1, Point::Taken, Strike::Kill);
    let _ = mail(&desk, &post, &INVITE).code(-1);
    let resumed = mail(&desk, &post, &["resume"]).code(7);
    assert_eq!(post.mails()[&people[0]].len(), 1, "{resumed}");
    let _ = mail(&desk, &post, &["resume", "--again"]).code(0);
}

#[test]
fn who_was_removed_since_is_not_invited_by_what_was_left() {
    let (desk, post, people) = (Desk::new(), Postmaster::new(), people(1));
    schedule(&desk, &people);
    let send = ["--send", "--practice"];
    post.plan(1, Point::Rcpt, Strike::Answer("451 later"));
    let invite = ["update", SUBJECT, "--invite", "bob@example.com"];
    let _ = mail(&desk, &post, &[invite.as_slice(), &send].concat()).code(7);
    let remove = ["update", SUBJECT, "--remove", "bob@example.com"];
    let remove = desk.confctl(&remove);
    let _ = remove
        .env("CONFCTL_NOW", "2026-11-22T10:15:00Z")
        .run()
        .code(0);
    let resumed = mail(&desk, &post, &["resume"]);
    assert!(!post.mails().contains_key("bob@example.com"), "{resumed}");
}

/// A change of one occurrence, too, is told as it is by the time that it is resumed.
#[test]
fn an_occurrence_that_was_overtaken_is_told_all_the_same() {
    let (desk, post, people) = (Desk::new(), Postmaster::new(), people(2));
    let send = ["--send", "--practice"];
    let weekly = ["--repeat", "weekly", "--count", "4"];
    let _ = desk
        .confctl(&[meeting(&people).as_slice(), &weekly].concat())
        .run()
        .code(0);
    post.plan(1, Point::Mail, Strike::Cut);
    let moved = [
        "update",
        SUBJECT,
        "--occurrence",
        "2026-11-30",
        "-t",
        "15:00",
    ];
    let _ = mail(&desk, &post, &[moved.as_slice(), &send].concat()).code(7);
    let other = desk.confctl(&["update", SUBJECT, "-s", "Quarterly review, all of it"]);
    let _ = other
        .env("CONFCTL_NOW", "2026-11-22T10:15:00Z")
        .run()
        .code(0);
    let resumed = mail(&desk, &post, &["resume"]).code(0);
    for person in &people {
        let mails = post.mails();
        let last = mails.get(person).and_then(|mails| mails.last());
        let told = last.is_some_and(|mail| {
            mail.contains("RECURRENCE-ID") && mail.contains("T150000") && mail.contains("all of it")
        });
        assert!(told, "{person} {resumed}");
    }
}

/// The diary forgets a dropped occurrence; who was to come to it is still to be told.
#[test]
fn guests_of_a_dropped_occurrence_are_told_by_resume() {
    for (point, strike) in [(Point::Mail, Strike::Cut), (Point::Mail, Strike::Kill)] {
        let (desk, post, people) = (Desk::new(), Postmaster::new(), people(1));
        let send = ["--send", "--practice"];
        let daily = ["--repeat", "daily", "--count", "5"];
        let _ = desk
            .confctl(&[meeting(&people).as_slice(), &daily].concat())
            .run()
            .code(0);
        let moved = "update Quarterly --occurrence 2026-11-25 -i cy@example.com -t 15:00";
        let _ = desk.run(moved).code(0);
        post.plan(1, point, strike);
        let dropped = ["cancel", SUBJECT, "--occurrence", "2026-11-25", "--yes"];
        let _ = mail(&desk, &post, &[dropped.as_slice(), &send].concat());
        let rows: serde_json::Value =
            serde_json::from_str(&desk.run("resume --list --json").code(0).stdout).unwrap();
        let people = rows[0]["people"].as_array().unwrap();
        assert!(people.contains(&"cy@example.com".into()), "{rows}");
        let resumed = mail(&desk, &post, &["resume"]).code(0);
        let mails = post.mails();
        for person in ["guest1@example.com", "cy@example.com"] {
            let last = mails.get(person).and_then(|mails| mails.last());
            let told =
                last.is_some_and(|mail| mail.contains("METHOD:CANCEL") && mail.contains("T150000"));
            assert!(told, "{person} {resumed}");
        }
    }
}

/// That others come or go is no news for those who have the version before.
#[test]
fn a_change_of_people_mails_nobody_else_a_second_time() {
    let send = ["--send", "--practice"];
    for sends in [true, false] {
        for (change, concerned) in [
            ("-i", "new@example.com"),
            ("--remove", "guest3@example.com"),
        ] {
            let (desk, post, people) = (Desk::new(), Postmaster::new(), people(3));
            schedule(&desk, &people);
            post.plan(2, Point::Rcpt, Strike::Answer("451 later"));
            let moved = ["update", SUBJECT, "-t", "12:00"];
            let _ = mail(&desk, &post, &[moved.as_slice(), &send].concat()).code(7);
            let others = ["update", SUBJECT, change, concerned];
            let others = match sends {
                true => [others.as_slice(), &send].concat(),
                false => others.to_vec(),
            };
            let later = desk
                .confctl(&others)
                .env("CONFCTL_NOW", "2026-11-22T10:15:00Z");
            let _ = mailed(later, &post).code(0);
            let resumed = mail(&desk, &post, &["resume"]);
            let mails = post.mails();
            let count = |who: &str| mails.get(who).map_or(0, Vec::len);
            let case = format!("{change} {sends}: {resumed}");
            assert_eq!(
                (count("guest1@example.com"), count("guest2@example.com")),
                (1, 1),
                "{case}"
            );
        }
    }
}

/// Who was removed is owed a cancellation, whatever became of the meeting since.
/// Bounces go to an address; a name beside it is no reason to mail nobody.
#[test]
fn a_name_beside_the_address_of_bounces_is_left_out() {
    let (desk, post) = (Desk::new(), Postmaster::new());
    schedule(&desk, &people(1));
    let mail = |from: &str| {
        let settings = format!("[mail]\nfrom = '{from}'\n");
        fs::write(desk.path("mail.toml"), settings).unwrap();
        let line = "invite Budget --send --practice --config mail.toml";
        let line = line.replace("Budget", SUBJECT.split(' ').next().unwrap());
        mailed(desk.confctl(&crate::desk::words(&line)), &post)
    };
    let refused = mail("Host").code(2);
    let _ = refused.says("from below [mail] in the settings can't be used");
    assert!(post.mails().is_empty());
    let _ = mail("Host <host@practice.example>").code(0);
    assert_eq!(post.mails().len(), 1);
}

#[test]
fn who_was_removed_is_told_even_if_the_meeting_changed_or_was_cancelled_since() {
    let send = ["--send", "--practice"];
    for then in [
        &["cancel", SUBJECT, "--yes"][..],
        &["update", SUBJECT, "-s", "Another"],
    ] {
        let (desk, post, people) = (Desk::new(), Postmaster::new(), people(2));
        let _ = mail(&desk, &post, &[meeting(&people).as_slice(), &send].concat()).code(0);
        post.plan(1, Point::Rcpt, Strike::Answer("451 later"));
        let removed = ["update", SUBJECT, "--remove", "guest2@example.com"];
        let _ = mail(&desk, &post, &[removed.as_slice(), &send].concat()).code(7);
        let later = desk.confctl(&[then, &send].concat());
        let _ = mailed(later.env("CONFCTL_NOW", "2026-11-22T10:15:00Z"), &post).code(0);
        let resumed = mail(&desk, &post, &["resume"]).code(0);
        let mails = post.mails();
        let own = &mails["guest2@example.com"];
        assert!(
            own.last().unwrap().contains("METHOD:CANCEL"),
            "{then:?} {resumed}"
        );
        assert_eq!(
            (own.len(), mails["guest1@example.com"].len()),
            (2, 2),
            "{then:?} {resumed}"
        );
    }
}

/// Whatever the file says by then, what was begun is finished by the same command.
#[test]
fn a_cancellation_that_was_broken_off_goes_on() {
    let cases = [
        (false, Strike::Kill, Point::Rcpt),
        (true, Strike::Kill, Point::Rcpt),
        (false, Strike::Answer("451 later"), Point::Rcpt),
    ];
    at_once(3, &cases, |&(is_cancelled_before, strike, point)| {
        let (desk, post, people) = (Desk::new(), Postmaster::new(), people(4));
        schedule(&desk, &people);
        let _ = mail(&desk, &post, &INVITE).code(0);
        if is_cancelled_before {
            let file = meetings::diary(&desk).remove(0);
            let text = fs::read_to_string(&file).unwrap();
            fs::write(&file, text.replace("STATUS:CONFIRMED", "STATUS:CANCELLED")).unwrap();
        }
        let cancel = ["cancel", SUBJECT, "--yes", "--send", "--practice"];
        post.plan(2, point, strike);
        assert_ne!(mail(&desk, &post, &cancel).code, 0);
        let again = mail(&desk, &post, &cancel);
        assert_eq!(again.code, 0, "{again}");
        for person in &people {
            assert_eq!(
                post.mails()[person].len(),
                2,
                "{strike:?} {point:?} {person}"
            );
        }
        let _ = mail(&desk, &post, &cancel).code(3);
    });
}
