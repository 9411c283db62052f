//! Teams, by way of Graph as the practice pool serves it: the life of a meeting, and what goes wrong.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use serde_json::Value;

use crate::desk::{Desk, NOW, Output, Run, ServedPool, USERS, words};

const CALL: &str = "schedule conference-call -s Budget -t 'tomorrow 10:00'";

/// A pool that serves Graph as well.
fn graph(flags: &[&str]) -> ServedPool {
    ServedPool::start(&[&["--graph", "127.0.0.1:0"], flags].concat())
}

/// A command with an account of Teams on it.
fn on_teams(desk: &Desk, pool: &ServedPool, line: &str) -> Run {
    let (user, _, token) = USERS[0];
    desk.confctl(&words(line))
        .env("CONFCTL_USER", user.trim_start_matches("sip:"))
        .env("CONFCTL_SERVER", &pool.fact("graph"))
        .env("CONFCTL_TOKEN", token)
        .env("CONFCTL_CA_FILE", &pool.ca())
        .env("CONFCTL_TIMEOUT", "3")
}

#[track_caller]
fn run(desk: &Desk, pool: &ServedPool, line: &str) -> Output {
    on_teams(desk, pool, line).run().code(0)
}

#[track_caller]
fn json(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{output}"))
}

/// The meetings of the service, each once, by way of the diary.
#[track_caller]
fn listed(desk: &Desk, pool: &ServedPool) -> Vec<(String, String)> {
    let rows = json(&run(desk, pool, "list --all --json"));
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| (text(row, "subject"), text(row, "state")))
        .collect()
}

#[test]
fn a_meeting_lives_on_teams_as_it_does_on_a_pool() {
    let (desk, pool) = (Desk::new(), graph(&[]));
    let made = run(&desk, &pool, &format!("{CALL} -i bo@example.com -f json"));
    let made = json(&made);
    let joining = &made["call_in"];
    assert_eq!(joining["client_link"], "");
    assert!(
        joining["web_link"]
            .as_str()
            .unwrap()
            .starts_with("https://teams.")
    );
    assert_eq!(joining["passcode"], Value::Null);
    assert_eq!(joining["numbers"][0]["display"], "+1 425 555 0100");
    let id = joining["conference_id"].as_str().unwrap().to_owned();
    let page = joining["settings_page"].as_str().unwrap();
    assert!(page.ends_with(&id), "{page}");
    assert_eq!(joining["join_id"].as_str().unwrap().len(), 12);
    assert_eq!(joining["join_passcode"].as_str().unwrap().len(), 6);
    assert_eq!(made["practice"], true);

    // One tap dials the number and keys in the Conference ID.
    let tap = joining["numbers"][0]["one_tap"].as_str().unwrap();
    assert!(
        tap.starts_with("+14255550100,,") && tap.contains(&id),
        "{tap}"
    );

    assert_eq!(listed(&desk, &pool), [("Budget".into(), "ok".into())]);
    let shown = run(&desk, &pool, &format!("show {id}"));
    assert!(shown.stdout.contains("Meeting ID"), "{shown}");
    assert!(
        shown
            .stdout
            .contains(joining["join_passcode"].as_str().unwrap()),
        "{shown}"
    );

    let moved = run(
        &desk,
        &pool,
        &format!("update {id} -t 'tomorrow 11:00' -s Moved -f json"),
    );
    let moved = json(&moved);
    assert_eq!(moved["conference"]["id"], made["conference"]["id"]);
    assert_eq!(
        (&moved["subject"], &moved["sequence"]),
        (&"Moved".into(), &1.into())
    );
    assert_eq!(moved["call_in"], made["call_in"], "people join as before");

    run(&desk, &pool, "refresh --check");
    run(&desk, &pool, &format!("cancel {id} --yes"));
    assert_eq!(listed(&desk, &pool), [("Moved".into(), "cancelled".into())]);
    let again = on_teams(&desk, &pool, &format!("cancel {id} --yes")).run();
    let _ = again.code(3);
}

