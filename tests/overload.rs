//! What one client too many, a guesser or a hoarder does to the others on a practice pool: nothing.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use confctl::proto::c3p::{Answer, Command, Dialect};
use confctl::proto::exchange::Event;
use openssl::ssl::{SslConnector, SslMethod, SslStream};
use rusqlite::Connection;

use crate::caller::{ANA, BO, Caller, Person, Wire, diagnostics};
use crate::desk::{Desk, Output, ServedPool, USERS};

/// Longer than anything here takes, short enough for a test that fails.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Where a fact's port is on this computer.
fn place(fact: &str) -> String {
    let (_, rest) = fact.split_once("://").unwrap();
    let host = rest.split('/').next().unwrap();
    format!("127.0.0.1:{}", host.rsplit(':').next().unwrap())
}

fn connect(place: &str) -> TcpStream {
    let bare = place.trim_start_matches("tcp:").trim_start_matches("tls:");
    let socket = TcpStream::connect(bare).unwrap();
    socket.set_read_timeout(Some(TIMEOUT)).unwrap();
    socket
}

fn tls(pool: &ServedPool, place: &str) -> SslStream<TcpStream> {
    let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
    connector.set_ca_file(pool.ca()).unwrap();
    let connector = connector.build();
    connector.connect("localhost", connect(place)).unwrap()
}

/// Reads up to the end; whether there is one within the time.
fn ends(stream: &mut impl Read) -> bool {
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() != ErrorKind::WouldBlock,
        }
    }
}

/// The answer to one HTTP request.
fn get(stream: &mut (impl Read + Write), path: &str, authorization: &str) -> String {
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {authorization}\r\n\r\n"
    )
    .unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&answer).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_ascii_lowercase();
            let length = lower.split("content-length: ").nth(1).unwrap();
            let length: usize = length.lines().next().unwrap().parse().unwrap();
            if body.len() >= length {
                return text;
            }
        }
        let count = stream.read(&mut buffer).unwrap();
        assert_ne!(count, 0, "{text}");
        answer.extend_from_slice(&buffer[..count]);
    }
}

fn basic((_, login, password): Person) -> String {
    format!("Basic {}", BASE64.encode(format!("{login}:{password}")))
}

fn bearer((_, _, password): Person) -> String {
    format!("Bearer {password}")
}

const MEETINGS: &str = "/v1.0/me/onlineMeetings/none";

#[test]
fn one_user_never_takes_anothers_seat() {
    let limits = ["--limit", "connections-per-user=3", "--limit", "grace=2"];
    let pool = ServedPool::start(&[&limits[..], &["--graph", "tcp:127.0.0.1:0"]].concat());
    let mut own: Vec<Caller> = (0..3).map(|_| Caller::signed_in(&pool, ANA)).collect();
    let mut fourth = Caller::new(Wire::tcp(&pool.tcp()), ANA);
    let refused = loop {
        let answer = fourth.hear();
        if answer.code() != Some(401) {
            break answer;
        }
    };
    assert_eq!(
        (refused.code(), diagnostics(&refused)),
        (Some(503), Some(4056))
    );
    assert!(fourth.wire.is_hung_up());
    let mut page = tls(&pool, &place(&pool.fact("page-external")));
    let answer = get(&mut page, "/dialin/my", &basic(ANA));
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    let mut graph = connect(&place(&pool.fact("graph")));
    let answer = get(&mut graph, MEETINGS, &bearer(ANA));
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    let answer = get(&mut graph, MEETINGS, &bearer(BO));
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    drop(Caller::signed_in(&pool, BO));
    own.pop();
    drop(Caller::signed_in(&pool, ANA));
    let dialect = Dialect::Ocs2007R2;
    let key = own[0].call(dialect, Command::GetAvailableMcuTypes);
    assert!(
        matches!(key, Ok(Answer::GetAvailableMcuTypes(_))),
        "{key:?}"
    );
}

