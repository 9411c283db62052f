//! Pools that are not as the documents or our own practice pool would have them, met by the program.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use crate::desk::{Desk, Output, ServedPool, words};

/// Longer than anything that is not waited for could take.
const LONG: Duration = Duration::from_secs(25);

fn schedule(desk: &Desk, pool: &ServedPool, more: &str) -> Output {
    let line = format!("schedule live-meeting -s Review -t +2h {more}");
    desk.run_at(pool, &line)
}

#[test]
fn what_needs_no_passcode_needs_no_encryption_key() {
    for (fault, code) in [
        ("no-certificate@getEncryptionKey", 6),
        ("refuse=500@getEncryptionKey", 5),
    ] {
        let desk = Desk::new();
        let pool = ServedPool::start(&["--fault", fault]);
        let made = schedule(&desk, &pool, "--access open --no-dial-in").code(0);
        assert!(made.stdout.contains("Review"), "{made}");
        let told = desk.run_at(&pool, "settings url").code(0);
        assert!(told.stdout.starts_with("https://"), "{told}");
        let refused = schedule(&desk, &pool, "").code(code);
        assert!(refused.stderr.contains("certificate"), "{refused}");
        // Nothing was made.
        let listed = desk.run_at(&pool, "list --json").code(0);
        assert_eq!(listed.stdout.matches("Review").count(), 1, "{listed}");
    }
}

#[test]
fn somebody_of_another_organisation_is_invited_all_the_same() {
    let desk = Desk::new();
    let pool = ServedPool::start(&["--policy", "federation=off"]);
    for (access, said) in [
        ("", ""),
        (
            "--access open --no-dial-in",
            "get in: not cy@partner.example",
        ),
        (
            "--access closed --no-dial-in",
            "takes nobody of other organisations: it is not told of cy@partner.example, who get in with",
        ),
    ] {
        let more = format!("-i cy@partner.example --send=folder:mails {access}");
        let made = schedule(&desk, &pool, &more).code(0);
        assert!(made.stderr.contains(said), "{made}");
        assert_eq!(
            made.stderr.contains("warning: "),
            !said.is_empty(),
            "{made}"
        );
        assert!(made.stdout.contains("cy@partner.example"), "{made}");
    }
    let mails = fs::read_dir(desk.path("mails")).unwrap();
    assert_eq!(mails.count(), 3);
}

#[test]
fn nobody_waits_for_the_end_of_a_registration() {
    let desk = Desk::new();
    // The ninth answer is the one to the last REGISTER.
    let pool = ServedPool::start(&["--fault", "silence@9"]);
    let line = words("schedule live-meeting -s Review -t +2h");
    let run = desk.confctl_at(&pool, &line).env("CONFCTL_TIMEOUT", "60");
    let made = run.run().code(0);
    assert!(made.stdout.contains("Review"), "{made}");
    assert!(made.took < LONG, "{:?}", made.took);
    let run = desk.confctl_at(&pool, &words("list -vv"));
    let listed = run.env("CONFCTL_TIMEOUT", "60").run().code(0);
    let last = listed.stderr.rfind("> REGISTER ").unwrap();
    let rest = &listed.stderr[last..];
    assert!(rest.contains("Expires: 0"), "{listed}");
    assert!(!rest.contains("\n< "), "{listed}");
}

#[test]
fn the_page_is_told_whether_or_not_it_answers() {
    let desk = Desk::new();
    let pool = ServedPool::start(&["--fault", "page-down"]);
    let told = desk.run_at(&pool, "settings url").code(0);
    assert!(told.stdout.starts_with("https://"), "{told}");
    assert!(told.stderr.contains("it answers 503"), "{told}");
}

#[test]
fn runs_beside_one_another_are_endpoints_of_their_own() {
    let desk = Desk::new();
    let pool = ServedPool::start(&["--fault", "delay=4000@getConferences"]);
    // Where there is no data yet there is no place to tell runs apart.
    schedule(&desk, &pool, "").code(0);
    let list = || {
        let run = desk.confctl_at(&pool, &words("list -vv"));
        let listed = run.env("CONFCTL_TIMEOUT", "60").run().code(0);
        let epid = listed.stderr.split("epid=").nth(1).unwrap();
        let end = epid.find(|c: char| !c.is_ascii_hexdigit()).unwrap();
        epid[..end].to_owned()
    };
    let (one, other) = thread::scope(|scope| {
        let one = scope.spawn(list);
        let other = scope.spawn(list);
        (one.join().unwrap(), other.join().unwrap())
    });
    assert_ne!(one, other);
    let third = list();
    assert!(third == one || third == other, "{third}");
}

/// So do servers of Microsoft's that have no suite in common with a client.
#[test]
fn a_server_that_hangs_up_at_the_first_word_may_speak_old_tls() {
    let desk = Desk::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = format!("tls:{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // What is left unread makes the kernel reset the connection.
            let _ = stream.read(&mut [0; 1]);
        }
    });
    let run = desk.confctl(&words("list")).env("CONFCTL_SERVER", &place);
    let run = run
        .env("CONFCTL_USER", "ana@example.com")
        .env("CONFCTL_PASSWORD", "x")
        .env("CONFCTL_TIMEOUT", "60");
    let failed = run.run().code(5);
    assert!(failed.stderr.contains("--legacy-tls"), "{failed}");
    assert!(failed.took < LONG, "{:?}", failed.took);
}

#[test]
fn an_assigned_id_of_the_settings_is_the_one_that_is_taken() {
    let desk = Desk::new();
    let pool = ServedPool::start(&[]);
    schedule(&desk, &pool, "").code(0);
    let listed = desk.run_at(&pool, "list --json").code(0);
    let id = listed.stdout.split("\"meeting_id\":").nth(1).unwrap();
    let id = id.trim().trim_start_matches('"').split('"').next().unwrap();
    let settings = format!(
        "[account]\nuser = 'ana@example.com'\nserver = '{}'\nlogin = 'EXAMPLE\\ana'\nca_file = '{}'\nassigned_id = '{id}'\n",
        pool.tls(),
        pool.ca()
    );
    let folder = desk.path(".config/confctl");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), settings).unwrap();
    let line = "schedule conference-call -s Standup -t +1d --id assigned -vv";
    let run = desk.confctl(&words(line));
    let made = run.env("CONFCTL_PASSWORD", "Correct-Horse-7").run().code(0);
    assert!(
        made.stderr.contains(&format!("conference-id>{id}<")),
        "{made}"
    );
    assert!(!made.stderr.contains("addConference"), "{made}");
}