#[test]
fn numbers_that_changed_are_told() {
    let desk = Desk::new();
    let data = desk.path("pool");
    let data = data.to_str().unwrap();
    let pool = graph(&["--data", data]);
    run(&desk, &pool, CALL);
    drop(pool);
    let moved = graph(&["--data", data, "--policy", "numbers=moved"]);
    let check = on_teams(&desk, &moved, "refresh --check").run();
    assert!(check.stdout.contains("+1 425 555 0150"), "{check}");
    run(&desk, &moved, "refresh --yes");
    let told = run(&desk, &moved, "invite Budget -f text").stdout;
    assert!(
        told.contains("+1 425 555 0150") && !told.contains("+1 425 555 0100"),
        "{told}"
    );
    drop(moved);
    // Neither a meeting without numbers nor one that is gone is taken for the other.
    let unpaid = graph(&["--data", data, "--policy", "dial-in=off"]);
    let shown = run(&desk, &unpaid, "show Budget").stdout;
    assert!(shown.contains("changed since the invitation"), "{shown}");
}

#[test]
fn the_invitation_says_how_to_join_in_every_form() {
    let (desk, pool) = (Desk::new(), graph(&[]));
    let made = run(&desk, &pool, &format!("{CALL} -f ics"));
    let file = made.unfolded();
    for part in [
        "URL:https://teams.practice.example/l/meetup-join/",
        "CONFERENCE;FEATURE=VIDEO;LABEL=Online meeting;VALUE=URI:https://teams.",
        "CONFERENCE;FEATURE=PHONE;LABEL=Toll-free;VALUE=URI:tel:+18005550100,,",
        "Meeting ID: ",
    ] {
        assert!(file.contains(part), "{part}\n{file}");
    }
    assert!(
        !file.contains("Location: ") && !file.contains("Entry code"),
        "{file}"
    );
    let plain = run(&desk, &pool, "invite Budget -f text").stdout;
    assert!(plain.contains("Toll"), "{plain}");
    let passcode = plain
        .lines()
        .find_map(|line| line.strip_prefix("Passcode: "));
    let passcode = passcode.unwrap();
    let silent = run(&desk, &pool, "update Budget --no-passcode -f text");
    assert!(silent.stdout.contains("Meeting ID: "), "{silent}");
    assert!(!silent.stdout.contains(passcode), "{silent}");
}

/// Teams has no other kind, so by whichever name one is asked for.
#[test]
fn every_meeting_of_teams_is_an_online_meeting() {
    let (desk, pool) = (Desk::new(), graph(&[]));
    for kind in ["online-meeting", "conference-call"] {
        let line =
            format!("schedule {kind} -s {kind} -t 'tomorrow 10:00' -i bo@example.com -f text");
        let told = run(&desk, &pool, &line).stdout;
        for part in [
            "\nOnline meeting, for practice\n",
            "invites you to an online meeting.",
            "\nJoin the online meeting:\nhttps://teams.",
            "\nAudio by computer\n",
            "\nMeeting ID: ",
        ] {
            assert!(told.contains(part), "{part}\n{told}");
        }
        assert!(!told.to_lowercase().contains("conference call"), "{told}");
        let made = json(&run(&desk, &pool, &format!("invite {kind} -f json")));
        assert_eq!(made["conference"]["kind"], "online-meeting");
        // The same request is the same, whatever it makes.
        let keyed = format!("{line} --key {kind}").replace(" -f text", " -f json");
        run(&desk, &pool, &keyed);
        assert_eq!(json(&run(&desk, &pool, &keyed))["repeated"], true);
    }
}