/// As a command tells it, in words.
#[test]
fn a_command_too_many_says_so() {
    let limits = ["--limit", "connections-per-user=1", "--limit", "grace=1"];
    let (desk, pool) = (Desk::new(), ServedPool::start(&limits));
    let _first = Caller::signed_in(&pool, ANA);
    let run = desk
        .confctl_at(&pool, &["list"])
        .env("CONFCTL_TIMEOUT", "10");
    let _ = run.run().code(5).says("too many connections");
}

#[test]
fn strangers_have_a_moment_on_every_listener() {
    let flags = ["--limit", "grace=1", "--graph", "tcp:127.0.0.1:0"];
    let pool = ServedPool::start(&flags);
    let [external, internal, graph] =
        ["page-external", "page-internal", "graph"].map(|fact| place(&pool.fact(fact)));
    let mut half_sent = tls(&pool, &external);
    half_sent
        .write_all(b"GET /dialin HTTP/1.1\r\nHost: ")
        .unwrap();
    let mut answered = tls(&pool, &internal);
    let answer = get(&mut answered, "/dialin", "none");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let mut body_missing = connect(&graph);
    write!(
        body_missing,
        "POST /v1.0/me/onlineMeetings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nAuthorization: {}\r\n\r\n",
        bearer(ANA)
    )
    .unwrap();
    let mut silent =
        [pool.tcp(), pool.tls(), external, internal, graph].map(|place| connect(&place));
    let begun = Instant::now();
    for (at, stream) in silent.iter_mut().enumerate() {
        assert!(ends(stream), "{at}");
    }
    assert!(ends(&mut half_sent) && ends(&mut answered) && ends(&mut body_missing));
    assert!(begun.elapsed() < TIMEOUT / 2);
}

#[test]
fn more_and_more_strangers_are_refused_and_users_stay() {
    let pool = ServedPool::start(&["--limit", "strangers=10:50:20"]);
    let mut ana = Caller::signed_in(&pool, ANA);
    let page = place(&pool.fact("page-external"));
    let places = [pool.tcp(), page];
    let mut all: Vec<TcpStream> = (0..100).map(|at| connect(&places[at % 2])).collect();
    let is_open = |stream: &mut TcpStream| {
        stream
            .set_read_timeout(Some(Duration::from_millis(20)))
            .unwrap();
        !ends(stream)
    };
    thread::sleep(Duration::from_millis(500));
    let open = all
        .iter_mut()
        .filter_map(|stream| is_open(stream).then_some(()));
    let open = open.count();
    assert!((10..=20).contains(&open), "{open}");
    let types = ana.call(Dialect::Ocs2007R2, Command::GetAvailableMcuTypes);
    assert!(types.is_ok(), "{types:?}");
    drop(all);
    // The pool may need a moment to see it.
    let begun = Instant::now();
    while !gets_in(&pool) {
        assert!(begun.elapsed() < TIMEOUT, "nobody gets in any more");
    }
}

/// Whether somebody new is answered.
fn gets_in(pool: &ServedPool) -> bool {
    let mut stream = connect(&pool.tcp());
    let request = "OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.10:1\r\n\
        From: <sip:ana@example.com>;tag=1\r\nTo: <sip:ana@example.com>\r\nCall-ID: 1\r\n\
        CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
    let mut byte = [0];
    stream.write_all(request.as_bytes()).is_ok() && matches!(stream.read(&mut byte), Ok(1))
}

/// Wrong guesses, enough to be slowed down.
const GUESSES: usize = 120;
/// What all of these but the first twenty take at least, at fifty a second.
const LEAST: Duration = Duration::from_millis(1_950);

#[test]
fn guesses_at_a_password_are_slow_and_nobody_else_is() {
    let pool = ServedPool::start(&[]);
    let wrong = (ANA.0, ANA.1, "Wrong-Horse-7");
    let begun = Instant::now();
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                for _ in 0..GUESSES / 6 {
                    let mut caller = Caller::new(Wire::tcp(&pool.tcp()), wrong);
                    let event = caller.event();
                    assert!(matches!(event, Event::Failed(_)), "{event:?}");
                }
            });
        }
        // In the middle of it.
        thread::sleep(Duration::from_millis(500));
        let begun = Instant::now();
        drop(Caller::signed_in(&pool, BO));
        drop(Caller::signed_in(&pool, ANA));
        assert!(begun.elapsed() < TIMEOUT / 2);
    });
    assert!(begun.elapsed() >= LEAST, "{:?}", begun.elapsed());
}