#[test]
fn what_teams_can_not_do_is_refused_before_anything_is_sent() {
    let (desk, pool) = (Desk::new(), graph(&["--fault", "refuse=500@createOrGet"]));
    for (line, words) in [
        (
            "schedule live-meeting -s A -t 'tomorrow 10:00'",
            "Teams has no Live Meetings",
        ),
        (
            &format!("{CALL} --id assigned"),
            "Teams has no assigned conferences",
        ),
        (
            &format!("{CALL} --no-dial-in"),
            "Teams gives every meeting its numbers",
        ),
        (
            &format!("{CALL} --region France"),
            "Teams has no dial-in regions",
        ),
        (
            &format!("{CALL} --passcode 12345678"),
            "Teams has no passcodes",
        ),
    ] {
        on_teams(&desk, &pool, line).run().code(2).says(words);
    }
    let line = format!("{CALL} --on-behalf-of cy@example.com");
    on_teams(&desk, &pool, &line)
        .run()
        .code(6)
        .says("nobody can schedule for others");
}

#[test]
fn without_a_licence_it_is_made_and_said() {
    let (desk, pool) = (Desk::new(), graph(&["--policy", "dial-in=off"]));
    let made = run(&desk, &pool, &format!("{CALL} -f json")).says("Made, but without telephone");
    assert_eq!(json(&made)["call_in"]["conference_id"], Value::Null);
    assert_eq!(listed(&desk, &pool), [("Budget".into(), "ok".into())]);
    run(&desk, &pool, "update Budget -s Moved");
    run(&desk, &pool, "copy Moved -t +7d -s Copied");
    run(&desk, &pool, "cancel Moved --yes");
    let rows = listed(&desk, &pool);
    assert_eq!(rows[1], ("Copied".into(), "ok".into()), "{rows:?}");
}

#[test]
fn lobby_and_presenters_are_what_was_asked_for() {
    let (desk, pool) = (Desk::new(), graph(&[]));
    let everyone = Value::from("everyone");
    for (options, access, promotion, presenters) in [
        ("", "open", &everyone, 0),
        ("--access anonymous", "anonymous", &everyone, 0),
        ("--access locked", "locked", &everyone, 0),
        ("--access closed -i bo@example.com", "closed", &everyone, 0),
        ("--presenter bo@example.com", "open", &Value::Null, 1),
    ] {
        let line = format!("{CALL} {options} -f json");
        let made = json(&run(&desk, &pool, &line));
        let conference = &made["conference"];
        assert_eq!(conference["access"], access, "{options}");
        assert_eq!(&conference["promotion"], promotion, "{options}");
        let named = conference["presenters"].as_array().unwrap().len();
        assert_eq!(named, presenters, "{options}");
        assert_eq!(conference["lobby_bypass"], true, "{options}");
    }
}

/// A meeting that can not be as it was asked for is not left there as something else.
#[test]
fn what_the_policy_refuses_leaves_no_meeting() {
    let desk = Desk::new();
    let data = desk.path("pool");
    let data = data.to_str().unwrap();
    let pool = graph(&["--data", data, "--policy", "anonymous=off"]);
    let line = format!("{CALL} --access anonymous --key once");
    for _ in 0..2 {
        on_teams(&desk, &pool, &line)
            .run()
            .code(6)
            .says("not allowed by the policy of the organization")
            .says("for your administrator: request-id");
        assert_eq!(count_meetings(&desk.path("pool/pool.sqlite")), 0);
    }
    drop(pool);
    let pool = graph(&["--data", data]);
    run(&desk, &pool, &line);
    run(&desk, &pool, &line);
    assert_eq!(count_meetings(&desk.path("pool/pool.sqlite")), 1);
    assert_eq!(listed(&desk, &pool), [("Budget".into(), "ok".into())]);
}

/// The meeting is there, and the answer to its lobby and presenters is lost: whoever resumes gets it as
/// it was asked for.
#[test]
fn what_was_left_half_done_is_finished_as_it_was_meant() {
    for fault in ["drop", "cut", "garbage", "refuse=500", "refuse=503"] {
        let desk = Desk::new();
        let data = desk.path("pool");
        let data = data.to_str().unwrap();
        let broken = graph(&["--data", data, "--fault", &format!("{fault}@PATCH")]);
        let asked = format!("{CALL} --access locked --presenter bo@example.com --key once");
        let lost = on_teams(&desk, &broken, &asked).run().code(7);
        assert!(lost.stderr.contains("confctl resume"), "{fault}: {lost}");
        drop(broken);
        // Refused meanwhile, it stays in doubt.
        let shut = graph(&["--data", data, "--fault", "refuse=403@createOrGet"]);
        on_teams(&desk, &shut, "resume").run().code(7);
        drop(shut);
        let pool = graph(&["--data", data]);
        run(&desk, &pool, "resume");
        let made = json(&run(&desk, &pool, &format!("{asked} -f json")));
        assert_eq!(made["conference"]["access"], "locked", "{fault}");
        let presenters = &made["conference"]["presenters"];
        assert_eq!(presenters[0], "bo@example.com", "{fault}");
        assert_eq!(count_meetings(&desk.path("pool/pool.sqlite")), 1, "{fault}");
    }
}

/// What was left unfinished, and overtaken since, takes nothing away that is in use by now.
#[test]
fn what_is_resumed_too_late_deletes_no_meeting_in_use() {
    let (desk, pool) = (Desk::new(), graph(&[]));
    run(&desk, &pool, &format!("{CALL} -i bo@example.com"));
    run(&desk, &pool, "cancel Budget --yes");
    let undone = "undo --yes --send=smtp://127.0.0.1:1 --practice";
    on_teams(&desk, &pool, undone).run().code(7);
    on_teams(&desk, &pool, "update Budget -s Moved --yes")
        .env("CONFCTL_NOW", "2026-11-22T09:20:00Z")
        .run()
        .code(0);
    let _ = on_teams(&desk, &pool, "resume").run();
    assert_eq!(listed(&desk, &pool), [("Moved".into(), "ok".into())]);
}

/// Whether a meeting was made is found out by a request that makes one; what cannot be taken back at
/// once is no reason to invite people to what is over.
#[test]
fn what_was_made_by_asking_is_no_meeting() {
    let desk = Desk::new();
    let data = desk.path("pool");
    let data = data.to_str().unwrap();
    let asked = format!("{CALL} -i bo@example.com --send=folder:mails");
    let later = "2026-12-20T09:00:00Z";
    for (fault, line, now, code) in [
        ("refuse=503@createOrGet", asked.as_str(), NOW, 7),
        ("refuse=503@DELETE", "resume", later, 7),
        ("delay=1@DELETE", "resume", later, 6),
    ] {
        let pool = graph(&["--data", data, "--fault", fault]);
        let run = on_teams(&desk, &pool, line).env("CONFCTL_NOW", now).run();
        assert_eq!(run.code, code, "{fault} {run}");
    }
    assert!(!desk.path("mails").exists());
    assert_eq!(count_meetings(&desk.path("pool/pool.sqlite")), 0);
}

/// A token is told to the server as it is, so that it goes to no other than it is for.
#[test]
fn a_token_for_one_server_goes_to_no_other() {
    let (desk, pool) = (Desk::new(), graph(&[]));
    let (user, _, token) = USERS[0];
    let settings = format!(
        "[account]\nkind = 'teams'\nuser = '{}'\npassword = {{ command = 'echo {token}' }}\n",
        user.trim_start_matches("sip:")
    );
    fs::write(desk.path("teams.toml"), settings).unwrap();
    let line = format!("{CALL} --config teams.toml");
    let run = |more: Option<&str>| {
        let run = desk
            .confctl(&words(&line))
            .env("CONFCTL_SERVER", &pool.fact("graph"))
            .env("CONFCTL_CA_FILE", &pool.ca());
        match more {
            Some(token) => run.env("CONFCTL_TOKEN", token).run(),
            None => run.run(),
        }
    };
    let _ = run(None).code(4);
    let _ = run(Some(token)).code(0);
}