#[test]
fn guesses_at_the_page_and_at_graph_are_slow() {
    for is_page in [true, false] {
        let pool = ServedPool::start(&["--graph", "tcp:127.0.0.1:0"]);
        let wrong = (ANA.0, ANA.1, "Wrong-Horse-7");
        let begun = Instant::now();
        let one = |guess: &mut dyn FnMut() -> String| {
            for _ in 0..GUESSES / 6 {
                let answer = guess();
                assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
            }
        };
        thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| match is_page {
                    true => {
                        let mut page = tls(&pool, &place(&pool.fact("page-external")));
                        one(&mut || get(&mut page, "/dialin/my", &basic(wrong)));
                    }
                    false => one(&mut || {
                        let mut graph = connect(&place(&pool.fact("graph")));
                        get(&mut graph, MEETINGS, &bearer(wrong))
                    }),
                });
            }
        });
        assert!(begun.elapsed() >= LEAST, "{is_page} {:?}", begun.elapsed());
        let mut page = tls(&pool, &place(&pool.fact("page-external")));
        let answer = get(&mut page, "/dialin/my", &basic(BO));
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

#[test]
fn what_one_user_sends_in_part_does_not_fill_the_memory() {
    let pool = ServedPool::start(&["--limit", "connections-per-user=64"]);
    let mut bo = Caller::signed_in(&pool, BO);
    let mut all: Vec<Caller> = (0..64).map(|_| Caller::signed_in(&pool, ANA)).collect();
    let before = pool.peak();
    let length = 2 << 20;
    let head = format!("SERVICE sip:x SIP/2.0\r\nContent-Length: {length}\r\n\r\n");
    let part = [head.as_bytes(), &vec![b'x'; length - 1]].concat();
    let taken = all
        .iter_mut()
        .filter_map(|caller| caller.wire.push(&part).then_some(()));
    let taken = taken.count();
    let types = bo.call(Dialect::Ocs2007R2, Command::GetAvailableMcuTypes);
    assert!(types.is_ok(), "{types:?}");
    let grown = pool.peak() - before;
    assert!(grown < 48 << 20, "{grown} bytes for {taken}");
}

#[test]
fn a_list_is_made_of_one_document_at_a_time() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let pool = ServedPool::today(&["--data", folder]);
    let mut ana = Caller::signed_in(&pool, ANA);
    let document = "<request requestId='1' from='sip:ana@example.com' to='sip:x'><addConference>\
        <conference-info><conference-description><conference-id>x</conference-id>\
        </conference-description><users>#</users></conference-info></addConference></request>";
    let person = "<user entity='sip:bo@example.com'><display-text>#</display-text></user>";
    let person = person.replace('#', &"x".repeat(250_000));
    let document = document.replace('#', &person);
    let database = Connection::open(data.path().join("pool.sqlite")).unwrap();
    let filled = database.execute(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 100)
        INSERT INTO conference
        SELECT 'sip:ana@example.com', 'MEETING' || n, 1, ?1, NULL, NULL, 0, NULL, 0 FROM n",
        [&document],
    );
    assert_eq!(filled.unwrap(), 100);
    let before = pool.peak();
    let listed = ana.call(
        Dialect::Ocs2007R2,
        Command::GetConferences { assigned: false },
    );
    let Ok(Answer::GetConferences(infos)) = listed else {
        panic!("{listed:?}");
    };
    assert_eq!(infos.len(), 100);
    let (grown, all) = (pool.peak() - before, 100 * document.len());
    assert!(grown < all / 2, "{grown} bytes for {all}");
}