/// Whatever becomes of the answer, one meeting is made of one request.
#[test]
fn a_lost_answer_makes_no_second_meeting() {
    for fault in [
        "drop",
        "cut",
        "garbage",
        "spoil",
        "refuse=500",
        "refuse=503",
    ] {
        let desk = Desk::new();
        let data = desk.path("pool");
        let data = data.to_str().unwrap();
        let fault = format!("{fault}@createOrGet");
        let broken = graph(&["--data", data, "--fault", &fault]);
        let lost = on_teams(&desk, &broken, &format!("{CALL} --key once")).run();
        let lost = lost.code(7);
        drop(broken);
        assert!(lost.stderr.contains("confctl resume"), "{fault}: {lost}");
        let pool = graph(&["--data", data]);
        run(&desk, &pool, "resume");
        let again = run(&desk, &pool, &format!("{CALL} --key once"));
        assert!(
            again.stderr.contains("It exists already"),
            "{fault}: {again}"
        );
        assert_eq!(
            listed(&desk, &pool),
            [("Budget".into(), "ok".into())],
            "{fault}"
        );
        assert_eq!(count_meetings(&desk.path("pool/pool.sqlite")), 1, "{fault}");
    }
}

#[test]
fn a_lost_answer_to_a_change_or_a_cancellation_is_settled() {
    for (fault, line) in [
        ("drop@PATCH", "update Budget -s Moved"),
        ("refuse=500@PATCH", "update Budget -s Moved"),
        ("drop@DELETE", "cancel Budget --yes"),
        ("refuse=503@DELETE", "cancel Budget --yes"),
    ] {
        let desk = Desk::new();
        let data = desk.path("pool");
        let data = data.to_str().unwrap();
        let pool = graph(&["--data", data]);
        run(&desk, &pool, CALL);
        drop(pool);
        let broken = graph(&["--data", data, "--fault", fault]);
        let lost = on_teams(&desk, &broken, line).run();
        assert!([0, 7].contains(&lost.code), "{fault}: {lost}");
        drop(broken);
        let pool = graph(&["--data", data]);
        run(&desk, &pool, "resume");
        let (subject, state, count) = match line.starts_with("update") {
            true => ("Moved", "ok", 1),
            false => ("Budget", "cancelled", 0),
        };
        assert_eq!(
            listed(&desk, &pool),
            [(subject.into(), state.into())],
            "{fault}"
        );
        assert_eq!(
            count_meetings(&desk.path("pool/pool.sqlite")),
            count,
            "{fault}"
        );
    }
}

fn count_meetings(path: &std::path::Path) -> i64 {
    let database = rusqlite::Connection::open(path).unwrap();
    let sql = "SELECT count(*) FROM meeting";
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_service_that_asks_for_patience_gets_it() {
    let desk = Desk::new();
    // The first answers are to the question whether this is for practice.
    let pool = graph(&["--fault", "throttle=0.128@2"]);
    run(&desk, &pool, CALL);
    let pool = graph(&["--fault", "throttle=2.128@createOrGet"]);
    let refused = on_teams(&desk, &pool, CALL).run().code(5);
    assert!(refused.took.as_secs_f64() > 6.0, "{refused}");
    let refused = refused
        .says("too many requests")
        .says("waiting for 2 s, as it asks");
    let _ = refused.says("nothing was changed");
    let pool = graph(&["--fault", "throttle=3600@createOrGet"]);
    let refused = on_teams(&desk, &pool, CALL).run().code(5);
    assert!(refused.took.as_secs_f64() < 3.0, "{refused}");
    let _ = refused.says("try again in 3600 s");
}

/// A service that gives everybody the same meeting, as one behind a cache may.
fn serve_one_meeting() -> String {
    const MEETING: &str = r#"{"id":"a","joinWebUrl":"https://teams.example.com/l/1","audioConferencing":{"conferenceId":"1","tollNumber":"+1 425 555 0100"}}"#;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/v1.0", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 8192]);
            let length = MEETING.len();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{MEETING}"
            );
        }
    });
    base
}

#[test]
fn what_another_meeting_has_is_no_new_one() {
    let (desk, base) = (Desk::new(), serve_one_meeting());
    let run = |line: &str| {
        let run = desk.confctl(&words(line)).env("CONFCTL_SERVER", &base);
        run.env("CONFCTL_USER", "ana@example.com")
            .env("CONFCTL_TOKEN", "t")
            .run()
    };
    let _ = run(CALL).code(0);
    for _ in 0..2 {
        let refused = run("schedule conference-call -s Other -t 2026-12-02T10:00Z").code(7);
        let _ = refused.says("which another meeting of yours has");
    }
    let rows = json(&run("list --all --json --offline").code(0));
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
}