#[test]
fn the_page_is_kept_and_framed_by_nobody() {
    let pool = ServedPool::start(&[]);
    let mut page = tls(&pool, &place(&pool.fact("page-external")));
    for (path, authorization) in [
        ("/dialin", "none".to_owned()),
        ("/dialin/my", "none".to_owned()),
        ("/dialin/my", basic(ANA)),
    ] {
        let answer = get(&mut page, path, &authorization);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        for line in [
            "content-security-policy: default-src 'none'; ",
            "; frame-ancestors 'none'",
            "x-content-type-options: nosniff",
            "x-frame-options: DENY",
            "referrer-policy: same-origin",
            "cache-control: no-store",
        ] {
            assert!(head.contains(line), "{line} in {head}");
        }
        if let Some((_, rest)) = body.split_once("<style>") {
            let (style, _) = rest.split_once("</style>").unwrap();
            let hash = BASE64.encode(openssl::sha::sha256(style.as_bytes()));
            assert!(
                head.contains(&format!("style-src 'sha256-{hash}'")),
                "{head}"
            );
        }
    }
}

#[test]
fn conference_ids_of_one_pool_say_nothing_of_anothers() {
    let ids = || -> Vec<String> {
        let (desk, pool) = (Desk::new(), ServedPool::start(&[]));
        let meeting = [
            "schedule",
            "live-meeting",
            "-s",
            "x",
            "-t",
            "+2h",
            "-f",
            "text",
        ];
        let id = |output: Output| output.code(0).value_of("Conference ID: ");
        (0..3)
            .map(|_| id(desk.confctl_at(&pool, &meeting).run()))
            .collect()
    };
    let [first, second] = [ids(), ids()];
    assert_ne!(first, second);
    let steps = |ids: &[String]| -> Vec<i64> {
        let numbers: Vec<i64> = ids.iter().map(|id| id.parse().unwrap()).collect();
        numbers.windows(2).map(|pair| pair[1] - pair[0]).collect()
    };
    assert_ne!(steps(&first), steps(&second));
}

/// What `pool serve` says before it can't listen any further.
fn warnings(mode: u32, flags: &[&str]) -> Output {
    let desk = Desk::new();
    let (user, login, password) = USERS[0];
    let users = desk.path("users");
    fs::write(&users, format!("{user} {login} {password}\n")).unwrap();
    fs::set_permissions(&users, fs::Permissions::from_mode(mode)).unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let mut words = vec!["pool", "serve", "--users", "users"];
    words.extend(flags);
    if flags.is_empty() {
        words.extend(["--http", &taken]);
        return desk.confctl(&words).run();
    }
    let mut run = desk.confctl(&words);
    let command = run.command().stdin(Stdio::null());
    let command = command.stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let stdout: Vec<String> = lines
        .map(Result::unwrap)
        .take_while(|line| line != "ready")
        .collect();
    child.kill().unwrap();
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    child.wait().unwrap();
    Output {
        stdout: stdout.join("\n"),
        stderr,
        code: 0,
        took: Duration::ZERO,
    }
}

#[test]
fn passwords_that_others_can_read_are_warned_of() {
    for (mode, is_warned) in [(0o600, false), (0o644, true), (0o640, true)] {
        let output = warnings(mode, &[]).code(2);
        let said = "warning: Others can read the passwords in 'users': ";
        assert_eq!(
            output.stderr.contains(said),
            is_warned,
            "{mode:o}\n{output}"
        );
    }
}

#[test]
fn a_place_that_other_computers_reach_is_warned_of() {
    for (flags, places) in [
        (&["--listen", "tcp:0.0.0.0:0"][..], 1),
        (&["--listen", "tls:127.0.0.1:0", "--graph", "0.0.0.0:0"], 1),
        (&["--listen", "tls:localhost:0", "--http", "0.0.0.0:0"], 1),
        (&["--listen", "tls:127.0.0.1:0"], 0),
    ] {
        let output = warnings(0o600, flags);
        let said = "warning: Other computers can reach the practice pool at ";
        assert_eq!(output.stderr.matches(said).count(), places, "{output}");
    }
}