#[test]
fn answers_are_read_in_any_spelling() {
    let (desk, pool) = (Desk::new(), graph(&["--fault", "other-spelling"]));
    let made = json(&run(&desk, &pool, &format!("{CALL} -f json")));
    let joining = &made["call_in"];
    assert_eq!(joining["numbers"][0]["display"], "+1 425 555 0100");
    assert_eq!(joining["numbers"][1]["display"], "+1 800 555 0100");
    assert!(joining["conference_id"].is_string());
    run(&desk, &pool, "update Budget -s Moved");
    assert_eq!(listed(&desk, &pool), [("Moved".into(), "ok".into())]);
}

#[test]
fn every_refusal_is_a_sentence_with_its_code() {
    for (fault, code, words) in [
        ("refuse=401", 4, "does not accept the token"),
        (
            "refuse=403@createOrGet",
            6,
            "not allowed by the policy of the organization",
        ),
        ("refuse=404@createOrGet", 6, "licence for Teams"),
        ("refuse=400@createOrGet", 6, "General exception"),
        ("garbage@createOrGet", 7, "makes no sense"),
    ] {
        let (desk, pool) = (Desk::new(), graph(&["--fault", fault]));
        on_teams(&desk, &pool, CALL).run().code(code).says(words);
    }
    let (desk, pool) = (Desk::new(), graph(&[]));
    on_teams(&desk, &pool, CALL)
        .env("CONFCTL_TOKEN", "stale")
        .run()
        .code(4)
        .says("does not accept the token")
        .says("password.command");
    on_teams(&desk, &pool, CALL)
        .env("CONFCTL_TOKEN", "")
        .run()
        .code(4)
        .says("there is no token");
}

/// A token lives for an hour; the command is run again when it is over.
#[test]
fn a_token_that_is_used_up_is_asked_for_again() {
    let (desk, pool) = (Desk::new(), graph(&[]));
    let (user, _, token) = USERS[0];
    let tokens = desk.path("tokens");
    fs::write(&tokens, format!("stale\n{token}\n")).unwrap();
    let shown = tokens.display();
    let settings = format!(
        "[account]\nkind = 'teams'\nuser = '{}'\nserver = '{}'\nca_file = '{}'\npassword = {{ command = \"head -n 1 '{shown}'; sed -i 1d '{shown}'\" }}\n",
        user.trim_start_matches("sip:"),
        pool.fact("graph"),
        pool.ca()
    );
    fs::write(desk.path("teams.toml"), settings).unwrap();
    let line = format!("{CALL} --config teams.toml");
    desk.confctl(&words(&line)).run().code(0).says("Scheduled.");
    assert_eq!(fs::read_to_string(tokens).unwrap(), "");
}

#[test]
fn settings_that_are_for_pools_are_refused() {
    let desk = Desk::new();
    let read = |more: &str| {
        let text = format!("[account]\nkind = 'teams'\nuser = 'ana@example.com'\n{more}\n");
        fs::write(desk.path("teams.toml"), text).unwrap();
        desk.run("settings show --config teams.toml")
    };
    let _ = read("").code(0);
    for (more, words) in [
        ("login = 'EXAMPLE\\ana'", "login is for pools"),
        ("dialect = 'lync'", "dialect is for pools"),
    ] {
        let _ = read(more).code(2).says(words);
    }
    for (server, sentence) in [
        (
            "http://graph.example.com/v1.0",
            "not an address of Microsoft Graph",
        ),
        ("graph", "not an address of Microsoft Graph"),
        (
            "https://ana@graph.example.com",
            "holds a user or a password",
        ),
    ] {
        let _ = read(&format!("server = '{server}'"));
        desk.confctl(&words(&format!("{CALL} --config teams.toml")))
            .env("CONFCTL_TOKEN", "x")
            .run()
            .code(2)
            .says(sentence);
    }
}
